//! The keys by which Coolify clones the repositories of apps over SSH.

use covibe_domain::{AppUuid, PrivateKeyUuid, TenantId, Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::row::parse;
use crate::schema::clone_keys as table;
use crate::store::Store;
use crate::tx::{RunQueryDsl, Tx};

/// A key by which Coolify clones the repository of an app, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneKey {
    /// The mark of the key at Coolify.
    pub id: String,
    /// The mark of the creation of its app; `None` once another key was made for that.
    pub creation: Option<String>,
    /// Its app, once it is known.
    pub app: Option<AppUuid>,
    /// Coolify's id of the key, once it is known.
    pub private_key: Option<PrivateKeyUuid>,
    /// The public half in OpenSSH form.
    pub public_key: String,
    /// The number of the repository that it opens.
    pub repository: i64,
    /// The number of the repository that it opened before, until it is closed there.
    pub left_repository: Option<i64>,
    /// When it was made.
    pub made_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    id: String,
    creation: Option<String>,
    app: Option<String>,
    private_key: Option<String>,
    public_key: String,
    repository: i64,
    left_repository: Option<i64>,
    made_at: i64,
}

impl Row {
    fn into_clone_key(self) -> Result<CloneKey> {
        let app = self.app.map(|app| parse(app, "clone_keys.app")).transpose()?;
        let key = self.private_key.map(|key| parse(key, "clone_keys.private_key")).transpose()?;
        Ok(CloneKey {
            id: self.id,
            creation: self.creation,
            app,
            private_key: key,
            public_key: self.public_key,
            repository: self.repository,
            left_repository: self.left_repository,
            made_at: Timestamp::from_millis(self.made_at),
        })
    }
}

/// The keys of a workspace.
macro_rules! of_workspace {
    ($tx:expr, $workspace:expr) => {
        table::table
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .filter(table::workspace_id.eq($workspace.as_str()))
    };
}

impl Store {
    /// Returns the tenants with clone keys, sorted.
    #[boxed]
    pub async fn tenants_with_clone_keys(&self) -> Result<Vec<TenantId>> {
        let query = "SELECT DISTINCT tenant_id FROM clone_keys";
        self.tenants_by("tenants_with_clone_keys", query).await
    }
}

impl Tx {
    /// Returns the clone keys of a workspace, the oldest first.
    #[boxed]
    pub async fn clone_keys(&mut self, workspace: &WorkspaceId) -> Result<Vec<CloneKey>> {
        let rows: Vec<Row> = on!(self, conn => of_workspace!(self, workspace)
            .order((table::made_at, table::id))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(Row::into_clone_key).collect()
    }

    /// Returns the clone key of an app.
    #[boxed]
    pub async fn clone_key_of_app(
        &mut self,
        workspace: &WorkspaceId,
        app: &AppUuid,
    ) -> Result<Option<CloneKey>> {
        let row: Option<Row> = on!(self, conn => of_workspace!(self, workspace)
            .filter(table::app.eq(app.as_str()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(Row::into_clone_key).transpose()
    }

    /// Returns the clone key of the app whose creation has this mark.
    #[boxed]
    pub async fn clone_key_of_creation(
        &mut self,
        workspace: &WorkspaceId,
        creation: &str,
    ) -> Result<Option<CloneKey>> {
        let row: Option<Row> = on!(self, conn => of_workspace!(self, workspace)
            .filter(table::creation.eq(creation))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(Row::into_clone_key).transpose()
    }

    /// Writes down a key before it is made.
    ///
    /// # Errors
    ///
    /// Conflict if another key was made for the creation.
    #[boxed]
    pub async fn insert_clone_key(
        &mut self,
        workspace: &WorkspaceId,
        new: &CloneKey,
    ) -> Result<()> {
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(workspace.to_string()),
            table::id.eq(&new.id),
            table::creation.eq(&new.creation),
            table::app.eq(new.app.as_ref().map(ToString::to_string)),
            table::private_key.eq(new.private_key.as_ref().map(ToString::to_string)),
            table::public_key.eq(&new.public_key),
            table::repository.eq(new.repository),
            table::left_repository.eq(new.left_repository),
            table::made_at.eq(new.made_at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Records the state of a key, but not its public half, which [`Tx::replace_clone_key`] changes. Returns
    /// whether it is still known.
    #[boxed]
    pub async fn update_clone_key(
        &mut self,
        workspace: &WorkspaceId,
        key: &CloneKey,
    ) -> Result<bool> {
        let changed = on!(self, conn => diesel::update(of_workspace!(self, workspace)
            .filter(table::id.eq(&key.id)))
            .set((
                table::creation.eq(&key.creation),
                table::app.eq(key.app.as_ref().map(ToString::to_string)),
                table::private_key.eq(key.private_key.as_ref().map(ToString::to_string)),
                table::repository.eq(key.repository),
                table::left_repository.eq(key.left_repository),
            ))
            .execute(conn).await)?;
        Ok(changed == 1)
    }

    /// Writes down the public half of a key that got another one.
    #[boxed]
    pub async fn replace_clone_key(
        &mut self,
        workspace: &WorkspaceId,
        key: &CloneKey,
        public_key: &str,
    ) -> Result<()> {
        on!(self, conn => diesel::update(of_workspace!(self, workspace)
            .filter(table::id.eq(&key.id)))
            .set(table::public_key.eq(public_key))
            .execute(conn).await)?;
        Ok(())
    }

    /// Forgets a key that is gone.
    #[boxed]
    pub async fn delete_clone_key(&mut self, workspace: &WorkspaceId, id: &str) -> Result<()> {
        on!(self, conn => diesel::delete(of_workspace!(self, workspace)
            .filter(table::id.eq(id)))
            .execute(conn).await)?;
        Ok(())
    }
}
