//! Affine points as they lie in a mapped file: x then y in Montgomery form, all zeros for the point at infinity.
//!
//! Nothing is copied. A point is decoded when it is needed.

use crate::arithmetic::field::Stored;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::AdditiveGroup;
use std::marker::PhantomData;

/// What is wrong with a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    NotReduced,
    NotOnCurve,
    NotInSubgroup,
    AtInfinity,
}

impl Fault {
    /// The fault in words for people.
    pub fn words(self) -> &'static str {
        match self {
            Fault::NotReduced => "a coordinate is not below the field's prime",
            Fault::NotOnCurve => "the point is not on its curve",
            Fault::NotInSubgroup => "the point is not in the subgroup of prime order",
            Fault::AtInfinity => "the point is at infinity",
        }
    }
}

/// A borrowed run of stored points.
pub struct Points<'a, P> {
    bytes: &'a [u8],
    curve: PhantomData<P>,
}

// Written out because a derive would require the marker type to be Copy as well.
impl<P> Clone for Points<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Points<'_, P> {}

impl<'a, P: SWCurveConfig<BaseField: Stored>> Points<'a, P> {
    /// The bytes of one point.
    pub const SIZE: usize = 2 * P::BaseField::SIZE;

    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, curve: PhantomData }
    }

    pub fn len(&self) -> usize {
        self.bytes.len() / Self::SIZE
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As they are stored.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    fn image(&self, index: usize) -> &'a [u8] {
        &self.bytes[index * Self::SIZE..][..Self::SIZE]
    }

    /// Whether the point at `index` is the point at infinity.
    pub fn is_infinity(&self, index: usize) -> bool {
        self.image(index).iter().all(|&byte| byte == 0)
    }

    /// The point at `index`, trusted to be on the curve.
    #[inline]
    pub fn get(&self, index: usize) -> Affine<P> {
        let image = self.image(index);
        let (x, y) = image.split_at(P::BaseField::SIZE);
        let (x, y) = (P::BaseField::from_montgomery(x), P::BaseField::from_montgomery(y));
        // (0, 0) is on neither curve (b is not 0), so the image of infinity is unambiguous.
        if x == P::BaseField::ZERO && y == P::BaseField::ZERO {
            Affine::identity()
        } else {
            Affine::new_unchecked(x, y)
        }
    }

    /// Checks one point in full: range, curve equation, subgroup. The point at infinity passes, because it stands where
    /// a sum has no term.
    pub fn check(&self, index: usize) -> Result<(), Fault> {
        self.check_curve(index)?;
        check_subgroup(&self.get(index))
    }

    /// Checks the range and the curve equation of one point, but not its subgroup.
    pub fn check_curve(&self, index: usize) -> Result<(), Fault> {
        let (x, y) = self.image(index).split_at(P::BaseField::SIZE);
        if !P::BaseField::is_reduced(x) || !P::BaseField::is_reduced(y) {
            return Err(Fault::NotReduced);
        }
        check_equation(&self.get(index))
    }

    /// A point given as canonical coordinates, x then y, checked in full.
    pub fn from_canonical(bytes: &[u8]) -> Result<Affine<P>, Fault> {
        let (x, y) = bytes[..Self::SIZE].split_at(P::BaseField::SIZE);
        let x = P::BaseField::from_canonical(x).ok_or(Fault::NotReduced)?;
        let y = P::BaseField::from_canonical(y).ok_or(Fault::NotReduced)?;
        let point = if x == P::BaseField::ZERO && y == P::BaseField::ZERO {
            Affine::identity()
        } else {
            Affine::new_unchecked(x, y)
        };
        check_equation(&point)?;
        check_subgroup(&point).map(|()| point)
    }
}

fn check_equation<P: SWCurveConfig>(point: &Affine<P>) -> Result<(), Fault> {
    if point.is_on_curve() { Ok(()) } else { Err(Fault::NotOnCurve) }
}

fn check_subgroup<P: SWCurveConfig>(point: &Affine<P>) -> Result<(), Fault> {
    if P::is_in_correct_subgroup_assuming_on_curve(point) { Ok(()) } else { Err(Fault::NotInSubgroup) }
}

/// The stored form of points, one after the other.
pub fn store_points<P: SWCurveConfig<BaseField: Stored>>(points: &[Affine<P>]) -> Vec<u8> {
    let mut words = vec![0u64; Points::<P>::SIZE / 8 * points.len()];
    for (point, row) in points.iter().zip(words.chunks_exact_mut(Points::<P>::SIZE / 8)) {
        if let Some((x, y)) = point.xy() {
            let (x_words, y_words) = row.split_at_mut(P::BaseField::SIZE / 8);
            x.write_montgomery(x_words);
            y.write_montgomery(y_words);
        }
    }
    words.into_iter().flat_map(u64::to_le_bytes).collect()
}

/// Appends the canonical coordinates x and y; zeros for the point at infinity.
pub fn write_point<P: SWCurveConfig<BaseField: Stored>>(point: &Affine<P>, out: &mut Vec<u8>) {
    if point.is_zero() {
        out.resize(out.len() + Points::<P>::SIZE, 0);
    } else {
        point.x.write_canonical(out);
        point.y.write_canonical(out);
    }
}
