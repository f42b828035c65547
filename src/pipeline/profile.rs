//! Profile of a batch: similarities of its pairs, and the measured recall of blocking.
//!
//! Recall can only be measured on pairs that blocking did not choose. A probe therefore draws pairs
//! with other hash functions: two texts that agree in a MinHash value are drawn with the
//! probability of their Jaccard coefficient, independent of the blocking keys.
//!
//! Cost: linear in the shingles of at most `MAX_TEXTS` texts, plus a sort of the pairs.

use hashbrown::HashMap;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::duplicates::{BatchDuplicates, key_maker};
use super::stories::BatchStories;
use crate::clustering::{BlockingRecall, Histogram, Profile};
use crate::config::Params;
use crate::ids::Field;
use crate::sets::MinHasher;
use crate::text::Tokens;
use crate::verify::{Edge, FieldFingerprint, Fingerprint};

/// Bins of the histograms of edges.
const BINS: usize = 50;

/// Bins of the histograms of drawn pairs, which are fewer.
const PROBE_BINS: usize = 20;

/// MinHash functions by which pairs are drawn.
const FUNCTIONS: usize = 16;

/// Texts among which pairs are drawn: those with the smallest digests.
const MAX_TEXTS: usize = 100_000;

/// Pairs measured in a bin. The standard error of a share of them is at most 1.2 percent.
const MAX_PAIRS: usize = 1800;

/// Measures a batch.
pub(super) fn profile(
    copies: &BatchDuplicates<'_>,
    stories: Option<&BatchStories>,
    params: &Params,
) -> Profile {
    let story_edges: &[Edge] = stories.map_or(&[], |stories| &stories.edges);
    Profile {
        duplicates: Histogram::of(BINS, copies.edges.iter().map(Edge::similarity)),
        stories: Histogram::of(BINS, story_edges.iter().map(Edge::similarity)),
        recall: recall(copies, params),
    }
}

/// Measures which share of drawn pairs have a blocking key in common.
fn recall(copies: &BatchDuplicates<'_>, params: &Params) -> BlockingRecall {
    let texts = distinct_texts(copies);
    let pairs = draw_pairs(&texts, !params.seed);
    let key_maker = key_maker(params);
    let found: Vec<f64> = pairs
        .par_iter()
        .filter(|pair| {
            let [a, b] = [pair.a, pair.b].map(|text| &texts[text as usize]);
            a.field == b.field
                && key_maker.share_similarity_key(a.field, &a.fingerprint, &b.fingerprint)
        })
        .map(|pair| pair.jaccard)
        .collect();
    let all = Histogram::of(PROBE_BINS, pairs.iter().map(|pair| pair.jaccard));
    let mut sums = [0.0; PROBE_BINS];
    for pair in &pairs {
        sums[all.bin(pair.jaccard)] += pair.jaccard;
    }
    let means = sums
        .iter()
        .zip(&all.0)
        .map(|(sum, &count)| sum / count.max(1) as f64)
        .collect();
    BlockingRecall {
        found: Histogram::of(PROBE_BINS, found.into_iter()),
        means,
        pairs: all,
    }
}

/// The decisive field of a text: the body if it can decide alone, else the title.
struct DecisiveField {
    field: Field,
    fingerprint: FieldFingerprint,
}

impl DecisiveField {
    fn of(fingerprint: Fingerprint) -> Option<Self> {
        if !fingerprint.has_text()
            && let Some(fingerprint) = fingerprint.title
        {
            return Some(DecisiveField {
                field: Field::Title,
                fingerprint,
            });
        }
        let fingerprint = fingerprint.body?;
        Some(DecisiveField {
            field: Field::Body,
            fingerprint,
        })
    }
}

/// The decisive field of each unique text, by digest.
fn distinct_texts(copies: &BatchDuplicates<'_>) -> Vec<DecisiveField> {
    let mut docs = copies.one_of_each();
    docs.truncate(MAX_TEXTS);
    let mut texts: Vec<DecisiveField> = docs
        .par_iter()
        .map_init(Tokens::default, |tokens, &doc| {
            DecisiveField::of(copies.keyed(doc, tokens))
        })
        .flatten()
        .collect();
    texts.par_sort_by_key(|text| text.fingerprint.digest);
    texts.dedup_by_key(|text| text.fingerprint.digest);
    texts
}

/// Two texts and their exact Jaccard coefficient.
#[derive(Clone, Copy)]
struct DrawnPair {
    a: u32,
    b: u32,
    jaccard: f64,
}

/// Draws distinct pairs of texts that agree in a MinHash value; at most `MAX_PAIRS` a bin, those
/// with the smallest hashes.
fn draw_pairs(texts: &[DecisiveField], seed: u64) -> Vec<DrawnPair> {
    let pairs = colliding_pairs(texts, seed);
    let bins = Histogram::new(PROBE_BINS);
    let measure = |&(a, b): &(u32, u32)| {
        let [x, y] = [a, b].map(|text| &texts[text as usize].fingerprint);
        let jaccard = x.overlap(y).map_or(0.0, |overlap| overlap.jaccard);
        let hash = xxh3_64(&[x.digest.to_le_bytes(), y.digest.to_le_bytes()].concat());
        (bins.bin(jaccard), hash, DrawnPair { a, b, jaccard })
    };
    let mut measured: Vec<(usize, u64, DrawnPair)> = pairs.par_iter().map(measure).collect();
    measured.par_sort_unstable_by_key(|&(bin, hash, pair)| (bin, hash, pair.a, pair.b));
    let mut drawn = Vec::new();
    for bin in measured.chunk_by(|x, y| x.0 == y.0) {
        drawn.extend(bin.iter().take(MAX_PAIRS).map(|&(_, _, pair)| pair));
    }
    drawn
}

/// Pairs of texts that agree in a MinHash value, ascending. Texts that share a value are paired
/// with the next one only, so a bucket gives no more pairs than it has texts.
fn colliding_pairs(texts: &[DecisiveField], seed: u64) -> Vec<(u32, u32)> {
    let hasher = MinHasher::new(FUNCTIONS, seed);
    let signatures: Vec<Vec<u32>> = texts
        .par_iter()
        .map(|text| hasher.signature(&text.fingerprint.set))
        .collect();
    let mut pairs = Vec::new();
    for function in 0..FUNCTIONS {
        let mut last: HashMap<u32, u32> = HashMap::new();
        for (text, signature) in (0..).zip(&signatures) {
            if let Some(previous) = last.insert(signature[function], text) {
                pairs.push((previous, text));
            }
        }
    }
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs
}

#[cfg(test)]
mod tests {
    use crate::article::Article;
    use crate::config::Config;
    use crate::pipeline::Engine;

    /// Titles of twelve words; neighbours share from none to all of them.
    fn articles() -> Vec<Article<'static>> {
        let word = |n: usize| format!("w{}", n * 7919 % 10_007);
        let title = |n: usize| {
            let (family, kept) = (n / 12, n % 12);
            let words = (0..12).map(|at| {
                if at < kept {
                    word(family * 12 + at)
                } else {
                    word(90_000 + n * 12 + at)
                }
            });
            words.collect::<Vec<_>>().join(" ")
        };
        (0..6000)
            .map(|n| Article::headline(n.to_string(), title(n)))
            .collect()
    }

    /// The measured recall of each bin is within four standard errors of the theoretical curve at
    /// the bin's mean, plus 0.03 for the bend of the curve within a bin.
    #[test]
    fn recall_of_the_bands_follows_the_curve() {
        let mut config = Config::default();
        config.duplicates.threshold = 0.4;
        let engine = Engine::new(config.check().unwrap());
        let recall = engine.profile(&articles(), &()).1.recall;
        let mut checked = 0;
        for (bin, &count) in recall
            .pairs
            .0
            .iter()
            .enumerate()
            .filter(|(_, count)| **count >= 50)
        {
            let expected = engine.params().banding.probability(recall.means[bin]);
            let share = recall.found.0[bin] as f64 / count as f64;
            let error = 4.0 * (expected * (1.0 - expected) / count as f64).sqrt() + 0.03;
            assert!(
                (share - expected).abs() <= error,
                "bin {bin}: recall of {count} pairs is {share}, expected {expected}"
            );
            checked += 1;
        }
        assert!(checked >= 6, "only {checked} bins have pairs");
    }

    #[test]
    fn profile_does_not_depend_on_input_order() {
        let engine = Engine::new(Config::default().check().unwrap());
        let mut articles: Vec<Article<'_>> = articles().into_iter().take(300).collect();
        let found = engine.profile(&articles, &()).1;
        articles.reverse();
        assert_eq!(engine.profile(&articles, &()).1, found);
        assert_eq!(
            found.duplicates.total(),
            engine.group(&articles).partition.edges.len()
        );
    }
}
