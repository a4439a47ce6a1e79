//! Runs functions of a circuit one witness at a time, with field functions of our own: for what depends on inputs in ways that
//! straight code cannot follow, such as long division or modular inversion.
//!
//! It is an interpreter of decoded instructions over memory in circom's layout. Whatever it does not know, or would do
//! differently from circom's code, ends the run: the caller then leaves the witness to circom's own code.

use super::element::{self, Image, LOST, SIZE};
use super::field_functions::FieldFunction;
use super::instruction::{Function, Instruction};
use super::integer::CircomField;
use crate::arithmetic::field::Canonical;
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// Functions by their index in the module.
pub type Functions = BTreeMap<u32, Function>;

/// The most instructions of a run: some seconds. What takes longer has a time limit elsewhere.
const MOST_INSTRUCTIONS: u64 = 1 << 31;

/// The most calls inside of each other, and the most memory in bytes.
const DEEPEST: u32 = 400;
const MOST_MEMORY: usize = 1 << 30;

/// The run came to an end: an assert failed, or it left what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended;

/// Memory from an address on. What lies before it cannot be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub start: u32,
    pub bytes: Vec<u8>,
    /// Addresses below this one cannot be written. Here the results of a function go.
    pub writable: u32,
}

pub struct Machine<'p, F> {
    functions: &'p Functions,
    window: &'p Window,
    memory: Vec<u8>,
    /// The first address that was never written.
    highest: u32,
    /// The top of the stack, which circom keeps at address 0.
    top: u32,
    /// The end of the results, and where the frame of the function begins that was run. Nothing is written between.
    results: u32,
    frame: u32,
    stack: Vec<u32>,
    locals: Vec<u32>,
    left: u64,
    depth: u32,
    field: PhantomData<F>,
}

impl<'p, F: CircomField> Machine<'p, F> {
    pub fn new(functions: &'p Functions, window: &'p Window) -> Self {
        Self {
            functions,
            window,
            memory: window.bytes.clone(),
            highest: window.writable,
            top: 0,
            results: 0,
            frame: 0,
            stack: Vec::new(),
            locals: Vec::new(),
            left: 0,
            depth: 0,
            field: PhantomData,
        }
    }

    /// Makes the memory as it was at first, for a function with so many results, and with its frame at an address. Nothing of
    /// an earlier witness can be read afterwards.
    pub fn reset(&mut self, frame: u32, results: u32) {
        let from = self.place(self.window.writable, 0).unwrap_or(0);
        let known = self.window.bytes.len();
        let until = self.place(self.highest, 0).unwrap_or(0).min(self.memory.len());
        if from < known {
            self.memory[from..known].copy_from_slice(&self.window.bytes[from..]);
        }
        if from.max(known) < until {
            fill_lost(&mut self.memory[from.max(known)..until]);
        }
        self.highest = self.window.writable;
        self.top = frame;
        self.frame = frame;
        self.results = self.window.writable.saturating_add(results.saturating_mul(SIZE as u32));
        self.stack.clear();
        self.locals.clear();
        self.left = MOST_INSTRUCTIONS;
        self.depth = 0;
    }

    /// Writes bytes, with no regard to what can be written.
    pub fn set_bytes(&mut self, at: u32, bytes: &[u8]) -> Result<(), Ended> {
        let from = self.room(at, bytes.len())?;
        self.memory[from..from + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    pub fn set(&mut self, at: u32, value: &Canonical) -> Result<(), Ended> {
        self.place_element(at, element::of(value))
    }

    /// Makes elements unreadable until they are written.
    pub fn lose(&mut self, at: u32, count: u32) -> Result<(), Ended> {
        let size = count as usize * SIZE;
        let from = self.room(at, size)?;
        fill_lost(&mut self.memory[from..from + size]);
        Ok(())
    }

    pub fn get(&self, at: u32) -> Result<Canonical, Ended> {
        Ok(element::integer::<F>(self.image(at)?))
    }

    /// Calls a function that returns 0, the code of an error, or nothing, and leaves the top of the stack where it was.
    pub fn run(&mut self, function: u32, arguments: &[u32]) -> Result<(), Ended> {
        self.stack.extend(arguments);
        self.call(function)?;
        // Before circom 2.0.7 they return nothing.
        let succeeds = self.stack.pop().unwrap_or(0) == 0 && self.top == self.frame;
        if succeeds { Ok(()) } else { Err(Ended) }
    }

    // ---- memory

    fn place(&self, at: u32, size: usize) -> Option<usize> {
        let from = at.checked_sub(self.window.start)? as usize;
        from.checked_add(size).map(|_| from)
    }

    /// The index of bytes that are about to be written, with room for them.
    fn room(&mut self, at: u32, size: usize) -> Result<usize, Ended> {
        let from = self.place(at, size).ok_or(Ended)?;
        let end = from + size;
        if end > self.memory.len() {
            if end > MOST_MEMORY {
                return Err(Ended);
            }
            let before = self.memory.len();
            self.memory.resize((2 * end).min(MOST_MEMORY).next_multiple_of(4), 0);
            fill_lost(&mut self.memory[before..]);
        }
        let end = at.checked_add(size as u32).ok_or(Ended)?;
        self.highest = self.highest.max(end);
        Ok(from)
    }

    fn image(&self, at: u32) -> Result<&Image, Ended> {
        let from = self.place(at, SIZE).ok_or(Ended)?;
        let image: &Image =
            self.memory.get(from..from + SIZE).ok_or(Ended)?.try_into().map_err(|_| Ended)?;
        let known = element::is_held(image) && element::is_reduced::<F>(image);
        if known { Ok(image) } else { Err(Ended) }
    }

    fn write(&mut self, at: u32, image: Image) -> Result<(), Ended> {
        // A function writes where its results are wanted, as many as it returns; else in its own frame and above.
        let is_outside = at < self.frame
            && (at < self.window.writable || at.saturating_add(SIZE as u32) > self.results);
        if is_outside || !at.is_multiple_of(4) {
            return Err(Ended);
        }
        self.place_element(at, image)
    }

    fn place_element(&mut self, at: u32, mut image: Image) -> Result<(), Ended> {
        let from = self.room(at, SIZE)?;
        if !element::is_tag(tag_at(&self.memory, from)) {
            self.lose_around(from);
        }
        element::hold(&mut image);
        self.memory[from..from + SIZE].copy_from_slice(&image);
        Ok(())
    }

    /// Elements that lie partly where another one is about to be written are none any more.
    fn lose_around(&mut self, from: usize) {
        for start in (from.saturating_sub(SIZE - 4)..from + SIZE).step_by(4) {
            if start + SIZE <= self.memory.len() && element::is_tag(tag_at(&self.memory, start)) {
                self.memory[start..][element::TAG].copy_from_slice(&LOST.to_le_bytes());
            }
        }
    }

    // ---- instructions

    fn pop(&mut self) -> Result<u32, Ended> {
        self.stack.pop().ok_or(Ended)
    }

    fn call(&mut self, index: u32) -> Result<(), Ended> {
        let function = self.functions.get(&index).ok_or(Ended)?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Ended);
        }
        let base = self.stack.len().checked_sub(function.parameters as usize).ok_or(Ended)?;
        let first = self.locals.len();
        self.locals.extend(self.stack.drain(base..));
        self.locals.resize(first + function.locals as usize, 0);
        self.execute(function, first, base)?;
        let results = self.stack.len().checked_sub(function.results as usize).ok_or(Ended)?;
        self.stack.drain(base.min(results)..results);
        self.locals.truncate(first);
        self.depth -= 1;
        Ok(())
    }

    fn execute(&mut self, function: &Function, first: usize, base: usize) -> Result<(), Ended> {
        let mut at = 0usize;
        loop {
            self.left = self.left.checked_sub(1).ok_or(Ended)?;
            let instruction = *function.code.get(at).ok_or(Ended)?;
            at += 1;
            match instruction {
                Instruction::Constant(value) => self.stack.push(value),
                Instruction::Get(local) => self.stack.push(self.locals[first + local as usize]),
                Instruction::Set(local) => self.locals[first + local as usize] = self.pop()?,
                Instruction::Tee(local) => {
                    self.locals[first + local as usize] = *self.stack.last().ok_or(Ended)?;
                }
                Instruction::Offset { local, by } => {
                    self.stack.push(self.locals[first + local as usize].wrapping_add(by));
                }
                Instruction::Binary(kind) => {
                    let (b, a) = (self.pop()?, self.pop()?);
                    self.stack.push(kind.apply(a, b).ok_or(Ended)?);
                }
                Instruction::IsZero => {
                    let value = self.pop()?;
                    self.stack.push(u32::from(value == 0));
                }
                // Functions have elements alone in memory, and the top of the stack.
                Instruction::Load { offset: 0 } => {
                    if self.pop()? != 0 {
                        return Err(Ended);
                    }
                    self.stack.push(self.top);
                }
                Instruction::Store { offset: 0 } => {
                    let (value, at) = (self.pop()?, self.pop()?);
                    if at != 0 {
                        return Err(Ended);
                    }
                    self.top = value;
                }
                Instruction::Jump(target) => {
                    self.stack.truncate(base + target.height as usize);
                    at = target.to as usize;
                }
                Instruction::JumpIf(target) => {
                    if self.pop()? != 0 {
                        self.stack.truncate(base + target.height as usize);
                        at = target.to as usize;
                    }
                }
                Instruction::If { otherwise, .. } => {
                    if self.pop()? == 0 {
                        at = otherwise as usize;
                    }
                }
                Instruction::Return => return Ok(()),
                Instruction::Call(index) => self.call(index)?,
                Instruction::Field(function) => self.field(function)?,
                Instruction::Ignore(count) => {
                    let left = self.stack.len().checked_sub(count as usize).ok_or(Ended)?;
                    self.stack.truncate(left);
                }
                Instruction::Drop => {
                    self.pop()?;
                }
                // Memory grows where it is written.
                Instruction::MemorySize => self.stack.push(0xffff),
                _ => return Err(Ended),
            }
        }
    }

    fn field(&mut self, function: FieldFunction) -> Result<(), Ended> {
        match function {
            FieldFunction::Copy => {
                let (from, to) = (self.pop()?, self.pop()?);
                let image = *self.image(from)?;
                self.write(to, image)
            }
            FieldFunction::Apply(operator) => {
                let b = self.pop()?;
                let a = if operator.is_unary() { b } else { self.pop()? };
                let to = self.pop()?;
                if operator == super::integer::Operator::Pow && a == b {
                    return Err(Ended);
                }
                let value =
                    element::apply::<F>(operator, self.image(a)?, self.image(b)?).ok_or(Ended)?;
                self.write(to, value)
            }
            FieldFunction::Inverse => {
                let (a, to) = (self.pop()?, self.pop()?);
                let one = element::small(1);
                let value = element::apply::<F>(super::integer::Operator::Div, &one, self.image(a)?);
                self.write(to, value.ok_or(Ended)?)
            }
            FieldFunction::IsTrue => {
                let at = self.pop()?;
                let truth = element::is_true::<F>(self.image(at)?);
                self.stack.push(truth.into());
                Ok(())
            }
            FieldFunction::ToWord => {
                let at = self.pop()?;
                let word = element::to_word::<F>(self.image(at)?);
                self.stack.push(word);
                Ok(())
            }
            FieldFunction::Same => self.pop().map(|_| ()),
        }
    }
}

/// The word that is the tag of the element at an index, if there is one.
fn tag_at(memory: &[u8], from: usize) -> u32 {
    u32::from_le_bytes(memory[from..][element::TAG].try_into().expect("four bytes"))
}

fn fill_lost(bytes: &mut [u8]) {
    for word in bytes.chunks_exact_mut(4) {
        word.copy_from_slice(&LOST.to_le_bytes());
    }
}
