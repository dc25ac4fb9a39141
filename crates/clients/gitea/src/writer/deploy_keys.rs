//! SSH keys that open one repository.

use covibe_domain::boxed;
use covibe_upstream::ignore_not_found;
use serde_json::json;

use super::Writer;
use crate::{DeployKey, Error, pagination};

const KEYS: &str = "/repos/{owner}/{repo}/keys";

impl Writer<'_> {
    /// Returns all deploy keys of a repository.
    #[boxed]
    pub async fn deploy_keys(&self, org: &str, name: &str) -> Result<Vec<DeployKey>, Error> {
        let list = || self.client.transport.get(KEYS).segment(org).segment(name);
        pagination::read_all(|| self.authorize(list())).await
    }

    /// Adds a deploy key that reads, and returns its id within the repository. Several repositories
    /// may have the same one, but no user; key and title are unique in the repository (422).
    ///
    /// It is not sent twice: after a lost answer, look for it with [`Writer::deploy_keys`].
    #[boxed]
    pub async fn add_deploy_key(
        &self,
        org: &str,
        name: &str,
        title: &str,
        public_key: &str,
    ) -> Result<i64, Error> {
        let body = json!({ "title": title, "key": public_key, "read_only": true });
        let request = self.client.transport.post(KEYS).segment(org).segment(name);
        Ok(self.authorize(request).body(body).json::<DeployKey>().await?.id)
    }

    /// Deletes a deploy key; succeeds when it does not exist.
    #[boxed]
    pub async fn delete_deploy_key(&self, org: &str, name: &str, id: i64) -> Result<(), Error> {
        let request = self.client.transport.delete("/repos/{owner}/{repo}/keys/{id}");
        let request = request.segment(org).segment(name).segment(id.to_string());
        ignore_not_found(self.authorize(request).repeatable().execute().await)
    }
}
