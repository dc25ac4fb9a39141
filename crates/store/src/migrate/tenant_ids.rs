//! The ids of all tenants, which on PostgreSQL only the owner of the tables may list.

use covibe_domain::{Secret, TenantId, boxed};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::connect::postgres::Target;
use crate::error::{Error, Result};
use crate::row::{ExistsRow, parse};
use crate::schema::tenants;

#[derive(QueryableByName)]
struct Owner {
    #[diesel(sql_type = Bool)]
    owner: bool,
}

/// Returns the ids of all tenants in a PostgreSQL database. The owner of the tables may list them,
/// and sees nothing else of the tenants.
#[boxed]
pub async fn postgres_tenants(admin_url: &Secret) -> Result<Vec<TenantId>> {
    let target = Target::parse(admin_url)?;
    tenants_seen(&mut target.connect().await?).await
}

/// Returns whether there is a table of tenants where the connection's names are looked up.
pub(super) async fn has_tenants(conn: &mut AsyncPgConnection) -> Result<bool> {
    let query = "SELECT to_regclass('tenants') IS NOT NULL AS found";
    let ExistsRow { found } = diesel::sql_query(query).get_result(conn).await?;
    Ok(found)
}

/// Returns all tenants like [`postgres_tenants`], on a connection of the owner.
pub(super) async fn tenants_seen(conn: &mut AsyncPgConnection) -> Result<Vec<TenantId>> {
    let query = "SELECT pg_has_role(tableowner, 'USAGE') AS owner FROM pg_tables \
                 WHERE schemaname = current_schema() AND tablename = 'tenants'";
    let row: Option<Owner> = diesel::sql_query(query).get_result(conn).await.optional()?;
    if !row.is_some_and(|row| row.owner) {
        // Another role would see no tenants, as if there were none.
        return Err(Error::Isolation {
            problem: "The role of COVIBE_POSTGRES_ADMIN_URL does not own the tables".to_owned(),
            fix: "Set the role that ran `covibe-server migrate`".to_owned(),
        });
    }
    let ids: Vec<String> = tenants::table.select(tenants::id).order(tenants::id).load(conn).await?;
    ids.into_iter().map(|id| parse(id, "tenants.id")).collect()
}
