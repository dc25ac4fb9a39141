//! `PATCH …/projects/{projectId}`.

use covibe_domain::entities::{Project, ProjectKind};
use covibe_domain::{Failure, ProjectId};
use covibe_operation::{Operation, Route, Spec, parameter_rules};
use covibe_workspace::{NewProject, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::input::{
    LINE, MAX_BODY, NewLink, check_body, check_line, check_links, checked_repo, no_changes,
};
use crate::resource_names::REPOSITORY;

/// Change a project. Omitted parameters stay unchanged.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-not" = parameter_rules::at_least_one()), example = json!({ "name": "Spring campaign" }))]
pub(crate) struct UpdateProject {
    /// The id, as projects.list returns it.
    project_id: ProjectId,
    /// The project's name, such as `Spring campaign`.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    #[schemars(extend("x-pattern" = LINE), example = &"Spring campaign")]
    name: Option<String>,
    /// The kind: prd (a product requirements document), import (from another product) or app.
    #[serde(default)]
    kind: Option<ProjectKind>,
    /// Its whole new text, in Markdown.
    #[serde(default)]
    #[schemars(length(max = MAX_BODY))]
    #[schemars(example = &"# Spring campaign")]
    body: Option<String>,
    /// The name of the project's repository in the workspace, such as `shop`; an empty string removes it.
    #[serde(default)]
    #[schemars(length(max = 140))]
    #[schemars(extend("x-pattern" = format!("^(?:{REPOSITORY})?$")), example = &"shop")]
    repo: Option<String>,
    /// All links; an empty list removes them.
    #[serde(default)]
    #[schemars(length(max = 20))]
    links: Option<Vec<NewLink>>,
}

impl Operation<Workspace> for UpdateProject {
    const SPEC: Spec = Spec::write("projects.update", Route::patch("/projects/{projectId}"))
        .rest_only()
        .early()
        .idempotent();

    type Output = Project;

    async fn run(mut self, cx: &Workspace) -> Result<Project, Failure> {
        self.check(cx.organisation())?;
        let id = self.project_id.clone();
        cx.projects().change(&id, |project| self.apply(project)).await
    }
}

impl UpdateProject {
    fn check(&mut self, organisation: &str) -> Result<(), Failure> {
        let Self { name, kind, body, repo, links, .. } = self;
        if name.is_none() && kind.is_none() && body.is_none() && repo.is_none() && links.is_none() {
            return Err(no_changes());
        }
        name.as_deref().map_or(Ok(()), |name| check_line("name", name))?;
        body.as_deref().map_or(Ok(()), check_body)?;
        links.as_deref().map_or(Ok(()), check_links)?;
        if let Some(repo) = repo.as_mut().filter(|repo| !repo.is_empty()) {
            *repo = checked_repo(repo, organisation)?;
        }
        Ok(())
    }

    fn apply(self, project: &mut NewProject) {
        if let Some(name) = self.name {
            project.name = name;
        }
        if let Some(kind) = self.kind {
            project.kind = kind;
        }
        if let Some(body) = self.body {
            project.body = body;
        }
        if let Some(repo) = self.repo {
            project.repo = (!repo.is_empty()).then_some(repo);
        }
        if let Some(links) = self.links {
            project.links = links.into_iter().map(Into::into).collect();
        }
    }
}
