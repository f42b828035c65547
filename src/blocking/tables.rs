//! How the tables of keys are numbered: of headlines those by which what is alike is found, a table
//! a band and one of neighbours or samples, and one of the shingles by which quotations are; then
//! the same of bodies.

/// The numbers of the tables of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Of headlines and bodies.
    alike: [usize; 2],
}

/// What the keys of a table are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// Headlines or bodies.
    pub(super) field: usize,
    /// Which of those by which what is alike is found; none if they are of quotations.
    pub(super) alike: Option<usize>,
}

impl Layout {
    /// That of so many tables of what is alike, of headlines and bodies.
    pub(super) fn new(alike: [usize; 2]) -> Self {
        Layout { alike }
    }

    /// By how many tables what is alike in a field is found.
    pub(super) fn alike(self, field: usize) -> usize {
        self.alike[field]
    }

    /// How many tables there are.
    pub(super) fn len(self) -> usize {
        self.alike.iter().map(|count| count + 1).sum()
    }

    /// The table of a kind.
    pub(super) fn table(self, Kind { field, alike }: Kind) -> usize {
        let first = if field == 0 { 0 } else { self.alike[0] + 1 };
        first + alike.unwrap_or(self.alike[field])
    }

    /// What a table is of.
    pub(super) fn kind(self, table: usize) -> Kind {
        let (field, at) = if table <= self.alike[0] {
            (0, table)
        } else {
            (1, table - self.alike[0] - 1)
        };
        Kind {
            field,
            alike: (at < self.alike[field]).then_some(at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_is_of_one_kind() {
        let layout = Layout::new([1, 3]);
        let kinds = [
            (0, Some(0)),
            (0, None),
            (1, Some(0)),
            (1, Some(1)),
            (1, Some(2)),
            (1, None),
        ];
        for (table, (field, alike)) in kinds.into_iter().enumerate() {
            assert_eq!(layout.table(Kind { field, alike }), table);
            assert_eq!(layout.kind(table), Kind { field, alike });
        }
        assert_eq!(layout.len(), kinds.len());
    }
}
