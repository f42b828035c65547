//! What must hold for any bytes. Of a reader: it ends without a panic, gives the same twice, and
//! what it gives can be grouped and written. Of an index's segments: what is read is what would be
//! written.

use qissa::index::{Delivery, Segment};
use qissa::input::{self, Format, Keys, Source};

/// The names of the targets, which are those of the corpora.
#[allow(dead_code, reason = "the fuzz targets name themselves")]
pub const TARGETS: [&str; 12] = [
    "charset", "csv", "feed", "html", "json", "jsonl", "lines", "page", "parquet", "segment",
    "unpack", "warc",
];

/// Checks a target with some bytes.
pub fn check(target: &str, bytes: &[u8]) {
    let source = |bytes: &[u8]| Source {
        name: "fuzz".to_owned(),
        bytes: bytes.to_vec().into(),
        flaw: None,
        is_named: true,
    };
    match target {
        "unpack" => {
            for inside in input::unpack(source(bytes)).into_iter().flatten() {
                reads(&inside, None);
            }
        }
        "charset" => reads(&source(bytes), None),
        "csv" => reads(&source(bytes), Some(Format::Csv)),
        "feed" => reads(&source(bytes), Some(Format::Feed)),
        "html" => reads(&source(bytes), Some(Format::Html)),
        "json" => reads(&source(bytes), Some(Format::Json)),
        "jsonl" => reads(&source(bytes), Some(Format::Jsonl)),
        "lines" => reads(&source(bytes), Some(Format::Lines)),
        "page" => reads(&source(bytes), Some(Format::Page)),
        "parquet" => reads(&source(&[b"PAR1", bytes].concat()), Some(Format::Parquet)),
        "warc" => reads(&source(bytes), Some(Format::Warc)),
        "segment" => segments(bytes),
        other => panic!("{other} is no target"),
    }
}

fn reads(source: &Source, format: Option<Format>) {
    let keys = Keys::default();
    let Ok(reading) = input::read(source, format, &keys) else {
        return;
    };
    let again = input::read(source, format, &keys).map(|again| again.articles);
    assert!(
        again.is_ok_and(|again| again == reading.articles),
        "two readings differ"
    );
    for article in &reading.articles {
        assert!(!article.id.is_empty(), "an item without an id");
        let whole = article.record.is_empty()
            || serde_json::from_str::<&serde_json::value::RawValue>(&article.record).is_ok();
        assert!(whole, "a record that is no JSON: {}", article.record);
    }
}

/// The bytes as a file of segments, as the content of a segment, and as that of a delivery.
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
