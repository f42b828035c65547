//! Shingles: runs of adjacent words or characters, hashed.
//!
//! Input: the tokens of a text. Output: the set of its shingle hashes. Cost: linear in the text,
//! and a sort of the shingles. Hashes are computed from slices of the folded text; no shingle is
//! built as a string. Prior art: Broder (1997).

use std::borrow::Cow;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use xxhash_rust::xxh3::xxh3_64;

use crate::sets::Jaccard;
use crate::text::{Tokens, is_sign};

/// Maker of shingles: runs of `min_width` to `max_width` adjacent words or characters, written
/// `word:3`, `word:1-2` or `char:5`.
///
/// Titles have few words, so single words and pairs serve them; bodies have many, so runs of three
/// tell similar wordings apart. In scripts written without spaces [units](Tokens::units) replace
/// words.
///
/// ```
/// use qissa::sets::Shingler;
/// use qissa::text::Tokens;
/// let shingler: Shingler = "word:1-2".parse()?;
/// assert_eq!(shingler.shingles(&Tokens::of("one two three")).len(), 5);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shingler {
    unit: Unit,
    min_width: usize,
    max_width: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Word,
    Char,
}

impl Shingler {
    /// Single words and pairs: the default for titles.
    pub const HEADLINE: Shingler = Shingler {
        unit: Unit::Word,
        min_width: 1,
        max_width: 2,
    };
    /// Runs of three words: the default for bodies.
    pub const BODY: Shingler = Shingler {
        unit: Unit::Word,
        min_width: 3,
        max_width: 3,
    };

    /// Whether shingles are runs of characters.
    pub fn is_char(&self) -> bool {
        self.unit == Unit::Char
    }

    /// The number of widths of its shingles.
    pub fn widths(&self) -> usize {
        self.max_width - self.min_width + 1
    }

    /// The shingle set of a text. A text shorter than one shingle is one shingle; an empty text has
    /// none.
    pub fn shingles(&self, tokens: &Tokens) -> ShingleSet {
        let mut hashes = self.with_capacity(tokens);
        self.hash_into(tokens, &mut hashes);
        ShingleSet::new(hashes)
    }

    /// The shingles of a text with the lengths of the widest.
    pub fn shingles_with_lengths(&self, tokens: &Tokens) -> Shingles {
        let mut shingles = Shingles {
            hashes: self.with_capacity(tokens),
            lengths: Vec::new(),
        };
        self.shingle_into(tokens, &mut shingles);
        shingles
    }

    /// [`Shingler::shingles_with_lengths`] in place of the previous shingles, whose memory is
    /// reused.
    ///
    /// ```
    /// use qissa::sets::{Shingler, Shingles};
    /// use qissa::text::Tokens;
    /// let mut shingles = Shingles::default();
    /// Shingler::HEADLINE.shingle_into(&Tokens::of("One two three"), &mut shingles);
    /// assert_eq!(shingles.hashes().len(), 5);
    /// let bytes = ["one two", "two three"].map(|shingle| shingle.len() as u32);
    /// assert_eq!(shingles.widest().1, bytes);
    /// ```
    pub fn shingle_into(&self, tokens: &Tokens, shingles: &mut Shingles) {
        shingles.hashes.clear();
        shingles.lengths.clear();
        match self.hash_into(tokens, &mut shingles.hashes) {
            Some(width) if self.unit == Unit::Word && !tokens.has_signs() => {
                shingles.lengths.extend(tokens.run_lengths(width));
            }
            Some(width) => {
                self.map_into(tokens, width, &mut shingles.lengths, |run| run.len() as u32);
            }
            None => shingles
                .lengths
                .resize(shingles.hashes.len(), tokens.as_str().len() as u32),
        }
    }

    /// A vector with the capacity for all shingles of words.
    fn with_capacity(&self, tokens: &Tokens) -> Vec<u64> {
        match self.unit {
            Unit::Word => Vec::with_capacity(tokens.len() * self.widths()),
            Unit::Char => Vec::new(),
        }
    }

    /// Appends the hash of each shingle, by width. Returns the greatest width that occurs; `None`
    /// if the text is shorter than one shingle.
    #[inline]
    fn hash_into(&self, tokens: &Tokens, hashes: &mut Vec<u64>) -> Option<usize> {
        let mut widest = None;
        for width in self.min_width..=self.max_width {
            let before = hashes.len();
            self.map_into(tokens, width, hashes, xxh3_64);
            if hashes.len() > before {
                widest = Some(width);
            }
        }
        if widest.is_none() && !tokens.is_empty() {
            hashes.push(xxh3_64(tokens.as_str().as_bytes()));
        }
        widest
    }

    /// Appends the value of `map` for each shingle of one width.
    #[inline]
    fn map_into<T>(
        &self,
        tokens: &Tokens,
        width: usize,
        values: &mut Vec<T>,
        map: impl Fn(&[u8]) -> T,
    ) {
        match self.unit {
            Unit::Char => map_chars_into(&spaced(tokens), width, values, map),
            Unit::Word if tokens.has_signs() => {
                for run in tokens.units().windows(width) {
                    values.push(map(unit_run(tokens, run)));
                }
            }
            Unit::Word => values.extend(tokens.runs(width).map(map)),
        }
    }
}

/// The text of adjacent units.
fn unit_run<'t>(tokens: &'t Tokens, units: &[Range<usize>]) -> &'t [u8] {
    let run = units[0].start..units[units.len() - 1].end;
    tokens.run(run).as_bytes()
}

/// The shingles of a text, with repetitions, by width.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shingles {
    hashes: Vec<u64>,
    /// The length in bytes of each shingle of the greatest width.
    lengths: Vec<u32>,
}

impl Shingles {
    /// The hash of each shingle.
    pub fn hashes(&self) -> &[u64] {
        &self.hashes
    }

    /// The hashes and the lengths in bytes of the shingles of the greatest width that occurs.
    pub fn widest(&self) -> (&[u64], &[u32]) {
        let start = self.hashes.len() - self.lengths.len();
        (&self.hashes[start..], &self.lengths)
    }

    /// The set of the hashes.
    pub fn into_set(self) -> ShingleSet {
        ShingleSet::new(self.hashes)
    }
}

/// Appends the value of `map` for each run of `width` characters.
fn map_chars_into<T>(text: &str, width: usize, values: &mut Vec<T>, map: impl Fn(&[u8]) -> T) {
    let starts = text.char_indices().map(|(at, _)| at);
    let bounds: Vec<usize> = starts.chain([text.len()]).collect();
    for run in bounds.windows(width + 1) {
        values.push(map(&text.as_bytes()[run[0]..run[width]]));
    }
}

/// The folded text with spaces only where its script writes them.
fn spaced(tokens: &Tokens) -> Cow<'_, str> {
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

/// The widths that a shingler can have.
const WIDTHS: RangeInclusive<usize> = 1..=20;

impl FromStr for Shingler {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| {
            format!(
                "shingle {text:?} should be word:N, word:N-M or char:N with N from 1 to 20, such as word:3"
            )
        })
    }
}

fn parse(text: &str) -> Option<Shingler> {
    let (unit, widths) = text.split_once(':')?;
    let unit = match unit {
        "word" => Unit::Word,
        "char" => Unit::Char,
        _ => return None,
    };
    let (min, max) = widths.split_once('-').unwrap_or((widths, widths));
    let (min_width, max_width) = (min.parse().ok()?, max.parse().ok()?);
    let is_valid =
        WIDTHS.contains(&min_width) && WIDTHS.contains(&max_width) && min_width <= max_width;
    is_valid.then_some(Shingler {
        unit,
        min_width,
        max_width,
    })
}

impl fmt::Display for Shingler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Word => "word",
            Unit::Char => "char",
        };
        write!(f, "{unit}:{}", self.min_width)?;
        if self.max_width > self.min_width {
            write!(f, "-{}", self.max_width)?;
        }
        Ok(())
    }
}

/// A set of shingle hashes, sorted and unique.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ShingleSet(Box<[u64]>);

impl ShingleSet {
    /// The set of `hashes`.
    pub fn new(mut hashes: Vec<u64>) -> Self {
        match radix_sorted(&hashes) {
            Some(sorted) => hashes = sorted,
            None => sort_hashes(&mut hashes),
        }
        hashes.dedup();
        ShingleSet(hashes.into_boxed_slice())
    }

    /// The number of distinct shingles.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hashes, ascending.
    pub fn hashes(&self) -> &[u64] {
        &self.0
    }

    /// The number of shingles in both sets.
    ///
    /// # Cost
    /// O(|a| + |b|).
    pub fn shared(&self, other: &ShingleSet) -> usize {
        let (mut a, mut b, mut shared) = (0, 0, 0);
        // Branchless advance, because which of two hashes is smaller is not predictable.
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

/// Maximum number of hashes that are sorted by branchless insertion.
const MAX_INSERTION_SORT: usize = 20;

/// Sorts hashes. Short lists are sorted by an insertion sort that compares each hash with all
/// hashes before it: more comparisons than stopping at its place, but no unpredictable branch.
pub(crate) fn sort_hashes(hashes: &mut [u64]) {
    if hashes.len() > MAX_INSERTION_SORT {
        return hashes.sort_unstable();
    }
    for last in 1..hashes.len() {
        let (before, rest) = hashes.split_at_mut(last);
        for hash in before {
            (*hash, rest[0]) = ((*hash).min(rest[0]), (*hash).max(rest[0]));
        }
    }
}

/// Maximum number of hashes that are not sorted by buckets.
const MAX_UNBUCKETED: usize = 64;

/// Maximum number of buckets.
const MAX_BUCKETS: usize = 1 << 10;

/// Maximum number of hashes in a bucket.
const MAX_BUCKET_SIZE: u32 = 16;

/// The hashes, ascending; `None` if they are few or not uniformly distributed. Buckets by the upper
/// bits bring each hash near its place; an insertion sort brings it there (flash sort, Neubert
/// 1998).
fn radix_sorted(hashes: &[u64]) -> Option<Vec<u64>> {
    if hashes.len() <= MAX_UNBUCKETED {
        return None;
    }
    let buckets = hashes.len().next_power_of_two().min(MAX_BUCKETS);
    let shift = u64::BITS - buckets.ilog2();
    let mut ends = [0; MAX_BUCKETS];
    for &hash in hashes {
        ends[(hash >> shift) as usize] += 1;
    }
    if ends[..buckets].iter().any(|&count| count > MAX_BUCKET_SIZE) {
        return None;
    }
    let mut sum = 0;
    for end in &mut ends[..buckets] {
        sum += std::mem::replace(end, sum);
    }
    let mut sorted = vec![0; hashes.len()];
    for &hash in hashes {
        let end = &mut ends[(hash >> shift) as usize];
        sorted[*end as usize] = hash;
        *end += 1;
    }
    insertion_sort(&mut sorted);
    Some(sorted)
}

fn insertion_sort(hashes: &mut [u64]) {
    for last in 1..hashes.len() {
        let mut at = last;
        while at > 0 && hashes[at - 1] > hashes[at] {
            hashes.swap(at - 1, at);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(shingler: &str, text: &str) -> ShingleSet {
        let shingler: Shingler = shingler.parse().unwrap();
        shingler.shingles(&Tokens::of(text))
    }

    /// The shingles of a text as strings.
    fn shingle_strings(text: &str, widths: RangeInclusive<usize>) -> BTreeSet<String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let mut shingles = BTreeSet::new();
        for width in widths {
            shingles.extend(words.windows(width).map(|run| run.join(" ")));
        }
        shingles
    }

    #[test]
    fn shingles_are_counted_by_width() {
        assert_eq!(set("word:1-2", "one two three").len(), 5);
        assert_eq!(set("word:3", "one two three four").len(), 2);
        assert_eq!(set("char:2", "abc").len(), 2);
        assert_eq!(set("word:1", "same same same").len(), 1);
    }

    #[test]
    fn a_text_shorter_than_a_shingle_is_one_shingle() {
        assert_eq!(set("word:5", "two words").len(), 1);
        assert!(set("word:5", " .. ").is_empty());
        assert!(set("char:5", "").is_empty());
    }

    #[test]
    fn shinglers_parse_what_they_print() {
        for text in ["word:3", "word:1-2", "char:5"] {
            assert_eq!(text.parse::<Shingler>().unwrap().to_string(), text);
        }
        for text in ["word", "word:0", "word:3-2", "line:1", "char:x", "word:21"] {
            let error = text.parse::<Shingler>().unwrap_err();
            assert!(error.contains("word:N"), "{text}");
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
        fn short_lists_are_sorted(mut hashes in proptest::collection::vec(0..30u64, 0..40)) {
            let mut expected = hashes.clone();
            expected.sort();
            sort_hashes(&mut hashes);
            prop_assert_eq!(hashes, expected);
        }

        #[test]
        fn sets_are_sorted_and_unique(
            seeds in proptest::collection::vec(0u64..600, 0..1500),
            shift in 0..60u32,
        ) {
            let hash = |seed: &u64| xxh3_64(&seed.to_le_bytes()) >> shift;
            let hashes: Vec<u64> = seeds.iter().map(hash).collect();
            let expected: Vec<u64> = BTreeSet::from_iter(hashes.clone()).into_iter().collect();
            let set = ShingleSet::new(hashes);
            prop_assert_eq!(set.hashes(), expected);
        }

        #[test]
        fn jaccard_is_that_of_sets_of_strings(
            a in "([a-d]{1,2} ){2,12}",
            b in "([a-d]{1,2} ){2,12}",
        ) {
            let (x, y) = (shingle_strings(&a, 1..=2), shingle_strings(&b, 1..=2));
            let expected = x.intersection(&y).count() as f64 / x.union(&y).count() as f64;
            let (s, t) = (set("word:1-2", &a), set("word:1-2", &b));
            prop_assert_eq!(s.jaccard(&t).unwrap().get(), expected);
            prop_assert_eq!(s.jaccard(&t), t.jaccard(&s));
        }
    }
}
