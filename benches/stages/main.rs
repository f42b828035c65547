//! Times every stage, the whole pipeline beside the limit of the machine, and the worst inputs.
//!
//! Input: generated corpora with a fixed seed. Output: Criterion's estimates; what a benchmark
//! computes is asserted. The limit is the least work on as many threads: read, parse, tokenise,
//! hash every shingle once and sign. Compare it with groups alone, which choose and name nothing.
//!
//!     cargo bench --bench stages -- [PART OF A NAME]

mod corpus;

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use qissa::clustering::Partition;
use qissa::config::Level;
use qissa::input::{FieldNames, Source, read};
use qissa::sets::MinHasher;
use qissa::sets::{ShingleSet, Shingler, Shingles};
use qissa::text::{Language, Tokens, title_without_boilerplate};
use qissa::{Article, Clustering, Config, Engine};
use rayon::prelude::*;
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use corpus::{Item, Letters, Writer, lines};

const SCRIPTS: [(&str, Letters); 2] = [("english", Letters::Latin), ("arabic", Letters::Arabic)];

fn group<'a>(c: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = c.benchmark_group(name);
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    group
}

/// What one bench of texts goes over: some hundred bodies, or thousands of headlines.
fn texts(letters: Letters, body_words: usize) -> Vec<String> {
    let mut writer = Writer::new(7, letters);
    match body_words {
        0 => (0..5000).map(|_| writer.headline()).collect(),
        _ => (0..200).map(|_| writer.body(body_words)).collect(),
    }
}

fn bytes(texts: &[String]) -> Throughput {
    Throughput::Bytes(texts.iter().map(|text| text.len() as u64).sum())
}

fn tokenise(c: &mut Criterion) {
    let mut group = group(c, "text/tokenise");
    for (text, folded) in [
        ("Bran’s 1,250.5 KROS.", "bran's 1250.5 kros"),
        ("إلى المدرسةِ،", "الي المدرسه"),
    ] {
        assert_eq!(Tokens::of(text).as_str(), folded);
    }
    for (name, letters) in SCRIPTS {
        for (kind, words) in [("", 400), ("-headlines", 0)] {
            let texts = texts(letters, words);
            let mut tokens = Tokens::default();
            group.throughput(bytes(&texts));
            group.bench_function(format!("{name}{kind}"), |b| {
                b.iter(|| {
                    let fill = |text: &String| {
                        tokens.fill(text);
                        tokens.len()
                    };
                    assert!(texts.iter().map(fill).sum::<usize>() > 8 * texts.len());
                });
            });
        }
    }
}

fn affixes(c: &mut Criterion) {
    let mut group = group(c, "text/core");
    for (name, letters) in SCRIPTS {
        for (kind, start) in [
            ("plain", ""),
            (
                "labelled",
                if letters == Letters::Latin {
                    "LIVE: "
                } else {
                    "عاجل | "
                },
            ),
        ] {
            let titles = texts(letters, 0)
                .into_iter()
                .map(|title| format!("{start}{title}"))
                .collect::<Vec<_>>();
            let articles: Vec<Article<'_>> = titles
                .iter()
                .map(|title| Article::headline("", title))
                .collect();
            group.throughput(Throughput::Elements(titles.len() as u64));
            group.bench_function(format!("{name}-{kind}"), |b| {
                b.iter(|| {
                    for article in &articles {
                        assert_eq!(
                            title_without_boilerplate(article).len() + start.len(),
                            article.title.len()
                        );
                    }
                });
            });
        }
    }
}

fn languages(c: &mut Criterion) {
    let mut group = group(c, "text/glance");
    for ((name, letters), code) in SCRIPTS.into_iter().zip(["en", "ar"]) {
        let mut titles = texts(letters, 0);
        titles
            .iter_mut()
            .filter(|title| title.is_ascii())
            .for_each(|title| title.push_str(" of the"));
        let is_told = |title: &&String| {
            Language::at_a_glance(title).is_some_and(|language| language.code() == code)
        };
        let told = titles.iter().filter(is_told).count();
        assert!(2 * told > titles.len(), "{told} of {}", titles.len());
        group.throughput(Throughput::Elements(titles.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| assert_eq!(titles.iter().filter(is_told).count(), told))
        });
    }
}

fn hash(c: &mut Criterion) {
    let mut group = group(c, "shingle/hash");
    for (name, letters) in SCRIPTS {
        for (kind, words, shingler) in [
            ("headline", 0, Shingler::HEADLINE),
            ("body", 400, Shingler::BODY),
        ] {
            let all: Vec<Tokens> = texts(letters, words)
                .iter()
                .map(|text| Tokens::of(text))
                .collect();
            let mut found = Shingles::default();
            let joined: Vec<&str> = all[0].iter().collect();
            let plain = joined
                .windows(if words == 0 { 2 } else { 3 })
                .map(|run| xxh3_64(run.join(" ").as_bytes()));
            shingler.shingle_into(&all[0], &mut found);
            assert!(plain.eq(found.widest().0.iter().copied()));
            let count: usize = all
                .iter()
                .map(|tokens| shingler.shingles_with_lengths(tokens).hashes().len())
                .sum();
            group.throughput(Throughput::Elements(count as u64));
            group.bench_function(format!("{kind}-{name}"), |b| {
                b.iter(|| {
                    let hashed = |tokens: &Tokens| {
                        shingler.shingle_into(tokens, &mut found);
                        found.hashes().len()
                    };
                    assert_eq!(all.iter().map(hashed).sum::<usize>(), count);
                });
            });
        }
    }
}

fn shared(c: &mut Criterion) {
    let mut group = group(c, "shingle/shared");
    for size in [22u64, 400] {
        let set = |from: u64| {
            ShingleSet::new(
                (from..from + size)
                    .map(|at| xxh3_64(&at.to_le_bytes()))
                    .collect(),
            )
        };
        let pairs: Vec<(ShingleSet, ShingleSet)> =
            (0..1000).map(|at| (set(at), set(at + size / 4))).collect();
        let expected = 1000 * (size - size / 4) as usize;
        group.throughput(Throughput::Elements(1000));
        group.bench_with_input(BenchmarkId::from_parameter(size), &pairs, |b, pairs| {
            b.iter(|| {
                assert_eq!(
                    pairs
                        .iter()
                        .map(|(one, other)| one.shared(other))
                        .sum::<usize>(),
                    expected
                )
            });
        });
    }
}

fn sign(c: &mut Criterion) {
    let mut group = group(c, "minhash/sign");
    let hasher = MinHasher::new(128, 42);
    for size in [22u64, 400] {
        let sets: Vec<ShingleSet> = (0..1000)
            .map(|set: u64| {
                ShingleSet::new(
                    (0..size)
                        .map(|at| xxh3_64(&(set << 32 | at).to_le_bytes()))
                        .collect(),
                )
            })
            .collect();
        let mut signature = vec![0; hasher.length()];
        group.throughput(Throughput::Elements(1000 * size));
        group.bench_with_input(BenchmarkId::from_parameter(size), &sets, |b, sets| {
            b.iter(|| {
                for set in sets {
                    hasher.sign_into(set.hashes(), &mut signature);
                    black_box(&signature);
                }
            });
            assert_eq!(signature, hasher.signature(&sets[999]));
        });
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    title: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    text: std::borrow::Cow<'a, str>,
}

/// Memory that is used again from text to text.
#[derive(Default)]
struct Buffers {
    tokens: Tokens,
    found: Shingles,
    signature: Vec<u32>,
}

/// What any grouping must do at the least: tells how many shingles there were.
fn limit(bytes: &[u8], hasher: &MinHasher) -> usize {
    let lines: Vec<&[u8]> = bytes
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let each = |Buffers {
                    tokens,
                    found,
                    signature,
                }: &mut Buffers,
                line: &&[u8]| {
        let line = simdutf8::basic::from_utf8(line).expect("a corpus is UTF-8");
        let line: Line<'_> = serde_json::from_str(line).expect("a corpus is JSON");
        // Where there are texts, headlines need not be compared.
        let (field, shingler) = match line.text.is_empty() {
            true => (&line.title, Shingler::HEADLINE),
            false => (&line.text, Shingler::BODY),
        };
        tokens.fill(field);
        shingler.shingle_into(tokens, found);
        signature.resize(hasher.length(), 0);
        hasher.sign_into(found.hashes(), signature);
        black_box(&signature);
        found.hashes().len()
    };
    lines.par_iter().map_init(Buffers::default, each).sum()
}

fn grouped(engine: &Engine, source: &Source) -> Clustering {
    let reading = read(source, None, &FieldNames::default()).expect("a corpus is JSON Lines");
    engine.group(&reading.articles)
}

/// What `--labels` alone takes: no canonical is chosen, nothing is named.
fn parted(engine: &Engine, source: &Source) -> Partition {
    let reading = read(source, None, &FieldNames::default()).expect("a corpus is JSON Lines");
    engine.partition(&reading.articles, &())
}

fn duplicates() -> Engine {
    let config = Config {
        level: Level::Duplicates,
        ..Config::default()
    };
    Engine::new(config.check().expect("the defaults are settings"))
}

/// The share of planted copies that are in the group of what they copy, and how many other items
/// are in groups.
fn check(items: &[Item], report: &Clustering) {
    let group = |at: usize| report.placements[at].near_dup;
    let copies: Vec<(usize, usize)> = (0..)
        .zip(items)
        .filter_map(|(at, item)| Some((at, item.copy_of?)))
        .collect();
    let found = copies
        .iter()
        .filter(|&&(at, of)| group(at) == group(of))
        .count();
    assert!(
        found * 100 >= copies.len() * 98,
        "{found} of {} copies",
        copies.len()
    );
    let least = items.len() - copies.len();
    let groups = report.duplicates.len();
    assert!(
        groups <= copies.len(),
        "{groups} groups of {least} items with {} copies",
        copies.len()
    );
}

fn whole(c: &mut Criterion) {
    let engine = duplicates();
    let hasher = MinHasher::new(128, 42);
    for (size, count, words) in [("headlines-20k", 20_000, 0), ("articles-2k", 2000, 400)] {
        for (name, letters) in SCRIPTS {
            let items = Writer::new(11, letters).items(count, words);
            let source = Source {
                name: "corpus.jsonl".to_owned(),
                bytes: lines(&items).into(),
                ..Source::default()
            };
            check(&items, &grouped(&engine, &source));
            let shingles = limit(&source.bytes, &hasher);
            let mut group = group(c, "engine/duplicates");
            group.throughput(Throughput::Bytes(source.bytes.len() as u64));
            group.bench_function(format!("{size}-{name}"), |b| {
                b.iter(|| grouped(&engine, &source))
            });
            let groups = parted(&engine, &source).summary.duplicates.groups;
            group.bench_function(format!("{size}-{name}-groups-alone"), |b| {
                b.iter(|| assert_eq!(parted(&engine, &source).summary.duplicates.groups, groups));
            });
            group.bench_function(format!("{size}-{name}-limit"), |b| {
                b.iter(|| assert_eq!(limit(&source.bytes, &hasher), shingles));
            });
        }
    }
}

/// Corpora of about as many bytes, of which some are as bad as they can be.
fn worst(c: &mut Criterion) {
    let engine = duplicates();
    let mut writer = Writer::new(13, Letters::Latin);
    let mut item = |text: String| Item {
        title: writer.headline(),
        text,
        copy_of: None,
    };
    let mut bodies = Writer::new(17, Letters::Latin);
    let boilerplate = bodies.body(50);
    let same = bodies.body(400);
    let corpora: [(&str, Vec<Item>); 7] = [
        (
            "ordinary",
            (0..1000).map(|_| item(bodies.body(400))).collect(),
        ),
        (
            "identical",
            (0..1000)
                .map(|_| Item {
                    title: "One and the same title of all".into(),
                    ..item(same.clone())
                })
                .collect(),
        ),
        (
            "boilerplate",
            (0..1000)
                .map(|_| item(format!("{} {boilerplate}", bodies.body(350))))
                .collect(),
        ),
        (
            "ordinary-short",
            (0..6600).map(|_| item(bodies.body(60))).collect(),
        ),
        (
            "boilerplate-short",
            (0..6600)
                .map(|_| item(format!("{} {boilerplate}", bodies.body(10))))
                .collect(),
        ),
        (
            "one-large",
            (0..500)
                .map(|at| item(bodies.body(if at == 0 { 200_400 } else { 400 })))
                .collect(),
        ),
        (
            "one-word",
            (0..1000)
                .map(|at| item(" kros".repeat(450 + at % 100)))
                .collect(),
        ),
    ];
    let mut group = group(c, "engine/worst");
    for (name, items) in corpora {
        let source = Source {
            name: "corpus.jsonl".to_owned(),
            bytes: lines(&items).into(),
            ..Source::default()
        };
        let report = grouped(&engine, &source);
        let expected = if matches!(name, "identical" | "boilerplate-short" | "one-word") {
            1
        } else {
            0
        };
        assert_eq!(report.duplicates.len(), expected, "{name}");
        group.throughput(Throughput::Bytes(source.bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| grouped(&engine, &source)));
    }
}

criterion_group!(
    stages, tokenise, affixes, languages, hash, shared, sign, whole, worst
);
criterion_main!(stages);
