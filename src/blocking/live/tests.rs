use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::blocking::{Banding, Sketcher, batch_candidates, split, split_order};
use crate::cluster::components;
use crate::ids::DocId;
use crate::sets::{MinHasher, Shingler};
use crate::source_rules::CopyScope;
use crate::verify::ComparedItem;
use crate::verify::test_items::{self, RULES, VERIFIER, stop_words};

/// A title and a body.
type Sample = [String; 2];

/// Groups as sets of digests.
type TextGroups = BTreeSet<BTreeSet<u64>>;

fn key_maker() -> KeyMaker {
    KeyMaker::new(MinHasher::new(128, 42), Banding { bands: 32, rows: 4 })
        .with_title_prefixes(&Shingler::HEADLINE, VERIFIER.threshold)
}

fn subject([title, body]: &Sample) -> ComparedItem<'_> {
    test_items::compared(title, body)
}

fn fingerprint([title, body]: &Sample) -> Fingerprint {
    test_items::fingerprint(title, body)
}

/// The components of a batch.
fn batch_components(items: &[Sample]) -> TextGroups {
    let sketches = Sketcher::new(key_maker(), RULES).batch(
        items.len(),
        |doc: DocId| subject(&items[doc.index()]),
        |_| {},
    );
    let (texts, found) = batch_candidates(items.len(), sketches, &VERIFIER);
    let fingerprints: Vec<Fingerprint> = texts
        .ids()
        .map(|text| fingerprint(&items[texts.exemplar(text).index()]))
        .collect();
    let verified = found.pairs.into_iter().filter(|pair| {
        let [a, b] = [pair.a, pair.b].map(|text| &fingerprints[text.index()]);
        VERIFIER.verify(pair.numbers(), a, b).is_some()
    });
    let roots = components(texts.len(), verified.map(CandidatePair::numbers));
    let mut groups = vec![BTreeSet::new(); texts.len()];
    for (root, fingerprint) in roots.into_iter().zip(&fingerprints) {
        groups[root as usize].insert(fingerprint.digest());
    }
    groups.retain(|group| !group.is_empty());
    groups.into_iter().collect()
}

/// The components of an index.
fn live_components(live: &LiveDuplicates) -> TextGroups {
    let mut groups = TextGroups::new();
    for component in live.components.values() {
        if !component.texts.is_empty() {
            let texts = component.texts.iter();
            groups.insert(texts.map(|&text| live.texts[text].digest).collect());
        }
    }
    groups
}

/// Titles of few templates, so buckets are oversized, by similar texts and by others.
fn similar_items() -> impl Strategy<Value = Vec<Sample>> {
    let slot = proptest::sample::select(vec!["rain", "snow"]);
    let title = (0usize..3, slot, 0u32..64).prop_map(|(kind, slot, number)| match kind {
        0 => format!(
            "weather today brings {slot} and wind to the northern coast says office {}",
            stop_words(number)
        ),
        1 => format!(
            "weather today brings {slot} {} to town",
            stop_words(number % 8)
        ),
        _ => format!(
            "the office says the weather brings {slot} {} to the northern coast",
            stop_words(number)
        ),
    });
    // A third of the items has no body, a third a summary, a third a full text. All bodies are cuts
    // of one text with a changed word.
    let body = (0usize..3, 0usize..3, 0usize..60).prop_map(|(kind, cut, changed)| {
        let length = [0, 12, 66][kind];
        let mut body = String::new();
        for at in cut..length {
            let word = if at == changed { cut } else { at };
            body.push_str(&format!("word{word} "));
        }
        body
    });
    let item = (title, body).prop_map(|(title, body)| [title, body]);
    proptest::collection::vec(item, 60..260)
}

/// Titles of one template, enough for huge buckets.
fn items_in_huge_buckets() -> impl Strategy<Value = Vec<Sample>> {
    let item = |number: usize| {
        let title = format!(
            "weather today brings rain and wind to the northern coast says office {}",
            stop_words(number as u32)
        );
        [title, String::new()]
    };
    let numbers =
        proptest::sample::subsequence((0..700).collect::<Vec<usize>>(), 520..600).prop_shuffle();
    numbers.prop_map(move |numbers| numbers.into_iter().map(item).collect())
}

/// Each component is split like a batch of the texts, and has one root.
fn check_partitions(live: &LiveDuplicates) -> Result<(), TestCaseError> {
    let sorted = |mut parts: Vec<Vec<TextId>>| {
        parts.iter_mut().for_each(|part| part.sort_unstable());
        parts
    };
    for (id, component) in live.components.iter() {
        if component.texts.len() < 3 {
            continue;
        }
        let mut order = component.texts.clone();
        order.sort_by_key(|&text| split_order(live.fingerprint(text)));
        let expected = split(
            &order,
            |_| CopyScope::Any,
            |a, b| live.compare(a, b).is_some(),
        );
        prop_assert_eq!(sorted(live.parts(id)), sorted(expected));
        let texts = component.texts.iter();
        let roots = texts.filter(|&&text| live.forest.parent(text).is_none());
        prop_assert_eq!(roots.count(), 1);
    }
    Ok(())
}

/// Inserts items share by share and removes the items of `removed`.
fn insert_and_remove(
    items: &[Sample],
    share: usize,
    removed: &[usize],
) -> Result<(), TestCaseError> {
    let mut live = LiveDuplicates::new(key_maker(), VERIFIER);
    let mut present: Vec<(Sample, TextId)> = Vec::new();
    for share in items.chunks(share) {
        let fingerprints: Vec<Fingerprint> = share.iter().map(fingerprint).collect();
        let keys: Vec<BlockingKeys> = fingerprints
            .iter()
            .map(|fingerprint| key_maker().keys(fingerprint))
            .collect();
        let keyed: Vec<Keyed<'_>> = fingerprints.iter().zip(&keys).collect();
        present.extend(share.iter().cloned().zip(live.insert(&keyed)));
        live.settle([]);
        check_partitions(&live)?;
    }
    prop_assert_eq!(live_components(&live), batch_components(items));
    for at in removed {
        let (_, text) = present.swap_remove(at % present.len());
        live.release(text, true);
    }
    live.settle([]);
    check_partitions(&live)?;
    let left: Vec<Sample> = present.into_iter().map(|(item, _)| item).collect();
    prop_assert_eq!(live_components(&live), batch_components(&left));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn components_are_those_of_a_batch(
        items in similar_items(),
        share in 1usize..80,
        removed in proptest::collection::vec(0usize..260, 0..60),
    ) {
        insert_and_remove(&items, share, &removed)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn components_with_huge_buckets_are_those_of_a_batch(
        items in items_in_huge_buckets(),
        share in 40usize..200,
        removed in proptest::collection::vec(0usize..600, 60..120),
    ) {
        insert_and_remove(&items, share, &removed)?;
    }
}
