//! What the store fails with, and what of it a caller is told.

use std::time::Duration;

use covibe_domain::Failure;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use diesel_async::pooled_connection::deadpool::PoolError;

/// What every function of the store answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call of the store failed. No text in it holds a value of a row or a connection URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row with this id or name exists already.
    #[error("a row with this key exists already")]
    Conflict,
    /// No connection, or none within 5 seconds, or the write lock was not to be had in that time.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database role or the tables would let a query see other tenants' rows.
    #[error("{problem}. {fix}.")]
    Isolation {
        /// What is wrong.
        problem: String,
        /// What puts it right.
        fix: String,
    },
    /// The tables are not those that this program needs.
    #[error("{problem}. {fix}.")]
    Schema {
        /// What is wrong.
        problem: String,
        /// What puts it right.
        fix: String,
    },
    /// A row of one tenant was handed to another one's transaction.
    #[error("the row belongs to another tenant than the transaction")]
    OtherTenant,
    /// A column holds a value that is not of its type.
    #[error("the column {0} holds a value that is not of its type")]
    Corrupt(&'static str),
    /// The audit of a tenant and the head of its chain disagree, so that nothing can follow.
    #[error("the audit's chain and its head disagree; run `covibe-server audit verify`")]
    BrokenChain,
    /// A connection URL or path can't be used.
    #[error("{0}")]
    Address(&'static str),
    /// Anything else that the database answered.
    #[error(transparent)]
    Database(Diesel),
}

/// SQLite's text for SQLITE_BUSY (`sqlite3_errstr`, SQLite 3.51); diesel gives it no kind of its own.
const BUSY: &str = "database is locked";

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand, UniqueViolation};
        match &error {
            Diesel::DatabaseError(UniqueViolation, _) => Self::Conflict,
            Diesel::DatabaseError(ClosedConnection | UnableToSendCommand, info) => {
                Self::Unavailable(info.message().to_owned())
            }
            Diesel::DatabaseError(_, info) if info.message() == BUSY => {
                Self::Unavailable(info.message().to_owned())
            }
            _ => Self::Database(error),
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Conflict) {
            return Self::conflict("Something of this id or name exists already.");
        }
        tracing::error!(%error, "the store failed");
        Self::unready("The database is not available.")
            .hint("Try again in a few seconds.")
            .retry_after(Duration::from_secs(2))
    }
}
