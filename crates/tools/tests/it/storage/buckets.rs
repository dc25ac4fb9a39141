//! A bucket that is made, described, repaired, and left alone where it is not the workspace's.

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::{Collection, Settings, StorageSettings};
use covibe_store::Backend;
use covibe_testkit::{Options, World};
use covibe_workspace::remove_storage;
use serde_json::{Value, json};

use super::{
    app, assert_one_of_each, client, deploy, expect_failure, expect_success, provision,
    settled_options,
};

#[tokio::test(flavor = "multi_thread")]
async fn repeated_provisioning_creates_one_bucket_per_workspace_on_both_databases() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let none = expect_success(&world, "storage.describe", json!({})).await;
        assert_eq!(none, json!({ "status": "none", "apps": [] }));
        let made = provision(&world).await;
        assert_eq!(provision(&world).await, made);
        assert_one_of_each(&world, "twice").await;
        assert!(made["bucket"].as_str().expect("a text").starts_with("vibn-ws-mark-"), "{made}");
        assert_eq!(made["location"], "NORTHAMERICA-NORTHEAST1");
        assert_eq!((&made["provider"], &made["region"]), (&json!("gcs"), &json!("auto")));
        assert_eq!(made["endpoint"], json!(world.cloud.url));
        assert_eq!(made["usage"], json!({ "objects": 0, "bytes": 0, "isComplete": true }));
        // Another workspace has another one, and sees nothing of this.
        let others = world.justine.agent.compact("storage.describe", &json!({})).await.expect("it");
        assert_eq!(others["status"], "none");
        let others =
            world.justine.agent.compact("storage.provision", &json!({})).await.expect("it");
        assert_ne!(others["storage"]["bucket"], made["bucket"]);
        assert_eq!(world.cloud.count(Collection::Buckets), 2);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_name_taken_by_somebody_else_is_replaced() {
    let world = World::embedded().await;
    let storage = StorageSettings { taken_names: 2, ..settled_options() };
    world.cloud.set(Settings { storage, ..Settings::default() });
    provision(&world).await;
    assert_one_of_each(&world, "two names were taken").await;
    let requests = world.cloud.requests();
    let tried = requests.iter().filter(|it| it.method == "POST" && it.path == "/storage/v1/b");
    let names: std::collections::BTreeSet<_> =
        tried.map(|it| it.body.as_ref().expect("a body")["name"].to_string()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_bucket_or_key_is_created_again() {
    let world = World::embedded().await;
    let before = provision(&world).await;
    let app = app(&world, "shop").await;
    expect_success(&world, "storage.inject_env", json!({ "uuid": app })).await;
    deploy(&world, &app).await;
    let delete = async |path: &str| {
        let url = format!("{}{path}", world.cloud.url);
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let request = http.delete(url).bearer_auth(world.cloud.token.expose());
        assert!(request.send().await.expect("an answer").status().is_success(), "{path}");
    };
    delete(&format!("/storage/v1/b/{}", before["bucket"].as_str().expect("a text"))).await;
    let account = world.cloud.names(Collection::Accounts).remove(0);
    delete(&format!("/v1/projects/covibe-sandbox/serviceAccounts/{account}")).await;
    let again = expect_success(&world, "storage.provision", json!({})).await;
    assert_eq!(again["storage"]["bucket"], before["bucket"], "apps know its name");
    assert_ne!(again["storage"]["accessKeyId"], before["accessKeyId"]);
    assert_eq!(again["needsDeploy"], json!([app]));
    assert_one_of_each(&world, "all was removed").await;
    let client = client(&world, &app, "STORAGE_").await;
    super::wait_until_usable(&world).await;
    assert_eq!(client.put("x", "y").await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_bucket_name_taken_by_somebody_else_is_a_conflict() {
    let world = World::embedded().await;
    let before = provision(&world).await;
    let bucket = before["bucket"].as_str().expect("a text");
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("{}/storage/v1/b/{bucket}", world.cloud.url);
    let deleted = http.delete(url).bearer_auth(world.cloud.token.expose()).send().await;
    assert!(deleted.expect("an answer").status().is_success());
    let others = json!({ "name": bucket, "location": "NORTHAMERICA-NORTHEAST1" });
    post(&world, "/storage/v1/b?project=covibe-sandbox", &others).await;
    for _ in 0..2 {
        let told = expect_failure(&world.mark.agent, "storage.provision", &json!({}), 409).await;
        assert!(told.text.contains("is gone, and somebody else has its name"), "{}", told.text);
    }
    let after = expect_success(&world, "storage.describe", json!({})).await;
    assert_eq!(
        (&after["bucket"], &after["accessKeyId"]),
        (&before["bucket"], &before["accessKeyId"])
    );
    assert_eq!(world.cloud.names(Collection::Buckets), [bucket]);
    // What is the workspace's can be removed: the bucket is not.
    let google = world.google_storage();
    remove_storage(&world.store, Some(&google), &world.mark.record).await.expect("an end");
    assert_eq!(world.cloud.names(Collection::Buckets), [bucket]);
    assert_eq!(world.cloud.count(Collection::Accounts), 0);
    assert_eq!(expect_success(&world, "storage.describe", json!({})).await["status"], "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn usage_that_cannot_be_counted_is_reported_as_unknown() {
    let world = World::embedded().await;
    let fault = Fault::new(Name::Status).on("GET", "/storage/v1/b/*/o");
    world.cloud.arm(fault.times(u32::MAX));
    let told = provision(&world).await;
    assert_eq!((told.get("usage"), &told["status"]), (None, &json!("ready")));
    assert!(told["usageUnknown"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
    world.cloud.disarm();
    let told = expect_success(&world, "storage.describe", json!({})).await;
    assert_eq!((told["usage"]["objects"].as_u64(), told.get("usageUnknown")), (Some(0), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_in_another_location_is_a_conflict_and_not_removed() {
    let world = World::embedded().await;
    // The first call makes the account, and learns nothing more: the bucket is then made by hand.
    let storage = StorageSettings {
        forbidden_location: Some("NORTHAMERICA-NORTHEAST1".to_owned()),
        ..settled_options()
    };
    world.cloud.set(Settings { storage, ..Settings::default() });
    let told = expect_failure(&world.mark.agent, "storage.provision", &json!({}), 503).await;
    assert!(told.text.contains("gcp.resourceLocations"), "{}", told.text);
    world.cloud.set(Settings { storage: settled_options(), ..Settings::default() });
    let planned = expect_success(&world, "storage.describe", json!({})).await;
    assert_eq!(planned["status"], "provisioning");
    let labels = json!({ "managed-by": "co-vibe", "workspace": world.mark.record.id.as_str() });
    let bucket = json!({ "name": planned["bucket"], "location": "US", "labels": labels });
    post(&world, "/storage/v1/b?project=covibe-sandbox", &bucket).await;
    let told = expect_failure(&world.mark.agent, "storage.provision", &json!({}), 409).await;
    assert!(told.text.contains("is in US, not in NORTHAMERICA-NORTHEAST1"), "{}", told.text);
    assert_eq!(world.cloud.count(Collection::Buckets), 1);
    assert_eq!(world.cloud.count(Collection::HmacKeys), 0);
}

async fn post(world: &World, path: &str, body: &Value) {
    let url = format!("{}{path}", world.cloud.url);
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = http.post(url).bearer_auth(world.cloud.token.expose()).body(body.to_string());
    assert!(request.send().await.expect("an answer").status().is_success(), "{path}");
}
