//! The duplicates of a batch: texts that are the same word for word are taken together first, then each different text
//! is signed, banded and verified once for all of them.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::progress::{Progress, Stage, step};
use crate::article::Article;
use crate::config::{Fields, Params};
use crate::lsh::{CROWD, CandidatePair, Candidates, bucket_pairs, candidates};
use crate::minhash::MinHasher;
use crate::postings::containment_candidates;
use crate::text::Tokens;
use crate::verify::{Edge, FieldPrint, Fingerprint};

/// Of bodies, one shingle in so many is asked about when whole quotations are looked for.
const BODY_STRIDE: u64 = 8;

/// The copies found in a batch.
pub(super) struct Copies {
    pub(super) prints: Vec<Fingerprint>,
    pub(super) edges: Vec<Edge>,
    pub(super) crowded: usize,
    pub(super) wordless: usize,
}

impl Copies {
    /// `titles` are what is compared of the headlines.
    pub(super) fn find(docs: &[&Article<'_>], titles: &[&str], params: &Params, progress: &dyn Progress) -> Self {
        progress.begin(Stage::Shingle, docs.len());
        let print = |tokens: &mut Tokens, (at, (article, title)): (usize, (&&Article<'_>, &&str))| {
            step(progress, at);
            fingerprint(article, title, tokens, params)
        };
        let found: Vec<(Fingerprint, bool)> =
            docs.par_iter().zip(titles).enumerate().map_init(Tokens::default, print).collect();
        let wordless = found.iter().filter(|(_, wordless)| *wordless).count();
        let prints: Vec<Fingerprint> = found.into_iter().map(|(print, _)| print).collect();
        progress.begin(Stage::Sign, 0);
        let hasher = MinHasher::new(params.signature_length, params.seed);
        let bodies = field_candidates(&prints, |print| print.body.as_ref(), BODY_STRIDE, &hasher, params);
        let all_texts = prints.iter().all(Fingerprint::has_text);
        let titles = match all_texts {
            true => Candidates::default(),
            false => field_candidates(&prints, |print| print.title.as_ref(), 1, &hasher, params),
        };
        let found = bodies.merge(titles);
        progress.begin(Stage::Verify, found.pairs.len());
        let verify = |(at, &pair): (usize, &CandidatePair)| {
            step(progress, at);
            params.duplicates.verify(pair, &prints[pair.a as usize], &prints[pair.b as usize])
        };
        let edges = found.pairs.par_iter().enumerate().filter_map(verify).collect();
        Copies { edges, crowded: found.crowded, wordless, prints }
    }
}

/// The print of an item, and whether there is no word in what is compared of it.
fn fingerprint(article: &Article<'_>, title: &str, tokens: &mut Tokens, params: &Params) -> (Fingerprint, bool) {
    let mut print = Fingerprint::default();
    let mut wordless = true;
    if params.fields != Fields::Body {
        tokens.fill(title);
        wordless &= tokens.is_empty();
        print.title = FieldPrint::new(tokens, &params.title_shingler, params.least_title_words);
    }
    if params.fields != Fields::Title {
        tokens.fill(&article.text);
        wordless &= tokens.is_empty();
        print.body = FieldPrint::new(tokens, &params.body_shingler, params.least_body_words);
    }
    (print, wordless)
}

/// The pairs of items that may be copies by one field.
fn field_candidates(
    prints: &[Fingerprint],
    field: impl Fn(&Fingerprint) -> Option<&FieldPrint>,
    stride: u64,
    hasher: &MinHasher,
    params: &Params,
) -> Candidates {
    let mut places: HashMap<u64, usize> = HashMap::new();
    let mut texts: Vec<(&FieldPrint, Vec<u32>)> = Vec::new();
    for (doc, print) in (0u32..).zip(prints).filter_map(|(doc, print)| Some((doc, field(print)?))) {
        let place = *places.entry(print.digest).or_insert_with(|| {
            texts.push((print, Vec::new()));
            texts.len() - 1
        });
        texts[place].1.push(doc);
    }
    let sets: Vec<_> = texts.iter().map(|(print, _)| &print.set).collect();
    let signatures = hasher.sign(&sets);
    let alike = candidates(signatures.view(), params.banding).merge(containment_candidates(&sets, stride));
    let same = texts.iter().zip(0u32..).flat_map(|((_, docs), text)| docs.iter().map(move |&doc| (text, doc)));
    let across = alike.pairs.iter().flat_map(|pair| cross(&texts[pair.a as usize].1, &texts[pair.b as usize].1));
    let across = Candidates { pairs: across.collect(), crowded: alike.crowded };
    bucket_pairs(same.collect()).merge(across)
}

/// All pairs of two lists of items with one text each; of long lists each item with the first of the other.
fn cross(a: &[u32], b: &[u32]) -> Vec<CandidatePair> {
    let limit = |list: &[u32]| if a.len() * b.len() > CROWD { 1 } else { list.len() };
    let pairs = a.iter().flat_map(|&x| b[..limit(b)].iter().map(move |&y| (x, y)));
    let back = b.iter().flat_map(|&y| a[..limit(a)].iter().map(move |&x| (x, y)));
    pairs.chain(back).filter_map(|(x, y)| CandidatePair::new(x, y)).collect()
}
