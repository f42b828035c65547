//! Sorted-stream driver: keys sorted elsewhere give the candidate pairs of a batch.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use qissa::blocking::{Collision, CollisionStream, Scratch, Sketch, StreamEntry, batch_candidates};
use qissa::config::Level;
use qissa::ids::{DenseId, DocId, Field};
use qissa::verify::{ComparedItem, DuplicateVerifier};

use crate::common::engine;

/// Titles of few words or of one, so many or all share bands and shingles, and whether their items
/// have full texts that share nothing.
fn titles() -> impl Strategy<Value = Vec<(String, bool)>> {
    let words = |title: Vec<u8>| {
        title
            .iter()
            .map(|word| format!("word{word}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let title = move |vocabulary| proptest::collection::vec(0..vocabulary, 3..7).prop_map(words);
    let titles =
        move |vocabulary| proptest::collection::vec((title(vocabulary), any::<bool>()), 1..800);
    (1..5u8).prop_flat_map(titles)
}

/// The sorted keys of all items of a share.
pub fn entries(sketches: &[Sketch<DocId>; 2], stream: &CollisionStream) -> Vec<StreamEntry> {
    let digests = digests(&sketches[0]);
    let full: BTreeSet<DocId> = sketches[0].full_texts().collect();
    let mut entries = BTreeSet::new();
    for sketch in sketches {
        for field in Field::ALL {
            for (table, posting) in stream.keys(&sketch.keys[field], field) {
                entries.insert(StreamEntry {
                    table,
                    key: posting.key,
                    text: digests[&posting.owner],
                    probes: posting.probes,
                    is_full: full.contains(&posting.owner),
                });
            }
        }
    }
    entries.into_iter().collect()
}

/// The pairs of digests that collide often enough.
pub fn candidates(entries: Vec<StreamEntry>, mut stream: CollisionStream) -> BTreeSet<[u64; 2]> {
    let mut counts: BTreeMap<Collision<u64>, usize> = BTreeMap::new();
    let mut count = |collision| *counts.entry(collision).or_default() += 1;
    for entry in entries {
        stream.push(entry, &mut count);
    }
    stream.finish(&mut count);
    counts
        .into_iter()
        .filter(|(collision, count)| *count >= collision.kind.min_collisions())
        .map(|(Collision { probe, indexed, .. }, _)| [probe.min(indexed), probe.max(indexed)])
        .collect()
}

fn digests(sketch: &Sketch<DocId>) -> BTreeMap<DocId, u64> {
    let digests = sketch.digests.iter();
    digests.map(|&(digest, item)| (item, digest)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn sorted_stream_gives_the_pairs_of_a_batch(titles in titles()) {
        let engine = engine(Level::Stories);
        let body = |(at, &(_, has_body)): (usize, &(String, bool))| -> String {
            let words = if has_body { 60 } else { 0 };
            (0..words).map(|word| format!("of{at}x{word} ")).collect()
        };
        let bodies: Vec<String> = titles.iter().enumerate().map(body).collect();
        let subject = |doc: DocId| ComparedItem {
            title: titles[doc.index()].0.as_str().into(),
            body: bodies[doc.index()].as_str().into(),
            ..ComparedItem::default()
        };
        let sketcher = engine.sketcher();
        let share = sketcher.share(0..titles.len() as u32, subject, &mut Scratch::default());
        let stream = engine.key_maker().collision_stream();
        let found = candidates(entries(&share, &stream), stream);

        // A verifier without thresholds, so the bitmap filter keeps all pairs.
        let verifier = DuplicateVerifier {
            threshold: 0.0,
            containment: 0.0,
            window_days: 0.0,
            char_shingles: false,
        };
        let sketches = sketcher.batch(titles.len(), subject, |_| {});
        let (texts, expected) = batch_candidates(titles.len(), sketches, &verifier);
        let digests = digests(&share[0]);
        let digest = |text| digests[&texts.exemplar(text)];
        let expected: BTreeSet<[u64; 2]> =
            expected.pairs.iter().map(|pair| [digest(pair.a), digest(pair.b)]).collect();
        prop_assert_eq!(found, expected);
    }
}
