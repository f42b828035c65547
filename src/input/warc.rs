//! A web archive (WARC, ISO 28500) in, the articles of the pages in it out. Answers of servers that
//! are web pages become items under the address that was asked for; other records are passed over,
//! and a damaged one is named and skipped. The date of crawling stands in an item's record and is
//! not taken for that of publication. Linear in the archive; pages are read in parallel.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::GzDecoder;
use memchr::memmem;
use rayon::prelude::*;

use super::{Skipped, UnpackLimits, charset, web};
use crate::article::Article;

/// How every archive begins.
pub(super) const MARK: &[u8] = b"WARC/";

/// The most bytes of headers before the content of a record or an answer.
const LONGEST_HEAD: usize = 1 << 16;

/// The most bytes that a compressed page may unpack to.
const LONGEST_PAGE: u64 = 64 << 20;

/// The bytes of unpacked members that are held at a time.
const BATCH_BYTES: usize = 64 << 20;

/// A record: its headers and its content.
struct Record<'a> {
    head: Head<'a>,
    content: &'a [u8],
}

/// What a record gives: an article, nothing, or what is wrong with it.
type Page = Result<Option<Article<'static>>, String>;

/// Whether bytes are an archive, or a compressed one.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK) || is_packed(bytes)
}

/// Whether bytes are an archive in gzip, which is opened record by record instead of whole.
pub(super) fn is_packed(bytes: &[u8]) -> bool {
    let mut start = [0; MARK.len()];
    bytes.starts_with(GZIP) && GzDecoder::new(bytes).read_exact(&mut start).is_ok() && start == MARK
}

/// The articles of an archive's pages, and the records that could not be read, by their number.
pub(super) fn pages(name: &str, archive: &[u8]) -> (Vec<Article<'static>>, Vec<Skipped>) {
    let read = if archive.starts_with(GZIP) {
        pages_of_members(archive)
    } else {
        pages_of_records(archive)
    };
    let (mut articles, mut skipped) = (Vec::new(), Vec::new());
    for (at, read) in read.into_iter().enumerate() {
        match read {
            Ok(article) => articles.extend(article),
            Err(cause) => skipped.push(Skipped {
                source: name.to_owned(),
                line: at + 1,
                cause,
            }),
        }
    }
    (articles, skipped)
}

fn pages_of_records(archive: &[u8]) -> Vec<Page> {
    let records: Vec<Result<Record<'_>, String>> = Records { rest: archive }.collect();
    records
        .into_par_iter()
        .map(|record| record.and_then(|record| page(&record)))
        .collect()
}

/// The same of a compressed archive, of which some members are opened at a time.
fn pages_of_members(archive: &[u8]) -> Vec<Page> {
    // Members are opened some at a time, so that of the limits only the ratio counts.
    let left = UnpackLimits {
        total: u64::MAX,
        ..UnpackLimits::default()
    }
    .of_length(archive.len());
    let mut members = Members {
        rest: archive,
        left,
    };
    let mut pages = Vec::new();
    loop {
        let mut batch: Vec<(Vec<u8>, Option<String>)> = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES
            && let Some(member) = members.next()
        {
            bytes += member.0.len();
            batch.push(member);
        }
        if batch.is_empty() {
            return pages;
        }
        let read = batch.into_par_iter().map(|(member, flaw)| {
            let mut pages = pages_of_records(&member);
            // What breaks off within a record is told once.
            pages.truncate(
                pages.len()
                    - usize::from(flaw.is_some() && pages.last().is_some_and(Result::is_err)),
            );
            pages.extend(flaw.map(Err));
            pages
        });
        pages.par_extend(read.flatten_iter());
    }
}

/// How a member of gzip begins, whose content is deflated.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

/// After a damaged member, so many places that look like the beginning of another are tried.
const MOST_TRIED: usize = 10_000;

/// The contents of the members of a file in gzip, each with what is wrong with it. After a damaged
/// one, reading goes on with the next that begins a record.
struct Members<'a> {
    rest: &'a [u8],
    /// How many bytes may still come out.
    left: u64,
}

impl Iterator for Members<'_> {
    type Item = (Vec<u8>, Option<String>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        if !self.rest.starts_with(GZIP) {
            let is_padding = self.rest.iter().all(|&byte| byte == 0);
            self.seek();
            return if is_padding {
                None
            } else {
                Some((Vec::new(), Some("no record begins here".to_owned())))
            };
        }
        let mut member = GzDecoder::new(self.rest);
        let mut bytes = Vec::new();
        let read = member.by_ref().take(self.left + 1).read_to_end(&mut bytes);
        if bytes.len() as u64 > self.left {
            self.rest = &[];
            return Some((
                Vec::new(),
                Some(
                    "too much comes out of the archive for its length: unpack it first".to_owned(),
                ),
            ));
        }
        self.left -= bytes.len() as u64;
        match read {
            Ok(_) => self.rest = member.into_inner(),
            Err(_) => self.seek(),
        }
        Some((
            bytes,
            read.err()
                .map(|error| format!("the compressed record breaks off: {error}")),
        ))
    }
}

impl Members<'_> {
    /// Goes on to the next member that begins a record.
    fn seek(&mut self) {
        let mut starts = memmem::find_iter(&self.rest[1..], GZIP)
            .take(MOST_TRIED)
            .map(|at| &self.rest[at + 1..]);
        self.rest = starts.find(|rest| is_packed(rest)).unwrap_or_default();
    }
}

/// The records of an archive one after another. After a damaged one, reading goes on with the next
/// line that begins a record.
struct Records<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self
            .rest
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())?;
        self.rest = &self.rest[start..];
        let read = self.record();
        if read.is_err() {
            let next =
                memmem::find(&self.rest[1..], b"\nWARC/").map_or(self.rest.len(), |at| at + 2);
            self.rest = &self.rest[next..];
        }
        Some(read)
    }
}

impl<'a> Records<'a> {
    fn record(&mut self) -> Result<Record<'a>, String> {
        if !self.rest.starts_with(MARK) {
            return Err("no record of a web archive begins here".to_owned());
        }
        let (head, rest) = Head::of(self.rest).ok_or("the headers of the record break off")?;
        let length = head
            .get("content-length")
            .and_then(|length| length.parse::<usize>().ok());
        let length = length.ok_or("the record has no Content-Length")?;
        let content = rest.get(..length).ok_or("the record breaks off")?;
        let after = &rest[length..];
        let next = after
            .iter()
            .position(|byte| !byte.is_ascii_whitespace())
            .unwrap_or(after.len());
        let follows = next == after.len() || after[next..].starts_with(MARK);
        if !follows && (next == 0 || memmem::find(content, b"\nWARC/").is_some()) {
            return Err("the record does not end where its Content-Length says".to_owned());
        }
        self.rest = after;
        Ok(Record { head, content })
    }
}

/// The first line of a record or of a server's answer, and the headers below it.
struct Head<'a> {
    first: Cow<'a, str>,
    headers: Vec<(String, Cow<'a, str>)>,
}

impl<'a> Head<'a> {
    /// The head, and what follows the empty line below it. None if there is no such line before the
    /// next record.
    fn of(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut lines = Vec::new();
        let mut at = 0;
        while at < bytes.len().min(LONGEST_HEAD) {
            let end = at + memchr::memchr(b'\n', &bytes[at..])?;
            let line = bytes[at..end].trim_ascii();
            at = end + 1;
            if line.is_empty() {
                let mut lines = lines.into_iter().map(String::from_utf8_lossy);
                let first = lines.next()?;
                return Some((
                    Head {
                        first,
                        headers: lines.filter_map(header).collect(),
                    },
                    &bytes[at..],
                ));
            }
            if line.starts_with(MARK) && !lines.is_empty() {
                return None;
            }
            lines.push(line);
        }
        None
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| &**value)
    }

    /// Whether a header has a word, whatever else it says.
    fn says(&self, name: &str, word: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.to_ascii_lowercase().contains(word))
    }
}

fn header(line: Cow<'_, str>) -> Option<(String, Cow<'_, str>)> {
    let (name, value) = line.split_once(':')?;
    Some((
        name.trim().to_ascii_lowercase(),
        Cow::Owned(value.trim().to_owned()),
    ))
}

/// The article of a record that holds a web page; none of another, and of a page that nobody wrote:
/// one that is not there or that leads elsewhere.
fn page(record: &Record<'_>) -> Result<Option<Article<'static>>, String> {
    let Record { head, content } = record;
    let is_answer = head.says("content-type", "application/http");
    let kind = head
        .get("warc-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let (answer, body) = match kind.as_str() {
        "response" if is_answer => {
            let (answer, body) =
                Head::of(content).ok_or("the headers of the server's answer break off")?;
            (Some(answer), body)
        }
        "response" | "resource" => (None, *content),
        _ => return Ok(None),
    };
    let of_body = answer.as_ref().unwrap_or(head);
    if !answer.as_ref().is_none_or(is_ok) || !is_page(of_body, body) {
        return Ok(None);
    }
    let body = match &answer {
        Some(answer) => decoded(answer, body)?,
        None => Cow::Borrowed(body),
    };
    let mut item = web::item(&text(of_body, &body))?;
    let address = head
        .get("warc-target-uri")
        .map(|address| address.trim_matches(['<', '>']).to_owned());
    item.id = address.clone().or(item.id);
    item.url = address.or(item.url);
    item.fetched = head.get("warc-date").map(str::to_owned);
    Ok(Some(item.into_article()))
}

/// Whether a server gave what it was asked for.
fn is_ok(answer: &Head<'_>) -> bool {
    answer
        .first
        .split_ascii_whitespace()
        .nth(1)
        .is_some_and(|status| status.len() == 3 && status.starts_with('2'))
}

/// Whether the content is a web page, by its declared type, and without one by how it begins.
fn is_page(head: &Head<'_>, body: &[u8]) -> bool {
    match head.get("content-type") {
        Some(_) => {
            head.says("content-type", "text/html") || head.says("content-type", "application/xhtml")
        }
        None => {
            let start = body.trim_ascii_start();
            let start = start[..start.len().min(16)].to_ascii_lowercase();
            start.starts_with(b"<!doctype html") || start.starts_with(b"<html")
        }
    }
}

/// The content without the chunks and the compression that the server sent it in. Crawlers that
/// took them off leave the headers, so what is in no chunks or not compressed passes as it is.
fn decoded<'a>(answer: &Head<'_>, body: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
    let in_chunks = answer.says("transfer-encoding", "chunked");
    let body = in_chunks
        .then(|| without_chunks(body))
        .flatten()
        .map_or(Cow::Borrowed(body), Cow::Owned);
    let unpacked = match body[..] {
        [0x1f, 0x8b, ..] => unpacked(flate2::read::MultiGzDecoder::new(&body[..])),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => zstd::Decoder::new(&body[..])
            .map_err(|e| e.to_string())
            .and_then(unpacked),
        [0x78, ..] if answer.says("content-encoding", "deflate") => {
            unpacked(flate2::read::ZlibDecoder::new(&body[..]))
        }
        _ if answer.says("content-encoding", "br") && str::from_utf8(&body).is_err() => {
            return Err("the page is compressed by Brotli, which is not read here".to_owned());
        }
        _ => return Ok(body),
    };
    unpacked.map(Cow::Owned)
}

/// The bytes that come out of a compressed page.
fn unpacked(stream: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    stream
        .take(LONGEST_PAGE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("the page breaks off: {error}"))?;
    if bytes.len() as u64 > LONGEST_PAGE {
        return Err(format!("the page has more than {LONGEST_PAGE} bytes"));
    }
    Ok(bytes)
}

/// The content of chunks, each behind its length in hexadecimal figures; none if they are no
/// chunks.
fn without_chunks(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(body.len());
    while !body.is_empty() {
        let end = memchr::memchr(b'\n', body)?;
        let figures = body[..end].split(|&byte| byte == b';').next()?.trim_ascii();
        let length = usize::from_str_radix(str::from_utf8(figures).ok()?, 16).ok()?;
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

/// The text of a page for which the server may name a character set.
fn text<'b>(head: &Head<'_>, body: &'b [u8]) -> Cow<'b, str> {
    let kind = head
        .get("content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let label = kind
        .split_once("charset=")
        .and_then(|(_, label)| label.split(';').next());
    charset::decode_labelled(
        body,
        label.map(|label| label.trim_matches(['"', '\'', ' '])),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let (articles, skipped) = pages("f", archive);
        let titles = articles
            .into_iter()
            .map(|article| article.title.into_owned())
            .collect();
        (titles, skipped.into_iter().map(|one| one.line).collect())
    }

    const HTML: &str = "Content-Type: text/html; charset=UTF-8";

    #[test]
    fn pages_become_items_and_other_records_do_not() {
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
        let (articles, skipped) = pages("f", &archive);
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
        assert_eq!(skipped, []);
    }

    #[test]
    fn a_damaged_record_is_named_and_the_rest_read() {
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
    fn a_damaged_member_is_named_and_the_rest_read() {
        let good = |title: &str| response("https://a.example/", HTML, html(title).as_bytes());
        let (one, two) = (gzip(&good("One")), gzip(&good("Two")));
        let mut flipped = gzip(&good("Lost"));
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0xff;
        for broken in [flipped[..middle].to_vec(), flipped, b"noise".to_vec()] {
            let archive = [&one[..], &broken, &two].concat();
            assert!(is_packed(&archive));
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
        // All records in one member, which breaks off.
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
    fn an_archive_that_unpacks_to_far_more_than_its_length_is_named() {
        let bomb = gzip(&response("https://a.example/", HTML, &vec![b' '; 33 << 20]));
        assert!(bomb.len() < (33 << 20) / 100);
        let (articles, skipped) = pages("f", &bomb);
        assert!(articles.is_empty() && skipped[0].cause.contains("too much"));
    }

    #[test]
    fn pages_are_taken_out_of_chunks_compression_and_character_sets() {
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
        // Many servers name Latin-1 for whatever they send.
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
