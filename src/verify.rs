//! A candidate pair and both items in, an edge out, or nothing. Edges have no other maker, so what
//! reaches the clusterer was compared in full: by the exact Jaccard coefficient or containment for
//! duplicates, by the weighted words of titles and leads for stories. O(|a| + |b|) a pair.

mod decision;
mod wording;

use std::borrow::Cow;
use std::hint::black_box;

use pulp::Arch;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::article::{Article, Timestamp};
use crate::jaccard::Jaccard;
use crate::lsh::CandidatePair;
use crate::shingle::{ShingleSet, Shingler, Shingles, sort};
use crate::sources::SourceRules;
use crate::text::{Tokens, core, title_without_furniture, without_furniture};
use crate::vector::{Product, Spread, Vector};

pub use decision::{
    Context, Evidence, FEATURES, Heading, LABEL_WORDS, LEAD_UNITS, MODEL, Reason, Verdict, in_words,
};

/// What makes two items belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// Title and text are equal after folding.
    Exact,
    /// The same text under another title.
    Retitled,
    /// The same report, edited.
    Edited,
    /// One text is the other, shortened.
    Abridged,
    /// Of a pair told from one side: the text is that of the other, shortened.
    Shortened,
    /// Of a pair told from one side: the text is that of the other with more to it.
    Extended,
    /// The same report with another summary.
    Summary,
    /// The same report in a later version with changed facts: a revised toll, a correction.
    Update,
    /// Another text about the same event.
    Story,
}

impl MatchKind {
    /// The kind as the output writes it.
    pub fn name(self) -> &'static str {
        match self {
            MatchKind::Exact => "exact",
            MatchKind::Retitled => "retitled",
            MatchKind::Edited => "edited",
            MatchKind::Abridged => "abridged",
            MatchKind::Shortened => "shortened",
            MatchKind::Extended => "extended",
            MatchKind::Summary => "summary",
            MatchKind::Update => "update",
            MatchKind::Story => "story",
        }
    }

    /// The kind told from the side of one item, given its length and that of the other.
    pub fn from_side(self, length: usize, other: usize) -> Self {
        match self {
            MatchKind::Abridged if length < other => MatchKind::Shortened,
            MatchKind::Abridged => MatchKind::Extended,
            kind => kind,
        }
    }
}

/// A verified link between two items. 32 bytes, as a large batch has a hundred million of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    pair: CandidatePair,
    measures: Measures,
}

/// What was measured of a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Measures {
    Copies {
        kind: MatchKind,
        likeness: f32,
        jaccard: f32,
        containment: f32,
    },
    Story {
        similarity: f64,
        alone: f64,
    },
}

impl Edge {
    fn of_copies(
        pair: CandidatePair,
        kind: MatchKind,
        likeness: f64,
        Overlap {
            jaccard,
            containment,
            ..
        }: Overlap,
    ) -> Self {
        let [likeness, jaccard, containment] =
            [likeness, jaccard, containment].map(|share| share as f32);
        Edge {
            pair,
            measures: Measures::Copies {
                kind,
                likeness,
                jaccard,
                containment,
            },
        }
    }

    fn of_story(pair: CandidatePair, similarity: f64, alone: f64) -> Self {
        Edge {
            pair,
            measures: Measures::Story { similarity, alone },
        }
    }

    /// For tests of what is done with edges.
    #[cfg(test)]
    pub(crate) fn told(pair: CandidatePair, similarity: f64, alone: f64) -> Self {
        Edge::of_story(pair, similarity, alone)
    }

    /// The two items.
    pub fn pair(&self) -> CandidatePair {
        self.pair
    }

    /// The same link between two other items with the texts of these.
    pub fn between(self, pair: CandidatePair) -> Self {
        Edge { pair, ..self }
    }

    /// Why the items belong together.
    pub fn kind(&self) -> MatchKind {
        match self.measures {
            Measures::Copies { kind, .. } => kind,
            Measures::Story { .. } => MatchKind::Story,
        }
    }

    /// How likely a reader calls the items copies, or the similarity of a story's items; in 0..=1.
    pub fn similarity(&self) -> f64 {
        match self.measures {
            Measures::Copies { likeness, .. } => plain(likeness),
            Measures::Story { similarity, .. } => similarity,
        }
    }

    /// What the pair's similarity is worth when no other item speaks for it: less for two headlines
    /// that share one thing.
    pub fn alone(&self) -> f64 {
        match self.measures {
            Measures::Copies { likeness, .. } => plain(likeness),
            Measures::Story { alone, .. } => alone,
        }
    }

    /// The exact Jaccard coefficient of the shingles of the texts, or of the titles where a text is
    /// missing; 0 for stories.
    pub fn jaccard(&self) -> f64 {
        if let Measures::Copies { jaccard, .. } = self.measures {
            plain(jaccard)
        } else {
            0.0
        }
    }

    /// The share of the smaller set of shingles that stands in the other; 0 for stories.
    pub fn containment(&self) -> f64 {
        if let Measures::Copies { containment, .. } = self.measures {
            plain(containment)
        } else {
            0.0
        }
    }
}

/// A share kept in single precision, to six decimals.
fn plain(share: f32) -> f64 {
    (f64::from(share) * 1e6).round() / 1e6
}

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
    text: Box<str>,
    /// The hashes of the first [`LEAD_UNITS`] words in their order.
    lead: Box<[u32]>,
    words: u32,
    /// Whether there are too few words to compare: only equal ones match.
    is_short: bool,
    /// Whether there are signs of scripts written without spaces.
    has_signs: bool,
    numbers: Box<[u64]>,
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
    fn new(tokens: &Tokens, rule: &FieldRule) -> Self {
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

    fn numbers_conflict(&self, other: &FieldPrint) -> bool {
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
        return tokens
            .iter()
            .take(LEAD_UNITS)
            .map(wording::word_hash)
            .collect();
    }
    let units = tokens.units().into_iter().take(LEAD_UNITS);
    units
        .map(|unit| wording::word_hash(tokens.run(unit)))
        .collect()
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
        let (title, body) = (core(article), without_furniture(text));
        // A notice is the best there is of an item without a text.
        let title = if body.is_empty() {
            title
        } else {
            title_without_furniture(title)
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
    fn title_words(&self) -> usize {
        self.title.as_ref().map_or(0, |print| print.words as usize)
    }

    /// How many words the text has.
    fn text_words(&self) -> usize {
        self.body.as_ref().map_or(0, |print| print.words as usize)
    }

    /// Whether title and text are both too short to be compared.
    fn is_short(&self) -> bool {
        [&self.title, &self.body]
            .into_iter()
            .flatten()
            .all(|print| print.is_short)
    }

    /// The digests of title and text.
    fn words_alone(&self) -> [Option<u64>; 2] {
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

/// What a set of shingles looks like from afar: how many were counted, some perhaps twice, and a
/// bit for the hash of each. Enough to see that most pairs are no copies (Bloom 1970).
#[derive(Debug, Clone, Copy)]
pub struct Outline<'o> {
    count: u32,
    bits: &'o [u64],
}

impl<'o> Outline<'o> {
    /// The outline of so many shingles, given the bits that [`Outline::draw`] made of them.
    pub fn new(count: u32, bits: &'o [u64]) -> Self {
        Outline { count, bits }
    }

    /// How many words of 64 bits an outline of so many shingles has: two bits a shingle or somewhat
    /// more, so that texts half alike are told from copies.
    pub fn words(count: usize) -> usize {
        (2 * count).next_power_of_two().div_ceil(64)
    }

    /// Adds the bits of these shingles behind those that are there.
    pub fn draw(hashes: &[u64], bits: &mut Vec<u64>) {
        let bit = |hash: &u64| 1 << (hash >> 32 & 63);
        let (start, words) = (bits.len(), Outline::words(hashes.len()));
        if words == 1 {
            return bits.push(hashes.iter().fold(0, |drawn, hash| drawn | bit(hash)));
        }
        bits.resize(start + words, 0);
        let drawn = &mut bits[start..];
        for hash in hashes {
            drawn[(hash >> 38) as usize & (drawn.len() - 1)] |= bit(hash);
        }
    }

    /// At least so many shingles this has that the other lacks, and the other that this lacks.
    fn differences(self, other: Outline<'_>) -> [u32; 2] {
        if let ([a], [b]) = (self.bits, other.bits) {
            return [(a & !b).count_ones(), (b & !a).count_ones()];
        }
        Arch::new().dispatch(|| self.long_differences(other))
    }

    #[inline(always)]
    fn long_differences(self, other: Outline<'_>) -> [u32; 2] {
        let count = |sums: [u32; 2], [a, b]: [u64; 2]| {
            [
                sums[0] + (a & !b).count_ones(),
                sums[1] + (b & !a).count_ones(),
            ]
        };
        if self.bits.len() == other.bits.len() {
            return self
                .bits
                .iter()
                .zip(other.bits)
                .fold([0, 0], |sums, (&a, &b)| count(sums, [a, b]));
        }
        // A longer outline is folded to the length of the other.
        let words = self.bits.len().min(other.bits.len());
        let word = |of: Outline<'_>, at: usize| {
            of.bits[at..]
                .iter()
                .step_by(words)
                .fold(0, |sum, word| sum | word)
        };
        (0..words).fold([0, 0], |sums, at| {
            count(sums, [self, other].map(|of| word(of, at)))
        })
    }
}

/// Verifies candidate pairs: measures what they share, and decides whether a reader would call them
/// copies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DuplicateVerifier {
    /// The least likeness of copies: of full texts and of titles alone their Jaccard coefficient,
    /// else the probability that a reader calls them copies.
    pub threshold: f64,
    /// The least share of the shorter of two full texts that must stand in the other.
    pub containment: f64,
    /// Items published further apart than this many days are no copies; 0 for no limit.
    pub window: f64,
    /// Whether shingles are runs of letters, as for noisy texts: the words of summaries are no
    /// evidence then.
    pub by_letters: bool,
}

/// Two summaries, or their titles, of which the shorter has less than this share in the other are
/// not compared: of 1,028 labelled pairs no copy has less in both.
const MIN_SHARED: f64 = 0.2;

/// What two prints share that have nothing to compare.
const NO_OVERLAP: Overlap = Overlap {
    shared: 0,
    jaccard: 0.0,
    containment: 0.0,
};

impl DuplicateVerifier {
    /// The edge of two items of one digest.
    pub fn same(pair: CandidatePair) -> Edge {
        let whole = Overlap {
            shared: 0,
            jaccard: 1.0,
            containment: 1.0,
        };
        Edge::of_copies(pair, MatchKind::Exact, 1.0, whole)
    }

    /// The edge of two items that are copies.
    pub fn verify(&self, pair: CandidatePair, a: &Fingerprint, b: &Fingerprint) -> Option<Edge> {
        let verdict = self.decide(a, b);
        let of = |x: &Option<FieldPrint>, y: &Option<FieldPrint>| x.as_ref()?.overlap(y.as_ref()?);
        let overlap = || {
            of(&a.body, &b.body)
                .or_else(|| of(&a.title, &b.title))
                .unwrap_or(NO_OVERLAP)
        };
        Some(Edge::of_copies(
            pair,
            verdict.kind?,
            verdict.likeness,
            overlap(),
        ))
    }

    /// Whether two texts may be copies for all that their outlines tell. False only if no
    /// comparison in full could find them to be.
    pub fn may_match(&self, [a, b]: [Outline<'_>; 2]) -> bool {
        let [ours, theirs] = a.differences(b);
        // More than this they do not share; and a share of what both have only falls with what one
        // alone has.
        let shared = f64::from((a.count - ours).min(b.count - theirs));
        let most = |alone: u32| shared / (shared + f64::from(alone));
        most(ours + theirs) >= self.threshold || most(ours.min(theirs)) >= self.containment
    }

    /// Whether two summaries, or their titles, may share enough to be worth a decision.
    pub fn may_match_in_part(&self, [a, b]: [Outline<'_>; 2]) -> bool {
        let [ours, theirs] = a.differences(b);
        let shared = f64::from((a.count - ours).min(b.count - theirs));
        shared >= MIN_SHARED * f64::from(a.count.min(b.count))
    }
}

/// What stories are found by in an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoryView {
    /// The headline's stems.
    pub title: Vector,
    /// The stems of the headline and the first part of the body; empty without a body.
    pub lead: Vector,
    /// The headline's stems in their order, and whether each begins a phrase with the next.
    pub sequence: Box<[(u32, bool)]>,
    /// Runs of four characters of the headline.
    pub chars: Vector,
    /// The figures of the headline and the first part of the body, ascending; none without a body.
    pub figures: Box<[u32]>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// What one outlet gives to several items.
    pub heading: Heading,
}

/// So many items are [touched](StoryView::touch) before the first of them is compared.
pub const FETCHED: usize = 16;

impl StoryView {
    /// How much two items say the same to a reader, in 0..=1: by their headlines, which is what a
    /// reader chooses by, or by their leads where one has none. What the headlines have in
    /// common is asked for only where that matters.
    pub fn closeness_by(
        &self,
        other: &StoryView,
        shrink: f64,
        titles: impl FnOnce() -> Product,
    ) -> f64 {
        if self.title.is_empty() || other.title.is_empty() {
            return self.lead.cosine(&other.lead, shrink);
        }
        self.title.cosine_of(titles(), &other.title, shrink)
    }

    /// Has the processor fetch what is compared, which is far away in memory, before any of it is
    /// needed.
    pub fn touch(&self, fields: &[Field]) {
        fields
            .iter()
            .for_each(|&field| _ = black_box(self.vector(field).values().first().copied()));
    }

    /// Whether the headline says no word twice, and none that all headlines have.
    pub fn says_once(&self) -> bool {
        self.sequence.len() == self.title.values().len()
    }

    /// What two items have in common in a field.
    pub fn in_common(&self, field: Field, other: &StoryView) -> Product {
        self.vector(field).product(other.vector(field))
    }

    /// The vector of a field.
    pub fn vector(&self, field: Field) -> &Vector {
        match field {
            Field::Title => &self.title,
            Field::Lead => &self.lead,
            Field::Letters => &self.chars,
        }
    }
}

/// An item laid out to be compared with many.
#[derive(Debug, Default)]
pub struct SpreadView<'v>([Spread<'v>; 3]);

impl<'v> SpreadView<'v> {
    /// Lays out an item in place of the one that was there.
    pub fn lay(&mut self, view: &'v StoryView) {
        for (spread, field) in self.0.iter_mut().zip(Field::ALL) {
            spread.lay(view.vector(field));
        }
    }

    /// What it has in common with another item in a field.
    pub fn in_common(&self, field: Field, other: &StoryView) -> Product {
        self.0[field as usize].product(other.vector(field))
    }
}

/// What is compared of two items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Headlines.
    Title,
    /// Headlines with the first part of the bodies.
    Lead,
    /// Runs of letters of headlines.
    Letters,
}

impl Field {
    /// All of them.
    pub const ALL: [Field; 3] = [Field::Title, Field::Lead, Field::Letters];
}

/// One of the comparisons that make up a similarity: its cosine times its weight.
#[derive(Debug, Clone, Copy)]
pub struct StoryPart<'v> {
    /// What is compared.
    pub field: Field,
    /// What its cosine counts; the weights sum to at most 1.
    pub weight: f64,
    /// What both vectors are made longer by.
    pub shrink: f64,
    /// The one side.
    pub a: &'v Vector,
    /// The other.
    pub b: &'v Vector,
}

/// What is known of two vectors from the lists of their terms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Glimpse {
    /// Their cosine over the terms that were asked for.
    pub cosine: f64,
    /// What the term adds to it that adds most.
    pub most: f64,
    /// What the other terms can add to it.
    pub missed: f64,
}

impl Glimpse {
    /// How much they share one term only, as in one_thing.
    fn one_term(self) -> f64 {
        if self.cosine > 0.0 {
            (self.most / self.cosine).powi(4)
        } else {
            0.0
        }
    }

    /// 1 if they share one term only, else 0. A word that a headline does not say `once` counts as
    /// two things.
    fn is_single(self, once: bool) -> f64 {
        if once && self.cosine > 0.0 && self.most == self.cosine {
            1.0
        } else {
            0.0
        }
    }

    fn most_cosine(self) -> f64 {
        (self.cosine + self.missed).min(1.0)
    }
}

/// Where two items share a word, the letters of their headlines count as alike at most by so many
/// times their words, and this besides. Few pairs of daily news would pass for more, and few need a
/// look at their letters.
const LETTERS_PER_WORD: f64 = 1.5;
const LETTERS_BESIDES: f64 = 0.1;

/// The most that the letters of two headlines count as alike, by the likeness of the words of
/// headlines and of leads.
fn most_letters(titles: f64, leads: f64) -> f64 {
    let shares_words = titles > 0.0 || leads > 0.0;
    if shares_words {
        (LETTERS_PER_WORD * titles + LETTERS_BESIDES).min(1.0)
    } else {
        1.0
    }
}

/// Measures how likely two items tell one event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoryVerifier {
    /// Pairs at or below this are no edge.
    pub floor: f64,
    /// What each vector is made longer by before its cosine is taken.
    pub shrink: f64,
    /// Items published further apart than this many days are never one story; 0 for no limit.
    pub window: f64,
    /// Beyond the first day, so many days between two items take their likeness to 1 / e of
    /// itself; 0 for no loss.
    pub fade: f64,
    /// What letters count between headlines, the rest being words; between leads a quarter of it.
    pub letters: f64,
    /// What headlines count where leads are compared.
    pub headline: f64,
    /// What the likeness of two headlines loses that share one name, place or stock phrase only,
    /// however many words it has, and that of two leads that share one word only.
    pub one_thing: f64,
    /// What such a pair loses besides while no other item speaks for it. In a story of many items
    /// each pair may share another thing, so their mean is left as it is.
    pub alone: f64,
    /// What two items with bodies lose that were published half a day or more apart and give
    /// figures, but none in common.
    pub other_figures: f64,
}

impl StoryVerifier {
    /// So many seconds apart, or a little less, two items can tell one event; none for any number.
    pub fn reach(&self) -> Option<i64> {
        let faded = (self.fade > 0.0 && self.floor > 0.0)
            .then(|| FRESH_DAYS - self.fade * libm::log(self.floor));
        let window = (self.window > 0.0).then_some(self.window);
        let days = faded.into_iter().chain(window).reduce(f64::min)?;
        Some(libm::ceil(days * 86_400.0) as i64)
    }

    /// The edge of two items that may tell one event.
    pub fn verify(&self, pair: CandidatePair, a: &StoryView, b: &StoryView) -> Option<Edge> {
        self.verify_by(pair, a, b, |field| a.in_common(field, b))
    }

    /// The same, asking what the two have `in_common` in a field only where that can matter.
    pub fn verify_by(
        &self,
        pair: CandidatePair,
        a: &StoryView,
        b: &StoryView,
        in_common: impl Fn(Field) -> Product,
    ) -> Option<Edge> {
        if self.window > 0.0 && days_apart(a.published, b.published) > self.window
            || a.heading.heads_both(&b.heading)
        {
            return None;
        }
        let leads = if a.lead.is_empty() || b.lead.is_empty() {
            Product::default()
        } else {
            in_common(Field::Lead)
        };
        let most = self.scales(a, b, leads, self.freshness_at_most(a, b));
        let titles = if most.title + most.chars > 0.0 {
            in_common(Field::Title)
        } else {
            Product::default()
        };
        let single = titles.heaviest_share() == 1.0 && a.says_once() && b.says_once();
        let kept = |thing: f64| 1.0 - self.one_thing * thing;
        // One stem in common is one thing, which needs no look at the headlines.
        let parts = most.parts(kept(f64::from(u8::from(single))), self.shrink, a, b);
        let [title, lead] = [
            a.title.cosine_of(titles, &b.title, self.shrink),
            a.lead.cosine_of(leads, &b.lead, self.shrink),
        ];
        let most_letters = most_letters(title, lead);
        let mut cosines = [title, lead, most_letters];
        // Most pairs share too few words whatever letters they share, or too little even if they
        // shared more than one thing and were as fresh as may be, which take longer to
        // tell.
        if sum(&parts, &cosines) <= self.floor {
            return None;
        }
        if parts[2].weight > 0.0 {
            cosines[2] = a
                .chars
                .cosine_of(in_common(Field::Letters), &b.chars, parts[2].shrink)
                .min(most_letters);
        }
        if sum(&parts, &cosines) <= self.floor {
            return None;
        }
        let thing = match () {
            () if single => 1.0,
            () if title == 0.0 => 0.0,
            () => one_thing(a, b),
        };
        let scales = self.scales(a, b, leads, self.freshness(a, b));
        let similarity = sum(&scales.parts(kept(thing), self.shrink, a, b), &cosines);
        if similarity <= self.floor {
            return None;
        }
        let headlines = a.lead.is_empty() || b.lead.is_empty();
        let alone = if headlines {
            similarity * (1.0 - self.alone * thing)
        } else {
            similarity
        };
        Some(Edge::of_story(pair, similarity, alone))
    }

    /// How alike two items are, in 0..=1: headlines alone, or leads above all where both have one;
    /// leads alone where one has no headline.
    pub fn similarity(&self, a: &StoryView, b: &StoryView) -> f64 {
        let (parts, cosines) = self.compared(a, b);
        sum(&parts, &cosines)
    }

    /// The comparisons that sum to the similarity.
    pub fn parts<'v>(&self, a: &'v StoryView, b: &'v StoryView) -> [StoryPart<'v>; 3] {
        let (mut parts, [_, _, counted]) = self.compared(a, b);
        let letters = &mut parts[2];
        letters.weight *= (counted / letters.a.cosine(letters.b, letters.shrink)).min(1.0);
        parts
    }

    /// The comparisons and their cosines, of letters no more than words let them count.
    fn compared<'v>(&self, a: &'v StoryView, b: &'v StoryView) -> ([StoryPart<'v>; 3], [f64; 3]) {
        let scales = self.scales(a, b, a.lead.product(&b.lead), self.freshness(a, b));
        let parts = scales.parts(1.0 - self.one_thing * one_thing(a, b), self.shrink, a, b);
        let [title, lead, letters] = parts
            .each_ref()
            .map(|part| part.a.cosine(part.b, part.shrink));
        (parts, [title, lead, letters.min(most_letters(title, lead))])
    }

    fn scales(&self, a: &StoryView, b: &StoryView, leads: Product, freshness: f64) -> Scales {
        let told = if figures_differ(a, b) {
            1.0 - self.other_figures
        } else {
            1.0
        };
        let both = |of: fn(&StoryView) -> &Vector| !of(a).is_empty() && !of(b).is_empty();
        let [lead, title, chars] = self.weights(both(|view| &view.lead), both(|view| &view.title));
        let lead = lead * (1.0 - self.one_thing * one_word(leads));
        Scales {
            whole: told * freshness,
            lead,
            title,
            chars,
        }
    }

    /// What the cosines of leads, headlines and headlines' letters count between two items, by
    /// whether both have a lead and both a headline.
    fn weights(&self, leads: bool, titles: bool) -> [f64; 3] {
        let words = 1.0 - self.letters / 4.0;
        match () {
            () if !leads => [0.0, 1.0 - self.letters, self.letters],
            () if !titles => [1.0, 0.0, 0.0],
            () => [
                words * (1.0 - self.headline),
                words * self.headline,
                1.0 - words,
            ],
        }
    }

    /// About the most that a pair of one time can be worth of which only what headlines, leads and
    /// letters share is known, and whether each headline says each word `once`: its similarity,
    /// and what that is worth alone.
    pub fn bound(&self, [title, lead, letters]: [Glimpse; 3], once: bool) -> [f64; 2] {
        let leads = lead.cosine > 0.0;
        let [of_leads, of_titles, of_letters] = self.weights(leads, title.cosine > 0.0);
        let single = title.is_single(once);
        let words = title.most_cosine();
        let letters = match leads || title.cosine > 0.0 {
            true => most_letters(words, lead.cosine),
            false => letters.most_cosine(),
        };
        let headlines =
            (1.0 - self.one_thing * single) * (of_titles * words + of_letters * letters);
        let of_leads = (1.0 - self.one_thing * lead.one_term()) * of_leads;
        let similarity = headlines + of_leads * lead.most_cosine();
        [
            similarity,
            if leads {
                similarity
            } else {
                similarity * (1.0 - self.alone * single)
            },
        ]
    }

    /// What the days between two items leave of their likeness; all of it where a date is unknown.
    pub fn freshness(&self, a: &StoryView, b: &StoryView) -> f64 {
        self.kept(a.published, b.published)
    }

    /// The same of two dates.
    pub fn kept(&self, a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
        let faded = self.faded(a, b);
        if faded > 0.0 { libm::exp(-faded) } else { 1.0 }
    }

    /// No less than [`StoryVerifier::freshness`], told sooner: the first terms of a series are less
    /// than the whole.
    fn freshness_at_most(&self, a: &StoryView, b: &StoryView) -> f64 {
        let x = self.faded(a.published, b.published);
        (1.0 + ROUNDING) / (1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0))))
    }

    /// How often the days between two dates took their likeness to 1 / e of itself.
    fn faded(&self, a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
        if self.fade > 0.0 {
            (days_apart(a, b) - FRESH_DAYS).max(0.0) / self.fade
        } else {
            0.0
        }
    }
}

/// The days between two items; none where a date is unknown.
fn days_apart(a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
    a.zip(b).map_or(0.0, |(x, y)| x.days_from(y))
}

/// What the comparisons of two items count, whatever the headlines lose by sharing one thing only.
struct Scales {
    /// What all of them count.
    whole: f64,
    lead: f64,
    title: f64,
    chars: f64,
}

impl Scales {
    /// The comparisons, of which those of headlines keep a share.
    fn parts<'v>(
        &self,
        kept: f64,
        shrink: f64,
        a: &'v StoryView,
        b: &'v StoryView,
    ) -> [StoryPart<'v>; 3] {
        let [lead, title, chars] =
            [self.lead, kept * self.title, kept * self.chars].map(|weight| self.whole * weight);
        [
            StoryPart {
                field: Field::Title,
                weight: title,
                shrink,
                a: &a.title,
                b: &b.title,
            },
            StoryPart {
                field: Field::Lead,
                weight: lead,
                shrink,
                a: &a.lead,
                b: &b.lead,
            },
            StoryPart {
                field: Field::Letters,
                weight: chars,
                shrink: 0.0,
                a: &a.chars,
                b: &b.chars,
            },
        ]
    }
}

fn sum(parts: &[StoryPart<'_>; 3], cosines: &[f64; 3]) -> f64 {
    let counted = parts
        .iter()
        .zip(cosines)
        .filter(|(part, _)| part.weight > 0.0);
    counted.map(|(part, cosine)| part.weight * cosine).sum()
}

/// More than rounding takes from a bound.
const ROUNDING: f64 = 1e-9;

/// Items within a day tell of one time: papers and feeds date the same news hours apart.
const FRESH_DAYS: f64 = 1.0;

/// Closes, forecasts and results come out daily in the same words: of two reports so many days
/// apart that both give figures, but none in common, each tells its own day.
const NEXT_ISSUE: f64 = 0.5;

/// Whether two items published half a day or more apart both give figures, and none in common.
pub fn figures_differ(a: &StoryView, b: &StoryView) -> bool {
    let apart = a
        .published
        .zip(b.published)
        .is_some_and(|(x, y)| x.days_from(y) >= NEXT_ISSUE);
    let given = !a.figures.is_empty() && !b.figures.is_empty();
    apart
        && given
        && !a
            .figures
            .iter()
            .any(|figure| b.figures.binary_search(figure).is_ok())
}

/// A run of more words than this is no name but the same sentence. One of so many is a name if news
/// at large knows two of them as a phrase; else it says who did what.
const NAME_WORDS: usize = 3;

/// Stems that stand one after the other in two headlines.
#[derive(Clone, Copy, Default)]
struct Run {
    words: usize,
    weight: f64,
    /// Whether a stem of it begins a phrase with the next, which is of it too.
    is_phrase: bool,
}

impl Run {
    /// What it weighs, if it is short enough for a name.
    fn weight_of_name(self) -> f64 {
        let is_name = self.words < NAME_WORDS || self.words == NAME_WORDS && self.is_phrase;
        if is_name { self.weight } else { 0.0 }
    }
}

/// How much two headlines share one thing only: of the weight they share, the share of the heaviest
/// run that stands word for word in both and is short enough for a name, to the fourth power, so
/// that a second thing of some weight clears the pair.
fn one_thing(a: &StoryView, b: &StoryView) -> f64 {
    if a.title.is_empty() || b.title.is_empty() {
        return 0.0;
    }
    let value = |view: &StoryView, term: u32| view.title.value(term).unwrap_or(0.0);
    // Most stems are not in both, which a bit tells of most of these.
    let bit = |term: u32| 1u64 << (term.wrapping_mul(0x9e37_79b1) >> 26);
    let theirs = b
        .sequence
        .iter()
        .fold(0, |bits, &(term, _)| bits | bit(term));
    let place = |term: u32| b.sequence.iter().position(|&(other, _)| other == term);
    let (mut run, mut heaviest, mut all) = (Run::default(), 0.0f64, 0.0);
    // Where the run would go on in both, and whether its last stem begins a phrase.
    let (mut next, mut begins) = ((0, 0), false);
    for (here, &(term, phrase)) in a.sequence.iter().enumerate() {
        let Some(there) = (theirs & bit(term) != 0).then(|| place(term)).flatten() else {
            continue;
        };
        let weight = value(a, term) * value(b, term);
        if next != (here, there) {
            heaviest = heaviest.max(run.weight_of_name());
            (run, begins) = (Run::default(), false);
        }
        run = Run {
            words: run.words + 1,
            weight: run.weight + weight,
            is_phrase: run.is_phrase || begins,
        };
        (next, begins) = ((here + 1, there + 1), phrase);
        all += weight;
    }
    heaviest = heaviest.max(run.weight_of_name());
    if all > 0.0 {
        (heaviest / all).powi(4)
    } else {
        0.0
    }
}

/// How much two leads share one word only, likewise: a rare word that has two senses, or a name
/// that both mention.
fn one_word(leads: Product) -> f64 {
    leads.heaviest_share().powi(4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vector::{FieldWeighing, Terms, Weigher};

    fn item(title: &str, body: &str) -> Fingerprint {
        let rules = Rules {
            title: Some(FieldRule {
                shingler: Shingler::HEADLINE,
                least_words: 3,
                stride: 1,
            }),
            body: Some(FieldRule {
                shingler: Shingler::BODY,
                least_words: 8,
                stride: 8,
            }),
        };
        let subject = Subject {
            title: title.into(),
            body: body.into(),
            ..Subject::default()
        };
        rules.print(&subject, &mut Tokens::default())
    }

    /// As [`one_thing`], run by run.
    fn one_thing_of_runs(a: &StoryView, b: &StoryView) -> f64 {
        let value = |view: &StoryView, term: u32| view.title.value(term).unwrap_or(0.0);
        let place = |term: u32| b.sequence.iter().position(|one| one.0 == term);
        let shared: Vec<(usize, usize, f64, bool)> = (0..a.sequence.len())
            .filter_map(|here| {
                let (term, phrase) = a.sequence[here];
                Some((here, place(term)?, value(a, term) * value(b, term), phrase))
            })
            .collect();
        let weight = |run: &[(usize, usize, f64, bool)]| run.iter().map(|one| one.2).sum::<f64>();
        let is_name = |run: &&[(usize, usize, f64, bool)]| match run {
            [_] | [_, _] => true,
            [first, second, _] => first.3 || second.3,
            _ => false,
        };
        let runs = shared.chunk_by(|x, y| (x.0 + 1, x.1 + 1) == (y.0, y.1));
        let heaviest = runs.filter(is_name).map(weight).fold(0.0, f64::max);
        if weight(&shared) > 0.0 {
            (heaviest / weight(&shared)).powi(4)
        } else {
            0.0
        }
    }

    proptest! {
        #[test]
        fn one_thing_is_the_heaviest_run_that_may_be_a_name(
            sequences in proptest::collection::vec(proptest::collection::vec((0u32..7, any::<bool>()), 0..9), 2),
        ) {
            let weigher = plain_weigher();
            let view = |sequence: &[(u32, bool)]| StoryView {
                title: weigher.vector(&Terms::new(sequence.iter().map(|one| one.0).collect())),
                sequence: sequence.into(),
                ..StoryView::default()
            };
            let (a, b) = (view(&sequences[0]), view(&sequences[1]));
            prop_assert!((one_thing(&a, &b) - one_thing_of_runs(&a, &b)).abs() < 1e-12);
        }

        #[test]
        fn the_bound_of_freshness_is_one(hours in 0i64..2_000, fade in prop_oneof![Just(0.0), 0.1f64..40.0]) {
            let verifier = StoryVerifier { fade, ..verifier() };
            let view = |hours: i64| StoryView { published: Some(Timestamp(hours * 3_600)), ..StoryView::default() };
            let (a, b) = (view(0), view(hours));
            let (bound, exact) = (verifier.freshness_at_most(&a, &b), verifier.freshness(&a, &b));
            prop_assert!(bound >= exact && bound < exact + 0.02, "{bound} {exact}");
        }

        #[test]
        fn an_edge_is_what_is_more_alike_than_the_floor(
            items in proptest::collection::vec(
                (
                    proptest::collection::vec(0u32..12, 1..6),
                    proptest::collection::vec(0u32..20, 0..9),
                    proptest::collection::vec(0u32..30, 0..9),
                    proptest::option::of(0i64..500),
                ),
                2,
            ),
            floor in 0.02f64..0.4,
        ) {
            let weigher = plain_weigher();
            let vector = |terms: &[u32]| weigher.vector(&Terms::new(terms.to_vec()));
            let view = |at: usize| {
                let (title, lead, chars, hours) = &items[at];
                StoryView {
                    title: vector(title),
                    lead: vector(lead),
                    chars: vector(chars),
                    sequence: title.iter().map(|&term| (term, false)).collect(),
                    published: hours.map(|hours| Timestamp(hours * 3_600)),
                    ..StoryView::default()
                }
            };
            let (a, b) = (view(0), view(1));
            let verifier = StoryVerifier { floor, window: 14.0, fade: 8.0, ..verifier() };
            let alike = verifier.similarity(&a, &b);
            let expected = (alike > floor && days_apart(a.published, b.published) <= 14.0).then_some(alike);
            let edge = verifier.verify(CandidatePair { a: 0, b: 1 }, &a, &b);
            prop_assert_eq!(edge.map(|edge| edge.similarity()), expected);
        }

        #[test]
        fn an_outline_never_hides_a_copy(
            a in proptest::collection::vec(0u64..60, 1..200),
            b in proptest::collection::vec(0u64..60, 1..200),
            spread in 1u64..5,
            threshold in 0.05f64..1.0,
        ) {
            let verifier = DuplicateVerifier { threshold, containment: (threshold + 1.0) / 2.0, window: 0.0, by_letters: false };
            let hashes = |set: &[u64]| set.iter().map(|n| xxh3_64(&(n / spread).to_le_bytes())).collect::<Vec<u64>>();
            let (a, b) = (hashes(&a), hashes(&b));
            let drawn = [&a, &b].map(|hashes| {
                let mut bits = Vec::new();
                Outline::draw(hashes, &mut bits);
                bits
            });
            let may = verifier.may_match([Outline::new(a.len() as u32, &drawn[0]), Outline::new(b.len() as u32, &drawn[1])]);
            let (a, b) = (ShingleSet::new(a), ShingleSet::new(b));
            let shared = a.shared(&b) as f64;
            let jaccard = shared / (a.len() + b.len()) as f64 / (1.0 - shared / (a.len() + b.len()) as f64);
            let contained = shared / a.len().min(b.len()) as f64;
            prop_assert!(may || jaccard < threshold + 1e-12 && contained < verifier.containment);
        }
    }

    #[test]
    fn an_outline_tells_strangers_apart() {
        let hashes = |from: u64| {
            (from..from + 400)
                .map(|n| xxh3_64(&n.to_le_bytes()))
                .collect::<Vec<u64>>()
        };
        let verifier = DuplicateVerifier {
            threshold: 0.7,
            containment: 0.9,
            window: 7.0,
            by_letters: false,
        };
        let may = |other: u64| {
            let mut bits = Vec::new();
            Outline::draw(&hashes(0), &mut bits);
            Outline::draw(&hashes(other), &mut bits);
            let (a, b) = bits.split_at(bits.len() / 2);
            verifier.may_match([Outline::new(400, a), Outline::new(400, b)])
        };
        assert!(may(0) && may(40) && !may(300) && !may(1000));
    }

    fn kind(a: &Fingerprint, b: &Fingerprint) -> Option<MatchKind> {
        let verifier = DuplicateVerifier {
            threshold: 0.7,
            containment: 0.9,
            window: 7.0,
            by_letters: false,
        };
        verifier
            .verify(CandidatePair { a: 0, b: 1 }, a, b)
            .map(|edge| edge.kind())
    }

    fn verifier() -> StoryVerifier {
        StoryVerifier {
            floor: 0.0,
            shrink: 0.0,
            window: 0.0,
            fade: 0.0,
            letters: 0.2,
            headline: 0.25,
            one_thing: 0.3,
            alone: 0.5,
            other_figures: 0.4,
        }
    }

    fn plain_weigher() -> Weigher<'static> {
        let plain = FieldWeighing {
            prior: 100.0,
            power: 1.0,
            doubt: 1.0,
            phrase_discount: 0.5,
        };
        Weigher::new([].iter().map(|terms| (terms, 1.0)), None, plain)
    }

    const TITLE: &str = "Ten people killed as heavy storm hits the northern coast on Monday";

    #[test]
    fn the_kinds_are_told_apart() {
        let original = item(TITLE, "");
        assert_eq!(
            kind(&original, &item(&TITLE.to_uppercase(), "")),
            Some(MatchKind::Exact)
        );
        assert_eq!(
            kind(&original, &item(&TITLE.replace("hits", "hit"), "")),
            Some(MatchKind::Edited)
        );
        assert_eq!(
            kind(&original, &item(&format!("{TITLE} say rescuers"), "")),
            Some(MatchKind::Abridged)
        );
        assert_eq!(
            kind(
                &original,
                &item(
                    &format!("{TITLE}, ferry lost, schools and airport closed"),
                    ""
                )
            ),
            None
        );
        assert_eq!(kind(&original, &item("Storm hits coast", "")), None);
    }

    #[test]
    fn a_revised_toll_is_an_update() {
        let toll = |n: u32| {
            item(
                &format!(
                    "At least {n} people killed as heavy storm hits the northern coast on Monday night"
                ),
                "",
            )
        };
        assert_eq!(kind(&toll(10), &toll(12)), Some(MatchKind::Update));
        assert_eq!(kind(&toll(10), &toll(10)), Some(MatchKind::Exact));
    }

    #[test]
    fn an_empty_text_matches_nothing_and_a_short_one_its_equal() {
        assert_eq!(kind(&item("", ""), &item("", "")), None);
        assert_eq!(
            kind(&item("Oil jumps", ""), &item("Oil jumps!", "")),
            Some(MatchKind::Exact)
        );
        assert_eq!(kind(&item("Oil jumps", ""), &item("Oil jumped", "")), None);
    }

    #[test]
    fn bodies_decide_where_both_are_texts() {
        let body = |word: &str| (0..60).map(|n| format!("{word}{n} ")).collect::<String>();
        assert_eq!(
            kind(&item(TITLE, &body("a")), &item(TITLE, &body("b"))),
            None
        );
        assert_eq!(
            kind(
                &item(TITLE, &body("a")),
                &item("Quite another headline here", &body("a"))
            ),
            None,
            "the text says nothing of either title"
        );
        assert_eq!(
            kind(&item(TITLE, &body("a")), &item(TITLE, "")),
            Some(MatchKind::Abridged)
        );
    }

    #[test]
    fn one_name_in_common_is_less_than_two_words_apart() {
        let weigher = plain_weigher();
        let view = |sequence: &[u32]| StoryView {
            title: weigher.vector(&Terms::new(sequence.to_vec())),
            sequence: sequence.iter().map(|&term| (term, false)).collect(),
            ..StoryView::default()
        };
        assert_eq!(one_thing(&view(&[1, 2, 3, 4]), &view(&[5, 2, 3, 6])), 1.0);
        assert_eq!(
            one_thing(&view(&[2, 1, 3, 4]), &view(&[5, 2, 3, 6])),
            1.0 / 16.0
        );
        assert_eq!(one_thing(&view(&[1, 2, 3, 4]), &view(&[1, 2, 3, 4])), 0.0);
        assert_eq!(one_thing(&view(&[1]), &view(&[2])), 0.0);
        let verifier = verifier();
        let alike = |a: &[u32], b: &[u32]| verifier.similarity(&view(a), &view(b));
        assert!(alike(&[1, 2, 3, 4], &[5, 2, 3, 6]) < alike(&[2, 1, 3, 4], &[5, 2, 3, 6]));
    }

    #[test]
    fn the_figures_of_the_next_day_are_those_of_another_event() {
        let weigher = plain_weigher();
        let view = |hour: Option<i64>, figures: &[u32]| StoryView {
            title: weigher.vector(&Terms::new(vec![1, 2, 3])),
            figures: figures.into(),
            published: hour.map(|hour| Timestamp(hour * 3_600)),
            ..StoryView::default()
        };
        let verifier = verifier();
        let first = view(Some(0), &[4, 7]);
        let kept = |other: &StoryView| {
            verifier.similarity(&first, other) / verifier.similarity(&first, &first)
        };
        assert!((kept(&view(Some(24), &[5, 6])) - (1.0 - verifier.other_figures)).abs() < 1e-9);
        for same in [
            view(Some(24), &[5, 7]),
            view(Some(24), &[]),
            view(Some(2), &[5, 6]),
            view(None, &[5, 6]),
        ] {
            assert!((kept(&same) - 1.0).abs() < 1e-9, "{same:?}");
        }
    }

    #[test]
    fn one_word_in_common_is_less_than_two_between_leads() {
        let weigher = plain_weigher();
        let view = |terms: &[u32]| StoryView {
            lead: weigher.vector(&Terms::new(terms.to_vec())),
            ..StoryView::default()
        };
        let one = verifier().similarity(&view(&[1, 2, 3, 4]), &view(&[1, 5, 6, 7]));
        let two = verifier().similarity(&view(&[1, 2, 3, 4]), &view(&[1, 2, 6, 7]));
        assert!(one > 0.0 && one * 2.5 < two, "{one} {two}");
    }

    #[test]
    fn items_far_apart_in_time_are_no_story() {
        let weigher = plain_weigher();
        let view = |day: Option<i64>| StoryView {
            title: weigher.vector(&Terms::new(vec![1, 2, 3])),
            published: day.map(|day| Timestamp(day * 86_400)),
            ..StoryView::default()
        };
        let verifier = StoryVerifier {
            window: 7.0,
            fade: 8.0,
            ..verifier()
        };
        let edge = |a, b| verifier.verify(CandidatePair { a: 0, b: 1 }, &view(a), &view(b));
        assert!(edge(Some(0), Some(7)).is_some());
        assert!(edge(Some(0), Some(8)).is_none());
        assert!(edge(Some(0), None).is_some());
        let alike = |day| verifier.similarity(&view(Some(0)), &view(day));
        assert_eq!(
            [alike(Some(0)), alike(Some(1)), alike(None)],
            [alike(Some(0)); 3]
        );
        assert!((alike(Some(5)) / alike(Some(1)) - (-0.5f64).exp()).abs() < 1e-9);
    }
}
