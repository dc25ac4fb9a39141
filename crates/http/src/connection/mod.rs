//! The guard around every connection: how many there may be, how long each may make no progress, and
//! how much of it is kept in memory.
//!
//! The HTTP library times only the first head of a connection. It reads requests ahead of their
//! answers, and reads on after an answer that came before the end of its request.

mod answer_body;
mod claimed_requests;
mod connection_table;
mod connections_by_address;
mod cookies;
mod counts;
mod exchange;
mod framing;
mod health_check_paths;
mod keyless_rate;
mod limits;
mod proxies;
mod refusal_reasons;
mod request_body;
mod request_id;
mod service;
mod stream;
#[cfg(test)]
mod tests;
mod unauthenticated_requests;
mod valid_keys;

pub(crate) use claimed_requests::{CredentialKind, mark_authenticated};
pub use counts::Connections;
pub(crate) use health_check_paths::{HEALTH_PATH, LIVE_PATH, is_check};
pub use limits::ConnectionLimits;
pub use proxies::{InvalidProxy, Proxies};
pub use refusal_reasons::Reason;

pub(crate) use answer_body::{CountedBody, Streamed};
pub(crate) use connection_table::Table;
pub(crate) use cookies::{CookieName, SESSION_COOKIE, cookie_value};
pub(crate) use request_body::declared_length;
pub(crate) use request_id::identify;
pub(crate) use service::{
    admit, count_foreign, end_with_client, follow, http, is_draining, limit_buffers,
};
pub(crate) use unauthenticated_requests::{address_of, count_stranger, delivery_rate};
