//! The simulator's own endpoints: faults and the record of requests.

use std::io;

use covibe_domain::Secret;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::faults::Fault;
use super::host::Host;
use super::wire::{Reply, Request};

/// The prefix of their paths.
pub(crate) const PREFIX: &str = "/__sandbox/";

/// What a request for them has to present.
pub(crate) struct Token(Secret);

impl Token {
    /// Draws a token from the operating system's randomness.
    pub(crate) fn random() -> io::Result<Self> {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self(Secret::new(hex::encode(bytes))))
    }

    /// Returns the token.
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// Returns whether a text is the token, in a time that does not depend on how much of it is right.
    pub(crate) fn is(&self, given: &str) -> bool {
        Sha256::digest(given) == Sha256::digest(self.0.expose())
    }
}

/// Answers a request for one of them.
pub(crate) fn answer(host: &Host, request: &Request) -> Reply {
    let endpoint = request.path.strip_prefix(PREFIX).unwrap_or_default();
    match (request.method.as_str(), endpoint) {
        ("POST", "faults") => arm(host, request),
        ("DELETE", "faults") => {
            host.faults.lock().disarm();
            Reply::empty(204)
        }
        ("GET", "requests") => Reply::json(200, json!({ "requests": host.log.lock().requests() })),
        ("DELETE", "requests") => {
            host.log.lock().clear();
            Reply::empty(204)
        }
        _ => Reply::json(404, json!({ "error": "The simulator has no such endpoint." })),
    }
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
