//! Names of renamed settings: settings files and indexes may still have the first names.

/// First and current name of each renamed setting.
const RENAMED: [(&str, &str); 16] = [
    ("duplicates.least-title-words", "duplicates.min-title-words"),
    ("duplicates.least-body-words", "duplicates.min-body-words"),
    ("stories.fade", "stories.decay-days"),
    ("stories.prior", "stories.background-parity"),
    ("stories.lead", "stories.lead-chars"),
    ("stories.shrink", "stories.norm-smoothing"),
    ("stories.floor", "stories.min-similarity"),
    (
        "evidence.unknown-lead-power",
        "evidence.no-background-lead-power",
    ),
    (
        "evidence.unknown-lead-doubt",
        "evidence.no-background-norm-inflation",
    ),
    ("evidence.letters", "evidence.letters-weight"),
    ("evidence.headline", "evidence.title-weight"),
    ("evidence.one-thing", "evidence.single-phrase-penalty"),
    ("evidence.alone", "evidence.unsupported-penalty"),
    (
        "evidence.other-figures",
        "evidence.conflicting-numbers-penalty",
    ),
    ("evidence.least-prior", "evidence.min-background-items"),
    ("evidence.most-prior", "evidence.max-background-ratio"),
];

/// The current name of a setting such as `stories.fade`; an unknown name is returned unchanged.
pub fn current_name(setting: &str) -> &str {
    for (first, current) in RENAMED {
        if setting == first {
            return current;
        }
    }
    setting
}

/// The name under which an index stores a setting: the first name.
pub(super) fn stored_name(setting: &str) -> &str {
    for (first, current) in RENAMED {
        if setting == current {
            return first;
        }
    }
    setting
}

/// The current key for a key without its section.
pub(super) fn current_key(key: &str) -> &str {
    for (first, current) in RENAMED {
        if first.split_once('.').is_some_and(|(_, first)| first == key) {
            return current.split_once('.').map_or(key, |(_, current)| current);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_file_with_first_names_is_the_same_configuration() {
        let mut config = Config::default();
        config.stories.decay_days = 3.5;
        config.evidence.unsupported_penalty = 0.25;
        config.duplicates.min_body_words = 5;
        let stored = config.matching();
        for (first, current) in RENAMED {
            assert!(
                stored.contains_key(first) && !stored.contains_key(current),
                "{first}"
            );
            let value = &config.settings()[current];
            let read = |name: &str| Config::parse(&format!("{name} = {value}")).unwrap();
            assert_eq!(read(first), read(current));
            assert_eq!(
                (current_name(first), stored_name(current)),
                (current, first)
            );
        }
        assert_eq!(Config::from_matching(&stored).unwrap(), config);
    }

    #[test]
    fn a_hint_for_a_first_name_gives_the_current_name() {
        for (text, expected) in [
            ("[stories]\nshrnk = 1", "did you mean \"norm-smoothing\"?"),
            (
                "[stories]\nnorm_smoothing = 1",
                "did you mean \"norm-smoothing\"?",
            ),
            (
                "[evidence]\nonething = 1",
                "did you mean \"single-phrase-penalty\"?",
            ),
        ] {
            let message = Config::parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
