//! The groups of a batch alone: ids, edges and counts, without canonical items and names.

use std::convert::Infallible;

use rayon::prelude::*;

use super::cohesion::{COHESION_SAMPLE, count_low_density_groups, density, is_low_density, sizes};
use super::group_ids::group_ids;
use super::grouped::GroupedBatch;
use crate::clustering::{Counts, Grouped, Partition, Summary};
use crate::verify::Edge;

/// The groups of a batch.
pub(super) fn partition(batch: GroupedBatch<'_>) -> Partition {
    let id = |doc: u32| batch.prepared.id(doc);
    let (summary, ids) = rayon::join(
        || summary(&batch),
        || group_ids(id, batch.roots(), batch.kind()),
    );
    let positions = batch.prepared.positions.par_iter().copied();
    Partition {
        items: positions.zip(ids).collect(),
        edges: batch.duplicates.copies.edges,
        summary,
    }
}

fn summary(batch: &GroupedBatch<'_>) -> Summary {
    let roots = batch.duplicate_roots();
    let edges = &batch.duplicates.copies.edges;
    let Ok(loose) = count_low_density_groups(roots, |items| {
        Ok::<_, Infallible>(batch.duplicates.links_among(items))
    });
    let stories = batch
        .stories
        .as_ref()
        .map(|stories| Grouped::of(sizes(&stories.roots).into_iter()));
    Summary {
        stories: stories.filter(|stories| stories.groups > 0),
        counts: counts(batch),
        ..summary_of_duplicates(roots, edges, loose)
    }
}

/// Counters of the stages.
pub(super) fn counts(batch: &GroupedBatch<'_>) -> Counts {
    let copies = &batch.duplicates.copies;
    let stop_terms = batch
        .stories
        .as_ref()
        .map_or(0, |stories| stories.oversized_terms);
    Counts {
        too_short: copies.too_short(),
        wordless: copies.wordless,
        crowded: copies.oversized_buckets + stop_terms,
    }
}

/// Summary of groups of duplicates, without counters. `weak_large_groups` is the number of groups
/// of low density among those that are too large to be measured by their edges.
pub(crate) fn summary_of_duplicates(
    roots: &[u32],
    edges: &[Edge],
    weak_large_groups: usize,
) -> Summary {
    let sizes = sizes(roots);
    let mut links = vec![0; sizes.len()];
    for edge in edges {
        let [a, b] = [edge.pair().a, edge.pair().b].map(|doc| roots[doc as usize]);
        if a == b {
            links[a as usize] += 1;
        }
    }
    let small = links
        .iter()
        .zip(&sizes)
        .filter(|&(_, &size)| size <= COHESION_SAMPLE);
    let weak = small.filter(|&(&links, &size)| density(links, size).is_some_and(is_low_density));
    Summary {
        items: roots.len(),
        duplicates: Grouped::of(sizes.iter().copied()),
        weak: weak_large_groups + weak.count(),
        ..Summary::default()
    }
}
