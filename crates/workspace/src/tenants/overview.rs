//! The things that a tenant has, as far as the database knows it. No secret is in it.

use covibe_domain::entities::{ProvisionStatus, RegistrationState, Role, StorageState};
use covibe_domain::{
    DomainName, Email, Failure, Slug, TenantId, Timestamp, UserId, WorkspaceId, boxed,
};
use covibe_store::{DomainRecord, Member, StorageRecord, Store, Tx, WorkspaceRecord};
use serde::Serialize;

/// The number of domains that are read at once.
const PAGE: u32 = 100;

/// A tenant and what it has.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TenantOverview {
    /// Its id.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// `active`, `suspended`, `deleting` or `deleted`.
    pub status: &'static str,
    /// Since when, unless it is active.
    pub since: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The number of its valid keys.
    pub keys: usize,
    /// The number of its open invitations.
    pub open_invitations: usize,
    /// Its members, by email address.
    pub people: Vec<MemberOverview>,
    /// Its workspaces, by slug.
    pub workspaces: Vec<WorkspaceOverview>,
}

/// A member of a tenant.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberOverview {
    /// The person.
    pub id: UserId,
    /// Their email address.
    pub email: Email,
    /// Their name.
    pub name: String,
    /// Their role in the tenant.
    pub role: Role,
    /// Since when.
    pub since: Timestamp,
}

/// A workspace and what it has.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkspaceOverview {
    /// Its id.
    pub id: WorkspaceId,
    /// Its slug.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// The cell that it lives in.
    pub cell: String,
    /// The state of its provisioning.
    pub provision_status: ProvisionStatus,
    /// The organisation with its repositories.
    pub gitea_org: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The number of its valid keys.
    pub keys: usize,
    /// Its domains, by name.
    pub domains: Vec<DomainOverview>,
    /// Its object storage.
    pub bucket: Option<BucketOverview>,
}

/// A domain of a workspace.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainOverview {
    /// Its name.
    pub name: DomainName,
    /// The state of its registration.
    pub state: RegistrationState,
    /// When its term ends.
    pub expires_at: Option<Timestamp>,
    /// The provider's id of its zone, if it has one.
    pub zone: Option<String>,
}

/// The object storage of a workspace.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BucketOverview {
    /// The bucket.
    pub name: String,
    /// The address where S3 is spoken.
    pub endpoint: String,
    /// Its state.
    pub state: StorageState,
}

/// Returns an overview of a tenant; `None` if the id is unknown, or if only the audit of the tenant is left.
#[boxed]
pub async fn tenant_overview(
    store: &Store,
    tenant: &TenantId,
) -> Result<Option<TenantOverview>, Failure> {
    let mut tx = store.tenant_read(tenant).await?;
    let found = read(&mut tx).await?;
    tx.commit().await?;
    Ok(found)
}

async fn read(tx: &mut Tx) -> Result<Option<TenantOverview>, Failure> {
    let Some(record) = tx.tenant_record().await? else { return Ok(None) };
    let mut workspaces = Vec::new();
    for workspace in tx.workspaces().await? {
        workspaces.push(read_workspace(tx, workspace).await?);
    }
    let people = tx.members().await?.into_iter().map(member).collect();
    let open_invitations = tx.invitations(Timestamp::now()).await?.len();
    Ok(Some(TenantOverview {
        id: record.id,
        name: record.name,
        status: record.status.as_str(),
        since: record.status.since(),
        created_at: record.created_at,
        keys: workspaces.iter().map(|workspace| workspace.keys).sum(),
        open_invitations,
        people,
        workspaces,
    }))
}

async fn read_workspace(
    tx: &mut Tx,
    record: WorkspaceRecord,
) -> Result<WorkspaceOverview, Failure> {
    let now = Timestamp::now();
    let keys = tx.keys(&record.id).await?.into_iter();
    let keys = keys.filter(|key| key.expires_at.is_none_or(|at| at > now)).count();
    let domains = read_domains(tx, &record.id).await?.into_iter().map(domain).collect();
    let bucket = tx.storage(&record.id).await?.map(bucket);
    Ok(WorkspaceOverview {
        id: record.id,
        slug: record.slug,
        name: record.name,
        tenant: record.tenant,
        cell: record.cell.to_string(),
        provision_status: record.provision_status,
        gitea_org: record.gitea_org,
        created_at: record.created_at,
        keys,
        domains,
        bucket,
    })
}

/// Reads all domains of a workspace that it has, had or is buying.
async fn read_domains(tx: &mut Tx, workspace: &WorkspaceId) -> Result<Vec<DomainRecord>, Failure> {
    let mut all: Vec<DomainRecord> = Vec::new();
    loop {
        let after = all.last().map(|last| last.name.to_string()).unwrap_or_default();
        let page = tx.domains(workspace, &after, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn member(Member { user, role, since, .. }: Member) -> MemberOverview {
    MemberOverview { id: user.id, email: user.email, name: user.name, role, since }
}

fn domain(
    DomainRecord { name, state, expires_at, attachment, .. }: DomainRecord,
) -> DomainOverview {
    DomainOverview { name, state, expires_at, zone: attachment.zone }
}

fn bucket(StorageRecord { place, state, .. }: StorageRecord) -> BucketOverview {
    BucketOverview { name: place.bucket, endpoint: place.endpoint, state }
}
