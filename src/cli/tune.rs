//! `qissa tune`: how the threshold does against a gold standard.

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Context;
use clap::ColorChoice;
use serde::Serialize;

use super::batch::BatchArgs;
use super::cluster::paint;
use super::eval;
use super::progress::Terminal;
use super::tell;
use super::writing::{check_writable, write_file};
use qissa::article::Article;
use qissa::clustering::GroupId;
use qissa::config::{Level, THRESHOLDS};
use qissa::evaluate::{Curve, Gold};
use qissa::output;
use qissa::pipeline::Engine;

/// Try thresholds against a gold standard and say whether the current one should be changed
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa tune --svg c.svg --gold samples/feed_en/gold.tsv samples/feed_en/feed.xml\n  \
    qissa tune --level duplicates --gold samples/feed_en/gold.tsv samples/feed_en/feed.xml"
)]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", default_value = "-")]
    inputs: Vec<PathBuf>,
    /// The gold standard: "id<TAB>story" a line, or with a header id, story, dup; of the latter
    /// `--level duplicates` takes dup
    #[arg(long, value_name = "FILE")]
    gold: PathBuf,
    /// The thresholds to try beside the current one: FROM:TO:STEP or T,T,...; by default fifteen
    /// around it
    #[arg(long, value_name = "T,...")]
    thresholds: Option<Thresholds>,
    /// Write the curve as a picture
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    batch: BatchArgs,
}

/// What is printed for programs.
#[derive(Serialize)]
struct Told<'a> {
    setting: &'a str,
    #[serde(flatten)]
    curve: &'a Curve,
}

/// The width of what is written where there is no terminal.
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
        tell(
            args.batch.quiet,
            &format!("{missing} of {labelled} items of the gold are not in the input"),
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

/// Groups the batch at each threshold and judges it.
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
            serde_json::to_string_pretty(&Told { setting, curve })?
        )?);
    }
    let width =
        terminal_size::terminal_size_of(&out).map_or(COLUMNS, |(width, _)| usize::from(width.0));
    Ok(output::curve(
        curve,
        setting,
        width,
        paint(color),
        &mut out,
    )?)
}

/// Thresholds to try, ascending, no two alike.
#[derive(Debug, Clone, PartialEq)]
struct Thresholds(Vec<f64>);

/// So many thresholds can be tried at most.
const MOST: usize = 200;

/// So many steps are tried on either side of a threshold if none are given.
const STEPS: i32 = 7;

impl Thresholds {
    /// Those around one: seven steps on either side as far as there are thresholds, a step being
    /// the roundest number of at most a tenth.
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
        Thresholds(all.filter(|it| THRESHOLDS.contains(it)).collect())
    }

    /// These and one more.
    fn with(mut self, threshold: f64) -> Self {
        self.0.push(threshold);
        self.0.sort_by(f64::total_cmp);
        self.0.dedup();
        self
    }
}

/// As it would be written with six decimals: a threshold that is printed can be typed, and is the
/// same.
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
                    "it should be FROM:TO:STEP, as 0.1:0.2:0.01, or T,T,..., as 0.1,0.15,0.2"
                        .to_owned(),
                );
            }
        };
        if let Some(wrong) = all.iter().find(|it| !THRESHOLDS.contains(it)) {
            return Err(format!(
                "{wrong} is no threshold, which is from {} to {}",
                THRESHOLDS.start(),
                THRESHOLDS.end()
            ));
        }
        let all = all
            .into_iter()
            .fold(Thresholds(Vec::new()), Thresholds::with);
        if all.0.len() > MOST {
            return Err(format!(
                "{} thresholds are too many; at most {MOST} can be tried",
                all.0.len()
            ));
        }
        Ok(all)
    }
}

fn number(text: &str) -> Result<f64, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("{text:?} should be a number, such as 0.15"))
}

fn steps(from: f64, to: f64, step: f64) -> Result<Vec<f64>, String> {
    if !(step >= 1e-6 && from <= to) {
        return Err(format!(
            "from {from} to {to} by {step} leads nowhere; FROM should be below TO, and STEP above 0"
        ));
    }
    let count = ((to - from) / step + 1e-6).floor();
    if count >= MOST as f64 {
        return Err(format!(
            "{} thresholds are too many; at most {MOST} can be tried",
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
    fn a_range_or_a_list_gives_thresholds() {
        assert_eq!(parsed("0.1:0.3:0.1").unwrap(), [0.1, 0.2, 0.3]);
        assert_eq!(parsed("0.1:0.16:0.05").unwrap(), [0.1, 0.15]);
        assert_eq!(parsed("0.2, 0.1,0.2").unwrap(), [0.1, 0.2]);
        assert_eq!(parsed("0.5").unwrap(), [0.5]);
        assert_eq!(parsed("0.01:1:0.01").unwrap().len(), 100);
    }

    #[test]
    fn what_is_no_threshold_is_named() {
        for (text, expected) in [
            ("0.1:0.2", "FROM:TO:STEP"),
            ("0.1;0.2", "\"0.1;0.2\" should be a number"),
            ("0.1:0.2:0", "STEP above 0"),
            ("0.2:0.1:0.01", "FROM should be below TO"),
            ("0.1:nan:0.01", "FROM should be below TO"),
            ("0.1:0.9:0.001", "801 thresholds are too many"),
            ("0,0.5", "0 is no threshold, which is from 0.01 to 1"),
            ("nan", "NaN is no threshold"),
        ] {
            let message = parsed(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn the_thresholds_around_one_are_round_and_within_bounds() {
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
