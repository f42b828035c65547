//! One input: its name and its bytes, from a file, standard input or memory.
//!
//! Input: a path. Output: a [`Source`]. Cost: linear in the bytes; large files are read by several
//! threads.

use std::fs;
use std::io::Read;
use std::path::Path;

use bytes::Bytes;
#[cfg(unix)]
use memmap2::MmapMut;
#[cfg(unix)]
use rayon::prelude::*;

use super::{ReadError, RejectCause, UnpackLimits};

/// One input: its name as the user wrote it, and its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// The path, "-" for standard input, or "archive/member".
    pub name: String,
    /// The content.
    pub bytes: Bytes,
    /// Why bytes are missing at the end, if they are.
    pub flaw: Option<RejectCause>,
    /// Whether the user named the input. Members of folders and archives are unnamed: they are
    /// skipped if they cannot be read.
    pub is_named: bool,
    /// How many bytes may come out of the input, for archives and for formats that compress.
    pub limits: UnpackLimits,
}

impl Source {
    /// A source of bytes in memory.
    pub fn new(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Source {
            name: name.into(),
            bytes: bytes.into(),
            is_named: true,
            ..Source::default()
        }
    }

    /// Reads a file, or standard input for "-". Bytes of the path that are not UTF-8 are replaced
    /// in the name.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let read = if name == "-" {
            read_stdin()
        } else {
            read_file(path)
        };
        match read {
            Ok(bytes) => Ok(Source::new(name, bytes)),
            Err(source) => Err(ReadError::Io { name, source }),
        }
    }

    /// The same source with other bytes.
    pub(super) fn with_bytes(&self, bytes: impl Into<Bytes>) -> Self {
        Source {
            name: self.name.clone(),
            bytes: bytes.into(),
            flaw: None,
            ..*self
        }
    }

    /// The file extension in lower case, below extensions of compression.
    pub(super) fn extension(&self) -> String {
        let mut path = Path::new(&self.name);
        while let Some(extension) = path.extension() {
            let extension = extension.to_string_lossy().to_ascii_lowercase();
            if !COMPRESSED_EXTENSIONS.contains(&extension.as_str()) {
                return extension;
            }
            path = Path::new(path.file_stem().unwrap_or_default());
        }
        String::new()
    }
}

const COMPRESSED_EXTENSIONS: [&str; 3] = ["gz", "zst", "zstd"];

/// Bytes that one thread reads of a large file.
#[cfg(unix)]
const CHUNK_BYTES: usize = 1 << 20;

/// Files of at most this many bytes are read into huge pages.
///
/// Faulting in small pages takes longer than the read. Beyond this size a system may not have as
/// many huge pages free, and making them takes longer still.
#[cfg(target_os = "linux")]
const HUGE_PAGES_BYTES: usize = 1 << 27;

fn read_stdin() -> std::io::Result<Bytes> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes.into())
}

#[cfg(unix)]
fn read_file(path: &Path) -> std::io::Result<Bytes> {
    use std::os::unix::fs::FileExt;
    let mut file = fs::File::open(path)?;
    let metadata = file.metadata()?;
    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if !metadata.is_file() || length < 2 * CHUNK_BYTES {
        // A pipe must not be opened a second time: its writer would be gone.
        let mut bytes = Vec::with_capacity(length.min(2 * CHUNK_BYTES));
        return file.read_to_end(&mut bytes).map(|_| bytes.into());
    }
    let mut bytes = MmapMut::map_anon(length)?;
    #[cfg(target_os = "linux")]
    if length <= HUGE_PAGES_BYTES {
        // Without huge pages small ones do.
        let _ = bytes.advise(memmap2::Advice::HugePage);
    }
    let chunks = bytes.par_chunks_mut(CHUNK_BYTES).enumerate();
    match chunks.try_for_each(|(at, chunk)| file.read_exact_at(chunk, (at * CHUNK_BYTES) as u64)) {
        // The file was truncated since its length was taken.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            fs::read(path).map(Bytes::from)
        }
        read => read.map(|()| Bytes::from_owner(bytes)),
    }
}

#[cfg(not(unix))]
fn read_file(path: &Path) -> std::io::Result<Bytes> {
    fs::read(path).map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_files_are_read_whole() {
        let text: Vec<u8> = (0..700_001u32).flat_map(u32::to_le_bytes).collect();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        std::io::Write::write_all(&mut file, &text).unwrap();
        let source = Source::load(file.path()).unwrap();
        assert!(text.len() > 2 * (1 << 20) && source.bytes == text);
    }

    #[test]
    fn extensions_of_compression_are_ignored() {
        let extension = |name: &str| Source::new(name, "").extension();
        assert_eq!(extension("a/b.CSV.gz"), "csv");
        assert_eq!(extension("b"), "");
        assert_eq!(extension("-"), "");
    }
}
