//! Butterflies of the transforms, in lanes: Gentleman–Sande and Cooley–Tukey.
//!
//! Neighbours share a value's lanes. In all layers but the innermost few, both sides of a butterfly are therefore whole
//! values, with a twiddle factor for each lane. In the innermost layers both sides lie in one value: W values are
//! transposed, so that the lanes of one become neighbours, and the butterflies are between whole values again.

use crate::arithmetic::lanes::{MAX_WIDTH, PrimeLanes};

/// Twiddle factors in one direction.
pub struct Twiddles<V> {
    /// By layer, for butterflies between values.
    pub outer: Vec<Vec<V>>,
    /// By layer, for butterflies inside of a value: a factor for each place, the same in every lane.
    pub inner: Vec<Vec<V>>,
}

/// Transposes blocks of W values: groups become lanes, and lanes groups.
#[inline(always)]
pub fn exchange<V: PrimeLanes>(values: &mut [V]) {
    for block in values.chunks_exact_mut(V::WIDTH) {
        let mut square = [block[0]; MAX_WIDTH];
        square[..V::WIDTH].copy_from_slice(block);
        V::transpose(&mut square);
        block.copy_from_slice(&square[..V::WIDTH]);
    }
}

/// The first N of them.
#[inline(always)]
fn references<V, const N: usize>(values: &[V]) -> [&V; N] {
    values.first_chunk().expect("as many are asked for as there are").each_ref()
}

/// Decimation in frequency: (a, b) becomes (a + b, (a − b)·root), N pairs side by side.
#[inline(always)]
pub fn gentleman_sande<V: PrimeLanes, const N: usize>(low: &mut [V], high: &mut [V], roots: &[V]) {
    let whole = low.len() - low.len() % N;
    for at in (0..whole).step_by(N) {
        let mut differences = [low[at]; N];
        for s in 0..N {
            differences[s] = low[at + s].sub(&high[at + s]);
            low[at + s] = low[at + s].tidy_add(&high[at + s]);
        }
        high[at..at + N].copy_from_slice(&V::mul(differences.each_ref(), references(&roots[at..])));
    }
    for at in whole..low.len() {
        let difference = low[at].sub(&high[at]);
        low[at] = low[at].tidy_add(&high[at]);
        high[at] = V::mul([&difference], [&roots[at]])[0];
    }
}

/// Decimation in time: (a, b) becomes (a + b·root, a − b·root), N pairs side by side.
#[inline(always)]
pub fn cooley_tukey<V: PrimeLanes, const N: usize>(low: &mut [V], high: &mut [V], roots: &[V]) {
    let whole = low.len() - low.len() % N;
    for at in (0..whole).step_by(N) {
        let products = V::mul(references(&high[at..]), references::<V, N>(&roots[at..]));
        for s in 0..N {
            high[at + s] = low[at + s].tidy_sub(&products[s]);
            low[at + s] = low[at + s].tidy_add(&products[s]);
        }
    }
    for at in whole..low.len() {
        let product = V::mul([&high[at]], [&roots[at]])[0];
        high[at] = low[at].tidy_sub(&product);
        low[at] = low[at].tidy_add(&product);
    }
}

/// The innermost layer in one lane, whose only factor is 1: (a, b) becomes (a + b, a − b).
#[inline(always)]
fn neighbours<V: PrimeLanes>(values: &mut [V]) {
    for pair in values.chunks_exact_mut(2) {
        let (sum, difference) = (pair[0].tidy_add(&pair[1]), pair[0].tidy_sub(&pair[1]));
        pair[0] = sum;
        pair[1] = difference;
    }
}

/// The first layer that is not `neighbours`.
#[inline(always)]
fn first_layer<V: PrimeLanes>(values: &[V]) -> usize {
    if V::WIDTH == 1 { 1.min(values.len().trailing_zeros() as usize) } else { 0 }
}

/// Decimation in frequency through the layers between values, the widest first.
#[inline(always)]
fn outer_in_frequency<V: PrimeLanes, const N: usize>(values: &mut [V], roots: &[Vec<V>]) {
    let layers = values.len().trailing_zeros() as usize;
    for (layer, roots) in roots.iter().enumerate().take(layers).skip(first_layer(values)).rev() {
        for block in values.chunks_exact_mut(2 << layer) {
            let (low, high) = block.split_at_mut(1 << layer);
            gentleman_sande::<V, N>(low, high, roots);
        }
    }
}

/// Decimation in time through the layers between values, the widest last.
#[inline(always)]
fn outer_in_time<V: PrimeLanes, const N: usize>(values: &mut [V], roots: &[Vec<V>]) {
    let layers = values.len().trailing_zeros() as usize;
    for (layer, roots) in roots.iter().enumerate().take(layers).skip(first_layer(values)) {
        for block in values.chunks_exact_mut(2 << layer) {
            let (low, high) = block.split_at_mut(1 << layer);
            cooley_tukey::<V, N>(low, high, roots);
        }
    }
}

/// Decimation in frequency through the layers inside of a value, of values that are exchanged with their lanes.
#[inline(always)]
fn inner_in_frequency<V: PrimeLanes, const N: usize>(values: &mut [V], roots: &[Vec<V>]) {
    if V::WIDTH == 1 {
        if first_layer(values) == 1 {
            neighbours(values);
        }
        return;
    }
    for block in values.chunks_exact_mut(V::WIDTH) {
        for (layer, roots) in roots.iter().enumerate().rev() {
            for pair in block.chunks_exact_mut(2 << layer) {
                let (low, high) = pair.split_at_mut(1 << layer);
                gentleman_sande::<V, N>(low, high, roots);
            }
        }
    }
}

/// Decimation in time through the layers inside of a value, of values that are exchanged with their lanes.
#[inline(always)]
fn inner_in_time<V: PrimeLanes, const N: usize>(values: &mut [V], roots: &[Vec<V>]) {
    if V::WIDTH == 1 {
        if first_layer(values) == 1 {
            neighbours(values);
        }
        return;
    }
    for block in values.chunks_exact_mut(V::WIDTH) {
        for (layer, roots) in roots.iter().enumerate() {
            for pair in block.chunks_exact_mut(2 << layer) {
                let (low, high) = pair.split_at_mut(1 << layer);
                cooley_tukey::<V, N>(low, high, roots);
            }
        }
    }
}

#[inline(always)]
fn exchange_if_wide<V: PrimeLanes>(values: &mut [V]) {
    if V::WIDTH > 1 {
        exchange(values);
    }
}

/// Decimation in frequency through all layers of a few values.
#[inline(always)]
pub fn all_in_frequency<V: PrimeLanes, const N: usize>(twiddles: &Twiddles<V>, values: &mut [V]) {
    outer_in_frequency::<V, N>(values, &twiddles.outer);
    exchange_if_wide(values);
    inner_in_frequency::<V, N>(values, &twiddles.inner);
    exchange_if_wide(values);
}

/// Decimation in time through all layers of a few values.
#[inline(always)]
pub fn all_in_time<V: PrimeLanes, const N: usize>(twiddles: &Twiddles<V>, values: &mut [V]) {
    exchange_if_wide(values);
    inner_in_time::<V, N>(values, &twiddles.inner);
    exchange_if_wide(values);
    outer_in_time::<V, N>(values, &twiddles.outer);
}

/// There and back: the inverse transform of a few values in all their layers, the shift, and the forward transform.
/// `shifts` are exchanged with their lanes, as the values are when it is their turn.
#[inline(always)]
pub fn there_and_back<V: PrimeLanes, const N: usize>(
    [inverse, forward]: [&Twiddles<V>; 2],
    values: &mut [V],
    shifts: &[V],
) {
    outer_in_frequency::<V, N>(values, &inverse.outer);
    exchange_if_wide(values);
    inner_in_frequency::<V, N>(values, &inverse.inner);
    multiply::<V, N>(values, shifts);
    inner_in_time::<V, N>(values, &forward.inner);
    exchange_if_wide(values);
    outer_in_time::<V, N>(values, &forward.outer);
}

/// Multiplies each value by its factor.
#[inline(always)]
fn multiply<V: PrimeLanes, const N: usize>(values: &mut [V], factors: &[V]) {
    for (values, factors) in values.chunks_mut(N).zip(factors.chunks(N)) {
        let (mut own, mut by) = ([values[0]; N], [factors[0]; N]);
        own[..values.len()].copy_from_slice(values);
        by[..values.len()].copy_from_slice(factors);
        let products = V::mul(own.each_ref(), by.each_ref());
        values.copy_from_slice(&products[..values.len()]);
    }
}

/// Multiplies each value by its factor, and by one more that all of them share.
#[inline(always)]
pub fn scale<V: PrimeLanes, const N: usize>(values: &mut [V], factors: &[V], shared: Option<&V>) {
    for (values, factors) in values.chunks_mut(N).zip(factors.chunks(N)) {
        let (mut own, mut by) = ([values[0]; N], [factors[0]; N]);
        own[..values.len()].copy_from_slice(values);
        by[..values.len()].copy_from_slice(factors);
        if let Some(shared) = shared {
            by = V::mul(by.each_ref(), [shared; N]);
        }
        let products = V::mul(own.each_ref(), by.each_ref());
        values.copy_from_slice(&products[..values.len()]);
    }
}

/// Elements as they lie in memory, neighbours together. A loop, and not an iterator that collects: that is a function of
/// its own, and where it is not inlined it is not compiled for the instructions.
#[inline(always)]
pub fn load<V: PrimeLanes>(features: V::Features, words: &[u64]) -> Vec<V> {
    let groups = words.chunks_exact(V::WIDTH * V::WORDS);
    let mut values = Vec::with_capacity(groups.len());
    for group in groups {
        let mut rows = [group.as_ptr(); MAX_WIDTH];
        for (lane, row) in rows.iter_mut().enumerate().take(V::WIDTH) {
            *row = group[lane * V::WORDS..][..V::WORDS].as_ptr();
        }
        // SAFETY: each row is an element of the group.
        values.push(unsafe { V::load_integers(features, &rows) });
    }
    values
}

/// Values back to where they were loaded from.
#[inline(always)]
pub fn store<V: PrimeLanes>(values: &[V], words: &mut [u64]) {
    for (value, group) in values.iter().zip(words.chunks_exact_mut(V::WIDTH * V::WORDS)) {
        let start = group.as_mut_ptr();
        let mut rows = [start; MAX_WIDTH];
        for (lane, row) in rows.iter_mut().enumerate().take(V::WIDTH) {
            *row = start.wrapping_add(lane * V::WORDS);
        }
        // SAFETY: the group has WIDTH elements, and lane < WIDTH.
        unsafe { value.store_integers(&rows) };
    }
}
