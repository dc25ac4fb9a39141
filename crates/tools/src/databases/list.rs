//! `databases.list`.

use covibe_domain::Failure;
use covibe_domain::entities::{AppKind, Database};
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Hosted, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::database_entity;
use crate::resource_state::{Sight, sights};

/// List the workspace's databases. databases.get returns connection URLs.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListDatabases {
    /// `next` from the previous answer. Default: the first page.
    #[serde(default)]
    #[schemars(length(min = 1, max = 40))]
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco")]
    next: Option<String>,
}

/// The databases, sorted by name.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Databases {
    /// The databases, sorted by name.
    databases: Vec<Database>,
    /// Pass as `next` to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco")]
    next: Option<String>,
}

impl Operation<Workspace> for ListDatabases {
    const SPEC: Spec = Spec::read("databases.list", Route::get("/databases"));

    type Output = Databases;

    async fn run(self, cx: &Workspace) -> Result<Databases, Failure> {
        let coolify = cx.coolify().await?;
        let mut owned = coolify.databases().await?;
        let hand_made = coolify.hand_made(&owned).await?;
        owned.sort_by(|a, b| (&a.name, &a.uuid).cmp(&(&b.name, &b.uuid)));
        let listed = owned.iter().filter_map(|each| database_entity::database(each)).collect();
        let (listed, next) = page(listed, self.next.as_deref(), id)?;
        owned.retain(|each| listed.iter().any(|it| it.uuid == each.uuid));
        let resources: Vec<_> = owned.into_iter().map(Hosted::Database).collect();
        let seen = sights(&coolify, &resources).await;
        let mut databases: Vec<_> =
            resources.iter().zip(&seen).filter_map(|(each, sight)| as_seen(each, sight)).collect();
        for each in
            databases.iter_mut().filter(|it| hand_made.iter().any(|id| id == it.uuid.as_str()))
        {
            each.kind = Some(AppKind::Other.to_string());
        }
        // The times of the looks may have made the page too large.
        let (databases, cut) = page(databases, None, id)?;
        Ok(Databases { databases, next: cut.or(next) })
    }
}

fn id(database: &Database) -> String {
    database.uuid.to_string()
}

/// Returns a database with the state that was seen, or `None` if its flavor is unknown.
fn as_seen(resource: &Hosted, sight: &Sight) -> Option<Database> {
    let Hosted::Database(database) = resource else { return None };
    Some(database_entity::as_seen(database_entity::database(database)?, sight))
}
