//! Chooses the surface form of a phrase.
//!
//! Input: a phrase with its occurrences. Output: one of the forms in which it occurs, never cut: a
//! form without a particle or possessive, then the most frequent, then that of the canonical title.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Headline;
use super::phrase::Phrase;
use super::usage::without_particle;
use crate::text::Tokens;

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
