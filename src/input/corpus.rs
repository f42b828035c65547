//! The items of files, folders, archives and standard input.
//!
//! Input: paths and [`ReadOptions`]. Output: [`Items`], with the rejected inputs and records and
//! the [`Warning`]s as data. Cost: linear in the bytes; inputs are parsed in parallel.
//!
//! A named input that cannot be read is an error. A member of a folder or an archive that cannot be
//! read is rejected, and reading goes on.

use std::fmt;
use std::ops::ControlFlow;
use std::path::Path;

use hashbrown::HashMap;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::folder::{Input, Inputs, expand};
use super::stream::{Chunk, read_stdin, stream_sources};
use super::{ReadError, ReadOptions, Reading, RejectedRecord, SharedId, Source};
use crate::article::Article;
use crate::identity::is_content_id;

/// The files to read, and how.
///
/// ```
/// use qissa::input::{Corpus, ReadOptions};
/// let corpus = Corpus::open(&["samples/mixed"], ReadOptions::default())?;
/// let loaded = corpus.load()?;
/// let items = loaded.items()?;
/// assert!(!items.articles.is_empty());
/// # Ok::<(), qissa::input::ReadError>(())
/// ```
#[derive(Debug, Default)]
pub struct Corpus {
    files: Vec<Input>,
    rejected: Vec<ReadError>,
    options: ReadOptions,
}

impl Corpus {
    /// Lists the files of paths. A folder stands for all files below it; "-" is standard input.
    ///
    /// # Errors
    /// [`ReadError::Io`] if a named folder cannot be listed.
    pub fn open<P: AsRef<Path>>(paths: &[P], options: ReadOptions) -> Result<Self, ReadError> {
        let Inputs { files, rejected } = expand(paths)?;
        Ok(Corpus {
            files,
            rejected,
            options,
        })
    }

    /// The files, in the order of the paths; those of a folder by name.
    pub fn files(&self) -> &[Input] {
        &self.files
    }

    /// What of the folders could not be listed.
    pub fn rejected(&self) -> &[ReadError] {
        &self.rejected
    }

    /// Loads and unpacks all files.
    ///
    /// # Errors
    /// The [`ReadError`] of a named file.
    pub fn load(self) -> Result<Loaded, ReadError> {
        let Corpus {
            files,
            mut rejected,
            options,
        } = self;
        let mut sources = Vec::new();
        for file in &files {
            match options.load(file) {
                Ok(unpacked) => sources.extend(unpacked),
                Err(error) => rejected.push(error.skipped(file.is_named)?),
            }
        }
        Ok(Loaded {
            sources,
            rejected,
            options,
        })
    }

    /// Reads the files one after another and passes each part on as soon as it is read. Standard
    /// input in JSON Lines is passed on line by line.
    ///
    /// # Errors
    /// The [`ReadError`] of a named file.
    pub fn stream(self, mut take: impl FnMut(Chunk) -> ControlFlow<()>) -> Result<(), ReadError> {
        let Corpus {
            files,
            rejected,
            options,
        } = self;
        for error in rejected {
            if take(Chunk::Rejected(error)).is_break() {
                return Ok(());
            }
        }
        for file in &files {
            let flow = if file.path.as_os_str() == "-" {
                read_stdin(&options, &mut take)?
            } else {
                stream_file(file, &options, &mut take)?
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn stream_file(
    file: &Input,
    options: &ReadOptions,
    take: &mut impl FnMut(Chunk) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, ReadError> {
    match options.load(file) {
        Ok(sources) => stream_sources(&sources, options, take),
        Err(error) => Ok(take(Chunk::Rejected(error.skipped(file.is_named)?))),
    }
}

/// The unpacked contents of a corpus. Its [`Items`] borrow from it.
#[derive(Debug, Default)]
pub struct Loaded {
    sources: Vec<Source>,
    rejected: Vec<ReadError>,
    options: ReadOptions,
}

/// What a corpus gave.
#[derive(Debug)]
pub struct Items<'a> {
    /// The items, in the order of the inputs.
    pub articles: Vec<Article<'a>>,
    /// The records that were not read.
    pub records: Vec<RejectedRecord>,
    /// What the user should know of the items.
    pub warnings: Vec<Warning>,
    /// The number of items dated after tomorrow, which count as undated.
    pub undated: usize,
    /// Whether any input could be read, be it without items.
    is_read: bool,
    not_loaded: &'a [ReadError],
    not_parsed: Vec<ReadError>,
}

impl Loaded {
    /// The contents of inputs in memory. They are unpacked.
    ///
    /// # Errors
    /// The [`ReadError`] of a named source.
    pub fn from_sources(sources: Vec<Source>, options: ReadOptions) -> Result<Self, ReadError> {
        let mut loaded = Loaded {
            options,
            ..Loaded::default()
        };
        for source in sources {
            let is_named = source.is_named;
            match loaded.options.unpack(source) {
                Ok(unpacked) => loaded.sources.extend(unpacked),
                Err(error) => loaded.rejected.push(error.skipped(is_named)?),
            }
        }
        Ok(loaded)
    }

    /// The unpacked contents.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The unnamed inputs that could not be loaded or unpacked.
    pub fn rejected(&self) -> &[ReadError] {
        &self.rejected
    }

    /// Parses the contents, in parallel.
    ///
    /// # Errors
    /// The [`ReadError`] of a named input.
    pub fn items(&self) -> Result<Items<'_>, ReadError> {
        let readings: Vec<Result<Reading<'_>, ReadError>> = self
            .sources
            .par_iter()
            .map(|source| self.options.read(source))
            .collect();
        let mut items = Items {
            articles: Vec::new(),
            records: Vec::new(),
            warnings: Vec::new(),
            undated: 0,
            is_read: false,
            not_loaded: &self.rejected,
            not_parsed: Vec::new(),
        };
        let mut shared_ids = Vec::new();
        for (reading, source) in readings.into_iter().zip(&self.sources) {
            match reading {
                Ok(reading) => items.add(reading, source, &mut shared_ids),
                Err(error) => items.not_parsed.push(error.skipped(source.is_named)?),
            }
        }
        items.warn(shared_ids);
        Ok(items)
    }
}

impl<'a> Items<'a> {
    /// The unnamed inputs that were not read.
    pub fn inputs(&self) -> impl Iterator<Item = &ReadError> {
        self.not_loaded.iter().chain(&self.not_parsed)
    }

    /// The unnamed inputs that were loaded but could not be parsed.
    pub fn not_parsed(&self) -> &[ReadError] {
        &self.not_parsed
    }

    /// Refuses a corpus of which everything was rejected.
    ///
    /// # Errors
    /// [`ReadError::AllRejected`].
    pub fn require_any(&self) -> Result<(), ReadError> {
        if self.is_read {
            return Ok(());
        }
        ReadError::require_none_rejected(self.records.len(), self.inputs().count())
    }

    fn add(&mut self, reading: Reading<'a>, source: &Source, shared_ids: &mut Vec<SharedId>) {
        self.is_read |= !reading.articles.is_empty() || reading.rejected.is_empty();
        if reading.articles.is_empty() && reading.rejected.is_empty() {
            let input = source.name.clone();
            self.warnings.push(Warning::NoItems { input });
        }
        // The items of a single large input are moved, not copied.
        if self.articles.is_empty() {
            self.articles = reading.articles;
        } else {
            self.articles.extend(reading.articles);
        }
        self.records.extend(reading.rejected);
        shared_ids.extend(reading.shared_ids);
        self.undated += reading.undated;
    }

    fn warn(&mut self, mut shared_ids: Vec<SharedId>) {
        // One warning per feed.
        shared_ids.dedup_by(|next, previous| next.feed == previous.feed);
        let shared_ids = shared_ids.into_iter().map(Warning::SharedId);
        self.warnings.extend(shared_ids);
        self.warnings.extend(repeated_ids(&self.articles));
        self.warnings.extend(Warning::undated(self.undated));
    }
}

/// What a user should know of the items of a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// An input holds no item, as is valid in its format.
    NoItems {
        /// The input.
        input: String,
    },
    /// Several items of a feed have one id.
    SharedId(SharedId),
    /// Several items have one id, so ids do not identify items.
    RepeatedIds {
        /// The number of items whose id is not unique.
        items: usize,
        /// The most frequent id.
        example: String,
        /// The number of items with that id.
        most: usize,
    },
    /// Items dated after tomorrow count as undated.
    Undated {
        /// The number of items.
        items: usize,
    },
}

impl Warning {
    /// The warning about items dated after tomorrow, if there are any.
    pub fn undated(items: usize) -> Option<Self> {
        (items > 0).then_some(Warning::Undated { items })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::NoItems { input } => write!(f, "{input}: no items in it"),
            Warning::SharedId(shared) => shared.fmt(f),
            Warning::RepeatedIds {
                items,
                example,
                most,
            } => write!(
                f,
                "{items} items share their ids with others, {most} of them {example:?}: \
                 labels, pairs and canonical_id cannot tell them apart"
            ),
            Warning::Undated { items: 1 } => {
                f.write_str("1 item dated after tomorrow counts as undated; is the clock right?")
            }
            Warning::Undated { items } => write!(
                f,
                "{items} items dated after tomorrow count as undated; is the clock right?"
            ),
        }
    }
}

/// The warning about ids that several items have. Content ids do not count: items of equal content
/// belong together.
fn repeated_ids(articles: &[Article<'_>]) -> Option<Warning> {
    let own_ids = articles
        .par_iter()
        .map(|article| &*article.id)
        .filter(|id| !is_content_id(id));
    // Most corpora repeat no id: hashes show that without a map of strings.
    let mut hashes: Vec<u64> = own_ids.clone().map(|id| xxh3_64(id.as_bytes())).collect();
    hashes.par_sort_unstable();
    if hashes.windows(2).all(|pair| pair[0] != pair[1]) {
        return None;
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for id in own_ids.collect::<Vec<_>>() {
        *counts.entry(id).or_default() += 1;
    }
    counts.retain(|_, count| *count > 1);
    let (example, most) = counts
        .iter()
        .max_by(|x, y| x.1.cmp(y.1).then(y.0.cmp(x.0)))?;
    Some(Warning::RepeatedIds {
        items: counts.values().sum(),
        example: (*example).to_owned(),
        most: *most,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ITEM: &str = "{\"id\":\"1\",\"title\":\"Bridge opens\"}\n";

    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    }

    #[test]
    fn unnamed_inputs_are_rejected_and_named_ones_are_errors() {
        let folder = folder(&[("a.jsonl", ITEM.as_bytes()), ("b.bin", b"\x01\x02")]);
        let loaded = Corpus::open(&[folder.path()], ReadOptions::default())
            .and_then(Corpus::load)
            .unwrap();
        let items = loaded.items().unwrap();
        assert_eq!((items.articles.len(), items.inputs().count()), (1, 1));
        assert!(items.require_any().is_ok());
        let named = Corpus::open(&[folder.path().join("b.bin")], ReadOptions::default())
            .and_then(Corpus::load)
            .unwrap();
        assert!(named.items().is_err());
    }

    #[test]
    fn named_archives_without_files_are_errors() {
        let end_of_directory = [&b"PK\x05\x06"[..], &[0; 18]].concat();
        let source = Source::new("empty.zip", end_of_directory);
        let unpacked = ReadOptions::default().unpack(source);
        assert!(unpacked.is_err(), "{unpacked:?}");
    }

    #[test]
    fn corpora_without_readable_inputs_are_errors() {
        let folder = folder(&[("b.bin", b"\x01\x02")]);
        let loaded = Corpus::open(&[folder.path()], ReadOptions::default())
            .and_then(Corpus::load)
            .unwrap();
        let refused = loaded.items().unwrap().require_any().unwrap_err();
        assert_eq!(refused.to_string(), "no item was read: 1 file skipped");
    }

    #[test]
    fn streams_and_batches_give_the_same_items() {
        let options = ReadOptions::default();
        let paths = ["samples/mixed/items.jsonl", "samples/feed_en/feed.xml"];
        let loaded = Corpus::open(&paths, options.clone())
            .and_then(Corpus::load)
            .unwrap();
        let mut streamed = Vec::new();
        let corpus = Corpus::open(&paths, options).unwrap();
        corpus
            .stream(|chunk| {
                if let Chunk::Read(reading) = chunk {
                    streamed.extend(reading.articles);
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(streamed, loaded.items().unwrap().articles);
    }

    #[test]
    fn repeated_ids_are_counted() {
        let articles = ["a", "b", "a", "c", "c", "c"].map(|id| Article::headline(id, "title"));
        assert_eq!(
            repeated_ids(&articles),
            Some(Warning::RepeatedIds {
                items: 5,
                example: "c".to_owned(),
                most: 3
            })
        );
        assert_eq!(repeated_ids(&articles[..2]), None);
    }
}
