//! Folding equal lines of the log: the first one of a minute is written, and the number of the others.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// For how long equal lines are counted.
const WINDOW: Duration = Duration::from_mins(1);

/// The maximum number of different lines that are counted; beyond it, all counts are written.
const CAPACITY: usize = 512;

/// The form of the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The time, a space and the rest.
    Text,
    /// A JSON object whose first member is the time.
    Json,
}

impl Form {
    /// Returns a line without its time.
    fn content(self, line: &[u8]) -> &[u8] {
        let end = match self {
            Self::Text => b' ',
            Self::Json => b',',
        };
        let at = line.iter().position(|byte| *byte == end).unwrap_or(0);
        line.get(at..).unwrap_or_default()
    }

    /// Returns a line with the number of those that it stands for.
    fn with_count(self, line: &[u8], count: u64) -> Vec<u8> {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end();
        let counted = match (self, text.strip_suffix('}')) {
            (Self::Json, Some(open)) => format!("{open},\"repeated\":{count}}}\n"),
            _ => format!("{text} ({count} more times)\n"),
        };
        counted.into_bytes()
    }
}

/// The lines of the last minute.
#[derive(Debug)]
pub(super) struct Folds {
    form: Form,
    lines: HashMap<Vec<u8>, Fold>,
}

#[derive(Debug)]
struct Fold {
    since: Instant,
    count: u64,
    last: Vec<u8>,
}

impl Folds {
    pub(super) fn new(form: Form) -> Self {
        Self { form, lines: HashMap::new() }
    }

    /// Counts a line. Returns what is to be written now.
    pub(super) fn pass(&mut self, line: Vec<u8>, now: Instant) -> Vec<Vec<u8>> {
        let content = self.form.content(&line);
        if let Some(fold) = self.lines.get_mut(content)
            && now.saturating_duration_since(fold.since) < WINDOW
        {
            fold.count += 1;
            fold.last = line;
            return Vec::new();
        }
        let content = content.to_vec();
        let mut out = if self.lines.len() >= CAPACITY { self.take() } else { Vec::new() };
        out.extend(self.lines.remove(&content).and_then(|fold| self.form.last_line(&fold)));
        self.lines.insert(content, Fold { since: now, count: 0, last: Vec::new() });
        out.push(line);
        out
    }

    /// Takes the counts whose minute is over.
    pub(super) fn take_expired(&mut self, now: Instant) -> Vec<Vec<u8>> {
        let is_over = |fold: &Fold| now.saturating_duration_since(fold.since) >= WINDOW;
        let ended = self.lines.extract_if(|_, fold| is_over(fold));
        ended.filter_map(|(_, fold)| self.form.last_line(&fold)).collect()
    }

    /// Takes all counts.
    pub(super) fn take(&mut self) -> Vec<Vec<u8>> {
        self.lines.drain().filter_map(|(_, fold)| self.form.last_line(&fold)).collect()
    }
}

impl Form {
    /// Returns the last line of a minute, if there was more than the first.
    fn last_line(self, fold: &Fold) -> Option<Vec<u8>> {
        (fold.count > 0).then(|| self.with_count(&fold.last, fold.count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn as_texts(lines: &[Vec<u8>]) -> Vec<String> {
        lines.iter().map(|line| String::from_utf8(line.clone()).unwrap()).collect()
    }

    #[test]
    fn repeated_lines_within_a_minute_are_folded_into_a_count() {
        let mut folds = Folds::new(Form::Text);
        let start = Instant::now();
        let mut pass = |text: &str, after: u64| {
            as_texts(&folds.pass(text.as_bytes().to_vec(), start + Duration::from_secs(after)))
        };
        assert_eq!(pass("00:00 WARN a\n", 0), ["00:00 WARN a\n"]);
        assert!(pass("00:01 WARN a\n", 1).is_empty());
        assert_eq!(pass("00:02 WARN b\n", 2), ["00:02 WARN b\n"]);
        assert!(pass("00:03 WARN a\n", 3).is_empty());
        let over = as_texts(&folds.take_expired(start + WINDOW));
        assert_eq!(over, ["00:03 WARN a (2 more times)\n"]);
        assert!(folds.take().is_empty(), "of b there was one");
    }

    #[test]
    fn a_folded_json_line_stays_valid_json() {
        let mut folds = Folds::new(Form::Json);
        let now = Instant::now();
        for second in 0..3 {
            let line = format!("{{\"timestamp\":\"{second}\",\"level\":\"WARN\"}}\n");
            folds.pass(line.into_bytes(), now);
        }
        let last = as_texts(&folds.take());
        assert_eq!(last, ["{\"timestamp\":\"2\",\"level\":\"WARN\",\"repeated\":2}\n"]);
    }

    #[test]
    fn the_number_of_remembered_lines_is_bounded() {
        let mut folds = Folds::new(Form::Text);
        let now = Instant::now();
        for number in 0..10 * CAPACITY {
            folds.pass(format!("0 {number}\n").into_bytes(), now);
        }
        assert!(folds.lines.len() <= CAPACITY);
    }
}
