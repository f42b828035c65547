//! Items and edges as an explanation shows them.

use crate::cluster::strongest_path;
use crate::clustering::{Named, Step};
use crate::pipeline::prepare::Prepared;
use crate::verify::Edge;

/// Words of the body that stand for a missing title.
const TITLE_WORDS: usize = 12;

/// Names an item.
pub(super) fn named(prepared: &Prepared<'_>, doc: u32) -> Named {
    let article = prepared.item(doc);
    let title = match article.title.is_empty() {
        true => {
            let words: Vec<&str> = article.text.split_whitespace().take(TITLE_WORDS).collect();
            words.join(" ")
        }
        false => article.title.to_string(),
    };
    Named {
        id: article.id.to_string(),
        title,
        source: article.source.as_deref().map(str::to_owned),
    }
}

/// An edge, seen from one of its items.
pub(super) fn step(prepared: &Prepared<'_>, edge: &Edge, from: u32, to: u32) -> Step {
    Step {
        from: named(prepared, from),
        to: named(prepared, to),
        similarity: edge.similarity(),
        kind: edge.kind(),
    }
}

/// The path between two items of one group whose weakest edge is the strongest, over the edges
/// within the group.
pub(super) fn path(
    prepared: &Prepared<'_>,
    roots: &[u32],
    edges: &[Edge],
    a: u32,
    b: u32,
) -> Vec<Step> {
    let is_inside = |doc: u32| roots[doc as usize] == roots[a as usize];
    let inside: Vec<&Edge> = edges
        .iter()
        .filter(|edge| is_inside(edge.pair().a) && is_inside(edge.pair().b))
        .collect();
    let links: Vec<(u32, u32, f64)> = inside
        .iter()
        .map(|edge| (edge.pair().a, edge.pair().b, edge.similarity()))
        .collect();
    let docs = strongest_path(roots.len(), &links, a, b).unwrap_or_default();
    let mut steps = Vec::new();
    for pair in docs.windows(2) {
        let (low, high) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
        let edge = inside
            .iter()
            .find(|edge| edge.pair().a == low && edge.pair().b == high);
        steps.extend(edge.map(|edge| step(prepared, edge, pair[0], pair[1])));
    }
    steps
}
