//! `qissa eval`: compares groups with a gold standard.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use qissa::evaluate::{self, Evaluation, Gold};

/// Measure how well groups agree with a gold standard
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  printf 'a\\tstorm\\nb\\tstorm\\nc\\tvote\\n' > gold.tsv\n  \
    printf 'a\\t1\\nb\\t1\\nc\\t1\\n' > labels.tsv\n  \
    qissa eval --gold gold.tsv labels.tsv"
)]
pub struct Args {
    /// Groups to measure: lines "id<TAB>group", as `qissa cluster --labels` writes them
    #[arg(value_name = "LABELS")]
    labels: PathBuf,
    /// Gold standard: lines "id<TAB>story", or a table with the header id, story, dup, canon_a,
    /// canon_b
    #[arg(long, value_name = "FILE")]
    gold: PathBuf,
    /// Canonical items to measure by the columns canon_a and canon_b: lines "group<TAB>id", as
    /// `qissa cluster --canonicals` writes them
    #[arg(long, value_name = "FILE")]
    canonicals: Option<PathBuf>,
    /// Print the measures as JSON
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

/// Parses a file; errors name the file and the line.
pub fn parse<T>(
    path: &Path,
    parse: fn(&str) -> Result<T, evaluate::LineError>,
) -> anyhow::Result<T> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| path.display().to_string())
}
