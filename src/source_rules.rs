//! What the settings say of the items of some sources.
//!
//! Input: the rules as they are written, and an item. Output: of which other items the item may be
//! a copy, whether its text is compared, and how far its source is trusted. A rule names its items
//! by patterns of the address of their feed, of the host of their link or of the name of their
//! source. For each setting the first rule holds that matches the item and gives the setting. Pure
//! and of the item alone, so that every driver decides alike. Cost: linear in the rules with a
//! pattern that is no plain name; plain names are looked up.

use std::collections::BTreeMap;
use std::fmt;

use documented::DocumentedFields;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::article::Article;
use crate::text::host;

/// Of which items those of a source may be copies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Copies {
    /// Of any.
    #[default]
    Any,
    /// Of those of the same feed alone.
    Own,
    /// Of those of other feeds alone: each item of a series is an item of its own.
    Never,
}

impl Copies {
    /// The value as it stands in a file.
    pub fn as_written(self) -> &'static str {
        match self {
            Copies::Any => "\"any\"",
            Copies::Own => "\"own\"",
            Copies::Never => "\"never\"",
        }
    }
}

/// What is known better of some sources than their items tell, as it is written. Of several
/// patterns all must match. A feed is all items that have in common what the rule matches them by:
/// one address, one host or one name.
#[derive(Debug, Clone, Default, PartialEq, DocumentedFields, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourceRule {
    /// The address of the feed, without scheme and "www.": what the feed gives as its own, else
    /// that of its channel. As in all patterns, * stands for any characters, and upper and
    /// lower case are one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    /// The host of the item's link, without "www.".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The name of the source, as the output shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// "never": no two items of the feed are copies of each other, as of a series; "own": its
    /// items are compared with those of the same feed alone; "any": with all. Stories are told
    /// across feeds in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copies: Option<Copies>,
    /// Whether titles alone are compared, for copies and for stories, because the text says
    /// nothing of the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_text: Option<bool>,
    /// How far the source is trusted in the choice of a canonical, from 0 to 1; 0.5 where no rule
    /// says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Another way to write weight = 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer: Option<bool>,
}

/// How far a source is trusted that no rule names.
pub const TRUST: f64 = 0.5;

impl SourceRule {
    /// The patterns that are given, with their names.
    pub fn patterns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("feed", &self.feed),
            ("host", &self.host),
            ("name", &self.name),
        ];
        all.into_iter()
            .filter_map(|(name, pattern)| Some((name, pattern.as_deref()?)))
    }

    /// Whether there is nothing that the rule sets.
    pub fn sets_nothing(&self) -> bool {
        self.copies.is_none()
            && self.ignore_text.is_none()
            && self.weight.is_none()
            && self.prefer.is_none()
    }

    /// The rule without what does not decide matches; none if nothing is left.
    pub fn matching(&self) -> Option<Self> {
        let rule = SourceRule {
            weight: None,
            prefer: None,
            ..self.clone()
        };
        (!rule.sets_nothing()).then_some(rule)
    }

    fn trust(&self) -> Option<f64> {
        self.weight
            .or_else(|| Some(if self.prefer? { 1.0 } else { TRUST }))
    }
}

impl fmt::Display for SourceRule {
    /// The patterns as they are written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns: Vec<String> = self
            .patterns()
            .map(|(name, pattern)| format!("{name} = {pattern:?}"))
            .collect();
        f.write_str(&patterns.join(", "))
    }
}

/// Of which other items an item may be a copy, for all that the rules say. Part of what is
/// compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum CopyScope {
    /// Of any.
    #[default]
    Any,
    /// Of those of the feed of this digest.
    OwnFeed(u64),
    /// Of those that are not of the feed of this digest, and of other versions of itself.
    OtherFeeds {
        /// The digest of the feed.
        feed: u64,
        /// The digest of the item's id.
        item: u64,
    },
}

impl CopyScope {
    /// Whether the item is of a feed whose items are never copies of each other.
    pub fn is_of_series(self) -> bool {
        matches!(self, CopyScope::OtherFeeds { .. })
    }

    /// The setting that keeps two items from being copies, if one does.
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

    /// A number that differs where the reach does; 0 where no rule holds.
    pub fn seed(self) -> u64 {
        match self {
            CopyScope::Any => 0,
            CopyScope::OwnFeed(feed) => feed.rotate_left(41) | 1,
            CopyScope::OtherFeeds { feed, item } => feed.rotate_left(17) ^ item.rotate_left(53),
        }
    }
}

/// A text in which stars stand for any characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(Vec<Box<str>>);

impl Pattern {
    /// The pattern that a text is; case is one.
    fn new(text: &str) -> Self {
        Pattern(
            text.trim()
                .to_lowercase()
                .split('*')
                .map(Into::into)
                .collect(),
        )
    }

    fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = &self.0[..] else {
            return self.0.iter().all(|plain| **plain == *text);
        };
        let within = text
            .strip_prefix(&**first)
            .and_then(|rest| rest.strip_suffix(&**last));
        let Some(mut rest) = within else { return false };
        middle.iter().all(|part| {
            let found = rest.find(&**part);
            rest = found.map_or("", |at| &rest[at + part.len()..]);
            found.is_some()
        })
    }
}

/// The address of a feed as patterns are compared with it: without scheme, "www." and a slash at
/// the end.
fn address(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let bare = lower
        .trim_start_matches("feed:")
        .trim_start_matches("http:")
        .trim_start_matches("https:");
    let bare = bare.trim_start_matches('/');
    bare.strip_prefix("www.")
        .unwrap_or(bare)
        .trim_end_matches('/')
        .to_owned()
}

fn host_of(url: &str) -> Option<String> {
    host(url.trim()).map(bare_host)
}

/// A host as patterns are compared with it: in lower case, without "www.".
fn bare_host(host: &str) -> String {
    let lower = host.trim().to_lowercase();
    lower.strip_prefix("www.").unwrap_or(&lower).to_owned()
}

/// By what an item is matched: the address of its feed, the host of its link, the name of its
/// source.
type Origin = [Option<String>; 3];

fn origin(article: &Article<'_>) -> Origin {
    let name = article
        .source
        .as_deref()
        .map(|name| name.trim().to_lowercase());
    [
        article.feed.as_deref().map(address),
        article.url.as_deref().and_then(host_of),
        name,
    ]
}

/// A rule ready to be used.
#[derive(Debug, Clone, PartialEq)]
struct Rule {
    /// The rule as readers are told of it.
    name: String,
    /// Of feed, host and name.
    patterns: [Option<Pattern>; 3],
    copies: Option<Copies>,
    ignores_text: Option<bool>,
    trust: Option<f64>,
}

impl Rule {
    /// The rule that is written at a place among all.
    fn new((place, rule): (usize, &SourceRule)) -> Self {
        let feed = rule.feed.as_deref().map(address);
        let patterns = [feed, rule.host.as_deref().map(bare_host), rule.name.clone()];
        Rule {
            name: format!("[[source]] {} ({rule})", place + 1),
            patterns: patterns.map(|pattern| pattern.as_deref().map(Pattern::new)),
            copies: rule.copies,
            ignores_text: rule.ignore_text,
            trust: rule.trust(),
        }
    }

    /// The trust in a source of just this name.
    fn of_name(name: &str, trust: f64) -> Self {
        let pattern = Pattern(vec![name.trim().to_lowercase().into()]);
        Rule {
            name: format!("canonical.sources.{name:?}"),
            patterns: [None, None, Some(pattern)],
            copies: None,
            ignores_text: None,
            trust: Some(trust),
        }
    }

    /// The name, if the rule is for those of just one name.
    fn plain_name(&self) -> Option<&str> {
        match &self.patterns {
            [None, None, Some(Pattern(parts))] if parts.len() == 1 => Some(&parts[0]),
            _ => None,
        }
    }

    fn matches(&self, origin: &Origin) -> bool {
        let matches = |(pattern, value): (&Pattern, &Option<String>)| {
            value.as_deref().is_some_and(|value| pattern.matches(value))
        };
        self.patterns
            .iter()
            .zip(origin)
            .filter_map(|(pattern, value)| Some((pattern.as_ref()?, value)))
            .all(matches)
    }

    /// A digest of the feed that an item matched by this rule is of.
    fn feed(&self, origin: &Origin) -> u64 {
        let mut hash = Xxh3::new();
        for (at, (_, value)) in self
            .patterns
            .iter()
            .zip(origin)
            .enumerate()
            .filter(|(_, (it, _))| it.is_some())
        {
            hash.update(&[at as u8]);
            hash.update(value.as_deref().unwrap_or_default().as_bytes());
            hash.update(&[0xff]);
        }
        hash.digest()
    }
}

/// A rule that holds for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied<'r> {
    /// The rule as readers are told of it: `[[source]] 2 (name = "Daily *")`.
    pub rule: &'r str,
    /// The name of the setting and its value, as they are written.
    pub setting: (&'static str, &'static str),
}

/// The rules for sources.
///
/// ```
/// use qissa::Article;
/// use qissa::source_rules::{SourceRule, SourceRules};
/// let agency = SourceRule { name: Some("Harbour *".into()), weight: Some(0.9), ..SourceRule::default() };
/// let rules = SourceRules::new(&[agency], &Default::default());
/// let item = Article { source: Some("Harbour Press".into()), ..Article::headline("1", "Ferry is back") };
/// assert_eq!(rules.trust(&item), 0.9);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceRules {
    rules: Vec<Rule>,
    /// The places of the rules for one plain name, ascending.
    by_name: HashMap<String, Vec<usize>>,
    /// Those of all others.
    by_pattern: Vec<usize>,
    given: Given,
}

/// Which settings any rule gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Given {
    copies: bool,
    ignored_texts: bool,
    trust: bool,
}

impl SourceRules {
    /// The rules as they are written and, behind them, the trust in sources of plain names.
    pub fn new(written: &[SourceRule], trusted: &BTreeMap<String, f64>) -> Self {
        let named = trusted
            .iter()
            .map(|(name, &trust)| Rule::of_name(name, trust));
        let mut all = SourceRules::default();
        for (place, rule) in written
            .iter()
            .enumerate()
            .map(Rule::new)
            .chain(named)
            .enumerate()
        {
            match rule.plain_name() {
                Some(name) => all.by_name.entry(name.to_owned()).or_default().push(place),
                None => all.by_pattern.push(place),
            }
            all.given.copies |= rule.copies.is_some();
            all.given.ignored_texts |= rule.ignores_text == Some(true);
            all.given.trust |= rule.trust.is_some();
            all.rules.push(rule);
        }
        all
    }

    /// The first rule that matches an item and gives a setting, with what it sets.
    fn first<T>(
        &self,
        origin: &Origin,
        setting: impl Fn(&Rule) -> Option<T>,
    ) -> Option<(&Rule, T)> {
        let gives = |&place: &usize| Some((place, setting(&self.rules[place])?));
        let places = origin[2].as_ref().and_then(|name| self.by_name.get(name));
        let named = places.into_iter().flatten().find_map(gives);
        let end = named.as_ref().map_or(usize::MAX, |(place, _)| *place);
        let before = self.by_pattern.iter().take_while(|&&place| place < end);
        let matched = before
            .filter_map(gives)
            .find(|(place, _)| self.rules[*place].matches(origin));
        matched
            .or(named)
            .map(|(place, value)| (&self.rules[place], value))
    }

    /// Of which other items an item may be a copy.
    pub fn reach(&self, article: &Article<'_>) -> CopyScope {
        if self.given.copies {
            self.reach_from(&origin(article), article)
        } else {
            CopyScope::Any
        }
    }

    fn reach_from(&self, origin: &Origin, article: &Article<'_>) -> CopyScope {
        match self.first(origin, |rule| rule.copies) {
            None | Some((_, Copies::Any)) => CopyScope::Any,
            Some((rule, Copies::Own)) => CopyScope::OwnFeed(rule.feed(origin)),
            Some((rule, Copies::Never)) => CopyScope::OtherFeeds {
                feed: rule.feed(origin),
                item: xxh3_64(article.id.as_bytes()),
            },
        }
    }

    /// How an item is compared: of which other items it may be a copy, and whether its text is left
    /// out.
    pub fn compared(&self, article: &Article<'_>) -> (CopyScope, bool) {
        if !self.given.copies && !self.given.ignored_texts {
            return (CopyScope::Any, false);
        }
        let origin = origin(article);
        (
            self.reach_from(&origin, article),
            self.ignores_from(&origin),
        )
    }

    /// Whether any rule has texts left out.
    pub fn ignore_texts(&self) -> bool {
        self.given.ignored_texts
    }

    /// Whether the text of an item is left out.
    pub fn ignores_text(&self, article: &Article<'_>) -> bool {
        self.ignore_texts() && self.ignores_from(&origin(article))
    }

    fn ignores_from(&self, origin: &Origin) -> bool {
        self.first(origin, |rule| rule.ignores_text)
            .is_some_and(|(_, ignores)| ignores)
    }

    /// An item whose text is left out without its text.
    pub fn textless<'a>(&self, article: &'a Article<'_>) -> Option<Article<'a>> {
        self.ignores_text(article).then(|| article.without_text())
    }

    /// How far the source of an item is trusted, in 0..=1.
    pub fn trust(&self, article: &Article<'_>) -> f64 {
        let told = || {
            self.first(&origin(article), |rule| rule.trust)
                .map_or(TRUST, |(_, trust)| trust)
        };
        if self.given.trust { told() } else { TRUST }
    }

    /// The rules that hold for the comparison of an item.
    pub fn applied(&self, article: &Article<'_>) -> Vec<Applied<'_>> {
        let origin = origin(article);
        let copies = self
            .first(&origin, |rule| rule.copies)
            .filter(|(_, copies)| *copies != Copies::Any);
        let copies = copies.map(|(rule, copies)| Applied {
            rule: &rule.name,
            setting: ("copies", copies.as_written()),
        });
        let ignored = self
            .first(&origin, |rule| rule.ignores_text)
            .filter(|(_, ignores)| *ignores);
        let ignored = ignored.map(|(rule, _)| Applied {
            rule: &rule.name,
            setting: ("ignore-text", "true"),
        });
        copies.into_iter().chain(ignored).collect()
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

    /// Whether a rule with these patterns matches an item.
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
    fn all_patterns_of_a_rule_must_match_and_nothing_matches_what_is_unknown() {
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
    fn for_each_setting_the_first_rule_holds_that_gives_it() {
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
        assert!(matches!(found.reach(&strip), CopyScope::OtherFeeds { .. }));
        assert_eq!(
            (found.trust(&strip), found.ignores_text(&strip)),
            (0.2, true)
        );
        assert_eq!(found.trust(&item("1", "", "", "Gull and Tern")), 0.9);
        let told = [
            "[[source]] 1 (name = \"Gull*\")",
            "[[source]] 3 (name = \"*\")",
        ];
        let applied = |at: usize, setting| Applied {
            rule: told[at],
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
    fn trust_by_plain_name_comes_last_and_is_no_pattern() {
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
    fn a_feed_is_what_its_items_are_matched_by() {
        let reach = |copies, article: &Article<'_>| {
            rules(&[SourceRule {
                copies: Some(copies),
                ..rule("", "", "*")
            }])
            .reach(article)
        };
        let [a, b, other] =
            [("a", "Gull"), ("b", "Gull"), ("c", "Tern")].map(|(id, name)| item(id, "", "", name));
        let bars = |copies, a: &Article<'_>, b: &Article<'_>| {
            let [x, y] = [reach(copies, a), reach(copies, b)];
            assert_eq!(x.excludes(y), y.excludes(x));
            x.excludes(y)
        };
        assert_eq!(bars(Copies::Never, &a, &b), Some(Copies::Never));
        assert_eq!(
            [bars(Copies::Never, &a, &a), bars(Copies::Never, &a, &other)],
            [None, None]
        );
        assert_eq!(
            [bars(Copies::Own, &a, &b), bars(Copies::Own, &a, &other)],
            [None, Some(Copies::Own)]
        );
        assert_eq!(
            reach(Copies::Own, &a).excludes(CopyScope::Any),
            Some(Copies::Own)
        );
        assert_eq!(reach(Copies::Any, &a), CopyScope::Any);
    }

    /// As [`Pattern::matches`], by trying.
    fn matches(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => (0..=text.len()).any(|at| matches(rest, &text[at..])),
            ([one, rest @ ..], [other, more @ ..]) => one == other && matches(rest, more),
            _ => pattern.is_empty() && text.is_empty(),
        }
    }

    proptest! {
        #[test]
        fn a_star_stands_for_any_characters(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(Pattern::new(&pattern).matches(&text), matches(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
