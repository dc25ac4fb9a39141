//! Gitea's answers about users, organisations, keys and tokens; see [`crate::gitea_repositories`] for the rest.

use serde_json::json;

use super::{Complaint, Contract};
use crate::simulator_client::{Client, basic, gitea};

/// Returns whether it is about a known gap of Gitea's description: its users have their login twice, and the
/// description has it once.
pub(super) fn is_known(complaint: &Complaint) -> bool {
    complaint.place == "User.username" && complaint.what == "is not described"
}

#[tokio::test]
async fn giteas_answers_match_the_published_description() {
    let contract = Contract::for_vendor("gitea");
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
