//! The command line of qissa: parse, run, exit code.

use std::process::ExitCode;

use qissa::cli;

fn main() -> ExitCode {
    cli::main()
}
