//! 64 bytes of a text in, what the tokeniser must know of each out, as one bit in each of three
//! numbers, and the bytes folded: so it goes from word to word, not from character to character
//! (after simdjson, Langdale and Lemire 2019). Plain arithmetic on arrays, which the compiler turns
//! into vectors; less than a nanosecond a byte.
//!
//! Known are ASCII, the letters and commonest marks of the Arabic block, and typographic quotes,
//! dashes and spaces. Whatever else there is, and what depends on more than its neighbours, is left
//! to be looked at character by character.

#[cfg(target_arch = "x86_64")]
use std::any::Any;

use pulp::{Simd, WithSimd};
#[cfg(target_arch = "x86_64")]
use pulp::{
    cast,
    x86::{V3, V4},
};

/// So many bytes are looked at together.
pub(super) const BYTES: usize = 64;

/// Bytes before and behind a block that say what those at its edges are.
const BEFORE: usize = 1;
const BEHIND: usize = 3;
const WINDOW: usize = BEFORE + BYTES + BEHIND;

/// What the bytes of a block are: the lowest bit tells of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Those of words. A run of them is one word, whatever stands around it.
    pub(super) words: u64,
    /// Those that are spaces.
    pub(super) spaces: u64,
    /// The first bytes of characters in words that are still to be folded.
    pub(super) folds: u64,
    /// First bytes of what must be looked at, together with the word that it touches.
    pub(super) odd: u64,
    /// The bytes, of all other characters in words as they are folded.
    pub(super) text: [u8; BYTES],
}

impl Block {
    /// The block that begins at a place outside or at the start of a word; behind the text there is
    /// nothing but spaces.
    #[inline(always)]
    pub(super) fn at<S: Simd>(simd: S, text: &[u8], at: usize) -> Self {
        if let Some(window) = at
            .checked_sub(BEFORE)
            .and_then(|start| text[start..].first_chunk())
        {
            return simd.vectorize(Look(window));
        }
        let mut window = [b' '; WINDOW];
        let start = at.saturating_sub(BEFORE);
        let end = text.len().min(at + BYTES + BEHIND);
        let first = BEFORE + start - at;
        window[first..first + end - start].copy_from_slice(&text[start..end]);
        simd.vectorize(Look(&window))
    }

    /// Whether a text may be known to blocks as far as its first byte tells.
    pub(super) fn is_likely(text: &[u8]) -> bool {
        text.first()
            .is_some_and(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, 0xd8..=0xdb))
    }

    #[inline(always)]
    fn ascii<S: Simd>(simd: S, window: &[u8; WINDOW]) -> Self {
        let (mut words, mut spaces, mut odd, mut text) =
            ([0; BYTES], [0; BYTES], [0; BYTES], [0; BYTES]);
        for i in 0..BYTES {
            let [before, here, next] = [window[i], window[i + 1], window[i + 2]];
            let joins = (here == b'\'') & is_letter(next);
            words[i] = u8::from(is_letter(here) | is_digit(here) | joins & is_letter(before));
            spaces[i] = u8::from(here == b' ');
            let in_number = ((here == b'.') | (here == b',')) & is_digit(before) & is_digit(next);
            odd[i] = u8::from(in_number | joins & is_digit(before));
            text[i] = small(here);
        }
        let bits = |bytes| bits(simd, bytes);
        Block {
            words: bits(&words),
            spaces: bits(&spaces),
            folds: 0,
            odd: bits(&odd),
            text,
        }
    }

    #[inline(always)]
    fn mixed<S: Simd>(simd: S, window: &[u8; WINDOW]) -> Self {
        let (mut words, mut spaces, mut pairs, mut folds, mut quotes, mut odd, mut text) = (
            [0; BYTES], [0; BYTES], [0; BYTES], [0; BYTES], [0; BYTES], [0; BYTES], [0; BYTES],
        );
        for i in 0..BYTES {
            let [before, here, next, third, fourth] = [
                window[i],
                window[i + 1],
                window[i + 2],
                window[i + 3],
                window[i + 4],
            ];
            let joins = (here == b'\'') & (is_letter(next) | !next.is_ascii());
            let joined = joins & is_letter(before) & is_letter(next);
            words[i] = u8::from(is_letter(here) | is_digit(here) | joined);
            spaces[i] = u8::from(here == b' ');
            let pair = is_arabic_letter(here, next);
            pairs[i] = u8::from(pair);
            // A single quotation mark as an apostrophe.
            let quote = (here == 0xe2) & (next == 0x80) & ((third == 0x98) | (third == 0x99));
            let quoted = quote & is_letter(before) & is_letter(fourth);
            quotes[i] = u8::from(quoted);
            folds[i] = u8::from(pair & is_folded(here, next) | quoted);
            let in_number = ((here == b'.') | (here == b','))
                & (is_digit(before) | !before.is_ascii())
                & (is_digit(next) | !next.is_ascii());
            let in_word =
                joins & !joined & (is_letter(before) | is_digit(before) | !before.is_ascii());
            let ends = quote
                & (fourth.is_ascii() & !is_letter(fourth)
                    | before.is_ascii() & !is_letter(before) & !is_digit(before));
            let known = pair | quoted | ends | is_break(here, next, third);
            odd[i] = u8::from(in_number | in_word | (here >= 0xc0) & !known);
            text[i] = plain_arabic(before, small(here), next);
        }
        let bits = |bytes| bits(simd, bytes);
        let (pairs, quotes) = (bits(&pairs), bits(&quotes));
        let words = bits(&words) | pairs | pairs << 1 | quotes | quotes << 1 | quotes << 2;
        Block {
            words,
            spaces: bits(&spaces),
            folds: bits(&folds),
            odd: bits(&odd),
            text,
        }
    }
}

/// A window to be looked at, by itself: within a larger function it would not become vectors.
struct Look<'a>(&'a [u8; WINDOW]);

impl WithSimd for Look<'_> {
    type Output = Block;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Block {
        if self.0.is_ascii() {
            Block::ascii(simd, self.0)
        } else {
            Block::mixed(simd, self.0)
        }
    }
}

#[inline(always)]
fn small(byte: u8) -> u8 {
    byte | u8::from(is_letter(byte)) << 5
}

/// The byte as it is in the folded letter, of alef and yeh with and without marks, and of teh
/// marbuta.
#[inline(always)]
fn plain_arabic(before: u8, here: u8, next: u8) -> u8 {
    let moves = (here == 0xd8) & ((next == 0xa4) | (next == 0xa6) | (next == 0xa9));
    let first = if moves { 0xd9 } else { here };
    let alef = (here == 0xa2) | (here == 0xa3) | (here == 0xa5);
    let in_first = if alef { 0xa7 } else { here };
    let in_first = if here == 0xa4 { 0x88 } else { in_first };
    let in_first = if here == 0xa6 { 0x8a } else { in_first };
    let in_first = if here == 0xa9 { 0x87 } else { in_first };
    let in_second = if here == 0x89 { 0x8a } else { here };
    let trail = if before == 0xd8 { in_first } else { first };
    if before == 0xd9 { in_second } else { trail }
}

#[inline(always)]
fn is_letter(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') < 26
}

#[inline(always)]
fn is_digit(byte: u8) -> bool {
    byte.wrapping_sub(b'0') < 10
}

/// Whether two bytes are a letter of the Arabic block, or a mark or tatweel, which words lose.
#[inline(always)]
fn is_arabic_letter(lead: u8, trail: u8) -> bool {
    (lead == 0xd8) & (trail >= 0xa1)
        | (lead == 0xd9) & (trail < 0xa0)
        | (lead == 0xda)
        | (lead == 0xdb) & (trail < 0x94)
}

/// Whether such a character is none of the letters that [`plain_arabic`] knows.
#[inline(always)]
fn is_folded(lead: u8, trail: u8) -> bool {
    (lead == 0xd9) & ((trail == 0x80) | (trail >= 0x8b))
        | (lead == 0xda) & ((trail == 0xa9) | (trail == 0xaa) | (trail == 0xbe))
        | (lead == 0xdb)
}

/// Whether bytes begin with a character of several that ends words: a space, quotation mark, dash
/// or Arabic comma.
#[inline(always)]
fn is_break(lead: u8, next: u8, third: u8) -> bool {
    let dash = third.wrapping_sub(0x90) < 7;
    let quote = (third == 0x9a) | (third.wrapping_sub(0x9c) < 4);
    let dots = (third == 0xa2) | (third == 0xa6);
    (lead == 0xc2) & ((next == 0xa0) | (next == 0xab) | (next == 0xbb))
        | (lead == 0xd8) & ((next == 0x8c) | (next == 0x9b) | (next == 0x9f))
        | (lead == 0xe2) & (next == 0x80) & (dash | quote | dots)
}

/// The lowest bits of bytes, side by side; which kind of vectors there is is known when this is
/// compiled.
#[inline(always)]
fn bits<S: Simd>(simd: S, bytes: &[u8; BYTES]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        let simd: &dyn Any = &simd;
        if let Some(simd) = simd.downcast_ref::<V4>() {
            let all = cast(*bytes);
            return simd.avx512bw._mm512_test_epi8_mask(all, all);
        }
        if let Some(simd) = simd.downcast_ref::<V3>() {
            let [low, high]: [[u8; BYTES / 2]; 2] = cast(*bytes);
            let half = |bytes| {
                simd.avx2
                    ._mm256_movemask_epi8(simd.avx2._mm256_slli_epi16::<7>(cast(bytes)))
                    as u32
            };
            return u64::from(half(low)) | u64::from(half(high)) << 32;
        }
    }
    /// Moves the lowest bit of each of eight bytes to the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut all = 0;
    for (place, eight) in bytes.as_chunks().0.iter().enumerate() {
        all |= u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56 << (8 * place);
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulp::Arch;

    use super::*;

    proptest! {
        #[test]
        fn every_kind_of_vectors_gives_the_same(text in "([ a-z.,'0-9]|[ء-ي]|[\u{600}-\u{6ff}«»“”’é中]){68}") {
            let (window, _) = text.as_bytes().split_first_chunk().unwrap();
            let plain = Arch::Scalar.dispatch(Look(window));
            prop_assert_eq!(Arch::new().dispatch(Look(window)), plain);
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = V3::try_new() {
                prop_assert_eq!(Arch::V3(simd).dispatch(Look(window)), plain);
            }
        }
    }
}
