use std::fs;
use std::path::Path;

use qissa::config::Level;
use qissa::output::{self, ClusteredItems, Coloring};

use crate::common::{articles, engine, sample, sample_path};

/// The rows and the text that a sample gives.
fn answers(input: &str) -> (String, String) {
    let source = sample(input);
    let articles = articles(&source);
    let report = engine(Level::Stories).group(&articles);
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
        compare_beside(input, name, &found);
    }
}

/// Compares with a golden file beside a sample.
#[track_caller]
pub fn compare_beside(sample: &str, golden: &str, found: &str) {
    compare(&sample_path(sample).with_file_name(golden), found);
}

/// Compares with a golden file; `BLESS=1` writes it anew.
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
