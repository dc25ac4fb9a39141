//! Decides which requests are let through, and as which calls. Pure: it reads nothing but the
//! request.

mod allowed_call;
mod container_starts;
mod containers;
mod exec;
mod list_filters;
mod networks;
mod request_bodies;
#[cfg(test)]
mod tests;
mod volumes;

pub(crate) use allowed_call::{Action, AnswerHandling, Call, Forward, StartWait, Subject};

use crate::http::{Head, Method, Refusal, Target};
use allowed_call::{ParsedRequest, UNKNOWN};

/// Returns the call for a request, or the refusal.
pub(crate) fn decide(head: &Head, body: &[u8]) -> Result<Call, Refusal> {
    let Target { version, parts, query } = Target::parse(&head.target)?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let asked =
        ParsedRequest { method: head.method, parts: &parts, query, body, version: &version };
    match parts[0] {
        "covibe" => decide_own(asked),
        "containers" => containers::decide(asked),
        "exec" => exec::decide(asked),
        "volumes" | "system" => volumes::decide(asked),
        "networks" => networks::decide(asked),
        _ => decide_general(asked),
    }
}

/// Returns the call for a request that the gate answers by itself.
fn decide_own(asked: ParsedRequest<'_>) -> Result<Call, Refusal> {
    let ParsedRequest { method, parts, mut query, body, version } = asked;
    let call = |subject, action| Ok(Call { version: version.to_owned(), subject, action });
    if let (Method::Get, ["covibe", "starts"]) = (method, parts) {
        request_bodies::check_empty(body)?;
        let action = container_starts::decide(&mut query)?;
        query.expect_empty()?;
        return call(Subject::Nothing, action);
    }
    query.expect_empty()?;
    match (method, parts) {
        (Method::Get, ["covibe", "gate"]) => {
            request_bodies::check_empty(body)?;
            call(Subject::Nothing, Action::Describe)
        }
        (Method::Get, ["covibe", "containers"]) => {
            request_bodies::check_empty(body)?;
            call(Subject::Nothing, Action::ListRunning)
        }
        (Method::Get, ["covibe", "containers", id, "image"]) => {
            request_bodies::check_empty(body)?;
            call(Subject::Container(allowed_call::id(id)?), Action::ShowInherited)
        }
        (Method::Post, ["covibe", "exec", id, "kill"]) => {
            let subject = Subject::Exec(allowed_call::id(id)?);
            call(subject, Action::End(request_bodies::marker(body)?))
        }
        _ => Err(UNKNOWN),
    }
}

/// Returns the call for a request about the engine itself.
fn decide_general(asked: ParsedRequest<'_>) -> Result<Call, Refusal> {
    let ParsedRequest { method, parts, query, body, version } = asked;
    request_bodies::check_empty(body)?;
    query.expect_empty()?;
    let answered = match (method, parts) {
        (Method::Get, ["_ping"]) => AnswerHandling::Streamed,
        (Method::Get, ["version"]) => AnswerHandling::Version,
        _ => return Err(UNKNOWN),
    };
    let forward = Forward::new("GET", format!("{version}/{}", parts[0]), answered);
    Ok(Call {
        version: version.to_owned(),
        subject: Subject::Nothing,
        action: Action::Forward(forward),
    })
}
