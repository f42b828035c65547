//! Grids of settings.
//!
//! Input: settings such as `stories.threshold=0.06,0.07`. Output: configurations.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use qissa::Config;

/// A setting and its values.
pub struct Setting {
    section: String,
    name: String,
    values: Vec<String>,
}

/// The place of the chosen value of every setting.
pub type Choice = Vec<usize>;

/// The settings of the story level that are tried if none is named: each default with a smaller and
/// a greater value.
const NEIGHBOURS: &str = "stories.threshold=0.06,0.07,0.08 stories.cohesion=0.8,1.0,1.2 stories.background-parity=2500,5000,10000 \
    stories.lead-chars=600,1000,1500 stories.decay-days=4,8,16 stories.norm-smoothing=30,60,120 stories.min-similarity=0.02,0.03,0.04 \
    evidence.title-power=0.75,1.0,1.25 evidence.lead-power=2.0,2.5,3.0 evidence.letters-power=1.0,1.5,2.0 \
    evidence.phrase-discount=0.25,0.5,0.75 evidence.letters-weight=0.1,0.2,0.3 evidence.title-weight=0.15,0.25,0.4 \
    evidence.single-phrase-penalty=0.15,0.3,0.45 evidence.unsupported-penalty=0.25,0.5,0.75 evidence.min-background-items=50,100,200 \
    evidence.max-background-ratio=4,8,16 evidence.conflicting-numbers-penalty=0.2,0.4,0.6";

/// The named settings, or all settings of the story level.
pub fn settings(named: &[String]) -> anyhow::Result<Vec<Setting>> {
    let all = NEIGHBOURS.split_whitespace().map(str::to_owned);
    let texts: Vec<String> = if named.is_empty() {
        all.collect()
    } else {
        named.to_vec()
    };
    texts.iter().map(|text| Setting::parse(text)).collect()
}

impl Setting {
    /// Reads `SECTION.NAME=VALUE,VALUE`.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let parsed = text
            .split_once('=')
            .and_then(|(key, values)| Some((key.split_once('.')?, values)));
        let Some(((section, name), values)) = parsed else {
            bail!("{text} should be SECTION.NAME=VALUE,VALUE")
        };
        let values = values.split(',').map(str::to_owned).collect();
        Ok(Setting {
            section: section.to_owned(),
            name: name.to_owned(),
            values,
        })
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The place of the default among the values; 0 if the default is not among them.
    pub fn default(&self) -> anyhow::Result<usize> {
        let mut table = toml::Table::try_from(Config::default())?;
        let default = self.slot(&mut table)?.clone();
        let is_default = |value: &String| {
            self.value(&default, value)
                .is_ok_and(|value| value == default)
        };
        Ok(self.values.iter().position(is_default).unwrap_or(0))
    }

    /// The setting with one of its values.
    pub fn label(&self, at: usize) -> String {
        format!("{}={}", self.name, self.values[at])
    }

    fn slot<'t>(&self, table: &'t mut toml::Table) -> anyhow::Result<&'t mut toml::Value> {
        let section = table
            .get_mut(&self.section)
            .and_then(toml::Value::as_table_mut);
        let slot = section.and_then(|section| section.get_mut(&self.name));
        slot.with_context(|| format!("no setting {}.{}", self.section, self.name))
    }

    fn value(&self, like: &toml::Value, text: &str) -> anyhow::Result<toml::Value> {
        Ok(match like {
            toml::Value::Float(_) => toml::Value::Float(text.parse()?),
            toml::Value::Integer(_) => toml::Value::Integer(text.parse()?),
            _ => toml::Value::String(text.to_owned()),
        })
    }
}

/// The defaults with these values.
pub fn config(settings: &[Setting], choice: &Choice) -> anyhow::Result<Config> {
    let mut table = toml::Table::try_from(Config::default())?;
    for (setting, &at) in settings.iter().zip(choice) {
        let slot = setting.slot(&mut table)?;
        *slot = setting.value(slot, &setting.values[at])?;
    }
    Ok(table.try_into()?)
}

/// All combinations of values.
pub fn product(settings: &[Setting]) -> Vec<Choice> {
    settings.iter().fold(vec![Vec::new()], |all, setting| {
        all.iter()
            .flat_map(|one| (0..setting.len()).map(move |at| [one.as_slice(), &[at]].concat()))
            .collect()
    })
}

/// The defaults, then each setting with each of its other values while the rest are defaults.
pub fn one_by_one(settings: &[Setting]) -> anyhow::Result<Vec<Choice>> {
    let defaults: Choice = settings
        .iter()
        .map(Setting::default)
        .collect::<anyhow::Result<_>>()?;
    let mut all = BTreeMap::from([(0, defaults.clone())]);
    for (place, setting) in settings.iter().enumerate() {
        for at in (0..setting.len()).filter(|&at| at != defaults[place]) {
            let mut choice = defaults.clone();
            choice[place] = at;
            all.insert(all.len(), choice);
        }
    }
    Ok(all.into_values().collect())
}
