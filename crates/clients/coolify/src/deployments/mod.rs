//! Deployments and their logs.

mod log;

use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{AppUuid, DeploymentUuid, ProjectUuid, Timestamp, boxed};
use covibe_upstream::{Bounds, Cause, Error, Identified, LongText};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::answer_reading::{self, Listing, Sentence};
use crate::client::Client;

pub use log::{Log, LogLine};

/// The size limit of an answer with deployments, in bytes. Their logs, which nothing limits (seen
/// with 4.3.11), are dropped or shortened while they arrive.
const BODY: usize = 512 * 1024 * 1024;

/// The limits of an answer with deployments whose logs do not matter.
const WITHOUT_LOG: Bounds =
    Bounds { body: BODY, kept: BODY, text: 16 * 1024, long: LongText::Length };

/// The limits of an answer with a deployment and its log: the log's last 4 MiB, as Coolify writes
/// them.
const WITH_LOG: Bounds =
    Bounds { body: BODY, kept: BODY, text: 4 * 1024 * 1024, long: LongText::End };

/// The outcome of a deployment request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeployOutcome {
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
    /// Its status. A deployment that no worker has taken yet is queued, though Coolify calls it in
    /// progress once it is in the queue of the workers, where it may wait for long behind starts
    /// and deletions (4.3.11).
    #[serde(default = "unknown_status", deserialize_with = "status")]
    pub status: DeploymentStatus,
    /// True if the answer says that no worker has had it; false for releases that do not say.
    #[serde(default, rename = "horizon_job_worker", deserialize_with = "is_null")]
    pub is_without_worker: bool,
    /// The commit, once it is known.
    #[serde(default, deserialize_with = "commit")]
    pub commit: Option<String>,
    /// When it was queued.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub created_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, deserialize_with = "answer_reading::lenient")]
    pub finished_at: Option<Timestamp>,
    /// The resources that the deployment's link names.
    #[serde(default, rename = "deployment_url", deserialize_with = "link")]
    pub link: Link,
    /// True if it has started a process, whose number the answers contain.
    #[serde(default, rename = "current_process_id", deserialize_with = "is_present")]
    pub has_process: bool,
    /// True if it builds without cache.
    #[serde(default, rename = "force_rebuild", deserialize_with = "answer_reading::flag")]
    pub is_forced: bool,
    /// The part of its log that may be shown; `None` when the token may not read it, when the
    /// answer has none, or where [`Client::deployment_with_log`] did not ask for it.
    #[serde(default, rename = "logs", deserialize_with = "log::read")]
    pub log: Option<Log>,
}

/// The resources in a deployment's link: only a hint, because it is stale after a move. Read the
/// application before you rely on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// The project.
    pub project: Option<ProjectUuid>,
    /// The application.
    pub application: Option<AppUuid>,
}

impl Deployment {
    /// Returns the same as queued if no worker has it yet.
    fn into_begun(self) -> Self {
        let waits = self.status == DeploymentStatus::InProgress && self.is_without_worker;
        let status = if waits { DeploymentStatus::Queued } else { self.status };
        Self { status, ..self }
    }
}

/// Returns the command that frees the place of a deployment whose worker was lost, for a shell on
/// the host of Coolify. It changes Coolify's database alone: [`Client::cancel_deployment`] kills a
/// process of the host by the number that a process of Coolify's container had (4.3.11,
/// `DeployController::cancel_deployment`).
pub fn command_to_free_place(uuid: &DeploymentUuid) -> String {
    format!(
        "docker exec coolify php artisan tinker --execute=\"App\\Models\\ApplicationDeploymentQueue\
         ::where('deployment_uuid','{uuid}')->where('status','in_progress')->update(['status'=>'failed'])\""
    )
}

impl Client {
    /// Queues a deployment. With `force` it builds without cache and is never skipped.
    ///
    /// The parameters are sent as JSON, because up to 4.1 Coolify reads `?force=false` as true.
    #[boxed]
    pub async fn deploy(&self, uuid: &AppUuid, force: bool) -> Result<DeployOutcome, Error> {
        let _changing = self.changing();
        let body = json!({ "uuid": uuid, "force": force });
        let answer = self.transport.post("/deploy").body(body).send().await?;
        let unreadable = answer.malformed();
        read_outcome(&answer.json()?, uuid).ok_or(unreadable)
    }

    /// Returns an application's deployments without their logs, newest first.
    ///
    /// Each one comes with its whole log, so that a page may be too large; then a smaller page is
    /// requested.
    #[boxed]
    pub async fn deployments(
        &self,
        uuid: &AppUuid,
        skip: u32,
        take: u32,
    ) -> Result<Vec<Deployment>, Error> {
        let mut take = take.max(1);
        loop {
            match self.deployments_page(uuid, skip, take).await {
                // Coolify fails where the logs of a page exceed its memory.
                Err(Error { cause: Cause::TooLarge | Cause::Failed { status: 500 }, .. })
                    if take > 1 =>
                {
                    take = (take / 4).max(1);
                }
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
        let request = request.query("skip", skip).query("take", take);
        let page: Page = request.streamed_asked(WITHOUT_LOG).await?;
        let (Page::Counted { deployments } | Page::Bare(deployments)) = page;
        Ok(deployments.0.into_iter().map(Deployment::into_begun).collect())
    }

    /// Returns one deployment without its log.
    #[boxed]
    pub async fn deployment(&self, uuid: &DeploymentUuid) -> Result<Deployment, Error> {
        let request = self.transport.get("/deployments/{uuid}").segment(uuid.as_str());
        request.streamed_asked(WITHOUT_LOG).await.map(Deployment::into_begun)
    }

    /// Returns one deployment with its log; the beginning of a long log is left out.
    #[boxed]
    pub async fn deployment_with_log(&self, uuid: &DeploymentUuid) -> Result<Deployment, Error> {
        let request = self.transport.get("/deployments/{uuid}").segment(uuid.as_str());
        request.streamed_asked(WITH_LOG).await.map(Deployment::into_begun)
    }

    /// Returns the deployments of the team that are queued or in progress, without their logs.
    #[boxed]
    pub async fn deployments_under_way(&self) -> Result<Vec<Deployment>, Error> {
        let request = self.transport.get("/deployments");
        let listed = request.streamed::<Listing<Deployment>>(WITHOUT_LOG).await?.0;
        Ok(listed.into_iter().map(Deployment::into_begun).collect())
    }

    /// Cancels a deployment, which must be queued and have no process.
    ///
    /// Once it has one, Coolify sends `kill -9` with the number of that process, which runs in Coolify's
    /// own container, to the server, where another process may have the number (4.3.11,
    /// `DeployController::cancel_deployment`).
    ///
    /// # Errors
    /// A conflict when it has ended. 4.1 cancels it and then answers 500.
    #[boxed]
    pub async fn cancel_deployment(&self, uuid: &DeploymentUuid) -> Result<(), Error> {
        let request = self.transport.post("/deployments/{uuid}/cancel").segment(uuid.as_str());
        request.execute().await
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Page {
    Counted { deployments: Listing<Deployment> },
    Bare(Listing<Deployment>),
}

impl Identified for Deployment {
    fn is_about(&self, segments: &[String]) -> bool {
        segments == [self.uuid.as_str()]
    }
}

/// The deployments of one application.
impl Identified for Page {
    fn is_about(&self, segments: &[String]) -> bool {
        let (Self::Counted { deployments } | Self::Bare(deployments)) = self;
        let applications = deployments.0.iter().filter_map(|each| each.link.application.as_ref());
        applications.into_iter().all(|application| segments == [application.as_str()])
    }
}

/// Reads the outcome of a request to deploy an application; `None` if the answer is not about it.
fn read_outcome(answer: &Value, application: &AppUuid) -> Option<DeployOutcome> {
    let entry = match &answer["deployments"] {
        Value::Array(entries) => entries.first()?,
        Value::Object(entries) => entries.values().next()?,
        _ => answer,
    };
    if entry["resource_uuid"].as_str().is_some_and(|uuid| uuid != application.as_str()) {
        return None;
    }
    if entry["message"].as_str().and_then(Sentence::from_message) == Some(Sentence::AlreadyQueued) {
        return Some(DeployOutcome::Skipped);
    }
    Some(DeployOutcome::Queued(entry["deployment_uuid"].as_str()?.parse().ok()?))
}

fn unknown_status() -> DeploymentStatus {
    DeploymentStatus::Unknown
}

/// Reads Coolify's words (beta.473 to 4.3.11).
fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DeploymentStatus, D::Error> {
    let word = answer_reading::text(deserializer)?.unwrap_or_default();
    Ok(match word.as_str() {
        "queued" => DeploymentStatus::Queued,
        "in_progress" => DeploymentStatus::InProgress,
        "finished" => DeploymentStatus::Finished,
        "failed" => DeploymentStatus::Failed,
        "cancelled-by-user" => DeploymentStatus::Cancelled,
        _ => DeploymentStatus::Unknown,
    })
}

fn is_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    is_present(deserializer).map(|is_present| !is_present)
}

fn is_present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(Option::<IgnoredAny>::deserialize(deserializer)?.is_some())
}

fn commit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(answer_reading::text(deserializer)?.filter(|commit| commit != "HEAD"))
}

fn link<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Link, D::Error> {
    let link = answer_reading::text(deserializer)?.unwrap_or_default();
    let after = |name: &str| link.split('/').skip_while(|segment| *segment != name).nth(1);
    Ok(Link {
        project: after("project").and_then(|uuid| uuid.parse().ok()),
        application: after("application").and_then(|uuid| uuid.parse().ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "zg4cwgc44ogc08804000gggo";

    #[test]
    fn a_skipped_deployment_is_recognized_by_its_message() {
        let taken = |answer: &Value| read_outcome(answer, &UUID.parse().unwrap());
        let entry = |message: &str| json!({ "deployments": [{ "message": message, "resource_uuid": UUID, "deployment_uuid": UUID }] });
        let queued = DeployOutcome::Queued(UUID.parse().unwrap());
        assert_eq!(taken(&entry("Application site deployment queued.")), Some(queued));
        assert_eq!(
            taken(&entry("Deployment already queued for this commit.")),
            Some(DeployOutcome::Skipped)
        );
        let other =
            json!({ "deployments": [{ "resource_uuid": "other4567", "deployment_uuid": UUID }] });
        assert_eq!(taken(&other), None, "it is about another application");
        assert_eq!(taken(&json!({ "deployments": [] })), None);
        assert_eq!(taken(&json!({ "deployments": [{ "message": "Database started." }] })), None);
    }

    #[test]
    fn a_deployment_is_read_with_status_link_and_force_without_unreadable_logs() {
        let deployment: Deployment = serde_json::from_value(json!({
            "deployment_uuid": UUID, "status": "cancelled-by-user", "commit": "HEAD",
            "force_rebuild": true, "logs": 5_000_000,
            "deployment_url": format!("/project/p1234567/environment/e1234567/application/{UUID}/deployment/{UUID}"),
        }))
        .unwrap();
        assert_eq!((deployment.status, deployment.commit), (DeploymentStatus::Cancelled, None));
        assert_eq!(deployment.link.application.unwrap().as_str(), UUID);
        assert_eq!(deployment.link.project.unwrap().as_str(), "p1234567");
        assert!(deployment.is_forced && deployment.log.is_none());
    }

    #[test]
    fn a_deployment_with_only_an_id_is_read_with_defaults() {
        let bare: Deployment =
            serde_json::from_value(json!({ "deployment_uuid": UUID, "logs": "[broken" })).unwrap();
        assert_eq!(
            (bare.status, bare.link.application, bare.log),
            (DeploymentStatus::Unknown, None, None)
        );
    }

    #[test]
    fn a_page_is_read_from_counted_and_bare_lists() {
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
