//! Constants of Montgomery and limb arithmetic, computed by the compiler from the modulus alone.

/// Bits `from..from + bits` of a number in 64-bit words. Those past its end are zero.
pub const fn bits_of<const N: usize>(words: &[u64; N], from: usize, bits: usize) -> u64 {
    let (word, shift) = (from / 64, from % 64);
    if word >= N {
        return 0;
    }
    let mut value = words[word] >> shift;
    if shift + bits > 64 && word + 1 < N {
        value |= words[word + 1] << (64 - shift);
    }
    value & ((1 << bits) - 1)
}

/// Cuts a number into limbs of `bits` bits, least significant first. The last one takes what is left.
pub const fn split<const N: usize, const L: usize>(words: &[u64; N], bits: usize) -> [u64; L] {
    let mut limbs = [0; L];
    let mut i = 0;
    while i < L {
        limbs[i] = bits_of(words, i * bits, bits);
        i += 1;
    }
    limbs
}

/// Puts limbs back together. All but the last are below 2^bits; what lies past the words is zero.
#[inline(always)]
pub fn merge<const N: usize, const L: usize>(limbs: &[u64; L], bits: usize) -> [u64; N] {
    let mut words = [0; N];
    for (i, limb) in limbs.iter().enumerate() {
        let (word, shift) = (i * bits / 64, i * bits % 64);
        if word < N {
            words[word] |= limb << shift;
            if shift + bits > 64 && word + 1 < N {
                words[word + 1] |= limb >> (64 - shift);
            }
        }
    }
    words
}

/// Moves limbs of 51 bits to [−2^50, 2^50), all but the last.
pub const fn balance<const L: usize>(limbs: [u64; L]) -> [i64; L] {
    let mut balanced = [0i64; L];
    let mut carry = 0;
    let mut i = 0;
    while i < L {
        let limb = limbs[i] as i64 + carry;
        carry = if i + 1 < L { (limb + (1 << 50)) >> 51 } else { 0 };
        balanced[i] = limb - (carry << 51);
        i += 1;
    }
    balanced
}

/// A number over 2^exponent, rounded up to a multiple of 2^-32.
pub const fn share<const N: usize>(words: &[u64; N], exponent: usize) -> f64 {
    (bits_of(words, exponent - 32, 32) + 1) as f64 / (1u64 << 32) as f64
}

/// −1/p modulo 2^64 for an odd p, by Newton's iteration.
pub const fn minus_inverse(p: u64) -> u64 {
    let mut inverse = 1u64;
    let mut i = 0;
    while i < 6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        i += 1;
    }
    inverse.wrapping_neg()
}

/// a − b, and whether there was a borrow.
pub const fn subtract<const N: usize>(a: &[u64; N], b: &[u64; N]) -> ([u64; N], bool) {
    let mut difference = [0; N];
    let mut borrow = false;
    let mut i = 0;
    while i < N {
        let (partial, first) = a[i].overflowing_sub(b[i]);
        let (word, second) = partial.overflowing_sub(borrow as u64);
        difference[i] = word;
        borrow = first || second;
        i += 1;
    }
    (difference, borrow)
}

/// a + b, without the carry out.
#[inline(always)]
pub const fn add<const N: usize>(a: &[u64; N], b: &[u64; N]) -> [u64; N] {
    let mut sum = [0; N];
    let mut carry = false;
    let mut i = 0;
    while i < N {
        let (partial, first) = a[i].overflowing_add(b[i]);
        let (word, second) = partial.overflowing_add(carry as u64);
        sum[i] = word;
        carry = first || second;
        i += 1;
    }
    sum
}

/// Reduces a number below `modulus` by subtracting it, which is a few times at most.
pub const fn reduce<const N: usize>(mut value: [u64; N], modulus: &[u64; N]) -> [u64; N] {
    loop {
        let (difference, borrow) = subtract(&value, modulus);
        if borrow {
            return value;
        }
        value = difference;
    }
}

/// 2^exponent modulo p, if 2p fits the words.
pub const fn power_of_two<const N: usize>(exponent: usize, modulus: &[u64; N]) -> [u64; N] {
    let mut value = [0; N];
    value[0] = 1;
    let mut i = 0;
    while i < exponent {
        value = reduce(add(&value, &value), modulus);
        i += 1;
    }
    value
}
