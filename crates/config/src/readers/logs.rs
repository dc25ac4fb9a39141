//! The form of the log, and where traces go.

use url::Url;

use super::{Reader, is_plain};

/// The format of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Reader<'_> {
    /// Reads the address to which traces are sent.
    pub(crate) fn trace_collector(&mut self) -> Option<Url> {
        const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        let expected = "an address like http://collector:4318, without user, query or fragment";
        let url: Url = self.parse(NAME, expected)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain(&url) {
            self.mistakes.push(format!("{NAME}: expected {expected}"));
        }
        Some(url)
    }

    /// Reads the form of the log.
    pub(crate) fn log_format(&mut self) -> LogFormat {
        match self.text("COVIBE_LOG_FORMAT").as_deref() {
            None | Some("text") => LogFormat::Text,
            Some("json") => LogFormat::Json,
            Some(_) => {
                self.mistakes.push("COVIBE_LOG_FORMAT: expected text or json".to_owned());
                LogFormat::Text
            }
        }
    }
}
