//! Recognizes front pages and articles by the form of their address.
//!
//! Input: a path or a parameter. Output: whether the path or parameter belongs to a front page or
//! to an article, and the slug and number of the article. The thresholds are set by hand from links
//! of news feeds. Cost: linear in the path.

/// Parameters whose number identifies the page.
const NUMBER_PARAMETERS: [&str; 14] = [
    "id", "p", "a", "n", "t", "nid", "aid", "article", "story", "news", "item", "post", "doc",
    "page",
];

/// Names of index files: the page of a folder.
const INDEX_NAMES: [&str; 4] = ["index", "default", "home", "main"];

/// File name extensions of index files.
const INDEX_EXTENSIONS: [&str; 10] = [
    "html", "htm", "php", "asp", "aspx", "jsp", "shtml", "xhtml", "do", "cfm",
];

/// Names of front pages, in addition to [`INDEX_NAMES`].
const FRONT_NAMES: [&str; 3] = ["homepage", "front", "frontpage"];

/// File name extensions of scripts.
const SCRIPT_EXTENSIONS: [&str; 9] = ["php", "asp", "aspx", "jsp", "cfm", "cgi", "dll", "do", "pl"];

/// Minimum number of digits of the number or date of a page.
const MIN_PAGE_DIGITS: usize = 4;

/// Minimum number of digits of the number of an article next to a slug.
const MIN_ARTICLE_DIGITS: usize = 5;

/// Minimum number of words of the slug of an article; with a digit, one word less.
const MIN_SLUG_WORDS: usize = 3;

/// Minimum length of a hash with letters and digits, in bytes.
const MIN_HASH_BYTES: usize = 12;

/// Number of digits of the longest number in a text.
pub(super) fn longest_number(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0)
}

/// Whether a file is the index file of its folder: "index.html", "default.aspx".
pub(super) fn is_index(name: &str) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    INDEX_EXTENSIONS.contains(&extension)
        && INDEX_NAMES
            .iter()
            .any(|index| stem.eq_ignore_ascii_case(index))
}

/// Whether a path is the path of a front page: empty, the code of a language or locale, or in
/// [`INDEX_NAMES`] or [`FRONT_NAMES`].
pub(super) fn is_front(path: &str) -> bool {
    let name = path.trim_start_matches('/').to_lowercase();
    name.is_empty()
        || is_locale(&name)
        || INDEX_NAMES.contains(&name.as_str())
        || FRONT_NAMES.contains(&name.as_str())
}

/// Whether a name is the code of a language or locale: "ar", "en-gb".
fn is_locale(name: &str) -> bool {
    let has_length =
        name.len() == 2 || name.len() == 5 && matches!(name.as_bytes()[2], b'-' | b'_');
    has_length
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'))
}

/// Whether a path is the path of an article: with a date before the last segment, a number of at
/// least [`MIN_PAGE_DIGITS`] digits, or a slug at the end.
pub(super) fn names_article(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    segments.iter().enumerate().any(|(at, segment)| {
        let is_last = at + 1 == segments.len();
        let ends_date = at > 0 && is_year(segments[at - 1]) && is_month(segment) && !is_last;
        let has_number = longest_number(segment) >= MIN_PAGE_DIGITS && !is_year(segment);
        ends_date || has_number || is_last && is_slug(segment)
    })
}

fn is_all_digits(segment: &str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_year(segment: &str) -> bool {
    is_all_digits(segment)
        && segment.len() == 4
        && (segment.starts_with("19") || segment.starts_with("20"))
}

fn is_month(segment: &str) -> bool {
    is_all_digits(segment) && segment.len() <= 2
}

/// A file name without extension; `None` for a script: the name of a script is not the name of the
/// article.
fn stem(name: &str) -> Option<&str> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    (!SCRIPT_EXTENSIONS.contains(&extension)).then_some(stem)
}

/// Whether the last segment of a path is a slug or a hash.
fn is_slug(segment: &str) -> bool {
    let Some(stem) = stem(segment) else {
        return false;
    };
    let words = stem
        .split(['-', '_', '+'])
        .filter(|word| !word.is_empty())
        .count()
        + stem.matches("%20").count();
    let has_digit = stem.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = stem.bytes().any(|byte| byte.is_ascii_alphabetic());
    let has_escape = stem.contains('%');
    let is_hash = stem.len() >= MIN_HASH_BYTES && has_digit && has_letter && !has_escape;
    words >= MIN_SLUG_WORDS || is_hash || words == MIN_SLUG_WORDS - 1 && has_digit && !has_escape
}

/// The words of the last segment of a path in lower case; empty for a single word.
pub(super) fn slug(path: &str) -> Vec<String> {
    let last = path.rsplit('/').next().unwrap_or_default();
    let words: Vec<String> = stem(last)
        .unwrap_or_default()
        .split(['-', '_'])
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.len() > 1 { words } else { Vec::new() }
}

/// The number of the article in the last segment of a path, next to a slug.
pub(super) fn article_number(path: &str) -> Option<&str> {
    let last = path.rsplit('/').next()?;
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let number = stem
        .split(|c: char| !c.is_ascii_digit())
        .max_by_key(|digits| digits.len())?;
    let is_date = number.len() == 8 && (number.starts_with("19") || number.starts_with("20"));
    (number.len() >= MIN_ARTICLE_DIGITS && !is_date && stem.contains('-')).then_some(number)
}

/// Whether a parameter has the number of an article.
pub(super) fn numbers_article((key, value): &(String, String)) -> bool {
    let key = key.to_lowercase();
    let is_number_parameter = NUMBER_PARAMETERS.contains(&key.as_str()) || key.ends_with("id");
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    !super::is_ambiguous(&key)
        && (is_number_parameter && has_digit || longest_number(value) >= MIN_PAGE_DIGITS)
}
