//! Text for a terminal: each story under its canonical title, then the singletons.
//!
//! Texts of items are within Unicode isolates, so Arabic beside Latin keeps its order. Nothing is
//! aligned by width, because widths differ by script.

use std::cmp::Ordering;
use std::io::{self, Write};

use anstyle::Style;
use hashbrown::HashMap;

use super::ClusteredItems;
use crate::clustering::{Group, Placement, Relation};
use crate::sanitize::isolated;
use crate::verify::MatchKind;

/// Whether text has ANSI styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coloring {
    /// No styles.
    Plain,
    /// ANSI styles: titles of groups bold, remarks dim.
    Ansi,
}

impl Coloring {
    pub(super) fn style(self, style: Style) -> Style {
        match self {
            Coloring::Plain => Style::new(),
            Coloring::Ansi => style,
        }
    }
}

/// Writes the groups, largest first, then the singletons.
///
/// # Errors
/// Errors of the writer.
pub fn stories(
    batch: ClusteredItems<'_>,
    coloring: Coloring,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut groups: Vec<&Group> = batch.groups().iter().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.members.len()));
    for group in groups {
        story(batch, group, coloring, out)?;
    }
    let singletons: Vec<usize> = (0..batch.articles.len())
        .filter(|&item| batch.report.placements[item].cluster_size == 1)
        .collect();
    if !singletons.is_empty() {
        writeln!(out, "Alone: {}", singletons.len())?;
    }
    for item in singletons {
        writeln!(out, "  - {}", title_line(batch, item))?;
    }
    Ok(())
}

fn story(
    batch: ClusteredItems<'_>,
    group: &Group,
    coloring: Coloring,
    out: &mut impl Write,
) -> io::Result<()> {
    let weak = if group.is_weak {
        ", loosely linked"
    } else {
        ""
    };
    let (bold, dim) = (
        coloring.style(Style::new().bold()),
        coloring.style(Style::new().dimmed()),
    );
    writeln!(
        out,
        "{} items{weak}: {bold}{}{bold:#}",
        group.members.len(),
        title_line(batch, group.canonical)
    )?;
    if has_several_texts(batch, group) && !group.label.text.is_empty() {
        writeln!(out, "  {dim}{}{dim:#}", isolated(&group.label.text))?;
    }
    let placement = |item: usize| &batch.report.placements[item];
    for items in other_texts(batch, group) {
        for (index, item) in items.into_iter().enumerate() {
            let shares_text = placement(item).near_dup == placement(group.canonical).near_dup;
            let (indent, remark) = if index == 0 || shares_text {
                ("", relation_remark(placement(item)))
            } else {
                ("  ", "[copy of the item above]".to_owned())
            };
            let title = title_line(batch, item);
            writeln!(out, "  {indent}- {title} {dim}{remark}{dim:#}")?;
        }
    }
    writeln!(out)
}

fn relation_remark(placement: &Placement) -> String {
    let words = relation_words(placement.relation);
    format!("[{words} {:.2}]", placement.similarity)
}

/// The items of a group without its canonical, grouped by text: first the duplicates of the
/// canonical, then the texts most similar to it.
fn other_texts(batch: ClusteredItems<'_>, group: &Group) -> Vec<Vec<usize>> {
    let placement = |item: usize| &batch.report.placements[item];
    let canonical_text = placement(group.canonical).near_dup;
    let mut items: Vec<usize> = group.members.clone();
    items.retain(|&item| item != group.canonical);
    items.sort_by(|&a, &b| {
        let is_other_text = |item| placement(item).near_dup != canonical_text;
        is_other_text(a)
            .cmp(&is_other_text(b))
            .then_with(|| {
                placement(b)
                    .similarity
                    .partial_cmp(&placement(a).similarity)
                    .unwrap_or(Ordering::Equal)
            })
            .then(a.cmp(&b))
    });
    let mut texts: Vec<Vec<usize>> = Vec::new();
    let mut index_of = HashMap::new();
    for item in items {
        let index = *index_of
            .entry(placement(item).near_dup)
            .or_insert(texts.len());
        if index == texts.len() {
            texts.push(Vec::new());
        }
        texts[index].push(item);
    }
    texts
}

/// Whether the items of a group have different texts, so its name adds to the canonical title.
fn has_several_texts(batch: ClusteredItems<'_>, group: &Group) -> bool {
    let text = |item: usize| batch.report.placements[item].near_dup;
    group
        .members
        .iter()
        .any(|&item| text(item) != text(group.canonical))
}

/// The title of an item, or the beginning of its text, and its source.
fn title_line(batch: ClusteredItems<'_>, item: usize) -> String {
    let article = &batch.articles[item];
    let title = if article.title.is_empty() {
        article.opening()
    } else {
        article.title.to_string()
    };
    match article.source.as_deref() {
        Some(source) => format!("{} ({})", isolated(&title), isolated(source)),
        None => isolated(&title),
    }
}

fn relation_words(relation: Relation) -> &'static str {
    match relation {
        Relation::Alone | Relation::Canonical => "canonical",
        Relation::Linked => "copy of a copy",
        Relation::Must => "by constraint",
        Relation::Match(kind) => match kind {
            MatchKind::Exact => "same text",
            MatchKind::Retitled => "same text, different title",
            MatchKind::Edited => "edited",
            MatchKind::Abridged | MatchKind::Shortened => "shortened",
            MatchKind::Extended => "extended",
            MatchKind::Summary => "same report, different summary",
            MatchKind::Update => "changed facts",
            MatchKind::Story => "same story",
        },
    }
}
