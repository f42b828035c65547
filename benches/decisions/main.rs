//! Quality of the decision about duplicates on labelled pairs.
//!
//! Input: labelled pairs of items. Output: precision and recall of a grouping by stratum, as drawn
//! and weighted to the sizes of the strata.
//!
//!     cargo bench --bench decisions -- PAIRS [SECTION.NAME=VALUE ...] [--docs FILE] [--cut-words
//! N] [--level LEVEL]         [--only SET,SET] [--labels FILE] [--each] [--wrong]
//!
//! PAIRS is a folder or a file. A folder holds a set of pairs, or several, the names of whose files
//! begin with the set's name and a dot, such as `en.pairs.tsv`. The files have a record per line,
//! and a tab between its cells:
//!
//! - `pairs.tsv`: pair, stratum, id, id.
//! - `NAME.tsv`, one file per reader: pair, label. Labels are copy, update, story, other and
//!   unsure.
//! - `strata.tsv`: stratum, the number of its pairs, of which those of `pairs.tsv` were drawn.
//!   Without the file no pair is weighted.
//! - `docs.jsonl` or `docs.jsonl.gz`: the items, which are grouped as one batch. `--docs FILE`
//!   names another file in any input format, and `--docs SET=FILE` the file of one set.
//!
//! A file such as `samples/decisions/pairs.jsonl` has a pair per line, an object with `stratum`,
//! `language`, `label` and the items `a` and `b`. Each pair is a batch of its own, and each
//! language a set.
//!
//! A pair is a duplicate if all readers say copy, and apart if no reader says copy, update or
//! unsure; of other pairs either decision is right. Precision: the share of duplicates among the
//! pairs that are grouped together and are not undecided. Recall: the share of duplicates that are
//! grouped together.
//!
//! `--train` fits the weights of the decision about items with summaries to the pairs of all sets
//! and prints them for `src/verify/decision/model.rs`.
//!
//! `--cut-words N` or `--cut-words SET=N` cuts texts to N words, as feeds do. `--labels FILE` (id,
//! group) measures the groups of another tool. `--each` adds a row per stratum, and `--wrong` lists
//! the wrong decisions.

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

/// The arguments of the command line.
#[derive(Parser)]
struct Args {
    /// A folder of labelled pairs, or a file with a pair per line
    pairs: Option<PathBuf>,
    /// SECTION.NAME=VALUE
    settings: Vec<String>,
    /// The items, for one set SET=FILE
    #[arg(long, value_name = "FILE")]
    docs: Vec<Of<PathBuf>>,
    /// Maximum words of a text, for one set SET=N
    #[arg(long, value_name = "N", visible_alias = "docs-words")]
    cut_words: Vec<Of<usize>>,
    /// "duplicates" or "stories"
    #[arg(long, default_value = "duplicates")]
    level: String,
    /// The sets to run
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Groups of another tool, an id and a group per line
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// Print a row per stratum
    #[arg(long)]
    each: bool,
    /// List the pairs that are decided wrongly
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

/// The engine with the given settings.
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

/// Prints the selected tables of a set.
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
