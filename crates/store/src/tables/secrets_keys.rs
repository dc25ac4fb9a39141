//! The keys that seal the workspaces' secrets.

use covibe_domain::boxed;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::error::Result;
use crate::prepare_once::prepare_once;
use crate::schema::secrets_keys as table;
use crate::store::Store;
use crate::tx::{Access, Conn, RunQueryDsl, Scope, Tx};

/// A key with which secrets in the database are sealed, or were until it was forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = table)]
pub struct SecretsKey {
    /// Its id, which is part of each text that it sealed.
    pub id: String,
    /// A text that it sealed; `None` until a server that has the key starts.
    pub canary: Option<String>,
}

impl Store {
    /// Returns the keys that were used to seal secrets, by id.
    #[boxed]
    pub async fn secrets_keys(&self) -> Result<Vec<SecretsKey>> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let keys = on!(tx, conn => table::table
            .order(table::id)
            .select(SecretsKey::as_select())
            .load(conn).await)?;
        tx.commit().await?;
        Ok(keys)
    }

    /// Records a key with a text that it sealed. A text that is recorded already stays.
    #[boxed]
    pub async fn put_secrets_key(&self, id: &str, canary: &str) -> Result<()> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let row = (table::id.eq(id), table::canary.eq(canary));
        let inserted = on!(tx, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn).await)?;
        if inserted == 0 {
            on!(tx, conn => diesel::update(table::table.find(id))
                .filter(table::canary.is_null())
                .set(table::canary.eq(canary))
                .execute(conn).await)?;
        }
        tx.commit().await
    }

    /// Records that a key is in use.
    #[boxed]
    pub async fn note_secrets_key(&self, id: &str) -> Result<()> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        tx.note_secrets_key(id).await?;
        tx.commit().await
    }

    /// Forgets a key. Waits until transactions that store what it sealed have ended: what is read
    /// afterwards has the secrets of all of them.
    #[boxed]
    pub async fn forget_secrets_key(&self, id: &str) -> Result<()> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        on!(tx, conn => diesel::delete(table::table.find(id)).execute(conn).await)?;
        tx.commit().await
    }
}

impl Tx {
    /// Records the keys that sealed tokens which are about to be written.
    pub(super) async fn note_secrets_keys(
        &mut self,
        sealed: impl IntoIterator<Item = &Option<String>> + Send,
    ) -> Result<()> {
        let sealed = sealed.into_iter().flatten();
        let mut keys: Vec<_> = sealed.filter_map(|sealed| key_of(sealed)).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            self.note_secrets_key(key).await?;
        }
        Ok(())
    }

    async fn note_secrets_key(&mut self, id: &str) -> Result<()> {
        // Locks the row against being forgotten. Others can lock it likewise at the same time.
        if matches!(self.conn, Some(Conn::Postgres(_))) {
            const LOCK: &str = "SELECT id FROM secrets_keys WHERE id = $1 FOR KEY SHARE";
            let lock = prepare_once(diesel::sql_query(LOCK).bind::<Text, _>(id));
            if on!(self, conn => lock.execute(conn).await)? > 0 {
                return Ok(());
            }
        }
        on!(self, conn => diesel::insert_into(table::table)
            .values(table::id.eq(id))
            .on_conflict_do_nothing()
            .execute(conn).await)?;
        Ok(())
    }
}

/// Returns the id of the key in a sealed text.
fn key_of(sealed: &str) -> Option<&str> {
    let (key, _) = sealed.strip_prefix("v1.")?.split_once('.')?;
    Some(key)
}
