//! What two items share, as far as the decision about duplicates weighs it.
//!
//! Input: two [`Fingerprint`]s. Output: [`PairEvidence`]. Cost: linear in the first [`LEAD_UNITS`]
//! words of titles and texts, and the alignment of similar titles.

use super::{LIKE_FRAME, LIKE_TITLES, UNLIKE_TITLES, equal_fields, title_difference};
use crate::verify::context::are_issues_apart;
use crate::verify::fingerprint::LEAD_UNITS;
use crate::verify::wording::{TitleDifference, is_minor, shared, word_hash};
use crate::verify::{FieldFingerprint, Fingerprint};

/// What two items share. All shares are in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairEvidence {
    /// Jaccard coefficient of the words of the titles.
    pub title_jaccard: f64,
    /// Whether the titles are equal.
    pub same_title: bool,
    /// Jaccard coefficient of the words of the leads.
    pub lead_jaccard: f64,
    /// Share of the word triples of the shorter lead that the other lead contains.
    pub triple_containment: f64,
    /// The number of shared word triples, and the number of triples of the shorter lead.
    pub triples: [usize; 2],
    /// Jaccard coefficient of all words of titles and leads.
    pub all_jaccard: f64,
    /// Hours between the items; `None` if a date is unknown.
    pub hours: Option<f64>,
    /// Whether both items are from one known outlet.
    pub same_outlet: bool,
    /// Share of a title's words in its own lead; mean of both items.
    pub own_coverage: f64,
    /// Share of a title's words in the other item's lead; mean of both items.
    pub cross_coverage: f64,
    /// Words of the shorter text.
    pub words: usize,
    /// Whether each title has a name that the other item lacks.
    pub names_differ: bool,
    /// Whether the titles differ in numbers, ordinals or dates.
    pub slots_differ: bool,
    /// Whether each title has a name that its own lead has and the other item lacks.
    pub names_swapped: bool,
    /// Whether the titles give different casualty counts for one event.
    pub toll_revised: bool,
}

impl PairEvidence {
    /// The evidence of a pair.
    pub fn of(a: &Fingerprint, b: &Fingerprint) -> Self {
        let [title_a, title_b] = [a, b].map(|item| words_of(item.title.as_ref()));
        let [lead_a, lead_b] = [a, b].map(|item| words_of(item.body.as_ref()));
        let [content_a, content_b] = [a, b].map(|item| content_words(item.title.as_ref()));
        let title_jaccard = jaccard(&title_a, &title_b);
        // Aligning titles with little in common would find differences only.
        let difference = if title_jaccard >= LIKE_FRAME {
            title_difference(a, b)
        } else {
            TitleDifference::default()
        };
        let triples = shared_triples(a.body.as_ref(), b.body.as_ref());
        PairEvidence {
            title_jaccard,
            same_title: a.title.is_some() && equal_fields(&a.title, &b.title),
            lead_jaccard: jaccard(&lead_a, &lead_b),
            triple_containment: triples[0] as f64 / triples[1].max(1) as f64,
            triples,
            all_jaccard: jaccard(&union(&title_a, &lead_a), &union(&title_b, &lead_b)),
            hours: a.context.hours_from(&b.context),
            same_outlet: a.context.shares_outlet(&b.context),
            own_coverage: (share(&content_a, &lead_a) + share(&content_b, &lead_b)) / 2.0,
            cross_coverage: (share(&content_a, &lead_b) + share(&content_b, &lead_a)) / 2.0,
            words: a.text_words().min(b.text_words()),
            names_differ: difference.names_differ(&lead_a, &lead_b),
            slots_differ: difference.slots_differ(),
            names_swapped: difference.names_swapped(&lead_a, &lead_b),
            toll_revised: title_jaccard >= LIKE_TITLES && difference.toll_revised(),
        }
    }

    pub(super) fn is_issue_apart(&self) -> bool {
        are_issues_apart(self.hours)
    }

    /// Whether the leads have no word of either title, and the titles few words in common: the
    /// texts are boilerplate.
    pub(super) fn texts_ignore_titles(&self) -> bool {
        self.title_jaccard < UNLIKE_TITLES && self.own_coverage + self.cross_coverage == 0.0
    }

    /// Whether one outlet gives the same title on different days.
    pub(super) fn is_next_issue(&self) -> bool {
        self.same_title && self.same_outlet && self.is_issue_apart()
    }
}

/// The words of a field's lead, sorted and unique.
pub(super) fn words_of(field: Option<&FieldFingerprint>) -> Vec<u32> {
    let mut words = field.map(|field| field.lead.to_vec()).unwrap_or_default();
    words.sort_unstable();
    words.dedup();
    words
}

/// The words of a title without stop words, sorted and unique; all words if the title has only stop
/// words.
fn content_words(title: Option<&FieldFingerprint>) -> Vec<u32> {
    let Some(title) = title.filter(|title| !title.has_signs) else {
        return words_of(title);
    };
    let words = title.text.split_ascii_whitespace().take(LEAD_UNITS);
    let mut words: Vec<u32> = words
        .filter(|word| !is_minor(word))
        .map(word_hash)
        .collect();
    words.sort_unstable();
    words.dedup();
    if words.is_empty() {
        words_of(Some(title))
    } else {
        words
    }
}

fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut union = [a, b].concat();
    union.sort_unstable();
    union.dedup();
    union
}

/// The Jaccard coefficient of two sorted sets; 0 for two empty sets.
fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let common = shared(a, b);
    let union = a.len() + b.len() - common;
    if union == 0 {
        0.0
    } else {
        common as f64 / union as f64
    }
}

/// The share of `words` that `others` contains, both sorted; 0 for no words.
fn share(words: &[u32], others: &[u32]) -> f64 {
    if words.is_empty() {
        0.0
    } else {
        shared(words, others) as f64 / words.len() as f64
    }
}

/// The number of word triples that two leads share, and the number of triples of the shorter lead.
fn shared_triples(a: Option<&FieldFingerprint>, b: Option<&FieldFingerprint>) -> [usize; 2] {
    let (Some(a), Some(b)) = (a, b) else {
        return [0, 0];
    };
    let (a, b) = (triples(&a.lead), triples(&b.lead));
    [shared(&a, &b), a.len().min(b.len())]
}

/// The hashes of the word triples of a lead, sorted and unique. A lead of one or two words is one
/// triple.
fn triples(lead: &[u32]) -> Vec<u32> {
    let runs = lead.windows(3.min(lead.len()).max(1));
    let mut triples: Vec<u32> = runs.map(mixed).collect();
    triples.sort_unstable();
    triples.dedup();
    triples
}

fn mixed(run: &[u32]) -> u32 {
    run.iter().fold(0, |hash: u32, &word| {
        (hash.rotate_left(11) ^ word).wrapping_mul(0x9e37_79b1)
    })
}
