//! Pairs of texts in, those that may be copies for all that their outlines tell out. Most pairs
//! that are looked at are far from each other in memory: so it is a look, from far away, at each
//! text of a pair.

use rayon::prelude::*;

use super::sketch::{Block, Drawn};
use crate::ids::CandidatePair;
use crate::verify::{Bitmap, DuplicateVerifier};

/// The outlines of texts, field by field.
#[derive(Debug)]
pub struct Outlines {
    /// Where that of each text is; empty if none has the field.
    places: [Vec<Place>; 2],
    /// Those of more than one word, block by block.
    bits: Vec<[Vec<u64>; 2]>,
}

/// Where the outline of a text is: 16 bytes, as each look takes one from far away.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    /// How many shingles there are; none if the text has not the field.
    count: u32,
    /// Twice its block's number, and one more for [`Drawn::is_text`].
    block: u32,
    /// The outline itself if it is one word, else where it ends in its block.
    bits: u64,
}

impl Outlines {
    /// The outlines of so many texts, which the blocks, whose owners are texts, give away.
    pub fn new(blocks: &mut [Block], count: usize) -> Self {
        let places = [0, 1].map(|field| places(blocks, field, count));
        Outlines {
            places,
            bits: blocks.iter_mut().map(Block::take_outlines).collect(),
        }
    }

    /// Leaves of the pairs of texts that met in a field those that may be copies for all that their
    /// outlines tell. Items that both have a text are compared by these alone, so that they
    /// meet in bodies only.
    pub fn keep(&self, field: usize, pairs: &mut Vec<CandidatePair>, verifier: &DuplicateVerifier) {
        let mut kept = 0;
        let mut places = Vec::with_capacity(FETCHED);
        for start in (0..pairs.len()).step_by(FETCHED) {
            let end = pairs.len().min(start + FETCHED);
            // They lie far apart, so those of some pairs are fetched before any is looked at.
            places.clear();
            places.extend(
                pairs[start..end]
                    .iter()
                    .map(|pair| [0, 1].map(|field| self.places(field, pair))),
            );
            for (at, places) in (start..end).zip(&places) {
                pairs[kept] = pairs[at];
                kept += usize::from(self.may_match(field, places, verifier));
            }
        }
        pairs.truncate(kept);
    }

    /// The places of a pair's outlines in a field.
    fn places(&self, field: usize, pair: &CandidatePair) -> [Place; 2] {
        [pair.a, pair.b].map(|text| {
            self.places[field]
                .get(text as usize)
                .copied()
                .unwrap_or_default()
        })
    }

    fn may_match(
        &self,
        field: usize,
        places: &[[Place; 2]; 2],
        verifier: &DuplicateVerifier,
    ) -> bool {
        let has = |field: usize| places[field].iter().all(|place| place.count > 0);
        let outlines = |field: usize| {
            places[field]
                .each_ref()
                .map(|place| self.outline(field, place))
        };
        let alike = |field: usize| has(field) && verifier.may_match(outlines(field));
        let texts = places[1].iter().all(|place| place.block & 1 == 1);
        match () {
            () if texts => field == 1 && alike(1),
            () if has(1) => {
                has(0) && verifier.may_match_in_part(outlines(0))
                    || verifier.may_match_in_part(outlines(1))
            }
            // One wrong sign takes away two or three of a few shingles.
            () if places[0].iter().all(|place| place.block & 1 == 1) => {
                has(0) && verifier.may_match_in_part(outlines(0))
            }
            () => alike(0),
        }
    }

    fn outline<'o>(&'o self, field: usize, place: &'o Place) -> Bitmap<'o> {
        let words = Bitmap::words(place.count as usize);
        let of_block =
            || &self.bits[place.block as usize >> 1][field][place.bits as usize - words..][..words];
        Bitmap::new(
            place.count,
            if words == 1 {
                std::slice::from_ref(&place.bits)
            } else {
                of_block()
            },
        )
    }
}

/// So many places are fetched together.
const FETCHED: usize = 64;

fn places(blocks: &[Block], field: usize, count: usize) -> Vec<Place> {
    if !blocks.iter().any(|block| block.has(field)) {
        return Vec::new();
    }
    let mut places = vec![Place::default(); count];
    // Places lie apart as digests do, so each thread looks for those of its share.
    let share = count.div_ceil(rayon::current_num_threads()).max(1);
    places
        .par_chunks_mut(share)
        .enumerate()
        .for_each(|(part, places)| {
            for (block, at) in blocks.iter().map(|block| &block.fields[field]).zip(0..) {
                for (
                    text,
                    Drawn {
                        count,
                        end,
                        is_text,
                    },
                ) in block.outlines()
                {
                    let Some(place) = places.get_mut((text as usize).wrapping_sub(part * share))
                    else {
                        continue;
                    };
                    let bits = if let [word] = *block.bits(count, end) {
                        word
                    } else {
                        u64::from(end)
                    };
                    *place = Place {
                        count,
                        block: at << 1 | u32::from(is_text),
                        bits,
                    };
                }
            }
        });
    places
}
