//! A workspace as a record, and as the row that it is stored as.

use std::fmt;

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{
    CellName, DestinationUuid, PrivateKeyUuid, ProjectUuid, ServerUuid, Slug, TenantId, Timestamp,
    WorkspaceId,
};
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::row::{parse, parse_some, word};
use crate::schema::vibn_workspaces as table;

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
    /// The mark of the things that are created for it on the upstreams: the installation's id, its
    /// own id and a random part. Recorded before anything is created.
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
    /// The state of its provisioning.
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
pub(super) struct Row {
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
pub(super) struct Mutable {
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
