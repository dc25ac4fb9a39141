//! The rows of a tenant as JSON, without secrets, for an export.

use covibe_domain::boxed;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::error::Result;
use crate::schema::TABLES;
use crate::tx::{Conn, RunQueryDsl, Tx};

/// The tables that an export leaves out: those that no tenant owns, those whose rows are credentials, and the audit, which
/// has an export of its own.
const LEFT_OUT: [&str; 15] = [
    "users",
    "sessions",
    "one_time_links",
    "device_grants",
    "activity_salts",
    "audit_log",
    "audit_heads",
    "upstream_budgets",
    "health_probes",
    "attempts",
    "installation",
    "gitea_organisations",
    "secrets_keys",
    "reserved_slugs",
    "paused_deployment_queues",
];

/// The columns that an export leaves out, in whichever table: secrets, also sealed and digested ones, what marks a
/// resource as a workspace's own, and the sealed output of commands.
const SECRETS: [&str; 8] = [
    "digest",
    "secret",
    "gitea_bot_email",
    "gitea_bot_token",
    "gitea_clone_token",
    "upstream_mark",
    "mark",
    "output",
];

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Returns the tables that an export has rows of, in an order in which they can be inserted.
pub fn exported_tables() -> impl Iterator<Item = &'static str> {
    TABLES.into_iter().filter(|table| !LEFT_OUT.contains(table))
}

impl Tx {
    /// Returns the rows of the transaction's tenant in one of [`exported_tables`], each a JSON object. Times are
    /// milliseconds since the Unix epoch.
    #[boxed]
    pub async fn tenant_rows(&mut self, table: &'static str) -> Result<Vec<String>> {
        let owner = if table == "tenants" { "id" } else { "tenant_id" };
        let columns = self.exported_columns(table).await?;
        let members: Vec<_> = columns.iter().map(|name| format!("'{name}', \"{name}\"")).collect();
        let members = members.join(", ");
        let query = match self.conn {
            Some(Conn::Postgres(_)) => {
                format!(
                    "SELECT json_build_object({members})::text AS text FROM {table} WHERE {owner} = $1 ORDER BY 1"
                )
            }
            _ => {
                format!(
                    "SELECT json_object({members}) AS text FROM {table} WHERE {owner} = ? ORDER BY 1"
                )
            }
        };
        let tenant = self.scope.tenant().to_owned();
        let rows: Vec<Line> = on!(self, conn => diesel::sql_query(&query)
            .bind::<Text, _>(&tenant)
            .load(conn).await)?;
        Ok(rows.into_iter().map(|line| line.text).collect())
    }

    /// Returns the names of the columns of a table that are no secrets.
    async fn exported_columns(&mut self, table: &'static str) -> Result<Vec<String>> {
        let names = self.columns_of(table).await?.into_iter();
        Ok(names.filter(|name| !SECRETS.contains(&name.as_str())).collect())
    }

    /// Returns the names of the columns of a table.
    pub(super) async fn columns_of(&mut self, table: &'static str) -> Result<Vec<String>> {
        let query = match self.conn {
            Some(Conn::Postgres(_)) => {
                "SELECT column_name::text AS text FROM information_schema.columns \
                 WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
            }
            _ => "SELECT name AS text FROM pragma_table_info(?)",
        };
        let columns: Vec<Line> = on!(self, conn => diesel::sql_query(query)
            .bind::<Text, _>(table)
            .load(conn).await)?;
        Ok(columns.into_iter().map(|line| line.text).collect())
    }
}
