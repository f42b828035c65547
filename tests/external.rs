//! Disk driver: a batch on disk gives the result of the same batch in memory.

use std::path::PathBuf;

use qissa::Article;
use qissa::config::Level;
use qissa::external::{FileBatch, ResourceEstimate, duplicates};
use qissa::input::{FieldNames, Format, Source, read};

use crate::common::engine;

/// Records: every third is a near-duplicate of an earlier record, every seventh has the id of an
/// earlier record, and some have full texts.
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

fn input(files: Vec<PathBuf>) -> FileBatch {
    FileBatch {
        files,
        field_names: FieldNames::default(),
        folder: std::env::temp_dir(),
    }
}

/// A batch with keys on disk has the groups, ids and pairs of the same batch in memory, repeated
/// ids included.
#[test]
fn groups_on_disk_equal_groups_in_memory() {
    let text = records();
    let (front, back) = text.split_at(text.match_indices('\n').nth(1000).unwrap().0 + 1);
    let files = vec![put("front", front), put("back", back)];
    let found = duplicates(&engine(Level::Duplicates), &input(files.clone()), &()).unwrap();
    let source = Source::new("all", text);
    let reading = read(&source, Some(Format::Jsonl), &FieldNames::default()).unwrap();
    let whole = engine(Level::Duplicates).partition(&reading.articles, &());
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
fn errors_name_the_file_or_folder() {
    let missing = duplicates(
        &engine(Level::Duplicates),
        &input(vec!["nowhere.jsonl".into()]),
        &(),
    )
    .unwrap_err();
    assert!(missing.to_string().contains("nowhere.jsonl"), "{missing}");
    let nowhere = FileBatch {
        folder: "no/folder".into(),
        ..input(Vec::new())
    };
    assert!(
        duplicates(&engine(Level::Duplicates), &nowhere, &())
            .unwrap_err()
            .to_string()
            .contains("no/folder")
    );
}

/// Estimates are linear in the number of items, and lower with keys on disk.
#[test]
fn estimates_are_linear_in_the_number_of_items() {
    let text = records();
    let source = Source::new("all", text.clone());
    let sample = read(&source, Some(Format::Jsonl), &FieldNames::default())
        .unwrap()
        .articles;
    let of = |times: u64| {
        let bytes = text.len() as u64;
        ResourceEstimate::of(
            &sample,
            bytes,
            bytes * times,
            engine(Level::Duplicates).params(),
        )
    };
    let [first, second, third] = [1000, 2000, 3000].map(of);
    assert!(first.items.abs_diff(3_000_000) < 10);
    let steps = [second.memory - first.memory, third.memory - second.memory];
    assert!(steps[0].abs_diff(steps[1]) < 10);
    assert!(first.least_memory < first.memory && first.disk > 0);
    // Edges and long records cost memory, wherever the keys are.
    for more in [first.with(1.0, 0), first.with(0.0, 100 << 20)] {
        assert!(
            more.memory > first.memory + (500 << 20)
                && more.least_memory > first.least_memory + (500 << 20)
        );
    }
}
