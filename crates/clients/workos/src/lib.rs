//! WorkOS, without any notion of tenants: hosted sign-in (AuthKit), its tokens, organisations, memberships,
//! invitations and users.
//!
//! A browser is sent to [`WorkOs::authorization_url`] and comes back with a code, which
//! [`WorkOs::authenticate`] exchanges once. Nothing of an answer is used before the access token in it is
//! verified by the keys that WorkOS publishes for this client.
//!
//! Facts about the API are from WorkOS' reference and its published emulator and libraries (2026-10).
//!
//! A code, a refresh token and the choice of an organisation are valid once, so they are sent once; after a lost
//! answer the person starts again. An access token is verified (`token`) with RS256 with a published key of this
//! client, without leeway, and for the same person and organisation as the answer. The keys are fetched once for
//! all callers; an unknown key makes one more fetch, and none in the thirty seconds after. The API key goes only to
//! `https`, or to this machine.

mod authenticate;
mod client;
mod error;
mod error_answers;
mod ids;
mod management;
mod sign_in_urls;
mod token;

pub use authenticate::{Authentication, Grant, Visitor};
pub use client::{WorkOs, WorkOsConfig};
pub use covibe_upstream::{
    CallStatistics, Cause, ConfigError, Conflict, Effect, Error, Rate, Share,
};
pub use error::{Choice, Selection, SignInError, Step, TokenError};
pub use ids::{InvalidId, InvitationId, MembershipId, OrganizationId, SessionId, UserId};
pub use management::{
    Invitation, InvitationState, Membership, MembershipStatus, NewInvitation, NewUser,
    Organization, User,
};
pub use sign_in_urls::{Authorization, Screen};
pub use token::Claims;
