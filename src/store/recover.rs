//! The bytes of an index in, damaged or not, what is whole of it out. Nothing is written: the bytes
//! are opened in memory, where redb checks every page, and where that fails the whole segments are
//! taken from anywhere in them. What has expired still stands in pages that are free again; what
//! has expired is known by the numbers of the file, by the segments that were written since, and by
//! a note beside the file.

use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use redb::{
    BackendError, Builder, ConcurrencyMode, ReadTransaction, ReadableDatabase, StorageBackend,
};

use super::lock::WriteLock;
use super::manifest::{Numbers, VERSION};
use super::{
    Content, Settings, Snapshot, StoreError, checksum_of_settings, fault, guarded, read_settings,
    read_untold, refused, settings_table,
};
use crate::index::{Segment, Untold};

/// In memory a file does not grow by more than this when it is opened: it would by a changed length
/// alone.
const GROWTH: usize = 64 << 20;

/// What is whole of an index.
#[derive(Debug)]
pub struct Salvaged {
    /// Its segments, and what is known besides.
    pub content: Content,
    /// Its settings, if they are whole.
    pub settings: Option<Settings>,
    /// What stands there as settings, though no checksum vouches for it.
    pub doubtful_settings: Option<Settings>,
    /// Whether it is known what may have been told to nobody.
    pub knows_untold: bool,
    /// What is wrong with it, if it is not whole.
    pub damage: Option<StoreError>,
    /// How many whole segments were found that had expired, and are left out.
    pub expired: usize,
}

/// What is whole of the index to which one may write.
///
/// # Errors
/// [`StoreError::Io`], where its bytes cannot be read; [`StoreError::Version`], where a later
/// version wrote them.
pub fn salvage(lock: &WriteLock) -> Result<Salvaged, StoreError> {
    let (bytes, path) = (lock.files().raw()?, lock.files().index());
    let damage = match read_whole(&bytes, &path) {
        Ok((settings, content)) => {
            let (settings, doubtful_settings) = (Some(settings), None);
            return Ok(Salvaged {
                content,
                settings,
                doubtful_settings,
                knows_untold: true,
                damage: None,
                expired: 0,
            });
        }
        Err(later @ StoreError::Version { found, .. }) if found > VERSION => return Err(later),
        Err(damage) => damage,
    };
    let mut segments = Segment::salvage(&bytes);
    let Ends {
        numbers,
        settings,
        untold,
    } = read_ends(&bytes, &path, &segments);
    let is_sure = |settings: &Settings| {
        numbers.is_some_and(|found| found.settings == checksum_of_settings(settings))
    };
    let (settings, doubtful_settings) = (settings.clone().filter(is_sure), settings);
    // Those of a transaction that was cut off.
    segments.retain(|segment| numbers.is_none_or(|numbers| segment.number < numbers.next));
    let known = [
        numbers.map(|numbers| numbers.first),
        lock.files().read_first(),
    ];
    let told = segments.iter().map(|segment| segment.first);
    let first = known
        .into_iter()
        .flatten()
        .chain(told)
        .max()
        .unwrap_or_default();
    let found = segments.len();
    segments.retain(|segment| segment.number >= first);
    let after = segments.last().map_or(0, |segment| segment.number + 1);
    let content = Content {
        next: numbers
            .map_or(0, |numbers| numbers.next)
            .max(after)
            .max(first),
        is_told: numbers.is_some_and(|numbers| numbers.told == numbers.next),
        untold: untold.clone().unwrap_or_default(),
        segments,
    };
    let expired = found - content.segments.len();
    Ok(Salvaged {
        content,
        settings,
        doubtful_settings,
        knows_untold: untold.is_some(),
        damage: Some(damage),
        expired,
    })
}

/// All that a file holds, if every page of it is whole.
fn read_whole(bytes: &[u8], path: &Path) -> Result<(Settings, Content), StoreError> {
    let name = path.display().to_string();
    guarded(path, || {
        let mut builder = Builder::new();
        let opened = builder
            .set_check_integrity_on_open(true)
            .create_with_backend(Memory::of(bytes));
        let database = opened.map_err(|error| refused(path, error))?;
        let transaction = database
            .begin_read()
            .map_err(|error| fault(&name, error.into()))?;
        let (_, numbers) = Numbers::read_any(&transaction, &name)?;
        let settings = read_settings(&transaction, &numbers, &name)?;
        let snapshot = Snapshot {
            transaction,
            path: name,
            settings,
            numbers,
        };
        let content = snapshot.content()?;
        Ok((snapshot.settings, content))
    })?
}

/// What can be read of a damaged file besides its segments.
#[derive(Debug, Default)]
struct Ends {
    /// The ends of the chain of segments, if they can be believed.
    numbers: Option<Numbers>,
    /// What stands there as settings.
    settings: Option<Settings>,
    /// What may have been told to nobody, if all of it is whole.
    untold: Option<Untold>,
}

fn read_ends(bytes: &[u8], path: &Path, segments: &[Segment]) -> Ends {
    let name = path.display().to_string();
    let with = |transaction: &ReadTransaction| {
        let numbers = whole(path, || Numbers::read_any(transaction, &name));
        let numbers = numbers
            .filter(|(version, numbers)| *version == VERSION || is_borne_out(numbers, segments));
        let numbers = numbers.map(|(_, numbers)| numbers);
        let settings = whole(path, || settings_table(transaction, &name))
            .filter(|settings| !settings.is_empty());
        // Where the numbers are gone, that the table of the untold is gone too says nothing.
        let untold = numbers.and_then(|_| whole(path, || read_untold(transaction, &name)));
        Ends {
            numbers,
            settings,
            untold,
        }
    };
    let read = || {
        let mut builder = Builder::new();
        builder.set_concurrency_mode(ConcurrencyMode::SingleWriter);
        let opened = builder.open_read_only_with_backend(Memory::of(bytes));
        let database = opened.map_err(|error| refused(path, error))?;
        Ok(with(
            &database
                .begin_read()
                .map_err(|error| fault(&name, error.into()))?,
        ))
    };
    whole(path, read).unwrap_or_default()
}

/// What is read, unless that fails in one way or another.
fn whole<T>(path: &Path, read: impl FnOnce() -> Result<T, StoreError>) -> Option<T> {
    guarded(path, read).ok().and_then(Result::ok)
}

/// Whether segments bear out numbers that have no checksum: the first and the last are there, in
/// their places.
fn is_borne_out(numbers: &Numbers, segments: &[Segment]) -> bool {
    let first = segments
        .iter()
        .find(|segment| segment.number == numbers.first);
    first.is_some_and(|segment| segment.before == numbers.before)
        && segments
            .last()
            .is_some_and(|segment| segment.number + 1 == numbers.next)
}

/// A file in memory.
#[derive(Debug)]
struct Memory {
    bytes: Mutex<Vec<u8>>,
    most: usize,
}

impl Memory {
    fn of(bytes: &[u8]) -> Self {
        Memory {
            bytes: Mutex::new(bytes.to_vec()),
            most: bytes.len().saturating_add(GROWTH),
        }
    }

    fn held(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bytes, long enough for so many behind a place.
    fn grown(
        &self,
        offset: u64,
        count: usize,
    ) -> Result<(MutexGuard<'_, Vec<u8>>, usize), std::io::Error> {
        let start = usize::try_from(offset).ok();
        let end = start
            .and_then(|start| start.checked_add(count))
            .filter(|&end| end <= self.most);
        let (Some(start), Some(end)) = (start, end) else {
            return Err(std::io::ErrorKind::StorageFull.into());
        };
        let mut bytes = self.held();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        Ok((bytes, start))
    }
}

impl StorageBackend for Memory {
    fn len(&self) -> Result<u64, std::io::Error> {
        Ok(self.held().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        let bytes = self.held();
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|start| bytes.get(start..));
        let part = rest
            .and_then(|rest| rest.get(..out.len()))
            .ok_or(std::io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(part);
        Ok(())
    }

    fn set_len(&self, length: u64) -> Result<(), std::io::Error> {
        let (mut bytes, length) = self.grown(length, 0)?;
        bytes.resize(length, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        let (mut bytes, start) = self.grown(offset, data.len())?;
        bytes[start..start + data.len()].copy_from_slice(data);
        Ok(())
    }

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}
