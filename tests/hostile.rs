//! Hostile inputs: archives and markup that expand, and terminal commands in texts. They are
//! refused with a reason, or handled in bounded time.

use std::io::{Cursor, Write};

use proptest::prelude::*;
use qissa::Article;
use qissa::config::Level;
use qissa::evaluate::{Gold, parse_pairs};
use qissa::input::{self, FieldNames, ReadError, Source, read, unpack};
use qissa::output::{self, ClusteredItems, Coloring, Formulas};

use crate::common::{engine, owned_articles};

fn source(name: &str, bytes: impl Into<Vec<u8>>) -> Source {
    Source {
        name: name.into(),
        bytes: bytes.into().into(),
        ..Source::default()
    }
}

fn answered(items: &[Article<'_>], render: impl Fn(ClusteredItems<'_>, &mut Vec<u8>)) -> String {
    let report = engine(Level::Duplicates).group(items);
    let mut out = Vec::new();
    render(
        ClusteredItems {
            articles: items,
            report: &report,
        },
        &mut out,
    );
    String::from_utf8(out).unwrap()
}

#[test]
fn nested_archives_are_refused_by_the_ratio_limit() {
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let leaf = gzip(&gzip(&vec![b' '; 16 << 20]));
    for name in 0..64 {
        zip.start_file(name.to_string(), zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(&leaf).unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    assert!(bytes.len() < 100 << 10, "{}", bytes.len());
    let refused = unpack(source("x.zip", bytes)).unwrap_err();
    assert!(matches!(refused, ReadError::LimitExceeded { .. }) && refused.is_skippable());
    assert!(
        refused.to_string().contains("limit of 100 times"),
        "{refused}"
    );
}

/// Half a megabyte of tags each. A parser in quadratic time would not end, so the counts of items
/// are asserted only.
#[test]
fn floods_of_tags_take_linear_time() {
    let flood = |head: &str, tag: &str| format!("{head}{}", tag.repeat((1 << 19) / tag.len()));
    let feed = |tag: &str| {
        let text = flood("<rss><channel>", tag);
        let source = source("feed.xml", text);
        let found = read(&source, None, &FieldNames::default()).unwrap();
        (found.articles.len(), found.rejected.len())
    };
    let (items, skipped) = feed("<item/>\n");
    assert_eq!((items, skipped), (0, (1 << 19) / 8));
    assert_eq!(feed("<item><title>a"), ((1 << 19) / 14 - 1, 1));
    for tag in [
        "<item>",
        "<item><a:b xmlns:a='c'>",
        "<![CDATA[",
        "<!--",
        "<item a='",
        "&",
        "<",
    ] {
        let (items, skipped) = feed(tag);
        assert!(items + skipped <= 1 << 17, "{tag}");
    }
    for tag in [
        "<div>",
        "<b>",
        "<font a>",
        "<table><td>",
        "<a b=\"",
        "<!--",
        "<script>",
        "&",
        "\u{c2}\u{a0}",
        "<p>a",
    ] {
        let page = flood(
            "<!doctype html><html><head><title>Storm hits</title></head><body>",
            tag,
        );
        let source = source("page.html", page);
        let found = read(&source, None, &FieldNames::default()).unwrap();
        assert_eq!(found.articles.len() + found.rejected.len(), 1, "{tag}");
    }
}

#[test]
fn rejected_items_have_line_numbers() {
    let text = format!(
        "<rss><channel>{}<item><title>a</title></item>\n<item/></channel></rss>",
        "<item/>\n".repeat(3)
    );
    let source = source("feed.xml", text);
    let found = read(&source, None, &FieldNames::default()).unwrap();
    assert_eq!(
        found
            .rejected
            .iter()
            .map(|one| one.line)
            .collect::<Vec<_>>(),
        [1, 2, 3, 5]
    );
}

#[test]
fn very_long_titles_are_grouped() {
    let numbers: String = (0..3_000u32)
        .map(|n| format!("{} ", n.wrapping_mul(2_654_435_761)))
        .collect();
    for title in [
        "\u{fdfa}".repeat(1_500),
        "a".to_owned() + &"\u{301}\u{327}".repeat(5_000),
        numbers,
    ] {
        let items = [
            Article::headline("1", title.as_str()),
            Article::headline("2", "Storm hits the coast"),
        ];
        let report = engine(Level::Stories).group(&items);
        assert_eq!(report.placements.len(), 2);
    }
}

const COMMANDS: &str = "\u{1b}]52;c;x\u{7}\u{1b}[2J\u{9b}1m\u{202e}\u{2066}";

fn commands() -> Vec<Article<'static>> {
    let item = |id: &str, text: &str| Article {
        text: text.to_owned().into(),
        source: Some(format!("Post{COMMANDS}").into()),
        ..Article::headline(
            format!("{id}{COMMANDS}"),
            format!("Storm {COMMANDS} hits the coast road"),
        )
    };
    vec![item("1", "one text of it"), item("2", "another text of it")]
}

#[test]
fn outputs_contain_no_terminal_commands() {
    let items = commands();
    let is_command =
        |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{2066}' | '\u{2067}');
    let text = answered(&items, |answered, out| {
        output::text_stories(answered, Coloring::Plain, out).unwrap()
    });
    assert!(
        text.contains("Storm") && !text.contains(is_command),
        "{text:?}"
    );
    let engine = engine(Level::Stories);
    let mut told = Vec::new();
    output::explanation(
        &engine.explain(&items, [0, 1], &()).unwrap(),
        Coloring::Plain,
        &mut told,
    )
    .unwrap();
    output::neighbourhood(&engine.neighbours(&items, 0, 3, &()).unwrap(), &mut told).unwrap();
    let told = String::from_utf8(told).unwrap();
    assert!(
        told.contains("Post") && !told.contains(is_command),
        "{told:?}"
    );
}

#[test]
fn spreadsheet_formulas_are_neutralised_on_request() {
    let text = "{\"id\":\"=1+1\",\"title\":\"@SUM(1) storm\",\"=note\":\"+x\",\"n\":\"\\tx\",\"text\":\"-1\"}\n";
    let items = owned_articles("x.jsonl", text);
    let table = |formulas| {
        answered(&items, |answered, out| {
            output::csv_rows(answered, formulas, out).unwrap()
        })
    };
    let begins = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cells = |table: &str| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(table.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        rows.iter()
            .flat_map(|row| row.iter().map(str::to_owned).collect::<Vec<_>>())
            .collect::<Vec<String>>()
    };
    assert_eq!(
        cells(&table(Formulas::Neutralised))
            .iter()
            .filter(|cell| begins(cell))
            .count(),
        0
    );
    assert!(cells(&table(Formulas::Kept)).contains(&"=1+1".to_owned()));
}

#[test]
fn tables_keep_the_columns_and_texts_of_their_records() {
    let items = owned_articles(
        "x.csv",
        "id,headline,body,n\n7,\"Storm, again\",\"It rained.\nThen sun.\",12\n8,Calm,None,\n",
    );
    let table = answered(&items, |answered, out| {
        output::csv_rows(answered, Formulas::Kept, out).unwrap()
    });
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let head: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        head[..8],
        [
            "id",
            "title",
            "url",
            "source",
            "published",
            "headline",
            "body",
            "n"
        ]
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cell = |row: usize, name: &str| {
        rows[row][head.iter().position(|one| one == name).unwrap()].to_owned()
    };
    assert_eq!(
        (cell(0, "body"), cell(0, "n")),
        ("It rained.\nThen sun.".to_owned(), "12".to_owned())
    );
    assert_eq!(
        (cell(0, "title"), cell(1, "title")),
        ("Storm, again".to_owned(), "Calm".to_owned())
    );
    // The table gives the same items when it is read.
    let again = owned_articles("again.csv", &table);
    assert_eq!(
        again.iter().map(|item| &*item.text).collect::<Vec<_>>(),
        ["It rained.\nThen sun.", "None"]
    );
    // A field with the name of the column of other fields is kept in that column.
    let items = owned_articles(
        "x.jsonl",
        "{\"id\":\"1\",\"title\":\"Storm\",\"other_fields\":\"kept\"}",
    );
    let table = answered(&items, |answered, out| {
        output::csv_rows(answered, Formulas::Kept, out).unwrap()
    });
    assert!(
        table.contains("{\"\"other_fields\"\":\"\"kept\"\"}"),
        "{table}"
    );
    // Articles without records have a column for their text.
    let bare = [Article {
        text: "It rained.".into(),
        ..Article::headline("1", "Storm")
    }];
    let table = answered(&bare, |answered, out| {
        output::csv_rows(answered, Formulas::Kept, out).unwrap()
    });
    assert!(
        table.starts_with("id,title,url,source,published,text,near_dup_id"),
        "{table}"
    );
}

#[test]
fn many_distinct_columns_do_not_multiply() {
    let line =
        |n: usize| format!("{{\"id\":\"{n}\",\"title\":\"Storm number {n}\",\"k{n}\":{n}}}\n");
    let items = owned_articles("x.jsonl", &(0..1000).map(line).collect::<String>());
    let table = answered(&items, |answered, out| {
        output::csv_rows(answered, Formulas::Kept, out).unwrap()
    });
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert!(reader.headers().unwrap().len() < 300);
    let last = reader.records().last().unwrap().unwrap();
    assert!(last.iter().any(|cell| cell == "{\"k999\":999}"), "{last:?}");
}

proptest! {
    /// Escaping is reversible and injective.
    #[test]
    fn ids_survive_a_round_trip_through_tables(ids in proptest::collection::btree_set("[ab\\\\\t\n\r ]{1,6}", 2..6)) {
        let items: Vec<Article<'_>> = ids.iter().map(|id| Article::headline(id.as_str(), "Storm hits the coast road")).collect();
        let engine = engine(Level::Duplicates);
        let report = engine.group(&items);
        let answered = ClusteredItems { articles: &items, report: &report };
        let partition = &report.partition;
        let id = |at: usize| &*items[at].id;
        let (mut labels, mut pairs, mut canonicals) = (Vec::new(), Vec::new(), Vec::new());
        output::labels(id, &partition.items, &mut labels).unwrap();
        output::pairs(id, partition, &mut pairs).unwrap();
        output::canonicals(answered, &mut canonicals).unwrap();
        let [labels, pairs, canonicals] = [labels, pairs, canonicals].map(|table| String::from_utf8(table).unwrap());
        let read: Vec<String> = parse_pairs(&labels).unwrap().into_iter().map(|(id, _)| id).collect();
        prop_assert_eq!(&read, &ids.iter().cloned().collect::<Vec<_>>());
        prop_assert_eq!(Gold::parse(&labels).unwrap().items(), ids.len());
        prop_assert!(parse_pairs(&canonicals).unwrap().iter().all(|(_, id)| ids.contains(id)));
        let rules: String = pairs.lines().map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            format!("must-link\t{}\t{}\n", cells[0], cells[1])
        }).collect();
        let known = input::constraints("rules", &rules).unwrap();
        prop_assert!(known.ids().all(|id| ids.contains(id)) && known.ids().count() == ids.len());
    }
}
