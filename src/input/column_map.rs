//! Field values to an article, and the columns of a table to fields.
//!
//! Input: the values of the fields of a record or a row. Output: an [`Article`]. Cost: linear in
//! the values.

use std::borrow::Cow;

use memchr::memchr2;

use super::field_names::{ArticleField, FIELDS};
use super::{FieldNames, ReadError, RejectCause, content_id, markup, parse_date};
use crate::article::Article;
use crate::identity::is_placeholder;

/// Which columns of a table hold the fields of an article.
///
/// ```
/// use qissa::input::{ColumnMap, FieldNames};
/// let columns = ["headline", "n", "published_at"].map(str::to_owned);
/// let map = ColumnMap::new("table", &columns, &FieldNames::default())?;
/// let row = ["الشرع يزور موسكو", "7", "2025-10-15"];
/// let article = map.article(|column| Some(row[column].into()))?;
/// assert_eq!(article.title, "الشرع يزور موسكو");
/// assert!(article.published.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMap([Vec<usize>; FIELDS]);

impl ColumnMap {
    /// Maps the columns of a table. Of several columns for one field, the first that is not empty
    /// holds the field of a row.
    ///
    /// # Errors
    /// [`ReadError`] if a named column does not exist, or if no column is a title or a text.
    pub fn new(
        name: &str,
        columns: &[String],
        field_names: &FieldNames,
    ) -> Result<Self, ReadError> {
        field_names.require_found(name, || columns.to_vec())?;
        field_names.require_content(name, columns)?;
        let mut ranked: [Vec<(u8, usize)>; FIELDS] = Default::default();
        for (at, column) in columns.iter().enumerate() {
            if let Some((field, rank)) = field_names.field(column) {
                ranked[field as usize].push((rank, at));
            }
        }
        Ok(ColumnMap(ranked.map(by_rank)))
    }

    /// The mapped columns, ascending.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns = self.0.concat();
        columns.sort_unstable();
        columns
    }

    /// Whether the table has a column of ids.
    pub fn has_ids(&self) -> bool {
        !self.0[ArticleField::Id as usize].is_empty()
    }

    /// The article of a row. `cell` returns the text of a column. The article has no record.
    ///
    /// # Errors
    /// [`RejectCause::NoContent`].
    pub fn article<'a>(
        &self,
        cell: impl Fn(usize) -> Option<Cow<'a, str>>,
    ) -> Result<Article<'a>, RejectCause> {
        let values = std::array::from_fn(|field| {
            let columns = &self.0[field];
            columns
                .iter()
                .filter_map(|&column| cell(column))
                .find(|value| !value.is_empty())
        });
        article(values, Cow::default())
    }
}

fn by_rank(mut columns: Vec<(u8, usize)>) -> Vec<usize> {
    columns.sort_unstable();
    columns.into_iter().map(|(_, column)| column).collect()
}

/// The article of a record with these field values.
pub(super) fn article<'a>(
    values: [Option<Cow<'a, str>>; FIELDS],
    record: Cow<'a, str>,
) -> Result<Article<'a>, RejectCause> {
    let [
        id,
        title,
        text,
        html,
        url,
        source,
        published,
        language,
        feed,
    ] = values;
    let id = id.filter(|id| !is_placeholder(id));
    let title = plain_title(title.unwrap_or_default());
    let text = text.map(plain_text).filter(|text| !text.is_empty());
    let text = text
        .or_else(|| Some(markup::text(&html?).into()))
        .unwrap_or_default();
    if title.is_empty() && text.is_empty() && id.is_none() {
        return Err(RejectCause::NoContent);
    }
    let id = id.unwrap_or_else(|| content_id(&title, &text, url.as_deref()).into());
    Ok(Article {
        id: id.into(),
        title,
        text,
        url,
        source,
        feed,
        published: published.and_then(|date| parse_date(&date)),
        language,
        record,
    })
}

/// A title without tags and entities.
fn plain_title(title: Cow<'_, str>) -> Cow<'_, str> {
    if memchr2(b'<', b'&', title.as_bytes()).is_none() {
        return title;
    }
    Cow::Owned(markup::title(&title).into_owned())
}

/// A text without tags and entities, if it has any.
fn plain_text(text: Cow<'_, str>) -> Cow<'_, str> {
    if !markup::is_marked_up(&text) {
        return text;
    }
    Cow::Owned(markup::text(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column_map(columns: &[&str]) -> ColumnMap {
        let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        ColumnMap::new("table", &columns, &FieldNames::default()).unwrap()
    }

    #[test]
    fn the_best_nonempty_column_holds_the_field() {
        let map = column_map(&["summary", "x", "text", "id"]);
        let text =
            |row: [&'static str; 4]| map.article(|column| Some(row[column].into())).unwrap().text;
        assert_eq!(
            (text(["s", "x", "t", "1"]), text(["s", "x", "", "1"])),
            ("t".into(), "s".into())
        );
        assert_eq!(map.columns(), [0, 2, 3]);
    }

    #[test]
    fn rows_and_records_give_equal_articles() {
        let row = [
            "Rain &amp; wind",
            "<p>Storm</p>",
            "https://a.example/1",
            "2025-10-15T23:45:36Z",
        ];
        let columns = ["title", "content_html", "url", "published"];
        let found = column_map(&columns)
            .article(|column| Some(row[column].into()))
            .unwrap();
        let fields = columns
            .iter()
            .zip(row)
            .map(|(&name, value)| (name.to_owned(), value.into()));
        let json = serde_json::Value::Object(fields.collect()).to_string();
        let record = super::super::record(&json, &FieldNames::default()).unwrap();
        assert_eq!(
            found,
            Article {
                record: Cow::default(),
                ..record
            }
        );
    }

    #[test]
    fn texts_without_content_fall_back_to_html() {
        let row = ["Rain", "<p></p>", "<p>Storm</p>"];
        let found = column_map(&["title", "text", "content_html"])
            .article(|column| Some(row[column].into()))
            .unwrap();
        assert_eq!(found.text, "Storm");
    }

    #[test]
    fn empty_rows_are_rejected() {
        assert!(
            column_map(&["title", "n"])
                .article(|column| Some(["", "7"][column].into()))
                .is_err()
        );
    }
}
