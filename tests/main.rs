//! Tests across floors.
#![allow(clippy::unwrap_used)]

/// What several test files use: a folder in which the program runs.
mod common;

/// The binary as a person or a script meets it.
mod cli;
/// What users of feeds reported of duplicates.
mod copies;
/// What fuzzing found stays mended.
mod corpora;
/// Pairs with labels: copies, updates, and what only looks like them.
mod decisions;
/// Links resolve, examples run, records have one form.
mod docs;
/// Why two items are together or apart.
mod explain;
/// A batch on disk gives what it gives in memory.
mod external;
/// What goes into a feed comes out of it.
mod feeds;
/// Imports point down, and the pure floors are pure.
mod floors;
/// What a folder holds goes in, whatever its format.
mod formats;
/// Each sample gives its golden output.
mod golden;
/// Bombs, nests and commands.
mod hostile;
/// Who an item is, whatever its feed does with ids and links.
mod identity;
/// An index gives what a batch gives, and loses nothing.
mod index;
/// Laws that hold for any batch, and brute-force oracles.
mod laws;
/// What a cluster of machines sorts gives what one machine gives.
mod meetings;
/// The notice of third parties is current.
mod notice;
/// Outputs are replaced whole or written to, and refused before the work.
mod outputs;
/// A batch on one page.
mod report;
/// Copies and stories in every script.
mod scripts;
/// Lists of similar items: their laws, their looks.
mod similar;
/// Rules for sources, in every driver.
mod sources;
/// What is stored outlives kills, faults of the storage and damage.
mod storage;
