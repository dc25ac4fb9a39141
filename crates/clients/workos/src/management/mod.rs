//! Management by the API key: organisations, memberships, invitations, users and their sessions.

mod invitations;
mod memberships;
mod organizations;
mod pagination;
mod redirect_uris;
mod sessions;
mod users;

pub use invitations::{Invitation, InvitationState, NewInvitation};
pub use memberships::{Membership, MembershipStatus};
pub use organizations::Organization;
pub use users::{NewUser, User};
