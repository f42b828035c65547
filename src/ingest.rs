//! The straight line of an index: items in, a commit, what each of them is out. Texts are keyed in parallel, then the
//! items are taken one by one, groups are settled, and all of it is written at once; only then is anything said.
//!
//! Stories are grown anew at each commit with new items, among these and the last [`WINDOW`] by the engine that groups
//! batches; so they repair themselves at a bounded cost, and what is older stays as it was told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::article::Article;
use crate::cluster::UnionFind;
use crate::config::{Config, Level};
use crate::copies::Keyer;
use crate::engine::Engine;
use crate::error::Error;
use crate::identity::Identity;
use crate::index::{Decided, Decision, Event, Incoming, Index, Item, Kind, Segment};
use crate::report::Report;
use crate::store::{Store, StoreError};
use crate::text::Tokens;
use crate::verify::MatchKind;

/// Stories are grown among so many items besides the new ones: two days of a large newsroom's feeds.
pub const WINDOW: usize = 4000;

/// An index that is written to.
pub struct Ingester {
    engine: Engine,
    keyer: Keyer,
    index: Index,
    store: Store,
    window: VecDeque<(u64, Item)>,
    kind: Kind,
    keep: Option<i64>,
    oldest: Option<i64>,
}

/// What became of some items.
#[derive(Debug, Default)]
pub struct Commit {
    /// Where each stands, in their order.
    pub decided: Vec<Decided>,
    /// What changed for items of former commits.
    pub events: Vec<Event>,
    /// How many items were dropped for their age.
    pub expired: usize,
    /// How many bytes were written, and how long it took until they were on the disk; nothing, if all was seen before.
    pub written: Option<(usize, Duration)>,
}

/// An empty index in memory for the settings of an engine.
fn empty(engine: &Engine) -> Index {
    let params = engine.params();
    Index::new(engine.keyer(), params.duplicates, params.weights.clone(), kind(engine))
}

fn kind(engine: &Engine) -> Kind {
    if engine.params().level == Level::Stories { Kind::Stories } else { Kind::Duplicates }
}

/// An article with what it is compared by.
fn incoming<'a>(engine: &Engine, keyer: &Keyer, article: &'a Article<'a>, tokens: &mut Tokens) -> Incoming<'a> {
    let text = engine.copy_text(article, tokens).map(|print| {
        let keys = keyer.keys(&print);
        (print, keys)
    });
    Incoming { identity: Identity::of(article), article, text }
}

impl Ingester {
    /// Opens the index in a folder, or makes one. Items that were not seen for `keep` seconds are dropped.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Config`]
    pub fn open(folder: &Path, config: &Config, keep: Option<i64>) -> Result<Self, Error> {
        let engine = Engine::new(config.check()?);
        let store = Store::open(folder, &config.matching())?;
        Ingester::over(store, engine, keep)
    }

    /// The index in a store.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub fn over(store: Store, engine: Engine, keep: Option<i64>) -> Result<Self, Error> {
        let mut ingester = Ingester {
            index: empty(&engine),
            kind: kind(&engine),
            keyer: engine.keyer(),
            engine,
            store,
            window: VecDeque::new(),
            keep,
            oldest: None,
        };
        ingester.load()?;
        Ok(ingester)
    }

    /// The index in memory.
    pub fn index(&self) -> &Index {
        &self.index
    }

    fn load(&mut self) -> Result<(), StoreError> {
        let mut labels = [HashMap::new(), HashMap::new()];
        self.store.each(|segment, _| {
            labels[0].extend(segment.copies);
            labels[1].extend(segment.stories);
        })?;
        let (index, engine, keyer) = (&mut self.index, &self.engine, &self.keyer);
        let (window, oldest) = (&mut self.window, &mut self.oldest);
        let mut first_of: HashMap<u64, u64> = HashMap::new();
        self.store.each(|segment, _| {
            oldest.get_or_insert(segment.time);
            let articles: Vec<Article<'_>> = segment.items.iter().map(Item::article).collect();
            let taken = articles
                .par_iter()
                .map_init(Tokens::default, |tokens, article| incoming(engine, keyer, article, tokens));
            let taken: Vec<Incoming<'_>> = taken.collect();
            for (item, one) in segment.items.iter().zip(&taken) {
                let of = [0, 1].map(|kind: usize| labels[kind].get(&item.number).copied().unwrap_or(item.number));
                let with = *first_of.entry(of[0]).or_insert(item.number);
                index.restore(item, one, (segment.number, segment.time), of, (with != item.number).then_some(with));
            }
            segment.canonicals.iter().for_each(|&(label, number)| index.restore_canonical(label, number));
            index.skip_to(segment.next);
            if engine.params().level == Level::Stories {
                remember(window, segment.items);
            }
        })
    }

    /// Takes items in, writes what has to be kept, and says what each of them is. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// [`Error::Store`]; nothing is written then, and this must not be used any more.
    pub fn take(&mut self, articles: &[Article<'_>], now: i64) -> Result<Commit, Error> {
        let (engine, keyer) = (&self.engine, &self.keyer);
        let prepared = articles.par_iter().with_min_len(32);
        let prepared: Vec<Incoming<'_>> =
            prepared.map_init(Tokens::default, |tokens, article| incoming(engine, keyer, article, tokens)).collect();
        let mut segment = Segment { number: self.store.next(), time: now, ..Segment::default() };
        let mut commit = Commit::default();
        let first = self.expire(now, &mut commit)?;
        let known = self.index.take(&prepared, &mut segment);
        let changes = self.index.settle(&mut segment);
        commit.events = self.index.events(Kind::Duplicates, &changes);
        let report = match self.kind {
            Kind::Stories => self.tell_stories(&mut segment, &mut commit),
            Kind::Duplicates => {
                self.choose(&mut segment, &mut commit);
                BTreeMap::new()
            }
        };
        segment.next = self.index.next();
        if !segment.is_empty() || first > self.store.numbers().start {
            let begun = Instant::now();
            self.store.commit(&mut segment, first)?;
            let bytes = segment.items.iter().map(|item| item.title.len() + item.text.len()).sum();
            commit.written = Some((bytes, begun.elapsed()));
            self.oldest.get_or_insert(now);
        }
        commit.decided = known.iter().map(|&(by_identity, number)| self.decide(by_identity, number, &report)).collect();
        Ok(commit)
    }

    fn decide(&self, by_identity: Decision, number: u64, similarities: &BTreeMap<u64, f64>) -> Decided {
        let mut decided = self.index.decide(by_identity, number);
        if let (Kind::Stories, Some((similarity, kind @ None))) = (self.kind, &mut decided.relation) {
            *similarity = similarities.get(&number).copied().unwrap_or_default();
            *kind = Some(MatchKind::Story);
        }
        decided
    }

    /// Drops the segments that are too old, and says which is the first that is kept.
    fn expire(&mut self, now: i64, commit: &mut Commit) -> Result<u64, StoreError> {
        let mut first = self.store.numbers().start;
        let Some(keep) = self.keep else { return Ok(first) };
        while self.oldest.is_some_and(|oldest| oldest < now - keep) {
            commit.expired += self.index.drop_segment(first);
            first += 1;
            self.oldest = self.store.segment(first)?.map(|segment| segment.time);
        }
        if commit.expired > 0 {
            let index = &self.index;
            self.window.retain(|(number, _)| index.contains(*number));
        }
        Ok(first)
    }

    /// Chooses the canonical items of the groups of copies that the commit has touched.
    fn choose(&mut self, segment: &mut Segment, commit: &mut Commit) {
        let touched = segment.items.iter().map(|item| item.number).chain(segment.copies.iter().map(|&(item, _)| item));
        let labels: BTreeSet<u64> = touched.map(|item| self.index.labels(Kind::Duplicates).label(item)).collect();
        for label in labels {
            if self.index.labels(Kind::Duplicates).size(label) > 1 {
                let number = self.index.choose(label);
                commit.events.extend(self.index.set_canonical(label, number, segment));
            }
        }
    }

    /// Grows the stories of the window and the new items, and says how like each is to its canonical.
    fn tell_stories(&mut self, segment: &mut Segment, commit: &mut Commit) -> BTreeMap<u64, f64> {
        if segment.items.is_empty() {
            return BTreeMap::new();
        }
        remember(&mut self.window, segment.items.iter().cloned());
        let articles: Vec<Article<'_>> = self.window.iter().map(|(_, item)| item.article()).collect();
        let numbers: Vec<u64> = self.window.iter().map(|&(number, _)| number).collect();
        let report = self.engine.group(&articles);
        let parts = self.parts(&report, &numbers);
        let changes = self.index.set_stories(&parts, segment);
        commit.events.extend(self.index.events(Kind::Stories, &changes));
        let labels = self.index.labels(Kind::Stories);
        let told = report.stories.iter().map(|story| (labels.label(numbers[story.members[0]]), story));
        let mut chosen: BTreeMap<u64, (usize, u64)> = BTreeMap::new();
        for (label, story) in told {
            let one = (story.members.len(), numbers[story.canonical]);
            chosen.entry(label).and_modify(|best| *best = (*best).max(one)).or_insert(one);
        }
        for (label, (_, number)) in chosen {
            commit.events.extend(self.index.set_canonical(label, number, segment));
        }
        numbers.iter().zip(&report.placements).map(|(&number, place)| (number, place.similarity)).collect()
    }

    /// The stories of a report as parts, with the copies of their items that lie outside the window.
    fn parts(&self, report: &Report, numbers: &[u64]) -> Vec<Vec<u64>> {
        let near = self.index.labels(Kind::Duplicates);
        let mut sets = UnionFind::new(numbers.len());
        let (mut by_cluster, mut by_label) = (HashMap::new(), HashMap::new());
        for (at, (place, &number)) in (0u32..).zip(report.placements.iter().zip(numbers)) {
            sets.union(at, *by_cluster.entry(place.cluster).or_insert(at));
            sets.union(at, *by_label.entry(near.label(number)).or_insert(at));
        }
        let mut parts: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
        for (root, &number) in sets.into_roots().into_iter().zip(numbers) {
            let part = parts.entry(root).or_default();
            part.insert(number);
            part.extend(near.members(near.label(number)));
        }
        parts.into_values().map(|part| part.into_iter().collect()).collect()
    }
}

/// Puts items at the end of the window, in place of what it holds of them.
fn remember(window: &mut VecDeque<(u64, Item)>, items: impl IntoIterator<Item = Item>) {
    let items: Vec<Item> = items.into_iter().collect();
    let again: BTreeSet<u64> = items.iter().map(|item| item.number).collect();
    let old = window.iter().filter(|(number, _)| again.contains(number)).count();
    if old > 0 {
        window.retain(|(number, _)| !again.contains(number));
    }
    // Of two versions in one commit the later stands.
    let latest: BTreeMap<u64, Item> = items.into_iter().map(|item| (item.number, item)).collect();
    let fresh = latest.len();
    window.extend(latest);
    let surplus = window.len().saturating_sub(WINDOW + fresh);
    window.drain(..surplus);
}

/// Drops the segments of a store that were written before a moment; returns how many. It costs what it drops.
///
/// # Errors
/// [`StoreError`]
pub fn expire(store: &mut Store, before: i64) -> Result<u64, StoreError> {
    let numbers = store.numbers();
    let mut first = numbers.start;
    while let Some(segment) = store.segment(first)?
        && segment.time < before
    {
        first += 1;
    }
    if first > numbers.start {
        let last = store.segment(numbers.end - 1)?.unwrap_or_default();
        store.commit(&mut Segment { time: last.time, next: last.next, ..Segment::default() }, first)?;
    }
    Ok(first - numbers.start)
}

/// Segments with the same items and labels, without what was dropped or changed since: versions of the items that are
/// left, each with its last labels.
pub fn fold(segments: Vec<Segment>, keep: impl Fn(&Item) -> bool) -> Vec<Segment> {
    let mut labels = [HashMap::new(), HashMap::new(), HashMap::new()];
    for segment in &segments {
        labels[0].extend(segment.copies.iter().copied());
        labels[1].extend(segment.stories.iter().copied());
        labels[2].extend(segment.canonicals.iter().copied());
    }
    let next = segments.iter().map(|segment| segment.next).max().unwrap_or_default();
    // Of a version that was written again the last holds, because it expires last.
    let mut last: HashMap<(u64, u64), u64> = HashMap::new();
    for segment in &segments {
        last.extend(segment.items.iter().map(|item| ((item.number, said(item)), segment.number)));
    }
    let mut folded: Vec<Segment> = Vec::new();
    for mut segment in segments {
        let number = segment.number;
        segment.items.retain(|item| keep(item) && last[&(item.number, said(item))] == number);
        let of = |kind: usize, items: &[Item]| -> Vec<(u64, u64)> {
            let own = items.iter().filter_map(|item| Some((item.number, *labels[kind].get(&item.number)?)));
            own.filter(|(number, label)| number != label).collect()
        };
        segment.copies = of(0, &segment.items);
        segment.stories = of(1, &segment.items);
        segment.canonicals.retain(|(label, number)| labels[2].get(label) == Some(number));
        segment.next = next;
        if !segment.items.is_empty() || !segment.canonicals.is_empty() {
            folded.push(segment);
        }
    }
    if folded.is_empty() {
        folded.push(Segment { next, ..Segment::default() });
    }
    folded
}

fn said(item: &Item) -> u64 {
    Identity::of(&item.article()).text
}

/// The segments of an index of the same items under other settings, taken in again in their order.
///
/// # Errors
/// [`Error::Config`], [`Error::Store`]
pub fn retake(mut items: Vec<(i64, Item)>, config: &Config) -> Result<Vec<Segment>, Error> {
    items.sort_by_key(|(_, item)| item.number);
    let engine = Engine::new(config.check()?);
    let store = Store::over(redb::backends::InMemoryBackend::new(), &config.matching())?;
    let mut ingester = Ingester::over(store, engine, None)?;
    // Numbers stay, so that groups keep their ids: a gap begins a commit of its own.
    let follows = |a: &(i64, Item), b: &(i64, Item)| b.1.number - a.1.number <= 1;
    for chunk in items.chunk_by(follows).flat_map(|run| run.chunks(1000)) {
        ingester.index.skip_to(chunk[0].1.number);
        let articles: Vec<Article<'_>> = chunk.iter().map(|(_, item)| item.article()).collect();
        ingester.take(&articles, chunk.iter().map(|&(time, _)| time).max().unwrap_or_default())?;
    }
    let mut segments = Vec::new();
    ingester.store.each(|segment, _| segments.push(segment))?;
    Ok(segments)
}
