//! The redb tables of an index: segments, settings, pending deliveries.

use redb::{ReadTransaction, ReadableTable, TableDefinition, TableError, WriteTransaction};
use xxhash_rust::xxh3::xxh3_64;

use super::files::lines;
use super::manifest::Manifest;
use super::{Settings, StoreError};
use crate::index::{Delivery, PendingDeliveries, Segment, SegmentNo};

/// Bytes of each segment, by number.
pub(super) const SEGMENTS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("segments");

/// Settings by name.
pub(super) const SETTINGS: TableDefinition<'static, &str, &str> = TableDefinition::new("settings");

/// Bytes of each pending delivery, by segment.
pub(super) const PENDING: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("untold");

/// A change of the table of pending deliveries: new bytes, or `None` to remove the row.
pub(super) struct PendingRow {
    segment: SegmentNo,
    bytes: Option<Vec<u8>>,
}

/// XXH3 of the settings as lines of `name = value`.
pub(super) fn settings_checksum(settings: &Settings) -> u64 {
    xxh3_64(lines(settings).as_bytes())
}

/// The settings, whether or not they match their checksum.
pub(super) fn unchecked_settings(
    transaction: &ReadTransaction,
    path: &str,
) -> Result<Settings, StoreError> {
    let read = || -> Result<Settings, redb::Error> {
        let mut settings = Settings::new();
        for row in transaction.open_table(SETTINGS)?.iter()? {
            let (name, value) = row?;
            settings.insert(name.value().to_owned(), value.value().to_owned());
        }
        Ok(settings)
    };
    read().map_err(|error| StoreError::redb(path, error))
}

/// The settings.
pub(super) fn read_settings(
    transaction: &ReadTransaction,
    manifest: &Manifest,
    path: &str,
) -> Result<Settings, StoreError> {
    let settings = unchecked_settings(transaction, path)?;
    if settings_checksum(&settings) != manifest.settings_checksum {
        let what = "its settings do not match their checksum";
        return Err(StoreError::damaged(path, what));
    }
    Ok(settings)
}

/// The pending deliveries; none in an index of the old version, which has no such table.
pub(super) fn read_pending(
    transaction: &ReadTransaction,
    path: &str,
) -> Result<PendingDeliveries, StoreError> {
    let failed = |error: redb::StorageError| StoreError::redb(path, error);
    let table = match transaction.open_table(PENDING) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(PendingDeliveries::default()),
        opened => opened.map_err(|error| StoreError::redb(path, error))?,
    };
    let mut deliveries = Vec::new();
    for row in table.iter().map_err(failed)? {
        let (segment, bytes) = row.map_err(failed)?;
        let segment = SegmentNo(segment.value());
        let delivery = Delivery::from_bytes(bytes.value()).map_err(|error| {
            StoreError::damaged(path, format!("the delivery of segment {segment} {error}"))
        })?;
        deliveries.push((segment, delivery));
    }
    Ok(PendingDeliveries::new(deliveries))
}

/// The rows that turn the deliveries in the file into `pending`.
pub(super) fn pending_rows(
    in_file: &PendingDeliveries,
    pending: &PendingDeliveries,
    path: &str,
) -> Result<Vec<PendingRow>, StoreError> {
    let mut rows = Vec::new();
    for (segment, _) in in_file.iter() {
        if pending.get(segment).is_none() {
            let bytes = None;
            rows.push(PendingRow { segment, bytes });
        }
    }
    for (segment, delivery) in pending.iter() {
        if in_file.get(segment) != Some(delivery) {
            let bytes = delivery
                .to_bytes()
                .map_err(|error| StoreError::unwritable(path, segment, error))?;
            let bytes = Some(bytes);
            rows.push(PendingRow { segment, bytes });
        }
    }
    Ok(rows)
}

/// Writes rows of pending deliveries.
pub(super) fn write_pending(
    transaction: &WriteTransaction,
    rows: &[PendingRow],
) -> Result<(), redb::Error> {
    // The table is not opened in vain: that would change the file.
    if rows.is_empty() {
        return Ok(());
    }
    let mut table = transaction.open_table(PENDING)?;
    for PendingRow { segment, bytes } in rows {
        match bytes {
            Some(bytes) => table.insert(segment.0, bytes.as_slice())?,
            None => table.remove(segment.0)?,
        };
    }
    Ok(())
}

/// Visits each segment, in order, with its size in bytes, and checks the chain of checksums.
pub(super) fn visit_segments(
    transaction: &ReadTransaction,
    manifest: &Manifest,
    path: &str,
    mut visit: impl FnMut(Segment, usize),
) -> Result<(), StoreError> {
    let table = transaction
        .open_table(SEGMENTS)
        .map_err(|error| StoreError::redb(path, error))?;
    let mut previous = manifest.previous_checksum;
    for number in manifest.first_segment.until(manifest.next_segment) {
        let damaged = |what: &str| StoreError::damaged_segment(path, number, what);
        let blob = table
            .get(number.0)
            .map_err(|error| StoreError::redb(path, error))?
            .ok_or_else(|| damaged("is missing"))?;
        let (segment, checksum) =
            Segment::from_bytes(blob.value()).map_err(|error| damaged(&error.to_string()))?;
        if (segment.number, segment.previous_checksum) != (number, previous) {
            return Err(damaged("does not follow the segment before"));
        }
        previous = checksum;
        visit(segment, blob.value().len());
    }
    if previous != manifest.last_checksum {
        let what = "is not the last segment that was written";
        let last = SegmentNo(manifest.next_segment.0.saturating_sub(1));
        return Err(StoreError::damaged_segment(path, last, what));
    }
    Ok(())
}
