//! Ending all processes that an agent has started.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::table::{Row, pids, rows};

/// The time for which a tree may go on starting processes while it is being killed.
const PATIENCE: Duration = Duration::from_secs(10);

/// The number of looks in a row that find nothing marked. A process has no environment while it turns into another program.
const QUIET: u32 = 5;

/// The pause between two looks at the table.
const PAUSE: Duration = Duration::from_millis(2);

/// Kills every descendant of this process and reaps it. This process has to be a subreaper, so that whoever lost
/// its parent is among them.
pub(crate) fn kill_descendants() {
    let begun = Instant::now();
    loop {
        let found = descendants(&rows(), std::process::id());
        if found.is_empty() || begun.elapsed() > PATIENCE {
            return;
        }
        for row in found {
            kill(row.pid);
            reap(row.pid);
        }
        thread::sleep(PAUSE);
    }
}

/// Reaps the descendants of this process that ended and have no parent but it, except one, which somebody waits for.
pub(crate) fn reap_orphans(except: Option<u32>) {
    let own = std::process::id();
    let is_orphan = |row: &Row| row.is_zombie && row.parent == own && Some(row.pid) != except;
    for row in rows().into_iter().filter(is_orphan) {
        reap(row.pid);
    }
}

/// Kills every process that was started with this variable in its environment, as far as this user may look at it.
pub(crate) fn kill_marked(name: &str, value: &str) {
    let mark = format!("{name}={value}");
    kill_all(|pid| has_variable(pid, mark.as_bytes()));
}

/// Kills every such process that works in a folder, or below it.
pub(crate) fn kill_marked_in(folder: &Path, name: &str, value: &str) {
    let mark = format!("{name}={value}");
    let Ok(folder) = folder.canonicalize() else { return };
    let is_in = |pid| {
        fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|place| place.starts_with(&folder))
    };
    kill_all(|pid| is_in(pid) && has_variable(pid, mark.as_bytes()));
}

fn kill_all(is_meant: impl Fn(u32) -> bool) {
    let (begun, mut quiet) = (Instant::now(), 0);
    while quiet < QUIET && begun.elapsed() < PATIENCE {
        let meant: Vec<_> = pids().filter(|pid| is_meant(*pid)).collect();
        quiet = if meant.is_empty() { quiet + 1 } else { 0 };
        meant.into_iter().for_each(kill);
        thread::sleep(PAUSE);
    }
}

/// Returns whether the environment of a process has this entry. That of a process which ended is empty.
fn has_variable(pid: u32, entry: &[u8]) -> bool {
    let is_other = pid != std::process::id();
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    is_other && environment.split(|byte| *byte == 0).any(|variable| variable == entry)
}

fn descendants(rows: &[Row], root: u32) -> Vec<Row> {
    let mut known = HashSet::from([root]);
    let mut found: Vec<Row> = Vec::new();
    loop {
        let is_new = |row: &&Row| known.contains(&row.parent) && !known.contains(&row.pid);
        let further: Vec<Row> = rows.iter().filter(is_new).copied().collect();
        if further.is_empty() {
            return found;
        }
        known.extend(further.iter().map(|row| row.pid));
        found.extend(further);
    }
}

fn pid(raw: u32) -> Option<Pid> {
    i32::try_from(raw).ok().and_then(Pid::from_raw)
}

fn kill(raw: u32) {
    if let Some(pid) = pid(raw) {
        // One that ended meanwhile is what was wanted.
        let _ = kill_process(pid, Signal::KILL);
    }
}

fn reap(raw: u32) {
    if let Some(pid) = pid(raw) {
        // It is not a child, or not a zombie yet: a later look reaps it, or its own parent.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn descendants_are_found_at_any_depth_and_in_any_order() {
        let row = |pid, parent| Row { pid, parent, is_zombie: false, started: 0 };
        let rows = [row(5, 4), row(4, 2), row(2, 1), row(3, 1), row(9, 8), row(1, 0)];
        let mut found: Vec<_> = descendants(&rows, 2).into_iter().map(|row| row.pid).collect();
        found.sort_unstable();
        assert_eq!(found, [4, 5]);
    }

    #[test]
    fn marked_processes_are_killed_wherever_they_went() {
        let value = format!("test-{}", std::process::id());
        let mut command = Command::new("setsid");
        let mut child = command.args(["sleep", "60"]).env("MARK", &value).spawn().unwrap();
        kill_marked("MARK", &value);
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn marked_processes_of_another_folder_are_left_alone() {
        let value = format!("in-{}", std::process::id());
        let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [mut here, mut elsewhere] = [&one, &other].map(|folder| {
            let mut command = Command::new("sleep");
            command.arg("60").env("MARK_IN", &value).current_dir(folder.path()).spawn().unwrap()
        });
        kill_marked_in(one.path(), "MARK_IN", &value);
        assert!(!here.wait().unwrap().success());
        assert!(elsewhere.try_wait().unwrap().is_none());
        elsewhere.kill().unwrap();
        elsewhere.wait().unwrap();
    }
}
