//! Ends a command's processes on Linux: stops them all, so that none forks on, then kills them.

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::capabilities::{Raised, may_signal};
use super::command_processes::{EndedProcesses, Execution};
use super::held_processes::{HeldProcesses, ProcessScan};
use super::proc::Process;

/// The maximum number of looks for further processes before those that were stopped are killed.
const LOOKS: usize = 8;

pub(super) fn end_all(execution: &Execution, within: Duration) -> io::Result<EndedProcesses> {
    let deadline = Instant::now() + within;
    let _raised = Raised::new();
    let execution = &with_marker(execution);
    let mut seen =
        EndedProcesses { may_signal: may_signal(), saw_all: true, ..EndedProcesses::default() };
    loop {
        let (mut held, saw_all) = stop(execution, deadline)?;
        seen.saw_all &= saw_all;
        let was_allowed = held.kill();
        let running = await_end(&held, deadline)?;
        seen.ended += saturating_u32(held.len() - running);
        let left = ProcessScan::find(execution, &HeldProcesses::default(), deadline)?;
        seen.saw_all &= left.saw_all;
        // A look for which no time is left finds nothing, but those were seen to run.
        seen.remaining = saturating_u32(left.count().max(running));
        let is_vain = !was_allowed || held.is_empty();
        if seen.remaining == 0 || is_vain || Instant::now() >= deadline {
            return Ok(seen);
        }
    }
}

/// Completes an execution with the mark of its first process, so that children which left it are
/// found.
fn with_marker(execution: &Execution) -> Execution {
    let read = || Process::read(execution.pid?).ok().filter(|it| it.is_in(&execution.container));
    let marker = execution.marker.clone().or_else(|| read()?.marker());
    Execution { marker, ..execution.clone() }
}

/// Stops and holds the command's processes until a look finds no further one.
fn stop(execution: &Execution, deadline: Instant) -> io::Result<(HeldProcesses, bool)> {
    let mut held = HeldProcesses::default();
    let mut saw_all = true;
    for _ in 0..LOOKS {
        let look = ProcessScan::find(execution, &held, deadline)?;
        saw_all &= look.saw_all;
        if held.add(&look) == 0 || held.is_full() {
            break;
        }
        held.stop();
    }
    Ok((held, saw_all))
}

/// Waits until all have ended, and returns how many still run at the deadline.
fn await_end(held: &HeldProcesses, deadline: Instant) -> io::Result<usize> {
    let mut waiting: Vec<&OwnedFd> = held.descriptors().collect();
    while !waiting.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        let runs = still_run(&waiting, left)?;
        let mut runs = runs.into_iter();
        waiting.retain(|_| runs.next().unwrap_or(true));
        if left.is_zero() {
            break;
        }
    }
    Ok(waiting.len())
}

fn saturating_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Waits until one of the processes has ended, for at most `left`; returns which of them still run.
fn still_run(waiting: &[&OwnedFd], left: Duration) -> io::Result<Vec<bool>> {
    let mut polled: Vec<_> = waiting.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    let left = Timespec::try_from(left).map_err(io::Error::other)?;
    match poll(&mut polled, Some(&left)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(polled.iter().map(|each| each.revents().is_empty()).collect())
}
