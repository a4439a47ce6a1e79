//! Witnesses from a circuit's `.wasm`, without running it: circom's code becomes a program of ours, which calculates as many
//! witnesses at once as there are lanes.
//!
//! | module | what it does |
//! | --- | --- |
//! | `module`, `decode`, `instruction` | read WebAssembly |
//! | `field_functions`, `circuit` | recognise circom's runtime: field functions, inputs, witness |
//! | `integer`, `element` | circom's operators, on integers and on elements in memory |
//! | `tracer`, `branches`, `shadow`, `graph`, `trace` | run the circuit without its inputs: what depends on them becomes a graph |
//! | `lower`, `schedule`, `program` | make straight code of the graph |
//! | `run` | runs it in lanes |
//! | `store` | keeps it in a file |

mod branches;
pub mod circuit;
pub mod compile;
mod decode;
mod element;
pub mod field_functions;
pub mod graph;
mod instruction;
pub mod integer;
mod listed;
mod lower;
pub mod machine;
pub mod module;
pub mod program;
pub mod run;
mod schedule;
mod shadow;
mod shape;
pub mod store;
mod store_calls;
pub mod trace;
pub mod tracer;

#[cfg(test)]
mod tests;

use std::fmt;

/// Why a circuit has no program of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsuited {
    /// It is not a module as circom writes them; the words say why.
    Module(String),
    /// Its field functions are not circom's, or for another prime.
    Field,
    /// What its templates do cannot be followed without inputs.
    Templates(tracer::Stop),
    /// Every input fails.
    Fails,
    /// The system has no room for another thread.
    NoThread,
}

impl fmt::Display for Unsuited {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(why) => write!(out, "{why}"),
            Self::Field => write!(out, "its field arithmetic is not that of circom 2"),
            Self::Templates(stop) => write!(out, "{stop}"),
            Self::Fails => write!(out, "its asserts fail for every input"),
            Self::NoThread => write!(out, "the system has no room for another thread"),
        }
    }
}
