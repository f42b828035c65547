//! Story similarity: how alike two items are as reports of one event.

use std::hint::black_box;

use super::decision::Heading;
use super::edge::Edge;
use crate::article::Timestamp;
use crate::ids::CandidatePair;
use crate::similarity::{Product, Spread, Vector};

/// What stories are found by in an item.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoryView {
    /// The headline's stems.
    pub title: Vector,
    /// The stems of the headline and the first part of the body; empty without a body.
    pub lead: Vector,
    /// The headline's stems in their order, and whether each begins a phrase with the next.
    pub sequence: Box<[(u32, bool)]>,
    /// Runs of four characters of the headline.
    pub chars: Vector,
    /// The figures of the headline and the first part of the body, ascending; none without a body.
    pub figures: Box<[u32]>,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// What one outlet gives to several items.
    pub heading: Heading,
}

/// So many items are [touched](StoryView::touch) before the first of them is compared.
pub const FETCHED: usize = 16;

impl StoryView {
    /// How much two items say the same to a reader, in 0..=1: by their headlines, which is what a
    /// reader chooses by, or by their leads where one has none. What the headlines have in
    /// common is asked for only where that matters.
    pub fn closeness_by(
        &self,
        other: &StoryView,
        shrink: f64,
        titles: impl FnOnce() -> Product,
    ) -> f64 {
        if self.title.is_empty() || other.title.is_empty() {
            return self.lead.cosine(&other.lead, shrink);
        }
        self.title.cosine_of(titles(), &other.title, shrink)
    }

    /// Has the processor fetch what is compared, which is far away in memory, before any of it is
    /// needed.
    pub fn touch(&self, fields: &[Field]) {
        fields
            .iter()
            .for_each(|&field| _ = black_box(self.vector(field).values().first().copied()));
    }

    /// Whether the headline says no word twice, and none that all headlines have.
    pub fn says_once(&self) -> bool {
        self.sequence.len() == self.title.values().len()
    }

    /// What two items have in common in a field.
    pub fn in_common(&self, field: Field, other: &StoryView) -> Product {
        self.vector(field).product(other.vector(field))
    }

    /// The vector of a field.
    pub fn vector(&self, field: Field) -> &Vector {
        match field {
            Field::Title => &self.title,
            Field::Lead => &self.lead,
            Field::Letters => &self.chars,
        }
    }
}

/// An item laid out to be compared with many.
#[derive(Debug, Default)]
pub struct SpreadView<'v>([Spread<'v>; 3]);

impl<'v> SpreadView<'v> {
    /// Lays out an item in place of the one that was there.
    pub fn lay(&mut self, view: &'v StoryView) {
        for (spread, field) in self.0.iter_mut().zip(Field::ALL) {
            spread.lay(view.vector(field));
        }
    }

    /// What it has in common with another item in a field.
    pub fn in_common(&self, field: Field, other: &StoryView) -> Product {
        self.0[field as usize].product(other.vector(field))
    }
}

/// What is compared of two items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Headlines.
    Title,
    /// Headlines with the first part of the bodies.
    Lead,
    /// Runs of letters of headlines.
    Letters,
}

impl Field {
    /// All of them.
    pub const ALL: [Field; 3] = [Field::Title, Field::Lead, Field::Letters];
}

/// One of the comparisons that make up a similarity: its cosine times its weight.
#[derive(Debug, Clone, Copy)]
pub struct StoryPart<'v> {
    /// What is compared.
    pub field: Field,
    /// What its cosine counts; the weights sum to at most 1.
    pub weight: f64,
    /// What both vectors are made longer by.
    pub shrink: f64,
    /// The one side.
    pub a: &'v Vector,
    /// The other.
    pub b: &'v Vector,
}

/// What is known of two vectors from the lists of their terms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Glimpse {
    /// Their cosine over the terms that were asked for.
    pub cosine: f64,
    /// What the term adds to it that adds most.
    pub most: f64,
    /// What the other terms can add to it.
    pub missed: f64,
}

impl Glimpse {
    /// How much they share one term only, as in one_thing.
    fn one_term(self) -> f64 {
        if self.cosine > 0.0 {
            (self.most / self.cosine).powi(4)
        } else {
            0.0
        }
    }

    /// 1 if they share one term only, else 0. A word that a headline does not say `once` counts as
    /// two things.
    fn is_single(self, once: bool) -> f64 {
        if once && self.cosine > 0.0 && self.most == self.cosine {
            1.0
        } else {
            0.0
        }
    }

    fn most_cosine(self) -> f64 {
        (self.cosine + self.missed).min(1.0)
    }
}

/// Where two items share a word, the letters of their headlines count as alike at most by so many
/// times their words, and this besides. Few pairs of daily news would pass for more, and few need a
/// look at their letters.
const LETTERS_PER_WORD: f64 = 1.5;
const LETTERS_BESIDES: f64 = 0.1;

/// The most that the letters of two headlines count as alike, by the likeness of the words of
/// headlines and of leads.
fn most_letters(titles: f64, leads: f64) -> f64 {
    let shares_words = titles > 0.0 || leads > 0.0;
    if shares_words {
        (LETTERS_PER_WORD * titles + LETTERS_BESIDES).min(1.0)
    } else {
        1.0
    }
}

/// Measures how likely two items tell one event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StoryVerifier {
    /// Pairs at or below this are no edge.
    pub floor: f64,
    /// What each vector is made longer by before its cosine is taken.
    pub shrink: f64,
    /// Items published further apart than this many days are never one story; 0 for no limit.
    pub window: f64,
    /// Beyond the first day, so many days between two items take their likeness to 1 / e of
    /// itself; 0 for no loss.
    pub fade: f64,
    /// What letters count between headlines, the rest being words; between leads a quarter of it.
    pub letters: f64,
    /// What headlines count where leads are compared.
    pub headline: f64,
    /// What the likeness of two headlines loses that share one name, place or stock phrase only,
    /// however many words it has, and that of two leads that share one word only.
    pub one_thing: f64,
    /// What such a pair loses besides while no other item speaks for it. In a story of many items
    /// each pair may share another thing, so their mean is left as it is.
    pub alone: f64,
    /// What two items with bodies lose that were published half a day or more apart and give
    /// figures, but none in common.
    pub other_figures: f64,
}

impl StoryVerifier {
    /// So many seconds apart, or a little less, two items can tell one event; none for any number.
    pub fn reach(&self) -> Option<i64> {
        let faded = (self.fade > 0.0 && self.floor > 0.0)
            .then(|| FRESH_DAYS - self.fade * libm::log(self.floor));
        let window = (self.window > 0.0).then_some(self.window);
        let days = faded.into_iter().chain(window).reduce(f64::min)?;
        Some(libm::ceil(days * 86_400.0) as i64)
    }

    /// The edge of two items that may tell one event.
    pub fn verify(&self, pair: CandidatePair, a: &StoryView, b: &StoryView) -> Option<Edge> {
        self.verify_by(pair, a, b, |field| a.in_common(field, b))
    }

    /// The same, asking what the two have `in_common` in a field only where that can matter.
    pub fn verify_by(
        &self,
        pair: CandidatePair,
        a: &StoryView,
        b: &StoryView,
        in_common: impl Fn(Field) -> Product,
    ) -> Option<Edge> {
        if self.window > 0.0 && days_apart(a.published, b.published) > self.window
            || a.heading.heads_both(&b.heading)
        {
            return None;
        }
        let leads = if a.lead.is_empty() || b.lead.is_empty() {
            Product::default()
        } else {
            in_common(Field::Lead)
        };
        let most = self.scales(a, b, leads, self.freshness_at_most(a, b));
        let titles = if most.title + most.chars > 0.0 {
            in_common(Field::Title)
        } else {
            Product::default()
        };
        let single = titles.heaviest_share() == 1.0 && a.says_once() && b.says_once();
        let kept = |thing: f64| 1.0 - self.one_thing * thing;
        // One stem in common is one thing, which needs no look at the headlines.
        let parts = most.parts(kept(f64::from(u8::from(single))), self.shrink, a, b);
        let [title, lead] = [
            a.title.cosine_of(titles, &b.title, self.shrink),
            a.lead.cosine_of(leads, &b.lead, self.shrink),
        ];
        let most_letters = most_letters(title, lead);
        let mut cosines = [title, lead, most_letters];
        // Most pairs share too few words whatever letters they share, or too little even if they
        // shared more than one thing and were as fresh as may be, which take longer to
        // tell.
        if sum(&parts, &cosines) <= self.floor {
            return None;
        }
        if parts[2].weight > 0.0 {
            cosines[2] = a
                .chars
                .cosine_of(in_common(Field::Letters), &b.chars, parts[2].shrink)
                .min(most_letters);
        }
        if sum(&parts, &cosines) <= self.floor {
            return None;
        }
        let thing = match () {
            () if single => 1.0,
            () if title == 0.0 => 0.0,
            () => one_thing(a, b),
        };
        let scales = self.scales(a, b, leads, self.freshness(a, b));
        let similarity = sum(&scales.parts(kept(thing), self.shrink, a, b), &cosines);
        if similarity <= self.floor {
            return None;
        }
        let headlines = a.lead.is_empty() || b.lead.is_empty();
        let alone = if headlines {
            similarity * (1.0 - self.alone * thing)
        } else {
            similarity
        };
        Some(Edge::of_story(pair, similarity, alone))
    }

    /// How alike two items are, in 0..=1: headlines alone, or leads above all where both have one;
    /// leads alone where one has no headline.
    pub fn similarity(&self, a: &StoryView, b: &StoryView) -> f64 {
        let (parts, cosines) = self.compared(a, b);
        sum(&parts, &cosines)
    }

    /// The comparisons that sum to the similarity.
    pub fn parts<'v>(&self, a: &'v StoryView, b: &'v StoryView) -> [StoryPart<'v>; 3] {
        let (mut parts, [_, _, counted]) = self.compared(a, b);
        let letters = &mut parts[2];
        letters.weight *= (counted / letters.a.cosine(letters.b, letters.shrink)).min(1.0);
        parts
    }

    /// The comparisons and their cosines, of letters no more than words let them count.
    fn compared<'v>(&self, a: &'v StoryView, b: &'v StoryView) -> ([StoryPart<'v>; 3], [f64; 3]) {
        let scales = self.scales(a, b, a.lead.product(&b.lead), self.freshness(a, b));
        let parts = scales.parts(1.0 - self.one_thing * one_thing(a, b), self.shrink, a, b);
        let [title, lead, letters] = parts
            .each_ref()
            .map(|part| part.a.cosine(part.b, part.shrink));
        (parts, [title, lead, letters.min(most_letters(title, lead))])
    }

    fn scales(&self, a: &StoryView, b: &StoryView, leads: Product, freshness: f64) -> Scales {
        let told = if figures_differ(a, b) {
            1.0 - self.other_figures
        } else {
            1.0
        };
        let both = |of: fn(&StoryView) -> &Vector| !of(a).is_empty() && !of(b).is_empty();
        let [lead, title, chars] = self.weights(both(|view| &view.lead), both(|view| &view.title));
        let lead = lead * (1.0 - self.one_thing * one_word(leads));
        Scales {
            whole: told * freshness,
            lead,
            title,
            chars,
        }
    }

    /// What the cosines of leads, headlines and headlines' letters count between two items, by
    /// whether both have a lead and both a headline.
    fn weights(&self, leads: bool, titles: bool) -> [f64; 3] {
        let words = 1.0 - self.letters / 4.0;
        match () {
            () if !leads => [0.0, 1.0 - self.letters, self.letters],
            () if !titles => [1.0, 0.0, 0.0],
            () => [
                words * (1.0 - self.headline),
                words * self.headline,
                1.0 - words,
            ],
        }
    }

    /// About the most that a pair of one time can be worth of which only what headlines, leads and
    /// letters share is known, and whether each headline says each word `once`: its similarity,
    /// and what that is worth alone.
    pub fn bound(&self, [title, lead, letters]: [Glimpse; 3], once: bool) -> [f64; 2] {
        let leads = lead.cosine > 0.0;
        let [of_leads, of_titles, of_letters] = self.weights(leads, title.cosine > 0.0);
        let single = title.is_single(once);
        let words = title.most_cosine();
        let letters = match leads || title.cosine > 0.0 {
            true => most_letters(words, lead.cosine),
            false => letters.most_cosine(),
        };
        let headlines =
            (1.0 - self.one_thing * single) * (of_titles * words + of_letters * letters);
        let of_leads = (1.0 - self.one_thing * lead.one_term()) * of_leads;
        let similarity = headlines + of_leads * lead.most_cosine();
        [
            similarity,
            if leads {
                similarity
            } else {
                similarity * (1.0 - self.alone * single)
            },
        ]
    }

    /// What the days between two items leave of their likeness; all of it where a date is unknown.
    pub fn freshness(&self, a: &StoryView, b: &StoryView) -> f64 {
        self.kept(a.published, b.published)
    }

    /// The same of two dates.
    pub fn kept(&self, a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
        let faded = self.faded(a, b);
        if faded > 0.0 { libm::exp(-faded) } else { 1.0 }
    }

    /// No less than [`StoryVerifier::freshness`], told sooner: the first terms of a series are less
    /// than the whole.
    pub(super) fn freshness_at_most(&self, a: &StoryView, b: &StoryView) -> f64 {
        let x = self.faded(a.published, b.published);
        (1.0 + ROUNDING) / (1.0 + x * (1.0 + x / 2.0 * (1.0 + x / 3.0 * (1.0 + x / 4.0))))
    }

    /// How often the days between two dates took their likeness to 1 / e of itself.
    fn faded(&self, a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
        if self.fade > 0.0 {
            (days_apart(a, b) - FRESH_DAYS).max(0.0) / self.fade
        } else {
            0.0
        }
    }
}

/// The days between two items; none where a date is unknown.
pub(super) fn days_apart(a: Option<Timestamp>, b: Option<Timestamp>) -> f64 {
    a.zip(b).map_or(0.0, |(x, y)| x.days_from(y))
}

/// What the comparisons of two items count, whatever the headlines lose by sharing one thing only.
struct Scales {
    /// What all of them count.
    whole: f64,
    lead: f64,
    title: f64,
    chars: f64,
}

impl Scales {
    /// The comparisons, of which those of headlines keep a share.
    fn parts<'v>(
        &self,
        kept: f64,
        shrink: f64,
        a: &'v StoryView,
        b: &'v StoryView,
    ) -> [StoryPart<'v>; 3] {
        let [lead, title, chars] =
            [self.lead, kept * self.title, kept * self.chars].map(|weight| self.whole * weight);
        [
            StoryPart {
                field: Field::Title,
                weight: title,
                shrink,
                a: &a.title,
                b: &b.title,
            },
            StoryPart {
                field: Field::Lead,
                weight: lead,
                shrink,
                a: &a.lead,
                b: &b.lead,
            },
            StoryPart {
                field: Field::Letters,
                weight: chars,
                shrink: 0.0,
                a: &a.chars,
                b: &b.chars,
            },
        ]
    }
}

fn sum(parts: &[StoryPart<'_>; 3], cosines: &[f64; 3]) -> f64 {
    let counted = parts
        .iter()
        .zip(cosines)
        .filter(|(part, _)| part.weight > 0.0);
    counted.map(|(part, cosine)| part.weight * cosine).sum()
}

/// More than rounding takes from a bound.
const ROUNDING: f64 = 1e-9;

/// Items within a day tell of one time: papers and feeds date the same news hours apart.
const FRESH_DAYS: f64 = 1.0;

/// Closes, forecasts and results come out daily in the same words: of two reports so many days
/// apart that both give figures, but none in common, each tells its own day.
const NEXT_ISSUE: f64 = 0.5;

/// Whether two items published half a day or more apart both give figures, and none in common.
pub fn figures_differ(a: &StoryView, b: &StoryView) -> bool {
    let apart = a
        .published
        .zip(b.published)
        .is_some_and(|(x, y)| x.days_from(y) >= NEXT_ISSUE);
    let given = !a.figures.is_empty() && !b.figures.is_empty();
    apart
        && given
        && !a
            .figures
            .iter()
            .any(|figure| b.figures.binary_search(figure).is_ok())
}

/// A run of more words than this is no name but the same sentence. One of so many is a name if news
/// at large knows two of them as a phrase; else it says who did what.
const NAME_WORDS: usize = 3;

/// Stems that stand one after the other in two headlines.
#[derive(Clone, Copy, Default)]
struct Run {
    words: usize,
    weight: f64,
    /// Whether a stem of it begins a phrase with the next, which is of it too.
    is_phrase: bool,
}

impl Run {
    /// What it weighs, if it is short enough for a name.
    fn weight_of_name(self) -> f64 {
        let is_name = self.words < NAME_WORDS || self.words == NAME_WORDS && self.is_phrase;
        if is_name { self.weight } else { 0.0 }
    }
}

/// How much two headlines share one thing only: of the weight they share, the share of the heaviest
/// run that stands word for word in both and is short enough for a name, to the fourth power, so
/// that a second thing of some weight clears the pair.
pub(super) fn one_thing(a: &StoryView, b: &StoryView) -> f64 {
    if a.title.is_empty() || b.title.is_empty() {
        return 0.0;
    }
    let value = |view: &StoryView, term: u32| view.title.value(term).unwrap_or(0.0);
    // Most stems are not in both, which a bit tells of most of these.
    let bit = |term: u32| 1u64 << (term.wrapping_mul(0x9e37_79b1) >> 26);
    let theirs = b
        .sequence
        .iter()
        .fold(0, |bits, &(term, _)| bits | bit(term));
    let place = |term: u32| b.sequence.iter().position(|&(other, _)| other == term);
    let (mut run, mut heaviest, mut all) = (Run::default(), 0.0f64, 0.0);
    // Where the run would go on in both, and whether its last stem begins a phrase.
    let (mut next, mut begins) = ((0, 0), false);
    for (here, &(term, phrase)) in a.sequence.iter().enumerate() {
        let Some(there) = (theirs & bit(term) != 0).then(|| place(term)).flatten() else {
            continue;
        };
        let weight = value(a, term) * value(b, term);
        if next != (here, there) {
            heaviest = heaviest.max(run.weight_of_name());
            (run, begins) = (Run::default(), false);
        }
        run = Run {
            words: run.words + 1,
            weight: run.weight + weight,
            is_phrase: run.is_phrase || begins,
        };
        (next, begins) = ((here + 1, there + 1), phrase);
        all += weight;
    }
    heaviest = heaviest.max(run.weight_of_name());
    if all > 0.0 {
        (heaviest / all).powi(4)
    } else {
        0.0
    }
}

/// How much two leads share one word only, likewise: a rare word that has two senses, or a name
/// that both mention.
fn one_word(leads: Product) -> f64 {
    leads.heaviest_share().powi(4)
}
