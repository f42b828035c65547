//! A Parquet file in, its rows as articles out. Each row becomes a record under its column's names, so that other
//! columns pass through. Linear in the file, which is held whole.

use std::panic::{self, AssertUnwindSafe};

use parquet::file::reader::{FileReader, SerializedFileReader};

use super::{Format, Keys, ReadError, Reading, Skipped, Source, json};

/// A file that claims more rows a byte than this is damaged: even empty rows take more.
const MOST_ROWS_A_BYTE: usize = 100;

/// The articles of a file.
pub(super) fn rows(source: &Source, keys: &Keys) -> Result<Reading<'static>, ReadError> {
    // The parser panics on some damaged files.
    let read = panic::catch_unwind(AssertUnwindSafe(|| parse(source, keys)));
    read.unwrap_or_else(|_| Err(broken(source, "it is damaged")))
}

fn broken(source: &Source, cause: impl ToString) -> ReadError {
    ReadError::Broken { name: source.name.clone(), expected: "Parquet file", cause: cause.to_string() }
}

fn parse(source: &Source, keys: &Keys) -> Result<Reading<'static>, ReadError> {
    let reader = SerializedFileReader::new(source.bytes.clone()).map_err(|error| broken(source, error))?;
    let metadata = reader.metadata().file_metadata();
    let columns: Vec<String> = metadata.schema().get_fields().iter().map(|field| field.name().to_owned()).collect();
    keys.check(&source.name, || columns.iter().map(String::as_str).collect())?;
    keys.refuse_unknown(&source.name, &columns)?;
    let claimed: i64 =
        reader.metadata().row_groups().iter().map(|group| group.num_rows().max(0)).fold(0, i64::saturating_add);
    if usize::try_from(claimed).is_ok_and(|rows| rows / MOST_ROWS_A_BYTE > source.bytes.len()) {
        return Err(broken(source, format!("it claims {claimed} rows in {} bytes", source.bytes.len())));
    }
    let mut reading =
        Reading { format: Format::Parquet, articles: Vec::new(), skipped: Vec::new(), shared_ids: Vec::new() };
    let skip = |at: usize, cause: String| Skipped { source: source.name.clone(), line: at + 1, cause };
    for (at, row) in reader.get_row_iter(None).map_err(|error| broken(source, error))?.enumerate() {
        match row {
            Ok(row) => match json::record(&row.to_json_value().to_string(), keys) {
                Ok(article) => reading.articles.push(article.into_owned()),
                Err(cause) => reading.skipped.push(skip(at, cause)),
            },
            Err(error) => {
                reading.skipped.push(skip(at, format!("the file breaks off: {error}")));
                break;
            }
        }
    }
    Ok(reading)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn file() -> Vec<u8> {
        let schema = "message news { REQUIRED BYTE_ARRAY title (UTF8); REQUIRED INT64 id; \
            REQUIRED INT64 published (TIMESTAMP_MILLIS); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let titles = [ByteArray::from("الشرع في موسكو"), ByteArray::from("Bridge opens")];
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&titles, None, None).unwrap();
        column.close().unwrap();
        for values in [[1, 2], [1_760_571_936_000, 1_760_571_937_000]] {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int64Type>().write_batch(&values, None, None).unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn rows_become_articles() {
        let source = Source { name: "f".into(), bytes: file().into(), ..Source::default() };
        let reading = rows(&source, &Keys::default()).unwrap();
        let items: Vec<(&str, &str)> = reading.articles.iter().map(|item| (&*item.id, &*item.title)).collect();
        assert_eq!(items, [("1", "الشرع في موسكو"), ("2", "Bridge opens")]);
        assert_eq!(reading.articles[0].published, super::super::parse_date("2025-10-15T23:45:36Z"));
        let keys = Keys { title: Some("titel".into()), ..Keys::default() };
        assert!(rows(&source, &keys).unwrap_err().to_string().contains("did you mean \"title\"?"));
    }

    #[test]
    fn a_damaged_file_is_named() {
        let mut bytes = file();
        bytes.truncate(60);
        let source = Source { name: "cut.parquet".into(), bytes: bytes.into(), ..Source::default() };
        assert!(rows(&source, &Keys::default()).unwrap_err().to_string().contains("cut.parquet"));
    }
}
