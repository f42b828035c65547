//! The text of a scraped news page to articles.
//!
//! Input: a page as text. Output: the main article, the articles under "read also", and an article
//! per title under "similar articles". Cost: linear in the text.
//!
//! A page begins with the name of the outlet and the time of fetching, followed by title, date of
//! publication, body, attribution and keywords. Sections are recognised by their headings in Arabic
//! or English, in any spelling. Ids are hashes of the content.

use serde_json::{Value, json};

use super::{content_id, parse_date};
use crate::article::Article;
use crate::text::Tokens;

/// The kinds of lines.
#[derive(Debug, Clone, Copy, PartialEq)]
enum PageLine<'a> {
    Fetched(&'a str),
    Published(&'a str),
    Attribution(&'a str),
    Keywords(&'a str),
    ReadAlso,
    Similar,
    Bullet(&'a str),
    Boilerplate,
    Text(&'a str),
}

const PUBLISHED: [&str; 5] = [
    "تاريخ النشر",
    "نشر في",
    "نشر بتاريخ",
    "published",
    "date published",
];
const ATTRIBUTION: [&str; 3] = ["المصدر", "source", "المصادر"];
const KEYWORDS: [&str; 6] = [
    "كلمات دلاليه",
    "كلمات مفتاحيه",
    "الكلمات الدلاليه",
    "keywords",
    "tags",
    "وسوم",
];
const READ_ALSO: [&str; 5] = [
    "اقرا ايضا",
    "اقرا ايضاً",
    "طالع ايضا",
    "read also",
    "read more",
];
const SIMILAR: [&str; 9] = [
    "مقالات مشابهه",
    "مواضيع ذات صله",
    "اخبار ذات صله",
    "مقالات ذات صله",
    "موضوعات متعلقه",
    "similar articles",
    "related articles",
    "related news",
    "related",
];
const BOILERPLATE: [&str; 5] = [
    "انتقل الي اختصارات الوصول",
    "شارك هذا المقال",
    "share this article",
    "skip to",
    "اعلان",
];

/// Whether a text is a scraped page: a fetch time is near its top, or bullets follow the heading of
/// a list.
pub(super) fn looks_like(text: &str) -> bool {
    let lines: Vec<PageLine<'_>> = lines(text).collect();
    let fetched = lines
        .iter()
        .take(HEAD_LINES)
        .any(|line| matches!(line, PageLine::Fetched(_)));
    let listed = lines
        .windows(2)
        .any(|pair| matches!(pair, [PageLine::Similar, PageLine::Bullet(_)]));
    fetched || listed
}

/// Lines at the top in which the fetch time is.
const HEAD_LINES: usize = 6;

/// Bytes of the longest fetch time.
const MAX_TIME_BYTES: usize = 40;

/// Words of the longest boilerplate line.
const MAX_BOILERPLATE_WORDS: usize = 12;

fn lines(text: &str) -> impl Iterator<Item = PageLine<'_>> {
    text.lines()
        .map(trim)
        .filter(|line| !line.is_empty())
        .map(kind)
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_mark(c))
}

/// Direction marks and the byte order mark.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn kind(line: &str) -> PageLine<'_> {
    if let Some(item) = bullet(line) {
        return PageLine::Bullet(item);
    }
    if is_fetch_time(line) {
        return PageLine::Fetched(line);
    }
    if let Some(labelled) = labelled(line) {
        return labelled;
    }
    let heading = folded(line);
    let heading = heading.as_str();
    let is_boilerplate = BOILERPLATE.iter().any(|phrase| heading.starts_with(phrase))
        && heading.split(' ').count() <= MAX_BOILERPLATE_WORDS;
    if READ_ALSO.contains(&heading) {
        PageLine::ReadAlso
    } else if SIMILAR.contains(&heading) {
        PageLine::Similar
    } else if is_boilerplate {
        PageLine::Boilerplate
    } else {
        PageLine::Text(line)
    }
}

/// The text behind a bullet.
fn bullet(line: &str) -> Option<&str> {
    let item = line.strip_prefix(['•', '·', '●', '▪', '◦', '*', '-', '–'])?;
    Some(trim(item)).filter(|item| !item.is_empty())
}

fn is_fetch_time(line: &str) -> bool {
    line.len() <= MAX_TIME_BYTES
        && line.contains(':')
        && line.starts_with(|c: char| c.is_ascii_digit())
        && parse_date(line).is_some()
}

/// A line of a known label and a value.
fn labelled(line: &str) -> Option<PageLine<'_>> {
    let (label, value) = line.split_once(':')?;
    let (label, value) = (folded(label), value.trim());
    let label = label.as_str();
    if PUBLISHED.contains(&label) {
        Some(PageLine::Published(value))
    } else if ATTRIBUTION.contains(&label) && !value.is_empty() {
        Some(PageLine::Attribution(value))
    } else if KEYWORDS.contains(&label) {
        Some(PageLine::Keywords(value))
    } else {
        None
    }
}

fn folded(text: &str) -> String {
    Tokens::of(text).as_str().to_owned()
}

/// The sections of a page.
#[derive(Clone, Copy, PartialEq)]
enum Section {
    Head,
    Main,
    Also,
    List,
}

#[derive(Default)]
struct ScrapedPage<'a> {
    outlet: Option<&'a str>,
    fetched: Option<&'a str>,
    published: Option<&'a str>,
    attribution: Option<&'a str>,
    keywords: Option<&'a str>,
    main: Vec<&'a str>,
    also: Vec<Vec<&'a str>>,
    list: Vec<&'a str>,
}

/// The items of a page: the main article, the articles under "read also", and the titles of the
/// list.
pub(super) fn items(text: &str) -> Vec<Article<'_>> {
    let page = parse(text);
    let main = page
        .main
        .split_first()
        .map(|(title, body)| page.main_article(title, body));
    let also = page
        .also
        .iter()
        .filter_map(|article| article.split_first())
        .map(|(title, body)| page.other(title, body));
    let list = page.list.iter().map(|title| page.other(title, &[]));
    main.into_iter().chain(also).chain(list).collect()
}

fn parse(text: &str) -> ScrapedPage<'_> {
    let mut page = ScrapedPage::default();
    let mut section = Section::Head;
    for line in lines(text) {
        match line {
            PageLine::Fetched(time) if page.fetched.is_none() && section == Section::Head => {
                page.fetched = Some(time);
            }
            PageLine::Published(date) => page.published = page.published.or(Some(date)),
            PageLine::Attribution(source) if section != Section::List => {
                page.attribution = page.attribution.or(Some(source));
            }
            PageLine::Keywords(words) => page.keywords = page.keywords.or(Some(words)),
            PageLine::ReadAlso => {
                section = Section::Also;
                page.also.push(Vec::new());
            }
            PageLine::Similar => section = Section::List,
            PageLine::Boilerplate => {}
            PageLine::Bullet(item) if section == Section::List => page.list.push(item),
            PageLine::Text(line)
                if section == Section::Head && page.outlet.is_none() && line.ends_with(':') =>
            {
                page.outlet = Some(line.trim_end_matches(':').trim());
            }
            PageLine::Text(line)
            | PageLine::Fetched(line)
            | PageLine::Attribution(line)
            | PageLine::Bullet(line) => {
                if section == Section::Head {
                    section = Section::Main;
                }
                page.add(section, without_advert(line));
            }
        }
    }
    page
}

/// A paragraph without the label of an advertisement at its end.
fn without_advert(line: &str) -> &str {
    ["اعلان", "إعلان"]
        .iter()
        .find_map(|label| line.strip_suffix(label).map(str::trim_end))
        .filter(|rest| rest.ends_with(['.', '!', '؟', '»', '"']))
        .unwrap_or(line)
}

impl<'a> ScrapedPage<'a> {
    fn add(&mut self, section: Section, line: &'a str) {
        match section {
            Section::Also => {
                if let Some(article) = self.also.last_mut() {
                    article.push(line);
                }
            }
            Section::List => self.list.push(line),
            Section::Head | Section::Main => self.main.push(line),
        }
    }

    fn main_article(&self, title: &'a str, body: &[&'a str]) -> Article<'a> {
        let mut article = self.article(title, body);
        article.source = self.outlet.map(Into::into);
        article.published = self.published.and_then(parse_date);
        let own = [
            ("source", self.outlet),
            ("date_published", self.published),
            ("attribution", self.attribution),
        ];
        let mut record = self.record(&article);
        for (key, value) in own
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
        {
            record[key] = json!(value);
        }
        if let Some(moment) = article
            .published
            .and_then(|moment| jiff::Timestamp::from_second(moment.0).ok())
        {
            record["date_published"] = json!(moment.to_string());
        }
        if let Some(keywords) = self.keywords.filter(|keywords| !keywords.is_empty()) {
            record["tags"] = keywords
                .split(['،', ',', '|'])
                .map(|word| json!(word.trim()))
                .collect();
        }
        article.record = record.to_string().into();
        article
    }

    /// An item under "read also" or in the list. It is dated by the time of fetching: a page lists
    /// items that are new when it is fetched, while its main article may be years old.
    fn other(&self, title: &'a str, body: &[&'a str]) -> Article<'a> {
        let mut article = self.article(title, body);
        article.published = self.fetched.and_then(parse_date);
        article.record = self.record(&article).to_string().into();
        article
    }

    fn article(&self, title: &'a str, body: &[&'a str]) -> Article<'a> {
        let same = folded(title);
        let mut paragraphs: Vec<&str> = body
            .iter()
            .copied()
            .filter(|line| folded(line) != same)
            .collect();
        paragraphs.dedup();
        let text = paragraphs.join("\n");
        let id = content_id(title, &text, None);
        Article {
            id: id.into(),
            title: title.into(),
            text: text.into(),
            ..Article::default()
        }
    }

    fn record(&self, article: &Article<'_>) -> Value {
        let mut record = json!({ "id": article.id, "title": article.title });
        if !article.text.is_empty() {
            record["content_text"] = json!(article.text);
        }
        if let Some(moment) = self
            .fetched
            .and_then(parse_date)
            .and_then(|when| jiff::Timestamp::from_second(when.0).ok())
        {
            record["date_fetched"] = json!(moment.to_string());
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\u{feff}الميناء:\r\n2025-10-15@23:45:36 GMT\r\n\r\nافتتاح الجسر الجديد\r\n\r\nتاريخ النشر: 5th, September 2023 GMT\r\n\r\n\
        افتتاح الجسر الجديد\r\n\r\nعبرت السيارات الجسر صباحا. اعلان\r\n\r\nوقال المحافظ: الجسر هدية للمدينة.\r\n\r\nالمصدر: الميناء\r\n\r\n\
        كلمات دلالية: جسر، مدينة\r\n\r\nإقرأ أيضاً:\r\n\r\nأمطار على الساحل\r\n\r\nهطلت أمطار غزيرة.\r\n\r\n\
        انتقل إلى اختصارات الوصول شارك هذا المقال محادثة\r\n\r\nمقالات مشابهة\r\n\r\n  • عنوان أول\r\n  • \u{200f}عنوان ثان\r\n";

    #[test]
    fn pages_give_their_items() {
        let items = items(PAGE);
        let titles: Vec<&str> = items.iter().map(|item| &*item.title).collect();
        assert_eq!(
            titles,
            [
                "افتتاح الجسر الجديد",
                "أمطار على الساحل",
                "عنوان أول",
                "عنوان ثان"
            ]
        );
        assert_eq!(
            items[0].text,
            "عبرت السيارات الجسر صباحا.\nوقال المحافظ: الجسر هدية للمدينة."
        );
        assert_eq!(items[0].source.as_deref(), Some("الميناء"));
        assert_eq!(items[0].published, parse_date("2023-09-05"));
        assert_eq!(items[1].text, "هطلت أمطار غزيرة.");
        assert_eq!(
            (items[1].published, &items[1].source),
            (parse_date("2025-10-15T23:45:36Z"), &None)
        );
        assert!(!items[1].record.contains("date_published"));
        assert!(
            items[0].record.contains("\"tags\":[\"جسر\",\"مدينة\"]")
                && items[0].record.contains("\"attribution\":\"الميناء\"")
        );
        assert!(
            items[2]
                .record
                .contains("\"date_fetched\":\"2025-10-15T23:45:36Z\"")
        );
    }

    #[test]
    fn english_headings_and_other_bullets_are_recognised() {
        let page = "Harbour News:\n2025-10-15@23:45:36 GMT\n\nBridge opens\n\nPublished: 2023-09-05\n\nCars crossed it.\n\nSource: Harbour\n\
            Read also:\nRain\nIt rained.\n\nRelated articles\n* One\n- Two\n";
        let titles: Vec<String> = items(page)
            .iter()
            .map(|item| item.title.to_string())
            .collect();
        assert_eq!(titles, ["Bridge opens", "Rain", "One", "Two"]);
        let page = "عنوان\nمتن قصير.\nاقرأ ايضا\nثان\nمواضيع ذات صلة:\n▪ واحد";
        assert!(looks_like(page));
        assert_eq!(items(page).len(), 3);
    }

    #[test]
    fn sections_may_be_missing() {
        assert!(items("").is_empty());
        assert_eq!(items("مقالات مشابهة\n• واحد\n• اثنان").len(), 2);
        assert!(!looks_like("A letter.\n\nDear friend, it is 10:30 here."));
    }
}
