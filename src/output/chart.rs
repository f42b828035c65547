//! Precision and recall over thresholds as a self-contained SVG chart.
//!
//! The chart has no script and no fonts, follows the reader's light or dark scheme, and has a title
//! and a description for screen readers.

use std::io::{self, Write};

use super::curve::{scale_start, verdict};
use crate::evaluate::{Agreement, Curve};

/// Size of the chart and borders of the plot, in pixels.
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 664.0;
const TOP: f64 = 104.0;
const BOTTOM: f64 = 368.0;

const STYLE: &str = "\
  <style>
    .paper { fill: #fff } text { font: 13px system-ui, sans-serif; fill: #333 } .head { font-size: 16px; font-weight: 600 }
    .grid { stroke: #8883 } .axis { stroke: #888 } .level { fill: #dcebdd } .mark { stroke: #555 }
    .line { fill: none; stroke-width: 2 } .mean { stroke-width: 3 }
    .precision { stroke: #0b62a8; stroke-dasharray: 7 4 } .recall { stroke: #b4550a; stroke-dasharray: 2 3 }
    .mean { stroke: #222 } .dot { stroke-dasharray: none } .dot.precision { fill: #0b62a8 } .dot.recall { fill: #b4550a }
    .dot.mean { fill: #222; stroke-width: 2 } .current { stroke-width: 2 } .best { stroke-dasharray: 3 3 }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #16181c } text { fill: #ddd }
      .level { fill: #22362a } .mark { stroke: #aaa }
      .precision { stroke: #6cb6ff } .recall { stroke: #f0a05a } .mean { stroke: #f2f2f2 }
      .dot.precision { fill: #6cb6ff } .dot.recall { fill: #f0a05a } .dot.mean { fill: #f2f2f2 }
    }
  </style>";

/// A line: its name, its CSS class, and its measure.
type ChartLine = (&'static str, &'static str, fn(&Agreement) -> f64);

const LINES: [ChartLine; 3] = [
    ("precision", "precision", |mean| mean.precision),
    ("recall", "recall", |mean| mean.recall),
    ("F1", "mean", |mean| mean.f1),
];

/// Writes the curve of the threshold `setting`.
///
/// # Errors
/// Errors of the writer.
pub fn chart(curve: &Curve, setting: &str, out: &mut impl Write) -> io::Result<()> {
    let scale = Scale::of(curve);
    let verdict = verdict(curve, setting).join(" ");
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" \
         height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"title desc\">"
    )?;
    writeln!(
        out,
        "  <title id=\"title\">Precision and recall by {setting}</title>"
    )?;
    writeln!(out, "  <desc id=\"desc\">{verdict}</desc>\n{STYLE}")?;
    writeln!(
        out,
        "  <rect class=\"paper\" width=\"100%\" height=\"100%\"/>"
    )?;
    text(
        out,
        (LEFT, 28.0),
        "start",
        " class=\"head\"",
        &format!("Precision and recall by {setting}"),
    )?;
    let judged = format!(
        "{} items in {} gold groups; means of B-cubed and pairs",
        curve.items, curve.gold_groups
    );
    text(out, (LEFT, 48.0), "start", "", &judged)?;
    axes(curve, setting, &scale, out)?;
    marks(curve, &scale, out)?;
    LINES
        .iter()
        .try_for_each(|line| draw(curve, &scale, line, out))?;
    names(curve, &scale, out)?;
    writeln!(out, "</svg>")
}

/// Maps thresholds and measures to pixels.
struct Scale {
    start: f64,
    first: f64,
    span: f64,
}

impl Scale {
    fn of(curve: &Curve) -> Self {
        let ends = curve.points.first().zip(curve.points.last());
        let (first, last) = ends.map_or((0.0, 1.0), |(first, last)| {
            (first.threshold, last.threshold)
        });
        Scale {
            start: scale_start(curve),
            first,
            span: (last - first).max(f64::MIN_POSITIVE),
        }
    }

    fn x(&self, threshold: f64) -> f64 {
        LEFT + (threshold - self.first) / self.span * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - (value - self.start) / (1.0 - self.start) * (BOTTOM - TOP)
    }
}

fn text(
    out: &mut impl Write,
    (x, y): (f64, f64),
    anchor: &str,
    more: &str,
    words: &str,
) -> io::Result<()> {
    writeln!(
        out,
        "  <text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{more}>{words}</text>"
    )
}

fn stroke(out: &mut impl Write, class: &str, [x1, y1, x2, y2]: [f64; 4]) -> io::Result<()> {
    writeln!(
        out,
        "  <line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
    )
}

/// Minimum distance of threshold labels, in pixels; labels in between are left out.
const LABEL_DISTANCE: f64 = 46.0;

fn axes(curve: &Curve, setting: &str, scale: &Scale, out: &mut impl Write) -> io::Result<()> {
    let [first, last] = curve.plateau.map(|threshold| scale.x(threshold));
    let (width, height) = ((last - first).max(2.0), BOTTOM - TOP);
    writeln!(
        out,
        "  <rect class=\"level\" x=\"{first:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height}\"/>"
    )?;
    for tenth in (scale.start * 10.0).round() as u32..=10 {
        let value = f64::from(tenth) / 10.0;
        let y = scale.y(value);
        stroke(out, "grid", [LEFT, y, RIGHT, y])?;
        let label = format!("{value:.1}");
        text(out, (LEFT - 10.0, y + 4.0), "end", "", &label)?;
    }
    stroke(out, "axis", [LEFT, BOTTOM, RIGHT, BOTTOM])?;
    threshold_labels(curve, scale, out)?;
    let center = f64::midpoint(LEFT, RIGHT);
    text(out, (center, BOTTOM + 44.0), "middle", "", setting)?;
    let [first, last] = curve.plateau;
    let level = format!("shaded: level with the best, {first} to {last}");
    text(out, (center, BOTTOM + 68.0), "middle", "", &level)
}

/// Draws a tick at each threshold, and labels where there is room.
fn threshold_labels(curve: &Curve, scale: &Scale, out: &mut impl Write) -> io::Result<()> {
    let mut last_label = f64::NEG_INFINITY;
    for point in &curve.points {
        let x = scale.x(point.threshold);
        stroke(out, "axis", [x, BOTTOM, x, BOTTOM + 5.0])?;
        if x - last_label >= LABEL_DISTANCE {
            let label = point.threshold.to_string();
            text(out, (x, BOTTOM + 20.0), "middle", "", &label)?;
            last_label = x;
        }
    }
    Ok(())
}

/// Distance from a border, in pixels, below which the name of a mark is placed towards the middle.
const BORDER: f64 = 50.0;

/// Draws the current and the best threshold, with their names on opposite sides.
fn marks(curve: &Curve, scale: &Scale, out: &mut impl Write) -> io::Result<()> {
    let mut mark = |class: &str, name: &str, threshold: f64, y: f64, is_left: bool| {
        let x = scale.x(threshold);
        let is_left = x > RIGHT - BORDER || is_left && x > LEFT + BORDER;
        let (anchor, at) = if is_left {
            ("end", x - 4.0)
        } else {
            ("start", x + 4.0)
        };
        stroke(out, &format!("mark {class}"), [x, y - 10.0, x, BOTTOM])?;
        text(out, (at, y), anchor, "", &format!("{name} {threshold}"))
    };
    let Curve { current, best, .. } = *curve;
    if current == best {
        return mark("current", "current and best", current, TOP - 10.0, false);
    }
    mark("best", "best", best, TOP - 28.0, best < current)?;
    mark("current", "current", current, TOP - 10.0, current < best)
}

fn draw(
    curve: &Curve,
    scale: &Scale,
    (name, class, value): &ChartLine,
    out: &mut impl Write,
) -> io::Result<()> {
    let place =
        |point: &crate::evaluate::Point| (scale.x(point.threshold), scale.y(value(&point.mean)));
    let points: Vec<String> = curve
        .points
        .iter()
        .map(place)
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    writeln!(
        out,
        "  <polyline class=\"line {class}\" points=\"{}\"/>",
        points.join(" ")
    )?;
    for point in &curve.points {
        let ((x, y), measure) = (place(point), value(&point.mean));
        writeln!(
            out,
            "  <circle class=\"dot {class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"><title>{}: {name} {measure:.3}</title></circle>",
            point.threshold
        )?;
    }
    Ok(())
}

/// Minimum distance of the names of lines, in pixels.
const NAME_DISTANCE: f64 = 16.0;

/// Writes the name of each line at its right end.
fn names(curve: &Curve, scale: &Scale, out: &mut impl Write) -> io::Result<()> {
    let Some(last) = curve.points.last() else {
        return Ok(());
    };
    let mut ends = LINES.map(|(name, _, value)| (scale.y(value(&last.mean)), name));
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut free = f64::NEG_INFINITY;
    for (y, name) in ends {
        let y = y.max(free);
        text(out, (RIGHT + 10.0, y + 4.0), "start", "", name)?;
        free = y + NAME_DISTANCE;
    }
    Ok(())
}
