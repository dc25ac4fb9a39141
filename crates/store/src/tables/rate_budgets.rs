//! The rate budgets of upstreams, which all instances draw from.

use std::time::Duration;

use covibe_domain::{Timestamp, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::upstream_budgets as table;
use crate::store::Store;
use crate::tx::{Access, Scope};
use crate::tx::{RunQueryDsl, Tx};

/// The credit that one call costs. Each millisecond earns `per_minute` credits. Integers avoid
/// rounding errors.
const CALL: i64 = 60_000;

/// The maximum difference between instances' clocks, in milliseconds. A count further in the future
/// comes from a wrong clock that was corrected; waiting for that time could take forever.
const SKEW: i64 = 60_000;

/// The result of drawing calls from a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawnCalls {
    /// The number of calls that may be made now.
    pub granted: u32,
    /// The time to wait before the next call; zero if any was granted.
    pub retry_after: Duration,
}

/// The credit of a budget, and the time up to which it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bucket {
    credit: i64,
    counted_at: i64,
}

/// The rate at which a budget refills, and its capacity.
#[derive(Clone, Copy)]
struct Rate {
    per_minute: i64,
    full: i64,
}

impl Rate {
    fn new(per_minute: u32, burst: u32) -> Self {
        Self { per_minute: per_minute.max(1).into(), full: i64::from(burst.max(1)) * CALL }
    }
}

impl Bucket {
    /// Returns the budget at the time `now`. A clock that goes back earns no credit, then or later.
    fn counted_until(self, rate: Rate, now: i64) -> Self {
        let since = now.saturating_sub(self.counted_at);
        let earned = since.max(0).saturating_mul(rate.per_minute);
        let credit = self.credit.clamp(0, rate.full).saturating_add(earned).min(rate.full);
        let counted_at = if since < -SKEW { now } else { self.counted_at.max(now) };
        Self { credit, counted_at }
    }

    /// Draws up to `want` calls.
    fn draw(mut self, want: u32, rate: Rate, now: i64) -> (Self, DrawnCalls) {
        let granted = i64::from(want).min(self.credit / CALL);
        self.credit -= granted * CALL;
        let missing = if granted > 0 { 0 } else { (CALL - self.credit).max(0) };
        let mut millis = missing.unsigned_abs().div_ceil(rate.per_minute.unsigned_abs());
        if millis > 0 {
            millis += self.counted_at.saturating_sub(now).unsigned_abs();
        }
        let granted = u32::try_from(granted).unwrap_or(want);
        (self, DrawnCalls { granted, retry_after: Duration::from_millis(millis) })
    }
}

impl Store {
    /// Draws up to `want` calls from the rate budget with this name, which all instances share. It
    /// earns `per_minute` calls per minute, starts with `burst` calls and holds at most as many.
    /// Both numbers are at least 1; 0 counts as 1.
    #[boxed]
    pub async fn draw(
        &self,
        name: &str,
        want: u32,
        per_minute: u32,
        burst: u32,
        now: Timestamp,
    ) -> Result<DrawnCalls> {
        let (rate, now) = (Rate::new(per_minute, burst), now.as_millis());
        let mut tx = self.begin_for_server(Scope::Shared, Access::WriteUnsynced).await?;
        let bucket = tx.lock_budget(name, Bucket { credit: rate.full, counted_at: now }).await?;
        let (bucket, drawn) = bucket.counted_until(rate, now).draw(want, rate, now);
        tx.write_budget(name, bucket).await?;
        tx.commit().await?;
        Ok(drawn)
    }
}

impl Tx {
    /// Returns the budget, and creates it if it is missing. Writing its name again locks the row
    /// until the end of the transaction, on PostgreSQL too.
    async fn lock_budget(&mut self, name: &str, fresh: Bucket) -> Result<Bucket> {
        let row = (
            table::name.eq(name),
            table::credit.eq(fresh.credit),
            table::counted_at.eq(fresh.counted_at),
        );
        let (credit, counted_at) = on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict(table::name)
            .do_update()
            .set(table::name.eq(name))
            .returning((table::credit, table::counted_at))
            .get_result(conn).await)?;
        Ok(Bucket { credit, counted_at })
    }

    async fn write_budget(&mut self, name: &str, bucket: Bucket) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::name.eq(name))
            .set((table::credit.eq(bucket.credit), table::counted_at.eq(bucket.counted_at)))
            .execute(conn).await)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws one call from an empty budget at each of these times. Returns the number that was
    /// granted.
    fn granted(rate: Rate, moments: impl Iterator<Item = i64>) -> u32 {
        let empty = Bucket { credit: 0, counted_at: 0 };
        let draw = |(bucket, sum): (Bucket, u32), now| {
            let (bucket, drawn) = bucket.counted_until(rate, now).draw(1, rate, now);
            (bucket, sum + drawn.granted)
        };
        moments.fold((empty, 0), draw).1
    }

    #[test]
    fn a_minute_grants_the_same_number_of_calls_however_often_it_is_counted() {
        for per_minute in [1, 7, 61, 200] {
            let rate = Rate::new(per_minute, 10);
            assert_eq!(granted(rate, 1..=60_000), per_minute);
            assert_eq!(
                granted(rate, (1..=60_000).rev()),
                per_minute.min(10),
                "the clock goes back"
            );
        }
    }

    #[test]
    fn a_call_is_granted_after_retry_after() {
        let rate = Rate::new(7, 3);
        let (bucket, drawn) = Bucket { credit: 59_999, counted_at: 50 }.draw(1, rate, 20);
        assert_eq!(drawn, DrawnCalls { granted: 0, retry_after: Duration::from_millis(31) });
        assert_eq!(bucket.counted_until(rate, 51).draw(1, rate, 51).1.granted, 1);
    }

    #[test]
    fn drawing_with_extreme_rates_and_times_does_not_overflow() {
        let rate = Rate::new(u32::MAX, u32::MAX);
        let bucket =
            Bucket { credit: i64::MAX, counted_at: i64::MIN }.counted_until(rate, i64::MAX);
        assert_eq!(bucket.draw(u32::MAX, rate, i64::MAX).1.granted, u32::MAX);
        let empty = Bucket { credit: i64::MIN, counted_at: i64::MAX }.counted_until(rate, i64::MIN);
        assert_eq!(empty.draw(1, rate, i64::MIN).1.granted, 0);
    }
}
