//! Files are written whole or not at all: beside their place under another name first, renamed once all is there. What
//! is unfinished goes when writing fails and when the run is interrupted; what stood there before stays till then.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;

/// The files being written, for the thread that hears of an interruption.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Writes a file; a pipe or a device is written as it is.
pub fn write_file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> anyhow::Result<()> {
    let put = || match fs::metadata(path) {
        Ok(there) if !there.is_file() => fill(File::create(path)?, write),
        Ok(there) => replace(&fs::canonicalize(path)?, Some(there.permissions()), write),
        Err(_) => replace(path, None, write),
    };
    put().with_context(|| format!("cannot write {}", path.display()))
}

fn fill(file: File, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    write(&mut out)?;
    out.flush()
}

fn replace(
    path: &Path,
    permissions: Option<fs::Permissions>,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let (unfinished, file) = Unfinished::beside(path)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    fill(file, write)?;
    fs::rename(&unfinished.0, path)
}

/// A file under its first name, which goes with this.
struct Unfinished(PathBuf);

impl Unfinished {
    /// A new file beside a path, under a name that nothing else has.
    fn beside(path: &Path) -> io::Result<(Self, File)> {
        let name = path.file_name().ok_or_else(|| io::Error::other("an output needs a file name"))?;
        let mut registered = unfinished();
        for attempt in 0u32.. {
            let mut other = name.to_owned();
            other.push(format!(".{}-{attempt}.part", std::process::id()));
            let other = path.with_file_name(other);
            match File::create_new(&other) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
                Ok(file) => {
                    registered.insert(other.clone());
                    return Ok((Unfinished(other), file));
                }
            }
        }
        Err(io::Error::other("every name beside it is taken"))
    }
}

impl Drop for Unfinished {
    /// Removes the file; after the renaming there is none.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
        unfinished().remove(&self.0);
    }
}

fn unfinished() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the files that are being written; none is begun as long as what this gives is held.
#[cfg(unix)]
pub fn remove_unfinished() -> impl Drop {
    let unfinished = unfinished();
    unfinished.iter().for_each(|path| _ = fs::remove_file(path));
    unfinished
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("qissa-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        folder
    }

    fn listed(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_failure_leaves_what_stood_there_and_nothing_else() {
        let folder = folder("failure");
        let path = folder.join("out");
        write_file(&path, |out| out.write_all(b"old")).unwrap();
        let failed = write_file(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no more"))
        });
        let message = format!("{:#}", failed.unwrap_err());
        assert!(message.contains("out") && message.contains("no more"), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(listed(&folder), ["out"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_name_that_is_taken_is_left_alone() {
        let folder = folder("taken");
        let path = folder.join("out");
        let taken = folder.join(format!("out.{}-0.part", std::process::id()));
        fs::write(&taken, "mine").unwrap();
        write_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_permissions_stay() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder("link");
        let (real, link) = (folder.join("real"), folder.join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_file(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        fs::remove_dir_all(folder).unwrap();
    }
}
