//! Export: the items of an index as of the last commit, with their groups.

use std::path::Path;

use hashbrown::HashSet;
use serde::Serialize;

use super::settings_of;
use crate::article::{Id, Timestamp};
use crate::error::Error;
use crate::index::{Arrival, Current, GroupKind, Item, PendingDeliveries, Segment};
use crate::store::{Content, Snapshot, StoreError};

/// Which items are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportScope {
    /// All items.
    All,
    /// Items that a consumer may lack after an unclean shutdown: of the last commit and of
    /// unacknowledged deliveries.
    LastCommits,
}

/// An item with its groups, as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExportRow {
    /// The item's own id.
    pub id: Id<'static>,
    /// Title.
    pub title: String,
    /// Body.
    pub content_text: String,
    /// Link.
    pub url: Option<String>,
    /// Publisher.
    pub source: Option<String>,
    /// Address of the feed.
    pub feed_url: Option<String>,
    /// Time of publication.
    pub date_published: Option<String>,
    /// Declared language.
    pub language: Option<String>,
    /// Time of the item's first commit.
    pub first_seen: String,
    /// Group of duplicates.
    pub near_dup_id: String,
    /// Group at the level of the index.
    pub cluster_id: String,
    /// Id of the canonical of `cluster_id`.
    pub canonical_id: Id<'static>,
}

/// The items of the index in a folder, by arrival.
///
/// # Errors
/// [`Error::Store`], [`Error::Settings`]
pub fn export(folder: &Path, scope: ExportScope) -> Result<Vec<ExportRow>, Error> {
    let kind = GroupKind::from(settings_of(folder)?.level);
    let Content {
        segments, pending, ..
    } = Snapshot::open(folder)?.content()?;
    let shown = match scope {
        ExportScope::All => None,
        ExportScope::LastCommits => Some(last_delivered(&segments, &pending)),
    };
    let mut current = Current::default();
    for segment in segments {
        current.add(segment);
    }
    let items = current.items.values();
    Ok(items
        .filter(|item| {
            let shown = shown.as_ref();
            shown.is_none_or(|shown| shown.contains(&item.arrival))
        })
        .map(|item| row(item, kind, &current))
        .collect())
}

fn last_delivered(segments: &[Segment], pending: &PendingDeliveries) -> HashSet<Arrival> {
    let last = segments.iter().rfind(|segment| !segment.items.is_empty());
    let last = last.into_iter().flat_map(|segment| &segment.items);
    last.map(|item| item.arrival)
        .chain(pending.versions().map(|version| version.item))
        .collect()
}

fn row(item: &Item, kind: GroupKind, current: &Current) -> ExportRow {
    let group = |kind: GroupKind| current.groups.group(kind, item.arrival);
    let cluster = group(kind);
    let canonical = current.groups.canonical(cluster);
    let canonical = canonical.and_then(|canonical| current.items.get(&canonical));
    ExportRow {
        id: item.id.clone(),
        title: item.title.clone(),
        content_text: item.text.clone(),
        url: item.url.clone(),
        source: item.source.clone(),
        feed_url: item.feed.clone(),
        date_published: item.published.map(|time| Timestamp(time).to_string()),
        language: item.language.clone(),
        first_seen: Timestamp(item.first_seen).to_string(),
        near_dup_id: group(GroupKind::Duplicates).text(GroupKind::Duplicates),
        cluster_id: cluster.text(kind),
        canonical_id: canonical.unwrap_or(item).id.clone(),
    }
}

/// The latest version of each item of the index in a folder, by arrival.
///
/// # Errors
/// [`StoreError`]
pub fn items(folder: &Path) -> Result<Vec<Item>, StoreError> {
    let mut current = Current::default();
    Snapshot::open(folder)?.visit(|segment, _| current.add(segment))?;
    Ok(current.items.into_values().collect())
}
