//! The command line: one file a subcommand. Data goes to standard output, all else to standard error; exit codes are 0
//! for done and 2 for an error, and a closed pipe is no error.

mod background;
mod cluster;
mod config;
mod eval;
mod input;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Finds near-duplicate and related news items, groups them into stories and picks a canonical item for each.
#[derive(Debug, Parser)]
#[command(
    name = "qissa",
    version,
    arg_required_else_help = true,
    after_help = "Example:\n  qissa cluster samples/page_ar/page.txt"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Cluster(cluster::Args),
    Eval(eval::Args),
    Background(background::Args),
    Config(config::Args),
}

/// Runs the command that was typed.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Cluster(args) => cluster::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Background(args) => background::run(&args),
        Command::Config(args) => config::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "qissa: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    io.into_iter().any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Says something to the person at the terminal.
fn tell(quiet: bool, message: &str) {
    if !quiet {
        let _ = writeln!(io::stderr(), "{message}");
    }
}

/// Writes a file whole or not at all: under another name first.
fn write_file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> anyhow::Result<()> {
    let mut name = path.file_name().context("an output needs a file name")?.to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    let put = || -> io::Result<()> {
        let mut out = BufWriter::new(File::create(&part)?);
        write(&mut out)?;
        out.flush()?;
        std::fs::rename(&part, path)
    };
    put().with_context(|| format!("cannot write {}", path.display()))
}
