//! Segment: the additions of a commit to an index, and the encoding.
//!
//! Input: versions of items, changed group ids, changed canonicals. Output: a self-contained blob
//! with a checksum; each segment has the checksum of the previous segment (a hash chain), so a
//! lost, doubled or moved segment is detected. `docs/format.md` has the byte table. Cost: linear in
//! the bytes.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use super::{Arrival, GroupId, SegmentNo};
use crate::article::{Article, Id, Timestamp};

/// One version of an item, as stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Number of the item, common to all versions.
    pub arrival: Arrival,
    /// Time of the item's first commit, in seconds since 1970.
    pub first_seen: i64,
    /// The id that the input gave the item.
    pub id: Id<'static>,
    /// Title.
    pub title: String,
    /// Body.
    pub text: String,
    /// Link.
    pub url: Option<String>,
    /// Publisher.
    pub source: Option<String>,
    /// Time of publication, in seconds since 1970.
    pub published: Option<i64>,
    /// Declared language.
    pub language: Option<String>,
    /// Address of the feed that carried the item. Stored behind the segment, see
    /// [`Segment::from_content`].
    #[serde(skip)]
    pub feed: Option<String>,
}

impl Item {
    /// The stored form of an article.
    pub fn of(article: &Article<'_>, arrival: Arrival, first_seen: i64) -> Self {
        Item {
            arrival,
            first_seen,
            id: article.id.clone().into_owned(),
            title: article.title.to_string(),
            text: article.text.to_string(),
            url: article.url.as_deref().map(str::to_owned),
            source: article.source.as_deref().map(str::to_owned),
            published: article.published.map(|time| time.0),
            language: article.language.as_deref().map(str::to_owned),
            feed: article.feed.as_deref().map(str::to_owned),
        }
    }

    /// The article, without the input record.
    pub fn article(&self) -> Article<'_> {
        Article {
            id: self.id.borrowed(),
            title: (&self.title).into(),
            text: (&self.text).into(),
            url: self.url.as_deref().map(Into::into),
            source: self.source.as_deref().map(Into::into),
            published: self.published.map(Timestamp),
            language: self.language.as_deref().map(Into::into),
            feed: self.feed.as_deref().map(Into::into),
            record: "".into(),
        }
    }
}

/// The additions of a commit to an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Number of the segment.
    pub number: SegmentNo,
    /// Checksum of the segment before; 0 for the first.
    pub previous_checksum: u64,
    /// First kept segment after the commit; earlier segments have expired. Stored in the header.
    #[serde(skip)]
    pub first_kept: SegmentNo,
    /// Time of the commit, in seconds since 1970.
    pub time: i64,
    /// The [`Arrival`] of the next new item.
    pub next_arrival: Arrival,
    /// New versions of items, and known versions seen again after
    /// [`Moment::refresh_after`](super::Moment::refresh_after).
    pub items: Vec<Item>,
    /// Changed ids of groups of duplicates, by item. An item without an entry founds its group.
    pub duplicates: Vec<(Arrival, GroupId)>,
    /// Changed ids of stories, by item.
    pub stories: Vec<(Arrival, GroupId)>,
    /// Changed canonicals of groups at the level of the index.
    pub canonicals: Vec<(GroupId, Arrival)>,
}

/// Why bytes are not a segment, or a segment has no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The value cannot be serialised.
    #[error("cannot be serialised")]
    Unserializable,
    /// The bytes do not begin with the magic bytes of a segment of a known version.
    #[error("does not begin with the magic bytes of a segment")]
    Magic,
    /// The bytes end too early.
    #[error("is truncated")]
    Truncated,
    /// The checksum at the end differs from that of the bytes.
    #[error("does not match its checksum")]
    Checksum,
    /// The content cannot be deserialised.
    #[error("cannot be deserialised")]
    Content,
}

/// First bytes of a segment, before the digit of the version.
const MAGIC: &[u8; 7] = b"qissase";

/// Written version.
const VERSION: u8 = b'2';

/// Old version, which is read too. The header lacks `first_kept`.
const OLD_VERSION: u8 = b'1';

/// Bytes of the header: magic, version, length of the content, `first_kept`.
const HEADER: usize = 24;

/// Bytes of the header of [`OLD_VERSION`]; `first_kept` begins here in [`VERSION`].
const OLD_HEADER: usize = 16;

/// Offset of the length of the content.
const LENGTH_AT: usize = MAGIC.len() + 1;

/// Bytes of the checksum behind the content.
const CHECKSUM: usize = 8;

impl Segment {
    /// Whether the commit changed nothing.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.duplicates.is_empty()
            && self.stories.is_empty()
            && self.canonicals.is_empty()
    }

    /// The bytes of the segment, and their checksum.
    ///
    /// # Errors
    /// [`FormatError::Unserializable`]
    pub fn to_bytes(&self) -> Result<(Vec<u8>, u64), FormatError> {
        let feeds: Vec<Option<&str>> = self.items.iter().map(|item| item.feed.as_deref()).collect();
        framed(self.first_kept, &(self, feeds))
    }

    /// The segment at the start of the bytes, and its checksum.
    ///
    /// # Errors
    /// [`FormatError`]
    pub fn from_bytes(bytes: &[u8]) -> Result<(Segment, u64), FormatError> {
        let header = match bytes.strip_prefix(MAGIC).and_then(<[u8]>::first) {
            Some(&VERSION) => HEADER,
            Some(&OLD_VERSION) => OLD_HEADER,
            _ => return Err(FormatError::Magic),
        };
        let length = usize::try_from(u64_at(bytes, LENGTH_AT)?);
        let end = length.ok().and_then(|length| length.checked_add(header));
        let end = end
            .filter(|&end| end <= bytes.len())
            .ok_or(FormatError::Truncated)?;
        let checksum = u64_at(bytes, end)?;
        if xxh3_64(&bytes[..end]) != checksum {
            return Err(FormatError::Checksum);
        }
        let mut segment = Segment::from_content(&bytes[header..end])?;
        if header == HEADER {
            segment.first_kept = SegmentNo(u64_at(bytes, OLD_HEADER)?);
        }
        Ok((segment, checksum))
    }

    /// The segment encoded by the bytes between header and checksum.
    ///
    /// The addresses of feeds follow the segment: a later addition to the format, missing in older
    /// segments.
    ///
    /// # Errors
    /// [`FormatError::Content`]
    pub fn from_content(content: &[u8]) -> Result<Segment, FormatError> {
        let (mut segment, rest): (Segment, _) =
            postcard::take_from_bytes(content).map_err(|_| FormatError::Content)?;
        if rest.is_empty() {
            return Ok(segment);
        }
        let feeds: Vec<Option<String>> =
            postcard::from_bytes(rest).map_err(|_| FormatError::Content)?;
        for (item, feed) in segment.items.iter_mut().zip(feeds) {
            item.feed = feed;
        }
        Ok(segment)
    }

    /// Finds the whole segments anywhere in the bytes of a damaged file, by number.
    ///
    /// Several segments can have one number, for example after a commit was cut off. Then the
    /// segment with the checksum named by the next segment is taken, else the latest.
    pub fn recover(bytes: &[u8]) -> Vec<Segment> {
        let mut found: Vec<(Segment, u64)> = memchr::memmem::find_iter(bytes, MAGIC)
            .filter_map(|offset| Segment::from_bytes(&bytes[offset..]).ok())
            .collect();
        found.sort_by_key(|(segment, checksum)| (segment.number, segment.time, *checksum));
        let mut chain: Vec<Segment> = Vec::new();
        while let Some(number) = found.last().map(|(segment, _)| segment.number) {
            let start = found.partition_point(|(segment, _)| segment.number < number);
            let next = chain.last();
            let named = next
                .filter(|next| next.number == number.next())
                .map(|next| next.previous_checksum);
            let mut versions = found.split_off(start);
            let latest = versions.pop();
            let chosen = versions
                .into_iter()
                .find(|(_, checksum)| named == Some(*checksum));
            chain.extend(chosen.or(latest).map(|(segment, _)| segment));
        }
        chain.reverse();
        chain
    }
}

/// The little-endian number at an offset.
fn u64_at(bytes: &[u8], offset: usize) -> Result<u64, FormatError> {
    let bytes = bytes.get(offset..).and_then(<[u8]>::first_chunk);
    bytes
        .map(|bytes| u64::from_le_bytes(*bytes))
        .ok_or(FormatError::Truncated)
}

/// The bytes of a segment with the content `content`, and the checksum.
fn framed(first_kept: SegmentNo, content: &impl Serialize) -> Result<(Vec<u8>, u64), FormatError> {
    let content = postcard::to_stdvec(content).map_err(|_| FormatError::Unserializable)?;
    let mut bytes = Vec::with_capacity(HEADER + content.len() + CHECKSUM);
    bytes.extend_from_slice(MAGIC);
    bytes.push(VERSION);
    bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&first_kept.0.to_le_bytes());
    bytes.extend_from_slice(&content);
    let checksum = xxh3_64(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok((bytes, checksum))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A value that cannot be serialised.
    struct Unwritable;

    impl Serialize for Unwritable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no bytes"))
        }
    }

    #[test]
    fn unserializable_content_is_an_error() {
        assert_eq!(
            framed(SegmentNo(0), &Unwritable),
            Err(FormatError::Unserializable)
        );
    }

    #[test]
    fn segments_of_the_old_version_are_read() {
        let content = postcard::to_stdvec(&sample()).unwrap();
        let mut bytes = [
            b"qissase1".as_slice(),
            &(content.len() as u64).to_le_bytes(),
            &content,
        ]
        .concat();
        let checksum = xxh3_64(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        let mut expected = Segment {
            first_kept: SegmentNo(0),
            ..sample()
        };
        // The old version had no feeds either.
        expected.items.iter_mut().for_each(|item| item.feed = None);
        assert_eq!(Segment::from_bytes(&bytes), Ok((expected, checksum)));
        assert_eq!(Segment::recover(&bytes).len(), 1);
    }

    fn sample() -> Segment {
        let article = Article {
            source: Some("Le Fanal".into()),
            feed: Some("https://fanal.example/rss".into()),
            ..Article::headline("1", "الشرع يصل إلى موسكو")
        };
        Segment {
            number: SegmentNo(3),
            previous_checksum: 9,
            first_kept: SegmentNo(2),
            time: 1_760_000_000,
            items: vec![Item::of(&article, Arrival(7), 1_760_000_000)],
            duplicates: vec![(Arrival(7), GroupId(2))],
            ..Segment::default()
        }
    }

    #[test]
    fn bytes_round_trip_and_cuts_and_flips_are_refused() {
        let (bytes, checksum) = sample().to_bytes().unwrap();
        assert_eq!(Segment::from_bytes(&bytes), Ok((sample(), checksum)));
        for length in 0..bytes.len() {
            assert!(
                Segment::from_bytes(&bytes[..length]).is_err(),
                "cut at {length}"
            );
        }
        for at in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            assert!(Segment::from_bytes(&flipped).is_err(), "flipped at {at}");
        }
    }

    #[test]
    fn segments_are_recovered_among_rubbish() {
        let (bytes, checksum) = sample().to_bytes().unwrap();
        let file = [
            b"rubbish qissase1".as_slice(),
            &bytes,
            b"more",
            &bytes[..40],
            &bytes,
        ]
        .concat();
        assert_eq!(Segment::recover(&file), [sample()]);
        let (cut_off, _) = Segment {
            time: 1_760_000_001,
            items: Vec::new(),
            ..sample()
        }
        .to_bytes()
        .unwrap();
        let next = Segment {
            number: SegmentNo(4),
            previous_checksum: checksum,
            ..Segment::default()
        };
        let file = [bytes, cut_off, next.to_bytes().unwrap().0].concat();
        assert_eq!(Segment::recover(&file), [sample(), next]);
    }

    #[test]
    fn segment_without_feeds_is_read() {
        let content = postcard::to_stdvec(&sample()).unwrap();
        let mut without_feeds = Segment {
            first_kept: SegmentNo(0),
            ..sample()
        };
        without_feeds.items[0].feed = None;
        assert_eq!(Segment::from_content(&content), Ok(without_feeds));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            let Ok(segment) = Segment::from_content(&content) else { return Ok(()) };
            let (bytes, checksum) = segment.to_bytes().unwrap();
            prop_assert_eq!(Segment::from_bytes(&bytes), Ok((segment, checksum)));
        }
    }
}
