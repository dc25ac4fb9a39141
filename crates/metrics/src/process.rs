//! What the system knows of this process.

/// Returns how many bytes of memory are resident; `None` where the system does not tell.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    resident_in(&status)
}

/// Returns the resident bytes in the contents of Linux's `/proc/self/status`.
fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_tells() {
        let status =
            "Name:\tcovibe-server\nVmHWM:\t   31244 kB\nVmRSS:\t   30720 kB\nThreads:\t5\n";
        assert_eq!(resident_in(status), Some(30 * 1024 * 1024));
        assert_eq!(resident_in("Name:\tkthreadd\n"), None);
    }
}
