//! Web archives (WARC, ISO 28500) to the articles of their pages.
//!
//! Input: the bytes of an archive, compressed or not. Output: an article per web page, under the
//! address that was requested. Cost: linear in the archive; pages are parsed in parallel.
//!
//! Records other than web pages are skipped. The crawl date is kept in the record of an item and is
//! not its date of publication.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::GzDecoder;
use memchr::memmem;
use rayon::prelude::*;

use super::unpack_limits::MAX_PAGE_BYTES;
use super::{RejectCause, RejectedRecord, Source, UnpackLimits, WarcError, charset, webpage};
use crate::article::Article;

/// The first bytes of every record.
const MAGIC: &[u8] = b"WARC/";

/// The first bytes of a gzip member with deflated content.
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b, 8];

/// Maximum bytes of the headers of a record or a response.
const MAX_HEADER_BYTES: usize = 1 << 16;

/// Bytes of unpacked gzip members that are in memory at a time.
const BATCH_BYTES: usize = 64 << 20;

/// After a damaged gzip member, at most this many possible starts of the next are tried.
const MAX_SYNC_ATTEMPTS: usize = 10_000;

/// What a record gives: an article, nothing, or why it was not read.
type PageResult = Result<Option<Article<'static>>, RejectCause>;

/// Whether bytes are a web archive, compressed or not.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC) || is_compressed(bytes)
}

/// Whether bytes are a web archive in gzip, which is decompressed member by member.
pub(super) fn is_compressed(bytes: &[u8]) -> bool {
    let mut start = [0; MAGIC.len()];
    bytes.starts_with(GZIP_MAGIC)
        && GzDecoder::new(bytes).read_exact(&mut start).is_ok()
        && start == MAGIC
}

/// The articles of an archive, and the rejected records by their number.
pub(super) fn pages(source: &Source) -> (Vec<Article<'static>>, Vec<RejectedRecord>) {
    let pages = if source.bytes.starts_with(GZIP_MAGIC) {
        pages_of_members(&source.bytes, source.limits)
    } else {
        pages_of_records(&source.bytes)
    };
    let (mut articles, mut rejected) = (Vec::new(), Vec::new());
    for (at, page) in pages.into_iter().enumerate() {
        match page {
            Ok(article) => articles.extend(article),
            Err(cause) => rejected.push(RejectedRecord {
                source: source.name.clone(),
                line: at + 1,
                cause,
            }),
        }
    }
    (articles, rejected)
}

fn pages_of_records(archive: &[u8]) -> Vec<PageResult> {
    let records: Vec<Result<Record<'_>, WarcError>> = WarcRecords { rest: archive }.collect();
    records
        .into_par_iter()
        .map(|record| {
            record
                .map_err(RejectCause::from)
                .and_then(|record| page(&record))
        })
        .collect()
}

/// The pages of a compressed archive. Members are decompressed in batches, so the total limit does
/// not apply, only the ratio.
fn pages_of_members(archive: &[u8], limits: UnpackLimits) -> Vec<PageResult> {
    let ratio_only = UnpackLimits {
        total: u64::MAX,
        ..limits
    };
    let mut members = GzipMembers {
        rest: archive,
        left: ratio_only.of_length(archive.len()),
    };
    let mut pages = Vec::new();
    loop {
        let batch = members.batch();
        if batch.is_empty() {
            return pages;
        }
        pages.par_extend(batch.into_par_iter().flat_map_iter(pages_of_member));
    }
}

fn pages_of_member(GzipMember { bytes, flaw }: GzipMember) -> Vec<PageResult> {
    let mut pages = pages_of_records(&bytes);
    if let Some(flaw) = flaw {
        // A record that the damage cuts off is reported once.
        if pages.last().is_some_and(Result::is_err) {
            pages.pop();
        }
        pages.push(Err(flaw.into()));
    }
    pages
}

/// The content of a gzip member, and what is wrong with the member.
struct GzipMember {
    bytes: Vec<u8>,
    flaw: Option<WarcError>,
}

impl GzipMember {
    fn unread(flaw: WarcError) -> Self {
        GzipMember {
            bytes: Vec::new(),
            flaw: Some(flaw),
        }
    }
}

/// The members of a gzip file. After a damaged member, reading goes on with the next that begins a
/// record.
struct GzipMembers<'a> {
    rest: &'a [u8],
    /// Bytes that may still come out.
    left: u64,
}

impl Iterator for GzipMembers<'_> {
    type Item = GzipMember;

    fn next(&mut self) -> Option<GzipMember> {
        if self.rest.is_empty() {
            return None;
        }
        if !self.rest.starts_with(GZIP_MAGIC) {
            let is_padding = self.rest.iter().all(|&byte| byte == 0);
            self.seek_record();
            return (!is_padding).then(|| GzipMember::unread(WarcError::NoRecord));
        }
        let mut decoder = GzDecoder::new(self.rest);
        let mut bytes = Vec::new();
        let read = decoder
            .by_ref()
            .take(self.left.saturating_add(1))
            .read_to_end(&mut bytes);
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            self.rest = &[];
            return Some(GzipMember::unread(WarcError::LimitExceeded));
        };
        self.left = left;
        let flaw = match read {
            Ok(_) => {
                self.rest = decoder.into_inner();
                None
            }
            Err(error) => {
                self.seek_record();
                Some(WarcError::DamagedMember(error.to_string()))
            }
        };
        Some(GzipMember { bytes, flaw })
    }
}

impl GzipMembers<'_> {
    /// The next members, up to [`BATCH_BYTES`] of content.
    fn batch(&mut self) -> Vec<GzipMember> {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES
            && let Some(member) = self.next()
        {
            bytes += member.bytes.len();
            batch.push(member);
        }
        batch
    }

    /// Skips to the next member that begins a record.
    fn seek_record(&mut self) {
        let mut starts = memmem::find_iter(&self.rest[1..], GZIP_MAGIC)
            .take(MAX_SYNC_ATTEMPTS)
            .map(|at| &self.rest[at + 1..]);
        self.rest = starts.find(|rest| is_compressed(rest)).unwrap_or_default();
    }
}

/// A record: its headers and its content.
struct Record<'a> {
    head: Head<'a>,
    content: &'a [u8],
}

/// The records of an archive. After a damaged record, reading goes on with the next line that
/// begins a record.
struct WarcRecords<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for WarcRecords<'a> {
    type Item = Result<Record<'a>, WarcError>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self
            .rest
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
        self.rest = &self.rest[start..];
        let record = self.record();
        if record.is_err() {
            let next = memmem::find(&self.rest[1..], b"\nWARC/");
            self.rest = next.map_or(&[], |at| &self.rest[at + 2..]);
        }
        Some(record)
    }
}

impl<'a> WarcRecords<'a> {
    fn record(&mut self) -> Result<Record<'a>, WarcError> {
        if !self.rest.starts_with(MAGIC) {
            return Err(WarcError::NoRecord);
        }
        let (head, rest) = Head::parse(self.rest).ok_or(WarcError::CutHeaders)?;
        let length = head
            .get("content-length")
            .and_then(|length| length.parse::<usize>().ok())
            .ok_or(WarcError::NoLength)?;
        let (content, after) = rest.split_at_checked(length).ok_or(WarcError::CutRecord)?;
        let next = after.trim_ascii_start();
        let is_separated = next.len() < after.len();
        let is_followed = next.is_empty() || next.starts_with(MAGIC);
        if !is_followed && (!is_separated || memmem::find(content, b"\nWARC/").is_some()) {
            return Err(WarcError::WrongLength);
        }
        self.rest = after;
        Ok(Record { head, content })
    }
}

/// The first line of a record or a response, and its headers.
struct Head<'a> {
    first: Cow<'a, str>,
    headers: Vec<(String, Cow<'a, str>)>,
}

impl<'a> Head<'a> {
    /// The head, and the bytes behind the empty line that ends it. `None` if no such line comes
    /// before the next record.
    fn parse(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut lines = Vec::new();
        let mut at = 0;
        while at < bytes.len().min(MAX_HEADER_BYTES) {
            let end = at + memchr::memchr(b'\n', &bytes[at..])?;
            let line = bytes[at..end].trim_ascii();
            at = end + 1;
            if line.is_empty() {
                return Some((Head::of_lines(lines)?, &bytes[at..]));
            }
            if line.starts_with(MAGIC) && !lines.is_empty() {
                return None;
            }
            lines.push(line);
        }
        None
    }

    fn of_lines(lines: Vec<&'a [u8]>) -> Option<Self> {
        let mut lines = lines.into_iter().map(String::from_utf8_lossy);
        Some(Head {
            first: lines.next()?,
            headers: lines.filter_map(header).collect(),
        })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| &**value)
    }

    /// Whether the value of a header contains a word in lower case.
    fn contains(&self, name: &str, word: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.to_ascii_lowercase().contains(word))
    }
}

fn header(line: Cow<'_, str>) -> Option<(String, Cow<'_, str>)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim().to_ascii_lowercase();
    Some((name, Cow::Owned(value.trim().to_owned())))
}

/// The article of a record that holds a web page; `None` for other records, failed requests and
/// redirects.
fn page(record: &Record<'_>) -> PageResult {
    let Record { head, content } = record;
    let is_http = head.contains("content-type", "application/http");
    let kind = head
        .get("warc-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let (response, body) = match kind.as_str() {
        "response" if is_http => {
            let (response, body) = Head::parse(content).ok_or(WarcError::CutResponseHeaders)?;
            (Some(response), body)
        }
        "response" | "resource" => (None, *content),
        _ => return Ok(None),
    };
    let body_head = response.as_ref().unwrap_or(head);
    if !response.as_ref().is_none_or(is_success) || !is_page(body_head, body) {
        return Ok(None);
    }
    let body = match &response {
        Some(response) => decoded(response, body)?,
        None => Cow::Borrowed(body),
    };
    let mut item = webpage::item(&text(body_head, &body))?;
    let address = head
        .get("warc-target-uri")
        .map(|address| address.trim_matches(['<', '>']).to_owned());
    item.id = address.clone().or(item.id);
    item.url = address.or(item.url);
    item.fetched = head.get("warc-date").map(str::to_owned);
    Ok(Some(item.into_article()))
}

/// Whether the status of a response is 2xx.
fn is_success(response: &Head<'_>) -> bool {
    response
        .first
        .split_ascii_whitespace()
        .nth(1)
        .is_some_and(|status| status.len() == 3 && status.starts_with('2'))
}

/// Whether the content is a web page, by its declared type, or else by its first bytes.
fn is_page(head: &Head<'_>, body: &[u8]) -> bool {
    if head.get("content-type").is_some() {
        return head.contains("content-type", "text/html")
            || head.contains("content-type", "application/xhtml");
    }
    let start = body.trim_ascii_start();
    let start = start[..start.len().min(16)].to_ascii_lowercase();
    start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
}

/// The content without chunked transfer encoding and compression.
///
/// Crawlers may decode the body and keep the headers, so a body that is not chunked or compressed
/// passes unchanged.
fn decoded<'a>(response: &Head<'_>, body: &'a [u8]) -> Result<Cow<'a, [u8]>, WarcError> {
    let is_chunked = response.contains("transfer-encoding", "chunked");
    let unchunked = if is_chunked {
        without_chunks(body)
    } else {
        None
    };
    let body = unchunked.map_or(Cow::Borrowed(body), Cow::Owned);
    let decompressed = match body[..] {
        [0x1f, 0x8b, ..] => decompress(flate2::read::MultiGzDecoder::new(&body[..])),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => match zstd::Decoder::new(&body[..]) {
            Ok(decoder) => decompress(decoder),
            Err(error) => Err(WarcError::DamagedPage(error.to_string())),
        },
        [0x78, ..] if response.contains("content-encoding", "deflate") => {
            decompress(flate2::read::ZlibDecoder::new(&body[..]))
        }
        _ if response.contains("content-encoding", "br") && str::from_utf8(&body).is_err() => {
            Err(WarcError::Brotli)
        }
        _ => return Ok(body),
    };
    decompressed.map(Cow::Owned)
}

fn decompress(stream: impl Read) -> Result<Vec<u8>, WarcError> {
    let mut bytes = Vec::new();
    stream
        .take(MAX_PAGE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| WarcError::DamagedPage(error.to_string()))?;
    if bytes.len() as u64 > MAX_PAGE_BYTES {
        return Err(WarcError::PageTooLarge);
    }
    Ok(bytes)
}

/// The content of chunks, each preceded by its length in hexadecimal digits; `None` if the body is
/// not chunked.
fn without_chunks(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(body.len());
    while !body.is_empty() {
        let end = memchr::memchr(b'\n', body)?;
        let digits = body[..end].split(|&byte| byte == b';').next()?.trim_ascii();
        let length = usize::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        if length == 0 {
            return Some(content);
        }
        let rest = &body[end + 1..];
        content.extend_from_slice(&rest[..length.min(rest.len())]);
        body = rest.get(length..).unwrap_or_default();
        body = body
            .strip_prefix(b"\r\n")
            .or_else(|| body.strip_prefix(b"\n"))
            .unwrap_or(body);
    }
    Some(content)
}

/// The text of a page. The server may declare its character set.
fn text<'b>(head: &Head<'_>, body: &'b [u8]) -> Cow<'b, str> {
    let content_type = head
        .get("content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let label = content_type
        .split_once("charset=")
        .and_then(|(_, label)| label.split(';').next())
        .map(|label| label.trim_matches(['"', '\'', ' ']));
    charset::decode_labelled(body, label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(archive: &[u8]) -> (Vec<Article<'static>>, Vec<RejectedRecord>) {
        super::pages(&Source::new("f", archive.to_vec()))
    }

    fn html(title: &str) -> String {
        format!(
            "<html><head><title>{title}</title></head><body><p>Cars crossed in the morning.</p></body></html>"
        )
    }

    fn record(kind: &str, uri: &str, content: &[u8]) -> Vec<u8> {
        let head = format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2025-10-15T08:00:00Z\r\n\
             Content-Type: application/http; msgtype={kind}\r\nContent-Length: {}\r\n\r\n",
            content.len()
        );
        [head.as_bytes(), content, b"\r\n\r\n"].concat()
    }

    fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
        [
            format!("HTTP/1.1 {status}\r\n{headers}\r\n\r\n").as_bytes(),
            body,
        ]
        .concat()
    }

    fn response(uri: &str, headers: &str, body: &[u8]) -> Vec<u8> {
        record("response", uri, &answer("200 OK", headers, body))
    }

    fn titles(archive: &[u8]) -> (Vec<String>, Vec<usize>) {
        let (articles, rejected) = pages(archive);
        let titles = articles
            .into_iter()
            .map(|article| article.title.into_owned())
            .collect();
        (
            titles,
            rejected.into_iter().map(|record| record.line).collect(),
        )
    }

    const HTML: &str = "Content-Type: text/html; charset=UTF-8";

    #[test]
    fn pages_become_items_and_other_records_are_skipped() {
        let archive = [
            record("warcinfo", "", b"software: crawler\r\n"),
            record("request", "https://a.example/1", b"GET /1 HTTP/1.1\r\n\r\n"),
            response("https://a.example/1", HTML, html("Bridge opens").as_bytes()),
            response(
                "https://a.example/p.png",
                "Content-Type: image/png",
                b"\x89PNG",
            ),
            record(
                "response",
                "https://a.example/2",
                &answer("404 Not Found", HTML, html("Gone").as_bytes()),
            ),
            record(
                "response",
                "https://a.example/3",
                &answer("301 Moved", HTML, html("Moved").as_bytes()),
            ),
            response(
                "<https://a.example/4>",
                "Server: s",
                html("Ferry returns").as_bytes(),
            ),
        ]
        .concat();
        let (articles, rejected) = pages(&archive);
        let found: Vec<(&str, &str)> = articles
            .iter()
            .map(|item| (&*item.id, &*item.title))
            .collect();
        assert_eq!(
            found,
            [
                ("https://a.example/1", "Bridge opens"),
                ("https://a.example/4", "Ferry returns")
            ]
        );
        assert_eq!(
            (articles[0].url.as_deref(), articles[0].published),
            (Some("https://a.example/1"), None)
        );
        assert!(
            articles[0]
                .record
                .contains("\"date_fetched\":\"2025-10-15T08:00:00Z\""),
            "{}",
            articles[0].record
        );
        assert_eq!(rejected, []);
    }

    #[test]
    fn damaged_records_are_rejected_and_the_rest_is_read() {
        let good = |title: &str| response("https://a.example/", HTML, html(title).as_bytes());
        let bad = good("Lost");
        let text = String::from_utf8(bad.clone()).unwrap();
        for broken in [
            bad[..bad.len() - 40].to_vec(),
            text.replace("Content-Length: ", "Content-Length: 9")
                .into_bytes(),
            text.replace("Content-Length: ", "Length: ").into_bytes(),
            b"WARC/1.0\r\nWARC-Type: response\r\n".to_vec(),
            b"noise between the records".to_vec(),
        ] {
            let archive = [good("One"), broken.clone(), b"\r\n".to_vec(), good("Two")].concat();
            let expected = (vec!["One".to_owned(), "Two".to_owned()], vec![2]);
            let (found, lines) = titles(&archive);
            assert_eq!(
                (found, &lines[..1]),
                (expected.0, &expected.1[..]),
                "{}",
                String::from_utf8_lossy(&broken)
            );
            let cut = [good("One"), broken].concat();
            assert_eq!(titles(&cut), (vec!["One".to_owned()], vec![2]));
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn damaged_members_are_rejected_and_the_rest_is_read() {
        let good = |title: &str| response("https://a.example/", HTML, html(title).as_bytes());
        let (one, two) = (gzip(&good("One")), gzip(&good("Two")));
        let mut flipped = gzip(&good("Lost"));
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0xff;
        for broken in [flipped[..middle].to_vec(), flipped, b"noise".to_vec()] {
            let archive = [&one[..], &broken, &two].concat();
            assert!(is_compressed(&archive));
            assert_eq!(
                titles(&archive),
                (vec!["One".to_owned(), "Two".to_owned()], vec![2])
            );
            assert_eq!(
                titles(&[&one[..], &broken].concat()),
                (vec!["One".to_owned()], vec![2])
            );
        }
        assert!(titles(&[&one[..], &two, &[0; 9]].concat()).1.is_empty());
        // All records in one truncated member.
        let figures: String = (1000..1500).map(|n| n.to_string()).collect();
        let long = response(
            "https://a.example/",
            HTML,
            (html("Two") + &figures).as_bytes(),
        );
        let whole = gzip(&[good("One"), long].concat());
        assert_eq!(titles(&whole).0, ["One", "Two"]);
        assert_eq!(
            titles(&whole[..whole.len() - 40]),
            (vec!["One".to_owned()], vec![2])
        );
    }

    #[test]
    fn decompression_bombs_are_rejected() {
        let bomb = gzip(&response("https://a.example/", HTML, &vec![b' '; 33 << 20]));
        assert!(bomb.len() < (33 << 20) / 100);
        let (articles, rejected) = pages(&bomb);
        assert!(articles.is_empty());
        assert_eq!(rejected[0].cause, WarcError::LimitExceeded.into());
    }

    #[test]
    fn chunks_compression_and_character_sets_are_decoded() {
        let page = html("Bridge opens");
        let (front, back) = page.split_at(30);
        let chunks = format!(
            "{:x}\r\n{front}\r\n{:x};x=1\r\n{back}\r\n0\r\n\r\n",
            front.len(),
            back.len()
        );
        let gzip = gzip(page.as_bytes());
        let archive = [
            response(
                "https://a.example/1",
                &format!("{HTML}\r\nTransfer-Encoding: chunked"),
                chunks.as_bytes(),
            ),
            response(
                "https://a.example/2",
                &format!("{HTML}\r\nTransfer-Encoding: chunked"),
                page.as_bytes(),
            ),
            response(
                "https://a.example/3",
                &format!("{HTML}\r\nContent-Encoding: gzip"),
                &gzip,
            ),
            response(
                "https://a.example/4",
                &format!("{HTML}\r\nContent-Encoding: gzip"),
                page.as_bytes(),
            ),
        ]
        .concat();
        assert_eq!(
            titles(&archive),
            (vec!["Bridge opens".to_owned(); 4], vec![])
        );
        let arabic = encoding_rs::WINDOWS_1256
            .encode(&html("الشرع في موسكو"))
            .0
            .into_owned();
        let archive = response(
            "https://a.example/",
            "Content-Type: text/html; charset=windows-1256",
            &arabic,
        );
        assert_eq!(titles(&archive).0, ["الشرع في موسكو"]);
        // Many servers declare Latin-1 for all content.
        let story = "افتتح الوزير الجسر الجديد صباح اليوم بعد عامين من العمل. ".repeat(9);
        let page = html("الشرع في موسكو").replace("Cars crossed in the morning.", &story);
        for charset in ["ISO-8859-1", "iso-8859-1"] {
            let damaged = [page.as_bytes(), b"\xd8"].concat();
            for body in [&*encoding_rs::WINDOWS_1256.encode(&page).0, &damaged] {
                let archive = response(
                    "https://a.example/",
                    &format!("Content-Type: text/html; charset={charset}"),
                    body,
                );
                assert_eq!(titles(&archive).0, ["الشرع في موسكو"]);
            }
        }
        let brotli = response(
            "https://a.example/",
            &format!("{HTML}\r\nContent-Encoding: br"),
            b"\x8b\xff\x00",
        );
        assert_eq!(titles(&[brotli, archive].concat()).1, [1]);
    }
}
