//! A batch and several thresholds in, the groups at each out. Each is exactly what
//! [`Engine::group`] gives; what does not depend on the threshold is done once.

use super::duplicates::Copies;
use super::progress::Progress;
use super::stories::StoryFeatures;
use super::{Engine, canonical_order, compared, group_ids};
use crate::article::Article;
use crate::cluster::constrained_components;
use crate::clustering::GroupId;
use crate::config::{ConfigError, Level, Params};
use crate::text::titles_without_boilerplate;

impl Engine {
    /// For each threshold of the level asked for, the group of each item in the input's order, as
    /// [`Placement::cluster`](crate::clustering::Placement::cluster) names it.
    ///
    /// # Errors
    /// [`ConfigError`] for the first threshold that cannot be; before anything is done.
    ///
    /// # Cost
    /// At level stories, copies and the first weighing are found once, and the second weighing and
    /// the merging once a threshold, which is three fifths of grouping. At level duplicates,
    /// all of finding them once a threshold, because which pairs are looked at depends on it.
    /// No canonical is chosen.
    pub fn sweep(
        &self,
        articles: &[Article<'_>],
        thresholds: &[f64],
        progress: &dyn Progress,
    ) -> Result<Vec<Vec<GroupId>>, ConfigError> {
        let settings: Vec<Params> = thresholds
            .iter()
            .map(|&threshold| self.params.with_threshold(threshold))
            .collect::<Result<_, _>>()?;
        let order = canonical_order(articles);
        let textless = self.textless(articles);
        let docs: Vec<&Article<'_>> = order
            .iter()
            .map(|&at| compared(articles, &textless, at))
            .collect();
        let (all_roots, kind): (_, fn(u64) -> GroupId) = match self.params.level {
            Level::Stories => (self.stories_at(&docs, &settings, progress), GroupId::Story),
            Level::Duplicates => (
                self.duplicates_at(&docs, &settings, progress),
                GroupId::Duplicates,
            ),
        };
        let in_input = |roots: Vec<u32>| {
            let mut placed: Vec<(usize, GroupId)> = order
                .iter()
                .copied()
                .zip(group_ids(|doc| &docs[doc as usize].id, &roots, kind))
                .collect();
            placed.sort_unstable();
            placed.into_iter().map(|(_, id)| id).collect()
        };
        Ok(all_roots.into_iter().map(in_input).collect())
    }

    fn stories_at(
        &self,
        docs: &[&Article<'_>],
        settings: &[Params],
        progress: &dyn Progress,
    ) -> Vec<Vec<u32>> {
        let bounds = self.constraints.bind(docs.iter().map(|doc| &*doc.id));
        let copies = Copies::find(docs, &self.params, progress);
        let titles = titles_without_boilerplate(docs);
        let parts = constrained_components(docs.len(), &copies.edges, &bounds);
        let held = (&parts, &bounds);
        let features = StoryFeatures::build(
            docs,
            &titles,
            &copies,
            held,
            &self.backgrounds,
            &self.params,
            progress,
        );
        let roots_at = |(at, params): (usize, &Params)| {
            progress.round(at + 1, settings.len());
            features.cluster(params.linkage, progress).roots
        };
        settings.iter().enumerate().map(roots_at).collect()
    }

    fn duplicates_at(
        &self,
        docs: &[&Article<'_>],
        settings: &[Params],
        progress: &dyn Progress,
    ) -> Vec<Vec<u32>> {
        let bounds = self.constraints.bind(docs.iter().map(|doc| &*doc.id));
        let find = |(at, params): (usize, &Params)| {
            progress.round(at + 1, settings.len());
            let copies = Copies::find(docs, params, progress);
            constrained_components(docs.len(), &copies.edges, &bounds).blocks
        };
        settings.iter().enumerate().map(find).collect()
    }
}
