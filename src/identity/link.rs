//! A link in, the page it leads to out: host, path and what of the query and the fragment means the
//! page. Nothing is fetched. Linear in the link.
//!
//! Left out are scheme, `www.`, mobile and AMP hosts, paths and caches, numbers of sessions, names
//! of index files, a slash at the end, the order of the query, and its tracking parameters
//! (`tracking.txt`). Some names are ambiguous: `ref` is who sent the reader, or an outlet's own
//! number of the page. They are left out where the rest of the link names the page, or where their
//! value names a sender; else they stay.

use std::fmt::Write;
use std::sync::LazyLock;

use hashbrown::HashSet;
use url::Url;

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Host, path and query; `#/` and `#!` routes are part of the path.
    pub address: String,
    /// The place within the page, with its `#`; empty if it is none that tells items apart.
    pub fragment: String,
    /// Whether the address is a front page: of a host, or of a language or edition of it.
    pub is_front: bool,
    /// Whether the address is that of one article by its form: with a date, a number or a slug of
    /// several words.
    pub names_article: bool,
    /// The words of the last part of the path, in lower case, if there are several.
    pub slug: Vec<String>,
    /// The host with the article's number, where the path ends with one beside a slug, which may
    /// follow the headline.
    pub numbered: Option<String>,
}

/// The parameters of links that are left out: those of `tracking.txt`, and a user's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkRules {
    names: Vec<String>,
    prefixes: Vec<String>,
}

/// What `tracking.txt` says.
struct Tracking {
    names: HashSet<&'static str>,
    prefixes: Vec<&'static str>,
    /// Left out with one value only, written `name=value`.
    pairs: HashSet<&'static str>,
    ambiguous: HashSet<&'static str>,
    senders: HashSet<&'static str>,
}

static TRACKING: LazyLock<Tracking> = LazyLock::new(|| {
    let mut found = Tracking {
        names: HashSet::new(),
        prefixes: Vec::new(),
        pairs: HashSet::new(),
        ambiguous: HashSet::new(),
        senders: SENDERS.split_whitespace().collect(),
    };
    let lines = include_str!("tracking.txt").lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_suffix('*'), line.strip_suffix('?')) {
            (Some(prefix), _) => found.prefixes.push(prefix),
            (_, Some(name)) => _ = found.ambiguous.insert(name),
            _ if line.contains('=') => _ = found.pairs.insert(line),
            _ => _ = found.names.insert(line),
        }
    }
    found
});

/// What the values of ambiguous parameters are made of where they name who sent the reader.
const SENDERS: &str = "amp android app apple atom banner bing bluesky bot breaking button copy daily desktop \
    digest discover duckduckgo email external facebook fb feed feedburner feedly feeds flipboard footer \
    front frontpage gnews google googlenews hackernews header hn home homepage hp inoreader instagram \
    internal ios link linkedin list mail mastodon medium menu messenger mobile more mostread msn nav \
    navigation newsapp newsletter nl notification opera outbrain pinterest pocket popular print promo push \
    readmore recirc reddit related rss search share sharing sidebar smartnews sms snapchat social sponsored \
    taboola telegram threads tiktok top trending twitter web whatsapp widget xml yahoo";

/// Hosts' first labels that lead to other forms of the same page.
const FORMS: [&str; 9] = [
    "www.", "m.", "mobile.", "amp.", "wap.", "touch.", "lite.", "mobil.", "movil.",
];

/// Parameters whose number names the page.
const NUMBERS: [&str; 14] = [
    "id", "p", "a", "n", "t", "nid", "aid", "article", "story", "news", "item", "post", "doc",
    "page",
];

/// Parameters that choose the language or the edition of a front page.
const EDITIONS: [&str; 7] = [
    "lang", "language", "locale", "hl", "edition", "region", "country",
];

/// Places within a page that all pages have.
const PLACES: [&str; 12] = [
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

/// The last names of paths that stand for their folder.
const INDEXES: [&str; 4] = ["index", "default", "home", "main"];

/// A run of at least this many digits in a path or a parameter is the number or the date of a page.
const LONG_NUMBER: usize = 4;

/// Beside a slug, a run of at least this many digits is the article's number.
const ARTICLE_NUMBER: usize = 5;

/// A slug of at least this many words is that of one article.
const SLUG_WORDS: usize = 3;

/// A segment of a path with at least this many letters and digits, of both kinds, is a hash.
const HASH: usize = 12;

impl LinkRules {
    /// The rules with a user's own parameters besides: names, or beginnings of names with `*`
    /// behind them.
    ///
    /// # Errors
    /// The first that is neither.
    pub fn with(own: &[String]) -> Result<Self, String> {
        let mut rules = LinkRules::default();
        for pattern in own {
            let (name, is_prefix) = pattern
                .strip_suffix('*')
                .map_or((pattern.as_str(), false), |name| (name, true));
            let is_lawful = |c: char| {
                c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '~' | '[' | ']' | ':')
            };
            if name.is_empty() || !name.chars().all(is_lawful) {
                return Err(pattern.clone());
            }
            let list = if is_prefix {
                &mut rules.prefixes
            } else {
                &mut rules.names
            };
            list.push(name.to_lowercase());
        }
        Ok(rules)
    }

    /// The page that a link leads to; `None` if it is no address of the web.
    pub fn page(&self, link: &str) -> Option<Page> {
        let link = link.trim();
        if !link
            .get(..4)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
        {
            return None;
        }
        self.page_of(&Url::parse(link).ok()?, true)
    }

    fn page_of(&self, url: &Url, may_be_cache: bool) -> Option<Page> {
        let host = url
            .host_str()
            .filter(|_| matches!(url.scheme(), "http" | "https"))?;
        if let Some(inner) = in_cache(host, url).filter(|_| may_be_cache) {
            return self.page_of(&inner, false);
        }
        let mut host = host.trim_end_matches('.');
        while let Some(rest) = FORMS
            .iter()
            .find_map(|form| host.strip_prefix(form))
            .filter(|rest| rest.contains('.'))
        {
            host = rest;
        }
        let mut path = self.clean_path(url.path());
        let (query, mut fragment) = (self.pairs(url), url.fragment().unwrap_or_default());
        // Pages that a script shows are told apart behind the sign.
        if let Some(route) = fragment
            .strip_prefix(['/', '!'])
            .filter(|route| !route.trim_matches('/').is_empty())
        {
            let _ = write!(path, "#/{}", route.trim_matches('/'));
            fragment = "";
        }
        let names_article = segments_name_article(&path) || query.iter().any(numbers_article);
        let slug = slug(&path);
        let is_named = names_article || !slug.is_empty();
        let stays = |(key, value): &&(String, String)| {
            !TRACKING.ambiguous.contains(key.to_lowercase().as_str())
                || !(is_named || names_sender(value))
        };
        let mut address = host.to_owned();
        if let Some(port) = url.port() {
            let _ = write!(address, ":{port}");
        }
        let means_page = |pair: &&(String, String)| {
            stays(pair) && !EDITIONS.contains(&pair.0.to_lowercase().as_str())
        };
        let is_front = !query.iter().any(|pair| means_page(&pair)) && is_front(&path);
        address += &path;
        for (at, (key, value)) in query.iter().filter(stays).enumerate() {
            let _ = write!(address, "{}{key}={value}", if at == 0 { '?' } else { '&' });
        }
        let numbered = article_number(&path).map(|number| format!("{host}/{number}"));
        Some(Page {
            address,
            fragment: self.place(fragment),
            is_front,
            names_article,
            slug,
            numbered,
        })
    }

    /// The parameters that may mean the page, in the order of their names.
    fn pairs(&self, url: &Url) -> Vec<(String, String)> {
        // "&amp;" is what is left of a link that was escaped twice.
        let bare = |(key, value): (String, String)| match key.strip_prefix("amp;") {
            Some(bare) => (bare.to_owned(), value),
            None => (key, value),
        };
        let pairs = url.query_pairs().into_owned().map(bare);
        let mut pairs: Vec<(String, String)> = pairs
            .filter(|(key, value)| !self.tracks(key, value))
            .collect();
        pairs.sort();
        pairs
    }

    /// Whether a parameter tells where a reader came from whatever else the link says.
    fn tracks(&self, key: &str, value: &str) -> bool {
        let key = key.to_lowercase();
        let pair = || format!("{key}={}", value.to_lowercase());
        key.is_empty()
            || TRACKING.names.contains(key.as_str())
            || self.names.contains(&key)
            || TRACKING
                .prefixes
                .iter()
                .any(|prefix| key.starts_with(prefix))
            || self
                .prefixes
                .iter()
                .any(|prefix| key.starts_with(prefix.as_str()))
            || TRACKING.pairs.contains(pair().as_str())
    }

    /// A path without the marks of AMP and mobile forms, sessions and index files.
    fn clean_path(&self, path: &str) -> String {
        let mut segments: Vec<String> = path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| self.part(part))
            .collect();
        segments.retain(|part| !part.is_empty());
        if segments.len() > 1 && matches!(segments[0].as_str(), "amp" | "m" | "mobile") {
            segments.remove(0);
        }
        if segments.len() > 1
            && segments
                .last()
                .is_some_and(|last| matches!(last.as_str(), "amp" | "amphtml" | "mobile"))
        {
            segments.pop();
        }
        if let Some(last) = segments.last_mut() {
            let bare = last.replace(".amp.", ".").replace(".amphtml", ".html");
            *last = bare
                .strip_suffix(".amp")
                .map_or_else(|| bare.clone(), str::to_owned);
        }
        if segments.last().is_some_and(|last| is_index(last)) {
            segments.pop();
        }
        segments
            .iter()
            .fold(String::new(), |path, part| path + "/" + part)
    }

    /// A part of a path without what stands behind `;` for a session, its escapes in capitals.
    fn part(&self, part: &str) -> String {
        let mut kept = String::with_capacity(part.len());
        for (at, piece) in part.split(';').enumerate() {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            if at == 0 || !(self.tracks(key, value) || key.eq_ignore_ascii_case("sid")) {
                kept += if at == 0 { "" } else { ";" };
                kept += piece;
            }
        }
        // "(S(3k2lzj...))" is a session of ASP.NET.
        if kept.starts_with("(S(") && kept.ends_with("))") {
            return String::new();
        }
        with_capital_escapes(&kept)
    }

    /// A fragment with its sign, unless all pages have it or it only tracks.
    fn place(&self, fragment: &str) -> String {
        let bare = fragment
            .split(":~:")
            .next()
            .unwrap_or_default()
            .trim_matches(['/', '!']);
        let is_common = bare.is_empty() || PLACES.contains(&bare.to_lowercase().as_str());
        let only_tracks = || {
            let mut pairs = bare
                .split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            pairs.all(|(key, value)| {
                let is_ambiguous =
                    TRACKING.ambiguous.contains(key.to_lowercase().as_str()) && names_sender(value);
                !value.is_empty() && (self.tracks(key, value) || is_ambiguous)
            })
        };
        if is_common || only_tracks() {
            String::new()
        } else {
            format!("#{}", with_capital_escapes(bare))
        }
    }
}

/// A link without what leads to the same page: host, path and query; `None` if it is no address of
/// the web.
///
/// ```
/// use qissa::identity::clean_link;
/// let same = ["https://www.harbour.example/a/1/?utm_source=rss#top", "http://m.harbour.example/a/1/amp/"];
/// assert!(same.iter().all(|link| clean_link(link).as_deref() == Some("harbour.example/a/1")));
/// ```
pub fn clean_link(link: &str) -> Option<String> {
    LinkRules::default().page(link).map(|page| page.address)
}

/// The address within that of a cache of AMP pages.
fn in_cache(host: &str, url: &Url) -> Option<Url> {
    let path = url.path();
    let is_google = host.starts_with("www.google.") || host.starts_with("google.");
    let rest = match () {
        () if host.ends_with(".cdn.ampproject.org")
            || host.ends_with(".bing-amp.com")
            || host == "www.bing.com" =>
        {
            ["/c/", "/v/", "/wp/s/", "/amp/"]
                .iter()
                .find_map(|start| path.strip_prefix(start))?
        }
        () if is_google => path.strip_prefix("/amp/")?,
        () => return None,
    };
    let rest = rest.strip_prefix("s/").unwrap_or(rest);
    let query = url
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    Url::parse(&format!("https://{rest}{query}"))
        .ok()
        .filter(|inner| inner.host_str().is_some_and(|host| host.contains('.')))
}

/// Whether the last name of a path stands for its folder: "index.html", "default.aspx".
fn is_index(name: &str) -> bool {
    let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
    let is_ending = [
        "html", "htm", "php", "asp", "aspx", "jsp", "shtml", "xhtml", "do", "cfm",
    ]
    .contains(&ending);
    is_ending && INDEXES.iter().any(|index| stem.eq_ignore_ascii_case(index))
}

/// Whether a path is that of a front page: none at all, or the code of a language or a name for the
/// front alone.
fn is_front(path: &str) -> bool {
    let name = path.trim_start_matches('/').to_lowercase();
    let is_code = name.len() == 2 || name.len() == 5 && matches!(name.as_bytes()[2], b'-' | b'_');
    let is_code = is_code
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    name.is_empty()
        || is_code
        || INDEXES.contains(&name.as_str())
        || ["homepage", "front", "frontpage"].contains(&name.as_str())
}

/// Whether a path is that of one article by its form.
fn segments_name_article(path: &str) -> bool {
    let mut segments = path.split('/').filter(|part| !part.is_empty()).peekable();
    let mut was_year = false;
    while let Some(part) = segments.next() {
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        let is_year =
            is_number && part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
        let is_month = is_number && part.len() <= 2;
        // A date is that of an article where something stands behind it.
        if was_year && is_month && segments.peek().is_some() {
            return true;
        }
        let longest = part
            .split(|c: char| !c.is_ascii_digit())
            .map(str::len)
            .max()
            .unwrap_or_default();
        if longest >= LONG_NUMBER && !is_year || segments.peek().is_none() && is_slug(part) {
            return true;
        }
        was_year = is_year;
    }
    false
}

/// The last part of a path without its ending; none of a script, whose name is not the article's.
fn stem(part: &str) -> Option<&str> {
    let (stem, ending) = part.rsplit_once('.').unwrap_or((part, ""));
    let is_script =
        ["php", "asp", "aspx", "jsp", "cfm", "cgi", "dll", "do", "pl"].contains(&ending);
    (!is_script).then_some(stem)
}

/// Whether the last part of a path says what one article is about, or is a hash.
fn is_slug(part: &str) -> bool {
    let Some(stem) = stem(part) else { return false };
    let words = stem.split(['-', '_', '+']).filter(|word| !word.is_empty());
    let words = words.count() + stem.matches("%20").count();
    let has = |is: fn(&u8) -> bool| stem.as_bytes().iter().any(is);
    let is_hash = stem.len() >= HASH
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !stem.contains('%');
    words >= SLUG_WORDS
        || is_hash
        || words == SLUG_WORDS - 1 && has(u8::is_ascii_digit) && !stem.contains('%')
}

/// The words of the last part of a path, if there are several.
fn slug(path: &str) -> Vec<String> {
    let last = path.rsplit('/').next().unwrap_or_default();
    let words: Vec<String> = stem(last)
        .unwrap_or_default()
        .split(['-', '_'])
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.len() > 1 { words } else { Vec::new() }
}

/// The number in the last part of a path, beside letters.
fn article_number(path: &str) -> Option<&str> {
    let last = path.rsplit('/').next()?;
    let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
    let number = stem
        .split(|c: char| !c.is_ascii_digit())
        .max_by_key(|digits| digits.len())?;
    let is_date = number.len() == 8 && (number.starts_with("19") || number.starts_with("20"));
    (number.len() >= ARTICLE_NUMBER && !is_date && stem.contains('-')).then_some(number)
}

/// Whether a parameter numbers the article.
fn numbers_article((key, value): &(String, String)) -> bool {
    let key = key.to_lowercase();
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit());
    let is_listed = NUMBERS.contains(&key.as_str()) || key.ends_with("id");
    let digits = value
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or_default();
    !TRACKING.ambiguous.contains(key.as_str()) && (is_listed && has_digit || digits >= LONG_NUMBER)
}

/// Whether a value names who sent the reader, or the reader's visit, rather than a page: "rss",
/// "hp_top_3", a host, the hash of a session.
fn names_sender(value: &str) -> bool {
    let value = value.to_lowercase();
    let mut words = value
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let is_long_number = value
        .split(|c: char| !c.is_ascii_digit())
        .any(|digits| digits.len() >= LONG_NUMBER - 1);
    let is_session = value.len() >= 16
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && value.bytes().any(|byte| byte.is_ascii_digit())
        && value.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_host = value.rsplit_once('.').is_some_and(|(name, ending)| {
        !name.is_empty()
            && ending.len() >= 2
            && ending.bytes().all(|byte| byte.is_ascii_alphabetic())
    }) && !value.contains('/');
    value.is_empty()
        || is_session
        || is_host
        || value.starts_with("http://")
        || value.starts_with("https://")
        || !is_long_number && words.any(is_sender)
}

fn is_sender(word: &str) -> bool {
    let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
    TRACKING.senders.contains(word) || word.starts_with("rss") || word.ends_with("rss")
}

/// The text with its escapes in capitals: `%d8` and `%D8` are one byte.
fn with_capital_escapes(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut made = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece
            .bytes()
            .take(2)
            .take_while(u8::is_ascii_hexdigit)
            .count();
        let (escape, rest) = piece.split_at(end);
        made = made + "%" + &escape.to_ascii_uppercase() + rest;
    }
    made
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn page(link: &str) -> Page {
        LinkRules::default().page(link).unwrap()
    }

    #[test]
    fn what_leads_to_one_page_is_one_link() {
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
    fn what_leads_elsewhere_is_kept_apart() {
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
    fn a_tracking_parameter_is_left_out_whatever_the_page() {
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
    fn an_ambiguous_parameter_stays_where_nothing_else_names_the_page() {
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
    fn fragments_tell_items_apart_but_not_pages() {
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
    fn pages_are_known_by_their_form() {
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
    fn an_article_keeps_its_number_when_its_slug_changes() {
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
    fn ones_own_parameters_are_left_out_and_malformed_ones_refused() {
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
    fn what_means_a_page_is_no_tracking_parameter() {
        for name in [
            "id", "p", "page", "article", "story", "lang", "q", "section", "v", "date", "no", "seq",
        ] {
            assert!(!LinkRules::default().tracks(name, "7"), "{name}");
            assert!(!TRACKING.ambiguous.contains(name), "{name}");
        }
        assert_eq!(TRACKING.senders.len(), SENDERS.split_whitespace().count());
    }

    proptest! {
        #[test]
        fn any_text_is_a_link_or_none(link in "(https?://)?.{0,60}", tail in "[a-z0-9%;=&#!/?.()S-]{0,60}") {
            let rules = LinkRules::default();
            let page = rules.page(&format!("{link}{tail}"));
            prop_assert!(page.is_none_or(|page| !page.address.is_empty()));
        }

        #[test]
        fn tracking_changes_no_link(path in "[a-z0-9/.;=-]{0,30}", query in "([a-z]{1,3}=[a-z0-9.-]{0,6}&){0,4}") {
            let link = format!("https://news.example/{path}?{query}");
            let tracked = format!("http://www.news.example/{path}/?{query}&utm_source=x&gbraid=y#top");
            prop_assert_eq!(clean_link(&link), clean_link(&tracked));
        }
    }
}
