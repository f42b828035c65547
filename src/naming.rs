//! Names a group by the phrases that its titles share and other news does not.
//!
//! Input: the titles of a group with their surface tokens, and the [`Usage`] of words in the batch.
//! Output: a [`GroupName`] of up to three phrases, and keywords. Cost: linear in the titles, except
//! for a sort of their phrases.
//!
//! A candidate phrase is a run of words that occurs in at least two titles, with content words at
//! both edges. Its worth is the pointwise divergence of the group from all news (Tomokiyo and Hurst
//! 2003):
//!
//! ```text
//! worth = share * (surprisal of its words in nats + ln(share)) * factors of phrase quality
//! share = share of the group's votes whose titles have the phrase
//! ```
//!
//! A phrase that nearly always continues with the same word is incomplete and dropped (complete
//! phrases; Osiński, Stefanowski and Weiss 2004). A phrase that only copies of one text have names
//! that text, and counts only if the text is canonical.

mod form;
mod phrase;
mod usage;

use crate::text::SurfaceToken;

use phrase::{Phrase, phrases};
pub use usage::Usage;

/// A distinct title of a group.
#[derive(Debug, Clone)]
pub struct Headline<'t> {
    /// The title without boilerplate.
    pub text: &'t str,
    /// Words of the title.
    pub words: &'t [SurfaceToken<'t>],
    /// Number of the text that the title is of; copies of a text can have several titles.
    pub of: u32,
    /// Vote of the title; the titles of one text share a vote of 1.
    pub vote: f64,
}

/// Name and keywords of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupName {
    /// Up to three phrases, in the order of the canonical title. Empty if the group has one title,
    /// no shared phrase, or a single shared word that is not a name.
    pub text: String,
    /// Up to six distinctive phrases without common words, highest worth first.
    pub keywords: Vec<String>,
}

/// Maximum number of keywords.
const MAX_KEYWORDS: usize = 6;

/// Minimum worth of a keyword, relative to the best phrase.
const MIN_KEYWORD_WORTH: f64 = 0.2;

/// Maximum number of phrases of a name.
const MAX_PHRASES: usize = 3;

/// Number of words from which a name is full: no further phrase is added.
const FULL_NAME_WORDS: usize = 5;

/// Minimum worth of a phrase of a name, relative to the best phrase.
const MIN_PHRASE_WORTH: f64 = 0.3;

/// Separator of the phrases of a name.
const SEPARATOR: &str = " · ";

/// Names a group by its distinct titles. `canonical` is the index of the canonical title. A single
/// title has an empty name, as it is its own name.
#[must_use]
pub fn name_group(headlines: &[Headline<'_>], canonical: usize, usage: &Usage<'_>) -> GroupName {
    if headlines.len() < 2 {
        return GroupName::default();
    }
    let keywords = select_keywords(phrases(headlines, canonical, usage));
    let forms: Vec<String> = keywords
        .iter()
        .map(|phrase| form::best(phrase, headlines, canonical))
        .collect();
    let parts: Vec<&str> = select_name(&keywords, canonical)
        .into_iter()
        .map(|place| forms[place].as_str())
        .collect();
    GroupName {
        text: parts.join(SEPARATOR),
        keywords: forms,
    }
}

/// The phrases of the highest worth that share no term with a better one.
fn select_keywords(mut phrases: Vec<Phrase>) -> Vec<Phrase> {
    phrases.sort_by(|x, y| {
        y.worth
            .total_cmp(&x.worth)
            .then(y.words.cmp(&x.words))
            .then(x.key.cmp(&y.key))
    });
    let best = phrases.first().map_or(0.0, |best| best.worth);
    let mut keywords: Vec<Phrase> = Vec::new();
    for phrase in phrases {
        let is_redundant = keywords.iter().any(|better| better.shares_term(&phrase));
        if !is_redundant
            && phrase.worth >= MIN_KEYWORD_WORTH * best
            && keywords.len() < MAX_KEYWORDS
        {
            keywords.push(phrase);
        }
    }
    keywords
}

/// Indices of the keywords of the name, in the order of the canonical title; keywords that the
/// canonical title does not have come last.
fn select_name(keywords: &[Phrase], canonical: usize) -> Vec<usize> {
    let best = keywords.first().map_or(0.0, |phrase| phrase.worth);
    let mut parts: Vec<usize> = Vec::new();
    let mut words = 0;
    for (place, phrase) in keywords.iter().enumerate() {
        if parts.len() < MAX_PHRASES
            && words < FULL_NAME_WORDS
            && phrase.worth >= MIN_PHRASE_WORTH * best
        {
            parts.push(place);
            words += phrase.words;
        }
    }
    if let [only] = parts[..]
        && keywords[only].is_lone_word
    {
        return Vec::new();
    }
    parts.sort_by_key(|&place| {
        let start = keywords[place].start_in(canonical);
        (start.is_none(), start, place)
    });
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::similarity::{FieldWeighing, Terms, Weigher};
    use crate::text::{Language, Stemmer, StopWords, surface_tokens};

    /// The name of titles with a vote of 1 each. The first is canonical; all words are equally
    /// rare in the background.
    fn named(language: &str, titles: &[&str]) -> GroupName {
        named_of(language, titles, 0..)
    }

    /// As `named`, given the text that each title is of.
    fn named_of(
        language: &str,
        titles: &[&str],
        texts: impl IntoIterator<Item = u32>,
    ) -> GroupName {
        let language = Language::from_tag(language);
        let stemmer = Stemmer::new(language, None);
        let words: Vec<Vec<SurfaceToken<'_>>> = titles
            .iter()
            .map(|title| surface_tokens(title, &stemmer))
            .collect();
        let weighing = FieldWeighing {
            prior: 100.0,
            power: 1.0,
            phrase_discount: 0.0,
            norm_inflation: 1.0,
        };
        let none: [(&Terms, f64); 0] = [];
        let weigher = Weigher::new(none.into_iter(), None, weighing);
        let usage = Usage::new(
            words.iter().map(Vec::as_slice),
            weigher,
            StopWords::of(language),
        );
        let headline = |((text, words), of)| Headline {
            text,
            words,
            of,
            vote: 1.0,
        };
        let words = words.iter().map(Vec::as_slice);
        let headlines: Vec<Headline<'_>> = titles
            .iter()
            .copied()
            .zip(words)
            .zip(texts)
            .map(headline)
            .collect();
        name_group(&headlines, 0, &usage)
    }

    fn keywords(language: &str, titles: &[&str]) -> Vec<String> {
        named(language, titles).keywords
    }

    #[test]
    fn phrases_are_in_the_order_of_the_canonical_title() {
        let titles = [
            "Central bank holds interest rate at 4.5 percent",
            "Interest rate unchanged, says the central bank",
            "Why the central bank waits",
        ];
        assert_eq!(named("en", &titles).text, "central bank · interest rate");
        assert_eq!(keywords("en", &titles), ["central bank", "interest rate"]);
    }

    #[test]
    fn names_are_complete() {
        let titles = [
            "Talks with George W. Marsh in the U.S. resume",
            "Why George W. Marsh left",
            "George W. Marsh: no comment",
        ];
        assert_eq!(keywords("en", &titles)[0], "George W. Marsh");
        let titles = [
            "Rates were kept unchanged by the Bank of Velden again",
            "So the Bank of Velden waits",
            "Nobody asked Bank of Velden",
        ];
        assert_eq!(keywords("en", &titles), ["Bank of Velden"]);
    }

    #[test]
    fn negations_are_kept() {
        let titles = [
            "لافروف: لا صحة لأنباء التسميم",
            "الكرملين: لا صحة لأنباء التسميم في العاصمة",
        ];
        assert_eq!(keywords("ar", &titles), ["لا صحة لأنباء التسميم"]);
    }

    #[test]
    fn stop_words_numbers_and_verbs_of_attribution_are_not_at_an_edge() {
        let titles = [
            "Minister says 12 ferries to sink",
            "Ferries sink after 12, minister says",
            "The 12, says minister",
        ];
        let mut found = keywords("en", &titles);
        found.sort();
        assert_eq!(found.join(" ").to_lowercase(), "ferries minister sink");
        assert_eq!(
            named("en", &["Nobody has 12 of them", "Nobody: of 12, to them"]).text,
            ""
        );
    }

    #[test]
    fn arabic_forms_keep_the_article_and_drop_particles() {
        let titles = [
            "الشرع يصل إلى موسكو",
            "بوتين وموسكو في انتظار الشرع",
            "الشرع بموسكو",
        ];
        let stemmed = keywords("ar", &titles);
        assert!(
            stemmed.contains(&"الشرع".to_owned()) && stemmed.contains(&"موسكو".to_owned()),
            "{stemmed:?}"
        );
    }

    #[test]
    fn a_word_with_a_particle_only_is_no_keyword_and_does_not_shorten_phrases() {
        let titles = [
            "الحداد في العاصمة وإغلاق الميناء",
            "أزمة وإغلاق الميناء",
            "قرار إغلاق الحدود",
        ];
        let mut found = keywords("ar", &titles);
        found.sort();
        assert_eq!(found, ["إغلاق", "الميناء"]);
    }

    #[test]
    fn verbs_are_not_at_an_edge() {
        let titles = [
            "الاتحاد يرفض المقترح",
            "لماذا الاتحاد يرفض؟",
            "نقابة ترفض الزيادة",
        ];
        assert_eq!(keywords("ar", &titles), ["الاتحاد"]);
    }

    #[test]
    fn dates_alone_are_no_phrase() {
        let titles = [
            "Ferry strike ends on Friday 3 March",
            "Friday 3 March: the ferry strike",
            "Ferry strike",
        ];
        assert_eq!(keywords("en", &titles), ["Ferry strike"]);
    }

    #[test]
    fn phrases_of_copies_of_another_text_are_not_in_the_name() {
        let titles = [
            "Oil price falls to a low of the year",
            "Iran plans to pump a million more barrels",
            "Iran plans to pump more: a million barrels",
            "Why the oil price falls",
        ];
        assert_eq!(
            named_of("en", &titles, [0, 1, 1, 2]).text,
            "Oil price falls"
        );
        assert!(named("en", &titles).text.contains("Iran"));
        assert_eq!(named_of("en", &titles[1..3], [0, 0]).text, "Iran plans");
    }

    #[test]
    fn a_single_title_has_no_name() {
        assert_eq!(named("en", &["Ferry strike ends"]), GroupName::default());
    }

    #[test]
    fn signs_are_joined_without_spaces() {
        let titles = ["海港大桥今天通车", "记者看海港大桥", "海港大桥的故事"];
        assert_eq!(named("zh", &titles).text, "海港大桥");
    }

    #[test]
    fn titles_without_content_words_have_no_name() {
        assert_eq!(named("en", &["", ""]), GroupName::default());
        assert_eq!(named("en", &["The one", "Of two"]), GroupName::default());
    }

    proptest! {
        #[test]
        fn keywords_occur_in_a_title_and_are_distinct(
            titles in proptest::collection::vec("([A-Z]?[a-d]{2,3}[ ,-]){2,8}|([ا-خ]{3,4} ){2,8}|[中国总统访问]{2,9}", 1..6),
        ) {
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let name = named("en", &titles);
            for keyword in &name.keywords {
                prop_assert!(titles.iter().any(|title| title.contains(keyword.as_str())));
                prop_assert_eq!(name.keywords.iter().filter(|other| *other == keyword).count(), 1);
            }
            prop_assert!(name.keywords.len() <= MAX_KEYWORDS);
        }
    }
}
