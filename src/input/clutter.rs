//! A page in, the same page out without what is surely none of its article: captions, readings of
//! ruby, banners that ask for consent, boxes of authors, newsletters and other stories; and its
//! main text in, the text out without headings of other stories at its ends, or nothing if it asks
//! for consent alone. Linear in the page.
//!
//! Elements go before the main text is looked for, because they may be longer than that text. Which
//! words in a class say what an element is was measured on the pages of trafilatura's evaluation
//! (DESIGN.md).

use dom_query::{Document, NodeRef};

/// Elements that are never part of an article's text.
const NEVER: [&str; 6] = ["figcaption", "aside", "nav", "rt", "rp", "dialog"];

/// Words in a class or an id that say that an element is none of the article.
const CLUTTER: [&str; 24] = [
    "caption",
    "cookie",
    "cookies",
    "consent",
    "gdpr",
    "newsletter",
    "signup",
    "subscribe",
    "paywall",
    "login",
    "related",
    "recommended",
    "recommendations",
    "affiliate",
    "disclaimer",
    "copyright",
    "credit",
    "credits",
    "legend",
    "comments",
    "breadcrumbs",
    "pagination",
    "bio",
    "postmetadata",
];

/// The share of a page's letters from which on an element holds the article, whatever it is called.
const MOST_OF_PAGE: f64 = 0.4;

/// A node of a page, in the order in which nodes stand.
struct Place<'p> {
    node: NodeRef<'p>,
    /// The place of what holds it.
    parent: usize,
    /// How many bytes of text it holds, without spaces.
    letters: usize,
    has_headline: bool,
}

/// Removes the clutter of a page.
pub(super) fn remove(page: &Document) {
    let places = places(page);
    let most = places.first().map_or(0, |page| page.letters) as f64 * MOST_OF_PAGE;
    let mut is_gone = vec![false; places.len()];
    for (at, place) in places.iter().enumerate().skip(1) {
        // What is within clutter goes with it.
        is_gone[at] = is_gone[place.parent];
        if !is_gone[at]
            && !place.has_headline
            && (place.letters as f64) < most
            && is_clutter(&place.node)
        {
            is_gone[at] = true;
            place.node.remove_from_parent();
        }
    }
}

fn places(page: &Document) -> Vec<Place<'_>> {
    let mut places: Vec<Place<'_>> = Vec::new();
    let mut open = vec![(page.root(), 0)];
    while let Some((node, parent)) = open.pop() {
        let at = places.len();
        let is_unseen = ["script", "style", "noscript", "template"]
            .iter()
            .any(|name| node.has_name(name));
        open.extend(node.next_sibling().map(|next| (next, parent)));
        open.extend(
            node.first_child()
                .filter(|_| !is_unseen)
                .map(|child| (child, at)),
        );
        let letters = if node.is_text() {
            node.text().split_whitespace().map(str::len).sum()
        } else {
            0
        };
        places.push(Place {
            node,
            parent,
            letters,
            has_headline: node.has_name("h1"),
        });
    }
    for at in (1..places.len()).rev() {
        let Place {
            parent,
            letters,
            has_headline,
            ..
        } = places[at];
        places[parent].letters += letters;
        places[parent].has_headline |= has_headline;
    }
    places
}

fn is_clutter(node: &NodeRef<'_>) -> bool {
    let Some(name) = node.node_name() else {
        return false;
    };
    NEVER.contains(&&*name)
        || ["class", "id"]
            .iter()
            .any(|attribute| node.attr(attribute).is_some_and(|it| says_clutter(&it)))
}

/// Whether a word of a class or an id is one of clutter: "post-related", "relatedPosts".
fn says_clutter(names: &str) -> bool {
    let mut word = String::new();
    let mut says = false;
    let mut was_small = false;
    for c in names.chars().chain([' ']) {
        if !c.is_ascii_alphanumeric() || (was_small && c.is_ascii_uppercase()) {
            says |= CLUTTER.contains(&word.as_str());
            word.clear();
        }
        was_small = c.is_ascii_lowercase();
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
    }
    says
}

/// The text without the short lines at both ends that are no sentences: headings of other stories,
/// names, credits. Where they are most of the text, they are the text.
pub(super) fn without_edges(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_told = |line: &&str, long: usize| line.len() >= long || line.ends_with(SENTENCE_ENDS);
    let last = lines
        .iter()
        .rposition(|line| is_told(line, LONG_ENDING))
        .map_or(0, |last| last + 1);
    let first = lines[..last]
        .iter()
        .position(|line| is_told(line, LONG_OPENING))
        .unwrap_or(0);
    let kept = lines[first..last].join("\n");
    if kept.len() as f64 >= LEAST_KEPT * text.len() as f64 {
        kept
    } else {
        text.to_owned()
    }
}

/// How a line of an article ends.
const SENTENCE_ENDS: [char; 15] = [
    '.', '!', '?', '…', ')', '"', '\'', '”', '“', '’', '»', '。', '؟', '؛', '।',
];

/// The least length, in bytes, of a last line that is kept although no sentence ends it.
const LONG_ENDING: usize = 80;

/// The same of a first line.
const LONG_OPENING: usize = 60;

/// The least share of a text's bytes that must be left without its edges; else the text stays
/// whole.
const LEAST_KEPT: f64 = 0.6;

/// What those say who ask for consent, in small letters.
const BANNERS: [&str; 16] = [
    "we value your privacy",
    "we use cookies",
    "uses cookies",
    "use of cookies",
    "your consent",
    "accept all",
    "wir verwenden cookies",
    "verwendet cookies",
    "mit werbung und tracking",
    "utilisons des cookies",
    "utilise des cookies",
    "utilizamos cookies",
    "usamos cookies",
    "utilizza i cookie",
    "gebruiken cookies",
    "ملفات تعريف الارتباط",
];

/// What the sentences of such a banner speak of, in small letters.
const OF_CONSENT: [&str; 28] = [
    "cookie",
    "consent",
    "privacy",
    "personal data",
    "partner",
    "tracking",
    "personali",
    "advertis",
    "javascript",
    "ad blocker",
    "subscri",
    "device",
    "datenschutz",
    "einwillig",
    "werbung",
    "zustimm",
    "konsent",
    "vie privée",
    "confidentialité",
    "partenaire",
    "publicité",
    "privacidad",
    "publicidad",
    "pubblicità",
    "toestemming",
    "ملفات تعريف",
    "الخصوصية",
    "موافق",
];

/// A longer text is more than a banner, in bytes.
const LONGEST_BANNER: usize = 4000;

/// The share of a banner's sentences that speak of consent at least.
const LEAST_OF_CONSENT: f64 = 0.6;

/// Whether a text asks for consent and tells nothing else: a wall in place of an article.
pub(super) fn is_wall(text: &str) -> bool {
    if text.len() > LONGEST_BANNER {
        return false;
    }
    let small = text.to_lowercase();
    let sentences = || {
        small
            .split(['.', '!', '?', '؟', '\n'])
            .filter(|sentence| sentence.split_whitespace().nth(2).is_some())
    };
    let of_consent = sentences()
        .filter(|sentence| OF_CONSENT.iter().any(|word| sentence.contains(word)))
        .count();
    let is_banner = BANNERS.iter().any(|phrase| small.contains(phrase));
    is_banner && of_consent as f64 >= LEAST_OF_CONSENT * sentences().count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(html: &str) -> String {
        let page = Document::from(html);
        remove(&page);
        page.select("body")
            .text()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn clutter_goes_and_the_article_stays() {
        let story = "Cars crossed the new bridge in the morning, the mayor said.";
        let cases = [
            "<figure><figcaption>The bridge</figcaption></figure>",
            "<div class='wp-caption'>The bridge</div>",
            "<div id='relatedPosts'>Rain</div>",
            "<div class='box post_newsletter'><p>Sign up</p></div>",
            "<div class='cookie-notice'>We use cookies</div>",
            "<ruby><rt>hashi</rt></ruby>",
        ];
        for clutter in cases {
            assert_eq!(
                left(&format!("<h1>Bridge</h1> <p>{story}</p>{clutter}")),
                format!("Bridge {story}"),
                "{clutter}"
            );
        }
        // Whatever they are called: what holds the headline, and what holds most of the page.
        for name in ["has-cookies", "biography", "scredit"] {
            assert_eq!(
                left(&format!("<div class='{name}'><p>{story}</p></div>")),
                story,
                "{name}"
            );
        }
        let headline = format!("<div class='credits'><h1>Bridge</h1></div> <p>{story}</p>");
        assert_eq!(left(&headline), format!("Bridge {story}"));
    }

    #[test]
    fn lines_at_the_ends_that_are_no_sentences_go() {
        let story = "Cars crossed the new bridge in the morning, the mayor said.\nShips waited.";
        assert_eq!(
            without_edges(&format!(
                "Photo: Harbour\n{story}\nMore news\nRain on the coast"
            )),
            story
        );
        assert_eq!(without_edges("One\nTwo\nThree"), "One\nTwo\nThree");
        assert_eq!(without_edges(""), "");
        let arabic = "عبرت السيارات الجسر الجديد صباح اليوم بعد افتتاحه رسميا";
        assert_eq!(without_edges(arabic), arabic);
    }

    #[test]
    fn walls_of_consent_are_told_from_stories_about_them() {
        for wall in [
            "We value your privacy. We and our partners store cookies on a device. You may consent or subscribe.",
            "Wir verwenden Cookies. Mit Ihrer Einwilligung zeigen wir personalisierte Werbung.",
            "نستخدم ملفات تعريف الارتباط لتحسين الخدمة. يرجى الموافقة على سياسة الخصوصية.",
        ] {
            assert!(is_wall(wall), "{wall}");
        }
        for story in [
            "",
            "The court fined the harbour shop on Monday. Its page uses cookies without asking. The owner will appeal. \
             The fine is the highest so far. Ships waited outside.",
        ] {
            assert!(!is_wall(story), "{story}");
        }
    }
}
