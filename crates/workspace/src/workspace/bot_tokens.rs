//! The tokens of the workspace's bot on Gitea.

use covibe_coolify::CloneUrl;
use covibe_domain::{Failure, Revealed, Secret, boxed};
use covibe_store::WorkspaceRecord;

use super::Workspace;
use crate::credentials::{self, BotToken};

impl Workspace {
    /// Returns the bot's token for the one answer that discloses it.
    #[boxed]
    pub async fn reveal_bot_token(&self) -> Result<Revealed, Failure> {
        let record = self.stored_record().await?;
        BotToken::Pat.open(&self.platform, &record).map(Revealed::new)
    }

    /// Returns the bot's tokens, to check whether a text contains one.
    #[boxed]
    pub async fn bot_tokens(&self) -> Result<Vec<Secret>, Failure> {
        let record = self.stored_record().await?;
        let pat = BotToken::Pat.open(&self.platform, &record)?;
        Ok(vec![pat, credentials::read_token(&self.platform, &record)?])
    }

    /// Returns the clone token, which only reads the workspace's repositories.
    #[boxed]
    pub async fn clone_token(&self) -> Result<Secret, Failure> {
        BotToken::Clone.open(&self.platform, &self.cloning_record().await?)
    }

    /// Returns the HTTPS URL, including the clone token, with which Coolify clones a repository.
    #[boxed]
    pub async fn clone_url(&self, repository: &str) -> Result<CloneUrl, Failure> {
        credentials::clone_url(&self.platform, &self.cloning_record().await?, repository)
    }

    /// Reads a record that has a clone token. A workspace that was provisioned before there were any
    /// gets one now.
    async fn cloning_record(&self) -> Result<WorkspaceRecord, Failure> {
        let record = self.stored_record().await?;
        if record.gitea_clone_token.is_some() || record.gitea_bot_token.is_none() {
            return Ok(record);
        }
        self.provision([]).await?;
        self.stored_record().await
    }
}
