use super::*;

fn article<'a>(title: &'a str, source: &'a str) -> Article<'a> {
    let source = (!source.is_empty()).then_some(source.into());
    Article {
        source,
        ..Article::headline("", title)
    }
}

fn found<'a>(articles: &'a [Article<'_>]) -> Vec<&'a str> {
    titles_without_boilerplate(&articles.iter().collect::<Vec<_>>())
}

/// Headlines of no known source, one by one.
#[track_caller]
fn alone(cases: &[(&str, &str)]) {
    for (title, core) in cases {
        assert_eq!(found(&[article(title, "")]), [*core], "for {title:?}");
    }
}

#[test]
fn labels_go() {
    alone(&[
        ("عاجل | الشرع يصل إلى موسكو", "الشرع يصل إلى موسكو"),
        ("عاجل: الشرع يصل إلى موسكو", "الشرع يصل إلى موسكو"),
        ("عاجل..الشرع يصل إلى موسكو", "الشرع يصل إلى موسكو"),
        (
            "بالصور والفيديو.. افتتاح الجسر الجديد",
            "افتتاح الجسر الجديد",
        ),
        (
            "افتتاح الجسر الجديد على النهر (صور)",
            "افتتاح الجسر الجديد على النهر",
        ),
        (
            "افتتاح الجسر الجديد على النهر .. فيديو",
            "افتتاح الجسر الجديد على النهر",
        ),
        (
            "BREAKING: Minister resigns after vote",
            "Minister resigns after vote",
        ),
        (
            "Breaking news | Minister resigns after vote",
            "Minister resigns after vote",
        ),
        (
            "Minister resigns after vote – live updates",
            "Minister resigns after vote",
        ),
        (
            "[VIDEO] Minister resigns after vote (+photos)",
            "Minister resigns after vote",
        ),
        (
            "UPDATE 2-Oil falls on weak demand",
            "Oil falls on weak demand",
        ),
        ("Sport | Villa win in the rain", "Villa win in the rain"),
        ("【快讯】四川山区发生地震", "四川山区发生地震"),
        (
            "[속보] 대통령 도쿄 도착 정상회담",
            "대통령 도쿄 도착 정상회담",
        ),
        ("СРОЧНО: В центре города пожар", "В центре города пожар"),
    ]);
}

#[test]
fn outlets_go_where_their_form_gives_them_away() {
    alone(&[
        ("Fed raises rates again - Reuters", "Fed raises rates again"),
        (
            "Fed raises rates again | BBC News",
            "Fed raises rates again",
        ),
        (
            "Fed raises rates again – The New York Times",
            "Fed raises rates again",
        ),
        (
            "Fed raises rates again - Example.com",
            "Fed raises rates again",
        ),
        ("الجزيرة نت - الشرع يصل إلى موسكو", "الشرع يصل إلى موسكو"),
        (
            "الشرع يصل إلى موسكو | سكاي نيوز عربية",
            "الشرع يصل إلى موسكو",
        ),
        ("四川山区发生地震_新华网", "四川山区发生地震"),
        (
            "LIVE: Fed raises rates again | Video | Reuters",
            "Fed raises rates again",
        ),
    ]);
}

#[test]
fn what_carries_meaning_stays() {
    for title in [
        "Putin: we are ready for talks",
        "لافروف: لا بديل عن الحوار",
        "مصر: افتتاح الجسر الجديد",
        "Villa 2-1 Arsenal in the rain",
        "Villa - Arsenal 2 - 1 after extra time",
        "Israel-Hamas talks resume in Cairo",
        "Kick-off at 10:30 in the rain",
        "Talks resume in Cairo - officials",
        "Apple Watch: a new model is coming",
        "Live music returns to the city",
        "مباشرة العمل في الجسر الجديد",
        "وزير «الشرق الأوسط» يلتقي السفير",
        "Breaking news - Reuters",
        "News in pictures | 10 March 2014",
        "Magic: the gathering of the year",
        "Micron beats estimates again (MU)",
        "The paper had hard times",
        "LIVE-streamed concert draws a million",
    ] {
        alone(&[(title, title)]);
    }
}

#[test]
fn a_source_loses_its_own_name() {
    for (title, source) in [
        ("Fed raises rates again : NPR", "www.npr.org"),
        ("Fed raises rates again - The Guardian", "theguardian.com"),
        ("Fed raises rates again | El País", "El País"),
        ("Fed raises rates again - The Daily Planet", "Daily Planet"),
    ] {
        assert_eq!(found(&[article(title, source)]), ["Fed raises rates again"]);
    }
    let by_host = Article {
        url: Some("https://www.ledevoir.com/a/1".into()),
        ..article("Le pont est ouvert | Le Devoir", "")
    };
    assert_eq!(found(&[by_host]), ["Le pont est ouvert"]);
}

const STORIES: [&str; 6] = [
    "Minister opens the new bridge",
    "Rain expected on the coast",
    "Court hears the case again",
    "Teachers call a strike today",
    "Two win the chess prize",
    "Museum finds a lost letter",
];

/// The headlines that a source makes of six stories.
fn dressed(source: &str, dress: impl Fn(&str) -> String) -> Vec<Article<'static>> {
    STORIES
        .iter()
        .map(|story| article(&dress(story), source).into_owned())
        .collect()
}

#[test]
fn what_recurs_in_a_source_goes() {
    for dress in [
        "{} | Le Fanal",
        "{} - Le Fanal",
        "{} (LF)",
        "Le Fanal | {}",
        "{} | Ville | Le Fanal",
    ] {
        assert_eq!(
            found(&dressed("x", |story| dress.replace("{}", story))),
            STORIES,
            "{dress}"
        );
    }
    let unknown = dressed("", |story| format!("{story} - Le Fanal"));
    assert_eq!(found(&unknown), STORIES);
    assert_eq!(found(&unknown[..4])[0], unknown[0].title);
    let few = &dressed("x", |story| format!("{story} - Le Fanal"))[..2];
    assert_eq!(found(few)[0], few[0].title);
}

#[test]
fn one_headline_over_and_over_is_no_recurrence() {
    let same: Vec<_> = (0..9)
        .map(|_| article("Minister opens the new bridge - Le Fanal", "x"))
        .collect();
    assert_eq!(found(&same)[0], same[0].title);
}

#[test]
fn speakers_topics_and_numbers_that_recur_stay() {
    for dress in [
        "Haddad: {}",
        "Haddad - {} and more",
        "{} (MU)",
        "{} - 2014",
        "{} – one arrested",
    ] {
        let mut articles = dressed("x", |story| dress.replace("{}", story));
        articles.extend(dressed("x", str::to_owned));
        articles.push(article("A seventh headline of this source", "x"));
        assert_eq!(found(&articles)[0], articles[0].title, "{dress}");
    }
    let mut articles = dressed("x", |story| format!("Gaza | {story}"));
    articles.extend(dressed("y", |story| format!("{story} in Gaza")));
    articles.push(article("Aid reaches Gaza at last", "y"));
    assert_eq!(found(&articles)[0], articles[0].title);
}

#[test]
fn the_order_does_not_matter() {
    let mut articles = dressed("x", |story| format!("{story} | Le Fanal"));
    articles.extend(dressed("", |story| format!("Le Fanal | {story}")));
    let forward: Vec<String> = found(&articles).into_iter().map(str::to_owned).collect();
    articles.reverse();
    let mut backward = found(&articles);
    backward.reverse();
    assert_eq!(backward, forward);
}

proptest::proptest! {
    #[test]
    fn a_core_is_a_part_that_still_says_something(title in "[a-zA-Z|: .()\\[\\]\\-–»عاجل新闻_]{0,60}") {
        let articles = [article(&title, "x.com")];
        let core = found(&articles)[0];
        proptest::prop_assert!(title.contains(core));
        proptest::prop_assert!(core == title || Tokens::of(core).words() >= LEAST_WORDS);
    }
}
