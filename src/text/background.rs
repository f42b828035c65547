//! Background corpus statistics: document frequencies of terms in a large corpus of news of one
//! language.
//!
//! A small batch overestimates the frequency of its own names: in a dozen headlines of one story,
//! `lavrov` is as frequent as `president`. A background corrects this estimate. It is dated, so
//! callers mix its counts with those of the batch.
//!
//! Terms are 32-bit hashes: about 1 in 100,000 unknown terms collides with a known term. A lookup
//! is a binary search. [`Background::to_bytes`] documents the file format.

use std::sync::LazyLock;

use hashbrown::HashMap;
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::Language;

/// 32-bit hash of a term: the low half of its XXH3 hash. Stored in backgrounds, so it never
/// changes.
#[must_use]
pub fn term_hash(term: &str) -> u32 {
    (xxh3_64(term.as_bytes()) & 0xffff_ffff) as u32
}

/// 32-bit hash of two adjacent terms.
#[must_use]
pub fn pair_hash(first: u32, second: u32) -> u32 {
    let joined = u64::from(first) << 32 | u64::from(second);
    (xxh3_64(&joined.to_le_bytes()) & 0xffff_ffff) as u32
}

/// A table of a background: what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Stems of titles.
    Title = 0,
    /// Stems of titles and texts.
    Text = 1,
    /// Pairs of adjacent stems of titles and texts: set phrases of news.
    Pair = 2,
}

/// Number of tables.
const TABLES: usize = 3;

/// Document frequencies in a corpus of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Background {
    language: Language,
    note: String,
    /// Counts by [`Table`].
    tables: [ItemCounts; TABLES],
}

/// Document frequencies of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct ItemCounts {
    /// Number of items of the corpus.
    items: u32,
    /// Hashes of terms, ascending.
    terms: Vec<u32>,
    /// Number of items with each term of `terms`.
    counts: Vec<u32>,
}

/// First bytes of a background file.
const MAGIC: &[u8; 8] = b"qissabg1";

/// Why bytes are not a background.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackgroundError {
    /// The first bytes are not those of a background.
    #[error("not a background: the bytes should begin with \"qissabg1\"")]
    Magic,
    /// The bytes end too early or hold impossible numbers.
    #[error("a damaged background: byte {at} of {length} is invalid")]
    Damaged {
        /// Byte offset of the first invalid value.
        at: usize,
        /// Length of the file in bytes.
        length: usize,
    },
}

/// Backgrounds by language: those of the library, and added ones that replace them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backgrounds(Vec<Background>);

impl Backgrounds {
    /// Adds a background, which replaces the one of the same language.
    pub fn add(&mut self, background: Background) {
        self.0
            .retain(|known| known.language() != background.language());
        self.0.push(background);
    }

    /// The background of `language`, if there is one.
    #[must_use]
    pub fn of(&self, language: Language) -> Option<&Background> {
        self.0
            .iter()
            .chain(Background::shipped())
            .find(|background| background.language() == language)
    }
}

impl Background {
    /// The backgrounds of the library: Arabic and English. Parsed on first use.
    #[must_use]
    pub fn shipped() -> &'static [Self] {
        static SHIPPED: LazyLock<Vec<Background>> = LazyLock::new(|| {
            let files: [&[u8]; 2] = [
                include_bytes!("background/ar.bin"),
                include_bytes!("background/en.bin"),
            ];
            files
                .into_iter()
                .filter_map(|bytes| Background::from_bytes(bytes).ok())
                .collect()
        });
        &SHIPPED
    }

    /// Language of the corpus.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// Description of the corpus and its dates, as given to [`BackgroundBuilder::new`].
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Number of items that a table counts.
    #[must_use]
    pub fn items(&self, table: Table) -> u32 {
        self.counts(table).items
    }

    /// Number of terms in a table.
    #[must_use]
    pub fn terms(&self, table: Table) -> usize {
        self.counts(table).terms.len()
    }

    /// Document frequency: the number of items with the term; 0 for a term below the minimum count.
    #[must_use]
    pub fn count(&self, table: Table, term: u32) -> u32 {
        let counts = self.counts(table);
        counts
            .terms
            .binary_search(&term)
            .map_or(0, |place| counts.counts[place])
    }

    fn counts(&self, table: Table) -> &ItemCounts {
        &self.tables[table as usize]
    }

    /// Surprisal of a pair of adjacent terms, in nats; `None` if the pair is not in
    /// [`Table::Pair`].
    #[must_use]
    pub fn phrase(&self, first: u32, second: u32) -> Option<f64> {
        let count = self.count(Table::Pair, pair_hash(first, second));
        let share = (f64::from(count) + 0.5) / f64::from(self.items(Table::Pair).max(1));
        (count > 0).then(|| -libm::log(share.min(1.0)))
    }

    /// Serializes the background; the bytes are equal on every machine.
    ///
    /// ```text
    /// file   = "qissabg1" text(language) text(note) table table table
    /// text   = number(length in bytes) bytes
    /// table  = number(items) number(terms) { number(term - previous term) number(count) }
    /// number = u32 as LEB128
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        write_text(&mut bytes, self.language.code());
        write_text(&mut bytes, &self.note);
        for table in &self.tables {
            write_number(&mut bytes, table.items);
            write_number(
                &mut bytes,
                u32::try_from(table.terms.len()).unwrap_or(u32::MAX),
            );
            let mut last = 0;
            for (&term, &count) in table.terms.iter().zip(&table.counts) {
                write_number(&mut bytes, term - last);
                write_number(&mut bytes, count);
                last = term;
            }
        }
        bytes
    }

    /// Parses the bytes of [`Background::to_bytes`].
    ///
    /// # Errors
    /// [`BackgroundError`] if the bytes are damaged or not a background.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BackgroundError> {
        let mut reader = Reader {
            bytes,
            at: MAGIC.len(),
        };
        if !bytes.starts_with(MAGIC) {
            return Err(BackgroundError::Magic);
        }
        let language = Language::from_tag(reader.text()?);
        let note = reader.text()?.to_owned();
        let tables = [reader.counts()?, reader.counts()?, reader.counts()?];
        Ok(Background {
            language,
            note,
            tables,
        })
    }
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_number(bytes, u32::try_from(text.len()).unwrap_or(0));
    bytes.extend_from_slice(text.as_bytes());
}

/// Appends a number as unsigned LEB128: 7 bits per byte, low bits first, top bit set on all bytes
/// but the last.
fn write_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Cursor over the bytes of a background.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn damaged(&self) -> BackgroundError {
        BackgroundError::Damaged {
            at: self.at,
            length: self.bytes.len(),
        }
    }

    fn number(&mut self) -> Result<u32, BackgroundError> {
        let mut number = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = *self.bytes.get(self.at).ok_or_else(|| self.damaged())?;
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return u32::try_from(number).map_err(|_| self.damaged());
            }
        }
        Err(self.damaged())
    }

    fn text(&mut self) -> Result<&'a str, BackgroundError> {
        let length = self.number()? as usize;
        let slice = self
            .bytes
            .get(self.at..self.at + length)
            .ok_or_else(|| self.damaged())?;
        self.at += length;
        str::from_utf8(slice).map_err(|_| self.damaged())
    }

    fn counts(&mut self) -> Result<ItemCounts, BackgroundError> {
        let items = self.number()?;
        let length = self.number()? as usize;
        // Each term takes two bytes or more: refuse before allocating for a damaged length.
        if length > self.bytes.len() {
            return Err(self.damaged());
        }
        let mut table = ItemCounts {
            items,
            terms: Vec::with_capacity(length),
            counts: Vec::with_capacity(length),
        };
        let mut last = 0u32;
        for _ in 0..length {
            last = last
                .checked_add(self.number()?)
                .ok_or_else(|| self.damaged())?;
            table.terms.push(last);
            table.counts.push(self.number()?);
        }
        Ok(table)
    }
}

/// Counts the terms of a corpus, item by item.
#[derive(Debug)]
pub struct BackgroundBuilder {
    language: Language,
    note: String,
    items: [u32; TABLES],
    counts: [HashMap<u32, u32>; TABLES],
}

/// Minimum number of items with a term of [`Table::Title`] and [`Table::Text`]. Rarer terms weigh
/// nearly as much as unknown terms.
pub const MIN_COUNT: u32 = 3;

/// Minimum number of items with a pair of [`Table::Pair`]. Rarer pairs are not set phrases.
const MIN_PAIR_COUNT: u32 = 10;

impl BackgroundBuilder {
    /// A builder without items. `note` describes the corpus and its dates.
    #[must_use]
    pub fn new(language: Language, note: &str) -> Self {
        BackgroundBuilder {
            language,
            note: note.to_owned(),
            items: [0; TABLES],
            counts: Default::default(),
        }
    }

    /// Counts one item: the distinct terms of its title, of title and text, and its distinct pairs
    /// of adjacent terms. An item is not counted in a table for which it has no terms.
    pub fn add(&mut self, title: &[u32], text: &[u32], pairs: &[u32]) {
        for (table, terms) in [title, text, pairs].into_iter().enumerate() {
            self.items[table] += u32::from(!terms.is_empty());
            for &term in terms {
                *self.counts[table].entry(term).or_default() += 1;
            }
        }
    }

    /// The background of the counted items.
    #[must_use]
    pub fn finish(self) -> Background {
        let [title_items, text_items, pair_items] = self.items;
        let [title, text, pair] = self.counts;
        Background {
            language: self.language,
            note: self.note,
            tables: [
                ItemCounts::of(title_items, title, MIN_COUNT),
                ItemCounts::of(text_items, text, MIN_COUNT),
                ItemCounts::of(pair_items, pair, MIN_PAIR_COUNT),
            ],
        }
    }
}

impl ItemCounts {
    /// The terms with at least `min_count` items, sorted.
    fn of(items: u32, counts: HashMap<u32, u32>, min_count: u32) -> Self {
        let mut kept: Vec<(u32, u32)> = counts
            .into_iter()
            .filter(|&(_, count)| count >= min_count)
            .collect();
        kept.sort_unstable();
        let (terms, counts) = kept.into_iter().unzip();
        ItemCounts {
            items,
            terms,
            counts,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Background {
        let mut builder = BackgroundBuilder::new(Language::from_tag("ar"), "three items");
        for _ in 0..3 {
            builder.add(&[1, 7], &[1, 7, u32::MAX], &[]);
        }
        builder.add(&[7, 9], &[9], &[5]);
        builder.finish()
    }

    #[test]
    fn items_are_counted_and_rare_terms_are_dropped() {
        let background = sample();
        assert_eq!(background.items(Table::Title), 4);
        assert_eq!(background.count(Table::Title, 7), 4);
        assert_eq!(background.count(Table::Title, 1), 3);
        assert_eq!(background.count(Table::Title, 9), 0);
        assert_eq!(background.count(Table::Text, u32::MAX), 3);
        assert_eq!(background.terms(Table::Pair), 0);
    }

    #[test]
    fn from_bytes_inverts_to_bytes() {
        let background = sample();
        assert_eq!(
            Background::from_bytes(&background.to_bytes()),
            Ok(background)
        );
    }

    #[test]
    fn the_shipped_backgrounds_are_complete() {
        let shipped = Background::shipped();
        assert_eq!(
            shipped
                .iter()
                .map(|background| background.language().code().to_owned())
                .collect::<Vec<_>>(),
            ["ar", "en"]
        );
        assert!(
            shipped
                .iter()
                .all(|background| background.items(Table::Title) > 10_000
                    && background.terms(Table::Text) > 10_000)
        );
    }

    #[test]
    fn truncated_bytes_are_an_error() {
        let bytes = sample().to_bytes();
        for length in 0..bytes.len() {
            assert!(
                Background::from_bytes(&bytes[..length]).is_err(),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn the_hash_of_a_term_never_changes() {
        assert_eq!(term_hash("موسكو"), 3_607_003_189);
    }

    proptest! {
        #[test]
        fn any_bytes_are_parsed_or_an_error(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut whole = MAGIC.to_vec();
            whole.extend(bytes);
            if let Ok(background) = Background::from_bytes(&whole) {
                prop_assert_eq!(Background::from_bytes(&background.to_bytes()), Ok(background));
            }
        }
    }
}
