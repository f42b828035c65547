//! Integration tests, one module per subject.
#![allow(clippy::unwrap_used)]

/// The public API of the crate root.
mod api;
/// The program: exit codes, options, help, streams.
mod cli;
/// Collisions from sorted keys equal those in memory.
mod collisions;
/// Shared helpers: a folder in which the program runs.
mod common;
/// The fuzz corpora, replayed.
mod corpora;
/// Labelled pairs of duplicates and updates.
mod decisions;
/// Documentation: links, examples, records.
mod docs;
/// Wrong and missing duplicates, each as a small batch.
mod duplicates;
/// Explanations of pairs and groups.
mod explain;
/// Batches on disk equal batches in memory.
mod external;
/// Feeds that are written and read again.
mod feeds;
/// Folders, archives and formats as input.
mod formats;
/// Samples and their golden files.
mod golden;
/// Hostile input: bombs, nesting, terminal commands.
mod hostile;
/// Identity of items in spite of wrong ids and links.
mod identity;
/// An index equals a batch and survives restarts.
mod index;
/// Laws of grouping, and brute-force oracles.
mod laws;
/// Layers: imports point down, files form no circle, the algorithms do no I/O.
mod layers;
/// THIRD-PARTY.md against Cargo.lock.
mod notice;
/// Output files, pipes and devices.
mod outputs;
/// The HTML report.
mod report;
/// Duplicates and stories in every script.
mod scripts;
/// Lists of similar items.
mod similar;
/// Rules for sources in every driver.
mod sources;
/// Durability: kills, storage faults, damage.
mod storage;
