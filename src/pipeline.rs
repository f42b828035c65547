//! The batch pipeline: articles in, groups out, through four stages.
//!
//! | Stage | Value | Task |
//! | --- | --- | --- |
//! | prepare | `Prepared` | canonical order; source rules |
//! | duplicates | `DuplicateGroups` | blocking, verification, components |
//! | stories | `Stories` | term vectors, comparison, agglomeration |
//! | clustering | [`Clustering`] | canonical items, names, cohesion |
//!
//! [`Engine`] runs the stages. Each stage is a function from values to a value. Stages number items
//! by canonical order (id, then content), so no result depends on the order of the input or on the
//! number of threads.
//!
//! [`Clustering`]: crate::clustering::Clustering

mod background;
mod canonicals;
mod clustering;
mod cohesion;
mod duplicates;
mod engine;
mod explain;
mod group_ids;
mod grouped;
mod naming;
mod partition;
mod prepare;
mod profile;
mod progress;
mod similar;
mod stories;
mod sweep;

pub use duplicates::key_maker;
pub use engine::Engine;
pub use group_ids::group_hash;
pub use progress::{Progress, Stage};
pub use similar::ListOptions;

pub(crate) use cohesion::{count_duplicate_pairs, count_low_density_groups};
pub(crate) use duplicates::{FingerprintSource, Verification, between_items, rules, too_short};
pub(crate) use group_ids::group_ids;
pub(crate) use partition::summary_of_duplicates;
pub(crate) use prepare::leading;
