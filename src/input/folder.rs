//! Paths to the files to read.
//!
//! Input: paths of files and folders. Output: the files, a folder replaced by the files below it,
//! and what of the folders cannot be read. Cost: one listing per folder.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::ReadError;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The path; "-" is standard input.
    pub path: PathBuf,
    /// Whether the user named the file, rather than a folder that holds it.
    pub is_named: bool,
}

/// The files of some paths.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The files, in the order of the paths, those of a folder by name.
    pub files: Vec<Input>,
    /// What of the folders cannot be read.
    pub rejected: Vec<ReadError>,
}

/// Lists the files of paths.
///
/// A folder is replaced by the files below it, without hidden ones. Pipes, devices, broken links
/// and folders that were listed before are rejected. A path that is no folder is a file, whatever
/// it is.
///
/// # Errors
/// [`ReadError::Io`] if a named folder cannot be listed.
pub fn expand<P: AsRef<Path>>(paths: &[P]) -> Result<Inputs, ReadError> {
    let mut inputs = Inputs::default();
    for path in paths.iter().map(AsRef::as_ref) {
        if path != "-" && path.is_dir() {
            let mut walk = Walk {
                inputs: &mut inputs,
                listed: HashSet::new(),
            };
            walk.folder(path).map_err(|error| io_error(path, error))?;
        } else {
            inputs.files.push(Input {
                path: path.to_owned(),
                is_named: true,
            });
        }
    }
    Ok(inputs)
}

fn io_error(path: &Path, source: Error) -> ReadError {
    ReadError::Io {
        name: path.display().to_string(),
        source,
    }
}

struct Walk<'i> {
    inputs: &'i mut Inputs,
    /// The canonical paths of the listed folders, so links cause no cycles.
    listed: HashSet<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path) -> Result<(), Error> {
        if !self.listed.insert(fs::canonicalize(folder)?) {
            return Err(Error::other("it leads to a folder that is read already"));
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            match entry {
                Ok(entry) if is_hidden(&entry.file_name()) => {}
                Ok(entry) => paths.push(entry.path()),
                Err(error) => self.inputs.rejected.push(io_error(folder, error)),
            }
        }
        paths.sort();
        for path in paths {
            if let Err(error) = self.entry(&path) {
                self.inputs.rejected.push(io_error(&path, error));
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path) -> Result<(), Error> {
        let metadata = fs::metadata(path).map_err(|error| explain_broken_link(path, error))?;
        if metadata.is_dir() {
            return self.folder(path);
        }
        if !metadata.is_file() {
            let kind = kind(metadata.file_type());
            return Err(Error::other(format!("it is {kind}, not a file")));
        }
        self.inputs.files.push(Input {
            path: path.to_owned(),
            is_named: false,
        });
        Ok(())
    }
}

fn explain_broken_link(path: &Path, error: Error) -> Error {
    match (error.kind(), fs::read_link(path)) {
        (ErrorKind::NotFound, Ok(target)) => Error::other(format!(
            "it is a link to {}, which does not exist",
            target.display()
        )),
        _ => error,
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

#[cfg(unix)]
fn kind(kind: fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind(_: fs::FileType) -> &'static str {
    "a device"
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn folders_are_listed_and_other_entries_rejected() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        fs::create_dir(folder.join("b")).unwrap();
        for name in ["a.jsonl", "b/c.jsonl", ".hidden"] {
            fs::write(folder.join(name), "{}").unwrap();
        }
        symlink(folder, folder.join("b/loop")).unwrap();
        symlink("nowhere", folder.join("dangling")).unwrap();
        symlink("turn", folder.join("turn")).unwrap();
        symlink("a.jsonl", folder.join("z.jsonl")).unwrap();
        let _socket = UnixListener::bind(folder.join("socket")).unwrap();
        let inputs = expand(&[folder]).unwrap();
        let inside = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
        let files: Vec<String> = inputs.files.iter().map(|file| inside(&file.path)).collect();
        assert_eq!(files, ["a.jsonl", "b/c.jsonl", "z.jsonl"]);
        let expected = [
            ("b/loop", "read already"),
            ("dangling", "a link to nowhere"),
            ("socket", "a socket"),
            ("turn", ""),
        ];
        assert_eq!(inputs.rejected.len(), expected.len());
        for (error, (name, cause)) in inputs.rejected.iter().zip(expected) {
            let ReadError::Io { name: path, source } = error else {
                panic!("{error}");
            };
            assert!(
                path.ends_with(name) && source.to_string().contains(cause),
                "{error}"
            );
        }
        let named = expand(&[folder.join("socket")]).unwrap();
        assert!(named.files[0].is_named && named.rejected.is_empty());
    }
}
