//! Leases, measured by the clock of the database: the clocks of instances may differ.

use std::time::Duration;

use covibe_domain::{Timestamp, boxed};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

use crate::error::Result;
use crate::row::millis;
use crate::tx::{Conn, RunQueryDsl, Tx};

/// The most by which the end of a lease can be ahead, in milliseconds: more than the duration of any lease. A later end
/// was written by a clock that was wrong, and nobody renews it.
const LONGEST: i64 = 3_600_000;

/// The time of a PostgreSQL server, in milliseconds since 1970.
pub(super) const SERVER_TIME: &str = "floor(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT";

/// The query for the time of a PostgreSQL server. It is prepared once for each connection, which other SQL texts are
/// not.
#[derive(Clone, Copy, QueryId)]
struct ServerTime;

impl Query for ServerTime {
    type SqlType = BigInt;
}

impl QueryFragment<Pg> for ServerTime {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        out.push_sql(SERVER_TIME);
        Ok(())
    }
}

/// The current time of the database, with which leases are compared.
#[derive(Clone, Copy)]
pub(super) struct Now(i64);

impl Now {
    /// Returns the time in milliseconds since 1970. A lease that ends at it has passed.
    pub(super) const fn millis(self) -> i64 {
        self.0
    }

    /// Returns the time as others know it.
    pub(super) const fn timestamp(self) -> Timestamp {
        Timestamp::from_millis(self.0)
    }

    /// Returns the end of a lease that begins now.
    pub(super) fn end_of(self, lease: Duration) -> i64 {
        self.0.saturating_add(millis(lease))
    }

    /// Returns the time at which a lease began that ends then.
    pub(super) fn of_end(until: i64, lease: Duration) -> Self {
        Self(until.saturating_sub(millis(lease)))
    }

    /// Returns the time that long ago.
    pub(super) fn before(self, age: Duration) -> i64 {
        self.0.saturating_sub(millis(age))
    }

    /// Returns how long ago that was, by the same clock; no time if it is yet to come.
    pub(super) fn since(self, millis: i64) -> Duration {
        Duration::from_millis(self.0.saturating_sub(millis).max(0).unsigned_abs())
    }

    /// Returns the latest possible end of a lease; a later one is invalid.
    pub(super) const fn farthest(self) -> i64 {
        self.0.saturating_add(LONGEST)
    }

    /// Converts the end of a lease, and returns how long it still lasts: zero if it has passed or is further ahead than
    /// it can be, in which case the end is 0.
    pub(super) fn read_lease(self, until: i64) -> (Timestamp, Duration) {
        if until > self.farthest() {
            return (Timestamp::from_millis(0), Duration::ZERO);
        }
        let left = until.saturating_sub(self.0).max(0);
        (Timestamp::from_millis(until), Duration::from_millis(left.unsigned_abs()))
    }
}

impl Tx {
    /// Returns the current time by the clock of the database, which all instances share. On SQLite, it is
    /// the clock of the machine.
    #[boxed]
    pub async fn now(&mut self) -> Result<Timestamp> {
        self.lease_clock().await.map(Now::timestamp)
    }

    pub(super) async fn lease_clock(&mut self) -> Result<Now> {
        let Some(Conn::Postgres(session)) = self.conn.as_mut() else {
            return Ok(Now(Timestamp::now().as_millis()));
        };
        let time = on_postgres!(session, conn => ServerTime.get_result(conn).await);
        self.track(time).map(Now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_beyond_the_longest_possible_one_is_read_as_ended() {
        let (now, second) = (Now(1_000_000), Duration::from_secs(1));
        let until = now.end_of(second);
        assert_eq!(now.read_lease(until), (Timestamp::from_millis(1_001_000), second));
        for passed in [now.millis(), 0, i64::MIN] {
            assert_eq!(now.read_lease(passed), (Timestamp::from_millis(passed), Duration::ZERO));
        }
        for impossible in [now.farthest() + 1, i64::MAX] {
            assert_eq!(now.read_lease(impossible), (Timestamp::from_millis(0), Duration::ZERO));
        }
    }
}
