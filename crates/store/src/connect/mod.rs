//! Connections to either database.

pub(crate) mod postgres;
pub(crate) mod sqlite;

pub(crate) use crate::error::CONNECT_TIMEOUT;
