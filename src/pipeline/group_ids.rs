//! Ids of groups: a hash of the first item's id, so a group keeps its id in every batch that holds
//! that item.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::clustering::GroupId;

/// Item ids read by one task.
const CHUNK: usize = 256;

/// Hash of a group, given the id of its first item and the number of preceding items with the same
/// id.
#[must_use]
pub fn group_hash(id: &str, repeats: u32) -> u64 {
    xxh3_64_with_seed(id.as_bytes(), u64::from(repeats))
}

/// The group id of each item, given the ids of the items in canonical order and the root of each
/// item's group.
pub(crate) fn group_ids<'i>(
    id: impl Fn(u32) -> &'i str + Sync,
    roots: &[u32],
    kind: fn(u64) -> GroupId,
) -> Vec<GroupId> {
    // Every root is hashed as if its id were unique; roots with repeated ids are rare and are
    // hashed again below.
    let mut hashes = vec![0; roots.len()];
    let mut repeated = vec![false; roots.len()];
    hashes
        .par_chunks_mut(CHUNK)
        .zip(repeated.par_chunks_mut(CHUNK))
        .zip(roots.par_chunks(CHUNK))
        .enumerate()
        .for_each(|(chunk, ((hashes, repeated), roots))| {
            hash_roots(&id, (chunk * CHUNK) as u32, roots, hashes, repeated);
        });
    let mut repeats = 0;
    for item in 0..repeated.len() {
        repeats = if repeated[item] { repeats + 1 } else { 0 };
        if repeats > 0 && roots[item] == item as u32 {
            hashes[item] = group_hash(id(item as u32), repeats);
        }
    }
    roots
        .par_iter()
        .map(|&root| kind(hashes[root as usize]))
        .collect()
}

/// Hashes the roots among the items from `first` on, and notes which items have the id of the item
/// before.
fn hash_roots<'i>(
    id: impl Fn(u32) -> &'i str,
    first: u32,
    roots: &[u32],
    hashes: &mut [u64],
    repeated: &mut [bool],
) {
    // Loading all ids before comparing the first overlaps their cache misses.
    let ids: Vec<&str> = (first..).take(roots.len()).map(&id).collect();
    let mut previous = first.checked_sub(1).map(&id);
    for (at, &own) in ids.iter().enumerate() {
        if roots[at] == first + at as u32 {
            hashes[at] = group_hash(own, 0);
        }
        repeated[at] = previous == Some(own);
        previous = Some(own);
    }
}
