//! `qissa completions`: shell scripts that complete commands, flags and values.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  qissa completions bash > qissa.bash\n  . ./qissa.bash")]
pub struct Args {
    /// Shell that reads the script
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "qissa", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}
