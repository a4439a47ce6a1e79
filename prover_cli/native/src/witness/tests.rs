//! Programs of the repository's samples against their witnesses, and the parts that they are made of.

use super::compile::compile;
use super::integer::{self, CircomField, ONE, Operator, ZERO, apply, divide, is_less};
use super::program::{Action, Program};
use super::run::{InLanes, Place, Runner, runner_on};
use super::shadow::{Fault, Memory, Value};
use super::store::{self, Damaged, Stored};
use super::{Unsuited, element};
use crate::arithmetic::field::Canonical;
use crate::arithmetic::lanes::cpu::Cpu;
use crate::arithmetic::lanes::{bls12_381_scalar, bn254_scalar};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

type Fr = ark_bn254::Fr;

fn sample(circuit: &str, file: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(circuit);
    std::fs::read(folder.join(file)).expect("samples are in the repository")
}

fn compiled(circuit: &str) -> Arc<Program> {
    let program = compile(&sample(circuit, "circuit.wasm"), Duration::from_secs(600));
    Arc::new(program.unwrap_or_else(|why| panic!("{circuit} has no program: {why}")))
}

/// The values of a `.wtns`.
fn witness(circuit: &str, number: usize, count: u32) -> Vec<Canonical> {
    let bytes = sample(circuit, &format!("witnesses/{number:04}.wtns"));
    let values = &bytes[bytes.len() - 32 * count as usize..];
    let word = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    values
        .chunks_exact(32)
        .map(|value| std::array::from_fn(|i| word(&value[8 * i..8 * i + 8])))
        .collect()
}

/// The values of an `input.json` whose numbers are strings of digits, as the program takes them.
fn inputs(circuit: &str, number: usize, program: &Program) -> Vec<Canonical> {
    let text = sample(circuit, &format!("inputs/{number:04}.json"));
    let text = String::from_utf8(text).expect("JSON is UTF-8");
    let mut values: HashMap<u64, Vec<Canonical>> = HashMap::new();
    let mut name = 0;
    let mut parts =
        text.split('"').skip(1).step_by(2).zip(text.split('"').skip(2).step_by(2)).peekable();
    for (word, behind) in parts.by_ref() {
        if behind.trim_start().starts_with(':') {
            let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
            name = word.bytes().fold(0xcbf2_9ce4_8422_2325, step);
            continue;
        }
        let ten = [10, 0, 0, 0];
        let digit = |value: Canonical, byte: u8| {
            let value = integer::multiply::<Fr>(&value, &ten);
            apply::<Fr>(Operator::Add, &value, &[u64::from(byte - b'0'), 0, 0, 0]).expect("a sum")
        };
        values.entry(name).or_default().push(word.bytes().fold(ZERO, digit));
    }
    program.inputs.iter().flat_map(|input| values[&input.hash].clone()).collect()
}

/// The witnesses, and those that have failed.
fn run(runner: &dyn Runner, program: &Program, inputs: &[&[Canonical]]) -> (Vec<Vec<Canonical>>, u32) {
    let mut places = vec![vec![Place::uninit(); program.outputs as usize]; inputs.len()];
    let mut witnesses: Vec<&mut [Place]> = places.iter_mut().map(|values| &mut values[..]).collect();
    let failed = runner.run(inputs, &mut witnesses);
    // SAFETY: a run writes all places.
    let bytes = |place: &Place| unsafe { place.assume_init() };
    let value = |bytes: [u8; 32]| {
        std::array::from_fn(|i| {
            u64::from_le_bytes(bytes[8 * i..][..8].try_into().expect("eight bytes"))
        })
    };
    let found = places.iter().map(|values| values.iter().map(|place| value(bytes(place))).collect());
    (found.collect(), failed)
}

fn check_runner(runner: &dyn Runner, circuit: &str, program: &Program) {
    for count in [1, runner.width()] {
        let wanted: Vec<Vec<Canonical>> =
            (0..count).map(|number| witness(circuit, number, program.outputs)).collect();
        let inputs: Vec<Vec<Canonical>> =
            (0..count).map(|number| inputs(circuit, number, program)).collect();
        let given: Vec<&[Canonical]> = inputs.iter().map(|values| &values[..]).collect();
        let (found, failed) = run(runner, program, &given);
        assert_eq!(failed, 0);
        assert!(found == wanted, "{circuit}, {count} at once");
    }
}

#[test]
fn programs_of_the_samples_calculate_their_witnesses_in_all_lanes() {
    for circuit in ["quartic", "membership", "quartic-bls12381"] {
        let program = compiled(circuit);
        let mut kinds = 0;
        for cpu in Cpu::ALL {
            if let Some(runner) = runner_on(Arc::clone(&program), cpu) {
                check_runner(&*runner, circuit, &program);
                kinds += 1;
            }
        }
        assert!(kinds > 0);
        if circuit == "quartic-bls12381" {
            let lanes = InLanes::<bls12_381_scalar::Emulated>::new(Arc::clone(&program));
            check_runner(&lanes.expect("emulated anywhere"), circuit, &program);
        } else {
            let lanes = InLanes::<bn254_scalar::Emulated>::new(Arc::clone(&program));
            check_runner(&lanes.expect("emulated anywhere"), circuit, &program);
        }
    }
}

#[test]
fn a_lane_that_fails_an_assert_fails_alone() {
    let program = compiled("membership");
    let runner =
        InLanes::<bn254_scalar::Emulated>::new(Arc::clone(&program)).expect("emulated anywhere");
    let wanted: Vec<Vec<Canonical>> =
        (0..8).map(|i| witness("membership", i, program.outputs)).collect();
    let mut inputs: Vec<Vec<Canonical>> = (0..8).map(|i| inputs("membership", i, &program)).collect();
    inputs[3][0] = ONE; // the root of another tree
    let given: Vec<&[Canonical]> = inputs.iter().map(|values| &values[..]).collect();
    let (found, failed) = run(&runner, &program, &given);
    assert_eq!(failed, 1 << 3);
    assert!((0..8).all(|lane| lane == 3 || found[lane] == wanted[lane]));
}

#[test]
fn a_module_that_does_not_wait_for_all_of_its_inputs_is_refused() {
    let wasm = sample("membership", "circuit.wasm");
    // `init` stores that 19 values are still to be set.
    let store = [0x41, 19, 0x36, 0x02, 0x00];
    let at = wasm.windows(5).position(|bytes| bytes == store).expect("the circuit has 19 input values");
    let mut changed = wasm.clone();
    changed[at + 1] = 18;
    let why = compile(&changed, Duration::from_secs(60)).err().map(|why| why.to_string());
    assert_eq!(why.as_deref(), Some("it does not wait for all of its inputs"));
    // `getInputSize` gives their number: a body of four bytes without locals.
    let size = [4, 0, 0x41, 19, 0x0b];
    let at = wasm.windows(5).position(|bytes| bytes == size).expect("a function gives the number");
    let mut changed = wasm.clone();
    changed[at + 3] = 18;
    let why = compile(&changed, Duration::from_secs(60)).err().map(|why| why.to_string());
    assert_eq!(why.as_deref(), Some("the map of its inputs is not as circom writes it"));
}

#[test]
fn a_constant_that_has_two_values_is_refused() {
    let wasm = sample("membership", "circuit.wasm");
    // 7919 as a small value that has its Montgomery form behind it.
    let constant = [0xef, 0x1e, 0, 0, 0, 0, 0, 0x40];
    let at = wasm.windows(8).position(|bytes| bytes == constant).expect("the circuit has it");
    for (place, refused) in [(at, true), (at + 8, true), (at + 39, true), (at + 4, false)] {
        let mut changed = wasm.clone();
        changed[place] ^= 1;
        let why = compile(&changed, Duration::from_secs(60)).err();
        let told = why.as_ref().map(ToString::to_string);
        assert_eq!(
            told.as_deref() == Some("a constant of it has two values"),
            refused,
            "{place}: {why:?}"
        );
    }
}

#[test]
fn a_module_whose_field_functions_differ_in_a_byte_is_not_recognised() {
    let wasm = sample("quartic", "circuit.wasm");
    // A constant of R², and the opcode of an addition in the middle of the field functions.
    let constant = [0xa7, 0x6d, 0x21, 0xae, 0x45, 0xe6];
    let at = wasm.windows(6).position(|bytes| bytes == constant).expect("R² is among the data");
    let addition =
        wasm.iter().enumerate().skip(4000).find(|&(_, &byte)| byte == 0x7c).expect("i64.add").0;
    for (place, byte) in [(at, 0xa6), (addition, 0x7d)] {
        let mut changed = wasm.clone();
        changed[place] = byte;
        assert_eq!(compile(&changed, Duration::from_secs(60)).err(), Some(Unsuited::Field));
    }
}

#[test]
fn compiling_ends_at_its_time_limit() {
    let stopped = compile(&sample("membership", "circuit.wasm"), Duration::ZERO);
    let Err(Unsuited::Templates(stop)) = stopped else { panic!("it has a program") };
    assert_eq!(stop.to_string(), "compiling it takes too long");
}

#[test]
fn files_give_back_what_was_written() {
    let wasm = sample("membership", "circuit.wasm");
    let program = compile(&wasm, Duration::from_secs(600));
    let file = store::write(&program);
    let Ok(Stored::Program(read)) = store::read(&file) else { panic!("it cannot be read") };
    assert_eq!(store::write(&Ok(*read)), file);
    let reason = store::write(&Err(Unsuited::Field));
    let Ok(Stored::Reason(words)) = store::read(&reason) else { panic!("it cannot be read") };
    assert_eq!(words, Unsuited::Field.to_string());
}

/// A file whose body was changed and whose checksum is right.
fn with_body(file: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut body = file[40..].to_vec();
    change(&mut body);
    let mut changed = file[..8].to_vec();
    changed.extend(Sha256::digest(&body));
    changed.extend(body);
    changed
}

#[test]
fn a_damaged_file_is_not_taken() {
    let file = store::write(&compile(&sample("quartic", "circuit.wasm"), Duration::from_secs(600)));
    for place in 0..file.len() {
        let mut changed = file.clone();
        changed[place] ^= 1;
        assert!(store::read(&changed).is_err(), "byte {place}");
    }
    for length in 0..file.len() {
        assert!(store::read(&file[..length]).is_err(), "{length} bytes");
        assert!(
            length < 41 || store::read(&with_body(&file, |body| body.truncate(length - 40))).is_err()
        );
    }
    assert_eq!(
        store::read(&with_body(&file, |body| body.push(0))).err(),
        Some(Damaged("it is too long"))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever passes the checks can be run: no index is out of range.
    #[test]
    fn a_file_with_other_numbers_is_refused_or_runs(place in any::<u32>(), value in any::<u8>()) {
        static FILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let file = FILE.get_or_init(|| {
            store::write(&compile(&sample("quartic", "circuit.wasm"), Duration::from_secs(600)))
        });
        let changed = with_body(file, |body| {
            let at = place as usize % body.len();
            body[at] = value;
        });
        if let Ok(Stored::Program(program)) = store::read(&changed) {
            let program: Arc<Program> = Arc::from(program);
            prop_assume!(program.input_count() < 100 && program.outputs < 1000);
            let runner = runner_on(Arc::clone(&program), Cpu::Portable).expect("on every processor");
            let inputs = vec![ONE; program.input_count()];
            run(&*runner, &program, &[&inputs]);
        }
    }

    #[test]
    fn quotients_and_remainders_are_those_of_a_division(
        a in prop::array::uniform4(words()), b in prop::array::uniform4(words())
    ) {
        if b == ZERO {
            prop_assert_eq!(divide(&a, &b).is_none(), a >= b);
        } else {
            let (quotient, rest) = divide(&a, &b).expect("not by zero");
            prop_assert!(is_less(&rest, &b));
            let product = ark_ff::BigInt(quotient);
            let (low, high) = ark_ff::BigInteger::mul(&product, &ark_ff::BigInt(b));
            prop_assert_eq!(high.0, ZERO);
            let (difference, borrow) = crate::arithmetic::field::constants::subtract(&a, &low.0);
            prop_assert!(!borrow);
            prop_assert_eq!(difference, rest);
        }
    }

    #[test]
    fn small_elements_have_the_values_of_large_ones(x in small(), y in small()) {
        let integers = [x, y].map(|value| integer::from_signed::<Fr>(value.into()));
        for &operator in Operator::ALL {
            let found = element::apply::<Fr>(operator, &element::small(x), &element::small(y));
            let wanted = apply::<Fr>(operator, &integers[0], &integers[1]);
            prop_assert_eq!(found.map(|image| element::integer::<Fr>(&image)), wanted, "{:?}", operator);
        }
    }

    #[test]
    fn products_are_those_of_the_field(a in prop::array::uniform4(words()), b in prop::array::uniform4(words())) {
        let [a, b] = [a, b].map(|value| crate::arithmetic::field::constants::reduce(value, &Fr::PRIME));
        let wanted = integer::element::<Fr>(&a) * integer::element::<Fr>(&b);
        prop_assert_eq!(integer::multiply::<Fr>(&a, &b), crate::arithmetic::field::canonical(wanted));
    }
}

/// Words of every size.
fn words() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(0),
        Just(1),
        Just(u64::MAX),
        Just(1 << 63),
        any::<u64>(),
        (0u32..64).prop_map(|bits| 1 << bits)
    ]
}

fn small() -> impl Strategy<Value = i32> {
    prop_oneof![Just(0), Just(1), Just(-1), Just(i32::MAX), Just(i32::MIN), any::<i32>(), -300..300]
}

#[test]
fn operators_at_their_edges() {
    let last = apply::<Fr>(Operator::Neg, &ONE, &ZERO).expect("−1");
    let small = |value: u64| [value, 0, 0, 0];
    let at = |operator, a: &Canonical, b: &Canonical| apply::<Fr>(operator, a, b);
    assert_eq!(at(Operator::Div, &ONE, &ZERO), Some(ZERO));
    assert_eq!(at(Operator::IntegerDiv, &ONE, &ZERO), None);
    assert_eq!(at(Operator::Mod, &ONE, &ZERO), None);
    assert_eq!(at(Operator::Pow, &ZERO, &ZERO), Some(ONE));
    assert_eq!(at(Operator::Less, &last, &ZERO), Some(ONE), "−1 is negative");
    assert_eq!(at(Operator::ShiftLeft, &small(1), &small(253)), Some([0, 0, 0, 1 << 61]));
    assert_eq!(at(Operator::ShiftLeft, &small(1), &small(254)), Some(ZERO));
    assert_eq!(at(Operator::ShiftRight, &small(8), &small(3)), Some(ONE));
    assert_eq!(
        at(Operator::ShiftLeft, &small(8), &at(Operator::Neg, &small(3), &ZERO).expect("−3")),
        Some(ONE)
    );
    assert_eq!(integer::to_word::<Fr>(&last), u32::MAX);
    assert_eq!(at(Operator::BitAnd, &last, &last), Some(last));
}

#[test]
fn what_is_written_over_a_part_of_a_value_loses_the_value() {
    let mut memory = Memory::new(vec![0; 1 << 16], 1 << 16);
    memory.set_element(80, Value::Node(7)).expect("inside");
    assert_eq!(memory.element(80), Ok(Value::Node(7)));
    assert_eq!(memory.word(80), Err(Fault::Lost));
    memory.set_bytes(100, &[1; 4]).expect("inside");
    assert_eq!(memory.element(80), Err(Fault::Lost));
    assert_eq!(memory.word(100), Ok(0x0101_0101));
    assert_eq!(memory.word(104), Err(Fault::Lost));
    // An element over the end of one and the start of another.
    memory.set_element(200, Value::Node(1)).expect("inside");
    memory.set_element(240, Value::Node(2)).expect("inside");
    memory.set_element(220, Value::Plain(element::small(5))).expect("inside");
    assert_eq!(memory.element(220), Ok(Value::Plain(element::small(5))));
    assert_eq!(memory.element(200), Err(Fault::Lost));
    assert_eq!(memory.element(240), Err(Fault::Lost));
    assert_eq!(memory.element(82), Err(Fault::Outside));
    assert_eq!(memory.set_element((1 << 16) - 36, Value::Node(1)), Err(Fault::Outside));
}

#[test]
fn an_element_is_read_as_that_element_alone() {
    let mut memory = Memory::new(vec![0; 1 << 16], 1 << 16);
    memory.set_element(80, Value::Plain(element::small(5))).expect("inside");
    assert_eq!(memory.element(80), Ok(Value::Plain(element::small(5))));
    assert_eq!(memory.word(80), Err(Fault::Lost));
    assert_eq!(memory.element(88), Err(Fault::Lost));
    // A new place is zero, and an element from then on; what has anything else in it is none.
    assert_eq!(memory.word(160), Ok(0));
    assert_eq!(memory.element(160), Ok(Value::Plain([0; element::SIZE])));
    assert_eq!(memory.word(160), Err(Fault::Lost));
    memory.set_bytes(240, &[1; 4]).expect("inside");
    assert_eq!(memory.element(240), Err(Fault::Lost));
    // Elements side by side, of which the last does not fit.
    memory.hold(400, 500);
    assert_eq!(memory.word(476), Err(Fault::Lost));
    assert_eq!(memory.word(480), Ok(0));
    // What a function has used is lost from an address on, until it is written.
    memory.lose_from(160);
    assert_eq!(memory.element(80), Ok(Value::Plain(element::small(5))));
    assert_eq!(memory.element(160), Err(Fault::Lost));
    assert_eq!(memory.word((1 << 16) - 4), Err(Fault::Lost));
    memory.set_bytes(1000, &[1; 4]).expect("inside");
    memory.lose_from(160);
    assert_eq!(memory.word(1000), Err(Fault::Lost));
}

#[test]
fn arms_are_undone_and_joined() {
    let mut memory = Memory::new(vec![0; 1 << 16], 1 << 16);
    memory.set_element(0, Value::Node(1)).expect("inside");
    let place = memory.enter();
    memory.set_element(0, Value::Node(2)).expect("inside");
    memory.set_element(40, Value::Plain(element::small(4))).expect("inside");
    memory.set_bytes(400, &[9; 4]).expect("inside");
    let written = memory.written(place);
    memory.undo(place);
    assert_eq!(memory.element(0), Ok(Value::Node(1)));
    assert_eq!(memory.element(40), Ok(Value::Plain(element::small(0))));
    memory.set_element(80, Value::Node(3)).expect("inside");
    let mut joined = Vec::new();
    memory.join(place, &written, |their, mine| {
        joined.push((their, mine));
        Value::Node(10 + joined.len() as u32)
    });
    memory.leave(place);
    let plain = |value| Value::Plain(element::small(value));
    assert_eq!(
        joined,
        [(Value::Node(2), Value::Node(1)), (plain(4), plain(0)), (plain(0), Value::Node(3))]
    );
    assert_eq!([0, 40, 80].map(|at| memory.element(at)), [11, 12, 13].map(|id| Ok(Value::Node(id))));
    assert_eq!(memory.word(400), Err(Fault::Lost), "bytes that differ are in neither");
}

#[test]
fn products_stand_side_by_side() {
    let program = compiled("membership");
    let mut at = 0;
    while at < program.steps.len() {
        let alike = usize::from(program.steps[at].alike);
        let group = &program.steps[at..at + alike];
        assert!(group.iter().all(|step| step.action == group[0].action));
        if group[0].action == Action::Mul {
            let writes: Vec<u32> = group.iter().map(|step| step.to).collect();
            for (place, step) in group.iter().enumerate() {
                assert!(
                    !step.operands[..2].iter().any(|slot| writes[..place].contains(slot)),
                    "it waits for another"
                );
            }
        }
        at += alike;
    }
}
