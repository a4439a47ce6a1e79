//! A circuit as a graph: what every value of its witness is, in terms of its inputs.

use super::Unsuited;
use super::circuit::{Circuit, ELEMENT};
use super::graph::{Graph, Id};
use super::integer::CircomField;
use super::program::{count_of, first_of};
use super::shadow::{Memory, Value};
use super::tracer::{Operand, Stop, Tracer};
use std::time::Instant;

/// The most memory that a circuit may take while it is traced, which is twice that with its shadow.
const MOST_MEMORY: usize = 1 << 30;

/// A traced circuit.
pub struct Trace<F> {
    pub graph: Graph<F>,
    /// The node of each value of the witness.
    pub witness: Vec<Id>,
    /// What the memory held in the end that is the same for all inputs: constants are among it.
    pub memory: Vec<u8>,
}

/// Traces a circuit, at the longest until an instant. Recursive: takes some megabytes of stack for deep circuits.
pub fn trace<F: CircomField>(circuit: &Circuit, until: Instant) -> Result<Trace<F>, Unsuited> {
    let mut tracer = Tracer::<F>::new(circuit, MOST_MEMORY, until);
    let mut followed = || -> Result<bool, Stop> {
        if tracer.call(circuit.init, &[Operand::Word(0)])?.is_none() {
            return Ok(false);
        }
        if !is_as_opened(circuit, &tracer.memory) {
            return Err(CHANGED);
        }
        if !waits_for_all_inputs(circuit, &tracer.memory) {
            return Err(Stop::Strange("it does not wait for all of its inputs"));
        }
        let (first, count) = (first_of(&circuit.inputs), count_of(&circuit.inputs) as u32);
        let (counter, flags) = (circuit.counter, count.saturating_add(1).saturating_mul(4));
        tracer.memory.lose(counter, counter.saturating_add(flags));
        for index in 0..count {
            let node = tracer.graph.input(index);
            tracer
                .memory
                .set_element(address(circuit, first.saturating_add(index))?, Value::Node(node))?;
        }
        // A circuit without inputs is calculated by `init`, or not at all (before circom 2.1.6).
        if count == 0 {
            return Ok(true);
        }
        let ended = tracer.call(circuit.run, &[Operand::Word(circuit.component)])?;
        // Before circom 2.0.7, templates return nothing.
        Ok(matches!(ended, Some(None | Some(Operand::Word(0)))))
    };
    if !followed().map_err(Unsuited::Templates)? {
        return Err(Unsuited::Fails);
    }
    if !is_as_opened(circuit, &tracer.memory) {
        return Err(Unsuited::Templates(CHANGED));
    }
    let mut witness = Vec::with_capacity(circuit.witness.len());
    for &signal in &circuit.witness {
        let value = address(circuit, signal).and_then(|at| tracer.read(Operand::Word(at)));
        witness.push(tracer.node(value.map_err(Unsuited::Templates)?));
    }
    Ok(Trace { graph: tracer.graph, witness, memory: tracer.memory.into_bytes() })
}

const CHANGED: Stop = Stop::Strange("it changes the list of its inputs or of its witness");

/// Whether the map of inputs and the list of the witness are what they were when the module was opened.
fn is_as_opened(circuit: &Circuit, memory: &Memory) -> bool {
    circuit.lists.iter().all(|&(from, size)| {
        (from..from + size).step_by(4).all(|at| {
            let before = circuit.memory.get(at as usize..at as usize + 4);
            memory.word(at).ok().map(u32::to_le_bytes).as_ref().map(|word| &word[..]) == before
        })
    })
}

/// Whether the calculation starts when each input value has been set once: `init` says how many there are, and that none is.
fn waits_for_all_inputs(circuit: &Circuit, memory: &Memory) -> bool {
    let Ok(count) = u32::try_from(count_of(&circuit.inputs)) else { return false };
    let mut flags = (1..=count).map(|i| circuit.counter.checked_add(i.checked_mul(4)?));
    memory.word(circuit.counter) == Ok(count)
        && flags.all(|at| at.is_some_and(|at| memory.word(at) == Ok(0)))
}

fn address(circuit: &Circuit, signal: u32) -> Result<u32, Stop> {
    let at = signal.checked_mul(ELEMENT).and_then(|offset| offset.checked_add(circuit.signals));
    at.ok_or(Stop::Strange("it reads or writes outside of its memory"))
}
