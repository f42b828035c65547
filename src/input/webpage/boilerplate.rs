//! Boilerplate removal before and after main text extraction.
//!
//! [`remove`]: a page without captions, ruby annotations, consent banners, author boxes, newsletter
//! forms and other stories. [`without_edges`]: a main text without headings of other stories at its
//! ends. [`is_consent_wall`]: whether a main text only asks for consent. Cost: linear in the page.
//!
//! Elements are removed before extraction because they may be longer than the main text. The class
//! words were selected on the pages of trafilatura's evaluation (DESIGN.md).

use dom_query::{Document, NodeRef};

/// Elements that never belong to the text of an article.
const BOILERPLATE_ELEMENTS: [&str; 6] = ["figcaption", "aside", "nav", "rt", "rp", "dialog"];

/// Words in a class or an id that mark an element as boilerplate.
const BOILERPLATE_WORDS: [&str; 24] = [
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

/// Elements with at least this share of the letters of a page hold the article, whatever their
/// class.
const ARTICLE_SHARE: f64 = 0.4;

/// A node of a page. Nodes are in document order.
struct PageNode<'p> {
    node: NodeRef<'p>,
    /// The index of the parent.
    parent: usize,
    /// Bytes of the text in the node, without spaces.
    letters: usize,
    /// Whether the node is or holds an `h1`.
    has_headline: bool,
}

/// Removes the boilerplate elements of a page.
pub(super) fn remove(page: &Document) {
    let nodes = page_nodes(page);
    let page_letters = nodes.first().map_or(0, |root| root.letters);
    let max_letters = page_letters as f64 * ARTICLE_SHARE;
    let mut is_removed = vec![false; nodes.len()];
    for (at, node) in nodes.iter().enumerate().skip(1) {
        if is_removed[node.parent] {
            is_removed[at] = true;
            continue;
        }
        let may_remove = !node.has_headline && (node.letters as f64) < max_letters;
        if may_remove && is_boilerplate(&node.node) {
            is_removed[at] = true;
            node.node.remove_from_parent();
        }
    }
}

fn page_nodes(page: &Document) -> Vec<PageNode<'_>> {
    let mut nodes = nodes_in_order(page);
    // Children follow their parent, so the backward pass sums whole subtrees.
    for at in (1..nodes.len()).rev() {
        let PageNode {
            parent,
            letters,
            has_headline,
            ..
        } = nodes[at];
        nodes[parent].letters += letters;
        nodes[parent].has_headline |= has_headline;
    }
    nodes
}

fn nodes_in_order(page: &Document) -> Vec<PageNode<'_>> {
    const INVISIBLE: [&str; 4] = ["script", "style", "noscript", "template"];
    let mut nodes = Vec::new();
    let mut stack = vec![(page.root(), 0)];
    while let Some((node, parent)) = stack.pop() {
        if let Some(next) = node.next_sibling() {
            stack.push((next, parent));
        }
        let is_visible = INVISIBLE.iter().all(|name| !node.has_name(name));
        if let Some(child) = node.first_child().filter(|_| is_visible) {
            stack.push((child, nodes.len()));
        }
        let letters = if node.is_text() {
            node.text().split_whitespace().map(str::len).sum()
        } else {
            0
        };
        nodes.push(PageNode {
            has_headline: node.has_name("h1"),
            node,
            parent,
            letters,
        });
    }
    nodes
}

fn is_boilerplate(node: &NodeRef<'_>) -> bool {
    let Some(name) = node.node_name() else {
        return false;
    };
    if BOILERPLATE_ELEMENTS.contains(&&*name) {
        return true;
    }
    let mut names = ["class", "id"].iter().filter_map(|name| node.attr(name));
    names.any(|names| has_boilerplate_word(&names))
}

/// Whether a class or an id has a word of [`BOILERPLATE_WORDS`]: "post-related", "relatedPosts".
fn has_boilerplate_word(names: &str) -> bool {
    let mut word = String::new();
    let mut was_lowercase = false;
    for c in names.chars().chain([' ']) {
        let is_boundary = !c.is_ascii_alphanumeric() || (was_lowercase && c.is_ascii_uppercase());
        if is_boundary {
            if BOILERPLATE_WORDS.contains(&word.as_str()) {
                return true;
            }
            word.clear();
        }
        was_lowercase = c.is_ascii_lowercase();
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
    }
    false
}

/// The last characters of sentences.
const SENTENCE_ENDS: [char; 15] = [
    '.', '!', '?', '…', ')', '"', '\'', '”', '“', '’', '»', '。', '؟', '؛', '।',
];

/// Bytes. A last line of at least this length is kept without the end of a sentence.
const MIN_LAST_LINE: usize = 80;

/// Bytes. A first line of at least this length is kept without the end of a sentence.
const MIN_FIRST_LINE: usize = 60;

/// Minimum share of the bytes that remain without the edges; otherwise the text stays whole.
const MIN_KEPT_SHARE: f64 = 0.6;

/// The text without the short lines at both ends that are no sentences: headings of other stories,
/// names, credits. A text that mostly consists of such lines stays whole.
pub(super) fn without_edges(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let last = lines
        .iter()
        .rposition(|line| is_prose(line, MIN_LAST_LINE))
        .map_or(0, |last| last + 1);
    let first = lines[..last]
        .iter()
        .position(|line| is_prose(line, MIN_FIRST_LINE))
        .unwrap_or(0);
    let kept = lines[first..last].join("\n");
    if kept.len() as f64 >= MIN_KEPT_SHARE * text.len() as f64 {
        kept
    } else {
        text.to_owned()
    }
}

/// Whether a line ends like a sentence or has at least `min_bytes`.
fn is_prose(line: &str, min_bytes: usize) -> bool {
    line.len() >= min_bytes || line.ends_with(SENTENCE_ENDS)
}

/// Phrases of consent banners, in lower case.
const CONSENT_PHRASES: [&str; 16] = [
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

/// Words in the sentences of consent banners, in lower case.
const CONSENT_WORDS: [&str; 28] = [
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

/// Bytes. Longer texts are no consent banners.
const MAX_BANNER_BYTES: usize = 4000;

/// Minimum share of the sentences of a consent banner that have a word of [`CONSENT_WORDS`].
const MIN_CONSENT_SHARE: f64 = 0.6;

/// Whether a text is a consent banner in place of an article.
pub(super) fn is_consent_wall(text: &str) -> bool {
    if text.len() > MAX_BANNER_BYTES {
        return false;
    }
    let text = text.to_lowercase();
    if !CONSENT_PHRASES.iter().any(|phrase| text.contains(phrase)) {
        return false;
    }
    let (mut sentences, mut about_consent) = (0u32, 0u32);
    for sentence in text.split(['.', '!', '?', '؟', '\n']) {
        if sentence.split_whitespace().nth(2).is_some() {
            sentences += 1;
            about_consent += u32::from(CONSENT_WORDS.iter().any(|word| sentence.contains(word)));
        }
    }
    f64::from(about_consent) >= MIN_CONSENT_SHARE * f64::from(sentences)
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
    fn boilerplate_is_removed_and_the_article_stays() {
        let story = "Cars crossed the new bridge in the morning, the mayor said.";
        let cases = [
            "<figure><figcaption>The bridge</figcaption></figure>",
            "<div class='wp-caption'>The bridge</div>",
            "<div id='relatedPosts'>Rain</div>",
            "<div class='box post_newsletter'><p>Sign up</p></div>",
            "<div class='cookie-notice'>We use cookies</div>",
            "<ruby><rt>hashi</rt></ruby>",
        ];
        for boilerplate in cases {
            assert_eq!(
                left(&format!("<h1>Bridge</h1> <p>{story}</p>{boilerplate}")),
                format!("Bridge {story}"),
                "{boilerplate}"
            );
        }
        // Elements with the headline or most of the page stay, whatever their class.
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
    fn edge_lines_that_are_no_sentences_are_removed() {
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
    fn consent_walls_are_distinguished_from_articles_about_consent() {
        for wall in [
            "We value your privacy. We and our partners store cookies on a device. You may consent or subscribe.",
            "Wir verwenden Cookies. Mit Ihrer Einwilligung zeigen wir personalisierte Werbung.",
            "نستخدم ملفات تعريف الارتباط لتحسين الخدمة. يرجى الموافقة على سياسة الخصوصية.",
        ] {
            assert!(is_consent_wall(wall), "{wall}");
        }
        for story in [
            "",
            "The court fined the harbour shop on Monday. Its page uses cookies without asking. The owner will appeal. \
             The fine is the highest so far. Ships waited outside.",
        ] {
            assert!(!is_consent_wall(story), "{story}");
        }
    }
}
