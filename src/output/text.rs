//! A batch for a reader at a terminal: each story under its canonical headline, the copies of a
//! text under it, what stands alone at the end.
//!
//! A headline is set apart by Unicode isolates, so that Arabic beside Latin keeps its order, and
//! nothing is aligned by width, which differs by script.

use std::cmp::Ordering;
use std::io::{self, Write};

use anstyle::Style;
use hashbrown::HashMap;

use super::Answered;
use crate::clustering::{Group, Relation};
use crate::sanitize::isolated;

/// Whether a terminal's colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Letters alone.
    Plain,
    /// Headlines of groups bold, remarks dim.
    Color,
}

impl Paint {
    pub(super) fn style(self, style: Style) -> Style {
        if self == Paint::Color {
            style
        } else {
            Style::new()
        }
    }
}

/// The groups, the largest first, then the items that stand alone.
///
/// # Errors
/// Those of the writer.
pub fn stories(answered: Answered<'_>, paint: Paint, out: &mut impl Write) -> io::Result<()> {
    let mut groups: Vec<&Group> = answered.groups().iter().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.members.len()));
    for group in groups {
        story(answered, group, paint, out)?;
    }
    let alone: Vec<usize> = (0..answered.articles.len())
        .filter(|&at| answered.report.placements[at].cluster_size == 1)
        .collect();
    if !alone.is_empty() {
        writeln!(out, "Alone: {}", alone.len())?;
    }
    alone
        .into_iter()
        .try_for_each(|at| writeln!(out, "  - {}", line(answered, at)))
}

fn story(
    answered: Answered<'_>,
    group: &Group,
    paint: Paint,
    out: &mut impl Write,
) -> io::Result<()> {
    let weak = if group.is_weak {
        ", loosely linked"
    } else {
        ""
    };
    let (bold, dim) = (
        paint.style(Style::new().bold()),
        paint.style(Style::new().dimmed()),
    );
    writeln!(
        out,
        "{} items{weak}: {bold}{}{bold:#}",
        group.members.len(),
        line(answered, group.canonical)
    )?;
    if tells_more(answered, group) {
        writeln!(out, "  {dim}{}{dim:#}", isolated(&group.label.text))?;
    }
    for text in other_texts(answered, group) {
        for (nth, at) in text.into_iter().enumerate() {
            let place = &answered.report.placements[at];
            let is_told =
                nth == 0 || place.near_dup == answered.report.placements[group.canonical].near_dup;
            let remark = match is_told {
                true => format!("[{} {:.2}]", word(place.relation), place.similarity),
                false => "[copy of the one above]".to_owned(),
            };
            let indent = if is_told { "" } else { "  " };
            writeln!(
                out,
                "  {indent}- {} {dim}{remark}{dim:#}",
                line(answered, at)
            )?;
        }
    }
    writeln!(out)
}

/// The items of a group but its canonical, those that are copies of each other together: first the
/// canonical's copies, then the texts most like it.
fn other_texts(answered: Answered<'_>, group: &Group) -> Vec<Vec<usize>> {
    let place = |at: usize| &answered.report.placements[at];
    let key = |at: usize| {
        (
            place(at).near_dup != place(group.canonical).near_dup,
            -place(at).similarity,
            at,
        )
    };
    let mut others: Vec<usize> = group
        .members
        .iter()
        .copied()
        .filter(|&at| at != group.canonical)
        .collect();
    others.sort_by(|&a, &b| key(a).partial_cmp(&key(b)).unwrap_or(Ordering::Equal));
    let mut texts: Vec<Vec<usize>> = Vec::new();
    let mut known = HashMap::new();
    for at in others {
        let text = *known.entry(place(at).near_dup).or_insert_with(|| {
            texts.push(Vec::new());
            texts.len() - 1
        });
        texts[text].push(at);
    }
    texts
}

/// Whether the label says something that the canonical headline does not: copies of one text have
/// none.
fn tells_more(answered: Answered<'_>, group: &Group) -> bool {
    let texts = |at: &usize| answered.report.placements[*at].near_dup;
    !group.label.text.is_empty()
        && group
            .members
            .iter()
            .any(|at| texts(at) != texts(&group.canonical))
}

fn line(answered: Answered<'_>, at: usize) -> String {
    let article = &answered.articles[at];
    let shown = if article.title.is_empty() {
        article.opening()
    } else {
        article.title.to_string()
    };
    match article.source.as_deref() {
        Some(source) => format!("{} ({})", isolated(&shown), isolated(source)),
        None => isolated(&shown),
    }
}

fn word(relation: Relation) -> &'static str {
    match relation.name() {
        "exact" => "same text",
        "retitled" => "same text, other title",
        "edited" => "edited",
        "shortened" => "shortened",
        "extended" => "extended",
        "summary" => "same report, other summary",
        "update" => "other facts",
        "linked" => "copy of a copy",
        "must" => "by constraint",
        _ => "same story",
    }
}
