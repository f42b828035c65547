//! The files of an index in its folder: their names, and how they are replaced whole.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::{Settings, StoreError};

/// The names of the files in the folder of an index.
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

    /// The index itself.
    pub(super) fn index(&self) -> PathBuf {
        self.folder.join("index.redb")
    }

    /// The index that is to take its place.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.folder.join("index.redb.new")
    }

    /// The copy of what the last rebuild replaced.
    pub(super) fn copy(&self) -> PathBuf {
        self.folder.join("index.redb.bak")
    }

    /// What the writer holds a lock on; empty.
    pub(super) fn lock(&self) -> PathBuf {
        self.folder.join("index.lock")
    }

    /// The number of the first segment that has not expired, with a checksum, for when the index is
    /// damaged there.
    fn first(&self) -> PathBuf {
        self.folder.join("index.first")
    }

    /// A copy of the settings, likewise.
    fn settings(&self) -> PathBuf {
        self.folder.join("settings.toml")
    }

    /// Whether there is an index.
    pub(super) fn exists(&self) -> Result<bool, StoreError> {
        self.index()
            .try_exists()
            .map_err(|cause| io(&self.index(), &cause))
    }

    pub(super) fn make_folder(&self) -> Result<(), StoreError> {
        fs::create_dir_all(&self.folder).map_err(|cause| io(&self.folder, &cause))
    }

    pub(super) fn remove_unfinished(&self) -> Result<(), StoreError> {
        remove(&self.unfinished())
    }

    pub(super) fn remove_copy(&self) -> Result<(), StoreError> {
        remove(&self.copy())
    }

    /// Puts the new index in the place of the old one, for good.
    pub(super) fn publish(&self) -> Result<(), StoreError> {
        publish(&self.unfinished(), &self.index())
    }

    /// Keeps the index as the copy, in place of the one before, without a moment at which there is
    /// no index.
    pub(super) fn keep_copy(&self) -> Result<PathBuf, StoreError> {
        let (index, copy) = (self.index(), self.copy());
        remove(&copy)?;
        let linked = fs::hard_link(&index, &copy).or_else(|_| fs::copy(&index, &copy).map(drop));
        linked.map_err(|cause| io(&copy, &cause))?;
        Ok(copy)
    }

    /// The bytes of the index, damaged or not.
    pub(super) fn raw(&self) -> Result<Vec<u8>, StoreError> {
        fs::read(self.index()).map_err(|cause| io(&self.index(), &cause))
    }

    pub(super) fn write_settings(&self, settings: &Settings) -> Result<(), StoreError> {
        replace(&self.settings(), &lines(settings))
    }

    /// The copy of the settings, if that can be read.
    pub(super) fn read_settings(&self) -> Option<String> {
        fs::read_to_string(self.settings()).ok()
    }

    /// Notes that the segments before a number have expired; a number that is no longer so is not
    /// taken back.
    pub(super) fn note_first(&self, first: u64) -> Result<(), StoreError> {
        match self.read_first() {
            Some(noted) if noted >= first => Ok(()),
            _ => replace(
                &self.first(),
                &format!("{first} {:016x}\n", xxh3_64(&first.to_le_bytes())),
            ),
        }
    }

    /// The number of the first segment that has not expired, if it was noted and that can be read.
    pub(super) fn read_first(&self) -> Option<u64> {
        let noted = fs::read_to_string(self.first()).ok()?;
        let (first, checksum) = noted.trim_end().split_once(' ')?;
        let first: u64 = first.parse().ok()?;
        (checksum == format!("{:016x}", xxh3_64(&first.to_le_bytes()))).then_some(first)
    }

    /// Forgets what was noted of an index that is there no longer.
    pub(super) fn remove_first(&self) -> Result<(), StoreError> {
        remove(&self.first())
    }
}

/// Settings as lines of `name = value`.
pub(crate) fn lines(settings: &Settings) -> String {
    settings
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect()
}

pub(super) fn io(path: &Path, cause: &io::Error) -> StoreError {
    StoreError::Io {
        path: path.display().to_string(),
        cause: cause.to_string(),
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(io(path, &cause)),
        _ => Ok(()),
    }
}

fn replace(path: &Path, content: &str) -> Result<(), StoreError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    fs::write(&fresh, content).map_err(|cause| io(&fresh, &cause))?;
    publish(&fresh, path)
}

/// Puts a finished file in its place, for good: the file, then the name.
fn publish(fresh: &Path, path: &Path) -> Result<(), StoreError> {
    let put = || {
        File::open(fresh)?.sync_all()?;
        fs::rename(fresh, path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        if cfg!(unix) {
            File::open(folder)?.sync_all()
        } else {
            Ok(())
        }
    };
    put().map_err(|cause| io(path, &cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_expired_is_noted_and_a_changed_note_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::of(folder.path());
        assert_eq!(files.read_first(), None);
        for (noted, read) in [(7, 7), (3, 7), (51, 51)] {
            files.note_first(noted).unwrap();
            assert_eq!(files.read_first(), Some(read));
        }
        let text = fs::read_to_string(files.first()).unwrap();
        fs::write(files.first(), text.replacen("51", "91", 1)).unwrap();
        assert_eq!(files.read_first(), None);
    }
}
