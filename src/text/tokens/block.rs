//! Classifies 64 bytes of UTF-8 at once for the tokenizer (bit masks per byte class, as simdjson;
//! Langdale and Lemire 2019).
//!
//! Input: 64 bytes and their neighbors. Output: a [`Block`]: one bit per byte for words, spaces,
//! characters still to normalize and unknown characters, and the bytes with ASCII and common Arabic
//! letters normalized. Cost: less than 1 ns per byte.
//!
//! Known are ASCII, the letters and common marks of the Arabic block, and typographic quotes,
//! dashes and spaces. All else, and whatever depends on more than adjacent characters, is marked
//! unknown and left to the slow path.
//!
//! The loops use `&` and `|` on `bool` in place of `&&` and `||`, and local arrays of bytes in
//! place of masks: without branches the compiler vectorizes them, and text is too irregular for
//! branch prediction. 64 bytes are one AVX-512 register, two AVX2 registers, and one `u64` of bits.

#[cfg(target_arch = "x86_64")]
use std::any::Any;

use pulp::{Simd, WithSimd};
#[cfg(target_arch = "x86_64")]
use pulp::{
    cast,
    x86::{V3, V4},
};

/// Size of a block in bytes.
pub(super) const BYTES: usize = 64;

/// Bytes before and after a block that decide the class of the bytes at its edges.
const BEFORE: usize = 1;
const AFTER: usize = 3;
const WINDOW: usize = BEFORE + BYTES + AFTER;

/// Classes of the bytes of a block. Bit `i` of a mask is for byte `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Bytes of words. Each run of set bits is one word.
    pub(super) words: u64,
    /// ASCII spaces.
    pub(super) spaces: u64,
    /// First bytes of characters in words that are not yet normalized in `text`.
    pub(super) pending: u64,
    /// First bytes of characters that need the slow path, together with a word that they touch.
    pub(super) unknown: u64,
    /// The bytes, normalized in words except at `pending`.
    pub(super) text: [u8; BYTES],
}

impl Block {
    /// The block at offset `at` of `text`, which is outside or at the start of a word. Spaces
    /// follow the end of the text.
    #[inline(always)]
    pub(super) fn at<S: Simd>(simd: S, text: &[u8], at: usize) -> Self {
        if let Some(window) = at
            .checked_sub(BEFORE)
            .and_then(|start| text[start..].first_chunk())
        {
            return simd.vectorize(Classify(window));
        }
        let mut window = [b' '; WINDOW];
        let start = at.saturating_sub(BEFORE);
        let end = text.len().min(at + BYTES + AFTER);
        let first = BEFORE + start - at;
        window[first..first + end - start].copy_from_slice(&text[start..end]);
        simd.vectorize(Classify(&window))
    }

    /// Whether the first byte of a text is one that blocks usually know.
    pub(super) fn is_likely(text: &[u8]) -> bool {
        text.first()
            .is_some_and(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, 0xd8..=0xdb))
    }

    /// The block of a window of ASCII.
    #[inline(always)]
    fn ascii<S: Simd>(simd: S, window: &[u8; WINDOW]) -> Self {
        let (mut words, mut spaces, mut unknown, mut text) =
            ([0; BYTES], [0; BYTES], [0; BYTES], [0; BYTES]);
        for i in 0..BYTES {
            let [before, here, next] = [window[i], window[i + 1], window[i + 2]];
            let joins = (here == b'\'') & is_letter(next);
            words[i] = u8::from(is_letter(here) | is_digit(here) | joins & is_letter(before));
            spaces[i] = u8::from(here == b' ');
            let in_number = ((here == b'.') | (here == b',')) & is_digit(before) & is_digit(next);
            unknown[i] = u8::from(in_number | joins & is_digit(before));
            text[i] = lower(here);
        }
        Block {
            words: bits(simd, &words),
            spaces: bits(simd, &spaces),
            pending: 0,
            unknown: bits(simd, &unknown),
            text,
        }
    }

    /// The block of a window of any characters.
    #[inline(always)]
    fn mixed<S: Simd>(simd: S, window: &[u8; WINDOW]) -> Self {
        let (mut words, mut spaces, mut arabic, mut apostrophes) =
            ([0; BYTES], [0; BYTES], [0; BYTES], [0; BYTES]);
        let (mut pending, mut unknown, mut text) = ([0; BYTES], [0; BYTES], [0; BYTES]);
        for i in 0..BYTES {
            let [before, here, next, third, fourth] = [
                window[i],
                window[i + 1],
                window[i + 2],
                window[i + 3],
                window[i + 4],
            ];
            // Shared conditions are computed once here: recomputed in methods of a struct of
            // neighbors, they double the instructions of the loop.
            let joins = (here == b'\'') & (is_letter(next) | !next.is_ascii());
            let is_apostrophe = joins & is_letter(before) & is_letter(next);
            let is_arabic = is_arabic_letter(here, next);
            let is_quote = is_typographic_quote(here, next, third);
            let is_typographic_apostrophe = is_quote & is_letter(before) & is_letter(fourth);
            let is_outer_quote = is_quote
                & (fourth.is_ascii() & !is_letter(fourth)
                    | before.is_ascii() & !is_letter(before) & !is_digit(before));
            let is_known = is_arabic
                | is_typographic_apostrophe
                | is_outer_quote
                | is_break(here, next, third);
            let may_be_apostrophe = joins
                & !is_apostrophe
                & (is_letter(before) | is_digit(before) | !before.is_ascii());
            words[i] = u8::from(is_letter(here) | is_digit(here) | is_apostrophe);
            spaces[i] = u8::from(here == b' ');
            arabic[i] = u8::from(is_arabic);
            apostrophes[i] = u8::from(is_typographic_apostrophe);
            pending[i] =
                u8::from(is_arabic & is_pending_arabic(here, next) | is_typographic_apostrophe);
            unknown[i] = u8::from(
                may_be_number_separator(before, here, next)
                    | may_be_apostrophe
                    | (here >= 0xc0) & !is_known,
            );
            text[i] = unify_arabic(before, lower(here), next);
        }
        // Arabic letters have two bytes, typographic apostrophes three.
        let (arabic, apostrophes) = (bits(simd, &arabic), bits(simd, &apostrophes));
        let words = bits(simd, &words)
            | arabic
            | arabic << 1
            | apostrophes
            | apostrophes << 1
            | apostrophes << 2;
        Block {
            words,
            spaces: bits(simd, &spaces),
            pending: bits(simd, &pending),
            unknown: bits(simd, &unknown),
            text,
        }
    }
}

/// Classification of a window. A type of its own, because the compiler vectorizes the loops only
/// outside of a larger function.
struct Classify<'a>(&'a [u8; WINDOW]);

impl WithSimd for Classify<'_> {
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
fn lower(byte: u8) -> u8 {
    byte | u8::from(is_letter(byte)) << 5
}

/// Unifies the forms of alef, waw, yeh and teh marbuta, byte by byte, as `normalize` does by
/// character. `here` is either byte of a letter of two bytes.
#[inline(always)]
fn unify_arabic(before: u8, here: u8, next: u8) -> u8 {
    // ؤ, ئ and ة have the lead byte 0xd8, their unified forms و, ي and ه the lead byte 0xd9.
    let changes_lead = (here == 0xd8) & ((next == 0xa4) | (next == 0xa6) | (next == 0xa9));
    let lead = if changes_lead { 0xd9 } else { here };
    // آ, أ and إ become ا.
    let is_alef = (here == 0xa2) | (here == 0xa3) | (here == 0xa5);
    let after_d8 = if is_alef { 0xa7 } else { here };
    let after_d8 = if here == 0xa4 { 0x88 } else { after_d8 };
    let after_d8 = if here == 0xa6 { 0x8a } else { after_d8 };
    let after_d8 = if here == 0xa9 { 0x87 } else { after_d8 };
    // ى becomes ي.
    let after_d9 = if here == 0x89 { 0x8a } else { here };
    let unified = if before == 0xd8 { after_d8 } else { lead };
    if before == 0xd9 { after_d9 } else { unified }
}

#[inline(always)]
fn is_letter(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') < 26
}

#[inline(always)]
fn is_digit(byte: u8) -> bool {
    byte.wrapping_sub(b'0') < 10
}

/// Whether two bytes are a letter of the Arabic block, or a mark or tatweel, which are dropped.
#[inline(always)]
fn is_arabic_letter(lead: u8, trail: u8) -> bool {
    (lead == 0xd8) & (trail >= 0xa1)
        | (lead == 0xd9) & (trail < 0xa0)
        | (lead == 0xda)
        | (lead == 0xdb) & (trail < 0x94)
}

/// Whether an Arabic letter or mark changes in ways that [`unify_arabic`] does not cover.
#[inline(always)]
fn is_pending_arabic(lead: u8, trail: u8) -> bool {
    (lead == 0xd9) & ((trail == 0x80) | (trail >= 0x8b))
        | (lead == 0xda) & ((trail == 0xa9) | (trail == 0xaa) | (trail == 0xbe))
        | (lead == 0xdb)
}

/// Whether three bytes are a typographic single quotation mark, U+2018 or U+2019.
#[inline(always)]
fn is_typographic_quote(lead: u8, next: u8, third: u8) -> bool {
    (lead == 0xe2) & (next == 0x80) & ((third == 0x98) | (third == 0x99))
}

/// Whether a byte is a point or comma that may be between digits.
#[inline(always)]
fn may_be_number_separator(before: u8, here: u8, next: u8) -> bool {
    ((here == b'.') | (here == b','))
        & (is_digit(before) | !before.is_ascii())
        & (is_digit(next) | !next.is_ascii())
}

/// Whether bytes begin with a space, quotation mark, dash, ellipsis or Arabic punctuation mark of
/// two or three bytes.
#[inline(always)]
fn is_break(lead: u8, next: u8, third: u8) -> bool {
    let dash = third.wrapping_sub(0x90) < 7;
    let quote = (third == 0x9a) | (third.wrapping_sub(0x9c) < 4);
    let dots = (third == 0xa2) | (third == 0xa6);
    (lead == 0xc2) & ((next == 0xa0) | (next == 0xab) | (next == 0xbb))
        | (lead == 0xd8) & ((next == 0x8c) | (next == 0x9b) | (next == 0x9f))
        | (lead == 0xe2) & (next == 0x80) & (dash | quote | dots)
}

/// Gathers the lowest bit of each byte. The instruction set is a type, so the branches are resolved
/// at compile time.
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
            return u64::from(half_bits(*simd, low)) | u64::from(half_bits(*simd, high)) << 32;
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

/// As [`bits`] for 32 bytes with AVX2, which gathers the highest bit of each byte.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn half_bits(simd: V3, bytes: [u8; BYTES / 2]) -> u32 {
    let shifted = simd.avx2._mm256_slli_epi16::<7>(cast(bytes));
    simd.avx2._mm256_movemask_epi8(shifted) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulp::Arch;

    use super::*;

    proptest! {
        #[test]
        fn all_instruction_sets_give_the_same_block(
            text in "([ a-z.,'0-9]|[ء-ي]|[\u{600}-\u{6ff}«»“”’é中]){68}",
        ) {
            let (window, _) = text.as_bytes().split_first_chunk().unwrap();
            let plain = Arch::Scalar.dispatch(Classify(window));
            prop_assert_eq!(Arch::new().dispatch(Classify(window)), plain);
            #[cfg(target_arch = "x86_64")]
            if let Some(simd) = V3::try_new() {
                prop_assert_eq!(Arch::V3(simd).dispatch(Classify(window)), plain);
            }
        }
    }
}
