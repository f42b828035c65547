//! The class `Index`: a persistent index.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray};
use pyo3::prelude::*;
use qissa::config::Config;
use qissa::index::{Arrival, GroupId, GroupKind, GroupSize, Outcome};
use qissa::ingest::{self, Ingester, Lookup};
use qissa::input::FieldNames;
use qissa::output::{
    CANONICAL_ID, CLUSTER_ID, CLUSTER_SIZE, DECISION, DecidedItem, NEAR_DUP_ID, NEAR_DUP_SIZE,
    SIMILARITY,
};

use crate::error::{StoreError, raised};
use crate::input::{Given, warn};
use crate::output::{Named, Table, arrays, texts};
use crate::run::{Options, unmade};

/// An index in a folder, open for writing until it is closed.
#[pyclass(frozen, module = "qissa._qissa")]
pub struct Index {
    folder: PathBuf,
    config: Config,
    retention: Option<i64>,
    max_age: Option<i64>,
    keys: FieldNames,
    options: Options,
    ingester: Mutex<Option<Ingester>>,
}

type Open<'i> = MutexGuard<'i, Option<Ingester>>;

impl Index {
    fn lock(&self) -> Open<'_> {
        self.ingester.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` on the index. A failure closes the index: its memory may be ahead of the disk.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Ingester) -> PyResult<T> + Send,
    ) -> PyResult<T> {
        self.options.run(py, || {
            let mut open = self.lock();
            let Some(ingester) = open.as_mut() else {
                return Err(self.closed());
            };
            let result = work(ingester);
            if result.is_err() {
                *open = None;
            }
            result
        })
    }

    fn closed(&self) -> PyErr {
        StoreError::new_err(format!("the index {} is closed", self.folder.display()))
    }

    fn kind(&self) -> GroupKind {
        GroupKind::from(self.config.level)
    }
}

fn open(
    folder: &Path,
    config: &Config,
    retention: Option<i64>,
    max_age: Option<i64>,
) -> PyResult<Ingester> {
    Ok(Ingester::open(folder, config, retention)
        .map_err(raised)?
        .with_max_age(max_age))
}

#[pymethods]
impl Index {
    /// Opens the index; creates it if there is none. Items are dropped `keep` seconds after they
    /// were last seen. New items whose date is more than `max_age` seconds ago are old.
    #[new]
    #[pyo3(signature = (folder, options, keep=None, max_age=None))]
    fn new(
        py: Python<'_>,
        folder: PathBuf,
        options: Options,
        keep: Option<i64>,
        max_age: Option<i64>,
    ) -> PyResult<Self> {
        let config = options.config_over(ingest::settings_of(&folder).map_err(raised)?)?;
        let ingester = py.detach(|| open(&folder, &config, keep, max_age))?;
        let keys = options.keys()?;
        Ok(Index {
            folder,
            config,
            retention: keep,
            max_age,
            keys,
            options,
            ingester: Mutex::new(Some(ingester)),
        })
    }

    /// Adds items. Returns the columns that `qissa dedup` adds to each record.
    fn add(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        let given = Given::of(data, self.keys.clone())?;
        let intake = data.py().detach(|| given.articles())?;
        let table = self.with(data.py(), |ingester| {
            let commit = ingester.add(&intake.articles, now()).map_err(raised)?;
            ingester.acknowledge_durably().map_err(raised)?;
            let added = outcome_columns(&commit.outcomes, self.kind());
            Table::beside(&given, &intake.articles, added).map_err(unmade)
        })?;
        warn(data.py(), &intake.skipped)?;
        Ok(table)
    }

    /// Decides about items without adding them.
    fn decide(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        let given = Given::of(data, self.keys.clone())?;
        let intake = data.py().detach(|| given.articles())?;
        self.with(data.py(), |ingester| {
            let lookups = ingester.classify(&intake.articles, now());
            let id = |item: Arrival| ingester.index().id(item);
            let added = lookup_columns(&lookups, id, self.kind());
            Table::beside(&given, &intake.articles, added).map_err(unmade)
        })
    }

    /// Drops items that were not seen for `keep` seconds. Returns the number of items dropped.
    fn expire(&self, py: Python<'_>, keep: i64) -> PyResult<usize> {
        self.with(py, |ingester| {
            let dropped = ingester.drop_older(keep, now()).map_err(raised)?.expired;
            ingester.acknowledge_durably().map_err(raised)?;
            Ok(dropped)
        })
    }

    /// Removes the items with these ids. Returns the number of items removed.
    fn forget(&self, py: Python<'_>, ids: Vec<String>) -> PyResult<usize> {
        py.detach(|| {
            let mut ingester = self.lock();
            if ingester.take().is_none() {
                return Err(self.closed());
            }
            let forgotten = ingest::forget(&self.folder, &ids).map_err(raised)?;
            let opened = open(&self.folder, &self.config, self.retention, self.max_age)?;
            *ingester = Some(opened);
            Ok(forgotten.items)
        })
    }

    /// Closes the index, so that other processes can write to it.
    fn close(&self) {
        *self.lock() = None;
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        py.detach(|| {
            self.lock()
                .as_ref()
                .map(|ingester| ingester.index().len())
                .ok_or_else(|| self.closed())
        })
    }
}

fn now() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs() as i64
}

fn counts(counts: impl Iterator<Item = Option<usize>>) -> ArrayRef {
    let counts = counts.map(|count| count.map(|count| count as i64));
    Arc::new(counts.collect::<Int64Array>())
}

fn group_ids(groups: impl Iterator<Item = Option<GroupId>>, kind: GroupKind) -> ArrayRef {
    let ids = groups.map(|group| group.map(|group| group.text(kind)));
    Arc::new(ids.collect::<StringArray>())
}

fn similarities(similarities: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(similarities))
}

/// The columns of [`Index::add`].
fn outcome_columns(outcomes: &[Outcome], kind: GroupKind) -> Named {
    let rows: Vec<DecidedItem<'_>> = outcomes
        .iter()
        .map(|outcome| DecidedItem { outcome, kind })
        .collect();
    arrays(&DecidedItem::COLUMNS, &rows)
}

/// The columns of [`Index::decide`]; null where no item of the index is near.
fn lookup_columns<'i>(
    lookups: &'i [Lookup],
    id: impl Fn(Arrival) -> Option<&'i str>,
    kind: GroupKind,
) -> Named {
    let nearest = || lookups.iter().map(|lookup| lookup.nearest.as_ref());
    let near_dups = || nearest().map(|row| row.map(|row| row.near_dup));
    let clusters = || nearest().map(|row| row.map(|row| row.cluster));
    let ids = |group: Option<GroupSize>| group.map(|group| group.id);
    let sizes = |group: Option<GroupSize>| group.map(|group| group.items);
    vec![
        (
            DECISION,
            texts(lookups.iter().map(|lookup| Some(lookup.decision.name()))),
        ),
        (
            "similar_id",
            texts(nearest().map(|row| row.and_then(|row| id(row.arrival)))),
        ),
        (
            SIMILARITY,
            similarities(lookups.iter().map(|lookup| lookup.similarity)),
        ),
        (
            NEAR_DUP_ID,
            group_ids(near_dups().map(ids), GroupKind::Duplicates),
        ),
        (NEAR_DUP_SIZE, counts(near_dups().map(sizes))),
        (CLUSTER_ID, group_ids(clusters().map(ids), kind)),
        (CLUSTER_SIZE, counts(clusters().map(sizes))),
        (
            CANONICAL_ID,
            texts(nearest().map(|row| row.map(|row| row.canonical.id.as_str()))),
        ),
    ]
}
