//! How two titles differ: the words that only one of them has, sorted into names, slots (numbers,
//! ordinals, dates) and denials.
//!
//! Input: two folded titles as [`crate::text::Tokens`] writes them. Output: a [`Difference`]. The
//! words are aligned by a longest common subsequence, so an inserted word is told from a replaced
//! one; inflected forms of one word and words that only serve others do not count. Cost: the
//! product of the lengths of the titles.

use std::sync::LazyLock;

use hashbrown::HashSet;
use xxhash_rust::xxh3::xxh3_64;

use crate::text::{Language, StopWords, is_number, is_sign};

/// The languages whose articles, prepositions and verbs of saying make no difference between two
/// titles.
const LANGUAGES: [&str; 11] = [
    "en", "ar", "fr", "es", "de", "it", "pt", "nl", "sv", "tr", "ru",
];

static MINOR: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let lists = LANGUAGES
        .iter()
        .map(|code| StopWords::of(Language::from_tag(code)));
    let qualifying = QUALIFYING_WORDS.split_ascii_whitespace().map(str::to_owned);
    lists
        .flat_map(StopWords::into_words)
        .chain(qualifying)
        .collect()
});

static SLOTS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| SLOT_WORDS.split_ascii_whitespace().collect());

static DENIALS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| DENYING_WORDS.split_ascii_whitespace().collect());

static CASUALTIES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| CASUALTY_WORDS.split_ascii_whitespace().collect());

static ENDINGS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| WORD_ENDINGS.split_ascii_whitespace().collect());

/// Words that say that somebody held an office before, folded. Editors replace and omit these
/// freely.
const QUALIFYING_WORDS: &str = "ex former onetime سابق السابق سابقا السابقه الاسبق ancien ancienne exministro antiguo \
    ehemalige ehemaliger eski экс бывший";

/// Numbers in words, ordinals, weekdays and months, folded: the slots of a template besides
/// figures.
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

/// Words that deny what stands beside them, folded.
const DENYING_WORDS: &str = "not no never without denies deny denied refuses refused rejects rejected false untrue isn't won't \
    doesn't don't wasn't can't cannot لا لم لن ليس ليست ينفي تنفي نفي نفت يرفض ترفض رفض رفضت بدون دون غير عدم \
    non pas jamais dement nie sin nunca niega nicht kein keine bestreitet не нет";

/// Words beside which a number counts people, folded: such a number is revised as a report goes on.
const CASUALTY_WORDS: &str = "dead killed kills dies die deaths toll injured injures injuring wounded wounds missing hurt \
    casualties victims قتيل قتيلا قتلي قتل مقتل جريح جريحا جرحي مصاب مصابا اصابه اصابات وفاه وفيات ضحايا ضحيه مفقود مفقودا \
    مفقودين شهيد شهيدا شهداء استشهاد حصيله morts blesses disparus muertos heridos desaparecidos tote verletzte vermisste olu \
    yarali погибших раненых погибли 死 伤 傷 亡";

/// Endings by which two forms of one word differ.
const WORD_ENDINGS: &str = "s es ed d ing er n an ian ly 's ه ات ين ون ان ي ا ها هم يه كم";

/// What Arabic writes on to the beginning of a word, longest first.
const CLITICS: [&str; 12] = [
    "وال", "بال", "كال", "فال", "لل", "ال", "و", "ب", "ل", "ف", "ك", "س",
];

/// Signs of which another is another fact, not a wrong sign: numerals, days, directions, countries
/// in short.
const DISTINCT_SIGNS: &str = "一二三四五六七八九十百千万億亿兆月火水木金土日年上下左右前後后東东西南北中大小男女内外\
    美英法德俄露韓韩朝印日華华仏独伊豪台港京阪神増增減减升降勝胜敗败売卖買买不未無无有";

/// A title of scripts without spaces has at least this many signs before one wrong sign counts as a
/// typing error.
const TYPO_SIGNS: usize = 8;

/// How many elements two sorted lists without repetitions share.
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

/// The hash by which a word of a title is looked for among the words of a lead.
pub(super) fn word_hash(word: &str) -> u32 {
    xxh3_64(word.as_bytes()) as u32
}

/// How two titles differ. Of each side the words that the other side lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Difference<'t> {
    /// Names, verbs and all else that tells news.
    names: [Vec<&'t str>; 2],
    /// Numbers, ordinals, weekdays and months.
    slots: [Vec<&'t str>; 2],
    /// Whether a denial stands on one side alone.
    denies: bool,
    /// How many words of some weight both sides have.
    common: usize,
    /// Whether both sides count casualties.
    counts_casualties: bool,
    /// Signs of scripts without spaces that are replaced one by one, and how many signs the
    /// shorter title has.
    replaced_signs: Option<(usize, usize)>,
    /// Whether a replaced sign is one that tells facts apart.
    distinct_signs: bool,
}

/// Whether a word only serves others.
pub(super) fn is_minor(word: &str) -> bool {
    MINOR.contains(word)
}

fn is_slot(word: &str) -> bool {
    is_number(word) || SLOTS.contains(word)
}

/// An Arabic word without what is written on to its beginning.
fn without_clitics(word: &str) -> &str {
    if !word.starts_with(|c| ('\u{621}'..='\u{64a}').contains(&c)) {
        return word;
    }
    let rest = CLITICS.iter().find_map(|clitic| word.strip_prefix(clitic));
    rest.filter(|rest| rest.chars().count() >= 3)
        .unwrap_or(word)
}

/// Whether two words are forms or spellings of one.
pub(super) fn are_forms_of_one(a: &str, b: &str) -> bool {
    if is_number(a) || is_number(b) {
        return a == b;
    }
    let (a, b) = (without_clitics(a), without_clitics(b));
    if a == b {
        return true;
    }
    let common = a
        .char_indices()
        .zip(b.chars())
        .take_while(|((_, x), y)| x == y)
        .last();
    let length = common.map_or(0, |((at, c), _)| at + c.len_utf8());
    let rests = [&a[length..], &b[length..]];
    let is_inflected = a[..length].chars().count() >= 3
        && rests
            .iter()
            .all(|rest| rest.is_empty() || ENDINGS.contains(rest));
    let letters = a.chars().count().min(b.chars().count());
    let slips = match letters {
        0..=5 => 0,
        6..=9 => 1,
        _ => 2,
    };
    is_inflected || slips > 0 && strsim::osa_distance(a, b) <= slips
}

/// The words of two titles that a longest common subsequence leaves over, run by run: what stands
/// on either side between two words in common.
fn gaps<'t>(a: &[&'t str], b: &[&'t str]) -> Vec<[Vec<&'t str>; 2]> {
    let mut lengths = vec![0_u16; (a.len() + 1) * (b.len() + 1)];
    let at = |x: usize, y: usize| x * (b.len() + 1) + y;
    for x in (0..a.len()).rev() {
        for y in (0..b.len()).rev() {
            lengths[at(x, y)] = match a[x] == b[y] {
                true => lengths[at(x + 1, y + 1)] + 1,
                false => lengths[at(x + 1, y)].max(lengths[at(x, y + 1)]),
            };
        }
    }
    let mut gaps = vec![<[Vec<&str>; 2]>::default()];
    let (mut x, mut y) = (0, 0);
    while x < a.len() || y < b.len() {
        if x < a.len() && y < b.len() && a[x] == b[y] {
            gaps.push(Default::default());
            (x, y) = (x + 1, y + 1);
            continue;
        }
        let from_a = y == b.len() || x < a.len() && lengths[at(x + 1, y)] >= lengths[at(x, y + 1)];
        let gap = gaps.len() - 1;
        match from_a {
            true => gaps[gap][0].push(a[x]),
            false => gaps[gap][1].push(b[y]),
        }
        (x, y) = if from_a { (x + 1, y) } else { (x, y + 1) };
    }
    gaps
}

/// At most this many words of each title are aligned; longer ones are texts.
const ALIGNED_WORDS: usize = 80;

/// How two folded titles differ.
pub(super) fn difference<'t>(a: &'t str, b: &'t str) -> Difference<'t> {
    let words = |text: &'t str| {
        text.split_ascii_whitespace()
            .take(ALIGNED_WORDS)
            .collect::<Vec<&str>>()
    };
    let (a, b) = (words(a), words(b));
    let gaps = gaps(&a, &b);
    let mut only: [Vec<&str>; 2] = Default::default();
    let mut replaced_signs = Some((0, a.len().min(b.len())));
    let mut distinct_signs = false;
    for gap in &gaps {
        if gap[0].concat() == gap[1].concat() {
            // The same letters, divided otherwise: "multi million" and "multimillion".
            continue;
        }
        match (&gap[0][..], &gap[1][..]) {
            ([x], [y]) if is_sign(x) && is_sign(y) => {
                replaced_signs = replaced_signs.map(|(count, length)| (count + 1, length));
                distinct_signs |= [x, y].iter().any(|sign| DISTINCT_SIGNS.contains(**sign));
            }
            _ => replaced_signs = None,
        }
        only[0].extend(&gap[0]);
        only[1].extend(&gap[1]);
    }
    let denies = [&only[0], &only[1]]
        .map(|words| words.iter().filter(|word| DENIALS.contains(**word)).count());
    cancel_forms(&mut only);
    let side = |of: &dyn Fn(&str) -> bool| {
        only.each_ref()
            .map(|words| words.iter().copied().filter(|word| of(word)).collect())
    };
    let tells = |word: &str| !is_slot(word) && !is_minor(word);
    let counts = |words: &[&str]| words.iter().any(|word| CASUALTIES.contains(word));
    let left_over = only[0].iter().filter(|word| tells(word)).count();
    Difference {
        names: side(&tells),
        slots: side(&is_slot),
        denies: denies[0] != denies[1],
        common: a
            .iter()
            .filter(|word| tells(word))
            .count()
            .saturating_sub(left_over),
        counts_casualties: counts(&a) && counts(&b),
        replaced_signs: replaced_signs.filter(|&(count, _)| count > 0),
        distinct_signs,
    }
}

/// Takes out the words that stand elsewhere on the other side, as they are or in another form.
fn cancel_forms(only: &mut [Vec<&str>; 2]) {
    let [a, b] = only;
    a.retain(
        |word| match b.iter().position(|other| are_forms_of_one(word, other)) {
            Some(at) => {
                b.remove(at);
                false
            }
            None => true,
        },
    );
}

impl Difference<'_> {
    /// Whether one title denies what the other says.
    pub(super) fn denies(&self) -> bool {
        self.denies
    }

    /// Whether the titles differ in slots: each has one that the other lacks, or one has an ordinal
    /// or date more.
    pub(super) fn slots_differ(&self) -> bool {
        let [a, b] = &self.slots;
        !a.is_empty() && !b.is_empty() || a.iter().chain(b).any(|word| !is_number(word))
    }

    /// Whether the titles count casualties of one event differently.
    pub(super) fn toll_revised(&self) -> bool {
        let numbers = self
            .slots
            .each_ref()
            .map(|words| !words.is_empty() && words.iter().all(|word| is_number(word)));
        self.counts_casualties
            && numbers == [true, true]
            && self.names.iter().all(|words| words.len() <= 1)
    }

    /// Whether each title of a like frame has words that neither it shares nor the lead of the
    /// other item explains.
    pub(super) fn names_differ(&self, lead_a: &[u32], lead_b: &[u32]) -> bool {
        let unexplained = |words: &[&str], lead: &[u32]| {
            !words.is_empty() && words.iter().all(|word| !is_explained(word, lead))
        };
        let most = self.names.iter().map(Vec::len).max().unwrap_or(0);
        self.common >= most
            && unexplained(&self.names[0], lead_b)
            && unexplained(&self.names[1], lead_a)
    }

    /// Whether each title of a like frame has a word that the item's own lead has too, and the
    /// other item has not: two events, where editing leaves the texts alike.
    pub(super) fn names_swapped(&self, lead_a: &[u32], lead_b: &[u32]) -> bool {
        let is_own = |words: &[&str], own: &[u32], other: &[u32]| {
            words
                .iter()
                .any(|word| is_explained(word, own) && !is_explained(word, other))
        };
        let most = self.names.iter().map(Vec::len).max().unwrap_or(0);
        self.common >= most
            && is_own(&self.names[0], lead_a, lead_b)
            && is_own(&self.names[1], lead_b, lead_a)
    }

    /// How many words that tell news one title has more than the other.
    pub(super) fn added(&self) -> usize {
        let count = |side: usize| self.names[side].len() + self.slots[side].len();
        count(0).max(count(1))
    }

    /// Whether the titles differ in one wrong sign of a script without spaces.
    pub(super) fn is_typo(&self) -> bool {
        !self.distinct_signs
            && self
                .replaced_signs
                .is_some_and(|(count, length)| count == 1 && length >= TYPO_SIGNS)
    }
}

/// Whether a word stands among those of a lead, with or without what Arabic writes on to it.
fn is_explained(word: &str, lead: &[u32]) -> bool {
    let has = |word: &str| lead.binary_search(&word_hash(word)).is_ok();
    let bare = without_clitics(word);
    has(word)
        || has(bare)
        || bare != word && CLITICS.iter().any(|clitic| has(&format!("{clitic}{bare}")))
}
