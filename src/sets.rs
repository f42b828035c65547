//! Shingle sets and their sketches: shingles, MinHash signatures, exact and estimated Jaccard.

mod jaccard;
mod minhash;
mod shingle;

pub use jaccard::{Estimate, Jaccard};
pub use minhash::{MinHasher, estimate};
pub(crate) use shingle::sort;
pub use shingle::{ShingleSet, Shingler, Shingles};
