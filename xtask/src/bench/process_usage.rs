//! A process's resource usage, from Linux's `/proc` (proc(5)).

use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::shell;

/// Clock ticks per second, from `getconf`; otherwise 100, the usual value on Linux.
static TICKS: LazyLock<u32> = LazyLock::new(|| {
    let answer = shell::read_output(Command::new("getconf").arg("CLK_TCK")).ok();
    answer.and_then(|text| text.trim().parse().ok()).filter(|ticks| *ticks > 0).unwrap_or(100)
});

/// Returns the processor time of a process in user and system mode, with a resolution of 10 ms.
pub(super) fn cpu(pid: u32) -> Result<Duration> {
    let stat = proc_file(pid, "stat")?;
    let ticks = ticks(&stat).context("/proc/<pid>/stat has an unexpected form")?;
    Ok(Duration::from_secs(ticks) / *TICKS)
}

/// Returns the memory that the system keeps for TCP connections of all processes, in KiB.
pub(super) fn tcp() -> Result<u64> {
    let path = "/proc/net/sockstat";
    let text = std::fs::read_to_string(path).with_context(|| format!("{path} (not Linux?)"))?;
    tcp_pages(&text).map(|pages| pages * 4).context("/proc/net/sockstat has no TCP mem")
}

/// Returns a process's resident memory, in KiB.
pub(super) fn resident(pid: u32) -> Result<u64> {
    let status = proc_file(pid, "status")?;
    vm_rss(&status).context("/proc/<pid>/status has no VmRSS")
}

fn proc_file(pid: u32, name: &str) -> Result<String> {
    let path = format!("/proc/{pid}/{name}");
    std::fs::read_to_string(&path)
        .with_context(|| format!("{path} (the process ended, or this is not Linux)"))
}

/// Returns `utime` + `stime`, fields 14 and 15; the second field may contain spaces and
/// parentheses.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Returns the pages of 4 KiB that TCP takes.
fn tcp_pages(sockstat: &str) -> Option<u64> {
    let line = sockstat.lines().find_map(|line| line.strip_prefix("TCP:"))?;
    let mut words = line.split_whitespace().skip_while(|word| *word != "mem");
    words.nth(1)?.parse().ok()
}

fn vm_rss(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    value.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_stat_of_a_process_name_with_parentheses() {
        let stat =
            "42 (a) b) (c) S 1 42 42 0 -1 4194560 900 0 3 0 1234 66 0 0 20 0 5 0 77 1000 200";
        assert_eq!(ticks(stat), Some(1300));
        assert_eq!(ticks("42 (cut) S 1"), None);
    }

    #[test]
    fn reads_the_memory_of_tcp() {
        let text =
            "sockets: used 290\nTCP: inuse 8 orphan 0 tw 2 alloc 10 mem 91\nUDP: inuse 0 mem 1\n";
        assert_eq!((tcp_pages(text), tcp_pages("TCP: inuse 8\n")), (Some(91), None));
    }

    #[test]
    fn reads_resident_memory() {
        assert_eq!(vm_rss("Name:\tx\nVmHWM:\t  9000 kB\nVmRSS:\t   8124 kB\n"), Some(8124));
        assert_eq!(vm_rss("Name:\tx\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_and_cpu_time_of_this_process_are_read() {
        assert!(resident(std::process::id()).unwrap() > 500);
        let before = cpu(std::process::id()).unwrap();
        let mut spun = 0_u64;
        while cpu(std::process::id()).unwrap() <= before {
            spun += 1;
            assert!(spun < 10_000_000, "no processor time after that much work");
        }
    }
}
