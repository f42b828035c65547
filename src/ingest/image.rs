//! An index's segments in, what it keeps out, whichever segments that lay in; and segments of it
//! again: fewer, without items that are to go, or under other settings.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};

use super::Line;
use crate::article::Article;
use crate::config::Config;
use crate::error::Error;
use crate::identity;
use crate::index::{Index, Item, Kind, Segment};
use crate::pipeline::Engine;

/// A segment gets at most so many versions of items.
const MOST_ITEMS: usize = 1000;

/// The longest time, in seconds, between the first and the last item of a segment, so that items
/// expire when they should.
const LONGEST: i64 = 3600;

/// The items of an index, with their groups.
#[derive(Debug, Default)]
pub struct Kept {
    /// Each version of each item, with the time at which it was written last, in the order of
    /// that.
    versions: Vec<(i64, Item)>,
    /// The label of each item's group of copies, where it is not its own number.
    copies: HashMap<u64, u64>,
    /// Likewise of its story.
    stories: HashMap<u64, u64>,
    /// The canonical item of each label.
    canonicals: HashMap<u64, u64>,
    next: u64,
}

impl Kept {
    /// What segments say, in their order; of what is said twice the last holds.
    pub fn of(segments: Vec<Segment>) -> Self {
        let mut kept = Kept::default();
        let mut taken: HashSet<(u64, u64)> = HashSet::new();
        for segment in segments.iter() {
            kept.note(segment);
        }
        for segment in segments.into_iter().rev() {
            let time = segment.time;
            let fresh = segment
                .items
                .into_iter()
                .rev()
                .filter(|item| taken.insert((item.number, said(item))));
            kept.versions.extend(fresh.map(|item| (time, item)));
        }
        kept.versions.reverse();
        kept
    }

    /// Notes the groups that a segment tells of.
    fn note(&mut self, segment: &Segment) {
        self.copies.extend(segment.copies.iter().copied());
        self.stories.extend(segment.stories.iter().copied());
        self.canonicals.extend(segment.canonicals.iter().copied());
        self.next = self.next.max(segment.next);
    }

    /// Leaves out so many numbers of items, as it is not known whether they were given.
    pub fn skip_numbers(&mut self, count: u64) {
        self.next = self.next.saturating_add(count);
    }

    /// How many versions of items there are.
    pub fn len(&self) -> usize {
        self.versions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty()
    }

    /// Lets go of the items of these numbers. The groups of copies are then those of a batch of the
    /// rest, under the labels they had; the groups that have changed get other canonical items.
    ///
    /// # Errors
    /// [`Error::Config`]
    pub fn forget(&mut self, numbers: &HashSet<u64>, config: &Config) -> Result<(), Error> {
        self.versions
            .retain(|(_, item)| !numbers.contains(&item.number));
        let mut line = Line::new(Engine::new(config.check()?));
        for items in self.by_number().chunks(MOST_ITEMS) {
            let articles: Vec<Article<'_>> = items.iter().map(|item| item.article()).collect();
            line.index
                .retake(items, &line.prepare(&articles), &mut Segment::default());
        }
        for (_, item) in &self.versions {
            line.index.assign(item.number, self.labels(item.number));
        }
        self.canonicals
            .iter()
            .for_each(|(&label, &number)| line.index.restore_canonical(label, number));
        line.index.tidy();
        line.index.skip_to(self.next);
        let left: Vec<[u64; 2]> = numbers.iter().map(|&number| self.labels(number)).collect();
        line.regroup(&left);
        self.take_groups(&line.index);
        Ok(())
    }

    /// The items by number; of one item the versions in their order.
    fn by_number(&self) -> Vec<&Item> {
        let mut order: Vec<&Item> = self.versions.iter().map(|(_, item)| item).collect();
        order.sort_by_key(|item| item.number);
        order
    }

    /// The labels of an item's copies and its story.
    fn labels(&self, number: u64) -> [u64; 2] {
        [&self.copies, &self.stories].map(|labels| labels.get(&number).copied().unwrap_or(number))
    }

    /// Takes the groups as an index has them.
    fn take_groups(&mut self, index: &Index) {
        let labels = |kind: Kind| {
            let items = self.versions.iter().map(|(_, item)| item.number);
            items
                .map(|number| (number, index.labels(kind).label(number)))
                .collect()
        };
        (self.copies, self.stories) = (labels(Kind::Duplicates), labels(Kind::Stories));
        self.canonicals = index.canonicals().collect();
    }

    /// The same items in the groups that other settings give. Items keep their numbers, so groups
    /// keep their ids where they begin with the same item.
    ///
    /// # Errors
    /// [`Error::Config`]
    pub fn retake(mut self, config: &Config) -> Result<Self, Error> {
        let mut line = Line::new(Engine::new(config.check()?));
        let mut groups = Kept {
            next: self.next,
            ..Kept::default()
        };
        for items in self.by_number().chunks(MOST_ITEMS) {
            let articles: Vec<Article<'_>> = items.iter().map(|item| item.article()).collect();
            let mut segment = Segment::default();
            line.index
                .retake(items, &line.prepare(&articles), &mut segment);
            line.settle(&mut segment, &mut Vec::new());
            groups.note(&segment);
        }
        (self.copies, self.stories, self.canonicals) =
            (groups.copies, groups.stories, groups.canonicals);
        Ok(self)
    }

    /// Segments of it, in the order of their times.
    pub fn into_segments(self) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::new();
        let mut begun = 0;
        for (time, item) in self.versions {
            match segments.last_mut() {
                Some(last)
                    if last.items.len() < MOST_ITEMS
                        && (begun..=begun + LONGEST).contains(&time) =>
                {
                    last.time = last.time.max(time);
                    last.items.push(item);
                }
                _ => {
                    begun = time;
                    segments.push(Segment {
                        time,
                        next: self.next,
                        items: vec![item],
                        ..Segment::default()
                    });
                }
            }
        }
        // Without an item there must still be one that tells the next number.
        if segments.is_empty() {
            segments.push(Segment {
                next: self.next,
                ..Segment::default()
            });
        }
        let mut chosen: HashMap<u64, BTreeSet<u64>> = HashMap::new();
        self.canonicals
            .iter()
            .for_each(|(&label, &number)| _ = chosen.entry(number).or_default().insert(label));
        for segment in &mut segments {
            for number in segment.items.iter().map(|item| item.number) {
                let own =
                    |labels: &HashMap<u64, u64>| labels.get(&number).copied().unwrap_or(number);
                let labels = [own(&self.copies), own(&self.stories)];
                let of = chosen
                    .get(&number)
                    .into_iter()
                    .flatten()
                    .filter(|label| labels.contains(label));
                segment.canonicals.extend(of.map(|&label| (label, number)));
                segment
                    .copies
                    .extend((labels[0] != number).then_some((number, labels[0])));
                segment
                    .stories
                    .extend((labels[1] != number).then_some((number, labels[1])));
            }
        }
        segments
    }
}

fn said(item: &Item) -> u64 {
    identity::content_hash(&item.article())
}
