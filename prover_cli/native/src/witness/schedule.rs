//! From lines to steps: an order in which steps that do not depend on each other stand side by side, and slots.
//!
//! Side by side because the latency of one product hides behind others. Slots are used again as soon as their value is not
//! needed any more, so that most of them stay in the caches.

use super::field_functions::Prime;
use super::lower::{Line, Lines, Virtual};
use super::program::{Action, Calls, File, Input, NOWHERE, Program, Slots, Step};
use std::collections::HashMap;

/// Lines that are put into another order together. The longer, the more slots.
const WINDOW: usize = 1024;

/// The most steps that are said to be alike.
const MOST_ALIKE: usize = 255;

/// Three files of slots.
const FILES: usize = 3;

/// A node in a file, as an index.
type Value = usize;

fn number(file: File) -> usize {
    match file {
        File::Element => 0,
        File::Integer => 1,
        _ => 2,
    }
}

/// The value that an operand is, if it is one that has been calculated.
fn value(operand: Virtual, file: File) -> Option<Value> {
    match operand {
        Virtual::Node(id) => Some(FILES * id as usize + number(file)),
        _ => None,
    }
}

/// The values that a line reads.
fn read(line: &Line) -> impl Iterator<Item = Value> + '_ {
    let (_, files) = line.action.shape();
    let operands =
        line.operands.into_iter().zip(files).filter_map(|(operand, file)| value(operand, file));
    let entries = line.action.entries().unwrap_or(File::None);
    operands.chain(line.list.iter().filter_map(move |&entry| value(entry, entries)))
}

/// The values that a line writes.
fn written(line: &Line) -> impl Iterator<Item = Value> + '_ {
    let to = value(line.to, line.action.shape().0);
    to.into_iter().chain(line.results.iter().filter_map(|&result| value(result, File::Integer)))
}

/// Puts the lines of each window in order of their depth in it, like beside like. Gives for each how many that follow are
/// alike.
fn order(lines: &mut [Line], nodes: usize) -> Vec<u8> {
    let mut alike = vec![1u8; lines.len()];
    // The window in which a value was written last, and its depth there.
    let mut depths = vec![(0u32, 0u32); FILES * nodes];
    for (number, (window, alike)) in (1..).zip(lines.chunks_mut(WINDOW).zip(alike.chunks_mut(WINDOW))) {
        let mut keyed: Vec<(u32, Action, usize)> = Vec::with_capacity(window.len());
        for (place, line) in window.iter().enumerate() {
            let before = read(line).map(|value| depths[value]).filter(|&(window, _)| window == number);
            let depth = before.map(|(_, depth)| depth + 1).max().unwrap_or(0);
            for value in written(line) {
                // A line that writes what an earlier one wrote comes after it, because it reads it as well.
                depths[value] = (number, depth);
            }
            // What nothing reads comes last, all of it side by side.
            let is_last = !line.action.shape().0.is_file() && line.results.is_empty();
            keyed.push((if is_last { u32::MAX } else { depth }, line.action, place));
        }
        keyed.sort_unstable();
        let mut unsorted: Vec<Option<Line>> =
            window.iter_mut().map(|line| Some(std::mem::take(line))).collect();
        for (line, &(_, _, place)) in window.iter_mut().zip(&keyed) {
            *line = unsorted[place].take().expect("each place comes once");
        }
        let mut end = keyed.len();
        for place in (0..keyed.len()).rev() {
            let same =
                |other: usize| (keyed[other].0, keyed[other].1) == (keyed[place].0, keyed[place].1);
            if !same(end - 1) {
                end = place + 1;
            }
            alike[place] = (end - place).min(MOST_ALIKE) as u8;
        }
    }
    alike
}

/// Slots of the files, and where each value is.
struct Places {
    free: [Vec<u32>; FILES],
    top: [u32; FILES],
    /// By value.
    slots: Vec<u32>,
}

impl Places {
    fn take(&mut self, value: Value) {
        if self.slots[value] == NOWHERE {
            let file = value % FILES;
            self.slots[value] = self.free[file].pop().unwrap_or_else(|| {
                self.top[file] += 1;
                self.top[file] - 1
            });
        }
    }

    fn give_back(&mut self, value: Value) {
        let slot = std::mem::replace(&mut self.slots[value], NOWHERE);
        if slot != NOWHERE {
            self.free[value % FILES].push(slot);
        }
    }

    fn of(&self, operand: Virtual, file: File) -> u32 {
        match operand {
            Virtual::Constant(slot) | Virtual::Number(slot) => slot,
            Virtual::Node(_) => self.slots[value(operand, file).expect("a node is a value")],
            Virtual::None => 0,
        }
    }
}

/// The program of these lines.
pub fn schedule(
    mut lines: Lines,
    prime: Prime,
    inputs: Vec<Input>,
    outputs: u32,
    calls: Calls,
) -> Program {
    let alike = order(&mut lines.lines, lines.nodes);
    let mut last = vec![0u32; FILES * lines.nodes];
    for (place, line) in (0..).zip(&lines.lines) {
        for value in read(line).chain(written(line)) {
            last[value] = place;
        }
    }
    let mut places = Places {
        free: Default::default(),
        top: [lines.elements.len() as u32, lines.integers.len() as u32, 2],
        slots: vec![NOWHERE; FILES * lines.nodes],
    };
    let mut lists: Vec<u32> = Vec::new();
    let mut known_lists: HashMap<Vec<u32>, u32> = HashMap::new();
    let mut steps = Vec::with_capacity(lines.lines.len());
    for (place, (line, alike)) in (0..).zip(lines.lines.iter().zip(alike)) {
        let (_, files) = line.action.shape();
        let mut operands = [0; 3];
        for (to, (&operand, &file)) in operands.iter_mut().zip(line.operands.iter().zip(&files)) {
            *to = places.of(operand, file);
        }
        let mut list: Vec<u32> = match line.action.entries() {
            Some(file) => line.list.iter().map(|&entry| places.of(entry, file)).collect(),
            None => Vec::new(),
        };
        for value in read(line) {
            if last[value] == place && !written(line).any(|other| other == value) {
                places.give_back(value);
            }
        }
        for value in written(line) {
            places.take(value);
        }
        for &result in &line.results {
            list.push(if result == Virtual::None { NOWHERE } else { places.of(result, File::Integer) });
        }
        let to = match line.to {
            Virtual::Number(number) => number,
            to => places.of(to, line.action.shape().0),
        };
        for value in written(line) {
            if last[value] == place {
                places.give_back(value); // nobody reads it
            }
        }
        if line.action.entries().is_some() {
            operands[2] = list.len() as u32;
            operands[1] = *known_lists.entry(list).or_insert_with_key(|list| {
                let at = lists.len() as u32;
                lists.extend(list);
                at
            });
        }
        steps.push(Step { action: line.action, alike, to, operands });
    }
    let [elements, integers, bits] = places.top;
    Program {
        prime,
        inputs,
        outputs,
        elements: lines.elements,
        integers: lines.integers,
        slots: Slots { elements, integers, bits },
        steps,
        lists,
        fixed: lines.fixed,
        calls,
    }
}
