//! Detects texts with recognition errors, as scanning (OCR) leaves them.
//!
//! Input: texts. Output: the share of words with a digit between letters ("Co1umbia"), which is
//! rare in written text and frequent in scans. Cost: linear in the texts.

/// Share of the words that have a digit between letters, in `0..=1`; 0 without words.
///
/// ```
/// use qissa::text::noise_share;
///
/// assert_eq!(noise_share(["The steamer Co1umbia arrived ye8terday"]), 0.4);
/// assert_eq!(noise_share(["The G20 met in 2026, COVID-19 or not"]), 0.0);
/// ```
pub fn noise_share<'t>(texts: impl IntoIterator<Item = &'t str>) -> f64 {
    let (mut words, mut noisy) = (0_usize, 0_usize);
    for word in texts.into_iter().flat_map(str::split_whitespace) {
        words += 1;
        noisy += usize::from(has_digit_between_letters(word));
    }
    if words == 0 {
        0.0
    } else {
        noisy as f64 / words as f64
    }
}

fn has_digit_between_letters(word: &str) -> bool {
    word.as_bytes().windows(3).any(|run| {
        run[0].is_ascii_alphabetic() && run[1].is_ascii_digit() && run[2].is_ascii_lowercase()
    })
}
