//! Lists of similar items as JSON Lines, as a table, and as a fragment of a web page.
//!
//! In the fragment all text is escaped, each headline finds its own direction, only addresses of
//! the web are linked, and there is neither script nor style.

use std::io::{self, Write};

use html_escape::{encode_double_quoted_attribute, encode_text};
use rayon::prelude::*;
use serde::Serialize;

use super::Formulas;
use crate::article::{Article, Id};
use crate::clustering::{SimilarEntry, SimilarList, rounded};
use crate::sanitize;

/// Items with their lists.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The items, in the input's order.
    pub articles: &'a [Article<'a>],
    /// The lists.
    pub lists: &'a [SimilarList],
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a Id<'a>,
    title: &'a str,
    similar: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
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

/// A JSON object a line for each item: its id, its headline and its list.
///
/// # Errors
/// Those of the writer.
pub fn similar_rows(listed: Listed<'_>, out: &mut impl Write) -> io::Result<()> {
    let row = |list: &SimilarList| {
        let article = &listed.articles[list.of];
        let similar = list
            .entries
            .iter()
            .map(|entry| self::entry(listed, entry))
            .collect();
        let mut row = serde_json::to_vec(&Row {
            id: &article.id,
            title: &article.title,
            similar,
        })?;
        row.push(b'\n');
        Ok(row)
    };
    listed.lists.chunks(ROWS).try_for_each(|some| {
        let rows: Vec<Vec<u8>> = some.par_iter().map(row).collect::<io::Result<_>>()?;
        rows.iter().try_for_each(|row| out.write_all(row))
    })
}

/// So many rows are made before they are written.
const ROWS: usize = 1 << 10;

fn entry<'a>(listed: Listed<'a>, entry: &SimilarEntry) -> Entry<'a> {
    let article = &listed.articles[entry.item];
    Entry {
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

/// A row an entry, for a spreadsheet: the id of the item, the entry's rank from 1, and the entry.
///
/// # Errors
/// Those of the writer.
pub fn similar_csv(listed: Listed<'_>, formulas: Formulas, out: &mut impl Write) -> io::Result<()> {
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
    for list in listed.lists {
        for (rank, entry) in (1..).zip(&list.entries) {
            let entry = self::entry(listed, entry);
            table.write_record([
                &*formulas.cell(&listed.articles[list.of].id),
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

/// A section of a web page for each item that has a list: a heading, and the entries with source
/// and link. The section tells its item's id in `data-id`, and an entry its reason in
/// `data-reason`. `heading` stands in place of the heading of the item's language, which is Arabic
/// or else English.
///
/// # Errors
/// Those of the writer.
pub fn similar_html(
    listed: Listed<'_>,
    heading: Option<&str>,
    out: &mut impl Write,
) -> io::Result<()> {
    for list in listed.lists.iter().filter(|list| !list.entries.is_empty()) {
        let own = match list.language.code() {
            "ar" => "مقالات مشابهة",
            _ => "Similar articles",
        };
        let id = attribute(&listed.articles[list.of].id);
        let heading = sanitize::line(heading.unwrap_or(own));
        writeln!(
            out,
            "<section class=\"similar-articles\" dir=\"auto\" data-id=\"{id}\">"
        )?;
        writeln!(out, "<h2 dir=\"auto\">{}</h2>\n<ul>", encode_text(&heading))?;
        list.entries
            .iter()
            .try_for_each(|entry| html_entry(listed, entry, out))?;
        writeln!(out, "</ul>\n</section>")?;
    }
    Ok(())
}

fn html_entry(listed: Listed<'_>, entry: &SimilarEntry, out: &mut impl Write) -> io::Result<()> {
    let article = &listed.articles[entry.item];
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

/// An id within an attribute: exact for a program, but a control character stands there as a
/// reference, since a page may be looked at in a terminal.
fn attribute(id: &str) -> String {
    let encoded = encode_double_quoted_attribute(id);
    let reference = |c: char| {
        if c.is_control() {
            format!("&#{};", u32::from(c))
        } else {
            c.to_string()
        }
    };
    encoded.chars().map(reference).collect()
}
