//! An item in, what the choice of a canonical needs of its text out: how long it is, whether it
//! breaks off before its end, and whether it says that it corrects an earlier version. Small, so
//! that an index can keep it without the text.

use xxhash_rust::xxh3::xxh3_64;

use crate::article::Article;
use crate::text::{Tokens, has_correction_notice};

/// What is known of an item's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Body {
    /// The bytes of headline and text.
    pub length: u32,
    /// A hash of the text, by which versions are told apart.
    pub digest: u64,
    /// Whether the text is a teaser that leads to the rest: it ends in an ellipsis or in "read
    /// more".
    pub breaks_off: bool,
    /// Whether the text says that it corrects an earlier version.
    pub corrects: bool,
}

impl Body {
    /// What is known of an article's text.
    ///
    /// ```
    /// use qissa::{Article, canonical::Body};
    /// let text = "The ferry is back in service after a year […]".into();
    /// assert!(Body::of(&Article { text, ..Article::headline("1", "Ferry is back") }).breaks_off);
    /// ```
    pub fn of(article: &Article<'_>) -> Self {
        Body {
            length: u32::try_from(article.title.len() + article.text.len()).unwrap_or(u32::MAX),
            digest: xxh3_64(article.text.as_bytes()),
            breaks_off: breaks_off(&article.text),
            corrects: has_correction_notice(&article.text),
        }
    }
}

/// What stands at the end of a teaser and leads to the rest, folded.
const LEADS_ON: [&str; 12] = [
    "read more",
    "continue reading",
    "keep reading",
    "full story",
    "more details",
    "read the full article",
    "اقرا المزيد",
    "المزيد",
    "للمزيد",
    "تابع القراءه",
    "اكمل القراءه",
    "لقراءه المزيد",
];

/// The end of a text is looked for in so many of its last bytes.
const END: usize = 80;

fn breaks_off(text: &str) -> bool {
    let end = text[text.ceil_char_boundary(text.len().saturating_sub(END))..]
        .trim_end_matches(|c: char| c.is_whitespace() || "])>»→\"'”".contains(c));
    let words = Tokens::of(end);
    let leads_on = |phrase: &str| {
        let before = words.as_str().strip_suffix(phrase);
        before.is_some_and(|before| before.is_empty() || before.ends_with(' '))
    };
    end.ends_with('…') || end.ends_with("..") || LEADS_ON.iter().any(|phrase| leads_on(phrase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Body {
        Body::of(&Article {
            text: text.into(),
            ..Article::headline("1", "Ferry is back")
        })
    }

    #[test]
    fn a_teaser_leads_on() {
        for text in [
            "The ferry carried its first cars across the sound on Monday, but…",
            "The ferry carried its first cars [...]",
            "The ferry carried its first cars. Read more »",
            "نقلت العبارة أولى السيارات يوم الاثنين... اقرأ المزيد",
            "نقلت العبارة أولى السيارات يوم الاثنين…",
        ] {
            assert!(body(text).breaks_off, "{text}");
        }
        for text in [
            "",
            "The ferry is back.",
            "Children read more. The mayor said so.",
            "نقلت العبارة أولى السيارات.",
        ] {
            assert!(!body(text).breaks_off, "{text}");
        }
    }

    #[test]
    fn versions_differ() {
        assert_ne!(
            body("It has 14 cars.").digest,
            body("It has 17 cars.").digest
        );
        assert_eq!(body("It has 14 cars."), body("It has 14 cars."));
    }
}
