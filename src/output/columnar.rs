//! Parquet: a row per item, with types that readers of Arrow know. The file's metadata holds the
//! program's version and the settings.

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

use super::ClusteredItems;
use super::rows::{ClusteredItem, Column, ColumnValue, reason_texts};

/// The columns of the items themselves, in the language of Parquet schemas.
const ITEM_COLUMNS: &str = "
    REQUIRED BYTE_ARRAY id (UTF8);
    REQUIRED BYTE_ARRAY title (UTF8);
    REQUIRED BYTE_ARRAY content_text (UTF8);
    OPTIONAL BYTE_ARRAY url (UTF8);
    OPTIONAL BYTE_ARRAY source (UTF8);
    OPTIONAL INT64 date_published (TIMESTAMP(MILLIS,true));
    OPTIONAL BYTE_ARRAY record (UTF8);
";

/// Maximum rows of a row group.
const GROUP_ROWS: usize = 1 << 16;

type RowGroup<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// The schema: the columns of the items, then [`ClusteredItem::COLUMNS`].
fn schema() -> String {
    let mut schema = format!("message qissa {{{ITEM_COLUMNS}");
    for Column { name, value } in &ClusteredItem::COLUMNS {
        schema += "REQUIRED ";
        schema += &match value {
            ColumnValue::Text(_) | ColumnValue::ItemId(_) => {
                format!("BYTE_ARRAY {name} (UTF8);\n")
            }
            ColumnValue::Count(_) => format!("INT64 {name};\n"),
            ColumnValue::Flag(_) => format!("BOOLEAN {name};\n"),
            ColumnValue::Double(_) => format!("DOUBLE {name};\n"),
            ColumnValue::Float(_) => format!("FLOAT {name};\n"),
            ColumnValue::Texts(_) | ColumnValue::Reasons(_) => format!(
                "GROUP {name} (LIST) {{ REPEATED GROUP list {{ REQUIRED BYTE_ARRAY element (UTF8); }} }}\n"
            ),
        };
    }
    schema + "}"
}

/// The bytes of the file of a batch. The settings, by name, go into its metadata.
///
/// # Errors
/// Those of the format: none is expected.
pub fn parquet(
    batch: ClusteredItems<'_>,
    settings: &BTreeMap<String, String>,
) -> io::Result<Vec<u8>> {
    file(batch, settings).map_err(io::Error::other)
}

fn file(
    batch: ClusteredItems<'_>,
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
    let schema = Arc::new(parse_message_type(&schema())?);
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let rows: Vec<ClusteredItem<'_>> = batch.rows().collect();
    for rows in rows.chunks(GROUP_ROWS) {
        let mut group = file.next_row_group()?;
        item_columns(rows, &mut group)?;
        for column in &ClusteredItem::COLUMNS {
            write_column(column, rows, &mut group)?;
        }
        group.close()?;
    }
    file.into_inner()
}

/// Writes [`ITEM_COLUMNS`].
fn item_columns(rows: &[ClusteredItem<'_>], group: &mut RowGroup<'_>) -> Result<(), ParquetError> {
    let articles = || rows.iter().map(|row| row.article);
    texts(articles().map(|article| Some(article.id.as_str())), group)?;
    texts(articles().map(|article| Some(&*article.title)), group)?;
    texts(articles().map(|article| Some(&*article.text)), group)?;
    texts(articles().map(|article| article.url.as_deref()), group)?;
    texts(articles().map(|article| article.source.as_deref()), group)?;
    let milliseconds =
        articles().map(|article| article.published.and_then(|when| when.0.checked_mul(1000)));
    let (levels, values) = present(milliseconds);
    column::<Int64Type>(group, &values, Some(&levels), None)?;
    let records = articles().map(|article| Some(&*article.record));
    texts(
        records.map(|record| record.filter(|record| !record.is_empty())),
        group,
    )
}

/// Writes one output column.
fn write_column<'r>(
    Column { value, .. }: &Column<ClusteredItem<'r>>,
    rows: &[ClusteredItem<'r>],
    group: &mut RowGroup<'_>,
) -> Result<(), ParquetError> {
    match value {
        ColumnValue::Text(get) => texts(rows.iter().map(get).map(Some), group),
        ColumnValue::ItemId(get) => texts(rows.iter().map(|row| Some(get(row).as_str())), group),
        ColumnValue::Count(get) => {
            let counts: Vec<i64> = rows.iter().map(|row| get(row) as i64).collect();
            column::<Int64Type>(group, &counts, None, None)
        }
        ColumnValue::Flag(get) => {
            let flags: Vec<bool> = rows.iter().map(get).collect();
            column::<BoolType>(group, &flags, None, None)
        }
        ColumnValue::Double(get) => {
            let numbers: Vec<f64> = rows.iter().map(get).collect();
            column::<DoubleType>(group, &numbers, None, None)
        }
        ColumnValue::Float(get) => {
            let numbers: Vec<f32> = rows.iter().map(|row| get(row) as f32).collect();
            column::<FloatType>(group, &numbers, None, None)
        }
        ColumnValue::Texts(get) => lists(rows.iter().map(|row| get(row).to_vec()), group),
        ColumnValue::Reasons(get) => lists(rows.iter().map(|row| reason_texts(get(row))), group),
    }
}

/// Writes a column of texts, some of which may be missing.
fn texts<T: AsRef<str>>(
    texts: impl Iterator<Item = Option<T>>,
    group: &mut RowGroup<'_>,
) -> Result<(), ParquetError> {
    let bytes = texts.map(|text| text.map(|text| ByteArray::from(text.as_ref())));
    let (levels, values) = present(bytes);
    column::<ByteArrayType>(group, &values, Some(&levels), None)
}

/// Definition levels (1 for a value, 0 for none) and the values.
fn present<T>(all: impl Iterator<Item = Option<T>>) -> (Vec<i16>, Vec<T>) {
    let mut levels = Vec::new();
    let mut values = Vec::new();
    for value in all {
        levels.push(i16::from(value.is_some()));
        values.extend(value);
    }
    (levels, values)
}

/// Writes a column of lists of texts.
///
/// The definition level tells whether an element exists, the repetition level is 0 at the first
/// element of a list.
fn lists(
    lists: impl Iterator<Item = Vec<String>>,
    group: &mut RowGroup<'_>,
) -> Result<(), ParquetError> {
    let (mut definitions, mut repetitions, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for list in lists {
        repetitions.push(0);
        definitions.push(i16::from(!list.is_empty()));
        for _ in 1..list.len() {
            repetitions.push(1);
            definitions.push(1);
        }
        for text in &list {
            values.push(ByteArray::from(text.as_str()));
        }
    }
    column::<ByteArrayType>(group, &values, Some(&definitions), Some(&repetitions))
}

/// Writes the next column of the schema.
fn column<T: DataType>(
    group: &mut RowGroup<'_>,
    values: &[T::T],
    definitions: Option<&[i16]>,
    repetitions: Option<&[i16]>,
) -> Result<(), ParquetError> {
    let next = group.next_column()?;
    let mut column =
        next.ok_or_else(|| ParquetError::General("the schema has fewer columns".to_owned()))?;
    column
        .typed::<T>()
        .write_batch(values, definitions, repetitions)?;
    column.close()
}
