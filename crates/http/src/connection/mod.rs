//! The guard around every connection: how many there may be, how long each may make no progress, and
//! how much of it is kept in memory.
//!
//! The HTTP library times only the first head of a connection. It reads requests ahead of their
//! answers, and reads on after an answer that came before the end of its request.

mod answer_body;
mod connection_counts;
mod connection_limits;
mod connection_service;
mod connection_table;
mod connections_by_address;
mod cookies;
mod exchange;
mod framing;
mod health_check_paths;
mod proxies;
mod refusal_reasons;
mod refused_heads;
mod request_body;
mod request_id;
mod request_rates;
mod requests_with_credentials;
mod single_request_stream;
#[cfg(test)]
mod tests;
mod unauthenticated_requests;
mod valid_keys;

pub use connection_counts::Connections;
pub use connection_limits::ConnectionLimits;
pub(crate) use health_check_paths::{HEALTH_PATH, LIVE_PATH, is_check};
pub use proxies::{InvalidProxy, Proxies};
pub use refusal_reasons::Reason;
pub(crate) use requests_with_credentials::{CredentialKind, mark_authenticated};

pub(crate) use answer_body::{CountedBody, Streamed};
pub(crate) use connection_service::{
    admit, count_foreign, end_with_client, follow, http, is_draining, limit_buffers,
};
pub(crate) use connection_table::Table;
pub(crate) use cookies::{CookieName, SESSION_COOKIE, cookie_value};
pub(crate) use request_body::declared_length;
pub(crate) use request_id::identify;
pub(crate) use unauthenticated_requests::{address_of, count_stranger, delivery_rate};
