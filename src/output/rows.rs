//! Output columns: the name, type and value of each, declared once.
//!
//! JSON Lines, CSV, Parquet and the Arrow tables of the Python package iterate over
//! [`ClusteredItem::COLUMNS`] and [`DecidedItem::COLUMNS`]. A new [`ColumnValue`] variant does not
//! compile until every format handles it.

use std::borrow::Cow;

use super::ClusteredItems;
use crate::article::{Article, Id};
use crate::canonical::Contribution;
use crate::clustering::Placement;
use crate::index::{GroupKind, Outcome};

/// Column of the id of an item's group of duplicates.
pub const NEAR_DUP_ID: &str = "near_dup_id";
/// Column of the number of items in the group of duplicates.
pub const NEAR_DUP_SIZE: &str = "near_dup_size";
/// Column of the id of an item's group at the requested level.
pub const CLUSTER_ID: &str = "cluster_id";
/// Column of the number of items in that group.
pub const CLUSTER_SIZE: &str = "cluster_size";
/// Column of whether the item is the canonical of that group.
pub const IS_CANONICAL: &str = "is_canonical";
/// Column of the id of the canonical item.
pub const CANONICAL_ID: &str = "canonical_id";
/// Column of the similarity to the canonical item.
pub const SIMILARITY: &str = "similarity";
/// Column of the relation to the canonical item.
pub const MATCH_KIND: &str = "match_kind";
/// Column of the decision of an index.
pub const DECISION: &str = "decision";
/// Column of the language.
pub const LANG: &str = "lang";

/// A column over rows of type `R`.
#[derive(Debug)]
pub struct Column<R> {
    /// The name in every format.
    pub name: &'static str,
    /// The type, with the function that reads the value from a row.
    pub value: ColumnValue<R>,
}

/// The type of a column, with the function that reads the value from a row.
#[derive(Debug)]
pub enum ColumnValue<R> {
    /// Text.
    Text(for<'r> fn(&'r R) -> Cow<'r, str>),
    /// The id of an item: in JSON a number if the input had a number.
    ItemId(for<'r> fn(&'r R) -> &'r Id<'r>),
    /// A number of items.
    Count(fn(&R) -> usize),
    /// True or false.
    Flag(fn(&R) -> bool),
    /// A 64-bit number.
    Double(fn(&R) -> f64),
    /// A number that columnar formats store in 32 bits.
    Float(fn(&R) -> f64),
    /// A list of texts.
    Texts(for<'r> fn(&'r R) -> &'r [String]),
    /// The parts of a canonical score: objects in JSON, texts such as `"title 0.600"` elsewhere.
    Reasons(for<'r> fn(&'r R) -> &'r [Contribution]),
}

/// The names of columns, in order.
pub(super) const fn names<R, const N: usize>(columns: &[Column<R>; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut index = 0;
    while index < N {
        names[index] = columns[index].name;
        index += 1;
    }
    names
}

/// The parts of a canonical score as texts.
pub fn reason_texts(reasons: &[Contribution]) -> Vec<String> {
    reasons
        .iter()
        .map(|part| format!("{} {:.3}", part.part, part.value))
        .collect()
}

/// An item of a batch with its placement: one row of the output.
#[derive(Debug, Clone, Copy)]
pub struct ClusteredItem<'a> {
    /// The batch.
    pub batch: ClusteredItems<'a>,
    /// The item.
    pub article: &'a Article<'a>,
    /// Its groups.
    pub placement: &'a Placement,
}

impl ClusteredItem<'_> {
    /// The columns that grouping adds to a record, in order.
    pub const COLUMNS: [Column<Self>; 13] = [
        Column {
            name: NEAR_DUP_ID,
            value: ColumnValue::Text(|row| row.placement.near_dup.to_string().into()),
        },
        Column {
            name: NEAR_DUP_SIZE,
            value: ColumnValue::Count(|row| row.placement.near_dup_size),
        },
        Column {
            name: CLUSTER_ID,
            value: ColumnValue::Text(|row| row.placement.cluster.to_string().into()),
        },
        Column {
            name: CLUSTER_SIZE,
            value: ColumnValue::Count(|row| row.placement.cluster_size),
        },
        Column {
            name: "cluster_label",
            value: ColumnValue::Text(Self::group_name),
        },
        Column {
            name: "cluster_keywords",
            value: ColumnValue::Texts(Self::group_keywords),
        },
        Column {
            name: IS_CANONICAL,
            value: ColumnValue::Flag(|row| row.placement.relation.is_canonical()),
        },
        Column {
            name: CANONICAL_ID,
            value: ColumnValue::ItemId(|row| row.batch.id(row.placement.canonical)),
        },
        Column {
            name: "canonical_score",
            value: ColumnValue::Double(|row| row.placement.score.total()),
        },
        Column {
            name: "canonical_reasons",
            value: ColumnValue::Reasons(|row| row.placement.reasons()),
        },
        Column {
            name: SIMILARITY,
            value: ColumnValue::Float(|row| row.placement.similarity),
        },
        Column {
            name: MATCH_KIND,
            value: ColumnValue::Text(|row| row.placement.relation.name().into()),
        },
        Column {
            name: LANG,
            value: ColumnValue::Text(|row| row.placement.language.code().into()),
        },
    ];

    /// The name of the item's group; empty for a singleton.
    fn group_name(&self) -> Cow<'_, str> {
        match self.batch.label(self.placement) {
            Some(label) => label.text.as_str().into(),
            None => "".into(),
        }
    }

    /// The keywords of the item's group; none for a singleton.
    fn group_keywords(&self) -> &[String] {
        match self.batch.label(self.placement) {
            Some(label) => &label.keywords,
            None => &[],
        }
    }
}

/// An item with the decision of an index: one row of the output.
#[derive(Debug, Clone, Copy)]
pub struct DecidedItem<'a> {
    /// The outcome.
    pub outcome: &'a Outcome,
    /// The kind of the index's clusters.
    pub kind: GroupKind,
}

impl DecidedItem<'_> {
    /// The columns that an index adds to a record, in order.
    pub const COLUMNS: [Column<Self>; 9] = [
        Column {
            name: DECISION,
            value: ColumnValue::Text(|row| row.outcome.decision.name().into()),
        },
        Column {
            name: NEAR_DUP_ID,
            value: ColumnValue::Text(|row| {
                row.outcome.near_dup.id.text(GroupKind::Duplicates).into()
            }),
        },
        Column {
            name: NEAR_DUP_SIZE,
            value: ColumnValue::Count(|row| row.outcome.near_dup.items),
        },
        Column {
            name: CLUSTER_ID,
            value: ColumnValue::Text(|row| row.outcome.cluster.id.text(row.kind).into()),
        },
        Column {
            name: CLUSTER_SIZE,
            value: ColumnValue::Count(|row| row.outcome.cluster.items),
        },
        Column {
            name: IS_CANONICAL,
            value: ColumnValue::Flag(|row| row.outcome.relation.is_none()),
        },
        Column {
            name: CANONICAL_ID,
            value: ColumnValue::ItemId(|row| &row.outcome.canonical.id),
        },
        Column {
            name: SIMILARITY,
            value: ColumnValue::Double(|row| row.outcome.match_kind().0),
        },
        Column {
            name: MATCH_KIND,
            value: ColumnValue::Text(|row| row.outcome.match_kind().1.into()),
        },
    ];
}
