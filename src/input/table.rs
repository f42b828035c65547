//! Delimited tables and lists of titles to articles.
//!
//! Input: CSV, TSV and similar text, whose first line names the columns unless the caller does; or
//! text with one title per line. Output: an article per row, with a record under the names of the
//! columns. Cost: linear in the text.

use csv::{ReaderBuilder, StringRecord};
use serde_json::{Map, Value};

use super::{FieldNames, ReadError, RejectCause, RejectedRecord, content_id, json_record};
use crate::article::Article;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// File extensions of tables.
const TABLE_EXTENSIONS: [&str; 3] = ["csv", "tsv", "tab"];

/// File extensions of plain text.
pub(super) const TEXT_EXTENSIONS: [&str; 3] = ["txt", "text", "lst"];

/// Bytes. Longer lines are texts, not titles.
const MAX_TITLE_BYTES: usize = 600;

/// Characters of a text that are searched for control characters.
const CONTROL_SAMPLE_CHARS: usize = 4000;

/// Whether the first line names several columns, one of which is a title or a text. With the file
/// extension of a table or columns named by the caller, any names count.
pub(super) fn looks_like(text: &str, extension: &str, field_names: &FieldNames) -> bool {
    let Some(first) = text.lines().next() else {
        return false;
    };
    let columns = columns(first, delimiter(text, field_names));
    let is_table = TABLE_EXTENSIONS.contains(&extension) || !field_names.columns.is_empty();
    let has_content = || columns.iter().any(|name| field_names.is_content(name));
    columns.len() > 1 && (is_table || has_content())
}

/// Whether each line may be a title: most lines are short, and most of these have several words.
/// One line is enough with the file extension of text.
pub(super) fn looks_like_lines(text: &str, extension: &str) -> bool {
    let has_control = text
        .chars()
        .take(CONTROL_SAMPLE_CHARS)
        .any(|c| c.is_control() && !c.is_whitespace());
    if has_control {
        return false;
    }
    let (mut lines, mut short, mut worded) = (0, 0, 0);
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        lines += 1;
        short += usize::from(line.len() <= MAX_TITLE_BYTES);
        worded += usize::from(has_words(line));
    }
    let is_text = TEXT_EXTENSIONS.contains(&extension);
    short * 10 >= lines * 9 && (is_text || short > 1 && worded * 2 > short)
}

/// Whether a line has the words of a title: three, or one run of eight letters in a script without
/// spaces.
fn has_words(line: &str) -> bool {
    const MIN_WORDS: usize = 3;
    const MIN_RUN: usize = 8;
    let mut words = 0;
    for word in line.split(|c: char| !c.is_alphanumeric()) {
        let is_word = word.chars().nth(1).is_some();
        words += usize::from(is_word && word.chars().any(char::is_alphabetic));
        let is_run = !word.is_ascii() && word.chars().nth(MIN_RUN - 1).is_some();
        if words == MIN_WORDS || is_run {
            return true;
        }
    }
    false
}

/// An article per line.
pub(super) fn lines(text: &str) -> Vec<Article<'_>> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| Article::headline(content_id(line, "", None), line))
        .collect()
}

/// The delimiter that splits the first line into the named number of columns, or else into most
/// columns. Of equals, the more common delimiter.
fn delimiter(text: &str, field_names: &FieldNames) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let named = field_names.columns.len();
    DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|&delimiter| {
            let count = columns(first, delimiter).len();
            (count == named, count)
        })
        .unwrap_or(b',')
}

fn columns(line: &str, delimiter: u8) -> Vec<String> {
    let first = reader(line, delimiter).records().next();
    trimmed(&first.and_then(Result::ok).unwrap_or_default())
}

fn trimmed(row: &StringRecord) -> Vec<String> {
    row.iter().map(|name| name.trim().to_owned()).collect()
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// The rows as articles, and the rejected rows.
pub(super) fn rows(
    name: &str,
    text: &str,
    field_names: &FieldNames,
) -> Result<(Vec<Article<'static>>, Vec<RejectedRecord>), ReadError> {
    let delimiter = delimiter(text, field_names);
    let mut rows = Rows::new(text, delimiter);
    let columns = if field_names.columns.is_empty() {
        rows.next()
            .map_or(Vec::new(), |header| trimmed(&header.fields))
    } else {
        field_names.columns.clone()
    };
    field_names.require_found(name, || columns.clone())?;
    field_names.require_content(name, &columns)?;
    let (mut articles, mut rejected) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next() {
        let is_open = row.may_be_open && has_open_quote(row.text, delimiter);
        let cause = match article(&columns, &row.fields, field_names) {
            _ if is_open => RejectCause::OpenQuote,
            Err(cause) => cause,
            Ok(article) => {
                articles.push(article);
                continue;
            }
        };
        if is_open || row.fields.len() != columns.len() {
            rows.resume_after_first_line(&row);
        }
        rejected.push(RejectedRecord {
            source: name.to_owned(),
            line: row.line,
            cause,
        });
    }
    Ok((articles, rejected))
}

/// A row of a table.
struct TableRow<'t> {
    fields: StringRecord,
    /// The row as written, without line breaks around it.
    text: &'t str,
    /// Whether the row has several lines or is the last, so an unclosed quote may have swallowed
    /// rows.
    may_be_open: bool,
    /// The offset in bytes.
    start: usize,
    /// The first line, from 1.
    line: usize,
}

/// The rows of a table. After a row that swallowed others, reading can resume behind its first
/// line.
struct Rows<'t> {
    text: &'t str,
    reader: csv::Reader<&'t [u8]>,
    delimiter: u8,
    /// The offset at which the reader began.
    start: usize,
    /// The lines before that offset.
    lines: usize,
    /// Bytes that may be read again.
    reread_budget: usize,
}

impl<'t> Rows<'t> {
    /// The text may be read again this many times: a table of unclosed quotes takes linear time.
    const MAX_REREADS: usize = 8;

    fn new(text: &'t str, delimiter: u8) -> Self {
        Rows {
            text,
            reader: reader(text, delimiter),
            delimiter,
            start: 0,
            lines: 0,
            reread_budget: Self::MAX_REREADS * text.len(),
        }
    }

    fn next(&mut self) -> Option<TableRow<'t>> {
        let mut fields = StringRecord::new();
        let before = self.reader.position().clone();
        // The text is UTF-8, so the reader accepts all records.
        if !self.reader.read_record(&mut fields).unwrap_or(false) {
            return None;
        }
        let from = self.start + usize::try_from(before.byte()).ok()?;
        let to = self.start + usize::try_from(self.reader.position().byte()).ok()?;
        let written = self.text.get(from..to)?;
        let text = written.trim_start_matches(['\r', '\n']);
        let skipped = written.len() - text.len();
        let breaks = written[..skipped].matches('\n').count();
        let line = self.lines + usize::try_from(before.line()).ok()? + breaks;
        let text = text.trim_end_matches(['\r', '\n']);
        Some(TableRow {
            fields,
            text,
            may_be_open: text.contains('\n') || to >= self.text.len(),
            start: from + skipped,
            line,
        })
    }

    /// Resumes with the second line of a row, unless the row has one line or the reread budget is
    /// spent.
    fn resume_after_first_line(&mut self, row: &TableRow<'_>) {
        let Some(end) = row.text.find('\n') else {
            return;
        };
        let Some(budget) = self.reread_budget.checked_sub(row.text.len()) else {
            return;
        };
        self.reread_budget = budget;
        self.start = row.start + end + 1;
        self.lines = row.line;
        self.reader = reader(&self.text[self.start..], self.delimiter);
    }
}

/// Whether a row has a quoted field that spans lines and has no closing quotation mark.
fn has_open_quote(row: &str, delimiter: u8) -> bool {
    enum QuoteState {
        FieldStart,
        Unquoted,
        Quoted,
        ClosingQuote,
    }
    use QuoteState::{ClosingQuote, FieldStart, Quoted, Unquoted};
    let (mut state, mut spans_lines) = (FieldStart, false);
    for byte in row.bytes() {
        state = match (state, byte) {
            (FieldStart, b'"') => {
                spans_lines = false;
                Quoted
            }
            (ClosingQuote, b'"') => Quoted,
            (Quoted, b'"') => ClosingQuote,
            (Quoted, _) => {
                spans_lines |= byte == b'\n';
                Quoted
            }
            (_, byte) if byte == delimiter => FieldStart,
            (ClosingQuote, b' ' | b'\r') => ClosingQuote,
            (ClosingQuote, _) if spans_lines => return true,
            _ => Unquoted,
        };
    }
    matches!(state, Quoted)
}

fn article(
    columns: &[String],
    row: &StringRecord,
    field_names: &FieldNames,
) -> Result<Article<'static>, RejectCause> {
    if row.len() != columns.len() {
        return Err(RejectCause::ColumnCount {
            fields: row.len(),
            columns: columns.len(),
        });
    }
    let mut record = Map::new();
    for (column, value) in columns.iter().zip(row) {
        record.insert(column.clone(), Value::String(value.to_owned()));
    }
    let record = Value::Object(record).to_string();
    json_record::record(&record, field_names).map(Article::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, field_names: &FieldNames) -> (Vec<(String, String)>, Vec<RejectedRecord>) {
        let (articles, rejected) = rows("f", text, field_names).unwrap();
        (
            articles
                .iter()
                .map(|item| (item.id.to_string(), item.title.to_string()))
                .collect(),
            rejected,
        )
    }

    fn pair(id: &str, title: &str) -> (String, String) {
        (id.to_owned(), title.to_owned())
    }

    #[test]
    fn delimiters_are_detected() {
        for text in [
            "id,title\n1,\"a, b\"\n",
            "id\ttitle\n1\ta, b\n",
            "id;title\n1;a, b\n",
            "id|title\n1|a, b\n",
        ] {
            assert!(looks_like(text, "", &FieldNames::default()), "{text}");
            assert_eq!(
                read(text, &FieldNames::default()).0,
                [pair("1", "a, b")],
                "{text}"
            );
        }
        assert!(!looks_like(
            "Storm hits coast, ten dead\nMinister, mayor meet",
            "",
            &FieldNames::default()
        ));
    }

    #[test]
    fn columns_can_be_named() {
        let field_names = FieldNames {
            columns: vec!["id".into(), "title".into()],
            ..FieldNames::default()
        };
        assert_eq!(
            read("1,a\n2,b\n", &field_names).0,
            [pair("1", "a"), pair("2", "b")]
        );
        let field_names = FieldNames {
            title: Some("Überschrift".into()),
            ..FieldNames::default()
        };
        assert_eq!(
            read("id,Überschrift\n1,a\n", &field_names).0,
            [pair("1", "a")]
        );
        let unknown = rows("f", "x,y\n1,2\n", &FieldNames::default());
        assert!(matches!(unknown, Err(ReadError::NoTextColumn { .. })));
    }

    #[test]
    fn other_columns_are_kept_and_ragged_rows_rejected() {
        let (articles, rejected) = rows(
            "f",
            "id,title,n\n1,\"two\nlines\",7\n2,b\n3,c,8\n",
            &FieldNames::default(),
        )
        .unwrap();
        assert!(articles[0].record.contains("\"n\":\"7\""));
        assert_eq!(articles.len(), 2);
        assert_eq!(
            (rejected[0].line, &*rejected[0].cause.to_string()),
            (4, "2 fields, but there are 3 columns")
        );
    }

    #[test]
    fn an_unclosed_quote_rejects_one_row() {
        for (text, line) in [
            ("id,title\n1,\"a\n2,b\n3,c\n", 2),
            ("id,title\r\n2,b\r\n\r\n1,\"a\r\n3,c\r\n", 4),
            ("id,title\n2,b\n1,\"a\n3,\"c\"\n", 3),
            ("\"id\",\"title\"\n\"1\",\"a\n\"2\",\"b\"\n\"3\",\"c\"\n", 2),
            ("id,title\n2,b\n3,c\n1,\"a\n", 4),
        ] {
            let (items, rejected) = read(text, &FieldNames::default());
            assert_eq!(items, [pair("2", "b"), pair("3", "c")], "{text}");
            assert_eq!(
                rejected.iter().map(|row| row.line).collect::<Vec<_>>(),
                [line],
                "{text}"
            );
        }
        let (items, rejected) = read(
            "id,title\n1,\"a\nb \"\"c\"\"\nd\"\n2,\"say \"hi\" to\"\n",
            &FieldNames::default(),
        );
        assert_eq!((items.len(), rejected.len()), (2, 0), "{items:?}");
    }

    #[test]
    fn many_unclosed_quotes_take_linear_time() {
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
    fn lines_are_titles() {
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
