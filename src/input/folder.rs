//! The names of files and folders in, the files to read out. A folder stands for the files in it
//! and below; what of it cannot be read is told, and the rest goes on.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use super::ReadError;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is; "-" is standard input.
    pub path: PathBuf,
    /// Whether the user named it, rather than a folder that holds it.
    pub is_named: bool,
}

/// The files that some names stand for.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The files, in the order of the names, those of a folder by name.
    pub files: Vec<Input>,
    /// What of the folders cannot be read.
    pub passed_over: Vec<ReadError>,
}

/// The files that the names given stand for. Folders are replaced by the files in them and below,
/// hidden ones left out; what is no file, such as a pipe or a link to nothing, and a folder that
/// was listed before under another name, is passed over. What is no folder is a file by its name,
/// whatever it is.
///
/// # Errors
/// [`ReadError::Io`] if a folder that is named cannot be listed.
pub fn expand<P: AsRef<Path>>(names: &[P]) -> Result<Inputs, ReadError> {
    let mut inputs = Inputs::default();
    for name in names.iter().map(AsRef::as_ref) {
        if name != "-" && name.is_dir() {
            let mut walk = Walk {
                inputs: &mut inputs,
                listed: HashSet::new(),
            };
            walk.folder(name).map_err(|cause| failed(name, cause))?;
        } else {
            inputs.files.push(Input {
                path: name.to_owned(),
                is_named: true,
            });
        }
    }
    Ok(inputs)
}

fn failed(path: &Path, cause: Error) -> ReadError {
    ReadError::Io {
        name: path.display().to_string(),
        cause,
    }
}

struct Walk<'i> {
    inputs: &'i mut Inputs,
    /// The folders that were listed, by their real names, so that links lead into none twice.
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
                Ok(entry) if !is_hidden(&entry.file_name()) => paths.push(entry.path()),
                Ok(_) => {}
                Err(cause) => self.inputs.passed_over.push(failed(folder, cause)),
            }
        }
        paths.sort();
        for path in paths {
            if let Err(cause) = self.entry(&path) {
                self.inputs.passed_over.push(failed(&path, cause));
            }
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path) -> Result<(), Error> {
        let about =
            fs::metadata(path).map_err(|cause| match (cause.kind(), fs::read_link(path)) {
                (ErrorKind::NotFound, Ok(target)) => Error::other(format!(
                    "it is a link to {}, which is not there",
                    target.display()
                )),
                _ => cause,
            })?;
        match () {
            () if about.is_dir() => self.folder(path),
            () if about.is_file() => {
                self.inputs.files.push(Input {
                    path: path.to_owned(),
                    is_named: false,
                });
                Ok(())
            }
            () => Err(Error::other(format!(
                "it is {}, not a file",
                kind(about.file_type())
            ))),
        }
    }
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

#[cfg(unix)]
fn kind(kind: fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
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
    fn a_folder_goes_on_past_what_is_no_file() {
        let held = tempfile::tempdir().unwrap();
        let folder = held.path();
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
        let told: Vec<String> = inputs.passed_over.iter().map(ToString::to_string).collect();
        for (told, (name, cause)) in told.iter().zip([
            ("b/loop", "read already"),
            ("dangling", "a link to nowhere"),
            ("socket", "a socket"),
            ("turn", ""),
        ]) {
            assert!(told.contains(name) && told.contains(cause), "{told}");
        }
        assert_eq!(told.len(), 4);
        let named = expand(&[folder.join("socket")]).unwrap();
        assert!(named.files[0].is_named && named.passed_over.is_empty());
    }
}
