//! Properties that hold for any bytes.
//!
//! A reader does not panic, gives equal items twice, and its records are JSON. A segment of an
//! index is written as it was read. A date that parses is in range.

use qissa::index::{Delivery, Segment};
use qissa::input::{self, FieldNames, Format, Source};

/// The names of the targets, and of their corpora.
#[allow(dead_code, reason = "the fuzz targets name themselves")]
pub const TARGETS: [&str; 13] = [
    "charset", "csv", "date", "feed", "html", "json", "jsonl", "lines", "page", "parquet",
    "segment", "unpack", "warc",
];

/// Checks the properties of a target.
pub fn check(target: &str, bytes: &[u8]) {
    let source = |bytes: &[u8]| Source::new("fuzz", bytes.to_vec());
    match target {
        "unpack" => {
            for inside in input::unpack(source(bytes)).into_iter().flatten() {
                reads(&inside, None);
            }
        }
        "charset" => reads(&source(bytes), None),
        "csv" => reads(&source(bytes), Some(Format::Csv)),
        "date" => parses_dates(bytes),
        "feed" => reads(&source(bytes), Some(Format::Feed)),
        "html" => reads(&source(bytes), Some(Format::Html)),
        "json" => reads(&source(bytes), Some(Format::Json)),
        "jsonl" => reads(&source(bytes), Some(Format::Jsonl)),
        "lines" => reads(&source(bytes), Some(Format::Lines)),
        "page" => reads(&source(bytes), Some(Format::Page)),
        "parquet" => reads(&source(&[b"PAR1", bytes].concat()), Some(Format::Parquet)),
        "warc" => reads(&source(bytes), Some(Format::Warc)),
        "segment" => segments(bytes),
        unknown => panic!("unknown target {unknown}"),
    }
}

fn reads(source: &Source, format: Option<Format>) {
    let field_names = FieldNames::default();
    let Ok(reading) = input::read(source, format, &field_names) else {
        return;
    };
    let again = input::read(source, format, &field_names).map(|again| again.articles);
    assert!(
        again.is_ok_and(|again| again == reading.articles),
        "two readings differ"
    );
    for article in &reading.articles {
        assert!(!article.id.is_empty(), "an item without an id");
        let whole = article.record.is_empty()
            || serde_json::from_str::<&serde_json::value::RawValue>(&article.record).is_ok();
        assert!(whole, "a record is not JSON: {}", article.record);
    }
}

/// Parses a text as a date, whole and line by line.
fn parses_dates(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for date in text.lines().chain([&*text]) {
        let parsed = input::parse_date(date);
        assert_eq!(parsed, input::parse_date(date), "two results for {date:?}");
        let years = 1605..2200;
        let in_range = |when: qissa::Timestamp| {
            let year: i32 = when.to_string()[..4]
                .parse()
                .expect("a year of four digits");
            years.contains(&year)
        };
        assert!(parsed.is_none_or(in_range), "{date:?} is out of range");
    }
}

/// Reads the bytes as a file of segments, as the content of a segment, and as that of a delivery.
fn segments(bytes: &[u8]) {
    for segment in Segment::recover(bytes)
        .into_iter()
        .chain(Segment::from_content(bytes).ok())
    {
        let (written, checksum) = segment.to_bytes().expect("a segment can be written");
        assert_eq!(
            Segment::from_bytes(&written),
            Ok((segment, checksum)),
            "a segment does not come back"
        );
    }
    if let Ok(delivery) = Delivery::from_content(bytes) {
        let written = delivery.to_bytes().expect("a delivery can be written");
        assert_eq!(
            Delivery::from_bytes(&written),
            Ok(delivery),
            "a delivery does not come back"
        );
    }
}
