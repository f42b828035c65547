//! What commits brought and nobody is known to have been told, for consumers that would rather hear
//! a thing twice than not at all. A commit is written with what it brings; when that was told, it
//! goes.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{Decision, Event};

/// A version of an item: the number of the item and a hash of what it says.
pub type Version = (u64, u64);

/// Bytes of the checksum behind the content.
const CHECKSUM: usize = 8;

/// What one commit brought and nobody is known to have been told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Versions of items that were not there before.
    pub versions: Vec<Version>,
    /// What changed for items of former commits.
    pub events: Vec<Event>,
}

impl News {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.events.is_empty()
    }

    /// The bytes: the content by postcard, and a checksum by XXH3.
    ///
    /// # Errors
    /// What is wrong if it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, &'static str> {
        let mut bytes = postcard::to_stdvec(self).map_err(|_| "cannot be written as bytes")?;
        bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// What [`News::to_bytes`] wrote.
    ///
    /// # Errors
    /// What is wrong if the bytes are not whole.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let (content, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or("is cut off")?;
        if xxh3_64(content).to_le_bytes() != *checksum {
            return Err("has another checksum than it says");
        }
        News::from_content(content)
    }

    /// The news that the bytes before the checksum are.
    ///
    /// # Errors
    /// What is wrong if they are none.
    pub fn from_content(content: &[u8]) -> Result<Self, &'static str> {
        postcard::from_bytes(content).map_err(|_| "cannot be read")
    }
}

/// What may have been told to nobody, by the number of the segment whose commit brought it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Untold(BTreeMap<u64, News>);

impl Untold {
    /// News by the numbers of their segments; what is empty is left out.
    pub fn new(news: impl IntoIterator<Item = (u64, News)>) -> Self {
        Untold(
            news.into_iter()
                .filter(|(_, news)| !news.is_empty())
                .collect(),
        )
    }

    /// The news by the numbers of their segments.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &News)> {
        self.0.iter().map(|(&segment, news)| (segment, news))
    }

    /// Those of one segment.
    pub fn get(&self, segment: u64) -> Option<&News> {
        self.0.get(&segment)
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All versions of items.
    pub fn versions(&self) -> impl Iterator<Item = Version> {
        self.0
            .values()
            .flat_map(|news| news.versions.iter().copied())
    }

    /// All events, in their order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.0.values().flat_map(|news| &news.events)
    }

    /// Adds what the commit of a segment brings.
    pub fn add(&mut self, segment: u64, news: News) {
        if !news.is_empty() {
            self.0.insert(segment, news);
        }
    }

    /// Takes away versions that were told.
    pub fn told(&mut self, versions: &HashSet<Version>) {
        if !versions.is_empty() {
            self.0
                .values_mut()
                .for_each(|news| news.versions.retain(|version| !versions.contains(version)));
            self.tidy();
        }
    }

    /// Takes away the events of the segments from one number on.
    pub fn events_told(&mut self, from: u64) {
        self.0
            .range_mut(from..)
            .for_each(|(_, news)| news.events.clear());
        self.tidy();
    }

    /// Takes away what the segments before a number brought: these are gone.
    pub fn expire(&mut self, first: u64) {
        self.0 = self.0.split_off(&first);
    }

    /// Takes away all that names one of some items.
    pub fn forget(&mut self, items: &HashSet<u64>) {
        let is_kept = |event: &Event| !matches!(event, Event::Canonical(_, _, item, _) if items.contains(item));
        for news in self.0.values_mut() {
            news.versions.retain(|(item, _)| !items.contains(item));
            news.events.retain(is_kept);
        }
        self.tidy();
    }

    /// The same as news of one segment.
    pub fn into_one(self, segment: u64) -> Self {
        let mut one = News::default();
        for news in self.0.into_values() {
            one.versions.extend(news.versions);
            one.events.extend(news.events);
        }
        Untold::new([(segment, one)])
    }

    fn tidy(&mut self) {
        self.0.retain(|_, news| !news.is_empty());
    }
}

/// The versions that decisions are news of, given what each item says.
pub fn news_of(decided: &[(Decision, u64)], texts: impl Iterator<Item = u64>) -> Vec<Version> {
    let told = decided
        .iter()
        .zip(texts)
        .filter(|((decision, _), _)| *decision != Decision::Seen);
    told.map(|(&(_, number), text)| (number, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Kind;

    fn news(versions: &[Version]) -> News {
        let canonical = |&(item, _): &Version| {
            Event::Canonical(Kind::Duplicates, 0, item, format!("id{item}").into())
        };
        News {
            versions: versions.to_vec(),
            events: versions.iter().map(canonical).collect(),
        }
    }

    #[test]
    fn bytes_come_back_and_no_flip_does() {
        let bytes = news(&[(1, 2), (3, 4)]).to_bytes().unwrap();
        assert_eq!(News::from_bytes(&bytes), Ok(news(&[(1, 2), (3, 4)])));
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1;
            assert!(News::from_bytes(&flipped).is_err(), "flipped at {at}");
            assert!(News::from_bytes(&bytes[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn what_was_told_expired_or_was_forgotten_goes_and_the_rest_stays() {
        let all = || {
            Untold::new([
                (4, news(&[(1, 10), (2, 20)])),
                (7, news(&[(3, 30)])),
                (8, News::default()),
            ])
        };
        let mut untold = all();
        assert_eq!(untold.iter().count(), 2);
        untold.told(&HashSet::from_iter([(1, 10), (2, 21)]));
        untold.events_told(7);
        assert_eq!(untold.versions().collect::<Vec<_>>(), [(2, 20), (3, 30)]);
        assert_eq!(untold.events().count(), 2);
        untold.expire(5);
        assert_eq!(
            (
                untold.versions().collect::<Vec<_>>(),
                untold.events().count()
            ),
            (vec![(3, 30)], 0)
        );
        untold.told(&HashSet::from_iter([(3, 30)]));
        assert!(untold.is_empty());
        let mut untold = all();
        untold.forget(&HashSet::from_iter([2]));
        let one = untold.into_one(1);
        assert_eq!(
            one.get(1),
            Some(&News {
                versions: vec![(1, 10), (3, 30)],
                events: [news(&[(1, 0)]).events, news(&[(3, 0)]).events].concat()
            })
        );
    }
}
