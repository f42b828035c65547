//! Finds affixes that recur on the titles of one source.
//!
//! Input: articles and their titles without boilerplate by form. Output: [`RecurringAffixes`].
//! Cost: one sort of the affixes and one scan of the titles.
//!
//! A topic recurs as an affix too ("Gaza | ..."), but also within titles. So an affix that is
//! within titles more often than at their edges is kept. Before a colon are speakers and places, so
//! there recurrence does not count.

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::affix::{Affix, Mark, Side, affixes};
use super::form::{Publisher, is_name};
use super::strip_affixes;
use crate::article::Article;
use crate::text::Tokens;

/// Minimum number of different titles of one source on which an affix recurs.
const MIN_TITLES: usize = 3;

/// The same among titles without a known source.
const MIN_TITLES_WITHOUT_SOURCE: usize = 5;

/// Maximum number of words of an affix that is boilerplate by recurrence alone.
const MAX_WORDS: usize = 5;

/// Affixes that recur on different titles of a source, as pairs of [`Publisher::group`] and
/// [`AffixOccurrence::key`].
pub(super) struct RecurringAffixes(HashSet<(u64, u64)>);

/// An affix of a title that may be boilerplate by recurrence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct AffixOccurrence {
    /// The source: [`Publisher::group`].
    group: u64,
    /// Hash of words, side and doubt.
    key: u64,
    /// Normalized words of the affix.
    words: String,
    /// Hash of the rest of the title.
    rest: u64,
    /// Whether the affix must be on half of the titles of its source.
    is_doubtful: bool,
}

impl RecurringAffixes {
    pub(super) fn find(articles: &[&Article<'_>], titles: &[&str]) -> Self {
        let candidates = candidates(articles, titles);
        if candidates.is_empty() {
            return RecurringAffixes(HashSet::new());
        }
        let all = RecurringAffixes(
            candidates
                .iter()
                .map(|(affix, _)| (affix.group, affix.key))
                .collect(),
        );
        let within = count_within(articles, titles, &all, &candidates);
        let mut at_edge_counts: HashMap<&str, usize> = HashMap::new();
        for (affix, count) in &candidates {
            *at_edge_counts.entry(&affix.words).or_default() += count;
        }
        RecurringAffixes(
            candidates
                .iter()
                .filter(|(affix, _)| {
                    let within = within.get(&hash(&affix.words)).copied().unwrap_or(0);
                    within <= at_edge_counts[&*affix.words]
                })
                .map(|(affix, _)| (affix.group, affix.key))
                .collect(),
        )
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, group: u64, affix: &Affix<'_>) -> bool {
        AffixOccurrence::of(group, affix).is_some_and(|affix| self.0.contains(&(group, affix.key)))
    }
}

impl AffixOccurrence {
    /// The affix, if it can be boilerplate by recurrence: a capitalized name of a few words without
    /// numbers, not before a colon or dots.
    ///
    /// Before a dash are also persons and places, and in brackets the subject of the news: such an
    /// affix is doubtful. Pieces in lower case are clauses ("– one arrested").
    fn of(group: u64, affix: &Affix<'_>) -> Option<Self> {
        let is_doubtful = match affix.mark {
            Mark::Bar => false,
            Mark::Dash => affix.side == Side::Front,
            Mark::Brackets => true,
            Mark::Colon | Mark::Dots | Mark::Slug => return None,
        };
        if affix.text.split_whitespace().nth(MAX_WORDS).is_some() || !is_name(affix.text) {
            return None;
        }
        let words = Tokens::of(affix.text);
        if words.is_empty() || words.words() > MAX_WORDS || words.numbers().next().is_some() {
            return None;
        }
        let seed = affix.side as u64 * 2 + u64::from(is_doubtful);
        Some(AffixOccurrence {
            group,
            key: xxh3_64_with_seed(words.as_str().as_bytes(), seed),
            words: words.as_str().to_owned(),
            rest: hash(affix.rest),
            is_doubtful,
        })
    }
}

/// Each affix that is on enough different titles of its source, and the number of titles.
fn candidates(articles: &[&Article<'_>], titles: &[&str]) -> Vec<(AffixOccurrence, usize)> {
    let mut group_sizes: HashMap<u64, usize> = HashMap::new();
    for article in articles {
        *group_sizes
            .entry(Publisher::of(article).group())
            .or_default() += 1;
    }
    let mut found: Vec<AffixOccurrence> = articles
        .par_iter()
        .zip(titles)
        .flat_map_iter(|(article, title)| occurrences(Publisher::of(article).group(), title))
        .collect();
    found.par_sort_unstable();
    found.dedup();
    found
        .chunk_by(|x, y| (x.group, x.key) == (y.group, y.key))
        .filter(|run| recurs(run, group_sizes[&run[0].group]))
        .map(|run| (run[0].clone(), run.len()))
        .collect()
}

/// The affixes of a title, and the affixes next to them on the same side.
fn occurrences(group: u64, title: &str) -> Vec<AffixOccurrence> {
    let mut found = Vec::new();
    for affix in affixes(title) {
        if let Some(outer) = AffixOccurrence::of(group, &affix) {
            let inner = affixes(affix.rest).filter(|inner| inner.side == affix.side);
            found.extend(inner.filter_map(|inner| AffixOccurrence::of(group, &inner)));
            found.push(outer);
        }
    }
    found
}

/// Whether an affix, given its occurrences on different titles, recurs on enough of the titles of
/// its source.
fn recurs(titles: &[AffixOccurrence], group_size: usize) -> bool {
    let affix = &titles[0];
    let min_titles = if affix.group == Publisher::UNKNOWN {
        MIN_TITLES_WITHOUT_SOURCE
    } else {
        MIN_TITLES
    };
    titles.len() >= min_titles && (!affix.is_doubtful || 2 * titles.len() >= group_size)
}

/// For the words of each candidate, the number of titles that have them other than as a recurring
/// affix, by hash.
fn count_within(
    articles: &[&Article<'_>],
    titles: &[&str],
    recurring: &RecurringAffixes,
    candidates: &[(AffixOccurrence, usize)],
) -> HashMap<u64, usize> {
    let wanted = WantedRuns::of(candidates.iter().map(|(affix, _)| affix.words.as_str()));
    let hits: Vec<u64> = articles
        .par_iter()
        .zip(titles)
        .flat_map_iter(|(article, title)| {
            let group = Publisher::of(article).group();
            let rest = strip_affixes(title, |affix| recurring.contains(group, affix));
            wanted.find(&Tokens::of(rest))
        })
        .collect();
    let mut counts = HashMap::new();
    for hash in hits {
        *counts.entry(hash).or_default() += 1;
    }
    counts
}

/// A set of runs of words, by hash.
struct WantedRuns {
    runs: HashSet<u64>,
    /// Hashes of the first words of the runs.
    first_words: HashSet<u64>,
    /// Number of words of the longest run.
    longest: usize,
}

impl WantedRuns {
    fn of<'r>(runs: impl Iterator<Item = &'r str>) -> Self {
        let mut wanted = WantedRuns {
            runs: HashSet::new(),
            first_words: HashSet::new(),
            longest: 0,
        };
        for run in runs {
            let first = run.split(' ').next().unwrap_or_default();
            wanted.runs.insert(hash(run));
            wanted.first_words.insert(hash(first));
            wanted.longest = wanted.longest.max(run.split(' ').count());
        }
        wanted
    }

    /// The distinct hashes of the runs that occur in `words`.
    fn find(&self, words: &Tokens) -> Vec<u64> {
        let mut found = Vec::new();
        for start in 0..words.len() {
            if !self
                .first_words
                .contains(&hash(words.run(start..start + 1)))
            {
                continue;
            }
            for length in 1..=self.longest {
                let run = hash(words.run(start..start + length));
                if self.runs.contains(&run) {
                    found.push(run);
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}
