//! Ending all processes that an agent has started.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use covibe_agent_servers::confinement::{Process, processes};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

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
        let found = descendants(&processes(), std::process::id());
        if found.is_empty() || begun.elapsed() > PATIENCE {
            return;
        }
        for process in found {
            kill(process.id);
            reap(process.id);
        }
        thread::sleep(PAUSE);
    }
}

/// Reaps the descendants of this process that ended and have no parent but it, except one, which somebody waits for.
pub(crate) fn reap_orphans(except: Option<u32>) {
    let own = std::process::id();
    let is_orphan = |it: &Process| it.is_zombie && it.parent == own && Some(it.id) != except;
    for orphan in processes().into_iter().filter(is_orphan) {
        reap(orphan.id);
    }
}

/// Kills every process that was started with this variable in its environment, as far as this user may look at it.
pub(crate) fn kill_marked(name: &str, value: &str) {
    kill_all(|process| process.variable(name).as_deref() == Some(value));
}

/// Kills every such process that works in a folder, or below it.
pub(crate) fn kill_marked_in(folder: &Path, name: &str, value: &str) {
    let Ok(folder) = folder.canonicalize() else { return };
    let is_in = |process: Process| {
        let place = fs::read_link(format!("/proc/{}/cwd", process.id));
        place.is_ok_and(|place| place.starts_with(&folder))
    };
    kill_all(|process| is_in(process) && process.variable(name).as_deref() == Some(value));
}

/// Kills the chosen processes, and the chosen ones that they start meanwhile.
fn kill_all(is_chosen: impl Fn(Process) -> bool) {
    let own = std::process::id();
    let (begun, mut quiet) = (Instant::now(), 0);
    while quiet < QUIET && begun.elapsed() < PATIENCE {
        let is_other = |process: &Process| process.id != own && is_chosen(*process);
        let meant: Vec<_> = processes().into_iter().filter(is_other).collect();
        quiet = if meant.is_empty() { quiet + 1 } else { 0 };
        for process in meant {
            kill(process.id);
        }
        thread::sleep(PAUSE);
    }
}

fn descendants(all: &[Process], root: u32) -> Vec<Process> {
    let mut known = HashSet::from([root]);
    let mut found: Vec<Process> = Vec::new();
    loop {
        let is_new = |it: &&Process| known.contains(&it.parent) && !known.contains(&it.id);
        let further: Vec<Process> = all.iter().filter(is_new).copied().collect();
        if further.is_empty() {
            return found;
        }
        known.extend(further.iter().map(|process| process.id));
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
    fn descendants_are_found_at_any_depth_whatever_the_order() {
        let process = |id, parent| Process {
            id,
            parent,
            group: id,
            session: id,
            is_zombie: false,
            started: 0,
        };
        let all = [(5, 4), (4, 2), (2, 1), (3, 1), (9, 8), (1, 0)]
            .map(|(id, parent)| process(id, parent));
        let mut found: Vec<_> = descendants(&all, 2).into_iter().map(|it| it.id).collect();
        found.sort_unstable();
        assert_eq!(found, [4, 5]);
    }

    #[test]
    fn marked_processes_are_killed_in_any_session() {
        let value = format!("test-{}", std::process::id());
        let mut command = Command::new("setsid");
        let mut child = command.args(["sleep", "60"]).env("MARK", &value).spawn().unwrap();
        kill_marked("MARK", &value);
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn marked_processes_in_another_folder_are_not_killed() {
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
