//! Decisions of a grouping.
//!
//! Input: a set of labelled pairs. Output: for each pair whether its items are in one group, and
//! the kind of their edge.

use std::collections::HashMap;

use anyhow::Context;
use qissa::clustering::GroupId;
use qissa::ids::CandidatePair;
use qissa::input::{FieldNames, Source, read};
use qissa::verify::MatchKind;
use qissa::{Article, Engine};

use crate::sets::{Items, Pair, Set};

/// The decision of a grouping about a pair.
#[derive(Clone, Copy)]
pub struct Decision {
    /// Whether the items are in one group.
    pub together: bool,
    /// The kind of the edge between the items; `None` without an edge.
    pub kind: Option<MatchKind>,
}

/// The decisions of an engine about the pairs of a set.
pub fn decide(set: &Set, engine: &Engine) -> anyhow::Result<Vec<Decision>> {
    match &set.items {
        Items::Batch(sources) => {
            let articles = read_all(sources, set.cut_words)?;
            let grouping = Grouping::of(engine, &articles);
            set.pairs
                .iter()
                .map(|pair| grouping.decision(pair))
                .collect()
        }
        Items::Alone(batches) => {
            let decide = |(pair, batch): (&Pair, &[Article<'static>; 2])| {
                let mut batch = batch.each_ref().map(Article::borrowed);
                cut(&mut batch, set.cut_words);
                Grouping::of(engine, &batch).decision(pair)
            };
            set.pairs.iter().zip(batches).map(decide).collect()
        }
    }
}

/// The value of a function for each pair of a set, given the pair's place and its items.
pub fn with_articles<T>(
    set: &Set,
    mut make: impl FnMut(usize, &Article<'_>, &Article<'_>) -> T,
) -> anyhow::Result<Vec<T>> {
    match &set.items {
        Items::Batch(sources) => {
            let articles = read_all(sources, set.cut_words)?;
            let places: HashMap<&str, &Article<'_>> = articles
                .iter()
                .map(|article| (&*article.id, article))
                .collect();
            let item = |id: &str| {
                places
                    .get(id)
                    .copied()
                    .with_context(|| format!("there is no item {id}"))
            };
            let pairs = set.pairs.iter().enumerate();
            pairs
                .map(|(at, pair)| Ok(make(at, item(&pair.ids[0])?, item(&pair.ids[1])?)))
                .collect()
        }
        Items::Alone(batches) => {
            let pair = |(at, batch): (usize, &[Article<'static>; 2])| {
                let mut batch = batch.each_ref().map(Article::borrowed);
                cut(&mut batch, set.cut_words);
                make(at, &batch[0], &batch[1])
            };
            Ok(batches.iter().enumerate().map(pair).collect())
        }
    }
}

/// The decisions of given groups about each pair. Items without a group are in no group.
pub fn decide_by(set: &Set, labels: &HashMap<String, String>) -> Vec<Decision> {
    let decide = |pair: &Pair| {
        let [a, b] = pair.ids.each_ref().map(|id| labels.get(id));
        Decision {
            together: a.is_some() && a == b,
            kind: None,
        }
    };
    set.pairs.iter().map(decide).collect()
}

/// The articles of a batch, with texts cut to a maximum number of words.
fn read_all(sources: &[Source], words: Option<usize>) -> anyhow::Result<Vec<Article<'_>>> {
    let mut articles = Vec::new();
    for source in sources {
        articles.extend(read(source, None, &FieldNames::default())?.articles);
    }
    cut(&mut articles, words);
    Ok(articles)
}

/// Cuts each text to a maximum number of words.
fn cut(articles: &mut [Article<'_>], words: Option<usize>) {
    let Some(words) = words else { return };
    for article in articles {
        article.text = article
            .text
            .split_whitespace()
            .take(words)
            .collect::<Vec<_>>()
            .join(" ")
            .into();
    }
}

/// The groups and edges of a batch.
struct Grouping<'a> {
    /// The place of each item by its id.
    places: HashMap<&'a str, u32>,
    /// The group of each place.
    groups: Vec<GroupId>,
    /// The kinds of the edges between places.
    kinds: HashMap<CandidatePair, MatchKind>,
}

impl<'a> Grouping<'a> {
    fn of(engine: &Engine, articles: &'a [Article<'_>]) -> Self {
        let partition = engine.partition(articles, &());
        let ids = partition.items.iter().map(|&(at, _)| &*articles[at].id);
        Grouping {
            places: ids.zip(0..).collect(),
            groups: partition.items.iter().map(|&(_, group)| group).collect(),
            kinds: partition
                .edges
                .iter()
                .map(|edge| (edge.pair(), edge.kind()))
                .collect(),
        }
    }

    fn decision(&self, pair: &Pair) -> anyhow::Result<Decision> {
        let place = |id: &str| {
            self.places
                .get(id)
                .copied()
                .with_context(|| format!("there is no item {id}"))
        };
        let (a, b) = (place(&pair.ids[0])?, place(&pair.ids[1])?);
        let together = self.groups[a as usize] == self.groups[b as usize];
        let edge = CandidatePair {
            a: a.min(b),
            b: a.max(b),
        };
        Ok(Decision {
            together,
            kind: self.kinds.get(&edge).copied(),
        })
    }
}
