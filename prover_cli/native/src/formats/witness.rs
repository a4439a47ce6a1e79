//! Witnesses: a canonical little-endian integer for each signal of the circuit.

use crate::arithmetic::curve::Curve;
use crate::arithmetic::field::{Canonical, Stored};

/// The values of a witness. `Err` holds the index of the first one that is not below the scalar field's prime.
pub fn read<C: Curve>(bytes: &[u8]) -> Result<Vec<Canonical>, usize> {
    let mut values = Vec::with_capacity(bytes.len() / C::Scalar::SIZE);
    for (index, image) in bytes.chunks_exact(C::Scalar::SIZE).enumerate() {
        if !C::Scalar::is_reduced(image) {
            return Err(index);
        }
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().zip(image.chunks_exact(8)) {
            *limb = u64::from_le_bytes(chunk.try_into().expect("chunks of eight bytes"));
        }
        values.push(limbs);
    }
    Ok(values)
}
