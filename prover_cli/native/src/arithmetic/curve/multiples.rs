//! Many multiples of the generator, by arkworks' window table: how benchmark keys come by their points.

use super::points::store_points;
use crate::arithmetic::field::Stored;
use ark_ec::scalar_mul::BatchMulPreprocessing;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use rayon::prelude::*;

/// Scalars worked through by one thread at a time.
const CHUNK: usize = 1024;

/// Points as a key stores them, for plain scalars. Those that are not reduced count as zero.
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
