//! Projects and their environments.

use covibe_domain::ProjectUuid;
use covibe_upstream::{gone, optional};
use serde::Deserialize;
use serde_json::json;

use crate::listing::Listing;
use crate::wire::{self, Created};
use crate::{Client, Error};

/// A project; lists come without its environments.
#[derive(Clone, Debug, Deserialize)]
pub struct Project {
    /// Its id.
    pub uuid: ProjectUuid,
    /// Its name; Coolify does not keep it unique.
    #[serde(default)]
    pub name: String,
    /// What it was said to be when it was made.
    #[serde(default, deserialize_with = "wire::text")]
    pub description: Option<String>,
    /// Its environments; empty in lists.
    #[serde(default)]
    pub environments: Vec<Environment>,
}

/// An environment of a project.
#[derive(Clone, Debug, Deserialize)]
pub struct Environment {
    /// The number that resources carry as `environment_id`; unique on the instance.
    pub id: i64,
    /// Its uuid.
    #[serde(default)]
    pub uuid: Option<String>,
    /// Its name.
    #[serde(default)]
    pub name: String,
}

impl Client {
    /// Every project of the team, without environments.
    pub async fn projects(&self) -> Result<Vec<Project>, Error> {
        Ok(self.transport.get("/projects").json::<Listing<_>>().await?.0)
    }

    /// A project with its environments.
    pub async fn project(&self, uuid: &ProjectUuid) -> Result<Project, Error> {
        self.transport.get("/projects/{uuid}").segment(uuid.as_str()).json().await
    }

    /// A project with its environments, if there is one of this id.
    pub async fn find_project(&self, uuid: &ProjectUuid) -> Result<Option<Project>, Error> {
        optional(self.project(uuid).await)
    }

    /// Makes a project, and with it its environment `production`.
    ///
    /// Names are not unique: a second call makes a second project, so look first.
    pub async fn create_project(
        &self,
        name: &str,
        description: &str,
    ) -> Result<ProjectUuid, Error> {
        let body = json!({ "name": name, "description": description });
        Ok(self.transport.post("/projects").body(body).json::<Created<_>>().await?.uuid)
    }

    /// Makes an environment in a project; one that is there already is no error.
    pub async fn create_environment(&self, project: &ProjectUuid, name: &str) -> Result<(), Error> {
        let request = self.transport.post("/projects/{uuid}/environments");
        let request = request.segment(project.as_str()).body(json!({ "name": name }));
        match request.repeatable().done().await {
            Err(error) if error.is_conflict() => Ok(()),
            outcome => outcome,
        }
    }

    /// Removes a project with its environments; one that is gone is no error, one with resources is
    /// a conflict.
    pub async fn delete_project(&self, uuid: &ProjectUuid) -> Result<(), Error> {
        let request = self.transport.delete("/projects/{uuid}").segment(uuid.as_str());
        gone(request.repeatable().done().await)
    }
}
