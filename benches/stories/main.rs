//! Quality of stories on labelled sets.
//!
//! Input: settings of the story level. Output: the scores of each configuration on every set, and
//! for each set the scores of the settings that are chosen without it, which shows how far a
//! default is fitted to its sets.
//!
//!     cargo bench --bench stories -- SETS [SECTION.NAME=VALUE,VALUE ...] [--each] [--only
//! NAME,NAME]
//!
//! All combinations of the named settings are tried. With --each one setting is changed at a time
//! (an ablation); then for each held-out set the settings are changed in turn, from the defaults,
//! as long as the other sets gain. Without named settings, all settings of the story level are
//! tried with a smaller and a greater value.
//!
//! Canonicals are scored in the stories that are found and in the gold stories; --chosen lists the
//! latter.
//!
//! SETS is a folder of sets, each a folder with docs.jsonl and gold.tsv (see `qissa eval`), or
//! several gold_NAME.tsv, each of which is run on its own items. Sets whose items have titles and
//! bodies are run on titles alone and on both. A set with pairs.tsv instead (id, id, score from 1
//! for the same event to 4, -, languages) is ranked: Spearman's correlation by language, compared
//! with that of a plain TF-IDF cosine.

mod grid;
mod held_out;
mod ranking;
mod sets;

use std::path::PathBuf;

use clap::Parser;
use qissa::Config;
use qissa::evaluate::CanonicalRates;

use grid::{Choice, Setting};
use held_out::Table;
use sets::{Scores, Set, Task, mean};

#[derive(Parser)]
struct Args {
    /// A folder of labelled sets
    sets: Option<PathBuf>,
    /// SECTION.NAME=VALUE,VALUE
    settings: Vec<String>,
    /// Move one setting at a time
    #[arg(long)]
    each: bool,
    /// The sets to run
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Write of each of the gold's stories the item that is chosen, and do no more
    #[arg(long)]
    chosen: bool,
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let Some(folder) = &args.sets else {
        println!(
            "name a folder of labelled sets: cargo bench --bench stories -- SETS [SECTION.NAME=VALUE,VALUE ...]"
        );
        return Ok(());
    };
    let sets = sets::load(folder, &args.only)?;
    let tasks: Vec<Task<'_>> = sets.iter().flat_map(Set::tasks).collect();
    if args.chosen {
        print_chosen(&tasks);
        return Ok(());
    }
    let settings = if args.each {
        grid::settings(&args.settings)?
    } else {
        named(&args.settings)?
    };
    let choices = if args.each {
        grid::one_by_one(&settings)?
    } else {
        grid::product(&settings)
    };
    let run = |choice: &Choice| {
        let config = grid::config(&settings, choice)?;
        Ok(tasks
            .iter()
            .map(|task| sets::score(task, &config))
            .collect())
    };
    let mut table = Table::new(&tasks, &settings, &run);
    print_table(&tasks, &choices, &mut table)?;
    if choices.len() > 1 {
        table.print_held_out((!args.each).then_some(&choices))?;
    }
    for set in sets.iter().filter(|set| !set.pairs.is_empty()) {
        let configs = choices
            .iter()
            .map(|choice| Ok((table.label(choice)?, grid::config(&settings, choice)?)));
        ranking::print_ranking(set, &configs.collect::<anyhow::Result<Vec<_>>>()?)?;
    }
    Ok(())
}

/// The canonical of each gold story under the defaults.
fn print_chosen(tasks: &[Task<'_>]) {
    for task in tasks {
        for (story, id) in sets::chosen(task, &Config::default()) {
            println!("{}\t{story}\t{id}", task.name);
        }
    }
}

fn named(settings: &[String]) -> anyhow::Result<Vec<Setting>> {
    settings.iter().map(|text| Setting::parse(text)).collect()
}

fn print_table(
    tasks: &[Task<'_>],
    choices: &[Choice],
    table: &mut Table<'_>,
) -> anyhow::Result<()> {
    println!("B-cubed F1 / pairwise F1");
    for (place, task) in tasks.iter().enumerate() {
        println!("  {}: {}", place + 1, task.name);
    }
    let heads: String = (1..=tasks.len())
        .map(|place| format!("{place:>10}"))
        .collect();
    println!("  mean{heads}");
    for choice in choices {
        let label = table.label(choice)?;
        let scores = table.scores(choice)?;
        let cells: String = scores
            .iter()
            .map(|one| format!(" {:.3}/{:.3}", one.b_cubed, one.pairwise))
            .collect();
        println!(
            " {:.4}{}{label}",
            mean(tasks, scores, None),
            cells.replace("0.", ".")
        );
    }
    if let [only] = choices {
        tasks
            .iter()
            .zip(table.scores(only)?)
            .for_each(|(task, one)| print_rest(task, one));
    }
    Ok(())
}

fn print_rest(task: &Task<'_>, one: &Scores) {
    let said = |what: &str, rates: Option<CanonicalRates>| {
        rates.map_or_else(
            String::new,
            |CanonicalRates {
                 good, bad, stories, ..
             }| { format!("  {what} good {good}, bad {bad}, of {stories}") },
        )
    };
    let canonicals =
        said("canonicals", one.canonicals) + &said("with the gold's stories", one.given);
    println!(
        "  {}: NMI {:.3} ARI {:.3}{canonicals}",
        task.name, one.nmi, one.ari
    );
}
