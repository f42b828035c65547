//! Records in lines: read once share by share, then again one by one.
//!
//! Input: files of JSON lines. Output: items in shares, and later single records by [`ItemId`].
//! Cost: 24 bytes of memory per item, and the ids.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::FileBatch;
use crate::article::Article;
use crate::ids::{IdVec, ItemId};
use crate::input::{self, FieldNames, Format, ReadError, RejectedRecord, Source};

/// Number of bytes read at a time, extended to the end of a line.
const SHARE: u64 = 1 << 24;

/// Places and ids of all records.
#[derive(Debug, Default)]
pub(super) struct Records {
    files: Vec<RecordFile>,
    /// Position of each record in the file.
    starts: IdVec<ItemId, u64>,
    /// Length of each record in bytes.
    lengths: IdVec<ItemId, u32>,
    /// The concatenated ids.
    ids: String,
    /// Where each id ends.
    id_ends: IdVec<ItemId, usize>,
}

#[derive(Debug)]
struct RecordFile {
    name: String,
    file: File,
    /// First item of the file.
    first: ItemId,
}

impl RecordFile {
    fn error(&self, source: io::Error) -> ReadError {
        ReadError::Io {
            name: self.name.clone(),
            source,
        }
    }
}

/// Reads a file share by share.
struct ShareReader {
    reader: BufReader<File>,
    /// The share that was read last.
    source: Source,
    /// Bytes and lines before this share.
    bytes_before: u64,
    lines_before: usize,
}

impl ShareReader {
    fn open(path: &Path, name: &str) -> io::Result<Self> {
        Ok(ShareReader {
            reader: BufReader::new(File::open(path)?),
            source: Source {
                name: name.to_owned(),
                is_named: true,
                ..Source::default()
            },
            bytes_before: 0,
            lines_before: 0,
        })
    }

    /// Reads the next share into the buffer of the last one. False at the end of the file.
    fn next(&mut self) -> io::Result<bool> {
        let mut bytes: Vec<u8> = std::mem::take(&mut self.source.bytes).into();
        self.bytes_before += bytes.len() as u64;
        self.lines_before += bytes.iter().filter(|&&byte| byte == b'\n').count();
        bytes.clear();
        self.reader.by_ref().take(SHARE).read_to_end(&mut bytes)?;
        self.reader.read_until(b'\n', &mut bytes)?;
        let has_more = !bytes.is_empty();
        self.source.bytes = bytes.into();
        Ok(has_more)
    }
}

impl Records {
    /// Reads all files. Calls `take` with the items of each share and the number of the first item.
    pub(super) fn read(
        input: &FileBatch,
        mut take: impl FnMut(ItemId, &[Article<'_>]) -> Result<(), ReadError>,
    ) -> Result<(Self, Vec<RejectedRecord>), ReadError> {
        let mut records = Records::default();
        let mut skipped = Vec::new();
        for path in &input.files {
            let name = path.display().to_string();
            let error = |source| ReadError::Io {
                name: name.clone(),
                source,
            };
            let mut shares = ShareReader::open(path, &name).map_err(error)?;
            records.files.push(RecordFile {
                name: name.clone(),
                file: File::open(path).map_err(error)?,
                first: ItemId(records.len() as u32),
            });
            while shares.next().map_err(error)? {
                let reading = input::read(&shares.source, Some(Format::Jsonl), &input.field_names)?;
                let first = ItemId(records.len() as u32);
                for article in &reading.articles {
                    records.add(article, &shares)?;
                }
                take(first, &reading.articles)?;
                for record in reading.rejected {
                    skipped.push(RejectedRecord {
                        line: record.line + shares.lines_before,
                        ..record
                    });
                }
            }
        }
        Ok((records, skipped))
    }

    /// Adds the place and id of an article that borrows from the current share.
    fn add(&mut self, article: &Article<'_>, shares: &ShareReader) -> Result<(), ReadError> {
        let (record, bytes) = (article.record.as_bytes(), &*shares.source.bytes);
        let within = (record.as_ptr() as usize).checked_sub(bytes.as_ptr() as usize);
        let Some(start) = within.filter(|start| start + record.len() <= bytes.len()) else {
            let cause = "it is not UTF-8, so its records cannot be found again; convert it first";
            return Err(ReadError::malformed(
                &shares.source.name,
                Format::Jsonl,
                cause,
            ));
        };
        self.starts.push(shares.bytes_before + start as u64);
        self.lengths.push(record.len() as u32);
        self.ids.push_str(&article.id);
        self.id_ends.push(self.ids.len());
        Ok(())
    }

    /// Number of items.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The id of an item.
    pub(super) fn id(&self, item: ItemId) -> &str {
        let before = item.0.checked_sub(1).map(ItemId);
        let start = before.map_or(0, |before| self.id_ends[before]);
        &self.ids[start..self.id_ends[item]]
    }

    /// Reads the record of an item again.
    pub(super) fn line(&self, item: ItemId) -> Result<String, ReadError> {
        let file = &self.files[self.files.partition_point(|file| file.first <= item) - 1];
        let mut line = vec![0; self.lengths[item] as usize];
        read_at(&file.file, &mut line, self.starts[item])
            .and_then(|()| String::from_utf8(line).map_err(io::Error::other))
            .map_err(|error| file.error(error))
    }
}

/// The article of a record that was read before.
pub(super) fn parse<'a>(line: &'a str, keys: &FieldNames) -> Result<Article<'a>, ReadError> {
    input::record(line, keys).map_err(|cause| {
        let changed = format!("a record changed since it was first read: {cause}");
        ReadError::malformed("the input", Format::Jsonl, changed)
    })
}

#[cfg(unix)]
/// Reads bytes from a position of a file.
pub(super) fn read_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, place)
}

/// Systems without positioned reads seek first, one thread at a time.
#[cfg(not(unix))]
pub(super) fn read_at(mut file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};
    static SEEKING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _guard = SEEKING.lock();
    file.seek(SeekFrom::Start(place))?;
    file.read_exact(bytes)
}
