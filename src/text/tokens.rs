//! A text in, its folded words out, in one buffer with a space between each two: so a run of words
//! is one slice, and shingles are hashed without building strings. Linear in the text; the buffer
//! can be used again.

mod block;

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use simdutf8::basic::from_utf8;

use super::normalize::{Folded, Unspaced, fold, is_plain, normalise};
use block::{BYTES, Block};

/// The folded words of a text.
///
/// A word is a run of letters, digits and the marks that belong to them; punctuation ends it even
/// where no space follows. Numbers keep their decimal point and lose their thousands separators.
/// Signs of scripts written without spaces (Han, Thai, ...) stand alone, katakana runs are one
/// word; [`Tokens::units`] are what is compared.
///
/// ```
/// use qissa::text::Tokens;
/// let tokens = Tokens::of("الشّرع في مــوسكو.. ولقاءٌ مع ١٠٬٥٠٠");
/// assert_eq!(tokens.as_str(), "الشرع في موسكو ولقاء مع 10500");
/// assert_eq!(tokens.len(), 6);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    text: String,
    ends: Vec<u32>,
    signs: usize,
    /// What belongs behind the text, while words are found by their bytes.
    bytes: Vec<u8>,
}

/// What the tokeniser is in the middle of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Word,
    Number,
    Sign,
}

/// A place in a text, and how much there was of the words when it was reached.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    text: usize,
    words: usize,
    signs: usize,
}

/// Words to be found by the bytes of a text from a place on, in code that the compiler makes once
/// for each kind of vectors.
struct Scan<'t> {
    tokens: &'t mut Tokens,
    text: &'t str,
    at: usize,
}

impl WithSimd for Scan<'_> {
    /// What must be looked at character by character, if the end is not reached.
    type Output = Option<Range<usize>>;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> Option<Range<usize>> {
        while self.at < self.text.len() {
            let block = Block::at(simd, self.text.as_bytes(), self.at);
            match self.tokens.words_of(&block, self.text, self.at) {
                Ok(next) => self.at = next,
                Err(odd) => return Some(odd),
            }
        }
        None
    }
}

impl Tokens {
    /// The words of a text.
    pub fn of(text: &str) -> Self {
        let mut tokens = Tokens::default();
        tokens.fill(text);
        tokens
    }

    /// Replaces the words by those of another text, keeping the memory.
    pub fn fill(&mut self, text: &str) {
        self.text.clear();
        self.ends.clear();
        self.signs = 0;
        self.push(text);
    }

    /// Adds the words of another text behind those there are.
    pub fn push(&mut self, text: &str) {
        self.scan(text, is_plain);
    }

    /// Adds the words of a text, of whose characters those that `is_known` fold one by one as they
    /// are.
    fn scan(&mut self, text: &str, is_known: fn(char) -> bool) {
        let mut at = 0;
        while let Some(odd) = Arch::new().dispatch(Scan {
            tokens: self,
            text,
            at,
        }) {
            self.settle();
            at = self.step_by_step(text, odd, is_known);
        }
        self.settle();
    }

    /// Adds the words of a block that end in it. Tells where to go on, or what must be looked at
    /// character by character.
    #[inline(always)]
    fn words_of(&mut self, block: &Block, text: &str, at: usize) -> Result<usize, Range<usize>> {
        let (words, next) = whole_words(block, text, at);
        // Words with single spaces between them are copied together.
        let mut runs = words | block.spaces & (words << 1) & (words >> 1);
        let mut ends = words & !(words >> 1);
        let mut folds = block.folds & words;
        while runs != 0 {
            let mut start = runs.trailing_zeros() as usize;
            let stop = start + (!(runs >> start)).trailing_zeros() as usize;
            runs &= !below(stop);
            if self.length() > 0 {
                self.bytes.push(b' ');
            }
            // Where the start of the block would stand in the folded text, if all of it went there
            // as this run does.
            let mut base = self.length().wrapping_sub(start);
            let mut of_run = ends & below(stop);
            ends ^= of_run;
            while folds & below(stop) != 0 {
                let folded = folds.trailing_zeros();
                let whole = of_run & below(folded as usize);
                self.end_all(base, whole);
                of_run ^= whole;
                let end = of_run.trailing_zeros() as usize + 1;
                start = self.copy_folded(block, start, folds & below(end), text, at);
                base = self.length().wrapping_sub(start);
                folds &= !below(end);
            }
            self.end_all(base, of_run);
            self.bytes.extend_from_slice(&block.text[start..stop]);
        }
        next
    }

    /// Copies a block from a place to the last of the characters that are to be folded, and these
    /// folded; tells where it ends.
    fn copy_folded(
        &mut self,
        block: &Block,
        mut start: usize,
        mut folds: u64,
        text: &str,
        at: usize,
    ) -> usize {
        while folds != 0 {
            let place = folds.trailing_zeros() as usize;
            self.bytes.extend_from_slice(&block.text[start..place]);
            let c = char_at(text, at + place);
            match fold(c) {
                Folded::Letter(letter) => self
                    .bytes
                    .extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
                Folded::Apostrophe => self.bytes.push(b'\''),
                _ => {}
            }
            start = place + c.len_utf8();
            folds &= folds - 1;
        }
        start
    }

    fn length(&self) -> usize {
        self.text.len() + self.bytes.len()
    }

    /// Moves the words found by their bytes to the text.
    fn settle(&mut self) {
        self.text.push_str(
            from_utf8(&self.bytes).expect("words of a text are made of whole characters"),
        );
        self.bytes.clear();
    }

    /// Adds the words from the start of a range until one that ends behind it has ended. Tells
    /// where to go on.
    fn step_by_step(&mut self, text: &str, odd: Range<usize>, is_known: fn(char) -> bool) -> usize {
        let mut state = State::Between;
        let mut safe = self.place(odd.start);
        let mut rest = text[odd.start..].chars();
        while let Some(c) = rest.next() {
            if !is_known(c) {
                self.return_to(safe);
                let piece = unknown(&text[safe.at..]);
                self.scan(&normalise(piece), |_| true);
                return safe.at + piece.len();
            }
            let folded = fold(c);
            state = self.step(state, folded, rest.as_str());
            // Nothing before a break depends on what is behind it.
            if folded == Folded::Break {
                let at = text.len() - rest.as_str().len();
                if at >= odd.end && Block::is_likely(rest.as_str().as_bytes()) {
                    return at;
                }
                if c == ' ' {
                    safe = self.place(at);
                }
            }
        }
        self.close(state);
        text.len()
    }

    fn place(&self, at: usize) -> Place {
        Place {
            at,
            text: self.text.len(),
            words: self.ends.len(),
            signs: self.signs,
        }
    }

    fn return_to(&mut self, place: Place) {
        self.text.truncate(place.text);
        self.ends.truncate(place.words);
        self.signs = place.signs;
    }

    #[inline]
    fn step(&mut self, state: State, folded: Folded, rest: &str) -> State {
        match folded {
            Folded::Letter(c) => self.letter(state, c),
            Folded::Letters(a, b) => {
                let state = self.letter(state, a);
                self.letter(state, b)
            }
            Folded::Digit(c) => self.digit(state, c),
            Folded::Sign(c) => {
                self.close(state);
                self.open(c);
                self.signs += 1;
                State::Sign
            }
            Folded::SignMark(c) if state == State::Sign => {
                self.text.push(c);
                State::Sign
            }
            Folded::SignMark(c) => self.letter(state, c),
            Folded::Nothing => state,
            Folded::Point | Folded::Comma => self.separator(state, folded, rest),
            Folded::Apostrophe if state == State::Word && next_is_letter(rest) => {
                self.text.push('\'');
                State::Word
            }
            Folded::Quote if state == State::Word && self.is_hebrew() && next_is_letter(rest) => {
                State::Word
            }
            Folded::Apostrophe | Folded::Quote | Folded::Break => {
                self.close(state);
                State::Between
            }
        }
    }

    #[inline]
    fn letter(&mut self, state: State, c: char) -> State {
        match state {
            State::Word | State::Number => self.text.push(c),
            State::Between | State::Sign => {
                self.close(state);
                self.open(c);
            }
        }
        State::Word
    }

    #[inline]
    fn digit(&mut self, state: State, c: char) -> State {
        match state {
            State::Word | State::Number => {
                self.text.push(c);
                state
            }
            State::Between | State::Sign => {
                self.close(state);
                self.open(c);
                State::Number
            }
        }
    }

    /// A point or comma between digits belongs to the number; a comma before three digits only
    /// groups them.
    fn separator(&mut self, state: State, folded: Folded, rest: &str) -> State {
        let ahead = rest
            .chars()
            .map(fold)
            .filter(|&next| next != Folded::Nothing);
        let digits = ahead
            .take_while(|next| matches!(next, Folded::Digit(_)))
            .take(4)
            .count();
        if state != State::Number || digits == 0 {
            self.close(state);
            return State::Between;
        }
        if folded == Folded::Point || digits != 3 {
            self.text.push('.');
        }
        State::Number
    }

    #[inline]
    fn open(&mut self, c: char) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push(c);
    }

    #[inline]
    fn close(&mut self, state: State) {
        if state != State::Between {
            self.end(self.text.len());
        }
    }

    #[inline]
    fn end(&mut self, at: usize) {
        self.ends.push(kept(at));
    }

    /// The same for the words of a block, given their last bytes.
    #[inline(always)]
    fn end_all(&mut self, base: usize, mut last: u64) {
        let before = self.ends.len();
        self.ends.resize(before + last.count_ones() as usize, 0);
        for end in &mut self.ends[before..] {
            *end = kept(base.wrapping_add(last.trailing_zeros() as usize + 1));
            last &= last - 1;
        }
    }

    fn is_hebrew(&self) -> bool {
        self.text
            .chars()
            .next_back()
            .is_some_and(|c| ('\u{5d0}'..='\u{5ea}').contains(&c))
    }

    /// How many words and single signs there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// How much text that is, in words: two signs count as one word, an odd one as none.
    pub fn words(&self) -> usize {
        self.ends.len() - self.signs.div_ceil(2)
    }

    /// The smallest runs that say something: each word, and of signs each two neighbours, or three
    /// where words are longer (Thai, Khmer, ...). Signs of different scripts are no neighbours,
    /// so that Japanese particles stay by themselves. A lone sign is a unit; in longer runs
    /// none is, because single signs are shared by unrelated texts.
    ///
    /// ```
    /// use qissa::text::Tokens;
    /// let tokens = Tokens::of("中国总统访问Google");
    /// let units: Vec<&str> = tokens.units().into_iter().map(|unit| tokens.run(unit)).collect();
    /// assert_eq!(units, ["中 国", "国 总", "总 统", "统 访", "访 问", "google"]);
    /// ```
    pub fn units(&self) -> Vec<Range<usize>> {
        if self.signs == 0 {
            return (0..self.len()).map(|place| place..place + 1).collect();
        }
        let script = |place: usize| {
            self.run(place..place + 1)
                .chars()
                .next()
                .and_then(Unspaced::of)
        };
        let mut units = Vec::with_capacity(self.len());
        let mut start = 0;
        while start < self.len() {
            let first = script(start);
            let length = (start + 1..self.len())
                .take_while(|&next| first.is_some() && script(next) == first)
                .count()
                + 1;
            let gram = first.map_or(1, Unspaced::gram).min(length);
            units.extend((start..=start + length - gram).map(|place| place..place + gram));
            start += length;
        }
        units
    }

    /// Whether there are signs of scripts written without spaces.
    pub fn has_signs(&self) -> bool {
        self.signs > 0
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The folded text: the words with one space between each two.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The words, first to last.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|index| self.run(index..index + 1))
    }

    /// The words that begin as a number does, first to last.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&end| end as usize + 1));
        let begins = |&(start, _): &(usize, &u32)| self.text.as_bytes()[start].is_ascii_digit();
        starts
            .zip(&self.ends)
            .filter(begins)
            .map(|(start, &end)| &self.text[start..end as usize])
    }

    /// All runs of so many neighbouring words, at least one, first to last, as the bytes that
    /// [`Tokens::run`] gives.
    #[inline]
    pub fn runs(&self, width: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.windows(width).map(move |run| {
            let bytes = &self.text.as_bytes()[start..run[width - 1] as usize];
            start = run[0] as usize + 1;
            bytes
        })
    }

    /// How many bytes each of [`Tokens::runs`] has.
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

    /// The words of a range, as one slice with a space between each two; empty if the range is or
    /// if it passes the end.
    #[inline]
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

/// The bytes of those words of a block that end in it, up to the first that must be looked at
/// character by character; and where to go on, or what must be so looked at.
#[inline(always)]
fn whole_words(block: &Block, text: &str, at: usize) -> (u64, Result<usize, Range<usize>>) {
    let starts = block.words & !(block.words << 1);
    let odd = block.odd.trailing_zeros() as usize;
    let is_touched = block.words & below(odd) & !below(odd.saturating_sub(1)) != 0;
    let stop = if is_touched {
        (starts & below(odd)).ilog2() as usize
    } else {
        odd
    };
    // A word whose first characters are lost when they are folded.
    let mut doubtful = starts & block.folds & below(stop);
    while doubtful != 0 {
        let start = doubtful.trailing_zeros() as usize;
        if fold(char_at(text, at + start)) == Folded::Nothing {
            let end = start + (!(block.words >> start)).trailing_zeros() as usize;
            return (block.words & below(start), Err(at + start..at + end));
        }
        doubtful &= doubtful - 1;
    }
    let is_seen = odd == BYTES && (stop > 0 || !is_touched);
    (
        block.words & below(stop),
        if is_seen {
            Ok(at + stop)
        } else {
            Err(at + stop..at + odd + 1)
        },
    )
}

/// The end of a word as it is kept.
#[inline]
fn kept(at: usize) -> u32 {
    at.min(u32::MAX as usize) as u32
}

/// The bits of the first so many bytes of a block.
#[inline(always)]
fn below(count: usize) -> u64 {
    if count < BYTES {
        (1 << count) - 1
    } else {
        u64::MAX
    }
}

/// The start of a text, up to a space before what is likely to be known.
fn unknown(text: &str) -> &str {
    let is_end = |at: &usize| Block::is_likely(&text.as_bytes()[at + 1..]);
    let end = text
        .match_indices(' ')
        .map(|(at, _)| at)
        .find(is_end)
        .unwrap_or(text.len());
    &text[..end]
}

fn char_at(text: &str, at: usize) -> char {
    text[at..].chars().next().unwrap_or_default()
}

fn next_is_letter(rest: &str) -> bool {
    rest.chars()
        .map(fold)
        .find(|&folded| folded != Folded::Nothing)
        .is_some_and(|folded| matches!(folded, Folded::Letter(_) | Folded::Letters(..)))
}

/// Whether a word of [`Tokens`] begins as a number does.
pub fn is_number(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// Whether a word of [`Tokens`] is a sign of a script written without spaces.
pub fn is_sign(word: &str) -> bool {
    word.chars().next().and_then(Unspaced::of).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn folded(text: &str) -> String {
        Tokens::of(text).as_str().to_owned()
    }

    #[track_caller]
    fn all(cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            assert_eq!(folded(text), *expected, "for {text:?}");
        }
    }

    proptest! {
        #[test]
        fn runs_are_as_long_as_they_are_told_to_be(text in "([a-zء-ي]{1,4} ){0,9}", width in 1..5usize) {
            let tokens = Tokens::of(&text);
            prop_assert!(tokens.run_lengths(width).eq(tokens.runs(width).map(|run| run.len() as u32)));
        }

        #[test]
        fn numbers_are_the_words_that_begin_so(text in "([0-9]{1,3}|[a-z]{1,3}|[٠-٩]{1,2}|[ء-ي]{1,3}|中|[ .,-]){0,12}") {
            let tokens = Tokens::of(&text);
            prop_assert!(tokens.numbers().eq(tokens.iter().filter(|word| is_number(word))));
        }
    }

    #[test]
    fn case_and_compatibility_forms_fold() {
        all(&[
            ("Moscow SUMMIT", "moscow summit"),
            ("Straße", "strasse"),
            ("ＡＢＣ１２", "abc12"),
            ("ﬁre", "fire"),
        ]);
    }

    #[test]
    fn arabic_marks_and_tatweel_go() {
        all(&[
            ("لقاءٌ مُرتقَب", "لقاء مرتقب"),
            ("مــوسكو", "موسكو"),
            ("هٰذا", "هذا"),
            ("قَالَ", "قال"),
        ]);
    }

    #[test]
    fn alef_and_hamza_carriers_fold() {
        all(&[
            ("أحمد إلى آسيا ٱلله", "احمد الي اسيا الله"),
            ("مؤتمر الرئيس", "موتمر الرييس"),
        ]);
    }

    #[test]
    fn yeh_and_teh_marbuta_fold() {
        all(&[("مصطفى", "مصطفي"), ("مدرسة", "مدرسه"), ("مدرسه", "مدرسه")]);
    }

    #[test]
    fn persian_and_urdu_letters_fold() {
        all(&[
            ("کیم جونغ", "كيم جونغ"),
            ("می‌شود", "ميشود"),
            ("ہندوستان", "هندوستان"),
            ("گفتگو", "گفتگو"),
        ]);
    }

    #[test]
    fn presentation_forms_fold() {
        all(&[
            ("ﻻ", "لا"),
            ("ﷲ", "الله"),
            ("ﻣﻮﺳﻜﻮ", "موسكو"),
            ("ﻣﹷﻮﺳﻜﻮ", "موسكو"),
        ]);
    }

    #[test]
    fn digits_fold_and_numbers_are_kept() {
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
    fn format_characters_go() {
        all(&[
            ("\u{202b}الشرع\u{202c}", "الشرع"),
            ("zero\u{200b}width", "zerowidth"),
            ("\u{feff}bom", "bom"),
        ]);
    }

    #[test]
    fn punctuation_glued_to_words_ends_them() {
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
    fn latin_accents_fold() {
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
    fn cyrillic_keeps_short_i_and_loses_stress() {
        all(&[
            ("Зелёный", "зеленый"),
            ("за\u{301}мок", "замок"),
            ("и\u{306}", "й"),
        ]);
    }

    #[test]
    fn apostrophes_stay_inside_words() {
        all(&[
            ("Trump’s 'plan'", "trump's plan"),
            ("O'Brien", "o'brien"),
            ("rock 'n' roll", "rock n roll"),
        ]);
    }

    #[test]
    fn hebrew_acronyms_are_words_and_points_go() {
        all(&[("צה\"ל", "צהל"), ("צה״ל", "צהל"), ("שָׁלוֹם", "שלום")]);
    }

    #[test]
    fn unspaced_scripts_give_a_word_a_sign() {
        all(&[
            ("中国总统", "中 国 总 统"),
            ("ロシア大統領", "ロシア 大 統 領"),
            ("ที่", "ที่"),
            ("北京2008", "北 京 2008"),
        ]);
    }

    #[test]
    fn devanagari_keeps_its_vowel_signs() {
        all(&[("नई दिल्ली", "नई दिल्ली")]);
    }

    #[test]
    fn nothing_gives_nothing() {
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

    /// The words by plain steps alone, character by character.
    fn slow(text: &str) -> Tokens {
        let prepared = if text.chars().all(is_plain) {
            text.to_owned()
        } else {
            normalise(text)
        };
        let mut tokens = Tokens::default();
        let mut state = State::Between;
        let mut rest = prepared.chars();
        while let Some(c) = rest.next() {
            state = tokens.step(state, fold(c), rest.as_str());
        }
        tokens.close(state);
        tokens
    }

    /// The words by NFKC and case folding, whatever the text is made of.
    fn normalised(text: &str) -> Tokens {
        slow(&normalise(text))
    }

    #[test]
    fn blocks_may_end_anywhere() {
        for before in 0..140 {
            let text = format!("{}— هٰذا “Trump’s” ﻻ 1,250.5 مدرسةً", " ".repeat(before));
            assert_eq!(Tokens::of(&text), slow(&text), "behind {before} spaces");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn folding_is_idempotent(text in "\\PC*") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once.clone());
        }

        #[test]
        fn folding_arabic_is_idempotent(text in "[\u{600}-\u{6ff} .,'a-zA-Z0-9\u{200b}-\u{202e}]*") {
            let once = folded(&text);
            prop_assert_eq!(folded(&once), once.clone());
        }

        #[test]
        fn plain_characters_need_no_normalising(text in "[\u{600}-\u{6ff} .,'\"a-zA-Z0-9\u{2010}-\u{202e}]*") {
            prop_assert_eq!(Tokens::of(&text), normalised(&text));
        }

        #[test]
        fn nor_do_those_of_europe(text in "[À-ýА-яЁё…€£° .,'a-zA-Z0-9]*") {
            prop_assert_eq!(Tokens::of(&text), normalised(&text));
        }

        #[test]
        fn blocks_give_what_steps_give(text in "\\PC{0,200}") {
            prop_assert_eq!(Tokens::of(&text), slow(&text));
        }

        #[test]
        fn so_they_do_in_ascii(text in "([ a-zA-Z0-9.,'\"-]|[a-z]{1,9} |\\p{ASCII}){0,90}") {
            prop_assert_eq!(Tokens::of(&text), slow(&text));
        }

        #[test]
        fn so_they_do_in_arabic(text in "([ء-ي]{1,7}[ .،]|[\u{600}-\u{6ff}\u{200b}-\u{202e}]|[ .,'\"0-9a-z«»“”’]|[A-Z][a-z]{1,9}[ ’']){0,60}") {
            prop_assert_eq!(Tokens::of(&text), slow(&text));
        }

        #[test]
        fn so_they_do_beside_what_is_normalised(text in "([a-z]{1,5}[ .'’]|[ء-ي]{1,5} |[0-9.,]{1,4}|[½ﷺéİßＡ中न्द\u{300}\u{303}\u{654}ﻻ״ש']){0,60}") {
            prop_assert_eq!(Tokens::of(&text), slow(&text));
        }

        #[test]
        fn a_text_is_added_as_if_it_were_alone(first in "[a-zé中.'0-9]{0,9}", text in "[ a-zء-ي中0-9.,'’é½]{0,90}") {
            let mut tokens = Tokens::of(&first);
            let (words, whole) = (tokens.len(), Tokens::of(&format!("{first} {text}")));
            tokens.push(&text);
            prop_assert!(tokens.iter().skip(words).eq(Tokens::of(&text).iter()));
            prop_assert_eq!(tokens, whole);
        }

        #[test]
        fn the_words_make_up_the_text(text in "\\PC*") {
            let tokens = Tokens::of(&text);
            let joined = tokens.iter().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(tokens.as_str(), joined);
        }
    }
}
