//! A configuration as text: read with a hint for what is misspelt, written with a word on each
//! setting.

use documented::DocumentedFields;
use thiserror::Error;

use super::{Config, Duplicates, Evidence, Links, Stories};
use crate::canonical::Weights;
use crate::source_rules::SourceRule;

/// A text that is no configuration.
#[derive(Debug, Error, PartialEq)]
#[error("{cause}{hint}")]
pub struct ConfigFileError {
    cause: toml::de::Error,
    hint: String,
}

impl Config {
    /// Reads a configuration; what it leaves out has its default.
    ///
    /// # Errors
    /// [`ConfigFileError`] with the line, what stands there and what was expected.
    pub fn parse(text: &str) -> Result<Self, ConfigFileError> {
        toml::from_str(text).map_err(|cause| ConfigFileError {
            hint: hint(cause.message()).unwrap_or_default(),
            cause,
        })
    }

    /// Every default with its explanation above it; [`Config::parse`] reads it back.
    pub fn explained() -> String {
        let written = toml::to_string(&Config::default()).unwrap_or_default();
        let mut explained = String::new();
        let mut section = String::new();
        for line in written.lines() {
            let key = match line
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                Some(name) => {
                    name.clone_into(&mut section);
                    name.to_owned()
                }
                None if section.is_empty() => key(line).to_owned(),
                None => format!("{section}.{}", key(line)),
            };
            if let Some(words) = explanation(&key) {
                explained.extend(words.lines().map(|line| format!("# {}\n", line.trim())));
            }
            explained += line;
            explained.push('\n');
        }
        explained + &example_of_source()
    }
}

fn key(line: &str) -> &str {
    line.split('=').next().unwrap_or_default().trim()
}

/// A rule for sources with each of its settings, all of it a comment, as there are no such rules by
/// default.
fn example_of_source() -> String {
    let comment = |docs: &str, mark: &str| -> String {
        docs.lines()
            .map(|line| format!("{mark}{}\n", line.trim()))
            .collect()
    };
    let mut example = format!(
        "\n{}# [[source]]\n",
        comment(explanation("source").unwrap_or_default(), "# ")
    );
    for (key, value) in SOURCE {
        let docs = SourceRule::get_field_docs(key.replace('-', "_")).unwrap_or_default();
        example += &format!("{}# {key} = {value}\n", comment(docs, "# # "));
    }
    example
}

/// Each setting of a rule for sources with an example.
const SOURCE: [(&str, &str); 7] = [
    ("feed", "\"quay.example/comics/*\""),
    ("host", "\"*.quay.example\""),
    ("name", "\"Gull and Crab\""),
    ("copies", "\"never\""),
    ("ignore-text", "true"),
    ("weight", "0.9"),
    ("prefer", "true"),
];

/// What is written on a setting where it is declared.
fn explanation(path: &str) -> Option<&'static str> {
    let (section, key) = path.split_once('.').unwrap_or(("", path));
    let of = match section {
        "" => Config::get_field_docs::<&str>,
        "duplicates" => Duplicates::get_field_docs,
        "stories" => Stories::get_field_docs,
        "evidence" => Evidence::get_field_docs,
        "links" => Links::get_field_docs,
        _ => Weights::get_field_docs,
    };
    of(&key.replace('-', "_")).ok()
}

/// The best of the words that the parser expected; it puts first what it found, then these, each
/// between backticks.
fn hint(message: &str) -> Option<String> {
    let mut words = message.split('`').skip(1).step_by(2);
    let found = words.next()?;
    did_you_mean(found, words)
}

/// A question that names the known word most like the one found, if one is like it at all.
pub fn did_you_mean<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let alike = |word: &'a str| (strsim::jaro_winkler(found, word), word);
    let (likeness, word) = known.map(alike).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (likeness > 0.75).then(|| format!("; did you mean {word:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_explained_and_the_defaults_read_back() {
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
    fn the_example_of_a_rule_for_sources_has_every_setting() {
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
    fn a_misspelt_key_or_value_gets_a_hint() {
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
