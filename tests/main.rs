//! Tests across floors.
#![allow(clippy::unwrap_used)]

/// Imports point down, and the pure floors are pure.
mod floors;
/// Each sample gives its golden output.
mod golden;
/// Laws that hold for any batch, and brute-force oracles.
mod laws;
/// Copies and stories in every script.
mod scripts;
