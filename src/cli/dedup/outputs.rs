//! Outputs of `qissa dedup`: rows of items, and events.

use std::io::{BufWriter, StdoutLock, Write};

use super::super::sanitized_writer::SanitizedWriter;
use super::super::stdout;
use super::super::writing::{Sink, append_to};
use super::Args;
use qissa::article::Article;
use qissa::index::{Decision, Event, GroupKind};
use qissa::ingest::Commit;
use qissa::output;

/// Where rows and events go.
pub struct Outputs {
    rows: SanitizedWriter<BufWriter<StdoutLock<'static>>>,
    hidden: Vec<Decision>,
    dupes: Option<Sink>,
    events: Option<Sink>,
}

impl Outputs {
    /// Opens the outputs that the arguments ask for.
    pub fn of(args: &Args) -> anyhow::Result<Self> {
        let mut hidden: Vec<Decision> = args.drop.iter().map(|drop| drop.decision()).collect();
        if hidden.is_empty() && args.dupes_output.is_some() {
            hidden = vec![Decision::Seen, Decision::Duplicate];
        }
        Ok(Outputs {
            rows: stdout(),
            hidden,
            dupes: args.dupes_output.as_deref().map(append_to).transpose()?,
            events: args.events.as_deref().map(append_to).transpose()?,
        })
    }

    /// Whether standard output has no items of a decision.
    pub fn hides(&self, decision: Decision) -> bool {
        self.hidden.contains(&decision)
    }

    /// Whether events are written.
    pub fn has_events(&self) -> bool {
        self.events.is_some()
    }

    /// Writes the rows and the events of a commit.
    pub fn write(
        &mut self,
        items: &[Article<'static>],
        commit: &Commit,
        kind: GroupKind,
    ) -> anyhow::Result<()> {
        for (article, outcome) in items.iter().zip(&commit.outcomes) {
            if !self.hides(outcome.decision) || outcome.takes_over() {
                output::decision_row(article, outcome, kind, &mut self.rows)?;
            } else if let Some(dupes) = &mut self.dupes {
                output::decision_row(article, outcome, kind, dupes)?;
            }
        }
        self.rows.flush()?;
        if let Some(dupes) = &mut self.dupes {
            dupes.flush()?;
        }
        self.write_events(&commit.events)
    }

    /// Writes events.
    pub fn write_events(&mut self, events: &[Event]) -> anyhow::Result<()> {
        if let Some(out) = &mut self.events {
            for event in events {
                output::event_row(event, out)?;
            }
            out.flush()?;
        }
        Ok(())
    }
}
