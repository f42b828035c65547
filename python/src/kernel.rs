//! Steps of a distributed run. Each method is a function of one partition of rows and keeps no
//! state, so that a partition can be recomputed.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{Int8Builder, Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BinaryArray, Int32Array, Int64Array, RecordBatch};
use arrow_cast::cast;
use arrow_schema::DataType;
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use qissa::blocking::{
    Collision, MIN_COLLISIONS, Scratch, Sketcher, StreamEntry, split, split_order,
};
use qissa::clustering::{GroupId, Placement};
use qissa::ids::{CandidatePair, DenseId, DocId, Field, TableId};
use qissa::input::FieldNames;
use qissa::pipeline::group_hash;
use qissa::text::Tokens;
use qissa::verify::Fingerprint;
use qissa::{Article, Engine};

use crate::error::InputError;
use crate::input::{Given, column_map};
use crate::output::{Named, Table, placed, texts};
use crate::run::{Options, unmade};

/// The functions of a worker.
#[pyclass(frozen, module = "qissa._qissa")]
pub struct Kernel {
    engine: Engine,
    sketcher: Sketcher,
    keys: FieldNames,
}

/// Digests as signed numbers in the same order, as Spark has no unsigned integers.
fn signed(digest: u64) -> i64 {
    (digest ^ (1 << 63)) as i64
}

/// Multiplier that spreads the tables of equal keys over parts.
const SPREAD: u32 = 0x9e37_79b1;

/// An entry in bytes.
fn packed(entry: StreamEntry) -> [u8; 16] {
    let flags = u64::from(entry.probes) << 63 | u64::from(entry.is_full) << 62;
    let bucket = flags | u64::from(entry.table.0) << 32 | u64::from(entry.key);
    (u128::from(entry.text) << 64 | u128::from(bucket)).to_le_bytes()
}

fn unpacked(bytes: &[u8; 16]) -> StreamEntry {
    let number = u128::from_le_bytes(*bytes);
    let (bucket, text) = (number as u64, (number >> 64) as u64);
    let (probes, is_full) = (bucket >> 63 == 1, bucket >> 62 & 1 == 1);
    StreamEntry {
        table: TableId((bucket >> 32) as u32 & (u32::MAX >> 2)),
        key: bucket as u32,
        text,
        probes,
        is_full,
    }
}

/// Internal columns.
const ID: &str = "qissa_id";
const REPEAT: &str = "qissa_repeat";
const DIGEST: &str = "qissa_digest";
const GROUP: &str = "qissa_group";
const TIME: &str = "qissa_time";
const STORY: &str = "qissa_story";

/// The record batches of a table.
fn rows(data: &Bound<'_, PyAny>) -> PyResult<Vec<RecordBatch>> {
    let table: AnyRecordBatch = data.extract()?;
    Ok(table.into_table()?.into_inner().0)
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> PyResult<&'b ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| InputError::new_err(format!("the share has no column {name:?}")))
}

#[pymethods]
impl Kernel {
    /// Minimum number of containment collisions of a candidate pair.
    #[classattr]
    const TIMES: usize = MIN_COLLISIONS;

    #[new]
    fn new(options: Options) -> PyResult<Self> {
        let engine = options.engine()?;
        Ok(Kernel {
            sketcher: engine.sketcher(),
            keys: options.keys()?,
            engine,
        })
    }

    /// The columns that are read.
    fn columns(&self, names: Vec<String>) -> PyResult<Vec<String>> {
        Ok(column_map("the frame", &names, &self.keys)?
            .columns()
            .into_iter()
            .map(|at| names[at].clone())
            .collect())
    }

    /// Whether a column holds ids.
    fn has_ids(&self, names: Vec<String>) -> PyResult<bool> {
        Ok(column_map("the frame", &names, &self.keys)?.has_ids())
    }

    /// Maximum days between two items with an edge in a story; 0 for no limit.
    fn window(&self) -> f64 {
        self.engine.params().stories.window_days
    }

    /// The rows with ids, given or generated, and times of publication in seconds since 1970.
    fn identify(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        self.beside(data, |articles| {
            let times = articles
                .iter()
                .map(|article| article.published.map(|when| when.0));
            vec![
                (ID, texts(articles.iter().map(|article| Some(&*article.id)))),
                (TIME, Arc::new(times.collect::<Int64Array>())),
            ]
        })
    }

    /// The rows with the number of preceding rows with the same id, and the digest of the
    /// fingerprint; null if a row is too short. Rows must be sorted by id, and all rows of an id
    /// must be in one partition.
    fn number(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        self.beside(data, |articles| {
            let mut order: Vec<usize> = (0..articles.len()).collect();
            order.sort_by(|&a, &b| articles[a].compare(&articles[b]).then(a.cmp(&b)));
            let mut repeats = vec![0; articles.len()];
            for pair in order.windows(2) {
                if articles[pair[0]].id == articles[pair[1]].id {
                    repeats[pair[1]] = repeats[pair[0]] + 1;
                }
            }
            let mut tokens = Tokens::default();
            let digests = articles
                .iter()
                .map(|article| self.engine.digest(article, &mut tokens).map(signed));
            vec![
                (REPEAT, Arc::new(Int32Array::from(repeats))),
                (DIGEST, Arc::new(digests.collect::<Int64Array>())),
            ]
        })
    }

    /// The blocking keys of texts, hash-partitioned: one row a part, with its keys in one binary
    /// value. All keys of a bucket are in one part.
    fn sketch(&self, data: &Bound<'_, PyAny>, parts: usize) -> PyResult<Table> {
        let given = Given::of(data, self.keys.clone())?;
        data.py().detach(|| {
            let intake = given.articles()?;
            let articles = &intake.articles;
            let subject = |item: DocId| self.engine.subject(&articles[item.index()]);
            let items = 0..articles.len() as u32;
            let sketches = self.sketcher.share(items, subject, &mut Scratch::default());
            let mut is_full = vec![false; articles.len()];
            for item in sketches[0].full_texts() {
                is_full[item.index()] = true;
            }
            let mut digests = vec![0; articles.len()];
            for &(digest, item) in &sketches[0].digests {
                digests[item.index()] = digest;
            }
            let stream = self.engine.key_maker().collision_stream();
            let mut dealt: Vec<Vec<u8>> = vec![Vec::new(); parts.max(1)];
            for (sketch, field) in sketches
                .iter()
                .flat_map(|sketch| Field::ALL.map(|field| (sketch, field)))
            {
                for (table, posting) in stream.keys(&sketch.keys[field], field) {
                    let spread = table.0.wrapping_mul(SPREAD);
                    let part = posting.key.wrapping_add(spread) as usize % dealt.len();
                    let entry = StreamEntry {
                        table,
                        key: posting.key,
                        text: digests[posting.owner.index()],
                        probes: posting.probes,
                        is_full: is_full[posting.owner.index()],
                    };
                    dealt[part].extend_from_slice(&packed(entry));
                }
            }
            let filled = || {
                dealt
                    .iter()
                    .enumerate()
                    .filter(|(_, keys)| !keys.is_empty())
            };
            let columns: Named = vec![
                (
                    "part",
                    Arc::new(Int32Array::from_iter_values(
                        filled().map(|(part, _)| part as i32),
                    )),
                ),
                (
                    "keys",
                    Arc::new(BinaryArray::from_iter_values(
                        filled().map(|(_, keys)| keys),
                    )),
                ),
            ];
            Table::new(columns).map_err(unmade)
        })
    }

    /// The collisions of the keys of one or several parts.
    fn meet(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        let batches = rows(data)?;
        data.py().detach(|| {
            let mut entries = Vec::new();
            for batch in &batches {
                let dealt = cast(column(batch, "keys")?, &DataType::LargeBinary).map_err(unmade)?;
                let dealt = dealt.as_binary::<i64>().iter().flatten();
                entries.extend(dealt.flat_map(|keys| keys.as_chunks().0).map(unpacked));
            }
            entries.sort_unstable();
            let (mut places, mut askers, mut met) =
                (Int8Builder::new(), Int64Builder::new(), Int64Builder::new());
            let mut emit = |collision: Collision<u64>| {
                places.append_value(collision.kind.code() as i8);
                askers.append_value(signed(collision.probe));
                met.append_value(signed(collision.indexed));
            };
            let mut stream = self.engine.key_maker().collision_stream();
            for entry in entries {
                stream.push(entry, &mut emit);
            }
            stream.finish(&mut emit);
            let columns: Named = vec![
                ("place", Arc::new(places.finish())),
                ("asker", Arc::new(askers.finish())),
                ("met", Arc::new(met.finish())),
            ];
            Table::new(columns).map_err(unmade)
        })
    }

    /// The rows of one time window with their stories.
    fn tell(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        self.beside(data, |articles| {
            let report = self.engine.group(articles);
            let story = |place: &Placement| match place.cluster {
                GroupId::Story(hash) | GroupId::Duplicates(hash) => hash as i64,
            };
            let stories = Int64Array::from_iter_values(report.placements.iter().map(story));
            [
                vec![(STORY, Arc::new(stories) as ArrayRef)],
                placed(articles, &report),
            ]
            .concat()
        })
    }

    /// The rows with group ids, given the first items of the groups.
    fn name(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        let Given::Table(rows) = Given::of(data, self.keys.clone())? else {
            return Err(no_table());
        };
        data.py().detach(|| {
            let near = named(&rows.batches, "near_dup", GroupId::Duplicates)?;
            let cluster = named(&rows.batches, "cluster", GroupId::Story)?;
            Table::wider(&rows, vec![("near_dup_id", near), ("cluster_id", cluster)])
                .map_err(unmade)
        })
    }

    /// The verified pairs among pairs of digests. `first` and `second` hold the rows of the two
    /// texts of each pair.
    fn verify(
        &self,
        data: &Bound<'_, PyAny>,
        first: &Bound<'_, PyAny>,
        second: &Bound<'_, PyAny>,
    ) -> PyResult<Table> {
        let batches = rows(data)?;
        let (first, second) = (
            Given::of(first, self.keys.clone())?,
            Given::of(second, self.keys.clone())?,
        );
        data.py().detach(|| {
            let (first, second) = (first.articles()?.articles, second.articles()?.articles);
            let mut tokens = Tokens::default();
            let mut fingerprints = HashMap::new();
            let (mut a, mut b) = (Int64Builder::new(), Int64Builder::new());
            let mut pairs = first.iter().zip(&second);
            for batch in &batches {
                let sides = [column(batch, "a")?, column(batch, "b")?]
                    .map(|side| side.as_primitive::<Int64Type>());
                for (row, (one, other)) in (0..batch.num_rows()).zip(&mut pairs) {
                    let digests = sides.map(|side| side.value(row));
                    for (digest, article) in digests.into_iter().zip([one, other]) {
                        fingerprints.entry(digest).or_insert_with(|| {
                            self.engine
                                .fingerprint(article, &mut tokens)
                                .unwrap_or_default()
                        });
                    }
                    let edge = CandidatePair::new(0, 1).and_then(|pair| {
                        self.engine.params().duplicates.verify(
                            pair,
                            &fingerprints[&digests[0]],
                            &fingerprints[&digests[1]],
                        )
                    });
                    if edge.is_some() {
                        a.append_value(digests[0]);
                        b.append_value(digests[1]);
                    }
                }
            }
            Table::new(vec![
                ("a", Arc::new(a.finish())),
                ("b", Arc::new(b.finish())),
            ])
            .map_err(unmade)
        })
    }

    /// The digest of each text and the smallest digest of its group, given whole components. Chains
    /// are split into several groups.
    fn split(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        let given = Given::of(data, self.keys.clone())?;
        let Given::Table(rows) = &given else {
            return Err(no_table());
        };
        data.py().detach(|| {
            let articles = given.articles()?.articles;
            let numbers = |name: &str| -> PyResult<Vec<i64>> {
                let columns = rows.batches.iter().map(|batch| column(batch, name));
                let columns: Vec<&ArrayRef> = columns.collect::<PyResult<_>>()?;
                Ok(columns
                    .iter()
                    .flat_map(|column| column.as_primitive::<Int64Type>().values().iter().copied())
                    .collect())
            };
            let (digests, components) = (numbers(DIGEST)?, numbers(GROUP)?);
            let mut tokens = Tokens::default();
            let mut groups = Vec::with_capacity(digests.len());
            let places: Vec<usize> = (0..digests.len()).collect();
            for component in places.chunk_by(|&x, &y| components[x] == components[y]) {
                let fingerprint = |&at: &usize| {
                    self.engine
                        .fingerprint(&articles[at], &mut tokens)
                        .unwrap_or_default()
                };
                let fingerprints: Vec<Fingerprint> = component.iter().map(fingerprint).collect();
                let first = component[0];
                groups.extend(
                    self.split_component(&fingerprints, &digests[first..first + component.len()]),
                );
            }
            let columns: Named = vec![
                (DIGEST, Arc::new(Int64Array::from(digests))),
                (GROUP, Arc::new(Int64Array::from(groups))),
            ];
            Table::new(columns).map_err(unmade)
        })
    }

    /// The rows of whole groups with canonical items and names. Rows must be sorted by group, id
    /// and repeat, as the first row of a group gives the group its id. A row without a group is a
    /// singleton.
    fn place(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        let given = Given::of(data, self.keys.clone())?;
        let Given::Table(rows) = &given else {
            return Err(no_table());
        };
        data.py().detach(|| {
            let articles = given.articles()?.articles;
            let groups = group_ids(&rows.batches)?;
            let report = self.engine.place(&articles, &groups);
            Table::beside(&given, &articles, placed(&articles, &report)).map_err(unmade)
        })
    }
}

fn no_table() -> PyErr {
    InputError::new_err("a share is a table")
}

/// The ids of groups, given their first items.
fn named(batches: &[RecordBatch], group: &str, kind: fn(u64) -> GroupId) -> PyResult<ArrayRef> {
    let mut ids = StringBuilder::new();
    for batch in batches {
        let roots =
            cast(column(batch, &format!("{group}_root"))?, &DataType::Utf8).map_err(unmade)?;
        let repeats = column(batch, &format!("{group}_repeat"))?.as_primitive::<Int32Type>();
        for (root, repeat) in roots.as_string::<i32>().iter().zip(repeats.values()) {
            ids.append_value(
                kind(group_hash(root.unwrap_or_default(), *repeat as u32)).to_string(),
            );
        }
    }
    Ok(Arc::new(ids.finish()))
}

/// The id of each row's group.
fn group_ids(batches: &[RecordBatch]) -> PyResult<Vec<GroupId>> {
    let mut ids = Vec::new();
    let mut last = None;
    for batch in batches {
        let names = cast(column(batch, ID)?, &DataType::Utf8).map_err(unmade)?;
        let (names, repeats) = (
            names.as_string::<i32>(),
            column(batch, REPEAT)?.as_primitive::<Int32Type>(),
        );
        let groups = column(batch, GROUP)?.as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let group = groups.is_valid(row).then(|| groups.value(row));
            let id = match last {
                Some((one, id)) if group == Some(one) => id,
                _ => GroupId::Duplicates(group_hash(names.value(row), repeats.value(row) as u32)),
            };
            last = group.map(|one| (one, id));
            ids.push(id);
        }
    }
    Ok(ids)
}

impl Kernel {
    /// The smallest digest of the group of each text of a component.
    fn split_component(&self, fingerprints: &[Fingerprint], digests: &[i64]) -> Vec<i64> {
        let mut order: Vec<u32> = (0..fingerprints.len() as u32).collect();
        order.sort_by_cached_key(|&at| split_order(&fingerprints[at as usize]));
        let verifier = &self.engine.params().duplicates;
        let fingerprint = |at: u32| &fingerprints[at as usize];
        let are_copies = |a: u32, b: u32| {
            verifier
                .decide(fingerprint(a), fingerprint(b))
                .kind
                .is_some()
        };
        let groups = split(&order, |at| fingerprint(at).context.copy_scope, are_copies);
        let mut least = vec![0; fingerprints.len()];
        for group in groups {
            let first = group
                .iter()
                .map(|&at| digests[at as usize])
                .min()
                .unwrap_or_default();
            group.iter().for_each(|&at| least[at as usize] = first);
        }
        least
    }

    /// The rows with more columns, computed from the articles.
    fn beside(
        &self,
        data: &Bound<'_, PyAny>,
        columns: impl Fn(&[Article<'_>]) -> Named + Sync,
    ) -> PyResult<Table> {
        let given = Given::of(data, self.keys.clone())?;
        data.py().detach(|| match &given {
            Given::Table(rows) => {
                Table::wider(rows, columns(&given.articles()?.articles)).map_err(unmade)
            }
            _ => Err(no_table()),
        })
    }
}
