//! A process as `/proc` describes it.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::resource_names::{Id, Marker};

/// The maximum number of bytes that are read of an environment. Linux allows arguments and
/// environment 6 MiB.
const ENVIRONMENT: u64 = 8 << 20;

/// A process as it was seen. The pid and the time of its start identify it together: a pid is used
/// again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: u32,
    pub(super) parent: u32,
    /// True if it has ended and waits for its parent to take note.
    pub(super) is_dead: bool,
    /// In the kernel's ticks since it booted.
    started: u64,
    /// True if its first thread has ended and others run on: then only those show the environment.
    is_headless: bool,
}

impl Process {
    /// Reads a process; fails if it does not exist.
    pub(super) fn read(pid: u32) -> io::Result<Self> {
        let text = fs::read(folder(pid).join("stat"))?;
        let text = String::from_utf8_lossy(&text);
        Self::parse(pid, &text).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// The second field is the program's name in brackets, and may contain anything.
    fn parse(pid: u32, text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<_> = rest.split_whitespace().collect();
        let has_ended = matches!(*fields.first()?, "Z" | "X");
        let threads: u32 = fields.get(17)?.parse().ok()?;
        Some(Self {
            pid,
            parent: fields.get(1)?.parse().ok()?,
            is_dead: has_ended && threads <= 1,
            started: fields.get(19)?.parse().ok()?,
            is_headless: has_ended && threads > 1,
        })
    }

    /// Returns whether the pid still names the process that was seen.
    pub(super) fn is_same(&self) -> bool {
        Self::read(self.pid).is_ok_and(|now| now.started == self.started)
    }

    /// Returns whether the process is in a container, by its control group. A process can't leave it.
    pub(super) fn is_in(&self, container: &Id) -> bool {
        let groups = fs::read_to_string(folder(self.pid).join("cgroup")).unwrap_or_default();
        groups.lines().any(|line| names(line, container))
    }

    /// Returns the mark in its environment; `None` if it has none, or can't be read.
    pub(super) fn marker(&self) -> Option<Marker> {
        let bytes = environment(&folder(self.pid).join("environ")).ok()?;
        let entries = bytes.split(|b| *b == 0).filter_map(|it| std::str::from_utf8(it).ok());
        entries.into_iter().find_map(Marker::of_entry)
    }

    /// Returns whether the environment with which the process was started has the mark.
    ///
    /// # Errors
    /// Fails if this process may not read it, or if the process has ended.
    pub(super) fn has_mark(&self, marker: &Marker) -> io::Result<bool> {
        if !self.is_headless {
            return holds(&folder(self.pid).join("environ"), marker);
        }
        for thread in fs::read_dir(folder(self.pid).join("task"))? {
            if holds(&thread?.path().join("environ"), marker).unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Returns the pids of all processes.
pub(super) fn pids() -> io::Result<Vec<u32>> {
    let mut pids = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        pids.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
    }
    Ok(pids)
}

/// Returns whether the processes of other users are listed (the option `hidepid` of `/proc`).
pub(super) fn shows_others() -> bool {
    folder(1).join("stat").exists()
}

fn folder(pid: u32) -> PathBuf {
    Path::new("/proc").join(pid.to_string())
}

/// Returns whether a line of `cgroup` (`id:controllers:/path`) names the container: Docker's
/// drivers call the group `{id}` and `docker-{id}.scope`; below it may be groups that the container
/// made.
fn names(line: &str, container: &Id) -> bool {
    let path = line.splitn(3, ':').nth(2).unwrap_or_default();
    let is_container = |part: &str| {
        let scope = part.strip_prefix("docker-").and_then(|rest| rest.strip_suffix(".scope"));
        scope.unwrap_or(part) == container.as_str()
    };
    path.split('/').any(is_container)
}

fn holds(path: &Path, marker: &Marker) -> io::Result<bool> {
    let entry = marker.entry();
    Ok(environment(path)?.split(|b| *b == 0).any(|each| each == entry.as_bytes()))
}

fn environment(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(ENVIRONMENT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_with_parentheses_is_parsed_correctly() {
        let text = "7 (a) Z 9 (b) S 3 7 7 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 4242 100 1";
        let process = Process::parse(7, text).unwrap();
        assert_eq!((process.parent, process.started, process.is_dead), (3, 4242, false));
    }

    #[test]
    fn a_process_whose_main_thread_ended_while_others_run_is_not_dead() {
        let of =
            |threads| format!("7 (a) Z 3 7 7 0 -1 0 1 0 0 0 0 0 0 0 20 0 {threads} 0 42 100 1");
        assert!(Process::parse(7, &of(1)).unwrap().is_dead);
        assert!(!Process::parse(7, &of(2)).unwrap().is_dead);
        assert!(Process::parse(7, "7 (a) Z 3").is_none());
    }

    #[test]
    fn a_container_id_matches_only_as_a_whole_segment_of_the_cgroup_path() {
        let id = Id::new(&"a1".repeat(32)).unwrap();
        for line in [
            format!("4:memory:/docker/{id}"),
            format!("0::/system.slice/docker-{id}.scope"),
            format!("0::/docker/{id}/init.scope"),
        ] {
            assert!(names(&line, &id), "{line}");
        }
        for line in [
            "0::/".to_owned(),
            format!("1:name={id}:/user.slice"),
            format!("0::/docker/{id}0"),
            format!("0::/x-{id}.scope"),
            format!("0::/docker-{id}"),
        ] {
            assert!(!names(&line, &id), "{line}");
        }
    }
}
