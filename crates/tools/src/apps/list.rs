//! `apps.list`.

use covibe_domain::Failure;
use covibe_domain::entities::App;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view;
use crate::budget::page;
use crate::context::Workspace;
use crate::operation::{Operation, Route, Spec};

/// List the workspace's apps with status, health, domains and git source.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListApps {
    #[serde(default)]
    #[schemars(length(max = 40))]
    next: Option<String>,
}

/// The apps, by name.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Apps {
    apps: Vec<App>,
    /// What to pass as next for the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Operation for ListApps {
    const SPEC: Spec = Spec::read("apps.list", Route::get("/apps"));

    type Output = Apps;

    async fn run(self, cx: &Workspace) -> Result<Apps, Failure> {
        let owned = cx.coolify().await?.applications().await?;
        let mut apps: Vec<_> = owned.iter().map(|app| view::app(app)).collect();
        apps.sort_by(|a, b| a.name.cmp(&b.name));
        let (page, next) = page(apps, self.next.as_deref(), |each| each.uuid.to_string())?;
        Ok(Apps { apps: page, next })
    }
}
