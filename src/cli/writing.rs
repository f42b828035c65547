//! Regular files are written whole or not at all: beside their place under another name first,
//! renamed once all is there. The unfinished file goes when writing fails and when the run is
//! interrupted; the file before stays till then. Pipes, devices and the descriptors of a process
//! (`/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/1`) are written to as they are.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;

use super::screen::Screen;

/// An output that is open. On a terminal nothing of the data is a command.
pub type Sink = Screen<BufWriter<File>>;

/// The files being written, for the thread that hears of an interruption.
static UNFINISHED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// How many symbolic links are followed from one name.
const MOST_LINKS: usize = 40;

/// What stands at the name of an output.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    /// Standard output of this process: its position and its append mode hold.
    Stdout,
    /// Standard error of this process, likewise.
    Stderr,
    /// A pipe, a device or another open descriptor: written to, never replaced.
    Stream(PathBuf),
    /// A regular file, or none yet: replaced once the new file is whole.
    Regular(PathBuf),
}

impl Place {
    /// The place that a name leads to. Links are followed by hand, because the links of open
    /// descriptors are to be known as such before the file behind them is.
    fn of(path: &Path) -> io::Result<Self> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            match path.to_str() {
                Some("-" | "/dev/stdout") => return Ok(Place::Stdout),
                Some("/dev/stderr") => return Ok(Place::Stderr),
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
                Ok(about) if !about.is_file() => return Ok(Place::Stream(path)),
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(_) | Err(_) => return Ok(Place::Regular(path)),
            }
        }
        Err(io::Error::other("its symbolic links lead on and on"))
    }

    /// The open file of a place that is not replaced; what is there already stays.
    fn open(&self) -> io::Result<File> {
        match self {
            Place::Stdout => standard(io::stdout()),
            Place::Stderr => standard(io::stderr()),
            Place::Stream(path) => OpenOptions::new().append(true).open(path),
            Place::Regular(path) => OpenOptions::new().append(true).create(true).open(path),
        }
    }
}

/// The descriptor that a path names, if its folder holds descriptors or other files of the kernel.
fn descriptor(path: &Path) -> Option<Place> {
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
        Some("1") if own => Place::Stdout,
        Some("2") if own => Place::Stderr,
        _ => Place::Stream(path.to_owned()),
    })
}

fn own_process() -> PathBuf {
    Path::new("/proc").join(std::process::id().to_string())
}

/// A standard stream as a file of its own, which shares the stream's position.
#[cfg(unix)]
fn standard(stream: impl std::os::fd::AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn standard(stream: impl std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

/// Writes data to a file, a pipe or a device.
pub fn write_file(
    path: &Path,
    write: impl FnOnce(&mut Sink) -> io::Result<()>,
) -> anyhow::Result<()> {
    write_by(path, for_data, write)
}

/// Writes a text that is legible already: the text keeps its isolates and colours on a terminal
/// too.
pub fn write_legible(
    path: &Path,
    write: impl FnOnce(&mut Sink) -> io::Result<()>,
) -> anyhow::Result<()> {
    write_by(path, |file| Screen::new(buffered(file), false), write)
}

/// An output for data that is written at its end; made if there is none.
pub fn append_to(path: &Path) -> anyhow::Result<Sink> {
    Place::of(path)
        .and_then(|place| place.open())
        .map(for_data)
        .with_context(|| cannot_write(path))
}

fn write_by(
    path: &Path,
    sink: fn(File) -> Sink,
    write: impl FnOnce(&mut Sink) -> io::Result<()>,
) -> anyhow::Result<()> {
    let put = || match Place::of(path)? {
        Place::Regular(path) => replace(&path, sink, write),
        other => fill(sink(other.open()?), write),
    };
    put().with_context(|| cannot_write(path))
}

fn for_data(file: File) -> Sink {
    let is_terminal = file.is_terminal();
    Screen::new(buffered(file), is_terminal)
}

fn buffered(file: File) -> BufWriter<File> {
    BufWriter::with_capacity(1 << 16, file)
}

/// Refuses outputs that cannot be written, before any work is done for them.
pub fn check_writable<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> anyhow::Result<()> {
    paths.into_iter().try_for_each(|path| {
        let check = || match Place::of(path)? {
            Place::Regular(path) => Unfinished::beside(&path).map(drop),
            _ => Ok(()),
        };
        check().with_context(|| cannot_write(path))
    })
}

/// Whether an output is a terminal.
pub fn is_terminal(path: &Path) -> bool {
    match Place::of(path) {
        Ok(Place::Stdout) => io::stdout().is_terminal(),
        Ok(Place::Stderr) => io::stderr().is_terminal(),
        // A pipe would wait for a reader when it is opened.
        Ok(Place::Stream(path)) if path.starts_with("/dev") => OpenOptions::new()
            .append(true)
            .open(path)
            .is_ok_and(|file| file.is_terminal()),
        _ => false,
    }
}

/// The ending of an output's name in lower case; none for a pipe, a device or a name without an
/// ending.
pub fn ending(path: &Path) -> Option<String> {
    let is_file = matches!(Place::of(path), Ok(Place::Regular(_)) | Err(_));
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
    let (unfinished, file) = Unfinished::beside(path)?;
    if let Ok(before) = fs::metadata(path) {
        file.set_permissions(before.permissions())?;
    }
    fill(sink(file), write)?;
    fs::rename(&unfinished.0, path)
}

/// A file under its first name, which goes with this.
struct Unfinished(PathBuf);

impl Unfinished {
    /// A new file beside a path, under a name that nothing else has.
    fn beside(path: &Path) -> io::Result<(Self, File)> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::other("an output needs a file name"))?;
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
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
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
        assert!(
            message.contains("out") && message.contains("no more"),
            "{message}"
        );
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

    #[test]
    fn a_place_that_cannot_be_written_is_known_before() {
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
    fn descriptors_and_devices_are_streams() {
        let of = |path: &str| Place::of(Path::new(path)).unwrap();
        assert_eq!(
            [
                of("-"),
                of("/dev/stdout"),
                of("/proc/self/fd/1"),
                of("/dev/fd/1")
            ]
            .map(|it| it == Place::Stdout),
            [true; 4]
        );
        assert_eq!(
            [of("/dev/stderr"), of("/proc/thread-self/fd/2")],
            [Place::Stderr, Place::Stderr]
        );
        assert!(
            matches!(of("/dev/null"), Place::Stream(_))
                && matches!(of("/dev/fd/77"), Place::Stream(_))
        );
        assert!(matches!(of("out.csv"), Place::Regular(_)));
    }

    #[cfg(unix)]
    #[test]
    fn the_file_behind_an_open_descriptor_is_appended_to() {
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
    fn a_link_to_nothing_makes_its_target() {
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
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o640
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
