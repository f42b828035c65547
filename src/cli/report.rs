//! `qissa report`: inputs in, one page that shows a batch at a glance out.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use super::batch::BatchArgs;
use super::progress::Terminal;
use super::tell;
use super::writing::{check_writable, write_file};
use qissa::output::{self, Ui};
use qissa::pipeline::{Progress, Stage};
use qissa::report::{Dossier, Material, dossier};

/// Show a batch on one page: stories by importance, who leads and who copies, what was measured
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa report samples/page_ar/page.txt --ui ar -o report.html\n  \
    qissa report samples/feed_en/feed.xml samples/mixed/items.jsonl > report.html\n  \
    qissa report --json samples/mixed/items.jsonl > report.json"
)]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    batch: BatchArgs,
    /// Write the page to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The language of the page's own words
    #[arg(long, value_enum, value_name = "LANGUAGE", default_value_t = UiArg::En)]
    ui: UiArg,
    /// Show at most so many items, those of the most important stories; all are counted
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    most: usize,
    /// Print what the page shows as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UiArg {
    /// English
    En,
    /// Arabic
    Ar,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    check_writable(&args.output)?;
    let config = args.batch.settings.config()?;
    let engine = args.batch.engine()?;
    let terminal = Terminal::new(args.batch.quiet);
    let sources = args.batch.load(&args.inputs, &terminal)?;
    let intake = args.batch.intake(&engine, &sources)?;
    let (report, survey) = engine.survey(&intake.articles, &terminal);
    terminal.begin(Stage::Write, 0);
    let found = dossier(Material {
        articles: &intake.articles,
        report: &report,
        survey: &survey,
        config: &config,
        params: engine.params(),
        passed_over: &intake.passed_over,
        most: args.most,
    });
    terminal.clear();
    match &args.output {
        Some(path) => write_file(path, |out| render(args, &found, out))?,
        None => {
            let mut out = super::stdout();
            render(args, &found, &mut out)?;
            out.flush()?;
        }
    }
    tell(args.batch.quiet, &summary(&found));
    Ok(())
}

fn summary(found: &Dossier) -> String {
    let totals = &found.totals;
    let said = format!(
        "{} items: {} in groups, {} alone",
        totals.items,
        totals.items - totals.alone,
        totals.alone
    );
    match found
        .stories
        .iter()
        .map(|story| story.items.len())
        .sum::<usize>()
    {
        shown if shown < totals.items => format!("{said}; {shown} of them shown, more with --most"),
        _ => said,
    }
}

fn render(args: &Args, found: &Dossier, out: &mut impl Write) -> io::Result<()> {
    if args.json {
        serde_json::to_writer_pretty(&mut *out, found)?;
        return writeln!(out);
    }
    let ui = if args.ui == UiArg::Ar {
        Ui::Arabic
    } else {
        Ui::English
    };
    output::page(found, ui, out)
}
