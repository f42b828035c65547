//! Rules for sources: batch, stream, index and distributed grouping decide alike; and the messages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use qissa::blocking::{Scratch, split, split_order};
use qissa::config::{Config, Level};
use qissa::external::{FileBatch, duplicates};
use qissa::ids::{DenseId, DocId};
use qissa::index::{Decision, GroupKind};
use qissa::ingest::Ingester;
use qissa::input::{FieldNames, Format, Source, read};
use qissa::store::StoreError;
use qissa::text::Tokens;
use qissa::{Article, Engine, Error};
use serde_json::{Value, json};

use crate::common::{self, Sandbox, partition, rows, stderr};

const RULES: &str = r#"
level = "duplicates"
[[source]]
name = "series *"
copies = "never"
[[source]]
feed = "own.example/*"
copies = "own"
[[source]]
host = "forum.example"
ignore-text = true
"#;

fn config() -> Config {
    Config::parse(RULES).unwrap()
}

fn engine() -> Engine {
    Engine::new(config().check().unwrap())
}

/// Records of a few sources with equal and nearly equal texts, enough for oversized buckets.
/// Without the rules, copies of one item are copies of each other.
fn records() -> impl Strategy<Value = Vec<Value>> {
    let sources = ["Series A", "Series B", "Paper", "Forum"];
    let feeds = [
        "",
        "",
        "https://own.example/one",
        "http://www.own.example/two/",
    ];
    let titles = [
        "Gull and Crab for the second of May",
        "Weather brings rain and wind to the northern coast says the office",
        "Weather brings rain and wind to the northern coast says the office again",
        "Minister opens the new bridge over the river after a year of work",
    ];
    let report: String = (0..60).map(|word| format!("word{word} ")).collect();
    let record =
        (0..4usize, 0..4usize, 0..4usize, 0..12u32).prop_map(move |(source, feed, title, hour)| {
            let is_forum = sources[source] == "Forum";
            let votes =
                format!("Votes: {hour}. Sign in to vote, to answer or to report this post.");
            let (title, text) = match (is_forum, title) {
                (true, _) => (titles[title / 2 * 3], votes),
                (false, 1 | 2) => (titles[title], report.clone()),
                (false, _) => (titles[title], String::new()),
            };
            json!({
                "title": title,
                "text": text,
                "source": sources[source],
                "feed_url": feeds[feed],
                "url": if is_forum { "forum.example" } else { "paper.example" },
                "date_published": format!("2026-05-01T{hour:02}:00:00Z"),
            })
        });
    proptest::collection::vec(record, 2..120).prop_map(|mut records| {
        for (at, record) in records.iter_mut().enumerate() {
            record["id"] = json!(format!("id{at}"));
            record["url"] = json!(format!("https://{}/{at}", record["url"].as_str().unwrap()));
        }
        records
    })
}

fn source(records: &[Value]) -> Source {
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    Source::new("items.jsonl", lines)
}

/// The groups of a batch.
fn batch_groups(articles: &[Article<'_>]) -> BTreeSet<BTreeSet<String>> {
    let report = engine().group(articles);
    partition(
        articles
            .iter()
            .zip(&report.placements)
            .map(|(article, place)| (article.id.to_string(), place.near_dup)),
    )
}

/// The groups of an index that is reopened between commits of the sizes `stops`.
fn index_groups(articles: &[Article<'_>], stops: &[usize]) -> BTreeSet<BTreeSet<String>> {
    let folder = tempfile::tempdir().unwrap();
    let mut rest = articles;
    for &stop in stops.iter().cycle() {
        let (now, later) = rest.split_at(stop.min(rest.len()));
        Ingester::open(folder.path(), &config(), None)
            .unwrap()
            .add(now, 0)
            .unwrap();
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    let ingester = Ingester::open(folder.path(), &config(), None).unwrap();
    let labels = ingester.index().group_ids(GroupKind::Duplicates);
    partition(
        ingester
            .index()
            .ids()
            .into_iter()
            .map(|(number, id)| (id.to_owned(), labels.group(number))),
    )
}

/// The groups of a distributed run, step by step: texts by digest, sorted keys, decisions on pairs,
/// connected components, and their split.
fn distributed_groups(articles: &[Article<'_>]) -> BTreeSet<BTreeSet<String>> {
    let engine = engine();
    let mut tokens = Tokens::default();
    let mut fingerprints = BTreeMap::new();
    let texts = articles.iter().map(|article| {
        let digest = engine.digest(article, &mut tokens).unwrap();
        fingerprints
            .entry(digest)
            .or_insert_with(|| engine.fingerprint(article, &mut tokens).unwrap());
        (article.id.to_string(), digest)
    });
    let texts: Vec<(String, u64)> = texts.collect();
    let subject = |doc: DocId| engine.subject(&articles[doc.index()]);
    let items = 0..articles.len() as u32;
    let share = engine
        .sketcher()
        .share(items, subject, &mut Scratch::default());
    let stream = engine.key_maker().collision_stream();
    let entries = super::collisions::entries(&share, &stream);
    let are_copies = |a: u64, b: u64| {
        engine
            .params()
            .duplicates
            .decide(&fingerprints[&a], &fingerprints[&b])
            .kind
            .is_some()
    };
    let mut component: BTreeMap<u64, u64> = fingerprints
        .keys()
        .map(|&digest| (digest, digest))
        .collect();
    for [a, b] in super::collisions::candidates(entries, stream) {
        if are_copies(a, b) {
            let [from, to] = [a, b].map(|digest| component[&digest]);
            for root in component.values_mut().filter(|root| **root == from) {
                *root = to;
            }
        }
    }
    let digests: Vec<u64> = fingerprints.keys().copied().collect();
    let fingerprint = |at: u32| &fingerprints[&digests[at as usize]];
    let mut members: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    (0..)
        .zip(&digests)
        .for_each(|(at, digest)| members.entry(component[digest]).or_default().push(at));
    let mut group = BTreeMap::new();
    for mut order in members.into_values() {
        order.sort_by_key(|&at| split_order(fingerprint(at)));
        let copies = |a: u32, b: u32| are_copies(digests[a as usize], digests[b as usize]);
        for part in split(&order, |at| fingerprint(at).context.copy_scope, copies) {
            part.iter()
                .for_each(|&at| _ = group.insert(digests[at as usize], part[0]));
        }
    }
    partition(texts.into_iter().map(|(id, digest)| (id, group[&digest])))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn all_drivers_apply_the_rules_alike(
        records in records(),
        stops in proptest::collection::vec(1usize..60, 1..5),
    ) {
        let lines = source(&records);
        let articles = read(&lines, Some(Format::Jsonl), &FieldNames::default()).unwrap().articles;
        let groups = batch_groups(&articles);
        let mut reversed = articles.clone();
        reversed.reverse();
        prop_assert_eq!(&batch_groups(&reversed), &groups);
        prop_assert_eq!(&distributed_groups(&articles), &groups);
        prop_assert_eq!(&index_groups(&articles, &stops), &groups);
        prop_assert_eq!(&index_groups(&reversed, &stops), &groups);

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("items.jsonl");
        fs::write(&file, &lines.bytes).unwrap();
        let input = FileBatch { files: vec![file], field_names: FieldNames::default(), folder: folder.path().to_owned() };
        let on_disk = duplicates(&engine(), &input, &()).unwrap().partition;
        prop_assert_eq!(on_disk, engine().partition(&articles, &()));

        let record: BTreeMap<&str, &Value> = records.iter().map(|one| (one["id"].as_str().unwrap(), one)).collect();
        for group in &groups {
            let of = |key: &str| group.iter().map(|id| record[&**id][key].as_str().unwrap()).collect::<Vec<&str>>();
            // The first matching rule decides: an item of a series is not of an `own` feed.
            let own = |(feed, source): (&&str, &&str)| feed.contains("own.example") && !source.starts_with("Series");
            let is_own: Vec<bool> = of("feed_url").iter().zip(&of("source")).map(own).collect();
            for series in ["Series A", "Series B"] {
                prop_assert!(of("source").iter().filter(|source| **source == series).count() < 2, "{:?}", group);
            }
            let feeds: BTreeSet<&str> = of("feed_url").into_iter().collect();
            prop_assert!(!is_own.contains(&true) || feeds.len() == 1 && !is_own.contains(&false), "{:?}", group);
        }
    }
}

/// The rules separate copies and join nothing.
#[test]
fn without_the_rules_the_same_items_are_copies() {
    let strip = |id: &str, source: &str| {
        json!({
            "id": id, "source": source, "title": "Gull and Crab draw a long line in the sand of the bay",
            "url": format!("https://paper.example/{id}"),
        })
    };
    let records = [
        strip("a", "Series A"),
        strip("b", "Series A"),
        strip("c", "Series B"),
        strip("d", "Paper"),
    ];
    let lines = source(&records);
    let articles = read(&lines, Some(Format::Jsonl), &FieldNames::default())
        .unwrap()
        .articles;
    let plain = common::engine(Level::Duplicates);
    assert_eq!(plain.group(&articles).duplicates.len(), 1);
    let sizes: Vec<usize> = batch_groups(&articles).iter().map(BTreeSet::len).collect();
    assert_eq!(sizes.iter().sum::<usize>(), 4);
    assert_eq!(
        sizes.len(),
        2,
        "one item of Series A is a singleton, the other a copy of the other sources"
    );
}

/// A feed of two items with equal titles and texts.
fn series(name: &str) -> String {
    let item = |at: usize, title: &str| {
        format!(
            "<item><title>{title}</title><guid isPermaLink='false'>{name}-{at}</guid>\
            <link>https://{name}.example/{at}</link><description>Two skippers talk about all that floats, as they do each \
            week, and read what listeners wrote to them about the harbour.</description></item>"
        )
    };
    let titles = [
        "The harbour on Monday with all its boats",
        "The harbour on Monday with all its boats",
    ];
    let items: String = titles
        .iter()
        .enumerate()
        .map(|(at, title)| item(at, title))
        .collect();
    format!(
        "<rss><channel><title>The {name} loft</title><link>https://{name}.example/</link>{items}</channel></rss>"
    )
}

/// The values of a key in the rows that a run prints.
fn values(place: &Sandbox, args: &[&str], key: &str) -> Vec<String> {
    rows(&place.run(args))
        .iter()
        .map(|row| row[key].as_str().unwrap().to_owned())
        .collect()
}

/// The message of a run that is refused.
fn refusal(place: &Sandbox, args: &[&str]) -> String {
    let output = place.run(args);
    assert_eq!(output.status.code(), Some(2), "{args:?}");
    stderr(&output)
}

const NEVER: &str = "[[source]]\nname = \"The quay loft\"\ncopies = \"never\"\n";

#[test]
fn items_of_a_series_are_new_and_then_seen() {
    let feed = series("quay");
    let place = Sandbox::with(&[("feed.xml", &feed), ("rules.toml", NEVER)]);
    let run = |config: &[&str], index: &str| {
        values(
            &place,
            &[&["dedup", "-q", "--index", index], config, &["feed.xml"]].concat(),
            "decision",
        )
    };
    assert_eq!(
        run(&["--level", "duplicates"], "plain"),
        ["new", "duplicate"]
    );
    let ruled = ["--level", "duplicates", "--config", "rules.toml"];
    assert_eq!(run(&ruled, "ruled"), ["new", "new"]);
    assert_eq!(run(&ruled, "ruled"), ["seen", "seen"]);
    // Stories are built across the items of a series.
    assert_eq!(
        run(&["--config", "rules.toml"], "stories"),
        ["new", "story"]
    );
}

#[test]
fn a_changed_rule_is_an_error_until_the_index_is_rebuilt() {
    let feed = series("quay");
    let place = Sandbox::with(&[("feed.xml", &feed), ("rules.toml", NEVER)]);
    let dedup = [
        "dedup",
        "-q",
        "--level",
        "duplicates",
        "--index",
        "ix",
        "--config",
        "rules.toml",
        "feed.xml",
    ];
    rows(&place.run(&dedup));
    place.write("rules.toml", &format!("{NEVER}weight = 0.9\n"));
    assert_eq!(
        values(&place, &dedup, "decision"),
        ["seen", "seen"],
        "a weight does not affect groups"
    );
    place.write("rules.toml", &NEVER.replace("never", "any"));
    let refusal = refusal(&place, &dedup);
    assert!(
        refusal.contains("source") && refusal.contains("never"),
        "{refusal}"
    );
    let rebuild = [
        "index",
        "rebuild",
        "--level",
        "duplicates",
        "--config",
        "rules.toml",
        "ix",
    ];
    assert!(place.run(&rebuild).status.success());
    assert_eq!(values(&place, &dedup, "decision"), ["seen", "seen"]);
    let rows = rows(&place.run(&["index", "export", "ix"]));
    assert_eq!(rows[0]["near_dup_id"], rows[1]["near_dup_id"]);
    assert_eq!(rows[0]["feed_url"], "https://quay.example/");
}

#[test]
fn own_copies_are_found_within_a_feed_only() {
    let [one, two] = ["quay", "pier"].map(series);
    let own = "level = \"duplicates\"\n[[source]]\nfeed = \"quay.example\"\ncopies = \"own\"\n";
    let place = Sandbox::with(&[("one.xml", &one), ("two.xml", &two), ("rules.toml", own)]);
    let near = |config: &[&str]| {
        let ids = values(
            &place,
            &[
                &["cluster", "-q", "--format", "jsonl"],
                config,
                &["one.xml", "two.xml"],
            ]
            .concat(),
            "near_dup_id",
        );
        ids.iter()
            .map(|id| ids.iter().position(|other| other == id).unwrap())
            .collect::<Vec<usize>>()
    };
    assert_eq!(near(&["--level", "duplicates"]), [0, 0, 0, 0]);
    assert_eq!(near(&["--config", "rules.toml"]), [0, 0, 2, 2]);
}

#[test]
fn items_compared_within_a_feed_are_recognized_within_it() {
    let item = |id: &str, feed: &str| {
        json!({
            "id": id, "title": "Ferry line to the islands reopens after repairs", "url": "https://quay.example/1",
            "feed_url": format!("https://{feed}.example/rss"),
        })
    };
    let lines = source(&[item("a", "quay"), item("b", "pier"), item("b", "quay")]).bytes;
    let own = "level = \"duplicates\"\n[[source]]\nfeed = \"quay.example/*\"\ncopies = \"own\"\n";
    let plain = "level = \"duplicates\"\n";
    let place = Sandbox::with(&[
        ("items.jsonl", str::from_utf8(&lines).unwrap()),
        ("own.toml", own),
        ("plain.toml", plain),
    ]);
    let decisions = |config: &str| {
        values(
            &place,
            &[
                "dedup",
                "-q",
                "--index",
                &format!("{config}.index"),
                "--config",
                config,
                "items.jsonl",
            ],
            "decision",
        )
    };
    assert_eq!(decisions("plain.toml"), ["new", "seen", "seen"]);
    assert_eq!(decisions("own.toml"), ["new", "new", "seen"]);
}

#[test]
fn an_ignored_text_affects_nothing() {
    let post = |id: &str, title: &str, votes: u32| {
        let text = format!(
            "Posted on the board of the harbour town by one of its members. Votes: {votes}. Sign in to vote, to answer, to \
            report this post to those who keep the board, or to read what else this member has posted on it."
        );
        json!({ "id": id, "title": title, "content_text": text, "url": format!("https://board.example/{id}") })
    };
    let titles = [
        "I built a clock that shows the tide",
        "Which rope for a small ketch in winter",
    ];
    let lines =
        |votes: u32| source(&[post("a", titles[0], votes), post("b", titles[1], votes)]).bytes;
    let rules = "[[source]]\nhost = \"board.example\"\nignore-text = true\n";
    let place = Sandbox::with(&[("rules.toml", rules), ("plain.toml", "")]);
    let stories = |config: &str| {
        place.write("items.jsonl", str::from_utf8(&lines(3)).unwrap());
        let args = [
            "cluster",
            "-q",
            "--format",
            "jsonl",
            "--config",
            config,
            "items.jsonl",
        ];
        values(&place, &args, "cluster_id")
            .into_iter()
            .collect::<BTreeSet<_>>()
            .len()
    };
    assert_eq!([stories("plain.toml"), stories("rules.toml")], [1, 2]);
    let runs = |config: &str, index: &str| {
        let runs = [3, 4].map(|votes| {
            place.write("items.jsonl", str::from_utf8(&lines(votes)).unwrap());
            values(
                &place,
                &[
                    "dedup",
                    "-q",
                    "--index",
                    index,
                    "--config",
                    config,
                    "items.jsonl",
                ],
                "decision",
            )
        });
        runs.concat()
    };
    assert_eq!(runs("rules.toml", "ruled"), ["new", "new", "seen", "seen"]);
}

#[test]
fn a_preferred_source_is_canonical_by_rule_or_by_name() {
    let title = "Ferry line to the islands reopens after a year of repairs";
    let item = |id: &str, source: &str| json!({ "id": id, "title": title, "source": source });
    let lines = source(&[
        item("a", "Aggregator"),
        item("b", "Quay Times"),
        item("c", "Dock Mail"),
    ])
    .bytes;
    let place = Sandbox::with(&[("items.jsonl", str::from_utf8(&lines).unwrap())]);
    for rules in [
        "[[source]]\nname = \"quay *\"\nprefer = true\n",
        "[[source]]\nname = \"Quay Times\"\nweight = 0.9\n[[source]]\nname = \"*\"\nweight = 0.8\n",
        "[canonical.sources]\n\"Quay Times\" = 1.0\n",
    ] {
        place.write("rules.toml", rules);
        let args = [
            "cluster",
            "-q",
            "--format",
            "jsonl",
            "--config",
            "rules.toml",
            "items.jsonl",
        ];
        assert_eq!(values(&place, &args, "canonical_id"), ["b"; 3], "{rules}");
    }
}

#[test]
fn explain_names_the_rule() {
    let feed = series("quay");
    let rules = format!("[[source]]\nname = \"Tern\"\nprefer = true\n{NEVER}");
    let place = Sandbox::with(&[("feed.xml", &feed), ("rules.toml", &rules)]);
    let explain = [
        "explain",
        "--config",
        "rules.toml",
        "quay-0",
        "quay-1",
        "feed.xml",
    ];
    let text = String::from_utf8(place.run(&explain).stdout).unwrap();
    let expected = "a rule of the config, [[source]] 2 (name = \"The quay loft\"), keeps items of this feed apart";
    assert!(text.contains(expected), "{text}");
    assert!(
        text.contains("sets copies = \"never\" for \u{2068}quay-0 and quay-1\u{2069}"),
        "{text}"
    );
    let json = place.run(&[&explain[..], &["--json"]].concat()).stdout;
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["rules"][0]["sets"], "copies = \"never\"");
    assert!(
        json["copies"]["reason"]
            .as_str()
            .unwrap()
            .contains("[[source]] 2"),
        "{json}"
    );
}

#[test]
fn invalid_rules_are_errors() {
    let feed = series("quay");
    let place = Sandbox::with(&[("feed.xml", &feed)]);
    for (rules, expected) in [
        ("[[source]]\nnmae = \"Gull\"", "did you mean \"name\"?"),
        (
            "[[source]]\nname = \"\"\nprefer = true",
            "name of [[source]] 1 is \"\"",
        ),
        (
            "[[source]]\ncopies = \"never\"",
            "[[source]] 1 is without feed, host and name",
        ),
        (
            "[[source]]\nname = \"Gull\"\ncopies = \"nevr\"",
            "did you mean \"never\"?",
        ),
    ] {
        place.write("rules.toml", rules);
        let refusal = refusal(&place, &["cluster", "--config", "rules.toml", "feed.xml"]);
        assert!(refusal.contains(expected), "{rules}: {refusal}");
    }
    place.write("rules.toml", NEVER);
    let shown = String::from_utf8(place.run(&["config", "--config", "rules.toml"]).stdout).unwrap();
    assert!(shown.contains(NEVER), "{shown}");
}

#[test]
fn an_index_refuses_changed_rules_and_accepts_changed_weights() {
    let folder = tempfile::tempdir().unwrap();
    let open = |config: &Config| Ingester::open(folder.path(), config, None);
    let item = Article {
        source: Some("Series A".into()),
        ..Article::headline("1", "Gull and Crab in the fog")
    };
    let taken = open(&config()).unwrap().add(&[item], 0).unwrap();
    assert_eq!(taken.outcomes[0].decision, Decision::New);
    let mut weighed = config();
    weighed.source[0].weight = Some(0.2);
    assert!(open(&weighed).is_ok());
    let mut changed = config();
    changed.source.pop();
    assert!(
        matches!(open(&changed), Err(Error::Store(StoreError::Settings { name, .. })) if name == "source")
    );
}
