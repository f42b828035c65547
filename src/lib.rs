//! Finds near-duplicate and related news items, groups them into stories and picks a canonical item
//! for each.
//!
//! The way of a batch: [`input`] reads bytes into [`Article`]s, an [`Engine`] groups them into a
//! [`Report`], and [`output`] renders it. [`docs/glossary.md`] defines the terms.
//!
//! | Module | Task |
//! | --- | --- |
//! | [`text`] | normalise, tokenise, stem; language, boilerplate, background frequencies |
//! | [`sets`] | shingle sets, MinHash signatures, exact and estimated Jaccard |
//! | [`blocking`] | candidate generation: blocking keys, buckets, drivers |
//! | [`verify`] | exact comparison and decision; the only maker of edges |
//! | [`cluster`] | edges into groups: components, agglomeration, constraints |
//! | [`canonical`], [`naming`] | the item to show of each group; what a group is called |
//! | [`search`] | the items most similar to one |
//! | [`index`], [`store`], [`ingest`] | the persistent index, item by item |
//! | [`pipeline`] | all stages in a row |
//!
//! [`docs/glossary.md`]: https://docs.rs/crate/qissa/latest/source/docs/glossary.md
//!
//! ```
//! use qissa::{Article, Config, Engine};
//! let engine = Engine::new(Config::default().check()?);
//! let report = engine.group(&[
//!     Article::headline("1", "الشرع يزور موسكو.. ولقاء مرتقب مع بوتين"),
//!     Article::headline("2", "الشرع يزور موسكو غدا ويفتح صفحة جديدة مع روسيا"),
//!     Article::headline("3", "مجلس الأمن يناقش الملف الليبي"),
//! ]);
//! assert_eq!(report.stories[0].members, [0, 1]);
//! # Ok::<(), qissa::config::ConfigError>(())
//! ```
#![deny(rustdoc::broken_intra_doc_links)]

pub mod article;
pub mod blocking;
pub mod bucket;
pub mod canonical;
pub mod cluster;
pub mod clustering;
pub mod config;
pub mod error;
pub mod evaluate;
pub mod external;
pub mod identity;
pub mod ids;
pub mod index;
#[cfg(feature = "store")]
pub mod ingest;
pub mod input;
pub mod naming;
pub mod output;
pub mod pipeline;
pub mod report;
pub mod sanitize;
pub mod search;
pub mod sets;
pub mod similarity;
pub mod source_rules;
#[cfg(feature = "store")]
pub mod store;
pub mod text;
pub mod tsv;
pub mod verify;

pub use article::{Article, Timestamp};
pub use clustering::Clustering;
pub use config::Config;
pub use error::Error;
pub use pipeline::Engine;

/// The examples of the documentation, so that they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/guide/library.md")]
struct Documentation;
