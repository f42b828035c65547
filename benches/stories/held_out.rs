//! Settings chosen without a set, and their scores on that set (leave-one-out).

use std::collections::{BTreeMap, BTreeSet};

use crate::grid::{Choice, Setting};
use crate::sets::{Scores, Task, mean};

/// Minimum gain in the mean score for a change of a setting. A smaller gain is noise.
const LEAST_GAIN: f64 = 0.0005;

/// Scores of settings on all tasks, each computed once.
pub struct Table<'a> {
    tasks: &'a [Task<'a>],
    settings: &'a [Setting],
    run: &'a dyn Fn(&Choice) -> anyhow::Result<Vec<Scores>>,
    known: BTreeMap<Choice, Vec<Scores>>,
}

impl<'a> Table<'a> {
    /// A table without scores.
    pub fn new(
        tasks: &'a [Task<'a>],
        settings: &'a [Setting],
        run: &'a dyn Fn(&Choice) -> anyhow::Result<Vec<Scores>>,
    ) -> Self {
        Table {
            tasks,
            settings,
            run,
            known: BTreeMap::new(),
        }
    }

    /// The scores of a choice, by task.
    pub fn scores(&mut self, choice: &Choice) -> anyhow::Result<&[Scores]> {
        if !self.known.contains_key(choice) {
            self.known.insert(choice.clone(), (self.run)(choice)?);
        }
        Ok(&self.known[choice])
    }

    fn mean(&mut self, choice: &Choice, skip: &str) -> anyhow::Result<f64> {
        let tasks = self.tasks;
        Ok(mean(tasks, self.scores(choice)?, Some(skip)))
    }

    /// For each set the settings that are found without it, and their scores on it.
    pub fn print_held_out(&mut self, choices: Option<&[Choice]>) -> anyhow::Result<()> {
        println!("each set left out of the choice");
        let tasks = self.tasks;
        for set in tasks.iter().map(|task| task.set).collect::<BTreeSet<_>>() {
            let found = match choices {
                Some(choices) => self.best(choices, set)?,
                None => self.climb(set)?,
            };
            let label = self.label(&found)?;
            for (task, score) in tasks
                .iter()
                .zip(self.scores(&found)?)
                .filter(|(task, _)| task.set == set)
            {
                println!(
                    "  {}: {:.3} / {:.3}  NMI {:.3} ARI {:.3} with{label}",
                    task.name, score.b_cubed, score.pairwise, score.nmi, score.ari
                );
            }
        }
        Ok(())
    }

    fn best(&mut self, choices: &[Choice], skip: &str) -> anyhow::Result<Choice> {
        let mut best = (f64::MIN, &choices[0]);
        for choice in choices {
            let value = self.mean(choice, skip)?;
            if value > best.0 {
                best = (value, choice);
            }
        }
        Ok(best.1.clone())
    }

    /// Coordinate ascent from the defaults: changes one setting at a time to the value that is best
    /// without the set, until no change gains.
    fn climb(&mut self, skip: &str) -> anyhow::Result<Choice> {
        let settings = self.settings;
        let mut here: Choice = settings
            .iter()
            .map(Setting::default)
            .collect::<anyhow::Result<_>>()?;
        let mut height = self.mean(&here, skip)?;
        loop {
            let start = height;
            for (place, setting) in settings.iter().enumerate() {
                for at in 0..setting.len() {
                    let mut next = here.clone();
                    next[place] = at;
                    let value = self.mean(&next, skip)?;
                    if value > height + LEAST_GAIN {
                        (here, height) = (next, value);
                    }
                }
            }
            if height == start {
                return Ok(here);
            }
        }
    }

    /// The settings of a choice that differ from the defaults.
    pub fn label(&self, choice: &Choice) -> anyhow::Result<String> {
        let mut label = String::new();
        for (setting, &at) in self.settings.iter().zip(choice) {
            if at != setting.default()? || self.settings.len() == 1 {
                label += &format!(" {}", setting.label(at));
            }
        }
        Ok(if label.is_empty() {
            " the defaults".to_owned()
        } else {
            label
        })
    }
}
