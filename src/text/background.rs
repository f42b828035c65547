//! How common each term is in news at large: in how many of the archive's items it stands, by
//! language.
//!
//! A batch of a dozen headlines cannot tell that "president" is common and "Lavrov" is not: the
//! story's own names look common there. These counts can. They are dated: a name may have meant
//! something else in the archive's years, so they are mixed with the batch's own counts, never used
//! alone. A term is a 32-bit hash, so one unknown term in a hundred thousand is mistaken for a
//! known one. A look-up is a binary search.

use std::sync::LazyLock;

use hashbrown::HashMap;
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::Language;

/// The hash a term is known by.
pub fn term_hash(term: &str) -> u32 {
    (xxh3_64(term.as_bytes()) & 0xffff_ffff) as u32
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Stems of titles.
    Title = 0,
    /// Stems of titles with their bodies.
    Text = 1,
    /// Pairs of neighbouring stems of titles and bodies: the phrases of the trade.
    Pair = 2,
}

const TABLES: usize = 3;

/// Term counts of an archive in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Background {
    language: Language,
    note: String,
    tables: [Counts; TABLES],
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counts {
    items: u32,
    terms: Vec<u32>,
    counts: Vec<u32>,
}

const MAGIC: &[u8; 8] = b"qissabg1";

/// What can be wrong with the bytes of a background.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackgroundError {
    /// The file begins with something else.
    #[error(
        "not a background file: it should begin with \"qissabg1\"; make one with `qissa background`"
    )]
    Magic,
    /// The file ends too early or holds impossible numbers.
    #[error(
        "a damaged background file: byte {at} of {length} does not continue it; make it again with `qissa background`"
    )]
    Damaged {
        /// Where reading stopped.
        at: usize,
        /// The length of the file.
        length: usize,
    },
}

/// One background for each language that has one: those that come with the library, but for
/// languages that have another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Backgrounds(Vec<Background>);

impl Backgrounds {
    /// Adds a background, in place of any other of its language.
    pub fn add(&mut self, background: Background) {
        self.0
            .retain(|other| other.language() != background.language());
        self.0.push(background);
    }

    /// The background of a language.
    pub fn of(&self, language: Language) -> Option<&Background> {
        let speaks = |background: &&Background| background.language() == language;
        self.0
            .iter()
            .find(speaks)
            .or_else(|| Background::shipped().iter().find(speaks))
    }
}

impl Background {
    /// The backgrounds that come with the library: Arabic and English news. They are read when they
    /// are first asked for.
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

    /// The language whose words were counted.
    pub fn language(&self) -> Language {
        self.language
    }

    /// What was counted and when, in the words of whoever built it.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// How many items were counted.
    pub fn items(&self, table: Table) -> u32 {
        self.tables[table as usize].items
    }

    /// How many terms a table knows.
    pub fn terms(&self, table: Table) -> usize {
        self.tables[table as usize].terms.len()
    }

    /// In how many items the term stands; 0 for one too rare to be kept.
    pub fn count(&self, table: Table, term: u32) -> u32 {
        let counts = &self.tables[table as usize];
        counts
            .terms
            .binary_search(&term)
            .map_or(0, |index| counts.counts[index])
    }

    /// How much a pair of neighbours says, in nats; `None` if it is no phrase of the trade.
    pub fn phrase(&self, first: u32, second: u32) -> Option<f64> {
        let count = self.count(Table::Pair, pair_hash(first, second));
        let share = (f64::from(count) + 0.5) / f64::from(self.items(Table::Pair).max(1));
        (count > 0).then(|| -libm::log(share.min(1.0)))
    }

    /// The background as bytes, the same on every machine.
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

    /// The background that [`Background::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`BackgroundError`] if the bytes are not whole or not a background.
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

/// Seven bits a byte, the lowest first, the top bit set on all but the last (LEB128).
fn write_number(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

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

    fn counts(&mut self) -> Result<Counts, BackgroundError> {
        let items = self.number()?;
        let length = self.number()? as usize;
        if length > self.bytes.len() {
            return Err(self.damaged());
        }
        let (mut terms, mut counts) = (Vec::with_capacity(length), Vec::with_capacity(length));
        let mut last = 0u32;
        for _ in 0..length {
            last = last
                .checked_add(self.number()?)
                .ok_or_else(|| self.damaged())?;
            terms.push(last);
            counts.push(self.number()?);
        }
        Ok(Counts {
            items,
            terms,
            counts,
        })
    }
}

/// Counts the terms of an archive, item by item.
#[derive(Debug)]
pub struct BackgroundBuilder {
    language: Language,
    note: String,
    items: [u32; TABLES],
    counts: [HashMap<u32, u32>; TABLES],
}

/// Terms seen in fewer items than this are not kept: what is rarer is as good as unknown.
pub const MIN_COUNT: u32 = 3;

/// Pairs seen in fewer items than this are no phrases of the trade.
const LEAST_PAIRS: u32 = 10;

/// The hash a pair of neighbouring terms is known by.
pub fn pair_hash(first: u32, second: u32) -> u32 {
    let joined = u64::from(first) << 32 | u64::from(second);
    (xxh3_64(&joined.to_le_bytes()) & 0xffff_ffff) as u32
}

impl BackgroundBuilder {
    /// Nothing counted yet.
    pub fn new(language: Language, note: &str) -> Self {
        BackgroundBuilder {
            language,
            note: note.to_owned(),
            items: [0; TABLES],
            counts: Default::default(),
        }
    }

    /// Counts one item: the distinct terms of its title, of its title and body together, and the
    /// distinct pairs of neighbours. A list without terms does not count as an item.
    pub fn add(&mut self, title: &[u32], text: &[u32], pairs: &[u32]) {
        for (table, terms) in [title, text, pairs].into_iter().enumerate() {
            self.items[table] += u32::from(!terms.is_empty());
            for &term in terms {
                *self.counts[table].entry(term).or_default() += 1;
            }
        }
    }

    /// The background of all that was counted.
    pub fn finish(self) -> Background {
        let mut kinds = self
            .items
            .into_iter()
            .zip([MIN_COUNT, MIN_COUNT, LEAST_PAIRS]);
        let tables = self.counts.map(|counts| {
            let (items, least) = kinds.next().unwrap_or_default();
            let mut kept: Vec<(u32, u32)> = counts
                .into_iter()
                .filter(|&(_, count)| count >= least)
                .collect();
            kept.sort_unstable();
            let (terms, counts) = kept.into_iter().unzip();
            Counts {
                items,
                terms,
                counts,
            }
        });
        Background {
            language: self.language,
            note: self.note,
            tables,
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
    fn counts_are_of_items_and_rare_terms_are_dropped() {
        let background = sample();
        assert_eq!(background.items(Table::Title), 4);
        assert_eq!(background.count(Table::Title, 7), 4);
        assert_eq!(background.count(Table::Title, 1), 3);
        assert_eq!(background.count(Table::Title, 9), 0);
        assert_eq!(background.count(Table::Text, u32::MAX), 3);
        assert_eq!(background.terms(Table::Pair), 0);
    }

    #[test]
    fn bytes_come_back() {
        let background = sample();
        assert_eq!(
            Background::from_bytes(&background.to_bytes()),
            Ok(background)
        );
    }

    #[test]
    fn the_shipped_backgrounds_are_whole() {
        let shipped = Background::shipped();
        assert_eq!(
            shipped
                .iter()
                .map(|one| one.language().code().to_owned())
                .collect::<Vec<_>>(),
            ["ar", "en"]
        );
        assert!(
            shipped
                .iter()
                .all(|one| one.items(Table::Title) > 10_000 && one.terms(Table::Text) > 10_000)
        );
    }

    #[test]
    fn every_cut_is_refused() {
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
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut whole = MAGIC.to_vec();
            whole.extend(bytes);
            if let Ok(background) = Background::from_bytes(&whole) {
                prop_assert_eq!(Background::from_bytes(&background.to_bytes()), Ok(background));
            }
        }
    }
}
