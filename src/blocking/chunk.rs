//! Key chunks: the blocking keys of one field of a few thousand items, in columns.
//!
//! A chunk goes through three types, each without the keys of finished stages: [`KeyChunk`] of
//! items, [`KeyChunk`] of texts (only exemplars), and [`ContainmentChunk`].

use std::ops::Range;

use super::exemplars::Exemplars;
use super::keys::{Key, containment_table_keys};
use super::posting::{KeyColumn, Posting};
use super::prefix::PrefixFilter;
use crate::ids::{DenseId, TextId};

/// Lists of keys, concatenated.
#[derive(Debug, Default)]
pub(super) struct KeyLists {
    ends: Vec<u32>,
    keys: Vec<u32>,
}

impl KeyLists {
    /// Appends a list.
    pub(super) fn push(&mut self, keys: impl Iterator<Item = u32>) {
        self.keys.extend(keys);
        self.ends.push(self.keys.len() as u32);
    }

    /// Number of lists.
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn range(&self, list: usize) -> Range<usize> {
        let start = list.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[list] as usize
    }

    fn list(&self, list: usize) -> &[u32] {
        &self.keys[self.range(list)]
    }

    /// Keeps the lists at these ascending places.
    fn keep(&mut self, kept: &[usize]) {
        if self.ends.is_empty() {
            return;
        }
        let mut ends = Vec::with_capacity(kept.len());
        let mut end = 0;
        for &list in kept {
            let range = self.range(list);
            let start = end;
            end += range.len();
            self.keys.copy_within(range, start);
            ends.push(end as u32);
        }
        self.keys.truncate(end);
        self.ends = ends;
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.keys.shrink_to_fit();
    }
}

/// The blocking keys of one field of items or texts.
#[derive(Debug)]
pub struct KeyChunk<I> {
    /// The owners of the keys, in the order of the other columns.
    pub(super) owners: Vec<I>,
    /// The keys of all owners, band by band; empty if the field has a prefix filter.
    pub(super) bands: Vec<u32>,
    pub(super) prefix: Option<PrefixFilter>,
    /// The shingles that make prefix and containment keys.
    pub(super) shingles: KeyLists,
    /// The sample keys of summaries; full texts have empty lists, titles no lists.
    pub(super) samples: KeyLists,
}

impl<I> Default for KeyChunk<I> {
    fn default() -> Self {
        KeyChunk {
            owners: Vec::new(),
            bands: Vec::new(),
            prefix: None,
            shingles: KeyLists::default(),
            samples: KeyLists::default(),
        }
    }
}

impl<I: DenseId> KeyChunk<I> {
    /// The owners of the keys.
    pub fn owners(&self) -> &[I] {
        &self.owners
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.bands.len() / self.owners.len().max(1)
    }

    /// The keys of all owners, band by band.
    pub fn band_keys(&self) -> &[u32] {
        &self.bands
    }

    /// Number of shingles that make containment keys.
    pub fn containment_count(&self) -> usize {
        self.shingles.keys.len()
    }

    /// The keys of prefixes and samples, with the places of their owners.
    pub(super) fn unbanded_keys(&self) -> impl Iterator<Item = (usize, Key)> {
        let prefix = self.prefix.into_iter().flat_map(move |prefix| {
            (0..self.shingles.len()).flat_map(move |place| {
                prefix
                    .keys(self.shingles.list(place))
                    .map(move |key| (place, Key::similarity(key)))
            })
        });
        let samples = (0..self.samples.len()).flat_map(|place| {
            let sample = self.samples.list(place).iter();
            sample.map(move |&key| (place, Key::similarity(key)))
        });
        prefix.chain(samples)
    }

    /// The similarity keys of prefixes and samples.
    pub fn unbanded_postings(&self) -> impl Iterator<Item = Posting<I>> {
        postings(&self.owners, self.unbanded_keys())
    }

    /// All similarity keys, with the numbers of their similarity tables.
    pub(super) fn similarity_postings(&self) -> impl Iterator<Item = (usize, Posting<I>)> {
        let bands = self.bands.chunks(self.owners.len().max(1)).enumerate();
        let banded = bands.flat_map(|(band, keys)| {
            let keys = keys.iter().map(|&key| Key::similarity(key)).enumerate();
            postings(&self.owners, keys).map(move |posting| (band, posting))
        });
        let last = self.bands();
        banded.chain(self.unbanded_postings().map(move |posting| (last, posting)))
    }

    /// The keys of containment tables.
    pub fn containment_postings(&self) -> impl Iterator<Item = Posting<I>> {
        postings(&self.owners, containment_lists(&self.shingles))
    }

    /// Keeps the keys of exemplars, as keys of their texts.
    pub fn keep_exemplars(mut self, exemplars: &Exemplars<I>) -> KeyChunk<TextId> {
        let kept = exemplar_places(&self.owners, exemplars);
        if kept.len() < self.owners.len() {
            self.keep(&kept);
        }
        KeyChunk {
            owners: texts_of(&self.owners, exemplars),
            bands: self.bands,
            prefix: self.prefix,
            shingles: self.shingles,
            samples: self.samples,
        }
    }

    fn keep(&mut self, kept: &[usize]) {
        let count = self.owners.len();
        let bands = self.bands();
        for band in 0..bands {
            for (to, from) in kept.iter().enumerate() {
                self.bands[band * kept.len() + to] = self.bands[band * count + from];
            }
        }
        self.bands.truncate(bands * kept.len());
        self.shingles.keep(kept);
        self.samples.keep(kept);
    }

    /// Drops the similarity keys.
    pub(super) fn into_containment(self) -> ContainmentChunk<I> {
        ContainmentChunk {
            owners: self.owners,
            shingles: self.shingles,
        }
    }
}

impl KeyChunk<TextId> {
    /// The key of each text for a band.
    pub(super) fn band(&self, band: usize) -> KeyColumn<'_> {
        let count = self.owners.len();
        KeyColumn {
            texts: self.owners[..].into(),
            keys: self.bands[band * count..(band + 1) * count].into(),
        }
    }
}

/// The containment keys of one field of texts.
#[derive(Debug)]
pub(super) struct ContainmentChunk<I> {
    pub(super) owners: Vec<I>,
    shingles: KeyLists,
}

impl<I> ContainmentChunk<I> {
    /// The keys, with the places of their owners.
    pub(super) fn keys(&self) -> impl Iterator<Item = (usize, Key)> {
        containment_lists(&self.shingles)
    }
}

fn containment_lists(shingles: &KeyLists) -> impl Iterator<Item = (usize, Key)> {
    (0..shingles.len())
        .flat_map(|place| containment_table_keys(shingles.list(place)).map(move |key| (place, key)))
}

fn postings<I: DenseId>(
    owners: &[I],
    keys: impl Iterator<Item = (usize, Key)>,
) -> impl Iterator<Item = Posting<I>> {
    keys.map(|(place, key)| Posting {
        key: key.value,
        owner: owners[place],
        probes: key.probes,
    })
}

/// The places of the owners that are exemplars.
pub(super) fn exemplar_places<I: DenseId>(owners: &[I], exemplars: &Exemplars<I>) -> Vec<usize> {
    (0..owners.len())
        .filter(|&place| exemplars.text(owners[place]).is_some())
        .collect()
}

/// The texts of the owners that are exemplars.
pub(super) fn texts_of<I: DenseId>(owners: &[I], exemplars: &Exemplars<I>) -> Vec<TextId> {
    owners
        .iter()
        .filter_map(|&item| exemplars.text(item))
        .collect()
}
