//! The terms of two items in a story: shared terms, terms of only one item, and how each item
//! writes them.

use std::collections::{BTreeMap, BTreeSet};

use crate::clustering::{LoneTerm, Rarity, SharedTerm};
use crate::pipeline::prepare::Prepared;
use crate::pipeline::stories::BatchStories;
use crate::text::{Background, Backgrounds, Stemmer, SurfaceToken, Table, surface_tokens};
use crate::verify::{StoryField, StoryPart, StoryView};

/// Terms shown that only one item has.
const MAX_LONE_TERMS: usize = 6;

/// A phrase is shown if its surprisal is below this share of the sum of its words' surprisals.
const PHRASE_SHARE: f64 = 0.9;

/// The terms of two items.
pub(super) struct TermShares<'a> {
    pub(super) stories: &'a BatchStories,
    pub(super) backgrounds: &'a Backgrounds,
}

impl TermShares<'_> {
    /// The terms that both items have in title or lead, by their share of the similarity.
    pub(super) fn shared(
        &self,
        parts: &[StoryPart<'_>],
        docs: [u32; 2],
        words: &[Surfaces<'_>; 2],
    ) -> Vec<SharedTerm> {
        let total: f64 = parts
            .iter()
            .map(|part| part.weight * part.a.cosine(part.b, part.damping))
            .sum();
        let mut shared = Vec::new();
        for (term, adds) in added_by_term(parts) {
            shared.push(SharedTerm {
                words: [words[0].show(term), words[1].show(term)],
                adds,
                share: adds / total.max(f64::MIN_POSITIVE),
                values: docs.map(|doc| self.value(doc, term)),
                rarity: self.rarity(docs[0], term),
                phrase: words[0].phrase(term).or_else(|| words[1].phrase(term)),
            });
        }
        shared.sort_by(|x, y| {
            y.adds
                .total_cmp(&x.adds)
                .then_with(|| x.words.cmp(&y.words))
        });
        shared
    }

    /// The heaviest terms that an item has and the other item has not.
    pub(super) fn alone(
        &self,
        doc: u32,
        own: &Surfaces<'_>,
        other: &Surfaces<'_>,
    ) -> Vec<LoneTerm> {
        let view = &self.stories.views[doc as usize];
        let vector = match view.lead.is_empty() {
            true => &view.title,
            false => &view.lead,
        };
        let mut alone = Vec::new();
        for &(term, value) in vector.values() {
            if !other.words.contains_key(&term) {
                alone.push(LoneTerm {
                    word: own.show(term),
                    value: f64::from(value),
                    rarity: self.rarity(doc, term),
                });
            }
        }
        alone.sort_by(|x, y| {
            y.value
                .total_cmp(&x.value)
                .then_with(|| x.word.cmp(&y.word))
        });
        alone.truncate(MAX_LONE_TERMS);
        alone
    }

    /// Weight of a term in an item; 0 if it stands in neither lead nor title.
    fn value(&self, doc: u32, term: u32) -> f64 {
        let view = &self.stories.views[doc as usize];
        let value = view.lead.value(term).or(view.title.value(term));
        value.unwrap_or(0.0)
    }

    /// Document frequency of a term in the background and in the batch, in the item's language.
    fn rarity(&self, doc: u32, term: u32) -> Rarity {
        let language = self.stories.languages[doc as usize];
        let at_large = self.backgrounds.of(language).map(|background| {
            let count = background.count(Table::Text, term);
            [count as usize, background.items(Table::Text) as usize]
        });
        let mut here = [0, 0];
        for &other in &self.stories.representatives {
            if self.stories.languages[other as usize] == language {
                let view = &self.stories.views[other as usize];
                let has_term = view.title.value(term).or(view.lead.value(term)).is_some();
                here[0] += usize::from(has_term);
                here[1] += 1;
            }
        }
        Rarity { at_large, here }
    }
}

/// What each term of title and lead adds to the similarity.
fn added_by_term(parts: &[StoryPart<'_>]) -> BTreeMap<u32, f64> {
    let mut adds: BTreeMap<u32, f64> = BTreeMap::new();
    for part in parts {
        if part.field != StoryField::CharGrams && part.weight > 0.0 {
            for (term, share) in part.a.shares(part.b, part.damping) {
                *adds.entry(term).or_default() += part.weight * share;
            }
        }
    }
    adds
}

/// The words and phrases of an item by their terms.
pub(super) struct Surfaces<'t> {
    words: BTreeMap<u32, &'t str>,
    phrases: BTreeMap<u32, &'t str>,
}

impl<'t> Surfaces<'t> {
    /// Reads the title and the body of an item.
    pub(super) fn of(
        prepared: &Prepared<'t>,
        stories: &BatchStories,
        doc: u32,
        backgrounds: &Backgrounds,
    ) -> Self {
        let language = stories.languages[doc as usize];
        let background = backgrounds.of(language);
        let stemmer = Stemmer::new(language, background);
        let mut surfaces = Surfaces {
            words: BTreeMap::new(),
            phrases: BTreeMap::new(),
        };
        for text in [prepared.title(doc), &*prepared.item(doc).text] {
            let words = surface_tokens(text, &stemmer);
            surfaces.add_words(text, &words);
            if let Some(background) = background {
                surfaces.add_phrases(text, &words, background);
            }
        }
        surfaces
    }

    fn add_words(&mut self, text: &'t str, words: &[SurfaceToken<'_>]) {
        for (at, word) in words.iter().enumerate() {
            if let Some(term) = word.term {
                let end = words[at + word.span - 1].end();
                self.words.entry(term).or_insert(&text[word.at..end]);
            }
        }
    }

    fn add_phrases(&mut self, text: &'t str, words: &[SurfaceToken<'_>], background: &Background) {
        for pair in words.windows(2) {
            if let (Some(first), Some(second)) = (pair[0].term, pair[1].term)
                && is_phrase(background, first, second)
            {
                for term in [first, second] {
                    let phrase = &text[pair[0].at..pair[1].end()];
                    self.phrases.entry(term).or_insert(phrase);
                }
            }
        }
    }

    /// A term as the item writes it.
    fn show(&self, term: u32) -> String {
        self.words.get(&term).copied().unwrap_or("?").to_owned()
    }

    /// The figures of an item as it writes them.
    pub(super) fn figures(&self, view: &StoryView) -> Vec<String> {
        let figures: BTreeSet<String> = view.figures.iter().map(|&term| self.show(term)).collect();
        figures.into_iter().collect()
    }

    fn phrase(&self, term: u32) -> Option<String> {
        self.phrases.get(&term).map(|&phrase| phrase.to_owned())
    }
}

/// Whether two neighbouring terms are a phrase whose surprisal is clearly below that of its words.
fn is_phrase(background: &Background, first: u32, second: u32) -> bool {
    let words = surprisal(background, first) + surprisal(background, second);
    background
        .phrase(first, second)
        .is_some_and(|phrase| phrase < PHRASE_SHARE * words)
}

/// Surprisal of a term in the background, in nats.
fn surprisal(background: &Background, term: u32) -> f64 {
    let items = f64::from(background.items(Table::Text));
    let count = f64::from(background.count(Table::Text, term));
    libm::log((items + 1.0) / (count + 0.5))
}
