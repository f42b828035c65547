//! Fingerprints: everything by which the duplicates of an item are found and decided.
//!
//! Input: an [`Article`] with its source rules, and the rules of both fields. Output: a
//! [`Fingerprint`]. Cost: linear in the text, and a sort of its shingles.

use std::borrow::Cow;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::decision::{Context, LEAD_UNITS};
use super::wording::word_hash;
use crate::article::Article;
use crate::sets::{Jaccard, ShingleSet, Shingler, Shingles, sort};
use crate::source_rules::SourceRules;
use crate::text::{
    Tokens, body_without_boilerplate, title_without_boilerplate, title_without_notice,
};

/// What duplicates are found by in one field of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPrint {
    /// The shingles.
    pub set: ShingleSet,
    /// A hash of all words in their order.
    pub digest: u64,
    /// The keys under which whole quotations are found.
    pub quotable: Box<[u32]>,
    /// The folded words, of titles alone.
    pub(super) text: Box<str>,
    /// The hashes of the first [`LEAD_UNITS`] words in their order.
    pub(super) lead: Box<[u32]>,
    pub(super) words: u32,
    /// Whether there are too few words to compare: only equal ones match.
    pub(super) is_short: bool,
    /// Whether there are signs of scripts written without spaces.
    pub(super) has_signs: bool,
    pub(super) numbers: Box<[u64]>,
}

/// A text quoted whole is looked for by so many of its longest shingles, the likeliest to be rare.
/// A headline of less than thirty shingles that stands whole in another shares at least two of
/// them, because it lacks no more than a tenth.
pub const ASKED_SHINGLES: usize = 4;

/// The keys under which a text with these shingles is found where it is quoted whole: of those of
/// the greatest width the upper halves of the hashes that are multiples of `stride`, a power of
/// two, each once, those of the longest in front; by the first [`ASKED_SHINGLES`] it is looked for.
/// None for a stride of 0. They are put in order in a buffer that can be used for the next text.
pub fn quotable<'b>(
    shingles: &Shingles,
    stride: u32,
    buffer: &'b mut Vec<u64>,
) -> impl ExactSizeIterator<Item = u32> + 'b {
    buffer.clear();
    if let Some(mask) = stride.checked_sub(1).map(u64::from) {
        let (hashes, lengths) = shingles.widest();
        buffer.resize(hashes.len(), 0);
        let mut count = 0;
        // Which are multiples cannot be foretold, so there is no branch.
        for (at, &hash) in (0..).zip(hashes) {
            buffer[count] = at;
            count += usize::from(hash & mask == 0);
        }
        buffer.truncate(count);
        for one in &mut *buffer {
            let at = *one as usize;
            *one = u64::from(u32::MAX - lengths[at]) << 32 | hashes[at] >> 32;
        }
    }
    sort(buffer);
    buffer.dedup();
    buffer.iter().map(|&one| one as u32)
}

/// What is compared of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRule {
    /// The shingles.
    pub shingler: Shingler,
    /// A text of fewer words matches only an equal one.
    pub least_words: usize,
    /// Whole quotations are looked for by the widest shingles whose hash is a multiple of this
    /// power of two: 1 for headlines, more for bodies, which have enough of them; 0 if they
    /// are not looked for.
    pub stride: u32,
}

impl FieldRule {
    /// Whether there is anything to compare.
    pub fn admits(&self, tokens: &Tokens) -> bool {
        !tokens.is_empty()
    }

    /// The print of a text; `None` if it has no word.
    pub fn print(&self, tokens: &Tokens) -> Option<FieldPrint> {
        self.admits(tokens).then(|| FieldPrint::new(tokens, self))
    }
}

impl FieldPrint {
    pub(super) fn new(tokens: &Tokens, rule: &FieldRule) -> Self {
        // Of the right size at once: lists that grow and are cut keep threads waiting for each
        // other's heap.
        let mut numbers = Vec::with_capacity(tokens.numbers().count());
        numbers.extend(tokens.numbers().map(|word| xxh3_64(word.as_bytes())));
        numbers.sort_unstable();
        numbers.dedup();
        let (set, quotable) = if rule.stride == 0 {
            (rule.shingler.shingles(tokens), Box::default())
        } else {
            let shingles = rule.shingler.measured(tokens);
            let keys = quotable(&shingles, rule.stride, &mut Vec::new()).collect();
            (shingles.into_set(), keys)
        };
        FieldPrint {
            quotable,
            set,
            text: Box::default(),
            lead: lead(tokens),
            digest: digest(tokens),
            words: tokens.words() as u32,
            is_short: tokens.words() < rule.least_words,
            has_signs: tokens.has_signs(),
            numbers: numbers.into_boxed_slice(),
        }
    }

    /// Whether the field is long enough to be a text of its own.
    pub fn is_text(&self) -> bool {
        is_text(self.words as usize)
    }

    /// How much two prints share: of the shingles, the Jaccard coefficient and the containment.
    pub fn overlap(&self, other: &FieldPrint) -> Option<Overlap> {
        let shared = self.set.shared(&other.set);
        let jaccard = Jaccard::from_counts(self.set.len(), other.set.len(), shared)?.get();
        let containment = shared as f64 / self.set.len().min(other.set.len()) as f64;
        Some(Overlap {
            shared,
            jaccard,
            containment,
        })
    }

    pub(super) fn numbers_conflict(&self, other: &FieldPrint) -> bool {
        let lacks = |a: &FieldPrint, b: &FieldPrint| {
            a.numbers
                .iter()
                .any(|n| b.numbers.binary_search(n).is_err())
        };
        lacks(self, other) && lacks(other, self)
    }
}

/// The hashes of the first words of a text, or of the units of scripts without spaces.
fn lead(tokens: &Tokens) -> Box<[u32]> {
    if !tokens.has_signs() {
        return tokens.iter().take(LEAD_UNITS).map(word_hash).collect();
    }
    let units = tokens.units().into_iter().take(LEAD_UNITS);
    units.map(|unit| word_hash(tokens.run(unit))).collect()
}

/// An item as it is compared: without what outlets add to titles and texts, and with what is known
/// besides its words.
#[derive(Debug, Clone, Default)]
pub struct Subject<'a> {
    /// The title; of an item without one its text, if that is no longer than a summary.
    pub title: Cow<'a, str>,
    /// The text.
    pub body: Cow<'a, str>,
    /// Outlet, time and the like.
    pub context: Context,
}

/// A text of at most this many bytes may stand in for a missing title.
const MAX_POST_BYTES: usize = 600;

impl<'a> Subject<'a> {
    /// What of an article is compared, by the rules for its source.
    pub fn of(article: &'a Article<'_>, sources: &SourceRules) -> Self {
        let (reach, ignores_text) = sources.compared(article);
        let text = if ignores_text { "" } else { &*article.text };
        let (title, body) = (
            title_without_boilerplate(article),
            body_without_boilerplate(text),
        );
        // A notice is the best there is of an item without a text.
        let title = if body.is_empty() {
            title
        } else {
            title_without_notice(title)
        };
        let context = Context {
            reach,
            ..Context::of(article, text)
        };
        // A post or message says in its text what others say in a title.
        match title.is_empty() && body.len() <= MAX_POST_BYTES {
            true => Subject {
                title: body,
                body: Cow::Borrowed(""),
                context,
            },
            false => Subject {
                title: Cow::Borrowed(title),
                body,
                context,
            },
        }
    }

    /// Title and text.
    pub fn fields(&self) -> [&str; 2] {
        [&self.title, &self.body]
    }
}

/// What is compared of an item: nothing of a field without a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// Of its headline.
    pub title: Option<FieldRule>,
    /// Of its body.
    pub body: Option<FieldRule>,
}

impl Rules {
    /// The same, for prints that are compared but not looked for.
    pub fn unasked(self) -> Self {
        let unasked = |rule: FieldRule| FieldRule { stride: 0, ..rule };
        Rules {
            title: self.title.map(unasked),
            body: self.body.map(unasked),
        }
    }

    /// The print of an item.
    pub fn print(&self, subject: &Subject<'_>, tokens: &mut Tokens) -> Fingerprint {
        let mut print = Fingerprint {
            context: subject.context,
            ..Fingerprint::default()
        };
        if let Some(rule) = self.title {
            tokens.fill(&subject.title);
            print.title = rule.print(tokens).map(|title| FieldPrint {
                text: tokens.as_str().into(),
                ..title
            });
        }
        if let Some(rule) = self.body {
            tokens.fill(&subject.body);
            print.body = rule.print(tokens);
        }
        let words = print.title_words() + print.text_words();
        print.context = print.context.for_words(words);
        print
    }

    /// The digest of an item's print; none if there is nothing to compare.
    pub fn digest(&self, subject: &Subject<'_>, tokens: &mut Tokens) -> Option<u64> {
        let mut words = 0;
        let mut of = |rule: Option<FieldRule>, text: &str| {
            let rule = rule?;
            tokens.fill(text);
            words += tokens.words();
            rule.admits(tokens).then(|| digest(tokens))
        };
        let fields = [of(self.title, &subject.title), of(self.body, &subject.body)];
        (fields != [None; 2]).then(|| digest_of(fields, subject.context.for_words(words)))
    }
}

/// How much two prints share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// How many shingles both have.
    pub shared: usize,
    /// The exact Jaccard coefficient.
    pub jaccard: f64,
    /// The share of the smaller set that stands in the other.
    pub containment: f64,
}

/// What duplicates are found by in an item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// The headline's print.
    pub title: Option<FieldPrint>,
    /// The body's print.
    pub body: Option<FieldPrint>,
    /// Outlet, time and the like.
    pub context: Context,
}

/// A body of at least so many words is a text of its own; a shorter one is a description, which
/// outlets write anew for the same text.
const TEXT_WORDS: u32 = 50;

/// Whether a body of so many words is a text of its own: two items that both have one are compared
/// by their bodies alone.
pub fn is_text(words: usize) -> bool {
    words >= TEXT_WORDS as usize
}

impl Fingerprint {
    /// Whether the body is long enough to decide alone.
    pub fn has_text(&self) -> bool {
        self.body.as_ref().is_some_and(FieldPrint::is_text)
    }

    /// Whether there is nothing to compare.
    pub fn is_empty(&self) -> bool {
        self.title.is_none() && self.body.is_none()
    }

    /// The folded words of the title, or of what is compared in its place.
    pub fn title_text(&self) -> Option<&str> {
        self.title.as_ref().map(|print| &*print.text)
    }

    /// How many words the title has.
    pub(super) fn title_words(&self) -> usize {
        self.title.as_ref().map_or(0, |print| print.words as usize)
    }

    /// How many words the text has.
    pub(super) fn text_words(&self) -> usize {
        self.body.as_ref().map_or(0, |print| print.words as usize)
    }

    /// Whether title and text are both too short to be compared.
    pub(super) fn is_short(&self) -> bool {
        [&self.title, &self.body]
            .into_iter()
            .flatten()
            .all(|print| print.is_short)
    }

    /// The digests of title and text.
    pub(super) fn words_alone(&self) -> [Option<u64>; 2] {
        [&self.title, &self.body].map(|field| field.as_ref().map(|print| print.digest))
    }

    /// A hash of all that is compared: items of one digest are copies.
    pub fn digest(&self) -> u64 {
        digest_of(self.words_alone(), self.context)
    }
}

/// A hash of all words of a text in their order.
pub fn digest(tokens: &Tokens) -> u64 {
    xxh3_64(tokens.as_str().as_bytes())
}

/// The digest of an item, given those of its title and its text, and its context.
pub fn digest_of(fields: [Option<u64>; 2], context: Context) -> u64 {
    let mut bytes = [0; 17];
    let [title, body] = fields.map(|field| field.unwrap_or(0).to_le_bytes());
    bytes[..8].copy_from_slice(&title);
    bytes[8..16].copy_from_slice(&body);
    bytes[16] = u8::from(fields[0].is_some()) | u8::from(fields[1].is_some()) << 1;
    xxh3_64_with_seed(&bytes, context.seed())
}
