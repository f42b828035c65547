use proptest::prelude::*;

use super::story::{days_apart, one_thing};
use super::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::article::Timestamp;
use crate::ids::CandidatePair;
use crate::sets::{ShingleSet, Shingler};
use crate::similarity::{FieldWeighing, Terms, Weigher};
use crate::text::Tokens;

fn item(title: &str, body: &str) -> Fingerprint {
    let rules = Rules {
        title: Some(FieldRule {
            shingler: Shingler::HEADLINE,
            least_words: 3,
            stride: 1,
        }),
        body: Some(FieldRule {
            shingler: Shingler::BODY,
            least_words: 8,
            stride: 8,
        }),
    };
    let subject = Subject {
        title: title.into(),
        body: body.into(),
        ..Subject::default()
    };
    rules.print(&subject, &mut Tokens::default())
}

/// As [`one_thing`], run by run.
fn one_thing_of_runs(a: &StoryView, b: &StoryView) -> f64 {
    let value = |view: &StoryView, term: u32| view.title.value(term).unwrap_or(0.0);
    let place = |term: u32| b.sequence.iter().position(|one| one.0 == term);
    let shared: Vec<(usize, usize, f64, bool)> = (0..a.sequence.len())
        .filter_map(|here| {
            let (term, phrase) = a.sequence[here];
            Some((here, place(term)?, value(a, term) * value(b, term), phrase))
        })
        .collect();
    let weight = |run: &[(usize, usize, f64, bool)]| run.iter().map(|one| one.2).sum::<f64>();
    let is_name = |run: &&[(usize, usize, f64, bool)]| match run {
        [_] | [_, _] => true,
        [first, second, _] => first.3 || second.3,
        _ => false,
    };
    let runs = shared.chunk_by(|x, y| (x.0 + 1, x.1 + 1) == (y.0, y.1));
    let heaviest = runs.filter(is_name).map(weight).fold(0.0, f64::max);
    if weight(&shared) > 0.0 {
        (heaviest / weight(&shared)).powi(4)
    } else {
        0.0
    }
}

proptest! {
    #[test]
    fn one_thing_is_the_heaviest_run_that_may_be_a_name(
        sequences in proptest::collection::vec(proptest::collection::vec((0u32..7, any::<bool>()), 0..9), 2),
    ) {
        let weigher = plain_weigher();
        let view = |sequence: &[(u32, bool)]| StoryView {
            title: weigher.vector(&Terms::new(sequence.iter().map(|one| one.0).collect())),
            sequence: sequence.into(),
            ..StoryView::default()
        };
        let (a, b) = (view(&sequences[0]), view(&sequences[1]));
        prop_assert!((one_thing(&a, &b) - one_thing_of_runs(&a, &b)).abs() < 1e-12);
    }

    #[test]
    fn the_bound_of_freshness_is_one(hours in 0i64..2_000, fade in prop_oneof![Just(0.0), 0.1f64..40.0]) {
        let verifier = StoryVerifier { fade, ..verifier() };
        let view = |hours: i64| StoryView { published: Some(Timestamp(hours * 3_600)), ..StoryView::default() };
        let (a, b) = (view(0), view(hours));
        let (bound, exact) = (verifier.freshness_at_most(&a, &b), verifier.freshness(&a, &b));
        prop_assert!(bound >= exact && bound < exact + 0.02, "{bound} {exact}");
    }

    #[test]
    fn an_edge_is_what_is_more_alike_than_the_floor(
        items in proptest::collection::vec(
            (
                proptest::collection::vec(0u32..12, 1..6),
                proptest::collection::vec(0u32..20, 0..9),
                proptest::collection::vec(0u32..30, 0..9),
                proptest::option::of(0i64..500),
            ),
            2,
        ),
        floor in 0.02f64..0.4,
    ) {
        let weigher = plain_weigher();
        let vector = |terms: &[u32]| weigher.vector(&Terms::new(terms.to_vec()));
        let view = |at: usize| {
            let (title, lead, chars, hours) = &items[at];
            StoryView {
                title: vector(title),
                lead: vector(lead),
                chars: vector(chars),
                sequence: title.iter().map(|&term| (term, false)).collect(),
                published: hours.map(|hours| Timestamp(hours * 3_600)),
                ..StoryView::default()
            }
        };
        let (a, b) = (view(0), view(1));
        let verifier = StoryVerifier { floor, window: 14.0, fade: 8.0, ..verifier() };
        let alike = verifier.similarity(&a, &b);
        let expected = (alike > floor && days_apart(a.published, b.published) <= 14.0).then_some(alike);
        let edge = verifier.verify(CandidatePair { a: 0, b: 1 }, &a, &b);
        prop_assert_eq!(edge.map(|edge| edge.similarity()), expected);
    }

    #[test]
    fn an_outline_never_hides_a_copy(
        a in proptest::collection::vec(0u64..60, 1..200),
        b in proptest::collection::vec(0u64..60, 1..200),
        spread in 1u64..5,
        threshold in 0.05f64..1.0,
    ) {
        let verifier = DuplicateVerifier { threshold, containment: (threshold + 1.0) / 2.0, window: 0.0, by_letters: false };
        let hashes = |set: &[u64]| set.iter().map(|n| xxh3_64(&(n / spread).to_le_bytes())).collect::<Vec<u64>>();
        let (a, b) = (hashes(&a), hashes(&b));
        let drawn = [&a, &b].map(|hashes| {
            let mut bits = Vec::new();
            Outline::draw(hashes, &mut bits);
            bits
        });
        let may = verifier.may_match([Outline::new(a.len() as u32, &drawn[0]), Outline::new(b.len() as u32, &drawn[1])]);
        let (a, b) = (ShingleSet::new(a), ShingleSet::new(b));
        let shared = a.shared(&b) as f64;
        let jaccard = shared / (a.len() + b.len()) as f64 / (1.0 - shared / (a.len() + b.len()) as f64);
        let contained = shared / a.len().min(b.len()) as f64;
        prop_assert!(may || jaccard < threshold + 1e-12 && contained < verifier.containment);
    }
}

#[test]
fn an_outline_tells_strangers_apart() {
    let hashes = |from: u64| {
        (from..from + 400)
            .map(|n| xxh3_64(&n.to_le_bytes()))
            .collect::<Vec<u64>>()
    };
    let verifier = DuplicateVerifier {
        threshold: 0.7,
        containment: 0.9,
        window: 7.0,
        by_letters: false,
    };
    let may = |other: u64| {
        let mut bits = Vec::new();
        Outline::draw(&hashes(0), &mut bits);
        Outline::draw(&hashes(other), &mut bits);
        let (a, b) = bits.split_at(bits.len() / 2);
        verifier.may_match([Outline::new(400, a), Outline::new(400, b)])
    };
    assert!(may(0) && may(40) && !may(300) && !may(1000));
}

fn kind(a: &Fingerprint, b: &Fingerprint) -> Option<MatchKind> {
    let verifier = DuplicateVerifier {
        threshold: 0.7,
        containment: 0.9,
        window: 7.0,
        by_letters: false,
    };
    verifier
        .verify(CandidatePair { a: 0, b: 1 }, a, b)
        .map(|edge| edge.kind())
}

fn verifier() -> StoryVerifier {
    StoryVerifier {
        floor: 0.0,
        shrink: 0.0,
        window: 0.0,
        fade: 0.0,
        letters: 0.2,
        headline: 0.25,
        one_thing: 0.3,
        alone: 0.5,
        other_figures: 0.4,
    }
}

fn plain_weigher() -> Weigher<'static> {
    let plain = FieldWeighing {
        prior: 100.0,
        power: 1.0,
        doubt: 1.0,
        phrase_discount: 0.5,
    };
    Weigher::new([].iter().map(|terms| (terms, 1.0)), None, plain)
}

const TITLE: &str = "Ten people killed as heavy storm hits the northern coast on Monday";

#[test]
fn the_kinds_are_told_apart() {
    let original = item(TITLE, "");
    assert_eq!(
        kind(&original, &item(&TITLE.to_uppercase(), "")),
        Some(MatchKind::Exact)
    );
    assert_eq!(
        kind(&original, &item(&TITLE.replace("hits", "hit"), "")),
        Some(MatchKind::Edited)
    );
    assert_eq!(
        kind(&original, &item(&format!("{TITLE} say rescuers"), "")),
        Some(MatchKind::Abridged)
    );
    assert_eq!(
        kind(
            &original,
            &item(
                &format!("{TITLE}, ferry lost, schools and airport closed"),
                ""
            )
        ),
        None
    );
    assert_eq!(kind(&original, &item("Storm hits coast", "")), None);
}

#[test]
fn a_revised_toll_is_an_update() {
    let toll = |n: u32| {
        item(
            &format!(
                "At least {n} people killed as heavy storm hits the northern coast on Monday night"
            ),
            "",
        )
    };
    assert_eq!(kind(&toll(10), &toll(12)), Some(MatchKind::Update));
    assert_eq!(kind(&toll(10), &toll(10)), Some(MatchKind::Exact));
}

#[test]
fn an_empty_text_matches_nothing_and_a_short_one_its_equal() {
    assert_eq!(kind(&item("", ""), &item("", "")), None);
    assert_eq!(
        kind(&item("Oil jumps", ""), &item("Oil jumps!", "")),
        Some(MatchKind::Exact)
    );
    assert_eq!(kind(&item("Oil jumps", ""), &item("Oil jumped", "")), None);
}

#[test]
fn bodies_decide_where_both_are_texts() {
    let body = |word: &str| (0..60).map(|n| format!("{word}{n} ")).collect::<String>();
    assert_eq!(
        kind(&item(TITLE, &body("a")), &item(TITLE, &body("b"))),
        None
    );
    assert_eq!(
        kind(
            &item(TITLE, &body("a")),
            &item("Quite another headline here", &body("a"))
        ),
        None,
        "the text says nothing of either title"
    );
    assert_eq!(
        kind(&item(TITLE, &body("a")), &item(TITLE, "")),
        Some(MatchKind::Abridged)
    );
}

#[test]
fn one_name_in_common_is_less_than_two_words_apart() {
    let weigher = plain_weigher();
    let view = |sequence: &[u32]| StoryView {
        title: weigher.vector(&Terms::new(sequence.to_vec())),
        sequence: sequence.iter().map(|&term| (term, false)).collect(),
        ..StoryView::default()
    };
    assert_eq!(one_thing(&view(&[1, 2, 3, 4]), &view(&[5, 2, 3, 6])), 1.0);
    assert_eq!(
        one_thing(&view(&[2, 1, 3, 4]), &view(&[5, 2, 3, 6])),
        1.0 / 16.0
    );
    assert_eq!(one_thing(&view(&[1, 2, 3, 4]), &view(&[1, 2, 3, 4])), 0.0);
    assert_eq!(one_thing(&view(&[1]), &view(&[2])), 0.0);
    let verifier = verifier();
    let alike = |a: &[u32], b: &[u32]| verifier.similarity(&view(a), &view(b));
    assert!(alike(&[1, 2, 3, 4], &[5, 2, 3, 6]) < alike(&[2, 1, 3, 4], &[5, 2, 3, 6]));
}

#[test]
fn the_figures_of_the_next_day_are_those_of_another_event() {
    let weigher = plain_weigher();
    let view = |hour: Option<i64>, figures: &[u32]| StoryView {
        title: weigher.vector(&Terms::new(vec![1, 2, 3])),
        figures: figures.into(),
        published: hour.map(|hour| Timestamp(hour * 3_600)),
        ..StoryView::default()
    };
    let verifier = verifier();
    let first = view(Some(0), &[4, 7]);
    let kept = |other: &StoryView| {
        verifier.similarity(&first, other) / verifier.similarity(&first, &first)
    };
    assert!((kept(&view(Some(24), &[5, 6])) - (1.0 - verifier.other_figures)).abs() < 1e-9);
    for same in [
        view(Some(24), &[5, 7]),
        view(Some(24), &[]),
        view(Some(2), &[5, 6]),
        view(None, &[5, 6]),
    ] {
        assert!((kept(&same) - 1.0).abs() < 1e-9, "{same:?}");
    }
}

#[test]
fn one_word_in_common_is_less_than_two_between_leads() {
    let weigher = plain_weigher();
    let view = |terms: &[u32]| StoryView {
        lead: weigher.vector(&Terms::new(terms.to_vec())),
        ..StoryView::default()
    };
    let one = verifier().similarity(&view(&[1, 2, 3, 4]), &view(&[1, 5, 6, 7]));
    let two = verifier().similarity(&view(&[1, 2, 3, 4]), &view(&[1, 2, 6, 7]));
    assert!(one > 0.0 && one * 2.5 < two, "{one} {two}");
}

#[test]
fn items_far_apart_in_time_are_no_story() {
    let weigher = plain_weigher();
    let view = |day: Option<i64>| StoryView {
        title: weigher.vector(&Terms::new(vec![1, 2, 3])),
        published: day.map(|day| Timestamp(day * 86_400)),
        ..StoryView::default()
    };
    let verifier = StoryVerifier {
        window: 7.0,
        fade: 8.0,
        ..verifier()
    };
    let edge = |a, b| verifier.verify(CandidatePair { a: 0, b: 1 }, &view(a), &view(b));
    assert!(edge(Some(0), Some(7)).is_some());
    assert!(edge(Some(0), Some(8)).is_none());
    assert!(edge(Some(0), None).is_some());
    let alike = |day| verifier.similarity(&view(Some(0)), &view(day));
    assert_eq!(
        [alike(Some(0)), alike(Some(1)), alike(None)],
        [alike(Some(0)); 3]
    );
    assert!((alike(Some(5)) / alike(Some(1)) - (-0.5f64).exp()).abs() < 1e-9);
}
