//! Features of a text for the choice of a canonical item.
//!
//! Input: an article. Output: a small [`Body`], which an index keeps in place of the text.
//! Cost: linear in the text.

use xxhash_rust::xxh3::xxh3_64;

use crate::article::Article;
use crate::text::{Tokens, has_correction_notice};

/// Features of the text of an item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Body {
    /// Length of title and text, in bytes.
    pub length: u32,
    /// Hash of the text; versions of an item differ in it.
    pub digest: u64,
    /// Whether the text is a teaser: it ends in an ellipsis or in "read more".
    pub breaks_off: bool,
    /// Whether the text has a notice of a correction.
    pub corrects: bool,
}

impl Body {
    /// Features of the text of `article`.
    ///
    /// ```
    /// use qissa::{Article, canonical::Body};
    ///
    /// let text = "The ferry is back in service after a year […]".into();
    /// let article = Article { text, ..Article::headline("1", "Ferry is back") };
    /// assert!(Body::of(&article).breaks_off);
    /// ```
    #[must_use]
    pub fn of(article: &Article<'_>) -> Self {
        Body {
            length: u32::try_from(article.title.len() + article.text.len()).unwrap_or(u32::MAX),
            digest: xxh3_64(article.text.as_bytes()),
            breaks_off: breaks_off(&article.text),
            corrects: has_correction_notice(&article.text),
        }
    }
}

/// Last phrases of teasers, normalized.
const READ_MORE: [&str; 12] = [
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

/// Length of the end of a text that is searched for [`READ_MORE`], in bytes.
const SEARCHED_BYTES: usize = 80;

fn breaks_off(text: &str) -> bool {
    let start = text.ceil_char_boundary(text.len().saturating_sub(SEARCHED_BYTES));
    let end =
        text[start..].trim_end_matches(|c: char| c.is_whitespace() || "])>»→\"'”".contains(c));
    if end.ends_with('…') || end.ends_with("..") {
        return true;
    }
    let words = Tokens::of(end);
    READ_MORE
        .iter()
        .filter_map(|phrase| words.as_str().strip_suffix(phrase))
        .any(|before| before.is_empty() || before.ends_with(' '))
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
    fn teasers_break_off() {
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
    fn versions_differ_in_their_digest() {
        assert_ne!(
            body("It has 14 cars.").digest,
            body("It has 17 cars.").digest
        );
        assert_eq!(body("It has 14 cars."), body("It has 14 cars."));
    }
}
