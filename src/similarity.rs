//! Weighted term vectors and the inverted index over them.

mod inverted;
mod vector;

pub use inverted::{Ages, Longest, Met, TermIndex};
pub use vector::{FieldWeighing, Product, Spread, Terms, Vector, Weigher, Weighing};
