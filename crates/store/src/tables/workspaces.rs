//! Workspaces.

use std::fmt;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{
    CellName, DestinationUuid, PrivateKeyUuid, ProjectUuid, ServerUuid, Slug, TenantId, Timestamp,
    WorkspaceId,
};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::{Error, Result};
use crate::row::{parse, parse_some, word};
use crate::schema::{self, vibn_workspaces as table};
use crate::statement::named;
use crate::store::Store;
use crate::tx::{Access, Scope, Tx};

/// The record of a workspace.
#[derive(Clone, PartialEq, Eq)]
pub struct WorkspaceRecord {
    /// Its id.
    pub id: WorkspaceId,
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// The cell it lives in; it never changes.
    pub cell: CellName,
    /// Its slug, unique among all tenants; it never changes.
    pub slug: Slug,
    /// Its name.
    pub name: String,
    /// What marks the things that are created for it on the upstreams: the installation's id, its own
    /// id and a random part. Recorded before anything is created.
    pub upstream_mark: Option<String>,
    /// Its Gitea organisation.
    pub gitea_org: String,
    /// The id of that organisation in Gitea.
    pub gitea_org_id: Option<i64>,
    /// Its Gitea bot user.
    pub gitea_bot_username: String,
    /// The bot's address, which nobody can guess. Recorded before the bot is created.
    pub gitea_bot_email: Option<String>,
    /// The id of the bot in Gitea.
    pub gitea_bot_id: Option<i64>,
    /// The bot's token for people, encrypted.
    pub gitea_bot_token: Option<String>,
    /// The id of that token in Gitea.
    pub gitea_bot_token_id: Option<i64>,
    /// The bot's token for cloning, encrypted.
    pub gitea_clone_token: Option<String>,
    /// The id of that token in Gitea.
    pub gitea_clone_token_id: Option<i64>,
    /// The ids in Gitea of replaced tokens that are not deleted yet, as JSON.
    pub gitea_replaced_tokens: Option<String>,
    /// The id of the bot's public key in Gitea.
    pub gitea_bot_ssh_key_id: Option<i64>,
    /// The uuid of the deploy key in Coolify.
    pub coolify_private_key_uuid: Option<PrivateKeyUuid>,
    /// The uuid of its project in Coolify.
    pub coolify_project_uuid: Option<ProjectUuid>,
    /// The name of its environment in that project.
    pub coolify_environment_name: String,
    /// The uuid of the destination in Coolify that is its own; `None` for one that shares a network.
    pub coolify_destination_uuid: Option<DestinationUuid>,
    /// The uuid of the server that this destination is on.
    pub coolify_destination_server: Option<ServerUuid>,
    /// How far it is provisioned.
    pub provision_status: ProvisionStatus,
    /// When it was created.
    pub created_at: Timestamp,
}

impl fmt::Debug for WorkspaceRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkspaceRecord")
            .field("id", &self.id)
            .field("tenant", &self.tenant)
            .field("slug", &self.slug)
            .field("provision_status", &self.provision_status)
            .finish_non_exhaustive()
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table)]
struct Row {
    id: String,
    tenant_id: String,
    cell: String,
    slug: String,
    created_at: i64,
    #[diesel(embed)]
    mutable: Mutable,
}

/// The columns that an update writes; `None` writes NULL.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = table, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Mutable {
    name: String,
    gitea_org: String,
    gitea_bot_username: String,
    gitea_bot_token: Option<String>,
    gitea_bot_token_id: Option<i64>,
    gitea_bot_ssh_key_id: Option<i64>,
    coolify_private_key_uuid: Option<String>,
    coolify_project_uuid: Option<String>,
    coolify_environment_name: String,
    provision_status: String,
    upstream_mark: Option<String>,
    gitea_bot_email: Option<String>,
    gitea_bot_id: Option<i64>,
    gitea_org_id: Option<i64>,
    gitea_clone_token: Option<String>,
    gitea_clone_token_id: Option<i64>,
    gitea_replaced_tokens: Option<String>,
    coolify_destination_uuid: Option<String>,
    coolify_destination_server: Option<String>,
}

impl From<&WorkspaceRecord> for Mutable {
    fn from(record: &WorkspaceRecord) -> Self {
        Self {
            name: record.name.clone(),
            gitea_org: record.gitea_org.clone(),
            gitea_bot_username: record.gitea_bot_username.clone(),
            gitea_bot_token: record.gitea_bot_token.clone(),
            gitea_bot_token_id: record.gitea_bot_token_id,
            gitea_bot_ssh_key_id: record.gitea_bot_ssh_key_id,
            coolify_private_key_uuid: record
                .coolify_private_key_uuid
                .as_ref()
                .map(ToString::to_string),
            coolify_project_uuid: record.coolify_project_uuid.as_ref().map(ToString::to_string),
            coolify_environment_name: record.coolify_environment_name.clone(),
            provision_status: record.provision_status.to_string(),
            upstream_mark: record.upstream_mark.clone(),
            gitea_bot_email: record.gitea_bot_email.clone(),
            gitea_bot_id: record.gitea_bot_id,
            gitea_org_id: record.gitea_org_id,
            gitea_clone_token: record.gitea_clone_token.clone(),
            gitea_clone_token_id: record.gitea_clone_token_id,
            gitea_replaced_tokens: record.gitea_replaced_tokens.clone(),
            coolify_destination_uuid: record
                .coolify_destination_uuid
                .as_ref()
                .map(ToString::to_string),
            coolify_destination_server: record
                .coolify_destination_server
                .as_ref()
                .map(ToString::to_string),
        }
    }
}

impl From<&WorkspaceRecord> for Row {
    fn from(record: &WorkspaceRecord) -> Self {
        Self {
            id: record.id.to_string(),
            tenant_id: record.tenant.to_string(),
            cell: record.cell.to_string(),
            slug: record.slug.to_string(),
            created_at: record.created_at.as_millis(),
            mutable: record.into(),
        }
    }
}

impl TryFrom<Row> for WorkspaceRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let rest = row.mutable;
        Ok(Self {
            id: parse(row.id, "vibn_workspaces.id")?,
            tenant: parse(row.tenant_id, "vibn_workspaces.tenant_id")?,
            cell: parse(row.cell, "vibn_workspaces.cell")?,
            slug: parse(row.slug, "vibn_workspaces.slug")?,
            name: rest.name,
            upstream_mark: rest.upstream_mark,
            gitea_org: rest.gitea_org,
            gitea_org_id: rest.gitea_org_id,
            gitea_bot_username: rest.gitea_bot_username,
            gitea_bot_email: rest.gitea_bot_email,
            gitea_bot_id: rest.gitea_bot_id,
            gitea_bot_token: rest.gitea_bot_token,
            gitea_bot_token_id: rest.gitea_bot_token_id,
            gitea_clone_token: rest.gitea_clone_token,
            gitea_clone_token_id: rest.gitea_clone_token_id,
            gitea_replaced_tokens: rest.gitea_replaced_tokens,
            gitea_bot_ssh_key_id: rest.gitea_bot_ssh_key_id,
            coolify_private_key_uuid: parse_some(
                rest.coolify_private_key_uuid,
                "vibn_workspaces.coolify_private_key_uuid",
            )?,
            coolify_project_uuid: parse_some(
                rest.coolify_project_uuid,
                "vibn_workspaces.coolify_project_uuid",
            )?,
            coolify_environment_name: rest.coolify_environment_name,
            coolify_destination_uuid: parse_some(
                rest.coolify_destination_uuid,
                "vibn_workspaces.coolify_destination_uuid",
            )?,
            coolify_destination_server: parse_some(
                rest.coolify_destination_server,
                "vibn_workspaces.coolify_destination_server",
            )?,
            provision_status: word(
                ProvisionStatus::from_word(&rest.provision_status),
                "vibn_workspaces.provision_status",
            )?,
            created_at: Timestamp::from_millis(row.created_at),
        })
    }
}

/// Deletes the rows of a workspace of the transaction's tenant from these tables.
macro_rules! delete_of {
    ($tx:expr, $id:expr, $($table:ident),+) => {
        $(on!($tx, conn => diesel::delete(schema::$table::table)
            .filter(schema::$table::workspace_id.eq($id.as_str()))
            .filter(schema::$table::tenant_id.eq($tx.scope.tenant()))
            .execute(conn).await)?;)+
    };
}

impl Store {
    /// Returns the workspace with this slug, whoever its tenant is.
    pub async fn workspace_of_slug(&self, slug: &Slug) -> Result<Option<WorkspaceRecord>> {
        let mut tx = self.begin(Scope::Slug(slug.clone()), Access::Read).await?;
        let row: Option<Row> = on!(tx, conn => table::table
            .filter(table::slug.eq(slug.as_str()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        tx.commit().await?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the workspace whose organisation has this number in Gitea, whoever its tenant is.
    pub async fn workspace_of_organisation(&self, id: i64) -> Result<Option<WorkspaceRecord>> {
        let mut tx = self.begin(Scope::Organisation(id), Access::Read).await?;
        let row: Option<Row> = on!(tx, conn => table::table
            .filter(table::gitea_org_id.eq(id))
            .order(table::id)
            .select(Row::as_select())
            .first(conn).await.optional())?;
        tx.commit().await?;
        row.map(TryInto::try_into).transpose()
    }
}

/// The update of a workspace.
struct Update;

impl Tx {
    /// Inserts a workspace.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if any tenant has its slug, or it is reserved.
    pub async fn insert_workspace(&mut self, record: &WorkspaceRecord) -> Result<()> {
        self.admit(&record.tenant)?;
        if self.is_reserved(&record.slug).await? {
            return Err(Error::Conflict);
        }
        // An earlier release leaves the column to its default: it records no creations.
        let row = (Row::from(record), table::recorded_since.eq(0));
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns the tenant's workspace with this id.
    pub async fn workspace(&mut self, id: &WorkspaceId) -> Result<Option<WorkspaceRecord>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::id.eq(id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the tenant's workspace with this slug.
    pub async fn workspace_by_slug(&mut self, slug: &Slug) -> Result<Option<WorkspaceRecord>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::slug.eq(slug.as_str()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the tenant's workspaces, by slug.
    pub async fn workspaces(&mut self) -> Result<Vec<WorkspaceRecord>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .order(table::slug)
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Updates all columns except id, tenant, cell, slug and creation time. Returns whether it
    /// exists.
    pub async fn update_workspace(&mut self, record: &WorkspaceRecord) -> Result<bool> {
        self.admit(&record.tenant)?;
        self.note_secrets_keys([&record.gitea_bot_token, &record.gitea_clone_token]).await?;
        let columns = Mutable::from(record);
        let changed = on!(self, conn => named::<Update, _>(diesel::update(table::table)
            .filter(table::id.eq(record.id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .set(columns))
            .execute(conn).await)?;
        Ok(changed == 1)
    }

    /// Waits until no other transaction that called this for the workspace is open. What is read
    /// afterwards stays as it is until this transaction ends, as far as others call this too: PostgreSQL
    /// would otherwise let two transactions count or change the same rows by what both read before.
    pub async fn lock_workspace(&mut self, id: &WorkspaceId) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .set(table::created_at.eq(table::created_at))
            .execute(conn).await)?;
        Ok(())
    }

    /// Deletes a workspace with its keys, steps, runs, projects and journal entries; the audit
    /// stays. Returns whether it existed.
    ///
    /// # Errors
    ///
    /// Conflict if it has domains, or is buying them, or has object storage.
    pub async fn delete_workspace(&mut self, id: &WorkspaceId) -> Result<bool> {
        self.delete_lost_domains(id).await?;
        if self.storage(id).await?.is_some() {
            return Err(Error::Conflict);
        }
        delete_of!(self, id, api_keys, provision_steps, provision_runs, projects, creations);
        delete_of!(self, id, created_resources, deleted_resources, unlisted_databases);
        delete_of!(self, id, followed_branches, push_statuses, device_grants);
        delete_of!(self, id, workspace_memberships, invitations);
        let deleted = on!(self, conn => diesel::delete(table::table)
            .filter(table::id.eq(id.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .execute(conn).await)?;
        Ok(deleted == 1)
    }
}
