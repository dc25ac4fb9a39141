//! Deployments and their logs.

use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{AppUuid, DeploymentUuid, Timestamp};
use covibe_upstream::{Cause, Error, without_userinfo};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::client::Client;
use crate::wire::{self, Listing, Sentence};

/// The outcome of a deployment request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deploy {
    /// It is queued.
    Queued(DeploymentUuid),
    /// A deployment of the same commit is already queued or running. Coolify answers an id that it
    /// never stored; use the application's newest deployment.
    Skipped,
}

/// A deployment.
#[derive(Clone, Debug, Deserialize)]
pub struct Deployment {
    /// Its id.
    #[serde(rename = "deployment_uuid")]
    pub uuid: DeploymentUuid,
    /// Its status.
    #[serde(default = "unknown", deserialize_with = "status")]
    pub status: DeploymentStatus,
    /// The commit, once it is known.
    #[serde(default, deserialize_with = "commit")]
    pub commit: Option<String>,
    /// When it was queued.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub created_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub finished_at: Option<Timestamp>,
    /// The application in the deployment's link: only a hint, because it is stale after a move.
    /// Read the application before you rely on it.
    #[serde(default, rename = "deployment_url", deserialize_with = "application")]
    pub application: Option<AppUuid>,
    /// The lines of its log that may be shown; `None` when the token may not read it, or the answer
    /// has none.
    #[serde(default, deserialize_with = "logs")]
    pub logs: Option<Vec<LogLine>>,
}

/// A line of a deployment's log, without userinfo in its URLs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LogLine {
    /// The text; may have several lines.
    #[serde(default, deserialize_with = "output")]
    pub output: String,
    /// `stdout` or `stderr`.
    #[serde(default, rename = "type", deserialize_with = "wire::text")]
    pub stream: Option<String>,
    /// When it was written.
    #[serde(default, deserialize_with = "wire::lenient")]
    pub timestamp: Option<Timestamp>,
    /// Its position in the log.
    #[serde(default, deserialize_with = "wire::number")]
    pub order: Option<i64>,
}

impl Client {
    /// Queues a deployment. With `force` it builds without cache and is never skipped.
    ///
    /// The parameters are sent as JSON, because up to 4.1 Coolify reads `?force=false` as true.
    pub async fn deploy(&self, uuid: &AppUuid, force: bool) -> Result<Deploy, Error> {
        let _changing = self.shared.applications.changing();
        let body = json!({ "uuid": uuid, "force": force });
        let answer = self.transport.post("/deploy").body(body).send().await?;
        let unreadable = answer.malformed();
        taken(&answer.json()?).ok_or(unreadable)
    }

    /// Returns an application's deployments, newest first.
    ///
    /// Up to 4.1 each one comes with its whole log, so that a page may exceed the size limit; then
    /// a smaller page is requested.
    pub async fn deployments(
        &self,
        uuid: &AppUuid,
        skip: u32,
        take: u32,
    ) -> Result<Vec<Deployment>, Error> {
        let mut take = take.max(1);
        loop {
            match self.deployments_page(uuid, skip, take).await {
                Err(Error { cause: Cause::TooLarge, .. }) if take > 1 => take = (take / 4).max(1),
                page => return page,
            }
        }
    }

    async fn deployments_page(
        &self,
        uuid: &AppUuid,
        skip: u32,
        take: u32,
    ) -> Result<Vec<Deployment>, Error> {
        let request = self.transport.get("/deployments/applications/{uuid}").segment(uuid.as_str());
        let page: Page = request.query("skip", skip).query("take", take).json().await?;
        let (Page::Counted { deployments } | Page::Bare(deployments)) = page;
        Ok(deployments.0)
    }

    /// Returns one deployment with its log.
    pub async fn deployment(&self, uuid: &DeploymentUuid) -> Result<Deployment, Error> {
        self.transport.get("/deployments/{uuid}").segment(uuid.as_str()).json().await
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Page {
    Counted { deployments: Listing<Deployment> },
    Bare(Listing<Deployment>),
}

fn taken(answer: &Value) -> Option<Deploy> {
    let entry = match &answer["deployments"] {
        Value::Array(entries) => entries.first()?,
        Value::Object(entries) => entries.values().next()?,
        _ => answer,
    };
    if entry["message"].as_str().and_then(Sentence::of) == Some(Sentence::AlreadyQueued) {
        return Some(Deploy::Skipped);
    }
    Some(Deploy::Queued(entry["deployment_uuid"].as_str()?.parse().ok()?))
}

fn unknown() -> DeploymentStatus {
    DeploymentStatus::Unknown
}

/// Coolify's words (beta.473 to 4.3.11).
fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DeploymentStatus, D::Error> {
    let word = wire::text(deserializer)?.unwrap_or_default();
    Ok(match word.as_str() {
        "queued" => DeploymentStatus::Queued,
        "in_progress" => DeploymentStatus::InProgress,
        "finished" => DeploymentStatus::Finished,
        "failed" => DeploymentStatus::Failed,
        "cancelled-by-user" => DeploymentStatus::Cancelled,
        _ => DeploymentStatus::Unknown,
    })
}

fn commit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(wire::text(deserializer)?.filter(|commit| commit != "HEAD"))
}

fn application<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<AppUuid>, D::Error> {
    let link = wire::text(deserializer)?.unwrap_or_default();
    let mut segments = link.split('/');
    Ok(segments
        .find(|segment| *segment == "application")
        .and(segments.next())
        .and_then(|uuid| uuid.parse().ok()))
}

fn output<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(without_userinfo(&wire::text(deserializer)?.unwrap_or_default()))
}

/// Reads the lines of a log, which is a JSON text. Hidden lines contain secrets and commands of the
/// build.
fn logs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<LogLine>>, D::Error> {
    let lines = match Value::deserialize(deserializer)? {
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::Null),
        value => value,
    };
    let Value::Array(lines) = lines else { return Ok(None) };
    let shown = |line: &Value| {
        line.get("hidden").is_none_or(|hidden| matches!(hidden, Value::Bool(false) | Value::Null))
    };
    Ok(Some(
        lines
            .into_iter()
            .filter(shown)
            .filter_map(|line| serde_json::from_value(line).ok())
            .collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "zg4cwgc44ogc08804000gggo";

    #[test]
    fn a_skip_is_told_by_its_message() {
        let entry = |message: &str| json!({ "deployments": [{ "message": message, "resource_uuid": "x", "deployment_uuid": UUID }] });
        let queued = Deploy::Queued(UUID.parse().unwrap());
        assert_eq!(taken(&entry("Application site deployment queued.")), Some(queued));
        assert_eq!(
            taken(&entry("Deployment already queued for this commit.")),
            Some(Deploy::Skipped)
        );
        assert_eq!(taken(&json!({ "deployments": [] })), None);
        assert_eq!(taken(&json!({ "deployments": [{ "message": "Database started." }] })), None);
    }

    #[test]
    fn logs_are_json_in_a_text_and_hidden_lines_go() {
        let lines = json!([
            { "command": "git clone https://bot:0123@git.test/o/r", "output": "secret", "type": "stdout", "hidden": true, "order": 1 },
            { "command": null, "output": "Cloning https://bot:0123@git.test/o/r", "type": "stdout",
              "timestamp": "2026-11-20T08:00:00.000000Z", "hidden": false, "batch": 1, "order": 2 },
        ]);
        let deployment: Deployment = serde_json::from_value(json!({ "deployment_uuid": UUID, "status": "cancelled-by-user",
            "commit": "HEAD", "logs": lines.to_string(),
            "deployment_url": format!("/project/p1234567/environment/e1234567/application/{UUID}/deployment/{UUID}") })).unwrap();
        assert_eq!((deployment.status, deployment.commit), (DeploymentStatus::Cancelled, None));
        assert_eq!(deployment.application.unwrap().as_str(), UUID);
        let logs = deployment.logs.unwrap();
        assert_eq!((logs.len(), logs[0].output.as_str()), (1, "Cloning https://…@git.test/o/r"));
        assert_eq!((logs[0].stream.as_deref(), logs[0].order), (Some("stdout"), Some(2)));
        assert!(logs[0].timestamp.is_some());
    }

    #[test]
    fn everything_but_the_id_may_be_missing() {
        let bare: Deployment =
            serde_json::from_value(json!({ "deployment_uuid": UUID, "logs": "[broken" })).unwrap();
        assert_eq!(
            (bare.status, bare.application, bare.logs),
            (DeploymentStatus::Unknown, None, None)
        );
    }

    #[test]
    fn pages_are_counted_or_bare_lists() {
        for text in [
            format!(r#"{{"count":1,"deployments":[{{"deployment_uuid":"{UUID}"}}]}}"#),
            format!(r#"{{"count":1,"deployments":{{"0":{{"deployment_uuid":"{UUID}"}}}}}}"#),
            format!(r#"[{{"deployment_uuid":"{UUID}"}}]"#),
        ] {
            let page: Page = serde_json::from_str(&text).unwrap();
            let (Page::Counted { deployments } | Page::Bare(deployments)) = page;
            assert_eq!(deployments.0.len(), 1, "{text}");
        }
    }
}
