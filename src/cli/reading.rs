//! The inputs that every subcommand reads alike: files, folders, archives, standard input.

use std::path::PathBuf;

use anyhow::bail;
use clap::ValueEnum;
use hashbrown::HashMap;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::note;
use qissa::article::Article;
use qissa::identity::is_content_id;
use qissa::input::{
    self, Format, Input, Inputs, Keys, ReadError, Reading, SharedId, Skipped, Source, UnpackLimits,
};
use qissa::report::{Lost, PassedOver};

/// How inputs are read.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Reading")]
pub struct ReadingArgs {
    /// Read every input as this format instead of telling it by content
    #[arg(long, value_enum, value_name = "FORMAT")]
    input_format: Option<InputFormat>,
    /// The names of a table's columns, where its first line does not give them
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    columns: Vec<String>,
    /// The list of records within JSON, such as response.docs; by default the one that is most
    /// like a list of news
    #[arg(long, value_name = "PATH")]
    records: Option<String>,
    /// The key or column of the id; dots lead into objects, as in meta.id, here and in the keys
    /// below
    #[arg(long, value_name = "KEY")]
    id_key: Option<String>,
    /// The key or column of the title
    #[arg(long, value_name = "KEY")]
    title_key: Option<String>,
    /// The key or column of the body
    #[arg(long, value_name = "KEY")]
    text_key: Option<String>,
    /// The key or column of the address
    #[arg(long, value_name = "KEY")]
    url_key: Option<String>,
    /// The key or column of the outlet
    #[arg(long, value_name = "KEY")]
    source_key: Option<String>,
    /// The key or column of the date of publication
    #[arg(long, value_name = "KEY")]
    date_key: Option<String>,
    /// The key or column of the language
    #[arg(long, value_name = "KEY")]
    language_key: Option<String>,
    /// Unpack at most so much of one compressed file or archive, such as 2GiB
    #[arg(long, value_name = "SIZE", default_value = "8GiB", value_parser = super::plan::size)]
    unpack_limit: u64,
    /// Refuse a compressed file or an archive that unpacks to more than so many times its length,
    /// beyond 32 MiB
    #[arg(long, value_name = "N", default_value_t = UnpackLimits::default().ratio)]
    unpack_ratio: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InputFormat {
    /// A JSON object a line
    Jsonl,
    /// A JSON Feed, an array of records, or an object that holds one
    Json,
    /// Comma, tab, semicolon or bar between the fields
    Csv,
    /// Columns in Parquet
    Parquet,
    /// RSS, RDF, Atom, CDF or a news sitemap
    Feed,
    /// A web page
    Html,
    /// A scraped news page as text
    Page,
    /// A headline a line
    Lines,
    /// The pages of a web archive
    Warc,
}

impl From<InputFormat> for Format {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Jsonl => Format::Jsonl,
            InputFormat::Json => Format::Json,
            InputFormat::Csv => Format::Csv,
            InputFormat::Parquet => Format::Parquet,
            InputFormat::Feed => Format::Feed,
            InputFormat::Html => Format::Html,
            InputFormat::Page => Format::Page,
            InputFormat::Lines => Format::Lines,
            InputFormat::Warc => Format::Warc,
        }
    }
}

impl ReadingArgs {
    /// How much may come out of a packed input.
    pub fn unpack_limits(&self) -> UnpackLimits {
        UnpackLimits {
            total: self.unpack_limit,
            ratio: self.unpack_ratio,
        }
    }

    /// The items of one input.
    pub fn read<'a>(&self, source: &'a Source) -> Result<Reading<'a>, ReadError> {
        let reading = input::read(source, self.input_format.map(Format::from), &self.keys())?;
        reading.refuse_nothing(source)?;
        Ok(reading)
    }

    /// Whether an input that begins with this line has a record in each, so that they can be read
    /// as they come.
    pub fn has_records_in_lines(&self, first: &str) -> bool {
        let first = first.trim_start_matches('\u{feff}').trim();
        let told = || {
            first.starts_with('{') && input::detect(first, "", &self.keys()) == Some(Format::Jsonl)
        };
        self.records.is_none()
            && self
                .input_format
                .map_or_else(told, |format| format == InputFormat::Jsonl)
    }

    pub fn keys(&self) -> Keys {
        Keys {
            id: self.id_key.clone(),
            title: self.title_key.clone(),
            text: self.text_key.clone(),
            url: self.url_key.clone(),
            source: self.source_key.clone(),
            published: self.date_key.clone(),
            language: self.language_key.clone(),
            columns: self.columns.clone(),
            records: self.records.clone(),
        }
    }
}

/// The contents of the inputs' files.
#[derive(Debug, Default)]
pub struct Loaded {
    pub sources: Vec<Source>,
    /// The files of folders that could not be read, each with why.
    pub passed_over: Vec<String>,
}

/// The inputs' files, unpacked. Of a folder, what cannot be read or unpacked is named and passed
/// over.
pub fn load(inputs: &[PathBuf], limits: UnpackLimits, quiet: bool) -> anyhow::Result<Loaded> {
    let Inputs { files, passed_over } = input::expand(inputs)?;
    let mut loaded = Loaded::default();
    for error in passed_over {
        loaded.passed_over.push(pass_over(&error, quiet));
    }
    for input in &files {
        match load_one(input, limits) {
            Ok(sources) => loaded.sources.extend(sources),
            Err(error) if !input.is_named && error.is_of_one_file() => {
                loaded.passed_over.push(pass_over(&error, quiet));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(loaded)
}

/// One input's files, unpacked.
pub fn load_one(input: &Input, limits: UnpackLimits) -> Result<Vec<Source>, ReadError> {
    let sources = input::unpack_within(
        Source {
            is_named: input.is_named,
            ..Source::load(&input.path)?
        },
        limits,
    )?;
    if sources.is_empty() && input.is_named {
        let name = input.path.display().to_string();
        return Err(ReadError::Nothing {
            name,
            cause: "no file is in it".to_owned(),
        });
    }
    Ok(sources)
}

/// Names a file that is passed over.
pub fn pass_over(error: &ReadError, quiet: bool) -> String {
    note(quiet, &format!("passed over: {error}"));
    error.to_string()
}

/// How many of the records that could not be read are named one by one.
pub(super) const NAMED: usize = 10;

/// How many of them are kept for a report.
const KEPT: usize = 200;

/// What the inputs gave.
pub struct Intake<'a> {
    pub articles: Vec<Article<'a>>,
    pub passed_over: PassedOver,
}

/// The articles of all inputs. What was skipped is named on standard error, and so is a file of a
/// folder or an archive that is in none of the formats.
pub fn read_all<'a>(
    loaded: &'a Loaded,
    reading: &ReadingArgs,
    quiet: bool,
) -> anyhow::Result<Intake<'a>> {
    let Loaded {
        sources,
        passed_over,
    } = loaded;
    let read: Vec<Result<Reading<'a>, ReadError>> = sources
        .par_iter()
        .map(|source| reading.read(source))
        .collect();
    let mut articles = Vec::new();
    let (mut skipped, mut files, mut is_read) = (Vec::<Skipped>::new(), passed_over.clone(), false);
    let mut shared: Vec<SharedId> = Vec::new();
    let mut undated = 0;
    for (found, source) in read.into_iter().zip(sources) {
        match found {
            Ok(found) => {
                is_read |= !found.articles.is_empty() || found.skipped.is_empty();
                if found.articles.is_empty() && found.skipped.is_empty() {
                    note(quiet, &format!("{}: no items in it", source.name));
                }
                if articles.is_empty() {
                    articles = found.articles;
                } else {
                    articles.extend(found.articles);
                }
                skipped.extend(found.skipped);
                shared.extend(found.shared_ids);
                undated += found.undated;
            }
            Err(error) if !source.is_named && error.is_of_one_file() => {
                files.push(pass_over(&error, quiet))
            }
            Err(error) => return Err(error.into()),
        }
    }
    name_skipped(&skipped, quiet);
    if !files.is_empty() {
        note(quiet, &format!("{} files passed over", files.len()));
    }
    if !is_read {
        refuse_nothing(skipped.len(), files.len())?;
    }
    shared.dedup_by(|one, before| one.feed == before.feed);
    let repeated = repeated_ids(&articles);
    for said in shared.iter().map(SharedId::to_string).chain(repeated) {
        note(quiet, &format!("warning: {said}"));
    }
    name_undated(undated, quiet);
    let lost = |one: &Skipped| Lost {
        place: format!("{}:{}", one.source, one.line),
        cause: one.cause.clone(),
    };
    let named = skipped.iter().take(KEPT).map(lost).collect();
    Ok(Intake {
        articles,
        passed_over: PassedOver {
            records: skipped.len(),
            named,
            files,
            undated,
        },
    })
}

/// Says how many items are dated after tomorrow, if any is.
pub fn name_undated(count: usize, quiet: bool) {
    if count > 0 {
        note(
            quiet,
            &format!(
                "{count} items dated after tomorrow are taken for undated; is this machine's clock right?"
            ),
        );
    }
}

/// What to say where several items bear one id, which labels, pairs and `canonical_id` then cannot
/// tell apart. Hashes of contents are no matter: items of one content belong together.
fn repeated_ids(articles: &[Article<'_>]) -> Option<String> {
    let own = || {
        articles
            .par_iter()
            .map(|article| &*article.id)
            .filter(|id| !is_content_id(id))
    };
    let mut hashes: Vec<u64> = own().map(|id| xxh3_64(id.as_bytes())).collect();
    hashes.par_sort_unstable();
    if hashes.windows(2).all(|pair| pair[0] != pair[1]) {
        return None;
    }
    let mut bearers: HashMap<&str, usize> = HashMap::new();
    own()
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|id| *bearers.entry(id).or_default() += 1);
    let repeated = || bearers.iter().filter(|(_, count)| **count > 1);
    let (example, most) = repeated().max_by(|x, y| x.1.cmp(y.1).then(y.0.cmp(x.0)))?;
    let items: usize = repeated().map(|(_, count)| count).sum();
    Some(format!(
        "{items} items share their ids with others, {most} of them {example:?}: labels, pairs and canonical_id cannot tell \
         them apart"
    ))
}

/// Refuses a run that read nothing though there was something to read.
pub fn refuse_nothing(skipped: usize, passed_over: usize) -> anyhow::Result<()> {
    match (skipped, passed_over) {
        (0, 0) => Ok(()),
        (records, 0) => bail!("no item was read: {records} records skipped"),
        (0, files) => bail!("no item was read: {files} files passed over"),
        (records, files) => {
            bail!("no item was read: {records} records skipped, {files} files passed over")
        }
    }
}

/// Names a record that was skipped, with its place and the cause.
pub(super) fn name_one(one: &Skipped, quiet: bool) {
    note(
        quiet,
        &format!("{}:{}: skipped: {}", one.source, one.line, one.cause),
    );
}

/// Names the records that could not be read, the first of them one by one.
pub fn name_skipped(skipped: &[Skipped], quiet: bool) {
    skipped
        .iter()
        .take(NAMED)
        .for_each(|one| name_one(one, quiet));
    if !skipped.is_empty() {
        note(quiet, &format!("{} records skipped", skipped.len()));
    }
}
