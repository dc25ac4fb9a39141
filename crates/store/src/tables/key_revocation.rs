//! Revocations of API keys: of one with all that were minted with it, of those of a person, and of all of a tenant.
//!
//! A key that is revoked with something else has an entry in the audit. Its row has what it was revoked with until the
//! entry is written: the same transaction revokes the key and notes this, so that no end of the server loses the entry.

use std::collections::BTreeMap;

use covibe_domain::entities::KeyScope;
use covibe_domain::{KeyId, TenantId, Timestamp, UserId, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::parse;
use crate::schema::api_keys as table;
use crate::store::Store;
use crate::tx::{RunQueryDsl, Tx};

/// The maximum number of unrecorded revocations that are returned.
const MOST: i64 = 500;

/// A key that was revoked with something else: another key, a workspace, or the right of a person to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedKey {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: Option<String>,
    /// The workspace that it gave access to.
    pub workspace: WorkspaceId,
    /// When it was revoked.
    pub at: Timestamp,
}

/// The id, the name and the workspace of a key, and when it was revoked or expires, if that is so.
type Lineage = (String, Option<String>, String, Option<i64>);

/// The same of several keys by their ids.
type MintedKeys = BTreeMap<String, (Option<String>, String, Option<i64>)>;

/// The id, the name and the workspace of a key, when it was revoked, and what with.
type Unrecorded = (String, Option<String>, String, Option<i64>, Option<String>);

fn revoked_keys(keys: MintedKeys, at: Timestamp) -> Result<Vec<RevokedKey>> {
    let revoked = |(id, (name, workspace, _))| revoked_key(id, name, workspace, at);
    keys.into_iter().map(revoked).collect()
}

fn revoked_key(
    id: String,
    name: Option<String>,
    workspace: String,
    at: Timestamp,
) -> Result<RevokedKey> {
    let workspace = parse(workspace, "api_keys.workspace_id")?;
    Ok(RevokedKey { id: parse(id, "api_keys.id")?, name, workspace, at })
}

impl Store {
    /// Returns the keys of a tenant that were revoked with something else before this time and whose entries the audit
    /// may lack, each with the id of what it was revoked with; the earliest first, at most 500.
    #[boxed]
    pub async fn unrecorded_revocations(
        &self,
        tenant: &TenantId,
        before: Timestamp,
    ) -> Result<Vec<(RevokedKey, String)>> {
        let mut tx = self.tenant_read(tenant).await?;
        let rows: Vec<Unrecorded> = on!(tx, conn => table::table
            .filter(table::tenant_id.eq(tenant.as_str()))
            .filter(table::unrecorded_with.is_not_null())
            .filter(table::revoked_at.lt(before.as_millis()))
            .order((table::revoked_at, table::id))
            .limit(MOST)
            .select((
                table::id,
                table::name,
                table::workspace_id,
                table::revoked_at,
                table::unrecorded_with,
            ))
            .load(conn).await)?;
        tx.commit().await?;
        let unrecorded = |(id, name, workspace, at, with): Unrecorded| {
            let (at, with) = at.zip(with)?;
            let key = revoked_key(id, name, workspace, Timestamp::from_millis(at));
            Some(key.map(|key| (key, with)))
        };
        rows.into_iter().filter_map(unrecorded).collect()
    }

    /// Notes that the audit has the entries of keys of a tenant that were revoked with something else.
    #[boxed]
    pub async fn note_recorded_revocations(
        &self,
        tenant: &TenantId,
        keys: &[RevokedKey],
    ) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let mut ids: Vec<_> = keys.iter().map(|key| key.id.as_str()).collect();
        // As `revoke_each` locks them.
        ids.sort_unstable();
        let mut tx = self.tenant(tenant).await?;
        for id in ids {
            on!(tx, conn => diesel::update(table::table)
                .filter(table::id.eq(id))
                .filter(table::tenant_id.eq(tenant.as_str()))
                .set(table::unrecorded_with.eq(None::<&str>))
                .execute(conn).await)?;
        }
        tx.commit().await
    }
}

impl Tx {
    /// Revokes a key of a workspace, and the keys of the tenant that were minted with it, with one of those, and so on,
    /// in any workspace. Returns the others, by id; `None` if the key does not exist or was revoked before.
    ///
    /// Locks the tenant's row, as a mint does: no key is minted with one of them meanwhile.
    #[boxed]
    pub async fn revoke_key(
        &mut self,
        workspace: &WorkspaceId,
        key: &KeyId,
        now: Timestamp,
    ) -> Result<Option<Vec<RevokedKey>>> {
        self.lock_tenant().await?;
        let is_valid: Option<String> = on!(self, conn => table::table
            .filter(table::id.eq(key.as_str()))
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::revoked_at.is_null())
            .select(table::id)
            .first(conn).await.optional())?;
        if is_valid.is_none() {
            return Ok(None);
        }
        let mut others = self.keys_minted_with(vec![key.to_string()]).await?;
        others.retain(|_, (_, _, revoked_at)| revoked_at.is_none());
        let ids = others.keys().map(String::as_str).chain([key.as_str()]);
        self.revoke_each(ids.collect(), key.as_str(), now).await?;
        revoked_keys(others, now).map(Some)
    }

    /// Revokes the keys of the tenant's other workspaces that were minted with a key of this workspace, with one of those,
    /// and so on, before the keys of this one are deleted. Returns them by id.
    ///
    /// Locks the tenant's row, as a mint does: no key is minted with one of them meanwhile.
    pub(super) async fn revoke_keys_minted_in(
        &mut self,
        workspace: &WorkspaceId,
        now: Timestamp,
    ) -> Result<Vec<RevokedKey>> {
        self.lock_tenant().await?;
        let own: Vec<String> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .select(table::id)
            .load(conn).await)?;
        let mut others = self.keys_minted_with(own).await?;
        others.retain(|_, (_, of, revoked_at)| revoked_at.is_none() && *of != workspace.as_str());
        let ids = others.keys().map(String::as_str).collect();
        self.revoke_each(ids, workspace.as_str(), now).await?;
        revoked_keys(others, now)
    }

    /// Revokes keys of the tenant with a key, which may be one of them, or with a workspace: one after the other in the
    /// order of their ids, in which `touch_keys` locks the rows too.
    async fn revoke_each(&mut self, mut ids: Vec<&str>, with: &str, now: Timestamp) -> Result<()> {
        ids.sort_unstable();
        for id in ids {
            // The entries of the call are about the key itself.
            let unrecorded = (id != with).then_some(with);
            on!(self, conn => diesel::update(table::table)
                .filter(table::id.eq(id))
                .filter(table::tenant_id.eq(self.scope.tenant()))
                .filter(table::revoked_at.is_null())
                .set((
                    table::revoked_at.eq(now.as_millis()),
                    table::unrecorded_with.eq(unrecorded),
                ))
                .execute(conn).await)?;
        }
        Ok(())
    }

    /// Returns the keys of the tenant that were minted with one of these, with one of those, and so on, by id: also those
    /// that are revoked, since a key that was minted with one of them may be valid.
    async fn keys_minted_with(&mut self, mut parents: Vec<String>) -> Result<MintedKeys> {
        let mut found = BTreeMap::new();
        while !parents.is_empty() {
            let mut children: Vec<Lineage> = on!(self, conn => table::table
                .filter(table::tenant_id.eq(self.scope.tenant()))
                .filter(table::minted_with.eq_any(&parents))
                .select((table::id, table::name, table::workspace_id, table::revoked_at))
                .load(conn).await)?;
            // A database that somebody has edited may contain a circle.
            children.retain(|(id, ..)| !found.contains_key(id));
            parents = children.iter().map(|(id, ..)| id.clone()).collect();
            let named = |(id, name, workspace, revoked_at)| (id, (name, workspace, revoked_at));
            found.extend(children.into_iter().map(named));
        }
        Ok(found)
    }

    /// Revokes the keys of the tenant that a person minted, those of one scope or all. Returns them with the times when
    /// they would have expired.
    #[boxed]
    pub async fn revoke_keys_minted_by(
        &mut self,
        user: &UserId,
        scope: Option<KeyScope>,
        now: Timestamp,
    ) -> Result<Vec<(RevokedKey, Option<Timestamp>)>> {
        let scopes = scope.map_or_else(|| KeyScope::ALL.to_vec(), |scope| vec![scope]);
        let scopes: Vec<_> = scopes.into_iter().map(KeyScope::as_str).collect();
        let rows: Vec<Lineage> = on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::minted_by.eq(user.as_str()))
            .filter(table::scope.eq_any(&scopes))
            .filter(table::revoked_at.is_null())
            .set((
                table::revoked_at.eq(now.as_millis()),
                table::unrecorded_with.eq(user.as_str()),
            ))
            .returning((table::id, table::name, table::workspace_id, table::expires_at))
            .load(conn).await)?;
        let revoked = |(id, name, workspace, at): Lineage| {
            Ok((revoked_key(id, name, workspace, now)?, at.map(Timestamp::from_millis)))
        };
        rows.into_iter().map(revoked).collect()
    }

    /// Revokes all keys of the tenant. Returns their ids.
    #[boxed]
    pub async fn revoke_all_keys(&mut self, now: Timestamp) -> Result<Vec<KeyId>> {
        let ids: Vec<String> = on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::revoked_at.is_null())
            .set(table::revoked_at.eq(now.as_millis()))
            .returning(table::id)
            .load(conn).await)?;
        ids.into_iter().map(|id| parse(id, "api_keys.id")).collect()
    }

    /// Revokes the keys of a workspace that a person minted, and returns them.
    #[boxed]
    pub async fn revoke_workspace_keys_minted_by(
        &mut self,
        workspace: &WorkspaceId,
        user: &UserId,
        now: Timestamp,
    ) -> Result<Vec<RevokedKey>> {
        let rows: Vec<(String, Option<String>)> = on!(self, conn => diesel::update(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::minted_by.eq(user.as_str()))
            .filter(table::revoked_at.is_null())
            .set((
                table::revoked_at.eq(now.as_millis()),
                table::unrecorded_with.eq(user.as_str()),
            ))
            .returning((table::id, table::name))
            .load(conn).await)?;
        let revoked = |(id, name): (String, Option<String>)| {
            let (id, workspace) = (parse(id, "api_keys.id")?, workspace.clone());
            Ok(RevokedKey { id, name, workspace, at: now })
        };
        rows.into_iter().map(revoked).collect()
    }

    /// Deletes keys of the tenant that were revoked before this moment, and returns how many there were.
    #[boxed]
    pub async fn delete_revoked_keys(&mut self, before: Timestamp) -> Result<usize> {
        on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::revoked_at.lt(before.as_millis()))
            .execute(conn).await)
    }
}
