//! A table as text in, its rows as articles out: CSV, TSV and their like, whose first line names the columns unless the
//! caller does; and the plainest of tables, a headline a line. Each row becomes a record under its column's names, so
//! that other columns pass through. Linear in the text.

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::{Keys, ReadError, Skipped, content_id, json};
use crate::article::Article;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// How the names of files end that hold plain text.
pub(super) const TEXT_ENDINGS: [&str; 3] = ["txt", "text", "lst"];

/// A line longer than this is a text, not a headline.
const LONGEST_HEADLINE: usize = 600;

/// Whether the first line names columns, one of which is a headline's or a body's; where the name of the file says that
/// it is a table, any columns will do.
pub(super) fn looks_like(text: &str, ending: &str, keys: &Keys) -> bool {
    if !keys.columns.is_empty() {
        return text.lines().next().is_some_and(|line| columns(line, delimiter(text, keys)).len() > 1);
    }
    let Some(first) = text.lines().next() else { return false };
    let names = columns(first, delimiter(text, keys));
    names.len() > 1 && (["csv", "tsv", "tab"].contains(&ending) || names.iter().any(|name| keys.says(name.trim())))
}

/// Whether each line may be a headline: short lines of text, more than one and most of them of several words, unless the
/// name of the file says it is text.
pub(super) fn looks_like_lines(text: &str, ending: &str) -> bool {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_text = text.chars().take(4000).all(|c| !c.is_control() || c.is_whitespace());
    let short = lines().filter(|line| line.len() <= LONGEST_HEADLINE).count();
    let spoken = || lines().filter(|line| is_spoken(line)).count();
    is_text
        && short * 10 >= lines().count() * 9
        && (TEXT_ENDINGS.contains(&ending) || short > 1 && spoken() * 2 > short)
}

/// Whether a line has the words of a headline: three, or as many letters as that takes where no spaces stand between.
fn is_spoken(line: &str) -> bool {
    let words = || line.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().nth(1).is_some());
    words().filter(|word| word.chars().any(char::is_alphabetic)).nth(2).is_some()
        || words().any(|word| !word.is_ascii() && word.chars().nth(7).is_some())
}

/// A headline a line.
pub(super) fn lines(text: &str) -> Vec<Article<'_>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| Article::headline(content_id(line, "", None), line)).collect()
}

/// The delimiter that parts the first line into most columns; of as many, the likelier.
fn delimiter(text: &str, keys: &Keys) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let parts = |&delimiter: &u8| {
        let count = columns(first, delimiter).len();
        // With named columns, the delimiter that gives their number.
        (count == keys.columns.len(), count)
    };
    DELIMITERS.into_iter().rev().max_by_key(parts).unwrap_or(b',')
}

fn columns(line: &str, delimiter: u8) -> Vec<String> {
    let mut reader = reader(line, delimiter);
    let first = reader.records().next().and_then(Result::ok).unwrap_or_default();
    first.iter().map(|name| name.trim().to_owned()).collect()
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes())
}

/// The rows as articles, and those that could not be read.
pub(super) fn rows(name: &str, text: &str, keys: &Keys) -> Result<(Vec<Article<'static>>, Vec<Skipped>), ReadError> {
    let delimiter = delimiter(text, keys);
    let mut records = reader(text, delimiter).into_records();
    let names: Vec<String> = match keys.columns.is_empty() {
        false => keys.columns.clone(),
        true => match records.next() {
            Some(Ok(first)) => first.iter().map(|name| name.trim().to_owned()).collect(),
            _ => Vec::new(),
        },
    };
    keys.check(name, || names.iter().map(String::as_str).collect())?;
    keys.refuse_unknown(name, &names)?;
    let mut articles = Vec::new();
    let mut skipped = Vec::new();
    for row in records {
        let line = row.as_ref().ok().and_then(|row| row.position()).map_or(0, csv::Position::line);
        match row.map_err(|error| error.to_string()).and_then(|row| article(&names, &row, keys)) {
            Ok(article) => articles.push(article),
            Err(cause) => {
                let line = usize::try_from(line).unwrap_or(0);
                skipped.push(Skipped { source: name.to_owned(), line, cause });
            }
        }
    }
    Ok((articles, skipped))
}

fn article(names: &[String], row: &StringRecord, keys: &Keys) -> Result<Article<'static>, String> {
    if row.len() != names.len() {
        return Err(format!("{} fields, but there are {} columns", row.len(), names.len()));
    }
    let fields = names.iter().zip(row).map(|(name, value)| (name.clone(), Value::String(value.to_owned())));
    let record = Value::Object(fields.collect::<Map<_, _>>()).to_string();
    json::record(&record, keys).map(Article::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, keys: &Keys) -> (Vec<(String, String)>, Vec<Skipped>) {
        let (articles, skipped) = rows("f", text, keys).unwrap();
        (articles.iter().map(|item| (item.id.to_string(), item.title.to_string())).collect(), skipped)
    }

    fn pair(id: &str, title: &str) -> (String, String) {
        (id.to_owned(), title.to_owned())
    }

    #[test]
    fn delimiters_are_told() {
        for text in ["id,title\n1,\"a, b\"\n", "id\ttitle\n1\ta, b\n", "id;title\n1;a, b\n", "id|title\n1|a, b\n"] {
            assert!(looks_like(text, "", &Keys::default()), "{text}");
            assert_eq!(read(text, &Keys::default()).0, [pair("1", "a, b")], "{text}");
        }
        assert!(!looks_like("Storm hits coast, ten dead\nMinister, mayor meet", "", &Keys::default()));
    }

    #[test]
    fn columns_can_be_named_or_pointed_at() {
        let keys = Keys { columns: vec!["id".into(), "title".into()], ..Keys::default() };
        assert_eq!(read("1,a\n2,b\n", &keys).0, [pair("1", "a"), pair("2", "b")]);
        let keys = Keys { title: Some("Überschrift".into()), ..Keys::default() };
        assert_eq!(read("id,Überschrift\n1,a\n", &keys).0, [pair("1", "a")]);
        assert!(rows("f", "x,y\n1,2\n", &Keys::default()).unwrap_err().to_string().contains("--title-key"));
    }

    #[test]
    fn other_columns_pass_through_and_ragged_rows_are_named() {
        let (articles, skipped) = rows("f", "id,title,n\n1,\"two\nlines\",7\n2,b\n3,c,8\n", &Keys::default()).unwrap();
        assert!(articles[0].record.contains("\"n\":\"7\""));
        assert_eq!(articles.len(), 2);
        assert_eq!((skipped[0].line, &*skipped[0].cause), (4, "2 fields, but there are 3 columns"));
    }

    #[test]
    fn lines_are_headlines() {
        let items = lines("One headline\n\n  Another \r\nOne headline\n");
        assert_eq!(
            items.iter().map(|item| &*item.title).collect::<Vec<_>>(),
            ["One headline", "Another", "One headline"]
        );
        assert_eq!(items[0].id, items[2].id);
        assert!(looks_like_lines("Minister opens the bridge\nRain on the coast\n", ""));
        assert!(looks_like_lines("总统抵达莫斯科进行访问\n北京今天下大雨道路关闭\n", ""));
        assert!(!looks_like_lines("name = \"x\"\nversion = 1\n[table]\n", ""));
        assert!(!looks_like_lines(&"a long text. ".repeat(100), "txt"));
    }
}
