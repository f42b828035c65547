//! A Parquet file in, a refusal out if its metadata claims more than its bytes can hold: counts by
//! which a parser makes room before it reads. Both the footer and the headers of pages are Thrift's
//! compact protocol, which tells its own types, so one walk over the bytes finds every count.
//! Linear in the metadata.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};
use parquet::file::reader::{FileReader, RowGroupReader};

/// How a Parquet file begins and ends.
const MAGIC: &[u8] = b"PAR1";

/// Structures within structures, and groups of columns within groups, deeper than this are no news.
const DEEPEST: usize = 32;

/// Structures of Parquet have two dozen fields at most.
const MOST_FIELDS: usize = 64;

/// What a parser holds of an entry of a dictionary beside its bytes.
const ENTRY_BYTES: u64 = 32;

/// Values of lists that a file of any length may have, and how many more it may have for each of
/// its bytes.
const FREE_LIST_VALUES: u64 = 100_000;
const LIST_VALUES_A_BYTE: u64 = 4;

/// Refuses a footer that the parser must not see: lists longer than the bytes that are left, more
/// columns than are described, columns nested without end.
pub(super) fn check_footer(bytes: &[u8]) -> Result<(), String> {
    let length = bytes
        .len()
        .checked_sub(2 * MAGIC.len() + 4)
        .filter(|_| bytes.ends_with(MAGIC));
    let length = length.ok_or("it does not end with PAR1")?;
    let (rest, tail) = bytes.split_at(bytes.len() - 8);
    let claimed = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]) as usize;
    if claimed > length {
        return Err(format!(
            "its footer claims {claimed} of its {} bytes",
            bytes.len()
        ));
    }
    let footer = Thrift::read(&rest[rest.len() - claimed..])?.0;
    let schema = footer.list(2);
    let mut open: Vec<i64> = Vec::new();
    for element in schema {
        let children = element.number(5).unwrap_or(0);
        if children < 0 || children as u64 > schema.len() as u64 {
            return Err(format!(
                "a column claims {children} columns in it, of {} there are",
                schema.len()
            ));
        }
        open.push(children);
        if open.len() > DEEPEST {
            return Err(format!("its columns are nested more than {DEEPEST} deep"));
        }
        // A column ends the groups of which it is the last.
        while open.last().is_some_and(|&left| left == 0) {
            open.pop();
            if let Some(parent) = open.last_mut() {
                *parent -= 1;
            }
        }
    }
    Ok(())
}

/// Refuses pages that claim more than `allowed` bytes together, or more values than they can hold.
pub(super) fn check_pages(
    bytes: &[u8],
    file: &impl FileReader,
    allowed: u64,
) -> Result<(), String> {
    let (mut claimed, mut listed) = (0u64, 0u64);
    let most_listed = FREE_LIST_VALUES.max(LIST_VALUES_A_BYTE * bytes.len() as u64);
    for (at, group) in file.metadata().row_groups().iter().enumerate() {
        for (nth, column) in group.columns().iter().enumerate() {
            let (start, length) = column.byte_range();
            let mut has_deltas = false;
            for header in headers(bytes, start, length)? {
                claimed = claimed
                    .saturating_add(header.uncompressed)
                    .saturating_add(ENTRY_BYTES * header.entries);
                if claimed > allowed {
                    return Err(format!(
                        "its pages claim more than {} MiB: split it, or convert it to JSON Lines",
                        allowed >> 20
                    ));
                }
                if header.entries > header.uncompressed {
                    return Err(format!(
                        "a dictionary claims {} entries in {} bytes",
                        header.entries, header.uncompressed
                    ));
                }
                has_deltas |= header.has_deltas;
                listed += if column.column_descr().max_rep_level() > 0 {
                    header.values
                } else {
                    0
                };
            }
            if listed > most_listed {
                return Err(format!(
                    "its lists claim {listed} values in {} bytes",
                    bytes.len()
                ));
            }
            if has_deltas {
                let group = file.get_row_group(at).map_err(|error| error.to_string())?;
                check_deltas(&*group, nth)?;
            }
        }
    }
    Ok(())
}

/// What the header of a page claims.
struct Header {
    uncompressed: u64,
    /// Entries of a dictionary.
    entries: u64,
    /// Values of a page of data.
    values: u64,
    /// Whether its texts are told by differences of their lengths.
    has_deltas: bool,
}

/// The headers of the pages of a column.
fn headers(bytes: &[u8], start: u64, length: u64) -> Result<Vec<Header>, String> {
    let damaged = || "a page lies outside of the file".to_owned();
    let mut at = usize::try_from(start).map_err(|_| damaged())?;
    let end = at
        .checked_add(usize::try_from(length).map_err(|_| damaged())?)
        .filter(|&end| end <= bytes.len());
    let end = end.ok_or_else(damaged)?;
    let mut found = Vec::new();
    while at < end {
        let (header, read) = Thrift::read(&bytes[at..])?;
        let count = |of: Option<i64>| {
            u64::try_from(of.unwrap_or(0)).map_err(|_| "a page has a count below nought")
        };
        let (data, dictionary, data_v2) = (header.field(5), header.field(7), header.field(8));
        let encodings = [
            data.and_then(|page| page.number(2)),
            data_v2.and_then(|page| page.number(4)),
        ];
        let values = [data, data_v2].map(|page| count(page.and_then(|page| page.number(1))));
        let [values, values_v2] = values;
        found.push(Header {
            uncompressed: count(header.number(2))?,
            entries: count(dictionary.and_then(|page| page.number(1)))?,
            values: values?.max(values_v2?),
            has_deltas: encodings
                .into_iter()
                .flatten()
                .any(|encoding| matches!(encoding, 6 | 7)),
        });
        let size = usize::try_from(count(header.number(3))?).map_err(|_| damaged())?;
        at = at
            .checked_add(read + size)
            .filter(|&next| next <= bytes.len())
            .ok_or_else(damaged)?;
    }
    Ok(found)
}

/// Refuses pages of texts told by differences that claim more lengths than the page has values.
fn check_deltas(group: &dyn RowGroupReader, column: usize) -> Result<(), String> {
    let descriptor = group.metadata().column(column).column_descr_ptr();
    let levels =
        usize::from(descriptor.max_rep_level() > 0) + usize::from(descriptor.max_def_level() > 0);
    let mut pages: Box<dyn PageReader> = group
        .get_column_page_reader(column)
        .map_err(|error| error.to_string())?;
    while let Some(page) = pages.get_next_page().map_err(|error| error.to_string())? {
        let (texts, count) = match &page {
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
            } if is_delta(*encoding) => (
                buf.get(*def_levels_byte_len as usize + *rep_levels_byte_len as usize..),
                *num_values,
            ),
            _ => continue,
        };
        let texts = texts.ok_or("the levels of a page are longer than the page")?;
        let mut header = Thrift {
            bytes: texts,
            at: 0,
        };
        let [_, _, claimed] = [header.varint()?, header.varint()?, header.varint()?];
        if claimed > u64::from(count) {
            return Err(format!(
                "a page of {count} values claims the lengths of {claimed}"
            ));
        }
    }
    Ok(())
}

/// The values of a page, behind so many runs of levels, each of which stands behind its length.
fn behind_levels(page: &[u8], levels: usize) -> Option<&[u8]> {
    (0..levels).try_fold(page, |rest, _| {
        let (length, rest) = rest.split_first_chunk()?;
        rest.get(u32::from_le_bytes(*length) as usize..)
    })
}

fn is_delta(encoding: Encoding) -> bool {
    matches!(
        encoding,
        Encoding::DELTA_LENGTH_BYTE_ARRAY | Encoding::DELTA_BYTE_ARRAY
    )
}

/// A value of Thrift's compact protocol, as far as anyone asks.
#[derive(Debug, PartialEq)]
enum Value {
    Number(i64),
    List(Vec<Value>),
    Struct(Vec<(i64, Value)>),
    Other,
}

impl Value {
    fn field(&self, id: i64) -> Option<&Value> {
        let Value::Struct(fields) = self else {
            return None;
        };
        fields
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, value)| value)
    }

    fn number(&self, id: i64) -> Option<i64> {
        self.field(id).and_then(|value| {
            if let Value::Number(number) = value {
                Some(*number)
            } else {
                None
            }
        })
    }

    fn list(&self, id: i64) -> &[Value] {
        self.field(id).map_or(&[], |value| {
            if let Value::List(list) = value {
                list
            } else {
                &[]
            }
        })
    }
}

/// A reader of Thrift's compact protocol.
struct Thrift<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Thrift<'b> {
    /// The structure that these bytes begin with, and how long it is.
    fn read(bytes: &'b [u8]) -> Result<(Value, usize), String> {
        let mut reader = Thrift { bytes, at: 0 };
        let value = reader.structure(DEEPEST)?;
        Ok((value, reader.at))
    }

    fn byte(&mut self) -> Result<u8, String> {
        let byte = self.bytes.get(self.at).ok_or("its metadata breaks off")?;
        self.at += 1;
        Ok(*byte)
    }

    fn varint(&mut self) -> Result<u64, String> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number of its metadata is too long".to_owned())
    }

    fn number(&mut self) -> Result<i64, String> {
        let folded = self.varint()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// A count of what is to follow, each of a byte at least.
    fn count(&mut self) -> Result<usize, String> {
        let (count, left) = (self.varint()?, self.bytes.len() - self.at);
        let fits = usize::try_from(count).ok().filter(|&count| count <= left);
        fits.ok_or_else(|| format!("its metadata claims {count} values in {left} bytes"))
    }

    fn value(&mut self, kind: u8, depth: usize) -> Result<Value, String> {
        match kind {
            // True and false, which as fields stand in their type.
            1 | 2 => Ok(Value::Other),
            3 => self.byte().map(|_| Value::Other),
            4..=6 => self.number().map(Value::Number),
            7 | 13 => self.skip(if kind == 7 { 8 } else { 16 }),
            8 => {
                let length = self.count()?;
                self.skip(length)
            }
            9 | 10 => self.list(depth),
            12 => self.structure(depth),
            _ => Err(format!(
                "its metadata has a value of the unknown kind {kind}"
            )),
        }
    }

    fn skip(&mut self, length: usize) -> Result<Value, String> {
        self.at = self
            .at
            .checked_add(length)
            .filter(|&at| at <= self.bytes.len())
            .ok_or("its metadata breaks off")?;
        Ok(Value::Other)
    }

    fn list(&mut self, depth: usize) -> Result<Value, String> {
        let head = self.byte()?;
        let (short, kind) = (usize::from(head >> 4), head & 0x0f);
        let count = if short == 15 { self.count()? } else { short };
        // In a list, true and false have a byte each.
        let kind = if matches!(kind, 1 | 2) { 3 } else { kind };
        (0..count)
            .map(|_| self.value(kind, depth))
            .collect::<Result<_, _>>()
            .map(Value::List)
    }

    fn structure(&mut self, depth: usize) -> Result<Value, String> {
        let depth = depth
            .checked_sub(1)
            .ok_or("its metadata is nested too deep")?;
        let (mut fields, mut id) = (Vec::new(), 0i64);
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(Value::Struct(fields));
            }
            let step = i64::from(head >> 4);
            id = if step == 0 { self.number()? } else { id + step };
            let value = self.value(head & 0x0f, depth)?;
            if fields.len() == MOST_FIELDS {
                return Err(format!(
                    "a structure of its metadata has more than {MOST_FIELDS} fields"
                ));
            }
            if fields.iter().any(|&(known, _)| known == id) {
                return Err("a structure of its metadata says a thing twice".to_owned());
            }
            fields.push((id, value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of nothing but a footer.
    fn file(footer: &[u8]) -> Vec<u8> {
        [MAGIC, footer, &(footer.len() as u32).to_le_bytes(), MAGIC].concat()
    }

    /// A footer whose second field is a schema of these counts of children.
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
    fn a_footer_that_claims_what_it_has_passes() {
        assert_eq!(check_footer(&schema(&[2, 0, 1, 0])), Ok(()));
        assert_eq!(check_footer(&file(&[0])), Ok(()));
    }

    #[test]
    fn a_footer_that_claims_more_is_refused() {
        for (bytes, told) in [
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
            ([MAGIC, &[0xff; 4], MAGIC].concat(), "footer claims"),
            (b"PAR1".to_vec(), "PAR1"),
        ] {
            let refused = check_footer(&bytes).unwrap_err();
            assert!(refused.contains(told), "{refused}");
        }
    }
}
