//! Organisations.

use covibe_upstream::{gone, optional};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Client, Error, refusal};

/// The texts of an organisation that a change must repeat: 1.21 clears those that it leaves out;
/// later releases keep them.
const TEXTS: [&str; 4] = ["full_name", "description", "website", "location"];

/// An organisation.
#[derive(Clone, Debug, Deserialize)]
pub struct Org {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its visibility.
    #[serde(default)]
    pub visibility: Visibility,
}

/// The visibility of an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody sees it.
    Public,
    /// Everybody who is signed in sees it.
    Limited,
    /// Its members and site administrators see it.
    Private,
    /// Gitea did not say, or this release does not know the word. Must not be taken for private.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Client {
    /// Returns the organisation of this name; `None` when it does not exist.
    pub async fn org(&self, name: &str) -> Result<Option<Org>, Error> {
        refusal::not_moved(optional(self.transport.get("/orgs/{org}").segment(name).json().await))
    }

    /// Creates a private organisation that `owner` owns.
    pub async fn create_org(&self, owner: &str, name: &str) -> Result<Org, Error> {
        let body = json!({ "username": name, "visibility": "private" });
        self.transport.post("/admin/users/{user}/orgs").segment(owner).body(body).json().await
    }

    /// Makes an organisation private and keeps its texts.
    pub async fn make_org_private(&self, name: &str) -> Result<(), Error> {
        let org: Map<String, Value> =
            self.transport.get("/orgs/{org}").segment(name).json().await?;
        let mut body: Map<_, _> =
            org.into_iter().filter(|(key, _)| TEXTS.contains(&key.as_str())).collect();
        body.insert("visibility".to_owned(), json!("private"));
        let request = self.transport.patch("/orgs/{org}").segment(name);
        request.body(Value::Object(body)).repeatable().done().await
    }

    /// Deletes an organisation; succeeds when it does not exist. Gitea answers 500 for one with
    /// repositories.
    pub async fn delete_org(&self, name: &str) -> Result<(), Error> {
        gone(self.transport.delete("/orgs/{org}").segment(name).repeatable().done().await)
    }
}
