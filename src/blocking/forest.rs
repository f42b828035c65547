//! Spanning forest of the components of an index: one tree of verified pairs per component.
//!
//! Each link keeps the buckets of the collisions, so the index knows the links that a changed
//! bucket affects. Cost: O(depth) per operation.

use crate::ids::{IdVec, TableId, TextId};

/// A bucket: its table and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BucketRef {
    pub(super) table: TableId,
    pub(super) key: u32,
}

/// The buckets with the collisions of a candidate pair: one bucket of a similarity table, twice, or
/// two buckets of a containment table. `None` for tied texts.
pub(super) type LinkEvidence = Option<[BucketRef; 2]>;

/// A parent per text; a root has none.
#[derive(Debug, Default)]
pub(super) struct SpanningForest {
    nodes: IdVec<TextId, TreeNode>,
    generations: u32,
}

#[derive(Debug, Default)]
struct TreeNode {
    /// Distinguishes the text from earlier texts with the same `TextId`.
    generation: u32,
    link: Option<Box<TreeLink>>,
    children: u32,
}

#[derive(Debug)]
struct TreeLink {
    parent: TextId,
    /// Generation of the parent: once the parent is removed its `TextId` may be reused.
    generation: u32,
    evidence: LinkEvidence,
}

impl SpanningForest {
    /// Adds a text as a root.
    pub(super) fn insert(&mut self, text: TextId) {
        self.generations = self.generations.wrapping_add(1).max(1);
        self.nodes.extend_to(text);
        self.nodes[text] = TreeNode {
            generation: self.generations,
            ..TreeNode::default()
        };
    }

    /// Removes a detached text. Its children become roots.
    pub(super) fn remove(&mut self, text: TextId) {
        self.nodes[text] = TreeNode::default();
    }

    /// The parent of a text.
    pub(super) fn parent(&self, text: TextId) -> Option<TextId> {
        let link = self.nodes[text].link.as_deref()?;
        (self.nodes[link.parent].generation == link.generation).then_some(link.parent)
    }

    /// The buckets in which a text and its parent collide.
    pub(super) fn evidence(&self, text: TextId) -> LinkEvidence {
        self.nodes[text].link.as_deref()?.evidence
    }

    /// Whether a text has a parent, possibly a removed one, or children.
    pub(super) fn is_linked(&self, text: TextId) -> bool {
        let node = &self.nodes[text];
        node.children > 0 || node.link.is_some()
    }

    /// Whether `ancestor` is the text or an ancestor of the text.
    pub(super) fn is_below(&self, mut text: TextId, ancestor: TextId) -> bool {
        while text != ancestor {
            let Some(parent) = self.parent(text) else {
                return false;
            };
            text = parent;
        }
        true
    }

    /// Attaches a root to a parent.
    pub(super) fn attach(&mut self, text: TextId, parent: TextId, evidence: LinkEvidence) {
        let generation = self.nodes[parent].generation;
        self.nodes[text].link = Some(Box::new(TreeLink {
            parent,
            generation,
            evidence,
        }));
        self.nodes[parent].children += 1;
    }

    /// Makes a text a root. Returns the parent and the evidence of the removed link.
    pub(super) fn detach(&mut self, text: TextId) -> Option<(TextId, LinkEvidence)> {
        let parent = self.parent(text);
        let link = self.nodes[text].link.take()?;
        let parent = parent?;
        self.nodes[parent].children -= 1;
        Some((parent, link.evidence))
    }

    /// Makes a text the root of the tree by reversing the links above the text.
    pub(super) fn reroot(&mut self, text: TextId) {
        let (mut text, mut above) = (text, self.detach(text));
        while let Some((parent, evidence)) = above {
            above = self.detach(parent);
            self.attach(parent, text, evidence);
            text = parent;
        }
    }

    /// Removes all links of the texts of a component.
    pub(super) fn clear(&mut self, texts: &[TextId]) {
        for &text in texts {
            let node = &mut self.nodes[text];
            (node.link, node.children) = (None, 0);
        }
    }
}
