//! Changes to databases.

use std::time::Duration;

use covibe_sandbox::coolify::{Outcome, Version};
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::{Value, json};

use super::{call, call_refused, expect_success, postgres, writes};
use crate::support::{CallStyle, served, served_on};

async fn patch(world: &World, via: CallStyle, uuid: &Value, patch: Value) -> Value {
    expect_success(world, via, "databases.update", &json!({ "uuid": uuid, "patch": patch })).await
}

fn names(told: &Value, list: &str) -> Vec<String> {
    let entries = told[list].as_array().expect("a list").iter();
    let name = |entry: &Value| entry.get("field").unwrap_or(entry).as_str().map(str::to_owned);
    let mut names: Vec<_> = entries.filter_map(name).collect();
    names.sort();
    names
}

fn ignored_reason<'a>(told: &'a Value, field: &str) -> &'a str {
    let ignored = told["ignored"].as_array().expect("a list").iter();
    let mut of_field = ignored.filter(|each| each["field"] == field);
    of_field.next().and_then(|each| each["reason"].as_str()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn applied_members_of_a_patch_are_saved() {
    for version in Version::ALL {
        let world = served_on(version).await;
        for (number, via) in CallStyle::ALL.into_iter().enumerate() {
            let uuid = postgres(&world, &format!("before-{number}")).await["uuid"].clone();
            let (name, port) = (format!("after-{number}"), 15_000 + number);
            let wanted = json!({
                "name": name, "description": "of the shop", "is_public": true, "publicPort": port,
                "image": "postgres:16.4", "limits": { "memory": "1g", "cpus": "1.5" },
            });
            let told = patch(&world, via, &uuid, wanted).await;
            let applied = ["description", "image", "is_public", "limits.cpus", "limits.memory"];
            let applied: Vec<_> = applied.into_iter().chain(["name", "publicPort"]).collect();
            assert_eq!(names(&told, "applied"), applied, "{told}");
            assert_eq!((names(&told, "ignored").len(), &told["restartNeeded"]), (0, &json!(true)));
            assert!(told.get("warnings").is_none(), "the same major version: {told}");
            let got = expect_success(&world, via, "databases.get", &json!({ "uuid": uuid })).await;
            assert_eq!((&got["name"], &got["image"]), (&json!(name), &json!("postgres:16.4")));
            assert_eq!((&got["isPublic"], &got["publicPort"]), (&json!(true), &json!(port)));
            let closed = patch(&world, via, &uuid, json!({ "isPublic": false })).await;
            assert_eq!(
                (names(&closed, "applied"), &closed["restartNeeded"]),
                (vec!["isPublic".to_owned()], &json!(false))
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ignored_members_have_a_reason_and_no_value() {
    let world = served(Options::default()).await;
    let uuid = postgres(&world, "main").await["uuid"].clone();
    let before = writes(&world);
    for via in CallStyle::ALL {
        let strangers = json!({
            "type": "mysql", "credentials": { "password": "hunter2" }, "postgres_password": "hunter2",
            "limits_memory": "1g", "instant_deploy": true, "zz": null,
        });
        let told = patch(&world, via, &uuid, strangers).await;
        assert_eq!(told["applied"], json!([]));
        assert_eq!(
            names(&told, "ignored"),
            ["credentials", "instant_deploy", "limits_memory", "postgres_password", "type", "zz"]
        );
        assert!(ignored_reason(&told, "type").contains("create another"), "{told}");
        assert!(ignored_reason(&told, "credentials").contains("credentials"), "{told}");
        assert!(ignored_reason(&told, "limits_memory").contains("limits.memory"), "{told}");
        assert!(!told.to_string().contains("hunter2"), "{told}");
    }
    assert_eq!(writes(&world), before, "nothing of it went to Coolify");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_made_public_without_a_port_gets_a_free_one() {
    let world = World::embedded().await;
    let uuid = postgres(&world, "main").await["uuid"].clone();
    let told = patch(&world, CallStyle::Rest, &uuid, json!({ "isPublic": true })).await;
    let port = told["publicPort"].as_u64().expect("the port that was chosen");
    assert!((20_000..=29_999).contains(&port), "{told}");
    assert_eq!(names(&told, "applied"), ["isPublic"], "{told}");
    let got =
        expect_success(&world, CallStyle::Rest, "databases.get", &json!({ "uuid": uuid })).await;
    assert_eq!(got["publicPort"], port, "{got}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_database_patches_are_refused_before_any_change() {
    let world = served(Options::default()).await;
    let uuid = postgres(&world, "main").await["uuid"].clone();
    postgres(&world, "other").await;
    let before = writes(&world);
    for (wrong, status, named) in [
        (json!({}), 400, "patch"),
        (json!({ "isPublic": "yes" }), 400, "patch.isPublic"),
        (json!({ "public_port": 80 }), 400, "patch.publicPort"),
        (json!({ "image": "x y" }), 400, "patch.image"),
        (json!({ "image": "a//b" }), 400, "image"),
        (json!({ "name": "-x" }), 400, "patch.name"),
        (json!({ "description": "x".repeat(256) }), 400, "patch.description"),
        (json!({ "limits": { "memory": "lots" } }), 400, "patch.limits.memory"),
        (json!({ "limits": { "swap": "1g" } }), 400, "swap"),
        (json!({ "name": "other" }), 409, "other"),
    ] {
        let params = json!({ "uuid": uuid, "patch": wrong });
        let told = call(&world, CallStyle::Modern, "databases.update", &params).await;
        assert_eq!(told.status, status, "{wrong}: {}", told.answer.text);
        let error = told.failure()["error"].to_string();
        assert!(error.contains(named), "{wrong}: {error}");
    }
    let many: Value =
        (0..50).map(|n| (format!("m{n}"), json!(1))).collect::<serde_json::Map<_, _>>().into();
    let told =
        call(&world, CallStyle::Tool, "databases.update", &json!({ "uuid": uuid, "patch": many }))
            .await;
    assert_eq!(told.status, 400, "{}", told.answer.text);
    assert_eq!(writes(&world), before);
    let same = patch(&world, CallStyle::Tool, &uuid, json!({ "name": "main" })).await;
    assert_eq!(same["applied"], json!(["name"]), "its own name is not taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_one_of_two_concurrent_renames_gets_a_name() {
    let world = World::embedded().await;
    let (one, two) = (postgres(&world, "one").await, postgres(&world, "two").await);
    for round in 0..8 {
        let name = format!("wanted-{round}");
        let rename = async |uuid: &Value| {
            let params = json!({ "uuid": uuid, "patch": { "name": name, "description": name } });
            call(&world, CallStyle::Rest, "databases.update", &params).await.status
        };
        let (first, second) = tokio::join!(rename(&one["uuid"]), rename(&two["uuid"]));
        assert!(first != 200 || second != 200, "both got it");
        let list = expect_success(&world, CallStyle::Rest, "databases.list", &json!({})).await;
        let all = list["databases"].as_array().expect("a list").iter();
        assert!(all.filter(|each| each["name"] == name).count() <= 1, "{list}");
        // Who does not get the name gets nothing else of the call.
        let requests = world.coolify.requests();
        let bodies = requests.iter().filter_map(|one| one.body.clone());
        // With the mark behind it.
        let marked = format!("{name} (");
        let of_call = |body: &Value| body["description"].as_str().map(|it| it.starts_with(&marked));
        let described = bodies.filter(|body| of_call(body) == Some(true)).count();
        assert_eq!(described, usize::from(first == 200) + usize::from(second == 200));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn renaming_a_database_to_the_name_of_an_unfinished_creation_is_refused() {
    let world = World::embedded().await;
    let uuid = postgres(&world, "one").await["uuid"].clone();
    let create = json!({ "type": "postgresql", "name": "half" });
    world.coolify.arm(Fault::new(Name::Status).status(500).on("POST", "/databases/postgresql"));
    assert_eq!(call(&world, CallStyle::Tool, "databases.create", &create).await.status, 502);
    let rename = json!({ "uuid": uuid, "patch": { "name": "half" } });
    call_refused(&world, CallStyle::Tool, "databases.update", &rename, 409).await;
    let made = expect_success(&world, CallStyle::Tool, "databases.create", &create).await;
    assert_ne!(made["uuid"], uuid, "it is not taken for the unfinished one");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_public_port_can_be_changed_only_after_it_is_closed() {
    let world = World::embedded().await;
    let uuid = postgres(&world, "main").await["uuid"].clone();
    patch(&world, CallStyle::Tool, &uuid, json!({ "isPublic": true, "publicPort": 15432 })).await;
    for wanted in [json!({ "publicPort": 15433 }), json!({ "isPublic": true, "publicPort": 15433 })]
    {
        let told = patch(&world, CallStyle::Tool, &uuid, wanted).await;
        assert!(
            ignored_reason(&told, "publicPort").contains("`isPublic` to false first"),
            "{told}"
        );
    }
    let got =
        expect_success(&world, CallStyle::Tool, "databases.get", &json!({ "uuid": uuid })).await;
    assert_eq!((&got["isPublic"], &got["publicPort"]), (&json!(true), &json!(15432)));
    patch(&world, CallStyle::Tool, &uuid, json!({ "isPublic": false })).await;
    let told = patch(&world, CallStyle::Tool, &uuid, json!({ "isPublic": true })).await;
    assert_eq!(told["applied"], json!(["isPublic"]), "with the port that it had");
    let other = postgres(&world, "other").await["uuid"].clone();
    let params = json!({ "uuid": other, "patch": { "isPublic": true, "publicPort": 15432 } });
    call_refused(&world, CallStyle::Rest, "databases.update", &params, 409).await;
    let got =
        expect_success(&world, CallStyle::Tool, "databases.get", &json!({ "uuid": other })).await;
    assert_eq!(got["isPublic"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_former_port_taken_meanwhile_is_replaced_unless_the_call_names_it() {
    let world = World::embedded().await;
    let uuid = postgres(&world, "main").await["uuid"].clone();
    let open = json!({ "isPublic": true, "publicPort": 15432 });
    patch(&world, CallStyle::Tool, &uuid, open.clone()).await;
    patch(&world, CallStyle::Tool, &uuid, json!({ "isPublic": false })).await;
    let other = postgres(&world, "other").await["uuid"].clone();
    patch(&world, CallStyle::Tool, &other, open.clone()).await;
    let params = json!({ "uuid": uuid, "patch": open });
    call_refused(&world, CallStyle::Rest, "databases.update", &params, 409).await;
    let told = patch(&world, CallStyle::Tool, &uuid, json!({ "isPublic": true })).await;
    let port = told["publicPort"].as_u64().expect("the port that was chosen");
    assert!((20_000..=29_999).contains(&port), "{told}");
}

/// Its data files can't be read by it, and the old container would be gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_major_version_change_is_refused_and_another_image_is_applied_by_a_restart() {
    for version in Version::ALL {
        let world = served_on(version).await;
        let uuid = postgres(&world, "main").await["uuid"].clone();
        // Its container has written data.
        world.coolify.advance(Duration::from_mins(1));
        let params = json!({ "uuid": uuid, "patch": { "image": "postgres:18" }, "restart": true });
        let told = call_refused(&world, CallStyle::Rest, "databases.update", &params, 422).await;
        let text = told.to_string();
        assert!(text.contains("postgres:16-alpine") && text.contains("postgres:18"), "{text}");
        assert!(text.contains("dump"), "{text}");
        let other = json!({ "uuid": uuid, "patch": { "image": "pgvector/pgvector:pg16" },
            "restart": true });
        let told = expect_success(&world, CallStyle::Modern, "databases.update", &other).await;
        assert_eq!((&told["applied"], &told["restartNeeded"]), (&json!(["image"]), &json!(false)));
        let warning = told["warnings"][0].as_str().expect("a warning");
        assert!(warning.contains("postgres:16-alpine") && warning.contains("pgvector"), "{told}");
        let requests = world.coolify.requests();
        let restarts = requests.iter().filter(|one| one.path.ends_with("/restart")).count();
        assert_eq!(restarts, 1, "on {}", version.text());
        let again = json!({ "uuid": uuid, "patch": {}, "restart": true });
        expect_success(&world, CallStyle::Modern, "databases.update", &again).await;
    }
}

/// The stored image is what the next start would run.
#[tokio::test(flavor = "multi_thread")]
async fn returning_from_an_image_that_never_ran_causes_no_data_warning() {
    for restart in [false, true] {
        let options = Options::default();
        let outcomes = options.coolify.outcomes.clone();
        let world = World::start(options).await.expect("SQLite is built in");
        let uuid = postgres(&world, "main").await["uuid"].clone();
        world.coolify.advance(Duration::from_mins(1));
        // It ends the old container, and makes no new one.
        outcomes.next("main", Outcome::Fails { log: Vec::new() });
        let other = json!({ "uuid": uuid, "patch": { "image": "pgvector/pgvector:pg16" },
            "restart": restart });
        let told = expect_success(&world, CallStyle::Tool, "databases.update", &other).await;
        let warnings = told["warnings"].to_string();
        assert!(warnings.contains("postgres:16-alpine wrote the data"), "{told}");
        world.coolify.advance(Duration::from_mins(1));
        let back = json!({ "image": "postgres:16-alpine" });
        let told = patch(&world, CallStyle::Tool, &uuid, back).await;
        assert_eq!(told.get("warnings"), None, "{restart}: {told}");
    }
}
