//! The lines that containers print, as a test arranges them.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

/// The number of lines without a usable one in the query.
const DEFAULT_LINES: usize = 100;

/// The maximum number of lines.
const MAX_LINES: usize = 10_000;

/// The lines that the containers of applications print. Every clone is the same, so a test keeps one and starts the simulator
/// with another (`Options::printed`).
#[derive(Clone, Debug, Default)]
pub struct Printed(Arc<Mutex<BTreeMap<String, String>>>);

impl Printed {
    /// Replaces what the container of the application with that name or uuid has printed.
    pub fn set(&self, application: &str, text: impl Into<String>) {
        self.0.lock().insert(application.to_owned(), text.into());
    }

    /// Returns the last lines that an application's container printed.
    pub(crate) fn end_of(&self, name: &str, uuid: &str, lines: usize) -> String {
        let arranged = self.0.lock();
        let Some(text) = arranged.get(name).or_else(|| arranged.get(uuid)) else {
            return format!("{name} listens\n");
        };
        let begins = text.lines().count().saturating_sub(lines);
        text.lines().skip(begins).flat_map(|line| [line, "\n"]).collect()
    }
}

/// Reads the number of lines: 100 for a text that is not a number (4.3.11), and never more than 10,000.
pub(crate) fn lines(asked: Option<&str>) -> usize {
    let asked = asked.and_then(|text| text.parse().ok()).filter(|lines| *lines > 0);
    asked.unwrap_or(DEFAULT_LINES).min(MAX_LINES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_end_with_the_last_printed_lines() {
        let printed = Printed::default();
        assert_eq!(printed.end_of("site", "uuid", 5), "site listens\n");
        printed.set("uuid", "a\nb\nc");
        assert_eq!(printed.end_of("site", "uuid", 2), "b\nc\n");
        assert_eq!(printed.end_of("site", "uuid", 5), "a\nb\nc\n");
    }

    #[test]
    fn an_invalid_number_of_log_lines_means_a_hundred_and_a_large_one_the_maximum() {
        for odd in [None, Some("0"), Some("-1"), Some("abc")] {
            assert_eq!(lines(odd), DEFAULT_LINES, "{odd:?}");
        }
        assert_eq!((lines(Some("200")), lines(Some("99999"))), (200, MAX_LINES));
    }
}
