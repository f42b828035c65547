//! A folded word in, whether it only serves others: articles, prepositions, pronouns, auxiliaries,
//! and the verbs by which news says who speaks. Such words stand within a label, never at its edge.
//! The lists are those of NLTK, or of stopwords-iso for languages that NLTK has none for. A look-up
//! in a set; the set of a language is built once.

use hashbrown::HashSet;

use super::{Language, Tokens};

/// The words of one language that only serve others.
#[derive(Debug, Clone, Default)]
pub struct StopWords {
    serving: HashSet<String>,
    denying: HashSet<String>,
    dating: HashSet<String>,
}

/// What the lists lack in English: who speaks, and the prepositions and auxiliaries of headlines.
const ENGLISH: &str = "say says said saying tell tells told ask asks asked claim claims claimed report reports reported \
    reportedly reveal reveals revealed announce announces announced warn warns warned urge urges urged confirm confirms \
    confirmed deny denies denied insist insists insisted vow vows vowed explain explains explained admit admits admitted \
    call calls called slam slams slammed amid among may might must would could cannot without within according via per \
    also get gets got make makes made take takes took give gives gave go goes went come comes came see sees saw let lets \
    still yet like one two another around across near back ahead toward towards upon since despite say's versus vs \
    first last next new today yesterday tomorrow latest update updates live breaking watch video photos \
    set gets put puts keep keeps show shows";

/// In Arabic: who speaks, and prepositions and particles with what is written on to them.
const ARABIC: &str = "قال قالت يقول تقول أكد أكدت يؤكد تؤكد أعلن أعلنت يعلن تعلن كشف كشفت يكشف تكشف صرح صرحت يصرح أضاف \
    أضافت أوضح أوضحت يوضح ذكر ذكرت أفاد أفادت نفى نفت ينفي تنفي حذر حذرت يحذر تحذر دعا دعت يدعو تدعو طالب طالبت يطالب \
    تطالب أبرز بشأن حول ضد خلال وسط عبر لدى ضمن إثر عقب قبيل بسبب لأول أول بعد قبل بين تم يتم اليوم أمس غدا الآن جديد جديدة \
    عاجل شاهد فيديو صور بالصور بالفيديو يوم عام مرة ليس سوف";

/// The words that deny what follows, by language: to leave one out turns the meaning round.
const DENIALS: [(&str, &str); 9] = [
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

/// Days, months and spans of time with what is said of them ("last"), by language: alone they say
/// when, not what.
const DATES: [(&str, &str); 2] = [
    (
        "ar",
        "السبت الأحد الاثنين الثلاثاء الأربعاء الخميس الجمعة يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر \
        نوفمبر ديسمبر كانون شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين جانفي فيفري أفريل ماي جوان جويلية أوت الثاني الأول \
        يوم أيام أسبوع الأسبوع شهر الشهر سنة السنة العام الجاري المقبل الماضي القادم",
    ),
    (
        "en",
        "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august \
        september october november december jan feb mar apr jun jul aug sep sept oct nov dec day week month year weekend",
    ),
];

impl StopWords {
    /// Those of a language; none for one without a list.
    ///
    /// ```
    /// use qissa::text::{StopWords, Language};
    /// let words = StopWords::of(Language::from_tag("en"));
    /// assert!(words.contains("the") && words.contains("says") && !words.contains("minister"));
    /// ```
    pub fn of(language: Language) -> Self {
        let listed = stop_words::lookup(language.code())
            .unwrap_or_default()
            .iter()
            .copied();
        let own = match language.code() {
            "en" => ENGLISH,
            "ar" => ARABIC,
            _ => "",
        };
        let folded = |word: &str| Tokens::of(word).as_str().to_owned();
        let of_language = |lists: &[(&str, &'static str)]| {
            let own = lists.iter().filter(|(code, _)| *code == language.code());
            own.flat_map(|(_, words)| words.split_whitespace())
                .map(folded)
                .collect()
        };
        StopWords {
            serving: listed
                .chain(own.split_whitespace())
                .map(folded)
                .filter(|word| !word.is_empty())
                .collect(),
            denying: of_language(&DENIALS),
            dating: of_language(&DATES),
        }
    }

    /// All words that serve others, folded.
    pub fn into_words(self) -> impl Iterator<Item = String> {
        self.serving.into_iter()
    }

    /// Whether a folded word is one of them.
    pub fn contains(&self, folded: &str) -> bool {
        self.serving.contains(folded) || self.denies(folded)
    }

    /// Whether a folded word denies what follows.
    pub fn denies(&self, folded: &str) -> bool {
        self.denying.contains(folded)
    }

    /// Whether a folded word names a day, a month or a span of time.
    pub fn dates(&self, folded: &str) -> bool {
        self.dating.contains(folded)
    }
}
