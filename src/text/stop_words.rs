//! Stop words: articles, prepositions, pronouns, auxiliaries, and verbs of attribution ("says").
//!
//! Input: a language. Output: sets of normalized words. A stop word may be within a phrase but not
//! at its edge. The lists are those of NLTK, else of stopwords-iso (crate `stop-words`), with
//! additions for English and Arabic compiled from headlines. Cost: one hash lookup per query; the
//! sets are built once per language.

use hashbrown::HashSet;

use super::{Language, Tokens};

/// The stop words of one language.
#[derive(Debug, Clone, Default)]
pub struct StopWords {
    stop_words: HashSet<String>,
    negations: HashSet<String>,
    dates: HashSet<String>,
}

/// English additions: verbs of attribution, and prepositions and auxiliaries of headlines.
const ENGLISH: &str = "
    say says said saying tell tells told ask asks asked claim claims claimed report reports
    reported reportedly reveal reveals revealed announce announces announced warn warns warned
    urge urges urged confirm confirms confirmed deny denies denied insist insists insisted vow
    vows vowed explain explains explained admit admits admitted call calls called slam slams
    slammed amid among may might must would could cannot without within according via per also get
    gets got make makes made take takes took give gives gave go goes went come comes came see sees
    saw let lets still yet like one two another around across near back ahead toward towards upon
    since despite say's versus vs first last next new today yesterday tomorrow latest update
    updates live breaking watch video photos set gets put puts keep keeps show shows";

/// Arabic additions: verbs of attribution, and prepositions and particles with attached particles.
const ARABIC: &str = "
    قال قالت يقول تقول أكد أكدت يؤكد تؤكد أعلن أعلنت يعلن تعلن كشف كشفت يكشف تكشف صرح صرحت يصرح
    أضاف أضافت أوضح أوضحت يوضح ذكر ذكرت أفاد أفادت نفى نفت ينفي تنفي حذر حذرت يحذر تحذر دعا دعت
    يدعو تدعو طالب طالبت يطالب تطالب أبرز بشأن حول ضد خلال وسط عبر لدى ضمن إثر عقب قبيل بسبب لأول
    أول بعد قبل بين تم يتم اليوم أمس غدا الآن جديد جديدة عاجل شاهد فيديو صور بالصور بالفيديو يوم
    عام مرة ليس سوف";

/// Negations, by language. Leaving out a negation reverses the meaning of a phrase.
const NEGATIONS: [(&str, &str); 9] = [
    ("ar", "لا لم لن ليس ليست غير بلا بدون دون عدم"),
    ("de", "nicht kein keine keinen keiner ohne"),
    ("en", "no not never without neither nor"),
    ("es", "no ni sin nunca"),
    ("fr", "non ne ni pas sans jamais"),
    ("it", "non né senza mai"),
    ("pt", "não nem sem nunca"),
    ("ru", "не нет ни без"),
    ("tr", "değil yok"),
];

/// Days, months and spans of time with their adjectives ("last"), by language. A phrase of these
/// words only names a time and no event.
const DATES: [(&str, &str); 2] = [
    (
        "ar",
        "
        السبت الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة يناير فبراير مارس أبريل مايو يونيو
        يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر كانون شباط آذار نيسان أيار حزيران تموز آب أيلول
        تشرين جانفي فيفري أفريل ماي جوان جويلية أوت الثاني الأول يوم أيام أسبوع الأسبوع شهر الشهر
        سنة السنة العام الجاري المقبل الماضي القادم",
    ),
    (
        "en",
        "
        monday tuesday wednesday thursday friday saturday sunday january february march april may
        june july august september october november december jan feb mar apr jun jul aug sep sept
        oct nov dec day week month year weekend",
    ),
];

impl StopWords {
    /// Stop words of `language`; empty if there is no list.
    ///
    /// ```
    /// use qissa::text::{Language, StopWords};
    ///
    /// let words = StopWords::of(Language::from_tag("en"));
    /// assert!(words.contains("the") && words.contains("says") && !words.contains("minister"));
    /// ```
    #[must_use]
    pub fn of(language: Language) -> Self {
        let listed = stop_words::lookup(language.code()).unwrap_or_default();
        let additions = match language.code() {
            "en" => ENGLISH,
            "ar" => ARABIC,
            _ => "",
        };
        let mut stop_words = normalized(listed.iter().copied());
        stop_words.extend(normalized(additions.split_whitespace()));
        StopWords {
            stop_words,
            negations: listed_for(language, &NEGATIONS),
            dates: listed_for(language, &DATES),
        }
    }

    /// The stop words, normalized, without negations.
    pub fn into_words(self) -> impl Iterator<Item = String> {
        self.stop_words.into_iter()
    }

    /// Whether a normalized word is a stop word or a negation.
    #[must_use]
    pub fn contains(&self, normalized: &str) -> bool {
        self.stop_words.contains(normalized) || self.is_negation(normalized)
    }

    /// Whether a normalized word negates what follows.
    #[must_use]
    pub fn is_negation(&self, normalized: &str) -> bool {
        self.negations.contains(normalized)
    }

    /// Whether a normalized word names a day, a month or a span of time.
    #[must_use]
    pub fn is_date(&self, normalized: &str) -> bool {
        self.dates.contains(normalized)
    }
}

fn normalized<'w>(words: impl Iterator<Item = &'w str>) -> HashSet<String> {
    words
        .map(|word| Tokens::of(word).as_str().to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

fn listed_for(language: Language, lists: &[(&str, &'static str)]) -> HashSet<String> {
    let own = lists.iter().filter(|(code, _)| *code == language.code());
    normalized(own.flat_map(|(_, words)| words.split_whitespace()))
}
