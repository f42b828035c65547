//! Settings as written ([`Config`]) and as checked for the pipelines ([`Params`]).
//!
//! Input: a TOML text or defaults. Output: [`Params`], checked once by [`Config::check`], so no
//! later stage fails for a setting. The doc comments of the setting fields are the text of
//! `qissa config --default`.

mod check;
mod file;
mod names;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

use crate::canonical::Weights;
use crate::sets::Shingler;
use crate::source_rules::SourceRule;

pub use check::{ConfigError, Params};
pub use file::ConfigFileError;
pub use file::did_you_mean;
pub use names::current_name;

/// The range of thresholds at both levels.
pub const THRESHOLDS: RangeInclusive<f64> = 0.01..=1.0;

/// The kind of groups that a run reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Items about one event and the immediate development of the event; groups of duplicates nest
    /// inside.
    #[default]
    Stories,
    /// Items with equal or edited text.
    Duplicates,
}

impl Level {
    /// The setting that holds the level's threshold.
    pub fn threshold_name(self) -> &'static str {
        match self {
            Level::Stories => "stories.threshold",
            Level::Duplicates => "duplicates.threshold",
        }
    }
}

/// The fields of an item that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fields {
    /// Titles only.
    Title,
    /// Bodies only.
    Body,
    /// Bodies if both items have a body, titles otherwise.
    #[default]
    All,
}

/// The settings of a run, as in a settings file.
///
/// ```
/// use qissa::Config;
/// let config = Config::parse("[stories]\nthreshold = 0.2").unwrap();
/// assert_eq!(config.stories.threshold, 0.2);
/// assert!(config.check().is_ok());
/// ```
#[derive(Debug, Clone, Default, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The kind of groups: "stories" (items about one event) or "duplicates" (the same text,
    /// perhaps edited).
    pub level: Level,
    /// The compared fields: "title", "body" or "all" (bodies if both items have a body, titles
    /// otherwise).
    pub fields: Fields,
    /// How duplicates are found.
    pub duplicates: Duplicates,
    /// How stories are built.
    pub stories: Stories,
    /// The constants of the similarity of two items as parts of one story. The defaults were
    /// measured on labelled news; change the constants only with labelled news of your own
    /// (`qissa tune`).
    pub evidence: Evidence,
    /// The weights for the choice of the canonical item of a group. The item with the highest sum
    /// is the canonical; a weight of 0 ignores the part.
    pub canonical: Weights,
    /// Which parts of a link do not identify the page.
    pub links: Links,
    /// Rules for the items of single sources, one table `[[source]]` per rule. A rule applies to
    /// the items that match all patterns of the rule (`feed`, `host`, `name`). If several rules
    /// give one setting for an item, the first rule counts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourceRule>,
}

/// Which parts of a link do not identify the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Links {
    /// Query parameters ignored in comparisons of links, in addition to the built-in list
    /// (utm_source and others): a name such as "edition", or a prefix with `*` such as "hb_*".
    pub tracking: Vec<String>,
}

/// How duplicates are found.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Duplicates {
    /// Minimum likeness of two duplicates, 0.01 to 1. Likeness is the Jaccard coefficient for full
    /// texts and for titles without texts, and for summaries the estimated probability that a
    /// reader calls the items one report. Higher finds fewer duplicates.
    pub threshold: f64,
    /// Minimum share of a full text contained in a longer text, 0.5 to 1, for a pair of duplicates
    /// (an article quoted whole). Higher finds fewer duplicates.
    pub containment: f64,
    /// Maximum days between the dates of two duplicates, 0 to 1000000; 0 means no limit.
    pub window: f64,
    /// Shingles of titles: word:N (runs of N words), word:N-M (runs of N to M words) or char:N
    /// (runs of N letters), N and M from 1 to 20.
    pub title_shingle: String,
    /// Shingles of bodies, in the form of `title-shingle`.
    pub body_shingle: String,
    /// Number of MinHash values in a signature, 16 to 1024. Higher misses fewer duplicates and
    /// takes more time and memory.
    pub signature_length: usize,
    /// Seed of the hash functions.
    pub seed: u64,
    /// Minimum words of a title compared by similarity; a shorter title matches equal titles only.
    #[serde(alias = "least-title-words")]
    pub min_title_words: usize,
    /// Minimum words of a body compared by similarity; a shorter body matches equal bodies only.
    #[serde(alias = "least-body-words")]
    pub min_body_words: usize,
}

impl Default for Duplicates {
    fn default() -> Self {
        Duplicates {
            threshold: 0.7,
            containment: 0.9,
            window: 7.0,
            title_shingle: Shingler::HEADLINE.to_string(),
            body_shingle: Shingler::BODY.to_string(),
            signature_length: 128,
            seed: 42,
            min_title_words: 3,
            min_body_words: 8,
        }
    }
}

/// How stories are built.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stories {
    /// Minimum strength of the link between two groups that merge into one story, 0.01 to 1. Higher
    /// gives more and smaller stories.
    pub threshold: f64,
    /// Weight of the similarities inside two groups against the link between the groups, 0 to 2; 0
    /// is plain average linkage. Higher keeps neighbouring small stories apart and gives larger
    /// loose stories.
    pub cohesion: f64,
    /// Maximum days between two linked items of a story, 0 to 1000000; 0 means no limit.
    pub window: f64,
    /// Recency decay in days, 0 to 1000000: beyond the first day, similarity is multiplied by
    /// exp(-(days - 1) / decay-days). Lower keeps items further apart in time in separate stories;
    /// 0 means no decay.
    #[serde(alias = "fade")]
    pub decay_days: f64,
    /// Batch size, in items, at which the background corpus weighs as much as the batch; in a batch
    /// of twice the size the background weighs twice as much as the batch, because the words of a
    /// large story look common in a large batch. At least 1. Higher weakens the background.
    #[serde(alias = "prior")]
    pub background_parity: f64,
    /// Number of compared characters of a body, at least 1.
    #[serde(alias = "lead")]
    pub lead_chars: usize,
    /// Added to the squared norm of each term vector before cosines are computed, 0 to 1000000.
    /// Higher makes short titles harder to match.
    #[serde(alias = "shrink")]
    pub norm_smoothing: f64,
    /// Maximum similarity of a pair without a link, 0 to 1. Weak links tell how many unrelated
    /// neighbours an item has. Higher gives fewer links, shorter runs and more merges by chance.
    #[serde(alias = "floor")]
    pub min_similarity: f64,
}

impl Default for Stories {
    fn default() -> Self {
        Stories {
            threshold: 0.07,
            cohesion: 1.0,
            window: 14.0,
            decay_days: 8.0,
            background_parity: 5000.0,
            lead_chars: 1000,
            norm_smoothing: 60.0,
            min_similarity: 0.03,
        }
    }
}

/// The constants of the similarity of two items as parts of one story.
///
/// `benches/stories` measured the defaults. Users with labelled news of a different kind can change
/// the constants.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Evidence {
    /// Exponent of the surprisal of a title's words, 0 to 10. Higher lets rare words outweigh
    /// common words.
    pub title_power: f64,
    /// Exponent of the surprisal of the words of a title with its lead, 0 to 10. Leads have many
    /// words of the topic, so the default is higher than for titles.
    pub lead_power: f64,
    /// Exponent for leads in languages without a background corpus, 0 to 10: words that are rare in
    /// the batch may be common in the language.
    #[serde(alias = "unknown-lead-power")]
    pub no_background_lead_power: f64,
    /// Factor on the squared norms of leads in languages without a background corpus, 1 to 100.
    /// Compensates the lower exponent, so the thresholds hold without a background too. Higher
    /// lowers the similarity of leads.
    #[serde(alias = "unknown-lead-doubt")]
    pub no_background_norm_inflation: f64,
    /// Exponent of the surprisal of a title's runs of four letters, 0 to 10.
    pub letters_power: f64,
    /// Share of the surprisal lacking in a phrase that is subtracted from the words of the phrase,
    /// 0 to 1. Names of several words and stock phrases say less than the single words. Higher
    /// lowers the weight of phrases.
    pub phrase_discount: f64,
    /// Weight of letter runs in the similarity of titles, 0 to 1; words have the rest. If leads are
    /// compared, the weight is a quarter.
    #[serde(alias = "letters")]
    pub letters_weight: f64,
    /// Weight of titles where leads are compared, 0 to 1; leads have the rest.
    #[serde(alias = "headline")]
    pub title_weight: f64,
    /// Share of similarity lost by two titles with only a name, place or stock phrase in common,
    /// and by two leads with only one word in common, 0 to 1. Higher gives smaller stories.
    #[serde(alias = "one-thing")]
    pub single_phrase_penalty: f64,
    /// Further share of similarity lost by a pair with only one phrase in common while no third
    /// item links to both items, 0 to 1.
    #[serde(alias = "alone")]
    pub unsupported_penalty: f64,
    /// Share of similarity lost by two items with numbers in both bodies but no common number, and
    /// with dates half a day or more apart, 0 to 1: closing prices, forecasts and results are
    /// published daily in equal words.
    #[serde(alias = "other-figures")]
    pub conflicting_numbers_penalty: f64,
    /// Minimum weight of the background corpus, in items, at least 1: in a batch of
    /// `min-background-items` items the corpus counts as twice as many items, in a smaller batch as
    /// more, because a story may be half of a small batch.
    #[serde(alias = "least-prior")]
    pub min_background_items: f64,
    /// Maximum weight of the background corpus, as a multiple of the batch, at least 0. Higher
    /// gives the background more weight in large batches.
    #[serde(alias = "most-prior")]
    pub max_background_ratio: f64,
}

impl Default for Evidence {
    fn default() -> Self {
        Evidence {
            title_power: 1.0,
            lead_power: 2.5,
            no_background_lead_power: 1.25,
            no_background_norm_inflation: 1.6,
            letters_power: 1.5,
            phrase_discount: 0.5,
            letters_weight: 0.2,
            title_weight: 0.25,
            single_phrase_penalty: 0.3,
            unsupported_penalty: 0.5,
            conflicting_numbers_penalty: 0.4,
            min_background_items: 100.0,
            max_background_ratio: 8.0,
        }
    }
}

impl Config {
    /// Sets the threshold of the configured level.
    pub fn set_threshold(&mut self, threshold: f64) {
        match self.level {
            Level::Stories => self.stories.threshold = threshold,
            Level::Duplicates => self.duplicates.threshold = threshold,
        }
    }

    /// Sets shingles and threshold for texts with wrong letters, such as scans and transcripts.
    ///
    /// Two texts with 2 % wrong letters share 0.6 of the runs of seven letters and 0.4 of the word
    /// triples. Shorter runs occur in all texts of a language and cost time.
    pub fn set_noisy(&mut self) {
        self.duplicates.title_shingle = "char:7".to_owned();
        self.duplicates.body_shingle = "char:7".to_owned();
        self.duplicates.threshold = 0.45;
    }

    /// Sets the maximum days between two items of a group, at both levels.
    ///
    /// A stricter `duplicates.window` stays. `0` removes the limits and the recency decay.
    pub fn set_window(&mut self, days: f64) {
        self.stories.window = days;
        if days == 0.0 {
            self.duplicates.window = 0.0;
            self.stories.decay_days = 0.0;
        } else if self.duplicates.window == 0.0 || self.duplicates.window > days {
            self.duplicates.window = days;
        }
    }

    /// Name (`stories.threshold`) and TOML value of each setting.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let mut settings = BTreeMap::new();
        for (name, value) in toml::Table::try_from(self).unwrap_or_default() {
            match value {
                toml::Value::Table(section) => {
                    for (key, value) in section {
                        settings.insert(format!("{name}.{key}"), value.to_string());
                    }
                }
                value => {
                    settings.insert(name, value.to_string());
                }
            }
        }
        settings
    }

    /// The settings that affect matches, as stored in an index.
    ///
    /// Names are the names of the first version, so every version of the program compares equal
    /// names; [`current_name`] gives the current name. `canonical` and an empty `links.tracking`
    /// are left out.
    pub fn matching(&self) -> BTreeMap<String, String> {
        let matching = Config {
            source: self
                .source
                .iter()
                .filter_map(SourceRule::matching)
                .collect(),
            ..self.clone()
        };
        let has_tracking = self.links != Links::default();
        matching
            .settings()
            .into_iter()
            .filter(|(name, _)| !name.starts_with("canonical."))
            .filter(|(name, _)| name != "links.tracking" || has_tracking)
            .map(|(name, value)| (names::stored_name(&name).to_owned(), value))
            .collect()
    }

    /// The configuration behind the output of [`Config::matching`], with defaults for the rest.
    ///
    /// # Errors
    /// [`ConfigFileError`] for an unknown name or value.
    pub fn from_matching(settings: &BTreeMap<String, String>) -> Result<Self, ConfigFileError> {
        let mut text = String::new();
        for (name, value) in settings {
            text += &format!("{name} = {value}\n");
        }
        Config::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocking::Banding;

    #[test]
    fn defaults_pass_the_check() {
        let params = Config::default().check().unwrap();
        assert_eq!(params.banding, Banding { bands: 32, rows: 4 });
    }

    #[test]
    fn matching_settings_round_trip() {
        let mut config = Config {
            level: Level::Duplicates,
            ..Config::default()
        };
        config.stories.threshold = 0.2;
        let settings = config.matching();
        assert_eq!(settings["stories.threshold"], "0.2");
        assert!(
            !settings.contains_key("canonical.title")
                && config.settings().contains_key("canonical.title")
        );
        assert_eq!(Config::from_matching(&settings).unwrap(), config);
    }

    #[test]
    fn tracking_parameters_round_trip_and_malformed_ones_are_refused() {
        let config = Config::parse("[links]\ntracking = [\"edition\", \"hb_*\"]").unwrap();
        assert!(!Config::default().matching().contains_key("links.tracking"));
        assert_eq!(Config::from_matching(&config.matching()).unwrap(), config);
        let page = config
            .check()
            .unwrap()
            .links
            .page("https://a.example/b?edition=2&hb_x=1&id=7")
            .unwrap();
        assert_eq!(page.address, "a.example/b?id=7");
        let wrong = Config::parse("[links]\ntracking = [\"a=b\"]")
            .unwrap()
            .check()
            .unwrap_err()
            .to_string();
        assert!(
            wrong.starts_with("links.tracking is \"a=b\", but must be names of parameters"),
            "{wrong}"
        );
    }

    #[test]
    fn source_rules_that_decide_matches_round_trip() {
        let text = "[[source]]\nname = \"Gull *\"\ncopies = \"never\"\nweight = 0.9\n\
            [[source]]\nhost = \"quay.example\"\nprefer = true\n\
            [[source]]\nfeed = \"quay.example/*\"\nignore-text = true\n";
        let config = Config::parse(text).unwrap();
        let settings = config.matching();
        assert!(!settings["source"].contains("weight") && !settings["source"].contains("prefer"));
        let read = Config::from_matching(&settings).unwrap();
        assert_eq!(read.source.len(), 2);
        assert_eq!(read.matching(), settings);
        assert!(
            !Config::parse("[[source]]\nname = \"Gull\"\nweight = 1")
                .unwrap()
                .matching()
                .contains_key("source")
        );
    }

    #[test]
    fn invalid_source_rules_are_refused() {
        for (rule, expected) in [
            (
                "copies = \"never\"",
                "[[source]] 2 is without feed, host and name",
            ),
            (
                "name = \"Gull\"",
                "[[source]] 2 is without copies, ignore-text",
            ),
            (
                "name = \" \"\ncopies = \"own\"",
                "name of [[source]] 2 is \" \"",
            ),
            (
                "host = \"https://quay.example\"\nprefer = true",
                "a host alone",
            ),
            (
                "name = \"Gull\"\nweight = 1.5",
                "weight of [[source]] 2 is 1.5, but must be from 0 to 1",
            ),
            (
                "name = \"Gull\"\nweight = 0.5\nprefer = true",
                "prefer of [[source]] 2",
            ),
        ] {
            let text = format!("[[source]]\nname = \"Tern\"\nprefer = true\n[[source]]\n{rule}");
            let message = Config::parse(&text)
                .unwrap()
                .check()
                .unwrap_err()
                .to_string();
            assert!(message.contains(expected), "{rule}: {message}");
        }
        let trusted = Config::parse("[canonical.sources]\nGull = 2.0").unwrap();
        assert!(
            trusted
                .check()
                .unwrap_err()
                .to_string()
                .contains("canonical.sources.\"Gull\" is 2")
        );
    }

    #[test]
    fn error_names_the_setting_its_value_and_its_range() {
        let mut config = Config::default();
        config.duplicates.threshold = 1.5;
        assert_eq!(
            config.check().unwrap_err().to_string(),
            "duplicates.threshold is 1.5, but must be from 0.01 to 1"
        );
        config = Config::default();
        config.duplicates.body_shingle = "line:2".into();
        assert!(config.check().unwrap_err().to_string().contains("word:3"));
    }

    #[test]
    fn with_threshold_equals_a_check_of_the_changed_config() {
        for level in [Level::Stories, Level::Duplicates] {
            let mut config = Config {
                level,
                ..Config::default()
            };
            let params = config.check().unwrap();
            config.stories.threshold = if level == Level::Stories {
                0.3
            } else {
                config.stories.threshold
            };
            config.duplicates.threshold = if level == Level::Duplicates {
                0.3
            } else {
                config.duplicates.threshold
            };
            assert_eq!(params.with_threshold(0.3), config.check());
            assert_eq!(params.with_threshold(0.3).unwrap().threshold(), 0.3);
            assert!(
                params
                    .with_threshold(1.5)
                    .unwrap_err()
                    .to_string()
                    .contains("threshold is 1.5")
            );
        }
    }

    #[test]
    fn config_round_trips_and_unknown_keys_are_refused() {
        let written = toml::to_string(&Config::default()).unwrap();
        assert_eq!(
            toml::from_str::<Config>(&written).unwrap(),
            Config::default()
        );
        assert!(
            toml::from_str::<Config>("treshold = 1")
                .unwrap_err()
                .to_string()
                .contains("treshold")
        );
    }
}
