//! Progress of a run, for progress bars. Results do not depend on the listener.

/// A stage of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading: bytes to items. Reported by the caller.
    Read,
    /// Shingling: items to shingle sets and blocking keys.
    Shingle,
    /// Candidate generation: blocking keys to candidate pairs.
    Sign,
    /// Verification: candidate pairs to edges of duplicates.
    Verify,
    /// Weighting: items to term vectors.
    Weigh,
    /// Comparison: candidate pairs to edges of stories.
    Compare,
    /// Agglomeration: edges to stories.
    Merge,
    /// Choice of canonical items and names.
    Choose,
    /// Search for similar items.
    Search,
    /// Writing: results to bytes. Reported by the caller.
    Write,
}

/// Listener to a run, called from many threads.
///
/// ```
/// use std::sync::Mutex;
/// use qissa::{Article, Config, Engine, Progress, Stage};
///
/// #[derive(Default)]
/// struct Stages(Mutex<Vec<Stage>>);
///
/// impl Progress for Stages {
///     fn begin(&self, stage: Stage, _steps: usize) {
///         self.0.lock().unwrap().push(stage);
///     }
///     fn advance(&self, _steps: usize) {}
/// }
///
/// let stages = Stages::default();
/// let articles = [Article::headline("1", "Rain expected on the coast this weekend")];
/// let engine = Engine::new(Config::default().check()?);
/// let _ = engine.group_watched(&articles, &stages);
/// assert_eq!(stages.0.lock().unwrap().first(), Some(&Stage::Shingle));
/// # Ok::<(), qissa::config::ConfigError>(())
/// ```
pub trait Progress: Sync {
    /// Round `at` of `of` begins, counted from 1: the stages that follow run once a round.
    fn round(&self, _at: usize, _of: usize) {}

    /// A stage of `steps` steps begins; 0 if the number is unknown. A stage may run more than once.
    fn begin(&self, stage: Stage, steps: usize);

    /// `steps` more steps of the stage are done.
    fn advance(&self, steps: usize);
}

/// Ignores all progress.
impl Progress for () {
    fn begin(&self, _: Stage, _: usize) {}

    fn advance(&self, _: usize) {}
}

/// Steps between two reports, at no measurable cost.
const STRIDE: usize = 256;

/// Reports step `at` of a stage, every [`STRIDE`] steps.
pub(super) fn step(progress: &dyn Progress, at: usize) {
    if at % STRIDE == STRIDE - 1 {
        progress.advance(STRIDE);
    }
}
