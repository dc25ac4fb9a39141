//! Limits of attempts, such as of guessing passwords, which all instances share.

use std::time::Duration;

use covibe_domain::{KeyDigest, boxed};
use diesel::prelude::*;

use super::leases::Now;
use crate::connect::shares::ShareOf;
use crate::error::Result;
use crate::row::millis;
use crate::schema::attempts as table;
use crate::store::Store;
use crate::tx::{Access, RunQueryDsl, Scope, Tx};

/// A number of attempts at once, and the rate at which used ones become available again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptRate {
    /// The number of attempts at once; 0 counts as 1.
    pub burst: u32,
    /// The time after which one more is available.
    pub every: Duration,
}

impl AttemptRate {
    /// Returns the time that one attempt uses, in milliseconds, and that of all attempts at once.
    fn spans(self) -> (i64, i64) {
        let every = millis(self.every).max(1);
        (every, every.saturating_mul(self.burst.max(1).into()))
    }

    /// Makes an attempt at the time `now`, if all are available again at `full_at`. Returns when they are after it, or
    /// how long to wait for one.
    ///
    /// The generic cell rate algorithm (ITU-T I.371).
    fn attempt(self, full_at: i64, now: i64) -> Result<i64, Duration> {
        let (every, all) = self.spans();
        // No attempts lead further ahead: a clock was wrong, or the rate was another one.
        let full_at = full_at.clamp(now, now.saturating_add(all)).saturating_add(every);
        match full_at.saturating_sub(now.saturating_add(all)) {
            early if early > 0 => Err(Duration::from_millis(early.unsigned_abs())),
            _ => Ok(full_at),
        }
    }
}

impl Store {
    /// Makes an attempt at the subject with this digest, or returns the time to wait for the next one. A refused
    /// attempt uses nothing. Time is that of the database.
    ///
    /// # Errors
    ///
    /// Those of [`Store::attempt_all`].
    #[boxed]
    pub async fn attempt<'a>(
        &'a self,
        by: ShareOf<'a>,
        digest: &'a KeyDigest,
        rate: AttemptRate,
    ) -> Result<Result<(), Duration>> {
        let outcome = self.attempt_all(by, &[(*digest, rate)]).await?;
        Ok(outcome.map_err(|(_, wait)| wait))
    }

    /// Makes one attempt at each of these subjects, or at none of them. Returns the place of the first subject at which
    /// none is possible, and the time to wait for the next one.
    ///
    /// An attempt that can be refused at once only reads: those who try all the time don't keep others from changing
    /// something.
    ///
    /// # Errors
    ///
    /// [`crate::Error::ShareTaken`], or its like of people and strangers, if others with this share make too many.
    #[boxed]
    pub async fn attempt_all<'a>(
        &'a self,
        by: ShareOf<'a>,
        attempts: &'a [(KeyDigest, AttemptRate)],
    ) -> Result<Result<(), (usize, Duration)>> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let mut full_at = Vec::with_capacity(attempts.len());
        for (digest, _) in attempts {
            full_at.push(tx.read_attempts(digest).await?);
        }
        let now = tx.lease_clock().await?;
        tx.commit().await?;
        if let Err(refused) = all_or_none(attempts, &full_at, now) {
            return Ok(Err(refused));
        }
        let tx = self.begin_attempt(by).await?;
        tx.make_attempts(attempts).await
    }

    /// Gives back one attempt at the subject with this digest.
    #[boxed]
    pub async fn give_attempt_back<'a>(
        &'a self,
        by: ShareOf<'a>,
        digest: &'a KeyDigest,
        rate: AttemptRate,
    ) -> Result<()> {
        let mut tx = self.begin_attempt(by).await?;
        let full_at = tx.lock_attempts(digest).await?;
        let (every, _) = rate.spans();
        tx.write_attempts(digest, full_at.saturating_sub(every).max(0)).await?;
        tx.commit().await
    }

    /// Gives back every attempt at the subject with this digest, once somebody has proved to be the right one.
    #[boxed]
    pub async fn forget_attempts<'a>(
        &'a self,
        by: ShareOf<'a>,
        digest: &'a KeyDigest,
    ) -> Result<()> {
        let mut tx = self.begin_attempt(by).await?;
        on!(tx, conn => diesel::delete(table::table)
            .filter(table::digest.eq(digest.to_string()))
            .execute(conn).await)?;
        tx.commit().await
    }

    async fn begin_attempt(&self, by: ShareOf<'_>) -> Result<Tx> {
        self.begin_in_share(by, Scope::Shared, Access::WriteUnsynced).await
    }

    /// Removes rows that no longer limit anything, and returns their number.
    #[boxed]
    pub async fn remove_old_attempts(&self) -> Result<usize> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::WriteUnsynced).await?;
        let now: Now = tx.lease_clock().await?;
        let removed = on!(tx, conn => diesel::delete(table::table)
            .filter(table::full_at.lt(now.millis()))
            .execute(conn).await)?;
        tx.commit().await?;
        Ok(removed)
    }
}

/// Returns when all attempts at each subject are available again after one more, or the place of the first subject at
/// which none is possible, and the time to wait.
fn all_or_none(
    attempts: &[(KeyDigest, AttemptRate)],
    full_at: &[i64],
    now: Now,
) -> Result<Vec<i64>, (usize, Duration)> {
    let subjects = attempts.iter().zip(full_at).enumerate();
    subjects
        .map(|(place, ((_, rate), full_at))| {
            rate.attempt(*full_at, now.millis()).map_err(|wait| (place, wait))
        })
        .collect()
}

impl Tx {
    /// Makes one attempt at each of these subjects, or at none of them, and ends the transaction.
    async fn make_attempts(
        mut self,
        attempts: &[(KeyDigest, AttemptRate)],
    ) -> Result<Result<(), (usize, Duration)>> {
        let mut full_at = Vec::with_capacity(attempts.len());
        for (digest, _) in attempts {
            full_at.push(self.lock_attempts(digest).await?);
        }
        // After the rows are locked: a caller that waited for one must not count by an earlier time.
        let now = self.lease_clock().await?;
        let outcome = all_or_none(attempts, &full_at, now);
        if let Ok(full_at) = &outcome {
            for ((digest, _), full_at) in attempts.iter().zip(full_at) {
                self.write_attempts(digest, *full_at).await?;
            }
        }
        self.commit().await?;
        Ok(outcome.map(drop))
    }

    /// Returns when all attempts are available again.
    async fn read_attempts(&mut self, digest: &KeyDigest) -> Result<i64> {
        let digest = digest.to_string();
        let full_at: Option<i64> = on!(self, conn => table::table
            .filter(table::digest.eq(digest))
            .select(table::full_at)
            .first(conn).await.optional())?;
        Ok(full_at.unwrap_or_default())
    }

    /// Returns when all attempts are available again, and keeps others from making one until the transaction ends.
    /// Writing the digest again locks the row on PostgreSQL too.
    async fn lock_attempts(&mut self, digest: &KeyDigest) -> Result<i64> {
        let digest = digest.to_string();
        let fresh = (table::digest.eq(digest.clone()), table::full_at.eq(0_i64));
        on!(self, conn => diesel::insert_into(table::table)
            .values(fresh)
            .on_conflict(table::digest)
            .do_update()
            .set(table::digest.eq(digest))
            .returning(table::full_at)
            .get_result(conn).await)
    }

    async fn write_attempts(&mut self, digest: &KeyDigest, full_at: i64) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::digest.eq(digest.to_string()))
            .set(table::full_at.eq(full_at))
            .execute(conn).await)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const MINUTE: i64 = 60_000;

    fn rate(burst: u32, every: Duration) -> AttemptRate {
        AttemptRate { burst, every }
    }

    /// Tries at each of these times, and returns the times of the attempts that were made.
    fn times_of_attempts(rate: AttemptRate, times: impl IntoIterator<Item = i64>) -> Vec<i64> {
        let mut full_at = 0;
        let mut made = Vec::new();
        for now in times {
            if let Ok(then) = rate.attempt(full_at, now) {
                full_at = then;
                made.push(now);
            }
        }
        made
    }

    #[test]
    fn attempts_are_allowed_as_a_burst_and_then_one_at_a_time() {
        let rate = rate(3, Duration::from_mins(1));
        let times = (0..10).map(|tenth| 1_000_000 + tenth * MINUTE / 10);
        assert_eq!(times_of_attempts(rate, times).len(), 3);
        let every_second = (0..600).map(|second| 1_000_000 + second * 1_000);
        assert_eq!(times_of_attempts(rate, every_second).len(), 3 + 9);
        let full_at = rate.attempt(0, 5 * MINUTE).unwrap();
        assert_eq!(full_at, 6 * MINUTE);
        assert_eq!(rate.attempt(8 * MINUTE, 5 * MINUTE), Err(Duration::from_mins(1)));
    }

    #[test]
    fn a_clock_that_was_wrong_locks_nobody_out() {
        let rate = rate(2, Duration::from_secs(1));
        let far = rate.attempt(i64::MAX, 5_000).unwrap_err();
        assert_eq!(far, Duration::from_secs(1));
        assert_eq!(rate.attempt(i64::MIN, 5_000), Ok(6_000));
        let extreme = AttemptRate { burst: u32::MAX, every: Duration::MAX };
        assert!(extreme.attempt(i64::MAX, i64::MAX).is_ok());
        let least = AttemptRate { burst: 0, every: Duration::ZERO };
        assert_eq!(
            (least.attempt(0, 9), least.attempt(10, 9)),
            (Ok(10), Err(Duration::from_millis(1)))
        );
    }

    proptest! {
        #[test]
        fn an_attempt_succeeds_after_the_wait_that_a_refusal_returns(
            steps in vec(0..900_i64, 1..200),
        ) {
            let rate = rate(2, Duration::from_millis(700));
            let (mut full_at, mut now) = (0, 10_000);
            for step in steps {
                now += step;
                match rate.attempt(full_at, now) {
                    Ok(then) => full_at = then,
                    Err(wait) => {
                        let wait = i64::try_from(wait.as_millis()).unwrap();
                        prop_assert!((1..=700).contains(&wait));
                        prop_assert!(rate.attempt(full_at, now + wait - 1).is_err());
                        prop_assert!(rate.attempt(full_at, now + wait).is_ok());
                    }
                }
            }
        }

        /// For any times, no span has more attempts than the burst and those that became available in it.
        #[test]
        fn no_time_span_has_more_attempts_than_the_rate_allows(
            burst in 1..7_u32,
            every in 1..500_u32,
            steps in vec(0..300_i64, 1..100),
        ) {
            let rate = rate(burst, Duration::from_millis(every.into()));
            let times = steps.into_iter().scan(1_000_000, |now, step| {
                *now += step;
                Some(*now)
            });
            let made = times_of_attempts(rate, times);
            for (first, begin) in made.iter().enumerate() {
                for (number, end) in (1_i64..).zip(&made[first..]) {
                    prop_assert!(number <= i64::from(burst) + (end - begin) / i64::from(every));
                }
            }
        }
    }
}
