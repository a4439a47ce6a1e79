//! Runs a circuit without its inputs: what depends on them becomes a graph, everything else is calculated at once.
//!
//! Control flow, addresses and constants are concrete. A value that comes from an input is a node, never a number, so
//! that nothing of an input can end up in a program. Branches that depend on inputs are in `branches`; functions that
//! cannot be traced because of them become calls of the graph.

use super::branches::Position;
use super::circuit::{Circuit, ELEMENT};
use super::element;
use super::field_functions::{FieldFunction, SHARED_ELEMENT};
use super::graph::{Call, Graph, Guard, Id, MOST_NODES};
use super::instruction::{Binary, Function, Instruction};
use super::integer::{CircomField, Operator};
use super::shadow::{Fault, Memory, Value};
use std::fmt;
use std::time::Instant;

/// A value on the stack or in a local variable.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operand {
    Word(u32),
    Wide(u64),
    /// Whether a node is not zero, or is zero.
    Truth {
        node: Id,
        negated: bool,
    },
    /// An address or index that depends on inputs: an entry of `Tracer::indices`.
    Index(u32),
    /// Different in the two arms of a branch, and so in none of the above.
    Lost,
}

/// base + Σ factor · (signed residue of a node), in 32 bits.
#[derive(Clone, Debug)]
struct Linear {
    base: u32,
    terms: Vec<(u32, Id)>,
}

/// The variables of a function while it runs.
#[derive(Clone)]
pub struct Frame {
    pub function: u32,
    pub locals: Vec<Operand>,
    pub stack: Vec<Operand>,
}

/// Why tracing came to an end before the circuit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A loop whose end depends on inputs.
    Loop,
    /// An address that depends on inputs, where no table can be read or written.
    Address,
    /// What circom's templates never do.
    Strange(&'static str),
    /// It takes more time, memory or nodes than it may.
    TooLarge(&'static str),
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loop => write!(out, "it has a loop whose end depends on inputs"),
            Self::Address => {
                write!(out, "it has an index that depends on inputs, and is not into a short array")
            }
            Self::Strange(why) | Self::TooLarge(why) => write!(out, "{why}"),
        }
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Strange(match fault {
            Fault::Outside => "it reads or writes outside of its memory",
            Fault::Lost => "it reads parts of values, or what was never written",
        })
    }
}

/// The most calls inside of each other: templates in templates, and functions that call themselves.
const DEEPEST: u32 = 400;

/// The most branches on inputs inside of each other.
pub const MOST_BRANCHES: u32 = 600;

/// The most entries of a table that is read at an index that depends on inputs, and that is written at one.
const MOST_READ: u32 = 4096;
const MOST_WRITTEN: u32 = 64;

/// Instructions between two looks at the clock.
const BETWEEN_LOOKS: u32 = 1 << 16;

pub struct Tracer<'c, F> {
    pub circuit: &'c Circuit,
    pub memory: Memory,
    pub graph: Graph<F>,
    /// Where the present arm of branches on inputs is run: the node is not zero. `None` outside of them.
    pub path: Option<Id>,
    pub branches: u32,
    indices: Vec<Linear>,
    depth: u32,
    /// Inside of a function that can become a call.
    tried: bool,
    /// The highest top of the stack since what lies above it was discarded.
    highest: u32,
    /// Functions that could not be traced.
    called: Vec<bool>,
    until: Instant,
    left: u32,
}

impl<'c, F: CircomField> Tracer<'c, F> {
    pub fn new(circuit: &'c Circuit, most_memory: usize, until: Instant) -> Self {
        let mut memory = Memory::new(circuit.memory.clone(), most_memory);
        memory.hold(circuit.signals, circuit.signals_end);
        memory.hold(circuit.constants, circuit.stack);
        memory.lose(SHARED_ELEMENT as u32, SHARED_ELEMENT as u32 + ELEMENT);
        Self {
            circuit,
            memory,
            graph: Graph::default(),
            path: None,
            branches: 0,
            indices: Vec::new(),
            depth: 0,
            tried: false,
            highest: 0,
            called: vec![false; circuit.functions.len()],
            until,
            left: BETWEEN_LOOKS,
        }
    }

    pub fn function(&self, index: u32) -> Result<&'c Function, Stop> {
        let found = self.circuit.functions.get(index as usize).and_then(Option::as_ref);
        found.ok_or(Stop::Strange(
            "it calls a function of the field arithmetic that templates do not use",
        ))
    }

    /// Calls a function with these arguments. `None` if the circuit fails for every input that gets here.
    pub fn call(&mut self, index: u32, arguments: &[Operand]) -> Result<Option<Option<Operand>>, Stop> {
        let function = self.function(index)?;
        if self.depth >= DEEPEST {
            return Err(Stop::TooLarge("its components or functions are nested too deeply"));
        }
        self.depth += 1;
        let mut locals = vec![Operand::Word(0); function.locals as usize];
        locals[..arguments.len()].copy_from_slice(arguments);
        let mut frame = Frame { function: index, locals, stack: Vec::with_capacity(16) };
        let end = self.run(&mut frame, Position::START, Position::END);
        self.depth -= 1;
        Ok(match end? {
            None => None,
            Some(_) if function.results == 0 => Some(None),
            Some(_) => Some(frame.stack.pop()),
        })
    }

    /// Runs a function from one position until it reaches `stop` or passes it; see `branches`. `None` if the circuit fails
    /// for every input that gets here.
    pub fn run(
        &mut self,
        frame: &mut Frame,
        from: Position,
        stop: Position,
    ) -> Result<Option<Position>, Stop> {
        let function = self.function(frame.function)?;
        let mut at = from;
        while at < stop {
            self.look_at_the_clock()?;
            let instruction = function.code[at.index()];
            let mut next = at.next();
            match instruction {
                Instruction::Jump(target) => {
                    frame.stack.truncate(target.height as usize);
                    next = Position::of(target.to);
                }
                Instruction::JumpIf(target) => match pop(frame)? {
                    Operand::Word(0) => {}
                    Operand::Word(_) => {
                        frame.stack.truncate(target.height as usize);
                        next = Position::of(target.to);
                    }
                    Operand::Truth { node, negated } => {
                        let there = Position::of(target.to);
                        if there <= at || frame.stack.len() != target.height as usize {
                            return Err(Stop::Loop);
                        }
                        match self.branch(frame, (node, negated), there, next, there)? {
                            Some(reached) => next = reached,
                            None => return Ok(None),
                        }
                    }
                    _ => return Err(Stop::Loop),
                },
                Instruction::If { otherwise, end } => match pop(frame)? {
                    Operand::Word(0) => next = Position::of(otherwise),
                    Operand::Word(_) => {}
                    Operand::Truth { node, negated } => {
                        let (otherwise, end) = (Position::of(otherwise), Position::of(end));
                        match self.branch(frame, (node, negated), next, otherwise, end)? {
                            Some(reached) => next = reached,
                            None => return Ok(None),
                        }
                    }
                    _ => return Err(Stop::Strange("it branches on an address")),
                },
                Instruction::Return => {
                    // A function that returns a code has failed if that is not zero; its callers pass it on.
                    let failed = function.results == 1
                        && function.parameters > 0
                        && self.gives_codes(frame.function)
                        && matches!(frame.stack.last(), Some(Operand::Word(code)) if *code != 0);
                    let extra = frame.stack.len().saturating_sub(function.results as usize);
                    frame.stack.drain(..extra);
                    return Ok((!failed).then_some(Position::END));
                }
                Instruction::Raise => return Ok(None),
                Instruction::Call(index) => {
                    if !self.call_from(frame, index)? {
                        return Ok(None);
                    }
                }
                Instruction::CallIndirect { kind } => {
                    let Operand::Word(entry) = pop(frame)? else { return Err(Stop::Address) };
                    let found = self.circuit.table.get(entry as usize).copied().flatten();
                    let index =
                        found.ok_or(Stop::Strange("it calls an entry of its table that is empty"))?;
                    if self.circuit.kinds.get(index as usize) != Some(&kind) {
                        return Err(Stop::Strange(
                            "it calls a function of its table as one of another type",
                        ));
                    }
                    if !self.call_from(frame, index)? {
                        return Ok(None);
                    }
                }
                Instruction::Field(function) => {
                    if !self.field(frame, function)? {
                        return Ok(None);
                    }
                }
                _ => self.plain(frame, instruction)?,
            }
            at = next;
        }
        Ok(Some(at))
    }

    fn look_at_the_clock(&mut self) -> Result<(), Stop> {
        self.left -= 1;
        if self.left > 0 {
            return Ok(());
        }
        self.left = BETWEEN_LOOKS;
        if Instant::now() > self.until {
            return Err(Stop::TooLarge("compiling it takes too long"));
        }
        if self.graph.nodes.len() > MOST_NODES {
            return Err(Stop::TooLarge("its program would be too large"));
        }
        Ok(())
    }

    /// Whether a function is a template's or circom's: what it returns is 0 or the code of an error. Those that create
    /// components return their address.
    fn gives_codes(&self, function: u32) -> bool {
        self.circuit.gives_codes(function)
    }

    fn call_from(&mut self, frame: &mut Frame, index: u32) -> Result<bool, Stop> {
        let function = self.function(index)?;
        let count = function.parameters as usize;
        let first = frame.stack.len().checked_sub(count).ok_or(UNDERFLOW)?;
        let arguments = frame.stack.split_off(first);
        if let Some(size) = self.circuit.frame_of(index) {
            return self.call_function(frame, (index, function), size, &arguments);
        }
        let Some(result) = self.call(index, &arguments)? else { return Ok(false) };
        frame.stack.extend(result);
        Ok(true)
    }

    /// Calls a function of the circuit's source, which reads its frame and writes its result and nothing else.
    fn call_function(
        &mut self,
        frame: &mut Frame,
        (index, function): (u32, &Function),
        size: u32,
        arguments: &[Operand],
    ) -> Result<bool, Stop> {
        let top = self.memory.word(0)?;
        let (nodes, image) = self.memory.frame(top, size).unwrap_or_default();
        if nodes.is_empty() || self.tried {
            let Some(result) = self.call(index, arguments)? else { return Ok(false) };
            frame.stack.extend(result);
            return Ok(true);
        }
        if !self.called[index as usize] {
            let (place, guards, depth) = (self.memory.enter(), self.graph.guards.len(), self.depth);
            let (path, branches) = (self.path, self.branches);
            self.tried = true;
            let tried = self.call(index, arguments);
            self.tried = false;
            match tried {
                Ok(result) => {
                    self.memory.leave(place);
                    self.move_top(top);
                    frame.stack.extend(result.flatten());
                    return Ok(result.is_some());
                }
                Err(stop @ Stop::TooLarge("compiling it takes too long")) => return Err(stop),
                Err(_) => {
                    self.memory.undo(place);
                    self.memory.leave(place);
                    self.graph.guards.truncate(guards);
                    (self.depth, self.path, self.branches) = (depth, path, branches);
                    self.called[index as usize] = true;
                }
            }
        }
        let &[Operand::Word(to), Operand::Word(results)] = arguments else { return Err(Stop::Address) };
        if results == 0 {
            return Err(Stop::Strange("a function of it returns nothing"));
        }
        if results > MOST_READ {
            return Err(Stop::TooLarge("a function of it returns too much"));
        }
        let call =
            Call { function: index, frame: top, arguments: nodes, image, results, path: self.path };
        self.memory.lose_from(top);
        for (place, id) in (0..).zip(self.graph.call(call)) {
            self.memory.set_element(to.wrapping_add(ELEMENT * place), Value::Node(id))?;
        }
        if function.results == 1 {
            frame.stack.push(Operand::Word(0));
        }
        Ok(true)
    }

    // ---- instructions that neither branch nor call

    fn plain(&mut self, frame: &mut Frame, instruction: Instruction) -> Result<(), Stop> {
        match instruction {
            Instruction::Constant(value) => frame.stack.push(Operand::Word(value)),
            Instruction::Wide(value) => frame.stack.push(Operand::Wide(value)),
            Instruction::Get(local) => frame.stack.push(frame.locals[local as usize]),
            Instruction::Set(local) => frame.locals[local as usize] = pop(frame)?,
            Instruction::Tee(local) => {
                frame.locals[local as usize] = *frame.stack.last().ok_or(UNDERFLOW)?
            }
            Instruction::Offset { local, by } => {
                let sum = self.binary(Binary::Add, frame.locals[local as usize], Operand::Word(by))?;
                frame.stack.push(sum);
            }
            Instruction::Binary(kind) => {
                let (b, a) = (pop(frame)?, pop(frame)?);
                let value = self.binary(kind, a, b)?;
                frame.stack.push(value);
            }
            Instruction::IsZero => {
                let value = match pop(frame)? {
                    Operand::Word(value) => Operand::Word(u32::from(value == 0)),
                    Operand::Truth { node, negated } => Operand::Truth { node, negated: !negated },
                    _ => return Err(Stop::Address),
                };
                frame.stack.push(value);
            }
            Instruction::Load { offset } => {
                let at = address(pop(frame)?)?;
                let at = offset_of(at, offset)?;
                let word = self.memory.word(if at == 0 { at } else { outside_of_fields(at)? })?;
                frame.stack.push(Operand::Word(word));
            }
            Instruction::LoadByte { offset } => {
                let at = address(pop(frame)?)?;
                let byte = self.memory.byte(outside_of_fields(offset_of(at, offset)?)?)?;
                frame.stack.push(Operand::Word(byte.into()));
            }
            Instruction::Store { offset } => {
                let (Operand::Word(value), at) = (pop(frame)?, address(pop(frame)?)?) else {
                    return Err(Stop::Address);
                };
                let at = offset_of(at, offset)?;
                if at == 0 {
                    if value < self.circuit.stack {
                        return Err(FIELDS);
                    }
                    self.move_top(value);
                } else {
                    self.writable(at, 4)?;
                }
                self.memory.set_bytes(at, &value.to_le_bytes())?;
            }
            Instruction::StoreByte { offset } => {
                let (Operand::Word(value), at) = (pop(frame)?, address(pop(frame)?)?) else {
                    return Err(Stop::Address);
                };
                self.memory.set_bytes(self.writable(offset_of(at, offset)?, 1)?, &[value as u8])?;
            }
            Instruction::StoreWide { offset } => {
                let (Operand::Wide(value), at) = (pop(frame)?, address(pop(frame)?)?) else {
                    return Err(Stop::Address);
                };
                self.memory
                    .set_bytes(self.writable(offset_of(at, offset)?, 8)?, &value.to_le_bytes())?;
            }
            Instruction::Drop => {
                pop(frame)?;
            }
            Instruction::Ignore(count) => {
                let left = frame.stack.len().checked_sub(count as usize).ok_or(UNDERFLOW)?;
                frame.stack.truncate(left);
            }
            Instruction::MemorySize => frame.stack.push(Operand::Word(self.memory.pages())),
            Instruction::MemoryGrow => {
                let Operand::Word(pages) = pop(frame)? else { return Err(Stop::Address) };
                let before =
                    self.memory.grow(pages).ok_or(Stop::TooLarge("it takes too much memory"))?;
                frame.stack.push(Operand::Word(before));
            }
            _ => return Err(Stop::Strange("it has an instruction that circom's templates do not use")),
        }
        Ok(())
    }

    /// The top of the stack moves: what lies above it belongs to functions that have returned.
    fn move_top(&mut self, top: u32) {
        if top < self.highest && self.memory.discard(top, self.highest) || top > self.highest {
            self.highest = top;
        }
    }

    fn binary(&mut self, kind: Binary, a: Operand, b: Operand) -> Result<Operand, Stop> {
        Ok(match (a, b) {
            (Operand::Word(a), Operand::Word(b)) => {
                Operand::Word(kind.apply(a, b).ok_or(Stop::Strange("it divides an address by zero"))?)
            }
            (Operand::Index(index), Operand::Word(word))
            | (Operand::Word(word), Operand::Index(index)) => {
                let mut linear = self.indices[index as usize].clone();
                match kind {
                    Binary::Add => linear.base = linear.base.wrapping_add(word),
                    Binary::Mul => {
                        linear.base = linear.base.wrapping_mul(word);
                        for (factor, _) in &mut linear.terms {
                            *factor = factor.wrapping_mul(word);
                        }
                    }
                    _ => return Err(Stop::Address),
                }
                self.index(linear)
            }
            (Operand::Index(one), Operand::Index(other)) if kind == Binary::Add => {
                let mut linear = self.indices[one as usize].clone();
                let other = &self.indices[other as usize];
                linear.base = linear.base.wrapping_add(other.base);
                linear.terms.extend(&other.terms);
                self.index(linear)
            }
            _ => return Err(Stop::Address),
        })
    }

    fn index(&mut self, linear: Linear) -> Operand {
        self.indices.push(linear);
        Operand::Index(self.indices.len() as u32 - 1)
    }

    // ---- field functions

    /// The node of an element.
    pub fn node(&mut self, value: Value) -> Id {
        node_of(&mut self.graph, value)
    }

    pub fn read(&mut self, at: Operand) -> Result<Value, Stop> {
        match at {
            Operand::Word(at) => {
                let value = self.memory.element(outside_of_fields(at)?)?;
                match value {
                    Value::Plain(image) if !element::is_reduced::<F>(&image) => Err(NOT_REDUCED),
                    _ => Ok(value),
                }
            }
            Operand::Index(index) => {
                let (number, table, _) = self.table(index, MOST_READ)?;
                let bound = self.graph.below(number, table.len() as u32);
                self.require(bound);
                Ok(Value::Node(self.graph.entry(number, table)))
            }
            _ => Err(Stop::Address),
        }
    }

    /// An address, if so many bytes can be written there. Constants stay: functions read them whenever they run.
    fn writable(&self, at: u32, size: u32) -> Result<u32, Stop> {
        let is_constant = at < self.circuit.stack && at.saturating_add(size) > self.circuit.constants;
        if is_constant { Err(CONSTANTS) } else { outside_of_fields(at) }
    }

    fn write(&mut self, at: Operand, value: Value) -> Result<(), Stop> {
        match at {
            Operand::Word(at) => Ok(self.memory.set_element(self.writable(at, ELEMENT)?, value)?),
            Operand::Index(index) => {
                let (number, table, base) = self.table(index, MOST_WRITTEN)?;
                let bound = self.graph.below(number, table.len() as u32);
                self.require(bound);
                let new = self.node(value);
                for (place, old) in table.into_iter().enumerate() {
                    let this = self.graph.constant([place as u64, 0, 0, 0]);
                    let chosen = self.graph.apply(Operator::Equal, number, this);
                    let entry = self.graph.select(chosen, new, old);
                    let at = self.writable(base + ELEMENT * place as u32, ELEMENT)?;
                    self.memory.set_element(at, Value::Node(entry))?;
                }
                Ok(())
            }
            _ => Err(Stop::Address),
        }
    }

    /// The number of an entry, the entries that can be read from an address on, and that address.
    fn table(&mut self, index: u32, most: u32) -> Result<(Id, Vec<Id>, u32), Stop> {
        let Linear { base, terms } = self.indices[index as usize].clone();
        let several = terms.len() > 1;
        let mut number = self.graph.constant([0; 4]);
        for (factor, node) in terms {
            if factor % ELEMENT != 0 || factor > 1 << 24 {
                return Err(Stop::Address);
            }
            if several {
                // Where a term is that small, the sum is the same in 32 bits and in the field.
                let bound = self.graph.below(node, 1 << 24);
                self.require(bound);
            }
            let factor = self.graph.constant([u64::from(factor / ELEMENT), 0, 0, 0]);
            let term = self.graph.apply(Operator::Mul, node, factor);
            number = self.graph.apply(Operator::Add, number, term);
        }
        // Up to the end of the present frame, or of the signals.
        let top = self.memory.word(0)?;
        let bottom = self.circuit.stack;
        let end = if base >= bottom { top } else { self.circuit.signals_end };
        // Not past what the index can be: behind an array lie other variables, which would depend on inputs from then on.
        let most = self.graph.most(number).map_or(most, |index| most.min(index as u32 + 1));
        let count = (end.saturating_sub(base) / ELEMENT).min(most);
        let mut table = Vec::new();
        for place in 0..count {
            match self.read(Operand::Word(base + ELEMENT * place)) {
                Ok(value) => table.push(self.node(value)),
                Err(_) => break,
            }
        }
        if table.is_empty() { Err(Stop::Address) } else { Ok((number, table, base)) }
    }

    /// The calculation fails where the node is zero, if it gets here.
    pub fn require(&mut self, node: Id) {
        let (node, fails_if) = match self.path {
            None => (node, false),
            Some(path) => {
                let not = self.graph.not(node);
                (self.graph.apply(Operator::And, path, not), true)
            }
        };
        match self.graph.value(node) {
            Some(value) if (value != [0; 4]) != fails_if => {}
            _ => self.graph.guards.push(Guard { node, fails_if }),
        }
    }

    /// Calls a field function. False if the circuit fails for every input that gets here.
    fn field(&mut self, frame: &mut Frame, function: FieldFunction) -> Result<bool, Stop> {
        match function {
            FieldFunction::Copy => {
                let (from, to) = (pop(frame)?, pop(frame)?);
                let value = self.read(from)?;
                self.write(to, value)?;
            }
            FieldFunction::Apply(operator) if operator.is_unary() => {
                let (a, to) = (pop(frame)?, pop(frame)?);
                let a = self.read(a)?;
                return self.apply(operator, to, a, a);
            }
            FieldFunction::Apply(operator) => {
                let (b, a, to) = (pop(frame)?, pop(frame)?, pop(frame)?);
                if operator == Operator::Pow && a == b {
                    return Err(Stop::Strange(
                        "it has x ** x, for which circom before 2.1.5 gives another value",
                    ));
                }
                let (a, b) = (self.read(a)?, self.read(b)?);
                return self.apply(operator, to, a, b);
            }
            FieldFunction::Inverse => {
                let (a, to) = (pop(frame)?, pop(frame)?);
                let a = self.read(a)?;
                return self.apply(Operator::Div, to, Value::Plain(element::small(1)), a);
            }
            FieldFunction::IsTrue => {
                let at = pop(frame)?;
                let truth = match self.read(at)? {
                    Value::Plain(image) => Operand::Word(element::is_true::<F>(&image).into()),
                    Value::Node(node) => match self.graph.value(node) {
                        Some(value) => Operand::Word(u32::from(value != [0; 4])),
                        None => Operand::Truth { node, negated: false },
                    },
                };
                frame.stack.push(truth);
            }
            FieldFunction::ToWord => {
                let at = pop(frame)?;
                let word = match self.read(at)? {
                    Value::Plain(image) => Operand::Word(element::to_word::<F>(&image)),
                    Value::Node(node) => match self.graph.value(node) {
                        Some(value) => Operand::Word(element::to_word::<F>(&element::of(&value))),
                        None => self.index(Linear { base: 0, terms: vec![(1, node)] }),
                    },
                };
                frame.stack.push(word);
            }
            FieldFunction::Same => {
                pop(frame)?;
            }
        }
        Ok(true)
    }

    fn apply(&mut self, operator: Operator, to: Operand, a: Value, b: Value) -> Result<bool, Stop> {
        let divides = matches!(operator, Operator::IntegerDiv | Operator::Mod);
        let value = match (a, b) {
            (Value::Plain(a), Value::Plain(b)) => match element::apply::<F>(operator, &a, &b) {
                Some(image) => Value::Plain(image),
                None => return Ok(false),
            },
            (a, b) => {
                let (a, b) = (self.node(a), self.node(b));
                if divides {
                    if self.graph.value(b) == Some([0; 4]) {
                        return Ok(false);
                    }
                    self.require(b);
                }
                let id = self.graph.apply(operator, a, b);
                match self.graph.value(id) {
                    Some(value) => Value::Plain(element::of(&value)),
                    None => Value::Node(id),
                }
            }
        };
        self.write(to, value)?;
        Ok(true)
    }
}

/// The node of an element's value.
pub fn node_of<F: CircomField>(graph: &mut Graph<F>, value: Value) -> Id {
    match value {
        Value::Node(id) => id,
        Value::Plain(image) => graph.constant(element::integer::<F>(&image)),
    }
}

const CONSTANTS: Stop = Stop::Strange("it writes to a constant");

const FIELDS: Stop = Stop::Strange("it uses the memory of the field arithmetic");

/// An address, if it is not among those where circom's field functions keep constants and intermediate values. Ours keep
/// them elsewhere.
fn outside_of_fields(at: u32) -> Result<u32, Stop> {
    if (at as usize) < SHARED_ELEMENT { Err(FIELDS) } else { Ok(at) }
}

const NOT_REDUCED: Stop = Stop::Strange("it has a constant that is not below the prime");

const UNDERFLOW: Stop = Stop::Strange("its stack is not as circom's");

fn pop(frame: &mut Frame) -> Result<Operand, Stop> {
    frame.stack.pop().ok_or(UNDERFLOW)
}

fn address(operand: Operand) -> Result<u32, Stop> {
    match operand {
        Operand::Word(at) => Ok(at),
        _ => Err(Stop::Address),
    }
}

fn offset_of(at: u32, offset: u32) -> Result<u32, Stop> {
    at.checked_add(offset).ok_or(Stop::Strange("it reads or writes outside of its memory"))
}
