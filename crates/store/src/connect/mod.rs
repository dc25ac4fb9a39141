//! Connections to either database.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::time::Duration;

/// How long a call waits for a connection, on both databases.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
