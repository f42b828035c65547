//! The publication date that a web page declares.
//!
//! Input: the tree of a page and its address. Output: the date as written. Cost: linear in the
//! page.
//!
//! Sources, the most reliable first: linked data (JSON-LD), `meta` elements, microdata, `time`
//! elements, the address, text near the headline, and last the date of modification.

use dom_query::{Document, NodeRef};
use serde_json::Value;
use url::Url;

use crate::input::parse_date;

/// Where a date was found, the most reliable place first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum DateOrigin {
    /// Linked data about an article.
    ArticleData,
    /// A `meta` element named for publication.
    PublicationMeta,
    /// Linked data about the page or its content.
    PageData,
    /// Microdata or an element named for publication.
    PublicationElement,
    /// A `meta` element or an element with a date.
    AnyDate,
    /// The address of the page.
    Address,
    /// An element near the headline whose class or id is named for a date.
    NamedElement,
    /// A text near the headline that is only a date.
    BareText,
    /// A date of modification.
    Modified,
}

/// A date as written, and its origin.
type DateCandidate = (DateOrigin, String);

/// The publication date of a page: the first date of the most reliable origin.
pub(super) fn publication_date(page: &Document, address: Option<&str>) -> Option<String> {
    let mut found = in_linked_data(page);
    found.extend(in_metas(page));
    found.retain(|(_, date)| parse_date(date).is_some());
    // Elements and addresses are less reliable than page data.
    if found
        .iter()
        .all(|&(origin, _)| origin > DateOrigin::PageData)
    {
        found.extend(in_elements(page));
        let date = address.and_then(in_address);
        found.extend(date.map(|date| (DateOrigin::Address, date)));
        found.retain(|(_, date)| parse_date(date).is_some());
    }
    found
        .into_iter()
        .min_by_key(|&(origin, _)| origin)
        .map(|(_, date)| date)
}

fn in_linked_data(page: &Document) -> Vec<DateCandidate> {
    let scripts = page.select("script[type='application/ld+json']");
    let mut found = Vec::new();
    for script in scripts.nodes() {
        let text = script.text();
        match serde_json::from_str(without_comment_marks(&text)) {
            Ok(value) => collect(&value, &mut found),
            // In JSON broken by a line break or a trailing comma, the first date belongs to the
            // main thing.
            Err(_) => {
                let date = quoted_value(&text, "datePublished");
                found.extend(date.map(|date| (DateOrigin::PageData, date)));
            }
        }
    }
    found
}

/// Linked data without the comment or CDATA marks of old software.
fn without_comment_marks(text: &str) -> &str {
    let text = text.trim();
    let start = if text.starts_with(['<', '/']) {
        text.find(['{', '['])
    } else {
        None
    };
    let text = start.map_or(text, |start| &text[start..]);
    let end = text.rfind(['}', ']']).map_or(text.len(), |end| end + 1);
    let behind = text[end..].trim_start();
    if start.is_some() || behind.starts_with([';', '/', '<', ']']) {
        &text[..end]
    } else {
        text
    }
}

/// Collects the dates of the main thing in linked data, not those of pictures, comments and lists.
fn collect(value: &Value, found: &mut Vec<DateCandidate>) {
    match value {
        Value::Array(values) => {
            for value in values {
                collect(value, found);
            }
        }
        Value::Object(_) => {
            if let Some(origin) = value.get("@type").and_then(origin_of_type) {
                let published = ["datePublished", "uploadDate", "dateCreated"]
                    .iter()
                    .find_map(|key| text_of(value, key));
                found.extend(published.map(|date| (origin, date)));
                let modified = text_of(value, "dateModified");
                found.extend(modified.map(|date| (DateOrigin::Modified, date)));
            }
            for key in ["@graph", "mainEntity", "mainEntityOfPage"] {
                if let Some(inner) = value.get(key) {
                    collect(inner, found);
                }
            }
        }
        _ => {}
    }
}

fn text_of(value: &Value, key: &str) -> Option<String> {
    Some(value.get(key)?.as_str()?.to_owned())
}

/// The origin of the dates of a thing by its type; `None` if the thing is not the page or its
/// content.
fn origin_of_type(kind: &Value) -> Option<DateOrigin> {
    const UNRELATED: [&str; 6] = [
        "ImageObject",
        "Person",
        "Organization",
        "Comment",
        "ItemList",
        "WebSite",
    ];
    let kind = match kind {
        Value::Array(kinds) => kinds.iter().find_map(Value::as_str)?,
        kind => kind.as_str()?,
    };
    if kind.ends_with("Article") || kind.ends_with("Posting") {
        return Some(DateOrigin::ArticleData);
    }
    let is_unrelated = UNRELATED.iter().any(|name| kind.ends_with(name));
    (!is_unrelated).then_some(DateOrigin::PageData)
}

/// The quoted value of a key, in JSON that does not parse.
fn quoted_value(text: &str, key: &str) -> Option<String> {
    let behind = &text[text.find(key)? + key.len()..];
    let value = behind
        .trim_start_matches(['"', '\''])
        .trim_start()
        .strip_prefix(':')?
        .trim_start();
    let value = value.strip_prefix(['"', '\''])?;
    let end = value.find(['"', '\''])?;
    Some(value[..end].to_owned())
}

/// Parts of `meta` names for the date of publication, in lower case without punctuation.
const PUBLICATION_NAMES: [&str; 10] = [
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

/// `meta` names for dates that are mostly the date of publication.
const DATE_NAMES: [&str; 19] = [
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

/// `meta` names for the date of modification.
const MODIFICATION_NAMES: [&str; 8] = [
    "articlemodifiedtime",
    "ogupdatedtime",
    "datemodified",
    "dctermsmodified",
    "dcdatemodified",
    "lastmodified",
    "lastmod",
    "dcmodified",
];

fn in_metas(page: &Document) -> Vec<DateCandidate> {
    let metas = page.select("meta[content]");
    metas.nodes().iter().filter_map(in_meta).collect()
}

fn in_meta(meta: &NodeRef<'_>) -> Option<DateCandidate> {
    let name = ["property", "name", "itemprop", "http-equiv"]
        .iter()
        .find_map(|name| meta.attr(name))?;
    let mut name = name.to_ascii_lowercase();
    name.retain(|c| c.is_ascii_alphanumeric());
    let name = name.as_str();
    let origin = if PUBLICATION_NAMES.iter().any(|part| name.contains(part)) {
        DateOrigin::PublicationMeta
    } else if DATE_NAMES.contains(&name) {
        DateOrigin::AnyDate
    } else if MODIFICATION_NAMES.contains(&name) {
        DateOrigin::Modified
    } else {
        return None;
    };
    Some((origin, meta.attr("content")?.to_string()))
}

/// The dates in elements of the body.
fn in_elements(page: &Document) -> Vec<DateCandidate> {
    const PUBLISHED: &str = "[itemprop~='datePublished'], [property$='datePublished'], \
        time[pubdate], time.published, time.entry-date, abbr.published";
    const CREATED: &str = "[itemprop~='dateCreated'], [property$='dateCreated']";
    let nodes = article_nodes(page);
    let mut dates = selected(page, PUBLISHED, DateOrigin::PublicationElement);
    dates.extend(selected(page, CREATED, DateOrigin::AnyDate));
    dates.extend(nearest(&nodes, date_in_time, DateOrigin::AnyDate));
    dates.extend(selected(page, "time", DateOrigin::AnyDate));
    dates.extend(nearest(
        &nodes,
        date_in_named_element,
        DateOrigin::NamedElement,
    ));
    dates.extend(selected(
        page,
        "[itemprop~='dateModified']",
        DateOrigin::Modified,
    ));
    dates.extend(nearest(&nodes, bare_date, DateOrigin::BareText));
    dates
}

/// The dates in all elements of a selector.
fn selected(page: &Document, selector: &str, origin: DateOrigin) -> Vec<DateCandidate> {
    let Some(elements) = page.try_select(selector) else {
        return Vec::new();
    };
    let dates = elements.nodes().iter().filter_map(date_in_element);
    dates.map(|date| (origin, date)).collect()
}

/// The date nearest to the headline, in nodes.
fn nearest(
    nodes: &[NodeRef<'_>],
    date_in: fn(&NodeRef<'_>) -> Option<String>,
    origin: DateOrigin,
) -> Option<DateCandidate> {
    let headline = nodes
        .iter()
        .position(|node| node.has_name("h1"))
        .unwrap_or(0);
    let found = nodes
        .iter()
        .enumerate()
        .filter_map(|(at, node)| Some((at.abs_diff(headline), date_in(node)?)));
    let (_, date) = found.min_by_key(|&(distance, _)| distance)?;
    Some((origin, date))
}

/// The nodes of a page in document order, without elements that do not belong to its article.
fn article_nodes(page: &Document) -> Vec<NodeRef<'_>> {
    const SKIPPED: [&str; 9] = [
        "script", "style", "noscript", "template", "nav", "footer", "aside", "form", "select",
    ];
    let mut nodes = Vec::new();
    let mut stack = vec![page.root()];
    while let Some(node) = stack.pop() {
        stack.extend(node.next_sibling());
        let is_skipped = node
            .node_name()
            .is_some_and(|name| SKIPPED.contains(&&*name));
        if !is_skipped {
            stack.extend(node.first_child());
            nodes.push(node);
        }
    }
    nodes
}

/// The date in an attribute of an element, or in its text.
fn date_in_element(element: &NodeRef<'_>) -> Option<String> {
    for name in ["datetime", "content", "title"] {
        if let Some(date) = element.attr(name).filter(|date| is_date(date)) {
            return Some(date.to_string());
        }
    }
    short_text(element).filter(|date| is_date(date))
}

fn date_in_time(node: &NodeRef<'_>) -> Option<String> {
    if !node.has_name("time") {
        return None;
    }
    date_in_element(node)
}

/// The date in an element whose class or id is named for a date.
fn date_in_named_element(node: &NodeRef<'_>) -> Option<String> {
    const NAMES: [&str; 6] = ["date", "datum", "publi", "posted", "time", "fecha"];
    let mut attributes = ["class", "id"].iter().filter_map(|name| node.attr(name));
    let is_named = attributes.any(|value| {
        let value = value.to_ascii_lowercase();
        NAMES.iter().any(|name| value.contains(name))
    });
    if !is_named {
        return None;
    }
    short_text(node).filter(|text| is_date(text))
}

/// Bytes. A longer text without a name for a date is a sentence.
const MAX_BARE_BYTES: usize = 50;

/// The date in a text node that is only a date.
fn bare_date(node: &NodeRef<'_>) -> Option<String> {
    if !node.is_text() {
        return None;
    }
    let text = node.text();
    let text = text.trim();
    (text.len() <= MAX_BARE_BYTES && is_date(text)).then(|| text.to_owned())
}

/// Whether a displayed text is a date, not a number that parses as one.
fn is_date(text: &str) -> bool {
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    let is_number = text.trim().chars().all(char::is_numeric);
    digits >= 2 && (!is_number || matches!(digits, 8 | 10 | 13 | 14)) && parse_date(text).is_some()
}

/// Bytes. An element with more text shows more than a date.
const MAX_ELEMENT_BYTES: usize = 120;

/// An element with more nodes shows more than a date.
const MAX_ELEMENT_NODES: usize = 24;

/// The text of an element; `None` if it is too long for a date.
fn short_text(element: &NodeRef<'_>) -> Option<String> {
    let mut text = String::new();
    let nodes = element.descendants_it().take(MAX_ELEMENT_NODES);
    for node in nodes.filter(NodeRef::is_text) {
        text.extend([&*node.text(), " "]);
        if text.len() > MAX_ELEMENT_BYTES {
            return None;
        }
    }
    Some(text.trim().to_owned())
}

/// The day in an address: ".../2025/10/15/...", ".../2025-10-15-...", ".../2025/oct/15/...",
/// ".../20251015...".
fn in_address(address: &str) -> Option<String> {
    let address = Url::parse(address).ok()?;
    let parts: Vec<&str> = address.path().split(['/', '-', '_', '.']).collect();
    let separated = parts.windows(3).filter_map(day_in_parts);
    let compact = parts
        .iter()
        .filter(|part| part.len() == 8)
        .map(|part| (*part).to_owned());
    separated.chain(compact).find(|date| is_recent_day(date))
}

fn day_in_parts(parts: &[&str]) -> Option<String> {
    let [year, month, day] = *parts else {
        return None;
    };
    if year.len() != 4 || day.len() > 2 {
        return None;
    }
    let is_month_name = month.len() == 3 && month.bytes().all(|byte| byte.is_ascii_alphabetic());
    Some(parts.join(if is_month_name { " " } else { "-" }))
}

fn is_recent_day(date: &str) -> bool {
    let is_recent = date.starts_with("20") || date.starts_with("199");
    date.len() >= 8 && is_recent && parse_date(date).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(html: &str) -> Option<String> {
        publication_date(&Document::from(html), None)
    }

    #[test]
    fn dates_in_linked_data_are_found() {
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
    fn dates_in_metas_and_elements_are_found() {
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
    fn publication_precedes_modification_and_reliable_origins_precede_others() {
        let html = "<meta property='article:modified_time' content='2025-11-01'><time datetime='2025-10-16'>x</time>\
            <meta property='article:published_time' content='2025-10-15'>";
        assert_eq!(date(html).as_deref(), Some("2025-10-15"));
        let html = "<meta property='article:modified_time' content='2025-11-01'>";
        assert_eq!(date(html).as_deref(), Some("2025-11-01"));
        assert_eq!(
            publication_date(
                &Document::from(html),
                Some("https://a.example/2025/10/15/x")
            )
            .as_deref(),
            Some("2025-10-15")
        );
    }

    #[test]
    fn days_in_addresses_are_found() {
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
