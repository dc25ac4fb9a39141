//! The resources whose containers were ended because of a label of an image.

use covibe_domain::{Timestamp, WorkspaceId, boxed};
use diesel::prelude::*;

use crate::error::Result;
use crate::schema::rejections as table;
use crate::tx::{RunQueryDsl, Tx};

/// The part of a resource that was running when its containers were ended. One of `image`, `file` and `commit` is
/// present: the same one is not started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Coolify's id of the resource.
    pub resource: String,
    /// The service of the container whose image has the label; the container's name if it is the only one.
    pub container: String,
    /// The label's key; `None` if the image has more labels than are read.
    pub label: Option<String>,
    /// The image of an application or a database.
    pub image: Option<String>,
    /// The digest of the compose file.
    pub file: Option<String>,
    /// The whole hash of the commit that was built.
    pub commit: Option<String>,
    /// When the containers were ended.
    pub at: Timestamp,
}

type Row = (String, String, Option<String>, Option<String>, Option<String>, Option<String>, i64);

fn rejection_from_row((resource, container, label, image, file, commit, at): Row) -> Rejection {
    let at = Timestamp::from_millis(at);
    Rejection { resource, container, label, image, file, commit, at }
}

impl Tx {
    /// Returns the reason why the containers of a resource were ended last.
    #[boxed]
    pub async fn rejection(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
    ) -> Result<Option<Rejection>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::resource.eq(resource))
            .select((
                table::resource,
                table::container,
                table::label,
                table::image,
                table::file,
                table::hash,
                table::rejected_at,
            ))
            .first(conn).await.optional())?;
        Ok(row.map(rejection_from_row))
    }

    /// Records why the containers of a resource were ended, in place of an earlier record.
    #[boxed]
    pub async fn put_rejection(&mut self, workspace: &WorkspaceId, new: &Rejection) -> Result<()> {
        let why = (
            table::container.eq(&new.container),
            table::label.eq(&new.label),
            table::image.eq(&new.image),
            table::file.eq(&new.file),
            table::hash.eq(&new.commit),
            table::rejected_at.eq(new.at.as_millis()),
        );
        let row = (
            table::tenant_id.eq(self.scope.tenant().to_owned()),
            table::workspace_id.eq(workspace.as_str()),
            table::resource.eq(&new.resource),
            why,
        );
        on!(self, conn => diesel::insert_into(table::table)
            .values(row)
            .on_conflict((table::tenant_id, table::workspace_id, table::resource))
            .do_update()
            .set(why)
            .execute(conn).await)?;
        Ok(())
    }

    /// Forgets why the containers of a resource were ended.
    #[boxed]
    pub async fn delete_rejection(
        &mut self,
        workspace: &WorkspaceId,
        resource: &str,
    ) -> Result<()> {
        on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::workspace_id.eq(workspace.as_str()))
            .filter(table::resource.eq(resource))
            .execute(conn).await)?;
        Ok(())
    }
}
