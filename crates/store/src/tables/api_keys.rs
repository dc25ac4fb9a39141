//! API keys, found by workspace or, when a key is presented, by digest.

use covibe_domain::entities::{AgentType, ApiKey, KeyAccess, KeyScope};
use covibe_domain::{
    Actor, KeyDigest, KeyId, Slug, TenantId, Timestamp, UserId, WorkspaceId, boxed,
};
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::row::{moment, parse, parse_some, word};
use crate::schema::{api_keys as table, vibn_workspaces as workspaces};
use crate::store::Store;
use crate::tx::{Access, RunQueryDsl, Tx};

/// A key that is about to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewKey {
    /// Its id.
    pub id: KeyId,
    /// The workspace that it gives access to.
    pub workspace: WorkspaceId,
    /// The name that its owner gave it.
    pub name: Option<String>,
    /// Its first characters, with which people recognize it.
    pub prefix: String,
    /// The digest of the whole key.
    pub digest: KeyDigest,
    /// The kind of agent that uses it.
    pub agent_type: Option<AgentType>,
    /// The resources that it reaches.
    pub scope: KeyScope,
    /// The access that it has to them.
    pub access: KeyAccess,
    /// When it was minted.
    pub created_at: Timestamp,
    /// When it expires, if ever.
    pub expires_at: Option<Timestamp>,
    /// The person who minted it, by themselves or by a key that they had minted.
    pub minted_by: Option<UserId>,
    /// The key with which it was minted, if with one.
    pub minted_with: Option<KeyId>,
}

/// The numbers of keys that were minted in a workspace, those of the operator not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MintedKeys {
    /// With other keys.
    pub by_keys: u64,
    /// By people.
    pub by_people: u64,
}

/// A stored key with its tenant and workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The public part of the record.
    pub key: ApiKey,
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// The workspace that it gives access to.
    pub workspace: WorkspaceId,
    /// The slug of that workspace.
    pub slug: Slug,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = table, treat_none_as_default_value = false)]
struct Row {
    id: String,
    tenant_id: String,
    workspace_id: String,
    name: Option<String>,
    prefix: String,
    agent_type: Option<String>,
    scope: String,
    access: String,
    created_at: i64,
    last_used_at: Option<i64>,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
    minted_by: Option<String>,
    minted_with: Option<String>,
}

impl Row {
    fn new(key: &NewKey, tenant: &str) -> Self {
        Self {
            id: key.id.to_string(),
            tenant_id: tenant.to_owned(),
            workspace_id: key.workspace.to_string(),
            name: key.name.clone(),
            prefix: key.prefix.clone(),
            agent_type: key.agent_type.as_ref().map(ToString::to_string),
            scope: key.scope.to_string(),
            access: key.access.to_string(),
            created_at: key.created_at.as_millis(),
            last_used_at: None,
            expires_at: key.expires_at.map(Timestamp::as_millis),
            revoked_at: None,
            minted_by: key.minted_by.as_ref().map(ToString::to_string),
            minted_with: key.minted_with.as_ref().map(ToString::to_string),
        }
    }
}

impl TryFrom<Row> for ApiKey {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let agent = |text: String| word(AgentType::from_word(&text), "api_keys.agent_type");
        let person = parse_some(row.minted_by, "api_keys.minted_by")?.map(Actor::Person);
        let key = parse_some(row.minted_with, "api_keys.minted_with")?.map(Actor::Key);
        Ok(Self {
            id: parse(row.id, "api_keys.id")?,
            name: row.name,
            prefix: row.prefix,
            agent_type: row.agent_type.map(agent).transpose()?,
            scope: word(KeyScope::from_word(&row.scope), "api_keys.scope")?,
            access: word(KeyAccess::from_word(&row.access), "api_keys.access")?,
            created_at: Timestamp::from_millis(row.created_at),
            last_used_at: moment(row.last_used_at),
            expires_at: moment(row.expires_at),
            minted_by: key.or(person),
        })
    }
}

/// Converts a key's row and the slug of its workspace.
impl TryFrom<(Row, String)> for KeyRecord {
    type Error = Error;

    fn try_from((row, slug): (Row, String)) -> Result<Self> {
        Ok(Self {
            tenant: parse(row.tenant_id.clone(), "api_keys.tenant_id")?,
            workspace: parse(row.workspace_id.clone(), "api_keys.workspace_id")?,
            slug: parse(slug, "vibn_workspaces.slug")?,
            revoked_at: moment(row.revoked_at),
            key: row.try_into()?,
        })
    }
}

impl Tx {
    /// Inserts a key of a workspace of the tenant.
    #[boxed]
    pub async fn insert_key(&mut self, key: &NewKey) -> Result<()> {
        let row = Row::new(key, self.scope.tenant());
        let digest = table::digest.eq(key.digest.to_string());
        on!(self, conn => diesel::insert_into(table::table)
            .values((row, digest)).execute(conn).await)?;
        Ok(())
    }

    /// Returns the workspace's keys that are not revoked, including expired ones, newest first.
    #[boxed]
    pub async fn keys(&mut self, workspace: &WorkspaceId) -> Result<Vec<ApiKey>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::revoked_at.is_null())
            .order((table::created_at.desc(), table::id.desc()))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// Returns the names of keys of the tenant and the agents that they are for, including revoked keys.
    #[boxed]
    pub async fn key_names(
        &mut self,
        keys: &[KeyId],
    ) -> Result<Vec<(KeyId, Option<String>, Option<AgentType>)>> {
        let ids = keys.iter().map(KeyId::as_str);
        let rows: Vec<(String, Option<String>, Option<String>)> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::id.eq_any(ids.clone()))
            .select((table::id, table::name, table::agent_type))
            .load(conn).await)?;
        let agent = |text: String| word(AgentType::from_word(&text), "api_keys.agent_type");
        let typed = |(id, name, of): (String, _, Option<String>)| {
            Ok((parse(id, "api_keys.id")?, name, of.map(agent).transpose()?))
        };
        rows.into_iter().map(typed).collect()
    }

    /// Returns how many keys of the workspace were minted since this moment, including revoked ones.
    #[boxed]
    pub async fn count_minted_keys(
        &mut self,
        workspace: &WorkspaceId,
        since: Timestamp,
    ) -> Result<MintedKeys> {
        let with_key: Vec<bool> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::created_at.ge(since.as_millis()))
            .filter(table::minted_by.is_not_null().or(table::minted_with.is_not_null()))
            .select(table::minted_with.is_not_null())
            .load(conn).await)?;
        let by_keys = with_key.iter().filter(|with_key| **with_key).count() as u64;
        Ok(MintedKeys { by_keys, by_people: with_key.len() as u64 - by_keys })
    }

    /// Returns a key of the tenant unless it is revoked, and keeps it from being revoked until the
    /// transaction ends.
    #[boxed]
    pub async fn hold_key(&mut self, key: &KeyId) -> Result<Option<ApiKey>> {
        // An update locks the row on both databases.
        let row: Option<Row> = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(key.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::revoked_at.is_null())
            .set(table::revoked_at.eq(None::<i64>))
            .returning(Row::as_returning())
            .get_result(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    /// Returns the person who minted a key of the tenant, if one did.
    #[boxed]
    pub async fn minter_of(&mut self, key: &KeyId) -> Result<Option<UserId>> {
        let minter: Option<Option<String>> = on!(self, conn => table::table
            .filter(table::id.eq(key.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .select(table::minted_by)
            .first(conn).await.optional())?;
        parse_some(minter.flatten(), "api_keys.minted_by")
    }

    /// Returns the key with this digest, even if it is revoked or expired.
    ///
    /// In the scope of a tenant it finds only that tenant's keys, and in the scope of
    /// [`Store::credential`] only that key. PostgreSQL's policies permit the same.
    #[boxed]
    pub async fn key_by_digest(&mut self, digest: &KeyDigest) -> Result<Option<KeyRecord>> {
        let in_scope =
            table::tenant_id.eq(self.scope.tenant()).or(table::digest.eq(self.scope.credential()));
        let its_workspace =
            workspaces::id.eq(table::workspace_id).and(workspaces::tenant_id.eq(table::tenant_id));
        let row: Option<(Row, String)> = on!(self, conn => table::table
            .inner_join(workspaces::table.on(its_workspace))
            .filter(table::digest.eq(digest.to_string()))
            .filter(in_scope)
            .select((Row::as_select(), workspaces::slug))
            .first(conn).await.optional())?;
        row.map(TryInto::try_into).transpose()
    }

    async fn touch_key(&mut self, key: &KeyId, at: i64) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(key.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::last_used_at.is_null().or(table::last_used_at.lt(at)))
            .set(table::last_used_at.eq(at))
            .execute(conn).await)?;
        Ok(())
    }
}

impl Store {
    /// Records when keys of any tenants were last used, in one transaction. Older times than the
    /// recorded ones have no effect.
    #[boxed]
    pub async fn touch_keys(&self, uses: &[(TenantId, KeyId, Timestamp)]) -> Result<()> {
        let mut uses: Vec<_> = uses.iter().collect();
        // In a fixed order, so that no two instances wait for each other's rows.
        uses.sort();
        let [(first, ..), ..] = uses.as_slice() else { return Ok(()) };
        let scope = crate::tx::Scope::Tenant(first.clone());
        let mut tx = self.begin_for_server(scope, Access::WriteUnsynced).await?;
        for group in uses.chunk_by(|a, b| a.0 == b.0) {
            let [(tenant, ..), ..] = group else { continue };
            tx.enter(tenant).await?;
            for (_, key, at) in group {
                tx.touch_key(key, at.as_millis()).await?;
            }
        }
        tx.commit().await
    }
}
