use std::path::PathBuf;

use qissa::config::{Config, Level};
use qissa::external::{Estimate, Input, duplicates};
use qissa::input::{Format, Keys, Source, read};
use qissa::{Article, Engine};

fn engine() -> Engine {
    Engine::new(
        Config {
            level: Level::Duplicates,
            ..Config::default()
        }
        .check()
        .unwrap(),
    )
}

/// Records of which every third repeats one before, every seventh has its id, and some are long.
fn records() -> String {
    let word = |n: usize| format!("w{}", n * 7919 % 49_999);
    let line = |n: usize| {
        let of = if n % 3 == 2 { n - 2 } else { n };
        let title: Vec<String> = (0..9)
            .filter(|&at| n % 3 != 2 || at != 4)
            .map(|at| word(of * 13 + at))
            .collect();
        let text: Vec<String> = (0..if of % 2 == 0 { 60 } else { 0 })
            .map(|at| word(of * 17 + at))
            .collect();
        let id = if n.is_multiple_of(7) {
            n.saturating_sub(7)
        } else {
            n
        };
        format!(
            "{{\"id\":\"i{id}\",\"title\":\"{}\",\"text\":\"{}\"}}\n",
            title.join(" "),
            text.join(" ")
        )
    };
    (0..3000).map(line).collect::<String>() + "no record\n\n"
}

fn put(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("{name}-{}.jsonl", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn input(files: Vec<PathBuf>) -> Input {
    Input {
        files,
        keys: Keys::default(),
        folder: std::env::temp_dir(),
    }
}

/// With its keys on disk a batch has the groups, the ids and the pairs that it has in memory, also
/// where ids recur.
#[test]
fn on_disk_the_groups_are_those_in_memory() {
    let text = records();
    let (front, back) = text.split_at(text.match_indices('\n').nth(1000).unwrap().0 + 1);
    let files = vec![put("front", front), put("back", back)];
    let found = duplicates(&engine(), &input(files.clone()), &()).unwrap();
    let source = Source {
        name: "all".into(),
        bytes: text.into_bytes().into(),
        ..Source::default()
    };
    let reading = read(&source, Some(Format::Jsonl), &Keys::default()).unwrap();
    let whole = engine().partition(&reading.articles, &());
    assert_eq!(found.partition, whole);
    assert!(whole.summary.duplicates.groups > 500 && whole.edges.len() > 500);
    let ids = reading
        .articles
        .iter()
        .map(|article: &Article<'_>| &*article.id);
    assert!(ids.enumerate().all(|(at, id)| found.id(at) == id));
    assert_eq!(
        found.skipped.iter().map(|one| one.line).collect::<Vec<_>>(),
        [2000]
    );
    files
        .iter()
        .for_each(|file| std::fs::remove_file(file).unwrap());
}

#[test]
fn what_cannot_be_read_is_named() {
    let missing = duplicates(&engine(), &input(vec!["nowhere.jsonl".into()]), &()).unwrap_err();
    assert!(missing.to_string().contains("nowhere.jsonl"), "{missing}");
    let nowhere = Input {
        folder: "no/folder".into(),
        ..input(Vec::new())
    };
    assert!(
        duplicates(&engine(), &nowhere, &())
            .unwrap_err()
            .to_string()
            .contains("no/folder")
    );
}

/// Twice as many items take twice as much, beside what any run takes; with keys on disk they take
/// less.
#[test]
fn estimates_grow_with_the_items() {
    let text = records();
    let source = Source {
        bytes: text.clone().into(),
        ..Source::default()
    };
    let sample = read(&source, Some(Format::Jsonl), &Keys::default())
        .unwrap()
        .articles;
    let of = |times: u64| {
        let bytes = text.len() as u64;
        Estimate::of(&sample, bytes, bytes * times, engine().params())
    };
    let [some, more, most] = [1000, 2000, 3000].map(of);
    assert!(some.items.abs_diff(3_000_000) < 10);
    assert!((more.memory - some.memory).abs_diff(most.memory - more.memory) < 10);
    assert!(some.least_memory < some.memory && some.disk > 0);
    // Links between items and one record without end take more, wherever the keys are.
    for more in [some.with(1.0, 0), some.with(0.0, 100 << 20)] {
        assert!(
            more.memory > some.memory + (500 << 20)
                && more.least_memory > some.least_memory + (500 << 20)
        );
    }
}
