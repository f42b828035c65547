//! What a run tells of itself while it runs. Nothing that it answers depends on who listens.

/// What a run is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Bytes to items; the caller's.
    Read,
    /// Items to sets of shingles.
    Shingle,
    /// Sets to signatures, and to candidate pairs.
    Sign,
    /// Candidate pairs to edges of duplicates.
    Verify,
    /// Items to weighted words.
    Weigh,
    /// Candidate pairs to edges of stories.
    Compare,
    /// Edges to stories.
    Merge,
    /// Groups to canonical items.
    Choose,
    /// Items to their lists of similar ones.
    Search,
    /// The answer to bytes; the caller's.
    Write,
}

/// Listens to a run; it is called from many threads.
pub trait Progress: Sync {
    /// The stages that follow are those of round `at` of so many, the first being 1.
    fn round(&self, _at: usize, _of: usize) {}

    /// A stage begins that has so many steps; 0 if that is not known. A stage may come more than
    /// once.
    fn begin(&self, stage: Stage, steps: usize);

    /// So many steps more of the stage are done.
    fn advance(&self, steps: usize);
}

/// Listens to nothing.
impl Progress for () {
    fn begin(&self, _: Stage, _: usize) {}

    fn advance(&self, _: usize) {}
}

/// Steps are told of by so many, which costs nothing that could be measured.
const STRIDE: usize = 256;

/// Counts step `at` of a stage, of any thread.
pub(super) fn step(progress: &dyn Progress, at: usize) {
    if at % STRIDE == STRIDE - 1 {
        progress.advance(STRIDE);
    }
}
