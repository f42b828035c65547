//! The rows of a batch as CSV, for a spreadsheet: the item, the columns of the user's own records,
//! where the item was placed.

use std::borrow::Cow;
use std::io::{self, Write};

use hashbrown::{HashMap, HashSet};
use serde_json::value::RawValue;

use super::json::COLUMNS;
use super::{Answered, Formulas};
use crate::article::Article;
use crate::clustering::Placement;
use crate::input::Object;

/// The columns that every item has, in their order.
const OWN: [&str; 5] = ["id", "title", "url", "source", "published"];

/// The column of the texts, where no column of the records holds them.
const TEXT: &str = "text";

/// The most fields of the records that get a column of their own, in order of first appearance; the
/// others stand as JSON in [`OTHERS`].
const MOST_COLUMNS: usize = 256;

/// The column of what stands in none of its own.
const OTHERS: &str = "other_fields";

/// A row an item: what it is, what its record holds beside, where it was placed. A field that a
/// record has is shown as the record has it, lists and objects as JSON; but an id is the one by
/// which other outputs call the item.
///
/// # Errors
/// Those of the writer.
pub fn csv_rows(
    answered: Answered<'_>,
    formulas: Formulas,
    out: &mut impl Write,
) -> io::Result<()> {
    let columns = Columns::of(answered.articles);
    let mut table = csv::Writer::from_writer(out);
    let text = columns.has_texts.then_some(TEXT);
    let others = columns.has_others.then_some(OTHERS);
    let names = columns.names.iter().map(String::as_str);
    let head: Vec<&str> = OWN
        .into_iter()
        .chain(text)
        .chain(names)
        .chain(others)
        .collect();
    let head = head
        .into_iter()
        .map(|name| formulas.cell(name))
        .chain(COLUMNS.map(Cow::Borrowed));
    table.write_record(head.map(|name| name.into_owned()))?;
    for (article, place) in answered.rows() {
        let own = columns.cells(article).into_iter();
        let placed = placed(answered, place).into_iter();
        let cells = own
            .chain(placed)
            .map(|cell| formulas.cell(&cell).into_owned());
        table.write_record(cells.chain(numbers(place)))?;
    }
    table.flush()
}

/// The columns of a batch beside those that every batch has.
#[derive(Default)]
struct Columns {
    /// Whether some record does not hold its item's text.
    has_texts: bool,
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// Whether records have more fields than there are columns.
    has_others: bool,
}

impl Columns {
    fn of(articles: &[Article<'_>]) -> Self {
        let mut columns = Columns::default();
        let taken: HashSet<&str> = OWN.into_iter().chain(COLUMNS).collect();
        for article in articles {
            let fields = fields(article);
            let holds_text = || fields.iter().any(|(_, value)| cell(value) == article.text);
            columns.has_texts = columns.has_texts || !article.text.is_empty() && !holds_text();
            for (name, _) in &fields {
                if taken.contains(&**name) || columns.places.contains_key(&**name) {
                    continue;
                }
                if columns.names.len() == MOST_COLUMNS || name == OTHERS {
                    columns.has_others = true;
                    continue;
                }
                columns.places.insert(name.to_string(), columns.names.len());
                columns.names.push(name.to_string());
            }
        }
        // A record's own text stands under its name.
        columns.has_texts &= !columns.places.contains_key(TEXT);
        columns
    }

    /// The cells of an item, in the order of the columns.
    fn cells(&self, article: &Article<'_>) -> Vec<String> {
        let fields = fields(article);
        let published = article.published.map(|when| when.to_string());
        let own = [
            Some(&*article.title),
            article.url.as_deref(),
            article.source.as_deref(),
            published.as_deref(),
        ];
        let field = |name: &str| {
            fields
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| cell(value))
        };
        let mut cells = vec![article.id.to_string()];
        cells.extend(OWN[1..].iter().zip(own).map(|(name, value)| {
            field(name)
                .unwrap_or_else(|| Cow::Borrowed(value.unwrap_or_default()))
                .into_owned()
        }));
        cells.extend(self.has_texts.then(|| article.text.to_string()));
        let start = cells.len();
        cells.resize(start + self.names.len(), String::new());
        let mut others = Vec::new();
        for (name, value) in &fields {
            match self.places.get(&**name) {
                Some(&place) => cells[start + place] = cell(value).into_owned(),
                None if OWN.contains(&&**name) || COLUMNS.contains(&&**name) => {}
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

/// The fields of an item's record; none if it has none.
fn fields<'a>(article: &'a Article<'_>) -> Vec<(Cow<'a, str>, &'a RawValue)> {
    serde_json::from_str::<Object<'a>>(&article.record)
        .map(|object| object.0)
        .unwrap_or_default()
}

/// A value as a cell: a string by its letters, nothing for null, all else as JSON.
fn cell(value: &RawValue) -> Cow<'_, str> {
    let json = value.get();
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json), Cow::Owned),
        Some(b'n') => Cow::Borrowed(""),
        _ => Cow::Borrowed(json),
    }
}

/// Where an item was placed, in the order of [`COLUMNS`] up to the numbers at their end.
fn placed(answered: Answered<'_>, place: &Placement) -> [String; 8] {
    let label = answered.label(place);
    [
        place.near_dup.to_string(),
        place.near_dup_size.to_string(),
        place.cluster.to_string(),
        place.cluster_size.to_string(),
        label.map_or_else(String::new, |label| label.text.clone()),
        label.map_or_else(String::new, |label| label.keywords.join("; ")),
        place.relation.is_canonical().to_string(),
        answered.id(place.canonical).to_string(),
    ]
}

/// The score, its reasons, the similarity, the kind and the language: no text of anyone's.
fn numbers(place: &Placement) -> [String; 5] {
    let reasons: Vec<String> = place
        .reasons()
        .iter()
        .map(|part| format!("{} {:.3}", part.part, part.value))
        .collect();
    [
        format!("{:.4}", place.score.total()),
        reasons.join("; "),
        format!("{:.4}", place.similarity),
        place.relation.name().to_owned(),
        place.language.code().to_owned(),
    ]
}
