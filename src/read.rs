//! Bytes in, articles out. The format is told from the content unless it is given; a record that cannot be read is
//! named, counted and skipped; a file that is none of the formats is an error. Linear in the bytes; JSON Lines are read
//! in parallel and borrow from the file.

mod date;
mod feed;
mod html;
mod json;
mod page;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;
use xxhash_rust::xxh3::Xxh3;

use crate::article::Article;

pub use date::parse_date;
pub use json::Keys;

/// One input: its name as the user wrote it, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path, or "-" for standard input.
    pub name: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// The formats an input can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A JSON object a line.
    Jsonl,
    /// JSON Feed 1.1.
    JsonFeed,
    /// RSS or Atom.
    Feed,
    /// A scraped news page as text: an article, perhaps others under "read also", headlines under "similar articles".
    Page,
}

/// What one input gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'a> {
    /// The format it was read as.
    pub format: Format,
    /// The items, in the input's order.
    pub articles: Vec<Article<'a>>,
    /// The records that could not be read.
    pub skipped: Vec<Skipped>,
}

/// A record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The input's name.
    pub source: String,
    /// The record's line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub cause: String,
}

/// Why an input could not be read at all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("cannot read {name}: {cause}")]
    Io {
        /// The input.
        name: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The content is in none of the formats.
    #[error(
        "{name} begins with {found:?}, which is no format known here: expected JSON Lines, a JSON Feed, RSS, Atom or a scraped news page; name one with --input-format if it is"
    )]
    Format {
        /// The input.
        name: String,
        /// How it begins.
        found: String,
    },
    /// The content is in another encoding than UTF-8.
    #[error("{name} is not UTF-8 at byte {at}: convert it, for example with `iconv -t utf-8`")]
    Encoding {
        /// The input.
        name: String,
        /// The first wrong byte.
        at: usize,
    },
    /// The content breaks its own format.
    #[error("{name} is not a whole {expected}: {cause}")]
    Broken {
        /// The input.
        name: String,
        /// The format it was read as.
        expected: &'static str,
        /// What the parser said.
        cause: String,
    },
}

impl Source {
    /// Reads a file, or standard input for "-".
    ///
    /// # Errors
    /// [`ReadError::Io`] if it cannot be read.
    pub fn load(name: &str) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        let read = match name {
            "-" => std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes),
            path => fs::read(path),
        };
        read.map(|bytes| Source { name: name.to_owned(), bytes })
            .map_err(|cause| ReadError::Io { name: name.to_owned(), cause })
    }
}

/// The files to read for the names given: folders are replaced by the files in them and below, by name, hidden ones
/// left out.
///
/// # Errors
/// [`ReadError::Io`] if a folder cannot be listed.
pub fn expand(names: &[String]) -> Result<Vec<String>, ReadError> {
    let mut files = Vec::new();
    for name in names {
        if name != "-" && Path::new(name).is_dir() {
            list(Path::new(name), &mut files)?;
        } else {
            files.push(name.clone());
        }
    }
    Ok(files)
}

fn list(folder: &Path, files: &mut Vec<String>) -> Result<(), ReadError> {
    let failed = |cause| ReadError::Io { name: folder.display().to_string(), cause };
    let entries: Result<Vec<PathBuf>, _> =
        fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut entries = entries.map_err(failed)?;
    entries.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
    entries.sort();
    for path in entries {
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path.display().to_string());
        }
    }
    Ok(())
}

/// The articles of one input.
///
/// # Errors
/// [`ReadError`] if the input is in none of the formats or breaks the one it is in as a whole.
pub fn read<'a>(source: &'a Source, format: Option<Format>, keys: &Keys) -> Result<Reading<'a>, ReadError> {
    let text = str::from_utf8(&source.bytes)
        .map_err(|error| ReadError::Encoding { name: source.name.clone(), at: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let format = format.or_else(|| detect(text)).ok_or_else(|| ReadError::Format {
        name: source.name.clone(),
        found: text.trim_start().chars().take(40).collect(),
    })?;
    let (articles, skipped) = match format {
        Format::Jsonl => json::lines(&source.name, text, keys),
        Format::JsonFeed => (json::feed(&source.name, text, keys)?, Vec::new()),
        Format::Feed => (feed::entries(&source.name, text)?, Vec::new()),
        Format::Page => (page::items(text), Vec::new()),
    };
    Ok(Reading { format, articles, skipped })
}

/// The format a text is in, by how it begins.
pub fn detect(text: &str) -> Option<Format> {
    let text = text.trim_start();
    if text.starts_with('{') {
        let first = text.lines().next().unwrap_or_default();
        let whole = serde_json::from_str::<serde::de::IgnoredAny>(first).is_ok();
        let feed = text.contains("https://jsonfeed.org/version/") || text.contains("\"items\"");
        return Some(if feed && !(whole && text.lines().nth(1).is_some_and(|next| next.starts_with('{'))) {
            Format::JsonFeed
        } else {
            Format::Jsonl
        });
    }
    let head = &text[..text.floor_char_boundary(2000)];
    if head.starts_with('<') && ["<rss", "<feed", "<rdf:RDF", ":RDF", "<channel"].iter().any(|root| head.contains(root))
    {
        return Some(Format::Feed);
    }
    (text.is_empty() || page::looks_like(text)).then_some(if text.is_empty() { Format::Jsonl } else { Format::Page })
}

/// The id of an item that has none: a hash of what it says, so that the same item gets the same id wherever it stands.
fn content_id(title: &str, text: &str, url: Option<&str>) -> String {
    let mut hash = Xxh3::new();
    for part in [title, text, url.unwrap_or_default()] {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    format!("x{:016x}", hash.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content() {
        let cases = [
            ("{\"id\":\"1\",\"title\":\"a\"}\n{\"id\":\"2\"}", Some(Format::Jsonl)),
            ("{\n \"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}", Some(Format::JsonFeed)),
            ("<?xml version=\"1.0\"?><rss version=\"2.0\"></rss>", Some(Format::Feed)),
            ("<feed xmlns=\"http://www.w3.org/2005/Atom\"></feed>", Some(Format::Feed)),
            ("الجزيرة:\n2025-10-15@23:45:36 GMT\n\nعنوان", Some(Format::Page)),
            ("just some prose", None),
            ("", Some(Format::Jsonl)),
        ];
        for (text, format) in cases {
            assert_eq!(detect(text), format, "for {text:?}");
        }
    }

    #[test]
    fn an_unknown_format_is_an_error_that_says_what_was_expected() {
        let source = Source { name: "notes.txt".into(), bytes: b"dear diary".to_vec() };
        let message = read(&source, None, &Keys::default()).unwrap_err().to_string();
        assert!(message.contains("notes.txt") && message.contains("dear diary") && message.contains("JSON Lines"));
    }

    #[test]
    fn another_encoding_is_named() {
        let source = Source { name: "old".into(), bytes: vec![b'{', 0xc7, b'}'] };
        assert!(read(&source, None, &Keys::default()).unwrap_err().to_string().contains("byte 1"));
    }
}
