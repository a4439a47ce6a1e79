//! Roots of unity and the tables of their powers.

use ark_ff::PrimeField;

/// The 2^log-th root of unity that circom's tools use: 5^((r−1)/2^log). For BN254 this is arkworks'
/// own; for BLS12-381 it is not (arkworks starts from 7).
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
        tables.push(powers(root, 1 << (log - 1)));
        for _ in 1..log {
            let larger = tables.last().expect("one was just pushed");
            tables.push(larger.iter().step_by(2).copied().collect());
        }
    }
    tables.reverse();
    tables
}

/// ω^i/size at the bit-reversed place of i, with ω the 2·size-th root: the shift to the coset, and the division
/// that the inverse transform owes.
pub fn shifts<F: PrimeField>(coset: F, size: usize) -> Vec<F> {
    let log = size.trailing_zeros();
    let mut shifts = vec![F::ZERO; size];
    let mut value = F::from(size as u64).inverse().expect("a power of two is not a multiple of r");
    for i in 0..size {
        let place = if log == 0 { 0 } else { i.reverse_bits() >> (usize::BITS - log) };
        shifts[place] = value;
        value *= coset;
    }
    shifts
}

fn powers<F: PrimeField>(base: F, count: usize) -> Vec<F> {
    let mut value = F::ONE;
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(value);
        value *= base;
    }
    all
}
