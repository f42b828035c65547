//! Blocking keys of one text.
//!
//! Input: a [`Fingerprint`]. Output: [`BlockingKeys`]. Cost: O(k) per shingle for signatures of `k`
//! values, and one hash per key.
//!
//! | Field | Similarity keys | Containment keys |
//! | --- | --- | --- |
//! | title | prefix filter, or bands where the threshold is too low for prefixes | shingles |
//! | body, full | bands | shingles, sampled |
//! | body, summary | bands and a bottom-k sample | shingles, sampled |

use super::banding::Banding;
use super::prefix::PrefixFilter;
use super::tables::{TableKind, TableLayout};
use crate::ids::{Field, PerField, TableId};
use crate::sets::{MinHasher, Shingler};
use crate::verify::{FieldFingerprint, Fingerprint, PROBE_SHINGLES};

/// Number of sample keys of a summary: the smallest shingle hashes (bottom-k sketch: Cohen and
/// Kaplan 2007). Two summaries with a Jaccard coefficient of .3 share a sample key with a
/// probability of
///
/// ```text
/// 1 - .7^10 = .97
/// ```
///
/// Bands for a threshold of .7 find a quarter of the pairs.
const SAMPLE_KEYS: usize = 10;

/// The sample keys of a summary with these shingle hashes. Sorts the hashes.
pub(super) fn sample_keys(hashes: &mut Vec<u64>) -> impl Iterator<Item = u32> {
    hashes.sort_unstable();
    hashes.dedup();
    hashes
        .iter()
        .take(SAMPLE_KEYS)
        .map(|hash| (hash >> 32) as u32)
}

/// A key, and whether the text probes with the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) value: u32,
    pub(super) probes: bool,
}

impl Key {
    /// A key of a similarity table.
    #[inline]
    pub(super) fn similarity(value: u32) -> Self {
        Key {
            value,
            probes: true,
        }
    }
}

/// The keys of a containment table: a text probes with the first shingles only.
#[inline]
pub(super) fn containment_table_keys(shingles: &[u32]) -> impl Iterator<Item = Key> + Clone {
    shingles.iter().enumerate().map(|(at, &value)| Key {
        value,
        probes: at < PROBE_SHINGLES,
    })
}

/// The keys of one field of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FieldKeys {
    /// The key of each band; empty if the field has a prefix filter.
    bands: Vec<u32>,
    /// The shingles that make containment keys and prefixes, the probes first.
    shingles: Vec<u32>,
    prefix: Option<PrefixFilter>,
    /// The sample keys of a summary.
    sample: Vec<u32>,
}

impl FieldKeys {
    /// The keys in a similarity table. The table after the bands' holds prefixes and samples.
    fn similarity(&self, table: usize) -> impl Iterator<Item = u32> {
        let is_last = table == self.bands.len();
        let prefix = self.prefix.filter(|_| is_last);
        let sample = if is_last { &self.sample[..] } else { &[] };
        let band = self.bands.get(table).copied();
        band.into_iter()
            .chain(
                prefix
                    .into_iter()
                    .flat_map(|prefix| prefix.keys(&self.shingles)),
            )
            .chain(sample.iter().copied())
    }

    /// The keys in the containment table.
    fn containment(&self) -> impl Iterator<Item = Key> {
        containment_table_keys(&self.shingles)
    }
}

/// The blocking keys of a text: of the title and of the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlockingKeys(PerField<FieldKeys>);

impl BlockingKeys {
    /// The keys in tables of one kind.
    pub(super) fn in_table(&self, kind: TableKind) -> impl Iterator<Item = Key> {
        let keys = &self.0[kind.field()];
        let (similarity, containment) = match kind {
            TableKind::Similarity { table, .. } => (Some(keys.similarity(table)), None),
            TableKind::Containment { .. } => (None, Some(keys.containment())),
        };
        let similarity = similarity.into_iter().flatten().map(Key::similarity);
        similarity.chain(containment.into_iter().flatten())
    }

    /// All keys, with their tables.
    pub(super) fn all(&self, layout: TableLayout) -> impl Iterator<Item = (TableId, Key)> {
        layout.tables().flat_map(move |table| {
            self.in_table(layout.kind(table))
                .map(move |key| (table, key))
        })
    }
}

/// Makes the blocking keys of texts.
#[derive(Debug, Clone)]
pub struct KeyMaker {
    hasher: MinHasher,
    banding: Banding,
    /// The prefix filter of each field without bands.
    prefix: PerField<Option<PrefixFilter>>,
}

impl KeyMaker {
    /// Keys from the bands of the signatures of `hasher`.
    pub fn new(hasher: MinHasher, banding: Banding) -> Self {
        KeyMaker {
            hasher,
            banding,
            prefix: PerField::default(),
        }
    }

    /// The maker with a prefix filter instead of bands for titles, if the prefix filter finds
    /// almost all pairs with a Jaccard coefficient of at least `threshold`.
    pub fn with_title_prefixes(self, shingler: &Shingler, threshold: f64) -> Self {
        KeyMaker {
            prefix: PerField {
                title: PrefixFilter::for_threshold(shingler, threshold),
                body: None,
            },
            ..self
        }
    }

    /// Whether the similarity keys of a field come from bands.
    pub fn has_bands(&self, field: Field) -> bool {
        self.prefix[field].is_none()
    }

    /// Whether two fingerprints collide in a similarity table of a field.
    pub fn share_similarity_key(
        &self,
        field: Field,
        a: &FieldFingerprint,
        b: &FieldFingerprint,
    ) -> bool {
        let [a, b] = [a, b].map(|fingerprint| self.field_keys(field, fingerprint));
        for table in 0..self.layout().similarity_tables(field) {
            let keys: Vec<u32> = b.similarity(table).collect();
            if a.similarity(table).any(|key| keys.contains(&key)) {
                return true;
            }
        }
        false
    }

    /// The blocking keys of a text.
    pub fn keys(&self, fingerprint: &Fingerprint) -> BlockingKeys {
        let keys = |field, fingerprint: &Option<FieldFingerprint>| {
            fingerprint
                .as_ref()
                .map(|fingerprint| self.field_keys(field, fingerprint))
                .unwrap_or_default()
        };
        BlockingKeys(PerField {
            title: keys(Field::Title, &fingerprint.title),
            body: keys(Field::Body, &fingerprint.body),
        })
    }

    fn field_keys(&self, field: Field, fingerprint: &FieldFingerprint) -> FieldKeys {
        let mut keys = FieldKeys {
            shingles: fingerprint.containment_keys.to_vec(),
            prefix: self.prefix[field],
            ..FieldKeys::default()
        };
        if self.has_bands(field) {
            let signature = self.hasher.signature(&fingerprint.set);
            keys.bands.extend(self.banding.keys(&signature));
        }
        if field == Field::Body && !fingerprint.is_text() {
            keys.sample
                .extend(sample_keys(&mut fingerprint.set.hashes().to_vec()));
        }
        keys
    }

    /// The prefix filter of a field.
    pub(super) fn prefix(&self, field: Field) -> Option<PrefixFilter> {
        self.prefix[field]
    }

    /// Number of band keys of a text.
    pub(super) fn bands(&self) -> usize {
        self.banding.bands
    }

    /// Appends the band keys of a set of hashes. `signature` is scratch space.
    pub(super) fn extend_band_keys(
        &self,
        hashes: &[u64],
        signature: &mut Vec<u32>,
        keys: &mut Vec<u32>,
    ) {
        signature.resize(self.banding.bands * self.banding.rows, 0);
        self.hasher.sign_into(hashes, signature);
        keys.extend(self.banding.keys(signature));
    }

    /// The numbering of the tables.
    pub(super) fn layout(&self) -> TableLayout {
        TableLayout::new(PerField::from_fn(|field| {
            1 + if self.has_bands(field) {
                self.banding.bands
            } else {
                0
            }
        }))
    }
}
