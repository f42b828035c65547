//! The stories of a batch: each group of copies counts as one item, told by its fullest member;
//! items are weighed, paired by their rarest terms, compared, and merged.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::cohesion::pairs;
use super::duplicates::Copies;
use super::progress::{Progress, Stage, step};
use crate::article::{Article, Timestamp};
use crate::cluster::{self, BoundConstraints, ConstrainedComponents, Linkage};
use crate::config::{Fields, Params};
use crate::ids::CandidatePair;
use crate::similarity::{CommonTermLimits, PartnerBuffer, TermIndex, TimeSlices};
use crate::similarity::{Terms, Weigher};
use crate::text::{
    Backgrounds, Language, Stemmer, StoryTerms, Table, body_without_boilerplate,
    titles_without_boilerplate,
};
use crate::verify::{
    Edge, Heading, PREFETCH_BATCH, ScatteredView, StoryField, StoryVerifier, StoryView,
};

/// An item is asked about by this many of its heaviest terms; twice as many as six found a tenth
/// more of the weak pairs (DESIGN.md). Headlines of scripts without spaces have twice as many
/// terms, and those two items share are the lighter ones, so a headline is asked about by two
/// thirds of its terms at least.
const ASKED_TERMS: usize = 12;

/// Where a term counts as common.
const LONGEST: CommonTermLimits = CommonTermLimits {
    in_all: 500,
    of_time: 100,
};

/// So many items are compared before their edges are put to the others: pieces and the whole are
/// held together only of these.
const COMPARED: usize = 1 << 14;

/// The stories found in a batch.
pub(super) struct Stories {
    pub(super) roots: Vec<u32>,
    pub(super) edges: Vec<Edge>,
    pub(super) oversized_terms: usize,
    pub(super) languages: Vec<Language>,
    pub(super) representatives: Vec<u32>,
    pub(super) views: Vec<StoryView>,
    pub(super) bounds: BoundConstraints,
    verifier: StoryVerifier,
}

impl Stories {
    pub(super) fn find(mut ground: StoryFeatures<'_>, progress: &dyn Progress) -> Self {
        let linkage = ground.params.linkage;
        let first = ground.join(&ground.edges, linkage, progress);
        // They take as much room as those to come.
        ground.edges = Vec::new();
        let ClusteredStories { roots, pairs } = ground.cluster_from(&first, linkage, progress);
        let Pairs {
            edges,
            oversized_terms,
            views,
        } = pairs;
        let StoryFeatures {
            languages,
            representatives,
            bounds,
            params,
            ..
        } = ground;
        Stories {
            roots,
            edges,
            oversized_terms,
            languages,
            representatives,
            views,
            bounds,
            verifier: params.stories,
        }
    }

    /// How likely the two items of each pair tell one event, every item of the batch counted once.
    pub(super) fn likeness(
        docs: &[&Article<'_>],
        pairs: &[(usize, usize)],
        backgrounds: &Backgrounds,
        params: &Params,
    ) -> Vec<f64> {
        let titles = titles_without_boilerplate(docs);
        let languages = languages(docs, &titles);
        let terms = terms(docs, &titles, &languages, backgrounds, params);
        let views = views(
            docs,
            &terms,
            &languages,
            &vec![1.0; docs.len()],
            backgrounds,
            params,
        );
        pairs
            .par_iter()
            .map(|&(a, b)| params.stories.similarity(&views[a], &views[b]))
            .collect()
    }

    /// How likely two items tell one event.
    pub(super) fn similarity(&self, a: u32, b: u32) -> f64 {
        self.verifier
            .similarity(&self.views[a as usize], &self.views[b as usize])
    }

    /// How many pairs of some items are linked.
    pub(super) fn links_among(&self, items: &[u32]) -> usize {
        let link = |(a, b)| {
            let pair = CandidatePair::new(a, b)?;
            self.verifier.verify(
                pair,
                &self.views[pair.a as usize],
                &self.views[pair.b as usize],
            )
        };
        pairs(items).filter_map(link).count()
    }

    /// The items that tell their group of copies.
    pub(super) fn is_representative(&self, doc: u32) -> bool {
        self.representatives.binary_search(&doc).is_ok()
    }
}

fn languages(docs: &[&Article<'_>], titles: &[&str]) -> Vec<Language> {
    let of = |(article, title): (&&Article<'_>, &&str)| {
        Language::of_article(article, title, Language::of)
    };
    docs.par_iter().zip(titles).map(of).collect()
}

/// Of each group of copies the item with the longest body, then headline; of equals the first.
fn representatives(docs: &[&Article<'_>], copy_roots: &[u32]) -> Vec<u32> {
    let mut best: BTreeMap<u32, u32> = BTreeMap::new();
    let fullness = |doc: u32| {
        (
            docs[doc as usize].text.len(),
            docs[doc as usize].title.len(),
        )
    };
    for doc in 0..docs.len() as u32 {
        let representative = best.entry(copy_roots[doc as usize]).or_insert(doc);
        if fullness(doc) > fullness(*representative) {
            *representative = doc;
        }
    }
    let mut representatives: Vec<u32> = best.into_values().collect();
    representatives.sort_unstable();
    representatives
}

/// The bounds on blocks as bounds on the items that tell them: those of one block are together, one
/// of each of two blocks that must not meet is apart.
fn bounds_of_tellers(
    representatives: &[u32],
    blocks: &[u32],
    bounds: &BoundConstraints,
) -> BoundConstraints {
    let mut of_tellers = BoundConstraints::default();
    if bounds.is_empty() {
        return of_tellers;
    }
    let mut first: BTreeMap<u32, u32> = BTreeMap::new();
    for &doc in representatives {
        let representative = *first.entry(blocks[doc as usize]).or_insert(doc);
        if representative != doc {
            of_tellers.must.push((representative, doc));
        }
    }
    let representative = |doc: u32| first.get(&blocks[doc as usize]).copied();
    of_tellers.cannot = bounds
        .cannot
        .iter()
        .filter_map(|&(a, b)| representative(a).zip(representative(b)))
        .collect();
    of_tellers
}

/// What the stories of a batch grow from, whatever the linkage.
pub(super) struct StoryFeatures<'a> {
    docs: &'a [&'a Article<'a>],
    backgrounds: &'a Backgrounds,
    params: &'a Params,
    blocks: &'a [u32],
    languages: Vec<Language>,
    representatives: Vec<u32>,
    bounds: BoundConstraints,
    terms: Vec<ItemTerms>,
    /// The edges with every item counted once.
    edges: Vec<Edge>,
}

/// The stories of one linkage: for each item the least of its story, and the pairs they were merged
/// by.
pub(super) struct ClusteredStories {
    pub(super) roots: Vec<u32>,
    pairs: Pairs,
}

/// The representatives weighed and compared.
struct Pairs {
    edges: Vec<Edge>,
    oversized_terms: usize,
    views: Vec<StoryView>,
}

impl<'a> StoryFeatures<'a> {
    pub(super) fn build(
        docs: &'a [&'a Article<'a>],
        titles: &[&str],
        copies: &Copies,
        (parts, bounds): (&'a ConstrainedComponents, &BoundConstraints),
        backgrounds: &'a Backgrounds,
        params: &'a Params,
        progress: &dyn Progress,
    ) -> Self {
        progress.begin(Stage::Weigh, 0);
        let languages = languages(docs, titles);
        let mut representatives = representatives(docs, &parts.linked);
        // What is too short to be a copy is too short to tell a story.
        representatives.retain(|&doc| !copies.is_short(doc));
        let bounds = bounds_of_tellers(&representatives, &parts.blocks, bounds);
        let terms = terms(docs, titles, &languages, backgrounds, params);
        let blocks = &parts.blocks;
        let mut ground = StoryFeatures {
            docs,
            backgrounds,
            params,
            blocks,
            languages,
            representatives,
            bounds,
            terms,
            edges: Vec::new(),
        };
        let alone: Vec<u32> = (0..docs.len() as u32).collect();
        ground.edges = ground.pairs(&alone, progress).edges;
        ground
    }

    /// Grows the stories. The batch is weighed twice: once item by item, then story by story as
    /// these edges join them.
    pub(super) fn cluster(&self, linkage: Linkage, progress: &dyn Progress) -> ClusteredStories {
        self.cluster_from(
            &self.join(&self.edges, linkage, progress),
            linkage,
            progress,
        )
    }

    fn join(&self, edges: &[Edge], linkage: Linkage, progress: &dyn Progress) -> Vec<u32> {
        progress.begin(Stage::Merge, 0);
        cluster::stories(self.docs.len(), edges, linkage, &self.bounds)
    }

    /// Grows the stories, given those of the first weighing.
    fn cluster_from(
        &self,
        first: &[u32],
        linkage: Linkage,
        progress: &dyn Progress,
    ) -> ClusteredStories {
        let n = self.docs.len();
        let pairs = self.pairs(first, progress);
        let roots = self.join(&pairs.edges, linkage, progress);
        let mut sets = cluster::UnionFind::new(n);
        for doc in 0..n as u32 {
            sets.union(doc, self.blocks[doc as usize]);
            sets.union(doc, roots[doc as usize]);
        }
        ClusteredStories {
            roots: sets.into_roots(),
            pairs,
        }
    }

    /// The representatives age by age, and their ages: as long as two items can be apart and tell one
    /// event.
    fn by_age(&self) -> (Vec<u32>, TimeSlices) {
        let reach = self.params.stories.max_seconds_apart();
        let age = |doc: u32| {
            let when = self.docs[doc as usize].published?.0;
            Some(reach.map_or(0, |reach| when.div_euclid(reach.max(1))))
        };
        let mut aged: Vec<(Option<i64>, u32)> = self
            .representatives
            .iter()
            .map(|&doc| (age(doc), doc))
            .collect();
        aged.par_sort_unstable();
        let (numbers, representatives): (Vec<Option<i64>>, Vec<u32>) = aged.into_iter().unzip();
        (representatives, TimeSlices::new(&numbers))
    }

    /// The pairs that may be of one story, the items of each of these stories sharing one vote.
    fn pairs(&self, roots: &[u32], progress: &dyn Progress) -> Pairs {
        let StoryFeatures {
            representatives,
            params,
            ..
        } = self;
        progress.begin(Stage::Weigh, 0);
        let weights = item_weights(roots, representatives);
        let views = views(
            self.docs,
            &self.terms,
            &self.languages,
            &weights,
            self.backgrounds,
            params,
        );
        let heaviest = |view: &StoryView| match view.lead.is_empty() {
            true => view
                .title
                .heaviest(ASKED_TERMS.max(2 * view.title.values().len() / 3)),
            false => view.lead.heaviest(ASKED_TERMS),
        };
        let all = |view: &StoryView| {
            let values = view.title.values().iter().chain(view.lead.values());
            values.map(|&(term, _)| term).collect::<Vec<_>>()
        };
        let (representatives, ages) = self.by_age();
        let asked: Vec<Vec<u32>> = representatives
            .par_iter()
            .map(|&doc| heaviest(&views[doc as usize]))
            .collect();
        let held: Vec<Vec<u32>> = representatives
            .par_iter()
            .map(|&doc| all(&views[doc as usize]))
            .collect();
        let index = TermIndex::new(&asked, &held, ages, LONGEST);
        let dates: Vec<Option<Timestamp>> = representatives
            .iter()
            .map(|&doc| self.docs[doc as usize].published)
            .collect();
        let reach = params
            .stories
            .max_seconds_apart()
            .map_or(u64::MAX, i64::unsigned_abs);
        // No look is taken at items of another time, which are far away in memory.
        let may_meet = |x: usize, y: usize| {
            dates[x]
                .zip(dates[y])
                .is_none_or(|(x, y)| x.0.abs_diff(y.0) <= reach)
        };
        let edge = |spread: &ScatteredView<'_>, one: u32, other: u32| {
            let pair = CandidatePair::new(one, other)?;
            let product = |field| spread.product(field, &views[other as usize]);
            params.stories.verify_by(
                pair,
                &views[pair.a as usize],
                &views[pair.b as usize],
                product,
            )
        };
        progress.begin(Stage::Compare, representatives.len());
        let mut edges: Vec<Edge> = Vec::new();
        for start in (0..representatives.len()).step_by(COMPARED) {
            let some = start..representatives.len().min(start + COMPARED);
            let found = some.into_par_iter().map_init(
                || (PartnerBuffer::default(), ScatteredView::default()),
                |(met, spread), at| {
                    step(progress, at);
                    spread.scatter(&views[representatives[at] as usize]);
                    let partners = index
                        .partners(at as u32, met)
                        .iter()
                        .map(|&other| other as usize);
                    let of_time = partners
                        .filter(|&other| may_meet(at, other))
                        .map(|other| representatives[other]);
                    let mut found = Vec::new();
                    for some in of_time.collect::<Vec<u32>>().chunks(PREFETCH_BATCH) {
                        some.iter().for_each(|&other| {
                            views[other as usize].prefetch(&[StoryField::Title, StoryField::Lead])
                        });
                        found.extend(
                            some.iter()
                                .filter_map(|&other| edge(spread, representatives[at], other)),
                        );
                    }
                    found
                },
            );
            edges.extend(found.flatten_iter().collect::<Vec<_>>());
        }
        edges.par_sort_unstable_by_key(Edge::pair);
        Pairs {
            edges,
            oversized_terms: index.oversized_terms,
            views,
        }
    }
}

/// What each item counts in the batch's frequencies: the representatives of a story share one vote, so that
/// a story told a hundred times does not make its own names common; copies have none.
fn item_weights(roots: &[u32], representatives: &[u32]) -> Vec<f64> {
    let mut sizes = vec![0.0; roots.len()];
    for &doc in representatives {
        sizes[roots[doc as usize] as usize] += 1.0;
    }
    let mut weights = vec![0.0; roots.len()];
    for &doc in representatives {
        weights[doc as usize] = 1.0 / sizes[roots[doc as usize] as usize];
    }
    weights
}

/// What an item is told by: the terms of its headline, its lead and its headline's letters, and its
/// figures.
struct ItemTerms {
    fields: [Terms; 3],
    figures: Terms,
}

fn terms(
    docs: &[&Article<'_>],
    titles: &[&str],
    languages: &[Language],
    backgrounds: &Backgrounds,
    params: &Params,
) -> Vec<ItemTerms> {
    let of = |((article, title), &language): ((&&Article<'_>, &&str), &Language)| {
        let at_large = backgrounds.of(language);
        let stemmer = Stemmer::new(language, at_large);
        let phrase = |first, second| at_large?.phrase(first, second);
        let title = if params.fields == Fields::Body {
            ""
        } else {
            title
        };
        let text = body_without_boilerplate(&article.text);
        let text = if params.fields == Fields::Title {
            ""
        } else {
            &*text
        };
        let found = StoryTerms::of(title, text, params.lead_chars, &stemmer);
        ItemTerms {
            fields: [
                Terms::of_text(&found.title, phrase),
                Terms::of_text(&found.lead, phrase),
                Terms::new(found.chars),
            ],
            figures: Terms::new(found.figures),
        }
    };
    docs.par_iter().zip(titles).zip(languages).map(of).collect()
}

fn views(
    docs: &[&Article<'_>],
    terms: &[ItemTerms],
    languages: &[Language],
    weights: &[f64],
    backgrounds: &Backgrounds,
    params: &Params,
) -> Vec<StoryView> {
    let weighers = |language: Language| {
        let batch =
            || (0..docs.len()).filter(|&doc| languages[doc] == language && weights[doc] > 0.0);
        let items = batch().count().max(1) as f64;
        let weigher = |field: usize, table: Option<Table>| {
            let at_large = backgrounds.of(language).zip(table);
            let batch = batch().map(|doc| (&terms[doc].fields[field], weights[doc]));
            Weigher::new(
                batch,
                at_large,
                params.weighing.field(field, items, at_large.is_some()),
            )
        };
        let (title, (lead, chars)) = rayon::join(
            || weigher(0, Some(Table::Title)),
            || rayon::join(|| weigher(1, Some(Table::Text)), || weigher(2, None)),
        );
        (language, [title, lead, chars])
    };
    let spoken: BTreeSet<Language> = languages.iter().copied().collect();
    let weighers: BTreeMap<Language, [Weigher<'_>; 3]> =
        spoken.into_par_iter().map(weighers).collect();
    let view = |(
        doc,
        ItemTerms {
            fields: [title, lead, chars],
            figures,
        },
    ): (usize, &ItemTerms)| {
        let [of_title, of_lead, of_chars] = &weighers[&languages[doc]];
        StoryView {
            title: of_title.vector(title),
            sequence: title.sequence().into(),
            lead: of_lead.vector(lead),
            chars: of_chars.vector(chars),
            figures: figures.iter().collect(),
            published: docs[doc].published,
            heading: Heading::of(docs[doc], &docs[doc].title),
        }
    };
    terms.par_iter().enumerate().map(view).collect()
}
