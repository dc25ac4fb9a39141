//! The end of a transaction, also where its answer is lost.

use covibe_domain::boxed;
use diesel::connection::{AnsiTransactionManager as SyncManager, TransactionManager as _};
use diesel::result::Error as Diesel;

use super::transaction_connection::ROLLBACK;
use super::{Conn, STATEMENT, Tx};
use crate::connect::commit_outcome::Fate;
use crate::connect::postgres::in_time;
use crate::error::{Error, Result, is_refused_commit};

impl Tx {
    /// Commits the changes and returns the connection to the pool.
    ///
    /// If PostgreSQL's answer is lost, another connection asks for the outcome of the transaction.
    ///
    /// # Errors
    ///
    /// [`Error::CommitUnknown`] if the changes may have been made; after any other error they were not. If a query
    /// failed before, it rolls back instead, since PostgreSQL would report the COMMIT of an aborted transaction as a
    /// success.
    #[boxed]
    pub async fn commit(mut self) -> Result<()> {
        let keep = !self.failed;
        match self.conn.as_mut() {
            Some(Conn::Postgres(session)) if keep => {
                if let Err(error) = in_time(STATEMENT, session.end_transaction("COMMIT")).await {
                    return self.settle(error).await;
                }
            }
            // It is closed.
            Some(Conn::Postgres(_)) if self.is_stuck => {}
            Some(Conn::Postgres(session)) => {
                in_time(ROLLBACK, session.end_transaction("ROLLBACK")).await?;
            }
            Some(Conn::Sqlite(conn)) if keep => {
                let committed = conn.spawn_blocking(SyncManager::commit_transaction).await;
                committed.map_err(Error::of_sqlite_commit)?;
            }
            Some(Conn::Sqlite(conn)) => {
                conn.spawn_blocking(SyncManager::rollback_transaction).await?;
            }
            None => {}
        }
        if !self.is_stuck {
            drop(self.conn.take());
        }
        let counted = self.counted.take();
        // The work may be suspended next, until a lease is renewed: the renewal needs what this transaction holds.
        drop(self);
        if let Some(counted) = counted {
            counted.finish().await;
        }
        if keep { Ok(()) } else { Err(Error::Database(Diesel::RollbackTransaction)) }
    }

    /// Finds out the outcome of a transaction of PostgreSQL whose COMMIT failed with this error.
    async fn settle(mut self, error: Diesel) -> Result<()> {
        if !self.access.changes() || is_refused_commit(&error) {
            return Err(error.into());
        }
        let conn = self.conn.take();
        let id = match &conn {
            Some(Conn::Postgres(session)) => session.id().cloned(),
            _ => None,
        };
        // A lost connection is of no use to anybody, and another one may be needed to ask.
        conn.into_iter().for_each(Conn::close);
        let fate = match (&self.commits, id) {
            (Some(commits), Some(id)) => commits.fate(&id).await,
            _ => None,
        };
        match fate {
            Some(Fate::Committed) => Ok(()),
            Some(Fate::Aborted) => Err(error.into()),
            None => Err(Error::CommitUnknown(error.to_string())),
        }
    }
}
