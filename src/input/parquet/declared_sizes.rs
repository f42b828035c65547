//! Checks of the sizes that a Parquet file declares.
//!
//! Input: the bytes of a file. Output: an error if the metadata declares more than the bytes can
//! hold, because a parser allocates declared counts before reading. Cost: linear in the metadata.
//!
//! The footer and the page headers are in Thrift's compact protocol, which states the types of
//! values, so one pass over the bytes finds every count.

use std::fmt;

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, RowGroupReader};

/// The first and the last bytes of a Parquet file.
const MAGIC: &[u8] = b"PAR1";

/// Maximum nesting of Thrift structures and of column groups.
const MAX_DEPTH: usize = 32;

/// Maximum fields of a Thrift structure. Those of Parquet have two dozen at most.
const MAX_FIELDS: usize = 64;

/// Bytes that a parser allocates per dictionary entry, in addition to the entry.
const ENTRY_BYTES: u64 = 32;

/// List values allowed in a file of any length.
const FREE_LIST_VALUES: u64 = 100_000;

/// List values allowed per byte of a longer file.
const LIST_VALUES_PER_BYTE: u64 = 4;

/// Why a file is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Implausible(String);

impl fmt::Display for Implausible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Implausible {}

impl From<&str> for Implausible {
    fn from(message: &str) -> Self {
        Implausible(message.to_owned())
    }
}

impl From<String> for Implausible {
    fn from(message: String) -> Self {
        Implausible(message)
    }
}

impl From<ParquetError> for Implausible {
    fn from(error: ParquetError) -> Self {
        Implausible(error.to_string())
    }
}

type Result<T> = std::result::Result<T, Implausible>;

/// Refuses a footer with lists longer than the remaining bytes, with more columns than it
/// describes, or with columns nested too deep.
pub(super) fn check_footer(bytes: &[u8]) -> Result<()> {
    const LENGTH_BYTES: usize = 4;
    let max_length = bytes
        .len()
        .checked_sub(2 * MAGIC.len() + LENGTH_BYTES)
        .filter(|_| bytes.ends_with(MAGIC))
        .ok_or("it does not end with PAR1")?;
    let (rest, tail) = bytes.split_at(bytes.len() - MAGIC.len() - LENGTH_BYTES);
    let length = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
    if length > max_length {
        let total = bytes.len();
        return Err(format!("its footer declares {length} of its {total} bytes").into());
    }
    let (footer, _) = Thrift::read(&rest[rest.len() - length..])?;
    check_schema(footer.list(2))
}

/// Refuses a schema with incomplete or too deeply nested columns. Each element states the number of
/// children, and the children follow.
fn check_schema(schema: &[ThriftValue]) -> Result<()> {
    // The missing children of each open group.
    let mut open: Vec<i64> = Vec::new();
    for element in schema {
        let children = element.number(5).unwrap_or(0);
        if children < 0 || children as u64 > schema.len() as u64 {
            let count = schema.len();
            return Err(format!("a column declares {children} columns in it, of {count}").into());
        }
        open.push(children);
        if open.len() > MAX_DEPTH {
            return Err(format!("its columns are nested more than {MAX_DEPTH} deep").into());
        }
        // The last column of a group ends the group.
        while open.last() == Some(&0) {
            open.pop();
            if let Some(parent) = open.last_mut() {
                *parent -= 1;
            }
        }
    }
    Ok(())
}

/// Refuses pages that declare more than `allowed` bytes together, or more values than the bytes can
/// hold.
pub(super) fn check_pages(bytes: &[u8], file: &impl FileReader, allowed: u64) -> Result<()> {
    let mut totals = PageTotals {
        file_bytes: bytes.len() as u64,
        allowed,
        bytes: 0,
        list_values: 0,
    };
    for (at, group) in file.metadata().row_groups().iter().enumerate() {
        for (nth, column) in group.columns().iter().enumerate() {
            let (start, length) = column.byte_range();
            let is_list = column.column_descr().max_rep_level() > 0;
            let headers = headers(bytes, start, length)?;
            for header in &headers {
                totals.add(header, is_list)?;
            }
            if headers.iter().any(|header| header.is_delta) {
                check_deltas(&*file.get_row_group(at)?, nth)?;
            }
        }
    }
    Ok(())
}

/// What the pages of a file declare together.
struct PageTotals {
    file_bytes: u64,
    allowed: u64,
    bytes: u64,
    list_values: u64,
}

impl PageTotals {
    fn add(&mut self, header: &Header, is_list: bool) -> Result<()> {
        self.bytes = self
            .bytes
            .saturating_add(header.uncompressed)
            .saturating_add(ENTRY_BYTES.saturating_mul(header.entries));
        if self.bytes > self.allowed {
            return Err(format!(
                "its pages declare more than {} MiB: split it, or convert it to JSON Lines",
                self.allowed >> 20
            )
            .into());
        }
        if header.entries > header.uncompressed {
            return Err(format!(
                "a dictionary declares {} entries in {} bytes",
                header.entries, header.uncompressed
            )
            .into());
        }
        if is_list {
            self.list_values = self.list_values.saturating_add(header.values);
        }
        let max_values = FREE_LIST_VALUES.max(LIST_VALUES_PER_BYTE * self.file_bytes);
        if self.list_values > max_values {
            return Err(format!(
                "its lists declare {} values in {} bytes",
                self.list_values, self.file_bytes
            )
            .into());
        }
        Ok(())
    }
}

/// The header of a page.
struct Header {
    /// Bytes in the file.
    compressed: u64,
    /// Bytes in memory.
    uncompressed: u64,
    /// Entries of a dictionary.
    entries: u64,
    /// Values of a data page.
    values: u64,
    /// Whether texts are stored by differences of their lengths.
    is_delta: bool,
}

impl Header {
    /// Fields are numbered as in Parquet's `PageHeader`.
    fn of(header: &ThriftValue) -> Result<Self> {
        const DELTA_LENGTH_BYTE_ARRAY: i64 = 6;
        const DELTA_BYTE_ARRAY: i64 = 7;
        let (data, dictionary, data_v2) = (header.field(5), header.field(7), header.field(8));
        let encodings = [
            data.and_then(|page| page.number(2)),
            data_v2.and_then(|page| page.number(4)),
        ];
        let is_delta = encodings
            .iter()
            .flatten()
            .any(|encoding| matches!(*encoding, DELTA_LENGTH_BYTE_ARRAY | DELTA_BYTE_ARRAY));
        Ok(Header {
            compressed: count(header.number(3))?,
            uncompressed: count(header.number(2))?,
            entries: count(dictionary.and_then(|page| page.number(1)))?,
            values: count(data.and_then(|page| page.number(1)))?
                .max(count(data_v2.and_then(|page| page.number(1)))?),
            is_delta,
        })
    }
}

fn count(number: Option<i64>) -> Result<u64> {
    Ok(u64::try_from(number.unwrap_or(0)).map_err(|_| "a page has a negative count")?)
}

/// The headers of the pages of a column.
fn headers(bytes: &[u8], start: u64, length: u64) -> Result<Vec<Header>> {
    const OUTSIDE: &str = "a page is outside of the file";
    let mut at = usize::try_from(start).map_err(|_| OUTSIDE)?;
    let end = usize::try_from(length)
        .ok()
        .and_then(|length| at.checked_add(length))
        .filter(|&end| end <= bytes.len())
        .ok_or(OUTSIDE)?;
    let mut found = Vec::new();
    while at < end {
        let (header, header_bytes) = Thrift::read(&bytes[at..])?;
        let header = Header::of(&header)?;
        at = usize::try_from(header.compressed)
            .ok()
            .and_then(|size| at.checked_add(header_bytes)?.checked_add(size))
            .filter(|&next| next <= bytes.len())
            .ok_or(OUTSIDE)?;
        found.push(header);
    }
    Ok(found)
}

/// Refuses delta-encoded pages that declare more lengths than the page has values.
fn check_deltas(group: &dyn RowGroupReader, column: usize) -> Result<()> {
    let descriptor = group.metadata().column(column).column_descr_ptr();
    let levels =
        usize::from(descriptor.max_rep_level() > 0) + usize::from(descriptor.max_def_level() > 0);
    let mut pages: Box<dyn PageReader> = group.get_column_page_reader(column)?;
    while let Some(page) = pages.get_next_page()? {
        let (lengths, values) = match &page {
            Page::DataPage {
                buf,
                num_values,
                encoding,
                ..
            } if is_delta(*encoding) => (behind_levels(buf, levels), *num_values),
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } if is_delta(*encoding) => {
                let levels = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
                (buf.get(levels..), *num_values)
            }
            _ => continue,
        };
        let lengths = lengths.ok_or("the levels of a page are longer than the page")?;
        let declared = delta_count(lengths)?;
        if declared > u64::from(values) {
            let message = format!("a page of {values} values declares the lengths of {declared}");
            return Err(message.into());
        }
    }
    Ok(())
}

/// The number of values in a delta encoding, which follows the block size and the number of
/// miniblocks.
fn delta_count(bytes: &[u8]) -> Result<u64> {
    let mut header = Thrift { bytes, at: 0 };
    header.varint()?;
    header.varint()?;
    header.varint()
}

/// The values of a page behind the runs of levels. Each run begins with a length.
fn behind_levels(page: &[u8], levels: usize) -> Option<&[u8]> {
    let mut rest = page;
    for _ in 0..levels {
        let (length, behind) = rest.split_first_chunk()?;
        rest = behind.get(u32::from_le_bytes(*length) as usize..)?;
    }
    Some(rest)
}

fn is_delta(encoding: Encoding) -> bool {
    matches!(
        encoding,
        Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY
    )
}

/// A value of Thrift's compact protocol.
#[derive(Debug, PartialEq)]
enum ThriftValue {
    Number(i64),
    List(Vec<ThriftValue>),
    Struct(Vec<(i64, ThriftValue)>),
    /// A value that no check needs.
    Other,
}

impl ThriftValue {
    fn field(&self, id: i64) -> Option<&ThriftValue> {
        let ThriftValue::Struct(fields) = self else {
            return None;
        };
        fields
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, value)| value)
    }

    fn number(&self, id: i64) -> Option<i64> {
        self.field(id).and_then(|value| {
            if let ThriftValue::Number(number) = value {
                Some(*number)
            } else {
                None
            }
        })
    }

    fn list(&self, id: i64) -> &[ThriftValue] {
        self.field(id).map_or(&[], |value| {
            if let ThriftValue::List(list) = value {
                list
            } else {
                &[]
            }
        })
    }
}

/// A parser of Thrift's compact protocol.
struct Thrift<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Thrift<'b> {
    /// The structure at the start of the bytes, and the length of the structure.
    fn read(bytes: &'b [u8]) -> Result<(ThriftValue, usize)> {
        let mut reader = Thrift { bytes, at: 0 };
        let value = reader.structure(MAX_DEPTH)?;
        Ok((value, reader.at))
    }

    fn byte(&mut self) -> Result<u8> {
        let byte = self.bytes.get(self.at).ok_or("its metadata breaks off")?;
        self.at += 1;
        Ok(*byte)
    }

    fn varint(&mut self) -> Result<u64> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number of its metadata is too long".into())
    }

    fn number(&mut self) -> Result<i64> {
        let folded = self.varint()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// A count of following values of at least one byte each.
    fn count(&mut self) -> Result<usize> {
        let (count, left) = (self.varint()?, self.bytes.len() - self.at);
        match usize::try_from(count) {
            Ok(count) if count <= left => Ok(count),
            _ => Err(format!("its metadata declares {count} values in {left} bytes").into()),
        }
    }

    fn value(&mut self, kind: u8, depth: usize) -> Result<ThriftValue> {
        match kind {
            // The type of a boolean field is its value.
            1 | 2 => Ok(ThriftValue::Other),
            3 => self.byte().map(|_| ThriftValue::Other),
            4..=6 => self.number().map(ThriftValue::Number),
            7 | 13 => self.skip(if kind == 7 { 8 } else { 16 }),
            8 => {
                let length = self.count()?;
                self.skip(length)
            }
            9 | 10 => self.list(depth),
            12 => self.structure(depth),
            _ => Err(format!("its metadata has a value of the unknown type {kind}").into()),
        }
    }

    fn skip(&mut self, length: usize) -> Result<ThriftValue> {
        self.at = self
            .at
            .checked_add(length)
            .filter(|&at| at <= self.bytes.len())
            .ok_or("its metadata breaks off")?;
        Ok(ThriftValue::Other)
    }

    fn list(&mut self, depth: usize) -> Result<ThriftValue> {
        let head = self.byte()?;
        let (short, kind) = (usize::from(head >> 4), head & 0x0f);
        let count = if short == 15 { self.count()? } else { short };
        // A boolean in a list has one byte.
        let kind = if matches!(kind, 1 | 2) { 3 } else { kind };
        (0..count)
            .map(|_| self.value(kind, depth))
            .collect::<Result<_>>()
            .map(ThriftValue::List)
    }

    fn structure(&mut self, depth: usize) -> Result<ThriftValue> {
        let depth = depth
            .checked_sub(1)
            .ok_or("its metadata is nested too deep")?;
        let (mut fields, mut id) = (Vec::new(), 0i64);
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(ThriftValue::Struct(fields));
            }
            let step = i64::from(head >> 4);
            id = if step == 0 { self.number()? } else { id + step };
            let value = self.value(head & 0x0f, depth)?;
            if fields.len() == MAX_FIELDS {
                return Err(format!(
                    "a structure of its metadata has more than {MAX_FIELDS} fields"
                )
                .into());
            }
            if fields.iter().any(|&(known, _)| known == id) {
                return Err("a structure of its metadata has a field twice".into());
            }
            fields.push((id, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with only a footer.
    fn file(footer: &[u8]) -> Vec<u8> {
        [MAGIC, footer, &(footer.len() as u32).to_le_bytes(), MAGIC].concat()
    }

    /// A footer with a schema of the given numbers of children as the second field.
    fn schema(children: &[i64]) -> Vec<u8> {
        let mut footer = vec![0x29, 0xfc, children.len() as u8];
        for &count in children {
            footer.push(0x55);
            let mut folded = (count << 1 ^ count >> 63) as u64;
            while folded >= 0x80 {
                footer.push(folded as u8 | 0x80);
                folded >>= 7;
            }
            footer.extend([folded as u8, 0]);
        }
        footer.push(0);
        file(&footer)
    }

    #[test]
    fn plausible_footers_pass() {
        assert_eq!(check_footer(&schema(&[2, 0, 1, 0])), Ok(()));
        assert_eq!(check_footer(&file(&[0])), Ok(()));
    }

    #[test]
    fn implausible_footers_are_refused() {
        for (bytes, expected) in [
            (schema(&[1 << 28, 0]), "268435456 columns"),
            (schema(&[-1]), "-1 columns"),
            (schema(&[1; 60]), "deep"),
            // A list of 2^28 structures, a string of 2^28 bytes.
            (
                file(&[0x29, 0xfc, 0x80, 0x80, 0x80, 0x80, 0x01, 0]),
                "268435456 values",
            ),
            (
                file(&[0x28, 0x80, 0x80, 0x80, 0x80, 0x01, 0]),
                "268435456 values",
            ),
            (file(&[0x1c; 100]), "deep"),
            (file(&[0x15, 0, 0x05, 2, 0, 0]), "twice"),
            ([MAGIC, &[0xff; 4], MAGIC].concat(), "footer declares"),
            (b"PAR1".to_vec(), "PAR1"),
        ] {
            let refused = check_footer(&bytes).unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}
