//! Rights on the simulated Gitea: teams, collaborators, renames, transfers and settings.

use covibe_sandbox::gitea::{Collection, Settings};
use serde_json::{Value, json};

use crate::gitea::{KEY, start_provisioned};
use crate::simulator_client::{Client, basic, gitea};

const USER: &str = "/admin/users/mark-bot";

/// A client that acts with a token of all scopes.
async fn as_bot() -> (Client, String, String) {
    let (mut client, token) = start_provisioned(json!(["all"])).await;
    let admin = client.authorization.clone().unwrap();
    client.authorization = Some(format!("token {token}"));
    (client, admin, token)
}

async fn put(client: &Client, path: &str) -> u16 {
    Client::send(client.request("PUT", path)).await.status
}

#[tokio::test]
async fn a_renamed_account_redirects_until_its_old_name_is_reused() {
    let (mut client, admin, _) = as_bot().await;
    client.post("/orgs/vibn-mark/repos", json!({ "name": "site" })).await;
    let renamed = client.post("/orgs/vibn-mark/rename", json!({ "new_name": "moved" })).await;
    assert_eq!(renamed.status, 204);
    for (old, new) in [
        ("/orgs/vibn-mark", "/api/v1/orgs/moved"),
        ("/orgs/vibn-mark/repos?limit=1", "/api/v1/orgs/moved/repos?limit=1"),
        ("/repos/vibn-mark/site", "/api/v1/repos/moved/site"),
    ] {
        let answer = client.get(old).await;
        assert_eq!((answer.status, answer.header("location")), (307, Some(new)), "{old}");
    }
    client.authorization = Some(admin);
    let rename = json!({ "new_username": "other-bot" });
    assert_eq!(client.post(&format!("{USER}/rename"), rename).await.status, 204);
    let answer = client.get(USER.trim_start_matches("/admin")).await;
    assert_eq!((answer.status, answer.header("location")), (307, Some("/api/v1/users/other-bot")));
    assert_eq!(client.post("/orgs", json!({ "username": "vibn-mark" })).await.status, 201);
    assert_eq!(client.get("/orgs/vibn-mark").await.json()["name"], "vibn-mark");
}

#[tokio::test]
async fn a_team_grants_its_rights_and_no_others() {
    let (mut client, admin, token) = as_bot().await;
    client.post("/orgs/vibn-mark/repos", json!({ "name": "site", "private": true })).await;
    let team = json!({ "name": "hands", "permission": "admin", "includes_all_repositories": true,
                       "can_create_org_repo": true, "units": ["repo.code"] });
    let team = client.post("/orgs/vibn-mark/teams", team).await.json();
    let found = client.get("/orgs/vibn-mark/teams/search?q=own").await.json();
    let owners = found["data"][0]["id"].clone();
    client.authorization = Some(admin);
    assert_eq!(put(&client, &format!("/teams/{owners}/members/operator")).await, 204);
    assert_eq!(put(&client, &format!("/teams/{}/members/mark-bot", team["id"])).await, 204);
    assert_eq!(client.delete(&format!("/teams/{owners}/members/mark-bot")).await.status, 204);
    client.authorization = Some(format!("token {token}"));
    let new = json!({ "name": "new" });
    assert_eq!(client.post("/orgs/vibn-mark/repos", new).await.status, 201);
    assert_eq!(client.get("/repos/vibn-mark/site/hooks").await.status, 200);
    for (path, body) in [
        ("/orgs/vibn-mark/rename", json!({ "new_name": "x-y" })),
        ("/orgs/vibn-mark/teams", json!({ "name": "t" })),
        ("/orgs/vibn-mark/hooks", json!({ "type": "gitea" })),
        (
            "/repos/migrate",
            json!({ "clone_addr": "https://x.test", "repo_name": "m", "repo_owner": "vibn-mark" }),
        ),
    ] {
        assert_eq!(client.post(path, body).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn a_collaborator_sees_one_repository_and_a_transfer_waits_for_the_new_owner() {
    let (mut client, admin, token) = as_bot().await;
    client.authorization = Some(admin.clone());
    for name in ["one", "two"] {
        let body = json!({ "name": name, "private": true });
        client.post("/orgs/vibn-elsewhere/repos", body).await;
    }
    let invite = client.put("/repos/vibn-elsewhere/one/collaborators/mark-bot", json!({}));
    assert_eq!(invite.await.status, 204);
    client.authorization = Some(format!("token {token}"));
    let mine = client.get("/user/repos").await.json();
    assert_eq!(mine.as_array().unwrap().len(), 1, "{mine}");
    assert_eq!(client.get("/repos/vibn-elsewhere/two").await.status, 404);
    client.post("/orgs/vibn-mark/repos", json!({ "name": "site" })).await;
    let path = "/repos/vibn-mark/site/transfer";
    let offered = client.post(path, json!({ "new_owner": "elsewhere-bot" })).await;
    assert_eq!((offered.status, &offered.json()["full_name"]), (201, &json!("vibn-mark/site")));
    assert_eq!(client.post(&format!("{path}/accept"), Value::Null).await.status, 403);
}

#[tokio::test]
async fn a_limited_bot_creates_no_organisation_or_repository_of_its_own_except_forks() {
    let (mut client, admin, token) = as_bot().await;
    client.authorization = Some(admin);
    let limits = json!({ "login_name": "mark-bot", "source_id": 0, "max_repo_creation": 0,
                         "allow_create_organization": false });
    assert_eq!(client.patch(USER, limits).await.status, 200);
    client.authorization = Some(format!("token {token}"));
    assert_eq!(client.post("/orgs", json!({ "username": "mine" })).await.status, 403);
    assert_eq!(client.post("/user/repos", json!({ "name": "own" })).await.status, 403);
    let site = json!({ "name": "site" });
    assert_eq!(client.post("/orgs/vibn-mark/repos", site).await.status, 201);
    let fork = client.post("/repos/vibn-mark/site/forks", json!({})).await;
    assert_eq!((fork.status, &fork.json()["full_name"]), (202, &json!("mark-bot/site")));
    assert_eq!(client.simulator.names(Collection::Repositories).last().unwrap(), "mark-bot/site");
}

#[tokio::test]
async fn each_restrictive_setting_refuses_the_calls_of_provisioning() {
    let user = json!({ "username": "new-bot", "email": "new@example.com", "password": "a good one 123",
                       "visibility": "private", "must_change_password": false });
    let key = json!({ "title": "k", "key": KEY });
    let base = Settings::default;
    for (settings, path, body, status) in [
        (Settings { private_users: false, ..base() }, "/admin/users", &user, 500),
        (Settings { min_password_length: 40, ..base() }, "/admin/users", &user, 400),
        (Settings { leaked_passwords: true, ..base() }, "/admin/users", &user, 400),
        (
            Settings { email_domains: vec!["x.test".to_owned()], ..base() },
            "/admin/users",
            &user,
            422,
        ),
        (Settings { ed25519_keys: false, ..base() }, "/admin/users/elsewhere-bot/keys", &key, 422),
        (Settings { ssh_keys: false, ..base() }, "/admin/users/elsewhere-bot/keys", &key, 404),
        (
            Settings { organisation_creation: false, ..base() },
            "/admin/users/elsewhere-bot/orgs",
            &json!({ "username": "o-p" }),
            500,
        ),
        (
            Settings { quota_used_up: true, ..base() },
            "/orgs/vibn-elsewhere/repos",
            &json!({ "name": "r" }),
            413,
        ),
    ] {
        let client = gitea().await;
        client.simulator.set(settings);
        assert_eq!(client.post(path, body.clone()).await.status, status, "{path}");
    }
    let mut client = gitea().await;
    client.authorization = Some(basic("operator", client.simulator.token.expose()));
    client.simulator.set(Settings { organisation_creation: false, ..base() });
    let own = client.post("/orgs", json!({ "username": "o-p" })).await;
    assert_eq!(own.status, 201, "an administrator may");
}
