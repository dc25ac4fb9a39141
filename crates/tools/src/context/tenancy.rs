//! What a key may do that was minted for the whole tenant: found workspaces and list them.

use std::sync::Arc;
use std::time::Instant;

use covibe_domain::entities::KeyScope;
use covibe_domain::{Failure, Slug};
use covibe_identity::{KeyRequest, NewApiKey};
use covibe_policy::Principal;
use covibe_store::{Error, WorkspaceRecord};

use super::workspace::Described;
use super::{Keys, Platform};
use crate::entry::By;
use crate::found;
use crate::provision::{self, Wants};

/// How many workspaces a tenant may have.
const MAX_WORKSPACES: usize = 100;

/// The caller's tenant.
pub(crate) struct Tenancy<'a> {
    platform: &'a Arc<Platform>,
    principal: &'a Principal,
    by: &'a By,
    deadline: Instant,
}

impl<'a> Tenancy<'a> {
    /// The tenant of this principal.
    pub(super) fn new(
        platform: &'a Arc<Platform>,
        principal: &'a Principal,
        by: &'a By,
        deadline: Instant,
    ) -> Self {
        Self { platform, principal, by, deadline }
    }

    /// The workspaces that the caller has access to: its own one, or with a tenant's key all.
    pub(crate) async fn workspaces(&self) -> Result<Vec<Described>, Failure> {
        let mut tx = self.platform.store.tenant_read(&self.principal.tenant).await?;
        let mut workspaces = tx.workspaces().await?;
        if self.principal.scope != KeyScope::Tenant {
            workspaces.retain(|record| record.id == self.principal.workspace);
        }
        let mut described = Vec::with_capacity(workspaces.len());
        for record in workspaces {
            let steps = tx.steps(&record.id).await?;
            described.push(Described { record, steps });
        }
        tx.commit().await?;
        Ok(described)
    }

    /// Founds a workspace; one of the tenant's own with this slug is gone on with.
    pub(crate) async fn found(&self, slug: Slug, name: &str) -> Result<WorkspaceRecord, Failure> {
        if self.principal.scope != KeyScope::Tenant {
            return Err(Failure::forbidden("This key acts on its workspace only.").hint(
                "Ask the user for a key with scope `tenant`; only such a key creates workspaces.",
            ));
        }
        let mut tx = self.platform.store.tenant(&self.principal.tenant).await?;
        let present = tx.workspaces().await?;
        if let Some(own) = present.iter().find(|record| record.slug == slug) {
            tx.commit().await?;
            return Ok(own.clone());
        }
        if present.len() >= MAX_WORKSPACES {
            return Err(Failure::conflict(format!("The tenant has {MAX_WORKSPACES} workspaces."))
                .hint("Use one of them, or ask the operator."));
        }
        let record = found::record(&self.principal.tenant, slug, name);
        match tx.insert_workspace(&record).await {
            Ok(()) => tx.commit().await?,
            Err(Error::Conflict) => return Err(taken(&record.slug)),
            Err(error) => return Err(error.into()),
        }
        Ok(record)
    }

    /// Brings one of the tenant's workspaces to `ready`.
    pub(crate) async fn provision(&self, of: &WorkspaceRecord) -> Result<(), Failure> {
        let (wants, by) = (Wants::default(), self.by.clone());
        provision::provision_by(self.platform, of, wants, by, self.deadline).await
    }

    /// One of the tenant's workspaces as it is at this moment.
    pub(crate) async fn described(&self, of: &WorkspaceRecord) -> Result<Described, Failure> {
        provision::described(self.platform, of).await
    }

    /// A key for one of the tenant's workspaces.
    pub(crate) async fn mint(
        &self,
        of: &WorkspaceRecord,
        request: KeyRequest,
    ) -> Result<NewApiKey, Failure> {
        let owner =
            Principal { workspace: of.id.clone(), slug: of.slug.clone(), ..self.principal.clone() };
        Keys::new(&self.platform.identity, &owner).mint(request).await
    }
}

fn taken(slug: &Slug) -> Failure {
    Failure::conflict(format!("The slug {slug} is taken."))
        .hint("Choose another one, such as one with your company's name in it.")
}
