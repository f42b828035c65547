//! How inputs are read, and reading one input so.

use super::folder::Input;
use super::{FieldNames, Format, NoItemsCause, ReadError, Reading, Source, UnpackLimits};
use super::{detect, read, unpack};

/// How inputs are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// The format of all inputs; detected from each content if `None`.
    pub format: Option<Format>,
    /// The names of the fields, columns and lists, where they differ from the known ones.
    pub field_names: FieldNames,
    /// How many bytes may come out of one input.
    pub limits: UnpackLimits,
}

impl ReadOptions {
    /// The items of one unpacked source.
    ///
    /// # Errors
    /// Those of [`read`], and [`ReadError::NoItems`] if a named source gives no item but should.
    pub fn read<'a>(&self, source: &'a Source) -> Result<Reading<'a>, ReadError> {
        let reading = read(source, self.format, &self.field_names)?;
        reading.require_items(source)?;
        Ok(reading)
    }

    /// Whether an input with this first line has one record per line, so it can be read line by
    /// line.
    pub fn is_jsonl(&self, first_line: &str) -> bool {
        if self.field_names.records.is_some() {
            return false;
        }
        if let Some(format) = self.format {
            return format == Format::Jsonl;
        }
        let line = first_line.trim_start_matches('\u{feff}').trim();
        line.starts_with('{') && detect(line, "", &self.field_names) == Some(Format::Jsonl)
    }

    /// The unpacked sources of one file.
    pub(super) fn load(&self, input: &Input) -> Result<Vec<Source>, ReadError> {
        let source = Source {
            is_named: input.is_named,
            limits: self.limits,
            ..Source::load(&input.path)?
        };
        self.unpack(source)
    }

    /// The files in a source.
    pub(super) fn unpack(&self, source: Source) -> Result<Vec<Source>, ReadError> {
        let (name, is_named) = (source.name.clone(), source.is_named);
        let sources = unpack(source)?;
        if sources.is_empty() && is_named {
            let cause = NoItemsCause::EmptyArchive;
            return Err(ReadError::NoItems { name, cause });
        }
        Ok(sources)
    }
}
