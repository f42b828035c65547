//! Files of an index in its folder: names, and atomic replacement.
//!
//! A file is written under another name, synced, and renamed over the old one; then the folder is
//! synced. `docs/format.md` lists the files.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::{Settings, StoreError};
use crate::index::SegmentNo;

/// The folder of an index.
#[derive(Debug, Clone)]
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn of(folder: &Path) -> Self {
        Files {
            folder: folder.to_owned(),
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The index.
    pub(super) fn index(&self) -> PathBuf {
        self.folder.join("index.redb")
    }

    /// A new index until it replaces the old one.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.folder.join("index.redb.new")
    }

    /// The index before the last rebuild.
    pub(super) fn copy(&self) -> PathBuf {
        self.folder.join("index.redb.bak")
    }

    /// An empty file that the writer locks.
    pub(super) fn lock(&self) -> PathBuf {
        self.folder.join("index.lock")
    }

    /// The note of the first segment that has not expired, in case the index is damaged.
    fn first_kept(&self) -> PathBuf {
        self.folder.join("index.first")
    }

    /// A copy of the settings, in case the index is damaged.
    fn settings(&self) -> PathBuf {
        self.folder.join("settings.toml")
    }

    /// Whether the folder has an index.
    pub(super) fn exists(&self) -> Result<bool, StoreError> {
        let index = self.index();
        index
            .try_exists()
            .map_err(|error| StoreError::io(&index, error))
    }

    pub(super) fn make_folder(&self) -> Result<(), StoreError> {
        fs::create_dir_all(&self.folder).map_err(|error| StoreError::io(&self.folder, error))
    }

    pub(super) fn remove_unfinished(&self) -> Result<(), StoreError> {
        remove(&self.unfinished())
    }

    pub(super) fn remove_copy(&self) -> Result<(), StoreError> {
        remove(&self.copy())
    }

    /// Replaces the index by the new one, durably.
    pub(super) fn publish(&self) -> Result<(), StoreError> {
        publish(&self.unfinished(), &self.index())
    }

    /// Keeps the index as the copy, in place of an earlier copy. The index stays in place
    /// meanwhile.
    pub(super) fn keep_copy(&self) -> Result<PathBuf, StoreError> {
        let (index, copy) = (self.index(), self.copy());
        remove(&copy)?;
        let linked = fs::hard_link(&index, &copy).or_else(|_| fs::copy(&index, &copy).map(drop));
        linked.map_err(|error| StoreError::io(&copy, error))?;
        Ok(copy)
    }

    /// The bytes of the index.
    pub(super) fn raw(&self) -> Result<Vec<u8>, StoreError> {
        fs::read(self.index()).map_err(|error| StoreError::io(&self.index(), error))
    }

    pub(super) fn write_settings(&self, settings: &Settings) -> Result<(), StoreError> {
        replace(&self.settings(), &lines(settings))
    }

    /// The copy of the settings, if it can be read.
    pub(super) fn read_settings(&self) -> Option<String> {
        fs::read_to_string(self.settings()).ok()
    }

    /// Notes that the segments before `first_kept` have expired. A later note stays.
    pub(super) fn note_first_kept(&self, first_kept: SegmentNo) -> Result<(), StoreError> {
        match self.read_first_kept() {
            Some(noted) if noted >= first_kept => Ok(()),
            _ => replace(
                &self.first_kept(),
                &format!("{first_kept} {}\n", note_checksum(first_kept)),
            ),
        }
    }

    /// The noted first segment that has not expired, if there is a note that matches its checksum.
    pub(super) fn read_first_kept(&self) -> Option<SegmentNo> {
        let note = fs::read_to_string(self.first_kept()).ok()?;
        let (number, checksum) = note.trim_end().split_once(' ')?;
        let first_kept = SegmentNo(number.parse().ok()?);
        (checksum == note_checksum(first_kept)).then_some(first_kept)
    }

    /// Removes the note: it is about an index that no longer exists.
    pub(super) fn remove_first_kept(&self) -> Result<(), StoreError> {
        remove(&self.first_kept())
    }
}

fn note_checksum(first_kept: SegmentNo) -> String {
    format!("{:016x}", xxh3_64(&first_kept.0.to_le_bytes()))
}

/// Settings as lines of `name = value`.
pub(crate) fn lines(settings: &Settings) -> String {
    settings
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect()
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io(path, error)),
        _ => Ok(()),
    }
}

/// Replaces a file durably.
fn replace(path: &Path, content: &str) -> Result<(), StoreError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    fs::write(&fresh, content).map_err(|error| StoreError::io(&fresh, error))?;
    publish(&fresh, path)
}

/// Renames a finished file over another, durably.
fn publish(fresh: &Path, path: &Path) -> Result<(), StoreError> {
    rename_synced(fresh, path).map_err(|error| StoreError::io(path, error))
}

/// Syncs the file, renames it, and syncs the folder.
fn rename_synced(fresh: &Path, path: &Path) -> io::Result<()> {
    File::open(fresh)?.sync_all()?;
    fs::rename(fresh, path)?;
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_kept_only_rises_and_a_changed_note_is_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::of(folder.path());
        assert_eq!(files.read_first_kept(), None);
        for (noted, read) in [(7, 7), (3, 7), (51, 51)] {
            files.note_first_kept(SegmentNo(noted)).unwrap();
            assert_eq!(files.read_first_kept(), Some(SegmentNo(read)));
        }
        let text = fs::read_to_string(files.first_kept()).unwrap();
        fs::write(files.first_kept(), text.replacen("51", "91", 1)).unwrap();
        assert_eq!(files.read_first_kept(), None);
    }
}
