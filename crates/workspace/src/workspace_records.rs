//! Workspace records, as they are in the database now.

use covibe_domain::entities::{ProvisionStatus, Role, Step};
use covibe_domain::{
    CellName, Failure, Slug, TenantId, Timestamp, UserId, WorkspaceId, boxed, names,
};
use covibe_store::{Error, Membership, Tenant, Tx, WorkspaceRecord};

use crate::platform::Platform;
use crate::workspace_failures::{removed_workspace, taken_slug};

/// A workspace with the steps of its provisioning, both of the same moment.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) record: WorkspaceRecord,
    pub(crate) steps: Vec<Step>,
}

/// Reads a workspace's record.
pub(crate) async fn read(
    platform: &Platform,
    of: &WorkspaceRecord,
) -> Result<WorkspaceRecord, Failure> {
    let mut tx = platform.store.tenant_read(&of.tenant).await?;
    let record = tx.workspace(&of.id).await?;
    tx.commit().await?;
    record.ok_or_else(|| removed_workspace(&of.slug))
}

/// Reads a workspace's record and the steps of its provisioning.
pub(crate) async fn describe(
    platform: &Platform,
    of: &WorkspaceRecord,
) -> Result<Described, Failure> {
    let mut tx = platform.store.tenant_read(&of.tenant).await?;
    let record = tx.workspace(&of.id).await?;
    let steps = tx.steps(&of.id).await?;
    tx.commit().await?;
    Ok(Described { record: record.ok_or_else(|| removed_workspace(&of.slug))?, steps })
}

/// Returns the workspaces of a tenant that are ready; none while it is suspended.
pub(crate) async fn ready_workspaces(
    platform: &Platform,
    of: &TenantId,
) -> Result<Vec<WorkspaceRecord>, Failure> {
    let mut tx = platform.store.in_background().tenant_read(of).await?;
    let mut records = if tx.is_suspended().await? { Vec::new() } else { tx.workspaces().await? };
    tx.commit().await?;
    records.retain(|record| record.provision_status == ProvisionStatus::Ready);
    Ok(records)
}

/// Creates the records of a tenant and its first workspace. [`crate::provision()`] brings the
/// workspace to `ready`.
#[boxed]
pub async fn create_tenant(
    platform: &Platform,
    tenant: TenantId,
    slug: Slug,
    name: &str,
) -> Result<WorkspaceRecord, Failure> {
    let record = new(&tenant, slug, name);
    let mut tx = platform.store.tenant(&tenant).await?;
    insert(&mut tx, name, &record).await?;
    tx.commit().await?;
    Ok(record)
}

impl Platform {
    /// Creates the records of a tenant that a person founds, whose first member and admin they are, and of its
    /// first workspace. [`crate::provision()`] brings the workspace to `ready`.
    ///
    /// # Errors
    ///
    /// Conflict if the slug is taken, or the person is a member of a company already.
    #[boxed]
    pub async fn found_company(
        &self,
        founder: &UserId,
        company: &str,
        slug: Slug,
        workspace: &str,
    ) -> Result<WorkspaceRecord, Failure> {
        let record = new(&TenantId::from_random(covibe_crypto::random()), slug, workspace);
        let mut tx = self.store.founding(founder, &record.tenant).await?.ok_or_else(is_member)?;
        match insert(&mut tx, company, &record).await {
            Ok(()) => {}
            Err(Error::Conflict) => return Err(taken_slug(&record.slug)),
            Err(error) => return Err(error.into()),
        }
        let (tenant, user) = (record.tenant.clone(), founder.clone());
        let created_at = Timestamp::now();
        let membership = Membership { user, tenant, role: Role::Admin, created_at, made_by: None };
        tx.insert_membership(&membership).await?;
        tx.commit().await?;
        Ok(record)
    }
}

fn is_member() -> Failure {
    Failure::conflict("You are already a member of a company.")
}

async fn insert(tx: &mut Tx, name: &str, record: &WorkspaceRecord) -> Result<(), Error> {
    let (id, name) = (record.tenant.clone(), name.to_owned());
    tx.insert_tenant(&Tenant { id, name, created_at: Timestamp::now() }).await?;
    tx.insert_workspace(record).await
}

/// Returns the record of a workspace without any resources yet.
pub(crate) fn new(tenant: &TenantId, slug: Slug, name: &str) -> WorkspaceRecord {
    WorkspaceRecord {
        id: WorkspaceId::from_random(covibe_crypto::random()),
        tenant: tenant.clone(),
        cell: CellName::default(),
        name: name.to_owned(),
        gitea_org: names::gitea_org(&slug),
        gitea_bot_username: names::gitea_bot(&slug),
        upstream_mark: None,
        gitea_org_id: None,
        gitea_bot_email: None,
        gitea_bot_id: None,
        gitea_bot_token: None,
        gitea_bot_token_id: None,
        gitea_clone_token: None,
        gitea_clone_token_id: None,
        gitea_replaced_tokens: None,
        gitea_bot_ssh_key_id: None,
        coolify_private_key_uuid: None,
        coolify_project_uuid: None,
        coolify_environment_name: names::ENVIRONMENT.to_owned(),
        coolify_destination_uuid: None,
        coolify_destination_server: None,
        provision_status: ProvisionStatus::Pending,
        created_at: Timestamp::now(),
        slug,
    }
}
