//! What was written in, what runs out: settings are checked here once, and nothing behind can fail
//! for them.

mod file;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::blocking::Banding;
use crate::canonical::Weights;
use crate::cluster::Linkage;
use crate::identity::LinkRules;
use crate::sets::Shingler;
use crate::similarity::Weighing;
use crate::source_rules::{SourceRule, SourceRules};
use crate::verify::{DuplicateVerifier, StoryVerifier};

pub use file::ConfigFileError;
pub use file::did_you_mean;

/// Thresholds lie in this range, at both levels.
pub const THRESHOLDS: RangeInclusive<f64> = 0.01..=1.0;

/// Which groups are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// One event and its immediate development; duplicates nest inside.
    #[default]
    Stories,
    /// The same text, perhaps edited.
    Duplicates,
}

impl Level {
    /// The name of its threshold among the settings.
    pub fn threshold_name(self) -> &'static str {
        match self {
            Level::Stories => "stories.threshold",
            Level::Duplicates => "duplicates.threshold",
        }
    }
}

/// Which parts of an item are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fields {
    /// Headlines alone.
    Title,
    /// Bodies alone.
    Body,
    /// Bodies where both items have one, headlines otherwise.
    #[default]
    All,
}

/// The settings, as they stand in a file.
#[derive(Debug, Clone, Default, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Which groups are asked for: "stories" (one event) or "duplicates" (the same text, perhaps
    /// edited).
    pub level: Level,
    /// Which parts of an item are compared: "title", "body" or "all" (bodies where both items have
    /// one).
    pub fields: Fields,
    /// How duplicates are found.
    pub duplicates: Duplicates,
    /// How stories are found.
    pub stories: Stories,
    /// What the evidence for a story counts.
    pub evidence: Evidence,
    /// How the canonical item is chosen.
    pub canonical: Weights,
    /// What of a link does not mean the page.
    pub links: Links,
    /// What is known better of some sources than their items tell, in tables `[[source]]`. Of
    /// several patterns in one table all must match; a feed is all items that have in common
    /// what the table matches them by: one address, one host or one name. For each setting the
    /// first table holds that matches an item and gives the setting.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<SourceRule>,
}

/// What of a link does not mean the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Links {
    /// Parameters that an index leaves out of links besides those it knows, by name, or by the
    /// beginning of a name with `*` behind it, such as "edition" or "hb_*".
    pub tracking: Vec<String>,
}

/// How duplicates are found.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Duplicates {
    /// How sure a pair must be, from 0 to 1: of full texts and of titles alone the Jaccard
    /// coefficient, of items with summaries the probability that a reader calls them the same
    /// report.
    pub threshold: f64,
    /// So is a full text of which this share stands in another.
    pub containment: f64,
    /// Items published further apart, in days, are no duplicates; 0 for no limit.
    pub window: f64,
    /// The shingles of headlines: word:N, word:N-M or char:N.
    pub title_shingle: String,
    /// The shingles of bodies, likewise.
    pub body_shingle: String,
    /// How many values a signature has.
    pub signature_length: usize,
    /// What the hash functions are drawn from.
    pub seed: u64,
    /// Titles of fewer words match only equal ones.
    pub least_title_words: usize,
    /// Texts of fewer words match only equal ones.
    pub least_body_words: usize,
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
            least_title_words: 3,
            least_body_words: 8,
        }
    }
}

/// How stories are found.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stories {
    /// Groups linked at least so well become one story.
    pub threshold: f64,
    /// How much a group's cohesion is set against a link, from 0 (mean similarity) up.
    pub cohesion: f64,
    /// Items published further apart, in days, are never one story; 0 for no limit.
    pub window: f64,
    /// Beyond the first day, so many days between two items take their likeness to 1 / e (.37) of
    /// itself; 0 for no loss.
    pub fade: f64,
    /// In a batch of so many items, news at large counts as much as the batch itself, and in one
    /// of twice as many, twice as much, because the more items there are, the more of them
    /// tell one story and make its own words look common.
    pub prior: f64,
    /// How many characters of a body are looked at.
    pub lead: usize,
    /// What vectors are made longer by before they are compared: more makes short headlines harder
    /// to match.
    pub shrink: f64,
    /// Pairs no more alike than this are not linked.
    pub floor: f64,
}

impl Default for Stories {
    fn default() -> Self {
        Stories {
            threshold: 0.155,
            cohesion: 0.9,
            window: 14.0,
            fade: 8.0,
            prior: 1500.0,
            lead: 1000,
            shrink: 60.0,
            floor: 0.08,
        }
    }
}

/// What the evidence for a story counts: the constants of the similarity, which `benches/stories`
/// measures. They are settings so that whoever has labelled news of another kind can choose them
/// anew; most have no need to.
#[derive(Debug, Clone, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Evidence {
    /// The power to which what a headline's word says is raised: more makes rare words count above
    /// common ones.
    pub title_power: f64,
    /// The same for the words of a headline with its lead, which has many words of its topic.
    pub lead_power: f64,
    /// The same in languages without background counts, where a word that is rare in the batch may
    /// be a common one.
    pub unknown_lead_power: f64,
    /// How many times greater the squared lengths of leads are made in such languages, so that the
    /// lesser power, which makes them more alike, needs no threshold of its own.
    pub unknown_lead_doubt: f64,
    /// The same for a headline's runs of four letters.
    pub letters_power: f64,
    /// How much of what a phrase does not say is taken from its words, from 0 to 1: the names of
    /// several words, and the stock phrases of the trade, say less than their words one by
    /// one.
    pub phrase_discount: f64,
    /// What letters count between headlines, from 0 to 1, the rest being words; between leads a
    /// quarter of it.
    pub letters: f64,
    /// What headlines count where leads are compared, from 0 to 1.
    pub headline: f64,
    /// What the likeness of two headlines loses that share one name, place or stock phrase only,
    /// and that of two leads that share one word only, from 0 to 1.
    pub one_thing: f64,
    /// What such a pair loses besides while no other item speaks for it, from 0 to 1.
    pub alone: f64,
    /// What two items lose whose bodies give figures, but none in common, and which were published
    /// half a day or more apart, from 0 to 1: closes, forecasts and results come out daily in
    /// the same words.
    pub other_figures: f64,
    /// News at large counts as so many items at least, twice as many in a batch of so many, and
    /// more in a smaller one, where one story may be half of the batch.
    pub least_prior: f64,
    /// News at large counts no more than so many times the batch: what is new is in the batch
    /// alone.
    pub most_prior: f64,
}

impl Default for Evidence {
    fn default() -> Self {
        Evidence {
            title_power: 1.5,
            lead_power: 2.5,
            unknown_lead_power: 1.25,
            unknown_lead_doubt: 1.6,
            letters_power: 2.0,
            phrase_discount: 0.5,
            letters: 0.2,
            headline: 0.25,
            one_thing: 0.3,
            alone: 0.5,
            other_figures: 0.4,
            least_prior: 100.0,
            most_prior: 8.0,
        }
    }
}

/// A setting that cannot be.
#[derive(Debug, Error, PartialEq)]
#[error("{name} is {found}, but must be {expected}")]
pub struct ConfigError {
    name: Cow<'static, str>,
    found: String,
    expected: &'static str,
}

/// Checked settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// Which groups are asked for.
    pub level: Level,
    /// Which parts of an item are compared.
    pub fields: Fields,
    /// The shingles of headlines.
    pub title_shingler: Shingler,
    /// The shingles of bodies.
    pub body_shingler: Shingler,
    /// Titles of fewer words match only equal ones.
    pub least_title_words: usize,
    /// Texts of fewer words match only equal ones.
    pub least_body_words: usize,
    /// How many values a signature has.
    pub signature_length: usize,
    /// What the hash functions are drawn from.
    pub seed: u64,
    /// How signatures are banded, derived from the threshold.
    pub banding: Banding,
    /// What decides on duplicates.
    pub duplicates: DuplicateVerifier,
    /// What decides on pairs of a story.
    pub stories: StoryVerifier,
    /// How stories grow.
    pub linkage: Linkage,
    /// How terms are weighed for stories.
    pub weighing: Weighing,
    /// How many characters of a body are looked at for stories.
    pub lead: usize,
    /// How the canonical item is chosen.
    pub weights: Weights,
    /// What of a link does not mean the page.
    pub links: LinkRules,
    /// The rules for sources.
    pub sources: SourceRules,
}

impl Config {
    /// The settings, checked.
    ///
    /// # Errors
    /// [`ConfigError`] for the first one that cannot be.
    pub fn check(&self) -> Result<Params, ConfigError> {
        let (duplicates, stories) = (&self.duplicates, &self.stories);
        let evidence = self.evidence.check()?;
        let threshold = within(
            "duplicates.threshold",
            duplicates.threshold,
            THRESHOLDS,
            "from 0.01 to 1",
        )?;
        let length = duplicates.signature_length;
        let body_shingler = shingler("duplicates.body-shingle", &duplicates.body_shingle)?;
        within(
            "duplicates.signature-length",
            length as f64,
            16.0..=1024.0,
            "from 16 to 1024",
        )?;
        within("stories.lead", stories.lead as f64, 1.0..=1e9, "at least 1")?;
        Ok(Params {
            level: self.level,
            fields: self.fields,
            title_shingler: shingler("duplicates.title-shingle", &duplicates.title_shingle)?,
            body_shingler,
            least_title_words: duplicates.least_title_words,
            least_body_words: duplicates.least_body_words,
            signature_length: length,
            seed: duplicates.seed,
            banding: Banding::for_threshold(threshold, length),
            duplicates: DuplicateVerifier {
                threshold,
                containment: within("duplicates.containment", duplicates.containment, 0.5..=1.0, "from 0.5 to 1")?,
                window_days: within("duplicates.window", duplicates.window, 0.0..=1e6, "from 0 to 1000000 days")?,
                char_shingles: body_shingler.is_char(),
            },
            stories: StoryVerifier {
                min_similarity: within("stories.floor", stories.floor, 0.0..=1.0, "from 0 to 1")?,
                damping: within("stories.shrink", stories.shrink, 0.0..=1e6, "from 0 to 1000000")?,
                window_days: within("stories.window", stories.window, 0.0..=1e6, "from 0 to 1000000 days")?,
                decay_days: within("stories.fade", stories.fade, 0.0..=1e6, "from 0 to 1000000 days")?,
                char_gram_weight: evidence.letters,
                title_weight: evidence.headline,
                single_phrase_penalty: evidence.one_thing,
                unsupported_penalty: evidence.alone,
                figures_penalty: evidence.other_figures,
            },
            linkage: Linkage {
                threshold: within("stories.threshold", stories.threshold, THRESHOLDS, "from 0.01 to 1")?,
                cohesion: within("stories.cohesion", stories.cohesion, 0.0..=2.0, "from 0 to 2")?,
            },
            weighing: Weighing {
                powers: [evidence.title_power, evidence.lead_power, evidence.letters_power],
                unknown_lead_power: evidence.unknown_lead_power,
                unknown_lead_doubt: evidence.unknown_lead_doubt,
                phrase_discount: evidence.phrase_discount,
                prior: within("stories.prior", stories.prior, 1.0..=1e12, "at least 1")?,
                min_prior: evidence.least_prior,
                max_prior_ratio: evidence.most_prior,
            },
            lead: stories.lead,
            weights: self.canonical.clone(),
            links: LinkRules::with(&self.links.tracking).map_err(|found| ConfigError {
                name: "links.tracking".into(),
                found: format!("{found:?}"),
                expected: "names of parameters, such as \"edition\", or their beginnings with a * behind, such as \"hb_*\"",
            })?,
            sources: self.source_rules()?,
        })
    }

    /// The rules for sources, and the trust in sources by name, which is one of them.
    fn source_rules(&self) -> Result<SourceRules, ConfigError> {
        for (place, rule) in self.source.iter().enumerate() {
            check_source(&format!("[[source]] {}", place + 1), rule)?;
        }
        for (name, &trust) in &self.canonical.sources {
            within(
                format!("canonical.sources.{name:?}"),
                trust,
                0.0..=1.0,
                "from 0 to 1",
            )?;
        }
        Ok(SourceRules::new(&self.source, &self.canonical.sources))
    }
}

/// Refuses a rule that cannot match, sets nothing, or sets what cannot be.
fn check_source(table: &str, rule: &SourceRule) -> Result<(), ConfigError> {
    let wrong = |key: &str, found: String, expected| {
        let name = if key.is_empty() {
            table.to_owned()
        } else {
            format!("{key} of {table}")
        };
        Err(ConfigError {
            name: name.into(),
            found,
            expected,
        })
    };
    for (key, pattern) in rule.patterns() {
        let found = format!("{pattern:?}");
        if pattern.trim().is_empty() {
            return wrong(
                key,
                found,
                "what is matched, such as \"Daily *\"; * alone matches all",
            );
        }
        if key == "host" && pattern.contains(['/', ' ']) {
            return wrong(
                key,
                found,
                "a host alone, such as \"*.news.example\"; a feed has an address",
            );
        }
    }
    if rule.patterns().next().is_none() {
        return wrong(
            "",
            "without feed, host and name".to_owned(),
            "told by one of them whose items it is for",
        );
    }
    if rule.sets_nothing() {
        let found = "without copies, ignore-text, weight and prefer".to_owned();
        return wrong("", found, "told by one of them what holds for its items");
    }
    if let (Some(_), Some(prefer)) = (rule.weight, rule.prefer) {
        return wrong(
            "prefer",
            prefer.to_string(),
            "left out where weight is given: it is another way to write that",
        );
    }
    if let Some(weight) = rule.weight {
        within(
            format!("weight of {table}"),
            weight,
            0.0..=1.0,
            "from 0 to 1",
        )?;
    }
    Ok(())
}

impl Evidence {
    fn check(&self) -> Result<&Self, ConfigError> {
        let shares = [
            ("evidence.phrase-discount", self.phrase_discount),
            ("evidence.letters", self.letters),
            ("evidence.headline", self.headline),
            ("evidence.one-thing", self.one_thing),
            ("evidence.alone", self.alone),
            ("evidence.other-figures", self.other_figures),
        ];
        for (name, share) in shares {
            within(name, share, 0.0..=1.0, "from 0 to 1")?;
        }
        let powers = [
            ("evidence.title-power", self.title_power),
            ("evidence.lead-power", self.lead_power),
            ("evidence.unknown-lead-power", self.unknown_lead_power),
            ("evidence.letters-power", self.letters_power),
        ];
        for (name, power) in powers {
            within(name, power, 0.0..=10.0, "from 0 to 10")?;
        }
        within(
            "evidence.unknown-lead-doubt",
            self.unknown_lead_doubt,
            1.0..=100.0,
            "from 1 to 100",
        )?;
        within(
            "evidence.least-prior",
            self.least_prior,
            1.0..=1e9,
            "at least 1",
        )?;
        within(
            "evidence.most-prior",
            self.most_prior,
            0.0..=1e9,
            "at least 0",
        )?;
        Ok(self)
    }
}

impl Params {
    /// The threshold of the level asked for.
    pub fn threshold(&self) -> f64 {
        match self.level {
            Level::Stories => self.linkage.threshold,
            Level::Duplicates => self.duplicates.threshold,
        }
    }

    /// The same settings with another threshold of that level.
    ///
    /// # Errors
    /// [`ConfigError`] if it is not in [`THRESHOLDS`].
    pub fn with_threshold(&self, threshold: f64) -> Result<Self, ConfigError> {
        let threshold = within(
            self.level.threshold_name(),
            threshold,
            THRESHOLDS,
            "from 0.01 to 1",
        )?;
        let mut params = self.clone();
        match self.level {
            Level::Stories => params.linkage.threshold = threshold,
            Level::Duplicates => {
                params.duplicates.threshold = threshold;
                params.banding = Banding::for_threshold(threshold, self.signature_length);
            }
        }
        Ok(params)
    }
}

impl Config {
    /// Sets the threshold of the level asked for.
    pub fn set_threshold(&mut self, threshold: f64) {
        match self.level {
            Level::Stories => self.stories.threshold = threshold,
            Level::Duplicates => self.duplicates.threshold = threshold,
        }
    }

    /// Sets what finds duplicates among texts with wrong letters, such as scans and transcripts of
    /// speech: runs of seven letters. Two texts with 2 % wrong letters share .6 of these, and
    /// of word triples .4; of shorter runs all texts of a language share many, which costs
    /// time.
    pub fn set_noisy(&mut self) {
        for shingle in [
            &mut self.duplicates.title_shingle,
            &mut self.duplicates.body_shingle,
        ] {
            *shingle = "char:7".to_owned();
        }
        self.duplicates.threshold = 0.45;
    }

    /// Sets the days beyond which two items are neither duplicates nor one story. A stricter limit
    /// of duplicates stays. `0` means no limit: the days between two items take nothing from
    /// their similarity as a story either.
    pub fn set_window(&mut self, days: f64) {
        self.stories.window = days;
        if days == 0.0 {
            (self.duplicates.window, self.stories.fade) = (0.0, 0.0);
        } else if self.duplicates.window == 0.0 || self.duplicates.window > days {
            self.duplicates.window = days;
        }
    }

    /// Each setting, by its name and its value as a file has it.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (name, value) in toml::Table::try_from(self).unwrap_or_default() {
            match value {
                toml::Value::Table(section) => {
                    found.extend(
                        section
                            .into_iter()
                            .map(|(key, value)| (format!("{name}.{key}"), value.to_string())),
                    );
                }
                value => _ = found.insert(name, value.to_string()),
            }
        }
        found
    }

    /// Each setting that decides what matches, likewise; without own tracking parameters there is
    /// no word of them.
    pub fn matching(&self) -> BTreeMap<String, String> {
        let source = self
            .source
            .iter()
            .filter_map(SourceRule::matching)
            .collect();
        let matching = Config {
            source,
            ..self.clone()
        };
        let is_left_out = |name: &str| match name {
            "links.tracking" => self.links == Links::default(),
            name => name.starts_with("canonical."),
        };
        matching
            .settings()
            .into_iter()
            .filter(|(name, _)| !is_left_out(name))
            .collect()
    }

    /// The configuration that [`Config::matching`] tells of, with the defaults for the rest.
    ///
    /// # Errors
    /// [`ConfigFileError`] if a name or a value is none of this version's.
    pub fn from_matching(settings: &BTreeMap<String, String>) -> Result<Self, ConfigFileError> {
        Config::parse(
            &settings
                .iter()
                .map(|(name, value)| format!("{name} = {value}\n"))
                .collect::<String>(),
        )
    }
}

fn within(
    name: impl Into<Cow<'static, str>>,
    found: f64,
    range: RangeInclusive<f64>,
    expected: &'static str,
) -> Result<f64, ConfigError> {
    if range.contains(&found) {
        Ok(found)
    } else {
        Err(ConfigError {
            name: name.into(),
            found: found.to_string(),
            expected,
        })
    }
}

fn shingler(name: &'static str, spec: &str) -> Result<Shingler, ConfigError> {
    let expected = "word:N, word:N-M or char:N with N from 1 to 20, such as word:3";
    spec.parse().map_err(|_| ConfigError {
        name: name.into(),
        found: format!("{spec:?}"),
        expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        let params = Config::default().check().unwrap();
        assert_eq!(params.banding, Banding { bands: 32, rows: 4 });
    }

    #[test]
    fn what_decides_matches_reads_back() {
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
    fn own_tracking_parameters_are_remembered_and_malformed_ones_refused() {
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
    fn of_rules_for_sources_those_that_decide_matches_read_back() {
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
    fn a_rule_that_cannot_be_is_refused() {
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
    fn a_wrong_setting_is_named_with_its_value_and_range() {
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
    fn another_threshold_is_the_same_whether_written_or_changed() {
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
    fn a_file_reads_back_and_a_wrong_key_is_refused() {
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
