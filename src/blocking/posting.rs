//! Blocking keys with owners, as drivers store and exchange keys.

use std::borrow::Cow;

use crate::ids::{DenseId, Packed, TextId};

/// A blocking key and its owner: an item, a text or a place in a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting<I> {
    /// The key.
    pub key: u32,
    /// The owner of the key, below 2^31.
    pub owner: I,
    /// Whether the owner probes with the key. Always true in similarity tables.
    pub probes: bool,
}

impl<I: DenseId> Posting<I> {
    /// The posting in eight bytes.
    #[inline]
    pub fn pack(self) -> PackedPosting {
        let owner = Packed::new(self.owner, self.probes);
        PackedPosting(u64::from(self.key) << 32 | u64::from(owner.bits()))
    }
}

/// A [`Posting`] in eight bytes. Sorts by key, then by owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct PackedPosting(u64);

impl PackedPosting {
    /// The key.
    #[inline]
    pub fn key(self) -> u32 {
        (self.0 >> 32) as u32
    }

    /// The owner of the key.
    #[inline]
    pub fn owner<I: DenseId>(self) -> I {
        Packed::from_bits(self.0 as u32).id()
    }

    /// Whether the owner probes with the key.
    #[inline]
    pub fn probes(self) -> bool {
        self.0 & 1 == 1
    }

    /// The posting.
    pub fn unpack<I: DenseId>(self) -> Posting<I> {
        Posting {
            key: self.key(),
            owner: self.owner(),
            probes: self.probes(),
        }
    }

    /// The posting as stored on disk.
    pub fn to_le_bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    /// The posting of the bytes that [`PackedPosting::to_le_bytes`] returned.
    pub fn from_le_bytes(bytes: [u8; 8]) -> Self {
        PackedPosting(u64::from_le_bytes(bytes))
    }
}

/// Keys of one similarity table, with their texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyColumn<'t> {
    /// The texts.
    pub texts: Cow<'t, [TextId]>,
    /// The key of each text.
    pub keys: Cow<'t, [u32]>,
}

/// The hash partition of a key. `partitions` is a power of two.
#[inline]
pub fn partition_of(key: u32, partitions: usize) -> usize {
    key as usize & (partitions - 1)
}
