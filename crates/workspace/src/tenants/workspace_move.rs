//! The move of a workspace to another tenant, as far as the database goes. On the upstreams nothing changes: what a
//! workspace has there is found by its own marks, which name no tenant.

use std::time::{Duration, Instant};

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Failure, TenantId, Timestamp, boxed};
use covibe_store::{AuditEntry, RevokedKey, TenantStatus, Tx, WorkspaceRecord};

use crate::audit::{Author, random_id};
use crate::platform::Platform;
use crate::provision::{has_open_replacement, request_replacement};
use crate::storage::discard_google_secret;

/// The operation's name in the audit.
const TOOL: &str = "workspace.move_tenant";

impl Platform {
    /// Refuses a move that can't be made now: to the tenant that has the workspace, to or from one that is deleted or
    /// suspended, or while something of the workspace is open.
    ///
    /// # Errors
    ///
    /// Not found if there is no such tenant, conflict if it can't be made now.
    #[boxed]
    pub async fn check_move(&self, of: &WorkspaceRecord, to: &TenantId) -> Result<(), Failure> {
        if of.tenant == *to {
            return Err(already_moved(of, self.is_move_unfinished(of).await?));
        }
        for tenant in [&of.tenant, to] {
            let status = self.tenant_record(tenant).await?.status;
            let is_left = tenant == &of.tenant && matches!(status, TenantStatus::Suspended(_));
            if status != TenantStatus::Active && !is_left {
                return Err(inactive_tenant(tenant, status));
            }
        }
        let mut tx = self.store.tenant_read(&of.tenant).await?;
        let open = tx.open_work(&of.id, self.settings().detached.lost_after).await?;
        tx.commit().await?;
        refuse_open(of, &open)
    }

    /// Returns whether credentials of a workspace for Gitea are still to be replaced, because that was not done since its
    /// move, or a rotation has not succeeded.
    #[boxed]
    pub async fn has_open_replacement(&self, of: &WorkspaceRecord) -> Result<bool, Failure> {
        has_open_replacement(self, of).await
    }

    /// Returns whether credentials of a workspace, or the key of its bucket, are still to be replaced, so that people and
    /// agents of its former tenant may use them.
    #[boxed]
    pub async fn is_move_unfinished(&self, of: &WorkspaceRecord) -> Result<bool, Failure> {
        if self.has_open_replacement(of).await? {
            return Ok(true);
        }
        let mut tx = self.store.tenant_read(&of.tenant).await?;
        let storage = tx.storage(&of.id).await?;
        tx.commit().await?;
        Ok(storage.is_some_and(|storage| storage.lacks_secret()))
    }

    /// Moves a workspace to another tenant as the operator, in one transaction. Its keys end, and so do those of the former
    /// tenant that were minted with them. The transaction also requests the replacement of its credentials on the
    /// upstreams, which its next provisioning makes, and of the key of its bucket at Google, which the next
    /// `storage.provision` makes. The chains of both tenants have the move.
    ///
    /// # Errors
    ///
    /// As those of [`Platform::check_move`]; unready if the audit can't be written: nothing changes then.
    #[boxed]
    pub async fn move_workspace(&self, of: &WorkspaceRecord, to: &TenantId) -> Result<(), Failure> {
        self.check_move(of, to).await?;
        let (call, begun) = (random_id(), Instant::now());
        self.record_move((of, to), &call, AuditEntry::STARTED, Duration::ZERO).await?;
        let moved = self.move_records(of, to).await;
        let outcome = moved.as_ref().err().map_or("ok", |failure| failure.kind.code());
        self.record_move((of, to), &call, outcome, begun.elapsed()).await?;
        let author = Author::operator(&of.tenant);
        self.auditor().record_revocations(&author, &moved?, of.id.as_str()).await
    }

    /// Returns the keys that ended because they were minted with keys of the workspace.
    async fn move_records(
        &self,
        of: &WorkspaceRecord,
        to: &TenantId,
    ) -> Result<Vec<RevokedKey>, Failure> {
        let mut tx = self.store.tenant(&of.tenant).await?;
        // In the order in which a mint locks both.
        tx.lock_tenant().await?;
        // What begins something of the workspace waits here, and finds it gone afterwards.
        tx.lock_workspace(&of.id).await?;
        refuse_open(of, &tx.open_work(&of.id, self.settings().detached.lost_after).await?)?;
        let ended = tx.move_workspace(&of.id, to, Timestamp::now()).await?;
        request_replacements(&mut tx, of).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Writes an entry into the chain of each of the two tenants.
    async fn record_move(
        &self,
        (of, to): (&WorkspaceRecord, &TenantId),
        call: &str,
        outcome: &str,
        duration: Duration,
    ) -> Result<(), Failure> {
        for tenant in [&of.tenant, to] {
            let entry = Author::operator(tenant).entry(of, call, TOOL, outcome, duration);
            self.auditor().record(entry).await?;
        }
        Ok(())
    }
}

/// Records in the transaction of the move that credentials are to be replaced, so that no end of the process forgets it.
async fn request_replacements(tx: &mut Tx, of: &WorkspaceRecord) -> Result<(), Failure> {
    let moved = tx.workspace(&of.id).await?;
    // Nobody got credentials of one that never became ready.
    let is_ready = moved.is_some_and(|it| it.provision_status == ProvisionStatus::Ready);
    if is_ready && !request_replacement(tx, &of.id).await? {
        return refuse_open(of, &[("provisioning", 1)]);
    }
    Ok(discard_google_secret(tx, &of.id).await?)
}

fn already_moved(of: &WorkspaceRecord, is_unfinished: bool) -> Failure {
    let (tenant, slug) = (&of.tenant, &of.slug);
    let failure = Failure::conflict(format!("{tenant} already has the workspace {slug}."));
    if !is_unfinished {
        return failure;
    }
    failure.hint(format!(
        "Its credentials have not been replaced yet. `covibe-server workspace move-tenant {slug} --to {tenant} --confirm \
         {slug}` replaces them."
    ))
}

fn refuse_open(of: &WorkspaceRecord, open: &[(&str, i64)]) -> Result<(), Failure> {
    if open.is_empty() {
        return Ok(());
    }
    let named: Vec<_> = open.iter().map(|(what, count)| format!("{what} ({count})")).collect();
    let slug = &of.slug;
    Err(Failure::conflict(format!(
        "The workspace {slug} has unfinished work: {}.",
        named.join(", ")
    ))
    .hint(
        "Repeat the command once this work has ended. An interrupted call ends when it is repeated, or \
         after a day; `covibe-server provision --workspace` finishes provisioning, and \
         `covibe-server reconcile` finishes orders of domains.",
    ))
}

fn inactive_tenant(tenant: &TenantId, status: TenantStatus) -> Failure {
    let failure = Failure::conflict(format!("The tenant {tenant} is {}.", status.as_str()));
    match status {
        TenantStatus::Suspended(_) => {
            failure.hint(format!("`covibe-server tenant resume {tenant}` ends the suspension."))
        }
        _ => failure.hint("`covibe-server tenant list` lists the others."),
    }
}
