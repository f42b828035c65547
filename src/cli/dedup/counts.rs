//! Counts of a run of `qissa dedup`. The names of the fields are those of `--stats`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::cli::reading::counted;
use qissa::article::Article;
use qissa::index::{Decision, Outcome};
use qissa::ingest::Commit;

/// What a run counts.
#[derive(Debug, Default, Serialize)]
pub struct RunCounts {
    items: u64,
    decisions: BTreeMap<&'static str, u64>,
    sources: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// Records that could not be read, by cause.
    pub skipped: BTreeMap<String, u64>,
    /// Files that could not be read.
    pub passed_over: u64,
    /// Items dated after tomorrow.
    pub undated: usize,
    expired: u64,
    events: u64,
    seconds: f64,
    items_per_second: f64,
    commits: u64,
    commit_milliseconds_mean: f64,
    commit_milliseconds_most: f64,
    /// Items of the index at the end.
    pub index_items: u64,
    /// Bytes of the index at the end.
    pub index_bytes: u64,
}

impl RunCounts {
    /// Counts a commit of items.
    pub fn add(&mut self, items: &[Article<'_>], commit: &Commit) {
        self.items += items.len() as u64;
        self.expired += commit.expired as u64;
        self.events += commit.events.len() as u64;
        for (article, outcome) in items.iter().zip(&commit.outcomes) {
            self.add_item(article, outcome);
        }
        if let Some(time) = commit.write_time {
            self.add_write(time);
        }
    }

    fn add_item(&mut self, article: &Article<'_>, outcome: &Outcome) {
        let decision = outcome.decision.name();
        *self.decisions.entry(decision).or_default() += 1;
        let source = article.source.as_deref().unwrap_or("");
        if !self.sources.contains_key(source) {
            self.sources.insert(source.to_owned(), BTreeMap::new());
        }
        if let Some(decisions) = self.sources.get_mut(source) {
            *decisions.entry(decision).or_default() += 1;
        }
    }

    fn add_write(&mut self, time: Duration) {
        let milliseconds = time.as_secs_f64() * 1e3;
        let sum = self.commit_milliseconds_mean * self.commits as f64;
        self.commits += 1;
        self.commit_milliseconds_mean = (sum + milliseconds) / self.commits as f64;
        self.commit_milliseconds_most = self.commit_milliseconds_most.max(milliseconds);
    }

    /// Sets the time of the run.
    pub fn time(&mut self, time: Duration) {
        self.seconds = time.as_secs_f64();
        self.items_per_second = self.items as f64 / self.seconds.max(1e-9);
    }

    /// The number of rejected records.
    pub fn rejected_records(&self) -> usize {
        self.skipped.values().sum::<u64>() as usize
    }

    /// One line for the person at the terminal.
    pub fn summary(&self) -> String {
        let decisions = Decision::ALL.iter().filter_map(|decision| {
            let count = self.decisions.get(decision.name())?;
            Some(format!("{count} {}", decision.name()))
        });
        let decisions = decisions.collect::<Vec<_>>().join(", ");
        let mut summary = format!("{} items: {decisions}", self.items);
        for (count, noun, verb) in [
            (self.rejected_records(), "record", "skipped"),
            (self.passed_over as usize, "file", "skipped"),
            (self.expired as usize, "item", "expired"),
        ] {
            if count > 0 {
                summary += &format!("; {}", counted(count, noun, verb));
            }
        }
        summary
            + &format!(
                "; {:.0} items a second, {} commits of {:.1} ms; the index has {} items in {:.1} MB",
                self.items_per_second,
                self.commits,
                self.commit_milliseconds_mean,
                self.index_items,
                self.index_bytes as f64 / 1e6
            )
    }
}
