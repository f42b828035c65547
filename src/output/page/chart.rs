//! Charts of the page: SVG with title, description and a table of the same values.
//!
//! Charts are drawn at the width of a phone and scale with the screen. Colours are CSS classes.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::grouped;
use super::markup::{bdi, escaped, isolated};
use super::words::PageLanguage;
use crate::clustering::Histogram;
use crate::report::{Flow, Outlet, Outlets, ReportModel, Sizes};

/// Width of a chart in SVG units.
const WIDTH: f64 = 340.0;

/// A chart with its texts and its table.
struct Figure<'a> {
    id: &'a str,
    title: &'a str,
    description: &'a str,
    height: f64,
    drawing: String,
    legend: Vec<(&'a str, &'a str)>,
    heads: Vec<&'a str>,
    rows: Vec<Vec<String>>,
}

impl Figure<'_> {
    fn write(&self, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
        let Figure {
            id,
            title,
            description,
            height,
            drawing,
            ..
        } = self;
        writeln!(
            out,
            "<figure id=\"{id}\">\n<figcaption><h3>{title}</h3><p class=\"note\">{description}</p></figcaption>"
        )?;
        if self.rows.is_empty() {
            return writeln!(out, "<p class=\"empty\">{}</p></figure>", ui.words().empty);
        }
        if !self.legend.is_empty() {
            let key = |(class, name): &(&str, &str)| {
                format!(
                    "<li><svg class=\"key\" viewBox=\"0 0 10 10\" aria-hidden=\"true\"><rect class=\"{class}\" width=\"10\" height=\"10\"/></svg>{name}</li>"
                )
            };
            writeln!(
                out,
                "<ul class=\"legend\">{}</ul>",
                self.legend.iter().map(key).collect::<String>()
            )?;
        }
        writeln!(
            out,
            "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\n\
             <title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>\n{drawing}</svg>"
        )?;
        writeln!(out, "<details><summary>{}</summary>", ui.words().table)?;
        table(&self.heads, &self.rows, "", out)?;
        writeln!(out, "</details></figure>")
    }
}

/// Writes a table whose cells are markup.
pub(super) fn table(
    heads: &[&str],
    rows: &[Vec<String>],
    class: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let head: String = heads
        .iter()
        .map(|head| format!("<th scope=\"col\">{head}</th>"))
        .collect();
    writeln!(
        out,
        "<div class=\"scroll\"><table class=\"{class}\"><thead><tr>{head}</tr></thead><tbody>"
    )?;
    for row in rows {
        let cells: String = row.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        writeln!(out, "<tr>{cells}</tr>")?;
    }
    writeln!(out, "</tbody></table></div>")
}

/// Horizontal direction of a chart: that of the page's language.
#[derive(Clone, Copy)]
struct Direction {
    is_rtl: bool,
}

impl Direction {
    fn of(ui: PageLanguage) -> Self {
        Direction {
            is_rtl: ui == PageLanguage::Arabic,
        }
    }

    fn x(self, from_start: f64) -> f64 {
        if self.is_rtl {
            WIDTH - from_start
        } else {
            from_start
        }
    }

    fn bar(self, class: &str, [start, y, length, height]: [f64; 4]) -> String {
        let x = if self.is_rtl {
            WIDTH - start - length
        } else {
            start
        };
        format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{height:.1}\"/>\n"
        )
    }

    /// Text that begins, or ends, at a point.
    fn text(self, (start, y): (f64, f64), ends: bool, words: &str) -> String {
        let anchor = if self.is_rtl == ends { "start" } else { "end" };
        text((self.x(start), y), anchor, words)
    }
}

fn text((x, y): (f64, f64), anchor: &str, words: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n")
}

fn line(class: &str, [x1, y1, x2, y2]: [f64; 4]) -> String {
    format!(
        "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>\n"
    )
}

/// A number with at most `digits` decimals, without trailing zeros.
fn number(value: f64, digits: usize) -> String {
    let written = format!("{value:.digits$}");
    if written.contains('.') {
        written
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    } else {
        written
    }
}

/// A bar: its name, and the CSS class and count of each part.
struct Bar {
    name: String,
    parts: Vec<(&'static str, usize)>,
}

/// Height of a bar with its name, in SVG units.
const BAR_HEIGHT: f64 = 34.0;

/// Length of the longest bar, in SVG units.
const MAX_BAR: f64 = 284.0;

fn bars(bars: &[Bar], direction: Direction) -> (f64, String) {
    let sum = |bar: &Bar| bar.parts.iter().map(|part| part.1).sum::<usize>();
    let most = bars.iter().map(sum).max().unwrap_or(0).max(1) as f64;
    let mut drawing = String::new();
    for (at, bar) in bars.iter().enumerate() {
        let top = at as f64 * BAR_HEIGHT;
        drawing += &direction.text((0.0, top + 12.0), false, &bar.name);
        let mut start = 0.0;
        for &(class, count) in &bar.parts {
            let length = count as f64 / most * MAX_BAR;
            drawing += &direction.bar(class, [start, top + 17.0, length, 10.0]);
            start += length;
        }
        drawing += &direction.text((start + 6.0, top + 26.0), false, &grouped(sum(bar)));
    }
    (bars.len() as f64 * BAR_HEIGHT, drawing)
}

/// Maximum number of outlets in a chart.
const MAX_BARS: usize = 12;

/// Maximum number of rows in a table.
const MAX_ROWS: usize = 200;

/// Maximum characters of an outlet's name above a bar.
const BAR_NAME: usize = 44;

/// Writes the items of each outlet: originals, own texts, copies.
pub(super) fn originality(
    model: &ReportModel,
    ui: PageLanguage,
    out: &mut impl Write,
) -> io::Result<()> {
    let words = ui.words();
    let outlets = &model.outlets.all;
    let bar = |outlet: &Outlet| Bar {
        name: isolated(&outlet.name, BAR_NAME),
        parts: vec![
            ("lead", outlet.originals),
            ("plain", outlet.own()),
            ("pale", outlet.copies),
        ],
    };
    let row = |outlet: &Outlet| {
        let counts = [
            outlet.items,
            outlet.originals,
            outlet.own(),
            outlet.copies,
            outlet.shared,
            outlet.led,
        ];
        std::iter::once(bdi(&outlet.name))
            .chain(counts.iter().map(|&count| grouped(count)))
            .collect()
    };
    let (height, drawing) = bars(
        &outlets.iter().take(MAX_BARS).map(bar).collect::<Vec<_>>(),
        Direction::of(ui),
    );
    Figure {
        id: "originality",
        title: words.originality_title,
        description: words.originality_desc,
        height,
        drawing,
        legend: vec![
            ("lead", words.original),
            ("plain", words.own),
            ("pale", words.copied),
        ],
        heads: vec![
            words.outlet,
            words.items,
            words.original,
            words.own,
            words.copied,
            words.shared,
            words.led,
        ],
        rows: outlets.iter().take(MAX_ROWS).map(row).collect(),
    }
    .write(ui, out)
}

/// Writes the number of stories by size.
pub(super) fn sizes(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let words = ui.words();
    let name = |least: usize, most: usize| match least == most {
        true => least.to_string(),
        false => format!("\u{2066}{}–{}\u{2069}", grouped(least), grouped(most)),
    };
    let drawn = model.sizes.iter().filter(|class| class.min > 1);
    let bar = |class: &Sizes| Bar {
        name: name(class.min, class.max),
        parts: vec![("plain", class.groups)],
    };
    let (height, drawing) = bars(&drawn.map(bar).collect::<Vec<_>>(), Direction::of(ui));
    Figure {
        id: "sizes",
        title: words.sizes_title,
        description: words.sizes_desc,
        height,
        drawing,
        legend: Vec::new(),
        heads: vec![words.items, words.stories],
        rows: model
            .sizes
            .iter()
            .map(|it| vec![name(it.min, it.max), grouped(it.groups)])
            .collect(),
    }
    .write(ui, out)
}

/// Side of a matrix cell, in SVG units.
const CELL: f64 = 20.0;

/// Width of the row names, in SVG units.
const ROW_NAMES: f64 = 136.0;

/// Height of the column numbers, in SVG units.
const COLUMN_NUMBERS: f64 = 22.0;

/// Maximum characters of an outlet's name beside a matrix row.
const SHORT_NAME: usize = 17;

/// Writes the matrix of texts that outlets copied from each other.
pub(super) fn exchange(
    model: &ReportModel,
    ui: PageLanguage,
    out: &mut impl Write,
) -> io::Result<()> {
    let (words, outlets) = (ui.words(), &model.outlets);
    let row = |flow: &Flow| {
        vec![
            bdi(&outlets.all[flow.from].name),
            bdi(&outlets.all[flow.to].name),
            grouped(flow.items),
        ]
    };
    Figure {
        id: "exchange",
        title: words.exchange_title,
        description: words.exchange_desc,
        height: 24.0 + outlets.exchange.len() as f64 * CELL,
        drawing: empty_cells(outlets, Direction::of(ui)) + &full_cells(outlets, Direction::of(ui)),
        legend: Vec::new(),
        heads: vec![words.first, words.copied, words.items],
        rows: outlets.flows.iter().take(MAX_ROWS).map(row).collect(),
    }
    .write(ui, out)
}

/// The matrix cell of a row and a column.
fn cell(direction: Direction, class: &str, [row, column]: [usize; 2]) -> String {
    let (start, top) = (
        ROW_NAMES + column as f64 * CELL,
        COLUMN_NUMBERS + row as f64 * CELL,
    );
    direction.bar(class, [start + 0.5, top + 0.5, CELL - 1.0, CELL - 1.0])
}

fn empty_cells(outlets: &Outlets, direction: Direction) -> String {
    let mut drawing = String::new();
    for (at, &outlet) in outlets.exchange.iter().enumerate() {
        let (start, top) = (
            ROW_NAMES + at as f64 * CELL,
            COLUMN_NUMBERS + at as f64 * CELL,
        );
        let number = (at + 1).to_string();
        drawing += &text((direction.x(start + CELL / 2.0), 14.0), "middle", &number);
        drawing += &direction.text((0.0, top + 14.0), false, &number);
        drawing += &direction.text(
            (18.0, top + 14.0),
            false,
            &isolated(&outlets.all[outlet].name, SHORT_NAME),
        );
        for column in 0..outlets.exchange.len() {
            drawing += &cell(
                direction,
                if column == at { "self" } else { "q0" },
                [at, column],
            );
        }
    }
    drawing
}

fn full_cells(outlets: &Outlets, direction: Direction) -> String {
    let place = |outlet: usize| outlets.exchange.iter().position(|&other| other == outlet);
    let shown = |flow: &Flow| Some((place(flow.from)?, place(flow.to)?, flow.items));
    let most = outlets.flows.first().map_or(1, |flow| flow.items) as f64;
    let mut drawing = String::new();
    for (row, column, items) in outlets.flows.iter().filter_map(shown) {
        let shade = 1 + (items as f64 / most * 3.999) as usize;
        drawing += &cell(direction, &format!("q{shade}"), [row, column]);
        let x = direction.x(ROW_NAMES + (column as f64 + 0.5) * CELL);
        let y = COLUMN_NUMBERS + row as f64 * CELL + 13.5;
        let _ = writeln!(
            drawing,
            "<text class=\"cell on{shade}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{items}</text>"
        );
    }
    drawing
}

/// Borders of a plot, in SVG units. Number axes run from left to right in every language.
const LEFT: f64 = 48.0;
const RIGHT: f64 = 332.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 176.0;
const PLOT_HEIGHT: f64 = 204.0;

/// Horizontal position of a value from 0 to 1.
fn across(value: f64) -> f64 {
    LEFT + value * (RIGHT - LEFT)
}

/// Vertical position of a share from 0 to 1.
fn up(share: f64) -> f64 {
    BOTTOM - share * (BOTTOM - TOP)
}

/// Axes of a plot over 0 to 1, with labels of the vertical axis.
fn frame(heights: &[(f64, String)]) -> String {
    let mut drawing = String::new();
    for (share, name) in heights {
        drawing += &line("grid", [LEFT, up(*share), RIGHT, up(*share)]);
        drawing += &text((LEFT - 6.0, up(*share) + 4.0), "end", name);
    }
    drawing += &line("axis", [LEFT, BOTTOM, RIGHT, BOTTOM]);
    for fifth in 0..=5 {
        let value = f64::from(fifth) / 5.0;
        drawing += &text((across(value), BOTTOM + 18.0), "middle", &number(value, 1));
    }
    drawing
}

/// A vertical line at a threshold.
fn mark(threshold: f64) -> String {
    let x = across(threshold);
    let (anchor, beside) = if threshold > 0.5 {
        ("end", -5.0)
    } else {
        ("start", 5.0)
    };
    line("mark", [x, TOP - 16.0, x, BOTTOM])
        + &format!(
            "<text class=\"mark-name\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>\n",
            x + beside,
            TOP - 7.0,
            number(threshold, 3)
        )
}

/// Writes the histogram of links within stories.
pub(super) fn links(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let (words, likeness) = (ui.words(), &model.likeness);
    let said = (words.links_title, words.links_desc);
    histogram(
        "links",
        said,
        &likeness.survey.stories,
        likeness.stories_threshold,
        ui,
        out,
    )
}

/// Writes the histogram of verified pairs of duplicates.
pub(super) fn copies(
    model: &ReportModel,
    ui: PageLanguage,
    out: &mut impl Write,
) -> io::Result<()> {
    let (words, likeness) = (ui.words(), &model.likeness);
    let said = (words.copies_title, words.copies_desc);
    histogram(
        "alike",
        said,
        &likeness.survey.duplicates,
        likeness.copies_threshold,
        ui,
        out,
    )
}

/// Writes a histogram. Heights are square roots of counts, so small counts are visible.
fn histogram(
    id: &str,
    (title, description): (&str, &str),
    tally: &Histogram,
    threshold: f64,
    ui: PageLanguage,
    out: &mut impl Write,
) -> io::Result<()> {
    let words = ui.words();
    let max = tally.0.iter().copied().max().unwrap_or(0).max(4);
    let width = 1.0 / tally.0.len() as f64;
    let mut drawing = frame(&[(1.0, grouped(max)), (0.5, grouped(max / 4))]);
    let mut rows = Vec::new();
    for (bin, &count) in tally.0.iter().enumerate().filter(|(_, count)| **count > 0) {
        let (from, to) = (bin as f64 * width, (bin + 1) as f64 * width);
        drawing += &column(from, width, (count as f64 / max as f64).sqrt());
        let range = format!(
            "<bdi dir=\"ltr\">{}–{}</bdi>",
            number(from, 2),
            number(to, 2)
        );
        rows.push(vec![range, grouped(count)]);
    }
    drawing += &mark(threshold);
    Figure {
        id,
        title,
        description,
        height: PLOT_HEIGHT,
        drawing,
        legend: Vec::new(),
        heads: vec![words.similarity, words.pairs],
        rows,
    }
    .write(ui, out)
}

/// A column of a histogram: start and width of its bin, and its height from 0 to 1.
fn column(start: f64, width: f64, height: f64) -> String {
    let (x, y) = (across(start) + 0.5, up(height));
    let (w, h) = ((RIGHT - LEFT) * width - 1.0, BOTTOM - y);
    format!(
        "<rect class=\"plain\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\"/>\n"
    )
}

/// Writes the probability and the measured share of pairs that the bands find.
pub(super) fn curve(model: &ReportModel, ui: PageLanguage, out: &mut impl Write) -> io::Result<()> {
    let (words, likeness) = (ui.words(), &model.likeness);
    let probe = &likeness.survey.recall;
    let heights = [0.0, 0.5, 1.0].map(|share| (share, number(share, 1)));
    let mut drawing = frame(&heights) + &mark(likeness.copies_threshold);
    let point = |&(jaccard, found): &(f64, f64)| format!("{:.1},{:.1}", across(jaccard), up(found));
    let points: Vec<String> = likeness.curve.iter().map(point).collect();
    let _ = writeln!(
        drawing,
        "<polyline class=\"curve\" points=\"{}\"/>",
        points.join(" ")
    );
    let mut rows = Vec::new();
    for (class, &pairs) in probe.pairs.0.iter().enumerate() {
        if pairs == 0 {
            continue;
        }
        let (jaccard, found) = (probe.means[class], probe.found.0[class]);
        let share = found as f64 / pairs as f64;
        drawing += &dot(jaccard, share, pairs);
        rows.push(vec![
            number(jaccard, 2),
            grouped(pairs),
            grouped(found),
            number(share, 3),
        ]);
    }
    let [bands, in_band] = likeness.bands;
    let description = format!(
        "{} {}: {bands}. {}: {in_band}.",
        words.curve_desc, words.bands, words.rows
    );
    Figure {
        id: "curve",
        title: words.curve_title,
        description: &escaped(&description),
        height: PLOT_HEIGHT,
        drawing,
        legend: Vec::new(),
        heads: vec![words.similarity, words.pairs, words.met, words.share],
        rows,
    }
    .write(ui, out)
}

/// The share of pairs found at a Jaccard coefficient.
fn dot(jaccard: f64, share: f64, pairs: usize) -> String {
    let radius = if pairs < FEW { 1.8 } else { 3.6 };
    let (x, y) = (across(jaccard), up(share));
    format!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>\n")
}

/// Number of pairs below which a share is drawn as a small dot.
const FEW: usize = 30;
