//! A grouped batch and two of its items in, why they are together or apart out. What decided is
//! asked again, pair by pair and word by word; nothing is kept for it while the batch is grouped.

use std::collections::{BTreeMap, BTreeSet};

use super::Batch;
use super::stories::Stories;
use crate::article::Article;
use crate::cluster::{self, MergeStep, strongest_path};
use crate::clustering::{
    CopyEvidence, Difference, EvidencePart, Explanation, FieldOverlap, LoneTerm, Meeting, Named,
    Neighbour, Neighbourhood, Rarity, Ruling, SharedTerm, SourceRuling, Step, StoryEvidence,
    changes,
};
use crate::source_rules::Applied;
use crate::text::{
    Background, Language, Stemmer, Table, surface_tokens, title_without_boilerplate,
};
use crate::verify::{
    Edge, Evidence, FieldFingerprint, Fingerprint, Reason, StoryField, StoryPart, StoryView,
    Verdict, describe, figures_conflict,
};

/// So many of the words that only one item has are shown.
const LONE_TERMS: usize = 6;

/// Texts that share at least this much of what makes copies are worth a comparison word by word.
const WORTH_A_DIFF: f64 = 0.3;

/// An item without a headline is known by so many words.
const NAME_WORDS: usize = 12;

impl Batch<'_> {
    /// Why two items are together or apart.
    pub(super) fn explain(&self, a: u32, b: u32) -> Explanation {
        let same = |roots: &[u32]| roots[a as usize] == roots[b as usize];
        let story = self
            .stories
            .map(|stories| self.story_evidence(stories, a, b));
        let ruling = match story.as_ref().map(|story| &story.meeting) {
            Some(Meeting::Bound) => Some(Ruling::MustLink),
            Some(Meeting::Forbidden { .. }) => Some(Ruling::CannotLink),
            None if same(&self.parts.blocks) && !same(&self.parts.linked) => Some(Ruling::MustLink),
            _ => self.forbids(a, b).then_some(Ruling::CannotLink),
        };
        Explanation {
            items: [self.named(a), self.named(b)],
            same_duplicates: same(self.copy_roots),
            same_story: self.stories.map(|stories| same(&stories.roots)),
            constraint: ruling,
            rules: self.source_rulings([a, b]),
            copies: self.copy_evidence(a, b),
            story,
        }
    }

    /// The rules for the sources of two items.
    fn source_rulings(&self, items: [u32; 2]) -> Vec<SourceRuling> {
        let mut found: Vec<SourceRuling> = Vec::new();
        for doc in items {
            let article = self.docs[doc as usize];
            for Applied {
                rule,
                setting: (name, value),
            } in self.params.sources.applied(article)
            {
                let sets = format!("{name} = {value}");
                match found
                    .iter_mut()
                    .find(|one| one.rule == rule && one.sets == sets)
                {
                    Some(one) => one.items.push(article.id.to_string()),
                    None => found.push(SourceRuling {
                        rule: rule.to_owned(),
                        sets,
                        items: vec![article.id.to_string()],
                    }),
                }
            }
        }
        found
    }

    /// The decision about two items as copies in words. Of a rule for a source it is said which one
    /// decided.
    fn reason(&self, docs: [u32; 2], [x, y]: [&Fingerprint; 2], verdict: &Verdict) -> String {
        let evidence = Evidence::of(x, y);
        let Reason::BySource(copies) = verdict.reason else {
            return describe(verdict, &evidence);
        };
        let mut applied = docs
            .iter()
            .flat_map(|&doc| self.params.sources.applied(self.docs[doc as usize]));
        let rule = applied.find(|one| one.setting == ("copies", copies.as_written()));
        let rule = rule.map_or_else(String::new, |one| format!(", {},", one.rule));
        let reason = verdict.reason.describe().replacen(
            "a rule of the config",
            &format!("a rule of the config{rule}"),
            1,
        );
        format!("{}: {reason}", evidence.describe())
    }

    /// The items most like one, by the edges it has.
    pub(super) fn neighbours(&self, doc: u32, count: usize) -> Neighbourhood {
        let of = |edges: &[Edge]| {
            let own = edges
                .iter()
                .filter(|edge| edge.pair().a == doc || edge.pair().b == doc);
            own.map(|edge| (edge.pair().a + edge.pair().b - doc, *edge))
                .collect::<Vec<_>>()
        };
        let roots = self
            .stories
            .map_or(self.copy_roots, |stories| &stories.roots);
        let size = |roots: &[u32]| {
            roots
                .iter()
                .filter(|&&root| root == roots[doc as usize])
                .count()
        };
        let mut found: BTreeMap<u32, Edge> = self
            .stories
            .map_or_else(Vec::new, |it| of(&it.edges))
            .into_iter()
            .collect();
        found.extend(of(&self.copies.edges));
        let mut nearest: Vec<(u32, Edge)> = found.into_iter().collect();
        nearest.sort_by(|x, y| {
            y.1.similarity()
                .total_cmp(&x.1.similarity())
                .then(x.0.cmp(&y.0))
        });
        nearest.truncate(count);
        let neighbour = |(other, edge): (u32, Edge)| Neighbour {
            item: self.named(other),
            similarity: edge.similarity(),
            kind: edge.kind().name(),
            together: roots[other as usize] == roots[doc as usize],
        };
        Neighbourhood {
            item: self.named(doc),
            near_dup_size: size(self.copy_roots),
            cluster_size: size(roots),
            nearest: nearest.into_iter().map(neighbour).collect(),
        }
    }

    fn named(&self, doc: u32) -> Named {
        let article: &Article<'_> = self.docs[doc as usize];
        let first_words = || {
            article
                .text
                .split_whitespace()
                .take(NAME_WORDS)
                .collect::<Vec<_>>()
                .join(" ")
        };
        Named {
            id: article.id.to_string(),
            title: if article.title.is_empty() {
                first_words()
            } else {
                article.title.to_string()
            },
            source: article.source.as_deref().map(str::to_owned),
        }
    }

    /// Whether a cannot-link stands between the blocks of two items.
    fn forbids(&self, a: u32, b: u32) -> bool {
        let block = |doc: u32| self.parts.blocks[doc as usize];
        let (x, y) = (block(a), block(b));
        self.bounds
            .cannot
            .iter()
            .any(|&(one, other)| [(x, y), (y, x)].contains(&(block(one), block(other))))
    }

    fn copy_evidence(&self, a: u32, b: u32) -> CopyEvidence {
        let prints = self.copies.prints([a, b].into_iter());
        let [x, y] = [a, b].map(|doc| prints.get(doc));
        let both_texts = x.has_text() && y.has_text();
        let fields: Vec<FieldOverlap> = [("title", &x.title, &y.title), ("body", &x.body, &y.body)]
            .into_iter()
            .filter_map(|(name, x, y)| {
                overlap(
                    name,
                    x.as_ref()?,
                    y.as_ref()?,
                    name == "body" || !both_texts,
                )
            })
            .collect();
        let together = self.parts.linked[a as usize] == self.parts.linked[b as usize];
        let direct = self.compare(&self.params.duplicates, a, b);
        let verdict = self.params.duplicates.decide(x, y);
        let differs =
            |field: &FieldOverlap| together || field.jaccard.max(field.containment) >= WORTH_A_DIFF;
        CopyEvidence {
            kind: direct.map(|edge| edge.kind().name()),
            likeness: verdict.likeness,
            reason: self.reason([a, b], [x, y], &verdict),
            threshold: self.params.duplicates.threshold,
            containment_threshold: self.params.duplicates.containment,
            too_short: [x.is_empty(), y.is_empty()],
            differences: fields
                .iter()
                .filter(|it| differs(it))
                .map(|it| self.difference(it.field, a, b))
                .collect(),
            fields,
            path: if together && direct.is_none() {
                self.path(&self.parts.linked, &self.copies.edges, a, b)
            } else {
                Vec::new()
            },
        }
    }

    fn difference(&self, field: &'static str, a: u32, b: u32) -> Difference {
        let text = |doc: u32| match field {
            "title" => title_without_boilerplate(self.docs[doc as usize]),
            _ => &self.docs[doc as usize].text,
        };
        let stemmer = Stemmer::new(Language::UNKNOWN, None);
        Difference {
            field,
            changes: changes(text(a), text(b), &stemmer),
        }
    }

    /// The strongest way between two items of one group over its edges, the group's own alone.
    fn path(&self, roots: &[u32], edges: &[Edge], a: u32, b: u32) -> Vec<Step> {
        let within = |doc: u32| roots[doc as usize] == roots[a as usize];
        let own = edges
            .iter()
            .filter(|edge| within(edge.pair().a) && within(edge.pair().b));
        let links: Vec<(u32, u32, f64)> = own
            .clone()
            .map(|edge| (edge.pair().a, edge.pair().b, edge.similarity()))
            .collect();
        let way = strongest_path(roots.len(), &links, a, b).unwrap_or_default();
        let step = |pair: &[u32]| {
            let is_it = |edge: &&Edge| {
                [edge.pair().a, edge.pair().b] == [pair[0].min(pair[1]), pair[0].max(pair[1])]
            };
            own.clone()
                .find(is_it)
                .map(|edge| self.step(edge, pair[0], pair[1]))
        };
        way.windows(2).filter_map(step).collect()
    }

    fn step(&self, edge: &Edge, from: u32, to: u32) -> Step {
        Step {
            from: self.named(from),
            to: self.named(to),
            similarity: edge.similarity(),
            kind: edge.kind().name(),
        }
    }

    fn story_evidence(&self, stories: &Stories, a: u32, b: u32) -> StoryEvidence {
        let [x, y] = [a, b].map(|doc| &stories.views[doc as usize]);
        let parts = self.params.stories.parts(x, y);
        let adds = |part: &StoryPart<'_>| {
            let cosine = part.a.cosine(part.b, part.damping);
            let field = field_name(part.field);
            EvidencePart {
                field,
                weight: part.weight,
                cosine,
                adds: part.weight * cosine,
            }
        };
        let shown: Vec<EvidencePart> = parts
            .iter()
            .filter(|part| part.weight > 0.0)
            .map(adds)
            .collect();
        let words = [a, b].map(|doc| Surfaces::of(self, stories, doc));
        let (one, other) = (self.teller(stories, a), self.teller(stories, b));
        let together = stories.roots[a as usize] == stories.roots[b as usize];
        StoryEvidence {
            similarity: shown.iter().map(|part| part.adds).sum(),
            floor: self.params.stories.min_similarity,
            days_apart: x.published.zip(y.published).map(|(x, y)| x.days_from(y)),
            window: self.params.stories.window_days,
            freshness: self.params.stories.recency_decay(x, y),
            other_figures: figures_conflict(x, y)
                .then(|| [words[0].figures(x), words[1].figures(y)]),
            shared: self.shared(stories, &parts, [a, b], &words),
            alone: [
                self.alone(stories, a, &words[0], &words[1]),
                self.alone(stories, b, &words[1], &words[0]),
            ],
            path: match (one, other) {
                (Some(one), Some(other)) if together && one != other => {
                    self.path(&stories.roots, &stories.edges, one, other)
                }
                _ => Vec::new(),
            },
            meeting: self.meeting(stories, [a, b], [one, other]),
            parts: shown,
        }
    }

    /// The item that tells the text of another.
    fn teller(&self, stories: &Stories, doc: u32) -> Option<u32> {
        let root = self.parts.linked[doc as usize];
        stories
            .representatives
            .iter()
            .copied()
            .find(|&teller| self.parts.linked[teller as usize] == root)
    }

    fn meeting(&self, stories: &Stories, [a, b]: [u32; 2], tellers: [Option<u32>; 2]) -> Meeting {
        if self.parts.linked[a as usize] == self.parts.linked[b as usize] {
            return Meeting::Copies;
        }
        let [Some(one), Some(other)] = tellers else {
            let bound = self.parts.blocks[a as usize] == self.parts.blocks[b as usize];
            return if bound {
                Meeting::Bound
            } else {
                Meeting::TooShort
            };
        };
        let n = stories.views.len();
        let threshold = self.params.linkage.threshold;
        let texts = |met: &MergeStep| [met.ours.len(), met.theirs.len()];
        match cluster::merge_trace(
            n,
            &stories.edges,
            self.params.linkage,
            &stories.bounds,
            (one, other),
        ) {
            cluster::MergeTrace::Bound => Meeting::Bound,
            cluster::MergeTrace::Merged(met) => Meeting::Merged {
                texts: texts(&met),
                strength: met.strength,
                threshold,
            },
            cluster::MergeTrace::Apart(met) => Meeting::Apart {
                texts: texts(&met),
                strength: met.strength,
                threshold,
                best: self.best_between(&stories.edges, &met),
            },
            cluster::MergeTrace::Forbidden(met) => Meeting::Forbidden {
                texts: texts(&met),
                strength: met.strength,
                threshold,
            },
        }
    }

    fn best_between(&self, edges: &[Edge], met: &MergeStep) -> Option<Step> {
        let side = |doc: u32| {
            (
                met.ours.binary_search(&doc).is_ok(),
                met.theirs.binary_search(&doc).is_ok(),
            )
        };
        let turned = |edge: &Edge| match (side(edge.pair().a), side(edge.pair().b)) {
            ((true, _), (_, true)) => Some((edge.pair().a, edge.pair().b)),
            ((_, true), (true, _)) => Some((edge.pair().b, edge.pair().a)),
            _ => None,
        };
        let across = edges
            .iter()
            .filter_map(|edge| turned(edge).map(|pair| (edge, pair)));
        let best = across
            .max_by(|(x, p), (y, q)| x.similarity().total_cmp(&y.similarity()).then(q.cmp(p)))?;
        Some(self.step(best.0, best.1.0, best.1.1))
    }

    /// The words both items have, with what headlines and leads together owe to each.
    fn shared(
        &self,
        stories: &Stories,
        parts: &[StoryPart<'_>],
        [a, b]: [u32; 2],
        words: &[Surfaces<'_>; 2],
    ) -> Vec<SharedTerm> {
        let mut adds: BTreeMap<u32, f64> = BTreeMap::new();
        for part in parts
            .iter()
            .filter(|part| part.field != StoryField::CharGrams && part.weight > 0.0)
        {
            for (term, share) in part.a.shares(part.b, part.damping) {
                *adds.entry(term).or_default() += part.weight * share;
            }
        }
        let total: f64 = parts
            .iter()
            .map(|part| part.weight * part.a.cosine(part.b, part.damping))
            .sum();
        let value = |doc: u32, term: u32| {
            let view = &stories.views[doc as usize];
            view.lead
                .value(term)
                .or(view.title.value(term))
                .unwrap_or(0.0)
        };
        let mut found: Vec<SharedTerm> = adds
            .into_iter()
            .map(|(term, adds)| SharedTerm {
                words: [words[0].show(term), words[1].show(term)],
                adds,
                share: adds / total.max(f64::MIN_POSITIVE),
                values: [value(a, term), value(b, term)],
                rarity: self.rarity(stories, a, term),
                phrase: words[0].phrase(term).or_else(|| words[1].phrase(term)),
            })
            .collect();
        found.sort_by(|x, y| {
            y.adds
                .total_cmp(&x.adds)
                .then_with(|| x.words.cmp(&y.words))
        });
        found
    }

    /// The weightiest words that one item has and the other lacks.
    fn alone(
        &self,
        stories: &Stories,
        doc: u32,
        own: &Surfaces<'_>,
        other: &Surfaces<'_>,
    ) -> Vec<LoneTerm> {
        let view = &stories.views[doc as usize];
        let vector = if view.lead.is_empty() {
            &view.title
        } else {
            &view.lead
        };
        let lone = |&(term, value): &(u32, f32)| {
            let word = own.show(term);
            let is_alone = !other.words.contains_key(&term);
            is_alone.then(|| LoneTerm {
                word,
                value: f64::from(value),
                rarity: self.rarity(stories, doc, term),
            })
        };
        let mut found: Vec<LoneTerm> = vector.values().iter().filter_map(lone).collect();
        found.sort_by(|x, y| {
            y.value
                .total_cmp(&x.value)
                .then_with(|| x.word.cmp(&y.word))
        });
        found.truncate(LONE_TERMS);
        found
    }

    /// How rare a term is in texts at large, and among those of the batch in the item's language.
    fn rarity(&self, stories: &Stories, doc: u32, term: u32) -> Rarity {
        let language = stories.languages[doc as usize];
        let at_large = self.backgrounds.of(language).map(|known| {
            [
                known.count(Table::Text, term) as usize,
                known.items(Table::Text) as usize,
            ]
        });
        let alike = || {
            stories
                .representatives
                .iter()
                .filter(|&&teller| stories.languages[teller as usize] == language)
        };
        let has = |&&teller: &&u32| {
            let view = &stories.views[teller as usize];
            view.title.value(term).or(view.lead.value(term)).is_some()
        };
        Rarity {
            at_large,
            here: [alike().filter(has).count(), alike().count()],
        }
    }
}

fn field_name(field: StoryField) -> &'static str {
    match field {
        StoryField::Title => "title",
        StoryField::Lead => "lead",
        StoryField::CharGrams => "letters",
    }
}

fn overlap(
    field: &'static str,
    a: &FieldFingerprint,
    b: &FieldFingerprint,
    counts: bool,
) -> Option<FieldOverlap> {
    let found = a.overlap(b)?;
    Some(FieldOverlap {
        field,
        shingles: [a.set.len(), b.set.len()],
        shared: found.shared,
        jaccard: found.jaccard,
        containment: found.containment,
        counts,
    })
}

/// A phrase says this much less than its words one by one before it is worth a remark.
const SAYS_LESS: f64 = 0.9;

/// Whether two neighbours are a phrase of the trade that says less than its words.
fn says_less(known: &Background, first: u32, second: u32) -> bool {
    let items = f64::from(known.items(Table::Text));
    let weight =
        |term| libm::log((items + 1.0) / (f64::from(known.count(Table::Text, term)) + 0.5));
    known
        .phrase(first, second)
        .is_some_and(|said| said < SAYS_LESS * (weight(first) + weight(second)))
}

/// The words of an item by their terms.
struct Surfaces<'t> {
    words: BTreeMap<u32, &'t str>,
    phrases: BTreeMap<u32, String>,
}

impl<'t> Surfaces<'t> {
    fn of(batch: &Batch<'t>, stories: &Stories, doc: u32) -> Self {
        let known = batch.backgrounds.of(stories.languages[doc as usize]);
        let stemmer = Stemmer::new(stories.languages[doc as usize], known);
        let mut surfaces = Surfaces {
            words: BTreeMap::new(),
            phrases: BTreeMap::new(),
        };
        for text in [batch.title(doc as usize), &*batch.docs[doc as usize].text] {
            let words = surface_tokens(text, &stemmer);
            for (at, word) in words.iter().enumerate() {
                if let Some(term) = word.term {
                    surfaces
                        .words
                        .entry(term)
                        .or_insert(&text[word.at..words[at + word.span - 1].end()]);
                }
            }
            for pair in words.windows(2) {
                let (Some(first), Some(second)) = (pair[0].term, pair[1].term) else {
                    continue;
                };
                if known.is_some_and(|known| says_less(known, first, second)) {
                    for term in [first, second] {
                        surfaces
                            .phrases
                            .entry(term)
                            .or_insert_with(|| text[pair[0].at..pair[1].end()].to_owned());
                    }
                }
            }
        }
        surfaces
    }

    fn show(&self, term: u32) -> String {
        self.words.get(&term).copied().unwrap_or("?").to_owned()
    }

    /// The figures of an item, as it writes them.
    fn figures(&self, view: &StoryView) -> Vec<String> {
        view.figures
            .iter()
            .map(|&figure| self.show(figure))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    fn phrase(&self, term: u32) -> Option<String> {
        self.phrases.get(&term).cloned()
    }
}
