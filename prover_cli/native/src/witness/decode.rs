//! From the body of a function to a list of instructions.

use super::Unsuited;
use super::field_functions::{COUNT, FieldFunction};
use super::instruction::{Binary, Function, Instruction, Target};
use super::module::Module;
use wasmparser::{BlockType, Operator};

/// The most locals of a function: circom's have some twenty.
const MOST_LOCALS: u32 = 10_000;

/// Decodes a function of a validated module whose field functions were recognised. Where there is an instruction that
/// circom's templates do not use, it becomes [`Instruction::Unknown`].
pub fn decode(module: &Module<'_>, index: u32) -> Result<Function, Unsuited> {
    let malformed = || Unsuited::Module("a function of it cannot be read".into());
    let body = module.body(index).ok_or_else(malformed)?;
    let signature = module.signatures[index as usize];
    let mut locals = signature.parameters;
    for entry in body.get_locals_reader().map_err(|_| malformed())? {
        let (count, _) = entry.map_err(|_| malformed())?;
        locals = locals.saturating_add(count);
    }
    if locals > MOST_LOCALS {
        return Err(Unsuited::Module(format!("a function of it has {locals} variables")));
    }
    let mut decoder =
        Decoder { module, code: Vec::new(), open: Vec::new(), height: 0, dead: 0, labelled: 0 };
    decoder.open.push(Open { kind: Kind::Function, height: 0, waiting: Vec::new(), start: 0 });
    let mut operators = body.get_operators_reader().map_err(|_| malformed())?;
    while !operators.eof() {
        decoder.take(&operators.read().map_err(|_| malformed())?)?;
    }
    Ok(Function {
        parameters: signature.parameters,
        locals,
        results: signature.results,
        code: decoder.code,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Function,
    Block,
    Loop,
    /// With the index of its instruction, whose `otherwise` is not known yet.
    If(usize),
    Else(usize),
}

/// A block that has not ended.
struct Open {
    kind: Kind,
    /// Operands on the stack when it began. Wrong behind an unknown instruction, where no function is run.
    height: u32,
    /// Jumps to its end.
    waiting: Vec<usize>,
    /// The index of its first instruction.
    start: u32,
}

struct Decoder<'a, 'm> {
    module: &'a Module<'m>,
    code: Vec<Instruction>,
    open: Vec<Open>,
    height: u32,
    /// How deep we are in code that is never reached; 0 outside of it.
    dead: u32,
    /// Instructions before this index may be jumped over, so none of them is joined with a later one.
    labelled: usize,
}

impl Decoder<'_, '_> {
    fn take(&mut self, operator: &Operator<'_>) -> Result<(), Unsuited> {
        if self.dead > 0 {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.dead += 1,
                Operator::Else if self.dead == 1 => self.otherwise(),
                Operator::End if self.dead == 1 => self.end(),
                Operator::End => self.dead -= 1,
                _ => {}
            }
            return Ok(());
        }
        match *operator {
            Operator::Nop => {}
            Operator::Block { blockty } => self.begin(Kind::Block, blockty)?,
            Operator::Loop { blockty } => self.begin(Kind::Loop, blockty)?,
            Operator::If { blockty } => {
                self.height = self.height.wrapping_sub(1);
                self.code.push(Instruction::If { otherwise: u32::MAX, end: u32::MAX });
                self.begin(Kind::If(self.code.len() - 1), blockty)?;
            }
            Operator::Else => self.otherwise(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => {
                self.jump(relative_depth, Instruction::Jump);
                self.dead = 1;
            }
            Operator::BrIf { relative_depth } => {
                self.height = self.height.wrapping_sub(1);
                self.jump(relative_depth, Instruction::JumpIf);
            }
            Operator::Return => {
                self.code.push(Instruction::Return);
                self.dead = 1;
            }
            Operator::Unreachable => {
                self.code.push(Instruction::Unknown);
                self.dead = 1;
            }
            Operator::Call { function_index } => self.call(function_index),
            Operator::CallIndirect { type_index, .. } => {
                let signature = self.module.signature(type_index);
                self.emit(
                    Instruction::CallIndirect { kind: self.module.kind(type_index) },
                    signature.parameters + 1,
                    signature.results,
                );
            }
            _ => self.plain(operator),
        }
        Ok(())
    }

    fn begin(&mut self, kind: Kind, block: BlockType) -> Result<(), Unsuited> {
        if block != BlockType::Empty {
            return Err(Unsuited::Module(
                "it has blocks with values, which circom does not write".into(),
            ));
        }
        let start = self.code.len() as u32;
        self.open.push(Open { kind, height: self.height, waiting: Vec::new(), start });
        self.labelled = self.code.len();
        Ok(())
    }

    fn jump(&mut self, depth: u32, make: impl Fn(Target) -> Instruction) {
        let place = self.open.len() - 1 - depth as usize;
        let block = &mut self.open[place];
        match block.kind {
            Kind::Function => self.code.push(match make(Target { to: 0, height: 0 }) {
                Instruction::Jump(_) => Instruction::Return,
                // A conditional return carries a value; circom writes none.
                _ => Instruction::Unknown,
            }),
            Kind::Loop => self.code.push(make(Target { to: block.start, height: block.height })),
            _ => {
                block.waiting.push(self.code.len());
                self.code.push(make(Target { to: u32::MAX, height: block.height }));
            }
        }
        self.labelled = self.code.len();
    }

    fn otherwise(&mut self) {
        let here = self.code.len();
        let block = self.open.last_mut().expect("validated");
        let Kind::If(at) = block.kind else { return };
        if self.dead == 0 {
            block.waiting.push(here);
            self.code.push(Instruction::Jump(Target { to: u32::MAX, height: block.height }));
        }
        let next = self.code.len() as u32;
        if let Instruction::If { otherwise, .. } = &mut self.code[at] {
            *otherwise = next;
        }
        block.kind = Kind::Else(at);
        self.height = block.height;
        self.dead = 0;
        self.labelled = self.code.len();
    }

    fn end(&mut self) {
        let here = self.code.len() as u32;
        let block = self.open.pop().expect("validated");
        match block.kind {
            Kind::Function => {
                if self.dead == 0 {
                    self.code.push(Instruction::Return);
                }
                return;
            }
            Kind::If(at) => self.code[at] = Instruction::If { otherwise: here, end: here },
            Kind::Else(at) => {
                if let Instruction::If { end, .. } = &mut self.code[at] {
                    *end = here;
                }
            }
            Kind::Block | Kind::Loop => {}
        }
        for at in block.waiting {
            match &mut self.code[at] {
                Instruction::Jump(target) | Instruction::JumpIf(target) => target.to = here,
                _ => unreachable!("only jumps wait"),
            }
        }
        self.height = block.height;
        self.dead = 0;
        self.labelled = self.code.len();
    }

    fn call(&mut self, index: u32) {
        let signature = self.module.signatures[index as usize];
        let (takes, gives) = (signature.parameters, signature.results);
        let imports = self.module.imports.len() as u32;
        let instruction = match index.checked_sub(imports) {
            None if self.module.imports[index as usize] == "exceptionHandler" => Instruction::Raise,
            None if gives == 0 => Instruction::Ignore(takes),
            None => Instruction::Unknown,
            Some(place) if place < COUNT => {
                FieldFunction::by_place(place).map_or(Instruction::Unknown, Instruction::Field)
            }
            Some(_) => Instruction::Call(index),
        };
        self.emit(instruction, takes, gives);
    }

    fn plain(&mut self, operator: &Operator<'_>) {
        use Operator::*;
        let binary = |kind| (Instruction::Binary(kind), 2, 1);
        // No memory of circom's has offsets above 32 bits.
        let near = |memarg: &wasmparser::MemArg| memarg.offset as u32;
        let (instruction, takes, gives) = match operator {
            I32Const { value } => (Instruction::Constant(*value as u32), 0, 1),
            I64Const { value } => (Instruction::Wide(*value as u64), 0, 1),
            LocalGet { local_index } => (Instruction::Get(*local_index), 0, 1),
            LocalSet { local_index } => (Instruction::Set(*local_index), 1, 0),
            LocalTee { local_index } => (Instruction::Tee(*local_index), 1, 1),
            I32Add => binary(Binary::Add),
            I32Sub => binary(Binary::Sub),
            I32Mul => binary(Binary::Mul),
            I32DivU => binary(Binary::DivUnsigned),
            I32RemU => binary(Binary::RemUnsigned),
            I32And => binary(Binary::And),
            I32Or => binary(Binary::Or),
            I32Shl => binary(Binary::ShiftLeft),
            I32ShrU => binary(Binary::ShiftRight),
            I32Eq => binary(Binary::Equal),
            I32Ne => binary(Binary::NotEqual),
            I32LtU => binary(Binary::LessUnsigned),
            I32GtU => binary(Binary::GreaterUnsigned),
            I32GeU => binary(Binary::GreaterOrEqualUnsigned),
            I32Eqz => (Instruction::IsZero, 1, 1),
            I32Load { memarg } => (Instruction::Load { offset: near(memarg) }, 1, 1),
            I32Load8U { memarg } => (Instruction::LoadByte { offset: near(memarg) }, 1, 1),
            I32Store { memarg } => (Instruction::Store { offset: near(memarg) }, 2, 0),
            I32Store8 { memarg } => (Instruction::StoreByte { offset: near(memarg) }, 2, 0),
            I64Store { memarg } => (Instruction::StoreWide { offset: near(memarg) }, 2, 0),
            Drop => (Instruction::Drop, 1, 0),
            MemorySize { .. } => (Instruction::MemorySize, 0, 1),
            MemoryGrow { .. } => (Instruction::MemoryGrow, 1, 1),
            // Its effect on the stack does not matter: no function is run past it.
            _ => (Instruction::Unknown, 0, 0),
        };
        self.emit(instruction, takes, gives);
    }

    fn emit(&mut self, instruction: Instruction, takes: u32, gives: u32) {
        self.height = self.height.wrapping_sub(takes).wrapping_add(gives);
        let joined = match instruction {
            Instruction::Binary(kind) => self.joined(kind),
            _ => None,
        };
        match joined {
            Some(one) => {
                self.code.truncate(self.code.len() - 2);
                self.code.push(one);
            }
            None => self.code.push(instruction),
        }
    }

    /// The last two instructions and an operator on them as a single one.
    fn joined(&self, kind: Binary) -> Option<Instruction> {
        use Instruction::{Constant, Get, Offset};
        let [.., first, second] = self.code[self.labelled..] else { return None };
        Some(match (first, second, kind) {
            (Constant(a), Constant(b), _) => Constant(kind.apply(a, b)?),
            (Constant(by), Get(local), Binary::Add) | (Get(local), Constant(by), Binary::Add) => {
                Offset { local, by }
            }
            (Offset { local, by }, Constant(more), Binary::Add) => {
                Offset { local, by: by.wrapping_add(more) }
            }
            _ => return None,
        })
    }
}
