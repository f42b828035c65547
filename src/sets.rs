//! Shingle sets, their MinHash signatures, and exact and estimated Jaccard coefficients.

mod jaccard;
mod minhash;
mod shingle;

pub use jaccard::{Estimate, Jaccard};
pub use minhash::{MinHasher, estimate};
pub(crate) use shingle::sort_hashes;
pub use shingle::{ShingleSet, Shingler, Shingles};
