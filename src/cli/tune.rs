//! `qissa tune`: precision and recall over thresholds, against a gold standard.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use clap::ColorChoice;
use serde::Serialize;

use super::batch::BatchArgs;
use super::cluster::stdout_coloring;
use super::eval;
use super::note;
use super::progress::Terminal;
use super::writing::{check_writable, write_file};
use qissa::article::Article;
use qissa::clustering::GroupId;
use qissa::config::{Level, THRESHOLDS};
use qissa::evaluate::{Curve, Gold};
use qissa::output;
use qissa::pipeline::Engine;

/// Try thresholds against a gold standard and recommend whether to change the current one
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa tune --svg c.svg --gold samples/feed_en/gold.tsv samples/feed_en/feed.xml\n  \
    qissa tune --level duplicates --gold samples/feed_en/gold.tsv samples/feed_en/feed.xml"
)]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    /// Gold standard: lines "id<TAB>story", or a table with the header id, story, dup, of which
    /// --level duplicates uses the column dup
    #[arg(long, value_name = "FILE")]
    gold: PathBuf,
    /// Thresholds to try in addition to the current one, FROM:TO:STEP or T,T,... [default: seven
    /// steps on either side]
    #[arg(long, value_name = "T,...")]
    thresholds: Option<Thresholds>,
    /// Write the curve as an SVG picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print the curve as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    batch: BatchArgs,
}

/// The output of `--json`.
#[derive(Serialize)]
struct JsonCurve<'a> {
    setting: &'a str,
    #[serde(flatten)]
    curve: &'a Curve,
}

/// Columns of the output without a terminal.
const COLUMNS: usize = 80;

/// Runs the command.
pub fn run(args: &Args, color: ColorChoice) -> anyhow::Result<()> {
    check_writable(&args.svg)?;
    let gold = eval::parse(&args.gold, Gold::parse)?;
    let engine = args.batch.engine()?;
    let level = engine.params().level;
    let gold = if level == Level::Duplicates {
        gold.duplicates()
    } else {
        gold
    };
    let labelled = gold.items();
    let terminal = Terminal::new(args.batch.quiet);
    let sources = args.batch.load(&args.inputs, &terminal)?;
    let articles = args.batch.articles(&engine, &sources)?;
    let ids = articles.iter().map(|article| &*article.id);
    let gold = gold
        .among(ids)
        .with_context(|| args.gold.display().to_string())?;
    let missing = labelled - gold.items();
    if missing > 0 {
        note(
            args.batch.quiet,
            &format!("{missing} of {labelled} items of the gold standard are not in the input"),
        );
    }
    let curve = curve(
        &gold,
        &articles,
        &engine,
        args.thresholds.clone(),
        &terminal,
    )?;
    terminal.clear();
    if let Some(path) = &args.svg {
        write_file(path, |out| {
            output::chart(&curve, level.threshold_name(), out)
        })?;
    }
    print(&curve, level.threshold_name(), args.json, color)
}

/// Groups the batch at each threshold and evaluates the groups.
fn curve(
    gold: &Gold,
    articles: &[Article<'_>],
    engine: &Engine,
    thresholds: Option<Thresholds>,
    terminal: &Terminal,
) -> anyhow::Result<Curve> {
    let current = engine.params().threshold();
    let Thresholds(thresholds) = thresholds
        .unwrap_or_else(|| Thresholds::around(current))
        .with(current);
    let swept = engine.sweep(articles, &thresholds, terminal)?;
    let run = |(&threshold, groups): (&f64, Vec<GroupId>)| {
        let labels = articles
            .iter()
            .zip(groups)
            .map(|(article, group)| (&*article.id, group.to_string()));
        (threshold, labels.collect())
    };
    let runs: Vec<(f64, Vec<(&str, String)>)> = thresholds.iter().zip(swept).map(run).collect();
    Ok(Curve::of(
        gold,
        &runs,
        thresholds.partition_point(|&other| other < current),
    ))
}

fn print(curve: &Curve, setting: &str, json: bool, color: ColorChoice) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if json {
        return Ok(writeln!(
            out,
            "{}",
            serde_json::to_string_pretty(&JsonCurve { setting, curve })?
        )?);
    }
    let width =
        terminal_size::terminal_size_of(&out).map_or(COLUMNS, |(width, _)| usize::from(width.0));
    Ok(output::curve(
        curve,
        setting,
        width,
        stdout_coloring(color),
        &mut out,
    )?)
}

/// Thresholds to try, ascending and distinct.
#[derive(Debug, Clone, PartialEq)]
struct Thresholds(Vec<f64>);

/// Maximum number of thresholds.
const MAX_THRESHOLDS: usize = 200;

/// Steps on either side of the current threshold, by default.
const STEPS: i32 = 7;

impl Thresholds {
    /// [`STEPS`] steps on either side of a threshold, within [`THRESHOLDS`]. A step is 1, 2 or 5
    /// times a power of ten, at most a tenth of the threshold.
    fn around(threshold: f64) -> Self {
        let magnitude = libm::pow(10.0, libm::log10(threshold / 10.0).floor());
        let tenth = threshold / 10.0 / magnitude;
        let step = magnitude
            * [5.0, 2.0, 1.0]
                .into_iter()
                .find(|&step| step <= tenth + 1e-9)
                .unwrap_or(1.0);
        let all = (-STEPS..=STEPS)
            .map(|at| threshold + f64::from(at) * step)
            .map(rounded);
        Thresholds(all.filter(|value| THRESHOLDS.contains(value)).collect())
    }

    /// The thresholds with `threshold` added.
    fn with(mut self, threshold: f64) -> Self {
        self.0.push(threshold);
        self.0.sort_by(f64::total_cmp);
        self.0.dedup();
        self
    }
}

/// A value rounded to six decimals: a printed threshold can be typed again.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl FromStr for Thresholds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = match text.split(':').collect::<Vec<_>>()[..] {
            [from, to, step] => steps(number(from)?, number(to)?, number(step)?)?,
            [_] => text.split(',').map(number).collect::<Result<Vec<_>, _>>()?,
            _ => {
                return Err(
                    "expected FROM:TO:STEP such as 0.1:0.2:0.01, or T,T,... such as 0.1,0.15,0.2"
                        .to_owned(),
                );
            }
        };
        if let Some(wrong) = all.iter().find(|value| !THRESHOLDS.contains(value)) {
            return Err(format!(
                "{wrong} is not a threshold from {} to {}",
                THRESHOLDS.start(),
                THRESHOLDS.end()
            ));
        }
        let all = all
            .into_iter()
            .fold(Thresholds(Vec::new()), Thresholds::with);
        if all.0.len() > MAX_THRESHOLDS {
            return Err(format!(
                "{} thresholds are too many; at most {MAX_THRESHOLDS} can be tried",
                all.0.len()
            ));
        }
        Ok(all)
    }
}

fn number(text: &str) -> Result<f64, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("{text:?} is not a number such as 0.15"))
}

fn steps(from: f64, to: f64, step: f64) -> Result<Vec<f64>, String> {
    if !(step >= 1e-6 && from <= to) {
        return Err(format!(
            "the range {from}:{to}:{step} is empty; FROM must be below TO and STEP above 0"
        ));
    }
    let count = ((to - from) / step + 1e-6).floor();
    if count >= MAX_THRESHOLDS as f64 {
        return Err(format!(
            "{} thresholds are too many; at most {MAX_THRESHOLDS} can be tried",
            count + 1.0
        ));
    }
    Ok((0..=count as usize)
        .map(|at| rounded(from + at as f64 * step))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<f64>, String> {
        text.parse().map(|Thresholds(all)| all)
    }

    #[test]
    fn ranges_and_lists_are_parsed() {
        assert_eq!(parsed("0.1:0.3:0.1").unwrap(), [0.1, 0.2, 0.3]);
        assert_eq!(parsed("0.1:0.16:0.05").unwrap(), [0.1, 0.15]);
        assert_eq!(parsed("0.2, 0.1,0.2").unwrap(), [0.1, 0.2]);
        assert_eq!(parsed("0.5").unwrap(), [0.5]);
        assert_eq!(parsed("0.01:1:0.01").unwrap().len(), 100);
    }

    #[test]
    fn invalid_thresholds_are_named() {
        for (text, expected) in [
            ("0.1:0.2", "FROM:TO:STEP"),
            ("0.1;0.2", "\"0.1;0.2\" is not a number"),
            ("0.1:0.2:0", "STEP above 0"),
            ("0.2:0.1:0.01", "FROM must be below TO"),
            ("0.1:nan:0.01", "FROM must be below TO"),
            ("0.1:0.9:0.001", "801 thresholds are too many"),
            ("0,0.5", "0 is not a threshold from 0.01 to 1"),
            ("nan", "NaN is not a threshold"),
        ] {
            let message = parsed(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn default_thresholds_are_round_and_within_bounds() {
        let around = |threshold: f64| Thresholds::around(threshold).with(threshold).0;
        assert_eq!(
            (around(0.155)[0], around(0.155)[7], around(0.155).len()),
            (0.085, 0.155, 15)
        );
        assert_eq!(
            (around(0.7)[0], around(0.7)[7], around(0.7).len()),
            (0.35, 0.7, 14)
        );
        assert_eq!((around(1.0)[0], around(1.0).len()), (0.3, 8));
        assert!(around(0.01).len() == 8 && around(0.01)[0] == 0.01);
    }
}
