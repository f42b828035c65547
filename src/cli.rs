//! The command line: one file a subcommand. Data goes to standard output, all else to standard
//! error; exit codes are 0 for done, 1 for a check that found something and 2 for an error, and a
//! closed pipe is no error.

mod background;
mod batch;
mod cluster;
mod completions;
mod config;
mod dedup;
mod eval;
mod explain;
mod index;
mod interrupt;
mod man;
mod plan;
mod progress;
mod reading;
mod report;
mod screen;
mod similar;
mod tune;
mod writing;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use qissa::output::Formulas;
use qissa::sanitize;
use screen::Screen;
use writing::write_file;

/// Finds near-duplicate and related news items, groups them into stories and picks a canonical item
/// for each.
#[derive(Debug, Parser)]
#[command(
    name = "qissa",
    version,
    arg_required_else_help = true,
    after_help = "Example:\n  qissa cluster samples/page_ar/page.txt"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// When to write in colour; "auto" is on a terminal, unless NO_COLOR is set
    #[arg(long, value_enum, value_name = "WHEN", global = true, default_value_t = ColorChoice::Auto)]
    color: ColorChoice,
}

#[derive(Debug, Subcommand)]
enum Command {
    Cluster(cluster::Args),
    Similar(similar::Args),
    Dedup(dedup::Args),
    Index(index::Args),
    Explain(explain::Args),
    Report(report::Args),
    Eval(eval::Args),
    Tune(tune::Args),
    Background(background::Args),
    Config(config::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// How tables are written.
#[derive(Debug, clap::Args)]
struct CsvArgs {
    /// In CSV, put an apostrophe before what a spreadsheet would take for a formula: cells that
    /// begin with =, +, -, @, a tab or a line break
    #[arg(long)]
    csv_safe: bool,
}

impl CsvArgs {
    fn formulas(&self) -> Formulas {
        if self.csv_safe {
            Formulas::Neutralised
        } else {
            Formulas::Kept
        }
    }
}

/// How a command ended that did what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// It is done.
    Done,
    /// It was a check, and found something.
    Found,
}

/// Runs the command that was typed.
pub fn main() -> ExitCode {
    // Help and errors are coloured before anything is parsed.
    let matches = Cli::command()
        .color(color_asked(std::env::args_os()))
        .get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    silence_caught_panics();
    let ran = run(&cli);
    match (ran, interrupt::signal()) {
        (Ok(_), Some(signal)) => ExitCode::from(interrupt::exit_code(signal)),
        (Err(error), Some(signal)) if is_closed_pipe(&error) => {
            ExitCode::from(interrupt::exit_code(signal))
        }
        (ran, _) => exit_code(ran),
    }
}

fn exit_code(ran: anyhow::Result<Outcome>) -> ExitCode {
    match ran {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Found) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say(&sanitize::message(&format!("qissa: {error:#}")));
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<Outcome> {
    interrupt::listen().context("cannot listen for interruptions")?;
    let done = match &cli.command {
        Command::Cluster(args) => return cluster::run(args, cli.color),
        Command::Similar(args) => similar::run(args),
        Command::Dedup(args) => dedup::run(args),
        Command::Index(args) => index::run(args),
        Command::Explain(args) => explain::run(args, cli.color),
        Command::Report(args) => report::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Tune(args) => tune::run(args, cli.color),
        Command::Background(args) => background::run(args),
        Command::Config(args) => config::run(args),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    };
    done.map(|()| Outcome::Done)
}

/// A panic that `store` catches is told as damage of an index, so no more is said of it. This
/// process is the program's own; the library leaves the hook to its host.
fn silence_caught_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !qissa::store::is_guarded() {
            usual(panic);
        }
    }));
}

/// What `--color` says; what is wrong with it is said when all is parsed.
fn color_asked(args: impl Iterator<Item = OsString>) -> ColorChoice {
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    let apart = args
        .windows(2)
        .filter(|pair| pair[0] == "--color")
        .map(|pair| pair[1].as_str());
    let joined = args.iter().filter_map(|arg| arg.strip_prefix("--color="));
    apart
        .chain(joined)
        .find_map(|when| ColorChoice::from_str(when, false).ok())
        .unwrap_or(ColorChoice::Auto)
}

/// Whether an error is only that nobody reads on; csv hides the system's error in its own.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let broken = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|cause| {
            let inner = cause
                .get_ref()
                .and_then(|inner| inner.downcast_ref::<csv::Error>());
            broken(cause)
                || inner.is_some_and(
                    |inner| matches!(inner.kind(), csv::ErrorKind::Io(io) if broken(io)),
                )
        })
    })
}

/// Says something to the person at the terminal, in a line.
fn tell(quiet: bool, message: &str) {
    if !quiet {
        say(&sanitize::line(message));
    }
}

fn say(message: &str) {
    progress::above_the_line(|| {
        let _ = writeln!(io::stderr(), "{message}");
    });
}

/// Standard output for data. On a terminal nothing of the data is a command.
fn stdout() -> Screen<BufWriter<StdoutLock<'static>>> {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    Screen::new(
        BufWriter::with_capacity(1 << 16, stdout.lock()),
        is_terminal,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_example_parses() {
        let mut cli = Cli::command();
        cli.build();
        for command in cli
            .get_subcommands()
            .filter(|command| command.get_name() != "help")
            .chain([&cli])
        {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            let (_, example) = help.split_once("Example:\n").expect("an example");
            let typed: Vec<&str> = example
                .split(['\n', '|'])
                .map(str::trim)
                .filter(|it| it.starts_with("qissa"))
                .collect();
            assert!(!typed.is_empty(), "{} shows no command", command.get_name());
            for line in typed {
                let words = line
                    .split('>')
                    .next()
                    .unwrap_or_default()
                    .split_whitespace();
                Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{line}: {error}"));
            }
        }
    }

    #[test]
    fn the_colour_asked_for_is_known_before_the_rest() {
        let asked = |args: &[&str]| color_asked(args.iter().map(OsString::from));
        assert_eq!(
            asked(&["qissa", "--color", "never", "cluster"]),
            ColorChoice::Never
        );
        assert_eq!(
            asked(&["qissa", "cluster", "--color=always"]),
            ColorChoice::Always
        );
        assert_eq!(asked(&["qissa", "--color", "pink"]), ColorChoice::Auto);
    }
}
