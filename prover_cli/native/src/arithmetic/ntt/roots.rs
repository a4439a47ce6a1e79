//! Roots of unity, and tables of their powers (twiddle factors).

use super::order::reversed;
use ark_ff::PrimeField;

/// The 2^log-th root of unity that circom's tools use, 5^((r−1)/2^log); `None` if the field has none. For BN254 it
/// is arkworks' own. For BLS12-381 it is not: arkworks starts from 7.
pub fn root_of_unity<F: PrimeField>(log: u32) -> Option<F> {
    if log > F::TWO_ADICITY {
        return None;
    }
    let mut root = F::from(5u64).pow(F::TRACE);
    for _ in log..F::TWO_ADICITY {
        root.square_in_place();
    }
    Some(root)
}

/// Twiddle factors by layer: `[l]` holds the powers of the 2^(l+1)-th root, 2^l of them.
pub fn twiddles<F: PrimeField>(root: F, log: u32) -> Vec<Vec<F>> {
    let mut tables: Vec<Vec<F>> = Vec::with_capacity(log as usize);
    if log > 0 {
        tables.push(geometric(F::ONE, root, 1 << (log - 1)));
        for _ in 1..log {
            let larger = tables.last().expect("one was just pushed");
            tables.push(larger.iter().step_by(2).copied().collect());
        }
    }
    tables.reverse();
    tables
}

/// ω^i/size at the bit-reversed place of i, with ω the 2·size-th root: the shift to the coset, and the division that
/// the inverse transform owes.
pub fn shifts<F: PrimeField>(coset: F, size: usize) -> Vec<F> {
    let log = size.trailing_zeros();
    let mut shifts = vec![F::ZERO; size];
    let mut value = one_over(size);
    for i in 0..size {
        shifts[reversed(i, log)] = value;
        value *= coset;
    }
    shifts
}

/// 1/size, of a size that is a power of two.
pub fn one_over<F: PrimeField>(size: usize) -> F {
    F::from(size as u64).inverse().expect("a power of two is not a multiple of the prime")
}

/// first · ratio^i for i < count.
pub fn geometric<F: PrimeField>(first: F, ratio: F, count: usize) -> Vec<F> {
    let mut value = first;
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(value);
        value *= ratio;
    }
    all
}
