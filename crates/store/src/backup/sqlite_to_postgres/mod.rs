//! Moving an SQLite database to PostgreSQL, in one transaction.

mod row_reader;

use std::collections::BTreeMap;
use std::path::Path;

use covibe_domain::{Secret, TenantId, boxed};
use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::sync::mpsc;

use self::row_reader::{LEFT_OUT, Page, SHARED, audited_months, read_rows};
use super::database_contents::{Contents, Count, Line, rows_of};
use crate::connect::postgres::Target;
use crate::error::{Error, Result};
use crate::schema::TABLES;

/// Copies every row of the database at `from`, which nobody may use meanwhile, into the PostgreSQL
/// database of `admin_url`, which has tables and no tenants. Nothing is written unless it then contains
/// what `expected` says.
///
/// # Errors
///
/// [`Error::Transfer`] with the differences.
#[boxed]
pub async fn move_to_postgres(from: &Path, admin_url: &Secret, expected: &Contents) -> Result<()> {
    let mut conn = Target::parse(admin_url)?.connect().await?;
    conn.batch_execute("BEGIN; DELETE FROM installation").await?;
    make_months(&mut conn, from).await?;
    let (sender, mut pages) = mpsc::channel(4);
    let from = from.to_owned();
    let reader = tokio::task::spawn_blocking(move || read_rows(&from, &sender));
    let mut tenants = Vec::new();
    while let Some(page) = pages.recv().await {
        write(&mut conn, &page).await?;
        if page.table == "tenants" || page.table == "audit_heads" {
            tenants.extend(page.tenant);
        }
    }
    reader.await.map_err(|_| panicked_transfer())??;
    tenants.sort();
    tenants.dedup();
    let found = count(&mut conn, &tenants, expected).await?;
    let differences = expected.differences(&found);
    if !differences.is_empty() {
        return Err(Error::Transfer(differences.join("; ")));
    }
    Ok(conn.batch_execute("COMMIT").await?)
}

/// Makes the tables of the months that the audit has entries of.
async fn make_months(conn: &mut AsyncPgConnection, from: &Path) -> Result<()> {
    let from = from.to_owned();
    let months = tokio::task::spawn_blocking(move || audited_months(&from));
    for Line { text } in months.await.map_err(|_| panicked_transfer())?? {
        let make = "SELECT make_audit_partition($1::DATE)";
        diesel::sql_query(make).bind::<Text, _>(text).execute(conn).await?;
    }
    Ok(())
}

fn panicked_transfer() -> Error {
    Error::Unavailable("reading the file panicked".to_owned())
}

async fn enter(conn: &mut AsyncPgConnection, tenant: &TenantId) -> Result<()> {
    // The type of the id excludes quotes.
    Ok(conn.batch_execute(&format!("SET LOCAL app.tenant_id = '{tenant}'")).await?)
}

async fn write(conn: &mut AsyncPgConnection, page: &Page) -> Result<()> {
    if let Some(tenant) = &page.tenant {
        enter(conn, tenant).await?;
    }
    let table = page.table;
    let insert = format!(
        "INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1::json)"
    );
    diesel::sql_query(insert).bind::<Text, _>(&page.rows).execute(conn).await?;
    Ok(())
}

/// Counts what the tenants and nobody have. The rows of people are visible to their tenants only, and are
/// taken as expected; so are those that stay behind.
async fn count(
    conn: &mut AsyncPgConnection,
    tenants: &[TenantId],
    expected: &Contents,
) -> Result<Contents> {
    let mut rows: BTreeMap<_, _> = expected.rows.keys().map(|table| (table.clone(), 0)).collect();
    let mut audit_heads = Vec::new();
    for tenant in tenants {
        enter(conn, tenant).await?;
        let is_counted = |table: &&&str| !SHARED.contains(table) && !LEFT_OUT.contains(table);
        for table in TABLES.iter().filter(is_counted) {
            // The owner sees further rows of some tables than those of the tenant.
            let column = if *table == "tenants" { "id" } else { "tenant_id" };
            let own = format!("{} WHERE {column} = '{tenant}'", rows_of(table));
            let Count { count } = diesel::sql_query(own).get_result(conn).await?;
            *rows.entry((*table).to_owned()).or_default() += count;
        }
        let heads: Vec<_> = diesel::sql_query(super::database_contents::HEADS).load(conn).await?;
        audit_heads.extend(heads);
    }
    for table in SHARED {
        let Count { count } = diesel::sql_query(rows_of(table)).get_result(conn).await?;
        rows.insert(table.to_owned(), count);
    }
    for table in LEFT_OUT.into_iter().chain(["users", "__diesel_schema_migrations"]) {
        rows.insert(table.to_owned(), expected.rows.get(table).copied().unwrap_or_default());
    }
    let keys: Vec<Line> = diesel::sql_query(super::database_contents::KEYS).load(conn).await?;
    let secrets_keys = keys.into_iter().map(|line| line.text).collect();
    Ok(Contents { schema: expected.schema.clone(), rows, audit_heads, secrets_keys })
}
