//! Reads a body in chunks, of a request or of an answer.

/// The longest line with the size of a chunk, in bytes, without its end.
const LINE: usize = 16;

/// The error for a body in chunks that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Garbled;

/// The position of the reader in a body.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// In a line with a size: the bytes that were read of it.
    Size(Vec<u8>),
    /// In a chunk: how many bytes are missing, and after them CR LF.
    Data(u64),
    /// In the end of a chunk: how many bytes of CR LF were read.
    End(usize),
    /// In the empty line after the last chunk.
    Last(usize),
    Done,
}

/// The reader of a body in chunks. Extensions and trailers are refused: nobody sends them.
#[derive(Clone, Debug)]
pub(crate) struct Chunked(State);

impl Chunked {
    pub(crate) fn new() -> Self {
        Self(State::Size(Vec::new()))
    }

    /// Returns whether the body is complete.
    pub(crate) fn is_done(&self) -> bool {
        self.0 == State::Done
    }

    /// Reads as much as belongs to the body, appends the contents to `out`, and returns how many
    /// bytes of `input` were read.
    pub(crate) fn read(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, Garbled> {
        let mut rest = input;
        while !rest.is_empty() && !self.is_done() {
            if let State::Data(missing) = &mut self.0 {
                let length = usize::try_from(*missing).unwrap_or(usize::MAX).min(rest.len());
                out.extend_from_slice(&rest[..length]);
                *missing -= u64::try_from(length).unwrap_or(u64::MAX);
                rest = &rest[length..];
                if *missing == 0 {
                    self.0 = State::End(0);
                }
            } else {
                self.step(rest[0])?;
                rest = &rest[1..];
            }
        }
        Ok(input.len() - rest.len())
    }

    /// Reads one byte between chunks.
    fn step(&mut self, byte: u8) -> Result<(), Garbled> {
        self.0 = match &mut self.0 {
            State::Size(line) => {
                line.push(byte);
                match size(line)? {
                    Some(0) => State::Last(0),
                    Some(size) => State::Data(size),
                    None => return Ok(()),
                }
            }
            State::End(read) => match line_end(*read, byte)? {
                2 => State::Size(Vec::new()),
                read => State::End(read),
            },
            State::Last(read) => match line_end(*read, byte)? {
                2 => State::Done,
                read => State::Last(read),
            },
            State::Data(_) | State::Done => return Err(Garbled),
        };
        Ok(())
    }
}

/// Returns the size in a line; `None` if the line is incomplete.
fn size(line: &[u8]) -> Result<Option<u64>, Garbled> {
    let Some(digits) = line.strip_suffix(b"\r\n") else {
        let digits = line.strip_suffix(b"\r").unwrap_or(line);
        let is_beginning = digits.len() <= LINE && digits.iter().all(u8::is_ascii_hexdigit);
        return if is_beginning { Ok(None) } else { Err(Garbled) };
    };
    let digits = std::str::from_utf8(digits).map_err(|_| Garbled)?;
    u64::from_str_radix(digits, 16).map(Some).map_err(|_| Garbled)
}

/// Returns how many bytes of CR LF were read after `byte`.
fn line_end(read: usize, byte: u8) -> Result<usize, Garbled> {
    if b"\r\n".get(read) == Some(&byte) { Ok(read + 1) } else { Err(Garbled) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &[u8], step: usize) -> Result<(Vec<u8>, bool, usize), Garbled> {
        let (mut reader, mut out, mut read) = (Chunked::new(), Vec::new(), 0);
        for part in body.chunks(step) {
            read += reader.read(part, &mut out)?;
        }
        Ok((out, reader.is_done(), read))
    }

    #[test]
    fn chunks_are_read_from_pieces_of_any_size() {
        let body = b"5\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n";
        let contents = b"helloabcdefghijklmnopqrstuvwxyz".to_vec();
        for step in 1..=body.len() {
            assert_eq!(read(body, step), Ok((contents.clone(), true, body.len())), "{step}");
        }
    }

    #[test]
    fn bytes_after_the_body_are_left_unread() {
        assert_eq!(read(b"0\r\n\r\nGET /", 100), Ok((Vec::new(), true, 5)));
    }

    #[test]
    fn chunk_extensions_trailers_and_malformed_chunks_are_refused() {
        for body in [
            &b"5;x=y\r\nhello\r\n"[..],
            b"5\nhello\r\n",
            b"-5\r\n",
            b"+5\r\n",
            b" 5\r\n",
            b"\r\n",
            b"0x5\r\n",
            b"00000000000000005\r\n",
            b"5\r\nhelloo\r\n",
            b"5\r\nhello\n",
            b"5\r\r\n",
            b"0\r\nTrailer: x\r\n\r\n",
        ] {
            assert_eq!(read(body, 1), Err(Garbled), "{}", String::from_utf8_lossy(body));
            assert_eq!(read(body, 100), Err(Garbled));
        }
    }
}
