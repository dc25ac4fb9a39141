//! The record of Codex: each count of tokens is the sum since the session began. A record that continues another one
//! begins with a copy of it.

use covibe_domain::Timestamp;
use covibe_domain::companion::TokenCounts;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::appended_lines::MAX_TOKENS;
use super::claude::contains;

/// The time after the first line within which lines are a copy, in milliseconds: no model answers that fast.
const COPY: i64 = 1000;

/// The tokens of a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Codex {
    counted: TokenCounts,
    /// The largest sums so far.
    largest: Total,
    /// The time of the first line, in milliseconds.
    began: Option<i64>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names of the format")]
struct Total {
    input_tokens: u64,
    cached_input_tokens: u64,
    output_tokens: u64,
}

#[derive(Deserialize)]
struct Line<'a> {
    timestamp: Timestamp,
    #[serde(borrow)]
    payload: &'a RawValue,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: String,
    info: Option<Info>,
}

#[derive(Deserialize)]
struct Info {
    total_token_usage: Total,
}

impl Codex {
    pub(super) const fn tokens(&self) -> TokenCounts {
        self.counted
    }

    pub(super) fn read(&mut self, line: &[u8], since: Timestamp) {
        if self.began.is_some() && !contains(line, b"\"token_count\"") {
            return;
        }
        let Ok(line) = serde_json::from_slice::<Line<'_>>(line) else { return };
        let began = *self.began.get_or_insert(line.timestamp.as_millis());
        let Ok(payload) = serde_json::from_str::<Payload>(line.payload.get()) else { return };
        let Some(info) = payload.info.filter(|_| payload.kind == "token_count") else { return };
        let is_copy = line.timestamp.as_millis() <= began.saturating_add(COPY);
        self.note(info.total_token_usage, !is_copy && line.timestamp >= since);
    }

    fn note(&mut self, total: Total, is_counted: bool) {
        let all = [total.input_tokens, total.cached_input_tokens, total.output_tokens];
        if all.iter().any(|count| *count > MAX_TOKENS) {
            return;
        }
        let known = self.largest;
        self.largest = Total {
            input_tokens: known.input_tokens.max(total.input_tokens),
            cached_input_tokens: known.cached_input_tokens.max(total.cached_input_tokens),
            output_tokens: known.output_tokens.max(total.output_tokens),
        };
        if is_counted {
            let input = self.largest.input_tokens - known.input_tokens;
            let cached = self.largest.cached_input_tokens - known.cached_input_tokens;
            // The cached ones are a part of the input.
            self.counted.input += input.saturating_sub(cached);
            self.counted.cache_read += cached;
            self.counted.output += self.largest.output_tokens - known.output_tokens;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(second: u32, input: u64, cached: u64, output: u64) -> String {
        format!(
            r#"{{"timestamp":"2026-11-20T08:00:{second:02}Z","type":"event_msg","payload":{{"type":"token_count",
            "info":{{"total_token_usage":{{"input_tokens":{input},"cached_input_tokens":{cached},
            "output_tokens":{output},"total_tokens":1}}}}}}}}"#
        )
    }

    #[test]
    fn tokens_are_summed_from_differences_of_running_totals() {
        let mut codex = Codex::default();
        let since = Timestamp::parse("2026-11-20T08:00:00Z").unwrap();
        let lines = [
            r#"{"timestamp":"2026-11-20T08:00:00Z","type":"session_meta","payload":{"id":"x"}}"#
                .to_owned(),
            line(0, 1000, 500, 100),
            line(5, 1600, 900, 130),
            line(5, 1600, 900, 130),
            line(6, 10, 0, 1),
            r#"{"timestamp":"2026-11-20T08:00:07Z","payload":{"type":"token_count","info":null}}"#
                .to_owned(),
            line(8, 1700, 900, 140),
        ];
        for line in &lines {
            codex.read(line.as_bytes(), since);
        }
        let expected = TokenCounts { input: 300, output: 40, cache_read: 400, cache_write: 0 };
        assert_eq!(codex.tokens(), expected);
    }
}
