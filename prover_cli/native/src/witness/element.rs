//! A field element as circom keeps it in memory, and its operators on elements.
//!
//! Forty bytes: a signed 32-bit value, a tag, and four words. Bit 31 of the tag is set for a long value, which is in the
//! words, in Montgomery form if bit 30 is set. Which representation a result has is up to us: circom's code gives the same
//! values whatever they are.

use super::integer::{self, CircomField, Operator, ZERO};
use crate::arithmetic::field::constants::reduce;
use crate::arithmetic::field::{Canonical, canonical};

/// Bytes of an element.
pub const SIZE: usize = 40;

/// Words of 32 bits of an element.
pub const WORDS: usize = SIZE / 4;

const LONG: u32 = 1 << 31;
const MONTGOMERY: u32 = 1 << 30;

/// A word that stands for memory whose content is not known. An element that has it as a tag cannot be read.
pub const LOST: u32 = 1 << 29;

/// Set in the tag of an element in a machine's memory, where other words seldom have it: what begins anywhere else in an
/// element is not taken for one. circom's code converts operands where they lie, so that it would find other bytes there.
const HELD: u32 = 1 << 28;

/// Where the tag is in an image.
pub const TAG: std::ops::Range<usize> = 4..8;

/// The image of an element.
pub type Image = [u8; SIZE];

/// The image of a small value.
pub fn small(value: i32) -> Image {
    let mut image = [0; SIZE];
    image[..4].copy_from_slice(&value.to_le_bytes());
    image
}

/// The image of a canonical integer.
pub fn of(value: &Canonical) -> Image {
    if value[1..] == [0; 3] && value[0] < 1 << 31 {
        return small(value[0] as i32);
    }
    let mut image = [0; SIZE];
    image[4..8].copy_from_slice(&LONG.to_le_bytes());
    for (bytes, word) in image[8..].chunks_exact_mut(8).zip(value) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    image
}

fn word(image: &Image, at: usize) -> u32 {
    u32::from_le_bytes(image[at..at + 4].try_into().expect("four bytes"))
}

/// Whether a word is the tag of an element in a machine's memory.
pub fn is_tag(word: u32) -> bool {
    word & !(LONG | MONTGOMERY) == HELD
}

/// Whether it is an element in a machine's memory.
pub fn is_held(image: &Image) -> bool {
    is_tag(word(image, 4))
}

/// Makes an image one of an element in a machine's memory, if its tag is one that circom writes.
pub fn hold(image: &mut Image) {
    let tag = word(image, 4);
    if tag & !(LONG | MONTGOMERY) == 0 {
        image[TAG].copy_from_slice(&(tag | HELD).to_le_bytes());
    }
}

/// Whether it is small, or below the prime. circom's code calculates with others as they are.
pub fn is_reduced<F: CircomField>(image: &Image) -> bool {
    as_small(image).is_some() || F::is_reduced(&image[8..])
}

/// The value, if it is kept as a small one.
pub fn as_small(image: &Image) -> Option<i32> {
    (word(image, 4) & LONG == 0).then(|| word(image, 0) as i32)
}

/// Whether both forms of an element say the same, if it has two: a small value, and in the words its Montgomery form, as of
/// circom's constants. Its code takes the one or the other as it likes.
pub fn is_consistent<F: CircomField>(image: &Image) -> bool {
    if word(image, 4) != MONTGOMERY {
        return true;
    }
    let mut long = *image;
    long[4..8].copy_from_slice(&(LONG | MONTGOMERY).to_le_bytes());
    is_reduced::<F>(&long) && integer::<F>(&long) == integer::<F>(image)
}

/// The canonical integer that an image stands for. Words that are not below the prime are reduced.
pub fn integer<F: CircomField>(image: &Image) -> Canonical {
    if let Some(value) = as_small(image) {
        return integer::from_signed::<F>(i64::from(value));
    }
    let mut words = ZERO;
    for (word, bytes) in words.iter_mut().zip(image[8..].chunks_exact(8)) {
        *word = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    }
    let words = reduce(words, &F::PRIME);
    if word(image, 4) & MONTGOMERY == 0 { words } else { canonical(F::from_words(&words)) }
}

/// The image of an operator's value; `None` where circom's code traps.
pub fn apply<F: CircomField>(operator: Operator, a: &Image, b: &Image) -> Option<Image> {
    if let (Some(x), Some(y)) = (as_small(a), as_small(b))
        && let Some(value) = apply_small(operator, i64::from(x), i64::from(y))
    {
        return Some(match i32::try_from(value) {
            Ok(value) => small(value),
            Err(_) => of(&integer::from_signed::<F>(value)),
        });
    }
    integer::apply::<F>(operator, &integer::<F>(a), &integer::<F>(b)).map(|value| of(&value))
}

/// The operators on small values that are done most often: counters of loops, indices and bits.
fn apply_small(operator: Operator, x: i64, y: i64) -> Option<i64> {
    use Operator::*;
    Some(match operator {
        Add => x + y,
        Sub => x - y,
        Mul => x * y,
        Neg => -x,
        IntegerDiv if x >= 0 && y > 0 => x / y,
        Mod if x >= 0 && y > 0 => x % y,
        ShiftLeft if x >= 0 && (0..31).contains(&y) => x << y,
        ShiftRight if x >= 0 && (0..31).contains(&y) => x >> y,
        BitAnd if x >= 0 && y >= 0 => x & y,
        BitOr if x >= 0 && y >= 0 => x | y,
        BitXor if x >= 0 && y >= 0 => x ^ y,
        Equal => i64::from(x == y),
        NotEqual => i64::from(x != y),
        Less => i64::from(x < y),
        Greater => i64::from(x > y),
        LessOrEqual => i64::from(x <= y),
        GreaterOrEqual => i64::from(x >= y),
        And => i64::from(x != 0 && y != 0),
        Or => i64::from(x != 0 || y != 0),
        Not => i64::from(x == 0),
        _ => return None,
    })
}

/// Whether an element is not zero.
pub fn is_true<F: CircomField>(image: &Image) -> bool {
    match as_small(image) {
        Some(value) => value != 0,
        None => integer::<F>(image) != ZERO,
    }
}

/// The low 32 bits of the signed residue.
pub fn to_word<F: CircomField>(image: &Image) -> u32 {
    match as_small(image) {
        Some(value) => value as u32,
        None => integer::to_word::<F>(&integer::<F>(image)),
    }
}
