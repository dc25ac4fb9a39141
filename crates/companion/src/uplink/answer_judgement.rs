//! The meaning of a server's answer. Only an answer that is plainly the server's own makes an item end; whatever else
//! answers in its place (a sign-in page of a network, a proxy, a server that lies) makes us try again later.

use std::collections::HashMap;
use std::time::Duration;

use covibe_domain::companion::{CompanionIdentity, Overlap};
use serde::Deserialize;
use serde_json::Value;

use super::CallError;
use crate::server::ServerAnswer;
use crate::snapshot::Keys;

/// The maximum number of overlaps that are kept.
const MAX_OVERLAPS: usize = 50;

/// The meaning of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement<T> {
    /// The call succeeded.
    Done(T),
    /// The key is not valid: nothing is sent until the credentials change.
    Unauthorized,
    /// The server refuses what the call is about.
    Forbidden,
    /// The body is too large.
    TooLarge,
    /// The server does not understand the body.
    Invalid,
    /// Try again later, at the earliest after this time.
    Later(Option<Duration>, String),
}

/// The fate of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemFate {
    /// The server has it.
    Stored,
    /// The server will never store it, for this reason.
    Rejected(String),
    /// It is to be sent again.
    Retry,
}

/// The outcomes of a batch, in the order of its items, and where others change the same files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchResult {
    /// The outcomes.
    pub outcomes: Vec<ItemFate>,
    /// The overlaps.
    pub overlaps: Vec<Overlap>,
}

#[derive(Deserialize)]
struct BatchBody {
    items: Vec<ItemBody>,
    #[serde(default)]
    overlaps: Value,
}

#[derive(Deserialize)]
struct ItemBody {
    id: String,
    status: String,
    #[serde(default)]
    code: Option<String>,
}

/// Judges the answer to a batch of items with these ids.
pub fn judge_batch(
    ids: &[String],
    answer: Result<ServerAnswer, CallError>,
) -> Judgement<BatchResult> {
    judge(answer, |answer| {
        let body: BatchBody = answer.json()?;
        let mut statuses: HashMap<&str, ItemFate> = HashMap::new();
        for item in &body.items {
            let outcome = outcome(item);
            // An id with two answers has none.
            let known = statuses.entry(&item.id).or_insert_with(|| outcome.clone());
            if *known != outcome {
                *known = ItemFate::Retry;
            }
        }
        let outcome = |id: &String| statuses.get(id.as_str()).cloned().unwrap_or(ItemFate::Retry);
        let mut overlaps: Vec<Overlap> = serde_json::from_value(body.overlaps).unwrap_or_default();
        overlaps.truncate(MAX_OVERLAPS);
        overlaps.iter_mut().for_each(clean);
        Some(BatchResult { outcomes: ids.iter().map(outcome).collect(), overlaps })
    })
}

/// Judges the answer to `GET /api/companion/me`.
pub fn judge_identity(answer: Result<ServerAnswer, CallError>) -> Judgement<CompanionIdentity> {
    judge(answer, |answer| {
        let identity: CompanionIdentity = answer.json()?;
        let is_valid = Keys::from_salt(&identity.salt).is_some()
            && (1..=100).contains(&identity.workspace.len());
        is_valid.then_some(identity)
    })
}

/// Judges the answer to a request to forget. A repository that the server does not know is forgotten.
pub fn judge_forget(answer: Result<ServerAnswer, CallError>) -> Judgement<()> {
    match answer {
        Ok(answer) if answer.status == 404 && is_genuine(&answer) => Judgement::Done(()),
        // A page in place of the answer is not one.
        answer => judge(answer, |answer| {
            let is_plain = answer.status == 204 || answer.json::<Value>().is_some();
            is_plain.then_some(())
        }),
    }
}

fn judge<T>(
    answer: Result<ServerAnswer, CallError>,
    read: impl FnOnce(&ServerAnswer) -> Option<T>,
) -> Judgement<T> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(CallError::NoKey(_)) => return Judgement::Unauthorized,
        Err(CallError::UntrustedNetwork(reason) | CallError::NoAnswer(reason)) => {
            return Judgement::Later(None, reason);
        }
    };
    let later = || Judgement::Later(answer.retry_after(), format!("it answered {}", answer.status));
    match answer.status {
        200..=299 => read(&answer).map_or_else(later, Judgement::Done),
        // Also a proxy's answer that the body is too large means that a smaller one may pass.
        413 => Judgement::TooLarge,
        _ if !is_genuine(&answer) => later(),
        401 => Judgement::Unauthorized,
        403 => Judgement::Forbidden,
        400 | 422 => Judgement::Invalid,
        _ => later(),
    }
}

/// Returns whether an error is in the form that the server gives it.
fn is_genuine(answer: &ServerAnswer) -> bool {
    answer.json::<Value>().is_some_and(|body| body.get("error").is_some())
}

fn outcome(item: &ItemBody) -> ItemFate {
    match item.status.as_str() {
        "accepted" | "duplicate" => ItemFate::Stored,
        "rejected" => ItemFate::Rejected(word(item.code.as_deref().unwrap_or_default())),
        _ => ItemFate::Retry,
    }
}

/// Returns a code, without anything that a terminal or a file would take for more than a word.
fn word(code: &str) -> String {
    let word: String =
        code.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(40).collect();
    if word.is_empty() { "rejected".to_owned() } else { word }
}

fn clean(overlap: &mut Overlap) {
    let plain =
        |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(200).collect() };
    let (machine, branch) = (plain(&overlap.machine), overlap.branch.as_deref().map(plain));
    (overlap.machine, overlap.branch) = (machine, branch);
}
