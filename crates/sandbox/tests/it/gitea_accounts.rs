//! Users, teams and organisations of a Gitea, as an administrator changes them.

use covibe_sandbox::gitea::Collection;
use serde_json::{Value, json};

use crate::gitea::{KEY, start_provisioned};
use crate::gitea_repositories::scopes;
use crate::simulator_client::{Client, basic};

const USER: &str = "/admin/users/mark-bot";

/// Adds the two members that Gitea requires to a change.
fn change(mut body: Value) -> Value {
    body["login_name"] = json!("mark-bot");
    body["source_id"] = json!(0);
    body
}

#[tokio::test]
async fn a_change_of_a_user_without_login_name_and_source_id_is_refused() {
    let (client, _) = start_provisioned(scopes()).await;
    for body in [
        json!({ "active": false }),
        json!({ "active": false, "source_id": 0 }),
        json!({ "active": false, "login_name": "mark-bot" }),
        change(json!({ "visibility": "hidden" })),
    ] {
        assert_eq!(client.patch(USER, body.clone()).await.status, 422, "{body}");
    }
    assert_eq!(client.patch("/admin/users/nobody", change(json!({}))).await.status, 404);
    assert_eq!(client.patch(USER, change(json!({ "password": "short" }))).await.status, 400);
    let edited = client
        .patch(
            USER,
            change(json!({ "restricted": true, "visibility": "public", "full_name": "Mark" })),
        )
        .await
        .json();
    assert_eq!(
        (&edited["restricted"], &edited["visibility"], &edited["full_name"]),
        (&json!(true), &json!("public"), &json!("Mark"))
    );
}

#[tokio::test]
async fn a_disabled_user_gets_403_until_enabled() {
    let (mut client, token) = start_provisioned(scopes()).await;
    let (admin, bot) = (client.authorization.clone(), Some(format!("token {token}")));
    for (shut, open) in [
        (json!({ "must_change_password": true }), json!({ "must_change_password": false })),
        (json!({ "prohibit_login": true }), json!({ "prohibit_login": false })),
        (json!({ "active": false }), json!({ "active": true })),
    ] {
        for (body, status) in [(shut, 403), (open, 200)] {
            client.authorization.clone_from(&admin);
            assert_eq!(client.patch(USER, change(body.clone())).await.status, 200);
            client.authorization.clone_from(&bot);
            assert_eq!(client.get("/user").await.status, status, "{body}");
        }
    }
}

#[tokio::test]
async fn a_user_in_an_organisation_is_deleted_only_by_a_purge() {
    let (client, _) = start_provisioned(scopes()).await;
    client.post(&format!("{USER}/keys"), json!({ "title": "k", "key": KEY })).await;
    assert_eq!(client.delete(USER).await.status, 422);
    assert_eq!(client.delete("/admin/users/operator").await.status, 422);
    assert_eq!(client.delete("/admin/users/nobody").await.status, 404);
    client.post("/orgs/vibn-mark/repos", json!({ "name": "site" })).await;
    assert_eq!(client.delete("/orgs/vibn-mark").await.status, 500);
    assert_eq!(client.delete("/repos/vibn-mark/site").await.status, 204);
    assert_eq!(client.delete("/orgs/vibn-mark").await.status, 204);
    assert_eq!(client.delete(USER).await.status, 204);
    assert_eq!(client.simulator.names(Collection::Users), ["operator", "elsewhere-bot"]);
    assert_eq!(client.simulator.count(Collection::SshKeys), 0);
    assert_eq!(client.simulator.names(Collection::Tokens), ["operator/sandbox"]);
    assert_eq!(client.delete("/admin/users/elsewhere-bot?purge=true").await.status, 204);
    assert_eq!(client.simulator.count(Collection::Organisations), 0);
    assert_eq!(client.simulator.count(Collection::Repositories), 0);
}

#[tokio::test]
async fn owners_can_be_added_and_removed_except_the_last() {
    let (client, _) = start_provisioned(scopes()).await;
    let team = client.get("/orgs/vibn-mark/teams").await.json()[0]["id"].clone();
    let path = format!("/teams/{team}/members");
    let logins = async || {
        let list = client.get(&path).await.json();
        list.as_array().unwrap().iter().map(|user| user["login"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(logins().await, ["mark-bot"]);
    assert_eq!(client.delete(&format!("{path}/mark-bot")).await.status, 500);
    assert_eq!(client.get(&format!("{path}/operator")).await.status, 404);
    assert_eq!(Client::send(client.request("PUT", &format!("{path}/operator"))).await.status, 204);
    assert_eq!(client.get(&format!("{path}/operator")).await.json()["login"], "operator");
    assert_eq!(client.delete(&format!("{path}/mark-bot")).await.status, 204);
    assert_eq!(client.delete(&format!("{path}/mark-bot")).await.status, 204);
    assert_eq!(logins().await, ["operator"]);
    for missing in ["/teams/0/members", &format!("{path}/nobody")] {
        assert_eq!(client.get(missing).await.status, 404, "{missing}");
    }
}

#[tokio::test]
async fn owners_can_change_only_their_own_organisation() {
    let (mut client, token) = start_provisioned(scopes()).await;
    let body = json!({ "visibility": "public", "description": "Ours" });
    assert_eq!(client.patch("/orgs/vibn-mark", json!({ "visibility": "x" })).await.status, 422);
    client.authorization = Some(format!("token {token}"));
    let edited = client.patch("/orgs/vibn-mark", body.clone()).await;
    assert_eq!(
        (edited.status, &edited.json()["visibility"], &edited.json()["description"]),
        (200, &json!("public"), &json!("Ours"))
    );
    assert_eq!(client.patch("/orgs/vibn-elsewhere", body).await.status, 404);
}

#[tokio::test]
async fn a_token_is_deleted_by_its_id() {
    let (mut client, token) = start_provisioned(scopes()).await;
    client.authorization = Some(basic("operator", client.simulator.token.expose()));
    let id = client.get("/users/mark-bot/tokens").await.json()[0]["id"].clone();
    for status in [204, 404] {
        assert_eq!(client.delete(&format!("/users/mark-bot/tokens/{id}")).await.status, status);
    }
    client.authorization = Some(format!("token {token}"));
    assert_eq!(client.get("/user").await.status, 401);
}
