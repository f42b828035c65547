//! The values of a JSON text in, the lists of records in them out: where the caller says, or else
//! the list that is most like one of news, whatever service wrote it. Linear in the text, times the
//! depth that is looked into.

use std::cmp::Reverse;

use serde_json::value::RawValue;

use super::json::{Object, is_item, is_record, said};
use super::keys::{Field, hint};
use super::{Keys, ReadError, shapes};

/// Records, and what the object around them says of all of them.
#[derive(Debug, Clone, Default)]
pub(super) struct List<'a> {
    pub(super) records: Vec<&'a RawValue>,
    pub(super) source: Option<String>,
    pub(super) language: Option<String>,
    /// The address of the feed that the object is.
    pub(super) feed: Option<String>,
}

/// How many levels of nested objects are searched for lists.
const DEEPEST: usize = 4;

/// How many records of a list are tested for being items.
const ASKED: usize = 8;

/// How many levels of objects and lists are searched for paths to suggest.
const PATHS_DEEPEST: usize = 8;

/// The most paths that an error suggests.
const PATHS_NAMED: usize = 12;

/// How much a list is like one of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// Its name is known, but nothing is in it.
    Empty,
    /// Its name is known, and it is of objects.
    Objects,
    /// It is of items.
    Items,
    /// The same, and its name is known.
    NamedItems,
}

/// The lists of records in the values of a text: those at the path that the keys name, the records
/// of the one array or in the one object that there is, or the values themselves.
///
/// # Errors
/// [`ReadError::Records`] if no list is at the path that was named.
pub(super) fn of<'a>(
    name: &str,
    values: &[&'a RawValue],
    keys: &Keys,
) -> Result<Vec<List<'a>>, ReadError> {
    if let Some(path) = &keys.records {
        return at_path(name, values, path);
    }
    let bare = |records: Vec<&'a RawValue>| {
        vec![List {
            records,
            ..List::default()
        }]
    };
    Ok(match values {
        [one] if one.get().starts_with('[') => bare(elements(one)),
        [one] => held(one.get(), keys).unwrap_or_else(|| bare(vec![one])),
        several => bare(several.to_vec()),
    })
}

/// The lists of records that an object holds; none if it is a record itself.
pub(super) fn held<'a>(json: &'a str, keys: &Keys) -> Option<Vec<List<'a>>> {
    held_within(json, keys, DEEPEST).map(|(_, lists)| lists)
}

/// What to do about a text that holds lists of objects, none of which is known to be of records.
pub(super) fn unknown(json: &str) -> Option<String> {
    let paths = paths([json].into_iter());
    let named = || paths.join(", ");
    (!paths.is_empty()).then(|| {
        format!(
            "no list of news is known in it: name one of {} with --records",
            named()
        )
    })
}

fn held_within<'a>(
    json: &'a str,
    keys: &Keys,
    deepest: usize,
) -> Option<(Likeness, Vec<List<'a>>)> {
    let mut best = None;
    let mut level = vec![json];
    for depth in 0..deepest {
        let mut next = Vec::new();
        for json in level {
            let Ok(object) = serde_json::from_str::<Object<'a>>(json) else {
                continue;
            };
            // What says something itself is a record, whatever it holds; unless it is a feed.
            let says = is_record(json, keys);
            for (key, value) in &object.0 {
                match value.get().as_bytes().first() {
                    Some(b'[') => {
                        let Some((likeness, lists)) =
                            candidate(key, value, &object, says, keys, deepest - depth)
                        else {
                            continue;
                        };
                        let rank = shapes::LISTS
                            .iter()
                            .position(|list| list == key)
                            .unwrap_or(usize::MAX);
                        let order = (likeness, Reverse((depth, rank)));
                        if best.as_ref().is_none_or(|(best, _)| order > *best) {
                            best = Some((order, lists));
                        }
                    }
                    Some(b'{') if !says => next.push(value.get()),
                    _ => {}
                }
            }
        }
        level = next;
    }
    best.map(|((likeness, _), lists)| (likeness, lists))
}

/// The list under a key of an object, if it may be of records, or of objects that each hold one.
fn candidate<'a>(
    key: &str,
    value: &'a RawValue,
    object: &Object<'a>,
    says: bool,
    keys: &Keys,
    deepest: usize,
) -> Option<(Likeness, Vec<List<'a>>)> {
    let mut records = elements(value);
    let is_named = shapes::LISTS.contains(&key);
    let is_feed = key == "items" && object.get("version").is_some();
    let likeness = match records.first() {
        None if is_named && !says || is_feed => Likeness::Empty,
        Some(_)
            if (is_named || !says)
                && records
                    .iter()
                    .take(ASKED)
                    .any(|record| is_item(record, keys)) =>
        {
            if is_named {
                Likeness::NamedItems
            } else {
                Likeness::Items
            }
        }
        Some(first) if first.get().starts_with('{') => {
            let inner =
                |record: &&'a RawValue| held_within(record.get(), keys, deepest.checked_sub(1)?);
            let is_holder =
                !says && inner(first).is_some_and(|(likeness, _)| likeness >= Likeness::Objects);
            if is_holder {
                let lists = records
                    .iter()
                    .filter_map(inner)
                    .flat_map(|(_, lists)| lists)
                    .collect();
                return Some((Likeness::Items, lists));
            }
            (is_named && !says || is_feed).then_some(Likeness::Objects)?
        }
        _ => return None,
    };
    let (list, field, left_out) = shapes::NO_ITEMS;
    if key == list {
        let is_left_out = |record: &&RawValue| {
            let object: Option<Object<'_>> = serde_json::from_str(record.get()).ok();
            object
                .and_then(|object| said(object.get(field)?, "", Field::Id, 1))
                .is_some_and(|word| word == left_out)
        };
        records.retain(|record| !is_left_out(record));
    }
    Some((
        likeness,
        vec![
            List {
                records,
                ..List::default()
            }
            .of(object),
        ],
    ))
}

impl<'a> List<'a> {
    /// The same list within an object that says from whom it is and in what language.
    fn of(self, object: &Object<'a>) -> Self {
        let word = |field: Field, keys: &[&str]| {
            keys.iter()
                .find_map(|key| said(object.get(key)?, "", field, 2))
                .map(|word| word.into_owned())
        };
        List {
            records: self.records,
            source: word(Field::Source, &["title", "name"]),
            language: word(Field::Language, &["language"]),
            feed: word(Field::Feed, &["feed_url", "home_page_url"]),
        }
    }
}

fn elements(value: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(value.get()).unwrap_or_default()
}

fn at_path<'a>(
    name: &str,
    values: &[&'a RawValue],
    path: &str,
) -> Result<Vec<List<'a>>, ReadError> {
    let parts: Vec<&str> = path
        .split('.')
        .map(|part| part.trim_end_matches("[]"))
        .collect();
    let parts: Vec<&str> = parts
        .into_iter()
        .filter(|part| !part.is_empty() && *part != "$")
        .collect();
    let mut lists = Vec::new();
    for value in values {
        follow(value, &parts, &List::default(), &mut lists);
    }
    if lists.is_empty() {
        let there = paths(values.iter().map(|value| value.get()));
        let there: Vec<&str> = there.iter().map(String::as_str).collect();
        let hint = if there.is_empty() {
            "it holds no list of objects".to_owned()
        } else {
            hint(path, &there)
        };
        return Err(ReadError::Records {
            name: name.to_owned(),
            path: path.to_owned(),
            hint,
        });
    }
    Ok(lists)
}

/// Follows a path into objects, and into each object of the lists on the way.
fn follow<'a>(value: &'a RawValue, parts: &[&str], around: &List<'a>, lists: &mut Vec<List<'a>>) {
    match (value.get().as_bytes().first(), parts) {
        (Some(b'['), []) => lists.push(List {
            records: elements(value),
            ..around.clone()
        }),
        (Some(b'['), _) => {
            let objects = elements(value)
                .into_iter()
                .filter(|element| element.get().starts_with('{'));
            objects.for_each(|object| follow(object, parts, around, lists));
        }
        (Some(b'{'), [first, rest @ ..]) => {
            let Ok(object) = serde_json::from_str::<Object<'a>>(value.get()) else {
                return;
            };
            if let Some(inner) = object.get(first) {
                follow(inner, rest, &List::default().of(&object), lists);
            }
        }
        _ => {}
    }
}

/// The paths of the lists of objects in some values.
fn paths<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found = Vec::new();
    values
        .take(ASKED)
        .for_each(|json| add_paths(json, "", PATHS_DEEPEST, &mut found));
    found
}

fn add_paths(json: &str, before: &str, depth: usize, found: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if json.starts_with('[') {
        let list: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
        return list
            .first()
            .map_or((), |first| add_paths(first.get(), before, depth, found));
    }
    let object: Result<Object<'_>, _> = serde_json::from_str(json);
    for (key, value) in object.into_iter().flat_map(|object| object.0) {
        let path = format!("{before}{key}");
        if elements(value)
            .first()
            .is_some_and(|first| first.get().starts_with('{'))
            && found.len() < PATHS_NAMED
            && !found.contains(&path)
        {
            found.push(path.clone());
        }
        if value.get().starts_with(['{', '[']) {
            add_paths(value.get(), &format!("{path}."), depth, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str, keys: &Keys) -> Result<Vec<String>, String> {
        let found =
            super::super::json::document("f", text, keys).map_err(|error| error.to_string())?;
        Ok(found.0.iter().map(|item| item.id.to_string()).collect())
    }

    #[test]
    fn lists_are_found_wherever_services_put_them() {
        let usual = Keys::default();
        for text in [
            r#"{"hits":{"total":2,"hits":[{"_id":"1","_source":{"title":"a"}},{"_id":"2","_source":{"body":"b"}}]}}"#,
            r#"{"kind":"Listing","data":{"children":[{"data":{"id":1,"title":"a"}},{"data":{"id":2,"title":"b"}}]}}"#,
            r#"{"value":[{"id":1,"name":"a","datePublished":"2025-10-15"},{"id":2,"name":"b","datePublished":"2025-10-15"}]}"#,
            r#"{"data":{"news":{"edges":[{"node":{"id":1,"title":"a"}},{"node":{"id":2,"title":"b"}}]}}}"#,
            r#"{"data":[{"id":1,"attributes":{"title":"a"}},{"id":2,"attributes":{"title":"b"}}],"links":{}}"#,
            r#"{"rows":[{"id":1,"doc":{"title":"a"}},{"id":2,"doc":{"title":"b"}}],"total_rows":2}"#,
            r#"{"anything":{"else":[{"id":1,"title":"a"},{"id":2,"title":"b"}]},"tags":[{"tag":"x"}]}"#,
            r#"{"ads":[{"id":9,"title":"buy"}],"response":{"docs":[{"id":1,"title":"a"},{"id":2,"title":"b"}]}}"#,
            r#"[{"results":[{"id":1,"title":"a"}]},{"results":[{"id":2,"title":"b"}]}]"#,
            "{\"results\":[{\"id\":1,\"title\":\"a\"}]}\n{\"results\":[{\"id\":2,\"title\":\"b\"}]}",
            r#"{"chats":{"list":[{"name":"A","messages":[{"id":1,"text":"a"}]},{"name":"B","messages":[{"id":2,"text":"b"}]}]}}"#,
        ] {
            assert_eq!(
                ids(text, &usual),
                Ok(vec!["1".to_owned(), "2".to_owned()]),
                "{text}"
            );
        }
    }

    #[test]
    fn a_record_is_no_list_and_an_empty_list_no_record() {
        let usual = Keys::default();
        for text in [
            r#"{"id":"1","title":"a","text":"b","comments":[{"id":2,"text":"c"}]}"#,
            r#"{"id":"1","title":"a","images":[{"title":"b"}],"results":[{"text":"c"}]}"#,
            r#"{"id":"1","paragraphs":[{"text":"a"},{"text":"b"}]}"#,
        ] {
            assert_eq!(ids(text, &usual), Ok(vec!["1".to_owned()]), "{text}");
        }
        for text in [
            r#"{"status":"ok","articles":[]}"#,
            r#"{"id":"user/-","items":[]}"#,
            r#"{"hits":{"hits":[]}}"#,
        ] {
            assert_eq!(ids(text, &usual), Ok(Vec::new()), "{text}");
        }
    }

    #[test]
    fn the_list_that_was_named_holds_and_others_are_told() {
        let keys = |path: &str| Keys {
            records: Some(path.to_owned()),
            ..Keys::default()
        };
        let text = r#"{"pages":[{"title":"P","rows":[{"id":1,"title":"a"}]},{"rows":[{"id":2,"title":"b"}]}],"x":{"y":[]}}"#;
        for path in ["pages.rows", "pages[].rows[]", "$.pages.rows"] {
            assert_eq!(
                ids(text, &keys(path)),
                Ok(vec!["1".to_owned(), "2".to_owned()])
            );
        }
        assert_eq!(ids(text, &keys("x.y")), Ok(Vec::new()));
        let refused = |path: &str| ids(text, &keys(path)).unwrap_err();
        assert!(
            refused("pages.row").contains("did you mean \"pages.rows\"?"),
            "{}",
            refused("pages.row")
        );
        assert!(
            refused("zzz").contains("it has pages, pages.rows"),
            "{}",
            refused("zzz")
        );
        assert!(
            ids("{\"a\":1}", &keys("b"))
                .unwrap_err()
                .contains("holds no list")
        );
    }
}
