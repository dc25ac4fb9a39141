//! Commands that start, do something and end: the hook, a snapshot, the doctor.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::spawn_blocking;

use super::machine::Machine;
use super::stats::percentile;

/// The number of hooks.
const HOOKS: usize = 400;

/// The number of snapshots.
const SNAPSHOTS: usize = 9;

/// The number of files of the repository whose snapshots are taken.
const FILES: usize = 50_000;

/// The duration of a hook, beside that of a program that does nothing.
pub(super) struct Hook {
    pub(super) p50: Duration,
    pub(super) p99: Duration,
    pub(super) least_p50: Duration,
    pub(super) least_p99: Duration,
}

/// Measures hooks, each beside the start of `true`.
pub(super) fn hook(machine: &Machine) -> Result<Hook> {
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
pub(super) fn snapshot(machine: &Machine) -> Result<Snapshot> {
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
pub(super) async fn doctor(machine: &Machine) -> Result<Doctor> {
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

fn time_work(work: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}
