//! The calls of a program in its file: sites, functions instruction by instruction, and memory.

use super::field_functions::FieldFunction;
use super::instruction::{self, Function, Instruction, Target};
use super::integer::Operator;
use super::machine::{Functions, Window};
use super::program::{Calls, Site};
use super::store::{Damaged, Reader, Writer};

/// An instruction as a number and two operands.
fn encoded(instruction: Instruction) -> (u8, u32, u32) {
    use Instruction::*;
    match instruction {
        Constant(value) => (0, value, 0),
        Wide(value) => (1, value as u32, (value >> 32) as u32),
        Get(local) => (2, local, 0),
        Set(local) => (3, local, 0),
        Tee(local) => (4, local, 0),
        Offset { local, by } => (5, local, by),
        Binary(kind) => (6, kind as u32, 0),
        IsZero => (7, 0, 0),
        Load { offset } => (8, offset, 0),
        LoadByte { offset } => (9, offset, 0),
        Store { offset } => (10, offset, 0),
        StoreByte { offset } => (11, offset, 0),
        StoreWide { offset } => (12, offset, 0),
        Jump(target) => (13, target.to, target.height),
        JumpIf(target) => (14, target.to, target.height),
        If { otherwise, end } => (15, otherwise, end),
        Return => (16, 0, 0),
        Call(function) => (17, function, 0),
        CallIndirect { kind } => (18, kind, 0),
        Raise => (19, 0, 0),
        Ignore(count) => (20, count, 0),
        Drop => (21, 0, 0),
        MemorySize => (22, 0, 0),
        MemoryGrow => (23, 0, 0),
        Unknown => (24, 0, 0),
        Field(FieldFunction::Copy) => (25, 0, 0),
        Field(FieldFunction::Apply(operator)) => (26, operator as u32, 0),
        Field(FieldFunction::Inverse) => (27, 0, 0),
        Field(FieldFunction::IsTrue) => (28, 0, 0),
        Field(FieldFunction::ToWord) => (29, 0, 0),
        Field(FieldFunction::Same) => (30, 0, 0),
    }
}

fn decoded((number, a, b): (u8, u32, u32)) -> Result<Instruction, Damaged> {
    use Instruction::*;
    let unknown = Damaged("it has an unknown instruction");
    Ok(match number {
        0 => Constant(a),
        1 => Wide(u64::from(b) << 32 | u64::from(a)),
        2 => Get(a),
        3 => Set(a),
        4 => Tee(a),
        5 => Offset { local: a, by: b },
        6 => Binary(*instruction::Binary::ALL.get(a as usize).ok_or(unknown)?),
        7 => IsZero,
        8 => Load { offset: a },
        9 => LoadByte { offset: a },
        10 => Store { offset: a },
        11 => StoreByte { offset: a },
        12 => StoreWide { offset: a },
        13 => Jump(Target { to: a, height: b }),
        14 => JumpIf(Target { to: a, height: b }),
        15 => If { otherwise: a, end: b },
        16 => Return,
        17 => Call(a),
        18 => CallIndirect { kind: a },
        19 => Raise,
        20 => Ignore(a),
        21 => Drop,
        22 => MemorySize,
        23 => MemoryGrow,
        24 => Unknown,
        25 => Field(FieldFunction::Copy),
        26 => Field(FieldFunction::Apply(*Operator::ALL.get(a as usize).ok_or(unknown)?)),
        27 => Field(FieldFunction::Inverse),
        28 => Field(FieldFunction::IsTrue),
        29 => Field(FieldFunction::ToWord),
        30 => Field(FieldFunction::Same),
        _ => return Err(unknown),
    })
}

pub(super) fn write(body: &mut Writer, calls: &Calls) {
    body.number(calls.sites.len());
    for site in &calls.sites {
        body.number(site.function as usize);
        body.numbers(&site.operands);
        body.number(site.frame as usize);
        body.bytes(&site.image);
        body.numbers(&site.arguments);
        body.numbers(&site.results);
    }
    body.number(calls.functions.len());
    for (&index, function) in &calls.functions {
        for number in [index, function.parameters, function.locals, function.results] {
            body.number(number as usize);
        }
        body.number(function.code.len());
        for &instruction in &function.code {
            let (number, a, b) = encoded(instruction);
            body.bytes_of_size(&[number]);
            body.number(a as usize);
            body.number(b as usize);
        }
    }
    body.number(calls.window.start as usize);
    body.number(calls.window.writable as usize);
    body.bytes(&calls.window.bytes);
}

pub(super) fn read(reader: &mut Reader<'_>) -> Result<Calls, Damaged> {
    let sites = reader.list(24, |reader| {
        Ok(Site {
            function: reader.number()?,
            operands: reader.list(4, Reader::number)?,
            frame: reader.number()?,
            image: reader.bytes()?,
            arguments: reader.list(4, Reader::number)?,
            results: reader.list(4, Reader::number)?,
        })
    })?;
    let functions: Functions = (reader.list(20, |reader| {
        let [index, parameters, locals, results] =
            [reader.number()?, reader.number()?, reader.number()?, reader.number()?];
        let code =
            reader.list(9, |reader| decoded((reader.byte()?, reader.number()?, reader.number()?)))?;
        Ok((index, Function { parameters, locals, results, code }))
    })?)
    .into_iter()
    .collect();
    let window = Window { start: reader.number()?, writable: reader.number()?, bytes: reader.bytes()? };
    Ok(Calls { sites, functions, window })
}
