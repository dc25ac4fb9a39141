//! The stream of events in which a server answers one request.

/// The maximum size of an event, in bytes.
pub(super) const MAX_EVENT: usize = 16 * 1024 * 1024;

/// Collects the data of events from pieces of a stream.
#[derive(Debug, Default)]
pub(super) struct Events {
    received: Vec<u8>,
    data: String,
}

/// An event is larger than [`MAX_EVENT`].
#[derive(Debug)]
pub(super) struct TooLarge;

impl Events {
    /// Takes a piece, and returns the data of the events that it completes.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if an event is.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<Vec<String>, TooLarge> {
        self.received.extend_from_slice(piece);
        let mut events = Vec::new();
        while let Some(at) = self.received.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.received.drain(..=at).collect();
            events.extend(self.take_line(&line));
        }
        if self.received.len() + self.data.len() > MAX_EVENT { Err(TooLarge) } else { Ok(events) }
    }

    /// Takes a line. An empty one ends an event; comments and other fields say nothing that is passed on.
    fn take_line(&mut self, line: &[u8]) -> Option<String> {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\n', '\r']);
        if line.is_empty() {
            return (!self.data.is_empty()).then(|| std::mem::take(&mut self.data));
        }
        let data = line.strip_prefix("data:")?;
        if !self.data.is_empty() {
            self.data.push('\n');
        }
        self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str =
        ": hello\n\ndata: {\"a\":\ndata: 1}\r\n\r\nevent: message\nid: 7\ndata:2\n\n";

    proptest! {
        #[test]
        fn events_are_parsed_regardless_of_chunk_boundaries(cuts in prop::collection::vec(0..STREAM.len(), 0..8)) {
            let mut cuts = cuts;
            cuts.extend([0, STREAM.len()]);
            cuts.sort_unstable();
            let mut events = Events::default();
            let mut seen = Vec::new();
            for cut in cuts.windows(2) {
                seen.extend(events.push(&STREAM.as_bytes()[cut[0]..cut[1]]).unwrap());
            }
            prop_assert_eq!(seen, ["{\"a\":\n1}", "2"]);
        }
    }

    #[test]
    fn an_endless_event_is_refused_at_16_mib() {
        let mut events = Events::default();
        let piece = vec![b'x'; 1024 * 1024];
        let refused = (0..32).find(|_| events.push(&piece).is_err());
        assert_eq!(refused, Some(16));
    }
}
