//! Layers of butterflies in lanes.
//!
//! Neighbours share a value's lanes, so that in all layers but the last few both sides of a butterfly are whole
//! values with a twiddle factor for each lane. For the last layers, whose sides lie in one value, W values are
//! exchanged with their lanes, and all is whole values again; the shift to the coset is done there too.

use super::roots::{root_of_unity, shifts, twiddles};
use super::Transformed;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{splat, Lanes, One, PrimeLanes, MAX_WIDTH};
use ark_ff::{AdditiveGroup, Field, PrimeField};

/// Values worked through by one call, in all their layers: 10 to 40 KB, the first-level cache.
const LEAF: usize = 256;

/// Values worked through by one thread: 2^12 scalars.
const SERIAL_SCALARS: usize = 1 << 12;

/// To the coset, whatever the lanes.
pub trait Transform<F>: Send + Sync {
    fn to_coset(&self, scalars: &mut [F]);
}

/// The tables in lanes, and the loops compiled for their processor.
struct InLanes<V> {
    /// By layer, for sides of at least one value.
    inverse: Vec<Vec<V>>,
    forward: Vec<Vec<V>>,
    /// By layer, for sides inside of a value: a factor for each place, the same in every lane.
    inner_inverse: Vec<Vec<V>>,
    inner_forward: Vec<Vec<V>>,
    /// Exchanged with their lanes, as the values are when it is their turn.
    shifts: Vec<V>,
    loops: Loops<V>,
}

/// What is compiled for each kind of processor.
struct Loops<V> {
    down: unsafe fn(&mut [V], &mut [V], &[V]),
    up: unsafe fn(&mut [V], &mut [V], &[V]),
    leaf: unsafe fn(&InLanes<V>, &mut [V], &[V]),
    load: unsafe fn(&[u64]) -> Vec<V>,
    store: unsafe fn(&[V], &mut [u64]),
}

impl<V: PrimeLanes> InLanes<V>
where
    V::Field: PrimeField,
{
    /// # Safety
    /// As for [`Lanes`].
    #[inline(always)]
    unsafe fn new(size: usize, loops: Loops<V>) -> Option<Self> {
        let log = size.trailing_zeros();
        let coset: V::Field = root_of_unity(log + 1)?;
        let root = coset.square();
        let (outer_inverse, inner_inverse) = tables(twiddles(root.inverse()?, log));
        let (outer_forward, inner_forward) = tables(twiddles(root, log));
        let mut shifts = in_lanes::<V>(&shifts(coset, size));
        exchange(&mut shifts);
        Some(Self {
            inverse: outer_inverse,
            forward: outer_forward,
            inner_inverse,
            inner_forward,
            shifts,
            loops,
        })
    }

    fn walk(&self, values: &mut [V], shifts: &[V]) {
        // SAFETY: the loops are those of a processor that was found to have the instructions.
        unsafe {
            if values.len() <= LEAF {
                return (self.loops.leaf)(self, values, shifts);
            }
            let half = values.len() / 2;
            let layer = half.trailing_zeros() as usize;
            let (low, high) = values.split_at_mut(half);
            (self.loops.down)(low, high, &self.inverse[layer]);
            let (low_shifts, high_shifts) = shifts.split_at(half);
            if half * V::WIDTH >= SERIAL_SCALARS {
                rayon::join(|| self.walk(low, low_shifts), || self.walk(high, high_shifts));
            } else {
                self.walk(low, low_shifts);
                self.walk(high, high_shifts);
            }
            (self.loops.up)(low, high, &self.forward[layer]);
        }
    }
}

impl<V: PrimeLanes> Transform<V::Field> for InLanes<V>
where
    V::Field: PrimeField,
{
    fn to_coset(&self, scalars: &mut [V::Field]) {
        // SAFETY: arkworks' element is its Montgomery form in words and nothing else, whose size is checked;
        // the loops are those of a processor that was found to have the instructions.
        unsafe {
            assert_eq!(size_of::<V::Field>(), 8 * V::WORDS, "an element is its words");
            let words = std::slice::from_raw_parts_mut(
                scalars.as_mut_ptr().cast::<u64>(),
                scalars.len() * V::WORDS,
            );
            let mut values = (self.loops.load)(words);
            self.walk(&mut values, &self.shifts);
            (self.loops.store)(&values, words);
        }
    }
}

/// Neighbours together.
#[inline(always)]
unsafe fn in_lanes<V: Lanes>(scalars: &[V::Field]) -> Vec<V> {
    let group = |neighbours: &[V::Field]| {
        let mut fields = [V::Field::ZERO; MAX_WIDTH];
        fields[..V::WIDTH].copy_from_slice(neighbours);
        V::from_fields(&fields)
    };
    scalars.chunks_exact(V::WIDTH).map(group).collect()
}

/// Tables of the layers whose sides are whole values, and of those inside of one.
#[inline(always)]
unsafe fn tables<V: Lanes>(twiddles: Vec<Vec<V::Field>>) -> (Vec<Vec<V>>, Vec<Vec<V>>) {
    let (inner, outer) = twiddles.split_at(V::WIDTH.trailing_zeros() as usize);
    let outer = outer.iter().map(|layer| in_lanes(layer)).collect();
    let inner = inner.iter().map(|layer| layer.iter().map(|&root| splat(root)).collect()).collect();
    (outer, inner)
}

/// Exchanges groups and lanes in blocks of W values.
#[inline(always)]
unsafe fn exchange<V: PrimeLanes>(values: &mut [V]) {
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

/// (a, b) becomes (a + b, (a − b)·root), N pairs side by side.
#[inline(always)]
unsafe fn down<V: PrimeLanes, const N: usize>(low: &mut [V], high: &mut [V], roots: &[V]) {
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

/// (a, b) becomes (a + b·root, a − b·root), N pairs side by side.
#[inline(always)]
unsafe fn up<V: PrimeLanes, const N: usize>(low: &mut [V], high: &mut [V], roots: &[V]) {
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

/// All layers of a few values, there and back.
#[inline(always)]
unsafe fn leaf<V: PrimeLanes, const N: usize>(tables: &InLanes<V>, values: &mut [V], shifts: &[V]) {
    let layers = values.len().trailing_zeros() as usize;
    // In one lane the last layer is here, whose only factor is 1.
    let first = if V::WIDTH == 1 { 1.min(layers) } else { 0 };
    for layer in (first..layers).rev() {
        for block in values.chunks_exact_mut(2 << layer) {
            let (low, high) = block.split_at_mut(1 << layer);
            down::<V, N>(low, high, &tables.inverse[layer]);
        }
    }
    if V::WIDTH == 1 {
        if first == 1 {
            neighbours(values);
        }
        shift::<V, N>(values, shifts);
        if first == 1 {
            neighbours(values);
        }
    } else {
        exchange(values);
        for block in values.chunks_exact_mut(V::WIDTH) {
            for (layer, roots) in tables.inner_inverse.iter().enumerate().rev() {
                for pair in block.chunks_exact_mut(2 << layer) {
                    let (low, high) = pair.split_at_mut(1 << layer);
                    down::<V, N>(low, high, roots);
                }
            }
        }
        shift::<V, N>(values, shifts);
        for block in values.chunks_exact_mut(V::WIDTH) {
            for (layer, roots) in tables.inner_forward.iter().enumerate() {
                for pair in block.chunks_exact_mut(2 << layer) {
                    let (low, high) = pair.split_at_mut(1 << layer);
                    up::<V, N>(low, high, roots);
                }
            }
        }
        exchange(values);
    }
    for layer in first..layers {
        for block in values.chunks_exact_mut(2 << layer) {
            let (low, high) = block.split_at_mut(1 << layer);
            up::<V, N>(low, high, &tables.forward[layer]);
        }
    }
}

/// (a, b) becomes (a + b, a − b).
#[inline(always)]
unsafe fn neighbours<V: PrimeLanes>(values: &mut [V]) {
    for pair in values.chunks_exact_mut(2) {
        let (sum, difference) = (pair[0].tidy_add(&pair[1]), pair[0].tidy_sub(&pair[1]));
        pair[0] = sum;
        pair[1] = difference;
    }
}

#[inline(always)]
unsafe fn shift<V: PrimeLanes, const N: usize>(values: &mut [V], shifts: &[V]) {
    for (values, shifts) in values.chunks_mut(N).zip(shifts.chunks(N)) {
        let (mut factors, mut by) = ([values[0]; N], [shifts[0]; N]);
        factors[..values.len()].copy_from_slice(values);
        by[..values.len()].copy_from_slice(shifts);
        let products = V::mul(factors.each_ref(), by.each_ref());
        values.copy_from_slice(&products[..values.len()]);
    }
}

#[inline(always)]
unsafe fn load<V: PrimeLanes>(words: &[u64]) -> Vec<V> {
    let load = |group: &[u64]| {
        let mut rows = [group.as_ptr(); MAX_WIDTH];
        for (lane, row) in rows.iter_mut().enumerate().take(V::WIDTH) {
            *row = group[lane * V::WORDS..][..V::WORDS].as_ptr();
        }
        V::load_integers(&rows)
    };
    words.chunks_exact(V::WIDTH * V::WORDS).map(load).collect()
}

#[inline(always)]
unsafe fn store<V: PrimeLanes>(values: &[V], words: &mut [u64]) {
    for (value, group) in values.iter().zip(words.chunks_exact_mut(V::WIDTH * V::WORDS)) {
        let start = group.as_mut_ptr();
        let mut rows = [start; MAX_WIDTH];
        for (lane, row) in rows.iter_mut().enumerate().take(V::WIDTH) {
            // SAFETY: lane < WIDTH, so the element lies inside of the group.
            *row = start.add(lane * V::WORDS);
        }
        value.store_integers(&rows);
    }
}

/// The transform in lanes of one kind, its loops inside functions that may use the instructions.
macro_rules! in_lanes {
    ($name:ident, $lanes:ty, $streams:literal $(, $features:literal)?) => {{
        $(#[target_feature(enable = $features)])?
        unsafe fn layer_down(low: &mut [$lanes], high: &mut [$lanes], roots: &[$lanes]) {
            down::<$lanes, $streams>(low, high, roots)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn layer_up(low: &mut [$lanes], high: &mut [$lanes], roots: &[$lanes]) {
            up::<$lanes, $streams>(low, high, roots)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn all_layers(
            tables: &InLanes<$lanes>,
            values: &mut [$lanes],
            shifts: &[$lanes],
        ) {
            leaf::<$lanes, $streams>(tables, values, shifts)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn from_words(words: &[u64]) -> Vec<$lanes> {
            load::<$lanes>(words)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn to_words(values: &[$lanes], words: &mut [u64]) {
            store::<$lanes>(values, words)
        }
        $(#[target_feature(enable = $features)])?
        unsafe fn make(size: usize) -> Option<InLanes<$lanes>> {
            let loops = Loops {
                down: layer_down,
                up: layer_up,
                leaf: all_layers,
                load: from_words,
                store: to_words,
            };
            InLanes::new(size, loops)
        }
        // SAFETY: the caller has found the processor to have the instructions.
        unsafe { make($name) }.map(|transform| Box::new(transform) as Box<dyn Transform<_>>)
    }};
}

/// Sizes of fewer scalars than W² do not fill a block: one lane is enough for them.
fn lanes_for(size: usize, cpu: Cpu) -> Cpu {
    assert!(cpu.is_available(), "{} is not available here", cpu.name());
    if size < MAX_WIDTH * MAX_WIDTH {
        Cpu::Portable
    } else {
        cpu
    }
}

impl Transformed for ark_bn254::Fr {
    fn transform(size: usize, cpu: Cpu) -> Option<Box<dyn Transform<Self>>> {
        #[cfg(target_arch = "x86_64")]
        use crate::arithmetic::lanes::bn254_scalar as lanes;
        match lanes_for(size, cpu) {
            #[cfg(target_arch = "x86_64")]
            Cpu::Scalar => in_lanes!(size, lanes::Adx, 2, "bmi2,adx"),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => in_lanes!(size, lanes::Avx2, 4, "avx2,fma"),
            #[cfg(ifma)]
            Cpu::Avx512 => in_lanes!(size, lanes::Ifma, 2, "avx2,fma,avx512f,avx512ifma"),
            _ => in_lanes!(size, One<ark_bn254::Fr>, 2),
        }
    }
}

impl Transformed for ark_bls12_381::Fr {
    /// The field has 255 bits: no room for lazy values in four words, nor for signed ones in 255 bits. Eight lanes
    /// have 260.
    fn transform(size: usize, cpu: Cpu) -> Option<Box<dyn Transform<Self>>> {
        match lanes_for(size, cpu) {
            #[cfg(ifma)]
            Cpu::Avx512 => {
                in_lanes!(
                    size,
                    crate::arithmetic::lanes::bls12_381_scalar::Ifma,
                    2,
                    "avx2,fma,avx512f,avx512ifma"
                )
            }
            _ => in_lanes!(size, One<ark_bls12_381::Fr>, 2),
        }
    }
}
