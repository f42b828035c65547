//! The report as one self-contained HTML page.
//!
//! The page loads nothing. Its content security policy allows its own style and script only, by
//! their hashes. Charts and the first stories are markup that can be read and printed without the
//! script. All stories follow as JSON, [`CHUNK`] an element, which the script parses on demand.

mod chart;
mod markup;
mod words;

use std::io::{self, Write};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::article::Timestamp;
use crate::config::Level;
use crate::report::{ReportModel, Story};

use super::explain::grouped;
use markup::{bdi, escaped, json};
use words::Words;

pub use words::PageLanguage;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Number of stories that are written as markup.
const STATIC_STORIES: usize = 20;

/// Number of stories in one JSON element.
const CHUNK: usize = 200;

/// Writes the page of a report.
///
/// # Errors
/// Errors of the writer.
pub fn page(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let words = ui.words();
    head(model, ui, out)?;
    masthead(model, words, out)?;
    writeln!(out, "<main>")?;
    stories(model, ui, out)?;
    outlets(model, ui, out)?;
    measures(model, ui, out)?;
    passed_over(model, words, out)?;
    settings(model, words, out)?;
    writeln!(out, "</main>")?;
    let version = env!("CARGO_PKG_VERSION");
    writeln!(
        out,
        "<footer><p>{} <bdi>qissa {version}</bdi></p></footer>",
        words.times
    )?;
    data(model, ui, out)?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

/// The hash of a text in a content security policy.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

fn head(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let (language, direction) = ui.tags();
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    let policy = format!(
        "default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"
    );
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"{language}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">"
    )?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">"
    )?;
    writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    )?;
    writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
    writeln!(out, "<meta name=\"referrer\" content=\"no-referrer\">")?;
    let period = model
        .totals
        .period
        .map(|period| format!(", {}", days(period)))
        .unwrap_or_default();
    writeln!(
        out,
        "<title>{}{period}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
        ui.words().page_title
    )
}

fn masthead(model: &ReportModel, words: &Words, out: &mut impl Write) -> io::Result<()> {
    let totals = &model.totals;
    writeln!(
        out,
        "<a class=\"skip\" href=\"#stories\">{}</a>\n<header>",
        words.skip
    )?;
    writeln!(out, "<div class=\"bar\"><nav>")?;
    for (id, name) in [
        ("stories", stories_word(model, words)),
        ("outlets", words.outlets),
        ("measures", words.measures),
        ("passed", words.passed),
        ("settings", words.settings),
    ] {
        writeln!(out, "<a href=\"#{id}\">{name}</a>")?;
    }
    writeln!(
        out,
        "</nav><button type=\"button\" id=\"theme\" hidden>{}</button></div>",
        words.theme
    )?;
    writeln!(out, "<h1>{}</h1>", words.page_title)?;
    if let Some(period) = totals.period {
        writeln!(
            out,
            "<p class=\"period\"><bdi dir=\"ltr\">{}</bdi></p>",
            days(period)
        )?;
    }
    writeln!(out, "<dl class=\"totals\">")?;
    for (name, count) in [
        (words.items, totals.items),
        (stories_word(model, words), totals.stories),
        (words.alone, totals.singletons),
        (words.copies, totals.copies),
        (words.outlets, model.outlets.all.len()),
        (words.languages, model.languages.len()),
    ] {
        writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", grouped(count))?;
    }
    writeln!(out, "</dl></header>")
}

/// The word for groups at the level of the report.
fn stories_word(model: &ReportModel, words: &Words) -> &'static str {
    if model.totals.level == Level::Stories {
        words.stories
    } else {
        words.groups
    }
}

/// A period as one or two dates.
fn days([first, last]: [i64; 2]) -> String {
    let [first, last] = [first, last].map(day);
    if first == last {
        first
    } else {
        format!("{first} – {last}")
    }
}

/// A date.
fn day(when: i64) -> String {
    Timestamp(when)
        .to_string()
        .chars()
        .take_while(|&c| c != 'T')
        .collect()
}

/// A date and time to the minute.
fn minute(when: i64) -> String {
    Timestamp(when)
        .to_string()
        .chars()
        .take(16)
        .collect::<String>()
        .replace('T', " ")
}

fn stories(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let words = ui.words();
    writeln!(
        out,
        "<section id=\"stories\">\n<h2>{}</h2>",
        stories_word(model, words)
    )?;
    writeln!(out, "<p class=\"note\">{}</p>", words.ranked)?;
    if model.totals.left_out > 0 {
        writeln!(
            out,
            "<p class=\"note\">{}: {}</p>",
            words.left_out,
            grouped(model.totals.left_out)
        )?;
    }
    form(model, words, out)?;
    writeln!(
        out,
        "<noscript><p class=\"note\">{}</p></noscript>",
        words.no_script
    )?;
    writeln!(
        out,
        "<p class=\"note\" id=\"found\" role=\"status\" hidden></p>\n<ol id=\"list\">"
    )?;
    model
        .stories
        .iter()
        .take(STATIC_STORIES)
        .try_for_each(|story| static_story(model, story, ui, out))?;
    writeln!(
        out,
        "</ol>\n<button type=\"button\" id=\"more\" hidden>{}</button>\n</section>",
        words.more
    )
}

/// Writes a story as the script does, without the details.
fn static_story(
    model: &ReportModel,
    story: &Story,
    ui: PageLanguage,
    out: &mut impl Write,
) -> io::Result<()> {
    let Some(canonical) = story.items.get(story.canonical) else {
        return Ok(());
    };
    writeln!(out, "<li class=\"story\"><article dir=\"auto\">")?;
    if !story.label.is_empty() {
        writeln!(out, "<p class=\"label\">{}</p>", escaped(&story.label))?;
    }
    let (language, title) = (escaped(&canonical.language), escaped(&canonical.title));
    writeln!(out, "<h3 lang=\"{language}\">{title}</h3>")?;
    let (_, direction) = ui.tags();
    let facts = story_facts(model, story, ui.words()).join(" · ");
    writeln!(
        out,
        "<p class=\"meta\" dir=\"{direction}\">{facts}</p></article></li>"
    )
}

/// The outlet of the canonical item, the date of the last item, and the counts of a story.
fn story_facts(model: &ReportModel, story: &Story, words: &Words) -> Vec<String> {
    let mut facts = Vec::new();
    let outlet = story.items[story.canonical].outlet;
    if let Some(outlet) = outlet.and_then(|index| model.outlets.all.get(index)) {
        facts.push(bdi(&outlet.name));
    }
    if let Some(last) = story.items.iter().filter_map(|item| item.when).max() {
        facts.push(format!("<bdi dir=\"ltr\">{}</bdi>", minute(last)));
    }
    if story.items.len() > 1 {
        for (name, count) in [
            (words.items, story.items.len()),
            (words.texts, story.texts),
            (words.outlets, story.outlets),
        ] {
            if count > 0 {
                facts.push(format!("{name}: {count}"));
            }
        }
    }
    facts
}

/// Choices of the filter by number of items.
const MIN_ITEMS: [&str; 6] = ["1", "2", "3", "5", "10", "20"];

/// Number of outlets that the filter suggests; others can be typed.
const SUGGESTED_OUTLETS: usize = 300;

/// Writes the form that searches and filters stories.
fn form(model: &ReportModel, words: &Words, out: &mut impl Write) -> io::Result<()> {
    let search = format!("{TEXT_INPUT} placeholder=\"{}\"", words.search_hint);
    writeln!(
        out,
        "<form id=\"filters\" hidden>\n{}",
        field(words.search, &input("search", &search))
    )?;
    writeln!(
        out,
        "<details id=\"refine\"><summary>{}</summary><div class=\"grid-of-fields\">",
        words.refine
    )?;
    for (name, control) in filters(model, words) {
        writeln!(out, "{}", field(name, &control))?;
    }
    writeln!(
        out,
        "</div><button type=\"reset\" id=\"clear\">{}</button></details>",
        words.clear
    )?;
    let mut options = String::new();
    for outlet in model.outlets.all.iter().take(SUGGESTED_OUTLETS) {
        options += &format!("<option value=\"{}\"></option>", escaped(&outlet.name));
    }
    writeln!(
        out,
        "<datalist id=\"outlet-names\">{options}</datalist></form>"
    )
}

/// Attributes of a text input.
const TEXT_INPUT: &str = "type=\"search\" autocomplete=\"off\"";

/// The filters with their names.
fn filters(model: &ReportModel, words: &Words) -> [(&'static str, String); 6] {
    let mut languages = vec![("", words.all)];
    for (code, _) in &model.languages {
        languages.push((code, code));
    }
    let bounds = match model.totals.period {
        Some([first, last]) => format!("min=\"{}\" max=\"{}\"", day(first), day(last)),
        None => String::new(),
    };
    let date = format!("type=\"date\" {bounds}");
    let outlet = format!("{TEXT_INPUT} list=\"outlet-names\"");
    let orders = [
        ("importance", words.by_importance),
        ("date", words.by_date),
        ("size", words.by_size),
    ];
    [
        (words.outlet, input("outlet", &outlet)),
        (words.language, select("language", &languages)),
        (
            words.least,
            select("least", &MIN_ITEMS.map(|size| (size, size))),
        ),
        (words.from, input("from", &date)),
        (words.to, input("to", &date)),
        (words.sort, select("sort", &orders)),
    ]
}

fn input(id: &str, attributes: &str) -> String {
    format!("<input id=\"{id}\" {attributes}>")
}

fn field(name: &str, control: &str) -> String {
    format!("<label><span>{name}</span>{control}</label>")
}

fn select(id: &str, options: &[(&str, &str)]) -> String {
    let mut markup = String::new();
    for (value, name) in options {
        let (value, name) = (escaped(value), escaped(name));
        markup += &format!("<option value=\"{value}\">{name}</option>");
    }
    format!("<select id=\"{id}\">{markup}</select>")
}

fn outlets(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let words = ui.words();
    writeln!(
        out,
        "<section id=\"outlets\">\n<h2>{}</h2>\n<div class=\"charts\">",
        words.outlets
    )?;
    chart::originality(model, ui, out)?;
    chart::exchange(model, ui, out)?;
    writeln!(out, "</div>")?;
    for (name, count) in [
        (words.undecided, model.outlets.undecided),
        (words.unknown_outlet, model.outlets.unknown),
    ] {
        if count > 0 {
            writeln!(out, "<p class=\"note\">{name}: {}</p>", grouped(count))?;
        }
    }
    writeln!(out, "</section>")
}

fn measures(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"measures\">\n<h2>{}</h2>\n<div class=\"charts\">",
        ui.words().measures
    )?;
    chart::sizes(model, ui, out)?;
    chart::links(model, ui, out)?;
    chart::copies(model, ui, out)?;
    chart::curve(model, ui, out)?;
    writeln!(out, "</div>\n</section>")
}

/// Maximum number of unread files and records that are listed.
const MAX_LISTED: usize = 200;

fn passed_over(model: &ReportModel, words: &Words, out: &mut impl Write) -> io::Result<()> {
    let (over, counts) = (&model.passed_over, model.counts);
    writeln!(
        out,
        "<section id=\"passed\">\n<h2>{}</h2>\n<dl class=\"facts\">",
        words.passed
    )?;
    for (name, count) in [
        (words.records, over.records),
        (words.files, over.files.len()),
        (words.future, over.undated),
        (words.too_short, counts.too_short),
        (words.wordless, counts.wordless),
        (words.crowded, counts.crowded),
    ] {
        writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", grouped(count))?;
    }
    writeln!(out, "</dl>")?;
    let records = over
        .named
        .iter()
        .map(|lost| format!("{}: {}", lost.place, lost.cause));
    let named: Vec<String> = over
        .files
        .iter()
        .cloned()
        .chain(records)
        .take(MAX_LISTED)
        .collect();
    if !named.is_empty() {
        writeln!(out, "<ul class=\"lost\">")?;
        named
            .iter()
            .try_for_each(|line| writeln!(out, "<li dir=\"auto\">{}</li>", escaped(line)))?;
        if named.len() < over.records + over.files.len() {
            writeln!(out, "<li>{}</li>", words.and_more)?;
        }
        writeln!(out, "</ul>")?;
    }
    writeln!(out, "</section>")
}

fn settings(model: &ReportModel, words: &Words, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"settings\">\n<h2>{}</h2>\n<details><summary>{}</summary>",
        words.settings, words.table
    )?;
    let row = |(name, value): &(String, String)| {
        vec![escaped(name).into_owned(), escaped(value).into_owned()]
    };
    let rows = model.settings.iter().map(row).collect::<Vec<_>>();
    chart::table(&[words.setting, words.value], &rows, "code", out)?;
    writeln!(out, "</details>\n</section>")
}

#[derive(Serialize)]
struct PageData<'a> {
    words: &'a Words,
    outlets: Vec<&'a str>,
    stories: usize,
    chunk: usize,
}

fn data(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let outlets = model
        .outlets
        .all
        .iter()
        .map(|outlet| outlet.name.as_str())
        .collect();
    let facts = PageData {
        words: ui.words(),
        outlets,
        stories: model.stories.len(),
        chunk: CHUNK,
    };
    element("facts", &facts, out)?;
    for (at, stories) in model.stories.chunks(CHUNK).enumerate() {
        element(&format!("stories-{at}"), &stories, out)?;
    }
    Ok(())
}

/// Writes a value as JSON within a script element.
fn element(id: &str, value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    write!(out, "<script type=\"application/json\" id=\"{id}\">")?;
    json(value, out)?;
    writeln!(out, "</script>")
}
