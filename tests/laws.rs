//! Laws that hold for any batch, and brute-force oracles.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use qissa::blocking::{split, split_order};
use qissa::cluster::{Constraints, Rule};
use qissa::clustering::{Clustering, GroupId};
use qissa::config::Level;
use qissa::input::Source;
use qissa::naming::GroupName;
use qissa::output::{self, ClusteredItems};
use qissa::sets::{ShingleSet, Shingler};
use qissa::text::{Tokens, is_number};
use qissa::verify::Fingerprint;
use qissa::{Article, Engine};

use crate::common::{articles, engine, headlines, partition, sample, titles};

fn labels(articles: &[Article<'_>], level: Level) -> String {
    let partition = engine(level).partition(articles, &());
    let mut out = Vec::new();
    output::labels(|at| &articles[at].id, &partition.items, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The name of each group, by the ids of its members.
fn names(articles: &[Article<'_>], level: Level) -> BTreeMap<Vec<String>, GroupName> {
    let report = engine(level).group(articles);
    let groups = if level == Level::Stories {
        report.stories
    } else {
        report.duplicates
    };
    let ids = |members: &[usize]| {
        members
            .iter()
            .map(|&at| articles[at].id.to_string())
            .collect()
    };
    groups
        .into_iter()
        .map(|group| (ids(&group.members), group.label))
        .collect()
}

/// Whether a title has three words besides numbers. Shorter titles keep their boilerplate.
fn has_three_words(title: &str) -> bool {
    Tokens::of(title)
        .iter()
        .filter(|word| !is_number(word))
        .count()
        >= 3
}

/// Groups as sets of ids.
fn groups(report: &Clustering, articles: &[Article<'_>]) -> BTreeSet<BTreeSet<String>> {
    let labelled = articles.iter().zip(&report.placements);
    partition(labelled.map(|(article, place)| (article.id.to_string(), place.near_dup)))
}

/// The groups of duplicates by verification of all pairs: the oracle of blocking.
fn all_pairs(articles: &[Article<'_>]) -> BTreeSet<BTreeSet<String>> {
    let engine = engine(Level::Duplicates);
    let mut tokens = Tokens::default();
    let fingerprints: Vec<Fingerprint> = articles
        .iter()
        .map(|article| engine.fingerprint(article, &mut tokens).unwrap_or_default())
        .collect();
    let sets: Vec<ShingleSet> = articles
        .iter()
        .map(|article| Shingler::HEADLINE.shingles(&Tokens::of(&article.title)))
        .collect();
    let are_copies = |a: usize, b: usize| {
        let is_copy = engine
            .params()
            .duplicates
            .decide(&fingerprints[a], &fingerprints[b])
            .kind
            .is_some();
        // No decision makes duplicates of titles that share too little.
        let shared = sets[a].shared(&sets[b]) as f64;
        let jaccard = shared / (sets[a].len() as f64 + sets[b].len() as f64 - shared);
        let contained = shared / sets[a].len().min(sets[b].len()) as f64;
        assert!(
            !is_copy || jaccard >= 0.7 || contained >= 0.9,
            "{} / {}",
            articles[a].title,
            articles[b].title
        );
        is_copy
    };
    let mut group: Vec<usize> = (0..articles.len()).collect();
    for _ in 0..articles.len() {
        for a in 0..articles.len() {
            for b in (0..articles.len()).filter(|&b| are_copies(a, b)) {
                let least = group[a].min(group[b]);
                (group[a], group[b]) = (least, least);
            }
        }
    }
    let mut components: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    group
        .iter()
        .enumerate()
        .for_each(|(at, &least)| components.entry(least).or_default().push(at as u32));
    let groups = components.into_values().flat_map(|mut component| {
        component.sort_by_key(|&at| split_order(&fingerprints[at as usize]));
        let copy_scope = |at: u32| fingerprints[at as usize].context.copy_scope;
        split(&component, copy_scope, |a, b| {
            are_copies(a as usize, b as usize)
        })
    });
    groups
        .map(|group| {
            group
                .into_iter()
                .map(|at| articles[at as usize].id.to_string())
                .collect()
        })
        .collect()
}

/// Random constraints without contradictions: a constraint that contradicts earlier ones is left
/// out.
fn satisfiable<'a>(
    articles: &'a [Article<'_>],
    drawn: &[(bool, usize, usize)],
) -> Vec<(Rule, &'a str, &'a str)> {
    let mut rules = Vec::new();
    for &(must, a, b) in drawn {
        let id = |at: usize| &*articles[at % articles.len()].id;
        rules.push((
            if must {
                Rule::MustLink
            } else {
                Rule::CannotLink
            },
            id(a),
            id(b),
        ));
        if Constraints::new(rules.iter().copied()).is_err() {
            rules.pop();
        }
    }
    rules
}

fn constrained(articles: &[Article<'_>], level: Level, rules: &[(Rule, &str, &str)]) -> Clustering {
    engine(level)
        .with_constraints(Constraints::new(rules.iter().copied()).unwrap())
        .group(articles)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn constraints_hold(
        titles in titles(2..40),
        drawn in proptest::collection::vec((proptest::bool::weighted(0.3), 0usize..40, 0usize..40), 0..24),
    ) {
        let articles = headlines(&titles);
        let rules = satisfiable(&articles, &drawn);
        let at = |id: &str| articles.iter().position(|article| article.id == id).unwrap();
        for level in [Level::Duplicates, Level::Stories] {
            let places = constrained(&articles, level, &rules).placements;
            for &(rule, a, b) in &rules {
                let (a, b) = (&places[at(a)], &places[at(b)]);
                prop_assert_eq!(a.cluster == b.cluster, rule == Rule::MustLink);
                prop_assert!(rule == Rule::MustLink || a.near_dup != b.near_dup);
            }
            let mut group_of = BTreeMap::new();
            for place in &places {
                prop_assert_eq!(*group_of.entry(place.near_dup).or_insert(place.cluster), place.cluster);
            }
        }
    }

    #[test]
    fn sweep_equals_grouping_at_each_threshold(
        titles in titles(2..40),
        drawn in proptest::collection::vec((proptest::bool::weighted(0.3), 0usize..40, 0usize..40), 0..4),
    ) {
        let articles = headlines(&titles);
        let constraints = Constraints::new(satisfiable(&articles, &drawn)).unwrap();
        let thresholds = [0.05, 0.15, 0.3, 0.7, 1.0];
        for level in [Level::Duplicates, Level::Stories] {
            let swept = engine(level).with_constraints(constraints.clone()).sweep(&articles, &thresholds, &()).unwrap();
            for (threshold, groups) in thresholds.into_iter().zip(swept) {
                let params = engine(level).params().with_threshold(threshold).unwrap();
                let report = Engine::new(params).with_constraints(constraints.clone()).group(&articles);
                let expected: Vec<_> = report.placements.iter().map(|place| place.cluster).collect();
                prop_assert_eq!(groups, expected, "{:?} at {}", level, threshold);
            }
        }
    }

    #[test]
    fn groups_do_not_depend_on_the_order_of_items_and_constraints(
        titles in titles(2..40),
        drawn in proptest::collection::vec((proptest::bool::weighted(0.3), 0usize..40, 0usize..40), 0..24),
    ) {
        let forward = headlines(&titles);
        let mut backward = forward.clone();
        backward.reverse();
        let rules = satisfiable(&forward, &drawn);
        let turned: Vec<_> = rules.iter().rev().map(|&(rule, a, b)| (rule, b, a)).collect();
        for level in [Level::Duplicates, Level::Stories] {
            let mut there = constrained(&forward, level, &rules).placements;
            let back = constrained(&backward, level, &turned).placements;
            there.reverse();
            for (x, y) in there.iter().zip(&back) {
                prop_assert_eq!((x.cluster, x.near_dup, x.relation), (y.cluster, y.near_dup, y.relation));
            }
        }
    }

    /// Constraints on ids that no item has.
    #[test]
    fn constraints_on_unknown_ids_change_nothing(titles in titles(2..40)) {
        let articles = headlines(&titles);
        let rules = [(Rule::MustLink, "id0", "elsewhere"), (Rule::CannotLink, "id1", "nowhere")];
        for level in [Level::Duplicates, Level::Stories] {
            prop_assert_eq!(constrained(&articles, level, &rules), engine(level).group(&articles));
        }
    }

    /// Cannot-links between groups that are apart anyway: grouping with and without constraints
    /// agree.
    #[test]
    fn redundant_constraints_change_no_duplicates(titles in titles(2..40)) {
        let articles = headlines(&titles);
        let free = engine(Level::Duplicates).group(&articles);
        let mut rules = Vec::new();
        for (a, x) in articles.iter().zip(&free.placements) {
            for (b, y) in articles.iter().zip(&free.placements) {
                if x.near_dup != y.near_dup {
                    rules.push((Rule::CannotLink, &*a.id, &*b.id));
                }
            }
        }
        prop_assert_eq!(constrained(&articles, Level::Duplicates, &rules), free);
    }
}

proptest! {
    // One seed, because banding may miss a pair at the threshold once in thousands of cases.
    #![proptest_config(ProptestConfig {
        rng_seed: proptest::test_runner::RngSeed::Fixed(7),
        ..ProptestConfig::with_cases(48)
    })]

    #[test]
    fn labels_do_not_depend_on_order(titles in titles(2..40).prop_shuffle()) {
        let forward = headlines(&titles);
        let mut backward = forward.clone();
        backward.reverse();
        for level in [Level::Duplicates, Level::Stories] {
            prop_assert_eq!(labels(&forward, level), labels(&backward, level));
            prop_assert_eq!(names(&forward, level), names(&backward, level));
        }
    }

    #[test]
    fn placement_of_a_group_does_not_depend_on_other_groups(titles in titles(2..40)) {
        let articles = headlines(&titles);
        let engine = engine(Level::Duplicates);
        let report = engine.group(&articles);
        let mut groups: BTreeMap<GroupId, Vec<usize>> = BTreeMap::new();
        report.placements.iter().enumerate().for_each(|(at, place)| groups.entry(place.cluster).or_default().push(at));
        for (id, members) in groups {
            let own: Vec<Article<'_>> = members.iter().map(|&at| articles[at].clone()).collect();
            let placed = engine.place(&own, &vec![id; own.len()]);
            for (place, &at) in placed.placements.iter().zip(&members) {
                let (canonical, group) = (members[place.canonical], report.placements[at].group);
                let mut expected = place.clone();
                expected.canonical = canonical;
                expected.group = group;
                prop_assert_eq!(&expected, &report.placements[at]);
            }
            // Without edges the density of a small group is not measured.
            let measured = |report: &Clustering| -> Vec<(bool, bool)> {
                report.duplicates.iter().map(|group| (group.density.is_some(), group.is_weak)).collect()
            };
            prop_assert!(members.len() > 64 || measured(&placed).iter().all(|&found| found == (false, false)));
            prop_assert!(measured(&report).iter().all(|&(is_known, _)| is_known));
        }
    }

    #[test]
    fn duplicates_are_nested_in_stories(titles in titles(2..40)) {
        let articles = headlines(&titles);
        let report = engine(Level::Stories).group(&articles);
        let mut story_of = BTreeMap::new();
        for place in &report.placements {
            prop_assert_eq!(*story_of.entry(place.near_dup).or_insert(place.cluster), place.cluster);
            prop_assert!((0.0..=1.0 + 1e-9).contains(&place.similarity));
            let canonical = &report.placements[place.canonical];
            prop_assert!(canonical.relation.is_canonical() && canonical.cluster == place.cluster);
        }
    }

    #[test]
    fn boilerplate_changes_no_group(titles in titles(2..40)) {
        let bare: Vec<Article<'_>> = headlines(&titles).into_iter().filter(|article| has_three_words(&article.title)).collect();
        for dress in ["LIVE: {}", "{} - Le Fanal", "عاجل | {} (صور)"] {
            let dressed: Vec<Article<'_>> = bare
                .iter()
                .map(|article| Article {
                    title: dress.replace("{}", &article.title).into(),
                    source: Some("Le Fanal".into()),
                    ..article.clone()
                })
                .collect();
            for level in [Level::Duplicates, Level::Stories] {
                prop_assert_eq!(labels(&dressed, level), labels(&bare, level));
            }
        }
    }

    #[test]
    fn duplicates_equal_those_of_all_pairs(titles in titles(2..40)) {
        let articles = headlines(&titles);
        prop_assert_eq!(groups(&engine(Level::Duplicates).group(&articles), &articles), all_pairs(&articles));
    }
}

/// A partition has the groups and ids of the report.
#[test]
fn partition_equals_the_groups_of_the_report() {
    let source = sample("mixed/items.jsonl");
    let articles = articles(&source);
    for level in [Level::Duplicates, Level::Stories] {
        let report = engine(level).group(&articles);
        assert!(report.duplicates.len() > 1);
        assert_eq!(engine(level).partition(&articles, &()), report.partition);
    }
}

#[test]
fn labels_do_not_depend_on_threads() {
    let source = sample("mixed/items.jsonl");
    let articles = articles(&source);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            (
                labels(&articles, Level::Stories),
                names(&articles, Level::Stories),
            )
        })
    };
    assert_eq!(with(1), with(8));
    assert_eq!(with(1), with(2));
}

#[test]
fn grouping_is_idempotent() {
    let once = rows(&sample("mixed/items.jsonl"));
    let twice = rows(&Source::new("again", once.clone()));
    assert_eq!(once, twice);
}

fn rows(source: &Source) -> String {
    let articles = articles(source);
    let report = engine(Level::Stories).group(&articles);
    let mut out = Vec::new();
    output::json_rows(
        ClusteredItems {
            articles: &articles,
            report: &report,
        },
        &mut out,
    )
    .unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn identical_items_are_one_group() {
    let items: Vec<Article<'_>> = (0..100_000)
        .map(|at| Article::headline(format!("{at}"), "the same headline every time"))
        .collect();
    let report = engine(Level::Duplicates).group(&items);
    assert_eq!(report.duplicates.len(), 1);
    assert_eq!(report.duplicates[0].members.len(), 100_000);
}

/// Two pairs of near-duplicates.
fn four() -> Vec<Article<'static>> {
    let titles = [
        "Minister opens the new bridge over the river",
        "Minister opens new bridge over the river",
        "Rain is expected along the whole coast this weekend",
        "Rain expected along the whole coast this weekend",
    ];
    titles
        .iter()
        .zip(["a", "b", "c", "d"])
        .map(|(title, id)| Article::headline(id, *title))
        .collect()
}

fn kinds(report: &Clustering) -> Vec<&'static str> {
    report
        .placements
        .iter()
        .map(|place| place.relation.name())
        .collect()
}

#[test]
fn must_link_joins_stories_but_not_duplicates() {
    let articles = four();
    let report = constrained(&articles, Level::Stories, &[(Rule::MustLink, "a", "d")]);
    assert_eq!((report.stories.len(), report.duplicates.len()), (1, 2));
    assert_eq!(report.stories[0].members, [0, 1, 2, 3]);
    assert_eq!(
        kinds(&report)
            .iter()
            .filter(|kind| **kind == "must")
            .count(),
        2
    );
    let report = constrained(&articles, Level::Duplicates, &[(Rule::MustLink, "a", "d")]);
    assert_eq!(
        (report.duplicates.len(), report.duplicates[0].members.len()),
        (1, 4)
    );
    assert_eq!(
        kinds(&report)
            .iter()
            .filter(|kind| **kind == "must")
            .count(),
        2
    );
}

#[test]
fn cannot_link_separates_duplicates_and_stories() {
    let articles = four();
    for level in [Level::Duplicates, Level::Stories] {
        let report = constrained(&articles, level, &[(Rule::CannotLink, "a", "b")]);
        assert_eq!(kinds(&report)[..2], ["unique", "unique"]);
        assert_ne!(report.placements[0].near_dup, report.placements[1].near_dup);
        assert_eq!(report.placements[2].cluster, report.placements[3].cluster);
    }
    // d is linked with a; c is a duplicate of d but must be apart from b, the duplicate of a.
    let rules = [(Rule::MustLink, "a", "d"), (Rule::CannotLink, "b", "c")];
    let report = constrained(&articles, Level::Stories, &rules);
    let story = |at: usize| report.placements[at].cluster;
    assert_eq!(story(0), story(3));
    assert_ne!(story(1), story(2));
}
