//! The straight line of an index: items in, a commit, what each of them is out. Texts are keyed in
//! parallel, then the items are taken one by one, groups are settled, and all of it is written at
//! once; only then is anything said.
//!
//! Stories are grown anew at each commit with new items, among these and the last [`WINDOW`] by the
//! engine that groups batches; so they repair themselves at a bounded cost, and what is older stays
//! as it was told.

mod image;
mod rebuild;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use crate::article::Article;
use crate::blocking::KeyMaker;
use crate::cluster::UnionFind;
use crate::clustering::Clustering;
use crate::config::{Config, Level};
use crate::error::Error;
use crate::identity::{Identity, LinkRules};
use crate::index::{
    Clock, Decided, Decision, Event, Incoming, Index, Item, Kind, Moment, News, Segment, Version,
    WornId, news_of,
};
use crate::pipeline::Engine;
use crate::source_rules::CopyScope;
use crate::store::{self, Content, Settings, Snapshot, Store, StoreError, WriteLock};
use crate::text::Tokens;
use crate::verify::MatchKind;

pub use image::Kept;
pub use rebuild::{Rebuilt, rebuild};

/// Stories are grown among so many items besides the new ones: two days of a large newsroom's
/// feeds.
pub const WINDOW: usize = 4000;

/// Of so many copies outside the window only the first is looked at when stories are grown.
const CROWD: usize = 128;

/// An index in memory with what takes items into it.
struct Line {
    engine: Engine,
    key_maker: KeyMaker,
    index: Index,
    window: VecDeque<(u64, Item)>,
    kind: Kind,
    links: LinkRules,
}

/// An index that is written to.
pub struct Ingester {
    line: Line,
    store: Store,
    keep: Option<i64>,
    clock: Clock,
    /// The number of the first segment that this can write.
    own: u64,
    /// The versions of items that were said to be news since it was last noted that all was told.
    said: HashSet<Version>,
    /// Whether the last process that wrote here broke off, and whether any item was taken in
    /// since.
    broke_off: bool,
    has_taken: bool,
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
    /// Ids of which it turned out since the index was opened that several items of a feed bear
    /// them, one of each feed.
    pub worn: Vec<WornId>,
    /// How many bytes were written, and how long it took until they were on the disk; nothing, if
    /// all was seen before.
    pub written: Option<(usize, Duration)>,
}

/// What an item would be that is not in an index.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// What it would be to those that are.
    pub decision: Decision,
    /// Where the item stands that it is again, of which it is a copy, or the canonical one of
    /// whose story it is part.
    pub like: Option<Decided>,
    /// How like it is to that, in 0..=1.
    pub similarity: f64,
}

impl Ingester {
    /// Opens the index in a folder, or makes one. Items that were not seen for `keep` seconds are
    /// dropped.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Config`]
    pub fn open(folder: &Path, config: &Config, keep: Option<i64>) -> Result<Self, Error> {
        let engine = Engine::new(config.check()?);
        let store = Store::open(folder, &config.matching())?;
        let (own, broke_off) = (store.next(), !store.is_told());
        let (clock, said, has_taken) = (Clock::new(keep), HashSet::new(), false);
        let mut ingester = Ingester {
            line: Line::new(engine),
            store,
            keep,
            clock,
            own,
            said,
            broke_off,
            has_taken,
        };
        ingester.load()?;
        Ok(ingester)
    }

    /// The same, which tells items to be [`Decision::Old`] whose own date is more than so many
    /// seconds before they come for the first time.
    pub fn with_max_age(mut self, seconds: Option<i64>) -> Self {
        self.line.index = self.line.index.with_max_age(seconds);
        self
    }

    /// Has no old item be canonical where another of its group can be; see
    /// [`Index::pass_over_old`].
    pub fn pass_over_old(&mut self) {
        self.line.index.pass_over_old();
    }

    /// The time of the last commit, if the time now cannot be right beside it: the clock is, or
    /// was, set wrong. What such a clock says makes no item older.
    pub fn contradicts(&self, now: i64) -> Option<i64> {
        self.clock.contradicts(now)
    }

    /// Whether the last process that took items in here broke off, so that what its last commit
    /// brought may be told to nobody.
    pub fn broke_off(&self) -> bool {
        self.broke_off
    }

    /// Has the items of which it was never noted that they were told, told once more, as if they
    /// were new, when they come again: for consumers that would rather hear a thing twice than
    /// not at all. They are those that the last commit of each run brought that broke off,
    /// until they are told or expire.
    pub fn retell(&mut self) {
        let untold: Vec<Version> = self.store.untold().versions().collect();
        self.line.index.retell(untold);
    }

    /// The events of the same commits, in their order; they count as told with this.
    pub fn retell_events(&mut self) -> Vec<Event> {
        let untold = self.store.untold();
        let events = untold.events().cloned().collect();
        untold.events_told(0);
        events
    }

    /// Has no item become canonical that was passed over in an earlier commit; see
    /// [`Index::pass_over`].
    pub fn pass_over(&mut self, kind: Kind) {
        self.line.index.pass_over(kind);
    }

    /// Notes that all was told that was said so far; the next commit writes so.
    pub fn told(&mut self) {
        let said = std::mem::take(&mut self.said);
        let own = self.own;
        let untold = self.store.untold();
        untold.told(&said);
        untold.events_told(own);
    }

    /// Notes that all was told, and that this ends in order, and writes so.
    ///
    /// # Errors
    /// [`Error::Store`]
    pub fn note_told(&mut self) -> Result<(), Error> {
        self.told();
        // Who took nothing in cannot have told what a run before broke off in.
        Ok(self.store.note_told(self.has_taken || !self.broke_off)?)
    }

    /// The index in memory.
    pub fn index(&self) -> &Index {
        &self.line.index
    }

    fn load(&mut self) -> Result<(), StoreError> {
        let mut labels = [HashMap::new(), HashMap::new()];
        self.store.each(|segment, _| {
            labels[0].extend(segment.copies);
            labels[1].extend(segment.stories);
        })?;
        let (line, clock) = (&mut self.line, &mut self.clock);
        self.store.each(|segment, _| {
            clock.push(segment.time);
            let passed = clock.moment(segment.time).passed;
            line.restore(segment, passed, &labels);
        })?;
        line.index.restored();
        Ok(())
    }

    /// Takes items in, writes what has to be kept, and says what each of them is. `now` is in
    /// seconds since 1970.
    ///
    /// The items are matched against all that is there; only then what was not seen for `keep`
    /// seconds goes. After a pause in which nothing was committed that waits for a day, or an
    /// eighth of `keep`, so that what comes in several calls is matched too;
    /// [`Ingester::drop_expired`] ends the waiting.
    ///
    /// # Errors
    /// [`Error::Store`]; nothing is written then, and this must not be used any more.
    pub fn take(&mut self, articles: &[Article<'_>], now: i64) -> Result<Commit, Error> {
        let expired = self.clock.expired(now);
        self.take_and_drop(articles, expired, now)
    }

    /// Takes items in, and drops so many of the first segments.
    fn take_and_drop(
        &mut self,
        articles: &[Article<'_>],
        expired: usize,
        now: i64,
    ) -> Result<Commit, Error> {
        let prepared = self.line.prepare(articles);
        let moment = self.clock.moment(now);
        let mut segment = Segment {
            number: self.store.next(),
            time: now,
            ..Segment::default()
        };
        let mut commit = Commit::default();
        let known = self.line.index.take(&prepared, moment, &mut segment);
        let start = self.store.numbers().start;
        let first = start + expired as u64;
        commit.expired = self.line.drop_segments(start..first);
        let similarities = self.line.settle(&mut segment, &mut commit.events);
        commit.worn = self.line.index.worn().to_vec();
        let versions = news_of(&known, prepared.iter().map(|one| one.identity.text));
        self.said.extend(&versions);
        self.has_taken |= !articles.is_empty();
        // After a wrong clock there must be a commit from which time passes again.
        if !segment.is_empty() || first > start || self.contradicts(now).is_some() {
            let begun = Instant::now();
            let news = News {
                versions,
                events: commit.events.clone(),
            };
            self.store.commit(&mut segment, first, news)?;
            let bytes = segment
                .items
                .iter()
                .map(|item| item.title.len() + item.text.len())
                .sum();
            commit.written = Some((bytes, begun.elapsed()));
            self.clock.drop_first(expired);
            self.clock.push(now);
        }
        commit.decided = self.line.decide(&known, &similarities);
        Ok(commit)
    }

    /// What items would be if they came now, one by one; nothing is kept of them. `now` is in
    /// seconds since 1970.
    ///
    /// # Cost
    /// That of looking for copies; where stories are told, and an item is neither seen nor a copy,
    /// that of growing those of the window once for it.
    pub fn look(&self, articles: &[Article<'_>], now: i64) -> Vec<Sight> {
        self.line.look(articles, self.clock.moment(now))
    }

    /// Drops the items that were not seen for `keep` seconds, pauses counted whole, and says what
    /// that changed. `now` is in seconds since 1970.
    ///
    /// # Errors
    /// As for [`Ingester::take`].
    pub fn drop_older(&mut self, keep: i64, now: i64) -> Result<Commit, Error> {
        let expired = self.clock.older_than(keep, now);
        self.take_and_drop(&[], expired, now)
    }

    /// Drops the items that are expired, when all that is to be matched now was taken.
    ///
    /// # Errors
    /// As for [`Ingester::take`].
    pub fn drop_expired(&mut self, now: i64) -> Result<Commit, Error> {
        self.keep
            .map_or_else(|| Ok(Commit::default()), |keep| self.drop_older(keep, now))
    }
}

impl Line {
    fn new(engine: Engine) -> Self {
        let params = engine.params();
        let kind = Kind::from(params.level);
        let index = Index::new(
            engine.key_maker(),
            params.duplicates,
            params.weights.clone(),
            kind,
        )
        .with_backgrounds(engine.backgrounds().clone());
        let links = params.links.clone();
        Line {
            index,
            kind,
            key_maker: engine.key_maker(),
            window: VecDeque::new(),
            engine,
            links,
        }
    }

    /// Articles with what they are compared by.
    fn prepare<'a>(&self, articles: &'a [Article<'_>]) -> Vec<Incoming<'a>> {
        let sources = &self.engine.params().sources;
        let one = |tokens: &mut Tokens, article: &'a Article<'_>| {
            let (textless, trust) = (sources.textless(article), sources.trust(article));
            let identity = Identity::of(textless.as_ref().unwrap_or(article), &self.links);
            let identity = match sources.reach(article) {
                CopyScope::OwnFeed(feed) => identity.within(feed),
                _ => identity,
            };
            let text = self.engine.fingerprint(article, tokens).map(|print| {
                let keys = self.key_maker.keys(&print);
                (print, keys)
            });
            Incoming {
                article,
                identity,
                textless,
                trust,
                text,
            }
        };
        articles
            .par_iter()
            .with_min_len(32)
            .map_init(Tokens::default, one)
            .collect()
    }

    fn look(&self, articles: &[Article<'_>], moment: Moment) -> Vec<Sight> {
        let seen = |(article, one): (&Article<'_>, &Incoming<'_>)| {
            let (decision, like) = match (self.index.look(one), self.kind) {
                ((Decision::New, _), Kind::Stories) => self.look_for_story(article),
                (told, _) => told,
            };
            let is_known = matches!(decision, Decision::Seen | Decision::Update);
            let is_old = !is_known
                && self
                    .index
                    .is_old(article.published.map(|when| when.0), moment.time);
            let decision = if is_old { Decision::Old } else { decision };
            let similarity = like.map_or(0.0, |(_, similarity)| similarity);
            Sight {
                decision,
                like: like.map(|(number, _)| self.index.decide(decision, number)),
                similarity,
            }
        };
        articles
            .iter()
            .zip(&self.prepare(articles))
            .map(seen)
            .collect()
    }

    /// Whether an item tells a story of the window: of which item, and how like it is to that.
    fn look_for_story(&self, article: &Article<'_>) -> (Decision, Option<(u64, f64)>) {
        let mut articles: Vec<Article<'_>> =
            self.window.iter().map(|(_, item)| item.article()).collect();
        articles.push(article.clone());
        let report = self.engine.group(&articles);
        let place = &report.placements[articles.len() - 1];
        let story = place.group.and_then(|at| report.stories.get(at));
        let others = story.map_or(&[][..], |story| &story.members);
        // The canonical, unless that is the item itself.
        let chosen = [place.canonical]
            .into_iter()
            .chain(others.iter().copied())
            .find(|&at| at < self.window.len());
        let similarity = |at: usize| {
            if at == place.canonical {
                place.similarity
            } else {
                report.placements[at].similarity
            }
        };
        let like = chosen
            .filter(|_| story.is_some())
            .map(|at| (self.window[at].0, similarity(at)));
        (
            if like.is_some() {
                Decision::Story
            } else {
                Decision::New
            },
            like,
        )
    }

    /// Puts a segment's items back with their labels; `passed` are the seconds that had passed in
    /// the index.
    fn restore(&mut self, segment: Segment, passed: i64, labels: &[HashMap<u64, u64>; 2]) {
        let articles: Vec<Article<'_>> = segment.items.iter().map(Item::article).collect();
        let of = |number: u64| {
            [0, 1].map(|kind: usize| labels[kind].get(&number).copied().unwrap_or(number))
        };
        let incoming = self.prepare(&articles);
        self.index
            .restore(&segment.items, &incoming, (segment.number, passed), of);
        segment
            .canonicals
            .iter()
            .for_each(|&(label, number)| self.index.restore_canonical(label, number));
        self.index.skip_to(segment.next);
        if self.kind == Kind::Stories {
            remember(&mut self.window, segment.items);
        }
    }

    /// Drops segments; returns how many items went with them.
    fn drop_segments(&mut self, numbers: Range<u64>) -> usize {
        let dropped = numbers.map(|number| self.index.drop_segment(number)).sum();
        if dropped > 0 {
            let index = &self.index;
            self.window.retain(|(number, _)| index.contains(*number));
        }
        dropped
    }

    /// Settles the groups of a segment's items, and says for stories how like its canonical each
    /// item of the window is.
    fn settle(&mut self, segment: &mut Segment, events: &mut Vec<Event>) -> BTreeMap<u64, f64> {
        let before = self.index.next_before();
        let changes = self.index.settle(segment);
        events.extend(self.index.events(Kind::Duplicates, &changes));
        let moved = changes
            .items
            .iter()
            .filter(|(item, _)| *item < before)
            .map(|&(_, label)| label)
            .collect();
        let similarities = match self.kind {
            Kind::Stories => self.tell_stories(&moved, segment, events),
            Kind::Duplicates => {
                self.choose(segment, events);
                BTreeMap::new()
            }
        };
        for label in self.index.take_widowed() {
            let number = self.index.choose(label);
            events.extend(self.index.set_canonical(label, number, segment));
        }
        segment.next = self.index.next();
        similarities
    }

    fn decide(&self, known: &[(Decision, u64)], similarities: &BTreeMap<u64, f64>) -> Vec<Decided> {
        let mut decided = self.index.decide_all(known);
        for one in decided.iter_mut().filter(|_| self.kind == Kind::Stories) {
            if let Some((similarity, kind @ None)) = &mut one.relation {
                *similarity = similarities.get(&one.number).copied().unwrap_or_default();
                *kind = Some(MatchKind::Story);
            }
        }
        decided
    }

    /// Settles all groups after items were taken out from those of these labels, of copies and
    /// stories. Stories are not grown anew; those that hold copies of each other become one.
    fn regroup(&mut self, left: &[[u64; 2]]) {
        let mut segment = Segment::default();
        let changes = self.index.settle(&mut segment);
        let mut touched: BTreeSet<u64> = changes.items.iter().map(|&(_, label)| label).collect();
        touched.extend(changes.split.iter().map(|&(from, _)| from));
        if self.kind == Kind::Stories {
            let near = self.index.labels(Kind::Duplicates);
            let groups = touched
                .iter()
                .map(|&label| near.members(label).collect::<Vec<u64>>());
            let parts: Vec<Vec<u64>> = groups.filter(|group| group.len() > 1).collect();
            let changes = self.index.set_stories(&parts, &mut segment);
            touched = changes.items.iter().map(|&(_, label)| label).collect();
        }
        touched.extend(
            left.iter()
                .map(|labels| labels[usize::from(self.kind == Kind::Stories)]),
        );
        touched.extend(self.index.take_widowed());
        touched.retain(|&label| self.index.labels(self.kind).size(label) > 1);
        for label in touched {
            let number = self.index.choose(label);
            self.index.set_canonical(label, number, &mut segment);
        }
    }

    /// Chooses the canonical items of the groups of copies that a segment has touched.
    fn choose(&mut self, segment: &mut Segment, events: &mut Vec<Event>) {
        let touched = segment
            .items
            .iter()
            .map(|item| item.number)
            .chain(segment.copies.iter().map(|&(item, _)| item));
        let labels: BTreeSet<u64> = touched
            .map(|item| self.index.labels(Kind::Duplicates).label(item))
            .collect();
        for label in labels {
            if self.index.labels(Kind::Duplicates).size(label) > 1 {
                let number = self.index.choose(label);
                events.extend(self.index.set_canonical(label, number, segment));
            }
        }
    }

    /// Grows the stories of the window and the new items, and says how like each is to its
    /// canonical. `moved` are the labels of groups of copies that items of former commits have
    /// come to.
    fn tell_stories(
        &mut self,
        moved: &HashSet<u64>,
        segment: &mut Segment,
        events: &mut Vec<Event>,
    ) -> BTreeMap<u64, f64> {
        if segment.items.is_empty() {
            return BTreeMap::new();
        }
        remember(&mut self.window, segment.items.iter().cloned());
        let articles: Vec<Article<'_>> =
            self.window.iter().map(|(_, item)| item.article()).collect();
        let numbers: Vec<u64> = self.window.iter().map(|&(number, _)| number).collect();
        let report = self.engine.group(&articles);
        let parts = self.parts(&report, &numbers, moved);
        let changes = self.index.set_stories(&parts, segment);
        events.extend(self.index.events(Kind::Stories, &changes));
        let labels = self.index.labels(Kind::Stories);
        let told = report
            .stories
            .iter()
            .map(|story| (labels.label(numbers[story.members[0]]), story));
        let mut chosen: BTreeMap<u64, (usize, u64)> = BTreeMap::new();
        for (label, story) in told {
            let scored = story
                .members
                .iter()
                .map(|&at| (numbers[at], report.placements[at].score.clone()));
            let best = self.index.best(label, &scored.collect::<Vec<_>>());
            let one = (story.members.len(), best);
            chosen
                .entry(label)
                .and_modify(|best| *best = (*best).max(one))
                .or_insert(one);
        }
        for (label, (_, number)) in chosen {
            events.extend(self.index.set_canonical(label, number, segment));
        }
        numbers
            .iter()
            .zip(&report.placements)
            .map(|(&number, place)| (number, place.similarity))
            .collect()
    }

    /// The stories of a report as parts, with the copies of their items that lie outside the
    /// window; of a crowd of copies with the first, whom the others follow, unless it is one
    /// that was `moved` to.
    fn parts(&self, report: &Clustering, numbers: &[u64], moved: &HashSet<u64>) -> Vec<Vec<u64>> {
        let near = self.index.labels(Kind::Duplicates);
        let mut sets = UnionFind::new(numbers.len());
        let (mut by_cluster, mut by_label) = (HashMap::new(), HashMap::new());
        for (at, (place, &number)) in (0u32..).zip(report.placements.iter().zip(numbers)) {
            sets.union(at, *by_cluster.entry(place.cluster).or_insert(at));
            sets.union(at, *by_label.entry(near.label(number)).or_insert(at));
        }
        let mut parts: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
        let mut known: HashSet<u64> = HashSet::new();
        for (root, &number) in sets.into_roots().into_iter().zip(numbers) {
            let part = parts.entry(root).or_default();
            part.insert(number);
            let label = near.label(number);
            if known.insert(label) {
                let is_crowd = near.size(label) > CROWD && !moved.contains(&label);
                part.extend(
                    near.members(label)
                        .take(if is_crowd { 1 } else { usize::MAX }),
                );
            }
        }
        parts
            .into_values()
            .map(|part| part.into_iter().collect())
            .collect()
    }
}

/// Puts items at the end of the window, in place of what it holds of them.
fn remember(window: &mut VecDeque<(u64, Item)>, items: impl IntoIterator<Item = Item>) {
    let items: Vec<Item> = items.into_iter().collect();
    let again: BTreeSet<u64> = items.iter().map(|item| item.number).collect();
    let old = window
        .iter()
        .filter(|(number, _)| again.contains(number))
        .count();
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

impl From<Level> for Kind {
    /// The kind of groups that a level asks for.
    fn from(level: Level) -> Self {
        match level {
            Level::Stories => Kind::Stories,
            Level::Duplicates => Kind::Duplicates,
        }
    }
}

/// The settings of the index in a folder, or the defaults if there is none.
///
/// # Errors
/// [`Error::Store`], [`Error::Settings`]
pub fn settings_of(folder: &Path) -> Result<Config, Error> {
    if !store::exists(folder)? {
        return Ok(Config::default());
    }
    config_of(&Snapshot::open(folder)?.settings, folder)
}

/// The settings that an index was made under.
fn config_of(settings: &store::Settings, folder: &Path) -> Result<Config, Error> {
    Config::from_matching(settings).map_err(|cause| Error::Settings {
        path: folder.display().to_string(),
        cause: Box::new(cause),
    })
}

/// Lets the items of these ids go from the index in a folder, and writes the rest anew, without the
/// copy that a rebuild image; returns how many items went, and the ids that no item bears.
///
/// # Errors
/// [`Error::Store`], [`Error::Settings`]
pub fn forget(folder: &Path, ids: &[String]) -> Result<(usize, Vec<String>), Error> {
    let lock = WriteLock::take(folder)?;
    let (settings, mut content) = read(&lock)?;
    let wanted: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let mut missing = wanted.clone();
    let mut numbers = HashSet::new();
    let items = content.segments.iter().flat_map(|segment| &segment.items);
    for item in items.filter(|item| wanted.contains(item.id.as_str())) {
        missing.remove(item.id.as_str());
        numbers.insert(item.number);
    }
    let missing = ids
        .iter()
        .filter(|id| missing.contains(id.as_str()))
        .cloned()
        .collect();
    store::remove_copy(&lock)?;
    if !numbers.is_empty() {
        let mut kept = Kept::of(content.segments);
        kept.forget(&numbers, &config_of(&settings, folder)?)?;
        content.untold.forget(&numbers);
        content.segments = kept.into_segments();
        store::rewrite(&lock, &settings, content)?;
    }
    Ok((numbers.len(), missing))
}

/// Writes what the index in a folder still holds into a new file.
///
/// # Errors
/// [`StoreError`]
pub fn compact(folder: &Path) -> Result<(), StoreError> {
    let lock = WriteLock::take(folder)?;
    let (settings, mut content) = read(&lock)?;
    content.segments = Kept::of(content.segments).into_segments();
    store::rewrite(&lock, &settings, content)
}

/// The settings of an index and all that it holds.
fn read(lock: &WriteLock) -> Result<(Settings, Content), StoreError> {
    let snapshot = Snapshot::under(lock)?;
    Ok((snapshot.settings.clone(), snapshot.content()?))
}
