//! An edge of a headline and its source in, whether it is an affix by its form out: a label of the
//! trade, the source's own name, or the name of some outlet.

use std::sync::LazyLock;

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::edge::{Edge, Mark, Side};
use crate::article::Article;
use crate::text::Tokens;

/// Words that say what kind of item it is, not what happened, folded.
const LABELS: &str = "
    breaking live liveblog watch video videos photo photos pictures gallery slideshow exclusive update updates
    updated listen asithappened podcast infographic infographics opinion analysis editorial explainer factbox
    عاجل خاص حصري حصريا مباشر مباشره شاهد فيديو بالفيديو والفيديو وفيديو صور بالصور والصور وصور مصوره انفوجراف
    انفوغراف انفوجرافيك انفوغرافيك بودكاست تحديث
    direct exclusif urgent foto fotos vivo directo ultima exclusivo exclusiva urgente eilmeldung liveticker
    newsticker exklusiv diretta esclusiva ultimahora dakika canli
    срочно молния видео фото трансляция терміново відео наживо
    فوري ويديو عكس تصاوير بريكنگ ويڈيو
    ब्रेकिंग लाइव वीडियो
    תמונות וידאו צפו מבזק בלעדי בשידור
    快讯 快訊 突发 突發 直播 视频 視頻 图集 圖集 独家 獨家 速報 独自 動画 写真 写真特集
    속보 영상 포토 단독 사진
    εκτακτο βιντεο φωτο εικονεσ";

/// Words that may stand beside a label.
const FILLERS: &str = "
    news follow blog in with w and the now here feed stream report
    بث خبر قصه و مع لحظه بلحظه
    en em al hora ao son info alerte
    نيوز
    न्यूज
    חי";

/// Sections of a paper; they are labels before and behind a bar only.
const SECTIONS: &str = "
    politics world business economy sport sports culture technology tech science health entertainment comment
    letters
    سياسه اقتصاد رياضه ثقافه محليات منوعات راي تكنولوجيا صحه علوم فن مقالات";

/// The capitals with which agencies begin the slug of a piece that is not the first of its kind.
const SLUGS: &str = "
    update rpt refile corrected exclusive brief wrapup factbox timeline insight analysis graphic newsmaker
    explainer breakingviews";

/// Outlets whose one word is known to everybody.
const KNOWN: &str = "
    reuters afp ap upi bbc cnn npr cnbc msnbc nbc cbs abc pbs espn dw rt bloomberg axios politico newsweek xinhua
    tass aljazeera nytimes rfi euronews dpa ansa efe
    رويترز
    тасс интерфакс риановости
    ynet";

/// Words by which a name of two words or more is an outlet's.
const OUTLETS: &str = "
    news times post herald tribune journal gazette telegraph chronicle observer reuters magazine online daily
    press tv radio bbc cnn guardian jazeera bloomberg
    نيوز نت برس صحيفه وكاله جريده بوابه رويترز
    новости газета
    haberleri gazetesi
    뉴스 일보";

/// How names of outlets end in scripts without spaces.
const OUTLET_ENDINGS: &str = "
    新闻 新聞 新闻网 日报 日報 晚报 晚報 时报 時報 新华网 人民网 中新网 通讯社 通訊社 ニュース 新聞デジタル
    뉴스 일보 신문";

/// Parts of a host or an outlet's name that do not tell it from others.
const GENERIC: &str = "
    www com co net org news online tv english arabic
    نيوز نت اونلاين";

/// The lists that have a word, as a sum of these.
static LISTS: LazyLock<HashMap<&str, u8>> = LazyLock::new(|| {
    let mut lists: HashMap<&str, u8> = HashMap::new();
    let each = [LABELS, FILLERS, SECTIONS, SLUGS, KNOWN, OUTLETS, GENERIC]
        .into_iter()
        .zip(0u32..);
    for (word, list) in
        each.flat_map(|(words, list)| words.split_whitespace().map(move |word| (word, list)))
    {
        *lists.entry(word).or_default() |= 1 << list;
    }
    lists
});

const LABEL: u8 = 1 << 0;
const FILLER: u8 = 1 << 1;
const SECTION: u8 = 1 << 2;
const SLUG: u8 = 1 << 3;
const OF_KNOWN: u8 = 1 << 4;
const OF_OUTLETS: u8 = 1 << 5;
const OF_GENERIC: u8 = 1 << 6;

/// Whether one of some lists has a word.
fn holds(lists: u8, word: &str) -> bool {
    LISTS.get(word).is_some_and(|of| of & lists != 0)
}

/// A label or a name has no more words than this.
const MOST_WORDS: usize = 6;

/// Who published an item: its declared source and its address, of which the host counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    name: Option<&'a str>,
    url: Option<&'a str>,
}

impl<'a> Source<'a> {
    /// The group of items whose source is not known.
    pub(super) const NONE: u64 = 0;

    pub(super) fn of(article: &'a Article<'_>) -> Self {
        Source {
            name: article.source.as_deref(),
            url: article.url.as_deref(),
        }
    }

    fn host(&self) -> Option<&'a str> {
        self.url.and_then(host)
    }

    /// What items of one source have in common.
    pub(super) fn group(&self) -> u64 {
        self.name
            .or_else(|| self.host())
            .map_or(Source::NONE, |source| xxh3_64(source.as_bytes()))
    }

    /// Whether an edge is an affix by its form; `words` is memory to use.
    pub(super) fn names(&self, edge: &Edge<'_>, words: &mut Tokens) -> bool {
        if edge.text.split_whitespace().nth(MOST_WORDS).is_some() {
            return false;
        }
        words.fill(edge.text);
        let own = || self.is_own(words);
        let outlet = || is_outlet(edge.text, words);
        match edge.mark {
            Mark::Slug => holds(SLUG, words.as_str()),
            Mark::Dots => is_label(words),
            Mark::Colon => is_label(words) || edge.side == Side::Back && own(),
            Mark::Bar => is_label(words) || holds(SECTION, words.as_str()) || own() || outlet(),
            Mark::Dash => is_label(words) || own() || outlet(),
            Mark::Brackets => is_label(words) || own() || is_known(edge.text, words),
        }
    }

    fn is_own(&self, words: &Tokens) -> bool {
        let own = bare_name(words);
        let is_own = |name: &str| match name.contains('.') && !name.contains(' ') {
            true => name.split('.').any(|part| {
                part.len() > 1 && !is_generic(part) && bare_name(&Tokens::of(part)) == own
            }),
            false => bare_name(&Tokens::of(name)) == own,
        };
        !own.is_empty() && (self.name.is_some_and(is_own) || self.host().is_some_and(is_own))
    }
}

/// The host of an address.
pub(crate) fn host(url: &str) -> Option<&str> {
    let host = url
        .split_once("://")?
        .1
        .split(['/', '?', '#', ':'])
        .next()?;
    (!host.is_empty()).then_some(host)
}

fn is_generic(word: &str) -> bool {
    holds(OF_GENERIC, word)
}

/// A name written together, without its article and what all such names have: "The BBC News" is
/// "bbc".
fn bare_name(words: &Tokens) -> String {
    let all: Vec<&str> = words.iter().collect();
    let mut bare = all.as_slice();
    while let [rest @ .., last] = bare
        && is_generic(last)
        && !rest.is_empty()
    {
        bare = rest;
    }
    let name = bare.concat();
    match name.strip_prefix("the") {
        Some(rest) if rest.len() > 2 => rest.to_owned(),
        _ => name,
    }
}

/// No label has more bytes than this.
const MOST_LABEL_BYTES: usize = 32;

/// Whether words are a label: nothing else, and at least one that is not only found beside labels.
fn is_label(words: &Tokens) -> bool {
    let all_known = words.iter().all(|word| holds(LABEL | FILLER, word));
    all_known && words.iter().any(|word| holds(LABEL, word))
        || words.len() > 1
            && words.as_str().len() < MOST_LABEL_BYTES + words.len()
            && holds(LABEL, &words.as_str().replace(' ', ""))
}

/// Whether a name is an outlet's: one that is known by itself, or a few capitalised words with one
/// of the trade.
fn is_outlet(text: &str, words: &Tokens) -> bool {
    let of_the_trade = || {
        words.len() > 1 && words.words() <= 5 && words.iter().any(|word| holds(OF_OUTLETS, word))
    };
    is_known(text, words) || is_name(text) && of_the_trade()
}

/// Whether a name is an outlet's beyond doubt: one that everybody knows, a domain, an ending that
/// no other name has.
fn is_known(text: &str, words: &Tokens) -> bool {
    let written = words.as_str().replace(' ', "");
    let ends = || {
        written.ends_with(|c| c > '\u{2fff}')
            && OUTLET_ENDINGS
                .split_whitespace()
                .any(|ending| written.ends_with(ending))
    };
    is_domain(text) || is_name(text) && (holds(OF_KNOWN, &written) || ends())
}

/// Whether all words but the smallest begin with a capital, in scripts that have them.
pub(super) fn is_name(text: &str) -> bool {
    let small = |word: &str| matches!(word, "of" | "the" | "and" | "de" | "la");
    text.split_whitespace()
        .all(|word| small(word) || !word.starts_with(char::is_lowercase))
}

/// "example.com", "Example.co.uk".
fn is_domain(text: &str) -> bool {
    let ends =
        |ending: &str| text.len() > ending.len() && text.to_ascii_lowercase().ends_with(ending);
    !text.contains(char::is_whitespace)
        && [".com", ".net", ".org", ".co.uk", ".tv", ".ru"]
            .iter()
            .any(|one| ends(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_first_bars_no_word() {
        assert!(
            LABELS
                .split_whitespace()
                .all(|word| word.len() <= MOST_LABEL_BYTES)
        );
        assert!(
            OUTLET_ENDINGS
                .split_whitespace()
                .all(|ending| ending.ends_with(|c| c > '\u{2fff}'))
        );
    }

    #[test]
    fn the_lists_are_folded_and_say_nothing_twice() {
        for list in [
            LABELS,
            FILLERS,
            SECTIONS,
            SLUGS,
            KNOWN,
            OUTLETS,
            OUTLET_ENDINGS,
            GENERIC,
        ] {
            let words: Vec<&str> = list.split_whitespace().collect();
            for (place, word) in words.iter().enumerate() {
                assert_eq!(Tokens::of(word).as_str().replace(' ', ""), *word);
                assert!(!words[..place].contains(word), "{word} twice");
            }
        }
    }
}
