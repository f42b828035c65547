//! What the groups of a batch are called: the usage of each language's words, then each group's
//! label, from its headlines in the language of its canonical item.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Batch;
use crate::cluster::members;
use crate::naming::{GroupName, Headline, Usage, name_group};
use crate::similarity::{Terms, Weigher};
use crate::text::{Language, Stemmer, StopWords, SurfaceToken, Table, Tokens, surface_tokens};

/// The place of headlines among the fields that are weighed.
const TITLE: usize = 0;

/// An item without a headline is known by the start of its body, in bytes.
const START: usize = 160;

impl Batch<'_> {
    /// The labels of the groups of more than one, in their order; `canonicals` are by root.
    pub(super) fn labels(&self, roots: &[u32], canonicals: &[u32]) -> Vec<GroupName> {
        let groups = members(roots);
        let languages = self.spoken(&groups, roots, canonicals);
        let words: Vec<Vec<SurfaceToken<'_>>> = languages
            .par_iter()
            .enumerate()
            .map(|(doc, &language)| match language {
                Some(language) => surface_tokens(
                    self.headline(doc),
                    &Stemmer::new(language, self.backgrounds.of(language)),
                ),
                None => Vec::new(),
            })
            .collect();
        let docs = 0..self.docs.len() as u32;
        let usages = self
            .is_whole
            .then(|| self.usages(docs, roots, &languages, &words));
        let label_of = |group: &Vec<u32>| {
            let canonical = canonicals[roots[group[0] as usize] as usize];
            let language = languages[canonical as usize].unwrap_or(Language::UNKNOWN);
            let own: Vec<u32> = group
                .iter()
                .copied()
                .filter(|&doc| languages[doc as usize] == Some(language))
                .collect();
            let (headlines, place) = self.told(&own, canonical, &words);
            let alone = usages
                .is_none()
                .then(|| self.usages(group.iter().copied(), roots, &languages, &words));
            let usage = usages
                .as_ref()
                .or(alone.as_ref())
                .and_then(|usages| usages.get(&language));
            usage
                .map(|usage| name_group(&headlines, place, usage))
                .unwrap_or_default()
        };
        groups.par_iter().map(label_of).collect()
    }

    fn headline(&self, doc: usize) -> &str {
        let (title, text) = (self.title(doc), &*self.docs[doc].text);
        if title.is_empty() {
            &text[..text.floor_char_boundary(START)]
        } else {
            title
        }
    }

    /// The language of each item; where only copies were looked for, that of items in groups alone,
    /// which is their canonical's: copies speak one language, and it takes long to tell which.
    fn spoken(
        &self,
        groups: &[Vec<u32>],
        roots: &[u32],
        canonicals: &[u32],
    ) -> Vec<Option<Language>> {
        if let Some(stories) = self.stories {
            return stories.languages.iter().copied().map(Some).collect();
        }
        let of_group = |group: &Vec<u32>| {
            let canonical = canonicals[roots[group[0] as usize] as usize] as usize;
            Language::of_article(self.docs[canonical], self.title(canonical), Language::of)
        };
        let found: Vec<Language> = groups.par_iter().map(of_group).collect();
        let mut languages = vec![None; self.docs.len()];
        for (group, language) in groups.iter().zip(found) {
            group
                .iter()
                .for_each(|&doc| languages[doc as usize] = Some(language));
        }
        languages
    }

    /// How each language's words are used in some items, every group of the batch counted once.
    fn usages(
        &self,
        docs: impl Iterator<Item = u32>,
        roots: &[u32],
        languages: &[Option<Language>],
        words: &[Vec<SurfaceToken<'_>>],
    ) -> BTreeMap<Language, Usage<'_>> {
        let mut spoken: BTreeMap<Language, Vec<usize>> = BTreeMap::new();
        for doc in docs.map(|doc| doc as usize) {
            if let Some(language) = languages[doc] {
                spoken.entry(language).or_default().push(doc);
            }
        }
        let mut sizes = vec![0.0; roots.len()];
        roots.iter().for_each(|&root| sizes[root as usize] += 1.0);
        let usage = |(language, docs): (Language, Vec<usize>)| {
            let terms: Vec<(Terms, f64)> = docs
                .iter()
                .map(|&doc| {
                    let terms = words[doc].iter().filter_map(|word| word.term).collect();
                    (Terms::new(terms), 1.0 / sizes[roots[doc] as usize])
                })
                .collect();
            let at_large = self
                .backgrounds
                .of(language)
                .map(|background| (background, Table::Title));
            let items: f64 = terms.iter().map(|(_, weight)| weight).sum();
            let weighing = self
                .params
                .weighing
                .field(TITLE, items.max(1.0), at_large.is_some());
            let weigher = Weigher::new(
                terms.iter().map(|(terms, weight)| (terms, *weight)),
                at_large,
                weighing,
            );
            let headlines = docs.iter().map(|&doc| words[doc].as_slice());
            (
                language,
                Usage::new(headlines, weigher, StopWords::of(language)),
            )
        };
        spoken.into_par_iter().map(usage).collect()
    }

    /// The different headlines of a group, and which of them is the canonical's; the copies of one
    /// text share a vote.
    fn told<'w>(
        &'w self,
        group: &[u32],
        canonical: u32,
        words: &'w [Vec<SurfaceToken<'w>>],
    ) -> (Vec<Headline<'w>>, usize) {
        let mut texts: BTreeMap<u32, BTreeMap<String, u32>> = BTreeMap::new();
        for &doc in group {
            let folded = Tokens::of(self.headline(doc as usize)).as_str().to_owned();
            let docs = texts.entry(self.copy_roots[doc as usize]).or_default();
            let shown = docs.entry(folded).or_insert(doc);
            if doc == canonical {
                *shown = doc;
            }
        }
        let mut headlines = Vec::new();
        let mut place = 0;
        for (of, docs) in texts {
            let vote = 1.0 / docs.len() as f64;
            for doc in docs.into_values() {
                if doc == canonical {
                    place = headlines.len();
                }
                let text = self.headline(doc as usize);
                headlines.push(Headline {
                    text,
                    words: &words[doc as usize],
                    of,
                    vote,
                });
            }
        }
        (headlines, place)
    }
}
