//! Python inputs to articles.
//!
//! Input: tables by the Arrow PyCapsule interface, lists of titles or mappings, and files in all
//! formats of the command line. Output: articles, a table's in its order of rows.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use pyo3::exceptions::{PyTypeError, PyUserWarning};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};
use pyo3_arrow::input::{AnyArray, AnyRecordBatch};
use qissa::Article;
use qissa::input::{
    ColumnMap, Corpus, FieldNames, Hint, Loaded, ReadError, ReadOptions, RejectedRecord,
    remove_future_dates,
};
use rayon::prelude::*;

use crate::error::{InputError, raised};

/// An input that is read without the interpreter.
pub enum Given {
    /// Columns.
    Table(Columns),
    /// The contents of files.
    Files(Loaded),
    /// Items of Python objects.
    Items(Vec<Article<'static>>),
}

/// A table, with the columns that are read.
pub struct Columns {
    /// The columns of the table.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    map: ColumnMap,
}

/// Items, with what was rejected.
pub struct Intake<'a> {
    /// The items; of a table one per row.
    pub articles: Vec<Article<'a>>,
    /// The rejected inputs and records.
    pub skipped: Vec<String>,
}

impl Given {
    /// Takes a table, a path, or an iterable of paths, titles or mappings.
    pub fn of(data: &Bound<'_, PyAny>, keys: FieldNames) -> PyResult<Self> {
        if data.hasattr("__arrow_c_stream__")? || data.hasattr("__arrow_c_array__")? {
            let (batches, schema) = match data.extract::<AnyRecordBatch>() {
                Ok(table) => table.into_table()?.into_inner(),
                Err(refused) => titles(data).map_err(|_| refused)?,
            };
            return Ok(Given::Table(Columns::new(batches, schema, &keys)?));
        }
        if let Some(path) = path(data)? {
            return files(data.py(), &[path], keys);
        }
        let rows: Vec<Bound<'_, PyAny>> = data
            .try_iter()
            .map_err(|_| unknown(data))?
            .collect::<PyResult<_>>()?;
        if let Some(first) = rows.first()
            && !first.is_instance_of::<PyString>()
            && path(first)?.is_some()
        {
            let paths: Vec<PathBuf> = rows
                .iter()
                .map(|row| path(row)?.ok_or_else(|| unknown(row)))
                .collect::<PyResult<_>>()?;
            return files(data.py(), &paths, keys);
        }
        Ok(Given::Items(items(&rows, &keys)?))
    }

    /// The articles, without dates after tomorrow.
    pub fn articles(&self) -> PyResult<Intake<'_>> {
        let mut intake = match self {
            Given::Table(columns) => Intake {
                articles: columns.articles()?,
                skipped: Vec::new(),
            },
            Given::Files(loaded) => read_files(loaded)?,
            Given::Items(items) => Intake {
                articles: items.iter().map(Article::borrowed).collect(),
                skipped: Vec::new(),
            },
        };
        remove_future_dates(&mut intake.articles);
        Ok(intake)
    }
}

/// A single column, which holds titles.
fn titles(data: &Bound<'_, PyAny>) -> PyResult<(Vec<RecordBatch>, SchemaRef)> {
    let (chunks, field) = data
        .extract::<AnyArray>()?
        .into_chunked_array()?
        .into_inner();
    let schema = Arc::new(Schema::new(vec![Field::new(
        "title",
        field.data_type().clone(),
        true,
    )]));
    let batch = |chunk| RecordBatch::try_new(schema.clone(), vec![chunk]);
    let batches = chunks.into_iter().map(batch).collect::<Result<_, _>>();
    Ok((
        batches.map_err(|error| InputError::new_err(error.to_string()))?,
        schema,
    ))
}

/// Maps the columns of a table.
pub fn column_map(name: &str, columns: &[String], keys: &FieldNames) -> PyResult<ColumnMap> {
    ColumnMap::new(name, columns, keys).map_err(read_error)
}

/// The exception of a read error, with the arguments that may help.
fn read_error(error: ReadError) -> PyErr {
    match error.hint() {
        Some(Hint::NameColumns | Hint::NameFields) => InputError::new_err(format!(
            "{error}: name one with columns={{\"title\": \"...\"}}"
        )),
        Some(Hint::RaiseLimit(_)) => InputError::new_err(format!("{error}: unpack it first")),
        _ => raised(error),
    }
}

/// Warns of rejected inputs and records.
pub fn warn(py: Python<'_>, skipped: &[String]) -> PyResult<()> {
    const NAMED: usize = 3;
    if skipped.is_empty() {
        return Ok(());
    }
    let more = if skipped.len() > NAMED { "; ..." } else { "" };
    let plural = if skipped.len() == 1 { "" } else { "s" };
    let message = format!(
        "{} record{plural} skipped: {}{more}",
        skipped.len(),
        skipped[..skipped.len().min(NAMED)].join("; ")
    );
    let message = std::ffi::CString::new(message.replace('\0', " "))?;
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &message, 2)
}

fn unknown(data: &Bound<'_, PyAny>) -> PyErr {
    let name = data
        .get_type()
        .name()
        .map(|name| name.to_string())
        .unwrap_or_default();
    PyTypeError::new_err(format!(
        "{name} is not an input: expected a table (pandas, polars, pyarrow), a path, or a list of \
         pathlib.Path, of titles or of mappings such as {{\"id\": \"1\", \"title\": \"...\"}}"
    ))
}

/// A path: a string or an `os.PathLike`.
fn path(data: &Bound<'_, PyAny>) -> PyResult<Option<PathBuf>> {
    if let Ok(text) = data.extract::<String>() {
        return Ok(Some(text.into()));
    }
    Ok(if data.hasattr("__fspath__")? {
        Some(data.extract::<PathBuf>()?)
    } else {
        None
    })
}

fn files(py: Python<'_>, names: &[PathBuf], keys: FieldNames) -> PyResult<Given> {
    let options = ReadOptions {
        field_names: keys,
        ..ReadOptions::default()
    };
    let loaded = py.detach(|| Corpus::open(names, options).and_then(Corpus::load));
    loaded.map(Given::Files).map_err(read_error)
}

fn read_files(loaded: &Loaded) -> PyResult<Intake<'_>> {
    let items = loaded.items().map_err(read_error)?;
    items.require_any().map_err(read_error)?;
    let mut skipped: Vec<String> = items.inputs().map(described).collect();
    skipped.extend(items.records.iter().map(place_and_cause));
    Ok(Intake {
        articles: items.articles,
        skipped,
    })
}

/// The message of an error and its causes.
fn described(error: &ReadError) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}

fn place_and_cause(record: &RejectedRecord) -> String {
    format!("{}:{}: {}", record.source, record.line, record.cause)
}

/// The items of titles or mappings.
fn items(rows: &[Bound<'_, PyAny>], keys: &FieldNames) -> PyResult<Vec<Article<'static>>> {
    let title = column_map("the list", &["title".to_owned()], &FieldNames::default())?;
    let mut articles = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let article = if let Ok(text) = row.extract::<String>() {
            title
                .article(|_| Some(text.as_str().into()))
                .map(Article::into_owned)
        } else {
            let (names, values) = fields(row)?;
            column_map(&format!("item {at}"), &names, keys)?
                .article(|column| values[column].as_deref().map(Cow::Borrowed))
                .map(Article::into_owned)
        };
        articles.push(article.map_err(|cause| InputError::new_err(format!("item {at}: {cause}")))?);
    }
    Ok(articles)
}

/// The names and values of a mapping.
fn fields(row: &Bound<'_, PyAny>) -> PyResult<(Vec<String>, Vec<Option<String>>)> {
    let mapping: Bound<'_, PyDict> = match row.cast::<PyDict>() {
        Ok(mapping) => mapping.clone(),
        Err(_) => row
            .py()
            .get_type::<PyDict>()
            .call1((row,))
            .map_err(|_| unknown(row))?
            .cast_into()?,
    };
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for (name, value) in mapping.iter() {
        names.push(name.str()?.to_string());
        values.push(text_of(&value)?);
    }
    Ok((names, values))
}

/// The text of a value, as in a JSON record.
fn text_of(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if value.is_none() || value.is_instance_of::<PyBool>() {
        return Ok(None);
    }
    if value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyInt>()
        || value.is_instance_of::<PyFloat>()
    {
        return Ok(Some(value.str()?.to_string()));
    }
    if let Ok(named) = value.cast::<PyDict>() {
        for key in NAMES {
            if let Some(name) = named.get_item(key)? {
                return text_of(&name);
            }
        }
        return Ok(None);
    }
    if value.hasattr("isoformat")? {
        return Ok(Some(value.call_method0("isoformat")?.str()?.to_string()));
    }
    Ok(None)
}

/// Keys of the name of an object.
const NAMES: [&str; 3] = ["name", "title", "id"];

impl Columns {
    fn new(batches: Vec<RecordBatch>, schema: SchemaRef, keys: &FieldNames) -> PyResult<Self> {
        let names: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        Ok(Columns {
            map: column_map("the table", &names, keys)?,
            schema,
            batches,
        })
    }

    /// Whether the table has a column of ids.
    pub fn has_ids(&self) -> bool {
        self.map.has_ids()
    }

    /// The articles of the rows. A row without text is an empty item, so that rows keep their
    /// positions.
    fn articles(&self) -> PyResult<Vec<Article<'_>>> {
        let mut articles = Vec::with_capacity(self.batches.iter().map(RecordBatch::num_rows).sum());
        for batch in &self.batches {
            let mut texts: Vec<Option<Texts<'_>>> =
                (0..batch.num_columns()).map(|_| None).collect();
            for column in self.map.columns() {
                texts[column] = Texts::of(batch.column(column))?;
            }
            let read = |row: usize| {
                self.map
                    .article(|column| texts[column].as_ref()?.get(row))
                    .unwrap_or_default()
            };
            articles.par_extend((0..batch.num_rows()).into_par_iter().map(read));
        }
        Ok(articles)
    }
}

/// The texts of a column.
enum Texts<'a> {
    Small(&'a arrow_array::StringArray),
    Large(&'a arrow_array::LargeStringArray),
    View(&'a arrow_array::StringViewArray),
    /// Values of other types, cast to text.
    Cast(arrow_array::StringArray),
}

fn cast_texts<'a>(column: &dyn Array) -> PyResult<Option<Texts<'a>>> {
    let texts =
        cast(column, &DataType::Utf8).map_err(|error| InputError::new_err(error.to_string()))?;
    Ok(Some(Texts::Cast(texts.as_string::<i32>().clone())))
}

impl<'a> Texts<'a> {
    /// A column as texts; `None` for types without text.
    fn of(column: &'a ArrayRef) -> PyResult<Option<Self>> {
        match column.data_type() {
            DataType::Utf8 => Ok(Some(Texts::Small(column.as_string()))),
            DataType::LargeUtf8 => Ok(Some(Texts::Large(column.as_string()))),
            DataType::Utf8View => Ok(Some(Texts::View(column.as_string_view()))),
            DataType::Dictionary(..)
            | DataType::Date32
            | DataType::Date64
            | DataType::Timestamp(..) => cast_texts(column),
            kind if kind.is_numeric() => cast_texts(column),
            DataType::Struct(_) => {
                let named = NAMES
                    .iter()
                    .find_map(|name| column.as_struct().column_by_name(name));
                named.map_or(Ok(None), |named| cast_texts(named))
            }
            _ => Ok(None),
        }
    }

    fn get(&self, row: usize) -> Option<Cow<'a, str>> {
        match self {
            Texts::Small(texts) => texts.is_valid(row).then(|| texts.value(row).into()),
            Texts::Large(texts) => texts.is_valid(row).then(|| texts.value(row).into()),
            Texts::View(texts) => texts.is_valid(row).then(|| texts.value(row).into()),
            Texts::Cast(texts) => texts
                .is_valid(row)
                .then(|| texts.value(row).to_owned().into()),
        }
    }
}
