//! Excerpts of runs of words that two texts share.

/// Words shown on either side of a change.
const CONTEXT: usize = 6;

/// A shared run of words, shortened to [`CONTEXT`] words beside each change.
///
/// Runs of up to `2 * CONTEXT + 1` words stay whole. A run beside no change keeps its first words.
pub(crate) fn excerpt(text: &str, after_change: bool, before_change: bool) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() <= 2 * CONTEXT + 1 {
        return words.join(" ");
    }
    let mut parts = Vec::new();
    if after_change || !before_change {
        parts.push(words[..CONTEXT].join(" "));
    }
    parts.push("…".to_owned());
    if before_change {
        parts.push(words[words.len() - CONTEXT..].join(" "));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn long_runs_keep_the_words_beside_changes() {
        let words: Vec<String> = (1..=14).map(|number| number.to_string()).collect();
        let text = words.join(" ");
        assert_eq!(excerpt(&text, true, false), "1 2 3 4 5 6 …");
        assert_eq!(excerpt(&text, false, true), "… 9 10 11 12 13 14");
        assert_eq!(excerpt(&text, true, true), "1 2 3 4 5 6 … 9 10 11 12 13 14");
        assert_eq!(excerpt(&text, false, false), "1 2 3 4 5 6 …");
        assert_eq!(
            excerpt(&words[1..].join(" "), true, true),
            words[1..].join(" ")
        );
    }
}
