//! Tells texts with wrong letters, as scanning and speech recognition leave them.
//!
//! Input: texts. Output: the share of words with a figure between letters ("Co1umbia"), which
//! writers hardly ever set and scans often do. Cost: linear in the text.

/// The share of the words of some texts that have a figure between letters.
///
/// ```
/// use qissa::text::noise_share;
/// assert_eq!(noise_share(["The steamer Co1umbia arrived ye8terday"]), 0.4);
/// assert_eq!(noise_share(["The G20 met in 2026, COVID-19 or not"]), 0.0);
/// ```
pub fn noise_share<'t>(texts: impl IntoIterator<Item = &'t str>) -> f64 {
    let (mut words, mut odd) = (0_usize, 0_usize);
    for word in texts.into_iter().flat_map(str::split_whitespace) {
        words += 1;
        odd += usize::from(has_figure_between_letters(word));
    }
    if words == 0 {
        0.0
    } else {
        odd as f64 / words as f64
    }
}

fn has_figure_between_letters(word: &str) -> bool {
    let bytes = word.as_bytes();
    let is_odd = |run: &[u8]| {
        run[0].is_ascii_alphabetic() && run[1].is_ascii_digit() && run[2].is_ascii_lowercase()
    };
    bytes.windows(3).any(is_odd)
}
