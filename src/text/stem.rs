//! A folded word in, its stem out: what is left when the particles and endings that news writes in
//! front of and behind a word are gone. For story matching only. A few comparisons a word.
//!
//! Arabic follows light10 (Larkey, Ballesteros and Connell 2007): the article with the particles
//! fused to it, wa-, and common endings. The bare particles bi-, li-, fa- and ka- look like root
//! letters (بلد, لجنة, فرنسا, كتاب), so they go only where the rest of the word is known to the
//! background and far more common than the whole. A foreign g is written غ by some papers and ج by
//! others (غوارديولا, جوارديولا); in long words the two are one letter.
//!
//! English loses its plural, -ed, -ing and possessive. Russian and Ukrainian lose the endings of
//! nouns and adjectives (the light stemmer of Dolamic and Savoy 2009, without its derivational
//! part), Korean the particles that agree with the syllable before them, Hebrew the article and wa-
//! where four letters stay. Stems of Russian and Ukrainian, and words of all other languages, are
//! cut to their first six letters.

use super::{Background, Language, Table, term_hash};

/// Cuts the words of one language to their stems.
#[derive(Debug, Clone, Copy)]
pub struct Stemmer<'b> {
    rule: Rule,
    background: Option<&'b Background>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    Arabic,
    English,
    Cyrillic,
    Korean,
    Hebrew,
    Start,
}

/// Russian and Ukrainian stems, and words of other languages, are known by so many letters of their
/// start: most languages inflect at the end (for Turkish measured by Can et al. 2008).
const START_LETTERS: usize = 6;

/// How many times more common than the whole word the rest must be before a bare particle is cut
/// off.
const PARTICLE_ODDS: u32 = 4;

/// The letters that a foreign g is written with.
const G_LETTERS: [char; 2] = ['غ', 'ج'];

/// In stems of fewer letters غ and ج tell Arabic words apart (غدران, جدران). Of 19,000 articles'
/// longer stems, 178 sets differ in nothing else, and all but one or two are a name or loan spelled
/// in two ways.
const G_WORD: usize = 6;

/// So many g's of a word are looked up in either spelling; any more are written غ.
const MOST_GS: usize = 3;

impl<'b> Stemmer<'b> {
    /// The stemmer of a language. With a background, bare Arabic particles are cut where it attests
    /// the rest.
    pub fn new(language: Language, background: Option<&'b Background>) -> Self {
        let rule = match language.code() {
            "ar" => Rule::Arabic,
            "en" => Rule::English,
            "ru" | "uk" => Rule::Cyrillic,
            "ko" => Rule::Korean,
            "he" => Rule::Hebrew,
            _ => Rule::Start,
        };
        Stemmer { rule, background }
    }

    /// Writes the stem of a folded word over `stem`; leaves it empty for a word that says nothing
    /// by itself, a single letter.
    pub fn stem(&self, word: &str, stem: &mut String) {
        stem.clear();
        let mut letters = word.chars();
        match letters.next() {
            None => {}
            Some(first)
                if letters.next().is_none() && (first.is_ascii_lowercase() || is_arabic(first)) => {
            }
            Some(first) if is_arabic(first) && self.rule == Rule::Arabic => self.arabic(word, stem),
            Some(first) if first.is_ascii_lowercase() && self.rule != Rule::Start => {
                english(word, stem)
            }
            Some('а'..='я' | 'є'..='ї' | 'ґ') if self.rule == Rule::Cyrillic => {
                stem.extend(cyrillic(word).chars().take(START_LETTERS))
            }
            Some('가'..='힣') if self.rule == Rule::Korean => stem.push_str(korean(word)),
            Some('א'..='ת') if self.rule == Rule::Hebrew => stem.push_str(hebrew(word)),
            Some(_) if self.rule == Rule::Start && !super::is_number(word) => {
                stem.extend(word.chars().take(START_LETTERS));
            }
            Some(_) => stem.push_str(word),
        }
    }

    fn arabic(&self, word: &str, stem: &mut String) {
        let light = light_stem(word);
        let rest = light
            .strip_prefix(['ب', 'ل', 'ف', 'ك'])
            .filter(|rest| letters(rest) >= LEAST_LETTERS);
        let attested = |rest: &&str| self.count(rest) > PARTICLE_ODDS * (self.count(light) + 1);
        stem.push_str(rest.filter(attested).unwrap_or(light));
        if stem.contains(G_LETTERS) && letters(stem) >= G_WORD {
            self.spell(stem);
        }
    }

    /// Of all ways to write the g's of a word the one that news at large writes most, else غ
    /// throughout.
    fn spell(&self, stem: &mut String) {
        let places: Vec<usize> = stem.match_indices(G_LETTERS).map(|(at, _)| at).collect();
        let free = places.len().min(MOST_GS);
        let spelled = |choice: usize| {
            let mut word = stem.clone();
            for (which, &at) in places.iter().enumerate() {
                word.replace_range(at..at + 2, if choice >> which & 1 == 1 { "ج" } else { "غ" });
            }
            word
        };
        let ways = (0..1 << free).map(spelled);
        let best = ways
            .map(|word| (self.count(&word), word))
            .reduce(|x, y| if y.0 > x.0 { y } else { x });
        if let Some((_, word)) = best {
            *stem = word;
        }
    }

    /// In how many texts at large a stem stands.
    fn count(&self, stem: &str) -> u32 {
        self.background.map_or(0, |background| {
            background.count(Table::Text, term_hash(stem))
        })
    }
}

fn is_arabic(c: char) -> bool {
    ('\u{600}'..='\u{6ff}').contains(&c)
}

fn letters(word: &str) -> usize {
    word.chars().count()
}

/// The article, alone or with the particles fused to it, longest first.
const ARTICLES: [&str; 9] = [
    "وبال", "وكال", "ولل", "وال", "بال", "كال", "فال", "ال", "لل",
];

/// Feminine, dual and plural endings and attached pronouns.
const ENDINGS: [&str; 11] = [
    "ها", "ان", "ات", "ون", "ين", "يه", "ته", "هم", "نا", "ه", "ي",
];

/// A stem keeps at least this many letters: what is shorter is a root of its own.
const LEAST_LETTERS: usize = 3;

fn light_stem(word: &str) -> &str {
    let enough = |rest: &&str| letters(rest) >= LEAST_LETTERS;
    let bare = ARTICLES
        .iter()
        .find_map(|article| word.strip_prefix(article).filter(enough))
        .or_else(|| word.strip_prefix('و').filter(enough))
        .unwrap_or(word);
    ENDINGS
        .iter()
        .find_map(|ending| bare.strip_suffix(ending).filter(enough))
        .unwrap_or(bare)
}

/// The endings of Russian and Ukrainian nouns and adjectives, longest first.
const CASES: [&str; 57] = [
    "иями", "ями", "ами", "ого", "его", "ому", "ему", "ыми", "ими", "ові", "еві", "ими", "іями",
    "ої", "ою", "ею", "ій", "их", "ых", "им", "ым", "ия", "ий", "ый", "ой", "ей", "ая", "яя", "ое",
    "ее", "ые", "ие", "ую", "юю", "ию", "ии", "ах", "ях", "ам", "ям", "ом", "ем", "ов", "ев", "ів",
    "їв", "а", "я", "о", "е", "у", "ю", "ы", "и", "і", "й", "ь",
];

fn cyrillic(word: &str) -> &str {
    let enough = |rest: &&str| letters(rest) > LEAST_LETTERS;
    CASES
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(enough))
        .unwrap_or(word)
}

/// Particles of Korean, and whether they follow a syllable that ends in a consonant; where it makes
/// no difference, none.
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

fn korean(word: &str) -> &str {
    let closed = |rest: &str| {
        rest.chars()
            .next_back()
            .filter(|c| ('가'..='힣').contains(c))
            .map(|c| !(c as u32 - '가' as u32).is_multiple_of(28))
    };
    let bare = |&(particle, after): &(&str, Option<bool>)| {
        let rest = word.strip_suffix(particle)?;
        (letters(rest) >= 2 && (after.is_none() || after == closed(rest))).then_some(rest)
    };
    PARTICLES.iter().find_map(bare).unwrap_or(word)
}

fn hebrew(word: &str) -> &str {
    let enough = |rest: &&str| letters(rest) > LEAST_LETTERS;
    ["וה", "ה", "ו"]
        .iter()
        .find_map(|prefix| word.strip_prefix(prefix).filter(enough))
        .unwrap_or(word)
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
    singular(stem);
    let verb = if stem.len() >= 6 {
        stem.strip_suffix("ing")
    } else {
        None
    };
    let verb = verb.or_else(|| {
        if stem.len() >= 5 {
            stem.strip_suffix("ed")
        } else {
            None
        }
    });
    if let Some(length) = verb.map(str::len).filter(|&length| length >= 3) {
        stem.truncate(length);
        undouble(stem);
    }
    if stem.len() >= 5 && stem.ends_with('e') {
        stem.pop();
    }
}

fn singular(stem: &mut String) {
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

/// "stopp" of "stopped" becomes "stop"; "ll", "ss" and "zz" are left, for "fall", "pass" and
/// "buzz".
fn undouble(stem: &mut String) {
    let bytes = stem.as_bytes();
    if let [.., a, b] = bytes
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
    fn the_article_and_its_particles_go() {
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
    fn wa_goes_where_three_letters_stay() {
        check("ar", &[("وموسكو", "موسكو"), ("ورد", "ورد")]);
    }

    #[test]
    fn endings_go_where_three_letters_stay() {
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
    fn root_letters_stay() {
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
    fn bare_particles_go_where_the_rest_is_attested() {
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
    fn a_foreign_g_has_one_spelling_in_long_words() {
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
            assert_eq!(stem, "شيكاجو", "for {word:?}: the spelling that is known");
        }
    }

    proptest! {
        #[test]
        fn all_spellings_of_a_g_have_one_stem(word in "[غجاوربسن]{3,12}", swapped in 0u16..4096) {
            let stemmer = Stemmer::new(Language::from_tag("ar"), None);
            let swap = |(at, c): (usize, char)| match c {
                'غ' | 'ج' => G_LETTERS[usize::from(swapped >> at & 1)],
                c => c,
            };
            let other: String = word.chars().enumerate().map(swap).collect();
            let (mut one, mut two) = (String::new(), String::new());
            stemmer.stem(&word, &mut one);
            stemmer.stem(&other, &mut two);
            prop_assert!(one == two || letters(&one) < G_WORD, "{} {}", one, two);
        }
    }

    #[test]
    fn english_endings_go() {
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
    fn cases_of_russian_and_ukrainian_go() {
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
    fn particles_of_korean_go_where_they_agree_with_the_syllable_before() {
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
    fn the_hebrew_article_goes_where_four_letters_stay() {
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
    fn numbers_and_other_languages_stay_whole() {
        check("en", &[("2025", "2025"), ("10.5", "10.5"), ("a", "")]);
        check("fr", &[("ministres", "minist"), ("2025123", "2025123")]);
        check("fa", &[("الان", "الان")]);
    }
}
