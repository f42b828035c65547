//! Headlines in, the runs of words that recur in them out, each with what it is worth.

use std::ops::Range;

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Headline, Usage};
use crate::text::{Boundary, SurfaceToken, is_sign};

/// A phrase is no broader than this; a sign is as broad as one, a word as two.
const MOST_BREADTH: usize = 16;

/// A run that goes on with one and the same word in more than this share of its places is no whole
/// phrase.
const GOES_ON: f64 = 0.7;

/// A word alone that is no name says less than it seems to: it is a verb as often as not.
const LONE_WORD: f64 = 0.3;

/// A run that breaks off before or behind a telling word is worth less.
const BROKEN_OFF: f64 = 0.8;

/// Where a phrase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Occurrence {
    pub(super) headline: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A run of words that recurs.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    /// Tells it from all others.
    pub(super) key: u64,
    /// The telling words.
    pub(super) terms: Vec<u32>,
    /// How many words it has; two signs are one.
    pub(super) words: usize,
    /// What it is worth, in nats.
    pub(super) worth: f64,
    /// Whether it is one word that is no name.
    pub(super) is_lone_word: bool,
    pub(super) occurrences: Vec<Occurrence>,
}

/// The phrases of a group that is shown under one of its headlines, in no particular order.
pub(super) fn phrases(
    headlines: &[Headline<'_>],
    canonical: usize,
    usage: &Usage<'_>,
) -> Vec<Phrase> {
    let mut runs: Vec<(u64, Occurrence)> = Vec::new();
    for (place, headline) in headlines.iter().enumerate() {
        for start in 0..headline.words.len() {
            collect(headline, place, start, usage, &mut runs);
        }
    }
    runs.sort_unstable();
    let all: f64 = headlines.iter().map(|headline| headline.vote).sum();
    let recurs = |run: &&[(u64, Occurrence)]| {
        let text = |(_, occurrence): &(u64, Occurrence)| headlines[occurrence.headline].of;
        let is_alone = run.iter().all(|one| text(one) == text(&run[0]))
            && text(&run[0]) != headlines[canonical].of;
        run[0].1.headline != run[run.len() - 1].1.headline && !is_alone
    };
    let phrase = |run: &[(u64, Occurrence)]| {
        let occurrences = run.iter().map(|&(_, occurrence)| occurrence).collect();
        weigh(run[0].0, occurrences, headlines, all, usage)
    };
    runs.chunk_by(|x, y| x.0 == y.0)
        .filter(recurs)
        .filter_map(phrase)
        .collect()
}

/// The runs that begin with a word and can be a phrase.
fn collect(
    headline: &Headline<'_>,
    place: usize,
    start: usize,
    usage: &Usage<'_>,
    runs: &mut Vec<(u64, Occurrence)>,
) {
    let words = headline.words;
    if !may_begin(words, start, usage) {
        return;
    }
    let (mut key, mut breadth) = (0, 0);
    for end in start + 1..=words.len() {
        let word = &words[end - 1];
        if end > start + 1 && word.boundary == Boundary::Break {
            return;
        }
        key = xxh3_64_with_seed(&key_of(word).to_le_bytes(), key);
        breadth += breadth_of(word);
        if breadth > MOST_BREADTH {
            return;
        }
        if may_end(words, start..end, usage) {
            runs.push((
                key,
                Occurrence {
                    headline: place,
                    start,
                    end,
                },
            ));
        }
    }
}

/// What a word is told by: words of one stem are one, signs are themselves.
fn key_of(word: &SurfaceToken<'_>) -> u32 {
    match word.term {
        Some(term) if !is_sign(&word.normalized) => term,
        _ => crate::text::term_hash(&word.normalized),
    }
}

fn breadth_of(word: &SurfaceToken<'_>) -> usize {
    if is_sign(&word.normalized) { 1 } else { 2 }
}

fn is_number(word: &SurfaceToken<'_>) -> bool {
    word.normalized
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b' '))
}

/// Whether a phrase tells a time and nothing else.
fn says_when(run: &[SurfaceToken<'_>], usage: &Usage<'_>) -> bool {
    run.iter()
        .all(|word| usage.dates(word) || !tells(word, usage))
}

/// Whether a phrase cannot be cut before a word: it is a part of a compound with the one before.
fn is_bound(words: &[SurfaceToken<'_>], at: usize) -> bool {
    let glued = words
        .get(at)
        .is_some_and(|word| word.boundary == Boundary::Glue);
    glued && at > 0 && !(is_sign(&words[at].normalized) || is_sign(&words[at - 1].normalized))
}

fn may_begin(words: &[SurfaceToken<'_>], at: usize, usage: &Usage<'_>) -> bool {
    let word = &words[at];
    !is_bound(words, at)
        && (usage.denies(word) || tells(word, usage) && has_content(word) && !usage.is_verb(word))
}

/// Whether a word is neither a number nor one that only serves others.
fn tells(word: &SurfaceToken<'_>, usage: &Usage<'_>) -> bool {
    !is_number(word) && !usage.is_stop_word(word)
}

/// Whether a word is compared, or stands for a name ("U.S."); a lone letter does neither.
fn has_content(word: &SurfaceToken<'_>) -> bool {
    word.term.is_some() || is_sign(&word.normalized) || is_initials(word)
}

fn is_initials(word: &SurfaceToken<'_>) -> bool {
    word.text.contains('.') && word.text.chars().any(char::is_uppercase)
}

fn may_end(words: &[SurfaceToken<'_>], run: Range<usize>, usage: &Usage<'_>) -> bool {
    let last = &words[run.end - 1];
    if is_bound(words, run.end)
        || usage.is_stop_word(last)
        || !has_content(last)
        || usage.is_verb(last)
    {
        return false;
    }
    if is_number(last) && !(run.len() > 1 && (last.boundary == Boundary::Glue || is_year(last))) {
        return false;
    }
    let signs = words[run.clone()]
        .iter()
        .filter(|word| is_sign(&word.normalized))
        .count();
    let serves = |at: &usize| usage.is_stop_word(&words[*at]) && !usage.denies(&words[*at]);
    let inner = (run.start..run.end).any(|at| serves(&at));
    let names = || {
        run.clone()
            .filter(|at| !serves(at))
            .all(|at| usage.is_name(&words[at]) == Some(true))
    };
    signs != 1 && (!inner || signs > 0 || names())
}

fn is_year(word: &SurfaceToken<'_>) -> bool {
    word.normalized
        .parse()
        .is_ok_and(|year: u32| (1900..2100).contains(&year))
}

/// A phrase with what it is worth; none if it is a part of another one, or says nothing.
fn weigh(
    key: u64,
    occurrences: Vec<Occurrence>,
    headlines: &[Headline<'_>],
    all: f64,
    usage: &Usage<'_>,
) -> Option<Phrase> {
    let goes_on = |side| goes_on(&occurrences, |it| neighbour(headlines, it, side, usage));
    let sides = [goes_on(Side::Before), goes_on(Side::Behind)];
    let first = occurrences[0];
    let run = &headlines[first.headline].words[first.start..first.end];
    let breadth: usize = run.iter().map(breadth_of).sum();
    if sides.iter().any(|&share| share > GOES_ON) || says_when(run, usage) {
        return None;
    }
    let begins = |it: &Occurrence| &headlines[it.headline].words[it.start];
    if occurrences.iter().all(|it| usage.has_particle(begins(it))) {
        return None;
    }
    let of_headlines = occurrences.chunk_by(|x, y| x.headline == y.headline);
    let share = of_headlines
        .map(|own| headlines[own[0].headline].vote)
        .sum::<f64>()
        / all;
    let is_lone_word = is_one_word(run) && usage.is_name(&run[0]) == Some(false);
    let lone = if is_lone_word { LONE_WORD } else { 1.0 };
    let broken: f64 = sides
        .iter()
        .map(|side| 1.0 - (1.0 - BROKEN_OFF) * side)
        .product();
    let worth = share * (says(run, usage) + libm::log(share)) * lone * broken;
    let mut terms: Vec<u32> = run
        .iter()
        .filter(|word| tells(word, usage))
        .map(key_of)
        .collect();
    terms.sort_unstable();
    terms.dedup();
    (worth > 0.0).then_some(Phrase {
        key,
        terms,
        words: breadth.div_ceil(2),
        worth,
        is_lone_word,
        occurrences,
    })
}

/// How much the words of a phrase say, in nats, as if each stood by itself.
fn says(run: &[SurfaceToken<'_>], usage: &Usage<'_>) -> f64 {
    let is_within = |at: usize| at + run[at].span <= run.len();
    let telling = (0..run.len()).filter(|&at| tells(&run[at], usage) && is_within(at));
    telling
        .filter_map(|at| run[at].term)
        .map(|term| usage.information(term))
        .sum()
}

/// Whether nothing but the parts of one word stands there.
fn is_one_word(run: &[SurfaceToken<'_>]) -> bool {
    run[1..]
        .iter()
        .all(|word| word.boundary == Boundary::Glue && !is_sign(&word.normalized))
}

#[derive(Clone, Copy)]
enum Side {
    Before,
    Behind,
}

/// The telling word next to a phrase, if there is no break between and no Arabic "and" on either.
fn neighbour(
    headlines: &[Headline<'_>],
    it: &Occurrence,
    side: Side,
    usage: &Usage<'_>,
) -> Option<u32> {
    let words = headlines[it.headline].words;
    let (at, later) = match side {
        Side::Before => (it.start.checked_sub(1)?, it.start),
        Side::Behind => (it.end, it.end),
    };
    let word = words.get(at)?;
    let goes_on = tells(word, usage) && !usage.is_verb(word)
        || (matches!(side, Side::Before) && usage.denies(word));
    let is_apart = words[later].boundary == Boundary::Break
        || usage.is_joined(&words[later])
        || usage.is_joined(word);
    (goes_on && !is_apart).then(|| key_of(word))
}

/// In which share of its places a phrase goes on with its commonest neighbour.
fn goes_on(occurrences: &[Occurrence], neighbour: impl Fn(&Occurrence) -> Option<u32>) -> f64 {
    let mut counts: HashMap<u32, usize> = HashMap::new();
    for word in occurrences.iter().filter_map(neighbour) {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_values().max().unwrap_or(0) as f64 / occurrences.len() as f64
}
