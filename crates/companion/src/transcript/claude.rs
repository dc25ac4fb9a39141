//! The record of Claude Code: an answer of the model is written as several lines with the same id; the last one has
//! its tokens.

use std::collections::VecDeque;

use covibe_domain::Timestamp;
use covibe_domain::companion::TokenCounts;
use serde::{Deserialize, Serialize};

use super::appended_lines::{MAX_TOKENS, add};
use crate::files_without_fsync;

/// The number of answers whose later lines are recognised.
const RECENT: usize = 64;

/// The tokens of a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Claude {
    /// Those of earlier answers.
    settled: TokenCounts,
    /// Those of the last answers, by the tag of their id.
    recent: VecDeque<(String, TokenCounts)>,
}

#[derive(Deserialize)]
struct Line {
    timestamp: Timestamp,
    #[serde(rename = "requestId", default)]
    request_id: Option<String>,
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    id: String,
    #[serde(default)]
    model: Option<String>,
    usage: Usage,
}

#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names of the format")]
struct Usage {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
    #[serde(default)]
    cache_creation_input_tokens: u64,
    #[serde(default)]
    cache_read_input_tokens: u64,
}

impl Claude {
    pub(super) fn tokens(&self) -> TokenCounts {
        self.recent.iter().fold(self.settled, |sum, (_, tokens)| add(sum, *tokens))
    }

    pub(super) fn read(&mut self, line: &[u8], since: Timestamp) {
        // Most lines have none, and are long.
        if !contains(line, b"\"usage\"") {
            return;
        }
        let Ok(line) = serde_json::from_slice::<Line>(line) else { return };
        let is_synthetic = line.message.model.as_deref() == Some("<synthetic>");
        let Some(tokens) = line.message.usage.tokens().filter(|_| !is_synthetic) else { return };
        if line.timestamp < since {
            return;
        }
        let request = line.request_id.unwrap_or_default();
        self.note(
            files_without_fsync::tag(format!("{}\0{request}", line.message.id).as_bytes()),
            tokens,
        );
    }

    /// Adds up the answers that no later line will change.
    pub(super) fn settle(&mut self) {
        self.settled = self.tokens();
        self.recent.clear();
    }

    fn note(&mut self, id: String, tokens: TokenCounts) {
        if let Some((_, known)) = self.recent.iter_mut().find(|(other, _)| *other == id) {
            if tokens.output >= known.output {
                *known = tokens;
            }
            return;
        }
        self.recent.push_back((id, tokens));
        if self.recent.len() > RECENT
            && let Some((_, oldest)) = self.recent.pop_front()
        {
            self.settled = add(self.settled, oldest);
        }
    }
}

impl Usage {
    fn tokens(&self) -> Option<TokenCounts> {
        let tokens = TokenCounts {
            input: self.input_tokens,
            output: self.output_tokens,
            cache_read: self.cache_read_input_tokens,
            cache_write: self.cache_creation_input_tokens,
        };
        let all = [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write];
        all.iter().all(|count| *count <= MAX_TOKENS).then_some(tokens)
    }
}

pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, output: u64, at: &str, model: &str) -> String {
        format!(
            r#"{{"type":"assistant","timestamp":"{at}","requestId":"r","message":{{"id":"{id}","model":"{model}",
            "content":[{{"text":"secret"}}],"usage":{{"input_tokens":10,"output_tokens":{output},
            "cache_read_input_tokens":5,"cache_creation_input_tokens":2,"service_tier":"x"}}}}}}"#
        )
    }

    #[test]
    fn repeated_lines_of_an_answer_are_counted_once_with_the_last_values() {
        let (mut claude, at) = (Claude::default(), "2026-11-20T08:00:00Z");
        let since = Timestamp::parse(at).unwrap();
        let lines = [
            line("a", 1, at, "m"),
            line("b", 7, at, "m"),
            line("a", 90, at, "m"),
            line("c", 50, "2026-11-20T07:59:59Z", "m"),
            line("d", 50, at, "<synthetic>"),
            line("e", 99_999_999_999, at, "m"),
            r#"{"usage":1}"#.to_owned(),
        ];
        for line in &lines {
            claude.read(line.as_bytes(), since);
        }
        let expected = TokenCounts { input: 20, output: 97, cache_read: 10, cache_write: 4 };
        assert_eq!(claude.tokens(), expected);
    }

    #[test]
    fn a_long_session_keeps_its_sum_with_a_bounded_memory() {
        let mut claude = Claude::default();
        for id in 0..1000 {
            claude.note(id.to_string(), TokenCounts { output: 1, ..TokenCounts::default() });
        }
        assert_eq!((claude.tokens().output, claude.recent.len()), (1000, RECENT));
    }
}
