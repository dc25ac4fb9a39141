//! `POST …/projects`.

use covibe_domain::Failure;
use covibe_domain::entities::{Project, ProjectKind};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{NewProject, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::input::{LINE, MAX_BODY, NewLink, check_body, check_line, check_links, checked_repo};
use crate::resource_names::{REPOSITORY, whole};

/// Add a project to the workspace: a product requirements document, an import or an app.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateProject {
    /// The project's name, such as `Spring campaign`.
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("x-pattern" = LINE), example = &"Spring campaign")]
    name: String,
    /// The kind: prd (a product requirements document), import (from another product) or app.
    kind: ProjectKind,
    /// Its text, in Markdown. Default: none.
    #[serde(default)]
    #[schemars(length(max = MAX_BODY))]
    #[schemars(example = &"# Spring campaign")]
    body: Option<String>,
    /// The name of the project's repository in the workspace, such as `shop`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 140))]
    #[schemars(extend("x-pattern" = whole(REPOSITORY)), example = &"shop")]
    repo: Option<String>,
    /// The project's links, such as one to its design.
    #[serde(default)]
    #[schemars(length(max = 20))]
    links: Option<Vec<NewLink>>,
}

impl Operation<Workspace> for CreateProject {
    const SPEC: Spec =
        Spec::write("projects.create", Route::post("/projects")).rest_only().early().creates();

    type Output = Project;

    async fn run(self, cx: &Workspace) -> Result<Project, Failure> {
        let organisation = cx.organisation();
        let repo = self.repo.as_deref().map(|repo| checked_repo(repo, organisation)).transpose()?;
        let (links, body) = (self.links.unwrap_or_default(), self.body.unwrap_or_default());
        check_line("name", &self.name)?;
        check_body(&body)?;
        check_links(&links)?;
        let links = links.into_iter().map(Into::into).collect();
        let (name, kind) = (self.name, self.kind);
        cx.projects().add(NewProject { name, kind, body, repo, links }).await
    }
}
