//! Text processing: normalization, tokens, stems, language identification and boilerplate removal.
//!
//! Duplicates compare normalized tokens. Stories compare stems. Duplicates do not use stems, so two
//! texts are copies only if their words are equal.

mod background;
mod boilerplate;
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
pub use boilerplate::{
    body_without_boilerplate, title_without_boilerplate, title_without_notice,
    titles_without_boilerplate,
};
pub use correction::{has_correction_label, has_correction_notice, is_correction};
pub use language::Language;
pub use noise::noise_share;
pub use stem::Stemmer;
pub use stop_words::StopWords;
pub use surface::{Boundary, SurfaceToken, surface_tokens};
pub use terms::StoryTerms;
pub use tokens::{Tokens, is_number, is_sign};
