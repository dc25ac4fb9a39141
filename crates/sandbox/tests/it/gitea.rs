//! Gitea's quirks.

use covibe_sandbox::gitea::{self, Collection, Options};
use serde_json::{Value, json};

use crate::simulator_client::{Client, basic, gitea};

pub(crate) const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBsGtqoTXg6R8mCWPGJ4yY8T/BPqcWcxboPWN6JTn8Vf";

fn bot(must_change: Option<bool>) -> Value {
    let mut body = json!({ "username": "mark-bot", "email": "mark-bot@example.com", "password": "a good one 123",
                           "visibility": "private" });
    if let Some(flag) = must_change {
        body["must_change_password"] = json!(flag);
    }
    body
}

/// Starts a Gitea with a bot that owns an organisation, and returns the bot's token too.
pub(crate) async fn start_provisioned(scopes: Value) -> (Client, String) {
    provisioned_on(gitea().await, scopes).await
}

/// Adds a bot that owns an organisation, and returns the bot's token too.
pub(crate) async fn provisioned_on(mut client: Client, scopes: Value) -> (Client, String) {
    assert_eq!(client.post("/admin/users", bot(Some(false))).await.status, 201);
    let org = json!({ "username": "vibn-mark", "visibility": "private" });
    assert_eq!(client.post("/admin/users/mark-bot/orgs", org).await.status, 201);
    let admin = client.authorization.clone();
    client.authorization = Some(basic("operator", client.simulator.token.expose()));
    let token =
        client.post("/users/mark-bot/tokens", json!({ "name": "covibe", "scopes": scopes })).await;
    assert_eq!(token.status, 201, "{}", token.text);
    client.authorization = admin;
    (client, token.json()["sha1"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_administrator_and_the_token_can_be_configured() {
    let token = "0123456789abcdef0123456789abcdef01234567".to_owned();
    let options = Options {
        admin: "root-admin".to_owned(),
        token: Some(token.clone()),
        ..Options::default()
    };
    let client = Client::new(gitea::start(options).await.unwrap());
    assert_eq!(client.simulator.token.expose(), token);
    let me = client.get("/user").await.json();
    assert_eq!((&me["login"], &me["is_admin"]), (&json!("root-admin"), &json!(true)));
}

#[tokio::test]
async fn version_and_settings_are_answered_without_a_token() {
    let mut client = gitea().await;
    client.authorization = None;
    assert_eq!(client.get("/version").await.json(), json!({ "version": "1.25.2" }));
    assert_eq!(client.get("/settings/api").await.json()["max_response_items"], 50);
    assert_eq!(client.get("/users/operator").await.status, 200);
    assert_eq!(client.get("/user").await.json()["message"], "token is required");
    client.authorization = Some("token wrong".to_owned());
    let answer = client.get("/users/operator").await;
    assert_eq!(answer.json()["message"], "invalid username, password or token");
}

#[tokio::test]
async fn a_new_user_must_change_the_password_by_default() {
    for (flag, status) in [(None, 403), (Some(true), 403), (Some(false), 200)] {
        let mut client = gitea().await;
        assert_eq!(client.post("/admin/users", bot(flag)).await.status, 201);
        client.authorization = Some(basic("mark-bot", "a good one 123"));
        assert_eq!(client.get("/user").await.status, status);
        assert_eq!(
            client.post("/user/keys", json!({ "title": "k", "key": KEY })).await.status == 201,
            status == 200
        );
    }
}

#[tokio::test]
async fn names_and_emails_of_users_and_organisations_must_be_unused() {
    let (client, _) = start_provisioned(json!(["all"])).await;
    let user = |name: &str| json!({ "username": name, "email": format!("{name}@other.example"), "password": "a good one 123" });
    for (name, status) in
        [("mark-bot", 422), ("VIBN-mark", 422), ("api", 422), ("a..b", 422), ("other", 201)]
    {
        assert_eq!(client.post("/admin/users", user(name)).await.status, status, "{name}");
    }
    let org = json!({ "username": "mark-bot" });
    assert_eq!(client.post("/admin/users/mark-bot/orgs", org).await.status, 422);
    let mut same_email = user("third");
    same_email["email"] = json!("other@other.example");
    assert_eq!(client.post("/admin/users", same_email).await.status, 422);
    for password in ["", "short"] {
        let mut weak = user("fourth");
        weak["password"] = json!(password);
        assert_eq!(client.post("/admin/users", weak).await.status, 400);
    }
    assert_eq!(
        client.post("/admin/users", json!({ "email": "a@b" })).await.json()["message"],
        "[Username]: Required"
    );
}

#[tokio::test]
async fn creating_a_token_requires_basic_authentication_scopes_and_a_new_name() {
    let (mut client, token) = start_provisioned(json!(["write:repository"])).await;
    let path = "/users/mark-bot/tokens";
    assert_eq!(client.get(path).await.json()["message"], "auth required");
    client.authorization = Some(basic("operator", client.simulator.token.expose()));
    for (body, status) in [
        (json!({ "name": "covibe", "scopes": ["write:user"] }), 400),
        (json!({ "name": "other", "scopes": [] }), 400),
        (json!({ "name": "other" }), 400),
        (json!({ "name": "other", "scopes": ["repo"] }), 400),
    ] {
        assert_eq!(client.post(path, body.clone()).await.status, status, "{body}");
    }
    let list = client.get(path).await;
    assert_eq!(list.json()[0]["sha1"], "");
    assert!(!list.text.contains(&token));
    assert_eq!(list.json()[0]["token_last_eight"], token[32..]);
    assert_eq!(client.delete(&format!("{path}/covibe")).await.status, 204);
    assert_eq!(client.delete(&format!("{path}/covibe")).await.status, 404);
    client.authorization = Some(format!("token {token}"));
    assert_eq!(client.get("/repos/vibn-mark/site").await.status, 401);
}

#[tokio::test]
async fn token_scopes_are_checked_by_method_and_category() {
    let (mut client, token) =
        start_provisioned(json!(["read:organization", "write:repository"])).await;
    client.authorization = Some(format!("Bearer {token}"));
    assert_eq!(client.get("/orgs/vibn-mark").await.status, 200);
    let refused = client.post("/orgs/vibn-mark/repos", json!({ "name": "site" })).await;
    assert_eq!(refused.status, 403);
    assert!(refused.json()["message"].as_str().unwrap().contains("required=[write:organization]"));
    assert_eq!(client.get("/users/mark-bot").await.status, 403);
    assert_eq!(client.post("/admin/users", bot(None)).await.status, 403);
}

#[tokio::test]
async fn only_administrators_may_use_the_admin_api() {
    let (mut client, token) = start_provisioned(json!(["all"])).await;
    client.authorization = Some(format!("token {token}"));
    assert_eq!(client.post("/admin/users", bot(None)).await.status, 403);
    client.authorization = Some(basic("mark-bot", &token));
    assert_eq!(client.get("/users/operator/tokens").await.status, 403);
    assert_eq!(client.get("/users/mark-bot/tokens").await.status, 200);
}

#[tokio::test]
async fn objects_of_other_tenants_are_not_found() {
    let (mut client, token) = start_provisioned(json!(["all"])).await;
    client.authorization = Some(format!("token {token}"));
    for hidden in [
        "/repos/vibn-elsewhere/secret",
        "/orgs/vibn-elsewhere",
        "/orgs/vibn-elsewhere/repos",
        "/users/elsewhere-bot",
    ] {
        let answer = client.get(hidden).await;
        assert_eq!((answer.status, &answer.json()["errors"]), (404, &Value::Null), "{hidden}");
        assert!(answer.json().as_object().unwrap().contains_key("errors"));
    }
    assert_eq!(client.post("/orgs/vibn-elsewhere/repos", json!({ "name": "x" })).await.status, 404);
    client.authorization = Some(format!("token {}", client.simulator.token.expose()));
    assert_eq!(client.get("/repos/vibn-elsewhere/secret").await.json()["private"], true);
}

#[tokio::test]
async fn repositories_are_public_and_empty_by_default() {
    let (mut client, token) =
        start_provisioned(json!(["write:organization", "write:repository"])).await;
    client.authorization = Some(format!("token {token}"));
    let path = "/orgs/vibn-mark/repos";
    let plain = client.post(path, json!({ "name": "plain" })).await;
    assert_eq!(
        (plain.status, &plain.json()["private"], &plain.json()["empty"]),
        (201, &json!(false), &json!(true))
    );
    let body =
        json!({ "name": "site", "private": true, "auto_init": true, "default_branch": "trunk" });
    let site = client.post(path, body.clone()).await.json();
    assert_eq!(
        (&site["private"], &site["empty"], &site["default_branch"]),
        (&json!(true), &json!(false), &json!("trunk"))
    );
    assert_eq!(client.post(path, body).await.status, 409);
    assert_eq!(client.post(path, json!({ "name": "a b" })).await.status, 422);
    assert_eq!(client.get("/repos/Vibn-Mark/SITE").await.json()["full_name"], "vibn-mark/site");
    assert_eq!(client.delete("/repos/vibn-mark/site").await.status, 204);
    assert_eq!(client.get("/repos/vibn-mark/site").await.status, 404);
}

#[tokio::test]
async fn pages_have_at_most_50_items() {
    let (client, _) = start_provisioned(json!(["all"])).await;
    for number in 0..53 {
        client.post("/orgs/vibn-mark/repos", json!({ "name": format!("r{number}") })).await;
    }
    for (query, length) in [("", 30), ("?limit=1000", 50), ("?limit=50&page=2", 3), ("?page=9", 0)]
    {
        let answer = client.get(&format!("/orgs/vibn-mark/repos{query}")).await;
        assert_eq!(answer.json().as_array().unwrap().len(), length, "{query}");
        assert_eq!(answer.header("x-total-count"), Some("53"));
    }
    let first = client.get("/orgs/vibn-mark/repos").await;
    assert!(first.header("link").unwrap().contains("page=2>; rel=\"next\""));
}

#[tokio::test]
async fn an_ssh_key_that_another_user_has_is_refused() {
    let (client, _) = start_provisioned(json!(["all"])).await;
    let path = "/admin/users/mark-bot/keys";
    let key = client
        .post(
            path,
            json!({ "title": "covibe", "key": format!("{KEY} a comment"), "read_only": true }),
        )
        .await;
    assert_eq!((key.status, &key.json()["read_only"]), (201, &Value::Null));
    assert!(key.json()["fingerprint"].as_str().unwrap().starts_with("SHA256:"));
    let elsewhere =
        client.post("/admin/users/elsewhere-bot/keys", json!({ "title": "x", "key": KEY })).await;
    assert_eq!(elsewhere.json()["message"], "Key content has been used as non-deploy key");
    assert_eq!(
        client.post(path, json!({ "title": "x", "key": "ssh-ed25519 AAAA" })).await.status,
        422
    );
    assert_eq!(client.get("/users/mark-bot/keys").await.json()[0]["key"], KEY);
    let id = &key.json()["id"];
    assert_eq!(client.delete(&format!("{path}/{id}")).await.status, 204);
    assert_eq!(client.simulator.count(Collection::SshKeys), 0);
}

#[tokio::test]
async fn adding_an_owner_twice_succeeds() {
    let (mut client, token) = start_provisioned(json!(["all"])).await;
    client.post("/orgs", json!({ "username": "vibn-other", "visibility": "private" })).await;
    let teams = client.get("/orgs/vibn-other/teams").await.json();
    assert_eq!((&teams[0]["name"], &teams[0]["permission"]), (&json!("Owners"), &json!("owner")));
    let path = format!("/teams/{}/members/mark-bot", teams[0]["id"]);
    for _ in 0..2 {
        assert_eq!(Client::send(client.request("PUT", &path)).await.status, 204);
    }
    client.authorization = Some(format!("token {token}"));
    assert_eq!(client.get("/orgs/vibn-other").await.status, 200);
}
