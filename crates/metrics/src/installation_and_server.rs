//! The metrics of the installation and its server: whether it serves, what is open in its journals, its disk and its
//! backups, its database, audit, connections and log, and the process as the system knows it.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use covibe_dispatch::{OpenWork, OperationalFigures, PoolLoad};
use covibe_operation::VERSION;
use rustix::fs::statvfs;

use crate::metric_sources::Sources;
use crate::text_exposition::{Page, count};

const READY: (&str, &str) = (
    "covibe_ready",
    "1 if the database and the audit permit calls, otherwise 0: the same as `/api/health`, except while the server stops.",
);

const WORKSPACES: (&str, &str) = ("covibe_workspaces", "Workspaces of all tenants, by status.");

const TENANTS: (&str, &str) = ("covibe_tenants", "Tenants, by status.");

const OPEN: (&str, &str) = (
    "covibe_journal_open",
    "Unfinished work, by kind. After a crash, it stays open until somebody repeats the call or the server finishes it.",
);

const OLDEST_OPEN: (&str, &str) = (
    "covibe_journal_oldest_timestamp_seconds",
    "The time when the oldest unfinished work began, in seconds since 1970, by kind.",
);

const DISK: (&str, &str) =
    ("covibe_disk_free_bytes", "Free bytes of the disk that has the server's data folder.");

const BACKUP: (&str, &str) = (
    "covibe_backup_last_timestamp_seconds",
    "The time when the last backup in COVIBE_BACKUP_DIR finished, in seconds since 1970.",
);

const POOL: (&str, &str) =
    ("covibe_database_connections", "Connections to the database, by pool and state.");

const POOL_MAX: (&str, &str) =
    ("covibe_database_connections_max", "The maximum number of connections, by pool.");

const POOL_WAITING: (&str, &str) =
    ("covibe_database_waiting", "Transactions that wait for a connection, by pool.");

const AUDIT_QUEUED: (&str, &str) =
    ("covibe_audit_queued_entries", "Audit entries that are not written yet.");

const AUDIT_OLDEST: (&str, &str) = (
    "covibe_audit_oldest_entry_seconds",
    "The time that the oldest unwritten audit entry has waited.",
);

const AUDIT_LOST: (&str, &str) = (
    "covibe_audit_lost_entries",
    "Audit entries that were lost because too many could not be written.",
);

const CONNECTIONS: (&str, &str) = ("covibe_connections", "Open connections of clients.");

const DROPPED_LINES: (&str, &str) =
    ("covibe_log_dropped_lines", "Log lines that were dropped because they were not read in time.");

const BUILD: (&str, &str) = ("covibe_build_info", "The version of the server.");

const STARTED: (&str, &str) =
    ("process_start_time_seconds", "The time when the server started, in seconds since 1970.");

const MEMORY: (&str, &str) =
    ("process_resident_memory_bytes", "The resident memory of the process.");

const CPU: (&str, &str) = ("process_cpu_seconds", "The CPU time that the process has used.");

const DESCRIPTORS: (&str, &str) =
    ("process_open_fds", "The open file descriptors of the process; each connection uses one.");

const MAX_DESCRIPTORS: (&str, &str) =
    ("process_max_fds", "The maximum number of open file descriptors of the process.");

pub(crate) fn write(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    write_installation(sources, page)?;
    write_server(sources, page)?;
    write_process(sources.started, page)
}

fn write_installation(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    let asked = sources.database_answers();
    page.gauge(READY, u64::from(asked.serves))?;
    if let Some(figures) = &asked.figures {
        write_figures(figures, page)?;
    }
    if let Some(free) = free_bytes(&sources.folders.data) {
        page.gauge(DISK, free)?;
    }
    match last_backup(&sources.folders.backups) {
        Some(at) => page.gauge(BACKUP, at),
        None => Ok(()),
    }
}

fn write_figures(figures: &OperationalFigures, page: &mut Page<'_>) -> fmt::Result {
    let workspaces = figures.workspaces.iter();
    page.gauges(
        WORKSPACES,
        workspaces.map(|(status, count)| ([("status", status.as_str())], *count)),
    )?;
    let tenants = figures.tenants.iter();
    page.gauges(TENANTS, tenants.map(|(status, count)| ([("status", *status)], *count)))?;
    let open = || figures.open.iter();
    page.gauges(OPEN, open().map(|(kind, work)| ([("kind", *kind)], work.count)))?;
    let begun = |(kind, work): &(&'static str, OpenWork)| {
        work.oldest.map(|at| ([("kind", *kind)], at.as_millis() / 1000))
    };
    page.gauges(OLDEST_OPEN, open().filter_map(begun))
}

/// Returns the free bytes of the disk that has a folder, which may not exist yet: on PostgreSQL the server writes few
/// files of its own.
fn free_bytes(folder: &Path) -> Option<u64> {
    let is_there = |place: &&Path| place.exists();
    let place = folder.ancestors().find(is_there).unwrap_or_else(|| Path::new("."));
    let disk = statvfs(place).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Returns the time at which the last backup in a folder was finished, in seconds since 1970; `None` if there is none
/// or the folder can't be read. The manifest of a backup is written last.
fn last_backup(folder: &Path) -> Option<u64> {
    let entries = fs::read_dir(folder).ok()?.flatten();
    let finished = entries.filter_map(|entry| {
        let written = fs::metadata(entry.path().join("manifest.json")).ok()?.modified().ok()?;
        Some(written.duration_since(UNIX_EPOCH).ok()?.as_secs())
    });
    finished.max()
}

fn write_server(sources: &Sources, page: &mut Page<'_>) -> fmt::Result {
    write_pools(&sources.dispatcher.database_load(), page)?;
    let audit = sources.dispatcher.audit_load();
    page.gauge(AUDIT_QUEUED, count(audit.queued))?;
    page.gauge(AUDIT_OLDEST, audit.oldest.as_secs_f64())?;
    page.counter(AUDIT_LOST, audit.lost)?;
    page.gauge(CONNECTIONS, count(sources.edge.connections()))?;
    page.counter(DROPPED_LINES, sources.edge.dropped_lines())?;
    page.gauges(BUILD, [([("version", VERSION)], 1_u64)])
}

fn write_pools(pools: &[PoolLoad], page: &mut Page<'_>) -> fmt::Result {
    let states = pools.iter().flat_map(|pool| {
        let row = |state, number| ([("pool", pool.name), ("state", state)], count(number));
        [row("in_use", pool.in_use), row("idle", pool.idle)]
    });
    page.gauges(POOL, states)?;
    let of = |number: fn(&PoolLoad) -> usize| {
        pools.iter().map(move |pool| ([("pool", pool.name)], count(number(pool))))
    };
    page.gauges(POOL_MAX, of(|pool| pool.max))?;
    page.gauges(POOL_WAITING, of(|pool| pool.waiting))
}

/// Writes the figures that the system reports; others are left out.
fn write_process(started: f64, page: &mut Page<'_>) -> fmt::Result {
    page.gauge(STARTED, started)?;
    if let Some(bytes) = read("status").and_then(|status| resident_in(&status)) {
        page.gauge(MEMORY, bytes)?;
    }
    if let Some(ticks) = read("stat").and_then(|stat| ticks_in(&stat)) {
        let used = Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second());
        page.seconds(CPU, used.as_secs_f64())?;
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        page.gauge(DESCRIPTORS, count(open.count()))?;
    }
    match max_descriptors() {
        Some(most) => page.gauge(MAX_DESCRIPTORS, most),
        None => Ok(()),
    }
}

fn read(file: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/self/{file}")).ok()
}

/// Returns the resident bytes in the contents of Linux's `/proc/self/status`.
fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

/// Returns the ticks that the process computed, in the contents of Linux's `/proc/self/stat`: its 14th and 15th field
/// (proc(5)), after the name in brackets, which may have any characters.
fn ticks_in(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    ticks()?.checked_add(ticks()?)
}

#[cfg(unix)]
fn max_descriptors() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(not(unix))]
fn max_descriptors() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_without_a_manifest_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(last_backup(&folder.path().join("missing")), None);
        fs::create_dir(folder.path().join("covibe-1")).unwrap();
        assert_eq!(last_backup(folder.path()), None);
        let manifest = folder.path().join("covibe-1/manifest.json");
        fs::write(&manifest, "{}").unwrap();
        let written = fs::metadata(&manifest).unwrap().modified().unwrap();
        let seconds = written.duration_since(UNIX_EPOCH).unwrap().as_secs();
        assert_eq!(last_backup(folder.path()), Some(seconds));
    }

    #[test]
    fn memory_and_cpu_time_are_read_from_linux_proc_files() {
        let status =
            "Name:\tcovibe-server\nVmHWM:\t   31244 kB\nVmRSS:\t   30720 kB\nThreads:\t5\n";
        assert_eq!(resident_in(status), Some(30 * 1024 * 1024));
        assert_eq!(resident_in("Name:\tkthreadd\n"), None);
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1000 0 2 0 250 50 0 0 20 0 5 0 100 0 0";
        assert_eq!(ticks_in(stat), Some(300));
    }
}
