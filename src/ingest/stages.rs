//! The stages of a commit in memory: from articles to settled groups. Nothing is written here.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::Lookup;
use super::window::Window;
use crate::article::Article;
use crate::blocking::KeyMaker;
use crate::cluster::UnionFind;
use crate::clustering::Clustering;
use crate::identity::{Identity, LinkRules};
use crate::index::{
    Arrival, CanonicalMatch, Decision, Event, GroupId, GroupKind, Groups, Identified, Incoming,
    Index, Item, Moment, Nearest, Outcome, ScoredItem, Segment, SegmentNo, Written,
};
use crate::pipeline::Engine;
use crate::source_rules::CopyScope;
use crate::text::Tokens;
use crate::verify::MatchKind;

/// Maximum number of duplicates of a group that enter stories. Of a larger group, only the first
/// item enters, and the other items follow the first.
const MAX_MEMBERS: usize = 128;

/// Similarity of each item of the window to the canonical of the story.
pub(super) type Similarities = BTreeMap<Arrival, f64>;

/// An index in memory, with the stages that add items.
pub(super) struct Stages {
    engine: Engine,
    key_maker: KeyMaker,
    links: LinkRules,
    kind: GroupKind,
    window: Window,
    /// The index.
    pub index: Index,
}

impl Stages {
    pub(super) fn new(engine: Engine) -> Self {
        let params = engine.params();
        let kind = GroupKind::from(params.level);
        let weights = params.weights.clone();
        let index = Index::new(engine.key_maker(), params.duplicates, weights, kind)
            .with_backgrounds(engine.backgrounds().clone());
        Stages {
            key_maker: engine.key_maker(),
            links: params.links.clone(),
            kind,
            window: Window::default(),
            index,
            engine,
        }
    }

    /// Computes the identity and the blocking keys of articles, in parallel.
    pub(super) fn prepare<'a>(&self, articles: &'a [Article<'_>]) -> Vec<Incoming<'a>> {
        articles
            .par_iter()
            .with_min_len(32)
            .map_init(Tokens::default, |tokens, article| {
                self.prepare_one(article, tokens)
            })
            .collect()
    }

    fn prepare_one<'a>(&self, article: &'a Article<'_>, tokens: &mut Tokens) -> Incoming<'a> {
        let sources = &self.engine.params().sources;
        let textless = sources.textless(article);
        let identity = Identity::of(textless.as_ref().unwrap_or(article), &self.links);
        let identity = match sources.copy_scope(article) {
            CopyScope::OwnFeed(feed) => identity.within(feed),
            _ => identity,
        };
        let text = self.engine.fingerprint(article, tokens).map(|fingerprint| {
            let keys = self.key_maker.keys(&fingerprint);
            (fingerprint, keys)
        });
        Incoming {
            article,
            identity,
            textless,
            trust: sources.trust(article),
            text,
        }
    }

    /// Restores the items of a stored segment in their groups. `elapsed` is the time of the
    /// segment by the clock of the index.
    pub(super) fn restore(&mut self, segment: Segment, elapsed: i64, groups: &Groups) {
        let articles: Vec<Article<'_>> = segment.items.iter().map(Item::article).collect();
        let incoming = self.prepare(&articles);
        let written = Written {
            segment: segment.number,
            elapsed,
        };
        self.index
            .restore(&segment.items, &incoming, written, groups);
        for &(group, item) in &segment.canonicals {
            self.index.restore_canonical(group, item);
        }
        self.index.skip_to(segment.next_arrival);
        if self.kind == GroupKind::Stories {
            self.window.add(segment.items);
        }
    }

    /// Adds stored items with their arrivals, ascending.
    pub(super) fn reinsert(&mut self, items: &[&Item], segment: &mut Segment) {
        let articles: Vec<Article<'_>> = items.iter().map(|item| item.article()).collect();
        let incoming = self.prepare(&articles);
        self.index.reinsert(items, &incoming, segment);
    }

    /// Drops segments. Returns the number of items dropped.
    pub(super) fn drop_segments(&mut self, segments: impl Iterator<Item = SegmentNo>) -> usize {
        let dropped = segments.map(|number| self.index.drop_segment(number)).sum();
        if dropped > 0 {
            self.window.retain(|item| self.index.contains(item));
        }
        dropped
    }

    /// Settles the groups and canonicals after the items of a segment were identified.
    pub(super) fn settle(
        &mut self,
        segment: &mut Segment,
        events: &mut Vec<Event>,
    ) -> Similarities {
        let changes = self.index.settle_duplicates(segment);
        events.extend(Event::of_changes(GroupKind::Duplicates, &changes));
        let similarities = match self.kind {
            GroupKind::Stories => {
                let first_new = self.index.first_new();
                let moved = changes.moved.iter().filter(|(item, _)| *item < first_new);
                let joined = moved.map(|&(_, group)| group).collect();
                self.update_stories(&joined, segment, events)
            }
            GroupKind::Duplicates => {
                self.choose_canonicals(segment, events);
                Similarities::new()
            }
        };
        for group in self.index.take_groups_without_canonical() {
            let canonical = self.index.choose(group);
            events.extend(self.index.set_canonical(group, canonical, segment));
        }
        segment.next_arrival = self.index.next_arrival();
        similarities
    }

    /// Chooses the canonicals of the groups of duplicates that a segment touches.
    fn choose_canonicals(&mut self, segment: &mut Segment, events: &mut Vec<Event>) {
        let written = segment.items.iter().map(|item| item.arrival);
        let moved = segment.duplicates.iter().map(|&(item, _)| item);
        let ids = self.index.group_ids(GroupKind::Duplicates);
        let groups: BTreeSet<GroupId> = written
            .chain(moved)
            .map(|item| ids.group(item))
            .filter(|&group| ids.size(group) > 1)
            .collect();
        for group in groups {
            let canonical = self.index.choose(group);
            events.extend(self.index.set_canonical(group, canonical, segment));
        }
    }

    /// Builds the stories of the window and the new items anew. `joined` are the groups of
    /// duplicates that items of earlier commits joined.
    fn update_stories(
        &mut self,
        joined: &HashSet<GroupId>,
        segment: &mut Segment,
        events: &mut Vec<Event>,
    ) -> Similarities {
        if segment.items.is_empty() {
            return Similarities::new();
        }
        self.window.add(segment.items.iter().cloned());
        let clustering = self.engine.group_unnamed(&self.window.articles());
        let arrivals = self.window.arrivals();
        let parts = self.story_parts(&clustering, &arrivals, joined);
        let changes = self.index.set_stories(&parts, segment);
        events.extend(Event::of_changes(GroupKind::Stories, &changes));
        for (group, canonical) in self.story_canonicals(&clustering, &arrivals) {
            events.extend(self.index.set_canonical(group, canonical, segment));
        }
        let similarities = clustering.placements.iter().map(|place| place.similarity);
        arrivals.into_iter().zip(similarities).collect()
    }

    /// The stories of the window as a partition of items, with the duplicates of their items
    /// outside the window. Of a large group of duplicates only the first goes in, as the others
    /// follow, unless items of earlier commits `joined` the group.
    fn story_parts(
        &self,
        clustering: &Clustering,
        arrivals: &[Arrival],
        joined: &HashSet<GroupId>,
    ) -> Vec<Vec<Arrival>> {
        let duplicates = self.index.group_ids(GroupKind::Duplicates);
        let mut parts: BTreeMap<u32, BTreeSet<Arrival>> = BTreeMap::new();
        let mut added: HashSet<GroupId> = HashSet::new();
        for (root, &item) in self
            .story_roots(clustering, arrivals)
            .into_iter()
            .zip(arrivals)
        {
            let part = parts.entry(root).or_default();
            part.insert(item);
            let group = duplicates.group(item);
            if !added.insert(group) {
                continue;
            }
            let is_large = duplicates.size(group) > MAX_MEMBERS && !joined.contains(&group);
            let count = if is_large { 1 } else { usize::MAX };
            part.extend(duplicates.members(group).take(count));
        }
        let parts = parts.into_values();
        parts.map(|part| part.into_iter().collect()).collect()
    }

    /// The root of the story of each item of the window: items of one cluster of the clustering,
    /// and duplicates by the index, have a common root.
    fn story_roots(&self, clustering: &Clustering, arrivals: &[Arrival]) -> Vec<u32> {
        let duplicates = self.index.group_ids(GroupKind::Duplicates);
        let mut sets = UnionFind::new(arrivals.len());
        let (mut by_cluster, mut by_group) = (HashMap::new(), HashMap::new());
        for (position, (place, &item)) in (0u32..).zip(clustering.placements.iter().zip(arrivals)) {
            let group = duplicates.group(item);
            sets.union(
                position,
                *by_cluster.entry(place.cluster).or_insert(position),
            );
            sets.union(position, *by_group.entry(group).or_insert(position));
        }
        sets.into_roots()
    }

    /// The canonical of each story of the clustering. If the index holds several stories of the
    /// clustering as one story, the canonical of the largest.
    fn story_canonicals(
        &self,
        clustering: &Clustering,
        arrivals: &[Arrival],
    ) -> BTreeMap<GroupId, Arrival> {
        let stories = self.index.group_ids(GroupKind::Stories);
        let mut largest: BTreeMap<GroupId, (usize, Arrival)> = BTreeMap::new();
        for story in &clustering.stories {
            let group = stories.group(arrivals[story.members[0]]);
            let scored: Vec<ScoredItem> = story
                .members
                .iter()
                .map(|&position| ScoredItem {
                    item: arrivals[position],
                    score: clustering.placements[position].score.clone(),
                })
                .collect();
            let candidate = (story.members.len(), self.index.best(group, &scored));
            largest
                .entry(group)
                .and_modify(|known| *known = (*known).max(candidate))
                .or_insert(candidate);
        }
        let largest = largest.into_iter();
        largest.map(|(group, (_, item))| (group, item)).collect()
    }

    /// The outcomes of the items of a commit.
    pub(super) fn outcomes(
        &self,
        identified: &[Identified],
        similarities: &Similarities,
    ) -> Vec<Outcome> {
        let mut outcomes = self.index.outcomes(identified);
        if self.kind == GroupKind::Duplicates {
            return outcomes;
        }
        for outcome in &mut outcomes {
            let Some(CanonicalMatch { kind: None, .. }) = outcome.relation else {
                continue;
            };
            // An item that was seen before may have left the window.
            let similarity = similarities.get(&outcome.arrival).copied().unwrap_or(0.0);
            outcome.relation = Some(CanonicalMatch {
                similarity,
                kind: Some(MatchKind::Story),
            });
        }
        outcomes
    }

    /// Classifies articles without adding them.
    pub(super) fn classify(&self, articles: &[Article<'_>], moment: Moment) -> Vec<Lookup> {
        articles
            .iter()
            .zip(&self.prepare(articles))
            .map(|(article, incoming)| self.classify_one(article, incoming, moment))
            .collect()
    }

    fn classify_one(
        &self,
        article: &Article<'_>,
        incoming: &Incoming<'_>,
        moment: Moment,
    ) -> Lookup {
        let (mut decision, mut nearest) = self.index.classify(incoming);
        if decision == Decision::New && self.kind == GroupKind::Stories {
            nearest = self.nearest_story(article);
            if nearest.is_some() {
                decision = Decision::Story;
            }
        }
        let published = article.published.map(|time| time.0);
        let is_known = matches!(decision, Decision::Seen | Decision::Update);
        if !is_known && self.index.is_old(published, moment.time) {
            decision = Decision::Old;
        }
        Lookup {
            decision,
            nearest: nearest.map(|Nearest { item: arrival, .. }| {
                self.index.outcome(Identified { decision, arrival })
            }),
            similarity: nearest.map_or(0.0, |nearest| nearest.similarity),
        }
    }

    /// The canonical of the story of an article in the window, or another item of the story if the
    /// article itself would be the canonical.
    fn nearest_story(&self, article: &Article<'_>) -> Option<Nearest> {
        let mut articles = self.window.articles();
        articles.push(article.clone());
        let clustering = self.engine.group_unnamed(&articles);
        let place = &clustering.placements[self.window.len()];
        let story = clustering.stories.get(place.group?)?;
        let position = std::iter::once(place.canonical)
            .chain(story.members.iter().copied())
            .find(|&position| position < self.window.len())?;
        let similarity = if position == place.canonical {
            place.similarity
        } else {
            clustering.placements[position].similarity
        };
        Some(Nearest {
            item: self.window.arrival(position),
            similarity,
        })
    }

    /// Settles all groups after a removal of items: `duplicates` and `stories` are the groups that
    /// lost items. Stories are not rebuilt; stories with duplicates of each other merge.
    pub(super) fn settle_removed(
        &mut self,
        duplicates: BTreeSet<GroupId>,
        stories: BTreeSet<GroupId>,
    ) {
        let mut segment = Segment::default();
        let changes = self.index.settle_duplicates(&mut segment);
        let mut touched: BTreeSet<GroupId> =
            changes.moved.iter().map(|&(_, group)| group).collect();
        touched.extend(changes.split.iter().map(|split| split.from));
        if self.kind == GroupKind::Stories {
            touched = self.rejoin_stories(&touched, &mut segment);
        }
        touched.extend(match self.kind {
            GroupKind::Duplicates => duplicates,
            GroupKind::Stories => stories,
        });
        touched.extend(self.index.take_groups_without_canonical());
        for group in touched {
            if self.index.group_ids(self.kind).size(group) > 1 {
                let canonical = self.index.choose(group);
                self.index.set_canonical(group, canonical, &mut segment);
            }
        }
    }

    /// Puts each group of `duplicates` into one story. Returns the changed stories.
    fn rejoin_stories(
        &mut self,
        duplicates: &BTreeSet<GroupId>,
        segment: &mut Segment,
    ) -> BTreeSet<GroupId> {
        let ids = self.index.group_ids(GroupKind::Duplicates);
        let parts: Vec<Vec<Arrival>> = duplicates
            .iter()
            .map(|&group| ids.members(group).collect())
            .filter(|members: &Vec<Arrival>| members.len() > 1)
            .collect();
        let changes = self.index.set_stories(&parts, segment);
        changes.moved.iter().map(|&(_, group)| group).collect()
    }
}
