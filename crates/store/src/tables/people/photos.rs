//! The photos that people have, across all tenants.

use std::collections::BTreeSet;

use covibe_domain::boxed;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::error::Result;
use crate::schema::users as table;
use crate::store::{Pools, Store};
use crate::tx::{RunQueryDsl, Scope};

#[derive(QueryableByName)]
struct PhotoRow {
    #[diesel(sql_type = Text)]
    photo: String,
}

impl Store {
    /// Returns those of these names of files that are the names of people's photos. No name may contain a comma.
    #[boxed]
    pub async fn photos_of_people(&self, names: &[String]) -> Result<BTreeSet<String>> {
        let mut tx = self.begin_read(Scope::Shared).await?;
        let found: Vec<String> = match self.pools {
            // The server's role sees one person at a time; the function returns names that were asked for.
            Pools::Postgres(_) => {
                let query = "SELECT photo FROM photos_of_people(string_to_array($1, ',')) AS photo";
                let found: Vec<PhotoRow> = on!(tx, conn => diesel::sql_query(query)
                    .bind::<Text, _>(names.join(","))
                    .load(conn).await)?;
                found.into_iter().map(|it| it.photo).collect()
            }
            Pools::Sqlite { .. } => on!(tx, conn => table::table
                .filter(table::photo.eq_any(names))
                .select(table::photo.assume_not_null())
                .load(conn).await)?,
        };
        tx.commit().await?;
        Ok(found.into_iter().collect())
    }
}
