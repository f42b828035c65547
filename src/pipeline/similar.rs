//! A grouped batch in, for its items the lists of similar ones out: each group of copies is
//! searched for once, as its teller, and shown as its canonical.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::progress::{Progress, Stage, step};
use super::stories::Stories;
use super::{Batch, Engine};
use crate::article::Article;
use crate::clustering::{Reason, SimilarEntry, SimilarList};
use crate::config::{Level, Params};
use crate::search::{Accumulators, Hit, Index, ListRules, StoryRelation};
use crate::text::Language;

/// How the lists are made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListOptions {
    /// What a list may hold.
    pub rules: ListRules,
    /// Only items of this language are listed.
    pub language: Option<Language>,
    /// Copies are listed too, those of the item itself first, instead of the canonical of each
    /// text alone.
    pub show_copies: bool,
    /// One copy of the item itself comes first, as for a headline that somebody types in.
    pub own_copy: bool,
}

impl Engine {
    /// For each item the others most like it, in the input's order, whatever level is asked for.
    /// Copies of an item are not in its list, and have the same list; of other texts that stand
    /// several times the canonical is.
    ///
    /// # Cost
    /// That of grouping into stories, and for each item the lengths of the inverted lists of its
    /// terms.
    pub fn similar(
        &self,
        articles: &[Article<'_>],
        options: &ListOptions,
        progress: &dyn Progress,
    ) -> Vec<SimilarList> {
        let of: Vec<usize> = (0..articles.len()).collect();
        self.lists(articles, &of, options, progress)
    }

    /// The list of one item, given by its position.
    ///
    /// # Cost
    /// That of grouping into stories.
    pub fn similar_to(
        &self,
        articles: &[Article<'_>],
        at: usize,
        options: &ListOptions,
        progress: &dyn Progress,
    ) -> Option<SimilarList> {
        self.lists(articles, &[at], options, progress).pop()
    }

    fn lists(
        &self,
        articles: &[Article<'_>],
        of: &[usize],
        options: &ListOptions,
        progress: &dyn Progress,
    ) -> Vec<SimilarList> {
        let params = Params {
            level: Level::Stories,
            ..self.params.clone()
        };
        let engine = Engine {
            params,
            ..self.clone()
        };
        let (lists, _) = engine.grouped(articles, progress, |batch| {
            let shelf = batch
                .stories
                .map(|stories| Shelf::new(batch, stories, options));
            shelf.map_or_else(Vec::new, |shelf| shelf.lists(of, progress))
        });
        lists
    }
}

/// A grouped batch, arranged for the search.
struct Shelf<'a> {
    batch: &'a Batch<'a>,
    stories: &'a Stories,
    /// The story of each teller.
    roots: Vec<u32>,
    options: &'a ListOptions,
    index: Index<'a>,
    /// The items of each text, the one shown for it first, by the root of its copies.
    texts: BTreeMap<u32, Vec<u32>>,
    /// For each item the place of its text among the tellers; none if it is too short.
    places: Vec<Option<u32>>,
    /// The source of each teller's text, as a number.
    sources: Vec<Option<u32>>,
}

impl<'a> Shelf<'a> {
    fn new(batch: &'a Batch<'a>, stories: &'a Stories, options: &'a ListOptions) -> Self {
        let roots = batch.copy_roots;
        let canonicals = batch.choose(roots).1;
        let mut texts: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (doc, &root) in (0u32..).zip(roots) {
            texts
                .entry(root)
                .or_insert_with(|| vec![canonicals[root as usize]]);
            if doc != canonicals[root as usize] {
                texts.entry(root).or_default().push(doc);
            }
        }
        let mut place_of_root = vec![None; roots.len()];
        for (place, &doc) in (0u32..).zip(&stories.representatives) {
            place_of_root[roots[doc as usize] as usize] = Some(place);
        }
        let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
        let number = |&doc: &u32| {
            let source = batch.docs[canonicals[roots[doc as usize] as usize] as usize]
                .source
                .as_deref()?;
            let next = numbers.len() as u32;
            Some(*numbers.entry(source).or_insert(next))
        };
        let views = stories
            .representatives
            .iter()
            .map(|&doc| &stories.views[doc as usize])
            .collect();
        Shelf {
            batch,
            stories,
            roots: stories
                .representatives
                .iter()
                .map(|&doc| stories.roots[doc as usize])
                .collect(),
            options,
            index: Index::new(views, batch.params.stories),
            texts,
            places: roots
                .iter()
                .map(|&root| place_of_root[root as usize])
                .collect(),
            sources: stories.representatives.iter().map(number).collect(),
        }
    }

    /// The lists of these items, by their positions in the input.
    fn lists(&self, of: &[usize], progress: &dyn Progress) -> Vec<SimilarList> {
        progress.begin(Stage::Search, of.len());
        let mut docs = vec![0u32; self.batch.order.len()];
        self.batch
            .order
            .iter()
            .zip(0u32..)
            .for_each(|(&at, doc)| docs[at] = doc);
        let search = |accumulators: &mut Accumulators<'a>, (count, &at): (usize, &usize)| {
            step(progress, count);
            self.list(docs[at], accumulators)
        };
        let of = of.par_iter().enumerate().with_min_len(SEARCHES);
        of.map_init(|| self.index.accumulators(), search).collect()
    }

    fn list(&self, doc: u32, accumulators: &mut Accumulators<'a>) -> SimilarList {
        let mut entries = self.own_copies(doc);
        if let Some(place) = self.places[doc as usize] {
            let tie = |other: u32| self.tie(place, other);
            let source = |other: u32| self.sources[other as usize];
            let found = self
                .index
                .search(place, &self.options.rules, tie, source, accumulators);
            entries.extend(found.iter().flat_map(|found| self.entries(found)));
        }
        entries.truncate(self.options.rules.max_items);
        SimilarList {
            of: self.batch.at(doc),
            language: self.batch.language(doc as usize),
            entries,
        }
    }

    /// What one teller is to another; none if its text is not to be listed.
    fn tie(&self, of: u32, other: u32) -> Option<StoryRelation> {
        let text = || self.text(self.stories.representatives[other as usize]);
        let spoken = |language| self.batch.language(text()[0] as usize) == language;
        self.options.language.is_none_or(spoken).then(|| {
            let same = self.roots[of as usize] == self.roots[other as usize];
            if same {
                StoryRelation::SameStory
            } else {
                StoryRelation::OtherStory
            }
        })
    }

    /// The items with the text of one, the one shown for it first.
    fn text(&self, doc: u32) -> &[u32] {
        self.texts
            .get(&self.batch.copy_roots[doc as usize])
            .map_or(&[], |text| text)
    }

    /// The copies of an item, as far as they are asked for.
    fn own_copies(&self, doc: u32) -> Vec<SimilarEntry> {
        let most = if self.options.show_copies {
            self.options.rules.max_items
        } else {
            usize::from(self.options.own_copy)
        };
        let text = self.text(doc);
        let others = text.iter().filter(|&&other| other != doc).take(most);
        let entry = |&other: &u32| SimilarEntry {
            item: self.batch.at(other),
            reason: Reason::Duplicate,
            score: self.batch.copy_similarity(doc, other),
            copies: text.len(),
        };
        others.map(entry).collect()
    }

    fn entries(&self, found: &Hit) -> Vec<SimilarEntry> {
        let text = self.text(self.stories.representatives[found.item as usize]);
        let shown = if self.options.show_copies {
            text.len().min(self.options.rules.max_items)
        } else {
            1
        };
        let entry = |&doc: &u32| SimilarEntry {
            item: self.batch.at(doc),
            reason: if found.relation == StoryRelation::SameStory {
                Reason::SameStory
            } else {
                Reason::Related
            },
            score: found.score,
            copies: text.len(),
        };
        text[..shown].iter().map(entry).collect()
    }
}

/// So many searches at least share a accumulators, as making one takes the time of some searches.
const SEARCHES: usize = 256;
