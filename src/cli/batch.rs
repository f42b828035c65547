//! What every subcommand that groups a batch takes alike: settings, how inputs are read,
//! backgrounds, constraints.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueEnum;
use hashbrown::HashSet;

use super::progress::Terminal;
use super::reading::{Intake, Loaded, ReadingArgs, load, read_all};
use super::tell;
use qissa::article::Article;
use qissa::cluster::Constraints;
use qissa::config::{Config, Fields, Level};
use qissa::input;
use qissa::pipeline::Engine;
use qissa::text::{Background, noise_share};

/// How a batch is read and grouped.
#[derive(Debug, clap::Args)]
pub struct BatchArgs {
    #[command(flatten)]
    pub settings: Settings,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// Use this background for its language (see `qissa background`)
    #[arg(long, value_name = "FILE")]
    background: Vec<PathBuf>,
    /// Pairs that must, or must not, be in one group: "must-link<TAB>id<TAB>id" or
    /// "cannot-link<TAB>id<TAB>id" a line
    #[arg(long, value_name = "FILE")]
    constraints: Option<PathBuf>,
    /// Threads to use; all processors by default
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=1024))]
    threads: u16,
    /// Say nothing on standard error but errors
    #[arg(short, long)]
    pub quiet: bool,
}

impl BatchArgs {
    /// The engine that the flags ask for, on the threads they ask for.
    pub fn engine(&self) -> anyhow::Result<Engine> {
        self.engine_over(Config::default())
    }

    /// The same where no file names other settings than the ones given.
    pub fn engine_over(&self, given: Config) -> anyhow::Result<Engine> {
        let threads = usize::from(self.threads);
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build_global()
            .context("cannot start the threads")?;
        let mut engine = Engine::new(self.settings.config_over(given)?.check()?);
        for path in &self.background {
            let bytes =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let background =
                Background::from_bytes(&bytes).with_context(|| path.display().to_string())?;
            engine = engine.with_background(background);
        }
        let constraints = self
            .constraints
            .as_deref()
            .map_or_else(|| Ok(Constraints::default()), constraints)?;
        Ok(engine.with_constraints(constraints))
    }

    /// The inputs' files, unpacked.
    pub fn load(&self, inputs: &[PathBuf], terminal: &Terminal) -> anyhow::Result<Loaded> {
        terminal.begin_reading(inputs);
        load(inputs, self.reading.unpack_limits(), self.quiet)
    }

    /// The articles of the inputs.
    pub fn articles<'a>(
        &self,
        engine: &Engine,
        loaded: &'a Loaded,
    ) -> anyhow::Result<Vec<Article<'a>>> {
        Ok(self.intake(engine, loaded)?.articles)
    }

    /// The articles of the inputs, and what of them was passed over.
    pub fn intake<'a>(&self, engine: &Engine, loaded: &'a Loaded) -> anyhow::Result<Intake<'a>> {
        let intake = read_all(loaded, &self.reading, self.quiet)?;
        name_unknown(engine.constraints(), &intake.articles, self.quiet);
        let texts = intake
            .articles
            .iter()
            .map(|article| &*article.text)
            .take(NOISE_SAMPLE);
        if self.settings.preset.is_none() && noise_share(texts) >= NOISY {
            tell(
                self.quiet,
                "many words have figures between letters, as scans have: --preset noisy compares by letters",
            );
        }
        Ok(intake)
    }
}

/// This many texts are looked at to tell scans from other texts.
const NOISE_SAMPLE: usize = 200;

/// Texts with this share of words that have a figure between letters are scans: clean news has less
/// than one in 2,000, and a scan with one wrong letter in a hundred about one in 100.
const NOISY: f64 = 0.004;

fn constraints(path: &Path) -> anyhow::Result<Constraints> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(input::constraints(&path.display().to_string(), &text)?)
}

/// Says which ids of the constraints no item bears.
fn name_unknown(constraints: &Constraints, articles: &[Article<'_>], quiet: bool) {
    if constraints.is_empty() {
        return;
    }
    let known: HashSet<&str> = articles.iter().map(|article| &*article.id).collect();
    let unknown: Vec<&str> = constraints.ids().filter(|id| !known.contains(id)).collect();
    if !unknown.is_empty() {
        let named: Vec<String> = unknown.iter().take(5).map(|id| format!("{id:?}")).collect();
        let more = if unknown.len() > named.len() {
            ", ..."
        } else {
            ""
        };
        tell(
            quiet,
            &format!(
                "ids of the constraints that no item bears: {} ({}{more})",
                unknown.len(),
                named.join(", ")
            ),
        );
    }
}

/// The settings that flags can change.
#[derive(Debug, Clone, clap::Args)]
pub struct Settings {
    /// Read settings from this file (see `qissa config`)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Settings for a kind of input
    #[arg(long, value_enum)]
    preset: Option<PresetArg>,
    /// What to group by
    #[arg(long, value_enum)]
    level: Option<LevelArg>,
    /// What to compare
    #[arg(long, value_enum)]
    fields: Option<FieldsArg>,
    /// Shingles for titles and bodies alike: word:N, word:N-M or char:N
    #[arg(long, value_name = "UNIT:N")]
    shingle: Option<String>,
    /// How alike items of a group must be, 0.01 to 1: likeness of duplicates, link strength of
    /// stories
    #[arg(long, value_name = "T")]
    threshold: Option<f64>,
    /// Items published further apart than this many days are neither duplicates nor one story; 0
    /// for no limit and no decay
    #[arg(long, value_name = "DAYS")]
    window: Option<f64>,
    /// Recency decay of stories: beyond the first day, similarity is multiplied by exp(-days /
    /// DAYS); 0 for none
    #[arg(long, value_name = "DAYS")]
    decay: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LevelArg {
    /// Items about one event; duplicates nest inside
    Stories,
    /// The same text, perhaps edited
    Duplicates,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PresetArg {
    /// Scans and transcripts: duplicates with 1 to 3 % wrong letters are found, by runs of seven
    /// letters
    Noisy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FieldsArg {
    Title,
    Body,
    All,
}

impl Settings {
    /// The settings of the file, if one is named, with the flags over them.
    pub fn config(&self) -> anyhow::Result<Config> {
        self.config_over(Config::default())
    }

    /// The settings of the file, or the ones given if no file is named, with the flags over them.
    pub fn config_over(&self, given: Config) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            None => given,
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read {}", path.display()))?;
                Config::parse(&text)
                    .with_context(|| format!("{} is not a configuration", path.display()))?
            }
        };
        if let Some(level) = self.level {
            config.level = if level == LevelArg::Stories {
                Level::Stories
            } else {
                Level::Duplicates
            };
        }
        if let Some(PresetArg::Noisy) = self.preset {
            config.set_noisy();
        }
        if let Some(fields) = self.fields {
            config.fields = match fields {
                FieldsArg::Title => Fields::Title,
                FieldsArg::Body => Fields::Body,
                FieldsArg::All => Fields::All,
            };
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
        config.stories.fade = self.decay.unwrap_or(config.stories.fade);
        Ok(config)
    }
}

/// Ids that are written much like one that is not there are named, at most so many.
const NAMED: usize = 3;

/// The position of the item with an id, the first of several.
pub fn place(articles: &[Article<'_>], id: &str, quiet: bool) -> anyhow::Result<usize> {
    let mut found = articles
        .iter()
        .enumerate()
        .filter(|(_, article)| article.id == id);
    let first = found.next().with_context(|| unknown(articles, id))?.0;
    let more = found.count();
    if more > 0 {
        tell(
            quiet,
            &format!("{} items bear the id {id:?}; the first is meant", more + 1),
        );
    }
    Ok(first)
}

fn unknown(articles: &[Article<'_>], id: &str) -> String {
    let mut near: Vec<(f64, &str)> = articles
        .iter()
        .map(|article| (strsim::jaro_winkler(id, &article.id), &*article.id))
        .collect();
    near.sort_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(y.1)));
    near.dedup();
    let named: Vec<String> = near
        .iter()
        .take(NAMED)
        .map(|(_, id)| format!("{id:?}"))
        .collect();
    format!(
        "no item of {} bears the id {id:?}; the nearest are {}",
        articles.len(),
        named.join(", ")
    )
}
