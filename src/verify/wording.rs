//! The difference of two titles: the words of only one title, classified as names, slots (numbers,
//! ordinals, dates) and negations.
//!
//! Input: two titles folded by [`crate::text::Tokens`]. Output: a [`TitleDifference`]. Words are
//! aligned by a longest common subsequence, which separates insertions from replacements; inflected
//! forms of a word and stop words make no difference. Cost: the product of the lengths of the
//! titles.

use std::sync::LazyLock;

use hashbrown::HashSet;
use xxhash_rust::xxh3::xxh3_64;

use crate::text::{Language, StopWords, is_number, is_sign};

/// Languages of the stop words, which make no difference between two titles.
const LANGUAGES: [&str; 11] = [
    "en", "ar", "fr", "es", "de", "it", "pt", "nl", "sv", "tr", "ru",
];

/// Stop words and words for a former office.
static MINOR: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut words: HashSet<String> = QUALIFYING_WORDS
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect();
    for code in LANGUAGES {
        words.extend(StopWords::of(Language::from_tag(code)).into_words());
    }
    words
});

static SLOTS: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of_list(SLOT_WORDS));

static DENIALS: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of_list(NEGATIONS));

static CASUALTIES: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of_list(CASUALTY_WORDS));

static ENDINGS: LazyLock<HashSet<&str>> = LazyLock::new(|| words_of_list(WORD_ENDINGS));

fn words_of_list(list: &'static str) -> HashSet<&'static str> {
    list.split_ascii_whitespace().collect()
}

/// Words for a former office, folded. Editors replace and omit these words freely.
const QUALIFYING_WORDS: &str = "ex former onetime سابق السابق سابقا السابقه الاسبق ancien ancienne exministro antiguo \
    ehemalige ehemaliger eski экс бывший";

/// Number words, ordinals, weekdays and months, folded. With figures they fill the slots of a
/// template.
const SLOT_WORDS: &str = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen \
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand dozen \
    first second third fourth fifth sixth seventh eighth ninth tenth monday tuesday wednesday thursday friday \
    saturday sunday january february march april may june july august september october november december jan \
    feb mar apr jun jul aug sep sept oct nov dec morning evening واحد اثنان ثلاثه اربعه خمسه سته سبعه ثمانيه \
    تسعه عشره عشرون عشرين ثلاثون ثلاثين اربعون اربعين خمسون خمسين ستون ستين سبعون سبعين ثمانون ثمانين تسعون \
    تسعين مئه مائه الف الاول الاولي الثاني الثانيه الثالث الثالثه الرابع الرابعه الخامس الخامسه السادس \
    السادسه السابع السابعه الثامن الثامنه التاسع التاسعه العاشر العاشره السبت الاحد الاثنين الثلاثاء الاربعاء \
    الخميس الجمعه يناير فبراير مارس ابريل مايو يونيو يوليو اغسطس سبتمبر اكتوبر نوفمبر ديسمبر شباط اذار نيسان \
    ايار حزيران تموز اب ايلول تشرين كانون محرم صفر رجب شعبان رمضان شوال un deux trois quatre cinq premier \
    premiere deuxieme troisieme lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars \
    avril mai juin juillet aout septembre octobre novembre decembre uno dos tres cuatro cinco primero primera \
    segundo segunda tercero tercera lunes martes miercoles jueves viernes sabado domingo enero febrero marzo \
    abril mayo junio julio agosto septiembre octubre noviembre diciembre eins zwei drei vier funf erste \
    zweite dritte montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar marz juni juli \
    oktober dezember";

/// Negations, folded.
const NEGATIONS: &str = "not no never without denies deny denied refuses refused rejects rejected false untrue isn't won't \
    doesn't don't wasn't can't cannot لا لم لن ليس ليست ينفي تنفي نفي نفت يرفض ترفض رفض رفضت بدون دون غير عدم \
    non pas jamais dement nie sin nunca niega nicht kein keine bestreitet не нет";

/// Words of casualty counts, folded. The number next to a casualty word is revised as a report goes
/// on.
const CASUALTY_WORDS: &str = "dead killed kills dies die deaths toll injured injures injuring wounded wounds missing hurt \
    casualties victims قتيل قتيلا قتلي قتل مقتل جريح جريحا جرحي مصاب مصابا اصابه اصابات وفاه وفيات ضحايا ضحيه مفقود مفقودا \
    مفقودين شهيد شهيدا شهداء استشهاد حصيله morts blesses disparus muertos heridos desaparecidos tote verletzte vermisste olu \
    yarali погибших раненых погибли 死 伤 傷 亡";

/// Endings that differ between inflected forms of a word.
const WORD_ENDINGS: &str = "s es ed d ing er n an ian ly 's ه ات ين ون ان ي ا ها هم يه كم";

/// Arabic proclitics, longest first.
const CLITICS: [&str; 12] = [
    "وال", "بال", "كال", "فال", "لل", "ال", "و", "ب", "ل", "ف", "ك", "س",
];

/// Characters of scripts without spaces that change a fact if replaced: numerals, days, directions,
/// short names of countries.
const DISTINCT_SIGNS: &str = "一二三四五六七八九十百千万億亿兆月火水木金土日年上下左右前後后東东西南北中大小男女内外\
    美英法德俄露韓韩朝印日華华仏独伊豪台港京阪神増增減减升降勝胜敗败売卖買买不未無无有";

/// Minimum characters of a title in a script without spaces with a typing error: in shorter titles
/// a replaced character is a difference.
const MIN_TYPO_SIGNS: usize = 8;

/// Maximum words of an aligned title. A longer title is a text.
const MAX_ALIGNED_WORDS: usize = 80;

/// The number of elements in both of two sorted, unique lists.
pub(super) fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut at, mut count) = (0, 0);
    for word in a {
        while at < b.len() && b[at] < *word {
            at += 1;
        }
        count += usize::from(at < b.len() && b[at] == *word);
    }
    count
}

/// The hash of a word, as in leads.
pub(super) fn word_hash(word: &str) -> u32 {
    xxh3_64(word.as_bytes()) as u32
}

/// Whether a word is a stop word.
pub(super) fn is_minor(word: &str) -> bool {
    MINOR.contains(word)
}

fn is_slot(word: &str) -> bool {
    is_number(word) || SLOTS.contains(word)
}

/// Whether a word is a content word: a name, a verb or similar.
fn is_content(word: &str) -> bool {
    !is_slot(word) && !is_minor(word)
}

/// An Arabic word without the proclitic, if three letters are left.
fn without_clitics(word: &str) -> &str {
    if !word.starts_with(|c| ('\u{621}'..='\u{64a}').contains(&c)) {
        return word;
    }
    let rest = CLITICS.iter().find_map(|clitic| word.strip_prefix(clitic));
    rest.filter(|rest| rest.chars().count() >= 3)
        .unwrap_or(word)
}

/// Whether two words are inflected forms or spellings of a common word.
pub(super) fn are_forms_of_one(a: &str, b: &str) -> bool {
    if is_number(a) || is_number(b) {
        return a == b;
    }
    let (a, b) = (without_clitics(a), without_clitics(b));
    a == b || is_inflected(a, b) || is_misspelt(a, b)
}

/// Whether two words share a stem of at least three letters and differ in known endings.
fn is_inflected(a: &str, b: &str) -> bool {
    let stem = common_prefix(a, b);
    let is_ending = |word: &str| word.len() == stem.len() || ENDINGS.contains(&word[stem.len()..]);
    stem.chars().count() >= 3 && is_ending(a) && is_ending(b)
}

fn common_prefix<'t>(a: &'t str, b: &str) -> &'t str {
    let mut length = 0;
    for (x, y) in a.chars().zip(b.chars()) {
        if x != y {
            break;
        }
        length += x.len_utf8();
    }
    &a[..length]
}

/// Whether two words of six to nine letters differ in one letter, or longer words in two letters.
fn is_misspelt(a: &str, b: &str) -> bool {
    let max_edits = match a.chars().count().min(b.chars().count()) {
        0..=5 => return false,
        6..=9 => 1,
        _ => 2,
    };
    strsim::osa_distance(a, b) <= max_edits
}

/// The words of two titles between two words in common.
type Gap<'t> = [Vec<&'t str>; 2];

/// The lengths of the longest common subsequences of all suffixes of two lists of words.
struct SuffixLengths {
    lengths: Vec<u16>,
    width: usize,
}

impl SuffixLengths {
    fn new(a: &[&str], b: &[&str]) -> Self {
        let width = b.len() + 1;
        let mut table = SuffixLengths {
            lengths: vec![0; (a.len() + 1) * width],
            width,
        };
        for x in (0..a.len()).rev() {
            for y in (0..b.len()).rev() {
                table.lengths[x * width + y] = if a[x] == b[y] {
                    table.get(x + 1, y + 1) + 1
                } else {
                    table.get(x + 1, y).max(table.get(x, y + 1))
                };
            }
        }
        table
    }

    fn get(&self, x: usize, y: usize) -> u16 {
        self.lengths[x * self.width + y]
    }
}

/// The gaps before, between and after the words of a longest common subsequence.
fn gaps<'t>(a: &[&'t str], b: &[&'t str]) -> Vec<Gap<'t>> {
    let common = SuffixLengths::new(a, b);
    let mut gaps = Vec::new();
    let mut gap = Gap::default();
    let (mut x, mut y) = (0, 0);
    while x < a.len() || y < b.len() {
        if x < a.len() && y < b.len() && a[x] == b[y] {
            gaps.push(std::mem::take(&mut gap));
            (x, y) = (x + 1, y + 1);
        } else if y == b.len() || x < a.len() && common.get(x + 1, y) >= common.get(x, y + 1) {
            gap[0].push(a[x]);
            x += 1;
        } else {
            gap[1].push(b[y]);
            y += 1;
        }
    }
    gaps.push(gap);
    gaps
}

/// The words of two titles outside of their longest common subsequence.
struct Unmatched<'t> {
    words: [Vec<&'t str>; 2],
    /// The number of replaced characters of scripts without spaces; `None` if the titles differ in
    /// anything else.
    replaced_signs: Option<usize>,
    /// Whether a replaced character is in [`DISTINCT_SIGNS`].
    has_distinct_sign: bool,
}

impl<'t> Unmatched<'t> {
    fn new(a: &[&'t str], b: &[&'t str]) -> Self {
        let mut unmatched = Unmatched {
            words: Default::default(),
            replaced_signs: Some(0),
            has_distinct_sign: false,
        };
        for gap in &gaps(a, b) {
            // Differently split words are equal: "multi million" and "multimillion".
            if gap[0].concat() != gap[1].concat() {
                unmatched.add(gap);
            }
        }
        unmatched
    }

    fn add(&mut self, gap: &Gap<'t>) {
        match (&gap[0][..], &gap[1][..]) {
            ([x], [y]) if is_sign(x) && is_sign(y) => {
                self.replaced_signs = self.replaced_signs.map(|count| count + 1);
                self.has_distinct_sign |= DISTINCT_SIGNS.contains(x) || DISTINCT_SIGNS.contains(y);
            }
            _ => self.replaced_signs = None,
        }
        self.words[0].extend(&gap[0]);
        self.words[1].extend(&gap[1]);
    }

    /// Removes pairs of words that are forms of a common word.
    fn cancel_forms(&mut self) {
        let [a, b] = &mut self.words;
        a.retain(|word| {
            let form = b.iter().position(|other| are_forms_of_one(word, other));
            match form {
                Some(at) => {
                    b.remove(at);
                    false
                }
                None => true,
            }
        });
    }
}

/// The difference of two titles. Lists have the words of one title missing from the other title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TitleDifference<'t> {
    /// Names, verbs and other content words.
    names: [Vec<&'t str>; 2],
    /// Numbers, ordinals, weekdays and months.
    slots: [Vec<&'t str>; 2],
    /// Whether one side has more negations.
    denies: bool,
    /// Number of content words in common.
    common: usize,
    /// Whether both titles count casualties.
    counts_casualties: bool,
    /// Whether the titles differ in one mistyped character of a script without spaces.
    is_typo: bool,
}

/// The difference of two folded titles.
pub(super) fn difference<'t>(a: &'t str, b: &'t str) -> TitleDifference<'t> {
    let (a, b) = (aligned_words(a), aligned_words(b));
    let mut unmatched = Unmatched::new(&a, &b);
    let [denials_a, denials_b] = unmatched
        .words
        .each_ref()
        .map(|words| words.iter().filter(|word| DENIALS.contains(**word)).count());
    unmatched.cancel_forms();
    let names = unmatched
        .words
        .each_ref()
        .map(|words| filtered(words, is_content));
    let slots = unmatched
        .words
        .each_ref()
        .map(|words| filtered(words, is_slot));
    let content = a.iter().filter(|word| is_content(word)).count();
    TitleDifference {
        denies: denials_a != denials_b,
        common: content.saturating_sub(names[0].len()),
        counts_casualties: counts_casualties(&a) && counts_casualties(&b),
        is_typo: unmatched.replaced_signs == Some(1)
            && !unmatched.has_distinct_sign
            && a.len().min(b.len()) >= MIN_TYPO_SIGNS,
        names,
        slots,
    }
}

fn aligned_words(title: &str) -> Vec<&str> {
    title
        .split_ascii_whitespace()
        .take(MAX_ALIGNED_WORDS)
        .collect()
}

fn filtered<'t>(words: &[&'t str], is_kept: fn(&str) -> bool) -> Vec<&'t str> {
    words.iter().copied().filter(|word| is_kept(word)).collect()
}

fn counts_casualties(words: &[&str]) -> bool {
    words.iter().any(|word| CASUALTIES.contains(word))
}

fn are_numbers(words: &[&str]) -> bool {
    !words.is_empty() && words.iter().all(|word| is_number(word))
}

impl TitleDifference<'_> {
    /// Whether one title denies the other title.
    pub(super) fn denies(&self) -> bool {
        self.denies
    }

    /// Whether the titles differ in slots: each has a slot that the other lacks, or one title has
    /// an additional ordinal or date.
    pub(super) fn slots_differ(&self) -> bool {
        let [a, b] = &self.slots;
        !a.is_empty() && !b.is_empty() || a.iter().chain(b).any(|word| !is_number(word))
    }

    /// Whether the titles give different casualty counts for one event.
    pub(super) fn toll_revised(&self) -> bool {
        self.counts_casualties
            && self.slots.iter().all(|words| are_numbers(words))
            && self.names.iter().all(|words| words.len() <= 1)
    }

    /// Whether the titles share at least as many content words as either title has unshared: a
    /// sentence with replaced words.
    fn has_like_frame(&self) -> bool {
        self.names.iter().all(|words| self.common >= words.len())
    }

    /// Whether the titles have a like frame and each title has names, all missing from the lead of
    /// the other item.
    pub(super) fn names_differ(&self, lead_a: &[u32], lead_b: &[u32]) -> bool {
        self.has_like_frame()
            && are_unexplained(&self.names[0], lead_b)
            && are_unexplained(&self.names[1], lead_a)
    }

    /// Whether the titles have a like frame and each title has a name that only the lead of its
    /// item contains: two events in otherwise similar texts.
    pub(super) fn names_swapped(&self, lead_a: &[u32], lead_b: &[u32]) -> bool {
        self.has_like_frame()
            && has_own_name(&self.names[0], lead_a, lead_b)
            && has_own_name(&self.names[1], lead_b, lead_a)
    }

    /// The number of unshared names and slots of the title with more of them.
    pub(super) fn added(&self) -> usize {
        let [a, b] = [0, 1].map(|side| self.names[side].len() + self.slots[side].len());
        a.max(b)
    }

    /// Whether the titles differ in one mistyped character of a script without spaces.
    pub(super) fn is_typo(&self) -> bool {
        self.is_typo
    }
}

fn are_unexplained(names: &[&str], lead: &[u32]) -> bool {
    !names.is_empty() && !names.iter().any(|name| is_in_lead(name, lead))
}

fn has_own_name(names: &[&str], own: &[u32], other: &[u32]) -> bool {
    names
        .iter()
        .any(|name| is_in_lead(name, own) && !is_in_lead(name, other))
}

/// Whether a lead has a word, with or without an Arabic proclitic.
fn is_in_lead(word: &str, lead: &[u32]) -> bool {
    let has = |word: &str| lead.binary_search(&word_hash(word)).is_ok();
    let bare = without_clitics(word);
    has(word)
        || has(bare)
        || bare != word && CLITICS.iter().any(|clitic| has(&format!("{clitic}{bare}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_forms_make_no_difference() {
        let difference = difference("storm hits northern coast", "storms hit northern coast");
        assert_eq!(difference.added(), 0);
        assert!(!difference.denies());
    }

    #[test]
    fn words_that_are_split_differently_make_no_difference() {
        let difference = difference("a multi million deal", "a multimillion deal");
        assert_eq!(difference.added(), 0);
    }

    #[test]
    fn replaced_names_differ_in_a_like_frame() {
        let difference = difference("fire closes port of genoa", "fire closes port of naples");
        assert!(difference.names_differ(&[], &[]));
        let mut lead = vec![word_hash("genoa")];
        lead.sort_unstable();
        assert!(!difference.names_differ(&[], &lead));
    }

    #[test]
    fn a_second_number_is_another_slot() {
        let difference = difference("round 3 begins today", "round 4 begins today");
        assert!(difference.slots_differ() && !difference.toll_revised());
    }

    #[test]
    fn a_negation_on_one_side_denies() {
        assert!(difference("minister resigns", "minister denies resigning").denies());
    }
}
