//! Coolify stops an application whose container is restarted too often, and counts any container that
//! has its label.

use super::*;

/// A stage with an app that runs, and its uuid.
async fn running() -> (Stage, String) {
    let stage = Stage::start_on(Version::V4_3).await;
    let app = stage.app("app").await;
    stage.call("apps.deploy", json!({ "uuid": app, "wait": true })).await;
    (stage, app)
}

impl Stage {
    /// Returns an application as Coolify stores it.
    async fn stored_application(&self, app: &str) -> Value {
        let path = format!("/applications/{app}");
        self.world.operator().coolify("GET", &path, &Value::Null).await
    }

    /// Lets another tenant start a container that crashes repeatedly, of an image with the label of this app, until
    /// Coolify has counted its restarts.
    async fn crash_with_label_of(&self, app: &str) {
        let all = self.world.operator().coolify_list("/resources").await;
        let found = all.iter().find(|one| one["uuid"] == app).expect("the app");
        let id = found["id"].as_i64().expect("a number");
        let file = format!("services: {{evil: {{image: 'docker.io/evil/labelled-{id}:1'}}}}");
        let theirs = self.world.member("other").await;
        self.outcomes.next("evil", finishes(Condition::Restarting));
        let params = json!({ "composeRaw": file, "name": "evil" });
        theirs.agent.compact("apps.create", &params).await.expect("an app");
        self.world.coolify.advance(Duration::from_mins(30));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_with_the_label_of_another_tenants_app_does_not_stop_it() {
    let (stage, app) = running().await;
    stage.crash_with_label_of(&app).await;
    let seen = stage.call("apps.get", json!({ "uuid": app })).await;
    assert_eq!(seen["status"], "running", "{seen}");
}

/// An operator set the limit by hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_disables_coolifys_restart_limit_of_the_app() {
    let (stage, app) = running().await;
    let (path, limit) = (format!("/applications/{app}"), json!({ "max_restart_count": 10 }));
    stage.world.operator().coolify("PATCH", &path, &limit).await;
    stage.call("apps.deploy", json!({ "uuid": app, "wait": true })).await;
    assert_eq!(stage.stored_application(&app).await["max_restart_count"], 0);
}
