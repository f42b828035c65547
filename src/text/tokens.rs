//! Tokenizer: splits a text into normalized words.
//!
//! Input: a text. Output: [`Tokens`], one buffer with a space between words, so a run of words is a
//! slice and shingles are hashed without building strings. Cost: linear in the text; a buffer can
//! be refilled.
//!
//! Two paths give the same words. The fast path ([`Scan`]) classifies blocks of 64 bytes with SIMD
//! and copies whole words. The slow path ([`Tokens::tokenize_chars`]) normalizes character by
//! character, wherever a block has a character or a context that the fast path does not know.
//! Property tests compare the result with that of the slow path only.

mod block;

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use simdutf8::basic::from_utf8;

use super::normalize::{Normalized, Unspaced, is_plain, normalize, prepare};
use block::{BYTES, Block};

/// The normalized words of a text.
///
/// A word is a run of letters, digits and their marks. Punctuation ends a word even without a space
/// after it. Numbers keep their decimal point and lose their thousands separators. Signs of scripts
/// without spaces (Han, Thai, ...) are words of their own, a katakana run is one word;
/// [`Tokens::units`] are the elements of comparison.
///
/// ```
/// use qissa::text::Tokens;
///
/// let tokens = Tokens::of("الشّرع في مــوسكو.. ولقاءٌ مع ١٠٬٥٠٠");
/// assert_eq!(tokens.as_str(), "الشرع في موسكو ولقاء مع 10500");
/// assert_eq!(tokens.len(), 6);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// The words with a space between each two.
    text: String,
    /// End offset of each word in `text`.
    ends: Vec<u32>,
    /// Number of words that are signs of scripts without spaces.
    signs: usize,
    /// Bytes of the fast path that are not yet part of `text`.
    bytes: Vec<u8>,
}

/// State of the slow path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WordState {
    Between,
    Word,
    Number,
    Sign,
}

/// An offset in the input and the lengths of the output at that offset.
#[derive(Clone, Copy)]
struct Checkpoint {
    at: usize,
    text: usize,
    words: usize,
    signs: usize,
}

/// The fast path from offset `at`. A type, so `pulp` compiles the loop once per instruction set and
/// detects the instruction set once per call, not per block.
struct Scan<'t> {
    tokens: &'t mut Tokens,
    text: &'t str,
    at: usize,
}

impl WithSimd for Scan<'_> {
    /// Byte range that needs the slow path; `None` at the end of the text.
    type Output = Option<Range<usize>>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Option<Range<usize>> {
        while self.at < self.text.len() {
            let block = Block::at(simd, self.text.as_bytes(), self.at);
            match self.tokens.push_words(&block, self.text, self.at) {
                Ok(next) => self.at = next,
                Err(unknown) => return Some(unknown),
            }
        }
        None
    }
}

impl Tokens {
    /// The words of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut tokens = Tokens::default();
        tokens.fill(text);
        tokens
    }

    /// Replaces the words by those of `text`, reusing the allocations.
    pub fn fill(&mut self, text: &str) {
        self.text.clear();
        self.ends.clear();
        self.signs = 0;
        self.push(text);
    }

    /// Appends the words of `text`.
    pub fn push(&mut self, text: &str) {
        self.tokenize(text, is_plain);
    }

    /// Appends the words of `text`. Characters that are not `is_known` need [`prepare`].
    fn tokenize(&mut self, text: &str, is_known: fn(char) -> bool) {
        let mut at = 0;
        while let Some(unknown) = Arch::new().dispatch(Scan {
            tokens: self,
            text,
            at,
        }) {
            self.flush();
            at = self.tokenize_chars(text, unknown, is_known);
        }
        self.flush();
    }

    /// Appends the words that end within a block at offset `at` of `text`. Returns the offset of
    /// the next block, or the byte range that needs the slow path.
    #[inline(always)]
    fn push_words(&mut self, block: &Block, text: &str, at: usize) -> Result<usize, Range<usize>> {
        let (words, next) = complete_words(block, text, at);
        // Words with single spaces between them are copied as one run.
        let mut runs = words | block.spaces & (words << 1) & (words >> 1);
        let mut ends = words & !(words >> 1);
        let mut pending = block.pending & words;
        while runs != 0 {
            let mut start = runs.trailing_zeros() as usize;
            let stop = start + (!(runs >> start)).trailing_zeros() as usize;
            runs &= !low_bits(stop);
            if self.output_len() > 0 {
                self.bytes.push(b' ');
            }
            // Output offset minus block offset, for the bytes copied next.
            let mut base = self.output_len().wrapping_sub(start);
            let mut run_ends = ends & low_bits(stop);
            ends ^= run_ends;
            // A pending character changes the length of its word, so the words before it end at
            // the old `base` and its own word at the new one.
            while pending & low_bits(stop) != 0 {
                let first = pending.trailing_zeros();
                let before = run_ends & low_bits(first as usize);
                self.push_ends(base, before);
                run_ends ^= before;
                let end = run_ends.trailing_zeros() as usize + 1;
                start = self.push_normalized(block, start, pending & low_bits(end), text, at);
                base = self.output_len().wrapping_sub(start);
                pending &= !low_bits(end);
            }
            self.push_ends(base, run_ends);
            self.bytes.extend_from_slice(&block.text[start..stop]);
        }
        next
    }

    /// Copies a block from `start` through the last of the `pending` characters, which are
    /// normalized. Returns the offset in the block after that character.
    fn push_normalized(
        &mut self,
        block: &Block,
        mut start: usize,
        mut pending: u64,
        text: &str,
        at: usize,
    ) -> usize {
        while pending != 0 {
            let place = pending.trailing_zeros() as usize;
            self.bytes.extend_from_slice(&block.text[start..place]);
            let c = char_at(text, at + place);
            match normalize(c) {
                Normalized::Letter(letter) => self
                    .bytes
                    .extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
                Normalized::Apostrophe => self.bytes.push(b'\''),
                _ => {}
            }
            start = place + c.len_utf8();
            pending &= pending - 1;
        }
        start
    }

    fn output_len(&self) -> usize {
        self.text.len() + self.bytes.len()
    }

    /// Moves the bytes of the fast path to `text`.
    fn flush(&mut self) {
        self.text
            .push_str(from_utf8(&self.bytes).expect("words consist of whole characters"));
        self.bytes.clear();
    }

    /// Appends words from `unknown.start` until a word has ended after `unknown.end` and the fast
    /// path is likely to know what follows. Returns the offset there.
    fn tokenize_chars(
        &mut self,
        text: &str,
        unknown: Range<usize>,
        is_known: fn(char) -> bool,
    ) -> usize {
        let mut state = WordState::Between;
        let mut safe = self.checkpoint(unknown.start);
        let mut rest = text[unknown.start..].chars();
        while let Some(c) = rest.next() {
            if !is_known(c) {
                self.restore(safe);
                let piece = until_likely(&text[safe.at..]);
                self.tokenize(&prepare(piece), |_| true);
                return safe.at + piece.len();
            }
            let normalized = normalize(c);
            state = self.step(state, normalized, rest.as_str());
            // Words before a break do not depend on the text after it.
            if normalized == Normalized::Break {
                let at = text.len() - rest.as_str().len();
                if at >= unknown.end && Block::is_likely(rest.as_str().as_bytes()) {
                    return at;
                }
                if c == ' ' {
                    safe = self.checkpoint(at);
                }
            }
        }
        self.close(state);
        text.len()
    }

    fn checkpoint(&self, at: usize) -> Checkpoint {
        Checkpoint {
            at,
            text: self.text.len(),
            words: self.ends.len(),
            signs: self.signs,
        }
    }

    fn restore(&mut self, checkpoint: Checkpoint) {
        self.text.truncate(checkpoint.text);
        self.ends.truncate(checkpoint.words);
        self.signs = checkpoint.signs;
    }

    /// Appends one normalized character, given the text after it.
    #[inline]
    fn step(&mut self, state: WordState, c: Normalized, rest: &str) -> WordState {
        match c {
            Normalized::Letter(c) => self.letter(state, c),
            Normalized::Letters(a, b) => {
                let state = self.letter(state, a);
                self.letter(state, b)
            }
            Normalized::Digit(c) => self.digit(state, c),
            Normalized::Sign(c) => {
                self.close(state);
                self.open(c);
                self.signs += 1;
                WordState::Sign
            }
            Normalized::SignMark(c) if state == WordState::Sign => {
                self.text.push(c);
                WordState::Sign
            }
            Normalized::SignMark(c) => self.letter(state, c),
            Normalized::Nothing => state,
            Normalized::Point | Normalized::Comma => self.separator(state, c, rest),
            Normalized::Apostrophe if state == WordState::Word && next_is_letter(rest) => {
                self.text.push('\'');
                WordState::Word
            }
            Normalized::Quote
                if state == WordState::Word && self.ends_in_hebrew() && next_is_letter(rest) =>
            {
                WordState::Word
            }
            Normalized::Apostrophe | Normalized::Quote | Normalized::Break => {
                self.close(state);
                WordState::Between
            }
        }
    }

    #[inline]
    fn letter(&mut self, state: WordState, c: char) -> WordState {
        match state {
            WordState::Word | WordState::Number => self.text.push(c),
            WordState::Between | WordState::Sign => {
                self.close(state);
                self.open(c);
            }
        }
        WordState::Word
    }

    #[inline]
    fn digit(&mut self, state: WordState, c: char) -> WordState {
        match state {
            WordState::Word | WordState::Number => {
                self.text.push(c);
                state
            }
            WordState::Between | WordState::Sign => {
                self.close(state);
                self.open(c);
                WordState::Number
            }
        }
    }

    /// A point or comma between digits is part of the number. A comma before exactly three digits
    /// is a thousands separator and is dropped.
    fn separator(&mut self, state: WordState, c: Normalized, rest: &str) -> WordState {
        let digits = rest
            .chars()
            .map(normalize)
            .filter(|&next| next != Normalized::Nothing)
            .take_while(|next| matches!(next, Normalized::Digit(_)))
            .take(4)
            .count();
        if state != WordState::Number || digits == 0 {
            self.close(state);
            return WordState::Between;
        }
        if c == Normalized::Point || digits != 3 {
            self.text.push('.');
        }
        WordState::Number
    }

    /// Begins a word with `c`.
    #[inline]
    fn open(&mut self, c: char) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push(c);
    }

    /// Ends the word, if `state` is within one.
    #[inline]
    fn close(&mut self, state: WordState) {
        if state != WordState::Between {
            self.ends.push(saturated(self.text.len()));
        }
    }

    /// Ends words of a block. `last` has a bit for the last byte of each word, and `base` is the
    /// output offset of the first byte of the block.
    #[inline(always)]
    fn push_ends(&mut self, base: usize, mut last: u64) {
        let before = self.ends.len();
        // One resize and a loop without capacity checks, as a block has about ten words.
        self.ends.resize(before + last.count_ones() as usize, 0);
        for end in &mut self.ends[before..] {
            *end = saturated(base.wrapping_add(last.trailing_zeros() as usize + 1));
            last &= last - 1;
        }
    }

    fn ends_in_hebrew(&self) -> bool {
        self.text
            .chars()
            .next_back()
            .is_some_and(|c| ('\u{5d0}'..='\u{5ea}').contains(&c))
    }

    /// Number of words, each sign of a script without spaces counted as a word.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Length of the text in words: two signs of scripts without spaces count as one word.
    #[must_use]
    pub fn words(&self) -> usize {
        self.ends.len() - self.signs.div_ceil(2)
    }

    /// The elements of comparison, as ranges for [`Tokens::run`].
    ///
    /// A word is a unit. Of signs, each two adjacent ones are a unit, or three in scripts with
    /// longer words (Thai, Khmer, ...). Signs of different scripts are not adjacent, so Japanese
    /// particles are apart from Han. A sign between words of other scripts is a unit; in a longer
    /// run no single sign is, as unrelated texts share single signs.
    ///
    /// ```
    /// use qissa::text::Tokens;
    ///
    /// let tokens = Tokens::of("中国总统访问Google");
    /// let units: Vec<&str> = tokens.units().into_iter().map(|unit| tokens.run(unit)).collect();
    /// assert_eq!(units, ["中 国", "国 总", "总 统", "统 访", "访 问", "google"]);
    /// ```
    #[must_use]
    pub fn units(&self) -> Vec<Range<usize>> {
        if self.signs == 0 {
            return (0..self.len()).map(|place| place..place + 1).collect();
        }
        let mut units = Vec::with_capacity(self.len());
        let mut start = 0;
        while start < self.len() {
            let script = self.script(start);
            let mut end = start + 1;
            while script.is_some() && end < self.len() && self.script(end) == script {
                end += 1;
            }
            let width = script.map_or(1, Unspaced::gram).min(end - start);
            units.extend((start..=end - width).map(|place| place..place + width));
            start = end;
        }
        units
    }

    /// Script without spaces of a word; `None` for other scripts.
    fn script(&self, place: usize) -> Option<Unspaced> {
        self.run(place..place + 1)
            .chars()
            .next()
            .and_then(Unspaced::of)
    }

    /// Whether any word is a sign of a script without spaces.
    #[must_use]
    pub fn has_signs(&self) -> bool {
        self.signs > 0
    }

    /// Whether there are no words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The words with one space between each two.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The words in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|place| self.run(place..place + 1))
    }

    /// The words that begin with a digit, in order.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&end| end as usize + 1));
        starts
            .zip(&self.ends)
            .filter(|&(start, _)| self.text.as_bytes()[start].is_ascii_digit())
            .map(|(start, &end)| &self.text[start..end as usize])
    }

    /// All runs of `width` adjacent words, in order, as the bytes of [`Tokens::run`]. `width` is at
    /// least 1.
    #[inline]
    pub fn runs(&self, width: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.windows(width).map(move |run| {
            let bytes = &self.text.as_bytes()[start..run[width - 1] as usize];
            start = run[0] as usize + 1;
            bytes
        })
    }

    /// Length in bytes of each of [`Tokens::runs`].
    #[inline]
    pub fn run_lengths(&self, width: usize) -> impl Iterator<Item = u32> {
        let ends = self.ends.get(width - 1..).unwrap_or_default();
        let first = ends.first().copied();
        first.into_iter().chain(
            ends.iter()
                .skip(1)
                .zip(&self.ends)
                .map(|(end, before)| end - before - 1),
        )
    }

    /// The words of a range with one space between each two; empty if the range is empty or exceeds
    /// [`Tokens::len`].
    #[inline]
    #[must_use]
    pub fn run(&self, range: Range<usize>) -> &str {
        if range.is_empty() || range.end > self.ends.len() {
            return "";
        }
        let start = if range.start == 0 {
            0
        } else {
            self.ends[range.start - 1] as usize + 1
        };
        &self.text[start..self.ends[range.end - 1] as usize]
    }
}

/// The bytes of the words that are complete in a block, before the first character that needs the
/// slow path; and the offset of the next block, or the byte range for the slow path.
#[inline(always)]
fn complete_words(block: &Block, text: &str, at: usize) -> (u64, Result<usize, Range<usize>>) {
    let starts = block.words & !(block.words << 1);
    let unknown = block.unknown.trailing_zeros() as usize;
    // A word that touches the unknown character, or the end of the block, is left for later.
    let is_touched = block.words & low_bits(unknown) & !low_bits(unknown.saturating_sub(1)) != 0;
    let stop = if is_touched {
        (starts & low_bits(unknown)).ilog2() as usize
    } else {
        unknown
    };
    // A word whose first character is dropped may have no other character, and so be no word.
    let mut doubtful = starts & block.pending & low_bits(stop);
    while doubtful != 0 {
        let start = doubtful.trailing_zeros() as usize;
        if normalize(char_at(text, at + start)) == Normalized::Nothing {
            let end = start + (!(block.words >> start)).trailing_zeros() as usize;
            return (block.words & low_bits(start), Err(at + start..at + end));
        }
        doubtful &= doubtful - 1;
    }
    let is_known = unknown == BYTES && (stop > 0 || !is_touched);
    let next = if is_known {
        Ok(at + stop)
    } else {
        Err(at + stop..at + unknown + 1)
    };
    (block.words & low_bits(stop), next)
}

/// An offset as `u32`. Offsets beyond 4 GiB saturate.
#[inline]
fn saturated(at: usize) -> u32 {
    at.min(u32::MAX as usize) as u32
}

/// A mask of the first `count` bytes of a block.
#[inline(always)]
fn low_bits(count: usize) -> u64 {
    if count < BYTES {
        (1 << count) - 1
    } else {
        u64::MAX
    }
}

/// The start of a text, up to a space before a byte that [`Block`] is likely to know.
fn until_likely(text: &str) -> &str {
    let end = text
        .match_indices(' ')
        .map(|(at, _)| at)
        .find(|at| Block::is_likely(&text.as_bytes()[at + 1..]))
        .unwrap_or(text.len());
    &text[..end]
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().unwrap_or_default()
}

/// Whether the next character that is not dropped is a letter.
fn next_is_letter(rest: &str) -> bool {
    rest.chars()
        .map(normalize)
        .find(|&next| next != Normalized::Nothing)
        .is_some_and(|next| matches!(next, Normalized::Letter(_) | Normalized::Letters(..)))
}

/// Whether a word of [`Tokens`] begins with a digit.
#[must_use]
pub fn is_number(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// Whether a word of [`Tokens`] is a sign of a script without spaces.
#[must_use]
pub fn is_sign(word: &str) -> bool {
    word.chars().next().and_then(Unspaced::of).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn normalized(text: &str) -> String {
        Tokens::of(text).as_str().to_owned()
    }

    #[track_caller]
    fn all(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(normalized(text), *expected, "for {text:?}");
        }
    }

    proptest! {
        #[test]
        fn run_lengths_are_those_of_runs(text in "([a-zء-ي]{1,4} ){0,9}", width in 1..5usize) {
            let tokens = Tokens::of(&text);
            prop_assert!(tokens.run_lengths(width).eq(tokens.runs(width).map(|run| run.len() as u32)));
        }

        #[test]
        fn numbers_begin_with_a_digit(
            text in "([0-9]{1,3}|[a-z]{1,3}|[٠-٩]{1,2}|[ء-ي]{1,3}|中|[ .,-]){0,12}",
        ) {
            let tokens = Tokens::of(&text);
            prop_assert!(tokens.numbers().eq(tokens.iter().filter(|word| is_number(word))));
        }
    }

    #[test]
    fn case_and_compatibility_forms_are_unified() {
        all(&[
            ("Moscow SUMMIT", "moscow summit"),
            ("Straße", "strasse"),
            ("ＡＢＣ１２", "abc12"),
            ("ﬁre", "fire"),
        ]);
    }

    #[test]
    fn arabic_marks_and_tatweel_are_dropped() {
        all(&[
            ("لقاءٌ مُرتقَب", "لقاء مرتقب"),
            ("مــوسكو", "موسكو"),
            ("هٰذا", "هذا"),
            ("قَالَ", "قال"),
        ]);
    }

    #[test]
    fn alef_and_hamza_carriers_are_unified() {
        all(&[
            ("أحمد إلى آسيا ٱلله", "احمد الي اسيا الله"),
            ("مؤتمر الرئيس", "موتمر الرييس"),
        ]);
    }

    #[test]
    fn yeh_and_teh_marbuta_are_unified() {
        all(&[("مصطفى", "مصطفي"), ("مدرسة", "مدرسه"), ("مدرسه", "مدرسه")]);
    }

    #[test]
    fn persian_and_urdu_letters_are_unified() {
        all(&[
            ("کیم جونغ", "كيم جونغ"),
            ("می‌شود", "ميشود"),
            ("ہندوستان", "هندوستان"),
            ("گفتگو", "گفتگو"),
        ]);
    }

    #[test]
    fn presentation_forms_are_unified() {
        all(&[
            ("ﻻ", "لا"),
            ("ﷲ", "الله"),
            ("ﻣﻮﺳﻜﻮ", "موسكو"),
            ("ﻣﹷﻮﺳﻜﻮ", "موسكو"),
        ]);
    }

    #[test]
    fn digits_are_unified_and_numbers_kept() {
        all(&[
            ("١٠ قتلى", "10 قتلي"),
            ("۱۲۳", "123"),
            ("१२", "12"),
            ("10 killed", "10 killed"),
        ]);
        all(&[
            ("10,500.75", "10500.75"),
            ("3,5 %", "3.5"),
            ("١٠٫٥", "10.5"),
            ("١٬٠٠٠", "1000"),
            ("7.", "7"),
        ]);
    }

    #[test]
    fn format_characters_are_dropped() {
        all(&[
            ("\u{202b}الشرع\u{202c}", "الشرع"),
            ("zero\u{200b}width", "zerowidth"),
            ("\u{feff}bom", "bom"),
        ]);
    }

    #[test]
    fn punctuation_ends_words() {
        all(&[
            ("موسكو.. ولقاء", "موسكو ولقاء"),
            ("اليوم ..الشرع", "اليوم الشرع"),
            ("دمشق:الشرع", "دمشق الشرع"),
        ]);
        all(&[
            ("end.Next", "end next"),
            ("#أمن_الدولة", "امن الدوله"),
            ("لمحاكمته!", "لمحاكمته"),
        ]);
    }

    #[test]
    fn latin_and_greek_accents_are_dropped() {
        all(&[
            ("Beyoncé", "beyonce"),
            ("Łódź", "lodz"),
            ("İstanbul ISPARTA ısı", "istanbul isparta isi"),
        ]);
        all(&[
            ("Ærø", "aero"),
            ("Ἀθῆναι", "αθηναι"),
            ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
        ]);
    }

    #[test]
    fn cyrillic_keeps_short_i_and_drops_stress() {
        all(&[
            ("Зелёный", "зеленый"),
            ("за\u{301}мок", "замок"),
            ("и\u{306}", "й"),
        ]);
    }

    #[test]
    fn apostrophes_within_words_are_kept() {
        all(&[
            ("Trump’s 'plan'", "trump's plan"),
            ("O'Brien", "o'brien"),
            ("rock 'n' roll", "rock n roll"),
        ]);
    }

    #[test]
    fn hebrew_acronyms_are_words_and_points_are_dropped() {
        all(&[("צה\"ל", "צהל"), ("צה״ל", "צהל"), ("שָׁלוֹם", "שלום")]);
    }

    #[test]
    fn each_sign_of_unspaced_scripts_is_a_word() {
        all(&[
            ("中国总统", "中 国 总 统"),
            ("ロシア大統領", "ロシア 大 統 領"),
            ("ที่", "ที่"),
            ("北京2008", "北 京 2008"),
        ]);
    }

    #[test]
    fn devanagari_vowel_signs_are_kept() {
        all(&[("नई दिल्ली", "नई दिल्ली")]);
    }

    #[test]
    fn texts_without_letters_have_no_words() {
        for text in ["", "  ", "...", "…!؟", "\u{200b}", "🎉"] {
            assert!(Tokens::of(text).is_empty(), "for {text:?}");
        }
    }

    #[test]
    fn runs_are_slices() {
        let tokens = Tokens::of("One two, three");
        assert_eq!(tokens.run(0..2), "one two");
        assert_eq!(tokens.run(1..3), "two three");
        assert_eq!(tokens.run(2..4), "");
        assert_eq!(
            tokens.runs(2).collect::<Vec<_>>(),
            ["one two".as_bytes(), b"two three"]
        );
        assert_eq!(tokens.runs(4).len(), 0);
    }

    /// The words by the slow path only.
    fn by_chars(text: &str) -> Tokens {
        let prepared = if text.chars().all(is_plain) {
            text.to_owned()
        } else {
            prepare(text)
        };
        let mut tokens = Tokens::default();
        let mut state = WordState::Between;
        let mut rest = prepared.chars();
        while let Some(c) = rest.next() {
            state = tokens.step(state, normalize(c), rest.as_str());
        }
        tokens.close(state);
        tokens
    }

    /// The words by the slow path after NFKC and case folding of the whole text.
    fn by_preparation(text: &str) -> Tokens {
        by_chars(&prepare(text))
    }

    #[test]
    fn blocks_may_end_anywhere() {
        for before in 0..140 {
            let text = format!("{}— هٰذا “Trump’s” ﻻ 1,250.5 مدرسةً", " ".repeat(before));
            assert_eq!(Tokens::of(&text), by_chars(&text), "after {before} spaces");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn normalization_is_idempotent(text in "\\PC*") {
            let once = normalized(&text);
            prop_assert_eq!(normalized(&once), once.clone());
        }

        #[test]
        fn normalization_of_arabic_is_idempotent(
            text in "[\u{600}-\u{6ff} .,'a-zA-Z0-9\u{200b}-\u{202e}]*",
        ) {
            let once = normalized(&text);
            prop_assert_eq!(normalized(&once), once.clone());
        }

        #[test]
        fn plain_characters_need_no_preparation(
            text in "[\u{600}-\u{6ff} .,'\"a-zA-Z0-9\u{2010}-\u{202e}]*",
        ) {
            prop_assert_eq!(Tokens::of(&text), by_preparation(&text));
        }

        #[test]
        fn european_characters_need_no_preparation(text in "[À-ýА-яЁё…€£° .,'a-zA-Z0-9]*") {
            prop_assert_eq!(Tokens::of(&text), by_preparation(&text));
        }

        #[test]
        fn blocks_give_the_words_of_the_slow_path(text in "\\PC{0,200}") {
            prop_assert_eq!(Tokens::of(&text), by_chars(&text));
        }

        #[test]
        fn ascii_blocks_give_the_words_of_the_slow_path(
            text in "([ a-zA-Z0-9.,'\"-]|[a-z]{1,9} |\\p{ASCII}){0,90}",
        ) {
            prop_assert_eq!(Tokens::of(&text), by_chars(&text));
        }

        #[test]
        fn arabic_blocks_give_the_words_of_the_slow_path(
            text in "([ء-ي]{1,7}[ .،]|[\u{600}-\u{6ff}\u{200b}-\u{202e}]|[ .,'\"0-9a-z«»“”’]|[A-Z][a-z]{1,9}[ ’']){0,60}",
        ) {
            prop_assert_eq!(Tokens::of(&text), by_chars(&text));
        }

        #[test]
        fn prepared_characters_next_to_blocks_give_the_words_of_the_slow_path(
            text in "([a-z]{1,5}[ .'’]|[ء-ي]{1,5} |[0-9.,]{1,4}|[½ﷺéİßＡ中न्द\u{300}\u{303}\u{654}ﻻ״ש']){0,60}",
        ) {
            prop_assert_eq!(Tokens::of(&text), by_chars(&text));
        }

        #[test]
        fn pushed_texts_are_tokenized_separately(
            first in "[a-zé中.'0-9]{0,9}",
            text in "[ a-zء-ي中0-9.,'’é½]{0,90}",
        ) {
            let mut tokens = Tokens::of(&first);
            let (words, whole) = (tokens.len(), Tokens::of(&format!("{first} {text}")));
            tokens.push(&text);
            prop_assert!(tokens.iter().skip(words).eq(Tokens::of(&text).iter()));
            prop_assert_eq!(tokens, whole);
        }

        #[test]
        fn words_joined_by_spaces_are_the_text(text in "\\PC*") {
            let tokens = Tokens::of(&text);
            let joined = tokens.iter().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(tokens.as_str(), joined);
        }
    }
}
