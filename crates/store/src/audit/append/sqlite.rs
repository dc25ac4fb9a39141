//! Appending on SQLite, with prepared statements that run for each row on one thread.

use std::collections::HashSet;

use diesel::prelude::*;

use super::super::chain::Head;
use super::super::stored_row::Stored;
use super::tenant_groups::{Group, Presence};
use crate::prepare_once::prepare_once;
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
    for mut row in group.rows {
        head.chain(&mut row);
        // `Stored` binds each column, also those without a value.
        let insertion = diesel::insert_into(table::table).values(Stored::from_row(row)?);
        prepare_once(insertion).execute(conn)?;
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

/// Returns the head of the chain. It needs no lock because SQLite has one writer at a time.
fn head(conn: &mut SqliteConnection, group: &Group) -> QueryResult<Head> {
    let head: Option<(i64, String)> = heads::table
        .filter(heads::tenant_id.eq(group.tenant.as_str()))
        .select((heads::seq, heads::digest))
        .first(conn)
        .optional()?;
    Ok(head.map_or_else(Head::default, |(seq, digest)| Head { seq, digest }))
}

/// Returns the ids of the entries that exist already.
fn present(conn: &mut SqliteConnection, group: &Group) -> QueryResult<HashSet<String>> {
    let mut present = HashSet::new();
    for row in &group.rows {
        let id: Option<String> = table::table
            .filter(table::tenant_id.eq(group.tenant.as_str()))
            .filter(table::id.eq(&row.id))
            .select(table::id)
            .first(conn)
            .optional()?;
        present.extend(id);
    }
    Ok(present)
}
