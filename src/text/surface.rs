//! A text in, its words out as they are written, each with the term it is compared by: so that what
//! a comparison saw can be shown to people. Linear in the text.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::normalize::Unspaced;
use super::{Stemmer, Tokens, is_sign, term_hash};

/// How a word follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// With a space between.
    Space,
    /// Without one: the parts of "well-known", the signs of scripts without spaces.
    Glue,
    /// Behind something that ends a clause, or first of all.
    Break,
}

/// A word as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SurfaceToken<'t> {
    /// The word, without what stands around it.
    pub text: &'t str,
    /// Where it begins in its text, in bytes.
    pub at: usize,
    /// The word folded.
    pub normalized: String,
    /// The term it is compared by; a word that says nothing has none. Of a script without spaces
    /// the run that begins with the sign.
    pub term: Option<u32>,
    /// How many words the term takes in: more than one for runs of signs.
    pub span: usize,
    /// How it follows the word before it.
    pub boundary: Boundary,
}

impl SurfaceToken<'_> {
    /// Where it ends in its text, in bytes.
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// The words of a text.
///
/// ```
/// use qissa::text::{Language, Stemmer, surface_tokens};
/// let words = surface_tokens("القواعد الروسية.. في سوريا", &Stemmer::new(Language::from_tag("ar"), None));
/// assert_eq!(words.iter().map(|word| word.text).collect::<Vec<_>>(), ["القواعد", "الروسية", "في", "سوريا"]);
/// ```
pub fn surface_tokens<'t>(text: &'t str, stemmer: &Stemmer<'_>) -> Vec<SurfaceToken<'t>> {
    let mut words: Vec<SurfaceToken<'t>> = Vec::new();
    let mut stem = String::new();
    let mut end = 0;
    for (at, piece) in pieces(text) {
        let tokens = Tokens::of(piece);
        if tokens.is_empty() {
            continue;
        }
        stem.clear();
        if tokens.len() == 1 && !is_sign(tokens.as_str()) {
            stemmer.stem(tokens.as_str(), &mut stem);
        }
        let boundary = words
            .last()
            .map_or(Boundary::Break, |last| boundary(last.text, &text[end..at]));
        let term = (!stem.is_empty()).then(|| term_hash(&stem));
        words.push(SurfaceToken {
            text: piece,
            at,
            normalized: tokens.as_str().to_owned(),
            term,
            span: 1,
            boundary,
        });
        end = at + piece.len();
    }
    name_runs(&mut words);
    words
}

fn boundary(before: &str, gap: &str) -> Boundary {
    match gap {
        ". " if is_initial(before) => Boundary::Space,
        "" | "-" | "\u{2010}" | "\u{2011}" | "/" | "_" | "&" => Boundary::Glue,
        _ if gap
            .chars()
            .all(|c| c.is_whitespace() || c == '#' || c == '@' || c == '$' || c == '%') =>
        {
            Boundary::Space
        }
        _ => Boundary::Break,
    }
}

/// The pieces between which there is something that is no part of a word, and each sign by itself.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    let mut before: Option<char> = None;
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().find(|&c| !is_silent(c));
        let is_part = is_letter(c)
            || (start.is_some() && is_inner(before, c, next))
            || (c == '.' && start.is_some_and(|start| ends_initials(&text[start..at])));
        let begins = is_part && Unspaced::of(c).is_some() && !is_mark(c);
        let leaves = before.is_some_and(|c| Unspaced::of(c).is_some())
            && Unspaced::of(c).is_none()
            && !is_mark(c);
        if let Some(begun) = start.filter(|_| !is_part || begins || leaves) {
            found.push((begun, &text[begun..at]));
            start = None;
        }
        if is_part && start.is_none() {
            start = Some(at);
        }
        before = if is_silent(c) {
            before
        } else {
            is_part.then_some(c)
        };
    }
    found.extend(start.map(|begun| (begun, &text[begun..])));
    found
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_silent(c)
}

/// Whether it stands on or between letters without being one: marks, joiners, the tatweel.
fn is_silent(c: char) -> bool {
    !c.is_ascii() && (is_mark(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{640}'))
}

fn is_mark(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Mark
}

/// Whether punctuation belongs to the word it stands in: "O'Brien", "10.5", "U.S", צה"ל.
fn is_inner(before: Option<char>, c: char, next: Option<char>) -> bool {
    let Some((before, next)) = before.zip(next) else {
        return false;
    };
    match c {
        '\'' | '\u{2019}' => before.is_alphanumeric() && next.is_alphabetic(),
        '.' | ',' | '\u{66b}' | '\u{66c}' => {
            before.is_numeric() && next.is_numeric() || initials(before, c, next)
        }
        '"' | '\u{5f4}' => [before, next]
            .iter()
            .all(|c| ('\u{5d0}'..='\u{5ea}').contains(c)),
        _ => false,
    }
}

fn initials(before: char, c: char, next: char) -> bool {
    c == '.' && before.is_uppercase() && next.is_uppercase()
}

/// Whether a word is the initial of a name: "George W. Bush".
fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none_or(|c| c == '.')
}

/// Whether the point that follows belongs to initials: the last one of "U.S.".
fn ends_initials(piece: &str) -> bool {
    let mut back = piece.chars().rev();
    back.next().is_some_and(char::is_uppercase) && back.next() == Some('.')
}

/// Gives each sign the run of signs that begins with it.
fn name_runs(words: &mut [SurfaceToken<'_>]) {
    let script = |word: &SurfaceToken<'_>| word.normalized.chars().next().and_then(Unspaced::of);
    for at in 0..words.len() {
        let Some(own) = script(&words[at]).filter(|own| *own != Unspaced::Hiragana) else {
            continue;
        };
        let follows = |next: &usize| {
            words
                .get(*next)
                .is_some_and(|word| script(word) == Some(own))
        };
        let length = 1 + (at + 1..at + own.gram()).take_while(follows).count();
        let lone = at == 0 || script(&words[at - 1]) != Some(own);
        if length == own.gram() || (length == 1 && lone) {
            let run: Vec<&str> = words[at..at + length]
                .iter()
                .map(|word| word.normalized.as_str())
                .collect();
            let term = term_hash(&run.join(" "));
            (words[at].term, words[at].span) = (Some(term), length);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Language, StoryTerms};
    use super::*;

    fn words(text: &str) -> Vec<(String, Boundary)> {
        let stemmer = Stemmer::new(Language::from_tag("en"), None);
        surface_tokens(text, &stemmer)
            .into_iter()
            .map(|word| (word.text.to_owned(), word.boundary))
            .collect()
    }

    #[test]
    fn words_keep_their_form_and_tell_how_they_stand() {
        use Boundary::{Break, Glue, Space};
        let found = words("Trump’s well-known “plan”: 10.5 % in U.S. talks");
        let expected = [
            ("Trump’s", Break),
            ("well", Space),
            ("known", Glue),
            ("plan", Break),
            ("10.5", Break),
            ("in", Space),
            ("U.S.", Space),
            ("talks", Space),
        ];
        assert_eq!(
            found,
            expected.map(|(word, joint)| (word.to_owned(), joint))
        );
        assert_eq!(words("1ـ.ـ5"), [("1ـ.ـ5".to_owned(), Break)]);
    }

    #[test]
    fn signs_stand_alone_and_carry_their_runs() {
        let stemmer = Stemmer::new(Language::from_tag("zh"), None);
        let found = surface_tokens("中国总统 Google", &stemmer);
        assert_eq!(
            found.iter().map(|word| word.text).collect::<Vec<_>>(),
            ["中", "国", "总", "统", "Google"]
        );
        assert_eq!(found[0].term, Some(term_hash("中 国")));
        assert_eq!((found[3].term, found[4].boundary), (None, Boundary::Space));
    }

    proptest! {
        #[test]
        fn terms_are_those_that_are_compared(text in "[a-zA-Zء-ي0-9 .,'\"-]{0,60}|[中国总统访问, ]{0,20}") {
            let stemmer = Stemmer::new(Language::from_tag("ar"), None);
            let shown: Vec<u32> = surface_tokens(&text, &stemmer).into_iter().filter_map(|word| word.term).collect();
            let compared = StoryTerms::of(&text, "", 0, &stemmer).title;
            for term in &shown {
                prop_assert!(compared.contains(term));
            }
        }
    }
}
