//! `get_app_status`.

use covibe_coolify::Application;
use covibe_domain::Failure;
use covibe_domain::entities::Deployment;
use covibe_operation::{Operation, Route, Spec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer_types::{self, App};
use super::context::CoolifyContext;

/// Get the state of an application as Coolify last saw it, and its last deployment.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) struct GetAppStatus {
    /// Its name, or its uuid if several have the name.
    #[schemars(length(min = 1, max = 255), example = &"shop")]
    app_name: String,
}

/// An application, its last deployment, and notes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AppStatus {
    application: App,
    /// The newest deployment.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_deployment: Option<Deployment>,
    /// Remarks on these states.
    notes: Vec<String>,
}

impl Operation<CoolifyContext> for GetAppStatus {
    const SPEC: Spec = Spec::read("get_app_status", Route::NONE);

    type Output = AppStatus;

    async fn run(self, cx: &CoolifyContext) -> Result<AppStatus, Failure> {
        let app = cx.find_by_name(&self.app_name).await?;
        let last_deployment = cx.deployments(&app, 1).await?.into_iter().next();
        let last_deployment = last_deployment.map(answer_types::deployment);
        let notes = notes(&app, last_deployment.as_ref());
        Ok(AppStatus { application: App::from(&app), last_deployment, notes })
    }
}

/// Returns hints that the state alone does not give.
fn notes(app: &Application, last: Option<&Deployment>) -> Vec<String> {
    let seen = app.last_online_at();
    let mut notes = Vec::new();
    let mut note = |text: &str| notes.push(text.to_owned());
    match last {
        None => note("Coolify lists no deployment of the application."),
        Some(last) if last.status.is_open() => {
            note("A deployment is under way: the state is that of the previous version.");
        }
        Some(last) if last.finished_at.is_some_and(|end| seen.is_none_or(|seen| seen < end)) => {
            note(
                "Coolify has not checked since the last deployment ended: the state may be older. \
                 Ask again in a few minutes.",
            );
        }
        Some(_) => {}
    }
    if seen.is_none() {
        note("Coolify does not report when it saw this state.");
    }
    if app.is_given_up() {
        note("Its container crashed too often, so Coolify stopped and removed it, with its log.");
    }
    notes
}

#[cfg(test)]
mod tests {
    use covibe_domain::Timestamp;
    use covibe_domain::entities::DeploymentStatus;
    use serde_json::json;

    use super::*;

    fn app(seen: &str) -> Application {
        let app = json!({ "uuid": "vgsco4occ8ksgsc4s8ck4kco", "last_online_at": seen });
        serde_json::from_value(app).unwrap()
    }

    fn deployment(status: DeploymentStatus, end: Option<&str>) -> Deployment {
        let (uuid, finished_at) = ("d".repeat(24).parse().unwrap(), end.and_then(Timestamp::parse));
        Deployment { finished_at, ..Deployment::new(uuid, status) }
    }

    #[test]
    fn a_status_older_than_the_last_deployment_gets_a_note() {
        let ended = deployment(DeploymentStatus::Finished, Some("2026-11-20T09:00:00Z"));
        assert!(notes(&app("2026-11-20 08:59:00"), Some(&ended))[0].contains("has not checked"));
        assert!(notes(&app("2026-11-20 09:01:00"), Some(&ended)).is_empty());
        let open = deployment(DeploymentStatus::InProgress, None);
        assert!(notes(&app("2026-11-20 09:01:00"), Some(&open))[0].contains("under way"));
    }

    #[test]
    fn an_app_without_deployments_or_status_time_gets_notes() {
        let notes = notes(&app(""), None);
        assert_eq!(notes.len(), 2);
        assert!(notes[0].contains("no deployment") && notes[1].contains("does not report when"));
    }
}
