//! The time from the server's start to its first successful answer.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::measured_programs::{Database, Programs};
use super::percentiles::Spread;
use crate::process::throwaway_postgres::Postgres;

/// The time after which a start fails the benchmark.
const PATIENCE: Duration = Duration::from_secs(30);

/// Returns the milliseconds from start to the first 200 of `/api/health`: of the first start on an empty
/// database and, after a clean stop, of the second one on the same. The databases are interleaved.
pub(super) async fn time(
    programs: &Programs,
    postgres: &mut Postgres,
    starts: u32,
) -> Result<Vec<(&'static str, Spread)>> {
    let mut on_sqlite = (Vec::new(), Vec::new());
    let mut on_postgres = (Vec::new(), Vec::new());
    for _ in 0..starts {
        let folder = tempfile::tempdir_in(&programs.scratch)?;
        let sqlite = Database::Sqlite(folder.path());
        on_sqlite.0.push(start(programs, sqlite).await?);
        on_sqlite.1.push(start(programs, sqlite).await?);
        let variables = postgres.database().await?;
        on_postgres.0.push(start(programs, Database::Postgres(&variables)).await?);
        on_postgres.1.push(start(programs, Database::Postgres(&variables)).await?);
    }
    Ok(vec![
        ("SQLite, first start", Spread::from_values(on_sqlite.0)),
        ("SQLite, second start", Spread::from_values(on_sqlite.1)),
        ("PostgreSQL, first start", Spread::from_values(on_postgres.0)),
        ("PostgreSQL, second start", Spread::from_values(on_postgres.1)),
    ])
}

async fn start(programs: &Programs, database: Database<'_>) -> Result<f64> {
    let start = Instant::now();
    let server = programs.server(database).await?;
    while !matches!(server.get("/api/health").await, Ok((200, _))) {
        ensure!(start.elapsed() < PATIENCE, "no 200 from /api/health of {}", server.name);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let millis = start.elapsed().as_secs_f64() * 1e3;
    server.stop().await?;
    Ok(millis)
}
