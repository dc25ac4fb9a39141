//! The variables of apps whose values keys that only read may see.

use covibe_domain::{AppUuid, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::public_variables as table;
use crate::tx::{RunQueryDsl, Tx};

/// The marks of an app.
macro_rules! of_app {
    ($tx:expr, $workspace:expr, $app:expr) => {
        table::table
            .filter(table::tenant_id.eq($tx.scope.tenant()))
            .filter(table::workspace_id.eq($workspace.as_str()))
            .filter(table::app.eq($app))
    };
}

impl Tx {
    /// Returns the names of an app's public variables, sorted.
    #[boxed]
    pub async fn public_variables(
        &mut self,
        workspace: &WorkspaceId,
        app: &AppUuid,
    ) -> Result<Vec<String>> {
        Ok(on!(self, conn => of_app!(self, workspace, app.as_str())
            .order(table::name)
            .select(table::name)
            .load(conn).await)?)
    }

    /// Writes down that a variable of an app is public.
    #[boxed]
    pub async fn put_public_variable(
        &mut self,
        workspace: &WorkspaceId,
        app: &AppUuid,
        name: &str,
    ) -> Result<()> {
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(workspace.as_str()),
            table::app.eq(app.as_str()),
            table::name.eq(name),
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(conn).await)?;
        Ok(())
    }

    /// Forgets that a variable of an app is public.
    #[boxed]
    pub async fn delete_public_variable(
        &mut self,
        workspace: &WorkspaceId,
        app: &AppUuid,
        name: &str,
    ) -> Result<()> {
        on!(self, conn => diesel::delete(of_app!(self, workspace, app.as_str())
            .filter(table::name.eq(name)))
            .execute(conn).await)?;
        Ok(())
    }

    /// Forgets which variables of an app are public, because it is gone.
    #[boxed]
    pub async fn delete_public_variables(
        &mut self,
        workspace: &WorkspaceId,
        app: &str,
    ) -> Result<()> {
        on!(self, conn => diesel::delete(of_app!(self, workspace, app)).execute(conn).await)?;
        Ok(())
    }
}
