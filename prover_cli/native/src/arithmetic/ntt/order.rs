//! Natural and bit-reversed order, and the permutation between them.

/// The order in which a transform takes its values and leaves its results.
///
/// A value's place in bit-reversed order is its index with the bits in reverse. Butterflies halve the problem and
/// so reverse the order on their way; [`Natural`](Self::Natural) pays for a permutation that undoes this. Where
/// values go through a transform and later back, leave the first result in bit-reversed order and take it from
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Natural order in and out: decimation in frequency, then the permutation.
    Natural,
    /// Natural order in, bit-reversed order out: decimation in frequency (DIF), with Gentleman–Sande butterflies.
    NaturalToBitReversed,
    /// Bit-reversed order in, natural order out: decimation in time (DIT), with Cooley–Tukey butterflies.
    BitReversedToNatural,
}

/// Brings values from natural to bit-reversed order, or back. Panics unless their number is a power of two.
pub fn bit_reverse<T>(values: &mut [T]) {
    assert!(values.len().is_power_of_two(), "only powers of two have a bit-reversed order");
    let log = values.len().trailing_zeros();
    for index in 0..values.len() {
        let place = reversed(index, log);
        if index < place {
            values.swap(index, place);
        }
    }
}

/// The lowest `log` bits of an index below 2^log, in reverse.
pub fn reversed(index: usize, log: u32) -> usize {
    if log == 0 { 0 } else { index.reverse_bits() >> (usize::BITS - log) }
}
