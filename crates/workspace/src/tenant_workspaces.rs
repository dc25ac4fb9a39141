//! The rights of a key with scope `tenant`: listing and creating the workspaces of its tenant. A person lists those of
//! all of their tenants.

use std::sync::Arc;
use std::time::Instant;

use covibe_domain::entities::{KeyScope, WorkspaceSummary};
use covibe_domain::{Actor, Failure, Slug, TenantId, UserId, boxed};
use covibe_identity::{KeyRequest, NewApiKey, Standing, hold_session};
use covibe_policy::Principal;
use covibe_store::{Error, WorkspaceRecord};

use crate::audit::Author;
use crate::platform::Platform;
use crate::provision::{self, Wants};
use crate::scoped::Keys;
use crate::workspace_failures::taken_slug;
use crate::workspace_records::{self, Described};

/// The maximum number of workspaces of a tenant.
const MAX_WORKSPACES: usize = 100;

/// The caller's tenant.
#[derive(Debug)]
pub struct Tenancy<'a> {
    platform: &'a Arc<Platform>,
    principal: &'a Principal,
    author: &'a Author,
    deadline: Instant,
}

/// A workspace that is open to the caller.
#[derive(Debug)]
pub struct OpenWorkspace {
    /// Its description.
    pub summary: WorkspaceSummary,
    /// The name of its tenant, for a person, who may be a member of several.
    pub company: Option<String>,
}

/// A workspace of the caller's tenant.
#[derive(Debug)]
pub struct Sibling<'a> {
    tenancy: Tenancy<'a>,
    record: WorkspaceRecord,
}

impl<'a> Tenancy<'a> {
    /// Restricts the platform to the principal's tenant.
    pub(crate) fn new(
        platform: &'a Arc<Platform>,
        principal: &'a Principal,
        author: &'a Author,
        deadline: Instant,
    ) -> Self {
        Self { platform, principal, author, deadline }
    }

    /// Returns the workspaces that the caller may access: for a key its own one, or with scope `tenant` all of the
    /// tenant; for a person those of all of their tenants that are open to them.
    #[boxed]
    pub async fn workspaces(&self) -> Result<Vec<OpenWorkspace>, Failure> {
        if let Actor::Person(user) = &self.principal.actor {
            return self.workspaces_of_person(user).await;
        }
        let tenant = &self.principal.tenant;
        let mut tx = self.platform.store.tenant_read(tenant).await?;
        let mut workspaces = tx.workspaces().await?;
        tx.commit().await?;
        if self.principal.scope != KeyScope::Tenant {
            workspaces.retain(|record| record.id == self.principal.workspace);
        }
        self.describe_all(tenant, workspaces, None).await
    }

    async fn workspaces_of_person(&self, user: &UserId) -> Result<Vec<OpenWorkspace>, Failure> {
        let mut all = Vec::new();
        for standing in self.platform.identity().all_standings(user).await? {
            let Standing { tenant, name, workspaces, .. } = standing;
            let records = workspaces.into_iter().map(|(record, _)| record).collect();
            all.extend(self.describe_all(&tenant, records, Some(&name)).await?);
        }
        Ok(all)
    }

    /// Describes workspaces of a tenant that are open to the caller.
    async fn describe_all(
        &self,
        tenant: &TenantId,
        records: Vec<WorkspaceRecord>,
        company: Option<&str>,
    ) -> Result<Vec<OpenWorkspace>, Failure> {
        let mut tx = self.platform.store.tenant_read(tenant).await?;
        let mut described = Vec::with_capacity(records.len());
        for record in records {
            let steps = tx.steps(&record.id).await?;
            let summary = provision::summary(&record, steps, self.platform.settings());
            described.push(OpenWorkspace { summary, company: company.map(str::to_owned) });
        }
        tx.commit().await?;
        Ok(described)
    }

    /// Creates the records of a workspace, or returns the tenant's workspace with this slug.
    ///
    /// # Errors
    ///
    /// Forbidden without scope `tenant`; conflict if another tenant has the slug or this one has
    /// 100 workspaces.
    pub async fn create(self, slug: Slug, name: &str) -> Result<Sibling<'a>, Failure> {
        if self.principal.scope != KeyScope::Tenant {
            return Err(Failure::forbidden("This key can act only on its own workspace.").hint(
                "Ask the user for a key with scope `tenant`; only such a key creates workspaces.",
            ));
        }
        let mut tx = self.platform.store.tenant(&self.principal.tenant).await?;
        // Two creations would otherwise count the same workspaces.
        tx.lock_tenant().await?;
        hold_session(&mut tx, self.principal).await?;
        let present = tx.workspaces().await?;
        if let Some(own) = present.iter().find(|record| record.slug == slug) {
            tx.commit().await?;
            return Ok(Sibling { tenancy: self, record: own.clone() });
        }
        if present.len() >= MAX_WORKSPACES {
            let message = format!("The tenant already has {MAX_WORKSPACES} workspaces.");
            return Err(Failure::conflict(message).hint("Use one of them, or ask the operator."));
        }
        let record = workspace_records::new(&self.principal.tenant, slug, name);
        match tx.insert_workspace(&record).await {
            Ok(()) => tx.commit().await?,
            Err(Error::Conflict) => return Err(taken_slug(&record.slug)),
            Err(error) => return Err(error.into()),
        }
        Ok(Sibling { tenancy: self, record })
    }
}

impl Sibling<'_> {
    /// Brings the workspace to `ready`.
    #[boxed]
    pub async fn provision(&self) -> Result<(), Failure> {
        let Tenancy { platform, author, deadline, .. } = self.tenancy;
        provision::run(platform, &self.record, Wants::default(), author.clone(), deadline).await
    }

    /// Reads the description of the workspace.
    #[boxed]
    pub async fn read_summary(&self) -> Result<WorkspaceSummary, Failure> {
        let Described { record, steps } =
            workspace_records::describe(self.tenancy.platform, &self.record).await?;
        Ok(provision::summary(&record, steps, self.tenancy.platform.settings()))
    }

    /// Creates a key for the workspace.
    #[boxed]
    pub async fn mint(&self, request: KeyRequest) -> Result<NewApiKey, Failure> {
        let Self { tenancy, record } = self;
        let (workspace, slug) = (record.id.clone(), record.slug.clone());
        let owner = Principal { workspace, slug, ..tenancy.principal.clone() };
        Keys::new(tenancy.platform, &owner, tenancy.author).mint(request).await
    }
}
