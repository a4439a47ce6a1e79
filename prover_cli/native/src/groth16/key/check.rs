//! Validation of the coefficients of a key. Its points are checked by [`crate::formats::points`].

use super::Layout;
use crate::arithmetic::curve::Curve;
use crate::arithmetic::field::Stored;
use crate::formats::EntryFault;
use rayon::prelude::*;

/// Checks entries of section 4 against the sizes of the key, in parallel, and reports one that is wrong.
pub fn check_coefficients<C: Curve>(bytes: &[u8], layout: &Layout) -> Result<(), EntryFault> {
    let size = 12 + C::Scalar::SIZE;
    bytes.par_chunks_exact(size).enumerate().try_for_each(|(index, entry)| {
        let word = |at: usize| u32::from_le_bytes(entry[at..at + 4].try_into().expect("four bytes"));
        let reason = if word(0) > 1 {
            format!("matrix {} is neither A (0) nor B (1)", word(0))
        } else if word(4) as usize >= layout.domain {
            format!("constraint {} is outside the domain of {}", word(4), layout.domain)
        } else if word(8) as usize >= layout.variables {
            format!("signal {} is outside the circuit's {}", word(8), layout.variables)
        } else if !C::Scalar::is_reduced(&entry[12..]) {
            "the coefficient is not below the scalar field's prime".into()
        } else {
            return Ok(());
        };
        Err(EntryFault { index, reason })
    })
}
