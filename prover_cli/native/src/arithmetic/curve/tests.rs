use super::{Bls12381, Bn254, Curve, Fault, Points, multiples, store_points, write_point};
use crate::arithmetic::field::Stored;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, Field, PrimeField};

/// Runs a check over each group of each curve.
macro_rules! over_all_groups {
    ($check:ident) => {
        $check::<<Bn254 as Curve>::G1>();
        $check::<<Bn254 as Curve>::G2>();
        $check::<<Bls12381 as Curve>::G1>();
        $check::<<Bls12381 as Curve>::G2>();
    };
}

fn some<P: SWCurveConfig>() -> Vec<Affine<P>> {
    let multiples =
        [1u64, 2, 3, 0, 5].map(|factor| Projective::<P>::generator() * P::ScalarField::from(factor));
    multiples.iter().chain([&-multiples[1]]).map(|point| point.into_affine()).collect()
}

#[test]
fn stored_points_are_read_as_they_were() {
    fn check<P: SWCurveConfig<BaseField: Stored>>() {
        let points = some::<P>();
        let bytes = store_points(&points);
        let stored = Points::<P>::new(&bytes);
        assert_eq!((stored.len(), stored.is_empty()), (points.len(), false));
        for (index, point) in points.iter().enumerate() {
            assert_eq!(stored.get(index), *point);
            assert_eq!(stored.is_infinity(index), point.is_zero());
            assert_eq!(stored.check(index), Ok(()));
        }
        assert!(Points::<P>::new(&[]).is_empty());
    }
    over_all_groups!(check);
}

#[test]
fn canonical_coordinates_are_read_as_they_were_written() {
    fn check<P: SWCurveConfig<BaseField: Stored>>() {
        for point in some::<P>() {
            let mut bytes = Vec::new();
            write_point(&point, &mut bytes);
            assert_eq!(bytes.len(), Points::<P>::SIZE);
            assert_eq!(Points::<P>::from_canonical(&bytes), Ok(point));
        }
    }
    over_all_groups!(check);
}

#[test]
fn every_fault_of_a_point_is_named() {
    fn check<P: SWCurveConfig<BaseField: Stored>>() {
        let generator = P::GENERATOR;
        let mut off = generator;
        off.y += P::BaseField::ONE;
        let mut bytes = store_points(&[off, generator]);
        assert_eq!(Points::<P>::new(&bytes).check(0), Err(Fault::NotOnCurve));
        for coordinate in 0..2 {
            let mut spoilt = bytes.clone();
            let at = Points::<P>::SIZE + coordinate * P::BaseField::SIZE;
            spoilt[at..at + P::BaseField::SIZE].fill(0xff);
            assert_eq!(Points::<P>::new(&spoilt).check(1), Err(Fault::NotReduced));
            assert_eq!(
                Points::<P>::from_canonical(&spoilt[Points::<P>::SIZE..]),
                Err(Fault::NotReduced)
            );
        }
        bytes.clear();
        write_point(&off, &mut bytes);
        assert_eq!(Points::<P>::from_canonical(&bytes), Err(Fault::NotOnCurve));
    }
    over_all_groups!(check);
}

/// All curve points are in G1 of BN254; the other three groups are smaller than their curves.
#[test]
fn points_outside_of_the_group_are_refused() {
    fn check<P: SWCurveConfig<BaseField: Stored>>() {
        let outside = (1u64..)
            .filter_map(|x| Affine::<P>::get_point_from_x_unchecked(P::BaseField::from(x), true))
            .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
            .expect("most points of the curve are outside");
        let bytes = store_points(&[outside]);
        assert_eq!(Points::<P>::new(&bytes).check(0), Err(Fault::NotInSubgroup));
    }
    check::<<Bn254 as Curve>::G2>();
    check::<<Bls12381 as Curve>::G1>();
    check::<<Bls12381 as Curve>::G2>();
}

#[test]
fn multiples_of_the_generator_agree_with_arkworks() {
    fn check<P: SWCurveConfig<BaseField: Stored, ScalarField: Stored>>() {
        let scalars: Vec<P::ScalarField> = (0..40u64)
            .map(|i| if i < 3 { P::ScalarField::from(i) } else { -P::ScalarField::from(i).pow([i]) })
            .collect();
        let mut bytes = Vec::new();
        scalars.iter().for_each(|scalar| scalar.write_canonical(&mut bytes));
        // The last scalar is not reduced and counts as zero.
        bytes.extend(vec![0xff; P::ScalarField::SIZE]);
        let found = multiples::<P>(&bytes);
        let found = Points::<P>::new(&found);
        assert_eq!(found.len(), scalars.len() + 1);
        for (index, scalar) in scalars.iter().chain([&P::ScalarField::ZERO]).enumerate() {
            assert_eq!(found.get(index), (Projective::<P>::generator() * scalar).into_affine());
        }
    }
    over_all_groups!(check);
}

#[test]
fn the_scalar_field_has_the_order_of_the_groups() {
    fn check<P: SWCurveConfig<ScalarField: PrimeField>>() {
        let minus_one = -P::ScalarField::ONE;
        assert_eq!(Projective::<P>::generator() * minus_one, -Projective::<P>::generator());
    }
    over_all_groups!(check);
}
