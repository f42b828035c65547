//! Duplicates in small batches, after cases that readers of feeds have reported.

use qissa::config::Level;
use qissa::verify::MatchKind;
use qissa::{Article, Config, Engine, Timestamp};

use crate::common::engine;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// An item of an outlet with an address of its own, published `seconds` after a fixed time.
fn item(id: &str, outlet: &str, title: &str, text: &str, seconds: i64) -> Article<'static> {
    Article {
        id: id.to_owned().into(),
        title: title.to_owned().into(),
        text: text.to_owned().into(),
        url: Some(format!("https://{outlet}.example/{id}").into()),
        source: Some(outlet.to_owned().into()),
        published: Some(Timestamp(1_790_000_000 + seconds)),
        ..Article::default()
    }
}

/// The group of duplicates of each item, by the place of its first item.
fn groups(items: &[Article<'_>]) -> Vec<usize> {
    let report = engine(Level::Stories).group(items);
    let near = |at: usize| report.placements[at].near_dup;
    (0..items.len())
        .map(|at| {
            (0..at)
                .find(|&before| near(before) == near(at))
                .unwrap_or(at)
        })
        .collect()
}

/// The number of stories.
fn stories(items: &[Article<'_>]) -> usize {
    let report = engine(Level::Stories).group(items);
    let mut stories: Vec<_> = report
        .placements
        .iter()
        .map(|place| place.cluster)
        .collect();
    stories.sort_unstable();
    stories.dedup();
    stories.len()
}

fn assert_no_duplicates(items: &[Article<'_>]) {
    assert_eq!(groups(items), (0..items.len()).collect::<Vec<_>>());
}

const REPORT: &str = "The council voted on Monday to rebuild the old pier after the winter storms, and set aside nine \
    million for piles, planks and lamps; work begins in May and ends before the regatta.";

#[test]
fn columns_of_two_days_are_two_items() {
    let text = [
        "Readers write about cycle lanes and school meals.",
        "The museum, dogs in the park and a lost shelter.",
    ];
    assert_no_duplicates(&[
        item("a", "herald", "Letters to the editor", text[0], 0),
        item("b", "herald", "Letters to the editor", text[1], DAY),
    ]);
}

#[test]
fn equal_items_of_an_outlet_on_several_days_are_a_series() {
    let programme = |id: &str, day: i64| {
        item(
            id,
            "radio",
            "The harbour today, all of it",
            "Half an hour of news from the quay.",
            day * DAY,
        )
    };
    assert_no_duplicates(&[programme("a", 0), programme("b", 1), programme("c", 2)]);
}

#[test]
fn labels_of_an_outlet_are_no_duplicates_and_no_story() {
    let photos = [
        item("a", "owls", "Photo", "", 0),
        item("b", "owls", "Photo", "", HOUR),
        item("c", "owls", "Photo", "", DAY),
    ];
    assert_no_duplicates(&photos);
    assert_eq!(stories(&photos), 3);
    let files = [
        item("a", "radio", "Programme of 3 May", "The evening show", 0),
        item("b", "radio", "Programme of 3 May", "The evening show", 0),
    ];
    assert_eq!(stories(&files), 2);
}

#[test]
fn equal_short_titles_without_an_outlet_are_duplicates() {
    let bare = |id: &'static str, title: &'static str| Article::headline(id, title);
    assert_eq!(
        groups(&[
            bare("a", "Oil jumps"),
            bare("b", "Oil jumps"),
            bare("c", "Oil drops")
        ]),
        [0, 0, 2]
    );
    assert_eq!(
        groups(&[bare("a", "وفاة الملك"), bare("b", "وفاة الملك")]),
        [0, 0]
    );
}

#[test]
fn texts_of_posts_without_titles_are_compared_as_titles() {
    let post = |id: &'static str, text: &'static str| Article {
        id: id.into(),
        text: text.into(),
        ..Article::default()
    };
    let text = "Mayor opens the new swimming hall beside the old mill";
    let longer = "Mayor opens the new swimming hall beside the old wooden mill";
    assert_eq!(
        groups(&[
            post("a", text),
            post("b", longer),
            post("c", "Mind the gap!"),
            post("d", "Mind the gap!")
        ]),
        [0, 0, 2, 2]
    );
}

#[test]
fn boilerplate_texts_make_no_duplicates() {
    let wall = "We and our partners keep and read data on your device, such as cookies, and use personal details for \
        advertisements made for you, to measure them, and to learn about those who read us. With your leave we may use your \
        exact place. You may agree with a click, or take out a subscription for one euro a month and read without being \
        followed. Turn on scripts and turn off your blocker to go on reading.";
    assert_no_duplicates(&[
        item(
            "a",
            "gazette",
            "Mayor resigns over stadium contract",
            wall,
            0,
        ),
        item(
            "b",
            "gazette",
            "Cyclist wins third stage in the Alps",
            wall,
            HOUR,
        ),
    ]);
    let notes = "Welcome to the weekly show in which two skippers talk about all that floats. Leave a review and tell your \
        friends. Music by the Bilge Trio. Letters to the usual address. This week as every week there is a quiz at the end, and \
        the winner gets a rope. The show is free and lives from what you give, so please give what you can and come again.";
    assert_no_duplicates(&[
        item("a", "loft", "Why ropes rot from the inside", notes, 0),
        item(
            "b",
            "loft",
            "The night the breakwater gave way",
            notes,
            HOUR,
        ),
    ]);
    let short = "Welcome to the weekly show in which two skippers talk about all that floats. Leave a review and tell your \
        friends. Music by the Bilge Trio. Letters to the usual address.";
    assert_no_duplicates(&[
        item("a", "loft", "How the pilots learn the shoals", short, 0),
        item(
            "b",
            "loft",
            "Of the lamps and of those who lit them",
            short,
            DAY,
        ),
        item(
            "c",
            "loft",
            "The winter in which the ice came",
            short,
            2 * DAY,
        ),
    ]);
}

#[test]
fn footers_of_forums_and_feeds_are_ignored() {
    let footer = "submitted by /u/quay to r/world [link] [comments]";
    assert_no_duplicates(&[
        item(
            "a",
            "forum",
            "Ferry crews vote for a strike over winter rotas",
            footer,
            0,
        ),
        item(
            "b",
            "forum",
            "New telescope sees rings around a distant dwarf planet",
            footer,
            0,
        ),
    ]);
    let notice = "This media is not supported in your browser";
    assert_no_duplicates(&[
        item(
            "a",
            "pier",
            notice,
            "A baker on the quay sells bread in the shape of ships.",
            0,
        ),
        item(
            "b",
            "pier",
            notice,
            "Our winter show has forty maps, the oldest from 1588.",
            0,
        ),
    ]);
}

#[test]
fn a_title_that_adds_news_is_a_follow_up() {
    let pair = |first: &str, second: &str| {
        assert_no_duplicates(&[
            item("a", "one", first, "", 0),
            item("b", "two", second, "", 4 * HOUR),
        ]);
    };
    pair(
        "Storm Vera hits the northern coast",
        "Storm Vera hits the northern coast: two dead, ferry missing, roads shut",
    );
    pair(
        "Minister resigns",
        "Minister resigns after police search her office",
    );
    pair(
        "Orion labs releases Vega 4 model",
        "Orion labs releases Vega 4 model with 2M token context",
    );
}

#[test]
fn titles_with_another_name_or_number_are_no_duplicates() {
    let pair = |first: &str, second: &str| {
        assert_no_duplicates(&[
            item("a", "wire", first, "", 0),
            item("b", "wire", second, "", HOUR),
        ]);
    };
    pair(
        "King of Jordan freezes prices of bread and fuel until spring",
        "King of Morocco freezes prices of bread and fuel until spring",
    );
    pair(
        "Quake of magnitude 5.8 strikes off the coast of Chile",
        "Quake of magnitude 6.1 strikes off the coast of Chile",
    );
    pair(
        "Prize of the year: day two of the jury's deliberations",
        "Prize of the year: day three of the jury's deliberations",
    );
    pair(
        "Police arrest two men after robbery in Leeds",
        "Police arrest two men after robbery in Derby",
    );
    pair(
        "ملك الأردن يجمد أسعار الخبز والوقود حتى الربيع",
        "ملك المغرب يجمد أسعار الخبز والوقود حتى الربيع",
    );
    pair(
        "首相が東京の新しい港を視察する予定",
        "首相が大阪の新しい港を視察する予定",
    );
}

#[test]
fn spelling_and_former_offices_make_no_difference() {
    assert_eq!(
        groups(&[
            Article::headline(
                "a",
                "Harbour board signs a multimillion contract for new ferries with the shipyard of the island"
            ),
            Article::headline(
                "b",
                "Harbour board signs a multi-million contract for new ferries with the shipyard of the island"
            ),
        ]),
        [0, 0]
    );
    assert_eq!(
        groups(&[
            Article::headline(
                "c",
                "Court clears former harbour master over the missing ferry money"
            ),
            Article::headline(
                "d",
                "Court clears ex-harbour master over the missing ferry money"
            ),
        ]),
        [0, 0]
    );
}

#[test]
fn one_wrong_character_is_a_typing_error() {
    let bare = |id: &'static str, title: &'static str| Article::headline(id, title);
    assert_eq!(
        groups(&[
            bare("a", "台风登陆浙江沿海数千人撒离家园"),
            bare("b", "台风登陆浙江沿海数千人撤离家园")
        ]),
        [0, 0]
    );
}

#[test]
fn duplicates_are_published_within_the_window() {
    let title = "Council votes to rebuild the old pier";
    let first = item("a", "herald", title, REPORT, 0);
    assert_eq!(
        groups(&[first.clone(), item("b", "post", title, REPORT, 2 * DAY)]),
        [0, 0]
    );
    assert_eq!(
        groups(&[first.clone(), item("b", "post", title, REPORT, 8 * DAY)]),
        [0, 1]
    );
    let mut config = Config::default();
    config.set_window(0.0);
    let report = Engine::new(config.check().unwrap())
        .group(&[first, item("b", "post", title, REPORT, 80 * DAY)]);
    assert_eq!(report.placements[0].near_dup, report.placements[1].near_dup);
}

#[test]
fn a_revised_toll_and_a_correction_are_updates() {
    let kind = |a: Article<'static>, b: Article<'static>| {
        let partition = engine(Level::Stories).partition(&[a, b], &());
        partition.edges.first().map(|edge| edge.kind())
    };
    let toll = |id: &str, dead: u32, hours: i64| {
        item(
            id,
            "wire",
            &format!("At least {dead} dead as ferry capsizes off the northern islands"),
            "",
            hours * HOUR,
        )
    };
    assert_eq!(
        kind(toll("a", 12, 0), toll("b", 19, 5)),
        Some(MatchKind::Update)
    );
    let body = |missing: &str, note: &str| {
        format!(
            "Officials said on Monday that the dam above the village had burst and that {missing} people were missing. {note} \
            Rescue teams came with boats, schools along the river were shut, and the army was asked for water and blankets. The \
            minister said the water had reached the second floor and the bridge was gone. People spent the night on roofs."
        )
    };
    let first = item(
        "a",
        "wire",
        "Dam bursts, forty missing",
        &body("forty", ""),
        0,
    );
    let second = item(
        "b",
        "wire",
        "CORRECTED: Dam bursts, four missing",
        &body("four", "(Corrects number of missing.)"),
        HOUR,
    );
    assert_eq!(kind(first.clone(), second.clone()), Some(MatchKind::Update));
    let report = engine(Level::Stories).group(&[first, second]);
    assert_eq!(report.duplicates[0].canonical, 1, "the correction is shown");
}

#[test]
fn a_chain_of_drifting_versions_is_split() {
    let hour = |at: usize| {
        format!(
            "At {at} o'clock unit {at} said that street {at} was open and that house {at} was dry. "
        )
    };
    let page = |at: usize| {
        let text: String = (at..at + 12).map(hour).collect();
        Article {
            id: format!("v{at:02}").into(),
            title: "Live: city under storm".into(),
            text: text.into(),
            ..Article::default()
        }
    };
    let pages: Vec<Article<'static>> = (0..40).map(page).collect();
    let groups = groups(&pages);
    assert_eq!(groups[0], groups[1]);
    assert_ne!(groups[0], groups[39]);
}

#[test]
fn noisy_scans_are_found_by_character_shingles() {
    let clean = "The steamer came into port yesterday after a passage of eleven days, with news of great weight. The ministry has \
        resigned and the marshal is to form a new cabinet. In the lower house the budget was brought forward, which shows a \
        surplus of half a million. Cotton was dull at a decline, breadstuffs were firm, and provisions were steady all day.";
    let wrong = |every: usize| -> String {
        clean
            .chars()
            .enumerate()
            .map(|(at, c)| {
                if c.is_alphabetic() && at % every == every - 1 {
                    'x'
                } else {
                    c
                }
            })
            .collect()
    };
    let scan = |id: &'static str, text: String| Article {
        id: id.into(),
        text: text.into(),
        ..Article::default()
    };
    let mut config = Config::default();
    config.set_noisy();
    let items = [
        scan("a", clean.to_owned()),
        scan("b", wrong(50)),
        scan("c", wrong(37)),
    ];
    let report = Engine::new(config.check().unwrap()).group(&items);
    assert!(
        report
            .placements
            .iter()
            .all(|place| place.near_dup == report.placements[0].near_dup)
    );
}
