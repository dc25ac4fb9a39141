//! Actions on pushes to the workspace's repositories.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_domain::{AppUuid, Failure, boxed};
use covibe_store::{AuditEntry, FollowedBranch};
use serde_json::json;

use super::Workspace;
use crate::audit::Draft;
use crate::followed_branches::Following;

/// The tool in the audit entries of pushes.
const PUSH: &str = "push";

impl Workspace {
    /// Returns the branches that its apps follow.
    pub fn following(&self) -> Following<'_> {
        Following::new(&self.platform, self.principal())
    }

    /// Returns the first lines of the messages of the newest fifty commits of a branch that an app follows, by their full
    /// hashes: those that existed when the last push was seen. Empty if Gitea does not answer.
    #[boxed]
    pub async fn messages(&self, of: &FollowedBranch) -> Arc<HashMap<String, String>> {
        let Some(tip) = of.seen.as_ref().map(|seen| seen.commit.as_str()) else {
            return Arc::default();
        };
        let Ok(cell) = self.platform.cell(self.record()) else { return Arc::default() };
        let read = async {
            let gitea = self.gitea().await?;
            let repo = gitea.repository_numbered(of.repository).await?;
            match repo {
                Some(repo) => gitea.messages(&repo, tip).await,
                None => Ok(HashMap::new()),
            }
        };
        cell.repositories.commit_messages.up_to((&self.record().id, of.repository, tip), read).await
    }

    /// Records in the audit, durably, that a push of a commit is about to deploy an app. [`Self::record_push`] records
    /// the outcome.
    #[boxed]
    pub async fn begin_push(&self, app: &AppUuid, commit: &str) -> Result<Draft, Failure> {
        let draft =
            Draft::server(self.record(), PUSH, None).with_named_resource(&json!({ "uuid": app }));
        self.begin(draft.with_commit(commit)).await
    }

    /// Records in the audit, durably, that an app of a push is about to get the clone URL of a repository's new name.
    /// [`Self::record_push`] records the outcome.
    #[boxed]
    pub async fn begin_rewiring(&self, app: &AppUuid, repo: &str) -> Result<Draft, Failure> {
        let params = json!({ "uuid": app, "repo": repo });
        let draft = Draft::server(self.record(), PUSH, None).with_named_resource(&params);
        self.begin(draft.with_detail(&["repo"], &params)).await
    }

    /// Records in the audit the outcome of a push.
    #[boxed]
    pub async fn record_push(&self, draft: &Draft, outcome: &str) -> Result<(), Failure> {
        self.platform.auditor().record(draft.clone().outcome(outcome)).await
    }

    /// Records in the audit that a push deploys nothing.
    #[boxed]
    pub async fn record_skipped_push(&self, app: &AppUuid) -> Result<(), Failure> {
        let draft =
            Draft::server(self.record(), PUSH, None).with_named_resource(&json!({ "uuid": app }));
        self.platform.auditor().record(draft.outcome("skipped")).await
    }

    /// Records the start of an action on an app.
    pub(super) async fn begin(&self, draft: Draft) -> Result<Draft, Failure> {
        self.platform.auditor().record(draft.clone().outcome(AuditEntry::STARTED)).await?;
        Ok(draft)
    }
}
