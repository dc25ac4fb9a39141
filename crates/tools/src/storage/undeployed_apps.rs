//! The apps whose containers may run with another key than their variables have.
//!
//! A container gets the variables when it is created, and nobody reports with which ones. So only a start after the key
//! was written shows that an app uses it: a deployment that Coolify has finished, or containers that docker has created.
//! What was not seen is not guessed: such an app is to be deployed.

use std::time::Duration;

use covibe_coolify::{Deployment, Env, RunState};
use covibe_domain::entities::DeploymentStatus;
use covibe_domain::{AppUuid, Failure, Kind, Timestamp};
use covibe_workspace::{AnyApp, Coolify, Hosted, QueuedDeployment, StorageInjection, Workspace};
use futures_util::{StreamExt as _, stream};

use super::variables::is_key;
use crate::resource_state::{Sight, sight};

/// The number of apps that are looked at concurrently.
const CONCURRENCY: usize = 4;

/// The number of deployments of an application that are read, the newest first.
const NEWEST: u32 = 20;

/// By how much the clocks of Coolify, of a docker host and of the database may differ.
const SKEW: Duration = Duration::from_secs(5);

/// Returns the apps whose containers were not seen to have their current variables. The injections are sorted by app.
pub(super) async fn undeployed_apps(
    cx: &Workspace,
    injections: &[StorageInjection],
) -> Vec<String> {
    if injections.is_empty() {
        return Vec::new();
    }
    let coolify = match cx.coolify().await {
        Ok(coolify) => coolify,
        Err(failure) => {
            tracing::warn!(%failure, "could not determine which apps use the current key of object storage");
            return injections.iter().map(|one| one.resource.clone()).collect();
        }
    };
    let of_apps = injections.chunk_by(|one, next| one.resource == next.resource);
    // Boxed because the futures are large.
    let looks: Vec<_> = of_apps.map(|of_app| Box::pin(undeployed_app(&coolify, of_app))).collect();
    let seen: Vec<_> = stream::iter(looks).buffered(CONCURRENCY).collect().await;
    seen.into_iter().flatten().collect()
}

/// Returns the app of these injections unless it needs no deployment, or is gone.
async fn undeployed_app(coolify: &Coolify, of_app: &[StorageInjection]) -> Option<String> {
    let resource = &of_app.first()?.resource;
    let needs_it = match needs_deployment(coolify, resource, of_app).await {
        Ok(needs_it) => needs_it,
        Err(failure) if failure.kind == Kind::NotFound => false,
        Err(failure) => {
            tracing::warn!(
                %failure,
                resource,
                "could not determine whether an app uses the current key of object storage"
            );
            true
        }
    };
    needs_it.then(|| resource.clone())
}

async fn needs_deployment(
    coolify: &Coolify,
    resource: &str,
    of_app: &[StorageInjection],
) -> Result<bool, Failure> {
    let Ok(uuid) = AppUuid::try_from(resource.to_owned()) else { return Ok(false) };
    let app = coolify.app(&uuid).await?;
    let envs = coolify.app_env_names(&app).await?;
    let resource = Hosted::App(app);
    let last = coolify.last_hand_over(&resource.deployable()).await?;
    let key = WrittenKey::new(&envs, of_app, last);
    if let Hosted::App(AnyApp::Application(app)) = &resource {
        let deployments = coolify.deployments(app, NEWEST).await?;
        if deployments.iter().any(|each| key.is_in_deployment(each)) {
            return Ok(false);
        }
        if deployments.iter().any(|each| each.status.is_open()) {
            return Ok(true);
        }
    }
    // Boxed because the future is large.
    let seen = Box::pin(sight(coolify, &resource)).await;
    // What is stopped uses no key.
    let is_stopped = seen.status.state == RunState::Exited && seen.oldest_running().is_none();
    Ok(!is_stopped && !was_restarted(coolify, &resource, &seen, &key).await?)
}

/// Returns whether the containers of a compose app, which has no deployments, were created with the key.
async fn was_restarted(
    coolify: &Coolify,
    resource: &Hosted,
    seen: &Sight,
    key: &WrittenKey,
) -> Result<bool, Failure> {
    let Some(service) = resource.service() else { return Ok(false) };
    if let Some(created) = seen.oldest_running() {
        return Ok(key.is_in_container(created));
    }
    // Without a docker host, only starts by this server are known.
    let is_up = !matches!(seen.status.state, RunState::Starting | RunState::Unknown);
    if !is_up || key.start_with_it().is_none() {
        return Ok(false);
    }
    let is_open = coolify.has_start_under_way(&resource.deployable(), service.status.state).await?;
    Ok(!is_open)
}

/// A key in the variables of an app.
struct WrittenKey {
    /// When Coolify stored it last, by Coolify's clock, which shows whole seconds.
    written_at: Timestamp,
    /// When that was recorded, by the clock of the database.
    recorded_at: Timestamp,
    /// The last deployment or start that this server has handed over, or is handing over.
    last: Option<QueuedDeployment>,
}

impl WrittenKey {
    fn new(envs: &[Env], of_app: &[StorageInjection], last: Option<QueuedDeployment>) -> Self {
        let recorded_at = of_app.iter().map(|one| one.injected_at).max();
        let recorded_at = recorded_at.unwrap_or_else(Timestamp::now);
        let is_key_of_app =
            |env: &&Env| !env.is_preview && of_app.iter().any(|one| is_key(&env.key, &one.prefix));
        let written_at = envs.iter().filter(is_key_of_app).filter_map(|env| env.updated_at).max();
        // Coolify does not say when, or the variables were deleted since.
        let written_at = written_at.unwrap_or_else(|| recorded_at.after(SKEW));
        Self { written_at, recorded_at, last }
    }

    /// Returns the last start by this server if it was requested after the key was written.
    fn start_with_it(&self) -> Option<&QueuedDeployment> {
        let is_with_it = |last: &&QueuedDeployment| {
            last.handed_at.is_some() && last.asked_at >= self.recorded_at
        };
        self.last.as_ref().filter(is_with_it)
    }

    /// Returns whether a deployment of an application has given its container the key.
    fn is_in_deployment(&self, deployment: &Deployment) -> bool {
        let is_own = || {
            self.start_with_it().is_some_and(|own| {
                own.id == deployment.uuid || own.deployment.as_ref() == Some(&deployment.uuid)
            })
        };
        let is_later = deployment.created_at.is_some_and(|at| {
            // Within one second of Coolify's, the order is known of own deployments only.
            at > self.written_at || (at == self.written_at && is_own())
        });
        deployment.status == DeploymentStatus::Finished && is_later
    }

    /// Returns whether a container of a compose app that docker created at this time has the key.
    fn is_in_container(&self, created: Timestamp) -> bool {
        if self.start_with_it().is_some() {
            return created > self.written_at;
        }
        // Until an earlier start is over, it creates containers with the variables from its beginning.
        let over = |last: &QueuedDeployment| {
            last.handed_at.unwrap_or(last.asked_at).after(last.hold.longest)
        };
        created > self.written_at.after(SKEW)
            && self.last.as_ref().is_none_or(|last| created > over(last))
    }
}

#[cfg(test)]
mod tests {
    use covibe_domain::{CellName, Deployable};
    use covibe_store::{HoldTimes, QueueState};
    use serde_json::json;

    use super::*;

    const SECOND: i64 = 1_000;

    /// The time at which the key was written; it is recorded half a second later.
    const WRITTEN: i64 = 1_000 * SECOND;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    /// A start that was asked for at this time and handed over a second later.
    fn start(asked: i64) -> QueuedDeployment {
        QueuedDeployment {
            id: "q4vm2k9c7w1x8z5b3n6d0".parse().unwrap(),
            workspace: "ws_acme".parse().unwrap(),
            cell: CellName::default(),
            resource: Deployable::Application("app4567".parse().unwrap()),
            commit: None,
            follows_branch: true,
            is_forced: false,
            state: QueueState::Handed,
            waited: false,
            asked_at: at(asked),
            hold: HoldTimes { notice: Duration::ZERO, longest: Duration::from_mins(10) },
            handing_since: None,
            deployment: Some("ours456".parse().unwrap()),
            handed_at: Some(at(asked + SECOND)),
            ended_at: None,
            replaced_by: None,
            reason: None,
            confirmed: Vec::new(),
        }
    }

    fn key(last: Option<QueuedDeployment>) -> WrittenKey {
        let env = |key: &str, at: i64| -> Env {
            let value = json!({ "uuid": "zg4cwgc44ogc08804000gggo", "key": key,
                "updated_at": Timestamp::from_millis(at).to_string() });
            serde_json::from_value(value).unwrap()
        };
        let injection = StorageInjection {
            resource: "app4567".to_owned(),
            prefix: "S3_".to_owned(),
            access_key_id: "GOOG1E".to_owned(),
            injected_at: at(WRITTEN + SECOND / 2),
        };
        let others = WRITTEN + 3_600 * SECOND;
        let envs = [
            env("S3_SECRET_ACCESS_KEY", WRITTEN),
            env("S3_ACCESS_KEY_ID", WRITTEN - SECOND),
            env("STORAGE_ACCESS_KEY_ID", others),
            env("S3_BUCKET", others),
        ];
        WrittenKey::new(&envs, &[injection], last)
    }

    fn deployment(uuid: &str, status: &str, created: i64) -> Deployment {
        let value = json!({ "deployment_uuid": uuid, "status": status,
            "created_at": at(created).to_string() });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn only_a_finished_deployment_created_after_the_key_was_written_has_it() {
        let (none, earlier, own) =
            (key(None), key(Some(start(WRITTEN))), key(Some(start(WRITTEN + SECOND))));
        for key in [&none, &earlier, &own] {
            let has = |status, at| key.is_in_deployment(&deployment("other12", status, at));
            assert!(has("finished", WRITTEN + SECOND));
            assert!(!has("failed", WRITTEN + SECOND) && !has("in_progress", WRITTEN + SECOND));
            assert!(!has("finished", WRITTEN) && !has("finished", WRITTEN - SECOND));
        }
        let has =
            |key: &WrittenKey, at| key.is_in_deployment(&deployment("ours456", "finished", at));
        assert!(has(&own, WRITTEN) && !has(&earlier, WRITTEN) && !has(&none, WRITTEN));
        assert!(!has(&own, WRITTEN - SECOND), "Coolify took an earlier one for the same");
    }

    #[test]
    fn a_container_that_an_earlier_start_may_have_created_does_not_have_the_key() {
        let own = key(Some(start(WRITTEN + SECOND)));
        assert!(own.is_in_container(at(WRITTEN + 1)) && !own.is_in_container(at(WRITTEN)));
        let none = key(None);
        assert!(none.is_in_container(at(WRITTEN + 6 * SECOND)));
        assert!(!none.is_in_container(at(WRITTEN + 5 * SECOND)), "clocks differ");
        let earlier = key(Some(start(WRITTEN)));
        assert!(!earlier.is_in_container(at(WRITTEN + 601 * SECOND)));
        assert!(earlier.is_in_container(at(WRITTEN + 602 * SECOND)));
    }

    #[test]
    fn a_start_that_was_not_handed_over_proves_nothing() {
        let waiting = QueuedDeployment { handed_at: None, ..start(WRITTEN + SECOND) };
        assert!(key(Some(waiting)).start_with_it().is_none());
        assert!(key(Some(start(WRITTEN + SECOND))).start_with_it().is_some());
        assert!(key(Some(start(WRITTEN))).start_with_it().is_none());
    }
}
