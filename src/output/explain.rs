//! Explanations as text for a terminal: the decision, the comparisons, the path of links.
//!
//! Texts of items are within Unicode isolates, so Arabic beside numbers keeps its order.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::Coloring;
use crate::clustering::{
    CopyEvidence, Difference, EvidenceField, Explanation, Fate, LoneTerm, Meeting, Named,
    Neighbourhood, Rarity, Ruling, SharedTerm, SourceRuling, Step, StoryEvidence, excerpt,
};
use crate::sanitize::{self, isolated};

/// Writes why two items are in one group or not.
///
/// # Errors
/// Errors of the writer.
pub fn explanation(
    explanation: &Explanation,
    coloring: Coloring,
    out: &mut impl Write,
) -> io::Result<()> {
    let bold = coloring.style(Style::new().bold());
    for item in &explanation.items {
        writeln!(out, "{}  {bold}{}{bold:#}", id(item), title(item))?;
    }
    writeln!(out, "\n{bold}{}{bold:#}", verdict(explanation))?;
    for SourceRuling { rule, sets, items } in &explanation.rules {
        writeln!(
            out,
            "{} of the config sets {sets} for {}.",
            isolated(rule),
            isolated(&items.join(" and "))
        )?;
    }
    duplicate_evidence(&explanation.copies, coloring, out)?;
    match &explanation.story {
        Some(story) if !explanation.same_duplicates => story_evidence(story, out),
        _ => Ok(()),
    }
}

/// Writes the items most similar to an item.
///
/// # Errors
/// Errors of the writer.
pub fn neighbourhood(found: &Neighbourhood, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}  {}", id(&found.item), title(&found.item))?;
    writeln!(
        out,
        "\nIts story has {}, {} its text.",
        items(found.cluster_size),
        share(found.near_dup_size)
    )?;
    writeln!(
        out,
        "{}",
        if found.nearest.is_empty() {
            "No similar items."
        } else {
            "Nearest:"
        }
    )?;
    for neighbour in &found.nearest {
        let side = if neighbour.together {
            "together"
        } else {
            "apart"
        };
        writeln!(
            out,
            "  {:.2} {} ({side})  {}  {}",
            neighbour.similarity,
            neighbour.kind.name(),
            id(&neighbour.item),
            title(&neighbour.item)
        )?;
    }
    Ok(())
}

fn items(count: usize) -> String {
    if count == 1 {
        "1 item".to_owned()
    } else {
        format!("{count} items")
    }
}

fn share(count: usize) -> String {
    if count == 1 {
        "1 has".to_owned()
    } else {
        format!("{count} have")
    }
}

fn id(item: &Named) -> Cow<'_, str> {
    sanitize::line(&item.id)
}

/// The title of an item and its source.
fn title(item: &Named) -> String {
    match &item.source {
        Some(source) => format!("{} ({})", isolated(&item.title), isolated(source)),
        None => isolated(&item.title),
    }
}

fn verdict(explanation: &Explanation) -> String {
    let together = match (explanation.same_duplicates, explanation.same_story) {
        (true, _) => "Together: one group of duplicates",
        (false, Some(true)) => "Together: one story, two texts",
        (false, Some(false)) => "Apart: two stories",
        (false, None) => "Apart: two texts",
    };
    match explanation.constraint {
        Some(Ruling::MustLink) => format!("{together}, by a must-link."),
        Some(Ruling::CannotLink) => format!("{together}, by a cannot-link."),
        None => format!("{together}."),
    }
}

fn duplicate_evidence(
    copies: &CopyEvidence,
    coloring: Coloring,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "\nAs copies: {}", duplicate_verdict(copies))?;
    for field in &copies.fields {
        let [a, b] = field.shingles;
        let counts = if field.counts {
            ""
        } else {
            "; of two full texts the bodies decide"
        };
        writeln!(
            out,
            "  {}: {} of {a} and {b} shingles in common, Jaccard {:.3}, containment {:.3}{counts}",
            field.field.name(),
            field.shared,
            field.jaccard,
            field.containment
        )?;
    }
    path(&copies.path, out)?;
    for difference in &copies.differences {
        changes(difference, coloring, out)?;
    }
    Ok(())
}

fn duplicate_verdict(copies: &CopyEvidence) -> String {
    let likeness = format!(
        "likeness {:.2}, {:.2} is needed",
        copies.likeness, copies.threshold
    );
    match (copies.kind, copies.too_short) {
        (Some(kind), _) => {
            format!("{}. {} ({likeness})", kind.name(), sentence(&copies.reason))
        }
        (None, [false, false]) if !copies.path.is_empty() => {
            format!(
                "not by themselves, but both are copies of others. {} ({likeness})",
                sentence(&copies.reason)
            )
        }
        (None, [false, false]) => format!("no. {} ({likeness})", sentence(&copies.reason)),
        (None, [true, true]) => "both are too short to compare".to_owned(),
        (None, [true, false]) => "the first is too short to compare".to_owned(),
        (None, [false, true]) => "the second is too short to compare".to_owned(),
    }
}

/// Text with an upper-case first letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// Writes the differences of a field.
fn changes(difference: &Difference, coloring: Coloring, out: &mut impl Write) -> io::Result<()> {
    let last = difference.changes.len().saturating_sub(1);
    let mut parts = Vec::new();
    for (index, change) in difference.changes.iter().enumerate() {
        parts.push(match change.what {
            Fate::Same => {
                sanitize::line(&excerpt(&change.text, index > 0, index < last)).into_owned()
            }
            Fate::Removed => marked(&change.text, REMOVED, ["[-", "-]"], coloring),
            Fate::Added => marked(&change.text, ADDED, ["{+", "+}"], coloring),
        });
    }
    // The parts are sanitised. Sanitising the line would remove the ANSI styles.
    let line = parts.join(" ");
    writeln!(out, "  {}: \u{2068}{line}\u{2069}", difference.field.name())
}

const REMOVED: Style = AnsiColor::Red.on_default().strikethrough();
const ADDED: Style = AnsiColor::Green.on_default().underline();

/// Text in a style, or between signs if the output has no styles.
fn marked(text: &str, style: Style, [open, close]: [&str; 2], coloring: Coloring) -> String {
    let text = isolated(text);
    match coloring {
        Coloring::Plain => format!("{open}{text}{close}"),
        Coloring::Ansi => format!("{style}{text}{style:#}"),
    }
}

fn story_evidence(story: &StoryEvidence, out: &mut impl Write) -> io::Result<()> {
    let parts: Vec<String> = story
        .parts
        .iter()
        .map(|part| format!("{} {:.3}", part.field.name(), part.adds))
        .collect();
    let (similarity, parts) = (story.similarity, parts.join(" + "));
    writeln!(out, "\nAs one story: similarity {similarity:.3} = {parts}")?;
    penalties(story, out)?;
    shared_terms(story, out)?;
    for (which, terms) in [("first", &story.alone[0]), ("second", &story.alone[1])] {
        if !terms.is_empty() {
            writeln!(out, "  only the {which} has: {}", lone(terms))?;
        }
    }
    path(&story.path, out)?;
    meeting(&story.meeting, out)
}

/// Writes what lowers the similarity: its minimum, the days between the items, their figures.
fn penalties(story: &StoryEvidence, out: &mut impl Write) -> io::Result<()> {
    if story.similarity <= story.floor {
        let floor = story.floor;
        writeln!(
            out,
            "  pairs with a similarity of {floor:.2} or less are not linked"
        )?;
    }
    let chance = 100.0 * story.chance;
    if chance >= 0.5 {
        writeln!(
            out,
            "  {chance:.0} % of the similarity is not counted: unrelated items are as near"
        )?;
    }
    if let Some(days) = story.days_apart {
        let limit = if story.window > 0.0 {
            format!("at most {:.0}", story.window)
        } else {
            "no limit".to_owned()
        };
        let lost = 100.0 * (1.0 - story.freshness);
        let loss = if lost >= 0.5 {
            format!(", which lowers the similarity by {lost:.0} %")
        } else {
            String::new()
        };
        writeln!(out, "  {days:.1} days apart ({limit}){loss}")?;
    }
    if let Some([a, b]) = &story.other_figures {
        let [a, b] = [figures(a), figures(b)];
        writeln!(
            out,
            "  no figure in common, which lowers every part: {a}, and {b}"
        )?;
    }
    Ok(())
}

/// Writes the terms that both items have, and the share of letter runs.
fn shared_terms(story: &StoryEvidence, out: &mut impl Write) -> io::Result<()> {
    if story.shared.is_empty() {
        writeln!(out, "  no word in common")?;
    } else {
        writeln!(out, "  in common:")?;
    }
    for term in &story.shared {
        shared(term, out)?;
    }
    let letters = story
        .parts
        .iter()
        .find(|part| part.field == EvidenceField::Letters && part.adds > 0.0);
    if let Some(letters) = letters {
        let share = 100.0 * letters.adds / story.similarity;
        writeln!(
            out,
            "    {share:>3.0} %  {:.3}  letter runs in the titles",
            letters.adds
        )?;
    }
    Ok(())
}

fn figures(figures: &[String]) -> String {
    figures
        .iter()
        .map(|figure| isolated(figure))
        .collect::<Vec<_>>()
        .join(", ")
}

fn shared(term: &SharedTerm, out: &mut impl Write) -> io::Result<()> {
    let [a, b] = &term.words;
    let word = if a == b {
        isolated(a)
    } else {
        format!("{} / {}", isolated(a), isolated(b))
    };
    let phrase = term
        .phrase
        .as_ref()
        .map(|phrase| format!("; of the phrase {}", isolated(phrase)));
    writeln!(
        out,
        "    {:>3.0} %  {:.3}  {word}: {}{}",
        100.0 * term.share,
        term.adds,
        rarity(term.rarity),
        phrase.unwrap_or_default()
    )
}

fn rarity(rarity: Rarity) -> String {
    let [here, of] = rarity.here;
    match rarity.at_large {
        Some([0, items]) => format!(
            "in none of {} background texts, {here} of {of} here",
            grouped(items)
        ),
        Some([count, items]) => {
            format!(
                "in 1 of {} background texts, {here} of {of} here",
                grouped((items + count / 2) / count)
            )
        }
        None => format!("{here} of {of} here"),
    }
}

/// A count with commas between thousands.
pub(super) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn lone(terms: &[LoneTerm]) -> String {
    terms
        .iter()
        .map(|term| format!("{} {:.1}", isolated(&term.word), term.value))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Writes the id and title of an item, indented.
fn indented(item: &Named, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "    {}  {}", id(item), title(item))
}

/// Writes the links from one item to the other.
fn path(steps: &[Step], out: &mut impl Write) -> io::Result<()> {
    if steps.len() < 2 {
        return Ok(());
    }
    writeln!(out, "  the strongest path between the two:")?;
    indented(&steps[0].from, out)?;
    for step in steps {
        writeln!(out, "    {} {:.3}", step.kind.name(), step.similarity)?;
        indented(&step.to, out)?;
    }
    Ok(())
}

/// Writes whether and how the groups of two items merged.
fn meeting(meeting: &Meeting, out: &mut impl Write) -> io::Result<()> {
    match meeting {
        Meeting::Copies => writeln!(out, "  they are copies, and stories count each text once"),
        Meeting::Bound => writeln!(out, "  a must-link joined them first"),
        Meeting::TooShort => writeln!(out, "  one of them has too little text for a story"),
        Meeting::Merged {
            texts,
            strength,
            threshold,
        } => {
            writeln!(
                out,
                "  {} by a link of {strength:.3}; {threshold:.3} is needed",
                groups(*texts, "merged")
            )
        }
        Meeting::Apart {
            texts,
            strength,
            threshold,
            best,
        } => {
            let missing = threshold - strength;
            writeln!(
                out,
                "  {}: their link is {strength:.3}, {missing:.3} below the threshold of \
                 {threshold:.3}",
                groups(*texts, "stayed apart")
            )?;
            let Some(best) = best else {
                return writeln!(
                    out,
                    "  no item of one group is linked to an item of the other"
                );
            };
            writeln!(
                out,
                "  the best link between them is {:.3}:",
                best.similarity
            )?;
            indented(&best.from, out)?;
            indented(&best.to, out)
        }
        Meeting::Forbidden {
            texts,
            strength,
            threshold,
        } => {
            writeln!(
                out,
                "  {} by a cannot-link; their link is {strength:.3}, {threshold:.3} is needed",
                groups(*texts, "are held apart")
            )
        }
    }
}

fn groups([a, b]: [usize; 2], what: &str) -> String {
    match (a, b) {
        (1, 1) => format!("the two {what}"),
        _ => format!("their groups, of {} and {}, {what}", texts(a), texts(b)),
    }
}

fn texts(count: usize) -> String {
    if count == 1 {
        "1 text".to_owned()
    } else {
        format!("{count} texts")
    }
}
