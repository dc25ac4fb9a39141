//! Refusals of the runner, as callers of the tools get them.

use std::time::Duration;

use covibe_domain::{Failure, Kind};
use covibe_upstream::UpstreamAnswer;
use serde::Deserialize;

/// The statuses that the runner answers with a body of its own.
pub(super) const ANSWERED: &[u16] = &[400, 401, 403, 404, 409, 413, 429, 502, 503, 504];

/// The longest sentence that is passed on, in bytes.
const MAX_SENTENCE: usize = 600;

/// The hint of a refusal that has none.
const LOOK: &str = "Nothing was started. Correct what the message names.";

#[derive(Deserialize)]
struct Body {
    error: String,
    hint: Option<String>,
}

/// Returns the failure that the runner answered with. Its own sentences are passed on as one line; what is not its own form
/// is not.
pub(super) fn refusal(answer: UpstreamAnswer) -> Failure {
    let (status, wait) = (answer.status(), answer.number("retry-after"));
    if status == 401 {
        return Failure::unready("The token for the runner is missing or wrong.")
            .hint(
                "Set AGENT_RUNNER_TOKEN to the token that the runner was started with; a runner that was started without \
                 one has it in the file `token` of its AGENT_RUNNER_HOME.",
            )
            .permanent();
    }
    let Ok(body) = answer.json::<Body>() else {
        let message = format!("The runner failed: something else answered with status {status}.");
        return Failure::new(Kind::Upstream, message)
            .hint("Check whether AGENT_RUNNER_URL is the address of a runner.");
    };
    let hint = body.hint.map_or_else(|| LOOK.to_owned(), |hint| sentence(&hint));
    let failure = Failure::new(kind(status), sentence(&body.error)).hint(hint);
    match wait {
        Some(seconds) => failure.retry_after(Duration::from_secs(seconds.min(3600))),
        None => failure,
    }
}

/// 503: another program may be listening at the runner's address.
pub(super) fn unproven() -> Failure {
    Failure::unready(
        "The program at AGENT_RUNNER_URL did not prove that it has the runner's token, so it was not sent the token.",
    )
    .hint(
        "Check that the runner is running and listens at exactly this address. If it does, set AGENT_RUNNER_TOKEN to \
         the token that the runner was started with.",
    )
    .permanent()
}

fn kind(status: u16) -> Kind {
    Kind::ALL.into_iter().find(|kind| kind.status() == status).unwrap_or(Kind::Upstream)
}

/// Returns a text as one line of a bounded length.
pub(super) fn sentence(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_SENTENCE);
    text[..end].chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_truncated_to_one_bounded_line() {
        assert_eq!(sentence("a\nb\u{1b}[1m"), "a b [1m");
        assert_eq!(sentence(&"é".repeat(1000)).len(), MAX_SENTENCE);
    }

    #[test]
    fn each_status_of_the_runner_maps_to_a_failure_kind() {
        for (status, expected) in [
            (400, Kind::Invalid),
            (403, Kind::Forbidden),
            (404, Kind::NotFound),
            (409, Kind::Conflict),
            (429, Kind::Limited),
            (503, Kind::Unready),
        ] {
            assert!(ANSWERED.contains(&status));
            assert_eq!(kind(status), expected);
        }
    }
}
