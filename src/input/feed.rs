//! A feed in, its items as articles out: RSS 0.9x to 2.0, RDF, Atom 0.3 and 1.0, CDF and news
//! sitemaps, well-formed or not. Linear in the text.
//!
//! One lenient road for all: a strict parser first and a lenient one where it fails would give an
//! item another id on the day its feed breaks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hashbrown::{HashMap, HashSet};
use memchr::memchr_iter;
use serde_json::{Value, json};
use url::Url;

use super::item::{self, Attachment, Item};
use super::xml::{Element, ITEMS, Tree};
use super::{ReadError, SharedId, Skipped, charset, content_id, html, parse_date};
use crate::article::Article;
use crate::identity::{Likeness, clean_link, likeness, without_counters};
use crate::text::Tokens;

/// The names of the elements that say a thing, the better first.
const TITLES: [&str; 5] = [
    "title",
    "media:title",
    "dc:title",
    "itunes:title",
    "news:title",
];
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
const AUTHORS: [&str; 3] = ["author", "dc:creator", "itunes:author"];

/// What a feed gave: its items, those that could not be read, and the ids that several items bear.
type Found = (Vec<Article<'static>>, Vec<Skipped>, Vec<SharedId>);

/// The items of a feed.
pub(super) fn items(name: &str, text: &str) -> Result<Found, ReadError> {
    let tree = Tree::of(text);
    let Some(root) = tree
        .elements()
        .iter()
        .find(|element| ROOTS.contains(&element.name.as_str()))
    else {
        let cause = "no rss, feed, rdf, channel or urlset element".to_owned();
        return Err(ReadError::Broken {
            name: name.to_owned(),
            expected: "feed",
            cause,
        });
    };
    let feed = Feed::of(&tree, root);
    let mut articles = Vec::new();
    let mut skipped = Vec::new();
    // Offsets ascend, so that each line break is counted once.
    let (mut line, mut counted) = (1, 0);
    let mut skip = |offset: usize, cause: &str| {
        line += memchr_iter(
            b'\n',
            text.as_bytes().get(counted..offset).unwrap_or_default(),
        )
        .count();
        counted = counted.max(offset);
        skipped.push(Skipped {
            source: name.to_owned(),
            line,
            cause: cause.to_owned(),
        });
    };
    for item in tree
        .elements()
        .iter()
        .filter(|element| is_item(element, &root.name))
    {
        if item.is_cut {
            skip(item.offset, "the item is cut off");
        } else if let Some(article) = feed.article(item) {
            articles.push(article);
        } else {
            skip(item.offset, "the item is empty");
        }
    }
    if tree.is_abandoned {
        skip(text.len(), "too many broken tags: what follows is left out");
    }
    let shared = tell_apart(&mut articles);
    Ok((articles, skipped, shared))
}

/// The names a feed can begin with.
pub(super) const ROOTS: [&str; 7] = ["rss", "feed", "rdf", "channel", "urlset", "item", "entry"];

fn is_item(element: &Element, root: &str) -> bool {
    ITEMS.contains(&element.name.as_str()) || (root == "urlset" && element.name == "url")
}

/// Tells items of one feed apart that share an id: those whose id other items bear go by their
/// link, and if they share that too, by the link with a hash of what they say behind. Two versions
/// of one item keep its id. Returns the ids that mean nothing.
fn tell_apart(articles: &mut [Article<'static>]) -> Vec<SharedId> {
    let mut shared = Vec::new();
    for round in 0..MOST_NAMES {
        let mut bearers: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, article) in articles.iter().enumerate() {
            bearers.entry(&article.id).or_default().push(at);
        }
        let differ = |bearers: &&Vec<usize>| {
            bearers[1..]
                .iter()
                .any(|&at| !is_version(&articles[bearers[0]], &articles[at]))
        };
        let mut unlike: Vec<Vec<usize>> = bearers.values().filter(differ).cloned().collect();
        drop(bearers);
        unlike.sort_unstable();
        for bearers in unlike {
            let first = &articles[bearers[0]];
            // Ids of later rounds are made here: no feed bears them.
            if round == 0 && first.url.as_deref() != Some(&*first.id) {
                let (feed, id) = (
                    first.source.clone().unwrap_or_default().into_owned(),
                    first.id.to_string(),
                );
                shared.push(SharedId {
                    feed,
                    id,
                    items: bearers.len(),
                });
            }
            bearers.into_iter().for_each(|at| rename(&mut articles[at]));
        }
    }
    shared
}

/// Whether two items of one feed with one id are versions of one item: one title, and a text that
/// was edited.
fn is_version(a: &Article<'_>, b: &Article<'_>) -> bool {
    let pages = [a, b].map(|item| item.url.as_deref().and_then(clean_link));
    let titles = [a, b].map(|item| Tokens::of(&without_counters(&item.title)));
    let texts =
        || likeness::of_texts(&a.text, &b.text).is_none_or(|likeness| likeness == Likeness::Alike);
    (pages[0] == pages[1] || pages.contains(&None))
        && titles[0].as_str() == titles[1].as_str()
        && texts()
}

/// The most names that an item can be given in place of its id, and so the rounds of renaming.
const MOST_NAMES: usize = 3;

/// What an item can go by, the more lasting first: its link, that with a hash of the title, that
/// with a hash of all it says; without a link that hash alone.
fn names(article: &Article<'_>) -> Vec<String> {
    let whole = content_id(&article.title, &article.text, article.url.as_deref());
    let Some(url) = article.url.as_deref() else {
        return vec![whole];
    };
    let page = url.split('#').next().unwrap_or(url);
    let titled = (!article.title.is_empty())
        .then(|| format!("{page}#{}", content_id(&article.title, "", None)));
    [
        Some(url.to_owned()),
        titled,
        Some(format!("{page}#{whole}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Gives an item the next of its names for its id.
fn rename(article: &mut Article<'static>) {
    let mut names = names(article);
    let next = names
        .iter()
        .position(|name| article.id == *name)
        .map_or(0, |at| at + 1);
    let id = names.swap_remove(next.min(names.len() - 1));
    if let Ok(Value::Object(mut record)) = serde_json::from_str(&article.record) {
        record.insert("id".to_owned(), json!(id));
        article.record = Value::Object(record).to_string().into();
    }
    article.id = id.into();
}

/// What the items of a feed have from it.
struct Feed<'t> {
    tree: &'t Tree,
    title: Option<String>,
    language: Option<String>,
    base: Option<Url>,
    address: Option<String>,
}

impl<'t> Feed<'t> {
    fn of(tree: &'t Tree, root: &'t Element) -> Self {
        let channel = tree.child(root, "channel").unwrap_or(root);
        let mut feed = Feed {
            tree,
            title: None,
            language: None,
            base: None,
            address: None,
        };
        feed.title = feed
            .words(channel, &["title"])
            .filter(|_| !is_item(root, &root.name));
        feed.language = [root, channel]
            .iter()
            .find_map(|element| feed.language(element));
        let declared = [root, channel]
            .iter()
            .find_map(|element| element.attribute("xml:base"));
        let base = declared.and_then(|base| Url::parse(base.trim()).ok());
        feed.base = base.or_else(|| Url::parse(feed.link(channel)?.trim()).ok());
        feed.address = feed
            .own_address(channel)
            .filter(|_| !is_item(root, &root.name));
        feed
    }

    /// The address that a feed gives as its own, else that of its channel.
    fn own_address(&self, channel: &'t Element) -> Option<String> {
        let links = self
            .tree
            .children(channel)
            .filter(|child| child.name == "link" || child.name.ends_with(":link"));
        let own = links
            .filter(|link| link.attribute("rel") == Some("self"))
            .find_map(|link| link.attribute("href"));
        let own = own
            .map(str::trim)
            .filter(|link| !link.is_empty())
            .map(str::to_owned);
        let address = own.or_else(|| self.link(channel))?;
        Some(self.resolve(channel, &address))
    }

    fn article(&self, item: &'t Element) -> Option<Article<'static>> {
        let news = self.tree.child(item, "news:news").unwrap_or(item);
        let date = DATES
            .iter()
            .find_map(|name| self.date(item, name).or_else(|| self.date(news, name)));
        let guid = ["guid", "id", "dc:identifier"]
            .iter()
            .find_map(|name| self.words(item, &[name]));
        let about = || {
            item.attribute("rdf:about")
                .filter(|about| !about.is_empty())
                .map(str::to_owned)
        };
        let (text, html) = self.body(item);
        let found = Item {
            id: guid.or_else(about),
            title: self
                .titled(item)
                .or_else(|| self.titled(news))
                .unwrap_or_default(),
            text,
            html,
            image: self.image(item).map(|link| self.resolve(item, &link)),
            attachments: self.attachments(item),
            source_url: self.source_url(item),
            url: self.link(item).map(|link| self.resolve(item, &link)),
            source: self.source(item, news),
            feed: self.address.clone(),
            date: date.or_else(|| item.attribute("lastmod").map(str::to_owned)),
            language: self.language(item).or_else(|| self.language.clone()),
            authors: self.authors(item),
            tags: self.tags(item),
            fetched: None,
        };
        let says_nothing = found.title.is_empty()
            && found.text.is_empty()
            && found.url.is_none()
            && found.id.is_none();
        if says_nothing && found.date.is_none() && self.tree.children(item).next().is_none() {
            return None;
        }
        Some(found.into_article())
    }

    /// The text of the first child that has any, of the first name that has any.
    fn words(&self, parent: &'t Element, names: &[&str]) -> Option<String> {
        let found = |name: &&str| {
            let named = self
                .tree
                .children(parent)
                .filter(|child| child.name == **name);
            named
                .map(|child| html::title(&self.content(child)).into_owned())
                .find(|words| !words.is_empty())
        };
        names.iter().find_map(found)
    }

    fn titled(&self, item: &'t Element) -> Option<String> {
        let media = ["media:group", "media:content"]
            .iter()
            .find_map(|name| self.tree.child(item, name));
        self.words(item, &TITLES)
            .or_else(|| self.words(media?, &["media:title"]))
    }

    /// The longest of what may be the item's text, and its markup if that says more than the text.
    fn body(&self, item: &'t Element) -> (String, Option<String>) {
        let bodies = self
            .parts(item)
            .filter(|child| BODIES.contains(&child.name.as_str()) && is_text(child));
        let read = |body: &'t Element| {
            let markup = self.content(body);
            (html::text(&markup), markup, body)
        };
        let longest = bodies
            .map(read)
            .max_by_key(|(text, markup, _)| (text.len(), markup.len()));
        let Some((text, markup, body)) = longest else {
            return Default::default();
        };
        let markup = if is_xhtml(body) {
            self.tree.xhtml(body)
        } else {
            markup
        };
        // Paragraphs alone are lines of the text.
        let marks = ["<p>", "</p>", "<br>", "<br/>", "<br />"]
            .iter()
            .fold(markup.clone(), |rest, tag| rest.replace(tag, ""));
        let has_more = marks.contains('<') && html::tidy(&markup) != text;
        (text, has_more.then(|| markup.trim().to_owned()))
    }

    /// What stands in an element as markup. Atom 0.3 may hold it in base64.
    fn content(&self, element: &Element) -> String {
        let markup = self.tree.markup(element);
        if !element
            .attribute("mode")
            .is_some_and(|mode| mode.trim().eq_ignore_ascii_case("base64"))
        {
            return markup;
        }
        let packed: String = markup.chars().filter(|c| !c.is_whitespace()).collect();
        STANDARD
            .decode(packed)
            .map_or(markup, |bytes| charset::decode(&bytes).into_owned())
    }

    /// What stands in an item, and in its groups of media.
    fn parts(&self, item: &'t Element) -> impl Iterator<Item = &'t Element> {
        let groups = self
            .tree
            .children(item)
            .filter(|child| child.name == "media:group");
        self.tree
            .children(item)
            .chain(groups.flat_map(|group| self.tree.children(group)))
    }

    /// The address of the item's picture.
    fn image(&self, item: &'t Element) -> Option<String> {
        let url = |child: &'t Element, key: &str| child.attribute(key).map(str::to_owned);
        let found = self
            .parts(item)
            .filter_map(|child| match child.name.as_str() {
                "media:content" if is_picture(child) => Some((0, url(child, "url")?)),
                "itunes:image" => Some((1, url(child, "href")?)),
                "media:thumbnail" => Some((2, url(child, "url")?)),
                "image" => Some((
                    3,
                    url(child, "url")
                        .or_else(|| url(child, "href"))
                        .or_else(|| self.words(child, &["url"]))?,
                )),
                _ => None,
            });
        found
            .filter(|(_, url)| !url.trim().is_empty())
            .min_by_key(|(rank, _)| *rank)
            .map(|(_, url)| url)
    }

    /// The files that come with an item, each once; the first lasts as long as the item says.
    fn attachments(&self, item: &'t Element) -> Vec<Attachment> {
        let mut known = HashSet::new();
        let found = self.parts(item).filter_map(|child| {
            let address = match child.name.as_str() {
                "enclosure" => child.attribute("url"),
                "link" if child.attribute("rel") == Some("enclosure") => child.attribute("href"),
                "media:content" if !is_picture(child) => child.attribute("url"),
                _ => None,
            };
            let size = child
                .attribute("length")
                .or_else(|| child.attribute("filesize"));
            Some(Attachment {
                url: self.resolve(item, address.filter(|url| !url.trim().is_empty())?),
                mime_type: child
                    .attribute("type")
                    .filter(|kind| !kind.is_empty())
                    .map(str::to_owned),
                bytes: size
                    .and_then(|size| size.trim().parse().ok())
                    .filter(|&size| size > 0),
                seconds: child.attribute("duration").and_then(seconds),
            })
        });
        let mut found: Vec<Attachment> =
            found.filter(|one| known.insert(one.url.clone())).collect();
        if let Some(first) = found.first_mut() {
            first.seconds = first
                .seconds
                .or_else(|| seconds(&self.words(item, &["itunes:duration"])?));
        }
        found
    }

    /// The address that an aggregator gives for who published the item first.
    fn source_url(&self, item: &'t Element) -> Option<String> {
        let source = self.tree.child(item, "source")?;
        let link = || self.link(source);
        source
            .attribute("url")
            .map(str::to_owned)
            .or_else(link)
            .filter(|url| !url.trim().is_empty())
    }

    fn authors(&self, item: &'t Element) -> Vec<String> {
        let named = self
            .tree
            .children(item)
            .filter(|child| AUTHORS.contains(&child.name.as_str()));
        item::names(named.map(|author| {
            self.tree
                .markup(self.tree.child(author, "name").unwrap_or(author))
        }))
    }

    fn tags(&self, item: &'t Element) -> Vec<String> {
        let categories = self
            .tree
            .children(item)
            .filter(|child| ["category", "dc:subject"].contains(&child.name.as_str()));
        let tag = |child: &Element| {
            let named = child.attribute("label").or_else(|| child.attribute("term"));
            named.map_or_else(
                || html::title(&self.tree.markup(child)).into_owned(),
                str::to_owned,
            )
        };
        categories.map(tag).filter(|tag| !tag.is_empty()).collect()
    }

    /// A date as it stands, if it can be read.
    fn date(&self, item: &'t Element, name: &str) -> Option<String> {
        self.words(item, &[name])
            .filter(|date| parse_date(date).is_some())
    }

    /// The item's own address, or that of the whole text where the feed's is a detour.
    fn link(&self, item: &'t Element) -> Option<String> {
        let words = |name: &str| self.words(item, &[name]).filter(|link| !link.is_empty());
        let atom = |wanted: &[&str]| {
            let links = self
                .tree
                .children(item)
                .filter(|child| child.name == "link");
            let mut meant =
                links.filter(|link| wanted.contains(&link.attribute("rel").unwrap_or("alternate")));
            meant
                .find_map(|link| link.attribute("href"))
                .map(str::to_owned)
                .filter(|link| !link.trim().is_empty())
        };
        let guid = self
            .tree
            .child(item, "guid")
            .filter(|guid| guid.attribute("ispermalink") != Some("false"));
        let permanent = || {
            words("guid")
                .filter(|link| guid.is_some() && Url::parse(link).is_ok_and(|url| url.has_host()))
        };
        words("feedburner:origlink")
            .or_else(|| atom(&["alternate"]))
            .or_else(|| words("link"))
            .or_else(|| item.attribute("href").map(str::to_owned))
            .or_else(|| words("loc"))
            .or_else(permanent)
            .or_else(|| atom(&["related", "via", "enclosure"]))
    }

    /// A link in full. A base may itself be relative to the feed's.
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

    /// Who published the item first: aggregators name the outlet, others are the outlet.
    fn source(&self, item: &'t Element, news: &'t Element) -> Option<String> {
        let own = self.tree.child(item, "source").and_then(|source| {
            self.words(source, &["title"])
                .or_else(|| Some(html::title(&self.tree.markup(source)).into_owned()))
        });
        let publication = self.tree.child(news, "news:publication");
        let named = own.filter(|name| !name.is_empty() && name.len() < 200);
        named
            .or_else(|| self.words(publication?, &["news:name"]))
            .or_else(|| self.title.clone())
    }

    fn language(&self, element: &'t Element) -> Option<String> {
        let own = element.attribute("xml:lang").map(str::to_owned);
        own.or_else(|| self.words(element, &["language", "dc:language"]))
            .filter(|tag| !tag.is_empty())
    }
}

/// A length of time as podcasts write it, such as 1860, 31:00 or 1:02:03, in seconds.
fn seconds(text: &str) -> Option<u64> {
    let parts = text.trim().split(':');
    let parts: Option<Vec<u64>> = parts
        .map(|part| part.split('.').next()?.parse().ok())
        .collect();
    parts
        .filter(|parts| parts.len() <= 3)?
        .iter()
        .try_fold(0u64, |sum, &part| sum.checked_mul(60)?.checked_add(part))
}

/// Whether an element of media is a picture.
fn is_picture(element: &Element) -> bool {
    let says = |key: &str, begin: &str| {
        element
            .attribute(key)
            .is_some_and(|value| value.starts_with(begin))
    };
    says("medium", "image") || says("type", "image/")
}

/// Whether what stands in an element is markup by itself, not as text.
fn is_xhtml(element: &Element) -> bool {
    element.name == "xhtml:body"
        || element
            .attribute("type")
            .is_some_and(|kind| kind.contains("xhtml"))
}

/// Whether an element holds text rather than a picture or a link to one.
fn is_text(element: &Element) -> bool {
    let kind = element
        .attribute("type")
        .unwrap_or("text")
        .trim()
        .to_ascii_lowercase();
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
    fn two_readings_give_the_same_ids() {
        assert_eq!(read(RSS), read(RSS));
        assert!(read(RSS)[1].id.starts_with('x'));
    }

    #[test]
    fn the_kinds_of_feed_are_read() {
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
    fn what_aggregators_and_players_say_is_heard() {
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
    fn items_know_the_address_of_their_feed() {
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
    fn titles_and_texts_in_base64_are_read() {
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
    fn a_truncated_feed_keeps_its_whole_items() {
        let cut = &RSS[..RSS.find("here").unwrap()];
        let (articles, skipped, _) = items("cut.xml", cut).unwrap();
        assert_eq!(
            articles.iter().map(|item| &*item.id).collect::<Vec<_>>(),
            ["n1"]
        );
        assert_eq!(
            (skipped[0].line, &*skipped[0].cause),
            (6, "the item is cut off")
        );
    }

    #[test]
    fn one_guid_for_all_is_no_id() {
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
    fn an_id_that_other_items_bear_gives_way_to_the_link_and_that_to_a_hash() {
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
    fn items_of_one_link_keep_their_ids_when_their_texts_grow() {
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
    fn two_versions_of_an_item_keep_its_id() {
        let longer = format!("{} It hangs in the museum now.", ONE[1]);
        let link = "https://q.example/a";
        let items = read(&feed_of(&[
            ["g1", link, ONE[0], ONE[1]],
            ["g1", link, ONE[0], &longer],
        ]));
        assert_eq!((&*items[0].id, &*items[1].id), ("g1", "g1"));
    }

    #[test]
    fn no_feed_is_named() {
        let message = items("cut.xml", "<html></html>").unwrap_err().to_string();
        assert!(message.contains("cut.xml") && message.contains("feed"));
    }
}
