//! Duplicates of more items than memory holds: the pipeline of duplicates with the disk driver.
//!
//! Input: files of JSON lines. Output: the groups and group ids of the same items in memory. Keys
//! go to temporary files without a name, which vanish with the process however it ends. Memory
//! holds the place, id, digest and bitmaps of each item; records are read again for verification.
//! Cost: about 60 bytes of memory per item and its id, 140 bytes of disk per title.

mod estimate;
mod records;
mod runs;

use std::io;
use std::path::PathBuf;

use rayon::prelude::*;

use crate::article::Article;
use crate::blocking::{
    BitmapChunk, BitmapFilter, Candidates, Exemplars, Scratch, Sketch, Sketcher, UniqueTexts,
    by_field, candidates,
};
use crate::cluster::constrained_components;
use crate::clustering::{Counts, GroupId, Partition, Summary};
use crate::config::Params;
use crate::ids::{DenseId, DocId, IdVec, ItemId, PerField, TextId};
use crate::input::{FieldNames, ReadError, RejectedRecord};
use crate::pipeline::{
    Engine, FingerprintSource, Progress, Stage, Verification, between_items, count_duplicate_pairs,
    count_low_density_groups, group_ids, key_maker, leading, rules, summary_of_duplicates,
    too_short,
};
use crate::source_rules::SourceRules;
use crate::text::Tokens;
use crate::verify::{ComparedItem, DuplicateVerifier, Edge, Fingerprint, Rules};

pub use estimate::ResourceEstimate;
use records::Records;
use runs::KeyWriter;

/// Where items are read from and keys are written to.
#[derive(Debug, Clone)]
pub struct FileBatch {
    /// Files of one JSON object per line, in UTF-8 and not compressed.
    pub files: Vec<PathBuf>,
    /// Names of the fields.
    pub field_names: FieldNames,
    /// Folder for temporary files.
    pub folder: PathBuf,
}

impl FileBatch {
    fn disk_error(&self, source: io::Error) -> ReadError {
        ReadError::Io {
            name: self.folder.display().to_string(),
            source,
        }
    }
}

/// The groups of the items of files.
#[derive(Debug)]
pub struct Grouping {
    /// The groups. Items are numbered by position in all files.
    pub partition: Partition,
    /// The records that could not be read.
    pub skipped: Vec<RejectedRecord>,
    records: Records,
}

impl Grouping {
    /// The id of an item.
    pub fn id(&self, position: usize) -> &str {
        self.records.id(ItemId(position as u32))
    }
}

/// Number of items that a thread sketches at a time.
const SHARE: usize = 1 << 13;

/// Groups the items of files into duplicates.
///
/// # Errors
/// [`ReadError`] if a file cannot be read, is not UTF-8 or does not consist of records in lines, or
/// if the folder for temporary files cannot be written.
pub fn duplicates(
    engine: &Engine,
    input: &FileBatch,
    progress: &dyn Progress,
) -> Result<Grouping, ReadError> {
    let params = engine.params();
    progress.begin(Stage::Shingle, 0);
    let (records, skipped, mut sketches) = Sketches::read(input, params, progress)?;
    let digests = std::mem::take(&mut sketches.digests);
    let batch = Batch::new(records, digests, &input.field_names, params)?;
    progress.begin(Stage::Sign, 0);
    let wordless = sketches.wordless;
    let found = batch
        .candidates(sketches)
        .map_err(|error| input.disk_error(error))?;
    progress.begin(Stage::Verify, found.pairs.len());
    let counts = Counts {
        too_short: too_short(&batch.texts, batch.order.len()),
        wordless,
        crowded: found.oversized,
    };
    let edges = batch.edges(found, progress)?;
    Ok(Grouping {
        partition: batch.partition(engine, edges, counts)?,
        skipped,
        records: batch.records,
    })
}

/// The sketches of the items read so far. Keys are on disk.
struct Sketches<'p> {
    sources: &'p SourceRules,
    sketcher: Sketcher,
    keys: KeyWriter,
    bitmaps: Vec<PerField<BitmapChunk<ItemId>>>,
    digests: Vec<(u64, ItemId)>,
    /// Number of items without words that can be compared.
    wordless: usize,
}

impl<'p> Sketches<'p> {
    /// Reads and sketches all items.
    fn read(
        input: &FileBatch,
        params: &'p Params,
        progress: &dyn Progress,
    ) -> Result<(Records, Vec<RejectedRecord>, Self), ReadError> {
        let mut sketches = Sketches::new(input, params)?;
        let (records, skipped) = Records::read(input, |first, articles| {
            progress.advance(articles.len());
            sketches
                .add(first, articles)
                .map_err(|cause| input.disk_error(cause))
        })?;
        Ok((records, skipped, sketches))
    }

    fn new(input: &FileBatch, params: &'p Params) -> Result<Self, ReadError> {
        Ok(Sketches {
            sources: &params.sources,
            sketcher: Sketcher::new(key_maker(params), rules(params)),
            keys: KeyWriter::new(&input.folder).map_err(|error| input.disk_error(error))?,
            bitmaps: Vec::new(),
            digests: Vec::new(),
            wordless: 0,
        })
    }

    /// Sketches the items from `first` on.
    fn add(&mut self, first: ItemId, articles: &[Article<'_>]) -> io::Result<()> {
        let (sketcher, sources) = (&self.sketcher, self.sources);
        let sketches: Vec<[Sketch<ItemId>; 2]> = articles
            .par_chunks(SHARE)
            .enumerate()
            .map_init(Scratch::default, |scratch, (at, articles)| {
                let first = first.0 + (at * SHARE) as u32;
                let items = first..first + articles.len() as u32;
                let subject =
                    |item: ItemId| ComparedItem::of(&articles[(item.0 - first) as usize], sources);
                sketcher.share(items, subject, scratch)
            })
            .collect();
        for mut sketch in sketches.into_iter().flatten() {
            self.keys.write(&sketch.keys)?;
            self.digests.append(&mut sketch.digests);
            self.bitmaps.push(sketch.bitmaps);
            self.wordless += sketch.wordless;
        }
        Ok(())
    }
}

/// The items in canonical order: by id, then by everything else that can differ.
fn canonical_order(
    records: &Records,
    keys: &FieldNames,
) -> Result<IdVec<DocId, ItemId>, ReadError> {
    let mut order = order_by_id(records);
    for items in order.chunk_by_mut(|&x, &y| records.id(x) == records.id(y)) {
        if items.len() > 1 {
            sort_by_content(items, records, keys)?;
        }
    }
    Ok(order.into())
}

/// The items by id, then by position. Ids are compared by the eight bytes after their common
/// prefix first.
fn order_by_id(records: &Records) -> Vec<ItemId> {
    let count = records.len() as u32;
    let id = |item: u32| records.id(ItemId(item)).as_bytes();
    let first = if count > 0 { id(0) } else { b"" };
    let prefix = (0..count)
        .into_par_iter()
        .map(|item| common_prefix(first, id(item)))
        .min()
        .unwrap_or(0);
    let mut keyed: Vec<(u64, u32)> = (0..count)
        .into_par_iter()
        .map(|item| (leading(id(item), prefix), item))
        .collect();
    keyed.par_sort_unstable_by(|x, y| {
        x.0.cmp(&y.0)
            .then_with(|| id(x.1).cmp(id(y.1)))
            .then(x.1.cmp(&y.1))
    });
    keyed.into_iter().map(|(_, item)| ItemId(item)).collect()
}

/// Length of the common prefix of two byte strings.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

/// Sorts items of equal id by content. The content is read again.
fn sort_by_content(
    items: &mut [ItemId],
    records: &Records,
    keys: &FieldNames,
) -> Result<(), ReadError> {
    let mut lines = Vec::with_capacity(items.len());
    for &item in &*items {
        lines.push((records.line(item)?, item));
    }
    let mut articles = Vec::with_capacity(items.len());
    for (line, item) in &lines {
        articles.push((records::parse(line, keys)?, *item));
    }
    articles.sort_by(|x, y| x.0.compare(&y.0));
    for (place, (_, item)) in items.iter_mut().zip(articles) {
        *place = item;
    }
    Ok(())
}

/// The unique texts of a batch, given the digests of its items.
fn unique_texts(order: &IdVec<DocId, ItemId>, digests: Vec<(u64, ItemId)>) -> UniqueTexts {
    let mut docs: IdVec<ItemId, DocId> = IdVec::filled(DocId(0), order.len());
    for (doc, &item) in order.iter() {
        docs[item] = doc;
    }
    let digests = digests
        .into_par_iter()
        .map(|(digest, item)| (digest, docs[item]))
        .collect();
    UniqueTexts::new(order.len(), digests)
}

/// A batch whose records are on disk.
struct Batch<'b> {
    records: Records,
    keys: &'b FieldNames,
    rules: Rules,
    sources: &'b SourceRules,
    verifier: &'b DuplicateVerifier,
    order: IdVec<DocId, ItemId>,
    texts: UniqueTexts,
}

impl<'b> Batch<'b> {
    fn new(
        records: Records,
        digests: Vec<(u64, ItemId)>,
        keys: &'b FieldNames,
        params: &'b Params,
    ) -> Result<Self, ReadError> {
        let order = canonical_order(&records, keys)?;
        Ok(Batch {
            texts: unique_texts(&order, digests),
            records,
            keys,
            rules: rules(params).without_containment_keys(),
            sources: &params.sources,
            verifier: &params.duplicates,
            order,
        })
    }

    fn id(&self, doc: DocId) -> &str {
        self.records.id(self.order[doc])
    }

    /// The candidate pairs of texts.
    fn candidates(&self, sketches: Sketches<'_>) -> io::Result<Candidates> {
        let exemplar = |text| (self.order[self.texts.exemplar(text)], text);
        let exemplars = Exemplars::new(self.order.len(), self.texts.ids().map(exemplar));
        let bitmaps: Vec<PerField<BitmapChunk<TextId>>> = sketches
            .bitmaps
            .into_par_iter()
            .map(|bitmaps| bitmaps.map(|chunk| chunk.keep_exemplars(&exemplars)))
            .collect();
        let filter = BitmapFilter::new(by_field(bitmaps), self.texts.len(), *self.verifier);
        let keys = sketches.keys.finish(exemplars)?;
        candidates(keys, self.texts.len(), &filter)
    }

    /// The edges between items.
    fn edges(&self, found: Candidates, progress: &dyn Progress) -> Result<Vec<Edge>, ReadError> {
        let verification = Verification {
            texts: self.texts.len(),
            fingerprints: self,
            verifier: self.verifier,
            progress,
        };
        let text_edges = verification.edges(found.pairs)?;
        Ok(between_items(&self.texts, &text_edges))
    }

    /// The groups of the items, given the edges between them.
    fn partition(
        &self,
        engine: &Engine,
        edges: Vec<Edge>,
        counts: Counts,
    ) -> Result<Partition, ReadError> {
        let ids = self.order.ids().map(|doc| self.id(doc));
        let constraints = engine.constraints().bind(ids);
        let roots = constrained_components(self.order.len(), &edges, &constraints).blocks;
        let ids = group_ids(|doc| self.id(DocId(doc)), &roots, GroupId::Duplicates);
        let positions = self.order.values().iter().map(|item| item.index());
        let low_density = count_low_density_groups(&roots, |items| self.links_among(items))?;
        Ok(Partition {
            items: positions.zip(ids).collect(),
            summary: Summary {
                counts,
                ..summary_of_duplicates(&roots, &edges, low_density)
            },
            edges,
        })
    }

    /// Number of duplicate pairs among `items`.
    fn links_among(&self, items: &[u32]) -> Result<usize, ReadError> {
        let texts: Vec<TextId> = items
            .iter()
            .filter_map(|&doc| self.texts.text(DocId(doc)))
            .collect();
        let fingerprints = self.fingerprints(&texts)?;
        let fingerprints: Vec<&Fingerprint> = fingerprints.iter().collect();
        Ok(count_duplicate_pairs(&fingerprints, self.verifier))
    }
}

impl FingerprintSource for Batch<'_> {
    type Error = ReadError;

    fn fingerprints(&self, texts: &[TextId]) -> Result<Vec<Fingerprint>, ReadError> {
        let mut tokens = Tokens::default();
        let mut fingerprints = Vec::with_capacity(texts.len());
        for &text in texts {
            let line = self.records.line(self.order[self.texts.exemplar(text)])?;
            let article = records::parse(&line, self.keys)?;
            let subject = ComparedItem::of(&article, self.sources);
            fingerprints.push(self.rules.fingerprint(&subject, &mut tokens));
        }
        Ok(fingerprints)
    }
}
