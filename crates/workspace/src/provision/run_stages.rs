//! The stages of a provisioning run, in order.

use covibe_domain::Failure;
use covibe_domain::entities::Rotate;

use super::requested_replacements::Wants;
use super::run_context::{ProvisionContext, StageOutcome};
use super::{
    bot, bot_tokens, clone_urls, coolify_project, deploy_key, docker_network, old_tokens,
    organisation, webhook,
};
use crate::credentials::BotToken;

/// One stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Bot,
    Org,
    Token,
    ReplacedPat,
    CloneToken,
    NewKeypair,
    CoolifyKey,
    GiteaKey,
    Project,
    Environment,
    Network,
    Hook,
    CloneUrls,
    OldTokens,
}

impl Stage {
    /// All of them, in order.
    ///
    /// Coolify gets its half of the keypair before Gitea does: it returns the public half of the key
    /// it holds, so a run that dies in between loses neither. The private half is kept nowhere else.
    pub(super) const ALL: [Self; 14] = [
        Self::Bot,
        Self::Org,
        Self::Token,
        Self::ReplacedPat,
        Self::CloneToken,
        Self::NewKeypair,
        Self::CoolifyKey,
        Self::GiteaKey,
        Self::Project,
        Self::Environment,
        Self::Network,
        Self::Hook,
        Self::CloneUrls,
        Self::OldTokens,
    ];

    /// Returns the stages of a run in order; [`Stage::is_in`] decides whether it includes one.
    ///
    /// In a rotation in a workspace in use, the tokens come first. The holder of a leaked token may keep the bot out of
    /// its organisation, which must not keep that token valid.
    pub(super) fn in_order(of: &ProvisionContext) -> [Self; 14] {
        let mut stages = Self::ALL;
        if of.was_in_use && of.wants.rotates_any() {
            stages.sort_by_key(|stage| !stage.replaces_tokens());
        }
        stages
    }

    /// Returns whether the stage replaces tokens, or is needed for that.
    const fn replaces_tokens(self) -> bool {
        matches!(self, Self::Bot | Self::Token | Self::ReplacedPat | Self::CloneToken)
    }

    /// Returns its name in the journal and in answers.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "gitea_bot",
            Self::Org => "gitea_org",
            Self::Token => "gitea_token",
            Self::CloneToken => "gitea_clone_token",
            Self::ReplacedPat => "replaced_token",
            Self::NewKeypair => "keypair_rotation",
            Self::CoolifyKey => "coolify_key",
            Self::GiteaKey => "gitea_key",
            Self::Project => "coolify_project",
            Self::Environment => "coolify_environment",
            Self::Network => "coolify_network",
            Self::Hook => "gitea_hook",
            Self::CloneUrls => "app_clone_urls",
            Self::OldTokens => "old_tokens",
        }
    }

    /// Returns whether a run with these wants includes the stage.
    pub(super) fn is_in(self, wants: &Wants) -> bool {
        match self {
            Self::NewKeypair => wants.rotates(Rotate::Keypair),
            Self::ReplacedPat => wants.rotates(Rotate::Pat),
            _ => true,
        }
    }

    /// Carries out the stage.
    pub(super) async fn ensure(self, on: &mut ProvisionContext) -> Result<StageOutcome, Failure> {
        let done = match self {
            Self::Bot => bot::ensure(on).await,
            Self::Org => organisation::ensure(on).await,
            Self::Token => bot_tokens::ensure(on, BotToken::Pat).await,
            Self::CloneToken => bot_tokens::ensure(on, BotToken::Clone).await,
            Self::ReplacedPat => old_tokens::shut_out(on).await,
            Self::NewKeypair => deploy_key::rotate(on).await,
            Self::CoolifyKey => deploy_key::ensure_private_half(on).await,
            Self::GiteaKey => deploy_key::ensure_public_half(on).await,
            Self::Project => coolify_project::ensure_project(on).await,
            Self::Environment => coolify_project::ensure_environment(on).await,
            Self::Network => return docker_network::ensure(on).await,
            Self::Hook => return webhook::stage(on).await,
            Self::CloneUrls => clone_urls::ensure(on).await,
            Self::OldTokens => old_tokens::remove(on).await,
        };
        done.map(|()| StageOutcome::Done)
    }
}
