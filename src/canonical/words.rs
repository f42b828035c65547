//! The headlines of a group in, their words out as unit vectors, rare words weighing more as the
//! background of their language has it, with the figures apart. Nothing is counted in the group or
//! its batch, so that a headline has the same vector wherever it is looked at. Linear in the
//! headlines.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::text::{
    Background, Backgrounds, Language, Stemmer, Table, Tokens, is_number, is_sign, term_hash,
};

/// So many headlines are read by one thread.
const READ: usize = 64;

/// Terms with their weights, sorted, of length 1; or nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Vector(Vec<(u32, f64)>);

impl Vector {
    fn new(mut terms: Vec<(u32, f64)>) -> Self {
        terms.sort_unstable_by_key(|&(term, _)| term);
        terms.dedup_by_key(|&mut (term, _)| term);
        let length = terms
            .iter()
            .map(|(_, weight)| weight * weight)
            .sum::<f64>()
            .sqrt();
        terms.retain(|&(_, weight)| weight > 0.0);
        terms.iter_mut().for_each(|(_, weight)| *weight /= length);
        Vector(terms)
    }

    /// How much two have in common, in 0..=1.
    pub(super) fn cosine(&self, other: &Vector) -> f64 {
        let weight = |term: u32| {
            let found = other.0.binary_search_by_key(&term, |&(term, _)| term);
            found.map_or(0.0, |at| other.0[at].1)
        };
        self.0.iter().map(|&(term, own)| own * weight(term)).sum()
    }
}

/// The words of a headline.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Words {
    /// All of them; a number that is spelled out is the same as its figure.
    pub(super) all: Vector,
    /// Those that are no numbers.
    pub(super) frame: Vector,
    /// Those that are, sorted.
    pub(super) numbers: Vec<u32>,
}

/// The words of the headlines of a group. One whose language cannot be seen has that of most of the
/// others, so that all are cut to their stems alike. Each different headline is read once.
pub(super) fn words<'t>(headlines: &[&'t str], backgrounds: &Backgrounds) -> Vec<Words> {
    let (different, places) = different(headlines);
    let seen: Vec<Option<Language>> = different
        .par_iter()
        .with_min_len(READ)
        .map(|headline| Language::at_a_glance(headline))
        .collect();
    let codes = places
        .iter()
        .filter_map(|&place| seen[place].as_ref())
        .map(|language| language.code());
    let most = most(codes).map_or(Language::UNKNOWN, Language::from_tag);
    let of = |(headline, language): (&&'t str, &Option<Language>)| {
        let language = language.unwrap_or(most);
        of(headline, language, backgrounds.of(language))
    };
    let words: Vec<Words> = different
        .par_iter()
        .zip(&seen)
        .with_min_len(READ)
        .map(of)
        .collect();
    places
        .into_iter()
        .map(|place| words[place].clone())
        .collect()
}

/// The different headlines, and the place of each headline among them.
pub(super) fn different<'t>(headlines: &[&'t str]) -> (Vec<&'t str>, Vec<usize>) {
    let (mut different, mut known) = (Vec::new(), HashMap::new());
    let place = |headline: &&'t str| {
        *known.entry(*headline).or_insert_with(|| {
            different.push(*headline);
            different.len() - 1
        })
    };
    let places = headlines.iter().map(place).collect();
    (different, places)
}

/// The most frequent; of equals the first by name.
fn most<'c>(codes: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    codes.for_each(|code| *counts.entry(code).or_default() += 1);
    counts
        .into_iter()
        .rev()
        .max_by_key(|&(_, count)| count)
        .map(|(code, _)| code)
}

fn of(headline: &str, language: Language, background: Option<&Background>) -> Words {
    let tokens = Tokens::of(headline);
    let stemmer = Stemmer::new(language, background);
    let (mut frame, mut numbers, mut stem) = (Vec::new(), Vec::new(), String::new());
    for unit in tokens.units() {
        let word = tokens.run(unit);
        stem.clear();
        match number(word) {
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
    let weighed = |terms: &mut dyn Iterator<Item = &u32>| {
        terms
            .map(|&term| (term, weight(term, background)))
            .collect()
    };
    Words {
        all: Vector::new(weighed(&mut frame.iter().chain(&numbers))),
        frame: Vector::new(weighed(&mut frame.iter())),
        numbers,
    }
}

/// How much a term says: the logarithm of how rare it is in headlines at large; the same for all
/// without a background.
fn weight(term: u32, background: Option<&Background>) -> f64 {
    let rarity = |background: &Background| {
        let items = f64::from(background.items(Table::Title));
        libm::log((1.0 + items) / (1.0 + f64::from(background.count(Table::Title, term))))
    };
    background.map_or(1.0, rarity)
}

/// What the copies of an item say for it together, where each other group of copies has a vote: to
/// be carried twice is some evidence, but less than what another text says. With a tenth or a half
/// of a vote the samples choose the same.
const OWN_VOTE: f64 = 0.25;

/// The mean cosine of each headline to those of the other groups of copies, given the group of
/// each. A group has one vote, which its headlines share, and [`OWN_VOTE`] for its own items. Where
/// all are copies of each other, each has a vote.
pub(super) fn centralities(words: &[Words], copies: &[u64]) -> Vec<f64> {
    let mut sizes: HashMap<u64, usize> = HashMap::new();
    copies
        .iter()
        .for_each(|&group| *sizes.entry(group).or_default() += 1);
    if sizes.len() < 2 {
        let alone: Vec<u64> = (0..words.len() as u64).collect();
        return if words.len() < 2 {
            vec![1.0; words.len()]
        } else {
            centralities(words, &alone)
        };
    }
    let (mut all, mut own): (HashMap<u32, f64>, HashMap<(u64, u32), f64>) = Default::default();
    for (words, group) in words.iter().zip(copies) {
        let vote = 1.0 / sizes[group] as f64;
        for &(term, weight) in &words.all.0 {
            *all.entry(term).or_default() += vote * weight;
            *own.entry((*group, term)).or_default() += vote * weight;
        }
    }
    let others = (sizes.len() - 1) as f64;
    let centrality = |(words, &group): (&Words, &u64)| {
        let (mut of_others, mut of_own) = (0.0, 0.0);
        for &(term, weight) in &words.all.0 {
            let own = own[&(group, term)];
            of_others += weight * (all[&term] - own);
            of_own += weight * own;
        }
        let size = sizes[&group] as f64;
        if size < 2.0 || words.all.0.is_empty() {
            return (of_others / others).clamp(0.0, 1.0);
        }
        let copies = (of_own * size - 1.0) / (size - 1.0);
        ((of_others + OWN_VOTE * copies) / (others + OWN_VOTE)).clamp(0.0, 1.0)
    };
    words.iter().zip(copies).map(centrality).collect()
}

/// The figure of a number, also of one that is spelled out.
fn number(word: &str) -> Option<&str> {
    let spelled = || {
        NUMBERS
            .iter()
            .find(|(_, words)| words.contains(&word))
            .map(|&(figure, _)| figure)
    };
    if is_number(word) {
        Some(word)
    } else {
        spelled()
    }
}

/// Numbers that headlines spell out, folded. One and two are left aside: they are pronouns in
/// English, endings in Arabic.
const NUMBERS: [(&str, &[&str]); 20] = [
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

    fn all(headlines: &[&str]) -> Vec<Words> {
        words(headlines, &Backgrounds::default())
    }

    #[test]
    fn a_number_spelled_out_is_its_figure() {
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
    fn rare_words_make_headlines_alike() {
        let found = all(&[
            "Quayside crane in the fog",
            "The crane at the quayside",
            "In the north of the country",
        ]);
        assert!(found[0].all.cosine(&found[1].all) > 0.6);
        assert!(found[0].all.cosine(&found[2].all) < 0.1);
    }

    #[test]
    fn a_headline_without_a_hint_is_read_as_the_others_are() {
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
    fn copies_share_a_vote_and_say_less_for_each_other() {
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
        assert_eq!(twice[2..], once_each[1..], "to others they are one");
        let own = (2.0 * once_each[0] + OWN_VOTE) / (2.0 + OWN_VOTE);
        assert!((twice[0] - own).abs() < 1e-12 && twice[0] == twice[1]);
        let copies = centralities(&once, &[7, 7, 7]);
        assert_eq!(
            copies,
            centralities(&once, &[1, 2, 3]),
            "where there are no others, copies vote"
        );
    }
}
