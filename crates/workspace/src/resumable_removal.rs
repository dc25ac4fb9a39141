//! Removes something in several steps, so that a repeated call finishes the work of an earlier one.
//!
//! The journal records a removal before it begins. Each step is safe to repeat, so that a call that takes the entry
//! over goes through all of them.
//!
//! Coolify forgets a resource that it deletes, so the uuids of deleted resources are stored (`deleted_resources`): they
//! prove the owner of the remaining volumes.

use std::sync::atomic::{AtomicBool, Ordering};

use covibe_domain::{Failure, Kind, boxed};

use crate::creation::work_deadline;
use crate::journal::{Journal, OwnEntry, log_unrecorded};
use crate::workspace::Workspace;

/// A removal. Of several calls for the same thing, only one at a time works on it.
#[derive(Debug)]
pub struct Removal<'a> {
    cx: &'a Workspace,
    journal: Journal<'a>,
    kind: &'static str,
    entry: OwnEntry,
    begins: AtomicBool,
}

impl<'a> Removal<'a> {
    /// Takes the entry of a removal in the journal.
    ///
    /// # Errors
    ///
    /// Conflict if another call is removing it.
    #[boxed]
    pub async fn open(cx: &'a Workspace, kind: &'static str, name: &str) -> Result<Self, Failure> {
        let journal = cx.journal();
        let entry = journal.begin_removal(kind, name, cx.deadline()).await?;
        Ok(Self { cx, journal, kind, entry, begins: AtomicBool::new(false) })
    }

    /// Returns whether an earlier call of the last day began it.
    pub fn was_begun(&self) -> bool {
        self.entry.uuid.is_some()
    }

    /// Returns the text that an earlier call of the last day recorded with [`Self::begin_with`].
    pub fn recorded_text(&self) -> Option<&str> {
        self.entry.uuid.as_deref()
    }

    /// Records the beginning, after the checks and before anything is removed.
    #[boxed]
    pub async fn begin(&self) -> Result<(), Failure> {
        self.begin_with("begun").await
    }

    /// Records the beginning, with a text that a repeated call needs.
    #[boxed]
    pub async fn begin_with(&self, text: &str) -> Result<(), Failure> {
        self.begins.store(true, Ordering::Relaxed);
        self.journal.note(&self.entry, text).await
    }

    /// Carries it out, and ends it early enough to answer. For a day, a repeated call learns that it was begun.
    ///
    /// # Errors
    ///
    /// Timeout, in doubt, if it takes too long; otherwise those of `steps`.
    pub async fn run<T>(
        &self,
        steps: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.run_until(steps, |_| false).await
    }

    /// Does the same as [`Self::run`], but forgets the removal if nothing is left to do: a repeated call is a new one
    /// then.
    ///
    /// # Errors
    ///
    /// Those of [`Self::run`].
    pub async fn run_until<T>(
        &self,
        steps: impl Future<Output = Result<T, Failure>>,
        is_done: impl FnOnce(&T) -> bool,
    ) -> Result<T, Failure> {
        let ended = tokio::time::timeout_at(work_deadline(self.cx).into(), steps).await;
        let ended = ended.unwrap_or_else(|_| Err(timeout(self.kind)));
        let was_begun = self.was_begun() || self.begins.load(Ordering::Relaxed);
        log_unrecorded(if was_begun && !ended.as_ref().is_ok_and(is_done) {
            self.journal.release(&self.entry).await
        } else {
            self.journal.close(&self.entry).await
        });
        ended
    }
}

/// 504: the removal took too long.
fn timeout(kind: &str) -> Failure {
    Failure::new(Kind::Timeout, format!("The removal of the {kind} took too long for this call."))
        .hint("Repeat the same call: it finishes the removal.")
        .in_doubt()
}
