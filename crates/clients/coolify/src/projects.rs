//! Projects and their environments.

use covibe_domain::ProjectUuid;
use serde::Deserialize;
use serde_json::json;

use crate::wire::{Created, Listing};
use crate::{Client, Error};

/// A project; lists come without its environments.
#[derive(Clone, Debug, Deserialize)]
pub struct Project {
    /// Its id.
    pub uuid: ProjectUuid,
    /// Its name; Coolify does not keep it unique.
    #[serde(default)]
    pub name: String,
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

    /// Makes a project, and with it its environment `production`.
    ///
    /// Names are not unique: a second call makes a second project, so look first.
    pub async fn create_project(
        &self,
        name: &str,
        description: &str,
    ) -> Result<ProjectUuid, Error> {
        let body = json!({ "name": name, "description": description });
        Ok(self.transport.post("/projects").body(&body).json::<Created<_>>().await?.uuid)
    }
}
