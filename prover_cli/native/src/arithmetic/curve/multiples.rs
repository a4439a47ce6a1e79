//! Fixed-base scalar multiplication: many multiples of the generator, by arkworks' window table.

use super::points::store_points;
use crate::arithmetic::field::Stored;
use ark_ec::scalar_mul::BatchMulPreprocessing;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use rayon::prelude::*;

/// Scalars that one thread multiplies at a time.
const CHUNK: usize = 1024;

/// The stored points scalar · generator, for canonical scalars. A scalar that is not reduced counts as zero.
pub fn multiples<P>(scalars: &[u8]) -> Vec<u8>
where
    P: SWCurveConfig<BaseField: Stored, ScalarField: Stored>,
{
    let size = P::ScalarField::SIZE;
    let generator = Projective::<P>::from(P::GENERATOR);
    let table = BatchMulPreprocessing::new(generator, scalars.len() / size);
    scalars
        .par_chunks(CHUNK * size)
        .flat_map_iter(|chunk| {
            let scalars: Vec<P::ScalarField> = chunk
                .chunks_exact(size)
                .map(|bytes| P::ScalarField::from_canonical(bytes).unwrap_or_default())
                .collect();
            store_points(&table.batch_mul(&scalars))
        })
        .collect()
}
