//! Number-theoretic transforms (NTT, FFT over a prime field) of power-of-two size, and coset FFTs.
//!
//! [`Domain`] has the verbs: [`forward`](Domain::forward) and [`inverse`](Domain::inverse), the same on the coset, and
//! [`to_coset`](Domain::to_coset), which goes from values to values. In a transform, decimation in frequency
//! (W. M. Gentleman, G. Sande, "Fast Fourier transforms: for fun and profit", AFIPS 1966) takes natural order and
//! leaves bit-reversed order; decimation in time (J. W. Cooley, J. W. Tukey, "An algorithm for the machine
//! calculation of complex Fourier series", Math. Comp. 19, 1965) does the opposite. [`Order`] chooses between them.
//!
//! All of them work recursively: one layer of butterflies over everything, then each half by itself. A half that fits
//! the cache is finished before the next one is touched.
//!
//! `butterflies` has the inner loops in lanes, `transform` compiles them for each kind of processor and walks through
//! the layers, `roots` and `factors` make the tables, and `points` transforms group elements.

mod butterflies;
mod factors;
mod order;
mod points;
mod roots;
mod transform;

pub use order::{Order, bit_reverse};
pub use points::transposed_to_coset;
pub use roots::root_of_unity;

use crate::arithmetic::field::Scalar;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::pointwise::LaneWork;
use transform::{Direction, Transform};

/// A scalar field with its transforms on each kind of processor.
pub trait Transformed: Scalar {
    /// The transforms of `size` values, a power of two; `None` if the field has no such domain with its coset.
    fn transform(size: usize, cpu: Cpu) -> Option<Box<dyn Transform<Self>>>;

    /// The same in eight lanes on any processor.
    #[cfg(test)]
    fn emulated(size: usize) -> Option<Box<dyn Transform<Self>>>;

    /// Does something in the lanes of the transforms.
    fn in_lanes<W: LaneWork<Self>>(cpu: Cpu, work: W) -> W::Output;

    /// Whether the processor has this kind of arithmetic and the transforms' lanes agree with arkworks. Found out once
    /// per process.
    fn works_on(cpu: Cpu) -> bool;
}

/// The domain of the size-th roots of unity and its coset, with tables to transform to and from both.
///
/// The points of the domain are the powers of [`root`](Self::root), g^0, g^1, …; those of the coset are ω·g^i, with ω
/// the [`shift`](Self::shift). Both choices are those of circom's tools.
pub struct Domain<F> {
    size: usize,
    shift: F,
    transform: Box<dyn Transform<F>>,
}

impl<F: Transformed> Domain<F> {
    /// Makes the tables: as many field elements as three times the size. `None` if the size is not a power of two, or
    /// if the field has no such domain with its coset: the largest size is 2^27 for BN254, 2^31 for BLS12-381.
    pub fn new(size: usize, cpu: Cpu) -> Option<Self> {
        if !size.is_power_of_two() {
            return None;
        }
        let shift = root_of_unity(size.trailing_zeros() + 1)?;
        Some(Self { size, shift, transform: F::transform(size, cpu)? })
    }

    #[cfg(test)]
    fn emulated(size: usize) -> Option<Self> {
        let shift = root_of_unity(size.trailing_zeros() + 1)?;
        Some(Self { size, shift, transform: F::emulated(size)? })
    }

    /// Whether there is a domain of this size with its coset.
    pub fn exists(size: usize) -> bool {
        size.is_power_of_two() && root_of_unity::<F>(size.trailing_zeros() + 1).is_some()
    }

    /// The number of points.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The generator g of the domain: the size-th root of unity, which is ω².
    pub fn root(&self) -> F {
        self.shift.square()
    }

    /// The shift ω of the coset: the 2·size-th root of unity.
    pub fn shift(&self) -> F {
        self.shift
    }

    /// The coefficients of a polynomial become its values on the domain, in place. (FFT.)
    ///
    /// Coefficient i is that of X^i, value i the one at g^i. Like all transforms here, this one runs on the threads of
    /// the current rayon pool and panics unless there are as many values as points.
    pub fn forward(&self, values: &mut [F], order: Order) {
        self.check(values);
        self.transform.transform(values, Direction::Forward, false, order);
    }

    /// Values on the domain become the coefficients of the polynomial, in place. (Inverse FFT, interpolation.)
    pub fn inverse(&self, values: &mut [F], order: Order) {
        self.check(values);
        self.transform.transform(values, Direction::Inverse, false, order);
    }

    /// The coefficients of a polynomial become its values on the coset, in place. (Coset FFT.)
    pub fn forward_on_coset(&self, values: &mut [F], order: Order) {
        self.check(values);
        self.transform.transform(values, Direction::Forward, true, order);
    }

    /// Values on the coset become the coefficients of the polynomial, in place. (Inverse coset FFT.)
    pub fn inverse_on_coset(&self, values: &mut [F], order: Order) {
        self.check(values);
        self.transform.transform(values, Direction::Inverse, true, order);
    }

    /// Values on the domain become values on the coset, in place and in natural order.
    ///
    /// The same as [`inverse`](Self::inverse) and [`forward_on_coset`](Self::forward_on_coset), and faster: decimation
    /// in frequency leaves the coefficients in the order from which decimation in time takes them, so nothing is ever
    /// permuted, and each part that fits the cache goes there and back before the next one.
    pub fn to_coset(&self, values: &mut [F]) {
        self.check(values);
        self.transform.to_coset(values);
    }

    fn check(&self, values: &[F]) {
        assert_eq!(values.len(), self.size, "a value for each point of the domain");
    }
}

#[cfg(test)]
mod tests;
