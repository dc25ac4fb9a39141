//! Deleting databases.

use std::time::Duration;

use covibe_sandbox::coolify::{Collection, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call, call_refused, expect_success, postgres, writes};
use crate::support::{CallStyle, on_each_release, served_on};

on_each_release!(only_the_exact_name_deletes);

/// The docker volumes of a database.
fn volumes(world: &World, uuid: &Value) -> usize {
    let uuid = uuid.as_str().expect("a text");
    world.coolify.names(Collection::Volumes).iter().filter(|name| name.contains(uuid)).count()
}

/// Waits until a database runs: one that is deleted while it starts holds its place among the starts.
async fn until_running(world: &World, uuid: &Value) {
    let params = json!({ "uuid": uuid });
    while expect_success(world, CallStyle::Tool, "databases.get", &params).await["status"]
        != "running"
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn only_the_exact_name_deletes(version: Version) {
    let world = served_on(version).await;
    for (number, via) in CallStyle::ALL.into_iter().enumerate() {
        let name = format!("main-{number}");
        let uuid = postgres(&world, &name).await["uuid"].clone();
        until_running(&world, &uuid).await;
        let before = writes(&world);
        for wrong in [json!({}), json!({ "confirm": "" }), json!({ "confirm": "Main" })] {
            let mut params = json!({ "uuid": uuid });
            params
                .as_object_mut()
                .expect("an object")
                .extend(wrong.as_object().cloned().expect("one"));
            let told = call_refused(&world, via, "databases.delete", &params, 409).await;
            assert_eq!(told["error"], "Confirmation required");
        }
        assert_eq!(writes(&world), before);
        let params = json!({ "uuid": uuid, "confirm": name });
        let told = expect_success(&world, via, "databases.delete", &params).await;
        let gone = json!({ "uuid": uuid, "deleted": true, "status": "gone", "volumes": "kept" });
        assert_eq!(told, gone);
        assert_eq!(volumes(&world, &uuid), 1, "the data is kept");
        call_refused(&world, via, "databases.get", &json!({ "uuid": uuid }), 404).await;
        call_refused(&world, via, "databases.delete", &params, 404).await;
        let next = postgres(&world, &name).await["uuid"].clone();
        assert_ne!(next, uuid, "the name is free");
        until_running(&world, &next).await;
        let params = json!({ "uuid": next, "confirm": name, "volumes": "delete" });
        let told = expect_success(&world, via, "databases.delete", &params).await;
        assert_eq!((&told["deleted"], &told["volumes"]), (&json!(true), &json!("deleted")));
        assert_eq!(volumes(&world, &next), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_sends_every_switch_to_coolify() {
    let world = World::embedded().await;
    let uuid = postgres(&world, "main").await["uuid"].clone();
    expect_success(
        &world,
        CallStyle::Rest,
        "databases.delete",
        &json!({ "uuid": uuid, "confirm": "main" }),
    )
    .await;
    let requests = world.coolify.requests();
    let delete = requests.iter().find(|request| request.method == "DELETE").expect("one");
    for (switch, on) in [
        ("delete_volumes", "false"),
        ("delete_configurations", "true"),
        ("delete_connected_networks", "true"),
        ("docker_cleanup", "false"),
    ] {
        assert_eq!(delete.query.get(switch).map(String::as_str), Some(on), "{switch}");
    }
    let params = json!({ "uuid": uuid, "confirm": "main", "volumes": "keep" });
    assert_eq!(call(&world, CallStyle::Rest, "databases.delete", &params).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_deletion_returns_deleting_at_the_deadline() {
    let mut options = Options::default().with_deadline(Duration::from_secs(2));
    options.coolify.deletion = Some(Duration::from_mins(1));
    let world = World::start(options).await.expect("SQLite is built in");
    let uuid = postgres(&world, "main").await["uuid"].clone();
    let params = json!({ "uuid": uuid, "confirm": "main" });
    for _ in 0..2 {
        let told = expect_success(&world, CallStyle::Tool, "databases.delete", &params).await;
        assert_eq!((&told["deleted"], &told["status"]), (&json!(false), &json!("deleting")));
        assert!(told["hint"].as_str().is_some_and(|hint| hint.contains("databases.get")), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_check_after_a_deletion_does_not_fail_the_deletion() {
    let world = World::embedded().await;
    let uuid = postgres(&world, "main").await["uuid"].clone();
    let path = format!("/databases/{}$", uuid.as_str().expect("a text"));
    // The first look is for the name.
    world.coolify.arm(Fault::new(Name::Delay).delay(Duration::ZERO).on("GET", &path));
    world.coolify.arm(Fault::new(Name::Status).status(500).times(2).on("GET", &path));
    let params = json!({ "uuid": uuid, "confirm": "main" });
    let told = expect_success(&world, CallStyle::Tool, "databases.delete", &params).await;
    assert_eq!(told["deleted"], true, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_a_deleted_unfinished_database_can_be_used_again() {
    let world = World::embedded().await;
    let wanted = json!({ "type": "postgresql", "name": "main" });
    world.coolify.arm(Fault::new(Name::DropAfter).on("POST", "/databases/postgresql"));
    assert_eq!(call(&world, CallStyle::Tool, "databases.create", &wanted).await.status, 502);
    let listed = expect_success(&world, CallStyle::Tool, "databases.list", &json!({})).await;
    let uuid = listed["databases"][0]["uuid"].clone();
    expect_success(
        &world,
        CallStyle::Tool,
        "databases.delete",
        &json!({ "uuid": uuid, "confirm": "main" }),
    )
    .await;
    let made = expect_success(&world, CallStyle::Tool, "databases.create", &wanted).await;
    assert_ne!(made["uuid"], uuid);
}
