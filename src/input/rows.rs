//! The values of a record's fields in, an article out; and of a table, whoever holds it, which
//! column holds which field.

use std::borrow::Cow;

use memchr::memchr2;

use super::keys::{FIELDS, Field};
use super::{Keys, ReadError, content_id, html, parse_date};
use crate::article::Article;
use crate::identity::is_placeholder;

/// Which columns of a table hold what an article needs.
///
/// ```
/// use qissa::input::{Keys, Layout};
/// let columns = ["headline", "n", "published_at"].map(str::to_owned);
/// let layout = Layout::of("table", &columns, &Keys::default())?;
/// let row = ["الشرع يزور موسكو", "7", "2025-10-15"];
/// let article = layout.article(|column| Some(row[column].into()))?;
/// assert_eq!(article.title, "الشرع يزور موسكو");
/// assert!(article.published.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout([Vec<usize>; FIELDS]);

impl Layout {
    /// The layout of a table with these columns; the first that is not empty of several for one
    /// field holds it.
    ///
    /// # Errors
    /// [`ReadError`] if a key was named that no column has, or if no column is a title or a text.
    pub fn of(name: &str, columns: &[String], keys: &Keys) -> Result<Self, ReadError> {
        keys.check(name, || columns.to_vec())?;
        keys.refuse_unknown(name, columns)?;
        let mut ranked: [Vec<(u8, usize)>; FIELDS] = Default::default();
        for (at, column) in columns.iter().enumerate() {
            if let Some((field, rank)) = keys.field(column) {
                ranked[field as usize].push((rank, at));
            }
        }
        Ok(Layout(ranked.map(|mut columns| {
            columns.sort_unstable();
            columns.into_iter().map(|(_, at)| at).collect()
        })))
    }

    /// The columns that are looked at, ascending.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns: Vec<usize> = self.0.iter().flatten().copied().collect();
        columns.sort_unstable();
        columns
    }

    /// Whether a column is of ids.
    pub fn has_ids(&self) -> bool {
        !self.0[Field::Id as usize].is_empty()
    }

    /// The article of a row, given the text of a cell by its column; it has no record.
    ///
    /// # Errors
    /// A sentence that says why the row is none.
    pub fn article<'a>(
        &self,
        cell: impl Fn(usize) -> Option<Cow<'a, str>>,
    ) -> Result<Article<'a>, String> {
        let value = |field: usize| {
            let values = self.0[field].iter().filter_map(|&column| cell(column));
            values.into_iter().find(|value| !value.is_empty())
        };
        article(std::array::from_fn(value), Cow::default())
    }
}

/// The article of a record with these fields.
pub(super) fn article<'a>(
    found: [Option<Cow<'a, str>>; FIELDS],
    record: Cow<'a, str>,
) -> Result<Article<'a>, String> {
    let [
        id,
        title,
        text,
        markup,
        url,
        source,
        published,
        language,
        feed,
    ] = found;
    let id = id.filter(|id| !is_placeholder(id));
    let title = title.unwrap_or_default();
    let has_signs = memchr2(b'<', b'&', title.as_bytes()).is_some();
    let title = if has_signs {
        Cow::Owned(html::title(&title).into_owned())
    } else {
        title
    };
    let bare = |text: Cow<'a, str>| {
        if html::is_marked_up(&text) {
            html::text(&text).into()
        } else {
            text
        }
    };
    let text = text.map(bare).filter(|text| !text.is_empty());
    let text = text
        .or_else(|| Some(html::text(&markup?).into()))
        .unwrap_or_default();
    if title.is_empty() && text.is_empty() && id.is_none() {
        return Err("no title, no text and no id: name their keys with --title-key, --text-key and --id-key".into());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(columns: &[&str]) -> Layout {
        let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        Layout::of("table", &columns, &Keys::default()).unwrap()
    }

    #[test]
    fn the_best_column_that_is_not_empty_holds() {
        let layout = layout(&["summary", "x", "text", "id"]);
        let text = |row: [&'static str; 4]| {
            layout
                .article(|column| Some(row[column].into()))
                .unwrap()
                .text
        };
        assert_eq!(
            (text(["s", "x", "t", "1"]), text(["s", "x", "", "1"])),
            ("t".into(), "s".into())
        );
        assert_eq!(layout.columns(), [0, 2, 3]);
    }

    #[test]
    fn a_row_is_read_as_its_record_is() {
        let row = [
            "Rain &amp; wind",
            "<p>Storm</p>",
            "https://a.example/1",
            "2025-10-15T23:45:36Z",
        ];
        let columns = ["title", "content_html", "url", "published"];
        let found = layout(&columns)
            .article(|column| Some(row[column].into()))
            .unwrap();
        let fields = columns
            .iter()
            .zip(row)
            .map(|(&name, value)| (name.to_owned(), value.into()));
        let json = serde_json::Value::Object(fields.collect()).to_string();
        let record = super::super::record(&json, &Keys::default()).unwrap();
        assert_eq!(
            found,
            Article {
                record: Cow::default(),
                ..record
            }
        );
    }

    #[test]
    fn a_text_that_is_markup_alone_gives_way() {
        let row = ["Rain", "<p></p>", "<p>Storm</p>"];
        let found = layout(&["title", "text", "content_html"])
            .article(|column| Some(row[column].into()))
            .unwrap();
        assert_eq!(found.text, "Storm");
    }

    #[test]
    fn an_empty_row_is_none() {
        assert!(
            layout(&["title", "n"])
                .article(|column| Some(["", "7"][column].into()))
                .is_err()
        );
    }
}
