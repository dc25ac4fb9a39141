//! Where a chunked body ends.

/// The part of a chunked body that the next byte belongs to, with the size of the chunk as far as it is known.
///
/// The parts are those of the HTTP library (actix-http 3.20, `h1/chunked.rs`): it accepts fewer forms than RFC 9112
/// allows, and ends a trailer only at a carriage return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkPart {
    SizeFirst,
    Size(u64),
    SizeBlank(u64),
    Extension(u64),
    SizeLf(u64),
    /// The data, with the number of bytes that are left of it.
    Data(u64),
    DataCr,
    DataLf,
    Trailer,
    TrailerLf,
    EndCr,
    EndLf,
    End,
}

impl ChunkPart {
    /// Reads the next byte, or all that is there of the data of a chunk. Returns how many bytes were read, and the part
    /// after them; `None` if the HTTP library refuses them.
    pub(super) fn read_bytes(self, bytes: &[u8]) -> (usize, Option<Self>) {
        if let Self::Data(left) = self {
            let (read, left) = skip(bytes, left);
            return (read, Some(if left == 0 { Self::DataCr } else { Self::Data(left) }));
        }
        match bytes.first() {
            Some(byte) => (1, self.after_byte(*byte)),
            None => (0, Some(self)),
        }
    }

    fn after_byte(self, byte: u8) -> Option<Self> {
        match (self, byte) {
            (Self::SizeFirst, _) => hex_digit(byte).map(Self::Size),
            (Self::Size(size) | Self::SizeBlank(size), b' ' | b'\t') => Some(Self::SizeBlank(size)),
            (Self::Size(size) | Self::SizeBlank(size), b';') => Some(Self::Extension(size)),
            (Self::Size(size) | Self::SizeBlank(size) | Self::Extension(size), b'\r') => {
                Some(Self::SizeLf(size))
            }
            (Self::Size(size), _) => Some(Self::Size(size.checked_mul(16)? + hex_digit(byte)?)),
            (Self::Extension(_), b'\t' | b' '..=b'~' | 0x80..=0xff) => Some(self),
            (Self::SizeLf(0) | Self::TrailerLf, b'\n') => Some(Self::EndCr),
            (Self::SizeLf(size), b'\n') => Some(Self::Data(size)),
            (Self::DataCr, b'\r') => Some(Self::DataLf),
            (Self::DataLf, b'\n') => Some(Self::SizeFirst),
            (Self::EndCr, b'\r') => Some(Self::EndLf),
            (Self::EndLf, b'\n') => Some(Self::End),
            (Self::Trailer, b'\r') => Some(Self::TrailerLf),
            (Self::Trailer | Self::EndCr, _) => Some(Self::Trailer),
            _ => None,
        }
    }
}

fn hex_digit(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(16).map(u64::from)
}

/// Skips bytes of which so many are left. Returns how many were there, and how many are left after them.
pub(super) fn skip(bytes: &[u8], left: u64) -> (usize, u64) {
    let skipped = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
    (skipped, left - skipped as u64)
}
