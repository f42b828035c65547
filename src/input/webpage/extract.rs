//! The article of a web page.
//!
//! Input: a page. Output: an [`ItemFields`] with the main text, title, address, date, outlet and
//! language. Cost: linear in the page, at some megabytes per second. The main text is found by the
//! density of words and links (dom_smoothie, after Mozilla's Readability).

use dom_query::Document;
use dom_smoothie::{Config, Readability, TextMode};
use memchr::memmem;
use url::Url;

use super::boilerplate;
use super::parse_limits::{exceeds_limits, is_too_deep};
use super::publication_date::publication_date;
use super::start;
use crate::identity::LinkRules;
use crate::input::item::{FeedFields, ItemFields, names};
use crate::input::{RejectCause, markup};

/// Pages with more elements are no articles: parsing would take seconds.
const MAX_ELEMENTS: usize = 50_000;

/// Characters. A shorter main text is searched again with weaker rules (Readability).
const MIN_ARTICLE_CHARS: usize = 250;

/// The article of a page.
pub(in crate::input) fn item(page: &str) -> Result<ItemFields, RejectCause> {
    let page = without_preamble(page);
    if page.matches('<').count() >= 2 * MAX_ELEMENTS {
        return Err(RejectCause::TooManyElements);
    }
    extract(page).ok_or(RejectCause::EmptyPage)
}

/// The page without server warnings in front. A page inside a comment begins no page.
fn without_preamble(page: &str) -> &str {
    const PARTS_OF_PAGE: [&str; 3] = ["<!--", "<meta", "<title"];
    let Some(start) = start(page) else {
        return page;
    };
    let is_preamble = PARTS_OF_PAGE
        .iter()
        .all(|part| !page[..start].contains(part));
    if is_preamble { &page[start..] } else { page }
}

fn extract(page: &str) -> Option<ItemFields> {
    if exceeds_limits(page) {
        return extract_without_tree(page);
    }
    let document = Document::from(page);
    if is_too_deep(&document) {
        return extract_without_tree(page);
    }
    extract_from_tree(document)
}

/// The title of a page, and all text behind the title.
fn extract_without_tree(page: &str) -> Option<ItemFields> {
    let start = memmem::find(page.as_bytes(), b"<title").map_or(0, |at| at + "<title".len());
    let (title, body) = match page[start..].split_once("</title") {
        Some((title, rest)) => (title, rest.split_once('>').map_or("", |(_, body)| body)),
        None => ("", page),
    };
    let title = title.split_once('>').map_or("", |(_, title)| title);
    let item = ItemFields {
        title: markup::title(title).into_owned(),
        text: markup::text(body),
        ..ItemFields::default()
    };
    (!item.title.is_empty() || !item.text.is_empty()).then_some(item)
}

fn extract_from_tree(document: Document) -> Option<ItemFields> {
    let config = Config {
        text_mode: TextMode::Formatted,
        max_elements_to_parse: MAX_ELEMENTS,
        char_threshold: MIN_ARTICLE_CHARS,
        ..Config::default()
    };
    let mut reader = Readability::with_document(document, None, Some(config)).ok()?;
    let page = PageMetadata::of(&reader.doc);
    let date = publication_date(&reader.doc, page.urls.first().map(String::as_str));
    let metadata = reader.get_article_metadata(reader.parse_json_ld());
    boilerplate::remove(&reader.doc);
    let main = reader.parse().ok();
    let text = main.as_ref().map(|main| main_text(&main.text_content));
    let text = text
        .filter(|text| !text.is_empty())
        .or(metadata.excerpt)
        .unwrap_or_default();
    let title = page
        .title
        .or(main.map(|main| main.title))
        .unwrap_or(metadata.title);
    let title = markup::title(&title).into_owned();
    if title.is_empty() && text.is_empty() {
        return None;
    }
    let mut urls: Vec<String> = page.urls.into_iter().chain(metadata.url).collect();
    urls.retain(|url| Url::parse(url).is_ok());
    let source = metadata
        .site_name
        .or_else(|| urls.first().and_then(|url| host(url)));
    let url = urls.into_iter().find(|url| !is_front_page(url));
    Some(ItemFields {
        id: url.clone(),
        date,
        language: page.language.or(metadata.lang),
        title,
        text,
        url,
        source,
        feed_fields: FeedFields {
            authors: names(metadata.byline.into_iter()),
            ..FeedFields::default()
        },
        ..ItemFields::default()
    })
}

/// The main text without headings at its ends; empty if it only asks for consent.
fn main_text(content: &str) -> String {
    let text = boilerplate::without_edges(&markup::tidy(content));
    if boilerplate::is_consent_wall(&text) {
        return String::new();
    }
    text
}

/// The host of an address without "www.".
fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(url.host_str()?.trim_start_matches("www.").to_owned())
}

/// Whether an address is a front page, which some outlets declare as the address of every page.
fn is_front_page(url: &str) -> bool {
    LinkRules::default()
        .page(url)
        .is_some_and(|page| page.is_front)
}

/// Metadata of a page that Readability does not read.
struct PageMetadata {
    title: Option<String>,
    /// The address in the canonical link and in Open Graph.
    urls: Vec<String>,
    language: Option<String>,
}

impl PageMetadata {
    fn of(page: &Document) -> Self {
        let title = attribute(page, "meta[property='og:title']", "content")
            .or_else(|| attribute(page, "meta[name='twitter:title']", "content"));
        let canonical = attribute(page, "link[rel='canonical']", "href");
        let open_graph = attribute(page, "meta[property='og:url']", "content");
        let language = attribute(page, "html[lang]", "lang")
            .or_else(|| attribute(page, "meta[http-equiv='content-language']", "content"));
        PageMetadata {
            title,
            urls: canonical.into_iter().chain(open_graph).collect(),
            language,
        }
    }
}

/// An attribute of the first element of a selector, unless it is blank.
fn attribute(page: &Document, selector: &str, name: &str) -> Option<String> {
    let value = page.try_select(selector)?.attr(name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Article;
    use crate::input::parse_date;

    fn article(page: &str) -> Article<'static> {
        item(page).unwrap().into_article()
    }

    fn page(head: &str, body: &str) -> String {
        format!(
            "<!DOCTYPE html><html lang=\"ar\" dir=\"rtl\"><head>{head}</head><body>{body}</body></html>"
        )
    }

    fn long(sentence: &str) -> String {
        (0..6)
            .map(|_| format!("<p>{}</p>", sentence.repeat(4)))
            .collect()
    }

    #[test]
    fn pages_give_their_article() {
        let head = "<title>الشرع في موسكو - الميناء</title><meta property='og:title' content='الشرع في موسكو'>\
            <link rel='canonical' href='https://harbour.example/1'><meta property='og:site_name' content='الميناء'>\
            <meta property='article:published_time' content='2025-10-15T08:00:00+03:00'>";
        let body = format!(
            "<nav><a href='/'>الرئيسية</a> <a href='/s'>رياضة</a></nav><article><h1>الشرع في موسكو</h1>{}</article>\
            <footer><a href='/c'>اتصل بنا</a></footer>",
            long("وصل الرئيس إلى العاصمة الروسية صباح اليوم. ")
        );
        let item = article(&page(head, &body));
        assert_eq!(
            (&*item.id, &*item.title),
            ("https://harbour.example/1", "الشرع في موسكو")
        );
        assert_eq!(
            (item.source.as_deref(), item.language.as_deref()),
            (Some("الميناء"), Some("ar"))
        );
        assert_eq!(item.published, parse_date("2025-10-15T05:00:00Z"));
        assert!(
            item.text.starts_with("وصل الرئيس") && !item.text.contains("اتصل بنا"),
            "{}",
            item.text
        );
    }

    #[test]
    fn front_pages_are_not_addresses_of_articles() {
        let read = |head: &str, title: &str| {
            let head = format!("<title>{title}</title>{head}");
            article(&page(
                &head,
                &long("Cars crossed the new bridge in the morning. "),
            ))
        };
        let front = "<link rel='canonical' href='https://harbour.example/'>";
        let [a, b] = ["Bridge opens", "Ferry sails"].map(|title| read(front, title));
        assert!(a.url.is_none() && a.id != b.id);
        assert_eq!(a.source.as_deref(), Some("harbour.example"));
        let other =
            format!("{front}<meta property='og:url' content='https://harbour.example/news/7'>");
        assert_eq!(
            read(&other, "Bridge opens").url.as_deref(),
            Some("https://harbour.example/news/7")
        );
    }

    #[test]
    fn pages_without_text_give_their_title_and_empty_pages_are_rejected() {
        let bare = "<html><head><title>Bridge opens</title></head><body></body></html>";
        assert_eq!(article(bare).title, "Bridge opens");
        let empty = item("<html><body></body></html>");
        assert_eq!(empty.err(), Some(RejectCause::EmptyPage));
    }

    #[test]
    fn pages_beyond_the_parse_limits_give_their_text() {
        let fonts: String = (0..4000).map(|n| format!("<font a{n}>")).collect();
        let attributes: String = (0..40_000).map(|n| format!(" a{n}=''")).collect();
        let story = "Cars crossed the new bridge &amp; back.";
        for body in [
            format!(
                "{}{story}{}",
                "<div>".repeat(20_000),
                "</div>".repeat(20_000)
            ),
            format!("{}{story}", "<span>".repeat(900)),
            format!("{fonts}<p>{story}</p>{}", "<p></p>".repeat(20_000)),
            format!("<p{attributes}>{story}</p>"),
        ] {
            let found = article(&page("<title>Bridge opens &amp; more</title>", &body));
            assert_eq!(found.title, "Bridge opens & more");
            assert_eq!(found.text, "Cars crossed the new bridge & back.");
        }
    }

    #[test]
    fn server_warnings_before_a_page_are_ignored() {
        let bridge = page(
            "<title>Bridge opens</title>",
            &long("Cars crossed the new bridge in the morning. "),
        );
        for before in [
            "<br />\n<b>Warning</b>:  no such index in <b>x.php</b> on line <b>3</b><br />\n",
            "<script>if (1 < 2) { x() }</script>\n",
            "<style>p > b { margin: 0 }</style>",
            "Notice: out of disk in x.php on line 3\n\n",
        ] {
            let found = article(&format!("{before}{bridge}"));
            assert_eq!(found.title, "Bridge opens", "behind {before}");
            assert!(found.text.starts_with("Cars crossed"), "{}", found.text);
        }
        let commented =
            "<!--[if IE]>\n<html class=\"old\"><![endif]-->\n<title>Bridge opens</title>";
        assert_eq!(article(commented).title, "Bridge opens");
    }

    #[test]
    fn consent_walls_have_no_text() {
        let wall = "We value your privacy. We and our partners store and use cookies on your device. With your consent we \
            process personal data for advertising. Please enable JavaScript to subscribe. ";
        let head = "<title>Mayor resigns over stadium</title>";
        let found = article(&page(
            head,
            &format!("<div><p>{wall}</p><p>{wall}</p></div>"),
        ));
        assert_eq!(
            (&*found.title, &*found.text),
            ("Mayor resigns over stadium", "")
        );
    }

    #[test]
    fn ruby_annotations_are_removed() {
        let story = "<p><ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>の新しい本が今日から全国の書店で売られることになりました。</p>".repeat(6);
        let text = article(&page("<title>新しい本</title>", &story)).text;
        assert!(
            text.starts_with("漢字の新しい本") && !text.contains("かん"),
            "{text}"
        );
    }

    #[test]
    fn json_ld_is_read() {
        let head = "<title>x</title><script type='application/ld+json'>{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\
            \"headline\":\"Bridge opens\",\"datePublished\":\"2025-10-15T08:00:00Z\",\"publisher\":{\"name\":\"Harbour\"}}</script>";
        let text = long("Cars crossed the new bridge in the morning. ");
        let found = article(&page(head, &text));
        assert_eq!(found.published, parse_date("2025-10-15T08:00:00Z"));
        assert_eq!(found.source.as_deref(), Some("Harbour"));
    }
}
