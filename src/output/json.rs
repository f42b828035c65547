//! A JSON object a line: the input's record as it stood, then where the item was placed.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::value::RawValue;

use super::Answered;
use crate::article::{Article, Id};
use crate::canonical::Contribution;
use crate::clustering::{Placement, rounded};
use crate::identity::is_placeholder;
use crate::input::Object;
use crate::naming::GroupName;

/// What the output adds to a record, in its order.
pub(super) const COLUMNS: [&str; 13] = [
    "near_dup_id",
    "near_dup_size",
    "cluster_id",
    "cluster_size",
    "cluster_label",
    "cluster_keywords",
    "is_canonical",
    "canonical_id",
    "canonical_score",
    "canonical_reasons",
    "similarity",
    "match_kind",
    "lang",
];

#[derive(Serialize)]
struct Added<'a> {
    near_dup_id: String,
    near_dup_size: usize,
    cluster_id: String,
    cluster_size: usize,
    cluster_label: &'a str,
    cluster_keywords: &'a [String],
    is_canonical: bool,
    canonical_id: &'a Id<'a>,
    canonical_score: f64,
    canonical_reasons: Vec<Contribution>,
    similarity: f64,
    match_kind: &'static str,
    lang: &'a str,
}

/// The rows of a batch, in the input's order.
///
/// # Errors
/// Those of the writer.
pub fn rows(answered: Answered<'_>, out: &mut impl Write) -> io::Result<()> {
    answered.rows().try_for_each(|(article, place)| {
        row(
            &fields(article)?,
            &added(place, answered.label(place), answered.id(place.canonical)),
            out,
        )
    })
}

/// One row: a record, then what is added to it.
pub(super) fn row(record: &str, added: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    let record = record.trim_end().strip_suffix('}').unwrap_or_default();
    out.write_all(record.as_bytes())?;
    out.write_all(if record.trim_end().ends_with('{') {
        b""
    } else {
        b","
    })?;
    writeln!(out, "{}", &serde_json::to_string(added)?[1..])
}

fn added<'a>(
    place: &'a Placement,
    label: Option<&'a GroupName>,
    canonical: &'a Id<'a>,
) -> Added<'a> {
    let reasons = place.reasons().iter().map(|part| Contribution {
        value: rounded(part.value),
        ..*part
    });
    Added {
        near_dup_id: place.near_dup.to_string(),
        near_dup_size: place.near_dup_size,
        cluster_id: place.cluster.to_string(),
        cluster_size: place.cluster_size,
        cluster_label: label.map_or("", |label| &label.text),
        cluster_keywords: label.map_or(&[], |label| &label.keywords),
        is_canonical: place.relation.is_canonical(),
        canonical_id: canonical,
        canonical_score: rounded(place.score.total()),
        canonical_reasons: reasons.collect(),
        similarity: rounded(place.similarity),
        match_kind: place.relation.name(),
        lang: place.language.code(),
    }
}

/// The record's own fields on one line, without those that the output adds.
fn fields(article: &Article<'_>) -> io::Result<String> {
    fields_but(article, &COLUMNS)
}

/// The record's own fields on one line, without those of the names given, and with the item's id.
pub(super) fn fields_but(article: &Article<'_>, columns: &[&str]) -> io::Result<String> {
    if article.record.is_empty() {
        return Ok(own_fields(article).to_string());
    }
    let taken = |column: &&str| article.record.contains(&format!("\"{column}\""));
    let id = serde_json::to_string(&article.id)?;
    if begins_with_id(&article.record, &id)
        && !article.record.contains('\n')
        && !columns.iter().any(taken)
    {
        return Ok(article.record.clone().into_owned());
    }
    let Object(fields) = serde_json::from_str(&article.record)?;
    let bears_id = fields
        .iter()
        .any(|(key, value)| key == "id" && names_item(value));
    let kept = fields
        .iter()
        .filter(|(key, _)| !columns.contains(&&**key) && (bears_id || key != "id"));
    let pairs = kept.map(|(key, value)| format!("{}:{}", serde_json::json!(key), one_line(value)));
    let id = (!bears_id).then(|| format!("\"id\":{id}"));
    Ok(format!(
        "{{{}}}",
        id.into_iter().chain(pairs).collect::<Vec<_>>().join(",")
    ))
}

/// Whether a record begins with this id, so that it need not be looked through.
fn begins_with_id(record: &str, id: &str) -> bool {
    let rest = ["{", "\"id\"", ":", id]
        .iter()
        .try_fold(record, |rest, what| rest.trim_start().strip_prefix(what));
    rest.is_some_and(|rest| rest.trim_start().starts_with([',', '}']))
}

/// Whether the value of an `id` names an item: the one that the item goes by, or another where a
/// key was named for that.
fn names_item(value: &RawValue) -> bool {
    match value.get().as_bytes() {
        [b'"', ..] => {
            serde_json::from_str::<String>(value.get()).is_ok_and(|id| !is_placeholder(&id))
        }
        [first, ..] => first.is_ascii_digit() || *first == b'-',
        [] => false,
    }
}

/// A line break in JSON can only be white space between its parts.
fn one_line(value: &RawValue) -> String {
    value.get().replace(['\n', '\r'], " ")
}

fn own_fields(article: &Article<'_>) -> serde_json::Value {
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

    fn kept(record: &str) -> String {
        fields(&Article {
            record: record.into(),
            ..Article::headline("1", "")
        })
        .unwrap()
    }

    #[test]
    fn unknown_fields_pass_through_untouched() {
        let record = r#"{"id":"1","x":12345678901234567890123,"y":[1.50,null]}"#;
        assert_eq!(kept(record), record);
        assert_eq!(
            kept("{\"id\":\"1\",\n \"b\":[1,\n2]}"),
            "{\"id\":\"1\",\"b\":[1, 2]}"
        );
    }

    #[test]
    fn what_the_output_adds_is_not_said_twice() {
        assert_eq!(
            kept(r#"{"lang":"ar","id":"1","n":1.50,"cluster_id":"old"}"#),
            r#"{"id":"1","n":1.50}"#
        );
    }

    #[test]
    fn every_row_has_the_id_that_its_item_goes_by() {
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
            fields(&number(r#"{"guid":7,"title":"t"}"#)).unwrap(),
            r#"{"id":7,"guid":7,"title":"t"}"#
        );
        assert_eq!(
            fields(&number(r#"{"title":"t","id":7}"#)).unwrap(),
            r#"{"title":"t","id":7}"#
        );
        assert_eq!(fields(&number("")).unwrap(), r#"{"id":7,"title":""}"#);
        // Where a key was named for the id, the record's own stays.
        assert_eq!(
            kept(r#"{"id":"row 5","uid":"1"}"#),
            r#"{"id":"row 5","uid":"1"}"#
        );
    }

    #[test]
    fn an_article_without_a_record_shows_its_fields() {
        assert_eq!(
            fields(&Article::headline("1", "t")).unwrap(),
            r#"{"id":"1","title":"t"}"#
        );
    }
}
