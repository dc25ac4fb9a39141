//! `list_projects`.

use covibe_domain::{Failure, ProjectUuid};
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::context::CoolifyContext;

/// List the projects on Coolify.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ListProjects {}

/// The projects, by name.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ProjectList {
    projects: Vec<Project>,
    /// The total number.
    total: usize,
    /// True if some did not fit.
    truncated: bool,
}

/// A project.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Project {
    uuid: ProjectUuid,
    name: String,
}

impl Operation<CoolifyContext> for ListProjects {
    const SPEC: Spec = Spec::read("list_projects", Route::NONE);

    type Output = ProjectList;

    async fn run(self, cx: &CoolifyContext) -> Result<ProjectList, Failure> {
        let all = cx.projects().await?.into_iter();
        let all: Vec<_> = all.map(|one| Project { uuid: one.uuid, name: one.name }).collect();
        let total = all.len();
        let (projects, next) = page(all, None, |one| one.uuid.to_string())?;
        Ok(ProjectList { projects, total, truncated: next.is_some() })
    }
}
