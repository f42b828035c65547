//! Finds near-duplicate and related news items, groups them into stories and picks a canonical item
//! for each.
//!
//! [`read`](read::read) turns bytes into [`Article`]s, an [`Engine`] groups them into a [`Report`],
//! and [`write`](mod@write) renders it. Between lie the floors: [`text`], [`shingle`], [`minhash`],
//! [`lsh`], [`verify`], [`cluster`], [`canonical`], [`label`].
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
pub mod canonical;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod copies;
pub mod dossier;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod external;
pub mod identity;
pub mod index;
pub mod ingest;
pub mod jaccard;
pub mod label;
pub mod legible;
pub mod lsh;
pub mod minhash;
pub mod postings;
pub mod read;
pub mod report;
pub mod shingle;
pub mod similar;
pub mod sources;
pub mod store;
pub mod tabbed;
pub mod text;
pub mod vector;
pub mod verify;
pub mod write;

pub use article::{Article, DocId, Timestamp};
pub use config::Config;
pub use engine::Engine;
pub use error::Error;
pub use report::Report;

/// The examples of the README, so that they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
