//! What a function of circom's runtime does, whatever its constants are: the functions that are not run, but known.

use super::module::Module;
use sha2::{Digest, Sha256};
use wasmparser::Operator;

/// A function without its constants, but with the numbers of its parameters and results, as the start of a SHA-256; and its
/// constants in order.
pub struct Shape {
    pub digest: String,
    pub constants: Vec<i64>,
}

/// The shape of a function; `None` if it is imported or cannot be read.
pub fn shape(module: &Module<'_>, index: u32) -> Option<Shape> {
    let signature = module.signatures.get(index as usize)?;
    let mut digest = Sha256::new();
    digest.update(format!("{} {}\n", signature.parameters, signature.results));
    let mut constants = Vec::new();
    let imports = module.imports.len() as u32;
    let mut operators = module.body(index)?.get_operators_reader().ok()?;
    while !operators.eof() {
        let words = match operators.read().ok()? {
            Operator::I32Const { value } => {
                constants.push(value.into());
                "constant".into()
            }
            Operator::I64Const { value } => {
                constants.push(value);
                "constant of 64 bits".into()
            }
            // Other functions have no fixed place. Their shapes are compared by themselves.
            Operator::Call { function_index } => match function_index.checked_sub(imports) {
                None => format!("import {}", module.imports[function_index as usize]),
                Some(place) if place < super::field_functions::COUNT => {
                    format!("field function {place}")
                }
                Some(_) => "call".into(),
            },
            other => format!("{other:?}"),
        };
        digest.update(words.as_bytes());
        digest.update(b"\n");
    }
    let digest = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Some(Shape { digest, constants })
}
