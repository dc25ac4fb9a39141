//! The move of a workspace from one tenant to another, in one transaction.
//!
//! Rows are read and deleted in the scope of the one tenant and inserted in that of the other, so that the policies of
//! PostgreSQL hold meanwhile.

use std::time::Duration;

use covibe_domain::{TenantId, Timestamp, WorkspaceId, boxed};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};

use super::key_revocation::RevokedKey;
use crate::error::{Error, Result};
use crate::tx::{Conn, RunQueryDsl, Tx};

/// The table of workspaces, whose rows the others refer to.
const WORKSPACES: &str = "vibn_workspaces";

/// The tables whose rows go along.
const MOVED: [&str; 16] = [
    "projects",
    "provision_steps",
    "provision_runs",
    "creations",
    "created_resources",
    "deleted_resources",
    "unlisted_databases",
    "domains",
    "workspace_storage",
    "storage_injections",
    "followed_branches",
    "push_statuses",
    "public_variables",
    "rejections",
    "clone_keys",
    "queued_deployments",
];

/// The tables whose rows end, because they let the people and agents of the one tenant in, or record their actions.
const ENDED: [&str; 9] = [
    "workspace_memberships",
    "invitations",
    "device_grants",
    "api_keys",
    "detached_commands",
    "activity_salts",
    "activity_states",
    "activity_items",
    "activity_forgotten",
];

/// The kinds of open work of a workspace, each a condition on the rows of a table. `$now` stands for the clock of the
/// database, and `$lost` for the moment before which a command was reported last if its server has ended.
const OPEN: [(&str, &str, &str); 6] = [
    ("calls that create or delete something", "creations", "TRUE"),
    ("provisioning", "provision_runs", "ended_at IS NULL"),
    // A deployment that was handed over goes on in Coolify, whichever tenant has the workspace.
    ("deployments that wait", "queued_deployments", "state IN ('waiting', 'handing')"),
    ("commands in containers", "detached_commands", "ended_at IS NULL AND seen_at > $lost"),
    (
        "orders and changes of domains",
        "domains",
        "state IN ('registering', 'pending', 'held') OR lease_until > $now",
    ),
    ("changes of object storage", "workspace_storage", "lease_until > $now"),
];

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The rows of a table as a JSON array, to be inserted for another tenant.
struct Rows {
    table: &'static str,
    columns: Vec<String>,
    json: String,
}

impl Tx {
    /// Returns what is open of a workspace of the transaction's tenant, with its number. A command that its server has not
    /// reported for `lost_after` is not open.
    #[boxed]
    pub async fn open_work(
        &mut self,
        workspace: &WorkspaceId,
        lost_after: Duration,
    ) -> Result<Vec<(&'static str, i64)>> {
        let clock = self.lease_clock().await?;
        let (now, lost) = (clock.millis().to_string(), clock.before(lost_after).to_string());
        let mut open = Vec::new();
        for (what, table, condition) in OPEN {
            let condition = condition.replace("$now", &now).replace("$lost", &lost);
            let query = format!(
                "SELECT count(*) AS count FROM {table} WHERE {} AND ({condition})",
                self.own_rows_condition()
            );
            let query = diesel::sql_query(query)
                .bind::<Text, _>(self.scope.tenant().to_owned())
                .bind::<Text, _>(workspace.as_str());
            let Count { count } = on!(self, conn => query.get_result(conn).await)?;
            open.extend((count > 0).then_some((what, count)));
        }
        Ok(open)
    }

    /// Moves a workspace of the transaction's tenant to another one, whose scope the transaction has afterwards. Its keys,
    /// device grants, invitations, members and activity end; the ledger, the events of its domains and the audit stay with
    /// the tenant that had them. Returns the keys of the former tenant's other workspaces that were minted with its keys
    /// and are revoked now.
    ///
    /// # Errors
    ///
    /// Conflict if the other tenant does not exist.
    #[boxed]
    pub async fn move_workspace(
        &mut self,
        workspace: &WorkspaceId,
        to: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<RevokedKey>> {
        let revoked = self.revoke_keys_minted_in(workspace, now).await?;
        let mut all = vec![self.rows_for(WORKSPACES, workspace, to).await?];
        for table in MOVED {
            all.push(self.rows_for(table, workspace, to).await?);
        }
        for table in ENDED.into_iter().chain(MOVED).chain([WORKSPACES]) {
            self.delete_rows(table, workspace).await?;
        }
        self.enter(to).await?;
        if !self.tenant_exists().await? {
            return Err(Error::Conflict);
        }
        for rows in all {
            self.insert_rows(rows).await?;
        }
        Ok(revoked)
    }

    /// Reads the rows of a workspace in a table, with another tenant in the place of its own.
    async fn rows_for(
        &mut self,
        table: &'static str,
        workspace: &WorkspaceId,
        to: &TenantId,
    ) -> Result<Rows> {
        let columns = self.columns_of(table).await?;
        // The type of an id excludes quotes.
        let value = |name: &String| match name.as_str() {
            "tenant_id" => format!("'tenant_id', '{to}'"),
            _ => format!("'{name}', \"{name}\""),
        };
        let members = columns.iter().map(value).collect::<Vec<_>>().join(", ");
        let (object, cast) = match self.conn {
            Some(Conn::Postgres(_)) => ("json_build_object", "::text"),
            _ => ("json_object", ""),
        };
        let owned = self.own_rows(table);
        let query = format!("SELECT {object}({members}){cast} AS text FROM {table} WHERE {owned}");
        let query = diesel::sql_query(query)
            .bind::<Text, _>(self.scope.tenant().to_owned())
            .bind::<Text, _>(workspace.as_str());
        let rows: Vec<Line> = on!(self, conn => query.load(conn).await)?;
        let rows: Vec<_> = rows.into_iter().map(|line| line.text).collect();
        Ok(Rows { table, columns, json: format!("[{}]", rows.join(",")) })
    }

    async fn delete_rows(&mut self, table: &str, workspace: &WorkspaceId) -> Result<()> {
        let query = format!("DELETE FROM {table} WHERE {}", self.own_rows(table));
        let query = diesel::sql_query(query)
            .bind::<Text, _>(self.scope.tenant().to_owned())
            .bind::<Text, _>(workspace.as_str());
        on!(self, conn => query.execute(conn).await)?;
        Ok(())
    }

    async fn insert_rows(&mut self, Rows { table, columns, json }: Rows) -> Result<()> {
        let quoted: Vec<_> = columns.iter().map(|name| format!("\"{name}\"")).collect();
        let into = format!("INSERT INTO {table} ({})", quoted.join(", "));
        let query = if let Some(Conn::Postgres(_)) = self.conn {
            let quoted = quoted.join(", ");
            format!("{into} SELECT {quoted} FROM json_populate_recordset(NULL::{table}, $1::json)")
        } else {
            let value = |name: &String| format!("json_extract(value, '$.{name}')");
            let values: Vec<_> = columns.iter().map(value).collect();
            format!("{into} SELECT {} FROM json_each(?)", values.join(", "))
        };
        on!(self, conn => diesel::sql_query(query).bind::<Text, _>(json).execute(conn).await)?;
        Ok(())
    }

    /// Returns the condition for the rows of a workspace in a table: its tenant, then its id.
    fn own_rows(&self, table: &str) -> String {
        let own = self.own_rows_condition();
        if table == WORKSPACES { own.replace("workspace_id", "id") } else { own.to_owned() }
    }

    const fn own_rows_condition(&self) -> &'static str {
        match self.conn {
            Some(Conn::Postgres(_)) => "tenant_id = $1 AND workspace_id = $2",
            _ => "tenant_id = ? AND workspace_id = ?",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::TABLES;

    /// The tables with a column of this name, and what becomes of their rows.
    const STAY: [&str; 3] = ["vibn_domain_events", "vibn_billing_ledger", "audit_log"];

    #[test]
    fn each_table_with_a_workspace_id_is_listed_as_moved_ended_or_kept() {
        let initial = include_str!("../../../../migrations/sqlite/0001_initial/up.sql");
        let activity = include_str!("../../../../migrations/sqlite/0002_activity/up.sql");
        let commands = include_str!("../../../../migrations/sqlite/0009_detached_commands/up.sql");
        let others = [
            commands,
            include_str!("../../../../migrations/sqlite/0003_clone_keys/up.sql"),
            include_str!("../../../../migrations/sqlite/0004_deployment_queue/up.sql"),
        ];
        let all = [&[initial, activity], &others[..]].concat().join("\n");
        for table in TABLES {
            let begins = format!("CREATE TABLE {table} (");
            let Some((_, rest)) = all.split_once(&begins) else { continue };
            let body = rest.split("\n)").next().unwrap_or_default();
            let is_listed = MOVED.iter().chain(&ENDED).chain(&STAY).any(|name| *name == table);
            assert_eq!(body.contains("workspace_id TEXT"), is_listed, "{table}");
        }
    }
}
