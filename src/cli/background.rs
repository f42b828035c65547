//! `qissa background`: counts the document frequencies of an archive, for weighing terms.

use std::path::PathBuf;

use anyhow::{Context, bail};
use hashbrown::HashSet;

use super::note;
use super::progress::Terminal;
use super::reading::{ReadingArgs, read_all};
use super::writing::{check_writable, write_file};
use qissa::config::Config;
use qissa::pipeline::Engine;
use qissa::text::{Language, Table};
use qissa::tsv::unescape;

/// Count how common words are in an archive of news in one language, for `cluster --background`
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa background --language ar -o ar.bin samples/page_ar/page.txt\n  \
    qissa cluster --background ar.bin samples/page_ar/page.txt"
)]
pub struct Args {
    /// Files or folders to read; "-" is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Language to count, such as en or ar; items in other languages are ignored
    #[arg(long, value_name = "CODE")]
    language: String,
    /// Description of the archive, stored in the file
    #[arg(long, default_value = "")]
    note: String,
    /// Ignore the items whose ids are in the first column of this file
    #[arg(long, value_name = "FILE")]
    exclude: Vec<PathBuf>,
    /// Write the counts to this file
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Print only errors on standard error
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// Runs the command.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let language = Language::from_tag(&args.language);
    if language == Language::UNKNOWN {
        bail!(
            "{:?} is not a language code of two or three letters such as ar",
            args.language
        );
    }
    check_writable([&args.output])?;
    let excluded = excluded_ids(&args.exclude)?;
    let terminal = Terminal::new(args.quiet);
    terminal.begin_reading(&args.inputs);
    let sources = args.reading.load(&args.inputs, args.quiet)?;
    let mut articles = read_all(&sources, args.quiet)?.articles;
    articles.retain(|article| !excluded.contains(&*article.id));
    let engine = Engine::new(Config::default().check()?);
    let background = engine.train_background(&articles, language, &args.note, &terminal);
    write_file(&args.output, |out| {
        std::io::Write::write_all(out, &background.to_bytes())
    })?;
    terminal.clear();
    note(
        args.quiet,
        &format!(
            "{} titles with {} terms",
            background.items(Table::Title),
            background.terms(Table::Title)
        ),
    );
    Ok(())
}

/// The ids in the first column of files.
fn excluded_ids(files: &[PathBuf]) -> anyhow::Result<HashSet<String>> {
    let mut ids = HashSet::new();
    for path in files {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        for line in text.lines() {
            let id = line.split('\t').next().unwrap_or_default();
            ids.insert(unescape(id).into_owned());
        }
    }
    Ok(ids)
}
