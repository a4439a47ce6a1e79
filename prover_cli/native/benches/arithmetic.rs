//! Products, multi-scalar products and transforms by size, on each kind of arithmetic that this processor has.
//!
//!     cargo bench                        # all
//!     cargo bench -- 'msm.*65536'        # some

use _native::arithmetic::curve::{Bls12381, Bn254, Curve};
use _native::arithmetic::field::{Canonical, Stored};
use _native::arithmetic::lanes::cpu::Cpu;
use _native::arithmetic::lanes::features::Features;
use _native::arithmetic::lanes::{Laned, Lanes, MAX_WIDTH, One};
use _native::arithmetic::msm::{Bases, Lengths, Rows, Shape, Work, double, kernels, pack};
use _native::arithmetic::ntt::{Domain, Order};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup, VariableBaseMSM};
use ark_ff::{BigInt, Field, PrimeField};
use divan::Bencher;
use divan::counter::ItemsCount;

type Fq = ark_bn254::Fq;
type Fr = ark_bn254::Fr;
type G1 = <Bn254 as Curve>::G1;
type G2 = <Bn254 as Curve>::G2;
type BlsG1 = <Bls12381 as Curve>::G1;
type BlsG2 = <Bls12381 as Curve>::G2;

fn main() {
    divan::main();
}

fn cpus() -> impl Iterator<Item = Cpu> {
    Cpu::ALL.into_iter().filter(|cpu| cpu.is_available())
}

fn scalars<F: PrimeField>(count: usize) -> Vec<F> {
    let step = F::from(0x9e37_79b9_7f4a_7c15u64).pow([7]);
    let mut at = step;
    (0..count)
        .map(|_| {
            at = at * step + F::ONE;
            at
        })
        .collect()
}

fn points<P: SWCurveConfig>(count: usize) -> Vec<Affine<P>> {
    let (mut at, mut step): (Projective<P>, Projective<P>) = (P::GENERATOR.into(), P::GENERATOR.into());
    let all: Vec<Projective<P>> = (0..count)
        .map(|i| {
            if i % 7 == 0 {
                step.double_in_place();
            }
            at += step;
            at
        })
        .collect();
    Projective::normalize_batch(&all)
}

/// Products in flight at a time.
const STREAMS: [usize; 3] = [1, 2, 4];

/// Products in a chain, `N` chains side by side.
fn multiply<C: Lanes<Field = Fq>, const N: usize>(features: C::Features, rounds: usize) -> Fq {
    features.run(
        #[inline(always)]
        || {
            let third = Fq::from(3u64).inverse().expect("not zero");
            let mut values = [C::from_fields(features, &[third; MAX_WIDTH]); N];
            let factors = values;
            for _ in 0..rounds / (N * C::WIDTH) {
                values = C::mul(values.each_ref(), factors.each_ref());
            }
            values[0].to_fields()[0]
        },
    )
}

fn bench_product<C: Lanes<Field = Fq>>(bencher: Bencher<'_, '_>, streams: usize) {
    if let Some(features) = C::Features::found() {
        bencher.counter(ItemsCount::new(4096usize)).bench(|| match streams {
            1 => multiply::<C, 1>(features, 4096),
            2 => multiply::<C, 2>(features, 4096),
            _ => multiply::<C, 4>(features, 4096),
        });
    }
}

#[divan::bench(args = STREAMS)]
fn product_portable(bencher: Bencher<'_, '_>, streams: usize) {
    bench_product::<One<Fq>>(bencher, streams);
}

#[cfg(target_arch = "x86_64")]
#[divan::bench(args = STREAMS)]
fn product_scalar(bencher: Bencher<'_, '_>, streams: usize) {
    bench_product::<<Fq as Laned>::Adx>(bencher, streams);
}

#[cfg(target_arch = "x86_64")]
#[divan::bench(args = STREAMS)]
fn product_avx2(bencher: Bencher<'_, '_>, streams: usize) {
    bench_product::<<Fq as Laned>::Avx2>(bencher, streams);
}

#[cfg(target_arch = "x86_64")]
#[divan::bench(args = STREAMS)]
fn product_avx512(bencher: Bencher<'_, '_>, streams: usize) {
    bench_product::<<Fq as Laned>::Ifma>(bencher, streams);
}

#[divan::bench]
fn inverse(bencher: Bencher<'_, '_>) {
    let mut value = Fq::from(3u64);
    bencher.bench_local(|| {
        value = value.quick_inverse().expect("not zero") + Fq::ONE;
    });
}

#[divan::bench]
fn inverse_arkworks(bencher: Bencher<'_, '_>) {
    let mut value = Fq::from(3u64);
    bencher.bench_local(|| {
        value = value.inverse().expect("not zero") + Fq::ONE;
    });
}

#[derive(Clone, Copy, Debug)]
struct Case {
    cpu: Cpu,
    count: usize,
    blocks: usize,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let prepared = if self.blocks > 1 { "all multiples" } else { "bases alone" };
        write!(f, "{} {} {prepared}", self.count, self.cpu.name())
    }
}

fn cases() -> Vec<Case> {
    cases_of([1 << 10, 1 << 13, 1 << 16])
}

/// From one bucket in eight hundred in use to all of them, without tables and with those of a much larger key.
fn fills() -> Vec<Case> {
    cases_of((0..12).map(|step| 3 << step))
}

fn cases_of(counts: impl IntoIterator<Item = usize>) -> Vec<Case> {
    let of_count =
        |count| cpus().flat_map(move |cpu| [1, 64].map(|blocks| Case { cpu, count, blocks }));
    counts.into_iter().flat_map(of_count).collect()
}

fn bench_msm<P: SWCurveConfig<BaseField: Laned, ScalarField: PrimeField<BigInt = BigInt<4>>>>(
    bencher: Bencher<'_, '_>,
    case: Case,
) {
    bench_shape::<P>(bencher, case, cheapest(case, kernels::<P>(case.cpu).lanes()));
}

fn cheapest(case: Case, lanes: usize) -> Shape {
    Work::new(&Lengths::all(case.count, 254), lanes).by_blocks(254)[case.blocks - 1].0
}

fn bench_shape<P: SWCurveConfig<BaseField: Laned, ScalarField: PrimeField<BigInt = BigInt<4>>>>(
    bencher: Bencher<'_, '_>,
    case: Case,
    shape: Shape,
) {
    let kernels = kernels::<P>(case.cpu);
    let bases = points::<P>(case.count);
    let mut block = pack(kernels, bases.len(), |i| bases[i]);
    let mut words = block.clone();
    for _ in 1..shape.blocks(254) {
        assert!(double(kernels, &mut block, shape.apart()));
        words.extend(&block);
    }
    let rows = Rows::of_words(&words, kernels.row_words());
    let apart = (case.blocks > 1).then(|| shape.apart());
    let prepared = Bases { kernels, rows, count: bases.len(), apart };
    let scalars: Vec<Canonical> =
        scalars::<P::ScalarField>(case.count).iter().map(|s| s.into_bigint().0).collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    bencher
        .counter(ItemsCount::new(case.count))
        .bench(|| pool.install(|| prepared.product(|i| scalars[i])));
}

fn bench_fill<P: SWCurveConfig<BaseField: Laned, ScalarField: PrimeField<BigInt = BigInt<4>>>>(
    bencher: Bencher<'_, '_>,
    case: Case,
) {
    if case.blocks == 1 {
        bench_msm::<P>(bencher, case);
    } else {
        bench_shape::<P>(bencher, case, Shape { width: 16, sets: 1 });
    }
}

#[divan::bench(args = fills(), sample_count = 5)]
fn fill_g1(bencher: Bencher<'_, '_>, case: Case) {
    bench_fill::<G1>(bencher, case);
}

#[divan::bench(args = fills(), sample_count = 5)]
fn fill_g2(bencher: Bencher<'_, '_>, case: Case) {
    bench_fill::<G2>(bencher, case);
}

#[divan::bench(args = cases(), sample_count = 5)]
fn msm_g1(bencher: Bencher<'_, '_>, case: Case) {
    bench_msm::<G1>(bencher, case);
}

#[divan::bench(args = cases(), sample_count = 3)]
fn msm_g2(bencher: Bencher<'_, '_>, case: Case) {
    bench_msm::<G2>(bencher, case);
}

fn bench_arkworks<P: SWCurveConfig<ScalarField: PrimeField>>(bencher: Bencher<'_, '_>, count: usize) {
    let (bases, scalars) = (points::<P>(count), scalars::<P::ScalarField>(count));
    bencher
        .counter(ItemsCount::new(count))
        .bench(|| Projective::<P>::msm(&bases, &scalars).expect("equal lengths"));
}

#[divan::bench(args = [1 << 10, 1 << 13, 1 << 16], sample_count = 3)]
fn msm_g1_arkworks(bencher: Bencher<'_, '_>, count: usize) {
    bench_arkworks::<G1>(bencher, count);
}

fn bls_cases() -> Vec<Case> {
    cpus().map(|cpu| Case { cpu, count: 1 << 13, blocks: 1 }).collect()
}

#[divan::bench(args = bls_cases(), sample_count = 3)]
fn msm_bls12_381_g1(bencher: Bencher<'_, '_>, case: Case) {
    bench_msm::<BlsG1>(bencher, case);
}

#[divan::bench(args = bls_cases(), sample_count = 3)]
fn msm_bls12_381_g2(bencher: Bencher<'_, '_>, case: Case) {
    bench_msm::<BlsG2>(bencher, case);
}

#[divan::bench(args = [1 << 13], sample_count = 3)]
fn msm_bls12_381_g1_arkworks(bencher: Bencher<'_, '_>, count: usize) {
    bench_arkworks::<BlsG1>(bencher, count);
}

#[divan::bench(args = [1 << 13], sample_count = 3)]
fn msm_bls12_381_g2_arkworks(bencher: Bencher<'_, '_>, count: usize) {
    bench_arkworks::<BlsG2>(bencher, count);
}

fn domains() -> Vec<(usize, &'static str)> {
    [1 << 10, 1 << 13, 1 << 16]
        .into_iter()
        .flat_map(|size| cpus().map(move |cpu| (size, cpu.name())))
        .collect()
}

fn bench_transform(
    bencher: Bencher<'_, '_>,
    (size, cpu): (usize, &str),
    transform: fn(&Domain<Fr>, &mut [Fr]),
) {
    let cpu = Cpu::by_name(cpu).expect("its own name");
    let domain = Domain::<Fr>::new(size, cpu).expect("the field has it");
    let values = scalars(size);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    bencher
        .counter(ItemsCount::new(size))
        .with_inputs(|| values.clone())
        .bench_values(|mut values| pool.install(|| transform(&domain, &mut values)));
}

#[divan::bench(args = domains(), sample_count = 5)]
fn to_coset(bencher: Bencher<'_, '_>, case: (usize, &str)) {
    bench_transform(bencher, case, Domain::to_coset);
}

#[divan::bench(args = domains(), sample_count = 5)]
fn forward(bencher: Bencher<'_, '_>, case: (usize, &str)) {
    bench_transform(bencher, case, |domain, values| {
        domain.forward(values, Order::NaturalToBitReversed);
    });
}

#[divan::bench(args = domains(), sample_count = 5)]
fn forward_on_coset(bencher: Bencher<'_, '_>, case: (usize, &str)) {
    bench_transform(bencher, case, |domain, values| {
        domain.forward_on_coset(values, Order::NaturalToBitReversed);
    });
}

#[divan::bench(args = domains(), sample_count = 5)]
fn inverse_in_natural_order(bencher: Bencher<'_, '_>, case: (usize, &str)) {
    bench_transform(bencher, case, |domain, values| domain.inverse(values, Order::Natural));
}
