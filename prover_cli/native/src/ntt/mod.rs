//! Number-theoretic transforms over a power-of-two domain and over its coset.
//!
//! The inverse transform takes values in natural order to coefficients in bit-reversed order
//! (Gentleman–Sande), the forward one takes them back (Cooley–Tukey): no permutation is ever done.
//! Both recurse on halves, so that a half that fits the cache is finished before the next is touched.

use ark_ff::PrimeField;

/// Sub-transforms up to this size run in one thread: 2^12 scalars are 128 KB.
const SERIAL: usize = 1 << 12;

/// Twiddle factors of a domain of `size` points, and the shift to its coset.
pub struct Domain<F> {
    size: usize,
    /// `forward[l]` holds the powers of the 2^(l+1)-th root: 2^l of them.
    forward: Vec<Vec<F>>,
    inverse: Vec<Vec<F>>,
    /// ω^i / size with ω the 2·size-th root, at the bit-reversed place of i.
    shift: Vec<F>,
}

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

fn powers<F: PrimeField>(base: F, count: usize) -> Vec<F> {
    let mut value = F::ONE;
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(value);
        value *= base;
    }
    all
}

fn levels<F: PrimeField>(root: F, log: u32) -> Vec<Vec<F>> {
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

impl<F: PrimeField> Domain<F> {
    /// `None` where the size is no power of two or the field has no such domain with its coset.
    pub fn new(size: usize) -> Option<Self> {
        if !size.is_power_of_two() {
            return None;
        }
        let log = size.trailing_zeros();
        let coset: F = root_of_unity(log + 1)?;
        let root = coset.square();
        let scale = F::from(size as u64).inverse()?;
        let mut shift = vec![F::ZERO; size];
        let mut value = scale;
        for i in 0..size {
            let place = if log == 0 { 0 } else { i.reverse_bits() >> (usize::BITS - log) };
            shift[place] = value;
            value *= coset;
        }
        Some(Self { size, forward: levels(root, log), inverse: levels(root.inverse()?, log), shift })
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// Values on the domain become values on ω·domain, in place and in natural order.
    pub fn to_coset(&self, values: &mut [F]) {
        assert_eq!(values.len(), self.size, "a value for each point of the domain");
        gentleman_sande(values, &self.inverse);
        for (value, shift) in values.iter_mut().zip(&self.shift) {
            *value *= shift;
        }
        cooley_tukey(values, &self.forward);
    }
}

fn gentleman_sande<F: PrimeField>(values: &mut [F], twiddles: &[Vec<F>]) {
    let Some((roots, smaller)) = twiddles.split_last() else { return };
    let (low, high) = values.split_at_mut(values.len() / 2);
    for ((a, b), root) in low.iter_mut().zip(high.iter_mut()).zip(roots) {
        let difference = *a - *b;
        *a += *b;
        *b = difference * root;
    }
    halves(low, high, |half| gentleman_sande(half, smaller));
}

fn cooley_tukey<F: PrimeField>(values: &mut [F], twiddles: &[Vec<F>]) {
    let Some((roots, smaller)) = twiddles.split_last() else { return };
    let (low, high) = values.split_at_mut(values.len() / 2);
    halves(low, high, |half| cooley_tukey(half, smaller));
    for ((a, b), root) in low.iter_mut().zip(high.iter_mut()).zip(roots) {
        let product = *b * root;
        *b = *a - product;
        *a += product;
    }
}

fn halves<F: PrimeField>(low: &mut [F], high: &mut [F], each: impl Fn(&mut [F]) + Sync) {
    if low.len() > SERIAL {
        rayon::join(|| each(low), || each(high));
    } else {
        each(low);
        each(high);
    }
}

#[cfg(test)]
mod tests;
