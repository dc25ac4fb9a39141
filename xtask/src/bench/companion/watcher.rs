//! The watcher, while nothing happens in the repositories that it knows.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::process::Command;
use tokio::time::sleep;

use super::machine::Machine;
use crate::bench::usage;

/// The number of repositories.
const REPOSITORIES: usize = 200;

/// The duration after which the first snapshots of all repositories have been sent; a round of snapshots takes
/// four.
const SETTLING: Duration = Duration::from_secs(90);

/// The duration of the measurement.
const MEASURED: Duration = Duration::from_mins(1);

/// The watcher's use of the machine.
pub(super) struct Watcher {
    /// Its resident memory, in MB.
    pub(super) resident: f64,
    /// Its processor time, in percent of one core.
    pub(super) idle: f64,
}

/// Measures the watcher with repositories whose sessions have ended.
pub(super) async fn take(machine: &Machine) -> Result<Watcher> {
    for n in 0..REPOSITORIES {
        let folder = machine.repository(&format!("idle/r{n}"), 1)?;
        machine.hook(&folder, "SessionStart")?;
        machine.hook(&folder, "SessionEnd")?;
    }
    let mut command = Command::from(machine.companion(&["watch"]));
    let child = command.kill_on_drop(true).spawn().context("the watcher did not start")?;
    let id = child.id().context("the watcher ended")?;
    sleep(SETTLING).await;
    let before = usage::cpu(id)?;
    sleep(MEASURED).await;
    let spent = usage::cpu(id)?.saturating_sub(before);
    let resident = usage::resident(id)?;
    Ok(Watcher {
        resident: f64::from(u32::try_from(resident)?) / 1024.0,
        idle: spent.as_secs_f64() / MEASURED.as_secs_f64() * 100.0,
    })
}
