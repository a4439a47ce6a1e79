//! A circuit's program: straight code for as many witnesses at once as there are lanes.
//!
//! There are three files of slots. *Elements* are field elements in Montgomery form, packed in lanes. *Integers* are
//! canonical integers, one for each lane. *Bits* have a bit for each lane. The first slots of each file hold constants.

use super::field_functions::Prime;
use super::integer::Operator;
use super::machine::{Functions, Window};
use crate::arithmetic::field::Canonical;

/// A file of slots, or what else an operand can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    Element,
    Integer,
    Bit,
    /// A number.
    Number,
    /// A range of `Program::lists`: where it begins, and as the next operand how long it is.
    List,
    None,
}

impl File {
    /// Whether it is a file of slots.
    pub fn is_file(self) -> bool {
        matches!(self, File::Element | File::Integer | File::Bit)
    }
}

/// What a step does with its operands a, b and c.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Action {
    // to elements
    Mul,
    Add,
    Sub,
    Neg,
    /// 1/a, or 0 for 0.
    Inverse,
    /// b where bit a is set, else 0.
    Pick,
    /// b where bit a is set, else c.
    SelectElement,
    ElementOfInteger,
    ElementOfBit,
    /// Entry a of a list; 0 past its end.
    EntryOfElements,
    // to integers
    Input,
    IntegerOfElement,
    IntegerOfBit,
    SelectInteger,
    EntryOfIntegers,
    Apply(Operator),
    // to bits
    /// Bit b of integer a.
    Bit,
    Compare(Operator),
    /// Whether a is below the number b.
    Below,
    IsSameElement,
    IsElement,
    IsInteger,
    And,
    Or,
    Xor,
    Not,
    SelectBit,
    // effects
    /// Makes call `to` where bit a is set. A list has the integers of its arguments, then the slots of its results.
    Call,
    /// The calculation fails where the bit is set.
    FailIf,
    FailUnless,
    FailUnlessSame,
    /// Value `to` of the witness is a.
    OutElement,
    OutInteger,
    OutBit,
}

impl Action {
    /// Where the result goes, and what the operands are.
    pub fn shape(self) -> (File, [File; 3]) {
        use Action::*;
        use File::{Bit as B, Element as E, Integer as I, List, None as O, Number as N};
        match self {
            Mul | Add | Sub => (E, [E, E, O]),
            Neg | Inverse => (E, [E, O, O]),
            Pick => (E, [B, E, O]),
            SelectElement => (E, [B, E, E]),
            ElementOfInteger => (E, [I, O, O]),
            ElementOfBit => (E, [B, O, O]),
            EntryOfElements => (E, [I, List, N]),
            Input => (I, [N, O, O]),
            IntegerOfElement => (I, [E, O, O]),
            IntegerOfBit => (I, [B, O, O]),
            SelectInteger => (I, [B, I, I]),
            EntryOfIntegers => (I, [I, List, N]),
            Apply(_) => (I, [I, I, O]),
            Action::Bit => (B, [I, N, O]),
            Compare(_) => (B, [I, I, O]),
            Below => (B, [I, N, O]),
            IsSameElement => (B, [E, E, O]),
            IsElement => (B, [E, O, O]),
            IsInteger => (B, [I, O, O]),
            And | Or | Xor => (B, [B, B, O]),
            Not => (B, [B, O, O]),
            SelectBit => (B, [B, B, B]),
            Call => (N, [B, List, N]),
            FailIf | FailUnless => (O, [B, O, O]),
            FailUnlessSame => (O, [E, E, O]),
            OutElement => (N, [E, O, O]),
            OutInteger => (N, [I, O, O]),
            OutBit => (N, [B, O, O]),
        }
    }

    /// Whether it writes a value of the witness.
    pub fn is_output(self) -> bool {
        matches!(self, Action::OutElement | Action::OutInteger | Action::OutBit)
    }

    /// The file of the entries of its list.
    pub fn entries(self) -> Option<File> {
        match self {
            Action::EntryOfElements => Some(File::Element),
            Action::EntryOfIntegers | Action::Call => Some(File::Integer),
            _ => None,
        }
    }
}

/// A step, and how many steps from it on, itself included, have the same action and do not depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub action: Action,
    pub alike: u8,
    pub to: u32,
    pub operands: [u32; 3],
}

/// How many slots of each file there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    pub elements: u32,
    pub integers: u32,
    pub bits: u32,
}

/// The slots of the bits that are clear and set in all lanes.
pub const CLEAR: u32 = 0;
pub const SET: u32 = 1;
/// The slots of the elements 0 and 1.
pub const ELEMENT_ZERO: u32 = 0;
pub const ELEMENT_ONE: u32 = 1;

/// The values of one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// FNV-1a of its name.
    pub hash: u64,
    /// The number of its first signal.
    pub signal: u32,
    pub size: u32,
}

/// A call of a function of the circuit, which a machine runs for each witness by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub function: u32,
    /// What it is called with.
    pub operands: Vec<u32>,
    /// The address of its frame, the top of the stack, and what lies there that is the same for all inputs.
    pub frame: u32,
    pub image: Vec<u8>,
    /// The addresses of its arguments and of its results.
    pub arguments: Vec<u32>,
    pub results: Vec<u32>,
}

/// The slot of a result that nothing needs.
pub const NOWHERE: u32 = u32::MAX;

/// What the machine needs to make calls.
#[derive(Default)]
pub struct Calls {
    pub sites: Vec<Site>,
    pub functions: Functions,
    pub window: Window,
}

pub struct Program {
    pub prime: Prime,
    /// In the order of their signals, which is that of their values.
    pub inputs: Vec<Input>,
    /// Values of the witness.
    pub outputs: u32,
    /// The first slots of the elements and of the integers.
    pub elements: Vec<Canonical>,
    pub integers: Vec<Canonical>,
    pub slots: Slots,
    pub steps: Vec<Step>,
    pub lists: Vec<u32>,
    /// Values of the witness that are the same for all inputs.
    pub fixed: Vec<(u32, Canonical)>,
    pub calls: Calls,
}

/// The number of values of all inputs.
pub fn count_of(inputs: &[Input]) -> usize {
    let end = inputs.iter().map(|input| input.signal as usize + input.size as usize).max();
    end.unwrap_or(0) - first_of(inputs) as usize
}

/// The number of the first signal of all inputs.
pub fn first_of(inputs: &[Input]) -> u32 {
    inputs.iter().map(|input| input.signal).min().unwrap_or(0)
}

impl Program {
    /// The number of values of all inputs.
    pub fn input_count(&self) -> usize {
        count_of(&self.inputs)
    }

    /// Whether a list is one for a call: values for all arguments, and for the results slots that are not constants.
    fn fits(&self, list: &[u32], site: &Site) -> bool {
        let count = site.arguments.len();
        list.len() == count + site.results.len()
            && list[..count].iter().all(|&slot| slot != NOWHERE)
            && list[count..].iter().all(|&slot| slot as usize >= self.integers.len())
            && self.calls.functions.get(&site.function).is_some_and(|function| {
                function.parameters as usize == site.operands.len() && function.results <= 1
            })
    }

    /// Whether every step can be run: each slot, number and list is inside of what it belongs to. The Err says what is
    /// not.
    pub fn check(&self) -> Result<(), &'static str> {
        let Slots { elements, integers, bits } = self.slots;
        if elements < 2 || bits < 2 || self.elements.len() < 2 {
            return Err("it lacks the slots of 0 and 1");
        }
        if self.elements.len() > elements as usize || self.integers.len() > integers as usize {
            return Err("it has more constants than slots");
        }
        // Each slot behind the constants is written by a step, or is a result of a call.
        let (steps, lists) = (self.steps.len(), self.lists.len());
        if elements as usize > self.elements.len() + steps
            || integers as usize > self.integers.len() + steps + lists
            || bits as usize > 2 + steps
        {
            return Err("it has more slots than its steps can fill");
        }
        let size = |file: File| match file {
            File::Element => elements,
            File::Integer => integers,
            _ => bits,
        };
        let inputs = self.input_count();
        let mut alike = 0;
        for (at, step) in self.steps.iter().enumerate() {
            if alike == 0 {
                alike = usize::from(step.alike);
                let group = self.steps.get(at..at + alike).ok_or("its last steps are missing")?;
                if alike == 0 || group.iter().any(|other| other.action != step.action) {
                    return Err("steps that are not alike are said to be");
                }
            }
            alike -= 1;
            let (to, files) = step.action.shape();
            let fits = match to {
                File::None => true,
                File::Number if step.action == Action::Call => {
                    (step.to as usize) < self.calls.sites.len()
                }
                File::Number => step.to < self.outputs,
                file => step.to < size(file),
            };
            if !fits {
                return Err("a step writes where nothing is");
            }
            let constants = match to {
                File::Element => self.elements.len(),
                File::Integer => self.integers.len(),
                File::Bit => 2,
                _ => 0,
            };
            if to.is_file() && (step.to as usize) < constants {
                return Err("a step overwrites a constant");
            }
            for (&operand, &file) in step.operands.iter().zip(&files) {
                let fits = match (file, step.action) {
                    (File::Element | File::Integer | File::Bit, _) => operand < size(file),
                    (File::Number, Action::Input) => (operand as usize) < inputs,
                    (File::Number, Action::Bit) => operand < 256,
                    _ => true,
                };
                if !fits {
                    return Err("a step reads where nothing is");
                }
            }
            if let Some(file) = step.action.entries() {
                let (from, count) = (step.operands[1] as usize, step.operands[2] as usize);
                let list = from.checked_add(count).and_then(|end| self.lists.get(from..end));
                let list = list.ok_or("a step reads a list where none is")?;
                let is_call = step.action == Action::Call;
                if list.iter().any(|&slot| slot >= size(file) && !(is_call && slot == NOWHERE)) {
                    return Err("a list has what is not there");
                }
                if is_call && !self.fits(list, &self.calls.sites[step.to as usize]) {
                    return Err("a call does not fit its function");
                }
            }
        }
        if self.calls.window.start as usize + self.calls.window.bytes.len() > u32::MAX as usize {
            return Err("its memory is too large");
        }
        if self.calls.functions.values().any(|function| !function.is_sound()) {
            return Err("a function of it jumps or reads where nothing is");
        }
        self.writes_all_values()
    }

    /// Whether each value of the witness is written, and once: what lies there before is not a value.
    fn writes_all_values(&self) -> Result<(), &'static str> {
        let written = self.steps.iter().filter(|step| step.action.is_output()).map(|step| step.to);
        let places = || written.clone().chain(self.fixed.iter().map(|&(place, _)| place));
        if places().count() != self.outputs as usize {
            return Err("it does not write each value of the witness once");
        }
        let mut found = vec![false; self.outputs as usize];
        for place in places() {
            match found.get_mut(place as usize) {
                None => return Err("a value lies outside of the witness"),
                Some(found) if *found => return Err("it writes a value of the witness twice"),
                Some(found) => *found = true,
            }
        }
        Ok(())
    }
}
