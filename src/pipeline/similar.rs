//! Lists of similar items. Each group of duplicates is searched once, by its representative, and
//! shown by its canonical item.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::canonicals::Canonicals;
use super::grouped::GroupedBatch;
use super::progress::{Progress, Stage, step};
use super::stories::BatchStories;
use crate::clustering::{Reason, SimilarEntry, SimilarList};
use crate::config::Params;
use crate::search::{Accumulators, Hit, ListRules, SearchIndex, StoryRelation};
use crate::text::{Backgrounds, Language};

/// Searches that share score accumulators, as allocating them takes as long as several searches.
const MIN_SEARCHES: usize = 256;

/// Contents of lists of similar items.
///
/// ```
/// use qissa::{Article, Config, Engine, ListOptions};
/// let engine = Engine::new(Config::default().check()?);
/// let articles = [
///     Article::headline("1", "Minister opens the new bridge over the river"),
///     Article::headline("2", "Rain expected on the coast this weekend"),
///     Article::headline("3", "New bridge over the river draws crowds"),
/// ];
/// let lists = engine.similar(&articles, &ListOptions::default(), &());
/// assert_eq!(lists[0].entries[0].item, 2);
/// # Ok::<(), qissa::config::ConfigError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListOptions {
    /// Length and order of a list.
    pub rules: ListRules,
    /// Lists only items in this language.
    pub language: Option<Language>,
    /// Lists every item of a group of duplicates, those of the item itself first, and not only the
    /// canonical.
    pub show_copies: bool,
    /// Lists one duplicate of the item itself first, as for a title that a user typed.
    pub own_copy: bool,
}

/// The lists of the items at these input positions. The batch must have stories.
pub(super) fn similar(
    batch: &GroupedBatch<'_>,
    positions: &[usize],
    options: &ListOptions,
    params: &Params,
    backgrounds: &Backgrounds,
    progress: &dyn Progress,
) -> Vec<SimilarList> {
    let Some(stories) = &batch.stories else {
        return Vec::new();
    };
    let canonicals = Canonicals::choose(batch, batch.duplicate_roots(), params, backgrounds);
    let search = Search::new(batch, stories, &canonicals, options, params);
    search.lists(positions, progress)
}

/// A batch prepared for searching. Representatives are numbered by their place in
/// `stories.representatives`.
struct Search<'a> {
    batch: &'a GroupedBatch<'a>,
    stories: &'a BatchStories,
    options: &'a ListOptions,
    index: SearchIndex<'a>,
    /// Items of each group of duplicates, the canonical first, by root.
    duplicates: BTreeMap<u32, Vec<u32>>,
    /// For each item the representative of its group; `None` if it is too short.
    representatives: Vec<Option<u32>>,
    /// Root of each representative's story.
    story_roots: Vec<u32>,
    /// Number of the source of each representative's canonical item.
    sources: Vec<Option<u32>>,
}

impl<'a> Search<'a> {
    fn new(
        batch: &'a GroupedBatch<'a>,
        stories: &'a BatchStories,
        canonicals: &Canonicals,
        options: &'a ListOptions,
        params: &Params,
    ) -> Self {
        let views = stories
            .representatives
            .iter()
            .map(|&doc| &stories.views[doc as usize])
            .collect();
        Search {
            index: SearchIndex::new(views, params.stories),
            duplicates: duplicates(batch.duplicate_roots(), canonicals),
            representatives: representatives(batch.duplicate_roots(), stories),
            sources: sources(batch, stories, canonicals),
            story_roots: story_roots(stories),
            batch,
            stories,
            options,
        }
    }

    fn lists(&self, positions: &[usize], progress: &dyn Progress) -> Vec<SimilarList> {
        progress.begin(Stage::Search, positions.len());
        let docs = self.batch.prepared.docs_by_position();
        let list = |accumulators: &mut Accumulators<'a>, (at, &position): (usize, &usize)| {
            step(progress, at);
            self.list(docs[position], accumulators)
        };
        positions
            .par_iter()
            .enumerate()
            .with_min_len(MIN_SEARCHES)
            .map_init(|| self.index.accumulators(), list)
            .collect()
    }

    fn list(&self, doc: u32, accumulators: &mut Accumulators<'a>) -> SimilarList {
        let mut entries = self.own_duplicates(doc);
        if let Some(of) = self.representatives[doc as usize] {
            let found = self.index.search(
                of,
                &self.options.rules,
                |other| self.relation(of, other),
                |other| self.sources[other as usize],
                accumulators,
            );
            for found in &found {
                self.push_entries(found, &mut entries);
            }
        }
        entries.truncate(self.options.rules.max_items);
        SimilarList {
            of: self.batch.prepared.position(doc),
            language: self.batch.language(doc),
            entries,
        }
    }

    /// Relation of two representatives; `None` if the second may not be listed.
    fn relation(&self, of: u32, other: u32) -> Option<StoryRelation> {
        if let Some(language) = self.options.language {
            let shown = self.duplicates_of(self.stories.representatives[other as usize])[0];
            if self.batch.language(shown) != language {
                return None;
            }
        }
        match self.story_roots[of as usize] == self.story_roots[other as usize] {
            true => Some(StoryRelation::SameStory),
            false => Some(StoryRelation::OtherStory),
        }
    }

    /// The group of duplicates of an item, the canonical first.
    fn duplicates_of(&self, doc: u32) -> &[u32] {
        let root = self.batch.duplicate_roots()[doc as usize];
        &self.duplicates[&root]
    }

    /// Entries for the duplicates of the item itself, as far as the options ask for them.
    fn own_duplicates(&self, doc: u32) -> Vec<SimilarEntry> {
        let max = match self.options.show_copies {
            true => self.options.rules.max_items,
            false => usize::from(self.options.own_copy),
        };
        let group = self.duplicates_of(doc);
        let others = group.iter().filter(|&&other| other != doc).take(max);
        let entry = |&other: &u32| SimilarEntry {
            item: self.batch.prepared.position(other),
            reason: Reason::Duplicate,
            score: self.batch.duplicates.similarity(doc, other),
            copies: group.len(),
        };
        others.map(entry).collect()
    }

    fn push_entries(&self, found: &Hit, entries: &mut Vec<SimilarEntry>) {
        let group = self.duplicates_of(self.stories.representatives[found.item as usize]);
        let shown = match self.options.show_copies {
            true => group.len().min(self.options.rules.max_items),
            false => 1,
        };
        let reason = match found.relation {
            StoryRelation::SameStory => Reason::SameStory,
            StoryRelation::OtherStory => Reason::Related,
        };
        for &doc in &group[..shown] {
            entries.push(SimilarEntry {
                item: self.batch.prepared.position(doc),
                reason,
                score: found.score,
                copies: group.len(),
            });
        }
    }
}

/// Items of each group of duplicates, the canonical first.
fn duplicates(roots: &[u32], canonicals: &Canonicals) -> BTreeMap<u32, Vec<u32>> {
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (doc, &root) in (0..).zip(roots) {
        let canonical = canonicals.of_root(root);
        let group = groups.entry(root).or_insert_with(|| vec![canonical]);
        if doc != canonical {
            group.push(doc);
        }
    }
    groups
}

/// For each item the representative of its group of duplicates.
fn representatives(roots: &[u32], stories: &BatchStories) -> Vec<Option<u32>> {
    let mut by_root = vec![None; roots.len()];
    for (at, &doc) in (0..).zip(&stories.representatives) {
        by_root[roots[doc as usize] as usize] = Some(at);
    }
    roots.iter().map(|&root| by_root[root as usize]).collect()
}

/// Root of each representative's story.
fn story_roots(stories: &BatchStories) -> Vec<u32> {
    let docs = stories.representatives.iter();
    docs.map(|&doc| stories.roots[doc as usize]).collect()
}

/// Numbers the sources of the canonical items of all representatives.
fn sources(
    batch: &GroupedBatch<'_>,
    stories: &BatchStories,
    canonicals: &Canonicals,
) -> Vec<Option<u32>> {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut sources = Vec::with_capacity(stories.representatives.len());
    for &doc in &stories.representatives {
        let root = batch.duplicate_roots()[doc as usize];
        let shown = batch.prepared.item(canonicals.of_root(root));
        let number = shown.source.as_deref().map(|source| {
            let next = numbers.len() as u32;
            *numbers.entry(source).or_insert(next)
        });
        sources.push(number);
    }
    sources
}
