//! Organisations whose names change hands, even while a workspace is provisioned: what is recorded and
//! what gets an owner is known by its id.

use covibe_testkit::{Agent, World, invariants};
use serde_json::{Value, json};

use super::name_squatting::{bot, org_id, send_successfully};
use super::{patient_options, provision, provision_to_ready, quick_world};

async fn rename(by: &Agent, old: &str, new: &str) {
    send_successfully(by, "POST", &format!("/orgs/{old}/rename"), json!({ "new_name": new })).await;
}

/// Renames an organisation as the administrator.
async fn rename_organisation(world: &World, old: &str, new: &str) {
    let path = format!("/orgs/{old}/rename");
    world.operator().gitea("POST", &path, &json!({ "new_name": new })).await;
}

/// A world with another person's organisation, `evil`.
async fn with_evil() -> World {
    let world = World::start(patient_options(covibe_store::Backend::Sqlite)).await.expect("SQLite");
    let operator = world.operator();
    operator.make_user("eve", "eve@else.test", false).await;
    operator.gitea("POST", "/admin/users/eve/orgs", &json!({ "username": "evil" })).await;
    world
}

/// The recorded id of the organisation of `mark`.
async fn recorded_organisation(world: &World) -> Option<i64> {
    world.read_workspace(&world.mark.record).await.expect("the workspace").gitea_org_id
}

#[tokio::test(flavor = "multi_thread")]
async fn another_organisation_that_is_renamed_by_mistake_is_not_adopted() {
    let world = with_evil().await;
    let (id, evil) = (recorded_organisation(&world).await, org_id(&world.operator(), "evil").await);
    rename(&bot(&world.mark).await, "vibn-mark", "away").await;
    let hold = world.gitea.hold("POST", "/orgs/*/rename$");
    let swap = async {
        hold.arrived().await;
        rename_organisation(&world, "away", "away-2").await;
        rename_organisation(&world, "evil", "away").await;
        hold.release();
    };
    let (answer, ()) = tokio::join!(provision(&world.mark.agent), swap);
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(recorded_organisation(&world).await, id);
    assert_eq!(org_id(&world.operator(), "away").await, evil, "it has its name again");
    assert_eq!(world.operator().owners("away").await, ["eve"]);
    provision_to_ready(&world.mark.agent, "no longer swapped").await;
    assert_eq!(Some(org_id(&world.operator(), "vibn-mark").await), id);
    invariants(&world, &world.mark.record, "no longer swapped").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_does_not_become_owner_of_an_organisation_that_took_the_name() {
    let world = with_evil().await;
    world.operator().oust("vibn-mark", "mark-bot").await;
    let hold = world.gitea.hold("GET", "/orgs/vibn-mark/teams$");
    let swap = async {
        hold.arrived().await;
        rename_organisation(&world, "vibn-mark", "away").await;
        rename_organisation(&world, "evil", "vibn-mark").await;
        hold.release();
    };
    let (answer, ()) = tokio::join!(provision(&world.mark.agent), swap);
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(world.operator().owners("vibn-mark").await, ["eve"]);
    rename_organisation(&world, "vibn-mark", "evil").await;
    rename_organisation(&world, "away", "vibn-mark").await;
    provision_to_ready(&world.mark.agent, "no longer swapped").await;
    assert!(world.operator().owners("vibn-mark").await.contains(&"mark-bot".to_owned()));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_on_the_name_of_a_later_bot_is_renamed_back() {
    let world = quick_world().await;
    let id = org_id(&world.operator(), "vibn-justine").await;
    rename(&bot(&world.justine).await, "vibn-justine", "acme-bot").await;
    let member = world.new_workspace("acme").await;
    provision_to_ready(&member.agent, "the bot's name was taken").await;
    invariants(&world, &member.record, "the bot's name was taken").await;
    assert_eq!(org_id(&world.operator(), "vibn-justine").await, id);
    provision_to_ready(&world.justine.agent, "named again").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_freed_from_a_chain_of_renamed_organisations() {
    let world = quick_world().await;
    let operator = world.operator();
    let (mark, justine) =
        (org_id(&operator, "vibn-mark").await, org_id(&operator, "vibn-justine").await);
    rename(&bot(&world.mark).await, "vibn-mark", "vibn-acme").await;
    rename(&bot(&world.justine).await, "vibn-justine", "vibn-mark").await;
    let member = world.new_workspace("acme").await;
    provision_to_ready(&member.agent, "at the end of a chain").await;
    invariants(&world, &member.record, "at the end of a chain").await;
    assert_eq!(operator.owners("vibn-acme").await, ["acme-bot"]);
    for agent in [&world.mark.agent, &world.justine.agent] {
        provision_to_ready(agent, "named again").await;
    }
    assert_eq!(org_id(&operator, "vibn-mark").await, mark);
    assert_eq!(org_id(&operator, "vibn-justine").await, justine);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_organisations_that_swapped_their_names_are_renamed_back() {
    let world = quick_world().await;
    let operator = world.operator();
    let ids = [org_id(&operator, "vibn-mark").await, org_id(&operator, "vibn-justine").await];
    let git = bot(&world.mark).await;
    rename(&git, "vibn-mark", "between").await;
    rename(&bot(&world.justine).await, "vibn-justine", "vibn-mark").await;
    rename(&git, "between", "vibn-justine").await;
    for member in [&world.mark, &world.justine] {
        provision_to_ready(&member.agent, "named again").await;
        invariants(&world, &member.record, "named again").await;
    }
    let now = [org_id(&operator, "vibn-mark").await, org_id(&operator, "vibn-justine").await];
    assert_eq!(now, ids);
    send_successfully(&git, "GET", "/orgs/vibn-mark", Value::Null).await;
    world.stop().await;
}
