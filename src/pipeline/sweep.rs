//! The groups of a batch at several thresholds. Each result equals [`Engine::group`] at that
//! threshold; what does not depend on the threshold is computed once.
//!
//! [`Engine::group`]: super::Engine::group

use super::group_ids::group_ids;
use super::grouped::DuplicateGroups;
use super::prepare::Prepared;
use super::progress::Progress;
use crate::cluster::Constraints;
use crate::clustering::GroupId;
use crate::config::{Level, Params};
use crate::text::Backgrounds;

/// For each of `settings`, which differ in the threshold, the group of each item in input order.
pub(super) fn sweep(
    prepared: &Prepared<'_>,
    settings: &[Params],
    params: &Params,
    constraints: &Constraints,
    backgrounds: &Backgrounds,
    progress: &dyn Progress,
) -> Vec<Vec<GroupId>> {
    match params.level {
        Level::Stories => {
            let duplicates = DuplicateGroups::find(prepared, constraints, params, progress);
            let features = duplicates.story_features(prepared, backgrounds, params, progress);
            let at_threshold = |params: &Params| {
                let roots = features.cluster(params.linkage, progress).roots;
                in_input_order(prepared, &roots, GroupId::Story)
            };
            rounds(settings, progress, at_threshold)
        }
        Level::Duplicates => rounds(settings, progress, |params| {
            let duplicates = DuplicateGroups::find(prepared, constraints, params, progress);
            in_input_order(prepared, &duplicates.components.blocks, GroupId::Duplicates)
        }),
    }
}

fn rounds<T>(settings: &[Params], progress: &dyn Progress, run: impl Fn(&Params) -> T) -> Vec<T> {
    let mut results = Vec::with_capacity(settings.len());
    for (at, params) in settings.iter().enumerate() {
        progress.round(at + 1, settings.len());
        results.push(run(params));
    }
    results
}

fn in_input_order(
    prepared: &Prepared<'_>,
    roots: &[u32],
    kind: fn(u64) -> GroupId,
) -> Vec<GroupId> {
    let ids = group_ids(|doc| prepared.id(doc), roots, kind);
    let docs = prepared.docs_by_position();
    docs.into_iter().map(|doc| ids[doc as usize]).collect()
}
