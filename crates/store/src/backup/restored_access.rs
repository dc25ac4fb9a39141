//! The access that a restored database revives: that of sessions, links, device grants and invitations which were used
//! or ended after the backup. It also revives deployments that waited when the backup was made.

use std::path::Path;

use covibe_domain::{Secret, Timestamp, boxed};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel_async::SimpleAsyncConnection as _;

use super::sqlite::{TABLES, on_file, texts};
use crate::connect::postgres::Target;
use crate::error::Result;
use crate::migrate::postgres_tenants;

/// The tables by whose rows people sign in or set up devices. All rows are removed, because nothing tells which of them
/// were used or ended after the backup.
pub(super) const SIGN_INS: [&str; 3] = ["sessions", "one_time_links", "device_grants"];

/// The changes of other tables. `$now` stands for the time in milliseconds.
const CHANGES: [(&str, &str); 2] = [
    ("invitations", "ended_at = $now WHERE ended_at IS NULL"),
    (
        "queued_deployments",
        "state = 'cancelled', lease_until = 0, not_before = 0, ended_at = $now, \
         reason = 'The server was restored from a backup before the deployment began.' \
         WHERE state IN ('waiting', 'handing')",
    ),
];

/// Ends the access that the SQLite database at `path` revives, and the deployments that wait in it. The database may lack
/// migrations.
#[boxed]
pub async fn end_access_in_sqlite(path: &Path) -> Result<()> {
    on_file(path, |conn| conn.transaction(end_access)).await
}

fn end_access(conn: &mut SqliteConnection) -> Result<()> {
    let removals = SIGN_INS.map(|table| (table, format!("DELETE FROM {table}")));
    let present = texts(conn, TABLES)?;
    for (table, statement) in removals.into_iter().chain(updates()) {
        // Tables that a later migration creates are empty.
        if present.iter().any(|name| name == table) {
            conn.batch_execute(&statement)?;
        }
    }
    Ok(())
}

/// Ends the access that a PostgreSQL database revives, and the deployments that wait in it, as the owner of its tables.
///
/// # Errors
///
/// [`crate::Error::Isolation`] if the role does not own the tables.
#[boxed]
pub async fn end_access_in_postgres(admin_url: &Secret) -> Result<()> {
    postgres_tenants(admin_url).await?;
    let updates = updates().map(|(_, statement)| format!("{statement};\n")).concat();
    // The policies hold for the owner, too, but not for TRUNCATE. The statements are one transaction.
    let script = format!(
        "TRUNCATE {};
        DO $$
        DECLARE
            tenant TEXT;
        BEGIN
            FOR tenant IN SELECT id FROM tenants
            LOOP
                PERFORM set_config('app.tenant_id', tenant, true);
                {updates}
            END LOOP;
        END
        $$",
        SIGN_INS.join(", ")
    );
    let mut conn = Target::parse(admin_url)?.connect().await?;
    Ok(conn.batch_execute(&script).await?)
}

/// Returns the changes as statements, each with its table.
fn updates() -> [(&'static str, String); 2] {
    let now = Timestamp::now().as_millis().to_string();
    CHANGES.map(|(table, change)| {
        (table, format!("UPDATE {table} SET {}", change.replace("$now", &now)))
    })
}
