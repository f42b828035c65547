//! Training of a background: document frequencies of terms, from a batch of news in one language.

use super::canonicals::Canonicals;
use super::grouped::GroupedBatch;
use crate::config::Params;
use crate::text::{
    Background, BackgroundBuilder, Backgrounds, Language, Stemmer, StoryTerms, pair_hash,
};

/// Counts the terms of the canonical items in a language, so a group of duplicates counts once.
/// `note` is stored with the background.
pub(super) fn train_background(
    batch: &GroupedBatch<'_>,
    language: Language,
    note: &str,
    params: &Params,
    backgrounds: &Backgrounds,
) -> Background {
    let roots = batch.duplicate_roots();
    let canonicals = Canonicals::choose(batch, roots, params, backgrounds);
    let stemmer = Stemmer::new(language, None);
    let mut builder = BackgroundBuilder::new(language, note);
    for (doc, &root) in (0..).zip(roots) {
        let item = batch.prepared.item(doc);
        let title = batch.prepared.title(doc);
        if canonicals.of_root(root) != doc
            || Language::of_article(item, title, Language::of) != language
        {
            continue;
        }
        let terms = StoryTerms::of(title, &item.text, params.lead_chars, &stemmer);
        let text = match terms.lead.is_empty() {
            true => &terms.title,
            false => &terms.lead,
        };
        let pairs: Vec<u32> = text
            .windows(2)
            .map(|pair| pair_hash(pair[0], pair[1]))
            .collect();
        builder.add(&distinct(&terms.title), &distinct(text), &distinct(&pairs));
    }
    builder.finish()
}

fn distinct(terms: &[u32]) -> Vec<u32> {
    let mut terms = terms.to_vec();
    terms.sort_unstable();
    terms.dedup();
    terms
}
