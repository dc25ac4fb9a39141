//! The collections that a test can list.

use super::model::WorkOsState;
use crate::core::Listable;

/// A collection of objects that a simulated WorkOS keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// The people, by address.
    Users,
    /// The organisations, as `id name external_id`.
    Organizations,
    /// The memberships, as `address organisation role status`.
    Memberships,
    /// The invitations, as `address organisation role state`.
    Invitations,
    /// The tokens of the invitations that can be accepted.
    InvitationTokens,
    /// The sessions that have not ended, by their ids.
    Sessions,
    /// The addresses that sign-ins may come back to.
    RedirectUris,
}

impl Listable for Collection {}

impl Collection {
    pub(super) fn names(self, state: &WorkOsState) -> Vec<String> {
        let name = |id: &str| state.organization(id).map_or("-", |one| one.name.as_str());
        let email = |id: &str| state.user(id).map_or("-", |one| one.email.as_str());
        match self {
            Self::Users => state.users.iter().map(|one| one.email.clone()).collect(),
            Self::Organizations => {
                let shown = state.organizations.iter().map(|one| {
                    let external_id = one.external_id.as_deref().unwrap_or("-");
                    format!("{} {} {external_id}", one.id, one.name)
                });
                shown.collect()
            }
            Self::Memberships => {
                let shown = state.memberships.iter().map(|one| {
                    let (email, name) = (email(&one.user), name(&one.organization));
                    format!("{email} {name} {} {}", one.role, one.status)
                });
                shown.collect()
            }
            Self::Invitations => {
                let shown = state.invitations.iter().map(|one| {
                    let name = one.organization.as_deref().map_or("-", name);
                    format!("{} {name} {} {}", one.email, one.role, state.state_of(one))
                });
                shown.collect()
            }
            Self::InvitationTokens => {
                let open = state.invitations.iter().filter(|one| state.state_of(one) == "pending");
                open.map(|one| one.token.clone()).collect()
            }
            Self::Sessions => {
                let open = state.sessions.iter().filter(|one| !one.has_ended);
                open.map(|one| one.id.clone()).collect()
            }
            Self::RedirectUris => state.redirect_uris.iter().map(|one| one.uri.clone()).collect(),
        }
    }
}
