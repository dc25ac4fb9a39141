//! Failures that only the operator can mend.

use covibe_sandbox::google::{Collection, Settings, StorageSettings};
use covibe_testkit::{Options, World};
use serde_json::json;

use super::{assert_one_of_each, expect_failure, provision, settled_options};

#[tokio::test(flavor = "multi_thread")]
async fn refusals_by_google_name_the_cause_and_the_next_call_continues() {
    let world = World::embedded().await;
    for (storage, named) in [
        (StorageSettings { api_disabled: true, ..settled_options() }, "disabled"),
        (StorageSettings { role_missing: true, ..settled_options() }, "role"),
        (StorageSettings { accounts: 0, ..settled_options() }, "quota of service accounts"),
        (
            StorageSettings {
                forbidden_keys: Some("iam.disableServiceAccountKeyCreation"),
                ..settled_options()
            },
            "iam.disableServiceAccountKeyCreation",
        ),
        (
            StorageSettings {
                forbidden_keys: Some("storage.restrictAuthTypes"),
                ..settled_options()
            },
            "storage.restrictAuthTypes",
        ),
    ] {
        world.cloud.set(Settings { storage, ..Settings::default() });
        let told = expect_failure(&world.mark.agent, "storage.provision", &json!({}), 503).await;
        assert!(told.text.contains(named) && told.text.contains("operator"), "{}", told.text);
        assert_eq!(world.cloud.count(Collection::HmacKeys), 0);
    }
    world.cloud.set(Settings { storage: settled_options(), ..Settings::default() });
    provision(&world).await;
    assert_one_of_each(&world, "mended").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_without_configured_storage_names_the_missing_setting() {
    let world = World::start(Options { has_storage: false, ..Options::default() }).await;
    let world = world.expect("SQLite is built in");
    let told = expect_failure(&world.mark.agent, "storage.provision", &json!({}), 503).await;
    assert!(told.text.contains("COVIBE_STORAGE_PROJECT"), "{}", told.text);
    assert_eq!(
        world.mark.agent.compact("storage.describe", &json!({})).await.expect("it")["status"],
        "none"
    );
}
