//! A phrase in, the form it is shown in out: one in which it stands in a headline, never cut. Of
//! several the one without a particle or a possessive, then the most frequent, then the
//! canonical's.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Headline;
use super::phrase::Phrase;
use crate::text::Tokens;

/// What is written on to an Arabic word and is no part of it.
const PARTICLES: [char; 5] = ['و', 'ف', 'ب', 'ل', 'ك'];

/// The best form of a phrase.
pub(super) fn best(phrase: &Phrase, headlines: &[Headline<'_>], canonical: usize) -> String {
    let mut forms: BTreeMap<&str, (usize, bool)> = BTreeMap::new();
    for it in &phrase.occurrences {
        let headline = &headlines[it.headline];
        let form = &headline.text[headline.words[it.start].at..headline.words[it.end - 1].end()];
        let (count, is_canonical) = forms.entry(form).or_default();
        *count += 1;
        *is_canonical |= it.headline == canonical;
    }
    let folded: Vec<String> = forms
        .keys()
        .map(|form| Tokens::of(form).as_str().to_owned())
        .collect();
    let rank = |(at, (&form, &(count, is_canonical))): (usize, (&&str, &(usize, bool)))| {
        let is_dressed = folded.iter().any(|bare| is_dressed(&folded[at], bare));
        (
            (is_dressed, std::cmp::Reverse(count), !is_canonical, at),
            form.to_owned(),
        )
    };
    let best = forms.iter().enumerate().map(rank).min();
    best.map(|(_, form)| form.split_whitespace().collect::<Vec<_>>().join(" "))
        .unwrap_or_default()
}

/// Whether a folded form is another one with a particle before it, or a possessive behind.
fn is_dressed(form: &str, bare: &str) -> bool {
    without_particle(form).any(|rest| rest == bare) || form.strip_suffix("'s") == Some(bare)
}

/// What a folded Arabic word can be without the particle that it seems to begin with.
pub(super) fn without_particle(folded: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let rest = folded.strip_prefix(PARTICLES).map(Cow::from);
    rest.into_iter().chain(
        folded
            .strip_prefix("لل")
            .map(|rest| Cow::from(format!("ال{rest}"))),
    )
}
