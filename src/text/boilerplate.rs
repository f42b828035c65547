//! A batch's articles in, of each headline the part that tells the news out: without the outlet's
//! name, its sections and labels ("عاجل |", "LIVE:", "(صور)", "... - Reuters"), which copies and
//! tellers of one story do not share and strangers do.
//!
//! An affix stands at an edge, set off by a bar, a spaced dash, brackets, a colon or dots. It is
//! known by its form (a label of the trade, the name of an outlet, the source's own name) or, set
//! off by a bar, a dash or brackets, by recurring on different headlines of one source. A topic
//! recurs too ("Gaza | ..."), but is also spoken of elsewhere, so what stands within headlines more
//! often than at their edges is kept; before a colon stand speakers and places, so there form alone
//! counts. A headline that would be left with fewer than three words keeps its affix. Linear in the
//! headlines, but for a sort of the edges; those without a separator cost one scan.

mod edge;
mod form;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::Tokens;
use crate::article::Article;
use edge::{Edge, Mark, Side, edges, may_have_edges};
pub(crate) use form::host;
use form::{Source, is_name};

/// A headline keeps at least so many words that are no numbers.
const LEAST_WORDS: usize = 3;

/// A headline has no more affixes than this.
const MOST_AFFIXES: usize = 4;

/// An affix recurs on so many different headlines of its source.
const RECURRENT: usize = 3;

/// Where no source is known, on so many of the batch.
const RECURRENT_ANYWHERE: usize = 5;

/// An affix known by recurrence alone has no more words than this.
const MOST_WORDS: usize = 5;

/// The part of each headline that tells the news, whatever the order of the articles.
///
/// ```
/// use qissa::{Article, text::titles_without_boilerplate};
/// let titles = ["عاجل | الشرع يزور موسكو غدا", "Fed raises rates again - Reuters", "Putin: we are ready for talks"];
/// let articles = titles.map(|title| Article::headline("", title));
/// let found = titles_without_boilerplate(&articles.iter().collect::<Vec<_>>());
/// assert_eq!(found, ["الشرع يزور موسكو غدا", "Fed raises rates again", "Putin: we are ready for talks"]);
/// ```
pub fn titles_without_boilerplate<'a>(articles: &[&'a Article<'_>]) -> Vec<&'a str> {
    let formed: Vec<&str> = articles
        .par_iter()
        .map(|article| title_without_boilerplate(article))
        .collect();
    let recurring = Recurring::find(articles, &formed);
    if recurring.0.is_empty() {
        return formed;
    }
    let by_both = |(article, core): (&&'a Article<'_>, &'a str)| {
        let source = Source::of(article);
        let mut words = Tokens::default();
        peel(core, |edge| {
            recurring.has(source.group(), edge) || source.names(edge, &mut words)
        })
    };
    articles.par_iter().zip(formed).map(by_both).collect()
}

/// The part of one headline that tells the news, as far as the form of its affixes gives them away.
pub fn title_without_boilerplate<'a>(article: &'a Article<'_>) -> &'a str {
    let source = Source::of(article);
    let mut words = Tokens::default();
    peel(&article.title, |edge| source.names(edge, &mut words))
}

/// A headline without the edges that are affixes, outermost first.
fn peel<'a>(title: &'a str, mut is_affix: impl FnMut(&Edge<'a>) -> bool) -> &'a str {
    let mut core = title;
    for _ in 0..MOST_AFFIXES {
        if !may_have_edges(core) {
            break;
        }
        let affix = edges(core).find(|edge| is_affix(edge) && says_enough(edge.rest));
        match affix {
            Some(edge) => core = edge.rest,
            None => break,
        }
    }
    core
}

fn says_enough(rest: &str) -> bool {
    let words = Tokens::of(rest);
    words.words() >= LEAST_WORDS + words.numbers().count()
}

/// The edges that recur on different headlines of a source, as hashes of both.
struct Recurring(HashSet<(u64, u64)>);

/// An edge that may be found to recur.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    group: u64,
    edge: u64,
    words: String,
    rest: u64,
    is_doubtful: bool,
}

impl Recurring {
    fn find(articles: &[&Article<'_>], cores: &[&str]) -> Self {
        let candidates = Recurring::candidates(articles, cores);
        if candidates.is_empty() {
            return Recurring(HashSet::new());
        }
        let all = Recurring(
            candidates
                .iter()
                .map(|(seen, _)| (seen.group, seen.edge))
                .collect(),
        );
        let words: Vec<&str> = candidates
            .iter()
            .map(|(seen, _)| seen.words.as_str())
            .collect();
        let within = within(articles, cores, &all, &words);
        let mut edges: HashMap<&str, usize> = HashMap::new();
        for (seen, count) in &candidates {
            *edges.entry(&seen.words).or_default() += count;
        }
        let is_label = |seen: &Seen| {
            within
                .get(&xxh3_64(seen.words.as_bytes()))
                .copied()
                .unwrap_or(0)
                <= edges[&*seen.words]
        };
        let labels = candidates
            .iter()
            .filter(|(seen, _)| is_label(seen))
            .map(|(seen, _)| (seen.group, seen.edge));
        Recurring(labels.collect())
    }

    /// Each edge that stands on enough different headlines of its source, and on how many.
    fn candidates(articles: &[&Article<'_>], cores: &[&str]) -> Vec<(Seen, usize)> {
        let mut sizes: HashMap<u64, usize> = HashMap::new();
        for article in articles {
            *sizes.entry(Source::of(article).group()).or_default() += 1;
        }
        let seen = |(article, core): (&&Article<'_>, &&str)| {
            let group = Source::of(article).group();
            let mut all = Vec::new();
            for edge in edges(core) {
                if let Some(seen) = Seen::of(group, &edge) {
                    let inner = edges(edge.rest).filter(|next| next.side == edge.side);
                    all.extend(inner.filter_map(|next| Seen::of(group, &next)));
                    all.push(seen);
                }
            }
            all
        };
        let mut found: Vec<Seen> = articles.par_iter().zip(cores).flat_map_iter(seen).collect();
        found.par_sort_unstable();
        found.dedup();
        let recurs = |run: &[Seen]| {
            let least = if run[0].group == Source::NONE {
                RECURRENT_ANYWHERE
            } else {
                RECURRENT
            };
            run.len() >= least && (!run[0].is_doubtful || 2 * run.len() >= sizes[&run[0].group])
        };
        let runs = found.chunk_by(|x, y| (x.group, x.edge) == (y.group, y.edge));
        runs.filter(|run| recurs(run))
            .map(|run| (run[0].clone(), run.len()))
            .collect()
    }

    fn has(&self, group: u64, edge: &Edge<'_>) -> bool {
        Seen::of(group, edge).is_some_and(|seen| self.0.contains(&(group, seen.edge)))
    }
}

impl Seen {
    /// The edge, if it can be an affix by recurrence: a name of a few words without a number, not
    /// before a colon or dots. Before a dash stand persons and places too, and in brackets what
    /// the news is about: there an affix must be on half of its source's headlines.
    /// Uncapitalised pieces are clauses ("– one arrested").
    fn of(group: u64, edge: &Edge<'_>) -> Option<Self> {
        let is_doubtful = match edge.mark {
            Mark::Bar => false,
            Mark::Dash => edge.side == Side::Front,
            Mark::Brackets => true,
            Mark::Colon | Mark::Dots | Mark::Slug => return None,
        };
        if edge.text.split_whitespace().nth(MOST_WORDS).is_some() || !is_name(edge.text) {
            return None;
        }
        let words = Tokens::of(edge.text);
        if words.is_empty() || words.words() > MOST_WORDS || words.numbers().next().is_some() {
            return None;
        }
        let place = edge.side as u64 * 2 + u64::from(is_doubtful);
        let (hash, rest) = (
            xxh3_64_with_seed(words.as_str().as_bytes(), place),
            xxh3_64(edge.rest.as_bytes()),
        );
        Some(Seen {
            group,
            edge: hash,
            words: words.as_str().to_owned(),
            rest,
            is_doubtful,
        })
    }
}

/// In how many headlines each of the runs of words stands that are no edge found to recur.
fn within(
    articles: &[&Article<'_>],
    cores: &[&str],
    recurring: &Recurring,
    runs: &[&str],
) -> HashMap<u64, usize> {
    let firsts: HashSet<u64> = runs
        .iter()
        .filter_map(|run| run.split(' ').next())
        .map(|word| xxh3_64(word.as_bytes()))
        .collect();
    let wanted: HashSet<u64> = runs.iter().map(|run| xxh3_64(run.as_bytes())).collect();
    let longest = runs
        .iter()
        .map(|run| run.split(' ').count())
        .max()
        .unwrap_or(0);
    let hits = |(article, core): (&&Article<'_>, &&str)| {
        let group = Source::of(article).group();
        let words = Tokens::of(peel(core, |edge| recurring.has(group, edge)));
        let mut hits = Vec::new();
        for start in (0..words.len())
            .filter(|&start| firsts.contains(&xxh3_64(words.run(start..start + 1).as_bytes())))
        {
            let runs = (1..=longest).map(|length| words.run(start..start + length));
            hits.extend(
                runs.map(|run| xxh3_64(run.as_bytes()))
                    .filter(|hash| wanted.contains(hash)),
            );
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    };
    let all: Vec<u64> = articles.par_iter().zip(cores).flat_map_iter(hits).collect();
    let mut counts = HashMap::new();
    all.into_iter()
        .for_each(|hash| *counts.entry(hash).or_default() += 1);
    counts
}

#[cfg(test)]
mod tests;
