//! Explanations: why two items are in one group or not, and the neighbours of an item.
//!
//! Decisions are computed again for the two items, term by term; grouping keeps nothing for it.

mod duplicates;
mod neighbours;
mod steps;
mod story;
mod terms;

use super::grouped::GroupedBatch;
use crate::clustering::{Explanation, Meeting, Ruling, StoryEvidence};
use crate::config::Params;
use crate::text::Backgrounds;

use duplicates::{duplicate_evidence, source_rulings};
use steps::named;
use story::story_evidence;

pub(super) use neighbours::neighbours;

/// Explains two items.
pub(super) fn explain(
    batch: &GroupedBatch<'_>,
    a: u32,
    b: u32,
    params: &Params,
    backgrounds: &Backgrounds,
) -> Explanation {
    let are_together = |roots: &[u32]| roots[a as usize] == roots[b as usize];
    let story = batch
        .stories
        .as_ref()
        .map(|stories| story_evidence(batch, stories, [a, b], params, backgrounds));
    Explanation {
        items: [named(batch.prepared, a), named(batch.prepared, b)],
        same_duplicates: are_together(batch.duplicate_roots()),
        same_story: batch
            .stories
            .as_ref()
            .map(|stories| are_together(&stories.roots)),
        constraint: ruling(batch, story.as_ref(), a, b),
        rules: source_rulings(batch.prepared, [a, b], params),
        copies: duplicate_evidence(batch, a, b, params),
        story,
    }
}

/// The constraint that decided about two items.
fn ruling(
    batch: &GroupedBatch<'_>,
    story: Option<&StoryEvidence>,
    a: u32,
    b: u32,
) -> Option<Ruling> {
    let duplicates = &batch.duplicates;
    match story.map(|story| &story.meeting) {
        Some(Meeting::Bound) => Some(Ruling::MustLink),
        Some(Meeting::Forbidden { .. }) => Some(Ruling::CannotLink),
        None if duplicates.are_joined(a, b) && !duplicates.are_linked(a, b) => {
            Some(Ruling::MustLink)
        }
        _ => duplicates.are_forbidden(a, b).then_some(Ruling::CannotLink),
    }
}
