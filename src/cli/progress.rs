//! How far a run is, for a person at a terminal: one line on standard error with the stage, its
//! share done and the time it will take. There is none where standard error is no terminal, or with
//! `--quiet`.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use qissa::pipeline::{Progress, Stage};

/// The terminal's one line; messages go above it.
static LINE: OnceLock<ProgressBar> = OnceLock::new();

/// Shows the stages of a run, till it is dropped.
pub struct Terminal(Option<&'static ProgressBar>);

impl Terminal {
    /// The terminal, if there is one to show anything on.
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet
            && std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|it| it != "dumb");
        Terminal(shown.then(|| LINE.get_or_init(ProgressBar::no_length)))
    }

    /// Begins to read inputs. A person who types them in is told how to end, and sees nothing else.
    pub fn begin_reading(&self, inputs: &[PathBuf]) {
        if !inputs.iter().any(|name| name.as_os_str() == "-") || !std::io::stdin().is_terminal() {
            self.begin(Stage::Read, 0);
        } else if self.0.is_some() {
            super::tell(
                false,
                "reading items from standard reading; Ctrl-D ends them",
            );
        }
    }

    /// Takes the line away.
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

/// Says something with the line out of its way.
pub fn above_the_line(say: impl FnOnce()) {
    match LINE.get() {
        Some(line) if !line.is_finished() => line.suspend(say),
        _ => say(),
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
        line.set_message(word(stage));
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

fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Read => "reading",
        Stage::Shingle => "cutting into shingles",
        Stage::Sign => "signing",
        Stage::Verify => "verifying copies",
        Stage::Weigh => "weighing words",
        Stage::Compare => "comparing stories",
        Stage::Merge => "merging stories",
        Stage::Choose => "choosing canonicals",
        Stage::Search => "searching",
        Stage::Write => "writing",
    }
}
