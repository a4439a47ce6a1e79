//! From a graph to steps: what is an element, an integer or a bit, and conversions where one is needed as another.
//!
//! Nothing is kept that neither a value of the witness nor a guard needs.

use super::graph::{Graph, Guard, Id, Kind, Node};
use super::integer::{CircomField, ONE, Operator, ZERO};
use super::program::{Action, CLEAR, File, SET};
use super::trace::Trace;
use crate::arithmetic::field::Canonical;
use std::collections::HashMap;

/// A value before it has a slot. Constants come first in each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Virtual {
    /// Slot of a constant.
    Constant(u32),
    /// A node in the file that the action says.
    Node(Id),
    Number(u32),
    None,
}

pub struct Line {
    pub action: Action,
    pub to: Virtual,
    pub operands: [Virtual; 3],
    /// Entries of a table, or arguments of a call.
    pub list: Vec<Virtual>,
    /// Results of a call.
    pub results: Vec<Virtual>,
}

impl Default for Line {
    /// A line that does nothing.
    fn default() -> Self {
        let none = Virtual::None;
        Self {
            action: Action::FailIf,
            to: none,
            operands: [none; 3],
            list: Vec::new(),
            results: Vec::new(),
        }
    }
}

/// Lines in an order in which each can be calculated.
pub struct Lines {
    pub lines: Vec<Line>,
    pub elements: Vec<Canonical>,
    pub integers: Vec<Canonical>,
    pub fixed: Vec<(u32, Canonical)>,
    /// One more than the largest node.
    pub nodes: usize,
}

/// How a node is calculated: the action and the nodes it needs, in the files that it needs them in.
struct Plan {
    action: Action,
    operands: [Need; 3],
    list: Vec<Id>,
}

#[derive(Clone, Copy)]
enum Need {
    Node(Id),
    Number(u32),
    Nothing,
}

pub struct Lowering<'g, F> {
    graph: &'g Graph<F>,
    /// The file in which each node is calculated; constants are in all of them.
    natural: Vec<File>,
    element_constants: HashMap<Canonical, u32>,
    integer_constants: HashMap<Canonical, u32>,
    /// Files in which a node has been calculated: bit 0 elements, 1 integers, 2 bits.
    made: Vec<u8>,
    /// Files in which it will be needed.
    needed: Vec<u8>,
    out: Lines,
}

fn bit_of(file: File) -> u8 {
    match file {
        File::Element => 1,
        File::Integer => 2,
        File::Bit => 4,
        _ => 0,
    }
}

/// The lines of a circuit's graph.
pub fn lower<F: CircomField>(trace: &Trace<F>) -> Lines {
    let graph = &trace.graph;
    let count = graph.nodes.len();
    let mut lowering = Lowering {
        graph,
        natural: Vec::with_capacity(count),
        element_constants: HashMap::new(),
        integer_constants: HashMap::new(),
        made: vec![0; count],
        needed: vec![0; count],
        out: Lines {
            lines: Vec::new(),
            elements: Vec::new(),
            integers: Vec::new(),
            fixed: Vec::new(),
            nodes: count,
        },
    };
    lowering.element_constant(ZERO);
    lowering.element_constant(ONE);
    for node in &graph.nodes {
        let file = lowering.file_of(node);
        lowering.natural.push(file);
    }
    lowering.find_needed(trace);
    lowering.emit(trace);
    lowering.out
}

impl<F: CircomField> Lowering<'_, F> {
    fn node(&self, id: Id) -> Node {
        self.graph.nodes[id as usize]
    }

    fn constant(&self, id: Id) -> Option<Canonical> {
        self.graph.value(id)
    }

    fn is_bit(&self, id: Id) -> bool {
        match self.constant(id) {
            Some(value) => value == ZERO || value == ONE,
            None => self.natural[id as usize] == File::Bit,
        }
    }

    /// Whether it is available as an integer: a bit, a constant, or a node that is calculated as one.
    fn is_integer(&self, id: Id) -> bool {
        self.constant(id).is_some() || self.natural[id as usize] != File::Element
    }

    fn file_of(&self, node: &Node) -> File {
        use Operator::*;
        match node.kind {
            Kind::Constant => File::Integer,
            Kind::Input | Kind::Result => File::Integer,
            Kind::Below => File::Bit,
            Kind::Select | Kind::Entry => {
                let chosen: Vec<Id> = match node.kind {
                    Kind::Select => vec![node.b, node.c],
                    _ => self.graph.tables[node.b as usize].clone(),
                };
                if node.kind == Kind::Select && chosen.iter().all(|&id| self.is_bit(id)) {
                    File::Bit
                } else if chosen.iter().all(|&id| self.is_integer(id)) {
                    File::Integer
                } else {
                    File::Element
                }
            }
            Kind::Apply(operator) => match operator {
                Mul if self.is_bit(node.a) && self.is_bit(node.b) => File::Bit,
                Add | Sub | Mul | Div | Neg => File::Element,
                BitAnd | BitOr | BitXor if self.is_bit(node.a) && self.is_bit(node.b) => File::Bit,
                BitAnd if self.single_bit(node).is_some() => File::Bit,
                IntegerDiv | Mod | Pow | ShiftLeft | ShiftRight | BitAnd | BitOr | BitXor | BitNot => {
                    File::Integer
                }
                _ => File::Bit,
            },
        }
    }

    /// For `(x >> k) & 1` and `x & 1`: x and k.
    fn single_bit(&self, node: &Node) -> Option<(Id, u32)> {
        let other = match (self.constant(node.a), self.constant(node.b)) {
            (Some(ONE), _) => node.b,
            (_, Some(ONE)) => node.a,
            _ => return None,
        };
        let shifted = self.node(other);
        if shifted.kind == Kind::Apply(Operator::ShiftRight)
            && let Some(by) = self.constant(shifted.b)
            && by[0] < u64::from(F::BITS)
            && by[1..] == [0; 3]
        {
            return Some((shifted.a, by[0] as u32));
        }
        Some((other, 0))
    }

    fn plan(&self, id: Id) -> Plan {
        use Action as A;
        use Operator::*;
        let node = self.node(id);
        let file = self.natural[id as usize];
        let one =
            |action, a| Plan { action, operands: [a, Need::Nothing, Need::Nothing], list: Vec::new() };
        let two = |action, a, b| Plan { action, operands: [a, b, Need::Nothing], list: Vec::new() };
        let (a, b, c) = (Need::Node(node.a), Need::Node(node.b), Need::Node(node.c));
        match node.kind {
            Kind::Constant => unreachable!("constants are not calculated"),
            Kind::Input => one(A::Input, Need::Number(node.a)),
            Kind::Result => unreachable!("calls calculate their results"),
            Kind::Below => two(A::Below, a, Need::Number(node.b)),
            Kind::Select => Plan {
                action: match file {
                    File::Bit => A::SelectBit,
                    File::Integer => A::SelectInteger,
                    _ => A::SelectElement,
                },
                operands: [a, b, c],
                list: Vec::new(),
            },
            Kind::Entry => Plan {
                action: if file == File::Integer { A::EntryOfIntegers } else { A::EntryOfElements },
                operands: [a, Need::Nothing, Need::Nothing],
                list: self.graph.tables[node.b as usize].clone(),
            },
            Kind::Apply(operator) => match operator {
                Mul if file == File::Bit => two(A::And, a, b),
                Mul if self.natural[node.a as usize] == File::Bit
                    && self.constant(node.a).is_none() =>
                {
                    two(A::Pick, a, b)
                }
                Mul if self.natural[node.b as usize] == File::Bit
                    && self.constant(node.b).is_none() =>
                {
                    two(A::Pick, b, a)
                }
                Mul if self.constant(node.a) == Some([2, 0, 0, 0]) => two(A::Add, b, b),
                Mul if self.constant(node.b) == Some([2, 0, 0, 0]) => two(A::Add, a, a),
                Mul => two(A::Mul, a, b),
                Add => two(A::Add, a, b),
                Sub => two(A::Sub, a, b),
                Neg => one(A::Neg, a),
                // The quotient of two elements is made of two lines.
                Div => two(A::Inverse, b, a),
                BitAnd if file == File::Bit => match self.single_bit(&node) {
                    Some((x, 0)) if self.is_bit(x) => one(A::And, Need::Node(x)),
                    Some((x, k)) => two(A::Bit, Need::Node(x), Need::Number(k)),
                    None => two(A::And, a, b),
                },
                BitOr if file == File::Bit => two(A::Or, a, b),
                BitXor if file == File::Bit => two(A::Xor, a, b),
                And => two(A::And, a, b),
                Or => two(A::Or, a, b),
                Not => one(A::Not, a),
                Equal | NotEqual if self.is_integer(node.a) && self.is_integer(node.b) => {
                    two(A::Compare(operator), a, b)
                }
                Equal | NotEqual => two(A::IsSameElement, a, b),
                Less | Greater | LessOrEqual | GreaterOrEqual => two(A::Compare(operator), a, b),
                IntegerDiv | Mod | Pow | ShiftLeft | ShiftRight | BitAnd | BitOr | BitXor | BitNot => {
                    two(A::Apply(operator), a, if operator.is_unary() { a } else { b })
                }
            },
        }
    }

    /// Calls back with each node that a plan needs, and the file.
    fn needs(plan: &Plan, mut each: impl FnMut(Id, File)) {
        let (_, files) = plan.action.shape();
        let files = if plan.action == Action::Inverse {
            [File::Element, File::Element, File::None]
        } else {
            files
        };
        for (need, file) in plan.operands.iter().zip(files) {
            if let Need::Node(id) = *need {
                each(id, file);
            }
        }
        if let Some(file) = plan.action.entries() {
            for &id in &plan.list {
                each(id, file);
            }
        }
    }

    fn find_needed(&mut self, trace: &Trace<F>) {
        for &id in &trace.witness {
            self.needed[id as usize] |= bit_of(self.natural[id as usize]);
        }
        for guard in &self.graph.guards {
            for (id, file) in self.guarded(guard) {
                self.needed[id as usize] |= bit_of(file);
            }
        }
        for id in (0..self.graph.nodes.len() as u32).rev() {
            let node = self.node(id);
            if node.kind == Kind::Result && node.b == 0 {
                // Calls are made whether their results are needed or not, since they can fail.
                let call = &self.graph.calls[node.a as usize];
                for &(_, argument) in &call.arguments {
                    self.needed[argument as usize] |= bit_of(File::Integer);
                }
                if let Some(path) = call.path {
                    self.needed[path as usize] |= bit_of(File::Bit);
                }
            }
            if self.needed[id as usize] == 0 || self.constant(id).is_some() || node.kind == Kind::Result
            {
                continue;
            }
            let plan = self.plan(id);
            let needed = &mut self.needed;
            Self::needs(&plan, |id, file| needed[id as usize] |= bit_of(file));
        }
    }

    /// What a guard needs: two elements that must be the same, or a bit.
    fn guarded(&self, guard: &Guard) -> Vec<(Id, File)> {
        let node = self.node(guard.node);
        match node.kind {
            Kind::Apply(Operator::Equal)
                if !(guard.fails_if || self.is_integer(node.a) && self.is_integer(node.b)) =>
            {
                vec![(node.a, File::Element), (node.b, File::Element)]
            }
            _ => vec![(guard.node, File::Bit)],
        }
    }

    fn emit(&mut self, trace: &Trace<F>) {
        let count = self.graph.nodes.len();
        // Values of the witness and guards, by the node after which they can be written.
        let mut outputs: Vec<(Id, u32)> = Vec::new();
        for (place, &id) in trace.witness.iter().enumerate() {
            match self.constant(id) {
                Some(value) => self.out.fixed.push((place as u32, value)),
                None => outputs.push((id, place as u32)),
            }
        }
        outputs.sort_unstable();
        let mut guards: Vec<(Id, usize)> = (self.graph.guards.iter().enumerate())
            .map(|(place, guard)| {
                let last = self.guarded(guard).iter().map(|&(id, _)| id).max();
                (last.unwrap_or(guard.node), place)
            })
            .collect();
        guards.sort_unstable();
        let (mut next_output, mut next_guard) = (0, 0);
        for id in 0..count as u32 {
            let node = self.node(id);
            if node.kind == Kind::Result {
                if node.b == 0 {
                    self.call(id, node.a);
                }
            } else if self.needed[id as usize] != 0 && self.constant(id).is_none() {
                self.calculate(id);
            }
            while next_output < outputs.len() && outputs[next_output].0 == id {
                let action = match self.natural[id as usize] {
                    File::Bit => Action::OutBit,
                    File::Integer => Action::OutInteger,
                    _ => Action::OutElement,
                };
                self.line(
                    action,
                    Virtual::Number(outputs[next_output].1),
                    [Virtual::Node(id), Virtual::None],
                );
                next_output += 1;
            }
            while next_guard < guards.len() && guards[next_guard].0 == id {
                let guard = self.graph.guards[guards[next_guard].1];
                self.guard(&guard);
                next_guard += 1;
            }
        }
    }

    fn guard(&mut self, guard: &Guard) {
        match self.guarded(guard)[..] {
            [(a, file), (b, _)] => {
                let operands = [self.get(a, file), self.get(b, file)];
                self.line(Action::FailUnlessSame, Virtual::None, operands);
            }
            _ => {
                let bit = self.get(guard.node, File::Bit);
                let action = if guard.fails_if { Action::FailIf } else { Action::FailUnless };
                self.line(action, Virtual::None, [bit, Virtual::None]);
            }
        }
    }

    /// The call whose results are the nodes from `first` on.
    fn call(&mut self, first: Id, place: u32) {
        let call = &self.graph.calls[place as usize];
        let path = call.path.map_or(Virtual::Constant(SET), |path| self.get(path, File::Bit));
        let list =
            call.arguments.iter().map(|&(_, argument)| self.get(argument, File::Integer)).collect();
        let results = (first..first + call.results)
            .map(|id| {
                self.made[id as usize] |= bit_of(File::Integer);
                if self.needed[id as usize] != 0 { Virtual::Node(id) } else { Virtual::None }
            })
            .collect();
        self.out.lines.push(Line {
            action: Action::Call,
            to: Virtual::Number(place),
            operands: [path, Virtual::None, Virtual::None],
            list,
            results,
        });
    }

    fn line(&mut self, action: Action, to: Virtual, [a, b]: [Virtual; 2]) {
        self.out.lines.push(Line {
            action,
            to,
            operands: [a, b, Virtual::None],
            list: Vec::new(),
            results: Vec::new(),
        });
    }

    fn calculate(&mut self, id: Id) {
        let plan = self.plan(id);
        let node = self.node(id);
        let file = self.natural[id as usize];
        self.made[id as usize] |= bit_of(file);
        let to = Virtual::Node(id);
        if plan.action == Action::Inverse {
            let (below, above) = (self.get(node.b, File::Element), self.get(node.a, File::Element));
            self.line(Action::Inverse, to, [below, Virtual::None]);
            if self.constant(node.a) != Some(ONE) {
                self.line(Action::Mul, to, [to, above]);
            }
            return;
        }
        let (_, files) = plan.action.shape();
        let mut operands = [Virtual::None; 3];
        for (operand, (need, file)) in operands.iter_mut().zip(plan.operands.iter().zip(files)) {
            *operand = match *need {
                Need::Node(id) => self.get(id, file),
                Need::Number(number) => Virtual::Number(number),
                Need::Nothing => Virtual::None,
            };
        }
        if plan.action == Action::And && matches!(operands[1], Virtual::None) {
            operands[1] = operands[0];
        }
        let list = match plan.action.entries() {
            Some(file) => plan.list.iter().map(|&id| self.get(id, file)).collect(),
            None => Vec::new(),
        };
        let negated =
            plan.action == Action::IsSameElement && node.kind == Kind::Apply(Operator::NotEqual);
        self.out.lines.push(Line { action: plan.action, to, operands, list, results: Vec::new() });
        if negated {
            self.line(Action::Not, to, [to, Virtual::None]);
        }
    }

    /// A node in a file: converted, if this is the first time that it is needed there.
    fn get(&mut self, id: Id, file: File) -> Virtual {
        if let Some(value) = self.constant(id) {
            return Virtual::Constant(match file {
                File::Element => self.element_constant(value),
                File::Integer => self.integer_constant(value),
                _ => {
                    if value == ZERO {
                        CLEAR
                    } else {
                        SET
                    }
                }
            });
        }
        if self.made[id as usize] & bit_of(file) == 0 {
            let action = match (self.natural[id as usize], file) {
                (File::Integer, File::Element) => Action::ElementOfInteger,
                (File::Bit, File::Element) => Action::ElementOfBit,
                (File::Element, File::Integer) => Action::IntegerOfElement,
                (File::Bit, File::Integer) => Action::IntegerOfBit,
                (File::Element, File::Bit) => Action::IsElement,
                (File::Integer, File::Bit) => Action::IsInteger,
                _ => unreachable!("a node is made in its own file before it is needed"),
            };
            self.made[id as usize] |= bit_of(file);
            self.line(action, Virtual::Node(id), [Virtual::Node(id), Virtual::None]);
        }
        Virtual::Node(id)
    }

    fn element_constant(&mut self, value: Canonical) -> u32 {
        let next = self.out.elements.len() as u32;
        *self.element_constants.entry(value).or_insert_with(|| {
            self.out.elements.push(value);
            next
        })
    }

    fn integer_constant(&mut self, value: Canonical) -> u32 {
        let next = self.out.integers.len() as u32;
        *self.integer_constants.entry(value).or_insert_with(|| {
            self.out.integers.push(value);
            next
        })
    }
}
