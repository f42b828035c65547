//! Chooses the surface form of a phrase.
//!
//! Input: a phrase with its occurrences. Output: one of the forms in which it occurs, never cut: a
//! form without a particle or possessive, then the most frequent, then that of the canonical title.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Headline;
use super::phrase::Phrase;
use crate::text::Tokens;

/// Arabic particles that are written together with the next word.
const PARTICLES: [char; 5] = ['و', 'ف', 'ب', 'ل', 'ك'];

/// Occurrences of one form.
#[derive(Default)]
struct FormCount {
    count: usize,
    is_canonical: bool,
}

/// The best form of a phrase, with single spaces.
pub(super) fn best(phrase: &Phrase, headlines: &[Headline<'_>], canonical: usize) -> String {
    let mut forms: BTreeMap<&str, FormCount> = BTreeMap::new();
    for occurrence in &phrase.occurrences {
        let headline = &headlines[occurrence.headline];
        let start = headline.words[occurrence.start].at;
        let end = headline.words[occurrence.end - 1].end();
        let form = forms.entry(&headline.text[start..end]).or_default();
        form.count += 1;
        form.is_canonical |= occurrence.headline == canonical;
    }
    let normalized: Vec<String> = forms
        .keys()
        .map(|form| Tokens::of(form).as_str().to_owned())
        .collect();
    let best = forms
        .iter()
        .zip(&normalized)
        .min_by_key(|((_, form), own)| {
            let has_affix = normalized.iter().any(|bare| is_bare_form(bare, own));
            (has_affix, Reverse(form.count), !form.is_canonical)
        });
    best.map(|((text, _), _)| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}

/// Whether `form` is `bare` with a particle before or a possessive after.
fn is_bare_form(bare: &str, form: &str) -> bool {
    without_particle(form).any(|rest| rest == bare) || form.strip_suffix("'s") == Some(bare)
}

/// The words that a normalized Arabic word may be without a particle at its start.
pub(super) fn without_particle(normalized: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let rest = normalized.strip_prefix(PARTICLES).map(Cow::from);
    // li- and the article fuse: للشرع is ل + الشرع.
    let with_article = normalized
        .strip_prefix("لل")
        .map(|rest| Cow::from(format!("ال{rest}")));
    rest.into_iter().chain(with_article)
}
