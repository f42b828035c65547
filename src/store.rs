//! Segments in, the same segments out after any interruption: one file of redb in a folder, one
//! blob a commit, with the settings under which they were made. A commit is on the disk when it
//! returns. One process writes; others read what was committed last. A commit costs its own bytes
//! and a few pages, however large the index is.

mod files;
mod lock;
mod manifest;
mod recover;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use redb::{
    Builder, ConcurrencyMode, Database, DatabaseError, ReadOnlyDatabase, ReadTransaction,
    ReadableDatabase, ReadableTable, StorageBackend, TableDefinition, TableError, WriteTransaction,
};
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use crate::config::current_name;
use crate::index::{News, Segment, Untold};

use files::Files;
pub(crate) use files::lines;
use manifest::{Numbers, VERSION};

pub use lock::WriteLock;
pub use recover::{Salvaged, salvage};

const SEGMENTS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("segments");
const SETTINGS: TableDefinition<'static, &str, &str> = TableDefinition::new("settings");
const UNTOLD: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("untold");

/// What is read often is small; the rest is read once.
const CACHE_BYTES: usize = 64 << 20;

/// How long a reader waits while another process repairs the index, and how often: 500 times 20 ms,
/// ten seconds.
const PAUSE: Duration = Duration::from_millis(20);
const PAUSES: u32 = 500;

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
    /// Something cannot be written as bytes, or is larger than redb takes.
    #[error("cannot write to the index {path}: {what}")]
    Unwritable {
        /// The file.
        path: String,
        /// What cannot be written.
        what: String,
    },
    /// Another process writes.
    #[error(
        "another process is writing to the index {path}: wait for it, or give this one an index of its own"
    )]
    Locked {
        /// The file.
        path: String,
    },
    /// It was written by another version.
    #[error(
        "the index {path} has version {found}, but this program reads version {VERSION}: use the program that wrote it; `qissa index rebuild` brings an older index up to date"
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

/// A row of what may have been told to nobody, by the number of its segment; without bytes, the row
/// goes.
type UntoldRow = (u64, Option<Vec<u8>>);

/// An index open for writing.
#[derive(Debug)]
pub struct Store {
    database: Database,
    path: String,
    numbers: Numbers,
    /// What may have been told to nobody, as it stands in the file.
    written: Untold,
    /// The same, as it is to stand there with the next commit.
    untold: Untold,
    /// Given back when the database is closed; none over storage that is no file.
    lock: Option<WriteLock>,
}

/// What an index holds, as it is read from one file and written to another.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// The segments, in order.
    pub segments: Vec<Segment>,
    /// The number that the next segment gets. Numbers are not given twice, so that it stays known
    /// which have expired.
    pub next: u64,
    /// What may have been told to nobody.
    pub untold: Untold,
    /// Whether the last run that wrote ended in order.
    pub is_told: bool,
}

impl Store {
    /// Opens the index in a folder for writing, and makes it if there is none.
    ///
    /// # Errors
    /// [`StoreError`], of which [`StoreError::Settings`] names the first setting that differs.
    pub fn open(folder: &Path, settings: &Settings) -> Result<Self, StoreError> {
        Files::of(folder).make_folder()?;
        let lock = WriteLock::of(folder)?;
        let (files, path) = (lock.files().clone(), lock.files().index());
        if !files.exists()? {
            files.remove_first()?;
            files.write_settings(settings)?;
            let fresh = guarded(&path, || builder().create(files.unfinished()))?;
            Store::begin(fresh, &path, settings, 0)?.close()?;
            files.publish()?;
        }
        let opened = guarded(&path, || {
            builder().set_check_integrity_on_open(true).open(&path)
        })?;
        let store = Store::of(opened, &path, settings)?;
        Ok(Store {
            lock: Some(lock),
            ..store
        })
    }

    /// A store over any storage, for tests of what a loss of power or a full disk does.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn over(backend: impl StorageBackend, settings: &Settings) -> Result<Self, StoreError> {
        let path = Path::new("(memory)");
        let is_new = backend.len().is_ok_and(|length| length == 0);
        let opened = guarded(path, || {
            let mut builder = Builder::new();
            builder
                .set_cache_size(CACHE_BYTES)
                .set_check_integrity_on_open(!is_new)
                .create_with_backend(backend)
        })?;
        if is_new {
            Store::begin(opened, path, settings, 0)
        } else {
            Store::of(opened, path, settings)
        }
    }

    /// A store that is there already.
    fn of(
        opened: Result<Database, DatabaseError>,
        path: &Path,
        settings: &Settings,
    ) -> Result<Self, StoreError> {
        let database = opened.map_err(|error| refused(path, error))?;
        let path = path.display().to_string();
        let read = || {
            let transaction = database
                .begin_read()
                .map_err(|error| fault(&path, error.into()))?;
            let numbers = Numbers::read(&transaction, &path)?;
            check(
                &path,
                &read_settings(&transaction, &numbers, &path)?,
                settings,
            )?;
            Ok((numbers, read_untold(&transaction, &path)?))
        };
        let (numbers, untold) = guarded(Path::new(&path), read)??;
        Ok(Store {
            database,
            path,
            numbers,
            written: untold.clone(),
            untold,
            lock: None,
        })
    }

    /// A store in a new file, whose first segment has this number.
    fn begin(
        opened: Result<Database, DatabaseError>,
        path: &Path,
        settings: &Settings,
        next: u64,
    ) -> Result<Self, StoreError> {
        let database = opened.map_err(|error| refused(path, error))?;
        let numbers = Numbers::beginning(next, checksum_of_settings(settings));
        let path = path.display().to_string();
        let (written, untold) = (Untold::default(), Untold::default());
        let store = Store {
            database,
            path,
            numbers,
            written,
            untold,
            lock: None,
        };
        store.write(&numbers, |transaction| {
            transaction.open_table(SEGMENTS)?;
            transaction.open_table(UNTOLD)?;
            let mut table = transaction.open_table(SETTINGS)?;
            for (name, value) in settings {
                table.insert(name.as_str(), value.as_str())?;
            }
            Ok(())
        })?;
        Ok(store)
    }

    /// The number that the next segment has.
    pub fn next(&self) -> u64 {
        self.numbers.next
    }

    /// The segments that are kept, as their numbers.
    pub fn numbers(&self) -> std::ops::Range<u64> {
        self.numbers.first..self.numbers.next
    }

    /// Writes a segment, which gets its number and the checksum of the one before, with the news
    /// that it brings, and drops the segments before `first`. When this returns it is on the
    /// disk.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Unwritable`] or [`StoreError::Damaged`]; nothing is
    /// written then.
    pub fn commit(
        &mut self,
        segment: &mut Segment,
        first: u64,
        news: News,
    ) -> Result<(), StoreError> {
        let old = self.numbers;
        (segment.number, segment.before, segment.first) = (old.next, old.last, first);
        let (bytes, checksum) = segment
            .to_bytes()
            .map_err(|what| unwritable(&self.path, old.next, what))?;
        let mut untold = self.untold.clone();
        untold.add(old.next, news);
        untold.expire(first);
        let rows = self.rows(&untold)?;
        let mut numbers = Numbers {
            first,
            next: old.next + 1,
            last: checksum,
            ..old
        };
        if first > old.first {
            numbers.before = self
                .segment_bytes(first - 1)?
                .as_deref()
                .and_then(checksum_of)
                .unwrap_or_default();
            // Before they go, so that no rebuild brings back what has expired.
            self.lock
                .as_ref()
                .map_or(Ok(()), |lock| lock.files().note_first(first))?;
        }
        self.write(&numbers, |transaction| {
            let mut segments = transaction.open_table(SEGMENTS)?;
            segments.insert(old.next, bytes.as_slice())?;
            for number in old.first..first {
                segments.remove(number)?;
            }
            write_untold(transaction, &rows)
        })?;
        (self.numbers, self.written, self.untold) = (numbers, untold.clone(), untold);
        Ok(())
    }

    /// What may have been told to nobody. What is changed here is written with the next commit, or
    /// by [`Store::note_told`].
    pub fn untold(&mut self) -> &mut Untold {
        &mut self.untold
    }

    /// Whether the last run that wrote here ended in order.
    pub fn is_told(&self) -> bool {
        self.numbers.is_told()
    }

    /// Writes what may have been told to nobody, and, if a run `ends` in order, notes that.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn note_told(&mut self, ends: bool) -> Result<(), StoreError> {
        let told = if ends {
            self.numbers.next
        } else {
            self.numbers.told
        };
        let numbers = Numbers {
            told,
            ..self.numbers
        };
        if numbers == self.numbers && self.untold == self.written {
            return Ok(());
        }
        let rows = self.rows(&self.untold)?;
        self.write(&numbers, |transaction| write_untold(transaction, &rows))?;
        (self.numbers, self.written) = (numbers, self.untold.clone());
        Ok(())
    }

    /// The rows by which what is to stand in the file differs from what stands there.
    fn rows(&self, untold: &Untold) -> Result<Vec<UntoldRow>, StoreError> {
        let gone = self
            .written
            .iter()
            .filter(|&(segment, _)| untold.get(segment).is_none());
        let mut rows: Vec<UntoldRow> = gone.map(|(segment, _)| (segment, None)).collect();
        for (segment, news) in untold
            .iter()
            .filter(|&(segment, news)| self.written.get(segment) != Some(news))
        {
            rows.push((
                segment,
                Some(
                    news.to_bytes()
                        .map_err(|what| unwritable(&self.path, segment, what))?,
                ),
            ));
        }
        Ok(rows)
    }

    /// Writes numbers and more in one transaction.
    fn write(
        &self,
        numbers: &Numbers,
        more: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StoreError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.database.begin_write()?;
            more(&transaction)?;
            numbers.write(&transaction)?;
            Ok(transaction.commit()?)
        };
        guarded(Path::new(&self.path), write)?.map_err(|error| fault(&self.path, error))
    }

    /// Closes the file of an index that is made anew.
    fn close(self) -> Result<(), StoreError> {
        let path = self.path;
        guarded(Path::new(&path), || self.database.close())?
            .map_err(|error| fault(&path, error.into()))
    }

    /// Hands out each segment, in order, with its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where one is not what was written.
    pub fn each(&self, visit: impl FnMut(Segment, usize)) -> Result<(), StoreError> {
        let read = || {
            let transaction = self
                .database
                .begin_read()
                .map_err(|error| fault(&self.path, error.into()))?;
            each(&transaction, &self.numbers, &self.path, visit)
        };
        guarded(Path::new(&self.path), read)?
    }

    fn segment_bytes(&self, number: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let table = self.database.begin_read()?.open_table(SEGMENTS)?;
            Ok(table.get(number)?.map(|blob| blob.value().to_vec()))
        };
        guarded(Path::new(&self.path), read)?.map_err(|error| fault(&self.path, error))
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
        Snapshot::of(folder, None)
    }

    /// The same for who may write, so that it stays the last.
    ///
    /// # Errors
    /// As [`Snapshot::open`].
    pub fn under(lock: &WriteLock) -> Result<Self, StoreError> {
        Snapshot::of(lock.files().folder(), Some(lock))
    }

    fn of(folder: &Path, lock: Option<&WriteLock>) -> Result<Self, StoreError> {
        let files = Files::of(folder);
        if !files.exists()? {
            return Err(StoreError::Missing {
                path: folder.display().to_string(),
            });
        }
        let (path, name) = (files.index(), files.index().display().to_string());
        guarded(&path, || {
            let database = read_only(&files, lock)?;
            let transaction = database
                .begin_read()
                .map_err(|error| fault(&name, error.into()))?;
            let numbers = Numbers::read(&transaction, &name)?;
            let settings = read_settings(&transaction, &numbers, &name)?;
            Ok(Snapshot {
                transaction,
                path: name,
                settings,
                numbers,
            })
        })?
    }

    /// All that the index holds.
    ///
    /// # Errors
    /// As for [`Snapshot::each`].
    pub fn content(&self) -> Result<Content, StoreError> {
        let mut segments = Vec::new();
        self.each(|segment, _| segments.push(segment))?;
        let (next, is_told) = (self.numbers.next, self.numbers.is_told());
        Ok(Content {
            segments,
            next,
            untold: self.untold()?,
            is_told,
        })
    }

    /// What may have been told to nobody.
    ///
    /// # Errors
    /// As for [`Snapshot::each`].
    pub fn untold(&self) -> Result<Untold, StoreError> {
        guarded(Path::new(&self.path), || {
            read_untold(&self.transaction, &self.path)
        })?
    }

    /// Hands out each segment, in order, with its size in bytes.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where one is not what was written.
    pub fn each(&self, visit: impl FnMut(Segment, usize)) -> Result<(), StoreError> {
        guarded(Path::new(&self.path), || {
            each(&self.transaction, &self.numbers, &self.path, visit)
        })?
    }

    /// How many segments there are.
    pub fn len(&self) -> u64 {
        self.numbers.next.saturating_sub(self.numbers.first)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A reader beside a writer. After an unclean end the file is first opened for writing, which mends
/// it, and while another process does so, that is waited for.
fn read_only(files: &Files, lock: Option<&WriteLock>) -> Result<ReadOnlyDatabase, StoreError> {
    let path = files.index();
    let open = || builder().open_read_only(&path);
    let mend = || {
        builder()
            .open(&path)
            .map(drop)
            .map_err(|error| refused(&path, error))
    };
    for _ in 0..PAUSES {
        match (open(), lock) {
            (Err(DatabaseError::RepairAborted), Some(_)) => mend()?,
            (Err(DatabaseError::RepairAborted), None) => match WriteLock::of(files.folder()) {
                // Another process may have mended it meanwhile.
                Ok(_lock) => {
                    if matches!(open(), Err(DatabaseError::RepairAborted)) {
                        mend()?
                    }
                }
                Err(StoreError::Locked { .. }) => std::thread::sleep(PAUSE),
                Err(error) => return Err(error),
            },
            (Err(DatabaseError::DatabaseAlreadyOpen), _) => std::thread::sleep(PAUSE),
            (opened, _) => return opened.map_err(|error| refused(&path, error)),
        }
    }
    open().map_err(|error| refused(&path, error))
}

/// How many bytes the file of the index in a folder has.
pub fn size(folder: &Path) -> u64 {
    fs::metadata(Files::of(folder).index()).map_or(0, |file| file.len())
}

/// Whether a folder holds an index.
///
/// # Errors
/// [`StoreError::Io`], where that cannot be told.
pub fn exists(folder: &Path) -> Result<bool, StoreError> {
    Files::of(folder).exists()
}

/// Replaces an index by one with another content, under other settings if given.
///
/// # Errors
/// [`StoreError`]; the old index stays then.
pub fn rewrite(lock: &WriteLock, settings: &Settings, content: Content) -> Result<(), StoreError> {
    write_unfinished(lock, settings, content)?;
    lock.files().write_settings(settings)?;
    lock.files().publish()
}

/// The same, but what is replaced is kept as a copy, whose path this gives; it takes the place of
/// the copy before.
///
/// # Errors
/// As [`rewrite`].
pub fn rewrite_and_keep(
    lock: &WriteLock,
    settings: &Settings,
    content: Content,
) -> Result<PathBuf, StoreError> {
    write_unfinished(lock, settings, content)?;
    let copy = lock.files().keep_copy()?;
    lock.files().write_settings(settings)?;
    lock.files().publish()?;
    Ok(copy)
}

/// Removes the copy that a rebuild kept, if there is one.
///
/// # Errors
/// [`StoreError::Io`]
pub fn remove_copy(lock: &WriteLock) -> Result<(), StoreError> {
    lock.files().remove_copy()
}

/// Writes the index that is to take the place of another.
fn write_unfinished(
    lock: &WriteLock,
    settings: &Settings,
    content: Content,
) -> Result<(), StoreError> {
    let path = lock.files().unfinished();
    let write = || {
        let fresh = guarded(&path, || builder().create(&path))?;
        let mut store = Store::begin(fresh, &path, settings, content.next)?;
        for mut segment in content.segments {
            store.commit(&mut segment, content.next, News::default())?;
        }
        store.untold = content.untold.into_one(store.next().saturating_sub(1));
        store.note_told(content.is_told)?;
        store.close()
    };
    let written = write();
    if written.is_err() {
        // The first error is the one to tell.
        let _ = lock.files().remove_unfinished();
    }
    written
}

/// The settings of a damaged index, by the copy beside it, if that can be read.
pub fn copy_of_settings(folder: &Path) -> Option<String> {
    Files::of(folder).read_settings()
}

fn checksum_of_settings(settings: &Settings) -> u64 {
    xxh3_64(lines(settings).as_bytes())
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
                name: current_name(name).to_owned(),
                found: found.get(name).cloned().unwrap_or_else(none),
                given: given.get(name).cloned().unwrap_or_else(none),
            });
        }
    }
    Ok(())
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder
        .set_concurrency_mode(ConcurrencyMode::SingleWriter)
        .set_cache_size(CACHE_BYTES);
    builder
}

fn settings_table(transaction: &ReadTransaction, path: &str) -> Result<Settings, StoreError> {
    let read = || -> Result<Settings, redb::Error> {
        let mut settings = Settings::new();
        for row in transaction.open_table(SETTINGS)?.iter()? {
            let (name, value) = row?;
            settings.insert(name.value().to_owned(), value.value().to_owned());
        }
        Ok(settings)
    };
    read().map_err(|error| fault(path, error))
}

fn read_settings(
    transaction: &ReadTransaction,
    numbers: &Numbers,
    path: &str,
) -> Result<Settings, StoreError> {
    let settings = settings_table(transaction, path)?;
    if checksum_of_settings(&settings) != numbers.settings {
        return Err(StoreError::Damaged {
            path: path.to_owned(),
            what: "its settings were changed".to_owned(),
        });
    }
    Ok(settings)
}

/// What may have been told to nobody; nothing in an index of the version before, which did not keep
/// it.
fn read_untold(transaction: &ReadTransaction, path: &str) -> Result<Untold, StoreError> {
    let table = match transaction.open_table(UNTOLD) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(Untold::default()),
        opened => opened.map_err(|error| fault(path, error.into()))?,
    };
    let mut untold = Vec::new();
    for row in table.iter().map_err(|error| fault(path, error.into()))? {
        let (segment, bytes) = row.map_err(|error| fault(path, error.into()))?;
        let what = |what: &str| {
            format!(
                "what segment {} brought and was not told {what}",
                segment.value()
            )
        };
        let news = News::from_bytes(bytes.value());
        let news = news.map_err(|found| StoreError::Damaged {
            path: path.to_owned(),
            what: what(found),
        })?;
        untold.push((segment.value(), news));
    }
    Ok(Untold::new(untold))
}

fn write_untold(transaction: &WriteTransaction, rows: &[UntoldRow]) -> Result<(), redb::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut table = transaction.open_table(UNTOLD)?;
    for (segment, news) in rows {
        match news {
            Some(bytes) => table.insert(*segment, bytes.as_slice())?,
            None => table.remove(*segment)?,
        };
    }
    Ok(())
}

fn each(
    transaction: &ReadTransaction,
    numbers: &Numbers,
    path: &str,
    mut visit: impl FnMut(Segment, usize),
) -> Result<(), StoreError> {
    let table = transaction
        .open_table(SEGMENTS)
        .map_err(|error| fault(path, error.into()))?;
    let mut before = numbers.before;
    for number in numbers.first..numbers.next {
        let blob = table
            .get(number)
            .map_err(|error| fault(path, error.into()))?;
        let blob = blob.ok_or_else(|| damaged(path, number, "is not there"))?;
        let (segment, checksum) =
            Segment::from_bytes(blob.value()).map_err(|what| damaged(path, number, what))?;
        if (segment.number, segment.before) != (number, before) {
            return Err(damaged(path, number, "stands where another was written"));
        }
        before = checksum;
        visit(segment, blob.value().len());
    }
    if before != numbers.last {
        return Err(damaged(
            path,
            numbers.next,
            "is not the last that was written",
        ));
    }
    Ok(())
}

/// The checksum at the end of a segment's bytes.
fn checksum_of(bytes: &[u8]) -> Option<u64> {
    bytes.last_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

fn damaged(path: &str, number: u64, what: &str) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        what: format!("segment {number} {what}"),
    }
}

fn unwritable(path: &str, number: u64, what: &str) -> StoreError {
    StoreError::Unwritable {
        path: path.to_owned(),
        what: format!("segment {number} {what}"),
    }
}

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread will be caught and told as damage: redb may panic on a file that
/// was changed behind its back. The hook for panics of the process is the business of whoever owns
/// the process, who may ask this.
pub fn is_guarded() -> bool {
    IS_GUARDED.get()
}

/// Runs what reads or writes a file that may be damaged.
fn guarded<T>(path: &Path, run: impl FnOnce() -> T) -> Result<T, StoreError> {
    let outer = IS_GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(run));
    IS_GUARDED.set(outer);
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
            StoreError::Io {
                path,
                cause: cause.to_string(),
            }
        }
        error @ redb::Error::ValueTooLarge(_) => StoreError::Unwritable {
            path,
            what: error.to_string(),
        },
        error @ (redb::Error::PreviousIo | redb::Error::DatabaseClosed) => StoreError::Io {
            path,
            cause: error.to_string(),
        },
        other => StoreError::Damaged {
            path,
            what: other.to_string(),
        },
    }
}
