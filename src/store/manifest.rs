//! The ends of the chain of segments, as they stand in the index, with a checksum.

use redb::{ReadTransaction, TableDefinition, TableError, WriteTransaction};
use xxhash_rust::xxh3::xxh3_64;

use super::{StoreError, fault};

const NUMBERS: TableDefinition<'static, &str, u64> = TableDefinition::new("numbers");

/// The version of what stands in the file, besides that of the segments.
pub(super) const VERSION: u64 = 3;

/// The version before, which a rebuild reads; its numbers have no checksum.
const FORMER: u64 = 2;

/// The ends of the chain of segments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// The number of the first segment that is kept.
    pub first: u64,
    /// The number that the next segment gets.
    pub next: u64,
    /// The checksum of the last segment.
    pub last: u64,
    /// The checksum of the segment before the first.
    pub before: u64,
    /// The checksum of the settings.
    pub settings: u64,
    /// What `next` was when a run last ended in order.
    pub told: u64,
}

impl Numbers {
    /// No segment, of which the first will have this number.
    pub fn beginning(next: u64, settings: u64) -> Self {
        Numbers {
            first: next,
            next,
            settings,
            told: next,
            ..Numbers::default()
        }
    }

    /// Whether the last run that wrote ended in order.
    pub fn is_told(&self) -> bool {
        self.told == self.next
    }

    /// What the file says.
    ///
    /// # Errors
    /// [`StoreError::Version`], if another version wrote the file; [`StoreError::Damaged`].
    pub fn read(transaction: &ReadTransaction, path: &str) -> Result<Self, StoreError> {
        match Numbers::read_any(transaction, path)? {
            (VERSION, numbers) => Ok(numbers),
            (found, _) => Err(StoreError::Version {
                path: path.to_owned(),
                found,
            }),
        }
    }

    /// The version of the file and what the file says, if this program can read it.
    pub fn read_any(transaction: &ReadTransaction, path: &str) -> Result<(u64, Self), StoreError> {
        let broken = |what: String| StoreError::Damaged {
            path: path.to_owned(),
            what,
        };
        let table = match transaction.open_table(NUMBERS) {
            Err(TableError::TableDoesNotExist(_)) => {
                return Err(broken("the table of its numbers is gone".to_owned()));
            }
            opened => opened.map_err(|error| fault(path, error.into()))?,
        };
        let get = |name: &str| {
            let number = table.get(name).map_err(|error| fault(path, error.into()))?;
            Ok(number
                .ok_or_else(|| broken(format!("it lacks the number {name:?}")))?
                .value())
        };
        let version = get("version")?;
        if ![VERSION, FORMER].contains(&version) {
            return Err(StoreError::Version {
                path: path.to_owned(),
                found: version,
            });
        }
        let numbers = Numbers {
            first: get("first")?,
            next: get("next")?,
            last: get("last")?,
            before: get("before")?,
            settings: get("settings")?,
            told: get("told")?,
        };
        if version == VERSION && get("sum")? != numbers.sum() {
            return Err(broken("its numbers were changed".to_owned()));
        }
        Ok((version, numbers))
    }

    /// Writes the numbers.
    pub fn write(&self, transaction: &WriteTransaction) -> Result<(), redb::Error> {
        let mut table = transaction.open_table(NUMBERS)?;
        for (name, number) in self.named() {
            table.insert(name, number)?;
        }
        Ok(())
    }

    fn named(&self) -> [(&'static str, u64); 8] {
        [
            ("version", VERSION),
            ("first", self.first),
            ("next", self.next),
            ("last", self.last),
            ("before", self.before),
            ("settings", self.settings),
            ("told", self.told),
            ("sum", self.sum()),
        ]
    }

    fn sum(&self) -> u64 {
        let all = [
            VERSION,
            self.first,
            self.next,
            self.last,
            self.before,
            self.settings,
            self.told,
        ];
        xxh3_64(&all.map(u64::to_le_bytes).concat())
    }
}
