//! The words of a text in, the set of its hashed shingles out (Broder 1997). Shingles are hashed
//! from slices of the folded text, none is built as a string. Linear in the text, then a sort of
//! its shingles.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use xxhash_rust::xxh3::xxh3_64;

use crate::sets::Jaccard;
use crate::text::{Tokens, is_sign};

/// What runs of a text are compared: runs of `least` to `most` neighbouring words or characters. In
/// scripts written without spaces the [units](Tokens::units) stand for the words.
///
/// Headlines have few words, so single words and pairs serve them; bodies have many, so threes tell
/// their wording apart. Written `word:3`, `word:1-2`, `char:5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shingler {
    unit: Unit,
    least: usize,
    most: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Word,
    Char,
}

impl Shingler {
    /// Single words and pairs: the default for headlines.
    pub const HEADLINE: Shingler = Shingler {
        unit: Unit::Word,
        least: 1,
        most: 2,
    };
    /// Runs of three words: the default for bodies.
    pub const BODY: Shingler = Shingler {
        unit: Unit::Word,
        least: 3,
        most: 3,
    };

    /// Whether its shingles are runs of letters.
    pub fn is_char(&self) -> bool {
        self.unit == Unit::Char
    }

    /// How many widths its shingles have.
    pub fn widths(&self) -> usize {
        self.most - self.least + 1
    }

    /// The shingles of a text. A text shorter than one shingle is one shingle; no text has none.
    pub fn shingles(&self, tokens: &Tokens) -> ShingleSet {
        let mut hashes = self.room(tokens);
        self.hash(tokens, &mut hashes);
        ShingleSet::new(hashes)
    }

    /// The shingles of a text, with the lengths of those by which it may be known.
    pub fn shingles_with_lengths(&self, tokens: &Tokens) -> Shingles {
        let mut shingles = Shingles {
            hashes: self.room(tokens),
            lengths: Vec::new(),
        };
        self.shingle_into(tokens, &mut shingles);
        shingles
    }

    /// The same, in place of those of another text, whose memory is used again.
    ///
    /// ```
    /// use qissa::{shingle::{Shingler, Shingles}, text::Tokens};
    /// let mut shingles = Shingles::default();
    /// Shingler::HEADLINE.shingle_into(&Tokens::of("One two three"), &mut shingles);
    /// assert_eq!(shingles.hashes().len(), 5);
    /// assert_eq!(shingles.widest().1, ["one two", "two three"].map(|shingle| shingle.len() as u32));
    /// ```
    pub fn shingle_into(&self, tokens: &Tokens, shingles: &mut Shingles) {
        shingles.hashes.clear();
        shingles.lengths.clear();
        match self.hash(tokens, &mut shingles.hashes) {
            Some(width) if self.unit == Unit::Word && !tokens.has_signs() => {
                shingles.lengths.extend(tokens.run_lengths(width));
            }
            Some(width) => self.each(tokens, width, &mut shingles.lengths, |shingle| {
                shingle.len() as u32
            }),
            None => shingles
                .lengths
                .resize(shingles.hashes.len(), tokens.as_str().len() as u32),
        }
    }

    /// Room for all shingles of words.
    fn room(&self, tokens: &Tokens) -> Vec<u64> {
        let words = tokens.len() * (self.most - self.least + 1);
        Vec::with_capacity(if self.unit == Unit::Word { words } else { 0 })
    }

    /// Adds the hash of each shingle, by width; gives the greatest width that there is, none if the
    /// text is shorter.
    #[inline]
    fn hash(&self, tokens: &Tokens, hashes: &mut Vec<u64>) -> Option<usize> {
        let mut widest = None;
        for width in self.least..=self.most {
            let before = hashes.len();
            self.each(tokens, width, hashes, xxh3_64);
            if hashes.len() > before {
                widest = Some(width);
            }
        }
        if widest.is_none() && !tokens.is_empty() {
            hashes.push(xxh3_64(tokens.as_str().as_bytes()));
        }
        widest
    }

    /// Adds what is told of each shingle of a width.
    #[inline]
    fn each<T>(
        &self,
        tokens: &Tokens,
        width: usize,
        found: &mut Vec<T>,
        tell: impl Fn(&[u8]) -> T,
    ) {
        match self.unit {
            Unit::Char => chars(&written(tokens), width, found, tell),
            Unit::Word if tokens.has_signs() => {
                let run = |run: &[Range<usize>]| {
                    tell(tokens.run(run[0].start..run[width - 1].end).as_bytes())
                };
                found.extend(tokens.units().windows(width).map(run));
            }
            Unit::Word => found.extend(tokens.runs(width).map(tell)),
        }
    }
}

/// The shingles of a text, as often as they occur, by width.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shingles {
    hashes: Vec<u64>,
    /// How many bytes each of the greatest width has.
    lengths: Vec<u32>,
}

impl Shingles {
    /// The hash of each.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// Of those of the greatest width that there are, the hashes and how many bytes each has.
    pub fn widest(&self) -> (&[u64], &[u32]) {
        (
            &self.hashes[self.hashes.len() - self.lengths.len()..],
            &self.lengths,
        )
    }

    /// The set of their hashes.
    pub fn into_set(self) -> ShingleSet {
        ShingleSet::new(self.hashes)
    }
}

fn chars<T>(text: &str, width: usize, found: &mut Vec<T>, tell: impl Fn(&[u8]) -> T) {
    let bounds: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    found.extend(
        bounds
            .windows(width + 1)
            .map(|run| tell(&text.as_bytes()[run[0]..run[width]])),
    );
}

/// The folded text with spaces only where its script writes them.
fn written(tokens: &Tokens) -> Cow<'_, str> {
    if !tokens.has_signs() {
        return Cow::Borrowed(tokens.as_str());
    }
    let mut text = String::with_capacity(tokens.as_str().len());
    let mut after_sign = true;
    for word in tokens.iter() {
        let sign = is_sign(word);
        if !sign && !after_sign {
            text.push(' ');
        }
        text.push_str(word);
        after_sign = sign;
    }
    Cow::Owned(text)
}

impl FromStr for Shingler {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "shingle {text:?} should be word:N, word:N-M or char:N with N from 1 to 20, such as word:3"
            )
        };
        let (unit, widths) = text.split_once(':').ok_or_else(wrong)?;
        let unit = match unit {
            "word" => Unit::Word,
            "char" => Unit::Char,
            _ => return Err(wrong()),
        };
        let (least, most) = widths.split_once('-').unwrap_or((widths, widths));
        let (least, most) = (
            least.parse().map_err(|_| wrong())?,
            most.parse().map_err(|_| wrong())?,
        );
        if least < 1 || most > 20 || least > most {
            Err(wrong())
        } else {
            Ok(Shingler { unit, least, most })
        }
    }
}

impl fmt::Display for Shingler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.unit == Unit::Word {
            "word"
        } else {
            "char"
        };
        match self.least == self.most {
            true => write!(f, "{unit}:{}", self.least),
            false => write!(f, "{unit}:{}-{}", self.least, self.most),
        }
    }
}

/// The hashes of a text's shingles, sorted, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ShingleSet(Box<[u64]>);

impl ShingleSet {
    /// The set of these hashes.
    pub fn new(mut hashes: Vec<u64>) -> Self {
        match dealt(&hashes) {
            Some(sorted) => hashes = sorted,
            None => sort(&mut hashes),
        }
        hashes.dedup();
        ShingleSet(hashes.into_boxed_slice())
    }

    /// How many distinct shingles there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hashes, ascending.
    pub fn hashes(&self) -> &[u64] {
        &self.0
    }

    /// How many shingles both sets have. O(|a| + |b|).
    pub fn shared(&self, other: &ShingleSet) -> usize {
        let (mut a, mut b, mut shared) = (0, 0, 0);
        // No branch but the loop's: which of two hashes is less cannot be foretold.
        while let (Some(x), Some(y)) = (self.0.get(a), other.0.get(b)) {
            shared += usize::from(x == y);
            a += usize::from(x <= y);
            b += usize::from(y <= x);
        }
        shared
    }

    /// The exact Jaccard coefficient; `None` if both sets are empty.
    pub fn jaccard(&self, other: &ShingleSet) -> Option<Jaccard> {
        Jaccard::from_counts(self.len(), other.len(), self.shared(other))
    }
}

/// So few numbers are sorted without a branch.
const FEWEST: usize = 20;

/// Sorts numbers. A few go in one by one, each past all before it by the less and the greater of
/// two: more steps than where each stops at its place, but that place cannot be foretold.
pub(crate) fn sort(numbers: &mut [u64]) {
    if numbers.len() > FEWEST {
        return numbers.sort_unstable();
    }
    for last in 1..numbers.len() {
        let (before, rest) = numbers.split_at_mut(last);
        for one in before {
            (*one, rest[0]) = ((*one).min(rest[0]), (*one).max(rest[0]));
        }
    }
}

/// So few hashes are not worth dealing out.
const FEW: usize = 64;
/// Hashes are dealt to at most so many lots, of at most so many each.
const MOST_LOTS: usize = 1 << 10;
const LOT: u32 = 16;

/// The hashes, ascending, or none if they are few or do not lie evenly over their range. Where they
/// do, their upper bits tell about where each belongs, so that it is near its place before the last
/// is put there (Neubert 1998).
fn dealt(hashes: &[u64]) -> Option<Vec<u64>> {
    if hashes.len() <= FEW {
        return None;
    }
    let lots = hashes.len().next_power_of_two().min(MOST_LOTS);
    let lot = |hash: u64| (hash >> (64 - lots.ilog2())) as usize;
    let mut ends = [0; MOST_LOTS];
    hashes.iter().for_each(|&hash| ends[lot(hash)] += 1);
    if ends[..lots].iter().any(|&count| count > LOT) {
        return None;
    }
    let mut sum = 0;
    for end in &mut ends[..lots] {
        sum += std::mem::replace(end, sum);
    }
    let mut sorted = vec![0; hashes.len()];
    for &hash in hashes {
        let end = &mut ends[lot(hash)];
        sorted[*end as usize] = hash;
        *end += 1;
    }
    for last in 1..sorted.len() {
        let mut at = last;
        while at > 0 && sorted[at - 1] > sorted[at] {
            sorted.swap(at - 1, at);
            at -= 1;
        }
    }
    Some(sorted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(spec: &str, text: &str) -> ShingleSet {
        spec.parse::<Shingler>()
            .unwrap()
            .shingles(&Tokens::of(text))
    }

    fn dull_twin(text: &str, least: usize, most: usize) -> BTreeSet<String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        (least..=most)
            .flat_map(|n| {
                words
                    .windows(n)
                    .map(|run| run.join(" "))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn widths_give_their_counts() {
        assert_eq!(set("word:1-2", "one two three").len(), 5);
        assert_eq!(set("word:3", "one two three four").len(), 2);
        assert_eq!(set("char:2", "abc").len(), 2);
        assert_eq!(set("word:1", "same same same").len(), 1);
    }

    #[test]
    fn a_short_text_is_one_shingle_and_no_text_none() {
        assert_eq!(set("word:5", "two words").len(), 1);
        assert!(set("word:5", " .. ").is_empty());
        assert!(set("char:5", "").is_empty());
    }

    #[test]
    fn specs_read_back() {
        for spec in ["word:3", "word:1-2", "char:5"] {
            assert_eq!(spec.parse::<Shingler>().unwrap().to_string(), spec);
        }
        for wrong in ["word", "word:0", "word:3-2", "line:1", "char:x", "word:21"] {
            assert!(
                wrong.parse::<Shingler>().unwrap_err().contains("word:N"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn known_shingles_never_change() {
        assert_eq!(
            set("word:2", "لقاء مرتقب").hashes(),
            [xxh3_64("لقاء مرتقب".as_bytes())]
        );
        assert_eq!(xxh3_64(b"moscow summit"), 15_376_569_385_865_665_267);
    }

    proptest! {
        #[test]
        fn numbers_are_sorted(mut numbers in proptest::collection::vec(0..30u64, 0..40)) {
            let mut expected = numbers.clone();
            expected.sort();
            sort(&mut numbers);
            prop_assert_eq!(numbers, expected);
        }

        #[test]
        fn a_set_is_sorted_and_has_each_once(
            seeds in proptest::collection::vec(0u64..600, 0..1500),
            narrow in 0..60u32,
        ) {
            let hashes: Vec<u64> = seeds.iter().map(|seed| xxh3_64(&seed.to_le_bytes()) >> narrow).collect();
            let expected: Vec<u64> = hashes.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
            let set = ShingleSet::new(hashes);
            prop_assert_eq!(set.hashes(), expected);
        }

        #[test]
        fn the_coefficient_is_that_of_plain_sets(a in "([a-d]{1,2} ){2,12}", b in "([a-d]{1,2} ){2,12}") {
            let (x, y) = (dull_twin(&a, 1, 2), dull_twin(&b, 1, 2));
            let expected = x.intersection(&y).count() as f64 / x.union(&y).count() as f64;
            let (s, t) = (set("word:1-2", &a), set("word:1-2", &b));
            prop_assert_eq!(s.jaccard(&t).unwrap().get(), expected);
            prop_assert_eq!(s.jaccard(&t), t.jaccard(&s));
        }
    }
}
