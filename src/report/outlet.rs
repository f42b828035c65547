//! Outlets of a report: number of items, who publishes first, who copies whom.
//!
//! Of a group of duplicates, the earliest item is the original and the items of other outlets are
//! copies. A group has no original if two outlets share the earliest second or no item is dated.
//! Dates are those of the items: an outlet that dates an agency's text earlier than the agency
//! counts as its author. Cost: linear.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use serde::Serialize;
use url::Url;

use super::{ReportLookup, short_text};
use crate::article::Article;

/// The publishers of the items of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlets {
    /// The outlets, those with the most items first.
    pub all: Vec<Outlet>,
    /// Numbers of copied texts between outlets, largest first.
    pub flows: Vec<Flow>,
    /// Indices of the outlets with the most copied texts, at most `MAX_EXCHANGE`.
    pub exchange: Vec<usize>,
    /// Number of items without an outlet.
    pub unknown: usize,
    /// Number of groups of duplicates of several outlets without a unique first outlet.
    pub undecided: usize,
}

/// An outlet with its counters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outlet {
    /// Name of the outlet, or the host of its links.
    pub name: String,
    /// Number of items.
    pub items: usize,
    /// Number of stories shared with other outlets.
    pub shared: usize,
    /// Number of shared stories that the outlet published first.
    pub led: usize,
    /// Number of items that other outlets copied.
    pub originals: usize,
    /// Number of items copied from other outlets.
    pub copies: usize,
}

impl Outlet {
    /// Number of items that neither are copies nor were copied.
    pub fn own(&self) -> usize {
        self.items - self.originals - self.copies
    }
}

/// Number of texts that one outlet copied from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Flow {
    /// Index of the outlet that was first.
    pub from: usize,
    /// Index of the outlet that copied.
    pub to: usize,
    /// Number of items.
    pub items: usize,
}

/// Maximum number of outlets in [`Outlets::exchange`].
const MAX_EXCHANGE: usize = 10;

/// The names of outlets, those with the most items first, and the outlet of each item.
pub(super) struct OutletNames {
    /// Name and number of items of each outlet.
    names: Vec<(String, usize)>,
    /// Index in `names` by item.
    of_items: Vec<Option<usize>>,
}

impl OutletNames {
    pub(super) fn of(articles: &[Article<'_>]) -> Self {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let outlets: Vec<Option<String>> = articles.iter().map(outlet_name).collect();
        for name in outlets.iter().flatten() {
            *counts.entry_ref(name.as_str()).or_default() += 1;
        }
        let mut names: Vec<(String, usize)> = counts.into_iter().collect();
        names.sort_by(|x, y| y.1.cmp(&x.1).then_with(|| x.0.cmp(&y.0)));
        let index_of: HashMap<&str, usize> = names
            .iter()
            .enumerate()
            .map(|(index, (name, _))| (name.as_str(), index))
            .collect();
        let of_items = outlets
            .iter()
            .map(|name| index_of.get(name.as_deref()?).copied())
            .collect();
        drop(index_of);
        OutletNames { names, of_items }
    }

    /// The index of an item's outlet.
    pub(super) fn of_item(&self, item: usize) -> Option<usize> {
        self.of_items[item]
    }

    /// The number of different outlets of items.
    pub(super) fn count(&self, items: &[usize]) -> usize {
        self.of_group(items).len()
    }

    /// The different outlets of items.
    fn of_group(&self, items: &[usize]) -> BTreeSet<usize> {
        items
            .iter()
            .filter_map(|&item| self.of_item(item))
            .collect()
    }
}

/// The source of an item, or the host of its link.
fn outlet_name(article: &Article<'_>) -> Option<String> {
    let source = article
        .source
        .as_deref()
        .filter(|name| !name.trim().is_empty());
    let name = match source {
        Some(name) => Cow::Borrowed(name),
        None => {
            let url = Url::parse(article.url.as_deref()?).ok()?;
            Cow::Owned(url.host_str()?.to_owned())
        }
    };
    Some(short_text(name.strip_prefix("www.").unwrap_or(&name)))
}

/// The outlets of a batch.
pub(super) fn outlets(lookup: &ReportLookup<'_>, groups: &[Vec<usize>]) -> Outlets {
    let mut all: Vec<Outlet> = Vec::new();
    for (name, items) in &lookup.outlets.names {
        all.push(Outlet {
            name: name.clone(),
            items: *items,
            ..Outlet::default()
        });
    }
    count_stories(lookup, groups, &mut all);
    let (flows, undecided) = count_copies(lookup, &mut all);
    let unknown = lookup.outlets.of_items.iter().filter(|name| name.is_none());
    Outlets {
        unknown: unknown.count(),
        exchange: exchange(&flows),
        all,
        flows,
        undecided,
    }
}

/// Counts shared stories, and those that each outlet published first.
fn count_stories(lookup: &ReportLookup<'_>, groups: &[Vec<usize>], all: &mut [Outlet]) {
    for group in groups {
        let outlets = lookup.outlets.of_group(group);
        if outlets.len() < 2 {
            continue;
        }
        for &outlet in &outlets {
            all[outlet].shared += 1;
        }
        if let Some(first) = first_outlet(lookup, group) {
            all[first].led += 1;
        }
    }
}

/// Counts originals and copies. Returns the flows between outlets, and the number of groups without
/// a first outlet.
fn count_copies(lookup: &ReportLookup<'_>, all: &mut [Outlet]) -> (Vec<Flow>, usize) {
    let mut counts = BTreeMap::<(usize, usize), usize>::new();
    let mut undecided = 0;
    for group in &lookup.inputs.report.duplicates {
        if lookup.outlets.count(&group.members) < 2 {
            continue;
        }
        let Some(from) = first_outlet(lookup, &group.members) else {
            undecided += 1;
            continue;
        };
        all[from].originals += 1;
        let outlets = group
            .members
            .iter()
            .filter_map(|&item| lookup.outlets.of_item(item));
        for to in outlets.filter(|&to| to != from) {
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

/// The outlet of the earliest item; `None` if two outlets share the earliest second.
fn first_outlet(lookup: &ReportLookup<'_>, members: &[usize]) -> Option<usize> {
    let mut dated: Vec<(i64, usize)> = Vec::new();
    for &item in members {
        let date = lookup.inputs.articles[item].published;
        dated.extend(date.map(|date| date.0).zip(lookup.outlets.of_item(item)));
    }
    dated.sort_unstable();
    let &(earliest, outlet) = dated.first()?;
    dated
        .iter()
        .take_while(|(date, _)| *date == earliest)
        .all(|(_, other)| *other == outlet)
        .then_some(outlet)
}

/// The outlets with the most copied texts, as source or as copier.
fn exchange(flows: &[Flow]) -> Vec<usize> {
    let mut traffic = BTreeMap::<usize, usize>::new();
    for flow in flows {
        *traffic.entry(flow.from).or_default() += flow.items;
        *traffic.entry(flow.to).or_default() += flow.items;
    }
    let mut busiest: Vec<(usize, usize)> = traffic.into_iter().collect();
    busiest.sort_by_key(|&(outlet, items)| (Reverse(items), outlet));
    busiest.truncate(MAX_EXCHANGE);
    busiest.into_iter().map(|(outlet, _)| outlet).collect()
}
