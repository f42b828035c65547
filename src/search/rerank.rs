//! The order of a list of similar items: limits per source, and maximal marginal relevance.

use hashbrown::HashMap;

use super::{Hit, ListRules};

/// A hit to be ordered.
#[derive(Debug, Clone, Copy)]
pub(super) struct RankedHit {
    pub(super) hit: Hit,
    /// The score of the hit with what other hits add.
    pub(super) score: f64,
    /// The maximum redundancy with an entry of the list.
    redundancy: f64,
}

impl RankedHit {
    pub(super) fn new(hit: Hit) -> Self {
        RankedHit {
            hit,
            score: hit.score,
            redundancy: 0.0,
        }
    }

    fn marginal_relevance(&self, diversity: f64) -> f64 {
        (1.0 - diversity) * self.score - diversity * self.redundancy
    }
}

/// The first `limit` hits of each source; 0 for no limit. Hits without a source are not limited.
pub(super) fn limited_per_source(
    mut hits: Vec<Hit>,
    limit: usize,
    source: impl Fn(u32) -> Option<u32>,
) -> Vec<Hit> {
    if limit == 0 {
        return hits;
    }
    let mut counts: HashMap<u32, usize> = HashMap::new();
    hits.retain(|hit| {
        let Some(source) = source(hit.item) else {
            return true;
        };
        let count = counts.entry(source).or_default();
        *count += 1;
        *count <= limit
    });
    hits
}

/// Orders hits, given in list order, by maximal marginal relevance (Carbonell and Goldstein 1998):
///
/// ```text
/// relevance(h) = (1 - diversity) score(h) - diversity max over entries e of similarity(e, h)²
/// ```
///
/// Hits of the same story come first. The similarity is squared, because items of one story have
/// similarities of 0.25 to 0.5 without being redundant. `similarities` gives the similarity of an
/// entry with each of other items.
pub(super) fn diversified(
    mut left: Vec<RankedHit>,
    rules: &ListRules,
    mut similarities: impl FnMut(u32, &[u32]) -> Vec<f64>,
) -> Vec<Hit> {
    let mut list: Vec<Hit> = Vec::new();
    while list.len() < rules.max_items && !left.is_empty() {
        let entry = left.remove(most_relevant(&left, rules.diversity)).hit;
        list.push(entry);
        if list.len() < rules.max_items {
            let items: Vec<u32> = left.iter().map(|ranked| ranked.hit.item).collect();
            for (ranked, similarity) in left.iter_mut().zip(similarities(entry.item, &items)) {
                ranked.redundancy = ranked.redundancy.max(similarity.powi(2));
            }
        }
    }
    list
}

/// The place of the most relevant hit among those with the relation of the first; of equals the
/// first.
fn most_relevant(hits: &[RankedHit], diversity: f64) -> usize {
    let mut best = 0;
    for (place, ranked) in hits.iter().enumerate() {
        if ranked.hit.relation != hits[0].hit.relation {
            break;
        }
        let relevance = ranked.marginal_relevance(diversity);
        if relevance
            .total_cmp(&hits[best].marginal_relevance(diversity))
            .is_gt()
        {
            best = place;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::StoryRelation::{self, OtherStory, SameStory};
    use super::*;

    fn hit(item: u32, relation: StoryRelation, score: f64) -> Hit {
        Hit {
            item,
            relation,
            score,
        }
    }

    fn items_of(hits: &[Hit]) -> Vec<u32> {
        hits.iter().map(|hit| hit.item).collect()
    }

    #[test]
    fn a_redundant_hit_comes_after_a_lower_score() {
        let similarity = |a: u32, b: u32| if a.max(b) == 1 { 0.9 } else { 0.0 };
        let list = |diversity: f64| {
            let hits = [(0, 0.5), (1, 0.45), (2, 0.3)];
            let ranked = hits.map(|(item, score)| RankedHit::new(hit(item, OtherStory, score)));
            let rules = ListRules {
                max_items: 2,
                diversity,
                ..ListRules::default()
            };
            let list = diversified(ranked.to_vec(), &rules, |entry, others| {
                others
                    .iter()
                    .map(|&other| similarity(entry, other))
                    .collect()
            });
            items_of(&list)
        };
        assert_eq!(list(0.0), [0, 1]);
        assert_eq!(list(0.5), [0, 2]);
    }

    #[test]
    fn hits_of_the_same_story_come_first() {
        let hits = [
            hit(0, SameStory, 0.2),
            hit(1, SameStory, 0.1),
            hit(2, OtherStory, 0.9),
        ];
        let rules = ListRules {
            diversity: 0.9,
            ..ListRules::default()
        };
        let ranked = hits.map(RankedHit::new).to_vec();
        let list = diversified(ranked, &rules, |_, others| vec![1.0; others.len()]);
        assert_eq!(items_of(&list), [0, 1, 2]);
    }

    #[test]
    fn hits_are_limited_per_source() {
        let hits = (0..6).map(|item| hit(item, OtherStory, 1.0)).collect();
        let source = |item: u32| (item < 3).then_some(item % 2);
        assert_eq!(
            items_of(&limited_per_source(hits, 1, source)),
            [0, 1, 3, 4, 5]
        );
    }
}
