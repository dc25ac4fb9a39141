//! Connections to either database.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::time::Duration;

/// The timeout for getting a connection, for both databases.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
