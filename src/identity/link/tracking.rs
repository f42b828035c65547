//! Tracking parameters of links.
//!
//! Input: a parameter. Output: whether it tracks readers, by `tracking.txt`, and whether its value
//! is a referrer. Cost: a hash lookup, and a scan of the prefixes.

use std::sync::LazyLock;

use hashbrown::HashSet;

use super::form::longest_number;

/// The parameters of `tracking.txt`, in lower case.
struct Tracking {
    names: HashSet<&'static str>,
    prefixes: Vec<&'static str>,
    /// Parameters that track with a certain value only, as `name=value`.
    pairs: HashSet<&'static str>,
    /// Parameters that track or identify the page.
    ambiguous: HashSet<&'static str>,
}

static TRACKING: LazyLock<Tracking> = LazyLock::new(|| {
    let mut tracking = Tracking {
        names: HashSet::new(),
        prefixes: Vec::new(),
        pairs: HashSet::new(),
        ambiguous: HashSet::new(),
    };
    let lines = include_str!("../tracking.txt").lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(prefix) = line.strip_suffix('*') {
            tracking.prefixes.push(prefix);
        } else if let Some(name) = line.strip_suffix('?') {
            tracking.ambiguous.insert(name);
        } else if line.contains('=') {
            tracking.pairs.insert(line);
        } else {
            tracking.names.insert(line);
        }
    }
    tracking
});

static REFERRERS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| REFERRER_WORDS.split_whitespace().collect());

/// Words of referrers: services, devices and parts of pages. Compiled by hand from links in feeds.
const REFERRER_WORDS: &str = "
    amp android app apple atom banner bing bluesky bot breaking button copy daily desktop digest
    discover duckduckgo email external facebook fb feed feedburner feedly feeds flipboard footer
    front frontpage gnews google googlenews hackernews header hn home homepage hp inoreader
    instagram internal ios link linkedin list mail mastodon medium menu messenger mobile more
    mostread msn nav navigation newsapp newsletter nl notification opera outbrain pinterest pocket
    popular print promo push readmore recirc reddit related rss search share sharing sidebar
    smartnews sms snapchat social sponsored taboola telegram threads tiktok top trending twitter
    web whatsapp widget xml yahoo";

/// Whether a parameter tracks in every link. `key` is in lower case.
pub(super) fn is_tracking(key: &str, value: &str) -> bool {
    TRACKING.names.contains(key)
        || TRACKING
            .prefixes
            .iter()
            .any(|prefix| key.starts_with(prefix))
        || TRACKING
            .pairs
            .contains(format!("{key}={}", value.to_lowercase()).as_str())
}

/// Whether a parameter tracks or identifies the page, depending on the link.
pub(super) fn is_ambiguous(key: &str) -> bool {
    TRACKING.ambiguous.contains(key.to_lowercase().as_str())
}

/// Minimum length of a session hash, in bytes.
const MIN_SESSION_BYTES: usize = 16;

/// Number of digits from which a number in a value identifies a page.
const PAGE_NUMBER_DIGITS: usize = 3;

/// Whether a value is a referrer or a session, not a page: "rss", "hp_top_3", a host, a URL, a
/// hash.
pub(super) fn is_referrer(value: &str) -> bool {
    let value = value.to_lowercase();
    value.is_empty()
        || is_session(&value)
        || is_host(&value)
        || value.starts_with("http://")
        || value.starts_with("https://")
        || longest_number(&value) < PAGE_NUMBER_DIGITS && has_referrer_word(&value)
}

fn is_session(value: &str) -> bool {
    value.len() >= MIN_SESSION_BYTES
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_host(value: &str) -> bool {
    !value.contains('/')
        && value.rsplit_once('.').is_some_and(|(name, ending)| {
            !name.is_empty()
                && ending.len() >= 2
                && ending.bytes().all(|byte| byte.is_ascii_alphabetic())
        })
}

fn has_referrer_word(value: &str) -> bool {
    value
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit()))
        .any(|word| REFERRERS.contains(word) || word.starts_with("rss") || word.ends_with("rss"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn referrer_words_are_distinct() {
        assert_eq!(REFERRERS.len(), REFERRER_WORDS.split_whitespace().count());
    }
}
