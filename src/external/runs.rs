//! The keys of blocks in, on disk, table by table out. The files have no name: they vanish with the run, however it ends.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::records::read_at;
use crate::copies::{Block, Column, Heads, KeyTables, ShingleKey, part_of};

/// Into so many parts the keys of shingles are dealt.
const PARTS: usize = 64;

/// So many keys of a part are gathered before they are written.
const GATHERED: usize = 1 << 12;

pub(super) struct Runs {
    bands: usize,
    /// The keys for bands, block by block.
    file: File,
    written: u64,
    /// Of each field and block the items and where their keys begin.
    blocks: [Vec<(Vec<u32>, u64)>; 2],
    parts: [Vec<Part>; 2],
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
    pub(super) fn new(folder: &Path, bands: usize) -> io::Result<Self> {
        let part = |_| Ok(Part { file: tempfile::tempfile_in(folder)?, gathered: Vec::new(), count: 0 });
        let parts = || (0..PARTS).map(part).collect::<io::Result<Vec<Part>>>();
        Ok(Runs {
            bands,
            file: tempfile::tempfile_in(folder)?,
            written: 0,
            blocks: Default::default(),
            parts: [parts()?, parts()?],
        })
    }

    /// Puts the keys of a block on disk.
    pub(super) fn write(&mut self, block: &Block) -> io::Result<()> {
        for field in 0..2 {
            let (items, keys) = block.bands(field);
            let bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
            self.file.write_all(&bytes)?;
            self.blocks[field].push((items.to_vec(), self.written));
            self.written += bytes.len() as u64;
            for one in block.shingle_keys(field) {
                let part = &mut self.parts[field][part_of(one.key, PARTS)];
                part.gathered.push(one.packed());
                if part.gathered.len() == GATHERED {
                    part.flush()?;
                }
            }
        }
        Ok(())
    }

    /// The tables of all that is written, by the items that stand for their texts.
    pub(super) fn finish(mut self, heads: Heads) -> io::Result<Tables> {
        self.parts.iter_mut().flatten().try_for_each(Part::flush)?;
        Ok(Tables { runs: self, heads })
    }
}

impl Part {
    fn flush(&mut self) -> io::Result<()> {
        let bytes: Vec<u8> = self.gathered.iter().flat_map(|key| key.to_le_bytes()).collect();
        self.file.write_all(&bytes)?;
        self.count += self.gathered.len();
        self.gathered.clear();
        Ok(())
    }
}

impl KeyTables for Tables {
    type Error = io::Error;

    fn bands(&self, field: usize) -> usize {
        if self.runs.blocks[field].iter().all(|(items, _)| items.is_empty()) { 0 } else { self.runs.bands }
    }

    fn band(&self, field: usize, band: usize) -> io::Result<Vec<Column<'_>>> {
        let mut bytes = Vec::new();
        let mut column = |(items, start): &(Vec<u32>, u64)| {
            bytes.resize(items.len() * 4, 0);
            read_at(&self.runs.file, &mut bytes, start + (band * items.len() * 4) as u64)?;
            let keys = bytes.as_chunks().0.iter().map(|key| u32::from_le_bytes(*key));
            let standing = items.iter().zip(keys).filter_map(|(&item, key)| Some((self.heads.text(item)?, key)));
            let (texts, keys): (Vec<u32>, Vec<u32>) = standing.unzip();
            Ok(Column { texts: texts.into(), keys: keys.into() })
        };
        self.runs.blocks[field].iter().map(&mut column).collect()
    }

    fn end_bands(&mut self) {}

    fn parts(&self, _: usize) -> usize {
        PARTS
    }

    fn part(&self, field: usize, part: usize) -> io::Result<Vec<u64>> {
        let part = &self.runs.parts[field][part];
        let mut bytes = vec![0; part.count * 8];
        read_at(&part.file, &mut bytes, 0)?;
        let keys = bytes.as_chunks().0.iter().map(|key| ShingleKey::unpacked(u64::from_le_bytes(*key)));
        let of_text = |key: ShingleKey| Some(ShingleKey { owner: self.heads.text(key.owner)?, ..key }.packed());
        Ok(keys.filter_map(of_text).collect())
    }
}
