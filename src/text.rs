//! Text in, comparable words out: headlines without what outlets add to them, folding and
//! tokenising for every script, light stemming for story matching, the language of an item, and how
//! common each term is in news at large.
//!
//! Folding and tokens serve both levels; stems serve stories only, so that two texts are called
//! copies by what they say and not by what their roots have in common.

mod background;
mod boilerplate;
mod boilerplate_body;
mod correction;
mod language;
mod noise;
mod normalize;
mod stem;
mod stop_words;
mod surface;
mod terms;
mod tokens;

pub use background::{
    Background, BackgroundBuilder, BackgroundError, Backgrounds, Table, pair_hash, term_hash,
};
pub(crate) use boilerplate::host;
pub use boilerplate::{core, cores};
pub use boilerplate_body::{title_without_furniture, without_furniture};
pub use correction::{is_correction, text_corrects, title_corrects};
pub use language::Language;
pub use noise::noise;
pub use stem::Stemmer;
pub use stop_words::FunctionWords;
pub use surface::{Joint, Written, written};
pub use terms::StoryTerms;
pub use tokens::{Tokens, is_number, is_sign};
