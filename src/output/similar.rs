//! Lists of similar items as JSON Lines, CSV and HTML.
//!
//! The HTML is a fragment without script and style. Text is escaped, each title has its own
//! direction, and only web addresses are links.

use std::io::{self, Write};

use html_escape::{encode_double_quoted_attribute, encode_text};
use rayon::prelude::*;
use serde::Serialize;

use super::Formulas;
use crate::article::{Article, Id};
use crate::clustering::{SimilarEntry, SimilarList, rounded};
use crate::sanitize;

/// Lists of similar items, with the items that they refer to.
#[derive(Debug, Clone, Copy)]
pub struct SimilarLists<'a> {
    /// The items, in input order.
    pub articles: &'a [Article<'a>],
    /// The lists.
    pub lists: &'a [SimilarList],
}

#[derive(Serialize)]
struct ListRow<'a> {
    id: &'a Id<'a>,
    title: &'a str,
    similar: Vec<EntryRow<'a>>,
}

#[derive(Serialize)]
struct EntryRow<'a> {
    id: &'a Id<'a>,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<String>,
    score: f64,
    reason: &'static str,
    copies: usize,
}

/// Writes a JSON object per list: the id and title of the item, and its similar items.
///
/// # Errors
/// Errors of the writer.
pub fn similar_rows(batch: SimilarLists<'_>, out: &mut impl Write) -> io::Result<()> {
    for lists in batch.lists.chunks(CHUNK) {
        let rows: Vec<Vec<u8>> = lists
            .par_iter()
            .map(|list| json_row(batch, list))
            .collect::<io::Result<_>>()?;
        for row in rows {
            out.write_all(&row)?;
        }
    }
    Ok(())
}

/// Rows that are formatted in parallel before they are written.
const CHUNK: usize = 1 << 10;

fn json_row(batch: SimilarLists<'_>, list: &SimilarList) -> io::Result<Vec<u8>> {
    let article = &batch.articles[list.of];
    let entries = list.entries.iter();
    let mut row = serde_json::to_vec(&ListRow {
        id: &article.id,
        title: &article.title,
        similar: entries.map(|found| entry(batch, found)).collect(),
    })?;
    row.push(b'\n');
    Ok(row)
}

fn entry<'a>(batch: SimilarLists<'a>, entry: &SimilarEntry) -> EntryRow<'a> {
    let article = &batch.articles[entry.item];
    EntryRow {
        id: &article.id,
        title: &article.title,
        source: article.source.as_deref(),
        url: article.url.as_deref(),
        date_published: article.published.map(|when| when.to_string()),
        score: rounded(entry.score),
        reason: entry.reason.name(),
        copies: entry.copies,
    }
}

/// Writes a CSV row per entry: the id of the item, the rank from 1, and the similar item.
///
/// # Errors
/// Errors of the writer.
pub fn similar_csv(
    batch: SimilarLists<'_>,
    formulas: Formulas,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record([
        "id",
        "rank",
        "similar_id",
        "score",
        "reason",
        "copies",
        "title",
        "url",
        "source",
        "published",
    ])?;
    for list in batch.lists {
        for (rank, entry) in (1..).zip(&list.entries) {
            let entry = self::entry(batch, entry);
            table.write_record([
                &*formulas.cell(&batch.articles[list.of].id),
                &rank.to_string(),
                &formulas.cell(entry.id),
                &format!("{:.4}", entry.score),
                entry.reason,
                &entry.copies.to_string(),
                &formulas.cell(entry.title),
                &formulas.cell(entry.url.unwrap_or("")),
                &formulas.cell(entry.source.unwrap_or("")),
                &entry.date_published.unwrap_or_default(),
            ])?;
        }
    }
    table.flush()
}

/// Writes one HTML section for each list with entries: a heading, and the entries with source and
/// link.
///
/// `data-id` of a section is the id of its item, `data-reason` of an entry its reason. `heading`
/// replaces the default heading, which is Arabic for Arabic items and English otherwise.
///
/// # Errors
/// Errors of the writer.
pub fn similar_html(
    batch: SimilarLists<'_>,
    heading: Option<&str>,
    out: &mut impl Write,
) -> io::Result<()> {
    for list in batch.lists.iter().filter(|list| !list.entries.is_empty()) {
        let default = match list.language.code() {
            "ar" => "مقالات مشابهة",
            _ => "Similar articles",
        };
        let id = attribute(&batch.articles[list.of].id);
        let heading = sanitize::line(heading.unwrap_or(default));
        writeln!(
            out,
            "<section class=\"similar-articles\" dir=\"auto\" data-id=\"{id}\">"
        )?;
        writeln!(out, "<h2 dir=\"auto\">{}</h2>\n<ul>", encode_text(&heading))?;
        for entry in &list.entries {
            html_entry(batch, entry, out)?;
        }
        writeln!(out, "</ul>\n</section>")?;
    }
    Ok(())
}

fn html_entry(
    batch: SimilarLists<'_>,
    entry: &SimilarEntry,
    out: &mut impl Write,
) -> io::Result<()> {
    let article = &batch.articles[entry.item];
    let title = if article.title.is_empty() {
        article.opening()
    } else {
        article.title.to_string()
    };
    let title = sanitize::line(&title);
    let title = encode_text(&title);
    write!(
        out,
        "<li dir=\"auto\" data-reason=\"{}\">",
        entry.reason.name()
    )?;
    match article.url.as_deref().filter(|_| article.page().is_some()) {
        Some(url) => write!(
            out,
            "<a href=\"{}\"><bdi>{title}</bdi></a>",
            encode_double_quoted_attribute(url)
        )?,
        None => write!(out, "<bdi>{title}</bdi>")?,
    }
    if let Some(source) = article.source.as_deref() {
        write!(
            out,
            " <cite dir=\"auto\">{}</cite>",
            encode_text(&sanitize::line(source))
        )?;
    }
    writeln!(out, "</li>")
}

/// An id as the value of an attribute. Control characters become character references, because HTML
/// may be viewed in a terminal.
fn attribute(id: &str) -> String {
    let mut value = String::new();
    for c in encode_double_quoted_attribute(id).chars() {
        if c.is_control() {
            value += &format!("&#{};", u32::from(c));
        } else {
            value.push(c);
        }
    }
    value
}
