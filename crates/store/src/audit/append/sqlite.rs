//! Appending on SQLite: prepared statements, run for each row on one thread.

use std::collections::HashSet;

use diesel::prelude::*;

use super::super::chain::Head;
use super::group::{Group, Presence};
use crate::schema::{audit_heads as heads, audit_log as table};

/// Appends entries of one tenant.
pub(super) fn append(
    conn: &mut SqliteConnection,
    mut group: Group,
    presence: Presence,
) -> QueryResult<()> {
    let mut head = head(conn, &group)?;
    if presence == Presence::Known {
        let present = present(conn, &group)?;
        group.sift(present);
    }
    for row in &mut group.rows {
        head.chain(row);
        diesel::insert_into(table::table).values(&*row).execute(conn)?;
    }
    let end = (heads::seq.eq(head.seq), heads::digest.eq(head.digest));
    diesel::insert_into(heads::table)
        .values((heads::tenant_id.eq(group.tenant.as_str()), end.clone()))
        .on_conflict(heads::tenant_id)
        .do_update()
        .set(end)
        .execute(conn)
        .map(drop)
}

/// The chain's end; the transaction is the only one that writes.
fn head(conn: &mut SqliteConnection, group: &Group) -> QueryResult<Head> {
    let found: Option<(i64, String)> = heads::table
        .filter(heads::tenant_id.eq(group.tenant.as_str()))
        .select((heads::seq, heads::digest))
        .first(conn)
        .optional()?;
    Ok(found.map_or_else(Head::default, |(seq, digest)| Head { seq, digest }))
}

/// The ids of those entries that are there already.
fn present(conn: &mut SqliteConnection, group: &Group) -> QueryResult<HashSet<String>> {
    let mut present = HashSet::new();
    for row in &group.rows {
        let found: Option<String> = table::table
            .filter(table::tenant_id.eq(group.tenant.as_str()))
            .filter(table::id.eq(&row.id))
            .select(table::id)
            .first(conn)
            .optional()?;
        present.extend(found);
    }
    Ok(present)
}
