//! The branches that the apps of a workspace follow.

use std::time::Duration;

use covibe_domain::{AppUuid, DeploymentUuid, Failure, Timestamp, boxed};
use covibe_policy::Principal;
use covibe_store::{FollowedBranch, PushStatus, Tx};

use crate::platform::Platform;

/// The maximum number of deployments whose end is to be reported that are read at once.
const STATUSES: u32 = 50;

/// The branches that the apps of a workspace follow.
#[derive(Clone, Copy, Debug)]
pub struct Following<'a> {
    platform: &'a Platform,
    principal: &'a Principal,
}

/// The branch of an app under a lease: nobody else acts on it meanwhile.
#[derive(Debug)]
pub struct HeldBranch<'a> {
    following: Following<'a>,
    /// The record of the branch. [`Self::note`] stores changes of it.
    pub branch: FollowedBranch,
}

impl<'a> Following<'a> {
    pub(crate) fn new(platform: &'a Platform, principal: &'a Principal) -> Self {
        Self { platform, principal }
    }

    /// Returns the branch that an app follows.
    #[boxed]
    pub async fn for_app(&self, app: &AppUuid) -> Result<Option<FollowedBranch>, Failure> {
        let mut tx = self.platform.store.tenant_read(&self.principal.tenant).await?;
        let found = tx.followed_branch(&self.principal.workspace, app).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Returns the branches that the apps of the workspace follow.
    #[boxed]
    pub async fn all(&self) -> Result<Vec<FollowedBranch>, Failure> {
        let mut tx = self.platform.store.tenant_read(&self.principal.tenant).await?;
        let found = tx.followed_branches(&self.principal.workspace).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Returns the branches of a repository that apps follow and whose pushes are deployed.
    #[boxed]
    pub async fn for_repository(&self, repository: i64) -> Result<Vec<FollowedBranch>, Failure> {
        let mut found = self.all().await?;
        found.retain(|branch| branch.repository == repository && branch.auto_deploy);
        Ok(found)
    }

    /// Returns the record of a branch that an app begins to follow, without a commit seen.
    pub fn new_branch(&self, app: &AppUuid, repository: i64, branch: &str) -> FollowedBranch {
        FollowedBranch {
            workspace: self.principal.workspace.clone(),
            app: app.clone(),
            repository,
            branch: branch.to_owned(),
            auto_deploy: true,
            watch_paths: Vec::new(),
            seen: None,
            claim: None,
            deployed: None,
            remade: false,
            warnings: Vec::new(),
            lease_until: Timestamp::from_millis(0),
            lease_left: Duration::ZERO,
        }
    }

    /// Records the branch that an app follows.
    #[boxed]
    pub async fn follow(&self, branch: &FollowedBranch) -> Result<(), Failure> {
        let mut tx = self.tx().await?;
        // A workspace that is removed meanwhile has no apps.
        tx.lock_workspace(&self.principal.workspace).await?;
        tx.follow_branch(branch).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets the branch of an app that was deleted, or that no longer follows one.
    #[boxed]
    pub async fn unfollow(&self, app: &AppUuid) -> Result<(), Failure> {
        let mut tx = self.tx().await?;
        tx.unfollow_branch(&self.principal.workspace, app).await?;
        Ok(tx.commit().await?)
    }

    /// Records that a call deployed a commit; with the deployment if it is the commit at the branch's tip, so that a
    /// later delivery does not deploy it again.
    #[boxed]
    pub async fn note_deployed(
        &self,
        app: &AppUuid,
        commit: &str,
        at_tip: Option<&DeploymentUuid>,
    ) -> Result<(), Failure> {
        let mut tx = self.tx().await?;
        let at = tx.now().await?;
        let tip = at_tip.map(|deployment| (deployment, at));
        tx.note_deployed_commit(&self.principal.workspace, app, commit, tip).await?;
        Ok(tx.commit().await?)
    }

    /// Acquires the right to act on pushes to a branch; `None` while somebody else has it.
    #[boxed]
    pub async fn hold(&self, seen: &FollowedBranch) -> Result<Option<HeldBranch<'a>>, Failure> {
        if !seen.lease_left.is_zero() {
            return Ok(None);
        }
        let mut tx = self.tx().await?;
        let held = tx.hold_followed_branch(seen, self.platform.settings().push_lease).await?;
        tx.commit().await?;
        Ok(held.map(|branch| HeldBranch { following: *self, branch }))
    }

    /// Returns the deployments whose end is to be reported, the oldest first.
    #[boxed]
    pub async fn statuses(&self) -> Result<Vec<PushStatus>, Failure> {
        let mut tx = self.platform.store.tenant_read(&self.principal.tenant).await?;
        let found = tx.push_statuses(&self.principal.workspace, STATUSES).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// Records that the end of a deployment is to be reported.
    #[boxed]
    pub async fn put_status(&self, status: &PushStatus) -> Result<(), Failure> {
        let mut tx = self.tx().await?;
        tx.put_push_status(&self.principal.workspace, status).await?;
        tx.commit().await?;
        self.platform.intake().begun.notify_one();
        Ok(())
    }

    /// Forgets a deployment whose end was reported.
    #[boxed]
    pub async fn end_status(&self, deployment: &DeploymentUuid) -> Result<(), Failure> {
        let mut tx = self.tx().await?;
        tx.delete_push_status(&self.principal.workspace, deployment).await?;
        Ok(tx.commit().await?)
    }

    async fn tx(&self) -> Result<Tx, Failure> {
        Ok(self.platform.store.tenant(&self.principal.tenant).await?)
    }
}

impl HeldBranch<'_> {
    /// Reads the record of the branch again, because a call may have deployed its tip.
    ///
    /// # Errors
    ///
    /// Unready if somebody else acts on it by now, or if the app no longer follows a branch.
    #[boxed]
    pub async fn read(&mut self) -> Result<(), Failure> {
        let now = self.following.for_app(&self.branch.app).await?;
        let mine = now.filter(|now| now.lease_until == self.branch.lease_until);
        self.branch = mine.ok_or_else(lost_lease)?;
        Ok(())
    }

    /// Stores the record of the branch.
    ///
    /// # Errors
    ///
    /// Unready if somebody else acts on it by now.
    #[boxed]
    pub async fn note(&self) -> Result<(), Failure> {
        let mut tx = self.following.tx().await?;
        let noted = tx.note_followed_branch(&self.branch).await?;
        tx.commit().await?;
        noted.then_some(()).ok_or_else(lost_lease)
    }

    /// Releases the right.
    pub async fn release(self) -> Result<(), Failure> {
        let mut tx = self.following.tx().await?;
        tx.let_go_of_followed_branch(&self.branch).await?;
        Ok(tx.commit().await?)
    }
}

/// 503: the lease passed, and somebody else acquired it.
fn lost_lease() -> Failure {
    Failure::unready("Another server is handling the push.")
}
