//! Taking a workspace back that never became ready.

use covibe_domain::{TenantId, names};
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::{coolify, gitea};
use covibe_store::Backend;
use covibe_testkit::upstream_calls::{all_received, clear, disarm};
use covibe_testkit::{AgentAnswer, Member, World, invariants};
use serde_json::{Value, json};

use super::docker_networks::{exists, network};
use super::{
    patient_options, provision, provision_to_ready, provision_with, provisions, quick_world,
    wait_for_provisions,
};

pub(super) async fn take_back(member: &Member, confirm: &str) -> AgentAnswer {
    let path = format!("/api/workspaces/{}?confirm={confirm}", member.agent.slug);
    member.agent.send("DELETE", &path, &[], None).await
}

/// A workspace whose set-up stopped at the clone URLs, with all else there.
pub(super) async fn partial_workspace(world: &World, slug: &str) -> Member {
    let member = world.new_workspace(slug).await;
    world.coolify.arm(Fault::new(Name::Status).on("GET", "/projects/*/*").times(u32::MAX));
    let answer = provision(&member.agent).await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    disarm(world);
    assert!(!traces(world, &member).is_empty());
    member
}

/// Returns the names of a workspace's resources on the upstreams.
fn traces(world: &World, member: &Member) -> Vec<String> {
    let record = &member.record;
    let (bot, org) = (&record.gitea_bot_username, &record.gitea_org);
    let project = names::coolify_project(&record.slug);
    let things = [
        gitea::Collection::Users,
        gitea::Collection::Organisations,
        gitea::Collection::Tokens,
        gitea::Collection::SshKeys,
    ];
    let gitea = things.into_iter().flat_map(|thing| world.gitea.names(thing));
    let things = [coolify::Collection::PrivateKeys, coolify::Collection::Projects];
    let coolify = things.into_iter().flat_map(|thing| world.coolify.names(thing));
    let is_its = |name: &String| {
        let owner = name.split('/').next().unwrap_or_default();
        owner == bot || owner == org || *name == project
    };
    gitea.chain(coolify).filter(is_its).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_rollback_removes_all_traces_of_a_workspace() {
    super::on_each_database(async |world| {
        let member = partial_workspace(world, "back-clean").await;
        for wrong in ["", "back", "BACK-CLEAN", "back-clean%20"] {
            let answer = take_back(&member, wrong).await;
            assert_eq!(answer.status, 409, "{wrong}: {}", answer.text);
            assert!(answer.text.contains("Confirmation required"), "{}", answer.text);
        }
        let answer = take_back(&member, "back-clean").await;
        assert_eq!((answer.status, &answer.json()["rolledBack"]), (200, &json!("back-clean")));
        assert_eq!(traces(world, &member), Vec::<String>::new());
        assert!(world.read_workspace(&member.record).await.is_none());
        let dead = member.agent.compact_raw("workspace.describe", &json!({})).await;
        assert_eq!(dead.status, 401, "{}", dead.text);
        // Its slug is free: whoever has it next has nothing of it, and what is left opens nothing.
        let next = world.new_workspace("back-clean").await;
        assert_ne!(next.record.tenant, member.record.tenant);
        provision_to_ready(&next.agent, "another tenant's").await;
        invariants(world, &next.record, "another tenant's").await;
        let dead = member.agent.compact_raw("workspace.describe", &json!({})).await;
        assert_eq!(dead.status, 401, "{}", dead.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_without_resources_can_be_rolled_back() {
    let world = quick_world().await;
    let member = world.new_workspace("back-bare").await;
    let answer = take_back(&member, "back-bare").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(world.read_workspace(&member.record).await.is_none());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_workspace_cannot_be_rolled_back() {
    let world = quick_world().await;
    let before = traces(&world, &world.mark);
    let answer = take_back(&world.mark, "mark").await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.json()["hint"].is_string(), "{}", answer.text);
    // Nor one that was ready, and whose last run failed; how that ended is nothing to the next one.
    world.coolify.arm(Fault::new(Name::Status).on("GET", "/security/keys/*").times(u32::MAX));
    let failed = provision_with(&world.mark.agent, &json!({ "rotate": ["keypair"] })).await;
    assert_eq!(failed.status, 502, "{}", failed.text);
    disarm(&world);
    let answer = take_back(&world.mark, "mark").await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(traces(&world, &world.mark), before);
    provision_to_ready(&world.mark.agent, "in use").await;
    invariants(&world, &world.mark.record, "in use").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_keeps_strangers_resources() {
    let world = quick_world().await;
    let (operator, member) = (world.operator(), world.new_workspace("back-other").await);
    let (bot, org) = (&member.record.gitea_bot_username, &member.record.gitea_org);
    operator.make_user(bot, "somebody@else.test", false).await;
    operator.make_user("stranger", "stranger@else.test", false).await;
    operator.gitea("POST", "/admin/users/stranger/orgs", &json!({ "username": org })).await;
    let before = traces(&world, &member);
    assert_eq!(provision(&member.agent).await.status, 409);
    let answer = take_back(&member, "back-other").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(traces(&world, &member), before);
    assert_eq!(operator.owners(org).await, ["stranger"]);
    assert!(world.read_workspace(&member.record).await.is_none());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_with_repositories_is_not_rolled_back() {
    let world = quick_world().await;
    let member = partial_workspace(&world, "back-full").await;
    let org = &member.record.gitea_org;
    let body = json!({ "name": "work", "auto_init": true });
    world.operator().gitea("POST", &format!("/orgs/{org}/repos"), &body).await;
    let before = traces(&world, &member);
    let answer = take_back(&member, "back-full").await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert!(answer.text.contains("repositories"), "{}", answer.text);
    assert_eq!(traces(&world, &member), before);
    provision_to_ready(&member.agent, "gone on with").await;
    invariants(&world, &member.record, "gone on with").await;
    world.stop().await;
}

/// An application in its project, which an operator made.
#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_with_an_application_is_not_rolled_back() {
    let world = quick_world().await;
    let member = partial_workspace(&world, "back-runs").await;
    let operator = world.operator();
    let project = operator.projects(&names::coolify_project(&member.record.slug)).await;
    let servers = operator.coolify_list("/servers").await;
    let body = json!({ "name": "runs", "docker_registry_image_name": "nginx", "ports_exposes": "80",
                       "server_uuid": servers[0]["uuid"], "destination_uuid": covibe_sandbox::coolify::DESTINATION, "project_uuid": project[0]["uuid"],
                       "environment_name": "production" });
    operator.coolify("POST", "/applications/dockerimage", &body).await;
    let before = traces(&world, &member);
    let answer = take_back(&member, "back-runs").await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(traces(&world, &member), before);
    provision_to_ready(&member.agent, "gone on with").await;
    invariants(&world, &member.record, "gone on with").await;
    world.stop().await;
}

/// A removal that breaks off at any of its calls is finished by the next one; and until then the
/// workspace may be gone on with instead.
#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_rollback_finishes_an_interrupted_one() {
    let faults = [Name::Status, Name::StatusAfter, Name::DropAfter];
    futures_util::future::join_all(faults.map(each_call_meets)).await;
}

async fn each_call_meets(fault: Name) {
    let world = quick_world().await;
    let recorded = partial_workspace(&world, "site-back").await;
    clear(&world);
    assert_eq!(take_back(&recorded, "site-back").await.status, 200);
    let calls = all_received(&world);
    assert!(calls.len() > 8, "{calls:?}");
    for (number, call) in calls.iter().enumerate() {
        let member = partial_workspace(&world, &format!("site{number}")).await;
        let (slug, what) = (&member.agent.slug, format!("{fault:?} on {call:?}"));
        let own = network(&world, &member).await;
        assert_eq!(exists(&world, &own), (true, true), "{what}");
        clear(&world);
        call.arm(&world, Fault::new(fault).times(u32::MAX), call.earlier);
        let broken = take_back(&member, slug).await;
        disarm(&world);
        assert_eq!(broken.status, 502, "{what}: {}", broken.text);
        if number % 3 == 1 {
            provision_to_ready(&member.agent, &what).await;
            invariants(&world, &member.record, &what).await;
            continue;
        }
        let answer = take_back(&member, slug).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.text);
        assert_eq!(traces(&world, &member), Vec::<String>::new(), "{what}");
        assert_eq!(exists(&world, &own), (false, false), "{what}");
    }
    world.stop().await;
}

/// A provisioning during a removal gets an answer of its own, not that of the removal.
#[tokio::test(flavor = "multi_thread")]
async fn a_provisioning_during_a_rollback_gets_its_own_answer() {
    let world = World::start(patient_options(Backend::Sqlite)).await.expect("SQLite is built in");
    for (slug, has_repository) in [("back-race", false), ("back-race2", true)] {
        let member = partial_workspace(&world, slug).await;
        if has_repository {
            let path = format!("/orgs/{}/repos", member.record.gitea_org);
            let body = json!({ "name": "work", "auto_init": true });
            world.operator().gitea("POST", &path, &body).await;
        }
        let hold = world.gitea.hold("GET", "/orgs/*");
        let second = async {
            hold.arrived().await;
            let before = provisions(&world, &member).await;
            let releasing = async {
                wait_for_provisions(&world, &member, before + 1).await;
                hold.release();
            };
            tokio::join!(provision(&member.agent), releasing).0
        };
        let (removed, provisioned) = tokio::join!(take_back(&member, slug), second);
        if has_repository {
            assert_eq!(removed.status, 409, "{}", removed.text);
            assert_eq!(provisioned.status, 200, "{}", provisioned.text);
            invariants(&world, &member.record, slug).await;
        } else {
            assert_eq!(removed.status, 200, "{}", removed.text);
            assert_eq!(provisioned.status, 404, "{}", provisioned.text);
            assert_eq!(traces(&world, &member), Vec::<String>::new());
        }
    }
    world.stop().await;
}

/// One that is being provisioned is not taken back under the run's feet.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_during_provisioning_is_refused_with_a_time_to_retry() {
    let world = World::start(patient_options(Backend::Sqlite)).await.expect("SQLite is built in");
    let member = world.new_workspace("back-busy").await;
    let hold = world.gitea.hold("POST", "/admin/users/*/orgs");
    let second = async {
        hold.arrived().await;
        let removed = take_back(&member, "back-busy").await;
        hold.release();
        removed
    };
    let (provisioned, removed) = tokio::join!(provision(&member.agent), second);
    assert_eq!(provisioned.status, 200, "{}", provisioned.text);
    assert_eq!(removed.status, 409, "{}", removed.text);
    assert!(removed.headers.contains_key("retry-after"), "{:?}", removed.headers);
    invariants(&world, &member.record, "not taken back").await;
    world.stop().await;
}

/// Keys of other workspaces of the tenant, and other tenants' rows, are not touched.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_deletes_only_the_workspaces_rows() {
    super::on_each_database(async |world| {
        let member = partial_workspace(world, "back-rows").await;
        let tenant: &TenantId = &member.record.tenant;
        let slug = "back-kept".parse().expect("a slug");
        let kept = covibe_store::WorkspaceRecord {
            id: covibe_domain::WorkspaceId::from_random(covibe_crypto::random()),
            gitea_org: names::gitea_org(&slug),
            gitea_bot_username: names::gitea_bot(&slug),
            slug,
            gitea_bot_token: None,
            ..member.record.clone()
        };
        let mut tx = world.store.tenant(tenant).await.expect("a transaction");
        tx.insert_workspace(&kept).await.expect("a row");
        tx.commit().await.expect("its end");
        let agent = world.agent_of(&kept).await;
        assert_eq!(take_back(&member, "back-rows").await.status, 200);
        provision_to_ready(&agent, "the sibling").await;
        invariants(world, &kept, "the sibling").await;
        let told = world.justine.agent.compact("workspace.describe", &json!({})).await;
        assert_eq!(told.expect("it works")["provisionStatus"], json!("ready"));
    })
    .await;
}

/// Somebody put the bot into an organisation, and something else stops the removal: the membership is
/// over all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_removes_the_bot_from_foreign_organisations_first() {
    let world = quick_world().await;
    let (member, operator) = (partial_workspace(&world, "back-put").await, world.operator());
    operator.make_user("eve", "eve@else.test", false).await;
    operator.gitea("POST", "/admin/users/eve/orgs", &json!({ "username": "trap" })).await;
    let team = operator.owners_team("trap").await;
    operator.gitea("PUT", &format!("/teams/{team}/members/back-put-bot"), &json!({})).await;
    world.coolify.arm(Fault::new(Name::Status).on("DELETE", "/projects/*").times(u32::MAX));
    assert_eq!(take_back(&member, "back-put").await.status, 502);
    assert_eq!(operator.owners("trap").await, ["eve"]);
    disarm(&world);
    // A repository of its own would keep the bot from being deleted.
    operator.gitea("POST", "/orgs/vibn-elsewhere/repos", &json!({ "name": "seed" })).await;
    let give = json!({ "new_owner": "back-put-bot" });
    operator.gitea("POST", "/repos/vibn-elsewhere/seed/transfer", &give).await;
    let before = traces(&world, &member);
    let answer = take_back(&member, "back-put").await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(traces(&world, &member), before);
    operator.gitea("DELETE", "/repos/back-put-bot/seed", &Value::Null).await;
    assert_eq!(take_back(&member, "back-put").await.status, 200);
    assert_eq!(traces(&world, &member), Vec::<String>::new());
    world.stop().await;
}
