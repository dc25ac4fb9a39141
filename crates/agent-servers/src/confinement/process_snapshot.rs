//! The processes of this machine, as `/proc` shows them.

use std::fs;

/// A process at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number, which another process may have later.
    pub id: u32,
    /// The number of its parent.
    pub parent: u32,
    /// The number of its group's leader.
    pub group: u32,
    /// The number of its session's leader.
    pub session: u32,
    /// The ticks from the machine's start to that of the process: together with the id, they are unique.
    pub started: u64,
    /// True if it has ended and waits for its parent to notice.
    pub is_zombie: bool,
}

impl Process {
    /// Returns a process; none if it is gone.
    pub fn read(id: u32) -> Option<Self> {
        let stat = fs::read(format!("/proc/{id}/stat")).ok()?;
        Self::parse(id, &String::from_utf8_lossy(&stat))
    }

    /// Reads `id (name) state parent group session …`; a name can contain anything.
    fn parse(id: u32, stat: &str) -> Option<Self> {
        let (_, rest) = stat.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse().ok();
        Some(Self {
            id,
            parent: number(1)?,
            group: number(2)?,
            session: number(3)?,
            started: fields.get(19)?.parse().ok()?,
            is_zombie: matches!(*fields.first()?, "Z" | "X"),
        })
    }

    /// Returns the value of a variable with which it was started; none where this user may not look, or once it has ended.
    pub fn variable(self, name: &str) -> Option<String> {
        let environment = fs::read(format!("/proc/{}/environ", self.id)).ok()?;
        let prefix = format!("{name}=");
        let mut entries = environment.split(|byte| *byte == 0);
        let value = entries.find_map(|entry| entry.strip_prefix(prefix.as_bytes()))?;
        String::from_utf8(value.to_vec()).ok()
    }

    /// Returns whether it is becoming another program at this moment: its variables can't be read then, and it has no
    /// arguments.
    pub(super) fn is_being_replaced(self) -> bool {
        let is_empty = |file: &str| {
            fs::read(format!("/proc/{}/{file}", self.id)).is_ok_and(|text| text.is_empty())
        };
        is_empty("cmdline") && is_empty("environ")
    }

    /// Returns whether it can gain no rights, as all that is confined.
    pub(super) fn has_no_new_rights(self) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("NoNewPrivs:"));
        line.is_some_and(|value| value.trim() == "1")
    }
}

/// Returns the processes that are there now.
pub fn processes() -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter_map(Process::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_parsed_whatever_the_process_name() {
        let stat = "7 (a) Z 1 (b) S 3 5 6 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 9 9";
        let process = Process::parse(7, stat).unwrap();
        let expected =
            Process { id: 7, parent: 3, group: 5, session: 6, started: 4242, is_zombie: false };
        assert_eq!(process, expected);
        assert_eq!(Process::parse(7, "7 (x"), None);
    }

    #[test]
    fn a_snapshot_of_processes_contains_the_current_one() {
        let me = std::process::id();
        assert!(processes().iter().any(|process| process.id == me && !process.is_zombie));
    }
}
