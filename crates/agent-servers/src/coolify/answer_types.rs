//! Applications as these tools show them.

use covibe_coolify::{Application, Deployment as Told, RunState};
use covibe_domain::entities::Deployment;
use covibe_domain::{AppUuid, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// The maximum number of hosts of an application in a list.
const MAX_DOMAINS: usize = 10;

/// An application with the state that Coolify reports.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct App {
    uuid: AppUuid,
    name: String,
    /// The name of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    /// `running`, `exited`, `starting`, `restarting`, `degraded`, `paused` or `unknown`.
    status: &'static str,
    /// The state of its health check, only while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    health: Option<&'static str>,
    /// The time at which Coolify observed this.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_as_of: Option<Timestamp>,
    /// The hosts of its domains, at most ten.
    domains: Vec<String>,
}

impl App {
    /// Returns it with the name of its project.
    pub(super) fn in_project(self, project: Option<String>) -> Self {
        Self { project, ..self }
    }

    /// Returns its uuid.
    pub(super) fn id(&self) -> String {
        self.uuid.to_string()
    }
}

impl From<&Application> for App {
    fn from(app: &Application) -> Self {
        Self {
            uuid: app.uuid.clone(),
            name: app.name.clone(),
            project: None,
            status: app.status.state.as_str(),
            health: is_running(app).then_some(app.status.health.as_str()),
            status_as_of: app.last_online_at(),
            domains: app.domains().into_iter().take(MAX_DOMAINS).collect(),
        }
    }
}

/// Returns whether Coolify says that it runs, so that its health is meaningful.
const fn is_running(app: &Application) -> bool {
    matches!(app.status.state, RunState::Running | RunState::Degraded)
}

/// Converts a deployment.
pub(super) fn deployment(told: Told) -> Deployment {
    let Told { uuid, status, commit, created_at, finished_at, .. } = told;
    Deployment { commit, created_at, finished_at, ..Deployment::new(uuid, status) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn app(members: &Value) -> Application {
        let mut app = json!({ "uuid": "vgsco4occ8ksgsc4s8ck4kco", "name": "shop" });
        app.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(app).unwrap()
    }

    #[test]
    fn the_health_of_an_app_is_shown_only_while_it_runs() {
        let health = |status: &str| App::from(&app(&json!({ "status": status }))).health;
        assert_eq!(health("running:healthy"), Some("healthy"));
        assert_eq!(health("exited:unhealthy"), None);
        assert_eq!(health("starting:unhealthy"), None);
    }
}
