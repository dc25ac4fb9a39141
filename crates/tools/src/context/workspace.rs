//! The caller's workspace, as an operation sees it.

use std::sync::Arc;
use std::time::Instant;

use covibe_domain::entities::{ProvisionStatus, Step};
use covibe_domain::{Failure, Revealed, Secret, Slug};
use covibe_identity::Caller;
use covibe_policy::{Namespace, Principal};
use covibe_store::WorkspaceRecord;
use serde::Serialize;

use super::{Coolify, Gitea, GiteaAddress, Keys, Platform};
use crate::creation::Journal;
use crate::provision;

/// What the bot's PAT is sealed as.
pub(crate) const PAT: &str = "gitea_bot_token";

/// The workspace that a call acts on, with scoped ways to what lies behind it.
#[derive(Debug)]
pub struct Workspace {
    platform: Arc<Platform>,
    caller: Caller,
    deadline: Instant,
}

impl Workspace {
    /// The caller's workspace, for a call that ends at `deadline`.
    pub(crate) fn new(platform: Arc<Platform>, caller: Caller, deadline: Instant) -> Self {
        Self { platform, caller, deadline }
    }

    /// Its record.
    pub fn record(&self) -> &WorkspaceRecord {
        &self.caller.workspace
    }

    /// Its slug.
    pub fn slug(&self) -> &Slug {
        &self.caller.workspace.slug
    }

    /// Who calls.
    pub fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    /// Its domain namespace.
    pub fn namespace(&self) -> Namespace {
        Namespace::new(self.slug(), self.base_domain())
    }

    /// The domain below which workspaces have theirs.
    pub fn base_domain(&self) -> &str {
        &self.platform.settings.base_domain
    }

    /// When the call ends.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Fails with C section 9's 503 unless the workspace is provisioned.
    pub(crate) fn ready(&self) -> Result<(), Failure> {
        let status = self.record().provision_status;
        if status == ProvisionStatus::Ready {
            return Ok(());
        }
        let message = format!("The workspace is not provisioned yet (status: {status}).");
        let hint = format!("Call POST /api/workspaces/{}/provision, then retry.", self.slug());
        Err(Failure::unready(message).hint(hint))
    }

    /// Coolify, as far as it is this workspace's.
    pub async fn coolify(&self) -> Result<Coolify, Failure> {
        Coolify::enter(&self.platform, self.record()).await
    }

    /// Gitea, as far as it is this workspace's.
    pub fn gitea(&self) -> Result<Gitea<'_>, Failure> {
        Ok(Gitea::enter(self.platform.gitea()?, &self.record().gitea_org))
    }

    /// Where Gitea is.
    pub fn gitea_address(&self) -> Result<&GiteaAddress, Failure> {
        self.platform.gitea_address()
    }

    /// Its API keys.
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.platform.identity, self.principal())
    }

    /// The steps of its set-up, in their order.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps = self.caller.steps.to_vec();
        steps.sort_by_key(|step| provision::order(&step.name));
        steps
    }

    /// The journal of what this workspace creates.
    pub(crate) fn journal(&self) -> Journal<'_> {
        Journal::new(&self.platform.store, self.principal(), self.platform.settings.late)
    }

    /// What makes parameters recognisable without telling them.
    pub(crate) fn fingerprint(&self, params: &impl Serialize) -> String {
        let text = serde_json::to_vec(params).unwrap_or_default();
        self.platform.secrets.fingerprint(&text)
    }

    /// The bot's PAT, for the one answer that hands it out.
    pub fn reveal_bot_token(&self) -> Result<Revealed, Failure> {
        self.bot_token().map(Revealed::new)
    }

    /// The HTTPS URL by which Coolify clones a repository of the workspace, the bot's PAT inside.
    pub fn clone_url(&self, repository: &str) -> Result<Secret, Failure> {
        let record = self.record();
        let web = &self.gitea_address()?.web;
        let (scheme, host) = web.split_once("://").unwrap_or(("https", web));
        let token = self.bot_token()?;
        Ok(Secret::new(format!(
            "{scheme}://{}:{}@{host}/{}/{repository}.git",
            record.gitea_bot_username,
            token.expose(),
            record.gitea_org
        )))
    }

    fn bot_token(&self) -> Result<Secret, Failure> {
        let record = self.record();
        let sealed = record.gitea_bot_token.as_deref().ok_or_else(no_token)?;
        self.platform.secrets.open(PAT, record.id.as_str(), sealed).map_err(|error| {
            tracing::error!(%error, workspace = %record.id, "the bot's token does not open");
            no_token()
        })
    }
}

fn no_token() -> Failure {
    Failure::unready("The workspace has no usable Gitea token.")
        .hint("Provision the workspace again; it makes a new one.")
}
