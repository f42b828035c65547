//! Identity of an item: the keys by which an index recognizes a seen item.
//!
//! Input: an article. Output: an [`Identity`] of hashed keys: id within the feed, cleaned link,
//! text. Cost: linear in the item.
//!
//! Feeds give wrong ids and links: one id or one page for all items, or ids that differ after `#`
//! only. The index decides which keys to trust; [`likeness`] compares two versions.

mod counters;
pub mod likeness;
mod link;

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use crate::article::Article;

pub use counters::without_counters;
pub use likeness::Likeness;
pub use link::{LinkRules, Page, clean_link};

/// Keys to recognize an item. All keys are 64-bit hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Id within the feed (the source, else the host of the link); `None` if the id repeats the
    /// link or the content, or is a placeholder.
    pub guid: Option<u64>,
    /// Cleaned link; `None` without a link or for a front page.
    pub link: Option<u64>,
    /// Whether the link is the link of a single article: by form, or by words in common with the
    /// title.
    pub names_article: bool,
    /// Whether a reader found several items of the feed with this link.
    pub shares_page: bool,
    /// Number of the article at the host, if the link has a number next to a slug.
    pub number: Option<u64>,
    /// Title and text without counters.
    pub text: u64,
    /// Title and text without counters, within the feed.
    pub feed_text: u64,
    /// Whether title and text are too short to identify an item ("Photo").
    pub is_label: bool,
}

/// Minimum number of words of an item that is not a label.
const MIN_WORDS: usize = 8;

impl Identity {
    /// Identity of an article.
    ///
    /// ```
    /// use qissa::Article;
    /// use qissa::identity::{Identity, LinkRules};
    ///
    /// let rules = LinkRules::default();
    /// let [first, second] = [
    ///     "https://news.example/a/storm?id=7",
    ///     "http://www.news.example/a/storm/?id=7&utm_source=x",
    /// ]
    /// .map(|url| Article { url: Some(url.into()), ..Article::headline("1", "Storm") });
    /// assert_eq!(Identity::of(&first, &rules).link, Identity::of(&second, &rules).link);
    /// ```
    #[must_use]
    pub fn of(article: &Article<'_>, rules: &LinkRules) -> Self {
        let page = article.url.as_deref().and_then(|url| rules.page(url));
        let host = page
            .as_ref()
            .and_then(|page| page.address.split('/').next());
        let scope = article.source.as_deref().or(host).unwrap_or_default();
        let guid = own_id(article, page.as_ref(), rules).map(|id| hash(&["guid", scope, &id]));
        let page = page.as_ref().filter(|page| !page.is_front);
        let title = without_counters(&article.title);
        let text = without_counters(&article.text);
        let words = title.split_whitespace().chain(text.split_whitespace());
        Identity {
            guid,
            link: page.map(|page| hash(&["link", &page.address])),
            names_article: page
                .is_some_and(|page| page.names_article || shares_word(&page.slug, &title)),
            shares_page: has_content_hash_suffix(&article.id),
            number: page
                .and_then(|page| page.numbered.as_deref())
                .map(|number| hash(&["number", number])),
            text: hash(&[&title, &text]),
            feed_text: hash(&["text", scope, &title, &text]),
            is_label: words.take(MIN_WORDS).count() < MIN_WORDS,
        }
    }

    /// The identity among the items of a feed, given the feed's hash: keys of items of different
    /// feeds differ, except for `text`.
    #[must_use]
    pub fn within(self, feed: u64) -> Self {
        let scoped = |key: u64| xxh3_64_with_seed(&key.to_le_bytes(), feed);
        Identity {
            guid: self.guid.map(scoped),
            link: self.link.map(scoped),
            number: self.number.map(scoped),
            feed_text: scoped(self.feed_text),
            ..self
        }
    }
}

/// Hash of title and text without counters; versions of an item differ in it.
#[must_use]
pub fn content_hash(article: &Article<'_>) -> u64 {
    hash(&[
        &without_counters(&article.title),
        &without_counters(&article.text),
    ])
}

/// The id, if it identifies the item: not a placeholder, a hash of the content, a front page or the
/// link.
fn own_id(article: &Article<'_>, page: Option<&Page>, rules: &LinkRules) -> Option<String> {
    let id = article.id.trim();
    if is_placeholder(id) || is_content_id(id) {
        return None;
    }
    // Many feeds repeat the link as the id. Its fragment may still identify the item.
    let is_own_link = article.url.as_deref().is_some_and(|url| url.trim() == id);
    if let Some(page) = page.filter(|_| is_own_link) {
        return (!page.fragment.is_empty()).then(|| format!("{}{}", page.address, page.fragment));
    }
    let Some(id_page) = rules.page(id) else {
        return Some(id.to_owned());
    };
    let is_link = page.is_some_and(|page| page.address == id_page.address);
    let identifies = !id_page.fragment.is_empty() || !is_link && !id_page.is_front;
    identifies.then(|| id_page.address + &id_page.fragment)
}

/// Minimum number of letters of a slug word that counts for [`shares_word`].
const MIN_SLUG_LETTERS: usize = 4;

/// Words of slugs that name sections and kinds of pages.
const SECTION_WORDS: [&str; 14] = [
    "news", "live", "latest", "today", "breaking", "blog", "updates", "update", "story", "stories",
    "world", "politics", "sport", "sports",
];

/// Whether a word of a slug, other than the name of a section, occurs in the title.
fn shares_word(slug: &[String], title: &str) -> bool {
    let title = title.to_lowercase();
    slug.iter().any(|word| {
        word.chars().nth(MIN_SLUG_LETTERS - 1).is_some()
            && !SECTION_WORDS.contains(&word.as_str())
            && title.contains(word.as_str())
    })
}

/// Whether an id is a link with a content hash as its fragment, as readers make ids for items of a
/// feed that share a link.
fn has_content_hash_suffix(id: &str) -> bool {
    id.rsplit_once('#')
        .is_some_and(|(_, suffix)| is_content_id(suffix))
}

/// Values that mean "no id".
const PLACEHOLDERS: [&str; 14] = [
    "",
    "n/a",
    "na",
    "#n/a",
    "null",
    "(null)",
    "none",
    "nil",
    "nan",
    "undefined",
    "unknown",
    "-",
    "--",
    "tbd",
];

/// Maximum length of a placeholder, in bytes.
const MAX_PLACEHOLDER_BYTES: usize = 9;

/// Whether an id is a placeholder for a missing id.
///
/// ```
/// use qissa::identity::is_placeholder;
///
/// assert!(is_placeholder("N/A") && !is_placeholder("NA-7"));
/// ```
#[must_use]
pub fn is_placeholder(id: &str) -> bool {
    let id = id.trim();
    id.len() <= MAX_PLACEHOLDER_BYTES
        && PLACEHOLDERS
            .iter()
            .any(|placeholder| id.eq_ignore_ascii_case(placeholder))
}

/// Whether an id is the content hash that readers give to an item without an id: `x` and 16
/// hexadecimal digits.
#[must_use]
pub fn is_content_id(id: &str) -> bool {
    id.len() == 17 && id.starts_with('x') && id[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Hash of several strings. A zero byte after each keeps `["a", "bc"]` and `["ab", "c"]` apart.
fn hash(parts: &[&str]) -> u64 {
    let mut hash = Xxh3::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update(&[0]);
    }
    hash.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(id: &str, source: &str, url: &str) -> Identity {
        let article = Article {
            source: Some(source.into()),
            ..Article::headline(id, "t")
        };
        let url = Some(url).filter(|url| !url.is_empty()).map(Into::into);
        Identity::of(&Article { url, ..article }, &LinkRules::default())
    }

    #[test]
    fn ids_are_scoped_to_the_feed_and_front_pages_are_no_link() {
        assert_ne!(
            of("1", "A", "https://a.example/1").guid,
            of("1", "B", "https://a.example/1").guid
        );
        assert_eq!(
            of("1", "A", "https://a.example/1").link,
            of("2", "B", "http://www.a.example/1/").link
        );
        assert_eq!(of("1", "A", "https://a.example/").link, None);
        assert_eq!(of("1", "A", "https://a.example/index.html").link, None);
    }

    #[test]
    fn placeholders_and_repeated_links_are_no_ids() {
        let url = "https://a.example/x";
        for id in [
            url,
            "http://www.a.example/x/?utm_source=y",
            "N/A",
            "null",
            "-",
            "x0123456789abcdef",
            "https://a.example/",
        ] {
            assert_eq!(of(id, "A", url).guid, None, "{id}");
        }
        for id in [
            "7",
            "tag:a.example,2026:1",
            "https://a.example/?p=7",
            "https://a.example/x#post-1",
        ] {
            assert!(of(id, "A", url).guid.is_some(), "{id}");
        }
        assert_eq!(
            of("http://b.example/x", "A", url).guid,
            of("https://www.b.example/x/", "A", url).guid
        );
    }

    #[test]
    fn ids_that_differ_in_their_fragment_differ() {
        let [a, b, c] =
            ["#p1", "#p2", "#/p2"].map(|end| of(&format!("https://a.example/live{end}"), "A", ""));
        assert!(a.guid.is_some() && a.guid != b.guid && b.guid != c.guid);
        let own = |end: &str| {
            of(
                &format!("https://a.example/live{end}"),
                "A",
                &format!("https://a.example/live{end}"),
            )
        };
        assert!(
            own("#p1").guid.is_some()
                && own("#p1").guid != own("#p2").guid
                && own("#p1").link == own("#p2").link
        );
    }

    #[test]
    fn a_slug_with_a_word_of_the_title_names_an_article() {
        let names = |title: &'static str, path: &str| {
            let url = format!("https://a.example/{path}");
            Identity::of(
                &Article {
                    url: Some(url.into()),
                    ..Article::headline("1", title)
                },
                &LinkRules::default(),
            )
            .names_article
        };
        assert!(names("Bridge over the harbour opens", "ar/story-bridge"));
        assert!(
            !names("Ferry sails", "ar/story-bridge")
                && !names("Live: bridge opens", "live-news")
                && !names("Bridge opens", "bridge")
        );
    }

    #[test]
    fn counters_do_not_change_the_text_key() {
        let says = |title: &'static str| {
            Identity::of(&Article::headline("1", title), &LinkRules::default()).text
        };
        assert_eq!(
            says("Ferry sails again (3 comments)"),
            says("Ferry sails again")
        );
        assert_ne!(
            says("Ferry sails again (3 dead)"),
            says("Ferry sails again (4 dead)")
        );
    }
}
