//! Organisations.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Identified, ignore_not_found};
use serde::Deserialize;
use serde_json::json;

use crate::error_answers::read_named;
use crate::{Client, Error, NameLookup, pagination};

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Org {
    /// Its id, which no other user or organisation ever gets.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its description.
    #[serde(default)]
    pub description: String,
}

impl Identified for Org {
    fn is_about(&self, segments: &[String]) -> bool {
        matches!(segments, [name] if name.eq_ignore_ascii_case(&self.name))
    }
}

impl Client {
    /// Returns the organisation of this name.
    #[boxed]
    pub async fn org(&self, name: &str) -> Result<NameLookup<Org>, Error> {
        read_named(
            self.transport.get("/orgs/{org}").segment(name).operator_only().json_asked().await,
        )
    }

    /// Returns the organisations that a user is in.
    #[boxed]
    pub async fn orgs_of(&self, user: &str) -> Result<Vec<Org>, Error> {
        pagination::read_all(|| {
            self.transport.get("/users/{user}/orgs").segment(user).operator_only()
        })
        .await
    }

    /// Returns all organisations, as the administrator.
    #[boxed]
    pub async fn all_orgs(&self) -> Result<Vec<Org>, Error> {
        pagination::read_all(|| self.transport.get("/orgs").operator_only()).await
    }

    /// Creates a private organisation that the administrator owns, which also works where others may
    /// not create any.
    #[boxed]
    pub async fn create_org(&self, name: &str, description: &str) -> Result<Org, Error> {
        let body = json!({ "username": name, "visibility": "private", "description": description });
        let request = self.transport.post("/admin/users/{user}/orgs").segment(&self.username);
        request.body(body).operator_only().json().await
    }

    /// Renames an organisation. Returns false for Gitea 1.21, which has no route for it.
    ///
    /// A name that something else has is a conflict.
    #[boxed]
    pub async fn rename_org(&self, name: &str, new: &str) -> Result<bool, Error> {
        let request = self.transport.post("/orgs/{org}/rename").segment(name).may_be_unsupported();
        match request.body(json!({ "new_name": new })).operator_only().execute().await {
            Ok(()) => Ok(true),
            Err(Error { cause: Cause::Unsupported, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ends a user's membership of an organisation; succeeds when there is none. Gitea answers 500
    /// for the last owner.
    #[boxed]
    pub async fn leave_org(&self, org: &str, user: &str) -> Result<(), Error> {
        let request = self.transport.delete("/orgs/{org}/members/{user}");
        ignore_not_found(
            request.segment(org).segment(user).repeatable().operator_only().execute().await,
        )
    }

    /// Deletes an organisation; succeeds when it does not exist. Gitea answers 500 for one with
    /// repositories.
    #[boxed]
    pub async fn delete_org(&self, name: &str) -> Result<(), Error> {
        let request = self.transport.delete("/orgs/{org}").segment(name);
        ignore_not_found(request.repeatable().operator_only().execute().await)
    }
}
