//! `qissa report`: writes an HTML page about a batch.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::ValueEnum;

use super::batch::BatchArgs;
use super::note;
use super::progress::Terminal;
use super::writing::{check_writable, write_file};
use qissa::output::{self, PageLanguage};
use qissa::pipeline::{Progress, Stage};
use qissa::report::{ReportInputs, ReportModel, report_model};

/// Write a self-contained HTML page about a batch: stories by importance, outlets, measures
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
    /// Write the page to this file instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
    /// Language of the page's labels
    #[arg(
        long,
        value_enum,
        value_name = "LANGUAGE",
        default_value_t = UiArg::En,
        help_heading = "Output"
    )]
    ui: UiArg,
    /// Maximum number of items that are shown; the most important stories are kept, and all items
    /// are counted
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100_000,
        help_heading = "Output"
    )]
    most: usize,
    /// Write the content of the page as JSON instead
    #[arg(long, help_heading = "Output")]
    json: bool,
    #[command(flatten)]
    batch: BatchArgs,
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
    let (report, survey) = engine.profile(&intake.articles, &terminal);
    terminal.begin(Stage::Write, 0);
    let found = report_model(ReportInputs {
        articles: &intake.articles,
        report: &report,
        survey: &survey,
        config: &config,
        params: engine.params(),
        passed_over: &intake.passed_over,
        max_items: args.most,
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
    note(args.batch.quiet, &summary(&found));
    Ok(())
}

fn summary(found: &ReportModel) -> String {
    let totals = &found.totals;
    let said = format!(
        "{} items: {} in groups, {} alone",
        totals.items,
        totals.items - totals.singletons,
        totals.singletons
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

fn render(args: &Args, found: &ReportModel, out: &mut impl Write) -> io::Result<()> {
    if args.json {
        serde_json::to_writer_pretty(&mut *out, found)?;
        return writeln!(out);
    }
    let ui = if args.ui == UiArg::Ar {
        PageLanguage::Arabic
    } else {
        PageLanguage::English
    };
    output::page(found, ui, out)
}
