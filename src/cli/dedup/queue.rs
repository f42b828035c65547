//! Queue of items that wait for a commit.

use std::time::{Duration, Instant};

use qissa::article::Article;

/// Maximum wait for a commit, in seconds, without a limit.
const NO_LIMIT: f64 = 1e6;

/// Time between two checks for a signal while a run waits for input.
const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// The maximum wait for a commit, in seconds; 0 means no limit.
pub fn max_wait(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(0.0) => Ok(NO_LIMIT),
        Ok(seconds) if (0.0..NO_LIMIT).contains(&seconds) => Ok(seconds),
        _ => Err(format!(
            "should be seconds from 0 to below {NO_LIMIT}; 0 commits by count alone"
        )),
    }
}

/// Items, and when the first of them has to be committed.
pub struct Queue {
    items: Vec<Article<'static>>,
    max_wait: Duration,
    due: Option<Instant>,
}

impl Queue {
    /// An empty queue; items wait for at most `max_wait` seconds.
    pub fn new(max_wait: f64) -> Self {
        Queue {
            items: Vec::new(),
            max_wait: Duration::from_secs_f64(max_wait),
            due: None,
        }
    }

    /// The items, by arrival.
    pub fn items(&self) -> &[Article<'static>] {
        &self.items
    }

    /// Adds items.
    pub fn push(&mut self, items: Vec<Article<'static>>) {
        self.items.extend(items);
        if self.due.is_none() {
            self.restart();
        }
    }

    /// Removes the first `count` items, and lets the others wait from now on.
    pub fn remove_first(&mut self, count: usize) {
        if count > 0 {
            self.items.drain(..count);
            self.restart();
        }
    }

    fn restart(&mut self) {
        self.due = (!self.items.is_empty()).then(|| Instant::now() + self.max_wait);
    }

    /// Whether the first item has waited long enough.
    pub fn is_overdue(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }

    /// How long to wait for input.
    pub fn wait(&self) -> Duration {
        let left = self
            .due
            .map(|due| due.saturating_duration_since(Instant::now()));
        left.unwrap_or(self.max_wait).min(SIGNAL_CHECK)
    }
}
