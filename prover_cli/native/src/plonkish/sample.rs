//! A sample's key and witness, and what holds of every system's: for the systems' own tests.

use super::circuit::Layout;
use super::openings::Verifier;
use super::proving::{Setup, System, Unproved};
use crate::arithmetic::curve::{Bn254, Curve, Points};
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::ntt::Domain;
use crate::formats::{Span, witness};
use crate::stages::Stages;
use ark_bn254::Fr;
use std::fs;
use std::marker::PhantomData;
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

pub struct Sample<S> {
    pub file: Vec<u8>,
    pub layout: Layout,
    pub more: Vec<Span>,
    witness: Vec<Canonical>,
    /// Blinding factors of a proof.
    factors: usize,
    /// Points of a proof.
    points: usize,
    /// The points of its verification key, then k1 and k2.
    verification_key: Vec<u8>,
    system: PhantomData<S>,
}

impl<S: System<Bn254>> Sample<S> {
    /// `sections`: Qm, Ql, Qr, Qo, Qc, the first of the permutation, the powers of τ, and others.
    pub fn new(folder: &str, sections: &[usize], factors: usize, points: usize) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(folder);
        let read = |name: &str| fs::read(folder.join(name)).expect("the sample is there");
        let file = read("circuit.zkey");
        let (header, length) = section(&file, 2);
        let sizes = header + 72;
        let [signals, public, domain, additions, gates] =
            [0, 4, 8, 12, 16].map(|at| word(&file, sizes + at));
        let [m, l, r, o, c, sigma, powers, more @ ..] = sections else { panic!("too few sections") };
        let block = 5 * domain * Fr::SIZE;
        let layout = Layout {
            signals,
            public,
            domain,
            additions,
            gates,
            header: (sizes + 20, length - 92),
            additions_at: section(&file, 3),
            maps: [4, 5, 6].map(|number| section(&file, number)),
            selectors: [m, l, r, o, c].map(|number| section(&file, *number)),
            sigma: [0, 1, 2].map(|wire| {
                let (at, length) = section(&file, *sigma);
                // One section for all, or one for each.
                if length == block { section(&file, sigma + wire) } else { (at + wire * block, block) }
            }),
            powers: section(&file, *powers),
        };
        let more = more.iter().map(|number| section(&file, *number)).collect();
        let witness = read("witnesses/0002.wtns");
        let (from, length) = section(&witness, 2);
        let witness = witness::read::<Bn254>(&witness[from..from + length]).expect("it is reduced");
        let system = PhantomData;
        Self { file, layout, more, witness, factors, points, verification_key: Vec::new(), system }
    }

    /// With the points of its verification key.
    pub fn with(mut self, points: impl Fn(&S::Key<'_>) -> Vec<u8>) -> Self {
        let mut bytes = points(&self.key());
        for coset in S::circuit(&self.key()).cosets {
            coset.write_canonical(&mut bytes);
        }
        self.verification_key = bytes;
        self
    }

    pub fn key(&self) -> S::Key<'_> {
        S::key(&self.file, self.layout, &self.more).expect("the sample's key is sound")
    }

    pub fn domain(&self) -> Domain<Fr> {
        Domain::new(self.layout.domain, Cpu::Portable).expect("there is a domain")
    }

    fn verifier(&self) -> S::Verifier {
        S::verifier(&self.verification_key, self.layout.public, self.layout.domain.trailing_zeros())
            .unwrap_or_else(|_| panic!("the key's points are in their groups"))
    }

    fn public(&self) -> Vec<u8> {
        let signals = &self.witness[1..=self.layout.public];
        signals.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    }

    fn prove(
        &self,
        witness: &[Canonical],
        seed: u64,
        factors: usize,
        stages: &Stages<'_>,
    ) -> Result<Vec<u8>, Unproved> {
        let setup = Setup { key: &self.key(), domain: &self.domain(), cpu: Cpu::Portable, table: None };
        let blinding: Vec<Fr> = (seed..).take(factors).map(Fr::from).collect();
        S::prove(&setup, witness, &blinding, stages)
    }

    /// All that follow.
    pub fn passes(&self) {
        self.proofs_hold_alone_and_together_and_changed_ones_do_not();
        self.a_bad_witness_is_noticed_without_a_verifier();
        self.a_raised_flag_ends_a_proof();
        self.another_number_of_factors_is_refused();
        self.other_verification_keys_are_refused();
        self.the_key_passes_each_check();
        self.sizes_that_do_not_fit_together_are_refused();
    }

    fn proofs_hold_alone_and_together_and_changed_ones_do_not(&self) {
        let (verifier, public) = (self.verifier(), self.public());
        let prove = |seed| self.prove(&self.witness, seed, self.factors, &Stages::default());
        let proofs: Vec<Vec<u8>> =
            (0..4).map(|seed| prove(seed).expect("the witness is good")).collect();
        let mut claims = Vec::new();
        for proof in &proofs {
            assert!(verifier.verify(proof, &public));
            claims.push(verifier.claim(proof, &public));
        }
        assert_ne!(proofs[0], proofs[1], "they are blinded");
        let size = Fr::SIZE;
        for number in 0..proofs[0].len() / size {
            let mut other = proofs[0].clone();
            other[number * size] ^= 1;
            assert!(!verifier.verify(&other, &public), "number {number} is changed");
        }
        // The last point changes no challenge, so only the equation can refuse another one.
        let mut other = proofs[0].clone();
        let point = Points::<<Bn254 as Curve>::G1>::SIZE;
        other.copy_within(..point, (self.points - 1) * point);
        let changed = verifier.claim(&other, &public);
        assert!(changed.is_some());
        claims.extend([changed, None]);
        let factors: Vec<Fr> = (1..=6u64).map(Fr::from).collect();
        let holds = verifier.openings().which_hold(&claims, &factors);
        assert_eq!(holds, [true, true, true, true, false, false]);
        let mut other = public.clone();
        other[0] ^= 1;
        assert!(!verifier.verify(&proofs[0], &other), "another signal");
        assert!(!verifier.verify(&proofs[0], &public[size..]), "a signal is missing");
        assert!(!verifier.verify(&proofs[0][1..], &public));
        let mut large = public.clone();
        large[..size].fill(0xff);
        assert!(!verifier.verify(&proofs[0], &large), "a signal that is not reduced");
    }

    fn a_bad_witness_is_noticed_without_a_verifier(&self) {
        let key = self.key();
        let broken = |witness: &[Canonical]| S::circuit(&key).broken(witness, 9);
        let mut witness = self.witness.clone();
        assert_eq!(broken(&witness), Ok(vec![]));
        let last = witness.len() - 1;
        witness[last][0] ^= 1;
        let found = self.prove(&witness, 1, self.factors, &Stages::default());
        assert_eq!(found, Err(Unproved::Unsatisfied));
        assert!(!broken(&witness).expect("the maps are sound").is_empty());
    }

    fn a_raised_flag_ends_a_proof(&self) {
        let flag = AtomicU8::new(1);
        let found = self.prove(&self.witness, 1, self.factors, &Stages::until(Some(&flag)));
        assert_eq!(found, Err(Unproved::Cancelled));
    }

    fn another_number_of_factors_is_refused(&self) {
        for count in [0, self.factors - 1, self.factors + 1] {
            let found = self.prove(&self.witness, 1, count, &Stages::default());
            assert_eq!(found, Err(Unproved::Blinding), "{count}");
        }
    }

    fn other_verification_keys_are_refused(&self) {
        let key = &self.verification_key;
        let refused = |key: &[u8], public, log| S::verifier(key, public, log).err();
        assert_eq!(refused(key, 2, 3), None);
        assert!(refused(&key[1..], 2, 3).is_some(), "a byte is missing");
        assert!(refused(key, 9, 3).is_some(), "more public signals than points of the domain");
        assert!(refused(key, 2, 29).is_some(), "there is no such domain");
        let mut large = key.clone();
        let last = large.len() - 1;
        large[last] = 0xff;
        assert!(refused(&large, 2, 3).is_some(), "k2 is not reduced");
        let mut off = key.clone();
        off[0] ^= 1;
        assert!(matches!(refused(&off, 2, 3), Some((0, Some(_)))), "a point is not on its curve");
    }

    fn the_key_passes_each_check(&self) {
        let (key, domain) = (self.key(), self.domain());
        for section in 2..=17 {
            S::check(&key, section, || &domain, Cpu::Portable, |bytes| bytes.fill(0x5a))
                .unwrap_or_else(|(section, fault)| panic!("section {section}: {fault:?}"));
        }
    }

    fn sizes_that_do_not_fit_together_are_refused(&self) {
        let good = self.layout;
        let cut = |span: Span| (span.0, span.1 - 1);
        let [s1, s2, s3] = good.sigma;
        let bad = [
            Layout { signals: good.additions, ..good },
            Layout { public: good.signals, ..good },
            Layout { public: good.gates + 1, ..good },
            Layout { gates: good.domain + 1, ..good },
            Layout { domain: usize::MAX, ..good },
            Layout { domain: 2 * good.domain, ..good },
            Layout { additions: good.additions + 1, ..good },
            Layout { powers: cut(good.powers), ..good },
            Layout { sigma: [s1, s2, (usize::MAX, s3.1)], ..good },
            Layout { header: (good.header.0, 0), ..good },
        ];
        for (index, layout) in bad.into_iter().enumerate() {
            assert!(S::key(&self.file, layout, &self.more).is_err(), "{index}");
        }
        // More signals than any map names are no contradiction.
        let many = Layout { signals: usize::MAX, ..good };
        assert!(S::key(&self.file, many, &self.more).is_ok());
        let mut more = self.more.clone();
        more.push((0, 0));
        assert!(S::key(&self.file, good, &more).is_err(), "a section too many");
    }
}
