//! The keys of a batch in, sorted by table, key and text, the meetings of its texts out, one by
//! one: the same pairs as of [`batch_texts`](super::batch_texts), for keys that are sorted
//! elsewhere, as on many machines. No more than a few hundred texts are held at a time.

use super::tables::{Kind, Layout};
use super::{Block, QUOTED_BY, ShingleKey};
use crate::bucket::{MULTITUDE, representatives};

/// A key of a text, which is known by its digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The table: those of what is alike in a field, then that of its shingles; first the
    /// headline's.
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
    /// Where: 0 for a table of what is alike, which makes them a pair; for the shingles of
    /// headlines 1, of bodies 2, where they are a pair if they meet [`Encounter::TIMES`]
    /// times.
    pub place: u8,
    /// The text that is looked for; of what is alike that of the lesser digest.
    pub asker: u64,
    /// The other.
    pub met: u64,
}

impl Encounter {
    /// How often two texts must meet among the shingles of a field, one of them being looked for
    /// each time.
    pub const TIMES: usize = QUOTED_BY;
}

/// Tells who meets whom.
///
/// ```
/// use qissa::{Config, Engine, copies::Entry};
/// let mut met = Vec::new();
/// let mut meetings = Engine::new(Config::default().check()?).keyer().meetings();
/// for text in [7, 8, 9] {
///     meetings.push(Entry { table: 0, key: 5, text, asks: true, is_text: false }, |encounter| met.push(encounter));
/// }
/// meetings.finish(|encounter| met.push(encounter));
/// assert_eq!(met.len(), 3);
/// # Ok::<(), qissa::config::ConfigError>(())
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
    /// Of texts whose tables are numbered so.
    pub(super) fn new(layout: Layout) -> Self {
        Meetings {
            layout,
            bucket: None,
            front: Vec::new(),
            is_multitude: false,
        }
    }

    /// The keys of a field of a block, each with its table.
    pub fn keys<'b>(
        &self,
        block: &'b Block,
        field: usize,
    ) -> impl Iterator<Item = (u32, ShingleKey)> + use<'b> {
        let layout = self.layout;
        let table = move |alike| layout.table(Kind { field, alike }) as u32;
        let alike = block
            .alike_keys(field)
            .map(move |(at, key)| (table(Some(at)), key));
        alike.chain(block.shingle_keys(field).map(move |key| (table(None), key)))
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

    /// The meetings of a text with so many of the first ones. Items that both have a text do not
    /// meet in headlines.
    fn meet(&self, one: Entry, count: usize, emit: &mut impl FnMut(Encounter)) {
        let Kind { field, alike } = self.layout.kind(one.table as usize);
        let meets = |other: &&Entry| field == 1 || !(one.is_text && other.is_text);
        for other in self.front[..count].iter().filter(meets) {
            if alike.is_some() {
                emit(Encounter {
                    place: 0,
                    asker: other.text,
                    met: one.text,
                });
                continue;
            }
            let place = 1 + field as u8;
            if one.asks {
                emit(Encounter {
                    place,
                    asker: one.text,
                    met: other.text,
                });
            }
            if other.asks {
                emit(Encounter {
                    place,
                    asker: other.text,
                    met: one.text,
                });
            }
        }
    }
}
