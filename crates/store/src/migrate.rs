//! Migrations of both databases, and what PostgreSQL needs beside them: role, policies, grants.

use covibe_domain::Secret;
use diesel::backend::Backend;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connect::postgres::Target;
use crate::connect::sqlite::Sqlite;
use crate::error::{Error, Result};
use crate::isolation::PROTECTED;
use crate::schema::{TABLES, migrations_run};
use crate::state::SchemaState;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Which advisory lock keeps two migrations of one database apart: "covibe" in ASCII.
const LOCK: i64 = 0x636f_7669_6265;

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Schema {
        problem: format!("The migrations failed: {error}"),
        fix: "Nothing of the failed one was kept; put its cause right and migrate again".to_owned(),
    }
}

/// Brings an SQLite file up to date. The write lock is taken first, so that of two programs that
/// open a new file at once one waits for the other.
pub(crate) fn sqlite(conn: &mut SqliteConnection) -> Result<()> {
    type Cause = Box<dyn std::error::Error + Send + Sync>;
    conn.immediate_transaction(|conn| conn.run_pending_migrations(SQLITE).map(drop))
        .map_err(|error: Cause| failed(error))
}

/// Brings the PostgreSQL database of `admin_url` up to date: the runtime role (created where it is
/// missing, with the password in `runtime_url`), the tables, their policies, and the role's grants.
///
/// Safe to repeat, and to run twice at once: the second one waits. The admin role owns the tables;
/// it needs CREATE on the schema, and CREATEROLE when the runtime role is missing.
pub async fn migrate_postgres(admin_url: &Secret, runtime_url: &Secret) -> Result<()> {
    let admin = Target::parse(admin_url)?;
    let runtime = Target::parse(runtime_url)?.config;
    let role = runtime.get_user().ok_or(Error::Address("DATABASE_URL names no user"))?;
    if admin.config.get_user() == Some(role) {
        return Err(Error::Isolation {
            problem: format!("The role {role} would own the tables that its policies are to bind"),
            fix: "Name another user in DATABASE_URL than in COVIBE_POSTGRES_ADMIN_URL; it is \
                  created when it is missing"
                .to_owned(),
        });
    }
    let mut conn = admin.connect().await.map_err(|error| Error::Unavailable(error.to_string()))?;
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    ensure_role(&mut conn, role, runtime.get_password()).await?;
    let mut conn = run(conn).await?;
    force(&mut conn).await?;
    grant(&mut conn, role).await?;
    conn.batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})")).await?;
    Ok(())
}

/// diesel runs migrations on blocking connections only. Its own async harness panics on a
/// current-thread runtime; a blocking thread is right on either.
async fn run(conn: AsyncPgConnection) -> Result<AsyncPgConnection> {
    let work = move || {
        let mut conn = AsyncConnectionWrapper::<AsyncPgConnection>::from(conn);
        conn.run_pending_migrations(POSTGRES).map(drop).map_err(failed)?;
        Ok(conn.into_inner())
    };
    tokio::task::spawn_blocking(work).await.map_err(failed)?
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

/// The role's and the schema's names as SQL spells them, quoted where they need it.
async fn names(conn: &mut AsyncPgConnection, role: &str) -> Result<Names> {
    let query = "SELECT quote_ident($1) AS role, quote_ident(current_schema()) AS schema, \
                 EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS exists";
    Ok(diesel::sql_query(query).bind::<Text, _>(role).get_result(conn).await?)
}

/// Roles belong to all databases of a server, and the lock to one: another database's migration may
/// create the role in the meantime. The server gets the password's SCRAM verifier, not the password,
/// which would otherwise stand in its statement log.
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

/// Forces row-level security again where somebody has switched it off.
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

/// Gives the runtime role what it needs and nothing else. The statements are one transaction, as
/// one string of the simple protocol is, so that a running server never lacks a right.
async fn grant(conn: &mut AsyncPgConnection, role: &str) -> Result<()> {
    let Names { role, schema, .. } = names(conn, role).await?;
    let all = TABLES.join(", ");
    let grants = format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};
         REVOKE ALL ON {all} FROM {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON {all} TO {role};
         REVOKE UPDATE, DELETE ON audit_log FROM {role};
         REVOKE DELETE ON audit_heads, upstream_budgets FROM {role};
         GRANT SELECT ON __diesel_schema_migrations TO {role}"
    );
    Ok(conn.batch_execute(&grants).await?)
}

/// Whether every migration of `source` is among those that have run. More may have: while servers
/// are replaced one by one, an older one meets newer tables.
fn judge<DB: Backend>(
    source: &impl MigrationSource<DB>,
    applied: &[String],
) -> Result<SchemaState> {
    let known = source.migrations().map_err(failed)?;
    let run = known.iter().all(|known| {
        let version = known.name().version().to_string();
        applied.contains(&version)
    });
    Ok(if run { SchemaState::Current } else { SchemaState::Stale })
}

/// How the tables of an SQLite file are.
pub(crate) async fn sqlite_state(conn: &mut Sqlite) -> Result<SchemaState> {
    let applied: Vec<String> =
        migrations_run::table.select(migrations_run::version).load(conn).await?;
    judge::<diesel::sqlite::Sqlite>(&SQLITE, &applied)
}

#[derive(QueryableByName)]
struct Readable {
    #[diesel(sql_type = Bool)]
    readable: bool,
}

/// How the tables of a PostgreSQL database are.
pub(crate) async fn postgres_state(conn: &mut AsyncPgConnection) -> Result<SchemaState> {
    let query = "SELECT coalesce(has_table_privilege(to_regclass('__diesel_schema_migrations'), \
                 'SELECT'), false) AS readable";
    let Readable { readable } = diesel::sql_query(query).get_result(conn).await?;
    if !readable {
        return Ok(SchemaState::Stale);
    }
    let applied: Vec<String> =
        migrations_run::table.select(migrations_run::version).load(conn).await?;
    judge::<diesel::pg::Pg>(&POSTGRES, &applied)
}

/// Refuses a PostgreSQL database that this program is not at home in.
pub(crate) async fn check(conn: &mut AsyncPgConnection) -> Result<()> {
    match postgres_state(conn).await? {
        SchemaState::Current => Ok(()),
        SchemaState::Stale => Err(Error::Schema {
            problem: "The database lacks tables of this version".to_owned(),
            fix: "Run `covibe-server migrate`".to_owned(),
        }),
    }
}
