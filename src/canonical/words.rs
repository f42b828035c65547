//! Term vectors of the headlines of a group, and the centrality of each headline.
//!
//! Input: headlines. Output: per headline a unit vector of stems weighted by inverse document
//! frequency in the background of its language, with numbers kept apart. Weights do not depend on
//! the group or the batch, so a headline has one vector everywhere. Cost: linear in the headlines.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::HEADLINES_PER_TASK;
use crate::text::{
    Background, Backgrounds, Language, Stemmer, Table, Tokens, is_number, is_sign, term_hash,
};

/// Term weights sorted by term, of Euclidean length 1; or no term.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct HeadlineVector(Vec<(u32, f64)>);

impl HeadlineVector {
    fn new(mut terms: Vec<(u32, f64)>) -> Self {
        terms.sort_unstable_by_key(|&(term, _)| term);
        terms.dedup_by_key(|&mut (term, _)| term);
        let length = terms
            .iter()
            .map(|(_, weight)| weight * weight)
            .sum::<f64>()
            .sqrt();
        terms.retain(|&(_, weight)| weight > 0.0);
        for (_, weight) in &mut terms {
            *weight /= length;
        }
        HeadlineVector(terms)
    }

    fn weight(&self, term: u32) -> f64 {
        self.0
            .binary_search_by_key(&term, |&(term, _)| term)
            .map_or(0.0, |place| self.0[place].1)
    }

    /// Cosine similarity, in `0..=1`.
    pub(super) fn cosine(&self, other: &HeadlineVector) -> f64 {
        self.0
            .iter()
            .map(|&(term, weight)| weight * other.weight(term))
            .sum()
    }
}

/// Terms of one headline.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct HeadlineTerms {
    /// All terms; a number in words has the term of the figure.
    pub(super) all: HeadlineVector,
    /// Terms that are not numbers.
    pub(super) frame: HeadlineVector,
    /// Terms that are numbers, sorted.
    pub(super) numbers: Vec<u32>,
}

/// The distinct strings of a list.
pub(super) struct Distinct<'t> {
    /// Distinct strings, in order of first occurrence.
    pub(super) values: Vec<&'t str>,
    /// Per string of the list, its place in `values`.
    pub(super) places: Vec<usize>,
}

impl<'t> Distinct<'t> {
    pub(super) fn of(strings: impl Iterator<Item = &'t str>) -> Self {
        let mut known: HashMap<&str, usize> = HashMap::new();
        let mut distinct = Distinct {
            values: Vec::new(),
            places: Vec::new(),
        };
        for string in strings {
            let place = *known.entry(string).or_insert(distinct.values.len());
            if place == distinct.values.len() {
                distinct.values.push(string);
            }
            distinct.places.push(place);
        }
        distinct
    }
}

/// Terms of each headline.
///
/// A headline of unknown language is read in the most frequent language of the group, so all
/// headlines are stemmed alike.
pub(super) fn headline_terms(
    headlines: &Distinct<'_>,
    backgrounds: &Backgrounds,
) -> Vec<HeadlineTerms> {
    let languages: Vec<Option<Language>> = headlines
        .values
        .par_iter()
        .with_min_len(HEADLINES_PER_TASK)
        .map(|headline| Language::at_a_glance(headline))
        .collect();
    let codes = headlines
        .places
        .iter()
        .filter_map(|&place| languages[place].as_ref())
        .map(|language| language.code());
    let fallback = most_frequent(codes).map_or(Language::UNKNOWN, Language::from_tag);
    let terms: Vec<HeadlineTerms> = headlines
        .values
        .par_iter()
        .zip(&languages)
        .with_min_len(HEADLINES_PER_TASK)
        .map(|(headline, language)| terms_of(headline, language.unwrap_or(fallback), backgrounds))
        .collect();
    headlines
        .places
        .iter()
        .map(|&place| terms[place].clone())
        .collect()
}

/// The most frequent string; the alphabetically first of equally frequent strings.
fn most_frequent<'c>(strings: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for string in strings {
        *counts.entry(string).or_default() += 1;
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|&(_, count)| count)
        .map(|(string, _)| string)
}

fn terms_of(headline: &str, language: Language, backgrounds: &Backgrounds) -> HeadlineTerms {
    let background = backgrounds.of(language);
    let stemmer = Stemmer::new(language, background);
    let tokens = Tokens::of(headline);
    let (mut frame, mut numbers, mut stem) = (Vec::new(), Vec::new(), String::new());
    for unit in tokens.units() {
        let word = tokens.run(unit);
        stem.clear();
        match figure(word) {
            Some(figure) => numbers.push(term_hash(figure)),
            None if is_sign(word) => frame.push(term_hash(word)),
            None => {
                stemmer.stem(word, &mut stem);
                frame.extend((!stem.is_empty()).then(|| term_hash(&stem)));
            }
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    HeadlineTerms {
        all: vector(frame.iter().chain(&numbers), background),
        frame: vector(frame.iter(), background),
        numbers,
    }
}

fn vector<'t>(
    terms: impl Iterator<Item = &'t u32>,
    background: Option<&Background>,
) -> HeadlineVector {
    HeadlineVector::new(
        terms
            .map(|&term| (term, weight(term, background)))
            .collect(),
    )
}

/// Inverse document frequency of `term` among titles, in nats; 1 for all terms without a
/// background.
fn weight(term: u32, background: Option<&Background>) -> f64 {
    let Some(background) = background else {
        return 1.0;
    };
    let items = f64::from(background.items(Table::Title));
    let count = f64::from(background.count(Table::Title, term));
    libm::log((1.0 + items) / (1.0 + count))
}

/// Vote of an item's own group of copies; other groups have a vote of 1. A second copy is weak
/// evidence for a headline. The choices on the samples are equal for 0.1, 0.25 and 0.5.
const OWN_VOTE: f64 = 0.25;

/// Centrality of each headline, in `0..=1`: the mean cosine similarity to the headlines of the
/// other groups of copies.
///
/// `copies` has the group of copies of each headline. The headlines of a group of copies share a
/// vote; an item's own group has [`OWN_VOTE`]. If all items are copies of each other, each item has
/// a vote of 1.
pub(super) fn centralities(headlines: &[HeadlineTerms], copies: &[u64]) -> Vec<f64> {
    if headlines.len() < 2 {
        return vec![1.0; headlines.len()];
    }
    let votes = Votes::count(headlines, copies);
    if votes.group_sizes.len() < 2 {
        let each_alone: Vec<u64> = (0..headlines.len() as u64).collect();
        return Votes::count(headlines, &each_alone).centralities(headlines, &each_alone);
    }
    votes.centralities(headlines, copies)
}

/// Sums of headline vectors. The sum of the cosines to many unit vectors is the dot product with
/// the sum of the vectors, so centrality is linear in the headlines.
struct Votes {
    group_sizes: HashMap<u64, usize>,
    /// Per term, the sum over all headlines of vote times weight.
    all: HashMap<u32, f64>,
    /// The same sum per group of copies and term.
    own: HashMap<(u64, u32), f64>,
}

impl Votes {
    fn count(headlines: &[HeadlineTerms], copies: &[u64]) -> Self {
        let mut votes = Votes {
            group_sizes: HashMap::new(),
            all: HashMap::new(),
            own: HashMap::new(),
        };
        for &group in copies {
            *votes.group_sizes.entry(group).or_default() += 1;
        }
        for (terms, &group) in headlines.iter().zip(copies) {
            let vote = 1.0 / votes.group_sizes[&group] as f64;
            for &(term, weight) in &terms.all.0 {
                *votes.all.entry(term).or_default() += vote * weight;
                *votes.own.entry((group, term)).or_default() += vote * weight;
            }
        }
        votes
    }

    fn centralities(&self, headlines: &[HeadlineTerms], copies: &[u64]) -> Vec<f64> {
        headlines
            .iter()
            .zip(copies)
            .map(|(terms, &group)| self.centrality(&terms.all, group))
            .collect()
    }

    fn centrality(&self, headline: &HeadlineVector, group: u64) -> f64 {
        let other_groups = (self.group_sizes.len() - 1) as f64;
        let (mut sum_of_others, mut sum_of_own) = (0.0, 0.0);
        for &(term, weight) in &headline.0 {
            let own = self.own[&(group, term)];
            sum_of_others += weight * (self.all[&term] - own);
            sum_of_own += weight * own;
        }
        let size = self.group_sizes[&group] as f64;
        if size < 2.0 || headline.0.is_empty() {
            return (sum_of_others / other_groups).clamp(0.0, 1.0);
        }
        // The group's vote sum includes the headline itself, whose cosine is 1.
        let mean_of_copies = (sum_of_own * size - 1.0) / (size - 1.0);
        ((sum_of_others + OWN_VOTE * mean_of_copies) / (other_groups + OWN_VOTE)).clamp(0.0, 1.0)
    }
}

/// The figure of a number, whether in digits or in words.
fn figure(word: &str) -> Option<&str> {
    if is_number(word) {
        return Some(word);
    }
    NUMBER_WORDS
        .iter()
        .find(|(_, words)| words.contains(&word))
        .map(|&(figure, _)| figure)
}

/// Numbers written in words in headlines, normalized, with figures. One and two are left out: `one`
/// is a pronoun in English, and Arabic writes both as endings.
const NUMBER_WORDS: [(&str, &[&str]); 20] = [
    ("3", &["three", "ثلاثه", "ثلاث"]),
    ("4", &["four", "اربعه", "اربع"]),
    ("5", &["five", "خمسه", "خمس"]),
    ("6", &["six", "سته", "ست"]),
    ("7", &["seven", "سبعه", "سبع"]),
    ("8", &["eight", "ثمانيه", "ثماني", "ثمان"]),
    ("9", &["nine", "تسعه", "تسع"]),
    ("10", &["ten", "عشره", "عشر"]),
    ("11", &["eleven"]),
    ("12", &["twelve", "dozen"]),
    ("20", &["twenty", "عشرون", "عشرين"]),
    ("30", &["thirty", "ثلاثون", "ثلاثين"]),
    ("40", &["forty", "اربعون", "اربعين"]),
    ("50", &["fifty", "خمسون", "خمسين"]),
    ("60", &["sixty", "ستون", "ستين"]),
    ("70", &["seventy", "سبعون", "سبعين"]),
    ("80", &["eighty", "ثمانون", "ثمانين"]),
    ("90", &["ninety", "تسعون", "تسعين"]),
    ("100", &["hundred", "hundreds", "مئه", "مائه", "مئات"]),
    ("1000", &["thousand", "thousands", "الف", "الاف"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn all(headlines: &[&str]) -> Vec<HeadlineTerms> {
        headline_terms(
            &Distinct::of(headlines.iter().copied()),
            &Backgrounds::default(),
        )
    }

    #[test]
    fn a_number_in_words_has_the_term_of_its_figure() {
        let [spelled, figure, other] = &all(&[
            "Three hurt in tunnel fire",
            "3 hurt in tunnel fire",
            "5 hurt in tunnel fire",
        ])[..] else {
            panic!()
        };
        assert_eq!(spelled, figure);
        assert!(spelled.frame == other.frame && spelled.all != other.all);
        let arabic = all(&["إصابة ثلاثة في حريق النفق", "إصابة 3 في حريق النفق"]);
        assert_eq!(arabic[0].numbers, arabic[1].numbers);
    }

    #[test]
    fn rare_words_decide_the_cosine() {
        let found = all(&[
            "Quayside crane in the fog",
            "The crane at the quayside",
            "In the north of the country",
        ]);
        assert!(found[0].all.cosine(&found[1].all) > 0.6);
        assert!(found[0].all.cosine(&found[2].all) < 0.1);
    }

    #[test]
    fn a_headline_of_unknown_language_is_stemmed_as_the_others() {
        let found = all(&[
            "Rovers beat Wanderers",
            "The Rover has beaten a Wanderer in the final",
        ]);
        assert!(found[0].all.cosine(&found[1].all) > 0.4);
    }

    #[test]
    fn centrality_is_the_mean_cosine_to_the_others() {
        let found = all(&[
            "Crane falls in the fog",
            "Crane falls",
            "A crane falls on the quay",
            "جسر جديد على النهر",
        ]);
        let cosine = |a: usize, b: usize| found[a].all.cosine(&found[b].all);
        for (at, centrality) in centralities(&found, &[1, 2, 3, 4]).into_iter().enumerate() {
            let plain = (0..4)
                .filter(|&other| other != at)
                .map(|other| cosine(at, other))
                .sum::<f64>()
                / 3.0;
            assert!((centrality - plain).abs() < 1e-12);
        }
        assert_eq!(centralities(&found[..1], &[1]), [1.0]);
    }

    #[test]
    fn copies_share_one_vote() {
        let titles = [
            "Crane falls in the fog",
            "Crane falls in the fog",
            "Crane falls",
            "A crane falls on the quay",
        ];
        let (twice, once) = (all(&titles), all(&titles[1..]));
        let (twice, once_each) = (
            centralities(&twice, &[1, 1, 2, 3]),
            centralities(&once, &[1, 2, 3]),
        );
        assert_eq!(
            twice[2..],
            once_each[1..],
            "copies count once for other items"
        );
        let own = (2.0 * once_each[0] + OWN_VOTE) / (2.0 + OWN_VOTE);
        assert!((twice[0] - own).abs() < 1e-12 && twice[0] == twice[1]);
        let copies = centralities(&once, &[7, 7, 7]);
        assert_eq!(
            copies,
            centralities(&once, &[1, 2, 3]),
            "without other groups each copy has a vote"
        );
    }
}
