//! The 81 functions of field arithmetic that circom puts into every module, recognised by their bodies.
//!
//! They follow the imports, in the order of circom's `fr-code.wat`. Their bodies depend on the prime alone, and on the
//! number of imports, by which the indices of functions are shifted. With the constants that they read, below address 1992,
//! they have a fingerprint: SHA-256 over the bodies, with indices counted from the first of them, and over that memory.
//! Modules in which a byte differs are not recognised, so what a call of one of them does is known without looking.

use super::integer::{CircomField, Operator};
use super::module::Module;
use crate::arithmetic::field::Canonical;
use sha2::{Digest, Sha256};
use wasmparser::{BinaryReaderError, Operator as Instruction};

/// How many there are.
pub const COUNT: u32 = 81;

/// The end of the memory that they use, of the prime, and of the head of the shared element: where they keep constants and
/// intermediate values, and where values are handed over.
pub const MEMORY_END: usize = 1992;

/// The address of the element through which values are handed over.
pub const SHARED_ELEMENT: usize = 1984;

/// The scalar field of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prime {
    Bn254,
    Bls12381,
}

impl Prime {
    pub fn modulus(self) -> Canonical {
        match self {
            Self::Bn254 => <ark_bn254::Fr as CircomField>::PRIME,
            Self::Bls12381 => <ark_bls12_381::Fr as CircomField>::PRIME,
        }
    }
}

/// What a call of one of them does. `r`, `a` and `b` are addresses of elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldFunction {
    /// `(r, a)`: copies an element.
    Copy,
    /// `(r, a, b)`, or `(r, a)`: r takes the operator's value.
    Apply(Operator),
    /// `(r, a)`: r = 1/a, or 0 for a = 0.
    Inverse,
    /// `(a) -> i32`: whether a is not zero.
    IsTrue,
    /// `(a) -> i32`: the low 32 bits of the signed residue.
    ToWord,
    /// `(a)`: has another representation afterwards, and the same value.
    Same,
}

impl FieldFunction {
    /// The function with this index among the 81, if circom's templates call it.
    pub fn by_place(place: u32) -> Option<Self> {
        use FieldFunction::*;
        Some(match place {
            33 => Copy,
            35 => IsTrue,
            36..=39 if place != 36 => Same,
            41 => Apply(Operator::Neg),
            43 => ToWord,
            44 => Apply(Operator::Add),
            45 => Apply(Operator::Sub),
            48 => Apply(Operator::Equal),
            49 => Apply(Operator::NotEqual),
            50 => Apply(Operator::Greater),
            51 => Apply(Operator::GreaterOrEqual),
            52 => Apply(Operator::Less),
            53 => Apply(Operator::LessOrEqual),
            54 => Apply(Operator::Mul),
            55 => Apply(Operator::IntegerDiv),
            56 => Apply(Operator::Mod),
            57 => Inverse,
            58 => Apply(Operator::Div),
            59 => Apply(Operator::Pow),
            68 => Apply(Operator::ShiftLeft),
            69 => Apply(Operator::ShiftRight),
            71 => Apply(Operator::BitAnd),
            73 => Apply(Operator::BitOr),
            75 => Apply(Operator::BitXor),
            77 => Apply(Operator::BitNot),
            78 => Apply(Operator::And),
            79 => Apply(Operator::Or),
            80 => Apply(Operator::Not),
            _ => return None,
        })
    }
}

/// The fingerprints of circom 2.0.0 to 2.2.3 for the curves that this crate has.
const KNOWN: [(&str, Prime); 2] = [
    ("28cfcda8a6b115e7c365f4120c3b16f215d325632f1a702a5b5e935494ee6cc8", Prime::Bn254),
    ("a4d3fb92af87a909b4aa06eca3916833576d40a3b19a11653ba2581d691ca010", Prime::Bls12381),
];

/// The fingerprint of a module's field functions. `memory` is its memory before any code has run.
pub fn fingerprint(module: &Module<'_>, memory: &[u8]) -> Result<String, BinaryReaderError> {
    let mut digest = Sha256::new();
    let first = module.imports.len() as u32;
    for body in module.bodies.iter().take(COUNT as usize) {
        let mut reader = body.get_binary_reader();
        let range = body.range();
        digest.update((range.end - range.start).to_le_bytes());
        let start = reader.original_position();
        let bytes = reader.read_bytes(reader.bytes_remaining())?;
        let mut hashed = start;
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let (instruction, at) = operators.read_with_offset()?;
            if let Instruction::Call { function_index } = instruction {
                digest.update(&bytes[(hashed - start) as usize..(at - start) as usize]);
                digest.update(b"call");
                digest.update(function_index.wrapping_sub(first).to_le_bytes());
                hashed = operators.original_position();
            }
        }
        digest.update(&bytes[(hashed - start) as usize..]);
    }
    // The first word is the top of the stack.
    digest.update(&memory[4..MEMORY_END]);
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The prime of a module whose field functions are circom's; `None` for others.
pub fn recognise(module: &Module<'_>, memory: &[u8]) -> Option<Prime> {
    if module.bodies.len() < COUNT as usize || memory.len() < MEMORY_END {
        return None;
    }
    let found = fingerprint(module, memory).ok()?;
    KNOWN.iter().find(|(known, _)| *known == found).map(|(_, prime)| *prime)
}
