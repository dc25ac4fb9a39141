//! A Docker network for each workspace: made, used by all that is created, repaired, and taken back.

use std::collections::{BTreeMap, BTreeSet};

use covibe_domain::names;
use covibe_sandbox::coolify::{Collection, DESTINATION};
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::{Backend, WorkspaceRecord};
use covibe_testkit::upstream_calls::disarm;
use covibe_testkit::{Agent, Member, Options, World, git, invariants};
use serde_json::{Value, json};

use super::rollback::take_back;
use super::{kill_during, patient_options, provision, provision_to_ready, quick_world};

/// The name of a workspace's network.
pub(super) async fn network(world: &World, member: &Member) -> String {
    let record = world.read_workspace(&member.record).await.expect("the workspace");
    names::workspace_network(&record.coolify_project_uuid.expect("a project"))
}

/// Returns whether Docker has a network, and whether Coolify has a destination on it.
pub(super) fn exists(world: &World, network: &str) -> (bool, bool) {
    let has = |collection| world.coolify.names(collection).iter().any(|name| name == network);
    (has(Collection::Networks), has(Collection::Destinations))
}

/// Changes what is recorded of a workspace.
async fn change(world: &World, of: &Member, change: impl FnOnce(&mut WorkspaceRecord)) {
    let mut record = world.read_workspace(&of.record).await.expect("the workspace");
    change(&mut record);
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.update_workspace(&record).await.expect("a row"));
    tx.commit().await.expect("its end");
    world.identity.forget_workspace(&record.id);
}

/// A workspace that was ready before there were networks of their own: Coolify has none of it.
async fn remove_own_network(world: &World, member: &Member) {
    let record = world.read_workspace(&member.record).await.expect("the workspace");
    let uuid = record.coolify_destination_uuid.expect("a destination");
    world.operator().coolify("DELETE", &format!("/destinations/{uuid}"), &Value::Null).await;
    change(world, member, forget).await;
}

fn forget(record: &mut WorkspaceRecord) {
    (record.coolify_destination_uuid, record.coolify_destination_server) = (None, None);
}

/// Creates one of each kind.
async fn create_everything(agent: &Agent) {
    git::repository(agent, "site").await;
    let file = "services: {web: {image: 'acme/web:1'}}";
    for (tool, params) in [
        ("apps.create", json!({ "repo": "site", "name": "built", "instantDeploy": false })),
        ("apps.create", json!({ "image": "nginx:1.27", "name": "image", "instantDeploy": false })),
        ("apps.create", json!({ "composeRaw": file, "name": "stack", "instantDeploy": false })),
        ("auth.create", json!({ "provider": "pocketbase", "name": "auth" })),
        ("databases.create", json!({ "type": "postgresql", "name": "db" })),
        ("databases.create", json!({ "type": "keydb", "name": "cache" })),
    ] {
        let made = agent.compact(tool, &params).await;
        made.unwrap_or_else(|why| panic!("{tool} {params}: {why}"));
    }
}

/// The destinations that the creations of resources named since the requests were cleared.
fn named_destinations(world: &World) -> Vec<String> {
    let families = ["/applications/", "/databases/", "/services"];
    let mut sent = world.coolify.requests();
    sent.retain(|one| {
        let body = one.body.as_ref().unwrap_or(&Value::Null);
        let path = one.path.trim_start_matches("/api/v1");
        one.method == "POST"
            && families.iter().any(|family| path.starts_with(family))
            && body.get("project_uuid").is_some()
    });
    let named =
        sent.iter().map(|one| one.body.as_ref().expect("a body")["destination_uuid"].as_str());
    named.map(|uuid| uuid.expect("a destination").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_resources_of_a_workspace_are_on_its_own_network() {
    let world = quick_world().await;
    let mut own = BTreeSet::new();
    for member in [&world.mark, &world.justine] {
        let record = world.read_workspace(&member.record).await.expect("the workspace");
        let uuid = record.coolify_destination_uuid.expect("a destination").to_string();
        world.coolify.clear_requests();
        create_everything(&member.agent).await;
        assert_eq!(named_destinations(&world), vec![uuid.clone(); 6]);
        own.insert(uuid);
    }
    assert_eq!(own.len(), 2);
    // No parameter of a tenant's leads elsewhere.
    let other = own.iter().next().expect("one");
    let lure = json!({ "image": "nginx:1.27", "name": "lure", "destination_uuid": other });
    let refused = world.mark.agent.compact_raw("apps.create", &lure).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_workspace_gets_its_own_network_only_by_the_operator() {
    let world = quick_world().await;
    remove_own_network(&world, &world.mark).await;
    provision_to_ready(&world.mark.agent, "an agent's call").await;
    let recorded = async || {
        let record = world.read_workspace(&world.mark.record).await.expect("the workspace");
        record.coolify_destination_uuid.map(|uuid| uuid.to_string())
    };
    assert_eq!(recorded().await, None);
    world.coolify.clear_requests();
    create_everything(&world.mark.agent).await;
    assert_eq!(named_destinations(&world), [DESTINATION; 6]);
    world.provision(&world.mark).await.expect("it is ready");
    invariants(&world, &world.mark.record, "given by the operator").await;
    world.coolify.clear_requests();
    let app = json!({ "image": "nginx:1.27", "name": "later", "instantDeploy": false });
    world.mark.agent.compact("apps.create", &app).await.expect("an app");
    assert_eq!(named_destinations(&world), [recorded().await.expect("a destination")]);
    provision_to_ready(&world.mark.agent, "again").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_network_is_created_again_and_an_unrecorded_one_is_found() {
    let world = quick_world().await;
    let member = &world.mark;
    let name = network(&world, member).await;
    let record = world.read_workspace(&member.record).await.expect("the workspace");
    let uuid = record.coolify_destination_uuid.expect("a destination");
    // The network with its destination.
    world.operator().coolify("DELETE", &format!("/destinations/{uuid}"), &Value::Null).await;
    assert_eq!(exists(&world, &name), (false, false));
    provision_to_ready(&member.agent, "gone").await;
    invariants(&world, &member.record, "gone").await;
    // The record, as after a backup was restored.
    change(&world, member, forget).await;
    world.provision(member).await.expect("it is ready");
    invariants(&world, &member.record, "unrecorded").await;
    // The project: the next one has another network, and the first one's goes.
    let record = world.read_workspace(&member.record).await.expect("the workspace");
    let project = record.coolify_project_uuid.expect("a project");
    world.operator().coolify("DELETE", &format!("/projects/{project}"), &Value::Null).await;
    provision_to_ready(&member.agent, "another project").await;
    invariants(&world, &member.record, "another project").await;
    assert_ne!(network(&world, member).await, name);
    assert_eq!(exists(&world, &name), (false, false));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unmarked_network_of_the_name_is_a_conflict_and_not_changed() {
    let world = quick_world().await;
    let name = network(&world, &world.mark).await;
    remove_own_network(&world, &world.mark).await;
    let engine = world.docker_host().expect("an engine");
    engine.create_network(&name, &BTreeMap::new()).await.expect("a network");
    let refused = world.provision(&world.mark).await.unwrap_err();
    assert!(refused.message.contains(&name), "{refused:?}");
    assert_eq!(exists(&world, &name), (true, false));
    engine.remove_network(&name).await.expect("it is free");
    world.provision(&world.mark).await.expect("it is ready");
    invariants(&world, &world.mark.record, "removed").await;
    world.stop().await;
}

/// The calls of a run to the docker host; those to Coolify are among all others, in `broken.rs`.
const ON_DOCKER: [(&str, &str); 2] = [("GET", "/networks/*"), ("POST", "/networks/create")];

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_failed_at_the_docker_host_is_completed_by_the_next() {
    let world = quick_world().await;
    let docker = world.docker.as_ref().expect("a docker host");
    for (number, (method, path)) in ON_DOCKER.into_iter().enumerate() {
        for fault in [Name::Status, Name::StatusAfter, Name::DropAfter] {
            let what = format!("{fault:?} at {method} {path}");
            let member =
                world.new_workspace(&format!("net{number}-{fault:?}").to_lowercase()).await;
            docker.arm(Fault::new(fault).on(method, path).times(u32::MAX));
            let answer = provision(&member.agent).await;
            docker.disarm();
            assert_eq!(answer.status, 502, "{what}: {}", answer.text);
            assert!(answer.text.contains("docker host"), "{what}: {}", answer.text);
            provision_to_ready(&member.agent, &what).await;
            invariants(&world, &member.record, &what).await;
        }
        let member = world.new_workspace(&format!("net{number}-killed")).await;
        docker.clear_requests();
        docker.arm(Fault::new(Name::Hang).on(method, path));
        let ended = kill_during(&world, &member, &json!({}), async |_| {
            let is_it = |one: &covibe_sandbox::Recorded| {
                one.method == method && one.path.contains("/networks/")
            };
            while !docker.requests().iter().any(is_it) {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        });
        docker.disarm();
        assert!(!ended, "{method} {path}");
        provision_to_ready(&member.agent, "killed").await;
        invariants(&world, &member.record, "killed").await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_removes_a_network_without_a_destination() {
    let world = quick_world().await;
    for (slug, path) in [("net-half", "/servers/*/destinations"), ("net-whole", "/nothing")] {
        let member = world.new_workspace(slug).await;
        world.coolify.arm(Fault::new(Name::Status).on("POST", path).times(u32::MAX));
        let answer = provision(&member.agent).await;
        disarm(&world);
        if answer.status == 200 {
            // Nothing stopped the run: as if its last stage had not been reached.
            change(&world, &member, |record| {
                record.provision_status = covibe_domain::entities::ProvisionStatus::Partial;
            })
            .await;
        }
        let name = network(&world, &member).await;
        assert!(exists(&world, &name).0, "{slug}");
        let answer = take_back(&member, slug).await;
        assert_eq!(answer.status, 200, "{slug}: {}", answer.text);
        assert_eq!(exists(&world, &name), (false, false), "{slug}");
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_created_in_a_workspace_before_it_has_its_network() {
    let world = World::start(patient_options(Backend::Sqlite)).await.expect("SQLite is built in");
    let member = world.new_workspace("net-waits").await;
    let hold = world.coolify.hold("POST", "/servers/*/destinations");
    let app = json!({ "image": "nginx:1.27", "name": "early", "instantDeploy": false });
    let early = async {
        hold.arrived().await;
        let early = member.agent.compact_raw("apps.create", &app).await;
        hold.release();
        early
    };
    let (provisioned, early) = tokio::join!(provision(&member.agent), early);
    assert_eq!(provisioned.status, 200, "{}", provisioned.text);
    assert_eq!(early.status, 503, "{}", early.text);
    assert!(early.text.contains("/provision"), "{}", early.text);
    member.agent.compact("apps.create", &app).await.expect("an app");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_docker_host_workspaces_share_a_network() {
    let options = Options { docker: false, ..super::options(Backend::Sqlite) };
    let world = World::start(options).await.expect("SQLite is built in");
    world.coolify.clear_requests();
    create_everything(&world.mark.agent).await;
    assert_eq!(named_destinations(&world), [DESTINATION; 6]);
    invariants(&world, &world.mark.record, "shared").await;
    world.stop().await;
}
