//! Feeds to articles: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, CDF and news sitemaps.
//!
//! Input: a feed, well-formed or not. Output: an article per item. Cost: linear in the text.
//!
//! There is one lenient parser. A strict parser with a lenient fallback would give an item another
//! id on the day that its feed breaks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hashbrown::{HashMap, HashSet};
use memchr::memchr_iter;
use serde_json::{Value, json};
use url::Url;

use super::item::{self, Attachment, FeedFields, ItemFields};
use super::xml::{Element, ITEM_NAMES, Tree};
use super::{
    Format, ReadError, RejectCause, RejectedRecord, SharedId, charset, content_id, markup,
    parse_date,
};
use crate::article::Article;
use crate::identity::{Likeness, clean_link, likeness, without_counters};
use crate::text::Tokens;

/// Elements of the title, the best first.
const TITLES: [&str; 5] = [
    "title",
    "media:title",
    "dc:title",
    "itunes:title",
    "news:title",
];

/// Elements of the text.
const BODIES: [&str; 11] = [
    "content:encoded",
    "content",
    "xhtml:body",
    "body",
    "fullitem",
    "description",
    "summary",
    "abstract",
    "dc:description",
    "media:description",
    "itunes:summary",
];

/// Elements of the date, the best first.
const DATES: [&str; 9] = [
    "published",
    "pubdate",
    "issued",
    "dc:date",
    "news:publication_date",
    "created",
    "updated",
    "modified",
    "lastmod",
];

/// Elements of the authors.
const AUTHORS: [&str; 3] = ["author", "dc:creator", "itunes:author"];

/// Root elements of feeds.
pub(super) const ROOTS: [&str; 7] = ["rss", "feed", "rdf", "channel", "urlset", "item", "entry"];

/// The items of a feed, those that were rejected, and the ids that several items have.
type FeedItems = (Vec<Article<'static>>, Vec<RejectedRecord>, Vec<SharedId>);

/// The items of a feed.
pub(super) fn items(name: &str, text: &str) -> Result<FeedItems, ReadError> {
    let tree = Tree::parse(text);
    let is_root = |element: &&Element| ROOTS.contains(&element.name.as_str());
    let Some(root) = tree.elements().iter().find(is_root) else {
        let error = "no rss, feed, rdf, channel or urlset element";
        return Err(ReadError::malformed(name, Format::Feed, error));
    };
    let feed = Feed::new(&tree, root);
    let mut articles = Vec::new();
    let mut rejected = Rejected::new(name, text);
    for item in tree.elements() {
        if !is_item(item, &root.name) {
            continue;
        }
        if item.is_cut {
            rejected.push(item.offset, RejectCause::CutElement);
        } else if let Some(article) = feed.article(item) {
            articles.push(article);
        } else {
            rejected.push(item.offset, RejectCause::EmptyElement);
        }
    }
    if tree.is_abandoned {
        rejected.push(text.len(), RejectCause::TooManyBrokenTags);
    }
    let shared_ids = make_ids_unique(&mut articles);
    Ok((articles, rejected.records, shared_ids))
}

/// The rejected items. Offsets ascend, so each line break is counted once.
struct Rejected<'t> {
    name: &'t str,
    text: &'t str,
    line: usize,
    counted: usize,
    records: Vec<RejectedRecord>,
}

impl<'t> Rejected<'t> {
    fn new(name: &'t str, text: &'t str) -> Self {
        Rejected {
            name,
            text,
            line: 1,
            counted: 0,
            records: Vec::new(),
        }
    }

    fn push(&mut self, offset: usize, cause: RejectCause) {
        if let Some(passed) = self.text.as_bytes().get(self.counted..offset) {
            self.line += memchr_iter(b'\n', passed).count();
            self.counted = offset;
        }
        self.records.push(RejectedRecord {
            source: self.name.to_owned(),
            line: self.line,
            cause,
        });
    }
}

fn is_item(element: &Element, root: &str) -> bool {
    ITEM_NAMES.contains(&element.name.as_str()) || (root == "urlset" && element.name == "url")
}

/// Maximum ids that an item is given in place of its own, and rounds of renaming.
const MAX_RENAMES: usize = 3;

/// Gives items of one feed that share an id distinct ids, and returns the shared ids.
///
/// The new id is the link, or the link with a hash of the content if the link is shared too. Two
/// versions of one item keep their id.
fn make_ids_unique(articles: &mut [Article<'static>]) -> Vec<SharedId> {
    let mut shared = Vec::new();
    for round in 0..MAX_RENAMES {
        for group in groups_of_shared_ids(articles) {
            let first = &articles[group[0]];
            // Later rounds see ids that were made here, and links are no ids of the feed.
            if round == 0 && first.url.as_deref() != Some(&*first.id) {
                shared.push(SharedId {
                    feed: first.source.clone().unwrap_or_default().into_owned(),
                    id: first.id.to_string(),
                    items: group.len(),
                });
            }
            for at in group {
                rename(&mut articles[at]);
            }
        }
    }
    shared
}

/// The items that share an id and are not versions of one item, by their positions.
fn groups_of_shared_ids(articles: &[Article<'static>]) -> Vec<Vec<usize>> {
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, article) in articles.iter().enumerate() {
        by_id.entry(&article.id).or_default().push(at);
    }
    let mut groups: Vec<Vec<usize>> = by_id.into_values().collect();
    groups.retain(|group| {
        let first = &articles[group[0]];
        let mut others = group[1..].iter();
        others.any(|&at| !is_version(first, &articles[at]))
    });
    groups.sort_unstable();
    groups
}

/// Whether two items of one feed with one id are versions of one item: equal titles, and an edited
/// text.
fn is_version(a: &Article<'_>, b: &Article<'_>) -> bool {
    let [page_a, page_b] = [a, b].map(|item| item.url.as_deref().and_then(clean_link));
    if page_a.is_some() && page_b.is_some() && page_a != page_b {
        return false;
    }
    let [title_a, title_b] = [a, b].map(|item| Tokens::of(&without_counters(&item.title)));
    if title_a.as_str() != title_b.as_str() {
        return false;
    }
    let likeness = likeness::of_texts(&a.text, &b.text);
    likeness.is_none_or(|likeness| likeness == Likeness::Alike)
}

/// The ids that an item can have in place of its own, the most stable first: the link, the link
/// with a hash of the title, the link with a hash of the content. Without a link, a hash of the
/// content.
fn alternative_ids(article: &Article<'_>) -> Vec<String> {
    let content = content_id(&article.title, &article.text, article.url.as_deref());
    let Some(url) = article.url.as_deref() else {
        return vec![content];
    };
    let page = url.split('#').next().unwrap_or(url);
    let mut ids = vec![url.to_owned()];
    if !article.title.is_empty() {
        let title = content_id(&article.title, "", None);
        ids.push(format!("{page}#{title}"));
    }
    ids.push(format!("{page}#{content}"));
    ids
}

/// Gives an item the next of its alternative ids.
fn rename(article: &mut Article<'static>) {
    let mut ids = alternative_ids(article);
    let current = ids.iter().position(|id| article.id == *id);
    let next = current.map_or(0, |at| at + 1).min(ids.len() - 1);
    let id = ids.swap_remove(next);
    if let Ok(Value::Object(mut record)) = serde_json::from_str(&article.record) {
        record.insert("id".to_owned(), json!(id));
        article.record = Value::Object(record).to_string().into();
    }
    article.id = id.into();
}

/// A feed, with the defaults for its items.
struct Feed<'t> {
    tree: &'t Tree,
    title: Option<String>,
    language: Option<String>,
    /// The base of relative links.
    base: Option<Url>,
    /// The address of the feed.
    address: Option<String>,
}

impl<'t> Feed<'t> {
    fn new(tree: &'t Tree, root: &'t Element) -> Self {
        let channel = tree.child(root, "channel").unwrap_or(root);
        let mut feed = Feed {
            tree,
            title: None,
            language: None,
            base: None,
            address: None,
        };
        feed.language = feed.language(root).or_else(|| feed.language(channel));
        let declared = root
            .attribute("xml:base")
            .or_else(|| channel.attribute("xml:base"));
        let declared = declared.and_then(|base| Url::parse(base.trim()).ok());
        feed.base = declared.or_else(|| Url::parse(feed.link(channel)?.trim()).ok());
        // A lone item has no feed.
        if !is_item(root, &root.name) {
            feed.title = feed.text(channel, &["title"]);
            feed.address = feed.own_address(channel);
        }
        feed
    }

    /// The address that a feed declares as its own, or the link of its channel.
    fn own_address(&self, channel: &'t Element) -> Option<String> {
        let own = self
            .tree
            .children(channel)
            .filter(|child| child.name == "link" || child.name.ends_with(":link"))
            .filter(|link| link.attribute("rel") == Some("self"))
            .find_map(|link| link.attribute("href"));
        let own = own.map(str::trim).filter(|link| !link.is_empty());
        let address = own.map(str::to_owned).or_else(|| self.link(channel))?;
        Some(self.resolve(channel, &address))
    }

    /// The article of an item; `None` if the item is empty.
    fn article(&self, item: &'t Element) -> Option<Article<'static>> {
        let news = self.tree.child(item, "news:news").unwrap_or(item);
        let (text, html) = self.body(item);
        let found = ItemFields {
            id: self.id(item),
            title: self.title(item, news),
            text,
            url: self.link(item).map(|link| self.resolve(item, &link)),
            source: self.source(item, news),
            feed: self.address.clone(),
            date: self.date(item, news),
            language: self.language(item).or_else(|| self.language.clone()),
            fetched: None,
            feed_fields: FeedFields {
                authors: self.authors(item),
                tags: self.tags(item),
                html,
                image: self.image(item).map(|link| self.resolve(item, &link)),
                attachments: self.attachments(item),
                source_url: self.source_url(item),
            },
        };
        let has_content = !found.title.is_empty()
            || !found.text.is_empty()
            || found.url.is_some()
            || found.id.is_some()
            || found.date.is_some();
        if !has_content && self.tree.children(item).next().is_none() {
            return None;
        }
        Some(found.into_article())
    }

    fn id(&self, item: &'t Element) -> Option<String> {
        self.text(item, &["guid", "id", "dc:identifier"])
            .or_else(|| nonempty(item.attribute("rdf:about")))
    }

    fn title(&self, item: &'t Element, news: &'t Element) -> String {
        self.title_in(item)
            .or_else(|| self.title_in(news))
            .unwrap_or_default()
    }

    fn title_in(&self, item: &'t Element) -> Option<String> {
        self.text(item, &TITLES).or_else(|| {
            let media = ["media:group", "media:content"]
                .iter()
                .find_map(|name| self.tree.child(item, name))?;
            self.text(media, &["media:title"])
        })
    }

    /// The date as written, if it parses.
    fn date(&self, item: &'t Element, news: &'t Element) -> Option<String> {
        let date_in = |parent, name: &str| {
            self.text(parent, &[name])
                .filter(|date| parse_date(date).is_some())
        };
        DATES
            .iter()
            .find_map(|name| date_in(item, name).or_else(|| date_in(news, name)))
            .or_else(|| item.attribute("lastmod").map(str::to_owned))
    }

    /// The text of the first child with text, for the first name that has one.
    fn text(&self, parent: &'t Element, names: &[&str]) -> Option<String> {
        for name in names {
            let children = self.tree.children(parent);
            for child in children.filter(|child| child.name == *name) {
                let text = markup::title(&self.content(child)).into_owned();
                if !text.is_empty() {
                    return Some(text);
                }
            }
        }
        None
    }

    /// The longest candidate for the text of an item, and its markup if that holds more than
    /// paragraphs.
    fn body(&self, item: &'t Element) -> (String, Option<String>) {
        let is_body = |child: &&Element| BODIES.contains(&child.name.as_str()) && is_text(child);
        let longest = self
            .parts(item)
            .filter(is_body)
            .map(|body| {
                let markup = self.content(body);
                (markup::text(&markup), markup, body)
            })
            .max_by_key(|(text, markup, _)| (text.len(), markup.len()));
        let Some((text, markup, body)) = longest else {
            return (String::new(), None);
        };
        let markup = if is_xhtml(body) {
            self.tree.xhtml(body)
        } else {
            markup
        };
        let html = has_more_than_paragraphs(&markup, &text).then(|| markup.trim().to_owned());
        (text, html)
    }

    /// The content of an element as markup. Atom 0.3 may encode it in base64.
    fn content(&self, element: &Element) -> String {
        let markup = self.tree.markup(element);
        let mode = element.attribute("mode").map(str::trim);
        if !mode.is_some_and(|mode| mode.eq_ignore_ascii_case("base64")) {
            return markup;
        }
        let encoded: String = markup.chars().filter(|c| !c.is_whitespace()).collect();
        match STANDARD.decode(encoded) {
            Ok(bytes) => charset::decode(&bytes).into_owned(),
            Err(_) => markup,
        }
    }

    /// The children of an item and of its media groups.
    fn parts(&self, item: &'t Element) -> impl Iterator<Item = &'t Element> {
        let groups = self
            .tree
            .children(item)
            .filter(|child| child.name == "media:group");
        self.tree
            .children(item)
            .chain(groups.flat_map(|group| self.tree.children(group)))
    }

    /// The address of the picture of an item.
    fn image(&self, item: &'t Element) -> Option<String> {
        self.parts(item)
            .filter_map(|part| self.image_in(part))
            .filter(|(_, url)| !url.trim().is_empty())
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, url)| url)
    }

    /// The address of a picture with its rank, the best first.
    fn image_in(&self, part: &'t Element) -> Option<(u8, String)> {
        let attribute = |key: &str| part.attribute(key).map(str::to_owned);
        match part.name.as_str() {
            "media:content" if is_picture(part) => Some((0, attribute("url")?)),
            "itunes:image" => Some((1, attribute("href")?)),
            "media:thumbnail" => Some((2, attribute("url")?)),
            "image" => {
                let url = attribute("url").or_else(|| attribute("href"));
                Some((3, url.or_else(|| self.text(part, &["url"]))?))
            }
            _ => None,
        }
    }

    /// The distinct files of an item. The duration of the item is that of the first.
    fn attachments(&self, item: &'t Element) -> Vec<Attachment> {
        let mut known = HashSet::new();
        let mut found: Vec<Attachment> = self
            .parts(item)
            .filter_map(|part| self.attachment(item, part))
            .filter(|attachment| known.insert(attachment.url.clone()))
            .collect();
        if let Some(first) = found.first_mut()
            && first.seconds.is_none()
        {
            let duration = self.text(item, &["itunes:duration"]);
            first.seconds = duration.and_then(|duration| seconds(&duration));
        }
        found
    }

    fn attachment(&self, item: &Element, part: &Element) -> Option<Attachment> {
        let address = match part.name.as_str() {
            "enclosure" => part.attribute("url"),
            "link" if part.attribute("rel") == Some("enclosure") => part.attribute("href"),
            "media:content" if !is_picture(part) => part.attribute("url"),
            _ => None,
        };
        let size = part
            .attribute("length")
            .or_else(|| part.attribute("filesize"));
        Some(Attachment {
            url: self.resolve(item, address.filter(|url| !url.trim().is_empty())?),
            mime_type: nonempty(part.attribute("type")),
            bytes: size
                .and_then(|size| size.trim().parse().ok())
                .filter(|&size| size > 0),
            seconds: part.attribute("duration").and_then(seconds),
        })
    }

    /// The address of the first publisher, which aggregators state.
    fn source_url(&self, item: &'t Element) -> Option<String> {
        let source = self.tree.child(item, "source")?;
        let url = source.attribute("url").map(str::to_owned);
        url.or_else(|| self.link(source))
            .filter(|url| !url.trim().is_empty())
    }

    fn authors(&self, item: &'t Element) -> Vec<String> {
        let authors = self
            .tree
            .children(item)
            .filter(|child| AUTHORS.contains(&child.name.as_str()));
        item::names(authors.map(|author| {
            let name = self.tree.child(author, "name").unwrap_or(author);
            self.tree.markup(name)
        }))
    }

    fn tags(&self, item: &'t Element) -> Vec<String> {
        self.tree
            .children(item)
            .filter(|child| ["category", "dc:subject"].contains(&child.name.as_str()))
            .map(|category| self.tag(category))
            .filter(|tag| !tag.is_empty())
            .collect()
    }

    fn tag(&self, category: &Element) -> String {
        let name = category
            .attribute("label")
            .or_else(|| category.attribute("term"));
        match name {
            Some(name) => name.to_owned(),
            None => markup::title(&self.tree.markup(category)).into_owned(),
        }
    }

    /// The address of an item; that of its full text if the link of the feed is a redirect.
    fn link(&self, item: &'t Element) -> Option<String> {
        let text = |name: &str| self.text(item, &[name]);
        text("feedburner:origlink")
            .or_else(|| self.atom_link(item, &["alternate"]))
            .or_else(|| text("link"))
            .or_else(|| item.attribute("href").map(str::to_owned))
            .or_else(|| text("loc"))
            .or_else(|| self.permalink(item))
            .or_else(|| self.atom_link(item, &["related", "via", "enclosure"]))
    }

    /// The first link of an item with one of some relations.
    fn atom_link(&self, item: &'t Element, relations: &[&str]) -> Option<String> {
        self.tree
            .children(item)
            .filter(|child| child.name == "link")
            .filter(|link| relations.contains(&link.attribute("rel").unwrap_or("alternate")))
            .find_map(|link| link.attribute("href"))
            .map(str::to_owned)
            .filter(|link| !link.trim().is_empty())
    }

    /// The GUID of an item, if it is an address.
    fn permalink(&self, item: &'t Element) -> Option<String> {
        let guid = self.tree.child(item, "guid")?;
        if guid.attribute("ispermalink") == Some("false") {
            return None;
        }
        self.text(item, &["guid"])
            .filter(|link| Url::parse(link).is_ok_and(|url| url.has_host()))
    }

    /// An absolute link. The base of an item may be relative to that of the feed.
    fn resolve(&self, item: &Element, link: &str) -> String {
        let link = link.trim();
        let own = item.attribute("xml:base").map(str::trim);
        let base = match (&self.base, own) {
            (Some(base), Some(own)) => base.join(own).ok(),
            (None, Some(own)) => Url::parse(own).ok(),
            (base, None) => base.clone(),
        };
        match (Url::parse(link), base) {
            (Err(url::ParseError::RelativeUrlWithoutBase), Some(base)) => base
                .join(link)
                .map_or_else(|_| link.to_owned(), String::from),
            _ => link.to_owned(),
        }
    }

    /// The outlet. Aggregators name it per item; otherwise the feed is the outlet.
    fn source(&self, item: &'t Element, news: &'t Element) -> Option<String> {
        const MAX_NAME_BYTES: usize = 199;
        let own = self.tree.child(item, "source").and_then(|source| {
            self.text(source, &["title"])
                .or_else(|| Some(markup::title(&self.tree.markup(source)).into_owned()))
        });
        own.filter(|name| !name.is_empty() && name.len() <= MAX_NAME_BYTES)
            .or_else(|| {
                let publication = self.tree.child(news, "news:publication")?;
                self.text(publication, &["news:name"])
            })
            .or_else(|| self.title.clone())
    }

    fn language(&self, element: &'t Element) -> Option<String> {
        let own = element.attribute("xml:lang").map(str::to_owned);
        own.or_else(|| self.text(element, &["language", "dc:language"]))
            .filter(|tag| !tag.is_empty())
    }
}

fn nonempty(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether markup holds more than the paragraphs and line breaks of its text.
fn has_more_than_paragraphs(markup: &str, text: &str) -> bool {
    const PARAGRAPH_TAGS: [&str; 5] = ["<p>", "</p>", "<br>", "<br/>", "<br />"];
    let mut rest = markup.to_owned();
    for tag in PARAGRAPH_TAGS {
        rest = rest.replace(tag, "");
    }
    rest.contains('<') && markup::tidy(markup) != text
}

/// The seconds of a duration in a podcast: 1860, 31:00 or 1:02:03.
fn seconds(duration: &str) -> Option<u64> {
    const MAX_PARTS: usize = 3;
    let mut seconds = 0u64;
    for (at, part) in duration.trim().split(':').enumerate() {
        if at == MAX_PARTS {
            return None;
        }
        let part: u64 = part.split('.').next()?.parse().ok()?;
        seconds = seconds.checked_mul(60)?.checked_add(part)?;
    }
    Some(seconds)
}

/// Whether a media element is a picture.
fn is_picture(element: &Element) -> bool {
    let has_prefix = |key: &str, prefix: &str| {
        element
            .attribute(key)
            .is_some_and(|value| value.starts_with(prefix))
    };
    has_prefix("medium", "image") || has_prefix("type", "image/")
}

/// Whether the content of an element is markup, not escaped markup.
fn is_xhtml(element: &Element) -> bool {
    element.name == "xhtml:body"
        || element
            .attribute("type")
            .is_some_and(|kind| kind.contains("xhtml"))
}

/// Whether an element holds text, not a picture or a link to one.
fn is_text(element: &Element) -> bool {
    let kind = element.attribute("type").unwrap_or("text").trim();
    let kind = kind.to_ascii_lowercase();
    !kind.contains('/')
        || kind.starts_with("text/")
        || kind.contains("xml")
        || kind.contains("html")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Timestamp;

    const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>Harbour News</title><language>en</language>
      <link>https://news.example/</link>
      <item><title>Bridge &amp; tunnel reopen</title><guid isPermaLink="false">n1</guid><link>/1</link>
        <description>&lt;p&gt;Cars crossed.&lt;/p&gt;</description><pubDate>Mon, 13 Oct 2025 08:00:00 GMT</pubDate>
        <dc:creator>A. Writer</dc:creator><category>Traffic</category></item>
      <item><title>No id here</title></item></channel></rss>"#;

    fn read(text: &str) -> Vec<Article<'static>> {
        items("feed", text).unwrap().0
    }

    #[test]
    fn items_become_articles() {
        let items = read(RSS);
        assert_eq!(items[0].id, "n1");
        assert_eq!(items[0].title, "Bridge & tunnel reopen");
        assert_eq!(items[0].text, "Cars crossed.");
        assert_eq!(items[0].url.as_deref(), Some("https://news.example/1"));
        assert_eq!(items[0].source.as_deref(), Some("Harbour News"));
        assert_eq!(items[0].published, Some(Timestamp(1_760_342_400)));
        let record = &items[0].record;
        assert!(
            record.contains("\"date_published\":\"2025-10-13T08:00:00Z\""),
            "{record}"
        );
        assert!(
            record.contains("\"authors\":[{\"name\":\"A. Writer\"}]")
                && record.contains("\"tags\":[\"Traffic\"]")
        );
    }

    #[test]
    fn ids_are_reproducible() {
        assert_eq!(read(RSS), read(RSS));
        assert!(read(RSS)[1].id.starts_with('x'));
    }

    #[test]
    fn all_kinds_of_feeds_are_read() {
        let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.example/"><title>T</title>
          <entry xml:base="news/"><id>e1</id><title type="xhtml"><div>One <b>two</b></div></title><link rel="self" href="x"/>
          <link href="1"/><updated>2025-10-13T08:00:00Z</updated><content type="html">&lt;b&gt;x&lt;/b&gt;</content></entry></feed>"#;
        let entry = &read(atom)[0];
        assert_eq!(
            (&*entry.title, &*entry.text, entry.url.as_deref()),
            ("One two", "x", Some("https://a.example/news/1"))
        );
        let rdf = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
          <channel rdf:about="c"><title>T</title></channel><item rdf:about="i1"><title>One</title></item></rdf:RDF>"#;
        assert_eq!(
            (&*read(rdf)[0].id, read(rdf)[0].source.as_deref()),
            ("i1", Some("T"))
        );
        let cdf = r#"<CHANNEL><ITEM HREF="https://a.example/1" LASTMOD="1998-11-05T00:00"><TITLE>One</TITLE></ITEM></CHANNEL>"#;
        assert_eq!(
            (&*read(cdf)[0].title, read(cdf)[0].url.as_deref()),
            ("One", Some("https://a.example/1"))
        );
        let sitemap = r#"<urlset xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://a.example/1</loc>
          <n:news><n:publication><n:name>A</n:name></n:publication><n:title>One</n:title></n:news></url></urlset>"#;
        assert_eq!(
            (&*read(sitemap)[0].title, read(sitemap)[0].source.as_deref()),
            ("One", Some("A"))
        );
    }

    #[test]
    fn extensions_of_aggregators_and_players_are_read() {
        let item = |inside: &str| {
            read(&format!(
                "<rss><channel><title>T</title><item>{inside}</item></channel></rss>"
            ))
            .remove(0)
        };
        assert_eq!(
            item("<title>x</title><source url='u'>Harbour</source>")
                .source
                .as_deref(),
            Some("Harbour")
        );
        assert_eq!(
            item("<media:group><media:title>x</media:title></media:group>").title,
            "x"
        );
        assert_eq!(
            item(
                "<description>short</description><content:encoded><![CDATA[<p>long</p><p>text</p>]]></content:encoded>"
            )
            .text,
            "long\ntext"
        );
        assert_eq!(
            item("<link>u</link><feedburner:origLink>o</feedburner:origLink>")
                .url
                .as_deref(),
            Some("o")
        );
    }

    #[test]
    fn items_have_the_address_of_their_feed() {
        let address = |head: &str| {
            let text = format!(
                "<rss><channel><title>T</title>{head}<item><title>x</title></item></channel></rss>"
            );
            let item = read(&text).remove(0);
            assert_eq!(item.record.contains("\"feed_url\""), item.feed.is_some());
            item.feed.map(String::from)
        };
        let own = "<atom:link rel='self' href=' https://a.example/rss '/>";
        assert_eq!(
            address(&format!("<link>https://a.example/</link>{own}")).as_deref(),
            Some("https://a.example/rss")
        );
        assert_eq!(
            address("<link>https://a.example/</link>").as_deref(),
            Some("https://a.example/")
        );
        assert_eq!(address(""), None);
        let atom = r#"<feed xml:base="https://a.example/x/"><link href="/"/><link rel="self" href="atom"/>
          <entry><title>x</title><link rel="self" href="e"/></entry></feed>"#;
        assert_eq!(
            read(atom)[0].feed.as_deref(),
            Some("https://a.example/x/atom")
        );
        let lone =
            r#"<entry><title>x</title><link rel="self" href="https://a.example/1"/></entry>"#;
        assert_eq!(read(lone)[0].feed, None);
    }

    #[test]
    fn base64_content_is_decoded() {
        // "Bridge <b>opens</b>" and "<p>Cars crossed.</p>".
        let atom = r#"<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><id>1</id>
          <title mode="base64" type="text/html">QnJpZGdlIDxiPm9wZW5zPC9iPg==</title>
          <content type="text/html" mode="BASE64">PHA+Q2FycyBj
          cm9zc2VkLjwvcD4=</content></entry></feed>"#;
        let entry = &read(atom)[0];
        assert_eq!(
            (&*entry.title, &*entry.text),
            ("Bridge opens", "Cars crossed.")
        );
        let broken = read("<feed><entry><title mode='base64'>No base64!</title></entry></feed>");
        assert_eq!(broken[0].title, "No base64!");
    }

    #[test]
    fn truncated_feeds_keep_their_whole_items() {
        let cut = &RSS[..RSS.find("here").unwrap()];
        let (articles, rejected, _) = items("cut.xml", cut).unwrap();
        assert_eq!(
            articles.iter().map(|item| &*item.id).collect::<Vec<_>>(),
            ["n1"]
        );
        assert_eq!(
            (rejected[0].line, &rejected[0].cause),
            (6, &RejectCause::CutElement)
        );
    }

    #[test]
    fn a_guid_of_all_items_is_no_id() {
        let text = "<rss><item><guid>g</guid><title>a</title></item><item><guid>g</guid><title>b</title></item></rss>";
        let items = read(text);
        assert_ne!(items[0].id, items[1].id);
        assert!(items[0].record.contains(&*items[0].id));
    }

    fn feed_of(items: &[[&str; 4]]) -> String {
        let item = |[guid, link, title, text]: &[&str; 4]| {
            let mark = |name: &str, value: &str| {
                if value.is_empty() {
                    String::new()
                } else {
                    format!("<{name}>{value}</{name}>")
                }
            };
            let marks = [
                mark("guid", guid),
                mark("link", link),
                mark("title", title),
                mark("description", text),
            ];
            format!("<item>{}</item>", marks.concat())
        };
        format!(
            "<rss><channel><title>Quay</title>{}</channel></rss>",
            items.iter().map(item).collect::<String>()
        )
    }

    const ONE: [&str; 2] = [
        "Divers recover a bell",
        "The bronze bell was lifted at dawn.",
    ];
    const OTHER: [&str; 2] = [
        "Pilots call off their strike",
        "Both sides signed a pay agreement.",
    ];

    #[test]
    fn shared_ids_are_replaced_by_links_and_shared_links_by_hashes() {
        let two = |guid, links: [&'static str; 2]| {
            let text = feed_of(&[
                [guid, links[0], ONE[0], ONE[1]],
                [guid, links[1], OTHER[0], OTHER[1]],
            ]);
            let (items, _, shared) = items("feed", &text).unwrap();
            ([items[0].id.to_string(), items[1].id.to_string()], shared)
        };
        let links = ["https://q.example/a", "https://q.example/b"];
        let (ids, shared) = two("g1", links);
        assert_eq!(ids, links);
        assert_eq!(
            shared,
            [SharedId {
                feed: "Quay".into(),
                id: "g1".into(),
                items: 2
            }]
        );
        assert!(
            shared[0].to_string().contains("\"g1\"") && shared[0].to_string().contains("\"Quay\"")
        );
        let one_page = ["https://q.example/news"; 2];
        for guid in ["g1", "", "https://q.example/news#7"] {
            let (ids, _) = two(guid, one_page);
            assert!(
                ids[0] != ids[1]
                    && ids
                        .iter()
                        .all(|id| id.starts_with("https://q.example/news#x")),
                "{ids:?}"
            );
        }
        let (ids, shared) = two("N/A", links);
        assert_eq!((ids, shared), (links.map(str::to_owned), Vec::new()));
    }

    #[test]
    fn items_of_one_link_keep_their_ids_when_their_texts_change() {
        let link = "https://q.example/news";
        let ids = |text: &str| -> Vec<String> {
            let items = read(&feed_of(&[
                ["", link, ONE[0], text],
                ["", link, OTHER[0], OTHER[1]],
            ]));
            items.iter().map(|item| item.id.to_string()).collect()
        };
        assert_eq!(
            ids(ONE[1]),
            ids("The bronze bell was lifted at dawn. It hangs in the museum now.")
        );
        // Of one title too: by all that they say.
        let items = read(&feed_of(&[
            ["", link, "Photo", ONE[1]],
            ["", link, "Photo", OTHER[1]],
        ]));
        assert_ne!(items[0].id, items[1].id);
    }

    #[test]
    fn versions_of_an_item_keep_its_id() {
        let longer = format!("{} It hangs in the museum now.", ONE[1]);
        let link = "https://q.example/a";
        let items = read(&feed_of(&[
            ["g1", link, ONE[0], ONE[1]],
            ["g1", link, ONE[0], &longer],
        ]));
        assert_eq!((&*items[0].id, &*items[1].id), ("g1", "g1"));
    }

    #[test]
    fn texts_without_a_feed_element_are_errors() {
        let message = items("cut.xml", "<html></html>").unwrap_err().to_string();
        assert!(message.contains("cut.xml") && message.contains("feed"));
    }
}
