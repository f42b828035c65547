//! Index in memory: items by identity keys, texts by blocking keys, groups with stable ids.
//!
//! Pure: no function reads or writes files. Changes to store go into a [`Segment`]. Memory: the
//! keys, the fingerprint and the title of each item; bodies are not held.
//!
//! A commit runs [`Index::identify`], [`Index::drop_segment`] for expired segments,
//! [`Index::settle_duplicates`], [`Index::set_stories`], the choice of canonicals, and
//! [`Index::outcomes`].

mod canonicals;
mod entry;
mod identify;
mod outcome;

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use super::key_index::KeyIndex;
use super::small_set::SmallSet;
use super::{
    Arrival, CanonicalMatch, Decision, Event, GroupChanges, GroupId, GroupIds, GroupKind,
    GroupSize, Groups, Identified, Item, ItemRef, Moment, Outcome, Segment, SegmentNo, VersionKey,
};
use crate::article::{Article, Id};
use crate::blocking::{BlockingKeys, KeyMaker, Keyed, LiveDuplicates};
use crate::canonical::Weights;
use crate::identity::Identity;
use crate::ids::{IdVec, TextId};
use crate::text::Backgrounds;
use crate::verify::{DuplicateVerifier, Fingerprint};

use entry::{Entry, StoredTraits, StoredVersion};

pub use canonicals::ScoredItem;
pub use entry::Written;

/// An item to add, with identity and blocking keys.
#[derive(Debug)]
pub struct Incoming<'a> {
    /// The item.
    pub article: &'a Article<'a>,
    /// Identity keys.
    pub identity: Identity,
    /// The item without text, if a source rule leaves the text out.
    pub textless: Option<Article<'a>>,
    /// Trust in the source, in `0..=1`.
    pub trust: f64,
    /// Fingerprint and blocking keys; `None` if the item is too short to have duplicates.
    pub text: Option<(Fingerprint, BlockingKeys)>,
}

impl Incoming<'_> {
    /// The item as compared: without text, if a source rule leaves the text out.
    fn compared(&self) -> &Article<'_> {
        self.textless.as_ref().unwrap_or(self.article)
    }

    fn keyed(&self) -> Option<Keyed<'_>> {
        let (fingerprint, keys) = self.text.as_ref()?;
        Some((fingerprint, keys))
    }
}

/// An id of several items of a feed. An ambiguous id does not identify an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbiguousId {
    /// Name of the feed; empty if the items name no source.
    pub source: String,
    /// The id.
    pub id: Id<'static>,
}

/// A known item, and the similarity of an incoming item to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nearest {
    /// The known item.
    pub item: Arrival,
    /// Similarity, in `0..=1`.
    pub similarity: f64,
}

/// A version of an item to add to the texts.
type NewVersion<'i> = (Arrival, &'i Incoming<'i>);

/// State of a persistent index in memory.
#[derive(Debug)]
pub struct Index {
    items: HashMap<Arrival, Entry>,
    keys: KeyIndex,
    /// The first ambiguous id of each feed, since the index was opened.
    ambiguous_ids: Vec<AmbiguousId>,
    /// Items with a version written in each segment.
    items_by_segment: HashMap<SegmentNo, Vec<Arrival>>,
    /// Items with each text.
    items_by_text: IdVec<TextId, SmallSet>,
    duplicates: LiveDuplicates,
    duplicate_ids: GroupIds,
    story_ids: GroupIds,
    canonicals: HashMap<GroupId, Arrival>,
    /// Groups that may lack a canonical.
    unchecked: BTreeSet<GroupId>,
    /// Items that are or were canonical.
    ever_canonical: HashSet<Arrival>,
    /// Level at which the consumer hides all but the first item of each group.
    hidden_followers: Option<GroupKind>,
    /// Maximum age of news at the first commit, in seconds.
    max_age: Option<i64>,
    /// Whether the consumer hides old items.
    hides_old: bool,
    kind: GroupKind,
    weights: Weights,
    backgrounds: Backgrounds,
    next_arrival: Arrival,
    /// First item of the current commit.
    first_new: Arrival,
    /// Versions to report as new when seen again.
    redelivered: HashSet<VersionKey>,
}

impl Index {
    /// An empty index of groups of `kind`.
    pub fn new(
        key_maker: KeyMaker,
        verifier: DuplicateVerifier,
        weights: Weights,
        kind: GroupKind,
    ) -> Self {
        Index {
            items: HashMap::new(),
            keys: KeyIndex::default(),
            ambiguous_ids: Vec::new(),
            items_by_segment: HashMap::new(),
            items_by_text: IdVec::default(),
            duplicates: LiveDuplicates::new(key_maker, verifier),
            duplicate_ids: GroupIds::default(),
            story_ids: GroupIds::default(),
            canonicals: HashMap::new(),
            unchecked: BTreeSet::new(),
            ever_canonical: HashSet::new(),
            hidden_followers: None,
            max_age: None,
            hides_old: false,
            kind,
            weights,
            backgrounds: Backgrounds::default(),
            next_arrival: Arrival(0),
            first_new: Arrival(0),
            redelivered: HashSet::new(),
        }
    }

    /// Sets the backgrounds for the scores of titles.
    pub fn with_backgrounds(mut self, backgrounds: Backgrounds) -> Self {
        self.backgrounds = backgrounds;
        self
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether the index has no items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The [`Arrival`] of the next new item.
    pub fn next_arrival(&self) -> Arrival {
        self.next_arrival
    }

    /// The first [`Arrival`] of the current commit: lower arrivals are of earlier commits.
    pub fn first_new(&self) -> Arrival {
        self.first_new
    }

    /// Skips the arrivals before `next`.
    pub fn skip_to(&mut self, next: Arrival) {
        self.next_arrival = self.next_arrival.max(next);
        self.first_new = self.next_arrival;
    }

    /// Whether the index has an item.
    pub fn contains(&self, item: Arrival) -> bool {
        self.items.contains_key(&item)
    }

    /// The group ids at a level.
    pub fn group_ids(&self, kind: GroupKind) -> &GroupIds {
        match kind {
            GroupKind::Duplicates => &self.duplicate_ids,
            GroupKind::Stories => &self.story_ids,
        }
    }

    /// The id of an item.
    pub fn id(&self, item: Arrival) -> Option<&str> {
        self.items.get(&item).map(|entry| &*entry.id)
    }

    /// Number and id of each item, by arrival.
    pub fn ids(&self) -> Vec<(Arrival, &str)> {
        let items = self.items.iter();
        let mut ids: Vec<(Arrival, &str)> =
            items.map(|(&item, entry)| (item, &*entry.id)).collect();
        ids.sort_unstable();
        ids
    }

    /// The first ambiguous id of each feed, since the index was opened.
    pub fn ambiguous_ids(&self) -> &[AmbiguousId] {
        &self.ambiguous_ids
    }

    /// Reports the given versions as new when seen again.
    pub fn redeliver(&mut self, versions: impl IntoIterator<Item = VersionKey>) {
        self.redelivered = versions.into_iter().collect();
    }

    /// The entry of an item of the index.
    fn entry(&self, item: Arrival) -> &Entry {
        &self.items[&item]
    }

    fn text_of(&self, item: Arrival) -> Option<TextId> {
        self.items.get(&item)?.last_text()
    }

    /// Adds items and decides about each item by identity. [`Index::outcomes`] decides by settled
    /// groups.
    pub fn identify(
        &mut self,
        incoming: &[Incoming<'_>],
        moment: Moment,
        segment: &mut Segment,
    ) -> Vec<Identified> {
        self.first_new = self.next_arrival;
        let mut versions = Vec::new();
        let identified = incoming
            .iter()
            .map(|item| match self.known_item(item) {
                Some(known) => self.identify_known(known, item, moment, segment, &mut versions),
                None => self.add_item(item, moment, segment, &mut versions),
            })
            .collect();
        self.add_texts(&versions, LiveDuplicates::insert);
        identified
    }

    fn add_item<'i>(
        &mut self,
        incoming: &'i Incoming<'i>,
        moment: Moment,
        segment: &mut Segment,
        versions: &mut Vec<NewVersion<'i>>,
    ) -> Identified {
        let arrival = self.next_arrival;
        let item = Item::of(incoming.article, arrival, moment.time);
        let written = Written {
            segment: segment.number,
            elapsed: moment.elapsed,
        };
        self.note_ambiguous_id(incoming);
        self.add_entry(&item, incoming);
        self.add_version(arrival, incoming, written);
        versions.push((arrival, incoming));
        segment.items.push(item);
        Identified {
            decision: Decision::New,
            arrival,
        }
    }

    /// Decides about a version of a known item. The version is written if new, or if the last write
    /// is at least [`Moment::refresh_after`] seconds ago.
    fn identify_known<'i>(
        &mut self,
        arrival: Arrival,
        incoming: &'i Incoming<'i>,
        moment: Moment,
        segment: &mut Segment,
        versions: &mut Vec<NewVersion<'i>>,
    ) -> Identified {
        let content = incoming.identity.text;
        let entry = &self.items[&arrival];
        let known = entry.versions.iter().find(|known| known.content == content);
        let last_written = known.map(|known| known.written.elapsed);
        let is_first_version = entry
            .versions
            .first()
            .is_some_and(|first| first.content == content);
        let first_seen = entry.first_seen;
        let version = VersionKey {
            item: arrival,
            content,
        };
        let is_redelivered = self.redelivered.remove(&version);
        let decision = match last_written {
            Some(_) if !is_redelivered => Decision::Seen,
            _ if is_first_version => Decision::New,
            _ => Decision::Update,
        };
        let identified = Identified { decision, arrival };
        if last_written.is_some_and(|last| moment.elapsed - last < moment.refresh_after) {
            return identified;
        }
        let item = Item::of(incoming.article, arrival, first_seen);
        segment.items.push(item);
        self.write_groups(arrival, segment);
        let written = Written {
            segment: segment.number,
            elapsed: moment.elapsed,
        };
        if last_written.is_some() {
            self.rewrite_version(version, written);
        } else {
            self.add_version(arrival, incoming, written);
            versions.push((arrival, incoming));
        }
        identified
    }

    /// Writes the groups of an item again, because the segment with the groups may expire before
    /// the item.
    fn write_groups(&self, item: Arrival, segment: &mut Segment) {
        let duplicates = self.duplicate_ids.group(item);
        segment.duplicates.push((item, duplicates));
        segment.stories.push((item, self.story_ids.group(item)));
        let group = self.group_ids(self.kind).group(item);
        if self.canonicals.get(&group) == Some(&item) {
            segment.canonicals.push((group, item));
        }
    }

    /// The decision about an item by identity and duplicates without adding the item, and the known
    /// item that is the same item or a duplicate.
    pub fn classify(&self, incoming: &Incoming<'_>) -> (Decision, Option<Nearest>) {
        if let Some(item) = self.known_item(incoming) {
            let is_known = self.items[&item].has_content(incoming.identity.text);
            let decision = if is_known {
                Decision::Seen
            } else {
                Decision::Update
            };
            let similarity = 1.0;
            return (decision, Some(Nearest { item, similarity }));
        }
        match self.nearest_duplicate(incoming) {
            Some(nearest) => (Decision::Duplicate, Some(nearest)),
            None => (Decision::New, None),
        }
    }

    fn nearest_duplicate(&self, incoming: &Incoming<'_>) -> Option<Nearest> {
        let (text, similarity) = self.duplicates.nearest(incoming.keyed()?)?;
        let item = self.items_by_text[text].first()?;
        Some(Nearest { item, similarity })
    }

    /// Adds stored items with their arrivals, ascending.
    pub fn reinsert(&mut self, items: &[&Item], incoming: &[Incoming<'_>], segment: &mut Segment) {
        self.first_new = self.next_arrival;
        let written = Written {
            segment: segment.number,
            elapsed: 0,
        };
        let mut versions = Vec::new();
        for (&item, incoming) in items.iter().zip(incoming) {
            if !self.items.contains_key(&item.arrival) {
                self.add_entry(item, incoming);
            }
            self.add_version(item.arrival, incoming, written);
            versions.push((item.arrival, incoming));
            segment.items.push(item.clone());
        }
        self.add_texts(&versions, LiveDuplicates::insert);
    }

    /// Restores the items of a stored segment, with their current groups. Segments come in order;
    /// [`Index::finish_restore`] ends the restore.
    pub fn restore(
        &mut self,
        items: &[Item],
        incoming: &[Incoming<'_>],
        written: Written,
        groups: &Groups,
    ) {
        let mut versions = Vec::new();
        for (item, incoming) in items.iter().zip(incoming) {
            let content = incoming.identity.text;
            match self.items.get(&item.arrival) {
                None => self.add_entry(item, incoming),
                Some(entry) if entry.has_content(content) => {
                    let item = item.arrival;
                    self.rewrite_version(VersionKey { item, content }, written);
                    continue;
                }
                Some(_) => {}
            }
            self.add_version(item.arrival, incoming, written);
            versions.push((item.arrival, incoming));
        }
        self.add_texts(&versions, LiveDuplicates::restore);
        for (item, _) in versions {
            let group = groups.group(GroupKind::Duplicates, item);
            self.rejoin(item, group);
            self.assign(item, groups);
        }
        self.first_new = self.next_arrival;
    }

    /// Joins the text of an item with the texts of the item's group.
    fn rejoin(&mut self, item: Arrival, group: GroupId) {
        let mut members = self.duplicate_ids.members(group);
        let other = self
            .text_of(group.founder())
            .or_else(|| members.find_map(|member| self.text_of(member)));
        drop(members);
        if let Some((text, other)) = self.text_of(item).zip(other) {
            self.duplicates.reunite(text, other);
        }
    }

    /// The groups of `items`.
    pub fn groups(&self, items: impl Iterator<Item = Arrival> + Clone) -> Groups {
        let group = |kind: GroupKind, item: Arrival| self.group_ids(kind).group(item);
        Groups::new(items, group, self.canonicals(), self.next_arrival)
    }

    /// Puts an item into the item's groups.
    pub fn assign(&mut self, item: Arrival, groups: &Groups) {
        self.duplicate_ids
            .assign(item, groups.group(GroupKind::Duplicates, item));
        self.story_ids
            .assign(item, groups.group(GroupKind::Stories, item));
    }

    /// Ends a restore.
    pub fn finish_restore(&mut self) {
        self.duplicates.rejoin_series();
        self.remove_expired_founders();
    }

    /// Removes expired founders and canonicals from the groups.
    pub fn remove_expired_founders(&mut self) {
        for ids in [&mut self.duplicate_ids, &mut self.story_ids] {
            let founders = ids.shared().map(GroupId::founder);
            let expired: Vec<Arrival> = founders
                .filter(|founder| !self.items.contains_key(founder))
                .collect();
            for founder in expired {
                ids.remove(founder);
            }
        }
        let (items, ids) = (
            &self.items,
            match self.kind {
                GroupKind::Duplicates => &self.duplicate_ids,
                GroupKind::Stories => &self.story_ids,
            },
        );
        self.canonicals
            .retain(|&group, item| items.contains_key(item) && ids.group(*item) == group);
        self.ever_canonical.retain(|item| items.contains_key(item));
        self.unchecked = ids
            .shared()
            .filter(|group| !self.canonicals.contains_key(group))
            .collect();
    }

    /// Notes a new item with the id of a known item: the id becomes ambiguous.
    fn note_ambiguous_id(&mut self, incoming: &Incoming<'_>) {
        let Some(guid) = incoming.identity.guid else {
            return;
        };
        if !self.keys.contains(guid) || self.keys.is_shared(guid) {
            return;
        }
        let source = incoming.article.source.as_deref().unwrap_or_default();
        if self
            .ambiguous_ids
            .iter()
            .all(|known| known.source != source)
        {
            self.ambiguous_ids.push(AmbiguousId {
                source: source.to_owned(),
                id: incoming.article.id.clone().into_owned(),
            });
        }
    }

    fn add_entry(&mut self, item: &Item, incoming: &Incoming<'_>) {
        self.next_arrival = self.next_arrival.max(item.arrival.next());
        let entry = Entry {
            id: item.id.clone(),
            traits: StoredTraits::of(incoming),
            first_seen: item.first_seen,
            guid: incoming.identity.guid,
            link: incoming.identity.link,
            names_article: incoming.identity.names_article,
            versions: Vec::with_capacity(1),
        };
        self.items.insert(item.arrival, entry);
    }

    /// Adds a version to an item; [`Index::add_texts`] adds the text of the version.
    fn add_version(&mut self, item: Arrival, incoming: &Incoming<'_>, written: Written) {
        let Some(entry) = self.items.get_mut(&item) else {
            return;
        };
        let identity = &incoming.identity;
        if !entry.versions.is_empty() {
            entry.traits = StoredTraits::of(incoming);
            entry.guid = identity.guid.or(entry.guid);
            entry.link = identity.link.or(entry.link);
            entry.names_article |= identity.names_article;
        }
        let keys = [
            identity.guid,
            identity.link,
            identity.number,
            Some(identity.feed_text),
        ];
        let keys: Box<[u64]> = keys.into_iter().flatten().collect();
        for &key in keys.iter().filter(|&&key| !entry.has_key(key)) {
            self.keys.add(key, item);
        }
        entry.versions.push(StoredVersion {
            content: identity.text,
            keys,
            text: None,
            written,
        });
        let items = self.items_by_segment.entry(written.segment).or_default();
        items.push(item);
    }

    /// Notes that a known version was written again.
    fn rewrite_version(&mut self, version: VersionKey, written: Written) {
        let Some(entry) = self.items.get_mut(&version.item) else {
            return;
        };
        for stored in &mut entry.versions {
            if stored.content != version.content {
                continue;
            }
            let old = std::mem::replace(&mut stored.written, written);
            if old.segment != written.segment {
                let items = self.items_by_segment.entry(written.segment).or_default();
                items.push(version.item);
            }
        }
    }

    /// Adds the texts of new versions, in order. `add` inserts texts with or without comparing.
    fn add_texts(
        &mut self,
        versions: &[NewVersion<'_>],
        add: fn(&mut LiveDuplicates, &[Keyed<'_>]) -> Vec<TextId>,
    ) {
        let (mut keyed, mut keyed_versions) = (Vec::new(), Vec::new());
        for &(item, incoming) in versions {
            if let Some(text) = incoming.keyed() {
                keyed.push(text);
                let content = incoming.identity.text;
                keyed_versions.push(VersionKey { item, content });
            }
        }
        let texts = add(&mut self.duplicates, &keyed);
        for (version, text) in keyed_versions.into_iter().zip(texts) {
            self.set_text(version, text);
        }
    }

    /// Sets the text of a version, tied to the text of the previous version: versions of one item
    /// are in one group of duplicates.
    fn set_text(&mut self, version: VersionKey, text: TextId) {
        self.items_by_text.extend_to(text);
        self.items_by_text[text].insert(version.item);
        let Some(entry) = self.items.get_mut(&version.item) else {
            return;
        };
        let previous = entry.last_text();
        let mut versions = entry.versions.iter_mut();
        if let Some(stored) =
            versions.find(|stored| stored.content == version.content && stored.text.is_none())
        {
            stored.text = Some(text);
        }
        if let Some(previous) = previous {
            self.duplicates.tie(previous, text);
        }
    }

    /// Drops the versions last written in a segment, and items without a remaining version. Returns
    /// the number of dropped items. Other items keep their groups.
    pub fn drop_segment(&mut self, segment: SegmentNo) -> usize {
        let items = self.items_by_segment.remove(&segment).unwrap_or_default();
        items
            .into_iter()
            .filter(|&item| self.drop_versions(item, segment))
            .count()
    }

    /// Drops the versions of an item last written in a segment. Returns whether the item is dropped
    /// too.
    fn drop_versions(&mut self, item: Arrival, segment: SegmentNo) -> bool {
        let Some(entry) = self.items.get_mut(&item) else {
            return false;
        };
        let dropped: Vec<StoredVersion> = entry
            .versions
            .extract_if(.., |version| version.written.segment == segment)
            .collect();
        let is_empty = entry.versions.is_empty();
        let keys: BTreeSet<u64> = dropped
            .iter()
            .flat_map(|version| version.keys.iter().copied())
            .collect();
        for key in keys.into_iter().filter(|&key| !entry.has_key(key)) {
            self.keys.remove(key, item);
        }
        for text in dropped.into_iter().filter_map(|version| version.text) {
            let mut left = entry.versions.iter();
            if !left.any(|version| version.text == Some(text)) {
                self.items_by_text[text].remove(item);
            }
            self.duplicates.release(text, false);
        }
        if is_empty {
            self.drop_item(item);
        }
        is_empty
    }

    /// Removes an item without versions from everything except the texts.
    fn drop_item(&mut self, item: Arrival) {
        if self.items.remove(&item).is_none() {
            return;
        }
        let group = self.group_ids(self.kind).group(item);
        if self.canonicals.get(&group) == Some(&item) {
            self.unchecked.insert(group);
        }
        self.duplicate_ids.remove(item);
        self.story_ids.remove(item);
        self.ever_canonical.remove(&item);
    }

    /// Settles the groups of duplicates after the items of a commit were added.
    pub fn settle_duplicates(&mut self, segment: &mut Segment) -> GroupChanges {
        let mut parts = self.changed_parts(segment);
        parts.retain(|part| !part.is_empty());
        parts.sort_unstable();
        parts.dedup();
        let first_new = self.first_new;
        let changes = self.duplicate_ids.regroup(&parts, |item| item >= first_new);
        segment.duplicates.extend(&changes.moved);
        self.check_canonicals(GroupKind::Duplicates, &changes);
        changes
    }

    /// The items of changed groups of texts. A new group comes with all items; a grown group with
    /// the new items and an earlier item.
    fn changed_parts(&mut self, segment: &Segment) -> Vec<Vec<Arrival>> {
        // An item with a known text joins the group of the text.
        let written: Vec<(TextId, Arrival)> = segment
            .items
            .iter()
            .filter_map(|item| Some((self.text_of(item.arrival)?, item.arrival)))
            .collect();
        let texts = written.iter().map(|&(text, _)| text);
        let settled = self.duplicates.settle(texts);
        let mut parts: Vec<Vec<Arrival>> = Vec::new();
        // By the first text of each part.
        let mut positions: HashMap<TextId, usize> = HashMap::new();
        for texts in settled.whole {
            for &text in &texts {
                positions.insert(self.duplicates.first_of_part(text), parts.len());
            }
            parts.push(self.items_of(&texts));
        }
        for (first, texts) in settled.grown {
            let mut items = self.earlier_items(first);
            items.append(&mut self.items_of(&texts));
            positions.insert(first, parts.len());
            parts.push(items);
        }
        for (text, item) in written {
            let first = self.duplicates.first_of_part(text);
            let position = *positions.entry(first).or_insert_with(|| {
                parts.push(self.earlier_items(first));
                parts.len() - 1
            });
            parts[position].push(item);
        }
        for part in &mut parts {
            part.sort_unstable();
            part.dedup();
        }
        parts
    }

    /// The first item of a part, if the part begins with a text of an earlier commit; else all
    /// items.
    fn earlier_items(&self, first: TextId) -> Vec<Arrival> {
        match self.items_by_text[first].first() {
            Some(item) if item < self.first_new => vec![item],
            _ => self.items_of(&self.duplicates.part_of(first)),
        }
    }

    /// The items with `texts`, in no order; an item with two of the texts occurs twice.
    fn items_of(&self, texts: &[TextId]) -> Vec<Arrival> {
        let texts = texts.iter();
        texts
            .flat_map(|&text| self.items_by_text[text].iter())
            .collect()
    }

    /// Sets the stories of items, given as a partition.
    pub fn set_stories(&mut self, parts: &[Vec<Arrival>], segment: &mut Segment) -> GroupChanges {
        let first_new = self.first_new;
        let mut changes = self.story_ids.regroup(parts, |item| item >= first_new);
        self.move_duplicates(parts, &mut changes);
        segment.stories.extend(&changes.moved);
        self.check_canonicals(GroupKind::Stories, &changes);
        changes
    }

    /// Moves the duplicates of items that left a story to the new story: a partition may name only
    /// one item of a large group of duplicates.
    fn move_duplicates(&mut self, parts: &[Vec<Arrival>], changes: &mut GroupChanges) {
        let new_stories: HashSet<GroupId> = changes.split.iter().map(|split| split.to).collect();
        if new_stories.is_empty() {
            return;
        }
        let mut moved = HashSet::new();
        for &item in parts.iter().flatten() {
            let (group, story) = (self.duplicate_ids.group(item), self.story_ids.group(item));
            if !new_stories.contains(&story) || !moved.insert(group) {
                continue;
            }
            for duplicate in self.duplicate_ids.members(group) {
                if self.story_ids.group(duplicate) != story {
                    self.story_ids.assign(duplicate, story);
                    changes.moved.push((duplicate, story));
                }
            }
        }
    }
}
