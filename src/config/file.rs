//! Settings as TOML text: parsing with hints for misspelt names, printing with explanations.

use documented::DocumentedFields;
use thiserror::Error;

use super::names::current_key;
use super::{Config, Duplicates, Evidence, Links, Stories};
use crate::canonical::Weights;
use crate::source_rules::SourceRule;

/// A text that is not a settings file.
#[derive(Debug, Error, PartialEq)]
#[error("{cause}{hint}")]
pub struct ConfigFileError {
    cause: toml::de::Error,
    hint: String,
}

impl Config {
    /// Parses a settings file; missing settings have the defaults.
    ///
    /// # Errors
    /// [`ConfigFileError`] with the line, the text found and the text expected.
    pub fn parse(text: &str) -> Result<Self, ConfigFileError> {
        toml::from_str(text).map_err(|cause| ConfigFileError {
            hint: hint(cause.message()).unwrap_or_default(),
            cause,
        })
    }

    /// Every default below an explanation, as text for [`Config::parse`].
    pub fn explained() -> String {
        let defaults = toml::to_string(&Config::default()).unwrap_or_default();
        let mut text = String::new();
        let mut section = "";
        for line in defaults.lines() {
            let header = line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'));
            let explanation = if let Some(name) = header {
                section = name;
                // A table within a section: `[canonical.sources]`.
                let (parent, key) = name.split_once('.').unwrap_or(("", name));
                explanation(parent, key)
            } else {
                explanation(section, key_of(line))
            };
            if let Some(explanation) = explanation {
                text += &commented(explanation, "# ");
            }
            text += line;
            text.push('\n');
        }
        text + &source_example()
    }
}

/// The key of a line `key = value`.
fn key_of(line: &str) -> &str {
    line.split('=').next().unwrap_or_default().trim()
}

/// A doc comment as comment lines that begin with `mark`.
fn commented(docs: &str, mark: &str) -> String {
    let mut text = String::new();
    for line in docs.lines() {
        text += &format!("{mark}{}\n", line.trim());
    }
    text
}

/// An example of a rule for sources as a comment, because there are no rules by default.
fn source_example() -> String {
    let docs = explanation("", "source").unwrap_or_default();
    let mut example = format!("\n{}# [[source]]\n", commented(docs, "# "));
    for (key, value) in SOURCE {
        let docs = SourceRule::get_field_docs(key.replace('-', "_")).unwrap_or_default();
        example += &format!("{}# {key} = {value}\n", commented(docs, "# # "));
    }
    example
}

/// Each setting of a rule for sources with an example value.
const SOURCE: [(&str, &str); 7] = [
    ("feed", "\"quay.example/comics/*\""),
    ("host", "\"*.quay.example\""),
    ("name", "\"Gull and Crab\""),
    ("copies", "\"never\""),
    ("ignore-text", "true"),
    ("weight", "0.9"),
    ("prefer", "true"),
];

/// The doc comment of a setting; `section` is empty at the top level.
fn explanation(section: &str, key: &str) -> Option<&'static str> {
    let docs = match section {
        "" => Config::get_field_docs::<&str>,
        "duplicates" => Duplicates::get_field_docs,
        "stories" => Stories::get_field_docs,
        "evidence" => Evidence::get_field_docs,
        "links" => Links::get_field_docs,
        _ => Weights::get_field_docs,
    };
    docs(&key.replace('-', "_")).ok()
}

/// A hint from the parser's message: the word found, then the words expected, each in backticks.
fn hint(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let found = words.next()?;
    let (_, word) = nearest(found, words)?;
    Some(question(current_key(word)))
}

/// A question for the known word most like `found`, if one is similar enough.
pub fn did_you_mean<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(found, known).map(|(_, word)| question(word))
}

fn question(word: &str) -> String {
    format!("; did you mean {word:?}?")
}

/// Minimum Jaro-Winkler similarity of a suggested word.
const MIN_SUGGESTED: f64 = 0.75;

fn nearest<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Option<(f64, &'a str)> {
    known
        .map(|word| (strsim::jaro_winkler(found, word), word))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(similarity, _)| *similarity > MIN_SUGGESTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explained_defaults_parse_and_every_setting_has_a_comment() {
        let explained = Config::explained();
        assert_eq!(Config::parse(&explained).unwrap(), Config::default());
        let lines: Vec<&str> = explained.lines().collect();
        let settings =
            (0..lines.len()).filter(|&at| !lines[at].starts_with('#') && !lines[at].is_empty());
        let mut count = 0;
        for at in settings {
            assert!(
                at > 0 && lines[at - 1].starts_with("# "),
                "{} has no explanation",
                lines[at]
            );
            count += 1;
        }
        assert!(count >= 25, "{count}");
    }

    #[test]
    fn source_example_has_every_setting() {
        let explained = Config::explained();
        let (_, example) = explained.split_once("# [[source]]\n").unwrap();
        let settings: Vec<&str> = example
            .lines()
            .map(|line| line.strip_prefix("# ").unwrap())
            .collect();
        let config = Config::parse(&format!("[[source]]\n{}", settings.join("\n"))).unwrap();
        let written = toml::Table::try_from(&config.source[0]).unwrap();
        assert_eq!(written.len(), SourceRule::FIELD_NAMES.len());
    }

    #[test]
    fn misspelt_keys_and_values_get_a_hint() {
        for (text, expected) in [
            (
                "[duplicates]\ntreshold = 0.5",
                "did you mean \"threshold\"?",
            ),
            (
                "[duplicate]\nthreshold = 0.5",
                "did you mean \"duplicates\"?",
            ),
            ("levle = \"stories\"", "did you mean \"level\"?"),
            ("level = \"story\"", "did you mean \"stories\"?"),
            ("[canonical]\ntitel = 1", "did you mean \"title\"?"),
        ] {
            let message = Config::parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        for (rule, expected) in [
            ("nmae = \"Gull\"", "did you mean \"name\"?"),
            ("ignore_text = true", "did you mean \"ignore-text\"?"),
            ("copies = \"nevr\"", "did you mean \"never\"?"),
        ] {
            let message = Config::parse(&format!("[[source]]\n{rule}"))
                .unwrap_err()
                .to_string();
            assert!(message.contains(expected), "{message}");
        }
        let message = Config::parse("[[sources]]\nname = \"Gull\"")
            .unwrap_err()
            .to_string();
        assert!(message.contains("did you mean \"source\"?"), "{message}");
        let message = Config::parse("colour = 1").unwrap_err().to_string();
        assert!(
            message.contains("colour")
                && message.contains("line 1")
                && !message.contains("did you mean"),
            "{message}"
        );
    }
}
