//! Progress of a run: one line on standard error with the stage, the share done and the time left.
//!
//! There is no line if standard error is no terminal, and none with `--quiet`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use qissa::pipeline::{Progress, Stage};

/// The progress line; messages are printed above it.
static LINE: OnceLock<ProgressBar> = OnceLock::new();

/// Shows the stages of a run until it is dropped.
pub struct Terminal(Option<&'static ProgressBar>);

impl Terminal {
    /// A progress line on standard error, if that is a terminal.
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet
            && std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Terminal(shown.then(|| LINE.get_or_init(ProgressBar::no_length)))
    }

    /// Begins to read inputs. For typed input, prints how to end the input instead of a progress
    /// line.
    pub fn begin_reading(&self, inputs: &[PathBuf]) {
        if !inputs.iter().any(|name| name.as_os_str() == "-") || !std::io::stdin().is_terminal() {
            self.begin(Stage::Read, 0);
        } else if self.0.is_some() {
            super::note(false, "reading items from standard input; Ctrl-D ends it");
        }
    }

    /// Removes the line.
    pub fn clear(&self) {
        if let Some(line) = self.0 {
            line.finish_and_clear();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Runs `print` while the line is hidden.
pub fn suspended(print: impl FnOnce()) {
    match LINE.get() {
        Some(line) if !line.is_finished() => line.suspend(print),
        _ => print(),
    }
}

impl Progress for Terminal {
    fn round(&self, at: usize, of: usize) {
        if let Some(line) = self.0 {
            line.set_prefix(format!("{at} of {of}: "));
        }
    }

    fn begin(&self, stage: Stage, steps: usize) {
        let Some(line) = self.0 else { return };
        let template = match steps {
            0 => "{spinner} {prefix}{msg}, {elapsed}",
            _ => "{spinner} {prefix}{msg} {bar:30} {percent:>3} %, {eta} left",
        };
        line.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        line.set_message(stage_name(stage));
        line.set_length(steps as u64);
        line.reset();
        line.enable_steady_tick(Duration::from_millis(100));
    }

    fn advance(&self, steps: usize) {
        if let Some(line) = self.0 {
            line.inc(steps as u64);
        }
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "reading",
        Stage::Shingle => "shingling",
        Stage::Sign => "computing signatures",
        Stage::Verify => "verifying duplicates",
        Stage::Weigh => "weighing words",
        Stage::Compare => "comparing stories",
        Stage::Merge => "merging stories",
        Stage::Choose => "choosing canonical items",
        Stage::Search => "searching",
        Stage::Write => "writing",
    }
}
