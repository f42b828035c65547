//! The stories of a batch.
//!
//! Input: the items of a batch and their groups of duplicates. Output: the root of each item, and
//! the story edges. Each group of duplicates counts as one item, its representative: the member
//! with the longest text. Items are weighed, paired by their heaviest terms, verified, discounted by
//! chance and agglomerated twice; the second time the items of each story of the first pass share one vote in
//! document frequencies, so a large story does not make its own names common. Cost: that of the
//! weighing and the candidate pairs, twice.

mod features;
mod pairs;

use rayon::prelude::*;

use features::{ItemTerms, WeightedBatch, item_weights, languages, representatives, terms};
use pairs::{Comparison, StoryPairs};

use super::cohesion::pairs;
use super::duplicates::BatchDuplicates;
use super::progress::{Progress, Stage};
use crate::article::Article;
use crate::cluster::{self, BoundConstraints, ConstrainedComponents, Linkage};
use crate::config::Params;
use crate::ids::CandidatePair;
use crate::text::{Backgrounds, Language, titles_without_boilerplate};
use crate::verify::{Edge, StoryVerifier, StoryView};

/// The stories of a batch.
pub(super) struct BatchStories {
    /// The root of each item.
    pub(super) roots: Vec<u32>,
    /// The verified pairs of representatives that chance does not explain, ascending, with
    /// discounted similarities.
    pub(super) edges: Vec<Edge>,
    /// Number of terms that were probed by representatives of a bucket only.
    pub(super) oversized_terms: usize,
    /// The language of each item.
    pub(super) languages: Vec<Language>,
    /// The representatives of the groups of duplicates, ascending.
    pub(super) representatives: Vec<u32>,
    /// The story view of each item.
    pub(super) views: Vec<StoryView>,
    /// The constraints on representatives.
    pub(super) constraints: BoundConstraints,
    verifier: StoryVerifier,
}

impl BatchStories {
    /// Clusters the items of `features` into stories.
    pub(super) fn find(mut features: StoryFeatures<'_>, progress: &dyn Progress) -> Self {
        let linkage = features.params.linkage;
        let first_roots = features.agglomerate(&features.edges, linkage, progress);
        // Freed before the second pass, whose edges take as much memory.
        features.edges = Vec::new();
        let ClusteredStories { roots, pairs } =
            features.cluster_from(&first_roots, linkage, progress);
        BatchStories {
            roots,
            edges: pairs.edges,
            oversized_terms: pairs.oversized_terms,
            languages: features.languages,
            representatives: features.representatives,
            views: pairs.views,
            constraints: features.constraints,
            verifier: features.params.stories,
        }
    }

    /// The story similarity of the items of each pair. Every item of the batch has one vote in
    /// document frequencies.
    pub(super) fn similarities(
        docs: &[&Article<'_>],
        pairs: &[(usize, usize)],
        backgrounds: &Backgrounds,
        params: &Params,
    ) -> Vec<f64> {
        let titles = titles_without_boilerplate(docs);
        let languages = languages(docs, &titles);
        let terms = terms(docs, &titles, &languages, backgrounds, params);
        let views = WeightedBatch {
            docs,
            terms: &terms,
            languages: &languages,
            weights: &vec![1.0; docs.len()],
            backgrounds,
            params,
        }
        .views();
        pairs
            .par_iter()
            .map(|&(a, b)| params.stories.similarity(&views[a], &views[b]))
            .collect()
    }

    /// The story similarity of two items.
    pub(super) fn similarity(&self, a: u32, b: u32) -> f64 {
        self.verifier
            .similarity(&self.views[a as usize], &self.views[b as usize])
    }

    /// The number of pairs of `items` that are edges.
    pub(super) fn links_among(&self, items: &[u32]) -> usize {
        let pairs = pairs(items).filter_map(|(a, b)| CandidatePair::new(a, b));
        pairs.filter(|pair| self.edge(*pair).is_some()).count()
    }

    /// The edge of two representatives.
    pub(super) fn edge(&self, pair: CandidatePair) -> Option<&Edge> {
        let at = self.edges.binary_search_by_key(&pair, Edge::pair);
        at.ok().map(|at| &self.edges[at])
    }

    /// Whether an item is the representative of its group of duplicates.
    pub(super) fn is_representative(&self, doc: u32) -> bool {
        self.representatives.binary_search(&doc).is_ok()
    }
}

/// What the stories of a batch are made of, whatever the linkage.
pub(super) struct StoryFeatures<'a> {
    docs: &'a [&'a Article<'a>],
    backgrounds: &'a Backgrounds,
    params: &'a Params,
    /// The root of each item by duplicates and must-links.
    blocks: &'a [u32],
    languages: Vec<Language>,
    representatives: Vec<u32>,
    constraints: BoundConstraints,
    terms: Vec<ItemTerms>,
    /// The edges where every representative has one vote.
    edges: Vec<Edge>,
}

/// The stories by one linkage.
pub(super) struct ClusteredStories {
    /// The root of each item.
    pub(super) roots: Vec<u32>,
    pairs: StoryPairs,
}

impl<'a> StoryFeatures<'a> {
    /// Computes the features of a batch, and the edges of the first pass.
    pub(super) fn build(
        docs: &'a [&'a Article<'a>],
        titles: &[&str],
        copies: &BatchDuplicates,
        (components, constraints): (&'a ConstrainedComponents, &BoundConstraints),
        backgrounds: &'a Backgrounds,
        params: &'a Params,
        progress: &dyn Progress,
    ) -> Self {
        progress.begin(Stage::Weigh, 0);
        let languages = languages(docs, titles);
        let mut representatives = representatives(docs, &components.linked);
        // An item that is too short to be a duplicate is too short for a story.
        representatives.retain(|&doc| !copies.is_short(doc));
        let constraints =
            features::constraints_of(&representatives, &components.blocks, constraints);
        let terms = terms(docs, titles, &languages, backgrounds, params);
        let mut features = StoryFeatures {
            docs,
            backgrounds,
            params,
            blocks: &components.blocks,
            languages,
            representatives,
            constraints,
            terms,
            edges: Vec::new(),
        };
        let single_roots: Vec<u32> = (0..docs.len() as u32).collect();
        features.edges = features.pairs(&single_roots, progress).edges;
        features
    }

    /// Clusters the items by one linkage.
    pub(super) fn cluster(&self, linkage: Linkage, progress: &dyn Progress) -> ClusteredStories {
        let first_roots = self.agglomerate(&self.edges, linkage, progress);
        self.cluster_from(&first_roots, linkage, progress)
    }

    /// The second pass, given the roots of the first.
    fn cluster_from(
        &self,
        first_roots: &[u32],
        linkage: Linkage,
        progress: &dyn Progress,
    ) -> ClusteredStories {
        let pairs = self.pairs(first_roots, progress);
        let roots = self.agglomerate(&pairs.edges, linkage, progress);
        let mut sets = cluster::UnionFind::new(self.docs.len());
        for (doc, (&block, &root)) in (0..).zip(self.blocks.iter().zip(&roots)) {
            sets.union(doc, block);
            sets.union(doc, root);
        }
        ClusteredStories {
            roots: sets.into_roots(),
            pairs,
        }
    }

    fn agglomerate(&self, edges: &[Edge], linkage: Linkage, progress: &dyn Progress) -> Vec<u32> {
        progress.begin(Stage::Merge, 0);
        cluster::stories(self.docs.len(), edges, linkage, &self.constraints)
    }

    /// The pairs of representatives that chance does not explain; the items of each group of `roots`
    /// share one vote.
    fn pairs(&self, roots: &[u32], progress: &dyn Progress) -> StoryPairs {
        progress.begin(Stage::Weigh, 0);
        let views = WeightedBatch {
            docs: self.docs,
            terms: &self.terms,
            languages: &self.languages,
            weights: &item_weights(roots, &self.representatives),
            backgrounds: self.backgrounds,
            params: self.params,
        }
        .views();
        let verifier = &self.params.stories;
        let mut found = Comparison::pairs(views, &self.representatives, verifier, progress);
        found.edges =
            cluster::discount_chance(&found.edges, self.docs.len(), verifier.min_similarity);
        found
    }
}
