//! The canonical item of each group: scores its items and takes the best.

use rayon::prelude::*;

use super::cohesion::COHESION_SAMPLE;
use super::grouped::GroupedBatch;
use crate::canonical::{self, CanonicalScore, ItemFeatures};
use crate::cluster::members;
use crate::config::Params;
use crate::text::Backgrounds;

/// Scores of all items and the best item of each group.
pub(super) struct Canonicals {
    scores: Vec<CanonicalScore>,
    /// Indexed by the root of the group.
    by_root: Vec<u32>,
}

impl Canonicals {
    /// Scores every item within its group.
    pub(super) fn choose(
        batch: &GroupedBatch<'_>,
        roots: &[u32],
        params: &Params,
        backgrounds: &Backgrounds,
    ) -> Self {
        let score = |group: &[u32]| {
            let traits = traits(batch, group, params);
            canonical::score(&traits, &params.weights, backgrounds)
        };
        let groups = members(roots);
        let scored: Vec<Vec<CanonicalScore>> =
            groups.par_iter().map(|group| score(group)).collect();
        let mut canonicals = Canonicals {
            scores: vec![CanonicalScore::default(); roots.len()],
            by_root: (0..roots.len() as u32).collect(),
        };
        for (group, scores) in groups.iter().zip(scored) {
            let root = roots[group[0] as usize] as usize;
            canonicals.by_root[root] = group[canonical::best(&scores)];
            for (&doc, score) in group.iter().zip(scores) {
                canonicals.scores[doc as usize] = score;
            }
        }
        canonicals
            .scores
            .par_iter_mut()
            .enumerate()
            .filter(|(_, score)| score.parts.is_empty())
            .for_each(|(doc, singleton)| *singleton = score(&[doc as u32]).remove(0));
        canonicals
    }

    /// The canonical item of the group with a root.
    pub(super) fn of_root(&self, root: u32) -> u32 {
        self.by_root[root as usize]
    }

    /// The score of an item.
    pub(super) fn score(&self, doc: u32) -> &CanonicalScore {
        &self.scores[doc as usize]
    }
}

fn traits<'a>(batch: &GroupedBatch<'a>, group: &[u32], params: &Params) -> Vec<ItemFeatures<'a>> {
    group
        .par_iter()
        .with_min_len(COHESION_SAMPLE)
        .map(|&doc| {
            let item = batch.prepared.item(doc);
            let copies = u64::from(batch.duplicates.components.linked[doc as usize]);
            ItemFeatures::of(item, params.sources.trust(item), copies)
        })
        .collect()
}
