//! Bringing the workspace to `ready`, and how far that is.

use covibe_domain::entities::{ProvisionStatus, Rotate, Step, WorkspaceSummary};
use covibe_domain::{Failure, boxed};

use super::Workspace;
use crate::provision::{self, Wants};
use crate::workspace_failures::unprovisioned_workspace;
use crate::workspace_records::{self, Described};

impl Workspace {
    /// Checks that the workspace is provisioned.
    ///
    /// # Errors
    ///
    /// Unready, with the call that provisions it.
    pub fn check_ready(&self) -> Result<(), Failure> {
        let status = self.record().provision_status;
        if status == ProvisionStatus::Ready {
            return Ok(());
        }
        let message = format!("The workspace is not provisioned yet (status: {status}).");
        Err(unprovisioned_workspace(self.slug(), message))
    }

    /// Brings the workspace to `ready` and replaces these credentials.
    pub async fn provision(&self, rotate: impl IntoIterator<Item = Rotate>) -> Result<(), Failure> {
        let (wants, author) = (Wants::rotating(rotate), self.author.clone());
        provision::run(&self.platform, self.record(), wants, author, self.deadline).await
    }

    /// Reports the steps of a provisioning run in progress until it ends, if the client wants
    /// progress. Returns whether there was such a run.
    #[boxed]
    pub async fn watch_provisioning(&self) -> Result<bool, Failure> {
        match &self.client.progress {
            Some(progress) => {
                let (platform, record) = (&self.platform, self.record());
                Box::pin(provision::watch(platform, record, progress, self.deadline)).await
            }
            None => Ok(false),
        }
    }

    /// Returns whether a run provisions the workspace now.
    #[boxed]
    pub async fn is_being_provisioned(&self) -> Result<bool, Failure> {
        let run = provision::latest_run(&self.platform, self.record()).await?;
        Ok(run.is_some_and(|run| run.is_in_progress()))
    }

    /// Removes the workspace, if it never became ready.
    #[boxed]
    pub async fn roll_back(&self) -> Result<(), Failure> {
        provision::roll_back(&self.platform, self.record(), &self.author).await
    }

    /// Returns the description of the workspace as it was at most a second ago, with the steps that
    /// `is_shown` selects by the workspace's status.
    pub fn summary(&self, is_shown: impl Fn(ProvisionStatus, &Step) -> bool) -> WorkspaceSummary {
        let record = self.record();
        let steps = self.caller.steps.iter();
        let shown = steps.filter(|step| is_shown(record.provision_status, step)).cloned();
        provision::summary(record, shown.collect(), self.settings())
    }

    /// Reads the description of the workspace.
    #[boxed]
    pub async fn read_summary(&self) -> Result<WorkspaceSummary, Failure> {
        let Described { record, steps } =
            workspace_records::describe(&self.platform, self.record()).await?;
        Ok(provision::summary(&record, steps, self.settings()))
    }
}
