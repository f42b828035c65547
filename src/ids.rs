//! Numbers with a type: ids of items, texts and tables, pairs of ids, and vectors indexed by ids.
//!
//! A [`DenseId`] is a `u32` at run time: a newtype costs nothing and keeps two numberings apart.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// A dense number: the ids of `n` things are `0..n`.
pub trait DenseId: Copy + Ord + Send + Sync {
    /// The id of a number.
    fn new(number: u32) -> Self;

    /// The number of the id.
    fn number(self) -> u32;

    /// The id as the index of a table.
    #[inline]
    fn index(self) -> usize {
        self.number() as usize
    }

    /// The ids `0..count`.
    fn all(count: usize) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..count as u32).map(Self::new)
    }
}

impl DenseId for u32 {
    #[inline]
    fn new(number: u32) -> Self {
        number
    }

    #[inline]
    fn number(self) -> u32 {
        self
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub u32);

        impl DenseId for $name {
            #[inline]
            fn new(number: u32) -> Self {
                $name(number)
            }

            #[inline]
            fn number(self) -> u32 {
                self.0
            }
        }
    )+};
}

ids! {
    /// Number of an item in the order of reading.
    ItemId;
    /// Number of an item in the canonical order of its batch.
    DocId;
    /// Number of a unique text: of a batch in the order of digests, of an index in a table whose
    /// free numbers are reused.
    TextId;
    /// Number of a table of blocking keys.
    TableId;
    /// Number of a component of duplicates in an index; free numbers are reused.
    ComponentId;
}

/// Two items or texts that may be similar. Only verification turns a candidate into an edge.
/// `a < b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CandidatePair<I = u32> {
    /// The lower id.
    pub a: I,
    /// The higher id.
    pub b: I,
}

impl<I: DenseId> CandidatePair<I> {
    /// The pair of two ids in either order; `None` if they are equal.
    #[inline]
    pub fn new(a: I, b: I) -> Option<Self> {
        (a != b).then(|| CandidatePair {
            a: a.min(b),
            b: a.max(b),
        })
    }

    /// The pair of two numbers as a pair of ids.
    #[inline]
    pub fn from_numbers(pair: CandidatePair) -> Self {
        CandidatePair {
            a: I::new(pair.a),
            b: I::new(pair.b),
        }
    }

    /// The pair without the type of its ids.
    #[inline]
    pub fn numbers(self) -> CandidatePair {
        CandidatePair {
            a: self.a.number(),
            b: self.b.number(),
        }
    }
}

/// An id below 2^31 and a flag in one `u32`. Sorts by id, then by flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Packed<I>(u32, PhantomData<I>);

impl<I> Packed<I> {
    /// Id 0 without the flag.
    pub const ZERO: Self = Packed(0, PhantomData);
}

impl<I: DenseId> Packed<I> {
    /// Packs an id and a flag.
    #[inline]
    pub fn new(id: I, flag: bool) -> Self {
        Packed(id.number() << 1 | u32::from(flag), PhantomData)
    }

    /// The id and flag of the bits that [`Packed::bits`] returned.
    #[inline]
    pub fn from_bits(bits: u32) -> Self {
        Packed(bits, PhantomData)
    }

    /// The id in the upper 31 bits, the flag in the lowest.
    #[inline]
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The id.
    #[inline]
    pub fn id(self) -> I {
        I::new(self.0 >> 1)
    }

    /// The flag.
    #[inline]
    pub fn flag(self) -> bool {
        self.0 & 1 == 1
    }
}

/// A vector indexed by one type of id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[repr(transparent)]
pub struct IdVec<I, T> {
    values: Vec<T>,
    id: PhantomData<I>,
}

impl<I, T> Default for IdVec<I, T> {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl<I, T> From<Vec<T>> for IdVec<I, T> {
    fn from(values: Vec<T>) -> Self {
        IdVec {
            values,
            id: PhantomData,
        }
    }
}

impl<I: DenseId, T> IdVec<I, T> {
    /// A vector of `count` equal values.
    pub fn filled(value: T, count: usize) -> Self
    where
        T: Clone,
    {
        vec![value; count].into()
    }

    /// Appends a value and returns its id.
    pub fn push(&mut self, value: T) -> I {
        self.values.push(value);
        I::new(self.values.len() as u32 - 1)
    }

    /// Appends default values until `id` is in range.
    pub fn extend_to(&mut self, id: I)
    where
        T: Default,
    {
        let count = self.values.len().max(id.index() + 1);
        self.values.resize_with(count, T::default);
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of an id, if the id is in range.
    #[inline]
    pub fn get(&self, id: I) -> Option<&T> {
        self.values.get(id.index())
    }

    /// All ids.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        I::all(self.len())
    }

    /// Ids and values.
    pub fn iter(&self) -> impl Iterator<Item = (I, &T)> {
        self.ids().zip(&self.values)
    }

    /// The values in the order of ids.
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// The values in the order of ids.
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }
}

impl<I: DenseId, T> Index<I> for IdVec<I, T> {
    type Output = T;

    #[inline]
    fn index(&self, id: I) -> &T {
        &self.values[id.index()]
    }
}

impl<I: DenseId, T> IndexMut<I> for IdVec<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        &mut self.values[id.index()]
    }
}

/// A field of an item whose text is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The title.
    Title,
    /// The body.
    Body,
}

impl Field {
    /// Both fields, the title first.
    pub const ALL: [Field; 2] = [Field::Title, Field::Body];
}

/// A value for each [`Field`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerField<T> {
    /// The title's.
    pub title: T,
    /// The body's.
    pub body: T,
}

impl<T> PerField<T> {
    /// The values that a function returns for the fields.
    #[inline]
    pub fn from_fn(mut of: impl FnMut(Field) -> T) -> Self {
        PerField {
            title: of(Field::Title),
            body: of(Field::Body),
        }
    }

    /// Applies a function to both values.
    #[inline]
    pub fn map<U>(self, mut of: impl FnMut(T) -> U) -> PerField<U> {
        PerField {
            title: of(self.title),
            body: of(self.body),
        }
    }

    /// Both values, the title's first.
    #[inline]
    pub fn values(&self) -> [&T; 2] {
        [&self.title, &self.body]
    }

    /// Both values, the title's first.
    #[inline]
    pub fn values_mut(&mut self) -> [&mut T; 2] {
        [&mut self.title, &mut self.body]
    }
}

impl<T> Index<Field> for PerField<T> {
    type Output = T;

    #[inline]
    fn index(&self, field: Field) -> &T {
        match field {
            Field::Title => &self.title,
            Field::Body => &self.body,
        }
    }
}

impl<T> IndexMut<Field> for PerField<T> {
    #[inline]
    fn index_mut(&mut self, field: Field) -> &mut T {
        match field {
            Field::Title => &mut self.title,
            Field::Body => &mut self.body,
        }
    }
}
