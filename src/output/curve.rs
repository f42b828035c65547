//! Precision and recall over thresholds as text for a terminal: a table, a plot of letters, advice.

use std::io::{self, Write};

use anstyle::Style;

use super::Coloring;
use crate::evaluate::{Advice, Agreement, Curve, Point};

/// Writes the curve of the threshold `setting`; the plot fits into `width` columns if possible.
///
/// # Errors
/// Errors of the writer.
pub fn curve(
    curve: &Curve,
    setting: &str,
    width: usize,
    coloring: Coloring,
    out: &mut impl Write,
) -> io::Result<()> {
    table(curve, coloring, out)?;
    writeln!(out)?;
    plot(curve, width, out)?;
    let bold = coloring.style(Style::new().bold());
    let [level, why, advice] = verdict(curve, setting);
    writeln!(out, "\n{level}\n{why}\n{bold}{advice}{bold:#}")
}

fn table(curve: &Curve, coloring: Coloring, out: &mut impl Write) -> io::Result<()> {
    let bold = coloring.style(Style::new().bold());
    writeln!(
        out,
        "{} items in {} gold groups\n",
        curve.items, curve.gold_groups
    )?;
    writeln!(out, "           B-cubed            pairs")?;
    writeln!(
        out,
        "threshold  P     R     F1     P     R     F1     groups  behind, by chance"
    )?;
    for point in &curve.points {
        let style = if point.threshold == curve.current {
            bold
        } else {
            Style::new()
        };
        let (b, p) = (figures(point.b_cubed), figures(point.pairwise));
        let Point {
            threshold,
            groups,
            behind,
            chance,
            ..
        } = point;
        let remark = remark(curve, point);
        writeln!(
            out,
            "{style}{threshold:<9}  {b}  {p}  {groups:>6}  {behind:.3}  ±{chance:.3}{remark}{style:#}"
        )?;
    }
    Ok(())
}

fn figures(agreement: Agreement) -> String {
    format!(
        "{:.3} {:.3} {:.3}",
        agreement.precision, agreement.recall, agreement.f1
    )
}

/// Whether a threshold is the current one, the best, or level with the best.
fn remark(curve: &Curve, point: &Point) -> &'static str {
    match (
        point.threshold == curve.current,
        point.threshold == curve.best,
        point.level,
    ) {
        (true, true, _) => "  current, best",
        (false, true, _) => "  best",
        (true, false, true) => "  current, level",
        (true, false, false) => "  current",
        (false, false, true) => "  level",
        (false, false, false) => "",
    }
}

/// Columns beside the plot: the threshold before it, the remark behind it.
const MARGINS: usize = 11 + 16;

/// Minimum and maximum columns of the plot.
const PLOT_COLUMNS: std::ops::RangeInclusive<usize> = 20..=100;

/// Writes a line per threshold, with a letter for each measure.
fn plot(curve: &Curve, width: usize, out: &mut impl Write) -> io::Result<()> {
    let columns = width
        .saturating_sub(MARGINS)
        .clamp(*PLOT_COLUMNS.start(), *PLOT_COLUMNS.end());
    let start = scale_start(curve);
    let column =
        |value: f64| ((value - start) / (1.0 - start) * (columns - 1) as f64).round() as usize;
    writeln!(
        out,
        "P precision, R recall, F F1: means of B-cubed and pairs"
    )?;
    writeln!(out, "{:11}{start:<1$.1}1.0", "", columns - 3)?;
    for point in &curve.points {
        let [precision, recall, f1] =
            [point.mean.precision, point.mean.recall, point.mean.f1].map(column);
        let cell = |at: usize| match at {
            _ if at == f1 => 'F',
            _ if at == precision => 'P',
            _ if at == recall => 'R',
            _ if at > precision.min(recall) && at < precision.max(recall) => '─',
            _ => ' ',
        };
        let line: String = (0..columns).map(cell).collect();
        let line = format!("{:<9}  {line}{}", point.threshold, remark(curve, point));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Start of the scale: the next tenth below all values.
pub(super) fn scale_start(curve: &Curve) -> f64 {
    let means = curve.points.iter().map(|point| point.mean);
    let min = means
        .flat_map(|mean| [mean.precision, mean.recall, mean.f1])
        .fold(0.9, f64::min);
    (min * 10.0).floor() / 10.0
}

/// The thresholds that are level with the best, what level means, and the advice.
pub(super) fn verdict(curve: &Curve, setting: &str) -> [String; 3] {
    let Curve {
        current,
        best,
        gold_groups,
        ..
    } = curve;
    let [first, last] = curve.plateau;
    let level = if first == last {
        format!("No threshold near the best, {best}, is level with it.")
    } else {
        format!("The thresholds from {first} to {last} are level with the best, {best}.")
    };
    let why = format!(
        "Level: the mean F1 of B-cubed and pairs is lower by 0.005 or less, or by what may be \
         chance with {gold_groups} gold groups."
    );
    let advice = match curve.advice {
        Advice::Keep if current == best => {
            format!("Leave {setting} at {current}: it is the best of the tried thresholds.")
        }
        Advice::Keep => format!("Leave {setting} at {current}: it is level with the best."),
        Advice::Change { to } => {
            format!(
                "Set {setting} to {to}, the middle of the level thresholds: {current} is behind."
            )
        }
        Advice::Extend => format!(
            "{current} is behind, but the level thresholds reach the end of the tried range: try \
             thresholds beyond the range before you change {setting}."
        ),
    };
    [level, why, advice]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::chart;

    /// A curve whose recall falls as its precision rises.
    fn crossing(thresholds: &[f64], current: f64, advice: Advice) -> Curve {
        let point = |&threshold: &f64| {
            let mean = Agreement {
                precision: 0.5 + threshold / 2.0,
                recall: 1.0 - threshold / 2.0,
                f1: 0.75,
            };
            let level = threshold >= 0.3;
            Point {
                threshold,
                groups: 7,
                b_cubed: mean,
                pairwise: mean,
                mean,
                behind: 0.0,
                chance: 0.01,
                level,
            }
        };
        let points = thresholds.iter().map(point).collect();
        let plateau = [0.3, thresholds[thresholds.len() - 1]];
        Curve {
            items: 20,
            gold_groups: 9,
            points,
            current,
            best: 0.3,
            plateau,
            advice,
        }
    }

    fn text(found: &Curve, width: usize) -> String {
        let mut out = Vec::new();
        curve(found, "stories.threshold", width, Coloring::Plain, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plot_fits_into_the_width() {
        let found = crossing(&[0.1, 0.2, 0.3, 0.4], 0.2, Advice::Change { to: 0.3 });
        for width in [60, 80, 120] {
            let text = text(&found, width);
            let picture: Vec<&str> = text
                .lines()
                .skip_while(|line| !line.starts_with("P precision"))
                .skip(1)
                .collect();
            assert_eq!(picture[0].chars().count(), width - 16);
            for line in &picture[1..5] {
                assert!(line.chars().count() <= width, "{line}");
                assert!(
                    ["P", "F", "R"].iter().all(|letter| line.contains(letter)),
                    "{line}"
                );
            }
            assert!(picture[2].ends_with("  current") && picture[3].ends_with("  best"));
        }
        assert!(text(&found, 0).lines().any(|line| line.starts_with("0.1 ")));
    }

    #[test]
    fn last_line_is_the_advice() {
        let last = |advice| {
            text(&crossing(&[0.2, 0.3, 0.4], 0.2, advice), 80)
                .lines()
                .last()
                .unwrap_or("")
                .to_owned()
        };
        assert_eq!(
            last(Advice::Keep),
            "Leave stories.threshold at 0.2: it is level with the best."
        );
        assert!(last(Advice::Change { to: 0.35 }).starts_with("Set stories.threshold to 0.35"));
        assert!(last(Advice::Extend).contains("thresholds beyond the range"));
    }

    #[test]
    fn chart_is_well_formed_and_has_a_description() {
        for (thresholds, current) in [(&[0.1, 0.2, 0.3, 0.4] as &[f64], 0.2), (&[0.3], 0.3)] {
            let mut out = Vec::new();
            chart(
                &crossing(thresholds, current, Advice::Keep),
                "stories.threshold",
                &mut out,
            )
            .unwrap();
            let chart = String::from_utf8(out).unwrap();
            let mut reader = quick_xml::Reader::from_str(&chart);
            while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
            for part in [
                "<title",
                "<desc",
                "prefers-color-scheme: dark",
                "precision",
                "recall",
                "F1",
                "best",
            ] {
                assert!(chart.contains(part), "{part}");
            }
            assert!(
                !chart.contains("<script") && !chart.contains("NaN") && !chart.contains("inf"),
                "{chart}"
            );
            assert_eq!(chart.matches("<circle").count(), 3 * thresholds.len());
        }
    }
}
