//! Weighted term vectors, posting lists and the inverted index for candidate generation.

mod inverted;
pub(crate) mod postings;
mod scattered;
mod terms;
mod vector;
mod weigher;

pub use inverted::{CommonTermLimits, PartnerBuffer, TermIndex, TimeSlices};
pub use scattered::ScatteredVector;
pub use terms::Terms;
pub use vector::{Product, Vector};
pub use weigher::{FieldWeighing, Weigher, Weighing};

/// A field that story similarity compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoryField {
    /// Words of titles.
    Title,
    /// Words of titles and of the first parts of bodies.
    Lead,
    /// Character n-grams of titles.
    CharGrams,
}

impl StoryField {
    /// All fields.
    pub const ALL: [StoryField; 3] = [StoryField::Title, StoryField::Lead, StoryField::CharGrams];
}
