//! Ends commands with all that they have started.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

/// The variable by which what a command has started is known again, in whatever group, session and place it is.
pub(super) const MARK: &str = "COVIBE_PROCESS_TREE";

/// A command that was started here.
#[derive(Clone, Debug)]
pub(super) struct Leader {
    pub(super) id: u32,
    /// The time of its start; see [`super::process_snapshot::Process`].
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux tells it"))]
    pub(super) started: Option<u64>,
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux shows it"))]
    pub(super) mark: String,
}

/// The commands that were started here and may still have processes.
static LEADERS: Mutex<Vec<Leader>> = Mutex::new(Vec::new());

/// True once no further command may be started. It changes while the leaders are locked.
static IS_CLOSED: AtomicBool = AtomicBool::new(false);

pub(super) fn leaders() -> MutexGuard<'static, Vec<Leader>> {
    LEADERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a mark that no other command has.
pub(super) fn draw_mark() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}-{now}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Starts a command and notes it, in one step for all who look for orphans meanwhile.
pub(super) fn start(command: &mut Command, mark: String) -> io::Result<Child> {
    #[cfg(target_os = "linux")]
    tree::adopt_orphans();
    let mut leaders = leaders();
    if IS_CLOSED.load(Ordering::Relaxed) {
        return Err(io::Error::other("the program ends"));
    }
    let child = command.spawn()?;
    let Some(id) = child.id() else { return Ok(child) };
    leaders.retain(|leader| leader.id != id && is_there(leader));
    leaders.push(Leader { id, started: start_of(id), mark });
    Ok(child)
}

#[cfg(target_os = "linux")]
fn start_of(id: u32) -> Option<u64> {
    super::process_snapshot::Process::read(id).map(|process| process.started)
}

#[cfg(not(target_os = "linux"))]
fn start_of(_: u32) -> Option<u64> {
    None
}

#[cfg(target_os = "linux")]
fn is_there(leader: &Leader) -> bool {
    let process = super::process_snapshot::Process::read(leader.id);
    process.is_some_and(|process| Some(process.started) == leader.started)
}

#[cfg(not(target_os = "linux"))]
fn is_there(leader: &Leader) -> bool {
    to_pid(leader.id).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok())
}

fn to_pid(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?)
}

/// A command and all that it starts, known from its start on: the list of commands forgets it once it has been waited for
/// and another one is started.
pub struct ProcessTree {
    group: Pid,
    #[cfg(target_os = "linux")]
    tree: tree::Tree,
}

impl ProcessTree {
    /// Returns the tree of a process; none for one that leads no group of its own.
    pub fn new(leader: u32) -> Option<Self> {
        let group = to_pid(leader).filter(|_| leader > 1)?;
        Some(Self {
            group,
            #[cfg(target_os = "linux")]
            tree: tree::Tree::new(leader),
        })
    }

    /// Kills the process group and the descendants of the process.
    ///
    /// On Linux, descendants that have left the group are found by their parents, by their groups and sessions, and by a
    /// variable that [`super::Confinement::spawn`] sets. One that has left all of these is adopted by this process, and
    /// ends at the latest with the last command that runs.
    pub fn end_all(&self) {
        // The number is not taken by others while a process of the group lives; without one, this does nothing.
        let _ = kill_process_group(self.group, Signal::KILL);
        #[cfg(target_os = "linux")]
        self.tree.end_members();
    }
}

/// Kills the process group and the descendants of a process, as [`ProcessTree::end_all`] does.
pub fn end_process_tree(leader: u32) {
    if let Some(tree) = ProcessTree::new(leader) {
        tree.end_all();
    }
}

/// Ends all commands that were started here, and lets no further one start. For the end of a program: one whose thread is
/// starting it at that moment is known to nobody else, and would go on.
pub fn end_commands() {
    let running: Vec<u32> = {
        let leaders = leaders();
        IS_CLOSED.store(true, Ordering::Relaxed);
        leaders.iter().filter(|leader| is_there(leader)).map(|leader| leader.id).collect()
    };
    running.into_iter().for_each(end_process_tree);
}

#[cfg(target_os = "linux")]
mod tree {
    use std::collections::HashSet;
    use std::sync::Once;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::process::{Signal, WaitOptions, kill_process, set_child_subreaper, waitpid};

    use super::super::process_snapshot::{Process, processes};
    use super::{MARK, leaders, to_pid};

    /// The longest time in which processes are looked for, in rounds: each finds those that the ones before it have
    /// started. A busy machine needs its time to end what was killed.
    const LONGEST: Duration = Duration::from_secs(2);

    /// The pause between two rounds, in which what was killed ends.
    const PAUSE: Duration = Duration::from_millis(2);

    /// Makes orphans children of this process instead of the machine's first one, so that they can be found.
    pub(super) fn adopt_orphans() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            if let Err(error) = set_child_subreaper(to_pid(std::process::id())) {
                tracing::debug!(%error, "orphaned processes of commands cannot be adopted");
            }
        });
    }

    /// The processes of one command, as far as they are known.
    pub(super) struct Tree {
        leader: Option<Process>,
        id: u32,
        mark: Option<String>,
        me: u32,
    }

    impl Tree {
        pub(super) fn new(id: u32) -> Self {
            let noted = leaders().iter().find(|leader| leader.id == id).cloned();
            let process = Process::read(id);
            let leader = match &noted {
                // The number may belong to another process by now.
                Some(noted) => process.filter(|process| Some(process.started) == noted.started),
                None => process,
            };
            let mark = noted.map(|noted| noted.mark);
            // A command of an earlier life of this program.
            let mark = mark.or_else(|| leader?.variable(MARK));
            Self { leader, id, mark, me: std::process::id() }
        }

        /// Kills all of them, and those that they start meanwhile.
        pub(super) fn end_members(&self) {
            let until = Instant::now() + LONGEST;
            while !self.end_seen() && Instant::now() < until {
                thread::sleep(PAUSE);
            }
            let is_gone = Process::read(self.id).is_none();
            leaders().retain(|leader| leader.id != self.id || !is_gone);
        }

        /// Kills all processes that are seen now. Returns true if nothing had to be done and nothing was undecided.
        fn end_seen(&self) -> bool {
            let all = processes();
            let mut is_quiet = true;
            for member in self.members(&all) {
                is_quiet &= self.end_member(member);
            }
            // One of the adopted that was just becoming another program showed no variables.
            let is_unclear = |process: &Process| {
                process.parent == self.me
                    && !process.is_zombie
                    && !is_leader(process.id)
                    && match process.variable(MARK) {
                        Some(mark) => self.mark == Some(mark),
                        None => process.is_being_replaced(),
                    }
            };
            is_quiet && !all.iter().any(is_unclear)
        }

        /// Returns whether there is nothing more to do for a process.
        fn end_member(&self, member: Process) -> bool {
            let Some(pid) = to_pid(member.id) else { return true };
            let is_orphan = member.parent == self.me && !is_leader(member.id);
            if member.is_zombie {
                // Its parent takes note of the others.
                if is_orphan {
                    let _ = waitpid(Some(pid), WaitOptions::NOHANG);
                }
                return true;
            }
            // One that is gone, or is another user's, can't be killed.
            kill_process(pid, Signal::KILL).is_err()
        }

        fn members(&self, all: &[Process]) -> Vec<Process> {
            let sweeps = self.sweeps_orphans(all);
            let mut members: Vec<Process> =
                all.iter().copied().filter(|process| self.is_root(*process, sweeps)).collect();
            let mut ids: HashSet<u32> = members.iter().map(|process| process.id).collect();
            loop {
                let is_new = |process: &&Process| {
                    !ids.contains(&process.id)
                        && process.id != self.me
                        && [process.parent, process.group, process.session]
                            .iter()
                            .any(|id| ids.contains(id))
                };
                let more: Vec<Process> = all.iter().filter(is_new).copied().collect();
                if more.is_empty() {
                    return members;
                }
                ids.extend(more.iter().map(|process| process.id));
                members.extend(more);
            }
        }

        fn is_root(&self, process: Process, sweeps: bool) -> bool {
            if process.id == self.me {
                return false;
            }
            let is_leader = self
                .leader
                .is_some_and(|leader| leader.id == process.id && leader.started == process.started);
            is_leader
                || process.group == self.id
                || (self.mark.is_some() && process.variable(MARK) == self.mark)
                || (sweeps && process.parent == self.me && is_stray(process))
        }

        /// Returns whether confined orphans can only be those of commands that have ended.
        fn sweeps_orphans(&self, all: &[Process]) -> bool {
            let others = leaders().clone();
            let runs = |process: &Process| {
                process.id != self.id
                    && !process.is_zombie
                    && others
                        .iter()
                        .any(|it| it.id == process.id && it.started == Some(process.started))
            };
            let me = all.iter().find(|process| process.id == self.me);
            me.is_some_and(|me| !me.has_no_new_rights()) && !all.iter().any(runs)
        }
    }

    fn is_leader(id: u32) -> bool {
        leaders().iter().any(|leader| leader.id == id)
    }

    /// Returns whether a child of this process is confined and was not started by it.
    fn is_stray(process: Process) -> bool {
        !is_leader(process.id) && process.has_no_new_rights()
    }
}
