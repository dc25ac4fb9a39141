//! Appending on PostgreSQL: one statement, which locks the head, writes and commits.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use deadpool::managed::Object;
use diesel::define_sql_function;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::chain::Head;
use super::tenant_groups::Group;
use crate::connect::audit_connections::Appender;
use crate::connect::postgres::{Connections, in_time};
use crate::error::{Error, Result, was_read_only};
use crate::schema::audit_log as table;
use crate::store::Store;

/// The timeout of the statement, which waits for no lock.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The time for which this process tries again while other sessions hold the head or move it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The pause between attempts to get a head that another session holds.
const PAUSE: Duration = Duration::from_millis(5);

define_sql_function! {
    /// Appends rows to a chain with this head. Returns the head that the chain then has.
    fn append_audit(
        tenant: Text,
        after_seq: BigInt,
        after_digest: Text,
        end_seq: BigInt,
        end_digest: Text,
        entries: Text,
    ) -> Nullable<Text>;
}

impl Store {
    /// Appends entries of one tenant, all or none.
    pub(super) async fn append_group(&self, pool: &Connections, group: &mut Group) -> Result<()> {
        let mut is_sifted = false;
        let begun = Instant::now();
        while !group.rows.is_empty() {
            if begun.elapsed() > PATIENCE {
                return Err(Error::HeldChain);
            }
            let known = self.heads.head_of(&group.tenant);
            let head = known.map_or_else(Head::default, |(seq, digest)| Head { seq, digest });
            let mut end = head.clone();
            group.rows.iter_mut().for_each(|row| end.chain(row));
            match append_after(&self.appender, pool, &head, &end, group).await {
                Ok(None) => {
                    self.heads.forget(&group.tenant);
                    tokio::time::sleep(PAUSE).await;
                }
                Ok(Some(now)) => {
                    let is_written = now == end;
                    self.heads.keep(&group.tenant, (now.seq, now.digest));
                    if is_written {
                        return Ok(());
                    }
                }
                Err(Error::Conflict) if is_sifted => return Err(Error::BrokenChain),
                Err(Error::Conflict) => {
                    let present = self.present(group).await?;
                    group.sift(present);
                    is_sifted = true;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Returns the ids of the entries that exist already.
    async fn present(&self, group: &Group) -> Result<HashSet<String>> {
        let ids: Vec<&str> = group.rows.iter().map(|row| row.id.as_str()).collect();
        let mut tx = self.tenant_read(&group.tenant).await?;
        let present: Vec<String> = on!(tx, conn => table::table
            .filter(table::tenant_id.eq(group.tenant.as_str()))
            .filter(table::id.eq_any(&ids))
            .select(table::id)
            .load(conn).await)?;
        tx.commit().await?;
        Ok(present.into_iter().collect())
    }
}

/// Appends rows that continue `head` and end with `end`. Returns the head that the chain then has: `end` if
/// they were written, otherwise that of another instance. Returns `None` if another session holds the head.
async fn append_after(
    appender: &Appender,
    pool: &Connections,
    head: &Head,
    end: &Head,
    group: &Group,
) -> Result<Option<Head>> {
    let rows = serde_json::to_string(&group.rows).map_err(|_| Error::Corrupt("audit_log"))?;
    let tenant = group.tenant.as_str();
    let call = append_audit(tenant, head.seq, &head.digest, end.seq, &end.digest, rows);
    let mut conn = appender.take(pool).await?;
    let now = in_time(TIMEOUT, diesel::select(call).get_result::<Option<String>>(&mut *conn)).await;
    match now {
        Ok(text) => {
            appender.keep(conn, pool);
            text.as_deref().map(parse).transpose()
        }
        Err(error) => {
            let is_stuck = was_read_only(&error);
            let error = Error::from(error);
            // Its answer may still be on the way.
            if is_stuck || matches!(error, Error::Unavailable(_)) {
                drop::<AsyncPgConnection>(Object::take(conn));
            }
            Err(error)
        }
    }
}

fn parse(text: &str) -> Result<Head> {
    let head = text.split_once(' ').and_then(|(seq, digest)| Some((seq.parse().ok()?, digest)));
    let (seq, digest) = head.ok_or(Error::Corrupt("audit_heads.seq"))?;
    Ok(Head { seq, digest: digest.to_owned() })
}
