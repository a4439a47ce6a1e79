//! From a circuit's `.wasm` to its program.

use super::Unsuited;
use super::circuit::{Circuit, ELEMENT};
use super::element;
use super::field_functions::Prime;
use super::instruction::Instruction;
use super::integer::CircomField;
use super::lower::lower;
use super::machine::{Functions, Window};
use super::program::{Calls, Program, Site};
use super::schedule::schedule;
use super::trace::{Trace, trace};
use std::time::{Duration, Instant};

/// The stack of the thread that traces: components and branches inside of each other are calls.
const STACK: usize = 256 << 20;

/// Compiles a calculator, in a thread of its own with a large stack and in no more than this time.
pub fn compile(wasm: &[u8], longest: Duration) -> Result<Program, Unsuited> {
    let until = Instant::now() + longest;
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || {
            let circuit = Circuit::open(wasm)?;
            match circuit.prime {
                Prime::Bn254 => compiled::<ark_bn254::Fr>(&circuit, until),
                Prime::Bls12381 => compiled::<ark_bls12_381::Fr>(&circuit, until),
            }
        });
        match thread.map(|thread| thread.join()) {
            Ok(Ok(program)) => program,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => Err(Unsuited::NoThread),
        }
    })
}

/// Bytes between the results of a function and its frame. One that returns more than it is asked for is noticed there.
const APART: u32 = 64 * ELEMENT;

/// The calls of a circuit, with all that they need of it.
fn calls<F: CircomField>(circuit: &Circuit, trace: &Trace<F>) -> Calls {
    let sites: Vec<Site> = (trace.graph.calls.iter())
        .map(|call| {
            // Functions find everything from the top of the stack, so their frames can lie anywhere: here some way behind
            // the results, which may be asked for at any address, at the bottom of the stack.
            let results: Vec<u32> =
                (0..call.results).map(|place| circuit.stack + ELEMENT * place).collect();
            let frame = circuit.stack + ELEMENT * call.results + APART;
            Site {
                function: call.function,
                operands: vec![circuit.stack, call.results],
                frame,
                image: call.image.clone(),
                arguments: call.arguments.iter().map(|&(at, _)| at - call.frame + frame).collect(),
                results,
            }
        })
        .collect();
    let mut functions = Functions::new();
    let mut waiting: Vec<u32> = sites.iter().map(|site| site.function).collect();
    while let Some(index) = waiting.pop() {
        let found = circuit.functions.get(index as usize).and_then(Option::as_ref);
        if let (Some(function), false) = (found, functions.contains_key(&index)) {
            waiting.extend(function.code.iter().filter_map(|instruction| match instruction {
                Instruction::Call(index) => Some(*index),
                _ => None,
            }));
            functions.insert(index, function.clone());
        }
    }
    if sites.is_empty() {
        return Calls::default();
    }
    let (start, stack) = (circuit.constants, circuit.stack);
    let mut bytes = trace.memory.get(start as usize..stack as usize).unwrap_or_default().to_vec();
    for image in bytes.rchunks_exact_mut(element::SIZE) {
        element::hold(image.try_into().expect("its size"));
    }
    Calls { sites, functions, window: Window { start, bytes, writable: stack } }
}

/// A module in which a constant has two values is not circom's.
fn check_constants<F: CircomField>(circuit: &Circuit) -> Result<(), Unsuited> {
    let constants =
        circuit.memory.get(circuit.constants as usize..circuit.stack as usize).unwrap_or_default();
    let mut elements =
        constants.rchunks_exact(element::SIZE).map(|image| image.try_into().expect("its size"));
    if elements.all(|image| element::is_consistent::<F>(image)) {
        Ok(())
    } else {
        Err(Unsuited::Module("a constant of it has two values".to_owned()))
    }
}

fn compiled<F: CircomField>(circuit: &Circuit, until: Instant) -> Result<Program, Unsuited> {
    check_constants::<F>(circuit)?;
    let trace = trace::<F>(circuit, until)?;
    let lines = lower(&trace);
    let calls = calls(circuit, &trace);
    Ok(schedule(lines, circuit.prime, circuit.inputs.clone(), circuit.witness.len() as u32, calls))
}
