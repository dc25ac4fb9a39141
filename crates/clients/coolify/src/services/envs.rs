//! The environment variables of a service.

use covibe_domain::{EnvUuid, ServiceUuid, boxed};
use serde_json::json;

use crate::answer_reading::Listing;
use crate::client::Client;
use crate::envs::{Env, EnvWrite, NAMES, mark_partial_upsert};
use covibe_upstream::Error;

impl Client {
    /// Returns every variable of a service, with the `SERVICE_…` ones that Coolify generates. They
    /// have no preview copies.
    #[boxed]
    pub async fn service_envs(&self, uuid: &ServiceUuid) -> Result<Vec<Env>, Error> {
        let request = self.transport.get("/services/{uuid}/envs").segment(uuid.as_str());
        Ok(request.json::<Listing<_>>().await?.0)
    }

    /// Returns the same without long values, which may take more bytes than are read otherwise.
    #[boxed]
    pub async fn service_env_names(&self, uuid: &ServiceUuid) -> Result<Vec<Env>, Error> {
        let request = self.transport.get("/services/{uuid}/envs").segment(uuid.as_str());
        Ok(request.streamed::<Listing<_>>(NAMES).await?.0)
    }

    /// Creates or updates variables by key; they apply from the next start or restart on.
    ///
    /// `is_preview` and `is_buildtime` have no meaning for a service and are not sent: Coolify
    /// would store them unchecked. Coolify stops at the first variable it refuses and keeps those
    /// before it.
    #[boxed]
    pub async fn upsert_service_envs(
        &self,
        uuid: &ServiceUuid,
        envs: &[EnvWrite],
    ) -> Result<(), Error> {
        if envs.is_empty() {
            return Ok(());
        }
        let body = json!({ "data": envs.iter().map(EnvWrite::of_service).collect::<Vec<_>>() });
        let request = self.transport.patch("/services/{uuid}/envs/bulk").segment(uuid.as_str());
        mark_partial_upsert(request.body(body).repeatable().execute().await, envs.len())
    }

    /// Removes a variable.
    #[boxed]
    pub async fn delete_service_env(&self, uuid: &ServiceUuid, env: &EnvUuid) -> Result<(), Error> {
        let request = self.transport.delete("/services/{uuid}/envs/{env}");
        request.segment(uuid.as_str()).segment(env.as_str()).execute().await
    }
}
