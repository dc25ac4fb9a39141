//! Measurements of the companion: of commands that start, do something and end (the hook, a snapshot, the doctor), of
//! calls through `covibe-mcp`, and of the watcher while nothing happens.

use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::companion_machine::Machine;
use crate::bench::percentiles::percentile;
use crate::bench::process_usage;
use crate::http_client::Connection;

/// The number of hooks.
const HOOKS: usize = 400;

/// The number of snapshots.
const SNAPSHOTS: usize = 9;

/// The number of files of the repository whose snapshots are taken.
const FILES: usize = 50_000;

/// The number of calls through the bridge.
const CALLS: usize = 1_000;

/// A call, as the library of MCP sends it.
const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}"#;

/// The number of repositories that the watcher knows.
const REPOSITORIES: usize = 200;

/// The duration after which the first snapshots of all repositories have been sent; a round of snapshots takes
/// four.
const SETTLING: Duration = Duration::from_secs(90);

/// The duration of the measurement of the watcher.
const MEASURED: Duration = Duration::from_mins(1);

/// The duration of a hook, beside that of a program that does nothing.
pub(super) struct Hook {
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    pub(super) least_p50: Duration,
    pub(super) least_p99: Duration,
}

/// Measures hooks, each beside the start of `true`.
pub(super) fn measure_hook(machine: &Machine) -> Result<Hook> {
    let folder = machine.repository("hooked", 1)?;
    let (mut hooks, mut least) = (Vec::new(), Vec::new());
    for _ in 0..HOOKS {
        hooks.push(time_work(|| machine.hook(&folder, "PostToolUse"))?);
        least.push(time_work(|| Ok(machine.command(Path::new("true")).status().map(drop)?))?);
    }
    hooks.sort_unstable();
    least.sort_unstable();
    Ok(Hook {
        p50: percentile(&hooks, 500),
        p99: percentile(&hooks, 990),
        least_p50: percentile(&least, 500),
        least_p99: percentile(&least, 990),
    })
}

/// The duration of a snapshot, as a multiple of that of `git status`.
pub(super) struct Snapshot {
    pub(super) ratio: f64,
}

/// Measures snapshots of a large repository, each beside `git status` of it.
pub(super) fn measure_snapshot(machine: &Machine) -> Result<Snapshot> {
    let folder = machine.repository("large", FILES)?;
    let status = ["status", "--porcelain=v2", "--branch"];
    machine.git(&folder, &status)?;
    let (mut snapshots, mut statuses) = (Vec::new(), Vec::new());
    for _ in 0..SNAPSHOTS {
        snapshots.push(time_work(|| {
            let mut command = machine.companion(&["snapshot", "--print"]);
            let status = command.current_dir(&folder).status()?;
            ensure!(status.success(), "the snapshot failed: {status}");
            Ok(())
        })?);
        statuses.push(time_work(|| machine.git(&folder, &status))?);
    }
    snapshots.sort_unstable();
    statuses.sort_unstable();
    let (snapshot, status) = (percentile(&snapshots, 500), percentile(&statuses, 500));
    Ok(Snapshot { ratio: snapshot.as_secs_f64() / status.as_secs_f64() })
}

/// The duration of the doctor.
pub(super) struct Doctor {
    pub(super) healthy: Duration,
    pub(super) hanging: Duration,
}

/// Measures the doctor with a server that answers, and with one that takes connections and is silent.
pub(super) async fn measure_doctor(machine: &Machine) -> Result<Doctor> {
    // The standard listener: the system completes its connections, and nobody reads them.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let hanging = format!("http://{}", silent.local_addr()?);
    let mut times = [Duration::ZERO; 2];
    for (time, origin) in times.iter_mut().zip([machine.origin(), &hanging]) {
        let mut command = machine.companion(&["doctor", "--base-url", origin]);
        *time = spawn_blocking(move || time_work(|| Ok(command.status().map(drop)?))).await??;
    }
    let [healthy, hanging] = times;
    Ok(Doctor { healthy, hanging })
}

/// The median duration of a call, through the bridge and without it.
pub(super) struct Bridge {
    pub(super) through: Duration,
    pub(super) direct: Duration,
}

/// Measures calls, alternately through the bridge and directly.
pub(super) async fn measure_bridge(machine: &Machine) -> Result<Bridge> {
    let mut command = Command::from(machine.bridge()?);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().context("the bridge did not start")?;
    let mut stdin = child.stdin.take().context("no stdin")?;
    let mut stdout = BufReader::new(child.stdout.take().context("no stdout")?);
    let authority = machine.origin().trim_start_matches("http://");
    let mut connection = Connection::open(authority).await?;
    let request = format!(
        "POST /api/mcp HTTP/1.1\r\nHost: {authority}\r\nAuthorization: Bearer bench\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{CALL}",
        CALL.len()
    );
    let (mut through, mut direct, mut line) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..CALLS {
        let started = Instant::now();
        stdin.write_all(CALL.as_bytes()).await?;
        stdin.write_all(b"\n").await?;
        line.clear();
        ensure!(stdout.read_line(&mut line).await? > 0, "the bridge ended");
        through.push(started.elapsed());
        ensure!(line.contains("\"result\""), "the bridge answered {line}");
        let started = Instant::now();
        let answer = connection.call(request.as_bytes()).await?;
        ensure!(answer.status == 200, "the server answered {}", answer.status);
        direct.push(started.elapsed());
    }
    through.sort_unstable();
    direct.sort_unstable();
    Ok(Bridge { through: percentile(&through, 500), direct: percentile(&direct, 500) })
}

/// The watcher's use of the machine.
pub(super) struct Watcher {
    /// Its resident memory, in MB.
    pub(super) resident: f64,
    /// Its processor time, in percent of one core.
    pub(super) idle: f64,
}

/// Measures the watcher with repositories whose sessions have ended.
pub(super) async fn measure_watcher(machine: &Machine) -> Result<Watcher> {
    for n in 0..REPOSITORIES {
        let folder = machine.repository(&format!("idle/r{n}"), 1)?;
        machine.hook(&folder, "SessionStart")?;
        machine.hook(&folder, "SessionEnd")?;
    }
    let mut command = Command::from(machine.companion(&["watch"]));
    let child = command.kill_on_drop(true).spawn().context("the watcher did not start")?;
    let id = child.id().context("the watcher ended")?;
    sleep(SETTLING).await;
    let before = process_usage::cpu(id)?;
    sleep(MEASURED).await;
    let spent = process_usage::cpu(id)?.saturating_sub(before);
    let resident = process_usage::resident(id)?;
    Ok(Watcher {
        resident: f64::from(u32::try_from(resident)?) / 1024.0,
        idle: spent.as_secs_f64() / MEASURED.as_secs_f64() * 100.0,
    })
}

fn time_work(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}
