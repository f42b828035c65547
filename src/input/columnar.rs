//! A Parquet file in, its rows as articles out. Each row becomes a record under its column's names,
//! so that other columns pass through. Linear in the file, which is held whole.

mod claims;

use std::panic::{self, AssertUnwindSafe};

use hashbrown::HashSet;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde_json::Value;

use super::{Format, Keys, ReadError, Reading, Skipped, Source, UnpackLimits, json};

/// A file that claims more rows a byte than this is damaged: even empty rows take more.
const MOST_ROWS_A_BYTE: usize = 100;

/// What an item takes beside its record, in bytes.
const ROW_BYTES: u64 = 256;

/// The articles of a file.
pub(super) fn rows(source: &Source, keys: &Keys) -> Result<Reading<'static>, ReadError> {
    // The parser panics on some damaged files.
    let read = panic::catch_unwind(AssertUnwindSafe(|| parse(source, keys)));
    read.unwrap_or_else(|_| Err(broken(source, "it is damaged")))
}

fn broken(source: &Source, cause: impl ToString) -> ReadError {
    ReadError::Broken {
        name: source.name.clone(),
        expected: "Parquet file",
        cause: cause.to_string(),
    }
}

fn parse(source: &Source, keys: &Keys) -> Result<Reading<'static>, ReadError> {
    claims::check_footer(&source.bytes).map_err(|cause| broken(source, cause))?;
    let reader =
        SerializedFileReader::new(source.bytes.clone()).map_err(|error| broken(source, error))?;
    let metadata = reader.metadata().file_metadata();
    let columns: Vec<String> = metadata
        .schema()
        .get_fields()
        .iter()
        .map(|field| field.name().to_owned())
        .collect();
    if let Some(name) = repeated(&columns) {
        return Err(broken(
            source,
            format!("two of its columns are named {name:?}: rename one of them"),
        ));
    }
    keys.check(&source.name, || paths(metadata.schema()))?;
    if keys.paths().is_empty() {
        keys.refuse_unknown(&source.name, &columns)?;
    }
    let claimed: i64 = reader
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.num_rows().max(0))
        .fold(0, i64::saturating_add);
    if usize::try_from(claimed).is_ok_and(|rows| rows / MOST_ROWS_A_BYTE > source.bytes.len()) {
        return Err(broken(
            source,
            format!("it claims {claimed} rows in {} bytes", source.bytes.len()),
        ));
    }
    let allowed = UnpackLimits::default().of_length(source.bytes.len());
    claims::check_pages(&source.bytes, &reader, allowed).map_err(|cause| broken(source, cause))?;
    let mut held = 0;
    let mut reading = Reading::of(Format::Parquet, (Vec::new(), Vec::new()));
    let skip = |at: usize, cause: String| Skipped {
        source: source.name.clone(),
        line: at + 1,
        cause,
    };
    for (at, row) in reader
        .get_row_iter(None)
        .map_err(|error| broken(source, error))?
        .enumerate()
    {
        match row {
            Ok(row) => {
                let record = object(&row, Some(metadata.schema())).to_string();
                held += ROW_BYTES + record.len() as u64;
                if held > allowed {
                    let cause = format!(
                        "more than {} MiB of rows come out of it: split it, or convert it to JSON Lines",
                        allowed >> 20
                    );
                    return Err(broken(source, cause));
                }
                match json::record(&record, keys) {
                    Ok(article) => reading.articles.push(article.into_owned()),
                    Err(cause) => reading.skipped.push(skip(at, cause)),
                }
            }
            Err(error) => {
                reading
                    .skipped
                    .push(skip(at, format!("the file breaks off: {error}")));
                break;
            }
        }
    }
    Ok(reading)
}

/// The first name that comes again.
fn repeated(names: &[String]) -> Option<&String> {
    let mut known = HashSet::new();
    names.iter().find(|&name| !known.insert(name))
}

/// The names of the columns, and with dots those within them, as far down as records are looked
/// into.
fn paths(schema: &Type) -> Vec<String> {
    let mut found = Vec::new();
    add_paths(schema, "", json::NESTED_MOST, &mut found);
    found
}

fn add_paths(kind: &Type, before: &str, depth: usize, found: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1).filter(|_| kind.is_group()) else {
        return;
    };
    for column in kind.get_fields() {
        let path = format!("{before}{}", column.name());
        let about = column.get_basic_info();
        let is_list = about.converted_type() == ConvertedType::LIST
            || matches!(about.logical_type_ref(), Some(LogicalType::List));
        // What a list's elements hold stands right behind the name of the list.
        let inner = if is_list {
            element(column).unwrap_or(column)
        } else {
            column
        };
        add_paths(inner, &format!("{path}."), depth, found);
        found.push(path);
    }
}

/// A row as an object, whose columns have these types.
fn object(row: &Row, kind: Option<&Type>) -> Value {
    let kinds = kind
        .filter(|kind| kind.is_group())
        .map_or(&[][..], Type::get_fields);
    let fields = row.get_column_iter().enumerate();
    Value::Object(
        fields
            .map(|(at, (name, field))| (name.clone(), value(field, kinds.get(at).map(|it| &**it))))
            .collect(),
    )
}

/// A value of a type. Moments are written as RFC 3339 has them, and bytes that are text as text.
fn value(field: &Field, kind: Option<&Type>) -> Value {
    let moment = |moment: Result<jiff::Timestamp, jiff::Error>, number: i64| {
        moment.map_or_else(
            |_| Value::from(number),
            |moment| Value::from(moment.to_string()),
        )
    };
    match field {
        Field::TimestampMillis(number) => {
            moment(jiff::Timestamp::from_millisecond(*number), *number)
        }
        Field::TimestampMicros(number) => {
            moment(jiff::Timestamp::from_microsecond(*number), *number)
        }
        Field::Long(number) if kind.is_some_and(is_in_nanoseconds) => moment(
            jiff::Timestamp::from_nanosecond(i128::from(*number)),
            *number,
        ),
        Field::Bytes(bytes) => match str::from_utf8(bytes.data()) {
            Ok(text) if text.chars().all(|c| !c.is_control() || c.is_whitespace()) => {
                Value::from(text)
            }
            _ => field.to_json_value(),
        },
        Field::Group(row) => object(row, kind),
        Field::ListInternal(list) => {
            let kind = kind.and_then(element);
            list.elements()
                .iter()
                .map(|element| value(element, kind))
                .collect()
        }
        _ => field.to_json_value(),
    }
}

fn is_in_nanoseconds(kind: &Type) -> bool {
    let Some(LogicalType::Timestamp(kind)) = kind.get_basic_info().logical_type_ref() else {
        return false;
    };
    kind.unit == TimeUnit::NANOS
}

/// The type of a list's elements, which stands in groups of one.
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

    /// Two rows of a text, an integer and a moment, by a schema of three columns.
    fn written(schema: &str, moments: [i64; 2], compression: Compression) -> Vec<u8> {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut bytes = Vec::new();
        let properties = Arc::new(
            WriterProperties::builder()
                .set_compression(compression)
                .build(),
        );
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let titles = [
            ByteArray::from("الشرع في موسكو"),
            ByteArray::from("Bridge opens"),
        ];
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&titles, None, None)
            .unwrap();
        column.close().unwrap();
        for values in [[1, 2], moments] {
            let mut column = group.next_column().unwrap().unwrap();
            column
                .typed::<Int64Type>()
                .write_batch(&values, None, None)
                .unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn rows_become_articles() {
        let source = Source {
            name: "f".into(),
            bytes: file().into(),
            ..Source::default()
        };
        let reading = rows(&source, &Keys::default()).unwrap();
        let items: Vec<(&str, &str)> = reading
            .articles
            .iter()
            .map(|item| (&*item.id, &*item.title))
            .collect();
        assert_eq!(items, [("1", "الشرع في موسكو"), ("2", "Bridge opens")]);
        assert_eq!(
            reading.articles[0].published,
            super::super::parse_date("2025-10-15T23:45:36Z")
        );
        let keys = Keys {
            title: Some("titel".into()),
            ..Keys::default()
        };
        assert!(
            rows(&source, &keys)
                .unwrap_err()
                .to_string()
                .contains("did you mean \"title\"?")
        );
    }

    fn read(bytes: Vec<u8>) -> Result<Reading<'static>, ReadError> {
        rows(
            &Source {
                name: "f".into(),
                bytes: bytes.into(),
                ..Source::default()
            },
            &Keys::default(),
        )
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
                (reading.articles.len(), reading.skipped.len()),
                (2, 0),
                "{compression}"
            );
        }
    }

    #[test]
    fn bytes_are_text_and_nanoseconds_are_moments() {
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
            super::super::parse_date("2025-10-15T23:45:36Z")
        );
    }

    #[test]
    fn two_columns_of_one_name_are_refused() {
        let schema = "message news { REQUIRED BYTE_ARRAY title (UTF8); REQUIRED INT64 n; REQUIRED INT64 n; }";
        let refused = read(written(schema, [7, 8], Compression::UNCOMPRESSED))
            .unwrap_err()
            .to_string();
        assert!(
            refused.contains("two of its columns are named \"n\""),
            "{refused}"
        );
    }

    /// A file of one title that comes again in every row, a word of some bits.
    fn repeated(rows: usize, title: &str) -> Vec<u8> {
        let schema = Arc::new(
            parse_message_type("message news { REQUIRED BYTE_ARRAY title (UTF8); }").unwrap(),
        );
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&vec![ByteArray::from(title); rows], None, None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn rows_that_take_far_more_than_the_file_are_refused() {
        let read = |bytes: Vec<u8>| {
            let source = Source {
                name: "f".into(),
                bytes: bytes.into(),
                ..Source::default()
            };
            rows(&source, &Keys::default())
                .map(|reading| reading.articles.len())
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(repeated(1000, "Bridge opens")), Ok(1000));
        let refused = read(repeated(2000, &"Bridge opens ".repeat(2000))).unwrap_err();
        assert!(refused.contains("32 MiB of rows"), "{refused}");
    }

    /// Whatever single byte of the file is another, the reader ends, and holds no more than it may.
    #[test]
    fn no_byte_makes_a_file_large() {
        let whole = file();
        for at in 0..whole.len() {
            for value in [0, 0x7f, 0x80, 0xff, whole[at] ^ 0x40] {
                let mut bytes = whole.clone();
                bytes[at] = value;
                let source = Source {
                    name: "f".into(),
                    bytes: bytes.into(),
                    ..Source::default()
                };
                let _ = rows(&source, &Keys::default());
            }
        }
    }

    #[test]
    fn a_damaged_file_is_named() {
        let mut bytes = file();
        bytes.truncate(60);
        let source = Source {
            name: "cut.parquet".into(),
            bytes: bytes.into(),
            ..Source::default()
        };
        assert!(
            rows(&source, &Keys::default())
                .unwrap_err()
                .to_string()
                .contains("cut.parquet")
        );
    }
}
