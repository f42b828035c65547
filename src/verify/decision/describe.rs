//! Decisions in words, for explanations.

use super::{PairEvidence, Reason, Verdict};
use crate::source_rules::Copies;

/// The decision in words: what titles and texts share, how far apart the items are, and the reason.
///
/// An example: "same title, but the texts share 0 of 11 word triples; 47 days apart; one outlet:
/// another issue of a series".
pub fn describe(verdict: &Verdict, evidence: &PairEvidence) -> String {
    format!("{}: {}", evidence.describe(), verdict.reason.describe())
}

impl PairEvidence {
    /// What titles and texts share and how far apart the items are, in words.
    pub fn describe(&self) -> String {
        let mut parts = Vec::new();
        parts.push(if self.same_title {
            "same title".to_owned()
        } else {
            format!(
                "titles share {:.0} % of their words",
                100.0 * self.title_jaccard
            )
        });
        if self.words > 0 {
            let [shared, all] = self.triples;
            parts.push(format!("texts share {shared} of {all} word triples"));
        }
        parts.extend(self.hours.map(time_apart));
        let outlet = if self.same_outlet {
            "one outlet"
        } else {
            "no outlet in common"
        };
        parts.push(outlet.to_owned());
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
    /// The reason in words.
    pub fn describe(self) -> &'static str {
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
