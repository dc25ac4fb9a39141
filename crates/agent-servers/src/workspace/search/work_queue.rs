//! The work that the threads of a walk still have to do.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

/// A stack of jobs. Threads take the newest, so that few folders are open at once.
#[derive(Debug)]
pub(super) struct Jobs<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    /// The threads that work on a job, and may add others.
    busy: usize,
}

impl<T> Jobs<T> {
    pub(super) fn new(first: T) -> Self {
        let state = State { waiting: VecDeque::from([first]), busy: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Adds jobs.
    pub(super) fn add(&self, jobs: Vec<T>) {
        if jobs.is_empty() {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.extend(jobs);
        drop(state);
        self.changed.notify_all();
    }

    /// Does jobs until there are none, and no other thread can add one.
    pub(super) fn work(&self, mut does: impl FnMut(T)) {
        while let Some(job) = self.take() {
            let _done = Done(self);
            does(job);
        }
    }

    fn take(&self) -> Option<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(job) = state.waiting.pop_back() {
                state.busy += 1;
                return Some(job);
            }
            if state.busy == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Ends a job, also where it panics: the others would wait for it.
struct Done<'a, T>(&'a Jobs<T>);

impl<T> Drop for Done<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.busy -= 1;
        let is_last = state.busy == 0;
        drop(state);
        if is_last {
            self.0.changed.notify_all();
        }
    }
}
