//! A dossier in, one HTML page out that needs nothing else: it opens from a disk, asks for nothing,
//! and runs under a content security policy that allows its own style and script by their hashes
//! and no others.
//!
//! Charts and the first stories are written as markup, so that they can be read and printed without
//! the script. All stories stand behind them as JSON, a few hundred to an element, which the script
//! reads when it needs them.

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

/// So many stories are written as markup.
const STATIC: usize = 20;

/// So many stories stand in one element of data.
const CHUNK: usize = 200;

/// A page that shows what the dossier holds.
///
/// # Errors
/// Those of the writer.
pub fn page(dossier: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let words = ui.words();
    head(dossier, ui, out)?;
    masthead(dossier, words, out)?;
    writeln!(out, "<main>")?;
    stories(dossier, ui, out)?;
    outlets(dossier, ui, out)?;
    measures(dossier, ui, out)?;
    passed_over(dossier, words, out)?;
    settings(dossier, words, out)?;
    writeln!(out, "</main>")?;
    let version = env!("CARGO_PKG_VERSION");
    writeln!(
        out,
        "<footer><p>{} <bdi>qissa {version}</bdi></p></footer>",
        words.times
    )?;
    data(dossier, ui, out)?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

fn hash(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

fn head(dossier: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
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
    let period = dossier
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

fn masthead(dossier: &ReportModel, words: &Words, out: &mut impl Write) -> io::Result<()> {
    let totals = &dossier.totals;
    writeln!(
        out,
        "<a class=\"skip\" href=\"#stories\">{}</a>\n<header>",
        words.skip
    )?;
    writeln!(out, "<div class=\"bar\"><nav>")?;
    for (id, name) in [
        ("stories", stories_word(dossier, words)),
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
        (stories_word(dossier, words), totals.stories),
        (words.alone, totals.singletons),
        (words.copies, totals.copies),
        (words.outlets, dossier.outlets.all.len()),
        (words.languages, dossier.languages.len()),
    ] {
        writeln!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", grouped(count))?;
    }
    writeln!(out, "</dl></header>")
}

fn stories_word(dossier: &ReportModel, words: &Words) -> &'static str {
    if dossier.totals.level == Level::Stories {
        words.stories
    } else {
        words.groups
    }
}

fn days([first, last]: [i64; 2]) -> String {
    let [first, last] = [first, last].map(day);
    if first == last {
        first
    } else {
        format!("{first} – {last}")
    }
}

fn day(when: i64) -> String {
    Timestamp(when)
        .to_string()
        .chars()
        .take_while(|&c| c != 'T')
        .collect()
}

fn minute(when: i64) -> String {
    Timestamp(when)
        .to_string()
        .chars()
        .take(16)
        .collect::<String>()
        .replace('T', " ")
}

fn stories(dossier: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let words = ui.words();
    writeln!(
        out,
        "<section id=\"stories\">\n<h2>{}</h2>",
        stories_word(dossier, words)
    )?;
    writeln!(out, "<p class=\"note\">{}</p>", words.ranked)?;
    if dossier.totals.left_out > 0 {
        writeln!(
            out,
            "<p class=\"note\">{}: {}</p>",
            words.left_out,
            grouped(dossier.totals.left_out)
        )?;
    }
    form(dossier, words, out)?;
    writeln!(
        out,
        "<noscript><p class=\"note\">{}</p></noscript>",
        words.no_script
    )?;
    writeln!(
        out,
        "<p class=\"note\" id=\"found\" role=\"status\" hidden></p>\n<ol id=\"list\">"
    )?;
    dossier
        .stories
        .iter()
        .take(STATIC)
        .try_for_each(|story| headline(dossier, story, ui, out))?;
    writeln!(
        out,
        "</ol>\n<button type=\"button\" id=\"more\" hidden>{}</button>\n</section>",
        words.more
    )
}

/// A story as it stands in the page before the script; the script builds the same, with the
/// details.
fn headline(
    dossier: &ReportModel,
    story: &Story,
    ui: PageLanguage,
    out: &mut impl Write,
) -> io::Result<()> {
    let (words, (_, direction)) = (ui.words(), ui.tags());
    let Some(shown) = story.items.get(story.canonical) else {
        return Ok(());
    };
    writeln!(out, "<li class=\"story\"><article dir=\"auto\">")?;
    if !story.label.is_empty() {
        writeln!(out, "<p class=\"label\">{}</p>", escaped(&story.label))?;
    }
    writeln!(
        out,
        "<h3 lang=\"{}\">{}</h3>",
        escaped(&shown.language),
        escaped(&shown.title)
    )?;
    let outlet = shown
        .outlet
        .and_then(|at| dossier.outlets.all.get(at))
        .map(|outlet| bdi(&outlet.name));
    let counts = [
        (words.items, story.items.len()),
        (words.texts, story.texts),
        (words.outlets, story.outlets),
    ];
    let counts = counts
        .iter()
        .filter(|(_, count)| story.items.len() > 1 && *count > 0)
        .map(|(name, count)| format!("{name}: {count}"));
    let last = story.items.iter().filter_map(|item| item.when).max();
    let when = last.map(|when| format!("<bdi dir=\"ltr\">{}</bdi>", minute(when)));
    let parts: Vec<String> = outlet.into_iter().chain(when).chain(counts).collect();
    writeln!(
        out,
        "<p class=\"meta\" dir=\"{direction}\">{}</p></article></li>",
        parts.join(" · ")
    )
}

/// The numbers of items that can be asked for.
const LEAST: [&str; 6] = ["1", "2", "3", "5", "10", "20"];

/// So many outlets are offered in the filter; any other can be typed.
const OFFERED: usize = 300;

fn form(dossier: &ReportModel, words: &Words, out: &mut impl Write) -> io::Result<()> {
    let input = |id: &str, more: &str| format!("<input id=\"{id}\" {more}>");
    let text = "type=\"search\" autocomplete=\"off\"";
    let all = std::iter::once(("", words.all));
    let languages = dossier
        .languages
        .iter()
        .map(|(code, _)| (code.as_str(), code.as_str()));
    let orders = [
        ("importance", words.by_importance),
        ("date", words.by_date),
        ("size", words.by_size),
    ];
    let bounds = dossier
        .totals
        .period
        .map(|[first, last]| format!("min=\"{}\" max=\"{}\"", day(first), day(last)));
    let date = format!("type=\"date\" {}", bounds.unwrap_or_default());
    let search = input(
        "search",
        &format!("{text} placeholder=\"{}\"", words.search_hint),
    );
    writeln!(
        out,
        "<form id=\"filters\" hidden>\n{}",
        field(words.search, &search)
    )?;
    writeln!(
        out,
        "<details id=\"refine\"><summary>{}</summary><div class=\"grid-of-fields\">",
        words.refine
    )?;
    for (name, control) in [
        (
            words.outlet,
            input("outlet", &format!("{text} list=\"outlet-names\"")),
        ),
        (words.language, select("language", all.chain(languages))),
        (
            words.least,
            select("least", LEAST.map(|size| (size, size)).into_iter()),
        ),
        (words.from, input("from", &date)),
        (words.to, input("to", &date)),
        (words.sort, select("sort", orders.into_iter())),
    ] {
        writeln!(out, "{}", field(name, &control))?;
    }
    writeln!(
        out,
        "</div><button type=\"reset\" id=\"clear\">{}</button></details>",
        words.clear
    )?;
    let offered = dossier.outlets.all.iter().take(OFFERED);
    let option = |name: &str| format!("<option value=\"{}\"></option>", escaped(name));
    let options: String = offered.map(|outlet| option(&outlet.name)).collect();
    writeln!(
        out,
        "<datalist id=\"outlet-names\">{options}</datalist></form>"
    )
}

fn field(name: &str, control: &str) -> String {
    format!("<label><span>{name}</span>{control}</label>")
}

fn select<'a>(id: &str, options: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let option = |(value, name): (&str, &str)| {
        format!(
            "<option value=\"{}\">{}</option>",
            escaped(value),
            escaped(name)
        )
    };
    format!(
        "<select id=\"{id}\">{}</select>",
        options.map(option).collect::<String>()
    )
}

fn outlets(dossier: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let words = ui.words();
    writeln!(
        out,
        "<section id=\"outlets\">\n<h2>{}</h2>\n<div class=\"charts\">",
        words.outlets
    )?;
    chart::originality(dossier, ui, out)?;
    chart::exchange(dossier, ui, out)?;
    writeln!(out, "</div>")?;
    for (name, count) in [
        (words.undecided, dossier.outlets.undecided),
        (words.unknown_outlet, dossier.outlets.unknown),
    ] {
        if count > 0 {
            writeln!(out, "<p class=\"note\">{name}: {}</p>", grouped(count))?;
        }
    }
    writeln!(out, "</section>")
}

fn measures(dossier: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"measures\">\n<h2>{}</h2>\n<div class=\"charts\">",
        ui.words().measures
    )?;
    chart::sizes(dossier, ui, out)?;
    chart::links(dossier, ui, out)?;
    chart::copies(dossier, ui, out)?;
    chart::curve(dossier, ui, out)?;
    writeln!(out, "</div>\n</section>")
}

/// So many of the files and records that could not be read are named.
const NAMED: usize = 200;

fn passed_over(dossier: &ReportModel, words: &Words, out: &mut impl Write) -> io::Result<()> {
    let (over, counts) = (&dossier.passed_over, dossier.counts);
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
        .take(NAMED)
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

fn settings(dossier: &ReportModel, words: &Words, out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"settings\">\n<h2>{}</h2>\n<details><summary>{}</summary>",
        words.settings, words.table
    )?;
    let row = |(name, value): &(String, String)| {
        vec![escaped(name).into_owned(), escaped(value).into_owned()]
    };
    let rows = dossier.settings.iter().map(row).collect::<Vec<_>>();
    chart::table(&[words.setting, words.value], &rows, "code", out)?;
    writeln!(out, "</details>\n</section>")
}

#[derive(Serialize)]
struct Facts<'a> {
    words: &'a Words,
    outlets: Vec<&'a str>,
    stories: usize,
    chunk: usize,
}

fn data(dossier: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let outlets = dossier
        .outlets
        .all
        .iter()
        .map(|outlet| outlet.name.as_str())
        .collect();
    let facts = Facts {
        words: ui.words(),
        outlets,
        stories: dossier.stories.len(),
        chunk: CHUNK,
    };
    element("facts", &facts, out)?;
    for (at, stories) in dossier.stories.chunks(CHUNK).enumerate() {
        element(&format!("stories-{at}"), &stories, out)?;
    }
    Ok(())
}

fn element(id: &str, value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    write!(out, "<script type=\"application/json\" id=\"{id}\">")?;
    json(value, out)?;
    writeln!(out, "</script>")
}
