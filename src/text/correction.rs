//! Tells whether an item says that it corrects an earlier version.
//!
//! Input: a title, a text. Output: whether a label or a notice of a correction stands there. Cost:
//! linear in the text.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Whether an item says that it corrects an earlier version: in its title, or in its text.
pub fn is_correction(title: &str, text: &str) -> bool {
    has_correction_label(title) || has_correction_notice(text)
}

/// Labels of corrections, as they are set before a headline or, in brackets, behind it.
const LABELS: [&str; 9] = [
    "corrected",
    "correction",
    "corrects",
    "correcting",
    "clarification",
    "تصحيح",
    "تصويب",
    "استدراك",
    "مصحح",
];

/// Whether a label says that a headline corrects an earlier one: at its start with something that
/// sets it off, or in brackets at either end. "Correction in house prices" is no such label.
pub fn has_correction_label(title: &str) -> bool {
    let opened = title.trim().trim_start_matches(['(', '[', '*', '«', '"']);
    let start = opened
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let sets_off = opened[start.len()..]
        .trim_start()
        .starts_with([':', '|', '-', '–', '—', '.', ')', ']', '*', '»']);
    let in_brackets = || {
        let inner = title.trim_end().strip_suffix([')', ']'])?;
        Some(inner.rsplit(['(', '[']).next()?.trim())
    };
    let is_label = |word: &str| LABELS.contains(&&*word.to_lowercase());
    sets_off && is_label(start) || in_brackets().is_some_and(is_label)
}

/// Notices of a correction within a text, as agencies and papers write them.
const NOTICES: [&str; 9] = [
    "(Corrects ",
    "(Corrected ",
    "(corrects ",
    "has been corrected to",
    "was corrected to",
    "has been updated to correct",
    "This is a corrected version",
    "تصحيح الخبر",
    "نسخة مصححة",
];

/// What every notice has one of; few texts have.
static SIGNS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| ["orrect", "صح"].map(Finder::new));

/// Labels of a correction before a text.
const OPENINGS: [&str; 9] = [
    "CORRECTION:",
    "Correction:",
    "CORRECTED:",
    "Corrected:",
    "Clarification:",
    "CLARIFICATION:",
    "تصحيح:",
    "تصويب:",
    "استدراك:",
];

/// Whether a text says that it corrects an earlier version.
pub fn has_correction_notice(text: &str) -> bool {
    let may = SIGNS
        .iter()
        .any(|sign| sign.find(text.as_bytes()).is_some());
    may && NOTICES.iter().any(|notice| text.contains(notice))
        || OPENINGS
            .iter()
            .any(|label| text.trim_start().starts_with(label))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_makes_a_correction() {
        for title in [
            "CORRECTED: Flood cuts the valley road",
            "CORRECTED-UPDATE 2-Flood cuts the valley road",
            "Flood cuts the valley road (corrected)",
            "[Correction] Flood cuts the valley road",
            "تصحيح: السيول تقطع طريق الوادي",
            "تصحيح | السيول تقطع طريق الوادي",
        ] {
            assert!(has_correction_label(title), "{title}");
        }
        for title in [
            "Correction in house prices goes on",
            "تصحيح أوضاع العمالة في الموانئ",
            "Flood (video)",
            "",
        ] {
            assert!(!has_correction_label(title), "{title}");
        }
    }

    #[test]
    fn a_notice_makes_a_correction() {
        assert!(has_correction_notice(
            "The ferry is back. (Corrects day in first paragraph.) It carries cars."
        ));
        assert!(has_correction_notice(
            "تصحيح: عادت العبارة إلى الخدمة يوم الاثنين لا يوم الأحد."
        ));
        assert!(!has_correction_notice(
            "The mayor said that errors must be corrected."
        ));
    }

    #[test]
    fn corrections_are_told() {
        assert!(is_correction("CORRECTED: Dam bursts, four missing", ""));
        assert!(is_correction(
            "Dam bursts",
            "Four are missing. (Corrects number in first paragraph.)"
        ));
        assert!(is_correction("تصحيح: وفاة أربعة", ""));
        assert!(!is_correction(
            "Dam bursts: four missing",
            "A correction officer was there."
        ));
    }
}
