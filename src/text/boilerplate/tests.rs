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

/// Checks titles without a source, each in a batch of its own.
#[track_caller]
fn check_without_source(cases: &[(&str, &str)]) {
    for (title, stripped) in cases {
        assert_eq!(found(&[article(title, "")]), [*stripped], "for {title:?}");
    }
}

#[test]
fn labels_are_removed() {
    check_without_source(&[
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
fn outlets_are_removed_by_form() {
    check_without_source(&[
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
fn speakers_topics_and_scores_are_kept() {
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
        check_without_source(&[(title, title)]);
    }
}

#[test]
fn the_name_of_the_source_is_removed() {
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

/// The six stories as titles of one source.
fn titled(source: &str, template: impl Fn(&str) -> String) -> Vec<Article<'static>> {
    STORIES
        .iter()
        .map(|story| article(&template(story), source).into_owned())
        .collect()
}

#[test]
fn recurring_affixes_of_a_source_are_removed() {
    for template in [
        "{} | Le Fanal",
        "{} - Le Fanal",
        "{} (LF)",
        "Le Fanal | {}",
        "{} | Ville | Le Fanal",
    ] {
        assert_eq!(
            found(&titled("x", |story| template.replace("{}", story))),
            STORIES,
            "{template}"
        );
    }
    let unknown = titled("", |story| format!("{story} - Le Fanal"));
    assert_eq!(found(&unknown), STORIES);
    assert_eq!(found(&unknown[..4])[0], unknown[0].title);
    let few = &titled("x", |story| format!("{story} - Le Fanal"))[..2];
    assert_eq!(found(few)[0], few[0].title);
}

#[test]
fn one_repeated_title_is_no_recurrence() {
    let same: Vec<_> = (0..9)
        .map(|_| article("Minister opens the new bridge - Le Fanal", "x"))
        .collect();
    assert_eq!(found(&same)[0], same[0].title);
}

#[test]
fn recurring_speakers_topics_and_numbers_are_kept() {
    for template in [
        "Haddad: {}",
        "Haddad - {} and more",
        "{} (MU)",
        "{} - 2014",
        "{} – one arrested",
    ] {
        let mut articles = titled("x", |story| template.replace("{}", story));
        articles.extend(titled("x", str::to_owned));
        articles.push(article("A seventh headline of this source", "x"));
        assert_eq!(found(&articles)[0], articles[0].title, "{template}");
    }
    let mut articles = titled("x", |story| format!("Gaza | {story}"));
    articles.extend(titled("y", |story| format!("{story} in Gaza")));
    articles.push(article("Aid reaches Gaza at last", "y"));
    assert_eq!(found(&articles)[0], articles[0].title);
}

#[test]
fn the_order_of_articles_does_not_matter() {
    let mut articles = titled("x", |story| format!("{story} | Le Fanal"));
    articles.extend(titled("", |story| format!("Le Fanal | {story}")));
    let forward: Vec<String> = found(&articles).into_iter().map(str::to_owned).collect();
    articles.reverse();
    let mut backward = found(&articles);
    backward.reverse();
    assert_eq!(backward, forward);
}

proptest::proptest! {
    #[test]
    fn the_result_is_a_part_of_the_title_with_enough_words(
        title in "[a-zA-Z|: .()\\[\\]\\-–»عاجل新闻_]{0,60}",
    ) {
        let articles = [article(&title, "x.com")];
        let stripped = found(&articles)[0];
        proptest::prop_assert!(title.contains(stripped));
        proptest::prop_assert!(stripped == title || Tokens::of(stripped).words() >= MIN_WORDS);
    }
}
