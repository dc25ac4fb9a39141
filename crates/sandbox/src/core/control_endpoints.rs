//! The simulator's own endpoints: faults and the record of requests.

use serde_json::json;

use super::faults::Fault;
use super::request_types::{Reply, Request};
use super::shared_state::Host;

/// The prefix of their paths.
pub(crate) const PREFIX: &str = "/__sandbox/";

/// Answers a request for one of them.
pub(crate) fn answer(host: &Host, request: &Request) -> Reply {
    let endpoint = request.path.strip_prefix(PREFIX).unwrap_or_default();
    match (request.method.as_str(), endpoint) {
        ("POST", "faults") => arm(host, request),
        ("DELETE", "faults") => {
            host.faults.lock().disarm();
            Reply::empty(204)
        }
        ("GET", "requests") => list_requests(host),
        ("DELETE", "requests") => {
            host.log.lock().clear();
            Reply::empty(204)
        }
        (method, _) => {
            let own = host.vendor.lock().control(method, endpoint, &request.body);
            let missing = json!({ "error": "The simulator has no such endpoint." });
            own.unwrap_or_else(|| Reply::json(404, missing))
        }
    }
}

fn list_requests(host: &Host) -> Reply {
    let log = host.log.lock();
    let requests: Vec<_> = log.requests().collect();
    Reply::json(200, json!({ "requests": requests }))
}

fn arm(host: &Host, request: &Request) -> Reply {
    match serde_json::from_slice::<Fault>(&request.body) {
        Ok(fault) if fault.times > 0 => {
            host.faults.lock().arm(fault);
            Reply::empty(204)
        }
        Ok(_) => Reply::json(400, json!({ "error": "times must be at least 1" })),
        Err(error) => Reply::json(400, json!({ "error": error.to_string() })),
    }
}
