//! Equal items in all formats, character sets and compressions give equal groups.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use qissa::Article;
use qissa::config::Level;
use qissa::input::{self, FieldNames, Source};
use serde_json::json;

use crate::common::{self, engine};

/// An item with the fields that every format has.
struct Item {
    url: String,
    title: String,
    text: String,
}

/// Pseudo-random words of a seed.
fn words(seed: &mut u64, arabic: bool, count: usize) -> String {
    const LATIN: [&str; 12] = [
        "ba", "ko", "ri", "ten", "mul", "sa", "dor", "vi", "nel", "ga", "pos", "hu",
    ];
    const ARABIC: [&str; 12] = [
        "با", "كو", "ري", "تن", "مل", "سا", "دور", "في", "نل", "جا", "بس", "هو",
    ];
    let mut next = || {
        *seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize % 12
    };
    let word = |_| {
        (0..3)
            .map(|_| {
                if arabic {
                    ARABIC[next()]
                } else {
                    LATIN[next()]
                }
            })
            .collect::<String>()
    };
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

/// 500 items: 100 events in Arabic or English with five items each. Three share a text, one of them
/// with an additional word; two have texts of their own.
fn items() -> Vec<Item> {
    let mut items = Vec::new();
    for event in 0..100u64 {
        let (mut seed, arabic) = (event, event % 2 == 0);
        let names = words(&mut seed, arabic, 4);
        let title = format!("{names} {}", words(&mut seed, arabic, 4));
        let sentences = |seed: &mut u64| -> String {
            (0..8)
                .map(|_| format!("{names} {}. ", words(seed, arabic, 9)))
                .collect::<String>()
                .trim_end()
                .to_owned()
        };
        let text = sentences(&mut seed);
        for outlet in 0..5 {
            let (title, text) = match outlet {
                0 | 1 => (title.clone(), text.clone()),
                2 => (
                    title.clone(),
                    format!("{text} {}.", words(&mut seed, arabic, 1)),
                ),
                _ => (
                    format!("{names} {}", words(&mut seed, arabic, 4)),
                    sentences(&mut seed),
                ),
            };
            items.push(Item {
                url: format!("https://outlet{outlet}.example/{event}"),
                title,
                text,
            });
        }
    }
    items
}

fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn jsonl(items: &[Item]) -> Vec<u8> {
    let line = |item: &Item| {
        json!({ "id": item.url, "title": item.title, "text": item.text }).to_string() + "\n"
    };
    items.iter().map(line).collect::<String>().into_bytes()
}

fn json_array(items: &[Item]) -> Vec<u8> {
    let all: Vec<_> = items
        .iter()
        .map(|item| json!({ "guid": item.url, "headline": item.title, "body": item.text }))
        .collect();
    serde_json::to_vec_pretty(&all).unwrap()
}

fn json_feed(items: &[Item]) -> Vec<u8> {
    let all: Vec<_> = items
        .iter()
        .map(|item| json!({ "id": item.url, "title": item.title, "content_html": format!("<p>{}</p>", xml(&item.text)) }))
        .collect();
    serde_json::to_vec(
        &json!({ "version": "https://jsonfeed.org/version/1.1", "title": "T", "items": all }),
    )
    .unwrap()
}

fn table(items: &[Item], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    writer
        .write_record(["url", "Title", "Full Text", "id"])
        .unwrap();
    for item in items {
        writer
            .write_record([&item.url, &item.title, &item.text, &item.url])
            .unwrap();
    }
    writer.into_inner().unwrap()
}

fn rss(items: &[Item], head: &str) -> Vec<u8> {
    let item = |item: &Item| {
        let (title, text) = (xml(&item.title), xml(&item.text));
        format!(
            "<item><title>{title}</title><guid>{}</guid><description>{text}</description></item>",
            item.url
        )
    };
    let all: String = items.iter().map(item).collect();
    format!("{head}<rss version=\"2.0\"><channel><title>T</title>{all}</channel></rss>")
        .into_bytes()
}

fn atom(items: &[Item]) -> Vec<u8> {
    let entry = |item: &Item| {
        let (title, text) = (xml(&item.title), xml(&item.text));
        format!(
            "<entry><id>{}</id><title>{title}</title><content><![CDATA[<p>{text}</p>]]></content></entry>",
            item.url
        )
    };
    let all: String = items.iter().map(entry).collect();
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\">{all}</feed>").into_bytes()
}

fn html(item: &Item) -> Vec<u8> {
    let (title, text) = (xml(&item.title), xml(&item.text));
    let paragraphs: String = text
        .split_inclusive(". ")
        .map(|sentence| format!("<p>{sentence}</p>"))
        .collect();
    format!(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>{title}</title><link rel=\"canonical\" href=\"{}\">\
         </head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>",
        item.url
    )
    .into_bytes()
}

#[cfg(feature = "parquet")]
fn columnar(items: &[Item]) -> Vec<u8> {
    use parquet::data_type::{ByteArray, ByteArrayType};
    let schema = "message news { REQUIRED BYTE_ARRAY id (UTF8); REQUIRED BYTE_ARRAY title (UTF8); REQUIRED BYTE_ARRAY text (UTF8); }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let mut writer =
        parquet::file::writer::SerializedFileWriter::new(&mut bytes, schema, Default::default())
            .unwrap();
    let mut group = writer.next_row_group().unwrap();
    let columns: [fn(&Item) -> &str; 3] = [|item| &item.url, |item| &item.title, |item| &item.text];
    for value in columns {
        let values: Vec<ByteArray> = items
            .iter()
            .map(|item| ByteArray::from(value(item)))
            .collect();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&values, None, None)
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[cfg(not(feature = "parquet"))]
fn columnar(items: &[Item]) -> Vec<u8> {
    jsonl(items)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file(name, zip::write::SimpleFileOptions::default())
        .unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

fn tar(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    builder.append_data(&mut header, name, bytes).unwrap();
    builder.into_inner().unwrap()
}

fn in_charset(bytes: &[u8], encoding: &'static encoding_rs::Encoding) -> Vec<u8> {
    encoding
        .encode(str::from_utf8(bytes).unwrap())
        .0
        .into_owned()
}

fn utf_16(bytes: &[u8]) -> Vec<u8> {
    let text = format!("\u{feff}{}", str::from_utf8(bytes).unwrap());
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Writes the items in all formats, character sets and compressions, a share each.
fn write_folder(folder: &Path, items: &[Item]) {
    let arabic = "<?xml version=\"1.0\" encoding=\"windows-1256\"?>";
    let shares: Vec<&[Item]> = items.chunks(items.len().div_ceil(13)).collect();
    let files = [
        ("a.jsonl", jsonl(shares[0])),
        ("b.jsonl.gz", gzip(&jsonl(shares[1]))),
        (
            "c.json.zst",
            zstd::encode_all(&json_array(shares[2])[..], 3).unwrap(),
        ),
        ("d.json", json_feed(shares[3])),
        ("e.csv", table(shares[4], b',')),
        ("f.tsv", utf_16(&table(shares[5], b'\t'))),
        ("g.xml", rss(shares[6], "")),
        (
            "h.rss",
            in_charset(&rss(shares[7], arabic), encoding_rs::WINDOWS_1256),
        ),
        ("i.zip", zip("in/atom.xml", &atom(shares[8]))),
        (
            "j.tar.gz",
            gzip(&tar("in/all.csv", &table(shares[9], b';'))),
        ),
        ("k.parquet", columnar(shares[10])),
        (
            "l.csv",
            in_charset(&table(shares[11], b','), encoding_rs::WINDOWS_1256),
        ),
    ];
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    fs::create_dir(folder.join("pages")).unwrap();
    for (at, item) in shares[12].iter().enumerate() {
        fs::write(folder.join(format!("pages/{at:03}.html")), html(item)).unwrap();
    }
    fs::write(folder.join("picture.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
}

/// The groups of a batch, as addresses.
fn groups(articles: &[Article<'_>], level: Level) -> Vec<Vec<String>> {
    let report = engine(level).group(articles);
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (article, place) in articles.iter().zip(&report.placements) {
        groups
            .entry(place.cluster.to_string())
            .or_default()
            .push(article.id.to_string());
    }
    let mut groups: Vec<Vec<String>> = groups.into_values().collect();
    groups.iter_mut().for_each(|group| group.sort());
    groups.sort();
    groups
}

#[test]
fn all_formats_give_the_groups_of_json_lines() {
    let items = items();
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), &items);
    let mut sources = Vec::new();
    for input in input::expand(&[folder.path()]).unwrap().files {
        let source = Source {
            is_named: input.is_named,
            ..Source::load(&input.path).unwrap()
        };
        sources.extend(input::unpack(source).unwrap());
    }
    let mut articles = Vec::new();
    let mut refused = Vec::new();
    for source in &sources {
        match input::read(source, None, &FieldNames::default()) {
            Ok(reading) => {
                assert_eq!(reading.rejected, [], "{}", source.name);
                articles.extend(reading.articles);
            }
            Err(error) => refused.push(error.to_string()),
        }
    }
    assert_eq!((articles.len(), refused.len()), (500, 1), "{refused:?}");
    let plain = Source::new("plain", jsonl(&items));
    let plain = common::articles(&plain);
    for level in [Level::Duplicates, Level::Stories] {
        let expected = groups(&plain, level);
        assert!(
            (90..450).contains(&expected.len()),
            "{} groups",
            expected.len()
        );
        assert_eq!(groups(&articles, level), expected, "{level:?}");
    }
}
