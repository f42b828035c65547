//! Labelled pairs of items in, what a grouping makes of them out: precision and recall by stratum,
//! as drawn and weighed back to the strata's sizes.
//!
//!     cargo bench --bench decisions -- PAIRS [SECTION.NAME=VALUE ...] [--docs FILE] [--cut-words
//! N] [--level LEVEL]         [--only SET,SET] [--labels FILE] [--each] [--wrong]
//!
//! PAIRS is a folder or a file. A folder holds a set of pairs, or several, the names of whose files
//! begin with the set's name and a dot, such as `en.pairs.tsv`. The files have a line a record, and
//! a tab between its cells:
//!
//! - `pairs.tsv`: pair, stratum, id, id.
//! - `NAME.tsv`, one a reader: pair, label. Labels are copy, update, story, other and unsure.
//! - `strata.tsv`: stratum, how many pairs it has, of which those of `pairs.tsv` were drawn.
//!   Without it none is weighed.
//! - `docs.jsonl` or `docs.jsonl.gz`: the items, which are grouped as one batch. `--docs FILE`
//!   names others, in any format that is read, and `--docs SET=FILE` those of one set.
//!
//! A file such as `samples/decisions/pairs.jsonl` has a pair a line, an object with `stratum`,
//! `language`, `label` and the items `a` and `b`. Each pair is a batch of its own, and each
//! language a set.
//!
//! A pair is a copy where all readers say copy, and apart where none says copy, update or unsure;
//! the rest may go either way. Precision: of the copies and the pairs apart that are put together,
//! the share of copies. Recall: of the copies, the share that is put together.
//!
//! With `--train` the weights of the decision about items with summaries are fitted to the pairs of
//! all sets and printed; they stand in `src/verify/decision.rs`.
//!
//! With `--cut-words N` or `--cut-words SET=N` texts end after N words, as a feed gives them. With
//! `--labels FILE` (id, group) nothing is grouped, and what another tool made of the items is told.
//! `--each` adds a row a stratum, and `--wrong` the pairs that are decided wrongly.

#![allow(clippy::print_stdout)]

mod grouping;
mod sets;
mod tally;
mod train;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use qissa::{Config, Engine};

use grouping::{Decision, decide, decide_by};
use sets::{Of, Set, Wanted, cells};
use tally::Tables;

/// What the command line asks for.
#[derive(Parser)]
struct Args {
    /// A folder of labelled pairs, or a file with a pair a line
    pairs: Option<PathBuf>,
    /// SECTION.NAME=VALUE
    settings: Vec<String>,
    /// The items, for one set SET=FILE
    #[arg(long, value_name = "FILE")]
    docs: Vec<Of<PathBuf>>,
    /// How many words of a text are kept, for one set SET=N
    #[arg(long, value_name = "N", visible_alias = "docs-words")]
    cut_words: Vec<Of<usize>>,
    /// "duplicates" or "stories"
    #[arg(long, default_value = "duplicates")]
    level: String,
    /// The sets to run
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Groups that are there already, with id and group a line
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Tell of each stratum
    #[arg(long)]
    each: bool,
    /// Tell of each pair that is decided wrongly
    #[arg(long)]
    wrong: bool,
    /// Fit the weights of the decision
    #[arg(long)]
    train: bool,
    /// Given by Cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let Some(path) = &args.pairs else {
        println!(
            "name a folder of labelled pairs: cargo bench --bench decisions -- PAIRS [SECTION.NAME=VALUE ...]"
        );
        return Ok(());
    };
    let engine = engine(&args)?;
    let labels = args.labels.as_deref().map(labels).transpose()?;
    let wanted = Wanted {
        docs: &args.docs,
        cut_words: &args.cut_words,
        only: &args.only,
    };
    let sets = sets::load(path, wanted, labels.is_none())?;
    if args.train {
        return train::train(&sets, &engine);
    }
    for set in sets {
        let decisions = match &labels {
            Some(labels) => decide_by(&set, labels),
            None => decide(&set, &engine)?,
        };
        print(&args, &set, &decisions);
    }
    Ok(())
}

/// The engine with the settings asked for.
fn engine(args: &Args) -> anyhow::Result<Engine> {
    let mut settings = BTreeMap::from([("level".to_owned(), format!("{:?}", args.level))]);
    for text in &args.settings {
        let (name, value) = text
            .split_once('=')
            .with_context(|| format!("{text} should be SECTION.NAME=VALUE"))?;
        settings.insert(name.to_owned(), value.to_owned());
    }
    Ok(Engine::new(Config::from_matching(&settings)?.check()?))
}

/// The group of each id in a file.
fn labels(path: &Path) -> anyhow::Result<HashMap<String, String>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let pairs = text
        .lines()
        .map(|line| cells(path, line).map(|[id, group]| (id.to_owned(), group.to_owned())));
    pairs.collect()
}

/// Prints what was decided of a set, as far as it is asked for.
fn print(args: &Args, set: &Set, decisions: &[Decision]) {
    let tables = Tables::of(set, decisions);
    if args.wrong {
        tally::print_wrong(set, decisions);
    }
    if args.each {
        tables.print_strata();
    }
    tables.print_kinds();
    tables.print_whole(set);
}
