//! Records in lines in, the groups of duplicates out, of more items than memory holds: the same
//! groups, by the same ids, as of a batch in memory.
//!
//! Of each item only its place in the file, its id, its digest and an outline of its shingles are
//! kept; the keys of the bands and the shingles go to files without a name, which vanish with the
//! run, and are read back table by table. What is compared is read again from its file. About 60
//! bytes an item and its id in memory, 140 for a headline on disk.

mod estimate;
mod records;
mod runs;

use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::article::Article;
use crate::blocking::{BatchTexts, Block, Heads, Outlines, Scratch, Sketcher, candidates};
use crate::cluster::constrained_components;
use crate::clustering::{Counts, GroupId, Partition};
use crate::ids::CandidatePair;
use crate::input::{Keys, ReadError, Skipped};
use crate::pipeline::{
    Engine, Progress, Stage, between_items, compare, count_duplicate_pairs,
    count_low_density_groups, group_ids, keyer, leading, rules, summary_of_copies,
};
use crate::source_rules::SourceRules;
use crate::text::Tokens;
use crate::verify::{ComparedItem, Fingerprint, Rules};

pub use estimate::Estimate;
use records::Records;
use runs::Runs;

/// Where the items come from, and where what does not fit goes.
#[derive(Debug, Clone)]
pub struct Input {
    /// Files of a JSON object a line, in UTF-8 and not compressed.
    pub files: Vec<PathBuf>,
    /// The names of the fields.
    pub keys: Keys,
    /// The folder for what is put on disk.
    pub folder: PathBuf,
}

/// The groups of the items of files.
#[derive(Debug)]
pub struct Grouping {
    /// The groups, items by their position in all files.
    pub partition: Partition,
    /// The records that could not be read.
    pub skipped: Vec<Skipped>,
    records: Records,
}

impl Grouping {
    /// The id of an item.
    pub fn id(&self, position: usize) -> &str {
        self.records.id(position as u32)
    }
}

/// So many items are keyed together.
const BLOCK: usize = 1 << 13;

/// Groups the items of files into duplicates.
///
/// # Errors
/// [`ReadError`] if a file cannot be read, is not UTF-8 or not of records in lines, or if the
/// folder cannot be written.
pub fn duplicates(
    engine: &Engine,
    input: &Input,
    progress: &dyn Progress,
) -> Result<Grouping, ReadError> {
    let params = engine.params();
    let rules = rules(params);
    let keyer = keyer(params);
    let mut sketches = Sketches {
        sources: &params.sources,
        runs: Runs::new(&input.folder).map_err(|cause| on_disk(input, cause))?,
        sketcher: Sketcher::new(keyer, rules),
        blocks: Vec::new(),
        digests: Vec::new(),
        wordless: 0,
    };
    progress.begin(Stage::Shingle, 0);
    let (records, skipped) = Records::read(input, |first, articles| {
        progress.advance(articles.len());
        sketches
            .add(first, articles)
            .map_err(|cause| on_disk(input, cause))
    })?;
    let order = canonical_order(&records, &input.keys)?;
    let Sketches {
        runs,
        mut blocks,
        digests,
        wordless,
        ..
    } = sketches;
    let texts = texts(&order, digests);
    let item = |text: u32| order[texts.items(text)[0] as usize];
    let heads = Heads::new(
        records.len(),
        (0..texts.len() as u32).map(|text| (item(text), text)),
    );
    progress.begin(Stage::Sign, 0);
    blocks
        .par_iter_mut()
        .for_each(|block| block.keep_heads(&heads));
    let outlines = Outlines::new(&mut blocks, texts.len());
    drop(blocks);
    let keep = |field: usize, pairs: &mut Vec<CandidatePair>| {
        outlines.keep(field, pairs, &params.duplicates)
    };
    let mut tables = runs.finish(heads).map_err(|cause| on_disk(input, cause))?;
    let found =
        candidates(&mut tables, texts.len(), keep).map_err(|cause| on_disk(input, cause))?;
    drop((tables, outlines));
    progress.begin(Stage::Verify, found.pairs.len());
    let compared = (&rules.without_containment_keys(), &params.sources);
    let prints = |texts: &[u32]| {
        prints(
            &records,
            &input.keys,
            compared,
            texts.iter().map(|&text| item(text)),
        )
    };
    let alike = compare(
        texts.len(),
        found.pairs,
        &params.duplicates,
        progress,
        prints,
    )?;
    let edges = between_items(&texts, &alike);
    let links_among = |items: &[u32]| {
        let prints = prints(
            &items
                .iter()
                .filter_map(|&rank| texts.of(rank))
                .collect::<Vec<u32>>(),
        )?;
        Ok::<_, ReadError>(count_duplicate_pairs(
            &prints.iter().collect::<Vec<_>>(),
            &params.duplicates,
        ))
    };
    let id = |rank: u32| records.id(order[rank as usize]);
    let bounds = engine.constraints().bind((0..order.len() as u32).map(id));
    let roots = constrained_components(order.len(), &edges, &bounds).blocks;
    let ids = group_ids(id, &roots, GroupId::Duplicates);
    let mut summary = summary_of_copies(
        &roots,
        &edges,
        count_low_density_groups(&roots, links_among)?,
    );
    let too_short = (0..order.len() as u32)
        .filter(|&rank| texts.of(rank).is_none())
        .count();
    summary.counts = Counts {
        too_short,
        wordless,
        crowded: found.crowded,
    };
    Ok(Grouping {
        partition: Partition {
            items: order.iter().map(|&item| item as usize).zip(ids).collect(),
            edges,
            summary,
        },
        skipped,
        records,
    })
}

fn on_disk(input: &Input, cause: io::Error) -> ReadError {
    ReadError::Io {
        name: input.folder.display().to_string(),
        cause,
    }
}

/// What is known of the items that were read.
struct Sketches<'p> {
    sources: &'p SourceRules,
    sketcher: Sketcher,
    runs: Runs,
    /// The outlines; all keys are in the runs.
    blocks: Vec<Block>,
    digests: Vec<(u64, u32)>,
    wordless: usize,
}

impl Sketches<'_> {
    fn add(&mut self, first: u32, articles: &[Article<'_>]) -> io::Result<()> {
        let block = |scratch: &mut Scratch, (at, articles): (usize, &[Article<'_>])| {
            let first = first + (at * BLOCK) as u32;
            let item =
                |item: u32| ComparedItem::of(&articles[(item - first) as usize], self.sources);
            self.sketcher
                .whole(first..first + articles.len() as u32, item, scratch)
        };
        let made: Vec<[Block; 2]> = articles
            .par_chunks(BLOCK)
            .enumerate()
            .map_init(Scratch::default, block)
            .collect();
        for mut block in made.into_iter().flatten() {
            self.runs.write(&block)?;
            self.wordless += block.wordless;
            self.digests.append(&mut block.take_digests());
            block.forget_bands();
            (0..2).for_each(|field| block.forget_shingles(field));
            self.blocks.push(block);
        }
        Ok(())
    }
}

/// The items by id, then by all else that can differ.
fn canonical_order(records: &Records, keys: &Keys) -> Result<Vec<u32>, ReadError> {
    let count = records.len() as u32;
    let id = |item: u32| records.id(item).as_bytes();
    let first = if count > 0 { id(0) } else { b"" };
    let alike = |item: u32| {
        first
            .iter()
            .zip(id(item))
            .take_while(|(x, y)| x == y)
            .count()
    };
    let shared = (0..count).into_par_iter().map(alike).min().unwrap_or(0);
    let mut keyed: Vec<(u64, u32)> = (0..count)
        .into_par_iter()
        .map(|item| (leading(id(item), shared), item))
        .collect();
    keyed.par_sort_unstable_by(|x, y| {
        x.0.cmp(&y.0)
            .then_with(|| id(x.1).cmp(id(y.1)))
            .then(x.1.cmp(&y.1))
    });
    let mut order: Vec<u32> = keyed.into_iter().map(|(_, item)| item).collect();
    for same in order
        .chunk_by_mut(|&x, &y| id(x) == id(y))
        .filter(|same| same.len() > 1)
    {
        let lines: Vec<String> = same
            .iter()
            .map(|&item| records.line(item))
            .collect::<Result<_, _>>()?;
        let articles: Vec<Article<'_>> = lines
            .iter()
            .map(|line| records::parse(line, keys))
            .collect::<Result<_, _>>()?;
        let mut sorted: Vec<usize> = (0..same.len()).collect();
        sorted.sort_by(|&x, &y| articles[x].compare(&articles[y]));
        let sorted: Vec<u32> = sorted.into_iter().map(|at| same[at]).collect();
        same.copy_from_slice(&sorted);
    }
    Ok(order)
}

/// The different texts, of which the items go by their rank.
fn texts(order: &[u32], mut digests: Vec<(u64, u32)>) -> BatchTexts {
    let mut ranks = vec![0; order.len()];
    order
        .iter()
        .zip(0..)
        .for_each(|(&item, rank)| ranks[item as usize] = rank);
    digests
        .par_iter_mut()
        .for_each(|(_, item)| *item = ranks[*item as usize]);
    BatchTexts::new(order.len(), digests)
}

/// The prints of items that are compared with each other, read again.
fn prints(
    records: &Records,
    keys: &Keys,
    (rules, sources): (&Rules, &SourceRules),
    items: impl Iterator<Item = u32>,
) -> Result<Vec<Fingerprint>, ReadError> {
    let mut tokens = Tokens::default();
    let mut prints = Vec::new();
    for item in items {
        let line = records.line(item)?;
        let article = records::parse(&line, keys)?;
        prints.push(rules.fingerprint(&ComparedItem::of(&article, sources), &mut tokens));
    }
    Ok(prints)
}
