//! Terms of an item for story matching.
//!
//! Input: a title and a text. Output: [`StoryTerms`]: stems of the title, stems of title and lead,
//! figures, and character 4-grams of the title. Cost: linear in the title and the lead.

use super::normalize::Unspaced;
use super::{Stemmer, Tokens, is_number, term_hash};

/// Terms of one item, as hashes, in text order and with repetitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoryTerms {
    /// Stems of the title.
    pub title: Vec<u32>,
    /// Stems of the title and the lead; empty without a text.
    pub lead: Vec<u32>,
    /// Figures of the title and the lead: numbers of at least three digits except years. Empty
    /// without a text.
    pub figures: Vec<u32>,
    /// Character 4-grams of the words of the title, with word boundaries as `_`. Units in scripts
    /// without spaces.
    pub chars: Vec<u32>,
}

impl StoryTerms {
    /// Terms of a title and the first `lead` characters of a text.
    #[must_use]
    pub fn of(title: &str, text: &str, lead: usize, stemmer: &Stemmer<'_>) -> Self {
        let title = Tokens::of(title);
        let lead = Tokens::of(first_words(text, lead));
        let mut terms = StoryTerms {
            title: stems(&title, stemmer),
            chars: four_grams(&title),
            ..StoryTerms::default()
        };
        if !lead.is_empty() {
            terms.lead.clone_from(&terms.title);
            terms.lead.extend(stems(&lead, stemmer));
            let words = title.iter().chain(lead.iter());
            let figures = words.filter(|word| is_figure(word)).map(term_hash);
            terms.figures.extend(figures);
        }
        terms
    }
}

/// Minimum number of digits of a figure. Shorter numbers are counts, days and ages, which unrelated
/// reports share.
const FIGURE_DIGITS: usize = 3;

fn is_figure(word: &str) -> bool {
    is_number(word)
        && !is_year(word)
        && word.bytes().filter(u8::is_ascii_digit).count() >= FIGURE_DIGITS
}

fn is_year(word: &str) -> bool {
    word.parse()
        .is_ok_and(|number: u32| (1900..2100).contains(&number))
}

/// The start of a text up to the last word that ends within `characters` characters.
fn first_words(text: &str, characters: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(characters) else {
        return text;
    };
    let start = &text[..end];
    start
        .rfind(char::is_whitespace)
        .map_or(start, |space| &start[..space])
}

/// Hashes of the stems, in order.
///
/// Scripts without spaces have no word boundaries, so their units are the terms. Hiragana
/// (particles and endings) and a lone Han sign after a number (月 in 5月) have no term.
pub(super) fn stems(tokens: &Tokens, stemmer: &Stemmer<'_>) -> Vec<u32> {
    let mut stem = String::new();
    let mut hashes = Vec::with_capacity(tokens.len());
    for unit in tokens.units() {
        stem.clear();
        let word = tokens.run(unit.clone());
        let is_counter =
            unit.len() == 1 && unit.start > 0 && is_number(tokens.run(unit.start - 1..unit.start));
        match script(word) {
            None => stemmer.stem(word, &mut stem),
            Some(Unspaced::Hiragana) => {}
            Some(Unspaced::Han) if is_counter => {}
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
            None => {
                bounded.clear();
                bounded.extend(["_", word, "_"]);
                push_four_grams(&bounded, &mut grams);
            }
            Some(Unspaced::Hiragana) => {}
            Some(_) => grams.push(term_hash(word)),
        }
    }
    grams
}

/// Adds the 4-grams of a word with its boundaries; the whole if it is shorter.
fn push_four_grams(bounded: &str, grams: &mut Vec<u32>) {
    let mut starts: Vec<usize> = bounded.char_indices().map(|(start, _)| start).collect();
    starts.push(bounded.len());
    if starts.len() <= 4 {
        grams.push(term_hash(bounded));
        return;
    }
    for run in starts.windows(5) {
        grams.push(term_hash(&bounded[run[0]..run[4]]));
    }
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
    fn a_title_without_a_text_has_no_lead() {
        let found = terms("Talks stopped", "", 100);
        assert_eq!(found.title, [term_hash("talk"), term_hash("stop")]);
        assert!(found.lead.is_empty());
        assert_eq!(
            found.chars.len(),
            "_talks_".len() - 3 + "_stopped_".len() - 3
        );
    }

    #[test]
    fn the_lead_has_title_and_first_words() {
        let found = terms("Talks", "They resume today", 11);
        assert_eq!(found.lead, [term_hash("talk"), term_hash("they")]);
        assert_eq!(terms("Talks", "They resume today", 99).lead.len(), 4);
    }

    #[test]
    fn figures_are_long_numbers_except_years() {
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
            "a title without a text has no figures"
        );
    }

    #[test]
    fn unspaced_scripts_have_units_as_terms() {
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
