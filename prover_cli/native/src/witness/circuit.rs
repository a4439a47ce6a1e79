//! A circuit's module whose functions and memory are known: what circom's runtime says of its inputs and its witness.
//!
//! The functions of the runtime differ from circuit to circuit in nothing but constants, which tell where things are.

use super::Unsuited;
use super::decode::decode;
use super::field_functions::{COUNT, Prime, recognise};
use super::instruction::{Binary, Function, Instruction};
use super::module::Module;
use super::program::Input;

/// Bytes of a field element in memory: a short value, a tag, and four words.
pub const ELEMENT: u32 = 40;

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
    /// The lowest address of the stack.
    pub stack: u32,
    /// `reserveStackFr`, with which every template and function begins.
    reserve: Option<u32>,
    pub inputs: Vec<Input>,
    /// The number of the signal of each value of the witness.
    pub witness: Vec<u32>,
}

fn strange(what: &str) -> Unsuited {
    Unsuited::Module(format!("{what} is not as circom writes it"))
}

/// The constants of a function, in order.
fn constants(function: &Function) -> Vec<u32> {
    let value = |instruction: &Instruction| match *instruction {
        Instruction::Constant(value) | Instruction::Offset { by: value, .. } => Some(value),
        _ => None,
    };
    function.code.iter().filter_map(value).collect()
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
            functions[index as usize] = Some(decode(&module, index)?);
        }
        let export = |name: &str| {
            let index = *module.exports.get(name).ok_or_else(|| strange("its interface"))?;
            let function = functions.get(index as usize).and_then(Option::as_ref);
            function.map(|function| (index, function)).ok_or_else(|| strange(name))
        };
        let word = |at: u32| -> Option<u32> {
            let bytes = memory.get(at as usize..at as usize + 4)?;
            Some(u32::from_le_bytes(bytes.try_into().ok()?))
        };
        let (init, _) = export("init")?;
        let (_, set) = export("setInputSignal")?;
        let (_, get) = export("getWitness")?;
        let (_, size) = export("getWitnessSize")?;
        let of_witness = witness_of(get).ok_or_else(|| strange("getWitness"))?;
        let count = constant_of(size).ok_or_else(|| strange("getWitnessSize"))?;
        let witness: Option<Vec<u32>> =
            (0..count).map(|i| word(of_witness.list.checked_add(i.checked_mul(4)?)?)).collect();
        let start = start_of(set).ok_or_else(|| strange("setInputSignal"))?;
        let map = functions[start.map as usize].as_ref().and_then(map_of);
        let map = map.ok_or_else(|| strange("getInputSignalMapPosition"))?;
        let stack = word(0).unwrap_or(0);
        // Before circom 2.0.4 the map has no sizes: inputs are numbered one after the other.
        let total = match module.exports.get("getInputSize") {
            Some(_) => constant_of(export("getInputSize")?.1),
            None => None,
        };
        let inputs = map.inputs(word, total).ok_or_else(|| strange("the map of its inputs"))?;
        Ok(Self {
            prime,
            table: module.table.clone(),
            memory,
            init,
            run: start.run,
            component: start.component,
            signals: of_witness.signals,
            // A word for the next free component lies between them.
            signals_end: start.component.saturating_sub(4),
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

    /// The number of values of all inputs.
    pub fn input_count(&self) -> usize {
        self.inputs.iter().map(|input| input.size as usize).sum()
    }
}

/// Whether it is `reserveStackFr`, the only function that lets the memory grow.
fn reserves(function: &Function) -> bool {
    function.code.contains(&Instruction::MemoryGrow)
}

/// The addresses in `getWitness`.
struct WitnessPlace {
    list: u32,
    signals: u32,
}

fn witness_of(get: &Function) -> Option<WitnessPlace> {
    // list + (p << 2), loaded, times 40, plus the address of signal 0
    let [list, 2, ELEMENT, signals, ..] = constants(get)[..] else { return None };
    let shape: Vec<bool> =
        get.code.iter().take(10).map(|i| matches!(i, Instruction::Load { .. })).collect();
    (shape.iter().filter(|&&load| load).count() == 1).then_some(WitnessPlace { list, signals })
}

struct Start {
    map: u32,
    run: u32,
    component: u32,
}

/// `setInputSignal` calls four functions: the place of the input in the map, whether it is set, the calculation, and field
/// functions. The calculation is the last one and gives a code.
fn start_of(set: &Function) -> Option<Start> {
    let calls: Vec<(usize, u32)> = (set.code.iter().enumerate())
        .filter_map(|(at, instruction)| match *instruction {
            Instruction::Call(function) => Some((at, function)),
            _ => None,
        })
        .collect();
    let [(_, map), (_, _), (at, run)] = calls[..] else { return None };
    let Instruction::Constant(component) = set.code[at.checked_sub(1)?] else { return None };
    Some(Start { map, run, component })
}

struct InputMap {
    address: u32,
    /// The number of entries, a power of two, less one.
    mask: u32,
    /// Bytes of an entry: the hash of a name, the first signal and, since circom 2.0.4, the number of values.
    stride: u32,
}

impl InputMap {
    /// The inputs in the order of their signals. `word` reads memory, and `total` is the number of values of all inputs,
    /// for maps without sizes.
    fn inputs(&self, word: impl Fn(u32) -> Option<u32>, total: Option<u32>) -> Option<Vec<Input>> {
        let mut inputs = Vec::new();
        for entry in 0..=self.mask {
            let at = self.address.checked_add(entry.checked_mul(self.stride)?)?;
            let hash = u64::from(word(at + 4)?) << 32 | u64::from(word(at)?);
            if hash != 0 {
                let size = if self.stride == WITH_SIZE { word(at + 12)? } else { 0 };
                inputs.push(Input { hash, signal: word(at + 8)?, size });
            }
        }
        inputs.sort_by_key(|input| (input.signal, input.size));
        if self.stride != WITH_SIZE
            && let Some(first) = inputs.first().map(|input| input.signal)
        {
            let ends: Vec<u32> = inputs[1..].iter().map(|input| input.signal).collect();
            for (input, end) in
                inputs.iter_mut().zip(ends.into_iter().chain([first.checked_add(total?)?]))
            {
                input.size = end.checked_sub(input.signal)?;
            }
        }
        Some(inputs)
    }
}

const WITH_SIZE: u32 = 16;
const WITHOUT_SIZE: u32 = 12;

fn map_of(position: &Function) -> Option<InputMap> {
    // hash & mask, then address + stride·i
    let [mask, address, stride, ..] = constants(position)[..] else { return None };
    let scaled = position.code.contains(&Instruction::Binary(Binary::Mul));
    let known = matches!(stride, WITH_SIZE | WITHOUT_SIZE);
    (scaled && known && mask < 1 << 20 && (mask + 1).is_power_of_two()).then_some(InputMap {
        address,
        mask,
        stride,
    })
}

/// The value of a function that returns a constant.
fn constant_of(function: &Function) -> Option<u32> {
    match function.code[..] {
        [Instruction::Constant(value), Instruction::Return] => Some(value),
        _ => None,
    }
}
