//! Arrow tables with the columns of the command line's Parquet files.

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
use qissa::clustering::Clustering;
use qissa::output::{ClusteredItem, ClusteredItems, Column, ColumnValue, reason_texts};
use rayon::prelude::*;

use crate::input::{Columns, Given};

/// A table that readers of Arrow take without a copy.
#[pyclass(frozen, module = "qissa._qissa")]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

#[pymethods]
impl Table {
    /// Number of rows.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Names of the columns.
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

/// Columns with their names.
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

    /// The input with these columns added; they replace columns of the same name. The columns of
    /// files and objects are the fields that were read.
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

    /// A table with these columns added; they replace columns of the same name.
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

/// The fields of the items.
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

/// The columns of where each item was placed.
pub fn placed(articles: &[Article<'_>], report: &Clustering) -> Named {
    let batch = ClusteredItems { articles, report };
    let rows: Vec<ClusteredItem<'_>> = batch.rows().collect();
    arrays(&ClusteredItem::COLUMNS, &rows)
}

/// Each column of some rows as an array.
pub fn arrays<R: Sync>(columns: &[Column<R>], rows: &[R]) -> Named {
    columns
        .par_iter()
        .map(|column| (column.name, array(&column.value, rows)))
        .collect()
}

fn array<R>(value: &ColumnValue<R>, rows: &[R]) -> ArrayRef {
    match value {
        ColumnValue::Text(get) => Arc::new(StringArray::from_iter_values(rows.iter().map(get))),
        ColumnValue::ItemId(get) => Arc::new(StringArray::from_iter_values(
            rows.iter().map(|row| get(row).as_str()),
        )),
        ColumnValue::Count(get) => Arc::new(Int64Array::from_iter_values(
            rows.iter().map(|row| get(row) as i64),
        )),
        ColumnValue::Flag(get) => {
            Arc::new(BooleanArray::from(rows.iter().map(get).collect::<Vec<_>>()))
        }
        ColumnValue::Double(get) => Arc::new(Float64Array::from_iter_values(rows.iter().map(get))),
        ColumnValue::Float(get) => Arc::new(Float32Array::from_iter_values(
            rows.iter().map(|row| get(row) as f32),
        )),
        ColumnValue::Texts(get) => lists(rows.iter().map(|row| get(row).to_vec())),
        ColumnValue::Reasons(get) => lists(rows.iter().map(|row| reason_texts(get(row)))),
    }
}

fn lists(lists: impl Iterator<Item = Vec<String>>) -> ArrayRef {
    let field = Field::new("element", DataType::Utf8, false);
    let mut builder = ListBuilder::new(StringBuilder::new()).with_field(field);
    for list in lists {
        for text in list {
            builder.values().append_value(text);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}
