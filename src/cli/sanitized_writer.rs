//! A writer that sanitises text for terminals.

use std::io::{self, Write};

use qissa::sanitize::message;

/// Writes data unchanged to files and pipes, and sanitised to terminals: no data is a terminal
/// command.
#[derive(Debug)]
pub struct SanitizedWriter<W: Write> {
    out: W,
    is_terminal: bool,
    /// The first bytes of a character whose last bytes were not written yet.
    partial: Vec<u8>,
}

impl<W: Write> SanitizedWriter<W> {
    pub fn new(out: W, is_terminal: bool) -> Self {
        SanitizedWriter {
            out,
            is_terminal,
            partial: Vec::new(),
        }
    }
}

impl<W: Write> Write for SanitizedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.out.write(bytes);
        }
        self.partial.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.partial) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.partial.len(),
        };
        let rest = self.partial.split_off(whole);
        let text = std::mem::replace(&mut self.partial, rest);
        self.out
            .write_all(message(&String::from_utf8_lossy(&text)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_sanitized_across_write_boundaries() {
        let data = "{\"a\":\"\u{9b}2J\u{1b}[ق\"}\n";
        for size in 1..8 {
            let mut terminal = SanitizedWriter::new(Vec::new(), true);
            data.as_bytes()
                .chunks(size)
                .for_each(|part| terminal.write_all(part).unwrap());
            assert_eq!(
                String::from_utf8(terminal.out).unwrap(),
                "{\"a\":\"\u{fffd}2J\u{fffd}[ق\"}\n"
            );
        }
        let mut file = SanitizedWriter::new(Vec::new(), false);
        file.write_all(data.as_bytes()).unwrap();
        assert_eq!(file.out, data.as_bytes());
    }
}
