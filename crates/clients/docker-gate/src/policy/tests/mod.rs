//! Requests that are let through, with their treatment, and that nothing else ever is.

mod allowed;
mod independent_policy;
mod injection;
mod random_input;
mod refused;

use super::*;
use crate::http::{BodyFraming, Chunked, parse_head};

const UUID: &str = "abcdefghijkl012345678901";

/// A container's or a command's id.
fn id() -> String {
    "0af9".repeat(16)
}

/// Returns the bytes of a request.
fn bytes(method: &str, target: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// Decides on a request as the session does; `None` if it can't be read.
fn decide_bytes(input: &[u8]) -> Option<Result<Call, Refusal>> {
    let (head, length) = parse_head(input).ok()??;
    let rest = &input[length..];
    let body = match head.body {
        BodyFraming::Length(length) => rest.get(..length)?.to_vec(),
        BodyFraming::Chunked => {
            let mut contents = Vec::new();
            let mut chunked = Chunked::new();
            chunked.read(rest, &mut contents).ok()?;
            chunked.is_done().then_some(contents)?
        }
    };
    Some(decide(&head, &body))
}

fn decide_request(method: &str, target: &str, body: &str) -> Result<Call, Refusal> {
    decide_bytes(&bytes(method, target, body)).expect("a request")
}

/// Returns the request to the engine.
fn forwarded(method: &str, target: &str, body: &str) -> Forward {
    match decide_request(method, target, body).map(|call| call.action) {
        Ok(Action::Forward(forward)) => forward,
        other => panic!("{method} {target}: {other:?}"),
    }
}

/// Returns the body of a request to create a command.
fn command(members: &str) -> String {
    format!(r#"{{"Cmd":["ls"],"Env":["COVIBE_EXEC=0123456789abcdef"]{members}}}"#)
}
