//! The deploy keys by which Coolify clones repositories over SSH.

use covibe_domain::Failure;
use covibe_gitea::Repo;
use covibe_policy::Owned;

use super::Gitea;

impl Gitea<'_> {
    /// Lets a key read a repository, and not write to it.
    pub(crate) async fn open_to_key(
        &self,
        repo: &Owned<Repo>,
        title: &str,
        public_key: &str,
    ) -> Result<(), Failure> {
        let (org, writer) = (self.organisation, self.client.writer(&self.token));
        let present = self.told(writer.deploy_keys(org, &repo.name).await).await?;
        for key in present.iter().filter(|key| key.is(public_key)) {
            if key.read_only {
                return Ok(());
            }
            let deleted = writer.delete_deploy_key(org, &repo.name, key.id).await;
            self.written(deleted).await?;
        }
        let added = writer.add_deploy_key(org, &repo.name, title, public_key).await;
        self.written(added).await.map(drop)
    }

    /// Takes a key away from a repository.
    pub(crate) async fn close_to_key(
        &self,
        repo: &Owned<Repo>,
        public_key: &str,
    ) -> Result<(), Failure> {
        let (org, writer) = (self.organisation, self.client.writer(&self.token));
        let present = self.told(writer.deploy_keys(org, &repo.name).await).await?;
        for key in present.iter().filter(|key| key.is(public_key)) {
            let deleted = writer.delete_deploy_key(org, &repo.name, key.id).await;
            self.written(deleted).await?;
        }
        Ok(())
    }
}
