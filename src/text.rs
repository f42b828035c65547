//! Text in, comparable words out: headlines without what outlets add to them, folding and
//! tokenising for every script, light stemming for story matching, the language of an item, and how
//! common each term is in news at large.
//!
//! Folding and tokens serve both levels; stems serve stories only, so that two texts are called
//! copies by what they say and not by what their roots have in common.

mod affix;
mod background;
mod correction;
mod fold;
mod function;
mod furniture;
mod language;
mod noise;
mod stem;
mod surface;
mod terms;
mod tokens;

pub(crate) use affix::host;
pub use affix::{core, cores};
pub use background::{
    Background, BackgroundBuilder, BackgroundError, Backgrounds, Table, pair_hash, term_hash,
};
pub use correction::{is_correction, text_corrects, title_corrects};
pub use function::FunctionWords;
pub use furniture::{title_without_furniture, without_furniture};
pub use language::Language;
pub use noise::noise;
pub use stem::Stemmer;
pub use surface::{Joint, Written, written};
pub use terms::StoryTerms;
pub use tokens::{Tokens, is_number, is_sign};
