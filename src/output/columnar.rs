//! The rows of a batch as a Parquet file, whose types any reader of Arrow knows: text, counts,
//! shares, moments in UTC, lists of text. The program's version and the settings stand in the
//! file's metadata. One row group a 65,536 items.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::Answered;
use crate::article::Article;
use crate::clustering::Placement;

const SCHEMA: &str = "message qissa {
    REQUIRED BYTE_ARRAY id (UTF8);
    REQUIRED BYTE_ARRAY title (UTF8);
    REQUIRED BYTE_ARRAY content_text (UTF8);
    OPTIONAL BYTE_ARRAY url (UTF8);
    OPTIONAL BYTE_ARRAY source (UTF8);
    OPTIONAL INT64 date_published (TIMESTAMP(MILLIS,true));
    OPTIONAL BYTE_ARRAY record (UTF8);
    REQUIRED BYTE_ARRAY near_dup_id (UTF8);
    REQUIRED INT64 near_dup_size;
    REQUIRED BYTE_ARRAY cluster_id (UTF8);
    REQUIRED INT64 cluster_size;
    REQUIRED BYTE_ARRAY cluster_label (UTF8);
    REQUIRED GROUP cluster_keywords (LIST) { REPEATED GROUP list { REQUIRED BYTE_ARRAY element (UTF8); } }
    REQUIRED BOOLEAN is_canonical;
    REQUIRED BYTE_ARRAY canonical_id (UTF8);
    REQUIRED DOUBLE canonical_score;
    REQUIRED GROUP canonical_reasons (LIST) { REPEATED GROUP list { REQUIRED BYTE_ARRAY element (UTF8); } }
    REQUIRED FLOAT similarity;
    REQUIRED BYTE_ARRAY match_kind (UTF8);
    REQUIRED BYTE_ARRAY lang (UTF8);
}";

const GROUP: usize = 1 << 16;

type Row<'a> = (&'a Article<'a>, &'a Placement);

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// The file of a batch. The settings, by name, go into its metadata.
///
/// # Errors
/// Those of the format: none is expected.
pub fn parquet(answered: Answered<'_>, settings: &BTreeMap<String, String>) -> io::Result<Vec<u8>> {
    file(answered, settings).map_err(io::Error::other)
}

fn file(
    answered: Answered<'_>,
    settings: &BTreeMap<String, String>,
) -> Result<Vec<u8>, ParquetError> {
    let version = KeyValue::new(
        "qissa.version".to_owned(),
        env!("CARGO_PKG_VERSION").to_owned(),
    );
    let settings = settings
        .iter()
        .map(|(name, value)| KeyValue::new(format!("qissa.{name}"), value.clone()));
    let properties = WriterProperties::builder()
        .set_created_by(concat!("qissa ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(std::iter::once(version).chain(settings).collect()))
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .build();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let rows: Vec<Row<'_>> = answered.rows().collect();
    for rows in rows.chunks(GROUP) {
        let mut group = file.next_row_group()?;
        item_columns(rows, &mut group)?;
        place_columns(answered, rows, &mut group)?;
        group.close()?;
    }
    file.into_inner()
}

/// The columns of the items themselves, in the schema's order.
fn item_columns(rows: &[Row<'_>], group: &mut Group<'_>) -> Result<(), ParquetError> {
    let given = |text: &str| Some(ByteArray::from(text));
    texts(rows, group, |(article, _)| given(&article.id))?;
    texts(rows, group, |(article, _)| given(&article.title))?;
    texts(rows, group, |(article, _)| given(&article.text))?;
    texts(rows, group, |(article, _)| {
        article.url.as_deref().and_then(given)
    })?;
    texts(rows, group, |(article, _)| {
        article.source.as_deref().and_then(given)
    })?;
    let moments: Vec<Option<i64>> = rows
        .iter()
        .map(|(article, _)| article.published.and_then(|when| when.0.checked_mul(1000)))
        .collect();
    numbers(&moments, group)?;
    texts(rows, group, |(article, _)| {
        Some(&*article.record)
            .filter(|record| !record.is_empty())
            .and_then(given)
    })
}

/// The columns of where they were placed, in the schema's order.
fn place_columns(
    answered: Answered<'_>,
    rows: &[Row<'_>],
    group: &mut Group<'_>,
) -> Result<(), ParquetError> {
    let given = |text: &str| Some(ByteArray::from(text));
    let counts = |of: fn(&Placement) -> usize| {
        rows.iter()
            .map(|(_, place)| Some(of(place) as i64))
            .collect::<Vec<_>>()
    };
    texts(rows, group, |(_, place)| given(&place.near_dup.to_string()))?;
    numbers(&counts(|place| place.near_dup_size), group)?;
    texts(rows, group, |(_, place)| given(&place.cluster.to_string()))?;
    numbers(&counts(|place| place.cluster_size), group)?;
    texts(rows, group, |(_, place)| {
        given(answered.label(place).map_or("", |label| &label.text))
    })?;
    lists(rows, group, |(_, place)| {
        answered
            .label(place)
            .map_or_else(Vec::new, |label| label.keywords.clone())
    })?;
    let canonical: Vec<bool> = rows
        .iter()
        .map(|(_, place)| place.relation.is_canonical())
        .collect();
    let scores: Vec<f64> = rows.iter().map(|(_, place)| place.score.total()).collect();
    let similarities: Vec<f32> = rows
        .iter()
        .map(|(_, place)| place.similarity as f32)
        .collect();
    column::<BoolType>(group, &canonical, None, None)?;
    texts(rows, group, |(_, place)| {
        given(answered.id(place.canonical))
    })?;
    column::<DoubleType>(group, &scores, None, None)?;
    lists(rows, group, |(_, place)| {
        place
            .reasons()
            .iter()
            .map(|part| format!("{} {:.3}", part.part, part.value))
            .collect()
    })?;
    column::<FloatType>(group, &similarities, None, None)?;
    texts(rows, group, |(_, place)| given(place.relation.name()))?;
    texts(rows, group, |(_, place)| given(place.language.code()))
}

/// A column of texts, of which some may be missing.
fn texts<'r>(
    rows: &[Row<'r>],
    group: &mut Group<'_>,
    of: impl Fn(&Row<'r>) -> Option<ByteArray>,
) -> Result<(), ParquetError> {
    let (levels, values) = present(rows.iter().map(of));
    column::<ByteArrayType>(group, &values, Some(&levels), None)
}

fn numbers(numbers: &[Option<i64>], group: &mut Group<'_>) -> Result<(), ParquetError> {
    let (levels, values) = present(numbers.iter().copied());
    column::<Int64Type>(group, &values, Some(&levels), None)
}

/// Whether each is there, as the format has it, and those that are.
fn present<T>(all: impl Iterator<Item = Option<T>>) -> (Vec<i16>, Vec<T>) {
    let mut levels = Vec::new();
    let values = all
        .inspect(|value| levels.push(i16::from(value.is_some())))
        .flatten()
        .collect();
    (levels, values)
}

/// A column of lists. Of the levels the second tells where a list begins, the first that it has an
/// element.
fn lists<'r>(
    rows: &[Row<'r>],
    group: &mut Group<'_>,
    of: impl Fn(&Row<'r>) -> Vec<String>,
) -> Result<(), ParquetError> {
    let (mut there, mut goes_on, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for list in rows.iter().map(of) {
        goes_on.push(0);
        there.push(i16::from(!list.is_empty()));
        for _ in 1..list.len() {
            goes_on.push(1);
            there.push(1);
        }
        values.extend(list.iter().map(|value| ByteArray::from(value.as_str())));
    }
    column::<ByteArrayType>(group, &values, Some(&there), Some(&goes_on))
}

/// The next column of the group. The schema says which that is.
fn column<T: DataType>(
    group: &mut Group<'_>,
    values: &[T::T],
    there: Option<&[i16]>,
    goes_on: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let next = group.next_column()?;
    let mut column =
        next.ok_or_else(|| ParquetError::General("the schema has fewer columns".to_owned()))?;
    column.typed::<T>().write_batch(values, there, goes_on)?;
    column.close()
}
