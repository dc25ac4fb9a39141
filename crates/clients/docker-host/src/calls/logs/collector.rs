//! The lines of a log, put together from the engine's messages; the newest are kept.

use std::collections::VecDeque;
use std::fmt;

use covibe_domain::Timestamp;

use crate::engine_http::{Part, Stream};

/// The longest time with its space (RFC 3339 with nanoseconds has 31 bytes).
const LONGEST_TIME: usize = 64;

/// A line of a log.
#[derive(Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was printed.
    pub at: Timestamp,
    /// The stream that it was printed to.
    pub stream: Stream,
    /// The line without its newline. Docker's usual driver (`json-file`) stores text: bytes that are not
    /// UTF-8 arrive as U+FFFD.
    pub text: Vec<u8>,
}

/// A part of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// The lines in the order in which the engine received them.
    pub lines: Vec<LogLine>,
    /// True if `max_bytes` left older lines out, or the end of the only one.
    pub cut: bool,
    /// The number of older lines that `max_bytes` left out.
    pub left_out: usize,
}

/// The lines of a log that were searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundLines {
    /// The newest of them, in the order in which the engine received them.
    pub lines: Vec<LogLine>,
    /// The number of lines that were found.
    pub matches: usize,
    /// The number of lines that were looked at.
    pub seen: usize,
    /// True if all lines that the query allows were looked at, not only the newest ones.
    pub is_whole: bool,
}

impl fmt::Debug for LogLine {
    /// Leaves out the text, which may have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, stream, text } = self;
        write!(f, "LogLine({at}, {stream:?}, {} bytes)", text.len())
    }
}

/// Returns whether a line is kept. It is called once for each line, in the order in which each stream has them.
pub type Judge<'a> = Box<dyn FnMut(&LogLine) -> bool + Send + 'a>;

/// The lines of a search.
struct Search<'a> {
    wanted: Judge<'a>,
    /// The maximum number of lines that are kept.
    most: usize,
    seen: usize,
    matches: usize,
}

/// Lines so far.
///
/// The engine sends a message in one frame: its time, a space, and the text, which ends with a
/// newline. It splits a line above 16 KiB into several messages, all but the last without a
/// newline.
pub(super) struct Collected<'a> {
    lines: VecDeque<LogLine>,
    bytes: usize,
    max_bytes: usize,
    cut: bool,
    left_out: usize,
    /// The beginning of a message up to its time's end.
    head: Vec<u8>,
    /// True while the text of a message is being read, not its time.
    in_text: bool,
    /// By stream: true if its last message had no newline.
    unfinished: [bool; 2],
    search: Option<Search<'a>>,
}

impl<'a> Collected<'a> {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            bytes: 0,
            max_bytes,
            cut: false,
            left_out: 0,
            head: Vec::new(),
            in_text: false,
            unfinished: [false; 2],
            search: None,
        }
    }

    /// Keeps only the newest of those lines that are wanted, at most this many.
    pub(super) fn search_for(self, wanted: Judge<'a>, most: usize) -> Self {
        Self { search: Some(Search { wanted, most, seen: 0, matches: 0 }), ..self }
    }

    /// Takes a part of a frame.
    pub(super) fn part(&mut self, part: Part<'_>) {
        self.take_bytes(part.stream, part.bytes);
        if part.is_last {
            self.in_text = false;
            self.head.clear();
        }
    }

    /// Takes output of a container with a terminal, which has no frames: a newline ends a message.
    pub(super) fn terminal(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|b| *b == b'\n') {
            self.take_bytes(Stream::Stdout, piece);
            if piece.ends_with(b"\n") {
                self.in_text = false;
                self.head.clear();
            }
        }
    }

    /// Returns the lines.
    pub(super) fn finish(mut self) -> Logs {
        self.shorten();
        Logs { lines: self.lines.into(), cut: self.cut, left_out: self.left_out }
    }

    /// Returns the lines that were searched for.
    pub(super) fn into_found(mut self, is_whole: bool) -> FoundLines {
        for stream in [Stream::Stdout, Stream::Stderr] {
            if self.unfinished[index(stream)] {
                self.drop_unwanted(stream);
            }
        }
        self.shorten();
        let (seen, matches) = self.search.map_or((0, 0), |search| (search.seen, search.matches));
        FoundLines { lines: self.lines.into(), matches, seen, is_whole }
    }

    fn take_bytes(&mut self, stream: Stream, mut bytes: &[u8]) {
        if !self.in_text {
            let Some(end) = bytes.iter().position(|b| *b == b' ') else {
                let room = LONGEST_TIME.saturating_sub(self.head.len()).min(bytes.len());
                self.head.extend_from_slice(&bytes[..room]);
                return;
            };
            let room = LONGEST_TIME.saturating_sub(self.head.len()).min(end);
            self.head.extend_from_slice(&bytes[..room]);
            self.in_text = true;
            self.begin(stream);
            bytes = &bytes[end + 1..];
        }
        self.text(stream, bytes);
    }

    /// Begins a line, unless the stream's last one goes on.
    fn begin(&mut self, stream: Stream) {
        if std::mem::take(&mut self.unfinished[index(stream)]) {
            return;
        }
        let at = std::str::from_utf8(&self.head).ok().and_then(Timestamp::parse);
        let before = self.lines.back().map(|line| line.at);
        let at = at.or(before).unwrap_or(Timestamp::from_millis(0));
        self.lines.push_back(LogLine { at, stream, text: Vec::new() });
    }

    fn text(&mut self, stream: Stream, bytes: &[u8]) {
        let ends = bytes.ends_with(b"\n");
        self.unfinished[index(stream)] = !ends;
        let text = if ends { &bytes[..bytes.len() - 1] } else { bytes };
        // The other stream may have printed meanwhile; its lines are few then.
        if let Some(line) = self.lines.iter_mut().rev().find(|line| line.stream == stream) {
            line.text.extend_from_slice(text);
            self.bytes += text.len();
        }
        if ends {
            self.drop_unwanted(stream);
        }
        // Twice the limit before anything is moved, so that a long line is not moved for each part.
        if self.bytes > self.max_bytes.saturating_mul(2) {
            self.shorten();
        }
    }

    /// Drops the newest line of a stream if it is whole and not searched for.
    fn drop_unwanted(&mut self, stream: Stream) {
        let (Some(search), Some(place)) =
            (&mut self.search, self.lines.iter().rposition(|line| line.stream == stream))
        else {
            return;
        };
        search.seen += 1;
        let is_wanted = self.lines.get(place).is_some_and(|line| (search.wanted)(line));
        search.matches += usize::from(is_wanted);
        let surplus =
            if is_wanted { (self.lines.len() > search.most).then_some(0) } else { Some(place) };
        if let Some(line) = surplus.and_then(|place| self.lines.remove(place)) {
            self.bytes -= line.text.len();
        }
    }

    /// Leaves out the oldest lines above the limit, each as a whole: a secret without its beginning
    /// would not be recognized when secrets are masked. A line that is longer than the limit alone
    /// keeps its beginning.
    fn shorten(&mut self) {
        while self.bytes > self.max_bytes {
            self.cut = true;
            if self.lines.len() > 1 {
                let left_out = self.lines.pop_front();
                self.bytes -= left_out.map_or(0, |line| line.text.len());
                self.left_out += 1;
            } else {
                let Some(only) = self.lines.front_mut() else { return };
                only.text.truncate(self.max_bytes);
                self.bytes = only.text.len();
            }
        }
    }
}

fn index(stream: Stream) -> usize {
    usize::from(stream == Stream::Stderr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine_http::Frames;

    const AT: &str = "2026-11-20T08:00:00.123456789Z";

    fn message(kind: u8, text: &str) -> Vec<u8> {
        let content = format!("{AT} {text}");
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&[kind, 0, 0, 0][..], &length, content.as_bytes()].concat()
    }

    fn collect(messages: &[Vec<u8>], size: usize, max_bytes: usize) -> Logs {
        let (mut frames, mut collected) = (Frames::default(), Collected::new(max_bytes));
        for piece in messages.concat().chunks(size) {
            frames.read(piece, |part| collected.part(part)).unwrap();
        }
        collected.finish()
    }

    fn texts(logs: &Logs) -> Vec<(Stream, String)> {
        let text = |line: &LogLine| String::from_utf8_lossy(&line.text).into_owned();
        logs.lines.iter().map(|line| (line.stream, text(line))).collect()
    }

    #[test]
    fn parts_of_a_long_line_are_joined() {
        let messages = [
            message(1, "one\n"),
            message(1, "a long "),
            message(2, "meanwhile\n"),
            message(1, "line\n"),
            message(1, "\n"),
            message(1, "no end"),
        ];
        let (out, err) = (Stream::Stdout, Stream::Stderr);
        let expected =
            [(out, "one"), (out, "a long line"), (err, "meanwhile"), (out, ""), (out, "no end")];
        for size in [1, 2, 7, 4096] {
            let logs = collect(&messages, size, 1000);
            let texts = texts(&logs);
            let texts: Vec<_> = texts.iter().map(|(s, text)| (*s, text.as_str())).collect();
            assert_eq!(texts, expected, "{size}");
            assert!(!logs.cut && logs.lines.iter().all(|line| line.at.as_millis() % 1000 == 123));
        }
    }

    #[test]
    fn the_newest_lines_are_kept_whole_and_the_others_counted() {
        let messages: Vec<_> = (0..1000).map(|n| message(1, &format!("{n:03}\n"))).collect();
        let logs = collect(&messages, 100, 10);
        let texts: Vec<_> = texts(&logs).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["997", "998", "999"]);
        assert_eq!((logs.cut, logs.left_out), (true, 997));
        let long: Vec<_> = (0..1000).map(|_| message(2, "abcdefgh")).collect();
        let logs = collect(&long, 100, 10);
        assert_eq!((&logs.lines[0].text[..], logs.cut), (&b"abcdefghab"[..], true));
    }

    #[test]
    fn a_search_keeps_the_newest_lines_and_counts_all() {
        let messages: Vec<_> = (0..1000)
            .flat_map(|n| {
                [message(1, &format!("line {n}")), message(2, "other\n"), message(1, "!\n")]
            })
            .chain([message(1, "line 7 without an end")])
            .collect();
        let is_wanted = |line: &LogLine| String::from_utf8_lossy(&line.text).contains("line 7");
        for size in [1, 7, 4096] {
            let mut frames = Frames::default();
            let mut collected = Collected::new(1000).search_for(Box::new(is_wanted), 3);
            for piece in messages.concat().chunks(size) {
                frames.read(piece, |part| collected.part(part)).unwrap();
            }
            let found = collected.into_found(true);
            assert_eq!((found.seen, found.matches, found.is_whole), (2001, 112, true));
            let texts: Vec<_> = found.lines.iter().map(|line| &line.text[..]).collect();
            assert_eq!(texts, [&b"line 798!"[..], b"line 799!", b"line 7 without an end"]);
        }
    }

    #[test]
    fn terminal_output_without_frames_is_read_as_stdout() {
        let mut collected = Collected::new(1000);
        for piece in format!("{AT} one\n{AT} two words\n").as_bytes().chunks(3) {
            collected.terminal(piece);
        }
        let logs = collected.finish();
        assert_eq!(
            texts(&logs),
            [(Stream::Stdout, "one".into()), (Stream::Stdout, "two words".into())]
        );
    }
}
