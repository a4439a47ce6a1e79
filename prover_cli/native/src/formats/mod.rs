//! Files of circom's tools that every proof system reads, borrowed from their maps and never copied whole.
//!
//! Where the sections of a file lie is found and checked on the Python side. `section` borrows one of them, `points`
//! checks those that a section holds, `r1cs` reads the constraints of a circuit, and `witness` the values of its signals.

pub mod points;
pub mod r1cs;
pub mod section;
pub mod witness;

pub use section::{EntryFault, Span};
