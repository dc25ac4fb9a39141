//! The cores of this machine, and processes that stay on one.
//!
//! A server in a test and its callers are threads that take turns. On two cores they wake each other
//! across cores for each message, which in a virtual machine costs more than the message: the tests take a
//! sixth less time in all where a binary and all that it starts stay on one core.

use std::thread;

/// The cores that this process may use; `None` for one that can't be told from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Core(Option<usize>);

/// Returns the cores, at least one.
pub(super) fn all() -> Vec<Core> {
    let told = allowed_cores();
    if told.is_empty() {
        let count = thread::available_parallelism().map_or(2, usize::from);
        return vec![Core(None); count];
    }
    told.into_iter().map(|number| Core(Some(number))).collect()
}

impl Core {
    /// Keeps this thread on the core, and the processes that it starts from now on.
    pub(super) fn pin_thread(self) {
        if let Some(number) = self.0 {
            pin_to(number);
        }
    }
}

#[cfg(target_os = "linux")]
fn allowed_cores() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};

    let Ok(allowed) = sched_getaffinity(None) else { return Vec::new() };
    (0..CpuSet::MAX_CPU).filter(|number| allowed.is_set(*number)).collect()
}

#[cfg(target_os = "linux")]
fn pin_to(number: usize) {
    use rustix::thread::{CpuSet, sched_setaffinity};

    let mut one = CpuSet::new();
    one.set(number);
    // Where that is not allowed, the tests only take longer.
    let _ = sched_setaffinity(None, &one);
}

#[cfg(not(target_os = "linux"))]
fn allowed_cores() -> Vec<usize> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn pin_to(_: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_process_inherits_the_core_of_its_thread() {
        for core in all() {
            let printed = thread::spawn(move || {
                core.pin_thread();
                std::process::Command::new("nproc").output().unwrap().stdout
            });
            if core.0.is_some() {
                assert_eq!(printed.join().unwrap(), b"1\n");
            }
        }
    }
}
