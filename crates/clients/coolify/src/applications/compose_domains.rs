//! The domains of an application whose repository holds a compose file.

use covibe_domain::{AppUuid, Failure, boxed};
use serde_json::{Value, json};

use covibe_upstream::{Cause, Error};

use crate::client::Client;

/// Coolify's field for these domains.
const FIELD: &str = "docker_compose_domains";

/// The reason why the domains of a compose application were not replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainsError {
    /// Coolify has not read the application's compose file yet, so that it knows none of its
    /// services.
    FileUnread(Error),
    /// Something else.
    Failed(Error),
}

impl From<Error> for DomainsError {
    /// Recognizes an unread file by Coolify's refusal of the field (beta.473 to 4.3.11).
    fn from(error: Error) -> Self {
        match &error.cause {
            Cause::Refused(refusal) if refusal.fields.contains_key(FIELD) => {
                Self::FileUnread(error)
            }
            _ => Self::Failed(error),
        }
    }
}

impl From<DomainsError> for Error {
    fn from(error: DomainsError) -> Self {
        match error {
            DomainsError::FileUnread(error) | DomainsError::Failed(error) => error,
        }
    }
}

impl From<DomainsError> for Failure {
    fn from(error: DomainsError) -> Self {
        match error {
            DomainsError::Failed(error) => error.into(),
            DomainsError::FileUnread(error) => {
                let message = "Coolify has not read the app's compose file yet.".to_owned();
                Self { message, ..error.into() }
                    .hint("Deploy it once with apps.deploy, then set its domains.")
            }
        }
    }
}

fn body(domains: &[(String, Vec<String>)]) -> Value {
    let items =
        domains.iter().map(|(name, urls)| json!({ "name": name, "domain": urls.join(",") }));
    json!({ FIELD: items.collect::<Vec<_>>() })
}

impl Client {
    /// Replaces the domains of a compose application: service → absolute URLs. For the other build
    /// packs there is [`crate::ApplicationPatch::domains`].
    ///
    /// Every service that keeps its domains has to be named: those that are not lose theirs, and a
    /// service without URLs loses them too. Coolify takes an empty list for no change, so it is not
    /// sent.
    ///
    /// Coolify ignores a service that is not in the compose file, and changes nothing where none is
    /// in it: read the application again. Fails with [`DomainsError::FileUnread`] before Coolify
    /// has read the file, which it does some time after the application is made, and when it is
    /// deployed (beta.473 to 4.3.11).
    #[boxed]
    pub async fn set_compose_domains(
        &self,
        uuid: &AppUuid,
        domains: &[(String, Vec<String>)],
    ) -> Result<(), DomainsError> {
        if domains.is_empty() {
            return Ok(());
        }
        let body = body(domains);
        let _changing = self.changing();
        let request = self.transport.patch("/applications/{uuid}").segment(uuid.as_str());
        Ok(request.body(body).repeatable().execute().await?)
    }
}
