//! Memberships: a person in an organisation, with a role.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Error, Identified, ignore_not_found};
use serde::Deserialize;
use serde_json::json;

use super::pagination;
use crate::client::WorkOs;
use crate::ids::{MembershipId, OrganizationId, UserId};

const ALL: &str = "/user_management/organization_memberships";
const ONE: &str = "/user_management/organization_memberships/{id}";

/// A person's membership of an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Membership {
    /// Its id.
    pub id: MembershipId,
    /// The person.
    pub user_id: UserId,
    /// The organisation.
    pub organization_id: OrganizationId,
    /// Its status; only [`MembershipStatus::Active`] counts.
    pub status: MembershipStatus,
    role: Role,
}

/// The status of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MembershipStatus {
    /// It counts.
    Active,
    /// An administrator suspended it.
    Inactive,
    /// The person was invited and has not come yet.
    Pending,
    /// A status that this client does not know; it does not count.
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Role {
    slug: String,
}

impl Membership {
    /// Returns the slug of the role, such as `admin` or `member`.
    pub fn role(&self) -> &str {
        &self.role.slug
    }
}

impl Identified for Membership {
    fn is_about(&self, segments: &[String]) -> bool {
        segments.iter().all(|id| self.id.as_str() == id)
    }
}

impl WorkOs {
    /// Lists the memberships of a person. WorkOS may leave out those that are not active.
    #[boxed]
    pub async fn memberships_of(&self, user: &UserId) -> Result<Vec<Membership>, Error> {
        let list =
            pagination::all::<Membership>(|| self.transport().get(ALL).query("user_id", user));
        let mut memberships = list.await?;
        memberships.retain(|one| one.user_id == *user);
        Ok(memberships)
    }

    /// Lists the memberships of an organisation. WorkOS may leave out those that are not active.
    #[boxed]
    pub async fn members_of(
        &self,
        organization: &OrganizationId,
    ) -> Result<Vec<Membership>, Error> {
        let list = pagination::all::<Membership>(|| {
            self.transport().get(ALL).query("organization_id", organization)
        });
        let mut memberships = list.await?;
        memberships.retain(|one| one.organization_id == *organization);
        Ok(memberships)
    }

    /// Returns a person's membership of an organisation. WorkOS may leave out one that is not active.
    #[boxed]
    pub async fn membership(
        &self,
        user: &UserId,
        organization: &OrganizationId,
    ) -> Result<Option<Membership>, Error> {
        let list = pagination::all::<Membership>(|| {
            let request = self.transport().get(ALL).query("user_id", user);
            request.query("organization_id", organization)
        });
        let mut found = list.await?.into_iter();
        Ok(found.find(|one| one.user_id == *user && one.organization_id == *organization))
    }

    /// Makes a person a member with that role. It is safe to repeat, because WorkOS has only one
    /// membership of a person in an organisation.
    ///
    /// # Errors
    ///
    /// [`crate::Conflict::Exists`] if they are a member.
    #[boxed]
    pub async fn create_membership(
        &self,
        user: &UserId,
        organization: &OrganizationId,
        role: &str,
    ) -> Result<Membership, Error> {
        let body = json!({ "user_id": user, "organization_id": organization, "role_slug": role });
        let answer = self.transport().post(ALL).body(body).repeatable().send().await?;
        let unreadable = answer.malformed();
        let made: Membership = answer.json()?;
        if made.user_id == *user && made.organization_id == *organization {
            return Ok(made);
        }
        Err(Error { cause: Cause::Mistaken, ..unreadable })
    }

    /// Changes the role of a membership.
    #[boxed]
    pub async fn set_role(&self, id: &MembershipId, role: &str) -> Result<Membership, Error> {
        let request = self.transport().put(ONE).segment(id.as_str());
        request.body(json!({ "role_slug": role })).repeatable().json_asked().await
    }

    /// Ends a membership; succeeds when it does not exist.
    #[boxed]
    pub async fn delete_membership(&self, id: &MembershipId) -> Result<(), Error> {
        ignore_not_found(
            self.transport().delete(ONE).segment(id.as_str()).repeatable().execute().await,
        )
    }
}
