//! The answer of `apps.deploy`.

use covibe_domain::entities::{AppKind, Deployment, DeploymentStatus};
use covibe_domain::{DeploymentUuid, Timestamp};
use covibe_workspace::WaitingDeployment;
use schemars::JsonSchema;
use serde::Serialize;

use crate::deployment_verdict::Outcome;
use crate::queued_deployments::{place, waits};

/// The deployment that was queued or is in progress already; or the start of a compose app.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "DeployedApp")]
pub(crate) struct Deployed {
    /// The kind of the app.
    kind: AppKind,
    /// The deployment; a compose app has one only while its start waits in the queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<DeploymentUuid>,
    /// The status of the deployment.
    pub(super) status: DeploymentStatus,
    /// Its commit, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"4f2c1d9a7be0")]
    commit: Option<String>,
    /// The time at which it was queued.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    /// The time at which it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    /// While it waits: its position in the queue, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<usize>,
    /// While it waits: the number of deployments that run or begin before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ahead: Option<usize>,
    /// True if nothing was queued, because the same deployment was already in progress.
    skipped: bool,
    /// The result, if the call waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
    /// The next call to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"apps.get shows its state.")]
    pub(super) next: Option<String>,
}

impl Deployed {
    /// Creates an answer without a deployment.
    pub(super) fn new(kind: AppKind, status: DeploymentStatus, skipped: bool) -> Self {
        Self {
            kind,
            uuid: None,
            status,
            commit: None,
            created_at: None,
            finished_at: None,
            position: None,
            ahead: None,
            skipped,
            outcome: None,
            next: None,
        }
    }

    /// Creates the answer for a deployment of an application.
    pub(super) fn for_deployment(deployment: Deployment, skipped: bool) -> Self {
        let Deployment { uuid, status, commit, created_at, finished_at, position, ahead, .. } =
            deployment;
        let new = Self::new(AppKind::Application, status, skipped);
        Self { uuid: Some(uuid), commit, created_at, finished_at, position, ahead, ..new }
    }

    /// Creates the answer for a start that waits for a place.
    pub(super) fn for_waiting_start(kind: AppKind, waiting: WaitingDeployment) -> Self {
        let next = Some(place(&waiting));
        Self { kind, next, ..Self::for_deployment(waits(waiting), false) }
    }

    /// Adds a warning to the next call to make.
    pub(super) fn warn(&mut self, warning: Option<String>) {
        let next = self.next.take().into_iter().chain(warning);
        self.next = next.reduce(|next, warning| format!("{next}. {warning}"));
    }

    /// Adds the way to start the app anyway to the next call, if this call started nothing and the
    /// result is not known yet.
    pub(super) fn suggest_force(&mut self, uuid: &str) {
        let next = self.next.as_mut().or(self.outcome.as_mut().and_then(Outcome::open_next));
        if let Some(next) = next.filter(|_| self.skipped) {
            let force = format!(r#"apps.deploy {{"uuid":"{uuid}","force":true}}"#);
            *next = format!("{next}; to start it again: {force}");
        }
    }
}
