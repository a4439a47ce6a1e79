//! The prover, the verifier and the keys over the samples' files, whose verification keys snarkjs made.

use super::key::tables::{self, TABLES};
use super::key::{Key, Layout, check_coefficients, fold, matches};
use super::prover::{self, Blinding, Setup, prove};
use super::verify::batch::combination_holds;
use super::verify::{Verifier, verify_all};
use crate::arithmetic::curve::{Bls12381, Bn254, Curve, Points, write_point};
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::msm::kernels;
use crate::arithmetic::ntt::Domain;
use crate::formats::points::check_points;
use crate::formats::r1cs::Constraints;
use crate::formats::{Span, witness};
use crate::prepared::{Mapped, Plan, Table};
use crate::stages::Stages;
use ark_ff::{Field, PrimeField};
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU8;

/// The files of a sample circuit.
struct Sample {
    key: Vec<u8>,
    layout: Layout,
    ic: Span,
    constraints: Vec<u8>,
    witnesses: Vec<Vec<u8>>,
}

fn word(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
}

/// Where a section of a file lies.
fn section(file: &[u8], wanted: usize) -> Span {
    let mut at = 12;
    loop {
        let length = word(file, at + 4);
        if word(file, at) == wanted {
            return (at + 12, length);
        }
        at += 12 + length;
    }
}

fn sample<C: Curve>(name: &str) -> Sample {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name);
    let read = |name: &str| fs::read(folder.join(name)).expect("the sample is there");
    let key = read("circuit.zkey");
    let (header, _) = section(&key, 2);
    let sizes = header + 8 + word(&key, header) + C::Scalar::SIZE;
    let [variables, public, domain] = [0, 4, 8].map(|at| word(&key, sizes + at));
    let (coefficients, length) = section(&key, 4);
    let points = 3 * Points::<C::G1>::SIZE + 3 * Points::<C::G2>::SIZE;
    let layout = Layout {
        variables,
        public,
        domain,
        header_points: (sizes + 12, points),
        coefficients: (coefficients + 4, length - 4),
        a: section(&key, 5),
        b1: section(&key, 6),
        b2: section(&key, 7),
        c: section(&key, 8),
        h: section(&key, 9),
    };
    let ic = section(&key, 3);
    let witnesses = (0..3).map(|i| {
        let file = read(&format!("witnesses/{i:04}.wtns"));
        let (from, length) = section(&file, 2);
        file[from..from + length].to_vec()
    });
    let witnesses = witnesses.collect();
    Sample { key, layout, ic, constraints: read("circuit.r1cs"), witnesses }
}

impl Sample {
    fn key<C: Curve>(&self) -> Key<'_, C> {
        Key::new(&self.key, self.layout).expect("the sample's key is sound")
    }

    fn witness<C: Curve>(&self, index: usize) -> Vec<Canonical> {
        witness::read::<C>(&self.witnesses[index]).expect("the sample's witnesses are reduced")
    }

    fn public<C: Curve>(&self, index: usize) -> Vec<u8> {
        let size = C::Scalar::SIZE;
        self.witnesses[index][size..(1 + self.layout.public) * size].to_vec()
    }

    fn constraints<C: Curve>(&self) -> Constraints<'_, C::Scalar> {
        let (header, _) = section(&self.constraints, 1);
        let sizes = header + 4 + word(&self.constraints, header);
        let (wires, count) = (word(&self.constraints, sizes), word(&self.constraints, sizes + 24));
        let (from, length) = section(&self.constraints, 2);
        Constraints::new(&self.constraints[from..from + length], count, wires).expect("sound")
    }

    fn verifier<C: Curve>(&self) -> Verifier<C> {
        let (g1, g2) = (Points::<C::G1>::SIZE, Points::<C::G2>::SIZE);
        let header = &self.key[self.layout.header_points.0..];
        let mut bytes = Vec::new();
        write_point(&Points::<C::G1>::new(header).get(0), &mut bytes);
        // beta2 and gamma2 lie together; delta2 comes after delta1.
        for at in [2 * g1, 2 * g1 + g2, 3 * g1 + 2 * g2] {
            write_point(&Points::<C::G2>::new(&header[at..]).get(0), &mut bytes);
        }
        let ic = Points::<C::G1>::new(&self.key[self.ic.0..][..self.ic.1]);
        (0..ic.len()).for_each(|i| write_point(&ic.get(i), &mut bytes));
        Verifier::new(&bytes).unwrap_or_else(|(index, _)| panic!("point {index} of the sample's key"))
    }

    fn prove<C: Curve>(
        &self,
        index: usize,
        cpu: Cpu,
        tables: Option<prover::Tables<'_>>,
        blinding: [u64; 2],
    ) -> Vec<u8> {
        let key = self.key::<C>();
        let domain = Domain::new(self.layout.domain, cpu).expect("the domain exists");
        let setup = Setup { key: &key, domain: &domain, cpu, tables };
        let blinding = Blinding::new(blinding[0].into(), blinding[1].into()).expect("not zero");
        let proof = prove(&setup, &self.witness::<C>(index), &blinding, &Stages::default());
        proof.expect("nobody cancels").to_bytes()
    }
}

fn here() -> impl Iterator<Item = Cpu> {
    Cpu::ALL.into_iter().filter(|cpu| cpu.is_available())
}

#[test]
fn proofs_of_the_samples_are_valid_and_the_same_on_every_processor() {
    fn check<C: Curve>(name: &str) {
        let sample = sample::<C>(name);
        let verifier = sample.verifier::<C>();
        for index in 0..sample.witnesses.len() {
            let wanted = sample.prove::<C>(index, Cpu::Portable, None, [7, 11]);
            assert!(verifier.verify(&wanted, &sample.public::<C>(index)), "{name} {index}");
            for cpu in here() {
                let found = sample.prove::<C>(index, cpu, None, [7, 11]);
                assert!(found == wanted, "{name} {index}, {}", cpu.name());
            }
        }
    }
    check::<Bn254>("quartic");
    check::<Bn254>("membership");
    check::<Bls12381>("quartic-bls12381");
}

#[test]
fn blinding_changes_every_point_of_a_proof_and_not_its_validity() {
    let sample = sample::<Bn254>("quartic");
    let (verifier, public) = (sample.verifier::<Bn254>(), sample.public::<Bn254>(0));
    let plain = sample.prove::<Bn254>(0, Cpu::Portable, None, [1, 0]);
    let (g1, g2) = (Points::<<Bn254 as Curve>::G1>::SIZE, Points::<<Bn254 as Curve>::G2>::SIZE);
    for blinding in [[5, 6], [5, 7], [9, 6]] {
        let blinded = sample.prove::<Bn254>(0, Cpu::Portable, None, blinding);
        assert!(verifier.verify(&blinded, &public));
        for point in [0..g1, g1..g1 + g2, g1 + g2..2 * g1 + g2] {
            assert_ne!(blinded[point.clone()], plain[point], "{blinding:?}");
        }
    }
    assert!(Blinding::new(ark_bn254::Fr::from(0u64), ark_bn254::Fr::from(3u64)).is_none());
}

#[test]
fn a_cancelled_proof_is_none() {
    let sample = sample::<Bn254>("quartic");
    let (key, flag) = (sample.key::<Bn254>(), AtomicU8::new(1));
    let domain = Domain::new(sample.layout.domain, Cpu::Portable).expect("the domain exists");
    let setup = Setup { key: &key, domain: &domain, cpu: Cpu::Portable, tables: None };
    let blinding = Blinding::new(3u64.into(), 4u64.into()).expect("not zero");
    let witness = sample.witness::<Bn254>(0);
    assert!(prove(&setup, &witness, &blinding, &Stages::until(Some(&flag))).is_none());
}

#[test]
fn what_is_no_proof_of_the_signals_is_refused() {
    let sample = sample::<Bn254>("quartic");
    let verifier = sample.verifier::<Bn254>();
    let (proof, public) =
        (sample.prove::<Bn254>(0, Cpu::Portable, None, [3, 4]), sample.public::<Bn254>(0));
    assert!(verifier.verify(&proof, &public));
    assert!(!verifier.verify(&proof, &sample.public::<Bn254>(1)), "of another witness");
    assert!(!verifier.verify(&proof[..proof.len() - 1], &public) && !verifier.verify(&proof, &[]));
    assert!(!verifier.verify(&proof, &[public.clone(), vec![0; 32]].concat()), "a signal too many");
    for place in 0..proof.len() {
        let mut spoilt = proof.clone();
        spoilt[place] ^= 1;
        assert!(!verifier.verify(&spoilt, &public), "byte {place}");
    }
    // The same signal plus the order of the group: another string for the same statement.
    let modulus = ark_bn254::Fr::MODULUS.0.map(u64::to_le_bytes).concat();
    let mut carry = 0;
    let lifted: Vec<u8> = public
        .iter()
        .zip(modulus.iter().cycle())
        .enumerate()
        .map(|(i, (a, b))| {
            if i % 32 == 0 {
                carry = 0;
            }
            let sum = u16::from(*a) + u16::from(*b) + carry;
            carry = sum >> 8;
            sum as u8
        })
        .collect();
    assert!(!verifier.verify(&proof, &lifted), "a signal that is not reduced");
    // A and C exchanged, and A negated, are points of their groups, but no proof.
    let (a, rest) = proof.split_at(64);
    let (b, c) = rest.split_at(128);
    assert!(!verifier.verify(&[c, b, a].concat(), &public));
}

#[test]
fn a_batch_names_the_culprits() {
    let sample = sample::<Bn254>("quartic");
    let verifier = sample.verifier::<Bn254>();
    let proofs: Vec<Vec<u8>> =
        (0..3).map(|i| sample.prove::<Bn254>(i, Cpu::Portable, None, [i as u64 + 1, 5])).collect();
    let claim =
        |proof: usize, signals: usize| verifier.claim(&proofs[proof], &sample.public::<Bn254>(signals));
    let factors = |count: u64| -> Vec<_> {
        (0..count).map(|i| ark_bn254::Fr::from(i + 2).pow([i + 50])).collect()
    };
    let all = |claims: Vec<_>| {
        let count = claims.len() as u64;
        verify_all(&verifier, claims, factors(count))
    };
    assert_eq!(all(vec![]), [false; 0]);
    // A single combination decides for valid proofs, and is wrong if one of them is.
    let weighted = |claims: [(usize, usize); 3]| -> Vec<_> {
        let claims = claims.map(|(proof, signals)| claim(proof, signals).expect("it is well-formed"));
        claims.into_iter().zip(factors(3)).collect()
    };
    assert!(combination_holds(&verifier, &weighted([(0, 0), (1, 1), (2, 2)])));
    assert!(!combination_holds(&verifier, &weighted([(0, 0), (1, 1), (2, 1)])));
    assert_eq!(all(vec![claim(0, 0), claim(1, 1), claim(2, 2)]), [true; 3]);
    assert_eq!(all(vec![claim(0, 1)]), [false]);
    assert_eq!(
        all(vec![claim(0, 0), claim(1, 2), None, claim(2, 2), claim(2, 1), claim(1, 1)]),
        [true, false, false, true, false, true]
    );
}

#[test]
fn sizes_that_do_not_fit_the_file_are_refused() {
    let sample = sample::<Bn254>("quartic");
    let refused = |change: &dyn Fn(&mut Layout)| {
        let mut layout = sample.layout;
        change(&mut layout);
        Key::<Bn254>::new(&sample.key, layout).err()
    };
    assert_eq!(refused(&|_| ()), None);
    let changes: [&dyn Fn(&mut Layout); 9] = [
        &|layout| layout.variables += 1,
        &|layout| layout.variables = layout.public,
        &|layout| layout.public = usize::MAX,
        &|layout| layout.domain *= 2,
        &|layout| layout.a.1 -= 1,
        &|layout| layout.h.0 = usize::MAX,
        &|layout| layout.coefficients.1 -= 1,
        // Products that would wrap around to the length of a section.
        &|layout| layout.domain += 1 << 58,
        &|layout| {
            layout.variables += 1 << 58;
            layout.public += 1 << 58;
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        assert!(refused(change).is_some(), "change {number}");
    }
}

#[test]
fn entries_that_cannot_be_are_found() {
    let sample = sample::<Bn254>("quartic");
    let part = |(from, length): Span| sample.key[from..from + length].to_vec();
    let mut points = part(sample.layout.a);
    let check = |points: &[u8]| {
        check_points::<<Bn254 as Curve>::G1>(kernels(Cpu::Portable), points, Bn254::G1_FACTOR, |_| ())
    };
    assert_eq!(check(&points), Ok(()));
    // The last point that is not at infinity.
    let at = points.iter().rposition(|&byte| byte != 0).expect("not all are") / 64;
    points[64 * at + 40] ^= 1;
    let fault = check(&points).expect_err("it is off its curve");
    assert_eq!(fault.index, at);

    let entries = part(sample.layout.coefficients);
    assert_eq!(check_coefficients::<Bn254>(&entries, &sample.layout), Ok(()));
    for (at, value) in
        [(0, 2u32), (4, sample.layout.domain as u32), (8, sample.layout.variables as u32)]
    {
        let mut spoilt = entries.clone();
        spoilt[44 + at..44 + at + 4].copy_from_slice(&value.to_le_bytes());
        let fault = check_coefficients::<Bn254>(&spoilt, &sample.layout).expect_err("out of range");
        assert_eq!(fault.index, 1, "{}", fault.reason);
    }
    let mut spoilt = entries;
    spoilt[44 + 12..88].fill(0xff);
    assert_eq!(check_coefficients::<Bn254>(&spoilt, &sample.layout).expect_err("not reduced").index, 1);
}

/// Index and rows of a table, as a prepared file has them.
fn filled<C: Curve>(key: &Key<'_, C>, table: usize, made: &Table, cpu: Cpu) -> (Vec<u8>, Vec<u64>) {
    let index = tables::index(key, table);
    assert_eq!(index.len(), made.count, "table {}", TABLES[table]);
    let block = made.count * made.row_bytes / 8;
    let mut rows = vec![0u64; block * made.blocks];
    for number in 0..made.blocks {
        let until = &mut rows[..block * (number + 1)];
        tables::fill(key, table, made.shape, &index, until, cpu).expect("the key is sound");
    }
    (index.iter().flat_map(|place| place.to_le_bytes()).collect(), rows)
}

#[test]
fn proofs_with_tables_are_those_without() {
    fn check<C: Curve>(name: &str) {
        let sample = sample::<C>(name);
        let key = sample.key::<C>();
        let challenge = C::Scalar::from(0x1234_5678_9abc_def1u64).pow([77]);
        let folded = fold(&key, &sample.constraints::<C>(), challenge).expect("they belong together");
        for cpu in here() {
            for bases in [None, Some(&folded)] {
                let key = match bases {
                    None => sample.key::<C>(),
                    Some(bases) => sample.key::<C>().folded(bases).expect("one for each signal"),
                };
                let plan = tables::plan(&key, 4 << 20, cpu, None, 1000).expect("the bases fit");
                let mut file: Vec<u8> = Vec::new();
                let mut places = Vec::new();
                for (number, made) in plan.tables.iter().enumerate() {
                    let (index, rows) = filled(&key, number, made, cpu);
                    places.push((file.len(), file.len() + index.len()));
                    file.extend(index);
                    file.extend(rows.iter().flat_map(|word| word.to_le_bytes()));
                }
                let open_g1 = |number: usize| {
                    let (index, rows) = places[number];
                    Mapped::new::<C, C::G1>(&file, plan.tables[number], index, rows, cpu)
                        .expect("sound")
                };
                let (index, rows) = places[1];
                let b =
                    Mapped::new::<C, C::G2>(&file, plan.tables[1], index, rows, cpu).expect("sound");
                let (a, ch, folded) = (open_g1(0), open_g1(2), bases.is_some());
                assert!(a.takes_scalars_below(sample.layout.variables));
                let made = plan.tables[0];
                let apart = a.bases::<C::G1>(cpu).apart;
                assert_eq!(apart, (made.blocks > 1).then(|| made.shape.apart()), "multiples are used");
                let tables = prover::Tables { a, b, ch, folded };
                let found = sample.prove::<C>(1, cpu, Some(tables), [21, 22]);
                let wanted = sample.prove::<C>(1, Cpu::Portable, None, [21, 22]);
                assert!(found == wanted, "{name}, {}, folded: {folded}", cpu.name());
            }
        }
    }
    check::<Bn254>("quartic");
    check::<Bls12381>("quartic-bls12381");
}

/// Each table saves the work of making it within as many proofs as it is made for.
#[test]
fn tables_pay_within_their_proofs() {
    let sample = sample::<Bn254>("membership");
    let key = sample.key::<Bn254>();
    let mut before = 0;
    for proofs in [1, 3, 10, 30, 100, 1000] {
        let plan = tables::plan(&key, 1 << 30, Cpu::Portable, None, proofs).expect("the bases fit");
        assert!(plan.preparation <= (plan.unprepared - plan.prepared) * proofs, "{proofs}");
        assert!(plan.preparation >= before, "more proofs, larger tables");
        before = plan.preparation;
    }
    assert!(before > 0);
}

/// Bits make little work, and tables save little of it.
#[test]
fn a_witness_of_bits_needs_smaller_tables() {
    let sample = sample::<Bn254>("membership");
    let key = sample.key::<Bn254>();
    let plan = |witness: Option<&[Canonical]>| {
        tables::plan(&key, 1 << 30, Cpu::Portable, witness, 1000).expect("the bases fit")
    };
    let bytes = |plan: &Plan| plan.tables.iter().map(Table::bytes).sum::<usize>();
    let count = sample.layout.variables;
    let full = plan(None);
    // One of ten is a full value.
    let mostly: Vec<Canonical> = (0..count).map(|i| [1, 0, 0, u64::from(i % 10 == 0) << 60]).collect();
    let (mostly, bits) = (plan(Some(&mostly)), plan(Some(&vec![[1, 0, 0, 0]; count])));
    let zeros = plan(Some(&vec![[0; 4]; count]));
    for (less, more) in [(&zeros, &bits), (&bits, &mostly), (&mostly, &full)] {
        assert!(less.prepared < more.prepared && less.unprepared < more.unprepared);
        assert!(less.unprepared - less.prepared <= more.unprepared - more.prepared);
    }
    assert!(bytes(&bits) < bytes(&full));
    // Of the witness alone are A and B: there is nothing to save.
    assert!(zeros.tables[..2].iter().all(|table| table.blocks == 1));
}

#[test]
fn tables_that_do_not_fit_are_refused() {
    let sample = sample::<Bn254>("quartic");
    let key = sample.key::<Bn254>();
    let cpu = Cpu::Portable;
    let plan = tables::plan(&key, 1 << 20, cpu, None, 1000).expect("the bases fit");
    assert!(tables::plan(&key, 10, cpu, None, 1000).is_none());
    let made = plan.tables[0];
    let (index, rows) = filled(&key, 0, &made, cpu);
    let words: Vec<u32> = index.chunks_exact(4).map(|bytes| word(bytes, 0) as u32).collect();
    // Rows of another size, none at all, and an index past the signals.
    for length in [0, 1, made.count * made.row_bytes / 8 - 1] {
        assert!(tables::fill(&key, 0, made.shape, &words, &mut vec![0; length], cpu).is_err());
    }
    let past = vec![sample.layout.variables as u32; words.len()];
    assert!(tables::fill(&key, 0, made.shape, &past, &mut rows.clone(), cpu).is_err());

    let file: Vec<u8> =
        index.iter().copied().chain(rows.iter().flat_map(|word| word.to_le_bytes())).collect();
    let open = |table: Table, rows: usize| {
        Mapped::new::<Bn254, <Bn254 as Curve>::G1>(&file, table, 0, rows, cpu).err()
    };
    assert_eq!(open(made, index.len()), None);
    assert!(open(made, index.len() + 1).is_some() && open(made, usize::MAX).is_some());
    for change in [
        |table: &mut Table| table.count = usize::MAX / 2,
        |table: &mut Table| table.blocks = usize::MAX,
        |table: &mut Table| table.blocks = 0,
        |table: &mut Table| table.row_bytes += 8,
        |table: &mut Table| table.shape.width = 1,
        |table: &mut Table| table.shape.width = 60,
        |table: &mut Table| table.shape.sets = 0,
        |table: &mut Table| table.shape.sets = usize::MAX,
    ] {
        let mut changed = made;
        change(&mut changed);
        assert!(open(changed, index.len()).is_some(), "{changed:?}");
    }
}

#[test]
fn constraints_of_another_circuit_are_told_apart() {
    let (own, other) = (sample::<Bn254>("quartic"), sample::<Bn254>("membership"));
    let challenge = ark_bn254::Fr::from(0x1234_5678_9abc_def1u64).pow([77]);
    assert_eq!(matches(&own.key::<Bn254>(), &own.constraints::<Bn254>(), challenge), Ok(()));
    assert!(matches(&own.key::<Bn254>(), &other.constraints::<Bn254>(), challenge).is_err());
    // The key has room for as many constraints as its domain has places, less those that bind the public signals.
    for (domain, room) in [(1, false), (2, false), (3, false), (4, true)] {
        let mut small = own.key::<Bn254>();
        small.layout.domain = domain;
        let reason = "there are more constraints than the key has room for";
        let refused = matches(&small, &own.constraints::<Bn254>(), challenge);
        let for_room = refused.is_err_and(|fault| fault.reason == reason);
        assert_eq!(
            for_room,
            !room || own.constraints::<Bn254>().rows().len() + small.layout.public + 1 > domain
        );
    }
    assert!(matches(&other.key::<Bn254>(), &own.constraints::<Bn254>(), challenge).is_err());
}

#[test]
fn the_constraints_that_a_witness_breaks_are_named() {
    let sample = sample::<Bn254>("quartic");
    let constraints = sample.constraints::<Bn254>();
    let mut witness = sample.witness::<Bn254>(0);
    assert_eq!(constraints.broken(&witness, 10), Vec::<usize>::new());
    let last = witness.len() - 1;
    witness[last][0] ^= 1;
    assert!(!constraints.broken(&witness, 10).is_empty());
    assert_eq!(constraints.broken(&witness, 0), Vec::<usize>::new());
}
