//! The command line: one module a subcommand.
//!
//! Data goes to standard output, messages to standard error. Exit codes: 0 for success, 1 for
//! `cluster --check` that found groups, 2 for an error. A closed pipe is no error.

mod background;
mod batch;
mod cluster;
mod completions;
mod config;
mod dedup;
mod eval;
mod explain;
mod hint;
mod index;
mod interrupt;
mod man;
mod plan;
mod progress;
mod reading;
mod report;
mod sanitized_writer;
mod similar;
mod size;
mod tune;
mod writing;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use qissa::output::Formulas;
use qissa::sanitize;
use sanitized_writer::SanitizedWriter;
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
    /// When to use colours; "auto" uses them on a terminal unless NO_COLOR is set
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

/// How CSV is written.
#[derive(Debug, clap::Args)]
struct CsvArgs {
    /// In CSV, put an apostrophe before cells that spreadsheets read as formulas: cells that begin
    /// with =, +, -, @, a tab or a line break
    #[arg(long, help_heading = "Output")]
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

/// How a command ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExitStatus {
    /// Success.
    Done,
    /// A check found groups.
    Found,
}

/// Runs the command of the process.
pub fn main() -> ExitCode {
    // clap needs the colour choice before it parses, for help and errors.
    let matches = Cli::command()
        .color(color_choice(std::env::args_os()))
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

fn exit_code(ran: anyhow::Result<ExitStatus>) -> ExitCode {
    match ran {
        Ok(ExitStatus::Done) => ExitCode::SUCCESS,
        Ok(ExitStatus::Found) => ExitCode::from(1),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let hint = hint::hint(&error).map_or_else(String::new, |hint| format!("; {hint}"));
            print_message(&sanitize::message(&format!("qissa: {error:#}{hint}")));
            ExitCode::from(2)
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<ExitStatus> {
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
    done.map(|()| ExitStatus::Done)
}

/// Silences panics caught by `store` and reported as a damaged index. The library leaves the panic
/// hook alone; the program may replace it.
fn silence_caught_panics() {
    let default = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !qissa::store::is_guarded() {
            default(panic);
        }
    }));
}

/// The value of `--color`. clap reports an invalid value when it parses.
fn color_choice(args: impl Iterator<Item = OsString>) -> ColorChoice {
    let args: Vec<String> = args.map(|arg| arg.to_string_lossy().into_owned()).collect();
    for (index, arg) in args.iter().enumerate() {
        let value = match arg.strip_prefix("--color=") {
            Some(value) => Some(value),
            None if arg == "--color" => args.get(index + 1).map(String::as_str),
            None => None,
        };
        if let Some(Ok(choice)) = value.map(|value| ColorChoice::from_str(value, false)) {
            return choice;
        }
    }
    ColorChoice::Auto
}

/// Whether the cause of an error is a closed pipe.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(is_broken_pipe)
}

/// Whether an error is a broken pipe, perhaps within an error of the csv crate.
fn is_broken_pipe(error: &io::Error) -> bool {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return true;
    }
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<csv::Error>());
    match inner.map(csv::Error::kind) {
        Some(csv::ErrorKind::Io(error)) => error.kind() == io::ErrorKind::BrokenPipe,
        _ => false,
    }
}

/// Prints a message of one line on standard error, unless `quiet`.
fn note(quiet: bool, message: &str) {
    if !quiet {
        print_message(&sanitize::line(message));
    }
}

fn print_message(message: &str) {
    progress::suspended(|| {
        let _ = writeln!(io::stderr(), "{message}");
    });
}

/// Standard output for data; on a terminal the data is sanitised.
fn stdout() -> SanitizedWriter<BufWriter<StdoutLock<'static>>> {
    let stdout = io::stdout();
    let is_terminal = stdout.is_terminal();
    SanitizedWriter::new(
        BufWriter::with_capacity(1 << 16, stdout.lock()),
        is_terminal,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_pass_the_checks_of_clap() {
        Cli::command().debug_assert();
    }

    /// clap extends a heading to all later options, so the options of each heading are checked.
    #[test]
    fn options_are_under_their_headings() {
        let grouping = [
            "config",
            "preset",
            "level",
            "fields",
            "shingle",
            "threshold",
            "window",
            "decay",
            "background",
            "constraints",
        ];
        let reading = [
            "input-format",
            "columns",
            "records",
            "unpack-limit",
            "unpack-ratio",
        ];
        let mut cli = Cli::command();
        cli.build();
        for command in cli.get_subcommands() {
            for option in command.get_arguments().filter(|arg| !arg.is_positional()) {
                let name = option.get_long().unwrap_or_default();
                let heading = option.get_help_heading();
                let place = format!("{} --{name}", command.get_name());
                let is_grouping = grouping.contains(&name);
                if ["quiet", "threads", "color", "help"].contains(&name) {
                    assert_eq!(heading, None, "{place}");
                }
                let is_reading = reading.contains(&name) || name.ends_with("-key");
                assert_eq!(heading == Some("Grouping"), is_grouping, "{place}");
                assert_eq!(heading == Some("Reading"), is_reading, "{place}");
            }
        }
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
                .filter(|line| line.starts_with("qissa"))
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
    fn color_is_found_before_other_arguments_are_parsed() {
        let choice = |args: &[&str]| color_choice(args.iter().map(OsString::from));
        assert_eq!(
            choice(&["qissa", "--color", "never", "cluster"]),
            ColorChoice::Never
        );
        assert_eq!(
            choice(&["qissa", "cluster", "--color=always"]),
            ColorChoice::Always
        );
        assert_eq!(choice(&["qissa", "--color", "pink"]), ColorChoice::Auto);
    }
}
