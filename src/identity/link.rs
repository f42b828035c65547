//! Cleans links: two links to one page have one address.
//!
//! Input: a link. Output: a [`Page`]: host, path, and the parameters and fragment that identify the
//! page. Nothing is fetched. Cost: linear in the link.
//!
//! Removed are the scheme, `www.`, mobile and AMP hosts, paths and caches, session numbers, names
//! of index files, a trailing slash, the order of the query, and tracking parameters
//! (`tracking.txt`). Some parameters are ambiguous: `ref` is either the referrer or an outlet's
//! number of the page. An ambiguous parameter is removed if the rest of the link identifies the
//! page, or if its value is a referrer.

mod form;
mod tracking;

use std::fmt::Write;

use url::Url;

use form::{article_number, is_front, is_index, names_article, numbers_article, slug};
use tracking::{is_ambiguous, is_referrer, is_tracking};

/// The page that a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// Host, path and query. Script routes (`#/`, `#!`) are part of the path.
    pub address: String,
    /// Fragment with `#`; empty if the fragment does not distinguish items of the page.
    pub fragment: String,
    /// Whether the page is a front page of a host, a language or an edition.
    pub is_front: bool,
    /// Whether the address has the form of an article address: a date, a number or a slug of
    /// several words.
    pub names_article: bool,
    /// Words of the last segment of the path in lower case, if there are several.
    pub slug: Vec<String>,
    /// Host and number of the article, if the path ends with a number next to a slug. The slug may
    /// change with the title.
    pub numbered: Option<String>,
}

/// Tracking parameters: those of `tracking.txt` and a user's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkRules {
    names: Vec<String>,
    prefixes: Vec<String>,
}

/// A parameter of a query: key and value.
type Parameter = (String, String);

/// First labels of hosts that serve a variant of the same page.
const HOST_PREFIXES: [&str; 9] = [
    "www.", "m.", "mobile.", "amp.", "wap.", "touch.", "lite.", "mobil.", "movil.",
];

/// Parameters that choose the language or edition of a front page.
const EDITION_PARAMETERS: [&str; 7] = [
    "lang", "language", "locale", "hl", "edition", "region", "country",
];

/// Fragments that every page has.
const COMMON_FRAGMENTS: [&str; 12] = [
    "comments",
    "respond",
    "top",
    "content",
    "main",
    "more",
    "rss",
    "more-link",
    "share",
    "amp",
    "start",
    "article",
];

impl LinkRules {
    /// The default rules with further parameters: names, or prefixes of names followed by `*`.
    ///
    /// # Errors
    /// The first of `own` that is neither.
    pub fn with(own: &[String]) -> Result<Self, String> {
        let mut rules = LinkRules::default();
        for pattern in own {
            let prefix = pattern.strip_suffix('*');
            let name = prefix.unwrap_or(pattern);
            if name.is_empty() || !name.chars().all(is_parameter_char) {
                return Err(pattern.clone());
            }
            let list = if prefix.is_some() {
                &mut rules.prefixes
            } else {
                &mut rules.names
            };
            list.push(name.to_lowercase());
        }
        Ok(rules)
    }

    /// The page of a link; `None` if the link is not an `http` or `https` address.
    #[must_use]
    pub fn page(&self, link: &str) -> Option<Page> {
        let link = link.trim();
        let is_http = link
            .get(..4)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"));
        if !is_http {
            return None;
        }
        let url = Url::parse(link)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))?;
        self.page_of(&cached_url(&url).unwrap_or(url))
    }

    fn page_of(&self, url: &Url) -> Option<Page> {
        let host = bare_host(url.host_str()?);
        let mut path = self.clean_path(url.path());
        let mut fragment = url.fragment().unwrap_or_default();
        if let Some(route) = script_route(fragment) {
            path = format!("{path}#/{route}");
            fragment = "";
        }
        let mut query = self.parameters(url);
        let names_article = names_article(&path) || query.iter().any(numbers_article);
        let slug = slug(&path);
        let is_identified = names_article || !slug.is_empty();
        query.retain(|(key, value)| !is_ambiguous(key) || !(is_identified || is_referrer(value)));
        let has_page_parameter = query
            .iter()
            .any(|(key, _)| !EDITION_PARAMETERS.contains(&key.to_lowercase().as_str()));
        Some(Page {
            address: address(host, url.port(), &path, &query),
            fragment: self.clean_fragment(fragment),
            is_front: !has_page_parameter && is_front(&path),
            names_article,
            slug,
            numbered: article_number(&path).map(|number| format!("{host}/{number}")),
        })
    }

    /// The parameters that may identify the page, sorted.
    fn parameters(&self, url: &Url) -> Vec<Parameter> {
        let mut parameters: Vec<Parameter> = url
            .query_pairs()
            .into_owned()
            .map(|(key, value)| match key.strip_prefix("amp;") {
                // A link that was escaped twice has "&amp;" for "&".
                Some(bare) => (bare.to_owned(), value),
                None => (key, value),
            })
            .filter(|(key, value)| !self.tracks(key, value))
            .collect();
        parameters.sort();
        parameters
    }

    /// Whether a parameter is a tracking parameter in every link.
    fn tracks(&self, key: &str, value: &str) -> bool {
        let key = key.to_lowercase();
        key.is_empty()
            || self.names.contains(&key)
            || self
                .prefixes
                .iter()
                .any(|prefix| key.starts_with(prefix.as_str()))
            || is_tracking(&key, value)
    }

    /// A path without the marks of AMP and mobile forms, sessions and index files.
    fn clean_path(&self, path: &str) -> String {
        let mut segments: Vec<String> = path
            .split('/')
            .map(|segment| self.clean_segment(segment))
            .filter(|segment| !segment.is_empty())
            .collect();
        if segments.len() > 1 && matches!(segments[0].as_str(), "amp" | "m" | "mobile") {
            segments.remove(0);
        }
        if segments.len() > 1
            && let Some("amp" | "amphtml" | "mobile") = segments.last().map(String::as_str)
        {
            segments.pop();
        }
        if let Some(last) = segments.last_mut() {
            let bare = last.replace(".amp.", ".").replace(".amphtml", ".html");
            *last = bare.strip_suffix(".amp").unwrap_or(&bare).to_owned();
        }
        if segments.last().is_some_and(|last| is_index(last)) {
            segments.pop();
        }
        let mut cleaned = String::with_capacity(path.len());
        for segment in segments {
            cleaned.push('/');
            cleaned.push_str(&segment);
        }
        cleaned
    }

    /// A segment of a path without session parameters after `;`, with capital escapes.
    fn clean_segment(&self, segment: &str) -> String {
        let mut pieces = segment.split(';');
        let mut kept = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            if !self.tracks(key, value) && !key.eq_ignore_ascii_case("sid") {
                kept.push(';');
                kept.push_str(piece);
            }
        }
        // "(S(3k2lzj...))" is a session of ASP.NET.
        if kept.starts_with("(S(") && kept.ends_with("))") {
            return String::new();
        }
        with_capital_escapes(&kept)
    }

    /// A fragment with `#`; empty for fragments of every page and for tracking parameters.
    fn clean_fragment(&self, fragment: &str) -> String {
        // ":~:" begins a text directive, which highlights words of the page.
        let bare = fragment
            .split(":~:")
            .next()
            .unwrap_or_default()
            .trim_matches(['/', '!']);
        let is_common = bare.is_empty() || COMMON_FRAGMENTS.contains(&bare.to_lowercase().as_str());
        if is_common || self.is_tracking_fragment(bare) {
            String::new()
        } else {
            format!("#{}", with_capital_escapes(bare))
        }
    }

    /// Whether a fragment consists of tracking parameters.
    fn is_tracking_fragment(&self, fragment: &str) -> bool {
        fragment.split('&').all(|parameter| {
            let Some((key, value)) = parameter.split_once('=') else {
                return false;
            };
            !value.is_empty()
                && (self.tracks(key, value) || is_ambiguous(key) && is_referrer(value))
        })
    }
}

fn is_parameter_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '[' | ']' | ':')
}

/// The address of a link: host, path and query; `None` if the link is not an `http` or `https`
/// address.
///
/// ```
/// use qissa::identity::clean_link;
///
/// for link in [
///     "https://www.harbour.example/a/1/?utm_source=rss#top",
///     "http://m.harbour.example/a/1/amp/",
/// ] {
///     assert_eq!(clean_link(link).as_deref(), Some("harbour.example/a/1"));
/// }
/// ```
#[must_use]
pub fn clean_link(link: &str) -> Option<String> {
    LinkRules::default().page(link).map(|page| page.address)
}

fn address(host: &str, port: Option<u16>, path: &str, query: &[Parameter]) -> String {
    let mut address = host.to_owned();
    if let Some(port) = port {
        let _ = write!(address, ":{port}");
    }
    address.push_str(path);
    let mut separator = '?';
    for (key, value) in query {
        let _ = write!(address, "{separator}{key}={value}");
        separator = '&';
    }
    address
}

/// A host without a trailing point and [`HOST_PREFIXES`], as long as a point is left.
fn bare_host(host: &str) -> &str {
    let mut host = host.trim_end_matches('.');
    while let Some(rest) = HOST_PREFIXES
        .iter()
        .find_map(|prefix| host.strip_prefix(prefix))
        .filter(|rest| rest.contains('.'))
    {
        host = rest;
    }
    host
}

/// The route of a page that a script shows: `#/route` or `#!route`.
fn script_route(fragment: &str) -> Option<&str> {
    let route = fragment.strip_prefix(['/', '!'])?.trim_matches('/');
    (!route.is_empty()).then_some(route)
}

/// The original URL of a page in an AMP cache.
fn cached_url(url: &Url) -> Option<Url> {
    let (host, path) = (url.host_str()?, url.path());
    let is_amp_cache = host.ends_with(".cdn.ampproject.org")
        || host.ends_with(".bing-amp.com")
        || host == "www.bing.com";
    let is_google = host.starts_with("www.google.") || host.starts_with("google.");
    let rest = if is_amp_cache {
        ["/c/", "/v/", "/wp/s/", "/amp/"]
            .iter()
            .find_map(|prefix| path.strip_prefix(prefix))?
    } else if is_google {
        path.strip_prefix("/amp/")?
    } else {
        return None;
    };
    let rest = rest.strip_prefix("s/").unwrap_or(rest);
    let query = url
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    Url::parse(&format!("https://{rest}{query}"))
        .ok()
        .filter(|original| original.host_str().is_some_and(|host| host.contains('.')))
}

/// The text with percent escapes in capitals: `%d8` and `%D8` are one byte.
fn with_capital_escapes(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut cleaned = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece
            .bytes()
            .take(2)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let (escape, rest) = piece.split_at(end);
        cleaned.push('%');
        cleaned.push_str(&escape.to_ascii_uppercase());
        cleaned.push_str(rest);
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(link: &str) -> Page {
        LinkRules::default().page(link).unwrap()
    }

    #[test]
    fn links_to_one_page_have_one_address() {
        for link in [
            "https://news.example/a/storm?id=7",
            "http://www.news.example/a/storm/?utm_medium=x&id=7&fbclid=abc",
            "https://amp.news.example/a/storm?id=7&amp=1#part",
            "https://m.news.example/a/storm/amp?id=7",
            "https://news.example/amp/a/storm?id=7",
            "https://news.example/a/storm/index.html?id=7&amp;_gl=x",
            "https://news.example/a/storm;jsessionid=0A1B?id=7&ref=rss",
            "https://news.example/(S(abc123))/a/storm?id=7&PHPSESSID=77",
            "https://news-example.cdn.ampproject.org/c/s/news.example/a/storm?id=7",
            "https://www.google.com/amp/s/news.example/a/storm?id=7",
            "https://www.google.co.uk/amp/s/amp.news.example/a/storm?id=7",
        ] {
            let address = page(link).address;
            assert_eq!(address, "news.example/a/storm?id=7", "{link}");
        }
    }

    #[test]
    fn links_to_different_pages_have_different_addresses() {
        let links = [
            "https://news.example/a?id=1",
            "https://news.example/a?id=2",
            "https://news.example/a?p=2",
            "https://news.example/a?page=2",
            "https://news.example/A?id=1",
            "https://news.example:8080/a?id=1",
            "https://news.example/camp",
            "https://other.example/camp",
            "https://news.example/read?article=ref",
            "https://news.example/app#/story/1",
            "https://news.example/app#/story/2",
            "https://news.example/app#!story/3",
        ];
        let cleaned: std::collections::BTreeSet<_> =
            links.iter().map(|link| clean_link(link)).collect();
        assert_eq!(cleaned.len(), links.len());
        assert_eq!(clean_link("tag:news.example,2025:1"), None);
    }

    #[test]
    fn tracking_parameters_are_removed() {
        for query in [
            "at_medium=RSS&at_campaign=rss",
            "at_custom1=link",
            "maca=ara-rss-1022",
            "traffic_source=rss",
            "xtor=RSS-1",
            "gbraid=x",
            "wbraid=y",
            "gclid=z",
            "twclid=t",
            "_hsenc=p&_hsmi=8",
            "mkt_tok=e",
            "mc_cid=1&mc_eid=2",
            "igshid=1",
            "CMP=share_btn_tw",
            "ref=rss",
            "ref=hp_top_3",
            "ref=news.example",
            "source=newsletter",
            "sid=9f86d081884c7d65",
            "outputType=amp",
            "m=1",
            "utm_id=4",
            "ocid=socialflow",
            "_ga=1.2",
            "spm=a2",
            "mtm_source=x",
            "pk_campaign=y",
        ] {
            assert_eq!(
                page(&format!("https://news.example/a?{query}")).address,
                "news.example/a",
                "{query}"
            );
        }
    }

    #[test]
    fn ambiguous_parameters_are_kept_if_nothing_else_identifies_the_page() {
        assert_eq!(
            page("https://news.example/read?ref=BX-20417").address,
            "news.example/read?ref=BX-20417"
        );
        assert_eq!(
            page("https://news.example/read?sid=123").address,
            "news.example/read?sid=123"
        );
        let script = "https://news.example/show_news_item.php?sid=12";
        assert!(page(script).address.ends_with("?sid=12"));
        assert_eq!(
            page("https://news.example/read?ref=article-12").address,
            "news.example/read?ref=article-12"
        );
        let slug = "https://news.example/2026/11/3/harbour-bridge";
        assert_eq!(page(&format!("{slug}?ref=BX-20417")), page(slug));
    }

    #[test]
    fn fragments_identify_items_and_not_pages() {
        let [a, b] = ["post-1", "post-2"]
            .map(|place| page(&format!("https://quay.example/live/today#{place}")));
        assert_eq!(a.address, b.address);
        assert_ne!(a.fragment, b.fragment);
        for place in [
            "",
            "top",
            "comments",
            "xtor=RSS-3",
            "utm_source=x&utm_medium=y",
            "ref=rss",
            ":~:text=storm",
        ] {
            assert_eq!(
                page(&format!("https://quay.example/live/today#{place}")).fragment,
                "",
                "{place}"
            );
        }
    }

    #[test]
    fn front_pages_and_articles_are_known_by_their_form() {
        for link in [
            "https://a.example",
            "https://a.example/index.html?utm_source=x",
            "https://a.example/ar/",
            "http://a.example/home",
            "http://a.example/?lang=ar",
        ] {
            assert!(page(link).is_front, "{link}");
        }
        for link in [
            "https://a.example/2026/11/03/harbour",
            "https://a.example/news/88213.html",
            "https://a.example/x/storm-hits-coast",
            "https://a.example/read?id=7",
            "https://a.example/n/9f86d081884c7d65",
            "https://a.example/news/%D9%88%D8%B5%D9%84-%D8%A7%D9%84-%D8%B1%D8%A6",
        ] {
            assert!(page(link).names_article && !page(link).is_front, "{link}");
        }
        for link in [
            "https://a.example/news",
            "https://a.example/live/today",
            "https://a.example/changelog/",
            "https://a.example/2026/",
        ] {
            assert!(!page(link).names_article && !page(link).is_front, "{link}");
        }
    }

    #[test]
    fn the_number_of_an_article_does_not_depend_on_its_slug() {
        let number = |path: &str| page(&format!("https://a.example/{path}")).numbered;
        assert_eq!(
            number("news/mayor-opnes-market-88213.html"),
            number("city/88213-mayor-opens-market")
        );
        assert!(number("news/mayor-opens-market-88213.html").is_some());
        for path in [
            "88213",
            "news/storm-20261103",
            "news/storm-2026",
            "news/storm",
            "a9f86d081884c7d659",
        ] {
            assert_eq!(number(path), None, "{path}");
        }
    }

    #[test]
    fn own_parameters_are_removed_and_malformed_ones_are_an_error() {
        let rules = LinkRules::with(&["edition".to_owned(), "hb_*".to_owned()]).unwrap();
        assert_eq!(
            rules
                .page("https://a.example/b?Edition=x&hb_c=2&id=7")
                .unwrap()
                .address,
            "a.example/b?id=7"
        );
        for wrong in ["", "*", "a=b", "a b", "?ref", "a&b", "a*b"] {
            assert_eq!(LinkRules::with(&[wrong.to_owned()]), Err(wrong.to_owned()));
        }
    }

    #[test]
    fn parameters_that_identify_pages_are_no_tracking_parameters() {
        for name in [
            "id", "p", "page", "article", "story", "lang", "q", "section", "v", "date", "no", "seq",
        ] {
            assert!(!LinkRules::default().tracks(name, "7"), "{name}");
            assert!(!is_ambiguous(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_accepted(
            link in "(https?://)?.{0,60}",
            tail in "[a-z0-9%;=&#!/?.()S-]{0,60}",
        ) {
            let rules = LinkRules::default();
            let page = rules.page(&format!("{link}{tail}"));
            prop_assert!(page.is_none_or(|page| !page.address.is_empty()));
        }

        #[test]
        fn tracking_parameters_do_not_change_the_address(
            path in "[a-z0-9/.;=-]{0,30}",
            query in "([a-z]{1,3}=[a-z0-9.-]{0,6}&){0,4}",
        ) {
            let link = format!("https://news.example/{path}?{query}");
            let tracked = format!("http://www.news.example/{path}/?{query}&utm_source=x&gbraid=y#top");
            prop_assert_eq!(clean_link(&link), clean_link(&tracked));
        }
    }
}
