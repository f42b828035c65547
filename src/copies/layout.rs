//! How the tables of keys are numbered: of headlines a table a band and one of shingles, then the same of bodies.

/// The numbers of the tables of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    bands: usize,
}

/// What the keys of a table are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// Headlines or bodies.
    pub(super) field: usize,
    /// The band; none if they are of shingles.
    pub(super) band: Option<usize>,
}

impl Layout {
    /// That of so many bands a field.
    pub(super) fn new(bands: usize) -> Self {
        Layout { bands }
    }

    /// How many tables there are.
    pub(super) fn len(self) -> usize {
        2 * (self.bands + 1)
    }

    /// The table of a band of a field, or behind the last band that of its shingles.
    pub(super) fn table(self, field: usize, band: usize) -> usize {
        field * (self.bands + 1) + band
    }

    /// What a table is of.
    pub(super) fn kind(self, table: usize) -> Kind {
        let (field, band) = (table / (self.bands + 1), table % (self.bands + 1));
        Kind { field, band: (band < self.bands).then_some(band) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_is_of_one_kind() {
        let layout = Layout::new(3);
        let numbered = (0..2).flat_map(|field| (0..=3).map(move |band| (field, band)));
        for (table, (field, band)) in numbered.enumerate() {
            assert_eq!(layout.table(field, band), table);
            assert_eq!(layout.kind(table), Kind { field, band: (band < 3).then_some(band) });
        }
        assert_eq!(layout.len(), 8);
    }
}
