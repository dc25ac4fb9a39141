//! The tokens of the workspace's bot on Gitea.

use covibe_domain::{Failure, Revealed, Secret, boxed};

use super::Workspace;
use crate::credentials::BotToken;

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
        Ok(vec![pat, BotToken::Clone.open(&self.platform, &record)?])
    }

    /// Returns the clone token, which only reads the workspace's repositories.
    #[boxed]
    pub async fn clone_token(&self) -> Result<Secret, Failure> {
        BotToken::Clone.open(&self.platform, &self.stored_record().await?)
    }
}
