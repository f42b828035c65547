//! Correlation of story similarity with readers' scores.
//!
//! Input: scored pairs. Output: Spearman's correlation by pair of languages, compared with that of
//! a plain TF-IDF cosine.

use std::collections::{BTreeSet, HashMap};

use qissa::text::Tokens;
use qissa::{Article, Config, Engine};

use crate::sets::{Pair, Set};

/// Spearman's correlation of similarity and readers' scores, by pair of languages.
pub fn print_ranking(set: &Set, grid: &[(String, Config)]) -> anyhow::Result<()> {
    let articles = set.articles()?;
    let places: HashMap<&str, usize> = articles
        .iter()
        .enumerate()
        .map(|(at, one)| (&*one.id, at))
        .collect();
    let within = |pair: &&Pair| pair.languages.split_once('-').is_some_and(|(a, b)| a == b);
    let known = |pair: &Pair| {
        Some((
            *places.get(pair.ids.0.as_str())?,
            *places.get(pair.ids.1.as_str())?,
        ))
    };
    let found: Vec<(&Pair, (usize, usize))> = set
        .pairs
        .iter()
        .filter(within)
        .filter_map(|pair| Some((pair, known(pair)?)))
        .collect();
    let asked: Vec<(usize, usize)> = found.iter().map(|one| one.1).collect();
    let mut columns = vec![(" TF-IDF".to_owned(), tf_idf(&articles, &asked))];
    for (label, config) in grid {
        let engine = Engine::new(config.check()?);
        columns.push((
            format!("{label} here"),
            engine.similarity(&articles, &asked),
        ));
    }
    println!("{}: Spearman's correlation by language", set.name);
    let languages: BTreeSet<&str> = found
        .iter()
        .map(|(pair, _)| pair.languages.as_str())
        .collect();
    println!(
        "   {}",
        languages
            .iter()
            .map(|one| format!("{one:>7}"))
            .collect::<String>()
    );
    for (label, column) in columns {
        let of = |language: &&str| {
            let chosen = || {
                found
                    .iter()
                    .zip(&column)
                    .filter(|((pair, _), _)| pair.languages == *language)
            };
            let scores: Vec<f64> = chosen().map(|((pair, _), _)| -pair.score).collect();
            let values: Vec<f64> = chosen().map(|(_, &value)| value).collect();
            format!("  {:.3}", spearman(&scores, &values))
        };
        println!("   {}{label}", languages.iter().map(of).collect::<String>());
    }
    Ok(())
}

/// The cosine of plain vectors: `tf * (1 + ln((1 + n) / (1 + df)))` of all words.
fn tf_idf(articles: &[Article<'_>], pairs: &[(usize, usize)]) -> Vec<f64> {
    let mut counts: Vec<HashMap<String, f64>> = Vec::new();
    let mut spread: HashMap<String, f64> = HashMap::new();
    for article in articles {
        let mut own: HashMap<String, f64> = HashMap::new();
        for word in Tokens::of(&format!("{} {}", article.title, article.text)).iter() {
            *own.entry(word.to_owned()).or_default() += 1.0;
        }
        own.keys()
            .for_each(|word| *spread.entry(word.clone()).or_default() += 1.0);
        counts.push(own);
    }
    let weight = |word: &str| 1.0 + ((1.0 + articles.len() as f64) / (1.0 + spread[word])).ln();
    let dot = |a: &HashMap<String, f64>, b: &HashMap<String, f64>| -> f64 {
        a.iter()
            .filter_map(|(word, tf)| Some(tf * b.get(word)? * weight(word).powi(2)))
            .sum()
    };
    let cosine = |&(a, b): &(usize, usize)| {
        let (a, b) = (&counts[a], &counts[b]);
        dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f64::MIN_POSITIVE)
    };
    pairs.iter().map(cosine).collect()
}

fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let middle = (a.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| {
        x.iter()
            .zip(y)
            .map(|(x, y)| (x - middle) * (y - middle))
            .sum::<f64>()
    };
    product(&a, &b)
        / (product(&a, &a) * product(&b, &b))
            .sqrt()
            .max(f64::MIN_POSITIVE)
}

/// Ranks from 1; equal values share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        run.iter()
            .for_each(|&at| ranks[at] = start as f64 + (run.len() as f64 + 1.0) / 2.0);
        start += run.len();
    }
    ranks
}
