//! Finds near-duplicate and related news items, groups them into stories and picks a canonical item for each.
#![deny(rustdoc::broken_intra_doc_links)]

pub mod article;
pub mod canonical;
pub mod cli;
pub mod cluster;
pub mod config;
pub mod engine;
pub mod error;
pub mod evaluate;
pub mod jaccard;
pub mod lsh;
pub mod minhash;
pub mod postings;
pub mod read;
pub mod report;
pub mod shingle;
pub mod text;
pub mod vector;
pub mod verify;
pub mod write;

pub use article::{Article, DocId, Timestamp};
pub use config::Config;
pub use engine::Engine;
pub use error::Error;
pub use report::Report;
