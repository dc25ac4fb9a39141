//! Finds the processes of a command and holds them by descriptors, so that a reused pid is never
//! signalled.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::command_processes::Execution;
use super::proc::{Process, pids, shows_others};
use crate::resource_names::Id;

/// The maximum number of processes that are held at once; each takes a descriptor, and there may be
/// 1024.
pub(super) const MOST: usize = 256;

/// The result of one look at `/proc`.
pub(super) struct ProcessScan {
    /// The processes of the command that run.
    found: Vec<Process>,
    /// True if all processes of the container could be looked at.
    pub(super) saw_all: bool,
}

/// The processes that are held: their pids can't be reused unnoticed while they are in here.
#[derive(Default)]
pub(super) struct HeldProcesses(BTreeMap<u32, OwnedFd>);

impl ProcessScan {
    /// Looks for a command's processes, until the deadline; the descendants of those that are held belong to it too.
    pub(super) fn find(
        execution: &Execution,
        held: &HeldProcesses,
        deadline: Instant,
    ) -> io::Result<Self> {
        let mut look = Self { found: Vec::new(), saw_all: shows_others() };
        let members = look.read_members(&execution.container, deadline)?;
        let mut family: BTreeSet<u32> = held.0.keys().copied().chain(execution.pid).collect();
        family.extend(look.find_marked(execution, &members, deadline));
        add_descendants(&members, &mut family);
        look.found = members.into_iter().filter(|each| family.contains(&each.pid)).collect();
        Ok(look)
    }

    /// Returns the running processes of a container.
    fn read_members(&mut self, container: &Id, deadline: Instant) -> io::Result<Vec<Process>> {
        let own = std::process::id();
        let mut members = Vec::new();
        for pid in pids()?.into_iter().filter(|pid| *pid != own) {
            if self.gives_up_at(deadline) {
                break;
            }
            let process = Process::read(pid).ok();
            members.extend(process.filter(|it| !it.is_dead && it.is_in(container)));
        }
        Ok(members)
    }

    /// Gives up the look once the time is over, and returns whether it did: a container may have thousands of processes
    /// with environments of megabytes.
    fn gives_up_at(&mut self, deadline: Instant) -> bool {
        let is_over = Instant::now() >= deadline;
        self.saw_all &= !is_over;
        is_over
    }

    /// Returns those whose environment has the mark.
    fn find_marked(
        &mut self,
        execution: &Execution,
        members: &[Process],
        deadline: Instant,
    ) -> Vec<u32> {
        let Some(marker) = &execution.marker else { return Vec::new() };
        let mut pids = Vec::new();
        for process in members {
            if self.gives_up_at(deadline) {
                break;
            }
            match process.has_mark(marker) {
                Ok(true) => pids.push(process.pid),
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                    self.saw_all = false;
                }
                // It has no mark, or has ended meanwhile.
                Ok(false) | Err(_) => {}
            }
        }
        pids
    }

    /// Returns how many were found.
    pub(super) fn count(&self) -> usize {
        self.found.len()
    }
}

/// Adds the descendants of a family to it.
fn add_descendants(members: &[Process], family: &mut BTreeSet<u32>) {
    loop {
        let before = family.len();
        let children = members.iter().filter(|each| family.contains(&each.parent));
        let children: Vec<_> = children.map(|each| each.pid).collect();
        family.extend(children);
        if family.len() == before {
            return;
        }
    }
}

impl HeldProcesses {
    /// Holds the processes that a look found and that are not held yet, up to [`MOST`]; returns how
    /// many are new.
    pub(super) fn add(&mut self, look: &ProcessScan) -> usize {
        let before = self.0.len();
        for process in &look.found {
            if self.0.len() < MOST && !self.0.contains_key(&process.pid) {
                self.0.extend(open_pidfd(process).map(|fd| (process.pid, fd)));
            }
        }
        self.0.len() - before
    }

    /// Stops each that may be stopped, so that it forks no more.
    pub(super) fn stop(&self) {
        for fd in self.0.values() {
            // A process that has ended meanwhile needs no signal; `kill` reports one that may not
            // be signalled.
            let _ = pidfd_send_signal(fd, Signal::STOP);
        }
    }

    /// Kills each, and returns whether every signal was allowed. Processes that it may not signal
    /// are no longer held.
    pub(super) fn kill(&mut self) -> bool {
        let before = self.0.len();
        self.0.retain(|_, fd| pidfd_send_signal(fd, Signal::KILL) != Err(Errno::PERM));
        self.0.len() == before
    }

    /// Returns the descriptors: each is readable once its process has ended.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = &OwnedFd> {
        self.0.values()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.0.len() >= MOST
    }
}

/// Returns a descriptor of the process that was seen. Once it is open, the pid can't be reused
/// unnoticed: a signal to a process that has ended fails.
fn open_pidfd(process: &Process) -> Option<OwnedFd> {
    let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw)?;
    let fd = pidfd_open(pid, PidfdFlags::empty()).ok()?;
    process.is_same().then_some(fd)
}
