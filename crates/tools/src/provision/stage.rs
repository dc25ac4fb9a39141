//! The stages of a run, in their order, and what they have in common.

use std::sync::Arc;

use covibe_domain::entities::{ProvisionStatus, Rotate, Step};
use covibe_domain::{Failure, Slug};
use covibe_store::WorkspaceRecord;

use super::wants::Wants;
use super::{clone_urls, coolify, gitea, keys, tokens};
use crate::context::Platform;

/// One stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Bot,
    Org,
    Token,
    NewKeypair,
    CoolifyKey,
    GiteaKey,
    Project,
    Environment,
    CloneUrls,
    OldTokens,
}

impl Stage {
    /// All of them, in their order.
    ///
    /// Coolify gets its half of the keypair before Gitea does: it tells the public half of what it
    /// holds, so that a run which dies in between loses neither; the private half is kept nowhere
    /// else.
    pub(super) const ALL: [Self; 10] = [
        Self::Bot,
        Self::Org,
        Self::Token,
        Self::NewKeypair,
        Self::CoolifyKey,
        Self::GiteaKey,
        Self::Project,
        Self::Environment,
        Self::CloneUrls,
        Self::OldTokens,
    ];

    /// Its name in the journal and in answers.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Bot => "gitea_bot",
            Self::Org => "gitea_org",
            Self::Token => "gitea_token",
            Self::NewKeypair => "keypair_rotation",
            Self::CoolifyKey => "coolify_key",
            Self::GiteaKey => "gitea_key",
            Self::Project => "coolify_project",
            Self::Environment => "coolify_environment",
            Self::CloneUrls => "app_clone_urls",
            Self::OldTokens => "old_tokens",
        }
    }

    /// Whether a run that wants this comes by here.
    pub(super) fn is_in(self, wants: &Wants) -> bool {
        self != Self::NewKeypair || wants.rotates(Rotate::Keypair)
    }

    /// Takes it.
    pub(super) async fn take(self, on: &mut Ground) -> Result<(), Failure> {
        match self {
            Self::Bot => gitea::ensure_bot(on).await,
            Self::Org => gitea::ensure_org(on).await,
            Self::Token => tokens::ensure(on).await,
            Self::NewKeypair => keys::rotate(on).await,
            Self::CoolifyKey => keys::ensure_private_half(on).await,
            Self::GiteaKey => keys::ensure_public_half(on).await,
            Self::Project => coolify::ensure_project(on).await,
            Self::Environment => coolify::ensure_environment(on).await,
            Self::CloneUrls => clone_urls::renew(on).await.map(drop),
            Self::OldTokens => tokens::remove_old(on).await,
        }
    }
}

/// What the stages of a run stand on.
pub(super) struct Ground {
    pub(super) platform: Arc<Platform>,
    pub(super) record: WorkspaceRecord,
    pub(super) wants: Wants,
    /// The public half of the key that Coolify holds, once that is known.
    pub(super) public_key: Option<String>,
}

impl Ground {
    /// The administrator's Gitea.
    pub(super) fn gitea(&self) -> Result<&covibe_gitea::Client, Failure> {
        self.platform.gitea()
    }

    /// The team's Coolify, its calls counted for this workspace.
    pub(super) fn coolify(&self) -> Result<covibe_coolify::Client, Failure> {
        Ok(self.platform.coolify()?.for_share(self.record.slug.as_str()))
    }

    /// Whether this workspace has had a token: from then on what is there under its names is its
    /// own, and how the bot arranges it is the bot's affair.
    pub(super) fn is_settled(&self) -> bool {
        self.record.gitea_bot_token.is_some()
    }
}

/// Where a step stands in the order; one of another release comes last.
pub(crate) fn order(step: &str) -> usize {
    let known = Stage::ALL.iter().position(|stage| stage.as_str() == step);
    known.unwrap_or(Stage::ALL.len())
}

/// What to do next with a workspace that is not ready, as its steps tell.
pub(crate) fn hint(slug: &Slug, status: ProvisionStatus, steps: &[Step]) -> Option<String> {
    let failed = steps.iter().find(|step| step.error.is_some());
    let advice = failed.and_then(|step| step.hint.as_deref());
    if status == ProvisionStatus::Ready && failed.is_none() {
        return None;
    }
    let call = format!("POST /api/workspaces/{slug}/provision");
    Some(match (advice, status) {
        (Some(advice), _) => format!("{advice} Then call {call}: it goes on where it ended."),
        (None, ProvisionStatus::Pending) => format!("Call {call}."),
        (None, _) => format!("Call {call}: it goes on where it ended."),
    })
}
