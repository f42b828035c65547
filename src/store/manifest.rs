//! Manifest: both ends of the chain of segments, and a checksum; one row per number in a redb
//! table.
//!
//! The names of the rows are part of the format and are those of older programs: `docs/format.md`
//! lists them.

use redb::{ReadTransaction, ReadableTable, TableDefinition, TableError, WriteTransaction};
use xxhash_rust::xxh3::xxh3_64;

use super::StoreError;
use crate::index::SegmentNo;

const MANIFEST: TableDefinition<'static, &str, u64> = TableDefinition::new("numbers");

/// Format version of the file. Segments have a version of their own.
pub(super) const VERSION: u64 = 3;

/// Format version that a rebuild reads too. Its manifest has no checksum.
const OLD_VERSION: u64 = 2;

/// Both ends of the chain of segments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// First segment that is kept.
    pub first_segment: SegmentNo,
    /// Number of the next segment.
    pub next_segment: SegmentNo,
    /// Checksum of the last segment.
    pub last_checksum: u64,
    /// Checksum of the segment before the first.
    pub previous_checksum: u64,
    /// Checksum of the settings.
    pub settings_checksum: u64,
    /// `next_segment` as of the last clean shutdown.
    pub acknowledged: SegmentNo,
}

impl Manifest {
    /// The manifest of a file without segments, the first of which will be `next_segment`.
    pub fn empty(next_segment: SegmentNo, settings_checksum: u64) -> Self {
        Manifest {
            first_segment: next_segment,
            next_segment,
            settings_checksum,
            acknowledged: next_segment,
            ..Manifest::default()
        }
    }

    /// Whether the last run that wrote ended in order.
    pub fn is_clean(&self) -> bool {
        self.acknowledged == self.next_segment
    }

    /// Reads a manifest of [`VERSION`].
    ///
    /// # Errors
    /// [`StoreError::Version`], [`StoreError::Damaged`]
    pub fn read(transaction: &ReadTransaction, path: &str) -> Result<Self, StoreError> {
        match Manifest::read_any(transaction, path)? {
            (VERSION, manifest) => Ok(manifest),
            (found, _) => Err(unknown_version(path, found)),
        }
    }

    /// Reads the version and the manifest of any version that this program knows.
    ///
    /// # Errors
    /// [`StoreError::Version`], [`StoreError::Damaged`]
    pub fn read_any(transaction: &ReadTransaction, path: &str) -> Result<(u64, Self), StoreError> {
        let table = match transaction.open_table(MANIFEST) {
            Err(TableError::TableDoesNotExist(_)) => {
                return Err(StoreError::damaged(
                    path,
                    "the table \"numbers\" is missing",
                ));
            }
            opened => opened.map_err(|error| StoreError::redb(path, error))?,
        };
        let version = number(&table, "version", path)?;
        if ![VERSION, OLD_VERSION].contains(&version) {
            return Err(unknown_version(path, version));
        }
        let manifest = Manifest {
            first_segment: SegmentNo(number(&table, "first", path)?),
            next_segment: SegmentNo(number(&table, "next", path)?),
            last_checksum: number(&table, "last", path)?,
            previous_checksum: number(&table, "before", path)?,
            settings_checksum: number(&table, "settings", path)?,
            acknowledged: SegmentNo(number(&table, "told", path)?),
        };
        if version == VERSION && number(&table, "sum", path)? != manifest.checksum() {
            let what = "the table \"numbers\" does not match its checksum";
            return Err(StoreError::damaged(path, what));
        }
        Ok((version, manifest))
    }

    /// Writes the manifest.
    pub fn write(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        let mut table = transaction.open_table(MANIFEST)?;
        for (name, number) in self.rows() {
            table.insert(name, number)?;
        }
        table.insert("sum", self.checksum())?;
        Ok(())
    }

    /// The rows that the checksum covers, in the order of the checksum.
    fn rows(&self) -> [(&'static str, u64); 7] {
        [
            ("version", VERSION),
            ("first", self.first_segment.0),
            ("next", self.next_segment.0),
            ("last", self.last_checksum),
            ("before", self.previous_checksum),
            ("settings", self.settings_checksum),
            ("told", self.acknowledged.0),
        ]
    }

    fn checksum(&self) -> u64 {
        let numbers = self.rows().map(|(_, number)| number.to_le_bytes());
        xxh3_64(&numbers.concat())
    }
}

fn number(
    table: &impl ReadableTable<&'static str, u64>,
    name: &str,
    path: &str,
) -> Result<u64, StoreError> {
    let row = table
        .get(name)
        .map_err(|error| StoreError::redb(path, error))?;
    row.map(|row| row.value()).ok_or_else(|| {
        StoreError::damaged(
            path,
            format!("the table \"numbers\" lacks the row {name:?}"),
        )
    })
}

fn unknown_version(path: &str, found: u64) -> StoreError {
    StoreError::Version {
        path: path.to_owned(),
        found,
        expected: VERSION,
    }
}
