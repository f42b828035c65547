//! Web pages to articles.
//!
//! Detection of pages is always built. Extraction needs the cargo feature `html` (dom_query and
//! dom_smoothie); without the feature a page is refused.

#[cfg(feature = "html")]
mod boilerplate;
#[cfg(feature = "html")]
mod extract;
#[cfg(feature = "html")]
mod parse_limits;
#[cfg(feature = "html")]
mod publication_date;

#[cfg(feature = "html")]
pub(super) use extract::item;

use super::{ReadError, RejectedRecord};
use crate::article::Article;

/// The elements that a page may begin with.
pub(super) const ROOTS: [&str; 22] = [
    "html", "head", "body", "article", "main", "div", "meta", "title", "link", "base", "script",
    "style", "noscript", "br", "p", "span", "header", "nav", "section", "h1", "center", "table",
];

/// Bytes in which a page begins, if scripts, styles or server warnings precede it.
const HEAD_BYTES: usize = 1 << 16;

/// The offset of the doctype or the `html` element of a page, at the start of a line or behind
/// markup.
pub(super) fn start(text: &str) -> Option<usize> {
    let head = &text.as_bytes()[..text.len().min(HEAD_BYTES)];
    memchr::memchr_iter(b'<', head).find(|&at| is_start(text, &head[at..], at))
}

fn is_start(text: &str, tag: &[u8], at: usize) -> bool {
    if !has_prefix(tag, b"<!doctype html") && !has_prefix(tag, b"<html") {
        return false;
    }
    let before = text[..at].trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with(['\n', '>'])
}

fn has_prefix(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes
        .get(..prefix.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(prefix))
}

/// The article of a page, or why it was rejected.
#[cfg(feature = "html")]
pub(super) fn article(
    name: &str,
    page: &str,
) -> Result<(Vec<Article<'static>>, Vec<RejectedRecord>), ReadError> {
    Ok(match item(page) {
        Ok(item) => (vec![item.into_article()], Vec::new()),
        Err(cause) => {
            let record = RejectedRecord {
                source: name.to_owned(),
                line: 1,
                cause,
            };
            (Vec::new(), vec![record])
        }
    })
}

/// Refuses a page: this build does not read pages.
#[cfg(not(feature = "html"))]
pub(super) fn article(
    name: &str,
    _: &str,
) -> Result<(Vec<Article<'static>>, Vec<RejectedRecord>), ReadError> {
    Err(ReadError::Unsupported {
        name: name.to_owned(),
        format: super::Format::Html,
        feature: FEATURE,
    })
}

/// Refuses a page of a web archive: this build does not read pages.
#[cfg(not(feature = "html"))]
pub(super) fn item(_: &str) -> Result<super::item::ItemFields, super::RejectCause> {
    Err(super::RejectCause::Unsupported { feature: FEATURE })
}

#[cfg(not(feature = "html"))]
const FEATURE: &str = "html";
