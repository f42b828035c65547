//! `qissa man`: manual pages, generated from the definitions of the help.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::{Cli, write_file};
use qissa::config::did_you_mean;

/// Print a manual page, or write all manual pages to a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  qissa man --dir man/man1\n  MANPATH=man man qissa-cluster")]
pub struct Args {
    /// Subcommand of the page [default: qissa itself]
    #[arg(value_name = "SUBCOMMAND", conflicts_with = "dir")]
    subcommand: Option<String>,
    /// Write all pages to this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let pages = pages();
    let Some(dir) = &args.dir else {
        let (_, page) = find(pages, args.subcommand.as_deref())?;
        let mut text = Vec::new();
        page.render(&mut text)?;
        return Ok(io::stdout().write_all(&text)?);
    };
    std::fs::create_dir_all(dir)
        .with_context(|| format!("cannot create the folder {}", dir.display()))?;
    pages.into_iter().try_for_each(|(_, page)| {
        write_file(&dir.join(page.get_filename()), |out| page.render(out))
    })
}

/// Names and pages of qissa and of each subcommand.
fn pages() -> Vec<(String, Man)> {
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    let page = |command: &Command| {
        (
            command.get_name().to_owned(),
            Man::new(command.clone()).source(concat!("qissa ", env!("CARGO_PKG_VERSION"))),
        )
    };
    std::iter::once(&cli)
        .chain(cli.get_subcommands())
        .map(page)
        .collect()
}

fn find(pages: Vec<(String, Man)>, wanted: Option<&str>) -> anyhow::Result<(String, Man)> {
    let wanted = wanted.unwrap_or("qissa");
    let names: Vec<String> = pages.iter().map(|(name, _)| name.clone()).collect();
    let Some(page) = pages.into_iter().find(|(name, _)| name == wanted) else {
        let hint = did_you_mean(wanted, names.iter().map(String::as_str)).unwrap_or_default();
        bail!(
            "{wanted:?} is not a subcommand; expected one of {}{hint}",
            names[1..].join(", ")
        );
    };
    Ok(page)
}
