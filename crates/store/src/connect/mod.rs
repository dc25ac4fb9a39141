//! Connections to either database.

pub(crate) mod audit_connections;
pub(crate) mod commit_outcome;
pub(crate) mod database_file;
pub(crate) mod late_begin;
pub(crate) mod open_transactions;
pub(crate) mod pool_checkout;
pub(crate) mod postgres;
mod session_timeouts;
pub(crate) mod shares;
pub(crate) mod sqlite;
#[cfg(debug_assertions)]
pub(crate) mod tenant_filter_check;

pub(crate) use crate::error::CONNECT_TIMEOUT;
