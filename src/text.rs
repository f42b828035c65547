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
pub use boilerplate::{title_without_boilerplate, titles_without_boilerplate};
pub use boilerplate_body::{body_without_boilerplate, title_without_notice};
pub use correction::{has_correction_label, has_correction_notice, is_correction};
pub use language::Language;
pub use noise::noise_share;
pub use stem::Stemmer;
pub use stop_words::StopWords;
pub use surface::{Boundary, SurfaceToken, surface_tokens};
pub use terms::StoryTerms;
pub use tokens::{Tokens, is_number, is_sign};
