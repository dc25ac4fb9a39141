//! A compose app whose file changes: what callers chose stays, and what nobody chose follows the
//! file.

use covibe_sandbox::coolify::Version;
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{create_app, service, start_on_release};

/// An app, and what is asked of it.
struct App<'a> {
    world: &'a World,
    uuid: Value,
}

impl<'a> App<'a> {
    async fn new(world: &'a World, name: &str, file: &str, envs: Value) -> Self {
        let params =
            json!({ "composeRaw": file, "name": name, "envs": envs, "instantDeploy": false });
        let uuid = create_app(&world.mark.agent, &params).await["uuid"].clone();
        Self { world, uuid }
    }

    async fn update(&self, patch: Value) -> Value {
        let params = json!({ "uuid": self.uuid, "patch": patch });
        let updated = self.world.mark.agent.compact("apps.update", &params).await;
        let updated = updated.unwrap_or_else(|why| panic!("{params}: {why}"));
        assert_eq!(updated["ignored"], json!([]), "{updated}");
        updated
    }

    /// The file as Coolify stores it.
    async fn file(&self) -> String {
        let service = service(self.world, &json!({ "uuid": self.uuid })).await;
        service["docker_compose_raw"].as_str().expect("a text").to_owned()
    }

    async fn value(&self, key: &str) -> Option<Value> {
        let path = format!("/services/{}/envs", self.uuid.as_str().expect("a text"));
        let envs = self.world.operator().coolify_list(&path).await;
        envs.into_iter().find(|env| env["key"] == key).map(|env| env["value"].clone())
    }
}

const PROFILES: &str = "
services:
  web: {image: 'acme/web:1', expose: ['80']}
  worker: {image: 'acme/worker:1', profiles: [jobs]}
  gpu: {image: 'acme/gpu:1', profiles: [gpu]}
";

#[tokio::test(flavor = "multi_thread")]
async fn selected_compose_profiles_still_apply_when_the_file_changes() {
    let world = World::embedded().await;
    let envs = json!([{ "key": "COMPOSE_PROFILES", "value": "jobs" }]);
    let app = App::new(&world, "crm", PROFILES, envs).await;
    let next =
        PROFILES.replace(":1'", ":2'") + "  mailer: {image: 'acme/mailer:2', profiles: [jobs]}\n";
    app.update(json!({ "composeRaw": next })).await;
    let file = app.file().await;
    for (image, runs) in [("web:2", true), ("worker:2", true), ("mailer:2", true), ("gpu", false)] {
        assert_eq!(file.contains(image), runs, "{image}: {file}");
    }
}

const TAGGED: &str = "
services:
  web:
    image: acme/web:${TAG:-1}
    environment: {TAG: '${TAG:-1}', LEVEL: '${LEVEL:-info}', OLD: '${OLD:-x}', MINE: '${MINE:-x}'}
";

#[tokio::test(flavor = "multi_thread")]
async fn unset_variables_follow_the_new_file_and_values_of_callers_stay() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let envs = json!([{ "key": "LEVEL", "value": "debug" }, { "key": "MINE", "value": "m" }]);
        let app = App::new(&world, "crm", TAGGED, envs).await;
        assert_eq!(app.value("TAG").await, Some(json!("1")));
        let next = "services: {web: {image: 'acme/web:${TAG:-2}', environment: \
                    {TAG: '${TAG:-2}', LEVEL: '${LEVEL:-warn}'}}}";
        app.update(json!({ "composeRaw": next })).await;
        assert!(app.file().await.contains("acme/web:2"), "{}", app.file().await);
        assert_eq!(app.value("TAG").await, Some(json!("2")), "nobody chose it");
        assert_eq!(app.value("LEVEL").await, Some(json!("debug")));
        assert_eq!(app.value("OLD").await, None, "no file names it, and nobody set it");
        assert_eq!(app.value("MINE").await, Some(json!("m")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_shown_once_counts_as_set() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let file = "services: {web: {image: 'acme/web:1', environment: ['PASS=${PASS:?say}']}}";
        let envs = json!([{ "key": "PASS", "value": "s3cret", "isShownOnce": true }]);
        let app = App::new(&world, "crm", file, envs).await;
        app.update(json!({ "composeRaw": file.replace("web:1", "web:2") })).await;
        assert!(app.file().await.contains("acme/web:2"));
        // Where the file would hold the value, it is not written there.
        let bad = file.replace("web:1", "web:${PASS}");
        let params = json!({ "uuid": app.uuid, "patch": { "composeRaw": bad } });
        let answer = world.mark.agent.compact_raw("apps.update", &params).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.text.contains("shown once") && !answer.text.contains("s3cret"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_services_hostname_stays_when_the_app_is_renamed() {
    let world = World::embedded().await;
    let file = "services: {mq: {image: 'rabbitmq:4', hostname: rabbit}}";
    let app = App::new(&world, "jobs", file, json!([])).await;
    assert!(app.file().await.contains("mq-jobs--mark"), "{}", app.file().await);
    app.update(json!({ "name": "queue" })).await;
    app.update(json!({ "composeRaw": file.replace(":4", ":4.1") })).await;
    let now = app.file().await;
    assert!(now.contains("rabbitmq:4.1") && now.contains("mq-jobs--mark"), "{now}");
}
