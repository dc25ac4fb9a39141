//! `list_all_apps`, and `list_applications`, which lists those of one project.

use covibe_coolify::Application;
use covibe_domain::{Failure, ProjectUuid};
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer_types::App;
use super::context::CoolifyContext;

/// The maximum number of projects that are read for their names.
const MAX_PROJECTS: usize = 30;

/// List the applications of all projects with state and domains. Compose services and databases are not among them.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ListAllApps {}

/// Applications, by name.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Apps {
    applications: Vec<App>,
    /// The total number.
    total: usize,
    /// True if some did not fit.
    truncated: bool,
    /// The tools that show the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
}

/// The hint for a list that is cut.
const CUT: &str =
    "list_applications lists those of one project; get_app_status shows one by its name.";

impl Apps {
    /// Creates as long a list as fits in an answer, with the names of projects.
    pub(super) fn new(
        all: &[Application],
        project: impl Fn(&Application) -> Option<String>,
    ) -> Result<Self, Failure> {
        let total = all.len();
        let apps = all.iter().map(|app| App::from(app).in_project(project(app)));
        let (applications, next) = page(apps.collect(), None, App::id)?;
        let truncated = next.is_some();
        Ok(Self { applications, total, truncated, hint: truncated.then_some(CUT) })
    }
}

impl Operation<CoolifyContext> for ListAllApps {
    const SPEC: Spec = Spec::read("list_all_apps", Route::NONE);

    type Output = Apps;

    async fn run(self, cx: &CoolifyContext) -> Result<Apps, Failure> {
        let apps = cx.applications().await?;
        let projects = cx.project_names(&apps, MAX_PROJECTS).await;
        Apps::new(&apps, |app| projects.get(&app.environment_id?).cloned())
    }
}

/// List the applications of one project with state and domains.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct ListApplications {
    /// The project's uuid, from list_projects.
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
