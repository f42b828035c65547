//! Stems in, weighted vectors out: the story level's counterpart of the signature. A term weighs the more the fewer
//! items have it, in the batch and in news at large together; cosine compares what is left. Linear in the terms.
//!
//! The weight is `ln(1 / p)` with `p = (df + m * q) / (n + m)`: of n items of the batch df have the term, and of the
//! background's items the share q; the background counts as m items of the batch, a Dirichlet prior (Zhai and Lafferty
//! 2004). So a dozen headlines are weighed by what is common in news, and a hundred thousand by what is common among
//! them. The value of a term is `(1 + ln tf)` times its weight.

use hashbrown::HashMap;

use crate::text::{Background, Table};

/// The terms of one field of one item, with how often each occurs; sorted, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Terms(Vec<(u32, u32)>);

impl Terms {
    /// Counts these terms.
    pub fn new(mut terms: Vec<u32>) -> Self {
        terms.sort_unstable();
        Terms(terms.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u32)).collect())
    }

    /// The terms, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|&(term, _)| term)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A weight can be no greater than that of a term in one of so many items: what is rarer is a name or a slip.
const RAREST: f64 = 1e-4;

/// Weighs the terms of one field in one language.
#[derive(Debug)]
pub struct Weigher<'b> {
    counts: HashMap<u32, u32>,
    items: u32,
    background: Option<(&'b Background, Table)>,
    prior: f64,
}

impl<'b> Weigher<'b> {
    /// Counts the batch. Without a background, all terms are taken to be equally rare at large.
    pub fn new<'t>(batch: impl Iterator<Item = &'t Terms>, background: Option<(&'b Background, Table)>, prior: f64) -> Self {
        let mut counts = HashMap::new();
        let mut items = 0;
        for terms in batch.filter(|terms| !terms.is_empty()) {
            items += 1;
            for term in terms.iter() {
                *counts.entry(term).or_default() += 1;
            }
        }
        Weigher { counts, items, background, prior }
    }

    /// The weight of a term, in nats.
    pub fn weight(&self, term: u32) -> f64 {
        let at_large = self.background.map_or(1e-3, |(background, table)| {
            (f64::from(background.count(table, term)) + 0.5) / (f64::from(background.items(table)) + 1.0)
        });
        let here = f64::from(self.counts.get(&term).copied().unwrap_or(0));
        let share = (here + self.prior * at_large) / (f64::from(self.items) + self.prior);
        libm::log(1.0 / share.clamp(RAREST, 1.0))
    }

    /// The vector of an item's terms.
    pub fn vector(&self, terms: &Terms) -> Vector {
        let values = terms.0.iter().map(|&(term, tf)| {
            let value = (1.0 + libm::log(f64::from(tf))) * self.weight(term);
            (term, value as f32)
        });
        Vector::new(values.filter(|&(_, value)| value > 0.0).collect())
    }
}

/// A sparse vector: terms ascending, each with its value.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vector {
    values: Vec<(u32, f32)>,
    square: f64,
}

impl Vector {
    fn new(values: Vec<(u32, f32)>) -> Self {
        let square = values.iter().map(|&(_, value)| f64::from(value).powi(2)).sum();
        Vector { values, square }
    }

    /// The terms, ascending, with their values.
    pub fn values(&self) -> &[(u32, f32)] {
        &self.values
    }

    /// Whether no term has a value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The `count` terms of the greatest value, the greatest first.
    pub fn heaviest(&self, count: usize) -> Vec<u32> {
        let mut values = self.values.clone();
        values.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        values.truncate(count);
        values.into_iter().map(|(term, _)| term).collect()
    }

    /// The cosine of the angle between two vectors, each made longer by `shrink` at right angles to all others, so that
    /// one shared word of a two-word title is not a likeness of .7. O(|a| + |b|).
    pub fn cosine(&self, other: &Vector, shrink: f64) -> f64 {
        let lengths = ((self.square + shrink) * (other.square + shrink)).sqrt();
        if lengths > 0.0 { self.dot(other) / lengths } else { 0.0 }
    }

    fn dot(&self, other: &Vector) -> f64 {
        let (mut i, mut j, mut sum) = (0, 0, 0.0);
        while let (Some(&(x, v)), Some(&(y, w))) = (self.values.get(i), other.values.get(j)) {
            if x == y {
                sum += f64::from(v) * f64::from(w);
            }
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{BackgroundBuilder, Language};

    fn background() -> Background {
        let mut builder = BackgroundBuilder::new(Language::from_tag("en"), "test");
        for item in 0..1000 {
            builder.add(if item < 500 { &[1, 2] } else { &[1] }, &[], &[]);
        }
        builder.finish()
    }

    #[test]
    fn a_small_batch_trusts_the_background() {
        let background = background();
        let batch = vec![Terms::new(vec![2, 3]); 5];
        let weigher = Weigher::new(batch.iter(), Some((&background, Table::Title)), 100.0);
        assert!(weigher.weight(3) > 2.0, "a name that fills a batch of five is still rare in news");
        assert!(weigher.weight(2) < 1.0 && weigher.weight(1) < weigher.weight(2));
    }

    #[test]
    fn a_large_batch_trusts_itself() {
        let background = background();
        let batch = vec![Terms::new(vec![3]); 100_000];
        let weigher = Weigher::new(batch.iter(), Some((&background, Table::Title)), 100.0);
        assert!(weigher.weight(3) < 0.01);
    }

    #[test]
    fn the_cosine_is_that_of_plain_vectors() {
        let weigher = Weigher::new([].iter(), None, 100.0);
        let (a, b) = (weigher.vector(&Terms::new(vec![1, 2, 2])), weigher.vector(&Terms::new(vec![2, 3])));
        let (x, y) = (1.0, 1.0 + 2f64.ln());
        assert!((a.cosine(&b, 0.0) - y / ((x * x + y * y).sqrt() * 2f64.sqrt())).abs() < 1e-6);
        assert!((a.cosine(&a, 0.0) - 1.0).abs() < 1e-9);
        assert!(a.cosine(&b, 40.0) < a.cosine(&b, 0.0));
        assert_eq!(Vector::default().cosine(&a, 0.0), 0.0);
    }

    #[test]
    fn the_heaviest_come_first_and_ties_by_term() {
        let weigher = Weigher::new([].iter(), None, 100.0);
        assert_eq!(weigher.vector(&Terms::new(vec![5, 9, 9, 2])).heaviest(2), [9, 2]);
    }
}
