//! `qissa config`: prints the settings as a file for `--config`.

use std::io::Write;

use super::batch::SettingsArgs;
use qissa::config::Config;
use qissa::ids::Field;
use qissa::pipeline::key_maker;

/// Print the settings that the other options give, as a file for --config
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  qissa config --default > qissa.toml\n  \
    qissa cluster --config qissa.toml samples/mixed/items.jsonl")]
pub struct Args {
    /// Print all defaults with explanations
    #[arg(long, conflicts_with = "SettingsArgs")]
    default: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.default {
        return Ok(out.write_all(Config::explained().as_bytes())?);
    }
    let config = args.settings.config()?;
    let params = config.check()?;
    let banding = params.banding;
    write!(out, "{}", toml::to_string(&config)?)?;
    let texts = if key_maker(&params).has_bands(Field::Title) {
        "texts"
    } else {
        "bodies"
    };
    writeln!(
        out,
        "\n# Derived: {} bands of {} rows.\n\
         # Jaccard coefficient of two {texts}, probability that they are compared:",
        banding.bands, banding.rows
    )?;
    for tenth in 1..=10 {
        let jaccard = f64::from(tenth) / 10.0;
        writeln!(out, "#   {jaccard:.1}  {:.4}", banding.probability(jaccard))?;
    }
    Ok(())
}
