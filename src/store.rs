//! Segments in, the same segments out after any interruption: one file of redb in a folder, one blob a commit, with the
//! settings under which they were made. A commit is on the disk when it returns. One process writes; others read what
//! was committed last. A commit costs its own bytes and a few pages, however large the index is.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction, ReadableDatabase,
    ReadableTable, StorageBackend, TableDefinition,
};
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use crate::index::Segment;

/// The version of what stands in the file, besides that of the segments.
const VERSION: u64 = 2;

const SEGMENTS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("segments");
const NUMBERS: TableDefinition<'static, &str, u64> = TableDefinition::new("numbers");
const SETTINGS: TableDefinition<'static, &str, &str> = TableDefinition::new("settings");

/// The file's name in the folder.
const FILE: &str = "index.redb";

/// A copy of the settings beside it, for when the file is damaged there.
const COPY: &str = "settings.toml";

/// What is read often is small; the rest is read once.
const CACHE_BYTES: usize = 64 << 20;

/// Settings by name.
pub type Settings = BTreeMap<String, String>;

/// Why an index cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is none.
    #[error("{path} holds no index: `qissa dedup --index {path}` makes one")]
    Missing {
        /// The folder.
        path: String,
    },
    /// The system refused.
    #[error("cannot use the index {path}: {cause}")]
    Io {
        /// The file or folder.
        path: String,
        /// What the system said.
        cause: String,
    },
    /// Another process writes.
    #[error("another process is writing to the index {path}: wait for it, or give this one an index of its own")]
    Locked {
        /// The file.
        path: String,
    },
    /// It was written by another version.
    #[error(
        "the index {path} has version {found}, but this program reads version {VERSION}: use the one that wrote it, or `qissa index rebuild`"
    )]
    Version {
        /// The file.
        path: String,
        /// The version found.
        found: u64,
    },
    /// It was made under other settings.
    #[error(
        "{name} is {found} in the index {path}, {given} here: give it as it was, or run `qissa index rebuild` with the new one"
    )]
    Settings {
        /// The file.
        path: String,
        /// The setting.
        name: String,
        /// Its value in the index.
        found: String,
        /// Its value here.
        given: String,
    },
    /// Bytes were changed, lost or moved.
    #[error("the index {path} is damaged: {what}; `qissa index rebuild` keeps what is whole")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
}

/// An index open for writing.
#[derive(Debug)]
pub struct Store {
    database: Database,
    path: String,
    first: u64,
    next: u64,
    last: u64,
    told: u64,
}

impl Store {
    /// Opens the index in a folder for writing, and makes it if there is none.
    ///
    /// # Errors
    /// [`StoreError`], of which [`StoreError::Settings`] names the first setting that differs.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        if !path.exists() {
            let fresh = folder.join(format!("{FILE}.new"));
            fs::create_dir_all(folder).map_err(|cause| io(folder, &cause))?;
            remove(&fresh)?;
            copy_settings(folder, settings)?;
            drop(Store::of(builder().create(&fresh), &fresh, settings)?);
            publish(&fresh, &path)?;
        }
        let opened = guarded(&path, || builder().set_check_integrity_on_open(true).open(&path))?;
        Store::of(opened, &path, settings)
    }

    /// A store over any storage, for tests of what a loss of power does.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn over(backend: impl StorageBackend, settings: &Settings) -> Result<Self, StoreError> {
        let path = Path::new("(memory)");
        let opened = guarded(path, || Builder::new().create_with_backend(backend))?;
        Store::of(opened, path, settings)
    }

    fn of(opened: Result<Database, DatabaseError>, path: &Path, settings: &Settings) -> Result<Self, StoreError> {
        let database = opened.map_err(|error| refused(path, error))?;
        let mut store = Store { database, path: path.display().to_string(), first: 0, next: 0, last: 0, told: 0 };
        let transaction = store.database.begin_read().map_err(|error| store.broken(error))?;
        let Some(numbers) = Numbers::of(&transaction, &store.path)? else {
            store.begin(settings)?;
            return Ok(store);
        };
        check(&store.path, &read_settings(&transaction, &numbers, &store.path)?, settings)?;
        Numbers { first: store.first, next: store.next, last: store.last, told: store.told, .. } = numbers;
        Ok(store)
    }

    /// Writes the settings into a new file.
    fn begin(&self, settings: &Settings) -> Result<(), StoreError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                transaction.open_table(SEGMENTS)?;
                let mut table = transaction.open_table(SETTINGS)?;
                for (name, value) in settings {
                    table.insert(name.as_str(), value.as_str())?;
                }
                let mut numbers = transaction.open_table(NUMBERS)?;
                numbers.insert("version", VERSION)?;
                numbers.insert("settings", checksum_of_settings(settings))?;
                for name in ["first", "next", "last", "before", "told"] {
                    numbers.insert(name, 0)?;
                }
            }
            Ok(transaction.commit()?)
        };
        write().map_err(|error| self.broken(error))
    }

    /// The number that the next segment has.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The segments that are kept, as their numbers.
    pub fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.next
    }

    /// Writes a segment, which gets its number and the checksum of the one before, and drops the segments before
    /// `first`. When this returns it is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Io`] or [`StoreError::Damaged`]; nothing is written then.
    pub fn commit(&mut self, segment: &mut Segment, first: u64) -> Result<(), StoreError> {
        (segment.number, segment.before) = (self.next, self.last);
        let (bytes, checksum) = segment.to_bytes();
        let (old, next) = (self.first, self.next);
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            {
                let mut segments = transaction.open_table(SEGMENTS)?;
                let mut numbers = transaction.open_table(NUMBERS)?;
                segments.insert(next, bytes.as_slice())?;
                for number in old..first {
                    let before = segments.remove(number)?.and_then(|blob| checksum_of(blob.value()));
                    numbers.insert("before", before.unwrap_or_default())?;
                }
                for (name, number) in [("first", first), ("next", next + 1), ("last", checksum)] {
                    numbers.insert(name, number)?;
                }
            }
            Ok(transaction.commit()?)
        };
        write().map_err(|error| self.broken(error))?;
        (self.first, self.next, self.last) = (first, next + 1, checksum);
        Ok(())
    }

    /// Whether it was noted of all commits that what they brought was told to whom it concerns.
    pub fn is_told(&self) -> bool {
        self.told == self.next
    }

    /// Notes that what all commits brought was told.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn note_told(&mut self) -> Result<(), StoreError> {
        if self.is_told() {
            return Ok(());
        }
        let next = self.next;
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            transaction.open_table(NUMBERS)?.insert("told", next)?;
            Ok(transaction.commit()?)
        };
        write().map_err(|error| self.broken(error))?;
        self.told = next;
        Ok(())
    }

    /// Hands out each segment, in order.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where one is not what was written.
    pub fn each(&self, visit: impl FnMut(Segment, usize)) -> Result<(), StoreError> {
        let transaction = self.database.begin_read().map_err(|error| self.broken(error))?;
        each(&transaction, &self.path, visit)
    }

    /// One segment, if it is kept.
    ///
    /// # Errors
    /// As [`Store::each`].
    pub fn segment(&self, number: u64) -> Result<Option<Segment>, StoreError> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let table = self.database.begin_read()?.open_table(SEGMENTS)?;
            Ok(table.get(number)?.map(|blob| blob.value().to_vec()))
        };
        let Some(bytes) = read().map_err(|error| self.broken(error))? else { return Ok(None) };
        let (segment, _) = Segment::from_bytes(&bytes).map_err(|what| damaged(&self.path, number, what))?;
        Ok(Some(segment))
    }

    fn broken(&self, error: impl Into<redb::Error>) -> StoreError {
        fault(&self.path, error.into())
    }
}

/// A snapshot of an index, for reading beside a writer.
#[derive(Debug)]
pub struct Snapshot {
    transaction: ReadTransaction,
    path: String,
    /// The settings it was made under.
    pub settings: Settings,
    numbers: Numbers,
}

impl Snapshot {
    /// What was committed last to the index in a folder.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Err(StoreError::Missing { path: folder.display().to_string() });
        }
        guarded(&path, || {
            let database = read_only(&path)?;
            let name = path.display().to_string();
            let transaction = database.begin_read().map_err(|error| fault(&name, error.into()))?;
            let numbers = Numbers::of(&transaction, &name)?;
            let numbers = numbers.ok_or_else(|| StoreError::Missing { path: folder.display().to_string() })?;
            let settings = read_settings(&transaction, &numbers, &name)?;
            Ok(Snapshot { transaction, path: name, settings, numbers })
        })?
    }

    /// All segments, in order.
    ///
    /// # Errors
    /// As for [`Snapshot::each`].
    pub fn segments(&self) -> Result<Vec<Segment>, StoreError> {
        let mut segments = Vec::new();
        self.each(|segment, _| segments.push(segment))?;
        Ok(segments)
    }

    /// Hands out each segment, in order, with its bytes' number.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where one is not what was written.
    pub fn each(&self, visit: impl FnMut(Segment, usize)) -> Result<(), StoreError> {
        guarded(Path::new(&self.path), AssertUnwindSafe(|| each(&self.transaction, &self.path, visit)))?
    }

    /// How many segments there are.
    pub fn len(&self) -> u64 {
        self.numbers.next - self.numbers.first
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A reader beside a writer; after an unclean end, one that first opens for writing, which mends the file.
fn read_only(path: &Path) -> Result<ReadOnlyDatabase, StoreError> {
    match builder().open_read_only(path) {
        Err(DatabaseError::RepairAborted) => {
            drop(builder().open(path).map_err(|error| refused(path, error))?);
            builder().open_read_only(path).map_err(|error| refused(path, error))
        }
        opened => opened.map_err(|error| refused(path, error)),
    }
}

/// How many bytes the file of the index in a folder has.
pub fn size(folder: &Path) -> u64 {
    fs::metadata(folder.join(FILE)).map_or(0, |file| file.len())
}

/// Whether a folder holds an index.
pub fn exists(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// Replaces the index in a folder by one of these segments, renumbered in their order, under other settings if given.
/// The old file goes with the renaming.
///
/// # Errors
/// [`StoreError`]; the old index stays then.
pub fn rewrite(folder: &Path, settings: &Settings, segments: Vec<Segment>) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let fresh = folder.join(format!("{FILE}.new"));
    // Held until the new file is in place, so that nobody writes to the old one meanwhile.
    let held = catch_unwind(|| builder().open(&path));
    if let Ok(Err(DatabaseError::DatabaseAlreadyOpen)) = &held {
        return Err(StoreError::Locked { path: path.display().to_string() });
    }
    remove(&fresh)?;
    let mut store = Store::of(builder().create(&fresh), &fresh, settings)?;
    for mut segment in segments {
        store.commit(&mut segment, 0)?;
    }
    store.note_told()?;
    drop(store);
    copy_settings(folder, settings)?;
    publish(&fresh, &path)
}

/// The settings of a damaged index, by the copy beside it, if that can be read.
pub fn copy_of_settings(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join(COPY)).ok()
}

fn copy_settings(folder: &Path, settings: &Settings) -> Result<(), StoreError> {
    let fresh = folder.join(format!("{COPY}.new"));
    fs::write(&fresh, lines(settings)).map_err(|cause| io(&fresh, &cause))?;
    publish(&fresh, &folder.join(COPY))
}

fn lines(settings: &Settings) -> String {
    settings.iter().map(|(name, value)| format!("{name} = {value}\n")).collect()
}

fn checksum_of_settings(settings: &Settings) -> u64 {
    xxh3_64(lines(settings).as_bytes())
}

/// The bytes of a damaged index's file.
///
/// # Errors
/// [`StoreError::Io`], [`StoreError::Missing`]
pub fn raw(folder: &Path) -> Result<Vec<u8>, StoreError> {
    let path = folder.join(FILE);
    match fs::read(&path) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            Err(StoreError::Missing { path: folder.display().to_string() })
        }
        read => read.map_err(|cause| io(&path, &cause)),
    }
}

/// The first setting that differs, as an error.
///
/// # Errors
/// [`StoreError::Settings`]
pub fn check(path: &str, found: &Settings, given: &Settings) -> Result<(), StoreError> {
    let none = || "not set".to_owned();
    for name in found.keys().chain(given.keys()) {
        if found.get(name) != given.get(name) {
            return Err(StoreError::Settings {
                path: path.to_owned(),
                name: name.clone(),
                found: found.get(name).cloned().unwrap_or_else(none),
                given: given.get(name).cloned().unwrap_or_else(none),
            });
        }
    }
    Ok(())
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_concurrency_mode(ConcurrencyMode::SingleWriter).set_cache_size(CACHE_BYTES);
    builder
}

/// The ends of the chain of segments.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    first: u64,
    next: u64,
    last: u64,
    /// The checksum of the segment before the first.
    before: u64,
    /// The checksum of the settings.
    settings: u64,
    /// The number of the segment up to which all was told.
    told: u64,
}

impl Numbers {
    /// What the file says; `None` if it is new.
    fn of(transaction: &ReadTransaction, path: &str) -> Result<Option<Self>, StoreError> {
        let table = match transaction.open_table(NUMBERS) {
            Ok(table) => table,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(fault(path, error.into())),
        };
        let get = |name: &str| {
            let number = table.get(name).map_err(|error| fault(path, error.into()))?;
            let missing =
                || StoreError::Damaged { path: path.to_owned(), what: format!("it lacks the number {name:?}") };
            Ok(number.ok_or_else(missing)?.value())
        };
        match get("version")? {
            VERSION => {}
            found => return Err(StoreError::Version { path: path.to_owned(), found }),
        }
        Ok(Some(Numbers {
            first: get("first")?,
            next: get("next")?,
            last: get("last")?,
            before: get("before")?,
            settings: get("settings")?,
            told: get("told")?,
        }))
    }
}

fn read_settings(transaction: &ReadTransaction, numbers: &Numbers, path: &str) -> Result<Settings, StoreError> {
    let read = || -> Result<Settings, redb::Error> {
        let mut settings = Settings::new();
        for row in transaction.open_table(SETTINGS)?.iter()? {
            let (name, value) = row?;
            settings.insert(name.value().to_owned(), value.value().to_owned());
        }
        Ok(settings)
    };
    let settings = read().map_err(|error| fault(path, error))?;
    if checksum_of_settings(&settings) != numbers.settings {
        return Err(StoreError::Damaged { path: path.to_owned(), what: "its settings were changed".to_owned() });
    }
    Ok(settings)
}

fn each(transaction: &ReadTransaction, path: &str, mut visit: impl FnMut(Segment, usize)) -> Result<(), StoreError> {
    let Some(numbers) = Numbers::of(transaction, path)? else { return Ok(()) };
    let table = transaction.open_table(SEGMENTS).map_err(|error| fault(path, error.into()))?;
    let mut before = numbers.before;
    for number in numbers.first..numbers.next {
        let blob = table.get(number).map_err(|error| fault(path, error.into()))?;
        let blob = blob.ok_or_else(|| damaged(path, number, "is not there"))?;
        let (segment, checksum) = Segment::from_bytes(blob.value()).map_err(|what| damaged(path, number, what))?;
        if (segment.number, segment.before) != (number, before) {
            return Err(damaged(path, number, "stands where another was written"));
        }
        before = checksum;
        visit(segment, blob.value().len());
    }
    if before != numbers.last {
        return Err(damaged(path, numbers.next, "is not the last that was written"));
    }
    Ok(())
}

/// The checksum at the end of a segment's bytes.
fn checksum_of(bytes: &[u8]) -> Option<u64> {
    bytes.last_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

fn damaged(path: &str, number: u64, what: &str) -> StoreError {
    StoreError::Damaged { path: path.to_owned(), what: format!("segment {number} {what}") }
}

/// Runs what reads a file that may be damaged: redb may panic on one that was changed behind its back.
fn guarded<T>(path: &Path, run: impl FnOnce() -> T) -> Result<T, StoreError> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let done = catch_unwind(AssertUnwindSafe(run));
    std::panic::set_hook(hook);
    done.map_err(|_| StoreError::Damaged {
        path: path.display().to_string(),
        what: "its pages contradict each other".to_owned(),
    })
}

fn refused(path: &Path, error: DatabaseError) -> StoreError {
    let path = path.display().to_string();
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::Locked { path },
        error => fault(&path, error.into()),
    }
}

fn fault(path: &str, error: redb::Error) -> StoreError {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    let path = path.to_owned();
    match error {
        redb::Error::Io(cause) if !matches!(cause.kind(), InvalidData | UnexpectedEof) => {
            StoreError::Io { path, cause: cause.to_string() }
        }
        other => StoreError::Damaged { path, what: other.to_string() },
    }
}

fn io(path: &Path, cause: &std::io::Error) -> StoreError {
    StoreError::Io { path: path.display().to_string(), cause: cause.to_string() }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(io(path, &cause)),
        _ => Ok(()),
    }
}

/// Puts a finished file in its place, for good: the file, then the name.
fn publish(fresh: &Path, path: &Path) -> Result<(), StoreError> {
    let put = || {
        File::open(fresh)?.sync_all()?;
        fs::rename(fresh, path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
    };
    put().map_err(|cause| io(path, &cause))
}
