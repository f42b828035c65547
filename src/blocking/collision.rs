//! The collision rule: which collisions make two texts a candidate pair.
//!
//! Input: two members of a bucket, or a sorted list of collisions. Output: the collisions of the
//! two members, or the frequent collisions. One collision in a similarity table is enough. In the
//! containment table of a field, one text must probe [`MIN_COLLISIONS`] times with indexed keys of
//! the other text.

use super::tables::TableKind;
use crate::ids::Field;

/// Number of collisions in the containment table of a field that make a candidate pair. A text that
/// contains a shorter text shares at least two of the
/// [`PROBE_SHINGLES`](crate::verify::PROBE_SHINGLES) probes.
pub const MIN_COLLISIONS: usize = 2;

/// Collisions are counted per kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CollisionKind {
    /// In a similarity table of either field.
    Similarity,
    /// In the containment table of a field.
    Containment(Field),
}

impl CollisionKind {
    /// Number of collisions of the kind that make a candidate pair.
    pub fn min_collisions(self) -> usize {
        match self {
            CollisionKind::Similarity => 1,
            CollisionKind::Containment(_) => MIN_COLLISIONS,
        }
    }

    /// The kind as a number for exchange between machines: 0 for similarity, 1 and 2 for
    /// containment of titles and bodies.
    pub fn code(self) -> u8 {
        match self {
            CollisionKind::Similarity => 0,
            CollisionKind::Containment(Field::Title) => 1,
            CollisionKind::Containment(Field::Body) => 2,
        }
    }
}

/// Two texts with an equal key in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collision<T> {
    /// What the collision counts for.
    pub kind: CollisionKind,
    /// The text that probes with the key; either text in a similarity table.
    pub probe: T,
    /// The text that has the key.
    pub indexed: T,
}

/// A member of a bucket: a text, and whether it probes with the key of the bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<T> {
    pub(super) text: T,
    pub(super) probes: bool,
}

impl TableKind {
    /// The collisions of `member` with an earlier member of its bucket.
    #[inline]
    pub(super) fn collisions<T: Copy>(
        self,
        earlier: Member<T>,
        member: Member<T>,
    ) -> impl Iterator<Item = Collision<T>> {
        let collision = |kind, probe, indexed| Collision {
            kind,
            probe,
            indexed,
        };
        let (earlier_text, text) = (earlier.text, member.text);
        match self {
            TableKind::Similarity { .. } => [
                Some(collision(CollisionKind::Similarity, earlier_text, text)),
                None,
            ],
            TableKind::Containment { field } => {
                let kind = CollisionKind::Containment(field);
                [
                    member.probes.then(|| collision(kind, text, earlier_text)),
                    earlier.probes.then(|| collision(kind, earlier_text, text)),
                ]
            }
        }
        .into_iter()
        .flatten()
    }
}

/// Whether full texts do not collide in the field with other full texts: two items with full texts
/// are compared by body alone.
#[inline]
pub(super) fn skips_full_texts(field: Field, has_full_text: bool) -> bool {
    field == Field::Title && has_full_text
}

/// The distinct values of a sorted list that occur often enough to be candidates.
#[inline]
pub(super) fn frequent<T: Copy + PartialEq>(
    sorted: &[T],
    min_collisions: impl Fn(T) -> usize,
) -> impl Iterator<Item = T> {
    sorted
        .chunk_by(T::eq)
        .filter(move |run| run.len() >= min_collisions(run[0]))
        .map(|run| run[0])
}
