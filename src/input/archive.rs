//! Compressed files and archives to the files in them.
//!
//! Input: a [`Source`]. Output: the files in it, gzip and zstd decompressed, zip and tar listed, at
//! all levels of nesting; a plain file as it is. Cost: linear in the output, which is bounded: all
//! bytes that come out of one input count against one budget.

use std::io::{Cursor, Read};

use super::{ExceededLimit, ReadError, RejectCause, Source, UnpackLimits, warc};

/// Archives nested deeper than this are errors.
const MAX_DEPTH: usize = 4;

/// Base-2 logarithm of the largest zstd window: 128 MiB, the default of zstd itself.
const ZSTD_WINDOW_LOG: u32 = 27;

/// The bytes that may still come out of an input.
struct Budget {
    limits: UnpackLimits,
    allowed: u64,
    left: u64,
}

impl Budget {
    fn new(source: &Source) -> Self {
        let allowed = source.limits.of_length(source.bytes.len());
        Budget {
            limits: source.limits,
            allowed,
            left: allowed,
        }
    }

    fn limit(&self) -> ExceededLimit {
        let bytes = self.allowed;
        if bytes == self.limits.total {
            ExceededLimit::Total { bytes }
        } else {
            let ratio = self.limits.ratio;
            ExceededLimit::Ratio { ratio, bytes }
        }
    }
}

/// The files in a source, in their order; the source itself if it is neither compressed nor an
/// archive. [`Source::limits`] bounds the bytes that come out.
///
/// # Errors
/// [`ReadError::Archive`] if the source cannot be unpacked, [`ReadError::LimitExceeded`] if it
/// holds too much.
pub fn unpack(source: Source) -> Result<Vec<Source>, ReadError> {
    let mut budget = Budget::new(&source);
    unpack_nested(source, MAX_DEPTH, &mut budget)
}

fn unpack_nested(
    source: Source,
    depth: usize,
    budget: &mut Budget,
) -> Result<Vec<Source>, ReadError> {
    // A compressed web archive is decompressed record by record when it is parsed.
    let packing = Packing::detect(&source.bytes).filter(|_| !warc::is_compressed(&source.bytes));
    let Some(packing) = packing else {
        return Ok(vec![source]);
    };
    let Some(depth) = depth.checked_sub(1) else {
        return Err(broken(
            &source,
            "archives are nested too deep: unpack it first",
        ));
    };
    let mut files = Vec::new();
    for member in open(&source, packing, budget)? {
        files.extend(unpack_nested(member, depth, budget)?);
    }
    Ok(files)
}

/// The files directly in a packed source.
fn open(source: &Source, packing: Packing, budget: &mut Budget) -> Result<Vec<Source>, ReadError> {
    match packing {
        Packing::Gzip => {
            let decoder = flate2::read::MultiGzDecoder::new(&source.bytes[..]);
            decompress(source, decoder, budget)
        }
        Packing::Zstd => {
            let decoder = zstd_decoder(&source.bytes).map_err(|error| broken(source, error))?;
            decompress(source, decoder, budget)
        }
        Packing::Zip => zip_members(source, budget),
        Packing::Tar => tar_members(source, budget),
        Packing::Unsupported(name) => Err(broken(
            source,
            format!("{name} is not supported: unpack it first"),
        )),
    }
}

fn zstd_decoder(bytes: &[u8]) -> std::io::Result<impl Read> {
    let mut decoder = zstd::Decoder::new(bytes)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

enum Packing {
    Gzip,
    Zstd,
    Zip,
    Tar,
    Unsupported(&'static str),
}

impl Packing {
    /// The packing by the magic bytes of its format.
    fn detect(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(Packing::Zip),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, ..] => Some(Packing::Unsupported("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packing::Unsupported("xz")),
            [b'7', b'z', 0xbc, 0xaf, ..] => Some(Packing::Unsupported("7z")),
            [b'R', b'a', b'r', b'!', ..] => Some(Packing::Unsupported("rar")),
            _ if bytes.get(257..262) == Some(b"ustar") => Some(Packing::Tar),
            _ => None,
        }
    }
}

fn broken(source: &Source, error: impl Into<super::BoxError>) -> ReadError {
    ReadError::Archive {
        name: source.name.clone(),
        source: error.into(),
    }
}

/// The content of a compressed file. Of a truncated or damaged stream, the bytes before the damage.
fn decompress(
    source: &Source,
    stream: impl Read,
    budget: &mut Budget,
) -> Result<Vec<Source>, ReadError> {
    let (bytes, flaw) = read_within(source, stream, budget)?;
    match flaw {
        Some(flaw) if bytes.is_empty() => Err(broken(source, flaw)),
        flaw => Ok(vec![Source {
            flaw,
            ..source.with_bytes(bytes)
        }]),
    }
}

/// The bytes that come out of a stream, and why the stream ends early, if it does.
///
/// A stream that exceeds the budget is an error, not a flaw: its prefix ends at no meaningful
/// place.
fn read_within(
    source: &Source,
    stream: impl Read,
    budget: &mut Budget,
) -> Result<(Vec<u8>, Option<RejectCause>), ReadError> {
    let mut bytes = Vec::new();
    let error = stream
        .take(budget.left.saturating_add(1))
        .read_to_end(&mut bytes)
        .err();
    let Some(left) = budget.left.checked_sub(bytes.len() as u64) else {
        return Err(ReadError::LimitExceeded {
            name: source.name.clone(),
            limit: budget.limit(),
        });
    };
    budget.left = left;
    bytes.shrink_to_fit();
    let flaw = error.map(|error| RejectCause::Truncated {
        what: "compressed stream",
        error: error.to_string(),
    });
    Ok((bytes, flaw))
}

fn zip_members(source: &Source, budget: &mut Budget) -> Result<Vec<Source>, ReadError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(&source.bytes[..]))
        .map_err(|error| broken(source, error))?;
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let file = archive
            .by_index(at)
            .map_err(|error| broken(source, error))?;
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        if file.is_file() && !is_hidden(&name) {
            members.push(member(source, &name, file, budget)?);
        }
    }
    Ok(members)
}

fn tar_members(source: &Source, budget: &mut Budget) -> Result<Vec<Source>, ReadError> {
    let mut archive = tar::Archive::new(&source.bytes[..]);
    let mut members = Vec::new();
    for entry in archive.entries().map_err(|error| broken(source, error))? {
        let Ok(entry) = entry else {
            members.push(truncated(source));
            break;
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && !is_hidden(&name) {
            members.push(member(source, &name, entry, budget)?);
        }
    }
    Ok(members)
}

/// An empty source that stands for the lost end of an archive.
fn truncated(source: &Source) -> Source {
    Source {
        flaw: Some(RejectCause::Truncated {
            what: "archive",
            error: String::new(),
        }),
        ..source.with_bytes(Vec::new())
    }
}

fn member(
    source: &Source,
    name: &str,
    stream: impl Read,
    budget: &mut Budget,
) -> Result<Source, ReadError> {
    let (bytes, flaw) = read_within(source, stream, budget)?;
    Ok(Source {
        name: format!("{}/{}", source.name, name.trim_start_matches("./")),
        flaw,
        is_named: false,
        ..source.with_bytes(bytes)
    })
}

/// Whether a member is hidden or was added by an operating system.
fn is_hidden(name: &str) -> bool {
    name.split('/')
        .any(|part| (part.starts_with('.') && part != ".") || part == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"{\"id\":\"1\",\"title\":\"a\"}\n";

    fn unpack_within(source: Source, limits: UnpackLimits) -> Result<Vec<Source>, ReadError> {
        unpack(Source { limits, ..source })
    }

    fn source(bytes: Vec<u8>) -> Source {
        Source {
            name: "x".into(),
            bytes: bytes.into(),
            ..Source::default()
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer
                .start_file(*name, zip::write::SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn plain_files_are_unchanged() {
        assert_eq!(
            unpack(source(TEXT.to_vec())).unwrap(),
            [source(TEXT.to_vec())]
        );
    }

    #[test]
    fn compressed_files_are_decompressed() {
        for packed in [
            gzip(TEXT),
            zstd::encode_all(TEXT, 1).unwrap(),
            gzip(&gzip(TEXT)),
            [gzip(TEXT), gzip(b"")].concat(),
        ] {
            assert_eq!(unpack(source(packed)).unwrap(), [source(TEXT.to_vec())]);
        }
    }

    #[test]
    fn archives_are_listed() {
        let files: [(&str, &[u8]); 3] = [
            ("a/one.jsonl", TEXT),
            ("__MACOSX/x", b"no"),
            ("two.gz", &gzip(b"two")),
        ];
        for packed in [tar(&files), zip(&files), gzip(&tar(&files))] {
            let found = unpack(source(packed)).unwrap();
            let names: Vec<&str> = found.iter().map(|file| file.name.as_str()).collect();
            assert_eq!(names, ["x/a/one.jsonl", "x/two.gz"]);
            assert_eq!((&*found[0].bytes, &*found[1].bytes), (TEXT, &b"two"[..]));
            assert!(found.iter().all(|file| !file.is_named));
        }
    }

    #[test]
    fn truncated_streams_keep_their_prefix() {
        let long = TEXT.repeat(10_000);
        let packed = gzip(&long);
        let found = unpack(source(packed[..packed.len() / 2].to_vec())).unwrap();
        assert!(long.starts_with(&found[0].bytes) && !found[0].bytes.is_empty());
        assert!(matches!(found[0].flaw, Some(RejectCause::Truncated { .. })));
    }

    /// Gzip of `megabytes` MiB of one letter, at most a hundredth as long.
    fn bomb(megabytes: usize) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b'a'; megabytes << 20]).unwrap();
        encoder.finish().unwrap()
    }

    fn refusal(bytes: Vec<u8>, limits: UnpackLimits) -> String {
        match unpack_within(source(bytes), limits) {
            Err(error @ ReadError::LimitExceeded { .. }) => error.to_string(),
            other => panic!("not refused: {:?}", other.map(|files| files.len())),
        }
    }

    #[test]
    fn decompression_bombs_are_refused() {
        let bytes = bomb(33);
        assert!(bytes.len() < 256 << 10);
        let message = refusal(bytes.clone(), UnpackLimits::default());
        assert!(
            message.contains("32 MiB") && message.contains("100 times"),
            "{message}"
        );
        assert_eq!(
            unpack_within(
                source(bytes),
                UnpackLimits {
                    ratio: 2000,
                    ..Default::default()
                }
            )
            .unwrap()
            .len(),
            1
        );
        let unlimited = UnpackLimits {
            total: u64::MAX,
            ratio: u64::MAX,
        };
        assert_eq!(
            unpack_within(source(bomb(1)), unlimited).unwrap()[0]
                .bytes
                .len(),
            1 << 20
        );
        assert_eq!(unpack(source(bomb(32))).unwrap()[0].bytes.len(), 32 << 20);
        let zstd = zstd::encode_all(&vec![0; 64 << 20][..], 1).unwrap();
        assert!(refusal(zstd, UnpackLimits::default()).contains("100 times"));
    }

    #[test]
    fn the_total_bounds_all_members_together() {
        let limits = UnpackLimits {
            total: 3 << 20,
            ratio: u64::MAX,
        };
        let file = vec![b'x'; 1 << 20];
        let files: [(&str, &[u8]); 4] = [("1", &file), ("2", &file), ("3", &file), ("4", &file)];
        assert!(refusal(zip(&files), limits).contains("3 MiB"));
        assert!(refusal(tar(&files), limits).contains("limit of 3 MiB"));
        assert_eq!(
            unpack_within(source(zip(&files[..3])), limits)
                .unwrap()
                .len(),
            3
        );
    }

    #[test]
    fn nested_archives_share_one_budget() {
        let inner = zip(&[("a", &gzip(&bomb(8)))]);
        let names: Vec<String> = (0..8).map(|n| n.to_string()).collect();
        let files: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), &inner[..]))
            .collect();
        let packed = zip(&files);
        assert!(packed.len() < 16 << 10, "{}", packed.len());
        refusal(packed.clone(), UnpackLimits::default());
        assert_eq!(
            unpack_within(
                source(packed),
                UnpackLimits {
                    ratio: 1 << 20,
                    ..Default::default()
                }
            )
            .unwrap()
            .len(),
            8
        );
    }

    #[test]
    fn empty_gzip_members_are_skipped() {
        let members = gzip(b"").repeat(20_000);
        assert_eq!(
            unpack(source([members, gzip(TEXT)].concat())).unwrap(),
            [source(TEXT.to_vec())]
        );
    }

    #[test]
    fn unsupported_and_damaged_archives_are_errors() {
        let mut deep = TEXT.to_vec();
        for _ in 0..6 {
            deep = gzip(&deep);
        }
        let cause = |bytes: Vec<u8>| match unpack(source(bytes)) {
            Err(ReadError::Archive { source, .. }) => source.to_string(),
            other => panic!("not refused: {other:?}"),
        };
        assert!(cause(deep).contains("unpack it first"));
        assert!(cause(b"BZh91AY&SY".to_vec()).contains("bzip2"));
        assert!(unpack(source(b"PK\x03\x04....".to_vec())).is_err());
    }
}
