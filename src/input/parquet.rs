//! Parquet files to articles.
//!
//! Input: a Parquet file, which is held in memory. Output: an article per row, with a record under
//! the names of the columns. Cost: linear in the file and the rows, which are bounded by
//! [`Source::limits`].

mod declared_sizes;

use std::panic::{self, AssertUnwindSafe};

use hashbrown::HashSet;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde_json::Value;

use super::{
    BoxError, FieldNames, Format, ReadError, Reading, RejectCause, RejectedRecord, Source,
    json_record,
};

/// A file that declares more rows per byte is damaged: even empty rows take more space.
const MAX_ROWS_PER_BYTE: usize = 100;

/// Bytes of an item in memory in addition to its record.
const ITEM_BYTES: u64 = 256;

/// The articles of a file.
pub(super) fn rows(
    source: &Source,
    field_names: &FieldNames,
) -> Result<Reading<'static>, ReadError> {
    // The parser panics on some damaged files.
    let read = panic::catch_unwind(AssertUnwindSafe(|| parse(source, field_names)));
    read.unwrap_or_else(|_| Err(malformed(source, "it is damaged")))
}

fn malformed(source: &Source, error: impl Into<BoxError>) -> ReadError {
    ReadError::malformed(&source.name, Format::Parquet, error)
}

fn parse(source: &Source, field_names: &FieldNames) -> Result<Reading<'static>, ReadError> {
    let reader = open(source)?;
    let schema = reader.metadata().file_metadata().schema();
    require_columns(source, schema, field_names)?;
    let mut reading = Reading::new(Format::Parquet, (Vec::new(), Vec::new()));
    let mut budget = source.limits.of_length(source.bytes.len());
    let rows = reader
        .get_row_iter(None)
        .map_err(|error| malformed(source, error))?;
    for (at, row) in rows.enumerate() {
        let cause = match row {
            Ok(row) => {
                let record = object(&row, Some(schema)).to_string();
                let bytes = ITEM_BYTES + record.len() as u64;
                budget = budget
                    .checked_sub(bytes)
                    .ok_or_else(|| too_many_rows(source))?;
                match json_record::record(&record, field_names) {
                    Ok(article) => {
                        reading.articles.push(article.into_owned());
                        continue;
                    }
                    Err(cause) => cause,
                }
            }
            Err(error) => RejectCause::Truncated {
                what: "file",
                error: error.to_string(),
            },
        };
        let is_end = matches!(cause, RejectCause::Truncated { .. });
        reading.rejected.push(RejectedRecord {
            source: source.name.clone(),
            line: at + 1,
            cause,
        });
        if is_end {
            break;
        }
    }
    Ok(reading)
}

fn too_many_rows(source: &Source) -> ReadError {
    let mebibytes = source.limits.of_length(source.bytes.len()) >> 20;
    malformed(
        source,
        format!(
            "more than {mebibytes} MiB of rows come out of it: \
             split it, or convert it to JSON Lines"
        ),
    )
}

/// Opens a file whose declared sizes are plausible.
fn open(source: &Source) -> Result<SerializedFileReader<bytes::Bytes>, ReadError> {
    let bytes = &source.bytes;
    declared_sizes::check_footer(bytes).map_err(|error| malformed(source, error))?;
    let reader =
        SerializedFileReader::new(bytes.clone()).map_err(|error| malformed(source, error))?;
    let rows = reader
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.num_rows().max(0))
        .fold(0, i64::saturating_add);
    if usize::try_from(rows).is_ok_and(|rows| rows / MAX_ROWS_PER_BYTE > bytes.len()) {
        let error = format!("it declares {rows} rows in {} bytes", bytes.len());
        return Err(malformed(source, error));
    }
    let allowed = source.limits.of_length(bytes.len());
    declared_sizes::check_pages(bytes, &reader, allowed)
        .map_err(|error| malformed(source, error))?;
    Ok(reader)
}

/// Refuses repeated column names and tables that lack the named or known fields.
fn require_columns(
    source: &Source,
    schema: &Type,
    field_names: &FieldNames,
) -> Result<(), ReadError> {
    let columns: Vec<String> = schema
        .get_fields()
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    if let Some(name) = repeated(&columns) {
        let error = format!("two of its columns are named {name:?}: rename one of them");
        return Err(malformed(source, error));
    }
    field_names.require_found(&source.name, || column_paths(schema))?;
    if field_names.paths().is_empty() {
        field_names.require_content(&source.name, &columns)?;
    }
    Ok(())
}

/// The first repeated name.
fn repeated(names: &[String]) -> Option<&String> {
    let mut known = HashSet::new();
    names.iter().find(|&name| !known.insert(name))
}

/// The names of the columns, and the paths of the columns in them.
fn column_paths(schema: &Type) -> Vec<String> {
    let mut found = Vec::new();
    add_column_paths(schema, "", json_record::MAX_NESTING, &mut found);
    found
}

fn add_column_paths(kind: &Type, prefix: &str, depth: usize, found: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if !kind.is_group() {
        return;
    }
    for column in kind.get_fields() {
        let path = format!("{prefix}{}", column.name());
        // The columns of list elements directly follow the name of the list.
        let inner = if is_list(column) {
            element(column).unwrap_or(column)
        } else {
            column
        };
        add_column_paths(inner, &format!("{path}."), depth, found);
        found.push(path);
    }
}

fn is_list(column: &Type) -> bool {
    let info = column.get_basic_info();
    info.converted_type() == ConvertedType::LIST
        || matches!(info.logical_type_ref(), Some(LogicalType::List))
}

/// A row as a JSON object. `kind` is the type of the row.
fn object(row: &Row, kind: Option<&Type>) -> Value {
    let kinds = match kind {
        Some(kind) if kind.is_group() => kind.get_fields(),
        _ => &[],
    };
    let mut object = serde_json::Map::new();
    for (at, (name, field)) in row.get_column_iter().enumerate() {
        let kind = kinds.get(at).map(|kind| &**kind);
        object.insert(name.clone(), value(field, kind));
    }
    Value::Object(object)
}

/// A value as JSON. Timestamps are written in RFC 3339, bytes in UTF-8 as text.
fn value(field: &Field, kind: Option<&Type>) -> Value {
    match field {
        Field::TimestampMillis(number) => {
            timestamp(jiff::Timestamp::from_millisecond(*number), *number)
        }
        Field::TimestampMicros(number) => {
            timestamp(jiff::Timestamp::from_microsecond(*number), *number)
        }
        Field::Long(number) if kind.is_some_and(is_in_nanoseconds) => {
            let nanoseconds = i128::from(*number);
            timestamp(jiff::Timestamp::from_nanosecond(nanoseconds), *number)
        }
        Field::Bytes(bytes) => match str::from_utf8(bytes.data()) {
            Ok(text) if text.chars().all(|c| !c.is_control() || c.is_whitespace()) => {
                Value::from(text)
            }
            _ => field.to_json_value(),
        },
        Field::Group(row) => object(row, kind),
        Field::ListInternal(list) => {
            let kind = kind.and_then(element);
            let elements = list.elements().iter();
            elements.map(|element| value(element, kind)).collect()
        }
        _ => field.to_json_value(),
    }
}

/// A timestamp in RFC 3339; the number itself if it is out of range.
fn timestamp(timestamp: Result<jiff::Timestamp, jiff::Error>, number: i64) -> Value {
    match timestamp {
        Ok(timestamp) => Value::from(timestamp.to_string()),
        Err(_) => Value::from(number),
    }
}

fn is_in_nanoseconds(kind: &Type) -> bool {
    let Some(LogicalType::Timestamp(kind)) = kind.get_basic_info().logical_type_ref() else {
        return false;
    };
    kind.unit == TimeUnit::NANOS
}

/// The type of the elements of a list, which is nested in groups of one field.
fn element(kind: &Type) -> Option<&Type> {
    let [inner] = kind.is_group().then(|| kind.get_fields())? else {
        return None;
    };
    match inner.is_group().then(|| inner.get_fields()) {
        Some([element]) => Some(element),
        _ => Some(inner),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::basic::Compression;
    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn file() -> Vec<u8> {
        let schema = "message news { REQUIRED BYTE_ARRAY title (UTF8); REQUIRED INT64 id; \
            REQUIRED INT64 published (TIMESTAMP_MILLIS); }";
        written(
            schema,
            [1_760_571_936_000, 1_760_571_937_000],
            Compression::UNCOMPRESSED,
        )
    }

    /// Two rows of a text, an integer and a timestamp, in a schema of three columns.
    fn written(schema: &str, moments: [i64; 2], compression: Compression) -> Vec<u8> {
        let titles = ["الشرع في موسكو", "Bridge opens"];
        file_of(schema, &titles, &[[1, 2], moments], compression)
    }

    /// A file with a column of texts and columns of integers.
    fn file_of(
        schema: &str,
        titles: &[&str],
        integers: &[[i64; 2]],
        compression: Compression,
    ) -> Vec<u8> {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let properties = WriterProperties::builder().set_compression(compression);
        let properties = Arc::new(properties.build());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let titles: Vec<ByteArray> = titles.iter().map(|&title| title.into()).collect();
        let mut column = group.next_column().unwrap().unwrap();
        let values = column.typed::<ByteArrayType>();
        values.write_batch(&titles, None, None).unwrap();
        column.close().unwrap();
        for integers in integers {
            let mut column = group.next_column().unwrap().unwrap();
            let values = column.typed::<Int64Type>();
            values.write_batch(integers, None, None).unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn rows_become_articles() {
        let source = Source::new("f", file());
        let reading = rows(&source, &FieldNames::default()).unwrap();
        let items: Vec<(&str, &str)> = reading
            .articles
            .iter()
            .map(|item| (&*item.id, &*item.title))
            .collect();
        assert_eq!(items, [("1", "الشرع في موسكو"), ("2", "Bridge opens")]);
        assert_eq!(
            reading.articles[0].published,
            crate::input::parse_date("2025-10-15T23:45:36Z")
        );
        let field_names = FieldNames {
            title: Some("titel".into()),
            ..FieldNames::default()
        };
        assert!(
            rows(&source, &field_names)
                .unwrap_err()
                .to_string()
                .contains("did you mean \"title\"?")
        );
    }

    fn read(bytes: Vec<u8>) -> Result<Reading<'static>, ReadError> {
        rows(&Source::new("f", bytes), &FieldNames::default())
    }

    /// The error of the parser.
    fn cause(read: Result<Reading<'static>, ReadError>) -> String {
        match read {
            Err(ReadError::Malformed { source, .. }) => source.to_string(),
            other => panic!("not malformed: {other:?}"),
        }
    }

    #[test]
    fn every_compression_is_read() {
        let schema = "message news { REQUIRED BYTE_ARRAY title (UTF8); REQUIRED INT64 id; REQUIRED INT64 n; }";
        let all = [
            Compression::LZ4,
            Compression::LZ4_RAW,
            Compression::SNAPPY,
            Compression::GZIP(Default::default()),
            Compression::BROTLI(Default::default()),
            Compression::ZSTD(Default::default()),
        ];
        for compression in all {
            let reading = read(written(schema, [7, 8], compression)).unwrap();
            assert_eq!(
                (reading.articles.len(), reading.rejected.len()),
                (2, 0),
                "{compression}"
            );
        }
    }

    #[test]
    fn bytes_are_text_and_nanoseconds_are_timestamps() {
        let schema = "message news { REQUIRED BYTE_ARRAY title; REQUIRED INT64 id; \
            REQUIRED INT64 published (TIMESTAMP(NANOS,true)); }";
        let nanoseconds = [1_760_571_936_123_456_789, i64::MAX];
        let reading = read(written(schema, nanoseconds, Compression::UNCOMPRESSED)).unwrap();
        let item = &reading.articles[0];
        assert_eq!(item.title, "الشرع في موسكو");
        assert!(
            item.record.contains("\"2025-10-15T23:45:36.123456789Z\""),
            "{}",
            item.record
        );
        assert_eq!(
            item.published,
            crate::input::parse_date("2025-10-15T23:45:36Z")
        );
    }

    #[test]
    fn repeated_column_names_are_refused() {
        let schema = "message news { REQUIRED BYTE_ARRAY title (UTF8); REQUIRED INT64 n; REQUIRED INT64 n; }";
        let refused = cause(read(written(schema, [7, 8], Compression::UNCOMPRESSED)));
        assert!(
            refused.contains("two of its columns are named \"n\""),
            "{refused}"
        );
    }

    /// A file with equal titles, which are dictionary-encoded.
    fn repeated(rows: usize, title: &str) -> Vec<u8> {
        let schema = "message news { REQUIRED BYTE_ARRAY title (UTF8); }";
        file_of(schema, &vec![title; rows], &[], Compression::UNCOMPRESSED)
    }

    #[test]
    fn rows_beyond_the_limits_are_refused() {
        let reading = read(repeated(1000, "Bridge opens")).unwrap();
        assert_eq!(reading.articles.len(), 1000);
        let refused = cause(read(repeated(2000, &"Bridge opens ".repeat(2000))));
        assert!(refused.contains("32 MiB of rows"), "{refused}");
    }

    #[test]
    fn changed_bytes_cause_neither_panics_nor_large_allocations() {
        let whole = file();
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0x80, 0xff, whole[at] ^ 0x40] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let _ = read(bytes);
            }
        }
    }

    #[test]
    fn truncated_files_are_errors() {
        let mut bytes = file();
        bytes.truncate(60);
        let source = Source::new("cut.parquet", bytes);
        assert!(
            rows(&source, &FieldNames::default())
                .unwrap_err()
                .to_string()
                .contains("cut.parquet")
        );
    }
}
