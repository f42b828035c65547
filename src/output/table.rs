//! CSV for spreadsheets: the item's fields, the fields of the input's records, the output columns.

use std::borrow::Cow;
use std::io::{self, Write};

use hashbrown::{HashMap, HashSet};
use serde_json::value::RawValue;

use super::rows::{ClusteredItem, Column, ColumnValue, names, reason_texts};
use super::{ClusteredItems, Formulas};
use crate::article::Article;
use crate::input::Object;

/// The names of the output columns.
const NAMES: [&str; 13] = names(&ClusteredItem::COLUMNS);

/// The columns that every item has, in order.
const OWN: [&str; 5] = ["id", "title", "url", "source", "published"];

/// The column of the item's text, if no field of the records holds the text.
const TEXT: &str = "text";

/// Maximum number of record fields with a column of their own, in order of first appearance; other
/// fields are written as JSON in [`OTHERS`].
const MAX_COLUMNS: usize = 256;

/// The column of the record fields beyond [`MAX_COLUMNS`].
const OTHERS: &str = "other_fields";

/// Writes a row per item: its fields, the fields of its record, its groups.
///
/// Strings of records are written as text, lists and objects as JSON. The id is the one that other
/// outputs use.
///
/// # Errors
/// Errors of the writer.
pub fn csv_rows(
    batch: ClusteredItems<'_>,
    formulas: Formulas,
    out: &mut impl Write,
) -> io::Result<()> {
    let columns = Columns::of(batch.articles);
    let mut table = csv::Writer::from_writer(out);
    for name in columns.header() {
        table.write_field(&*formulas.cell(name))?;
    }
    for name in NAMES {
        table.write_field(name)?;
    }
    table.write_record(None::<&[u8]>)?;
    for row in batch.rows() {
        for cell in columns.cells(row.article) {
            table.write_field(&*formulas.cell(&cell))?;
        }
        for column in &ClusteredItem::COLUMNS {
            table.write_field(column_cell(column, &row, formulas))?;
        }
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

/// The cell of an output column. Numbers are never formulas, even with a minus sign in front.
fn column_cell<R>(column: &Column<R>, row: &R, formulas: Formulas) -> String {
    match column.value {
        ColumnValue::Text(get) => formulas.cell(&get(row)).into_owned(),
        ColumnValue::ItemId(get) => formulas.cell(get(row)).into_owned(),
        ColumnValue::Count(get) => get(row).to_string(),
        ColumnValue::Flag(get) => get(row).to_string(),
        ColumnValue::Double(get) | ColumnValue::Float(get) => format!("{:.4}", get(row)),
        ColumnValue::Texts(get) => formulas.cell(&get(row).join("; ")).into_owned(),
        ColumnValue::Reasons(get) => reason_texts(get(row)).join("; "),
    }
}

/// The columns of a batch before the output columns.
#[derive(Default)]
struct Columns {
    /// Whether there is a column [`TEXT`]: a record lacks its item's text.
    has_texts: bool,
    /// The fields of the records with a column of their own.
    names: Vec<String>,
    /// The index of each of `names`.
    indices: HashMap<String, usize>,
    /// Whether there is a column [`OTHERS`].
    has_others: bool,
}

impl Columns {
    fn of(articles: &[Article<'_>]) -> Self {
        let mut columns = Columns::default();
        let taken: HashSet<&str> = OWN.into_iter().chain(NAMES).collect();
        for article in articles {
            let fields = fields(article);
            let holds_text = || fields.iter().any(|(_, value)| cell(value) == article.text);
            columns.has_texts = columns.has_texts || !article.text.is_empty() && !holds_text();
            for (name, _) in &fields {
                if taken.contains(&**name) || columns.indices.contains_key(&**name) {
                    continue;
                }
                if columns.names.len() == MAX_COLUMNS || name == OTHERS {
                    columns.has_others = true;
                    continue;
                }
                columns
                    .indices
                    .insert(name.to_string(), columns.names.len());
                columns.names.push(name.to_string());
            }
        }
        // The records have a field `text` of their own.
        columns.has_texts &= !columns.indices.contains_key(TEXT);
        columns
    }

    /// The names of the columns.
    fn header(&self) -> impl Iterator<Item = &str> {
        OWN.into_iter()
            .chain(self.has_texts.then_some(TEXT))
            .chain(self.names.iter().map(String::as_str))
            .chain(self.has_others.then_some(OTHERS))
    }

    /// The cells of an item, in the order of [`Columns::header`].
    fn cells(&self, article: &Article<'_>) -> Vec<String> {
        let fields = fields(article);
        let mut cells = vec![article.id.to_string()];
        for name in &OWN[1..] {
            let cell = match fields.iter().find(|(key, _)| key == name) {
                Some((_, value)) => cell(value).into_owned(),
                None => own_cell(article, name),
            };
            cells.push(cell);
        }
        if self.has_texts {
            cells.push(article.text.to_string());
        }
        let start = cells.len();
        cells.resize(start + self.names.len(), String::new());
        let mut others = Vec::new();
        for (name, value) in &fields {
            match self.indices.get(&**name) {
                Some(&index) => cells[start + index] = cell(value).into_owned(),
                None if OWN.contains(&&**name) || NAMES.contains(&&**name) => {}
                None => others.push(format!("{}:{}", serde_json::json!(name), value.get())),
            }
        }
        if self.has_others {
            cells.push(if others.is_empty() {
                String::new()
            } else {
                format!("{{{}}}", others.join(","))
            });
        }
        cells
    }
}

/// The cell of a column of [`OWN`] for an item whose record has no such field.
fn own_cell(article: &Article<'_>, name: &str) -> String {
    match name {
        "title" => article.title.to_string(),
        "url" => article.url.as_deref().unwrap_or_default().to_owned(),
        "source" => article.source.as_deref().unwrap_or_default().to_owned(),
        _ => article
            .published
            .map_or_else(String::new, |when| when.to_string()),
    }
}

/// The fields of an item's record.
fn fields<'a>(article: &'a Article<'_>) -> Vec<(Cow<'a, str>, &'a RawValue)> {
    serde_json::from_str::<Object<'a>>(&article.record)
        .map(|object| object.0)
        .unwrap_or_default()
}

/// A value as a cell: a string without its quotes, an empty cell for null, other values as JSON.
fn cell(value: &RawValue) -> Cow<'_, str> {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned),
        Some(b'n') => Cow::Borrowed(""),
        _ => Cow::Borrowed(json),
    }
}
