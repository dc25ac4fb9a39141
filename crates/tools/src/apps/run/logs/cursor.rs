//! Cursors: positions in the logs of containers, from which a next call reads on.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use covibe_docker_host::MAX_LOG_LINES;
use covibe_domain::{Failure, Timestamp};
use covibe_workspace::OwnContainer;

use crate::apps::errors::invalid_log_cursor;

/// The time before a log's newest line that is read again. Docker writes the lines of both streams as they come, so that a
/// line may follow one with a later time.
const OVERLAP: Duration = Duration::from_secs(1);

/// The number of digits of a container's id that a cursor has.
const DIGITS: usize = 12;

/// The time from which on no log has lines, in milliseconds: seconds of more than twelve digits.
const TOO_LATE: i64 = 1_000_000_000_000_000;

/// A position in the log of a container: behind the first `count` lines of those that were printed at a moment or later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) from: Timestamp,
    pub(super) count: usize,
}

/// The times of the lines that are read of a log, which give the position behind them.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// The times of the newest lines, in their order.
    times: VecDeque<Timestamp>,
    first: Option<Timestamp>,
    newest: Option<Timestamp>,
    /// The time of the last line that was forgotten because there are too many.
    forgotten: Option<Timestamp>,
}

/// The positions in the logs of several containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    positions: BTreeMap<String, Position>,
    /// The position in the log of any other container.
    others: Position,
}

impl Position {
    /// The beginning of a log.
    const BEGINNING: Self = Self::at(Timestamp::from_millis(0));

    /// Returns the position before the first line of a moment.
    const fn at(from: Timestamp) -> Self {
        Self { from, count: 0 }
    }
}

impl Track {
    /// Notes the time of the next line.
    pub(super) fn note(&mut self, at: Timestamp) {
        self.first = self.first.or(Some(at));
        self.newest = self.newest.max(Some(at));
        self.times.push_back(at);
        let oldest = self.newest.map(|newest| newest.before(OVERLAP));
        while self.times.pop_front_if(|first| Some(*first) < oldest).is_some() {}
        if self.times.len() > MAX_LOG_LINES as usize {
            self.forgotten = self.forgotten.max(self.times.pop_front());
        }
    }

    /// Returns the position behind the lines of a log that was read from a moment on.
    pub(super) fn position(&self, since: Timestamp) -> Position {
        let Some(newest) = self.newest else { return Position::at(since) };
        let first_known = self.forgotten.map_or(since, next).max(since);
        let from = newest.before(OVERLAP).max(first_known);
        Position { from, count: self.times.iter().filter(|at| **at >= from).count() }
    }

    /// Returns the position behind the lines of a log of which only the newest were read.
    pub(super) fn position_of_newest(&self) -> Position {
        self.position(self.first.map_or(Timestamp::from_millis(0), next))
    }
}

impl Cursor {
    /// Returns the positions before the first lines of a moment.
    pub(super) fn at(from: Timestamp) -> Self {
        Self { positions: BTreeMap::new(), others: Position::at(from) }
    }

    /// Reads a cursor of an earlier answer.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let positions = text.split('_').map(parse).collect::<Option<_>>();
        let positions = positions.ok_or_else(invalid_log_cursor)?;
        Ok(Self { positions, others: Position::BEGINNING })
    }

    /// Returns the position in the log of a container.
    pub(super) fn position(&self, container: &OwnContainer) -> Position {
        self.positions.get(&key(container)).copied().unwrap_or(self.others)
    }

    /// Returns the cursor with these positions.
    pub(super) fn new(positions: impl Iterator<Item = (String, Position)>) -> Self {
        Self { positions: positions.collect(), others: Position::BEGINNING }
    }

    /// Returns its text for an answer; `None` without a container.
    pub(super) fn text(&self) -> Option<String> {
        let text = |(key, Position { from, count }): (&String, &Position)| {
            format!("{key}.{}.{count}", from.as_millis())
        };
        let texts: Vec<_> = self.positions.iter().map(text).collect();
        (!texts.is_empty()).then(|| texts.join("_"))
    }
}

/// Returns the name of a container in a cursor.
pub(super) fn key(container: &OwnContainer) -> String {
    container.id().to_string().chars().take(DIGITS).collect()
}

fn next(at: Timestamp) -> Timestamp {
    at.after(Duration::from_millis(1))
}

fn parse(text: &str) -> Option<(String, Position)> {
    let mut parts = text.split('.');
    let (key, from, count) = (parts.next()?, parts.next()?, parts.next()?);
    let is_digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    let is_key = key.len() == DIGITS && key.bytes().all(is_digit) && parts.next().is_none();
    let (from, count): (u64, u32) = (from.parse().ok()?, count.parse().ok()?);
    let from = i64::try_from(from).ok().filter(|from| *from < TOO_LATE)?;
    let from = Timestamp::from_millis(from);
    let count = usize::try_from(count).ok()?;
    is_key.then(|| (key.to_owned(), Position { from, count }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    fn track(times: &[i64]) -> Track {
        let mut track = Track::default();
        for millis in times {
            track.note(at(*millis));
        }
        track
    }

    #[test]
    fn a_position_counts_all_lines_read_within_the_last_second() {
        let read = track(&[10_000, 70_000, 70_500, 70_400]);
        assert_eq!(read.position(at(0)), Position { from: at(69_500), count: 3 });
        assert_eq!(read.position(at(70_100)), Position { from: at(70_100), count: 2 });
        assert_eq!(read.position_of_newest(), Position { from: at(69_500), count: 3 });
        assert_eq!(track(&[]).position(at(7)), Position { from: at(7), count: 0 });
    }

    #[test]
    fn a_position_of_the_newest_lines_starts_after_the_first_line_read() {
        let read = track(&[70_000, 70_000, 70_300]);
        assert_eq!(read.position_of_newest(), Position { from: at(70_001), count: 1 });
        let read = track(&[70_000; 3]);
        assert_eq!(read.position_of_newest(), Position { from: at(70_001), count: 0 });
        let many: Vec<_> =
            (0..i64::from(MAX_LOG_LINES) + 5).map(|line| 70_000 + line / 100).collect();
        let position = track(&many).position(at(0));
        assert_eq!((position.from, position.count), (at(70_001), many.len() - 100));
    }

    #[test]
    fn cursors_round_trip_and_malformed_ones_are_rejected() {
        let position = |millis, count| Position { from: at(millis), count };
        let keys = ["0123456789ab", "ba9876543210"].map(str::to_owned);
        let cursor =
            Cursor::new(keys.into_iter().zip([position(5, 0), position(1_764_430_000_123, 7)]));
        let text = cursor.text().unwrap();
        assert_eq!(text, "0123456789ab.5.0_ba9876543210.1764430000123.7");
        assert_eq!(Cursor::parse(&text).unwrap(), cursor);
        assert!(Cursor::parse("0123456789ab.999999999999999.1").is_ok());
        for bad in [
            "",
            "_",
            "0123456789ab",
            "0123456789ab.5",
            "0123456789ab.5.-1",
            "0123456789AB.5.1",
            "x.5.1",
            "0123456789ab.1000000000000000.1",
            "0123456789ab.9223372036854775807.1",
        ] {
            assert!(Cursor::parse(bad).is_err(), "{bad}");
        }
    }
}
