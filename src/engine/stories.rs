//! The stories of a batch: each group of copies counts as one item, told by its fullest member; items are weighed,
//! paired by their rarest terms, compared, and merged.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::article::Article;
use crate::cluster;
use crate::config::{Fields, Params};
use crate::lsh::CandidatePair;
use crate::postings::term_candidates;
use crate::text::{Background, Language, Stemmer, StoryTerms, Table};
use crate::vector::{Terms, Weigher};
use crate::verify::{Edge, StoryVerifier, StoryView};

/// An item is asked about by this many of its heaviest terms: of all pairs of a story that share a word, 97 to 99 of a
/// hundred are found so (DESIGN.md).
const ASKED_TERMS: usize = 6;

/// A term in more items than this, or in this share of them, is asked by representatives only.
const LONGEST_LIST: usize = 2000;

/// The stories found in a batch.
pub(super) struct Stories {
    pub(super) roots: Vec<u32>,
    pub(super) edges: Vec<Edge>,
    pub(super) crowded: usize,
    pub(super) languages: Vec<Language>,
    views: Vec<StoryView>,
    verifier: StoryVerifier,
}

impl Stories {
    pub(super) fn find(docs: &[&Article<'_>], copy_roots: &[u32], backgrounds: &[Background], params: &Params) -> Self {
        let languages: Vec<Language> = docs.par_iter().map(|article| super::language_of(article)).collect();
        let tellers = tellers(docs, copy_roots);
        let views = views(docs, &languages, &tellers, backgrounds, params);
        let heaviest = |view: &StoryView| match view.lead.is_empty() {
            true => view.title.heaviest(ASKED_TERMS),
            false => view.lead.heaviest(ASKED_TERMS),
        };
        let all = |view: &StoryView| {
            let values = view.title.values().iter().chain(view.lead.values());
            values.map(|&(term, _)| term).collect::<Vec<_>>()
        };
        let told: Vec<&StoryView> = tellers.iter().map(|&doc| &views[doc as usize]).collect();
        let asked: Vec<Vec<u32>> = told.par_iter().map(|view| heaviest(view)).collect();
        let terms: Vec<Vec<u32>> = told.par_iter().map(|view| all(view)).collect();
        let found = term_candidates(&asked, &terms, LONGEST_LIST);
        let verify = |pair: &CandidatePair| {
            let pair = CandidatePair { a: tellers[pair.a as usize], b: tellers[pair.b as usize] };
            params.stories.verify(pair, &views[pair.a as usize], &views[pair.b as usize])
        };
        let edges: Vec<Edge> = found.pairs.par_iter().filter_map(verify).collect();
        let grown = cluster::stories(docs.len(), &edges, params.linkage);
        let mut sets = cluster::UnionFind::new(docs.len());
        let place_of: BTreeMap<u32, u32> = tellers.iter().map(|&doc| (copy_roots[doc as usize], doc)).collect();
        for doc in 0..docs.len() as u32 {
            sets.union(doc, place_of[&copy_roots[doc as usize]]);
            sets.union(doc, grown[doc as usize]);
        }
        Stories { roots: sets.into_roots(), edges, crowded: found.crowded, languages, views, verifier: params.stories }
    }

    /// How likely two items tell one event.
    pub(super) fn similarity(&self, a: u32, b: u32) -> f64 {
        self.verifier.similarity(&self.views[a as usize], &self.views[b as usize])
    }

    /// How much two items say the same, for the choice of the canonical: headlines above leads.
    pub(super) fn closeness(&self, a: u32, b: u32) -> f64 {
        let (a, b) = (&self.views[a as usize], &self.views[b as usize]);
        (2.0 * a.title.cosine(&b.title, 0.0) + a.lead.cosine(&b.lead, 0.0)) / 3.0
    }
}

/// Of each group of copies the item with the longest body, then headline; of equals the first.
fn tellers(docs: &[&Article<'_>], copy_roots: &[u32]) -> Vec<u32> {
    let mut best: BTreeMap<u32, u32> = BTreeMap::new();
    let fullness = |doc: u32| (docs[doc as usize].text.len(), docs[doc as usize].title.len());
    for doc in 0..docs.len() as u32 {
        let teller = best.entry(copy_roots[doc as usize]).or_insert(doc);
        if fullness(doc) > fullness(*teller) {
            *teller = doc;
        }
    }
    let mut tellers: Vec<u32> = best.into_values().collect();
    tellers.sort_unstable();
    tellers
}

fn views(
    docs: &[&Article<'_>],
    languages: &[Language],
    tellers: &[u32],
    backgrounds: &[Background],
    params: &Params,
) -> Vec<StoryView> {
    let background = |language: Language| backgrounds.iter().find(|background| background.language() == language);
    let terms: Vec<[Terms; 3]> = docs
        .par_iter()
        .zip(languages)
        .map(|(article, &language)| {
            let stemmer = Stemmer::new(language, background(language));
            let title = if params.fields == Fields::Body { "" } else { &article.title };
            let text = if params.fields == Fields::Title { "" } else { &article.text };
            let found = StoryTerms::of(title, text, params.lead, &stemmer);
            [found.title, found.lead, found.chars].map(Terms::new)
        })
        .collect();
    let mut weighers = BTreeMap::new();
    for &language in languages {
        weighers.entry(language).or_insert_with(|| {
            let batch = || tellers.iter().map(|&doc| doc as usize).filter(|&doc| languages[doc] == language);
            let at_large = |table| background(language).map(|background| (background, table));
            [(0, at_large(Table::Title)), (1, at_large(Table::Text)), (2, None)]
                .map(|(field, at_large)| Weigher::new(batch().map(|doc| &terms[doc][field]), at_large, params.prior))
        });
    }
    let view = |(doc, [title, lead, chars]): (usize, &[Terms; 3])| {
        let [of_title, of_lead, of_chars] = &weighers[&languages[doc]];
        StoryView {
            title: of_title.vector(title),
            lead: of_lead.vector(lead),
            chars: of_chars.vector(chars),
            published: docs[doc].published,
        }
    };
    terms.par_iter().enumerate().map(view).collect()
}
