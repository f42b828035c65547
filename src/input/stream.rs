//! Standard input, read as it arrives.
//!
//! Input: a stream of bytes. Output: a [`Chunk`] per block of whole lines if the stream is JSON
//! Lines; otherwise the stream is read to its end. Cost: linear in the bytes.

use std::io::{self, BufRead, BufReader};
use std::ops::ControlFlow;

use super::{Format, ReadError, ReadOptions, Reading, Source, read, read_some_lines};

/// Bytes that are read at a time.
const BUFFER_BYTES: usize = 1 << 18;

/// A part of a corpus, as [`Corpus::stream`](super::Corpus::stream) passes it on.
#[derive(Debug)]
pub enum Chunk {
    /// What an input, or some of its lines, gave.
    Read(Reading<'static>),
    /// An unnamed input that was not read.
    Rejected(ReadError),
}

/// Passes on what each unpacked source gives.
pub(super) fn stream_sources(
    sources: &[Source],
    options: &ReadOptions,
    take: &mut impl FnMut(Chunk) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, ReadError> {
    for source in sources {
        let chunk = match options.read(source) {
            Ok(reading) => Chunk::Read(reading.into_owned()),
            Err(error) => Chunk::Rejected(error.skipped(source.is_named)?),
        };
        if take(chunk).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Reads standard input.
pub(super) fn read_stdin(
    options: &ReadOptions,
    take: &mut impl FnMut(Chunk) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, ReadError> {
    let input = BufReader::with_capacity(BUFFER_BYTES, io::stdin());
    read_stream(input, options, take)
}

fn read_stream(
    mut input: impl BufRead,
    options: &ReadOptions,
    take: &mut impl FnMut(Chunk) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, ReadError> {
    let first = first_line(&mut input).map_err(io_error)?;
    if options.is_jsonl(&String::from_utf8_lossy(&first)) {
        return read_lines(input, first, options, take);
    }
    let mut bytes = first;
    input.read_to_end(&mut bytes).map_err(io_error)?;
    stream_sources(&options.unpack(source(bytes, options))?, options, take)
}

/// The stream up to the end of its first line that is not blank.
fn first_line(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    while first.trim_ascii().is_empty() && input.read_until(b'\n', &mut first)? > 0 {}
    Ok(first)
}

/// Passes on all whole lines that have arrived, the first line by itself.
fn read_lines(
    mut input: impl BufRead,
    first: Vec<u8>,
    options: &ReadOptions,
    take: &mut impl FnMut(Chunk) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, ReadError> {
    let mut lines = StreamLines {
        options,
        missing: None,
        is_checked: false,
    };
    let mut block = first;
    loop {
        if block.ends_with(b"\n") {
            let whole = std::mem::take(&mut block);
            if lines.pass_on(whole, take).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let arrived = input.fill_buf().map_err(io_error)?;
        if arrived.is_empty() {
            let flow = lines.pass_on(block, take);
            return lines.missing.map_or(Ok(flow), Err);
        }
        let used = memchr::memrchr(b'\n', arrived).map_or(arrived.len(), |at| at + 1);
        block.extend_from_slice(&arrived[..used]);
        input.consume(used);
    }
}

/// The lines of a stream, whose named fields are checked across blocks: some records may lack them,
/// but not all.
struct StreamLines<'o> {
    options: &'o ReadOptions,
    /// Whether some block had all named fields.
    is_checked: bool,
    /// Which named field all blocks lacked so far.
    missing: Option<ReadError>,
}

impl StreamLines<'_> {
    fn pass_on(
        &mut self,
        block: Vec<u8>,
        take: &mut impl FnMut(Chunk) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if block.trim_ascii().is_empty() {
            return ControlFlow::Continue(());
        }
        let source = source(block, self.options);
        let field_names = &self.options.field_names;
        if !self.is_checked {
            self.missing = read(&source, Some(Format::Jsonl), field_names).err();
            self.is_checked = self.missing.is_none();
        }
        take(Chunk::Read(
            read_some_lines(&source, field_names).into_owned(),
        ))
    }
}

fn source(bytes: Vec<u8>, options: &ReadOptions) -> Source {
    Source {
        limits: options.limits,
        ..Source::new("-", bytes)
    }
}

fn io_error(source: io::Error) -> ReadError {
    let name = "-".to_owned();
    ReadError::Io { name, source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::FieldNames;

    fn chunks(text: &str, options: &ReadOptions) -> Result<Vec<usize>, ReadError> {
        let mut counts = Vec::new();
        // A buffer of 40 bytes makes several blocks.
        let input = BufReader::with_capacity(40, text.as_bytes());
        let flow = read_stream(input, options, &mut |chunk| {
            if let Chunk::Read(reading) = chunk {
                counts.push(reading.articles.len());
            }
            ControlFlow::Continue(())
        })?;
        assert!(flow.is_continue());
        Ok(counts)
    }

    #[test]
    fn json_lines_are_passed_on_as_they_arrive() {
        let text = "\n{\"id\":\"1\",\"title\":\"a\"}\n".to_owned()
            + &"{\"id\":\"2\",\"title\":\"b\"}\n".repeat(5);
        let counts = chunks(&text, &ReadOptions::default()).unwrap();
        assert_eq!(counts[0], 1);
        assert!(counts.len() > 2 && counts.iter().sum::<usize>() == 6);
        assert_eq!(
            chunks("id,title\n1,a\n2,b\n", &ReadOptions::default()).unwrap(),
            [2]
        );
    }

    #[test]
    fn a_named_field_that_no_line_has_is_an_error() {
        let options = ReadOptions {
            field_names: FieldNames {
                title: Some("headlin".to_owned()),
                ..FieldNames::default()
            },
            ..ReadOptions::default()
        };
        let line = "{\"id\":\"1\",\"headline\":\"a\"}\n";
        assert!(chunks(line, &options).is_err());
        let fit = "{\"id\":\"2\",\"headlin\":\"a\"}\n";
        assert!(chunks(&(line.to_owned() + fit), &options).is_ok());
    }
}
