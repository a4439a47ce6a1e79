//! circom's operators on canonical integers, as its WebAssembly defines them.
//!
//! Source: circom's `code_producers/src/wasm_elements/…/fr-code.wat` and the page "Basic Operators" of its documentation.
//! Sums, products and quotients are those of the field. `\`, `%`, `**` and the bitwise operators take the canonical
//! integers. Comparisons take signed residues: those above (p − 1)/2 are negative.

use super::listed::listed;
use crate::arithmetic::field::constants::{add, reduce, subtract};
use crate::arithmetic::field::{Canonical, Scalar, canonical};
use ark_ff::BigInt;

listed! {
    /// An operator of circom. Those with one operand ignore the second.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[repr(u8)]
    pub enum Operator {
        Add,
        Sub,
        Mul,
        Div,
        Neg,
        IntegerDiv,
        Mod,
        Pow,
        ShiftLeft,
        ShiftRight,
        BitAnd,
        BitOr,
        BitXor,
        BitNot,
        Equal,
        NotEqual,
        Less,
        Greater,
        LessOrEqual,
        GreaterOrEqual,
        And,
        Or,
        Not,
    }
}

impl Operator {
    /// Whether it has a single operand.
    pub fn is_unary(self) -> bool {
        matches!(self, Operator::Neg | Operator::BitNot | Operator::Not)
    }

    /// Whether its operands can change places.
    pub fn commutes(self) -> bool {
        use Operator::*;
        matches!(self, Add | Mul | BitAnd | BitOr | BitXor | Equal | NotEqual | And | Or)
    }
}

pub const ZERO: Canonical = [0; 4];
pub const ONE: Canonical = [1, 0, 0, 0];

/// What the operators need to know of the scalar field.
pub trait CircomField: Scalar {
    /// The prime.
    const PRIME: Canonical = Self::MODULUS.0;
    /// Bits of the prime.
    const BITS: u32 = Self::MODULUS_BIT_SIZE;
    /// (p − 1)/2, the largest residue that is not negative.
    const HALF: Canonical = half(&Self::MODULUS.0);
}

impl<F: Scalar> CircomField for F {}

const fn half(p: &Canonical) -> Canonical {
    [p[0] >> 1 | p[1] << 63, p[1] >> 1 | p[2] << 63, p[2] >> 1 | p[3] << 63, p[3] >> 1]
}

pub fn from_bool(value: bool) -> Canonical {
    [u64::from(value), 0, 0, 0]
}

pub fn is_less(a: &Canonical, b: &Canonical) -> bool {
    subtract(a, b).1
}

/// The residue of a small signed integer.
pub fn from_signed<F: CircomField>(value: i64) -> Canonical {
    let size = [value.unsigned_abs(), 0, 0, 0];
    if value < 0 { subtract(&F::PRIME, &size).0 } else { size }
}

/// The field element of a canonical integer.
pub fn element<F: CircomField>(value: &Canonical) -> F {
    F::from_bigint(BigInt(*value)).expect("canonical integers are below the prime")
}

pub fn is_negative<F: CircomField>(value: &Canonical) -> bool {
    is_less(&F::HALF, value)
}

pub fn negate<F: CircomField>(value: &Canonical) -> Canonical {
    if *value == ZERO { ZERO } else { subtract(&F::PRIME, value).0 }
}

/// The low 32 bits of a residue, of a negative one with its sign: `Fr_toInt`.
pub fn to_word<F: CircomField>(value: &Canonical) -> u32 {
    if is_negative::<F>(value) {
        (negate::<F>(value)[0] as u32).wrapping_neg()
    } else {
        value[0] as u32
    }
}

/// Whether signed residue a is below signed residue b.
fn is_signed_less<F: CircomField>(a: &Canonical, b: &Canonical) -> bool {
    match (is_negative::<F>(a), is_negative::<F>(b)) {
        (true, false) => true,
        (false, true) => false,
        _ => is_less(a, b),
    }
}

/// Drops what is above the bits of the prime, then subtracts the prime if it fits: `Fr_adjustBinResult`.
fn adjust<F: CircomField>(mut value: Canonical) -> Canonical {
    value[3] &= u64::MAX >> (256 - F::BITS);
    let (less, borrow) = subtract(&value, &F::PRIME);
    if borrow { value } else { less }
}

fn shift_right(value: &Canonical, bits: u32) -> Canonical {
    let (words, bits) = (bits as usize / 64, bits % 64);
    std::array::from_fn(|i| {
        let low = value.get(i + words).copied().unwrap_or(0);
        let high = value.get(i + words + 1).copied().unwrap_or(0);
        if bits == 0 { low } else { low >> bits | high << (64 - bits) }
    })
}

fn shift_left(value: &Canonical, bits: u32) -> Canonical {
    let (words, bits) = (bits as usize / 64, bits % 64);
    std::array::from_fn(|i| {
        let high = if i >= words { value[i - words] } else { 0 };
        let low = if i > words { value[i - words - 1] } else { 0 };
        if bits == 0 { high } else { high << bits | low >> (64 - bits) }
    })
}

/// Shifts to the left, or by a negative amount to the right; by as many bits as the prime has or more, zero.
fn shift<F: CircomField>(value: &Canonical, amount: &Canonical, left: bool) -> Canonical {
    let (left, amount) =
        if is_negative::<F>(amount) { (!left, negate::<F>(amount)) } else { (left, *amount) };
    if !is_less(&amount, &[u64::from(F::BITS), 0, 0, 0]) {
        return ZERO;
    }
    let bits = amount[0] as u32;
    if left { adjust::<F>(shift_left(value, bits)) } else { shift_right(value, bits) }
}

/// The quotient and the remainder of unsigned integers; `None` for a division by zero.
///
/// D. E. Knuth, "The Art of Computer Programming", volume 2, section 4.3.1, algorithm D.
pub fn divide(a: &Canonical, b: &Canonical) -> Option<(Canonical, Canonical)> {
    if is_less(a, b) {
        return Some((ZERO, *a));
    }
    let words = 4 - b.iter().rev().take_while(|&&word| word == 0).count();
    match words {
        0 => return None,
        1 if a[1..] == [0; 3] => return Some(([a[0] / b[0], 0, 0, 0], [a[0] % b[0], 0, 0, 0])),
        1 => return Some(divide_by_word(a, b[0])),
        2 if a[2..] == [0; 2] => {
            let (x, y) = (wide(a), wide(b));
            return Some((narrow(x / y), narrow(x % y)));
        }
        _ => {}
    }
    let up = b[words - 1].leading_zeros();
    let divisor = shift_left(b, up);
    let mut rest = [0u64; 5];
    rest[..4].copy_from_slice(&shift_left(a, up));
    rest[4] = if up == 0 { 0 } else { a[3] >> (64 - up) };
    let mut quotient = ZERO;
    for j in (0..=4 - words).rev() {
        let top = u128::from(rest[j + words]) << 64 | u128::from(rest[j + words - 1]);
        let head = u128::from(divisor[words - 1]);
        let (mut digit, mut left) = (top / head, top % head);
        while digit >> 64 != 0
            || digit * u128::from(divisor[words - 2]) > (left << 64 | u128::from(rest[j + words - 2]))
        {
            digit -= 1;
            left += head;
            if left >> 64 != 0 {
                break;
            }
        }
        let digit = digit as u64;
        let (mut borrow, mut carry) = (false, 0u64);
        for i in 0..words {
            let product = u128::from(digit) * u128::from(divisor[i]) + u128::from(carry);
            carry = (product >> 64) as u64;
            (rest[j + i], borrow) = sub_word(rest[j + i], product as u64, borrow);
        }
        (rest[j + words], borrow) = sub_word(rest[j + words], carry, borrow);
        quotient[j] = digit;
        if borrow {
            // The digit was one too large, which happens once in 2^63 divisions.
            quotient[j] -= 1;
            let mut carry = false;
            for i in 0..words {
                let (sum, first) = rest[j + i].overflowing_add(divisor[i]);
                let (sum, second) = sum.overflowing_add(u64::from(carry));
                rest[j + i] = sum;
                carry = first || second;
            }
            rest[j + words] = rest[j + words].wrapping_add(u64::from(carry));
        }
    }
    let mut remainder = ZERO;
    remainder[..words].copy_from_slice(&rest[..words]);
    Some((quotient, shift_right(&remainder, up)))
}

fn sub_word(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(u64::from(borrow));
    (difference, first || second)
}

fn divide_by_word(a: &Canonical, b: u64) -> (Canonical, Canonical) {
    let (mut quotient, mut rest) = (ZERO, 0u64);
    for i in (0..4).rev() {
        let dividend = u128::from(rest) << 64 | u128::from(a[i]);
        quotient[i] = (dividend / u128::from(b)) as u64;
        rest = (dividend % u128::from(b)) as u64;
    }
    (quotient, [rest, 0, 0, 0])
}

fn wide(value: &Canonical) -> u128 {
    u128::from(value[1]) << 64 | u128::from(value[0])
}

fn narrow(value: u128) -> Canonical {
    [value as u64, (value >> 64) as u64, 0, 0]
}

/// a·b modulo p. Integers of up to two words whose product is below the prime, which is what most operands outside of
/// hash functions are, are multiplied as integers.
pub fn multiply<F: CircomField>(a: &Canonical, b: &Canonical) -> Canonical {
    if a[2] | a[3] | b[2] | b[3] == 0 {
        let product = multiply_two_words(a, b);
        if is_less(&product, &F::PRIME) {
            return product;
        }
    }
    // The Montgomery product of a Montgomery form and a canonical integer is the canonical product.
    let mut words = ZERO;
    element::<F>(a).times_canonical(b).write_montgomery(&mut words);
    words
}

fn multiply_two_words(a: &Canonical, b: &Canonical) -> Canonical {
    let product = |i: usize, j: usize| u128::from(a[i]) * u128::from(b[j]);
    let (low, high) = (product(0, 0), product(1, 1));
    let (first, second) = (product(0, 1), product(1, 0));
    let middle = (low >> 64) + u128::from(first as u64) + u128::from(second as u64);
    let top = high + (first >> 64) + (second >> 64) + (middle >> 64);
    [low as u64, middle as u64, top as u64, (top >> 64) as u64]
}

/// The value of an operator; `None` where circom's code traps, which is a division by zero with `\` or `%`.
pub fn apply<F: CircomField>(operator: Operator, a: &Canonical, b: &Canonical) -> Option<Canonical> {
    use Operator::*;
    Some(match operator {
        Add => reduce(add(a, b), &F::PRIME),
        Sub => {
            let (difference, borrow) = subtract(a, b);
            if borrow { add(&difference, &F::PRIME) } else { difference }
        }
        Mul => multiply::<F>(a, b),
        Div => match element::<F>(b).quick_inverse() {
            Some(inverse) => canonical(element::<F>(a) * inverse),
            None => ZERO,
        },
        Neg => negate::<F>(a),
        IntegerDiv => divide(a, b)?.0,
        Mod => divide(a, b)?.1,
        Pow => canonical(element::<F>(a).pow(b)),
        ShiftLeft => shift::<F>(a, b, true),
        ShiftRight => shift::<F>(a, b, false),
        BitAnd => adjust::<F>(std::array::from_fn(|i| a[i] & b[i])),
        BitOr => adjust::<F>(std::array::from_fn(|i| a[i] | b[i])),
        BitXor => adjust::<F>(std::array::from_fn(|i| a[i] ^ b[i])),
        BitNot => adjust::<F>(a.map(|word| !word)),
        Equal => from_bool(a == b),
        NotEqual => from_bool(a != b),
        Less => from_bool(is_signed_less::<F>(a, b)),
        Greater => from_bool(is_signed_less::<F>(b, a)),
        LessOrEqual => from_bool(!is_signed_less::<F>(b, a)),
        GreaterOrEqual => from_bool(!is_signed_less::<F>(a, b)),
        And => from_bool(*a != ZERO && *b != ZERO),
        Or => from_bool(*a != ZERO || *b != ZERO),
        Not => from_bool(*a == ZERO),
    })
}
