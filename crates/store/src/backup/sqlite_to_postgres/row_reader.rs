//! Reading all rows of an SQLite database.

use std::path::Path;

use covibe_domain::TenantId;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use tokio::sync::mpsc;

use crate::backup::database_contents::Line;
use crate::backup::restored_access::SIGN_INS;
use crate::error::Result;
use crate::row::parse;
use crate::schema::TABLES;

/// The number of rows that are sent at once.
const PAGE: i64 = 1000;

/// The tables that do not belong to tenants. The rows of `tenants` belong to themselves.
pub(super) const SHARED: [&str; 9] = [
    "users",
    "upstream_budgets",
    "health_probes",
    "attempts",
    "installation",
    "gitea_organisations",
    "secrets_keys",
    "reserved_slugs",
    "paused_deployment_queues",
];

/// The tables whose rows stay behind: people sign in again, and set up their devices again.
pub(super) const LEFT_OUT: [&str; 3] = SIGN_INS;

/// Some rows of a table, all of one tenant or of none.
pub(super) struct Page {
    pub(super) table: &'static str,
    pub(super) tenant: Option<TenantId>,
    /// A JSON array of objects.
    pub(super) rows: String,
}

/// Reads all rows in one transaction, in an order in which they can be inserted.
pub(super) fn read_rows(path: &Path, sender: &mpsc::Sender<Page>) -> Result<()> {
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON")?;
    conn.transaction(|conn| {
        let all = "SELECT id AS text FROM tenants UNION SELECT tenant_id FROM audit_heads";
        let tenants: Vec<Line> = diesel::sql_query(all).load(conn)?;
        for table in TABLES.into_iter().filter(|table| !LEFT_OUT.contains(table)) {
            let columns = columns(conn, table)?;
            if SHARED.contains(&table) {
                pages(conn, table, &columns, None, sender)?;
                continue;
            }
            for Line { text } in &tenants {
                let tenant: TenantId = parse(text.clone(), "tenants.id")?;
                pages(conn, table, &columns, Some(&tenant), sender)?;
            }
        }
        Ok(())
    })
}

/// Returns the first day of each month (UTC) that the audit has entries of, such as `2026-10-01`.
pub(super) fn audited_months(path: &Path) -> Result<Vec<Line>> {
    let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON")?;
    let months = "SELECT DISTINCT strftime('%Y-%m-01', at / 1000, 'unixepoch') AS text FROM audit_log \
                  WHERE at BETWEEN 0 AND 253402300799999";
    Ok(diesel::sql_query(months).load(&mut conn)?)
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// Returns the arguments of `json_object` for a row of a table.
fn columns(conn: &mut SqliteConnection, table: &str) -> Result<String> {
    let query = "SELECT name, type AS kind FROM pragma_table_info(?)";
    let columns: Vec<Column> = diesel::sql_query(query).bind::<Text, _>(table).load(conn)?;
    Ok(columns.iter().map(Column::member).collect::<Vec<_>>().join(", "))
}

impl Column {
    /// Returns the name and the value of its member of an object. JSON has no bytes: they are in the form in
    /// which PostgreSQL reads them.
    fn member(&self) -> String {
        let Self { name, kind } = self;
        match kind.as_str() {
            "BLOB" => {
                let bytes = format!(r#"'\x' || hex("{name}")"#);
                format!(r#"'{name}', CASE WHEN "{name}" IS NOT NULL THEN {bytes} END"#)
            }
            _ => format!(r#"'{name}', "{name}""#),
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    json: String,
}

fn pages(
    conn: &mut SqliteConnection,
    table: &'static str,
    columns: &str,
    tenant: Option<&TenantId>,
    sender: &mpsc::Sender<Page>,
) -> Result<()> {
    let owner = match (tenant, table) {
        (None, _) => String::new(),
        (Some(tenant), "tenants") => format!("AND id = '{tenant}'"),
        (Some(tenant), _) => format!("AND tenant_id = '{tenant}'"),
    };
    let query = format!(
        "SELECT rowid AS number, json_object({columns}) AS json FROM {table} \
         WHERE rowid > ? {owner} ORDER BY rowid LIMIT {PAGE}"
    );
    let mut last = i64::MIN;
    loop {
        let rows: Vec<Row> = diesel::sql_query(&query).bind::<BigInt, _>(last).load(conn)?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.number;
        let rows: Vec<_> = rows.iter().map(|row| row.json.as_str()).collect();
        let rows = format!("[{}]", rows.join(","));
        let page = Page { table, tenant: tenant.cloned(), rows };
        // The writer has failed, and says why.
        if sender.blocking_send(page).is_err() {
            return Ok(());
        }
    }
}
