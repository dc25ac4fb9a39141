//! A line of the head of a request.

/// The number of bytes of a line that are kept: more than a line has that states the length of a
/// body.
const KEPT: usize = 64;

/// The line that is being read, without blanks at its ends, and with one space for the blanks in between.
#[derive(Debug)]
pub(super) struct Line {
    kept: [u8; KEPT],
    length: usize,
    /// True if blanks follow the last byte.
    is_blank_due: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self { kept: [0; KEPT], length: 0, is_blank_due: false }
    }
}

impl Line {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if matches!(byte, b' ' | b'\t' | b'\r') {
                self.is_blank_due = self.length > 0;
                continue;
            }
            if std::mem::take(&mut self.is_blank_due) {
                self.push_byte(b' ');
            }
            self.push_byte(*byte);
        }
    }

    fn push_byte(&mut self, byte: u8) {
        if let Some(place) = self.kept.get_mut(self.length) {
            *place = byte;
        }
        self.length = self.length.saturating_add(1);
    }

    pub(super) fn clear(&mut self) {
        self.length = 0;
        self.is_blank_due = false;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns the beginning of the line.
    pub(super) fn kept(&self) -> &[u8] {
        &self.kept[..self.length.min(KEPT)]
    }

    /// Returns the name and the value of a header. There is no value if the line is too long to be kept.
    pub(super) fn header(&self) -> Option<(&[u8], Option<&[u8]>)> {
        let kept = self.kept();
        let colon = kept.iter().position(|byte| *byte == b':')?;
        let value = (self.length <= KEPT).then(|| kept[colon + 1..].trim_ascii_start());
        Some((&kept[..colon], value))
    }
}
