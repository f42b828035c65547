//! `qissa eval`: how well labels agree with those of readers.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use qissa::evaluate::{self, Evaluation, Gold};

/// Compare group labels with a gold standard
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  printf 'a\\tstorm\\nb\\tstorm\\nc\\tvote\\n' > gold.tsv\n  \
    printf 'a\\t1\\nb\\t1\\nc\\t1\\n' > labels.tsv\n  \
    qissa eval --gold gold.tsv labels.tsv"
)]
pub struct Args {
    /// The labels: "id<TAB>label" a line, as `qissa cluster --labels` writes them
    #[arg(value_name = "LABELS")]
    labels: PathBuf,
    /// The gold standard: "id<TAB>story" a line, or with a header id, story, dup, canon_a, canon_b
    #[arg(long, value_name = "FILE")]
    gold: PathBuf,
    /// The canonical items: "label<TAB>id" a line, judged by the readers' marks
    #[arg(long, value_name = "FILE")]
    canonicals: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let gold = parse(&args.gold, Gold::parse)?;
    let labels = parse(&args.labels, evaluate::parse_pairs)?;
    let canonicals = args
        .canonicals
        .as_deref()
        .map(|path| parse(path, evaluate::parse_pairs))
        .transpose()?;
    let evaluation = Evaluation::of(&gold, &labels, canonicals.as_deref());
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string_pretty(&evaluation)?)?;
    } else {
        write!(out, "{evaluation}")?;
    }
    Ok(())
}

/// Reads a file of lines.
pub fn parse<T>(
    path: &Path,
    parse: fn(&str) -> Result<T, evaluate::LineError>,
) -> anyhow::Result<T> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}
