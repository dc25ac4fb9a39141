//! The check that the store's role cannot bypass the row-level security policies.

use diesel::sql_types::Text;
use diesel::{OptionalExtension, QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::{Error, Result};

/// The condition, in a query of `pg_class c`, for a table whose rows belong to tenants.
pub(crate) const PROTECTED: &str = "(c.relnamespace = current_schema()::regnamespace
    AND c.relkind IN ('r', 'p')
    AND (c.relname IN ('tenants', 'users', 'sessions', 'one_time_links') OR EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)))";

/// Returns the query for the most obvious way to bypass the policies; no row if there is none.
///
/// `pg_has_role(…, 'MEMBER')` is true for the role itself, for roles that it may `SET ROLE` to, and
/// for all roles if it is a superuser. TRUNCATE is not subject to policies.
fn bypass_query() -> String {
    format!(
        "WITH tables AS (
            SELECT c.oid, relname, relowner, relrowsecurity AND relforcerowsecurity AS forced,
                relispartition AS partial
            FROM pg_class c WHERE {PROTECTED}
        ), ways AS (
            SELECT 1 AS rank, 'superuser' AS way, rolname AS name
                FROM pg_roles WHERE rolname = current_user AND rolsuper
            UNION ALL SELECT 2, 'bypassrls', rolname
                FROM pg_roles WHERE rolname = current_user AND rolbypassrls
            UNION ALL SELECT 3, 'member', rolname
                FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND pg_has_role(oid, 'MEMBER')
            UNION ALL SELECT 4, 'owner', relname
                FROM tables WHERE pg_has_role(relowner, 'MEMBER')
            UNION ALL SELECT 5, 'createrole', rolname
                FROM pg_roles WHERE rolcreaterole AND pg_has_role(oid, 'MEMBER')
            UNION ALL SELECT 6, 'unforced', relname FROM tables WHERE NOT forced
            UNION ALL SELECT 7, 'truncate', relname
                FROM tables WHERE has_table_privilege(oid, 'TRUNCATE')
            UNION ALL SELECT 8, 'audit', relname
                FROM tables
                WHERE relname IN ('audit_log', 'vibn_billing_ledger', 'vibn_domain_events')
                AND (has_any_column_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE'))
            UNION ALL SELECT 8, 'audit', relname
                FROM tables WHERE (partial OR relname = 'audit_log')
                AND has_table_privilege(oid, 'INSERT, UPDATE, DELETE')
            UNION ALL SELECT 9, 'heads', relname
                FROM tables WHERE relname = 'audit_heads'
                AND (has_table_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE'))
        )
        SELECT way, current_user::text AS role, name::text AS name
        FROM ways ORDER BY rank, name LIMIT 1"
    )
}

#[derive(QueryableByName)]
struct Bypass {
    #[diesel(sql_type = Text)]
    way: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    name: String,
}

/// Refuses a connection whose role can bypass the policies.
pub(crate) async fn check(conn: &mut AsyncPgConnection) -> Result<()> {
    let bypass: QueryResult<Bypass> = diesel::sql_query(bypass_query()).get_result(conn).await;
    bypass.optional()?.map_or(Ok(()), |bypass| Err(bypass.error()))
}

impl Bypass {
    fn error(&self) -> Error {
        let Self { way, role, name } = self;
        let (problem, fix) = match way.as_str() {
            "superuser" => (
                format!("The database role {role} is a superuser, which bypasses all policies"),
                "Set an ordinary role in DATABASE_URL and run `covibe-server migrate`, which \
                 creates the role and grants it what it needs"
                    .to_owned(),
            ),
            "bypassrls" => (
                format!("The database role {role} has BYPASSRLS, which bypasses all policies"),
                format!("Run `ALTER ROLE {role} NOBYPASSRLS`"),
            ),
            "member" => (
                format!("The database role {role} may become {name}, which bypasses all policies"),
                format!("Run `REVOKE {name} FROM {role}`"),
            ),
            "owner" => (
                format!(
                    "The database role {role} owns the table {name} and could drop its policies"
                ),
                "Set a separate role in DATABASE_URL, not the one of COVIBE_POSTGRES_ADMIN_URL, \
                 and run `covibe-server migrate`"
                    .to_owned(),
            ),
            // PostgreSQL 15 lets it join any role that is no superuser, and so the owner of the tables.
            "createrole" if role == name => (
                format!(
                    "The database role {role} may create roles, and become the owner of the tables"
                ),
                format!("Run `ALTER ROLE {role} NOCREATEROLE`"),
            ),
            "createrole" => (
                format!("The database role {role} may become {name}, which may create roles"),
                format!("Run `REVOKE {name} FROM {role}`"),
            ),
            "unforced" => (
                format!("The table {name} has no forced row-level security"),
                "Run `covibe-server migrate`, which enables it".to_owned(),
            ),
            "truncate" => (
                format!(
                    "The database role {role} may truncate {name}, which is not subject to policies"
                ),
                "Run `covibe-server migrate`, which revokes that right".to_owned(),
            ),
            "heads" => (
                format!(
                    "The database role {role} may set or delete {name}, which would break the chains"
                ),
                "Run `covibe-server migrate`, which revokes that right".to_owned(),
            ),
            _ => (
                format!("The database role {role} may change {name}, which is append-only"),
                "Run `covibe-server migrate`, which revokes that right".to_owned(),
            ),
        };
        Error::Isolation { problem, fix }
    }
}
