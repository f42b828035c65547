//! Estimates of the memory, disk space and time of a run, and runs within a memory limit.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use memchr::memchr_iter;

use super::batch::BatchArgs;
use super::reading::print_rejected_inputs;
use super::size::bytes;
use qissa::config::{Level, Params};
use qissa::external::{self, FileBatch, Grouping, ResourceEstimate};
use qissa::ids::Field;
use qissa::input::{self, Corpus, Format, Source};
use qissa::pipeline::{Engine, key_maker};

/// Number of bytes read of each input for the estimate.
const SAMPLE_BYTES: u64 = 1 << 20;

/// Ratio of the time of the whole run to the extrapolated time of the sample. A sample has few
/// collisions.
const COLLISION_FACTOR: f64 = 1.5;

/// Why an input cannot be estimated.
const UNSUPPORTED: &str =
    "--plan and --memory-limit need uncompressed files of JSON Lines, one object a line";

/// The estimate of a run over JSON Lines.
pub struct Plan {
    estimate: ResourceEstimate,
    /// Seconds on one processor.
    seconds: f64,
    corpus: Corpus,
}

impl Plan {
    /// Estimates a run over `inputs`. The error names the input without an estimate.
    pub fn of(inputs: &[PathBuf], batch: &BatchArgs, engine: &Engine) -> anyhow::Result<Self> {
        let params = engine.params();
        if params.level != Level::Duplicates {
            bail!("--plan and --memory-limit need --level duplicates");
        }
        let corpus = Corpus::open(inputs, batch.reading.options())?;
        let mut plan = Plan {
            estimate: ResourceEstimate::default(),
            seconds: 0.0,
            corpus: Corpus::default(),
        };
        for file in corpus.files() {
            plan.add(&file.path, batch, engine)
                .with_context(|| format!("cannot estimate {}", file.path.display()))?;
        }
        plan.corpus = corpus;
        Ok(plan)
    }

    /// Prints the members of folders that cannot be read.
    pub fn print_rejected(&self, quiet: bool) {
        print_rejected_inputs(self.corpus.rejected(), quiet);
    }

    /// Adds the estimate of one file.
    fn add(&mut self, path: &Path, batch: &BatchArgs, engine: &Engine) -> anyhow::Result<()> {
        let sample = read_sample(path, batch)?;
        let sampled = sample.bytes.len() as u64;
        let size = path.metadata()?.len();
        let start = Instant::now();
        let reading = input::read(&sample, Some(Format::Jsonl), &batch.reading.field_names())?;
        let estimate = ResourceEstimate::of(&reading.articles, sampled, size, engine.params());
        let seconds = start.elapsed().as_secs_f64() * size as f64 / sampled.max(1) as f64;
        self.seconds += seconds * COLLISION_FACTOR;
        let edges = engine.partition(&reading.articles, &()).edges.len() as f64;
        let edges_per_item = edges / reading.articles.len().max(1) as f64;
        let estimate = estimate.with(edges_per_item, longest_line(path)?);
        self.estimate.items += estimate.items;
        self.estimate.memory += estimate.memory;
        self.estimate.least_memory += estimate.least_memory;
        self.estimate.disk += estimate.disk;
        Ok(())
    }

    /// The estimate as text.
    pub fn text(&self, params: &Params, limit: Option<u64>) -> String {
        let ResourceEstimate {
            items,
            memory,
            least_memory,
            disk,
        } = self.estimate;
        let banding = params.banding;
        let (texts, rest) = if key_maker(params).has_bands(Field::Title) {
            ("texts", "")
        } else {
            ("bodies", "; titles by adjacent pairs of prefix words")
        };
        let threads = rayon::current_num_threads();
        let threshold = params.duplicates.threshold;
        let spills = limit.is_some_and(|limit| memory > limit);
        let seconds = self.seconds / threads as f64 * if spills { 2.0 } else { 1.0 };
        let held = match limit {
            Some(limit) if spills && least_memory > limit => {
                format!("at least {}, more than allowed", bytes(least_memory))
            }
            _ if spills => format!("about {}, the keys on disk", bytes(least_memory)),
            _ => format!(
                "about {}; {} with {} on disk",
                bytes(memory),
                bytes(least_memory),
                bytes(disk)
            ),
        };
        let at = |jaccard: f64| format!("{:.4} at {jaccard:.2}", banding.probability(jaccard));
        format!(
            "items    about {items}\n\
             bands    {} of {} rows: two {texts} are compared with the probability {}, {}{rest}\n\
             memory   {held}\n\
             disk     {}\n\
             time     about {} on {threads} threads\n",
            banding.bands,
            banding.rows,
            at(threshold),
            at((threshold - 0.2).max(0.0)),
            if spills {
                format!("about {}", bytes(disk))
            } else {
                "none".to_owned()
            },
            duration(seconds),
        )
    }

    /// Whether the run fits into `limit` bytes of memory.
    pub fn fits(&self, limit: u64) -> bool {
        self.estimate.memory <= limit
    }

    /// Groups the items with blocking keys on disk; an error if that needs more than `limit` bytes
    /// of memory.
    pub fn run(
        self,
        limit: u64,
        folder: &Path,
        batch: &BatchArgs,
        engine: &Engine,
        progress: &dyn qissa::pipeline::Progress,
    ) -> anyhow::Result<Grouping> {
        let least = self.estimate.least_memory;
        if least > limit {
            bail!(
                "a limit of {} is too little memory for about {} items: allow {}",
                bytes(limit),
                self.estimate.items,
                bytes(least)
            );
        }
        let input = FileBatch {
            files: self
                .corpus
                .files()
                .iter()
                .map(|file| file.path.clone())
                .collect(),
            field_names: batch.reading.field_names(),
            folder: folder.to_owned(),
        };
        Ok(external::duplicates(engine, &input, progress)?)
    }
}

/// Reads the first [`SAMPLE_BYTES`] of a file, up to the end of a line.
fn read_sample(path: &Path, batch: &BatchArgs) -> anyhow::Result<Source> {
    if path == "-" || !path.metadata()?.is_file() {
        bail!(UNSUPPORTED);
    }
    let mut reader = BufReader::new(File::open(path)?);
    let mut bytes = Vec::new();
    reader.by_ref().take(SAMPLE_BYTES).read_to_end(&mut bytes)?;
    reader.read_until(b'\n', &mut bytes)?;
    let first = bytes
        .split(|&byte| byte == b'\n')
        .find(|line| !line.trim_ascii().is_empty())
        .unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    if !batch.reading.options().is_jsonl(&first) {
        bail!(UNSUPPORTED);
    }
    Ok(Source::new(path.display().to_string(), bytes))
}

/// The bytes of a file's longest line. Reads the whole file, because a single record may need more
/// memory than all other records.
fn longest_line(path: &Path) -> io::Result<u64> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let (mut longest, mut length) = (0, 0);
    loop {
        let piece = reader.fill_buf()?;
        if piece.is_empty() {
            return Ok(longest.max(length));
        }
        let mut start = 0;
        for end in memchr_iter(b'\n', piece) {
            longest = longest.max(length + (end - start) as u64);
            (length, start) = (0, end + 1);
        }
        length += (piece.len() - start) as u64;
        let read = piece.len();
        reader.consume(read);
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => "less than a second".to_owned(),
        seconds if seconds < 100.0 => format!("{seconds:.0} seconds"),
        seconds => format!("{:.0} minutes", seconds / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_line_may_span_buffers() {
        let text = format!("ab\n{}\nabc", "x".repeat(3 << 20));
        let mut file = tempfile::NamedTempFile::new().unwrap();
        io::Write::write_all(&mut file, text.as_bytes()).unwrap();
        assert_eq!(longest_line(file.path()).unwrap(), 3 << 20);
    }
}
