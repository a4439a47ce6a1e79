//! The prover, the verifier and the checks over the sample's files, whose verification key snarkjs made.

use super::key::{
    Key, Layout, check_commitments, check_copies, check_gates, check_header, check_polynomial,
    check_powers,
};
use super::prover::{Blinding, Proof, Setup, Unproved, broken, prove};
use super::verify::Verifier;
use crate::arithmetic::curve::{Bn254, Curve, Points};
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::ntt::Domain;
use crate::formats::{Span, witness};
use crate::stages::Stages;
use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU8;

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

struct Sample {
    key: Vec<u8>,
    layout: Layout,
    witness: Vec<Canonical>,
}

fn sample() -> Sample {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/quartic-plonk");
    let read = |name: &str| fs::read(folder.join(name)).expect("the sample is there");
    let key = read("circuit.zkey");
    let (header, length) = section(&key, 2);
    let sizes = header + 72;
    let [signals, public, domain, additions, gates] =
        [0, 4, 8, 12, 16].map(|at| word(&key, sizes + at));
    let layout = Layout {
        signals,
        public,
        domain,
        additions,
        gates,
        header: (sizes + 20, length - 92),
        additions_at: section(&key, 3),
        maps: [4, 5, 6].map(|number| section(&key, number)),
        selectors: [7, 8, 9, 10, 11].map(|number| section(&key, number)),
        sigma: section(&key, 12),
        powers: section(&key, 14),
    };
    let file = read("witnesses/0002.wtns");
    let (from, length) = section(&file, 2);
    let witness = witness::read::<Bn254>(&file[from..from + length]).expect("it is reduced");
    Sample { key, layout, witness }
}

impl Sample {
    fn key(&self) -> Key<'_, Bn254> {
        Key::new(&self.key, self.layout).expect("the sample's key is sound")
    }

    fn verifier(&self) -> Verifier<Bn254> {
        let key = self.key();
        let mut bytes = Vec::new();
        for index in 0..key.commitments.len() {
            crate::arithmetic::curve::write_point(&key.commitments.get(index), &mut bytes);
        }
        crate::arithmetic::curve::write_point(&key.x2, &mut bytes);
        key.k1.write_canonical(&mut bytes);
        key.k2.write_canonical(&mut bytes);
        Verifier::new(&bytes, self.layout.public, self.layout.domain.trailing_zeros())
            .unwrap_or_else(|_| panic!("the key's points are in their groups"))
    }

    fn public(&self) -> Vec<u8> {
        let signals = &self.witness[1..=self.layout.public];
        signals.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn prove(
        &self,
        witness: &[Canonical],
        blinding: &Blinding<Fr>,
        stages: &Stages<'_>,
    ) -> Result<Proof<Bn254>, Unproved> {
        let domain = Domain::new(self.layout.domain, Cpu::Portable).expect("there is a domain");
        let setup = Setup { key: &self.key(), domain: &domain, cpu: Cpu::Portable, table: None };
        prove(&setup, witness, blinding, stages)
    }
}

const BLINDING: fn(u64) -> Blinding<Fr> = |seed| std::array::from_fn(|i| Fr::from(seed + i as u64));

#[test]
fn proofs_hold_alone_and_together_and_changed_ones_do_not() {
    let sample = sample();
    let (verifier, public) = (sample.verifier(), sample.public());
    let proofs: Vec<Vec<u8>> = (0..4)
        .map(|seed| {
            let proof = sample.prove(&sample.witness, &BLINDING(seed), &Stages::default());
            proof.unwrap_or_else(|_| panic!("the witness is good")).to_bytes()
        })
        .collect();
    let mut claims = Vec::new();
    for proof in &proofs {
        assert!(verifier.verify(proof, &public));
        claims.push(verifier.claim(proof, &public));
    }
    let mut other = proofs[0].clone();
    let last = other.len() - Fr::SIZE;
    other[last] ^= 1;
    assert!(!verifier.verify(&other, &public));
    claims.push(verifier.claim(&other, &public));
    claims.push(None);
    let factors: Vec<Fr> = (1..=6u64).map(Fr::from).collect();
    assert_eq!(verifier.verify_all(&claims, &factors), [true, true, true, true, false, false]);
    assert!(!verifier.verify(&proofs[0], &public[Fr::SIZE..]), "a signal is missing");
    assert!(!verifier.verify(&proofs[0][1..], &public));
    let mut large = public.clone();
    large[..Fr::SIZE].fill(0xff);
    assert!(!verifier.verify(&proofs[0], &large), "a signal that is not reduced");
}

#[test]
fn a_bad_witness_is_noticed_without_a_verifier() {
    let sample = sample();
    let mut witness = sample.witness.clone();
    assert_eq!(broken(&sample.key(), &witness, 9), Ok(vec![]));
    let last = witness.len() - 1;
    witness[last][0] ^= 1;
    let found = sample.prove(&witness, &BLINDING(1), &Stages::default());
    assert!(matches!(found, Err(Unproved::Unsatisfied)));
    assert!(!broken(&sample.key(), &witness, 9).expect("the maps are sound").is_empty());
}

#[test]
fn a_raised_flag_ends_a_proof() {
    let sample = sample();
    let flag = AtomicU8::new(1);
    let found = sample.prove(&sample.witness, &BLINDING(1), &Stages::until(Some(&flag)));
    assert!(matches!(found, Err(Unproved::Cancelled)));
}

#[test]
fn the_key_passes_each_check() {
    let sample = sample();
    let key = sample.key();
    let random = |bytes: &mut [u8]| bytes.fill(0x5a);
    let (at, length) = sample.layout.header;
    check_header(&key, &sample.key[at..at + length]).expect("the header is sound");
    check_gates(&key).expect("the gates are sound");
    let selectors = key.selectors;
    let domain = Domain::<Fr>::new(8, Cpu::Portable).expect("there is a domain");
    for polynomial in [selectors.m, selectors.l, selectors.r, selectors.o, selectors.c] {
        check_polynomial(polynomial, &domain, Cpu::Portable, random)
            .expect("its values are those of its coefficients");
    }
    check_copies(&key, domain.root()).expect("the permutation is that of the maps");
    assert!(check_copies(&key, Fr::ZERO).is_err());
    let (at, length) = sample.layout.powers;
    check_powers(&key, &sample.key[at..at + length], Cpu::Portable, random).expect("powers of τ");
    check_commitments(&key, Cpu::Portable, random).expect("they are commitments");
}

#[test]
fn sizes_that_do_not_fit_together_are_refused() {
    let sample = sample();
    let good = sample.layout;
    let bad = [
        Layout { signals: usize::MAX, ..good },
        Layout { signals: good.additions, ..good },
        Layout { public: good.signals, ..good },
        Layout { public: good.gates + 1, ..good },
        Layout { gates: good.domain + 1, ..good },
        Layout { domain: usize::MAX, ..good },
        Layout { domain: 2 * good.domain, ..good },
        Layout { additions: good.additions + 1, ..good },
        Layout {
            powers: (good.powers.0, good.powers.1 - Points::<<Bn254 as Curve>::G1>::SIZE),
            ..good
        },
        Layout { sigma: (usize::MAX, good.sigma.1), ..good },
        Layout { header: (good.header.0, 0), ..good },
    ];
    for (index, layout) in bad.into_iter().enumerate() {
        // More signals than any map names are no contradiction.
        assert_eq!(Key::<Bn254>::new(&sample.key, layout).is_err(), index != 0, "{index}");
    }
}
