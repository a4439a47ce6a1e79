//! Runs a program in lanes: as many witnesses as there are lanes, at once.

use super::integer::{self, CircomField, ONE, ZERO};
use super::machine::{Ended, Machine};
use super::program::{Action, ELEMENT_ONE, ELEMENT_ZERO, NOWHERE, Program, SET, Site, Step};
use crate::arithmetic::field::{Canonical, Stored};
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::features::Features;
use crate::arithmetic::lanes::{Lanes, MAX_WIDTH, One, PrimeLanes, splat};
use crate::arithmetic::ntt::Transformed;
use std::mem::MaybeUninit;
use std::sync::Arc;

/// The most inverses that are calculated together.
const MOST_INVERSES: usize = 32;

/// Room for a value of a witness: 32 bytes, little-endian, that may not have been written yet.
pub type Place = MaybeUninit<[u8; 32]>;

/// A canonical integer in each lane.
type Integers = [Canonical; MAX_WIDTH];

/// Runs steps four at a time, then two, then one: products side by side hide each other's latency.
macro_rules! side_by_side {
    ($steps:expr, |$some:ident| $run:expr) => {{
        let mut rest: &[Step] = $steps;
        while let [a, b, c, d, others @ ..] = rest {
            let $some = [a, b, c, d];
            $run;
            rest = others;
        }
        if let [a, b, others @ ..] = rest {
            let $some = [a, b];
            $run;
            rest = others;
        }
        if let [a] = rest {
            let $some = [a];
            $run;
        }
    }};
}

/// A program that is ready to run, whatever the lanes.
pub trait Runner: Send + Sync {
    /// Witnesses that are calculated at a time.
    fn width(&self) -> usize;

    /// Calculates up to `width` witnesses. Each of `inputs` has the values of one, each of `outputs` room for its witness.
    /// All places are written. Gives those that have failed, as bits: an assert, or a case that the program does not have.
    fn run(&self, inputs: &[&[Canonical]], outputs: &mut [&mut [Place]]) -> u32;
}

/// The program in lanes of the kind `V`.
pub struct InLanes<V: Lanes> {
    program: Arc<Program>,
    features: V::Features,
    /// The first slots of the elements. What a step leaves in a slot is a tidy value or a product.
    elements: Vec<V>,
    /// What turns an integer into an element, and back.
    square: V,
    one: V,
}

impl<V: PrimeLanes> InLanes<V>
where
    V::Field: CircomField,
{
    /// `None` if the processor does not have the instructions.
    pub fn new(program: Arc<Program>) -> Option<Self> {
        let features = V::Features::found()?;
        Some(features.run(
            #[inline(always)]
            || {
                let elements = program
                    .elements
                    .iter()
                    .map(|value| splat::<V>(features, integer::element(value)))
                    .collect();
                let plain = [ONE; MAX_WIDTH];
                // SAFETY: each row has the four words of an element.
                let one = unsafe { V::load_integers(features, &rows(&plain)) };
                // 1 in Montgomery form is R, so the element R is R² as an integer, which a product divides by R.
                let mut radix = [ZERO; MAX_WIDTH];
                // SAFETY: each row has room for four words.
                unsafe {
                    splat::<V>(features, integer::element(&ONE)).store_integers(&rows_mut(&mut radix))
                };
                let square = splat::<V>(features, integer::element(&radix[0]));
                Self { program, features, elements, square, one }
            },
        ))
    }
}

fn rows(integers: &Integers) -> [*const u64; MAX_WIDTH] {
    integers.each_ref().map(|integer| integer.as_ptr())
}

fn rows_mut(integers: &mut Integers) -> [*mut u64; MAX_WIDTH] {
    integers.each_mut().map(|integer| integer.as_mut_ptr())
}

/// The slots of a run.
struct State<V> {
    elements: Vec<V>,
    integers: Vec<Integers>,
    bits: Vec<u8>,
    failed: u8,
    /// Lanes that have a witness of their own.
    lanes: usize,
}

impl<V: PrimeLanes> Runner for InLanes<V>
where
    V::Field: CircomField,
{
    fn width(&self) -> usize {
        V::WIDTH
    }

    fn run(&self, inputs: &[&[Canonical]], outputs: &mut [&mut [Place]]) -> u32 {
        assert!(!inputs.is_empty() && inputs.len() == outputs.len() && inputs.len() <= V::WIDTH);
        assert!(inputs.iter().all(|values| values.len() == self.program.input_count()));
        assert!(outputs.iter().all(|values| values.len() == self.program.outputs as usize));
        for witness in outputs.iter_mut() {
            for &(place, value) in &self.program.fixed {
                witness[place as usize].write(bytes(&value));
            }
        }
        self.features.run(
            #[inline(always)]
            || self.calculate(inputs, outputs),
        )
    }
}

impl<V: PrimeLanes> InLanes<V>
where
    V::Field: CircomField,
{
    #[inline(always)]
    fn calculate(&self, inputs: &[&[Canonical]], outputs: &mut [&mut [Place]]) -> u32 {
        let slots = self.program.slots;
        let mut state = State {
            elements: self.elements.clone(),
            integers: self.program.integers.iter().map(|&value| [value; MAX_WIDTH]).collect(),
            bits: vec![0; slots.bits as usize],
            failed: 0,
            lanes: inputs.len(),
        };
        state.elements.resize(slots.elements as usize, self.elements[ELEMENT_ZERO as usize]);
        state.integers.resize(slots.integers as usize, [ZERO; MAX_WIDTH]);
        state.bits[SET as usize] = u8::MAX;
        let steps = &self.program.steps;
        let mut at = 0;
        while at < steps.len() {
            let alike = usize::from(steps[at].alike);
            self.steps(&mut state, &steps[at..at + alike], inputs, outputs);
            at += alike;
        }
        u32::from(state.failed) & ((1 << inputs.len()) - 1)
    }

    /// Steps that are alike.
    #[inline(always)]
    fn steps(
        &self,
        state: &mut State<V>,
        steps: &[Step],
        inputs: &[&[Canonical]],
        outputs: &mut [&mut [Place]],
    ) {
        match steps[0].action {
            Action::Mul => side_by_side!(steps, |some| self.products(state, some)),
            Action::Add => {
                for step in steps {
                    let sum = state.element(step, 0).tidy_add(&state.element(step, 1));
                    state.elements[step.to as usize] = sum;
                }
            }
            Action::Sub => {
                for step in steps {
                    let difference = state.element(step, 0).tidy_sub(&state.element(step, 1));
                    state.elements[step.to as usize] = difference;
                }
            }
            Action::Neg => {
                for step in steps {
                    let zero = state.elements[ELEMENT_ZERO as usize];
                    state.elements[step.to as usize] = zero.tidy_sub(&state.element(step, 0));
                }
            }
            Action::Inverse => self.inverses(state, steps),
            Action::Pick => {
                for step in steps {
                    let zero = state.elements[ELEMENT_ZERO as usize];
                    let picked = V::select(state.bit(step, 0).into(), &state.element(step, 1), &zero);
                    state.elements[step.to as usize] = picked;
                }
            }
            Action::SelectElement => {
                for step in steps {
                    let (yes, no) = (state.element(step, 1), state.element(step, 2));
                    state.elements[step.to as usize] = V::select(state.bit(step, 0).into(), &yes, &no);
                }
            }
            Action::ElementOfInteger => {
                for step in steps {
                    // SAFETY: each row has the four words of an element.
                    let loaded =
                        unsafe { V::load_integers(self.features, &rows(state.integer(step, 0))) };
                    state.elements[step.to as usize] = V::mul([&loaded], [&self.square])[0];
                }
            }
            Action::ElementOfBit => {
                for step in steps {
                    let [zero, one] =
                        [ELEMENT_ZERO, ELEMENT_ONE].map(|slot| state.elements[slot as usize]);
                    state.elements[step.to as usize] =
                        V::select(state.bit(step, 0).into(), &one, &zero);
                }
            }
            Action::EntryOfElements => {
                for step in steps {
                    let list = self.list(step);
                    let mut entry = state.elements[ELEMENT_ZERO as usize];
                    for (lane, index) in state.integer(step, 0).iter().enumerate().take(V::WIDTH) {
                        if let Some(&slot) = list.get(place(index)) {
                            entry = V::select(1 << lane, &state.elements[slot as usize], &entry);
                        }
                    }
                    state.elements[step.to as usize] = entry;
                }
            }
            Action::Input => {
                for step in steps {
                    let place = step.operands[0] as usize;
                    let last = inputs.len() - 1;
                    // Lanes without a witness calculate the last one.
                    let values = std::array::from_fn(|lane| inputs[lane.min(last)][place]);
                    state.integers[step.to as usize] = values;
                }
            }
            Action::IntegerOfElement => {
                side_by_side!(steps, |some| self.to_integers(state, some));
            }
            Action::IntegerOfBit => {
                for step in steps {
                    let bits = state.bit(step, 0);
                    state.integers[step.to as usize] =
                        std::array::from_fn(|lane| integer::from_bool(bits >> lane & 1 != 0));
                }
            }
            Action::SelectInteger => {
                for step in steps {
                    let (bits, yes, no) =
                        (state.bit(step, 0), state.integer(step, 1), state.integer(step, 2));
                    let chosen =
                        std::array::from_fn(
                            |lane| if bits >> lane & 1 != 0 { yes[lane] } else { no[lane] },
                        );
                    state.integers[step.to as usize] = chosen;
                }
            }
            Action::EntryOfIntegers => {
                for step in steps {
                    let list = self.list(step);
                    let index = state.integer(step, 0);
                    let entries = std::array::from_fn(|lane| {
                        list.get(place(&index[lane]))
                            .map_or(ZERO, |&slot| state.integers[slot as usize][lane])
                    });
                    state.integers[step.to as usize] = entries;
                }
            }
            Action::Apply(operator) => {
                for step in steps {
                    let (a, b) = (state.integer(step, 0), state.integer(step, 1));
                    let mut values = [ZERO; MAX_WIDTH];
                    for lane in 0..V::WIDTH {
                        // A guard has failed where it is a division by zero.
                        values[lane] =
                            integer::apply::<V::Field>(operator, &a[lane], &b[lane]).unwrap_or(ZERO);
                    }
                    state.integers[step.to as usize] = values;
                }
            }
            Action::Bit => {
                for step in steps {
                    let (word, shift) = (step.operands[1] as usize / 64, step.operands[1] % 64);
                    let a = state.integer(step, 0);
                    let bits = (0..V::WIDTH)
                        .fold(0, |bits, lane| bits | ((a[lane][word] >> shift) as u8 & 1) << lane);
                    state.bits[step.to as usize] = bits;
                }
            }
            Action::Compare(operator) => {
                for step in steps {
                    let (a, b) = (state.integer(step, 0), state.integer(step, 1));
                    let holds = |lane: usize| {
                        integer::apply::<V::Field>(operator, &a[lane], &b[lane])
                            .is_some_and(|value| value != ZERO)
                    };
                    state.bits[step.to as usize] = each(V::WIDTH, holds);
                }
            }
            Action::Below => {
                for step in steps {
                    let a = state.integer(step, 0);
                    let bound = [u64::from(step.operands[1]), 0, 0, 0];
                    state.bits[step.to as usize] =
                        each(V::WIDTH, |lane| integer::is_less(&a[lane], &bound));
                }
            }
            Action::IsSameElement => {
                for step in steps {
                    let same = self.zeros(&state.element(step, 0).tidy_sub(&state.element(step, 1)));
                    state.bits[step.to as usize] = same;
                }
            }
            Action::IsElement => {
                for step in steps {
                    state.bits[step.to as usize] = !self.zeros(&state.element(step, 0));
                }
            }
            Action::IsInteger => {
                for step in steps {
                    let a = state.integer(step, 0);
                    state.bits[step.to as usize] = each(V::WIDTH, |lane| a[lane] != ZERO);
                }
            }
            Action::And => state.bitwise(steps, |a, b, _| a & b),
            Action::Or => state.bitwise(steps, |a, b, _| a | b),
            Action::Xor => state.bitwise(steps, |a, b, _| a ^ b),
            Action::Not => state.bitwise(steps, |a, _, _| !a),
            Action::SelectBit => state.bitwise(steps, |a, b, c| a & b | !a & c),
            Action::Call => {
                for step in steps {
                    self.call(state, step);
                }
            }
            Action::FailIf => {
                for step in steps {
                    state.failed |= state.bit(step, 0);
                }
            }
            Action::FailUnless => {
                for step in steps {
                    state.failed |= !state.bit(step, 0);
                }
            }
            Action::FailUnlessSame => {
                for step in steps {
                    state.failed |=
                        !self.zeros(&state.element(step, 0).tidy_sub(&state.element(step, 1)));
                }
            }
            Action::OutElement => {
                side_by_side!(steps, |some| self.write(state, outputs, some));
            }
            Action::OutInteger => {
                for step in steps {
                    for (witness, value) in outputs.iter_mut().zip(state.integer(step, 0)) {
                        witness[step.to as usize].write(bytes(value));
                    }
                }
            }
            Action::OutBit => {
                for step in steps {
                    let bits = state.bit(step, 0);
                    for (lane, witness) in outputs.iter_mut().enumerate() {
                        witness[step.to as usize]
                            .write(bytes(&integer::from_bool(bits >> lane & 1 != 0)));
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn products<const N: usize>(&self, state: &mut State<V>, steps: [&Step; N]) {
        let left = steps.map(|step| &state.elements[step.operands[0] as usize]);
        let right = steps.map(|step| &state.elements[step.operands[1] as usize]);
        let products = V::mul(left, right);
        for (step, product) in steps.iter().zip(products) {
            state.elements[step.to as usize] = product;
        }
    }

    /// Writes N elements to their places in the witnesses.
    #[inline(always)]
    fn write<const N: usize>(&self, state: &State<V>, outputs: &mut [&mut [Place]], steps: [&Step; N]) {
        let elements = steps.map(|step| &state.elements[step.operands[0] as usize]);
        let plain = V::mul(elements, [&self.one; N]);
        // For lanes without a witness.
        let mut spare = Place::uninit();
        for (plain, step) in plain.iter().zip(steps) {
            let rows = std::array::from_fn(|lane| match outputs.get_mut(lane) {
                Some(witness) => witness[step.to as usize].as_mut_ptr().cast(),
                None => spare.as_mut_ptr().cast(),
            });
            // SAFETY: each row has room for the four words of an element.
            unsafe { plain.store_integers(&rows) };
        }
    }

    /// The canonical integers of N elements.
    #[inline(always)]
    fn to_integers<const N: usize>(&self, state: &mut State<V>, steps: [&Step; N]) {
        let elements = steps.map(|step| &state.elements[step.operands[0] as usize]);
        let plain = V::mul(elements, [&self.one; N]);
        for (step, plain) in steps.iter().zip(plain) {
            // SAFETY: each row has room for the four words of an element.
            unsafe { plain.store_integers(&rows_mut(&mut state.integers[step.to as usize])) };
        }
    }

    /// The lanes that are zero.
    #[inline(always)]
    fn zeros(&self, element: &V) -> u8 {
        element.zeros() as u8
    }

    /// Inverses, 0 for 0: Montgomery's trick over the steps, then over the lanes, so that a single inversion is left.
    #[inline(always)]
    fn inverses(&self, state: &mut State<V>, steps: &[Step]) {
        let [zero, one] = [ELEMENT_ZERO, ELEMENT_ONE].map(|slot| state.elements[slot as usize]);
        let mut factors = [one; MOST_INVERSES];
        let mut before = [one; MOST_INVERSES];
        let mut zeros = [0u8; MOST_INVERSES];
        for steps in steps.chunks(MOST_INVERSES) {
            let mut product = one;
            for (i, step) in steps.iter().enumerate() {
                let value = state.element(step, 0);
                zeros[i] = self.zeros(&value);
                factors[i] = V::select(zeros[i].into(), &one, &value);
                before[i] = product;
                product = V::mul([&product], [&factors[i]])[0];
            }
            let mut inverse = self.inverse(&product);
            for (i, step) in steps.iter().enumerate().rev() {
                let [one, rest] = V::mul([&inverse, &inverse], [&before[i], &factors[i]]);
                state.elements[step.to as usize] = V::select(zeros[i].into(), &zero, &one);
                inverse = rest;
            }
        }
    }

    /// The inverse in each lane; none of them is zero.
    #[inline(always)]
    fn inverse(&self, element: &V) -> V {
        let mut fields = element.to_fields();
        let one = integer::element::<V::Field>(&ONE);
        let mut before = [one; MAX_WIDTH];
        let mut product = one;
        for lane in 0..V::WIDTH {
            before[lane] = product;
            product *= fields[lane];
        }
        let mut inverse = product.quick_inverse().expect("no factor is zero");
        for lane in (0..V::WIDTH).rev() {
            let field = fields[lane];
            fields[lane] = inverse * before[lane];
            inverse *= field;
        }
        V::from_fields(self.features, &fields)
    }

    /// Makes a call for each lane by itself.
    fn call(&self, state: &mut State<V>, step: &Step) {
        let calls = &self.program.calls;
        let site = &calls.sites[step.to as usize];
        let list = self.list(step);
        let (arguments, results) = list.split_at(site.arguments.len());
        let wanted = state.bit(step, 0);
        let mut machine = Machine::<V::Field>::new(&calls.functions, &calls.window);
        for lane in 0..state.lanes {
            let values = (wanted >> lane & 1 != 0).then(|| {
                called(
                    &mut machine,
                    site,
                    arguments.iter().map(|&slot| &state.integers[slot as usize][lane]),
                )
            });
            if values == Some(Err(Ended)) {
                state.failed |= 1 << lane;
            }
            let values = values.and_then(Result::ok);
            for (place, &slot) in results.iter().enumerate().filter(|(_, slot)| **slot != NOWHERE) {
                state.integers[slot as usize][lane] =
                    values.as_ref().map_or(ZERO, |values| values[place]);
            }
        }
    }

    #[inline(always)]
    fn list(&self, step: &Step) -> &[u32] {
        let [_, from, count] = step.operands;
        &self.program.lists[from as usize..from as usize + count as usize]
    }
}

impl<V: Copy> State<V> {
    #[inline(always)]
    fn element(&self, step: &Step, operand: usize) -> V {
        self.elements[step.operands[operand] as usize]
    }

    #[inline(always)]
    fn integer(&self, step: &Step, operand: usize) -> &Integers {
        &self.integers[step.operands[operand] as usize]
    }

    #[inline(always)]
    fn bit(&self, step: &Step, operand: usize) -> u8 {
        self.bits[step.operands[operand] as usize]
    }

    #[inline(always)]
    fn bitwise(&mut self, steps: &[Step], combine: impl Fn(u8, u8, u8) -> u8) {
        for step in steps {
            let [a, b, c] = step.operands.map(|slot| self.bits[slot as usize]);
            self.bits[step.to as usize] = combine(a, b, c);
        }
    }
}

/// The results of a call for one witness.
fn called<'a, F: CircomField>(
    machine: &mut Machine<'_, F>,
    site: &Site,
    arguments: impl Iterator<Item = &'a Canonical>,
) -> Result<Vec<Canonical>, Ended> {
    machine.reset(site.frame, site.results.len() as u32);
    machine.set_bytes(site.frame, &site.image)?;
    for (&at, value) in site.arguments.iter().zip(arguments) {
        machine.set(at, value)?;
    }
    for &at in &site.results {
        machine.lose(at, 1)?;
    }
    machine.run(site.function, &site.operands)?;
    site.results.iter().map(|&at| machine.get(at)).collect()
}

/// The lanes for which it holds, as bits.
#[inline(always)]
fn each(width: usize, holds: impl Fn(usize) -> bool) -> u8 {
    (0..width).fold(0, |bits, lane| bits | u8::from(holds(lane)) << lane)
}

/// The value as it lies in a file.
#[inline(always)]
fn bytes(value: &Canonical) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(value) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// The number of an entry; past the end of every list if it is too large.
#[inline(always)]
fn place(index: &Canonical) -> usize {
    if index[1..] == [0; 3] { usize::try_from(index[0]).unwrap_or(usize::MAX) } else { usize::MAX }
}

/// A program for this kind of processor; `None` if it has none of its own for this field.
pub fn runner_on(program: Arc<Program>, cpu: Cpu) -> Option<Box<dyn Runner>> {
    use super::field_functions::Prime;
    fn boxed<V: PrimeLanes>(program: Arc<Program>) -> Option<Box<dyn Runner>>
    where
        V::Field: CircomField,
    {
        Some(Box::new(InLanes::<V>::new(program)?))
    }
    #[cfg(target_arch = "x86_64")]
    use crate::arithmetic::lanes::{bls12_381_scalar, bn254_scalar};
    let works = match program.prime {
        Prime::Bn254 => <ark_bn254::Fr as Transformed>::works_on(cpu),
        Prime::Bls12381 => <ark_bls12_381::Fr as Transformed>::works_on(cpu),
    };
    if !works {
        return None;
    }
    match (program.prime, cpu) {
        (Prime::Bn254, Cpu::Portable) => boxed::<One<ark_bn254::Fr>>(program),
        (Prime::Bls12381, Cpu::Portable) => boxed::<One<ark_bls12_381::Fr>>(program),
        #[cfg(target_arch = "x86_64")]
        (Prime::Bn254, Cpu::Scalar) => boxed::<bn254_scalar::Adx>(program),
        #[cfg(target_arch = "x86_64")]
        (Prime::Bn254, Cpu::Avx2) => boxed::<bn254_scalar::Avx2>(program),
        #[cfg(target_arch = "x86_64")]
        (Prime::Bn254, Cpu::Avx512) => boxed::<bn254_scalar::Ifma>(program),
        #[cfg(target_arch = "x86_64")]
        (Prime::Bls12381, Cpu::Avx512) => boxed::<bls12_381_scalar::Ifma>(program),
        _ => None,
    }
}
