//! Number-theoretic transforms from a power-of-two domain to its coset.
//!
//! Values on the domain become coefficients, are shifted by the powers of ω, and become values again. The inverse
//! transform (Gentleman–Sande) leaves its result in bit-reversed order and the forward one (Cooley–Tukey) takes it
//! from there: no permutation is ever done. Both halve the problem in the same way, so one walk does both: the
//! first layer of butterflies, each half whole, the last layer; a half that fits the cache is finished before the
//! next is touched.
//!
//! `layers` has the butterflies in lanes, compiled for each kind of processor, `roots` the tables.

mod layers;
mod roots;

pub use roots::{root_of_unity, shifts};

use crate::arithmetic::field::Scalar;
use crate::arithmetic::lanes::cpu::Cpu;
use layers::Transform;

/// A scalar field with its transforms on each kind of processor.
pub trait Transformed: Scalar {
    /// `None` where the field has no domain of this size with its coset.
    fn transform(size: usize, cpu: Cpu) -> Option<Box<dyn Transform<Self>>>;
}

/// A domain of `size` points, ready to transform.
pub struct Domain<F> {
    size: usize,
    transform: Box<dyn Transform<F>>,
}

impl<F: Transformed> Domain<F> {
    /// `None` where the size is no power of two or the field has no such domain with its coset.
    pub fn new(size: usize, cpu: Cpu) -> Option<Self> {
        if !size.is_power_of_two() {
            return None;
        }
        Some(Self { size, transform: F::transform(size, cpu)? })
    }

    /// Whether there is a domain of this size with its coset.
    pub fn exists(size: usize) -> bool {
        size.is_power_of_two() && root_of_unity::<F>(size.trailing_zeros() + 1).is_some()
    }

    pub fn size(&self) -> usize {
        self.size
    }

    /// Values on the domain become values on ω·domain, in place and in natural order.
    pub fn to_coset(&self, values: &mut [F]) {
        assert_eq!(values.len(), self.size, "a value for each point of the domain");
        self.transform.to_coset(values);
    }
}

#[cfg(test)]
mod tests;
