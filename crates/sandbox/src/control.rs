//! The simulator's own endpoints: faults and the log of requests.

use serde_json::json;

use crate::faults::Fault;
use crate::server::Host;
use crate::wire::{Reply, Request};

/// The path that all of them begin with.
pub(crate) const PREFIX: &str = "/__sandbox/";

/// Answers a request for one of them.
pub(crate) fn answer(host: &Host, request: &Request) -> Reply {
    let what = request.path.strip_prefix(PREFIX).unwrap_or_default();
    match (request.method.as_str(), what) {
        ("POST", "faults") => arm(host, request),
        ("DELETE", "faults") => {
            host.disarm();
            Reply::empty(204)
        }
        ("GET", "requests") => Reply::json(200, json!({ "requests": host.requests() })),
        ("DELETE", "requests") => {
            host.clear_requests();
            Reply::empty(204)
        }
        _ => Reply::json(404, json!({ "error": "No such endpoint of the sandbox." })),
    }
}

fn arm(host: &Host, request: &Request) -> Reply {
    match serde_json::from_slice::<Fault>(&request.body) {
        Ok(fault) if fault.times > 0 => {
            host.arm(fault);
            Reply::empty(204)
        }
        Ok(_) => Reply::json(400, json!({ "error": "times is at least 1" })),
        Err(error) => Reply::json(400, json!({ "error": error.to_string() })),
    }
}
