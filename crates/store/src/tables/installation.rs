//! The id of this installation, which tells its things on shared upstreams from those of others.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::Result;
use crate::schema::installation as table;
use crate::store::Store;
use crate::tx::{Access, Scope, Tx};

impl Tx {
    /// Returns the id that the migrations gave this installation: 32 hexadecimal digits.
    pub async fn installation(&mut self) -> Result<String> {
        Ok(on!(self, conn => table::table.select(table::id).first(conn).await)?)
    }
}

impl Store {
    /// Returns the id that the migrations gave this installation: 32 hexadecimal digits.
    pub async fn installation(&self) -> Result<String> {
        let mut tx = self.begin(Scope::Shared, Access::Read).await?;
        let id = tx.installation().await?;
        tx.commit().await?;
        Ok(id)
    }
}
