//! The workspace's Gitea organisation, read with the bot's clone token: Coolify cannot clone what this token cannot
//! read.

mod access_failures;
mod branches;
mod code;
mod commit_verdict;
mod deploy_keys;
mod push_reads;
mod repository_errors;

use std::time::Duration;

use covibe_coolify::GitUrl;
use covibe_domain::{Failure, Secret, Slug, TenantId, boxed};
use covibe_gitea::{Client, Reader, Repo};
use covibe_policy::{Boundary, Owned, repository_name};
use covibe_store::WorkspaceRecord;

pub use self::branches::BranchTip;
pub use self::code::{
    CommitAt, CommitPosition, LandedCommit, RepoPage, RepoTree, WantedCommit, branch_name,
};
use self::repository_errors::{foreign_repository, missing_repository};
use crate::cells::{GiteaAddress, RecentIds, share_of};
use crate::credentials::{BotToken, no_organisation};
use crate::platform::{Judgements, Platform};
pub(crate) use commit_verdict::VerdictContext;

/// Gitea, restricted to this workspace's organisation.
#[derive(Debug)]
pub struct Gitea<'a> {
    client: Client,
    address: &'a GiteaAddress,
    slug: &'a Slug,
    tenant: &'a TenantId,
    organisation: &'a str,
    organisation_id: i64,
    bot: &'a str,
    bot_email: &'a str,
    token: Secret,
    read_token: Secret,
    /// The time that Gitea may take to notice a push.
    notice: Duration,
    /// The workspaces whose access was found broken.
    broken_access: &'a RecentIds,
    /// The turns of tenants to keep a thread busy.
    judgements: &'a Judgements,
}

impl<'a> Gitea<'a> {
    /// Returns the Gitea of a workspace, with the tokens that are stored now.
    pub(crate) fn enter(
        platform: &'a Platform,
        workspace: &'a WorkspaceRecord,
        stored: &WorkspaceRecord,
    ) -> Result<Self, Failure> {
        let cell = platform.cell(workspace)?;
        Ok(Self {
            client: cell.gitea()?.for_share(share_of(workspace)),
            address: cell.gitea_address()?,
            slug: &workspace.slug,
            tenant: &workspace.tenant,
            organisation: &workspace.gitea_org,
            organisation_id: stored.gitea_org_id.ok_or_else(|| no_organisation(stored))?,
            bot: &workspace.gitea_bot_username,
            bot_email: workspace.gitea_bot_email.as_deref().unwrap_or_default(),
            token: BotToken::Pat.open(platform, stored)?,
            read_token: BotToken::Clone.open(platform, stored)?,
            notice: platform.settings().push_notice,
            broken_access: &cell.repositories.broken_access,
            judgements: &platform.turns.judgements,
        })
    }

    /// Returns a repository by its name, `name` or `organisation/name`, or by its clone URL.
    ///
    /// # Errors
    ///
    /// Forbidden for another organisation or Git server, not found, or unready if the bot has no access.
    #[boxed]
    pub async fn repository(&self, written: &str) -> Result<Owned<Repo>, Failure> {
        let path = self.path(written)?;
        let name = repository_name(&path, self.organisation)?;
        match self.find(name).await? {
            Some(repo) => Ok(repo),
            None => Err(self.why_missing(name, self.new_name(name).await?).await),
        }
    }

    /// Returns a repository like [`Gitea::repository`], or the one that it was renamed to within the organisation, and
    /// whether it was renamed: git and Coolify follow the old name until another repository takes it.
    ///
    /// # Errors
    ///
    /// See [`Gitea::repository`].
    #[boxed]
    pub async fn present_repository(&self, written: &str) -> Result<(Owned<Repo>, bool), Failure> {
        let path = self.path(written)?;
        let name = repository_name(&path, self.organisation)?;
        if let Some(repo) = self.find(name).await? {
            return Ok((repo, false));
        }
        let new = self.new_name(name).await?;
        let renamed = match &new {
            Some(new) => self.find(new).await?,
            None => None,
        };
        match renamed {
            Some(repo) => Ok((repo, true)),
            None => Err(self.why_missing(name, new).await),
        }
    }

    /// Returns the failure for a repository that was not found: the organisation itself may be missing under its name.
    async fn why_missing(&self, name: &str, new: Option<String>) -> Failure {
        match self.check_organisation().await {
            Ok(()) => missing_repository(self.organisation, name, new),
            Err(failure) => failure,
        }
    }

    async fn new_name(&self, name: &str) -> Result<Option<String>, Failure> {
        self.reword_failure(self.reader().new_name(self.organisation, name).await).await
    }

    /// Returns a bare name unchanged, and for a clone URL its `organisation/name`, without userinfo.
    fn path(&self, written: &str) -> Result<String, Failure> {
        // No name of a repository contains a colon.
        if !written.contains(':') {
            return Ok(written.to_owned());
        }
        let url = GitUrl::new(Secret::new(written));
        let is_ours = url.host().is_some_and(|host| self.address.has_host(&host));
        url.repo_path().filter(|_| is_ours).ok_or_else(foreign_repository)
    }

    async fn find(&self, name: &str) -> Result<Option<Owned<Repo>>, Failure> {
        let found = self.reword_failure(self.reader().repo(self.organisation, name).await).await?;
        match found {
            Some(repo) if !self.is_own(repo.owner.id) => Err(self.remade_organisation()),
            Some(repo) => {
                Boundary::Organisation(self.organisation.to_owned()).admit(repo).map(Some)
            }
            None if self.client.repo(self.organisation, name).await?.is_some() => {
                Err(self.no_access())
            }
            None => Ok(None),
        }
    }

    /// Returns whether an organisation's number is that of the workspace's own.
    fn is_own(&self, id: i64) -> bool {
        self.organisation_id == id
    }

    fn reader(&self) -> Reader<'_> {
        self.client.reader(&self.read_token)
    }
}
