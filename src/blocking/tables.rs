//! Numbering of the tables of blocking keys.
//!
//! Tables are numbered field by field, the title first. Each field has similarity tables (one per
//! band, and one for the keys of the prefix filter and of samples), then a containment table.

use crate::ids::{DenseId, Field, PerField, TableId};

/// What the keys of a table are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// Bands, prefix-filter keys or samples: one collision makes a candidate.
    Similarity {
        /// The field whose keys the table holds.
        field: Field,
        /// Number of the table among the similarity tables of the field.
        table: usize,
    },
    /// Sampled shingles: [`MIN_COLLISIONS`](super::MIN_COLLISIONS) make a candidate.
    Containment {
        /// The field whose keys the table holds.
        field: Field,
    },
}

impl TableKind {
    /// The field whose keys the table holds.
    pub fn field(self) -> Field {
        match self {
            TableKind::Similarity { field, .. } | TableKind::Containment { field } => field,
        }
    }
}

/// Maps table numbers to table kinds and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TableLayout {
    /// Number of similarity tables of each field.
    similarity: PerField<usize>,
}

impl TableLayout {
    pub(super) fn new(similarity: PerField<usize>) -> Self {
        TableLayout { similarity }
    }

    /// Number of similarity tables of a field.
    pub(super) fn similarity_tables(self, field: Field) -> usize {
        self.similarity[field]
    }

    /// Number of tables.
    pub(super) fn len(self) -> usize {
        self.similarity.title + self.similarity.body + 2
    }

    /// All tables.
    pub(super) fn tables(self) -> impl Iterator<Item = TableId> {
        TableId::all(self.len())
    }

    /// The number of a table.
    pub(super) fn table(self, kind: TableKind) -> TableId {
        let field = kind.field();
        let first = match field {
            Field::Title => 0,
            Field::Body => self.similarity.title + 1,
        };
        let within = match kind {
            TableKind::Similarity { table, .. } => table,
            TableKind::Containment { .. } => self.similarity[field],
        };
        TableId((first + within) as u32)
    }

    /// The kind of a table.
    pub(super) fn kind(self, table: TableId) -> TableKind {
        let titles = self.similarity.title + 1;
        let (field, table) = match table.index().checked_sub(titles) {
            None => (Field::Title, table.index()),
            Some(table) => (Field::Body, table),
        };
        if table < self.similarity[field] {
            TableKind::Similarity { field, table }
        } else {
            TableKind::Containment { field }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_kinds_of_tables_correspond() {
        let layout = TableLayout::new(PerField { title: 1, body: 3 });
        let similarity = |field, table| TableKind::Similarity { field, table };
        let kinds = [
            similarity(Field::Title, 0),
            TableKind::Containment {
                field: Field::Title,
            },
            similarity(Field::Body, 0),
            similarity(Field::Body, 1),
            similarity(Field::Body, 2),
            TableKind::Containment { field: Field::Body },
        ];
        assert_eq!(layout.len(), kinds.len());
        for (table, kind) in layout.tables().zip(kinds) {
            assert_eq!(layout.table(kind), table);
            assert_eq!(layout.kind(table), kind);
        }
    }
}
