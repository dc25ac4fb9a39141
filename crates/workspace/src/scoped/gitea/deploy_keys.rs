//! The deploy keys by which Coolify clones repositories over SSH. Those of an app are known by their title.

use std::time::Duration;

use covibe_domain::Failure;
use covibe_gitea::{DeployKey, Repo};
use covibe_policy::Owned;

use super::Gitea;
use crate::credentials::key_title;

impl Gitea<'_> {
    /// Lets a key read a repository, and not write to it.
    pub(crate) async fn open_to_key(
        &self,
        repo: &Owned<Repo>,
        label: &str,
        public_key: &str,
    ) -> Result<(), Failure> {
        let present = self.deploy_keys(repo).await?;
        let same = || present.iter().filter(|key| key.has_public_key(public_key));
        if same().any(|key| key.read_only) {
            return Ok(());
        }
        self.delete_keys(repo, same()).await?;
        let (org, writer) = (self.organisation, self.client.writer(&self.token));
        let title = key_title(label, public_key);
        let added = writer.add_deploy_key(org, &repo.name, &title, public_key).await;
        self.reword_change_failure(added).await.map(drop)
    }

    /// Takes a key away from a repository, whatever it was replaced by.
    pub(crate) async fn close_to_key(
        &self,
        repo: &Owned<Repo>,
        label: &str,
        public_key: &str,
    ) -> Result<(), Failure> {
        let present = self.deploy_keys(repo).await?;
        let its =
            present.iter().filter(|key| key.has_public_key(public_key) || has_label(key, label));
        self.delete_keys(repo, its).await
    }

    /// Returns whether a repository is open to a key of this label that is not this one.
    pub(crate) async fn is_open_to_another(
        &self,
        repo: &Owned<Repo>,
        label: &str,
        public_key: &str,
    ) -> Result<bool, Failure> {
        let present = self.deploy_keys(repo).await?;
        Ok(present.iter().any(|key| has_label(key, label) && !key.has_public_key(public_key)))
    }

    /// Takes away from a repository what a key has replaced: `former`, and what has its label for longer than this time.
    pub(crate) async fn close_to_former_keys(
        &self,
        repo: &Owned<Repo>,
        (label, public_key, former): (&str, &str, &str),
        late: Duration,
    ) -> Result<(), Failure> {
        let present = self.deploy_keys(repo).await?;
        let is_old = |key: &&DeployKey| {
            let is_late = key.created_at.is_some_and(|at| at.age() >= late);
            !key.has_public_key(public_key)
                && (key.has_public_key(former) || has_label(key, label) && is_late)
        };
        self.delete_keys(repo, present.iter().filter(is_old)).await
    }

    async fn deploy_keys(&self, repo: &Owned<Repo>) -> Result<Vec<DeployKey>, Failure> {
        let writer = self.client.writer(&self.token);
        self.reword_failure(writer.deploy_keys(self.organisation, &repo.name).await).await
    }

    async fn delete_keys(
        &self,
        repo: &Owned<Repo>,
        keys: impl Iterator<Item = &DeployKey>,
    ) -> Result<(), Failure> {
        let (org, writer) = (self.organisation, self.client.writer(&self.token));
        for key in keys {
            let deleted = writer.delete_deploy_key(org, &repo.name, key.id).await;
            self.reword_change_failure(deleted).await?;
        }
        Ok(())
    }
}

/// Returns whether the title of a key is this label, or begins with it.
fn has_label(key: &DeployKey, label: &str) -> bool {
    let rest = key.title.strip_prefix(label);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}
