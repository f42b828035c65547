//! How the answers and exports of services hold their records: the names of the lists, of the
//! objects around a record, and of the fields that stand within an object or under a name that
//! means a field there alone. Data without code.

use super::keys::Field;

/// Names of lists of records, the likelier first.
pub(super) const LISTS: [&str; 18] = [
    "items", "articles", "results", "data", "entries", "news", "docs", "hits", "records",
    "stories", "posts", "messages", "value", "children", "statuses", "feed", "item", "entry",
];

/// Names of the object that is the article within a record that says nothing of it itself:
/// Elasticsearch's hits, Reddit's listings, JSON:API, GraphQL's edges, CouchDB's rows, the fields
/// that Elasticsearch was asked for, YouTube.
pub(super) const ENVELOPES: [&str; 7] = [
    "_source",
    "data",
    "attributes",
    "node",
    "doc",
    "fields",
    "snippet",
];

/// Where a field of an article stands within the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'p> {
    /// The field.
    pub(super) field: Field,
    /// Of several places for one field, the least rank holds.
    pub(super) rank: u8,
    /// The keys that lead to it within the value, with dots between; empty if it is the whole
    /// value.
    pub(super) path: &'p str,
}

/// Records that are no items: in the list of this name those with this value of a key. Telegram
/// notes who joined.
pub(super) const NO_ITEMS: (&str, &str, &str) = ("messages", "type", "service");

/// The rank of `datePublished` as a date; that of a key that was named is less.
pub(super) const DATED_RANK: u8 = 1;

/// The rank of schema.org's `name`, which is a headline only in a record that also has
/// `datePublished`.
pub(super) const NAME_RANK: u8 = 100;

/// The fields that stand within the value of a key that names no field by itself.
pub(super) fn within(key: &str) -> &'static [Place<'static>] {
    const fn at(field: Field, rank: u8, path: &'static str) -> Place<'static> {
        Place { field, rank, path }
    }
    match key {
        // Google's Reader API and its heirs.
        "canonical" => const { &[at(Field::Url, 4, "href")] },
        "alternate" => const { &[at(Field::Url, 5, "href")] },
        "origin" => const { &[at(Field::Source, 5, "title")] },
        // Miniflux.
        "feed" => const { &[at(Field::Source, 5, "title")] },
        // webz.io.
        "thread" => const { &[at(Field::Source, 5, "site")] },
        // Bing, in the words of schema.org.
        "provider" => const { &[at(Field::Source, 5, "name")] },
        "name" => const { &[at(Field::Title, NAME_RANK, "")] },
        // Mastodon.
        "account" => const { &[at(Field::Source, 5, "acct")] },
        // The Guardian.
        "fields" => {
            const {
                &[
                    at(Field::Text, 4, "bodyText"),
                    at(Field::Text, 7, "trailText"),
                ]
            }
        }
        _ => &[],
    }
}

/// The keys under which an object says in a word what it stands for as the value of a field, the
/// likelier first.
pub(super) fn words(field: Field) -> &'static [&'static str] {
    match field {
        Field::Id => &["id", "_id", "$oid", "#text", "_", "value", "rendered"],
        Field::Title => &[
            "rendered", "main", "title", "name", "text", "content", "value", "#text", "_", "id",
        ],
        Field::Text | Field::Html => &[
            "rendered", "content", "text", "value", "#text", "_", "plain", "html", "body",
        ],
        Field::Url | Field::Feed => &["href", "url", "link", "value", "#text", "_", "id"],
        Field::Source => &[
            "name", "site", "title", "domain", "value", "#text", "_", "id",
        ],
        Field::Published => &["$date", "$numberLong", "date", "value", "#text", "_", "utc"],
        Field::Language => &["code", "value", "#text", "_", "name", "id"],
    }
}
