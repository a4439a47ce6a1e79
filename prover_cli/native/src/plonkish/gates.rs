//! Gates: qM·a·b + qL·a + qR·b + qO·c + qC + PI = 0 at each point of the domain.

use super::values::Stretched;
use crate::arithmetic::field::Scalar;
use rayon::prelude::*;

/// The selectors of the gates, as polynomials over the domain.
pub struct Selectors<'a, F> {
    pub m: Stretched<'a, F>,
    pub l: Stretched<'a, F>,
    pub r: Stretched<'a, F>,
    pub o: Stretched<'a, F>,
    pub c: Stretched<'a, F>,
}

impl<F> Clone for Selectors<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for Selectors<'_, F> {}

impl<'a, F> Selectors<'a, F> {
    /// Qm, Ql, Qr, Qo, Qc.
    pub fn all(&self) -> [Stretched<'a, F>; 5] {
        [self.m, self.l, self.r, self.o, self.c]
    }
}

impl<F: Scalar> Selectors<'_, F> {
    /// The left side without PI, where the value at `index` of each selector is on the domain of 4n points.
    #[inline]
    pub fn sum(&self, index: usize, [a, b, c]: [F; 3]) -> F {
        self.m.values.get(index) * (a * b)
            + self.l.values.get(index) * a
            + self.r.values.get(index) * b
            + self.o.values.get(index) * c
            + self.c.values.get(index)
    }

    /// The first `most` gates that the values on the wires break, in order. The first gates bind the public signals.
    pub fn broken(&self, wires: [&[F]; 3], public: usize, most: usize) -> Vec<usize> {
        let breaks = |&row: &usize| {
            let [a, b, c] = wires.map(|wire| wire[row]);
            let bound = if row < public { a } else { F::ZERO };
            self.sum(super::values::BLOWUP * row, [a, b, c]) != bound
        };
        let mut broken: Vec<usize> = (0..wires[0].len()).into_par_iter().filter(breaks).collect();
        broken.truncate(most);
        broken
    }
}
