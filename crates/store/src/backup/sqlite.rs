//! Copying and counting a SQLite file.

use std::path::Path;

use covibe_domain::boxed;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::database_contents::{Contents, Count, HEADS, KEYS, Line, PHOTOS, SCHEMA, rows_of};
use crate::error::{Error, Result};

pub(super) const TABLES: &str = "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name";

/// Copies the database at `from` into a new file at `to` while servers may use it: the copy has what was
/// committed when the command began. The file at `to` must be missing or empty.
#[boxed]
pub async fn copy_sqlite(from: &Path, to: &Path) -> Result<()> {
    let to = to.to_str().ok_or(Error::Address("the copy's path is not UTF-8"))?.to_owned();
    on_file(from, move |conn| {
        diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(to).execute(conn)?;
        Ok(())
    })
    .await
}

/// Returns what the database at `path` contains, once its file is known to be undamaged.
#[boxed]
pub async fn count_sqlite(path: &Path) -> Result<Contents> {
    on_file(path, |conn| {
        let damage: Vec<Line> =
            diesel::sql_query("SELECT integrity_check AS text FROM pragma_integrity_check")
                .load(conn)?;
        if !damage.iter().all(|line| line.text == "ok") {
            return Err(Error::Unavailable("the file is damaged".to_owned()));
        }
        conn.transaction(count)
    })
    .await
}

/// Returns the names of the photos of people in the database at `path`.
#[boxed]
pub async fn photos_in_sqlite(path: &Path) -> Result<Vec<String>> {
    on_file(path, |conn| texts(conn, PHOTOS)).await
}

pub(super) fn texts(conn: &mut SqliteConnection, query: &str) -> Result<Vec<String>> {
    let lines: Vec<Line> = diesel::sql_query(query).load(conn)?;
    Ok(lines.into_iter().map(|line| line.text).collect())
}

fn count(conn: &mut SqliteConnection) -> Result<Contents> {
    let mut contents = Contents {
        schema: texts(conn, SCHEMA)?,
        rows: std::collections::BTreeMap::new(),
        audit_heads: Vec::new(),
        secrets_keys: Vec::new(),
    };
    for table in texts(conn, TABLES)? {
        let Count { count } = diesel::sql_query(rows_of(&table)).get_result(conn)?;
        contents.rows.insert(table, count);
    }
    if contents.rows.contains_key("audit_heads") {
        contents.audit_heads = diesel::sql_query(HEADS).load(conn)?;
    }
    if contents.rows.contains_key("secrets_keys") {
        contents.secrets_keys = texts(conn, KEYS)?;
    }
    Ok(contents)
}

/// Runs work on a connection of its own to an existing file.
pub(super) async fn on_file<R: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&mut SqliteConnection) -> Result<R> + Send + 'static,
) -> Result<R> {
    let path = path.to_owned();
    let task = tokio::task::spawn_blocking(move || {
        if !path.is_file() {
            return Err(Error::Unavailable(format!("there is no database at {}", path.display())));
        }
        let mut conn = SqliteConnection::establish(&path.to_string_lossy())?;
        conn.batch_execute("PRAGMA busy_timeout = 5000")?;
        work(&mut conn)
    });
    task.await.map_err(|_| Error::Unavailable("the work on the file panicked".to_owned()))?
}
