//! A headline in, how well it tells the news by its form out, and whether it announces, follows or
//! corrects a report instead of being one. Linear in the headline; the markers are short tables in
//! English and Arabic.

use crate::text::{Tokens, has_correction_label};

/// What a headline is to the event it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It tells what happened.
    Report,
    /// It asks, teases or labels, or goes on where another headline ends or in its text.
    Teaser,
    /// It tells what is to happen.
    Preview,
    /// It heads a page that grows while the event goes on.
    Live,
}

/// What is known of a headline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Headline {
    pub(super) kind: Kind,
    /// Whether it says that it corrects an earlier one.
    pub(super) corrects: bool,
    /// How well it tells the news by its form, in 0..=1.
    pub(super) form: f64,
}

impl Headline {
    /// What is known of a headline as it came.
    pub(super) fn of(title: &str) -> Self {
        let tokens = Tokens::of(title);
        let kind = kind(title, &tokens);
        Headline {
            kind,
            corrects: has_correction_label(title),
            form: form(title, &tokens, kind),
        }
    }
}

/// Words with which headlines begin that ask, tease or label instead of telling, folded.
const TEASERS: [&str; 26] = [
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

/// What pages that grow while an event goes on are called, folded.
const LIVE: [&str; 14] = [
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

/// What says that something is still to come, folded. "Due to" and "in order to" say something
/// else.
const AHEAD: [&str; 29] = [
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

/// Verbs of events that are announced, by "will" or as headlines do by "to" and the bare verb. What
/// else will be, as "taxes will rise", is what somebody has said, so the headline is its report.
const TO: [&str; 30] = [
    "address", "announce", "arrive", "attend", "begin", "debate", "decide", "discuss", "face",
    "hold", "host", "launch", "meet", "open", "play", "publish", "release", "resume", "return",
    "reveal", "sign", "speak", "start", "tackle", "talk", "testify", "travel", "unveil", "visit",
    "vote",
];

/// Before "to" these tell what has been decided, so that it is news and no announcement; or "to"
/// belongs to them.
const DECIDED: [&str; 18] = [
    "agree", "agreed", "agrees", "decide", "decided", "decides", "decline", "declined", "declines",
    "fail", "failed", "fails", "forced", "order", "ordered", "refuse", "refused", "refuses",
];

/// Arabic verbs that announce an event when a day is told with them, and in the future by
/// themselves, folded and without the letter of the person.
const MEETS: [&str; 16] = [
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

/// Days that are still to come, or not over, folded.
const DAYS: [&str; 8] = [
    "اليوم",
    "الليله",
    "غدا",
    "مساء",
    "المقبل",
    "المقبله",
    "القادم",
    "القادمه",
];

fn kind(title: &str, tokens: &Tokens) -> Kind {
    let first = tokens.iter().next().unwrap_or_default();
    let padded = format!(" {} ", tokens.as_str());
    let says = |phrase: &&str| {
        padded
            .match_indices(phrase)
            .any(|(at, _)| stands_alone(&padded, at, phrase))
    };
    let goes_on = title.trim_start().starts_with("..") || title.trim_end().ends_with("..");
    let teases = TEASERS.contains(&first) || title.contains(['?', '؟', '!', '…']) || goes_on;
    if ["live", "مباشر"].contains(&first) || LIVE.iter().any(says) || ends_live(title) {
        Kind::Live
    } else if teases {
        Kind::Teaser
    } else if AHEAD.iter().any(says) || is_to_come(tokens) {
        Kind::Preview
    } else {
        Kind::Report
    }
}

/// Whether a phrase that was found in words with spaces around them is no part of longer ones.
fn stands_alone(padded: &str, at: usize, phrase: &str) -> bool {
    padded[..at].ends_with(' ') && padded[at + phrase.len()..].starts_with(' ')
}

/// Whether a headline is followed by a dash or bar and "live".
fn ends_live(title: &str) -> bool {
    let last = title
        .trim_end()
        .rsplit(['-', '–', '—', '|', ':'])
        .next()
        .unwrap_or_default();
    last.len() < title.trim_end().len() && matches!(&*last.trim().to_lowercase(), "live" | "مباشر")
}

/// Whether a verb tells that something is to come: "to meet", or one of a meeting with its day.
fn is_to_come(tokens: &Tokens) -> bool {
    let words: Vec<&str> = tokens.iter().collect();
    let announced = |at: usize| {
        matches!(words[at], "to" | "will")
            && words.get(at + 1).is_some_and(|verb| TO.contains(verb))
            && !at
                .checked_sub(1)
                .is_some_and(|before| DECIDED.contains(&words[before]))
    };
    let meets = |word: &str| {
        word.strip_prefix(['ي', 'ت'])
            .is_some_and(|verb| MEETS.contains(&verb))
    };
    let in_future = |word: &&&str| word.strip_prefix('س').is_some_and(meets);
    let has_day = || words.iter().any(|word| DAYS.contains(word));
    (0..words.len()).any(announced)
        || words.iter().any(|word| in_future(&word))
        || words.iter().any(|word| meets(word)) && has_day()
}

/// 1 for a headline that states something; less for a teaser, a question, an exclamation, a shout,
/// or one of a few words.
fn form(title: &str, tokens: &Tokens, kind: Kind) -> f64 {
    let teases = matches!(kind, Kind::Teaser | Kind::Live);
    let shouts = title.chars().any(|c| c.is_ascii_uppercase())
        && !title.chars().any(|c| c.is_ascii_lowercase());
    let fits = match tokens.words() {
        0..=2 => 0.3,
        3..=4 => 0.8,
        5..=20 => 1.0,
        _ => 0.8,
    };
    fits * if teases { 0.3 } else { 1.0 } * if shouts { 0.6 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(title: &str) -> Kind {
        Headline::of(title).kind
    }

    #[test]
    fn what_is_to_come_is_a_preview() {
        for title in [
            "Coalition leaders to meet in Lisbon on the budget",
            "Parliament will debate the water bill on Tuesday",
            "Rowers gear up for the river race",
            "Traders nervous ahead of the rate decision",
            "الوحدة يلتقي الشعلة مساء الجمعة في كأس الشباب",
            "وزيرا الطاقة سيعقدان لقاء مرتقب في مسقط",
            "مجلس البلدية سيناقش خطة النقل",
        ] {
            assert_eq!(kind_of(title), Kind::Preview, "{title}");
        }
        for title in [
            "Coalition leaders meet in Lisbon and agree the budget",
            "Minister refuses to meet the fishermen",
            "Harbour fees will rise, minister says",
            "Flights late due to fog over the harbour",
            "الوحدة يهزم الشعلة ويبلغ نهائي كأس الشباب",
            "سيول تجرف جسرا في الوادي الشرقي",
        ] {
            assert_eq!(kind_of(title), Kind::Report, "{title}");
        }
    }

    #[test]
    fn half_a_headline_is_a_teaser() {
        for title in [
            ".. and opens the school of the valley",
            "المحافظ يزور الوادي ..",
            "..ويفتتح مدرسة الوادي الجديدة",
        ] {
            assert_eq!(kind_of(title), Kind::Teaser, "{title}");
        }
    }

    #[test]
    fn pages_that_grow_are_live() {
        for title in [
            "Harbour strike live updates: ferries stay in port",
            "River race – live",
            "LIVE: the mayor answers the council",
            "مباشر.. جلسة المجلس حول الموازنة",
            "مباراة الوحدة والشعلة لحظة بلحظة",
            "جلسة المجلس حول الموازنة | مباشر",
        ] {
            assert_eq!(kind_of(title), Kind::Live, "{title}");
        }
        assert_eq!(
            kind_of("Families who live by the harbour get new homes"),
            Kind::Report
        );
        assert_eq!(
            kind_of("البلدية تطلق خدمة الدفع المباشر للرسوم"),
            Kind::Report
        );
    }
}
