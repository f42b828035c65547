//! Names of months and days of the week in about sixty languages.
//!
//! Input: a word. Output: the months and days that the word names: "mar" is March in English and
//! Tuesday in French, Spanish and Italian. Cost: one look-up in a table that is built at first use.

use std::sync::LazyLock;

use hashbrown::HashMap;

use crate::text::Tokens;

/// The months (bit 0 is January) and days of the week (bit 0 is Monday) that a word names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) months: u16,
    pub(super) days: u8,
}

impl Name {
    /// The name of [`folded`] words with single spaces. An Arabic article or a Hebrew "in" before
    /// the name is ignored.
    pub(super) fn of(words: &str) -> Option<Name> {
        let bare = || words.strip_prefix("ال").or_else(|| words.strip_prefix('ב'));
        NAMES.get(words).or_else(|| NAMES.get(bare()?)).copied()
    }
}

/// The words of a text without case, accents, hamza, tatweel and punctuation, separated by single
/// spaces.
pub(super) fn folded(words: &str) -> String {
    Tokens::of(words).as_str().to_owned()
}

static NAMES: LazyLock<HashMap<String, Name>> = LazyLock::new(|| {
    let mut names: HashMap<String, Name> = HashMap::new();
    for line in include_str!("names.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let (label, listed) = line.split_once(": ").unwrap_or_default();
        let are_months = label.ends_with(" months");
        for (at, forms) in listed.split(", ").enumerate() {
            for form in forms.split('/').filter(|form| !form.is_empty()) {
                let name = names.entry(folded(form)).or_default();
                name.months |= if are_months { 1 << at } else { 0 };
                name.days |= if are_months { 0 } else { 1 << at };
            }
        }
    }
    names
});

#[cfg(test)]
mod tests {
    use super::*;

    fn months(word: &str) -> Vec<u32> {
        let found = Name::of(&folded(word)).unwrap_or_default().months;
        (1..=12)
            .filter(|month| found & 1 << (month - 1) != 0)
            .collect()
    }

    #[test]
    fn the_table_is_complete() {
        for line in include_str!("names.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let (label, listed) = line.split_once(": ").unwrap();
            let count = if label.ends_with(" months") { 12 } else { 7 };
            assert_eq!(listed.split(", ").count(), count, "{line}");
        }
    }

    /// Croatian names for October and July are Polish, Czech and Ukrainian names for November and
    /// August.
    #[test]
    fn few_words_are_ambiguous() {
        let mut ambiguous: Vec<&str> = NAMES
            .iter()
            .filter(|(_, name)| name.months.count_ones() > 1)
            .map(|(word, _)| word.as_str())
            .collect();
        ambiguous.sort_unstable();
        assert_eq!(ambiguous, ["lip", "lis", "listopad", "listopada", "srp"]);
    }

    #[test]
    fn arabic_months_are_known_in_all_spellings() {
        let spelled = [
            ("يناير كانون_الثاني جانفي كانون_ثاني كانون_الثانى", 1),
            ("فبراير شباط فيفري فيفرى", 2),
            ("مارس آذار اذار أذار", 3),
            ("أبريل ابريل إبريل أبــريل نيسان أفريل افريل", 4),
            ("مايو ماي أيار ايار", 5),
            ("يونيو يونيه يونية حزيران جوان", 6),
            ("يوليو يوليوز يولية تموز تمّوز جويلية جويليه", 7),
            ("أغسطس اغسطس غشت آب اب أوت اوت", 8),
            ("سبتمبر شتنبر أيلول ايلول", 9),
            (
                "أكتوبر اكتوبر تشرين_الأول تشرين_الاول تشرين_أول تشرين_اول",
                10,
            ),
            ("نوفمبر نونبر تشرين_الثاني تشرين_الثانى تشرين_ثاني", 11),
            ("ديسمبر دجنبر كانون_الأول كانون_أول كانون_الاول", 12),
        ];
        for (words, month) in spelled {
            for word in words.split(' ').map(|word| word.replace('_', " ")) {
                assert_eq!(months(&word), [month], "{word}");
            }
        }
        assert!(months("ربيع").is_empty() && months("تشرين").is_empty());
    }

    #[test]
    fn a_word_may_name_a_month_and_a_day() {
        let mar = Name::of("mar").unwrap();
        assert_eq!((mar.months, mar.days), (1 << 2, 1 << 1));
        assert_eq!(months("الشباط"), [2]);
        assert_eq!(months("באוקטובר"), [10]);
        assert_eq!(
            (months("août"), months("AOUT"), months("Μαΐου")),
            (vec![8], vec![8], vec![5])
        );
    }
}
