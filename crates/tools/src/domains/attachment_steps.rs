//! The steps of attaching a domain, as an answer reports them.

use covibe_domain::Failure;
use covibe_domain::entities::{AttachState, AttachStep};
use covibe_workspace::{DelegationOutcome, LockOutcome};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

/// A step of attaching a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Step {
    /// The step.
    step: AttachStep,
    /// Its outcome.
    state: AttachState,
}

/// The outcomes of the steps so far, in their order.
#[derive(Debug, Default)]
pub(super) struct Steps {
    taken: Vec<Step>,
    next: Option<AttachStep>,
}

impl Steps {
    /// Begins a step.
    pub(super) fn begin_step(&mut self, step: AttachStep) {
        self.next = Some(step);
    }

    /// Ends the current step with this outcome.
    pub(super) fn end_step(&mut self, state: AttachState) {
        self.taken.extend(self.next.take().map(|step| Step { step, state }));
    }

    /// Returns whether nothing is left to be done.
    pub(super) fn are_done(&self) -> bool {
        let open = [AttachState::Later, AttachState::Failed];
        !self.taken.iter().any(|taken| open.contains(&taken.state))
    }

    /// Returns whether a step has this outcome.
    pub(super) fn has_outcome(&self, step: AttachStep, state: AttachState) -> bool {
        self.taken.contains(&Step { step, state })
    }

    /// Returns the steps.
    pub(super) fn into_steps(self) -> Vec<Step> {
        self.taken
    }

    /// Adds the steps to the failure of the last one. A failure before the first one has none.
    pub(super) fn add_to_failure(mut self, failure: Failure) -> Failure {
        self.end_step(AttachState::Failed);
        if self.taken.is_empty() {
            return failure;
        }
        let told = |Step { step, state }| json!({ "step": step, "state": state });
        let told: Vec<Value> = self.taken.into_iter().map(told).collect();
        failure.detail("steps", told)
    }
}

/// Returns the state of a step that changed something or found it done.
pub(super) const fn change_state(is_changed: bool) -> AttachState {
    if is_changed { AttachState::Changed } else { AttachState::Unchanged }
}

/// Returns the state of the registrar's name servers.
pub(super) const fn delegation_state(delegation: DelegationOutcome) -> AttachState {
    match delegation {
        DelegationOutcome::Changed => AttachState::Changed,
        DelegationOutcome::Unchanged => AttachState::Unchanged,
        DelegationOutcome::Later => AttachState::Later,
    }
}

/// Returns the state of the lock.
pub(super) const fn lock_state(locked: LockOutcome) -> AttachState {
    match locked {
        LockOutcome::Changed => AttachState::Changed,
        LockOutcome::Unchanged => AttachState::Unchanged,
        LockOutcome::Later => AttachState::Later,
        LockOutcome::Never => AttachState::Skipped,
    }
}
