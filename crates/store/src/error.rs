//! The errors of the store, and the failures that callers get for them.

use std::time::Duration;

use covibe_domain::{Failure, Kind};
use deadpool::managed::{HookError, TimeoutType};
use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use diesel_async::pooled_connection::PoolError as Connection;
use diesel_async::pooled_connection::deadpool::PoolError;

/// The timeout for getting a connection, for both databases.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The result of a call of the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call of the store failed. The texts contain no values of rows and no connection URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row with this id or name already exists.
    #[error("a row with this key already exists")]
    Conflict,
    /// The database did not give a connection or the write lock within 5 seconds.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The tenant's own transactions, or those of the server's own work, had their share of the connections for 5
    /// seconds.
    #[error("the tenant's transactions already use its share of the connections")]
    ShareTaken,
    /// Other changes of the person, or of other people, had the share of people in the connections for 5 seconds.
    #[error("the transactions of people already use their share of the connections")]
    PeoplesShareTaken,
    /// Others who have not shown a valid credential had the share of strangers in the connections for 5 seconds.
    #[error("the transactions of strangers already use their share of the connections")]
    StrangersShareTaken,
    /// The COMMIT of a transaction was sent, and its answer was lost: its changes may have been made.
    #[error("the answer to a COMMIT was lost: {0}")]
    CommitUnknown(String),
    /// The database role or the tables would let a query see other tenants' rows.
    #[error("{problem}. {fix}.")]
    Isolation {
        /// The problem.
        problem: String,
        /// The remedy.
        fix: String,
    },
    /// The tables are not those that this release needs.
    #[error("{problem}. {fix}.")]
    Schema {
        /// The problem.
        problem: String,
        /// The remedy.
        fix: String,
    },
    /// A row of one tenant was passed to another tenant's transaction.
    #[error("the row and the transaction belong to different tenants")]
    OtherTenant,
    /// A database that only one tenant may be in has another one.
    #[error("the database has other tenants")]
    Inhabited,
    /// A column contains an invalid value.
    #[error("the column {0} contains an invalid value")]
    Corrupt(&'static str),
    /// A tenant's audit and the head of its chain do not match, so no entry can be appended.
    #[error("the audit's chain does not match its head; run `covibe-server audit verify`")]
    BrokenChain,
    /// Another session holds the head of a tenant's chain for more than 2 seconds.
    #[error("another session has locked the newest entry of the audit's chain")]
    HeldChain,
    /// A copy to another database differs from its source.
    #[error("nothing was copied, because the copy differs: {0}")]
    Transfer(String),
    /// Audit entries could not be written to their file or read from it.
    #[error("the exported audit: {0}")]
    Export(String),
    /// A connection URL or path is invalid.
    #[error("{0}")]
    Address(&'static str),
    /// Any other error of the database.
    #[error(transparent)]
    Database(Diesel),
}

/// SQLite's text for SQLITE_BUSY (`sqlite3_errstr`, SQLite 3.51); diesel has no kind for it.
const BUSY: &str = "database is locked";

/// Why a database that is not up yet gives no connection.
pub(crate) mod away {
    pub(crate) const REFUSED: &str = "nothing listens there";
    pub(crate) const NO_SOCKET: &str = "the socket does not exist";
    pub(crate) const NO_NAME: &str = "the host name could not be resolved";
    pub(crate) const LATE: &str = "no answer in time";
    pub(crate) const STARTING: &str = "it is starting up";
}

impl Error {
    /// Returns whether the database may just not be up yet.
    pub fn is_away(&self) -> bool {
        let causes = [away::REFUSED, away::NO_SOCKET, away::NO_NAME, away::LATE, away::STARTING];
        matches!(self, Self::Unavailable(what) if causes.iter().any(|it| what.ends_with(it)))
    }
}

/// SQLite's text for SQLITE_IOERR. If only waiting for the disk failed at the end of a COMMIT, the file has the changes,
/// and they count should the process be killed before it writes others.
const IO_ERROR: &str = "disk I/O error";

impl Error {
    /// Returns the error of a COMMIT on SQLite.
    pub(crate) fn of_sqlite_commit(error: Diesel) -> Self {
        let cause = match &error {
            Diesel::RollbackErrorOnCommit { commit_error, .. } => commit_error,
            other => other,
        };
        match cause {
            Diesel::DatabaseError(_, info) if info.message() != IO_ERROR => error.into(),
            _ => Self::CommitUnknown(cause.to_string()),
        }
    }
}

/// Returns whether PostgreSQL itself refused a COMMIT, so that it did not take place. An error that ends the session
/// may arrive in place of a success, and does not count.
pub(crate) const fn is_refused_commit(error: &Diesel) -> bool {
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand, Unknown};
    matches!(error, Diesel::DatabaseError(kind, _)
        if !matches!(kind, ClosedConnection | UnableToSendCommand | Unknown))
}

/// Returns whether a change was refused because its session began while the database was read-only. Such a session
/// stays read-only when the database no longer is.
pub(crate) const fn was_read_only(error: &Diesel) -> bool {
    matches!(error, Diesel::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _))
}

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
        use deadpool::managed::PoolError as Pool;
        let cause = match error {
            // The pool's own words say nothing that helps.
            Pool::Backend(Connection::ConnectionError(error)) => return error.into(),
            Pool::Backend(Connection::QueryError(error)) => return error.into(),
            Pool::PostCreateHook(HookError::Backend(Connection::QueryError(error))) => {
                return error.into();
            }
            Pool::Timeout(TimeoutType::Wait) => {
                format!("all connections were busy for {} seconds", CONNECT_TIMEOUT.as_secs())
            }
            Pool::Timeout(_) => {
                format!("no connection within {} seconds", CONNECT_TIMEOUT.as_secs())
            }
            other => other.to_string(),
        };
        Self::Unavailable(cause)
    }
}

impl From<ConnectionError> for Error {
    fn from(error: ConnectionError) -> Self {
        Self::Unavailable(match error {
            ConnectionError::BadConnection(cause) => cause,
            other => other.to_string(),
        })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if matches!(error, Error::Conflict) {
            return Self::conflict("A record with this id or name already exists.");
        }
        if matches!(error, Error::ShareTaken) {
            let message =
                "The company's calls already use its whole share of the database connections.";
            let hint = "Nothing was changed by this step. Make fewer calls at the same time.";
            let failure = Self::new(Kind::Limited, message).hint(hint);
            return failure.retry_after(Duration::from_secs(2));
        }
        if matches!(error, Error::PeoplesShareTaken) {
            let message = "Too many people change their accounts and sessions at the moment.";
            let hint = "Nothing was changed by this step. Make one change at a time.";
            let failure = Self::new(Kind::Limited, message).hint(hint);
            return failure.retry_after(Duration::from_secs(2));
        }
        if matches!(error, Error::StrangersShareTaken) {
            let message = "Too many people and devices are signing in at the moment.";
            let failure = Self::new(Kind::Limited, message).hint("Try again in a few seconds.");
            return failure.retry_after(Duration::from_secs(2));
        }
        tracing::error!(%error, "a database operation failed");
        if matches!(error, Error::CommitUnknown(_)) {
            let message = "The database did not report whether the change was made.";
            let hint = "List or get what the call was to change, and repeat it only if it was not changed.";
            return Self::unready(message).hint(hint).in_doubt();
        }
        Self::unready("The database is not available.")
            .hint("Try again in a few seconds.")
            .retry_after(Duration::from_secs(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(kind: DatabaseErrorKind, text: &str) -> Diesel {
        Diesel::DatabaseError(kind, Box::new(text.to_owned()))
    }

    #[test]
    fn a_commit_on_sqlite_is_in_doubt_only_after_an_io_error() {
        let commit = |text| Error::of_sqlite_commit(refusal(DatabaseErrorKind::Unknown, text));
        assert!(matches!(commit("database or disk is full"), Error::Database(_)));
        assert!(matches!(commit(BUSY), Error::Unavailable(_)));
        assert!(matches!(commit(IO_ERROR), Error::CommitUnknown(_)));
        let also_not_rolled_back = Diesel::RollbackErrorOnCommit {
            rollback_error: Box::new(Diesel::NotInTransaction),
            commit_error: Box::new(refusal(DatabaseErrorKind::Unknown, IO_ERROR)),
        };
        let error = Error::of_sqlite_commit(also_not_rolled_back);
        assert!(matches!(error, Error::CommitUnknown(_)), "{error}");
    }

    #[test]
    fn the_failure_of_a_commit_whose_answer_was_lost_is_in_doubt() {
        let failure = Failure::from(Error::CommitUnknown("connection closed".to_owned()));
        assert!(failure.is_in_doubt() && failure.retry_after.is_none(), "{failure:?}");
        assert!(!Failure::from(Error::Unavailable("connection closed".to_owned())).is_in_doubt());
    }
}
