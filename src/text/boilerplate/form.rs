//! Boilerplate by form: labels, names of outlets, and the name of the item's source.
//!
//! Input: an affix of a title and the publisher of the item. Output: whether it is boilerplate.
//! Cost: a hash lookup per word. The word lists are compiled by hand from titles of news feeds;
//! they are normalized as [`Tokens`] are.

use std::sync::LazyLock;

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_64;

use super::affix::{Affix, Mark, Side};
use crate::article::Article;
use crate::text::Tokens;

/// Labels: words for the kind of item ("video", "opinion").
const LABELS: &str = "
    breaking live liveblog watch video videos photo photos pictures gallery slideshow exclusive
    update updates
    updated listen asithappened podcast infographic infographics opinion analysis editorial
    explainer factbox
    عاجل خاص حصري حصريا مباشر مباشره شاهد فيديو بالفيديو والفيديو وفيديو صور بالصور والصور وصور
    مصوره انفوجراف
    انفوغراف انفوجرافيك انفوغرافيك بودكاست تحديث
    direct exclusif urgent foto fotos vivo directo ultima exclusivo exclusiva urgente eilmeldung
    liveticker
    newsticker exklusiv diretta esclusiva ultimahora dakika canli
    срочно молния видео фото трансляция терміново відео наживо
    فوري ويديو عكس تصاوير بريكنگ ويڈيو
    ब्रेकिंग लाइव वीडियो
    תמונות וידאו צפו מבזק בלעדי בשידור
    快讯 快訊 突发 突發 直播 视频 視頻 图集 圖集 独家 獨家 速報 独自 動画 写真 写真特集
    속보 영상 포토 단독 사진
    εκτακτο βιντεο φωτο εικονεσ";

/// Words that occur next to labels.
const FILLERS: &str = "
    news follow blog in with w and the now here feed stream report
    بث خبر قصه و مع لحظه بلحظه
    en em al hora ao son info alerte
    نيوز
    न्यूज
    חי";

/// Names of sections: boilerplate at a bar only.
const SECTIONS: &str = "
    politics world business economy sport sports culture technology tech science health
    entertainment comment
    letters
    سياسه اقتصاد رياضه ثقافه محليات منوعات راي تكنولوجيا صحه علوم فن مقالات";

/// Slugs of news agencies, as in "UPDATE 2-".
const SLUGS: &str = "
    update rpt refile corrected exclusive brief wrapup factbox timeline insight analysis graphic
    newsmaker
    explainer breakingviews";

/// Outlets that are known by one word.
const KNOWN_OUTLETS: &str = "
    reuters afp ap upi bbc cnn npr cnbc msnbc nbc cbs abc pbs espn dw rt bloomberg axios politico
    newsweek xinhua
    tass aljazeera nytimes rfi euronews dpa ansa efe
    رويترز
    тасс интерфакс риановости
    ynet";

/// Words that occur in names of outlets of two words or more.
const OUTLET_WORDS: &str = "
    news times post herald tribune journal gazette telegraph chronicle observer reuters magazine
    online daily
    press tv radio bbc cnn guardian jazeera bloomberg
    نيوز نت برس صحيفه وكاله جريده بوابه رويترز
    новости газета
    haberleri gazetesi
    뉴스 일보";

/// Endings of names of outlets in scripts without spaces.
const OUTLET_ENDINGS: &str = "
    新闻 新聞 新闻网 日报 日報 晚报 晚報 时报 時報 新华网 人民网 中新网 通讯社 通訊社 ニュース 新聞デジタル
    뉴스 일보 신문";

/// Parts of hosts and names of outlets that many outlets share.
const GENERIC: &str = "
    www com co net org news online tv english arabic
    نيوز نت اونلاين";

/// Bit set of the word lists that have a word.
type Lists = u8;

const LABEL: Lists = 1 << 0;
const FILLER: Lists = 1 << 1;
const SECTION: Lists = 1 << 2;
const SLUG: Lists = 1 << 3;
const KNOWN_OUTLET: Lists = 1 << 4;
const OUTLET_WORD: Lists = 1 << 5;
const GENERIC_PART: Lists = 1 << 6;

/// The lists of each word.
static LISTS: LazyLock<HashMap<&str, Lists>> = LazyLock::new(|| {
    let mut lists: HashMap<&str, Lists> = HashMap::new();
    for (words, list) in [
        (LABELS, LABEL),
        (FILLERS, FILLER),
        (SECTIONS, SECTION),
        (SLUGS, SLUG),
        (KNOWN_OUTLETS, KNOWN_OUTLET),
        (OUTLET_WORDS, OUTLET_WORD),
        (GENERIC, GENERIC_PART),
    ] {
        for word in words.split_whitespace() {
            *lists.entry(word).or_default() |= list;
        }
    }
    lists
});

/// Whether any of `lists` has the word.
fn is_in(lists: Lists, word: &str) -> bool {
    LISTS.get(word).is_some_and(|found| found & lists != 0)
}

/// Maximum number of words of a label or a name.
const MAX_WORDS: usize = 6;

/// Publisher of an item: its declared source and the host of its link.
#[derive(Debug, Clone, Copy)]
pub(super) struct Publisher<'a> {
    name: Option<&'a str>,
    url: Option<&'a str>,
}

impl<'a> Publisher<'a> {
    /// [`Publisher::group`] of items without a source and a link.
    pub(super) const UNKNOWN: u64 = 0;

    pub(super) fn of(article: &'a Article<'_>) -> Self {
        Publisher {
            name: article.source.as_deref(),
            url: article.url.as_deref(),
        }
    }

    fn host(&self) -> Option<&'a str> {
        self.url.and_then(host)
    }

    /// Hash of the source, else of the host; equal for the items of one outlet.
    pub(super) fn group(&self) -> u64 {
        self.name
            .or_else(|| self.host())
            .map_or(Publisher::UNKNOWN, |source| xxh3_64(source.as_bytes()))
    }

    /// Whether an affix is boilerplate by its form. `words` is a buffer to reuse.
    pub(super) fn is_boilerplate(&self, affix: &Affix<'_>, words: &mut Tokens) -> bool {
        if affix.text.split_whitespace().nth(MAX_WORDS).is_some() {
            return false;
        }
        words.fill(affix.text);
        match affix.mark {
            Mark::Slug => is_in(SLUG, words.as_str()),
            Mark::Dots => is_label(words),
            Mark::Colon => is_label(words) || affix.side == Side::Back && self.is_own_name(words),
            Mark::Bar => {
                is_label(words)
                    || is_in(SECTION, words.as_str())
                    || self.is_own_name(words)
                    || is_outlet(affix.text, words)
            }
            Mark::Dash => {
                is_label(words) || self.is_own_name(words) || is_outlet(affix.text, words)
            }
            Mark::Brackets => {
                is_label(words) || self.is_own_name(words) || is_known_outlet(affix.text, words)
            }
        }
    }

    /// Whether the words are the name of the source, or of a part of a host.
    fn is_own_name(&self, words: &Tokens) -> bool {
        let name = bare_name(words);
        !name.is_empty()
            && [self.name, self.host()]
                .into_iter()
                .flatten()
                .any(|source| is_name_of(&name, source))
    }
}

/// Whether a bare name is that of a source, which is a name or a host.
fn is_name_of(name: &str, source: &str) -> bool {
    let is_host = source.contains('.') && !source.contains(' ');
    if is_host {
        source.split('.').any(|part| {
            part.len() > 1 && !is_in(GENERIC_PART, part) && bare_name(&Tokens::of(part)) == name
        })
    } else {
        bare_name(&Tokens::of(source)) == name
    }
}

/// The host of an absolute URL, without the port.
pub(crate) fn host(url: &str) -> Option<&str> {
    let host = url
        .split_once("://")?
        .1
        .split(['/', '?', '#', ':'])
        .next()?;
    (!host.is_empty()).then_some(host)
}

/// A name without spaces, the article and generic parts at its end: "The BBC News" is "bbc".
fn bare_name(words: &Tokens) -> String {
    let all: Vec<&str> = words.iter().collect();
    let mut bare = all.as_slice();
    while let [rest @ .., last] = bare
        && is_in(GENERIC_PART, last)
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

/// Maximum length of a label, in bytes without spaces.
const MAX_LABEL_BYTES: usize = 32;

/// Whether the words are labels and fillers with at least one label, or spell one label with
/// spaces.
fn is_label(words: &Tokens) -> bool {
    let is_labels = words.iter().all(|word| is_in(LABEL | FILLER, word))
        && words.iter().any(|word| is_in(LABEL, word));
    is_labels
        || words.len() > 1
            && words.as_str().len() < MAX_LABEL_BYTES + words.len()
            && is_in(LABEL, &words.as_str().replace(' ', ""))
}

/// Whether a name is that of an outlet: a known one, or two to five capitalized words with one of
/// [`OUTLET_WORDS`].
fn is_outlet(text: &str, words: &Tokens) -> bool {
    is_known_outlet(text, words)
        || is_name(text)
            && words.len() > 1
            && words.words() <= 5
            && words.iter().any(|word| is_in(OUTLET_WORD, word))
}

/// Whether a name is certainly that of an outlet: one of [`KNOWN_OUTLETS`], a domain, or a name
/// with one of [`OUTLET_ENDINGS`].
fn is_known_outlet(text: &str, words: &Tokens) -> bool {
    if is_domain(text) {
        return true;
    }
    let joined = words.as_str().replace(' ', "");
    is_name(text) && (is_in(KNOWN_OUTLET, &joined) || has_outlet_ending(&joined))
}

fn has_outlet_ending(name: &str) -> bool {
    // All endings are in East Asian scripts: the last character rejects most names.
    name.ends_with(|c| c > '\u{2fff}')
        && OUTLET_ENDINGS
            .split_whitespace()
            .any(|ending| name.ends_with(ending))
}

/// Whether all words but particles begin with a capital letter, in scripts that have capitals.
pub(super) fn is_name(text: &str) -> bool {
    text.split_whitespace().all(|word| {
        matches!(word, "of" | "the" | "and" | "de" | "la") || !word.starts_with(char::is_lowercase)
    })
}

/// Whether the text is a domain: "example.com", "Example.co.uk".
fn is_domain(text: &str) -> bool {
    if text.contains(char::is_whitespace) {
        return false;
    }
    let text = text.to_ascii_lowercase();
    [".com", ".net", ".org", ".co.uk", ".tv", ".ru"]
        .iter()
        .any(|ending| text.len() > ending.len() && text.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_checks_reject_no_listed_word() {
        assert!(
            LABELS
                .split_whitespace()
                .all(|word| word.len() <= MAX_LABEL_BYTES)
        );
        assert!(
            OUTLET_ENDINGS
                .split_whitespace()
                .all(|ending| ending.ends_with(|c| c > '\u{2fff}'))
        );
    }

    #[test]
    fn the_lists_are_normalized_and_without_repetitions() {
        for list in [
            LABELS,
            FILLERS,
            SECTIONS,
            SLUGS,
            KNOWN_OUTLETS,
            OUTLET_WORDS,
            OUTLET_ENDINGS,
            GENERIC,
        ] {
            let words: Vec<&str> = list.split_whitespace().collect();
            for (place, word) in words.iter().enumerate() {
                assert_eq!(Tokens::of(word).as_str().replace(' ', ""), *word);
                assert!(!words[..place].contains(word), "{word} is listed twice");
            }
        }
    }
}
