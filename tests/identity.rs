//! Identity of items in an index: ids, links and texts of feeds that break their own rules.

use std::fs;

use qissa::config::{Config, Level};
use qissa::index::Decision;
use qissa::ingest::Ingester;
use qissa::input::{self, FieldNames, Source};
use qissa::{Article, Timestamp};
use serde_json::Value;

use Decision::{New, Seen, Update};

use crate::common::{Sandbox, rows, stderr};

/// A folder with an index of duplicates.
struct FedIndex(tempfile::TempDir);

impl FedIndex {
    fn new() -> Self {
        FedIndex(tempfile::tempdir().unwrap())
    }

    /// Opens the index, adds the items of an input, and returns the decisions.
    fn add(&self, name: &str, text: &str) -> Vec<Decision> {
        let config = Config {
            level: Level::Duplicates,
            ..Config::default()
        };
        let source = Source {
            name: name.into(),
            bytes: text.to_owned().into(),
            ..Source::default()
        };
        let articles = input::read(&source, None, &FieldNames::default())
            .unwrap()
            .articles;
        let mut ingester = Ingester::open(self.0.path(), &config, None).unwrap();
        ingester
            .add(&articles, 1_800_000_000)
            .unwrap()
            .outcomes
            .iter()
            .map(|decided| decided.decision)
            .collect()
    }

    fn count(&self) -> usize {
        let config = Config {
            level: Level::Duplicates,
            ..Config::default()
        };
        Ingester::open(self.0.path(), &config, None)
            .unwrap()
            .index()
            .len()
    }
}

/// An item of a feed: guid, link, title and text, each without an element if empty.
type FeedItem<'t> = [&'t str; 4];

fn feed(items: &[FeedItem<'_>]) -> String {
    let item = |[guid, link, title, text]: &FeedItem<'_>| {
        let mark = |name: &str, value: &str| match value {
            "" => String::new(),
            value => format!(
                "<{name}>{}</{name}>",
                value.replace('&', "&amp;").replace('<', "&lt;")
            ),
        };
        let marks = [
            mark("guid", guid),
            mark("link", link),
            mark("title", title),
            mark("description", text),
        ];
        format!("<item>{}</item>", marks.concat())
    };
    let items: String = items.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Lantern Weekly</title>{items}</channel></rss>")
}

const NEWS: [[&str; 2]; 3] = [
    [
        "Orchard growers plant frost-proof pears",
        "Two hundred saplings went into the ground on the north slope in March.",
    ],
    [
        "Night trams return to the upper town",
        "The last car leaves the depot at two and stops at each square.",
    ],
    [
        "Choir wins the valley song contest",
        "Judges praised the altos and gave the trophy by a single point.",
    ],
];

/// A feed of [`NEWS`] with a guid and a link per item.
fn all(of: impl Fn(usize) -> [String; 2]) -> String {
    let keys: Vec<[String; 2]> = (0..NEWS.len()).map(of).collect();
    let items: Vec<FeedItem<'_>> = keys
        .iter()
        .zip(NEWS)
        .map(|([guid, link], [title, text])| [guid, link, title, text])
        .collect();
    feed(&items)
}

fn owned(guid: &str, link: &str) -> [String; 2] {
    [guid.to_owned(), link.to_owned()]
}

#[test]
fn different_items_stay_apart_whatever_their_ids_and_links() {
    let host = "https://lantern.example";
    let feeds = [
        (
            "no guid, one link",
            all(|_| owned("", "https://lantern.example/pages/latest")),
        ),
        (
            "no guid, one article's link",
            all(|_| owned("", "https://lantern.example/2026/5/2/live-from-town")),
        ),
        (
            "no guid, the front page",
            all(|_| owned("", "https://lantern.example/index.html")),
        ),
        ("no guid, no link", all(|_| owned("", ""))),
        ("one guid", all(|at| owned("all", &format!("{host}/{at}")))),
        (
            "one guid, one link",
            all(|_| {
                owned(
                    "https://lantern.example/feed#x",
                    "https://lantern.example/feed",
                )
            }),
        ),
        (
            "the front page for a guid",
            all(|at| owned(host, &format!("{host}/{at}"))),
        ),
        (
            "a placeholder",
            all(|_| owned("N/A", "https://lantern.example/pages/latest")),
        ),
        (
            "fragments",
            all(|at| {
                owned(
                    &format!("{host}/live#entry-{at}"),
                    "https://lantern.example/live",
                )
            }),
        ),
        (
            "routes",
            all(|at| {
                owned(
                    &format!("{host}/live#/entry-{at}"),
                    &format!("{host}/live#/entry-{at}"),
                )
            }),
        ),
        (
            "fragments in links",
            all(|at| owned("", &format!("{host}/live#entry-{at}"))),
        ),
    ];
    for (name, text) in feeds {
        let index = FedIndex::new();
        assert_eq!(index.add("feed.xml", &text), [New; 3], "{name}");
        assert_eq!(index.add("feed.xml", &text), [Seen; 3], "{name}, again");
        assert_eq!(index.count(), 3, "{name}");
        let source = Source {
            name: "feed.xml".into(),
            bytes: text.into(),
            ..Source::default()
        };
        let articles = input::read(&source, None, &FieldNames::default())
            .unwrap()
            .articles;
        let ids: std::collections::BTreeSet<_> = articles
            .iter()
            .map(|article| article.id.to_string())
            .collect();
        assert_eq!(ids.len(), 3, "{name}");
    }
}

#[test]
fn items_added_one_by_one_with_one_id_stay_apart() {
    for link in [
        "",
        "https://lantern.example/news",
        "https://lantern.example/2026/05/02/pears",
    ] {
        let index = FedIndex::new();
        for [title, text] in NEWS {
            assert_eq!(
                index.add("feed.xml", &feed(&[["g", link, title, text]])),
                [New],
                "{title} at {link:?}"
            );
        }
        for [title, text] in NEWS {
            assert_eq!(
                index.add("feed.xml", &feed(&[["g", link, title, text]])),
                [Seen],
                "{title} at {link:?}"
            );
        }
    }
}

#[test]
fn a_feed_may_change_between_good_and_bad_guids() {
    let page = |at: usize| format!("https://lantern.example/{at}");
    let [a, b, c] = [page(0), page(1), page(2)];
    let item = |guid, link, at: usize| [guid, link, NEWS[at][0], NEWS[at][1]];
    let index = FedIndex::new();
    assert_eq!(index.add("feed.xml", &feed(&[item("g-1", &a, 0)])), [New]);
    assert_eq!(
        index.add("feed.xml", &feed(&[item("g-1", &b, 1), item("g-1", &a, 0)])),
        [New, Seen]
    );
    assert_eq!(index.add("feed.xml", &feed(&[item("g-1", &b, 1)])), [Seen]);
    assert_eq!(
        index.add("feed.xml", &feed(&[item("", &a, 0), item("g-3", &c, 2)])),
        [Seen, New]
    );
    assert_eq!(
        index.add(
            "feed.xml",
            &feed(&[item("g-3", &c, 2), item("g-2", &b, 1), item("g-1", &a, 0)])
        ),
        [Seen; 3]
    );
    assert_eq!(index.count(), 3);
}

#[test]
fn posts_of_a_live_page_are_items_of_their_own() {
    let link = "https://lantern.example/2026/5/2/flood-live-41207";
    let post = |title, text| ["", link, title, text];
    let posts = [
        post(
            "Flood reaches the mill bridge",
            "Firemen pile sandbags along the lower street.",
        ),
        post(
            "Mayor speaks on the flood",
            "Schools stay closed until the river falls again.",
        ),
        post(
            "Flood: trains wait outside town",
            "The track at the mill is under a foot of water.",
        ),
    ];
    let index = FedIndex::new();
    assert_eq!(index.add("feed.xml", &feed(&posts[..1])), [New]);
    assert_eq!(index.add("feed.xml", &feed(&posts)), [Seen, New, New]);
    let grown = "Schools stay closed until the river falls again, and so does the library.";
    let edited = [posts[0], post("Mayor speaks on the flood", grown), posts[2]];
    assert_eq!(index.add("feed.xml", &feed(&edited)), [Seen, Update, Seen]);
    assert_eq!(index.count(), 3);
}

#[test]
fn guids_may_be_reused_without_links() {
    let item = |at: usize| ["g-1", "", NEWS[at][0], NEWS[at][1]];
    let index = FedIndex::new();
    assert_eq!(index.add("feed.xml", &feed(&[item(0)])), [New]);
    assert_eq!(
        index.add("feed.xml", &feed(&[item(1), item(0)])),
        [New, Seen]
    );
    assert_eq!(index.add("feed.xml", &feed(&[item(1)])), [Seen]);
    assert_eq!(index.count(), 2);
}

#[test]
fn edits_are_updates() {
    let [title, text] = NEWS[0];
    let page = "https://lantern.example/2026/05/02/pears";
    let longer = format!("{text} Ten more rows follow in autumn, the growers said.");
    let old = |guid: &'static str, link: &'static str| feed(&[[guid, link, title, text]]);
    for (name, before, after) in [
        (
            "a longer text",
            old("g", page),
            feed(&[["g", page, title, &longer]]),
        ),
        (
            "another headline",
            old("g", page),
            feed(&[["g", page, "Hardy trees for the slope", text]]),
        ),
        (
            "no guid",
            old("", page),
            feed(&[[
                "",
                page,
                "Orchard growers plant pears that stand frost",
                &longer,
            ]]),
        ),
        (
            "no article's address",
            old("g", ""),
            feed(&[["g", "", title, &longer]]),
        ),
        (
            "from http to https",
            old("", "http://lantern.example/?p=31"),
            feed(&[["", "https://lantern.example/?p=31", title, &longer]]),
        ),
        (
            "a guid in https",
            old("http://lantern.example/n/1", ""),
            feed(&[["https://lantern.example/n/1", "", title, &longer]]),
        ),
        (
            "one link for all",
            old("", "https://lantern.example/news"),
            feed(&[["", "https://lantern.example/news", title, &longer]]),
        ),
    ] {
        let index = FedIndex::new();
        assert_eq!(
            (
                index.add("feed.xml", &before),
                index.add("feed.xml", &after)
            ),
            (vec![New], vec![Update]),
            "{name}"
        );
        assert_eq!(index.count(), 1, "{name}");
    }
}

#[test]
fn a_rewritten_page_with_another_link_is_an_update() {
    let page = "https://lantern.example/2026/5/2/upper-town-trams";
    let line = |title: &str, text: &str, url: &str, source: &str| {
        serde_json::json!({"title": title, "content_text": text, "url": url, "source": source})
            .to_string()
    };
    for query in [
        "ref=rss",
        "at_medium=RSS&at_custom1=x",
        "maca=eng-rss",
        "wbraid=1",
        "xtor=RSS-1",
        "_hsmi=2",
        "mkt_tok=3",
    ] {
        let first = line(
            "Night trams return to the upper town",
            "The last car leaves at two.",
            page,
            "A",
        );
        let rewritten = line(
            "Town gets its trams back",
            "Written anew for the evening.",
            &format!("{page}?{query}"),
            "B",
        );
        assert_eq!(
            FedIndex::new().add("f.jsonl", &format!("{first}\n{rewritten}\n")),
            [New, Update],
            "{query}"
        );
        let elsewhere = line(
            "Town gets its trams back",
            "Written anew for the evening.",
            &format!("{page}?id=2"),
            "B",
        );
        assert_eq!(
            FedIndex::new().add("f.jsonl", &format!("{first}\n{elsewhere}\n")),
            [New, New]
        );
    }
}

#[test]
fn pictures_without_words_are_items_of_their_own() {
    for title in ["Photo", ""] {
        let text = feed(&[
            [
                "https://lantern.example/post/1",
                "https://lantern.example/post/1",
                title,
                "<img src='1.png'>",
            ],
            [
                "https://lantern.example/post/2",
                "https://lantern.example/post/2",
                title,
                "<img src='2.png'>",
            ],
        ]);
        let index = FedIndex::new();
        assert_eq!(
            (index.add("feed.xml", &text), index.add("feed.xml", &text)),
            (vec![New; 2], vec![Seen; 2]),
            "{title:?}"
        );
    }
}

#[test]
fn a_changed_slug_with_the_same_number_is_no_new_item() {
    let link = |slug: &str| format!("https://lantern.example/news/{slug}-41207.html");
    let item = |slug: &str, title: &'static str| {
        let link = link(slug);
        feed(&[[&link, &link, title, NEWS[1][1]]])
    };
    let index = FedIndex::new();
    assert_eq!(
        index.add(
            "feed.xml",
            &item("nihgt-trams", "Nihgt trams return to the upper town")
        ),
        [New]
    );
    assert_eq!(
        index.add(
            "feed.xml",
            &item("night-trams", "Night trams return to the upper town")
        ),
        [Update]
    );
    // An unrelated item with the same number is new.
    let link = link("choir-wins");
    assert_eq!(
        index.add("feed.xml", &feed(&[[&link, &link, NEWS[2][0], NEWS[2][1]]])),
        [New]
    );
}

#[test]
fn changed_counters_are_no_update() {
    let page = "https://lantern.example/1";
    let [title, text] = NEWS[2];
    let index = FedIndex::new();
    assert_eq!(
        index.add("feed.xml", &feed(&[["g", page, title, text]])),
        [New]
    );
    for (title, text) in [
        (format!("{title} (3 comments)"), text.to_owned()),
        (format!("{title} (١٤ تعليقًا)"), text.to_owned()),
        (title.to_owned(), format!("{text} Views: 1,377")),
        (title.to_owned(), format!("{text}\n1.2k shares | ٣ تعليقات")),
    ] {
        assert_eq!(
            index.add("feed.xml", &feed(&[["g", page, &title, &text]])),
            [Seen],
            "{title} / {text}"
        );
    }
    let more = format!("{text} A thousand people came.");
    assert_eq!(
        index.add("feed.xml", &feed(&[["g", page, title, &more]])),
        [Update]
    );
    // The same without ids and links.
    let index = FedIndex::new();
    assert_eq!(
        index.add(
            "a.jsonl",
            "{\"title\":\"Choir wins the song contest (2 comments)\"}\n"
        ),
        [New]
    );
    assert_eq!(
        index.add(
            "a.jsonl",
            "{\"title\":\"Choir wins the song contest (9 comments)\"}\n"
        ),
        [Seen]
    );
}

#[test]
fn decisions_do_not_depend_on_the_expiry_of_other_items() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        level: Level::Duplicates,
        ..Config::default()
    };
    let item = |at: usize| Article {
        source: Some("Lantern".into()),
        text: NEWS[at][1].into(),
        published: Some(Timestamp(1_800_000_000)),
        ..Article::headline("g", NEWS[at][0])
    };
    let day = |day: i64| 1_800_000_000 + day * 86_400;
    let mut ingester = Ingester::open(folder.path(), &config, Some(3 * 86_400)).unwrap();
    let mut decide =
        |at: usize, when: i64| ingester.add(&[item(at)], day(when)).unwrap().outcomes[0].decision;
    assert_eq!(
        [
            decide(0, 0),
            decide(1, 2),
            decide(0, 2),
            decide(1, 4),
            decide(2, 8),
            decide(2, 9)
        ],
        [New, New, Seen, Seen, New, Seen]
    );
}

#[test]
fn ids_have_the_same_type_in_all_outputs() {
    let numbers = "{\"title\":\"Night trams return to the upper town\",\"id\":7}\n{\"id\":8,\"title\":\"Night trams return to upper town\"}\n";
    let none = numbers
        .replace("\"id\":7", "\"id\":null")
        .replace("\"id\":8,", "");
    let folder = Sandbox::with(&[("numbers.jsonl", numbers), ("none.jsonl", &none)]);
    for (file, is_number) in [("numbers.jsonl", true), ("none.jsonl", false)] {
        let clustered = rows(&folder.run(&[
            "cluster", "-q", "--format", "jsonl", "--labels", "labels", file,
        ]));
        let deduped = rows(&folder.run(&[
            "dedup",
            "-q",
            "--index",
            file.trim_end_matches(".jsonl"),
            file,
        ]));
        let exported = rows(&folder.run(&["index", "export", file.trim_end_matches(".jsonl")]));
        let similar = rows(&folder.run(&["similar", "-q", "--show-copies", file]));
        for rows in [&clustered, &deduped, &exported] {
            assert_eq!(rows.len(), 2, "{file}");
            for row in rows {
                let ids: Vec<&Value> = rows.iter().map(|row| &row["id"]).collect();
                assert!(
                    row["id"].is_number() == is_number && ids.contains(&&row["canonical_id"]),
                    "{file}: {row}"
                );
            }
        }
        assert_eq!(similar[0]["similar"][0]["id"], similar[1]["id"]);
        assert_eq!(similar[0]["id"].is_number(), is_number);
        let labels = fs::read_to_string(folder.path().join("labels")).unwrap();
        for row in &clustered {
            let id = row["id"]
                .as_str()
                .map_or_else(|| row["id"].to_string(), str::to_owned);
            assert!(
                labels
                    .lines()
                    .any(|line| line.starts_with(&format!("{id}\t"))),
                "{labels}"
            );
        }
    }
    // A later run reads the index.
    let again = rows(&folder.run(&["dedup", "-q", "--index", "numbers", "numbers.jsonl"]));
    assert!(
        again
            .iter()
            .all(|row| row["canonical_id"].is_number() && row["decision"] == "seen"),
        "{again:?}"
    );
}

#[test]
fn an_item_with_a_changed_id_keeps_its_first_id() {
    let of = |guid: &str| feed(&[[guid, "https://lantern.example/1", NEWS[0][0], NEWS[0][1]]]);
    let folder = Sandbox::with(&[("a.xml", &of("urn:1")), ("b.xml", &of("urn:2"))]);
    let first = rows(&folder.run(&["dedup", "-q", "--index", "ix", "a.xml"]));
    let later = rows(&folder.run(&["dedup", "-q", "--index", "ix", "b.xml"]));
    assert!(first[0].get("known_as").is_none());
    assert_eq!(
        [
            &later[0]["id"],
            &later[0]["known_as"],
            &later[0]["canonical_id"]
        ],
        ["urn:2", "urn:1", "urn:1"]
    );
    assert_eq!(later[0]["decision"], "seen");
}

#[test]
fn repeated_ids_are_warned_of_once() {
    let shared = all(|at| owned("all", &format!("https://lantern.example/{at}")));
    let single = |at: usize| feed(&[["g", "", NEWS[at][0], NEWS[at][1]]]);
    let repeated = "{\"id\":\"1\",\"title\":\"Night trams return\"}\n{\"id\":\"1\",\"title\":\"Choir wins the contest\"}\n";
    let good = all(|at| owned(&format!("g{at}"), ""));
    let files = [
        ("shared.xml", &*shared),
        ("0.xml", &single(0)),
        ("1.xml", &single(1)),
        ("2.xml", &single(2)),
        ("r.jsonl", repeated),
        ("good.xml", &good),
    ];
    let folder = Sandbox::with(&files);
    let warned = |args: &[&str]| {
        let messages = stderr(&folder.run(args));
        messages
            .lines()
            .filter(|line| line.contains("warning: "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let clustered = warned(&["cluster", "--format", "none", "shared.xml"]);
    assert!(
        clustered.len() == 1
            && clustered[0].contains("3 items of the feed \"Lantern Weekly\" have the id \"all\""),
        "{clustered:?}"
    );
    let deduped = warned(&[
        "dedup",
        "--index",
        "ix",
        "shared.xml",
        "shared.xml",
        "0.xml",
        "1.xml",
    ]);
    assert_eq!(deduped.len(), 1, "{deduped:?}");
    let one_by_one = warned(&[
        "dedup", "--index", "ix2", "0.xml", "1.xml", "2.xml", "0.xml",
    ]);
    assert!(
        one_by_one.len() == 1
            && one_by_one[0].contains("\"g\" stands for several items of the feed"),
        "{one_by_one:?}"
    );
    let of_records = warned(&["cluster", "--format", "none", "r.jsonl"]);
    assert!(
        of_records.len() == 1
            && of_records[0].contains("2 items share their ids with others, 2 of them \"1\""),
        "{of_records:?}"
    );
    assert_eq!(
        warned(&["cluster", "--format", "none", "good.xml"]),
        [""; 0]
    );
    assert_eq!(
        warned(&["dedup", "--index", "ix3", "good.xml", "good.xml"]),
        [""; 0]
    );
    assert_eq!(
        stderr(&folder.run(&["cluster", "-q", "--format", "none", "shared.xml", "r.jsonl"])),
        ""
    );
}

#[test]
fn own_tracking_parameters_are_stored_in_the_index() {
    let line = |query: &str, title: &str| {
        format!(
            "{{\"title\":\"{title}\",\"url\":\"https://lantern.example/2026/5/2/trams-upper{query}\"}}\n"
        )
    };
    let first = line("?edition=1", "Night trams return to the upper town");
    let second = line("?edition=2", "Upper town gets trams at night");
    let settings = "[links]\ntracking = [\"edition\"]\n";
    let folder = Sandbox::with(&[
        ("1.jsonl", &first),
        ("2.jsonl", &second),
        ("q.toml", settings),
        ("bad.toml", "[links]\ntracking = [\"a=b\"]\n"),
    ]);
    let decide = |args: &[&str]| {
        rows(&folder.run(args))[0]["decision"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (index, settings, expected) in [
        ("own", &["--config", "q.toml"][..], "update"),
        ("plain", &[], "new"),
    ] {
        let with = |file: &'static str| {
            [
                &["dedup", "-q", "--level", "duplicates", "--index", index],
                settings,
                &[file],
            ]
            .concat()
        };
        assert_eq!(
            (decide(&with("1.jsonl")), decide(&with("2.jsonl"))),
            ("new".to_owned(), expected.to_owned())
        );
    }
    // Without a settings file the settings of the index apply.
    assert_eq!(
        decide(&[
            "dedup",
            "-q",
            "--level",
            "duplicates",
            "--index",
            "own",
            "2.jsonl"
        ]),
        "seen"
    );
    let refused = folder.run(&["dedup", "--config", "bad.toml", "--index", "x", "1.jsonl"]);
    assert!(
        refused.status.code() == Some(2) && stderr(&refused).contains("links.tracking is \"a=b\""),
        "{}",
        stderr(&refused)
    );
}
