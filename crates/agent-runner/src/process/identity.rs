//! A process beyond its pid, which another process may get later.

use std::fs;

use covibe_agent_servers::confinement::Process;
use serde::{Deserialize, Serialize};

/// A process: its pid, when it was started, and the boot of the machine in which it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessId {
    pub(crate) pid: u32,
    /// In ticks since the machine was started.
    started: u64,
    boot: String,
}

impl ProcessId {
    /// Returns the process that has a pid now.
    pub(crate) fn at(pid: u32) -> Option<Self> {
        Some(Self { pid, started: Process::read(pid)?.started, boot: boot() })
    }

    /// Returns this process.
    pub(crate) fn current() -> Option<Self> {
        Self::at(std::process::id())
    }

    /// Returns whether the process has not ended.
    pub(crate) fn is_alive(&self) -> bool {
        let process = Process::read(self.pid).filter(|process| !process.is_zombie);
        process.is_some_and(|it| it.started == self.started) && boot() == self.boot
    }
}

/// Returns the id of this boot, because two boots may give the same pid at the same tick.
fn boot() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_with_the_same_pid_but_another_start_is_not_alive() {
        let own = ProcessId::current().unwrap();
        assert!(own.is_alive());
        let earlier = ProcessId { started: own.started - 1, ..own.clone() };
        let before_boot = ProcessId { boot: "other".to_owned(), ..own };
        assert!(!earlier.is_alive() && !before_boot.is_alive());
    }

    #[test]
    fn an_ended_process_that_was_not_reaped_is_not_alive() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::at(child.id()).unwrap();
        assert!(id.is_alive());
        child.kill().unwrap();
        while id.is_alive() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!id.is_alive());
    }
}
