//! What an index says, as JSON a line: an item with its decision, and an event.

use std::io::{self, Write};

use serde::Serialize;

use super::json::{fields_but, row};
use crate::article::{Article, Id};
use crate::clustering::rounded;
use crate::index::{Decided, Decision, Event, Kind, group_id};

/// What a row adds to a record, in its order.
const COLUMNS: [&str; 10] = [
    "decision",
    "near_dup_id",
    "near_dup_size",
    "cluster_id",
    "cluster_size",
    "is_canonical",
    "canonical_id",
    "similarity",
    "match_kind",
    "known_as",
];

#[derive(Serialize)]
struct Added<'a> {
    decision: Decision,
    near_dup_id: String,
    near_dup_size: usize,
    cluster_id: String,
    cluster_size: usize,
    is_canonical: bool,
    canonical_id: &'a Id<'static>,
    similarity: f64,
    match_kind: &'static str,
    /// The id that other rows call the item by, where its own has changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    known_as: Option<&'a Id<'static>>,
}

/// An item's record with what the index says of it; `kind` is what its clusters are.
///
/// # Errors
/// Those of the writer.
pub fn decision(
    article: &Article<'_>,
    decided: &Decided,
    kind: Kind,
    out: &mut impl Write,
) -> io::Result<()> {
    let (similarity, match_kind) = decided.match_kind();
    let added = Added {
        decision: decided.decision,
        near_dup_id: group_id(Kind::Duplicates, decided.near_dup.0),
        near_dup_size: decided.near_dup.1,
        cluster_id: group_id(kind, decided.cluster.0),
        cluster_size: decided.cluster.1,
        is_canonical: decided.relation.is_none(),
        canonical_id: &decided.canonical.1,
        similarity: rounded(similarity),
        match_kind,
        known_as: Some(&decided.id).filter(|id| **id != article.id),
    };
    row(&fields_but(article, &COLUMNS)?, &added, out)
}

/// What a commit changed for items before it.
///
/// # Errors
/// Those of the writer.
pub fn event(event: &Event, out: &mut impl Write) -> io::Result<()> {
    let row = match event {
        Event::Merged(kind, gone, kept) => {
            serde_json::json!({"event": "merged", "from": group_id(*kind, *gone), "into": group_id(*kind, *kept)})
        }
        Event::Split(kind, from, to) => {
            serde_json::json!({"event": "split", "from": group_id(*kind, *from), "to": group_id(*kind, *to)})
        }
        Event::Canonical(kind, label, _, id) => {
            serde_json::json!({"event": "canonical", "cluster_id": group_id(*kind, *label), "canonical_id": id})
        }
    };
    writeln!(out, "{row}")
}
