//! What a caller gives in, articles out: tables by the Arrow PyCapsule interface, lists of
//! headlines or of mappings, and files in all formats that the command line reads.

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
use qissa::input::{self, Keys, Layout, Source};
use rayon::prelude::*;

use crate::error::{InputError, raised};

/// What was given, ready to be read without the interpreter.
pub enum Given {
    /// Columns.
    Table(Columns),
    /// The contents of files, and what could not be read of folders.
    Files(Vec<Source>, Vec<String>, Keys),
    /// Items that were objects.
    Items(Vec<Article<'static>>),
}

/// A table, and which of its columns are read.
pub struct Columns {
    /// The table's own columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Vec<RecordBatch>,
    layout: Layout,
}

/// Items, and what could not be read.
pub struct Intake<'a> {
    /// The items, of a table one for each row.
    pub articles: Vec<Article<'a>>,
    /// What was passed over.
    pub skipped: Vec<String>,
}

impl Given {
    /// Takes what Python gives: a table, a path, or an iterable of paths, headlines or mappings.
    pub fn of(data: &Bound<'_, PyAny>, keys: Keys) -> PyResult<Self> {
        if data.hasattr("__arrow_c_stream__")? || data.hasattr("__arrow_c_array__")? {
            let (batches, schema) = match data.extract::<AnyRecordBatch>() {
                Ok(table) => table.into_table()?.into_inner(),
                Err(refused) => headlines(data).map_err(|_| refused)?,
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

    /// The articles. Dates later than a day from now are passed over, as the command line does.
    pub fn articles(&self) -> PyResult<Intake<'_>> {
        let mut intake = match self {
            Given::Table(columns) => Intake {
                articles: columns.articles()?,
                skipped: Vec::new(),
            },
            Given::Files(sources, passed_over, keys) => read_files(sources, passed_over, keys)?,
            Given::Items(items) => Intake {
                articles: items.iter().map(Article::borrowed).collect(),
                skipped: Vec::new(),
            },
        };
        input::forget_dates_to_come(&mut intake.articles);
        Ok(intake)
    }
}

/// A column by itself, which is taken for headlines.
fn headlines(data: &Bound<'_, PyAny>) -> PyResult<(Vec<RecordBatch>, SchemaRef)> {
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

/// Which of some columns are read.
pub fn layout(name: &str, columns: &[String], keys: &Keys) -> PyResult<Layout> {
    let hint = |error| {
        InputError::new_err(format!(
            "{error} (from Python: columns={{\"title\": \"...\"}})"
        ))
    };
    Layout::of(name, columns, keys).map_err(hint)
}

/// Warns of what could not be read.
pub fn warn(py: Python<'_>, skipped: &[String]) -> PyResult<()> {
    const NAMED: usize = 3;
    if skipped.is_empty() {
        return Ok(());
    }
    let more = if skipped.len() > NAMED { "; ..." } else { "" };
    let told = format!(
        "{} records skipped: {}{more}",
        skipped.len(),
        skipped[..skipped.len().min(NAMED)].join("; ")
    );
    let told = std::ffi::CString::new(told.replace('\0', " "))?;
    PyErr::warn(py, &py.get_type::<PyUserWarning>(), &told, 2)
}

fn unknown(data: &Bound<'_, PyAny>) -> PyErr {
    let name = data
        .get_type()
        .name()
        .map(|name| name.to_string())
        .unwrap_or_default();
    PyTypeError::new_err(format!(
        "{name} is no input: give a table (pandas, polars, pyarrow), a path, or a list of pathlib.Path, of headlines or \
         of mappings such as {{\"id\": \"1\", \"title\": \"...\"}}"
    ))
}

/// A path, as a text or an object of the system's paths.
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

fn files(py: Python<'_>, names: &[PathBuf], keys: Keys) -> PyResult<Given> {
    py.detach(|| {
        let inputs = input::expand(names).map_err(raised)?;
        let mut passed_over: Vec<String> =
            inputs.passed_over.iter().map(ToString::to_string).collect();
        let mut sources = Vec::new();
        for input in inputs.files {
            let is_named = input.is_named;
            let source = Source::load(&input.path).map(|source| Source { is_named, ..source });
            match source.and_then(input::unpack) {
                Err(error) if !is_named && error.is_of_one_file() => {
                    passed_over.push(error.to_string())
                }
                unpacked => sources.extend(unpacked.map_err(raised)?),
            }
        }
        Ok(Given::Files(sources, passed_over, keys))
    })
}

fn read_files<'a>(
    sources: &'a [Source],
    passed_over: &[String],
    keys: &Keys,
) -> PyResult<Intake<'a>> {
    let mut intake = Intake {
        articles: Vec::new(),
        skipped: passed_over.to_vec(),
    };
    for source in sources {
        match input::read(source, None, keys) {
            Ok(reading) => {
                reading.refuse_nothing(source).map_err(raised)?;
                intake.articles.extend(reading.articles);
                let named = reading
                    .skipped
                    .iter()
                    .map(|one| format!("{}:{}: {}", one.source, one.line, one.cause));
                intake.skipped.extend(named);
            }
            Err(error) if !source.is_named && error.is_of_one_file() => {
                intake.skipped.push(error.to_string())
            }
            Err(error) => return Err(raised(error)),
        }
    }
    Ok(intake)
}

/// The items of headlines or mappings.
fn items(rows: &[Bound<'_, PyAny>], keys: &Keys) -> PyResult<Vec<Article<'static>>> {
    let headline = layout("the list", &["title".to_owned()], &Keys::default())?;
    let mut articles = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let article = if let Ok(text) = row.extract::<String>() {
            headline
                .article(|_| Some(text.as_str().into()))
                .map(Article::into_owned)
        } else {
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
                values.push(said(&value)?);
            }
            layout(&format!("item {at}"), &names, keys)?
                .article(|column| values[column].as_deref().map(Cow::Borrowed))
                .map(Article::into_owned)
        };
        articles.push(article.map_err(|cause| InputError::new_err(format!("item {at}: {cause}")))?);
    }
    Ok(articles)
}

/// The text of a value, as a record of JSON would have it.
fn said(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
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
                return said(&name);
            }
        }
        return Ok(None);
    }
    if value.hasattr("isoformat")? {
        return Ok(Some(value.call_method0("isoformat")?.str()?.to_string()));
    }
    Ok(None)
}

/// Where an object says what it is called.
const NAMES: [&str; 3] = ["name", "title", "id"];

impl Columns {
    fn new(batches: Vec<RecordBatch>, schema: SchemaRef, keys: &Keys) -> PyResult<Self> {
        let names: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        Ok(Columns {
            layout: layout("the table", &names, keys)?,
            schema,
            batches,
        })
    }

    /// Whether rows bear ids of their own.
    pub fn has_ids(&self) -> bool {
        self.layout.has_ids()
    }

    /// The articles of the rows. A row without any text is an item too, so that rows keep their
    /// places.
    fn articles(&self) -> PyResult<Vec<Article<'_>>> {
        let mut articles = Vec::with_capacity(self.batches.iter().map(RecordBatch::num_rows).sum());
        for batch in &self.batches {
            let mut texts: Vec<Option<Texts<'_>>> =
                (0..batch.num_columns()).map(|_| None).collect();
            for column in self.layout.columns() {
                texts[column] = Texts::of(batch.column(column))?;
            }
            let read = |row: usize| {
                self.layout
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
    /// What other types say.
    Made(arrow_array::StringArray),
}

impl<'a> Texts<'a> {
    /// A column as texts; nothing of a type that says none.
    fn of(column: &'a ArrayRef) -> PyResult<Option<Self>> {
        let made = |column: &dyn Array| {
            let texts = cast(column, &DataType::Utf8)
                .map_err(|error| InputError::new_err(error.to_string()))?;
            Ok::<_, PyErr>(Some(Texts::Made(texts.as_string::<i32>().clone())))
        };
        match column.data_type() {
            DataType::Utf8 => Ok(Some(Texts::Small(column.as_string()))),
            DataType::LargeUtf8 => Ok(Some(Texts::Large(column.as_string()))),
            DataType::Utf8View => Ok(Some(Texts::View(column.as_string_view()))),
            DataType::Dictionary(..)
            | DataType::Date32
            | DataType::Date64
            | DataType::Timestamp(..) => made(column),
            kind if kind.is_numeric() => made(column),
            DataType::Struct(_) => {
                let named = NAMES
                    .iter()
                    .find_map(|name| column.as_struct().column_by_name(name));
                named.map_or(Ok(None), |named| made(named))
            }
            _ => Ok(None),
        }
    }

    fn get(&self, row: usize) -> Option<Cow<'a, str>> {
        match self {
            Texts::Small(texts) => texts.is_valid(row).then(|| texts.value(row).into()),
            Texts::Large(texts) => texts.is_valid(row).then(|| texts.value(row).into()),
            Texts::View(texts) => texts.is_valid(row).then(|| texts.value(row).into()),
            Texts::Made(texts) => texts
                .is_valid(row)
                .then(|| texts.value(row).to_owned().into()),
        }
    }
}
