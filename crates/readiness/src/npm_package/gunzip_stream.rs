//! The bytes of a download as they arrive, and the archive in them.

use std::io::{self, BufRead as _, BufReader, Read};

use bytes::{Buf as _, Bytes};
use flate2::bufread::GzDecoder;
use tokio::sync::mpsc::Receiver;

/// The maximum number of bytes of the archive once it is decompressed: 512 MiB.
const MOST: u64 = 512 * 1024 * 1024;

/// The most that it may grow when it is decompressed.
const MOST_RATIO: u64 = 200;

/// The size below which its growth does not matter.
const SMALL: u64 = 4 * 1024 * 1024;

/// The parts of a download, read by another thread than the one that receives them.
#[derive(Debug)]
pub(super) struct Arriving {
    parts: Receiver<Bytes>,
    current: Bytes,
    received: u64,
}

impl Arriving {
    pub(super) fn new(parts: Receiver<Bytes>) -> Self {
        Self { parts, current: Bytes::new(), received: 0 }
    }
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.parts.blocking_recv() {
                None => return Ok(0),
                Some(part) => self.current = part,
            }
        }
        let size = self.current.len().min(buffer.len());
        self.current.copy_to_slice(&mut buffer[..size]);
        self.received += u64::try_from(size).unwrap_or_default();
        Ok(size)
    }
}

/// The decompressed archive, within limits.
#[derive(Debug)]
pub(super) struct Gunzip {
    decoder: GzDecoder<BufReader<Arriving>>,
    decompressed: u64,
}

impl Gunzip {
    /// Begins to decompress.
    ///
    /// # Errors
    ///
    /// It is not gzip.
    pub(super) fn new(arriving: Arriving) -> Result<Self, String> {
        let mut buffered = BufReader::new(arriving);
        let begin = buffered.fill_buf().map_err(|error| error.to_string())?;
        if begin.trim_ascii_start().starts_with(b"<") {
            return Err("it is HTML, not a package".to_owned());
        }
        if begin.is_empty() {
            return Err("it is empty".to_owned());
        }
        // A connection may hand over a single byte at first, which says nothing yet.
        if begin.len() >= 3 && !begin.starts_with(&[0x1f, 0x8b, 8]) {
            return Err("it is not compressed by gzip".to_owned());
        }
        Ok(Self { decoder: GzDecoder::new(buffered), decompressed: 0 })
    }

    /// Ends the reading: nothing may follow.
    pub(super) fn finish(mut self) -> Result<(), String> {
        let mut rest = [0; 8 * 1024];
        loop {
            match self.read(&mut rest).map_err(|error| unreadable(&error))? {
                0 => break,
                size if rest[..size].iter().all(|byte| *byte == 0) => {}
                _ => return Err("something follows the end of the archive".to_owned()),
            }
        }
        let left = self.decoder.get_mut().fill_buf().map_err(|error| error.to_string())?;
        if left.is_empty() {
            Ok(())
        } else {
            Err("something follows the compressed data".to_owned())
        }
    }
}

impl Read for Gunzip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.decoder.read(buffer)?;
        self.decompressed += u64::try_from(size).unwrap_or_default();
        let received = self.decoder.get_ref().get_ref().received.max(1);
        if self.decompressed > MOST {
            return Err(io::Error::other("it decompresses to more than 512 MiB"));
        }
        if self.decompressed > SMALL && self.decompressed / received > MOST_RATIO {
            return Err(io::Error::other("it decompresses to more than 200 times its size"));
        }
        Ok(size)
    }
}

/// Returns why an archive cannot be read.
pub(super) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            format!("its compressed data is damaged ({error})")
        }
        _ => error.to_string(),
    }
}
