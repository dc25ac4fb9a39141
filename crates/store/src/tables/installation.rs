//! This installation: its id, which distinguishes its things on shared upstreams from those of others, and its
//! owner.

use covibe_domain::{KeyDigest, UserId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::installation as table;
use crate::store::Store;
use crate::tx::{Access, RunQueryDsl, Scope, Tx};

/// The text in the place of a link's digest once somebody has come in without that link: no digest is like it.
const CLOSED: &str = "closed";

impl Tx {
    /// Returns the id that the migrations gave this installation: 32 hexadecimal digits.
    #[boxed]
    pub async fn installation(&mut self) -> Result<String> {
        Ok(on!(self, conn => table::table.select(table::id).first(conn).await)?)
    }
}

impl Store {
    /// Returns the id that the migrations gave this installation: 32 hexadecimal digits.
    #[boxed]
    pub async fn installation(&self) -> Result<String> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let id = tx.installation().await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Stores the digest of the link by which the first person of this installation signs up, in the place of
    /// an earlier one. Returns false if somebody has come in.
    #[boxed]
    pub async fn offer_ownership(&self, link: &KeyDigest) -> Result<bool> {
        let mut tx = self.begin_for_server(Scope::Shared, Access::Write).await?;
        let offered = on!(tx, conn => diesel::update(table::table)
            .filter(table::owner_id.is_null())
            .filter(table::owner_link.is_null().or(table::owner_link.ne(CLOSED)))
            .set(table::owner_link.eq(link.to_string()))
            .execute(conn).await)?;
        tx.commit().await?;
        Ok(offered == 1)
    }

    /// Returns whether the link with this digest is the one by which the first person signs up.
    #[boxed]
    pub async fn offers_ownership(&self, link: &KeyDigest) -> Result<bool> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let offered: i64 = on!(tx, conn => table::table
            .filter(table::owner_id.is_null())
            .filter(table::owner_link.eq(link.to_string()))
            .count()
            .get_result(conn).await)?;
        tx.commit().await?;
        Ok(offered == 1)
    }

    /// Returns whether this person is the owner of this installation.
    #[boxed]
    pub async fn is_owner(&self, user: &UserId) -> Result<bool> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let owned: i64 = on!(tx, conn => table::table
            .filter(table::owner_id.eq(user.as_str()))
            .count()
            .get_result(conn).await)?;
        tx.commit().await?;
        Ok(owned == 1)
    }
}

impl Tx {
    /// Makes a person the owner of this installation, by the link with this digest. Returns false if somebody
    /// else is, or the link is not the current one.
    #[boxed]
    pub async fn take_ownership(&mut self, link: &KeyDigest, user: &UserId) -> Result<bool> {
        let taken = on!(self, conn => diesel::update(table::table)
            .filter(table::owner_id.is_null())
            .filter(table::owner_link.eq(link.to_string()))
            .set((table::owner_id.eq(user.as_str()), table::owner_link.eq(None::<String>)))
            .execute(conn).await)?;
        Ok(taken == 1)
    }

    /// Ends the link by which the first person of this installation signs up, for good: somebody came in without it.
    #[boxed]
    pub async fn close_ownership(&mut self) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::owner_id.is_null())
            .set(table::owner_link.eq(CLOSED))
            .execute(conn).await)?;
        Ok(())
    }
}
