//! Where news services and exports put their records and fields: data without code.
//!
//! The names of record lists, of envelope objects around a record, and of fields that are inside an
//! object or whose key means a field in one service only.

use super::field_names::{ArticleField, FieldPath};

/// Names of record lists, the most likely first.
pub(super) const LISTS: [&str; 18] = [
    "items", "articles", "results", "data", "entries", "news", "docs", "hits", "records",
    "stories", "posts", "messages", "value", "children", "statuses", "feed", "item", "entry",
];

/// Names of the object that holds the article in a record without content of its own:
/// Elasticsearch hits, Reddit listings, JSON:API, GraphQL edges, CouchDB rows, Elasticsearch
/// `fields`, YouTube.
pub(super) const ENVELOPES: [&str; 7] = [
    "_source",
    "data",
    "attributes",
    "node",
    "doc",
    "fields",
    "snippet",
];

/// Records that are no items: a list name, and a key with its value. Telegram reports who joined.
pub(super) const SERVICE_RECORDS: (&str, &str, &str) = ("messages", "type", "service");

/// The rank of `datePublished` as a date; a named key has a lower rank.
pub(super) const DATE_PUBLISHED_RANK: u8 = 1;

/// The rank of schema.org's `name`, which is a title only in a record with `datePublished`.
pub(super) const NAME_RANK: u8 = 100;

/// The fields in the value of a key that names no field by itself.
pub(super) fn nested_fields(key: &str) -> &'static [FieldPath<'static>] {
    match key {
        // Google Reader API.
        "canonical" => const { &[FieldPath::new(ArticleField::Url, 4, "href")] },
        "alternate" => const { &[FieldPath::new(ArticleField::Url, 5, "href")] },
        "origin" => const { &[FieldPath::new(ArticleField::Source, 5, "title")] },
        // Miniflux.
        "feed" => const { &[FieldPath::new(ArticleField::Source, 5, "title")] },
        // webz.io.
        "thread" => const { &[FieldPath::new(ArticleField::Source, 5, "site")] },
        // Bing, in terms of schema.org.
        "provider" => const { &[FieldPath::new(ArticleField::Source, 5, "name")] },
        "name" => const { &[FieldPath::new(ArticleField::Title, NAME_RANK, "")] },
        // Mastodon.
        "account" => const { &[FieldPath::new(ArticleField::Source, 5, "acct")] },
        // The Guardian.
        "fields" => {
            const {
                &[
                    FieldPath::new(ArticleField::Text, 4, "bodyText"),
                    FieldPath::new(ArticleField::Text, 7, "trailText"),
                ]
            }
        }
        _ => &[],
    }
}

/// The keys of an object that hold its value as text for a field, the most likely first.
pub(super) fn value_keys(field: ArticleField) -> &'static [&'static str] {
    match field {
        ArticleField::Id => &["id", "_id", "$oid", "#text", "_", "value", "rendered"],
        ArticleField::Title => &[
            "rendered", "main", "title", "name", "text", "content", "value", "#text", "_", "id",
        ],
        ArticleField::Text | ArticleField::Html => &[
            "rendered", "content", "text", "value", "#text", "_", "plain", "html", "body",
        ],
        ArticleField::Url | ArticleField::Feed => {
            &["href", "url", "link", "value", "#text", "_", "id"]
        }
        ArticleField::Source => &[
            "name", "site", "title", "domain", "value", "#text", "_", "id",
        ],
        ArticleField::Published => &["$date", "$numberLong", "date", "value", "#text", "_", "utc"],
        ArticleField::Language => &["code", "value", "#text", "_", "name", "id"],
    }
}
