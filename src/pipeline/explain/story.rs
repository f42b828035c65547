//! The comparison of two items as parts of one story.

use super::steps::{path, step};
use super::terms::{Surfaces, TermShares};
use crate::cluster::{self, MergeStep};
use crate::clustering::{EvidenceField, EvidencePart, Meeting, Step, StoryEvidence};
use crate::config::Params;
use crate::ids::CandidatePair;
use crate::pipeline::grouped::GroupedBatch;
use crate::pipeline::prepare::Prepared;
use crate::pipeline::stories::BatchStories;
use crate::text::Backgrounds;
use crate::verify::{Edge, StoryField, StoryPart, figures_conflict};

/// Compares two items as parts of one story.
pub(super) fn story_evidence(
    batch: &GroupedBatch<'_>,
    stories: &BatchStories,
    [a, b]: [u32; 2],
    params: &Params,
    backgrounds: &Backgrounds,
) -> StoryEvidence {
    let [x, y] = [a, b].map(|doc| &stories.views[doc as usize]);
    let parts = params.stories.parts(x, y);
    let shown: Vec<EvidencePart> = parts
        .iter()
        .filter(|part| part.weight > 0.0)
        .map(evidence_part)
        .collect();
    let words = [a, b].map(|doc| Surfaces::of(batch.prepared, stories, doc, backgrounds));
    let representatives = [a, b].map(|doc| representative(batch, stories, doc));
    let shares = TermShares {
        stories,
        backgrounds,
    };
    StoryEvidence {
        similarity: shown.iter().map(|part| part.adds).sum(),
        floor: params.stories.min_similarity,
        chance: chance(stories, representatives, params),
        days_apart: x.published.zip(y.published).map(|(x, y)| x.days_from(y)),
        window: params.stories.window_days,
        freshness: params.stories.recency_decay(x, y),
        other_figures: figures_conflict(x, y).then(|| [words[0].figures(x), words[1].figures(y)]),
        shared: shares.shared(&parts, [a, b], &words),
        alone: [
            shares.alone(a, &words[0], &words[1]),
            shares.alone(b, &words[1], &words[0]),
        ],
        path: path_between(batch.prepared, stories, [a, b], representatives),
        meeting: meeting(batch, stories, [a, b], representatives, params),
        parts: shown,
    }
}

/// The share of the similarity of two representatives that chance explains.
fn chance(stories: &BatchStories, representatives: [Option<u32>; 2], params: &Params) -> f64 {
    let [Some(x), Some(y)] = representatives else {
        return 0.0;
    };
    let Some(pair) = CandidatePair::new(x, y) else {
        return 0.0;
    };
    let [a, b] = [pair.a, pair.b].map(|doc| &stories.views[doc as usize]);
    let Some(verified) = params.stories.verify(pair, a, b) else {
        return 0.0;
    };
    let counted = stories.edge(pair).map_or(0.0, Edge::similarity);
    1.0 - counted / verified.similarity()
}

fn evidence_part(part: &StoryPart<'_>) -> EvidencePart {
    let cosine = part.a.cosine(part.b, part.damping);
    EvidencePart {
        field: match part.field {
            StoryField::Title => EvidenceField::Title,
            StoryField::Lead => EvidenceField::Lead,
            StoryField::CharGrams => EvidenceField::Letters,
        },
        weight: part.weight,
        cosine,
        adds: part.weight * cosine,
    }
}

/// The representative of an item's group of duplicates; `None` if the item is too short.
fn representative(batch: &GroupedBatch<'_>, stories: &BatchStories, doc: u32) -> Option<u32> {
    let mut representatives = stories.representatives.iter().copied();
    representatives.find(|&other| batch.duplicates.are_linked(other, doc))
}

/// The path between the representatives of two items of one story.
fn path_between(
    prepared: &Prepared<'_>,
    stories: &BatchStories,
    [a, b]: [u32; 2],
    representatives: [Option<u32>; 2],
) -> Vec<Step> {
    let are_together = stories.roots[a as usize] == stories.roots[b as usize];
    match representatives {
        [Some(x), Some(y)] if are_together && x != y => {
            path(prepared, &stories.roots, &stories.edges, x, y)
        }
        _ => Vec::new(),
    }
}

/// The merge that joined two items, or the reason why they did not.
fn meeting(
    batch: &GroupedBatch<'_>,
    stories: &BatchStories,
    [a, b]: [u32; 2],
    representatives: [Option<u32>; 2],
    params: &Params,
) -> Meeting {
    if batch.duplicates.are_linked(a, b) {
        return Meeting::Copies;
    }
    let [Some(x), Some(y)] = representatives else {
        return match batch.duplicates.are_joined(a, b) {
            true => Meeting::Bound,
            false => Meeting::TooShort,
        };
    };
    let threshold = params.linkage.threshold;
    let trace = cluster::merge_trace(
        stories.views.len(),
        &stories.edges,
        params.linkage,
        &stories.constraints,
        (x, y),
    );
    match trace {
        cluster::MergeTrace::Bound => Meeting::Bound,
        cluster::MergeTrace::Merged(merge) => Meeting::Merged {
            texts: sizes(&merge),
            strength: merge.strength,
            threshold,
        },
        cluster::MergeTrace::Apart(merge) => Meeting::Apart {
            texts: sizes(&merge),
            strength: merge.strength,
            threshold,
            best: strongest_between(batch.prepared, &stories.edges, &merge),
        },
        cluster::MergeTrace::Forbidden(merge) => Meeting::Forbidden {
            texts: sizes(&merge),
            strength: merge.strength,
            threshold,
        },
    }
}

fn sizes(merge: &MergeStep) -> [usize; 2] {
    [merge.ours.len(), merge.theirs.len()]
}

/// The strongest edge between two groups, seen from the first; of equal edges the first.
fn strongest_between(prepared: &Prepared<'_>, edges: &[Edge], merge: &MergeStep) -> Option<Step> {
    let directed = |edge: &Edge| {
        let pair = edge.pair();
        let is_between = |from: &u32, to: &u32| {
            merge.ours.binary_search(from).is_ok() && merge.theirs.binary_search(to).is_ok()
        };
        if is_between(&pair.a, &pair.b) {
            Some((pair.a, pair.b))
        } else if is_between(&pair.b, &pair.a) {
            Some((pair.b, pair.a))
        } else {
            None
        }
    };
    let (edge, (from, to)) = edges
        .iter()
        .filter_map(|edge| directed(edge).map(|ends| (edge, ends)))
        .max_by(|(x, p), (y, q)| x.similarity().total_cmp(&y.similarity()).then(q.cmp(p)))?;
    Some(step(prepared, edge, from, to))
}
