//! `cargo xtask bench --soak MINUTES`: the memory of a server that answers calls at a steady rate, on both databases.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::measured_programs::{Database, Programs, Server};
use super::process_usage;
use super::report::megabytes;

/// The time between the beginnings of two calls: 45 calls per second.
const PAUSE: Duration = Duration::from_micros(22_222);

/// The number of equal parts of the time; the memory is read after each.
const PARTS: u32 = 12;

/// The growth of the memory in the second half of the time that is accepted, in KiB.
const GROWTH: u64 = 4 * 1024;

/// The tools that are called in turn.
const TOOLS: [&str; 5] =
    ["workspace_describe", "apps_list", "databases_list", "projects_list", "repos_list"];

/// The memory of a server over time.
pub(super) struct Soaked {
    /// The database of the server.
    database: &'static str,
    /// The resident memory before the calls, and after each part of the time, in KiB.
    resident: Vec<u64>,
}

/// Calls a server on each database for this time.
pub(super) async fn take(programs: &Programs, time: Duration) -> Result<Vec<Soaked>> {
    let mut postgres =
        programs.postgres().await.context("failed to start a throwaway PostgreSQL")?;
    let variables = postgres.database().await?;
    let folder = programs.scratch_of("soak")?;
    let mut soaked = Vec::new();
    for database in [Database::Sqlite(&folder), Database::Postgres(&variables)] {
        soaked.push(measure(programs, database, time).await?);
    }
    Ok(soaked)
}

/// Calls a server whose upstreams are simulated elsewhere.
async fn measure(programs: &Programs, database: Database<'_>, time: Duration) -> Result<Soaked> {
    let upstreams = programs.upstreams().await?;
    let server = programs.server_with(database, &upstreams.variables).await?;
    let pid = server.pid()?;
    let mut resident = vec![process_usage::resident(pid)?];
    for _ in 0..PARTS {
        call_tools(&server, time / PARTS).await?;
        resident.push(process_usage::resident(pid)?);
    }
    Ok(Soaked { database: server.name, resident })
}

/// Calls the tools in turn for this time.
///
/// # Errors
///
/// A call fails.
async fn call_tools(server: &Server, time: Duration) -> Result<()> {
    let calls: Vec<_> = TOOLS.iter().map(|tool| server.said.call(tool, &json!({}))).collect();
    let end = Instant::now() + time;
    let mut pauses = interval(PAUSE);
    pauses.set_missed_tick_behavior(MissedTickBehavior::Skip);
    for call in calls.iter().cycle() {
        pauses.tick().await;
        if Instant::now() >= end {
            break;
        }
        server.answer_to(call).await?;
    }
    Ok(())
}

/// Prints the memory over time.
///
/// # Errors
///
/// It grew in the second half of the time.
pub(super) fn report(soaked: &[Soaked]) -> Result<()> {
    println!("\nMemory in MB before 45 calls per second, and after each twelfth of the time");
    for one in soaked {
        println!("  {}", one.line());
    }
    let grown = soaked.iter().filter(|one| one.late_growth() > GROWTH);
    let grown: Vec<_> = grown.map(|one| one.database).collect();
    let most = megabytes(GROWTH);
    ensure!(
        grown.is_empty(),
        "more than {most} MB more at the end than at half: {}",
        grown.join(", ")
    );
    Ok(())
}

impl Soaked {
    fn line(&self) -> String {
        let figures: Vec<_> = self.resident.iter().copied().map(megabytes).collect();
        format!("{:<12}{}", self.database, figures.join(" "))
    }

    /// Returns how much the memory grew in the second half of the time, in KiB.
    fn late_growth(&self) -> u64 {
        let at_half = self.resident.get(self.resident.len() / 2).copied().unwrap_or_default();
        let at_end = self.resident.last().copied().unwrap_or_default();
        at_end.saturating_sub(at_half)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_grows_in_the_second_half_is_an_error() {
        let of = |database, resident: &[u64]| Soaked { database, resident: resident.to_vec() };
        let early = of("SQLite", &[10_000, 40_000, 40_000, 42_000]);
        assert_eq!(early.line(), "SQLite      10.2 41.0 41.0 43.0");
        let late = of("PostgreSQL", &[10_000, 20_000, 30_000, 36_000]);
        assert!(report(&[early]).is_ok());
        assert!(report(&[late]).unwrap_err().to_string().ends_with(": PostgreSQL"));
    }
}
