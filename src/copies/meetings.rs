//! The keys of a batch in, sorted by table, key and text, the meetings of its texts out, one by one: the same pairs as of
//! [`batch_texts`](super::batch_texts), for keys that are sorted elsewhere, as on many machines. No more than a few hundred
//! texts are held at a time.

use super::QUOTED_BY;
use super::layout::{Kind, Layout};
use crate::lsh::{MULTITUDE, representatives};

/// A key of a text, which is known by its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The table: those of a field's bands, then that of its shingles; first the headline's.
    pub table: u32,
    /// The key.
    pub key: u32,
    /// The digest of the text.
    pub text: u64,
    /// Whether the text is looked for by the key.
    pub asks: bool,
    /// Whether the item has a text, and not a headline or a description alone.
    pub is_text: bool,
}

/// Two texts that met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Encounter {
    /// Where: 0 for a band, which makes them a pair; for the shingles of headlines 1, of bodies 2, where they are a pair if
    /// they meet [`Encounter::TIMES`] times.
    pub place: u8,
    /// The text that is looked for; in bands that of the lesser digest.
    pub asker: u64,
    /// The other.
    pub met: u64,
}

impl Encounter {
    /// How often two texts must meet among the shingles of a field, one of them being looked for each time.
    pub const TIMES: usize = QUOTED_BY;
}

/// Tells who meets whom.
///
/// ```
/// use qissa::copies::{Entry, Meetings};
/// let mut met = Vec::new();
/// let mut meetings = Meetings::new(32);
/// for text in [7, 8, 9] {
///     meetings.push(Entry { table: 0, key: 5, text, asks: true, is_text: false }, |encounter| met.push(encounter));
/// }
/// meetings.finish(|encounter| met.push(encounter));
/// assert_eq!(met.len(), 3);
/// ```
#[derive(Debug, Clone)]
pub struct Meetings {
    layout: Layout,
    bucket: Option<(u32, u32)>,
    /// The texts of the bucket; of a multitude those who stand for it.
    front: Vec<Entry>,
    is_multitude: bool,
}

impl Meetings {
    /// Of texts with so many bands a field.
    pub fn new(bands: usize) -> Self {
        Meetings { layout: Layout::new(bands), bucket: None, front: Vec::new(), is_multitude: false }
    }

    /// The table of a band of a field, or behind the last band that of its shingles.
    pub fn table(&self, field: usize, band: usize) -> u32 {
        self.layout.table(field, band) as u32
    }

    /// Takes the next entry, in their order.
    pub fn push(&mut self, entry: Entry, mut emit: impl FnMut(Encounter)) {
        if self.bucket != Some((entry.table, entry.key)) {
            self.finish(&mut emit);
            self.bucket = Some((entry.table, entry.key));
        }
        if !self.is_multitude && self.front.len() < MULTITUDE {
            self.front.push(entry);
            return;
        }
        let first = representatives(MULTITUDE + 1);
        if !self.is_multitude {
            self.is_multitude = true;
            self.meet_front(first, &mut emit);
            self.front.truncate(first);
        }
        self.meet(entry, first, &mut emit);
    }

    /// There are no more entries.
    pub fn finish(&mut self, mut emit: impl FnMut(Encounter)) {
        if !self.is_multitude {
            self.meet_front(representatives(self.front.len()), &mut emit);
        }
        self.front.clear();
        self.is_multitude = false;
    }

    /// The meetings of the texts in front with so many of the first.
    fn meet_front(&self, first: usize, emit: &mut impl FnMut(Encounter)) {
        for (place, &one) in self.front.iter().enumerate() {
            self.meet(one, place.min(first), emit);
        }
    }

    /// The meetings of a text with so many of the first ones. Items that both have a text do not meet in headlines.
    fn meet(&self, one: Entry, count: usize, emit: &mut impl FnMut(Encounter)) {
        let Kind { field, band } = self.layout.kind(one.table as usize);
        let meets = |other: &&Entry| field == 1 || !(one.is_text && other.is_text);
        for other in self.front[..count].iter().filter(meets) {
            if band.is_some() {
                emit(Encounter { place: 0, asker: other.text, met: one.text });
                continue;
            }
            let place = 1 + field as u8;
            if one.asks {
                emit(Encounter { place, asker: one.text, met: other.text });
            }
            if other.asks {
                emit(Encounter { place, asker: other.text, met: one.text });
            }
        }
    }
}
