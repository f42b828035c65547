//! The answer to a batch: ids, canonical items, names and cohesion of its groups.

use rayon::prelude::*;

use super::canonicals::Canonicals;
use super::cohesion::{cohesion_sample, density, is_low_density, min_over_pairs, sizes};
use super::group_ids::group_ids;
use super::grouped::{DuplicateGroups, GroupedBatch};
use super::naming::{NamingScope, labels};
use super::partition::counts;
use super::prepare::Prepared;
use super::stories::BatchStories;
use crate::cluster::members;
use crate::clustering::{
    Clustering, Group, GroupId, Grouped, Partition, Placement, Relation, Summary,
};
use crate::config::Params;
use crate::naming::GroupName;
use crate::text::Backgrounds;
use crate::verify::{Edge, MatchKind};

/// Describes the groups of a batch. Without a scope for their names, the groups have no names.
pub(super) fn clustering(
    batch: GroupedBatch<'_>,
    names: Option<NamingScope>,
    params: &Params,
    backgrounds: &Backgrounds,
) -> Clustering {
    let near_dups = LevelGroups::new(batch.prepared, batch.duplicate_roots(), GroupId::Duplicates);
    let clusters = match &batch.stories {
        Some(stories) => LevelGroups::new(batch.prepared, &stories.roots, GroupId::Story),
        None => near_dups.clone(),
    };
    let canonicals = Canonicals::choose(&batch, clusters.roots, params, backgrounds);
    let nested = batch
        .stories
        .as_ref()
        .map(|_| Canonicals::choose(&batch, near_dups.roots, params, backgrounds));
    let mut duplicates = near_dups.groups(
        batch.prepared,
        nested.as_ref().unwrap_or(&canonicals),
        &DuplicateCohesion {
            groups: &batch.duplicates,
            edges: (names != Some(NamingScope::SomeGroups))
                .then_some(&batch.duplicates.copies.edges),
        },
    );
    let mut stories = batch.stories.as_ref().map_or_else(Vec::new, |stories| {
        clusters.groups(batch.prepared, &canonicals, &StoryCohesion(stories))
    });
    if let Some(scope) = names {
        let labels = labels(&batch, &canonicals, scope, params, backgrounds);
        match batch.stories {
            Some(_) => name(&mut stories, labels),
            None => name(&mut duplicates, labels),
        }
    }
    let placer = Placer {
        indices: clusters.indices(),
        batch: &batch,
        near_dups: &near_dups,
        clusters: &clusters,
        canonicals: &canonicals,
        params,
    };
    let placements = placer.placements();
    let summary = Summary {
        items: batch.prepared.len(),
        duplicates: grouped(&duplicates),
        weak: duplicates.iter().filter(|group| group.is_weak).count(),
        stories: (!stories.is_empty()).then(|| grouped(&stories)),
        counts: counts(&batch),
    };
    Clustering {
        links: batch.stories.as_ref().map_or_else(Vec::new, inner_edges),
        partition: Partition {
            items: batch
                .prepared
                .positions
                .iter()
                .copied()
                .zip(clusters.ids)
                .collect(),
            edges: batch.duplicates.copies.edges,
            summary,
        },
        placements,
        duplicates,
        stories,
    }
}

fn grouped(groups: &[Group]) -> Grouped {
    Grouped::of(groups.iter().map(|group| group.members.len()))
}

fn name(groups: &mut [Group], labels: Vec<GroupName>) {
    for (group, label) in groups.iter_mut().zip(labels) {
        group.label = label;
    }
}

/// The edges whose items are in one story.
fn inner_edges(stories: &BatchStories) -> Vec<Edge> {
    let root = |doc: u32| stories.roots[doc as usize];
    let edges = stories.edges.iter().copied();
    edges
        .filter(|edge| root(edge.pair().a) == root(edge.pair().b))
        .collect()
}

/// The groups of all items at one level.
#[derive(Clone)]
struct LevelGroups<'a> {
    /// First item of each item's group.
    roots: &'a [u32],
    /// Id of each item's group.
    ids: Vec<GroupId>,
    /// Number of items of each group, indexed by root.
    sizes: Vec<usize>,
}

impl<'a> LevelGroups<'a> {
    fn new(prepared: &Prepared<'_>, roots: &'a [u32], kind: fn(u64) -> GroupId) -> Self {
        LevelGroups {
            roots,
            ids: group_ids(|doc| prepared.id(doc), roots, kind),
            sizes: sizes(roots),
        }
    }

    fn id(&self, doc: u32) -> GroupId {
        self.ids[doc as usize]
    }

    fn root(&self, doc: u32) -> u32 {
        self.roots[doc as usize]
    }

    fn size(&self, doc: u32) -> usize {
        self.sizes[self.root(doc) as usize]
    }

    /// For each item the index of its group among the groups of two or more items.
    fn indices(&self) -> Vec<Option<usize>> {
        let mut indices = vec![None; self.roots.len()];
        for (index, group) in members(self.roots).into_iter().enumerate() {
            for doc in group {
                indices[doc as usize] = Some(index);
            }
        }
        indices
    }

    /// Describes the groups of two or more items.
    fn groups(
        &self,
        prepared: &Prepared<'_>,
        canonicals: &Canonicals,
        cohesion: &(impl Cohesion + Sync),
    ) -> Vec<Group> {
        let links = cohesion.edges().map(|edges| self.links(edges));
        let build = |group: Vec<u32>| {
            let root = self.root(group[0]);
            let counted: Vec<u32> = group
                .iter()
                .copied()
                .filter(|&doc| cohesion.counts(doc))
                .collect();
            let sample = cohesion_sample(&counted);
            let links = match sample.len() < counted.len() {
                true => Some(cohesion.links_among(&sample)),
                false => links.as_ref().map(|links| links[root as usize]),
            };
            let density = links.and_then(|links| density(links, sample.len()));
            Group {
                id: self.id(root),
                canonical: prepared.position(canonicals.of_root(root)),
                members: group.iter().map(|&doc| prepared.position(doc)).collect(),
                weakest: cohesion.weakest(&sample),
                density,
                is_weak: density.is_some_and(is_low_density),
                label: GroupName::default(),
            }
        };
        members(self.roots).into_par_iter().map(build).collect()
    }

    /// Number of edges within each group, indexed by root.
    fn links(&self, edges: &[Edge]) -> Vec<usize> {
        let mut links = vec![0; self.roots.len()];
        for pair in edges.iter().map(Edge::pair) {
            let root = self.root(pair.a);
            links[root as usize] += usize::from(root == self.root(pair.b));
        }
        links
    }
}

/// Measures of how close the items of a group are.
trait Cohesion {
    /// All edges, or `None` where they are unknown.
    fn edges(&self) -> Option<&[Edge]>;

    /// Whether an item is measured.
    fn counts(&self, doc: u32) -> bool;

    /// Minimum similarity of two of these items.
    fn weakest(&self, docs: &[u32]) -> f64;

    /// Number of linked pairs of these items.
    fn links_among(&self, docs: &[u32]) -> usize;
}

/// Cohesion of groups of duplicates.
struct DuplicateCohesion<'a> {
    groups: &'a DuplicateGroups<'a>,
    edges: Option<&'a Vec<Edge>>,
}

impl Cohesion for DuplicateCohesion<'_> {
    fn edges(&self) -> Option<&[Edge]> {
        self.edges.map(Vec::as_slice)
    }

    fn counts(&self, _: u32) -> bool {
        true
    }

    fn weakest(&self, docs: &[u32]) -> f64 {
        let fingerprints = self.groups.copies.fingerprints(docs.iter().copied());
        min_over_pairs(docs, |a, b| fingerprints.similarity(a, b))
    }

    fn links_among(&self, docs: &[u32]) -> usize {
        self.groups.links_among(docs)
    }
}

/// Cohesion of stories, measured on the representatives of groups of duplicates.
struct StoryCohesion<'a>(&'a BatchStories);

impl Cohesion for StoryCohesion<'_> {
    fn edges(&self) -> Option<&[Edge]> {
        Some(&self.0.edges)
    }

    fn counts(&self, doc: u32) -> bool {
        self.0.is_representative(doc)
    }

    fn weakest(&self, docs: &[u32]) -> f64 {
        min_over_pairs(docs, |a, b| self.0.similarity(a, b))
    }

    fn links_among(&self, docs: &[u32]) -> usize {
        self.0.links_among(docs)
    }
}

/// Describes the place of each item in the groups.
struct Placer<'a> {
    batch: &'a GroupedBatch<'a>,
    near_dups: &'a LevelGroups<'a>,
    clusters: &'a LevelGroups<'a>,
    indices: Vec<Option<usize>>,
    canonicals: &'a Canonicals,
    params: &'a Params,
}

impl Placer<'_> {
    /// One placement an item, in input order.
    fn placements(&self) -> Vec<Placement> {
        let docs = self.batch.prepared.docs_by_position();
        docs.into_par_iter()
            .map(|doc| self.placement(doc))
            .collect()
    }

    fn placement(&self, doc: u32) -> Placement {
        let canonical = self.canonicals.of_root(self.clusters.root(doc));
        let (relation, similarity) = self.relation(doc, canonical);
        Placement {
            near_dup: self.near_dups.id(doc),
            near_dup_size: self.near_dups.size(doc),
            cluster: self.clusters.id(doc),
            cluster_size: self.clusters.size(doc),
            group: self.indices[doc as usize],
            canonical: self.batch.prepared.position(canonical),
            score: self.canonicals.score(doc).clone(),
            similarity,
            relation,
            language: self.batch.language(doc),
        }
    }

    /// Relation and similarity of an item to the canonical of its group.
    fn relation(&self, doc: u32, canonical: u32) -> (Relation, f64) {
        let duplicates = &self.batch.duplicates;
        if doc == canonical {
            let relation = match self.clusters.size(doc) {
                1 => Relation::Alone,
                _ => Relation::Canonical,
            };
            return (relation, 1.0);
        }
        if duplicates.are_linked(doc, canonical) {
            return match duplicates.edge(doc, canonical) {
                Some(edge) => {
                    let [length, other] =
                        [doc, canonical].map(|doc| self.batch.prepared.item(doc).text.len());
                    let kind = edge.kind().from_side(length, other);
                    (Relation::Match(kind), edge.similarity())
                }
                None => (Relation::Linked, duplicates.similarity(doc, canonical)),
            };
        }
        let Some(stories) = &self.batch.stories else {
            return (Relation::Must, duplicates.similarity(doc, canonical));
        };
        let similarity = stories.similarity(doc, canonical);
        let is_match =
            similarity >= self.params.linkage.threshold || !duplicates.are_joined(doc, canonical);
        let relation = match is_match {
            true => Relation::Match(MatchKind::Story),
            false => Relation::Must,
        };
        (relation, similarity)
    }
}
