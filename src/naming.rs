//! The headlines of a group in, what the group is called out: the phrases that its headlines share
//! and other news does not, as they are written there.
//!
//! A candidate is a run of words that recurs, with a telling word at either edge. One that the
//! copies of a single text share names that text and not the group, unless the group is shown under
//! it. It is worth its share of the group times what its words say, in nats, against the rest of
//! the batch and news at large: the pointwise divergence of the group from all news (Tomokiyo and
//! Hurst 2003). A run that another one nearly always goes on with is half a phrase and is dropped
//! (the complete phrases of Osiński, Stefanowski and Weiss 2004). Linear in the headlines, but for
//! a sort of their runs.

mod form;
mod phrase;
mod usage;

use crate::text::SurfaceToken;

use phrase::{Phrase, phrases};
pub use usage::Usage;

/// One headline of a group.
#[derive(Debug, Clone)]
pub struct Headline<'t> {
    /// The headline, without what outlets add to it.
    pub text: &'t str,
    /// Its words.
    pub words: &'t [SurfaceToken<'t>],
    /// The number of its text: copies of one text have several headlines.
    pub of: u32,
    /// What it counts: the headlines of one text share one vote.
    pub vote: f64,
}

/// What a group is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupName {
    /// Up to three phrases, in the order of the canonical headline; empty if there is one headline
    /// only, or if they share nothing that tells, or one word that is no name.
    pub text: String,
    /// The phrases that tell the group from others, the best first, each told once.
    pub keywords: Vec<String>,
}

/// There are no more keywords than this.
const MOST_KEYWORDS: usize = 6;

/// A keyword is worth at least this share of the best one.
const LEAST_WORTH: f64 = 0.2;

/// A label has no more phrases than this, and takes no further one once it has so many words.
const MOST_PARTS: usize = 3;
const FULL_LABEL: usize = 5;

/// A phrase of the label is worth at least this share of the best one.
const LEAST_PART: f64 = 0.3;

/// What stands between the phrases of a label.
const BETWEEN: &str = " · ";

/// Names a group by its headlines, each different one once; `canonical` is the place of the one it
/// is shown under. A single headline is its own name.
pub fn name_group(headlines: &[Headline<'_>], canonical: usize, usage: &Usage<'_>) -> GroupName {
    if headlines.len() < 2 {
        return GroupName::default();
    }
    let chosen = choose(phrases(headlines, canonical, usage));
    let shown: Vec<String> = chosen
        .iter()
        .map(|phrase| form::best(phrase, headlines, canonical))
        .collect();
    let best = chosen.first().map_or(0.0, |phrase| phrase.worth);
    let mut parts: Vec<usize> = Vec::new();
    let mut breadth = 0;
    for (place, phrase) in chosen.iter().enumerate() {
        if parts.len() < MOST_PARTS && breadth < FULL_LABEL && phrase.worth >= LEAST_PART * best {
            parts.push(place);
            breadth += phrase.words;
        }
    }
    let stands = |place: &usize| {
        let at = chosen[*place]
            .occurrences
            .iter()
            .find(|it| it.headline == canonical)
            .map(|it| it.start);
        (at.is_none(), at, *place)
    };
    parts.sort_by_key(stands);
    if let [only] = parts[..]
        && chosen[only].is_lone_word
    {
        parts.clear();
    }
    let text = parts
        .iter()
        .map(|&place| shown[place].as_str())
        .collect::<Vec<_>>()
        .join(BETWEEN);
    GroupName {
        text,
        keywords: shown,
    }
}

/// The best phrases, none of which says what another one said.
fn choose(mut phrases: Vec<Phrase>) -> Vec<Phrase> {
    phrases.sort_by(|x, y| {
        y.worth
            .total_cmp(&x.worth)
            .then(y.words.cmp(&x.words))
            .then(x.key.cmp(&y.key))
    });
    let least = phrases.first().map_or(0.0, |best| LEAST_WORTH * best.worth);
    let mut chosen: Vec<Phrase> = Vec::new();
    for phrase in phrases {
        let is_told = chosen
            .iter()
            .any(|other| phrase.terms.iter().any(|term| other.terms.contains(term)));
        if !is_told && phrase.worth >= least && chosen.len() < MOST_KEYWORDS {
            chosen.push(phrase);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::similarity::{FieldWeighing, Terms, Weigher};
    use crate::text::{Language, Stemmer, StopWords, surface_tokens};

    /// The label of headlines that each count one, the first being canonical, all words being
    /// equally rare at large.
    fn labelled(language: &str, titles: &[&str]) -> GroupName {
        labelled_of(language, titles, 0..)
    }

    /// The same, told of which text each headline is.
    fn labelled_of(
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
        labelled(language, titles).keywords
    }

    #[test]
    fn phrases_come_in_the_order_of_the_canonical_headline() {
        let titles = [
            "Central bank holds interest rate at 4.5 percent",
            "Interest rate unchanged, says the central bank",
            "Why the central bank waits",
        ];
        assert_eq!(labelled("en", &titles).text, "central bank · interest rate");
        assert_eq!(keywords("en", &titles), ["central bank", "interest rate"]);
    }

    #[test]
    fn a_name_is_told_whole() {
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
    fn a_denial_is_not_cut_off() {
        let titles = [
            "لافروف: لا صحة لأنباء التسميم",
            "الكرملين: لا صحة لأنباء التسميم في العاصمة",
        ];
        assert_eq!(keywords("ar", &titles), ["لا صحة لأنباء التسميم"]);
    }

    #[test]
    fn neither_stop_words_nor_numbers_nor_speakers_verbs_stand_at_an_edge() {
        let titles = [
            "Minister says 12 ferries to sink",
            "Ferries sink after 12, minister says",
            "The 12, says minister",
        ];
        let mut found = keywords("en", &titles);
        found.sort();
        assert_eq!(found.join(" ").to_lowercase(), "ferries minister sink");
        assert_eq!(
            labelled("en", &["Nobody has 12 of them", "Nobody: of 12, to them"]).text,
            ""
        );
    }

    #[test]
    fn arabic_keeps_its_article_and_sheds_particles_where_it_can() {
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
    fn a_word_that_stands_with_a_particle_only_is_no_keyword_and_cuts_no_phrase_off() {
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
    fn a_verb_stands_at_no_edge() {
        let titles = [
            "الاتحاد يرفض المقترح",
            "لماذا الاتحاد يرفض؟",
            "نقابة ترفض الزيادة",
        ];
        assert_eq!(keywords("ar", &titles), ["الاتحاد"]);
    }

    #[test]
    fn a_time_alone_is_no_phrase() {
        let titles = [
            "Ferry strike ends on Friday 3 March",
            "Friday 3 March: the ferry strike",
            "Ferry strike",
        ];
        assert_eq!(keywords("en", &titles), ["Ferry strike"]);
    }

    #[test]
    fn what_only_copies_of_another_text_say_is_not_what_the_group_is_called() {
        let titles = [
            "Oil price falls to a low of the year",
            "Iran plans to pump a million more barrels",
            "Iran plans to pump more: a million barrels",
            "Why the oil price falls",
        ];
        assert_eq!(
            labelled_of("en", &titles, [0, 1, 1, 2]).text,
            "Oil price falls"
        );
        assert!(labelled("en", &titles).text.contains("Iran"));
        assert_eq!(labelled_of("en", &titles[1..3], [0, 0]).text, "Iran plans");
    }

    #[test]
    fn one_headline_is_its_own_name() {
        assert_eq!(labelled("en", &["Ferry strike ends"]), GroupName::default());
    }

    #[test]
    fn signs_are_joined_without_spaces() {
        let titles = ["海港大桥今天通车", "记者看海港大桥", "海港大桥的故事"];
        assert_eq!(labelled("zh", &titles).text, "海港大桥");
    }

    #[test]
    fn what_says_nothing_has_no_label() {
        assert_eq!(labelled("en", &["", ""]), GroupName::default());
        assert_eq!(labelled("en", &["The one", "Of two"]), GroupName::default());
    }

    proptest! {
        #[test]
        fn keywords_stand_in_a_headline_and_each_is_told_once(
            titles in proptest::collection::vec("([A-Z]?[a-d]{2,3}[ ,-]){2,8}|([ا-خ]{3,4} ){2,8}|[中国总统访问]{2,9}", 1..6),
        ) {
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let label = labelled("en", &titles);
            for keyword in &label.keywords {
                prop_assert!(titles.iter().any(|title| title.contains(keyword.as_str())));
                prop_assert_eq!(label.keywords.iter().filter(|other| *other == keyword).count(), 1);
            }
            prop_assert!(label.keywords.len() <= MOST_KEYWORDS);
        }
    }
}
