//! Selects lines of a log: those with a text, those from a level on, or all.

use covibe_docker_host::Stream;

use super::levels::{LogLevel, level_of};

/// The condition of the lines of a log to show.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// The text that lines must contain, in lower case.
    search: Option<String>,
    /// The least severe level.
    level: Option<LogLevel>,
}

/// Judges the lines of one log in their order.
///
/// A line without a level has that of the line before it in the same stream, so that a stack trace follows its message. The
/// first ones count as info.
#[derive(Debug)]
pub(crate) struct Sieve<'a> {
    selection: &'a Selection,
    /// The level of the last line of each stream.
    levels: [LogLevel; 2],
    /// The number of lines below the level.
    pub(crate) below: usize,
}

impl Selection {
    /// Selects the lines with a text, in any case, and at least of a level.
    pub(crate) fn new(search: Option<&str>, level: Option<LogLevel>) -> Self {
        Self { search: search.map(str::to_lowercase), level }
    }

    /// Returns whether all lines are shown.
    pub(crate) fn is_all(&self) -> bool {
        self.search.is_none() && self.level.is_none()
    }

    /// Returns whether lines are searched for a text.
    pub(crate) fn is_search(&self) -> bool {
        self.search.is_some()
    }

    /// Returns whether lines are selected by their level.
    pub(crate) fn has_level(&self) -> bool {
        self.level.is_some()
    }

    /// Begins to judge a log.
    pub(crate) fn sieve(&self) -> Sieve<'_> {
        Sieve { selection: self, levels: [LogLevel::Info; 2], below: 0 }
    }
}

impl Sieve<'_> {
    /// Returns whether a line is shown. `seen` is what callers see of it.
    pub(crate) fn keeps(&mut self, stream: Stream, line: &str, seen: &str) -> bool {
        let Selection { search, level } = self.selection;
        if let Some(least) = level {
            let own = &mut self.levels[usize::from(stream == Stream::Stderr)];
            *own = level_of(line).unwrap_or(*own);
            if *own < *least {
                self.below += 1;
                return false;
            }
        }
        search.as_ref().is_none_or(|text| seen.to_lowercase().contains(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_trace_follows_its_message_in_its_own_stream() {
        let selection = Selection::new(None, Some(LogLevel::Error));
        let mut sieve = selection.sieve();
        let (out, err) = (Stream::Stdout, Stream::Stderr);
        let lines = [
            (err, "    at nothing before it", false),
            (err, "Error: no such table", true),
            (out, "INFO listening", false),
            (err, "    at query (db.js:1:1)", true),
            (out, "a request", false),
            (err, "WARN slow", false),
            (err, "    at query (db.js:1:1)", false),
        ];
        for (stream, line, is_kept) in lines {
            assert_eq!(sieve.keeps(stream, line, line), is_kept, "{line}");
        }
        assert_eq!(sieve.below, 5);
    }

    #[test]
    fn a_search_counts_lines_of_the_level_only() {
        let selection = Selection::new(Some("TABLE"), Some(LogLevel::Warn));
        let mut sieve = selection.sieve();
        let kept = ["ERROR no table", "INFO the table", "WARN slow"]
            .map(|line| sieve.keeps(Stream::Stdout, line, line));
        assert_eq!((kept, sieve.below), ([true, false, false], 1));
    }
}
