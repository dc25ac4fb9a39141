//! The role that makes backups of a PostgreSQL database, its snapshots, and counting.

use covibe_domain::{Secret, boxed};
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio_postgres::config::{Host, SslMode};

use super::database_contents::{Contents, Count, HEADS, KEYS, Line, PHOTOS, SCHEMA, rows_of};
use crate::connect::postgres::Target;
use crate::error::{Error, Result};

/// Tables of our own, but no partitions: their rows count with their tables.
const TABLES: &str = "SELECT relname::text AS text FROM pg_class \
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') \
    AND NOT relispartition ORDER BY relname";

/// A transaction that sees the database as it was when it began.
pub struct PostgresSnapshot {
    conn: AsyncPgConnection,
    /// Its name, under which other connections see the same while this value exists.
    pub name: String,
}

impl std::fmt::Debug for PostgresSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostgresSnapshot({})", self.name)
    }
}

impl PostgresSnapshot {
    /// Begins one as the backup role.
    ///
    /// # Errors
    ///
    /// [`Error::Isolation`] if the role would see only some tenants' rows.
    #[boxed]
    pub async fn begin(backup_url: &Secret) -> Result<Self> {
        let mut conn = Target::parse(backup_url)?.connect().await?;
        refuse_partial_sight(&mut conn).await?;
        conn.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let Line { text: name } =
            diesel::sql_query("SELECT pg_export_snapshot() AS text").get_result(&mut conn).await?;
        Ok(Self { conn, name })
    }

    /// Returns what the database contains.
    #[boxed]
    pub async fn contents(&mut self) -> Result<Contents> {
        count(&mut self.conn).await
    }

    /// Returns the names of the photos of people.
    #[boxed]
    pub async fn photos(&mut self) -> Result<Vec<String>> {
        texts(&mut self.conn, PHOTOS).await
    }
}

#[derive(QueryableByName)]
struct Sees {
    #[diesel(sql_type = Bool)]
    all: bool,
}

/// Refuses a role on which the policies act: its backups would lack rows without any error.
async fn refuse_partial_sight(conn: &mut AsyncPgConnection) -> Result<()> {
    let query = "SELECT rolsuper OR rolbypassrls AS all FROM pg_roles WHERE rolname = current_user";
    let Sees { all } = diesel::sql_query(query).get_result(conn).await?;
    if all {
        return Ok(());
    }
    Err(Error::Isolation {
        problem: "The role of COVIBE_POSTGRES_BACKUP_URL does not see the rows of all tenants"
            .to_owned(),
        fix: "Create it with `covibe-server migrate --backup-role`".to_owned(),
    })
}

/// Returns what the database contains, as the backup role.
#[boxed]
pub async fn count_postgres(backup_url: &Secret) -> Result<Contents> {
    PostgresSnapshot::begin(backup_url).await?.contents().await
}

async fn texts(conn: &mut AsyncPgConnection, query: &str) -> Result<Vec<String>> {
    let lines: Vec<Line> = diesel::sql_query(query).load(conn).await?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}

async fn count(conn: &mut AsyncPgConnection) -> Result<Contents> {
    let mut rows = std::collections::BTreeMap::new();
    for table in texts(conn, TABLES).await? {
        let Count { count } = diesel::sql_query(rows_of(&table)).get_result(conn).await?;
        rows.insert(table, count);
    }
    let has = |table: &str| rows.contains_key(table);
    let audit_heads =
        if has("audit_heads") { diesel::sql_query(HEADS).load(conn).await? } else { Vec::new() };
    let secrets_keys = if has("secrets_keys") { texts(conn, KEYS).await? } else { Vec::new() };
    Ok(Contents { schema: texts(conn, SCHEMA).await?, rows, audit_heads, secrets_keys })
}

/// Returns whether the database has no tables.
#[boxed]
pub async fn postgres_is_empty(admin_url: &Secret) -> Result<bool> {
    let mut conn = Target::parse(admin_url)?.connect().await?;
    Ok(texts(&mut conn, TABLES).await?.is_empty())
}

/// Creates the role that a URL names, or corrects it: it reads the rows of all tenants and changes none.
/// Only a superuser may do this (PostgreSQL 15), or a role with `BYPASSRLS` and `CREATEROLE` that may
/// grant `pg_read_all_data` (from 16 on).
#[boxed]
pub async fn make_backup_role(by: &Secret, backup_url: &Secret) -> Result<()> {
    let backup = Target::parse(backup_url)?.config;
    let role =
        backup.get_user().ok_or(Error::Address("COVIBE_POSTGRES_BACKUP_URL contains no user"))?;
    let mut conn = Target::parse(by)?.connect().await?;
    let Line { text: quoted } = diesel::sql_query("SELECT quote_ident($1) AS text")
        .bind::<Text, _>(role)
        .get_result(&mut conn)
        .await?;
    let verifier = backup.get_password().map(postgres_protocol::password::scram_sha_256);
    let password = verifier.map(|text| format!("PASSWORD '{text}'")).unwrap_or_default();
    let create = format!(
        "DO $role$ BEGIN
             CREATE ROLE {quoted} LOGIN NOSUPERUSER BYPASSRLS {password};
         EXCEPTION WHEN duplicate_object OR unique_violation THEN
             ALTER ROLE {quoted} LOGIN BYPASSRLS;
         END $role$;
         GRANT pg_read_all_data TO {quoted}"
    );
    conn.batch_execute(&create).await.map_err(|error| Error::Isolation {
        problem: format!("The role {role} could not be created ({error})"),
        fix: "Only a superuser may create it: set the superuser's URL in COVIBE_POSTGRES_ADMIN_URL for \
              this command alone"
            .to_owned(),
    })
}

/// Returns the environment variables with which `pg_dump` and `pg_restore` connect like the server
/// itself: no password is in their arguments, which other users of the machine can see.
pub fn postgres_environment(url: &Secret) -> Result<Vec<(&'static str, Secret)>> {
    let config = Target::parse(url)?.config;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".to_owned(),
    };
    let user = config.get_user().unwrap_or_default();
    let mode = if config.get_ssl_mode() == SslMode::Disable { "disable" } else { "verify-full" };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let mut variables = vec![
        ("PGHOST", host),
        ("PGPORT", port.to_string()),
        ("PGUSER", user.to_owned()),
        ("PGDATABASE", config.get_dbname().unwrap_or(user).to_owned()),
        ("PGSSLMODE", mode.to_owned()),
    ];
    if let Some(password) = config.get_password() {
        variables.push(("PGPASSWORD", String::from_utf8_lossy(password).into_owned()));
    }
    Ok(variables.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
}
