//! The terms of one field of one item: stems, or hashed character n-grams.

/// Terms with their counts, sorted and unique, and the known phrases among them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// Each term with the number of its occurrences, ascending by term.
    pub(super) counts: Vec<(u32, u32)>,
    sequence: Box<[(u32, bool)]>,
    /// Ascending by term and place.
    phrases: Vec<PhraseOccurrence>,
}

/// An occurrence of a term in a phrase with an adjacent term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PhraseOccurrence {
    term: u32,
    pub(super) place: u32,
    /// The other term of the phrase.
    pub(super) partner: u32,
    /// The surprisal of the phrase in nats.
    pub(super) surprisal: f32,
}

impl Terms {
    /// Counts terms without an order.
    pub fn new(mut terms: Vec<u32>) -> Self {
        terms.sort_unstable();
        let counts = terms
            .chunk_by(|a, b| a == b)
            .map(|run| (run[0], run.len() as u32))
            .collect();
        Terms {
            counts,
            ..Terms::default()
        }
    }

    /// Counts the terms of a text, given in order. `phrase` gives the surprisal in nats of two
    /// adjacent terms that are a known phrase. A term that also occurs outside of phrases belongs
    /// to none.
    pub fn of_text(terms: &[u32], phrase: impl Fn(u32, u32) -> Option<f64>) -> Self {
        let mut sequence: Vec<(u32, bool)> = Vec::with_capacity(terms.len());
        let mut phrases = Vec::new();
        let mut free = Vec::new();
        let mut before: Option<(u32, f32)> = None;
        for (place, &term) in (0u32..).zip(terms) {
            let next = terms.get(place as usize + 1).copied();
            let after = next.and_then(|next| Some((next, phrase(term, next)? as f32)));
            sequence.push((term, after.is_some()));
            if before.is_none() && after.is_none() {
                free.push(term);
            }
            for (partner, surprisal) in before.into_iter().chain(after) {
                phrases.push(PhraseOccurrence {
                    term,
                    place,
                    partner,
                    surprisal,
                });
            }
            before = after.map(|(_, surprisal)| (term, surprisal));
        }
        free.sort_unstable();
        phrases.retain(|occurrence| free.binary_search(&occurrence.term).is_err());
        phrases.sort_unstable_by_key(|occurrence| (occurrence.term, occurrence.place));
        Terms {
            phrases,
            sequence: sequence.into(),
            ..Terms::new(terms.to_vec())
        }
    }

    /// The terms in order of the text, each with whether it begins a phrase with the next; empty
    /// for terms without an order.
    pub fn sequence(&self) -> &[(u32, bool)] {
        &self.sequence
    }

    /// The terms, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.counts.iter().map(|&(term, _)| term)
    }

    /// Whether there is no term.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The occurrences of a term in phrases, ascending by place.
    pub(super) fn phrases_of(&self, term: u32) -> &[PhraseOccurrence] {
        let start = self
            .phrases
            .partition_point(|occurrence| occurrence.term < term);
        let rest = &self.phrases[start..];
        &rest[..rest.partition_point(|occurrence| occurrence.term == term)]
    }
}
