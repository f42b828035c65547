//! An item in, the terms by which its story is found out: the stems of its headline, those of its
//! headline and lead, its figures, and the runs of four characters of the headline. Linear in what
//! is looked at.

use super::normalize::Unspaced;
use super::{Stemmer, Tokens, is_number, term_hash};

/// The terms of one item, as hashes, in their order and as often as they occur.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoryTerms {
    /// The stems of the headline.
    pub title: Vec<u32>,
    /// The stems of the headline and of the first part of the body; empty without a body.
    pub lead: Vec<u32>,
    /// The figures among the terms of the lead: numbers that tell one report from another.
    pub figures: Vec<u32>,
    /// The runs of four characters of the headline's words, with their bounds; of scripts without
    /// spaces the units.
    pub chars: Vec<u32>,
}

impl StoryTerms {
    /// The terms of a headline and the first `lead` characters of a body.
    pub fn of(title: &str, text: &str, lead: usize, stemmer: &Stemmer<'_>) -> Self {
        let words = Tokens::of(title);
        let mut terms = StoryTerms {
            title: stems(&words, stemmer),
            chars: four_grams(&words),
            ..StoryTerms::default()
        };
        let body = Tokens::of(first_words(text, lead));
        if !body.is_empty() {
            terms.lead.clone_from(&terms.title);
            terms.lead.extend(stems(&body, stemmer));
            terms.figures.extend(
                words
                    .iter()
                    .chain(body.iter())
                    .filter(|word| is_figure(word))
                    .map(term_hash),
            );
        }
        terms
    }
}

/// A number of so many digits that is no year: fewer are counts, days and ages, which any two
/// reports may share or not.
const FIGURE_DIGITS: usize = 3;

fn is_figure(word: &str) -> bool {
    let is_year = word
        .parse()
        .is_ok_and(|number: u32| (1900..2100).contains(&number));
    is_number(word) && !is_year && word.bytes().filter(u8::is_ascii_digit).count() >= FIGURE_DIGITS
}

/// The start of a text, to the last word that ends within so many characters.
fn first_words(text: &str, characters: usize) -> &str {
    match text.char_indices().nth(characters) {
        None => text,
        Some((end, _)) => text[..end]
            .rfind(char::is_whitespace)
            .map_or(&text[..end], |space| &text[..space]),
    }
}

/// The stems, in order. Scripts written without spaces give their units, as no dictionary tells
/// their words apart; hiragana, which are particles and endings, and the lone sign that tells what
/// a number counts (the 月 of 5月) say nothing.
pub(super) fn stems(tokens: &Tokens, stemmer: &Stemmer<'_>) -> Vec<u32> {
    let mut stem = String::new();
    let mut hashes = Vec::with_capacity(tokens.len());
    for unit in tokens.units() {
        stem.clear();
        let word = tokens.run(unit.clone());
        let counts = || {
            unit.len() == 1 && unit.start > 0 && is_number(tokens.run(unit.start - 1..unit.start))
        };
        match script(word) {
            None => stemmer.stem(word, &mut stem),
            Some(Unspaced::Hiragana) => {}
            Some(Unspaced::Han) if counts() => {}
            Some(_) => stem.push_str(word),
        }
        if !stem.is_empty() {
            hashes.push(term_hash(&stem));
        }
    }
    hashes
}

fn script(word: &str) -> Option<Unspaced> {
    word.chars().next().and_then(Unspaced::of)
}

fn four_grams(tokens: &Tokens) -> Vec<u32> {
    let mut grams = Vec::with_capacity(tokens.as_str().len());
    let mut bounded = String::new();
    for unit in tokens.units() {
        let word = tokens.run(unit);
        match script(word) {
            None => {}
            Some(Unspaced::Hiragana) => continue,
            Some(_) => {
                grams.push(term_hash(word));
                continue;
            }
        }
        bounded.clear();
        bounded.extend(["_", word, "_"]);
        let starts: Vec<usize> = bounded
            .char_indices()
            .map(|(at, _)| at)
            .chain([bounded.len()])
            .collect();
        match starts.len() {
            0..=4 => grams.push(term_hash(&bounded)),
            _ => grams.extend(
                starts
                    .windows(5)
                    .map(|run| term_hash(&bounded[run[0]..run[4]])),
            ),
        }
    }
    grams
}

#[cfg(test)]
mod tests {
    use super::super::Language;
    use super::*;

    fn terms(title: &str, text: &str, lead: usize) -> StoryTerms {
        StoryTerms::of(
            title,
            text,
            lead,
            &Stemmer::new(Language::from_tag("en"), None),
        )
    }

    #[test]
    fn a_headline_alone_has_no_lead() {
        let found = terms("Talks stopped", "", 100);
        assert_eq!(found.title, [term_hash("talk"), term_hash("stop")]);
        assert!(found.lead.is_empty());
        assert_eq!(
            found.chars.len(),
            "_talks_".len() - 3 + "_stopped_".len() - 3
        );
    }

    #[test]
    fn the_lead_is_headline_and_first_words() {
        let found = terms("Talks", "They resume today", 11);
        assert_eq!(found.lead, [term_hash("talk"), term_hash("they")]);
        assert_eq!(terms("Talks", "They resume today", 99).lead.len(), 4);
    }

    #[test]
    fn figures_are_long_numbers_but_years() {
        let found = terms(
            "Index closes 3.20 lower at 8,800",
            "Since 2014 its 12 banks lost 150m",
            99,
        );
        assert_eq!(found.figures, ["3.20", "8800", "150m"].map(term_hash));
        assert!(
            found
                .figures
                .iter()
                .all(|figure| found.lead.contains(figure))
        );
        assert!(
            terms("Index closes at 8,800", "", 99).figures.is_empty(),
            "a headline alone has too few"
        );
    }

    #[test]
    fn signs_go_in_pairs() {
        assert_eq!(
            terms("中国总统", "", 9).title,
            ["中 国", "国 总", "总 统"].map(term_hash)
        );
        assert_eq!(
            terms("米大統領が会う", "", 9).title,
            ["米 大", "大 統", "統 領", "会"].map(term_hash)
        );
        assert_eq!(terms("5月のさくら", "", 9).title, [term_hash("5")]);
        assert_eq!(
            terms("รัฐบาล", "", 9).title,
            ["รั ฐ บ", "ฐ บ า", "บ า ล"].map(term_hash)
        );
    }
}
