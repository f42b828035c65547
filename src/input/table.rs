//! A table as text in, its rows as articles out: CSV, TSV and their like, whose first line names
//! the columns unless the caller does; and the plainest of tables, a headline a line. Each row
//! becomes a record under its column's names, so that other columns pass through. Linear in the
//! text.

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::{Keys, ReadError, Skipped, content_id, json};
use crate::article::Article;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// How the names of files end that hold plain text.
pub(super) const TEXT_ENDINGS: [&str; 3] = ["txt", "text", "lst"];

/// A line longer than this is a text, not a headline.
const LONGEST_HEADLINE: usize = 600;

/// Whether the first line names columns, one of which is a headline's or a body's; where the name
/// of the file says that it is a table, any columns will do.
pub(super) fn looks_like(text: &str, ending: &str, keys: &Keys) -> bool {
    if !keys.columns.is_empty() {
        return text
            .lines()
            .next()
            .is_some_and(|line| columns(line, delimiter(text, keys)).len() > 1);
    }
    let Some(first) = text.lines().next() else {
        return false;
    };
    let names = columns(first, delimiter(text, keys));
    names.len() > 1
        && (["csv", "tsv", "tab"].contains(&ending)
            || names.iter().any(|name| keys.says(name.trim())))
}

/// Whether each line may be a headline: short lines of text, more than one and most of them of
/// several words, unless the name of the file says it is text.
pub(super) fn looks_like_lines(text: &str, ending: &str) -> bool {
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_text = text
        .chars()
        .take(4000)
        .all(|c| !c.is_control() || c.is_whitespace());
    let short = lines()
        .filter(|line| line.len() <= LONGEST_HEADLINE)
        .count();
    let spoken = || lines().filter(|line| is_spoken(line)).count();
    is_text
        && short * 10 >= lines().count() * 9
        && (TEXT_ENDINGS.contains(&ending) || short > 1 && spoken() * 2 > short)
}

/// Whether a line has the words of a headline: three, or as many letters as that takes where no
/// spaces stand between.
fn is_spoken(line: &str) -> bool {
    let words = || {
        line.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().nth(1).is_some())
    };
    words()
        .filter(|word| word.chars().any(char::is_alphabetic))
        .nth(2)
        .is_some()
        || words().any(|word| !word.is_ascii() && word.chars().nth(7).is_some())
}

/// A headline a line.
pub(super) fn lines(text: &str) -> Vec<Article<'_>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| Article::headline(content_id(line, "", None), line))
        .collect()
}

/// The delimiter that parts the first line into most columns; of as many, the likelier.
fn delimiter(text: &str, keys: &Keys) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let parts = |&delimiter: &u8| {
        let count = columns(first, delimiter).len();
        // With named columns, the delimiter that gives their number.
        (count == keys.columns.len(), count)
    };
    DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(parts)
        .unwrap_or(b',')
}

fn columns(line: &str, delimiter: u8) -> Vec<String> {
    let mut reader = reader(line, delimiter);
    let first = reader
        .records()
        .next()
        .and_then(Result::ok)
        .unwrap_or_default();
    first.iter().map(|name| name.trim().to_owned()).collect()
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// The rows as articles, and those that could not be read.
pub(super) fn rows(
    name: &str,
    text: &str,
    keys: &Keys,
) -> Result<(Vec<Article<'static>>, Vec<Skipped>), ReadError> {
    let delimiter = delimiter(text, keys);
    let mut rows = Rows::new(text, delimiter);
    let names: Vec<String> = match keys.columns.is_empty() {
        false => keys.columns.clone(),
        true => rows.next().map_or(Vec::new(), |first| {
            first
                .fields
                .iter()
                .map(|name| name.trim().to_owned())
                .collect()
        }),
    };
    keys.check(name, || names.clone())?;
    keys.refuse_unknown(name, &names)?;
    let (mut articles, mut skipped) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next() {
        let is_open = row.may_be_open && has_open_quote(row.text, delimiter);
        let cause = match article(&names, &row.fields, keys) {
            _ if is_open => "a quotation mark opens a field that does not end with one".to_owned(),
            Err(cause) => cause,
            Ok(article) => {
                articles.push(article);
                continue;
            }
        };
        if is_open || row.fields.len() != names.len() {
            rows.resume_after_first_line(&row);
        }
        skipped.push(Skipped {
            source: name.to_owned(),
            line: row.line,
            cause,
        });
    }
    Ok((articles, skipped))
}

/// A row of a table.
struct Row<'t> {
    fields: StringRecord,
    /// The row as it is written, without line breaks around it.
    text: &'t str,
    /// Whether it has several lines or is the last one, so that a field of it may have swallowed
    /// what follows.
    may_be_open: bool,
    /// Where it begins: the byte, and the line from 1.
    start: usize,
    line: usize,
}

/// The rows of a table one after another. After a row that swallowed others, reading can go on
/// behind its first line.
struct Rows<'t> {
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    delimiter: u8,
    /// Where the reader began: the byte, and the lines before.
    start: usize,
    lines: usize,
    /// How many bytes may be read once more.
    patience: usize,
}

impl<'t> Rows<'t> {
    /// So many times the text may be read once more, so that a table of open quotes takes no time
    /// quadratic in it.
    const READ_AGAIN: usize = 8;

    fn new(text: &'t str, delimiter: u8) -> Self {
        let patience = Self::READ_AGAIN * text.len();
        Rows {
            text,
            reader: reader(text, delimiter),
            delimiter,
            start: 0,
            lines: 0,
            patience,
        }
    }

    fn next(&mut self) -> Option<Row<'t>> {
        let mut fields = StringRecord::new();
        let before = self.reader.position().clone();
        // The text is UTF-8, so that no record is refused.
        if !self.reader.read_record(&mut fields).unwrap_or(false) {
            return None;
        }
        let [from, to] = [&before, self.reader.position()]
            .map(|position| self.start + usize::try_from(position.byte()).unwrap_or(usize::MAX));
        let written = self.text.get(from..to)?;
        let text = written.trim_start_matches(['\r', '\n']);
        let skipped = written.len() - text.len();
        let breaks = written[..skipped]
            .bytes()
            .filter(|&byte| byte == b'\n')
            .count();
        let line = self.lines + usize::try_from(before.line()).unwrap_or(0) + breaks;
        let text = text.trim_end_matches(['\r', '\n']);
        let may_be_open = text.contains('\n') || to >= self.text.len();
        Some(Row {
            fields,
            text,
            may_be_open,
            start: from + skipped,
            line,
        })
    }

    /// Goes on with the line after the first of a row, unless the row is one line or the text was
    /// read too often.
    fn resume_after_first_line(&mut self, row: &Row<'_>) {
        let Some(end) = row.text.find('\n') else {
            return;
        };
        let Some(patience) = self.patience.checked_sub(row.text.len()) else {
            return;
        };
        self.patience = patience;
        (self.start, self.lines) = (row.start + end + 1, row.line);
        self.reader = reader(&self.text[self.start..], self.delimiter);
    }
}

/// Whether a row has a field that is opened by a quotation mark, goes on over lines and does not
/// end with another mark.
fn has_open_quote(row: &str, delimiter: u8) -> bool {
    enum At {
        Start,
        Plain,
        Quoted,
        Quote,
    }
    let (mut at, mut has_break) = (At::Start, false);
    for byte in row.bytes() {
        at = match (at, byte) {
            (At::Start, b'"') => {
                has_break = false;
                At::Quoted
            }
            (At::Quote, b'"') => At::Quoted,
            (At::Quoted, b'"') => At::Quote,
            (At::Quoted, _) => {
                has_break |= byte == b'\n';
                At::Quoted
            }
            (_, byte) if byte == delimiter => At::Start,
            (At::Quote, b' ' | b'\r') => At::Quote,
            (At::Quote, _) if has_break => return true,
            _ => At::Plain,
        };
    }
    matches!(at, At::Quoted)
}

fn article(names: &[String], row: &StringRecord, keys: &Keys) -> Result<Article<'static>, String> {
    if row.len() != names.len() {
        return Err(format!(
            "{} fields, but there are {} columns",
            row.len(),
            names.len()
        ));
    }
    let fields = names
        .iter()
        .zip(row)
        .map(|(name, value)| (name.clone(), Value::String(value.to_owned())));
    let record = Value::Object(fields.collect::<Map<_, _>>()).to_string();
    json::record(&record, keys).map(Article::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, keys: &Keys) -> (Vec<(String, String)>, Vec<Skipped>) {
        let (articles, skipped) = rows("f", text, keys).unwrap();
        (
            articles
                .iter()
                .map(|item| (item.id.to_string(), item.title.to_string()))
                .collect(),
            skipped,
        )
    }

    fn pair(id: &str, title: &str) -> (String, String) {
        (id.to_owned(), title.to_owned())
    }

    #[test]
    fn delimiters_are_told() {
        for text in [
            "id,title\n1,\"a, b\"\n",
            "id\ttitle\n1\ta, b\n",
            "id;title\n1;a, b\n",
            "id|title\n1|a, b\n",
        ] {
            assert!(looks_like(text, "", &Keys::default()), "{text}");
            assert_eq!(
                read(text, &Keys::default()).0,
                [pair("1", "a, b")],
                "{text}"
            );
        }
        assert!(!looks_like(
            "Storm hits coast, ten dead\nMinister, mayor meet",
            "",
            &Keys::default()
        ));
    }

    #[test]
    fn columns_can_be_named_or_pointed_at() {
        let keys = Keys {
            columns: vec!["id".into(), "title".into()],
            ..Keys::default()
        };
        assert_eq!(
            read("1,a\n2,b\n", &keys).0,
            [pair("1", "a"), pair("2", "b")]
        );
        let keys = Keys {
            title: Some("Überschrift".into()),
            ..Keys::default()
        };
        assert_eq!(read("id,Überschrift\n1,a\n", &keys).0, [pair("1", "a")]);
        assert!(
            rows("f", "x,y\n1,2\n", &Keys::default())
                .unwrap_err()
                .to_string()
                .contains("--title-key")
        );
    }

    #[test]
    fn other_columns_pass_through_and_ragged_rows_are_named() {
        let (articles, skipped) = rows(
            "f",
            "id,title,n\n1,\"two\nlines\",7\n2,b\n3,c,8\n",
            &Keys::default(),
        )
        .unwrap();
        assert!(articles[0].record.contains("\"n\":\"7\""));
        assert_eq!(articles.len(), 2);
        assert_eq!(
            (skipped[0].line, &*skipped[0].cause),
            (4, "2 fields, but there are 3 columns")
        );
    }

    #[test]
    fn an_open_quote_costs_its_row_alone() {
        for (text, line) in [
            ("id,title\n1,\"a\n2,b\n3,c\n", 2),
            ("id,title\r\n2,b\r\n\r\n1,\"a\r\n3,c\r\n", 4),
            ("id,title\n2,b\n1,\"a\n3,\"c\"\n", 3),
            ("\"id\",\"title\"\n\"1\",\"a\n\"2\",\"b\"\n\"3\",\"c\"\n", 2),
            ("id,title\n2,b\n3,c\n1,\"a\n", 4),
        ] {
            let (items, skipped) = read(text, &Keys::default());
            assert_eq!(items, [pair("2", "b"), pair("3", "c")], "{text}");
            assert_eq!(
                skipped.iter().map(|one| one.line).collect::<Vec<_>>(),
                [line],
                "{text}"
            );
        }
        let (items, skipped) = read(
            "id,title\n1,\"a\nb \"\"c\"\"\nd\"\n2,\"say \"hi\" to\"\n",
            &Keys::default(),
        );
        assert_eq!((items.len(), skipped.len()), (2, 0), "{items:?}");
    }

    #[test]
    fn many_open_quotes_are_read_in_bounded_time() {
        let text = format!("a,b,title\n{}", "1,b\"c,\"d\n".repeat(200_000));
        let mut rows = Rows::new(&text, b',');
        let mut read = 0;
        while let Some(row) = rows.next() {
            read += row.text.len();
            rows.resume_after_first_line(&row);
        }
        assert!(read <= 10 * text.len(), "{read}");
    }

    #[test]
    fn lines_are_headlines() {
        let items = lines("One headline\n\n  Another \r\nOne headline\n");
        assert_eq!(
            items.iter().map(|item| &*item.title).collect::<Vec<_>>(),
            ["One headline", "Another", "One headline"]
        );
        assert_eq!(items[0].id, items[2].id);
        assert!(looks_like_lines(
            "Minister opens the bridge\nRain on the coast\n",
            ""
        ));
        assert!(looks_like_lines(
            "总统抵达莫斯科进行访问\n北京今天下大雨道路关闭\n",
            ""
        ));
        assert!(!looks_like_lines(
            "name = \"x\"\nversion = 1\n[table]\n",
            ""
        ));
        assert!(!looks_like_lines(&"a long text. ".repeat(100), "txt"));
    }
}
