//! The features of story similarity: representatives, constraints, terms and weighted vectors.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::article::Article;
use crate::cluster::BoundConstraints;
use crate::config::{Fields, Params};
use crate::similarity::{StoryField, Terms, Weigher};
use crate::text::{Backgrounds, Language, Stemmer, StoryTerms, Table, body_without_boilerplate};
use crate::verify::{Heading, StoryView};

/// The language of each item.
pub(super) fn languages(docs: &[&Article<'_>], titles: &[&str]) -> Vec<Language> {
    docs.par_iter()
        .zip(titles)
        .map(|(article, title)| Language::of_article(article, title, Language::of))
        .collect()
}

/// The representative of each group of duplicates, ascending: the item with the longest text, then
/// the longest title; of equals the first.
pub(super) fn representatives(docs: &[&Article<'_>], roots: &[u32]) -> Vec<u32> {
    let mut longest: BTreeMap<u32, u32> = BTreeMap::new();
    for (doc, &root) in (0u32..).zip(roots) {
        let representative = longest.entry(root).or_insert(doc);
        if lengths(docs[doc as usize]) > lengths(docs[*representative as usize]) {
            *representative = doc;
        }
    }
    let mut representatives: Vec<u32> = longest.into_values().collect();
    representatives.sort_unstable();
    representatives
}

fn lengths(article: &Article<'_>) -> (usize, usize) {
    (article.text.len(), article.title.len())
}

/// Constraints on blocks as constraints on representatives. All representatives of a block must be
/// together; a cannot-link holds between the first representatives of two blocks.
pub(super) fn constraints_of(
    representatives: &[u32],
    blocks: &[u32],
    constraints: &BoundConstraints,
) -> BoundConstraints {
    let mut bound = BoundConstraints::default();
    if constraints.is_empty() {
        return bound;
    }
    let mut first: BTreeMap<u32, u32> = BTreeMap::new();
    for &doc in representatives {
        let representative = *first.entry(blocks[doc as usize]).or_insert(doc);
        if representative != doc {
            bound.must.push((representative, doc));
        }
    }
    for &(a, b) in &constraints.cannot {
        let of_a = first.get(&blocks[a as usize]);
        let of_b = first.get(&blocks[b as usize]);
        bound.cannot.extend(of_a.zip(of_b).map(|(&a, &b)| (a, b)));
    }
    bound
}

/// The vote of each item in the document frequencies of a batch: representatives of one group of
/// `roots` share one vote, other items have none.
pub(super) fn item_weights(roots: &[u32], representatives: &[u32]) -> Vec<f64> {
    let mut sizes = vec![0.0; roots.len()];
    for &doc in representatives {
        sizes[roots[doc as usize] as usize] += 1.0;
    }
    let mut weights = vec![0.0; roots.len()];
    for &doc in representatives {
        weights[doc as usize] = 1.0 / sizes[roots[doc as usize] as usize];
    }
    weights
}

/// The terms of an item.
pub(super) struct ItemTerms {
    /// By [`StoryField`].
    fields: [Terms; 3],
    figures: Terms,
}

/// The terms of each item.
pub(super) fn terms(
    docs: &[&Article<'_>],
    titles: &[&str],
    languages: &[Language],
    backgrounds: &Backgrounds,
    params: &Params,
) -> Vec<ItemTerms> {
    docs.par_iter()
        .zip(titles)
        .zip(languages)
        .map(|((article, title), &language)| {
            item_terms(article, title, language, backgrounds, params)
        })
        .collect()
}

fn item_terms(
    article: &Article<'_>,
    title: &str,
    language: Language,
    backgrounds: &Backgrounds,
    params: &Params,
) -> ItemTerms {
    let background = backgrounds.of(language);
    let stemmer = Stemmer::new(language, background);
    let phrase = |first, second| background?.phrase(first, second);
    let body = body_without_boilerplate(&article.text);
    let (title, body) = match params.fields {
        Fields::Title => (title, ""),
        Fields::Body => ("", &*body),
        _ => (title, &*body),
    };
    let found = StoryTerms::of(title, body, params.lead_chars, &stemmer);
    ItemTerms {
        fields: [
            Terms::of_text(&found.title, phrase),
            Terms::of_text(&found.lead, phrase),
            Terms::new(found.chars),
        ],
        figures: Terms::new(found.figures),
    }
}

/// A batch with the vote of each item, to be weighed.
pub(super) struct WeightedBatch<'a> {
    pub(super) docs: &'a [&'a Article<'a>],
    pub(super) terms: &'a [ItemTerms],
    pub(super) languages: &'a [Language],
    /// The vote of each item in document frequencies; items without a vote are not counted.
    pub(super) weights: &'a [f64],
    pub(super) backgrounds: &'a Backgrounds,
    pub(super) params: &'a Params,
}

/// The weighers of the three fields in one language, by [`StoryField`].
type Weighers<'a> = [Weigher<'a>; 3];

impl<'a> WeightedBatch<'a> {
    /// The story view of each item.
    pub(super) fn views(&self) -> Vec<StoryView> {
        let languages: BTreeSet<Language> = self.languages.iter().copied().collect();
        let weighers: BTreeMap<Language, Weighers<'a>> = languages
            .into_par_iter()
            .map(|language| (language, self.weighers(language)))
            .collect();
        (0..self.docs.len())
            .into_par_iter()
            .map(|doc| self.view(doc, &weighers[&self.languages[doc]]))
            .collect()
    }

    fn view(&self, doc: usize, [of_title, of_lead, of_chars]: &Weighers<'a>) -> StoryView {
        let ItemTerms { fields, figures } = &self.terms[doc];
        let [title, lead, chars] = fields;
        StoryView {
            title: of_title.vector(title),
            sequence: title.sequence().into(),
            lead: of_lead.vector(lead),
            chars: of_chars.vector(chars),
            figures: figures.iter().collect(),
            published: self.docs[doc].published,
            heading: Heading::of(self.docs[doc], &self.docs[doc].title),
        }
    }

    fn weighers(&self, language: Language) -> Weighers<'a> {
        let (title, (lead, chars)) = rayon::join(
            || self.weigher(language, StoryField::Title, Some(Table::Title)),
            || {
                rayon::join(
                    || self.weigher(language, StoryField::Lead, Some(Table::Text)),
                    || self.weigher(language, StoryField::CharGrams, None),
                )
            },
        );
        [title, lead, chars]
    }

    fn weigher(&self, language: Language, field: StoryField, table: Option<Table>) -> Weigher<'a> {
        let background = self.backgrounds.of(language).zip(table);
        let items = self.counted(language).count().max(1) as f64;
        let weighing = self
            .params
            .weighing
            .field(field, items, background.is_some());
        let terms = self.terms;
        let batch = self
            .counted(language)
            .map(|doc| (&terms[doc].fields[field as usize], self.weights[doc]));
        Weigher::new(batch, background, weighing)
    }

    /// The items of a language that have a vote.
    fn counted(&self, language: Language) -> impl Iterator<Item = usize> + '_ {
        (0..self.docs.len())
            .filter(move |&doc| self.languages[doc] == language && self.weights[doc] > 0.0)
    }
}
