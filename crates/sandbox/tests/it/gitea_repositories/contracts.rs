//! Answers about repositories, users and teams against Gitea's own description.

use serde_json::json;

use super::{Bot, base64};
use crate::contracts::Contract;
use crate::simulator_client::{Client, HttpAnswer};

const REPO: &str = "/repos/{owner}/{repo}";

/// A repository whose answers are checked.
struct Checked {
    bot: Bot,
    contract: Contract,
}

impl Checked {
    async fn new() -> Self {
        let contract = Contract::for_vendor("gitea");
        let bot = Bot::new().await;
        bot.repository("site", true).await;
        Self { bot, contract }
    }

    fn check(&self, method: &str, path: &str, answer: &HttpAnswer) {
        self.contract.check(method, &format!("{REPO}{path}"), answer);
    }
}

#[tokio::test]
async fn answers_about_files_branches_and_commits_match_giteas_description() {
    let this = Checked::new().await;
    let (client, base) = (&this.bot.client, "/repos/vibn-mark/site");
    let path = format!("{base}/contents/src/a.txt");
    let body = json!({ "content": base64("a") });
    let made = client.post(&path, body.clone()).await;
    this.check("post", "/contents/{filepath}", &made);
    this.check("put", "/contents/{filepath}", &client.put(&format!("{path}2"), body).await);
    let sha = made.json()["content"]["sha"].clone();
    let changed = client.put(&path, json!({ "content": base64("b"), "sha": sha })).await;
    this.check("put", "/contents/{filepath}", &changed);
    this.check("get", "/contents/{filepath}", &client.get(&path).await);
    this.check("get", "/contents", &client.get(&format!("{base}/contents")).await);
    let sha = json!({ "sha": changed.json()["content"]["sha"] });
    let gone = Client::send(client.request("DELETE", &path).json(&sha)).await;
    this.check("delete", "/contents/{filepath}", &gone);

    let made = client.post(&format!("{base}/branches"), json!({ "new_branch_name": "b" })).await;
    this.check("post", "/branches", &made);
    this.check("get", "/branches", &client.get(&format!("{base}/branches")).await);
    this.check("get", "/branches/{branch}", &client.get(&format!("{base}/branches/b")).await);
    this.check("get", "/commits", &client.get(&format!("{base}/commits")).await);
    this.check("patch", "", &client.patch(base, json!({ "description": "Ours" })).await);
}

#[tokio::test]
async fn answers_about_pull_requests_match_giteas_description() {
    let this = Checked::new().await;
    let (client, base) = (&this.bot.client, "/repos/vibn-mark/site");
    let body = json!({ "content": base64("a"), "new_branch": "feature" });
    client.post(&format!("{base}/contents/a.txt"), body).await;
    let body = json!({ "head": "feature", "base": "main", "title": "Add a" });
    this.check("post", "/pulls", &client.post(&format!("{base}/pulls"), body).await);
    let merged = client.post(&format!("{base}/pulls/1/merge"), json!({ "Do": "merge" })).await;
    assert_eq!(merged.status, 200, "{}", merged.text);
    this.check("get", "/pulls/{index}", &client.get(&format!("{base}/pulls/1")).await);
    this.check("get", "/pulls", &client.get(&format!("{base}/pulls?state=all")).await);
}

#[tokio::test]
async fn answers_to_an_administrators_changes_match_giteas_description() {
    let mut this = Checked::new().await;
    this.bot.become_admin();
    let (client, contract) = (&this.bot.client, &this.contract);
    let body = json!({ "login_name": "mark-bot", "source_id": 0, "restricted": true });
    let edited = client.patch("/admin/users/mark-bot", body).await;
    contract.check("patch", "/admin/users/{username}", &edited);
    let edited = client.patch("/orgs/vibn-mark", json!({ "full_name": "Mark" })).await;
    contract.check("patch", "/orgs/{org}", &edited);
    let team = client.get("/orgs/vibn-mark/teams").await.json()[0]["id"].clone();
    contract.check("get", "/teams/{id}", &client.get(&format!("/teams/{team}")).await);
    let members = format!("/teams/{team}/members");
    contract.check("get", "/teams/{id}/members", &client.get(&members).await);
    let member = client.get(&format!("{members}/mark-bot")).await;
    contract.check("get", "/teams/{id}/members/{username}", &member);
}
