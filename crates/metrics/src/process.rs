//! The metrics of the process, as the system knows it.

use std::fmt;
use std::time::Duration;

use crate::page::{Page, count};

const STARTED: (&str, &str) =
    ("process_start_time_seconds", "When the server started, in seconds since 1970.");

const MEMORY: (&str, &str) =
    ("process_resident_memory_bytes", "The memory of the process that is resident.");

const CPU: (&str, &str) =
    ("process_cpu_seconds", "The time that the process used of the processors.");

const DESCRIPTORS: (&str, &str) =
    ("process_open_fds", "Descriptors that the process has open, each connection being one.");

const MAX_DESCRIPTORS: (&str, &str) =
    ("process_max_fds", "How many descriptors the process may have open.");

/// Writes the figures that the system reports; others are left out.
pub(crate) fn write(started: f64, page: &mut Page<'_>) -> fmt::Result {
    page.gauge(STARTED, started)?;
    if let Some(bytes) = read("status").and_then(|status| resident_in(&status)) {
        page.gauge(MEMORY, bytes)?;
    }
    if let Some(ticks) = read("stat").and_then(|stat| ticks_in(&stat)) {
        let used = Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second());
        page.seconds(CPU, used.as_secs_f64())?;
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        page.gauge(DESCRIPTORS, count(open.count()))?;
    }
    match max_descriptors() {
        Some(most) => page.gauge(MAX_DESCRIPTORS, most),
        None => Ok(()),
    }
}

fn read(file: &str) -> Option<String> {
    std::fs::read_to_string(format!("/proc/self/{file}")).ok()
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
    fn linux_process_figures_are_read() {
        let status =
            "Name:\tcovibe-server\nVmHWM:\t   31244 kB\nVmRSS:\t   30720 kB\nThreads:\t5\n";
        assert_eq!(resident_in(status), Some(30 * 1024 * 1024));
        assert_eq!(resident_in("Name:\tkthreadd\n"), None);
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 1000 0 2 0 250 50 0 0 20 0 5 0 100 0 0";
        assert_eq!(ticks_in(stat), Some(300));
    }
}
