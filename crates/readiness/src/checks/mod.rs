//! The work of the checks, by the part of a server that they look at.
//!
//! A check is a function from what it runs with to a line about what passed, or to a finding. It decides nothing else:
//! its title, its weight and its place in a run are in the catalog.

pub(crate) mod answer_headers;
pub(crate) mod app_dns_and_tls;
pub(crate) mod canary_key;
pub(crate) mod closed_endpoints;
pub(crate) mod companion_package;
pub(crate) mod device_setup;
pub(crate) mod dns_and_tls;
pub(crate) mod health;
pub(crate) mod mcp_requests;
pub(crate) mod production_configuration;
pub(crate) mod sign_in;

use futures_util::{StreamExt as _, stream};

use crate::check::Finding;
use crate::check_inputs::Probe;
use crate::client::{HttpAnswer, Request, Trouble};

/// The requests that are made at the same time.
const AT_ONCE: usize = 8;

/// A site that is not ours.
const FOREIGN: &str = "https://evil.example";

/// Returns whether an answer refuses in JSON who has no key.
fn is_refused(answer: &HttpAnswer) -> bool {
    answer.status == 401 && answer.json().is_some()
}

/// Sends requests, several at once. The answers have their order.
async fn send_all(probe: &Probe, requests: Vec<Request>) -> Vec<Result<HttpAnswer, Trouble>> {
    let sent = requests.into_iter().map(|request| probe.client.send(request));
    stream::iter(sent).buffered(AT_ONCE).collect().await
}

/// Judges answers. The finding is about the first one that is not as expected, and names the others.
fn judge_all(
    answers: Vec<Result<HttpAnswer, Trouble>>,
    expected: &str,
    is_right: impl Fn(&HttpAnswer) -> bool,
) -> Result<(), Finding> {
    let mut trouble = None;
    let mut wrong = Vec::new();
    for answer in answers {
        match answer {
            Ok(answer) if is_right(&answer) => {}
            Ok(answer) => wrong.push(answer),
            Err(error) => trouble = trouble.or(Some(error)),
        }
    }
    let Some((first, others)) = wrong.split_first() else {
        return trouble.map_or(Ok(()), |trouble| Err(trouble.into()));
    };
    let mut finding = Finding::answer(first, expected);
    if !others.is_empty() {
        let names: Vec<_> = others.iter().take(5).map(|answer| answer.endpoint.as_str()).collect();
        let others = others.len();
        finding.got = format!("{}; also {others} others: {}", finding.got, names.join(", "));
    }
    Err(finding)
}
