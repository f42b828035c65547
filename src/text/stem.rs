//! Light stemmers for story matching.
//!
//! Input: a normalized word. Output: its stem, without inflectional affixes. Cost: a few suffix
//! comparisons per word. Not used for duplicates.
//!
//! - Arabic: light10 (Larkey, Ballesteros and Connell 2007), which removes the article with fused
//!   particles, wa-, and common endings. The bare particles bi-, li-, fa- and ka- look like root
//!   letters (بلد, لجنة, فرنسا, كتاب), so they are removed only if the rest is much more frequent
//!   in the background than the whole word. A foreign g is spelled غ or ج (غوارديولا, جوارديولا);
//!   long words are unified to one spelling.
//! - English: plural, -ed, -ing and possessive.
//! - Russian and Ukrainian: endings of nouns and adjectives (the light stemmer of Dolamic and Savoy
//!   2009, without its derivational part), then the first [`PREFIX_LETTERS`] letters.
//! - Korean: particles that agree with the syllable before them.
//! - Hebrew: the article and wa-, if four letters remain.
//! - Other languages: the first [`PREFIX_LETTERS`] letters.

use super::{Background, Language, Table, is_number, term_hash};

/// A stemmer for one language.
///
/// ```
/// use qissa::text::{Language, Stemmer};
///
/// let mut stem = String::new();
/// Stemmer::new(Language::from_tag("en"), None).stem("countries", &mut stem);
/// assert_eq!(stem, "country");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Stemmer<'b> {
    algorithm: Algorithm,
    background: Option<&'b Background>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    Arabic,
    English,
    Cyrillic,
    Korean,
    Hebrew,
    Prefix,
}

/// Number of letters of a prefix stem. Most languages inflect at the end of a word; measured for
/// Turkish by Can et al. 2008.
const PREFIX_LETTERS: usize = 6;

/// Minimum ratio of the frequency of the rest to that of the whole word at which a bare Arabic
/// particle is removed.
const PARTICLE_ODDS: u32 = 4;

/// The spellings of a foreign g in Arabic.
const G_LETTERS: [char; 2] = ['غ', 'ج'];

/// Minimum number of letters of an Arabic stem in which the spellings of g are unified. Shorter
/// stems differ in meaning (غدران, جدران). In 19,000 articles, 178 sets of longer stems differ in g
/// only, and all but one or two of the sets are spellings of one name or loan word.
const MIN_G_LETTERS: usize = 6;

/// Maximum number of g's of a word that are looked up in both spellings. Any more are written غ.
const MAX_GS: usize = 3;

impl<'b> Stemmer<'b> {
    /// A stemmer for `language`. Arabic removes bare particles only with a background.
    #[must_use]
    pub fn new(language: Language, background: Option<&'b Background>) -> Self {
        let algorithm = match language.code() {
            "ar" => Algorithm::Arabic,
            "en" => Algorithm::English,
            "ru" | "uk" => Algorithm::Cyrillic,
            "ko" => Algorithm::Korean,
            "he" => Algorithm::Hebrew,
            _ => Algorithm::Prefix,
        };
        Stemmer {
            algorithm,
            background,
        }
    }

    /// Replaces `stem` by the stem of a normalized word; empty for a single Latin or Arabic letter.
    ///
    /// Words in another script than that of the language are kept whole; but Latin words are
    /// stemmed as English by all stemmers that have an algorithm of their own.
    pub fn stem(&self, word: &str, stem: &mut String) {
        stem.clear();
        let mut letters = word.chars();
        let Some(first) = letters.next() else {
            return;
        };
        let is_latin = first.is_ascii_lowercase();
        if (is_latin || is_arabic(first)) && letters.next().is_none() {
            return;
        }
        match (self.algorithm, first) {
            (Algorithm::Arabic, _) if is_arabic(first) => self.arabic(word, stem),
            (Algorithm::Prefix, _) if !is_number(word) => push_prefix(word, stem),
            (_, _) if is_latin => english(word, stem),
            (Algorithm::Cyrillic, 'а'..='я' | 'є'..='ї' | 'ґ') => {
                push_prefix(cyrillic(word), stem);
            }
            (Algorithm::Korean, '가'..='힣') => stem.push_str(korean(word)),
            (Algorithm::Hebrew, 'א'..='ת') => stem.push_str(hebrew(word)),
            _ => stem.push_str(word),
        }
    }

    fn arabic(&self, word: &str, stem: &mut String) {
        let light = light10(word);
        stem.push_str(self.without_bare_particle(light).unwrap_or(light));
        if stem.contains(G_LETTERS) && letters(stem) >= MIN_G_LETTERS {
            self.unify_g(stem);
        }
    }

    /// The stem without a bare particle, if the background attests the rest.
    fn without_bare_particle<'w>(&self, stem: &'w str) -> Option<&'w str> {
        let rest = stem
            .strip_prefix(['ب', 'ل', 'ف', 'ك'])
            .filter(|rest| letters(rest) >= MIN_STEM_LETTERS)?;
        let is_attested = self.count(rest) > PARTICLE_ODDS * (self.count(stem) + 1);
        is_attested.then_some(rest)
    }

    /// Replaces a stem by the spelling of its g's that is most frequent in the background; all غ if
    /// none is attested.
    fn unify_g(&self, stem: &mut String) {
        let places: Vec<usize> = stem.match_indices(G_LETTERS).map(|(at, _)| at).collect();
        let free = places.len().min(MAX_GS);
        let (mut best, mut best_count) = (spelled(stem, &places, 0), 0);
        for choice in 0..1 << free {
            let spelling = spelled(stem, &places, choice);
            let count = self.count(&spelling);
            if count > best_count {
                (best, best_count) = (spelling, count);
            }
        }
        *stem = best;
    }

    /// Number of background items with the stem.
    fn count(&self, stem: &str) -> u32 {
        self.background.map_or(0, |background| {
            background.count(Table::Text, term_hash(stem))
        })
    }
}

/// The stem with ج at the places whose bit is set in `choice`, and غ at the others.
fn spelled(stem: &str, places: &[usize], choice: usize) -> String {
    let mut spelling = stem.to_owned();
    for (which, &at) in places.iter().enumerate() {
        let letter = if choice >> which & 1 == 1 { "ج" } else { "غ" };
        spelling.replace_range(at..at + letter.len(), letter);
    }
    spelling
}

fn is_arabic(c: char) -> bool {
    ('\u{600}'..='\u{6ff}').contains(&c)
}

fn letters(word: &str) -> usize {
    word.chars().count()
}

fn push_prefix(word: &str, stem: &mut String) {
    stem.extend(word.chars().take(PREFIX_LETTERS));
}

/// The Arabic article, alone or with fused particles, longest first.
const ARTICLES: [&str; 9] = [
    "وبال", "وكال", "ولل", "وال", "بال", "كال", "فال", "ال", "لل",
];

/// Arabic endings of gender and number, and attached pronouns.
const ENDINGS: [&str; 11] = [
    "ها", "ان", "ات", "ون", "ين", "يه", "ته", "هم", "نا", "ه", "ي",
];

/// Minimum number of letters of an Arabic stem. Cyrillic and Hebrew stems have one more.
const MIN_STEM_LETTERS: usize = 3;

/// Removes the first of `prefixes` that leaves at least `min_letters` letters.
fn strip_first_prefix<'w>(word: &'w str, prefixes: &[&str], min_letters: usize) -> Option<&'w str> {
    prefixes
        .iter()
        .filter_map(|prefix| word.strip_prefix(prefix))
        .find(|rest| letters(rest) >= min_letters)
}

/// Removes the first of `suffixes` that leaves at least `min_letters` letters.
fn strip_first_suffix<'w>(word: &'w str, suffixes: &[&str], min_letters: usize) -> Option<&'w str> {
    suffixes
        .iter()
        .filter_map(|suffix| word.strip_suffix(suffix))
        .find(|rest| letters(rest) >= min_letters)
}

fn light10(word: &str) -> &str {
    let bare = strip_first_prefix(word, &ARTICLES, MIN_STEM_LETTERS)
        .or_else(|| strip_first_prefix(word, &["و"], MIN_STEM_LETTERS))
        .unwrap_or(word);
    strip_first_suffix(bare, &ENDINGS, MIN_STEM_LETTERS).unwrap_or(bare)
}

/// Endings of Russian and Ukrainian nouns and adjectives, longest first.
const CASES: [&str; 57] = [
    "иями", "ями", "ами", "ого", "его", "ому", "ему", "ыми", "ими", "ові", "еві", "ими", "іями",
    "ої", "ою", "ею", "ій", "их", "ых", "им", "ым", "ия", "ий", "ый", "ой", "ей", "ая", "яя", "ое",
    "ее", "ые", "ие", "ую", "юю", "ию", "ии", "ах", "ях", "ам", "ям", "ом", "ем", "ов", "ев", "ів",
    "їв", "а", "я", "о", "е", "у", "ю", "ы", "и", "і", "й", "ь",
];

fn cyrillic(word: &str) -> &str {
    strip_first_suffix(word, &CASES, MIN_STEM_LETTERS + 1).unwrap_or(word)
}

/// Korean particles, and whether the syllable before ends in a consonant; `None` for particles that
/// follow any syllable.
const PARTICLES: [(&str, Option<bool>); 16] = [
    ("에서", None),
    ("에게", None),
    ("까지", None),
    ("부터", None),
    ("으로", Some(true)),
    ("은", Some(true)),
    ("는", Some(false)),
    ("이", Some(true)),
    ("가", Some(false)),
    ("을", Some(true)),
    ("를", Some(false)),
    ("과", Some(true)),
    ("와", Some(false)),
    ("로", Some(false)),
    ("에", None),
    ("의", None),
];

/// Minimum number of syllables of a Korean stem.
const MIN_STEM_SYLLABLES: usize = 2;

fn korean(word: &str) -> &str {
    for (particle, after_consonant) in PARTICLES {
        if let Some(rest) = word.strip_suffix(particle)
            && letters(rest) >= MIN_STEM_SYLLABLES
            && (after_consonant.is_none() || after_consonant == ends_in_consonant(rest))
        {
            return rest;
        }
    }
    word
}

/// Whether the last syllable ends in a consonant; `None` if it is not Hangul.
fn ends_in_consonant(word: &str) -> Option<bool> {
    let last = word.chars().next_back()?;
    // Syllables are ordered by initial, vowel and 28 finals, of which the first is none.
    ('가'..='힣')
        .contains(&last)
        .then(|| !(last as u32 - '가' as u32).is_multiple_of(28))
}

fn hebrew(word: &str) -> &str {
    strip_first_prefix(word, &["וה", "ה", "ו"], MIN_STEM_LETTERS + 1).unwrap_or(word)
}

fn english(word: &str, stem: &mut String) {
    let word = word
        .strip_suffix("'s")
        .or_else(|| word.strip_suffix('\''))
        .unwrap_or(word);
    stem.push_str(word);
    if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return;
    }
    remove_plural(stem);
    if let Some(length) = length_without_verb_ending(stem) {
        stem.truncate(length);
        remove_double_consonant(stem);
    }
    if stem.len() >= 5 && stem.ends_with('e') {
        stem.pop();
    }
}

fn remove_plural(stem: &mut String) {
    if stem.ends_with("ies") && stem.len() > 4 {
        stem.truncate(stem.len() - 3);
        stem.push('y');
    } else if ["ses", "xes", "zes", "hes"]
        .iter()
        .any(|ending| stem.ends_with(ending))
    {
        stem.truncate(stem.len() - 2);
    } else if stem.ends_with('s') && !stem.ends_with("ss") && !stem.ends_with("us") {
        stem.pop();
    }
}

/// Length without -ing or -ed, if the word has one of them and at least three other letters.
fn length_without_verb_ending(stem: &str) -> Option<usize> {
    ["ing", "ed"]
        .iter()
        .filter(|ending| stem.len() >= ending.len() + 3)
        .find_map(|ending| stem.strip_suffix(ending))
        .map(str::len)
}

/// "stopp" of "stopped" becomes "stop". Double l, s and z are kept, for "fall", "pass" and "buzz".
fn remove_double_consonant(stem: &mut String) {
    if let [.., a, b] = stem.as_bytes()
        && a == b
        && !b"aeioulsz".contains(b)
    {
        stem.pop();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::BackgroundBuilder;
    use super::*;

    #[track_caller]
    fn check(language: &str, cases: &[(&str, &str)]) {
        let stemmer = Stemmer::new(Language::from_tag(language), None);
        for (word, expected) in cases {
            let mut stem = String::new();
            stemmer.stem(word, &mut stem);
            assert_eq!(stem, *expected, "for {word:?}");
        }
    }

    #[test]
    fn the_article_and_fused_particles_are_removed() {
        check(
            "ar",
            &[
                ("الرييس", "رييس"),
                ("والرييس", "رييس"),
                ("بالرييس", "رييس"),
                ("للرييس", "رييس"),
            ],
        );
        check(
            "ar",
            &[
                ("فالرييس", "رييس"),
                ("كالرييس", "رييس"),
                ("وبالرييس", "رييس"),
                ("وللرييس", "رييس"),
            ],
        );
    }

    #[test]
    fn wa_is_removed_if_three_letters_remain() {
        check("ar", &[("وموسكو", "موسكو"), ("ورد", "ورد")]);
    }

    #[test]
    fn endings_are_removed_if_three_letters_remain() {
        check(
            "ar",
            &[
                ("محادثات", "محادث"),
                ("لقاوهم", "لقاو"),
                ("سوريه", "سور"),
                ("روسي", "روس"),
                ("بين", "بين"),
            ],
        );
    }

    #[test]
    fn root_letters_are_kept() {
        check(
            "ar",
            &[
                ("بلد", "بلد"),
                ("لجنه", "لجن"),
                ("فرنسا", "فرنسا"),
                ("كتاب", "كتاب"),
                ("الم", "الم"),
            ],
        );
    }

    #[test]
    fn bare_particles_are_removed_if_the_rest_is_attested() {
        let mut builder = BackgroundBuilder::new(Language::from_tag("ar"), "test");
        for _ in 0..10 {
            builder.add(&[], &[term_hash("موسكو")], &[]);
        }
        for _ in 0..4 {
            builder.add(&[], &[term_hash("بلدان"), term_hash("دان")], &[]);
        }
        let background = builder.finish();
        let stemmer = Stemmer::new(Language::from_tag("ar"), Some(&background));
        for (word, expected) in [
            ("بموسكو", "موسكو"),
            ("لموسكو", "موسكو"),
            ("بلندن", "بلندن"),
            ("بلد", "بلد"),
        ] {
            let mut stem = String::new();
            stemmer.stem(word, &mut stem);
            assert_eq!(stem, expected, "for {word:?}");
        }
    }

    #[test]
    fn spellings_of_g_are_unified_in_long_words() {
        check(
            "ar",
            &[
                ("جوارديولا", "غوارديولا"),
                ("فولفسبورج", "فولفسبورغ"),
                ("جورجنسن", "غورغنسن"),
            ],
        );
        check(
            "ar",
            &[("جدران", "جدر"), ("غدران", "غدر"), ("جيران", "جير")],
        );
        let mut builder = BackgroundBuilder::new(Language::from_tag("ar"), "test");
        for _ in 0..3 {
            builder.add(&[], &[term_hash("شيكاجو")], &[]);
        }
        let background = builder.finish();
        let stemmer = Stemmer::new(Language::from_tag("ar"), Some(&background));
        for word in ["شيكاغو", "شيكاجو"] {
            let mut stem = String::new();
            stemmer.stem(word, &mut stem);
            assert_eq!(stem, "شيكاجو", "for {word:?}: the attested spelling");
        }
    }

    proptest! {
        #[test]
        fn all_spellings_of_g_have_one_stem(word in "[غجاوربسن]{3,12}", swapped in 0u16..4096) {
            let stemmer = Stemmer::new(Language::from_tag("ar"), None);
            let swap = |(at, c): (usize, char)| match c {
                'غ' | 'ج' => G_LETTERS[usize::from(swapped >> at & 1)],
                c => c,
            };
            let respelled: String = word.chars().enumerate().map(swap).collect();
            let (mut first, mut second) = (String::new(), String::new());
            stemmer.stem(&word, &mut first);
            stemmer.stem(&respelled, &mut second);
            prop_assert!(first == second || letters(&first) < MIN_G_LETTERS, "{} {}", first, second);
        }
    }

    #[test]
    fn english_endings_are_removed() {
        check(
            "en",
            &[
                ("countries", "country"),
                ("churches", "church"),
                ("tariffs", "tariff"),
                ("trump's", "trump"),
            ],
        );
        check(
            "en",
            &[
                ("stopped", "stop"),
                ("running", "run"),
                ("raise", "rais"),
                ("raised", "rais"),
                ("raising", "rais"),
            ],
        );
        check(
            "en",
            &[
                ("killed", "kill"),
                ("virus", "virus"),
                ("press", "press"),
                ("red", "red"),
                ("king", "king"),
            ],
        );
    }

    #[test]
    fn cases_of_russian_and_ukrainian_are_removed() {
        check(
            "ru",
            &[
                ("путина", "путин"),
                ("путиным", "путин"),
                ("москве", "москв"),
                ("москва", "москв"),
            ],
        );
        check(
            "ru",
            &[
                ("российского", "россий"),
                ("российские", "россий"),
                ("россии", "росс"),
                ("сша", "сша"),
                ("дом", "дом"),
            ],
        );
        check(
            "uk",
            &[
                ("україни", "україн"),
                ("україною", "україн"),
                ("києві", "києв"),
                ("президентові", "презид"),
            ],
        );
    }

    #[test]
    fn korean_particles_are_removed_if_they_agree_with_the_syllable_before() {
        check(
            "ko",
            &[
                ("대통령이", "대통령"),
                ("대통령은", "대통령"),
                ("총리가", "총리"),
                ("서울에서", "서울"),
            ],
        );
        check(
            "ko",
            &[
                ("전문가", "전문가"),
                ("평가", "평가"),
                ("국회", "국회"),
                ("회의", "회의"),
            ],
        );
    }

    #[test]
    fn the_hebrew_article_is_removed_if_four_letters_remain() {
        check(
            "he",
            &[
                ("הממשלה", "ממשלה"),
                ("והממשלה", "ממשלה"),
                ("הסכם", "הסכם"),
                ("ועדה", "ועדה"),
            ],
        );
    }

    #[test]
    fn numbers_are_kept_and_other_languages_have_prefixes() {
        check("en", &[("2025", "2025"), ("10.5", "10.5"), ("a", "")]);
        check("fr", &[("ministres", "minist"), ("2025123", "2025123")]);
        check("fa", &[("الان", "الان")]);
    }
}
