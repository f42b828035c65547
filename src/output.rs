//! Renderers: JSON Lines, CSV, Parquet, JSON Feed, RSS, GraphML, HTML, text for a terminal, and the
//! label, pair and canonical files.
//!
//! Renderers print what they are given and compute nothing. [`ClusteredItem::COLUMNS`] declares the
//! output columns.

mod cells;
mod chart;
#[cfg(feature = "parquet")]
mod columnar;
mod curve;
mod decisions;
mod explain;
mod feed;
mod feed_fields;
mod graph;
mod json;
mod markup;
mod page;
mod rows;
mod similar;
mod table;
mod text;
mod xml;

use std::io::{self, Write};

use rayon::prelude::*;

use crate::article::{Article, Id};
use crate::clustering::{Clustering, Group, GroupId, Partition, Placement};
use crate::naming::GroupName;
use crate::tsv::escape;

pub use cells::Formulas;
pub use chart::chart;
#[cfg(feature = "parquet")]
pub use columnar::parquet;
pub use curve::curve;
pub use decisions::{decision as decision_row, event as event_row};
pub use explain::{explanation, neighbourhood};
pub use feed::{FeedHead, json_feed, rss};
pub use graph::graphml;
pub use json::rows as json_rows;
pub use page::{PageLanguage, page};
pub use rows::{
    CANONICAL_ID, CLUSTER_ID, CLUSTER_SIZE, ClusteredItem, Column, ColumnValue, DECISION,
    DecidedItem, IS_CANONICAL, LANG, MATCH_KIND, NEAR_DUP_ID, NEAR_DUP_SIZE, SIMILARITY,
    reason_texts,
};
pub use similar::{SimilarLists, similar_csv, similar_html, similar_rows};
pub use table::csv_rows;
pub use text::{Coloring, stories as text_stories};

/// The items of a batch with their groups.
#[derive(Debug, Clone, Copy)]
pub struct ClusteredItems<'a> {
    /// The items, in input order.
    pub articles: &'a [Article<'a>],
    /// The groups of the items.
    pub report: &'a Clustering,
}

impl<'a> ClusteredItems<'a> {
    /// One row an item, in input order.
    pub fn rows(self) -> impl Iterator<Item = ClusteredItem<'a>> {
        let placements = self.report.placements.iter();
        self.articles
            .iter()
            .zip(placements)
            .map(move |(article, placement)| ClusteredItem {
                batch: self,
                article,
                placement,
            })
    }

    fn id(&self, position: usize) -> &'a Id<'a> {
        &self.articles[position].id
    }

    /// The name of an item's group; `None` for a singleton.
    fn label(&self, place: &Placement) -> Option<&'a GroupName> {
        let group = self.groups().get(place.group?)?;
        Some(&group.label)
    }

    /// The groups at the requested level.
    fn groups(&self) -> &'a [Group] {
        if self.report.stories.is_empty() {
            &self.report.duplicates
        } else {
            &self.report.stories
        }
    }
}

/// Labels and pairs are formatted in pieces of this many items.
const PIECE: usize = 1 << 12;

/// Pieces that are formatted in parallel while the pieces before them are written.
const PIECES: usize = 8;

/// Writes a line per item with its id and the id of its group, sorted by item id.
///
/// `id` gives the item id at an input position; `items` must be sorted by item id.
///
/// # Errors
/// Errors of the writer.
pub fn labels<'i>(
    id: impl Fn(usize) -> &'i str + Sync,
    items: &[(usize, GroupId)],
    out: &mut (impl Write + Send),
) -> io::Result<()> {
    let mut formatted: Vec<Vec<u8>> = Vec::new();
    for pieces in pieces_by_id(&id, items).chunks(PIECES) {
        let (next, written) = rayon::join(
            || {
                pieces
                    .par_iter()
                    .map(|piece| label_lines(&id, piece))
                    .collect()
            },
            || write_all(&formatted, out),
        );
        written?;
        formatted = next;
    }
    write_all(&formatted, out)
}

fn write_all(pieces: &[Vec<u8>], out: &mut impl Write) -> io::Result<()> {
    for piece in pieces {
        out.write_all(piece)?;
    }
    Ok(())
}

/// The lines of items; the lines of one item id are sorted by group.
fn label_lines<'i>(id: impl Fn(usize) -> &'i str, items: &[(usize, GroupId)]) -> Vec<u8> {
    let mut text = Vec::with_capacity(items.len() * 32);
    let mut groups: Vec<GroupId> = Vec::new();
    // Ids are scattered in memory, so all are loaded before any is compared.
    let named: Vec<(&str, GroupId)> = items.iter().map(|item| (id(item.0), item.1)).collect();
    for same_id in named.chunk_by(|x, y| x.0 == y.0) {
        let id = escape(same_id[0].0);
        groups.clear();
        groups.extend(same_id.iter().map(|item| item.1));
        groups.sort_unstable();
        for group in &groups {
            text.extend_from_slice(id.as_bytes());
            text.push(b'\t');
            text.extend_from_slice(&group.letters());
            text.push(b'\n');
        }
    }
    text
}

/// Splits items into pieces of about [`PIECE`]; items with one id stay together.
fn pieces_by_id<'i, 'a>(
    id: impl Fn(usize) -> &'i str,
    mut items: &'a [(usize, GroupId)],
) -> Vec<&'a [(usize, GroupId)]> {
    let mut pieces = Vec::new();
    while items.len() > PIECE {
        let last = id(items[PIECE - 1].0);
        let same_id = items[PIECE..]
            .iter()
            .take_while(|item| id(item.0) == last)
            .count();
        let (piece, rest) = items.split_at(PIECE + same_id);
        pieces.push(piece);
        items = rest;
    }
    pieces.push(items);
    pieces
}

/// Writes one line a verified pair of duplicates: both ids, Jaccard, containment and kind.
///
/// `id` gives the item id at an input position.
///
/// # Errors
/// Errors of the writer.
pub fn pairs<'i>(
    id: impl Fn(usize) -> &'i str,
    partition: &Partition,
    out: &mut impl Write,
) -> io::Result<()> {
    for edge in &partition.edges {
        let [a, b] = [edge.pair().a, edge.pair().b]
            .map(|place| escape(id(partition.items[place as usize].0)));
        writeln!(
            out,
            "{a}\t{b}\t{:.4}\t{:.4}\t{}",
            edge.jaccard(),
            edge.containment(),
            edge.kind().name()
        )?;
    }
    Ok(())
}

/// Writes a line per group with its id and the id of its canonical item, sorted by group. A
/// singleton is its own group.
///
/// # Errors
/// Errors of the writer.
pub fn canonicals(batch: ClusteredItems<'_>, out: &mut impl Write) -> io::Result<()> {
    let mut lines: Vec<(String, &str)> = Vec::new();
    for (position, row) in batch.rows().enumerate() {
        if row.placement.canonical == position {
            lines.push((row.placement.cluster.to_string(), row.article.id.as_str()));
        }
    }
    lines.sort_unstable();
    for (group, id) in &lines {
        writeln!(out, "{group}\t{}", escape(id))?;
    }
    Ok(())
}
