//! The migrations of both databases, and what PostgreSQL needs besides: role, policies and grants.

mod sqlite;
mod tenant_ids;

use std::path::Path;

use covibe_domain::{Secret, TenantId, boxed};
use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use self::tenant_ids::{has_tenants, tenants_seen};
use crate::connect::postgres::Target;
use crate::connect::sqlite::Sqlite;
use crate::database_state::SchemaState;
use crate::error::{Error, Result};
use crate::row_security_check::PROTECTED;
use crate::schema::{TABLES, migrations_run};

pub(crate) use sqlite::sqlite;
pub use tenant_ids::postgres_tenants;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// The advisory lock that serializes migrations of one database: "covibe" in ASCII.
const LOCK: i64 = 0x636f_7669_6265;

fn migration_error(error: impl std::fmt::Display) -> Error {
    Error::Schema {
        problem: format!("The migrations failed: {error}"),
        fix: "All of them were rolled back; fix the cause and migrate again".to_owned(),
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Brings the PostgreSQL database of `admin_url` up to date: the runtime role (created with the
/// password in `runtime_url` if it is missing), the tables, their policies, and the role's grants.
///
/// Safe to repeat and to run concurrently: the second run waits. The admin role owns the tables; it
/// needs CREATE on the schema, and CREATEROLE if the runtime role is missing.
#[boxed]
pub async fn migrate_postgres(admin_url: &Secret, runtime_url: &Secret) -> Result<()> {
    migrate(admin_url, runtime_url, None).await
}

/// Brings a PostgreSQL database up to date like [`migrate_postgres`], if no other tenant than this is in it.
///
/// # Errors
///
/// [`Error::Inhabited`] if there is another one; nothing has changed then.
#[boxed]
pub async fn migrate_postgres_of(
    tenant: &TenantId,
    admin_url: &Secret,
    runtime_url: &Secret,
) -> Result<()> {
    migrate(admin_url, runtime_url, Some(tenant)).await
}

async fn migrate(admin_url: &Secret, runtime_url: &Secret, only: Option<&TenantId>) -> Result<()> {
    let admin = Target::parse(admin_url)?;
    let runtime = Target::parse(runtime_url)?.config;
    let role = runtime.get_user().ok_or(Error::Address("DATABASE_URL contains no user"))?;
    if admin.config.get_user() == Some(role) {
        return Err(Error::Isolation {
            problem: format!(
                "The role {role} would own the tables whose policies must restrict it"
            ),
            fix: "Set a different user in DATABASE_URL than in COVIBE_POSTGRES_ADMIN_URL; it is \
                  created if it is missing"
                .to_owned(),
        });
    }
    let mut conn = admin.connect().await?;
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    if let Some(only) = only
        && has_tenants(&mut conn).await?
        && tenants_seen(&mut conn).await?.iter().any(|tenant| tenant != only)
    {
        return Err(Error::Inhabited);
    }
    ensure_role(&mut conn, role, runtime.get_password()).await?;
    let mut conn = run(conn).await?;
    force(&mut conn).await?;
    grant(&mut conn, role).await?;
    make_partitions(&mut conn).await;
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})")).await?;
    Ok(())
}

/// Runs all missing migrations or none, in one transaction. diesel runs them on blocking connections
/// only, and diesel-async's harness panics on a current-thread runtime; a blocking thread works on every
/// runtime.
async fn run(conn: AsyncPgConnection) -> Result<AsyncPgConnection> {
    let work = move || {
        let mut conn = AsyncConnectionWrapper::<AsyncPgConnection>::from(conn);
        conn.transaction(|conn| conn.run_pending_migrations(POSTGRES).map(drop))
            .map_err(|error: Cause| migration_error(error))?;
        Ok(conn.into_inner())
    };
    tokio::task::spawn_blocking(work).await.map_err(migration_error)?
}

#[derive(QueryableByName)]
struct Names {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Bool)]
    exists: bool,
}

/// Returns the names of the role and the schema as SQL identifiers, quoted if necessary.
async fn names(conn: &mut AsyncPgConnection, role: &str) -> Result<Names> {
    let query = "SELECT quote_ident($1) AS role, quote_ident(current_schema()) AS schema, \
                 EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS exists";
    Ok(diesel::sql_query(query).bind::<Text, _>(role).get_result(conn).await?)
}

/// Creates the runtime role if it is missing. Roles belong to the whole server but the lock to one
/// database, so the migration of another database may create the role meanwhile. The server gets
/// the SCRAM verifier instead of the password, which would otherwise appear in its statement log.
async fn ensure_role(
    conn: &mut AsyncPgConnection,
    role: &str,
    password: Option<&[u8]>,
) -> Result<()> {
    let Names { role, exists, .. } = names(conn, role).await?;
    if exists {
        return Ok(());
    }
    let verifier = password.map(postgres_protocol::password::scram_sha_256);
    let password = verifier.map(|text| format!("PASSWORD '{text}'")).unwrap_or_default();
    let create = format!(
        "DO $role$ BEGIN
             CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS {password};
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
         END $role$"
    );
    Ok(conn.batch_execute(&create).await?)
}

/// Enables and forces row-level security on tables where it was switched off.
async fn force(conn: &mut AsyncPgConnection) -> Result<()> {
    let forced = format!(
        "DO $$
        DECLARE
            name TEXT;
        BEGIN
            FOR name IN SELECT relname FROM pg_class c
                WHERE {PROTECTED} AND NOT (relrowsecurity AND relforcerowsecurity)
            LOOP
                EXECUTE format(
                    'ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
            END LOOP;
        END
        $$"
    );
    Ok(conn.batch_execute(&forced).await?)
}

/// Makes the tables of the next months' audit entries. A backup may prevent it; a server does it daily.
async fn make_partitions(conn: &mut AsyncPgConnection) {
    if let Err(error) = conn.batch_execute("SELECT make_audit_partitions()").await {
        tracing::warn!(%error, "the tables for the next months' audit entries were not created");
    }
}

/// The functions that the runtime role calls, which do as the owner of the tables what it may not.
const FUNCTIONS: &str = "append_audit(TEXT, BIGINT, TEXT, BIGINT, TEXT, TEXT), make_audit_partitions(), \
                         drop_cut_audit(), remove_cut_audit(BIGINT, BIGINT, BIGINT), \
                         tenants_with_due_domains(), \
                         tenants_that_follow_branches(), photos_of_people(TEXT[]), \
                         open_deployments_of_cell(TEXT), suspended_tenants(), operational_figures(), \
                         tenants_with_clone_keys(), former_domains(), has_former_holder(TEXT, TEXT), \
                         tenants_with_organisations(), tenants_with_old_records(TEXT, BIGINT, BIGINT), \
                         has_other_tenants(TEXT), undecided_devices(BIGINT), \
                         evict_undecided_devices(BIGINT, BIGINT), \
                         spent_on_domains_by_all(TEXT, BIGINT, TEXT)";

/// Grants the runtime role what it needs and nothing else. The statements are sent as one string,
/// which PostgreSQL runs in one transaction, so a running server never lacks a right.
async fn grant(conn: &mut AsyncPgConnection, role: &str) -> Result<()> {
    let Names { role, schema, .. } = names(conn, role).await?;
    let all = TABLES.join(", ");
    let grants = format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
         REVOKE ALL ON {all} FROM {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON {all} TO {role};
         REVOKE INSERT, UPDATE, DELETE ON audit_log FROM {role};
         REVOKE UPDATE, DELETE ON vibn_billing_ledger, vibn_domain_events FROM {role};
         SELECT revoke_all(inhrelid) FROM pg_inherits WHERE inhparent = 'audit_log'::regclass;
         REVOKE UPDATE, DELETE ON audit_heads FROM {role};
         GRANT UPDATE (cut_seq, cut_digest) ON audit_heads TO {role};
         REVOKE DELETE ON upstream_budgets, health_probes FROM {role};
         REVOKE INSERT, UPDATE, DELETE ON installation FROM {role};
         GRANT UPDATE (owner_link, owner_id) ON installation TO {role};
         REVOKE ALL ON FUNCTION {FUNCTIONS} FROM PUBLIC;
         GRANT EXECUTE ON FUNCTION {FUNCTIONS} TO {role};
         GRANT SELECT ON __diesel_schema_migrations TO {role}"
    );
    Ok(conn.batch_execute(&grants).await?)
}

/// Returns the versions of the migrations of this release, which are the same in both trees.
pub(crate) fn known_migrations() -> Result<Vec<String>> {
    let known =
        MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(migration_error)?;
    Ok(known.iter().map(|known| known.name().version().to_string()).collect())
}

/// Returns `Current` if every migration of `source` has run. More may have run: while servers are
/// replaced one by one, an older release runs on newer tables.
fn compare<DB: Backend>(
    source: &impl MigrationSource<DB>,
    applied: &[String],
) -> Result<SchemaState> {
    let known = source.migrations().map_err(migration_error)?;
    let run = known.iter().all(|known| {
        let version = known.name().version().to_string();
        applied.contains(&version)
    });
    Ok(if run { SchemaState::Current } else { SchemaState::Stale })
}

/// Returns the state of the tables of an SQLite file.
pub(crate) async fn sqlite_state(conn: &mut Sqlite) -> Result<SchemaState> {
    let applied: Vec<String> =
        migrations_run::table.select(migrations_run::version).load(conn).await?;
    compare::<diesel::sqlite::Sqlite>(&SQLITE, &applied)
}

/// Refuses an SQLite file whose tables are not current.
pub(crate) async fn check_sqlite(conn: &mut Sqlite, path: &Path) -> Result<()> {
    // A file without the table of the migrations is empty or not a database of ours.
    if matches!(sqlite_state(conn).await, Ok(SchemaState::Current)) {
        return Ok(());
    }
    Err(Error::Schema {
        problem: format!("The database {} lacks migrations of this release", path.display()),
        fix: "Run `covibe-server migrate`".to_owned(),
    })
}

#[derive(QueryableByName)]
struct Readable {
    #[diesel(sql_type = Bool)]
    exists: bool,
    #[diesel(sql_type = Bool)]
    readable: bool,
}

/// Returns whether the table of the migrations exists in any schema, and whether the role can read it.
async fn migrations_table(conn: &mut AsyncPgConnection) -> Result<Readable> {
    let query = "SELECT EXISTS (SELECT FROM pg_class WHERE relname = '__diesel_schema_migrations') \
                 AS exists, \
                 coalesce(has_table_privilege(to_regclass('__diesel_schema_migrations'), 'SELECT'), \
                 false) AS readable";
    Ok(diesel::sql_query(query).get_result(conn).await?)
}

/// Returns the state of the tables of a PostgreSQL database.
pub(crate) async fn postgres_state(conn: &mut AsyncPgConnection) -> Result<SchemaState> {
    if !migrations_table(conn).await?.readable {
        return Ok(SchemaState::Stale);
    }
    let applied: Vec<String> =
        migrations_run::table.select(migrations_run::version).load(conn).await?;
    compare::<diesel::pg::Pg>(&POSTGRES, &applied)
}

/// Refuses a PostgreSQL database whose tables are not current, or on which the role lacks its grants.
pub(crate) async fn check(conn: &mut AsyncPgConnection) -> Result<()> {
    check_grants(conn).await?;
    let problem = match postgres_state(conn).await? {
        SchemaState::Current => return Ok(()),
        SchemaState::Stale if migrations_table(conn).await?.exists => {
            "The database lacks migrations of this release"
        }
        SchemaState::Stale => "The database has no tables yet",
    };
    Err(Error::Schema {
        problem: problem.to_owned(),
        fix: "Run `covibe-server migrate`".to_owned(),
    })
}

/// Refuses a PostgreSQL database on which the role lacks its grants.
pub(crate) async fn check_grants(conn: &mut AsyncPgConnection) -> Result<()> {
    if let Some(lacking) = without_grants(conn).await? {
        return Err(Error::Schema {
            problem: format!("The role of DATABASE_URL is not allowed to use the {lacking}"),
            fix:
                "Run `covibe-server migrate` with this DATABASE_URL, which grants the role what it \
                  needs"
                    .to_owned(),
        });
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Lacking {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Returns an existing table that the role may not read or insert into, or an existing function that it may not
/// call.
async fn without_grants(conn: &mut AsyncPgConnection) -> Result<Option<String>> {
    // The catalogue is readable without any grant. A role without USAGE on the schema finds none of
    // the tables by name, so they are looked up beside the table of the migrations. Names are compared as
    // names: as texts, each of the catalogue's would be converted for each that is sought.
    let query = "WITH schema AS ( \
            SELECT relnamespace AS id FROM pg_class WHERE relname = '__diesel_schema_migrations' \
         ) SELECT 'table ' || c.relname AS name \
         FROM schema JOIN pg_class c ON c.relnamespace = schema.id \
         WHERE c.relname = ANY($1::name[]) \
         AND NOT (has_schema_privilege(c.relnamespace, 'USAGE') \
                  AND has_table_privilege(c.oid, 'SELECT') \
                  AND (c.relname IN ('installation', 'audit_log', '__diesel_schema_migrations') \
                       OR has_table_privilege(c.oid, 'INSERT'))) \
         UNION ALL SELECT 'function ' || p.proname \
         FROM schema JOIN pg_proc p ON p.pronamespace = schema.id \
         WHERE p.proname = 'append_audit' AND NOT has_function_privilege(p.oid, 'EXECUTE') \
         ORDER BY name DESC LIMIT 1";
    let tables: Vec<&str> = TABLES.into_iter().chain(["__diesel_schema_migrations"]).collect();
    let lacking: QueryResult<Lacking> = diesel::sql_query(query)
        .bind::<diesel::sql_types::Array<Text>, _>(tables)
        .get_result(conn)
        .await;
    Ok(lacking.optional()?.map(|lacking| lacking.name))
}
