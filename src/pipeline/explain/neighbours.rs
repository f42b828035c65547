//! The items with the strongest edges to an item.

use std::collections::BTreeMap;

use super::steps::named;
use crate::clustering::{Neighbour, Neighbourhood};
use crate::pipeline::grouped::GroupedBatch;
use crate::verify::Edge;

/// At most `count` items with the strongest edges to an item. Of two edges to one item the edge of
/// duplicates counts.
pub(crate) fn neighbours(batch: &GroupedBatch<'_>, doc: u32, count: usize) -> Neighbourhood {
    let mut edges: BTreeMap<u32, Edge> = BTreeMap::new();
    if let Some(stories) = &batch.stories {
        edges.extend(edges_of(&stories.edges, doc));
    }
    edges.extend(edges_of(&batch.duplicates.copies.edges, doc));
    let mut nearest: Vec<(u32, Edge)> = edges.into_iter().collect();
    nearest.sort_by(|(x, p), (y, q)| q.similarity().total_cmp(&p.similarity()).then(x.cmp(y)));
    nearest.truncate(count);
    let roots = batch.roots();
    let neighbour = |(other, edge): (u32, Edge)| Neighbour {
        item: named(batch.prepared, other),
        similarity: edge.similarity(),
        kind: edge.kind(),
        together: roots[other as usize] == roots[doc as usize],
    };
    Neighbourhood {
        item: named(batch.prepared, doc),
        near_dup_size: group_size(batch.duplicate_roots(), doc),
        cluster_size: group_size(roots, doc),
        nearest: nearest.into_iter().map(neighbour).collect(),
    }
}

/// The edges of an item, each with the other item.
fn edges_of(edges: &[Edge], doc: u32) -> impl Iterator<Item = (u32, Edge)> {
    edges.iter().filter_map(move |edge| {
        let pair = edge.pair();
        match doc {
            _ if pair.a == doc => Some((pair.b, *edge)),
            _ if pair.b == doc => Some((pair.a, *edge)),
            _ => None,
        }
    })
}

fn group_size(roots: &[u32], doc: u32) -> usize {
    let root = roots[doc as usize];
    roots.iter().filter(|&&other| other == root).count()
}
