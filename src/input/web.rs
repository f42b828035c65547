//! A web page in, its article out: the main text by its density of words and links (dom_smoothie,
//! after Mozilla's Readability), title, address, date, outlet and language from the metadata.
//! Linear in the page, at some megabytes a second.

use dom_query::Document;
use dom_smoothie::{Article as Found, Config, Readability, TextMode};
use memchr::memmem;
use url::Url;

use super::flood::{is_flood, is_too_deep};
use super::item::{Item, names};
use super::published::published;
use super::{Skipped, clutter, html};
use crate::article::Article;
use crate::identity::LinkRules;

/// Pages of more elements than this are no articles: they would take seconds.
const MOST_ELEMENTS: usize = 50_000;

/// The elements that a page may begin with.
pub(super) const ROOTS: [&str; 22] = [
    "html", "head", "body", "article", "main", "div", "meta", "title", "link", "base", "script",
    "style", "noscript", "br", "p", "span", "header", "nav", "section", "h1", "center", "table",
];

/// A page begins within so many bytes, behind scripts, styles and warnings of the server.
const LATEST_BEGIN: usize = 1 << 16;

/// Where a page begins, at the start of a line or behind markup, if what stands there says that it
/// does.
pub(super) fn begin(text: &str) -> Option<usize> {
    let head = &text.as_bytes()[..text.len().min(LATEST_BEGIN)];
    let begins = |at: usize| {
        let tag = &head[at..];
        let is_tag = |name: &[u8]| {
            tag.get(..name.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        let before = text[..at].trim_end_matches([' ', '\t']);
        (is_tag(b"<!doctype html") || is_tag(b"<html"))
            && (before.is_empty() || before.ends_with(['\n', '>']))
    };
    memchr::memchr_iter(b'<', head).find(|&at| begins(at))
}

/// The page without the warnings that a server may put before it; what is commented out begins no
/// page.
fn bare(page: &str) -> &str {
    let is_before_page = |text: &str| {
        !["<!--", "<meta", "<title"]
            .iter()
            .any(|part| text.contains(part))
    };
    let start = begin(page).filter(|&start| is_before_page(&page[..start]));
    start.map_or(page, |start| &page[start..])
}

/// A text of fewer characters is looked for again with less care for what it stands in.
const SHORTEST_ARTICLE: usize = 250;

/// The page's article, or why there is none.
pub(super) fn article(name: &str, page: &str) -> (Vec<Article<'static>>, Vec<Skipped>) {
    match item(page) {
        Ok(item) => (vec![item.into_article()], Vec::new()),
        Err(cause) => (
            Vec::new(),
            vec![Skipped {
                source: name.to_owned(),
                line: 1,
                cause,
            }],
        ),
    }
}

/// What the page says of its article, or why there is none.
pub(super) fn item(page: &str) -> Result<Item, String> {
    let page = bare(page);
    if page.matches('<').count() >= 2 * MOST_ELEMENTS {
        return Err("the page has too many elements for an article".to_owned());
    }
    of(page).ok_or_else(|| "the page has neither a title nor a text".to_owned())
}

/// The article of a page of which no tree is made: its title, and all the text behind it.
fn plain(page: &str) -> Option<Item> {
    let start = memmem::find(page.as_bytes(), b"<title").map_or(0, |at| at + "<title".len());
    let (title, body) = match page[start..].split_once("</title") {
        Some((title, rest)) => (title, rest.split_once('>').map_or("", |(_, body)| body)),
        None => ("", page),
    };
    let title = html::title(title.split_once('>').map_or("", |(_, title)| title)).into_owned();
    let found = Item {
        title,
        text: html::text(body),
        ..Item::default()
    };
    (!found.title.is_empty() || !found.text.is_empty()).then_some(found)
}

fn of(page: &str) -> Option<Item> {
    if is_flood(page) {
        return plain(page);
    }
    let document = Document::from(page);
    if is_too_deep(&document) {
        return plain(page);
    }
    let config = Config {
        text_mode: TextMode::Formatted,
        max_elements_to_parse: MOST_ELEMENTS,
        char_threshold: SHORTEST_ARTICLE,
        ..Config::default()
    };
    let mut reader = Readability::with_document(document, None, Some(config)).ok()?;
    let meta = Meta::of(&reader.doc);
    let date = published(&reader.doc, meta.urls.first().map(String::as_str));
    let metadata = reader.get_article_metadata(reader.parse_json_ld());
    clutter::remove(&reader.doc);
    let main: Option<Found> = reader.parse().ok();
    let text = main
        .as_ref()
        .map(|main| clutter::without_edges(&html::tidy(&main.text_content)));
    let text = text
        .filter(|text| !clutter::is_wall(text))
        .unwrap_or_default();
    let text = if text.is_empty() {
        metadata.excerpt.clone().unwrap_or_default()
    } else {
        text
    };
    let title = main
        .as_ref()
        .map(|main| main.title.clone())
        .unwrap_or(metadata.title.clone());
    let title = html::title(&meta.title.unwrap_or(title)).into_owned();
    if title.is_empty() && text.is_empty() {
        return None;
    }
    let urls: Vec<String> = meta
        .urls
        .into_iter()
        .chain(metadata.url)
        .filter(|url| Url::parse(url).is_ok())
        .collect();
    let host = || {
        Some(
            Url::parse(urls.first()?)
                .ok()?
                .host_str()?
                .trim_start_matches("www.")
                .to_owned(),
        )
    };
    let source = metadata.site_name.or_else(host);
    // Some outlets name their front page as the address of every page.
    let is_front = |url: &str| {
        LinkRules::default()
            .page(url)
            .is_some_and(|page| page.is_front)
    };
    let url = urls.into_iter().find(|url| !is_front(url));
    Some(Item {
        id: url.clone(),
        date,
        language: meta.language.or(metadata.lang),
        authors: names(metadata.byline.into_iter()),
        title,
        text,
        url,
        source,
        ..Item::default()
    })
}

/// What the page says of itself that Readability does not ask for.
struct Meta {
    title: Option<String>,
    /// Its address, as canonical link and metadata have it.
    urls: Vec<String>,
    language: Option<String>,
}

impl Meta {
    fn of(page: &dom_query::Document) -> Self {
        let attribute = |selector: &str, name: &str| {
            let found = page.try_select(selector)?.attr(name)?;
            Some(found.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let first = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .find_map(|(selector, name)| attribute(selector, name))
        };
        Meta {
            title: first(&[
                ("meta[property='og:title']", "content"),
                ("meta[name='twitter:title']", "content"),
            ]),
            urls: [
                ("link[rel='canonical']", "href"),
                ("meta[property='og:url']", "content"),
            ]
            .iter()
            .filter_map(|(selector, name)| attribute(selector, name))
            .collect(),
            language: first(&[
                ("html[lang]", "lang"),
                ("meta[http-equiv='content-language']", "content"),
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::parse_date;

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
    fn a_page_gives_its_article() {
        let head = "<title>الشرع في موسكو - الميناء</title><meta property='og:title' content='الشرع في موسكو'>\
            <link rel='canonical' href='https://harbour.example/1'><meta property='og:site_name' content='الميناء'>\
            <meta property='article:published_time' content='2025-10-15T08:00:00+03:00'>";
        let body = format!(
            "<nav><a href='/'>الرئيسية</a> <a href='/s'>رياضة</a></nav><article><h1>الشرع في موسكو</h1>{}</article>\
            <footer><a href='/c'>اتصل بنا</a></footer>",
            long("وصل الرئيس إلى العاصمة الروسية صباح اليوم. ")
        );
        let (articles, _) = article("f.html", &page(head, &body));
        let item = &articles[0];
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
    fn a_front_page_is_no_address_of_an_article() {
        let read = |head: &str, title: &str| {
            let head = format!("<title>{title}</title>{head}");
            article(
                "f",
                &page(&head, &long("Cars crossed the new bridge in the morning. ")),
            )
            .0
            .remove(0)
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
    fn a_bare_page_gives_its_title_and_an_empty_one_is_skipped() {
        let (articles, _) = article(
            "f",
            "<html><head><title>Bridge opens</title></head><body></body></html>",
        );
        assert_eq!(articles[0].title, "Bridge opens");
        let (articles, skipped) = article("f", "<html><body></body></html>");
        assert!(articles.is_empty() && skipped[0].cause.contains("neither"));
    }

    /// Within the bounds of a page, but nested or flooded: the text is read all the same.
    #[test]
    fn a_page_without_a_tree_gives_its_text() {
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
            let (articles, skipped) =
                article("f", &page("<title>Bridge opens &amp; more</title>", &body));
            assert_eq!(skipped, []);
            assert_eq!(articles[0].title, "Bridge opens & more");
            assert_eq!(articles[0].text, "Cars crossed the new bridge & back.");
        }
    }

    #[test]
    fn what_stands_before_a_page_is_none_of_it() {
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
            let (articles, _) = article("f", &format!("{before}{bridge}"));
            assert_eq!(articles[0].title, "Bridge opens", "behind {before}");
            assert!(
                articles[0].text.starts_with("Cars crossed"),
                "{}",
                articles[0].text
            );
        }
        let commented =
            "<!--[if IE]>\n<html class=\"old\"><![endif]-->\n<title>Bridge opens</title>";
        assert_eq!(article("f", commented).0[0].title, "Bridge opens");
    }

    #[test]
    fn a_wall_in_place_of_an_article_has_no_text() {
        let wall = "We value your privacy. We and our partners store and use cookies on your device. With your consent we \
            process personal data for advertising. Please enable JavaScript to subscribe. ";
        let head = "<title>Mayor resigns over stadium</title>";
        let (articles, _) = article(
            "f",
            &page(head, &format!("<div><p>{wall}</p><p>{wall}</p></div>")),
        );
        assert_eq!(
            (&*articles[0].title, &*articles[0].text),
            ("Mayor resigns over stadium", "")
        );
    }

    #[test]
    fn readings_of_ruby_are_no_text() {
        let story = "<p><ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby>の新しい本が今日から全国の書店で売られることになりました。</p>".repeat(6);
        let text = &article("f", &page("<title>新しい本</title>", &story)).0[0].text;
        assert!(
            text.starts_with("漢字の新しい本") && !text.contains("かん"),
            "{text}"
        );
    }

    #[test]
    fn linked_data_is_read() {
        let head = "<title>x</title><script type='application/ld+json'>{\"@context\":\"https://schema.org\",\"@type\":\"NewsArticle\",\
            \"headline\":\"Bridge opens\",\"datePublished\":\"2025-10-15T08:00:00Z\",\"publisher\":{\"name\":\"Harbour\"}}</script>";
        let (articles, _) = article(
            "f",
            &page(head, &long("Cars crossed the new bridge in the morning. ")),
        );
        assert_eq!(articles[0].published, parse_date("2025-10-15T08:00:00Z"));
        assert_eq!(articles[0].source.as_deref(), Some("Harbour"));
    }
}
