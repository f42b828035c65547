//! A report in, its renderings out: JSON Lines, CSV, Parquet, feeds, a graph, text for a terminal,
//! and the label, pair and canonical files; of a curve of thresholds a table and a picture. They
//! print what they are given and compute nothing.

mod cells;
mod chart;
#[cfg(feature = "parquet")]
mod columnar;
mod curve;
mod decisions;
mod explain;
mod extras;
mod feed;
mod graph;
mod json;
mod markup;
mod page;
mod similar;
mod table;
mod text;
mod xml;

use std::io::{self, Write};

use rayon::prelude::*;

use crate::article::{Article, Id};
use crate::clustering::{Group, GroupId, Partition, Placement, Report};
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
pub use page::{Ui, page};
pub use similar::{Listed, similar_csv, similar_html, similar_rows};
pub use table::csv_rows;
pub use text::{Paint, stories as text_stories};

/// A batch with its answer.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The items, in the input's order.
    pub articles: &'a [Article<'a>],
    /// Where they were placed.
    pub report: &'a Report,
}

impl<'a> Answered<'a> {
    fn rows(&self) -> impl Iterator<Item = (&'a Article<'a>, &'a Placement)> {
        self.articles.iter().zip(&self.report.placements)
    }

    fn id(&self, position: usize) -> &'a Id<'a> {
        &self.articles[position].id
    }

    /// What the item's group is called; none for an item alone.
    pub fn label(&self, place: &Placement) -> Option<&'a GroupName> {
        place
            .group
            .and_then(|at| self.groups().get(at))
            .map(|group| &group.label)
    }

    /// The groups at the level asked for.
    fn groups(&self) -> &'a [Group] {
        if self.report.stories.is_empty() {
            &self.report.duplicates
        } else {
            &self.report.stories
        }
    }
}

/// A line an item with its id and the label of its group, by id, given the id at each position and
/// the items in the order of their ids.
///
/// # Errors
/// Those of the writer.
pub fn labels<'i>(
    id: impl Fn(usize) -> &'i str + Sync,
    items: &[(usize, GroupId)],
    out: &mut (impl Write + Send),
) -> io::Result<()> {
    let lines = |items: &&[(usize, GroupId)]| -> Vec<u8> {
        let mut text = Vec::with_capacity(items.len() * 32);
        let mut labels: Vec<GroupId> = Vec::new();
        // They lie far apart, so all are fetched before any is read.
        let named: Vec<(&str, GroupId)> = items.iter().map(|item| (id(item.0), item.1)).collect();
        for same in named.chunk_by(|x, y| x.0 == y.0) {
            let name = escape(same[0].0);
            labels.clear();
            labels.extend(same.iter().map(|item| item.1));
            labels.sort_unstable();
            for label in &labels {
                text.extend_from_slice(name.as_bytes());
                text.push(b'\t');
                text.extend_from_slice(&label.letters());
                text.push(b'\n');
            }
        }
        text
    };
    let mut made: Vec<Vec<u8>> = Vec::new();
    // While some pieces are written the next are made.
    for some in by_id(&id, items).chunks(8) {
        let write = || made.iter().try_for_each(|piece| out.write_all(piece));
        let (next, written) = rayon::join(|| some.par_iter().map(lines).collect(), write);
        written?;
        made = next;
    }
    made.iter().try_for_each(|piece| out.write_all(piece))
}

/// The items in pieces, those of one id together.
fn by_id<'i, 'a>(
    id: impl Fn(usize) -> &'i str,
    mut items: &'a [(usize, GroupId)],
) -> Vec<&'a [(usize, GroupId)]> {
    const PIECE: usize = 1 << 12;
    let mut pieces = Vec::new();
    while items.len() > PIECE {
        let last = id(items[PIECE - 1].0);
        let more = items[PIECE..]
            .iter()
            .take_while(|item| id(item.0) == last)
            .count();
        let (piece, rest) = items.split_at(PIECE + more);
        pieces.push(piece);
        items = rest;
    }
    pieces.push(items);
    pieces
}

/// A line a verified pair of duplicates, given the id at each position: both ids, the exact Jaccard
/// coefficient, the containment and the kind.
///
/// # Errors
/// Those of the writer.
pub fn pairs<'i>(
    id: impl Fn(usize) -> &'i str,
    partition: &Partition,
    out: &mut impl Write,
) -> io::Result<()> {
    partition.edges.iter().try_for_each(|edge| {
        let [a, b] = [edge.pair().a, edge.pair().b]
            .map(|place| escape(id(partition.items[place as usize].0)));
        writeln!(
            out,
            "{a}\t{b}\t{:.4}\t{:.4}\t{}",
            edge.jaccard(),
            edge.containment(),
            edge.kind().name()
        )
    })
}

/// A line a group with its label and the id of its canonical item, by label; an item alone is its
/// own.
///
/// # Errors
/// Those of the writer.
pub fn canonicals(answered: Answered<'_>, out: &mut impl Write) -> io::Result<()> {
    let chosen = answered
        .report
        .placements
        .iter()
        .enumerate()
        .filter(|(position, place)| place.canonical == *position);
    let mut lines: Vec<(String, &str)> = chosen
        .map(|(position, place)| (place.cluster.to_string(), answered.id(position).as_str()))
        .collect();
    lines.sort_unstable();
    lines
        .iter()
        .try_for_each(|(label, id)| writeln!(out, "{label}\t{}", escape(id)))
}
