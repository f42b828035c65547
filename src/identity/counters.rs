//! A text in, the same without its counters out: "(3 comments)", "Views: 1,377", "٣ تعليقات", "1.2k
//! shares". They change from fetch to fetch while the item stays the same. Linear in the text.
//!
//! A counter goes only where it stands by itself: as a line, as a sentence, between bars, in
//! brackets, or at an edge with a colon between its name and its number. Numbers within a sentence
//! are news ("the video got 3 million views").

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use hashbrown::HashMap;

/// What pages count, in lower case.
const COUNTED: &str = "comment comments view views pageview pageviews share shares like likes reply replies reaction \
    reactions retweet retweets repost reposts upvote upvotes reads notes visits favorites favourites claps watching \
    viewers listens downloads read viewed shared 👁 👀 💬 ❤ ♥ 👍 🔁 \
    تعليق تعليقات تعليقا تعليقًا التعليقات مشاهدة مشاهدات المشاهدات مشاركة مشاركات المشاركات إعجاب إعجابات الإعجابات \
    اعجاب اعجابات قراءة قراءات القراءات زيارة زيارات الزيارات ردود الردود \
    commentaire commentaires vue vues partage partages réaction réactions lectures \
    kommentar kommentare kommentarer aufruf aufrufe reaktionen geteilt comentario comentarios visita visitas vistas \
    compartidos comentário comentários visualização visualizações compartilhamentos commento commenti visualizzazioni \
    condivisioni reactie reacties weergaven komentarz komentarze komentarzy wyświetleń udostępnień visningar delningar \
    yorum görüntülenme görüntüleme okunma paylaşım beğeni komentar dilihat tayangan комментарий комментария комментариев \
    комментарии просмотр просмотра просмотров просмотры репостов лайков коментар коментарі коментарів переглядів перегляди \
    نظر نظرات بازدید دیدگاه تبصرے مشاہدات टिप्पणी टिप्पणियाँ 评论 留言 阅读 浏览 点赞 转发 評論 閱讀 瀏覽 コメント 閲覧 \
    いいね 댓글 조회 조회수 공감";

/// What reports count too: a counter only with a colon.
const VOTES: &str =
    "vote votes point points score hits plays صوت أصوات نقاط voix stimmen votos punti голосов";

/// What may stand beside.
const BESIDE: &str = "and total page people users user times time no new all und et e fois mal veces vezes volte keer razy \
    kez kere kişi раз من مرة مرات شخص مستخدم عدد و k m b mio mil tsd tys тыс млн bin ألف مليون";

/// What is written on to a number for thousands and the like.
const UNITS: [&str; 9] = ["k", "m", "b", "万", "萬", "千", "만", "천", "тыс"];

/// A part of a text longer than this, in bytes, is no counter.
const LONGEST: usize = 160;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counted,
    Votes,
    Beside,
    Number,
    Colon,
    Other,
}

static WORDS: LazyLock<HashMap<&str, Kind>> = LazyLock::new(|| {
    let lists = [
        (BESIDE, Kind::Beside),
        (VOTES, Kind::Votes),
        (COUNTED, Kind::Counted),
    ];
    lists
        .iter()
        .flat_map(|&(list, kind)| list.split_whitespace().map(move |word| (word, kind)))
        .collect()
});

/// The text without its counters, and without white space and bars at its ends.
///
/// ```
/// use qissa::identity::without_counters;
/// assert_eq!(without_counters("Ferry sails again (3 comments)"), "Ferry sails again");
/// assert_eq!(without_counters("الجسر يفتح أبوابه.\n٣ تعليقات | 1.2k shares"), "الجسر يفتح أبوابه.");
/// assert_eq!(without_counters("Her video got 3 million views"), "Her video got 3 million views");
/// ```
pub fn without_counters(text: &str) -> Cow<'_, str> {
    let cuts = match text
        .bytes()
        .any(|byte| byte.is_ascii_digit() || byte >= 0x80)
    {
        true => cuts(text),
        false => Vec::new(),
    };
    if cuts.is_empty() {
        return Cow::Borrowed(trimmed(text));
    }
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for cut in cuts {
        // White space behind a counter belongs to that cut, although the next part begins with it.
        kept += &text[at.min(cut.start)..cut.start];
        at = at.max(cut.end);
    }
    kept += &text[at..];
    Cow::Owned(trimmed(&kept).to_owned())
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_bar(c) || c == '-')
}

/// What stands between the parts of a line.
fn is_bar(c: char) -> bool {
    matches!(c, '|' | '·' | '•' | '—' | '–' | '‖' | '│')
}

/// The places of the counters, ascending, each with its brackets and the white space behind it.
fn cuts(text: &str) -> Vec<Range<usize>> {
    let mut cuts = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let rest = &text[end..];
        let is_open = matches!(c, '(' | '[' | '（') && !holds_number(rest);
        let is_close = matches!(c, ')' | ']' | '）') && !text[..at].ends_with(char::is_numeric);
        let ends_sentence = matches!(c, '.' | '!' | '?' | '؟' | '。')
            && !rest.starts_with(|c: char| !c.is_whitespace());
        let is_dash = c == '-' && text[..at].ends_with(' ') && rest.starts_with(' ');
        if !(matches!(c, '\n' | '\r' | '\t')
            || is_bar(c)
            || is_open
            || is_close
            || ends_sentence
            || is_dash)
        {
            continue;
        }
        let opened = text[..start]
            .chars()
            .next_back()
            .filter(|c| is_close && matches!(c, '(' | '[' | '（'));
        let whole = start - opened.map_or(0, char::len_utf8)
            ..if opened.is_some() || ends_sentence {
                end
            } else {
                at
            };
        cuts.extend(cut_of(text, start..at, whole));
        start = end;
    }
    cuts.extend(cut_of(text, start..text.len(), start..text.len()));
    cuts
}

/// Whether a bracket that was opened closes behind a mere number, as in "Comments (3)".
fn holds_number(rest: &str) -> bool {
    let inside = rest
        .trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ',' | '٬' | '٫' | ' '));
    inside.len() < rest.len() && inside.starts_with([')', ']', '）'])
}

/// What is to go of a part of a text: all of it, with its brackets or its full stop as `whole` has
/// it, or counters with a colon at an edge.
fn cut_of(text: &str, part: Range<usize>, whole: Range<usize>) -> Option<Range<usize>> {
    let said = &text[part.clone()];
    if part.len() > LONGEST || !said.contains(char::is_numeric) {
        return None;
    }
    let words = words(said);
    let kinds: Vec<Kind> = words.iter().map(|word| word.0).collect();
    let labelled = labelled_end(&kinds);
    let cut = match () {
        () if is_counter(&kinds) => whole.start + (said.len() - said.trim_start().len())..whole.end,
        () if labelled < kinds.len() => part.start + words[labelled].1..part.end,
        () if kinds.starts_with(&LABELLED) => part.start..part.start + words[LABELLED.len()].1,
        () => return None,
    };
    let space = text[cut.end..].len() - text[cut.end..].trim_start().len();
    Some(cut.start..cut.end + space)
}

/// Where the counters with a colon begin that a part ends with, or the end if it ends with none.
fn labelled_end(kinds: &[Kind]) -> usize {
    let mut end = kinds.len();
    while kinds[..end].ends_with(&LABELLED) {
        end -= LABELLED.len();
        end -= kinds[..end]
            .iter()
            .rev()
            .take_while(|kind| **kind == Kind::Beside)
            .count();
    }
    end
}

/// "Views: 1,377".
const LABELLED: [Kind; 3] = [Kind::Counted, Kind::Colon, Kind::Number];

/// Whether a part says nothing but what is counted and how many.
fn is_counter(kinds: &[Kind]) -> bool {
    let has = |kind: Kind| kinds.contains(&kind);
    has(Kind::Number)
        && !has(Kind::Other)
        && (has(Kind::Counted) || has(Kind::Votes) && has(Kind::Colon))
}

/// The words, numbers and colons of a part, each with its place.
fn words(part: &str) -> Vec<(Kind, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = part[at..].chars().next() {
        let start = at;
        let rest = &part[at..];
        match c {
            ':' | '：' => {
                at += c.len_utf8();
                found.push((Kind::Colon, start));
            }
            _ if c.is_numeric() => {
                at += rest.len()
                    - rest
                        .trim_start_matches(|c: char| c.is_numeric() || ".,٬٫'’".contains(c))
                        .len();
                let unit = UNITS
                    .iter()
                    .find(|unit| starts_with_word(&part[at..], unit));
                at += unit.map_or(0, |unit| unit.len());
                found.push((Kind::Number, start));
            }
            _ if is_letter(c) => {
                at += rest.len() - rest.trim_start_matches(is_letter).len();
                found.push((kind(&part[start..at]), start));
            }
            _ => {
                at += c.len_utf8();
                let is_sign =
                    !c.is_whitespace() && !"#,،+&()[]（）.\u{fe0f}\u{200f}\u{200e}".contains(c);
                found.extend(is_sign.then(|| (kind(&part[start..at]), start)));
            }
        }
    }
    found
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
    fn counters_that_stand_by_themselves_go() {
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
    fn numbers_that_are_news_stay() {
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
        fn what_is_counted_makes_no_difference(title in "[A-Za-z ]{0,20}[a-z]", one in 0u32..99999, other in 0u32..99999) {
            for form in [" (# comments)", " | # views", ".\nShares: #"] {
                let with = |number: u32| format!("{title}{}", form.replace('#', &number.to_string()));
                let [one, other] = [with(one), with(other)];
                prop_assert_eq!(without_counters(&one), without_counters(&other));
            }
        }

        #[test]
        fn any_text_is_read(text in "[ (\\[)|.:3٣k\n]{0,12}(views|تعليقات|评论|x)?[ ()\\]|.:,7\n-]{0,12}") {
            let bare = without_counters(&text).into_owned();
            prop_assert!(bare.len() <= text.len());
        }

        #[test]
        fn counters_in_any_order_are_read(parts in proptest::collection::vec(prop::sample::select(PARTS.to_vec()), 0..10)) {
            let text = parts.concat();
            prop_assert!(without_counters(&text).len() <= text.len());
        }
    }
}
