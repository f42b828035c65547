//! JSON Lines: the record of the input unchanged, then the output columns.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::ClusteredItems;
use super::rows::{ClusteredItem, Column, ColumnValue, names};
use crate::article::{Article, Id};
use crate::canonical::Contribution;
use crate::clustering::rounded;
use crate::identity::is_placeholder;
use crate::input::Object;

const NAMES: [&str; 13] = names(&ClusteredItem::COLUMNS);

/// Writes a object per item, in input order.
///
/// # Errors
/// Errors of the writer.
pub fn rows(batch: ClusteredItems<'_>, out: &mut impl Write) -> io::Result<()> {
    for row in batch.rows() {
        let columns = JsonColumns {
            columns: &ClusteredItem::COLUMNS,
            row: &row,
            optional: None,
        };
        write_row(&record_without(row.article, &NAMES)?, &columns, out)?;
    }
    Ok(())
}

/// The columns of a row as a JSON object, and one column that only some rows have.
pub(super) struct JsonColumns<'r, R> {
    pub(super) columns: &'r [Column<R>],
    pub(super) row: &'r R,
    pub(super) optional: Option<(&'static str, &'r Id<'r>)>,
}

impl<R> Serialize for JsonColumns<'_, R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for Column { name, value } in self.columns {
            match value {
                ColumnValue::Text(get) => map.serialize_entry(name, &get(self.row))?,
                ColumnValue::ItemId(get) => map.serialize_entry(name, get(self.row))?,
                ColumnValue::Count(get) => map.serialize_entry(name, &get(self.row))?,
                ColumnValue::Flag(get) => map.serialize_entry(name, &get(self.row))?,
                ColumnValue::Double(get) | ColumnValue::Float(get) => {
                    map.serialize_entry(name, &rounded(get(self.row)))?;
                }
                ColumnValue::Texts(get) => map.serialize_entry(name, get(self.row))?,
                ColumnValue::Reasons(get) => {
                    map.serialize_entry(name, &rounded_reasons(get(self.row)))?;
                }
            }
        }
        if let Some((name, id)) = self.optional {
            map.serialize_entry(name, id)?;
        }
        map.end()
    }
}

fn rounded_reasons(reasons: &[Contribution]) -> Vec<Contribution> {
    let mut reasons = reasons.to_vec();
    for part in &mut reasons {
        part.value = rounded(part.value);
    }
    reasons
}

/// Writes a record with the fields of `added` at its end.
pub(super) fn write_row(
    record: &str,
    added: &impl Serialize,
    out: &mut impl Write,
) -> io::Result<()> {
    let record = record.trim_end().strip_suffix('}').unwrap_or_default();
    let separator = if record.trim_end().ends_with('{') {
        ""
    } else {
        ","
    };
    let added = serde_json::to_string(added)?;
    writeln!(out, "{record}{separator}{}", &added[1..])
}

/// The item's record on one line with its id, without the fields of these names.
pub(super) fn record_without<'a>(
    article: &'a Article<'_>,
    names: &[&str],
) -> io::Result<Cow<'a, str>> {
    let record = &*article.record;
    if record.is_empty() {
        return Ok(item_fields(article).to_string().into());
    }
    let id = serde_json::to_string(&article.id)?;
    let may_have = |name: &&str| record.contains(&format!("\"{name}\""));
    if begins_with_id(record, &id) && !record.contains('\n') && !names.iter().any(may_have) {
        return Ok(record.into());
    }
    let Object(fields) = serde_json::from_str(record)?;
    let has_id = fields
        .iter()
        .any(|(key, value)| key == "id" && names_item(value));
    let mut kept = Vec::new();
    if !has_id {
        kept.push(format!("\"id\":{id}"));
    }
    for (key, value) in &fields {
        if !names.contains(&&**key) && (has_id || key != "id") {
            kept.push(format!("{}:{}", serde_json::json!(key), one_line(value)));
        }
    }
    Ok(format!("{{{}}}", kept.join(",")).into())
}

/// Whether a record begins with this id, so its fields need not be parsed.
fn begins_with_id(record: &str, id: &str) -> bool {
    let mut rest = record;
    for token in ["{", "\"id\"", ":", id] {
        match rest.trim_start().strip_prefix(token) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.trim_start().starts_with([',', '}'])
}

/// Whether the value of a field `id` is an id: the item's own, or another if the user named a
/// different field for ids.
fn names_item(value: &RawValue) -> bool {
    match value.get().as_bytes() {
        [b'"', ..] => {
            serde_json::from_str::<String>(value.get()).is_ok_and(|id| !is_placeholder(&id))
        }
        [first, ..] => first.is_ascii_digit() || *first == b'-',
        [] => false,
    }
}

/// A value on one line: line breaks in JSON occur only between tokens.
fn one_line(value: &RawValue) -> String {
    value.get().replace(['\n', '\r'], " ")
}

/// The fields of an item that has no record.
fn item_fields(article: &Article<'_>) -> serde_json::Value {
    let mut fields = serde_json::json!({ "id": article.id, "title": article.title });
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            fields[key] = value.into();
        }
    };
    put("content_text", Some(&article.text));
    put("url", article.url.as_deref());
    put("source", article.source.as_deref());
    put(
        "date_published",
        article.published.map(|when| when.to_string()).as_deref(),
    );
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(article: &Article<'_>) -> String {
        record_without(article, &NAMES).unwrap().into_owned()
    }

    fn kept(record: &str) -> String {
        fields(&Article {
            record: record.into(),
            ..Article::headline("1", "")
        })
    }

    #[test]
    fn unknown_fields_are_unchanged() {
        let record = r#"{"id":"1","x":12345678901234567890123,"y":[1.50,null]}"#;
        assert_eq!(kept(record), record);
        assert_eq!(
            kept("{\"id\":\"1\",\n \"b\":[1,\n2]}"),
            "{\"id\":\"1\",\"b\":[1, 2]}"
        );
    }

    #[test]
    fn fields_named_like_output_columns_are_dropped() {
        assert_eq!(
            kept(r#"{"lang":"ar","id":"1","n":1.50,"cluster_id":"old"}"#),
            r#"{"id":"1","n":1.50}"#
        );
    }

    #[test]
    fn every_row_has_the_id_of_its_item() {
        for none in [
            "",
            r#""id":null,"#,
            r#""id":"","#,
            r#""id":"N/A","#,
            r#""id":{"x":1},"#,
        ] {
            let kept = kept(&format!(r#"{{{none}"source":{{"id":null}},"title":"t"}}"#));
            assert_eq!(kept, r#"{"id":"1","source":{"id":null},"title":"t"}"#);
        }
        let number = |record: &'static str| Article {
            id: Id::from("7").into_number(),
            record: record.into(),
            ..Article::default()
        };
        assert_eq!(
            fields(&number(r#"{"guid":7,"title":"t"}"#)),
            r#"{"id":7,"guid":7,"title":"t"}"#
        );
        assert_eq!(
            fields(&number(r#"{"title":"t","id":7}"#)),
            r#"{"title":"t","id":7}"#
        );
        assert_eq!(fields(&number("")), r#"{"id":7,"title":""}"#);
        // The user named another field for ids, so the field `id` stays.
        assert_eq!(
            kept(r#"{"id":"row 5","uid":"1"}"#),
            r#"{"id":"row 5","uid":"1"}"#
        );
    }

    #[test]
    fn article_without_record_is_written_with_its_fields() {
        assert_eq!(
            fields(&Article::headline("1", "t")),
            r#"{"id":"1","title":"t"}"#
        );
    }
}
