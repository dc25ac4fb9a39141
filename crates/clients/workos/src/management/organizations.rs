//! Organisations: the companies that people belong to.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Error, Identified, optional};
use serde::Deserialize;
use serde_json::json;

use crate::client::WorkOs;
use crate::ids::OrganizationId;

const ALL: &str = "/organizations";

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// The id that its creator gave it, unique among organisations.
    pub external_id: Option<String>,
}

impl Identified for Organization {
    fn is_about(&self, segments: &[String]) -> bool {
        segments
            .iter()
            .all(|asked| self.id.as_str() == asked || self.external_id.as_ref() == Some(asked))
    }
}

impl WorkOs {
    /// Returns an organisation; `None` if there is none with this id.
    #[boxed]
    pub async fn organization(&self, id: &OrganizationId) -> Result<Option<Organization>, Error> {
        let request = self.transport().get("/organizations/{id}").segment(id.as_str());
        optional(request.json_asked().await)
    }

    /// Returns the organisation that was created with this external id.
    #[boxed]
    pub async fn organization_by_external_id(
        &self,
        external_id: &str,
    ) -> Result<Option<Organization>, Error> {
        let path = "/organizations/external_id/{external_id}";
        optional(self.transport().get(path).segment(external_id).json_asked().await)
    }

    /// Creates an organisation. The external id makes it safe to repeat: a second one with it is
    /// refused.
    ///
    /// # Errors
    ///
    /// [`crate::Conflict::Exists`] if one with this external id exists.
    #[boxed]
    pub async fn create_organization(
        &self,
        name: &str,
        external_id: &str,
    ) -> Result<Organization, Error> {
        let body = json!({ "name": name, "external_id": external_id });
        let answer = self.transport().post(ALL).body(body).repeatable().send().await?;
        let unreadable = answer.malformed();
        let made: Organization = answer.json()?;
        if made.external_id.as_deref() == Some(external_id) {
            return Ok(made);
        }
        Err(Error { cause: Cause::Mistaken, ..unreadable })
    }
}
