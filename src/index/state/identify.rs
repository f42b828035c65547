//! Identification: finds the known item of an incoming version.
//!
//! Input: identity keys (id within the feed, link, page number, text) and the text of an item.
//! Output: the known item, if any. Keys are evidence, not proof: feeds reuse ids, give all items
//! one link, or change ids. [`KeyMatch`] grades shared keys; weak matches need similar titles or
//! texts. Cost: `O(1)` comparisons per item, as [`KeyIndex`] bounds the items per key.
//!
//! [`KeyIndex`]: crate::index::key_index::KeyIndex

use super::entry::Entry;
use super::{Arrival, Incoming, Index};
use crate::identity::Identity;
use crate::identity::likeness::{self, Likeness, Title};
use crate::verify::Fingerprint;

/// Strength of the keys that an incoming item shares with a known item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyMatch {
    /// The link of a single article.
    Page,
    /// An id without a third bearer.
    Id,
    /// An id or a link of several items, or a link without the form of an article link.
    Weak,
    /// A link, but the ids of the items differ.
    OtherId,
    /// No identifying key.
    None,
}

impl Index {
    /// The known item of the version `incoming`.
    ///
    /// In order of preference: an item with a matching key and equal content; an item of the feed
    /// with equal text, if neither id nor link identifies an item; the most similar item with a
    /// matching key; the item with equal text, if the id was reused for a different item.
    pub(super) fn known_item(&self, incoming: &Incoming<'_>) -> Option<Arrival> {
        let identity = &incoming.identity;
        let repeated = self
            .key_bearers(identity)
            .find(|item| self.repeats(&self.items[item], identity));
        if repeated.is_some() {
            return repeated;
        }
        let same_text = self
            .keys
            .items(identity.feed_text)
            .next()
            .filter(|_| !self.is_identifying(identity.link));
        if same_text.is_some() && !self.is_identifying(identity.guid) {
            return same_text;
        }
        let is_borne = identity.guid.is_some_and(|guid| self.keys.contains(guid));
        self.most_similar_bearer(incoming)
            .or(same_text.filter(|_| is_borne))
    }

    /// The items with the id, the link or the page number.
    fn key_bearers(&self, identity: &Identity) -> impl Iterator<Item = Arrival> + '_ {
        [identity.guid, identity.link, identity.number]
            .into_iter()
            .flatten()
            .flat_map(|key| self.keys.items(key))
    }

    /// Whether `key` is a key of at most one item.
    fn is_identifying(&self, key: Option<u64>) -> bool {
        key.is_some_and(|key| !self.keys.is_shared(key))
    }

    fn is_shared(&self, key: Option<u64>) -> bool {
        key.is_some_and(|key| self.keys.is_shared(key))
    }

    /// Whether an item with the content and a key of a known item is the known item.
    fn repeats(&self, entry: &Entry, identity: &Identity) -> bool {
        entry.has_content(identity.text)
            && match self.key_match(entry, identity) {
                KeyMatch::Page | KeyMatch::Id | KeyMatch::Weak => true,
                // The feed has changed ids, unless the whole content is a label like "Photo".
                KeyMatch::OtherId => {
                    !identity.is_label || identity.names_article && !self.is_shared(identity.link)
                }
                KeyMatch::None => false,
            }
    }

    fn key_match(&self, entry: &Entry, identity: &Identity) -> KeyMatch {
        let has = |key: Option<u64>| key.is_some_and(|key| entry.has_key(key));
        let (same_guid, same_link) = (has(identity.guid), has(identity.link));
        let other_guid = self.differs(entry, identity.guid, entry.guid);
        let other_link = self.differs(entry, identity.link, entry.link);
        let is_article = (identity.names_article || entry.names_article) && !identity.shares_page;
        if same_link && other_guid {
            return KeyMatch::OtherId;
        }
        if same_link && is_article && !self.is_shared(identity.link) {
            return KeyMatch::Page;
        }
        if same_guid && !self.is_shared(identity.guid) {
            return if other_link {
                KeyMatch::Weak
            } else {
                KeyMatch::Id
            };
        }
        // The slug of a link follows the title, the number of the page stays.
        let same_number = has(identity.number) && !self.is_shared(identity.number);
        if same_link || same_guid && !other_link || same_number {
            KeyMatch::Weak
        } else {
            KeyMatch::None
        }
    }

    /// Whether both items have a key of a kind, the keys differ, and both identify.
    fn differs(&self, entry: &Entry, key: Option<u64>, known: Option<u64>) -> bool {
        key.is_some_and(|key| !entry.has_key(key))
            && self.is_identifying(key)
            && self.is_identifying(known)
    }

    fn most_similar_bearer(&self, incoming: &Incoming<'_>) -> Option<Arrival> {
        self.key_bearers(&incoming.identity).next()?;
        let title = incoming
            .text
            .as_ref()
            .and_then(|(fingerprint, _)| fingerprint.title_text())
            .unwrap_or(&incoming.article.title);
        let title = Title::of(title);
        self.key_bearers(&incoming.identity)
            .filter_map(|item| Some((self.version_likeness(item, incoming, title.as_ref())?, item)))
            .max()
            .map(|(_, item)| item)
    }

    /// The likeness of an incoming item to a known item with a matching key; `None` if too low for
    /// a version of the item. `title` is the title of `incoming`.
    fn version_likeness(
        &self,
        item: Arrival,
        incoming: &Incoming<'_>,
        title: Option<&Title>,
    ) -> Option<Likeness> {
        let entry = &self.items[&item];
        let matched = self.key_match(entry, &incoming.identity);
        if matches!(matched, KeyMatch::OtherId | KeyMatch::None) {
            return None;
        }
        let known = entry
            .last_text()
            .map(|text| self.duplicates.fingerprint(text));
        let known_title = known
            .and_then(Fingerprint::title_text)
            .unwrap_or(entry.traits.title());
        let titles = title.and_then(|title| Some(title.likeness(&Title::of(known_title)?)));
        if matched == KeyMatch::Weak && titles == Some(Likeness::Unlike) {
            return None;
        }
        let bodies = known
            .zip(incoming.text.as_ref())
            .and_then(|(known, (fingerprint, _))| body_likeness(known, fingerprint));
        let best = titles.max(bodies);
        let is_version = match matched {
            KeyMatch::Page => best.is_none_or(|best| best >= Likeness::SharedWord),
            KeyMatch::Id => best.is_none_or(|best| best >= Likeness::Alike),
            _ => best == Some(Likeness::Alike) && bodies != Some(Likeness::Unlike),
        };
        // Without words to compare, the key decides.
        is_version.then(|| best.unwrap_or(Likeness::Alike))
    }
}

fn body_likeness(known: &Fingerprint, new: &Fingerprint) -> Option<Likeness> {
    let (known, new) = (known.body.as_ref()?, new.body.as_ref()?);
    let shared = known.overlap(new)?.shared;
    let shorter = known.set.len().min(new.set.len());
    Some(likeness::of_shared(shared, shorter))
}
