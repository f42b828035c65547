//! Fingerprints: everything that decides whether an item has duplicates.
//!
//! Input: an [`Article`] with its source rules, and the rules of both fields. Output: a
//! [`Fingerprint`]. Cost: linear in the text, and a sort of its shingles.

use std::borrow::Cow;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::context::Context;
use super::wording::word_hash;
use crate::article::Article;
use crate::sets::{Jaccard, ShingleSet, Shingler, Shingles, sort_hashes};
use crate::source_rules::SourceRules;
use crate::text::{
    Tokens, body_without_boilerplate, title_without_boilerplate, title_without_notice,
};

/// Number of words of a text that the decision reads: a summary, or the lead of a full text.
pub const LEAD_UNITS: usize = 64;

/// Fingerprint of one field of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFingerprint {
    /// The shingles.
    pub set: ShingleSet,
    /// Hash of all words in order.
    pub digest: u64,
    /// The keys of the containment tables: see [`containment_keys`].
    pub containment_keys: Box<[u32]>,
    /// The folded words of a title; empty for a body.
    pub(super) text: Box<str>,
    /// Hashes of the first [`LEAD_UNITS`] words in order.
    pub(super) lead: Box<[u32]>,
    pub(super) words: u32,
    /// Whether the field has fewer than [`FieldRule::min_words`] words: it matches only an equal
    /// field.
    pub(super) is_short: bool,
    /// Whether the field has characters of scripts written without spaces.
    pub(super) has_signs: bool,
    pub(super) numbers: Box<[u64]>,
}

/// Number of containment keys that a text probes with: those of its longest shingles, which are
/// the likeliest to be rare. A title of fewer than thirty shingles that another contains lacks at
/// most a tenth of them, so at least two of the four are shared.
pub const PROBE_SHINGLES: usize = 4;

/// The blocking keys of a text in the containment tables, longest shingle first.
///
/// Of the shingles of the greatest width, those whose hash is a multiple of `stride` (a power of
/// two) are sampled; a key is the upper half of the hash, and each key occurs once. A stride of 0
/// gives no keys. A contained text probes with the first [`PROBE_SHINGLES`] keys. `buffer` is
/// scratch memory.
pub fn containment_keys<'b>(
    shingles: &Shingles,
    stride: u32,
    buffer: &'b mut Vec<u64>,
) -> impl ExactSizeIterator<Item = u32> + 'b {
    buffer.clear();
    if let Some(mask) = stride.checked_sub(1).map(u64::from) {
        let (hashes, lengths) = shingles.widest();
        buffer.resize(hashes.len(), 0);
        let mut count = 0;
        // Branchless, because whether a hash is a multiple is not predictable.
        for (at, &hash) in (0..).zip(hashes) {
            buffer[count] = at;
            count += usize::from(hash & mask == 0);
        }
        buffer.truncate(count);
        for entry in &mut *buffer {
            let at = *entry as usize;
            *entry = u64::from(u32::MAX - lengths[at]) << 32 | hashes[at] >> 32;
        }
    }
    sort_hashes(buffer);
    buffer.dedup();
    buffer.iter().map(|&entry| entry as u32)
}

/// How one field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRule {
    /// The maker of shingles.
    pub shingler: Shingler,
    /// A field of fewer words matches only an equal field.
    pub min_words: usize,
    /// Containment keys are sampled from shingles whose hash is a multiple of `stride`, a power of
    /// two: 1 for titles, more for bodies, which have more shingles; 0 for no keys.
    pub stride: u32,
}

impl FieldRule {
    /// Whether the field has a word to compare.
    pub fn admits(&self, tokens: &Tokens) -> bool {
        !tokens.is_empty()
    }

    /// The fingerprint of a field; `None` if it has no word.
    pub fn fingerprint(&self, tokens: &Tokens) -> Option<FieldFingerprint> {
        self.admits(tokens)
            .then(|| FieldFingerprint::new(tokens, self))
    }
}

impl FieldFingerprint {
    pub(super) fn new(tokens: &Tokens, rule: &FieldRule) -> Self {
        let (set, containment_keys) = if rule.stride == 0 {
            (rule.shingler.shingles(tokens), Box::default())
        } else {
            let shingles = rule.shingler.shingles_with_lengths(tokens);
            let keys = containment_keys(&shingles, rule.stride, &mut Vec::new()).collect();
            (shingles.into_set(), keys)
        };
        FieldFingerprint {
            containment_keys,
            set,
            text: Box::default(),
            lead: lead(tokens),
            digest: digest(tokens),
            words: tokens.words() as u32,
            is_short: tokens.words() < rule.min_words,
            has_signs: tokens.has_signs(),
            numbers: numbers(tokens),
        }
    }

    /// Whether the field is a full text: see [`is_text`].
    pub fn is_text(&self) -> bool {
        is_text(self.words as usize)
    }

    /// The coefficients of two fields; `None` if both shingle sets are empty.
    pub fn overlap(&self, other: &FieldFingerprint) -> Option<Overlap> {
        let shared = self.set.shared(&other.set);
        let jaccard = Jaccard::from_counts(self.set.len(), other.set.len(), shared)?.get();
        let containment = shared as f64 / self.set.len().min(other.set.len()) as f64;
        Some(Overlap {
            shared,
            jaccard,
            containment,
        })
    }

    /// Whether each field has a number that the other lacks.
    pub(super) fn numbers_conflict(&self, other: &FieldFingerprint) -> bool {
        has_own_number(&self.numbers, &other.numbers)
            && has_own_number(&other.numbers, &self.numbers)
    }
}

/// Whether `numbers` has an element that the sorted list `others` lacks.
fn has_own_number(numbers: &[u64], others: &[u64]) -> bool {
    let is_own = |number: &u64| others.binary_search(number).is_err();
    numbers.iter().any(is_own)
}

/// The hashes of the numbers of a text, sorted and unique.
fn numbers(tokens: &Tokens) -> Box<[u64]> {
    // Allocated at its final size: vectors that are reallocated make threads contend for the heap.
    let mut numbers = Vec::with_capacity(tokens.numbers().count());
    numbers.extend(tokens.numbers().map(|word| xxh3_64(word.as_bytes())));
    numbers.sort_unstable();
    numbers.dedup();
    numbers.into_boxed_slice()
}

/// The hashes of the first words of a text, or of its first units in scripts without spaces.
fn lead(tokens: &Tokens) -> Box<[u32]> {
    if !tokens.has_signs() {
        return tokens.iter().take(LEAD_UNITS).map(word_hash).collect();
    }
    let units = tokens.units().into_iter().take(LEAD_UNITS);
    units.map(|unit| word_hash(tokens.run(unit))).collect()
}

/// An item as verification compares it: without boilerplate, with the context of its source.
#[derive(Debug, Clone, Default)]
pub struct ComparedItem<'a> {
    /// The title. An item without a title has its text here, if that is at most
    /// 600 bytes long.
    pub title: Cow<'a, str>,
    /// The text.
    pub body: Cow<'a, str>,
    /// Outlet, time, address and source rules.
    pub context: Context,
}

/// Maximum length in bytes of a text that stands in for a missing title, as in posts and messages.
const MAX_POST_BYTES: usize = 600;

impl<'a> ComparedItem<'a> {
    /// The parts of an article that are compared, by the rules for its source.
    pub fn of(article: &'a Article<'_>, sources: &SourceRules) -> Self {
        let (copy_scope, ignores_text) = sources.compared(article);
        let text = if ignores_text { "" } else { &*article.text };
        let title = title_without_boilerplate(article);
        let body = body_without_boilerplate(text);
        // Without a text, a boilerplate title is the best evidence there is.
        let title = if body.is_empty() {
            title
        } else {
            title_without_notice(title)
        };
        let context = Context {
            copy_scope,
            ..Context::of(article, text)
        };
        if title.is_empty() && body.len() <= MAX_POST_BYTES {
            return ComparedItem {
                title: body,
                body: Cow::Borrowed(""),
                context,
            };
        }
        ComparedItem {
            title: Cow::Borrowed(title),
            body,
            context,
        }
    }

    /// Title and body.
    pub fn fields(&self) -> [&str; 2] {
        [&self.title, &self.body]
    }
}

/// The rules of both fields; a field without a rule is not compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// The rule of the title.
    pub title: Option<FieldRule>,
    /// The rule of the body.
    pub body: Option<FieldRule>,
}

impl Rules {
    /// The same rules without containment keys, for fingerprints that are verified but not blocked.
    pub fn without_containment_keys(self) -> Self {
        let without_keys = |rule: FieldRule| FieldRule { stride: 0, ..rule };
        Rules {
            title: self.title.map(without_keys),
            body: self.body.map(without_keys),
        }
    }

    /// The fingerprint of an item. `tokens` is scratch memory.
    pub fn fingerprint(&self, item: &ComparedItem<'_>, tokens: &mut Tokens) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        if let Some(rule) = self.title {
            tokens.fill(&item.title);
            fingerprint.title = rule.fingerprint(tokens).map(|title| FieldFingerprint {
                text: tokens.as_str().into(),
                ..title
            });
        }
        if let Some(rule) = self.body {
            tokens.fill(&item.body);
            fingerprint.body = rule.fingerprint(tokens);
        }
        let words = fingerprint.title_words() + fingerprint.text_words();
        fingerprint.context = item.context.for_words(words);
        fingerprint
    }

    /// The digest of an item's fingerprint; `None` if there is nothing to compare. `tokens` is
    /// scratch memory.
    pub fn digest(&self, item: &ComparedItem<'_>, tokens: &mut Tokens) -> Option<u64> {
        let mut words = 0;
        let mut fields = [None; 2];
        for (at, rule) in [self.title, self.body].into_iter().enumerate() {
            let Some(rule) = rule else { continue };
            tokens.fill(item.fields()[at]);
            words += tokens.words();
            fields[at] = rule.admits(tokens).then(|| digest(tokens));
        }
        (fields != [None; 2]).then(|| digest_of(fields, item.context.for_words(words)))
    }
}

/// The coefficients of two fields.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Number of shared shingles.
    pub shared: usize,
    /// The exact Jaccard coefficient.
    pub jaccard: f64,
    /// The share of the smaller shingle set that the larger contains.
    pub containment: f64,
}

impl Overlap {
    /// The coefficients of equal fields whose shingles were not counted.
    pub(super) const EQUAL: Overlap = Overlap {
        shared: 0,
        jaccard: 1.0,
        containment: 1.0,
    };

    /// The coefficients of fields with nothing to compare.
    pub(super) const NONE: Overlap = Overlap {
        shared: 0,
        jaccard: 0.0,
        containment: 0.0,
    };
}

/// Fingerprint of an item: everything that decides whether it has duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// The fingerprint of the title.
    pub title: Option<FieldFingerprint>,
    /// The fingerprint of the body.
    pub body: Option<FieldFingerprint>,
    /// Outlet, time, address and source rules.
    pub context: Context,
}

/// Minimum number of words of a full text. A shorter body is a summary, which outlets write anew
/// for the same text.
const MIN_FULL_TEXT_WORDS: u32 = 50;

/// Whether a body of `words` words is a full text. Two items with full texts are compared by their
/// bodies alone.
pub fn is_text(words: usize) -> bool {
    words >= MIN_FULL_TEXT_WORDS as usize
}

impl Fingerprint {
    /// Whether the body is a full text.
    pub fn has_text(&self) -> bool {
        self.body.as_ref().is_some_and(FieldFingerprint::is_text)
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.title.is_none() && self.body.is_none()
    }

    /// The folded words of the title.
    pub fn title_text(&self) -> Option<&str> {
        self.title.as_ref().map(|title| &*title.text)
    }

    pub(super) fn title_words(&self) -> usize {
        self.title.as_ref().map_or(0, |title| title.words as usize)
    }

    pub(super) fn text_words(&self) -> usize {
        self.body.as_ref().map_or(0, |body| body.words as usize)
    }

    /// Whether no field is long enough to match anything but an equal field.
    pub(super) fn is_short(&self) -> bool {
        let mut fields = [&self.title, &self.body].into_iter().flatten();
        fields.all(|field| field.is_short)
    }

    /// The digests of title and body, without the context.
    pub(super) fn field_digests(&self) -> [Option<u64>; 2] {
        [&self.title, &self.body].map(|field| field.as_ref().map(|field| field.digest))
    }

    /// Hash of everything that is compared. Items with equal digests are duplicates.
    pub fn digest(&self) -> u64 {
        digest_of(self.field_digests(), self.context)
    }
}

/// Hash of all words of a text in order.
pub fn digest(tokens: &Tokens) -> u64 {
    xxh3_64(tokens.as_str().as_bytes())
}

/// The digest of an item, given the digests of title and body, and the context.
pub fn digest_of(fields: [Option<u64>; 2], context: Context) -> u64 {
    let mut bytes = [0; 17];
    let [title, body] = fields.map(|field| field.unwrap_or(0).to_le_bytes());
    bytes[..8].copy_from_slice(&title);
    bytes[8..16].copy_from_slice(&body);
    bytes[16] = u8::from(fields[0].is_some()) | u8::from(fields[1].is_some()) << 1;
    xxh3_64_with_seed(&bytes, context.seed())
}
