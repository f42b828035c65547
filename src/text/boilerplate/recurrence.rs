//! Finds edges that recur on the titles of one source.
//!
//! Input: articles and their titles without affixes by form. Output: [`RecurringEdges`]. Cost: one
//! sort of the edges and one scan of the titles.
//!
//! A topic recurs at the edge too ("Gaza | ..."), but also within titles, so edges are kept that
//! are within titles more often than at their edges. Before a colon are speakers and places, so
//! there recurrence does not count.

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::edge::{Edge, Mark, Side, edges};
use super::form::{Publisher, is_name};
use super::strip_affixes;
use crate::article::Article;
use crate::text::Tokens;

/// Minimum number of different titles of one source on which an affix recurs.
const MIN_TITLES: usize = 3;

/// The same among titles without a known source.
const MIN_TITLES_WITHOUT_SOURCE: usize = 5;

/// Maximum number of words of an affix that is known by recurrence alone.
const MAX_WORDS: usize = 5;

/// Edges that recur on different titles of a source, as pairs of [`Publisher::group`] and
/// [`Occurrence::edge`].
pub(super) struct RecurringEdges(HashSet<(u64, u64)>);

/// An edge of a title that may be an affix by recurrence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Occurrence {
    /// The source: [`Publisher::group`].
    group: u64,
    /// Hash of words, side and doubt.
    edge: u64,
    /// Normalized words of the edge.
    words: String,
    /// Hash of the rest of the title.
    rest: u64,
    /// Whether the edge must be on half of the titles of its source.
    is_doubtful: bool,
}

impl RecurringEdges {
    pub(super) fn find(articles: &[&Article<'_>], titles: &[&str]) -> Self {
        let candidates = candidates(articles, titles);
        if candidates.is_empty() {
            return RecurringEdges(HashSet::new());
        }
        let all = RecurringEdges(
            candidates
                .iter()
                .map(|(edge, _)| (edge.group, edge.edge))
                .collect(),
        );
        let within = count_within(articles, titles, &all, &candidates);
        let mut at_edges: HashMap<&str, usize> = HashMap::new();
        for (edge, count) in &candidates {
            *at_edges.entry(&edge.words).or_default() += count;
        }
        RecurringEdges(
            candidates
                .iter()
                .filter(|(edge, _)| {
                    let within = within.get(&hash(&edge.words)).copied().unwrap_or(0);
                    within <= at_edges[&*edge.words]
                })
                .map(|(edge, _)| (edge.group, edge.edge))
                .collect(),
        )
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, group: u64, edge: &Edge<'_>) -> bool {
        Occurrence::of(group, edge).is_some_and(|edge| self.0.contains(&(group, edge.edge)))
    }
}

impl Occurrence {
    /// The edge, if it can be an affix by recurrence: a capitalized name of a few words without
    /// numbers, not before a colon or dots.
    ///
    /// Before a dash are also persons and places, and in brackets the subject of the news: such an
    /// edge is doubtful. Pieces in lower case are clauses ("– one arrested").
    fn of(group: u64, edge: &Edge<'_>) -> Option<Self> {
        let is_doubtful = match edge.mark {
            Mark::Bar => false,
            Mark::Dash => edge.side == Side::Front,
            Mark::Brackets => true,
            Mark::Colon | Mark::Dots | Mark::Slug => return None,
        };
        if edge.text.split_whitespace().nth(MAX_WORDS).is_some() || !is_name(edge.text) {
            return None;
        }
        let words = Tokens::of(edge.text);
        if words.is_empty() || words.words() > MAX_WORDS || words.numbers().next().is_some() {
            return None;
        }
        let seed = edge.side as u64 * 2 + u64::from(is_doubtful);
        Some(Occurrence {
            group,
            edge: xxh3_64_with_seed(words.as_str().as_bytes(), seed),
            words: words.as_str().to_owned(),
            rest: hash(edge.rest),
            is_doubtful,
        })
    }
}

/// Each edge that is on enough different titles of its source, and the number of titles.
fn candidates(articles: &[&Article<'_>], titles: &[&str]) -> Vec<(Occurrence, usize)> {
    let mut group_sizes: HashMap<u64, usize> = HashMap::new();
    for article in articles {
        *group_sizes
            .entry(Publisher::of(article).group())
            .or_default() += 1;
    }
    let mut found: Vec<Occurrence> = articles
        .par_iter()
        .zip(titles)
        .flat_map_iter(|(article, title)| occurrences(Publisher::of(article).group(), title))
        .collect();
    found.par_sort_unstable();
    found.dedup();
    found
        .chunk_by(|x, y| (x.group, x.edge) == (y.group, y.edge))
        .filter(|run| recurs(run, group_sizes[&run[0].group]))
        .map(|run| (run[0].clone(), run.len()))
        .collect()
}

/// The edges of a title, and the edges next to them on the same side.
fn occurrences(group: u64, title: &str) -> Vec<Occurrence> {
    let mut found = Vec::new();
    for edge in edges(title) {
        if let Some(outer) = Occurrence::of(group, &edge) {
            let inner = edges(edge.rest).filter(|inner| inner.side == edge.side);
            found.extend(inner.filter_map(|inner| Occurrence::of(group, &inner)));
            found.push(outer);
        }
    }
    found
}

/// Whether an edge, given its occurrences on different titles, recurs on enough of the titles of
/// its source.
fn recurs(titles: &[Occurrence], group_size: usize) -> bool {
    let edge = &titles[0];
    let min_titles = if edge.group == Publisher::UNKNOWN {
        MIN_TITLES_WITHOUT_SOURCE
    } else {
        MIN_TITLES
    };
    titles.len() >= min_titles && (!edge.is_doubtful || 2 * titles.len() >= group_size)
}

/// For the words of each candidate, the number of titles that have them other than as a recurring
/// edge, by hash.
fn count_within(
    articles: &[&Article<'_>],
    titles: &[&str],
    recurring: &RecurringEdges,
    candidates: &[(Occurrence, usize)],
) -> HashMap<u64, usize> {
    let wanted = WantedRuns::of(candidates.iter().map(|(edge, _)| edge.words.as_str()));
    let hits: Vec<u64> = articles
        .par_iter()
        .zip(titles)
        .flat_map_iter(|(article, title)| {
            let group = Publisher::of(article).group();
            let rest = strip_affixes(title, |edge| recurring.contains(group, edge));
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
