//! Slugs that no new workspace gets.

use covibe_domain::{Slug, Timestamp, boxed};
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::reserved_slugs as table;
use crate::store::Store;
use crate::tx::{Access, RunQueryDsl, Scope, Tx};

impl Store {
    /// Reserves a slug. Returns false if it was reserved already.
    #[boxed]
    pub async fn reserve_slug(&self, slug: &Slug, reason: &str) -> Result<bool> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let row = (
            table::slug.eq(slug.as_str()),
            table::reason.eq(reason),
            table::reserved_at.eq(Timestamp::now().as_millis()),
        );
        let inserted = on!(tx, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn).await)?;
        tx.commit().await?;
        Ok(inserted == 1)
    }

    /// Releases a reserved slug. Returns whether it was reserved.
    #[boxed]
    pub async fn release_slug(&self, slug: &Slug) -> Result<bool> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let deleted = on!(tx, conn => diesel::delete(table::table.find(slug.as_str()))
            .execute(conn).await)?;
        tx.commit().await?;
        Ok(deleted == 1)
    }
}

impl Tx {
    /// Returns whether a slug is reserved.
    #[boxed]
    pub async fn is_reserved(&mut self, slug: &Slug) -> Result<bool> {
        let count: i64 = on!(self, conn => table::table
            .filter(table::slug.eq(slug.as_str()))
            .select(count_star())
            .first(conn).await)?;
        Ok(count > 0)
    }
}
