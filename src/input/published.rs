//! A page in, the date out that it says it was published on, as it is written there: from linked
//! data (JSON-LD), `meta` elements, microdata, `time` elements, the address, what stands near the
//! headline, and last from when it says it was changed. Linear in the page.

use dom_query::{Document, NodeRef};
use serde_json::Value;
use url::Url;

use super::parse_date;

/// How sure a date is to be that of the page's publication, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    /// Said of an article in linked data.
    Article,
    /// Said by a `meta` of publication.
    Meta,
    /// Said of the page, or of what it shows, in linked data.
    Page,
    /// Said by microdata or an element that is named for it.
    Element,
    /// A `meta` or an element of whatever date.
    Any,
    /// In the address.
    Address,
    /// Near the headline, in an element that is called a date.
    Called,
    /// Near the headline, by itself.
    Bare,
    /// The last change.
    Changed,
}

/// The date that a page says it was published on; its address tells where it says none.
pub(super) fn published(page: &Document, address: Option<&str>) -> Option<String> {
    let mut found = linked(page);
    found.extend(in_metas(page));
    found.retain(|(_, date)| parse_date(date).is_some());
    // Neither an element nor the address has a surer date than these.
    if found.iter().all(|&(trust, _)| trust > Trust::Page) {
        let in_address = address
            .and_then(in_address)
            .map(|date| (Trust::Address, date));
        let others = in_elements(page).into_iter().chain(in_address);
        found.extend(others.filter(|(_, date)| parse_date(date).is_some()));
    }
    // The first of the surest.
    found
        .into_iter()
        .min_by_key(|&(trust, _)| trust)
        .map(|(_, date)| date)
}

/// The dates in the linked data of a page.
fn linked(page: &Document) -> Vec<(Trust, String)> {
    let scripts = page.select("script[type='application/ld+json']");
    let mut found = Vec::new();
    for script in scripts.nodes() {
        let text = script.text();
        match serde_json::from_str::<Value>(bare_json(&text)) {
            Ok(value) => walk(&value, &mut found),
            // Broken by a line break or a comma too many: the first date in it is that of what is
            // described first.
            Err(_) => found.extend(quoted(&text, "datePublished").map(|date| (Trust::Page, date))),
        }
    }
    found
}

/// Linked data without the marks of comments and of CDATA that old software puts around it.
fn bare_json(text: &str) -> &str {
    let text = text.trim();
    let start = text
        .find(['{', '['])
        .filter(|_| text.starts_with(['<', '/']));
    let text = start.map_or(text, |start| &text[start..]);
    let end = text.rfind(['}', ']']).map_or(text.len(), |end| end + 1);
    let behind = text[end..].trim_start();
    if start.is_some() || behind.starts_with([';', '/', '<', ']']) {
        &text[..end]
    } else {
        text
    }
}

/// Collects the dates of what linked data describes first of all: not of pictures, comments and
/// lists of other articles.
fn walk(value: &Value, found: &mut Vec<(Trust, String)>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, found)),
        Value::Object(thing) => {
            let trust = trust_in(thing.get("@type"));
            let date = |key: &str| thing.get(key).and_then(Value::as_str).map(str::to_owned);
            if let Some(trust) = trust {
                let first = ["datePublished", "uploadDate", "dateCreated"]
                    .iter()
                    .find_map(|key| date(key));
                found.extend(first.map(|date| (trust, date)));
                found.extend(date("dateModified").map(|date| (Trust::Changed, date)));
            }
            for key in ["@graph", "mainEntity", "mainEntityOfPage"] {
                thing
                    .get(key)
                    .into_iter()
                    .for_each(|inner| walk(inner, found));
            }
        }
        _ => {}
    }
}

/// What a thing of a type says of the page; nothing if it is another thing.
fn trust_in(kind: Option<&Value>) -> Option<Trust> {
    const OTHERS: [&str; 6] = [
        "ImageObject",
        "Person",
        "Organization",
        "Comment",
        "ItemList",
        "WebSite",
    ];
    let kind = match kind? {
        Value::Array(kinds) => kinds.iter().find_map(Value::as_str)?,
        kind => kind.as_str()?,
    };
    match () {
        () if kind.ends_with("Article") || kind.ends_with("Posting") => Some(Trust::Article),
        () if OTHERS.iter().any(|other| kind.ends_with(other)) => None,
        () => Some(Trust::Page),
    }
}

/// The text behind a key in quotation marks, in JSON that does not parse.
fn quoted(text: &str, key: &str) -> Option<String> {
    let behind = &text[text.find(key)? + key.len()..];
    let value = behind
        .trim_start_matches(['"', '\''])
        .trim_start()
        .strip_prefix(':')?
        .trim_start();
    let value = value.strip_prefix(['"', '\''])?;
    value.find(['"', '\'']).map(|end| value[..end].to_owned())
}

/// What the name of a `meta` holds, in small letters and without signs, that says when its page was
/// published.
const PUBLISHED: [&str; 10] = [
    "publish",
    "pubdate",
    "publicationdate",
    "issued",
    "displaydate",
    "articledate",
    "articlepostdate",
    "citationdate",
    "sailthrudate",
    "citationonlinedate",
];

/// The names of a date that is mostly that of publication.
const DATED: [&str; 19] = [
    "date",
    "dcdate",
    "dctermsdate",
    "dcsextdate",
    "pdate",
    "ptime",
    "uploaddate",
    "dccreated",
    "dcdatecreated",
    "dctermscreated",
    "created",
    "datecreated",
    "dateposted",
    "creationdate",
    "credate",
    "timestamp",
    "releasedate",
    "videoreleasedate",
    "articlecreated",
];

/// The names of the date of the last change.
const CHANGED: [&str; 8] = [
    "articlemodifiedtime",
    "ogupdatedtime",
    "datemodified",
    "dctermsmodified",
    "dcdatemodified",
    "lastmodified",
    "lastmod",
    "dcmodified",
];

fn in_metas(page: &Document) -> Vec<(Trust, String)> {
    let said = |meta: &NodeRef<'_>| {
        let name = ["property", "name", "itemprop", "http-equiv"]
            .iter()
            .find_map(|name| meta.attr(name))?;
        let name: String = name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        let trust = match name.as_str() {
            name if PUBLISHED.iter().any(|said| name.contains(said)) => Trust::Meta,
            name if DATED.contains(&name) => Trust::Any,
            name if CHANGED.contains(&name) => Trust::Changed,
            _ => return None,
        };
        Some((trust, meta.attr("content")?.to_string()))
    };
    page.select("meta[content]")
        .nodes()
        .iter()
        .filter_map(said)
        .collect()
}

/// The dates that elements of the body show or hold.
fn in_elements(page: &Document) -> Vec<(Trust, String)> {
    const PUBLISHED: &str = "[itemprop~='datePublished'], [property$='datePublished'], time[pubdate], time.published, \
        time.entry-date, abbr.published";
    let said = |selector: &str, trust: Trust| -> Vec<(Trust, String)> {
        let elements = page.try_select(selector);
        let dates = elements
            .iter()
            .flat_map(|elements| elements.nodes())
            .filter_map(shown);
        dates.map(|date| (trust, date)).collect()
    };
    let nodes = article_nodes(page);
    let heading = nodes
        .iter()
        .position(|node| node.has_name("h1"))
        .unwrap_or(0);
    let nearest = |date: fn(&NodeRef<'_>) -> Option<String>, trust: Trust| {
        let found = nodes
            .iter()
            .enumerate()
            .filter_map(|(place, node)| Some((place.abs_diff(heading), date(node)?)));
        found
            .min_by_key(|&(distance, _)| distance)
            .map(|(_, date)| (trust, date))
    };
    let mut dates = said(PUBLISHED, Trust::Element);
    dates.extend(said(
        "[itemprop~='dateCreated'], [property$='dateCreated']",
        Trust::Any,
    ));
    dates.extend(nearest(in_time, Trust::Any));
    dates.extend(said("time", Trust::Any));
    dates.extend(nearest(called_date, Trust::Called));
    dates.extend(said("[itemprop~='dateModified']", Trust::Changed));
    dates.extend(nearest(bare_date, Trust::Bare));
    dates
}

/// The nodes of a page in the order in which they stand, without elements that do not belong to its
/// article.
fn article_nodes(page: &Document) -> Vec<NodeRef<'_>> {
    const ASIDE: [&str; 9] = [
        "script", "style", "noscript", "template", "nav", "footer", "aside", "form", "select",
    ];
    let mut nodes = Vec::new();
    let mut open = vec![page.root()];
    while let Some(node) = open.pop() {
        open.extend(node.next_sibling());
        let is_aside = node.node_name().is_some_and(|name| ASIDE.contains(&&*name));
        if !is_aside {
            open.extend(node.first_child());
            nodes.push(node);
        }
    }
    nodes
}

/// The date that an element holds in an attribute, else in its text.
fn shown(element: &NodeRef<'_>) -> Option<String> {
    let held = ["datetime", "content", "title"]
        .iter()
        .filter_map(|name| element.attr(name));
    held.map(|date| date.to_string())
        .chain(short_text(element))
        .find(|date| is_date(date))
}

fn in_time(node: &NodeRef<'_>) -> Option<String> {
    if node.has_name("time") {
        shown(node)
    } else {
        None
    }
}

/// The date in an element whose class or id says that it shows one.
fn called_date(node: &NodeRef<'_>) -> Option<String> {
    const NAMES: [&str; 6] = ["date", "datum", "publi", "posted", "time", "fecha"];
    let says = |attribute: &str| {
        let name = node.attr(attribute)?.to_ascii_lowercase();
        NAMES.iter().any(|part| name.contains(part)).then_some(())
    };
    says("class").or_else(|| says("id"))?;
    short_text(node).filter(|text| is_date(text))
}

/// The date in a text that is little more than a date.
fn bare_date(node: &NodeRef<'_>) -> Option<String> {
    let text = if node.is_text() {
        node.text()
    } else {
        return None;
    };
    let text = text.trim();
    (text.len() <= LONGEST_BARE && is_date(text)).then(|| text.to_owned())
}

/// A text that has more bytes and is not called a date is a sentence.
const LONGEST_BARE: usize = 50;

/// Whether what a page shows is a date, and no number that happens to be read as one.
fn is_date(text: &str) -> bool {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let is_number = text.trim().chars().all(|c| c.is_numeric());
    digits >= 2 && (!is_number || matches!(digits, 8 | 10 | 13 | 14)) && parse_date(text).is_some()
}

/// The text of an element; none if it is longer than what shows a date alone.
fn short_text(element: &NodeRef<'_>) -> Option<String> {
    let mut text = String::new();
    for node in element
        .descendants_it()
        .take(MOST_NODES)
        .filter(NodeRef::is_text)
    {
        text.extend([&*node.text(), " "]);
        if text.len() > LONGEST_SHOWN {
            return None;
        }
    }
    Some(text.trim().to_owned())
}

/// An element whose text has more bytes shows more than a date.
const LONGEST_SHOWN: usize = 120;

/// An element that holds more nodes shows more than a date.
const MOST_NODES: usize = 24;

/// The day in an address: ".../2025/10/15/...", ".../2025-10-15-...", ".../2025/oct/15/...",
/// ".../20251015...".
fn in_address(address: &str) -> Option<String> {
    let address = Url::parse(address).ok()?;
    let pieces: Vec<&str> = address.path().split(['/', '-', '_', '.']).collect();
    let whole = pieces
        .iter()
        .filter(|piece| piece.len() == 8)
        .map(|piece| (*piece).to_owned());
    let parts = pieces
        .windows(3)
        .filter(|three| three[0].len() == 4 && three[2].len() <= 2)
        .map(|three| {
            let is_named =
                three[1].len() == 3 && three[1].bytes().all(|byte| byte.is_ascii_alphabetic());
            let separator = if is_named { " " } else { "-" };
            three.join(separator)
        });
    let is_day = |date: &String| {
        date.len() >= 8
            && (date.starts_with("20") || date.starts_with("199"))
            && parse_date(date).is_some()
    };
    parts.chain(whole).find(is_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(html: &str) -> Option<String> {
        published(&Document::from(html), None)
    }

    #[test]
    fn linked_data_tells() {
        let script = |json: &str| {
            date(&format!(
                "<script type=\"application/ld+json\">{json}</script>"
            ))
        };
        let day = Some("2025-10-15".to_owned());
        let cases = [
            r#"{"@type":"NewsArticle","datePublished":"2025-10-15"}"#,
            r#"[{"@type":"WebSite"},{"@type":"BlogPosting","datePublished":"2025-10-15"}]"#,
            r#"{"@graph":[{"@type":"WebPage","datePublished":"2025-10-15","dateModified":"2025-11-01"}]}"#,
            r#"{"@graph":[{"@type":"WebPage","datePublished":"2025-10-14"},{"@type":["NewsArticle"],"datePublished":"2025-10-15"}]}"#,
            r#"{"@type":"WebPage","mainEntity":{"@type":"NewsArticle","dateCreated":"2025-10-15"}}"#,
            r#"{"@type":"VideoObject","uploadDate":"2025-10-15"}"#,
            r#"<![CDATA[{"@type":"NewsArticle","datePublished":"2025-10-15"}]]>"#,
            r#"{"@type":"NewsArticle","headline":"a "quoted" word","datePublished": "2025-10-15",}"#,
        ];
        for json in cases {
            assert_eq!(script(json), day, "for {json}");
        }
        for json in [
            r#"{"@type":"ItemList","itemListElement":[{"@type":"NewsArticle","datePublished":"2025-10-15"}]}"#,
            r#"{"@type":"ImageObject","datePublished":"2025-10-15"}"#,
            r#"{"@type":"NewsArticle","datePublished":"0001-01-01"}"#,
            "",
        ] {
            assert_eq!(script(json), None, "for {json}");
        }
    }

    #[test]
    fn metas_and_elements_tell() {
        for html in [
            "<meta property='article:published_time' content='2025-10-15'>",
            "<meta name='article:published_time' content='2025-10-15'>",
            "<meta name='DC.Date' content='2025-10-15'>",
            "<meta name='dcterms.issued' content='2025-10-15'>",
            "<meta name='parsely-pub-date' content='2025-10-15'>",
            "<meta name='sailthru.date' content='2025-10-15'>",
            "<meta itemprop='datePublished' content='2025-10-15'>",
            "<meta name='pubdate' content='2025-10-15'>",
            "<meta name='date' content='2025-10-15'>",
            "<span itemprop='datePublished' content='2025-10-15'>yesterday</span>",
            "<time itemprop='datePublished' datetime='2025-10-15'>yesterday</time>",
            "<abbr class='published' title='2025-10-15'>10:00</abbr>",
            "<span itemprop='datePublished'>2025-10-15</span>",
            "<time datetime='2025-10-15'>yesterday</time>",
            "<time datetime='x'>2025-10-15</time>",
        ] {
            assert_eq!(date(html).as_deref(), Some("2025-10-15"), "for {html}");
        }
        for html in [
            "<h1>Bridge opens</h1><p class='post-date'>15.10.2025, 19.45 Uhr</p><p>3.4.2021</p>",
            "<p>1 May 2019</p><p>a</p><p>b</p><p>c</p><h1>Bridge opens</h1><div><small>15 October 2025</small></div>",
            "<h1>Bridge opens</h1><aside><time>2021-01-01</time></aside><p><time>2025-10-15</time></p>",
        ] {
            assert_eq!(
                parse_date(&date(html).unwrap())
                    .unwrap()
                    .0
                    .div_euclid(86_400),
                20_376,
                "for {html}"
            );
        }
        assert_eq!(date("<h1>Bridge</h1><p class='time'>134888293</p>"), None);
        assert_eq!(
            date("<time>soon</time><meta name='date' content='today'>"),
            None
        );
    }

    #[test]
    fn publication_wins_over_change_and_the_surer_over_the_first() {
        let html = "<meta property='article:modified_time' content='2025-11-01'><time datetime='2025-10-16'>x</time>\
            <meta property='article:published_time' content='2025-10-15'>";
        assert_eq!(date(html).as_deref(), Some("2025-10-15"));
        let html = "<meta property='article:modified_time' content='2025-11-01'>";
        assert_eq!(date(html).as_deref(), Some("2025-11-01"));
        assert_eq!(
            published(
                &Document::from(html),
                Some("https://a.example/2025/10/15/x")
            )
            .as_deref(),
            Some("2025-10-15")
        );
    }

    #[test]
    fn addresses_tell_where_they_clearly_hold_a_day() {
        let day = parse_date("2025-10-15");
        for path in [
            "2025/10/15/bridge",
            "news/2025-10-15-bridge.html",
            "2025/oct/15/bridge",
            "a/20251015/b",
            "bridge_20251015",
        ] {
            let found = in_address(&format!("https://news.example/{path}"));
            assert_eq!(found.as_deref().and_then(parse_date), day, "for {path}");
        }
        for path in [
            "2025/10/bridge",
            "12345678",
            "20251399",
            "2025-1015",
            "1/2/2025",
            "1000-10-15",
            "99991231/x",
        ] {
            assert_eq!(
                in_address(&format!("https://news.example/{path}")),
                None,
                "for {path}"
            );
        }
    }
}
