//! The decision whether a reader would call two items duplicates.
//!
//! Input: two [`Fingerprint`]s. Output: a [`Verdict`]: a likeness in 0..=1, the [`MatchKind`] of
//! duplicates, and the [`Reason`]. Cost: linear in the words read, at most [`LEAD_UNITS`] of each
//! text.
//!
//! A Jaccard coefficient alone cannot decide: a daily column keeps the title, a text appears under
//! many titles, and a swapped name in a similar sentence is a different event. The decision
//! therefore weighs titles and texts together with the outlets and the time between the items:
//!
//! | the pair | decided by |
//! | --- | --- |
//! | equal words | equality, unless one outlet labels or repeats items |
//! | two full texts | exact Jaccard or containment, then rules on titles |
//! | at least one summary | logistic regression (`model`), then rules on titles |
//! | at least one title without a text | exact Jaccard or containment, then rules on wording |
//!
//! The decision is pairwise and pure, so a batch, an index and a cluster of machines decide alike.
//! The thresholds below are shares in `0..=1` unless a unit is given, and set by hand;
//! `cargo bench --bench decisions` measures precision and recall on labelled pairs.

mod describe;
mod evidence;
mod model;

pub use describe::describe;
pub use evidence::PairEvidence;
pub use model::{FEATURES, INTERCEPT, MODEL};

use evidence::words_of;

use super::wording::{TitleDifference, difference};
use super::{DuplicateVerifier, FieldFingerprint, Fingerprint, MatchKind, Overlap};
use crate::source_rules::Copies;

/// Minimum words of title and text for a repeated report. Shorter items that an outlet repeats in
/// equal words after `NEXT_ISSUE_HOURS` are issues of a series.
const REPORT_WORDS: usize = 20;

/// Minimum words of a compared text. For shorter texts, titles decide.
const MIN_TEXT_WORDS: usize = 4;

/// Minimum containment of word triples of a shortened text in the full text, and maximum ratio of
/// the lengths in words.
const ABRIDGED: f64 = 0.9;

/// Minimum Jaccard coefficient of a full text and a containing full text with different titles.
/// Below `ROUND_UP`, the pair is an item and a round-up.
const ROUND_UP: f64 = 0.5;

/// Minimum words of a contained title. A shorter title is a phrase.
const MIN_CONTAINED_WORDS: usize = 5;

/// Minimum Jaccard coefficient of two versions of a full text whose titles swap names.
const SAME_TEXT: f64 = 0.9;

/// Maximum words of a section title. An outlet repeats a section title over different texts.
const SECTION_WORDS: usize = 3;

/// Maximum number of additional content words of one title of a pair.
const MAX_ADDED_WORDS: usize = 2;

/// Titles with a lower Jaccard coefficient are two titles.
const LIKE_TITLES: f64 = 0.6;

/// Titles with a lower Jaccard coefficient share stop words only.
const UNLIKE_TITLES: f64 = 0.3;

/// Titles with a lower Jaccard coefficient are not aligned.
const LIKE_FRAME: f64 = 0.25;

/// Minimum containment of word triples of two versions of a text with conflicting numbers.
const SAME_FRAME: f64 = 0.5;

/// Texts with a lower containment of word triples are written independently.
const OTHER_SUMMARY: f64 = 0.3;

/// Why a pair are duplicates, or are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing can be compared.
    NothingInCommon,
    /// Title and text are equal.
    SameWords,
    /// Titles and texts together are similar enough.
    Alike,
    /// Titles and texts together are not similar enough.
    Unlike,
    /// The items were published further apart than the window.
    TooFarApart,
    /// Equal outlet and title on different days: a series.
    Series,
    /// Equal outlet, different addresses, and too few words for a report.
    Label,
    /// The titles differ in a number, an ordinal, a weekday or a month.
    OtherSlot,
    /// Each title has a name that the other item lacks.
    OtherName,
    /// One title denies the other title.
    Denial,
    /// One title adds news to the other.
    FollowUp,
    /// The texts are similar, but have no word of the titles.
    Boilerplate,
    /// One text contains the other text among further reports.
    RoundUp,
    /// A report with changed facts.
    Revised,
    /// A rule for the source of an item.
    BySource(Copies),
}

/// The decision about a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// How likely a reader calls the pair duplicates, in 0..=1.
    pub likeness: f64,
    /// The kind of duplicates; `None` if the items are no duplicates.
    pub kind: Option<MatchKind>,
    /// The reason.
    pub reason: Reason,
}

impl Verdict {
    fn distinct(reason: Reason, likeness: f64) -> Self {
        Verdict {
            likeness,
            kind: None,
            reason,
        }
    }

    fn duplicate(kind: MatchKind, likeness: f64) -> Self {
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

    /// The verdict for a kind of match, or for a reason against a match.
    fn of(outcome: Result<MatchKind, Reason>, likeness: f64) -> Self {
        match outcome {
            Ok(kind) => Verdict::duplicate(kind, likeness),
            Err(reason) => Verdict::distinct(reason, likeness),
        }
    }
}

impl DuplicateVerifier {
    /// The decision about two items.
    pub fn decide(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        if a.is_empty() || b.is_empty() {
            return Verdict::distinct(Reason::NothingInCommon, 0.0);
        }
        if let Some(setting) = a.context.copy_scope.excludes(b.context.copy_scope) {
            return Verdict::distinct(Reason::BySource(setting), 0.0);
        }
        if self.is_outside_window(a, b) {
            return Verdict::distinct(Reason::TooFarApart, 0.0);
        }
        if a.field_digests() == b.field_digests() {
            return decide_equal(a, b);
        }
        let words = a.text_words().min(b.text_words());
        if a.has_text() && b.has_text() || self.char_shingles && words > 0 {
            self.decide_full_texts(a, b)
        } else if words >= MIN_TEXT_WORDS {
            self.decide_summaries(a, b)
        } else {
            self.decide_titles(a, b)
        }
    }

    fn is_outside_window(&self, a: &Fingerprint, b: &Fingerprint) -> bool {
        let hours = a.context.hours_from(&b.context);
        self.window_days > 0.0 && hours.is_some_and(|hours| hours > self.window_days * 24.0)
    }

    /// The decision about two items with at least one summary.
    fn decide_summaries(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        let evidence = PairEvidence::of(a, b);
        // Aggregators list titles of other items as the text. The item's title comes first.
        if evidence.own_coverage == 1.0
            && evidence.cross_coverage == 1.0
            && evidence.title_jaccard < LIKE_TITLES
        {
            return self.decide_titles(a, b);
        }
        let likeness = evidence.likeness();
        if evidence.names_swapped {
            return Verdict::distinct(Reason::OtherName, likeness);
        }
        if evidence.toll_revised && likeness >= self.threshold / 3.0 {
            return Verdict::duplicate(MatchKind::Update, likeness);
        }
        if likeness < self.threshold {
            return Verdict::distinct(reason_unlike(&evidence), likeness);
        }
        let reason = reason_against_summaries(a, b, &evidence);
        Verdict::of(
            reason.map_or_else(|| Ok(kind(a, b, &evidence)), Err),
            likeness,
        )
    }

    /// The decision about two full texts: by coefficients, unless a rule on titles decides.
    fn decide_full_texts(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        let fields = a.body.as_ref().zip(b.body.as_ref());
        let Some(overlap) = fields.and_then(|(a, b)| a.overlap(b)) else {
            return Verdict::distinct(Reason::NothingInCommon, 0.0);
        };
        let is_contained = overlap.containment >= self.containment;
        let likeness = likeness_of(overlap, is_contained);
        if likeness < self.threshold && !is_contained {
            return Verdict::distinct(Reason::Unlike, likeness);
        }
        if a.context.corrects || b.context.corrects {
            return Verdict::duplicate(MatchKind::Update, likeness);
        }
        let evidence = PairEvidence::of(a, b);
        let reason = reason_against_texts(a, b, &evidence, overlap.jaccard);
        Verdict::of(
            reason.map_or_else(|| Ok(kind(a, b, &evidence)), Err),
            likeness,
        )
    }

    /// The decision about two items with at least one item without a text.
    fn decide_titles(&self, a: &Fingerprint, b: &Fingerprint) -> Verdict {
        let fields = a.title.as_ref().zip(b.title.as_ref());
        let Some((title, overlap)) = fields.and_then(|(a, b)| Some((a, a.overlap(b)?))) else {
            return Verdict::distinct(Reason::NothingInCommon, 0.0);
        };
        let is_contained = overlap.containment >= self.containment
            && a.title_words().min(b.title_words()) >= MIN_CONTAINED_WORDS;
        // The titles are aligned only where the outcome can depend on the alignment.
        if overlap.jaccard < self.threshold && !is_contained && !title.has_signs {
            return Verdict::distinct(Reason::Unlike, overlap.jaccard);
        }
        let difference = title_difference(a, b);
        let likeness = if difference.is_typo() {
            overlap.jaccard.max(self.threshold)
        } else {
            likeness_of(overlap, is_contained)
        };
        if likeness < self.threshold && !is_contained {
            return Verdict::distinct(Reason::Unlike, likeness);
        }
        let outcome = if equal_fields(&a.title, &b.title) {
            outcome_of_equal_titles(a, b)
        } else if a.is_short() || b.is_short() {
            Err(Reason::Unlike)
        } else if self.char_shingles || difference.is_typo() {
            Ok(MatchKind::Edited)
        } else {
            let lead = words_of(a.body.as_ref().or(b.body.as_ref()));
            outcome_of_edited_titles(&difference, &lead, is_contained)
        };
        Verdict::of(outcome, likeness)
    }
}

/// The coefficient of two fields that counts. Of a field that contains the other, containment
/// counts too.
fn likeness_of(overlap: Overlap, is_contained: bool) -> f64 {
    if is_contained {
        overlap.jaccard.max(overlap.containment)
    } else {
        overlap.jaccard
    }
}

/// The decision about two items of equal words.
fn decide_equal(a: &Fingerprint, b: &Fingerprint) -> Verdict {
    let reason = if !a.context.shares_outlet(&b.context) {
        None
    } else if a.context.address != b.context.address {
        Some(Reason::Label)
    } else if a.context.is_issue_apart(&b.context)
        && a.title_words() + a.text_words() < REPORT_WORDS
    {
        Some(Reason::Series)
    } else {
        None
    };
    match reason {
        Some(reason) => Verdict::distinct(reason, 0.0),
        None => Verdict::duplicate(MatchKind::Exact, 1.0),
    }
}

/// The reason against duplicates where the likeness of two summaries is high enough.
fn reason_against_summaries(
    a: &Fingerprint,
    b: &Fingerprint,
    evidence: &PairEvidence,
) -> Option<Reason> {
    if !evidence.same_outlet {
        return None;
    }
    if a.title.is_some() && b.title.is_some() && evidence.texts_ignore_titles() {
        return Some(Reason::Boilerplate);
    }
    let is_section = evidence.same_title
        && a.title_words() <= SECTION_WORDS
        && evidence.triple_containment < 0.5;
    let is_other_issue = evidence.is_issue_apart() && !evidence.same_title || is_section;
    (is_other_issue && !equal_fields(&a.body, &b.body)).then_some(Reason::Series)
}

/// The reason against duplicates where two full texts are similar enough.
fn reason_against_texts(
    a: &Fingerprint,
    b: &Fingerprint,
    evidence: &PairEvidence,
    jaccard: f64,
) -> Option<Reason> {
    let have_titles = a.title.is_some() && b.title.is_some();
    if have_titles && evidence.texts_ignore_titles() {
        Some(Reason::Boilerplate)
    } else if have_titles && jaccard < ROUND_UP && evidence.title_jaccard < LIKE_FRAME {
        Some(Reason::RoundUp)
    } else if evidence.names_swapped && jaccard < SAME_TEXT {
        Some(Reason::OtherName)
    } else if evidence.is_next_issue() && !equal_fields(&a.body, &b.body) {
        Some(Reason::Series)
    } else {
        None
    }
}

/// The reason to show for two summaries with too low a likeness.
fn reason_unlike(evidence: &PairEvidence) -> Reason {
    if evidence.is_next_issue() {
        Reason::Series
    } else if evidence.triple_containment >= 0.5
        && evidence.title_jaccard < UNLIKE_TITLES
        && evidence.cross_coverage < 0.3
    {
        Reason::Boilerplate
    } else if evidence.title_jaccard >= 0.5 && evidence.slots_differ {
        Reason::OtherSlot
    } else if evidence.title_jaccard >= 0.5 && evidence.names_differ {
        Reason::OtherName
    } else {
        Reason::Unlike
    }
}

fn outcome_of_equal_titles(a: &Fingerprint, b: &Fingerprint) -> Result<MatchKind, Reason> {
    if a.context.shares_outlet(&b.context) && a.context.is_issue_apart(&b.context) {
        Err(Reason::Series)
    } else {
        Ok(MatchKind::Abridged)
    }
}

/// The outcome for two similar titles by the difference. `lead` has the words of the only text.
fn outcome_of_edited_titles(
    difference: &TitleDifference<'_>,
    lead: &[u32],
    is_contained: bool,
) -> Result<MatchKind, Reason> {
    if difference.denies() {
        Err(Reason::Denial)
    } else if difference.toll_revised() {
        Ok(MatchKind::Update)
    } else if difference.slots_differ() {
        Err(Reason::OtherSlot)
    } else if difference.names_differ(lead, lead) {
        Err(Reason::OtherName)
    } else if difference.added() > MAX_ADDED_WORDS {
        Err(Reason::FollowUp)
    } else if is_contained && difference.added() > 0 {
        Ok(MatchKind::Abridged)
    } else {
        Ok(MatchKind::Edited)
    }
}

/// The kind of two duplicates with texts.
fn kind(a: &Fingerprint, b: &Fingerprint, evidence: &PairEvidence) -> MatchKind {
    if equal_fields(&a.body, &b.body) {
        return MatchKind::Retitled;
    }
    let bodies = a.body.as_ref().zip(b.body.as_ref());
    let numbers_conflict = bodies.is_some_and(|(a, b)| a.numbers_conflict(b));
    let is_revised = a.context.corrects
        || b.context.corrects
        || numbers_conflict && evidence.triple_containment >= SAME_FRAME
        || title_difference(a, b).toll_revised();
    let [shorter, longer] = [
        a.text_words().min(b.text_words()) as f64,
        a.text_words().max(b.text_words()) as f64,
    ];
    if is_revised {
        MatchKind::Update
    } else if evidence.triple_containment >= ABRIDGED && shorter < ABRIDGED * longer {
        MatchKind::Abridged
    } else if evidence.triple_containment < OTHER_SUMMARY {
        MatchKind::Summary
    } else {
        MatchKind::Edited
    }
}

/// Whether both items have equal words in a field, or both lack the field.
fn equal_fields(a: &Option<FieldFingerprint>, b: &Option<FieldFingerprint>) -> bool {
    a.as_ref().map(|field| field.digest) == b.as_ref().map(|field| field.digest)
}

/// The difference of the titles of two items.
fn title_difference<'p>(a: &'p Fingerprint, b: &'p Fingerprint) -> TitleDifference<'p> {
    difference(
        a.title_text().unwrap_or_default(),
        b.title_text().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::CandidatePair;
    use crate::verify::test_items::{VERIFIER, fingerprint};

    const TITLE: &str = "Ten people killed as heavy storm hits the northern coast on Monday";

    fn kind(a: &Fingerprint, b: &Fingerprint) -> Option<MatchKind> {
        let edge = VERIFIER.verify(CandidatePair { a: 0, b: 1 }, a, b);
        edge.map(|edge| edge.kind())
    }

    fn kind_of_titles(a: &str, b: &str) -> Option<MatchKind> {
        kind(&fingerprint(a, ""), &fingerprint(b, ""))
    }

    #[test]
    fn titles_with_equal_words_are_exact_duplicates() {
        assert_eq!(
            kind_of_titles(TITLE, &TITLE.to_uppercase()),
            Some(MatchKind::Exact)
        );
    }

    #[test]
    fn an_inflected_title_is_edited() {
        assert_eq!(
            kind_of_titles(TITLE, &TITLE.replace("hits", "hit")),
            Some(MatchKind::Edited)
        );
    }

    #[test]
    fn a_title_with_two_more_words_is_abridged() {
        assert_eq!(
            kind_of_titles(TITLE, &format!("{TITLE} say rescuers")),
            Some(MatchKind::Abridged)
        );
    }

    #[test]
    fn a_title_with_more_news_is_no_duplicate() {
        let longer = format!("{TITLE}, ferry lost, schools and airport closed");
        assert_eq!(kind_of_titles(TITLE, &longer), None);
        assert_eq!(kind_of_titles(TITLE, "Storm hits coast"), None);
    }

    #[test]
    fn a_revised_toll_is_an_update() {
        let toll = |count: u32| {
            format!(
                "At least {count} people killed as heavy storm hits the northern coast on Monday night"
            )
        };
        assert_eq!(
            kind_of_titles(&toll(10), &toll(12)),
            Some(MatchKind::Update)
        );
        assert_eq!(kind_of_titles(&toll(10), &toll(10)), Some(MatchKind::Exact));
    }

    #[test]
    fn empty_items_are_no_duplicates() {
        assert_eq!(kind_of_titles("", ""), None);
    }

    #[test]
    fn a_short_title_matches_only_an_equal_title() {
        assert_eq!(
            kind_of_titles("Oil jumps", "Oil jumps!"),
            Some(MatchKind::Exact)
        );
        assert_eq!(kind_of_titles("Oil jumps", "Oil jumped"), None);
    }

    #[test]
    fn full_texts_decide_where_both_items_have_one() {
        let body = |word: &str| (0..60).map(|n| format!("{word}{n} ")).collect::<String>();
        assert_eq!(
            kind(
                &fingerprint(TITLE, &body("a")),
                &fingerprint(TITLE, &body("b"))
            ),
            None
        );
        assert_eq!(
            kind(&fingerprint(TITLE, &body("a")), &fingerprint(TITLE, "")),
            Some(MatchKind::Abridged)
        );
    }

    #[test]
    fn equal_texts_without_a_word_of_either_title_are_boilerplate() {
        let body = (0..60).map(|n| format!("a{n} ")).collect::<String>();
        let other = fingerprint("Quite another headline here", &body);
        assert_eq!(kind(&fingerprint(TITLE, &body), &other), None);
    }
}
