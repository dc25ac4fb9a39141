//! An operator who administers Gitea and Coolify by hand, through their APIs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_domain::boxed;
use covibe_sandbox::Simulator;
use serde_json::{Value, json};

use crate::agent::{Agent, AgentAnswer};
use crate::server::{ADMIN, World};

/// An administrator of both upstreams.
#[derive(Clone, Debug)]
pub struct Operator {
    gitea: Agent,
    coolify: Agent,
}

impl World {
    /// Returns the administrator of this world's upstreams.
    pub fn operator(&self) -> Operator {
        let api = |of: &Simulator| Agent::new(&format!("{}/api/v1", of.url), "", None);
        let basic = STANDARD.encode(format!("{ADMIN}:{}", self.gitea.token.expose()));
        let bearer = format!("Bearer {}", self.coolify.token.expose());
        Operator {
            gitea: api(&self.gitea).with_authorization(&format!("Basic {basic}")),
            coolify: api(&self.coolify).with_authorization(&bearer),
        }
    }
}

impl Operator {
    /// Calls Gitea, which must succeed; `null` sends no body.
    #[boxed]
    pub async fn gitea(&self, method: &str, path: &str, body: &Value) -> Value {
        expect_success(method, path, &self.ask_gitea(method, path, body).await)
    }

    /// Calls Gitea and returns the answer.
    #[boxed]
    pub async fn ask_gitea(&self, method: &str, path: &str, body: &Value) -> AgentAnswer {
        ask(&self.gitea, method, path, body).await
    }

    /// Calls Coolify, which must succeed; `null` sends no body.
    #[boxed]
    pub async fn coolify(&self, method: &str, path: &str, body: &Value) -> Value {
        expect_success(method, path, &self.ask_coolify(method, path, body).await)
    }

    /// Calls Coolify and returns the answer.
    #[boxed]
    pub async fn ask_coolify(&self, method: &str, path: &str, body: &Value) -> AgentAnswer {
        ask(&self.coolify, method, path, body).await
    }

    /// Returns the list at a path of Gitea.
    #[boxed]
    pub async fn gitea_list(&self, path: &str) -> Vec<Value> {
        self.gitea("GET", path, &Value::Null).await.as_array().cloned().expect("a list")
    }

    /// Returns the list at a path of Coolify.
    #[boxed]
    pub async fn coolify_list(&self, path: &str) -> Vec<Value> {
        self.coolify("GET", path, &Value::Null).await.as_array().cloned().expect("a list")
    }

    /// Switches the proxy of Coolify's server.
    pub async fn use_proxy(&self, kind: &str) {
        let servers = self.coolify_list("/servers").await;
        let uuid = servers[0]["uuid"].as_str().expect("a uuid");
        self.coolify("PATCH", &format!("/servers/{uuid}"), &json!({ "proxy_type": kind })).await;
    }

    /// Creates a Gitea user.
    pub async fn make_user(&self, name: &str, email: &str, must_change_password: bool) {
        let body = json!({ "username": name, "email": email, "password": "Long-Enough-1!",
                           "must_change_password": must_change_password });
        self.gitea("POST", "/admin/users", &body).await;
    }

    /// Returns the id of the team of an organisation's owners.
    pub async fn owners_team(&self, org: &str) -> i64 {
        let teams = self.gitea_list(&format!("/orgs/{org}/teams")).await;
        let owners = teams.iter().find(|team| team["name"] == "Owners").expect("the team");
        owners["id"].as_i64().expect("a number")
    }

    /// Returns the logins of an organisation's owners.
    #[boxed]
    pub async fn owners(&self, org: &str) -> Vec<String> {
        let team = self.owners_team(org).await;
        let members = self.gitea_list(&format!("/teams/{team}/members")).await;
        members.iter().map(|one| one["login"].as_str().expect("a login").to_owned()).collect()
    }

    /// Replaces a user among an organisation's owners with the administrator.
    pub async fn oust(&self, org: &str, user: &str) {
        let team = self.owners_team(org).await;
        self.gitea("PUT", &format!("/teams/{team}/members/{ADMIN}"), &Value::Null).await;
        self.gitea("DELETE", &format!("/teams/{team}/members/{user}"), &Value::Null).await;
    }

    /// Deletes all of a user's `tokens` or `keys`. Returns their number.
    pub async fn strip(&self, user: &str, what: &str) -> usize {
        let all = self.gitea_list(&format!("/users/{user}/{what}")).await;
        for one in &all {
            let path = match what {
                "keys" => format!("/admin/users/{user}/keys/{}", one["id"]),
                _ => format!("/users/{user}/tokens/{}", one["id"]),
            };
            self.gitea("DELETE", &path, &Value::Null).await;
        }
        all.len()
    }

    /// Returns the Coolify projects with this name.
    #[boxed]
    pub async fn projects(&self, name: &str) -> Vec<Value> {
        filter_by_name(self.coolify_list("/projects").await, name)
    }

    /// Returns the private keys in Coolify with this name.
    #[boxed]
    pub async fn private_keys(&self, name: &str) -> Vec<Value> {
        filter_by_name(self.coolify_list("/security/keys").await, name)
    }
}

fn filter_by_name(mut all: Vec<Value>, name: &str) -> Vec<Value> {
    all.retain(|one| one["name"] == name);
    all
}

async fn ask(by: &Agent, method: &str, path: &str, body: &Value) -> AgentAnswer {
    match body {
        Value::Null => by.send(method, path, &[("accept", "application/json")], None).await,
        body => by.json(method, path, body).await,
    }
}

fn expect_success(method: &str, path: &str, answer: &AgentAnswer) -> Value {
    assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text);
    answer.json()
}
