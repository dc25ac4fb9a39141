//! The companion on a developer's machine: its hook, its bridge, its watcher, its snapshots and its doctor, each beside
//! the least that could do the same.

mod companion_machine;
mod companion_measurements;
mod server_stub;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use companion_machine::Machine;
use companion_measurements::{Bridge, Doctor, Hook, Snapshot, Watcher};

/// The measurements.
pub(super) struct Figures {
    hook: Hook,
    snapshot: Snapshot,
    doctor: Doctor,
    bridge: Bridge,
    watcher: Watcher,
}

/// Measures the companion among the built programs.
pub(super) async fn take(built: &Path) -> Result<Figures> {
    let server = server_stub::StandIn::start().await?;
    let machine = Machine::new(built, server.origin())?;
    Ok(Figures {
        hook: companion_measurements::measure_hook(&machine)?,
        snapshot: companion_measurements::measure_snapshot(&machine)?,
        doctor: companion_measurements::measure_doctor(&machine).await?,
        bridge: companion_measurements::measure_bridge(&machine).await?,
        watcher: companion_measurements::measure_watcher(&machine).await?,
    })
}

/// Prints the figures, with what each should be at most.
pub(super) fn report(figures: &Figures) {
    let Figures { hook, snapshot, doctor, bridge, watcher } = figures;
    println!("\nThe companion on a developer's machine");
    let line = |name: &str, value: String, goal: &str| println!("  {name:<34}{value:>28}  {goal}");
    line("hook, p50 and p99, in ms", pair(hook.p50, hook.p99), "p99 ≤ 5");
    line("`true`, p50 and p99, in ms", pair(hook.least_p50, hook.least_p99), "");
    line(
        "bridge, per call, in ms",
        pair(bridge.through, bridge.direct),
        "≤ 2 more than without it",
    );
    line("snapshot and `git status`", format!("{:.2}", snapshot.ratio), "≤ 1.10, of 50,000 files");
    line("watcher, memory, in MB", format!("{:.1}", watcher.resident), "≤ 15, of 200 repositories");
    line("watcher, processor, idle, in %", format!("{:.3}", watcher.idle), "≤ 0.1");
    line("doctor, healthy server, in ms", millis(doctor.healthy), "≤ 3,000");
    line("doctor, hanging server, in ms", millis(doctor.hanging), "≤ 15,000");
}

fn pair(first: Duration, second: Duration) -> String {
    format!("{:.2} / {:.2}", first.as_secs_f64() * 1e3, second.as_secs_f64() * 1e3)
}

fn millis(duration: Duration) -> String {
    format!("{:.0}", duration.as_secs_f64() * 1e3)
}
