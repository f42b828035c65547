//! Arguments of the subcommands that group a batch: settings, inputs, backgrounds, constraints.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Arg, ValueEnum};
use hashbrown::HashSet;

use super::note;
use super::progress::Terminal;
use super::reading::{Intake, ReadingArgs, read_all};
use qissa::article::Article;
use qissa::cluster::Constraints;
use qissa::config::{Config, Fields, Level};
use qissa::input::{self, Loaded};
use qissa::pipeline::Engine;
use qissa::text::{Background, noise_share};

/// Arguments for reading and grouping a batch.
// Arguments without a heading come first: a heading holds for all arguments after it.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    /// Print only errors on standard error
    #[arg(short, long)]
    pub quiet: bool,
    /// Number of threads; 0 uses all processors
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        value_parser = clap::value_parser!(u16).range(0..=1024)
    )]
    threads: u16,
    #[command(flatten)]
    pub settings: SettingsArgs,
    /// Weigh words with this background corpus in addition to the batch, for its language; see
    /// `qissa background`
    #[arg(long, value_name = "FILE", help_heading = GROUPING)]
    background: Vec<PathBuf>,
    /// Keep pairs of items together or apart: lines "must-link<TAB>id<TAB>id" or
    /// "cannot-link<TAB>id<TAB>id"
    #[arg(long, value_name = "FILE", help_heading = GROUPING)]
    constraints: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// The heading of the options for grouping.
const GROUPING: &str = "Grouping";

impl BatchArgs {
    /// The engine with the settings of the flags; starts the threads.
    pub fn engine(&self) -> anyhow::Result<Engine> {
        self.engine_over(Config::default())
    }

    /// The engine with the settings of the flags, based on `base` if no settings file is named.
    pub fn engine_over(&self, base: Config) -> anyhow::Result<Engine> {
        rayon::ThreadPoolBuilder::new()
            .num_threads(usize::from(self.threads))
            .build_global()
            .context("cannot start the threads")?;
        let mut engine = Engine::new(self.settings.config_over(base)?.check()?);
        for path in &self.background {
            engine = engine.with_background(read_background(path)?);
        }
        if let Some(path) = &self.constraints {
            engine = engine.with_constraints(read_constraints(path)?);
        }
        Ok(engine)
    }

    /// The unpacked files of the inputs.
    pub fn load(&self, inputs: &[PathBuf], terminal: &Terminal) -> anyhow::Result<Loaded> {
        terminal.begin_reading(inputs);
        self.reading.load(inputs, self.quiet)
    }

    /// The items of the inputs.
    pub fn articles<'a>(
        &self,
        engine: &Engine,
        loaded: &'a Loaded,
    ) -> anyhow::Result<Vec<Article<'a>>> {
        Ok(self.intake(engine, loaded)?.articles)
    }

    /// The items of the inputs, and what was not read.
    pub fn intake<'a>(&self, engine: &Engine, loaded: &'a Loaded) -> anyhow::Result<Intake<'a>> {
        let intake = read_all(loaded, self.quiet)?;
        note_unknown_ids(engine.constraints(), &intake.articles, self.quiet);
        if self.settings.preset.is_none() && is_noisy(&intake.articles) {
            note(
                self.quiet,
                "many words have digits between letters, as scans have; --preset noisy compares runs \
                 of letters",
            );
        }
        Ok(intake)
    }
}

/// Number of texts in which noise is measured.
const NOISE_SAMPLE: usize = 200;

/// Share of words with a digit between letters above which texts are likely scans. Clean news has
/// less than 1 in 2,000; a scan with one wrong letter in a hundred has about 1 in 100.
const NOISY: f64 = 0.004;

fn is_noisy(articles: &[Article<'_>]) -> bool {
    let texts = articles.iter().map(|article| &*article.text);
    noise_share(texts.take(NOISE_SAMPLE)) >= NOISY
}

fn read_background(path: &Path) -> anyhow::Result<Background> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Background::from_bytes(&bytes).with_context(|| path.display().to_string())
}

fn read_constraints(path: &Path) -> anyhow::Result<Constraints> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(input::constraints(&path.display().to_string(), &text)?)
}

/// Maximum number of unknown ids in a message.
const NAMED_UNKNOWN: usize = 5;

/// Names the ids of the constraints that no item has.
fn note_unknown_ids(constraints: &Constraints, articles: &[Article<'_>], quiet: bool) {
    if constraints.is_empty() {
        return;
    }
    let known: HashSet<&str> = articles.iter().map(|article| &*article.id).collect();
    let unknown: Vec<&str> = constraints.ids().filter(|id| !known.contains(id)).collect();
    if unknown.is_empty() {
        return;
    }
    let (named, rest) = unknown.split_at(unknown.len().min(NAMED_UNKNOWN));
    let named: Vec<String> = named.iter().map(|id| format!("{id:?}")).collect();
    let named = named.join(", ");
    let ellipsis = if rest.is_empty() { "" } else { ", ..." };
    let count = unknown.len();
    note(
        quiet,
        &format!("{count} ids of the constraints belong to no item: {named}{ellipsis}"),
    );
}

/// An option without a default in its help, for a command that takes the settings of an index.
pub fn without_default(option: Arg) -> Arg {
    let help = option.get_help().map(ToString::to_string);
    match help
        .as_deref()
        .and_then(|help| help.split_once(" [default: "))
    {
        Some((help, _)) => option.help(help.to_owned()),
        None => option,
    }
}

/// Settings that flags can change.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Grouping")]
pub struct SettingsArgs {
    /// Read settings from this file; `qissa config --default` prints one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Use the settings for a kind of input
    #[arg(long, value_enum)]
    preset: Option<PresetArg>,
    /// Kind of groups [default: stories]
    #[arg(long, value_enum)]
    level: Option<LevelArg>,
    /// Fields to compare [default: all]
    #[arg(long, value_enum)]
    fields: Option<FieldsArg>,
    /// Shingles of titles and bodies: word:N (runs of N words), word:N-M or char:N (runs of N
    /// letters) [default: word:1-2 for titles, word:3 for bodies]
    #[arg(long, value_name = "UNIT:N")]
    shingle: Option<String>,
    /// Minimum likeness of duplicates, or minimum link strength of stories, 0.01 to 1; higher gives
    /// smaller groups [default: 0.7 for duplicates, 0.155 for stories]
    #[arg(long, value_name = "T")]
    threshold: Option<f64>,
    /// Maximum days between the dates of two items of a group; 0 for no limit and no decay
    /// [default: 7 for duplicates, 14 for stories]
    #[arg(long, value_name = "DAYS")]
    window: Option<f64>,
    /// Recency decay of stories: beyond the first day, similarity is multiplied by
    /// exp(-(days - 1) / DAYS); 0 for no decay [default: 8]
    #[arg(long, value_name = "DAYS")]
    decay: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LevelArg {
    /// Items about one event; groups of duplicates nest inside
    Stories,
    /// Items with the same text, perhaps edited
    Duplicates,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Stories => Level::Stories,
            LevelArg::Duplicates => Level::Duplicates,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PresetArg {
    /// Scans and transcripts: finds duplicates with 1 to 3 % wrong letters by runs of seven letters
    Noisy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FieldsArg {
    /// Titles only
    Title,
    /// Bodies only
    Body,
    /// Bodies where both items have one, titles otherwise
    All,
}

impl From<FieldsArg> for Fields {
    fn from(fields: FieldsArg) -> Self {
        match fields {
            FieldsArg::Title => Fields::Title,
            FieldsArg::Body => Fields::Body,
            FieldsArg::All => Fields::All,
        }
    }
}

impl SettingsArgs {
    /// The settings of the file or the defaults, changed by the flags.
    pub fn config(&self) -> anyhow::Result<Config> {
        self.config_over(Config::default())
    }

    /// The settings of the file, or `base` if none is named, changed by the flags.
    pub fn config_over(&self, base: Config) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            None => base,
            Some(path) => read_config(path)?,
        };
        if let Some(level) = self.level {
            config.level = level.into();
        }
        match self.preset {
            Some(PresetArg::Noisy) => config.set_noisy(),
            None => {}
        }
        if let Some(fields) = self.fields {
            config.fields = fields.into();
        }
        if let Some(shingle) = &self.shingle {
            config.duplicates.title_shingle.clone_from(shingle);
            config.duplicates.body_shingle.clone_from(shingle);
        }
        if let Some(threshold) = self.threshold {
            config.set_threshold(threshold);
        }
        if let Some(window) = self.window {
            config.set_window(window);
        }
        if let Some(decay) = self.decay {
            config.stories.decay_days = decay;
        }
        Ok(config)
    }
}

fn read_config(path: &Path) -> anyhow::Result<Config> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Config::parse(&text).with_context(|| format!("{} is not a settings file", path.display()))
}

/// Number of similar ids named by an error.
const SUGGESTED_IDS: usize = 3;

/// The position of the first item with the id `id`.
pub fn find_item(articles: &[Article<'_>], id: &str, quiet: bool) -> anyhow::Result<usize> {
    let mut found = articles
        .iter()
        .enumerate()
        .filter(|(_, article)| article.id == id);
    let (first, _) = found.next().with_context(|| unknown_id(articles, id))?;
    let more = found.count();
    if more > 0 {
        note(
            quiet,
            &format!("{} items have the id {id:?}; the first is used", more + 1),
        );
    }
    Ok(first)
}

fn unknown_id(articles: &[Article<'_>], id: &str) -> String {
    let mut similar: Vec<(f64, &str)> = articles
        .iter()
        .map(|article| (strsim::jaro_winkler(id, &article.id), &*article.id))
        .collect();
    similar.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(y.1)));
    similar.dedup();
    let suggested: Vec<String> = similar
        .iter()
        .take(SUGGESTED_IDS)
        .map(|(_, id)| format!("{id:?}"))
        .collect();
    format!(
        "none of the {} items has the id {id:?}; similar ids are {}",
        articles.len(),
        suggested.join(", ")
    )
}
