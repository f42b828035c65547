//! The keys of blocks in, on disk, table by table out. The files have no name: they vanish with the
//! run, however it ends.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::records::read_at;
use crate::blocking::{Block, Column, Heads, KeyTables, ShingleKey, part_of};

/// Into so many parts the keys of shingles and of neighbours are dealt.
const PARTS: usize = 64;

/// So many keys of a part are gathered before they are written.
const GATHERED: usize = 1 << 12;

pub(super) struct Runs {
    /// How many there are of each field.
    bands: [usize; 2],
    /// The keys for bands, block by block.
    file: File,
    written: u64,
    /// Of each field and block the items and where their keys begin.
    blocks: [Vec<(Vec<u32>, u64)>; 2],
    parts: [Vec<Part>; 2],
    /// The keys of neighbours, of each field of which these find what is alike.
    neighbours: [Vec<Part>; 2],
}

/// The keys when all are written, of the items that stand for their texts.
pub(super) struct Tables {
    runs: Runs,
    heads: Heads,
}

struct Part {
    file: File,
    gathered: Vec<u64>,
    count: usize,
}

impl Runs {
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let part = |_| {
            Ok(Part {
                file: tempfile::tempfile_in(folder)?,
                gathered: Vec::new(),
                count: 0,
            })
        };
        let parts = |count: usize| (0..count).map(part).collect::<io::Result<Vec<Part>>>();
        Ok(Runs {
            bands: [0; 2],
            file: tempfile::tempfile_in(folder)?,
            written: 0,
            blocks: Default::default(),
            parts: [parts(PARTS)?, parts(PARTS)?],
            neighbours: [parts(PARTS)?, parts(PARTS)?],
        })
    }

    /// Puts the keys of a block on disk.
    pub(super) fn write(&mut self, block: &Block) -> io::Result<()> {
        for field in 0..2 {
            let (items, keys) = block.bands(field);
            self.bands[field] = self.bands[field].max(keys.len() / items.len().max(1));
            let bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
            self.file.write_all(&bytes)?;
            self.blocks[field].push((items.to_vec(), self.written));
            self.written += bytes.len() as u64;
            block
                .shingle_keys(field)
                .try_for_each(|key| Part::deal(&mut self.parts[field], key))?;
            block
                .neighbour_keys(field)
                .try_for_each(|key| Part::deal(&mut self.neighbours[field], key))?;
        }
        Ok(())
    }

    /// The tables of all that is written, by the items that stand for their texts.
    pub(super) fn finish(mut self, heads: Heads) -> io::Result<Tables> {
        self.parts
            .iter_mut()
            .chain(&mut self.neighbours)
            .flatten()
            .try_for_each(Part::flush)?;
        Ok(Tables { runs: self, heads })
    }
}

impl Part {
    /// Adds a key to that of these parts to which it belongs.
    fn deal(parts: &mut [Part], key: ShingleKey) -> io::Result<()> {
        let part = &mut parts[part_of(key.key, PARTS)];
        part.gathered.push(key.packed());
        if part.gathered.len() == GATHERED {
            part.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let bytes: Vec<u8> = self
            .gathered
            .iter()
            .flat_map(|key| key.to_le_bytes())
            .collect();
        self.file.write_all(&bytes)?;
        self.count += self.gathered.len();
        self.gathered.clear();
        Ok(())
    }

    /// The keys that are written, of the items that stand for their texts.
    fn read<'h>(&self, heads: &'h Heads) -> io::Result<impl Iterator<Item = ShingleKey> + use<'h>> {
        let mut bytes = vec![0; self.count * 8];
        read_at(&self.file, &mut bytes, 0)?;
        let keys = (0..self.count).map(move |at| u64::from_le_bytes(bytes.as_chunks().0[at]));
        Ok(keys.map(ShingleKey::unpacked).filter_map(|key| {
            Some(ShingleKey {
                owner: heads.text(key.owner)?,
                ..key
            })
        }))
    }
}

impl KeyTables for Tables {
    type Error = io::Error;

    fn alike(&self, field: usize) -> usize {
        self.runs.bands[field] + self.runs.neighbours[field].len()
    }

    fn table(&self, field: usize, table: usize) -> io::Result<Vec<Column<'_>>> {
        let bands = self.runs.bands[field];
        if let Some(part) = table
            .checked_sub(bands)
            .and_then(|part| self.runs.neighbours[field].get(part))
        {
            let (texts, keys): (Vec<u32>, Vec<u32>) = part
                .read(&self.heads)?
                .map(|one| (one.owner, one.key))
                .unzip();
            return Ok(vec![Column {
                texts: texts.into(),
                keys: keys.into(),
            }]);
        }
        let mut bytes = Vec::new();
        let mut column = |(items, start): &(Vec<u32>, u64)| {
            bytes.resize(items.len() * 4, 0);
            read_at(
                &self.runs.file,
                &mut bytes,
                start + (table * items.len() * 4) as u64,
            )?;
            let keys = bytes
                .as_chunks()
                .0
                .iter()
                .map(|key| u32::from_le_bytes(*key));
            let standing = items
                .iter()
                .zip(keys)
                .filter_map(|(&item, key)| Some((self.heads.text(item)?, key)));
            let (texts, keys): (Vec<u32>, Vec<u32>) = standing.unzip();
            Ok(Column {
                texts: texts.into(),
                keys: keys.into(),
            })
        };
        self.runs.blocks[field].iter().map(&mut column).collect()
    }

    fn end_alike(&mut self) {}

    fn parts(&self, _: usize) -> usize {
        PARTS
    }

    fn part(&self, field: usize, part: usize) -> io::Result<Vec<u64>> {
        Ok(self.runs.parts[field][part]
            .read(&self.heads)?
            .map(ShingleKey::packed)
            .collect())
    }
}
