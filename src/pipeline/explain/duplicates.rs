//! The comparison of two items as duplicates.

use super::steps::path;
use crate::clustering::{
    CopyEvidence, Difference, EvidenceField, FieldOverlap, SourceRuling, changes,
};
use crate::config::Params;
use crate::pipeline::grouped::GroupedBatch;
use crate::pipeline::prepare::Prepared;
use crate::source_rules::Applied;
use crate::text::{Language, Stemmer, title_without_boilerplate};
use crate::verify::{FieldFingerprint, Fingerprint, PairEvidence, Reason, Verdict, describe};

/// Minimum Jaccard coefficient or containment of two fields whose difference is shown.
const MIN_OVERLAP: f64 = 0.3;

/// Compares two items as duplicates.
pub(super) fn duplicate_evidence(
    batch: &GroupedBatch<'_>,
    a: u32,
    b: u32,
    params: &Params,
) -> CopyEvidence {
    let duplicates = &batch.duplicates;
    let fingerprints = duplicates.copies.fingerprints([a, b].into_iter());
    let [x, y] = [a, b].map(|doc| fingerprints.get(doc));
    let edge = duplicates.edge(a, b);
    let verdict = params.duplicates.decide(x, y);
    let are_linked = duplicates.are_linked(a, b);
    let fields = overlaps(x, y);
    let path = match edge {
        None if are_linked => {
            let linked = &duplicates.components.linked;
            path(batch.prepared, linked, &duplicates.copies.edges, a, b)
        }
        _ => Vec::new(),
    };
    CopyEvidence {
        kind: edge.map(|edge| edge.kind()),
        likeness: verdict.likeness,
        reason: reason(batch.prepared, [a, b], [x, y], &verdict, params),
        threshold: params.duplicates.threshold,
        containment_threshold: params.duplicates.containment,
        too_short: [x.is_empty(), y.is_empty()],
        differences: fields
            .iter()
            .filter(|field| are_linked || field.jaccard.max(field.containment) >= MIN_OVERLAP)
            .map(|field| difference(batch.prepared, field.field, a, b))
            .collect(),
        fields,
        path,
    }
}

/// The overlap of each field that both items have.
fn overlaps(x: &Fingerprint, y: &Fingerprint) -> Vec<FieldOverlap> {
    let titles_count = !(x.has_text() && y.has_text());
    let title = overlap(
        EvidenceField::Title,
        x.title.as_ref(),
        y.title.as_ref(),
        titles_count,
    );
    let body = overlap(EvidenceField::Body, x.body.as_ref(), y.body.as_ref(), true);
    title.into_iter().chain(body).collect()
}

fn overlap(
    field: EvidenceField,
    a: Option<&FieldFingerprint>,
    b: Option<&FieldFingerprint>,
    counts: bool,
) -> Option<FieldOverlap> {
    let (a, b) = (a?, b?);
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

/// The differences of two items in a field, word by word.
fn difference(prepared: &Prepared<'_>, field: EvidenceField, a: u32, b: u32) -> Difference {
    let text = |doc: u32| match field {
        EvidenceField::Title => title_without_boilerplate(prepared.item(doc)),
        _ => &prepared.item(doc).text,
    };
    let stemmer = Stemmer::new(Language::UNKNOWN, None);
    Difference {
        field,
        changes: changes(text(a), text(b), &stemmer),
    }
}

/// The verdict in words. A verdict by a source rule names the rule.
fn reason(
    prepared: &Prepared<'_>,
    docs: [u32; 2],
    [x, y]: [&Fingerprint; 2],
    verdict: &Verdict,
    params: &Params,
) -> String {
    let evidence = PairEvidence::of(x, y);
    let Reason::BySource(copies) = verdict.reason else {
        return describe(verdict, &evidence);
    };
    let applied = docs
        .iter()
        .flat_map(|&doc| params.sources.applied(prepared.item(doc)))
        .find(|applied| applied.setting == ("copies", copies.as_written()));
    let rule = applied.map_or_else(String::new, |applied| format!(", {},", applied.rule));
    let reason = verdict.reason.describe().replacen(
        "a rule of the config",
        &format!("a rule of the config{rule}"),
        1,
    );
    format!("{}: {reason}", evidence.describe())
}

/// The source rules that apply to two items.
pub(super) fn source_rulings(
    prepared: &Prepared<'_>,
    docs: [u32; 2],
    params: &Params,
) -> Vec<SourceRuling> {
    let mut rulings: Vec<SourceRuling> = Vec::new();
    for doc in docs {
        let article = prepared.item(doc);
        for Applied { rule, setting } in params.sources.applied(article) {
            let sets = format!("{} = {}", setting.0, setting.1);
            let known = rulings
                .iter_mut()
                .find(|ruling| ruling.rule == rule && ruling.sets == sets);
            match known {
                Some(ruling) => ruling.items.push(article.id.to_string()),
                None => rulings.push(SourceRuling {
                    rule: rule.to_owned(),
                    sets,
                    items: vec![article.id.to_string()],
                }),
            }
        }
    }
    rulings
}
