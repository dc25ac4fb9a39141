//! The caller's workspace, for an operation.

mod bot_tokens;
mod build_permission;
mod detached_command_records;
mod detached_command_task;
mod long_waits;
mod own_domains;
mod own_pushes;
mod own_storage;
mod provisioning;
mod public_variables;
mod rejected_containers;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use covibe_coolify::{Deployment, Priority};
use covibe_domain::entities::{KeyAccess, Strangers};
use covibe_domain::image::ImageReference;
use covibe_domain::{
    Access, AppUuid, DomainName, Failure, KeyedTurn, Kind, ResourceKind, Slug, TenantId,
    WorkspaceId, boxed,
};
use covibe_identity::Caller;
use covibe_policy::Principal;
use covibe_store::WorkspaceRecord;
use serde::Serialize;

use crate::audit::Author;
use crate::cells::{Cell, CoolifyNeeds, DetachedPermit, ExecPermit, GiteaAddress, share_of};
use crate::domain_registration::Domains;
use crate::image_registries::AnsweredImage;
use crate::journal::Journal;
use crate::platform::Platform;
use crate::scoped::{Coolify, Gitea, Keys, People, Projects, WorkspaceAudit, polled_deployments};
use crate::settings::Settings;
use crate::tenant_workspaces::Tenancy;
use crate::unmanaged_access::{self, OwnAccess, UnreadStrangers};
use crate::waiting_client::WaitingClient;
use crate::webhooks::OwnHooks;
use crate::workspace_records;

pub(crate) use self::long_waits::LONG_WAIT;
pub use self::long_waits::LongWait;
pub use self::rejected_containers::EndedContainers;

/// The workspace that a call acts on, with scoped access to its resources.
#[derive(Debug)]
pub struct Workspace {
    pub(crate) platform: Arc<Platform>,
    caller: Caller,
    author: Author,
    client: WaitingClient,
    deadline: Instant,
    needs: CoolifyNeeds,
    is_repeated: bool,
    attached: OnceLock<Vec<DomainName>>,
}

/// The circumstances of one call.
#[derive(Debug)]
pub struct Circumstances {
    /// The author in its audit entries.
    pub author: Author,
    /// The client that waits for its answer.
    pub client: WaitingClient,
    /// The time when it must end.
    pub deadline: Instant,
    /// The operation's effect on the workspace.
    pub access: Access,
    /// True if the operation discloses a credential.
    pub discloses: bool,
    /// True if the actor made the same call a moment ago, to see whether something changed.
    pub is_repeated: bool,
}

impl Workspace {
    /// Opens the caller's workspace for one call.
    pub fn open(platform: Arc<Platform>, caller: Caller, call: Circumstances) -> Self {
        let Circumstances { author, client, deadline, access, discloses, is_repeated } = call;
        let removes_strays = caller.principal.access() == KeyAccess::Full;
        let needs = CoolifyNeeds { access, discloses, removes_strays };
        let attached = OnceLock::new();
        Self { platform, caller, author, client, deadline, needs, is_repeated, attached }
    }

    /// Returns the slug.
    pub fn slug(&self) -> &Slug {
        &self.record().slug
    }

    /// Returns the name that people gave it.
    pub fn name(&self) -> &str {
        &self.record().name
    }

    /// Returns the name of its Gitea organisation.
    pub fn organisation(&self) -> &str {
        &self.record().gitea_org
    }

    /// Returns the name of its Gitea bot user.
    pub fn bot(&self) -> &str {
        &self.record().gitea_bot_username
    }

    /// Returns the operator's rules.
    pub fn settings(&self) -> &Settings {
        self.platform.settings()
    }

    /// Asks an image's registry whether it has the image; `None` if the operator does not allow it.
    #[boxed]
    pub async fn find_image(&self, image: &ImageReference) -> Option<AnsweredImage> {
        Some(self.platform.images()?.find(&self.record().tenant, image).await)
    }

    /// Returns the access of the call.
    pub fn access(&self) -> KeyAccess {
        self.principal().access()
    }

    /// Returns the time when the call must end.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns the client that waits for the answer.
    pub fn client(&self) -> &WaitingClient {
        &self.client
    }

    /// Waits for the next look at something that a client waits for until that time. Returns whether there is time for
    /// one, and the client is still there.
    #[boxed]
    pub async fn rest_before_look(&self, pause: Duration, until: Instant) -> bool {
        let next = Instant::now() + pause;
        tokio::select! {
            () = self.client.gone.cancelled() => false,
            () = tokio::time::sleep_until(next.min(until).into()) => next < until,
        }
    }

    /// Returns Coolify, restricted to this workspace.
    #[boxed]
    pub async fn coolify(&self) -> Result<Coolify, Failure> {
        let priority = if self.is_repeated { Priority::Poll } else { Priority::Urgent };
        self.coolify_at(priority).await
    }

    async fn coolify_at(&self, priority: Priority) -> Result<Coolify, Failure> {
        Coolify::enter(&self.platform, self.record(), self.needs, priority).await
    }

    /// Returns the newest deployments of an app, without their logs; `None` for a compose app.
    ///
    /// If the rate budget has no room for a repeated call, they are at most ten seconds old.
    #[boxed]
    pub async fn deployments(
        &self,
        uuid: &AppUuid,
        take: u32,
    ) -> Result<Option<Vec<Deployment>>, Failure> {
        let polled = || polled_deployments(&self.platform, self.record(), uuid, take);
        if self.is_repeated
            && let Some(polled) = polled().await?
        {
            return Ok(Some(polled));
        }
        // Nothing is kept that could be answered instead, so somebody waits for this.
        let listed =
            async { self.coolify_at(Priority::Urgent).await?.listed_deployments(uuid, take).await };
        match listed.await {
            Err(failure) if failure.kind == Kind::Limited => {
                polled().await?.map(Some).ok_or(failure)
            }
            listed => listed,
        }
    }

    /// Returns the uuid of the workspace's resource with this uuid or exact name.
    ///
    /// # Errors
    ///
    /// Not found if the workspace has none; conflict with the candidates if it has several.
    #[boxed]
    pub async fn uuid_of(&self, kind: ResourceKind, text: &str) -> Result<String, Failure> {
        let destroys = self.needs.access == Access::Destroy;
        self.coolify().await?.uuid_of(kind, text, destroys).await
    }

    /// Returns Gitea, restricted to this workspace and read as its bot.
    #[boxed]
    pub async fn gitea<'a>(&'a self) -> Result<Gitea<'a>, Failure> {
        Gitea::enter(&self.platform, self.record(), &self.stored_record().await?)
    }

    /// Returns the address of Gitea.
    pub fn gitea_address(&self) -> Result<&GiteaAddress, Failure> {
        self.platform.cell(self.record())?.gitea_address()
    }

    /// Waits for a permit to run a command in a container of the workspace.
    ///
    /// # Errors
    ///
    /// Limited if the maximum number of commands of the workspace run, or none of those of the cell ends within 20
    /// seconds.
    #[boxed]
    pub async fn exec_permit(&self) -> Result<ExecPermit, Failure> {
        let cell = self.platform.cell(self.record())?;
        let most = self.settings().max_execs;
        cell.commands.running.permit((self.tenant(), self.id()), most).await
    }

    /// Returns a permit to run a command without its client.
    pub(crate) fn detached_permit(&self) -> Result<DetachedPermit, Failure> {
        let cell = self.platform.cell(self.record())?;
        let most = self.settings().max_execs;
        cell.commands.running.detached_permit((self.tenant(), self.id()), most)
    }

    /// Waits for the turn to search a whole log. A tenant searches one at a time.
    #[boxed]
    pub async fn log_search_turn(&self) -> Result<KeyedTurn, Failure> {
        let cell = self.platform.cell(self.record())?;
        Ok(cell.commands.log_searches.acquire(self.tenant()).await)
    }

    /// Waits for the turn to search domains. A tenant searches one at a time.
    #[boxed]
    pub async fn domain_search_turn(&self) -> KeyedTurn {
        self.platform.turns.domain_searches.acquire(self.tenant()).await
    }

    /// Returns its API keys.
    pub fn keys(&self) -> Keys<'_> {
        Keys::new(&self.platform, self.principal(), &self.author)
    }

    /// Returns the people of its tenant.
    pub fn people(&self) -> People<'_> {
        People::new(&self.platform, self.principal(), &self.author)
    }

    /// Returns its audit.
    pub fn audit(&self) -> WorkspaceAudit<'_> {
        WorkspaceAudit::new(&self.platform, self.principal())
    }

    /// Returns its projects.
    pub fn projects(&self) -> Projects<'_> {
        Projects::new(&self.platform.store, self.principal())
    }

    /// Returns its domains.
    pub fn domains(&self) -> Domains<'_> {
        Domains::new(&self.platform, self.principal(), self.deadline)
    }

    /// Returns the journal of its creations.
    pub fn journal(&self) -> Journal<'_> {
        Journal::new(&self.platform.store, self.principal(), self.settings().late)
    }

    /// Returns a keyed digest of parameters, which identifies them without revealing them.
    pub(crate) fn fingerprint(&self, params: &impl Serialize) -> String {
        self.platform.fingerprint(&serde_json::to_vec(params).unwrap_or_default())
    }

    /// Returns the caller's tenant, for keys that may act for it.
    pub fn tenancy(&self) -> Tenancy<'_> {
        Tenancy::new(&self.platform, self.principal(), &self.author, self.deadline)
    }

    /// Returns the problem of the bot's access to Gitea, with the remedy; `None` if there is none, or if Gitea does not
    /// answer. The answer may be up to 30 seconds old.
    #[boxed]
    pub async fn bot_problem(&self) -> Option<String> {
        let cell = self.platform.cell(self.record()).ok()?;
        let check = || async { self.gitea().await?.check_access().await };
        cell.repositories.bot_access.problem(&self.record().id, check).await
    }

    /// Returns the strangers that have access to the workspace's code, or a note that Gitea did not answer within
    /// `patience`; `None` without a Gitea. The answer may be up to a minute old.
    #[boxed]
    pub async fn strangers(&self, patience: Duration) -> Option<Strangers> {
        let cell = self.platform.cell(self.record()).ok()?;
        match cell.repositories.strangers.cached(&self.record().id) {
            Some(known) => Some(known),
            None => Box::pin(self.look_for_strangers(cell, patience)).await,
        }
    }

    async fn look_for_strangers(&self, cell: &Cell, patience: Duration) -> Option<Strangers> {
        let gitea = cell.gitea().ok()?.for_share(share_of(self.record()));
        let role = self.settings().bot_role;
        let look = async {
            let record = self.stored_record().await.map_err(|_| UnreadStrangers::Record)?;
            let (secrets, origin) = (&self.platform.secrets, self.settings().origin().ok());
            let own = origin.map(|origin| OwnHooks::for_workspace(secrets, &record.id, origin));
            let keys = self.clone_keys().all().await.map_err(|_| UnreadStrangers::Record)?;
            let own = OwnAccess { hooks: own.as_ref(), keys: &keys };
            Ok(unmanaged_access::find_strangers(&gitea, &record, role, own).await?)
        };
        cell.repositories.strangers.get_or_read(&self.record().id, patience, look).await
    }

    /// Records in the audit that a check of this server found a resource which reaches beyond the workspace, and the
    /// consequence.
    #[boxed]
    pub async fn record_guard(&self, resource: &str, outcome: &str) -> Result<(), Failure> {
        let entry = self.author.guard_entry(self.record(), resource, outcome);
        self.platform.auditor().record(entry).await
    }

    /// Forgets the strangers that have access to the code.
    pub(crate) fn forget_strangers(&self) {
        if let Ok(cell) = self.platform.cell(self.record()) {
            cell.repositories.strangers.forget(&self.record().id);
        }
    }

    /// Returns the id of the workspace.
    pub(crate) fn id(&self) -> &WorkspaceId {
        &self.record().id
    }

    /// Returns the tenant that the workspace belongs to.
    pub(crate) fn tenant(&self) -> &TenantId {
        &self.principal().tenant
    }

    fn principal(&self) -> &Principal {
        &self.caller.principal
    }

    pub(crate) fn record(&self) -> &WorkspaceRecord {
        &self.caller.workspace
    }

    /// Reads the record again, because a token that was replaced meanwhile must not be used.
    pub(crate) async fn stored_record(&self) -> Result<WorkspaceRecord, Failure> {
        workspace_records::read(&self.platform, self.record()).await
    }
}
