//! `qissa explain`: explains why two items are in one group or not.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use anyhow::bail;
use clap::ColorChoice;

use super::batch::{BatchArgs, find_item};
use super::cluster::stdout_coloring;
use super::progress::Terminal;
use qissa::output;

/// Explain why two items are, or are not, in one group
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "qissa explain [OPTIONS] <ID> <ID> [INPUT]...\n       \
        qissa explain [OPTIONS] --near <ID> [INPUT]...",
    after_help = "Example:\n  qissa explain w4 w5 samples/feed_en/feed.xml\n  \
    qissa explain m5 m7 --level duplicates samples/mixed/items.jsonl\n  \
    qissa explain --near w4 samples/feed_en/feed.xml"
)]
pub struct Args {
    /// Ids of two items, then files or folders to read; "-", or no input, is standard input
    #[arg(value_name = "ID ID [INPUT]")]
    words: Vec<OsString>,
    /// Show the items most similar to the item with this id instead
    #[arg(long, value_name = "ID")]
    near: Option<String>,
    /// Print the explanation as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    batch: BatchArgs,
}

/// Number of items that `--near` shows.
const NEIGHBOURS: usize = 10;

/// What the positional arguments and `--near` ask for.
#[derive(Debug, PartialEq, Eq)]
enum Request {
    /// Explain two items.
    Pair([String; 2]),
    /// Show the items most similar to one item.
    Nearest(String),
}

impl Args {
    /// The request and the inputs.
    fn request(&self) -> anyhow::Result<(Request, Vec<PathBuf>)> {
        let (request, inputs) = match (&self.near, &self.words[..]) {
            (Some(id), inputs) => (Request::Nearest(id.clone()), inputs),
            (None, [a, b, inputs @ ..]) => {
                let ids = [a, b].map(|id| id.to_string_lossy().into_owned());
                (Request::Pair(ids), inputs)
            }
            (None, _) => bail!(
                "expected two ids, as in `qissa explain w4 w5 feed.xml`, or --near with one id"
            ),
        };
        let mut inputs: Vec<PathBuf> = inputs.iter().map(PathBuf::from).collect();
        if inputs.is_empty() {
            inputs.push("-".into());
        }
        Ok((request, inputs))
    }
}

/// Runs the command.
pub fn run(args: &Args, color: ColorChoice) -> anyhow::Result<()> {
    let (request, inputs) = args.request()?;
    let engine = args.batch.engine()?;
    let terminal = Terminal::new(args.batch.quiet);
    let sources = args.batch.load(&inputs, &terminal)?;
    let articles = args.batch.articles(&engine, &sources)?;
    match request {
        Request::Pair([a, b]) => {
            let a = find_item(&articles, &a, args.batch.quiet)?;
            let b = find_item(&articles, &b, args.batch.quiet)?;
            let explanation = engine.explain(&articles, [a, b], &terminal)?;
            terminal.clear();
            if args.json {
                return print_json(&explanation);
            }
            let mut out = std::io::stdout().lock();
            let coloring = stdout_coloring(color);
            Ok(output::explanation(&explanation, coloring, &mut out)?)
        }
        Request::Nearest(id) => {
            let item = find_item(&articles, &id, args.batch.quiet)?;
            let found = engine.neighbours(&articles, item, NEIGHBOURS, &terminal)?;
            terminal.clear();
            if args.json {
                return print_json(&found);
            }
            let mut out = std::io::stdout().lock();
            Ok(output::neighbourhood(&found, &mut out)?)
        }
    }
}

fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut out = super::stdout();
    writeln!(out, "{}", serde_json::to_string_pretty(value)?)?;
    Ok(out.flush()?)
}
