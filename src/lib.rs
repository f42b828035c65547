//! Finds near-duplicate and related news items, groups them into stories and picks a canonical item for each.
#![deny(rustdoc::broken_intra_doc_links)]

pub mod article;
pub mod cluster;
pub mod jaccard;
pub mod lsh;
pub mod minhash;
pub mod postings;
pub mod shingle;
pub mod text;
pub mod vector;
pub mod verify;

pub use article::{Article, DocId, Timestamp};
