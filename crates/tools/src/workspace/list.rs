//! `GET /api/workspaces`.

use covibe_domain::Failure;
use covibe_domain::entities::WorkspaceSummary;
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{OpenWorkspace, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List the workspaces that the caller can access: a key's workspace (with scope tenant, all workspaces of its tenant),
/// or all workspaces of a person's companies.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListWorkspaces {
    /// `next` from the previous answer. Default: the first page.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(example = &"mark")]
    next: Option<String>,
}

/// The workspaces, sorted by slug.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Workspaces {
    /// The workspaces, sorted by slug.
    workspaces: Vec<Listed>,
    /// Pass as `next` to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"mark")]
    next: Option<String>,
}

/// A workspace of the list.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ListedWorkspace")]
struct Listed {
    #[serde(flatten)]
    workspace: WorkspaceSummary,
    /// The company that it belongs to; for people, who may be members of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Acme")]
    company: Option<String>,
}

impl Operation<Workspace> for ListWorkspaces {
    const SPEC: Spec =
        Spec::read("workspaces.list", Route::get("/api/workspaces")).rest_only().early();

    type Output = Workspaces;

    async fn run(self, cx: &Workspace) -> Result<Workspaces, Failure> {
        let all = cx.tenancy().workspaces().await?.into_iter();
        let listed = |OpenWorkspace { summary, company }| Listed { workspace: summary, company };
        let mut all: Vec<_> = all.map(listed).collect();
        all.sort_by(|a, b| a.workspace.slug.cmp(&b.workspace.slug));
        let slug = |each: &Listed| each.workspace.slug.clone();
        let (workspaces, next) = page(all, self.next.as_deref(), slug)?;
        Ok(Workspaces { workspaces, next })
    }
}
