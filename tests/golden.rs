use std::fs;
use std::path::{Path, PathBuf};

use qissa::input::{FieldNames, Source, read};
use qissa::output::{self, ClusteredItems, Coloring};
use qissa::{Config, Engine};

fn sample(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(path)
}

/// The rows and the text that a sample gives.
fn answers(input: &str) -> (String, String) {
    let path = sample(input);
    let source = Source {
        name: input.to_owned(),
        bytes: fs::read(path).unwrap().into(),
        ..Source::default()
    };
    let articles = read(&source, None, &FieldNames::default())
        .unwrap()
        .articles;
    let report = Engine::new(Config::default().check().unwrap()).group(&articles);
    let batch = ClusteredItems {
        articles: &articles,
        report: &report,
    };
    let (mut rows, mut text) = (Vec::new(), Vec::new());
    output::json_rows(batch, &mut rows).unwrap();
    output::text_stories(batch, Coloring::Plain, &mut text).unwrap();
    (
        String::from_utf8(rows).unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

/// Compares with the golden files; `BLESS=1` writes them anew.
#[track_caller]
fn check(input: &str) {
    let (rows, text) = answers(input);
    for (name, found) in [("rows.golden.jsonl", rows), ("stories.golden.txt", text)] {
        compare(&sample(input).with_file_name(name), &found);
    }
}

/// Compares with one golden file; `BLESS=1` writes it anew.
#[track_caller]
pub fn compare(path: &Path, found: &str) {
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, found).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == expected,
        "{} differs; BLESS=1 writes:\n{found}",
        path.display()
    );
}

#[test]
fn arabic_page() {
    check("page_ar/page.txt");
}

#[test]
fn english_feed() {
    check("feed_en/feed.xml");
}

#[test]
fn mixed_json_lines() {
    check("mixed/items.jsonl");
}
