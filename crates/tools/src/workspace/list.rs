//! `GET /api/workspaces`.

use covibe_domain::Failure;
use covibe_domain::entities::WorkspaceSummary;
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List the workspaces that the key has access to: its own, or with scope tenant all of the
/// tenant's.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListWorkspaces {
    /// From the previous page.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(example = &"mark")]
    next: Option<String>,
}

/// The workspaces, sorted by slug.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Workspaces {
    /// The workspaces, sorted by slug.
    workspaces: Vec<WorkspaceSummary>,
    /// Pass as next to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"mark")]
    next: Option<String>,
}

impl Operation<Workspace> for ListWorkspaces {
    const SPEC: Spec =
        Spec::read("workspaces.list", Route::get("/api/workspaces")).rest_only().early();

    type Output = Workspaces;

    async fn run(self, cx: &Workspace) -> Result<Workspaces, Failure> {
        let mut all = cx.tenancy().workspaces().await?;
        all.sort_by(|a, b| a.slug.cmp(&b.slug));
        let (workspaces, next) = page(all, self.next.as_deref(), |each| each.slug.clone())?;
        Ok(Workspaces { workspaces, next })
    }
}
