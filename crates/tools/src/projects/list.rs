//! `projects.list`.

use covibe_domain::Failure;
use covibe_domain::entities::Project;
use covibe_operation::paging::{MAX_PAGE, page, unknown_next};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// List the workspace's projects, without their texts.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListProjects {
    /// `next` from the previous answer. Default: the first page.
    #[serde(default)]
    #[schemars(length(min = 1, max = 44))]
    #[schemars(example = &"prj_7k2m9x4q8w3n6v5t")]
    next: Option<String>,
}

/// The projects, newest first.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Projects {
    /// The projects, newest first.
    projects: Vec<Project>,
    /// Pass as `next` to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"prj_7k2m9x4q8w3n6v5t")]
    next: Option<String>,
}

impl Operation<Workspace> for ListProjects {
    const SPEC: Spec = Spec::read("projects.list", Route::get("/projects")).early();

    type Output = Projects;

    async fn run(self, cx: &Workspace) -> Result<Projects, Failure> {
        let found = cx.projects().list(self.next.as_deref(), MAX_PAGE as u64).await?;
        let found = found.ok_or_else(unknown_next)?;
        let (projects, next) = page(found.projects, None, |each| each.id.to_string())?;
        let last = projects.last().filter(|_| found.more).map(|last| last.id.to_string());
        Ok(Projects { projects, next: next.or(last) })
    }
}
