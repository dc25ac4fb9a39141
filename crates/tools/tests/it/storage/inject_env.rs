//! Variables of an app: exact, secret where they are, for services too, and enough for an S3 client.

use covibe_sandbox::google::Collection;
use covibe_testkit::World;
use serde_json::{Value, json};

use super::{
    app, client, expect_failure, expect_success, provision, stack, stored_variables, variables,
    wait_until_usable,
};

const NAMES: [&str; 6] =
    ["ENDPOINT", "REGION", "BUCKET", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "FORCE_PATH_STYLE"];

fn names(prefix: &str) -> Vec<String> {
    let of_prefix = NAMES.iter().map(|name| format!("{prefix}{name}"));
    let of_sdks = ["AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"];
    let mut names: Vec<_> = of_prefix.chain(of_sdks.map(str::to_owned)).collect();
    names.sort_unstable();
    names
}

fn sorted_names(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let mut names: Vec<_> = list.iter().map(|it| it.as_str().expect("a text").to_owned()).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn injected_variables_let_an_app_read_and_write_objects() {
    let world = World::embedded().await;
    provision(&world).await;
    let app = app(&world, "shop").await;
    for prefix in ["STORAGE_", "S3_", "AWS_"] {
        let params = json!({ "uuid": app, "prefix": prefix });
        let told = expect_success(&world, "storage.inject_env", params).await;
        assert_eq!(sorted_names(&told["written"]), names(prefix));
        assert_eq!(told["needsDeploy"], true);
        wait_until_usable(&world).await;
        let client = client(&world, &app, prefix).await;
        let object = format!("a/{prefix}.txt");
        assert_eq!(client.put(&object, "hello").await, 200, "{prefix}");
        assert_eq!(client.get(&object).await, (200, "hello".to_owned()), "{prefix}");
    }
    let told = expect_success(&world, "storage.describe", json!({})).await;
    let apps = told["apps"].as_array().expect("a list");
    assert!(apps.len() == 3 && apps.iter().all(|app| app["isCurrent"] == true), "{told}");
    assert_eq!(world.cloud.count(Collection::Objects), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn injected_variables_are_exact_and_the_secret_is_hidden() {
    let world = World::embedded().await;
    provision(&world).await;
    let (image, stack) = (app(&world, "shop").await, stack(&world, "stack").await);
    for (family, uuid) in [("applications", &image), ("services", &stack)] {
        // A variable that was there before, for everybody to see.
        let old = json!({ "uuid": uuid, "key": "STORAGE_SECRET_ACCESS_KEY", "value": "old" });
        expect_success(&world, "apps.envs.upsert", old).await;
        let told = expect_success(&world, "storage.inject_env", json!({ "uuid": uuid })).await;
        let secret = variables(&world, family, uuid).await["STORAGE_SECRET_ACCESS_KEY"].clone();
        assert!(secret.len() == 40 && !told.to_string().contains(&secret));
        for env in stored_variables(&world, family, uuid).await {
            let key = env["key"].as_str().expect("a text");
            if !names("STORAGE_").iter().any(|name| name == key) {
                continue;
            }
            assert_eq!(env["is_literal"], true, "{env}");
            assert!(family == "services" || env["is_buildtime"] == false, "{env}");
            if key == "STORAGE_SECRET_ACCESS_KEY" {
                assert_eq!(env["is_shown_once"], true, "{env}");
                assert!(!env.to_string().contains("old"), "{env}");
            }
        }
        let listed = expect_success(&world, "apps.envs.list", json!({ "uuid": uuid })).await;
        assert!(!listed.to_string().contains(&secret));
        let again = expect_success(&world, "storage.inject_env", json!({ "uuid": uuid })).await;
        assert_eq!(again["needsDeploy"], false);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_gets_the_key_with_at_most_eight_prefixes() {
    let world = World::embedded().await;
    provision(&world).await;
    let (full, other) = (app(&world, "full").await, app(&world, "other").await);
    let with = |uuid: &Value, number: u8| json!({ "uuid": uuid, "prefix": format!("P{number}_") });
    for number in 0..8 {
        expect_success(&world, "storage.inject_env", with(&full, number)).await;
    }
    let mark = &world.mark.agent;
    let refused = expect_failure(mark, "storage.inject_env", &with(&full, 8), 409).await;
    assert!(refused.text.contains("P0_, P1_"), "{}", refused.text);
    let stored = variables(&world, "applications", &full).await;
    assert!(stored.keys().all(|key| !key.starts_with("P8_")), "{stored:?}");
    expect_success(&world, "storage.inject_env", with(&full, 7)).await;
    expect_success(&world, "storage.inject_env", with(&other, 8)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storage_describe_no_longer_lists_a_deleted_app() {
    let world = World::embedded().await;
    provision(&world).await;
    let (stays, goes) = (app(&world, "stays").await, app(&world, "goes").await);
    for uuid in [&stays, &goes] {
        expect_success(&world, "storage.inject_env", json!({ "uuid": uuid })).await;
        expect_success(&world, "storage.inject_env", json!({ "uuid": uuid, "prefix": "S3_" }))
            .await;
    }
    expect_success(&world, "apps.delete", json!({ "uuid": goes, "confirm": "goes" })).await;
    let told = expect_success(&world, "storage.describe", json!({})).await;
    let apps = told["apps"].as_array().expect("a list");
    assert!(apps.len() == 2 && apps.iter().all(|app| app["uuid"] == stays), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_injections_are_refused_before_any_write() {
    let world = World::embedded().await;
    let mark = &world.mark.agent;
    let app = app(&world, "shop").await;
    let early = expect_failure(mark, "storage.inject_env", &json!({ "uuid": app }), 503).await;
    assert!(early.text.contains("storage.provision"), "{}", early.text);
    provision(&world).await;
    for prefix in ["s3_", "_X", "3", "A-B", "A B", "A=", &"A".repeat(33)] {
        let params = json!({ "uuid": app, "prefix": prefix });
        expect_failure(mark, "storage.inject_env", &params, 400).await;
    }
    let other = world
        .justine
        .agent
        .compact(
            "apps.create",
            &json!({ "image": "nginx:1.27", "name": "theirs", "instantDeploy": false }),
        )
        .await;
    let other = other.expect("an app")["uuid"].clone();
    let foreign = expect_failure(mark, "storage.inject_env", &json!({ "uuid": other }), 403).await;
    assert!(!foreign.text.contains("theirs"), "{}", foreign.text);
    let absent = json!({ "uuid": "zzzz2345zzzz2345zzzz2345" });
    expect_failure(mark, "storage.inject_env", &absent, 404).await;
    assert!(
        variables(&world, "applications", &app)
            .await
            .keys()
            .all(|key| !key.starts_with("STORAGE_"))
    );
    let told = expect_success(&world, "storage.describe", json!({})).await;
    assert_eq!(told["apps"], json!([]));
}
