//! An index in memory: who its items are, their texts in buckets, their groups. Nothing here reads or writes; what a
//! commit has to keep is handed out as a [`Segment`].
//!
//! An item costs its keys, its print and its headline; bodies are not held.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use super::{Decided, Decision, Event, Item, Kind, Labels, Relabelled, Segment};
use crate::article::{Article, Timestamp};
use crate::canonical::{self, Traits, Weights};
use crate::copies::{CopyGroups, Keyed, Keyer, TextKeys};
use crate::identity::Identity;
use crate::verify::{DuplicateVerifier, Fingerprint};

/// An item that is still seen so many seconds after it was last written is written again, so that segments can be
/// dropped whole when they are old.
const REFRESH: i64 = 86_400;

/// Of a larger group only the first so many items can be its canonical.
const SCORED: usize = 32;

/// An item on its way in, with what it is compared by.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// The item.
    pub article: &'a Article<'a>,
    /// Who it is.
    pub identity: Identity,
    /// What it is compared by; nothing, if it is too short.
    pub text: Option<(Fingerprint, TextKeys)>,
}

/// What is held of an item.
#[derive(Debug)]
struct Entry {
    id: Box<str>,
    title: Box<str>,
    source: Option<Box<str>>,
    published: Option<i64>,
    length: u32,
    first: i64,
    guid: u64,
    link: Option<u64>,
    has_own_id: bool,
    /// A hash of what each version says, and the text it is compared by.
    versions: Vec<(u64, Option<u32>)>,
    /// The segment it was last written in, and when.
    home: (u64, i64),
}

/// The index.
#[derive(Debug)]
pub struct Index {
    items: HashMap<u64, Entry>,
    by_guid: HashMap<u64, u64>,
    by_link: HashMap<u64, u64>,
    homes: HashMap<u64, Vec<u64>>,
    users: Vec<Vec<u64>>,
    copies: CopyGroups,
    near: Labels,
    stories: Labels,
    canonicals: HashMap<u64, u64>,
    kind: Kind,
    weights: Weights,
    next: u64,
    /// Items from this number on are of the commit at hand.
    mark: u64,
    /// The versions that the segment with items restored last has brought, by item and text.
    latest: HashSet<(u64, u64)>,
    /// Versions that are to be told as if they came for the first time.
    untold: HashSet<(u64, u64)>,
}

impl Index {
    /// An empty index that tells groups of `kind`.
    pub fn new(keyer: Keyer, verifier: DuplicateVerifier, weights: Weights, kind: Kind) -> Self {
        Index {
            items: HashMap::new(),
            by_guid: HashMap::new(),
            by_link: HashMap::new(),
            homes: HashMap::new(),
            users: Vec::new(),
            copies: CopyGroups::new(keyer, verifier),
            near: Labels::default(),
            stories: Labels::default(),
            canonicals: HashMap::new(),
            kind,
            weights,
            next: 0,
            mark: 0,
            latest: HashSet::new(),
            untold: HashSet::new(),
        }
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The number that the next new item gets.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Makes sure that numbers before this are not given again.
    pub fn skip_to(&mut self, next: u64) {
        self.next = self.next.max(next);
        self.mark = self.next;
    }

    /// Whether an item is there.
    pub fn contains(&self, number: u64) -> bool {
        self.items.contains_key(&number)
    }

    /// The labels of a kind of group.
    pub fn labels(&self, kind: Kind) -> &Labels {
        if kind == Kind::Duplicates { &self.near } else { &self.stories }
    }

    /// Takes items in and says of each what it is by its identity, and its number. What they are to others is said by
    /// [`Index::decide`], once groups are settled.
    pub fn take(&mut self, incoming: &[Incoming<'_>], segment: &mut Segment) -> Vec<(Decision, u64)> {
        self.mark = self.next;
        let mut fresh = Vec::new();
        let known = incoming.iter().map(|one| self.take_one(one, segment, &mut fresh)).collect();
        self.add_texts(&fresh, CopyGroups::insert);
        known
    }

    /// What an item would be if it came now, for all that its identity and its text tell: the item that it is again or of
    /// which it is a copy, and how like it is to that.
    pub fn look(&self, one: &Incoming<'_>) -> (Decision, Option<(u64, f64)>) {
        if let Some(number) = self.known(&one.identity) {
            let is_known = self.items[&number].versions.iter().any(|&(text, _)| text == one.identity.text);
            return (if is_known { Decision::Seen } else { Decision::Update }, Some((number, 1.0)));
        }
        let nearest = one.text.as_ref().and_then(|(print, keys)| self.copies.nearest((print, keys)));
        let copy = nearest.and_then(|(text, similarity)| {
            let least = self.users[text as usize].iter().min();
            least.map(|&number| (number, similarity))
        });
        (if copy.is_some() { Decision::Duplicate } else { Decision::New }, copy)
    }

    /// Takes items in again under the numbers they had; `incoming` are what they are compared by. They must come in the
    /// order of their numbers.
    pub fn retake(&mut self, items: &[&Item], incoming: &[Incoming<'_>], segment: &mut Segment) {
        self.mark = self.next;
        for (&item, one) in items.iter().zip(incoming) {
            if !self.items.contains_key(&item.number) {
                self.enter(item, &one.identity, (segment.number, segment.time));
            }
            self.add_version(item.number, one.identity.text);
            segment.items.push(item.clone());
        }
        let texts: Vec<_> = items.iter().map(|item| item.number).zip(incoming).collect();
        self.add_texts(&texts, CopyGroups::insert);
    }

    /// Takes an item in; what it says that is new goes to `fresh`.
    fn take_one<'i>(
        &mut self,
        one: &'i Incoming<'i>,
        segment: &mut Segment,
        fresh: &mut Vec<(u64, &'i Incoming<'i>)>,
    ) -> (Decision, u64) {
        let home = (segment.number, segment.time);
        let Some(number) = self.known(&one.identity) else {
            let number = self.next;
            let item = Item::of(one.article, number, segment.time);
            self.enter(&item, &one.identity, home);
            self.add_version(number, one.identity.text);
            fresh.push((number, one));
            segment.items.push(item);
            return (Decision::New, number);
        };
        let entry = &self.items[&number];
        let is_known = entry.versions.iter().any(|&(text, _)| text == one.identity.text);
        if self.untold.remove(&(number, one.identity.text)) {
            let is_first = entry.versions.first().is_some_and(|&(text, _)| text == one.identity.text);
            return (if is_first { Decision::New } else { Decision::Update }, number);
        }
        if is_known && segment.time - entry.home.1 < REFRESH {
            return (Decision::Seen, number);
        }
        segment.items.push(Item::of(one.article, number, entry.first));
        self.settle_in(number, home);
        if is_known {
            segment.copies.push((number, self.near.label(number)));
            segment.stories.push((number, self.stories.label(number)));
            return (Decision::Seen, number);
        }
        self.add_version(number, one.identity.text);
        fresh.push((number, one));
        (Decision::Update, number)
    }

    /// The item that this is again. A link that items of other ids share says so only of the same text.
    fn known(&self, identity: &Identity) -> Option<u64> {
        if let Some(&number) = self.by_guid.get(&identity.guid) {
            return Some(number);
        }
        let &number = self.by_link.get(&identity.link?)?;
        let entry = &self.items[&number];
        let contradicts = identity.has_own_id && entry.has_own_id;
        (!contradicts || entry.versions.iter().any(|&(text, _)| text == identity.text)).then_some(number)
    }

    fn enter(&mut self, item: &Item, identity: &Identity, home: (u64, i64)) {
        self.next = self.next.max(item.number + 1);
        self.by_guid.insert(identity.guid, item.number);
        if let Some(link) = identity.link {
            self.by_link.entry(link).or_insert(item.number);
        }
        self.homes.entry(home.0).or_default().push(item.number);
        let entry = Entry {
            id: item.id.as_str().into(),
            title: item.title.as_str().into(),
            source: item.source.as_deref().map(Into::into),
            published: item.published,
            length: (item.title.len() + item.text.len()) as u32,
            first: item.first,
            guid: identity.guid,
            link: identity.link,
            has_own_id: identity.has_own_id,
            versions: Vec::with_capacity(1),
            home,
        };
        self.items.insert(item.number, entry);
    }

    fn settle_in(&mut self, number: u64, home: (u64, i64)) {
        if let Some(entry) = self.items.get_mut(&number) {
            entry.home = home;
            self.homes.entry(home.0).or_default().push(number);
        }
    }

    /// Notes that an item says this too; [`Index::add_texts`] adds what it is compared by.
    fn add_version(&mut self, number: u64, digest: u64) {
        if let Some(entry) = self.items.get_mut(&number) {
            entry.versions.push((digest, None));
        }
    }

    /// Adds what new versions of items are compared by, in the order of the versions.
    fn add_texts(&mut self, versions: &[(u64, &Incoming<'_>)], add: fn(&mut CopyGroups, &[Keyed<'_>]) -> Vec<u32>) {
        let with_text = || versions.iter().filter_map(|&(number, one)| Some((number, one, one.text.as_ref()?)));
        let texts: Vec<Keyed<'_>> = with_text().map(|(_, _, (print, keys))| (print, keys)).collect();
        let texts = add(&mut self.copies, &texts);
        let most = texts.iter().map(|&text| text as usize + 1).max().unwrap_or_default();
        self.users.resize_with(self.users.len().max(most), Vec::new);
        for ((number, one, _), text) in with_text().zip(texts) {
            let Some(entry) = self.items.get_mut(&number) else { continue };
            let before = entry.versions.iter().rev().find_map(|&(_, text)| text);
            let version =
                entry.versions.iter_mut().find(|(digest, text)| *digest == one.identity.text && text.is_none());
            version.into_iter().for_each(|(_, place)| *place = Some(text));
            self.users[text as usize].push(number);
            if let Some(before) = before {
                self.copies.tie(before, text);
            }
        }
    }

    /// Puts a segment's items back as they were written; the segments must come in their order. `home` are its number
    /// and time, `labels` tell the labels of an item, of its copies and its story.
    pub fn restore(
        &mut self,
        items: &[Item],
        incoming: &[Incoming<'_>],
        home: (u64, i64),
        labels: impl Fn(u64) -> [u64; 2],
    ) {
        let mut fresh = Vec::new();
        for (item, one) in items.iter().zip(incoming) {
            if !self.items.contains_key(&item.number) {
                self.enter(item, &one.identity, home);
            } else {
                self.settle_in(item.number, home);
                if self.items[&item.number].versions.iter().any(|&(text, _)| text == one.identity.text) {
                    continue;
                }
            }
            self.add_version(item.number, one.identity.text);
            fresh.push((item.number, one));
        }
        if !items.is_empty() {
            self.latest = fresh.iter().map(|(number, one)| (*number, one.identity.text)).collect();
        }
        self.add_texts(&fresh, CopyGroups::restore);
        for (number, _) in fresh {
            let [near, story] = labels(number);
            self.reunite(number, near);
            self.near.assign(number, near);
            self.stories.assign(number, story);
        }
        self.mark = self.next;
    }

    /// Puts the text of an item into the group of those that have its label already.
    fn reunite(&mut self, number: u64, label: u64) {
        let other =
            self.text_of(label).or_else(|| self.near.members(label).iter().find_map(|&item| self.text_of(item)));
        if let (Some(text), Some(other)) = (self.text_of(number), other) {
            self.copies.reunite(text, other);
        }
    }

    /// Has the versions that the segment with items restored last has brought told once more when they come again.
    pub fn retell(&mut self) {
        self.untold = std::mem::take(&mut self.latest);
    }

    /// Ends what [`Index::restore`] began: groups are without the items they are named for where these are gone.
    pub fn restored(&mut self) {
        for labels in [&mut self.near, &mut self.stories] {
            let gone: Vec<u64> = labels.named().filter(|label| !self.items.contains_key(label)).collect();
            gone.into_iter().for_each(|label| labels.remove(label));
        }
    }

    /// Sets a group's canonical item as it was written.
    pub fn restore_canonical(&mut self, label: u64, number: u64) {
        self.canonicals.insert(label, number);
    }

    fn text_of(&self, number: u64) -> Option<u32> {
        self.items.get(&number)?.versions.iter().rev().find_map(|&(_, text)| text)
    }

    /// Drops the items that were last written in a segment. What is left keeps its labels.
    pub fn drop_segment(&mut self, segment: u64) -> usize {
        let mut dropped = 0;
        for number in self.homes.remove(&segment).unwrap_or_default() {
            if self.items.get(&number).is_none_or(|entry| entry.home.0 != segment) {
                continue;
            }
            let Some(entry) = self.items.remove(&number) else { continue };
            for text in entry.versions.iter().filter_map(|&(_, text)| text) {
                self.users[text as usize].retain(|&one| one != number);
                self.copies.release(text, false);
            }
            self.by_guid.remove(&entry.guid);
            if let Some(link) = entry.link.filter(|link| self.by_link.get(link) == Some(&number)) {
                self.by_link.remove(&link);
            }
            self.near.remove(number);
            self.stories.remove(number);
            dropped += 1;
        }
        dropped
    }

    /// Settles the groups of copies after a commit's items were taken.
    pub fn settle(&mut self, segment: &mut Segment) -> Relabelled {
        let groups: BTreeSet<u32> = self.copies.settle().iter().map(|&text| self.copies.group(text)).collect();
        let mut parts: Vec<Vec<u64>> = groups.into_iter().map(|group| self.items_of(group)).collect();
        // A text that was there before brings its user into its group.
        for item in segment.items.iter().map(|item| item.number) {
            if let Some(text) = self.text_of(item) {
                parts.push(self.items_of(self.copies.group(text)));
            }
        }
        parts.sort_unstable();
        parts.dedup();
        let mark = self.mark;
        let changes = self.near.relabel(&parts, |item| item >= mark);
        segment.copies.extend(&changes.items);
        changes
    }

    fn items_of(&self, group: u32) -> Vec<u64> {
        let texts = self.copies.members(group).iter();
        let mut items: Vec<u64> = texts.flat_map(|&text| self.users[text as usize].iter().copied()).collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    /// Sets the stories of some items, given as parts of a partition.
    pub fn set_stories(&mut self, parts: &[Vec<u64>], segment: &mut Segment) -> Relabelled {
        let mark = self.mark;
        let changes = self.stories.relabel(parts, |item| item >= mark);
        segment.stories.extend(&changes.items);
        changes
    }

    /// The events that new labels are to those who knew the old ones, and the labels that now need a canonical item.
    pub fn events(&self, kind: Kind, changes: &Relabelled) -> Vec<Event> {
        let merged = changes.merged.iter().map(|&(gone, kept)| Event::Merged(kind, gone, kept));
        merged.chain(changes.split.iter().map(|&(from, to)| Event::Split(kind, from, to))).collect()
    }

    /// Sets the canonical item of a group, and tells of it if another was known.
    pub fn set_canonical(&mut self, label: u64, number: u64, segment: &mut Segment) -> Option<Event> {
        let old = self.canonicals.insert(label, number);
        if old == Some(number) {
            return None;
        }
        segment.canonicals.push((label, number));
        let was_known = old.is_some() || label < self.mark && number != label;
        was_known.then(|| Event::Canonical(self.kind, label, number, self.id(number).to_owned()))
    }

    /// The item that a reader should see of the items under a label, chosen by their headlines among the first of them.
    pub fn choose(&self, label: u64) -> u64 {
        let mut items: Vec<u64> = self.labels(self.kind).members(label).to_vec();
        items.sort_unstable();
        items.truncate(SCORED);
        let texts: Vec<Option<u32>> = items.iter().map(|&item| self.text_of(item)).collect();
        let alike = |a: usize, b: usize| match (texts[a], texts[b]) {
            (Some(x), Some(y)) if x == y => 1.0,
            (Some(x), Some(y)) => self.copies.compare(x, y).map_or(0.0, |edge| edge.similarity()),
            _ => 0.0,
        };
        let others = items.len().saturating_sub(1).max(1) as f64;
        let traits = items.iter().enumerate().filter_map(|(at, item)| {
            let entry = self.items.get(item)?;
            let sum: f64 = (0..items.len()).filter(|&other| other != at).map(|other| alike(at, other)).sum();
            Some(Traits {
                centrality: if items.len() == 1 { 1.0 } else { sum / others },
                title: &entry.title,
                length: entry.length as usize,
                source: entry.source.as_deref(),
                published: entry.published.map(Timestamp),
                is_copy: at > 0,
            })
        });
        let scores = canonical::score(&traits.collect::<Vec<_>>(), &self.weights);
        items.get(canonical::best(&scores)).copied().unwrap_or(label)
    }

    /// Where an item stands, given what it is by its identity.
    pub fn decide(&self, by_identity: Decision, number: u64) -> Decided {
        let near = self.near.label(number);
        let label = self.labels(self.kind).label(number);
        let decision = match by_identity {
            Decision::New if near < number => Decision::Duplicate,
            Decision::New if self.kind == Kind::Stories && label < number => Decision::Story,
            other => other,
        };
        let size = self.labels(self.kind).size(label);
        let chosen = self.canonicals.get(&label).copied().filter(|chosen| self.items.contains_key(chosen));
        let canonical = if size == 1 { number } else { chosen.unwrap_or_else(|| self.choose(label)) };
        let relation = (canonical != number).then(|| match (self.text_of(number), self.text_of(canonical)) {
            (Some(a), Some(b)) if a == b => (1.0, Some(crate::verify::MatchKind::Exact)),
            (Some(a), Some(b)) => {
                self.copies.compare(a, b).map_or((0.0, None), |edge| (edge.similarity(), Some(edge.kind())))
            }
            _ => (0.0, None),
        });
        Decided {
            decision,
            number,
            near_dup: (near, self.near.size(near)),
            cluster: (label, size),
            canonical: (canonical, self.id(canonical).to_owned()),
            relation,
        }
    }

    /// The id of an item; empty if it is not there.
    pub fn id(&self, number: u64) -> &str {
        self.items.get(&number).map_or("", |entry| &entry.id)
    }

    /// The number and the id of each item, by arrival.
    pub fn ids(&self) -> Vec<(u64, &str)> {
        let mut ids: Vec<(u64, &str)> = self.items.iter().map(|(&number, entry)| (number, &*entry.id)).collect();
        ids.sort_unstable();
        ids
    }
}
