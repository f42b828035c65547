use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use qissa::clustering::{Reason, SimilarList};
use qissa::config::{Config, Level};
use qissa::output::{self, SimilarLists};
use qissa::pipeline::ListOptions;
use qissa::search::ListRules;
use qissa::text::Language;
use qissa::{Article, Engine, Timestamp};

use crate::common::{articles, engine, sample};
use crate::golden::compare_beside;

fn lists(articles: &[Article<'_>], options: &ListOptions) -> Vec<SimilarList> {
    engine(Level::Stories).similar(articles, options, &())
}

/// Items with titles of a small vocabulary, so many pairs are similar and some are duplicates.
fn batch() -> impl Strategy<Value = Vec<Article<'static>>> {
    let words = vec![
        "port",
        "storm",
        "minister",
        "rail",
        "opens",
        "coast",
        "toll",
        "ferry",
        "النقل",
        "موسكو",
        "bridge",
    ];
    let title = proptest::collection::vec(proptest::sample::select(words), 3..8)
        .prop_map(|words| words.join(" "));
    let source = proptest::option::of(proptest::sample::select(vec!["Coast Post", "Valley Times"]));
    let items = proptest::collection::vec((title, source, 0i64..20), 2..40);
    items.prop_map(|items| {
        let article =
            |(at, (title, source, day)): (usize, (String, Option<&'static str>, i64))| Article {
                source: source.map(Into::into),
                published: Some(Timestamp(day * 86_400)),
                ..Article::headline(format!("id{at}"), title)
            };
        items.into_iter().enumerate().map(article).collect()
    })
}

/// The list of each item, by id.
fn lists_by_id(
    articles: &[Article<'_>],
    lists: &[SimilarList],
) -> BTreeMap<String, Vec<(String, Reason, f64)>> {
    let entries = |list: &SimilarList| {
        let entry = |entry: &qissa::clustering::SimilarEntry| {
            (
                articles[entry.item].id.to_string(),
                entry.reason,
                entry.score,
            )
        };
        list.entries.iter().map(entry).collect()
    };
    lists
        .iter()
        .map(|list| (articles[list.of].id.to_string(), entries(list)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lists_do_not_depend_on_order_or_threads(articles in batch(), seed in 0usize..100) {
        let options = ListOptions::default();
        let expected = lists_by_id(&articles, &lists(&articles, &options));
        let mut reordered = articles;
        let places = seed % reordered.len();
        reordered.rotate_left(places);
        reordered.reverse();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let found = pool.install(|| lists_by_id(&reordered, &lists(&reordered, &options)));
        prop_assert_eq!(expected, found);
    }

    #[test]
    fn lists_have_one_item_per_other_text(articles in batch()) {
        let near: Vec<_> = engine(Level::Stories).group(&articles).placements.iter().map(|place| place.near_dup).collect();
        for list in lists(&articles, &ListOptions::default()) {
            let mut texts = BTreeSet::from([near[list.of]]);
            for entry in &list.entries {
                prop_assert!(texts.insert(near[entry.item]), "{:?}", list);
                prop_assert!(entry.reason != Reason::Duplicate);
            }
        }
    }

    #[test]
    fn show_copies_lists_every_duplicate(articles in batch()) {
        let rules = ListRules { max_items: 1000, ..ListRules::default() };
        let near: Vec<_> = engine(Level::Stories).group(&articles).placements.iter().map(|place| place.near_dup).collect();
        for list in lists(&articles, &ListOptions { rules, show_copies: true, ..ListOptions::default() }) {
            let copies = list.entries.iter().filter(|entry| entry.reason == Reason::Duplicate);
            let copies: BTreeSet<usize> = copies.map(|entry| entry.item).collect();
            let others = (0..articles.len()).filter(|&at| at != list.of && near[at] == near[list.of]);
            prop_assert_eq!(copies, others.collect::<BTreeSet<_>>());
            for entry in &list.entries {
                let shown = list.entries.iter().filter(|other| near[other.item] == near[entry.item]).count();
                prop_assert_eq!(shown + usize::from(near[entry.item] == near[list.of]), entry.copies);
            }
        }
    }

    #[test]
    fn lists_obey_their_rules(articles in batch(), count in 1usize..6, least in 0.02f64..0.5, per_source in 1usize..3) {
        let rules = ListRules { max_items: count, min_score: least, max_per_source: per_source, diversity: 0.0, exhaustive: false };
        let language = Some(Language::from_tag("en"));
        let stories: Vec<_> = engine(Level::Stories).group(&articles).placements.iter().map(|place| place.cluster).collect();
        let languages: Vec<_> = engine(Level::Stories).group(&articles).placements.iter().map(|place| place.language).collect();
        for list in lists(&articles, &ListOptions { rules, language, ..ListOptions::default() }) {
            prop_assert!(list.entries.len() <= count);
            prop_assert!(list.entries.is_sorted_by(|x, y| (x.reason, -x.score) <= (y.reason, -y.score)), "{:?}", list);
            let mut of_source: BTreeMap<&str, usize> = BTreeMap::new();
            for entry in &list.entries {
                prop_assert!(entry.score >= least);
                prop_assert_eq!(Some(languages[entry.item]), language);
                let same = stories[entry.item] == stories[list.of];
                prop_assert_eq!(entry.reason, if same { Reason::SameStory } else { Reason::Related });
                if let Some(source) = articles[entry.item].source.as_deref() {
                    *of_source.entry(source).or_default() += 1;
                }
            }
            prop_assert!(of_source.values().all(|&shown| shown <= per_source));
        }
    }

    #[test]
    fn similar_to_equals_the_list_of_similar(articles in batch()) {
        let options = ListOptions::default();
        for list in lists(&articles, &options) {
            prop_assert_eq!(engine(Level::Stories).similar_to(&articles, list.of, &options, &()).unwrap(), list);
        }
    }
}

#[test]
fn scores_decay_with_days() {
    let item = |id: &'static str, title: &'static str, day: i64| Article {
        published: Some(Timestamp(day * 86_400)),
        ..Article::headline(id, title)
    };
    let batch = [
        item("now", "Harbour ferry Aurora aground off Northport", 30),
        item("soon", "Northport: ferry Aurora was aground all night", 30),
        item(
            "late",
            "Northport: the ferry Aurora was aground a night",
            20,
        ),
    ];
    let list = engine(Level::Stories)
        .similar_to(&batch[..2], 0, &ListOptions::default(), &())
        .unwrap();
    let apart = [batch[0].clone(), batch[2].clone()];
    let late = engine(Level::Stories)
        .similar_to(&apart, 0, &ListOptions::default(), &())
        .unwrap();
    assert!(
        late.entries[0].score < 0.5 * list.entries[0].score,
        "{late:?} {list:?}"
    );
}

/// English words are stemmed and Swedish words are cut, so the titles share no stem.
#[test]
fn character_ngrams_find_a_name_in_two_languages() {
    let titles = [
        "Electrolux shuts its oldest factory",
        "Anställda på Electroluxfabriken varslas",
        "Snow on the hills",
    ];
    let articles: Vec<Article<'_>> = ["a", "b", "c"]
        .into_iter()
        .zip(titles)
        .map(|(id, title)| Article::headline(id, title))
        .collect();
    let found = lists_by_id(&articles, &lists(&articles, &ListOptions::default()));
    let ids = |of: &str| {
        found[of]
            .iter()
            .map(|(id, ..)| id.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [ids("a"), ids("b"), ids("c")],
        [vec!["b"], vec!["a"], vec![]]
    );
}

#[test]
fn without_character_ngrams_words_find_similar_items() {
    let titles = [
        "Electrolux shuts its oldest factory",
        "Anställda på Electroluxfabriken varslas",
        "Electrolux closes the oldest factory it has",
    ];
    let articles: Vec<Article<'_>> = ["a", "b", "c"]
        .into_iter()
        .zip(titles)
        .map(|(id, title)| Article::headline(id, title))
        .collect();
    let engine = Engine::new(
        Config::parse("[evidence]\nletters = 0.0\n")
            .unwrap()
            .check()
            .unwrap(),
    );
    let found = |exhaustive| {
        let rules = ListRules {
            exhaustive,
            ..ListRules::default()
        };
        lists_by_id(
            &articles,
            &engine.similar(
                &articles,
                &ListOptions {
                    rules,
                    ..ListOptions::default()
                },
                &(),
            ),
        )
    };
    let ids = |of: &str| {
        found(false)[of]
            .iter()
            .map(|(id, ..)| id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [ids("a"), ids("b"), ids("c")],
        [vec!["c"], vec![], vec!["a"]]
    );
    assert_eq!(found(false), found(true));
}

#[test]
fn own_copy_lists_a_duplicate_first() {
    let batch = [
        Article::headline("a", "Storm hits the northern coast on Monday"),
        Article::headline("b", "Coast cleans up after the northern storm"),
        Article::headline("", "Storm hits northern coast on Monday"),
    ];
    let options = ListOptions {
        own_copy: true,
        ..ListOptions::default()
    };
    let entries = engine(Level::Stories)
        .similar_to(&batch, 2, &options, &())
        .unwrap()
        .entries;
    assert_eq!(
        entries.iter().map(|entry| entry.item).collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(entries[0].reason, Reason::Duplicate);
}

fn check(input: &str) {
    let source = sample(input);
    let articles = articles(&source);
    let lists = lists(&articles, &ListOptions::default());
    let listed = SimilarLists {
        articles: &articles,
        lists: &lists,
    };
    let (mut rows, mut table, mut html) = (Vec::new(), Vec::new(), Vec::new());
    output::similar_rows(listed, &mut rows).unwrap();
    output::similar_csv(listed, output::Formulas::Kept, &mut table).unwrap();
    output::similar_html(listed, None, &mut html).unwrap();
    for (ending, found) in [("jsonl", rows), ("csv", table), ("html", html)] {
        let golden = format!("similar.golden.{ending}");
        compare_beside(input, &golden, &String::from_utf8(found).unwrap());
    }
}

#[test]
fn sample_lists_match_the_golden_files() {
    check("page_ar/page.txt");
    check("mixed/items.jsonl");
}

#[test]
fn html_lists_escape_titles_and_links() {
    let hostile = |id: &'static str, title: &'static str, url: &'static str| Article {
        url: Some(url.into()),
        source: Some("<i>Post</i> & \u{202e}Times".into()),
        ..Article::headline(id, title)
    };
    let batch = [
        hostile(
            "\"><script>1</script>",
            "Ferry <script>alert(1)</script> aground off Northport",
            "javascript:alert(1)",
        ),
        hostile(
            "b",
            "Northport ferry </li></ul> \u{202e}aground\0 & \"stuck\"",
            "https://a.example/?a=1&b=\"><b>",
        ),
    ];
    let lists = lists(&batch, &ListOptions::default());
    let mut page = Vec::new();
    output::similar_html(
        SimilarLists {
            articles: &batch,
            lists: &lists,
        },
        Some("More <b>"),
        &mut page,
    )
    .unwrap();
    let page = String::from_utf8(page).unwrap();
    assert_eq!(
        lists.iter().map(|list| list.entries.len()).sum::<usize>(),
        2
    );
    let tags: BTreeSet<&str> = page
        .split('<')
        .skip(1)
        .filter_map(|tag| tag.split([' ', '>']).next())
        .collect();
    let expected = [
        "/a", "/bdi", "/cite", "/h2", "/li", "/section", "/ul", "a", "bdi", "cite", "h2", "li",
        "section", "ul",
    ];
    assert_eq!(tags, BTreeSet::from(expected), "{page}");
    assert!(
        !page.contains("javascript:") && !page.contains(['\0', '\u{202e}']),
        "{page}"
    );
    assert!(
        page.contains("<a href=\"https://a.example/?a=1&amp;b=&quot;&gt;&lt;b&gt;\">"),
        "{page}"
    );
}
