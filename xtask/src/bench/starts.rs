//! The time from the server's start to its first successful answer.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::server::{Database, Postgres, Programs};
use super::stats::Spread;

/// How long a start may take before the benchmark fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Returns the milliseconds from start to the first 200 of `/api/health` by database; the starts
/// are interleaved.
pub(super) async fn time(
    programs: &Programs,
    postgres: &Postgres,
    starts: u32,
) -> Result<[(&'static str, Spread); 2]> {
    let (mut on_sqlite, mut on_postgres) = (Vec::new(), Vec::new());
    // The first start on PostgreSQL runs the migrations, so it is not measured.
    start(programs, Database::Postgres(postgres)).await?;
    for _ in 0..starts {
        on_sqlite.push(start(programs, Database::Sqlite).await?);
        on_postgres.push(start(programs, Database::Postgres(postgres)).await?);
    }
    Ok([("SQLite", Spread::of(on_sqlite)), ("PostgreSQL", Spread::of(on_postgres))])
}

async fn start(programs: &Programs, database: Database<'_>) -> Result<f64> {
    let start = Instant::now();
    let server = programs.server(database).await?;
    while !matches!(server.get("/api/health").await, Ok((200, _))) {
        ensure!(start.elapsed() < PATIENCE, "no 200 from /api/health of {}", server.name);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
