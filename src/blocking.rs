//! Blocking: candidate generation for duplicates.
//!
//! Duplicates are found by the **filter-verification framework** of set similarity joins: blocking
//! makes candidate pairs, a bitmap filter drops most candidates, and verification
//! ([`DuplicateVerifier`](crate::verify::DuplicateVerifier)) decides about the rest. Only
//! `blocking` and the posting lists of stories decide which items are compared at all.
//!
//! ```text
//! fingerprints -> blocking keys -> tables -> buckets -> collisions -> candidates -> bitmap filter
//! ```
//!
//! # Blocking keys
//!
//! Two texts *collide* if their keys are equal in at least one table. Each field has
//!
//! - **similarity tables**: one collision makes a candidate pair. Bodies have a table per band of
//!   the MinHash signature ([`Banding`]; Broder 1997, Indyk and Motwani 1998), and summaries a
//!   bottom-k sample in addition (Cohen and Kaplan 2007). Titles have keys of adjacent prefix
//!   elements (prefix filter: Chaudhuri, Ganti and Kaushik 2006; l-prefix scheme of AdaptJoin:
//!   Wang, Li and Feng 2012).
//! - a **containment table** for texts that contain a shorter text: a text *probes* with a few
//!   shingles for texts that have *indexed* the shingles. [`MIN_COLLISIONS`] collisions make a
//!   candidate pair.
//!
//! Two items with full texts are compared by body alone: the titles do not collide.
//!
//! # Bucket policy
//!
//! All texts with one key of one table are a bucket. [`BucketPolicy`](crate::bucket::BucketPolicy)
//! says which texts are compared: all pairs, or in an oversized bucket each text with a few
//! representatives. Representatives are the texts with the lowest digests and depend on the set of
//! texts, not on the order of arrival.
//!
//! # Four drivers
//!
//! | Driver | Keys | Entry point |
//! | --- | --- | --- |
//! | memory | of a batch, in memory | [`batch_candidates`] |
//! | disk | of a batch, in temporary files | [`external`](crate::external), a [`KeySource`] |
//! | sorted stream | of a batch, sorted on other machines | [`CollisionStream`] |
//! | live | of an index | [`LiveDuplicates`] |
//!
//! Memory and disk share [`candidates`](candidates()). All drivers share the bucket policy, the
//! collision rule and the numbering of tables.
//!
//! # Bitmap filter
//!
//! [`BitmapFilter`] drops a candidate pair if an upper bound of the similarity is below the
//! threshold (Sandes, Teodoro and Melo 2017). The filter never drops duplicates, so drivers without
//! a filter find the same groups.
//!
//! # Laws
//!
//! | Law | Test |
//! | --- | --- |
//! | memory = live | `components_are_those_of_a_batch` in `live/tests.rs` |
//! | memory = disk | `groups_on_disk_equal_groups_in_memory` in `tests/external.rs` |
//! | memory = sorted stream | `sorted_stream_gives_the_pairs_of_a_batch` in `tests/collisions.rs` |
//! | groups = groups of all pairs | `duplicates_equal_those_of_all_pairs` in `tests/laws.rs` |
//! | live groups = [`split`](split()) | `groups_are_those_of_all_texts_at_once` in `partition.rs` |
//! | recall of bands | `recall_follows_the_formula` in `banding.rs` |
//! | recall of prefixes | `similar_titles_share_a_key` in `prefix.rs` |

mod banding;
mod bitmap_filter;
mod bloom;
mod buckets;
mod candidates;
mod chunk;
mod collision;
mod exemplars;
mod forest;
mod keys;
mod live;
mod memory;
mod partition;
mod posting;
mod prefix;
mod sketch;
mod split;
mod stream;
mod tables;
mod unique;

pub use banding::Banding;
pub use bitmap_filter::{BitmapChunk, BitmapFilter};
pub use candidates::{Candidates, ContainmentSource, KeySource, candidates};
pub use chunk::KeyChunk;
pub use collision::{Collision, CollisionKind, MIN_COLLISIONS};
pub use exemplars::Exemplars;
pub use keys::{BlockingKeys, KeyMaker};
pub use live::{Keyed, LiveDuplicates, Settled};
pub use memory::{batch_candidates, by_field};
pub use posting::{KeyColumn, PackedPosting, Posting, partition_of};
pub use sketch::{Scratch, Sketch, Sketcher};
pub use split::{split, split_order};
pub use stream::{CollisionStream, StreamEntry};
pub use tables::TableKind;
pub use unique::UniqueTexts;
