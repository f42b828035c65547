//! `Engine`: the settings of a run, and one method for each question about a batch.

use hashbrown::HashMap;

use super::background::train_background;
use super::clustering::clustering;
use super::duplicates::{fingerprint, key_maker, rules};
use super::explain::{explain, neighbours};
use super::grouped::{DuplicateGroups, GroupedBatch};
use super::naming::NamingScope;
use super::partition::partition;
use super::prepare::{Prepared, TextlessItems};
use super::profile::profile;
use super::progress::{Progress, Stage};
use super::similar::{ListOptions, similar};
use super::stories::BatchStories;
use super::sweep::sweep;
use crate::article::Article;
use crate::blocking::{KeyMaker, Sketcher};
use crate::cluster::Constraints;
use crate::clustering::{
    Clustering, Explanation, GroupId, Neighbourhood, Partition, Profile, SimilarList,
};
use crate::config::{ConfigError, Level, Params};
use crate::error::Error;
use crate::text::{Background, Backgrounds, Language, Tokens};
use crate::verify::{ComparedItem, Fingerprint};

/// Groups batches of articles.
///
/// An engine holds settings, backgrounds and constraints, and no items: a batch is grouped in one
/// call, and equal batches give equal results on any machine and number of threads.
///
/// ```
/// use qissa::{Article, Config, Engine};
/// let engine = Engine::new(Config::default().check()?);
/// let batch = [
///     Article::headline("1", "Minister opens the new bridge over the river"),
///     Article::headline("2", "Minister opens new bridge over the river"),
///     Article::headline("3", "Rain expected on the coast this weekend"),
/// ];
/// let clustering = engine.group(&batch);
/// assert_eq!(clustering.placements[0].near_dup, clustering.placements[1].near_dup);
/// assert_ne!(clustering.placements[0].cluster, clustering.placements[2].cluster);
/// # Ok::<(), qissa::config::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    params: Params,
    backgrounds: Backgrounds,
    constraints: Constraints,
}

impl Engine {
    /// Creates an engine with the backgrounds that come with the library.
    #[must_use]
    pub fn new(params: Params) -> Self {
        Engine {
            params,
            backgrounds: Backgrounds::default(),
            constraints: Constraints::default(),
        }
    }

    /// Adds a background; it replaces the background of the same language.
    #[must_use]
    pub fn with_background(mut self, background: Background) -> Self {
        self.backgrounds.add(background);
        self
    }

    /// Sets which items must, and which must not, be in one group.
    ///
    /// The groups meant are those of the requested level. Items with a cannot-link between their
    /// stories are in no group of duplicates either. A must-link does not make items duplicates.
    #[must_use]
    pub fn with_constraints(mut self, constraints: Constraints) -> Self {
        self.constraints = constraints;
        self
    }

    /// The constraints on groups.
    #[must_use]
    pub fn constraints(&self) -> &Constraints {
        &self.constraints
    }

    /// Document frequencies of terms in large corpora, by language.
    #[must_use]
    pub fn backgrounds(&self) -> &Backgrounds {
        &self.backgrounds
    }

    /// The settings.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Groups a batch.
    ///
    /// # Cost
    /// Linear in the text, plus sorting the blocking keys and verifying the candidate pairs.
    #[must_use]
    pub fn group(&self, articles: &[Article<'_>]) -> Clustering {
        self.group_watched(articles, &())
    }

    /// Groups a batch and reports progress.
    #[must_use]
    pub fn group_watched(&self, articles: &[Article<'_>], progress: &dyn Progress) -> Clustering {
        self.clustering(articles, Some(NamingScope::Batch), progress)
    }

    /// Groups a batch without naming its groups: all labels are empty.
    pub(crate) fn group_unnamed(&self, articles: &[Article<'_>]) -> Clustering {
        self.clustering(articles, None, &())
    }

    /// Groups a batch without choosing canonical items or naming groups.
    ///
    /// # Cost
    /// At level duplicates about half the time and memory of [`Engine::group`].
    #[must_use]
    pub fn partition(&self, articles: &[Article<'_>], progress: &dyn Progress) -> Partition {
        let textless = self.textless(articles);
        let prepared = Prepared::new(articles, &textless, self.params.level);
        partition(self.grouped(&prepared, progress))
    }

    /// Chooses canonical items and names for groups of duplicates that are known.
    ///
    /// `groups[i]` is the group of `articles[i]`. Pass whole groups. The result is that of
    /// [`Engine::group`] at level duplicates, except that names weigh words within their group
    /// only, and that the [`density`](crate::clustering::Group::density) of groups of at most 64
    /// items is `None`, as edges are not searched again.
    ///
    /// # Cost
    /// Linear in the text, plus all pairs of groups of at most 64 items.
    ///
    /// # Panics
    /// If `groups` is shorter than `articles`.
    #[must_use]
    pub fn place(&self, articles: &[Article<'_>], groups: &[GroupId]) -> Clustering {
        let params = Params {
            level: Level::Duplicates,
            ..self.params.clone()
        };
        let textless = self.textless(articles);
        let prepared = Prepared::new(articles, &textless, params.level);
        let roots = first_of_groups(&prepared, groups);
        let batch = GroupedBatch {
            duplicates: DuplicateGroups::known(&prepared, roots, &params),
            prepared: &prepared,
            stories: None,
        };
        let mut answer = clustering(
            batch,
            Some(NamingScope::SomeGroups),
            &params,
            &self.backgrounds,
        );
        for (placement, &id) in answer.placements.iter_mut().zip(groups) {
            placement.near_dup = id;
            placement.cluster = id;
        }
        for group in &mut answer.duplicates {
            group.id = groups[group.members[0]];
        }
        for (position, id) in &mut answer.partition.items {
            *id = groups[*position];
        }
        answer
    }

    /// Groups a batch at several thresholds of the requested level. For each threshold: the group
    /// of each item in input order, with the ids of
    /// [`Placement::cluster`](crate::clustering::Placement::cluster).
    ///
    /// Stages that do not depend on the threshold run once.
    ///
    /// # Errors
    /// [`ConfigError`] for the first invalid threshold, before anything is computed.
    ///
    /// # Cost
    /// At level stories three fifths of [`Engine::group`] a threshold. At level duplicates all of
    /// finding duplicates a threshold, as the candidate pairs depend on it.
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
        let textless = self.textless(articles);
        let prepared = Prepared::new(articles, &textless, self.params.level);
        Ok(sweep(
            &prepared,
            &settings,
            &self.params,
            &self.constraints,
            &self.backgrounds,
            progress,
        ))
    }

    /// Groups a batch, and measures the similarities of its pairs and the recall of blocking.
    ///
    /// # Cost
    /// That of [`Engine::group`], plus a signature of 16 values for each of at most 100,000 texts.
    #[must_use]
    pub fn profile(
        &self,
        articles: &[Article<'_>],
        progress: &dyn Progress,
    ) -> (Clustering, Profile) {
        let textless = self.textless(articles);
        let prepared = Prepared::new(articles, &textless, self.params.level);
        let batch = self.grouped(&prepared, progress);
        progress.begin(Stage::Choose, 0);
        let profile = profile(
            &batch.duplicates.copies,
            batch.stories.as_ref(),
            &self.params,
        );
        let answer = clustering(
            batch,
            Some(NamingScope::Batch),
            &self.params,
            &self.backgrounds,
        );
        (answer, profile)
    }

    /// Explains why the items at two positions are in one group or not.
    ///
    /// # Errors
    /// [`Error::Position`] if a position is outside the batch.
    ///
    /// # Cost
    /// That of grouping the batch, and of merging it once more.
    pub fn explain(
        &self,
        articles: &[Article<'_>],
        [a, b]: [usize; 2],
        progress: &dyn Progress,
    ) -> Result<Explanation, Error> {
        check_position(articles, a)?;
        check_position(articles, b)?;
        let textless = self.textless(articles);
        let prepared = Prepared::new(articles, &textless, self.params.level);
        let batch = self.grouped(&prepared, progress);
        let docs = prepared.docs_by_position();
        Ok(explain(
            &batch,
            docs[a],
            docs[b],
            &self.params,
            &self.backgrounds,
        ))
    }

    /// Lists the `count` items with the strongest edges to the item at a position.
    ///
    /// # Errors
    /// [`Error::Position`] if the position is outside the batch.
    pub fn neighbours(
        &self,
        articles: &[Article<'_>],
        position: usize,
        count: usize,
        progress: &dyn Progress,
    ) -> Result<Neighbourhood, Error> {
        check_position(articles, position)?;
        let textless = self.textless(articles);
        let prepared = Prepared::new(articles, &textless, self.params.level);
        let batch = self.grouped(&prepared, progress);
        let doc = prepared.docs_by_position()[position];
        Ok(neighbours(&batch, doc, count))
    }

    /// Lists for each item, in input order, the items most similar to it. The level of the
    /// settings is ignored.
    ///
    /// Duplicates of an item are not in its list and have the same list. Other groups of
    /// duplicates are listed once, by their canonical item.
    ///
    /// # Cost
    /// That of grouping into stories, plus for each item the posting lists of its terms.
    #[must_use]
    pub fn similar(
        &self,
        articles: &[Article<'_>],
        options: &ListOptions,
        progress: &dyn Progress,
    ) -> Vec<SimilarList> {
        let all: Vec<usize> = (0..articles.len()).collect();
        self.lists(articles, &all, options, progress)
    }

    /// Lists the items most similar to the item at a position.
    ///
    /// # Errors
    /// [`Error::Position`] if the position is outside the batch.
    ///
    /// # Cost
    /// That of grouping into stories.
    pub fn similar_to(
        &self,
        articles: &[Article<'_>],
        position: usize,
        options: &ListOptions,
        progress: &dyn Progress,
    ) -> Result<SimilarList, Error> {
        check_position(articles, position)?;
        Ok(self
            .lists(articles, &[position], options, progress)
            .remove(0))
    }

    /// The similarity of the two items of each pair of positions, `0..=1`: the damped cosine that
    /// stories are built from, with term weights of the whole batch. It is not a probability.
    #[must_use]
    pub fn similarity(&self, articles: &[Article<'_>], pairs: &[(usize, usize)]) -> Vec<f64> {
        let textless = self.textless(articles);
        let items: Vec<&Article<'_>> = textless.in_input_order(articles).collect();
        BatchStories::similarities(&items, pairs, &self.backgrounds, &self.params)
    }

    /// Counts the document frequencies of terms in an archive of news in one language.
    ///
    /// Items in other languages are skipped, and a group of duplicates counts once. The settings of
    /// the engine decide what duplicates are and how long a lead is. `note` describes the archive
    /// and is stored with the background.
    ///
    /// # Cost
    /// That of finding duplicates, plus one pass over the text.
    #[must_use]
    pub fn train_background(
        &self,
        articles: &[Article<'_>],
        language: Language,
        note: &str,
        progress: &dyn Progress,
    ) -> Background {
        let mut engine = self.clone();
        engine.params.level = Level::Duplicates;
        let textless = engine.textless(articles);
        let prepared = Prepared::new(articles, &textless, Level::Stories);
        let batch = engine.grouped(&prepared, progress);
        progress.begin(Stage::Choose, 0);
        train_background(&batch, language, note, &engine.params, &engine.backgrounds)
    }

    /// Advanced: the fingerprint that decides which duplicates an item has. `None` if the item is
    /// too short to be compared.
    #[must_use]
    pub fn fingerprint(&self, article: &Article<'_>, tokens: &mut Tokens) -> Option<Fingerprint> {
        let fingerprint = fingerprint(article, tokens, &self.params);
        (!fingerprint.is_empty()).then_some(fingerprint)
    }

    /// Advanced: a digest of [`Engine::fingerprint`]. Items with equal digests are duplicates.
    #[must_use]
    pub fn digest(&self, article: &Article<'_>, tokens: &mut Tokens) -> Option<u64> {
        rules(&self.params).digest(&self.subject(article), tokens)
    }

    /// Advanced: the parts of an item that are compared to find its duplicates.
    #[must_use]
    pub fn subject<'a>(&self, article: &'a Article<'_>) -> ComparedItem<'a> {
        ComparedItem::of(article, &self.params.sources)
    }

    /// Advanced: the maker of blocking keys.
    #[must_use]
    pub fn key_maker(&self) -> KeyMaker {
        key_maker(&self.params)
    }

    /// Advanced: the maker of the blocking keys of many items.
    #[must_use]
    pub fn sketcher(&self) -> Sketcher {
        Sketcher::new(self.key_maker(), rules(&self.params))
    }

    fn textless<'a>(&self, articles: &'a [Article<'a>]) -> TextlessItems<'a> {
        TextlessItems::of(articles, &self.params.sources)
    }

    fn clustering(
        &self,
        articles: &[Article<'_>],
        names: Option<NamingScope>,
        progress: &dyn Progress,
    ) -> Clustering {
        let textless = self.textless(articles);
        let prepared = Prepared::new(articles, &textless, self.params.level);
        let batch = self.grouped(&prepared, progress);
        progress.begin(Stage::Choose, 0);
        clustering(batch, names, &self.params, &self.backgrounds)
    }

    fn grouped<'a>(
        &'a self,
        prepared: &'a Prepared<'a>,
        progress: &dyn Progress,
    ) -> GroupedBatch<'a> {
        GroupedBatch::group(
            prepared,
            &self.constraints,
            &self.backgrounds,
            &self.params,
            progress,
        )
    }

    fn lists(
        &self,
        articles: &[Article<'_>],
        positions: &[usize],
        options: &ListOptions,
        progress: &dyn Progress,
    ) -> Vec<SimilarList> {
        let mut engine = self.clone();
        engine.params.level = Level::Stories;
        let textless = engine.textless(articles);
        let prepared = Prepared::new(articles, &textless, Level::Stories);
        let batch = engine.grouped(&prepared, progress);
        similar(
            &batch,
            positions,
            options,
            &engine.params,
            &engine.backgrounds,
            progress,
        )
    }
}

/// The first item of each item's group.
fn first_of_groups(prepared: &Prepared<'_>, groups: &[GroupId]) -> Vec<u32> {
    let mut first = HashMap::new();
    (0..)
        .zip(&prepared.positions)
        .map(|(doc, &position)| *first.entry(groups[position]).or_insert(doc))
        .collect()
}

fn check_position(articles: &[Article<'_>], position: usize) -> Result<(), Error> {
    if position < articles.len() {
        return Ok(());
    }
    Err(Error::Position {
        at: position,
        items: articles.len(),
    })
}
