//! Whose records are old enough to be removed.

use covibe_domain::{TenantId, Timestamp, boxed};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::error::Result;
use crate::row::parse;
use crate::store::{Backend, Store};
use crate::tx::{RunQueryDsl, Scope};

#[derive(QueryableByName)]
struct Looked {
    #[diesel(sql_type = Text)]
    tenant: String,
    #[diesel(sql_type = Bool)]
    is_old: bool,
}

impl Store {
    /// Returns the tenants whose first audit entry is older than `audit`, or with a key that was revoked before
    /// `keys`, sorted. On SQLite, which lists all of them at once, also the others.
    #[boxed]
    pub async fn tenants_with_old_records(
        &self,
        audit: Timestamp,
        keys: Timestamp,
    ) -> Result<Vec<TenantId>> {
        if self.backend() == Backend::Sqlite {
            return self.embedded_tenants().await;
        }
        let mut old = Vec::new();
        let mut after = String::new();
        loop {
            let page = self.look_after(&after, audit, keys).await?;
            let Some(last) = page.last() else { return Ok(old) };
            after.clone_from(&last.tenant);
            for found in page.into_iter().filter(|it| it.is_old) {
                old.push(parse(found.tenant, "tenants.id")?);
            }
        }
    }

    /// Looks at the next tenants. The server's role sees one tenant at a time; the function returns ids, and nothing
    /// else.
    async fn look_after(
        &self,
        after: &str,
        audit: Timestamp,
        keys: Timestamp,
    ) -> Result<Vec<Looked>> {
        let query = "SELECT tenant, is_old FROM tenants_with_old_records($1, $2, $3)";
        let mut tx = self.begin_read(Scope::Shared).await?;
        let page = on!(tx, conn => diesel::sql_query(query)
            .bind::<Text, _>(after)
            .bind::<BigInt, _>(audit.as_millis())
            .bind::<BigInt, _>(keys.as_millis())
            .load(conn).await)?;
        tx.commit().await?;
        Ok(page)
    }
}
