//! What one commit adds to an index, and its bytes: a mark with the version, the length of the
//! content, the number of the first segment that the commit keeps, the content by postcard, and a
//! checksum by XXH3 of all before it. Each segment names the checksum of the one before, so that
//! none can be lost, doubled or put elsewhere without being noticed.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::article::{Article, Id, Timestamp};

/// One version of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number by arrival; versions of one item share it.
    pub number: u64,
    /// When it was first taken in, in seconds since 1970.
    pub first: i64,
    /// Its own id.
    pub id: Id<'static>,
    /// Its headline.
    pub title: String,
    /// Its body.
    pub text: String,
    /// Where it can be read.
    pub url: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// When, in seconds since 1970.
    pub published: Option<i64>,
    /// The language it declares.
    pub language: Option<String>,
    /// The address of the feed that carried it.
    #[serde(skip)]
    pub feed: Option<String>,
}

impl Item {
    /// The item that an article becomes.
    pub fn of(article: &Article<'_>, number: u64, first: i64) -> Self {
        let own = |part: &Option<std::borrow::Cow<'_, str>>| part.as_deref().map(str::to_owned);
        Item {
            number,
            first,
            id: article.id.clone().into_owned(),
            title: article.title.to_string(),
            text: article.text.to_string(),
            url: own(&article.url),
            source: own(&article.source),
            published: article.published.map(|when| when.0),
            language: own(&article.language),
            feed: own(&article.feed),
        }
    }

    /// The article that it was.
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

/// What one commit adds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Its number, one more than that of the one before.
    pub number: u64,
    /// The checksum of the one before; 0 for the first.
    pub before: u64,
    /// The number of the first segment that is kept beside it: those before have expired.
    #[serde(skip)]
    pub first: u64,
    /// When it was written, in seconds since 1970.
    pub time: i64,
    /// The number that the next new item gets.
    pub next: u64,
    /// Versions of items: new ones, and known ones that were seen again after
    /// [`Moment::refresh`](super::Moment::refresh).
    pub items: Vec<Item>,
    /// Items with the label of their group of copies, where it is not their own number or has
    /// changed.
    pub copies: Vec<(u64, u64)>,
    /// Likewise of stories.
    pub stories: Vec<(u64, u64)>,
    /// Labels of groups at the level asked for with the number of their canonical item, where it
    /// has changed.
    pub canonicals: Vec<(u64, u64)>,
}

/// What every segment begins with, before the digit of the version.
const MARK: &[u8; 7] = b"qissase";

/// The version that is written. Version 1, which is read too, does not tell the first segment that
/// is kept.
const VERSION: u8 = b'2';

/// Bytes before the content: mark, version, length and first segment; version 1 has the first 16.
const HEAD: usize = 24;
const FORMER_HEAD: usize = 16;

/// Bytes of the checksum behind the content.
const CHECKSUM: usize = 8;

impl Segment {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
            && self.copies.is_empty()
            && self.stories.is_empty()
            && self.canonicals.is_empty()
    }

    /// The bytes, and their checksum.
    ///
    /// # Errors
    /// What is wrong if the segment cannot be written as bytes.
    pub fn to_bytes(&self) -> Result<(Vec<u8>, u64), &'static str> {
        let feeds: Vec<Option<&str>> = self.items.iter().map(|item| item.feed.as_deref()).collect();
        framed(self.first, &(self, feeds))
    }

    /// The segment that begins at the start of the bytes, and its checksum.
    ///
    /// # Errors
    /// What is wrong if it is not whole.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Segment, u64), &'static str> {
        let head = match bytes.strip_prefix(MARK).and_then(<[u8]>::first) {
            Some(&VERSION) => HEAD,
            Some(b'1') => FORMER_HEAD,
            _ => return Err("does not begin as a segment does"),
        };
        let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let length = number(MARK.len() + 1)
            .and_then(|length| usize::try_from(length).ok())
            .ok_or("is cut off")?;
        let end = length
            .checked_add(head)
            .filter(|&end| end <= bytes.len())
            .ok_or("is cut off")?;
        let checksum = number(end).ok_or("is cut off")?;
        if xxh3_64(&bytes[..end]) != checksum {
            return Err("has another checksum than it says");
        }
        let first = if head == HEAD {
            number(FORMER_HEAD).unwrap_or_default()
        } else {
            0
        };
        Ok((
            Segment {
                first,
                ..Segment::from_content(&bytes[head..end])?
            },
            checksum,
        ))
    }

    /// The segment that the bytes between length and checksum are.
    ///
    /// # Errors
    /// What is wrong if they are none.
    pub fn from_content(content: &[u8]) -> Result<Segment, &'static str> {
        let (mut segment, rest): (Segment, _) =
            postcard::take_from_bytes(content).map_err(|_| "cannot be read")?;
        // The addresses of feeds stand behind all else; segments that were written before there
        // were any end here.
        if !rest.is_empty() {
            let feeds: Vec<Option<String>> =
                postcard::from_bytes(rest).map_err(|_| "cannot be read")?;
            segment
                .items
                .iter_mut()
                .zip(feeds)
                .for_each(|(item, feed)| item.feed = feed);
        }
        Ok(segment)
    }

    /// The whole segments that stand anywhere in the bytes of a damaged file, by number. Of several
    /// of one number, such as one whose commit was cut off, that to which the next one refers
    /// is taken, else the latest.
    pub fn salvage(bytes: &[u8]) -> Vec<Segment> {
        let marks = memchr::memmem::find_iter(bytes, MARK);
        let mut found: Vec<(Segment, u64)> = marks
            .filter_map(|at| Segment::from_bytes(&bytes[at..]).ok())
            .collect();
        found.sort_by_key(|(segment, checksum)| (segment.number, segment.time, *checksum));
        let mut chain: Vec<Segment> = Vec::new();
        while let Some((last, _)) = found.last() {
            let number = last.number;
            let first = found.partition_point(|(segment, _)| segment.number < number);
            let named = chain
                .last()
                .filter(|next| next.number == number + 1)
                .map(|next| next.before);
            let same = found.split_off(first);
            let at = same
                .iter()
                .position(|(_, checksum)| named == Some(*checksum))
                .unwrap_or(same.len() - 1);
            chain.extend(same.into_iter().nth(at).map(|(segment, _)| segment));
        }
        chain.reverse();
        chain
    }
}

/// The bytes of a segment with this content, and their checksum.
fn framed(first: u64, content: &impl Serialize) -> Result<(Vec<u8>, u64), &'static str> {
    let content = postcard::to_stdvec(content).map_err(|_| "cannot be written as bytes")?;
    let mut bytes = Vec::with_capacity(HEAD + content.len() + CHECKSUM);
    bytes.extend_from_slice(MARK);
    bytes.push(VERSION);
    bytes.extend_from_slice(&(content.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&first.to_le_bytes());
    bytes.extend_from_slice(&content);
    let checksum = xxh3_64(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    Ok((bytes, checksum))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Something that no bytes can be made of.
    struct Unwritable;

    impl Serialize for Unwritable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no bytes"))
        }
    }

    #[test]
    fn what_cannot_be_written_is_an_error_and_no_empty_segment() {
        assert_eq!(framed(0, &Unwritable), Err("cannot be written as bytes"));
    }

    #[test]
    fn segments_of_the_version_before_are_read() {
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
            first: 0,
            ..sample()
        };
        // It did not tell the feeds either.
        expected.items.iter_mut().for_each(|item| item.feed = None);
        assert_eq!(Segment::from_bytes(&bytes), Ok((expected, checksum)));
        assert_eq!(Segment::salvage(&bytes).len(), 1);
    }

    fn sample() -> Segment {
        let article = Article {
            source: Some("Le Fanal".into()),
            feed: Some("https://fanal.example/rss".into()),
            ..Article::headline("1", "الشرع يصل إلى موسكو")
        };
        Segment {
            number: 3,
            before: 9,
            first: 2,
            time: 1_760_000_000,
            items: vec![Item::of(&article, 7, 1_760_000_000)],
            copies: vec![(7, 2)],
            ..Segment::default()
        }
    }

    #[test]
    fn bytes_come_back_and_no_cut_or_flip_does() {
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
    fn segments_are_found_among_rubbish() {
        let (bytes, checksum) = sample().to_bytes().unwrap();
        let file = [
            b"rubbish qissase1".as_slice(),
            &bytes,
            b"more",
            &bytes[..40],
            &bytes,
        ]
        .concat();
        assert_eq!(Segment::salvage(&file), [sample()]);
        let (cut_off, _) = Segment {
            time: 1_760_000_001,
            items: Vec::new(),
            ..sample()
        }
        .to_bytes()
        .unwrap();
        let next = Segment {
            number: 4,
            before: checksum,
            ..Segment::default()
        };
        let file = [bytes, cut_off, next.to_bytes().unwrap().0].concat();
        assert_eq!(Segment::salvage(&file), [sample(), next]);
    }

    #[test]
    fn a_segment_without_addresses_of_feeds_is_read() {
        let content = postcard::to_stdvec(&sample()).unwrap();
        let mut before = Segment {
            first: 0,
            ..sample()
        };
        before.items[0].feed = None;
        assert_eq!(Segment::from_content(&content), Ok(before));
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
