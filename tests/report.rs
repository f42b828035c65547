use proptest::prelude::*;
use qissa::article::Timestamp;
use qissa::clustering::Fate;
use qissa::output::{PageLanguage, page};
use qissa::report::{Lost, PassedOver, ReportInputs, ReportModel, report_model};
use qissa::{Article, Config, Engine};

use crate::common::{articles, sample};
use crate::golden::compare_beside;

fn found(
    articles: &[Article<'_>],
    config: &Config,
    passed_over: &PassedOver,
    max_items: usize,
) -> ReportModel {
    let engine = Engine::new(config.check().unwrap());
    let (report, survey) = engine.profile(articles, &());
    report_model(ReportInputs {
        articles,
        report: &report,
        survey: &survey,
        config,
        params: engine.params(),
        passed_over,
        max_items,
    })
}

fn plain(articles: &[Article<'_>]) -> ReportModel {
    found(
        articles,
        &Config::default(),
        &PassedOver::default(),
        usize::MAX,
    )
}

fn html(model: &ReportModel, ui: PageLanguage) -> String {
    let mut out = Vec::new();
    page(model, ui, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What a report of the samples shows, without the settings, which have tests of their own.
#[test]
fn reports_of_the_samples_match_their_golden_files() {
    for name in ["page_ar/page.txt", "feed_en/feed.xml", "mixed/items.jsonl"] {
        let source = sample(name);
        let mut shown = plain(&articles(&source));
        shown.settings.clear();
        let written = serde_json::to_string_pretty(&shown).unwrap() + "\n";
        compare_beside(name, "report.golden.json", &written);
    }
}

fn item(id: &str, title: &str, source: &str, when: i64) -> Article<'static> {
    let (source, published) = (Some(source.to_owned().into()), Some(Timestamp(when)));
    Article {
        source,
        published,
        ..Article::headline(id.to_owned(), title.to_owned())
    }
}

const BRIDGE: &str = "Minister opens the new bridge over the river in the north";

#[test]
fn earliest_outlet_is_the_original() {
    let shown = plain(&[
        item("1", BRIDGE, "Late", 300),
        item("2", BRIDGE, "First", 100),
        item("3", BRIDGE, "Late", 200),
        item("4", BRIDGE, "www.First", 400),
        item(
            "5",
            "Rain is expected over the southern hills tomorrow",
            "First",
            100,
        ),
        item(
            "6",
            "Rain is expected over the southern hills tomorrow",
            "Late",
            100,
        ),
    ]);
    let outlets = &shown.outlets;
    let names: Vec<&str> = outlets
        .all
        .iter()
        .map(|outlet| outlet.name.as_str())
        .collect();
    let [first, late] = &outlets.all[..] else {
        panic!("{names:?}")
    };
    assert_eq!(names, ["First", "Late"]);
    assert_eq!(
        (first.originals, first.copies, first.led, first.shared),
        (1, 0, 1, 2)
    );
    assert_eq!(
        (late.originals, late.copies, late.led, late.shared),
        (0, 2, 0, 2)
    );
    assert_eq!(
        outlets.flows.iter().map(|flow| flow.items).sum::<usize>(),
        2
    );
    assert_eq!(outlets.undecided, 1);
}

#[test]
fn duplicates_show_their_differences() {
    let shown = plain(&[
        item("1", BRIDGE, "a", 1),
        item("2", &format!("{BRIDGE} again"), "b", 2),
    ]);
    let story = &shown.stories[0];
    let copies: Vec<_> = story
        .items
        .iter()
        .filter_map(|item| item.copy.as_ref())
        .collect();
    assert_eq!((story.items.len(), story.texts, copies.len()), (2, 1, 1));
    let words = |what: Fate| {
        copies[0]
            .title
            .iter()
            .filter(|it| it.what == what)
            .map(|it| it.text.as_str())
            .collect::<Vec<_>>()
    };
    let changed = [words(Fate::Removed), words(Fate::Added)].concat();
    assert_eq!(changed, ["again"]);
}

#[test]
fn max_items_limits_stories_but_not_counters() {
    let word = |n: usize| format!("w{}", n * 7919 % 10_007);
    let title = |n: usize| {
        (0..5)
            .map(|at| word(n / 2 * 5 + at))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let titles: Vec<String> = (0..20).map(title).collect();
    let outlet = |n: usize| ["a", "b"][n % 2];
    let articles: Vec<_> = titles
        .iter()
        .enumerate()
        .map(|(n, title)| item(&n.to_string(), title, outlet(n), n as i64))
        .collect();
    let shown = found(&articles, &Config::default(), &PassedOver::default(), 5);
    let items: usize = shown.stories.iter().map(|story| story.items.len()).sum();
    assert_eq!((items, shown.totals.items), (4, 20));
    assert_eq!(
        shown.stories.len() + shown.totals.left_out,
        shown.totals.stories + shown.totals.singletons
    );
}

#[test]
fn untrusted_text_is_escaped() {
    let hostile =
        "</script><script>alert(1)</script><!-- \" ' <b onclick=x> \u{0} \u{202e}evil\u{2028}";
    let articles = [
        Article {
            url: Some("javascript:alert(1)".into()),
            ..item(hostile, hostile, hostile, 1)
        },
        Article {
            url: Some("https://a.example/\"><script>".into()),
            ..item("2", &"x".repeat(1 << 20), "b", 2)
        },
        Article {
            language: Some("\"><script>".into()),
            ..item("3", "a plain headline of a few words", "c", i64::MAX)
        },
    ];
    let lost = Lost {
        place: format!("{hostile}:1"),
        cause: hostile.to_owned(),
    };
    let passed_over = PassedOver {
        records: 1,
        named: vec![lost],
        files: vec![hostile.to_owned()],
        undated: 0,
    };
    let shown = found(&articles, &Config::default(), &passed_over, usize::MAX);
    let cut = shown
        .stories
        .iter()
        .flat_map(|story| &story.items)
        .map(|item| item.cut)
        .max();
    assert_eq!(cut, Some((1 << 20) - 400));
    for ui in [PageLanguage::English, PageLanguage::Arabic] {
        let html = html(&shown, ui);
        assert!(html.len() < 200_000, "{}", html.len());
        assert!(
            !html.contains("alert(1)</script>")
                && !html.contains("<b onclick")
                && !html.contains("javascript:")
        );
        assert!(!html.contains(['\u{0}', '\u{202e}', '\u{2028}']));
        // Two of data, one that runs.
        assert_eq!(html.matches("<script").count(), 3);
        assert_eq!(html.matches("</script>").count(), 3);
    }
}

/// The policy allows nothing that the page does not hold, and the page holds nothing that the
/// policy does not allow.
#[test]
fn page_follows_its_content_security_policy() {
    let html = html(&plain(&[item("1", BRIDGE, "a", 1)]), PageLanguage::English);
    assert!(
        html.contains("default-src 'none'; style-src 'sha256-") && !html.contains("unsafe-inline")
    );
    let markup =
        html.split("<style>").next().unwrap().to_owned() + html.split("</style>").nth(1).unwrap();
    let markup = markup.split("<script>").next().unwrap();
    for word in [
        " style=",
        " onclick=",
        " onload=",
        "src=",
        "<link",
        "<iframe",
        "@import",
        "url(",
    ] {
        assert!(!markup.contains(word), "{word}");
    }
}

#[test]
fn empty_batch_has_a_page() {
    for ui in [PageLanguage::English, PageLanguage::Arabic] {
        let html = html(&plain(&[]), ui);
        assert!(html.ends_with("</html>\n") && !html.contains("NaN"));
        assert!(!html.contains(">inf") && !html.contains("\"inf"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn report_is_independent_of_input_order(
        items in prop::collection::vec(("[a-d]( [a-d]{1,2}){3,6}", 0usize..3, 0i64..4), 0..14),
        turn in 0usize..14,
    ) {
        let mut articles: Vec<Article<'_>> = items.iter().enumerate().map(|(at, (title, source, when))| {
            item(&format!("{at:02}"), title, ["x", "y", "z"][*source], when * 40_000)
        }).collect();
        let shown = plain(&articles);
        if !articles.is_empty() {
            let turn = turn % articles.len();
            articles.rotate_left(turn);
        }
        prop_assert_eq!(plain(&articles), shown.clone());
        let counted: usize = shown.stories.iter().map(|story| story.items.len()).sum();
        prop_assert_eq!(counted, items.len());
        let totals: Vec<f64> = shown.stories.iter().map(|story| story.importance.total()).collect();
        prop_assert!(totals.is_sorted_by(|x, y| x >= y));
        for outlet in &shown.outlets.all {
            prop_assert!(outlet.originals + outlet.copies <= outlet.items && outlet.led <= outlet.shared);
        }
    }
}
