//! One round over the domains that workspaces have lost and others have, and what it needs of a worker.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use covibe_domain::entities::DomainEventKind;
use covibe_domain::{Access, DomainName, Failure, TenantId, Timestamp};
use covibe_store::{DomainRecord, FormerDomain, WorkspaceRecord};
use futures_util::future::BoxFuture;
use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;

use crate::domain_attachment::DomainLease;
use crate::operator_access;
use crate::platform::Platform;
use crate::workspace::Workspace;

/// The number of tenants whose domains are worked on at once.
const CONCURRENCY: usize = 4;

/// The maximum number of domains of a tenant that a round works on.
const BATCH: usize = 20;

/// The time after which a round works on other domains of a tenant that has more of them, in milliseconds: the longest
/// pause between two rounds.
const STEP: i64 = 5 * 60 * 1000;

/// The time limit of the work on one domain in a round.
const LONGEST: Duration = Duration::from_mins(3);

/// The lease of a round on a domain.
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
    /// True if no app and no container has such a host any more, and none can get one.
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

/// The context of a round.
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
    /// Works on these domains: those of a tenant one after the other, so that none delays those of others.
    pub(super) async fn carry_out(&self, former: Vec<FormerDomain>) -> Detached {
        let mut by_tenant = BTreeMap::<TenantId, Vec<FormerDomain>>::new();
        for one in former {
            by_tenant.entry(one.tenant.clone()).or_default().push(one);
        }
        let tenants = stream::iter(by_tenant.into_values());
        // Boxed because the futures are large.
        let works = tenants.map(|domains| Box::pin(self.detach_all(domains)));
        let all: Vec<Detached> = works.buffer_unordered(CONCURRENCY).collect().await;
        all.into_iter().fold(Detached::default(), |sum, one| Detached {
            released: sum.released + one.released,
            open: sum.open + one.open,
        })
    }

    /// Works on the domains of a tenant.
    async fn detach_all(&self, domains: Vec<FormerDomain>) -> Detached {
        let mut detached = Detached::default();
        for former in &batch(domains, Timestamp::now()) {
            match self.detach(former).await {
                Ok(true) => detached.released += 1,
                Ok(false) => detached.open += 1,
                Err(failure) => {
                    detached.open += 1;
                    tracing::warn!(
                        tenant = %former.tenant, domain = %former.name, %failure,
                        "a domain that a workspace has lost could not be detached from its apps yet"
                    );
                }
            }
        }
        detached
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

/// Returns the domains of a tenant that a round at this time works on. Some that are never released must not keep the
/// others from it: the next holders of those wait, too.
fn batch(mut domains: Vec<FormerDomain>, now: Timestamp) -> Vec<FormerDomain> {
    let steps = usize::try_from(now.as_millis() / STEP).unwrap_or_default();
    if domains.len() > BATCH {
        let first = steps.wrapping_mul(BATCH) % domains.len();
        domains.rotate_left(first);
        domains.truncate(BATCH);
    }
    domains
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn former(number: usize) -> FormerDomain {
        let (tenant, workspace) = ("ten_mark".parse().unwrap(), "ws_mark".parse().unwrap());
        FormerDomain { tenant, workspace, name: format!("d{number}.ca").try_into().unwrap() }
    }

    #[test]
    fn rounds_work_on_all_domains_of_a_tenant_in_turn() {
        for count in [1, BATCH, BATCH + 1, 50] {
            let batch_of_round = |round: i64| {
                batch((0..count).map(former).collect(), Timestamp::from_millis(round * STEP))
            };
            let rounds: Vec<_> = (0..50).map(batch_of_round).collect();
            assert!(rounds.iter().all(|domains| domains.len() == count.min(BATCH)));
            let seen: BTreeSet<_> = rounds.iter().flatten().map(|one| one.name.as_str()).collect();
            assert_eq!(seen.len(), count);
        }
    }
}
