//! Names of the groups of a batch, from the titles in the language of the canonical item.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::canonicals::Canonicals;
use super::cohesion::sizes;
use super::grouped::GroupedBatch;
use super::prepare::Prepared;
use crate::cluster::members;
use crate::config::Params;
use crate::naming::{GroupName, Headline, Usage, name_group};
use crate::similarity::{StoryField, Terms, Weigher};
use crate::text::{
    Backgrounds, Language, Stemmer, StopWords, SurfaceToken, Table, Tokens, surface_tokens,
};

/// Bytes of the body that stand for a missing title.
const OPENING: usize = 160;

/// The items in which the words of a name are weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamingScope {
    /// All items that are grouped.
    Batch,
    /// Some of the groups, found elsewhere. Edges are unknown, and names weigh words within their
    /// group, so they do not depend on which other groups are given.
    SomeGroups,
}

/// The labels of the groups of two or more items, in their order.
pub(super) fn labels(
    batch: &GroupedBatch<'_>,
    canonicals: &Canonicals,
    scope: NamingScope,
    params: &Params,
    backgrounds: &Backgrounds,
) -> Vec<GroupName> {
    let roots = batch.roots();
    let groups = members(roots);
    let languages = languages(batch, &groups, canonicals);
    let titles = Titles {
        prepared: batch.prepared,
        words: title_words(batch.prepared, &languages, backgrounds),
        languages,
        sizes: sizes(roots),
        roots,
        params,
        backgrounds,
    };
    let of_batch = match scope {
        NamingScope::Batch => Some(titles.usages(0..batch.prepared.len() as u32)),
        NamingScope::SomeGroups => None,
    };
    let name = |group: &Vec<u32>| {
        let canonical = canonicals.of_root(roots[group[0] as usize]);
        match &of_batch {
            Some(usages) => titles.label(batch, group, canonical, usages),
            None => {
                let usages = titles.usages(group.iter().copied());
                titles.label(batch, group, canonical, &usages)
            }
        }
    };
    groups.par_iter().map(name).collect()
}

/// The language of each item. At level duplicates: of the canonical item for all items of its
/// group, as duplicates are in one language and detection is expensive; `None` for singletons.
fn languages(
    batch: &GroupedBatch<'_>,
    groups: &[Vec<u32>],
    canonicals: &Canonicals,
) -> Vec<Option<Language>> {
    if let Some(stories) = &batch.stories {
        return stories.languages.iter().copied().map(Some).collect();
    }
    let of_group = |group: &Vec<u32>| {
        let canonical = canonicals.of_root(batch.roots()[group[0] as usize]);
        let item = batch.prepared.item(canonical);
        Language::of_article(item, batch.prepared.title(canonical), Language::of)
    };
    let found: Vec<Language> = groups.par_iter().map(of_group).collect();
    let mut languages = vec![None; batch.prepared.len()];
    for (group, language) in groups.iter().zip(found) {
        for &doc in group {
            languages[doc as usize] = Some(language);
        }
    }
    languages
}

/// The words of each item's title; empty for items without a language.
fn title_words<'a>(
    prepared: &Prepared<'a>,
    languages: &[Option<Language>],
    backgrounds: &Backgrounds,
) -> Vec<Vec<SurfaceToken<'a>>> {
    let words = |(doc, language): (usize, &Option<Language>)| match *language {
        Some(language) => {
            let stemmer = Stemmer::new(language, backgrounds.of(language));
            surface_tokens(shown_title(prepared, doc as u32), &stemmer)
        }
        None => Vec::new(),
    };
    languages.par_iter().enumerate().map(words).collect()
}

/// The title of an item without boilerplate, or the opening of its body if it has none.
fn shown_title<'a>(prepared: &Prepared<'a>, doc: u32) -> &'a str {
    let title = prepared.title(doc);
    let text = &*prepared.item(doc).text;
    match title.is_empty() {
        true => &text[..text.floor_char_boundary(OPENING)],
        false => title,
    }
}

/// The titles of a batch, in words.
struct Titles<'a> {
    prepared: &'a Prepared<'a>,
    words: Vec<Vec<SurfaceToken<'a>>>,
    languages: Vec<Option<Language>>,
    roots: &'a [u32],
    /// Number of items of each group, indexed by root.
    sizes: Vec<usize>,
    params: &'a Params,
    backgrounds: &'a Backgrounds,
}

impl<'a> Titles<'a> {
    /// Word usage of each language among these items. Every group counts as one item.
    fn usages(&self, docs: impl Iterator<Item = u32>) -> BTreeMap<Language, Usage<'a>> {
        let mut by_language: BTreeMap<Language, Vec<u32>> = BTreeMap::new();
        for doc in docs {
            if let Some(language) = self.languages[doc as usize] {
                by_language.entry(language).or_default().push(doc);
            }
        }
        by_language
            .into_par_iter()
            .map(|(language, docs)| (language, self.usage(language, &docs)))
            .collect()
    }

    fn usage(&self, language: Language, docs: &[u32]) -> Usage<'a> {
        let terms: Vec<(Terms, f64)> = docs
            .iter()
            .map(|&doc| (self.terms(doc), self.vote(doc)))
            .collect();
        let background = self
            .backgrounds
            .of(language)
            .map(|found| (found, Table::Title));
        let items: f64 = terms.iter().map(|(_, vote)| vote).sum();
        let weighing =
            self.params
                .weighing
                .field(StoryField::Title, items.max(1.0), background.is_some());
        let votes = terms.iter().map(|(terms, vote)| (terms, *vote));
        let weigher = Weigher::new(votes, background, weighing);
        let titles = docs.iter().map(|&doc| &*self.words[doc as usize]);
        Usage::new(titles, weigher, StopWords::of(language))
    }

    fn terms(&self, doc: u32) -> Terms {
        let words = &self.words[doc as usize];
        Terms::new(words.iter().filter_map(|word| word.term).collect())
    }

    /// Share of an item in its group's vote.
    fn vote(&self, doc: u32) -> f64 {
        let root = self.roots[doc as usize];
        1.0 / self.sizes[root as usize] as f64
    }

    /// The label of a group.
    fn label(
        &self,
        batch: &GroupedBatch<'_>,
        group: &[u32],
        canonical: u32,
        usages: &BTreeMap<Language, Usage<'_>>,
    ) -> GroupName {
        let language = self.languages[canonical as usize].unwrap_or(Language::UNKNOWN);
        let Some(usage) = usages.get(&language) else {
            return GroupName::default();
        };
        let in_language = group
            .iter()
            .copied()
            .filter(|&doc| self.languages[doc as usize] == Some(language));
        let (headlines, shown) = self.distinct(in_language, canonical, batch.duplicate_roots());
        name_group(&headlines, shown, usage)
    }

    /// The distinct titles of a group, and the index of the canonical item's title. Titles of one
    /// group of duplicates share a vote.
    fn distinct(
        &self,
        docs: impl Iterator<Item = u32>,
        canonical: u32,
        duplicate_roots: &[u32],
    ) -> (Vec<Headline<'_>>, usize) {
        let mut by_duplicates: BTreeMap<u32, BTreeMap<String, u32>> = BTreeMap::new();
        for doc in docs {
            let root = duplicate_roots[doc as usize];
            let folded = Tokens::of(shown_title(self.prepared, doc))
                .as_str()
                .to_owned();
            let titles = by_duplicates.entry(root).or_default();
            let shown = titles.entry(folded).or_insert(doc);
            if doc == canonical {
                *shown = doc;
            }
        }
        let mut headlines = Vec::new();
        let mut of_canonical = 0;
        for (root, titles) in by_duplicates {
            let vote = 1.0 / titles.len() as f64;
            for doc in titles.into_values() {
                if doc == canonical {
                    of_canonical = headlines.len();
                }
                headlines.push(Headline {
                    text: shown_title(self.prepared, doc),
                    words: &self.words[doc as usize],
                    of: root,
                    vote,
                });
            }
        }
        (headlines, of_canonical)
    }
}
