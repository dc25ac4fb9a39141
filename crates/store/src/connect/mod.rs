//! Connections to either database.

pub(crate) mod appender;
pub(crate) mod checkout;
pub(crate) mod commit_outcome;
pub(crate) mod file;
pub(crate) mod late_begin;
pub(crate) mod open_transactions;
pub(crate) mod postgres;
mod session;
pub(crate) mod sqlite;
#[cfg(debug_assertions)]
pub(crate) mod tenant_guard;

pub(crate) use crate::error::CONNECT_TIMEOUT;
