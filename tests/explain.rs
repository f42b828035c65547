use proptest::prelude::*;

use qissa::cluster::{Constraints, Rule};
use qissa::clustering::{Explanation, Fate, Meeting, Ruling};
use qissa::config::{Config, Level};
use qissa::output::{self, Coloring};
use qissa::{Article, Engine, Timestamp};

use crate::common::{articles, engine, headlines, sample, titles};
use crate::golden::compare_beside;

fn explain(articles: &[Article<'_>], pair: [usize; 2]) -> Explanation {
    engine(Level::Stories).explain(articles, pair, &()).unwrap()
}

/// Compares explanations of a sample's pairs, given by words of their headlines, with a golden
/// file.
#[track_caller]
fn check(name: &str, pairs: &[[&str; 2]]) {
    let source = sample(name);
    let articles = articles(&source);
    let place = |words: &str| {
        articles
            .iter()
            .position(|article| article.title.contains(words))
            .unwrap()
    };
    let mut found = Vec::new();
    for pair in pairs {
        let explanation = explain(&articles, pair.map(place));
        output::explanation(&explanation, Coloring::Plain, &mut found).unwrap();
        found.extend(b"\n----\n\n");
    }
    let found = String::from_utf8(found).unwrap();
    compare_beside(name, "explain.golden.txt", &found);
}

#[test]
fn arabic_page() {
    check(
        "page_ar/page.txt",
        &[
            ["الشرع يصل", "بوتين يستقبل"],
            ["الشرع في موسكو..", "القاهرة"],
            ["جلسة مغلقة", "اليونيفيل"],
            ["كوري", "القاهرة"],
        ],
    );
}

#[test]
fn mixed_json_lines() {
    check(
        "mixed/items.jsonl",
        &[
            ["وزيرُ النقل", "وزير النقل"],
            ["high-speed", "Morning digest"],
            ["Breaking", "high-speed"],
        ],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn explanation_agrees_with_the_clustering_and_sums_up(titles in titles(2..14)) {
        let articles = headlines(&titles);
        for level in [Level::Stories, Level::Duplicates] {
            let engine = engine(level);
            let report = engine.group(&articles);
            for (a, b) in [(0, 1), (titles.len() - 1, 0), (titles.len() / 2, titles.len() - 1)] {
                let (x, y) = (&report.placements[a], &report.placements[b]);
                let found = engine.explain(&articles, [a, b], &()).unwrap();
                prop_assert_eq!(found.same_duplicates, x.near_dup == y.near_dup);
                prop_assert_eq!(found.same_story, (level == Level::Stories).then_some(x.cluster == y.cluster));
                let Some(story) = found.story.filter(|_| a != b) else { continue };
                let words: f64 = story.shared.iter().map(|term| term.adds).sum();
                let letters: f64 = story.parts.iter().filter(|part| part.field.name() == "letters").map(|part| part.adds).sum();
                prop_assert!((words + letters - story.similarity).abs() < 1e-6, "{} {} {}", words, letters, story.similarity);
                let joined = matches!(story.meeting, Meeting::Merged { .. } | Meeting::Copies | Meeting::Bound);
                prop_assert_eq!(joined, x.cluster == y.cluster);
                if let Meeting::Merged { strength, threshold, .. } = story.meeting {
                    prop_assert!(strength >= threshold);
                }
                if let Meeting::Apart { strength, threshold, .. } = story.meeting {
                    prop_assert!(strength < threshold);
                }
            }
        }
    }
}

const BRIDGE: [&str; 3] = [
    "Minister opens the new bridge over the river",
    "Minister opens new bridge over the river",
    "Rain expected on the coast this weekend",
];

fn bridges() -> Vec<Article<'static>> {
    ["a", "b", "c"]
        .iter()
        .zip(BRIDGE)
        .map(|(id, title)| Article::headline(*id, title))
        .collect()
}

#[test]
fn explanation_names_the_constraint() {
    let with = |rules: &[(Rule, &str, &str)], pair| {
        let constraints = Constraints::new(rules.iter().copied()).unwrap();
        engine(Level::Stories)
            .with_constraints(constraints)
            .explain(&bridges(), pair, &())
            .unwrap()
    };
    let joined = with(&[(Rule::MustLink, "a", "c")], [0, 2]);
    assert_eq!(
        (joined.constraint, joined.same_story),
        (Some(Ruling::MustLink), Some(true))
    );
    let parted = with(&[(Rule::CannotLink, "a", "b")], [0, 1]);
    assert_eq!(
        (parted.constraint, parted.same_story),
        (Some(Ruling::CannotLink), Some(false))
    );
    assert_eq!(explain(&bridges(), [0, 1]).constraint, None);
}

#[test]
fn unknown_position_is_an_error() {
    let engine = engine(Level::Stories);
    for pair in [[0, 3], [7, 1]] {
        let told = engine
            .explain(&bridges(), pair, &())
            .unwrap_err()
            .to_string();
        let unknown = pair.into_iter().find(|&at| at > 2).unwrap();
        assert!(
            told.contains(&format!("position {unknown}")) && told.contains("3 items"),
            "{told}"
        );
    }
    assert!(engine.neighbours(&bridges(), 3, 5, &()).is_err());
    assert!(engine.neighbours(&bridges(), 2, 5, &()).is_ok());
}

#[test]
fn differences_are_word_by_word() {
    let found = explain(&bridges(), [0, 1]);
    let changes: Vec<(Fate, &str)> = found.copies.differences[0]
        .changes
        .iter()
        .map(|change| (change.what, change.text.as_str()))
        .collect();
    let expected = [
        (Fate::Same, "Minister opens"),
        (Fate::Removed, "the"),
        (Fate::Same, "new bridge over the river"),
    ];
    assert_eq!(changes, expected);
}

/// Two closes of an index, and a second report of the first.
fn closes(words: [&'static str; 3]) -> Vec<Article<'static>> {
    let days = [
        Some(Timestamp(0)),
        Some(Timestamp(3_600)),
        Some(Timestamp(86_400)),
    ];
    let close = |((id, text), published): ((&'static str, &'static str), Option<Timestamp>)| {
        let (title, text) = text.split_once('|').unwrap();
        Article {
            text: text.into(),
            published,
            ..Article::headline(id, title)
        }
    };
    ["a", "b", "c"]
        .into_iter()
        .zip(words)
        .zip(days)
        .map(close)
        .collect()
}

#[test]
fn conflicting_numbers_separate_closing_prices() {
    let english = closes([
        "Harbour index closes lower|The harbour index closed lower at 8,801 points on a turnover of 4,250 million.",
        "Harbour index ends the day lower|The index of the harbour exchange ended at 8,801 points, a loss of 3.20 percent.",
        "Harbour index closes higher|The harbour index closed higher at 8,934 points on a turnover of 3,977 million.",
    ]);
    let arabic = closes([
        "مؤشر الميناء يغلق على تراجع|أغلق مؤشر الميناء اليوم متراجعا عند ٨٬٨٠١ نقطة بتداولات بلغت 4250 مليونا",
        "مؤشر الميناء ينهي يومه على تراجع|أنهى مؤشر سوق الميناء تعاملاته عند 8801 نقطة وخسر 3.20 في المئة",
        "مؤشر الميناء يغلق على ارتفاع|أغلق مؤشر الميناء اليوم مرتفعا عند ٨٬٩٣٤ نقطة بتداولات بلغت 3977 مليونا",
    ]);
    for (batch, figures) in [
        (english, [["4,250", "8,801"], ["3,977", "8,934"]]),
        (arabic, [["4250", "٨٬٨٠١"], ["3977", "٨٬٩٣٤"]]),
    ] {
        let of = |batch: &[Article<'_>], pair| explain(batch, pair).story.unwrap();
        assert_eq!(of(&batch, [0, 1]).other_figures, None);
        let apart = of(&batch, [0, 2]);
        assert_eq!(
            apart.other_figures,
            Some(figures.map(|of| of.map(str::to_owned).to_vec()))
        );
        let words: f64 = apart.shared.iter().map(|term| term.adds).sum();
        let letters = apart
            .parts
            .iter()
            .find(|part| part.field.name() == "letters")
            .unwrap()
            .adds;
        assert!((words + letters - apart.similarity).abs() < 1e-6);
        let undated: Vec<Article<'_>> = batch
            .iter()
            .map(|article| Article {
                published: None,
                ..article.clone()
            })
            .collect();
        assert!((apart.similarity / of(&undated, [0, 2]).similarity - 0.6).abs() < 0.01);
    }
}

#[test]
fn neighbourhood_is_sorted_by_similarity() {
    let found = engine(Level::Stories)
        .neighbours(&bridges(), 0, 5, &())
        .unwrap();
    assert_eq!(
        found
            .nearest
            .iter()
            .map(|near| near.item.id.as_str())
            .collect::<Vec<_>>(),
        ["b"]
    );
    assert_eq!(
        (
            found.near_dup_size,
            found.cluster_size,
            found.nearest[0].together
        ),
        (2, 2, true)
    );
}

/// Three headlines of one event, an older one that shares words with them, and strangers.
fn ferries(days_before: i64) -> Vec<Article<'static>> {
    let titles = [
        "Northport orders a new ferry for the winter",
        "Ferry runs aground off Northport, 40 passengers rescued",
        "Forty passengers rescued after ferry runs aground near Northport",
        "Northport ferry aground: passengers taken off by lifeboats",
        "Parliament debates the new pension bill",
        "Heat wave expected over the southern plains",
    ];
    let dated = |(at, title): (usize, &&'static str)| Article {
        published: Some(Timestamp(
            86_400 * (20_000 - if at == 0 { days_before } else { 0 }),
        )),
        ..Article::headline(at.to_string(), *title)
    };
    titles.iter().enumerate().map(dated).collect()
}

#[test]
fn recency_decay_separates_old_items_and_is_explained() {
    let together = |days: i64, fade: f64| {
        let mut config = Config::default();
        config.stories.decay_days = fade;
        let report = Engine::new(config.check().unwrap()).group(&ferries(days));
        report.placements[0].cluster == report.placements[3].cluster
    };
    assert!(together(1, 8.0) && together(11, 0.0) && !together(11, 8.0));
    let [near, far] = [1, 11].map(|days| explain(&ferries(days), [0, 3]).story.unwrap());
    assert_eq!(near.freshness, 1.0);
    assert!((far.freshness - (-10.0f64 / 8.0).exp()).abs() < 1e-12);
    assert!(far.similarity < 0.4 * near.similarity);
    let words: f64 = far.shared.iter().map(|term| term.adds).sum();
    let letters: f64 = far
        .parts
        .iter()
        .filter(|part| part.field.name() == "letters")
        .map(|part| part.adds)
        .sum();
    assert!((words + letters - far.similarity).abs() < 1e-6);
}
