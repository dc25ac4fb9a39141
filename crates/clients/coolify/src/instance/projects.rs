//! Projects and their environments.

use covibe_domain::{ProjectUuid, boxed};
use covibe_upstream::{Error, Identified, ignore_not_found, optional};
use serde::Deserialize;
use serde_json::json;

use crate::answer_reading::{self, Created, Listing};
use crate::client::Client;

/// A project; lists come without its environments.
#[derive(Clone, Debug, Deserialize)]
pub struct Project {
    /// Its id.
    pub uuid: ProjectUuid,
    /// Its name; Coolify does not keep it unique.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
    /// Its description.
    #[serde(default, deserialize_with = "answer_reading::text")]
    pub description: Option<String>,
    /// Its environments; empty in lists.
    #[serde(default)]
    pub environments: Vec<Environment>,
}

/// An environment of a project.
#[derive(Clone, Debug, Deserialize)]
pub struct Environment {
    /// The id that resources carry as `environment_id`; unique on the instance.
    pub id: i64,
    /// Its uuid.
    #[serde(default)]
    pub uuid: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "answer_reading::name")]
    pub name: String,
}

impl Identified for Project {
    fn is_about(&self, segments: &[String]) -> bool {
        segments == [self.uuid.as_str()]
    }
}

impl Client {
    /// Returns every project of the team, without environments.
    #[boxed]
    pub async fn projects(&self) -> Result<Vec<Project>, Error> {
        Ok(self.transport.get("/projects").json::<Listing<_>>().await?.0)
    }

    /// Returns a project with its environments.
    #[boxed]
    pub async fn project(&self, uuid: &ProjectUuid) -> Result<Project, Error> {
        self.transport.get("/projects/{uuid}").segment(uuid.as_str()).json_asked().await
    }

    /// Returns a project with its environments; `None` when it does not exist.
    #[boxed]
    pub async fn find_project(&self, uuid: &ProjectUuid) -> Result<Option<Project>, Error> {
        optional(self.project(uuid).await)
    }

    /// Creates a project with the environment `production`.
    ///
    /// Names are not unique: a second call creates a second project, so check first.
    #[boxed]
    pub async fn create_project(
        &self,
        name: &str,
        description: &str,
    ) -> Result<ProjectUuid, Error> {
        let body = json!({ "name": name, "description": description });
        Ok(self.transport.post("/projects").body(body).json::<Created<_>>().await?.uuid)
    }

    /// Creates an environment in a project; succeeds when it exists.
    #[boxed]
    pub async fn create_environment(&self, project: &ProjectUuid, name: &str) -> Result<(), Error> {
        let request = self.transport.post("/projects/{uuid}/environments");
        let request = request.segment(project.as_str()).body(json!({ "name": name }));
        match request.repeatable().execute().await {
            Err(error) if error.is_conflict() => Ok(()),
            outcome => outcome,
        }
    }

    /// Deletes a project with its environments; succeeds when it does not exist. A project with
    /// resources is a conflict.
    #[boxed]
    pub async fn delete_project(&self, uuid: &ProjectUuid) -> Result<(), Error> {
        let request = self.transport.delete("/projects/{uuid}").segment(uuid.as_str());
        ignore_not_found(request.repeatable().execute().await)
    }
}
