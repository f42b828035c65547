//! Removes counters from texts: "(3 comments)", "Views: 1,377", "٣ تعليقات", "1.2k shares".
//!
//! Input: a text. Output: the text without counters, which change between fetches while the item
//! stays the same. Cost: linear in the text.
//!
//! A counter is removed only if it is a part of its own: a line, a sentence, between bars, in
//! brackets; or at an edge of a part, with a colon between its name and its number. Numbers within
//! a sentence are news ("the video got 3 million views"). The word lists are compiled by hand from
//! feeds and pages.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use hashbrown::HashMap;

/// Names of counters, in lower case.
const COUNTED: &str = "
    comment comments view views pageview pageviews share shares like likes reply replies reaction
    reactions retweet retweets repost reposts upvote upvotes reads notes visits favorites
    favourites claps watching viewers listens downloads read viewed shared 👁 👀 💬 ❤ ♥ 👍 🔁 تعليق
    تعليقات تعليقا تعليقًا التعليقات مشاهدة مشاهدات المشاهدات مشاركة مشاركات المشاركات إعجاب
    إعجابات الإعجابات اعجاب اعجابات قراءة قراءات القراءات زيارة زيارات الزيارات ردود الردود
    commentaire commentaires vue vues partage partages réaction réactions lectures kommentar
    kommentare kommentarer aufruf aufrufe reaktionen geteilt comentario comentarios visita visitas
    vistas compartidos comentário comentários visualização visualizações compartilhamentos
    commento commenti visualizzazioni condivisioni reactie reacties weergaven komentarz komentarze
    komentarzy wyświetleń udostępnień visningar delningar yorum görüntülenme görüntüleme okunma
    paylaşım beğeni komentar dilihat tayangan комментарий комментария комментариев комментарии
    просмотр просмотра просмотров просмотры репостов лайков коментар коментарі коментарів
    переглядів перегляди نظر نظرات بازدید دیدگاه تبصرے مشاہدات टिप्पणी टिप्पणियाँ 评论 留言 阅读 浏览 点赞
    转发 評論 閱讀 瀏覽 コメント 閲覧 いいね 댓글 조회 조회수 공감";

/// Names of counters that reports use as well ("12,345 votes"): a counter only with a colon.
const VOTES: &str = "
    vote votes point points score hits plays صوت أصوات نقاط voix stimmen votos punti голосов";

/// Words that occur next to names and numbers of counters.
const FILLERS: &str = "
    and total page people users user times time no new all und et e fois mal veces vezes volte
    keer razy kez kere kişi раз من مرة مرات شخص مستخدم عدد و k m b mio mil tsd tys тыс млн bin ألف
    مليون";

/// Units written together with a number: thousands, millions, ...
const UNITS: [&str; 9] = ["k", "m", "b", "万", "萬", "千", "만", "천", "тыс"];

/// Maximum length of a part that is a counter, in bytes.
const MAX_PART_BYTES: usize = 160;

/// Kind of a word or sign of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counted,
    Votes,
    Filler,
    Number,
    Colon,
    Other,
}

static WORDS: LazyLock<HashMap<&str, Kind>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (list, kind) in [
        (FILLERS, Kind::Filler),
        (VOTES, Kind::Votes),
        (COUNTED, Kind::Counted),
    ] {
        words.extend(list.split_whitespace().map(|word| (word, kind)));
    }
    words
});

/// The text without counters, and without white space and bars at its ends.
///
/// ```
/// use qissa::identity::without_counters;
///
/// assert_eq!(without_counters("Ferry sails again (3 comments)"), "Ferry sails again");
/// let text = "الجسر يفتح أبوابه.\n٣ تعليقات | 1.2k shares";
/// assert_eq!(without_counters(text), "الجسر يفتح أبوابه.");
/// assert_eq!(without_counters("Her video got 3 million views"), "Her video got 3 million views");
/// ```
#[must_use]
pub fn without_counters(text: &str) -> Cow<'_, str> {
    let may_have_number = text
        .bytes()
        .any(|byte| byte.is_ascii_digit() || !byte.is_ascii());
    let cuts = if may_have_number {
        cuts(text)
    } else {
        Vec::new()
    };
    if cuts.is_empty() {
        return Cow::Borrowed(trimmed(text));
    }
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        // Cuts overlap: white space after a counter is part of its cut and of the next part.
        kept += &text[at.min(cut.start)..cut.start];
        at = at.max(cut.end);
    }
    kept += &text[at..];
    Cow::Owned(trimmed(&kept).to_owned())
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_bar(c) || c == '-')
}

/// Whether the character separates parts of a line.
fn is_bar(c: char) -> bool {
    matches!(c, '|' | '·' | '•' | '—' | '–' | '‖' | '│')
}

/// The ranges of the counters, ascending, with brackets and the white space behind.
fn cuts(text: &str) -> Vec<Range<usize>> {
    let mut cuts = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let Some(part_end) = part_end(text, at, c) else {
            continue;
        };
        let whole = match part_end {
            PartEnd::Separator => start..at,
            PartEnd::Sentence => start..end,
            PartEnd::Bracket => match text[..start].chars().next_back() {
                Some(open) if is_opening_bracket(open) => start - open.len_utf8()..end,
                _ => start..at,
            },
        };
        cuts.extend(cut_of(text, start..at, whole));
        start = end;
    }
    cuts.extend(cut_of(text, start..text.len(), start..text.len()));
    cuts
}

/// What ends a part.
enum PartEnd {
    /// A line break, a bar, a spaced dash or an opening bracket, which is kept.
    Separator,
    /// The end of a sentence, which is removed with the part.
    Sentence,
    /// A closing bracket: removed with the part and the opening bracket.
    Bracket,
}

/// How the character at offset `at` ends a part; `None` if it does not.
fn part_end(text: &str, at: usize, c: char) -> Option<PartEnd> {
    let (before, after) = (&text[..at], &text[at + c.len_utf8()..]);
    match c {
        '\n' | '\r' | '\t' => Some(PartEnd::Separator),
        '-' if before.ends_with(' ') && after.starts_with(' ') => Some(PartEnd::Separator),
        '.' | '!' | '?' | '؟' | '。' if !after.starts_with(|c: char| !c.is_whitespace()) => {
            Some(PartEnd::Sentence)
        }
        ')' | ']' | '）' if !before.ends_with(char::is_numeric) => Some(PartEnd::Bracket),
        _ if is_opening_bracket(c) && !is_bracketed_number(after) => Some(PartEnd::Separator),
        _ if is_bar(c) => Some(PartEnd::Separator),
        _ => None,
    }
}

fn is_opening_bracket(c: char) -> bool {
    matches!(c, '(' | '[' | '（')
}

/// Whether a number and a closing bracket follow, as in "Comments (3)".
fn is_bracketed_number(after: &str) -> bool {
    let rest = after
        .trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ',' | '٬' | '٫' | ' '));
    rest.len() < after.len() && rest.starts_with([')', ']', '）'])
}

/// The range to remove for a part: `whole`, which is the part with its brackets or full stop, if
/// the part is a counter; else a counter with a colon at an edge.
fn cut_of(text: &str, part: Range<usize>, whole: Range<usize>) -> Option<Range<usize>> {
    let content = &text[part.clone()];
    if part.len() > MAX_PART_BYTES || !content.contains(char::is_numeric) {
        return None;
    }
    let words = words(content);
    let kinds: Vec<Kind> = words.iter().map(|&(kind, _)| kind).collect();
    let labelled_end = labelled_end(&kinds);
    let cut = if is_counter(&kinds) {
        whole.start + (content.len() - content.trim_start().len())..whole.end
    } else if labelled_end < kinds.len() {
        part.start + words[labelled_end].1..part.end
    } else if kinds.starts_with(&LABELLED) {
        part.start..part.start + words[LABELLED.len()].1
    } else {
        return None;
    };
    let after = &text[cut.end..];
    let space = after.len() - after.trim_start().len();
    Some(cut.start..cut.end + space)
}

/// Index of the first of the counters with a colon at the end of a part; the length of `kinds` if
/// there are none.
fn labelled_end(kinds: &[Kind]) -> usize {
    let mut end = kinds.len();
    while kinds[..end].ends_with(&LABELLED) {
        end -= LABELLED.len();
        while end > 0 && kinds[end - 1] == Kind::Filler {
            end -= 1;
        }
    }
    end
}

/// A counter with a colon: "Views: 1,377".
const LABELLED: [Kind; 3] = [Kind::Counted, Kind::Colon, Kind::Number];

/// Whether a part has the name and the number of a counter and no other words.
fn is_counter(kinds: &[Kind]) -> bool {
    let is_named = kinds.contains(&Kind::Counted)
        || kinds.contains(&Kind::Votes) && kinds.contains(&Kind::Colon);
    is_named && kinds.contains(&Kind::Number) && !kinds.contains(&Kind::Other)
}

/// The words, numbers and colons of a part with their byte offsets.
fn words(part: &str) -> Vec<(Kind, usize)> {
    let mut found = Vec::new();
    let mut rest = part;
    while let Some(c) = rest.chars().next() {
        let start = part.len() - rest.len();
        let length = match c {
            _ if c.is_numeric() => number_length(rest),
            _ if is_letter(c) => prefix_length(rest, is_letter),
            _ => c.len_utf8(),
        };
        let kind = match c {
            ':' | '：' => Some(Kind::Colon),
            _ if c.is_numeric() => Some(Kind::Number),
            _ if is_letter(c) || is_symbol(c) => Some(kind(&rest[..length])),
            _ => None,
        };
        found.extend(kind.map(|kind| (kind, start)));
        rest = &rest[length..];
    }
    found
}

/// Length of the longest prefix of the given characters, in bytes.
fn prefix_length(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.len() - text.trim_start_matches(is_part).len()
}

/// Length of a number with its unit, in bytes.
fn number_length(text: &str) -> usize {
    let digits = prefix_length(text, |c| c.is_numeric() || ".,٬٫'’".contains(c));
    let unit = UNITS
        .iter()
        .find(|unit| starts_with_word(&text[digits..], unit));
    digits + unit.map_or(0, |unit| unit.len())
}

/// Whether the character is neither white space nor punctuation that counters may have.
fn is_symbol(c: char) -> bool {
    !c.is_whitespace() && !"#,،+&()[]（）.\u{fe0f}\u{200f}\u{200e}".contains(c)
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic()
        || matches!(
            c,
            '\'' | '’' | '\u{64b}'..='\u{652}' | '\u{94d}' | '\u{200c}'
        )
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len())
        .is_some_and(|start| start.to_lowercase() == word)
        && !text[word.len()..].starts_with(char::is_alphabetic)
}

fn kind(word: &str) -> Kind {
    WORDS
        .get(word)
        .or_else(|| WORDS.get(word.to_lowercase().as_str()))
        .copied()
        .unwrap_or(Kind::Other)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counters_that_are_a_part_are_removed() {
        for (counted, bare) in [
            ("Ferry sails again (3 comments)", "Ferry sails again"),
            ("Ferry sails again - 3 Comments", "Ferry sails again"),
            (
                "Ferry sails again | 1.2K shares | 12 likes",
                "Ferry sails again",
            ),
            ("[12 replies] Ferry sails again", "Ferry sails again"),
            ("(3 comments) Views: 12 The ferry sails", "The ferry sails"),
            ("3 comments. Views: 12 the ferry sails", "the ferry sails"),
            ("3 comments\n Views: 12 the ferry sails", "the ferry sails"),
            ("The ferry sails. Views: 1,377", "The ferry sails."),
            ("The ferry sails Views: 1,377", "The ferry sails"),
            ("Likes: 12 The ferry sails", "The ferry sails"),
            (
                "The ferry sails.\nPoints: 12\n# Comments: 3",
                "The ferry sails.",
            ),
            ("The ferry sails.\nComments (3)", "The ferry sails."),
            (
                "The ferry sails.\n12 comments and 1,377 views",
                "The ferry sails.",
            ),
            (
                "The ferry sails. 12 comments. More boats come.",
                "The ferry sails. More boats come.",
            ),
            ("Ferry (3 comments) sails", "Ferry sails"),
            (
                "العبارة تعود عدد المشاهدات: ١٢ التعليقات: ٣",
                "العبارة تعود",
            ),
            ("العبارة تعود (٣ تعليقات)", "العبارة تعود"),
            ("العبارة تعود.\nعدد المشاهدات: ١٬٣٧٧", "العبارة تعود."),
            ("Le ferry repart - 14 commentaires", "Le ferry repart"),
            ("Die Fähre fährt (14 Kommentare)", "Die Fähre fährt"),
            ("渡轮恢复航行 评论(14)", "渡轮恢复航行 评论(14)"),
            ("渡轮恢复航行\n评论(14)", "渡轮恢复航行"),
            ("The ferry sails. 👁 1,377 💬 3", "The ferry sails."),
        ] {
            assert_eq!(without_counters(counted), bare);
        }
    }

    #[test]
    fn numbers_that_are_news_are_kept() {
        for news in [
            "Her video got 3 million views",
            "The post drew 3,000 likes, 200 comments and 50 shares",
            "Yes wins (12,345 votes)",
            "Lakers win (112 points)",
            "Storm hits the coast (3 dead)",
            "Part (3)",
            "Budget: 1,377",
            "3",
            "",
        ] {
            assert_eq!(without_counters(news), news);
        }
    }

    const PARTS: [&str; 15] = [
        "(",
        ") ",
        "[",
        "]",
        " ",
        "\n",
        ". ",
        "3",
        "3 comments",
        "Views: 12",
        "word",
        "|",
        " - ",
        "٣ تعليقات",
        "评论",
    ];

    proptest! {
        #[test]
        fn the_number_of_a_counter_makes_no_difference(
            title in "[A-Za-z ]{0,20}[a-z]",
            one in 0u32..99999,
            other in 0u32..99999,
        ) {
            for form in [" (# comments)", " | # views", ".\nShares: #"] {
                let with = |number: u32| format!("{title}{}", form.replace('#', &number.to_string()));
                let [one, other] = [with(one), with(other)];
                prop_assert_eq!(without_counters(&one), without_counters(&other));
            }
        }

        #[test]
        fn any_text_is_accepted(
            text in "[ (\\[)|.:3٣k\n]{0,12}(views|تعليقات|评论|x)?[ ()\\]|.:,7\n-]{0,12}",
        ) {
            let bare = without_counters(&text).into_owned();
            prop_assert!(bare.len() <= text.len());
        }

        #[test]
        fn counters_in_any_order_are_accepted(
            parts in proptest::collection::vec(prop::sample::select(PARTS.to_vec()), 0..10),
        ) {
            let text = parts.concat();
            prop_assert!(without_counters(&text).len() <= text.len());
        }
    }
}
