//! `covibe-server tenant give-storage` and `remove-storage`, beside a running server.

use std::process::Output;
use std::time::Duration;

use covibe_sandbox::google::Collection;
use covibe_store::Backend;
use covibe_testkit_http::{Agent, Options, S3Client, World};
use serde_json::{Value, json};

use crate::current_directory_and_migrate::err;
use crate::operator_commands::Operator;

async fn call_successfully(agent: &Agent, tool: &str, params: Value) -> Value {
    agent.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"))
}

/// The bucket and the key of justine's workspace, as the operator would have made them by hand.
pub(crate) struct Bucket {
    pub(crate) endpoint: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) client: S3Client,
}

impl Bucket {
    pub(crate) async fn create_in(world: &World) -> Self {
        let justine = &world.justine.agent;
        call_successfully(justine, "storage.provision", json!({})).await;
        let app = json!({ "image": "nginx:1.27", "name": "theirs", "instantDeploy": false });
        let app = call_successfully(justine, "apps.create", app).await["uuid"].clone();
        call_successfully(justine, "storage.inject_env", json!({ "uuid": app })).await;
        world.cloud.advance(Duration::from_secs(5));
        let uuid = app.as_str().expect("a text");
        let variables = world.app_variables("applications", uuid).await;
        let of = |name: &str| variables[&format!("STORAGE_{name}")].clone();
        Self {
            // By another name, it is another server.
            endpoint: of("ENDPOINT").replace("127.0.0.1", "localhost"),
            name: of("BUCKET"),
            id: of("ACCESS_KEY_ID"),
            secret: of("SECRET_ACCESS_KEY"),
            client: S3Client::from_variables(&variables, "STORAGE_"),
        }
    }

    /// Gives it to a workspace.
    fn give_to(&self, operator: &Operator, slug: &str, secret: &str) -> Output {
        self.give_as(operator, slug, (&self.id, secret))
    }

    fn give_as(&self, operator: &Operator, slug: &str, (id, secret): (&str, &str)) -> Output {
        let give = ["tenant", "give-storage", "--workspace", slug, "--endpoint", &self.endpoint];
        let which = ["--bucket", &self.name, "--access-key-id", id];
        operator.run_with(&[&give[..], &which].concat(), secret)
    }
}

fn remove(operator: &Operator, slug: &str) -> Output {
    operator.run(&["tenant", "remove-storage", "--workspace", slug])
}

fn assert_refused(told: &Output, because: &str) {
    assert!(!told.status.success() && told.stdout.is_empty(), "{told:?}");
    assert!(err(told).contains(because), "{because}: {}", err(told));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_assigns_an_existing_bucket_to_a_workspace_and_unassigns_it() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let (operator, mark) = (Operator::in_world(&world), &world.mark.agent);
        let bucket = Bucket::create_in(&world).await;
        assert_eq!(bucket.client.put("x", "y").await, 200);
        assert_refused(&remove(&operator, "mark"), "has no object storage yet");
        // A line's end belongs to the file, not to the secret.
        let given = bucket.give_to(&operator, "mark", &format!("{}\n", bucket.secret));
        assert!(given.status.success() && given.stdout.is_empty(), "{given:?}");
        assert!(!err(&given).contains(&bucket.secret), "{given:?}");
        let told = call_successfully(mark, "storage.describe", json!({})).await;
        assert_eq!((&told["provider"], &told["bucket"]), (&json!("s3"), &json!(bucket.name)));
        assert_eq!(told["usage"]["objects"], 1, "{told}");
        let app = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
        let app = call_successfully(mark, "apps.create", app).await["uuid"].clone();
        call_successfully(mark, "storage.inject_env", json!({ "uuid": app })).await;
        // Given once more, it is the same one.
        assert!(bucket.give_to(&operator, "mark", &bucket.secret).status.success());
        let removed = remove(&operator, "mark");
        assert!(removed.status.success() && removed.stdout.is_empty(), "{removed:?}");
        let told = call_successfully(mark, "storage.describe", json!({})).await;
        assert_eq!(told, json!({ "status": "none", "apps": [] }));
        assert_eq!(bucket.client.get("x").await.0, 200, "it is the operator's");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unusable_storage_is_refused_and_changes_nothing() {
    let world = World::embedded().await;
    let operator = Operator::in_world(&world);
    let bucket = Bucket::create_in(&world).await;
    for (secret, because) in [
        ("", "standard input must have a secret"),
        (" \n", "standard input must have a secret"),
        ("two words", "standard input must have a secret"),
        ("wrong", "refuses the key"),
    ] {
        assert_refused(&bucket.give_to(&operator, "mark", secret), because);
    }
    for id in ["", "a b", "a/b", "a,b"] {
        let told = bucket.give_as(&operator, "mark", (id, &bucket.secret));
        assert_refused(&told, "--access-key-id");
    }
    assert_refused(
        &bucket.give_to(&operator, "nobody", &bucket.secret),
        "there is no workspace nobody",
    );
    assert_refused(&remove(&operator, "nobody"), "there is no workspace nobody");
    let told = call_successfully(&world.mark.agent, "storage.describe", json!({})).await;
    assert_eq!(told["status"], "none");
    // One that has a bucket at Google keeps it.
    call_successfully(&world.mark.agent, "storage.provision", json!({})).await;
    let told = bucket.give_to(&operator, "mark", &bucket.secret);
    assert_refused(&told, "tenant remove-storage");
    let told = call_successfully(&world.mark.agent, "storage.describe", json!({})).await;
    assert_eq!(told["provider"], "gcs");
    // Nothing listens there.
    let nowhere = Bucket { endpoint: "http://127.0.0.1:1".to_owned(), ..bucket };
    assert_refused(&nowhere.give_to(&operator, "mark", &nowhere.secret), "could not be reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisioned_bucket_is_removed_only_when_it_is_empty() {
    let world = World::embedded().await;
    let operator = Operator::in_world(&world);
    let bucket = Bucket::create_in(&world).await;
    assert_eq!(bucket.client.put("x", "y").await, 200);
    assert_refused(&remove(&operator, "justine"), "has objects");
    assert_eq!(bucket.client.get("x").await.0, 200);
    assert_eq!(bucket.client.delete("x").await, 204);
    assert!(remove(&operator, "justine").status.success());
    for collection in [Collection::Buckets, Collection::Accounts, Collection::HmacKeys] {
        assert_eq!(world.cloud.count(collection), 0);
    }
    assert_refused(&remove(&operator, "justine"), "has no object storage yet");
}
