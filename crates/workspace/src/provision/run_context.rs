//! State that the stages of a provisioning run share.

use std::sync::Arc;

use covibe_domain::{Failure, Secret};
use covibe_gitea::{Client, Tokens};
use covibe_store::WorkspaceRecord;

use super::requested_replacements::Wants;
use crate::cells::{Cell, CoolifyNeeds, share_of};
use crate::platform::Platform;

/// The name of the bot's key and, with a suffix, of its tokens. Things with this name are ours to remove.
pub(super) const LABEL: &str = "co-vibe";

/// The outcome of a stage that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum StageOutcome {
    Done,
    /// The workspace works without it, and its step gives the reason.
    Without(Failure),
    /// It does not apply to this workspace, or is not possible here.
    Omitted,
}

/// State that the stages of a provisioning run share.
pub(super) struct ProvisionContext {
    pub(super) platform: Arc<Platform>,
    pub(super) record: WorkspaceRecord,
    pub(super) wants: Wants,
    /// True if the workspace had a token when the run began: agents have worked in it, and operators may have changed
    /// its resources.
    pub(super) was_in_use: bool,
    /// True if no run began before this one. No resource can have the workspace's mark then, so the stages do not
    /// search lists that grow with other workspaces.
    pub(super) is_first: bool,
    /// The public half of the key that Coolify holds, once it is known.
    pub(super) public_key: Option<String>,
    /// The bot's tokens, once a stage has needed the right to change them.
    bot_tokens: Option<Tokens>,
    /// Gitea, whose calls count against this workspace's share of the rate budget; `None` without one.
    gitea: Option<Client>,
}

impl ProvisionContext {
    /// Returns the ground of a run that begins with this record.
    pub(super) fn new(platform: Arc<Platform>, record: WorkspaceRecord, wants: Wants) -> Self {
        let was_in_use = record.gitea_bot_token.is_some();
        let gitea = platform.cell(&record).and_then(|cell| cell.gitea());
        let gitea = gitea.ok().map(|gitea| gitea.for_share(share_of(&record)));
        Self {
            platform,
            record,
            wants,
            was_in_use,
            is_first: false,
            public_key: None,
            bot_tokens: None,
            gitea,
        }
    }

    /// Returns the cell that the workspace lives in.
    pub(super) fn cell(&self) -> Result<&Arc<Cell>, Failure> {
        self.platform.cell(&self.record)
    }

    /// Returns Gitea with the administrator's rights.
    pub(super) fn gitea(&self) -> Result<&Client, Failure> {
        self.gitea.as_ref().map_or_else(|| self.cell()?.gitea(), Ok)
    }

    /// Returns the bot's tokens with the right to change them, as the bot itself: its password is set for this run and
    /// not stored.
    pub(super) async fn bot_tokens(&mut self) -> Result<Tokens, Failure> {
        if let Some(tokens) = &self.bot_tokens {
            return Ok(tokens.clone());
        }
        let bot = &self.record.gitea_bot_username;
        let tokens = self.gitea()?.tokens_by_password(bot, &password()).await?;
        self.bot_tokens = Some(tokens.clone());
        Ok(tokens)
    }

    /// Returns the team's Coolify. Its calls count against this workspace's share of the rate
    /// budget.
    pub(super) fn coolify(&self) -> Result<covibe_coolify::Client, Failure> {
        Ok(self.cell()?.coolify_for(CoolifyNeeds::CHANGE)?.for_share(share_of(&self.record)))
    }
}

/// Returns a random password that is not stored: nobody signs in as the bot.
pub(super) fn password() -> Secret {
    Secret::new(format!("Aa1!{}", covibe_crypto::mint_key().token.expose()))
}
