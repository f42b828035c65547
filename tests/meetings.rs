//! Keys that are sorted elsewhere bring together whom a batch brings together.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use qissa::blocking::{Block, Encounter, Entry, Meetings, Scratch, batch_texts};
use qissa::verify::{ComparedItem, DuplicateVerifier};
use qissa::{Config, Engine};

/// Titles of few words or of one, so that many or all share bands and shingles, some of them over
/// texts that share none.
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

/// The keys of all items.
pub fn entries(blocks: &mut [Block; 2], meetings: &Meetings) -> Vec<Entry> {
    let texts: BTreeMap<u32, u64> = blocks[0]
        .take_digests()
        .into_iter()
        .map(|(digest, item)| (item, digest))
        .collect();
    let with_text: BTreeSet<u32> = blocks[0].texts().collect();
    let mut entries = BTreeSet::new();
    for (block, field) in blocks.iter().flat_map(|block| [(block, 0), (block, 1)]) {
        entries.extend(meetings.keys(block, field).map(|(table, one)| {
            let (text, is_text) = (texts[&one.owner], with_text.contains(&one.owner));
            Entry {
                table,
                key: one.key,
                text,
                asks: one.asks,
                is_text,
            }
        }));
    }
    entries.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn sorted_keys_give_the_pairs_of_a_batch(titles in titles()) {
        let engine = Engine::new(Config::default().check().unwrap());
        let text = |(at, &(_, has_text)): (usize, &(String, bool))| {
            if has_text { (0..60).map(|word| format!("of{at}x{word} ")).collect() } else { String::new() }
        };
        let texts: Vec<String> = titles.iter().enumerate().map(text).collect();
        let item = |at: u32| ComparedItem {
            title: titles[at as usize].0.as_str().into(),
            body: texts[at as usize].as_str().into(),
            ..ComparedItem::default()
        };
        let whole = || engine.sketcher().whole(0..titles.len() as u32, item, &mut Scratch::default());
        let mut meetings = engine.keyer().meetings();
        let mut counts: BTreeMap<Encounter, usize> = BTreeMap::new();
        for entry in entries(&mut whole(), &meetings) {
            meetings.push(entry, |one| *counts.entry(one).or_default() += 1);
        }
        meetings.finish(|one| *counts.entry(one).or_default() += 1);
        let is_pair = |(one, count): &(&Encounter, &usize)| one.place == 0 || **count >= Encounter::TIMES;
        let found: BTreeSet<[u64; 2]> = counts.iter().filter(is_pair)
            .map(|(one, _)| [one.asker.min(one.met), one.asker.max(one.met)]).collect();

        let any = DuplicateVerifier { threshold: 0.0, containment: 0.0, window_days: 0.0, char_shingles: false };
        let (texts, candidates) = batch_texts(titles.len(), engine.sketcher().blocks(titles.len(), item, |_| {}), &any);
        let digests: BTreeMap<u32, u64> =
            whole()[0].take_digests().into_iter().map(|(digest, item)| (item, digest)).collect();
        let digest = |text: u32| digests[&texts.items(text)[0]];
        let pairs: BTreeSet<[u64; 2]> =
            candidates.pairs.iter().map(|pair| [digest(pair.a), digest(pair.b)]).collect();
        prop_assert_eq!(found, pairs);
    }
}
