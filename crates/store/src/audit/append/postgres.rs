//! Appending on PostgreSQL, with few statements because each is a round trip.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::super::chain::Head;
use super::group::{Group, Presence};
use crate::schema::{audit_heads as heads, audit_log as table};

/// The maximum number of rows in one INSERT. PostgreSQL accepts 65,535 parameters in a statement,
/// and a row has 18.
const ROWS_PER_INSERT: usize = 1000;

/// Appends entries of the tenant in scope.
pub(super) async fn append(
    conn: &mut AsyncPgConnection,
    mut group: Group,
    presence: Presence,
) -> QueryResult<()> {
    let mut head = lock_head(conn, &group).await?;
    if presence == Presence::Known {
        let present = present(conn, &group).await?;
        group.sift(present);
    }
    group.rows.iter_mut().for_each(|row| head.chain(row));
    for chunk in group.rows.chunks(ROWS_PER_INSERT) {
        diesel::insert_into(table::table).values(chunk).execute(conn).await?;
    }
    let end = (heads::seq.eq(head.seq), heads::digest.eq(head.digest));
    diesel::update(heads::table)
        .filter(heads::tenant_id.eq(group.tenant.as_str()))
        .set(end)
        .execute(conn)
        .await
        .map(drop)
}

/// Returns the head of the chain, and creates it if it is missing. Writing its tenant again locks
/// the row, so that no other instance continues the chain before the transaction ends.
async fn lock_head(conn: &mut AsyncPgConnection, group: &Group) -> QueryResult<Head> {
    let tenant = group.tenant.as_str();
    let Head { seq, digest } = Head::default();
    let start = (heads::tenant_id.eq(tenant), heads::seq.eq(seq), heads::digest.eq(digest));
    let (seq, digest) = diesel::insert_into(heads::table)
        .values(start)
        .on_conflict(heads::tenant_id)
        .do_update()
        .set(heads::tenant_id.eq(tenant))
        .returning((heads::seq, heads::digest))
        .get_result(conn)
        .await?;
    Ok(Head { seq, digest })
}

/// Returns the ids of the entries that exist already.
async fn present(conn: &mut AsyncPgConnection, group: &Group) -> QueryResult<HashSet<String>> {
    let ids: Vec<&str> = group.rows.iter().map(|row| row.id.as_str()).collect();
    let present: Vec<String> = table::table
        .filter(table::tenant_id.eq(group.tenant.as_str()))
        .filter(table::id.eq_any(ids))
        .select(table::id)
        .load(conn)
        .await?;
    Ok(present.into_iter().collect())
}
