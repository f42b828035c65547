//! Files of a record a line in, their items in shares out, and any record again later by its place.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

use super::Input;
use crate::article::Article;
use crate::input::{self, Format, Keys, ReadError, Skipped, Source};

/// So many bytes are read at a time, and on to the end of a line.
const SHARE: u64 = 1 << 24;

/// Where the records of the items stand, and what the items are called.
#[derive(Debug, Default)]
pub(super) struct Records {
    files: Vec<Origin>,
    places: Vec<u64>,
    lengths: Vec<u32>,
    ids: String,
    id_ends: Vec<usize>,
}

#[derive(Debug)]
struct Origin {
    name: String,
    file: File,
    /// The first item of it.
    first: u32,
}

impl Records {
    /// Reads all files, handing on the items some at a time with the number of the first.
    pub(super) fn read(
        input: &Input,
        mut take: impl FnMut(u32, &[Article<'_>]) -> Result<(), ReadError>,
    ) -> Result<(Self, Vec<Skipped>), ReadError> {
        let mut records = Records::default();
        let mut skipped = Vec::new();
        for path in &input.files {
            let name = path.display().to_string();
            let failed = |cause| ReadError::Io {
                name: name.clone(),
                cause,
            };
            let mut reader = BufReader::new(File::open(path).map_err(failed)?);
            let mut source = Source {
                name: name.clone(),
                is_named: true,
                ..Source::default()
            };
            let (mut place, mut lines) = (0, 0);
            records.files.push(Origin {
                name: name.clone(),
                file: File::open(path).map_err(failed)?,
                first: records.len() as u32,
            });
            loop {
                let mut bytes: Vec<u8> = std::mem::take(&mut source.bytes).into();
                bytes.clear();
                reader
                    .by_ref()
                    .take(SHARE)
                    .read_to_end(&mut bytes)
                    .map_err(failed)?;
                reader.read_until(b'\n', &mut bytes).map_err(failed)?;
                if bytes.is_empty() {
                    break;
                }
                source.bytes = bytes.into();
                let reading = input::read(&source, Some(Format::Jsonl), &input.keys)?;
                let first = records.len() as u32;
                for article in &reading.articles {
                    records.note(article, place, &source)?;
                }
                take(first, &reading.articles)?;
                skipped.extend(reading.skipped.into_iter().map(|one| Skipped {
                    line: one.line + lines,
                    ..one
                }));
                lines += source.bytes.iter().filter(|&&byte| byte == b'\n').count();
                place += source.bytes.len() as u64;
            }
        }
        Ok((records, skipped))
    }

    fn note(
        &mut self,
        article: &Article<'_>,
        start: u64,
        source: &Source,
    ) -> Result<(), ReadError> {
        let record = article.record.as_bytes();
        let within = (record.as_ptr() as usize).checked_sub(source.bytes.as_ptr() as usize);
        let Some(place) = within.filter(|place| place + record.len() <= source.bytes.len()) else {
            let cause = "it is not UTF-8, so its records cannot be found again; convert it first"
                .to_owned();
            return Err(ReadError::Broken {
                name: source.name.clone(),
                expected: "file of records in lines",
                cause,
            });
        };
        self.places.push(start + place as u64);
        self.lengths.push(record.len() as u32);
        self.ids.push_str(&article.id);
        self.id_ends.push(self.ids.len());
        Ok(())
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// The id of an item.
    pub(super) fn id(&self, item: u32) -> &str {
        let item = item as usize;
        let start = if item == 0 { 0 } else { self.id_ends[item - 1] };
        &self.ids[start..self.id_ends[item]]
    }

    /// The record of an item.
    pub(super) fn line(&self, item: u32) -> Result<String, ReadError> {
        let origin = &self.files[self.files.partition_point(|file| file.first <= item) - 1];
        let mut line = vec![0; self.lengths[item as usize] as usize];
        read_at(&origin.file, &mut line, self.places[item as usize])
            .and_then(|()| String::from_utf8(line).map_err(io::Error::other))
            .map_err(|cause| ReadError::Io {
                name: origin.name.clone(),
                cause,
            })
    }
}

/// The article of a record that could be read before.
pub(super) fn parse<'a>(line: &'a str, keys: &Keys) -> Result<Article<'a>, ReadError> {
    input::record(line, keys).map_err(|cause| ReadError::Broken {
        name: "a record".to_owned(),
        expected: "record that it was when it was first read",
        cause,
    })
}

#[cfg(unix)]
pub(super) fn read_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, place)
}

/// Elsewhere a place is sought first, by one thread at a time.
#[cfg(not(unix))]
pub(super) fn read_at(mut file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    use std::io::{Seek, SeekFrom};
    static SEEKING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _alone = SEEKING.lock();
    file.seek(SeekFrom::Start(place))?;
    file.read_exact(bytes)
}
