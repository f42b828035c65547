//! Decisions and events of an index as JSON Lines.

use std::io::{self, Write};

use serde_json::json;

use super::json::{JsonColumns, record_without, write_row};
use super::rows::{DecidedItem, names};
use crate::article::Article;
use crate::index::{Event, GroupKind, Outcome};

/// Column of the id that other rows use for the item, where the item's own id has changed.
const KNOWN_AS: &str = "known_as";

/// The names of all columns, [`KNOWN_AS`] last.
const NAMES: [&str; 10] = {
    let columns = names(&DecidedItem::COLUMNS);
    let mut names = [KNOWN_AS; 10];
    let mut index = 0;
    while index < columns.len() {
        names[index] = columns[index];
        index += 1;
    }
    names
};

/// Writes an item's record with the decision of an index; `kind` is the kind of its clusters.
///
/// # Errors
/// Errors of the writer.
pub fn decision(
    article: &Article<'_>,
    outcome: &Outcome,
    kind: GroupKind,
    out: &mut impl Write,
) -> io::Result<()> {
    let is_renamed = outcome.id != article.id;
    let columns = JsonColumns {
        columns: &DecidedItem::COLUMNS,
        row: &DecidedItem { outcome, kind },
        optional: is_renamed.then_some((KNOWN_AS, &outcome.id)),
    };
    write_row(&record_without(article, &NAMES)?, &columns, out)
}

/// Writes a change of earlier items: a merge or split of groups, or another canonical item.
///
/// # Errors
/// Errors of the writer.
pub fn event(event: &Event, out: &mut impl Write) -> io::Result<()> {
    let row = match event {
        Event::Merged { kind, from, into } => json!({
            "event": "merged",
            "from": from.text(*kind),
            "into": into.text(*kind),
        }),
        Event::Split { kind, from, to } => json!({
            "event": "split",
            "from": from.text(*kind),
            "to": to.text(*kind),
        }),
        Event::Canonical {
            kind, group, id, ..
        } => json!({
            "event": "canonical",
            "cluster_id": group.text(*kind),
            "canonical_id": id,
        }),
    };
    writeln!(out, "{row}")
}
