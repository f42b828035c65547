//! Removes boilerplate from titles and texts: what an outlet adds to all of its items.
//!
//! Input: articles. Output: titles without boilerplate affixes (names of outlets and sections,
//! labels such as "عاجل |", "LIVE:", "(صور)", "... - Reuters"), and texts without footers and
//! notices ([`body`]). Copies in different outlets do not share boilerplate, and unrelated items of
//! one outlet do. Cost: linear in the titles, except for a sort of their affixes; a title without
//! separators costs one scan.
//!
//! An [`Affix`] is a piece of a title before the first or after the last separator (a bar, a spaced
//! dash, a colon, dots), or in brackets at either end. It is boilerplate
//!
//! - by its form ([`form`]): it is a label, the name of an outlet, or the name of the item's
//!   source;
//! - by recurrence ([`recurrence`]): it is on several titles of one source.
//!
//! A title keeps an affix if fewer than [`MIN_WORDS`] words would be left.

mod affix;
mod body;
mod form;
mod recurrence;

use rayon::prelude::*;

use super::Tokens;
use crate::article::Article;
use affix::{Affix, affixes, may_have_affixes};
use form::Publisher;
use recurrence::RecurringAffixes;

pub use body::{body_without_boilerplate, title_without_notice};
pub(crate) use form::host;

/// Minimum number of words, numbers not counted, that a title keeps.
const MIN_WORDS: usize = 3;

/// Maximum number of affixes removed from a title.
const MAX_AFFIXES: usize = 4;

/// The title of each article without boilerplate, by form and by recurrence among the articles.
/// Does not depend on the order of the articles.
///
/// ```
/// use qissa::{Article, text::titles_without_boilerplate};
///
/// let articles = [
///     Article::headline("1", "عاجل | الشرع يزور موسكو غدا"),
///     Article::headline("2", "Fed raises rates again - Reuters"),
///     Article::headline("3", "Putin: we are ready for talks"),
/// ];
/// let titles = titles_without_boilerplate(&articles.iter().collect::<Vec<_>>());
/// assert_eq!(titles[0], "الشرع يزور موسكو غدا");
/// assert_eq!(titles[1], "Fed raises rates again");
/// assert_eq!(titles[2], "Putin: we are ready for talks");
/// ```
#[must_use]
pub fn titles_without_boilerplate<'a>(articles: &[&'a Article<'_>]) -> Vec<&'a str> {
    let titles: Vec<&str> = articles
        .par_iter()
        .map(|article| title_without_boilerplate(article))
        .collect();
    let recurring = RecurringAffixes::find(articles, &titles);
    if recurring.is_empty() {
        return titles;
    }
    articles
        .par_iter()
        .zip(titles)
        .map(|(article, title)| {
            let publisher = Publisher::of(article);
            let mut words = Tokens::default();
            strip_affixes(title, |affix| {
                recurring.contains(publisher.group(), affix)
                    || publisher.is_boilerplate(affix, &mut words)
            })
        })
        .collect()
}

/// The title of an article without the boilerplate that is known by its form.
///
/// ```
/// use qissa::{Article, text::title_without_boilerplate};
///
/// let article = Article::headline("1", "BREAKING: Minister resigns after vote | BBC News");
/// assert_eq!(title_without_boilerplate(&article), "Minister resigns after vote");
/// ```
#[must_use]
pub fn title_without_boilerplate<'a>(article: &'a Article<'_>) -> &'a str {
    let publisher = Publisher::of(article);
    let mut words = Tokens::default();
    strip_affixes(&article.title, |affix| {
        publisher.is_boilerplate(affix, &mut words)
    })
}

/// Removes the affixes that are boilerplate, outermost first.
fn strip_affixes<'a>(
    title: &'a str,
    mut is_boilerplate: impl FnMut(&Affix<'a>) -> bool,
) -> &'a str {
    let mut rest = title;
    for _ in 0..MAX_AFFIXES {
        if !may_have_affixes(rest) {
            break;
        }
        match affixes(rest).find(|affix| is_boilerplate(affix) && has_enough_words(affix.rest)) {
            Some(affix) => rest = affix.rest,
            None => break,
        }
    }
    rest
}

fn has_enough_words(rest: &str) -> bool {
    let words = Tokens::of(rest);
    words.words() >= MIN_WORDS + words.numbers().count()
}

#[cfg(test)]
mod tests;
