//! Stems in, weighted vectors out: the story level's counterpart of the signature. A term weighs
//! the more the fewer items have it, in the batch and in news at large together; cosine compares
//! what is left. Linear in the terms.
//!
//! The weight is `ln(1 / p)` to a power, with `p = (df + m * q) / (n + m)`: of n items of the batch
//! df have the term, and of the background's items the share q; the background counts as m items of
//! the batch, a Dirichlet prior (Zhai and Lafferty 2004). The power is above 1 because the words of
//! a topic are shared by many stories and each of them is weak evidence, while two rare words in
//! common are strong. The value of a term is `(1 + ln tf)` times its weight.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::text::{Background, Table};

/// The terms of one field of one item, with how often each occurs; sorted, each once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    counts: Vec<(u32, u32)>,
    sequence: Box<[(u32, bool)]>,
    bound: Vec<Bound>,
}

/// An occurrence of a term within a phrase that news uses often.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bound {
    term: u32,
    place: u32,
    partner: u32,
    information: f32,
}

impl Terms {
    /// Counts terms that stand in no order.
    pub fn new(mut terms: Vec<u32>) -> Self {
        terms.sort_unstable();
        let counts = terms
            .chunk_by(|a, b| a == b)
            .map(|run| (run[0], run.len() as u32))
            .collect();
        Terms {
            counts,
            ..Terms::default()
        }
    }

    /// Counts the terms of a text, in their order. `phrase` knows how much a pair of neighbours
    /// says, in nats, if it is a phrase. A term that also stands outside phrases is left as it
    /// is.
    pub fn of_text(terms: &[u32], phrase: impl Fn(u32, u32) -> Option<f64>) -> Self {
        let mut bound = Vec::new();
        for (place, pair) in (0u32..).zip(terms.windows(2)) {
            if let Some(information) = phrase(pair[0], pair[1]) {
                let information = information as f32;
                bound.push(Bound {
                    term: pair[0],
                    place,
                    partner: pair[1],
                    information,
                });
                bound.push(Bound {
                    term: pair[1],
                    place: place + 1,
                    partner: pair[0],
                    information,
                });
            }
        }
        let starts: Vec<u32> = bound
            .iter()
            .step_by(2)
            .map(|one: &Bound| one.place)
            .collect();
        let sequence = (0u32..)
            .zip(terms)
            .map(|(place, &term)| (term, starts.binary_search(&place).is_ok()))
            .collect();
        let mut places: Vec<u32> = bound.iter().map(|one| one.place).collect();
        places.dedup();
        let is_bound = |place: u32| places.binary_search(&place).is_ok();
        let mut free: Vec<u32> = (0u32..)
            .zip(terms)
            .filter(|&(place, _)| !is_bound(place))
            .map(|(_, &term)| term)
            .collect();
        free.sort_unstable();
        bound.retain(|one| free.binary_search(&one.term).is_err());
        bound.sort_unstable_by_key(|one| (one.term, one.place));
        Terms {
            bound,
            sequence,
            ..Terms::new(terms.to_vec())
        }
    }

    /// The terms in the order of the text, and whether each begins a phrase with the next; empty if
    /// they stand in none.
    pub fn sequence(&self) -> &[(u32, bool)] {
        &self.sequence
    }

    /// The terms, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.counts.iter().map(|&(term, _)| term)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// How the terms of a batch are weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighing {
    /// The powers of the information of a title's terms, a lead's and a title's runs of letters.
    pub powers: [f64; 3],
    /// The power for leads without a background.
    pub unknown_lead_power: f64,
    /// How many times greater the squared lengths of leads are made without a background.
    pub unknown_lead_doubt: f64,
    /// How much of what a phrase does not say is taken from its words, in 0..=1.
    pub phrase_discount: f64,
    /// In a batch of so many items, news at large counts as much as the batch itself.
    pub prior: f64,
    /// As how many items news at large counts at least, twice as many in a batch of so many.
    pub min_prior: f64,
    /// How many times the batch news at large counts at most.
    pub max_prior_ratio: f64,
}

impl Weighing {
    /// How a field, by its place in [`Weighing::powers`], is weighed in a batch of so many items.
    /// In a small batch one story is half of all, and how often its words occur says nothing of
    /// how common they are; without a background little is known beside the batch, and what is
    /// rare in it may be a common word.
    pub fn field(&self, field: usize, items: f64, has_background: bool) -> FieldWeighing {
        let least = self.min_prior * (1.0 + self.min_prior / items);
        let more = if has_background {
            items * (items / self.prior).min(self.max_prior_ratio)
        } else {
            0.0
        };
        let (power, doubt) = match (field, has_background) {
            (1, false) => (self.unknown_lead_power, self.unknown_lead_doubt),
            _ => (self.powers[field], 1.0),
        };
        FieldWeighing {
            prior: least + more,
            power,
            doubt,
            phrase_discount: self.phrase_discount,
        }
    }
}

/// How the terms of one field of a batch are weighed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldWeighing {
    /// As how many items news at large counts.
    pub prior: f64,
    /// The power of a term's information.
    pub power: f64,
    /// How many times greater the vectors' squared lengths are made, at right angles to all
    /// others: what is weighed by guesses is never quite like anything, not even itself.
    pub doubt: f64,
    /// How much of what a phrase does not say is taken from its words, in 0..=1.
    pub phrase_discount: f64,
}

/// A weight can be no greater than that of a term in one of so many items: what is rarer is a name
/// or a slip.
const RAREST: f64 = 1e-4;

/// Weighs the terms of one field in one language.
#[derive(Debug)]
pub struct Weigher<'b> {
    /// The terms of the batch.
    known: HashMap<u32, Known>,
    items: f64,
    background: Option<(&'b Background, Table)>,
    weighing: FieldWeighing,
}

/// What is known of a term.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// What it says, in nats.
    information: f64,
    /// That to the power.
    weight: f64,
}

impl<'b> Weigher<'b> {
    /// Counts the batch, each item by its own weight. Without a background, all terms are taken to
    /// be equally rare at large.
    pub fn new<'t>(
        batch: impl Iterator<Item = (&'t Terms, f64)>,
        background: Option<(&'b Background, Table)>,
        weighing: FieldWeighing,
    ) -> Self {
        let mut counts: HashMap<u32, f64> = HashMap::new();
        let mut items = 0.0;
        for (terms, weight) in batch.filter(|(terms, _)| !terms.is_empty()) {
            items += weight;
            for term in terms.iter() {
                *counts.entry(term).or_default() += weight;
            }
        }
        let weigher = Weigher {
            known: HashMap::new(),
            items,
            background,
            weighing,
        };
        let known = counts
            .par_iter()
            .map(|(&term, &count)| (term, weigher.learn(term, count)))
            .collect();
        Weigher { known, ..weigher }
    }

    /// The weight of a term: its information in nats, to the power.
    pub fn weight(&self, term: u32) -> f64 {
        self.know(term).weight
    }

    /// How much a term says, in nats.
    pub fn information(&self, term: u32) -> f64 {
        self.know(term).information
    }

    fn know(&self, term: u32) -> Known {
        self.known
            .get(&term)
            .copied()
            .unwrap_or_else(|| self.learn(term, 0.0))
    }

    /// What is known of a term that so many items of the batch have.
    fn learn(&self, term: u32, count: f64) -> Known {
        let at_large = self.background.map_or(1e-3, |(background, table)| {
            let share = |table| {
                (f64::from(background.count(table, term)) + 0.5)
                    / (f64::from(background.items(table)) + 1.0)
            };
            match table {
                // A headline's verb is as rare as a name in headlines, but common in what they
                // stand above.
                Table::Title => (share(Table::Title) + share(Table::Text)) / 2.0,
                other => share(other),
            }
        });
        let share = (count + self.weighing.prior * at_large) / (self.items + self.weighing.prior);
        let information = libm::log(1.0 / share.clamp(RAREST, 1.0));
        Known {
            information,
            weight: libm::pow(information, self.weighing.power),
        }
    }

    /// The vector of an item's terms.
    pub fn vector(&self, terms: &Terms) -> Vector {
        let value = |&(term, tf): &(u32, u32)| {
            let Known {
                information,
                weight,
            } = self.know(term);
            let weight = match self.discount(terms, term) {
                1.0 => weight,
                discount => libm::pow(information * discount, self.weighing.power),
            };
            let value = if tf == 1 {
                weight
            } else {
                (1.0 + libm::log(f64::from(tf))) * weight
            };
            (term, value as f32)
        };
        let vector = Vector::new(
            terms
                .counts
                .iter()
                .map(value)
                .filter(|&(_, value)| value > 0.0)
                .collect(),
        );
        Vector {
            square: vector.square * self.weighing.doubt,
            ..vector
        }
    }

    /// The share of its information that a term keeps: that of its best occurrence, which is held
    /// back by the phrase that says least.
    fn discount(&self, terms: &Terms, term: u32) -> f64 {
        let start = terms.bound.partition_point(|one| one.term < term);
        let own = &terms.bound[start..];
        let own = &own[..own.partition_point(|one| one.term == term)];
        let kept = |one: &Bound| {
            let [a, b] = [term, one.partner].map(|term| self.know(term).information);
            let said = f64::from(one.information).max(a).max(b) / (a + b).max(f64::MIN_POSITIVE);
            1.0 - self.weighing.phrase_discount * (1.0 - said.min(1.0))
        };
        let best = own
            .chunk_by(|x, y| x.place == y.place)
            .map(|all| all.iter().map(kept).fold(1.0, f64::min));
        best.reduce(f64::max).unwrap_or(1.0)
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
        let square = values
            .iter()
            .map(|&(_, value)| f64::from(value).powi(2))
            .sum();
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

    /// The length, made greater by `damping` as [`Vector::cosine`] does.
    pub fn length(&self, damping: f64) -> f64 {
        (self.square + damping).sqrt()
    }

    /// The cosine of the angle between two vectors, each made longer by `damping` at right angles to
    /// all others, so that one shared word of a two-word title is not a likeness of .7. O(|a| +
    /// |b|).
    pub fn cosine(&self, other: &Vector, damping: f64) -> f64 {
        self.cosine_of(self.product(other), other, damping)
    }

    /// The same, if what the two have in common is known.
    pub fn cosine_of(&self, product: Product, other: &Vector, damping: f64) -> f64 {
        let lengths = ((self.square + damping) * (other.square + damping)).sqrt();
        if lengths > 0.0 {
            product.sum / lengths
        } else {
            0.0
        }
    }

    /// What each term that both have adds to their cosine, by term; it sums to [`Vector::cosine`].
    pub fn shares(&self, other: &Vector, damping: f64) -> Vec<(u32, f64)> {
        let lengths = ((self.square + damping) * (other.square + damping)).sqrt();
        let share = |&(term, value): &(u32, f32)| {
            Some((term, f64::from(value) * other.value(term)? / lengths))
        };
        self.values.iter().filter_map(share).collect()
    }

    /// The value of a term.
    pub fn value(&self, term: u32) -> Option<f64> {
        self.values
            .binary_search_by_key(&term, |value| value.0)
            .ok()
            .map(|at| f64::from(self.values[at].1))
    }

    /// What two vectors have in common. O(|a| + |b|).
    pub fn product(&self, other: &Vector) -> Product {
        let (ours, theirs) = (&*self.values, &*other.values);
        let (mut at, mut there) = (0, 0);
        let mut product = Product::default();
        while at < ours.len() && there < theirs.len() {
            let ((x, v), (y, w)) = (ours[at], theirs[there]);
            // Without a branch on which is less, which could not be foreseen.
            at += usize::from(x <= y);
            there += usize::from(y <= x);
            if x == y {
                product.add(f64::from(v) * f64::from(w));
            }
        }
        product
    }
}

/// What two vectors have in common: the products of the values of each term that both have.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Product {
    sum: f64,
    most: f64,
}

impl Product {
    fn add(&mut self, product: f64) {
        self.sum += product;
        self.most = self.most.max(product);
    }

    /// The share that comes from the one term that adds most; 0 if nothing is in common.
    pub fn heaviest_share(self) -> f64 {
        if self.sum > 0.0 {
            self.most / self.sum
        } else {
            0.0
        }
    }
}

/// A vector scattered out to be multiplied with many others: each term has a place of its own, so that
/// the terms of another are found without looking for them.
#[derive(Debug, Default)]
pub struct ScatteredVector<'v> {
    vector: Option<&'v Vector>,
    /// A power of two; none of a vector too long to be scattered out.
    places: Vec<(u32, f32)>,
    factor: u32,
    shift: u32,
}

/// Longer vectors are not scattered out: the places of this many terms take 256 kB.
const MOST_SPREAD: usize = 256;

/// So many ways to lay out a vector are tried before it is given twice the room. Every other one
/// succeeds.
const WAYS: usize = 4;

/// So many terms of the other vector are looked up before what they gave is added up.
const LOOKS: usize = 32;

impl<'v> ScatteredVector<'v> {
    /// Lays out a vector in place of the one that was there. O(n²) room for n terms.
    pub fn scatter(&mut self, vector: &'v Vector) {
        self.vector = Some(vector);
        self.places.clear();
        let count = vector.values.len();
        if count > MOST_SPREAD {
            return;
        }
        let mut room = (count * count / 2).next_power_of_two().max(LEAST_ROOM);
        self.factor = 1;
        while !(0..WAYS).any(|_| self.try_way(room, vector)) {
            room *= 2;
        }
    }

    /// Whether each term finds a place of its own another way.
    fn try_way(&mut self, room: usize, vector: &Vector) -> bool {
        self.factor = self.factor.wrapping_mul(0x9e37_79b1);
        self.shift = u32::BITS - room.trailing_zeros();
        self.places.clear();
        self.places.resize(room, (0, 0.0));
        vector.values.iter().all(|&(term, value)| {
            let at = self.place(term);
            let free = self.places[at].1 == 0.0;
            self.places[at] = (term, value);
            free
        })
    }

    fn place(&self, term: u32) -> usize {
        (term.wrapping_mul(self.factor) >> self.shift) as usize
    }

    /// What the vector has in common with another, to the last bit [`Vector::product`]. O(n) for
    /// the n terms of the other.
    pub fn product(&self, other: &Vector) -> Product {
        if self.places.is_empty() {
            return self
                .vector
                .map_or_else(Product::default, |vector| vector.product(other));
        }
        let mut product = Product::default();
        for some in other.values.chunks(LOOKS) {
            // Whether a term is in both cannot be foreseen, so there is no branch on it.
            let (mut found, mut count) = ([0.0; LOOKS], 0);
            for &(term, value) in some {
                let (own, share) = self.places[self.place(term)];
                found[count] = f64::from(share) * f64::from(value);
                count += usize::from(own == term);
            }
            found[..count].iter().for_each(|&one| product.add(one));
        }
        product
    }
}

/// The least room of a vector that is scattered out.
const LEAST_ROOM: usize = 64;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::text::{BackgroundBuilder, Language};

    const PLAIN: FieldWeighing = FieldWeighing {
        prior: 100.0,
        power: 1.0,
        doubt: 1.0,
        phrase_discount: 0.5,
    };

    fn background() -> Background {
        let mut builder = BackgroundBuilder::new(Language::from_tag("en"), "test");
        for item in 0..1000 {
            let terms: &[u32] = if item < 500 { &[1, 2] } else { &[1] };
            builder.add(terms, terms, &[]);
        }
        builder.finish()
    }

    #[test]
    fn a_small_batch_trusts_the_background() {
        let background = background();
        let batch = vec![Terms::new(vec![2, 3]); 5];
        let weigher = Weigher::new(
            batch.iter().map(|terms| (terms, 1.0)),
            Some((&background, Table::Title)),
            PLAIN,
        );
        assert!(
            weigher.weight(3) > 2.0,
            "a name that fills a batch of five is still rare in news"
        );
        assert!(weigher.weight(2) < 1.0 && weigher.weight(1) < weigher.weight(2));
    }

    #[test]
    fn a_large_batch_trusts_itself() {
        let background = background();
        let batch = vec![Terms::new(vec![3]); 100_000];
        let weigher = Weigher::new(
            batch.iter().map(|terms| (terms, 1.0)),
            Some((&background, Table::Title)),
            PLAIN,
        );
        assert!(weigher.weight(3) < 0.01);
    }

    #[test]
    fn the_cosine_is_that_of_plain_vectors() {
        let weigher = Weigher::new([].iter().map(|terms| (terms, 1.0)), None, PLAIN);
        let (a, b) = (
            weigher.vector(&Terms::new(vec![1, 2, 2])),
            weigher.vector(&Terms::new(vec![2, 3])),
        );
        let (x, y) = (1.0, 1.0 + 2f64.ln());
        assert!((a.cosine(&b, 0.0) - y / ((x * x + y * y).sqrt() * 2f64.sqrt())).abs() < 1e-6);
        assert!((a.cosine(&a, 0.0) - 1.0).abs() < 1e-9);
        assert!(a.cosine(&b, 40.0) < a.cosine(&b, 0.0));
        assert_eq!(Vector::default().cosine(&a, 0.0), 0.0);
    }

    proptest! {
        #[test]
        fn a_vector_laid_out_gives_the_same_products(
            vectors in proptest::collection::vec(proptest::collection::btree_map(0u32..400, 0.1f32..9.0, 0..300), 2..4),
            spread in 1u32..90_000,
        ) {
            let vector = |values: &BTreeMap<u32, f32>| {
                Vector::new(values.iter().map(|(&term, &value)| (term * spread, value)).collect())
            };
            let vectors: Vec<Vector> = vectors.iter().map(vector).collect();
            let mut scattered = ScatteredVector::default();
            for one in &vectors {
                scattered.scatter(one);
                for other in &vectors {
                    prop_assert_eq!(scattered.product(other), one.product(other));
                }
            }
        }
    }

    #[test]
    fn a_doubted_vector_is_less_like_all_by_the_doubt() {
        let pair = |doubt: f64| {
            let weighing = FieldWeighing { doubt, ..PLAIN };
            let weigher = Weigher::new([].iter().map(|terms| (terms, 1.0)), None, weighing);
            [vec![1, 2, 2], vec![2, 3]].map(|terms| weigher.vector(&Terms::new(terms)))
        };
        let ([a, b], [c, d]) = (pair(1.0), pair(2.0));
        assert!((c.cosine(&d, 0.0) - a.cosine(&b, 0.0) / 2.0).abs() < 1e-9);
        assert!((c.shares(&d, 0.0)[0].1 - c.cosine(&d, 0.0)).abs() < 1e-9);
    }

    #[test]
    fn words_of_a_phrase_weigh_less_unless_they_stand_alone_too() {
        let weigher = Weigher::new([].iter().map(|terms| (terms, 1.0)), None, PLAIN);
        let phrase = |a: u32, b: u32| ((a, b) == (1, 2)).then_some(0.0);
        let value = |terms: &[u32], term: u32| {
            let vector = weigher.vector(&Terms::of_text(terms, phrase));
            vector
                .values()
                .iter()
                .find(|value| value.0 == term)
                .map(|value| value.1)
        };
        let (bound, free) = (value(&[1, 2, 3], 1).unwrap(), value(&[1, 3, 2], 1).unwrap());
        assert!((bound / free - 0.75).abs() < 1e-6);
        assert!(value(&[1, 2, 3, 1], 1).unwrap() > free);
        assert_eq!(value(&[1, 2, 3], 3), value(&[3], 3));
    }

    #[test]
    fn the_heaviest_come_first_and_ties_by_term() {
        let weigher = Weigher::new([].iter().map(|terms| (terms, 1.0)), None, PLAIN);
        assert_eq!(
            weigher.vector(&Terms::new(vec![5, 9, 9, 2])).heaviest(2),
            [9, 2]
        );
    }
}
