//! `list_applications`.

use covibe_domain::{Failure, ProjectUuid};
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::Deserialize;

use super::context::CoolifyContext;
use super::list_all_apps::Apps;

/// List the applications of one project with state and domains.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct ListApplications {
    /// From list_projects.
    project_uuid: ProjectUuid,
}

impl Operation<CoolifyContext> for ListApplications {
    const SPEC: Spec = Spec::read("list_applications", Route::NONE);

    type Output = Apps;

    async fn run(self, cx: &CoolifyContext) -> Result<Apps, Failure> {
        let (project, apps) = cx.applications_of(&self.project_uuid).await?;
        Apps::new(&apps, |_| Some(project.name.clone()))
    }
}
