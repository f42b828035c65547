//! Disk driver: blocking keys in temporary files, read back table by table.
//!
//! Input: the key chunks of sketches. Output: a [`KeySource`]. The files have no name and vanish
//! with the process. Cost: 4 bytes of disk per band key, 8 per other key.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::records::read_at;
use crate::blocking::{
    ContainmentSource, Exemplars, KeyChunk, KeyColumn, KeySource, PackedPosting, Posting,
    partition_of,
};
use crate::ids::{Field, ItemId, PerField, TextId};

/// Number of hash partitions of the keys outside bands, per field and kind of table.
const PARTITIONS: usize = 64;

/// Number of postings of a partition buffered before a write.
const BUFFERED: usize = 1 << 12;

/// Writes the keys of a batch to disk.
pub(super) struct KeyWriter {
    /// The band keys of all chunks.
    file: File,
    /// Number of bytes written to `file`.
    written: u64,
    fields: PerField<FieldRuns>,
}

/// The keys of one field on disk.
struct FieldRuns {
    bands: usize,
    chunks: Vec<BandRun>,
    containment: Vec<PartitionFile>,
    /// Similarity keys of prefixes and samples.
    unbanded: Vec<PartitionFile>,
}

/// The band keys of a chunk on disk.
struct BandRun {
    items: Vec<ItemId>,
    /// Position of the first key in the file.
    start: u64,
}

impl FieldRuns {
    fn new(folder: &Path) -> io::Result<Self> {
        Ok(FieldRuns {
            bands: 0,
            chunks: Vec::new(),
            containment: PartitionFile::all(folder)?,
            unbanded: PartitionFile::all(folder)?,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.containment
            .iter_mut()
            .chain(&mut self.unbanded)
            .try_for_each(PartitionFile::flush)
    }
}

impl KeyWriter {
    /// A writer to temporary files in a folder.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        Ok(KeyWriter {
            file: tempfile::tempfile_in(folder)?,
            written: 0,
            fields: PerField {
                title: FieldRuns::new(folder)?,
                body: FieldRuns::new(folder)?,
            },
        })
    }

    /// Writes the keys of a sketch.
    pub(super) fn write(&mut self, keys: &PerField<KeyChunk<ItemId>>) -> io::Result<()> {
        for field in Field::ALL {
            let (chunk, runs) = (&keys[field], &mut self.fields[field]);
            runs.bands = runs.bands.max(chunk.bands());
            runs.chunks.push(BandRun {
                items: chunk.owners().to_vec(),
                start: self.written,
            });
            let mut bytes = Vec::with_capacity(4 * chunk.band_keys().len());
            for key in chunk.band_keys() {
                bytes.extend(key.to_le_bytes());
            }
            self.file.write_all(&bytes)?;
            self.written += bytes.len() as u64;
            for posting in chunk.containment_postings() {
                PartitionFile::push(&mut runs.containment, posting)?;
            }
            for posting in chunk.unbanded_postings() {
                PartitionFile::push(&mut runs.unbanded, posting)?;
            }
        }
        Ok(())
    }

    /// The keys of the exemplars among all items written.
    pub(super) fn finish(mut self, exemplars: Exemplars<ItemId>) -> io::Result<DiskKeys> {
        self.fields.title.flush()?;
        self.fields.body.flush()?;
        Ok(DiskKeys {
            written: self,
            exemplars,
        })
    }
}

/// The keys of a batch on disk.
pub(super) struct DiskKeys {
    written: KeyWriter,
    exemplars: Exemplars<ItemId>,
}

impl DiskKeys {
    /// The keys of a chunk for a band.
    fn band(&self, run: &BandRun, band: usize) -> io::Result<KeyColumn<'static>> {
        let mut bytes = vec![0; run.items.len() * 4];
        let start = run.start + (band * bytes.len()) as u64;
        read_at(&self.written.file, &mut bytes, start)?;
        let keys = bytes.as_chunks().0.iter().copied().map(u32::from_le_bytes);
        let postings = run.items.iter().zip(keys);
        Ok(column(postings.filter_map(|(&item, key)| {
            Some((self.exemplars.text(item)?, key))
        })))
    }
}

fn column(postings: impl Iterator<Item = (TextId, u32)>) -> KeyColumn<'static> {
    let (texts, keys): (Vec<TextId>, Vec<u32>) = postings.unzip();
    KeyColumn {
        texts: texts.into(),
        keys: keys.into(),
    }
}

impl KeySource for DiskKeys {
    type Error = io::Error;
    type Containment = Self;

    fn similarity_tables(&self, field: Field) -> usize {
        let runs = &self.written.fields[field];
        runs.bands + runs.unbanded.len()
    }

    fn similarity_table(&self, field: Field, table: usize) -> io::Result<Vec<KeyColumn<'_>>> {
        let runs = &self.written.fields[field];
        match table.checked_sub(runs.bands) {
            None => runs
                .chunks
                .iter()
                .map(|run| self.band(run, table))
                .collect(),
            Some(partition) => {
                let postings = runs.unbanded[partition].read(&self.exemplars)?;
                Ok(vec![column(
                    postings.map(|posting| (posting.owner, posting.key)),
                )])
            }
        }
    }

    fn into_containment(self) -> Self {
        self
    }
}

impl ContainmentSource for DiskKeys {
    type Error = io::Error;

    fn partitions(&self, field: Field) -> usize {
        self.written.fields[field].containment.len()
    }

    fn partition(&self, field: Field, partition: usize) -> io::Result<Vec<PackedPosting>> {
        let file = &self.written.fields[field].containment[partition];
        Ok(file.read(&self.exemplars)?.map(Posting::pack).collect())
    }
}

/// A hash partition of postings on disk.
struct PartitionFile {
    file: File,
    buffer: Vec<PackedPosting>,
    /// Number of postings in the file.
    count: usize,
}

impl PartitionFile {
    /// The files of all partitions.
    fn all(folder: &Path) -> io::Result<Vec<Self>> {
        let mut files = Vec::with_capacity(PARTITIONS);
        for _ in 0..PARTITIONS {
            files.push(PartitionFile {
                file: tempfile::tempfile_in(folder)?,
                buffer: Vec::new(),
                count: 0,
            });
        }
        Ok(files)
    }

    /// Adds a posting to its partition.
    fn push(partitions: &mut [Self], posting: Posting<ItemId>) -> io::Result<()> {
        let partition = &mut partitions[partition_of(posting.key, PARTITIONS)];
        partition.buffer.push(posting.pack());
        if partition.buffer.len() == BUFFERED {
            partition.flush()?;
        }
        Ok(())
    }

    /// Writes the buffered postings.
    fn flush(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(8 * self.buffer.len());
        for posting in self.buffer.drain(..) {
            bytes.extend(posting.to_le_bytes());
            self.count += 1;
        }
        self.file.write_all(&bytes)
    }

    /// The postings of exemplars, as postings of their texts.
    fn read<'e>(
        &self,
        exemplars: &'e Exemplars<ItemId>,
    ) -> io::Result<impl Iterator<Item = Posting<TextId>> + use<'e>> {
        let mut bytes = vec![0; self.count * 8];
        read_at(&self.file, &mut bytes, 0)?;
        let postings = (0..self.count)
            .map(move |at| PackedPosting::from_le_bytes(bytes.as_chunks().0[at]).unpack());
        Ok(postings.filter_map(|posting: Posting<ItemId>| {
            Some(Posting {
                key: posting.key,
                owner: exemplars.text(posting.owner)?,
                probes: posting.probes,
            })
        }))
    }
}
