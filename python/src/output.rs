//! Placements in, columns out: those of the command line's Parquet files, by the same names and of
//! the same types.

use std::fmt::Display;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    StructArray, TimestampMillisecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};
use qissa::Article;
use qissa::clustering::{Placement, Report};
use qissa::output::Answered;
use rayon::prelude::*;

use crate::input::{Columns, Given};

/// Rows in columns, which any reader of Arrow takes without a copy.
#[pyclass(frozen, module = "qissa._qissa")]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

#[pymethods]
impl Table {
    /// How many rows there are.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    /// The schema by the Arrow PyCapsule interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.schema.as_ref())
    }

    /// The rows by the Arrow PyCapsule interface.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        let field = Field::new_struct("", self.schema.fields().clone(), false);
        let field = Arc::new(field.with_metadata(self.schema.metadata().clone()));
        let arrays: Vec<Result<ArrayRef, ArrowError>> = self
            .batches
            .iter()
            .map(|batch| Ok(Arc::new(StructArray::from(batch.clone())) as ArrayRef))
            .collect();
        to_stream_pycapsule(
            py,
            Box::new(ArrayIterator::new(arrays, field)),
            requested_schema,
        )
    }
}

/// Columns by their names.
pub type Named = Vec<(&'static str, ArrayRef)>;

impl Table {
    /// A table of these columns.
    pub fn new(columns: Named) -> Result<Self, ArrowError> {
        let field =
            |(name, column): &(&str, ArrayRef)| Field::new(*name, column.data_type().clone(), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        Ok(Table {
            batches: vec![RecordBatch::try_new(schema.clone(), columns)?],
            schema,
        })
    }

    /// What was given with these columns beside it, in place of any of their names: of a table its
    /// own columns, of files and objects what was read.
    pub fn beside(
        given: &Given,
        articles: &[Article<'_>],
        added: Named,
    ) -> Result<Self, ArrowError> {
        let Given::Table(columns) = given else {
            return Table::new([item_columns(articles), added].concat());
        };
        let ids = if columns.has_ids() {
            Vec::new()
        } else {
            vec![ids(articles)]
        };
        Table::wider(columns, [ids, added].concat())
    }

    /// A table with these columns beside its own, in place of any of their names.
    pub fn wider(columns: &Columns, added: Named) -> Result<Self, ArrowError> {
        let kept: Vec<usize> = (0..columns.schema.fields().len())
            .filter(|&at| {
                added
                    .iter()
                    .all(|(name, _)| columns.schema.field(at).name() != name)
            })
            .collect();
        let own = columns.schema.project(&kept)?;
        let new = added
            .iter()
            .map(|(name, column)| Arc::new(Field::new(*name, column.data_type().clone(), true)));
        let schema = Arc::new(Schema::new_with_metadata(
            own.fields().iter().cloned().chain(new).collect::<Vec<_>>(),
            columns.schema.metadata().clone(),
        ));
        let mut start = 0;
        let mut batches = Vec::with_capacity(columns.batches.len());
        for batch in &columns.batches {
            let rows = batch.num_rows();
            let own = kept.iter().map(|&at| batch.column(at).clone());
            let new = added.iter().map(|(_, column)| column.slice(start, rows));
            batches.push(RecordBatch::try_new(
                schema.clone(),
                own.chain(new).collect(),
            )?);
            start += rows;
        }
        Ok(Table { schema, batches })
    }
}

fn ids(articles: &[Article<'_>]) -> (&'static str, ArrayRef) {
    (
        "id",
        texts(articles.iter().map(|article| Some(&*article.id))),
    )
}

/// What was read of each item.
fn item_columns(articles: &[Article<'_>]) -> Named {
    let moment =
        |article: &Article<'_>| article.published.and_then(|when| when.0.checked_mul(1000));
    let moments: TimestampMillisecondArray = articles.iter().map(moment).collect();
    vec![
        ids(articles),
        (
            "title",
            texts(articles.iter().map(|article| Some(&*article.title))),
        ),
        (
            "content_text",
            texts(articles.iter().map(|article| Some(&*article.text))),
        ),
        (
            "url",
            texts(articles.iter().map(|article| article.url.as_deref())),
        ),
        (
            "source",
            texts(articles.iter().map(|article| article.source.as_deref())),
        ),
        ("date_published", Arc::new(moments.with_timezone("UTC"))),
    ]
}

/// A column of texts.
pub fn texts<'t>(texts: impl Iterator<Item = Option<&'t str>>) -> ArrayRef {
    Arc::new(texts.collect::<StringArray>())
}

/// Where each item was placed.
pub fn placed(articles: &[Article<'_>], report: &Report) -> Named {
    let answered = Answered { articles, report };
    let places = &report.placements;
    type Column<'c> = (&'static str, Box<dyn Fn() -> ArrayRef + Send + Sync + 'c>);
    let columns: Vec<Column<'_>> = vec![
        (
            "near_dup_id",
            Box::new(|| shown(places.iter().map(|place| place.near_dup))),
        ),
        (
            "near_dup_size",
            Box::new(|| counts(places, |place| place.near_dup_size)),
        ),
        (
            "cluster_id",
            Box::new(|| shown(places.iter().map(|place| place.cluster))),
        ),
        (
            "cluster_size",
            Box::new(|| counts(places, |place| place.cluster_size)),
        ),
        (
            "cluster_label",
            Box::new(|| {
                texts(places.iter().map(|place| {
                    Some(
                        answered
                            .label(place)
                            .map_or("", |label| label.text.as_str()),
                    )
                }))
            }),
        ),
        (
            "cluster_keywords",
            Box::new(|| {
                lists(places, |place, list| {
                    let label = answered.label(place);
                    label
                        .iter()
                        .flat_map(|label| &label.keywords)
                        .for_each(|word| list.append_value(word));
                })
            }),
        ),
        (
            "is_canonical",
            Box::new(|| {
                let chosen = places.iter().map(|place| place.relation.is_canonical());
                Arc::new(BooleanArray::from(chosen.collect::<Vec<_>>()))
            }),
        ),
        (
            "canonical_id",
            Box::new(|| {
                texts(
                    places
                        .iter()
                        .map(|place| Some(&*articles[place.canonical].id)),
                )
            }),
        ),
        (
            "canonical_score",
            Box::new(|| {
                Arc::new(Float64Array::from_iter_values(
                    places.iter().map(|place| place.score.total()),
                ))
            }),
        ),
        (
            "canonical_reasons",
            Box::new(|| {
                lists(places, |place, list| {
                    for part in place.reasons() {
                        list.append_value(format!("{} {:.3}", part.part, part.value));
                    }
                })
            }),
        ),
        (
            "similarity",
            Box::new(|| {
                Arc::new(Float32Array::from_iter_values(
                    places.iter().map(|place| place.similarity as f32),
                ))
            }),
        ),
        (
            "match_kind",
            Box::new(|| texts(places.iter().map(|place| Some(place.relation.name())))),
        ),
        (
            "lang",
            Box::new(|| texts(places.iter().map(|place| Some(place.language.code())))),
        ),
    ];
    columns
        .into_par_iter()
        .map(|(name, make)| (name, make()))
        .collect()
}

fn shown(values: impl Iterator<Item = impl Display>) -> ArrayRef {
    let mut column = StringBuilder::new();
    for value in values {
        column.append_value(value.to_string());
    }
    Arc::new(column.finish())
}

fn counts(places: &[Placement], of: fn(&Placement) -> usize) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(
        places.iter().map(|place| of(place) as i64),
    ))
}

fn lists(places: &[Placement], fill: impl Fn(&Placement, &mut StringBuilder)) -> ArrayRef {
    let field = Field::new("element", DataType::Utf8, false);
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(field);
    for place in places {
        fill(place, lists.values());
        lists.append(true);
    }
    Arc::new(lists.finish())
}
