//! `qissa config`: the settings in force, as a file that `--config` takes.

use std::io::Write;

use super::cluster::Settings;

/// Print the settings in force, as a file for --config
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  qissa config --level duplicates > qissa.toml")]
pub struct Args {
    #[command(flatten)]
    settings: Settings,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let config = args.settings.config()?;
    let params = config.check()?;
    let banding = params.banding;
    let mut out = std::io::stdout().lock();
    write!(out, "{}", toml::to_string(&config)?)?;
    writeln!(
        out,
        "\n# Derived: {} bands of {} rows find a pair of this Jaccard coefficient so often:",
        banding.bands, banding.rows
    )?;
    for tenth in 1..=10 {
        let jaccard = f64::from(tenth) / 10.0;
        writeln!(out, "#   {jaccard:.1}  {:.4}", banding.probability(jaccard))?;
    }
    Ok(())
}
