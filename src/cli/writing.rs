//! Output files, replaced atomically.
//!
//! A regular file is written beside its place under a temporary name and renamed when complete. If
//! writing fails or the run is interrupted, the temporary file is removed and the old file stays.
//! Pipes, devices and descriptors of the process (`/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/1`)
//! are written in place.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;

use super::sanitized_writer::SanitizedWriter;

/// An open output; on a terminal the data is sanitised.
pub type Sink = SanitizedWriter<BufWriter<File>>;

/// The temporary files, for the thread that handles signals.
static TEMPORARY_FILES: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Maximum number of followed symbolic links.
const MAX_LINKS: usize = 40;

/// Where an output path leads.
#[derive(Debug, PartialEq, Eq)]
enum Destination {
    /// Standard output of the process, with position and append mode kept.
    Stdout,
    /// Standard error of this process.
    Stderr,
    /// A pipe, a device or another open descriptor: written in place.
    Stream(PathBuf),
    /// A regular or missing file: replaced when the new file is complete.
    Regular(PathBuf),
}

impl Destination {
    /// The destination of a path. Links are followed one by one, because links of open descriptors
    /// must be recognised before the target file.
    fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..MAX_LINKS {
            match path.to_str() {
                Some("-" | "/dev/stdout") => return Ok(Destination::Stdout),
                Some("/dev/stderr") => return Ok(Destination::Stderr),
                _ => {}
            }
            if let Some(descriptor) = descriptor(&path) {
                return Ok(descriptor);
            }
            match fs::symlink_metadata(&path) {
                Ok(about) if about.is_symlink() => {
                    let target = fs::read_link(&path)?;
                    path = path.parent().unwrap_or(Path::new("")).join(target);
                }
                Ok(about) if about.is_dir() => {
                    return Err(io::Error::from(io::ErrorKind::IsADirectory));
                }
                Ok(about) if !about.is_file() => return Ok(Destination::Stream(path)),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(_) | Err(_) => return Ok(Destination::Regular(path)),
            }
        }
        Err(io::Error::other("too many symbolic links"))
    }

    /// Opens the destination for appending.
    fn open(&self) -> io::Result<File> {
        match self {
            Destination::Stdout => standard(io::stdout()),
            Destination::Stderr => standard(io::stderr()),
            Destination::Stream(path) => OpenOptions::new().append(true).open(path),
            Destination::Regular(path) => OpenOptions::new().append(true).create(true).open(path),
        }
    }
}

/// The descriptor that a path names: a file in `/proc` or in `/dev/fd`.
fn descriptor(path: &Path) -> Option<Destination> {
    let name = path.file_name()?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())?;
    let is_kernels = |folder: &Path| folder.starts_with("/proc") || folder == Path::new("/dev/fd");
    let real = fs::canonicalize(folder)
        .ok()
        .filter(|real| is_kernels(folder) || is_kernels(real))?;
    let own = real == Path::new("/dev/fd")
        || real.ends_with("fd")
            && [Path::new("/proc/self"), &own_process()]
                .iter()
                .any(|own| real.starts_with(own));
    Some(match name.to_str() {
        Some("1") if own => Destination::Stdout,
        Some("2") if own => Destination::Stderr,
        _ => Destination::Stream(path.to_owned()),
    })
}

fn own_process() -> PathBuf {
    Path::new("/proc").join(std::process::id().to_string())
}

/// A standard stream as a file that shares the stream's position.
#[cfg(unix)]
fn standard(stream: impl std::os::fd::AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn standard(stream: impl std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

/// Writes data to a path; on a terminal the data is sanitised.
pub fn write_file(
    path: &Path,
    write: impl FnOnce(&mut Sink) -> io::Result<()>,
) -> anyhow::Result<()> {
    write_by(path, for_data, write)
}

/// Writes sanitised text, with isolates and styles kept on a terminal.
pub fn write_sanitized(
    path: &Path,
    write: impl FnOnce(&mut Sink) -> io::Result<()>,
) -> anyhow::Result<()> {
    write_by(
        path,
        |file| SanitizedWriter::new(buffered(file), false),
        write,
    )
}

/// Opens an output for appending; creates the file if it is missing.
pub fn append_to(path: &Path) -> anyhow::Result<Sink> {
    Destination::of(path)
        .and_then(|place| place.open())
        .map(for_data)
        .with_context(|| cannot_write(path))
}

fn write_by(
    path: &Path,
    sink: fn(File) -> Sink,
    write: impl FnOnce(&mut Sink) -> io::Result<()>,
) -> anyhow::Result<()> {
    let put = || match Destination::of(path)? {
        Destination::Regular(path) => replace(&path, sink, write),
        other => fill(sink(other.open()?), write),
    };
    put().with_context(|| cannot_write(path))
}

fn for_data(file: File) -> Sink {
    let is_terminal = file.is_terminal();
    SanitizedWriter::new(buffered(file), is_terminal)
}

fn buffered(file: File) -> BufWriter<File> {
    BufWriter::with_capacity(1 << 16, file)
}

/// Refuses outputs that cannot be written, before the work is done.
pub fn check_writable<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> anyhow::Result<()> {
    paths.into_iter().try_for_each(|path| {
        let check = || match Destination::of(path)? {
            Destination::Regular(path) => TemporaryFile::beside(&path).map(drop),
            _ => Ok(()),
        };
        check().with_context(|| cannot_write(path))
    })
}

/// Whether an output is a terminal.
pub fn is_terminal(path: &Path) -> bool {
    match Destination::of(path) {
        Ok(Destination::Stdout) => io::stdout().is_terminal(),
        Ok(Destination::Stderr) => io::stderr().is_terminal(),
        // Opening a pipe waits for its reader.
        Ok(Destination::Stream(path)) if path.starts_with("/dev") => OpenOptions::new()
            .append(true)
            .open(path)
            .is_ok_and(|file| file.is_terminal()),
        _ => false,
    }
}

/// The ending of an output's name in lower case; `None` for pipes, devices and names without one.
pub fn ending(path: &Path) -> Option<String> {
    let is_file = matches!(Destination::of(path), Ok(Destination::Regular(_)) | Err(_));
    path.extension()
        .and_then(OsStr::to_str)
        .filter(|_| is_file)
        .map(str::to_ascii_lowercase)
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

fn fill(mut out: Sink, write: impl FnOnce(&mut Sink) -> io::Result<()>) -> io::Result<()> {
    write(&mut out)?;
    out.flush()
}

fn replace(
    path: &Path,
    sink: fn(File) -> Sink,
    write: impl FnOnce(&mut Sink) -> io::Result<()>,
) -> io::Result<()> {
    let (temporary, file) = TemporaryFile::beside(path)?;
    if let Ok(before) = fs::metadata(path) {
        file.set_permissions(before.permissions())?;
    }
    fill(sink(file), write)?;
    fs::rename(&temporary.0, path)
}

/// A temporary file, removed on drop.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    /// Creates a file beside a path, under an unused name.
    fn beside(path: &Path) -> io::Result<(Self, File)> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::other("an output needs a file name"))?;
        let mut registered = temporary_files();
        for attempt in 0u32.. {
            let mut other = name.to_owned();
            other.push(format!(".{}-{attempt}.part", std::process::id()));
            let other = path.with_file_name(other);
            match File::create_new(&other) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
                Ok(file) => {
                    registered.insert(other.clone());
                    return Ok((TemporaryFile(other), file));
                }
            }
        }
        Err(io::Error::other("no unused name for the temporary file"))
    }
}

impl Drop for TemporaryFile {
    /// Removes the file; after the rename there is none.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
        temporary_files().remove(&self.0);
    }
}

fn temporary_files() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    TEMPORARY_FILES
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
}

/// Removes the temporary files. None can be created while the returned guard is alive.
#[cfg(unix)]
pub fn remove_temporary_files() -> impl Drop {
    let files = temporary_files();
    for path in files.iter() {
        let _ = fs::remove_file(path);
    }
    files
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
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn failed_write_keeps_the_old_file() {
        let folder = folder("failure");
        let path = folder.join("out");
        write_file(&path, |out| out.write_all(b"old")).unwrap();
        let failed = write_file(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no more"))
        });
        let message = format!("{:#}", failed.unwrap_err());
        assert!(
            message.contains("out") && message.contains("no more"),
            "{message}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(listed(&folder), ["out"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn existing_temporary_names_are_not_overwritten() {
        let folder = folder("taken");
        let path = folder.join("out");
        let taken = folder.join(format!("out.{}-0.part", std::process::id()));
        fs::write(&taken, "mine").unwrap();
        write_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(&taken).unwrap(), "mine");
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn unwritable_destinations_are_refused_early() {
        let folder = folder("unwritable");
        let (nowhere, fine) = (folder.join("none").join("out"), folder.join("fine"));
        check_writable([&fine]).unwrap();
        assert!(listed(&folder).is_empty());
        assert!(format!("{:#}", check_writable([&fine, &nowhere]).unwrap_err()).contains("none"));
        assert!(check_writable([&folder]).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn descriptors_and_devices_are_written_in_place() {
        let of = |path: &str| Destination::of(Path::new(path)).unwrap();
        assert_eq!(
            [
                of("-"),
                of("/dev/stdout"),
                of("/proc/self/fd/1"),
                of("/dev/fd/1")
            ]
            .map(|destination| destination == Destination::Stdout),
            [true; 4]
        );
        assert_eq!(
            [of("/dev/stderr"), of("/proc/thread-self/fd/2")],
            [Destination::Stderr, Destination::Stderr]
        );
        assert!(
            matches!(of("/dev/null"), Destination::Stream(_))
                && matches!(of("/dev/fd/77"), Destination::Stream(_))
        );
        assert!(matches!(of("out.csv"), Destination::Regular(_)));
    }

    #[cfg(unix)]
    #[test]
    fn file_behind_a_descriptor_is_appended_to() {
        use std::os::fd::AsRawFd;
        let folder = folder("descriptor");
        let path = folder.join("archive");
        fs::write(&path, "old\n").unwrap();
        let held = OpenOptions::new().append(true).open(&path).unwrap();
        let name = format!("/dev/fd/{}", held.as_raw_fd());
        write_file(Path::new(&name), |out| out.write_all(b"new\n")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old\nnew\n");
        assert_eq!(listed(&folder), ["archive"]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn dangling_link_creates_its_target() {
        let folder = folder("dangling");
        let (real, link) = (folder.join("real"), folder.join("link"));
        std::os::unix::fs::symlink("real", &link).unwrap();
        write_file(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        let [a, b] = ["a", "b"].map(|name| folder.join(name));
        std::os::unix::fs::symlink(&a, &b).unwrap();
        std::os::unix::fs::symlink(&b, &a).unwrap();
        assert!(write_file(&a, |_| Ok(())).is_err() && a.is_symlink());
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_are_kept() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder("link");
        let (real, link) = (folder.join("real"), folder.join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        write_file(&link, |out| out.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "new");
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
