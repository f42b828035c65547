//! `qissa background`: counts the document frequencies of an archive, for weighing terms.

use std::path::PathBuf;

use anyhow::{Context, bail};
use hashbrown::HashSet;

use super::note;
use super::progress::Terminal;
use super::reading::{ReadingArgs, load, read_all};
use super::writing::{check_writable, write_file};
use qissa::config::{Config, Level};
use qissa::pipeline::{Engine, Progress};
use qissa::text::{
    Background, BackgroundBuilder, Language, Stemmer, StoryTerms, Table, pair_hash,
    titles_without_boilerplate,
};
use qissa::tsv::unescape;

/// Count how common words are in an archive of news in one language, for `cluster --background`
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  qissa background --language ar -o ar.bin samples/page_ar/page.txt\n  qissa cluster --background ar.bin samples/page_ar/page.txt"
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
    /// Print nothing on standard error but errors
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
    let mut excluded = HashSet::new();
    for path in &args.exclude {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        excluded.extend(
            text.lines()
                .filter_map(|line| line.split('\t').next())
                .map(|id| unescape(id).into_owned()),
        );
    }
    let terminal = Terminal::new(args.quiet);
    terminal.begin_reading(&args.inputs);
    let sources = load(&args.inputs, args.reading.unpack_limits(), args.quiet)?;
    let mut articles = read_all(&sources, &args.reading, args.quiet)?.articles;
    articles.retain(|article| !excluded.contains(&*article.id));
    let background = count(&articles, language, &args.note, &terminal)?;
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

/// Counts the items of a language; a group of duplicates counts once.
fn count(
    articles: &[qissa::Article<'_>],
    language: Language,
    note: &str,
    progress: &dyn Progress,
) -> anyhow::Result<Background> {
    let config = Config {
        level: Level::Duplicates,
        ..Config::default()
    };
    let report = Engine::new(config.check()?).group_watched(articles, progress);
    let stemmer = Stemmer::new(language, None);
    let lead = Config::default().stories.lead_chars;
    let mut builder = BackgroundBuilder::new(language, note);
    let titles = titles_without_boilerplate(&articles.iter().collect::<Vec<_>>());
    for (position, ((article, title), place)) in articles
        .iter()
        .zip(titles)
        .zip(&report.placements)
        .enumerate()
    {
        if place.canonical != position
            || Language::of_article(article, title, Language::of) != language
        {
            continue;
        }
        let terms = StoryTerms::of(title, &article.text, lead, &stemmer);
        let text = if terms.lead.is_empty() {
            &terms.title
        } else {
            &terms.lead
        };
        let pairs: Vec<u32> = text
            .windows(2)
            .map(|pair| pair_hash(pair[0], pair[1]))
            .collect();
        builder.add(&distinct(&terms.title), &distinct(text), &distinct(&pairs));
    }
    Ok(builder.finish())
}

fn distinct(terms: &[u32]) -> Vec<u32> {
    let mut terms = terms.to_vec();
    terms.sort_unstable();
    terms.dedup();
    terms
}
