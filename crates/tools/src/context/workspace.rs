//! The caller's workspace, as an operation sees it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::entities::{ProvisionStatus, Step};
use covibe_domain::{Failure, Revealed, Secret, ServiceUuid, Slug};
use covibe_identity::Caller;
use covibe_policy::{Namespace, Principal};
use covibe_store::WorkspaceRecord;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::unready::unready;
use super::{Coolify, Gitea, GiteaAddress, Keys, Platform, Projects, Start, Tenancy};
use crate::creation::Journal;
use crate::entry::By;
use crate::progress::Progress;
use crate::provision::{self, Wants};

/// The workspace that a call acts on, with scoped ways to what lies behind it.
#[derive(Debug)]
pub struct Workspace {
    platform: Arc<Platform>,
    caller: Caller,
    by: By,
    client: Client,
    deadline: Instant,
}

/// The one who waits for the answer of a call.
#[derive(Debug)]
pub(crate) struct Client {
    /// Where it wants to be told how far the call is.
    pub(crate) progress: Option<Progress>,
    /// Cancelled when it went away, or this server stops.
    pub(crate) gone: CancellationToken,
}

/// A workspace and the steps of its set-up.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) record: WorkspaceRecord,
    pub(crate) steps: Vec<Step>,
}

impl Workspace {
    /// The caller's workspace, for a call that ends at `deadline`.
    pub(crate) fn new(
        platform: Arc<Platform>,
        caller: Caller,
        by: By,
        client: Client,
        deadline: Instant,
    ) -> Self {
        Self { platform, caller, by, client, deadline }
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

    /// Whether auth providers that mount docker's socket may be created.
    pub(crate) fn docker_sock_providers(&self) -> bool {
        self.platform.settings.docker_sock_providers
    }

    /// Whether the operator lets apps be built from a compose file in a repository.
    pub(crate) fn compose_repositories(&self) -> bool {
        self.platform.settings.compose_repositories
    }

    /// This server's own origin.
    pub(crate) fn origin(&self) -> Result<&str, Failure> {
        self.platform.settings.origin.as_deref().ok_or_else(|| {
            Failure::unready("This server does not know its own address.")
                .hint("Tell the operator: COVIBE_HOSTED_URL is not set.")
        })
    }

    /// When the call ends.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The one who waits for the answer.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The right to start a service that was looked at at `seen`; none while another call starts it,
    /// or when one did since.
    pub(crate) fn begin_start(
        &self,
        service: &ServiceUuid,
        pull: bool,
        seen: Instant,
    ) -> Option<Start<'_>> {
        self.platform.starting.begin(service, pull, seen)
    }

    /// Whether a call of this process starts a service, or did in the last two minutes.
    pub(crate) fn is_start_recent(&self, service: &ServiceUuid) -> bool {
        self.platform.starting.is_recent(service)
    }

    /// How soon a call that waits looks again.
    pub(crate) fn look_again(&self) -> Duration {
        self.platform.settings.look_again
    }

    /// Fails with C section 9's 503 unless the workspace is provisioned.
    pub(crate) fn ready(&self) -> Result<(), Failure> {
        let status = self.record().provision_status;
        if status == ProvisionStatus::Ready {
            return Ok(());
        }
        let message = format!("The workspace is not provisioned yet (status: {status}).");
        Err(unready(self.slug(), message))
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

    /// The workspace as the key's look-up found it, at most a second ago.
    pub(crate) fn described(&self) -> Described {
        Described { record: self.record().clone(), steps: self.caller.steps.to_vec() }
    }

    /// Its API keys.
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.platform.identity, self.principal())
    }

    /// What its owner plans, brings along or has built.
    pub(crate) fn projects(&self) -> Projects<'_> {
        Projects::new(&self.platform.store, self.principal())
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
    pub async fn reveal_bot_token(&self) -> Result<Revealed, Failure> {
        self.bot_token().await.map(Revealed::new)
    }

    /// The bot's PAT, for telling whether a text has it inside.
    pub(crate) async fn bot_token(&self) -> Result<Secret, Failure> {
        super::bot_token(&self.platform, &self.recorded().await?)
    }

    /// The HTTPS URL by which Coolify clones a repository of the workspace, the bot's PAT inside.
    pub async fn clone_url(&self, repository: &str) -> Result<Secret, Failure> {
        super::clone_url(&self.platform, &self.recorded().await?, repository)
    }

    /// The record as it is at this moment: a token that was replaced meanwhile is not to be used.
    async fn recorded(&self) -> Result<WorkspaceRecord, Failure> {
        provision::recorded(&self.platform, self.record()).await
    }

    /// Brings the workspace to `ready`, with these replaced.
    pub(crate) async fn provision(&self, wants: Wants) -> Result<(), Failure> {
        let (platform, by) = (&self.platform, self.by.clone());
        provision::provision_by(platform, self.record(), wants, by, self.deadline).await
    }

    /// Follows a run that is under way, if the caller wants to be told; whether there was one.
    pub(crate) async fn watch_provisioning(&self) -> Result<bool, Failure> {
        match &self.client.progress {
            Some(told) => {
                provision::watch(&self.platform, self.record(), told, self.deadline).await
            }
            None => Ok(false),
        }
    }

    /// Takes the workspace back, if it never became ready.
    pub(crate) async fn roll_back(&self) -> Result<(), Failure> {
        provision::roll_back(&self.platform, self.record()).await
    }

    /// The caller's tenant, for those keys that may act for it.
    pub(crate) fn tenancy(&self) -> Tenancy<'_> {
        Tenancy::new(&self.platform, self.principal(), &self.by, self.deadline)
    }

    /// The workspace as it is at this moment, with the steps of its set-up.
    pub(crate) async fn refreshed(&self) -> Result<Described, Failure> {
        provision::described(&self.platform, self.record()).await
    }
}
