//! `cargo xtask bench --floods`: the memory of the server and of its connections, the times of calls
//! of another tenant and the health check during floods. Everything happens on the loopback interface and takes less than
//! a minute for each database.

mod attacks;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::time::{Instant, sleep, timeout};

use self::attacks::{ATTACKS, Attack};
use super::measured_programs::{Database, Programs, Server};
use super::report::megabytes;
use super::{closed_loop_load, process_usage};

/// The number of connections that make authenticated calls.
const CALLERS: usize = 4;

/// The time for which calls are measured without a flood; then that with it.
const QUIET: Duration = Duration::from_secs(1);
const FLOODED: Duration = Duration::from_secs(3);

/// The duration of a flood before the measurement.
const RISE: Duration = Duration::from_secs(2);

/// The interval at which the memory is sampled.
const SAMPLE: Duration = Duration::from_millis(100);

/// The interval at which the health is checked.
const CHECK: Duration = Duration::from_secs(1);

/// The timeout of the health check.
const PATIENCE: Duration = Duration::from_secs(2);

/// The goals: memory above idle in MB of 10⁶ bytes, and the ratio of the times of calls.
const MEMORY: u64 = 64;
const SLOWER: f64 = 4.0;

/// The measurements of a flood.
pub(super) struct Flooded {
    name: &'static str,
    /// The database of the server.
    database: &'static str,
    /// The largest resident memory during the flood, and that before it, in KiB.
    memory: [u64; 2],
    /// The same of the memory that the system keeps for connections, of all processes.
    kernel: [u64; 2],
    /// The p99 of the calls of another tenant without the flood and with it; `None` if a call failed.
    p99: [Option<Duration>; 2],
    /// The duration of the slowest health check on a new connection; `None` if one was not answered in time.
    health: Option<Duration>,
}

/// Floods a server of its own with each attack whose name contains this text, on both databases.
pub(super) async fn take(programs: &Programs, name: &str) -> Result<Vec<Flooded>> {
    let attacks = || ATTACKS.iter().filter(|attack| attack.name.contains(name));
    ensure!(attacks().next().is_some(), "no flood has a name with `{name}`");
    let mut postgres =
        programs.postgres().await.context("failed to start a throwaway PostgreSQL")?;
    let mut flooded = Vec::new();
    for attack in attacks() {
        let folder = tempfile::tempdir_in(&programs.scratch)?;
        flooded.push(measure(programs, Database::Sqlite(folder.path()), attack).await?);
    }
    for attack in attacks() {
        let variables = postgres.database().await?;
        flooded.push(measure(programs, Database::Postgres(&variables), attack).await?);
    }
    Ok(flooded)
}

/// Floods a server whose upstreams are simulated elsewhere.
async fn measure(programs: &Programs, database: Database<'_>, attack: &Attack) -> Result<Flooded> {
    let upstreams = programs.upstreams().await?;
    let server = &programs.server_with(database, &upstreams.variables).await?;
    let pid = server.pid()?;
    let describe = &programs.other_tenant(server, database, &upstreams.variables).await?;
    let call = attack.prepare(server).await?;
    let quiet = calls(server, describe, QUIET).await?;
    let (idle, system) = (process_usage::resident(pid)?, process_usage::tcp()?);
    let flood = attack.start(server, call);
    let peak = tokio::spawn(peak(pid, RISE + FLOODED));
    let flooded = async {
        sleep(RISE).await;
        // A call may fail or not end while the server is flooded: that is a result.
        let calls = timeout(2 * FLOODED, calls(server, describe, FLOODED)).await;
        calls.ok().and_then(Result::ok)
    };
    let (flooded, health) = tokio::join!(flooded, slowest_check(server, attack, RISE + FLOODED));
    let (memory, kernel) = peak.await??;
    drop(flood);
    let (name, database) = (attack.name, server.name);
    let (memory, kernel) = ([memory, idle], [kernel, system]);
    Ok(Flooded { name, database, memory, kernel, p99: [Some(quiet), flooded], health })
}

/// Checks the health once a second, each time on a new connection, and whether somebody else can sign in; returns how
/// long the slowest check took, or `None` if one failed.
async fn slowest_check(server: &Server, attack: &Attack, duration: Duration) -> Option<Duration> {
    let end = Instant::now() + duration;
    let mut slowest = Some(Duration::ZERO);
    while Instant::now() < end {
        let begun = Instant::now();
        let checks = async { tokio::join!(server.get("/api/health"), attack.probe(server)) };
        let checked = timeout(PATIENCE, checks).await;
        let took = matches!(checked, Ok((Ok((200, _)), true))).then(|| begun.elapsed());
        slowest = slowest.zip(took).map(|(slowest, took)| slowest.max(took));
        sleep(CHECK).await;
    }
    slowest
}

/// Returns the p99 of the calls of a tenant that has no part in the flood.
async fn calls(server: &Server, describe: &Arc<[u8]>, duration: Duration) -> Result<Duration> {
    let subject = (server.said.authority.as_str(), server.pid()?);
    Ok(closed_loop_load::measure(subject, describe, CALLERS, duration).await?.p99)
}

/// Returns the largest resident memory of a process during this time, and that of all connections, in KiB.
async fn peak(pid: u32, duration: Duration) -> Result<(u64, u64)> {
    let end = Instant::now() + duration;
    let (mut resident, mut tcp) = (0, 0);
    while Instant::now() < end {
        (resident, tcp) =
            (resident.max(process_usage::resident(pid)?), tcp.max(process_usage::tcp()?));
        sleep(SAMPLE).await;
    }
    Ok((resident, tcp))
}

/// Prints the measurements.
pub(super) fn report(floods: &[Flooded]) {
    println!(
        "\nFloods: the goals are {MEMORY} MB above idle, a p99 of the calls of another tenant of {SLOWER:.0} times \
         that without the flood, and an answer to each health check and to whoever else signs in.\nSockets are those of all processes, \
         clients included."
    );
    println!(
        "  {:<46}{:>14}{:>12}{:>10}{:>10}{:>8}{:>12}",
        "", "MB above idle", "sockets MB", "p99 ms", "flooded", "ratio", "health ms"
    );
    for flood in floods {
        println!("  {}", flood.line());
    }
}

impl Flooded {
    fn line(&self) -> String {
        let [peak, idle] = self.memory;
        let above = peak.saturating_sub(idle);
        let is_small = above * 1024 <= MEMORY * 1_000_000;
        let above = megabytes(above);
        let [most, system] = self.kernel;
        let sockets = megabytes(most.saturating_sub(system));
        let [quiet, flooded] = self.p99;
        let ratio = quiet.zip(flooded).map(|(a, b)| b.as_secs_f64() / a.as_secs_f64());
        let (quiet, flooded, health) = (millis(quiet), millis(flooded), millis(self.health));
        let times = ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.1}"));
        let is_met = is_small && ratio.is_some_and(|ratio| ratio <= SLOWER);
        let verdict = if is_met && self.health.is_some() { "" } else { "  missed" };
        let name = format!("{}, {}", self.name, self.database);
        format!(
            "{name:<46}{above:>14}{sockets:>12}{quiet:>10}{flooded:>10}{times:>8}{health:>12}{verdict}"
        )
    }
}

fn millis(duration: Option<Duration>) -> String {
    duration.map_or("none".to_owned(), |duration| format!("{:.1}", duration.as_secs_f64() * 1e3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report_of_flood(peak: u64, flooded: Option<u64>, health: Option<u64>) -> String {
        let millis = |millis| Duration::from_millis(millis);
        let p99 = [Some(millis(2)), flooded.map(millis)];
        let health = health.map(millis);
        let (name, database) = ("a flood", "SQLite");
        Flooded { name, database, memory: [peak, 1000], kernel: [9, 5], p99, health }.line()
    }

    #[test]
    fn the_report_marks_floods_that_miss_a_goal() {
        let good = report_of_flood(61_000, Some(8), Some(1));
        assert!(
            good.contains("61.4") && good.contains(" 4.0") && !good.contains("missed"),
            "{good}"
        );
        for missed in [
            report_of_flood(64_000, Some(2), Some(1)),
            report_of_flood(1000, Some(9), Some(1)),
            report_of_flood(1000, None, Some(1)),
            report_of_flood(1000, Some(2), None),
        ] {
            assert!(missed.ends_with("missed"), "{missed}");
        }
    }
}
