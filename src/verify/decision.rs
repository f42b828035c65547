//! Decides whether a reader would call two items copies of one report.
//!
//! Input: two [`Fingerprint`]s. Output: a [`Verdict`]: a likeness in 0..=1, the [`MatchKind`] if
//! the pair are copies, and the [`Reason`]. A Jaccard coefficient alone cannot decide: a daily
//! column keeps its title, a motto stands under many titles, and one name swapped in a like frame
//! is another event. The decision therefore weighs titles and texts together with the outlets and
//! the time between the items. Pairwise and pure, so every driver decides alike. Cost: linear in
//! the words looked at, at most [`LEAD_UNITS`] of each text.

use xxhash_rust::xxh3::xxh3_64;

use super::wording::{Difference, difference, is_minor, shared, word_hash};
use super::{DuplicateVerifier, FieldPrint, Fingerprint, MatchKind, digest};
use crate::article::Article;
use crate::source_rules::{Copies, CopyScope};
use crate::text::{Tokens, host, is_correction};

/// How many words of a text the decision looks at: summaries as feeds give them, and the lead of a
/// full text.
pub const LEAD_UNITS: usize = 64;

/// What is known of an item besides its words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// A hash of the outlet; 0 if it is unknown.
    pub outlet: u64,
    /// Hours since 1970 at which the item was published.
    pub hour: Option<i32>,
    /// A hash of the item's own address, for labels only: see [`LABEL_WORDS`]; else 0.
    pub address: u64,
    /// Whether the item says that it corrects an earlier version.
    pub corrects: bool,
    /// Of which other items it may be a copy, by the settings for its source.
    pub reach: CopyScope,
}

impl Context {
    /// The context of an article, of which this text is compared: its outlet by name, else by the
    /// host of its address. No setting for its source is known.
    pub fn of(article: &Article<'_>, text: &str) -> Self {
        let url = article.url.as_deref();
        let name = article
            .source
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty());
        let host = || host(url?).map(|host| host.strip_prefix("www.").unwrap_or(host));
        let lower = |text: &str| xxh3_64(text.to_lowercase().as_bytes()).max(1);
        let outlet = name.or_else(host).map_or(0, lower);
        Context {
            outlet,
            hour: article
                .published
                .and_then(|when| i32::try_from(when.0.div_euclid(3600)).ok()),
            address: if outlet == 0 {
                0
            } else {
                xxh3_64(url.unwrap_or(&article.id).as_bytes())
            },
            corrects: is_correction(&article.title, text),
            reach: CopyScope::default(),
        }
    }

    /// The same, with the address only where title and text of this many words need it.
    pub fn for_words(self, words: usize) -> Self {
        let is_label = self.outlet != 0 && words < LABEL_WORDS;
        Context {
            address: if is_label { self.address } else { 0 },
            ..self
        }
    }

    /// A seed for digests: 0 for an item of which nothing is known.
    pub(super) fn seed(self) -> u64 {
        let hour = self.hour.map_or(0, |hour| (hour as u32 as u64) << 1 | 1);
        self.outlet.rotate_left(7)
            ^ hour.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ self.address.rotate_left(29)
            ^ u64::from(self.corrects)
            ^ self.reach.seed()
    }

    /// The hours between two items; unknown unless both are dated.
    pub fn hours_from(&self, other: &Context) -> Option<f64> {
        Some(f64::from(self.hour?.abs_diff(other.hour?)))
    }

    /// Whether one of two items may be the next issue of a series: they are at least
    /// [`NEXT_ISSUE_HOURS`] apart.
    fn is_issue_apart(&self, other: &Context) -> bool {
        are_issues_apart(self.hours_from(other))
    }

    /// Whether both items are of one known outlet.
    pub fn shares_outlet(&self, other: &Context) -> bool {
        self.outlet != 0 && self.outlet == other.outlet
    }
}

/// Title and text of fewer words than this label an item without saying what it reports ("Photo",
/// "Programme of 13 December"): two of one outlet at different addresses are different items.
pub const LABEL_WORDS: usize = 8;

/// A longer text has at least [`LABEL_WORDS`] words.
const LABEL_BYTES: usize = 256;

/// Items of one outlet at least this many hours apart may be issues of a series, such as a daily
/// column.
const NEXT_ISSUE_HOURS: f64 = 18.0;

/// Whether items so many hours apart may be issues of a series.
fn are_issues_apart(hours: Option<f64>) -> bool {
    hours.is_some_and(|hours| hours >= NEXT_ISSUE_HOURS)
}

/// Items of equal title and text with at least this many words are one report that a feed carries
/// for days, not issues of a series.
const REPORT_WORDS: usize = 20;

/// Texts of fewer words say too little to be compared; the titles decide then.
const MIN_TEXT_WORDS: usize = 4;

/// A text of which this share stands in the other is the same text, shortened.
const ABRIDGED: f64 = 0.9;

/// A full text quoted whole in one of more than twice its length, under an unlike title, is an item
/// of a round-up.
const ROUND_UP: f64 = 0.5;

/// A title of fewer words that stands whole in another is a phrase.
const QUOTED_WORDS: usize = 5;

/// Full texts at least this much alike are one text, whatever their titles name.
const SAME_TEXT: f64 = 0.9;

/// A title of at most this many words that an outlet gives to several texts names a section.
const SECTION_WORDS: usize = 3;

/// A title may have this many content words more than the other and still report the same thing.
const MAX_ADDED_WORDS: usize = 2;

/// The title of an item with its outlet, hour and, for labels, address. Titles that one outlet
/// gives to several items, as to columns and picture posts, are no evidence for a story.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heading {
    digest: u64,
    context: Context,
}

impl Heading {
    /// The heading of an article, given its title as it is compared.
    pub fn of(article: &Article<'_>, title: &str) -> Self {
        let tokens = Tokens::of(title);
        let of_text = if article.text.len() <= LABEL_BYTES {
            Tokens::of(&article.text).words()
        } else {
            LABEL_WORDS
        };
        let words = tokens.words() + of_text;
        Heading {
            digest: digest(&tokens),
            context: Context::of(article, &article.text).for_words(words),
        }
    }

    /// Whether two items of one outlet bear this title as a label or as issues of a series.
    pub fn heads_both(&self, other: &Heading) -> bool {
        let is_one_heading =
            self.digest == other.digest && self.context.shares_outlet(&other.context);
        is_one_heading
            && (self.context.address != other.context.address
                || self.context.is_issue_apart(&other.context))
    }
}

/// Why a pair are copies, or are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing can be compared.
    NothingInCommon,
    /// Title and text are equal.
    SameWords,
    /// Titles and texts together are alike enough.
    Alike,
    /// Titles and texts together are not alike enough.
    Unlike,
    /// The items were published further apart than the window.
    TooFarApart,
    /// One outlet, one title, another day: a series.
    Series,
    /// One outlet, different addresses, and too few words to say what is reported.
    Label,
    /// The titles differ in a number, an ordinal, a weekday or a month.
    OtherSlot,
    /// Each title names something that the other item does not.
    OtherName,
    /// One title denies what the other says.
    Denial,
    /// One title adds news to the other.
    FollowUp,
    /// The texts are alike, but say nothing of what the titles say.
    Boilerplate,
    /// One text holds the other among other reports.
    RoundUp,
    /// The same report with changed facts.
    Revised,
    /// A setting for the source of an item: see [`CopyScope`].
    BySource(Copies),
}

/// The decision about a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// How likely a reader calls the pair copies, in 0..=1.
    pub likeness: f64,
    /// What kind of copies they are; none if they are not.
    pub kind: Option<MatchKind>,
    /// Why.
    pub reason: Reason,
}

impl Verdict {
    fn apart(reason: Reason, likeness: f64) -> Self {
        Verdict {
            likeness,
            kind: None,
            reason,
        }
    }

    fn together(kind: MatchKind, likeness: f64) -> Self {
        let reason = match kind {
            MatchKind::Exact => Reason::SameWords,
            MatchKind::Update => Reason::Revised,
            _ => Reason::Alike,
        };
        Verdict {
            likeness,
            kind: Some(kind),
            reason,
        }
    }
}

/// What two items share, as far as the decision weighs it. All shares are in 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence {
    /// The Jaccard coefficient of the words of the titles.
    pub title: f64,
    /// Whether the titles are equal.
    pub same_title: bool,
    /// The Jaccard coefficient of the words of the texts' leads.
    pub text: f64,
    /// The share of the shorter lead's word triples that stand in the other.
    pub verbatim: f64,
    /// How many of those there are, and of how many.
    pub triples: [usize; 2],
    /// The Jaccard coefficient of all words of titles and leads.
    pub all: f64,
    /// Hours between the items, if both are dated.
    pub hours: Option<f64>,
    /// Whether both are of one known outlet.
    pub one_outlet: bool,
    /// The share of a title's words that stands in its own lead; the mean of both.
    pub about: f64,
    /// The share of a title's words that stands in the other's lead; the mean of both.
    pub across: f64,
    /// Words of the shorter text.
    pub words: usize,
    /// Whether each title names something that the other item does not say.
    pub other_name: bool,
    /// Whether the titles differ in numbers, ordinals or dates.
    pub other_slot: bool,
    /// Whether each title names something that its own text speaks of and the other item does not.
    pub swaps_names: bool,
    /// Whether the titles count the casualties of one event differently.
    pub revises_toll: bool,
}

/// Hours assumed between items of which one is undated.
const UNDATED_HOURS: f64 = 6.0;

/// The time at which a further hour hardly matters: two weeks.
const LONG_HOURS: f64 = 336.0;

/// A text of at least this many words is as long as a summary is.
const SUMMARY_WORDS: usize = 30;

/// How many numbers the weights are multiplied with.
pub const FEATURES: usize = 22;

impl Evidence {
    /// Gathers the evidence of a pair.
    pub fn of(a: &Fingerprint, b: &Fingerprint) -> Self {
        let [title_a, title_b] = [a, b].map(|item| words_of(item.title.as_ref()));
        let [content_a, content_b] = [a, b].map(|item| content_words(item.title.as_ref()));
        let [lead_a, lead_b] = [a, b].map(|item| words_of(item.body.as_ref()));
        let hours = a.context.hours_from(&b.context);
        let one_outlet = a.context.shares_outlet(&b.context);
        let title = jaccard(&title_a, &title_b);
        // Titles with little in common are no frames of each other.
        let difference = if title >= LIKE_FRAME {
            title_difference(a, b)
        } else {
            Difference::default()
        };
        let triples = triples_shared(a.body.as_ref(), b.body.as_ref());
        Evidence {
            title,
            same_title: a.title.is_some() && same_words(&a.title, &b.title),
            text: jaccard(&lead_a, &lead_b),
            verbatim: triples[0] as f64 / triples[1].max(1) as f64,
            triples,
            all: jaccard(&union(&title_a, &lead_a), &union(&title_b, &lead_b)),
            hours,
            one_outlet,
            about: mean_share([(&content_a, &lead_a), (&content_b, &lead_b)]),
            across: mean_share([(&content_a, &lead_b), (&content_b, &lead_a)]),
            words: a.text_words().min(b.text_words()),
            other_name: difference.names_differ(&lead_a, &lead_b),
            other_slot: difference.slots_differ(),
            swaps_names: difference.swaps_names(&lead_a, &lead_b),
            revises_toll: title >= LIKE_TITLES && difference.revises_toll(),
        }
    }

    fn is_issue_apart(&self) -> bool {
        are_issues_apart(self.hours)
    }

    /// Whether the texts say nothing of either title, and the titles nothing of each other: the
    /// texts are furniture.
    fn is_beside_titles(&self) -> bool {
        self.title < UNLIKE_TITLES && self.about + self.across == 0.0
    }

    /// Whether the items bear one title of one outlet on different days.
    fn is_next_issue(&self) -> bool {
        self.same_title && self.one_outlet && self.is_issue_apart()
    }

    /// The numbers that the weights are multiplied with.
    pub fn features(&self) -> [f64; FEATURES] {
        let flag = |set: bool| f64::from(u8::from(set));
        let hours = self.hours.unwrap_or(UNDATED_HOURS).min(4.0 * LONG_HOURS);
        let time = libm::log(1.0 + hours) / libm::log(1.0 + LONG_HOURS);
        let same_hour = self.hours.map_or(0.5, |hours| flag(hours < 1.0));
        let outlet = flag(self.one_outlet);
        let same = flag(self.same_title);
        let short = 1.0 - self.words.min(SUMMARY_WORDS) as f64 / SUMMARY_WORDS as f64;
        let (other_wording, other_name) = (outlet * (1.0 - self.verbatim), flag(self.other_name));
        [
            self.title,
            same,
            self.text,
            self.verbatim,
            self.all,
            time,
            same_hour,
            outlet,
            other_wording,
            outlet * time,
            self.about,
            self.across,
            same * self.verbatim,
            self.verbatim * (1.0 - self.title) * (1.0 - self.across),
            short,
            other_name,
            other_wording * self.across,
            self.text * short,
            same * self.verbatim * short,
            outlet * time * short,
            same * time,
            self.across * other_name,
        ]
    }

    /// How likely a reader calls the pair copies: a logistic regression.
    pub fn likeness(&self) -> f64 {
        let sum: f64 = self
            .features()
            .iter()
            .zip(&MODEL)
            .map(|(feature, (weight, _))| feature * weight)
            .sum();
        1.0 / (1.0 + libm::exp(-(sum + INTERCEPT)))
    }
}

/// The features with their weights. `cargo bench --bench decisions -- FOLDER --train` fits them.
pub const MODEL: [(f64, &str); FEATURES] = [
    (2.15, "title words in common"),
    (1.65, "same title"),
    (2.59, "text words in common"),
    (4.14, "word for word"),
    (6.19, "all words in common"),
    (-5.25, "time apart"),
    (-2.25, "same hour"),
    (-2.18, "one outlet"),
    (-2.73, "one outlet, other wording"),
    (-2.28, "one outlet, time apart"),
    (-4.70, "texts about their titles"),
    (1.40, "texts about each other's titles"),
    (-5.61, "same title, word for word"),
    (-3.73, "boilerplate"),
    (1.77, "short text"),
    (-1.89, "other name"),
    (
        11.18,
        "one outlet, other wording, but of each other's titles",
    ),
    (-13.38, "short text, words in common"),
    (17.15, "same title, short text word for word"),
    (-6.53, "one outlet, time apart, short text"),
    (2.14, "same title, time apart"),
    (4.50, "other name, but of each other's titles"),
];

/// The intercept, shifted so that odds of 4 to 5 have the default threshold as their likeness.
pub const INTERCEPT: f64 = -1.01;

/// Titles that share less than this of their words are two titles.
const LIKE_TITLES: f64 = 0.6;

/// Titles that share less than this of their words have nothing in common but words that serve
/// others.
const UNLIKE_TITLES: f64 = 0.3;

/// Titles that share less than this of their words are no frames of each other.
const LIKE_FRAME: f64 = 0.25;

/// The words of a title that do not only serve others, sorted, each once; all of them if there is
/// no other.
fn content_words(title: Option<&FieldPrint>) -> Vec<u32> {
    let Some(title) = title else {
        return Vec::new();
    };
    if title.has_signs {
        return words_of(Some(title));
    }
    let words = title
        .text
        .split_ascii_whitespace()
        .take(LEAD_UNITS)
        .filter(|word| !is_minor(word));
    let mut words: Vec<u32> = words.map(word_hash).collect();
    words.sort_unstable();
    words.dedup();
    if words.is_empty() {
        words_of(Some(title))
    } else {
        words
    }
}

/// The words of a field's lead, sorted, each once.
fn words_of(field: Option<&FieldPrint>) -> Vec<u32> {
    let mut words = field.map(|field| field.lead.to_vec()).unwrap_or_default();
    words.sort_unstable();
    words.dedup();
    words
}

fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    let mut all = [a, b].concat();
    all.sort_unstable();
    all.dedup();
    all
}

fn jaccard(a: &[u32], b: &[u32]) -> f64 {
    let common = shared(a, b);
    let all = a.len() + b.len() - common;
    if all == 0 {
        0.0
    } else {
        common as f64 / all as f64
    }
}

/// The share of some words that stands among others; none if there are no words.
fn share(words: &[u32], among: &[u32]) -> Option<f64> {
    (!words.is_empty()).then(|| shared(words, among) as f64 / words.len() as f64)
}

fn mean_share(pairs: [(&[u32], &[u32]); 2]) -> f64 {
    pairs
        .iter()
        .map(|(words, among)| share(words, among).unwrap_or(0.0))
        .sum::<f64>()
        / 2.0
}

/// How many word triples of the shorter lead stand in the other, and of how many.
fn triples_shared(a: Option<&FieldPrint>, b: Option<&FieldPrint>) -> [usize; 2] {
    let (Some(a), Some(b)) = (a, b) else {
        return [0, 0];
    };
    let triples = |field: &FieldPrint| {
        let mix = |run: &[u32]| {
            run.iter().fold(0, |sum: u32, &word| {
                (sum.rotate_left(11) ^ word).wrapping_mul(0x9e37_79b1)
            })
        };
        let mut triples: Vec<u32> = field
            .lead
            .windows(3.min(field.lead.len()).max(1))
            .map(mix)
            .collect();
        triples.sort_unstable();
        triples.dedup();
        triples
    };
    let (a, b) = (triples(a), triples(b));
    [shared(&a, &b), a.len().min(b.len())]
}

fn same_words(a: &Option<FieldPrint>, b: &Option<FieldPrint>) -> bool {
    a.as_ref().map(|field| field.digest) == b.as_ref().map(|field| field.digest)
}

/// How the titles of two items differ.
fn title_difference<'p>(a: &'p Fingerprint, b: &'p Fingerprint) -> Difference<'p> {
    let text = |item: &'p Fingerprint| item.title.as_ref().map_or("", |title| &*title.text);
    difference(text(a), text(b))
}

impl DuplicateVerifier {
    /// The decision about two items.
    pub fn decide(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        let hours = a.context.hours_from(&b.context);
        if a.is_empty() || b.is_empty() {
            return Verdict::apart(Reason::NothingInCommon, 0.0);
        }
        if let Some(setting) = a.context.reach.excludes(b.context.reach) {
            return Verdict::apart(Reason::BySource(setting), 0.0);
        }
        if self.window > 0.0 && hours.is_some_and(|hours| hours > self.window * 24.0) {
            return Verdict::apart(Reason::TooFarApart, 0.0);
        }
        if a.words_alone() == b.words_alone() {
            return self.same_wording(a, b);
        }
        let texts = a.text_words().min(b.text_words());
        match () {
            () if a.has_text() && b.has_text() || self.by_letters && texts > 0 => {
                self.decide_full_texts(a, b)
            }
            () if texts >= MIN_TEXT_WORDS => self.decide_summaries(a, b),
            () => self.decide_titles(a, b),
        }
    }

    /// The decision about two items of equal words.
    fn same_wording(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        let is_issue = || {
            a.context.is_issue_apart(&b.context) && a.title_words() + a.text_words() < REPORT_WORDS
        };
        match a.context.shares_outlet(&b.context) {
            true if a.context.address != b.context.address => Verdict::apart(Reason::Label, 0.0),
            true if is_issue() => Verdict::apart(Reason::Series, 0.0),
            _ => Verdict::together(MatchKind::Exact, 1.0),
        }
    }

    /// The decision about two items of which at least one has a summary: the logistic regression.
    fn decide_summaries(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        let evidence = Evidence::of(a, b);
        // Texts that list the titles of other items, each its own in front, as aggregators write
        // them.
        if evidence.about == 1.0 && evidence.across == 1.0 && evidence.title < LIKE_TITLES {
            return self.decide_titles(a, b);
        }
        let likeness = evidence.likeness();
        if evidence.swaps_names {
            return Verdict::apart(Reason::OtherName, likeness);
        }
        if evidence.revises_toll && likeness >= self.threshold / 3.0 {
            return Verdict::together(MatchKind::Update, likeness);
        }
        if likeness < self.threshold {
            return Verdict::apart(reason_apart(&evidence), likeness);
        }
        let have_titles = a.title.is_some() && b.title.is_some();
        if have_titles && evidence.one_outlet && evidence.is_beside_titles() {
            return Verdict::apart(Reason::Boilerplate, likeness);
        }
        if evidence.one_outlet && !same_words(&a.body, &b.body) {
            let is_section =
                evidence.same_title && a.title_words() <= SECTION_WORDS && evidence.verbatim < 0.5;
            if evidence.is_issue_apart() && !evidence.same_title || is_section {
                return Verdict::apart(Reason::Series, likeness);
            }
        }
        Verdict::together(kind(a, b, &evidence), likeness)
    }

    /// The decision about two full texts: their coefficients, unless the titles say otherwise.
    fn decide_full_texts(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        let Some(overlap) = a
            .body
            .as_ref()
            .zip(b.body.as_ref())
            .and_then(|(a, b)| a.overlap(b))
        else {
            return Verdict::apart(Reason::NothingInCommon, 0.0);
        };
        let is_quoted = overlap.containment >= self.containment;
        let likeness = if is_quoted {
            overlap.jaccard.max(overlap.containment)
        } else {
            overlap.jaccard
        };
        if likeness < self.threshold && !is_quoted {
            return Verdict::apart(Reason::Unlike, likeness);
        }
        let evidence = Evidence::of(a, b);
        let is_same_text = same_words(&a.body, &b.body);
        let have_titles = a.title.is_some() && b.title.is_some();
        match () {
            () if a.context.corrects || b.context.corrects => {
                Verdict::together(MatchKind::Update, likeness)
            }
            () if have_titles && evidence.is_beside_titles() => {
                Verdict::apart(Reason::Boilerplate, likeness)
            }
            () if have_titles && overlap.jaccard < ROUND_UP && evidence.title < LIKE_FRAME => {
                Verdict::apart(Reason::RoundUp, likeness)
            }
            () if evidence.swaps_names && overlap.jaccard < SAME_TEXT => {
                Verdict::apart(Reason::OtherName, likeness)
            }
            () if evidence.is_next_issue() && !is_same_text => {
                Verdict::apart(Reason::Series, likeness)
            }
            () => Verdict::together(kind(a, b, &evidence), likeness),
        }
    }

    /// The decision about two items of which at least one is a title alone.
    fn decide_titles(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        let Some(overlap) = a
            .title
            .as_ref()
            .zip(b.title.as_ref())
            .and_then(|(a, b)| a.overlap(b))
        else {
            return Verdict::apart(Reason::NothingInCommon, 0.0);
        };
        let is_quoted = overlap.containment >= self.containment
            && a.title_words().min(b.title_words()) >= QUOTED_WORDS;
        let may_have_typo = a.title.as_ref().is_some_and(|title| title.has_signs);
        if overlap.jaccard < self.threshold && !is_quoted && !may_have_typo {
            return Verdict::apart(Reason::Unlike, overlap.jaccard);
        }
        let difference = title_difference(a, b);
        let likeness = match () {
            () if difference.is_typo() => overlap.jaccard.max(self.threshold),
            () if is_quoted => overlap.jaccard.max(overlap.containment),
            () => overlap.jaccard,
        };
        if likeness < self.threshold && !is_quoted {
            return Verdict::apart(Reason::Unlike, likeness);
        }
        let lead = words_of(a.body.as_ref().or(b.body.as_ref()));
        let is_issue = a.context.shares_outlet(&b.context) && a.context.is_issue_apart(&b.context);
        match () {
            () if same_words(&a.title, &b.title) && is_issue => {
                Verdict::apart(Reason::Series, likeness)
            }
            () if same_words(&a.title, &b.title) => {
                Verdict::together(MatchKind::Abridged, likeness)
            }
            () if a.is_short() || b.is_short() => Verdict::apart(Reason::Unlike, likeness),
            () if self.by_letters || difference.is_typo() => {
                Verdict::together(MatchKind::Edited, likeness)
            }
            () if difference.denies() => Verdict::apart(Reason::Denial, likeness),
            () if difference.revises_toll() => Verdict::together(MatchKind::Update, likeness),
            () if difference.slots_differ() => Verdict::apart(Reason::OtherSlot, likeness),
            () if difference.names_differ(&lead, &lead) => {
                Verdict::apart(Reason::OtherName, likeness)
            }
            () if difference.added() > MAX_ADDED_WORDS => {
                Verdict::apart(Reason::FollowUp, likeness)
            }
            () if is_quoted && difference.added() > 0 => {
                Verdict::together(MatchKind::Abridged, likeness)
            }
            () => Verdict::together(MatchKind::Edited, likeness),
        }
    }
}

/// Texts of which at least this share of triples stands in the other are one text, if their numbers
/// differ in another version.
const SAME_FRAME: f64 = 0.5;

/// Texts that share less than this of their triples were written apart.
const OTHER_SUMMARY: f64 = 0.3;

/// What kind of copies two items with texts are.
fn kind(a: &Fingerprint, b: &Fingerprint, evidence: &Evidence) -> MatchKind {
    let numbers = a
        .body
        .as_ref()
        .zip(b.body.as_ref())
        .is_some_and(|(a, b)| a.numbers_conflict(b));
    let is_revised = a.context.corrects
        || b.context.corrects
        || numbers && evidence.verbatim >= SAME_FRAME
        || title_difference(a, b).revises_toll();
    let lengths = [a, b].map(|item| item.text_words() as f64);
    let is_abridged = lengths[0].min(lengths[1]) < ABRIDGED * lengths[0].max(lengths[1]);
    match () {
        () if same_words(&a.body, &b.body) => MatchKind::Retitled,
        () if is_revised => MatchKind::Update,
        () if evidence.verbatim >= ABRIDGED && is_abridged => MatchKind::Abridged,
        () if evidence.verbatim < OTHER_SUMMARY => MatchKind::Summary,
        () => MatchKind::Edited,
    }
}

/// The decision in words: what titles and texts share, how far apart the items are, and what
/// follows.
///
/// An example: "same title, but the texts share 0 of 11 word triples; 47 days apart; one outlet:
/// another issue of a series".
pub fn in_words(verdict: &Verdict, evidence: &Evidence) -> String {
    format!("{}: {}", evidence.in_words(), verdict.reason.in_words())
}

impl Evidence {
    /// What titles and texts share, and how far apart the items are, in words.
    pub fn in_words(&self) -> String {
        let mut parts = Vec::new();
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        parts.push(match self.same_title {
            true => "same title".to_owned(),
            false => format!("titles share {} of their words", percent(self.title)),
        });
        if self.words > 0 {
            let [shared, of] = self.triples;
            parts.push(format!("texts share {shared} of {of} word triples"));
        }
        parts.extend(self.hours.map(time_apart));
        parts.push(
            if self.one_outlet {
                "one outlet"
            } else {
                "no outlet in common"
            }
            .to_owned(),
        );
        parts.join("; ")
    }
}

fn time_apart(hours: f64) -> String {
    match hours {
        0.0 => "less than an hour apart".to_owned(),
        1.0 => "an hour apart".to_owned(),
        hours if hours < 48.0 => format!("{hours} hours apart"),
        hours => format!("{:.0} days apart", hours / 24.0),
    }
}

impl Reason {
    /// The reason as a reader may be told it.
    pub fn in_words(self) -> &'static str {
        match self {
            Reason::NothingInCommon => "there is nothing to compare",
            Reason::SameWords => "title and text are equal",
            Reason::Alike => "the same report",
            Reason::Unlike => "not alike enough for one report",
            Reason::TooFarApart => "published too far apart for copies",
            Reason::Series => "another issue of a series",
            Reason::Label => "a label that one outlet gives to different items",
            Reason::OtherSlot => "another number or date in a like title",
            Reason::OtherName => "another name in a like title",
            Reason::Denial => "one title denies what the other says",
            Reason::FollowUp => "one title adds news to the other",
            Reason::Boilerplate => "a text that stands under many titles",
            Reason::RoundUp => "one text holds the other among other reports",
            Reason::Revised => "a later version with changed facts",
            Reason::BySource(Copies::Never) => {
                "a rule of the config keeps items of this feed apart"
            }
            Reason::BySource(_) => {
                "a rule of the config compares items of this feed with each other alone"
            }
        }
    }
}

/// What to tell a reader of a pair of summaries that are not copies.
fn reason_apart(evidence: &Evidence) -> Reason {
    match () {
        () if evidence.is_next_issue() => Reason::Series,
        () if evidence.verbatim >= 0.5
            && evidence.title < UNLIKE_TITLES
            && evidence.across < 0.3 =>
        {
            Reason::Boilerplate
        }
        () if evidence.title >= 0.5 && evidence.other_slot => Reason::OtherSlot,
        () if evidence.title >= 0.5 && evidence.other_name => Reason::OtherName,
        () => Reason::Unlike,
    }
}
