//! Decides which requests are let through, and as which calls. Pure: it reads nothing but the
//! request.

mod bodies;
mod call;
mod containers;
mod exec;
mod filters;
mod networks;
mod starts;
mod storage;
#[cfg(test)]
mod tests;

pub(crate) use call::{Action, Answered, Call, Forward, Starts, Subject};

use crate::http::{Head, Method, Refusal, Target};
use call::{Asked, UNKNOWN};

/// Returns the call for a request, or the refusal.
pub(crate) fn decide(head: &Head, body: &[u8]) -> Result<Call, Refusal> {
    let Target { version, parts, query } = Target::parse(&head.target)?;
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let asked = Asked { method: head.method, parts: &parts, query, body, version: &version };
    match parts[0] {
        "covibe" => own(asked),
        "containers" => containers::decide(asked),
        "exec" => exec::decide(asked),
        "volumes" | "system" => storage::decide(asked),
        "networks" => networks::decide(asked),
        _ => general(asked),
    }
}

/// Returns the call for a request that the gate answers by itself.
fn own(asked: Asked<'_>) -> Result<Call, Refusal> {
    let Asked { method, parts, mut query, body, version } = asked;
    let call = |subject, action| Ok(Call { version: version.to_owned(), subject, action });
    if let (Method::Get, ["covibe", "starts"]) = (method, parts) {
        bodies::none(body)?;
        let action = starts::decide(&mut query)?;
        query.end()?;
        return call(Subject::Nothing, action);
    }
    query.end()?;
    match (method, parts) {
        (Method::Get, ["covibe", "gate"]) => {
            bodies::none(body)?;
            call(Subject::Nothing, Action::Describe)
        }
        (Method::Get, ["covibe", "containers"]) => {
            bodies::none(body)?;
            call(Subject::Nothing, Action::ListRunning)
        }
        (Method::Get, ["covibe", "containers", id, "image"]) => {
            bodies::none(body)?;
            call(Subject::Container(call::id(id)?), Action::ShowInherited)
        }
        (Method::Post, ["covibe", "exec", id, "kill"]) => {
            let subject = Subject::Exec(call::id(id)?);
            call(subject, Action::End(bodies::marker(body)?))
        }
        _ => Err(UNKNOWN),
    }
}

/// Returns the call for a request about the engine itself.
fn general(asked: Asked<'_>) -> Result<Call, Refusal> {
    let Asked { method, parts, query, body, version } = asked;
    bodies::none(body)?;
    query.end()?;
    let answered = match (method, parts) {
        (Method::Get, ["_ping"]) => Answered::Streamed,
        (Method::Get, ["version"]) => Answered::Version,
        _ => return Err(UNKNOWN),
    };
    let forward = Forward::new("GET", format!("{version}/{}", parts[0]), answered);
    Ok(Call {
        version: version.to_owned(),
        subject: Subject::Nothing,
        action: Action::Forward(forward),
    })
}
