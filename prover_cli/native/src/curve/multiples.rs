//! Many multiples of the generator, by arkworks' window table: how benchmark keys come by their points.

use crate::curve::Points;
use crate::field::Stored;
use ark_ec::scalar_mul::BatchMulPreprocessing;
use ark_ec::short_weierstrass::{Projective, SWCurveConfig};
use ark_ec::AffineRepr;
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
                .map(|bytes| P::ScalarField::from_plain(bytes).unwrap_or_default())
                .collect();
            let mut words = vec![0u64; Points::<P>::SIZE / 8 * scalars.len()];
            let rows = words.chunks_exact_mut(Points::<P>::SIZE / 8);
            for (point, row) in table.batch_mul(&scalars).iter().zip(rows) {
                if let Some((x, y)) = point.xy() {
                    let (x_words, y_words) = row.split_at_mut(P::BaseField::SIZE / 8);
                    x.write_montgomery(x_words);
                    y.write_montgomery(y_words);
                }
            }
            words.into_iter().flat_map(u64::to_le_bytes)
        })
        .collect()
}
