//! The heading of an item: its title with its context.

use super::context::{Context, LABEL_WORDS};
use super::fingerprint::digest;
use crate::article::Article;
use crate::text::Tokens;

/// Bytes above which a text is taken to have at least [`LABEL_WORDS`] words without counting them.
const LABEL_BYTES: usize = 256;

/// The title of an item with its context, to recognise titles that an outlet repeats. A title that
/// one outlet gives to several items, such as a column or a picture post, is no evidence for a
/// story.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Heading {
    digest: u64,
    context: Context,
}

impl Heading {
    /// The heading of an article with the title `title`.
    pub fn of(article: &Article<'_>, title: &str) -> Self {
        let tokens = Tokens::of(title);
        let text_words = if article.text.len() <= LABEL_BYTES {
            Tokens::of(&article.text).words()
        } else {
            LABEL_WORDS
        };
        let words = tokens.words() + text_words;
        Heading {
            digest: digest(&tokens),
            context: Context::of(article, &article.text).for_words(words),
        }
    }

    /// Whether two items of one outlet have equal titles that label different items or issues of a
    /// series.
    pub fn is_repeated_by(&self, other: &Heading) -> bool {
        self.digest == other.digest
            && self.context.shares_outlet(&other.context)
            && (self.context.address != other.context.address
                || self.context.is_issue_apart(&other.context))
    }
}
