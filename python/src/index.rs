//! An index on disk as an object.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use arrow_array::{ArrayRef, Float64Array, Int64Array};
use pyo3::prelude::*;
use qissa::config::Config;
use qissa::index::{Decided, Kind, group_id};
use qissa::ingest::{self, Ingester, Sight};
use qissa::input::Keys;
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
    keep: Option<i64>,
    max_age: Option<i64>,
    keys: Keys,
    options: Options,
    ingester: Mutex<Option<Ingester>>,
}

type Open<'i> = MutexGuard<'i, Option<Ingester>>;

impl Index {
    fn lock(&self) -> Open<'_> {
        self.ingester.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the index, which is closed if that fails: what is in memory may then be
    /// ahead of the disk.
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
            let done = work(ingester);
            if done.is_err() {
                *open = None;
            }
            done
        })
    }

    fn closed(&self) -> PyErr {
        StoreError::new_err(format!("the index {} is closed", self.folder.display()))
    }

    fn kind(&self) -> Kind {
        Kind::from(self.config.level)
    }
}

fn open(
    folder: &Path,
    config: &Config,
    keep: Option<i64>,
    max_age: Option<i64>,
) -> PyResult<Ingester> {
    Ok(Ingester::open(folder, config, keep)
        .map_err(raised)?
        .with_max_age(max_age))
}

#[pymethods]
impl Index {
    /// Opens the index, or makes one; items that were not seen for `keep` seconds are dropped,
    /// items whose date is more than `max_age` seconds before they come for the first time are
    /// old.
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
            keep,
            max_age,
            keys,
            options,
            ingester: Mutex::new(Some(ingester)),
        })
    }

    /// Takes items in and says of each what it is; the rows are what `qissa dedup` adds to a
    /// record.
    fn add(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        let given = Given::of(data, self.keys.clone())?;
        let intake = data.py().detach(|| given.articles())?;
        let table = self.with(data.py(), |ingester| {
            let commit = ingester.take(&intake.articles, now()).map_err(raised)?;
            ingester.note_told().map_err(raised)?;
            let added = decided(&commit.decided, self.kind());
            Table::beside(&given, &intake.articles, added).map_err(unmade)
        })?;
        warn(data.py(), &intake.skipped)?;
        Ok(table)
    }

    /// Says what items would be, and keeps nothing of them.
    fn decide(&self, data: &Bound<'_, PyAny>) -> PyResult<Table> {
        let given = Given::of(data, self.keys.clone())?;
        let intake = data.py().detach(|| given.articles())?;
        self.with(data.py(), |ingester| {
            let sights = ingester.look(&intake.articles, now());
            let added = seen(&sights, |number| ingester.index().id(number), self.kind());
            Table::beside(&given, &intake.articles, added).map_err(unmade)
        })
    }

    /// Drops what was not seen for so many seconds; returns how many items.
    fn expire(&self, py: Python<'_>, keep: i64) -> PyResult<usize> {
        self.with(py, |ingester| {
            let dropped = ingester.drop_older(keep, now()).map_err(raised)?.expired;
            ingester.note_told().map_err(raised)?;
            Ok(dropped)
        })
    }

    /// Lets items go by their ids; returns how many went.
    fn forget(&self, py: Python<'_>, ids: Vec<String>) -> PyResult<usize> {
        py.detach(|| {
            let mut ingester = self.lock();
            if ingester.take().is_none() {
                return Err(self.closed());
            }
            let (forgotten, _) = ingest::forget(&self.folder, &ids).map_err(raised)?;
            *ingester = Some(open(&self.folder, &self.config, self.keep, self.max_age)?);
            Ok(forgotten)
        })
    }

    /// Closes it; others may write to it then.
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
    Arc::new(
        counts
            .map(|count| count.map(|count| count as i64))
            .collect::<Int64Array>(),
    )
}

fn owned(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<arrow_array::StringArray>())
}

fn decided(all: &[Decided], kind: Kind) -> Named {
    let rows: Vec<DecidedItem<'_>> = all
        .iter()
        .map(|decided| DecidedItem { decided, kind })
        .collect();
    arrays(&DecidedItem::COLUMNS, &rows)
}

fn seen<'i>(all: &'i [Sight], id: impl Fn(u64) -> &'i str, kind: Kind) -> Named {
    let like =
        |of: fn(&Decided) -> usize| counts(all.iter().map(move |one| one.like.as_ref().map(of)));
    let group = |kind: Kind, of: fn(&Decided) -> u64| {
        owned(
            all.iter()
                .map(move |one| one.like.as_ref().map(|like| group_id(kind, of(like)))),
        )
    };
    vec![
        (
            DECISION,
            texts(all.iter().map(|one| Some(one.decision.name()))),
        ),
        (
            "similar_id",
            texts(
                all.iter()
                    .map(|one| one.like.as_ref().map(|like| id(like.number))),
            ),
        ),
        (
            SIMILARITY,
            Arc::new(Float64Array::from_iter_values(
                all.iter().map(|one| one.similarity),
            )),
        ),
        (NEAR_DUP_ID, group(Kind::Duplicates, |like| like.near_dup.0)),
        (NEAR_DUP_SIZE, like(|like| like.near_dup.1)),
        (CLUSTER_ID, group(kind, |like| like.cluster.0)),
        (CLUSTER_SIZE, like(|like| like.cluster.1)),
        (
            CANONICAL_ID,
            texts(
                all.iter()
                    .map(|one| one.like.as_ref().map(|like| like.canonical.1.as_str())),
            ),
        ),
    ]
}
