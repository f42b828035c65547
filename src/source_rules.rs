//! Rules for the items of single sources.
//!
//! Input: the `[[source]]` rules of the settings, and an item. Output: the possible originals of
//! the item ([`CopyScope`]), whether the text is ignored, and the trust in the source. The output
//! depends on the item only, so batches, streams and indexes decide alike. Cost: linear in the
//! rules with wildcards, feeds or hosts; rules of exact names are looked up.
//!
//! A rule selects items by patterns of the address of the feed, the host of the link, or the name
//! of the source. Each setting is taken from the first matching rule with the setting.

use std::collections::BTreeMap;
use std::fmt;

use documented::DocumentedFields;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::article::Article;
use crate::text::host;

/// Setting: the possible originals of the items of a source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Copies {
    /// Any item.
    #[default]
    Any,
    /// Items of the item's feed.
    Own,
    /// Items of other feeds: items of a series are never copies of each other.
    Never,
}

impl Copies {
    /// The value in a settings file, with quotation marks.
    #[must_use]
    pub fn as_written(self) -> &'static str {
        match self {
            Copies::Any => "\"any\"",
            Copies::Own => "\"own\"",
            Copies::Never => "\"never\"",
        }
    }
}

/// A rule for the items of a source, as written in the settings.
///
/// An item must match all patterns of the rule. A feed is the set of items with equal compared
/// values: address, host or name.
#[derive(Debug, Clone, Default, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourceRule {
    /// Address of the feed without scheme and "www.": the address declared by the feed, else the
    /// link of the channel. In patterns, * matches any characters, and case is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    /// Host of the link of the item, without "www.".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Name of the source, as in the output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// "never": items of the feed are never copies of each other, as in a series. "own": items are
    /// compared with items of the same feed only. "any": items are compared with all items. Stories
    /// are built across feeds under every value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<Copies>,
    /// Whether only titles are compared, for copies and for stories, because the text says nothing
    /// about the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_text: Option<bool>,
    /// Trust in the source for the choice of a canonical item, from 0 to 1; 0.5 without a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Short form of weight = 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer: Option<bool>,
}

/// Trust in a source without a rule, in `0..=1`.
pub const TRUST: f64 = 0.5;

/// Trust in a preferred source.
const PREFERRED_TRUST: f64 = 1.0;

impl SourceRule {
    /// The names and patterns of the rule.
    pub fn patterns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("feed", &self.feed),
            ("host", &self.host),
            ("name", &self.name),
        ];
        all.into_iter()
            .filter_map(|(name, pattern)| Some((name, pattern.as_deref()?)))
    }

    /// Whether the rule has no settings.
    #[must_use]
    pub fn sets_nothing(&self) -> bool {
        self.copies.is_none()
            && self.ignore_text.is_none()
            && self.weight.is_none()
            && self.prefer.is_none()
    }

    /// The rule with only the settings that affect groups; `None` without any.
    #[must_use]
    pub fn matching(&self) -> Option<Self> {
        let rule = SourceRule {
            weight: None,
            prefer: None,
            ..self.clone()
        };
        (!rule.sets_nothing()).then_some(rule)
    }

    fn trust(&self) -> Option<f64> {
        match (self.weight, self.prefer) {
            (Some(weight), _) => Some(weight),
            (None, Some(true)) => Some(PREFERRED_TRUST),
            (None, Some(false)) => Some(TRUST),
            (None, None) => None,
        }
    }
}

impl fmt::Display for SourceRule {
    /// The patterns, as in a settings file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (name, pattern)) in self.patterns().enumerate() {
            let separator = if at == 0 { "" } else { ", " };
            write!(f, "{separator}{name} = {pattern:?}")?;
        }
        Ok(())
    }
}

/// Possible originals of an item, by the rules. Part of the fingerprint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CopyScope {
    /// Any item.
    #[default]
    Any,
    /// Items of the feed with the hash.
    OwnFeed(u64),
    /// Items of other feeds, and versions of the item itself.
    OtherFeeds {
        /// Hash of the feed.
        feed: u64,
        /// Hash of the id of the item.
        item: u64,
    },
}

impl CopyScope {
    /// Whether items of the feed are never copies of each other.
    #[must_use]
    pub fn is_of_series(self) -> bool {
        matches!(self, CopyScope::OtherFeeds { .. })
    }

    /// The setting that forbids copies between two scopes; `None` if the items may be copies.
    /// Symmetric.
    #[must_use]
    pub fn excludes(self, other: CopyScope) -> Option<Copies> {
        match (self, other) {
            (
                CopyScope::OtherFeeds { feed, item },
                CopyScope::OtherFeeds {
                    feed: other_feed,
                    item: other_item,
                },
            ) => (feed == other_feed && item != other_item).then_some(Copies::Never),
            (CopyScope::OwnFeed(feed), CopyScope::OwnFeed(other)) if feed == other => None,
            (CopyScope::OwnFeed(_), _) | (_, CopyScope::OwnFeed(_)) => Some(Copies::Own),
            _ => None,
        }
    }

    /// Hash seed: equal for equal scopes, 0 for [`CopyScope::Any`].
    #[must_use]
    pub fn seed(self) -> u64 {
        match self {
            CopyScope::Any => 0,
            CopyScope::OwnFeed(feed) => feed.rotate_left(41) | 1,
            CopyScope::OtherFeeds { feed, item } => feed.rotate_left(17) ^ item.rotate_left(53),
        }
    }
}

/// A pattern: literal parts between wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Vec<Box<str>>);

impl Pattern {
    /// A pattern in which `*` matches any characters. Case is ignored.
    fn new(text: &str) -> Self {
        let text = text.trim().to_lowercase();
        Pattern(text.split('*').map(Into::into).collect())
    }

    /// A pattern without wildcards.
    fn literal(text: &str) -> Self {
        Pattern(vec![text.trim().to_lowercase().into()])
    }

    /// Whether the pattern matches the whole `text`. `text` is in lower case.
    fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = &self.0[..] else {
            return self.0.iter().all(|literal| **literal == *text);
        };
        let Some(mut rest) = text
            .strip_prefix(&**first)
            .and_then(|rest| rest.strip_suffix(&**last))
        else {
            return false;
        };
        // The leftmost match of a part leaves the longest rest for the following parts.
        for part in middle {
            let Some(at) = rest.find(&**part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        true
    }
}

/// The address of a feed for patterns: in lower case, without scheme, "www." and trailing slash.
fn bare_address(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let bare = lower
        .trim_start_matches("feed:")
        .trim_start_matches("http:")
        .trim_start_matches("https:")
        .trim_start_matches('/');
    bare.strip_prefix("www.")
        .unwrap_or(bare)
        .trim_end_matches('/')
        .to_owned()
}

/// A host for patterns: in lower case, without "www.".
fn bare_host(host: &str) -> String {
    let lower = host.trim().to_lowercase();
    lower.strip_prefix("www.").unwrap_or(&lower).to_owned()
}

/// The values compared by patterns, in the order of the patterns of a [`CompiledRule`].
struct ItemOrigin {
    /// Address of the feed, host of the link, name of the source.
    values: [Option<String>; 3],
}

impl ItemOrigin {
    fn of(article: &Article<'_>) -> Self {
        let url = article.url.as_deref();
        ItemOrigin {
            values: [
                article.feed.as_deref().map(bare_address),
                url.and_then(|url| host(url.trim())).map(bare_host),
                article
                    .source
                    .as_deref()
                    .map(|name| name.trim().to_lowercase()),
            ],
        }
    }

    fn name(&self) -> Option<&str> {
        self.values[2].as_deref()
    }
}

/// A compiled rule.
#[derive(Debug, Clone, PartialEq)]
struct CompiledRule {
    /// The rule as shown in explanations.
    name: String,
    /// Patterns of the address of the feed, the host of the link and the name of the source.
    patterns: [Option<Pattern>; 3],
    copies: Option<Copies>,
    ignores_text: Option<bool>,
    trust: Option<f64>,
}

impl CompiledRule {
    /// Compiles the `place`-th rule of the settings, counted from 0.
    fn new(place: usize, rule: &SourceRule) -> Self {
        let feed = rule.feed.as_deref().map(bare_address);
        let host = rule.host.as_deref().map(bare_host);
        CompiledRule {
            name: format!("[[source]] {} ({rule})", place + 1),
            patterns: [feed, host, rule.name.clone()]
                .map(|pattern| pattern.as_deref().map(Pattern::new)),
            copies: rule.copies,
            ignores_text: rule.ignore_text,
            trust: rule.trust(),
        }
    }

    /// A rule for the trust in a source by exact name.
    fn of_name(name: &str, trust: f64) -> Self {
        CompiledRule {
            name: format!("canonical.sources.{name:?}"),
            patterns: [None, None, Some(Pattern::literal(name))],
            copies: None,
            ignores_text: None,
            trust: Some(trust),
        }
    }

    /// The name of a rule for an exact name only.
    fn exact_name(&self) -> Option<&str> {
        match &self.patterns {
            [None, None, Some(Pattern(parts))] if parts.len() == 1 => Some(&parts[0]),
            _ => None,
        }
    }

    /// The patterns with places and compared values.
    fn compared<'r>(
        &'r self,
        origin: &'r ItemOrigin,
    ) -> impl Iterator<Item = (usize, &'r Pattern, Option<&'r str>)> {
        self.patterns
            .iter()
            .zip(&origin.values)
            .enumerate()
            .filter_map(|(at, (pattern, value))| Some((at, pattern.as_ref()?, value.as_deref())))
    }

    fn matches(&self, origin: &ItemOrigin) -> bool {
        self.compared(origin)
            .all(|(_, pattern, value)| value.is_some_and(|value| pattern.matches(value)))
    }

    /// Hash of the feed of a matching item: of the values compared by the rule.
    fn feed(&self, origin: &ItemOrigin) -> u64 {
        let mut hash = Xxh3::new();
        for (at, _, value) in self.compared(origin) {
            hash.update(&[at as u8]);
            hash.update(value.unwrap_or_default().as_bytes());
            hash.update(&[0xff]);
        }
        hash.digest()
    }
}

/// A setting that applies to an item, with the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied<'r> {
    /// The rule as shown in explanations: `[[source]] 2 (name = "Daily *")`.
    pub rule: &'r str,
    /// Name and value of the setting, as in a settings file.
    pub setting: (&'static str, &'static str),
}

/// The compiled rules for sources.
///
/// ```
/// use qissa::Article;
/// use qissa::source_rules::{SourceRule, SourceRules};
///
/// let agency = SourceRule {
///     name: Some("Harbour *".into()),
///     weight: Some(0.9),
///     ..SourceRule::default()
/// };
/// let rules = SourceRules::new(&[agency], &Default::default());
/// let item = Article {
///     source: Some("Harbour Press".into()),
///     ..Article::headline("1", "Ferry is back")
/// };
/// assert_eq!(rules.trust(&item), 0.9);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceRules {
    rules: Vec<CompiledRule>,
    /// Places of the rules for an exact name, ascending.
    by_name: HashMap<String, Vec<usize>>,
    /// Places of the other rules, ascending.
    by_pattern: Vec<usize>,
    used: UsedSettings,
}

/// Settings with at least one rule; other settings need no matching.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct UsedSettings {
    copies: bool,
    ignore_text: bool,
    trust: bool,
}

impl SourceRules {
    /// Compiles the rules of the settings and, after them, `trusted`: trust by exact name.
    #[must_use]
    pub fn new(rules: &[SourceRule], trusted: &BTreeMap<String, f64>) -> Self {
        let mut all = SourceRules::default();
        for (place, rule) in rules.iter().enumerate() {
            all.push(CompiledRule::new(place, rule));
        }
        for (name, &trust) in trusted {
            all.push(CompiledRule::of_name(name, trust));
        }
        all
    }

    fn push(&mut self, rule: CompiledRule) {
        let place = self.rules.len();
        match rule.exact_name() {
            Some(name) => self.by_name.entry(name.to_owned()).or_default().push(place),
            None => self.by_pattern.push(place),
        }
        self.used.copies |= rule.copies.is_some();
        self.used.ignore_text |= rule.ignores_text == Some(true);
        self.used.trust |= rule.trust.is_some();
        self.rules.push(rule);
    }

    /// The first matching rule with a setting, and the value.
    fn first<T>(
        &self,
        origin: &ItemOrigin,
        setting: impl Fn(&CompiledRule) -> Option<T>,
    ) -> Option<(&CompiledRule, T)> {
        let value = |&place: &usize| Some((place, setting(&self.rules[place])?));
        let by_name = origin
            .name()
            .and_then(|name| self.by_name.get(name))
            .and_then(|places| places.iter().find_map(value));
        let end = by_name.as_ref().map_or(usize::MAX, |&(place, _)| place);
        let by_pattern = self
            .by_pattern
            .iter()
            .take_while(|&&place| place < end)
            .filter_map(value)
            .find(|&(place, _)| self.rules[place].matches(origin));
        by_pattern
            .or(by_name)
            .map(|(place, value)| (&self.rules[place], value))
    }

    /// Possible originals of an item.
    #[must_use]
    pub fn copy_scope(&self, article: &Article<'_>) -> CopyScope {
        if self.used.copies {
            self.scope_of_origin(&ItemOrigin::of(article), article)
        } else {
            CopyScope::Any
        }
    }

    fn scope_of_origin(&self, origin: &ItemOrigin, article: &Article<'_>) -> CopyScope {
        match self.first(origin, |rule| rule.copies) {
            None | Some((_, Copies::Any)) => CopyScope::Any,
            Some((rule, Copies::Own)) => CopyScope::OwnFeed(rule.feed(origin)),
            Some((rule, Copies::Never)) => CopyScope::OtherFeeds {
                feed: rule.feed(origin),
                item: xxh3_64(article.id.as_bytes()),
            },
        }
    }

    /// [`SourceRules::copy_scope`] and [`SourceRules::ignores_text`] of an item.
    #[must_use]
    pub fn compared(&self, article: &Article<'_>) -> (CopyScope, bool) {
        if !self.used.copies && !self.used.ignore_text {
            return (CopyScope::Any, false);
        }
        let origin = ItemOrigin::of(article);
        (
            self.scope_of_origin(&origin, article),
            self.ignores_text_of(&origin),
        )
    }

    /// Whether at least one rule ignores texts.
    #[must_use]
    pub fn ignore_texts(&self) -> bool {
        self.used.ignore_text
    }

    /// Whether the text of an item is ignored.
    #[must_use]
    pub fn ignores_text(&self, article: &Article<'_>) -> bool {
        self.used.ignore_text && self.ignores_text_of(&ItemOrigin::of(article))
    }

    fn ignores_text_of(&self, origin: &ItemOrigin) -> bool {
        self.first(origin, |rule| rule.ignores_text)
            .is_some_and(|(_, ignores)| ignores)
    }

    /// The item without text, if the text is ignored; else `None`.
    #[must_use]
    pub fn textless<'a>(&self, article: &'a Article<'_>) -> Option<Article<'a>> {
        self.ignores_text(article).then(|| article.without_text())
    }

    /// Trust in the source of an item, in `0..=1`.
    #[must_use]
    pub fn trust(&self, article: &Article<'_>) -> f64 {
        if !self.used.trust {
            return TRUST;
        }
        self.first(&ItemOrigin::of(article), |rule| rule.trust)
            .map_or(TRUST, |(_, trust)| trust)
    }

    /// The settings that apply to the comparison of an item.
    #[must_use]
    pub fn applied(&self, article: &Article<'_>) -> Vec<Applied<'_>> {
        let origin = ItemOrigin::of(article);
        let mut applied = Vec::new();
        if let Some((rule, copies)) = self.first(&origin, |rule| rule.copies)
            && copies != Copies::Any
        {
            applied.push(Applied {
                rule: &rule.name,
                setting: ("copies", copies.as_written()),
            });
        }
        if let Some((rule, true)) = self.first(&origin, |rule| rule.ignores_text) {
            applied.push(Applied {
                rule: &rule.name,
                setting: ("ignore-text", "true"),
            });
        }
        applied
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(feed: &str, host: &str, name: &str) -> SourceRule {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        SourceRule {
            feed: given(feed),
            host: given(host),
            name: given(name),
            ..SourceRule::default()
        }
    }

    fn item(
        id: &'static str,
        feed: &'static str,
        url: &'static str,
        name: &'static str,
    ) -> Article<'static> {
        let given = |text: &'static str| (!text.is_empty()).then_some(text.into());
        Article {
            feed: given(feed),
            url: given(url),
            source: given(name),
            ..Article::headline(id, "Ferry is back")
        }
    }

    fn rules(written: &[SourceRule]) -> SourceRules {
        SourceRules::new(written, &BTreeMap::new())
    }

    /// Whether a rule with the patterns of `written` matches an item.
    fn holds(written: SourceRule, article: &Article<'_>) -> bool {
        rules(&[SourceRule {
            weight: Some(1.0),
            ..written
        }])
        .trust(article)
            == 1.0
    }

    #[test]
    fn patterns_match_address_host_and_name() {
        let strip = item(
            "1",
            "https://www.quay.example/Comics/feed/",
            "http://www.quay.example/1",
            "Gull and Crab",
        );
        for pattern in [
            "quay.example/comics/feed",
            "https://quay.example/comics/*",
            "*/feed",
            "*",
            "http://*.example/*",
        ] {
            assert!(holds(rule(pattern, "", ""), &strip), "{pattern}");
        }
        for pattern in ["quay.example", "quay.example/news/*", "*/atom"] {
            assert!(!holds(rule(pattern, "", ""), &strip), "{pattern}");
        }
        for [pattern, other] in [
            ["quay.example", "ay.example"],
            ["www.quay.example", "*.quay.example"],
            ["WWW.Quay.example", "Q"],
            ["*ay.ex*", "Q"],
        ] {
            assert!(
                holds(rule("", pattern, ""), &strip) && !holds(rule("", other, ""), &strip),
                "{pattern}"
            );
        }
        for [pattern, other] in [
            ["gull and crab", "gull"],
            ["Gull *", "Gull * C"],
            ["*a*a*b", "*crab*gull*"],
        ] {
            assert!(
                holds(rule("", "", pattern), &strip) && !holds(rule("", "", other), &strip),
                "{pattern}"
            );
        }
        assert!(holds(
            rule("", "", "كاريكاتير *"),
            &item("1", "", "", "كاريكاتير اليوم")
        ));
    }

    #[test]
    fn all_patterns_must_match_and_unknown_values_match_none() {
        let strip = item("1", "", "https://quay.example/1", "Gull and Crab");
        assert!(holds(rule("", "quay.example", "Gull*"), &strip));
        assert!(!holds(rule("", "quay.example", "Crab*"), &strip));
        assert!(!holds(rule("*", "", ""), &strip));
        assert!(!holds(
            rule("", "", "*"),
            &Article::headline("1", "Ferry is back")
        ));
    }

    #[test]
    fn each_setting_is_that_of_the_first_matching_rule_that_has_it() {
        let weighed = |name: &str, weight| SourceRule {
            weight,
            ..rule("", "", name)
        };
        let written = [
            SourceRule {
                copies: Some(Copies::Never),
                ..weighed("Gull*", None)
            },
            weighed("Gull and Crab", Some(0.2)),
            SourceRule {
                ignore_text: Some(true),
                copies: Some(Copies::Own),
                ..weighed("*", Some(0.9))
            },
        ];
        let found = rules(&written);
        let strip = item("1", "", "", "Gull and Crab");
        assert!(matches!(
            found.copy_scope(&strip),
            CopyScope::OtherFeeds { .. }
        ));
        assert_eq!(
            (found.trust(&strip), found.ignores_text(&strip)),
            (0.2, true)
        );
        assert_eq!(found.trust(&item("1", "", "", "Gull and Tern")), 0.9);
        let names = [
            "[[source]] 1 (name = \"Gull*\")",
            "[[source]] 3 (name = \"*\")",
        ];
        let applied = |at: usize, setting| Applied {
            rule: names[at],
            setting,
        };
        assert_eq!(
            found.applied(&strip),
            [
                applied(0, ("copies", "\"never\"")),
                applied(1, ("ignore-text", "true"))
            ]
        );
    }

    #[test]
    fn trust_by_exact_name_comes_last_and_has_no_wildcards() {
        let trusted = [("Quay Times".to_owned(), 0.8), ("*".to_owned(), 0.1)].into();
        let preferred = SourceRule {
            prefer: Some(true),
            ..rule("", "", "Quay Times")
        };
        let quay = item("1", "", "", "Quay Times");
        assert_eq!(SourceRules::new(&[], &trusted).trust(&quay), 0.8);
        assert_eq!(SourceRules::new(&[preferred], &trusted).trust(&quay), 1.0);
        assert_eq!(
            SourceRules::new(&[], &trusted).trust(&item("1", "", "", "Dock Mail")),
            TRUST
        );
    }

    #[test]
    fn a_feed_consists_of_equal_compared_values() {
        let copy_scope = |copies, article: &Article<'_>| {
            rules(&[SourceRule {
                copies: Some(copies),
                ..rule("", "", "*")
            }])
            .copy_scope(article)
        };
        let [a, b, other] =
            [("a", "Gull"), ("b", "Gull"), ("c", "Tern")].map(|(id, name)| item(id, "", "", name));
        let excluded = |copies, a: &Article<'_>, b: &Article<'_>| {
            let [x, y] = [copy_scope(copies, a), copy_scope(copies, b)];
            assert_eq!(x.excludes(y), y.excludes(x));
            x.excludes(y)
        };
        assert_eq!(excluded(Copies::Never, &a, &b), Some(Copies::Never));
        assert_eq!(
            [
                excluded(Copies::Never, &a, &a),
                excluded(Copies::Never, &a, &other)
            ],
            [None, None]
        );
        assert_eq!(
            [
                excluded(Copies::Own, &a, &b),
                excluded(Copies::Own, &a, &other)
            ],
            [None, Some(Copies::Own)]
        );
        assert_eq!(
            copy_scope(Copies::Own, &a).excludes(CopyScope::Any),
            Some(Copies::Own)
        );
        assert_eq!(copy_scope(Copies::Any, &a), CopyScope::Any);
    }

    /// As [`Pattern::matches`], by exhaustive search.
    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => (0..=text.len()).any(|at| matches(rest, &text[at..])),
            ([one, rest @ ..], [other, more @ ..]) => one == other && matches(rest, more),
            _ => pattern.is_empty() && text.is_empty(),
        }
    }

    proptest! {
        #[test]
        fn wildcards_match_as_by_exhaustive_search(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(Pattern::new(&pattern).matches(&text), matches(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
