//! Data on its way to standard output, of which nothing is a command if that is a terminal.

use std::io::{self, Write};

use qissa::sanitize::message;

/// Data on its way to a screen, or to where its bytes must stay. On a screen nothing of the data is
/// a command.
#[derive(Debug)]
pub struct Screen<W: Write> {
    out: W,
    is_screen: bool,
    /// The beginning of a character whose end has not come.
    begun: Vec<u8>,
}

impl<W: Write> Screen<W> {
    /// Data that is written to `out`, which is a screen or not.
    pub fn new(out: W, is_screen: bool) -> Self {
        Screen {
            out,
            is_screen,
            begun: Vec::new(),
        }
    }
}

impl<W: Write> Write for Screen<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_screen {
            return self.out.write(bytes);
        }
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.begun.len(),
        };
        let rest = self.begun.split_off(whole);
        let text = std::mem::replace(&mut self.begun, rest);
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
    fn data_on_a_screen_is_legible_however_it_comes() {
        let data = "{\"a\":\"\u{9b}2J\u{1b}[ق\"}\n";
        for size in 1..8 {
            let mut screen = Screen::new(Vec::new(), true);
            data.as_bytes()
                .chunks(size)
                .for_each(|part| screen.write_all(part).unwrap());
            assert_eq!(
                String::from_utf8(screen.out).unwrap(),
                "{\"a\":\"\u{fffd}2J\u{fffd}[ق\"}\n"
            );
        }
        let mut file = Screen::new(Vec::new(), false);
        file.write_all(data.as_bytes()).unwrap();
        assert_eq!(file.out, data.as_bytes());
    }
}
