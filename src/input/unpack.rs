//! A file's bytes in, the files within it out: gzip and zstd are opened by content, zip and tar
//! archives are listed, one within another too. Plain files pass untouched. Linear in what comes
//! out, which is bounded: all that comes out of one input, at every level, is counted against one
//! budget.

use std::io::{Cursor, Read};

use super::{ReadError, Source, warc};

/// Archives within archives deeper than this are an error.
const DEEPEST: usize = 4;

/// The bytes that the ratio allows for any input, however short: a short file of one repeated line
/// is no trap.
const FREE_BYTES: u64 = 32 << 20;

/// The logarithm of the largest window of zstd that is opened: 128 MiB, the default of zstd itself.
const ZSTD_WINDOW_LOG: u32 = 27;

/// How many bytes may come out of one packed input: the lesser of `total` and `ratio` times its
/// length, where the ratio allows 32 MiB at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpackLimits {
    /// At most so many bytes.
    pub total: u64,
    /// At most so many times the input's own length.
    pub ratio: u64,
}

impl Default for UnpackLimits {
    /// 8 GiB, and 100 times the length: news in JSON packs to a tenth or less seldom to a fiftieth.
    fn default() -> Self {
        UnpackLimits {
            total: 8 << 30,
            ratio: 100,
        }
    }
}

impl UnpackLimits {
    /// How many bytes may come out of an input of this length.
    pub(super) fn of_length(&self, length: usize) -> u64 {
        self.total
            .min(self.ratio.saturating_mul(length as u64).max(FREE_BYTES))
    }
}

/// What may still come out of an input.
struct Budget {
    limits: UnpackLimits,
    allowed: u64,
    left: u64,
}

impl Budget {
    /// Why an input is refused whose budget is spent.
    fn spent(&self) -> String {
        let allowed = self.allowed as f64 / f64::from(1 << 20);
        let limit = match self.allowed == self.limits.total {
            true => "limit unpack-limit".to_owned(),
            false => format!(
                "limit unpack-ratio of {} times its length",
                self.limits.ratio
            ),
        };
        format!("more than {allowed:.0} MiB come out of it, beyond the {limit}")
    }
}

/// The files that a source holds, in their order; itself if it is neither compressed nor an
/// archive.
///
/// # Errors
/// [`ReadError::Packed`] if it cannot be opened, [`ReadError::Limit`] if it holds too much.
pub fn unpack(source: Source) -> Result<Vec<Source>, ReadError> {
    unpack_within(source, UnpackLimits::default())
}

/// The same within other limits.
///
/// # Errors
/// Those of [`unpack`].
pub fn unpack_within(source: Source, limits: UnpackLimits) -> Result<Vec<Source>, ReadError> {
    let allowed = limits.of_length(source.bytes.len());
    unpack_to(
        source,
        DEEPEST,
        &mut Budget {
            limits,
            allowed,
            left: allowed,
        },
    )
}

fn unpack_to(source: Source, depth: usize, budget: &mut Budget) -> Result<Vec<Source>, ReadError> {
    let Some(packing) = Packing::of(&source.bytes).filter(|_| !warc::is_packed(&source.bytes))
    else {
        return Ok(vec![source]);
    };
    if depth == 0 {
        return Err(broken(
            &source,
            "archives within archives, too deep: unpack it first",
        ));
    }
    let inside = match packing {
        Packing::Gzip => one(
            &source,
            flate2::read::MultiGzDecoder::new(&source.bytes[..]),
            budget,
        )?,
        Packing::Zstd => {
            let opened = zstd::Decoder::new(&source.bytes[..]).and_then(|mut decoder| {
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Ok(decoder)
            });
            one(
                &source,
                opened.map_err(|error| broken(&source, error))?,
                budget,
            )?
        }
        Packing::Zip => zip_members(&source, budget)?,
        Packing::Tar => tar_members(&source, budget)?,
        Packing::Foreign(name) => {
            return Err(broken(
                &source,
                format!("{name} is not read: unpack it first"),
            ));
        }
    };
    let mut files = Vec::new();
    for member in inside {
        files.extend(unpack_to(member, depth - 1, budget)?);
    }
    Ok(files)
}

enum Packing {
    Gzip,
    Zstd,
    Zip,
    Tar,
    Foreign(&'static str),
}

impl Packing {
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(Packing::Zip),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, ..] => Some(Packing::Foreign("bzip2")),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Packing::Foreign("xz")),
            [b'7', b'z', 0xbc, 0xaf, ..] => Some(Packing::Foreign("7z")),
            [b'R', b'a', b'r', b'!', ..] => Some(Packing::Foreign("rar")),
            _ => bytes
                .get(257..262)
                .filter(|mark| *mark == b"ustar")
                .map(|_| Packing::Tar),
        }
    }
}

fn broken(source: &Source, cause: impl ToString) -> ReadError {
    ReadError::Packed {
        name: source.name.clone(),
        cause: cause.to_string(),
    }
}

/// The content of a compressed file. Of a stream that is cut or damaged, what comes out before the
/// flaw is kept.
fn one(source: &Source, stream: impl Read, budget: &mut Budget) -> Result<Vec<Source>, ReadError> {
    let (bytes, flaw) = fill(source, stream, budget)?;
    match flaw {
        Some(flaw) if bytes.is_empty() => Err(broken(source, flaw)),
        flaw => Ok(vec![Source {
            bytes: bytes.into(),
            flaw,
            ..source.emptied()
        }]),
    }
}

/// What comes out of a stream, and why it breaks off if it does. A stream that holds more than is
/// left of the budget is an error, not a flaw: what came out of it has no end that means anything.
fn fill(
    source: &Source,
    stream: impl Read,
    budget: &mut Budget,
) -> Result<(Vec<u8>, Option<String>), ReadError> {
    let mut bytes = Vec::new();
    let flaw = stream
        .take(budget.left.saturating_add(1))
        .read_to_end(&mut bytes)
        .err();
    match budget.left.checked_sub(bytes.len() as u64) {
        Some(left) => budget.left = left,
        None => {
            return Err(ReadError::Limit {
                name: source.name.clone(),
                cause: budget.spent(),
            });
        }
    }
    bytes.shrink_to_fit();
    Ok((
        bytes,
        flaw.map(|error| format!("the compressed stream breaks off: {error}")),
    ))
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
            members.push(Source {
                flaw: Some("the archive breaks off".to_owned()),
                ..source.emptied()
            });
            break;
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && !is_hidden(&name) {
            members.push(member(source, &name, entry, budget)?);
        }
    }
    Ok(members)
}

fn member(
    source: &Source,
    name: &str,
    stream: impl Read,
    budget: &mut Budget,
) -> Result<Source, ReadError> {
    let (bytes, flaw) = fill(source, stream, budget)?;
    Ok(Source {
        name: format!("{}/{}", source.name, name.trim_start_matches("./")),
        bytes: bytes.into(),
        flaw,
        is_named: false,
    })
}

/// Files that an operating system leaves in archives.
fn is_hidden(name: &str) -> bool {
    name.split('/')
        .any(|part| (part.starts_with('.') && part != ".") || part == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"{\"id\":\"1\",\"title\":\"a\"}\n";

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
    fn plain_files_pass() {
        assert_eq!(
            unpack(source(TEXT.to_vec())).unwrap(),
            [source(TEXT.to_vec())]
        );
    }

    #[test]
    fn compressed_files_are_opened() {
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
    fn archives_give_their_files() {
        let files: [(&str, &[u8]); 3] = [
            ("a/one.jsonl", TEXT),
            ("__MACOSX/x", b"no"),
            ("two.gz", &gzip(b"two")),
        ];
        for packed in [tar(&files), zip(&files), gzip(&tar(&files))] {
            let found = unpack(source(packed)).unwrap();
            let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names, ["x/a/one.jsonl", "x/two.gz"]);
            assert_eq!((&*found[0].bytes, &*found[1].bytes), (TEXT, &b"two"[..]));
            assert!(found.iter().all(|one| !one.is_named));
        }
    }

    #[test]
    fn a_cut_stream_keeps_what_came_out() {
        let long = TEXT.repeat(10_000);
        let packed = gzip(&long);
        let found = unpack(source(packed[..packed.len() / 2].to_vec())).unwrap();
        assert!(long.starts_with(&found[0].bytes) && !found[0].bytes.is_empty());
        assert!(found[0].flaw.as_deref().unwrap().contains("breaks off"));
    }

    /// Gzip of so many MiB of one letter, a hundredth of that long or less.
    fn bomb(megabytes: usize) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![b'a'; megabytes << 20]).unwrap();
        encoder.finish().unwrap()
    }

    fn refusal(bytes: Vec<u8>, limits: UnpackLimits) -> String {
        match unpack_within(source(bytes), limits) {
            Err(error @ ReadError::Limit { .. }) => error.to_string(),
            other => panic!("not refused: {:?}", other.map(|files| files.len())),
        }
    }

    #[test]
    fn what_unpacks_to_far_more_than_its_length_is_refused() {
        let one = bomb(33);
        assert!(one.len() < 256 << 10);
        let message = refusal(one.clone(), UnpackLimits::default());
        assert!(
            message.contains("32 MiB")
                && message.contains("100 times")
                && message.contains("unpack-ratio")
        );
        assert_eq!(
            unpack_within(
                source(one),
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
        assert!(refusal(zstd, UnpackLimits::default()).contains("unpack-ratio"));
    }

    #[test]
    fn the_total_holds_for_all_that_is_in_an_input() {
        let limits = UnpackLimits {
            total: 3 << 20,
            ratio: u64::MAX,
        };
        let file = vec![b'x'; 1 << 20];
        let files: [(&str, &[u8]); 4] = [("1", &file), ("2", &file), ("3", &file), ("4", &file)];
        assert!(refusal(zip(&files), limits).contains("3 MiB"));
        assert!(refusal(tar(&files), limits).contains("unpack-limit"));
        assert_eq!(
            unpack_within(source(zip(&files[..3])), limits)
                .unwrap()
                .len(),
            3
        );
    }

    #[test]
    fn archives_that_fan_out_share_one_budget() {
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
    fn many_empty_members_are_one_stream() {
        let members = gzip(b"").repeat(20_000);
        assert_eq!(
            unpack(source([members, gzip(TEXT)].concat())).unwrap(),
            [source(TEXT.to_vec())]
        );
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        let mut deep = TEXT.to_vec();
        for _ in 0..6 {
            deep = gzip(&deep);
        }
        assert!(
            unpack(source(deep))
                .unwrap_err()
                .to_string()
                .contains("unpack it first")
        );
        assert!(
            unpack(source(b"BZh91AY&SY".to_vec()))
                .unwrap_err()
                .to_string()
                .contains("bzip2")
        );
        assert!(unpack(source(b"PK\x03\x04....".to_vec())).is_err());
    }
}
