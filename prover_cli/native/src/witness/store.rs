//! Programs as files: what compiling a circuit gave, a program or the reason why there is none.
//!
//! All numbers are little-endian. A head of eight bytes with a version, the SHA-256 of the rest, and the rest. It is
//! another version whenever programs change, whatever their form: a file is only good for the code that made it. Nothing of
//! an input is in it.

use super::Unsuited;
use super::field_functions::Prime;
use super::integer::Operator;
use super::program::{Action, Input, Program, Slots, Step};
use super::store_calls;
use crate::arithmetic::field::Canonical;
use sha2::{Digest, Sha256};

/// What a file begins with. The last four bytes are the version.
const HEAD: &[u8; 8] = b"pbwp0003";

/// What a file holds.
pub enum Stored {
    Program(Box<Program>),
    /// Why there is no program.
    Reason(String),
}

/// A file that is not one of these, of another version, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged(pub &'static str);

/// Actions by number. Their order in a file is that of this list.
fn actions() -> Vec<Action> {
    use Action::*;
    let mut all = vec![
        Mul,
        Add,
        Sub,
        Neg,
        Inverse,
        Pick,
        SelectElement,
        ElementOfInteger,
        ElementOfBit,
        EntryOfElements,
        Input,
        IntegerOfElement,
        IntegerOfBit,
        SelectInteger,
        EntryOfIntegers,
        Bit,
        Below,
        IsSameElement,
        IsElement,
        IsInteger,
        And,
        Or,
        Xor,
        Not,
        SelectBit,
        FailIf,
        FailUnless,
        FailUnlessSame,
        OutElement,
        OutInteger,
        OutBit,
        Call,
    ];
    all.extend(Operator::ALL.iter().copied().map(Apply));
    all.extend(Operator::ALL.iter().copied().map(Compare));
    all
}

pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn number(&mut self, value: usize) {
        self.0.extend(
            u32::try_from(value).expect("a program has fewer than 2^32 of everything").to_le_bytes(),
        );
    }

    pub(super) fn numbers(&mut self, values: &[u32]) {
        self.number(values.len());
        values.iter().for_each(|&value| self.number(value as usize));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.bytes_of_size(bytes);
    }

    /// Bytes whose number is known.
    pub(super) fn bytes_of_size(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    fn value(&mut self, value: &Canonical) {
        for word in value {
            self.0.extend(word.to_le_bytes());
        }
    }
}

/// The file of what compiling gave.
pub fn write(compiled: &Result<Program, Unsuited>) -> Vec<u8> {
    let mut body = Writer(Vec::new());
    match compiled {
        Err(reason) => {
            body.0.push(0);
            body.0.extend(reason.to_string().into_bytes());
        }
        Ok(program) => {
            body.0.push(match program.prime {
                Prime::Bn254 => 1,
                Prime::Bls12381 => 2,
            });
            write_program(&mut body, program);
        }
    }
    let mut file = HEAD.to_vec();
    file.extend(Sha256::digest(&body.0));
    file.extend(body.0);
    file
}

fn write_program(body: &mut Writer, program: &Program) {
    body.number(program.inputs.len());
    for input in &program.inputs {
        body.0.extend(input.hash.to_le_bytes());
        body.number(input.signal as usize);
        body.number(input.size as usize);
    }
    body.number(program.outputs as usize);
    for constants in [&program.elements, &program.integers] {
        body.number(constants.len());
        constants.iter().for_each(|value| body.value(value));
    }
    for slots in [program.slots.elements, program.slots.integers, program.slots.bits] {
        body.number(slots as usize);
    }
    body.number(program.fixed.len());
    for (place, value) in &program.fixed {
        body.number(*place as usize);
        body.value(value);
    }
    body.number(program.lists.len());
    program.lists.iter().for_each(|&slot| body.number(slot as usize));
    let numbers: std::collections::HashMap<Action, u8> = actions().into_iter().zip(0u8..).collect();
    body.number(program.steps.len());
    for step in &program.steps {
        body.0.extend([numbers[&step.action], step.alike]);
        body.number(step.to as usize);
        step.operands.iter().for_each(|&operand| body.number(operand as usize));
    }
    store_calls::write(body, &program.calls);
}

pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damaged> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn number(&mut self) -> Result<u32, Damaged> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().expect("four bytes")))
    }

    /// A list of entries that have so many bytes each.
    pub(super) fn list<T>(
        &mut self,
        size: usize,
        mut entry: impl FnMut(&mut Self) -> Result<T, Damaged>,
    ) -> Result<Vec<T>, Damaged> {
        let count = self.number()? as usize;
        // A count that needs more bytes than there are is damage: make no room for it.
        if count.checked_mul(size).is_none_or(|bytes| bytes > self.0.len()) {
            return Err(Damaged("it ends too early"));
        }
        (0..count).map(|_| entry(self)).collect()
    }

    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, Damaged> {
        let count = self.number()? as usize;
        Ok(self.take(count)?.to_vec())
    }

    fn wide(&mut self) -> Result<u64, Damaged> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().expect("eight bytes")))
    }

    fn value(&mut self) -> Result<Canonical, Damaged> {
        Ok([self.wide()?, self.wide()?, self.wide()?, self.wide()?])
    }
}

/// What a file holds, with every index of it checked.
pub fn read(file: &[u8]) -> Result<Stored, Damaged> {
    let mut reader = Reader(file);
    if reader.take(HEAD.len())? != HEAD {
        return Err(Damaged("it is not a program of this version"));
    }
    let digest = reader.take(32)?;
    if Sha256::digest(reader.0)[..] != *digest {
        return Err(Damaged("its checksum is wrong"));
    }
    let prime = match reader.byte()? {
        0 => return Ok(Stored::Reason(String::from_utf8_lossy(reader.0).into_owned())),
        1 => Prime::Bn254,
        2 => Prime::Bls12381,
        _ => return Err(Damaged("it is for an unknown field")),
    };
    let program = read_program(&mut reader, prime)?;
    if !reader.0.is_empty() {
        return Err(Damaged("it is too long"));
    }
    program.check().map_err(Damaged)?;
    Ok(Stored::Program(Box::new(program)))
}

fn read_program(reader: &mut Reader<'_>, prime: Prime) -> Result<Program, Damaged> {
    let modulus = prime.modulus();
    let reduced = |value: Canonical| {
        if super::integer::is_less(&value, &modulus) {
            Ok(value)
        } else {
            Err(Damaged("a constant is not reduced"))
        }
    };
    let inputs = reader.list(16, |reader| {
        Ok(Input { hash: reader.wide()?, signal: reader.number()?, size: reader.number()? })
    })?;
    let outputs = reader.number()?;
    let elements = reader.list(32, |reader| reduced(reader.value()?))?;
    let integers = reader.list(32, |reader| reduced(reader.value()?))?;
    let slots =
        Slots { elements: reader.number()?, integers: reader.number()?, bits: reader.number()? };
    let fixed = reader.list(36, |reader| Ok((reader.number()?, reduced(reader.value()?)?)))?;
    let lists = reader.list(4, Reader::number)?;
    let known = actions();
    let steps = reader.list(18, |reader| {
        let action =
            *known.get(usize::from(reader.byte()?)).ok_or(Damaged("it has an unknown action"))?;
        let alike = reader.byte()?;
        let to = reader.number()?;
        Ok(Step { action, alike, to, operands: [reader.number()?, reader.number()?, reader.number()?] })
    })?;
    Ok(Program {
        prime,
        inputs,
        outputs,
        elements,
        integers,
        slots,
        steps,
        lists,
        fixed,
        calls: store_calls::read(reader)?,
    })
}
