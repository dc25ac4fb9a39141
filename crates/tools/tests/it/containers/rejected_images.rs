//! Containers that the watch ends: all of a resource at once, even while other resources have some; and those that
//! are not started again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use covibe_sandbox::docker::ForeignContainer;
use covibe_testkit::Member;

use super::image_labels::{RULE, deploy, label, status, take, watch_counts};
use super::*;

/// The number of services of the stack whose image has a label.
const EVIL: usize = 24;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_secs(50);

/// A compose app of mark's with one service, and many whose image has a route.
async fn crowd(world: &World) -> String {
    let mut file = "services:\n  web: {image: 'nginx:1.27', expose: ['80']}\n".to_owned();
    for number in 0..EVIL {
        writeln!(file, "  e{number}: {{image: 'acme/evil:1'}}").expect("a text");
    }
    let params = json!({ "composeRaw": file, "name": "crowd", "composeService": "web" });
    let uuid = started(world, "apps.create", params).await;
    (0..EVIL).for_each(|number| label(world, &format!("e{number}-{uuid}"), &[RULE]));
    uuid
}

/// An app of a member's with one container, whose image has a route.
async fn routed(world: &World, member: &Member, name: &str) -> String {
    let params = json!({ "image": "acme/evil:1", "name": name, "ports": "80" });
    let made = member.agent.compact("apps.create", &params).await.expect("it is created");
    world.coolify.advance(Duration::from_mins(1));
    label(world, name, &[RULE]);
    made["uuid"].as_str().expect("a uuid").to_owned()
}

/// Returns whether an app of a member's has a container that runs.
async fn has_running(member: &Member, uuid: &str) -> bool {
    let logs = member.agent.compact("apps.logs", &json!({ "uuid": uuid })).await;
    let logs = logs.expect("logs");
    let services = logs["services"].as_array().expect("a list");
    services.iter().any(|one| one["status"] == "running")
}

#[tokio::test(flavor = "multi_thread")]
async fn all_containers_of_an_app_are_ended_in_the_round_that_sees_the_first_label() {
    let world = World::embedded().await;
    let (app, process) = (crowd(&world).await, world.process().await);
    let other = routed(&world, &world.justine, "other").await;
    assert!(has_running(&world.mark, &app).await && has_running(&world.justine, &other).await);
    world.coolify.clear_requests();
    let all = u64::try_from(EVIL + 1).expect("a number");
    assert_eq!(watch_counts(&process).await, [all + 1, 0, 0]);
    let asked = world.coolify.requests().len();
    assert!(asked <= 12, "one look for the owner of each resource, not of each container: {asked}");
    assert!(!has_running(&world.mark, &app).await && !has_running(&world.justine, &other).await);
    assert_eq!(watch_counts(&process).await, [all + 1, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_containers_of_a_tenant_delay_the_look_at_no_others() {
    let world = World::embedded().await;
    let (app, process) = (crowd(&world).await, world.process().await);
    let other = routed(&world, &world.justine, "other").await;
    let hold = world.coolify.hold("GET", &format!("/services/{app}"));
    let look = async { process.platform.look_at_containers().await };
    let (looked, ()) = tokio::join!(look, async {
        hold.arrived().await;
        let begun = Instant::now();
        while has_running(&world.justine, &other).await {
            assert!(begun.elapsed() < LONG, "it waits for the other tenant's");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(hold);
    });
    looked.expect("Docker answers");
    assert!(!has_running(&world.mark, &app).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_image_is_not_started_again() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let process = world.process().await;
    label(&world, "site", &[RULE]);
    assert_eq!(watch_counts(&process).await, [1, 0, 0]);
    for (tool, params) in [
        ("apps.deploy", json!({ "uuid": app })),
        ("apps.deploy", json!({ "uuid": app, "force": true, "wait": true })),
        ("apps.control", json!({ "uuid": app, "action": "start" })),
        ("apps.control", json!({ "uuid": app, "action": "restart" })),
    ] {
        let answer = call_refused(&world, tool, params).await;
        assert_eq!(answer.status, 422, "{tool}: {}", answer.text);
        assert!(answer.text.contains(RULE) && answer.text.contains("image"), "{}", answer.text);
    }
    world.coolify.advance(Duration::from_mins(1));
    assert_eq!(status(&world, &app).await, "exited");
    // Another server knows it too.
    let other = world.process().await;
    let refused = other.call(&world.mark, "apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(refused.expect_err("a refusal").kind.status(), 422);
    label(&world, "site", &[]);
    take(&world, &app, "nginx:1.28").await;
    assert_eq!(deploy(&world, &app).await["verdict"], "running");
    // The image that was rejected stays so.
    take(&world, &app, "nginx:1.27").await;
    let answer = super::call_refused(&world, "apps.deploy", json!({ "uuid": app })).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    expect_success(&world, "apps.delete", json!({ "uuid": app, "confirm": "site" })).await;
    world.coolify.advance(Duration::from_mins(1));
    let again = image(&world, json!([])).await;
    assert_ne!(again, app);
    assert_eq!(status(&world, &again).await, "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_not_deployed_yet_is_not_rejected() {
    let world = World::embedded().await;
    let app = image(&world, json!([])).await;
    let process = world.process().await;
    label(&world, "site", &[RULE]);
    let engine = world.docker.as_ref().expect("an engine");
    engine.clear_requests();
    take(&world, &app, "nginx:1.28").await;
    assert_eq!(watch_counts(&process).await[0], 1);
    label(&world, "site", &[]);
    assert_eq!(deploy(&world, &app).await["verdict"], "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compose_app_that_was_rejected_needs_another_file() {
    let world = World::embedded().await;
    let app = stack(&world).await;
    let process = world.process().await;
    label(&world, &format!("worker-{app}"), &["caddy"]);
    assert_eq!(watch_counts(&process).await, [3, 0, 0]);
    for (tool, params) in [
        ("apps.deploy", json!({ "uuid": app })),
        ("apps.control", json!({ "uuid": app, "action": "start" })),
        ("apps.control", json!({ "uuid": app, "action": "restart", "service": "web" })),
    ] {
        let answer = call_refused(&world, tool, params).await;
        assert_eq!(answer.status, 422, "{tool}: {}", answer.text);
        let told = answer.text;
        assert!(told.contains("worker") && told.contains("caddy"), "{told}");
        assert!(told.contains("composeRaw"), "{told}");
    }
    let file = STACK.replace("node:22", "node:24");
    let patch = json!({ "uuid": app, "patch": { "composeRaw": file } });
    expect_success(&world, "apps.update", patch).await;
    label(&world, &format!("worker-{app}"), &[]);
    assert_eq!(deploy(&world, &app).await["verdict"], "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_with_a_route_is_ended_and_not_started_again() {
    let world = World::embedded().await;
    let params = json!({ "type": "postgresql", "name": "db" });
    let database = started(&world, "databases.create", params).await;
    let process = world.process().await;
    label(&world, &database, &[RULE]);
    assert_eq!(watch_counts(&process).await, [1, 0, 0]);
    for (tool, params) in [
        ("databases.control", json!({ "uuid": database, "action": "start" })),
        ("databases.update", json!({ "uuid": database, "patch": {}, "restart": true })),
    ] {
        let answer = call_refused(&world, tool, params).await;
        assert_eq!(answer.status, 422, "{tool}: {}", answer.text);
        assert!(answer.text.contains(RULE), "{}", answer.text);
    }
    let other = json!({ "uuid": database, "patch": { "image": "postgres:16.9" } });
    expect_success(&world, "databases.update", other).await;
    label(&world, &database, &[]);
    let start = json!({ "uuid": database, "patch": {}, "restart": true });
    expect_success(&world, "databases.update", start).await;
}

/// A container that nothing of Coolify's belongs to.
fn plant(world: &World, name: &str, uuid: &str, project: &str, keys: &[&str]) {
    let labels = BTreeMap::from([
        ("com.docker.compose.project".to_owned(), uuid.to_owned()),
        ("coolify.projectName".to_owned(), project.to_owned()),
    ]);
    let (name, image) = (format!("{name}-{uuid}"), "acme/evil:1".to_owned());
    let engine = world.docker.as_ref().expect("an engine");
    engine.set(ForeignContainer {
        name: name.clone(),
        image,
        labels,
        ..ForeignContainer::default()
    });
    label(world, &name, keys);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_a_deletion_left_is_ended_if_the_proxy_acts_on_it() {
    let world = World::embedded().await;
    let process = world.process().await;
    let uuid = "n0b0dysresource000000000";
    plant(&world, "web", uuid, "vibn-ws-mark", &[RULE]);
    plant(&world, "worker", uuid, "vibn-ws-mark", &["coolify.serviceId"]);
    plant(&world, "far", "n0b0dysresource000000001", "vibn-ws-elsewhere", &[RULE]);
    let engine = world.docker.as_ref().expect("an engine");
    engine.clear_requests();
    assert_eq!(watch_counts(&process).await[..2], [0, 0]);
    assert!(engine.requests().iter().all(|request| request.method == "GET"), "a look is no proof");
    assert_eq!(watch_counts(&process).await[..2], [1, 0]);
    let changes: Vec<_> =
        engine.requests().into_iter().filter(|request| request.method != "GET").collect();
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert!(changes[0].path.ends_with("/stop"), "it is not removed: {changes:?}");
    assert_eq!(watch_counts(&process).await[..2], [1, 0], "it does not run");
    world.dispatcher.flush().await;
    let record = &world.mark.record;
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    let entries = tx.audit(&record.id, 50).await.expect("entries");
    tx.commit().await.expect("its end");
    let entry = entries.iter().find(|one| one.tool == "guard").expect("an entry");
    assert_eq!((entry.resource.as_deref(), &*entry.outcome), (Some(uuid), "stopped"));
}
