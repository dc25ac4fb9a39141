//! Answers against the vendors' own published descriptions.
//!
//! Neither description says rightly what may be null, so null passes everywhere; and members that
//! it lacks although the vendor's source has them are named here, one by one.

use std::path::Path;

use covibe_sandbox::coolify::Version;
use serde_json::{Value, json};

use crate::coolify::projects::KEY as COOLIFY_KEY;
use crate::support::{Answer, Client, Coolify, basic, gitea};

/// Members that a vendor answers and its description lacks, by the end of their place.
const UNDESCRIBED: [&str; 20] = [
    ".applications",
    ".databases",
    ".domains",
    ".environments",
    ".finished_at",
    ".is_buildpack_control",
    ".is_coolify",
    ".is_coolify_host",
    ".is_really_required",
    ".last_online_at",
    ".last_restart_at",
    ".last_restart_type",
    ".order",
    ".restart_count",
    ".status",
    "/environments[].uuid",
    "/servers/{uuid}.is_reachable",
    "/servers/{uuid}.is_usable",
    "/servers[].is_reachable",
    "/servers[].is_usable",
];

/// Gitea's users have their login twice; its description has one.
const LOGIN_TWICE: &str = ".username";

fn is_known_lack(at: &str) -> bool {
    at.ends_with(LOGIN_TWICE) || UNDESCRIBED.iter().any(|known| at.ends_with(known))
}

/// A vendor's description.
pub(crate) struct Contract(Value);

impl Contract {
    /// The file, or none where the folder beside the repository is absent; on CI it must be there.
    #[expect(clippy::print_stdout, reason = "whoever runs the tests should know")]
    pub(crate) fn read(file: &str) -> Option<Self> {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/contracts").join(file);
        match std::fs::read_to_string(&path) {
            Ok(text) => Some(Self(serde_json::from_str(&text).unwrap())),
            Err(_) if std::env::var_os("CI").is_none() => {
                println!("skipped: {} is not there", path.display());
                None
            }
            Err(error) => panic!("{}: {error}", path.display()),
        }
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(to) => self.resolve(self.0.pointer(to.trim_start_matches('#')).unwrap()),
            None => schema,
        }
    }

    /// The schema of an operation's answer, in OpenAPI 3 and Swagger 2; null where it has none.
    fn answer(&self, method: &str, path: &str, status: u16) -> &Value {
        let response =
            self.resolve(&self.0["paths"][path][method]["responses"][status.to_string()]);
        let schema = match response.get("schema") {
            Some(schema) => schema,
            None => &response["content"]["application/json"]["schema"],
        };
        self.resolve(schema)
    }

    /// What in `value` is not as the schema says, each with its place.
    fn complaints(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = self.resolve(schema);
        let good = match schema["type"].as_str() {
            _ if value.is_null() => return Vec::new(),
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            _ => true,
        };
        if !good {
            return vec![format!("{at} is no {}: {value}", schema["type"])];
        }
        if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
            return vec![format!("{at} is none of {}: {value}", schema["enum"])];
        }
        match value {
            Value::Array(items) => items
                .iter()
                .flat_map(|item| self.complaints(&schema["items"], item, &format!("{at}[]")))
                .collect(),
            Value::Object(members) => members
                .iter()
                .flat_map(|(name, member)| {
                    self.member(schema, name, member, &format!("{at}.{name}"))
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    fn member(&self, schema: &Value, name: &str, value: &Value, at: &str) -> Vec<String> {
        match (schema["properties"].get(name), schema.get("properties")) {
            (Some(schema), _) => self.complaints(schema, value, at),
            (None, Some(_)) if !is_known_lack(at) => {
                vec![format!("{at} is not described")]
            }
            _ => Vec::new(),
        }
    }

    pub(crate) fn check(&self, method: &str, path: &str, answer: &Answer) {
        let complaints = self.complaints_of(method, path, answer);
        assert!(complaints.is_empty(), "{complaints:#?}");
    }

    /// What in an answer is not as it is described, each with its place.
    pub(crate) fn complaints_of(&self, method: &str, path: &str, answer: &Answer) -> Vec<String> {
        let at = format!("{method} {path}");
        let schema = self.answer(method, path, answer.status);
        if schema.is_object() {
            return self.complaints(schema, &answer.json(), &at);
        }
        vec![format!("{at} {} is not described", answer.status)]
    }

    fn check_value(&self, schema: &Value, value: &Value, at: &str) {
        let complaints = self.complaints(schema, value, at);
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

#[test]
fn the_check_finds_what_is_wrong() {
    let contract = Contract(json!({ "Thing": { "type": "object", "properties": {
        "id": { "type": "integer" }, "tags": { "type": "array", "items": { "type": "string" } },
        "kind": { "type": "string", "enum": ["a", "b"] },
    }}}));
    let schema = json!({ "$ref": "#/Thing" });
    let complaints = |value| contract.complaints(&schema, &value, "thing");
    assert!(complaints(json!({ "id": 1, "tags": ["x"], "kind": "a" })).is_empty());
    let wrong = complaints(json!({ "id": "1", "tags": [2], "kind": "c", "surplus": 0 }));
    assert_eq!(wrong.len(), 4, "{wrong:?}");
}

#[tokio::test]
async fn coolify_answers_as_described() {
    let Some(contract) = Contract::read("coolify-openapi.json") else { return };
    let coolify = Coolify::of(Version::V4_3).await;
    let app = coolify.working_app("site").await;
    let deployment = coolify.deploy(&app).await["deployment_uuid"].as_str().unwrap().to_owned();
    let service = coolify.uuid("/services", coolify.here(json!({ "type": "pocketbase" }))).await;
    coolify.uuid("/security/keys", json!({ "private_key": COOLIFY_KEY })).await;
    coolify.post(&format!("/applications/{app}/envs"), json!({ "key": "A", "value": "1" })).await;

    for (path, real) in [
        ("/projects", "/projects".to_owned()),
        ("/projects/{uuid}", format!("/projects/{}", coolify.project)),
        ("/projects/{uuid}/environments", format!("/projects/{}/environments", coolify.project)),
        ("/security/keys", "/security/keys".to_owned()),
        ("/servers", "/servers".to_owned()),
        ("/servers/{uuid}", format!("/servers/{}", coolify.server)),
        ("/servers/{uuid}/resources", format!("/servers/{}/resources", coolify.server)),
        ("/applications", "/applications".to_owned()),
        ("/applications/{uuid}", format!("/applications/{app}")),
        ("/applications/{uuid}/envs", format!("/applications/{app}/envs")),
        ("/deployments", "/deployments".to_owned()),
        ("/deployments/{uuid}", format!("/deployments/{deployment}")),
        ("/services", "/services".to_owned()),
        ("/services/{uuid}", format!("/services/{service}")),
    ] {
        contract.check("get", path, &coolify.get(&real).await);
    }
    // The description of this list is wrong about its envelope and its items.
    let list = coolify.get(&format!("/deployments/applications/{app}")).await.json();
    let item = json!({ "$ref": "#/components/schemas/ApplicationDeploymentQueue" });
    contract.check_value(&item, &list["deployments"][0], "deployments[]");
}

#[tokio::test]
async fn coolify_writes_answer_as_described() {
    let Some(contract) = Contract::read("coolify-openapi.json") else { return };
    let coolify = Coolify::of(Version::V4_3).await;
    let created = coolify.post("/applications/public", coolify.app("site")).await;
    contract.check("post", "/applications/public", &created);
    let path = format!("/applications/{}", created.json()["uuid"].as_str().unwrap());
    let image = coolify.here(json!({ "docker_registry_image_name": "nginx" }));
    contract.check(
        "post",
        "/applications/dockerimage",
        &coolify.post("/applications/dockerimage", image).await,
    );
    contract.check(
        "patch",
        "/applications/{uuid}",
        &coolify.patch(&path, json!({ "name": "b" })).await,
    );
    let taken = json!({ "domains": "https://foreign-app.elsewhere.vibnai.com" });
    contract.check("patch", "/applications/{uuid}", &coolify.patch(&path, taken).await);
    let envs = format!("{path}/envs");
    contract.check(
        "post",
        "/applications/{uuid}/envs",
        &coolify.post(&envs, json!({ "key": "A", "value": "1" })).await,
    );
    contract.check(
        "patch",
        "/applications/{uuid}/envs",
        &coolify.patch(&envs, json!({ "key": "A", "value": "2" })).await,
    );
    let bulk = json!({ "data": [{ "key": "B", "value": "1" }] });
    let bulk = coolify.patch(&format!("{envs}/bulk"), bulk).await;
    contract.check("patch", "/applications/{uuid}/envs/bulk", &bulk);
    let app = path.trim_start_matches("/applications/");
    contract.check("post", "/deploy", &coolify.post("/deploy", json!({ "uuid": app })).await);
    let started = coolify.post(&format!("{path}/start?force=true"), json!({})).await;
    contract.check("post", "/applications/{uuid}/start", &started);
    contract.check("delete", "/applications/{uuid}", &coolify.delete(&path).await);
    let service = coolify.post("/services", coolify.here(json!({ "type": "logto" }))).await;
    contract.check("post", "/services", &service);
    contract.check(
        "post",
        "/projects",
        &coolify.post("/projects", json!({ "name": "other" })).await,
    );
    contract.check("post", "/projects", &coolify.post("/projects", json!({ "name": "x" })).await);
    let key = coolify.post("/security/keys", json!({ "private_key": COOLIFY_KEY })).await;
    contract.check("post", "/security/keys", &key);
    let path = format!("/security/keys/{}", key.json()["uuid"].as_str().unwrap());
    contract.check("get", "/security/keys/{uuid}", &coolify.get(&path).await);
    // The description leaves the uuid out of the path of the change.
    let same = coolify.patch(&path, json!({ "private_key": COOLIFY_KEY })).await;
    contract.check("patch", "/security/keys", &same);
    contract.check("delete", "/security/keys/{uuid}", &coolify.delete(&path).await);
    let mut nobody = coolify.client;
    nobody.authorization = None;
    contract.check("get", "/projects", &nobody.get("/projects").await);
}

#[tokio::test]
async fn gitea_answers_as_described() {
    let Some(contract) = Contract::read("gitea-swagger.json") else { return };
    let mut client = gitea().await;
    let user = json!({ "username": "mark-bot", "email": "m@example.com", "password": "a good one 123", "must_change_password": false });
    contract.check("post", "/admin/users", &client.post("/admin/users", user).await);
    let org = client.post("/admin/users/mark-bot/orgs", json!({ "username": "vibn-mark" })).await;
    contract.check("post", "/admin/users/{username}/orgs", &org);
    let repo =
        client.post("/orgs/vibn-mark/repos", json!({ "name": "site", "auto_init": true })).await;
    contract.check("post", "/orgs/{org}/repos", &repo);
    let key = json!({ "title": "covibe", "key": crate::gitea::KEY });
    contract.check(
        "post",
        "/admin/users/{username}/keys",
        &client.post("/admin/users/mark-bot/keys", key).await,
    );
    for (path, real) in [
        ("/version", "/version"),
        ("/settings/api", "/settings/api"),
        ("/user", "/user"),
        ("/users/{username}", "/users/mark-bot"),
        ("/users/{username}/keys", "/users/mark-bot/keys"),
        ("/orgs/{org}", "/orgs/vibn-mark"),
        ("/orgs/{org}/teams", "/orgs/vibn-mark/teams"),
        ("/orgs/{org}/repos", "/orgs/vibn-mark/repos"),
        ("/repos/{owner}/{repo}", "/repos/vibn-mark/site"),
    ] {
        contract.check("get", path, &client.get(real).await);
    }
    client.authorization = Some(basic("operator", client.simulator.token.expose()));
    tokens_as_described(&contract, &client).await;
}

async fn tokens_as_described(contract: &Contract, client: &Client) {
    let body = json!({ "name": "covibe", "scopes": ["write:user"] });
    let created = client.post("/users/mark-bot/tokens", body).await;
    contract.check("post", "/users/{username}/tokens", &created);
    contract.check("get", "/users/{username}/tokens", &client.get("/users/mark-bot/tokens").await);
}
