//! The keys of a batch in, the pairs of its different texts that may be copies out. A table at a
//! time, its keys that occur once passed over before it is sorted; where the tables are kept is the
//! caller's affair. Linear in the keys, but for the sorts of those that recur.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use hashbrown::HashSet;
use rayon::prelude::*;

use super::QUOTED_BY;
use super::bloom::{Repeats, Seen, Twice};
use crate::bucket::{CROWD, representatives};
use crate::ids::CandidatePair;

/// The pairs, each once, and how many buckets were so crowded that representatives stood for them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// The pairs, in an order that depends on nothing but them.
    pub pairs: Vec<CandidatePair>,
    /// How many buckets held more than [`CROWD`] items.
    pub crowded: usize,
}

/// The keys of a batch's texts, table by table. Texts are numbered as the batch numbers them.
pub trait KeyTables: Sync {
    /// Why a table cannot be had.
    type Error: Send;

    /// By how many tables what is alike in a field is found: a table a band, or the parts into
    /// which the keys of neighbours are dealt; none if no text has the field.
    fn alike(&self, field: usize) -> usize;

    /// The texts that have a key in one of these tables, with their keys.
    ///
    /// # Errors
    /// Where the table cannot be read.
    fn table(&self, field: usize, table: usize) -> Result<Vec<Column<'_>>, Self::Error>;

    /// These tables are asked for no more, the keys of shingles are next.
    fn end_alike(&mut self);

    /// The parts into which the keys of the field's shingles are dealt, all of one key to the same.
    fn parts(&self, field: usize) -> usize;

    /// The keys of one part: each with its text and whether that is looked for by it, as
    /// [`ShingleKey::packed`].
    ///
    /// # Errors
    /// Where the table cannot be read.
    fn part(&self, field: usize, part: usize) -> Result<Vec<u64>, Self::Error>;
}

/// Some keys of a table, each with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column<'t> {
    /// The texts.
    pub texts: Cow<'t, [u32]>,
    /// As many keys.
    pub keys: Cow<'t, [u32]>,
}

/// The key of a shingle, or of some, with who has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShingleKey {
    /// The key.
    pub key: u32,
    /// The item or text, less than 2^31.
    pub owner: u32,
    /// Whether the owner is looked for by it.
    pub asks: bool,
}

impl ShingleKey {
    /// All in one number, which sorts by key, then owner.
    pub fn packed(self) -> u64 {
        entry(self.key, self.owner, self.asks)
    }

    /// What was packed.
    pub fn unpacked(entry: u64) -> Self {
        ShingleKey {
            key: key(entry),
            owner: text(entry),
            asks: asks(entry),
        }
    }
}

/// The part a key is dealt to, of so many, a power of two.
pub fn part_of(key: u32, parts: usize) -> usize {
    key as usize & (parts - 1)
}

/// The pairs of so many texts that meet, of those that `keep` leaves of a list of pairs that met in
/// a field.
///
/// # Errors
/// That of the first table that cannot be read.
pub fn candidates<T: KeyTables>(
    tables: &mut T,
    texts: usize,
    keep: impl Fn(usize, &mut Vec<CandidatePair>) + Sync,
) -> Result<Candidates, T::Error> {
    let found = std::array::from_fn(|_| HashSet::new());
    let mut search = Search {
        keep,
        ranges: Ranges::of(texts),
        found,
        crowded: 0,
    };
    for field in 0..2 {
        search.alike(tables, field)?;
    }
    tables.end_alike();
    for field in 0..2 {
        search.quoted(tables, field)?;
    }
    Ok(search.into_candidates())
}

/// Texts are told apart by so many ranges: what is known of the pairs of one range stays near the
/// processor.
const RANGES: usize = 64;

/// How the texts of a batch are cut into ranges.
#[derive(Debug, Clone, Copy)]
struct Ranges {
    /// How many of a text's bits stand to the right of its range.
    shift: u32,
}

impl Ranges {
    /// Those of so many texts.
    fn of(texts: usize) -> Self {
        Ranges {
            shift: texts.div_ceil(RANGES).next_power_of_two().trailing_zeros(),
        }
    }

    #[inline]
    fn range(self, text: u32) -> usize {
        (text >> self.shift) as usize
    }
}

/// Pairs by the range of their second text: the first are a few representatives where there is a
/// crowd.
struct Dealt {
    ranges: Ranges,
    pairs: [Vec<CandidatePair>; RANGES],
}

impl Dealt {
    fn new(ranges: Ranges) -> Self {
        Dealt {
            ranges,
            pairs: std::array::from_fn(|_| Vec::new()),
        }
    }

    fn clear(&mut self) {
        self.pairs.iter_mut().for_each(Vec::clear);
    }
}

impl Extend<CandidatePair> for Dealt {
    #[inline]
    fn extend<I: IntoIterator<Item = CandidatePair>>(&mut self, pairs: I) {
        pairs
            .into_iter()
            .for_each(|pair| self.pairs[self.ranges.range(pair.b)].push(pair));
    }
}

/// What tables give is put together about so often: pairs that are alike meet in most of them.
const ROUNDS: usize = 8;

/// At least so many ranges of texts are served before what they met is put together.
const SERVED_RANGES: usize = 16;

/// A search for pairs.
struct Search<K> {
    keep: K,
    ranges: Ranges,
    /// The pairs found so far, by the range of their second text.
    found: [HashSet<CandidatePair>; RANGES],
    crowded: usize,
}

impl<K: Fn(usize, &mut Vec<CandidatePair>) + Sync> Search<K> {
    /// Finds the pairs of texts that meet in a bucket of a table of what is alike.
    fn alike<T: KeyTables>(&mut self, tables: &T, field: usize) -> Result<(), T::Error> {
        let count = tables.alike(field);
        let together = rayon::current_num_threads()
            .max(count.div_ceil(ROUNDS))
            .min(count);
        let mut met: Vec<Dealt> = (0..together).map(|_| Dealt::new(self.ranges)).collect();
        // Tables are large, and memory that is used again need not be cleared by the system.
        let benches: Mutex<Vec<Bench>> = Mutex::default();
        let free = || benches.lock().unwrap_or_else(PoisonError::into_inner);
        for first in (0..count).step_by(together.max(1)) {
            let some = first..count.min(first + together);
            let met = &mut met[..some.len()];
            let crowded = met.par_iter_mut().zip(some).map(|(met, table)| {
                let mut bench = free().pop().unwrap_or_default();
                met.clear();
                let crowded = bench.meet(&tables.table(field, table)?, met);
                free().push(bench);
                Ok(crowded)
            });
            self.crowded += crowded.sum::<Result<usize, T::Error>>()?;
            self.add(field, met.iter());
        }
        Ok(())
    }

    /// Finds the pairs of texts of which one is looked for in enough of the other's shingles.
    fn quoted<T: KeyTables>(&mut self, tables: &T, field: usize) -> Result<(), T::Error> {
        let ranges = self.ranges;
        let part = |part: usize| Ok(Part::of(tables.part(field, part)?, ranges));
        let parts: Vec<Part> = (0..tables.parts(field))
            .into_par_iter()
            .map(part)
            .collect::<Result<_, T::Error>>()?;
        self.crowded += parts.iter().map(|part| part.crowded).sum::<usize>();
        let together = rayon::current_num_threads().clamp(SERVED_RANGES, RANGES);
        let mut servers: Vec<Server> = (0..together).map(|_| Server::new(ranges)).collect();
        for first in (0..RANGES).step_by(together) {
            let some = first..RANGES.min(first + together);
            let servers = &mut servers[..some.len()];
            servers
                .par_iter_mut()
                .zip(some)
                .for_each(|(server, range)| server.serve(&parts, range));
            self.add(field, servers.iter().map(|server| &server.met));
        }
        Ok(())
    }

    /// Adds those of the pairs that are new and kept.
    fn add<'d>(&mut self, field: usize, dealt: impl Iterator<Item = &'d Dealt> + Clone + Sync) {
        let keep = &self.keep;
        self.found
            .par_iter_mut()
            .enumerate()
            .for_each(|(range, found)| {
                let met = dealt.clone().flat_map(|dealt| &dealt.pairs[range]);
                let mut new: Vec<CandidatePair> =
                    met.filter(|&pair| !found.contains(pair)).copied().collect();
                new.sort_unstable();
                new.dedup();
                keep(field, &mut new);
                found.extend(new);
            });
    }

    fn into_candidates(self) -> Candidates {
        let sorted = |found: HashSet<CandidatePair>| {
            let mut pairs: Vec<CandidatePair> = found.into_iter().collect();
            pairs.sort_unstable();
            pairs
        };
        let pairs: Vec<Vec<CandidatePair>> = self.found.into_par_iter().map(sorted).collect();
        Candidates {
            pairs: pairs.concat(),
            crowded: self.crowded,
        }
    }
}

/// What a table is looked through with.
#[derive(Default)]
struct Bench {
    entries: Vec<u64>,
    twice: Twice,
}

impl Bench {
    /// Finds the pairs that meet in a bucket of a table; tells how many are crowded.
    fn meet(&mut self, table: &[Column<'_>], met: &mut Dealt) -> usize {
        let room: usize = table.iter().map(|some| some.keys.len()).sum();
        self.entries.resize(room.max(self.entries.len()), 0);
        self.twice.clear(room);
        table
            .iter()
            .flat_map(|some| &*some.keys)
            .for_each(|&key| self.twice.add(key));
        let mut count = 0;
        for some in table {
            for (&text, &key) in some.texts.iter().zip(&*some.keys) {
                // Which keys recur cannot be foretold, so there is no branch.
                self.entries[count] = entry(key, text, true);
                count += usize::from(self.twice.has(key));
            }
        }
        let entries = &mut self.entries[..count];
        entries.sort_unstable();
        let mut crowded = 0;
        for bucket in buckets(entries) {
            crowded += usize::from(bucket.len() > CROWD);
            let first = representatives(bucket.len());
            for (place, &one) in bucket.iter().enumerate() {
                let pairs = bucket[..place.min(first)]
                    .iter()
                    .filter_map(|&other| CandidatePair::new(text(other), text(one)));
                met.extend(pairs);
            }
        }
        crowded
    }
}

/// One part of the shingle keys: the texts under those that occur more than once and by which one
/// is looked for, key by key, and who is.
struct Part {
    texts: Vec<u32>,
    /// By the range of the text.
    askers: [Vec<Asker>; RANGES],
    crowded: usize,
}

/// A text that is looked for, and where those stand in a part that it meets.
#[derive(Debug, Clone, Copy)]
struct Asker {
    text: u32,
    start: u32,
    len: u32,
}

impl Part {
    fn of(mut entries: Vec<u64>, ranges: Ranges) -> Self {
        let (mut twice, mut asked) = (
            Twice::with_room(entries.len()),
            Seen::with_room(entries.len()),
        );
        for &one in &entries {
            twice.add(key(one));
            asked.add_if(key(one), asks(one));
        }
        let count = retain(&mut entries, |one| {
            twice.has(key(one)) & asked.has(key(one))
        });
        let entries = &mut entries[..count];
        entries.sort_unstable();
        let mut part = Part {
            texts: Vec::new(),
            askers: std::array::from_fn(|_| Vec::new()),
            crowded: 0,
        };
        for bucket in buckets(entries).filter(|bucket| bucket.iter().copied().any(asks)) {
            let start = part.texts.len() as u32;
            let first = representatives(bucket.len());
            for (place, &one) in bucket.iter().enumerate().filter(|(_, one)| asks(**one)) {
                // The first meet all, the others these.
                let met = if place < first { bucket.len() } else { first };
                let asker = Asker {
                    text: text(one),
                    start,
                    len: met as u32,
                };
                part.askers[ranges.range(asker.text)].push(asker);
            }
            part.texts.extend(bucket.iter().map(|&one| text(one)));
            part.crowded += usize::from(bucket.len() > CROWD);
        }
        part.texts.shrink_to_fit();
        part
    }
}

/// So many texts are served together.
const SERVED: usize = 1 << 8;

/// Finds whom the texts of a range meet often enough.
struct Server {
    /// With the part of each.
    askers: Vec<(u32, Asker)>,
    others: Vec<u32>,
    repeats: Repeats,
    met: Dealt,
}

impl Server {
    fn new(ranges: Ranges) -> Self {
        Server {
            askers: Vec::new(),
            others: Vec::new(),
            repeats: Repeats::default(),
            met: Dealt::new(ranges),
        }
    }

    fn serve(&mut self, parts: &[Part], range: usize) {
        self.met.clear();
        self.askers.clear();
        for (at, part) in (0..).zip(parts) {
            self.askers
                .extend(part.askers[range].iter().map(|&one| (at, one)));
        }
        self.askers.sort_unstable_by_key(|(_, one)| one.text);
        let by_text = self
            .askers
            .chunk_by(|x, y| x.1.text == y.1.text)
            .filter(|asked| asked.len() >= QUOTED_BY);
        for some in by_text.collect::<Vec<_>>().chunks(SERVED) {
            // Whom they meet lies far apart, so all of it is fetched before any is looked at.
            self.others.clear();
            for &(part, Asker { start, len, .. }) in some.iter().copied().flatten() {
                self.others.extend_from_slice(
                    &parts[part as usize].texts[start as usize..][..len as usize],
                );
            }
            let mut rest = &self.others[..];
            for asked in some {
                let (others, more) =
                    rest.split_at(asked.iter().map(|(_, one)| one.len as usize).sum());
                let often = self
                    .repeats
                    .of(others)
                    .chunk_by(u32::eq)
                    .filter(|run| run.len() >= QUOTED_BY);
                self.met
                    .extend(often.filter_map(|run| CandidatePair::new(asked[0].1.text, run[0])));
                rest = more;
            }
        }
    }
}

/// Moves the entries that are kept to the front, in their order, and tells how many they are. Which
/// are kept cannot be foretold, so there is no branch.
fn retain(entries: &mut [u64], is_kept: impl Fn(u64) -> bool) -> usize {
    let mut count = 0;
    for at in 0..entries.len() {
        let one = entries[at];
        entries[count] = one;
        count += usize::from(is_kept(one));
    }
    count
}

/// A key, a text under it, and whether that is looked for by it.
fn entry(key: u32, text: u32, asks: bool) -> u64 {
    u64::from(key) << 32 | u64::from(text) << 1 | u64::from(asks)
}

fn key(entry: u64) -> u32 {
    (entry >> 32) as u32
}

fn text(entry: u64) -> u32 {
    entry as u32 >> 1
}

fn asks(entry: u64) -> bool {
    entry & 1 == 1
}

fn same_key(x: &u64, y: &u64) -> bool {
    x >> 32 == y >> 32
}

/// The sorted entries under each key that has more than one.
fn buckets(entries: &[u64]) -> impl Iterator<Item = &[u64]> {
    entries.chunk_by(same_key).filter(|bucket| bucket.len() > 1)
}
