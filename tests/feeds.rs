//! Items survive a round trip through the feeds that the program writes.

use std::collections::BTreeMap;

use qissa::Article;
use qissa::config::Level;
use qissa::output::{self, ClusteredItems, FeedHead};
use serde_json::{Value, json};

use crate::common::{engine, owned_articles};

const RSS: &str = r#"<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Pier &amp; Post</title>
  <link>https://pier.example/</link><language>en</language>
  <item><title>Lighthouse opens &amp; shines</title><link>/1</link><guid isPermaLink="false">n1</guid>
    <dc:creator>B. Lamp</dc:creator><dc:creator>C. Wick</dc:creator><category>Sea &amp; coast</category><category>Light</category>
    <enclosure url="https://pier.example/1.mp3" length="4321" type="audio/mpeg"/><itunes:duration>31:00</itunes:duration>
    <media:content url="https://pier.example/1.jpg" medium="image"/><pubDate>Mon, 13 Oct 2025 08:00:00 GMT</pubDate>
    <source url="https://agency.example/feed">Agency</source>
    <content:encoded><![CDATA[<p>The lamp was <b>lit</b>, see <a href="https://pier.example/map">the map</a>.</p><ul><li>Monday</li></ul>]]></content:encoded></item>
  <item><title></title><guid>n2</guid><link>https://pier.example/2</link><description>&lt;img src="https://pier.example/2.png"&gt;</description></item>
  <item><title>3 &lt; 4 and R&amp;amp;D at AT&amp;T</title><guid>n3</guid><description>Rain &amp;amp; wind.&lt;br&gt;Then sun at 5 &amp;lt; 6.</description></item>
</channel></rss>"#;

const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Quay</title><link href="https://quay.example/"/>
  <entry><id>a1</id><title>Ferry runs</title><link href="https://quay.example/1"/><author><name>D. Rope</name></author>
    <category term="Sea"/><link rel="enclosure" href="https://quay.example/1.ogg" type="audio/ogg" length="77"/>
    <updated>2025-10-13T08:00:00Z</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>It <em>runs</em> at 3 &lt; 4,
    <a href="https://quay.example/t">times</a>.</p><img src="https://quay.example/1.png" alt=""/></div></content></entry></feed>"#;

const JSON_FEED: &str = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Mole","items":[
  {"id":"j1","url":"https://mole.example/1","title":"Crane lifts","content_html":"<p>It <b>lifts</b>.</p>","image":"https://mole.example/1.jpg",
   "date_published":"2025-10-13T08:00:00Z","authors":[{"name":"E. Hook"}],"tags":["Harbour"],
   "attachments":[{"url":"https://mole.example/1.mp4","mime_type":"video/mp4","size_in_bytes":99,"duration_in_seconds":61},
   {"url":"https://mole.example/1.vtt","mime_type":"text/vtt"}]},
  {"id":"j2","title":"Gulls return","content_text":"One line.\nAnother, with \"R&D\" & <tags>."}]}"#;

const RECORDS: &str = r#"{"id":"r1","title":"Buoy found","body":"<p>A buoy was <i>found</i>.</p>","source":"Mole","byline":"F. Net","keywords":["Sea"],"urlToImage":"https://mole.example/2.jpg"}
{"id":"r2","title":"No more than a headline"}
"#;

/// The items of a text, as a feed of them.
fn feeds(items: &[Article<'_>]) -> [String; 2] {
    let report = engine(Level::Duplicates).group(items);
    let answered = ClusteredItems {
        articles: items,
        report: &report,
    };
    let head = FeedHead {
        title: "All of it",
        link: "https://all.example/",
        count: 100,
    };
    let (mut rss, mut json) = (Vec::new(), Vec::new());
    output::rss(answered, head, &mut rss).unwrap();
    output::json_feed(answered, head, &mut json).unwrap();
    [rss, json].map(|feed| String::from_utf8(feed).unwrap())
}

/// What an item says, by id, in the names of JSON Feed.
fn said(items: &[Article<'_>]) -> BTreeMap<String, Value> {
    let item = |item: &Article<'_>| {
        let record: Value = serde_json::from_str(&item.record).unwrap();
        let kept = ["content_html", "image", "authors", "tags", "attachments"];
        let mut said = json!({ "title": item.title, "text": item.text, "url": item.url, "source": item.source,
            "published": item.published.map(|when| when.to_string()) });
        for key in kept.into_iter().filter(|key| record.get(key).is_some()) {
            said[key] = record[key].clone();
        }
        (item.id.to_string(), said)
    };
    items.iter().map(item).collect()
}

#[test]
fn own_feeds_read_again_give_the_same_items() {
    for (name, text) in [("rss", RSS), ("atom", ATOM), ("json", JSON_FEED)] {
        let items = owned_articles(name, text);
        let expected = said(&items);
        for feed in feeds(&items) {
            assert_eq!(
                said(&owned_articles("again", &feed)),
                expected,
                "{name}: {feed}"
            );
            let second = feeds(&owned_articles("again", &feed));
            assert!(
                second.contains(&feed),
                "{name}: read a second time\n{feed}\n{second:?}"
            );
        }
    }
}

#[test]
fn what_items_bring_is_read_from_every_kind_of_feed() {
    let item = &said(&owned_articles("rss", RSS))["n1"];
    assert_eq!(
        item["authors"],
        json!([{"name": "B. Lamp"}, {"name": "C. Wick"}])
    );
    assert_eq!(item["tags"], json!(["Sea & coast", "Light"]));
    assert_eq!(item["image"], "https://pier.example/1.jpg");
    let sound = json!([{"url": "https://pier.example/1.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 4321,
        "duration_in_seconds": 1860}]);
    assert_eq!(item["attachments"], sound);
    assert!(
        item["content_html"]
            .as_str()
            .unwrap()
            .contains("<b>lit</b>")
    );
    let entry = &said(&owned_articles("atom", ATOM))["a1"];
    assert_eq!(entry["attachments"][0]["url"], "https://quay.example/1.ogg");
    assert!(
        entry["content_html"]
            .as_str()
            .unwrap()
            .contains("3 &lt; 4,"),
        "{entry}"
    );
    assert!(
        entry["content_html"]
            .as_str()
            .unwrap()
            .contains("<a href=\"https://quay.example/t\">"),
        "{entry}"
    );
}

#[test]
fn records_keep_what_they_bring() {
    for feed in feeds(&owned_articles("records", RECORDS)) {
        let again = said(&owned_articles("again", &feed));
        let item = &again["r1"];
        assert_eq!(
            (&item["authors"], &item["tags"]),
            (&json!([{"name": "F. Net"}]), &json!(["Sea"])),
            "{feed}"
        );
        assert_eq!(
            (&item["image"], &item["source"]),
            (&json!("https://mole.example/2.jpg"), &json!("Mole"))
        );
        assert_eq!(item["content_html"], "<p>A buoy was <i>found</i>.</p>");
        assert_eq!(again["r2"]["title"], "No more than a headline");
    }
}

/// Links that run something reach neither feeds nor pages.
#[test]
fn no_script_passes_into_a_feed() {
    let hostile = [
        "javascript:alert(1)",
        "JaVa\nScript:alert(1)",
        "vbscript:x",
        "data:text/html,x",
        "file:///etc/passwd",
    ];
    let record = |(n, link): (usize, &&str)| {
        json!({ "id": n.to_string(), "title": format!("Storm number {n} hits"), "url": link, "image": link,
            "attachments": [{ "url": link }], "content_html": format!("<p onclick='x'>Storm<script>y</script> <a href='{link}'>{n}</a></p>") })
        .to_string() + "\n"
    };
    let text: String = hostile.iter().enumerate().map(record).collect();
    let items = owned_articles("records", &text);
    for feed in feeds(&items) {
        let told = feed.to_lowercase().replace("&#10;", "").replace("\\n", "");
        for word in [
            "javascript:",
            "vbscript:",
            "data:text",
            "file:",
            "onclick",
            "<script",
            "&lt;script",
        ] {
            assert!(!told.contains(word), "{word}: {feed}");
        }
    }
    let relative = owned_articles(
        "records",
        "{\"id\":\"1\",\"title\":\"Storm hits\",\"url\":\"/storm?a=1\"}\n",
    );
    assert!(
        feeds(&relative)
            .iter()
            .all(|feed| feed.contains("/storm?a=1"))
    );
}
