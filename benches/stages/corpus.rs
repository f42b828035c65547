//! Synthetic news.
//!
//! Input: a seed. Output: items of invented words in Latin or Arabic letters with Zipf frequencies,
//! and planted duplicates with small edits.

use std::fmt::Write;

/// The script of the invented words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    Latin,
    Arabic,
}

/// One item of a corpus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub title: String,
    pub text: String,
    /// The item of which the item is a planted duplicate.
    pub copy_of: Option<usize>,
}

const WORDS: usize = 20_000;

/// The most frequent words, by which language detection recognises the language.
const ENGLISH: &str =
    "the of to in and for on with from after says his has that this are its at by as";
const ARABIC: &str = "في من على إلى عن مع أن بعد هذا التي الذي بين قبل كان لا ما أو خلال عند ضد";

/// One item in so many is a copy of an earlier one.
const COPIES: u64 = 10;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize]
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Generates texts; equal seeds give equal texts.
pub struct Writer {
    random: Random,
    letters: Letters,
    words: Vec<String>,
    sums: Vec<f64>,
}

impl Writer {
    pub fn new(seed: u64, letters: Letters) -> Self {
        let mut random = Random(seed);
        let invent = if letters == Letters::Latin {
            latin
        } else {
            arabic
        };
        let mut words: Vec<String> = (0..WORDS).map(|_| invent(&mut random)).collect();
        let common = if letters == Letters::Latin {
            ENGLISH
        } else {
            ARABIC
        };
        words
            .iter_mut()
            .zip(common.split(' '))
            .for_each(|(word, common)| *word = common.to_owned());
        let mut sum = 0.0;
        let sums = (0..WORDS).map(|rank| {
            sum += 1.0 / (rank as f64 + 2.7);
            sum
        });
        Writer {
            sums: sums.collect(),
            random,
            letters,
            words,
        }
    }

    fn word(&mut self) -> String {
        let at = self.random.share() * self.sums[WORDS - 1];
        self.words[self.sums.partition_point(|&sum| sum < at).min(WORDS - 1)].clone()
    }

    /// A title of nine to fourteen words.
    pub fn headline(&mut self) -> String {
        let length = 9 + self.random.below(6);
        (0..length)
            .map(|_| self.word())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// A body of so many words, in sentences with a comma, a figure and a quotation now and then.
    pub fn body(&mut self, length: usize) -> String {
        let mut text = String::new();
        let comma = if self.letters == Letters::Latin {
            ","
        } else {
            "،"
        };
        for place in 1..=length {
            let word = self.word();
            match self.random.below(80) {
                0 => write!(
                    text,
                    "{},{:03}.{}",
                    self.random.below(90),
                    self.random.below(1000),
                    self.random.below(10)
                ),
                1 => write!(text, "“{word}”"),
                2..=6 => write!(text, "{word}{comma}"),
                7..=10 => write!(text, "{word}."),
                _ => write!(text, "{word}"),
            }
            .expect("a string takes all");
            text.push_str(if place % 90 == 0 { "\n" } else { " " });
        }
        text
    }

    /// A text with one word in so many replaced.
    fn edited(&mut self, text: &str, one_in: u64) -> String {
        let edit = |word: &str| {
            if self.random.below(one_in) == 0 {
                self.word()
            } else {
                word.to_owned()
            }
        };
        text.split(' ').map(edit).collect::<Vec<_>>().join(" ")
    }

    /// So many items of a headline and perhaps a body, of which one in ten is a copy: a headline in
    /// other case and with another mark at its end, or with another last word; a body with one
    /// word in a hundred replaced.
    pub fn items(&mut self, count: usize, body_words: usize) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::with_capacity(count);
        for place in 0..count {
            let of = self.random.below(place.max(1) as u64) as usize;
            let copied = items.get(of).filter(|of| of.copy_of.is_none()).cloned();
            items.push(match copied.filter(|_| self.random.below(COPIES) == 0) {
                Some(item) => {
                    let (start, last) = item.title.rsplit_once(' ').unwrap_or(("", &item.title));
                    let last = if self.random.below(2) == 0 {
                        self.word()
                    } else {
                        format!("{last}!")
                    };
                    Item {
                        title: format!("{start} {last}"),
                        text: self.edited(&item.text, 100),
                        copy_of: Some(of),
                    }
                }
                None => Item {
                    title: self.headline(),
                    text: self.body(body_words),
                    copy_of: None,
                },
            });
        }
        items
    }
}

/// The items as JSON Lines.
pub fn lines(items: &[Item]) -> Vec<u8> {
    let line = |(id, item): (usize, &Item)| match item.text.is_empty() {
        true => serde_json::json!({ "id": format!("{id:07}"), "title": item.title }),
        false => {
            serde_json::json!({ "id": format!("{id:07}"), "title": item.title, "text": item.text })
        }
    };
    items
        .iter()
        .enumerate()
        .flat_map(|item| format!("{}\n", line(item)).into_bytes())
        .collect()
}

fn latin(random: &mut Random) -> String {
    const ONSETS: [&str; 16] = [
        "b", "br", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "st", "t", "tr", "v",
    ];
    const VOWELS: [&str; 7] = ["a", "e", "i", "o", "u", "ai", "ou"];
    const CODAS: [&str; 8] = ["", "", "n", "r", "s", "l", "nd", "t"];
    let syllables = 1 + random.below(4);
    let mut word: String = (0..syllables)
        .map(|_| [random.of(&ONSETS), random.of(&VOWELS), random.of(&CODAS)].concat())
        .collect();
    match random.below(30) {
        0..=3 => word[..1].make_ascii_uppercase(),
        4 => word.push_str("’s"),
        5 => word.push_str("-on"),
        _ => {}
    }
    word
}

fn arabic(random: &mut Random) -> String {
    const LETTERS: [char; 28] = [
        'ا', 'ب', 'ت', 'ث', 'ج', 'ح', 'خ', 'د', 'ذ', 'ر', 'ز', 'س', 'ش', 'ص', 'ض', 'ط', 'ظ', 'ع',
        'غ', 'ف', 'ق', 'ك', 'ل', 'م', 'ن', 'ه', 'و', 'ي',
    ];
    let article = random.of(&["", "", "ال", "وال", "أ", "إ"]);
    let stem: String = (0..3 + random.below(3))
        .map(|_| random.of(&LETTERS))
        .collect();
    let ending = random.of(&["", "", "", "ة", "ات", "ى", "ين", "اً"]);
    [article, &stem, ending].concat()
}
