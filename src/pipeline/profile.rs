//! A grouped batch in, how alike its pairs are and how well the keys find those that are alike out.
//!
//! Which pairs the keys find can only be measured on pairs that they did not choose. So pairs are
//! drawn by other hash functions: two texts that agree in one of them are a pair, which happens
//! with the probability of their Jaccard coefficient and tells nothing about the keys beyond it.
//! Linear in the shingles, then a sort of the pairs.

use hashbrown::HashMap;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::{Batch, key_maker};
use crate::clustering::{Probe, Survey, Tally};
use crate::ids::Field;
use crate::sets::MinHasher;
use crate::text::Tokens;
use crate::verify::{Edge, FieldFingerprint};

/// Similarities are told apart by fiftieths; the pairs of the probe, which are fewer, by
/// twentieths.
const CLASSES: usize = 50;
const PROBE_CLASSES: usize = 20;

/// How many other hash functions pairs are drawn by, among at most so many texts: those with the
/// least digests.
const FUNCTIONS: usize = 16;
const MOST_TEXTS: usize = 100_000;

/// No more pairs of a class are looked at; the standard error of a share of them is 1.2 percent at
/// most.
const MOST_PAIRS: usize = 1800;

impl Batch<'_> {
    /// How alike the pairs are.
    pub(super) fn survey(&self) -> Survey {
        let story_edges: &[Edge] = self.stories.map_or(&[], |stories| &stories.edges);
        Survey {
            copies: Tally::of(CLASSES, self.copies.edges.iter().map(Edge::similarity)),
            stories: Tally::of(CLASSES, story_edges.iter().map(Edge::similarity)),
            probe: self.probe(),
        }
    }

    /// The field that decides of each different text, at most so many: the body where it can decide
    /// alone, else the headline.
    fn distinct(&self) -> Vec<Decisive> {
        let decides = |tokens: &mut Tokens, &doc: &u32| {
            let print = self.copies.keyed(doc, tokens);
            let of_headline = if print.has_text() { None } else { print.title };
            let of_body = || {
                print.body.map(|print| Decisive {
                    field: Field::Body,
                    print,
                })
            };
            of_headline
                .map(|print| Decisive {
                    field: Field::Title,
                    print,
                })
                .or_else(of_body)
        };
        let mut docs = self.copies.one_of_each();
        docs.truncate(MOST_TEXTS);
        let mut texts: Vec<Decisive> = docs
            .par_iter()
            .map_init(Tokens::default, decides)
            .flatten()
            .collect();
        texts.par_sort_by_key(|text| text.print.digest);
        texts.dedup_by_key(|text| text.print.digest);
        texts
    }

    fn probe(&self) -> Probe {
        let texts = self.distinct();
        let pairs = drawn(&texts, !self.params.seed);
        let key_maker = key_maker(self.params);
        let meet = |pair: &Drawn| {
            let [a, b] = [pair.a, pair.b].map(|text| &texts[text as usize]);
            a.field == b.field && key_maker.share_similarity_key(a.field, &a.print, &b.print)
        };
        let met: Vec<f64> = pairs
            .par_iter()
            .filter(|pair| meet(pair))
            .map(|pair| pair.jaccard)
            .collect();
        let all = Tally::of(PROBE_CLASSES, pairs.iter().map(|pair| pair.jaccard));
        let mut sums = [0.0; PROBE_CLASSES];
        pairs
            .iter()
            .for_each(|pair| sums[all.class(pair.jaccard)] += pair.jaccard);
        let means = sums
            .iter()
            .zip(&all.0)
            .map(|(sum, &count)| sum / count.max(1) as f64)
            .collect();
        Probe {
            met: Tally::of(PROBE_CLASSES, met.into_iter()),
            means,
            pairs: all,
        }
    }
}

/// What decides of a text: its headline or its body.
struct Decisive {
    field: Field,
    print: FieldFingerprint,
}

/// Two texts and their exact Jaccard coefficient.
#[derive(Clone, Copy)]
struct Drawn {
    a: u32,
    b: u32,
    jaccard: f64,
}

/// Pairs of texts that agree in one of the other hash functions, each once; of many in one class
/// those with the least hashes. Texts that share a value are paired with the next, so that a crowd
/// gives no more pairs than it has texts.
fn drawn(texts: &[Decisive], seed: u64) -> Vec<Drawn> {
    let hasher = MinHasher::new(FUNCTIONS, seed);
    let signatures: Vec<Vec<u32>> = texts
        .par_iter()
        .map(|text| hasher.signature(&text.print.set))
        .collect();
    let mut found: Vec<(u32, u32)> = Vec::new();
    for function in 0..FUNCTIONS {
        let mut last: HashMap<u32, u32> = HashMap::new();
        for (text, signature) in (0u32..).zip(&signatures) {
            found.extend(
                last.insert(signature[function], text)
                    .map(|before| (before, text)),
            );
        }
    }
    found.par_sort_unstable();
    found.dedup();
    let classes = Tally::new(PROBE_CLASSES);
    let measure = |&(a, b): &(u32, u32)| {
        let [x, y] = [a, b].map(|text| &texts[text as usize].print);
        let jaccard = x.overlap(y).map_or(0.0, |overlap| overlap.jaccard);
        let hash = xxh3_64(&[x.digest.to_le_bytes(), y.digest.to_le_bytes()].concat());
        (classes.class(jaccard), hash, Drawn { a, b, jaccard })
    };
    let mut measured: Vec<(usize, u64, Drawn)> = found.par_iter().map(measure).collect();
    measured.par_sort_unstable_by_key(|(class, hash, pair)| (*class, *hash, pair.a, pair.b));
    let few = measured
        .chunk_by(|x, y| x.0 == y.0)
        .flat_map(|class| &class[..class.len().min(MOST_PAIRS)]);
    few.map(|(_, _, pair)| *pair).collect()
}

#[cfg(test)]
mod tests {
    use crate::article::Article;
    use crate::config::Config;
    use crate::pipeline::Engine;

    /// Headlines of twelve words of which neighbours share some: all degrees of likeness.
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

    /// The share of pairs met lies within four standard errors of the curve at the mean of the
    /// class, and a little for the curve's bend within it.
    #[test]
    fn the_bands_do_as_the_curve_says() {
        let mut config = Config::default();
        config.duplicates.threshold = 0.4;
        let engine = Engine::new(config.check().unwrap());
        let probe = engine.survey(&articles(), &()).1.probe;
        let mut looked_at = 0;
        for (class, &count) in probe
            .pairs
            .0
            .iter()
            .enumerate()
            .filter(|(_, count)| **count >= 50)
        {
            let expected = engine.params().banding.probability(probe.means[class]);
            let share = probe.met.0[class] as f64 / count as f64;
            let error = 4.0 * (expected * (1.0 - expected) / count as f64).sqrt() + 0.03;
            assert!(
                (share - expected).abs() <= error,
                "{share} of {count} met in class {class}, {expected} expected"
            );
            looked_at += 1;
        }
        assert!(looked_at >= 6, "only {looked_at} classes have pairs");
    }

    #[test]
    fn the_survey_does_not_depend_on_the_order() {
        let engine = Engine::new(Config::default().check().unwrap());
        let mut articles: Vec<Article<'_>> = articles().into_iter().take(300).collect();
        let found = engine.survey(&articles, &()).1;
        articles.reverse();
        assert_eq!(engine.survey(&articles, &()).1, found);
        assert_eq!(found.copies.total(), engine.group(&articles).edges.len());
    }
}
