//! Databases of the kinds that Coolify lists for the whole team only.

use std::time::Duration;

use covibe_sandbox::coolify::Collection;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use crate::creation_idempotency::Operator;
use crate::support::{CallStyle, call, expect_success};

const KINDS: [&str; 3] = ["keydb", "dragonfly", "clickhouse"];

/// The names and kinds that are listed.
async fn list_databases(world: &World) -> Vec<(String, String)> {
    let listed = expect_success(world, CallStyle::Tool, "databases.list", &json!({})).await;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let databases = listed["databases"].as_array().expect("a list").iter();
    databases.map(|each| (text(&each["name"]), text(&each["type"]))).collect()
}

/// Returns the number of times that the databases of the whole team were read since the requests
/// were cleared.
fn team_reads(world: &World) -> usize {
    let requests = world.coolify.requests();
    let is_read = |path: &str| path.ends_with("/databases");
    requests.iter().filter(|it| it.method == "GET" && is_read(&it.path)).count()
}

fn create(kind: &str) -> Value {
    json!({ "type": kind, "name": format!("a-{kind}") })
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_of_unlisted_kinds_are_listed_without_reading_the_teams() {
    let world = World::embedded().await;
    let mut uuids = Vec::new();
    for kind in KINDS {
        let created =
            expect_success(&world, CallStyle::Tool, "databases.create", &create(kind)).await;
        uuids.push(created["uuid"].clone());
    }
    let mut expected = KINDS.map(|kind| (format!("a-{kind}"), kind.to_owned()));
    expected.sort();
    assert_eq!(list_databases(&world).await, expected);
    let again = call(&world, CallStyle::Tool, "databases.create", &create("keydb")).await;
    assert_eq!(again.status, 409, "{}", again.answer.text);
    let params = json!({ "uuid": uuids[0], "confirm": "a-keydb" });
    expect_success(&world, CallStyle::Tool, "databases.delete", &params).await;
    world.coolify.advance(Duration::from_mins(1));
    assert_eq!(
        list_databases(&world).await,
        expected.into_iter().filter(|it| it.1 != "keydb").collect::<Vec<_>>()
    );
    assert_eq!(team_reads(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_databases_of_unlisted_kinds_are_listed_without_reading_the_teams() {
    let world = World::embedded().await;
    for number in 0..9 {
        let new = json!({ "type": "keydb", "name": format!("cache-{number}") });
        expect_success(&world, CallStyle::Tool, "databases.create", &new).await;
        // A tenant has eight starts in progress; this one is over before the next begins.
        world.coolify.advance(Duration::from_mins(1));
    }
    world.coolify.clear_requests();
    assert_eq!(list_databases(&world).await.len(), 9);
    assert_eq!(team_reads(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unlisted_database_with_a_lost_answer_is_adopted_by_the_repeated_call() {
    let world = World::embedded().await;
    world.coolify.arm(Fault::new(Name::DropAfter).on("POST", "/databases/dragonfly"));
    let lost = call(&world, CallStyle::Tool, "databases.create", &create("dragonfly")).await;
    assert_eq!(lost.status, 502, "{}", lost.answer.text);
    let expected = [("a-dragonfly".to_owned(), "dragonfly".to_owned())];
    assert_eq!(list_databases(&world).await, expected, "it is listed before it is repeated");
    expect_success(&world, CallStyle::Tool, "databases.create", &create("dragonfly")).await;
    assert_eq!(list_databases(&world).await, expected);
    let all = Operator::new(&world).all(Collection::Databases).await;
    let of_it = |each: &&Value| each["name"] == "a-dragonfly";
    assert_eq!(all.as_array().expect("a list").iter().filter(of_it).count(), 1, "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_creation_causes_no_later_read_of_the_teams_databases() {
    let world = World::embedded().await;
    world.coolify.arm(Fault::new(Name::Status).status(422).on("POST", "/databases/dragonfly"));
    let refused = call(&world, CallStyle::Tool, "databases.create", &create("dragonfly")).await;
    assert!((400..500).contains(&refused.status), "{}", refused.answer.text);
    world.coolify.clear_requests();
    assert_eq!(list_databases(&world).await, []);
    assert_eq!(team_reads(&world), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_database_of_an_unlisted_kind_is_found_by_provisioning() {
    let world = World::embedded().await;
    let body = json!({ "name": "by-hand" });
    Operator::new(&world).make(&world, "/databases/clickhouse", body).await;
    assert_eq!(list_databases(&world).await, []);
    let process = world.process().await;
    process.call(&world.mark, "workspace.provision", json!({})).await.expect("a run");
    assert_eq!(list_databases(&world).await, [("by-hand".to_owned(), "clickhouse".to_owned())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_duplicate_of_an_unlisted_database_is_removed() {
    let world = World::embedded().await;
    for kind in KINDS {
        let path = format!("/databases/{kind}");
        let late = Fault::new(Name::Late).delay(Duration::from_hours(1));
        world.coolify.arm(late.on("POST", &path));
        let lost = call(&world, CallStyle::Tool, "databases.create", &create(kind)).await;
        assert_eq!(lost.status, 502, "{}", lost.answer.text);
        expect_success(&world, CallStyle::Tool, "databases.create", &create(kind)).await;
    }
    world.coolify.advance(Duration::from_hours(1));
    let mut expected = KINDS.map(|kind| (format!("a-{kind}"), kind.to_owned()));
    expected.sort();
    assert_eq!(list_databases(&world).await, expected);
    world.coolify.advance(Duration::from_mins(1));
    let all = Operator::new(&world).all(Collection::Databases).await;
    let left = all.as_array().expect("a list").iter();
    let left = left.filter(|each| each["name"].as_str().is_some_and(|name| name.starts_with("a-")));
    assert_eq!(left.count(), KINDS.len(), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_repeat_does_not_hide_the_late_database_of_an_earlier_call() {
    let world = World::embedded().await;
    let late = Fault::new(Name::Late).delay(Duration::from_hours(1));
    world.coolify.arm(late.on("POST", "/databases/keydb"));
    let lost = call(&world, CallStyle::Tool, "databases.create", &create("keydb")).await;
    assert_eq!(lost.status, 502, "{}", lost.answer.text);
    world.coolify.arm(Fault::new(Name::Status).status(422).on("POST", "/databases/keydb"));
    let refused = call(&world, CallStyle::Tool, "databases.create", &create("keydb")).await;
    assert!((400..500).contains(&refused.status), "{}", refused.answer.text);
    world.coolify.advance(Duration::from_hours(1));
    let expected = [("a-keydb".to_owned(), "keydb".to_owned())];
    assert_eq!(list_databases(&world).await, expected);
    expect_success(&world, CallStyle::Tool, "databases.create", &create("keydb")).await;
    assert_eq!(list_databases(&world).await, expected);
}
