//! The query of a request.

use std::fmt::Write;

/// A query that percent-encodes its values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query(String);

impl Query {
    /// Adds a parameter; `name` is one of ours.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.0, "{}{name}=", if self.0.is_empty() { '?' } else { '&' });
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                self.0.push(char::from(byte));
            } else {
                let _ = write!(self.0, "%{byte:02X}");
            }
        }
        self
    }

    /// Adds Docker's `filters` with one filter.
    pub(crate) fn filter(self, name: &str, value: &str) -> Self {
        self.with("filters", &serde_json::json!({ name: [value] }).to_string())
    }

    /// Returns the text that follows a path.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes_characters_that_could_end_a_value_or_the_line() {
        let query = Query::default().with("path", "/a b&c=d#e%f\r\n\"é\u{0}");
        assert_eq!(query.as_str(), "?path=%2Fa%20b%26c%3Dd%23e%25f%0D%0A%22%C3%A9%00");
        let query = Query::default().with("a", "1").filter("volume", r#"x"]}"#);
        assert_eq!(query.as_str(), "?a=1&filters=%7B%22volume%22%3A%5B%22x%5C%22%5D%7D%22%5D%7D");
    }
}
