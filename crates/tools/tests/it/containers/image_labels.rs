//! Labels that images bring, on which the host's proxy or Coolify acts.

use std::collections::BTreeMap;
use std::time::Duration;

use covibe_sandbox::docker::{Arrangement, ForeignContainer};
use covibe_testkit::{Process, World};
use serde_json::{Value, json};

use super::{arrange, call_refused, expect_success, image, service, stack};

pub(super) const RULE: &str = "traefik.http.routers.x.rule";

/// Gives the image of a resource's containers these labels. The rule routes another tenant's host.
pub(super) fn label(world: &World, of: &str, keys: &[&str]) {
    let labels = keys.iter().map(|key| ((*key).to_owned(), "Host(`victim.test`)".to_owned()));
    arrange(world, of, Arrangement { image_labels: labels.collect(), ..Arrangement::default() });
}

pub(super) async fn deploy(world: &World, uuid: &str) -> Value {
    let answer =
        expect_success(world, "apps.deploy", json!({ "uuid": uuid, "force": true, "wait": true }))
            .await;
    assert!(!answer.to_string().contains("victim"), "{answer}");
    answer["outcome"].clone()
}

/// Gives an app another image, which its next deployment runs.
pub(super) async fn take(world: &World, uuid: &str, image: &str) {
    expect_success(world, "apps.update", json!({ "uuid": uuid, "patch": { "image": image } }))
        .await;
}

pub(super) async fn status(world: &World, uuid: &str) -> Value {
    expect_success(world, "apps.logs", json!({ "uuid": uuid })).await["services"][0]["status"]
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_with_a_route_of_its_image_is_stopped() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let keys = [RULE, "Traefik.enable", "caddy", "caddy_0.reverse_proxy", "coolify.serviceId"];
    for (number, key) in keys.into_iter().enumerate() {
        take(&world, &app, &format!("nginx:1.{number}")).await;
        label(&world, "site", &[key, "org.opencontainers.image.title"]);
        let outcome = deploy(&world, &app).await;
        assert_eq!(outcome["verdict"], "rejected", "{key}: {outcome}");
        assert_eq!(outcome.get("crashed"), None, "{outcome}");
        let reason = outcome["reason"].as_str().expect("a reason");
        // It may have ended by itself before it was.
        let has_ended =
            ["was stopped", "and it is not running."].iter().any(|it| reason.contains(it));
        assert!(reason.contains(key) && has_ended, "{reason}");
        assert_eq!(status(&world, &app).await, "exited", "{key}");
    }
    take(&world, &app, "nginx:1.27").await;
    label(&world, "site", &["traefik", "maintainer"]);
    assert_eq!(deploy(&world, &app).await["verdict"], "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_that_coolify_sets_itself_are_its_own() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let own = ["coolify.managed", "coolify.name", "coolify.applicationId", "coolify.type"];
    label(&world, "site", &own);
    assert_eq!(deploy(&world, &app).await["verdict"], "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn docker_starts_no_container_that_may_not_run() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    label(&world, "site", &[RULE]);
    assert_eq!(deploy(&world, &app).await["verdict"], "rejected");
    let engine = world.docker.as_ref().expect("an engine");
    for action in ["start", "restart", "start"] {
        engine.clear_requests();
        let answer =
            call_refused(&world, "apps.control", json!({ "uuid": app, "action": action })).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        assert!(answer.text.contains(RULE) && !answer.text.contains("victim"), "{}", answer.text);
        let changes = engine.requests().into_iter().filter(|request| request.method != "GET");
        assert_eq!(changes.count(), 0, "{action}");
        assert_eq!(status(&world, &app).await, "exited", "{action}");
    }
    let logs = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    let warnings = logs["warnings"].to_string();
    assert!(warnings.contains(RULE) && warnings.contains("LABEL"), "{warnings}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_runs_already_is_stopped_by_a_restart() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    // Labels are there from the start; here they are unknown until then.
    label(&world, "site", &[RULE]);
    assert_eq!(status(&world, &app).await, "running");
    let answer =
        call_refused(&world, "apps.control", json!({ "uuid": app, "action": "restart" })).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(status(&world, &app).await, "exited");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_labels_than_are_read_are_rejected() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let image_labels: BTreeMap<_, _> =
        (0..1_001).map(|number| (format!("k{number}"), "v".to_owned())).collect();
    arrange(&world, "site", Arrangement { image_labels, ..Arrangement::default() });
    let outcome = deploy(&world, &app).await;
    assert_eq!(outcome["verdict"], "rejected", "{outcome}");
    assert!(outcome["reason"].as_str().is_some_and(|it| it.contains("more labels")), "{outcome}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_label_of_one_container_ends_all_of_the_app() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    label(&world, &format!("worker-{app}"), &["caddy"]);
    let outcome = deploy(&world, &app).await;
    assert_eq!(outcome["verdict"], "rejected", "{outcome}");
    assert!(outcome["reason"].as_str().is_some_and(|it| it.contains("worker")), "{outcome}");
    let logs = expect_success(&world, "apps.logs", json!({ "uuid": app })).await;
    for name in ["worker", "web", "db"] {
        assert_eq!(service(&logs, name)["status"], "exited", "{logs}");
    }
}

/// Nothing that is asked for beside: an image without such labels costs no call of Coolify.
#[tokio::test(flavor = "multi_thread")]
async fn judging_asks_nothing_of_coolify() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let engine = world.docker.as_ref().expect("an engine");
    for keys in [&[][..], &["coolify.managed", "org.label"][..]] {
        label(&world, "site", keys);
        engine.clear_requests();
        assert_eq!(deploy(&world, &app).await["verdict"], "running");
        let looks = engine.requests();
        let images = looks.iter().filter(|request| request.path.contains("/images/"));
        assert_eq!(images.count(), 1, "a container is judged once: {looks:?}");
    }
}

/// Returns the counts of a server's watch: stopped, not stopped, without an owner.
pub(super) async fn watch_counts(process: &Process) -> [u64; 3] {
    process.platform.look_at_containers().await.expect("Docker answers");
    let counts = process.platform.containers_watched().expect("a docker host");
    [&counts.stopped, &counts.unstopped, &counts.unknown].map(covibe_domain::counters::Count::get)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_stops_labelled_containers_without_a_call() {
    let world = World::embedded().await;
    let (app, other) = (image(&world, json!([])).await, stack(&world).await);
    let process = world.process().await;
    assert_eq!(watch_counts(&process).await, [0, 0, 0]);
    label(&world, "site", &[RULE]);
    expect_success(&world, "apps.deploy", json!({ "uuid": app, "force": true })).await;
    world.coolify.advance(Duration::from_mins(1));
    assert_eq!(status(&world, &app).await, "running");
    assert_eq!(watch_counts(&process).await, [1, 0, 0]);
    assert_eq!(status(&world, &app).await, "exited");
    assert_eq!(status(&world, &other).await, "running");
    assert_eq!(watch_counts(&process).await, [1, 0, 0], "it does not run");
    // Whatever starts it again.
    let operator = crate::creation_idempotency::Operator::new(&world);
    operator.post(&format!("/applications/{app}/restart"), &json!({})).await;
    world.coolify.advance(Duration::from_mins(1));
    assert_eq!(watch_counts(&process).await, [2, 0, 0]);
    assert_eq!(status(&world, &app).await, "exited");
}

/// It only reads what Coolify has, so that it needs less than a call that starts something.
#[tokio::test(flavor = "multi_thread")]
async fn the_watch_stops_also_where_nothing_may_be_started() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    label(&world, "site", &[RULE]);
    expect_success(&world, "apps.deploy", json!({ "uuid": app, "force": true })).await;
    world.coolify.advance(Duration::from_mins(1));
    world.operator().use_proxy("caddy").await;
    let process = world.process().await;
    assert_eq!(watch_counts(&process).await, [1, 0, 0]);
    assert_eq!(status(&world, &app).await, "exited");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_leaves_containers_without_a_workspace_alone() {
    let world = World::embedded().await;
    let process = world.process().await;
    let engine = world.docker.as_ref().expect("an engine");
    let uuid = "n0b0dysresource000000000";
    // One that claims to be of mark's project, one of another server's workspace, and one of nobody's.
    for (number, project) in
        [Some("vibn-ws-mark"), Some("vibn-ws-elsewhere"), None].into_iter().enumerate()
    {
        let mut labels =
            BTreeMap::from([("com.docker.compose.project".to_owned(), uuid.to_owned())]);
        labels.extend(project.map(|name| ("coolify.projectName".to_owned(), name.to_owned())));
        let name = format!("s{number}-{uuid}");
        engine.set(ForeignContainer {
            name: name.clone(),
            image: "nginx:1".to_owned(),
            labels,
            ..ForeignContainer::default()
        });
        label(&world, &name, &[RULE]);
    }
    engine.clear_requests();
    assert_eq!(watch_counts(&process).await, [0, 0, 3]);
    assert!(engine.requests().iter().all(|request| request.method == "GET"), "nothing is changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_watch_looks_by_one_call_once_all_is_known() {
    let world = World::embedded().await;
    image(&world, json!([])).await;
    let process = world.process().await;
    watch_counts(&process).await;
    let engine = world.docker.as_ref().expect("an engine");
    engine.clear_requests();
    world.coolify.clear_requests();
    watch_counts(&process).await;
    let paths: Vec<_> = engine.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
    assert_eq!(world.coolify.requests().len(), 0);
}
