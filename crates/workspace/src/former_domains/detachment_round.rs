//! The work on domains that workspaces have lost and others have, and what it needs of a worker.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{Access, DomainName, Failure, WorkspaceId};
use covibe_store::{DomainRecord, FormerDomain, WorkspaceRecord};
use futures_util::future::BoxFuture;
use tokio::time::timeout;

use crate::domain_attachment::DomainLease;
use crate::operator_access;
use crate::platform::Platform;
use crate::tenant_checks::{RunningChecks, SlotLimits};
use crate::workspace::Workspace;

/// The number of domains that are worked on at once, each of another tenant.
const AT_ONCE: usize = 4;

/// The time limit of the work on one domain.
const LONGEST: Duration = Duration::from_mins(3);

/// The lease of this work on a domain.
const LEASE: Duration = Duration::from_mins(4);

/// The removal of hosts from apps.
pub trait HostRemoval: Debug + Send + Sync + 'static {
    /// Removes the hosts at and below a domain from the apps of a workspace, and the containers that the proxy finds by
    /// them. They are renewed without the hosts if `renews`, and otherwise ended. Safe to repeat.
    ///
    /// # Errors
    ///
    /// It has to be repeated.
    fn remove_hosts<'a>(
        &'a self,
        workspace: Workspace,
        domain: &'a DomainName,
        renews: bool,
    ) -> BoxFuture<'a, Result<HostsLeft, Failure>>;
}

/// The result of removing the hosts of a domain from the apps of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostsLeft {
    /// True if no app and no container still has such a host, and none can get one.
    pub are_gone: bool,
    /// The changes of this time, one sentence for each app.
    pub changes: Vec<String>,
}

/// The result of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detached {
    /// The number of domains that were released.
    pub released: u32,
    /// The number of domains whose containers are being renewed or ended, or that could not be looked at.
    pub open: u32,
}

/// The work under way on domains, by former holder and name. Its result is true if the domain is released.
pub(super) type Detachments = RunningChecks<(WorkspaceId, DomainName), FormerDomain, bool>;

/// The context of a round.
#[derive(Clone)]
pub(super) struct DetachmentRound {
    pub(super) platform: Arc<Platform>,
    pub(super) removal: Arc<dyn HostRemoval>,
}

/// A workspace that has lost a domain, and its record of the domain.
struct FormerHolder {
    record: WorkspaceRecord,
    domain: DomainRecord,
    /// True if nothing of the workspace may be started.
    is_suspended: bool,
}

impl DetachmentRound {
    /// Creates an empty agenda. The domains of a tenant are worked on one after the other, so that none delays those of
    /// others.
    pub(super) fn new_detachments() -> Detachments {
        Detachments::new(SlotLimits::one_per_tenant(AT_ONCE), Duration::ZERO)
    }

    /// Notes the domains that workspaces have lost and others have.
    ///
    /// # Errors
    ///
    /// If the database does not answer.
    pub(super) async fn begin(&self, detachments: &mut Detachments) -> Result<(), Failure> {
        for former in self.platform.store.former_domains().await? {
            let key = (former.workspace.clone(), former.name.clone());
            if !detachments.is_running(&key) {
                // A later round notes what finds no place.
                detachments.note(&former.tenant.clone(), key, former);
            }
        }
        Ok(())
    }

    /// Works on the noted domains until the work on one of them has ended. Returns whether this domain is released.
    pub(super) async fn next_end(&self, detachments: &mut Detachments) -> bool {
        let detach = |former: FormerDomain| {
            let round = self.clone();
            // Boxed because the future is large.
            async move { Box::pin(round.detach_or_warn(&former)).await }
        };
        let (_, is_released) = detachments.next_end(detach).await;
        // The log has the panic of a removal.
        is_released.unwrap_or(false)
    }

    async fn detach_or_warn(&self, former: &FormerDomain) -> bool {
        let detached = self.detach(former).await;
        let warn = |failure: &Failure| {
            tracing::warn!(
                tenant = %former.tenant, domain = %former.name, %failure,
                "a domain that a workspace has lost could not be detached from its apps yet"
            );
        };
        detached.inspect_err(warn).unwrap_or(false)
    }

    /// Works on a domain. Returns whether it is released, or its former holder is removed.
    async fn detach(&self, former: &FormerDomain) -> Result<bool, Failure> {
        let Some(holder) = self.read_holder(former).await? else { return Ok(true) };
        let store = self.platform.store.in_background();
        let lease = DomainLease::try_acquire(&store, &former.tenant, &holder.domain, LEASE);
        let Some(mut held) = lease.await? else { return Ok(false) };
        let left = timeout(LONGEST, self.remove_hosts(&holder, &former.name)).await;
        let left = left.unwrap_or_else(|_| Err(late_removal()));
        let noted = note_changes(&mut held, left).await;
        held.let_go_unchanged().await?;
        noted
    }

    /// Reads the former holder; `None` if it was removed meanwhile, or has ordered the domain again.
    async fn read_holder(&self, former: &FormerDomain) -> Result<Option<FormerHolder>, Failure> {
        let mut tx = self.platform.store.in_background().tenant_read(&former.tenant).await?;
        let record = tx.workspace(&former.workspace).await?;
        let domain = tx.domain(&former.workspace, former.name.as_str()).await?;
        let is_suspended = tx.is_suspended().await?;
        tx.commit().await?;
        let both = record.zip(domain.filter(DomainRecord::is_over));
        Ok(both.map(|(record, domain)| FormerHolder { record, domain, is_suspended }))
    }

    /// Removes the hosts from the apps of the former holder. A workspace without a project at Coolify has no apps.
    async fn remove_hosts(
        &self,
        holder: &FormerHolder,
        domain: &DomainName,
    ) -> Result<HostsLeft, Failure> {
        let FormerHolder { record, is_suspended, .. } = holder;
        if !self.has_project(record).await? {
            return Ok(HostsLeft { are_gone: true, changes: Vec::new() });
        }
        let platform = Arc::clone(&self.platform);
        let workspace = operator_access::open_server(platform, record.clone(), Access::Write);
        self.removal.remove_hosts(workspace, domain, !is_suspended).await
    }

    /// Returns whether Coolify has the project of a workspace.
    async fn has_project(&self, of: &WorkspaceRecord) -> Result<bool, Failure> {
        let Some(project) = &of.coolify_project_uuid else { return Ok(false) };
        let coolify = self.platform.cell(of)?.coolify()?;
        Ok(coolify.find_project(project).await?.is_some())
    }
}

/// Writes down what was changed, and that the domain is released once nothing is left. Returns whether it is.
async fn note_changes(
    held: &mut DomainLease<'_>,
    left: Result<HostsLeft, Failure>,
) -> Result<bool, Failure> {
    let HostsLeft { are_gone, changes } = left?;
    for change in &changes {
        held.note(|_| {}, Some((DomainEventKind::HostsRemoved, change.as_str()))).await?;
    }
    if are_gone {
        held.note_released().await?;
    }
    Ok(are_gone)
}

fn late_removal() -> Failure {
    Failure::unready("The hosts could not be removed from the apps in time.")
}
