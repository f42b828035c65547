//! The items and their groups in, who published them out: how many items each outlet has, how often
//! it was the first, and whose texts it copies. Linear in the batch.
//!
//! The first of the copies of a text is its original, and later items of other outlets are copies
//! of it; where two outlets share the earliest second, or no item is dated, nobody is. Dates are
//! those of the items: an outlet that dates an agency's text earlier than the agency itself passes
//! for its author.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use serde::Serialize;
use url::Url;

use super::{Ground, sanitize};
use crate::article::Article;

/// Who published the items of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlets {
    /// Each outlet, those with the most items first.
    pub all: Vec<Outlet>,
    /// Who copies whom, the most frequent first.
    pub flows: Vec<Flow>,
    /// The outlets that give and take most, by their places; at most ten.
    pub exchange: Vec<usize>,
    /// Items without an outlet.
    pub unknown: usize,
    /// Groups of copies of several outlets of which no first can be told.
    pub undecided: usize,
}

/// An outlet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outlet {
    /// Its name, or the host of its links.
    pub name: String,
    /// Its items.
    pub items: usize,
    /// The stories it tells with others.
    pub shared: usize,
    /// Those of them it was the first to tell.
    pub led: usize,
    /// Its items that were copied by others.
    pub originals: usize,
    /// Its items that are copies of another's.
    pub copies: usize,
}

impl Outlet {
    /// Its items that are nobody's copy and were not copied.
    pub fn own(&self) -> usize {
        self.items - self.originals - self.copies
    }
}

/// How many texts of one outlet stand in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// The place of the outlet that was first.
    pub from: usize,
    /// The place of the one that copied.
    pub to: usize,
    /// How many items.
    pub items: usize,
}

/// So many outlets are set against each other.
const EXCHANGE: usize = 10;

/// The outlets' names, those with the most items first, and the place of each item's.
pub(super) struct Names {
    names: Vec<(String, usize)>,
    places: Vec<Option<usize>>,
}

impl Names {
    pub(super) fn of(articles: &[Article<'_>]) -> Self {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut names: Vec<(String, usize)> = Vec::new();
        let mut place = |name: String| {
            let place = *seen.entry(name).or_insert_with_key(|name| {
                names.push((name.clone(), 0));
                names.len() - 1
            });
            names[place].1 += 1;
            place
        };
        let found: Vec<Option<usize>> = articles
            .iter()
            .map(|article| name(article).map(&mut place))
            .collect();
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by(|&x, &y| {
            names[y]
                .1
                .cmp(&names[x].1)
                .then_with(|| names[x].0.cmp(&names[y].0))
        });
        let mut ranks = vec![0; names.len()];
        order
            .iter()
            .enumerate()
            .for_each(|(rank, &at)| ranks[at] = rank);
        Names {
            names: order.iter().map(|&at| names[at].clone()).collect(),
            places: found
                .into_iter()
                .map(|place| place.map(|at| ranks[at]))
                .collect(),
        }
    }

    /// The place of an item's outlet.
    pub(super) fn place(&self, at: usize) -> Option<usize> {
        self.places[at]
    }

    /// How many outlets these items have.
    pub(super) fn different(&self, members: &[usize]) -> usize {
        members
            .iter()
            .filter_map(|&at| self.place(at))
            .collect::<BTreeSet<_>>()
            .len()
    }
}

fn name(article: &Article<'_>) -> Option<String> {
    let host = || {
        let url = Url::parse(article.url.as_deref()?).ok()?;
        url.host_str().map(|host| Cow::Owned(host.to_owned()))
    };
    let named = article
        .source
        .as_deref()
        .filter(|name| !name.trim().is_empty())
        .map(Cow::Borrowed)
        .or_else(host)?;
    Some(sanitize::text(named.strip_prefix("www.").unwrap_or(&named)))
}

/// Who published the items of these groups.
pub(super) fn outlets(ground: &Ground<'_>, groups: &[Vec<usize>]) -> Outlets {
    let named = |(name, items): &(String, usize)| Outlet {
        name: name.clone(),
        items: *items,
        ..Outlet::default()
    };
    let mut all: Vec<Outlet> = ground.names.names.iter().map(named).collect();
    count_stories(ground, groups, &mut all);
    let (flows, undecided) = count_copies(ground, &mut all);
    let unknown = ground
        .names
        .places
        .iter()
        .filter(|place| place.is_none())
        .count();
    Outlets {
        exchange: exchange(&flows),
        all,
        flows,
        unknown,
        undecided,
    }
}

fn count_stories(ground: &Ground<'_>, groups: &[Vec<usize>], all: &mut [Outlet]) {
    for group in groups {
        let tellers: BTreeSet<usize> = group
            .iter()
            .filter_map(|&at| ground.names.place(at))
            .collect();
        if tellers.len() > 1 {
            tellers.iter().for_each(|&teller| all[teller].shared += 1);
            first(ground, group)
                .into_iter()
                .for_each(|teller| all[teller].led += 1);
        }
    }
}

/// Who copies whom, and how many groups of copies have no first.
fn count_copies(ground: &Ground<'_>, all: &mut [Outlet]) -> (Vec<Flow>, usize) {
    let (mut counts, mut undecided) = (BTreeMap::<(usize, usize), usize>::new(), 0);
    let shared = ground
        .material
        .report
        .duplicates
        .iter()
        .filter(|group| ground.names.different(&group.members) > 1);
    for group in shared {
        let Some(from) = first(ground, &group.members) else {
            undecided += 1;
            continue;
        };
        all[from].originals += 1;
        for to in group
            .members
            .iter()
            .filter_map(|&at| ground.names.place(at))
            .filter(|&to| to != from)
        {
            all[to].copies += 1;
            *counts.entry((from, to)).or_default() += 1;
        }
    }
    let mut flows: Vec<Flow> = counts
        .into_iter()
        .map(|((from, to), items)| Flow { from, to, items })
        .collect();
    flows.sort_by_key(|flow| (Reverse(flow.items), flow.from, flow.to));
    (flows, undecided)
}

/// The outlet of the earliest of these items; none if two outlets share its second.
fn first(ground: &Ground<'_>, members: &[usize]) -> Option<usize> {
    let dated = members.iter().filter_map(|&at| {
        Some((
            ground.material.articles[at].published?.0,
            ground.names.place(at)?,
        ))
    });
    let mut dated: Vec<(i64, usize)> = dated.collect();
    dated.sort_unstable();
    let &(earliest, outlet) = dated.first()?;
    let alone = dated
        .iter()
        .take_while(|item| item.0 == earliest)
        .all(|item| item.1 == outlet);
    alone.then_some(outlet)
}

fn exchange(flows: &[Flow]) -> Vec<usize> {
    let mut traffic = BTreeMap::<usize, usize>::new();
    for flow in flows {
        *traffic.entry(flow.from).or_default() += flow.items;
        *traffic.entry(flow.to).or_default() += flow.items;
    }
    let mut busiest: Vec<(usize, usize)> = traffic.into_iter().collect();
    busiest.sort_by_key(|&(outlet, items)| (Reverse(items), outlet));
    busiest
        .into_iter()
        .take(EXCHANGE)
        .map(|(outlet, _)| outlet)
        .collect()
}
