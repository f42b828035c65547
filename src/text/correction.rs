//! Detects items that are labelled as corrections of an earlier version.
//!
//! Input: a title and a text. Output: whether either has a label or a notice of a correction, in
//! English or Arabic. Cost: linear in the text.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Whether the title has a label, or the text a notice, of a correction.
#[must_use]
pub fn is_correction(title: &str, text: &str) -> bool {
    has_correction_label(title) || has_correction_notice(text)
}

/// Labels of corrections in titles, in lower case.
const TITLE_LABELS: [&str; 9] = [
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

/// Whether the title begins with a label and a separator, or has a label in brackets at either end.
///
/// ```
/// use qissa::text::has_correction_label;
///
/// assert!(has_correction_label("CORRECTED: Flood cuts the valley road"));
/// assert!(!has_correction_label("Correction in house prices goes on"));
/// ```
#[must_use]
pub fn has_correction_label(title: &str) -> bool {
    let opened = title.trim().trim_start_matches(['(', '[', '*', '«', '"']);
    let first = opened
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    let is_set_off = opened[first.len()..]
        .trim_start()
        .starts_with([':', '|', '-', '–', '—', '.', ')', ']', '*', '»']);
    is_set_off && is_title_label(first) || last_in_brackets(title).is_some_and(is_title_label)
}

/// The text in brackets at the end of a title.
fn last_in_brackets(title: &str) -> Option<&str> {
    let inner = title.trim_end().strip_suffix([')', ']'])?;
    Some(inner.rsplit(['(', '[']).next()?.trim())
}

fn is_title_label(word: &str) -> bool {
    TITLE_LABELS.contains(&&*word.to_lowercase())
}

/// Notices of corrections within texts, as agencies and newspapers write them.
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

/// Every notice contains one of these strings, and few texts do: two searches reject most texts.
static NOTICE_PARTS: LazyLock<[Finder<'static>; 2]> =
    LazyLock::new(|| ["orrect", "صح"].map(Finder::new));

/// Labels of corrections at the start of texts.
const TEXT_LABELS: [&str; 9] = [
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

/// Whether the text begins with a label or has a notice of a correction.
#[must_use]
pub fn has_correction_notice(text: &str) -> bool {
    let start = text.trim_start();
    TEXT_LABELS.iter().any(|label| start.starts_with(label))
        || may_have_notice(text) && NOTICES.iter().any(|notice| text.contains(notice))
}

fn may_have_notice(text: &str) -> bool {
    NOTICE_PARTS
        .iter()
        .any(|part| part.find(text.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_set_off_or_in_brackets() {
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
    fn notices_are_found_within_texts() {
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
    fn labels_and_notices_mark_corrections() {
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
