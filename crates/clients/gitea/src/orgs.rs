//! Organisations.

use covibe_upstream::{gone, optional};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{Client, Error, refusal};

/// The texts of an organisation that a change empties when it does not repeat them: so did 1.21,
/// while main keeps them.
const TEXTS: [&str; 4] = ["full_name", "description", "website", "location"];

/// An organisation.
#[derive(Clone, Debug, Deserialize)]
pub struct Org {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Who sees it.
    #[serde(default)]
    pub visibility: Visibility,
}

/// Who sees an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// Everybody who is signed in.
    Limited,
    /// Its members and site administrators.
    Private,
    /// Gitea did not say, or said something that this release does not know. Do not take it for
    /// private.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Client {
    /// The organisation of this name, if there is one.
    pub async fn org(&self, name: &str) -> Result<Option<Org>, Error> {
        refusal::not_moved(optional(self.transport.get("/orgs/{org}").segment(name).json().await))
    }

    /// Makes a private organisation that `owner` owns.
    pub async fn create_org(&self, owner: &str, name: &str) -> Result<Org, Error> {
        let body = json!({ "username": name, "visibility": "private" });
        self.transport.post("/admin/users/{user}/orgs").segment(owner).body(body).json().await
    }

    /// Makes an organisation private; its texts stay as they are.
    pub async fn make_org_private(&self, name: &str) -> Result<(), Error> {
        let org: Map<String, Value> =
            self.transport.get("/orgs/{org}").segment(name).json().await?;
        let mut body: Map<_, _> =
            org.into_iter().filter(|(key, _)| TEXTS.contains(&key.as_str())).collect();
        body.insert("visibility".to_owned(), json!("private"));
        let request = self.transport.patch("/orgs/{org}").segment(name);
        request.body(Value::Object(body)).repeatable().done().await
    }

    /// Removes an organisation; one that is gone is no error, one with repositories is one (500).
    pub async fn delete_org(&self, name: &str) -> Result<(), Error> {
        gone(self.transport.delete("/orgs/{org}").segment(name).repeatable().done().await)
    }
}
