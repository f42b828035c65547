//! What is known of one language's words: how much each says, which only serve others, and which are names.

use hashbrown::HashMap;

use crate::text::{FunctionWords, Joint, Written};
use crate::vector::Weigher;

/// A headline in which fewer than this share of the long words begin with a capital letter tells names by them.
const SENTENCE_CASE: f64 = 0.6;

/// Shorter words are often not capitalised where all others are.
const LONG_WORD: usize = 4;

/// The words of one language, as a batch uses them.
#[derive(Debug)]
pub struct Usage<'b> {
    weigher: Weigher<'b>,
    function_words: FunctionWords,
    /// How often each term is capitalised within headlines where that means something, and how often it stands there.
    capitals: HashMap<u32, (u32, u32)>,
}

impl<'b> Usage<'b> {
    /// The usage of a batch's headlines.
    pub fn new<'t>(
        headlines: impl Iterator<Item = &'t [Written<'t>]>,
        weigher: Weigher<'b>,
        function_words: FunctionWords,
    ) -> Self {
        let mut capitals: HashMap<u32, (u32, u32)> = HashMap::new();
        for words in headlines.filter(|words| is_sentence_case(words)) {
            for word in words.iter().filter(|word| word.joint != Joint::Break) {
                if let Some(term) = word.term.filter(|_| has_case(word)) {
                    let (upper, all) = capitals.entry(term).or_default();
                    *upper += u32::from(is_capitalised(word));
                    *all += 1;
                }
            }
        }
        Usage { weigher, function_words, capitals }
    }

    /// How much a term says, in nats.
    pub(super) fn information(&self, term: u32) -> f64 {
        self.weigher.information(term)
    }

    pub(super) fn is_function_word(&self, word: &Written<'_>) -> bool {
        self.function_words.contains(&word.folded)
    }

    pub(super) fn denies(&self, word: &Written<'_>) -> bool {
        self.function_words.denies(&word.folded)
    }

    /// Whether a word is a name, as far as capital letters tell; of scripts without them nothing is known.
    pub(super) fn is_name(&self, word: &Written<'_>) -> Option<bool> {
        has_case(word).then(|| match word.term.and_then(|term| self.capitals.get(&term)) {
            Some(&(upper, all)) => 2 * upper > all,
            None => word.term.is_none() && is_capitalised(word),
        })
    }
}

fn is_sentence_case(words: &[Written<'_>]) -> bool {
    let within = |word: &&Written<'_>| word.joint != Joint::Break && has_case(word);
    let long = || words.iter().filter(within).filter(|word| word.folded.chars().count() >= LONG_WORD);
    let upper = long().filter(|word| is_capitalised(word)).count() as f64;
    upper < SENTENCE_CASE * long().count() as f64
}

fn has_case(word: &Written<'_>) -> bool {
    word.text.chars().any(|c| c.is_lowercase() || c.is_uppercase())
}

fn is_capitalised(word: &Written<'_>) -> bool {
    word.text.chars().any(char::is_uppercase)
}
