//! Weighted term vectors and the inverted index over them.

mod inverted;
mod vector;

pub use inverted::{CommonTermLimits, PartnerBuffer, TermIndex, TimeSlices};
pub use vector::{FieldWeighing, Product, ScatteredVector, Terms, Vector, Weigher, Weighing};
