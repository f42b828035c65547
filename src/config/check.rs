//! Checks of settings: [`Config`] in, [`Params`] out.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use thiserror::Error;

use super::{Config, Duplicates, Evidence, Fields, Level, Links, Stories, THRESHOLDS};
use crate::blocking::Banding;
use crate::canonical::Weights;
use crate::cluster::Linkage;
use crate::identity::LinkRules;
use crate::sets::Shingler;
use crate::similarity::Weighing;
use crate::source_rules::{SourceRule, SourceRules};
use crate::verify::{DuplicateVerifier, StoryVerifier};

/// A setting outside of its range.
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
    /// The kind of groups.
    pub level: Level,
    /// The compared fields.
    pub fields: Fields,
    /// The shingles of titles.
    pub title_shingler: Shingler,
    /// The shingles of bodies.
    pub body_shingler: Shingler,
    /// Minimum words of a title compared by similarity.
    pub min_title_words: usize,
    /// Minimum words of a body compared by similarity.
    pub min_body_words: usize,
    /// Number of MinHash values in a signature.
    pub signature_length: usize,
    /// Seed of the hash functions.
    pub seed: u64,
    /// Bands and rows of signatures, derived from the threshold of duplicates.
    pub banding: Banding,
    /// Decides on candidate pairs of duplicates.
    pub duplicates: DuplicateVerifier,
    /// Computes the similarity of pairs within stories.
    pub stories: StoryVerifier,
    /// Linkage for the agglomeration of stories.
    pub linkage: Linkage,
    /// Weighs the terms that stories compare.
    pub weighing: Weighing,
    /// Number of characters of a body compared for stories.
    pub lead_chars: usize,
    /// The weights for the choice of the canonical item.
    pub weights: Weights,
    /// Which parts of a link do not identify the page.
    pub links: LinkRules,
    /// The rules for sources.
    pub sources: SourceRules,
}

impl Params {
    /// The threshold of the level.
    pub fn threshold(&self) -> f64 {
        match self.level {
            Level::Stories => self.linkage.threshold,
            Level::Duplicates => self.duplicates.threshold,
        }
    }

    /// The settings with the given threshold of the level.
    ///
    /// # Errors
    /// [`ConfigError`] outside of [`THRESHOLDS`].
    pub fn with_threshold(&self, threshold: f64) -> Result<Self, ConfigError> {
        let threshold = check_threshold(self.level.threshold_name(), threshold)?;
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
    /// Checks every setting.
    ///
    /// # Errors
    /// [`ConfigError`] for the first setting outside of its range.
    pub fn check(&self) -> Result<Params, ConfigError> {
        self.evidence.check()?;
        let threshold = check_threshold("duplicates.threshold", self.duplicates.threshold)?;
        let body_shingler =
            parse_shingler("duplicates.body-shingle", &self.duplicates.body_shingle)?;
        let title_shingler =
            parse_shingler("duplicates.title-shingle", &self.duplicates.title_shingle)?;
        self.duplicates.check()?;
        self.stories.check()?;
        Ok(Params {
            level: self.level,
            fields: self.fields,
            title_shingler,
            body_shingler,
            min_title_words: self.duplicates.min_title_words,
            min_body_words: self.duplicates.min_body_words,
            signature_length: self.duplicates.signature_length,
            seed: self.duplicates.seed,
            banding: Banding::for_threshold(threshold, self.duplicates.signature_length),
            duplicates: DuplicateVerifier {
                threshold,
                containment: self.duplicates.containment,
                window_days: self.duplicates.window,
                char_shingles: body_shingler.is_char(),
            },
            stories: self.story_verifier(),
            linkage: Linkage {
                threshold: check_threshold("stories.threshold", self.stories.threshold)?,
                cohesion: self.stories.cohesion,
            },
            weighing: self.weighing(),
            lead_chars: self.stories.lead_chars,
            weights: self.canonical.clone(),
            links: self.links.check()?,
            sources: self.source_rules()?,
        })
    }

    fn story_verifier(&self) -> StoryVerifier {
        StoryVerifier {
            min_similarity: self.stories.min_similarity,
            damping: self.stories.norm_smoothing,
            window_days: self.stories.window,
            decay_days: self.stories.decay_days,
            char_gram_weight: self.evidence.letters_weight,
            title_weight: self.evidence.title_weight,
            single_phrase_penalty: self.evidence.single_phrase_penalty,
            unsupported_penalty: self.evidence.unsupported_penalty,
            figures_penalty: self.evidence.conflicting_numbers_penalty,
        }
    }

    fn weighing(&self) -> Weighing {
        let evidence = &self.evidence;
        Weighing {
            powers: [
                evidence.title_power,
                evidence.lead_power,
                evidence.letters_power,
            ],
            no_background_lead_power: evidence.no_background_lead_power,
            no_background_norm_inflation: evidence.no_background_norm_inflation,
            phrase_discount: evidence.phrase_discount,
            prior: self.stories.background_parity,
            min_prior: evidence.min_background_items,
            max_prior_ratio: evidence.max_background_ratio,
        }
    }

    /// The rules for sources, followed by the trust of `canonical.sources`.
    fn source_rules(&self) -> Result<SourceRules, ConfigError> {
        for (index, rule) in self.source.iter().enumerate() {
            check_source(&format!("[[source]] {}", index + 1), rule)?;
        }
        for (name, &trust) in &self.canonical.sources {
            check_share(format!("canonical.sources.{name:?}"), trust)?;
        }
        Ok(SourceRules::new(&self.source, &self.canonical.sources))
    }
}

impl Duplicates {
    /// Checks the numbers other than the threshold.
    fn check(&self) -> Result<(), ConfigError> {
        check_range(
            "duplicates.signature-length",
            self.signature_length as f64,
            16.0..=1024.0,
            "from 16 to 1024",
        )?;
        check_range(
            "duplicates.containment",
            self.containment,
            0.5..=1.0,
            "from 0.5 to 1",
        )?;
        check_days("duplicates.window", self.window)
    }
}

impl Stories {
    /// Checks the numbers other than the threshold.
    fn check(&self) -> Result<(), ConfigError> {
        check_range(
            "stories.lead-chars",
            self.lead_chars as f64,
            1.0..=1e9,
            "at least 1",
        )?;
        check_share("stories.min-similarity", self.min_similarity)?;
        check_range(
            "stories.norm-smoothing",
            self.norm_smoothing,
            0.0..=1e6,
            "from 0 to 1000000",
        )?;
        check_days("stories.window", self.window)?;
        check_days("stories.decay-days", self.decay_days)?;
        check_range("stories.cohesion", self.cohesion, 0.0..=2.0, "from 0 to 2")?;
        check_range(
            "stories.background-parity",
            self.background_parity,
            1.0..=1e12,
            "at least 1",
        )?;
        Ok(())
    }
}

impl Evidence {
    fn check(&self) -> Result<(), ConfigError> {
        for (name, share) in [
            ("evidence.phrase-discount", self.phrase_discount),
            ("evidence.letters-weight", self.letters_weight),
            ("evidence.title-weight", self.title_weight),
            ("evidence.single-phrase-penalty", self.single_phrase_penalty),
            ("evidence.unsupported-penalty", self.unsupported_penalty),
            (
                "evidence.conflicting-numbers-penalty",
                self.conflicting_numbers_penalty,
            ),
        ] {
            check_share(name, share)?;
        }
        for (name, power) in [
            ("evidence.title-power", self.title_power),
            ("evidence.lead-power", self.lead_power),
            (
                "evidence.no-background-lead-power",
                self.no_background_lead_power,
            ),
            ("evidence.letters-power", self.letters_power),
        ] {
            check_range(name, power, 0.0..=10.0, "from 0 to 10")?;
        }
        check_range(
            "evidence.no-background-norm-inflation",
            self.no_background_norm_inflation,
            1.0..=100.0,
            "from 1 to 100",
        )?;
        check_range(
            "evidence.min-background-items",
            self.min_background_items,
            1.0..=1e9,
            "at least 1",
        )?;
        check_range(
            "evidence.max-background-ratio",
            self.max_background_ratio,
            0.0..=1e9,
            "at least 0",
        )?;
        Ok(())
    }
}

impl Links {
    fn check(&self) -> Result<LinkRules, ConfigError> {
        LinkRules::with(&self.tracking).map_err(|found| ConfigError {
            name: "links.tracking".into(),
            found: format!("{found:?}"),
            expected: "names of parameters such as \"edition\", or prefixes with * such as \
                \"hb_*\"",
        })
    }
}

/// Refuses a rule that cannot match, sets nothing or has a value out of range.
fn check_source(table: &str, rule: &SourceRule) -> Result<(), ConfigError> {
    for (key, pattern) in rule.patterns() {
        check_pattern(table, key, pattern)?;
    }
    if rule.patterns().next().is_none() {
        return Err(ConfigError {
            name: table.to_owned().into(),
            found: "without feed, host and name".to_owned(),
            expected: "given at least one of them to match items by",
        });
    }
    if rule.sets_nothing() {
        return Err(ConfigError {
            name: table.to_owned().into(),
            found: "without copies, ignore-text, weight and prefer".to_owned(),
            expected: "given at least one of them to set",
        });
    }
    if let (Some(_), Some(prefer)) = (rule.weight, rule.prefer) {
        return Err(ConfigError {
            name: format!("prefer of {table}").into(),
            found: prefer.to_string(),
            expected: "left out where weight is given, because it is a short form of weight = 1",
        });
    }
    if let Some(weight) = rule.weight {
        check_share(format!("weight of {table}"), weight)?;
    }
    Ok(())
}

fn check_pattern(table: &str, key: &str, pattern: &str) -> Result<(), ConfigError> {
    let expected = if pattern.trim().is_empty() {
        "a pattern such as \"Daily *\"; * alone matches everything"
    } else if key == "host" && pattern.contains(['/', ' ']) {
        "a host alone, such as \"*.news.example\"; use feed for an address"
    } else {
        return Ok(());
    };
    Err(ConfigError {
        name: format!("{key} of {table}").into(),
        found: format!("{pattern:?}"),
        expected,
    })
}

fn check_threshold(name: &'static str, found: f64) -> Result<f64, ConfigError> {
    check_range(name, found, THRESHOLDS, "from 0.01 to 1")
}

fn check_share(name: impl Into<Cow<'static, str>>, found: f64) -> Result<f64, ConfigError> {
    check_range(name, found, 0.0..=1.0, "from 0 to 1")
}

fn check_days(name: &'static str, found: f64) -> Result<(), ConfigError> {
    check_range(name, found, 0.0..=1e6, "from 0 to 1000000 days")?;
    Ok(())
}

fn check_range(
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

fn parse_shingler(name: &'static str, spec: &str) -> Result<Shingler, ConfigError> {
    spec.parse().map_err(|_| ConfigError {
        name: name.into(),
        found: format!("{spec:?}"),
        expected: "word:N, word:N-M or char:N with N from 1 to 20, such as word:3",
    })
}
