//! A file's bytes in, the files within it out: gzip and zstd are opened by content, zip and tar archives are listed, one
//! within another too. Plain files pass untouched. Linear in what comes out, which is bounded.

use std::io::{Cursor, Read};

use super::{ReadError, Source, warc};

/// Archives within archives deeper than this are an error.
const DEEPEST: usize = 4;

/// One file within an archive, or one compressed file, may hold so many bytes: more is a trap or needs splitting.
const MOST_BYTES: u64 = 8 << 30;

/// The files that a source holds, in their order; itself if it is neither compressed nor an archive.
///
/// # Errors
/// [`ReadError::Packed`] if it cannot be opened or holds too much.
pub fn unpack(source: Source) -> Result<Vec<Source>, ReadError> {
    unpack_to(source, DEEPEST)
}

fn unpack_to(source: Source, depth: usize) -> Result<Vec<Source>, ReadError> {
    let Some(packing) = Packing::of(&source.bytes).filter(|_| !warc::is_packed(&source.bytes)) else {
        return Ok(vec![source]);
    };
    if depth == 0 {
        return Err(broken(&source, "archives within archives, too deep: unpack it first"));
    }
    let inside = match packing {
        Packing::Gzip => one(&source, flate2::read::MultiGzDecoder::new(&source.bytes[..]))?,
        Packing::Zstd => {
            let decoder = zstd::Decoder::new(&source.bytes[..]).map_err(|error| broken(&source, error))?;
            one(&source, decoder)?
        }
        Packing::Zip => zip_members(&source)?,
        Packing::Tar => tar_members(&source)?,
        Packing::Foreign(name) => return Err(broken(&source, format!("{name} is not read: unpack it first"))),
    };
    let nested: Result<Vec<Vec<Source>>, ReadError> =
        inside.into_iter().map(|member| unpack_to(member, depth - 1)).collect();
    Ok(nested?.into_iter().flatten().collect())
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
            _ => bytes.get(257..262).filter(|mark| *mark == b"ustar").map(|_| Packing::Tar),
        }
    }
}

fn broken(source: &Source, cause: impl ToString) -> ReadError {
    ReadError::Packed { name: source.name.clone(), cause: cause.to_string() }
}

/// The content of a compressed file. Of a stream that is cut or damaged, what comes out before the flaw is kept.
fn one(source: &Source, stream: impl Read) -> Result<Vec<Source>, ReadError> {
    let (bytes, flaw) = fill(stream);
    match flaw {
        Some(flaw) if bytes.is_empty() => Err(broken(source, flaw)),
        flaw => Ok(vec![Source { bytes: bytes.into(), flaw, ..source.emptied() }]),
    }
}

fn fill(stream: impl Read) -> (Vec<u8>, Option<String>) {
    let mut bytes = Vec::new();
    let flaw = match stream.take(MOST_BYTES + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 > MOST_BYTES => Some(format!("more than {MOST_BYTES} bytes: split it")),
        Ok(_) => None,
        Err(error) => Some(format!("the compressed stream breaks off: {error}")),
    };
    (bytes, flaw)
}

fn zip_members(source: &Source) -> Result<Vec<Source>, ReadError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(&source.bytes[..])).map_err(|error| broken(source, error))?;
    let mut members = Vec::new();
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(|error| broken(source, error))?;
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        if file.is_file() && !is_hidden(&name) {
            members.push(member(source, &name, file));
        }
    }
    Ok(members)
}

fn tar_members(source: &Source) -> Result<Vec<Source>, ReadError> {
    let mut archive = tar::Archive::new(&source.bytes[..]);
    let mut members = Vec::new();
    for entry in archive.entries().map_err(|error| broken(source, error))? {
        let Ok(entry) = entry else {
            members.push(Source { flaw: Some("the archive breaks off".to_owned()), ..source.emptied() });
            break;
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && !is_hidden(&name) {
            members.push(member(source, &name, entry));
        }
    }
    Ok(members)
}

fn member(source: &Source, name: &str, stream: impl Read) -> Source {
    let (bytes, flaw) = fill(stream);
    Source {
        name: format!("{}/{}", source.name, name.trim_start_matches("./")),
        bytes: bytes.into(),
        flaw,
        is_named: false,
    }
}

/// Files that an operating system leaves in archives.
fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| (part.starts_with('.') && part != ".") || part == "__MACOSX")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"{\"id\":\"1\",\"title\":\"a\"}\n";

    fn source(bytes: Vec<u8>) -> Source {
        Source { name: "x".into(), bytes: bytes.into(), ..Source::default() }
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
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn plain_files_pass() {
        assert_eq!(unpack(source(TEXT.to_vec())).unwrap(), [source(TEXT.to_vec())]);
    }

    #[test]
    fn compressed_files_are_opened() {
        for packed in
            [gzip(TEXT), zstd::encode_all(TEXT, 1).unwrap(), gzip(&gzip(TEXT)), [gzip(TEXT), gzip(b"")].concat()]
        {
            assert_eq!(unpack(source(packed)).unwrap(), [source(TEXT.to_vec())]);
        }
    }

    #[test]
    fn archives_give_their_files() {
        let files: [(&str, &[u8]); 3] = [("a/one.jsonl", TEXT), ("__MACOSX/x", b"no"), ("two.gz", &gzip(b"two"))];
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

    #[test]
    fn what_cannot_be_opened_is_named() {
        let mut deep = TEXT.to_vec();
        for _ in 0..6 {
            deep = gzip(&deep);
        }
        assert!(unpack(source(deep)).unwrap_err().to_string().contains("unpack it first"));
        assert!(unpack(source(b"BZh91AY&SY".to_vec())).unwrap_err().to_string().contains("bzip2"));
        assert!(unpack(source(b"PK\x03\x04....".to_vec())).is_err());
    }
}
