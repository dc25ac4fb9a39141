//! The logs of containers: their lines, which follow from what happened to them.

use std::fmt::Write as _;

use covibe_domain::Timestamp;

use super::model::{Container, ProgramRun};
use super::programs::Stream;

/// The length of a line of [`Arrangement::log_bytes`](super::Arrangement::log_bytes), in bytes.
const LINE: usize = 100;

/// A line of a log.
pub(super) struct Line {
    pub(super) at: Timestamp,
    /// The number of the line, which makes its time unique: docker's have nanoseconds.
    number: usize,
    pub(super) stream: Stream,
    /// The text with its end.
    pub(super) text: String,
}

impl Line {
    /// Returns its time as Docker writes it before a line, with nanoseconds.
    pub(super) fn time(&self) -> String {
        nanoseconds(self.at, self.number)
    }

    /// Returns its time in nanoseconds since 1970.
    pub(super) fn nanos(&self) -> i128 {
        nanos(self.at, self.number)
    }
}

/// Returns a moment in nanoseconds since 1970, with room for the line of that number: ten nanoseconds a line.
fn nanos(at: Timestamp, number: usize) -> i128 {
    let lines = i128::try_from(number).unwrap_or(0) * 10 + 17;
    i128::from(at.as_millis()) * 1_000_000 + lines
}

/// Writes a moment as Docker does, with nanoseconds.
pub(super) fn nanoseconds(at: Timestamp, number: usize) -> String {
    let nanos = nanos(at, number);
    let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(0);
    let whole = Timestamp::from_millis(seconds * 1_000).to_string();
    format!("{}.{:09}Z", whole.trim_end_matches('Z'), nanos.rem_euclid(1_000_000_000))
}

/// Returns the log of a container, oldest line first.
pub(super) fn lines(one: &Container) -> Vec<Line> {
    let mut log = Log::default();
    let count = one.lives.len();
    for (number, life) in one.lives.iter().enumerate() {
        log.add_life(one, life);
        if number + 1 == count {
            log.fill(life.from, one.arranged.log_bytes);
            one.arranged.printed.iter().for_each(|text| log.add(life.from, Stream::Stdout, text));
        }
        log.add_end(one, life);
    }
    log.0
}

#[derive(Default)]
struct Log(Vec<Line>);

impl Log {
    fn add(&mut self, at: Timestamp, stream: Stream, text: &str) {
        let time = Timestamp::from_millis(at.as_millis() / 1_000 * 1_000).to_string();
        let (date, time) = time.split_once('T').unwrap_or_default();
        let text = text.replace("{date}", &date.replace('-', "/"));
        let text = text.replace("{time}", time.trim_end_matches('Z')) + "\n";
        self.0.push(Line { at, number: self.0.len(), stream, text });
    }

    fn add_life(&mut self, one: &Container, life: &ProgramRun) {
        // Its command takes the place of the image's program.
        if one.ending.is_some() {
            return;
        }
        for (stream, text) in one.program().starts {
            self.add(life.from, *stream, text);
        }
    }

    /// Adds about as many bytes of lines as those of requests that a program served.
    fn fill(&mut self, at: Timestamp, bytes: usize) {
        for number in 0..bytes / LINE {
            let mut text = String::with_capacity(LINE);
            let _ = write!(text, "10.0.1.7 - \"GET /items/{number} HTTP/1.1\" 200 ");
            text.extend(std::iter::repeat_n('-', (LINE - 1).saturating_sub(text.len())));
            self.add(at, Stream::Stdout, &text);
        }
    }

    fn add_end(&mut self, one: &Container, life: &ProgramRun) {
        let Some((at, code, was_told)) = life.to else { return };
        let program = one.program();
        if was_told {
            program.stops.iter().for_each(|(stream, text)| self.add(at, *stream, text));
        } else if one.arranged.log.is_empty()
            && let Some(ending) = &one.ending
        {
            ending.output.iter().for_each(|text| self.add(at, Stream::Stdout, text));
        } else if one.arranged.log.is_empty() && code != 0 && !one.arranged.out_of_memory {
            program.crashes.iter().for_each(|(stream, text)| self.add(at, *stream, text));
        } else {
            one.arranged.log.iter().for_each(|text| self.add(at, Stream::Stderr, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_times_have_nanoseconds_and_increase_with_each_line() {
        let at = Timestamp::from_millis(1_700_000_000_042);
        assert_eq!(nanoseconds(at, 0), "2023-11-14T22:13:20.042000017Z");
        assert_eq!(nanoseconds(at, 200_000), "2023-11-14T22:13:20.044000017Z");
        assert_eq!(nanoseconds(at, 1), "2023-11-14T22:13:20.042000027Z");
    }
}
