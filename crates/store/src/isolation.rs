//! The guard that keeps the store from running with a role that could get around the policies.

use diesel::sql_types::Text;
use diesel::{OptionalExtension, QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::{Error, Result};

/// In a query of `pg_class c`: a table whose rows belong to tenants.
pub(crate) const PROTECTED: &str = "(c.relnamespace = current_schema()::regnamespace
    AND c.relkind IN ('r', 'p')
    AND (c.relname IN ('tenants', 'users') OR EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)))";

/// Ways around the policies, the plainest one; no row when there is none.
///
/// `pg_has_role(…, 'MEMBER')` holds for the role itself, for what it may `SET ROLE` to, and for
/// all roles when it is a superuser. TRUNCATE asks no policy.
fn way_around() -> String {
    format!(
        "WITH tables AS (
            SELECT c.oid, relname, relowner, relrowsecurity AND relforcerowsecurity AS forced
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
            UNION ALL SELECT 5, 'unforced', relname FROM tables WHERE NOT forced
            UNION ALL SELECT 6, 'truncate', relname
                FROM tables WHERE has_table_privilege(oid, 'TRUNCATE')
            UNION ALL SELECT 7, 'audit', relname
                FROM tables WHERE relname = 'audit_log'
                AND (has_any_column_privilege(oid, 'UPDATE') OR has_table_privilege(oid, 'DELETE'))
            UNION ALL SELECT 8, 'heads', relname
                FROM tables WHERE relname = 'audit_heads' AND has_table_privilege(oid, 'DELETE')
        )
        SELECT way, current_user::text AS role, name::text AS name
        FROM ways ORDER BY rank, name LIMIT 1"
    )
}

#[derive(QueryableByName)]
struct WayAround {
    #[diesel(sql_type = Text)]
    way: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    name: String,
}

/// Refuses a connection whose role has a way around the policies.
pub(crate) async fn check(conn: &mut AsyncPgConnection) -> Result<()> {
    let found: QueryResult<WayAround> = diesel::sql_query(way_around()).get_result(conn).await;
    found.optional()?.map_or(Ok(()), |way| Err(way.refusal()))
}

impl WayAround {
    fn refusal(&self) -> Error {
        let Self { way, role, name } = self;
        let (problem, fix) = match way.as_str() {
            "superuser" => (
                format!("The database role {role} is a superuser, whom no policy binds"),
                "Name an ordinary role in DATABASE_URL and run `covibe-server migrate`, which \
                 creates it and grants it what it needs"
                    .to_owned(),
            ),
            "bypassrls" => (
                format!("The database role {role} has BYPASSRLS, so no policy binds it"),
                format!("Run `ALTER ROLE {role} NOBYPASSRLS`"),
            ),
            "member" => (
                format!("The database role {role} may become {name}, whom no policy binds"),
                format!("Run `REVOKE {name} FROM {role}`"),
            ),
            "owner" => (
                format!("The database role {role} owns the table {name} and could drop its policies"),
                "Name a role of its own in DATABASE_URL, not the one of COVIBE_POSTGRES_ADMIN_URL, \
                 and run `covibe-server migrate`"
                    .to_owned(),
            ),
            "unforced" => (
                format!("The table {name} has no forced row-level security"),
                "Run `covibe-server migrate`, which forces it".to_owned(),
            ),
            "truncate" => (
                format!("The database role {role} may truncate {name}, which asks no policy"),
                "Run `covibe-server migrate`, which takes that right away".to_owned(),
            ),
            "heads" => (
                format!("The database role {role} may delete from {name}, which ends the chains"),
                "Run `covibe-server migrate`, which takes that right away".to_owned(),
            ),
            _ => (
                format!("The database role {role} may change {name}, which is append-only"),
                "Run `covibe-server migrate`, which takes that right away".to_owned(),
            ),
        };
        Error::Isolation { problem, fix }
    }
}
