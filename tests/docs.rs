use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::root;

/// All Markdown files in `folder` and below, sorted.
fn markdown_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(markdown_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The documents at the top and all pages of the book.
fn documents() -> Vec<PathBuf> {
    let top = [
        "README.md",
        "DESIGN.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "RELEASE.md",
        "python/README.md",
    ];
    let mut files: Vec<PathBuf> = top.iter().map(|name| root().join(name)).collect();
    files.extend(markdown_files(&root().join("docs")));
    files
}

/// The targets of the Markdown links in `text`, outside code.
fn links(text: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for (at, _) in line.match_indices("](") {
            let rest = &line[at + 2..];
            targets.extend(rest.find(')').map(|end| &rest[..end]));
        }
    }
    targets
}

#[test]
fn links_between_documents_resolve() {
    for file in documents() {
        let text = fs::read_to_string(&file).unwrap();
        for link in links(&text) {
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let path = file.parent().unwrap().join(target);
            assert!(path.exists(), "{} links to {link}", file.display());
        }
    }
}

/// Files and folders of the code that `text` names in backticks, such as `src/text/` or
/// `tests/laws.rs`.
fn named_paths(text: &str) -> BTreeSet<&str> {
    let folders = ["src/", "tests/", "benches/", "samples/", "fuzz/", "python/"];
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| folders.iter().any(|folder| name.starts_with(folder)))
        .filter(|name| !name.contains([' ', '*', '{', '\n']))
        .collect()
}

#[test]
fn named_source_files_exist() {
    for file in documents() {
        let text = fs::read_to_string(&file).unwrap().replace("```", "");
        for name in named_paths(&text) {
            let path = root().join(name);
            assert!(path.exists(), "{} names {name}", file.display());
        }
    }
}

/// The names in backticks in a cell of a Markdown table.
fn code(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The text of a source file, or of all source files in a folder and below.
fn source_text(path: &Path) -> String {
    if path.is_file() {
        return fs::read_to_string(path).unwrap();
    }
    let entries = fs::read_dir(path).unwrap();
    entries
        .map(|entry| source_text(&entry.unwrap().path()))
        .collect()
}

/// Whether `source` defines a function or type with this name.
fn defines(source: &str, name: &str) -> bool {
    ["fn", "struct", "enum", "trait"].iter().any(|kind| {
        let definition = format!("{kind} {name}");
        source.match_indices(&definition).any(|(at, _)| {
            let next = source[at + definition.len()..].chars().next();
            !next.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
    })
}

#[test]
fn the_walkthrough_names_code_that_exists() {
    let walkthrough = fs::read_to_string(root().join("docs/walkthrough.md")).unwrap();
    let mut names = 0;
    for row in walkthrough.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').collect();
        let [_, _, files, functions, _] = cells[..] else {
            panic!("not three cells: {row}");
        };
        let source: String = code(files)
            .into_iter()
            .map(|file| source_text(&root().join(file)))
            .collect();
        for path in code(functions) {
            let name = path.rsplit("::").next().unwrap();
            assert!(defines(&source, name), "`{path}` is not in {files}");
            names += 1;
        }
    }
    assert!(names > 20, "{names}");
}

#[test]
fn the_summary_lists_every_page() {
    let book = root().join("docs");
    let summary = fs::read_to_string(book.join("SUMMARY.md")).unwrap();
    let listed: BTreeSet<PathBuf> = links(&summary)
        .into_iter()
        .map(|link| book.join(link))
        .collect();
    for page in markdown_files(&book) {
        if !page.ends_with("SUMMARY.md") {
            assert!(
                listed.contains(&page),
                "not in SUMMARY.md: {}",
                page.display()
            );
        }
    }
}

/// The records of benchmarks and quality have one form, so a program can plot them.
#[test]
fn records_have_six_columns() {
    for folder in ["benchmarks", "quality"] {
        for entry in fs::read_dir(root().join("docs").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let mut table = csv::Reader::from_path(&path).unwrap();
            let head = table.headers().unwrap().clone();
            let columns = ["date", "machine", "command", "measure", "value", "unit"];
            assert!(head.iter().eq(columns), "{}: {head:?}", path.display());
            for row in table.records() {
                let row = row.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                assert!(row[4].parse::<f64>().is_ok(), "{}: {row:?}", path.display());
            }
        }
    }
}

#[cfg(unix)]
mod examples {
    use super::*;
    use crate::common::{Sandbox, stderr, stdout};

    /// A shell block of a document, and the output that the document shows for it.
    struct Example {
        script: String,
        /// The lines of the `text` block directly behind the shell block, as positions.
        output: Option<std::ops::Range<usize>>,
    }

    /// The position of the line that ends the code block which begins before `start`.
    fn end_of_block(lines: &[&str], start: usize) -> usize {
        let length = lines[start..].iter().position(|line| *line == "```");
        start + length.expect("an open code block")
    }

    fn examples(lines: &[&str]) -> Vec<Example> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < lines.len() {
            if lines[at] != "```sh" {
                at += 1;
                continue;
            }
            let end = end_of_block(lines, at + 1);
            let output = (lines.get(end + 2) == Some(&"```text"))
                .then(|| end + 3..end_of_block(lines, end + 3));
            found.push(Example {
                script: lines[at + 1..end].join("\n"),
                output,
            });
            at = end + 1;
        }
        found
    }

    /// What `script` prints, without the invisible marks of direction. The program of the tests
    /// stands in for `cargo run`.
    fn run(script: &str, sandbox: &Sandbox, document: &Path) -> String {
        let ran = sandbox.run_script(&script.replace("cargo run --release -- ", "qissa "));
        assert!(
            ran.status.success(),
            "{}:\n{script}\n{}",
            document.display(),
            stderr(&ran)
        );
        stdout(&ran).replace(['\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}'], "")
    }

    /// Runs every `sh` block of a document in one folder, in order. A `text` block directly behind
    /// an `sh` block is its output; `BLESS=1` writes it anew.
    fn check(document: &Path) {
        let text = fs::read_to_string(document).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let sandbox = Sandbox::with_samples();
        let mut blessed: Vec<String> = Vec::new();
        let mut copied = 0;
        for example in examples(&lines) {
            let printed = run(&example.script, &sandbox, document);
            let Some(output) = example.output else {
                continue;
            };
            let printed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
            if std::env::var_os("BLESS").is_none() {
                assert_eq!(
                    lines[output].join("\n"),
                    printed.join("\n"),
                    "{}: BLESS=1 writes the output of:\n{}",
                    document.display(),
                    example.script
                );
                continue;
            }
            blessed.extend(lines[copied..output.start].iter().map(|it| it.to_string()));
            blessed.extend(printed.iter().map(|it| it.to_string()));
            copied = output.end;
        }
        if copied != 0 {
            blessed.extend(lines[copied..].iter().map(|it| it.to_string()));
            fs::write(document, blessed.join("\n") + "\n").unwrap();
        }
    }

    #[test]
    fn shell_examples_of_the_readme_run() {
        check(&root().join("README.md"));
    }

    #[test]
    fn shell_examples_of_the_guide_run() {
        for page in markdown_files(&root().join("docs")) {
            check(&page);
        }
    }

    #[test]
    fn the_settings_page_is_what_the_program_prints() {
        let sandbox = Sandbox::empty();
        let printed = run("qissa config --default", &sandbox, Path::new("settings.md"));
        crate::golden::compare(&root().join("docs/reference/settings.toml"), &printed);
    }
}
