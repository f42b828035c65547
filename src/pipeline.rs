//! The one straight line: articles in, report out, through normalise, shingle, sign, band, verify,
//! cluster, choose.
//!
//! Items are first put in the order of their ids and contents, and every floor works on that order;
//! so no label depends on the order of arrival or on the number of threads.

mod cohesion;
mod duplicates;
mod explain;
mod naming;
mod profile;
mod progress;
mod similar;
mod stories;
mod sweep;

use std::convert::Infallible;

use hashbrown::HashMap;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::article::Article;
use crate::blocking::{KeyMaker, Sketcher};
use crate::canonical::{self, CanonicalScore, ItemFeatures};
use crate::cluster::{
    BoundConstraints, ConstrainedComponents, Constraints, constrained_components, members,
};
use crate::clustering::{
    Counts, Explanation, Group, GroupId, Grouped, Neighbourhood, Partition, Placement, Relation,
    Report, Summary, Survey,
};
use crate::config::{Level, Params};
use crate::error::Error;
use crate::ids::CandidatePair;
use crate::naming::GroupName;
use crate::text::{
    Background, Backgrounds, Language, Tokens, title_without_boilerplate,
    titles_without_boilerplate,
};
use crate::verify::{ComparedItem, DuplicateVerifier, Edge, Fingerprint, MatchKind};

use cohesion::{COHESION_SAMPLE, cohesion_sample, density, is_low_density, min_over_pairs, sizes};
use duplicates::{Copies, fingerprint};
use stories::{Stories, StoryFeatures};

pub(crate) use cohesion::{count_duplicate_pairs, count_low_density_groups};
pub use duplicates::key_maker;
pub(crate) use duplicates::{PrintSource, Verification, between_items, rules, too_short};
pub use progress::{Progress, Stage};
pub use similar::ListOptions;

/// Groups batches of articles.
///
/// ```
/// use qissa::{Article, Config, Engine};
/// let engine = Engine::new(Config::default().check()?);
/// let batch = [
///     Article::headline("1", "Minister opens the new bridge over the river"),
///     Article::headline("2", "Minister opens new bridge over the river"),
///     Article::headline("3", "Rain expected on the coast this weekend"),
/// ];
/// let report = engine.group(&batch);
/// assert_eq!(report.placements[0].near_dup, report.placements[1].near_dup);
/// assert_ne!(report.placements[0].cluster, report.placements[2].cluster);
/// # Ok::<(), qissa::config::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    params: Params,
    backgrounds: Backgrounds,
    constraints: Constraints,
}

impl Engine {
    /// An engine with the backgrounds that come with the library.
    pub fn new(params: Params) -> Self {
        Engine {
            params,
            backgrounds: Backgrounds::default(),
            constraints: Constraints::default(),
        }
    }

    /// Adds a background, in place of any other of its language.
    pub fn with_background(mut self, background: Background) -> Self {
        self.backgrounds.add(background);
        self
    }

    /// Sets what must, and what must not, be in one group: a story, or with [`Level::Duplicates`] a
    /// group of duplicates. What must not be in one story is in no group of duplicates either;
    /// what must be is no duplicate for that.
    pub fn with_constraints(mut self, constraints: Constraints) -> Self {
        self.constraints = constraints;
        self
    }

    /// What must, and what must not, be in one group.
    pub fn constraints(&self) -> &Constraints {
        &self.constraints
    }

    /// How common each term is in news at large, by language.
    pub fn backgrounds(&self) -> &Backgrounds {
        &self.backgrounds
    }

    /// The settings it runs with.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// What an item's copies are found by; nothing, if it is too short.
    pub fn copy_text(&self, article: &Article<'_>, tokens: &mut Tokens) -> Option<Fingerprint> {
        let print = fingerprint(article, tokens, &self.params);
        (!print.is_empty()).then_some(print)
    }

    /// The maker of the keys under which copies are found.
    pub fn key_maker(&self) -> KeyMaker {
        key_maker(&self.params)
    }

    /// The maker of the keys of many items at once.
    pub fn sketcher(&self) -> Sketcher {
        Sketcher::new(self.key_maker(), rules(&self.params))
    }

    /// The digest of what an item's copies are found by: items of one digest are copies word for
    /// word. None, if it is too short.
    pub fn digest(&self, article: &Article<'_>, tokens: &mut Tokens) -> Option<u64> {
        rules(&self.params).digest(&self.subject(article), tokens)
    }

    /// What of an item is compared to find its copies.
    pub fn subject<'a>(&self, article: &'a Article<'_>) -> ComparedItem<'a> {
        ComparedItem::of(article, &self.params.sources)
    }

    /// How likely the two items of each pair of positions tell one event, in 0..=1, weighed among
    /// the whole batch.
    pub fn likeness(&self, articles: &[Article<'_>], pairs: &[(usize, usize)]) -> Vec<f64> {
        let textless = self.textless(articles);
        let docs: Vec<&Article<'_>> = (0..articles.len())
            .map(|at| compared(articles, &textless, at))
            .collect();
        Stories::likeness(&docs, pairs, &self.backgrounds, &self.params)
    }

    /// Groups a batch.
    ///
    /// # Cost
    /// Linear in the text, but for the sorts of band keys and the pairs that are compared.
    pub fn group(&self, articles: &[Article<'_>]) -> Report {
        self.group_watched(articles, &())
    }

    /// Groups a batch and tells how far it is.
    pub fn group_watched(&self, articles: &[Article<'_>], progress: &dyn Progress) -> Report {
        self.grouped(articles, progress, |batch| {
            progress.begin(Stage::Choose, 0);
            batch.report()
        })
        .0
    }

    /// Groups a batch and does no more: no canonical is chosen, nothing is named.
    ///
    /// # Cost
    /// At level duplicates about half of what [`Engine::group`] takes in time and memory.
    pub fn partition(&self, articles: &[Article<'_>], progress: &dyn Progress) -> Partition {
        let ((items, summary), edges) = self.grouped(articles, progress, |batch| batch.partition());
        Partition {
            items,
            edges,
            summary,
        }
    }

    /// Where the items stand in groups of duplicates that are known, given the id of each item's
    /// group: what [`Engine::group`] says of them at level duplicates, if all items of a group
    /// are given; but labels weigh words within their group, so that they do not depend on
    /// which others are given, and as the edges are not found again, the
    /// [`density`](Group::density) of groups of 64 items or less is not measured.
    ///
    /// # Cost
    /// That of choosing the canonical items: linear in the text, but for the pairs of each group of
    /// 64 items or less.
    pub fn place(&self, articles: &[Article<'_>], groups: &[GroupId]) -> Report {
        let order = canonical_order(articles);
        let textless = self.textless(articles);
        let docs: Vec<&Article<'_>> = order
            .iter()
            .map(|&at| compared(articles, &textless, at))
            .collect();
        let params = Params {
            level: Level::Duplicates,
            ..self.params.clone()
        };
        let copies = Copies::known(&docs, &params);
        let mut first = HashMap::new();
        let roots: Vec<u32> = order
            .iter()
            .zip(0..)
            .map(|(&at, doc)| *first.entry(groups[at]).or_insert(doc))
            .collect();
        let batch = Batch {
            docs: &docs,
            titles: None,
            order: &order,
            copies: &copies,
            copy_roots: &roots,
            parts: &ConstrainedComponents {
                linked: roots.clone(),
                blocks: roots.clone(),
            },
            bounds: &BoundConstraints::default(),
            stories: None,
            backgrounds: &self.backgrounds,
            params: &params,
            is_whole: false,
        };
        let mut report = batch.report();
        for (place, &id) in report.placements.iter_mut().zip(groups) {
            (place.near_dup, place.cluster) = (id, id);
        }
        report
            .duplicates
            .iter_mut()
            .for_each(|group| group.id = groups[group.members[0]]);
        report
    }

    /// The items whose text is left out by the rules for their sources, by position, without it.
    fn textless<'a>(&self, articles: &'a [Article<'_>]) -> Textless<'a> {
        let sources = &self.params.sources;
        if !sources.ignore_texts() {
            return Textless::default();
        }
        articles
            .par_iter()
            .enumerate()
            .filter_map(|(at, article)| Some((at, sources.textless(article)?)))
            .collect()
    }

    /// Groups a batch, then does something with it; gives the verified pairs of duplicates besides.
    fn grouped<T>(
        &self,
        articles: &[Article<'_>],
        progress: &dyn Progress,
        then: impl FnOnce(&Batch<'_>) -> T,
    ) -> (T, Vec<Edge>) {
        let order = canonical_order(articles);
        let textless = self.textless(articles);
        let docs: Vec<&Article<'_>> = order
            .par_iter()
            .map(|&at| compared(articles, &textless, at))
            .collect();
        let copies = Copies::find(&docs, &self.params, progress);
        let bounds = self.constraints.bind(docs.iter().map(|doc| &*doc.id));
        let parts = constrained_components(docs.len(), &copies.edges, &bounds);
        let held = (&parts, &bounds);
        let titles =
            (self.params.level == Level::Stories).then(|| titles_without_boilerplate(&docs));
        let stories = titles.as_ref().map(|titles| {
            let features = StoryFeatures::build(
                &docs,
                titles,
                &copies,
                held,
                &self.backgrounds,
                &self.params,
                progress,
            );
            Stories::find(features, progress)
        });
        let batch = Batch {
            docs: &docs,
            titles: titles.as_deref(),
            order: &order,
            copies: &copies,
            copy_roots: if stories.is_some() {
                &parts.linked
            } else {
                &parts.blocks
            },
            parts: &parts,
            bounds: &bounds,
            stories: stories.as_ref(),
            backgrounds: &self.backgrounds,
            params: &self.params,
            is_whole: true,
        };
        (then(&batch), copies.edges)
    }

    /// Groups a batch, and surveys how alike its pairs are.
    ///
    /// # Cost
    /// That of grouping the batch, and a signature of sixteen values a text.
    pub fn survey(&self, articles: &[Article<'_>], progress: &dyn Progress) -> (Report, Survey) {
        self.grouped(articles, progress, |batch| {
            progress.begin(Stage::Choose, 0);
            (batch.report(), batch.survey())
        })
        .0
    }

    /// Why two items, given by their positions, are in one group or not.
    ///
    /// # Errors
    /// [`Error::Position`], if the batch has no item at one of the positions.
    ///
    /// # Cost
    /// That of grouping the batch, and of merging it once more.
    pub fn explain(
        &self,
        articles: &[Article<'_>],
        [a, b]: [usize; 2],
        progress: &dyn Progress,
    ) -> Result<Explanation, Error> {
        check_positions(articles, &[a, b])?;
        Ok(self
            .grouped(articles, progress, |batch| {
                batch.explain(batch.doc(a), batch.doc(b))
            })
            .0)
    }

    /// The items most like one, given by its position, at most `count`.
    ///
    /// # Errors
    /// [`Error::Position`], if the batch has no item at the position.
    pub fn neighbours(
        &self,
        articles: &[Article<'_>],
        at: usize,
        count: usize,
        progress: &dyn Progress,
    ) -> Result<Neighbourhood, Error> {
        check_positions(articles, &[at])?;
        Ok(self
            .grouped(articles, progress, |batch| {
                batch.neighbours(batch.doc(at), count)
            })
            .0)
    }
}

/// Items without their text, by position.
type Textless<'a> = HashMap<usize, Article<'a>>;

/// The item at a position as it is compared.
fn compared<'a>(
    articles: &'a [Article<'a>],
    textless: &'a Textless<'a>,
    at: usize,
) -> &'a Article<'a> {
    textless.get(&at).unwrap_or(&articles[at])
}

/// Whether a batch has an item at each of some positions.
fn check_positions(articles: &[Article<'_>], positions: &[usize]) -> Result<(), Error> {
    let unknown = positions.iter().find(|&&at| at >= articles.len());
    unknown.map_or(Ok(()), |&at| {
        Err(Error::Position {
            at,
            items: articles.len(),
        })
    })
}

/// The positions of the articles by id, then by all else that can differ.
fn canonical_order(articles: &[Article<'_>]) -> Vec<usize> {
    // Ids mostly differ in the first bytes behind what they all begin with.
    let shared = shared_prefix(articles);
    let mut order: Vec<(u64, u32)> = articles
        .par_iter()
        .map(|it| leading(it.id.as_bytes(), shared))
        .zip(0..articles.len() as u32)
        .collect();
    let whole = |x: u32, y: u32| {
        articles[x as usize]
            .compare(&articles[y as usize])
            .then(x.cmp(&y))
    };
    order.par_sort_unstable_by(|x, y| x.0.cmp(&y.0).then_with(|| whole(x.1, y.1)));
    order.into_iter().map(|(_, at)| at as usize).collect()
}

/// How many bytes all ids begin with alike.
fn shared_prefix(articles: &[Article<'_>]) -> usize {
    let Some(first) = articles.first() else {
        return 0;
    };
    let alike = |id: &str| {
        first
            .id
            .bytes()
            .zip(id.bytes())
            .take_while(|(x, y)| x == y)
            .count()
    };
    articles
        .par_iter()
        .map(|article| alike(&article.id))
        .min()
        .unwrap_or(0)
}

/// The eight bytes from a place on, as a number that sorts as they do.
pub(crate) fn leading(bytes: &[u8], from: usize) -> u64 {
    let mut eight = [0; 8];
    let rest = &bytes[from..];
    let count = rest.len().min(8);
    eight[..count].copy_from_slice(&rest[..count]);
    u64::from_be_bytes(eight)
}

/// For each item the place of its group among those of more than one.
fn places_of_groups(roots: &[u32]) -> Vec<Option<usize>> {
    let mut places = vec![None; roots.len()];
    for (place, group) in members(roots).into_iter().enumerate() {
        group
            .into_iter()
            .for_each(|doc| places[doc as usize] = Some(place));
    }
    places
}

/// The hash by which a group is known, of the id of its least item and of how many items before
/// that bear the same id.
pub fn group_hash(id: &str, repeats: u32) -> u64 {
    xxh3_64_with_seed(id.as_bytes(), u64::from(repeats))
}

/// So many ids are fetched at a time.
const IDS: usize = 256;

/// The id of each item's group, given the ids of the items in canonical order.
pub(crate) fn group_ids<'i>(
    id: impl Fn(u32) -> &'i str + Sync,
    roots: &[u32],
    kind: fn(u64) -> GroupId,
) -> Vec<GroupId> {
    // Of each root the hash, as if it were the first to bear its id, and of each item whether it is
    // not.
    let (mut hashes, mut repeated) = (vec![0; roots.len()], vec![false; roots.len()]);
    let pieces = hashes
        .par_chunks_mut(IDS)
        .zip(repeated.par_chunks_mut(IDS))
        .zip(roots.par_chunks(IDS));
    pieces
        .enumerate()
        .for_each(|(at, ((hashes, repeated), roots))| {
            let first = (at * IDS) as u32;
            // They lie far apart, so all are fetched before any is read.
            let ids: Vec<&str> = (first..).take(roots.len()).map(&id).collect();
            let mut before = first.checked_sub(1).map(&id);
            for (place, &own) in ids.iter().enumerate() {
                if roots[place] == first + place as u32 {
                    hashes[place] = group_hash(own, 0);
                }
                repeated[place] = before == Some(own);
                before = Some(own);
            }
        });
    let mut before = 0;
    for item in 0..repeated.len() {
        before = if repeated[item] { before + 1 } else { 0 };
        if before > 0 && roots[item] == item as u32 {
            hashes[item] = group_hash(id(item as u32), before);
        }
    }
    roots
        .par_iter()
        .map(|&root| kind(hashes[root as usize]))
        .collect()
}

/// What there is of groups of duplicates, but for what was counted. `low_density_groups` are those of the
/// groups that are too large to be judged by their edges.
pub(crate) fn summary_of_copies(
    roots: &[u32],
    edges: &[Edge],
    low_density_groups: usize,
) -> Summary {
    let sizes = sizes(roots);
    let mut links = vec![0; sizes.len()];
    let within = edges
        .iter()
        .filter(|edge| roots[edge.pair().a as usize] == roots[edge.pair().b as usize]);
    within.for_each(|edge| links[roots[edge.pair().a as usize] as usize] += 1);
    let small = links
        .iter()
        .zip(&sizes)
        .filter(|&(_, &size)| size <= COHESION_SAMPLE);
    let small = small.filter_map(|(&links, &size)| density(links, size));
    Summary {
        items: roots.len(),
        duplicates: Grouped::of(sizes.iter().copied()),
        weak: low_density_groups + small.filter(|&density| is_low_density(density)).count(),
        ..Summary::default()
    }
}

/// A batch that has been grouped, in canonical order, on its way to a report.
struct Batch<'a> {
    docs: &'a [&'a Article<'a>],
    /// What tells the news of each headline, where that was told among all of them.
    titles: Option<&'a [&'a str]>,
    order: &'a [usize],
    copies: &'a Copies<'a>,
    copy_roots: &'a [u32],
    parts: &'a ConstrainedComponents,
    bounds: &'a BoundConstraints,
    stories: Option<&'a Stories>,
    backgrounds: &'a Backgrounds,
    params: &'a Params,
    /// Whether it is all that is to be grouped, and not some of its groups.
    is_whole: bool,
}

impl<'a> Batch<'a> {
    /// The part of an item's headline that tells the news.
    fn title(&self, doc: usize) -> &'a str {
        self.titles.map_or_else(
            || title_without_boilerplate(self.docs[doc]),
            |titles| titles[doc],
        )
    }
}

impl Batch<'_> {
    /// The group of each item, by position, and what there is of groups.
    fn partition(&self) -> (Vec<(usize, GroupId)>, Summary) {
        let roots = self
            .stories
            .map_or(self.copy_roots, |stories| &stories.roots);
        let kind = if self.stories.is_some() {
            GroupId::Story
        } else {
            GroupId::Duplicates
        };
        let grouped = |stories: &Stories| Grouped::of(sizes(&stories.roots).into_iter());
        let summary = || Summary {
            stories: self
                .stories
                .map(grouped)
                .filter(|stories| stories.groups > 0),
            counts: self.counts(),
            ..summary_of_copies(
                self.copy_roots,
                &self.copies.edges,
                self.count_low_density_groups(),
            )
        };
        let ids = || group_ids(|doc| &self.docs[doc as usize].id, roots, kind);
        let (summary, ids) = rayon::join(summary, ids);
        (self.order.par_iter().copied().zip(ids).collect(), summary)
    }

    fn count_low_density_groups(&self) -> usize {
        let Ok(loose) = count_low_density_groups(self.copy_roots, |items| {
            Ok::<_, Infallible>(self.count_duplicate_pairs(items))
        });
        loose
    }

    fn counts(&self) -> Counts {
        Counts {
            too_short: self.copies.too_short(),
            wordless: self.copies.wordless,
            crowded: self.copies.crowded
                + self.stories.map_or(0, |stories| stories.oversized_terms),
        }
    }

    fn report(&self) -> Report {
        let roots = self
            .stories
            .map_or(self.copy_roots, |stories| &stories.roots);
        let (scores, canonicals) = self.choose(roots);
        let copy_canonicals = self.stories.map(|_| self.choose(self.copy_roots).1);
        let (copy_ids, copy_sizes) = self.identify(self.copy_roots, GroupId::Duplicates);
        let (ids, sizes) = match self.stories {
            Some(stories) => self.identify(&stories.roots, GroupId::Story),
            None => (copy_ids.clone(), copy_sizes.clone()),
        };
        let labels = self.labels(roots, &canonicals);
        let groups = places_of_groups(roots);
        let mut docs_in_input = vec![0; self.docs.len()];
        self.order
            .iter()
            .enumerate()
            .for_each(|(doc, &at)| docs_in_input[at] = doc);
        let place = |&doc: &usize| {
            let chosen = canonicals[roots[doc] as usize];
            let (relation, similarity) = self.relate(doc as u32, chosen, sizes[doc]);
            Placement {
                near_dup: copy_ids[doc],
                near_dup_size: copy_sizes[doc],
                cluster: ids[doc],
                cluster_size: sizes[doc],
                group: groups[doc],
                canonical: self.order[chosen as usize],
                score: scores[doc].clone(),
                similarity,
                relation,
                language: self.language(doc),
            }
        };
        let placed = |edge: &Edge| (self.at(edge.pair().a), self.at(edge.pair().b), *edge);
        let together =
            |edge: &&Edge| roots[edge.pair().a as usize] == roots[edge.pair().b as usize];
        let links = self
            .stories
            .map_or(&[][..], |stories| &stories.edges)
            .iter()
            .filter(together);
        let mut duplicates =
            self.duplicate_groups(&copy_ids, copy_canonicals.as_ref().unwrap_or(&canonicals));
        let mut stories = self.story_groups(&ids, &canonicals);
        let labelled = if self.stories.is_some() {
            &mut stories
        } else {
            &mut duplicates
        };
        labelled
            .iter_mut()
            .zip(labels)
            .for_each(|(group, label)| group.label = label);
        Report {
            placements: docs_in_input.par_iter().map(place).collect(),
            duplicates,
            stories,
            edges: self.copies.edges.iter().map(placed).collect(),
            links: links.map(placed).collect(),
            counts: self.counts(),
        }
    }

    fn at(&self, doc: u32) -> usize {
        self.order[doc as usize]
    }

    fn doc(&self, at: usize) -> u32 {
        self.order
            .iter()
            .position(|&other| other == at)
            .map_or(0, |doc| doc as u32)
    }

    fn language(&self, doc: usize) -> Language {
        let glance = || {
            Language::of_article(self.docs[doc], self.title(doc), |text| {
                Language::at_a_glance(text).unwrap_or(Language::UNKNOWN)
            })
        };
        self.stories
            .map_or_else(glance, |stories| stories.languages[doc])
    }

    /// The id of each item's group, and how many items it has.
    fn identify(&self, roots: &[u32], kind: fn(u64) -> GroupId) -> (Vec<GroupId>, Vec<usize>) {
        let sizes = sizes(roots);
        (
            group_ids(|doc| &self.docs[doc as usize].id, roots, kind),
            roots.iter().map(|&root| sizes[root as usize]).collect(),
        )
    }

    /// The score of each item in its group, and the canonical item under each group's root.
    fn choose(&self, roots: &[u32]) -> (Vec<CanonicalScore>, Vec<u32>) {
        let mut canonicals: Vec<u32> = (0..roots.len() as u32).collect();
        let mut scores = vec![CanonicalScore::default(); roots.len()];
        let groups = members(roots);
        let scored: Vec<Vec<CanonicalScore>> =
            groups.par_iter().map(|group| self.score(group)).collect();
        for (group, parts) in groups.iter().zip(scored) {
            canonicals[roots[group[0] as usize] as usize] = group[canonical::best(&parts)];
            for (&doc, score) in group.iter().zip(parts) {
                scores[doc as usize] = score;
            }
        }
        scores
            .par_iter_mut()
            .enumerate()
            .filter(|(_, score)| score.parts.is_empty())
            .for_each(|(doc, score)| {
                *score = self.score(&[doc as u32]).remove(0);
            });
        (scores, canonicals)
    }

    fn score(&self, group: &[u32]) -> Vec<CanonicalScore> {
        canonical::score(&self.traits(group), &self.params.weights, self.backgrounds)
    }

    fn traits(&self, group: &[u32]) -> Vec<ItemFeatures<'_>> {
        let copies = |doc: u32| u64::from(self.parts.linked[doc as usize]);
        let trust = |doc: u32| self.params.sources.trust(self.docs[doc as usize]);
        let of = |&doc: &u32| ItemFeatures::of(self.docs[doc as usize], trust(doc), copies(doc));
        group
            .par_iter()
            .with_min_len(COHESION_SAMPLE)
            .map(of)
            .collect()
    }

    /// The two prints' edge, if they are copies to the verifier.
    fn compare(&self, verifier: &DuplicateVerifier, a: u32, b: u32) -> Option<Edge> {
        let prints = self.copies.prints([a, b].into_iter());
        verifier.verify(CandidatePair::new(a, b)?, prints.get(a), prints.get(b))
    }

    fn copy_similarity(&self, a: u32, b: u32) -> f64 {
        self.copies.prints([a, b].into_iter()).similarity(a, b)
    }

    fn relate(&self, doc: u32, canonical: u32, size: usize) -> (Relation, f64) {
        if doc == canonical {
            return (
                if size == 1 {
                    Relation::Alone
                } else {
                    Relation::Canonical
                },
                1.0,
            );
        }
        let both_in = |roots: &[u32]| roots[doc as usize] == roots[canonical as usize];
        if both_in(&self.parts.linked) {
            return match self.compare(&self.params.duplicates, doc, canonical) {
                Some(edge) => {
                    let [length, other] =
                        [doc, canonical].map(|doc| self.docs[doc as usize].text.len());
                    (
                        Relation::Match(edge.kind().from_side(length, other)),
                        edge.similarity(),
                    )
                }
                None => (Relation::Linked, self.copy_similarity(doc, canonical)),
            };
        }
        let Some(stories) = self.stories else {
            return (Relation::Must, self.copy_similarity(doc, canonical));
        };
        let similarity = stories.similarity(doc, canonical);
        let by_itself = similarity >= self.params.linkage.threshold || !both_in(&self.parts.blocks);
        (
            if by_itself {
                Relation::Match(MatchKind::Story)
            } else {
                Relation::Must
            },
            similarity,
        )
    }

    fn duplicate_groups(&self, ids: &[GroupId], canonicals: &[u32]) -> Vec<Group> {
        let weakest = |items: &[u32]| {
            let prints = self.copies.prints(items.iter().copied());
            min_over_pairs(items, |a, b| prints.similarity(a, b))
        };
        let links = |items: &[u32]| self.count_duplicate_pairs(items);
        let edges = self.is_whole.then_some(&self.copies.edges[..]);
        self.groups(
            self.copy_roots,
            (ids, canonicals),
            edges,
            |_| true,
            (weakest, links),
        )
    }

    /// How many pairs of some items are copies.
    fn count_duplicate_pairs(&self, items: &[u32]) -> usize {
        let prints = self.copies.prints(items.iter().copied());
        let prints: Vec<&Fingerprint> = items.iter().map(|&item| prints.get(item)).collect();
        count_duplicate_pairs(&prints, &self.params.duplicates)
    }

    /// A story is as tight as the texts that tell it; their copies say nothing about that.
    fn story_groups(&self, ids: &[GroupId], canonicals: &[u32]) -> Vec<Group> {
        let build = |stories: &Stories| {
            let weakest = |items: &[u32]| min_over_pairs(items, |a, b| stories.similarity(a, b));
            let tells = |doc| stories.is_representative(doc);
            let measures = (weakest, |items: &[u32]| stories.links_among(items));
            self.groups(
                &stories.roots,
                (ids, canonicals),
                Some(&stories.edges[..]),
                tells,
                measures,
            )
        };
        self.stories.map_or_else(Vec::new, build)
    }

    /// The groups of more than one item, and how tight those of their items that count are: the
    /// least likeness of two of some items, and how many of their pairs are linked, asked for
    /// where that cannot be told by the edges. Without edges that is not measured of groups
    /// whose items all count.
    fn groups(
        &self,
        roots: &[u32],
        (ids, canonicals): (&[GroupId], &[u32]),
        edges: Option<&[Edge]>,
        counts: impl Fn(u32) -> bool + Sync,
        (weakest, links_among): (
            impl Fn(&[u32]) -> f64 + Sync,
            impl Fn(&[u32]) -> usize + Sync,
        ),
    ) -> Vec<Group> {
        let mut links = vec![0; roots.len()];
        for edge in edges.unwrap_or_default() {
            let (a, b) = (roots[edge.pair().a as usize], roots[edge.pair().b as usize]);
            links[a as usize] += usize::from(a == b);
        }
        let build = |group: Vec<u32>| {
            let root = roots[group[0] as usize] as usize;
            let counted: Vec<u32> = group.iter().copied().filter(|&doc| counts(doc)).collect();
            let judged = cohesion_sample(&counted);
            let links = match judged.len() < counted.len() {
                true => Some(links_among(&judged)),
                false => edges.map(|_| links[root]),
            };
            let density = links.and_then(|links| density(links, judged.len()));
            Group {
                id: ids[group[0] as usize],
                canonical: self.at(canonicals[root]),
                members: group.iter().map(|&doc| self.at(doc)).collect(),
                weakest: weakest(&judged),
                density,
                is_weak: density.is_some_and(is_low_density),
                label: GroupName::default(),
            }
        };
        members(roots).into_par_iter().map(build).collect()
    }
}
