//! The lists of records in JSON.
//!
//! Input: the values of a JSON text. Output: the lists at the path that the caller names, or the
//! list that is most like a list of news. Cost: linear in the text, times the searched depth.

use std::cmp::Reverse;

use serde_json::value::RawValue;

use super::field_names::ArticleField;
use super::json_record::{Envelopes, Object, field_text, has_content, is_item, walk_keys};
use super::{FieldNames, ReadError, Suggestion, service_schemas};

/// A list of records, and defaults for their fields from the object around the list.
#[derive(Debug, Clone, Default)]
pub(super) struct RecordList<'a> {
    pub(super) records: Vec<&'a RawValue>,
    pub(super) source: Option<String>,
    pub(super) language: Option<String>,
    /// The address of the feed.
    pub(super) feed: Option<String>,
}

impl<'a> RecordList<'a> {
    /// A list without an object around it.
    fn bare(records: Vec<&'a RawValue>) -> Self {
        RecordList {
            records,
            ..RecordList::default()
        }
    }

    /// A list in an object.
    fn within(records: Vec<&'a RawValue>, object: &Object<'a>) -> Self {
        RecordList {
            records,
            ..RecordList::defaults_of(object)
        }
    }

    /// The defaults of an object, without records.
    fn defaults_of(object: &Object<'a>) -> Self {
        RecordList {
            records: Vec::new(),
            source: default_of(object, ArticleField::Source, &["title", "name"]),
            language: default_of(object, ArticleField::Language, &["language"]),
            feed: default_of(object, ArticleField::Feed, &["feed_url", "home_page_url"]),
        }
    }

    /// The records as written.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'a str> {
        self.records.iter().map(|record| record.get())
    }
}

fn default_of(object: &Object<'_>, field: ArticleField, keys: &[&str]) -> Option<String> {
    keys.iter()
        .find_map(|key| field_text(object.get(key)?, "", field, DEFAULT_NESTING))
        .map(|text| text.into_owned())
}

/// Depth of objects in which a default is searched.
const DEFAULT_NESTING: usize = 2;

/// Levels of objects in which lists are searched.
const MAX_DEPTH: usize = 4;

/// Records of a list that are tested for being items.
const SAMPLE_RECORDS: usize = 8;

/// Levels of objects and lists in which suggested paths are searched.
const MAX_PATH_DEPTH: usize = 8;

/// Maximum number of suggested paths.
const MAX_PATHS: usize = 12;

/// How much a list is like a list of news, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum ListLikeness {
    /// The list has a known name and is empty.
    Empty,
    /// The list has a known name and holds objects.
    Objects,
    /// The list holds items.
    Items,
    /// The list has a known name and holds items.
    NamedItems,
}

/// The lists of records in the values of a text: those at the named path, the records of the only
/// array or in the only object, or the values themselves.
///
/// # Errors
/// [`ReadError::MissingRecords`] if no list is at the named path.
pub(super) fn of<'a>(
    name: &str,
    values: &[&'a RawValue],
    field_names: &FieldNames,
) -> Result<Vec<RecordList<'a>>, ReadError> {
    if let Some(path) = &field_names.records {
        return at_path(name, values, path);
    }
    let [value] = values else {
        return Ok(vec![RecordList::bare(values.to_vec())]);
    };
    if value.get().starts_with('[') {
        return Ok(vec![RecordList::bare(elements(value))]);
    }
    let lists = in_object(value.get(), field_names);
    Ok(lists.unwrap_or_else(|| vec![RecordList::bare(vec![value])]))
}

/// The lists of records in an object; `None` if the object is a record itself.
pub(super) fn in_object<'a>(
    json: &'a str,
    field_names: &FieldNames,
) -> Option<Vec<RecordList<'a>>> {
    let search = ListSearch { field_names };
    search.within(json, MAX_DEPTH).map(|(_, lists)| lists)
}

/// The search for the list that is most like a list of news.
struct ListSearch<'k> {
    field_names: &'k FieldNames,
}

/// Lists, and how much they are like lists of news.
type ListCandidate<'a> = (ListLikeness, Vec<RecordList<'a>>);

impl ListSearch<'_> {
    /// The best lists in an object, searched breadth first. At equal likeness the highest level and
    /// the most likely name win.
    fn within<'a>(&self, json: &'a str, max_depth: usize) -> Option<ListCandidate<'a>> {
        let mut best = None;
        let mut level = vec![json];
        for depth in 0..max_depth {
            let mut next = Vec::new();
            for json in level {
                let Ok(object) = serde_json::from_str::<Object<'a>>(json) else {
                    continue;
                };
                let parent = Parent {
                    // An object with content is a record, whatever it holds; unless it is a feed.
                    is_record: has_content(json, self.field_names),
                    object,
                    max_depth: max_depth - depth,
                };
                for (key, value) in &parent.object.0 {
                    if value.get().starts_with('[') {
                        let found = self.list_of_records(key, value, &parent);
                        keep_best(&mut best, found, (depth, name_rank(key)));
                    } else if value.get().starts_with('{') && !parent.is_record {
                        next.push(value.get());
                    }
                }
            }
            level = next;
        }
        best.map(|(_, candidate)| candidate)
    }

    /// The list under a key of an object, if it may be a list of records or of objects that each
    /// hold one.
    fn list_of_records<'a>(
        &self,
        key: &str,
        value: &'a RawValue,
        parent: &Parent<'a>,
    ) -> Option<ListCandidate<'a>> {
        let mut records = elements(value);
        let is_named = service_schemas::LISTS.contains(&key);
        let is_json_feed = key == "items" && parent.object.get("version").is_some();
        let is_expected = is_named && !parent.is_record || is_json_feed;
        let may_be_items = is_named || !parent.is_record;
        let likeness = match records.first() {
            None if is_expected => ListLikeness::Empty,
            Some(_) if may_be_items && self.has_items(&records) => {
                if is_named {
                    ListLikeness::NamedItems
                } else {
                    ListLikeness::Items
                }
            }
            Some(first) if first.get().starts_with('{') => {
                if let Some(lists) = self.nested_lists(&records, parent) {
                    return Some((ListLikeness::Items, lists));
                }
                is_expected.then_some(ListLikeness::Objects)?
            }
            _ => return None,
        };
        remove_service_records(key, &mut records);
        let list = RecordList::within(records, &parent.object);
        Some((likeness, vec![list]))
    }

    fn has_items(&self, records: &[&RawValue]) -> bool {
        let mut sample = records.iter().take(SAMPLE_RECORDS);
        sample.any(|record| is_item(record, self.field_names))
    }

    /// The lists in the objects of a list, if the first object holds one.
    fn nested_lists<'a>(
        &self,
        holders: &[&'a RawValue],
        parent: &Parent<'_>,
    ) -> Option<Vec<RecordList<'a>>> {
        if parent.is_record {
            return None;
        }
        let max_depth = parent.max_depth.checked_sub(1)?;
        let (likeness, _) = self.within(holders.first()?.get(), max_depth)?;
        if likeness < ListLikeness::Objects {
            return None;
        }
        let mut lists = Vec::new();
        for holder in holders {
            if let Some((_, found)) = self.within(holder.get(), max_depth) {
                lists.extend(found);
            }
        }
        Some(lists)
    }
}

/// An object that may hold a list of records.
struct Parent<'a> {
    object: Object<'a>,
    is_record: bool,
    /// Levels that are left to search, from the object on.
    max_depth: usize,
}

/// Likeness, then depth and rank of the name.
type Order = (ListLikeness, Reverse<(usize, usize)>);

fn keep_best<'a>(
    best: &mut Option<(Order, ListCandidate<'a>)>,
    found: Option<ListCandidate<'a>>,
    position: (usize, usize),
) {
    let Some(found) = found else {
        return;
    };
    let order = (found.0, Reverse(position));
    if best.as_ref().is_none_or(|(best, _)| order > *best) {
        *best = Some((order, found));
    }
}

fn name_rank(key: &str) -> usize {
    let rank = service_schemas::LISTS.iter().position(|list| *list == key);
    rank.unwrap_or(usize::MAX)
}

fn remove_service_records(key: &str, records: &mut Vec<&RawValue>) {
    let (list, field, service) = service_schemas::SERVICE_RECORDS;
    if key != list {
        return;
    }
    records.retain(|record| {
        let Ok(object) = serde_json::from_str::<Object<'_>>(record.get()) else {
            return true;
        };
        let value = object.get(field);
        let value = value.and_then(|value| field_text(value, "", ArticleField::Id, 1));
        value.is_none_or(|value| value != service)
    });
}

fn elements(value: &RawValue) -> Vec<&RawValue> {
    serde_json::from_str(value.get()).unwrap_or_default()
}

fn at_path<'a>(
    name: &str,
    values: &[&'a RawValue],
    path: &str,
) -> Result<Vec<RecordList<'a>>, ReadError> {
    let keys: Vec<&str> = path
        .split('.')
        .map(|key| key.trim_end_matches("[]"))
        .filter(|key| !key.is_empty() && *key != "$")
        .collect();
    let mut lists = Vec::new();
    for value in values {
        follow(value, &keys, &RecordList::default(), &mut lists);
    }
    if !lists.is_empty() {
        return Ok(lists);
    }
    let paths = paths(values.iter().map(|value| value.get()));
    let existing: Vec<&str> = paths.iter().map(String::as_str).collect();
    let suggestion = if existing.is_empty() {
        Suggestion::NoLists
    } else {
        Suggestion::for_name(path, &existing)
    };
    Err(ReadError::MissingRecords {
        name: name.to_owned(),
        path: path.to_owned(),
        suggestion,
    })
}

/// Follows keys into objects, and into each object of the lists on the way.
fn follow<'a>(
    value: &'a RawValue,
    keys: &[&str],
    defaults: &RecordList<'a>,
    lists: &mut Vec<RecordList<'a>>,
) {
    match (value.get().as_bytes().first(), keys) {
        (Some(b'['), []) => lists.push(RecordList {
            records: elements(value),
            ..defaults.clone()
        }),
        (Some(b'['), _) => {
            for element in elements(value) {
                if element.get().starts_with('{') {
                    follow(element, keys, defaults, lists);
                }
            }
        }
        (Some(b'{'), [first, rest @ ..]) => {
            let Ok(object) = serde_json::from_str::<Object<'a>>(value.get()) else {
                return;
            };
            if let Some(inner) = object.get(first) {
                follow(inner, rest, &RecordList::defaults_of(&object), lists);
            }
        }
        _ => {}
    }
}

/// The paths of the lists of objects in values.
pub(super) fn paths<'a>(values: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for json in values.take(SAMPLE_RECORDS) {
        walk_keys(
            json,
            "",
            MAX_PATH_DEPTH,
            Envelopes::Keep,
            &mut |path, value| {
                let is_new = found.len() < MAX_PATHS && !found.iter().any(|known| known == path);
                if is_new && is_list_of_objects(value) {
                    found.push(path.to_owned());
                }
            },
        );
    }
    found
}

fn is_list_of_objects(value: &RawValue) -> bool {
    elements(value)
        .first()
        .is_some_and(|first| first.get().starts_with('{'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str, field_names: &FieldNames) -> Result<Vec<String>, String> {
        let found = super::super::json::document("f", text, field_names)
            .map_err(|error| error.to_string())?;
        Ok(found.0.iter().map(|item| item.id.to_string()).collect())
    }

    #[test]
    fn lists_of_services_are_found() {
        let known = FieldNames::default();
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
                ids(text, &known),
                Ok(vec!["1".to_owned(), "2".to_owned()]),
                "{text}"
            );
        }
    }

    #[test]
    fn records_are_no_lists_and_empty_lists_no_records() {
        let known = FieldNames::default();
        for text in [
            r#"{"id":"1","title":"a","text":"b","comments":[{"id":2,"text":"c"}]}"#,
            r#"{"id":"1","title":"a","images":[{"title":"b"}],"results":[{"text":"c"}]}"#,
            r#"{"id":"1","paragraphs":[{"text":"a"},{"text":"b"}]}"#,
        ] {
            assert_eq!(ids(text, &known), Ok(vec!["1".to_owned()]), "{text}");
        }
        for text in [
            r#"{"status":"ok","articles":[]}"#,
            r#"{"id":"user/-","items":[]}"#,
            r#"{"hits":{"hits":[]}}"#,
        ] {
            assert_eq!(ids(text, &known), Ok(Vec::new()), "{text}");
        }
    }

    #[test]
    fn named_lists_are_read_and_missing_ones_suggest_others() {
        let field_names = |path: &str| FieldNames {
            records: Some(path.to_owned()),
            ..FieldNames::default()
        };
        let text = r#"{"pages":[{"title":"P","rows":[{"id":1,"title":"a"}]},{"rows":[{"id":2,"title":"b"}]}],"x":{"y":[]}}"#;
        for path in ["pages.rows", "pages[].rows[]", "$.pages.rows"] {
            assert_eq!(
                ids(text, &field_names(path)),
                Ok(vec!["1".to_owned(), "2".to_owned()])
            );
        }
        assert_eq!(ids(text, &field_names("x.y")), Ok(Vec::new()));
        let refused = |path: &str| ids(text, &field_names(path)).unwrap_err();
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
            ids("{\"a\":1}", &field_names("b"))
                .unwrap_err()
                .contains("holds no list")
        );
    }
}
