//! Limits of the bytes that may come out of compressed inputs.

use std::fmt;

/// Bytes that the ratio allows for every input: a short file of one repeated line is no attack.
const FREE_BYTES: u64 = 32 << 20;

/// Maximum bytes that a compressed page of a web archive unpacks to.
pub(super) const MAX_PAGE_BYTES: u64 = 64 << 20;

/// How many bytes may come out of one packed input: the smaller of `total` and `ratio` times the
/// length of the input. The ratio allows at least 32 MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnpackLimits {
    /// Maximum bytes.
    pub total: u64,
    /// Maximum bytes per byte of the input.
    pub ratio: u64,
}

impl Default for UnpackLimits {
    /// 8 GiB, and 100 times the length. News in JSON compresses to a tenth, rarely to a fiftieth.
    fn default() -> Self {
        UnpackLimits {
            total: 8 << 30,
            ratio: 100,
        }
    }
}

impl UnpackLimits {
    /// Maximum bytes that may come out of an input of this length.
    pub(super) fn of_length(&self, length: usize) -> u64 {
        self.total
            .min(self.ratio.saturating_mul(length as u64).max(FREE_BYTES))
    }
}

/// The limit that an input exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExceededLimit {
    /// [`UnpackLimits::total`].
    Total {
        /// Maximum bytes.
        bytes: u64,
    },
    /// [`UnpackLimits::ratio`].
    Ratio {
        /// Maximum bytes per byte of the input.
        ratio: u64,
        /// Maximum bytes for the input.
        bytes: u64,
    },
}

impl fmt::Display for ExceededLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIB: u64 = 1 << 20;
        match self {
            ExceededLimit::Total { bytes } => {
                write!(
                    f,
                    "more than the limit of {} MiB come out of it",
                    bytes / MIB
                )
            }
            ExceededLimit::Ratio { ratio, bytes } => write!(
                f,
                "more than {} MiB come out of it, beyond the limit of {ratio} times its length",
                bytes / MIB
            ),
        }
    }
}
