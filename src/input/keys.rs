//! The key of a record in, the field of an article it stands for out, whoever's spelling it is.

use super::ReadError;
use super::shapes::Place;

/// The names under which records hold what an article needs, where they are not the usual ones. A
/// name with dots leads into objects (`article.title`), unless a record has the whole of it as one
/// key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
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
    /// The columns of a table whose first line does not name them; empty if it does.
    pub columns: Vec<String>,
    /// The list of records within a JSON text, as the keys that lead to it with dots between
    /// (`response.docs`); the places known of services if there is none.
    pub records: Option<String>,
}

/// What of an article a key names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Id,
    Title,
    Text,
    Html,
    Url,
    Source,
    Published,
    Language,
    Feed,
}

/// How many fields there are.
pub(super) const FIELDS: usize = 9;

/// The longest usual key.
const LONGEST: usize = 24;

impl Keys {
    /// The field a key names and its rank: of several keys for one field, the least rank holds. Of
    /// a field whose key was named, other keys do not count.
    pub(super) fn field(&self, key: &str) -> Option<(Field, u8)> {
        if let Some((field, _)) = self.named().find(|(_, name)| *name == key) {
            return Some((field, 0));
        }
        usual(key).filter(|(field, _)| {
            *field == Field::Html || self.named().all(|(named, _)| named != *field)
        })
    }

    /// Whether the key of a field was named.
    pub(super) fn names(&self, field: Field) -> bool {
        self.named().any(|(named, _)| named == field)
    }

    /// The keys named with dots: the first of the keys that lead to the field, and the place within
    /// its value.
    pub(super) fn paths(&self) -> Vec<(&str, Place<'_>)> {
        let parts = self
            .named()
            .filter_map(|(field, name)| Some((field, name.split_once('.')?)));
        parts
            .map(|(field, (first, path))| {
                (
                    first,
                    Place {
                        field,
                        rank: 0,
                        path,
                    },
                )
            })
            .collect()
    }

    /// Whether a key names something that can be compared.
    pub(super) fn says(&self, key: &str) -> bool {
        self.field(key)
            .is_some_and(|(field, _)| matches!(field, Field::Title | Field::Text | Field::Html))
    }

    /// The keys that were named.
    fn named(&self) -> impl Iterator<Item = (Field, &str)> {
        let all = [
            (Field::Id, &self.id),
            (Field::Title, &self.title),
            (Field::Text, &self.text),
            (Field::Url, &self.url),
            (Field::Source, &self.source),
            (Field::Published, &self.published),
            (Field::Language, &self.language),
        ];
        all.into_iter()
            .filter_map(|(field, name)| Some((field, name.as_deref()?)))
    }

    /// Refuses a key that was named but that no record has. `found` lists the keys there are.
    pub(super) fn check<K: AsRef<str>>(
        &self,
        name: &str,
        found: impl Fn() -> Vec<K>,
    ) -> Result<(), ReadError> {
        if self.named().next().is_none() {
            return Ok(());
        }
        let found = found();
        let found: Vec<&str> = found.iter().map(AsRef::as_ref).collect();
        let missing = self
            .named()
            .find(|(_, key)| !found.is_empty() && !found.contains(key));
        missing.map_or(Ok(()), |(_, key)| {
            Err(ReadError::Key {
                name: name.to_owned(),
                key: key.to_owned(),
                hint: hint(key, &found),
            })
        })
    }

    /// Refuses a table of which no column is a title or a text.
    pub(super) fn refuse_unknown(&self, name: &str, columns: &[String]) -> Result<(), ReadError> {
        if columns.is_empty() || columns.iter().any(|column| self.says(column)) {
            return Ok(());
        }
        let columns = columns.join(", ");
        let cause = format!(
            "of its columns {columns} none is known as a title or a text: name one with --title-key, or all with --columns"
        );
        Err(ReadError::Broken {
            name: name.to_owned(),
            expected: "table of news",
            cause,
        })
    }
}

/// What to name instead of a name that is not among those found: the likeliest of them, or all.
pub(super) fn hint(name: &str, found: &[&str]) -> String {
    let near = found
        .iter()
        .map(|other| (strsim::jaro_winkler(name, other), *other));
    let best = near
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.75);
    match best {
        Some((_, other)) => format!("did you mean {other:?}?"),
        None => format!("it has {}", found.join(", ")),
    }
}

/// The field that a key of JSON Feed, of RSS or of the usual news collections names, however it is
/// spelled: `publishedAt`, `published_at`, `Published At`.
fn usual(key: &str) -> Option<(Field, u8)> {
    // Elasticsearch's whole article, not an outlet.
    if key == "_source" {
        return None;
    }
    let mut plain = [0u8; LONGEST];
    let mut length = 0;
    for byte in key
        .bytes()
        .filter(|byte| !matches!(byte, b'_' | b'-' | b' '))
    {
        *plain.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    Some(match &plain[..length] {
        b"id" => (Field::Id, 1),
        b"guid" => (Field::Id, 2),
        b"uuid" => (Field::Id, 3),
        b"articleid" | b"docid" | b"newsid" | b"storyhash" | b"storiesid" | b"objectid" => {
            (Field::Id, 4)
        }
        b"uri" => (Field::Id, 5),
        b"title" => (Field::Title, 1),
        b"headline" => (Field::Title, 2),
        b"headlinetext" | b"webtitle" | b"articletitle" | b"newstitle" | b"storytitle" => {
            (Field::Title, 3)
        }
        b"contenttext" => (Field::Text, 1),
        b"text" => (Field::Text, 2),
        b"body" => (Field::Text, 3),
        b"maintext" | b"articlebody" | b"articletext" | b"fulltext" | b"selftext"
        | b"storycontent" => (Field::Text, 4),
        b"content" => (Field::Text, 5),
        b"description" | b"shortdescription" => (Field::Text, 6),
        b"summary" => (Field::Text, 7),
        b"snippet" | b"abstract" | b"excerpt" | b"leadparagraph" => (Field::Text, 8),
        b"contenthtml" => (Field::Html, 1),
        b"url" => (Field::Url, 1),
        b"link" => (Field::Url, 2),
        b"externalurl" | b"canonicalurl" | b"weburl" | b"articleurl" | b"storypermalink" => {
            (Field::Url, 3)
        }
        b"permalink" => (Field::Url, 6),
        b"source" => (Field::Source, 1),
        b"publisher" => (Field::Source, 2),
        b"outlet" | b"publication" | b"sitename" | b"sourcename" | b"namesource" | b"medianame" => {
            (Field::Source, 3)
        }
        b"sourcedomain" | b"domain" | b"hostname" | b"cleanurl" | b"domainurl" => {
            (Field::Source, 4)
        }
        b"datepublished" | b"dateunixtime" => (Field::Published, 1),
        b"published" => (Field::Published, 2),
        b"publishedat" | b"publisheddate" | b"datepublish" | b"publishdate" => {
            (Field::Published, 3)
        }
        b"pubdate" | b"publicationdate" | b"webpublicationdate" | b"dategmt" | b"timepublished" => {
            (Field::Published, 4)
        }
        b"date" | b"datetime" => (Field::Published, 5),
        b"timestamp" | b"seendate" | b"createdat" | b"createdutc" | b"storydate" => {
            (Field::Published, 6)
        }
        // Not the same, but nearer than nothing.
        b"datefetched" | b"fetchedat" | b"datecrawled" => (Field::Published, 7),
        b"language" => (Field::Language, 1),
        b"lang" => (Field::Language, 2),
        b"feedurl" => (Field::Feed, 1),
        other => return usual_in_arabic(std::str::from_utf8(other).ok()?),
    })
}

/// The same of the columns of a table that was made in Arabic.
fn usual_in_arabic(key: &str) -> Option<(Field, u8)> {
    Some(match key {
        "العنوان" | "عنوان" | "عنوانالخبر" => (Field::Title, 1),
        "النص" | "نص" | "نصالخبر" | "المحتوى" => (Field::Text, 2),
        "الملخص" | "الوصف" => (Field::Text, 7),
        "الرابط" | "رابط" => (Field::Url, 2),
        "المصدر" | "مصدر" => (Field::Source, 1),
        "تاريخالنشر" => (Field::Published, 2),
        "التاريخ" | "تاريخ" => (Field::Published, 5),
        "اللغة" => (Field::Language, 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_do_not_matter() {
        for key in [
            "publishedAt",
            "published_at",
            "Published At",
            "PUBLISHED-AT",
        ] {
            assert_eq!(usual(key), Some((Field::Published, 3)), "{key}");
        }
        for key in ["تاريخ النشر", "تاريخ_النشر"] {
            assert_eq!(usual(key), Some((Field::Published, 2)), "{key}");
        }
        assert_eq!(usual("a key that is far too long to be known"), None);
        assert_eq!(usual(""), None);
    }

    #[test]
    fn a_named_key_stands_alone() {
        let keys = Keys {
            title: Some("name".into()),
            ..Keys::default()
        };
        assert_eq!(keys.field("name"), Some((Field::Title, 0)));
        assert_eq!(keys.field("title"), None);
        assert_eq!(keys.field("id"), Some((Field::Id, 1)));
    }

    #[test]
    fn a_missing_key_suggests_the_likeliest() {
        let keys = Keys {
            title: Some("headlin".into()),
            ..Keys::default()
        };
        let message = keys
            .check("f", || vec!["id", "headline"])
            .unwrap_err()
            .to_string();
        assert_eq!(
            message,
            "no record of f has the key \"headlin\": did you mean \"headline\"?"
        );
        let far = Keys {
            title: Some("überschrift".into()),
            ..Keys::default()
        };
        assert!(
            far.check("f", || vec!["id", "head"])
                .unwrap_err()
                .to_string()
                .contains("it has id, head")
        );
        assert!(
            keys.check("f", Vec::<&str>::new).is_ok()
                && Keys::default().check("f", || vec!["x"]).is_ok()
        );
    }
}
