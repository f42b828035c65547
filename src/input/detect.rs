//! Format detection by content, and by the file extension where the content is ambiguous.
//!
//! Input: the decoded text of an input. Output: its [`Format`]. Cost: linear in the head of the
//! text; JSON is scanned to the end of its first value.

use super::{FieldNames, Format, feed, json, scraped_page, table, webpage, xml};

/// The format of a text, if it is in a known one. `extension` is the file extension in lower case.
pub fn detect(text: &str, extension: &str, field_names: &FieldNames) -> Option<Format> {
    let text = text.trim_start();
    match text.chars().next() {
        None => return Some(Format::Jsonl),
        Some('[' | '{') => return Some(detect_json(text, field_names)),
        Some('<') => {
            return detect_markup(text)
                .or_else(|| json::looks_like_lines(text).then_some(Format::Jsonl));
        }
        Some(_) => {}
    }
    match () {
        () if json::looks_like_lines(text) => Some(Format::Jsonl),
        () if holds_feed(text) => Some(Format::Feed),
        () if scraped_page::looks_like(text) => Some(Format::Page),
        () if table::looks_like(text, extension, field_names) => Some(Format::Csv),
        () if webpage::start(text).is_some() => Some(Format::Html),
        () if table::looks_like_lines(text, extension) => Some(Format::Lines),
        () => None,
    }
}

/// JSON Lines or one JSON text.
///
/// The text is JSON Lines if its first line is a whole object, and either a second object follows
/// or the first holds no list of records; or if at least half of its lines are objects and it is no
/// sequence of JSON values.
fn detect_json(text: &str, field_names: &FieldNames) -> Format {
    if field_names.records.is_some() {
        return Format::Json;
    }
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let is_jsonl = if text.starts_with('{') && json::is_whole(first) {
        let has_second = lines
            .next()
            .is_some_and(|line| line.trim_start().starts_with('{'));
        has_second || !json::holds_records(text, field_names)
    } else {
        json::looks_like_lines(text) && !json::are_values(text)
    };
    if is_jsonl {
        Format::Jsonl
    } else {
        Format::Json
    }
}

/// A feed or a page, by the first element. A page may begin behind the warnings of a server.
fn detect_markup(text: &str) -> Option<Format> {
    let (root, is_html) = xml::first_element(text).unwrap_or_default();
    let root = root.as_str();
    if feed::ROOTS.contains(&root) || holds_feed(text) {
        return Some(Format::Feed);
    }
    let is_page = is_html || webpage::ROOTS.contains(&root) || webpage::start(text).is_some();
    is_page.then_some(Format::Html)
}

/// Bytes in which a feed begins, if server warnings or a broken first tag precede it.
const FEED_HEAD_BYTES: usize = 2000;

/// Whether a feed begins near the top, behind the warnings of a server or a broken first tag.
fn holds_feed(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(FEED_HEAD_BYTES)];
    let has_root = ["<rss", "<feed", "<rdf:RDF"]
        .iter()
        .any(|root| head.contains(root));
    has_root && !head.contains("<!--")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(text: &str) -> Option<Format> {
        detect(text, "", &FieldNames::default())
    }

    #[test]
    fn formats_are_detected_by_content() {
        let cases = [
            (
                "{\"id\":\"1\",\"title\":\"a\"}\n{\"id\":\"2\"}",
                Some(Format::Jsonl),
            ),
            ("{\"id\":\"1\",\"title\":\"a\"}", Some(Format::Jsonl)),
            ("{\"id\":\"1\",\"tit\n{\"id\":\"2\"}", Some(Format::Jsonl)),
            (
                "{\n \"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}",
                Some(Format::Json),
            ),
            (
                "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}",
                Some(Format::Json),
            ),
            (
                "{\"status\":\"ok\",\"articles\":[{\"title\":\"a\"}]}",
                Some(Format::Json),
            ),
            ("{\n\"id\":\"1\"\n}\n{\n\"id\":\"2\"\n}", Some(Format::Json)),
            ("[{\"id\":\"1\"}]", Some(Format::Json)),
            ("[\n{\"id\":\"1\"},\n{\"id\":\"2\"}\n]", Some(Format::Json)),
            ("{\"articles\":[\n{\"id\":\"1\"}\n]}", Some(Format::Json)),
            (
                "{\"articles\":[\n{\"id\":\"1\"},\n{\"id\":\"2\"},\n{\"id\"",
                Some(Format::Json),
            ),
            (
                "\"title\":\"a\"}\n{\"id\":\"2\"}\n{\"id\":\"3\"}",
                Some(Format::Jsonl),
            ),
            (
                "[2025-10-15 08:00] started\n{\"id\":\"2\"}",
                Some(Format::Jsonl),
            ),
            (
                "started, all well\n{\"id\":\"2\",\"title\":\"a, b\"}",
                Some(Format::Jsonl),
            ),
            ("id,title\n1,a", Some(Format::Csv)),
            ("Headline;Link\na;b", Some(Format::Csv)),
            (
                "<?xml version=\"1.0\"?><!-- <html> --><rss version=\"2.0\"></rss>",
                Some(Format::Feed),
            ),
            (
                "Warning: out of disk\n<rss version=\"2.0\"></rss>",
                Some(Format::Feed),
            ),
            ("<!-- a comment\nand no more -->", None),
            (
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"></feed>",
                Some(Format::Feed),
            ),
            (
                "<!DOCTYPE html><html><body></body></html>",
                Some(Format::Html),
            ),
            (
                "<br />\n<b>Notice</b>: no such index\n<!doctype html><html></html>",
                Some(Format::Html),
            ),
            (
                "<script>var a = 1 < 2</script>\n<html><head></head></html>",
                Some(Format::Html),
            ),
            (
                "<style>p { margin: 0 }</style><p>Cars crossed the bridge.</p>",
                Some(Format::Html),
            ),
            (
                "Warning: out of disk in x.php on line 3\n<!DOCTYPE html>\n<html></html>",
                Some(Format::Html),
            ),
            ("a page begins with <html> or with another word", None),
            ("<newsItem><title>A</title></newsItem>", None),
            (
                "الجزيرة:\n2025-10-15@23:45:36 GMT\n\nعنوان",
                Some(Format::Page),
            ),
            (
                "First headline of the day\nAnd the second, of course\n",
                Some(Format::Lines),
            ),
            ("{\u{0}\u{1}", Some(Format::Json)),
            ("\u{1}\u{2}binary\n\u{0}", None),
            ("just some prose", None),
            ("", Some(Format::Jsonl)),
        ];
        for (text, format) in cases {
            assert_eq!(detected(text), format, "for {text:?}");
        }
        assert_eq!(
            detect("one headline", "txt", &FieldNames::default()),
            Some(Format::Lines)
        );
    }
}
