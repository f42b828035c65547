//! The duplicates of a batch: texts that are the same word for word are taken together first, then
//! each different text is keyed, and compared with others, once for all of them. No shingles are
//! kept: those of the few texts that are compared are made again.

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::progress::{Progress, Stage, step};
use crate::article::Article;
use crate::blocking::{BatchTexts, Keyer, Sketcher, batch_texts, place_of, split};
use crate::bucket::{CROWD, bucket_pairs};
use crate::cluster::{UnionFind, components, members};
use crate::config::{Fields, Params};
use crate::ids::CandidatePair;
use crate::sets::MinHasher;
use crate::source_rules::SourceRules;
use crate::text::Tokens;
use crate::verify::{ComparedItem, DuplicateVerifier, Edge, FieldRule, Fingerprint, Rules};

/// Of bodies, one shingle in so many is asked about when whole quotations are looked for.
const BODY_STRIDE: u32 = 8;

/// Pairs are compared in about so many pieces, so that all threads have work, of about so many
/// pairs at most: those of one component of pairs as far as it goes.
const PIECES: usize = 64;
const PAIRS: usize = 512;

/// So many items are fetched at a time while all are keyed.
const FETCHED: u32 = 32;

/// So many bytes come near the processor together, and so many times as many are fetched of what is
/// compared.
const LINE: usize = 64;
const LINES: usize = 16;

/// Of about so many texts at a time the shingles are held.
const TEXTS: usize = 1024;

/// The copies found in a batch.
pub(super) struct Copies<'a> {
    docs: &'a [&'a Article<'a>],
    rules: Rules,
    sources: &'a SourceRules,
    verifier: DuplicateVerifier,
    texts: BatchTexts,
    /// The verified pairs, ascending.
    pub(super) edges: Vec<Edge>,
    pub(super) crowded: usize,
    pub(super) wordless: usize,
}

impl<'a> Copies<'a> {
    pub(super) fn find(
        docs: &'a [&'a Article<'a>],
        params: &'a Params,
        progress: &dyn Progress,
    ) -> Self {
        progress.begin(Stage::Shingle, docs.len());
        let rules = rules(params);
        let sketcher = Sketcher::new(keyer(params), rules);
        let mut copies = Copies {
            docs,
            rules,
            sources: &params.sources,
            verifier: params.duplicates,
            texts: BatchTexts::default(),
            edges: Vec::new(),
            crowded: 0,
            wordless: 0,
        };
        let subject = |doc: u32| {
            if doc.is_multiple_of(FETCHED) {
                copies.touch(doc..(docs.len() as u32).min(doc + FETCHED), 1);
            }
            copies.subject(doc)
        };
        let blocks = sketcher.blocks(docs.len(), subject, |items| progress.advance(items));
        copies.wordless = blocks.iter().map(|block| block.wordless).sum();
        progress.begin(Stage::Sign, 0);
        let (texts, found) = batch_texts(docs.len(), blocks, &params.duplicates);
        (copies.texts, copies.crowded) = (texts, found.crowded);
        progress.begin(Stage::Verify, found.pairs.len());
        let prints = |texts: &[u32]| Ok::<_, Infallible>(copies.compared(texts));
        let Ok(alike) = compare(
            copies.texts.len(),
            found.pairs,
            &params.duplicates,
            progress,
            prints,
        );
        copies.edges = between_items(&copies.texts, &alike);
        copies
    }

    /// The texts of a batch, whose copies are known otherwise.
    pub(super) fn known(docs: &'a [&'a Article<'a>], params: &'a Params) -> Self {
        let (rules, sources) = (rules(params), &params.sources);
        let digest = |tokens: &mut Tokens, doc: usize| {
            Some((
                rules.digest(&ComparedItem::of(docs[doc], sources), tokens)?,
                doc as u32,
            ))
        };
        let digests: Vec<Option<(u64, u32)>> = (0..docs.len())
            .into_par_iter()
            .map_init(Tokens::default, digest)
            .collect();
        let texts = BatchTexts::new(docs.len(), digests.into_iter().flatten().collect());
        Copies {
            docs,
            rules,
            sources,
            verifier: params.duplicates,
            texts,
            edges: Vec::new(),
            crowded: 0,
            wordless: 0,
        }
    }

    /// What of an item is compared.
    fn subject(&self, doc: u32) -> ComparedItem<'a> {
        ComparedItem::of(self.docs[doc as usize], self.sources)
    }

    /// Whether an item is too short to be compared.
    pub(super) fn is_short(&self, doc: u32) -> bool {
        self.texts.of(doc).is_none()
    }

    /// How many items are too short to be compared.
    pub(super) fn too_short(&self) -> usize {
        (0..self.docs.len() as u32)
            .filter(|&doc| self.is_short(doc))
            .count()
    }

    /// The first item of each different text, by the text's digest.
    pub(super) fn one_of_each(&self) -> Vec<u32> {
        (0..self.texts.len() as u32)
            .map(|text| self.texts.items(text)[0])
            .collect()
    }

    /// The prints of some items.
    pub(super) fn prints(&self, docs: impl Iterator<Item = u32>) -> Prints<'_> {
        let mut texts: Vec<u32> = docs.filter_map(|doc| self.texts.of(doc)).collect();
        texts.sort_unstable();
        texts.dedup();
        Prints {
            prints: self.prints_of(&texts),
            texts,
            of: &self.texts,
            verifier: self.verifier,
        }
    }

    /// The print of an item, with the keys by which it is looked for.
    pub(super) fn keyed(&self, doc: u32, tokens: &mut Tokens) -> Fingerprint {
        self.rules.fingerprint(&self.subject(doc), tokens)
    }

    fn prints_of(&self, texts: &[u32]) -> Vec<Fingerprint> {
        let rules = self.rules.without_containment_keys();
        let items = self.fetched(texts).into_par_iter().with_min_len(CROWD);
        items
            .map_init(Tokens::default, |tokens, doc| {
                rules.fingerprint(&self.subject(doc), tokens)
            })
            .collect()
    }

    /// The prints of some texts as far as they are needed to compare these with each other.
    fn compared(&self, texts: &[u32]) -> Vec<Fingerprint> {
        let (rules, mut tokens) = (self.rules.without_containment_keys(), Tokens::default());
        let docs = self.fetched(texts).into_iter();
        docs.map(|doc| rules.fingerprint(&self.subject(doc), &mut tokens))
            .collect()
    }

    /// The first items of some texts, near the processor.
    fn fetched(&self, texts: &[u32]) -> Vec<u32> {
        let items: Vec<u32> = texts
            .iter()
            .map(|&text| self.texts.items(text)[0])
            .collect();
        self.touch(items.iter().copied(), LINES);
        items
    }

    /// Has the processor fetch the first lines of some items, which lie far apart, at once, before
    /// any is read.
    fn touch(&self, docs: impl Iterator<Item = u32>, lines: usize) {
        for doc in docs {
            let doc = self.docs[doc as usize];
            let starts = [&doc.title, &doc.text]
                .map(|text| text.as_bytes().iter().step_by(LINE).take(lines));
            starts
                .into_iter()
                .flatten()
                .for_each(|byte| _ = black_box(*byte));
        }
    }
}

/// The edges among the pairs of `count` texts, whose prints are asked for some texts at a time.
/// Pairs are compared component by component, so that each text is shingled about once and few are
/// held at a time. In a crowd, who is linked already is not compared again: its group would stay
/// what it is. So those whom many meet are compared first.
///
/// # Errors
/// The first of those who give the prints.
pub(crate) fn compare<E: Send>(
    count: usize,
    mut pairs: Vec<CandidatePair>,
    verifier: &DuplicateVerifier,
    progress: &dyn Progress,
    prints: impl Fn(&[u32]) -> Result<Vec<Fingerprint>, E> + Sync,
) -> Result<Vec<Edge>, E> {
    let verify = |pairs: &[CandidatePair]| -> Result<Vec<Edge>, E> {
        let (texts, places) = different(pairs);
        let prints = prints(&texts)?;
        let mut linked = Linked::new(texts.len());
        let mut edges = Vec::new();
        for (at, (&pair, &[a, b])) in pairs.iter().zip(&places).enumerate() {
            step(progress, at);
            if linked.is_crowd_of(a, b) {
                continue;
            }
            if let Some(edge) = verifier.verify(pair, &prints[a as usize], &prints[b as usize]) {
                linked.link(a, b);
                edges.push(edge);
            }
        }
        Ok(edges)
    };
    let verified = |pieces: Vec<&[CandidatePair]>| -> Result<Vec<Edge>, E> {
        let found: Vec<Vec<Edge>> = pieces
            .into_par_iter()
            .map(verify)
            .collect::<Result<_, E>>()?;
        Ok(found.concat())
    };
    let firsts = take_firsts(count, &mut pairs);
    let mut edges = verified(pieces(&firsts, |pair| pair.a))?;
    if !edges.is_empty() {
        let mut linked = Linked::new(count);
        edges
            .iter()
            .map(Edge::pair)
            .for_each(|pair| linked.link(pair.a, pair.b));
        pairs.retain(|pair| !linked.is_crowd_of(pair.a, pair.b));
    }
    let roots = components(count, pairs.iter().copied());
    let root = |pair: &CandidatePair| roots[pair.a as usize];
    // The representatives of a crowd come first among texts: so those of one text come together,
    // and they are few.
    pairs.par_sort_unstable_by_key(|pair| (root(pair), pair.b, pair.a));
    edges.append(&mut verified(pieces(&pairs, root))?);
    split_chains(count, edges, verifier, prints)
}

/// The edges among `count` texts, without those between two groups where a component falls into
/// several, and with those by which each text of such a group hangs together with one before it.
///
/// # Errors
/// The first of those who give the prints.
fn split_chains<E: Send>(
    count: usize,
    edges: Vec<Edge>,
    verifier: &DuplicateVerifier,
    prints: impl Fn(&[u32]) -> Result<Vec<Fingerprint>, E> + Sync,
) -> Result<Vec<Edge>, E> {
    let roots = components(count, edges.iter().map(Edge::pair));
    let mut links = vec![0_usize; count];
    edges
        .iter()
        .for_each(|edge| links[roots[edge.pair().a as usize] as usize] += 1);
    let is_clique = |group: &[u32]| {
        2 * links[roots[group[0] as usize] as usize] == group.len() * (group.len() - 1)
    };
    let chains: Vec<Vec<u32>> = members(&roots)
        .into_iter()
        .filter(|group| !is_clique(group))
        .collect();
    if chains.is_empty() {
        return Ok(edges);
    }
    let known: HashSet<CandidatePair> = edges.iter().map(Edge::pair).collect();
    let regroup = |group: &Vec<u32>| -> Result<Option<Regrouped>, E> {
        let prints = prints(group)?;
        let mut order: Vec<u32> = (0..group.len() as u32).collect();
        order.sort_by_cached_key(|&at| place_of(&prints[at as usize]));
        let print = |at: u32| &prints[at as usize];
        let pair = |a: u32, b: u32| CandidatePair::new(group[a as usize], group[b as usize]);
        let are_copies = |a: u32, b: u32| {
            pair(a, b).is_some_and(|pair| known.contains(&pair))
                || verifier.decide(print(a), print(b)).kind.is_some()
        };
        let parts = split(&order, |at| print(at).context.reach, are_copies);
        if parts.len() < 2 {
            return Ok(None);
        }
        let verify = |a: u32, b: u32| verifier.verify(pair(a, b)?, print(a), print(b));
        let edge = |part: &[u32], at: usize| {
            part[..at]
                .iter()
                .find_map(|&before| verify(part[at], before))
        };
        let edges = parts
            .iter()
            .flat_map(|part| (1..part.len()).filter_map(|at| edge(part, at)))
            .collect();
        let firsts = parts.iter().flat_map(|part| {
            part.iter()
                .map(|&at| (group[at as usize], group[part[0] as usize]))
        });
        Ok(Some(Regrouped {
            firsts: firsts.collect(),
            edges,
        }))
    };
    let regrouped: Vec<Option<Regrouped>> =
        chains.par_iter().map(regroup).collect::<Result<_, E>>()?;
    let mut first_of: HashMap<u32, u32> = HashMap::new();
    let mut added = Vec::new();
    for Regrouped { firsts, edges } in regrouped.into_iter().flatten() {
        first_of.extend(firsts);
        added.extend(edges);
    }
    let mut kept = edges;
    kept.retain(|edge| first_of.get(&edge.pair().a) == first_of.get(&edge.pair().b));
    added.retain(|edge| !known.contains(&edge.pair()));
    kept.append(&mut added);
    Ok(kept)
}

/// A component that falls into several groups: the first text of each text's group, and the edges
/// that hold these together.
struct Regrouped {
    firsts: Vec<(u32, u32)>,
    edges: Vec<Edge>,
}

/// Takes some of the pairs of `count` texts: of each text the one with the first of those whom more
/// than [`CROWD`] meet, if it meets any.
fn take_firsts(count: usize, pairs: &mut Vec<CandidatePair>) -> Vec<CandidatePair> {
    let mut met = vec![0_u32; count];
    pairs.iter().for_each(|pair| met[pair.a as usize] += 1);
    let is_met_by_many = |text: u32| met[text as usize] as usize > CROWD;
    let mut first = vec![u32::MAX; count];
    for pair in pairs.iter().filter(|pair| is_met_by_many(pair.a)) {
        let first = &mut first[pair.b as usize];
        *first = pair.a.min(*first);
    }
    let mut firsts: Vec<CandidatePair> = pairs
        .extract_if(.., |pair| first[pair.b as usize] == pair.a)
        .collect();
    firsts.par_sort_unstable();
    firsts
}

/// Texts, as the edges found so far link them.
struct Linked {
    sets: UnionFind,
    /// How many texts are linked, at the least of them.
    sizes: Vec<usize>,
}

impl Linked {
    /// So many texts, each alone.
    fn new(texts: usize) -> Self {
        Linked {
            sets: UnionFind::new(texts),
            sizes: vec![1; texts],
        }
    }

    /// Whether more than [`CROWD`] texts are linked, both of these among them.
    fn is_crowd_of(&mut self, a: u32, b: u32) -> bool {
        let root = self.sets.find(a);
        self.sizes[root as usize] > CROWD && self.sets.find(b) == root
    }

    fn link(&mut self, a: u32, b: u32) {
        let sizes = [a, b].map(|one| self.sizes[self.sets.find(one) as usize]);
        if self.sets.union(a, b) {
            let root = self.sets.find(a);
            self.sizes[root as usize] = sizes.iter().sum();
        }
    }
}

/// The different texts of some pairs, and where among them the two of each pair are.
fn different(pairs: &[CandidatePair]) -> (Vec<u32>, Vec<[u32; 2]>) {
    let (mut texts, mut known) = (Vec::new(), HashMap::new());
    let mut place = |text: u32| {
        *known.entry(text).or_insert_with(|| {
            texts.push(text);
            texts.len() as u32 - 1
        })
    };
    let places = pairs
        .iter()
        .map(|pair| [pair.a, pair.b].map(&mut place))
        .collect();
    (texts, places)
}

/// The prints of some items, each text's once.
pub(super) struct Prints<'c> {
    of: &'c BatchTexts,
    verifier: DuplicateVerifier,
    texts: Vec<u32>,
    pub(super) prints: Vec<Fingerprint>,
}

/// The print of an item that is too short.
static EMPTY: LazyLock<Fingerprint> = LazyLock::new(Fingerprint::default);

impl Prints<'_> {
    /// The print of an item.
    pub(super) fn get(&self, doc: u32) -> &Fingerprint {
        self.of.of(doc).map_or(&EMPTY, |text| self.of_text(text))
    }

    /// How much two items share, whether they are copies or not.
    pub(super) fn similarity(&self, a: u32, b: u32) -> f64 {
        self.verifier.decide(self.get(a), self.get(b)).likeness
    }

    fn of_text(&self, text: u32) -> &Fingerprint {
        self.texts
            .binary_search(&text)
            .map_or(&EMPTY, |at| &self.prints[at])
    }
}

/// The pairs cut into pieces, if possible between two roots, of [`TEXTS`] different texts at most
/// and a few more.
fn pieces(pairs: &[CandidatePair], root: impl Fn(&CandidatePair) -> u32) -> Vec<&[CandidatePair]> {
    let length = pairs.len().div_ceil(PIECES).min(PAIRS);
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut texts = HashSet::new();
    for (at, pair) in pairs.iter().enumerate() {
        let ends_root = at - start >= length && root(pair) != root(&pairs[at - 1]);
        if ends_root || texts.len() >= TEXTS {
            pieces.push(&pairs[start..at]);
            start = at;
            texts.clear();
        }
        texts.extend([pair.a, pair.b]);
    }
    pieces.push(&pairs[start..]);
    pieces
}

/// The edges between items: of one text, and of two texts that are alike.
pub(crate) fn between_items(texts: &BatchTexts, alike: &[Edge]) -> Vec<Edge> {
    let same = (0..texts.len() as u32)
        .into_par_iter()
        .flat_map_iter(|text| bucket_pairs(texts.items(text)));
    let same = same.map(DuplicateVerifier::same);
    let across = alike.par_iter().flat_map_iter(|edge| {
        let pair = edge.pair();
        cross(texts.items(pair.a), texts.items(pair.b)).map(|pair| edge.between(pair))
    });
    let mut edges: Vec<Edge> = same.chain(across).collect();
    edges.par_sort_unstable_by_key(Edge::pair);
    edges.dedup_by_key(|edge| edge.pair());
    edges
}

/// What the settings have compared.
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

/// The maker of keys that the settings ask for.
pub fn keyer(params: &Params) -> Keyer {
    Keyer::new(
        MinHasher::new(params.signature_length, params.seed),
        params.banding,
    )
    .with_headlines(&params.title_shingler, params.duplicates.threshold)
}

/// What the copies of an item are told by, whatever others are there.
pub(super) fn fingerprint(
    article: &Article<'_>,
    tokens: &mut Tokens,
    params: &Params,
) -> Fingerprint {
    rules(params).fingerprint(&ComparedItem::of(article, &params.sources), tokens)
}

/// All pairs of two lists of items with one text each; of long lists each item with the first of
/// the other.
fn cross<'t>(a: &'t [u32], b: &'t [u32]) -> impl Iterator<Item = CandidatePair> + 't {
    let is_crowd = a.len() * b.len() > CROWD;
    let met = if is_crowd { &b[..1] } else { b };
    let pairs = a.iter().flat_map(|&x| met.iter().map(move |&y| (x, y)));
    let back = b.iter().filter(move |_| is_crowd).map(|&y| (a[0], y));
    pairs
        .chain(back)
        .filter_map(|(x, y)| CandidatePair::new(x, y))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sets::Shingler;

    const RULES: Rules = Rules {
        title: Some(FieldRule {
            shingler: Shingler::HEADLINE,
            min_words: 3,
            stride: 0,
        }),
        body: None,
    };

    /// Words that only serve others, one for each bit of a number.
    fn fillers(number: u32) -> String {
        let words = [
            "now", "still", "also", "just", "here", "again", "then", "too", "very",
        ];
        let chosen = (0..).zip(words).filter(|(bit, _)| number >> bit & 1 == 1);
        chosen
            .map(|(_, word)| word)
            .collect::<Vec<&str>>()
            .join(" ")
    }

    /// Headlines of three templates, alike within each but for some of the third.
    fn headlines() -> impl Strategy<Value = Vec<String>> {
        let headline = (0usize..3, 0u32..400).prop_map(|(template, number)| match template {
            0 => format!(
                "weather brings rain and wind to the northern coast says office {}",
                fillers(number)
            ),
            1 => format!(
                "bridge over the river stays closed for another week says minister {}",
                fillers(number)
            ),
            _ => format!(
                "market {} closes higher after bank {} cuts its rate",
                number % 7,
                fillers(number)
            ),
        });
        proptest::collection::vec(headline, 1..400)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]

        #[test]
        fn what_is_not_compared_in_a_crowd_changes_no_group(headlines in headlines()) {
            let verifier = DuplicateVerifier { threshold: 0.7, containment: 0.9, window_days: 0.0, char_shingles: false };
            let subject = |text: &u32| ComparedItem { title: headlines[*text as usize].as_str().into(), ..ComparedItem::default() };
            let print = |text: &u32| RULES.fingerprint(&subject(text), &mut Tokens::default());
            let count = headlines.len();
            let all: Vec<u32> = (0..count as u32).collect();
            let pairs: Vec<CandidatePair> =
                all.iter().flat_map(|&b| (0..b).map(move |a| CandidatePair { a, b })).collect();
            let prints: Vec<Fingerprint> = all.iter().map(print).collect();
            let verify = |pair: &CandidatePair| {
                verifier.verify(*pair, &prints[pair.a as usize], &prints[pair.b as usize])
            };
            let copies: Vec<Edge> = pairs.iter().filter_map(verify).collect();
            let some = |texts: &[u32]| Ok::<_, Infallible>(texts.iter().map(print).collect());
            let Ok(edges) = compare(count, pairs, &verifier, &(), some);
            let Ok(copies) = split_chains(count, copies, &verifier, some);
            let groups = |edges: &[Edge]| components(count, edges.iter().map(Edge::pair));
            prop_assert_eq!(groups(&edges), groups(&copies));
            prop_assert!(edges.iter().all(|edge| verify(&edge.pair()).as_ref() == Some(edge)));
        }
    }
}
