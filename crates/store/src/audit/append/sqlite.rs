//! Appending on SQLite, with prepared statements that run for each row on one thread.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::query_builder::{AstPass, InsertStatement, QueryFragment, QueryId};
use diesel::sqlite::Sqlite;

use super::super::chain::Head;
use super::super::stored::Stored;
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
    for mut row in group.rows {
        head.chain(&mut row);
        Insertion(diesel::insert_into(table::table).values(Stored::of(row)?)).execute(conn)?;
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

/// The insertion of an entry. The connection finds its prepared statement by this type. diesel itself knows no
/// insertion by its type, so it would write the statement anew for each row to look for it.
///
/// That is sound while the statement is the same for all rows: [`Stored`] binds each column, also those without a value.
#[derive(QueryId)]
struct Insertion(InsertStatement<table::table, <Stored as Insertable<table::table>>::Values>);

impl QueryFragment<Sqlite> for Insertion {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }
}

impl RunQueryDsl<SqliteConnection> for Insertion {}

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
