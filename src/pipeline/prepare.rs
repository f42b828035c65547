//! Preparation of a batch: canonical order, and items without the texts that source rules ignore.
//!
//! Canonical order is by id, then by content, then by position. All later stages number items by
//! their rank in it, so results do not depend on the order of the input.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::article::Article;
use crate::config::Level;
use crate::source_rules::SourceRules;
use crate::text::{title_without_boilerplate, titles_without_boilerplate};

/// Copies of the items whose text is ignored by a source rule, without that text. Keys are input
/// positions.
#[derive(Default)]
pub(super) struct TextlessItems<'a>(HashMap<usize, Article<'a>>);

impl<'a> TextlessItems<'a> {
    /// Applies the source rules to a batch.
    pub(super) fn of(articles: &'a [Article<'a>], sources: &SourceRules) -> Self {
        if !sources.ignore_texts() {
            return TextlessItems::default();
        }
        let textless = articles
            .par_iter()
            .enumerate()
            .filter_map(|(position, article)| Some((position, sources.textless(article)?)));
        TextlessItems(textless.collect())
    }

    /// The item at a position as it is compared.
    fn get(&'a self, articles: &'a [Article<'a>], position: usize) -> &'a Article<'a> {
        self.0.get(&position).unwrap_or(&articles[position])
    }

    /// All items as they are compared, in input order.
    pub(super) fn in_input_order(
        &'a self,
        articles: &'a [Article<'a>],
    ) -> impl Iterator<Item = &'a Article<'a>> {
        (0..articles.len()).map(|position| self.get(articles, position))
    }
}

/// A batch in canonical order.
pub(super) struct Prepared<'a> {
    /// The items as they are compared, in canonical order.
    pub(super) items: Vec<&'a Article<'a>>,
    /// Input position of each item.
    pub(super) positions: Vec<usize>,
    /// Title of each item without boilerplate, as found from all titles of the batch. `None` at
    /// level duplicates.
    titles: Option<Vec<&'a str>>,
}

impl<'a> Prepared<'a> {
    /// Sorts a batch.
    pub(super) fn new(
        articles: &'a [Article<'a>],
        textless: &'a TextlessItems<'a>,
        level: Level,
    ) -> Self {
        let positions = canonical_order(articles);
        let items: Vec<&Article<'_>> = positions
            .par_iter()
            .map(|&position| textless.get(articles, position))
            .collect();
        let titles = (level == Level::Stories).then(|| titles_without_boilerplate(&items));
        Prepared {
            items,
            positions,
            titles,
        }
    }

    /// Number of items.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn item(&self, doc: u32) -> &'a Article<'a> {
        self.items[doc as usize]
    }

    pub(super) fn id(&self, doc: u32) -> &'a str {
        &self.item(doc).id
    }

    /// Input position of an item.
    pub(super) fn position(&self, doc: u32) -> usize {
        self.positions[doc as usize]
    }

    /// Title of an item without boilerplate.
    pub(super) fn title(&self, doc: u32) -> &'a str {
        match &self.titles {
            Some(titles) => titles[doc as usize],
            None => title_without_boilerplate(self.item(doc)),
        }
    }

    /// Titles of all items without boilerplate; empty at level duplicates.
    pub(super) fn titles(&self) -> &[&'a str] {
        self.titles.as_deref().unwrap_or_default()
    }

    /// The canonical number of the item at each input position.
    pub(super) fn docs_by_position(&self) -> Vec<u32> {
        let mut docs = vec![0; self.len()];
        for (doc, &position) in (0..).zip(&self.positions) {
            docs[position] = doc;
        }
        docs
    }
}

/// Input positions in canonical order.
fn canonical_order(articles: &[Article<'_>]) -> Vec<usize> {
    // Ids mostly differ in the first bytes after their common prefix, so most comparisons need not
    // follow a pointer.
    let shared = shared_prefix(articles);
    let mut order: Vec<(u64, u32)> = articles
        .par_iter()
        .map(|article| leading(article.id.as_bytes(), shared))
        .zip(0..articles.len() as u32)
        .collect();
    order.par_sort_unstable_by(|x, y| {
        x.0.cmp(&y.0).then_with(|| {
            let [a, b] = [x.1, y.1].map(|position| &articles[position as usize]);
            a.compare(b).then(x.1.cmp(&y.1))
        })
    });
    order
        .into_iter()
        .map(|(_, position)| position as usize)
        .collect()
}

/// Length of the longest common prefix of all ids, in bytes.
fn shared_prefix(articles: &[Article<'_>]) -> usize {
    let Some(first) = articles.first() else {
        return 0;
    };
    articles
        .par_iter()
        .map(|article| common_prefix(&first.id, &article.id))
        .min()
        .unwrap_or(0)
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count()
}

/// The eight bytes from offset `from` on, as a number that sorts as they do.
pub(crate) fn leading(bytes: &[u8], from: usize) -> u64 {
    let mut eight = [0; 8];
    let rest = &bytes[from..];
    let count = rest.len().min(8);
    eight[..count].copy_from_slice(&rest[..count]);
    u64::from_be_bytes(eight)
}
