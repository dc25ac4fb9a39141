//! Processes in a control group that is named like a container's, as the engine makes one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::container;

/// The paths at which hierarchies are mounted, of the second version and of the first.
const HIERARCHIES: [&str; 4] =
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/pids"];

/// A group below that of the container [`container`]; it goes with its processes.
pub(crate) struct Group(PathBuf);

impl Group {
    /// Makes a group; prints a message and returns `None` if this process may not.
    pub(crate) fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}/{}-{count}", container(), std::process::id());
        let made = HIERARCHIES.iter().filter(|it| Path::new(it).join("cgroup.procs").exists());
        let made = made.map(|it| Path::new(it).join(&name)).find(|it| make(it));
        assert!(
            made.is_some() || std::env::var_os("COVIBE_TEST_DOCKER").is_none(),
            "no control group can be made"
        );
        if made.is_none() {
            crate::skipped("no control group can be made");
        }
        made.map(Self)
    }

    /// Starts a shell in the group, and returns when it has printed `ready`.
    pub(crate) fn run(&self, script: &str, marker: Option<&str>) -> Child {
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$ >\"$0/cgroup.procs\"; exec sh -c \"$1\""]);
        command.arg(&self.0).arg(script).stdout(Stdio::piped());
        command.envs(marker.map(|marker| ("COVIBE_EXEC", marker)));
        let mut child = command.spawn().expect("a shell");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("a line");
        assert_eq!(line, "ready\n");
        child
    }

    /// Returns the processes in the group that run.
    pub(crate) fn pids(&self) -> Vec<u32> {
        let pids = fs::read_to_string(self.0.join("cgroup.procs")).expect("a text");
        pids.lines().map(|pid| pid.parse().expect("a number")).filter(|pid| runs(*pid)).collect()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for pid in self.pids() {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
        // They vanish when the last process has.
        for _ in 0..200 {
            if fs::remove_dir(&self.0).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        // Others may be in it.
        let _ = fs::remove_dir(self.0.parent().expect("a folder"));
    }
}

/// Makes a group; another test may remove the one above meanwhile.
fn make(path: &Path) -> bool {
    (0..10).any(|_| fs::create_dir_all(path).is_ok())
}

/// Returns whether a process exists and has not ended.
pub(crate) fn runs(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}
