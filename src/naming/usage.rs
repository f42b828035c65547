//! What is known of one language's words: how much each says, which only serve others, and which
//! are names.

use hashbrown::HashMap;

use super::form::without_particle;
use crate::similarity::Weigher;
use crate::text::{Boundary, StopWords, SurfaceToken, term_hash};

/// A headline in which fewer than this share of the long words begin with a capital letter tells
/// names by them.
const SENTENCE_CASE: f64 = 0.6;

/// Shorter words are often not capitalised where all others are.
const LONG_WORD: usize = 4;

/// An Arabic word without its particle, and a verb without its prefix, has at least so many
/// letters.
const LEAST_LETTERS: usize = 3;

/// A form of an Arabic word may be so many times rarer than the one that it explains.
const FORM_ODDS: u32 = 4;

/// The words of one language, as a batch uses them.
#[derive(Debug)]
pub struct Usage<'b> {
    weigher: Weigher<'b>,
    stop_words: StopWords,
    /// How often each term is capitalised within headlines where that means something, and how
    /// often it stands there.
    capitals: HashMap<u32, (u32, u32)>,
    /// How often each folded word stands there.
    counts: HashMap<u32, u32>,
}

impl<'b> Usage<'b> {
    /// The usage of a batch's headlines.
    pub fn new<'t>(
        headlines: impl Iterator<Item = &'t [SurfaceToken<'t>]>,
        weigher: Weigher<'b>,
        stop_words: StopWords,
    ) -> Self {
        let mut capitals: HashMap<u32, (u32, u32)> = HashMap::new();
        let mut counts: HashMap<u32, u32> = HashMap::new();
        for words in headlines {
            words
                .iter()
                .for_each(|word| *counts.entry(term_hash(&word.normalized)).or_default() += 1);
            if !is_sentence_case(words) {
                continue;
            }
            for word in words.iter().filter(|word| word.boundary != Boundary::Break) {
                if let Some(term) = word.term.filter(|_| has_case(word)) {
                    let (upper, all) = capitals.entry(term).or_default();
                    *upper += u32::from(is_capitalised(word));
                    *all += 1;
                }
            }
        }
        Usage {
            weigher,
            stop_words,
            capitals,
            counts,
        }
    }

    /// How much a term says, in nats.
    pub(super) fn information(&self, term: u32) -> f64 {
        self.weigher.surprisal(term)
    }

    pub(super) fn is_stop_word(&self, word: &SurfaceToken<'_>) -> bool {
        self.stop_words.contains(&word.normalized)
    }

    pub(super) fn denies(&self, word: &SurfaceToken<'_>) -> bool {
        self.stop_words.is_negation(&word.normalized)
    }

    pub(super) fn dates(&self, word: &SurfaceToken<'_>) -> bool {
        self.stop_words.is_date(&word.normalized)
    }

    /// Whether an Arabic word begins with a particle: it stands there without it, too.
    pub(super) fn has_particle(&self, word: &SurfaceToken<'_>) -> bool {
        without_particle(&word.normalized)
            .any(|rest| rest.chars().count() >= LEAST_LETTERS && self.has_form(&rest, word))
    }

    /// Whether "and" is written on to an Arabic word.
    pub(super) fn is_joined(&self, word: &SurfaceToken<'_>) -> bool {
        word.normalized.starts_with('و') && self.has_particle(word)
    }

    /// Whether an Arabic word is a verb: it says "he does" where another word of the headlines says
    /// "she does".
    pub(super) fn is_verb(&self, word: &SurfaceToken<'_>) -> bool {
        let other = |from: char, to: char| {
            word.normalized
                .strip_prefix(from)
                .map(|rest| format!("{to}{rest}"))
        };
        let other = other('ي', 'ت').or_else(|| other('ت', 'ي'));
        other.is_some_and(|other| {
            other.chars().count() > LEAST_LETTERS && self.has_form(&other, word)
        })
    }

    /// Whether the headlines have another form of a word, and not as a chance alone.
    fn has_form(&self, form: &str, word: &SurfaceToken<'_>) -> bool {
        let count = |folded: &str| self.counts.get(&term_hash(folded)).copied().unwrap_or(0);
        let found = count(form);
        found > 0 && FORM_ODDS * found >= count(&word.normalized)
    }

    /// Whether a word is a name, as far as capital letters tell; of scripts without them nothing is
    /// known.
    pub(super) fn is_name(&self, word: &SurfaceToken<'_>) -> Option<bool> {
        has_case(word).then(
            || match word.term.and_then(|term| self.capitals.get(&term)) {
                Some(&(upper, all)) => 2 * upper > all,
                None => word.term.is_none() && is_capitalised(word),
            },
        )
    }
}

fn is_sentence_case(words: &[SurfaceToken<'_>]) -> bool {
    let within = |word: &&SurfaceToken<'_>| word.boundary != Boundary::Break && has_case(word);
    let long = || {
        words
            .iter()
            .filter(within)
            .filter(|word| word.normalized.chars().count() >= LONG_WORD)
    };
    let upper = long().filter(|word| is_capitalised(word)).count() as f64;
    upper < SENTENCE_CASE * long().count() as f64
}

fn has_case(word: &SurfaceToken<'_>) -> bool {
    word.text
        .chars()
        .any(|c| c.is_lowercase() || c.is_uppercase())
}

fn is_capitalised(word: &SurfaceToken<'_>) -> bool {
    word.text.chars().any(char::is_uppercase)
}
