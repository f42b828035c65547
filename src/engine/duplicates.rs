//! The duplicates of a batch: texts that are the same word for word are taken together first, then each different text
//! is keyed once for all of them.

use rayon::prelude::*;

use super::progress::{Progress, Stage, step};
use crate::article::Article;
use crate::config::{Fields, Params};
use crate::copies::{Keyer, TextKeys, text_candidates};
use crate::lsh::{CROWD, CandidatePair, Candidates, bucket_pairs};
use crate::minhash::MinHasher;
use crate::text::{Tokens, core};
use crate::verify::{Edge, FieldPrint, Fingerprint};

/// Of bodies, one shingle in so many is asked about when whole quotations are looked for.
const BODY_STRIDE: u32 = 8;

/// The copies found in a batch.
pub(super) struct Copies<'a> {
    /// What is compared of each headline: it without the affixes that give themselves away, so that an item's print is the
    /// same whatever others are there.
    pub(super) titles: Vec<&'a str>,
    pub(super) prints: Vec<Fingerprint>,
    pub(super) edges: Vec<Edge>,
    pub(super) crowded: usize,
    pub(super) wordless: usize,
}

impl<'a> Copies<'a> {
    pub(super) fn find(docs: &[&'a Article<'_>], params: &Params, progress: &dyn Progress) -> Self {
        progress.begin(Stage::Shingle, docs.len());
        let titles: Vec<&str> = docs.par_iter().map(|doc| core(doc)).collect();
        let print = |tokens: &mut Tokens, (at, (article, title)): (usize, (&&Article<'_>, &&str))| {
            step(progress, at);
            fingerprint(article, title, tokens, params)
        };
        let found: Vec<(Fingerprint, bool)> =
            docs.par_iter().zip(&titles).enumerate().map_init(Tokens::default, print).collect();
        let wordless = found.iter().filter(|(_, wordless)| *wordless).count();
        let prints: Vec<Fingerprint> = found.into_iter().map(|(print, _)| print).collect();
        progress.begin(Stage::Sign, 0);
        let found = item_candidates(&prints, &keyer(params));
        progress.begin(Stage::Verify, found.pairs.len());
        let verify = |(at, &pair): (usize, &CandidatePair)| {
            step(progress, at);
            params.duplicates.verify(pair, &prints[pair.a as usize], &prints[pair.b as usize])
        };
        let edges = found.pairs.par_iter().enumerate().filter_map(verify).collect();
        Copies { titles, edges, crowded: found.crowded, wordless, prints }
    }
}

/// The maker of keys that the settings ask for.
pub(super) fn keyer(params: &Params) -> Keyer {
    Keyer::new(MinHasher::new(params.signature_length, params.seed), params.banding)
}

/// The print of an item, of whose headline `title` is compared, and whether there is no word in what is compared.
pub(super) fn fingerprint(
    article: &Article<'_>,
    title: &str,
    tokens: &mut Tokens,
    params: &Params,
) -> (Fingerprint, bool) {
    let mut print = Fingerprint::default();
    let mut wordless = true;
    if params.fields != Fields::Body {
        tokens.fill(title);
        wordless &= tokens.is_empty();
        print.title = FieldPrint::new(tokens, &params.title_shingler, params.least_title_words, 1);
    }
    if params.fields != Fields::Title {
        tokens.fill(&article.text);
        wordless &= tokens.is_empty();
        print.body = FieldPrint::new(tokens, &params.body_shingler, params.least_body_words, BODY_STRIDE);
    }
    (print, wordless)
}

/// The pairs of items that may be copies: those of one text, and those of two texts that may be alike.
fn item_candidates(prints: &[Fingerprint], keyer: &Keyer) -> Candidates {
    let mut digests: Vec<(u64, u32)> =
        (0..).zip(prints).filter(|(_, print)| !print.is_empty()).map(|(doc, print)| (print.digest(), doc)).collect();
    digests.par_sort_unstable();
    let texts: Vec<&[(u64, u32)]> = digests.chunk_by(|x, y| x.0 == y.0).collect();
    let keys: Vec<TextKeys> = texts.par_iter().map(|text| keyer.keys(&prints[text[0].1 as usize])).collect();
    let alike = text_candidates(&keys);
    let same = texts.iter().zip(0u32..).flat_map(|(docs, text)| docs.iter().map(move |&(_, doc)| (text, doc)));
    let across = alike.pairs.iter().flat_map(|pair| cross(texts[pair.a as usize], texts[pair.b as usize]));
    let across = Candidates { pairs: across.collect(), crowded: alike.crowded };
    bucket_pairs(same.collect()).merge(across)
}

/// All pairs of two lists of items with one text each; of long lists each item with the first of the other.
fn cross(a: &[(u64, u32)], b: &[(u64, u32)]) -> Vec<CandidatePair> {
    let limit = |list: &[(u64, u32)]| if a.len() * b.len() > CROWD { 1 } else { list.len() };
    let pairs = a.iter().flat_map(|&(_, x)| b[..limit(b)].iter().map(move |&(_, y)| (x, y)));
    let back = b.iter().flat_map(|&(_, y)| a[..limit(a)].iter().map(move |&(_, x)| (x, y)));
    pairs.chain(back).filter_map(|(x, y)| CandidatePair::new(x, y)).collect()
}
