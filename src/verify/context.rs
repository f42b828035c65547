//! The context of an item: outlet, time, address and source rules.

use xxhash_rust::xxh3::xxh3_64;

use crate::article::Article;
use crate::source_rules::CopyScope;
use crate::text::{host, is_correction};

/// What is known of an item in addition to its words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// Hash of the outlet; 0 if unknown.
    pub outlet: u64,
    /// Hours since 1970 at publication.
    pub hour: Option<i32>,
    /// Hash of the item's address, for items of fewer than [`LABEL_WORDS`] words; else 0.
    pub address: u64,
    /// Whether the item says that it corrects an earlier version.
    pub corrects: bool,
    /// The items of which this item may be a duplicate, by the rules for its source.
    pub copy_scope: CopyScope,
}

/// An item of fewer words in title and text, such as "Photo" or "Programme of 13 December", is a
/// label. Two labels of one outlet at different addresses are different items.
pub const LABEL_WORDS: usize = 8;

/// Minimum hours between two items of one outlet that may be issues of a series, such as a daily
/// column.
const NEXT_ISSUE_HOURS: f64 = 18.0;

/// Whether items `hours` apart may be issues of a series.
pub(super) fn are_issues_apart(hours: Option<f64>) -> bool {
    hours.is_some_and(|hours| hours >= NEXT_ISSUE_HOURS)
}

impl Context {
    /// The context of an article of which `text` is compared. The outlet is the source by name,
    /// else the host of the address. Source rules are not applied.
    pub fn of(article: &Article<'_>, text: &str) -> Self {
        let outlet = outlet(article);
        let address = if outlet == 0 {
            0
        } else {
            xxh3_64(article.url.as_deref().unwrap_or(&article.id).as_bytes())
        };
        let hour = article.published.map(|when| when.0.div_euclid(3600));
        Context {
            outlet,
            hour: hour.and_then(|hour| i32::try_from(hour).ok()),
            address,
            corrects: is_correction(&article.title, text),
            copy_scope: CopyScope::default(),
        }
    }

    /// The context for title and text of `words` words: without the address unless the item is a
    /// label.
    pub fn for_words(self, words: usize) -> Self {
        let is_label = self.outlet != 0 && words < LABEL_WORDS;
        Context {
            address: if is_label { self.address } else { 0 },
            ..self
        }
    }

    /// A seed for digests; 0 for a context in which everything is unknown.
    pub(super) fn seed(self) -> u64 {
        let hour = self.hour.map_or(0, |hour| (hour as u32 as u64) << 1 | 1);
        self.outlet.rotate_left(7)
            ^ hour.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ self.address.rotate_left(29)
            ^ u64::from(self.corrects)
            ^ self.copy_scope.seed()
    }

    /// The hours between two items; `None` if a date is unknown.
    pub fn hours_from(&self, other: &Context) -> Option<f64> {
        Some(f64::from(self.hour?.abs_diff(other.hour?)))
    }

    /// Whether both items are from one known outlet.
    pub fn shares_outlet(&self, other: &Context) -> bool {
        self.outlet != 0 && self.outlet == other.outlet
    }

    /// Whether the items are far enough apart to be issues of a series.
    pub(super) fn is_issue_apart(&self, other: &Context) -> bool {
        are_issues_apart(self.hours_from(other))
    }
}

/// Hash of the outlet of an article: its source by name, else the host of its address; 0 if both
/// are unknown.
fn outlet(article: &Article<'_>) -> u64 {
    let source = article.source.as_deref().map(str::trim);
    let name = match source.filter(|name| !name.is_empty()) {
        Some(name) => Some(name),
        None => article.url.as_deref().and_then(host).map(without_www),
    };
    name.map_or(0, |name| xxh3_64(name.to_lowercase().as_bytes()).max(1))
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}
