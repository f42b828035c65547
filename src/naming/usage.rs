//! Usage of the words of one language in a batch: surprisal, stop words, names and verbs.

use std::borrow::Cow;

use hashbrown::HashMap;

use crate::similarity::Weigher;
use crate::text::{Boundary, StopWords, SurfaceToken, term_hash};

/// Maximum share of capitalized long words at which a title is in sentence case, so capitals mark
/// names.
const SENTENCE_CASE: f64 = 0.6;

/// Minimum number of letters of a word that counts for [`SENTENCE_CASE`]. Title case often leaves
/// shorter words in lower case.
const LONG_WORD: usize = 4;

/// Arabic particles that are written together with the next word.
const PARTICLES: [char; 5] = ['و', 'ف', 'ب', 'ل', 'ك'];

/// Minimum number of letters of an Arabic word without its particle. A verb has one more.
const MIN_STEM_LETTERS: usize = 3;

/// Maximum ratio of the frequency of a word to that of its other form.
const FORM_ODDS: u32 = 4;

/// Occurrences of a term within titles in sentence case, not at the start of a clause.
#[derive(Debug, Clone, Copy, Default)]
struct CaseCount {
    capitalized: u32,
    all: u32,
}

/// Usage of the words of one language in a batch.
#[derive(Debug)]
pub struct Usage<'b> {
    weigher: Weigher<'b>,
    stop_words: StopWords,
    /// By term.
    cases: HashMap<u32, CaseCount>,
    /// Number of occurrences in titles, by hash of the normalized word.
    counts: HashMap<u32, u32>,
}

impl<'b> Usage<'b> {
    /// Usage in the titles of a batch.
    #[must_use]
    pub fn new<'t>(
        headlines: impl Iterator<Item = &'t [SurfaceToken<'t>]>,
        weigher: Weigher<'b>,
        stop_words: StopWords,
    ) -> Self {
        let mut usage = Usage {
            weigher,
            stop_words,
            cases: HashMap::new(),
            counts: HashMap::new(),
        };
        for words in headlines {
            usage.count(words);
        }
        usage
    }

    fn count(&mut self, words: &[SurfaceToken<'_>]) {
        for word in words {
            *self.counts.entry(term_hash(&word.normalized)).or_default() += 1;
        }
        if !is_sentence_case(words) {
            return;
        }
        for word in words.iter().filter(|word| can_show_name(word)) {
            if let Some(term) = word.term {
                let case = self.cases.entry(term).or_default();
                case.capitalized += u32::from(is_capitalized(word));
                case.all += 1;
            }
        }
    }

    /// Surprisal of a term, in nats.
    pub(super) fn surprisal(&self, term: u32) -> f64 {
        self.weigher.surprisal(term)
    }

    pub(super) fn is_stop_word(&self, word: &SurfaceToken<'_>) -> bool {
        self.stop_words.contains(&word.normalized)
    }

    pub(super) fn is_negation(&self, word: &SurfaceToken<'_>) -> bool {
        self.stop_words.is_negation(&word.normalized)
    }

    pub(super) fn is_date(&self, word: &SurfaceToken<'_>) -> bool {
        self.stop_words.is_date(&word.normalized)
    }

    /// Whether an Arabic word begins with a particle: the batch has the word without it.
    pub(super) fn has_particle(&self, word: &SurfaceToken<'_>) -> bool {
        without_particle(&word.normalized)
            .any(|rest| rest.chars().count() >= MIN_STEM_LETTERS && self.has_form(&rest, word))
    }

    /// Whether an Arabic word begins with "and".
    pub(super) fn begins_with_and(&self, word: &SurfaceToken<'_>) -> bool {
        word.normalized.starts_with('و') && self.has_particle(word)
    }

    /// Whether an Arabic word is a verb in the imperfect: the batch has it in the masculine and in
    /// the feminine.
    pub(super) fn is_verb(&self, word: &SurfaceToken<'_>) -> bool {
        let other_gender = if let Some(rest) = word.normalized.strip_prefix('ي') {
            format!("ت{rest}")
        } else if let Some(rest) = word.normalized.strip_prefix('ت') {
            format!("ي{rest}")
        } else {
            return false;
        };
        other_gender.chars().count() > MIN_STEM_LETTERS && self.has_form(&other_gender, word)
    }

    /// Whether the batch has another form of a word, often enough not to be a coincidence.
    fn has_form(&self, form: &str, word: &SurfaceToken<'_>) -> bool {
        let found = self.occurrences(form);
        found > 0 && FORM_ODDS * found >= self.occurrences(&word.normalized)
    }

    fn occurrences(&self, normalized: &str) -> u32 {
        self.counts
            .get(&term_hash(normalized))
            .copied()
            .unwrap_or(0)
    }

    /// Whether a word is a name, by its capitals; `None` in scripts without capitals.
    pub(super) fn is_name(&self, word: &SurfaceToken<'_>) -> Option<bool> {
        if !has_case(word) {
            return None;
        }
        let case = word.term.and_then(|term| self.cases.get(&term));
        Some(match case {
            Some(case) => 2 * case.capitalized > case.all,
            None => word.term.is_none() && is_capitalized(word),
        })
    }
}

/// Whether capitals can show that a word is a name: not at the start of a clause.
fn can_show_name(word: &SurfaceToken<'_>) -> bool {
    word.boundary != Boundary::Break && has_case(word)
}

fn is_sentence_case(words: &[SurfaceToken<'_>]) -> bool {
    let (mut long, mut capitalized) = (0, 0);
    for word in words.iter().filter(|word| can_show_name(word)) {
        if word.normalized.chars().count() >= LONG_WORD {
            long += 1;
            capitalized += u32::from(is_capitalized(word));
        }
    }
    f64::from(capitalized) < SENTENCE_CASE * f64::from(long)
}

fn has_case(word: &SurfaceToken<'_>) -> bool {
    word.text
        .chars()
        .any(|c| c.is_lowercase() || c.is_uppercase())
}

fn is_capitalized(word: &SurfaceToken<'_>) -> bool {
    word.text.chars().any(char::is_uppercase)
}

/// The words that a normalized Arabic word may be without a particle at its start.
pub(super) fn without_particle(normalized: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let rest = normalized.strip_prefix(PARTICLES).map(Cow::from);
    // li- and the article fuse: للشرع is ل + الشرع.
    let with_article = normalized
        .strip_prefix("لل")
        .map(|rest| Cow::from(format!("ال{rest}")));
    rest.into_iter().chain(with_article)
}
