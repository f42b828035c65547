//! Files of must-link and cannot-link constraints.
//!
//! Input: one constraint per line: `must-link` or `cannot-link` (short `+` or `-`) and two ids,
//! separated by tabs, or by spaces if no id has spaces. Ids are [unescaped](crate::tsv). Empty
//! lines and lines that begin with `#` are skipped. Output: consistent [`Constraints`]. Cost:
//! linear in the text.

use std::borrow::Cow;

use thiserror::Error;

use crate::cluster::{Constraints, Contradictions, Rule};
use crate::config::did_you_mean;
use crate::tsv::unescape;

/// Why constraints cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintsError {
    /// A line is not a constraint.
    #[error(
        "{name}:{line}: found {found:?}, expected must-link or cannot-link and two ids, separated by tabs{hint}"
    )]
    Line {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
        /// The line as written.
        found: String,
        /// The word that was probably meant.
        hint: String,
    },
    /// Some constraints contradict each other.
    #[error("{name}: {cause}")]
    Contradictions {
        /// The file.
        name: String,
        /// The contradictions.
        cause: Contradictions,
    },
}

/// Reads the constraints of a text. `name` is the file in error messages.
///
/// # Errors
/// [`ConstraintsError`] for the first invalid line, or if constraints contradict each other.
pub fn constraints(name: &str, text: &str) -> Result<Constraints, ConstraintsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rules = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        rules.push(rule(line).ok_or_else(|| ConstraintsError::Line {
            name: name.to_owned(),
            line: at + 1,
            found: line.to_owned(),
            hint: hint(line),
        })?);
    }
    let rules = rules.iter().map(|(rule, a, b)| (*rule, &**a, &**b));
    Constraints::new(rules).map_err(|cause| ConstraintsError::Contradictions {
        name: name.to_owned(),
        cause,
    })
}

fn rule(line: &str) -> Option<(Rule, Cow<'_, str>, Cow<'_, str>)> {
    let cells: Vec<&str> = if line.contains('\t') {
        line.trim_end_matches('\t').split('\t').collect()
    } else {
        line.split_whitespace().collect()
    };
    let [word, a, b] = cells[..] else { return None };
    let rule = match word.trim() {
        "must-link" | "+" => Rule::MustLink,
        "cannot-link" | "-" => Rule::CannotLink,
        _ => return None,
    };
    (!a.is_empty() && !b.is_empty()).then(|| (rule, unescape(a), unescape(b)))
}

fn hint(line: &str) -> String {
    let word = line.split_whitespace().next().unwrap_or_default();
    let known = ["must-link", "cannot-link"];
    if known.contains(&word) {
        String::new()
    } else {
        did_you_mean(word, known.into_iter()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_short_forms_are_equal() {
        let long = "\u{feff}# editors\nmust-link\ta b\tc\r\n\ncannot-link\tc\td\n";
        let short = "+\ta b\tc\n- c d\n";
        let read = constraints("long", long).unwrap();
        assert_eq!(read, constraints("short", short).unwrap());
        assert_eq!(read.ids().collect::<Vec<_>>(), ["a b", "c", "d"]);
        assert!(constraints("none", "# nothing\n\n").unwrap().is_empty());
    }

    #[test]
    fn invalid_lines_are_errors() {
        for line in [
            "must-link a",
            "must-link a b c",
            "must-link\t\tb",
            "must_link a b",
            "a b",
            "* a b",
        ] {
            let message = constraints("rules.txt", &format!("+ x y\n{line}\n"))
                .unwrap_err()
                .to_string();
            assert!(
                message.starts_with("rules.txt:2: ") && message.contains("cannot-link"),
                "{message}"
            );
            assert_eq!(
                message.contains("did you mean \"must-link\"?"),
                line.starts_with("must_"),
                "{message}"
            );
        }
    }

    #[test]
    fn contradictions_state_the_file() {
        let message = constraints("rules.txt", "+ a b\n- b a\n")
            .unwrap_err()
            .to_string();
        assert!(
            message.starts_with("rules.txt: cannot-link \"a\" \"b\" contradicts must-link"),
            "{message}"
        );
    }
}
