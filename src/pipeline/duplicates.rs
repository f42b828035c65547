//! Duplicates of a batch: sketches, candidates, verification, splitting.
//!
//! Input: the items in canonical order. Output: verified pairs of items. Items with equal
//! fingerprints are grouped first; each unique text is sketched and verified once. Shingles are not
//! kept: those of verified texts are made again. Cost: two passes over the items, and one
//! comparison per candidate pair.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::progress::{Progress, Stage, step};
use crate::article::Article;
use crate::blocking::{KeyMaker, Sketcher, UniqueTexts, batch_candidates, split, split_order};
use crate::bucket::{MAX_BUCKET, bucket_pairs};
use crate::cluster::{SizedUnionFind, components, members};
use crate::config::{Fields, Params};
use crate::ids::{CandidatePair, DenseId, DocId, IdVec, TextId};
use crate::sets::MinHasher;
use crate::source_rules::SourceRules;
use crate::text::Tokens;
use crate::verify::{ComparedItem, DuplicateVerifier, Edge, FieldRule, Fingerprint, Rules};

/// One in `BODY_STRIDE` body shingles makes a containment key.
const BODY_STRIDE: u32 = 8;

/// Candidate pairs are verified in about `BATCHES` batches: work for all threads.
const BATCHES: usize = 64;

/// Maximal number of pairs of a batch, unless they are of one component of candidates.
const MAX_PAIRS: usize = 512;

/// Number of texts of a batch, about: their shingles are in memory at the same time.
const MAX_TEXTS: usize = 1024;

/// Number of items that are prefetched together while all are sketched.
const PREFETCHED: u32 = 32;

/// Size of a cache line in bytes.
const LINE: usize = 64;

/// Cache lines that are prefetched per field before a text is verified.
const LINES: usize = 16;

/// A candidate pair of texts.
type TextPair = CandidatePair<TextId>;

/// The items of a batch, in canonical order, and how they are compared.
struct Docs<'a> {
    articles: &'a [&'a Article<'a>],
    rules: Rules,
    sources: &'a SourceRules,
}

impl<'a> Docs<'a> {
    fn new(articles: &'a [&'a Article<'a>], params: &'a Params) -> Self {
        Docs {
            articles,
            rules: rules(params),
            sources: &params.sources,
        }
    }

    fn article(&self, doc: DocId) -> &'a Article<'a> {
        self.articles[doc.index()]
    }

    /// The compared parts of an item.
    fn subject(&self, doc: DocId) -> ComparedItem<'a> {
        ComparedItem::of(self.article(doc), self.sources)
    }

    /// The compared parts of an item; prefetches the next items where a block of them begins.
    fn next_subject(&self, doc: DocId) -> ComparedItem<'a> {
        if doc.0.is_multiple_of(PREFETCHED) {
            let end = (self.articles.len() as u32).min(doc.0 + PREFETCHED);
            self.prefetch((doc.0..end).map(DocId), 1);
        }
        self.subject(doc)
    }

    /// Reads the first cache lines of items. Items are far apart in memory: their cache misses
    /// overlap if they are read together.
    fn prefetch(&self, docs: impl Iterator<Item = DocId>, lines: usize) {
        for doc in docs {
            let article = self.article(doc);
            for text in [&article.title, &article.text] {
                for byte in text.as_bytes().iter().step_by(LINE).take(lines) {
                    black_box(*byte);
                }
            }
        }
    }

    /// The exemplars of texts, prefetched.
    fn exemplars(&self, unique: &UniqueTexts, texts: &[TextId]) -> Vec<DocId> {
        let docs: Vec<DocId> = texts.iter().map(|&text| unique.exemplar(text)).collect();
        self.prefetch(docs.iter().copied(), LINES);
        docs
    }
}

/// The duplicates of a batch.
pub(super) struct BatchDuplicates<'a> {
    docs: Docs<'a>,
    verifier: DuplicateVerifier,
    texts: UniqueTexts,
    /// The verified pairs of items, ascending.
    pub(super) edges: Vec<Edge>,
    /// Number of oversized buckets.
    pub(super) oversized_buckets: usize,
    /// Number of items without words that can be compared.
    pub(super) wordless: usize,
}

impl<'a> BatchDuplicates<'a> {
    /// Finds the duplicates of a batch.
    pub(super) fn find(
        articles: &'a [&'a Article<'a>],
        params: &'a Params,
        progress: &dyn Progress,
    ) -> Self {
        progress.begin(Stage::Shingle, articles.len());
        let docs = Docs::new(articles, params);
        let sketcher = Sketcher::new(key_maker(params), docs.rules);
        let sketches = sketcher.batch(
            articles.len(),
            |doc| docs.next_subject(doc),
            |items| progress.advance(items),
        );
        let wordless = sketches.iter().map(|sketch| sketch.wordless).sum();
        progress.begin(Stage::Sign, 0);
        let (texts, found) = batch_candidates(articles.len(), sketches, &params.duplicates);
        progress.begin(Stage::Verify, found.pairs.len());
        let verification = Verification {
            texts: texts.len(),
            fingerprints: &ExemplarFingerprints {
                docs: &docs,
                texts: &texts,
            },
            verifier: &params.duplicates,
            progress,
        };
        let Ok(text_edges) = verification.edges(found.pairs);
        BatchDuplicates {
            docs,
            verifier: params.duplicates,
            edges: between_items(&texts, &text_edges),
            texts,
            oversized_buckets: found.oversized,
            wordless,
        }
    }

    /// The unique texts of a batch whose duplicates are known from elsewhere.
    pub(super) fn known(articles: &'a [&'a Article<'a>], params: &'a Params) -> Self {
        let docs = Docs::new(articles, params);
        let digests: Vec<Option<(u64, DocId)>> = (0..articles.len() as u32)
            .into_par_iter()
            .map_init(Tokens::default, |tokens, doc| {
                let doc = DocId(doc);
                Some((docs.rules.digest(&docs.subject(doc), tokens)?, doc))
            })
            .collect();
        let digests = digests.into_iter().flatten().collect();
        BatchDuplicates {
            docs,
            verifier: params.duplicates,
            texts: UniqueTexts::new(articles.len(), digests),
            edges: Vec::new(),
            oversized_buckets: 0,
            wordless: 0,
        }
    }

    /// Whether an item is too short to be compared.
    pub(super) fn is_short(&self, doc: u32) -> bool {
        self.texts.text(DocId(doc)).is_none()
    }

    /// Number of items that are too short to be compared.
    pub(super) fn too_short(&self) -> usize {
        too_short(&self.texts, self.docs.articles.len())
    }

    /// The first item of each unique text, by digest.
    pub(super) fn one_of_each(&self) -> Vec<u32> {
        let texts = self.texts.ids();
        texts.map(|text| self.texts.exemplar(text).0).collect()
    }

    /// The fingerprints of items.
    pub(super) fn fingerprints(&self, docs: impl Iterator<Item = u32>) -> Fingerprints<'_> {
        let mut texts: Vec<TextId> = docs.filter_map(|doc| self.texts.text(DocId(doc))).collect();
        texts.sort_unstable();
        texts.dedup();
        Fingerprints {
            fingerprints: self.fingerprints_of(&texts),
            texts,
            unique: &self.texts,
            verifier: self.verifier,
        }
    }

    /// The fingerprint of an item with its containment keys.
    pub(super) fn keyed(&self, doc: u32, tokens: &mut Tokens) -> Fingerprint {
        let subject = self.docs.subject(DocId(doc));
        self.docs.rules.fingerprint(&subject, tokens)
    }

    fn fingerprints_of(&self, texts: &[TextId]) -> Vec<Fingerprint> {
        let rules = self.docs.rules.without_containment_keys();
        let docs = self.docs.exemplars(&self.texts, texts);
        docs.into_par_iter()
            .with_min_len(MAX_BUCKET)
            .map_init(Tokens::default, |tokens, doc| {
                rules.fingerprint(&self.docs.subject(doc), tokens)
            })
            .collect()
    }
}

/// Number of items of a batch that are too short to be compared.
pub(crate) fn too_short(texts: &UniqueTexts, items: usize) -> usize {
    DocId::all(items)
        .filter(|&doc| texts.text(doc).is_none())
        .count()
}

/// Makes the fingerprints of texts that are verified.
pub(crate) trait FingerprintSource: Sync {
    /// Why a fingerprint cannot be made.
    type Error: Send;

    /// The fingerprint of each text, without containment keys.
    ///
    /// # Errors
    /// If an item cannot be read.
    fn fingerprints(&self, texts: &[TextId]) -> Result<Vec<Fingerprint>, Self::Error>;
}

/// Makes fingerprints from the exemplars of a batch in memory.
struct ExemplarFingerprints<'e, 'a> {
    docs: &'e Docs<'a>,
    texts: &'e UniqueTexts,
}

impl FingerprintSource for ExemplarFingerprints<'_, '_> {
    type Error = Infallible;

    fn fingerprints(&self, texts: &[TextId]) -> Result<Vec<Fingerprint>, Infallible> {
        let (rules, mut tokens) = (
            self.docs.rules.without_containment_keys(),
            Tokens::default(),
        );
        let mut fingerprints = Vec::with_capacity(texts.len());
        for doc in self.docs.exemplars(self.texts, texts) {
            fingerprints.push(rules.fingerprint(&self.docs.subject(doc), &mut tokens));
        }
        Ok(fingerprints)
    }
}

/// Verification of the candidate pairs of a batch.
pub(crate) struct Verification<'v, S> {
    /// Number of texts.
    pub(crate) texts: usize,
    pub(crate) fingerprints: &'v S,
    pub(crate) verifier: &'v DuplicateVerifier,
    pub(crate) progress: &'v dyn Progress,
}

impl<S: FingerprintSource> Verification<'_, S> {
    /// The edges among candidate pairs of texts.
    ///
    /// Pairs are sorted by component of candidates, so a text is shingled about once and few
    /// shingles are in memory. Pairs within a component of more than [`MAX_BUCKET`] linked texts
    /// are skipped: a further edge changes no group. Pairs with a hub come first, so large
    /// components form early.
    ///
    /// # Errors
    /// The first error of the source of fingerprints.
    pub(crate) fn edges(&self, mut pairs: Vec<TextPair>) -> Result<Vec<Edge>, S::Error> {
        let hub_pairs = take_hub_pairs(self.texts, &mut pairs);
        let mut edges = self.verify_all(batches(&hub_pairs, |pair| pair.a.number()))?;
        if !edges.is_empty() {
            let mut linked = SizedUnionFind::new(self.texts);
            for edge in &edges {
                linked.union(edge.pair().a, edge.pair().b);
            }
            pairs.retain(|pair| !are_in_large_component(&mut linked, pair.a.0, pair.b.0));
        }
        let roots = components(self.texts, pairs.iter().map(|pair| pair.numbers()));
        let root = |pair: &TextPair| roots[pair.a.index()];
        // Representatives have low ids: the pairs of a text come together, and are few.
        pairs.par_sort_unstable_by_key(|pair| (root(pair), pair.b, pair.a));
        edges.append(&mut self.verify_all(batches(&pairs, root))?);
        self.split_chains(edges)
    }

    fn verify_all(&self, batches: Vec<&[TextPair]>) -> Result<Vec<Edge>, S::Error> {
        let edges: Vec<Vec<Edge>> = batches
            .into_par_iter()
            .map(|pairs| self.verify(pairs))
            .collect::<Result<_, S::Error>>()?;
        Ok(edges.concat())
    }

    /// Verifies the pairs of one batch.
    fn verify(&self, pairs: &[TextPair]) -> Result<Vec<Edge>, S::Error> {
        let (texts, places) = texts_of_pairs(pairs);
        let fingerprints = self.fingerprints.fingerprints(&texts)?;
        let mut linked = SizedUnionFind::new(texts.len());
        let mut edges = Vec::new();
        for (at, (pair, &[a, b])) in pairs.iter().zip(&places).enumerate() {
            step(self.progress, at);
            if are_in_large_component(&mut linked, a, b) {
                continue;
            }
            let [fingerprint, other] = [a, b].map(|place| &fingerprints[place as usize]);
            if let Some(edge) = self.verifier.verify(pair.numbers(), fingerprint, other) {
                linked.union(a, b);
                edges.push(edge);
            }
        }
        Ok(edges)
    }

    /// Splits components where a chain has drifted: drops edges between two groups of a component,
    /// and adds edges that connect each group.
    fn split_chains(&self, mut edges: Vec<Edge>) -> Result<Vec<Edge>, S::Error> {
        let chains = chains(self.texts, &edges);
        if chains.is_empty() {
            return Ok(edges);
        }
        let known: HashSet<TextPair> = edges.iter().map(text_pair).collect();
        let splits: Vec<Option<SplitComponent>> = chains
            .par_iter()
            .map(|texts| self.split_component(texts, &known))
            .collect::<Result<_, S::Error>>()?;
        let mut first_of: HashMap<TextId, TextId> = HashMap::new();
        let mut added = Vec::new();
        for split in splits.into_iter().flatten() {
            first_of.extend(split.firsts);
            added.extend(split.edges);
        }
        edges.retain(|edge| {
            let pair = text_pair(edge);
            first_of.get(&pair.a) == first_of.get(&pair.b)
        });
        added.retain(|edge| !known.contains(&text_pair(edge)));
        edges.append(&mut added);
        Ok(edges)
    }

    /// Splits a component of texts. `None` if all texts are one group.
    fn split_component(
        &self,
        texts: &[TextId],
        known: &HashSet<TextPair>,
    ) -> Result<Option<SplitComponent>, S::Error> {
        let component = ComponentFingerprints {
            texts,
            fingerprints: self.fingerprints.fingerprints(texts)?,
            verifier: self.verifier,
            known,
        };
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_cached_key(|&at| split_order(&component.fingerprints[at]));
        let groups = split(
            &order,
            |at| component.fingerprints[at].context.copy_scope,
            |a, b| component.are_duplicates(a, b),
        );
        if groups.len() < 2 {
            return Ok(None);
        }
        let mut split = SplitComponent::default();
        for group in &groups {
            for (at, &text) in group.iter().enumerate() {
                split.firsts.push((texts[text], texts[group[0]]));
                let earlier = &group[..at];
                let edge = earlier
                    .iter()
                    .find_map(|&other| component.edge(text, other));
                split.edges.extend(edge);
            }
        }
        Ok(Some(split))
    }
}

/// The pair of texts of an edge.
fn text_pair(edge: &Edge) -> TextPair {
    CandidatePair::from_numbers(edge.pair())
}

/// The components of edges in which not all pairs of texts have an edge.
fn chains(texts: usize, edges: &[Edge]) -> Vec<Vec<TextId>> {
    let roots = components(texts, edges.iter().map(Edge::pair));
    let mut links = vec![0_usize; texts];
    for edge in edges {
        links[roots[edge.pair().a as usize] as usize] += 1;
    }
    let mut chains = Vec::new();
    for group in members(&roots) {
        let links = links[roots[group[0] as usize] as usize];
        if 2 * links < group.len() * (group.len() - 1) {
            chains.push(group.into_iter().map(TextId).collect());
        }
    }
    chains
}

/// A component that falls into several groups.
#[derive(Default)]
struct SplitComponent {
    /// Each text with the first text of its group.
    firsts: Vec<(TextId, TextId)>,
    /// Edges that connect each group.
    edges: Vec<Edge>,
}

/// The fingerprints of a component, by place.
struct ComponentFingerprints<'c> {
    texts: &'c [TextId],
    fingerprints: Vec<Fingerprint>,
    verifier: &'c DuplicateVerifier,
    /// All verified pairs.
    known: &'c HashSet<TextPair>,
}

impl ComponentFingerprints<'_> {
    fn pair(&self, a: usize, b: usize) -> Option<TextPair> {
        CandidatePair::new(self.texts[a], self.texts[b])
    }

    fn are_duplicates(&self, a: usize, b: usize) -> bool {
        let is_known = |pair| self.known.contains(&pair);
        self.pair(a, b).is_some_and(is_known)
            || self
                .verifier
                .decide(&self.fingerprints[a], &self.fingerprints[b])
                .kind
                .is_some()
    }

    fn edge(&self, a: usize, b: usize) -> Option<Edge> {
        let pair = self.pair(a, b)?.numbers();
        self.verifier
            .verify(pair, &self.fingerprints[a], &self.fingerprints[b])
    }
}

/// Takes the hub pairs out of the candidate pairs of `count` texts: for each text the pair with its
/// first hub, if it has one. A hub is the first text of more than [`MAX_BUCKET`] pairs.
fn take_hub_pairs(count: usize, pairs: &mut Vec<TextPair>) -> Vec<TextPair> {
    let mut degrees: IdVec<TextId, usize> = IdVec::filled(0, count);
    for pair in &*pairs {
        degrees[pair.a] += 1;
    }
    let mut hubs: IdVec<TextId, TextId> = IdVec::filled(TextId(u32::MAX), count);
    for pair in &*pairs {
        if degrees[pair.a] > MAX_BUCKET {
            hubs[pair.b] = hubs[pair.b].min(pair.a);
        }
    }
    let mut hub_pairs: Vec<TextPair> = pairs
        .extract_if(.., |pair| hubs[pair.b] == pair.a)
        .collect();
    hub_pairs.par_sort_unstable();
    hub_pairs
}

/// Whether two texts are in one component of more than [`MAX_BUCKET`] texts.
fn are_in_large_component(linked: &mut SizedUnionFind, a: u32, b: u32) -> bool {
    let size = linked.common_size(a, b);
    size.is_some_and(|size| size > MAX_BUCKET)
}

/// The distinct texts of pairs, and the places of the two texts of each pair.
fn texts_of_pairs(pairs: &[TextPair]) -> (Vec<TextId>, Vec<[u32; 2]>) {
    let (mut texts, mut known) = (Vec::new(), HashMap::new());
    let mut places = Vec::with_capacity(pairs.len());
    for pair in pairs {
        places.push([pair.a, pair.b].map(|text| {
            *known.entry(text).or_insert_with(|| {
                texts.push(text);
                texts.len() as u32 - 1
            })
        }));
    }
    (texts, places)
}

/// The fingerprints of items.
pub(super) struct Fingerprints<'c> {
    unique: &'c UniqueTexts,
    verifier: DuplicateVerifier,
    /// Ascending.
    texts: Vec<TextId>,
    /// The fingerprint of each text.
    pub(super) fingerprints: Vec<Fingerprint>,
}

/// The fingerprint of an item that is too short.
static EMPTY: LazyLock<Fingerprint> = LazyLock::new(Fingerprint::default);

impl Fingerprints<'_> {
    /// The fingerprint of an item.
    pub(super) fn get(&self, doc: u32) -> &Fingerprint {
        let text = self.unique.text(DocId(doc));
        let place = text.and_then(|text| self.texts.binary_search(&text).ok());
        place.map_or(&EMPTY, |at| &self.fingerprints[at])
    }

    /// The similarity of two items, whether they are duplicates or not.
    pub(super) fn similarity(&self, a: u32, b: u32) -> f64 {
        self.verifier.decide(self.get(a), self.get(b)).likeness
    }
}

/// Cuts pairs into batches of about [`MAX_TEXTS`] texts at most, if possible between two roots.
fn batches(pairs: &[TextPair], root: impl Fn(&TextPair) -> u32) -> Vec<&[TextPair]> {
    let length = pairs.len().div_ceil(BATCHES).min(MAX_PAIRS);
    let mut batches = Vec::new();
    let mut start = 0;
    let mut texts = HashSet::new();
    for (at, pair) in pairs.iter().enumerate() {
        let ends_root = at - start >= length && root(pair) != root(&pairs[at - 1]);
        if ends_root || texts.len() >= MAX_TEXTS {
            batches.push(&pairs[start..at]);
            start = at;
            texts.clear();
        }
        texts.extend([pair.a, pair.b]);
    }
    batches.push(&pairs[start..]);
    batches
}

/// The edges between items, given the edges between texts: of items with the same text, and of
/// items with two texts that have an edge.
pub(crate) fn between_items(texts: &UniqueTexts, text_edges: &[Edge]) -> Vec<Edge> {
    let exact = (0..texts.len() as u32)
        .into_par_iter()
        .flat_map_iter(|text| bucket_pairs(texts.items(TextId(text))))
        .map(|pair| DuplicateVerifier::same(pair.numbers()));
    let across = text_edges.par_iter().flat_map_iter(|edge| {
        let pair = text_pair(edge);
        let items = cross_pairs(texts.items(pair.a), texts.items(pair.b));
        items.map(|pair| edge.between(pair.numbers()))
    });
    let mut edges: Vec<Edge> = exact.chain(across).collect();
    edges.par_sort_unstable_by_key(Edge::pair);
    edges.dedup_by_key(|edge| edge.pair());
    edges
}

/// The pairs of the items of two texts. If there are more than [`MAX_BUCKET`], each item with the
/// first item of the other text.
fn cross_pairs<'t>(
    a: &'t [DocId],
    b: &'t [DocId],
) -> impl Iterator<Item = CandidatePair<DocId>> + 't {
    let is_oversized = a.len() * b.len() > MAX_BUCKET;
    let partners = if is_oversized { &b[..1] } else { b };
    let pairs = a
        .iter()
        .flat_map(|&x| partners.iter().map(move |&y| (x, y)));
    let reverse = b.iter().filter(move |_| is_oversized).map(|&y| (a[0], y));
    pairs
        .chain(reverse)
        .filter_map(|(x, y)| CandidatePair::new(x, y))
}

/// The fields that are compared, and their shingles.
pub(crate) fn rules(params: &Params) -> Rules {
    let title = FieldRule {
        shingler: params.title_shingler,
        min_words: params.min_title_words,
        stride: 1,
    };
    let body = FieldRule {
        shingler: params.body_shingler,
        min_words: params.min_body_words,
        stride: BODY_STRIDE,
    };
    Rules {
        title: (params.fields != Fields::Body).then_some(title),
        body: (params.fields != Fields::Title).then_some(body),
    }
}

/// The maker of blocking keys for the settings.
pub fn key_maker(params: &Params) -> KeyMaker {
    KeyMaker::new(
        MinHasher::new(params.signature_length, params.seed),
        params.banding,
    )
    .with_title_prefixes(&params.title_shingler, params.duplicates.threshold)
}

/// The fingerprint of an item.
pub(super) fn fingerprint(
    article: &Article<'_>,
    tokens: &mut Tokens,
    params: &Params,
) -> Fingerprint {
    rules(params).fingerprint(&ComparedItem::of(article, &params.sources), tokens)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::verify::test_items::{VERIFIER, fingerprint, stop_words};

    /// Titles of three templates, similar within each template but for some of the third.
    fn titles() -> impl Strategy<Value = Vec<String>> {
        let title = (0usize..3, 0u32..400).prop_map(|(template, number)| match template {
            0 => format!(
                "weather brings rain and wind to the northern coast says office {}",
                stop_words(number)
            ),
            1 => format!(
                "bridge over the river stays closed for another week says minister {}",
                stop_words(number)
            ),
            _ => format!(
                "market {} closes higher after bank {} cuts its rate",
                number % 7,
                stop_words(number)
            ),
        });
        proptest::collection::vec(title, 1..400)
    }

    /// The fingerprints of titles.
    struct TitleFingerprints(Vec<Fingerprint>);

    impl TitleFingerprints {
        fn new(titles: &[String]) -> Self {
            let fingerprints = titles.iter().map(|title| fingerprint(title, ""));
            TitleFingerprints(fingerprints.collect())
        }

        fn edge(&self, pair: TextPair) -> Option<Edge> {
            let [a, b] = [pair.a, pair.b].map(|text| &self.0[text.index()]);
            VERIFIER.verify(pair.numbers(), a, b)
        }
    }

    impl FingerprintSource for TitleFingerprints {
        type Error = Infallible;

        fn fingerprints(&self, texts: &[TextId]) -> Result<Vec<Fingerprint>, Infallible> {
            Ok(texts
                .iter()
                .map(|text| self.0[text.index()].clone())
                .collect())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn pairs_skipped_in_large_components_change_no_group(titles in titles()) {
            let count = titles.len();
            let fingerprints = TitleFingerprints::new(&titles);
            let mut pairs = Vec::new();
            for b in TextId::all(count) {
                pairs.extend((0..b.0).map(|a| TextPair { a: TextId(a), b }));
            }
            let all: Vec<Edge> = pairs.iter().filter_map(|&pair| fingerprints.edge(pair)).collect();
            let verification = Verification {
                texts: count,
                fingerprints: &fingerprints,
                verifier: &VERIFIER,
                progress: &(),
            };
            let Ok(edges) = verification.edges(pairs);
            let Ok(all) = verification.split_chains(all);
            let groups = |edges: &[Edge]| components(count, edges.iter().map(Edge::pair));
            prop_assert_eq!(groups(&edges), groups(&all));
            for edge in &edges {
                prop_assert_eq!(fingerprints.edge(text_pair(edge)), Some(*edge));
            }
        }
    }
}
