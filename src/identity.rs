//! An item in, what tells whether it was seen before out: its id within its feed, its cleaned link, its text. Linear in
//! the item.
//!
//! A link is cleaned of what leads to the same page: scheme, `www.`, mobile and AMP hosts and paths, the caches of AMP,
//! fragments, a slash at the end, the order of the query and its tracking parameters. Nothing is fetched.

use url::Url;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::article::Article;

/// By what an item is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Its id, scoped to its feed: the outlet's name, or without one the host of its link.
    pub guid: u64,
    /// Its cleaned link, if it has one that is no front page.
    pub link: Option<u64>,
    /// All that it says.
    pub text: u64,
    /// Whether its id says more than its link or its text does.
    pub has_own_id: bool,
}

impl Identity {
    /// The identity of an article.
    pub fn of(article: &Article<'_>) -> Self {
        let url = article.url.as_deref();
        let cleaned = url.and_then(clean_link);
        let host = || cleaned.as_deref().and_then(|link| link.split('/').next());
        let scope = article.source.as_deref().or_else(host).unwrap_or_default();
        let is_own = url != Some(&*article.id) && clean_link(&article.id) != cleaned && !is_content_id(&article.id);
        let id = if is_own { &*article.id } else { cleaned.as_deref().unwrap_or(&article.id) };
        let is_page = |link: &&str| link.contains(['/', '?']);
        Identity {
            guid: hash(&[scope, id]),
            link: cleaned.as_deref().filter(is_page).map(|link| xxh3_64(link.as_bytes())),
            text: hash(&[&article.title, &article.text]),
            has_own_id: is_own,
        }
    }
}

/// Whether an id is the hash of a content that readers give an item without one.
fn is_content_id(id: &str) -> bool {
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

/// Parameters that tell where a reader came from, not what is read.
const TRACKING: [&str; 16] = [
    "fbclid",
    "gclid",
    "dclid",
    "msclkid",
    "yclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "cmpid",
    "ocid",
    "icid",
    "ncid",
    "amp",
    "outputtype",
    "at_medium",
    "at_campaign",
];

fn is_tracking(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.starts_with("utm_") || TRACKING.contains(&key.as_str())
}

/// A link without what leads to the same page: host, path and query; `None` if it is no address of the web.
///
/// ```
/// use qissa::identity::clean_link;
/// let same = ["https://www.harbour.example/a/1/?utm_source=rss#top", "http://m.harbour.example/a/1/amp/"];
/// assert!(same.iter().all(|link| clean_link(link).as_deref() == Some("harbour.example/a/1")));
/// ```
pub fn clean_link(link: &str) -> Option<String> {
    let link = link.trim();
    if !link.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http")) {
        return None;
    }
    let url = Url::parse(link).ok()?;
    let host = url.host_str()?;
    if let Some(inner) = in_cache(host, url.path()) {
        return clean_link(&format!("https://{inner}"));
    }
    let mut bare = host;
    while let Some(rest) = ["www.", "m.", "mobile.", "amp."].iter().find_map(|prefix| bare.strip_prefix(prefix))
        && rest.contains('.')
    {
        bare = rest;
    }
    let mut cleaned = format!("{bare}{}", clean_path(url.path()));
    let mut query: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(key, _)| !is_tracking(key)).collect();
    query.sort();
    for (at, (key, value)) in query.iter().enumerate() {
        cleaned += &format!("{}{key}={value}", if at == 0 { '?' } else { '&' });
    }
    Some(cleaned)
}

/// The address within that of a cache of AMP pages.
fn in_cache<'a>(host: &str, path: &'a str) -> Option<&'a str> {
    if host.ends_with(".cdn.ampproject.org") {
        let path = path.strip_prefix("/c/").or_else(|| path.strip_prefix("/v/"))?;
        return Some(path.strip_prefix("s/").unwrap_or(path));
    }
    let path = path.strip_prefix("/amp/").filter(|_| host.starts_with("www.google."))?;
    Some(path.strip_prefix("s/").unwrap_or(path))
}

fn clean_path(path: &str) -> String {
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix("/amp").unwrap_or(path);
    let path = path.strip_suffix(".amp").unwrap_or(path);
    let path = path.strip_prefix("/amp").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    path.trim_end_matches('/').replace(".amp.html", ".html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_one_page_is_one_link() {
        for link in [
            "https://news.example/a/storm?id=7",
            "http://www.news.example/a/storm/?utm_medium=x&id=7&fbclid=abc",
            "https://amp.news.example/a/storm?id=7&amp=1#part",
            "https://m.news.example/a/storm/amp?id=7",
            "https://news.example/amp/a/storm?id=7",
            "https://news-example.cdn.ampproject.org/c/s/news.example/a/storm?id=7",
            "https://www.google.com/amp/s/news.example/a/storm?id=7",
        ] {
            let cleaned = clean_link(link).unwrap();
            assert!(cleaned == "news.example/a/storm?id=7" || cleaned == "news.example/a/storm", "{link}: {cleaned}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_kept_apart() {
        let links = [
            "https://news.example/a?id=1",
            "https://news.example/a?id=2",
            "https://news.example/A?id=1",
            "https://news.example/camp",
            "https://other.example/camp",
        ];
        let cleaned: std::collections::BTreeSet<_> = links.iter().map(|link| clean_link(link)).collect();
        assert_eq!(cleaned.len(), links.len());
        assert_eq!(clean_link("tag:news.example,2025:1"), None);
    }

    #[test]
    fn a_guid_is_scoped_to_its_feed_and_a_front_page_is_no_link() {
        let of = |source: &str, url: &str| {
            let article = Article::headline("1", "t");
            Identity::of(&Article { source: Some(source.into()), url: Some(url.into()), ..article })
        };
        assert_ne!(of("A", "https://a.example/1").guid, of("B", "https://a.example/1").guid);
        assert_eq!(of("A", "https://a.example/1").link, of("B", "http://www.a.example/1/").link);
        assert_eq!(of("A", "https://a.example/").link, None);
    }
}
