//! Finds the phrases that recur in the titles of a group.
//!
//! Input: titles, and the usage of words. Output: [`Phrase`]s with their worth in nats. Cost:
//! linear in the titles, except for a sort of the runs.

use std::ops::Range;

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Headline, Usage};
use crate::text::{Boundary, SurfaceToken, is_sign, term_hash};

/// Maximum breadth of a phrase, where a sign of a script without spaces has a breadth of 1 and a
/// word of 2.
const MAX_BREADTH: usize = 16;

/// Share of its occurrences that continue with one word from which a phrase is incomplete.
const MAX_CONTINUATION: f64 = 0.7;

/// Factor of worth for a single word that is not a name: it is often a verb.
const LONE_WORD_FACTOR: f64 = 0.3;

/// Factor of worth per side for a phrase that always continues with a content word.
const CONTINUED_FACTOR: f64 = 0.8;

/// An occurrence of a phrase: words `start..end` of a title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    pub(super) headline: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A run of words in at least two titles.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    /// Hash of the words.
    pub(super) key: u64,
    /// Content words, sorted, as [`word_key`]s.
    pub(super) terms: Vec<u32>,
    /// Number of words; two signs count as one word.
    pub(super) words: usize,
    /// Worth in nats, positive.
    pub(super) worth: f64,
    /// Whether the phrase is a single word that is not a name.
    pub(super) is_lone_word: bool,
    pub(super) occurrences: Vec<Occurrence>,
}

impl Phrase {
    pub(super) fn shares_term(&self, other: &Phrase) -> bool {
        other.terms.iter().any(|term| self.terms.contains(term))
    }

    /// First word of the first occurrence in a title.
    pub(super) fn start_in(&self, headline: usize) -> Option<usize> {
        self.occurrences
            .iter()
            .find(|occurrence| occurrence.headline == headline)
            .map(|occurrence| occurrence.start)
    }
}

/// The phrases of a group, in no particular order.
pub(super) fn phrases(
    headlines: &[Headline<'_>],
    canonical: usize,
    usage: &Usage<'_>,
) -> Vec<Phrase> {
    let group = TitleGroup {
        headlines,
        canonical,
        votes: headlines.iter().map(|headline| headline.vote).sum(),
        usage,
    };
    let mut runs: Vec<(u64, Occurrence)> = Vec::new();
    for (place, headline) in headlines.iter().enumerate() {
        for start in 0..headline.words.len() {
            group.collect_runs(place, start, &mut runs);
        }
    }
    runs.sort_unstable();
    let mut phrases = Vec::new();
    for run in runs.chunk_by(|x, y| x.0 == y.0) {
        let occurrences: Vec<Occurrence> = run.iter().map(|&(_, occurrence)| occurrence).collect();
        if group.recurs(&occurrences) {
            phrases.extend(group.phrase(run[0].0, occurrences));
        }
    }
    phrases
}

/// The titles of a group with what decides on phrases.
struct TitleGroup<'g> {
    headlines: &'g [Headline<'g>],
    canonical: usize,
    /// Sum of the votes of the titles.
    votes: f64,
    usage: &'g Usage<'g>,
}

impl TitleGroup<'_> {
    /// Adds the runs from word `start` of a title that may be phrases.
    fn collect_runs(&self, headline: usize, start: usize, runs: &mut Vec<(u64, Occurrence)>) {
        let words = self.headlines[headline].words;
        if !may_begin(words, start, self.usage) {
            return;
        }
        let (mut key, mut breadth) = (0, 0);
        for end in start + 1..=words.len() {
            let word = &words[end - 1];
            if end > start + 1 && word.boundary == Boundary::Break {
                return;
            }
            key = xxh3_64_with_seed(&word_key(word).to_le_bytes(), key);
            breadth += breadth_of(word);
            if breadth > MAX_BREADTH {
                return;
            }
            if may_end(words, start..end, self.usage) {
                let occurrence = Occurrence {
                    headline,
                    start,
                    end,
                };
                runs.push((key, occurrence));
            }
        }
    }

    /// Whether the occurrences are in at least two titles, of different texts or of the canonical
    /// text.
    fn recurs(&self, occurrences: &[Occurrence]) -> bool {
        let first = occurrences[0].headline;
        let last = occurrences[occurrences.len() - 1].headline;
        let text = self.headlines[first].of;
        first != last
            && (text == self.headlines[self.canonical].of
                || occurrences
                    .iter()
                    .any(|occurrence| self.headlines[occurrence.headline].of != text))
    }

    /// The phrase with its worth; `None` if it is incomplete, only a date, only with a particle, or
    /// without worth.
    fn phrase(&self, key: u64, occurrences: Vec<Occurrence>) -> Option<Phrase> {
        let first = occurrences[0];
        let run = &self.headlines[first.headline].words[first.start..first.end];
        let continuations = [PhraseSide::Before, PhraseSide::After]
            .map(|side| self.continuation(&occurrences, side));
        let is_incomplete = continuations.iter().any(|&share| share > MAX_CONTINUATION);
        if is_incomplete || is_date(run, self.usage) || self.always_has_particle(&occurrences) {
            return None;
        }
        let share = self.share(&occurrences);
        let is_lone_word = is_one_word(run) && self.usage.is_name(&run[0]) == Some(false);
        let lone = if is_lone_word { LONE_WORD_FACTOR } else { 1.0 };
        let continued: f64 = continuations
            .iter()
            .map(|share| 1.0 - (1.0 - CONTINUED_FACTOR) * share)
            .product();
        let surprisal = surprisal(run, self.usage);
        let worth = share * (surprisal + libm::log(share)) * lone * continued;
        (worth > 0.0).then(|| Phrase {
            key,
            terms: terms(run, self.usage),
            words: run.iter().map(breadth_of).sum::<usize>().div_ceil(2),
            worth,
            is_lone_word,
            occurrences,
        })
    }

    /// Share of the votes whose titles have the phrase, in `0..=1`.
    fn share(&self, occurrences: &[Occurrence]) -> f64 {
        let votes: f64 = occurrences
            .chunk_by(|x, y| x.headline == y.headline)
            .map(|of_headline| self.headlines[of_headline[0].headline].vote)
            .sum();
        votes / self.votes
    }

    /// Whether the phrase begins with an Arabic particle in all occurrences.
    fn always_has_particle(&self, occurrences: &[Occurrence]) -> bool {
        occurrences.iter().all(|occurrence| {
            let first = &self.headlines[occurrence.headline].words[occurrence.start];
            self.usage.has_particle(first)
        })
    }

    /// Share of the occurrences that continue on a side with the most frequent content word there.
    fn continuation(&self, occurrences: &[Occurrence], side: PhraseSide) -> f64 {
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for occurrence in occurrences {
            if let Some(word) = self.neighbor(occurrence, side) {
                *counts.entry(word).or_default() += 1;
            }
        }
        counts.into_values().max().unwrap_or(0) as f64 / occurrences.len() as f64
    }

    /// The content word next to an occurrence, if neither a clause boundary nor an Arabic "and" is
    /// between.
    fn neighbor(&self, occurrence: &Occurrence, side: PhraseSide) -> Option<u32> {
        let words = self.headlines[occurrence.headline].words;
        let (at, later) = match side {
            PhraseSide::Before => (occurrence.start.checked_sub(1)?, occurrence.start),
            PhraseSide::After => (occurrence.end, occurrence.end),
        };
        let word = words.get(at)?;
        let continues = is_content_word(word, self.usage) && !self.usage.is_verb(word)
            || side == PhraseSide::Before && self.usage.is_negation(word);
        let is_apart = words[later].boundary == Boundary::Break
            || self.usage.begins_with_and(&words[later])
            || self.usage.begins_with_and(word);
        (continues && !is_apart).then(|| word_key(word))
    }
}

/// A side of a phrase.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PhraseSide {
    Before,
    After,
}

/// Key of a word: words of one stem have one key, a sign has its own.
fn word_key(word: &SurfaceToken<'_>) -> u32 {
    match word.term {
        Some(term) if !is_sign(&word.normalized) => term,
        _ => term_hash(&word.normalized),
    }
}

fn breadth_of(word: &SurfaceToken<'_>) -> usize {
    if is_sign(&word.normalized) { 1 } else { 2 }
}

/// Keys of the content words, sorted and distinct.
fn terms(run: &[SurfaceToken<'_>], usage: &Usage<'_>) -> Vec<u32> {
    let mut terms: Vec<u32> = run
        .iter()
        .filter(|word| is_content_word(word, usage))
        .map(word_key)
        .collect();
    terms.sort_unstable();
    terms.dedup();
    terms
}

fn is_number(word: &SurfaceToken<'_>) -> bool {
    word.normalized
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b' '))
}

/// Whether the content words of a run are all dates.
fn is_date(run: &[SurfaceToken<'_>], usage: &Usage<'_>) -> bool {
    run.iter()
        .all(|word| usage.is_date(word) || !is_content_word(word, usage))
}

/// Whether word `at` forms a compound with the word before, so a phrase cannot be cut there.
fn continues_compound(words: &[SurfaceToken<'_>], at: usize) -> bool {
    at > 0
        && words
            .get(at)
            .is_some_and(|word| word.boundary == Boundary::Glue)
        && !is_sign(&words[at].normalized)
        && !is_sign(&words[at - 1].normalized)
}

fn may_begin(words: &[SurfaceToken<'_>], at: usize, usage: &Usage<'_>) -> bool {
    let word = &words[at];
    !continues_compound(words, at)
        && (usage.is_negation(word)
            || is_content_word(word, usage) && has_content(word) && !usage.is_verb(word))
}

/// Whether a word is neither a number nor a stop word.
fn is_content_word(word: &SurfaceToken<'_>, usage: &Usage<'_>) -> bool {
    !is_number(word) && !usage.is_stop_word(word)
}

/// Whether a word has a term, or is a sign or initials ("U.S."). A single letter is neither.
fn has_content(word: &SurfaceToken<'_>) -> bool {
    word.term.is_some() || is_sign(&word.normalized) || is_initials(word)
}

fn is_initials(word: &SurfaceToken<'_>) -> bool {
    word.text.contains('.') && word.text.chars().any(char::is_uppercase)
}

fn may_end(words: &[SurfaceToken<'_>], run: Range<usize>, usage: &Usage<'_>) -> bool {
    let last = &words[run.end - 1];
    if continues_compound(words, run.end)
        || usage.is_stop_word(last)
        || !has_content(last)
        || usage.is_verb(last)
    {
        return false;
    }
    // "Boeing 737" and "World Cup 2026" are phrases, "kills 12" is not.
    let is_part_of_name = last.boundary == Boundary::Glue || is_year(last);
    if is_number(last) && !(run.len() > 1 && is_part_of_name) {
        return false;
    }
    let run = &words[run];
    match run.iter().filter(|word| is_sign(&word.normalized)).count() {
        0 => !has_inner_stop_word(run, usage) || is_name(run, usage),
        // A single sign is less than a word.
        1 => false,
        _ => true,
    }
}

fn has_inner_stop_word(run: &[SurfaceToken<'_>], usage: &Usage<'_>) -> bool {
    run.iter().any(|word| is_plain_stop_word(word, usage))
}

/// Whether all words except stop words are names ("Bank of Velden").
fn is_name(run: &[SurfaceToken<'_>], usage: &Usage<'_>) -> bool {
    run.iter()
        .filter(|word| !is_plain_stop_word(word, usage))
        .all(|word| usage.is_name(word) == Some(true))
}

/// Whether a word is a stop word and not a negation.
fn is_plain_stop_word(word: &SurfaceToken<'_>, usage: &Usage<'_>) -> bool {
    usage.is_stop_word(word) && !usage.is_negation(word)
}

fn is_year(word: &SurfaceToken<'_>) -> bool {
    word.normalized
        .parse()
        .is_ok_and(|year: u32| (1900..2100).contains(&year))
}

/// Sum of the surprisals of the content words, in nats, as if the words were independent.
fn surprisal(run: &[SurfaceToken<'_>], usage: &Usage<'_>) -> f64 {
    (0..run.len())
        .filter(|&at| is_content_word(&run[at], usage) && at + run[at].span <= run.len())
        .filter_map(|at| run[at].term)
        .map(|term| usage.surprisal(term))
        .sum()
}

/// Whether the run is one word or one compound.
fn is_one_word(run: &[SurfaceToken<'_>]) -> bool {
    run[1..]
        .iter()
        .all(|word| word.boundary == Boundary::Glue && !is_sign(&word.normalized))
}
