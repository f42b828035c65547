use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use proptest::prelude::Strategy;
use qissa::config::Level;
use qissa::input::{FieldNames, Source, read};
use qissa::{Article, Config, Engine};
use serde_json::Value;
use tempfile::TempDir;

/// The samples that examples of help texts and documentation use.
const SAMPLES: [&str; 4] = [
    "page_ar/page.txt",
    "feed_en/feed.xml",
    "feed_en/gold.tsv",
    "mixed/items.jsonl",
];

/// The top folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The path of a sample.
pub fn sample_path(name: &str) -> PathBuf {
    root().join("samples").join(name)
}

pub fn sample(name: &str) -> Source {
    Source::new(name, fs::read(sample_path(name)).unwrap())
}

/// The default settings at a level.
pub fn config(level: Level) -> Config {
    Config {
        level,
        ..Config::default()
    }
}

/// An engine with the default settings at a level.
pub fn engine(level: Level) -> Engine {
    Engine::new(config(level).check().unwrap())
}

/// The articles of an input in a detected format.
pub fn articles(source: &Source) -> Vec<Article<'_>> {
    read(source, None, &FieldNames::default()).unwrap().articles
}

/// The articles of a text, which they own.
pub fn owned_articles(name: &str, text: &str) -> Vec<Article<'static>> {
    let source = Source::new(name, text.to_owned());
    let articles = articles(&source).into_iter();
    articles.map(Article::into_owned).collect()
}

/// Titles of a small vocabulary, so many are similar.
pub fn titles(count: Range<usize>) -> impl Strategy<Value = Vec<String>> {
    let words = proptest::sample::select(vec![
        "port",
        "storm",
        "minister",
        "rail",
        "opens",
        "coast",
        "toll",
        "10",
        "12",
        "النقل",
        "موسكو",
    ]);
    proptest::collection::vec(
        proptest::collection::vec(words, 1..9).prop_map(|words| words.join(" ")),
        count,
    )
}

/// Headlines with the ids `id0`, `id1`, and so on.
pub fn headlines(titles: &[String]) -> Vec<Article<'_>> {
    titles
        .iter()
        .enumerate()
        .map(|(at, title)| Article::headline(format!("id{at}"), title.as_str()))
        .collect()
}

/// The ids with equal labels.
pub fn partition<L: Ord>(
    labelled: impl Iterator<Item = (String, L)>,
) -> BTreeSet<BTreeSet<String>> {
    let mut groups: BTreeMap<L, BTreeSet<String>> = BTreeMap::new();
    labelled.for_each(|(id, label)| _ = groups.entry(label).or_default().insert(id));
    groups.into_values().collect()
}

/// A temporary folder in which the program runs; removed when dropped.
pub struct Sandbox(TempDir);

impl Sandbox {
    /// An empty folder.
    pub fn empty() -> Self {
        Sandbox(tempfile::tempdir().unwrap())
    }

    /// A folder with files of these names and texts.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::empty();
        for (name, text) in files {
            sandbox.write(name, text);
        }
        sandbox
    }

    /// A folder with `samples/` in it.
    pub fn with_samples() -> Self {
        let sandbox = Sandbox::empty();
        for sample in SAMPLES {
            let copy = sandbox.path().join("samples").join(sample);
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::copy(root().join("samples").join(sample), copy).unwrap();
        }
        sandbox
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The program with `args`, in the folder, without input.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qissa"));
        command
            .args(args)
            .current_dir(self.path())
            .stdin(Stdio::null())
            .env_remove("NO_COLOR");
        command
    }

    /// Runs the program with `args`.
    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a Bash script in the folder, with `qissa` on the path.
    pub fn run_script(&self, script: &str) -> Output {
        let binary: PathBuf = env!("CARGO_BIN_EXE_qissa").into();
        let path = format!(
            "{}:{}",
            binary.parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        Command::new("bash")
            .args(["-e", "-c", script])
            .current_dir(self.path())
            .env("PATH", path)
            .env("HOME", self.path())
            .output()
            .unwrap()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The names of the files and folders at the top, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// The text on standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The text on standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The rows that a run printed. The run succeeded.
#[track_caller]
pub fn rows(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Sends a signal to a process.
#[cfg(unix)]
pub fn kill(signal: &str, id: u32) {
    Command::new("kill")
        .args([&format!("-{signal}"), &id.to_string()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
}
