//! Classifies a headline by its form.
//!
//! Input: a title. Output: whether the title reports, teases, previews or follows an event live,
//! whether it is labelled as a correction, and how clearly it states the news. The markers are
//! tables for English and Arabic, compiled by hand from headlines. Cost: linear in the title.

use crate::text::{Tokens, has_correction_label};

/// Relation of a headline to its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadlineKind {
    /// States what happened.
    Report,
    /// Asks, teases or labels; or continues another headline or the text.
    Teaser,
    /// Announces what is to happen.
    Preview,
    /// Heads a page that grows during the event.
    Live,
}

/// Form of a headline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HeadlineForm {
    pub(super) kind: HeadlineKind,
    /// Whether a label marks the headline as a correction.
    pub(super) corrects: bool,
    /// How clearly the headline states the news, in `0..=1`.
    pub(super) clarity: f64,
}

impl HeadlineForm {
    /// Form of a title with its labels.
    pub(super) fn of(title: &str) -> Self {
        let tokens = Tokens::of(title);
        let kind = kind(title, &tokens);
        HeadlineForm {
            kind,
            corrects: has_correction_label(title),
            clarity: clarity(title, &tokens, kind),
        }
    }
}

/// First words of headlines that ask, tease or label, normalized.
const TEASER_OPENINGS: [&str; 26] = [
    "live",
    "watch",
    "video",
    "photos",
    "recap",
    "opinion",
    "analysis",
    "explainer",
    "why",
    "how",
    "what",
    "who",
    "when",
    "شاهد",
    "فيديو",
    "بالفيديو",
    "بالصور",
    "صور",
    "لماذا",
    "كيف",
    "ماذا",
    "هل",
    "من",
    "ما",
    "مفاجاه",
    "مباشر",
];

/// Names of pages that grow during an event, normalized.
const LIVE_PHRASES: [&str; 14] = [
    "live updates",
    "live update",
    "live blog",
    "liveblog",
    "live coverage",
    "live text",
    "as it happened",
    "as it happens",
    "minute by minute",
    "لحظه بلحظه",
    "دقيقه بدقيقه",
    "تغطيه مباشره",
    "تغطيه حيه",
    "بث مباشر",
];

/// Phrases that announce an event, normalized. "due to" and "in order to" are not listed: their
/// meanings differ.
const PREVIEW_PHRASES: [&str; 29] = [
    "set to",
    "ahead of",
    "expected to",
    "scheduled to",
    "prepares to",
    "prepare to",
    "poised to",
    "gears up",
    "gear up",
    "preview",
    "what to expect",
    "يترقب",
    "تترقب",
    "ترقب",
    "مرتقب",
    "مرتقبه",
    "المرتقب",
    "المرتقبه",
    "سوف",
    "قبيل",
    "عشيه",
    "من المقرر",
    "من المتوقع",
    "يستعد",
    "تستعد",
    "يستعدان",
    "يستعدون",
    "استعدادا",
    "غدا",
];

/// Verbs of announced events after "will" or "to". Other verbs after "will" ("taxes will rise")
/// quote a statement, so the headline is a report.
const ANNOUNCED_VERBS: [&str; 30] = [
    "address", "announce", "arrive", "attend", "begin", "debate", "decide", "discuss", "face",
    "hold", "host", "launch", "meet", "open", "play", "publish", "release", "resume", "return",
    "reveal", "sign", "speak", "start", "tackle", "talk", "testify", "travel", "unveil", "visit",
    "vote",
];

/// Verbs before "to" that make the headline a report: the decision is the news.
const DECISION_VERBS: [&str; 18] = [
    "agree", "agreed", "agrees", "decide", "decided", "decides", "decline", "declined", "declines",
    "fail", "failed", "fails", "forced", "order", "ordered", "refuse", "refused", "refuses",
];

/// Arabic verbs of announced events, normalized, without the prefix of the person. They announce in
/// the future tense, and in the present tense together with one of [`ARABIC_DAYS`].
const ARABIC_EVENT_VERBS: [&str; 16] = [
    "لتقي",
    "واجه",
    "ستضيف",
    "لاقي",
    "خوض",
    "نطلق",
    "فتتح",
    "بدا",
    "عقد",
    "زور",
    "جتمع",
    "ستانف",
    "شارك",
    "علن",
    "لعب",
    "ناقش",
];

/// Arabic words for days that are not over, normalized.
const ARABIC_DAYS: [&str; 8] = [
    "اليوم",
    "الليله",
    "غدا",
    "مساء",
    "المقبل",
    "المقبله",
    "القادم",
    "القادمه",
];

fn kind(title: &str, tokens: &Tokens) -> HeadlineKind {
    let first = tokens.iter().next().unwrap_or_default();
    let padded = format!(" {} ", tokens.as_str());
    if ["live", "مباشر"].contains(&first)
        || has_phrase(&padded, &LIVE_PHRASES)
        || has_live_suffix(title)
    {
        HeadlineKind::Live
    } else if TEASER_OPENINGS.contains(&first)
        || title.contains(['?', '؟', '!', '…'])
        || is_continuation(title)
    {
        HeadlineKind::Teaser
    } else if has_phrase(&padded, &PREVIEW_PHRASES) || announces(tokens) {
        HeadlineKind::Preview
    } else {
        HeadlineKind::Report
    }
}

/// Whether a phrase occurs as whole words. `padded` has a space before and after each word.
fn has_phrase(padded: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        padded.match_indices(phrase).any(|(start, _)| {
            padded[..start].ends_with(' ') && padded[start + phrase.len()..].starts_with(' ')
        })
    })
}

/// Whether dots at either end show that the headline continues elsewhere.
fn is_continuation(title: &str) -> bool {
    title.trim_start().starts_with("..") || title.trim_end().ends_with("..")
}

/// Whether "live" follows the last dash, bar or colon.
fn has_live_suffix(title: &str) -> bool {
    let title = title.trim_end();
    let Some((_, suffix)) = title.rsplit_once(['-', '–', '—', '|', ':']) else {
        return false;
    };
    matches!(&*suffix.trim().to_lowercase(), "live" | "مباشر")
}

fn announces(tokens: &Tokens) -> bool {
    let words: Vec<&str> = tokens.iter().collect();
    announces_in_english(&words) || announces_in_arabic(&words)
}

/// "to meet", "will meet"; but not "agree to meet".
fn announces_in_english(words: &[&str]) -> bool {
    words.windows(2).enumerate().any(|(start, pair)| {
        matches!(pair[0], "to" | "will")
            && ANNOUNCED_VERBS.contains(&pair[1])
            && !(start > 0 && DECISION_VERBS.contains(&words[start - 1]))
    })
}

/// "سيلتقي", "يلتقي الليلة".
fn announces_in_arabic(words: &[&str]) -> bool {
    let mut has_event = false;
    for word in words {
        if word.strip_prefix('س').is_some_and(is_arabic_event) {
            return true;
        }
        has_event |= is_arabic_event(word);
    }
    has_event && words.iter().any(|word| ARABIC_DAYS.contains(word))
}

fn is_arabic_event(word: &str) -> bool {
    word.strip_prefix(['ي', 'ت'])
        .is_some_and(|verb| ARABIC_EVENT_VERBS.contains(&verb))
}

/// 1 for a statement of five to twenty words. A teaser, capitals throughout, and fewer or more
/// words each multiply by a factor below 1.
fn clarity(title: &str, tokens: &Tokens, kind: HeadlineKind) -> f64 {
    let is_teaser = matches!(kind, HeadlineKind::Teaser | HeadlineKind::Live);
    let is_in_capitals = title.chars().any(|c| c.is_ascii_uppercase())
        && !title.chars().any(|c| c.is_ascii_lowercase());
    let length = match tokens.words() {
        0..=2 => 0.3,
        3..=4 => 0.8,
        5..=20 => 1.0,
        _ => 0.8,
    };
    length * if is_teaser { 0.3 } else { 1.0 } * if is_in_capitals { 0.6 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(title: &str) -> HeadlineKind {
        HeadlineForm::of(title).kind
    }

    #[test]
    fn announcements_are_previews() {
        for title in [
            "Coalition leaders to meet in Lisbon on the budget",
            "Parliament will debate the water bill on Tuesday",
            "Rowers gear up for the river race",
            "Traders nervous ahead of the rate decision",
            "الوحدة يلتقي الشعلة مساء الجمعة في كأس الشباب",
            "وزيرا الطاقة سيعقدان لقاء مرتقب في مسقط",
            "مجلس البلدية سيناقش خطة النقل",
        ] {
            assert_eq!(kind_of(title), HeadlineKind::Preview, "{title}");
        }
        for title in [
            "Coalition leaders meet in Lisbon and agree the budget",
            "Minister refuses to meet the fishermen",
            "Harbour fees will rise, minister says",
            "Flights late due to fog over the harbour",
            "الوحدة يهزم الشعلة ويبلغ نهائي كأس الشباب",
            "سيول تجرف جسرا في الوادي الشرقي",
        ] {
            assert_eq!(kind_of(title), HeadlineKind::Report, "{title}");
        }
    }

    #[test]
    fn continuations_are_teasers() {
        for title in [
            ".. and opens the school of the valley",
            "المحافظ يزور الوادي ..",
            "..ويفتتح مدرسة الوادي الجديدة",
        ] {
            assert_eq!(kind_of(title), HeadlineKind::Teaser, "{title}");
        }
    }

    #[test]
    fn live_pages_are_live() {
        for title in [
            "Harbour strike live updates: ferries stay in port",
            "River race – live",
            "LIVE: the mayor answers the council",
            "مباشر.. جلسة المجلس حول الموازنة",
            "مباراة الوحدة والشعلة لحظة بلحظة",
            "جلسة المجلس حول الموازنة | مباشر",
        ] {
            assert_eq!(kind_of(title), HeadlineKind::Live, "{title}");
        }
        assert_eq!(
            kind_of("Families who live by the harbour get new homes"),
            HeadlineKind::Report
        );
        assert_eq!(
            kind_of("البلدية تطلق خدمة الدفع المباشر للرسوم"),
            HeadlineKind::Report
        );
    }
}
