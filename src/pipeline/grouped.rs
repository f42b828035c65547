//! A batch after the stages duplicates and stories.

use super::cohesion::count_duplicate_pairs;
use super::duplicates::BatchDuplicates;
use super::prepare::Prepared;
use super::progress::Progress;
use super::stories::{BatchStories, StoryFeatures};
use crate::cluster::{
    BoundConstraints, ConstrainedComponents, Constraints, constrained_components,
};
use crate::clustering::GroupId;
use crate::config::{Level, Params};
use crate::ids::CandidatePair;
use crate::text::{Backgrounds, Language};
use crate::verify::{DuplicateVerifier, Edge, Fingerprint};

/// The groups of duplicates of a batch.
pub(super) struct DuplicateGroups<'a> {
    /// Unique texts and verified edges.
    pub(super) copies: BatchDuplicates<'a>,
    /// The user's constraints on the items of the batch.
    pub(super) bounds: BoundConstraints,
    /// Components of the edges within the constraints.
    pub(super) components: ConstrainedComponents,
    verifier: DuplicateVerifier,
}

impl<'a> DuplicateGroups<'a> {
    /// Finds the duplicates of a batch.
    pub(super) fn find(
        batch: &'a Prepared<'a>,
        constraints: &Constraints,
        params: &'a Params,
        progress: &dyn Progress,
    ) -> Self {
        let copies = BatchDuplicates::find(&batch.items, params, progress);
        let bounds = constraints.bind((0..batch.len() as u32).map(|doc| batch.id(doc)));
        let components = constrained_components(batch.len(), &copies.edges, &bounds);
        DuplicateGroups {
            copies,
            bounds,
            components,
            verifier: params.duplicates,
        }
    }

    /// Takes groups that are known, given the first item of each item's group.
    pub(super) fn known(batch: &'a Prepared<'a>, roots: Vec<u32>, params: &'a Params) -> Self {
        DuplicateGroups {
            copies: BatchDuplicates::known(&batch.items, params),
            bounds: BoundConstraints::default(),
            components: ConstrainedComponents {
                linked: roots.clone(),
                blocks: roots,
            },
            verifier: params.duplicates,
        }
    }

    /// Prepares the terms of the items for building stories.
    pub(super) fn story_features<'b>(
        &'b self,
        batch: &'b Prepared<'b>,
        backgrounds: &'b Backgrounds,
        params: &'b Params,
        progress: &dyn Progress,
    ) -> StoryFeatures<'b> {
        StoryFeatures::build(
            &batch.items,
            batch.titles(),
            &self.copies,
            (&self.components, &self.bounds),
            backgrounds,
            params,
            progress,
        )
    }

    /// Whether an edge or a chain of edges joins two items.
    pub(super) fn are_linked(&self, a: u32, b: u32) -> bool {
        self.components.linked[a as usize] == self.components.linked[b as usize]
    }

    /// Whether edges or must-links join two items.
    pub(super) fn are_joined(&self, a: u32, b: u32) -> bool {
        self.components.blocks[a as usize] == self.components.blocks[b as usize]
    }

    /// Whether a cannot-link keeps two items apart.
    pub(super) fn are_forbidden(&self, a: u32, b: u32) -> bool {
        let block = |doc: u32| self.components.blocks[doc as usize];
        self.bounds.cannot.iter().any(|&(x, y)| {
            let ends = (block(x), block(y));
            ends == (block(a), block(b)) || ends == (block(b), block(a))
        })
    }

    /// The edge of two items, if they are duplicates of each other.
    pub(super) fn edge(&self, a: u32, b: u32) -> Option<Edge> {
        let fingerprints = self.copies.fingerprints([a, b].into_iter());
        self.verifier.verify(
            CandidatePair::new(a, b)?,
            fingerprints.get(a),
            fingerprints.get(b),
        )
    }

    /// Likeness of two items, whether they are duplicates or not.
    pub(super) fn similarity(&self, a: u32, b: u32) -> f64 {
        self.copies
            .fingerprints([a, b].into_iter())
            .similarity(a, b)
    }

    /// Number of pairs of these items that are duplicates.
    pub(super) fn links_among(&self, docs: &[u32]) -> usize {
        let fingerprints = self.copies.fingerprints(docs.iter().copied());
        let fingerprints: Vec<&Fingerprint> =
            docs.iter().map(|&doc| fingerprints.get(doc)).collect();
        count_duplicate_pairs(&fingerprints, &self.verifier)
    }
}

/// A batch with its groups.
pub(super) struct GroupedBatch<'a> {
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) duplicates: DuplicateGroups<'a>,
    /// `None` at level duplicates.
    pub(super) stories: Option<BatchStories>,
}

impl<'a> GroupedBatch<'a> {
    /// Runs the stages that `params.level` asks for.
    pub(super) fn group(
        prepared: &'a Prepared<'a>,
        constraints: &Constraints,
        backgrounds: &Backgrounds,
        params: &'a Params,
        progress: &dyn Progress,
    ) -> Self {
        let duplicates = DuplicateGroups::find(prepared, constraints, params, progress);
        let stories = (params.level == Level::Stories).then(|| {
            let features = duplicates.story_features(prepared, backgrounds, params, progress);
            BatchStories::find(features, progress)
        });
        GroupedBatch {
            prepared,
            duplicates,
            stories,
        }
    }

    /// The first item of each item's group of duplicates. At level duplicates must-links count.
    pub(super) fn duplicate_roots(&self) -> &[u32] {
        let components = &self.duplicates.components;
        match self.stories {
            Some(_) => &components.linked,
            None => &components.blocks,
        }
    }

    /// The first item of each item's group at the requested level.
    pub(super) fn roots(&self) -> &[u32] {
        match &self.stories {
            Some(stories) => &stories.roots,
            None => self.duplicate_roots(),
        }
    }

    /// The kind of group ids at the requested level.
    pub(super) fn kind(&self) -> fn(u64) -> GroupId {
        match self.stories {
            Some(_) => GroupId::Story,
            None => GroupId::Duplicates,
        }
    }

    /// Language of an item. At level duplicates only what script and common words give away, as
    /// full detection would take longer than grouping.
    pub(super) fn language(&self, doc: u32) -> Language {
        match &self.stories {
            Some(stories) => stories.languages[doc as usize],
            None => {
                let (item, title) = (self.prepared.item(doc), self.prepared.title(doc));
                Language::of_article(item, title, |text| {
                    Language::at_a_glance(text).unwrap_or(Language::UNKNOWN)
                })
            }
        }
    }
}
