//! Hints: the way out of an error of an index or a background, in commands and options.

use qissa::Error;
use qissa::store::StoreError;
use qissa::text::BackgroundError;

/// The way out of an error, if there is one.
pub fn hint(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        if cause.is::<BackgroundError>() {
            return Some("`qissa background` makes one");
        }
        let error = match cause.downcast_ref::<Error>() {
            Some(Error::Settings { .. }) => {
                return Some(
                    "`qissa index rebuild` groups its items anew under settings of this version",
                );
            }
            Some(Error::Store(error)) => Some(error),
            _ => cause.downcast_ref::<StoreError>(),
        };
        hint_of_store(error?)
    })
}

fn hint_of_store(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::Missing { .. } => Some("`qissa dedup --index DIR` creates one"),
        StoreError::Locked { .. } => {
            Some("wait until the other process ends, or use an index of its own for each process")
        }
        StoreError::Version {
            found, expected, ..
        } if found < expected => Some("`qissa index rebuild` brings the index up to date"),
        StoreError::Version { .. } => Some("use the program that wrote the index"),
        StoreError::Settings { .. } => {
            Some("keep the old value, or run `qissa index rebuild` with the new one")
        }
        StoreError::Damaged { .. } => Some("`qissa index rebuild` recovers what is whole"),
        _ => None,
    }
}
