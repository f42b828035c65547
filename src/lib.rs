//! Finds near-duplicate and related news items, groups them into stories and picks a canonical item
//! for each.
//!
//! # A batch
//! [`Config::check`] turns settings into parameters, and an [`Engine`] groups [`Article`]s into a
//! [`Clustering`]:
//!
//! ```
//! use qissa::{Article, Config, Engine};
//! let engine = Engine::new(Config::default().check()?);
//! let clustering = engine.group(&[
//!     Article::headline("1", "الشرع يزور موسكو.. ولقاء مرتقب مع بوتين"),
//!     Article::headline("2", "الشرع يزور موسكو غدا ويفتح صفحة جديدة مع روسيا"),
//!     Article::headline("3", "مجلس الأمن يناقش الملف الليبي"),
//! ]);
//! assert_eq!(clustering.stories[0].members, [0, 1]);
//! # Ok::<(), qissa::Error>(())
//! ```
//!
//! # Files
//! [`input::read`] reads feeds, tables, JSON, web pages and archives; [`output`] writes results:
//!
//! ```
//! use qissa::input::{FieldNames, Source, read};
//! use qissa::output::labels;
//! use qissa::{Config, Engine};
//! let source = Source {
//!     name: "titles.txt".into(),
//!     bytes: b"Storm floods the old town\nGold slips as the dollar firms\n".to_vec().into(),
//!     ..Source::default()
//! };
//! let articles = read(&source, None, &FieldNames::default())?.articles;
//! let partition = Engine::new(Config::default().check()?).partition(&articles, &());
//! let mut table = Vec::new();
//! labels(|position| &articles[position].id, &partition.items, &mut table).unwrap();
//! assert_eq!(table.iter().filter(|&&byte| byte == b'\n').count(), 2);
//! # Ok::<(), qissa::Error>(())
//! ```
//!
//! # A feed
//! An [`Ingester`] decides item by item, against an index in a folder:
//!
//! ```
//! use qissa::{Article, Config, Decision, Ingester};
//! let folder = std::env::temp_dir().join(format!("qissa-tour-{}", std::process::id()));
//! let mut index = Ingester::open(&folder, &Config::default(), None)?;
//! let now = 1_790_000_000;
//! let first = [Article::headline("1", "Minister opens the new bridge over the river")];
//! assert_eq!(index.add(&first, now)?.outcomes[0].decision, Decision::New);
//! let second = [Article::headline("2", "Minister opens new bridge over the river")];
//! assert_eq!(index.add(&second, now)?.outcomes[0].decision, Decision::Duplicate);
//! # drop(index);
//! # std::fs::remove_dir_all(folder).unwrap();
//! # Ok::<(), qissa::Error>(())
//! ```
//!
//! # Questions about a batch
//! [`Engine::explain`] says why two items are in one group, [`Engine::similar`] lists similar
//! items, [`Engine::sweep`] groups at several thresholds, [`Engine::profile`] measures
//! similarities. The programs in `examples/` show one task each.
//!
//! # Modules
//!
//! | Module | Task |
//! | --- | --- |
//! | [`config`], [`error`] | settings and errors |
//! | [`article`], [`input`], [`output`] | items, readers, writers |
//! | [`pipeline`], [`clustering`] | the batch pipeline and its results |
//! | [`ingest`], [`index`], [`store`] | the persistent index |
//! | [`evaluate`], [`report`] | agreement with labelled data; the HTML report |
//!
//! Advanced modules are the stages of the pipeline. They are public for programs that drive the
//! stages themselves, and change more often than the names of the crate root:
//!
//! | Module | Task |
//! | --- | --- |
//! | [`text`] | tokens, stems, language, boilerplate, background frequencies |
//! | [`sets`] | shingle sets, MinHash signatures, Jaccard coefficients |
//! | [`blocking`], [`bucket`], [`external`] | candidate generation in memory, on disk, in a stream |
//! | [`verify`], [`similarity`] | exact comparison and decision; term vectors |
//! | [`cluster`] | edges into groups: components, agglomeration, constraints |
//! | [`canonical`], [`naming`], [`search`] | canonical items, names, top-k search |
//! | [`identity`], [`source_rules`], [`ids`], [`tsv`], [`sanitize`] | identity of items, source rules, helpers |
//!
//! [`docs/glossary.md`] defines the terms.
//!
//! [`docs/glossary.md`]: https://docs.rs/crate/qissa/latest/source/docs/glossary.md
#![deny(rustdoc::broken_intra_doc_links)]
#![warn(clippy::print_stdout, clippy::print_stderr)]

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
pub use cluster::{Constraints, Rule};
pub use clustering::{
    Clustering, Explanation, Group, GroupId, Neighbourhood, Partition, Placement, Profile,
    Relation, SimilarEntry, SimilarList, Summary,
};
pub use config::{Config, ConfigError, Level, Params};
pub use error::{Error, ErrorKind};
pub use evaluate::{Evaluation, Gold};
pub use index::Decision;
#[cfg(feature = "store")]
pub use ingest::{Commit, Ingester};
pub use input::{ConstraintsError, Corpus, FieldNames, Format, ReadError, ReadOptions, Source};
pub use naming::GroupName;
pub use pipeline::{Engine, ListOptions, Progress, Stage};
pub use search::ListRules;
#[cfg(feature = "store")]
pub use store::StoreError;
pub use text::{Background, BackgroundError, Language};
pub use verify::{Edge, MatchKind};

/// The examples of the documentation, so they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/guide/library.md")]
struct Documentation;
