//! The memory of a circuit while it is traced: bytes that are the same for all inputs, and over them a shadow that says which
//! elements depend on inputs, and are nodes of a graph instead.
//!
//! What has been an element once is read as that element alone. circom's code converts the operands of its field functions
//! where they lie, from one form to another; here their bytes stay, and say nothing when read as anything else.
//!
//! Writes can be undone, so that both arms of a branch run from the same state.

use super::circuit::PAGE;
use super::element::{self, Image, SIZE, WORDS};
use super::graph::Id;

/// What the shadow says of a word of 32 bits.
mod mark {
    /// The bytes count, as a word or as part of an element.
    pub const PLAIN: u32 = 0;
    /// The bytes count: the first word of an element, and a later one.
    pub const ELEMENT: u32 = 1;
    pub const REST: u32 = 2;
    /// Neither the bytes nor a node: nothing that reads it can be traced.
    pub const LOST: u32 = 3;
    /// A later word of an element that is a node.
    pub const COVERED: u32 = 4;
    /// The first word of the element that is node 0.
    pub const FIRST: u32 = 5;

    /// Whether the bytes are the same for all inputs.
    pub fn has_bytes(mark: u32) -> bool {
        mark <= REST
    }

    /// Whether an element begins here. What covers a part of it afterwards takes this mark away.
    pub fn begins(mark: u32) -> bool {
        mark == ELEMENT || mark >= FIRST
    }

    /// Whether an element that began before goes on here.
    pub fn goes_on(mark: u32) -> bool {
        mark == REST || mark == COVERED
    }
}

/// An element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// The same for all inputs.
    Plain(Image),
    Node(Id),
}

/// Why a place cannot be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is outside of the memory, or not at a multiple of four.
    Outside,
    /// It is part of a value that depends on inputs, or was one.
    Lost,
}

/// A word before it was written.
#[derive(Clone, Copy)]
struct Before {
    word: u32,
    bytes: [u8; 4],
    shadow: u32,
}

/// A word with its shadow.
type State = ([u8; 4], u32);

/// The words that an arm has written, as it left them.
pub struct Written {
    /// By index, in order.
    words: Vec<(u32, State)>,
    /// Where it wrote elements: the indices of their first words.
    elements: Vec<u32>,
}

/// What the journal already has of a word.
#[derive(Clone, Copy, Default)]
struct Noted {
    word: u32,
    element: u32,
}

pub struct Memory {
    bytes: Vec<u8>,
    shadow: Vec<u32>,
    journal: Vec<Before>,
    elements: Vec<u32>,
    /// By word, the stretch in which it was last put into the journal, and whether among `elements` as well: once in a
    /// stretch is enough. Long arms write the same variables again and again.
    noted: Vec<Noted>,
    stretch: u32,
    stretches: u32,
    /// How many arms are running, inside of each other.
    levels: u32,
    /// The end of the words that have been written since `lose_from`; after the first time, all behind it are lost.
    end: usize,
    is_lost_behind: bool,
    most: usize,
}

/// What lies in a range of addresses: nodes by address, and bytes.
pub type Contents = (Vec<(u32, Id)>, Vec<u8>);

/// A place in the journal.
#[derive(Clone, Copy)]
pub struct Place {
    journal: usize,
    elements: usize,
    /// How many arms were running before, and the stretch that was on.
    levels: u32,
    stretch: u32,
}

impl Memory {
    /// `most` is the largest size that it may grow to.
    pub fn new(bytes: Vec<u8>, most: usize) -> Self {
        let shadow = vec![mark::PLAIN; bytes.len() / 4];
        let noted = vec![Noted::default(); shadow.len()];
        Self {
            bytes,
            shadow,
            journal: Vec::new(),
            elements: Vec::new(),
            noted,
            stretch: 0,
            stretches: 0,
            levels: 0,
            end: 0,
            is_lost_behind: false,
            most,
        }
    }

    /// The elements between two addresses, one behind the other. For signals and constants, which are nothing else from the
    /// start.
    pub fn hold(&mut self, from: u32, to: u32) {
        for at in (from..=to.saturating_sub(SIZE as u32)).step_by(SIZE) {
            if let Ok(word) = self.first_word(at, SIZE) {
                self.begin_element(word, mark::ELEMENT, mark::REST);
            }
        }
    }

    /// What lies between two addresses is not known: circom's runtime writes there.
    pub fn lose(&mut self, from: u32, to: u32) {
        if let Some(marks) = self.shadow.get_mut(from as usize / 4..to as usize / 4) {
            marks.fill(mark::LOST);
        }
    }

    pub fn pages(&self) -> u32 {
        (self.bytes.len() / PAGE) as u32
    }

    /// `None` if it would be too large.
    pub fn grow(&mut self, pages: u32) -> Option<u32> {
        let before = self.pages();
        let size = (pages as usize).checked_mul(PAGE)?.checked_add(self.bytes.len())?;
        if size > self.most {
            return None;
        }
        self.bytes.resize(size, 0);
        let mark = if self.is_lost_behind { mark::LOST } else { mark::PLAIN };
        self.shadow.resize(size / 4, mark);
        self.noted.resize(size / 4, Noted::default());
        Some(before)
    }

    fn first_word(&self, at: u32, size: usize) -> Result<usize, Fault> {
        let fits = (at as usize).checked_add(size).is_some_and(|end| end <= self.bytes.len());
        if !at.is_multiple_of(4) || !fits { Err(Fault::Outside) } else { Ok(at as usize / 4) }
    }

    fn is_plain(&self, word: usize, count: usize) -> bool {
        self.shadow[word..word + count].iter().fold(0, |all, &mark| all | mark) == mark::PLAIN
    }

    fn image(&self, at: u32) -> Image {
        self.bytes[at as usize..at as usize + SIZE].try_into().expect("the size of an element")
    }

    /// The element at an address. From now on its bytes are nothing else.
    pub fn element(&mut self, at: u32) -> Result<Value, Fault> {
        let word = self.first_word(at, SIZE)?;
        match self.shadow[word] {
            mark::ELEMENT => Ok(Value::Plain(self.image(at))),
            // Signals and constants are held, so that this is a new place on the stack.
            mark::PLAIN if self.is_plain(word, WORDS) && self.image(at) == [0; SIZE] => {
                // This is not undone with an arm that has read it, which costs nothing: no code of circom's reads elements as
                // anything else.
                self.begin_element(word, mark::ELEMENT, mark::REST);
                Ok(Value::Plain(self.image(at)))
            }
            mark if mark >= mark::FIRST => Ok(Value::Node(mark - mark::FIRST)),
            _ => Err(Fault::Lost),
        }
    }

    fn begin_element(&mut self, word: usize, first: u32, rest: u32) {
        self.shadow[word + 1..word + WORDS].fill(rest);
        self.shadow[word] = first;
    }

    pub fn set_element(&mut self, at: u32, value: Value) -> Result<(), Fault> {
        let word = self.first_word(at, SIZE)?;
        self.remember(word, WORDS);
        self.end = self.end.max(word + WORDS);
        if self.levels > 0 && self.noted[word].element != self.stretch {
            self.noted[word].element = self.stretch;
            self.elements.push(word as u32);
        }
        let old = self.shadow[word];
        if !mark::begins(old) && !self.is_plain(word, WORDS) {
            self.lose_around(word, WORDS);
        }
        match value {
            Value::Plain(image) => {
                self.bytes[at as usize..at as usize + SIZE].copy_from_slice(&image);
                if old != mark::ELEMENT {
                    self.begin_element(word, mark::ELEMENT, mark::REST);
                }
            }
            Value::Node(id) if old >= mark::FIRST => self.shadow[word] = mark::FIRST + id,
            Value::Node(id) => self.begin_element(word, mark::FIRST + id, mark::COVERED),
        }
        Ok(())
    }

    /// What is left of elements that `count` words from `word` on are taken from is lost.
    fn lose_around(&mut self, word: usize, count: usize) {
        let before = word.saturating_sub(WORDS - 1);
        let after = (word + count + WORDS - 1).min(self.shadow.len());
        // An element that begins before and reaches into the words.
        if let Some(start) = (before..word).rev().find(|&at| mark::begins(self.shadow[at]))
            && start + WORDS > word
        {
            self.remember(start, word - start);
            self.shadow[start..word].fill(mark::LOST);
        }
        // Elements that begin within them and reach behind.
        let end = word + count;
        let tail = (end..after).take_while(|&at| mark::goes_on(self.shadow[at])).count();
        let begins = (word..end).rev().find(|&at| mark::begins(self.shadow[at]));
        let covers = begins.map_or(mark::goes_on(self.shadow[end - 1]), |start| start + WORDS > end);
        if covers && tail > 0 {
            self.remember(end, tail);
            self.shadow[end..end + tail].fill(mark::LOST);
        }
    }

    fn plain(&self, at: u32, size: usize) -> Result<(), Fault> {
        let fits = (at as usize).checked_add(size).is_some_and(|end| end <= self.bytes.len());
        if !fits {
            return Err(Fault::Outside);
        }
        let (first, last) = (at as usize / 4, (at as usize + size - 1) / 4);
        if self.is_plain(first, last + 1 - first) { Ok(()) } else { Err(Fault::Lost) }
    }

    pub fn word(&self, at: u32) -> Result<u32, Fault> {
        self.plain(at, 4)?;
        Ok(u32::from_le_bytes(self.bytes[at as usize..at as usize + 4].try_into().expect("four bytes")))
    }

    pub fn byte(&self, at: u32) -> Result<u8, Fault> {
        self.plain(at, 1)?;
        Ok(self.bytes[at as usize])
    }

    /// Writes bytes that are the same for all inputs.
    pub fn set_bytes(&mut self, at: u32, bytes: &[u8]) -> Result<(), Fault> {
        let fits = (at as usize).checked_add(bytes.len()).is_some_and(|end| end <= self.bytes.len());
        if !fits {
            return Err(Fault::Outside);
        }
        let (first, last) = (at as usize / 4, (at as usize + bytes.len() - 1) / 4);
        let count = last + 1 - first;
        self.remember(first, count);
        self.end = self.end.max(last + 1);
        if !self.is_plain(first, count) {
            let whole = at.is_multiple_of(4) && bytes.len().is_multiple_of(4);
            self.lose_around(first, count);
            self.shadow[first..=last].fill(if whole { mark::PLAIN } else { mark::LOST });
        }
        self.bytes[at as usize..at as usize + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn remember(&mut self, word: usize, count: usize) {
        if self.levels == 0 {
            return;
        }
        for at in word..word + count {
            if std::mem::replace(&mut self.noted[at].word, self.stretch) == self.stretch {
                continue;
            }
            let bytes = self.bytes[4 * at..4 * at + 4].try_into().expect("four bytes");
            self.journal.push(Before { word: at as u32, bytes, shadow: self.shadow[at] });
        }
    }

    // ---- arms of branches

    /// From here on, writes can be undone.
    pub fn enter(&mut self) -> Place {
        let place = Place {
            journal: self.journal.len(),
            elements: self.elements.len(),
            levels: self.levels,
            stretch: self.stretch,
        };
        self.levels += 1;
        self.begin();
        place
    }

    /// A new stretch, whose words the journal does not have yet.
    fn begin(&mut self) {
        self.stretches += 1;
        self.stretch = self.stretches;
    }

    /// Ends what `enter` began, with all arms inside of it that have not ended, and keeps what was written.
    pub fn leave(&mut self, place: Place) {
        self.levels = place.levels;
        self.stretch = place.stretch;
        if self.levels == 0 {
            self.journal.clear();
            self.elements.clear();
            return;
        }
        // Of each word what it was at first is enough for the arm around: what lies within many arms would be in the journal
        // as many times.
        let mut inside = self.journal.split_off(place.journal);
        inside.sort_by_key(|before| before.word);
        inside.dedup_by_key(|before| before.word);
        self.journal.append(&mut inside);
        let mut inside = self.elements.split_off(place.elements);
        inside.sort_unstable();
        inside.dedup();
        self.elements.append(&mut inside);
    }

    /// Undoes what was written since.
    pub fn undo(&mut self, place: Place) {
        for before in self.journal.drain(place.journal..).rev() {
            let at = before.word as usize;
            self.bytes[4 * at..4 * at + 4].copy_from_slice(&before.bytes);
            self.shadow[at] = before.shadow;
            self.end = self.end.max(at + 1);
        }
        self.elements.truncate(place.elements);
        self.begin();
    }

    fn state(&self, word: u32) -> State {
        let at = word as usize;
        (self.bytes[4 * at..4 * at + 4].try_into().expect("four bytes"), self.shadow[at])
    }

    /// What was written since, as it is now.
    pub fn written(&self, place: Place) -> Written {
        let mut words: Vec<u32> =
            self.journal[place.journal..].iter().map(|before| before.word).collect();
        words.sort_unstable();
        words.dedup();
        let mut elements = self.elements[place.elements..].to_vec();
        elements.sort_unstable();
        elements.dedup();
        Written { words: words.into_iter().map(|word| (word, self.state(word))).collect(), elements }
    }

    /// Writes again what was undone.
    pub fn redo(&mut self, written: &Written) {
        for &(word, (bytes, shadow)) in &written.words {
            let at = word as usize;
            self.remember(at, 1);
            self.bytes[4 * at..4 * at + 4].copy_from_slice(&bytes);
            self.shadow[at] = shadow;
            self.end = self.end.max(at + 1);
        }
        self.elements.extend(&written.elements);
    }

    /// Joins the state that another arm has `written` with the present one, which has been written since `place`. Both
    /// began with the same. `join` makes one of two values, the other arm's first.
    pub fn join(
        &mut self,
        place: Place,
        written: &Written,
        mut join: impl FnMut(Value, Value) -> Value,
    ) {
        // The words as the other arm left them, also those that only this one has written: the first entry of a word says
        // what it was.
        let mut theirs: Vec<(u32, State)> = written.words.clone();
        theirs.extend(
            self.journal[place.journal..]
                .iter()
                .map(|before| (before.word, (before.bytes, before.shadow))),
        );
        theirs.sort_by_key(|&(word, _)| word);
        theirs.dedup_by_key(|&mut (word, _)| word);
        let mut starts: Vec<u32> = written.elements.clone();
        starts.extend(&self.elements[place.elements..]);
        starts.sort_unstable();
        starts.dedup();
        for start in starts {
            let range = range_of(&theirs, start, WORDS as u32);
            if theirs[range.clone()].iter().all(|&(word, state)| same(state, self.state(word))) {
                continue;
            }
            if let (Some(their), Ok(mine)) =
                (self.their_element(&theirs[range.clone()], start), self.element(4 * start))
            {
                let joined = join(their, mine);
                if self.set_element(4 * start, joined).is_ok() {
                    // Both arms agree on it from now on.
                    for (word, state) in &mut theirs[range] {
                        *state = self.state(*word);
                    }
                }
            }
        }
        for (word, state) in theirs {
            if !same(state, self.state(word)) {
                let at = word as usize;
                self.lose_around(at, 1);
                self.remember(at, 1);
                self.shadow[at] = mark::LOST;
            }
        }
    }

    fn their_element(&self, theirs: &[(u32, State)], start: u32) -> Option<Value> {
        let mut image = [0; SIZE];
        for (i, bytes) in image.chunks_exact_mut(4).enumerate() {
            let word = start + i as u32;
            let found = theirs.iter().find(|(other, _)| *other == word);
            let (word, shadow) = found.map_or_else(|| self.state(word), |(_, state)| *state);
            if i == 0 && shadow >= mark::FIRST {
                return Some(Value::Node(shadow - mark::FIRST));
            }
            if !mark::has_bytes(shadow) || (shadow == mark::ELEMENT && i > 0) {
                return None;
            }
            bytes.copy_from_slice(&word);
        }
        Some(Value::Plain(image))
    }

    // ---- frames of functions

    /// The elements in a range of addresses that are nodes, and the bytes of the others as a machine holds them, without
    /// trailing zeros. `None` if part of it is outside.
    pub fn frame(&self, from: u32, size: u32) -> Option<Contents> {
        let first = self.first_word(from, size as usize).ok()?;
        let mut nodes = Vec::new();
        let mut image = self.bytes[from as usize..(from + size) as usize].to_vec();
        for (i, &mark) in self.shadow[first..first + size as usize / 4].iter().enumerate() {
            if !mark::has_bytes(mark) {
                let word = if mark == mark::LOST { element::LOST } else { 0 };
                image[4 * i..4 * i + 4].copy_from_slice(&word.to_le_bytes());
            }
            if mark == mark::ELEMENT
                && let Some(element) = image.get_mut(4 * i..4 * i + SIZE)
            {
                element::hold(element.try_into().expect("the size of an element"));
            }
            if mark >= mark::FIRST {
                nodes.push((from + 4 * i as u32, mark - mark::FIRST));
            }
        }
        let used = image.len() - image.iter().rev().take_while(|&&byte| byte == 0).count();
        image.truncate(used);
        Some((nodes, image))
    }

    /// What a function that has returned left behind is not read any more: its nodes are lost, so that they do not look like
    /// arguments of the next one. Not inside of an arm, where it would have to be remembered; then false.
    pub fn discard(&mut self, from: u32, to: u32) -> bool {
        let (first, last) = (from as usize / 4, (to as usize / 4).min(self.shadow.len()));
        if self.levels > 0 {
            return false;
        }
        for mark in self.shadow.get_mut(first..last).unwrap_or_default() {
            if !mark::has_bytes(*mark) {
                *mark = mark::LOST;
            }
        }
        true
    }

    /// What lies from an address on is not known any more: a function that was not traced has used it. In an arm this is not
    /// undone, since a place that is lost is never wrong.
    pub fn lose_from(&mut self, from: u32) {
        let first = from as usize / 4;
        let last = if self.is_lost_behind { self.end } else { self.shadow.len() };
        if let Some(marks) = self.shadow.get_mut(first..last) {
            marks.fill(mark::LOST);
        }
        self.end = self.end.min(first);
        self.is_lost_behind = true;
    }

    /// The memory with all that is the same for all inputs.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

fn same(one: State, other: State) -> bool {
    one.1 == other.1 && (!mark::has_bytes(one.1) || one.0 == other.0)
}

/// Where the words of a range are in a list by index.
fn range_of(words: &[(u32, State)], start: u32, count: u32) -> std::ops::Range<usize> {
    let from = words.partition_point(|&(word, _)| word < start);
    from..from + words[from..].partition_point(|&(word, _)| word < start + count)
}
