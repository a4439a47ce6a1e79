//! A circuit's module whose functions and memory are known: what circom's runtime says of its inputs and its witness.
//!
//! The functions of the runtime differ from circuit to circuit in nothing but constants, which tell where things are.

use super::Unsuited;
use super::decode::decode;
use super::element;
use super::field_functions::{COUNT, Prime, recognise};
use super::instruction::{Function, Instruction};
use super::module::Module;
use super::program::{Input, count_of, first_of};
use super::shape::{Shape, shape};
use wasmparser::Operator;

/// Bytes of a field element in memory, as a distance between addresses.
pub const ELEMENT: u32 = element::SIZE as u32;

/// Bytes of a page of memory.
pub const PAGE: usize = 1 << 16;

/// The most memory that a module may begin with, in pages: 2 GiB, as for any calculator.
const MOST_PAGES: u32 = 1 << 15;

/// What a module is made of.
pub struct Circuit {
    pub prime: Prime,
    /// By index; `None` for those that circom's templates do not call.
    pub functions: Vec<Option<Function>>,
    pub table: Vec<Option<u32>>,
    /// The type of each function, as `call_indirect` compares them.
    pub kinds: Vec<u32>,
    /// Its memory before any code has run.
    pub memory: Vec<u8>,
    pub init: u32,
    /// Calculates, when all inputs have been set.
    pub run: u32,
    /// What `run` is called with.
    pub component: u32,
    /// The addresses of signal 0, and of the end of all signals.
    pub signals: u32,
    pub signals_end: u32,
    /// Where the number of input values that are still to be set lies, and behind it which of them are.
    pub counter: u32,
    /// The address of the first constant. They end where the stack begins.
    pub constants: u32,
    /// The lowest address of the stack.
    pub stack: u32,
    /// `reserveStackFr`, with which every template and function begins.
    reserve: Option<u32>,
    pub inputs: Vec<Input>,
    /// The number of the signal of each value of the witness.
    pub witness: Vec<u32>,
    /// Where the map of the inputs and the list of the witness lie: addresses and bytes.
    pub lists: [(u32, u32); 2],
}

fn strange(what: &str) -> Unsuited {
    Unsuited::Module(format!("{what} is not as circom writes it"))
}

impl Circuit {
    pub fn open(bytes: &[u8]) -> Result<Self, Unsuited> {
        let module = Module::parse(bytes)?;
        if module.pages > MOST_PAGES {
            return Err(Unsuited::Module("its memory has more than 2 GiB".into()));
        }
        let mut memory = vec![0; module.pages as usize * PAGE];
        for &(at, data) in &module.data {
            let place =
                (at as usize).checked_add(data.len()).and_then(|end| memory.get_mut(at as usize..end));
            place.ok_or_else(|| strange("its data"))?.copy_from_slice(data);
        }
        let prime = recognise(&module, &memory).ok_or(Unsuited::Field)?;
        let first = module.imports.len() as u32 + COUNT;
        let mut functions: Vec<Option<Function>> = Vec::new();
        functions.resize_with(module.signatures.len(), || None);
        for index in first..module.signatures.len() as u32 {
            let mut function = decode(&module, index)?;
            if hands_to_log(&module, index) {
                function.code = vec![Instruction::Return];
            }
            functions[index as usize] = Some(function);
        }
        let word = |at: u32| -> Option<u32> {
            let bytes = memory.get(at as usize..at as usize + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let init = *module.exports.get("init").ok_or_else(|| strange("init"))?;
        let of = |name: &str| {
            let found = module.exports.get(name).and_then(|&index| shape(&module, index));
            found.ok_or_else(|| strange(name))
        };
        for (name, digest, constants) in HANDED_OVER {
            let known = |found: &Shape| found.digest == digest && found.constants == constants;
            // Before circom 2.0.4, nobody asks for the size of a signal.
            if name == "getInputSignalSize" && !module.exports.contains_key(name) {
                continue;
            }
            of(name).ok().filter(known).ok_or_else(|| strange(name))?;
        }
        let start =
            Start::of(&module, &of("setInputSignal")?).ok_or_else(|| strange("setInputSignal"))?;
        let signals = start.signals;
        let list = list_of(&of("getWitness")?, signals).ok_or_else(|| strange("getWitness"))?;
        let count = size_of(&of("getWitnessSize")?).ok_or_else(|| strange("getWitnessSize"))?;
        let witness: Option<Vec<u32>> =
            (0..count).map(|i| word(list.checked_add(i.checked_mul(4)?)?)).collect();
        let map = shape(&module, start.map).and_then(|shape| InputMap::of(&shape));
        let map = map.ok_or_else(|| strange("getInputSignalMapPosition"))?;
        let stack = word(0).unwrap_or(0);
        let ends = |&&(at, data): &&(u32, &[u8])| at as usize + data.len() == stack as usize;
        let constants = module.data.iter().find(ends).map_or(stack, |&(at, _)| at);
        if !(stack - constants).is_multiple_of(ELEMENT) {
            return Err(strange("its constants"));
        }
        let total = size_of(&of("getInputSize")?).ok_or_else(|| strange("getInputSize"))?;
        let inputs = map.inputs(word, total).ok_or_else(|| strange("the map of its inputs"))?;
        if inputs.first().is_some_and(|input| input.signal != start.first)
            || total as usize != count_of(&inputs)
            || has_gaps(&inputs)
        {
            return Err(strange("the map of its inputs"));
        }
        Ok(Self {
            lists: [(map.address, map.stride * (map.mask + 1)), (list, count.saturating_mul(4))],
            prime,
            table: module.table.clone(),
            kinds: module.kinds.clone(),
            memory,
            init,
            run: start.run,
            component: start.component,
            counter: start.counter,
            signals,
            // A word for the next free component lies between them.
            signals_end: start.component.saturating_sub(4),
            constants,
            stack,
            reserve: functions
                .iter()
                .position(|f| f.as_ref().is_some_and(reserves))
                .map(|at| at as u32),
            inputs,
            witness: witness.ok_or_else(|| strange("the list of its witness"))?,
            functions,
        })
    }

    /// Whether a function is a template's or the source's, which give 0 or the code of an error.
    pub fn gives_codes(&self, index: u32) -> bool {
        self.reserved_by(index).is_some()
    }

    /// The bytes of the frame of a function of the source; `None` for templates and the runtime's functions.
    pub fn frame_of(&self, index: u32) -> Option<u32> {
        let function = self.functions.get(index as usize)?.as_ref()?;
        if function.parameters == 2 && function.results <= 1 { self.reserved_by(index) } else { None }
    }

    fn reserved_by(&self, index: u32) -> Option<u32> {
        let code = &self.functions.get(index as usize)?.as_ref()?.code;
        let call = Instruction::Call(self.reserve?);
        code.windows(2).take(12).find_map(|pair| match pair {
            [Instruction::Constant(bytes), second] if *second == call => Some(*bytes),
            _ => None,
        })
    }
}

/// Whether it is `copyFr2SharedRWMemory` up to circom 2.0.6. It copies a part of an element, for `log` alone.
fn hands_to_log(module: &Module<'_>, index: u32) -> bool {
    let is_short = module.body(index).is_some_and(|body| body.range().end - body.range().start < 24);
    is_short
        && shape(module, index)
            .is_some_and(|found| found.digest == "503c0fb9389f36ec" && found.constants == [8, 1992])
}

/// Whether it is `reserveStackFr`, the only function that lets the memory grow.
fn reserves(function: &Function) -> bool {
    function.code.contains(&Instruction::MemoryGrow)
}

/// Functions through which values are handed over: names, shapes and constants. They are the same in all versions.
const HANDED_OVER: [(&str, &str, &[i64]); 6] = [
    ("writeSharedRWMemory", "9b50d24f80f65ea8", &[1992, 4]),
    ("readSharedRWMemory", "1b56284023df455d", &[1992, 4]),
    ("getSharedRWMemoryStart", "50af904eed7f9bd7", &[1992]),
    ("getFieldNumLen32", "50af904eed7f9bd7", &[8]),
    ("getRawPrime", "dc87d88fde68fcb2", &[1952, 1992]),
    ("getInputSignalSize", "5feba2bab5b03a55", &[32]),
];

/// Where the calculation starts, when all inputs have been set.
struct Start {
    map: u32,
    run: u32,
    component: u32,
    signals: u32,
    counter: u32,
    /// The first input signal.
    first: u32,
}

/// The shapes of `setInputSignal`: up to circom 2.0.3, up to 2.0.6, and since.
const SET: [&str; 3] = ["48fa9dd2729070d1", "703e4f791538c02b", "9bda9fcaf066adb6"];

impl Start {
    /// From `setInputSignal`. It calls three functions of its module: the place of an input in the map, whether it is set,
    /// and the calculation.
    fn of(module: &Module<'_>, set: &Shape) -> Option<Self> {
        if !SET.contains(&&set.digest[..]) {
            return None;
        }
        // Since 2.0.4, a code for an index that is too large.
        let checked = if set.digest == SET[0] { &[][..] } else { &[6] };
        let after = 4 + checked.len();
        let (&counter, &first) = (set.constants.first()?, set.constants.get(after)?);
        let (&signals, &component) = (set.constants.get(after + 3)?, set.constants.last()?);
        let mut wanted = vec![counter, 2, 32, 1];
        wanted.extend(checked);
        wanted.extend([
            first,
            3,
            ELEMENT.into(),
            signals,
            1984,
            0,
            8,
            1984,
            0,
            8,
            1984,
            -1,
            counter,
            component,
        ]);
        let mut operators =
            module.body(*module.exports.get("setInputSignal")?)?.get_operators_reader().ok()?;
        let mut calls = Vec::new();
        while !operators.eof() {
            if let Operator::Call { function_index } = operators.read().ok()?
                && function_index >= module.imports.len() as u32 + COUNT
            {
                calls.push(function_index);
            }
        }
        let [map, is_set, run] = calls[..] else { return None };
        let flags = shape(module, is_set)?;
        let known = flags.digest == IS_SET && flags.constants == [counter + 4];
        (known && set.constants == wanted).then_some(Self {
            map,
            run,
            component: address(component)?,
            signals: address(signals)?,
            counter: address(counter)?,
            first: address(first)?,
        })
    }
}

/// The shape of `checkIfInputSignalSet`.
const IS_SET: &str = "b5eadbfe948987f3";

fn address(constant: i64) -> Option<u32> {
    u32::try_from(constant).ok()
}

/// The address of the witness's list of signals, from `getWitness`: up to circom 2.0.6, and since.
fn list_of(get: &Shape, signals: u32) -> Option<u32> {
    let [list, 2, size, of_signals, from, to] = get.constants[..] else { return None };
    let known = match &get.digest[..] {
        "518aa038027de51e" => (from, to) == (8, 1992),
        "87b11d4faa5b75b1" => (from, to) == (1984, 1984),
        _ => false,
    };
    (known && size == i64::from(ELEMENT) && of_signals == i64::from(signals)).then(|| address(list))?
}

/// The value of a function that returns a constant.
fn size_of(function: &Shape) -> Option<u32> {
    let [size] = function.constants[..] else { return None };
    (function.digest == "50af904eed7f9bd7").then(|| address(size))?
}

struct InputMap {
    address: u32,
    /// The number of entries, a power of two, less one.
    mask: u32,
    /// Bytes of an entry: the hash of a name, the first signal and, since circom 2.0.4, the number of values.
    stride: u32,
}

impl InputMap {
    /// From `getInputSignalMapPosition`: up to circom 2.0.3, and since.
    fn of(position: &Shape) -> Option<Self> {
        let [mask, place, stride, 0, 1, again, 0, 0] = position.constants[..] else { return None };
        let stride = match (&position.digest[..], address(stride)?) {
            ("8b91935e8a2d5bad", WITHOUT_SIZE) => WITHOUT_SIZE,
            ("bb42cbafa828c49b", WITH_SIZE) => WITH_SIZE,
            _ => return None,
        };
        let mask = address(mask).filter(|&mask| i64::from(mask) == again)?;
        let found = Self { address: address(place)?, mask, stride };
        (mask < 1 << 20 && (mask + 1).is_power_of_two()).then_some(found)
    }

    /// The inputs in the order of their signals. `word` reads memory, and `total` is the number of values of all inputs,
    /// for the maps without sizes that circom wrote before 2.0.4: there inputs are numbered one after the other.
    fn inputs(&self, word: impl Fn(u32) -> Option<u32>, total: u32) -> Option<Vec<Input>> {
        let mut inputs = Vec::new();
        let hash_at = |at: u32| Some(u64::from(word(at + 4)?) << 32 | u64::from(word(at)?));
        for entry in 0..=self.mask {
            let at = self.address.checked_add(entry.checked_mul(self.stride)?)?;
            let hash = hash_at(at)?;
            if hash == 0 {
                continue;
            }
            // A search begins at the low bits of the hash, and ends at the first entry that has it, or has none.
            let place = |step: u32| (hash as u32).wrapping_add(step) & self.mask;
            let found = (0..=self.mask.min(LONGEST_SEARCH)).map(place).find(|&place| {
                hash_at(self.address + place * self.stride)
                    .is_none_or(|other| other == hash || other == 0)
            });
            if found != Some(entry) {
                return None;
            }
            let size = if self.stride == WITH_SIZE { word(at + 12)? } else { 0 };
            inputs.push(Input { hash, signal: word(at + 8)?, size });
        }
        inputs.sort_by_key(|input| (input.signal, input.size));
        if self.stride != WITH_SIZE
            && let Some(first) = inputs.first().map(|input| input.signal)
        {
            let ends: Vec<u32> = inputs[1..].iter().map(|input| input.signal).collect();
            for (input, end) in
                inputs.iter_mut().zip(ends.into_iter().chain([first.checked_add(total)?]))
            {
                input.size = end.checked_sub(input.signal)?;
            }
        }
        Some(inputs)
    }
}

/// Whether there are signals between those of inputs, which are in order. A bus and its fields have the same ones.
fn has_gaps(inputs: &[Input]) -> bool {
    let mut end = first_of(inputs);
    inputs.iter().any(|input| {
        let is_behind = input.signal > end;
        end = end.max(input.signal.saturating_add(input.size));
        is_behind
    })
}

/// The most entries that a search looks at behind its first. Where all hashes began at one entry, checking a large map would
/// take hours.
const LONGEST_SEARCH: u32 = 1024;

const WITH_SIZE: u32 = 16;
const WITHOUT_SIZE: u32 = 12;

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{InputMap, LONGEST_SEARCH, WITH_SIZE};

    /// Inputs of a map of 2^12 entries, with the hash that `hash_of` gives each, and how many words were read.
    fn read(hash_of: impl Fn(u32) -> u64) -> (Option<usize>, u32) {
        let map = InputMap { address: 0, mask: (1 << 12) - 1, stride: WITH_SIZE };
        let reads = Cell::new(0);
        let word = |at: u32| {
            reads.set(reads.get() + 1);
            let (entry, hash) = (at / WITH_SIZE, hash_of(at / WITH_SIZE));
            Some([hash as u32, (hash >> 32) as u32, entry, 1][(at % WITH_SIZE / 4) as usize])
        };
        let found = map.inputs(word, 0).map(|inputs| inputs.len());
        (found, reads.get())
    }

    #[test]
    fn hashes_that_begin_elsewhere_are_found_by_short_searches() {
        let (found, reads) = read(|entry| u64::from(entry) + (1 << 40));
        assert_eq!(found, Some(1 << 12));
        assert!(reads <= 6 << 12, "{reads} words were read");
        let (found, _) = read(|entry| {
            u64::from(entry.saturating_sub(LONGEST_SEARCH)) + (u64::from(entry + 1) << 40)
        });
        assert_eq!(found, Some(1 << 12), "the longest search that is made");
    }

    #[test]
    fn a_map_whose_hashes_all_begin_at_one_entry_is_given_up_early() {
        let (found, reads) = read(|entry| u64::from(entry + 1) << 40);
        assert_eq!(found, None);
        assert!(reads < 2 * LONGEST_SEARCH * (LONGEST_SEARCH + 4), "{reads} words were read");
    }
}
