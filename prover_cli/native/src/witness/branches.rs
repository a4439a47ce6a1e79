//! Branches on inputs: both arms run, from the same state, and what they leave behind is joined.
//!
//! An arm runs to a position. Where both are at the same position, each element that differs becomes a selection (if-conversion:
//! J. R. Allen, K. Kennedy, C. Porterfield, J. Warren, "Conversion of control dependence to data dependence", POPL 1983), and
//! the calculation goes on from there once for both. Where they are not, the one that is behind goes on alone until it
//! reaches the other: after an early return, up to the function's end. It is always right to join two states at the
//! same position, so nothing depends on how the code came to be.

use super::element;
use super::graph::Id;
use super::integer::{CircomField, Operator};
use super::shadow::{Place, Value, Written};
use super::tracer::{Frame, MOST_BRANCHES, Operand, Stop, Tracer, node_of};

/// A place in a function: the index of an instruction, or its end, where it has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(u32);

impl Position {
    pub const START: Self = Self(0);
    pub const END: Self = Self(u32::MAX);

    pub fn of(index: u32) -> Self {
        Self(index)
    }

    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// An arm that waits for the other one.
struct Waiting {
    frame: Frame,
    at: Position,
    written: Written,
}

impl<F: CircomField> Tracer<'_, F> {
    /// Runs both arms of a branch: `yes` where the node is not zero (or zero, if negated), `no` elsewhere. They meet at
    /// `end` unless they jump. Gives the position where both are one again; `None` if the circuit fails in both.
    pub fn branch(
        &mut self,
        frame: &mut Frame,
        (node, negated): (Id, bool),
        yes: Position,
        no: Position,
        end: Position,
    ) -> Result<Option<Position>, Stop> {
        if self.branches >= MOST_BRANCHES {
            return Err(Stop::Loop);
        }
        let condition = if negated { self.graph.not(node) } else { node };
        let opposite = if negated { node } else { self.graph.not(node) };
        let outside = self.path;
        let (in_yes, in_no) = (self.within(condition), self.within(opposite));
        self.branches += 1;
        let place = self.memory.enter();
        let before = frame.clone();

        self.path = Some(in_yes);
        let reached = self.run(frame, yes, end)?;
        let Some(at) = reached else {
            // The circuit fails there: it must not come to it, and goes on as if it had not.
            self.memory.undo(place);
            self.memory.leave(place);
            self.branches -= 1;
            self.path = outside;
            self.require(opposite);
            *frame = before;
            return Ok(Some(no));
        };
        let written = self.memory.written(place);
        self.memory.undo(place);
        let mut first = Waiting { frame: std::mem::replace(frame, before), at, written };

        self.path = Some(in_no);
        let mut second = self.run(frame, no, end)?;
        let joined = loop {
            let Some(at) = second else {
                // The other arm is all that is left.
                self.memory.undo(place);
                self.memory.redo(&first.written);
                *frame = first.frame;
                self.path = outside;
                self.require(condition);
                break Some(first.at);
            };
            if at == first.at {
                self.path = outside;
                self.join(frame, &first, place, condition);
                break Some(at);
            }
            if at < first.at {
                second = self.run(frame, at, first.at)?;
                continue;
            }
            // The first arm is behind: they change places.
            let written = self.memory.written(place);
            self.memory.undo(place);
            self.memory.redo(&first.written);
            let behind = first.at;
            let waiting = Waiting { frame: std::mem::replace(frame, first.frame), at, written };
            self.path = Some(in_yes);
            let reached = self.run(frame, behind, at)?;
            let Some(now) = reached else {
                self.memory.undo(place);
                self.memory.redo(&waiting.written);
                *frame = waiting.frame;
                self.path = outside;
                self.require(opposite);
                break Some(waiting.at);
            };
            let written = self.memory.written(place);
            self.memory.undo(place);
            self.memory.redo(&waiting.written);
            first = Waiting { frame: std::mem::replace(frame, waiting.frame), at: now, written };
            second = Some(waiting.at);
            self.path = Some(in_no);
        };
        self.memory.leave(place);
        self.branches -= 1;
        self.path = outside;
        Ok(joined)
    }

    /// Joins an arm that has waited, where the condition is not zero, with the present one.
    fn join(&mut self, frame: &mut Frame, other: &Waiting, place: Place, condition: Id) {
        let graph = &mut self.graph;
        self.memory.join(place, &other.written, |their, mine| {
            if their == mine {
                return mine;
            }
            let (their, mine) = (node_of(graph, their), node_of(graph, mine));
            let chosen = graph.select(condition, their, mine);
            graph.value(chosen).map_or(Value::Node(chosen), |value| Value::Plain(element::of(&value)))
        });
        let both = |mine: &mut Vec<Operand>, theirs: &[Operand]| {
            mine.truncate(theirs.len());
            for (mine, their) in mine.iter_mut().zip(theirs) {
                if mine != their {
                    *mine = Operand::Lost;
                }
            }
        };
        both(&mut frame.locals, &other.frame.locals);
        both(&mut frame.stack, &other.frame.stack);
    }

    /// The path that this condition makes of the present one.
    fn within(&mut self, condition: Id) -> Id {
        match self.path {
            None => condition,
            Some(path) => self.graph.apply(Operator::And, path, condition),
        }
    }
}
