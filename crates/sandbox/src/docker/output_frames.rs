//! The frames in which output is sent.

use super::programs::Stream;

/// Puts output into a frame: eight bytes with the stream and the length, then the output.
pub(super) fn frame(stream: Stream, text: &[u8]) -> Vec<u8> {
    let kind = match stream {
        Stream::Stdout => 1,
        Stream::Stderr => 2,
    };
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut frame = vec![kind, 0, 0, 0];
    frame.extend(length);
    frame.extend(text);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_begin_with_stream_and_length() {
        assert_eq!(frame(Stream::Stderr, b"no\n"), b"\x02\0\0\0\0\0\0\x03no\n");
    }
}
