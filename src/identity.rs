//! An item in, what tells whether it was seen before out: its id within its feed, its cleaned link,
//! its text. Linear in the item.
//!
//! Ids and links are claims, and feeds break them: one id for all items, one page for all, ids that
//! differ behind `#` alone. What claims are worth is decided by the index; how alike two versions
//! are is told by [`likeness`].

mod counters;
pub mod likeness;
mod link;

use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use crate::article::Article;

pub use counters::without_counters;
pub use likeness::Likeness;
pub use link::{LinkRules, Page, clean_link};

/// By what an item is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Its id within its feed (the outlet's name, or without one the host of its link), if that
    /// says more than its link or its text does.
    pub guid: Option<u64>,
    /// Its cleaned link, if it has one that is no front page.
    pub link: Option<u64>,
    /// Whether the link is that of one article, by its form or by words that it shares with the
    /// title.
    pub names_article: bool,
    /// Whether a reader found other items of the feed under the same link.
    pub shares_page: bool,
    /// The article's number at its host, if its link has one beside a slug.
    pub number: Option<u64>,
    /// All that it says but for counters.
    pub text: u64,
    /// The same within its feed.
    pub feed_text: u64,
    /// Whether what it says is so short that other items say the same ("Photo").
    pub is_label: bool,
}

/// Fewer words than this label an item without saying what it reports.
const LABEL_WORDS: usize = 8;

impl Identity {
    /// The identity of an article.
    pub fn of(article: &Article<'_>, rules: &LinkRules) -> Self {
        let page = article.url.as_deref().and_then(|url| rules.page(url));
        let host = page
            .as_ref()
            .and_then(|page| page.address.split('/').next());
        let scope = article.source.as_deref().or(host).unwrap_or_default();
        let guid = own_id(article, page.as_ref(), rules).map(|id| hash(&["guid", scope, &id]));
        let page = page.as_ref().filter(|page| !page.is_front);
        let [title, text] = [
            without_counters(&article.title),
            without_counters(&article.text),
        ];
        Identity {
            guid,
            link: page.map(|page| hash(&["link", &page.address])),
            names_article: page
                .is_some_and(|page| page.names_article || says_of(&page.slug, &title)),
            shares_page: has_hash_behind(&article.id),
            number: page
                .and_then(|page| page.numbered.as_deref())
                .map(|number| hash(&["number", number])),
            text: hash(&[&title, &text]),
            feed_text: hash(&["text", scope, &title, &text]),
            is_label: title
                .split_whitespace()
                .chain(text.split_whitespace())
                .nth(LABEL_WORDS - 1)
                .is_none(),
        }
    }

    /// The same among the items of one feed, given by its digest: those of other feeds are other
    /// items, whatever their ids and links.
    pub fn within(self, feed: u64) -> Self {
        let of_feed = |known: u64| xxh3_64_with_seed(&known.to_le_bytes(), feed);
        let [guid, link, number] =
            [self.guid, self.link, self.number].map(|claim| claim.map(of_feed));
        Identity {
            guid,
            link,
            number,
            feed_text: of_feed(self.feed_text),
            ..self
        }
    }
}

/// A hash of all that an item says but for counters; versions of an item differ in it.
pub fn content_hash(article: &Article<'_>) -> u64 {
    hash(&[
        &without_counters(&article.title),
        &without_counters(&article.text),
    ])
}

/// The id of an item, if it is its own: no placeholder, no hash of its content, no front page, and
/// not its link.
fn own_id(article: &Article<'_>, page: Option<&Page>, rules: &LinkRules) -> Option<String> {
    let id = article.id.trim();
    if is_placeholder(id) || is_content_id(id) {
        return None;
    }
    // Many feeds give the link as the id.
    if let Some(page) = page.filter(|_| article.url.as_deref().is_some_and(|url| url.trim() == id))
    {
        return (!page.fragment.is_empty()).then(|| format!("{}{}", page.address, page.fragment));
    }
    let Some(named) = rules.page(id) else {
        return Some(id.to_owned());
    };
    let is_link = page.is_some_and(|page| page.address == named.address);
    let says_more = !named.fragment.is_empty() || !is_link && !named.is_front;
    says_more.then(|| named.address + &named.fragment)
}

/// Whether a word of a slug stands in a title; words that head sections say nothing.
fn says_of(slug: &[String], title: &str) -> bool {
    const SECTIONS: [&str; 14] = [
        "news", "live", "latest", "today", "breaking", "blog", "updates", "update", "story",
        "stories", "world", "politics", "sport", "sports",
    ];
    let title = title.to_lowercase();
    let telling =
        |word: &&String| word.chars().nth(3).is_some() && !SECTIONS.contains(&word.as_str());
    slug.iter()
        .filter(telling)
        .any(|word| title.contains(word.as_str()))
}

/// Whether an id is a link with the hash of a content behind, as readers give it to items of a feed
/// that share a link.
fn has_hash_behind(id: &str) -> bool {
    id.rsplit_once('#')
        .is_some_and(|(_, hash)| is_content_id(hash))
}

/// Whether an id says that there is none.
///
/// ```
/// assert!(qissa::identity::is_placeholder("N/A") && !qissa::identity::is_placeholder("NA-7"));
/// ```
pub fn is_placeholder(id: &str) -> bool {
    const NONE: [&str; 14] = [
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
    let id = id.trim();
    id.len() <= 9 && NONE.iter().any(|none| id.eq_ignore_ascii_case(none))
}

/// Whether an id is the hash of a content that readers give an item without one.
pub fn is_content_id(id: &str) -> bool {
    id.len() == 17 && id.starts_with('x') && id[1..].bytes().all(|byte| byte.is_ascii_hexdigit())
}

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
    fn a_guid_is_scoped_to_its_feed_and_a_front_page_is_no_link() {
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
    fn an_id_is_its_own_unless_it_is_none_or_says_what_the_link_does() {
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
    fn ids_that_differ_behind_a_fragment_differ() {
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
    fn a_slug_that_the_title_repeats_names_an_article() {
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
    fn counters_do_not_change_what_an_item_says() {
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
