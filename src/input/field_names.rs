//! Which field of an article a key or a column names.
//!
//! Input: the name of a key, in any spelling. Output: the [`ArticleField`] and the rank of the
//! name. Cost: one hash look-up. The known names are those of JSON Feed, RSS, common news
//! collections and tables in Arabic; a caller can name others in [`FieldNames`].

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::{ReadError, Suggestion};

/// The names of the fields of an article, where they are not known ones.
///
/// A name with dots leads into objects (`article.title`), unless a record has the whole name as one
/// key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldNames {
    /// The key of the id.
    pub id: Option<String>,
    /// The key of the title.
    pub title: Option<String>,
    /// The key of the body.
    pub text: Option<String>,
    /// The key of the address.
    pub url: Option<String>,
    /// The key of the outlet.
    pub source: Option<String>,
    /// The key of the date of publication.
    pub published: Option<String>,
    /// The key of the language.
    pub language: Option<String>,
    /// The columns of a table without a header; empty if the table has one.
    pub columns: Vec<String>,
    /// The path of the list of records in JSON, with dots between keys (`response.docs`). Without a
    /// path, the list that is most like a list of news.
    pub records: Option<String>,
}

/// A field of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArticleField {
    Id,
    Title,
    Text,
    /// The text as HTML.
    Html,
    Url,
    Source,
    Published,
    Language,
    /// The address of the feed.
    Feed,
}

/// The number of fields.
pub(super) const FIELDS: usize = 9;

/// The place of a field in the value of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FieldPath<'p> {
    /// The field.
    pub(super) field: ArticleField,
    /// Of several places for one field, the lowest rank wins.
    pub(super) rank: u8,
    /// The keys from the value to the field, separated by dots; empty for the value itself.
    pub(super) path: &'p str,
}

impl<'p> FieldPath<'p> {
    pub(super) const fn new(field: ArticleField, rank: u8, path: &'p str) -> Self {
        FieldPath { field, rank, path }
    }
}

impl FieldNames {
    /// The field that a key names, and the rank of the key: of several keys for one field, the
    /// lowest rank wins. Known keys do not count for a field that the caller named.
    pub(super) fn field(&self, key: &str) -> Option<(ArticleField, u8)> {
        let mut known = known_field(key);
        for (field, name) in self.named() {
            if name == key {
                return Some((field, 0));
            }
            known = known.filter(|(known, _)| *known != field);
        }
        known
    }

    /// Whether the caller named the key of a field.
    pub(super) fn names(&self, field: ArticleField) -> bool {
        self.named().any(|(named, _)| named == field)
    }

    /// The named keys with dots: the first key of each, and the path behind it.
    pub(super) fn paths(&self) -> Vec<(&str, FieldPath<'_>)> {
        let mut paths = Vec::new();
        for (field, name) in self.named() {
            if let Some((first, path)) = name.split_once('.') {
                let rank = 0;
                paths.push((first, FieldPath { field, rank, path }));
            }
        }
        paths
    }

    /// Whether a key names a field that is compared: a title or a text.
    pub(super) fn is_content(&self, key: &str) -> bool {
        self.field(key).is_some_and(|(field, _)| {
            matches!(
                field,
                ArticleField::Title | ArticleField::Text | ArticleField::Html
            )
        })
    }

    /// The fields and keys that the caller named.
    fn named(&self) -> impl Iterator<Item = (ArticleField, &str)> {
        let all = [
            (ArticleField::Id, &self.id),
            (ArticleField::Title, &self.title),
            (ArticleField::Text, &self.text),
            (ArticleField::Url, &self.url),
            (ArticleField::Source, &self.source),
            (ArticleField::Published, &self.published),
            (ArticleField::Language, &self.language),
        ];
        all.into_iter()
            .filter_map(|(field, name)| Some((field, name.as_deref()?)))
    }

    /// Refuses a named key that no record has. `found` lists the keys of the records.
    pub(super) fn require_found<K: AsRef<str>>(
        &self,
        name: &str,
        found: impl Fn() -> Vec<K>,
    ) -> Result<(), ReadError> {
        if self.named().next().is_none() {
            return Ok(());
        }
        let found = found();
        let found: Vec<&str> = found.iter().map(AsRef::as_ref).collect();
        if found.is_empty() {
            return Ok(());
        }
        match self.named().find(|(_, key)| !found.contains(key)) {
            None => Ok(()),
            Some((_, key)) => Err(ReadError::MissingField {
                name: name.to_owned(),
                key: key.to_owned(),
                suggestion: Suggestion::for_name(key, &found),
            }),
        }
    }

    /// Refuses a table without a column of titles or texts.
    pub(super) fn require_content(&self, name: &str, columns: &[String]) -> Result<(), ReadError> {
        if columns.is_empty() || columns.iter().any(|column| self.is_content(column)) {
            return Ok(());
        }
        Err(ReadError::NoTextColumn {
            name: name.to_owned(),
            columns: columns.to_vec(),
        })
    }
}

/// Bytes of the longest known name, in normal form.
const MAX_NAME_BYTES: usize = 24;

/// The field that a known key names, in any spelling: `publishedAt`, `published_at`,
/// `Published At`.
fn known_field(key: &str) -> Option<(ArticleField, u8)> {
    // The whole article in Elasticsearch, not an outlet.
    if key == "_source" {
        return None;
    }
    let mut normal = [0u8; MAX_NAME_BYTES];
    let mut length = 0;
    for byte in key.bytes() {
        if !matches!(byte, b'_' | b'-' | b' ') {
            *normal.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
    }
    KNOWN_FIELDS.get(&normal[..length]).copied()
}

static KNOWN_FIELDS: LazyLock<HashMap<&'static [u8], (ArticleField, u8)>> = LazyLock::new(|| {
    let mut fields = HashMap::new();
    for (field, rank, names) in KNOWN_NAMES {
        for name in *names {
            fields.insert(name.as_bytes(), (*field, *rank));
        }
    }
    fields
});

/// The known names of fields with their ranks, in lower case without separators.
const KNOWN_NAMES: &[(ArticleField, u8, &[&str])] = &[
    (ArticleField::Id, 1, &["id"]),
    (ArticleField::Id, 2, &["guid"]),
    (ArticleField::Id, 3, &["uuid"]),
    (
        ArticleField::Id,
        4,
        &[
            "articleid",
            "docid",
            "newsid",
            "storyhash",
            "storiesid",
            "objectid",
        ],
    ),
    (ArticleField::Id, 5, &["uri"]),
    (
        ArticleField::Title,
        1,
        &["title", "العنوان", "عنوان", "عنوانالخبر"],
    ),
    (ArticleField::Title, 2, &["headline"]),
    (
        ArticleField::Title,
        3,
        &[
            "headlinetext",
            "webtitle",
            "articletitle",
            "newstitle",
            "storytitle",
        ],
    ),
    (ArticleField::Text, 1, &["contenttext"]),
    (
        ArticleField::Text,
        2,
        &["text", "النص", "نص", "نصالخبر", "المحتوى"],
    ),
    (ArticleField::Text, 3, &["body"]),
    (
        ArticleField::Text,
        4,
        &[
            "maintext",
            "articlebody",
            "articletext",
            "fulltext",
            "selftext",
            "storycontent",
        ],
    ),
    (ArticleField::Text, 5, &["content"]),
    (ArticleField::Text, 6, &["description", "shortdescription"]),
    (ArticleField::Text, 7, &["summary", "الملخص", "الوصف"]),
    (
        ArticleField::Text,
        8,
        &["snippet", "abstract", "excerpt", "leadparagraph"],
    ),
    (ArticleField::Html, 1, &["contenthtml"]),
    (ArticleField::Url, 1, &["url"]),
    (ArticleField::Url, 2, &["link", "الرابط", "رابط"]),
    (
        ArticleField::Url,
        3,
        &[
            "externalurl",
            "canonicalurl",
            "weburl",
            "articleurl",
            "storypermalink",
        ],
    ),
    (ArticleField::Url, 6, &["permalink"]),
    (ArticleField::Source, 1, &["source", "المصدر", "مصدر"]),
    (ArticleField::Source, 2, &["publisher"]),
    (
        ArticleField::Source,
        3,
        &[
            "outlet",
            "publication",
            "sitename",
            "sourcename",
            "namesource",
            "medianame",
        ],
    ),
    (
        ArticleField::Source,
        4,
        &[
            "sourcedomain",
            "domain",
            "hostname",
            "cleanurl",
            "domainurl",
        ],
    ),
    (
        ArticleField::Published,
        1,
        &["datepublished", "dateunixtime"],
    ),
    (ArticleField::Published, 2, &["published", "تاريخالنشر"]),
    (
        ArticleField::Published,
        3,
        &["publishedat", "publisheddate", "datepublish", "publishdate"],
    ),
    (
        ArticleField::Published,
        4,
        &[
            "pubdate",
            "publicationdate",
            "webpublicationdate",
            "dategmt",
            "timepublished",
        ],
    ),
    (
        ArticleField::Published,
        5,
        &["date", "datetime", "التاريخ", "تاريخ"],
    ),
    (
        ArticleField::Published,
        6,
        &[
            "timestamp",
            "seendate",
            "createdat",
            "createdutc",
            "storydate",
        ],
    ),
    // The date of fetching is closer to the date of publication than no date.
    (
        ArticleField::Published,
        7,
        &["datefetched", "fetchedat", "datecrawled"],
    ),
    (ArticleField::Language, 1, &["language", "اللغة"]),
    (ArticleField::Language, 2, &["lang"]),
    (ArticleField::Feed, 1, &["feedurl"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_in_any_spelling() {
        for key in [
            "publishedAt",
            "published_at",
            "Published At",
            "PUBLISHED-AT",
        ] {
            assert_eq!(
                known_field(key),
                Some((ArticleField::Published, 3)),
                "{key}"
            );
        }
        for key in ["تاريخ النشر", "تاريخ_النشر"] {
            assert_eq!(
                known_field(key),
                Some((ArticleField::Published, 2)),
                "{key}"
            );
        }
        assert_eq!(known_field("a key that is far too long to be known"), None);
        assert_eq!(known_field(""), None);
    }

    #[test]
    fn named_keys_replace_known_keys() {
        let field_names = FieldNames {
            title: Some("name".into()),
            ..FieldNames::default()
        };
        assert_eq!(field_names.field("name"), Some((ArticleField::Title, 0)));
        assert_eq!(field_names.field("title"), None);
        assert_eq!(field_names.field("id"), Some((ArticleField::Id, 1)));
    }

    #[test]
    fn missing_keys_suggest_the_most_similar() {
        let field_names = FieldNames {
            title: Some("headlin".into()),
            ..FieldNames::default()
        };
        let message = field_names
            .require_found("f", || vec!["id", "headline"])
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "no record of f has the key \"headlin\": did you mean \"headline\"?"
        );
        let far = FieldNames {
            title: Some("überschrift".into()),
            ..FieldNames::default()
        };
        assert!(
            far.require_found("f", || vec!["id", "head"])
                .unwrap_err()
                .to_string()
                .contains("it has id, head")
        );
        assert!(
            field_names.require_found("f", Vec::<&str>::new).is_ok()
                && FieldNames::default()
                    .require_found("f", || vec!["x"])
                    .is_ok()
        );
    }
}
